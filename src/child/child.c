/* SPDX-License-Identifier: MIT */
/*
 * From the first signal that is blocked to the last that is given back. When the command has ended
 * its streams may be held open by others; a timer tells when nothing has come for a while.
 */
#include "child_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define SILENCE_MS  200
#define STATUS_OURS 125
#define NS_PER_MS   1000000L

/* ---- start and end --------------------------------------------------------------------------- */

static struct pg_child *new_child(const struct pg_child_options *o)
{
	struct pg_child *c = pg_calloc(1, sizeof(*c));
	c->pid = -1;
	c->silence = c->signals.fd = -1;
	c->seen = o->seen;
	c->arg = o->arg;
	for (int i = 0; i < 2; i++)
		c->stream[i] = (struct pg_child_stream){.number = i + 1,
							.from = -1,
							.theirs = -1,
							.file = -1,
							.info = -1,
							.out.fd = -1};
	return c;
}

static int open_streams(struct pg_child *c, bool capture, struct pg_error *err)
{
	for (int i = 0; i < 2; i++)
		pg_child_out_look(&c->stream[i].out, STDOUT_FILENO + i);
	c->together = capture && pg_child_out_same(&c->stream[0].out, &c->stream[1].out);
	for (int i = 0; i < 2; i++) {
		struct pg_child_stream *s = &c->stream[i];
		if (!capture || s->out.kind == PG_OUT_NONE || (i == 1 && c->together))
			continue;
		if (pg_child_stream_open(s, err) < 0)
			return -1;
	}
	return 0;
}

static int open_all(struct pg_child *c, const struct pg_child_options *o, struct pg_error *err)
{
	if (pg_child_signals_open(&c->signals, err) < 0)
		return -1;
	prctl(PR_GET_CHILD_SUBREAPER, &c->was_subreaper);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	c->silence = pg_child_high(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (c->silence < 0)
		return pg_fail(err, -1, "cannot make a timer: %s", strerror(-c->silence));
	return open_streams(c, o->capture, err);
}

struct pg_child *pg_child_start(const struct pg_child_options *o, int *status, struct pg_error *err)
{
	struct pg_child *c = new_child(o);
	*status = open_all(c, o, err) < 0 ? STATUS_OURS : pg_child_spawn(c, o, err);
	if (*status == 0)
		return c;
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
	pg_child_free(c);
	return NULL;
}

void pg_child_free(struct pg_child *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++) {
		pg_child_stream_close(&c->stream[i]);
		pg_child_out_close(&c->stream[i].out);
	}
	pg_child_shut(&c->silence);
	if (c->signals.fd >= 0)
		prctl(PR_SET_CHILD_SUBREAPER, c->was_subreaper);
	pg_child_signals_close(&c->signals);
	free(c);
}

/* ---- while it runs --------------------------------------------------------------------------- */

int32_t pg_child_pid(const struct pg_child *c)
{
	return c->pid;
}

static void add(struct pollfd *fds, size_t *n, int fd, short events)
{
	fds[(*n)++] = (struct pollfd){.fd = fd, .events = events};
}

/* Of a pipe without a reader the kernel tells without being asked; a hang-up of others is found by
 * writing, and would wake us for ever. */
static void add_stream(const struct pg_child_stream *s, struct pollfd *fds, size_t *n)
{
	if (s->from < 0)
		return;
	if (!s->waits)
		add(fds, n, s->from, POLLIN);
	if (s->waits || s->out.anonymous)
		add(fds, n, s->out.fd, s->waits ? POLLOUT : 0);
}

size_t pg_child_fds(const struct pg_child *c, struct pollfd *fds)
{
	size_t n = 0;
	add(fds, &n, c->signals.fd, POLLIN);
	add(fds, &n, c->silence, POLLIN);
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++)
		add_stream(&c->stream[i], fds, &n);
	return n;
}

static short came(const struct pollfd *fds, size_t nr, int fd)
{
	for (size_t i = 0; i < nr; i++)
		if (fds[i].fd == fd)
			return fds[i].revents;
	return 0;
}

static void set_timer(struct pg_child *c)
{
	struct itimerspec when = {.it_value.tv_nsec = SILENCE_MS * NS_PER_MS};
	timerfd_settime(c->silence, 0, &when, NULL);
}

/* The writing ends of ptys that we kept go, so that the last one who has them ends the stream. Of a
 * file that is as far as it has been written by now. */
static void on_end(struct pg_child *c)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++) {
		struct pg_child_stream *s = &c->stream[i];
		pg_child_terminal_follow(s);
		pg_child_shut(&s->theirs);
		if (s->file >= 0)
			pg_child_file_end(s);
	}
	set_timer(c);
}

static bool pump_stream(struct pg_child *c, struct pg_child_stream *s, const struct pollfd *fds,
			size_t nr)
{
	short in, out;
	if (s->from < 0)
		return false;
	in = came(fds, nr, s->from);
	out = came(fds, nr, s->out.fd);
	if (!s->waits && (out & POLLERR)) {
		if (c->write_error == 0)
			c->write_error = EPIPE;
		pg_child_stream_end(c, s);
		return true;
	}
	return (in || out) && pg_child_stream_pass(c, s);
}

static bool any_waits(const struct pg_child *c)
{
	return c->stream[0].waits || c->stream[1].waits;
}

/* What a slow reader has not taken yet is not silence. */
static void on_silence(struct pg_child *c)
{
	uint64_t times;
	if (read(c->silence, &times, sizeof(times)) < 0)
		return; /* set again meanwhile */
	if (any_waits(c))
		set_timer(c);
	else
		c->done = true;
}

static void settle(struct pg_child *c)
{
	if (c->stream[0].from < 0 && c->stream[1].from < 0)
		c->done = true;
	if (!c->done)
		return;
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++) {
		c->held = c->held || (c->stream[i].from >= 0 && c->stream[i].file < 0);
		pg_child_stream_end(c, &c->stream[i]);
	}
}

void pg_child_pump(struct pg_child *c, const struct pollfd *fds, size_t nr)
{
	bool ended = c->ended, moved = false;
	if (came(fds, nr, c->signals.fd))
		pg_child_signals_take(c);
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++)
		moved = pump_stream(c, &c->stream[i], fds, nr) || moved;
	if (!c->ended)
		return;
	if (!ended)
		on_end(c);
	else if (moved)
		set_timer(c);
	else if (came(fds, nr, c->silence))
		on_silence(c);
	settle(c);
}

bool pg_child_done(const struct pg_child *c, int *status)
{
	if (c->done)
		*status = c->status;
	return c->done;
}

bool pg_child_is_held(const struct pg_child *c)
{
	return c->held;
}

bool pg_child_ended(const struct pg_child *c)
{
	return c->ended;
}

int pg_child_write_error(const struct pg_child *c)
{
	return c->write_error;
}
