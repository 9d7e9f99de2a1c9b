/* SPDX-License-Identifier: MIT */
/* The screen as a whole, of hand-made frames: what header, legend and help say, what app wishes. */
#include "canvas/keys.h"
#include "frames.h"
#include "screens.h"

struct stage {
	struct world w;
	struct screen on;
};

static void open_stage(struct stage *s, int rows, int cols)
{
	struct app_options o = screen_options(true);
	memset(s, 0, sizeof(*s));
	world_init(&s->w);
	for (int pid = 1; pid <= 5; pid++)
		world_birth(&s->w, pid, (uint64_t)pid, 0, "root", "a");
	screen_open(&s->on, &o, rows, cols);
}

static void close_stage(struct stage *s)
{
	screen_close(&s->on);
	world_free(&s->w);
}

static void turn(struct stage *s)
{
	app_frame(s->on.a, 0, world_turn(&s->w));
	app_draw(s->on.a, &s->on.c);
}

Test(app, the_header_says_what_was_missed_and_what_it_costs)
{
	static const int widths[] = {200, 80, 40};
	for (size_t i = 0; i < PG_ARRAY_LEN(widths); i++) {
		struct stage s;
		open_stage(&s, 10, widths[i]);
		turn(&s);
		app_own_cost(s.on.a, 0.0042);
		expect(&s.on, "own 0.4%");
		expect_not(&s.on, "missed");
		s.w.missed = 312;
		turn(&s);
		expect(&s.on, "312 missed");
		expect(&s.on, "own 0.4%");
		turn(&s);
		expect_not(&s.on, "missed");
		close_stage(&s);
	}
}

Test(app, the_legend_names_the_sign_of_what_was_not_looked_at)
{
	struct stage s;
	open_stage(&s, 10, 120);
	turn(&s);
	expect_not(&s.on, "not looked at");
	for (int i = 0; i < 3; i++)
		world_thread(world_find(&s.w, 1), 100 + i, 9, "t")->seen_ns = 1;
	turn(&s);
	expect(&s.on, "? not looked at 3");
	expect(&s.on, "? t 100");
	close_stage(&s);
}

static void end_with(struct stage *s, int32_t pid, int exit_code)
{
	struct pg_key key = {.pid = pid, .tid = pid, .start = (uint64_t)pid};
	s->w.endings[s->w.nr_endings++] = (struct pg_ending){.key = key, .exit_code = exit_code};
	world_death(&s->w, pid);
	turn(s);
}

/* It says how, and which task that was, for as long as it is there. */
Test(app, a_pin_remembers_how_its_task_ended)
{
	struct stage s;
	open_stage(&s, 40, 120);
	turn(&s);
	snprintf(world_find(&s.w, 1)->tasks[0].comm, 16, "builder");
	world_find(&s.w, 1)->dirty = true;
	turn(&s);
	app_key(s.on.a, 'm');
	expect(&s.on, "builder  root");
	end_with(&s, 1, PG_KILLED + 9);
	expect(&s.on, "exited since the last cycle");
	expect(&s.on, "killed by signal");
	expect(&s.on, "9 (KILL)");
	for (int i = 0; i < 5; i++) {
		turn(&s);
		expect(&s.on, "builder  root");
		expect(&s.on, "exited, gone at ");
		expect(&s.on, "9 (KILL)");
		expect_not(&s.on, "task is gone");
	}
	close_stage(&s);
}

Test(app, a_popup_stays_with_a_task_that_ended_until_it_is_closed)
{
	struct stage s;
	open_stage(&s, 40, 120);
	turn(&s);
	snprintf(world_find(&s.w, 1)->tasks[0].comm, 16, "builder");
	world_find(&s.w, 1)->dirty = true;
	turn(&s);
	app_key(s.on.a, KEY_ENTER_);
	expect(&s.on, "builder  root");
	end_with(&s, 1, 3);
	for (int i = 0; i < 5; i++) {
		turn(&s);
		expect(&s.on, "builder  root");
		expect(&s.on, "exited, gone at ");
		expect(&s.on, "exit code 3");
	}
	app_key(s.on.a, KEY_ESC);
	turn(&s);
	expect_not(&s.on, "builder");
	app_key(s.on.a, KEY_ENTER_);
	expect(&s.on, "a  root");
	expect_not(&s.on, "exit code 3");
	close_stage(&s);
}

Test(app, help_says_whether_short_lives_are_seen)
{
	struct stage s;
	open_stage(&s, 90, 100);
	turn(&s);
	app_key(s.on.a, '?');
	expect(&s.on, "cannot be shown here");
	expect(&s.on, "who took these samples was not told of them");
	s.w.listening = true;
	turn(&s);
	expect(&s.on, "are shown as exited for a cycle; ×n in a label");
	close_stage(&s);
}

static void expect_focus(struct stage *s, const int32_t *tids, size_t nr)
{
	app_draw(s->on.a, &s->on.c);
	struct app_wishes w = app_take_wishes(s->on.a);
	cr_assert(w.set_focus);
	cr_assert_eq(w.nr_focus, nr, "%zu", w.nr_focus);
	for (size_t i = 0; i < nr; i++)
		cr_expect_eq(w.focus[i].tid, tids[i], "%d", w.focus[i].tid);
	cr_expect(!w.sample_now);
	cr_expect(!app_take_wishes(s->on.a).set_focus, "nothing has changed since");
}

Test(app, who_is_looked_at_is_wished_for_when_it_changes)
{
	struct stage s;
	open_stage(&s, 10, 200);
	cr_expect(!app_take_wishes(s.on.a).set_focus);
	turn(&s);
	expect_focus(&s, (int32_t[]){1}, 1);
	turn(&s);
	cr_expect(!app_take_wishes(s.on.a).set_focus);
	app_key(s.on.a, 'l');
	expect_focus(&s, (int32_t[]){2}, 1);
	app_key(s.on.a, 'm');
	app_key(s.on.a, 'l');
	expect_focus(&s, (int32_t[]){3, 2}, 2);
	world_death(&s.w, 3);
	turn(&s);
	turn(&s);
	expect_focus(&s, (int32_t[]){2, 2}, 2);
	close_stage(&s);
}
