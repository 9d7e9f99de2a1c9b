/* SPDX-License-Identifier: MIT */
/* What the canvas promises: nothing outside of it is touched, no cell is half of nothing. */
#include "canvas/canvas.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_locale(void)
{
	setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(canvas, .init = set_locale);

/* The first row as text: '_' stands for the right half of a wide character. */
static void expect_row(struct canvas *c, const char *want)
{
	struct pg_buf got = {0};

	for (int col = 0; col < c->cols; col++) {
		uint32_t ch = canvas_at(c, 0, col)->ch;
		pg_buf_printf(&got, "%lc", ch ? (wint_t)ch : (wint_t)'_');
	}
	cr_expect_str_eq(pg_buf_cstr(&got), want);
	pg_buf_free(&got);
}

Test(canvas, fresh_cells_are_blank_text)
{
	struct canvas c;

	canvas_init(&c, 2, 3, true);
	canvas_put(&c, 1, 1, 'x', STYLE(ROLE_CPU));
	c.cursor_row = 1;
	canvas_reset(&c, 2, 3);
	cr_expect_eq(c.cursor_row, -1);
	for (int i = 0; i < 6; i++) {
		cr_expect_eq(c.cells[i].ch, ' ');
		cr_expect_eq(c.cells[i].style.role, ROLE_TEXT);
		cr_expect_eq(c.cells[i].style.back, ROLE_NONE);
	}
	canvas_reset(&c, -1, 5);
	cr_expect_eq(c.rows, 0);
	cr_expect_null(canvas_at(&c, 0, 0));
	canvas_free(&c);
}

Test(canvas, outside_is_ignored)
{
	static const int at[][2] = {{-1, 0}, {0, -1}, {1, 0}, {0, 4}, {INT_MIN, INT_MIN}};
	struct canvas c;

	canvas_init(&c, 1, 4, true);
	for (size_t i = 0; i < PG_ARRAY_LEN(at); i++)
		canvas_put(&c, at[i][0], at[i][1], 'x', STYLE(ROLE_CPU));
	canvas_fill(&c, 1, 0, 5, 5, STYLE(ROLE_CPU));
	canvas_fill(&c, INT_MIN, INT_MIN, 5, 5, STYLE(ROLE_CPU));
	cr_expect_eq(canvas_puts(&c, 1, 0, "abc", STYLE(ROLE_CPU)), 0);
	cr_expect_eq(canvas_puts(&c, 0, 4, "abc", STYLE(ROLE_CPU)), 0);
	cr_expect_eq(canvas_puts(&c, 0, INT_MAX, "abc", STYLE(ROLE_CPU)), 0);
	expect_row(&c, "    ");
	cr_expect_eq(canvas_at(&c, 0, 0)->style.role, ROLE_TEXT);
	canvas_fill(&c, -1, 2, INT_MAX, INT_MAX, STYLE(ROLE_CPU));
	cr_expect_eq(canvas_at(&c, 0, 1)->style.role, ROLE_TEXT);
	cr_expect_eq(canvas_at(&c, 0, 2)->style.role, ROLE_CPU);
	cr_expect_eq(canvas_at(&c, 0, 3)->style.role, ROLE_CPU);
	canvas_free(&c);
}

Test(canvas, text_is_cut_and_safe)
{
	static const struct {
		int col, max;
		const char *s, *want;
		int used;
	} cases[] = {
		{0, 6, "abc", "abc   ", 3},
		{0, 2, "abc", "ab    ", 2},
		{0, 0, "abc", "      ", 0},
		{4, 9, "abc", "    ab", 2},
		{-1, 9, "abc", "bc    ", 3},
		{0, 6, "\033[2J", "�[2J  ", 4},
		{0, 6,
		 "a\xff"
		 "b",
		 "a�b   ", 3},
		{0, 6, "漢a", "漢_a   ", 3},
		{0, 3, "漢字", "漢_    ", 3}, /* half of the second one: a blank */
		{5, 9, "漢", "      ", 1},    /* at the edge */
		{-1, 9, "漢a", " a    ", 3},  /* its left half is outside */
		{-2, 9, "漢a", "a     ", 3},
		{0, 6, "e\xcc\x81z", "ez    ", 2}, /* a mark of no width is dropped */
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct canvas c;
		canvas_init(&c, 1, 6, true);
		int used = canvas_text(&c, 0, cases[i].col, cases[i].max, cases[i].s,
				       strlen(cases[i].s), STYLE(ROLE_TEXT));
		cr_expect_eq(used, cases[i].used, "case %zu: %d", i, used);
		expect_row(&c, cases[i].want);
		canvas_free(&c);
	}
}

Test(canvas, other_half_of_a_wide_character_becomes_blank)
{
	struct canvas c;
	struct style st = STYLE(ROLE_TEXT);

	canvas_init(&c, 1, 6, true);
	canvas_puts(&c, 0, 0, "漢字語", st);
	expect_row(&c, "漢_字_語_");
	canvas_put(&c, 0, 0, 'a', st);
	expect_row(&c, "a 字_語_");
	canvas_put(&c, 0, 3, 'b', st);
	expect_row(&c, "a  b語_");
	canvas_puts(&c, 0, 3, "字", st);
	expect_row(&c, "a  字_ ");
	canvas_fill(&c, 0, 4, 1, 1, st);
	expect_row(&c, "a     ");
	canvas_puts(&c, 0, 1, "漢字", st);
	canvas_puts(&c, 0, 2, "語", st);
	expect_row(&c, "a 語_  ");
	canvas_free(&c);
}

Test(canvas, without_utf8_all_is_ascii)
{
	struct canvas c;

	canvas_init(&c, 1, 6, false);
	canvas_puts(&c, 0, 0, "a漢", STYLE(ROLE_TEXT));
	canvas_put(&c, 0, 3, 0x2022, STYLE(ROLE_TEXT));
	canvas_put(&c, 0, 4, 0x1b, STYLE(ROLE_TEXT));
	canvas_put(&c, 0, 5, 0x9b, STYLE(ROLE_TEXT));
	expect_row(&c, "a? ?  ");
	canvas_free(&c);
}

Test(canvas, saved_screen)
{
	static const char letters[] = ".ncibxtldkawuve", capitals[] = ":NCIBXTLDKAWUVE";
	struct pg_buf out = {0};
	struct canvas c;

	canvas_init(&c, 3, NR_ROLES, true);
	for (int i = 0; i < NR_ROLES; i++) {
		struct style st = STYLE((uint8_t)i);
		canvas_put(&c, 0, i, '#', st);
		st.attrs = ATTR_REVERSE | ATTR_BOLD;
		canvas_put(&c, 1, i, ' ', st);
	}
	canvas_puts(&c, 2, 1, "漢•", STYLE(ROLE_CPU));
	canvas_save(&c, &out);
	char want[256];
	snprintf(want, sizeof(want), "###############\n\n 漢•\n\n%s\n%s\n.ccc...........\n",
		 letters, capitals);
	cr_expect_str_eq(pg_buf_cstr(&out), want);
	pg_buf_free(&out);
	canvas_free(&c);
}
