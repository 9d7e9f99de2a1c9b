/* SPDX-License-Identifier: MIT */
/*
 * The player over a past made by hand, whose ends move when the test says so. One process runs in
 * each frame; of frame n its counter stands at n² ms, so that the difference tells which two frames
 * were compared: 2n - 1 ms.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "blocks.h"
#include "past/player.h"

#define FRAMES 200
#define SEC    INT64_C(1000000000)
#define MS     UINT64_C(1000000)

struct shelf {
	struct pg_past base;
	uint64_t first, end;
	int64_t wall_ns[FRAMES];
	uint64_t broken; /* that one cannot be had */
	unsigned gets;
};

static struct shelf *shelf(const struct pg_past *p)
{
	return (struct shelf *)(void *)p;
}

static uint64_t shelf_first(const struct pg_past *p)
{
	return shelf(p)->first;
}

static uint64_t shelf_end(const struct pg_past *p)
{
	return shelf(p)->end;
}

static int64_t shelf_wall_ns(const struct pg_past *p, uint64_t frame)
{
	return shelf(p)->wall_ns[frame];
}

/* Anew each time: tests change the clock. */
static int64_t shelf_axis_ns(const struct pg_past *p, uint64_t frame)
{
	struct pg_axis a = {0};
	for (uint64_t i = 0; i < frame; i++)
		pg_axis_next(&a, (i + 1) * PG_NS_PER_SEC, shelf(p)->wall_ns[i]);
	return pg_axis_next(&a, (frame + 1) * PG_NS_PER_SEC, shelf(p)->wall_ns[frame]);
}

static int shelf_get(struct pg_past *p, uint64_t frame, struct pg_snapshot *out,
		     struct pg_error *err)
{
	struct shelf *s = shelf(p);
	cr_assert(frame >= s->first && frame < s->end, "frame %lu", (unsigned long)frame);
	cr_assert_eq(out->nr_procs, 0, "it is empty");
	s->gets++;
	if (frame == s->broken)
		return pg_fail(err, -EBADMSG, "frame %lu is broken", (unsigned long)frame);
	out->mono_ns = (frame + 1) * PG_NS_PER_SEC;
	out->wall_ns = s->wall_ns[frame];
	out->ticks_per_sec = 100;
	struct pg_proc *b = block_new(42, 1);
	b->tasks[0].valid = PG_SCHED | PG_STAT;
	b->tasks[0].run_ns = frame * frame * MS;
	pg_snapshot_add(out, b);
	return 0;
}

/* A second from frame to frame. */
static struct shelf *shelf_new(uint64_t first, uint64_t end)
{
	static const struct pg_past_ops ops = {.first = shelf_first,
					       .end = shelf_end,
					       .wall_ns = shelf_wall_ns,
					       .axis_ns = shelf_axis_ns,
					       .get = shelf_get};
	struct shelf *s = pg_calloc(1, sizeof(*s));
	*s = (struct shelf){.base.ops = &ops, .first = first, .end = end, .broken = UINT64_MAX};
	for (int i = 0; i < FRAMES; i++)
		s->wall_ns[i] = 1000 * SEC + i * SEC;
	return s;
}

static struct pg_player *player_on(struct shelf *s)
{
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	return pg_player_new(&s->base, &limits);
}

static void done(struct pg_player *p, struct shelf *s)
{
	pg_player_free(p);
	free(s);
}

/* It stands on a frame that was compared with the one before it, or with none. */
static void expect_at(const struct pg_player *p, uint64_t frame, bool is_first)
{
	struct pg_frame f = pg_player_frame(p);
	cr_assert_eq(pg_player_at(p), frame, "at %lu, not %lu", (unsigned long)pg_player_at(p),
		     (unsigned long)frame);
	cr_assert_eq(f.cycle, frame);
	cr_assert_eq(f.snap->mono_ns, (frame + 1) * PG_NS_PER_SEC);
	cr_assert_eq(f.changes->first, is_first);
	struct pg_place at = pg_snapshot_find(f.snap, (struct pg_key){42, 42, 100});
	struct pg_change c = pg_changes_of(f.changes, &at);
	if (is_first)
		cr_assert_eq(c.known & PG_KNOW_CPU, 0);
	else
		cr_assert_eq(c.cpu_ns, (2 * frame - 1) * MS);
}

/* ---- moving --------------------------------------------------------------------------------- */

Test(player, goes_where_it_is_told)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	cr_assert_null(pg_player_frame(p).snap);
	const struct {
		uint64_t to, at;
	} rows[] = {{0, 0},   {1, 1},    {50, 50},         {51, 51}, {50, 50}, {49, 49},
		    {99, 99}, {100, 99}, {UINT64_MAX, 99}, {0, 0},   {2, 2}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		cr_assert_eq(pg_player_go(p, rows[i].to, NULL), 0);
		expect_at(p, rows[i].at, rows[i].at == 0);
		cr_assert_eq(pg_player_is_last(p), rows[i].at == 99);
	}
	done(p, s);
}

Test(player, steps)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 50, NULL);
	const struct {
		int64_t by;
		uint64_t at;
	} rows[] = {{1, 51}, {-1, 50}, {-1, 49},        {10, 59},      {-60, 0},
		    {-1, 0}, {1, 1},   {INT64_MAX, 99}, {1, 99},       {-1, 98},
		    {0, 98}, {-98, 0}, {99, 99},        {INT64_MIN, 0}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		cr_assert_eq(pg_player_step(p, rows[i].by, NULL), 0);
		expect_at(p, rows[i].at, rows[i].at == 0);
	}
	done(p, s);
}

Test(player, the_frame_after_is_read_alone)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 50, NULL);
	cr_assert_eq(s->gets, 2);
	pg_player_step(p, 1, NULL);
	cr_assert_eq(s->gets, 3);
	pg_player_go(p, 51, NULL);
	cr_assert_eq(s->gets, 3);
	done(p, s);
}

Test(player, skips_by_time)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	for (int i = 60; i < 100; i++) /* from there on a minute from frame to frame */
		s->wall_ns[i] = s->wall_ns[59] + (i - 59) * 60 * SEC;
	pg_player_go(p, 50, NULL);
	const struct {
		int64_t by;
		uint64_t at;
	} rows[] = {{5 * SEC, 55},   {-10 * SEC, 45}, {SEC * 14 / 10, 46}, {SEC * 16 / 10, 48},
		    {1, 49},         {-1, 48},        {-1000 * SEC, 0},    {-1, 0},
		    {59 * SEC, 59},  {10 * SEC, 60},  {10 * SEC, 61},      {-10 * SEC, 60},
		    {INT64_MAX, 99}, {1, 99},         {INT64_MIN, 0}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		cr_assert_eq(pg_player_skip(p, rows[i].by, NULL), 0);
		cr_assert_eq(pg_player_at(p), rows[i].at, "row %zu: %lu", i,
			     (unsigned long)pg_player_at(p));
	}
	done(p, s);
}

Test(player, skips_over_a_clock_that_was_put_back)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	for (int i = 60; i < 100; i++)
		s->wall_ns[i] -= 3600 * SEC;
	pg_player_go(p, 40, NULL);
	const struct {
		int64_t by;
		uint64_t at;
	} rows[] = {{10 * SEC, 50},  {9 * SEC, 59},  {10 * SEC, 69},  {10 * SEC, 79},
		    {-10 * SEC, 69}, {-5 * SEC, 64}, {-10 * SEC, 54}, {-10 * SEC, 44}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		cr_assert_eq(pg_player_skip(p, rows[i].by, NULL), 0);
		cr_assert_eq(pg_player_at(p), rows[i].at, "row %zu: %lu", i,
			     (unsigned long)pg_player_at(p));
	}
	done(p, s);
}

Test(player, an_empty_past)
{
	struct shelf *s = shelf_new(7, 7);
	struct pg_player *p = player_on(s);
	struct pg_error err = {""};
	cr_assert_eq(pg_player_go(p, 0, &err), -ENODATA);
	cr_assert_str_eq(err.text, "there is no frame yet");
	cr_assert_eq(pg_player_step(p, 1, &err), -ENODATA);
	cr_assert_eq(pg_player_skip(p, 1, &err), -ENODATA);
	cr_assert_null(pg_player_frame(p).snap);
	pg_player_play(p, true, 0);
	cr_assert_not(pg_player_is_playing(p));
	cr_assert_eq(pg_player_timeout_ms(p, 0), -1);
	s->end = 9;
	cr_assert_eq(pg_player_go(p, 0, &err), 0);
	expect_at(p, 7, true);
	done(p, s);
}

Test(player, stays_where_it_was_if_a_frame_cannot_be_had)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	struct pg_error err = {""};
	pg_player_go(p, 50, NULL);
	s->broken = 60;
	cr_assert_eq(pg_player_go(p, 60, &err), -EBADMSG);
	cr_assert_str_eq(err.text, "frame 60 is broken");
	expect_at(p, 50, false);
	cr_assert_eq(pg_player_go(p, 61, &err), -EBADMSG, "its neighbour is broken");
	expect_at(p, 50, false);
	cr_assert_eq(pg_player_step(p, 1, &err), 0);
	expect_at(p, 51, false);
	done(p, s);
}

/* ---- a past whose ends move ----------------------------------------------------------------- */

Test(player, the_end_grows)
{
	struct shelf *s = shelf_new(0, 10);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 9, NULL);
	cr_assert(pg_player_is_last(p));
	s->end = 11;
	cr_assert_not(pg_player_is_last(p));
	pg_player_step(p, 1, NULL);
	expect_at(p, 10, false);
	cr_assert(pg_player_is_last(p));
	done(p, s);
}

Test(player, a_frame_that_falls_out_stays)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 20, NULL);
	s->first = 50;
	expect_at(p, 20, false);
	cr_assert_eq(pg_player_step(p, -1, NULL), 0);
	expect_at(p, 20, false);
	cr_assert_eq(pg_player_skip(p, -SEC, NULL), 0);
	expect_at(p, 20, false);
	cr_assert_eq(pg_player_step(p, 1, NULL), 0);
	expect_at(p, 50, true);
	done(p, s);
}

Test(player, the_neighbour_of_a_frame_that_fell_out)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 20, NULL);
	s->first = 21;
	cr_assert_eq(pg_player_step(p, 1, NULL), 0);
	expect_at(p, 21, false); /* the one it stood on is the one before */
	cr_assert_eq(pg_player_step(p, -1, NULL), 0);
	expect_at(p, 21, false);
	done(p, s);
}

Test(player, plays_on_from_a_frame_that_fell_out)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 20, NULL);
	pg_player_play(p, true, 0);
	s->first = 23;
	cr_assert_eq(pg_player_timeout_ms(p, 0), 3000);
	cr_assert_eq(pg_player_turn(p, 2999 * MS, NULL), 0);
	cr_assert_eq(pg_player_turn(p, 3000 * MS, NULL), 1);
	expect_at(p, 23, true);
	done(p, s);
}

/* ---- playing -------------------------------------------------------------------------------- */

/* Turns at each of these times (ms); the frames on which it then stands. */
struct beat {
	uint64_t ms;
	int turned, timeout_ms;
	uint64_t at;
};

static void expect_beats(struct pg_player *p, const struct beat *b, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t now = b[i].ms * MS;
		cr_assert_eq(pg_player_turn(p, now, NULL), b[i].turned, "beat %zu", i);
		cr_assert_eq(pg_player_at(p), b[i].at, "beat %zu: at %lu", i,
			     (unsigned long)pg_player_at(p));
		cr_assert_eq(pg_player_timeout_ms(p, now), b[i].timeout_ms, "beat %zu: %d ms", i,
			     pg_player_timeout_ms(p, now));
	}
}
#define BEATS(p, ...)                                                                              \
	expect_beats(p, (const struct beat[]){__VA_ARGS__},                                        \
		     PG_ARRAY_LEN(((const struct beat[]){__VA_ARGS__})))

Test(player, does_not_play_by_itself)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 3, NULL);
	cr_assert_not(pg_player_is_playing(p));
	cr_assert_eq(pg_player_pace(p), 1);
	BEATS(p, {1000000, 0, -1, 3});
	done(p, s);
}

Test(player, plays_as_it_was_recorded)
{
	struct shelf *s = shelf_new(0, 6);
	struct pg_player *p = player_on(s);
	for (int i = 2; i < 6; i++)
		s->wall_ns[i] += SEC / 2; /* a frame that came late */
	pg_player_go(p, 0, NULL);
	pg_player_play(p, true, 5000 * MS);
	cr_assert(pg_player_is_playing(p));
	BEATS(p, {5000, 0, 1000, 0}, {5999, 0, 1, 0}, {6000, 1, 1500, 1}, {7400, 0, 100, 1},
	      {7510, 1, 990, 2}, {8500, 1, 1000, 3}, {9500, 1, 1000, 4}, {10499, 0, 1, 4},
	      {10500, 1, -1, 5}, {20000, 0, -1, 5});
	cr_assert_not(pg_player_is_playing(p), "it stops on the last");
	expect_at(p, 5, false);
	done(p, s);
}

Test(player, who_comes_late_gets_no_burst)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 0, NULL);
	pg_player_play(p, true, 0);
	BEATS(p, {1900, 1, 100, 1}, {2000, 1, 1000, 2}, {9000, 1, 1000, 3}, {9001, 0, 999, 3});
	done(p, s);
}

Test(player, pace)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 0, NULL);
	pg_player_set_pace(p, 4, 0);
	pg_player_play(p, true, 0);
	BEATS(p, {249, 0, 1, 0}, {250, 1, 250, 1}, {500, 1, 250, 2}, {600, 0, 150, 2});
	/* 0.4 s of it have been shown; the other 0.6 take twice as long. */
	pg_player_set_pace(p, 0.5, 600 * MS);
	BEATS(p, {600, 0, 1200, 2}, {1799, 0, 1, 2}, {1800, 1, 2000, 3});
	pg_player_set_pace(p, INFINITY, 1800 * MS);
	BEATS(p, {1800, 1, 0, 4}, {1800, 1, 0, 5}, {1801, 1, 0, 6});
	pg_player_set_pace(p, 1, 1801 * MS);
	pg_player_turn(p, 1801 * MS, NULL);
	cr_assert_eq(pg_player_timeout_ms(p, 1801 * MS), 1000);
	const double odd[] = {0, -1, NAN};
	for (size_t i = 0; i < PG_ARRAY_LEN(odd); i++) {
		pg_player_set_pace(p, odd[i], 0);
		cr_assert_eq(pg_player_pace(p), 1);
	}
	done(p, s);
}

Test(player, a_pause_starts_the_frame_anew)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 0, NULL);
	pg_player_play(p, true, 0);
	BEATS(p, {1000, 1, 1000, 1}, {1900, 0, 100, 1});
	pg_player_play(p, true, 1900 * MS); /* it does already */
	BEATS(p, {1900, 0, 100, 1});
	pg_player_play(p, false, 1900 * MS);
	BEATS(p, {5000, 0, -1, 1});
	pg_player_play(p, true, 6000 * MS);
	BEATS(p, {6000, 0, 1000, 1}, {7000, 1, 1000, 2});
	done(p, s);
}

Test(player, a_move_starts_the_beat_anew)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 0, NULL);
	pg_player_play(p, true, 0);
	pg_player_go(p, 50, NULL);
	cr_assert_eq(pg_player_timeout_ms(p, 900 * MS), 0, "turn is to be called");
	BEATS(p, {900, 0, 1000, 50}, {1900, 1, 1000, 51});
	pg_player_go(p, 99, NULL);
	cr_assert_not(pg_player_is_playing(p));
	pg_player_play(p, true, 0);
	cr_assert_not(pg_player_is_playing(p), "there is nothing after the last");
	done(p, s);
}

/* Nearly at the end of a past that grows as fast as it is played: it never stops. */
Test(player, follows_an_end_that_grows)
{
	struct shelf *s = shelf_new(0, 10);
	struct pg_player *p = player_on(s);
	pg_player_go(p, 7, NULL);
	pg_player_play(p, true, 0);
	for (uint64_t i = 1; i < 100; i++) {
		s->end++;
		BEATS(p, {i * 1000, 1, 1000, 7 + i});
		expect_at(p, 7 + i, false);
	}
	done(p, s);
}

Test(player, a_wall_clock_that_was_put_back)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	for (int i = 2; i < 100; i++)
		s->wall_ns[i] -= 3600 * SEC;
	pg_player_go(p, 0, NULL);
	pg_player_play(p, true, 0);
	/* As long as the monotonic clock says. */
	BEATS(p, {1000, 1, 1000, 1}, {2000, 1, 1000, 2}, {3000, 1, 1000, 3});
	done(p, s);
}

Test(player, an_error_stops_it)
{
	struct shelf *s = shelf_new(0, 100);
	struct pg_player *p = player_on(s);
	struct pg_error err = {""};
	s->broken = 2;
	pg_player_go(p, 0, NULL);
	pg_player_play(p, true, 0);
	cr_assert_eq(pg_player_turn(p, 1000 * MS, &err), 1);
	cr_assert_eq(pg_player_turn(p, 2000 * MS, &err), -EBADMSG);
	cr_assert_not(pg_player_is_playing(p));
	expect_at(p, 1, false);
	done(p, s);
}
