/* SPDX-License-Identifier: MIT */
/*
 * Looks at a process with many descriptors, which take several turns, and at what becomes of it in
 * the meantime. Samples are made by hand.
 */
#include "cmd/cmd_fd.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 4000 /* no machine looks at so many in one turn, which is 2 ms */
#define MORE 5

TestSuite(fd_looks, .timeout = 120);

struct opener {
	pid_t pid;
	int order, answer;
};

static void opened(const struct opener *o)
{
	char c;
	cr_assert_eq(read(o->answer, &c, 1), 1);
}

static void open_some(int nr, int answer)
{
	for (int i = 0; i < nr; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			_exit(1);
	if (write(answer, "+", 1) != 1)
		_exit(1);
}

/* A process with MANY; for each byte MORE. */
static struct opener start(void)
{
	int order[2], answer[2];
	char c;
	struct rlimit l;
	getrlimit(RLIMIT_NOFILE, &l);
	if (l.rlim_max < MANY + 100)
		cr_skip_test("not so many here");
	cr_assert(pipe(order) == 0 && pipe(answer) == 0);
	struct opener o = {.pid = fork(), .order = order[1], .answer = answer[0]};
	cr_assert_geq(o.pid, 0);
	if (o.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		l.rlim_cur = MANY + 100;
		setrlimit(RLIMIT_NOFILE, &l);
		open_some(MANY, answer[1]);
		while (read(order[0], &c, 1) == 1)
			open_some(MORE, answer[1]);
		_exit(0);
	}
	close(order[0]);
	close(answer[1]);
	opened(&o);
	return o;
}

static void end(struct opener *o)
{
	kill(o->pid, SIGKILL);
	waitpid(o->pid, NULL, 0);
	close(o->order);
	close(o->answer);
}

static void sample(struct pg_fd_looks *l, pid_t pid, int64_t fds)
{
	struct pg_fd_count proc = {.pid = pid, .start = 1, .fds = fds};
	struct pg_fd_sample s = {.changed = true, .procs = &proc, .nr_procs = fds > 0};
	pg_fd_looks_sample(l, &s);
}

/* Turns until nobody is due. Returns how many. */
static int look(struct pg_fd_looks *l, struct pg_fd_profile *p)
{
	int turns = 1, ms;
	for (; (ms = pg_fd_looks_turn(l, turns, p, NULL)) >= 0; turns++)
		poll(NULL, 0, ms);
	return turns;
}

static void expect_cause(const struct pg_fd_profile *p, size_t which, const char *words)
{
	struct pg_buf text = {0};
	cr_assert_eq(p->nr_causes, which + 1);
	pg_fd_parts_put(&p->causes[which].parts, 9, &text);
	cr_expect_str_eq(pg_buf_cstr(&text), words);
	pg_buf_free(&text);
}

Test(fd_looks, a_look_goes_on_from_turn_to_turn)
{
	struct opener o = start();
	struct pg_fd_looks *l = pg_fd_looks_new();
	struct pg_fd_profile p = {0};
	sample(l, o.pid, MANY);
	cr_expect_eq(pg_fd_looks_turn(l, 0, &p, NULL), 0, "it wants to go on at once");
	cr_expect_null(pg_fd_looks_kinds(l), "nothing is known yet");
	look(l, &p);
	const uint32_t *kinds = pg_fd_looks_kinds(l);
	cr_assert(kinds);
	cr_expect_geq(kinds[PG_FD_DEVICE], MANY);
	cr_expect_eq(p.nr_causes, 0, "what it has at the beginning is no cause");
	cr_assert_eq(write(o.order, "+", 1), 1);
	opened(&o);
	sample(l, o.pid, MANY + MORE);
	cr_expect_gt(look(l, &p), 1);
	expect_cause(&p, 0, "+5 device /dev/");
	sample(l, o.pid, -1);
	cr_expect_eq(look(l, &p), 1);
	pg_fd_looks_free(l);
	pg_fd_profile_free(&p);
	end(&o);
}

/* A number that changes while the look goes on: there will be another. */
Test(fd_looks, what_changes_meanwhile_is_looked_for_again)
{
	struct opener o = start();
	struct pg_fd_looks *l = pg_fd_looks_new();
	struct pg_fd_profile p = {0};
	sample(l, o.pid, MANY);
	cr_expect_eq(pg_fd_looks_turn(l, 0, &p, NULL), 0);
	cr_assert_eq(write(o.order, "+", 1), 1);
	opened(&o);
	sample(l, o.pid, MANY + MORE);
	look(l, &p);
	/* The five are behind all others, where the first look had not been. */
	cr_expect_eq(p.nr_causes, 0);
	cr_assert_eq(write(o.order, "+", 1), 1);
	opened(&o);
	sample(l, o.pid, MANY + 2 * MORE);
	look(l, &p);
	expect_cause(&p, 0, "+5 device /dev/");
	pg_fd_looks_free(l);
	pg_fd_profile_free(&p);
	end(&o);
}

/* It closes nothing: it ends, and what it had is told when the samples say so. */
Test(fd_looks, who_ends_meanwhile)
{
	struct opener o = start();
	struct pg_fd_looks *l = pg_fd_looks_new();
	struct pg_fd_profile p = {0};
	sample(l, o.pid, MANY);
	look(l, &p);
	sample(l, o.pid, MANY + 1);
	while (pg_fd_looks_turn(l, 1, &p, NULL) != 0)
		poll(NULL, 0, 1);
	end(&o);
	for (int i = 0; i < 1000; i++)
		pg_fd_looks_turn(l, 2, &p, NULL);
	cr_expect_eq(p.nr_causes, 0);
	sample(l, 0, 0);
	cr_expect_eq(look(l, &p), 1);
	cr_assert_eq(p.nr_causes, 1);
	cr_expect_geq(p.causes[0].parts.items[0].closed, MANY);
	pg_fd_looks_free(l);
	pg_fd_profile_free(&p);
}

/* In the middle of it the samples have gone on without it. */
Test(fd_looks, a_look_at_one_who_has_left)
{
	struct opener o = start();
	struct pg_fd_looks *l = pg_fd_looks_new();
	struct pg_fd_profile p = {0};
	sample(l, o.pid, MANY);
	cr_expect_eq(pg_fd_looks_turn(l, 0, &p, NULL), 0);
	sample(l, 0, 0);
	cr_expect_eq(look(l, &p), 1);
	cr_expect_null(pg_fd_looks_kinds(l));
	cr_expect_eq(p.nr_causes, 0);
	/* And one that is still under way at the end. */
	sample(l, o.pid, MANY);
	while (pg_fd_looks_turn(l, 1, &p, NULL) != 0)
		poll(NULL, 0, 1);
	pg_fd_looks_free(l);
	pg_fd_profile_free(&p);
	end(&o);
}
