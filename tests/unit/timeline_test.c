/* SPDX-License-Identifier: MIT */
/*
 * Promised: the line fits any width and says where one is; a click on a place of the bar means the
 * time that is drawn there; typed times are understood as local time, on the day that fits.
 */
#include "view/timeline.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"

#define SEC ((int64_t)PG_NS_PER_SEC)
/* 2026-11-21 05:00:00 UTC, 14:00 in a zone nine hours east. */
#define NOON (INT64_C(1795237200) * SEC)

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static const char *drawn(const struct timeline_input *in, int cols, bool utf8,
			 struct timeline_bar *bar)
{
	static struct pg_buf text;
	struct canvas c;
	struct timeline_bar unused;
	canvas_init(&c, 3, cols, utf8);
	timeline_draw(&c, (struct rect){1, 0, 1, cols}, in, bar ? bar : &unused);
	pg_buf_clear(&text);
	canvas_save(&c, &text);
	canvas_free(&c);
	char *s = strchr(pg_buf_cstr(&text), '\n') + 1;
	*strchr(s, '\n') = '\0';
	return s;
}

/* Of 100 frames, one a second, the one at 25 %. */
static const struct timeline_input quarter = {.first = 1000,
					      .end = 1101,
					      .at = 1025,
					      .first_ns = NOON,
					      .last_ns = NOON + 100 * SEC,
					      .at_ns = NOON + 25 * SEC,
					      .first_wall_ns = NOON,
					      .last_wall_ns = NOON + 100 * SEC,
					      .live = true,
					      .pace = 1};

Test(timeline, lesser_things_make_room_for_the_bar)
{
	static const struct {
		int cols;
		const char *text;
	} t[] = {
		{90, "paused  1x 14:00:00 -----------|--------------------------------- 14:01:40 "
		     " 26/101 Esc now"},
		{60, "paused  1x 14:00:00 ------|---------------- 14:01:40  26/101"},
		{52, "paused  1x --------|------------------------  26/101"},
		{44, "paused  1x ------|------------------  26/101"},
		{25, "paused  1x -|----  26/101"},
		{20, "|| --|------  26/101"},
		{15, "|| ---|--------"},
		{12, "|| --|------"},
		{8, "--|-----"},
		{1, "|"},
	};
	set_zone("JST-9");
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_str_eq(drawn(&quarter, t[i].cols, false, NULL), t[i].text,
				 "%d columns: %s", t[i].cols,
				 drawn(&quarter, t[i].cols, false, NULL));
}

Test(timeline, what_it_says)
{
	static const struct {
		struct timeline_input in;
		const char *text;
	} t[] = {
		{{.end = 1, .pace = 0.125},
		 "paused  1/8x 00:00:00 |---------------- 00:00:00 1/1 "
		 "? help"},
		{{.end = 9,
		  .at = 8,
		  .last_ns = SEC,
		  .at_ns = SEC,
		  .last_wall_ns = SEC,
		  .playing = true,
		  .pace = 64},
		 "playing 64x 00:00:00 ----------------| 00:00:01 9/9 ? help"},
		{{.first = 5,
		  .end = 9,
		  .at = 3,
		  .first_ns = SEC,
		  .last_ns = 9 * SEC,
		  .first_wall_ns = SEC,
		  .last_wall_ns = 9 * SEC,
		  .pace = 1},
		 "paused  1x 00:00:01 |----------------- 00:00:09 -/4 ? help"},
		/* A clock that was put back, times from nowhere: drawn all the same. */
		{{.end = 3,
		  .at = 1,
		  .last_ns = 2 * SEC,
		  .at_ns = SEC,
		  .first_wall_ns = 3600 * SEC,
		  .last_wall_ns = 2 * SEC,
		  .pace = 1},
		 "paused  1x 01:00:00 ---------|--------- 00:00:02 2/3 ? help"},
		{{.end = 2, .at = 1, .first_ns = SEC, .at_ns = 0, .pace = 1},
		 "paused  1x 00:00:00 |------------------ 00:00:00 2/2 ? help"},
	};
	set_zone("UTC0");
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		int cols = (int)strlen(t[i].text);
		cr_expect_str_eq(drawn(&t[i].in, cols, false, NULL), t[i].text, "row %zu: %s", i,
				 drawn(&t[i].in, cols, false, NULL));
	}
	struct timeline_input far = {
		.end = 2, .first_ns = INT64_MIN, .last_ns = INT64_MAX, .pace = 1};
	cr_expect(strstr(drawn(&far, 30, false, NULL), "-|-"));
}

/* The first quarter is frozen, then it gets busier each quarter; the ends say so by themselves. */
static enum timeline_level level(const void *arg, int64_t from_ns, int64_t to_ns)
{
	cr_expect(from_ns < to_ns && from_ns >= NOON && to_ns <= NOON + 100 * SEC + 1);
	cr_expect_eq(arg, &quarter);
	return (enum timeline_level)((from_ns - NOON) / (25 * SEC) - 1);
}

Test(timeline, levels_are_drawn_where_they_were)
{
	struct timeline_input in = quarter;
	in.level = level;
	in.arg = &quarter;
	in.at_ns = in.last_ns;
	set_zone("UTC0");
	cr_expect_str_eq(drawn(&in, 25, false, NULL), "paused  1x   -..|  26/101");
	cr_expect_str_eq(drawn(&in, 25, true, NULL), "paused  1x   ···│  26/101");
}

Test(timeline, a_click_means_the_time_that_is_drawn_there)
{
	struct timeline_bar bar;
	int64_t ns;
	for (int cols = 1; cols <= 120; cols++) {
		struct timeline_input in = quarter;
		drawn(&in, cols, true, &bar);
		cr_assert(bar.cols > 0 && bar.col >= 0 && bar.col + bar.cols <= cols, "%d", cols);
		cr_expect(!timeline_pick(&bar, 0, bar.col, &ns));
		cr_expect(!timeline_pick(&bar, 1, bar.col - 1, &ns));
		cr_expect(!timeline_pick(&bar, 1, bar.col + bar.cols, &ns));
		for (int i = 0; i < bar.cols; i++) {
			cr_assert(timeline_pick(&bar, 1, bar.col + i, &ns));
			in.at_ns = ns;
			const char *s = drawn(&in, cols, false, NULL);
			cr_expect_eq(s[bar.col + i], '|', "column %d of %d: %s", i, cols, s);
		}
		cr_expect_eq(ns, bar.cols > 1 ? in.last_ns : in.first_ns);
	}
}

Test(timeline, spans_are_told_from_times)
{
	static const struct {
		const char *text;
		bool is_span;
	} t[] = {{"-90s", true},   {"+1h", true},    {"  -5", true},
		 {"14:03", false}, {" 1:00", false}, {"2026-11-21 14:03", false},
		 {"", false}};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_eq(timeline_is_span(t[i].text), t[i].is_span, "%s", t[i].text);
}

Test(timeline, typed_times)
{
	/* Here is 14:10 of a span from 13:00 to 14:20. */
	const struct timeline_span hours = {NOON - 3600 * SEC, NOON + 1200 * SEC, NOON + 600 * SEC};
	/* Three days, the second of them half over. */
	const struct timeline_span days = {NOON - 36 * 3600 * SEC, NOON + 36 * 3600 * SEC, NOON};
	static const struct {
		bool days;
		const char *text;
		int64_t s; /* from NOON; 1: is none */
	} t[] = {
		{false, "14:05", 300},
		{false, "14:05:30", 330},
		{false, " 13:00", -3600},
		{false, "9:59", -14460}, /* before all: the same day, not the next one */
		{false, "15:00", 3600},
		{false, "-90s", 510},
		{false, "-90", 510},
		{false, "-5m", 300},
		{false, "+1h", 4200},
		{false, "-1d", -85800},
		{false, "2026-11-20 14:00", -86400},
		{false, "2026-11-20T14:00:10", -86390},
		{true, "15:00", 3600},
		{true, "1:00", 11 * 3600},
		{true, "2026-11-22 1:00", 11 * 3600},
		{false, "", 1},
		{false, "-", 1},
		{false, "-5x", 1},
		{false, "-5 m", 1},
		{false, "- 5m", 1},
		{false, "--5m", 1},
		{false, "90s", 1},
		{false, "14", 1},
		{false, "14:", 1},
		{false, "14:5x", 1},
		{false, "24:00", 1},
		{false, "14:60", 1},
		{false, "14:00:60", 1},
		{false, "14:00:00:00", 1},
		{false, "2026-13-01 1:00", 1},
		{false, "2026-00-01 1:00", 1},
		{false, "26-11-20 1:00", 1},
		{false, "2026-11-20", 1},
		{false, "-99999999999999999999s", 1},
	};
	set_zone("JST-9");
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		int64_t ns = 0;
		bool ok = timeline_parse(t[i].text, t[i].days ? &days : &hours, &ns);
		cr_expect_eq(ok, t[i].s != 1, "%s", t[i].text);
		if (ok)
			cr_expect_eq((ns - NOON) / SEC, t[i].s, "%s: %lld", t[i].text,
				     (long long)((ns - NOON) / SEC));
	}
	const struct timeline_span edge = {INT64_MIN, INT64_MAX, INT64_MIN};
	int64_t ns = 0;
	cr_expect(timeline_parse("-1h", &edge, &ns) && ns == INT64_MIN);
	cr_expect(timeline_parse("9999-12-31 1:00", &edge, &ns) && ns == INT64_MAX);
}

Test(timeline, clocks_and_ages)
{
	static const struct {
		int64_t ns;
		const char *text;
	} ages[] = {{-5, "0s"},
		    {999999999, "0s"},
		    {136 * SEC, "2m16s"},
		    {3784 * SEC, "1:03:04"},
		    {(3 * 86400 + 59) * SEC, "3d 0:00:59"}};
	char text[TIMELINE_TEXT];
	for (size_t i = 0; i < PG_ARRAY_LEN(ages); i++)
		cr_expect_str_eq(timeline_age(text, ages[i].ns), ages[i].text);
	set_zone("JST-9");
	cr_expect_str_eq(timeline_clock(text, NOON + 61 * SEC + 5, false), "14:01:01");
	cr_expect_str_eq(timeline_clock(text, NOON, true), "2026-11-21 14:00:00");
	set_zone("UTC0");
	cr_expect_str_eq(timeline_clock(text, -1, true), "1969-12-31 23:59:59");
	cr_expect_str_eq(timeline_clock(text, INT64_MAX, true), "2262-04-11 23:47:16");
	cr_expect_str_eq(timeline_pace(text, 0.125), "1/8x");
	cr_expect_str_eq(timeline_pace(text, 1), "1x");
	cr_expect_str_eq(timeline_pace(text, 64), "64x");
}
