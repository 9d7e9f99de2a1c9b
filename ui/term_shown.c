/* SPDX-License-Identifier: MIT */
#include "term_shown.h"

void term_shown_free(struct term_shown *s)
{
	canvas_free(&s->last);
}

void term_shown_reset(struct term_shown *s, int rows, int cols)
{
	canvas_reset(&s->last, rows, cols);
	for (size_t i = 0; i < (size_t)s->last.rows * (size_t)s->last.cols; i++)
		s->last.cells[i].ch = UINT32_MAX;
}

static bool same_cell(const struct canvas_cell *a, const struct canvas_cell *b)
{
	return a->ch == b->ch && a->style.role == b->style.role && a->style.back == b->style.back &&
	       a->style.attrs == b->style.attrs && a->style.shade == b->style.shade;
}

/* Takes the cells over; true if the terminal has something else. */
static bool take(struct canvas_cell *last, const struct canvas_cell *now, int width)
{
	bool same = true;

	for (int i = 0; i < width; i++) {
		same &= same_cell(&last[i], &now[i]);
		last[i] = now[i];
	}
	return !same;
}

static bool only_ink(const struct style *st)
{
	return st->back == ROLE_NONE && !(st->attrs & (ATTR_REVERSE | ATTR_UNDERLINE));
}

/*
 * A blank has no ink: its colour and weight do not show. It takes those of its left neighbour, so
 * that a row of cells and gaps does not switch colours twice a cell (about 13 bytes each time).
 */
static void dry_blank(struct canvas_cell *cell, struct style *ink)
{
	if (!only_ink(&cell->style))
		*ink = STYLE(ROLE_TEXT);
	else if (cell->ch == ' ')
		cell->style = *ink;
	else
		*ink = cell->style;
}

void term_shown_update(struct term_shown *s, const struct canvas *c, int rows, int cols,
		       term_shown_put *put, void *arg)
{
	if (c->rows != s->last.rows || c->cols != s->last.cols)
		term_shown_reset(s, c->rows, c->cols);
	cols = cols < c->cols ? cols : c->cols;
	for (int row = 0; row < rows && row < c->rows; row++) {
		const struct canvas_cell *now = c->cells + (size_t)row * (size_t)c->cols;
		struct canvas_cell *last = s->last.cells + (size_t)row * (size_t)c->cols;

		struct style ink = STYLE(ROLE_TEXT);

		for (int col = 0, width; col < cols; col += width) {
			struct canvas_cell both[2] = {now[col]};
			bool wide = now[col].ch && col + 1 < c->cols && now[col + 1].ch == 0;

			width = wide && col + 1 < cols ? 2 : 1;
			if (width == 2)
				both[1] = now[col + 1];
			dry_blank(&both[0], &ink);
			if (!take(&last[col], both, width))
				continue;
			struct canvas_cell cell = both[0];
			if (cell.ch == 0 || (wide && width == 1))
				cell.ch = ' '; /* half of a wide one at the edge */
			put(arg, row, col, &cell, width);
		}
	}
}
