/* SPDX-License-Identifier: MIT */
/*
 * To and fro in time, as a user does it: what keys and clicks show, what the clock plays, and that
 * nothing that has been is asked or looked at.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frames.h"
#include "screens.h"
#include "tape.h"

struct stage {
	struct world w;
	struct tape *tape;
	struct screen on;
};

static void open_stage(struct stage *s, bool recorded, int rows, int cols)
{
	struct app_options o = screen_options(false);
	setenv("TZ", "UTC0", 1);
	tzset();
	memset(s, 0, sizeof(*s));
	o.recorded = recorded;
	o.kernel = recorded ? "6.1.0" : NULL;
	world_init(&s->w);
	world_birth(&s->w, 1, 1, 0, "root", "init");
	s->tape = tape_new();
	screen_open(&s->on, &o, rows, cols);
}

static void close_stage(struct stage *s)
{
	screen_close(&s->on);
	s->tape->past.ops->close(&s->tape->past);
	world_free(&s->w);
}

/* A frame of the feed. In each a process is born, whose number is that of the frame, from 10. */
static void turn(struct stage *s)
{
	int pid = 10 + (int)s->tape->end;
	world_birth(&s->w, pid, (uint64_t)pid, 0, "root", "a");
	const struct pg_frame *f = world_turn(&s->w);
	tape_add(s->tape, f->snap);
	app_frame(s->on.a, 0, f);
	app_draw(s->on.a, &s->on.c);
}

/* Live, with so many frames behind it, a second apart: the first one at 00:00:01. */
static void go_live(struct stage *s, int frames)
{
	app_set_past(s->on.a, 0, &s->tape->past);
	for (int i = 0; i < frames; i++)
		turn(s);
}

static void record(struct stage *s, int frames)
{
	for (int i = 0; i < frames; i++) {
		world_birth(&s->w, 10 + i, (uint64_t)i, 0, "root", "a");
		tape_add(s->tape, world_turn(&s->w)->snap);
	}
	app_set_past(s->on.a, 0, &s->tape->past);
}

#define SHOWN_COLS 80

Test(app_time, keys_go_to_and_fro)
{
	static const struct {
		const char *keys, *want[3];
	} t[] = {
		{",", {"PAST 1970-01-01 00:00:29 1s ago", "29/30", "paused  1x"}},
		{", ,", {"PAST 1970-01-01 00:00:28 2s ago", "28/30"}},
		{", , .", {"00:00:29 1s ago"}},
		{", . .", {"idle"}}, /* the newest, then now */
		{".", {"idle"}},
		{"]", {"idle"}},
		{"[", {"00:00:20 10s ago", "20/30"}},
		{"[ [ ]", {"00:00:20 10s ago"}},
		{"[ ] ]", {"idle"}},
		{"[ [ [ [", {"00:00:01 29s ago", "this is the oldest frame that is kept"}},
		{"r", {"00:00:01 29s ago", "1/30"}},
		{"r ,", {"00:00:01 29s ago", "this is the oldest frame that is kept"}},
		{"r Esc", {"idle"}},
		{"b - 5 Enter", {"00:00:25 5s ago"}},
		{"b - 5 s Enter b - 5 s Enter", {"00:00:20 10s ago"}},
		{"b - 5 s Enter b + 2 Enter", {"00:00:27 3s ago"}},
		{"b 0 : 0 0 : 0 7 Enter", {"00:00:07 23s ago"}},
		{"b 0 : 0 0 : 0 8 BSpace 9 Enter", {"00:00:09 21s ago"}},
		{"b 9 9 C-u - 5 Enter", {"00:00:25 5s ago"}},
		{"b 0 : 0 0 : 3 0 Enter", {"idle"}},
		{"b 0 : 0 1 Enter", {"idle"}},
		{"b - 5 m Enter", {"00:00:01 29s ago", "the first frame is of 00:00:01"}},
		{"b q", {"go to: q", "14:03:20, -90s"}},
		{"b q Enter", {"not a time: q (as in 14:03, 14:03:20, -90s, -5m, +1h)"}},
		{"b q Esc", {"idle"}},
		{"b Enter", {"idle"}},
		{", b Esc", {"PAST"}},
		{", Enter Esc", {"PAST"}},
		{", Enter Esc Esc", {"idle"}},
		{", >", {"paused  2x"}},
		{", > > > > > > > > >", {"paused  64x"}},
		{", < < < < <", {"paused  1/8x"}},
		{", < < < < < j", {"paused  1/8x"}},
		{", Space", {"playing 1x"}},
		{", Space Space", {"paused  1x"}},
		{", z", {"FROZEN", "PAST"}},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct stage s;
		open_stage(&s, false, 12, SHOWN_COLS);
		go_live(&s, 30);
		expect_not(&s.on, "PAST");
		press(&s.on, t[i].keys);
		for (size_t k = 0; k < PG_ARRAY_LEN(t[i].want) && t[i].want[k]; k++)
			cr_expect(strstr(shown(&s.on), t[i].want[k]), "%s: no \"%s\" in\n%s",
				  t[i].keys, t[i].want[k], shown(&s.on));
		if (strcmp(t[i].want[0], "idle") == 0)
			expect_not(&s.on, "PAST");
		close_stage(&s);
	}
}

Test(app_time, the_feed_goes_on_meanwhile)
{
	struct stage s;
	open_stage(&s, false, 12, SHOWN_COLS);
	go_live(&s, 5);
	press(&s.on, ",");
	expect(&s.on, "5 tasks");
	expect(&s.on, "+ a 13");
	turn(&s);
	turn(&s);
	expect(&s.on, "5 tasks");
	expect(&s.on, "00:00:04 3s ago");
	expect(&s.on, "4/7");

	/* The frame falls out of what is kept: it stays on the screen until one moves. */
	tape_forget(s.tape, 5);
	expect(&s.on, "00:00:04 3s ago");
	expect(&s.on, " -/2");
	press(&s.on, ",");
	expect(&s.on, "this is the oldest frame that is kept");
	press(&s.on, ".");
	expect(&s.on, "00:00:06 1s ago");
	expect(&s.on, "7 tasks");
	press(&s.on, "Esc");
	expect(&s.on, "8 tasks");
	expect_not(&s.on, "PAST");
	turn(&s);
	expect(&s.on, "9 tasks");
	expect(&s.on, "new 1");
	close_stage(&s);
}

Test(app_time, the_clock_plays)
{
	struct stage s;
	const uint64_t sec = PG_NS_PER_SEC;
	open_stage(&s, false, 12, SHOWN_COLS);
	go_live(&s, 20);
	cr_expect(!app_turn(s.on.a, 100 * sec));
	cr_expect_eq(app_timeout_ms(s.on.a, 100 * sec), -1);
	press(&s.on, "r Space");
	cr_expect_eq(app_timeout_ms(s.on.a, 100 * sec), 1000);
	cr_expect(!app_turn(s.on.a, 100 * sec + sec / 2));
	cr_expect(app_turn(s.on.a, 101 * sec));
	expect(&s.on, "2/20");
	expect(&s.on, "playing 1x");
	press(&s.on, "> >");
	cr_expect_eq(app_timeout_ms(s.on.a, 101 * sec), 250);
	cr_expect(app_turn(s.on.a, 101 * sec + sec / 4));
	expect(&s.on, "3/20");
	press(&s.on, "Space");
	cr_expect(!app_turn(s.on.a, 110 * sec));
	expect(&s.on, "3/20");

	/* It catches up with what is live, and goes on there. */
	press(&s.on, "Space");
	for (uint64_t ms = 0; ms < 10000; ms += 50)
		app_turn(s.on.a, 110 * sec + ms * 1000000);
	expect_not(&s.on, "PAST");
	expect(&s.on, "21 tasks");
	close_stage(&s);
}

Test(app_time, nobody_is_asked_about_the_past)
{
	struct stage s;
	open_stage(&s, false, 30, SHOWN_COLS);
	go_live(&s, 3);
	press(&s.on, "Enter");
	struct app_wishes w = app_take_wishes(s.on.a);
	cr_expect(w.inspect && w.set_focus && w.nr_focus == 1);
	app_detail(s.on.a, PG_DETAIL_NO_ANSWER, w.inquiry, &(struct pg_detail){0});
	press(&s.on, ", Enter");
	w = app_take_wishes(s.on.a);
	cr_expect(!w.inspect && w.set_focus && w.nr_focus == 0);
	expect(&s.on, "not recorded");
	press(&s.on, "m Right Enter Enter m Space");
	turn(&s);
	w = app_take_wishes(s.on.a);
	cr_expect(!w.inspect && !w.set_focus && !w.sample_now && !w.set_delay && !w.set_scope);
	press(&s.on, "Esc Esc Esc");
	expect_not(&s.on, "PAST");
	press(&s.on, "l Enter");
	w = app_take_wishes(s.on.a);
	cr_expect(w.inspect && w.set_focus && w.nr_focus > 0);
	close_stage(&s);

	open_stage(&s, true, 30, SHOWN_COLS);
	record(&s, 3);
	press(&s.on, ". Enter Enter m p K z Space");
	w = app_take_wishes(s.on.a);
	cr_expect(!w.inspect && !w.set_focus && !w.sample_now && !w.set_freeze);
	close_stage(&s);
}

Test(app_time, a_recording_has_no_now)
{
	static const struct {
		const char *keys, *want[3];
	} t[] = {
		{"", {"REPLAY 1970-01-01 00:00:01", "paused  1x", "1/30"}},
		{"Esc", {"REPLAY 1970-01-01 00:00:01"}},
		{". . .", {"00:00:04", "4/30"}},
		{"] ]", {"00:00:21", "6.1.0"}},
		{"] ] ]", {"00:00:30", "30/30"}},
		{"] ] ] .", {"00:00:30", "this is the last frame"}},
		{",", {"00:00:01", "this is the first frame"}},
		{"b 0 : 1 0 Enter", {"00:00:30", "30/30"}},
		{"b 0 : 1 0 Enter Space", {"00:00:01", "playing 1x"}},
		{". . Space z", {"00:00:03", "paused  1x"}},
		{". .", {"idle", "new 1"}}, /* there is room for the legend as well */
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct stage s;
		open_stage(&s, true, 12, SHOWN_COLS);
		record(&s, 30);
		press(&s.on, t[i].keys);
		for (size_t k = 0; k < PG_ARRAY_LEN(t[i].want) && t[i].want[k]; k++)
			cr_expect(strstr(shown(&s.on), t[i].want[k]), "%s: no \"%s\" in\n%s",
				  t[i].keys, t[i].want[k], shown(&s.on));
		expect_not(&s.on, "ago");
		close_stage(&s);
	}
}

Test(app_time, a_click_on_the_bar_goes_there)
{
	struct stage s;
	open_stage(&s, true, 12, SHOWN_COLS);
	record(&s, 30);
	press(&s.on, "]");
	const char *line = strstr(shown(&s.on), "paused");
	int col = (int)(strchr(line, '|') - line);
	int from = (int)(strchr(line, '-') - line), to = (int)(strrchr(line, '-') - line);
	to = to > 70 ? (int)(strstr(line, " 00:00:30") - line) - 1 : to;
	cr_expect(from < col && col < to);
	app_click(s.on.a, 10, col, false);
	expect(&s.on, "11/30");
	app_click(s.on.a, 10, from, false);
	expect(&s.on, "1/30");
	expect(&s.on, "00:00:01");
	app_click(s.on.a, 10, to, false);
	expect(&s.on, "30/30");
	app_click(s.on.a, 10, 0, false);
	app_click(s.on.a, 9, from, false);
	expect(&s.on, "30/30");
	/* Where there is no bar, because a page hides it, a click does not jump. */
	press(&s.on, "? Esc");
	expect(&s.on, "30/30");
	close_stage(&s);
}

/* 30 frames a second apart, of which the last 15 are an hour back: 01:00:01 … 01:00:15, 00:00:16 …
 */
static void record_put_back(struct stage *s)
{
	s->w.put_ns = 3600 * (int64_t)PG_NS_PER_SEC;
	for (int i = 0; i < 30; i++) {
		s->w.put_ns = i < 15 ? s->w.put_ns : 0;
		world_birth(&s->w, 10 + i, (uint64_t)i, 0, "root", "a");
		tape_add(s->tape, world_turn(&s->w)->snap);
	}
	app_set_past(s->on.a, 0, &s->tape->past);
}

Test(app_time, a_clock_that_was_put_back)
{
	static const struct {
		const char *keys, *want[3];
	} t[] = {
		{"r", {"01:00:01", " 1/30", "paused  1x 01:00:01 |"}},
		{"G b 0 : 0 0 : 2 0 Enter", {"00:00:20", "20/30"}},
		{"r b 0 1 : 0 0 : 0 9 Enter", {"01:00:09", " 9/30"}},
		{"r b + 2 0 Enter", {"00:00:21", "21/30"}},
		{"r b + 2 0 Enter b - 1 0 Enter", {"01:00:11", "11/30"}},
		{"r b 0 : 0 0 : 2 0 Enter [ ]", {"00:00:20", "20/30"}},
		{"r b + 1 h Enter", {"30/30", "the last frame is of 00:00:30"}},
		{"r ] b - 1 h Enter", {" 1/30", "the first frame is of 01:00:01"}},
		{"r b 0 2 : 0 0 Enter", {"30/30", "the last frame is of 00:00:30"}},
		{"r ] b 0 : 0 0 : 0 5 Enter", {" 1/30", "the first frame is of 01:00:01"}},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct stage s;
		open_stage(&s, true, 12, SHOWN_COLS);
		record_put_back(&s);
		press(&s.on, t[i].keys);
		for (size_t k = 0; k < PG_ARRAY_LEN(t[i].want) && t[i].want[k]; k++)
			cr_expect(strstr(shown(&s.on), t[i].want[k]), "%s: no \"%s\" in\n%s",
				  t[i].keys, t[i].want[k], shown(&s.on));
		close_stage(&s);
	}
}

/* Each frame came a little sooner than a second behind the one before. */
Test(app_time, a_typed_span_leads_as_far_as_the_keys_do)
{
	static const char *const keys[] = {"b + 1 h Enter [", "b + 1 h Enter b - 1 0 s Enter",
					   "b + 1 9 Enter"};
	for (size_t i = 0; i < PG_ARRAY_LEN(keys); i++) {
		struct stage s;
		open_stage(&s, true, 12, SHOWN_COLS);
		for (int k = 0; k < 30; k++) {
			s.w.put_ns = (30 - k) * 1000;
			tape_add(s.tape, world_turn(&s.w)->snap);
		}
		app_set_past(s.on.a, 0, &s.tape->past);
		press(&s.on, keys[i]);
		cr_expect(strstr(shown(&s.on), "20/30"), "%s: in\n%s", keys[i], shown(&s.on));
		close_stage(&s);
	}
}

/* The places of the bar lead to all of the frames, in their order. */
Test(app_time, clicks_where_the_clock_was_put_back)
{
	struct stage s;
	open_stage(&s, true, 12, SHOWN_COLS);
	record_put_back(&s);
	const char *line = strstr(shown(&s.on), "paused");
	int from = (int)(strchr(line, '|') - line), last = 0;
	for (int col = from; line[col] == '|' || line[col] == '-' || line[col] == '.'; col++) {
		app_click(s.on.a, 10, col, false);
		line = strstr(shown(&s.on), "paused");
		int n = atoi(strrchr(line, '/') - 2);
		cr_expect(n == last || n == last + 1, "column %d: %d after %d", col, n, last);
		last = n;
	}
	cr_expect_eq(last, 30);
	close_stage(&s);
}

Test(app_time, the_cursor_comes_back_with_its_task)
{
	struct stage s;
	open_stage(&s, false, 12, SHOWN_COLS);
	go_live(&s, 10);
	press(&s.on, "G Enter");
	expect(&s.on, " 19 ");
	press(&s.on, ", , ,");
	expect_not(&s.on, " 19 ");
	press(&s.on, ". . .");
	expect(&s.on, " 19 ");
	/* Not if the user has moved it meanwhile. */
	press(&s.on, ", , , g . . .");
	expect(&s.on, " 1 ");
	close_stage(&s);
}

Test(app_time, what_cannot_be_had_is_said)
{
	struct stage s;
	open_stage(&s, false, 12, SHOWN_COLS);
	press(&s.on, ", [ r b - 5 Enter Space . ]"); /* no past at all */
	expect(&s.on, "procgrid: looking");
	app_set_past(s.on.a, 0, &s.tape->past);
	press(&s.on, ",");
	expect(&s.on, "there is no frame yet");
	go_live(&s, 5);
	press(&s.on, ", ,");
	s.tape->broken = true;
	press(&s.on, ",");
	expect(&s.on, "cannot be had");
	expect(&s.on, "PAST 1970-01-01 00:00:03");
	press(&s.on, "Esc");
	press(&s.on, "[");
	expect(&s.on, "cannot be had");
	expect_not(&s.on, "PAST");
	close_stage(&s);
}

Test(app_time, any_size_of_screen)
{
	struct stage s;
	for (int rows = 1; rows <= 14; rows++) {
		for (int cols = 1; cols <= 60; cols += 1 + cols / 20) {
			for (int recorded = 0; recorded < 2; recorded++) {
				open_stage(&s, recorded, rows, cols);
				if (recorded)
					record(&s, 4);
				else
					go_live(&s, 4);
				press(&s.on, ", Enter Enter Esc Esc b 1 Esc . z Space p");
				for (int col = 0; col < cols; col++)
					app_click(s.on.a, rows - 1, col, false);
				shown(&s.on);
				close_stage(&s);
			}
		}
	}
}

/* ---- several hosts ---- */

struct host {
	struct world w;
	struct tape *tape;
};

/* A frame of one of them; its clock is the world's. */
static void host_turn(struct app *a, size_t pane, struct host *h)
{
	int pid = 10 + (int)h->tape->end;
	world_birth(&h->w, pid, (uint64_t)pid, 0, "root", "a");
	const struct pg_frame *f = world_turn(&h->w);
	tape_add(h->tape, f->snap);
	app_frame(a, pane, f);
}

/* The clock of the first is ahead, and put right between its frames 7 and 8. */
static void stand_on_the_same_time(int64_t ahead_ns)
{
	static const char *const names[] = {"fast", "slow"};
	const struct pg_remote_status live = {.state = PG_REMOTE_LIVE};
	struct app_options o = screen_options(false);
	struct host hosts[PG_ARRAY_LEN(names)];
	struct stage s = {0};
	o.hosts = names;
	o.nr_hosts = PG_ARRAY_LEN(names);
	screen_open(&s.on, &o, 24, SHOWN_COLS);
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		hosts[i].tape = tape_new();
		world_init(&hosts[i].w);
		world_birth(&hosts[i].w, 1, 1, 0, "root", "init");
		app_set_past(s.on.a, i, &hosts[i].tape->past);
		app_host_status(s.on.a, i, &live);
	}
	/* One in each second, and one in every other; the slow one has answered late. */
	for (int i = 1; i <= 10; i++) {
		hosts[0].w.put_ns = i < 8 ? ahead_ns : 0;
		host_turn(s.on.a, 0, &hosts[0]);
		if (i % 2 == 0 && i >= 6) {
			hosts[1].w.now_ns = hosts[0].w.now_ns - PG_NS_PER_SEC;
			host_turn(s.on.a, 1, &hosts[1]);
		}
	}
	expect(&s.on, "11 tasks");
	expect(&s.on, "4 tasks");
	press(&s.on, ", , ,");
	expect(&s.on, "PAST");
	expect(&s.on, "8 tasks");
	expect(&s.on, "2 tasks");
	press(&s.on, ".");
	expect(&s.on, "9 tasks");
	expect(&s.on, "3 tasks");
	/* Before its first frame a host stands on that. */
	press(&s.on, "r");
	expect(&s.on, "2 tasks");
	expect_not(&s.on, "3 tasks");
	press(&s.on, "Esc");
	expect_not(&s.on, "PAST");
	expect(&s.on, "11 tasks");
	expect(&s.on, "4 tasks");
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++)
		world_free(&hosts[i].w);
	screen_close(&s.on);
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++)
		hosts[i].tape->past.ops->close(&hosts[i].tape->past);
}

Test(app_time, hosts_stand_on_the_same_time)
{
	stand_on_the_same_time(0);
}

Test(app_time, hosts_follow_one_whose_clock_was_put_back)
{
	stand_on_the_same_time(3600 * (int64_t)PG_NS_PER_SEC);
}
