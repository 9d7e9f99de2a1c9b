/* SPDX-License-Identifier: MIT */
/* Promise: a style has a pair of colours that the terminal knows, made once, and never one too
 * many. */
#include "term/term_looks.h"

#include <criterion/criterion.h>

static int made, last_fg, last_bg;
static bool works;

static bool make(int nr, int fg, int bg)
{
	cr_expect(nr > 0 && nr < TERM_MAX_PAIRS);
	made++;
	last_fg = fg;
	last_bg = bg;
	return works;
}

/* Some 100 KB: not for the stack. */
static struct term_looks *looks_of(int colors, bool default_colors, int limit)
{
	static struct term_looks l;
	struct theme theme;
	l = (struct term_looks){
		.colors = colors, .default_colors = default_colors, .limit = limit, .make = make};
	theme_init(&theme, PALETTE_DEFAULT, true);
	cr_expect(term_looks_set_theme(&l, &theme));
	cr_expect(!term_looks_set_theme(&l, &theme), "the same one again");
	made = 0;
	works = true;
	return &l;
}

static void ask_all(struct term_looks *l, int limit)
{
	for (int role = 0; role < NR_ROLES; role++)
		for (int back = 0; back <= NR_ROLES; back++)
			for (int shade = 0; shade <= 4; shade++) {
				struct style st = {.role = (uint8_t)role,
						   .back = (uint8_t)back,
						   .shade = (uint8_t)shade};
				const struct term_look *look = term_look_of(l, st);
				cr_expect(look->pair >= 0 && look->pair < limit, "pair %d",
					  look->pair);
			}
}

Test(term_looks, each_is_made_once_and_fits)
{
	static const int colors[] = {8, 16, 256, 1 << 24};
	for (size_t i = 0; i < PG_ARRAY_LEN(colors); i++) {
		for (int own = 0; own < 2; own++) {
			struct term_looks *l = looks_of(colors[i], own, 32767);
			ask_all(l, TERM_MAX_PAIRS);
			int first = made;
			cr_expect_gt(first, 4);
			ask_all(l, TERM_MAX_PAIRS);
			cr_expect_eq(made, first, "nothing is made a second time");
			for (int k = 1; k <= l->nr_pairs; k++)
				for (int m = 1; m < k; m++)
					cr_expect(l->fg[k] != l->fg[m] || l->bg[k] != l->bg[m]);
		}
	}
	struct term_looks *l = looks_of(256, true, 4);
	ask_all(l, 4);
	cr_expect_eq(l->nr_pairs, 3, "number 0 is the terminal's own");
}

Test(term_looks, what_cannot_be_made_is_plain)
{
	struct term_looks *l = looks_of(256, true, 256);
	works = false;
	ask_all(l, 1);
	cr_expect_eq(l->nr_pairs, 0);
	l = looks_of(0, true, 256);
	ask_all(l, 1);
	cr_expect_eq(made, 0, "without colours none is asked for");
}

Test(term_looks, odd_styles)
{
	struct term_looks *l = looks_of(256, true, 256);
	const struct style odd = {.role = 255, .back = 255, .shade = 255};
	const struct style text = {.role = ROLE_TEXT, .back = ROLE_NONE};
	cr_expect_eq(term_look_of(l, odd), term_look_of(l, text));
}

Test(term_looks, colours_of_a_terminal_without_its_own)
{
	struct term_looks *l = looks_of(8, false, 256);
	const struct style text = {.role = ROLE_TEXT, .back = ROLE_NONE};
	cr_expect_gt(term_look_of(l, text)->pair, 0);
	cr_expect(last_fg == 7 && last_bg == 0, "%d on %d", last_fg, last_bg);
}

Test(term_looks, another_theme_begins_anew)
{
	struct term_looks *l = looks_of(256, true, 256);
	struct theme other;
	ask_all(l, 256);
	theme_init(&other, (PALETTE_DEFAULT + 1) % NR_PALETTES, true);
	cr_expect(term_looks_set_theme(l, &other));
	cr_expect_eq(l->nr_pairs, 0);
	ask_all(l, 256);
	cr_expect_gt(l->nr_pairs, 0);
}
