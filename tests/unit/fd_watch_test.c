/* SPDX-License-Identifier: MIT */
/*
 * Promise: of each process whose number of descriptors changes there is a bounded series; what
 * leaks or is near its limit has a sign, and loses it; what has gone is forgotten.
 */
#include "fd/fd_watch.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/util.h"
#include "task/block.h"

#define PROCS 16

/* Processes 100, 101, …, each with a number and a limit; a turn is a frame, one second later. */
struct crowd {
	size_t nr;
	struct {
		bool gone, unknown, asleep, zombie; /* asleep: its block is shared */
		uint64_t fds, limit, start;
	} procs[PG_FD_WATCH_PROCS * 2];
	struct pg_block block;
	struct pg_snapshot snaps[2];
	struct pg_changes changes;
	struct pg_fd_watch *watch;
	uint64_t frame;
};

static struct crowd *crowd_new(size_t nr)
{
	struct crowd *c = pg_calloc(1, sizeof(*c));
	c->nr = nr;
	c->watch = pg_fd_watch_new();
	for (size_t i = 0; i < nr; i++) {
		c->procs[i].fds = 10;
		c->procs[i].start = 100;
		c->procs[i].limit = 1024;
	}
	return c;
}

static void crowd_free(struct crowd *c)
{
	pg_fd_watch_free(c->watch);
	pg_snapshot_free(&c->snaps[0]);
	pg_snapshot_free(&c->snaps[1]);
	pg_changes_free(&c->changes);
	pg_block_free(&c->block);
	free(c);
}

static struct pg_proc *block_of(struct crowd *c, size_t i)
{
	int32_t pid = (int32_t)(100 + i);
	pg_block_begin(&c->block, pid, PG_SCOPE_THREADS);
	struct pg_task t = {
		.tid = pid, .start = c->procs[i].start, .state = c->procs[i].zombie ? 'Z' : 'S'};
	t.valid = PG_STAT;
	pg_block_put(&c->block, &t);
	t.tid = 50000 + pid; /* a second thread */
	pg_block_put(&c->block, &t);
	struct pg_proc *p = pg_block_proc(&c->block);
	p->start = c->procs[i].start;
	p->valid = c->procs[i].unknown ? 0 : PG_FD;
	p->fds = c->procs[i].unknown ? 0 : c->procs[i].fds;
	p->fd_limit = c->procs[i].limit;
	return pg_block_end(&c->block, NULL);
}

static struct pg_proc *found(const struct pg_snapshot *s, int32_t pid)
{
	long i = pg_snapshot_find_pid(s, pid);
	return i < 0 ? NULL : s->procs[i];
}

static void turn(struct crowd *c)
{
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	struct pg_snapshot *cur = &c->snaps[c->frame % 2], *prev = &c->snaps[(c->frame + 1) % 2];
	pg_snapshot_clear(cur);
	cur->mono_ns = UINT64_C(1000) * PG_NS_PER_SEC + c->frame * PG_NS_PER_SEC;
	cur->wall_ns = (int64_t)cur->mono_ns;
	cur->ticks_per_sec = 100;
	cur->scope = PG_SCOPE_THREADS;
	for (size_t i = 0; i < c->nr; i++) {
		if (c->procs[i].gone)
			continue;
		struct pg_proc *was = c->frame ? found(prev, (int32_t)(100 + i)) : NULL;
		bool shared = c->procs[i].asleep && was;
		pg_snapshot_add(cur, shared ? pg_proc_ref(was) : block_of(c, i));
	}
	pg_delta(c->frame ? prev : NULL, cur, &limits, &c->changes);
	struct pg_frame f = {.snap = cur, .changes = &c->changes, .cycle = c->frame};
	pg_fd_watch_frame(c->watch, &f);
	c->frame++;
}

static void turns(struct crowd *c, size_t nr)
{
	while (nr-- > 0)
		turn(c);
}

static struct pg_series series(const struct crowd *c, size_t i)
{
	struct pg_series s;
	pg_fd_watch_series(c->watch, (int32_t)(100 + i), c->procs[i].start, &s);
	return s;
}

static enum pg_fd_sign sign(const struct crowd *c, size_t i)
{
	enum pg_fd_sign found = PG_FD_FINE;
	size_t nr = pg_fd_watch_alarms(c->watch, NULL, 0);
	struct pg_fd_alarm *alarms = pg_calloc(nr, sizeof(*alarms));
	pg_fd_watch_alarms(c->watch, alarms, nr);
	for (size_t k = 0; k < nr; k++)
		if (alarms[k].pid == (int32_t)(100 + i) && alarms[k].start == c->procs[i].start)
			found = alarms[k].sign;
	free(alarms);
	return found;
}

static void expect_points(const struct crowd *c, size_t i, const double *t, const int64_t *v,
			  size_t n)
{
	struct pg_series s = series(c, i);
	cr_assert_eq(s.n, n, "process %zu has %zu points", i, s.n);
	for (size_t k = 0; k < n; k++) {
		cr_expect_float_eq(s.t[k], t[k], 1e-9, "point %zu: %g s", k, s.t[k]);
		cr_expect_eq(s.v[k], v[k], "point %zu: %lld", k, (long long)s.v[k]);
	}
	pg_series_free(&s);
}

Test(fd_watch, what_never_changes_has_no_series)
{
	struct crowd *c = crowd_new(3);
	c->procs[1].asleep = true;
	turns(c, 50);
	for (size_t i = 0; i < 3; i++)
		expect_points(c, i, NULL, NULL, 0);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), 0);
	crowd_free(c);
}

/* It began in the first frame with what it had, and ends now. */
Test(fd_watch, a_change)
{
	struct crowd *c = crowd_new(2);
	turns(c, 5);
	c->procs[0].fds = 13;
	turns(c, 3);
	c->procs[0].fds = 11;
	turns(c, 2);
	expect_points(c, 0, (double[]){0, 5, 8, 9}, (int64_t[]){10, 13, 11, 11}, 4);
	expect_points(c, 1, NULL, NULL, 0);
	crowd_free(c);
}

/* Boot is at tick 0 of the wall clock, so a start in ticks is a time. */
Test(fd_watch, one_that_was_born_later_begins_then)
{
	struct crowd *c = crowd_new(2);
	c->procs[1].gone = true;
	c->procs[1].start = 100400; /* 4 s after the first frame */
	turns(c, 5);
	c->procs[1].gone = false;
	turns(c, 2);
	c->procs[1].fds = 20;
	turns(c, 2);
	expect_points(c, 1, (double[]){4, 7, 8}, (int64_t[]){10, 20, 20}, 3);
	crowd_free(c);
}

Test(fd_watch, what_cannot_be_read_for_a_while_goes_on)
{
	struct crowd *c = crowd_new(1);
	turns(c, 2);
	c->procs[0].fds = 12;
	turn(c);
	c->procs[0].unknown = true;
	turns(c, 2);
	c->procs[0].unknown = false;
	c->procs[0].fds = 15;
	turns(c, 2);
	expect_points(c, 0, (double[]){0, 2, 5, 6}, (int64_t[]){10, 12, 15, 15}, 4);
	crowd_free(c);
}

Test(fd_watch, what_has_gone_is_forgotten)
{
	struct crowd *c = crowd_new(2);
	turns(c, 2);
	c->procs[0].fds = 1000;
	c->procs[1].fds = 1001;
	turn(c);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), 2);
	c->procs[0].gone = true;
	turn(c);
	expect_points(c, 0, NULL, NULL, 0);
	cr_expect_eq(sign(c, 0), PG_FD_FINE);
	cr_expect_eq(sign(c, 1), PG_FD_NEAR_LIMIT);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), 1);
	crowd_free(c);
}

/* Its descriptors are closed, whether it is reaped or not. */
Test(fd_watch, a_zombie_is_forgotten)
{
	struct crowd *c = crowd_new(2);
	turns(c, 2);
	c->procs[0].fds = 1000;
	turn(c);
	cr_expect_eq(sign(c, 0), PG_FD_NEAR_LIMIT);
	c->procs[0].zombie = c->procs[1].zombie = true;
	c->procs[0].fds = c->procs[1].fds = 0;
	turn(c);
	expect_points(c, 0, NULL, NULL, 0);
	expect_points(c, 1, NULL, NULL, 0);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), 0);
	c->procs[0].unknown = true;
	turns(c, 2);
	expect_points(c, 0, NULL, NULL, 0);
	crowd_free(c);
}

/* The same number, another process. */
Test(fd_watch, a_number_that_is_used_again)
{
	struct crowd *c = crowd_new(1);
	turns(c, 2);
	c->procs[0].fds = 1000;
	turn(c);
	c->procs[0].start = 200;
	c->procs[0].fds = 5;
	turns(c, 2);
	expect_points(c, 0, NULL, NULL, 0);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), 0);
	crowd_free(c);
}

Test(fd_watch, near_the_limit)
{
	static const struct {
		uint64_t fds, limit;
		enum pg_fd_sign sign;
	} rows[] = {
		{921, 1024, PG_FD_FINE},
		{922, 1024, PG_FD_NEAR_LIMIT},
		{1024, 1024, PG_FD_NEAR_LIMIT},
		{2000, 1024, PG_FD_NEAR_LIMIT}, /* it was lowered since */
		{1000, 0, PG_FD_FINE},          /* not known */
		{1000000, UINT64_MAX, PG_FD_FINE},
		{10, 1, PG_FD_NEAR_LIMIT},
	};
	struct crowd *c = crowd_new(PG_ARRAY_LEN(rows));
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		c->procs[i].fds = rows[i].fds;
		c->procs[i].limit = rows[i].limit;
	}
	turns(c, 2);
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		cr_expect_eq(sign(c, i), rows[i].sign, "row %zu", i);
	c->procs[1].limit = 4096; /* prlimit(1) */
	c->procs[2].fds = 10;
	turn(c);
	cr_expect_eq(sign(c, 1), PG_FD_FINE);
	cr_expect_eq(sign(c, 2), PG_FD_FINE);
	crowd_free(c);
}

Test(fd_watch, alarms_the_worst_first)
{
	struct crowd *c = crowd_new(8);
	turn(c);
	for (uint64_t i = 0; i < 200; i++) {
		c->procs[1].fds++;    /* leaks one a second */
		c->procs[2].fds += 3; /* and faster */
		turn(c);
	}
	c->procs[4].fds = 950;
	c->procs[5].fds = 1020;
	turn(c);
	static const int32_t order[] = {105, 104, 102, 101};
	struct pg_fd_alarm a[8];
	cr_assert_eq(pg_fd_watch_alarms(c->watch, a, 8), 4);
	for (size_t i = 0; i < 4; i++)
		cr_expect_eq(a[i].pid, order[i], "alarm %zu is %d", i, a[i].pid);
	cr_expect_eq(a[0].sign, PG_FD_NEAR_LIMIT);
	cr_expect_eq(a[0].fds, 1020);
	cr_expect_eq(a[0].limit, 1024);
	cr_expect_eq(a[2].sign, PG_FD_LEAKING);
	cr_expect_float_eq(a[2].per_second, 3, 0.1, "%g", a[2].per_second);
	cr_expect_float_eq(a[3].per_second, 1, 0.05, "%g", a[3].per_second);
	cr_assert_eq(pg_fd_watch_alarms(c->watch, a, 2), 4, "all are counted");
	cr_expect_eq(a[0].pid, 105);
	cr_expect_eq(a[1].pid, 104);
	crowd_free(c);
}

/* One a minute among others that come and go; and it stops. */
Test(fd_watch, a_slow_leak_is_found_and_forgiven)
{
	struct crowd *c = crowd_new(PROCS);
	for (uint64_t i = 0; i < 1800; i++) {
		for (size_t k = 1; k < PROCS; k++)
			c->procs[k].fds = 10 + (i * (k + 3) * 7919 >> 3) % (2 + k);
		c->procs[0].fds = 10 + i / 60;
		turn(c);
	}
	cr_expect_eq(sign(c, 0), PG_FD_LEAKING);
	for (size_t k = 1; k < PROCS; k++)
		cr_expect_eq(sign(c, k), PG_FD_FINE, "process %zu", k);
	turns(c, 1800);
	cr_expect_eq(sign(c, 0), PG_FD_FINE);
	crowd_free(c);
}

Test(fd_watch, a_start_is_no_leak)
{
	struct crowd *c = crowd_new(1);
	for (uint64_t i = 0; i < 39; i++) {
		c->procs[0].fds += 2;
		turn(c);
		cr_expect_eq(sign(c, 0), PG_FD_FINE);
	}
	turns(c, 200);
	cr_expect_eq(sign(c, 0), PG_FD_FINE);
	crowd_free(c);
}

/* Ever more changes take no more room, and the floor is still there to be seen. */
Test(fd_watch, a_long_series_is_bounded)
{
	struct crowd *c = crowd_new(2);
	for (uint64_t i = 0; i < 20000; i++) {
		c->procs[0].fds = 20 + i / 200 + i % 10;
		c->procs[1].fds = 20 + i % 10;
		turn(c);
	}
	struct pg_series s = series(c, 0);
	cr_expect_leq(s.n, PG_FD_WATCH_POINTS);
	cr_expect_geq(s.n, PG_FD_WATCH_POINTS / 4);
	cr_expect_float_eq(s.t[0], 0, 1e-9);
	cr_expect_float_eq(s.t[s.n - 1], 19999, 1e-9);
	cr_expect_eq(s.v[s.n - 1], 20 + 19999 / 200 + 19999 % 10);
	for (size_t k = 0; k + 1 < s.n; k++) {
		int64_t floor = 20 + (int64_t)(s.t[k] / 200);
		cr_expect_lt(s.t[k], s.t[k + 1]);
		cr_expect(s.v[k] >= floor - 1 && s.v[k] <= floor + 10, "%g s: %lld", s.t[k],
			  (long long)s.v[k]);
	}
	pg_series_free(&s);
	cr_expect_eq(sign(c, 0), PG_FD_LEAKING);
	cr_expect_eq(sign(c, 1), PG_FD_FINE);
	crowd_free(c);
}

/* More processes than there are places: those that changed longest ago go, unless they have a
 * sign. */
Test(fd_watch, no_more_processes_than_places)
{
	size_t nr = PG_FD_WATCH_PROCS + 500;
	struct crowd *c = crowd_new(nr);
	for (size_t i = 0; i < nr; i++)
		c->procs[i].asleep = true;
	turn(c);
	c->procs[0].asleep = c->procs[1].asleep = false;
	c->procs[0].fds = 1000;
	c->procs[1].fds = 11;
	turn(c);
	for (size_t i = 2; i < nr; i++)
		c->procs[i].asleep = false;
	for (size_t i = 2; i < nr; i++) {
		c->procs[i].fds = 12;
		if (i % 1000 == 0)
			turn(c);
	}
	turn(c);
	struct pg_series first = series(c, 1), last = series(c, nr - 1), signed_one = series(c, 0);
	cr_expect_eq(first.n, 0);
	cr_expect_eq(last.n, 2);
	cr_expect_geq(signed_one.n, 2);
	cr_expect_eq(sign(c, 0), PG_FD_NEAR_LIMIT);
	pg_series_free(&first);
	pg_series_free(&last);
	pg_series_free(&signed_one);
	crowd_free(c);
}

/* Where all are near their limits there is no place for more, and nothing breaks. */
Test(fd_watch, all_near_their_limits)
{
	struct crowd *c = crowd_new(PG_FD_WATCH_PROCS + 10);
	for (size_t i = 0; i < c->nr; i++)
		c->procs[i].fds = 1024;
	turns(c, 2);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), PG_FD_WATCH_PROCS);
	for (size_t i = 0; i < c->nr; i++)
		c->procs[i].fds = 10;
	turns(c, 2);
	cr_expect_eq(pg_fd_watch_alarms(c->watch, NULL, 0), 0);
	crowd_free(c);
}

Test(fd_watch, nothing_to_free)
{
	pg_fd_watch_free(NULL);
}
