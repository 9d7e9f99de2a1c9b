/* SPDX-License-Identifier: MIT */
/*
 * target: what all programs to be looked at have in common. NAME [SECONDS [ARGS]]: sets itself up,
 * prints "ready", does its one thing, and ends: after SECONDS (30), on SIGTERM, when its parent
 * dies, or when its stdin, if that is a pipe, is closed at the other end. Nothing is left behind.
 *
 * Some act when they are told: for each byte on stdin they do what their first lines say, and
 * answer "done", or "refused" if they may not.
 */
#ifndef TARGET_H
#define TARGET_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TARGET_NS_PER_MS UINT64_C(1000000)

struct target {
	int argc;
	char **argv;
	uint64_t end_ns;
	bool watch_stdin;
};

static inline uint64_t target_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 * TARGET_NS_PER_MS + (uint64_t)ts.tv_nsec;
}

/* Argument number i (1 is SECONDS) as a number. */
static inline unsigned target_arg(const struct target *t, int i, unsigned fallback)
{
	return i < t->argc ? (unsigned)strtoul(t->argv[i], NULL, 10) : fallback;
}

/* Forked children call it, too: a parent's death ends them. */
static inline void target_die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static inline struct target target_begin(int argc, char **argv)
{
	struct target t = {.argc = argc, .argv = argv};
	unsigned seconds = target_arg(&t, 1, 30);
	struct stat st;

	target_die_with_parent();
	t.end_ns = target_now() + seconds * 1000 * TARGET_NS_PER_MS;
	t.watch_stdin = fstat(0, &st) == 0 && S_ISFIFO(st.st_mode);
	alarm(seconds + 5); /* in case the loop hangs */
	return t;
}

static inline void target_ready(void)
{
	puts("ready");
	fflush(stdout);
}

/* Sleeps. False when it is time to end. */
static inline bool target_sleep(const struct target *t, unsigned ms)
{
	struct pollfd p = {.fd = t->watch_stdin ? 0 : -1};
	uint64_t now = target_now(), until = now + ms * TARGET_NS_PER_MS;

	do {
		uint64_t stop = until < t->end_ns ? until : t->end_ns;

		poll(&p, 1, stop > now ? (int)((stop - now) / TARGET_NS_PER_MS) + 1 : 0);
		if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
			return false;
		now = target_now();
	} while (now < until && now < t->end_ns);
	return now < t->end_ns;
}

/* For those that have nothing to do. */
static inline void target_wait(const struct target *t)
{
	while (target_sleep(t, 60000))
		;
}

/* The next order; 0 when it is time to end. */
static inline char target_order(void)
{
	char c = 0;

	return read(0, &c, 1) == 1 ? c : 0;
}

/* With write(2): who shares memory with another process must not meet it in stdio. */
static inline void target_answer(bool done)
{
	const char *text = done ? "done\n" : "refused\n";

	if (write(1, text, done ? 5 : 8) < 0)
		_exit(1);
}

/* Keeps a CPU busy for that long. */
static inline void target_burn(uint64_t ns)
{
	uint64_t end = target_now() + ns;

	while (target_now() < end)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static inline _Noreturn void target_fail(const char *what)
{
	perror(what);
	exit(1);
}

#endif
