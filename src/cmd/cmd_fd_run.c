/* SPDX-License-Identifier: MIT */
/*
 * The loop of a run. The sampler has a thread of its own and hands samples over; all else happens
 * here: the command's output passes, events are found in it, samples are put into profile and log,
 * and processes are looked at. What is to be written is with the kernel when the loop sleeps.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "child/child.h"
#include "cmd.h"
#include "cmd_beat.h"
#include "cmd_fd.h"
#include "engine/engine_sampler.h"
#include "fd/fd_demo.h"

#define ENDING_MS 50 /* a command has ended, its output has not: whether it still comes */

struct run {
	const struct pg_options *o;
	char *const *argv; /* of the command; NULL: a process */
	struct pg_fd_profile *p;
	struct pg_fd_log *log;      /* NULL: none */
	struct pg_child *child;     /* NULL: a process that runs anyway */
	struct pg_sampler *sampler; /* NULL: no samples, or no more */
	struct pg_fd_looks *looks;
	struct pg_fd_sample sample;
	struct pg_fd_event_scan scans[2]; /* of stdout and stderr */
	char last[2];                     /* byte of each that passed */
	uint64_t began_ns, end_ns;        /* CLOCK_MONOTONIC; end_ns 0: none */
	int stop_fd;                      /* of a process; -1 */
	bool has_head, failed;
};

static double since_began(const struct run *r, uint64_t mono_ns)
{
	return mono_ns > r->began_ns ? (double)(mono_ns - r->began_ns) / 1e9 : 0;
}

static double now_elapsed(const struct run *r)
{
	return since_began(r, pg_clock_ns(CLOCK_MONOTONIC));
}

/* The clock of the stamps of events, and that of samples, begin at one instant. */
static void begin(struct run *r)
{
	r->began_ns = pg_clock_ns(CLOCK_MONOTONIC);
	r->p->began = (double)pg_clock_ns(CLOCK_REALTIME) / 1e9;
	r->p->interval = (double)r->o->delay_ns / 1e9;
	if (r->o->duration_ns)
		r->end_ns = r->began_ns + r->o->duration_ns;
}

/* ---- what passes ---------------------------------------------------------------------------- */

static void take_event(struct run *r, int stream, struct pg_fd_event *e)
{
	e->elapsed = e->timestamp - r->p->began;
	e->stream = (uint8_t)stream;
	const struct pg_fd_event *kept = pg_fd_profile_event(r->p, e);
	if (kept && r->log)
		pg_fd_log_event(r->log, kept);
}

static void seen(void *arg, int stream, const char *bytes, size_t n)
{
	struct run *r = arg;
	struct pg_fd_event_scan *scan = &r->scans[stream - 1];
	bool at_end = n == 0;
	if (n)
		r->last[stream - 1] = bytes[n - 1];
	do {
		struct pg_fd_event e = {0};
		size_t used = pg_fd_event_next(scan, bytes, n, at_end, &e);
		bytes += used;
		n -= used;
		if (e.message)
			take_event(r, stream, &e);
		else
			break;
	} while (n > 0);
}

/* ---- the log -------------------------------------------------------------------------------- */

/* False: the user named a file, and it cannot be made. */
static bool open_log(struct run *r)
{
	const struct pg_fd_log_options lo = {.path = r->o->output, .force = r->o->force};
	struct pg_error err = {""};
	if (!r->o->fd.log)
		return true;
	r->log = pg_fd_log_create(&lo, &err);
	if (r->log)
		return true;
	pg_cmd_say("%s%s", err.text, r->o->output ? "" : "; no log is kept");
	return !r->o->output;
}

/* It is known by now that there is something to be logged. */
static void begin_log(struct run *r, int32_t pid)
{
	const struct pg_fd_log_head head = {
		.argv = r->argv, .pid = pid, .children = r->o->fd.children, .p = r->p};
	if (!r->log || r->has_head)
		return;
	r->has_head = true;
	pg_fd_log_head(r->log, &head);
	if (!r->o->output || strcmp(r->o->output, "-") != 0)
		pg_cmd_say("logging to %s", pg_fd_log_path(r->log));
}

static void flush_log(struct run *r)
{
	int err = r->log ? pg_fd_log_flush(r->log) : 0;
	if (err == -EPIPE && strcmp(pg_fd_log_path(r->log), "stdout") == 0)
		r->end_ns = 1; /* who read it has gone: enough was seen */
	else if (err < 0)
		pg_cmd_say("cannot write to %s: %s; the log ends here, the rest goes on",
			   pg_fd_log_path(r->log), strerror(-err));
}

/* ---- samples -------------------------------------------------------------------------------- */

static void take_sample(struct run *r)
{
	double elapsed = since_began(r, r->sample.mono_ns);
	pg_fd_profile_sample(r->p, elapsed, &r->sample);
	pg_fd_looks_sample(r->looks, &r->sample);
	if (r->log)
		pg_fd_log_sample(r->log, elapsed, &r->sample, pg_fd_looks_kinds(r->looks));
}

static void end_sampling(struct run *r)
{
	struct pg_sampler_stats stats;
	if (!r->sampler)
		return;
	pg_sampler_stop(r->sampler);
	struct pg_error err;
	while (pg_sampler_take(r->sampler, &r->sample, &err) == 1)
		take_sample(r);
	pg_sampler_stats(r->sampler, &stats);
	r->p->ticks = stats.ticks;
	r->p->late = stats.late;
	r->p->skipped = stats.skipped + stats.dropped;
	pg_sampler_free(r->sampler);
	r->sampler = NULL;
}

static void take_samples(struct run *r)
{
	struct pg_error err = {""};
	int ret = 0;
	while (r->sampler && (ret = pg_sampler_take(r->sampler, &r->sample, &err)) == 1)
		take_sample(r);
	if (!r->sampler || ret == 0)
		return;
	r->p->over = ret == -ESRCH;
	if (ret != -ESRCH) {
		pg_cmd_say("%s; no more samples are taken", err.text);
		r->failed = true;
	}
	end_sampling(r);
}

/* The first sample is taken here: whatever becomes of the command, there is one if there can be. */
static int start_sampling(struct run *r, int32_t pid, struct pg_error *err)
{
	const struct pg_fd_tree_options to = {
		.proc_root = "/proc",
		.pid = pid,
		.children = r->o->fd.children,
		.without_fdsize = r->o->without & PG_WITHOUT_FDSIZE,
		.reaper = r->child != NULL,
	};
	struct pg_fd_tree *tree = pg_fd_tree_open(&to, err);
	if (!tree)
		return -1;
	int ret = pg_fd_tree_sample(tree, &r->sample, err);
	if (ret == 1 && !r->child && r->sample.open_fds < 0)
		ret = pg_fail(err, -EACCES,
			      "the descriptors of process %d are not told to you: try as root",
			      pid);
	if (ret == 1) {
		uint64_t next = r->sample.mono_ns + r->o->delay_ns;
		begin_log(r, pid);
		take_sample(r);
		pg_fd_looks_turn(r->looks, now_elapsed(r), r->p, r->log);
		if (pg_clock_ns(CLOCK_MONOTONIC) > next)
			next = 0;
		r->sampler = pg_sampler_start(tree, r->o->delay_ns, next);
		return r->sampler ? 0
				  : pg_fail(err, -EAGAIN, "there is no thread left for sampling");
	}
	pg_fd_tree_close(tree);
	return ret == 0 ? 0 : -1;
}

/* ---- the loop ------------------------------------------------------------------------------- */

static int min_ms(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int timeout_ms(const struct run *r, int look_ms)
{
	int ms = look_ms;
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	if (r->end_ns && r->sampler) {
		uint64_t left = r->end_ns > now ? (r->end_ns - now) / 1000000 + 1 : 0;
		ms = min_ms(ms, left > 1000000 ? 1000000 : (int)left);
	}
	if (r->child && pg_child_ended(r->child))
		ms = min_ms(ms, ENDING_MS);
	return ms;
}

/* Sleeps until there is something to do, and lets the command's bytes and signals pass. */
static void wait_and_pass(struct run *r, int ms)
{
	struct pollfd fds[PG_CHILD_FDS + 2];
	size_t nr = r->child ? pg_child_fds(r->child, fds) : 0;
	fds[nr] = (struct pollfd){.fd = r->sampler ? pg_sampler_fd(r->sampler) : -1,
				  .events = POLLIN};
	fds[nr + 1] = (struct pollfd){.fd = r->stop_fd, .events = POLLIN};
	int ret = poll(fds, (nfds_t)nr + 2, ms);
	if (ret <= 0)
		for (size_t i = 0; i < nr + 2; i++)
			fds[i].revents = 0;
	if (r->child)
		pg_child_pump(r->child, fds, nr);
	else if (fds[nr + 1].revents)
		r->end_ns = 1; /* the user wants to stop */
}

static bool is_over(struct run *r)
{
	return r->child ? pg_child_done(r->child, &r->p->status) : !r->sampler;
}

static void watch(struct run *r)
{
	int look_ms = -1;
	while (!is_over(r)) {
		flush_log(r);
		wait_and_pass(r, timeout_ms(r, look_ms));
		take_samples(r);
		if (r->end_ns && pg_clock_ns(CLOCK_MONOTONIC) >= r->end_ns)
			end_sampling(r);
		look_ms = -1;
		if (r->sampler)
			look_ms = pg_fd_looks_turn(r->looks, now_elapsed(r), r->p, r->log);
	}
	end_sampling(r);
	if (r->child)
		r->p->has_status = r->p->over = true;
}

/* ---- a command, a process ------------------------------------------------------------------- */

/* Words as typed; what has blanks in it is quoted, for the eye. */
static char *join_words(char *const *argv)
{
	struct pg_buf b = {0};
	for (size_t i = 0; argv[i]; i++) {
		bool quote = !*argv[i] || strpbrk(argv[i], " \t\n'\"\\$`*?;&|<>()");
		pg_buf_puts(&b, i ? " " : "");
		pg_buf_puts(&b, quote ? "'" : "");
		pg_buf_puts(&b, argv[i]);
		pg_buf_puts(&b, quote ? "'" : "");
	}
	char *s = pg_strdup(pg_buf_cstr(&b));
	pg_buf_free(&b);
	return s;
}

/* Exit status; 0: it runs. */
static int start_command(struct run *r)
{
	static char *const demo[] = {"procgrid", "fd", "--demo", NULL};
	const struct pg_child_options co = {
		.argv = r->o->fd.command,
		.function = r->o->fd.demo ? pg_fd_demo : NULL,
		.capture = r->o->fd.capture,
		.seen = seen,
		.arg = r,
	};
	struct pg_error err = {""};
	int status = 125;
	r->p->is_command = true;
	r->argv = r->o->fd.demo ? demo : r->o->fd.command;
	r->p->what = join_words(r->argv);
	if (!open_log(r))
		return 1;
	begin(r);
	r->child = pg_child_start(&co, &status, &err);
	if (!r->child) {
		pg_cmd_say("%s", err.text);
		pg_fd_log_close(r->log, true);
		r->log = NULL;
		return status;
	}
	/* At once: it may live for a millisecond. */
	if (start_sampling(r, pg_child_pid(r->child), &err) < 0 && !pg_child_ended(r->child))
		pg_cmd_say("%s; no samples are taken", err.text);
	begin_log(r, pg_child_pid(r->child));
	return 0;
}

static char *name_process(int32_t pid)
{
	char path[40], comm[64] = "";
	struct pg_buf b = {0};
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	pg_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, comm, sizeof(comm) - 1) : 0;
	comm[n > 0 ? n : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	pg_buf_printf(&b, *comm ? "process %d (%s)" : "process %d", pid, comm);
	char *s = pg_strdup(pg_buf_cstr(&b));
	pg_buf_free(&b);
	return s;
}

static int start_process(struct run *r)
{
	struct pg_error err = {""};
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is told as EFBIG */
	r->p->what = name_process(r->o->fd.pid);
	r->stop_fd = pg_beat_stop_fd();
	begin(r);
	if (!open_log(r))
		return 1;
	if (start_sampling(r, r->o->fd.pid, &err) == 0 && r->sampler)
		return 0;
	if (!*err.text)
		pg_fail(&err, -ESRCH, "process %d has ended", r->o->fd.pid);
	pg_cmd_say("%s", err.text);
	pg_fd_log_close(r->log, true);
	r->log = NULL;
	return 1;
}

static void end_log(struct run *r)
{
	if (!r->log)
		return;
	pg_fd_log_end(r->log, r->p);
	flush_log(r);
	int err = pg_fd_log_close(r->log, false);
	if (err < 0)
		pg_cmd_say("the log could not be closed: %s", strerror(-err));
	r->log = NULL;
}

/*
 * Of what was not passed on, and the exit status. A command that could not see that its output was
 * lost may say that all went well; that a reader has gone is no news to anybody.
 */
static int say_lost(const struct run *r, int status)
{
	int e = pg_child_write_error(r->child);
	if (pg_child_is_held(r->child))
		pg_cmd_say("processes of the command go on and hold its output: what they still "
			   "write is lost (--no-capture leaves it to them)");
	if (e == 0 || e == EPIPE)
		return status;
	pg_cmd_say("what the command writes cannot be written: %s", strerror(e));
	return status ? status : 1;
}

/* On a terminal there may also be what was typed; where the cursor is, it does not tell. */
static bool is_within_line(const struct run *r)
{
	struct stat out, err;
	bool same = fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
		    out.st_dev == err.st_dev && out.st_ino == err.st_ino;
	return isatty(STDERR_FILENO) || r->last[1] != '\n' || (same && r->last[0] != '\n');
}

int pg_cmd_fd_watch(const struct pg_options *o, struct pg_fd_profile *p, bool *report,
		    bool *newline)
{
	struct run r = {.o = o, .p = p, .stop_fd = -1, .last = {'\n', '\n'}};
	r.looks = pg_fd_looks_new();
	int status = o->fd.pid ? start_process(&r) : start_command(&r);
	*report = status == 0;
	if (*report) {
		watch(&r);
		pg_fd_profile_finish(p, now_elapsed(&r));
		end_log(&r);
		status = r.child ? say_lost(&r, p->status) : r.failed;
	}
	*newline = is_within_line(&r);
	if (r.child)
		pg_child_free(r.child);
	pg_fd_looks_free(r.looks);
	pg_fd_sample_free(&r.sample);
	if (r.stop_fd >= 0)
		close(r.stop_fd);
	return status;
}
