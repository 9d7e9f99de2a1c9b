/* SPDX-License-Identifier: MIT */
/*
 * The sampler with a tree of one process: samples come in their order and on their beat, nothing is
 * lost between thread and main but what is counted, and the end comes after the last sample. How
 * punctual it is says tests/bench/fd_bench.
 */
#include "engine/engine_sampler.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS (PG_NS_PER_SEC / 1000)

static pid_t sleeper(void)
{
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct pg_sampler *start(pid_t pid, uint64_t interval_ns, uint64_t start_ns)
{
	struct pg_error err = {""};
	struct pg_fd_tree_options o = {.proc_root = "/proc", .pid = pid, .children = true};
	struct pg_fd_tree *t = pg_fd_tree_open(&o, &err);
	cr_assert(t, "%s", err.text);
	struct pg_sampler *s = pg_sampler_start(t, interval_ns, start_ns);
	cr_assert(s);
	return s;
}

/* Waits for what comes next, as the loop of a command does. */
static int next(struct pg_sampler *s, struct pg_fd_sample *out)
{
	struct pg_error err;
	struct pollfd p = {.fd = pg_sampler_fd(s), .events = POLLIN};
	int r;
	while ((r = pg_sampler_take(s, out, &err)) == 0)
		cr_assert_eq(poll(&p, 1, 120000), 1, "nothing came");
	return r;
}

Test(engine_sampler, samples_come_on_the_beat)
{
	enum { NR = 300 };
	struct pg_fd_sample out = {0};
	struct pg_sampler_stats stats;
	pid_t pid = sleeper();
	uint64_t first = pg_clock_ns(CLOCK_MONOTONIC) + 5 * MS, last_due = 0;
	struct pg_sampler *s = start(pid, MS, first);
	for (int i = 0; i < NR; i++) {
		cr_assert_eq(next(s, &out), 1);
		cr_expect_geq(out.due_ns, first);
		if (i == 0)
			first = out.due_ns; /* later, if we were slow to start */
		cr_expect_eq((out.due_ns - first) % MS, 0, "no drift");
		cr_expect_geq(out.mono_ns, out.due_ns, "never early");
		cr_expect_gt(out.due_ns, last_due);
		cr_expect_gt(out.open_fds, 0);
		cr_expect_eq(out.changed, out.nr_procs == 1);
		cr_expect(i > 0 || out.changed, "the first says all");
		last_due = out.due_ns;
	}
	pg_sampler_stop(s);
	uint64_t more = 0;
	while (next(s, &out) == 1) {
		last_due = out.due_ns;
		more++;
	}
	pg_sampler_stats(s, &stats);
	cr_expect_eq(stats.ticks, NR + more);
	cr_expect_eq(stats.dropped, 0);
	/* All beats are accounted for. */
	cr_expect_eq((last_due - first) / MS + 1, stats.ticks + stats.skipped);
	cr_expect_leq(stats.late, stats.ticks);
	pg_sampler_free(s);
	pg_fd_sample_free(&out);
	end(pid);
}

Test(engine_sampler, the_end_comes_after_the_last_sample)
{
	struct pg_fd_sample out = {0};
	struct pg_error err;
	pid_t pid = sleeper();
	struct pg_sampler *s = start(pid, MS, 0);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(next(s, &out), 1);
	end(pid);
	int r;
	while ((r = next(s, &out)) == 1)
		cr_expect_gt(out.open_fds, 0);
	cr_expect_eq(r, -ESRCH);
	cr_expect_eq(pg_sampler_take(s, &out, &err), -ESRCH, "and stays");
	struct pollfd p = {.fd = pg_sampler_fd(s), .events = POLLIN};
	cr_expect_eq(poll(&p, 1, 0), 1, "readable");
	pg_sampler_stop(s);
	cr_expect_eq(pg_sampler_take(s, &out, &err), -ESRCH);
	pg_sampler_free(s);
	pg_fd_sample_free(&out);
}

Test(engine_sampler, one_that_sleeps_long_can_be_stopped)
{
	struct pg_fd_sample out = {0};
	struct pg_sampler_stats stats;
	pid_t pid = sleeper();
	struct pg_sampler *s = start(pid, 3600 * PG_NS_PER_SEC, 0);
	cr_assert_eq(next(s, &out), 1);
	pg_sampler_stop(s);
	cr_expect_eq(next(s, &out), -ESRCH);
	pg_sampler_stats(s, &stats);
	cr_expect_eq(stats.ticks, 1);
	cr_expect_eq(stats.skipped, 0);
	pg_sampler_free(s);
	/* Before its first sample, and with samples that nobody took. */
	pg_sampler_free(start(pid, MS, pg_clock_ns(CLOCK_MONOTONIC) + 3600 * PG_NS_PER_SEC));
	s = start(pid, MS, 0);
	struct pollfd p = {.fd = pg_sampler_fd(s), .events = POLLIN};
	cr_expect_eq(poll(&p, 1, 120000), 1);
	pg_sampler_free(s);
	pg_sampler_free(NULL);
	pg_fd_sample_free(&out);
	end(pid);
}

/* Nothing is taken until the queue is full: then samples are dropped, and all that is left of what
 * they said of single processes is said again. */
Test(engine_sampler, a_full_queue, .timeout = 300)
{
	struct pg_fd_sample out = {0};
	struct pg_sampler_stats stats;
	int orders[2], answers[2];
	char c = '+';
	cr_assert_eq(pipe(orders) | pipe(answers), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(orders[1]);
		while (write(answers[1], &c, 1) == 1 && read(orders[0], &c, 1) == 1)
			if (open("/dev/null", O_RDONLY) < 0)
				break;
		_exit(0);
	}
	cr_assert_eq(read(answers[0], &c, 1), 1); /* it has what it will have */
	struct pg_sampler *s = start(pid, MS, 0);
	do {
		poll(NULL, 0, 50);
		pg_sampler_stats(s, &stats);
	} while (stats.dropped == 0);
	cr_assert_eq(write(orders[1], "o", 1), 1);
	cr_assert_eq(read(answers[0], &c, 1), 1);
	uint64_t ticks = stats.ticks;
	do /* one of the dropped samples saw it */
		pg_sampler_stats(s, &stats);
	while (stats.ticks < ticks + 3);
	cr_assert_eq(next(s, &out), 1);
	int64_t at_first = out.open_fds, fds = out.procs[0].fds;
	for (int i = 1; i < PG_SAMPLER_QUEUE; i++) {
		cr_assert_eq(next(s, &out), 1);
		cr_expect_eq(out.open_fds, at_first);
	}
	do {
		cr_assert_eq(next(s, &out), 1);
		if (out.changed)
			fds = out.procs[0].fds;
		cr_expect_eq(out.open_fds, fds, "a change is never lost");
	} while (out.open_fds == at_first);
	cr_expect_eq(fds, at_first + 1);
	pg_sampler_free(s);
	pg_fd_sample_free(&out);
	close(orders[1]);
	end(pid);
}
