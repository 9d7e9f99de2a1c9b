/* SPDX-License-Identifier: MIT */
/* Small worlds and what they look like; and where moves, clicks and the wheel lead. */
#include "view/view.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "frames.h"

struct stage {
	struct world w;
	struct pg_model *m;
	struct view *v;
	struct theme theme;
	struct canvas c;
	struct view_input in;
	struct pg_buf text;
};

static void open_stage(struct stage *s, int rows, int cols, bool utf8)
{
	memset(s, 0, sizeof(*s));
	world_init(&s->w);
	s->m = pg_model_new();
	s->v = view_grid.open();
	theme_init(&s->theme, PALETTE_DEFAULT, utf8);
	canvas_init(&s->c, rows, cols, utf8);
	s->in = (struct view_input){
		.model = s->m, .theme = &s->theme, .colors = 256, .area = {0, 0, rows, cols}};
}

static void close_stage(struct stage *s)
{
	pg_buf_free(&s->text);
	canvas_free(&s->c);
	view_grid.close(s->v);
	pg_model_free(s->m);
	world_free(&s->w);
}

static void turn(struct stage *s)
{
	s->in.frame = world_turn(&s->w);
	pg_model_update(s->m, s->in.frame);
}

static void draw(struct stage *s)
{
	canvas_reset(&s->c, s->c.rows, s->c.cols);
	view_grid.draw(s->v, &s->in, &s->c);
}

/* The text alone, without the attribute plane. */
static const char *shown(struct stage *s)
{
	draw(s);
	pg_buf_clear(&s->text);
	canvas_save(&s->c, &s->text);
	char *text = (char *)pg_buf_cstr(&s->text);
	for (int row = 0; row < s->c.rows; row++)
		text = strchr(text, '\n') + 1;
	*text = '\0';
	return s->text.data;
}

/* The attribute plane alone. */
static const char *plane(struct stage *s)
{
	draw(s);
	pg_buf_clear(&s->text);
	canvas_save(&s->c, &s->text);
	const char *text = pg_buf_cstr(&s->text);
	for (int row = 0; row < s->c.rows + 1; row++)
		text = strchr(text, '\n') + 1;
	return text;
}

static void people(struct stage *s, int nr, uint32_t uid, const char *user)
{
	int32_t pid = s->w.nr ? s->w.procs[s->w.nr - 1].pid : 0;
	for (int i = 0; i < nr; i++) {
		pid++;
		world_birth(&s->w, pid, (uint64_t)pid, uid, user, "a");
	}
}

static void set_cursor(struct stage *s, int32_t pid)
{
	s->in.has_cursor = true;
	s->in.cursor = (struct pg_key){pid, pid, world_find(&s->w, pid)->tasks[0].start};
}

static int32_t move(struct stage *s, enum view_move way)
{
	struct pg_key key = {0};
	if (!view_grid.move(s->v, &s->in, way, &key))
		return -1;
	s->in.cursor = key;
	s->in.has_cursor = true;
	return key.tid;
}

Test(view_grid, a_container_with_three_processes)
{
	struct stage s;
	open_stage(&s, 2, 47, true);
	world_birth(&s.w, 1, 1, 0, "root", "tini");
	world_birth(&s.w, 7, 2, 0, "root", "nginx")->rss = WORLD_MEM / 100;
	world_birth(&s.w, 8, 3, 65534, "nobody", "nginx")->rss = WORLD_MEM / 1000;
	turn(&s);
	world_burn(world_find(&s.w, 8), 0, 0.41);
	turn(&s);
	cr_assert_str_eq(shown(&s), "root 2   • tini 1      ■ nginx 7\n"
				    "nobody 1 ● nginx 8 41%\n");
	cr_assert_str_eq(plane(&s), "llllll...n.............n.......................\n"
				    "llllllll.c........cccc.........................\n");
	close_stage(&s);
}

Test(view_grid, ascii_in_a_posix_locale)
{
	struct stage s;
	open_stage(&s, 4, 30, false);
	struct world_proc *p = world_birth(&s.w, 10, 1, 7, "java", "java");
	for (int i = 1; i < 30; i++)
		world_thread(p, 10 + i, 2, "t");
	for (int i = 0; i < 5; i++)
		world_birth(&s.w, 100 + i, 1, 0, "root", "k")->kthread = true;
	turn(&s);
	world_burn(world_find(&s.w, 10), 3, 0.3);
	world_thread_death(world_find(&s.w, 10), 5);
	turn(&s);
	s.theme.by_class = true;
	cr_assert_str_eq(shown(&s), "java 29   o . . c . x . . . .\n"
				    "          . . . . . . . . . .\n"
				    "          . . . . . . . . . .\n"
				    "[kerne+ 5 o o o o o\n");
	close_stage(&s);
}

Test(view_grid, signs_and_new_and_resize)
{
	struct stage s;
	open_stage(&s, 3, 30, false);
	s.theme.by_class = true;
	people(&s, 12, 0, "root");
	turn(&s);
	world_find(&s.w, 2)->tasks[0].state = 'D';
	world_find(&s.w, 3)->tasks[0].state = 'Z';
	world_find(&s.w, 4)->tasks[0].state = 'T';
	world_find(&s.w, 5)->tasks[0].read_bytes = 4096;
	world_find(&s.w, 6)->rss = 1 << 20;
	for (int pid = 2; pid <= 6; pid++)
		world_find(&s.w, pid)->dirty = true;
	world_death(&s.w, 7);
	people(&s, 1, 0, "root");
	turn(&s);
	cr_assert_str_eq(shown(&s), "root 12 o ! z = I o^x o o o o\n"
				    "        o +\n"
				    "\n");
	turn(&s);
	cr_assert_str_eq(shown(&s), "root 12 o ! z = o o   o o o o\n"
				    "        o o\n"
				    "\n");
	s.in.area.cols = 24; /* on resize the blank closes */
	cr_assert_str_eq(shown(&s), "root 12 o ! z = o o o o\n"
				    "        o o o o\n"
				    "\n");
	close_stage(&s);
}

Test(view_grid, density_falls_as_tasks_come)
{
	static const struct {
		int nr;
		enum density density;
	} t[] = {{8, DENSITY_NAMED},
		 {60, DENSITY_ROOMY},
		 {120, DENSITY_TIGHT},
		 {250, DENSITY_PACKED}};
	struct stage s;
	open_stage(&s, 4, 40, true);
	int nr = 0;
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		people(&s, t[i].nr - nr, 0, "root");
		nr = t[i].nr;
		turn(&s);
		draw(&s);
		cr_expect_eq(view_grid_density(s.v), t[i].density, "%d tasks: %s", nr,
			     density_names[view_grid_density(s.v)]);
	}
	s.in.colors = 8;
	draw(&s);
	cr_expect_eq(view_grid_density(s.v), DENSITY_TIGHT);
	close_stage(&s);
}

Test(view_grid, density_grows_after_ten_frames)
{
	struct stage s;
	open_stage(&s, 4, 40, true);
	people(&s, 60, 0, "root");
	turn(&s);
	draw(&s);
	cr_assert_eq(view_grid_density(s.v), DENSITY_ROOMY);
	for (int pid = 9; pid <= 60; pid++)
		world_death(&s.w, pid);
	turn(&s); /* they are shown for this frame, and do not fit otherwise */
	draw(&s);
	for (int i = 0; i < 9; i++) {
		turn(&s);
		draw(&s);
		draw(&s); /* the same frame counts once */
		cr_assert_eq(view_grid_density(s.v), DENSITY_ROOMY, "frame %d", i);
	}
	turn(&s);
	draw(&s);
	cr_assert_eq(view_grid_density(s.v), DENSITY_NAMED);
	close_stage(&s);
}

Test(view_grid, small_groups_share_a_line_when_rows_run_short)
{
	struct stage s;
	open_stage(&s, 4, 60, true);
	people(&s, 30, 0, "root");
	people(&s, 2, 101, "_chrony");
	people(&s, 1, 102, "messagebus9");
	people(&s, 3, 103, "polkitd");
	world_birth(&s.w, 200, 1, 0, "root", "k")->kthread = true;
	turn(&s);
	cr_assert_str_eq(shown(&s), "root 30    • • • • • • • • • • • • • • • • • • • • • • • • •\n"
				    "           • • • • •\n"
				    "_chrony 2 • •   messagebu+ 1 •   polkitd 3 • • •\n"
				    "[kernel] 1 •\n");
	close_stage(&s);
}

Test(view_grid, cells_do_not_move_until_a_row_is_needed)
{
	struct stage s;
	open_stage(&s, 6, 14, false);
	s.w.scope = PG_SCOPE_THREADS;
	view_grid_set_density(s.v, DENSITY_TIGHT);
	people(&s, 10, 0, "r");
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 10 ooooooooo\n     o\n\n\n\n\n");
	world_death(&s.w, 3);
	world_death(&s.w, 4);
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 8  ooxxooooo\n     o\n\n\n\n\n");
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 8  oo  ooooo\n     o\n\n\n\n\n");
	struct world_proc *p = world_birth(&s.w, 20, 20, 0, "r", "b");
	p->ppid = 2;
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 9  oo+ ooooo\n     o\n\n\n\n\n");
	close_stage(&s);
}

Test(view_grid, cursor_and_pins_are_marked)
{
	struct stage s;
	open_stage(&s, 2, 24, true);
	people(&s, 14, 0, "r");
	turn(&s);
	set_cursor(&s, 3);
	struct pg_key pin = {5, 5, 5};
	s.in.pins = &pin;
	s.in.nr_pins = 1;
	cr_assert_str_eq(shown(&s), "r 14 • • • •[•]• • • • •\n     • • • •\n");
	cr_assert(s.c.cursor_row == 0 && s.c.cursor_col == 9);
	cr_assert(canvas_at(&s.c, 0, 9)->style.attrs & ATTR_REVERSE);
	view_grid_set_density(s.v, DENSITY_TIGHT);
	draw(&s);
	cr_assert(canvas_at(&s.c, 0, 9)->style.attrs & ATTR_UNDERLINE);
	struct rect at;
	cr_assert(view_grid.find(s.v, s.m, pin, &at));
	cr_assert(at.row == 0 && at.col == 9 && at.cols == 1);
	const struct pg_key pins[] = {{7, 7, 7}, pin, {9, 9, 9}};
	s.in.pins = pins;
	s.in.nr_pins = 3;
	draw(&s);
	for (int col = 7; col < 15; col++)
		cr_expect_eq((canvas_at(&s.c, 0, col)->style.attrs & ATTR_UNDERLINE) != 0,
			     col == 9 || col == 11 || col == 13, "column %d", col);
	close_stage(&s);
}

Test(view_grid, packed_draws_two_tasks_in_a_character)
{
	struct stage s;
	open_stage(&s, 1, 10, true);
	view_grid_set_density(s.v, DENSITY_PACKED);
	people(&s, 9, 0, "r");
	turn(&s);
	world_burn(world_find(&s.w, 8), 0, 0.9);
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 9 ▀▀▀▀▀▀\n");
	struct canvas_cell *cell = canvas_at(&s.c, 0, 5);
	cr_expect(cell->style.role == ROLE_IDLE && cell->style.back == ROLE_CPU);
	cr_expect_eq(canvas_at(&s.c, 0, 9)->style.back, ROLE_NONE);
	set_cursor(&s, 2);
	cr_expect_eq(move(&s, MOVE_DOWN), 8);
	cr_expect_eq(move(&s, MOVE_UP), 2);
	close_stage(&s);
}

Test(view_grid, scrolls_when_nothing_else_helps)
{
	struct stage s;
	open_stage(&s, 4, 14, false);
	people(&s, 100, 0, "r");
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 100 oooooooo\n"
				    "      oooooooo\n"
				    "      oooooooo\n"
				    "      ^ 0 v 76\n");
	set_cursor(&s, 55);
	view_grid.reveal(s.v);
	cr_assert_str_eq(shown(&s), "r 100 oooooooo\n"
				    "      oooooooo\n"
				    "      oooooooo\n"
				    "     ^ 32 v 44\n");
	struct pg_key key;
	cr_assert(view_grid.pick(s.v, s.m, 2, 12, &key) && key.tid == 55);
	cr_assert(!view_grid.pick(s.v, s.m, 3, 8, &key));
	view_grid.scroll(s.v, 1000);
	draw(&s);
	cr_assert_eq(s.c.cursor_row, -1);
	cr_assert(view_grid.pick(s.v, s.m, 2, 9, &key) && key.tid == 100);
	close_stage(&s);
}

/* At the densest form, with no way out but scrolling. */
Test(view_grid, blanks_do_not_make_it_scroll)
{
	struct stage s;
	open_stage(&s, 4, 14, false);
	people(&s, 100, 0, "r");
	people(&s, 3, 9, "s");
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 100 oooooooo\n"
				    "      oooooooo\n"
				    "      oooooooo\n"
				    "      ^ 0 v 79\n");
	for (int pid = 2; pid <= 60; pid++)
		world_death(&s.w, pid);
	turn(&s); /* those that exit are drawn for this frame, but are not counted */
	cr_assert_str_eq(shown(&s), "r 41  oxxxxxxx\n"
				    "      xxxxxxxx\n"
				    "      xxxxxxxx\n"
				    "      ^ 0 v 43\n");
	turn(&s); /* still too many for the screen, but no blank line */
	cr_assert_str_eq(shown(&s), "r 41  oooooooo\n"
				    "      oooooooo\n"
				    "      oooooooo\n"
				    "      ^ 0 v 20\n");
	for (int pid = 70; pid <= 100; pid++)
		world_death(&s.w, pid);
	turn(&s);
	draw(&s);
	turn(&s); /* without them all fits, at once */
	cr_assert_str_eq(shown(&s), "r 10  oooooooo\n"
				    "      oo\n"
				    "s 3 ooo\n"
				    "\n");
	close_stage(&s);
}

Test(view_grid, moves)
{
	struct stage s;
	open_stage(&s, 5, 12, false);
	view_grid_set_density(s.v, DENSITY_TIGHT);
	people(&s, 12, 0, "r"); /* r 12 and seven columns: 1…7, 8…12 */
	people(&s, 3, 9, "s");  /* 13…15 */
	turn(&s);
	world_burn(world_find(&s.w, 4), 0, 0.5);
	world_burn(world_find(&s.w, 14), 0, 0.5);
	turn(&s);
	cr_assert_str_eq(shown(&s), "r 12 ooooooo\n     ooooo\ns 3  ooo\n\n\n");
	static const struct {
		int32_t from;
		enum view_move move;
		int32_t to;
	} t[] = {
		{1, MOVE_LEFT, 1},         {7, MOVE_RIGHT, 8},        {8, MOVE_LEFT, 7},
		{12, MOVE_RIGHT, 13},      {15, MOVE_RIGHT, 15},      {3, MOVE_DOWN, 10},
		{7, MOVE_DOWN, 12},        {12, MOVE_DOWN, 15},       {14, MOVE_UP, 9},
		{2, MOVE_UP, 2},           {5, MOVE_FIRST, 1},        {5, MOVE_LAST, 15},
		{10, MOVE_ROW_START, 8},   {10, MOVE_ROW_END, 12},    {1, MOVE_PAGE_DOWN, 13},
		{14, MOVE_PAGE_UP, 2},     {1, MOVE_HALF_DOWN, 13},   {3, MOVE_NEXT_GROUP, 13},
		{13, MOVE_NEXT_GROUP, 13}, {14, MOVE_PREV_GROUP, 13}, {13, MOVE_PREV_GROUP, 1},
		{1, MOVE_NEXT_BUSY, 4},    {4, MOVE_NEXT_BUSY, 14},   {14, MOVE_NEXT_BUSY, 4},
		{4, MOVE_PREV_BUSY, 14},   {15, MOVE_PREV_BUSY, 14},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		set_cursor(&s, t[i].from);
		int32_t to = move(&s, t[i].move);
		cr_expect_eq(to, t[i].to, "row %zu: from %d to %d", i, t[i].from, to);
	}
	s.in.has_cursor = false;
	cr_expect_eq(move(&s, MOVE_DOWN), 1);
	s.in.has_cursor = false;
	cr_expect_eq(move(&s, MOVE_NEXT_BUSY), 4);

	set_cursor(&s, 10); /* its task goes: one step leads to its neighbour */
	draw(&s);
	world_death(&s.w, 10);
	turn(&s);
	turn(&s);
	draw(&s);
	cr_expect_eq(move(&s, MOVE_RIGHT), 9);
	close_stage(&s);
}

Test(view_grid, empty_grids_say_so)
{
	struct stage s;
	open_stage(&s, 2, 40, true);
	turn(&s);
	cr_expect_str_eq(shown(&s), "no tasks\n\n");
	struct pg_key key;
	cr_expect(!view_grid.move(s.v, &s.in, MOVE_DOWN, &key));
	people(&s, 3, 0, "root");
	turn(&s);
	pg_model_set_filter(s.m, &(struct pg_filter){.by_user = true, .uid = 5});
	pg_model_rebuild(s.m, s.in.frame);
	cr_expect_str_eq(shown(&s), "no tasks match the filter\n\n");
	close_stage(&s);
}

Test(view_grid, hostile_names_do_no_harm)
{
	struct stage s;
	open_stage(&s, 3, 50, true);
	world_birth(&s.w, 1, 1, 0, "r\033[31mt", "a\nb\033]0;");
	world_birth(&s.w, 2, 1, 0, "r\033[31mt", "\xff\xfe");
	turn(&s);
	cr_expect_null(strchr(shown(&s), '\033'));
	close_stage(&s);
}

/* Any size and any tasks: each cell in sight is found where it was drawn, and moves go somewhere.
 */
Test(view_grid, any_size)
{
	srand(11);
	for (int round = 0; round < 60; round++) {
		struct stage s;
		open_stage(&s, 1 + rand() % 12, 1 + rand() % (round % 3 ? 100 : 12), round % 2);
		for (int i = rand() % 6; i >= 0; i--)
			people(&s, rand() % 40, (uint32_t)i, i % 2 ? "someone-else" : "me");
		for (int i = 0; i < 20; i++) {
			if (s.w.nr && rand() % 2)
				world_death(&s.w, s.w.procs[rand() % (int)s.w.nr].pid);
			else
				people(&s, 1, (uint32_t)(rand() % 8), "new");
			if (rand() % 8 == 0) {
				s.in.area.rows = 1 + rand() % 12;
				canvas_reset(&s.c, s.in.area.rows, s.c.cols);
			}
			if (rand() % 10 == 0)
				view_grid_change_density(s.v, rand() % 2 ? 1 : -1);
			turn(&s);
			move(&s, (enum view_move)(rand() % (MOVE_NEXT_BUSY + 1)));
			if (rand() % 2)
				view_grid.reveal(s.v);
			draw(&s);
			move(&s, (enum view_move)(rand() % (MOVE_NEXT_BUSY + 1)));
			for (size_t k = 0; k < s.w.nr; k++) {
				struct rect at;
				struct pg_key key = {s.w.procs[k].pid, s.w.procs[k].pid,
						     s.w.procs[k].tasks[0].start};
				struct pg_key got;
				if (!view_grid.find(s.v, s.m, key, &at))
					continue;
				cr_assert(at.row < s.in.area.rows && at.col < s.in.area.cols);
				cr_assert(view_grid.pick(s.v, s.m, at.row, at.col, &got));
				if (view_grid_density(s.v) != DENSITY_PACKED)
					cr_assert_eq(got.tid, key.tid);
			}
		}
		close_stage(&s);
	}
}

/* ---- what lived between two samples ---- */

Test(view_grid, the_uncounted_brief_stand_in_the_label)
{
	static const char plain[] = "root 48    • • • • • • • • • • • • • • •\n"
				    "           • • • • • • • • • • • • • • •\n"
				    "           • • • • • • • • • • • • • • •\n"
				    "           • • •\n"
				    "postgres 3 • • •\n"
				    "\n";
	struct stage s;
	open_stage(&s, 6, 40, true);
	view_grid_set_density(s.v, DENSITY_ROOMY);
	people(&s, 48, 0, "root");
	people(&s, 3, 100, "postgres");
	snprintf(world_find(&s.w, 3)->tasks[0].comm, 16, "make");
	/* Of one name, and one line therefore: too long for it. */
	snprintf(world_find(&s.w, 4)->tasks[0].comm, 16, "bash-completio");
	snprintf(world_find(&s.w, 6)->tasks[0].comm, 16, "bash-completio");
	snprintf(world_find(&s.w, 7)->tasks[0].comm, 16, "cc");
	turn(&s);
	cr_assert_str_eq(shown(&s), plain);
	for (int i = 0; i < 5; i++) /* 312, 7, 6, 5 and 4 */
		s.w.rest[s.w.nr_rest++] =
			(struct pg_brief_rest){.ppid = 3 + i, .nr = i ? 8 - (uint32_t)i : 312};
	s.w.rest[s.w.nr_rest++] = (struct pg_brief_rest){.ppid = 50, .nr = 9};
	for (int i = 0; i < 3; i++)
		world_brief(&s.w, 100 + i, 50, 100, "postgres");
	turn(&s);
	cr_assert_str_eq(shown(&s), "root 48    • • • • • • • • • • • • • • •\n"
				    "×312 make  • • • • • • • • • • • • • • •\n"
				    "×12 bash-+ • • • • • • • • • • • • • • •\n"
				    "×10 more   • • •\n"
				    "post+ 3 ×9 • • • × × ×\n"
				    "\n");
	turn(&s);
	cr_assert_str_eq(shown(&s), plain);
	close_stage(&s);
}

Test(view_grid, a_parent_without_a_name_has_its_number)
{
	static const struct {
		int32_t ppid;
		const char *want;
	} rows[] = {{777, "\n×1 of 777   •"},
		    {32768, "\n×1 of 32768 •"},
		    {123456, "\n×1 more     •"},
		    {0, "\n×1 more     •"}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct stage s;
		open_stage(&s, 6, 40, true);
		view_grid_set_density(s.v, DENSITY_ROOMY);
		people(&s, 48, 100, "postgres");
		turn(&s);
		draw(&s);
		s.w.rest[s.w.nr_rest++] = (struct pg_brief_rest){.ppid = rows[i].ppid, .nr = 1};
		turn(&s);
		cr_expect_not_null(strstr(shown(&s), rows[i].want), "%s", shown(&s));
		close_stage(&s);
	}
}

Test(view_grid, a_label_never_cuts_a_count)
{
	static const struct {
		const char *user;
		uint32_t nr;
		bool utf8;
		const char *want;
	} rows[] = {
		{"postgres", 9, true, "post+ 1 ×9 •\n"},
		{"postgres", 9, false, "post+ 1 x9 o\n"},
		{"postgres", 312, true, "po+ 1 ×312 •\n"},
		{"postgres", 20000, true, "po+ ×20000 •\n"},
		{"www", 9, true, "w+ ×9 •\n"},
		{"www", 312, true, "×312  •\n"},
		{"ab", 312, true, "×312 •\n"},
		{"ab", 31200, true, "×31k •\n"},
		{"ab", 3120000, true, "×3M  •\n"},
		{"a", 312, true, "×+  •\n"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct stage s;
		open_stage(&s, 1, 40, rows[i].utf8);
		view_grid_set_density(s.v, DENSITY_ROOMY);
		people(&s, 1, 100, rows[i].user);
		turn(&s);
		draw(&s);
		s.w.rest[s.w.nr_rest++] = (struct pg_brief_rest){.ppid = 1, .nr = rows[i].nr};
		turn(&s);
		cr_expect_str_eq(shown(&s), rows[i].want);
		close_stage(&s);
	}
}
