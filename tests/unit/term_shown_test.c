/* SPDX-License-Identifier: MIT */
/* What is promised: a screen drawn by differences alone is the canvas, and what is equal is not
 * sent. */
#include "term/term_shown.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 4
#define COLS 12

struct screen {
	uint32_t ch[ROWS][COLS];
	int puts;
};

static void put(void *arg, int row, int col, const struct canvas_cell *cell, int width)
{
	struct screen *s = arg;

	cr_assert(row >= 0 && row < ROWS && col >= 0 && col + width <= COLS);
	cr_assert(cell->ch != 0 && cell->ch != UINT32_MAX);
	s->ch[row][col] = cell->ch;
	if (width == 2)
		s->ch[row][col + 1] = 0;
	s->puts++;
}

static void draw_any(struct canvas *c, unsigned *seed)
{
	static const char *const words[] = {"a", "漢字", "•", "x漢", "  ", "字"};

	for (int i = 0; i < 6; i++)
		canvas_puts(c, rand_r(seed) % c->rows, rand_r(seed) % c->cols,
			    words[(unsigned)rand_r(seed) % PG_ARRAY_LEN(words)],
			    STYLE((uint8_t)(rand_r(seed) % NR_ROLES)));
}

Test(term_shown, only_differences_are_sent_and_they_suffice)
{
	struct term_shown shown = {0};
	struct screen s = {0};
	struct canvas c;
	unsigned seed = 1;

	setlocale(LC_ALL, "C.UTF-8");
	canvas_init(&c, ROWS, COLS, true);
	for (int frame = 0; frame < 500; frame++) {
		if (frame % 50 == 0)
			canvas_reset(&c, ROWS, COLS);
		draw_any(&c, &seed);
		term_shown_update(&shown, &c, ROWS, COLS, put, &s);
		for (int i = 0; i < ROWS * COLS; i++)
			cr_assert_eq(s.ch[i / COLS][i % COLS], c.cells[i].ch, "frame %d", frame);
		s.puts = 0;
		term_shown_update(&shown, &c, ROWS, COLS, put, &s);
		cr_assert_eq(s.puts, 0);
	}
	canvas_at(&c, 1, 1)->style.attrs ^= ATTR_REVERSE;
	term_shown_update(&shown, &c, ROWS, COLS, put, &s);
	cr_expect_eq(s.puts, 1, "one style: one character");
	s.puts = 0;
	term_shown_reset(&shown, ROWS, COLS);
	term_shown_update(&shown, &c, ROWS, COLS, put, &s);
	cr_expect_geq(s.puts, ROWS * COLS / 2);
	canvas_free(&c);
	term_shown_free(&shown);
}

static void put_style(void *arg, int row, int col, const struct canvas_cell *cell, int width)
{
	struct style *styles = arg;

	(void)width;
	styles[row * COLS + col] = cell->style;
}

Test(term_shown, a_blank_takes_the_ink_of_its_left_neighbour)
{
	struct term_shown shown = {0};
	struct style st[ROWS * COLS];
	struct style tip = {.role = ROLE_TIP, .back = ROLE_TIP};
	struct canvas c;

	canvas_init(&c, ROWS, COLS, true);
	canvas_put(&c, 0, 2, 'o', STYLE(ROLE_CPU));
	canvas_put(&c, 0, 4, ' ', tip); /* a background shows without ink */
	canvas_put(&c, 1, 0, 'o', tip);
	term_shown_update(&shown, &c, ROWS, COLS, put_style, st);
	cr_expect_eq(st[1].role, ROLE_TEXT);
	cr_expect_eq(st[3].role, ROLE_CPU);
	cr_expect_eq(st[4].back, ROLE_TIP);
	cr_expect_eq(st[5].role, ROLE_TEXT);
	cr_expect_eq(st[5].back, ROLE_NONE);
	cr_expect_eq(st[COLS + 1].back, ROLE_NONE, "a background is not passed on");
	canvas_free(&c);
	term_shown_free(&shown);
}

/* As if it had all been sent. */
Test(term_shown, what_is_shown_does_not_depend_on_what_came_before)
{
	struct term_shown shown = {0};
	struct style st[ROWS * COLS], all[ROWS * COLS];
	struct canvas c;
	unsigned seed = 3;

	setlocale(LC_ALL, "C.UTF-8");
	canvas_init(&c, ROWS, COLS, true);
	for (int frame = 0; frame < 2000; frame++) {
		struct term_shown fresh = {0};
		if (frame % 7 == 0)
			canvas_reset(&c, ROWS, COLS);
		if (frame % 3 == 0)
			draw_any(&c, &seed);
		canvas_at(&c, frame % ROWS, frame % COLS)->style.back =
			frame % 2 ? ROLE_NONE : ROLE_TIP;
		canvas_put(&c, rand_r(&seed) % ROWS, rand_r(&seed) % COLS, ' ',
			   STYLE((uint8_t)(frame % NR_ROLES)));
		term_shown_update(&shown, &c, ROWS, COLS, put_style, st);
		term_shown_update(&fresh, &c, ROWS, COLS, put_style, all);
		for (int i = 0; i < ROWS * COLS; i++) {
			if (c.cells[i].ch == 0)
				continue;
			cr_assert_eq(st[i].role, all[i].role, "frame %d cell %d", frame, i);
			cr_assert_eq(st[i].back, all[i].back, "frame %d cell %d", frame, i);
		}
		term_shown_free(&fresh);
	}
	canvas_free(&c);
	term_shown_free(&shown);
}

Test(term_shown, a_canvas_of_another_size_than_the_terminal)
{
	static const int sizes[][2] = {{8, 30}, {2, 5}, {0, 0}, {1, 12}, {4, 1}};
	struct term_shown shown = {0};
	struct screen s = {0};
	unsigned seed = 2;

	setlocale(LC_ALL, "C.UTF-8");
	for (size_t i = 0; i < PG_ARRAY_LEN(sizes); i++) {
		struct canvas c;
		canvas_init(&c, sizes[i][0], sizes[i][1], true);
		for (int frame = 0; c.rows > 0 && frame < 50; frame++)
			draw_any(&c, &seed);
		canvas_puts(&c, 0, COLS - 1, "漢", STYLE(ROLE_TEXT));
		term_shown_update(&shown, &c, ROWS, COLS, put, &s);
		if (c.cols > COLS)
			cr_expect_eq(s.ch[0][COLS - 1], ' ', "half of a wide one");
		canvas_free(&c);
	}
	term_shown_free(&shown);
}
