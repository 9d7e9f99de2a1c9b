/* SPDX-License-Identifier: MIT */
/*
 * Nearly all of a canvas is as it was, and is only compared with what came last time, 8 bytes a
 * cell. What differs is followed until a cell is the same again and has ink of its own, on which
 * nothing before it tells.
 */
#include "term_shown.h"

#include <string.h>

void term_shown_free(struct term_shown *s)
{
	canvas_free(&s->last);
	canvas_free(&s->raw);
}

void term_shown_reset(struct term_shown *s, int rows, int cols)
{
	canvas_reset(&s->last, rows, cols);
	canvas_reset(&s->raw, rows, cols);
	for (size_t i = 0; i < (size_t)s->last.rows * (size_t)s->last.cols; i++)
		s->last.cells[i].ch = s->raw.cells[i].ch = UINT32_MAX;
}

_Static_assert(sizeof(struct canvas_cell) == sizeof(uint64_t), "a cell has no bytes between");

static bool same_raw(const struct canvas_cell *a, const struct canvas_cell *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x == y;
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

/* The style that blanks at col take, after what stands before them. */
static struct style ink_before(const struct canvas_cell *now, int col)
{
	while (col-- > 0) {
		if (now[col].ch == 0 && col > 0) /* its left half has it */
			continue;
		if (!only_ink(&now[col].style))
			break;
		if (now[col].ch != ' ')
			return now[col].style;
	}
	return STYLE(ROLE_TEXT);
}

struct line {
	const struct canvas_cell *now;
	struct canvas_cell *raw, *last;
	int row, cols, all; /* cols of all are shown */
	struct style ink;
};

/* Shows what is at col, if that differs. Returns its width. */
static int show(struct line *l, int col, term_shown_put *put, void *arg)
{
	struct canvas_cell both[2] = {l->now[col]};
	bool wide = both[0].ch && col + 1 < l->all && l->now[col + 1].ch == 0;
	int width = wide && col + 1 < l->cols ? 2 : 1;

	if (width == 2)
		both[1] = l->now[col + 1];
	dry_blank(&both[0], &l->ink);
	if (!take(&l->last[col], both, width))
		return width;
	struct canvas_cell cell = both[0];
	if (cell.ch == 0 || (wide && width == 1))
		cell.ch = ' '; /* half of a wide one at the edge */
	put(arg, l->row, col, &cell, width);
	return width;
}

static void update_line(struct line *l, term_shown_put *put, void *arg)
{
	bool settled = true;

	for (int col = 0, width; col < l->cols; col += width) {
		bool same = same_raw(&l->now[col], &l->raw[col]);
		width = 1;
		if (settled && same)
			continue;
		if (settled && col > 0 && l->now[col].ch == 0)
			col--; /* to the left half of a wide one */
		if (settled)
			l->ink = ink_before(l->now, col);
		width = show(l, col, put, arg);
		settled = same && l->now[col].ch != ' ' && l->now[col].ch != 0;
	}
	memcpy(l->raw, l->now, (size_t)l->cols * sizeof(*l->raw));
}

void term_shown_update(struct term_shown *s, const struct canvas *c, int rows, int cols,
		       term_shown_put *put, void *arg)
{
	if (c->rows != s->last.rows || c->cols != s->last.cols)
		term_shown_reset(s, c->rows, c->cols);
	cols = cols < c->cols ? cols : c->cols;
	for (int row = 0; row < rows && row < c->rows; row++) {
		size_t at = (size_t)row * (size_t)c->cols;
		struct line l = {.now = c->cells + at,
				 .raw = s->raw.cells + at,
				 .last = s->last.cells + at,
				 .row = row,
				 .cols = cols,
				 .all = c->cols};
		update_line(&l, put, arg);
	}
}
