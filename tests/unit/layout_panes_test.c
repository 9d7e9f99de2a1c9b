/* SPDX-License-Identifier: MIT */
/* Promised: no more lines than there are, each host its share by need, the one in focus in sight.
 */
#include "canvas/layout_panes.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define MAX_HOSTS 12

/* `wide` lines in the roomiest form, `dense` in the densest, in between in the others. */
static struct layout_need need_of(int wide, int dense)
{
	struct layout_need n;
	for (int i = 0; i < NR_LAYOUT_FORMS; i++)
		n.lines[i] = wide - (wide - dense) * i / (NR_LAYOUT_FORMS - 1);
	return n;
}

struct row {
	const char *what;
	int lines;
	size_t focus, nr;
	int wide[4], dense[4];
	const char *want; /* "h3 h1 -": header and three lines, header and one, out of sight */
	bool fits;
};

static const struct row rows[] = {
	{"all in the roomiest form", 20, 0, 2, {5, 3}, {1, 1}, "h6 h4", true},
	{"a line more for each", 23, 0, 3, {5, 3, 4}, {1, 1, 1}, "h6 h4 h5", true},
	{"one that has nothing takes a line", 20, 0, 3, {5, 0, 3}, {1, 0, 1}, "h6 h0 h4", true},
	{"nobody has anything", 20, 1, 2, {0, 0}, {0, 0}, "h0 h0", true},
	{"too few for a line more each", 14, 0, 3, {5, 3, 2}, {5, 3, 2}, "h6 h3 h2", true},
	{"a denser form for all", 20, 0, 2, {25, 9}, {9, 1}, "h14 h4", true},
	{"too much in any form: equal shares", 20, 0, 2, {99, 99}, {50, 50}, "h9 h9", false},
	{"who needs few gets few", 20, 0, 3, {99, 9, 99}, {50, 2, 50}, "h8 h2 h7", false},
	{"a line each", 6, 2, 3, {9, 9, 9}, {9, 9, 9}, "h1 h1 h1", false},
	{"less than a line each: the focus", 5, 2, 3, {9, 9, 9}, {9, 9, 9}, "h0 h0 h2", false},
	{"headers and a line", 4, 1, 3, {9, 9, 9}, {9, 9, 9}, "h0 h1 h0", false},
	{"less than headers: around the focus",
	 3,
	 2,
	 4,
	 {9, 9, 9, 9},
	 {9, 9, 9, 9},
	 "- h0 h1 -",
	 false},
	{"at the end", 3, 3, 4, {9, 9, 9, 9}, {9, 9, 9, 9}, "- - h0 h1", false},
	{"a header and a line", 2, 1, 3, {9, 9, 9}, {9, 9, 9}, "- h1 -", false},
	{"one line", 1, 1, 3, {9, 9, 9}, {9, 9, 9}, "- h0 -", false},
	{"no line", 0, 1, 3, {9, 9, 9}, {9, 9, 9}, "- - -", false},
	{"a screen without a body", -1, 0, 2, {9, 9}, {9, 9}, "- -", false},
	{"one host", 10, 0, 1, {4}, {1}, "h5", true},
};

static void put_shares(struct pg_buf *b, const struct layout_share *s, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (i > 0)
			pg_buf_putc(b, ' ');
		if (s[i].header)
			pg_buf_printf(b, "h%d", s[i].body);
		else
			pg_buf_puts(b, "-");
	}
}

Test(layout_panes, shares_by_need)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		const struct row *t = &rows[i];
		struct layout_need need[4];
		struct layout_share out[4];
		struct pg_buf b = {0};
		for (size_t k = 0; k < t->nr; k++)
			need[k] = need_of(t->wide[k], t->dense[k]);
		size_t form = layout_panes(need, t->nr, t->lines, t->focus, out);
		put_shares(&b, out, t->nr);
		cr_expect_str_eq(pg_buf_cstr(&b), t->want, "%s: %s, not %s", t->what,
				 pg_buf_cstr(&b), t->want);
		cr_expect_eq(form < NR_LAYOUT_FORMS, t->fits, "%s", t->what);
		pg_buf_free(&b);
	}
}

static size_t random_needs(struct layout_need *need)
{
	size_t nr = 1 + (size_t)(rand() % MAX_HOSTS);
	for (size_t i = 0; i < nr; i++) {
		int wide = rand() % 4 ? rand() % 60 : 0;
		need[i] = need_of(wide, wide ? 1 + rand() % wide : 0);
		if (rand() % 9 == 0 && wide)
			need[i].lines[0] = INT_MAX;
	}
	return nr;
}

Test(layout_panes, never_more_lines_than_there_are)
{
	srand(4);
	for (int round = 0; round < 20000; round++) {
		struct layout_need need[MAX_HOSTS];
		struct layout_share out[MAX_HOSTS];
		size_t nr = random_needs(need), focus = (size_t)rand() % nr;
		int lines = rand() % 80, sum = 0;
		size_t form = layout_panes(need, nr, lines, focus, out);
		for (size_t i = 0; i < nr; i++) {
			sum += out[i].header + out[i].body;
			cr_assert(out[i].body >= 0);
			cr_assert(out[i].header || out[i].body == 0);
			cr_assert(form == NR_LAYOUT_FORMS || out[i].body >= need[i].lines[form]);
			/* With a line for each, whoever has cells shows some. */
			cr_assert(lines < 2 * (int)nr || !need[i].lines[NR_LAYOUT_FORMS - 1] ||
				  out[i].body > 0);
		}
		cr_assert(sum <= lines, "%d of %d", sum, lines);
		cr_assert(lines < 1 || out[focus].header);
		cr_assert(lines < 2 || !need[focus].lines[NR_LAYOUT_FORMS - 1] ||
			  out[focus].body > 0);
	}
}

Test(layout_panes, nothing_moves_while_it_fits)
{
	struct layout_need need[2] = {need_of(6, 1), need_of(6, 1)};
	struct layout_share old[2], fresh[2];
	size_t form = layout_panes(need, 2, 20, 0, old);
	cr_assert_eq(form, 0);
	need[0].lines[0] = 7; /* of 7 that it has */
	layout_panes(need, 2, 20, 0, fresh);
	cr_expect(layout_panes_hold(need, 2, form, old, fresh));
	cr_expect_neq(fresh[0].body, old[0].body, "dealt anew, they would have moved");
	need[0].lines[0] = 8;
	layout_panes(need, 2, 20, 0, fresh);
	cr_expect(!layout_panes_hold(need, 2, form, old, fresh));
	cr_expect(!layout_panes_hold(need, 2, NR_LAYOUT_FORMS, old, fresh));
}
