/* SPDX-License-Identifier: MIT */
/*
 * child_host: a process that runs a command as `procgrid fd` does, with standard streams and
 * signals of the test's choice. What it is told of (events, errors, its end) goes to a report pipe.
 */
#ifndef CHILD_HOST_H
#define CHILD_HOST_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/child.h"
#include "fd/fd_event.h"

#define WAIT_MS 120000 /* for a machine that is very busy; a pass takes none of it */

struct host {
	pid_t pid;
	int report; /* lines of the host, to its end */
};

/* ---- commands -------------------------------------------------------------------------------- */

static inline struct pg_child_options shell(const char *script)
{
	static char *argv[] = {(char *)"sh", (char *)"-c", NULL, NULL};
	argv[2] = (char *)script;
	return (struct pg_child_options){.capture = true, .argv = argv};
}

static inline struct pg_child_options function(int (*f)(void))
{
	return (struct pg_child_options){.capture = true, .function = f};
}

/* ---- in the host ----------------------------------------------------------------------------- */

struct listener {
	struct pg_fd_event_scan scan[2];
	unsigned long long bytes[2];
	int report, ends[2];
};

static void listen_to(void *arg, int stream, const char *bytes, size_t n)
{
	struct listener *l = arg;
	struct pg_fd_event ev;
	size_t at = 0;
	l->bytes[stream - 1] += n;
	l->ends[stream - 1] += n == 0;
	do {
		at += pg_fd_event_next(&l->scan[stream - 1], bytes + at, n - at, n == 0, &ev);
		if (ev.message)
			dprintf(l->report, "event %d %s\n", stream, ev.message);
		free(ev.message);
	} while (ev.message);
}

static inline int host_loop(struct pg_child *c)
{
	struct pollfd fds[PG_CHILD_FDS];
	int status;
	while (!pg_child_done(c, &status)) {
		size_t n = pg_child_fds(c, fds);
		if (poll(fds, n, -1) > 0)
			pg_child_pump(c, fds, n);
	}
	return status;
}

static inline int host_run(struct pg_child_options o, int report)
{
	struct listener *l = calloc(1, sizeof(*l));
	struct pg_error err;
	int status;
	l->report = report;
	o.seen = listen_to;
	o.arg = l;
	struct pg_child *c = pg_child_start(&o, &status, &err);
	if (!c) {
		dprintf(report, "failed: %s\n", err.text);
		return status;
	}
	dprintf(report, "pid %d\n", pg_child_pid(c));
	status = host_loop(c);
	dprintf(report, "bytes %llu %llu ends %d %d error %d\n", l->bytes[0], l->bytes[1],
		l->ends[0], l->ends[1], pg_child_write_error(c));
	pg_child_free(c);
	free(l);
	return status;
}

/* What the test's runner has open must not be held by anything that a test leaves behind. */
static inline void host_close_others(int a, int b, int c)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fd != a && fd != b && fd != c)
			close(fd);
}

/* ---- in the test ----------------------------------------------------------------------------- */

/*
 * Streams 0 to 2 of the host; -1: closed, -2: as ours. set_up: the last that is done before.
 */
static inline void host_start(struct host *h, const int streams[3], struct pg_child_options o,
			      void (*set_up)(void))
{
	int report[2];
	cr_assert_eq(pipe2(report, O_CLOEXEC), 0);
	h->pid = fork();
	cr_assert_geq(h->pid, 0);
	if (h->pid == 0) {
		int high[3];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 3; i++)
			high[i] = streams[i] >= 0 ? fcntl(streams[i], F_DUPFD_CLOEXEC, 100) : -1;
		for (int i = 0; i < 3; i++) {
			if (high[i] >= 0)
				dup2(high[i], i);
			else if (streams[i] == -1)
				close(i);
			if (high[i] >= 0)
				close(high[i]);
		}
		host_close_others(report[1], -1, -1);
		if (set_up)
			set_up();
		_exit(host_run(o, report[1]));
	}
	close(report[1]);
	h->report = report[0];
}

/* A host with a pipe on each stream: ours are the other ends. */
struct piped {
	struct host h;
	int in, out, err;
};

static inline void start_piped(struct piped *p, struct pg_child_options o, void (*set_up)(void))
{
	int in[2], out[2], err[2];
	cr_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
		  pipe2(err, O_CLOEXEC) == 0);
	host_start(&p->h, (int[]){in[0], out[1], err[1]}, o, set_up);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	p->in = in[1];
	p->out = out[0];
	p->err = err[0];
}

/* All that comes until its end, with a NUL behind it; *n: how much. The caller frees it. */
static inline char *read_all(int fd, size_t *n)
{
	size_t cap = 1 << 16, len = 0;
	char *text = malloc(cap);
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (cap - len < 1 << 15)
			text = realloc(text, cap *= 2);
		cr_assert_eq(poll(&p, 1, WAIT_MS), 1, "nothing comes");
		ssize_t got = read(fd, text + len, cap - len - 1);
		if (got <= 0)
			break; /* of a terminal: EIO */
		len += (size_t)got;
	}
	text[len] = '\0';
	if (n)
		*n = len;
	return text;
}

/* Waits for this in what comes, byte by byte: what is behind it stays for later. */
static inline void await(int fd, const char *what)
{
	char last[256] = "";
	size_t want = strlen(what), len = 0;
	while (len < want || memcmp(last + len - want, what, want) != 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (len == sizeof(last) - 1)
			memmove(last, last + 1, len--);
		cr_assert_eq(poll(&p, 1, WAIT_MS), 1, "%s never came: %s", what, last);
		cr_assert_eq(read(fd, last + len, 1), 1, "%s never came: %s", what, last);
		last[++len] = '\0';
	}
}

static inline void tell(int fd, const char *text)
{
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Its status as of waitpid(2); *report: what it said, which the caller frees. */
static inline int host_end(struct host *h, char **report)
{
	int status;
	char *text = read_all(h->report, NULL);
	cr_assert_eq(waitpid(h->pid, &status, 0), h->pid);
	close(h->report);
	if (report)
		*report = text;
	else
		free(text);
	return status;
}

static inline int exit_of(int status)
{
	cr_assert(WIFEXITED(status), "the host itself was ended: %x", status);
	return WEXITSTATUS(status);
}

#endif
