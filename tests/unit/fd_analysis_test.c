/* SPDX-License-Identifier: MIT */
/*
 * Promise: of a run it is told what grows and how long it can go on; events beyond it are marked,
 * and the zeros of a zombie do not count.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "fd/fd_profile.h"

static struct pg_fd_findings analyze(struct pg_fd_profile *p)
{
	struct pg_fd_findings f = {0};
	pg_fd_analyze(p, &pg_level_rule_default, &f);
	return f;
}

/* Frees by hand: what it holds here is made by hand, too. */
static void done(struct pg_fd_profile *p, struct pg_fd_findings *f)
{
	pg_series_free(&p->series);
	pg_series_free(&p->worst_series);
	for (size_t i = 0; i < p->nr_causes; i++)
		pg_fd_parts_free(&p->causes[i].parts);
	free(p->causes);
	free(p->events);
	pg_fd_findings_free(f);
}

static void add(struct pg_series *s, int64_t v, size_t times)
{
	while (times-- > 0)
		pg_series_add(s, (double)s->n / 10, v);
}

static void rise(struct pg_series *s, size_t n, size_t each)
{
	for (size_t i = 0; i < n; i++)
		add(s, 10 + (int64_t)(i / each), 1);
}

static void cause(struct pg_fd_profile *p, double elapsed, uint8_t kind, const char *prefix,
		  int32_t opened, int32_t closed)
{
	p->causes = pg_grow(p->causes, &p->cap_causes, p->nr_causes + 1, sizeof(*p->causes));
	struct pg_fd_cause *c = &p->causes[p->nr_causes++];
	*c = (struct pg_fd_cause){.elapsed = elapsed};
	c->parts.items = pg_grow(NULL, &c->parts.cap, 1, sizeof(*c->parts.items));
	c->parts.items[c->parts.nr++] = (struct pg_fd_part){
		.kind = kind, .opened = opened, .closed = closed, .prefix = pg_strdup(prefix)};
}

Test(fd_analysis, nothing)
{
	struct pg_fd_profile p = {0};
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.levels.nr_plateaus, 0);
	cr_expect_eq(f.leak.verdict, PG_LEAK_NONE);
	cr_expect_eq(f.leak_kind, PG_FD_NR_KINDS);
	cr_expect_null(f.leak_prefix);
	cr_expect_lt(f.seconds_left, 0);
	cr_expect_eq(f.peak, 0);
	done(&p, &f);
}

Test(fd_analysis, peak_is_the_first_of_the_highest)
{
	struct pg_fd_profile p = {0};
	add(&p.series, 0, 2);
	add(&p.series, 7, 1);
	add(&p.series, 3, 1);
	add(&p.series, 7, 1);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.peak, 7);
	cr_expect_float_eq(f.peak_at, 0.2, 1e-9);
	done(&p, &f);
}

/* fdprof's own demonstration: after the last level there are 13 zeros. */
Test(fd_analysis, zeros_of_a_zombie)
{
	static const struct {
		const char *name;
		bool tail;
		int64_t last;
		size_t zeros, samples, jumps;
	} rows[] = {
		{"a log of fdprof", true, 9, 13, 30, 1},
		{"our own: nothing was open", false, 9, 13, 43, 2},
		{"no zeros", true, 9, 0, 30, 1},
		{"one", true, 9, 1, 30, 1},
		{"nothing but zeros", true, 0, 13, 43, 1},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct pg_fd_profile p = {.zombie_tail = rows[i].tail};
		add(&p.series, rows[i].last ? 17 : 0, 15);
		add(&p.series, rows[i].last, 15);
		add(&p.series, 0, rows[i].zeros);
		struct pg_fd_findings f = analyze(&p);
		cr_expect_eq(p.series.n, rows[i].samples, "%s: %zu", rows[i].name, p.series.n);
		if (rows[i].last)
			cr_expect_eq(f.levels.nr_jumps, rows[i].jumps, "%s: %zu", rows[i].name,
				     f.levels.nr_jumps);
		done(&p, &f);
	}
}

/* In the middle they are what was counted. */
Test(fd_analysis, zeros_in_the_middle_stay)
{
	struct pg_fd_profile p = {.zombie_tail = true};
	add(&p.series, 5, 10);
	add(&p.series, 0, 10);
	add(&p.series, 5, 10);
	add(&p.series, 0, 3);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(p.series.n, 30);
	cr_expect_eq(f.levels.nr_plateaus, 3);
	done(&p, &f);
}

Test(fd_analysis, events_outside)
{
	static const struct {
		double stamp, elapsed;
		bool outside;
	} rows[] = {
		{1000.5, 0.5, false}, {1000.25, 0, false}, {999.75, -0.25, true},
		{1002.9, 2.9, false}, {1003.5, 3.5, true}, {5.5, -994.5, true},
		{1e300, 1e300, true}, {1000, -0.9, false}, /* the second in which it began */
		{999, -1.9, true},    {1004, 4, true},
	};
	struct pg_fd_profile p = {.ended = 3};
	p.events = pg_calloc(PG_ARRAY_LEN(rows), sizeof(*p.events));
	p.nr_events = PG_ARRAY_LEN(rows);
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		p.events[i] = (struct pg_fd_event){.timestamp = rows[i].stamp,
						   .elapsed = rows[i].elapsed};
	add(&p.series, 5, 25);
	struct pg_fd_findings f = analyze(&p);
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		cr_expect_eq(p.events[i].outside, rows[i].outside, "row %zu", i);
	done(&p, &f);
}

/* A log that does not say when it ended: with its last sample. */
Test(fd_analysis, events_without_an_end)
{
	struct pg_fd_profile p = {.nr_events = 2};
	p.events = pg_calloc(2, sizeof(*p.events));
	p.events[0] = (struct pg_fd_event){.timestamp = 10.5, .elapsed = 2.3};
	p.events[1] = (struct pg_fd_event){.timestamp = 10.5, .elapsed = 2.5};
	add(&p.series, 5, 25);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_not(p.events[0].outside);
	cr_expect(p.events[1].outside);
	done(&p, &f);
}

/* ---- what grows -------------------------------------------------------------------------------
 */

/* 400 samples in 40 s, one more every 2. */
static struct pg_fd_profile leaking(void)
{
	struct pg_fd_profile p = {.ended = 40};
	rise(&p.series, 400, 2);
	return p;
}

Test(fd_analysis, what_grows_by_kind_and_prefix)
{
	struct pg_fd_profile p = leaking();
	for (int i = 0; i < 30; i++) {
		cause(&p, 6 + i, PG_FD_FILE, "/var/log/", 10, 10);
		cause(&p, 6 + i, PG_FD_SOCKET, "tcp 10.0.0.1:5432", 4, 1);
		cause(&p, 6 + i, PG_FD_SOCKET, "tcp 10.0.0.2:80", 1, 0);
		cause(&p, 6 + i, PG_FD_FILE, "/tmp/", 2, 0);
	}
	struct pg_fd_findings f = analyze(&p);
	cr_assert_eq(f.leak.verdict, PG_LEAK_LEAKING);
	cr_expect_eq(f.leak_kind, PG_FD_SOCKET);
	cr_assert_not_null(f.leak_prefix);
	cr_expect_str_eq(f.leak_prefix, "tcp 10.0.0.1:5432");
	done(&p, &f);
}

/* No prefix has half of it: the kind alone is told. */
Test(fd_analysis, what_grows_here_and_there)
{
	struct pg_fd_profile p = leaking();
	char prefix[32];
	for (int i = 0; i < 30; i++) {
		snprintf(prefix, sizeof(prefix), "/tmp/%d/", i);
		cause(&p, 6 + i, PG_FD_FILE, prefix, 5, 0);
	}
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak_kind, PG_FD_FILE);
	cr_expect_null(f.leak_prefix);
	done(&p, &f);
}

Test(fd_analysis, what_grows_in_one_place_by_half)
{
	struct pg_fd_profile p = leaking();
	for (int i = 0; i < 30; i++)
		cause(&p, 6 + i, PG_FD_FILE, i % 2 ? "/srv/" : i % 4 ? "/tmp/" : "/var/", 5, 0);
	struct pg_fd_findings f = analyze(&p);
	cr_assert_not_null(f.leak_prefix);
	cr_expect_str_eq(f.leak_prefix, "/srv/");
	done(&p, &f);
}

Test(fd_analysis, what_has_no_prefix)
{
	struct pg_fd_profile p = leaking();
	for (int i = 0; i < 30; i++)
		cause(&p, 6 + i, PG_FD_EVENTFD, "", 5, 0);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak_kind, PG_FD_EVENTFD);
	cr_expect_null(f.leak_prefix);
	done(&p, &f);
}

/* What a program opens when it starts is more, but it is no leak. */
Test(fd_analysis, the_start_does_not_count)
{
	struct pg_fd_profile p = leaking();
	cause(&p, 1, PG_FD_FILE, "/usr/lib/", 500, 0);
	for (int i = 0; i < 30; i++)
		cause(&p, 6 + i, PG_FD_PIPE, "", 5, 1);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak_kind, PG_FD_PIPE);
	done(&p, &f);
}

Test(fd_analysis, unless_nothing_grew_later)
{
	struct pg_fd_profile p = leaking();
	cause(&p, 1, PG_FD_FILE, "/usr/lib/", 500, 0);
	cause(&p, 20, PG_FD_PIPE, "", 5, 5);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak_kind, PG_FD_FILE);
	done(&p, &f);
}

/* A program closes all that it has when it ends. */
Test(fd_analysis, the_end_does_not_count)
{
	struct pg_fd_profile p = leaking();
	for (int i = 0; i < 30; i++)
		cause(&p, 6 + i, PG_FD_FILE, "/tmp/", 5, 0);
	add(&p.series, 3, 2);
	cause(&p, p.series.t[p.series.n - 2] + 0.01, PG_FD_FILE, "/tmp/", 0, 150);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak.verdict, PG_LEAK_LEAKING);
	cr_expect_eq(f.leak_kind, PG_FD_FILE);
	cr_expect_str_eq(f.leak_prefix ? f.leak_prefix : "", "/tmp/");
	done(&p, &f);
}

Test(fd_analysis, nothing_is_blamed_without_a_leak)
{
	struct pg_fd_profile p = {.ended = 40};
	add(&p.series, 10, 400);
	cause(&p, 20, PG_FD_FILE, "/tmp/", 5, 0);
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak_kind, PG_FD_NR_KINDS);
	cr_expect_null(f.leak_prefix);
	done(&p, &f);
}

Test(fd_analysis, without_causes)
{
	struct pg_fd_profile p = leaking();
	struct pg_fd_findings f = analyze(&p);
	cr_expect_eq(f.leak.verdict, PG_LEAK_LEAKING);
	cr_expect_eq(f.leak_kind, PG_FD_NR_KINDS);
	done(&p, &f);
}

/* ---- how long it can go on --------------------------------------------------------------------
 */

/* 5 more a second, by the sum and by the worst process. */
Test(fd_analysis, seconds_left)
{
	static const struct {
		const char *name;
		bool own; /* the worst process has a series of its own; each: samples between two */
		size_t each, procs;
		uint64_t limit;
		int64_t now;
		double left;
	} rows[] = {
		{"a single process", false, 0, 1, 1209, 209, 200},
		{"its own slope", true, 4, 3, 1109, 109, 400},
		{"its own slope is not known", false, 0, 3, 1209, 209, -1},
		{"at the limit", false, 0, 1, 209, 209, 0},
		{"beyond it", false, 0, 1, 100, 209, 0},
		{"no limit", false, 0, 1, UINT64_MAX, 209, -1},
		{"limit not known", false, 0, 1, 0, 209, -1},
		{"another one leaks", true, 400, 3, 1024, 10, -1},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct pg_fd_profile p = leaking();
		p.most_procs = rows[i].procs;
		p.worst =
			(struct pg_fd_worst){.pid = 7, .now = rows[i].now, .limit = rows[i].limit};
		if (rows[i].own)
			rise(&p.worst_series, 400, rows[i].each);
		struct pg_fd_findings f = analyze(&p);
		cr_expect_float_eq(f.seconds_left, rows[i].left, 0.05 * (1 + rows[i].left),
				   "%s: %g", rows[i].name, f.seconds_left);
		done(&p, &f);
	}
}
