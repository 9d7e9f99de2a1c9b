/* SPDX-License-Identifier: MIT */
/*
 * Promised: an axis of time never goes back, whatever the clocks say; frames are found by it, and
 * by what their clock said, also if that said it twice.
 */
#include "past/past.h"

#include <criterion/criterion.h>

#define SEC ((int64_t)PG_NS_PER_SEC)

Test(past, an_axis_never_goes_back)
{
	static const struct {
		uint64_t mono;
		int64_t wall, axis;
	} t[] = {
		{5, 1000, 1000},
		{6, 1010, 1010},
		{7, 1010, 1010},
		{9, 500, 1012},  /* put back: what passed on the other clock */
		{10, 510, 1022}, /* from there on ahead of the clock */
		{4, 400, 1022},  /* both are back: another boot */
		{4, 399, 1022},
		{8, 450, 1073},
		{20, 2000, 2623}, /* put on: a machine that slept does the same */
		{UINT64_MAX, 5, 2623},
		{0, INT64_MAX, INT64_MAX},
		{1, INT64_MIN, INT64_MAX},
		{2, INT64_MAX, INT64_MAX},
	};
	struct pg_axis a = {0};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_eq(pg_axis_next(&a, t[i].mono, t[i].wall), t[i].axis, "row %zu: %lld", i,
			     (long long)a.ns);
	a = (struct pg_axis){0};
	cr_expect_eq(pg_axis_next(&a, 0, INT64_MIN), INT64_MIN);
	cr_expect_eq(pg_axis_next(&a, 1, INT64_MAX), -1, "a way is no longer than that");
}

/* A past of clocks alone, a second from frame to frame on the monotonic one. */
struct clocks {
	struct pg_past base;
	uint64_t first, end;
	const int64_t *wall;
	int64_t axis[16];
};

static const struct clocks *clocks(const struct pg_past *p)
{
	return (const struct clocks *)(const void *)p;
}

static uint64_t first(const struct pg_past *p)
{
	return clocks(p)->first;
}

static uint64_t end(const struct pg_past *p)
{
	return clocks(p)->end;
}

static int64_t wall_ns(const struct pg_past *p, uint64_t frame)
{
	cr_assert(frame >= first(p) && frame < end(p));
	return clocks(p)->wall[frame - first(p)];
}

static int64_t axis_ns(const struct pg_past *p, uint64_t frame)
{
	cr_assert(frame >= first(p) && frame < end(p));
	return clocks(p)->axis[frame - first(p)];
}

/* Frames are numbered from 100. */
static struct clocks clocks_of(const int64_t *wall, size_t nr)
{
	static const struct pg_past_ops ops = {
		.first = first, .end = end, .wall_ns = wall_ns, .axis_ns = axis_ns};
	struct clocks c = {.base.ops = &ops, .first = 100, .end = 100 + nr, .wall = wall};
	struct pg_axis a = {0};
	for (size_t i = 0; i < nr; i++)
		c.axis[i] = pg_axis_next(&a, (i + 1) * PG_NS_PER_SEC, wall[i]);
	return c;
}

/* 1000 … 1005 s, put back by an hour, put back again. */
#define HOUR (3600 * SEC)
static const int64_t twice[] = {HOUR + 1000 * SEC, HOUR + 1001 * SEC, HOUR + 1002 * SEC,
				1003 * SEC,        1004 * SEC,        1005 * SEC,
				1004 * SEC,        1005 * SEC,        1006 * SEC};

Test(past, frames_by_their_place)
{
	struct clocks c = clocks_of(twice, PG_ARRAY_LEN(twice));
	for (uint64_t i = 0; i < PG_ARRAY_LEN(twice); i++) {
		int64_t at = HOUR + (1000 + (int64_t)i) * SEC;
		cr_expect_eq(c.axis[i], at);
		cr_expect_eq(pg_past_at(&c.base, at), 100 + i);
		cr_expect_eq(pg_past_at(&c.base, at + SEC - 1), 100 + i);
	}
	cr_expect_eq(pg_past_at(&c.base, 0), 100);
	cr_expect_eq(pg_past_at(&c.base, INT64_MAX), 108);
	int64_t least, most;
	pg_past_clocks(&c.base, &least, &most);
	cr_expect_eq(least, 1003 * SEC);
	cr_expect_eq(most, HOUR + 1002 * SEC);
}

Test(past, frames_by_what_their_clock_said)
{
	static const struct {
		int64_t wall;
		uint64_t here, frame; /* 0: none */
	} t[] = {
		{HOUR + 1000 * SEC, 108, 100}, {HOUR + 1001 * SEC + 5, 108, 101},
		{HOUR + 1002 * SEC, 100, 102}, {HOUR + 1002 * SEC + 1, 100, 0},
		{1002 * SEC, 100, 0}, /* said by no clock: it was jumped over */
		{1003 * SEC, 100, 103},        {1004 * SEC, 100, 104},
		{1004 * SEC, 104, 104},        {1004 * SEC, 106, 106},
		{1004 * SEC, 108, 106},        {1004 * SEC + 5, 108, 106},
		{1005 * SEC, 102, 105},        {1006 * SEC, 102, 108},
		{1006 * SEC + 1, 102, 0},      {0, 102, 0},
		{INT64_MIN, 102, 0},           {INT64_MAX, 102, 0},
	};
	struct clocks c = clocks_of(twice, PG_ARRAY_LEN(twice));
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		uint64_t frame = 0;
		bool found = pg_past_find(&c.base, t[i].wall, t[i].here, &frame);
		cr_expect_eq(found, t[i].frame > 0, "row %zu", i);
		cr_expect_eq(frame, t[i].frame, "row %zu: %lu", i, (unsigned long)frame);
	}
}

Test(past, the_same_time_elsewhere)
{
	static const int64_t plain[] = {1000 * SEC, 1003 * SEC, 1006 * SEC};
	struct clocks c = clocks_of(twice, PG_ARRAY_LEN(twice)), d = clocks_of(plain, 3);
	struct clocks none = clocks_of(plain, 0);
	/* The clocks agree now, and so they do of what was before: 1000 s here is an hour more
	 * there. */
	for (uint64_t i = 0; i < PG_ARRAY_LEN(twice); i++) {
		int64_t there = pg_past_same(&c.base, c.axis[i], &d.base);
		cr_expect_eq(there, (998 + (int64_t)i) * SEC);
		cr_expect_eq(pg_past_same(&d.base, there, &c.base), c.axis[i]);
	}
	cr_expect_eq(pg_past_same(&d.base, 5, &none.base), 5);
}
