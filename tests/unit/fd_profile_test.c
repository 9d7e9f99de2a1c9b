/* SPDX-License-Identifier: MIT */
/*
 * Promise: the process that came nearest to its limit is found, and how it came there, also when
 * there are many samples; and nothing that a command does without end takes memory without end.
 */
#include "fd/fd_profile.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One sample of processes "PID:FDS/LIMIT …"; NULL: as before. */
static void sample(struct pg_fd_profile *p, double t, const char *procs)
{
	struct pg_fd_count items[16];
	struct pg_fd_sample s = {.open_fds = 1, .changed = procs != NULL, .procs = items};
	for (const char *at = procs; at && *at; at += strspn(at, " ")) {
		struct pg_fd_count *c = &items[s.nr_procs++];
		unsigned long limit;
		long fds;
		int n = 0;
		*c = (struct pg_fd_count){.comm = "x"};
		cr_assert_eq(sscanf(at, "%d:%ld/%lu%n", &c->pid, &fds, &limit, &n), 3);
		c->fds = fds;
		c->limit = limit == 1 ? UINT64_MAX : limit;
		at += n;
	}
	pg_fd_profile_sample(p, t, &s);
}

Test(fd_profile, the_worst)
{
	static const struct {
		const char *samples[4];
		int32_t worst;
		int64_t fds;
		size_t n;
	} rows[] = {
		{{"1:5/10 2:6/100"}, 1, 5, 4},
		{{"1:5/10 2:6/100", "1:5/10 2:90/100"}, 2, 90, 4},
		{{"1:5/10 2:6/100", "1:5/10 2:60/100", "1:5/10"}, 2, 60, 2}, /* it ended since */
		{{"1:5/0 2:6/0"}, 2, 6, 4},
		{{"1:5/1 2:6/0"}, 2, 6, 4},
		{{"1:5/100 2:600/0"}, 1, 5, 4}, /* who has a limit goes first */
		{{"1:5/10 2:5/10"}, 1, 5, 4},
		{{"1:5/10", "1:8/10 2:8/10", "1:8/10"}, 1, 8, 4}, /* its child ended since */
		{{"1:-1/10 2:1/10"}, 2, 1, 4},
		{{"1:-1/10"}, 1, -1, 0},
		{{"", "", "4:4/8"}, 4, 4, 2},
		{{"1:9/10", "2:8/10", "3:7/10"}, 1, 9, 1},
		{{""}, 0, 0, 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct pg_fd_profile p = {0};
		for (size_t k = 0; k < 4; k++)
			sample(&p, (double)k, rows[i].samples[k]);
		pg_fd_profile_finish(&p, 0);
		cr_expect_eq(p.worst.pid, rows[i].worst, "%zu: %d", i, p.worst.pid);
		cr_expect_eq(p.worst.fds, rows[i].fds, "%zu", i);
		cr_expect_eq(p.worst_series.n, rows[i].n, "%zu: %zu", i, p.worst_series.n);
		pg_fd_profile_free(&p);
	}
}

/* A reused number is another process. */
Test(fd_profile, a_number_again)
{
	struct pg_fd_profile p = {0};
	struct pg_fd_count c = {.pid = 1, .start = 1, .fds = 50, .limit = 100};
	struct pg_fd_sample s = {.changed = true, .procs = &c, .nr_procs = 1};
	pg_fd_profile_sample(&p, 0, &s);
	c.start = 2;
	c.fds = 3;
	pg_fd_profile_sample(&p, 1, &s);
	pg_fd_profile_finish(&p, 1);
	cr_expect_eq(p.worst.fds, 50);
	cr_expect_eq(p.worst.now, 50);
	cr_expect_eq(p.worst_series.n, 1);
	pg_fd_profile_free(&p);
}

/* 100,000 samples in few points, and of each point the least. */
Test(fd_profile, a_long_series_keeps_its_floor)
{
	struct pg_fd_profile p = {0};
	for (int i = 0; i < 100000; i++) {
		char text[40];
		snprintf(text, sizeof(text), "1:%d/1000000 2:1/1000000", 10 + i + i % 7 * 100);
		sample(&p, i * 0.1, i < 300 ? "2:1/1000000" : text);
	}
	pg_fd_profile_finish(&p, 0);
	const struct pg_series *s = &p.worst_series;
	cr_assert(s->n > 400 && s->n <= 1024, "%zu", s->n);
	cr_expect(s->t[0] < 40);
	for (size_t i = 1; i < s->n; i++) {
		cr_expect(s->t[i] > s->t[i - 1]);
		/* The floor is 10 + i: every point is within its slot of at most 128 samples + 7.
		 */
		cr_assert(s->v[i] >= 10 + s->t[i] * 10 - 1 && s->v[i] <= 10 + s->t[i] * 10 + 7,
			  "%zu: %f %ld", i, s->t[i], (long)s->v[i]);
	}
	pg_fd_profile_free(&p);
}

static struct pg_fd_cause cause(double t, int32_t pid, int opened, const char *prefix)
{
	struct pg_fd_cause c = {.elapsed = t, .pid = pid};
	c.parts.items = pg_calloc(1, sizeof(*c.parts.items));
	c.parts.nr = c.parts.cap = 1;
	c.parts.items[0] = (struct pg_fd_part){.kind = PG_FD_FILE,
					       .opened = opened > 0 ? opened : 0,
					       .closed = opened < 0 ? -opened : 0,
					       .prefix = pg_strdup(prefix)};
	return c;
}

Test(fd_profile, causes_without_end)
{
	for (int pids = 1; pids <= 3; pids++) {
		struct pg_fd_profile p = {0};
		for (int i = 0; i < 100000; i++) {
			char prefix[20];
			snprintf(prefix, sizeof(prefix), "/%d/", i % 1000);
			struct pg_fd_cause c = cause(i, i % pids, 1, prefix);
			pg_fd_profile_cause(&p, &c);
			cr_assert(p.nr_causes <= PG_FD_CAUSES_MAX);
		}
		struct pg_fd_parts all = {0};
		pg_fd_profile_changes(&p, -1, 1e9, &all);
		int64_t opened = 0;
		for (size_t i = 0; i < all.nr; i++)
			opened += all.items[i].opened;
		if (pids == 1) /* of one process nothing is lost */
			cr_expect_eq(opened, 100000, "%ld", (long)opened);
		cr_expect(opened > 0);
		pg_fd_parts_free(&all);
		pg_fd_profile_free(&p);
	}
}

Test(fd_profile, events_without_end)
{
	struct pg_fd_profile p = {0};
	for (int i = 0; i < PG_FD_EVENTS_MAX + 5; i++) {
		struct pg_fd_event e = {.message = pg_strdup("x")};
		pg_fd_profile_event(&p, &e);
	}
	cr_expect_eq(p.nr_events, PG_FD_EVENTS_MAX);
	cr_expect_eq(p.events_left_out, 5);
	pg_fd_profile_free(&p);
}

Test(fd_profile, changes_between_two_times)
{
	struct pg_fd_profile p = {0};
	static const struct {
		double t;
		int opened;
		const char *prefix;
	} rows[] = {{0, 100, "/a/"}, {1, 5, "/a/"},  {1.5, -2, "/a/"}, {2, 7, "/b/"},
		    {2, 1, "/c/"},   {2, -1, "/c/"}, {3, 50, "/b/"}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct pg_fd_cause c = cause(rows[i].t, 1, rows[i].opened, rows[i].prefix);
		pg_fd_profile_cause(&p, &c);
	}
	struct pg_fd_parts parts = {0};
	pg_fd_profile_changes(&p, 0, 2, &parts);
	cr_assert_eq(parts.nr, 2);
	cr_expect_str_eq(parts.items[0].prefix, "/b/");
	cr_expect_str_eq(parts.items[1].prefix, "/a/");
	cr_expect(parts.items[1].opened == 5 && parts.items[1].closed == 2);
	pg_fd_parts_free(&parts);
	pg_fd_profile_free(&p);
}

/* Four levels; the third step is too small for a jump, so jumps and pairs are counted apart. */
Test(fd_profile, each_jump_has_its_own_causes)
{
	struct pg_fd_profile p = {.interval = 0.1};
	struct pg_plateau plateaus[] = {{.start = 0, .end = 10},
					{.start = 11, .end = 20},
					{.start = 21, .end = 30},
					{.start = 31, .end = 40}};
	struct pg_jump jumps[] = {{.time = 10.5}, {.time = 30.5}};
	const struct pg_levels l = {
		.plateaus = plateaus, .nr_plateaus = 4, .jumps = jumps, .nr_jumps = 2};
	static const char *const want[] = {"/a/", "/c/"};
	struct pg_fd_cause causes[] = {cause(10.5, 1, 5, "/a/"), cause(20.5, 1, 1, "/b/"),
				       cause(31.1, 1, 7, "/c/")};
	for (size_t i = 0; i < PG_ARRAY_LEN(causes); i++)
		pg_fd_profile_cause(&p, &causes[i]);
	for (size_t i = 0; i < PG_ARRAY_LEN(jumps); i++) {
		struct pg_fd_parts parts = {0};
		pg_fd_profile_causes_of(&p, &l, &jumps[i], &parts);
		cr_assert_eq(parts.nr, 1);
		cr_expect_str_eq(parts.items[0].prefix, want[i]);
		pg_fd_parts_free(&parts);
	}
	pg_fd_profile_free(&p);
}
