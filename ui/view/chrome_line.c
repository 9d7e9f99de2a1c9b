/* SPDX-License-Identifier: MIT */
#include "chrome_line.h"

#include <string.h>

#include "base/text.h"

struct piece *chrome_add(struct line *l, uint8_t role, int gap, int rank)
{
	struct piece *p = &l->pieces[l->nr < PIECES - 1 ? l->nr++ : l->nr];
	*p = (struct piece){.role = role, .gap = gap, .rank = rank};
	return p;
}

static int piece_cols(const struct line *l, const struct piece *p)
{
	return (p->mark != 0) + pg_text_width(p->text, strlen(p->text), l->utf8);
}

static int line_cols(const struct line *l)
{
	int cols = 0;
	bool first = true;
	for (int i = 0; i < l->nr; i++) {
		const struct piece *p = &l->pieces[i];
		if (p->dropped)
			continue;
		cols += (first ? 0 : p->gap) + piece_cols(l, p);
		first = false;
	}
	return cols;
}

/* Pieces of one rank belong together (a key and its word, a bar and its number) and go together. */
static void drop_to_fit(struct line *l, int cols)
{
	while (line_cols(l) > cols) {
		int worst = 0;
		for (int i = 0; i < l->nr; i++)
			if (!l->pieces[i].dropped && l->pieces[i].rank > worst)
				worst = l->pieces[i].rank;
		if (worst == 0)
			return;
		for (int i = 0; i < l->nr; i++)
			l->pieces[i].dropped |= l->pieces[i].rank == worst;
	}
}

static int put_piece(struct canvas *c, struct rect r, int col, const struct piece *p)
{
	int max = r.col + r.cols - col;
	if (p->mark && max > 0) {
		canvas_put(c, r.row, col++, p->mark, STYLE(p->mark_role));
		max--;
	}
	return col + canvas_text(c, r.row, col, max > 0 ? max : 0, p->text, strlen(p->text),
				 STYLE(p->role));
}

void chrome_draw_line(struct canvas *c, struct rect r, struct line *l)
{
	if (r.rows < 1 || r.cols < 1)
		return;
	drop_to_fit(l, r.cols);
	int right_cols = 0;
	for (int i = 0; i < l->nr; i++)
		if (l->pieces[i].right && !l->pieces[i].dropped)
			right_cols +=
				piece_cols(l, &l->pieces[i]) + (right_cols ? l->pieces[i].gap : 0);
	int left = r.col, right = r.col + r.cols - right_cols;
	bool first = true, first_right = true;
	for (int i = 0; i < l->nr; i++) {
		const struct piece *p = &l->pieces[i];
		if (p->dropped)
			continue;
		if (p->right) {
			right = put_piece(c, r, right + (first_right ? 0 : p->gap), p);
			first_right = false;
		} else {
			left = put_piece(c, r, left + (first ? 0 : p->gap), p);
			first = false;
		}
	}
}
