/* SPDX-License-Identifier: MIT */
/*
 * The lens on descriptors, and the signs of what goes wrong with them, as a user sees both: of
 * hand-made frames, live, of a host, of the past and of a recording; what is asked of the inspector
 * while it is open, and what is made of its answers.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"
#include "screens.h"
#include "tape.h"

#define LEAKER 4711
#define START  100

struct stage {
	struct world w;
	struct tape *tape;
	struct screen on;
	bool recorded;
	uint64_t fds; /* of the leaker */
};

static struct app_options options(void)
{
	return screen_options(true);
}

static void open_stage(struct stage *s, struct app_options o, int rows, int cols)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	*s = (struct stage){.recorded = o.recorded, .fds = 20};
	world_init(&s->w);
	world_birth(&s->w, 1, 1, 0, "root", "init");
	world_fds(world_find(&s->w, 1), 9, 1024);
	world_birth(&s->w, LEAKER, START, 33, "www-data", "nginx");
	world_thread(world_find(&s->w, LEAKER), LEAKER + 1, START, "worker");
	s->tape = tape_new();
	screen_open(&s->on, &o, rows, cols);
}

static void close_stage(struct stage *s)
{
	screen_close(&s->on);
	s->tape->past.ops->close(&s->tape->past);
	world_free(&s->w);
}

/* The next frame; the leaker has so many more. */
static void turn(struct stage *s, int more, uint64_t limit)
{
	s->fds += (uint64_t)more;
	if (more || !world_find(&s->w, LEAKER)->has_fds)
		world_fds(world_find(&s->w, LEAKER), s->fds, limit);
	const struct pg_frame *f = world_turn(&s->w);
	tape_add(s->tape, f->snap);
	if (s->recorded)
		return;
	app_frame(s->on.a, 0, f);
	app_draw(s->on.a, &s->on.c);
}

static void turns(struct stage *s, int nr, int more, uint64_t limit)
{
	for (int i = 0; i < nr; i++)
		turn(s, more, limit);
}

static void turns_without(struct stage *s, int nr)
{
	world_death(&s->w, LEAKER);
	for (int i = 0; i < nr; i++) {
		const struct pg_frame *f = world_turn(&s->w);
		tape_add(s->tape, f->snap);
		if (!s->recorded)
			app_frame(s->on.a, 0, f);
	}
}

/* The question that is wished for now, or false. */
static bool is_asked(struct stage *s, struct pg_inquiry *q)
{
	struct app_wishes w = app_take_wishes(s->on.a);
	*q = w.inquiry;
	return w.inspect;
}

/* ---- what it shows --------------------------------------------------------------------------- */

Test(lens, tells_what_a_process_has_and_may_have)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	turn(&s, 0, 64);
	turns(&s, 9, 1, 64);
	press(&s.on, "G d"); /* the thread's process */
	expect(&s.on, "nginx 4711  www-data");
	expect(&s.on, "29 open  peak 29  limit 64 (45 %)");
	expect(&s.on, "too early to say");
	turns(&s, 2, -3, 64);
	expect(&s.on, "23 open  peak 29  limit 64 (36 %)");
	press(&s.on, "d");
	expect_not(&s.on, "peak");
	press(&s.on, "g d");
	expect(&s.on, "init 1  root");
	expect(&s.on, "9 open  peak 9  limit 1024 (0.9 %)");
	expect(&s.on, "seen   since 00:00:01 UTC");
	close_stage(&s);
}

Test(lens, finds_a_leak_and_says_when_it_is_full)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	for (int i = 0; i < 60; i++)
		turn(&s, i % 2, 1024);
	press(&s.on, "G d");
	expect(&s.on, "leaking +30/min");
	expect(&s.on, "full in 32m"); /* 974 left, one in two seconds */
	press(&s.on, "Esc g d");
	expect(&s.on, "none so far");
	close_stage(&s);
}

Test(lens, what_is_not_known_is_not_zero)
{
	struct stage s;
	struct pg_inquiry q;
	open_stage(&s, options(), 24, 80);
	turn(&s, 0, 0);
	press(&s.on, "G d");
	expect(&s.on, "20 open  peak 20  limit unknown");
	world_find(&s.w, LEAKER)->has_fds = false;
	world_find(&s.w, LEAKER)->dirty = true;
	app_frame(s.on.a, 0, world_turn(&s.w));
	expect(&s.on, "fds    unknown");
	expect(&s.on, "not yet");
	expect(&s.on, "kinds  …");
	cr_expect(is_asked(&s, &q));
	app_detail(s.on.a, PG_DETAIL_NO_ANSWER, q, &(struct pg_detail){0});
	expect(&s.on, "kinds  no answer");
	world_find(&s.w, LEAKER)->fd_limit = UINT64_MAX;
	turn(&s, 1, UINT64_MAX);
	expect(&s.on, "21 open  peak 21  no limit");
	close_stage(&s);
}

Test(lens, keeps_what_was_seen_last_of_a_process_that_ends)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	turns(&s, 3, 1, 64);
	press(&s.on, "G d");
	world_death(&s.w, LEAKER);
	for (int i = 0; i < 3; i++) {
		app_frame(s.on.a, 0, world_turn(&s.w));
		expect(&s.on, "nginx 4711  www-data");
		expect(&s.on, "23 open");
		expect(&s.on, "it has ended");
		expect(&s.on, "peak 23");
		expect(&s.on, "too early to say");
		expect(&s.on, "seen   since 00:00:01 UTC  3s");
	}
	press(&s.on, "d d");
	expect(&s.on, "init 1"); /* the cursor has gone on */
	close_stage(&s);
}

/* Who dies of a leak is looked at afterwards. */
Test(lens, what_leaked_until_it_ended)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	for (int i = 0; i < 60; i++)
		turn(&s, i % 2, 1024);
	press(&s.on, "G d");
	expect(&s.on, "leaking +30/min");
	turns_without(&s, 3);
	expect(&s.on, "50 open  peak 50  limit 1024 (4.9 %)  as last seen: it has ended");
	expect(&s.on, "leaking +30/min");
	expect_not(&s.on, "full in");
	expect(&s.on, "50┤");
	close_stage(&s);
}

/* Between the two it was a zombie, whose 0 is not what it had. */
Test(lens, what_leaked_until_it_was_a_zombie)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	app_set_past(s.on.a, 0, &s.tape->past);
	turns(&s, 60, 1, 1024);
	press(&s.on, "G d");
	expect(&s.on, "leaking +1/s");
	s.fds = 0;
	for (int i = 0; i < 2; i++)
		world_find(&s.w, LEAKER)->tasks[i].state = 'Z';
	turns(&s, 3, 0, 1024);
	world_fds(world_find(&s.w, LEAKER), 0, 1024);
	turn(&s, 0, 1024);
	for (int ended = 0; ended < 2; ended++) {
		expect(&s.on, "80 open  peak 80  limit 1024 (7.8 %)  as last seen: it has ended");
		expect(&s.on, "leaking +1/s");
		press(&s.on, "[");
		expect(&s.on, ended ? "77 open  peak 77" : "74 open  peak 74");
		press(&s.on, "] .");
		if (!ended)
			turns_without(&s, 3);
	}
	close_stage(&s);
}

/* There it is still, with what it had until then, and not as if that had never changed. */
Test(lens, the_past_of_a_process_that_has_ended)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	app_set_past(s.on.a, 0, &s.tape->past);
	turns(&s, 20, 1, 64);
	turns(&s, 20, -1, 64);
	press(&s.on, "G d");
	turns_without(&s, 3);
	expect(&s.on, "20 open  peak 40  limit 64 (31 %)  as last seen: it has ended");
	press(&s.on, "[");
	expect(&s.on, "27 open  peak 40  limit 64 (42 %)");
	expect_not(&s.on, "ended");
	press(&s.on, "[ [");
	expect(&s.on, "33 open  peak 33");
	close_stage(&s);
}

/* The same of a recording. */
Test(lens, what_leaked_until_it_ended_is_told_of_a_recording)
{
	struct app_options o = options();
	struct stage s;
	o.recorded = true;
	open_stage(&s, o, 24, 80);
	turns(&s, 60, 1, 1024);
	turns_without(&s, 3);
	app_set_past(s.on.a, 0, &s.tape->past);
	press(&s.on, "G d");
	for (int i = 0; i < 59; i++)
		press(&s.on, ".");
	expect(&s.on, "80 open  peak 80");
	expect(&s.on, "leaking +1/s");
	press(&s.on, ". .");
	expect(&s.on, "80 open  peak 80  limit 1024 (7.8 %)  as last seen: it has ended");
	expect(&s.on, "leaking +1/s");
	press(&s.on, "[");
	expect(&s.on, "72 open  peak 72");
	close_stage(&s);
}

Test(lens, a_zombie_has_none)
{
	struct stage s;
	struct pg_detail d = {.gone = true};
	struct pg_inquiry q;
	open_stage(&s, options(), 24, 80);
	for (int i = 0; i < 2; i++)
		world_find(&s.w, LEAKER)->tasks[i].state = 'Z';
	turn(&s, 0, 64);
	press(&s.on, "G d");
	if (is_asked(&s, &q)) {
		d.of = q;
		app_detail(s.on.a, PG_DETAIL_READY, q, &d);
	}
	expect(&s.on, "kinds  none: a zombie has no files");
	expect_not(&s.on, "leak ");
	expect_not(&s.on, "seen ");
	close_stage(&s);
}

/* ---- keys ------------------------------------------------------------------------------------ */

Test(lens, closes_before_what_lies_under_it)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	turn(&s, 0, 64);
	press(&s.on, "G Enter d");
	expect(&s.on, "limit 64 (31 %)");
	expect_not(&s.on, "threads"); /* the popup */
	press(&s.on, "Enter m Tab");  /* nothing that hides what is open */
	expect_not(&s.on, "threads");
	press(&s.on, "?");
	expect(&s.on, "descriptors of its process");
	press(&s.on, "Esc");
	expect(&s.on, "leak   too early");
	press(&s.on, "Esc");
	expect_not(&s.on, "leak   ");
	close_stage(&s);
}

Test(lens, needs_a_task_that_is_there)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	press(&s.on, "d");
	expect(&s.on, "put the cursor on a task that is there first");
	close_stage(&s);
}

/* Of any size, wherever one is in it. */
Test(lens, fits_any_screen)
{
	static const struct {
		int rows, cols;
	} sizes[] = {{24, 80}, {50, 200}, {12, 40}, {5, 20}, {1, 1}, {2, 3}, {3, 8}, {60, 9}};
	for (size_t i = 0; i < PG_ARRAY_LEN(sizes); i++) {
		struct stage s;
		open_stage(&s, options(), sizes[i].rows, sizes[i].cols);
		turns(&s, 50, 1, 64);
		press(&s.on, "G d j j j PgDn G PgDn k g");
		if (sizes[i].rows > 4 && sizes[i].cols > 12)
			expect(&s.on, "nginx 4711");
		press(&s.on, "d");
		close_stage(&s);
	}
}

/* ---- the inspector --------------------------------------------------------------------------- */

/* Descriptors of this program, of which there are more each time. */
struct holder {
	char dir[32];
	int fds[16], nr;
};

static void holder_open(struct holder *h, int nr)
{
	if (!h->dir[0]) {
		strcpy(h->dir, "/tmp/lensXXXXXX");
		cr_assert_not_null(mkdtemp(h->dir));
	}
	for (int i = 0; i < nr; i++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/%d", h->dir, h->nr);
		h->fds[h->nr] = open(path, O_RDWR | O_CREAT, 0600);
		cr_assert_geq(h->fds[h->nr++], 0);
	}
}

static void holder_close(struct holder *h)
{
	for (int i = 0; i < h->nr; i++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/%d", h->dir, i);
		close(h->fds[i]);
		unlink(path);
	}
	rmdir(h->dir);
}

/* What the inspector says, with our own descriptors as those of whoever was asked about. */
static void answer(struct stage *s)
{
	struct pg_inquiry q;
	struct pg_detail d = {0};
	cr_assert(is_asked(s, &q));
	cr_expect_eq(q.ask, PG_ASK_LINKS);
	d.of = q;
	pg_fd_links_read("/proc", getpid(), getpid(), &d.links);
	app_detail(s->on.a, PG_DETAIL_READY, q, &d);
}

Test(lens, tells_which_prefix_grew)
{
	struct stage s;
	struct pg_inquiry q;
	struct holder h = {.nr = 0};
	char want[80];
	open_stage(&s, options(), 40, 100);
	holder_open(&h, 2);
	turn(&s, 0, 64);
	press(&s.on, "G d");
	answer(&s);
	expect(&s.on, "grown  seen with the next look");
	snprintf(want, sizeof(want), "2 file %s/", h.dir);
	expect(&s.on, want);
	holder_open(&h, 5);
	turns(&s, 2, 1, 64);
	cr_expect_not(is_asked(&s, &q), "each few seconds is enough");
	turn(&s, 1, 64);
	answer(&s);
	expect(&s.on, "in 3s, since the first look");
	snprintf(want, sizeof(want), "+5 of 7 file %s/", h.dir);
	expect(&s.on, want);
	/* Closed and opened again, it is still compared with the first look. */
	press(&s.on, "d");
	holder_open(&h, 1);
	turns(&s, 7, 1, 64);
	cr_expect_not(is_asked(&s, &q), "nobody looks");
	press(&s.on, "d");
	answer(&s);
	expect(&s.on, "in 10s, since the first look");
	snprintf(want, sizeof(want), "+6 of 8 file %s/", h.dir);
	expect(&s.on, want);
	holder_close(&h);
	turns(&s, 3, -1, 64);
	answer(&s);
	snprintf(want, sizeof(want), "-2, 0 left: file %s/", h.dir);
	expect(&s.on, want);
	close_stage(&s);
}

Test(lens, a_leader_that_has_exited_is_asked_by_way_of_a_thread)
{
	struct stage s;
	struct pg_inquiry q;
	open_stage(&s, options(), 24, 80);
	turn(&s, 0, 64);
	world_find(&s.w, LEAKER)->tasks[0].state = 'Z';
	turn(&s, 1, 64);
	press(&s.on, "G d");
	cr_assert(is_asked(&s, &q));
	cr_expect_eq(q.key.pid, LEAKER);
	cr_expect_eq(q.key.tid, LEAKER + 1);
	close_stage(&s);
}

Test(lens, says_what_is_not_permitted)
{
	struct stage s;
	struct pg_inquiry q;
	open_stage(&s, options(), 24, 80);
	turn(&s, 0, 64);
	press(&s.on, "G d");
	cr_assert(is_asked(&s, &q));
	struct pg_detail d = {.of = q, .links.refused = true};
	app_detail(s.on.a, PG_DETAIL_READY, q, &d);
	expect(&s.on, "kinds  not permitted");
	expect(&s.on, "20 open");
	close_stage(&s);
}

/* ---- elsewhere and before -------------------------------------------------------------------- */

Test(lens, of_a_host_nothing_is_asked)
{
	static const char *const hosts[] = {"web01"};
	struct app_options o = options();
	struct stage s;
	struct pg_inquiry q;
	o.hosts = hosts;
	o.nr_hosts = 1;
	open_stage(&s, o, 24, 80);
	app_host_status(s.on.a, 0, &(struct pg_remote_status){.state = PG_REMOTE_LIVE});
	turns(&s, 60, 1, 100);
	expect(&s.on, "leaking: 4711 nginx +1/s");
	press(&s.on, "G d");
	expect(&s.on, "nginx 4711  www-data on web01");
	expect(&s.on, "leaking +1/s");
	expect(&s.on, "kinds  not sent by another host");
	cr_expect_not(is_asked(&s, &q));
	close_stage(&s);
}

Test(lens, the_past_is_shown_up_to_there)
{
	struct stage s;
	struct pg_inquiry q;
	open_stage(&s, options(), 24, 80);
	app_set_past(s.on.a, 0, &s.tape->past);
	turns(&s, 20, 1, 64);
	turns(&s, 20, -1, 64);
	press(&s.on, "G d");
	expect(&s.on, "20 open  peak 40");
	is_asked(&s, &q);
	press(&s.on, "[ [ [");
	expect(&s.on, "30 open  peak 30");
	expect(&s.on, "not judged of the past");
	expect(&s.on, "kinds  not recorded");
	press(&s.on, "] ]");
	expect(&s.on, "30 open  peak 40");
	press(&s.on, "] .");
	expect(&s.on, "20 open  peak 40");
	expect(&s.on, "kinds  …");
	close_stage(&s);
}

Test(lens, a_recording_is_watched_as_far_as_it_was_seen)
{
	struct app_options o = options();
	struct stage s;
	struct pg_inquiry q;
	o.recorded = true;
	open_stage(&s, o, 24, 80);
	turns(&s, 100, 1, 64);
	app_set_past(s.on.a, 0, &s.tape->past);
	press(&s.on, "G d");
	expect(&s.on, "21 open  peak 21  limit 64 (33 %)");
	expect(&s.on, "since 00:00:01 UTC");
	for (int i = 0; i < 5; i++)
		press(&s.on, "]");
	expect(&s.on, "71 open  peak 71");
	for (int i = 0; i < 40; i++)
		press(&s.on, ".");
	expect(&s.on, "111 open  peak 111  limit 64 (173 %)");
	expect(&s.on, "leaking");
	cr_expect_not(is_asked(&s, &q));
	press(&s.on, "Esc");
	expect(&s.on, "fds 173 %: 4711 nginx");
	press(&s.on, "d r");
	expect(&s.on, "21 open  peak 21");
	expect(&s.on, "not judged of the past");
	press(&s.on, "Esc");
	expect_not(&s.on, "fds 173 %");
	close_stage(&s);
}

Test(lens, times_of_a_recording_may_be_anything)
{
	static const uint64_t now[] = {
		5, UINT64_MAX - 3 * PG_NS_PER_SEC, 1, UINT64_MAX / 2, 0, UINT64_C(1) << 63};
	struct app_options o = options();
	struct stage s;
	o.recorded = true;
	open_stage(&s, o, 24, 80);
	for (size_t i = 0; i < PG_ARRAY_LEN(now); i++) {
		s.w.now_ns = now[i];
		turns(&s, 2, 1, 64);
	}
	app_set_past(s.on.a, 0, &s.tape->past);
	press(&s.on, "G d");
	for (size_t i = 0; i < 2 * PG_ARRAY_LEN(now); i++) {
		expect(&s.on, "nginx 4711");
		press(&s.on, ".");
	}
	close_stage(&s);
}

/* ---- signs in the grid ----------------------------------------------------------------------- */

Test(halo, a_process_near_its_limit_has_one_and_a_word)
{
	struct stage s;
	open_stage(&s, options(), 24, 80);
	turn(&s, 0, 100);
	turn(&s, 69, 100);
	expect_not(&s.on, "fds ");
	expect_not(&s.on, "[");
	turn(&s, 1, 100);
	expect(&s.on, "fds 90 %: 4711 nginx");
	expect(&s.on, "[• nginx 4711");
	turn(&s, -1, 100);
	expect_not(&s.on, "fds ");
	expect_not(&s.on, "[");
	close_stage(&s);
}

Test(halo, without_gaps_it_is_a_line_under_the_cell)
{
	struct app_options o = options();
	struct stage s;
	o.has_density = true;
	o.density = DENSITY_TIGHT;
	open_stage(&s, o, 24, 80);
	turn(&s, 75, 100);
	turn(&s, 1, 100);
	expect(&s.on, "fds 96 %: 4711 nginx");
	bool underlined = false;
	for (int i = 0; i < 24 * 80; i++)
		underlined |= s.on.c.cells[i].style.attrs & ATTR_UNDERLINE;
	cr_expect(underlined);
	close_stage(&s);
}

Test(halo, the_worst_is_named_and_the_others_are_counted)
{
	struct stage s;
	open_stage(&s, options(), 24, 100);
	world_fds(world_find(&s.w, 1), 1000, 1024);
	turn(&s, 0, 64);
	turns(&s, 60, 1, 1024);
	expect(&s.on, "fds 98 %: 1 init, 1 more");
	world_fds(world_find(&s.w, 1), 10, 1024);
	turn(&s, 1, 1024);
	expect(&s.on, "leaking: 4711 nginx +1/s");
	close_stage(&s);
}

/* States that need an answer go before it; what is hot besides the hottest goes after. */
Test(halo, the_word_pushes_out_what_matters_less)
{
	static const struct {
		int cols;
		const char *want[4], *unwanted;
	} t[] = {
		{100, {"D 1: 300 io", "Z 1: 301 dead", "fds 90 %: 4711 nginx"}, NULL},
		{60, {"busy 1 init 90 %", "D 1: 300 io", "Z 1: 301 dead", "fds 90 %"}, "nginx"},
		{42, {"busy 1 init 90 %", "D 1: 300 io"}, "fds"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct app_options o = options();
		struct stage s;
		o.has_density = true;
		o.density = DENSITY_ROOMY;
		open_stage(&s, o, 24, t[i].cols);
		world_birth(&s.w, 300, 300, 0, "root", "io")->tasks[0].state = 'D';
		world_birth(&s.w, 301, 300, 0, "root", "dead")->tasks[0].state = 'Z';
		turn(&s, 70, 100);
		world_burn(world_find(&s.w, 1), 0, 0.9);
		turn(&s, 0, 100);
		for (int k = 0; k < 4 && t[i].want[k]; k++)
			expect(&s.on, t[i].want[k]);
		if (t[i].unwanted)
			expect_not(&s.on, t[i].unwanted);
		close_stage(&s);
	}
}

/* So that what grew is known as soon as somebody looks. */
Test(halo, what_leaks_gets_a_first_look)
{
	struct stage s;
	struct pg_inquiry q;
	open_stage(&s, options(), 40, 100);
	for (int i = 0; i < 39; i++) {
		turn(&s, 1, 1024);
		cr_expect_not(is_asked(&s, &q));
	}
	turns(&s, 20, 1, 1024);
	answer(&s);
	turns(&s, 20, 1, 1024);
	cr_expect_not(is_asked(&s, &q), "once");
	press(&s.on, "G d");
	answer(&s);
	expect(&s.on, "since the first look");
	close_stage(&s);
}
