/* SPDX-License-Identifier: MIT */
/* Several hosts on one screen, of hand-made frames: header lines, the way of the cursor, popups. */
#include "canvas/keys.h"
#include "frames.h"
#include "screens.h"

#define HOSTS 3

static const char *const names[HOSTS] = {"web01", "admin@db1", "cache"};

struct stage {
	struct world w[HOSTS];
	struct screen on;
};

static void open_stage(struct stage *s, int rows, int cols)
{
	struct app_options o = screen_options(true);
	o.hosts = names;
	o.nr_hosts = HOSTS;
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < HOSTS; i++) {
		world_init(&s->w[i]);
		for (int pid = 1; pid <= 3 + i; pid++)
			world_birth(&s->w[i], pid + 100 * i, (uint64_t)pid, 0, "root", names[i]);
	}
	screen_open(&s->on, &o, rows, cols);
}

static void close_stage(struct stage *s)
{
	screen_close(&s->on);
	for (int i = 0; i < HOSTS; i++)
		world_free(&s->w[i]);
}

static void set_state(struct stage *s, size_t host, enum pg_remote_state state, unsigned seconds,
		      const char *why)
{
	struct pg_remote_status st = {.state = state, .seconds = seconds};
	snprintf(st.why, sizeof(st.why), "%s", why);
	app_host_status(s->on.a, host, &st);
}

static void turn(struct stage *s, size_t host)
{
	set_state(s, host, PG_REMOTE_LIVE, 0, "");
	app_frame(s->on.a, host, world_turn(&s->w[host]));
	app_draw(s->on.a, &s->on.c);
}

static void turn_all(struct stage *s)
{
	for (size_t i = 0; i < HOSTS; i++)
		turn(s, i);
}

/* The task under the cursor, by its popup's first line. */
static int32_t under_cursor(struct stage *s)
{
	int32_t tid = -1;
	app_draw(s->on.a, &s->on.c);
	struct app_wishes w = app_take_wishes(s->on.a);
	if (w.set_focus && w.nr_focus)
		tid = w.focus[0].tid;
	return tid;
}

Test(hosts, header_lines_say_what_is_known)
{
	struct stage s;
	open_stage(&s, 24, 100);
	expect(&s.on, "3 hosts  none answers");
	expect(&s.on, "web01  connecting");
	set_state(&s, 0, PG_REMOTE_CONNECTING, 7, "");
	expect(&s.on, "web01  connecting, 7 s");
	turn_all(&s);
	expect(&s.on, "3 hosts  all answer");
	expect(&s.on, "▸web01  3 tasks");
	expect(&s.on, " admin@db1  4 tasks");
	expect(&s.on, " cache  5 tasks 5 procs");
	set_state(&s, 1, PG_REMOTE_LATE, 12, "");
	expect(&s.on, "admin@db1  no frame for 12 s  4 tasks");
	expect(&s.on, "3 hosts  2 answer");
	set_state(&s, 1, PG_REMOTE_ENDED, 4, "Connection reset by peer");
	expect(&s.on, "admin@db1  ended: Connection reset by peer");
	expect(&s.on, "again in 4 s");
	set_state(&s, 1, PG_REMOTE_REFUSED, 30, "Permission denied (publickey).");
	expect(&s.on, "admin@db1  refused: Permission denied (publickey).");
	expect(&s.on, "again in 30 s");
	close_stage(&s);
}

Test(hosts, what_a_host_says_cannot_steer_the_terminal)
{
	struct stage s;
	open_stage(&s, 12, 60);
	char why[256];
	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	memcpy(why, "\033[2J\a\r\n\xff", 8);
	set_state(&s, 0, PG_REMOTE_ENDED, 8, why);
	expect_not(&s.on, "\033");
	expect_not(&s.on, "\a");
	expect_not(&s.on, "\xff");
	expect(&s.on, "again in 8 s");
	close_stage(&s);
}

Test(hosts, what_was_stays_but_dim)
{
	struct stage s;
	open_stage(&s, 24, 80);
	turn_all(&s);
	expect_not(&s.on, "dddddddddd");
	set_state(&s, 0, PG_REMOTE_ENDED, 4, "");
	expect(&s.on, "web01 1");
	expect(&s.on, "dddddddddd");
	turn(&s, 0);
	expect_not(&s.on, "dddddddddd");
	close_stage(&s);
}

Test(hosts, a_host_that_comes_back_begins_anew)
{
	struct stage s;
	open_stage(&s, 24, 80);
	turn_all(&s);
	world_free(&s.w[0]);
	world_init(&s.w[0]);
	world_birth(&s.w[0], 2, 2, 0, "root", "web01");
	world_birth(&s.w[0], 9, 9, 0, "root", "reborn");
	turn(&s, 0);
	expect(&s.on, "web01  2 tasks");
	expect(&s.on, "reborn 9");
	expect_not(&s.on, "web01 3");
	close_stage(&s);
}

static void step(struct stage *s, int key, int32_t want)
{
	under_cursor(s);
	app_key(s->on.a, key);
	int32_t is = under_cursor(s);
	cr_expect_eq(is, want, "key %d: %d, not %d\n%s", key, is, want, shown(&s->on));
}

Test(hosts, the_cursor_goes_from_host_to_host)
{
	struct stage s;
	open_stage(&s, 24, 120);
	turn_all(&s);
	cr_expect_eq(under_cursor(&s), 1);
	step(&s, 'l', 2);
	step(&s, 'j', 102);
	step(&s, 'j', 202);
	app_key(s.on.a, 'j');
	cr_expect_eq(under_cursor(&s), -1, "nothing below");
	step(&s, 'k', 102);
	step(&s, '}', 201);
	step(&s, '{', 104);
	step(&s, 'g', 1);
	step(&s, 'G', 205);
	step(&s, 'l', -1);
	step(&s, 'g', 1);
	step(&s, 'h', -1);
	close_stage(&s);
}

Test(hosts, tab_goes_round_all_that_are_busy)
{
	struct stage s;
	open_stage(&s, 24, 120);
	turn_all(&s);
	app_key(s.on.a, KEY_TAB);
	expect(&s.on, "nothing is busy");
	world_burn(world_find(&s.w[0], 2), 0, 0.5);
	world_burn(world_find(&s.w[2], 203), 0, 0.5);
	world_burn(world_find(&s.w[2], 205), 0, 0.5);
	turn_all(&s);
	step(&s, KEY_TAB, 2);
	step(&s, KEY_TAB, 203);
	step(&s, KEY_TAB, 205);
	step(&s, KEY_TAB, 2);
	step(&s, KEY_SHIFT_TAB, 205);
	step(&s, KEY_SHIFT_TAB, 203);
	close_stage(&s);
}

Test(hosts, one_that_has_nothing_to_show_can_be_stood_on)
{
	struct stage s;
	open_stage(&s, 24, 120);
	turn(&s, 0);
	turn(&s, 2);
	set_state(&s, 1, PG_REMOTE_REFUSED, 4, "no");
	app_key(s.on.a, 'j');
	expect(&s.on, "▸admin@db1  refused: no");
	app_key(s.on.a, 'j');
	expect(&s.on, "▸cache");
	app_key(s.on.a, 'k');
	app_key(s.on.a, 'k');
	expect(&s.on, "▸web01");
	close_stage(&s);
}

Test(hosts, popups_say_whose_they_are_and_ask_for_nothing)
{
	struct stage s;
	open_stage(&s, 40, 120);
	turn_all(&s);
	app_key(s.on.a, 'j');
	app_key(s.on.a, KEY_ENTER_);
	expect(&s.on, "root on admin@db1");
	expect(&s.on, "not sent by another host");
	cr_expect(!app_take_wishes(s.on.a).inspect);
	app_key(s.on.a, 'm');
	app_key(s.on.a, 'j');
	expect(&s.on, "root on cache");
	expect(&s.on, "root on admin@db1");
	close_stage(&s);
}

Test(hosts, filters_are_for_all_but_the_user_is_one_host_s)
{
	struct stage s;
	open_stage(&s, 24, 120);
	world_birth(&s.w[1], 150, 99, 33, "www", "other");
	turn_all(&s);
	app_key(s.on.a, 'j');
	app_key(s.on.a, 'u');
	expect(&s.on, "admin@db1  5 tasks 5 procs  user root");
	expect_not(&s.on, "other 150");
	expect(&s.on, "web01 1");
	app_key(s.on.a, 'p');
	expect(&s.on, "3 hosts  all answer  busy threads");
	app_key(s.on.a, '>');
	expect(&s.on, "hosts keep the delay");
	close_stage(&s);
}

Test(hosts, any_size_of_the_screen_can_be_drawn)
{
	struct stage s;
	open_stage(&s, 24, 80);
	turn_all(&s);
	for (int rows = 1; rows < 30; rows++) {
		for (int cols = 1; cols < 130; cols += 9) {
			canvas_reset(&s.on.c, rows, cols);
			app_key(s.on.a, 'j');
			app_draw(s.on.a, &s.on.c);
			app_key(s.on.a, 'g');
			app_draw(s.on.a, &s.on.c);
		}
	}
	canvas_reset(&s.on.c, 24, 80);
	expect(&s.on, "▸web01  3 tasks");
	close_stage(&s);
}

Test(hosts, a_click_moves_the_focus)
{
	struct stage s;
	open_stage(&s, 24, 80);
	turn_all(&s);
	shown(&s.on);
	for (int row = 0; row < 24; row++) {
		app_click(s.on.a, row, 1, false);
		if (strstr(shown(&s.on), "▸cache"))
			break;
	}
	expect(&s.on, "▸cache");
	close_stage(&s);
}
