/* SPDX-License-Identifier: MIT */
/*
 * Pictures on a canvas against tests/golden/plot_*.txt (RENEW=1 writes them: look at what changed),
 * and what holds for rectangles of any size; canvases as lines of text.
 */
#include "view/plot_canvas.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "canvas/canvas_print.h"
#include "charts.h"

static void set_up(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	unsetenv("COLORTERM");
}

TestSuite(plot_canvas, .init = set_up);
TestSuite(canvas_print, .init = set_up);

enum kind { DEMO, LEAK, EVENTS, HOSTILE, NOTHING, ONE, FLAT };

static void make(struct chart *c, enum kind kind)
{
	*c = (struct chart){0};
	if (kind == DEMO)
		chart_demo(c);
	else if (kind == LEAK)
		chart_leak(c);
	else if (kind == EVENTS)
		chart_events(c, 60);
	else if (kind == HOSTILE)
		chart_hostile(c);
	else if (kind == ONE)
		chart_sample(c, 0, 7);
	else if (kind == FLAT)
		for (int i = 0; i < 100; i++)
			chart_sample(c, i * 60, 25);
	chart_make(c);
}

static void render(enum kind kind, int rows, int cols, bool utf8, struct pg_buf *out)
{
	struct canvas canvas;
	struct chart c;

	make(&c, kind);
	canvas_init(&canvas, rows, cols, utf8);
	plot_canvas_draw(&canvas, (struct rect){0, 0, rows, cols}, c.plot);
	canvas_save(&canvas, out);
	canvas_free(&canvas);
	chart_free(&c);
}

static void golden_path(char *out, size_t size, const char *name)
{
	const char *dir = getenv("tests_dir");

	snprintf(out, size, "%s/golden/plot_%s.txt", dir ? dir : "tests", name);
}

static void read_all(const char *path, struct pg_buf *out)
{
	FILE *f = fopen(path, "r");
	int c;

	cr_assert(f, "%s: missing; RENEW=1 writes it", path);
	while ((c = getc(f)) != EOF)
		pg_buf_putc(out, (char)c);
	fclose(f);
}

static void compare(const char *name, struct pg_buf *got)
{
	struct pg_buf want = {0};
	char path[4096];

	golden_path(path, sizeof(path), name);
	if (getenv("RENEW")) {
		pg_auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		cr_assert(fd >= 0);
		cr_assert_eq(pg_buf_flush(got, fd), 0);
		return;
	}
	read_all(path, &want);
	cr_expect(want.len == got->len && memcmp(want.data, got->data, got->len) == 0,
		  "%s differs:\n%s", name, pg_buf_cstr(got));
	pg_buf_free(&want);
}

Test(plot_canvas, golden_pictures)
{
	static const struct {
		const char *name;
		enum kind kind;
		int rows, cols;
		bool utf8;
	} t[] = {
		{"demo_80x24", DEMO, 24, 80, true},
		{"demo_40x10", DEMO, 10, 40, true},
		{"demo_40x8", DEMO, 8, 40, true},
		{"demo_20x5", DEMO, 5, 20, true},
		{"demo_ascii", DEMO, 24, 80, false},
		{"demo_ascii_40x8", DEMO, 8, 40, false},
		{"leak", LEAK, 16, 60, true},
		{"leak_ascii", LEAK, 16, 60, false},
		{"events", EVENTS, 24, 80, true},
		{"hostile", HOSTILE, 16, 80, true},
		{"hostile_ascii", HOSTILE, 16, 80, false},
		{"nothing", NOTHING, 10, 40, true},
		{"one", ONE, 10, 40, true},
		{"flat", FLAT, 10, 40, true},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf got = {0};
		render(t[i].kind, t[i].rows, t[i].cols, t[i].utf8, &got);
		compare(t[i].name, &got);
		pg_buf_free(&got);
	}
}

/* Any rectangle, also one that is not wholly on the canvas: nothing outside of it is touched. */
Test(plot_canvas, stays_in_its_rectangle)
{
	struct canvas c;

	for (enum kind kind = DEMO; kind <= FLAT; kind++) {
		struct chart chart;
		make(&chart, kind);
		for (int size = 0; size < 34 * 90; size += 7) {
			struct rect r = {3, 4, size / 90, size % 90};
			canvas_init(&c, 30, 80, size % 2);
			for (int i = 0; i < 30 * 80; i++)
				c.cells[i].ch = '#';
			plot_canvas_draw(&c, r, chart.plot);
			for (int i = 0; i < 30 * 80; i++) {
				int row = i / 80, col = i % 80;
				if (row < 3 || row >= 3 + r.rows || col < 4 || col >= 4 + r.cols)
					cr_assert_eq(c.cells[i].ch, '#', "%d: %d×%d at %d, %d",
						     kind, r.rows, r.cols, row, col);
				else
					cr_assert_neq(c.cells[i].ch, '#');
			}
			canvas_free(&c);
		}
		chart_free(&chart);
	}
}

static bool shows(const char *text, const char *word)
{
	return strstr(text, word) != NULL;
}

Test(plot_canvas, what_is_left_out)
{
	static const struct {
		int rows, cols;
		bool title, event, seconds, level;
	} t[] = {
		{24, 80, true, true, true, true},    {12, 80, true, true, true, true},
		{10, 140, true, false, true, true},  {9, 80, false, false, true, true},
		{4, 80, false, false, true, true},   {3, 80, false, false, false, true},
		{3, 13, false, false, false, false},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf b = {0};
		render(DEMO, t[i].rows, t[i].cols, true, &b);
		const char *text = pg_buf_cstr(&b);
		cr_expect_eq(shows(text, "Open desc"), t[i].title, "row %zu", i);
		cr_expect_eq(shows(text, "Peak reached"), t[i].event, "row %zu", i);
		cr_expect_eq(shows(text, " s\n"), t[i].seconds, "row %zu", i);
		cr_expect_eq(shows(text, "20┤"), t[i].level, "row %zu:\n%s", i, text);
		pg_buf_free(&b);
	}
}

/* The labels of jumps that are near to each other stand apart. */
Test(plot_canvas, jumps_side_by_side)
{
	struct chart chart = {0};

	for (int i = 0; i < 600; i++)
		chart_sample(&chart, i / 10.0, i / 10 * 10);
	for (int i = 0; i < 60; i++)
		chart_level(&chart, i, i + 0.9, i * 10);
	chart_make(&chart);
	for (int cols = 20; cols < 140; cols++) {
		struct pg_buf b = {0};
		struct canvas canvas;
		canvas_init(&canvas, 22, cols, cols % 2);
		plot_canvas_draw(&canvas, (struct rect){0, 0, 22, cols}, chart.plot);
		canvas_save(&canvas, &b);
		cr_expect(shows(pg_buf_cstr(&b), "+10"), "%d columns", cols);
		cr_expect_not(shows(pg_buf_cstr(&b), "+10+10"), "%d columns", cols);
		pg_buf_free(&b);
		canvas_free(&canvas);
	}
	chart_free(&chart);
}

/* What does not fit into the legend is counted. */
Test(plot_canvas, legend_counts_the_rest)
{
	struct pg_buf b = {0};

	render(EVENTS, 24, 80, false, &b);
	cr_expect(shows(pg_buf_cstr(&b), "\n1 request 0 was"));
	cr_expect(shows(pg_buf_cstr(&b), "more\n"));
	pg_buf_clear(&b);
	render(EVENTS, 80, 200, false, &b);
	cr_expect(shows(pg_buf_cstr(&b), "60 request 59 was"));
	cr_expect_not(shows(pg_buf_cstr(&b), "more\n"));
	pg_buf_free(&b);
}

Test(plot_canvas, rows_of_a_printed_picture)
{
	static const struct {
		enum kind kind;
		int rows, cols, want;
	} t[] = {
		{LEAK, 0, 80, 24}, {LEAK, 50, 80, 24},  {LEAK, 24, 80, 22},   {LEAK, 3, 80, 5},
		{DEMO, 0, 80, 26}, {EVENTS, 0, 80, 44}, {EVENTS, 30, 80, 28},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct chart c;
		make(&c, t[i].kind);
		cr_expect_eq(plot_canvas_rows(c.plot, t[i].rows, t[i].cols), t[i].want,
			     "row %zu: %d", i, plot_canvas_rows(c.plot, t[i].rows, t[i].cols));
		chart_free(&c);
	}
}

/* ---- printing --------------------------------------------------------------------------------
 */

Test(canvas_print, lines_and_colours)
{
	static const struct {
		int colors;
		const char *text;
	} t[] = {
		{0, "ab c\n\n 漢\n"},
		{8, "a\033[0;31mb \033[0mc\n\n \033[0;1;7m漢\033[0m\n"},
		{256, "a\033[0;38;5;160mb \033[0mc\n\n \033[0;1;7m漢\033[0m\n"},
		{1 << 24, "a\033[0;38;2;215;0;0mb \033[0mc\n\n \033[0;1;7m漢\033[0m\n"},
	};
	struct theme theme;
	struct canvas c;

	theme_init(&theme, PALETTE_DEFAULT, true);
	canvas_init(&c, 3, 10, true);
	canvas_puts(&c, 0, 0, "a", STYLE(ROLE_TEXT));
	canvas_puts(&c, 0, 1, "b", STYLE(ROLE_UP));
	canvas_puts(&c, 0, 3, "c", STYLE(ROLE_TEXT));
	canvas_puts(&c, 2, 1, "漢", STYLE(ROLE_ALERT));
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf b = {0};
		canvas_print(&c, &theme, t[i].colors, &b);
		cr_expect_str_eq(pg_buf_cstr(&b), t[i].text, "row %zu", i);
		pg_buf_free(&b);
	}
	canvas_free(&c);
}

Test(canvas_print, what_a_stream_can_show)
{
	static const struct {
		bool terminal;
		const char *term, *colorterm, *no_color, *columns;
		int rows, cols, colors;
	} t[] = {
		{true, "xterm-256color", NULL, NULL, NULL, 33, 111, 256},
		{true, "xterm", NULL, NULL, NULL, 33, 111, 8},
		{true, "xterm", "truecolor", NULL, NULL, 33, 111, 1 << 24},
		{true, "xterm-direct", NULL, NULL, NULL, 33, 111, 1 << 24},
		{true, "xterm", "truecolor", "1", NULL, 33, 111, 0},
		{true, "xterm", NULL, "", NULL, 33, 111, 8},
		{true, "dumb", NULL, NULL, NULL, 33, 111, 0},
		{true, NULL, "24bit", NULL, NULL, 33, 111, 0},
		{true, "xterm", NULL, NULL, "60", 33, 60, 8},
		{true, "xterm", NULL, NULL, "sixty", 33, 111, 8},
		{true, "xterm", NULL, NULL, "0", 33, 111, 8},
		{false, "xterm-256color", "truecolor", NULL, NULL, 0, 80, 0},
		{false, "xterm", NULL, NULL, "120", 0, 120, 0},
		{false, "xterm", NULL, NULL, "99999999999", 0, 80, 0},
	};
	int master, slave;
	struct winsize size = {.ws_row = 33, .ws_col = 111};
	pg_auto_close int file = open("/dev/null", O_WRONLY);

	cr_assert_eq(openpty(&master, &slave, NULL, NULL, &size), 0);
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		const struct {
			const char *name, *value;
		} env[] = {{"TERM", t[i].term},
			   {"COLORTERM", t[i].colorterm},
			   {"NO_COLOR", t[i].no_color},
			   {"COLUMNS", t[i].columns}};
		struct canvas_stream s;
		for (size_t k = 0; k < PG_ARRAY_LEN(env); k++) {
			unsetenv(env[k].name);
			if (env[k].value)
				setenv(env[k].name, env[k].value, 1);
		}
		canvas_stream_look(t[i].terminal ? slave : file, &s);
		cr_expect_eq(s.rows, t[i].rows, "row %zu: %d rows", i, s.rows);
		cr_expect_eq(s.cols, t[i].cols, "row %zu: %d columns", i, s.cols);
		cr_expect_eq(s.colors, t[i].colors, "row %zu: %d colours", i, s.colors);
	}
	close(master);
	close(slave);
}

/* The whole way: into a pipe there are 80 columns and no escapes. */
Test(plot_canvas, printed_into_a_pipe)
{
	struct theme theme;
	struct chart c;
	int ends[2];
	char text[1 << 15];

	theme_init(&theme, PALETTE_DEFAULT, true);
	make(&c, DEMO);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(plot_canvas_print(c.plot, &theme, ends[1]), 0);
	close(ends[1]);
	ssize_t n = read(ends[0], text, sizeof(text) - 1);
	cr_assert(n > 0);
	text[n] = '\0';
	cr_expect(shows(text, "Peak reached") && shows(text, "+8") && shows(text, "⣿"));
	cr_expect_not(shows(text, "\033"));
	close(ends[0]);
	chart_free(&c);
}
