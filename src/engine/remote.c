/* SPDX-License-Identifier: MIT */
/*
 *                 ┌──────────── pause ────────────┐
 *                 ▼                               │
 *   WAITING ─ due ─► RUNNING ─ stream ends ─► ENDING ─ ssh has ended
 *                       │                         ▲
 *                       └ no frame for long: told to end
 *
 * The stream ends before ssh does: its exit status and its last words are waited for, as they say
 * more than the end of a pipe.
 */
#include "remote.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "past/source_stream.h"
#include "remote_child.h"

#define NS_PER_MS (PG_NS_PER_SEC / 1000)
/* A host that sends faster than this waits for us; also how often its queue is looked at. */
#define PACE_NS (20 * NS_PER_MS)
/* A connection that held for so long was a good one: the next pause is the first again. */
#define GOOD_NS (10 * PG_NS_PER_SEC)
/* After so long without a frame, and so many delays, it is better to connect anew. */
#define PATIENCE_NS     (60 * PG_NS_PER_SEC)
#define PATIENCE_DELAYS 20
/* For ssh to end by itself; then by SIGTERM; then by SIGKILL. */
#define END_NS   (PG_NS_PER_SEC / 4)
#define LOOK_NS  (10 * NS_PER_MS) /* how often it is asked whether it has ended */
#define QUIET_NS (50 * NS_PER_MS) /* its words are not heard again before */
#define CLOSE_NS (PG_NS_PER_SEC / 2)

enum phase { WAITING, RUNNING, ENDING };

struct pg_remote {
	const char *host;
	struct pg_remote_options o;
	enum phase phase;
	struct pg_remote_child child;
	struct pg_engine *engine; /* while RUNNING */
	int stop_fd;              /* tells the engine's thread to end */

	uint64_t due_ns;     /* WAITING: of the next start; ENDING: of the next signal */
	uint64_t started_ns; /* this connection */
	uint64_t frame_ns;   /* its last frame; 0: none */
	uint64_t heard_ns;   /* when ssh last said something */
	uint64_t stopped_ns; /* when all of it was told to end, for good */
	bool told_to_end;    /* by a signal of ours */
	unsigned failures;   /* in a row */
	struct pg_error why; /* the stream's last words */
	struct pg_remote_status told;
};

static uint64_t now_ns(void)
{
	return pg_clock_ns(CLOCK_MONOTONIC);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* For any shell of the other end: between single quotes nothing has a meaning but their end. */
static void put_word(struct pg_buf *b, const char *s)
{
	pg_buf_puts(b, " '");
	for (; *s; s++) {
		if (*s == '\'')
			pg_buf_puts(b, "'\\''");
		else
			pg_buf_putc(b, *s);
	}
	pg_buf_putc(b, '\'');
}

void pg_remote_command(const struct pg_remote_options *o, struct pg_buf *out)
{
	pg_buf_puts(out, o->command ? o->command : "procgrid");
	pg_buf_printf(out, " --json --compact --repeat -d %llums",
		      (unsigned long long)(o->delay_ns / NS_PER_MS));
	if (o->processes)
		pg_buf_puts(out, " -p");
	if (o->user) {
		pg_buf_puts(out, " -u");
		put_word(out, o->user);
	}
}

/* Nobody can be asked here: without somebody else to do it, ssh is not to try. */
static bool may_ask(void)
{
	const char *askpass = getenv("SSH_ASKPASS");
	return askpass && *askpass;
}

static int start_ssh(struct pg_remote *r, int *out_fd, struct pg_error *err)
{
	struct pg_buf command = {0};
	pg_remote_command(&r->o, &command);
	/* No terminal, no X11, no agent and no ports for the other end: it is only to be read. */
	const char *argv[16] = {"ssh", "-T", "-x", "-a", "-o", "ClearAllForwardings=yes"};
	size_t nr = 6;
	if (!may_ask()) {
		argv[nr++] = "-o";
		argv[nr++] = "BatchMode=yes";
	}
	argv[nr++] = "--";
	argv[nr++] = r->host;
	argv[nr++] = pg_buf_cstr(&command);
	/* exec(3) takes what it does not change as if it might. */
	int ret = pg_remote_child_start(&r->child, (char *const *)(uintptr_t)argv, out_fd, err);
	pg_buf_free(&command);
	return ret;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static uint64_t pause_ns(const struct pg_remote *r)
{
	static const uint8_t seconds[] = {1, 2, 4, 8, 16, 30};
	size_t last = PG_ARRAY_LEN(seconds) - 1;
	return seconds[r->failures < last ? r->failures : last] * PG_NS_PER_SEC;
}

static void wait_and_retry(struct pg_remote *r, uint64_t now)
{
	if (r->frame_ns && r->frame_ns - r->started_ns >= GOOD_NS)
		r->failures = 0;
	r->due_ns = now + pause_ns(r);
	r->failures++;
	r->phase = WAITING;
}

static void drain(int fd)
{
	uint64_t unused;
	ssize_t n = read(fd, &unused, sizeof(unused));
	(void)n;
}

static void tell_to_stop(struct pg_remote *r)
{
	uint64_t one = 1;
	ssize_t n = write(r->stop_fd, &one, sizeof(one));
	(void)n;
}

struct pg_stream_limits pg_remote_limits(size_t nr_hosts)
{
	struct pg_stream_limits limits = {.line = PG_REMOTE_LINE, .tasks = PG_REMOTE_TASKS};
	for (size_t full = PG_REMOTE_FULL; full < nr_hosts; full *= 2) {
		limits.line /= 2; /* as buffers grow */
		limits.tasks /= 2;
	}
	return limits;
}

/* What ssh prints goes to a thread of its own, which waits for it so that we need not. */
static int start_engine(struct pg_remote *r, int fd)
{
	struct pg_stream_limits limits = pg_remote_limits(r->o.nr_hosts);
	struct pg_engine_options eo = {.delay_ns = PACE_NS};
	drain(r->stop_fd);
	eo.source = pg_source_stream_open(fd, "what it sends", &limits, r->stop_fd);
	/* Not kept waiting by a screen that is late: a newer frame takes an older one's place. */
	eo.source->paced = !r->o.every_frame;
	r->engine = pg_engine_open(&eo, &r->why);
	return r->engine ? 0 : -1;
}

static void start(struct pg_remote *r, uint64_t now)
{
	int fd;
	r->started_ns = now;
	r->frame_ns = r->heard_ns = 0;
	r->told_to_end = false;
	r->why.text[0] = '\0';
	if (start_ssh(r, &fd, &r->why) < 0) {
		wait_and_retry(r, now);
		return;
	}
	if (start_engine(r, fd) < 0) {
		r->phase = ENDING;
		r->due_ns = now;
		return;
	}
	r->phase = RUNNING;
}

static void stream_ended(struct pg_remote *r, const struct pg_error *err)
{
	pg_engine_close(r->engine); /* its thread has ended */
	r->engine = NULL;
	if (!r->told_to_end && err)
		r->why = *err;
	r->phase = ENDING;
	r->due_ns = now_ns() + END_NS;
}

/* The more somebody knows of the reason, the sooner he is believed. */
static void explain(struct pg_remote *r, int status)
{
	const char *line = r->child.line;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (r->told_to_end && r->why.text[0])
		return;
	if (code == 127)
		pg_fail(&r->why, 0, "there is no procgrid; install it, or give --remote-command");
	else if (code > 0 && *line)
		pg_fail(&r->why, 0, "%s", line);
	else if (code == 255) /* ssh(1): an error of its own */
		pg_fail(&r->why, 0, "ssh ended with status 255");
	else if (r->why.text[0])
		return;
	else if (code > 0)
		pg_fail(&r->why, 0, "exit status %d", code);
	else if (WIFSIGNALED(status) && !r->told_to_end)
		pg_fail(&r->why, 0, "ssh was killed by signal %d", WTERMSIG(status));
}

/* One who never stops talking is heard now and then. */
static void hear(struct pg_remote *r, uint64_t now)
{
	if (now - r->heard_ns >= QUIET_NS && pg_remote_child_listen(&r->child))
		r->heard_ns = now;
}

static void turn_ending(struct pg_remote *r, uint64_t now)
{
	int status = 0;
	if (pg_remote_child_reap(&r->child, &status)) {
		explain(r, status);
		wait_and_retry(r, now);
		return;
	}
	hear(r, now);
	if (now < r->due_ns)
		return;
	pg_remote_child_signal(&r->child, r->told_to_end ? SIGKILL : SIGTERM);
	r->told_to_end = true;
	r->due_ns = now + END_NS;
}

static uint64_t patience_ns(const struct pg_remote *r)
{
	uint64_t ns = PATIENCE_DELAYS * r->o.delay_ns;
	return ns > PATIENCE_NS ? ns : PATIENCE_NS;
}

static uint64_t since_frame(const struct pg_remote *r, uint64_t now)
{
	return now - (r->frame_ns ? r->frame_ns : r->started_ns);
}

static void turn_running(struct pg_remote *r, uint64_t now)
{
	hear(r, now);
	if (r->told_to_end || since_frame(r, now) < patience_ns(r))
		return;
	r->told_to_end = true;
	pg_fail(&r->why, 0, "no frame for %llu s",
		(unsigned long long)(patience_ns(r) / PG_NS_PER_SEC));
	tell_to_stop(r);
	pg_remote_child_signal(&r->child, SIGTERM);
}

bool pg_remote_turn(struct pg_remote *r)
{
	uint64_t now = now_ns();
	switch (r->phase) {
	case WAITING:
		if (now >= r->due_ns)
			start(r, now);
		break;
	case RUNNING:
		turn_running(r, now);
		break;
	case ENDING:
		turn_ending(r, now);
		break;
	}
	struct pg_remote_status was = r->told;
	pg_remote_status(r, &r->told);
	return was.state != r->told.state || was.seconds != r->told.seconds ||
	       strcmp(was.why, r->told.why) != 0;
}

/* ---- frames ---------------------------------------------------------------------------------- */

struct pg_snapshot *pg_remote_take(struct pg_remote *r, bool *fresh)
{
	struct pg_snapshot *s = NULL;
	struct pg_error err = {""};
	if (!r->engine)
		return NULL;
	switch (pg_engine_take(r->engine, &s, &err)) {
	case PG_TAKE_SNAPSHOT:
		*fresh = r->frame_ns == 0;
		r->frame_ns = now_ns();
		return s;
	case PG_TAKE_END:
		stream_ended(r, NULL);
		break;
	case PG_TAKE_ERROR:
		stream_ended(r, &err);
		break;
	case PG_TAKE_AGAIN:
	case PG_TAKE_NOTHING:
		break;
	}
	return NULL;
}

void pg_remote_recycle(struct pg_remote *r, struct pg_snapshot *spare)
{
	if (r->engine) {
		pg_engine_recycle(r->engine, spare);
	} else if (spare) {
		pg_snapshot_free(spare);
		free(spare);
	}
}

void pg_remote_retry(struct pg_remote *r)
{
	if (r->phase == WAITING)
		r->due_ns = now_ns();
}

/* ---- what the loop must know ----------------------------------------------------------------- */

static uint64_t late_ns(const struct pg_remote *r)
{
	return 2 * r->o.delay_ns + PG_NS_PER_SEC;
}

static void status_running(const struct pg_remote *r, uint64_t now, struct pg_remote_status *out)
{
	uint64_t age = since_frame(r, now);
	out->seconds = (unsigned)(age / PG_NS_PER_SEC);
	if (!r->frame_ns)
		out->state = PG_REMOTE_CONNECTING;
	else
		out->state = age > late_ns(r) ? PG_REMOTE_LATE : PG_REMOTE_LIVE;
	if (out->state == PG_REMOTE_LIVE)
		out->seconds = 0; /* nothing that is shown changes with it */
}

void pg_remote_status(const struct pg_remote *r, struct pg_remote_status *out)
{
	uint64_t now = now_ns(), left;
	*out = (struct pg_remote_status){.state = PG_REMOTE_CONNECTING};
	if (r->phase != WAITING) { /* why it ends is not known before it has */
		status_running(r, now, out);
		return;
	}
	if (!r->started_ns)
		return;
	left = r->due_ns > now ? r->due_ns - now : 0;
	out->state = r->frame_ns ? PG_REMOTE_ENDED : PG_REMOTE_REFUSED;
	out->seconds = (unsigned)((left + PG_NS_PER_SEC - 1) / PG_NS_PER_SEC);
	snprintf(out->why, sizeof(out->why), "%.*s", (int)sizeof(out->why) - 1, r->why.text);
}

size_t pg_remote_fds(const struct pg_remote *r, bool frames, struct pollfd p[PG_REMOTE_FDS])
{
	size_t nr = 0;
	if (r->engine && frames)
		p[nr++] = (struct pollfd){.fd = pg_engine_fd(r->engine), .events = POLLIN};
	if (r->child.err_fd >= 0 && now_ns() - r->heard_ns >= QUIET_NS)
		p[nr++] = (struct pollfd){.fd = r->child.err_fd, .events = POLLIN};
	return nr;
}

static uint64_t wait_running(const struct pg_remote *r, uint64_t now)
{
	uint64_t age = since_frame(r, now), wait = PG_NS_PER_SEC - age % PG_NS_PER_SEC;
	if (r->frame_ns && age < late_ns(r))
		wait = late_ns(r) - age + 1;
	/* Between two looks at what it says there is no descriptor to wake us. */
	uint64_t quiet = now - r->heard_ns;
	return quiet < QUIET_NS && QUIET_NS - quiet < wait ? QUIET_NS - quiet : wait;
}

int pg_remote_timeout_ms(const struct pg_remote *r)
{
	uint64_t now = now_ns(), wait = LOOK_NS;
	if (r->phase == RUNNING)
		wait = wait_running(r, now);
	else if (r->phase == WAITING && now >= r->due_ns)
		wait = 0;
	else if (r->phase == WAITING) /* the seconds that are shown */
		wait = (r->due_ns - now - 1) % PG_NS_PER_SEC + 1;
	return (int)((wait + NS_PER_MS - 1) / NS_PER_MS);
}

/* ---- opening and closing --------------------------------------------------------------------- */

struct pg_remote *pg_remote_open(const char *host, const struct pg_remote_options *o)
{
	struct pg_remote *r = pg_calloc(1, sizeof(*r));
	r->host = host;
	r->o = *o;
	r->child = PG_REMOTE_CHILD_NONE;
	r->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return r;
}

void pg_remote_stop(struct pg_remote *r)
{
	if (!r || r->stopped_ns)
		return;
	r->stopped_ns = now_ns();
	tell_to_stop(r);
	pg_remote_child_signal(&r->child, SIGTERM);
}

/* SIGKILL after half a second; after another one it is left to the kernel. */
static void await_child(struct pg_remote_child *c, uint64_t since_ns)
{
	bool killed = false;
	int status;
	while (c->pid > 0 && !pg_remote_child_reap(c, &status)) {
		uint64_t waited = now_ns() - since_ns;
		nanosleep(&(struct timespec){.tv_nsec = (long)NS_PER_MS}, NULL);
		if (!killed && waited > CLOSE_NS)
			pg_remote_child_signal(c, SIGKILL);
		killed = waited > CLOSE_NS;
		if (waited > 2 * CLOSE_NS)
			return;
	}
}

void pg_remote_close(struct pg_remote *r)
{
	if (!r)
		return;
	pg_remote_stop(r);
	pg_engine_close(r->engine);
	await_child(&r->child, r->stopped_ns);
	if (r->child.err_fd >= 0)
		close(r->child.err_fd);
	if (r->stop_fd >= 0)
		close(r->stop_fd);
	free(r);
}
