/* SPDX-License-Identifier: MIT */
/*
 * A group is a label and rows of cells at its right. The labels of groups with rows of their own
 * make a column; small groups that share a line stand one after the other, below the large ones, so
 * that a line of small ones is not broken by a large one between them.
 */
#include "layout.h"

#include <limits.h>

#define SHARED_GAP    3 /* blanks between two groups on one line */
#define PACKED_SHARED 4 /* columns of a small group in packed density: 4 × 2 cells */

const char *const density_names[NR_DENSITIES] = {"named", "roomy", "tight", "packed"};

const struct layout_form layout_forms[NR_LAYOUT_FORMS] = {
	{DENSITY_NAMED, 20, false}, {DENSITY_NAMED, 14, false}, {DENSITY_NAMED, 14, true},
	{DENSITY_ROOMY, 2, false},  {DENSITY_ROOMY, 2, true},   {DENSITY_TIGHT, 1, false},
	{DENSITY_TIGHT, 1, true},   {DENSITY_PACKED, 1, false}, {DENSITY_PACKED, 1, true},
};

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

/* What is worth most stays longest: the grid, a line to speak on, the header, the busy line. */
struct bands layout_bands(int rows, int cols, bool time)
{
	struct bands b = {0};
	rows = max_int(rows, 0);
	cols = max_int(cols, 0);
	int header = rows >= 8 ? 2 : rows >= 4 ? 1 : 0;
	int busy = rows >= 5, legend = rows >= 2;
	int line = time && rows >= 8;
	int body = rows - header - busy - line - legend;
	b.header = (struct rect){0, 0, header, cols};
	b.body = (struct rect){header, 0, body, cols};
	b.busy = (struct rect){header + body, 0, busy, cols};
	b.time = (struct rect){header + body + busy, 0, line, cols};
	b.legend = (struct rect){header + body + busy + line, 0, legend, cols};
	return b;
}

/* ---- groups ---- */

/* A label may take a third of the line at most, or half of it for a letter and a count. */
static int label_cols(const struct layout_group *g, int cols)
{
	int most = max_int(cols / 3, min_int(6, cols / 2)) - 1;
	return max_int(min_int(g->label_cols, most), 0);
}

/* Columns of the last cell of a row: its gap may lie beyond the edge. */
static int bare_cols(int cell_cols)
{
	return cell_cols > 1 ? cell_cols - 1 : 1;
}

/* Columns of a small group that shares its line, its label included. */
static int shared_cols(const struct layout_group *g, const struct layout_form *f, int cols)
{
	int n = f->density == DENSITY_PACKED ? PACKED_SHARED : (int)g->slots;
	int label = label_cols(g, cols);
	return (label ? label + 1 : 0) + max_int(n - 1, 0) * f->cell_cols + bare_cols(f->cell_cols);
}

static bool is_small(const struct layout_group *g, const struct layout_form *f,
		     const struct layout_options *o)
{
	return f->share && !g->last && g->slots < LAYOUT_SMALL &&
	       (!o->max_per_row || g->slots <= o->max_per_row) &&
	       shared_cols(g, f, o->cols) <= o->cols;
}

/* Lines of that many rows of cells. */
static size_t lines_of(enum density d, size_t slots, size_t per_row)
{
	size_t rows = slots ? (slots - 1) / per_row + 1 : 1;
	return d == DENSITY_PACKED ? (rows + 1) / 2 : rows;
}

static int add_lines(int lines, size_t more)
{
	return more > (size_t)(INT_MAX - lines) ? INT_MAX : lines + (int)more;
}

/* A group with rows of its own at `line`; label is the width of the column of labels. */
static int place_rows(const struct layout_group *g, const struct layout_form *f,
		      const struct layout_options *o, struct layout_place *p, int line, int label)
{
	int avail = max_int(o->cols - label, 1);
	int fit = (avail - bare_cols(f->cell_cols)) / f->cell_cols + 1;
	size_t per_row = avail < f->cell_cols ? 1 : (size_t)fit;
	if (o->max_per_row && per_row > o->max_per_row)
		per_row = o->max_per_row;
	*p = (struct layout_place){.label = {line, 0, 1, max_int(label - 1, 0)},
				   .row = line,
				   .col = label,
				   .per_row = per_row,
				   .cell_cols = f->cell_cols};
	int end = add_lines(line, lines_of(f->density, g->slots, per_row));
	p->lines = end - line;
	return end;
}

/* Small groups one after the other, from `line` on. */
static int place_shared(const struct layout_group *groups, size_t nr, const struct layout_form *f,
			const struct layout_options *o, struct layout_place *places, int line)
{
	int col = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct layout_group *g = &groups[i];
		if (!is_small(g, f, o))
			continue;
		int width = shared_cols(g, f, o->cols), label = label_cols(g, o->cols);
		if (col > 0 && col + SHARED_GAP + width > o->cols) {
			line = add_lines(line, 1);
			col = 0;
		} else if (col > 0) {
			col += SHARED_GAP;
		}
		size_t per_row = f->density == DENSITY_PACKED ? PACKED_SHARED : g->slots;
		places[i] = (struct layout_place){.label = {line, col, 1, label},
						  .row = line,
						  .col = col + (label ? label + 1 : 0),
						  .per_row = per_row ? per_row : 1,
						  .lines = 1,
						  .cell_cols = f->cell_cols,
						  .shared = true};
		col += width;
	}
	return col > 0 ? add_lines(line, 1) : line;
}

int layout_groups_as(const struct layout_group *groups, size_t nr, size_t form,
		     const struct layout_options *o, struct layout_place *places)
{
	const struct layout_form *f = &layout_forms[form];
	int label = 0, line = 0;
	for (size_t i = 0; i < nr; i++)
		if (!is_small(&groups[i], f, o))
			label = max_int(label, label_cols(&groups[i], o->cols));
	if (label)
		label++; /* a blank behind it */
	for (size_t i = 0; i < nr; i++)
		if (!groups[i].last && !is_small(&groups[i], f, o))
			line = place_rows(&groups[i], f, o, &places[i], line, label);
	line = place_shared(groups, nr, f, o, places, line);
	for (size_t i = 0; i < nr; i++)
		if (groups[i].last)
			line = place_rows(&groups[i], f, o, &places[i], line, label);
	return line;
}

bool layout_form_possible(size_t form, const struct layout_options *o)
{
	const struct layout_form *f = &layout_forms[form];
	if (f->density == DENSITY_PACKED && !o->can_pack)
		return false;
	return o->share || !f->share;
}

bool layout_fits(size_t form, const struct layout_options *o, const struct layout_place *places,
		 size_t nr, int lines)
{
	int cell = bare_cols(layout_forms[form].cell_cols);
	for (size_t i = 0; i < nr; i++)
		if (places[i].col + cell > o->cols)
			return false;
	return lines <= o->rows;
}

/* ---- slots ---- */

struct spot layout_spot(const struct layout_place *p, enum density d, size_t slot)
{
	size_t row = slot / p->per_row, col = slot % p->per_row;
	struct spot s = {.col = p->col + (int)col * p->cell_cols};
	s.half = d == DENSITY_PACKED && row % 2;
	s.row = p->row + (int)(d == DENSITY_PACKED ? row / 2 : row);
	return s;
}

long layout_slot_at(const struct layout_place *p, enum density d, size_t nr_slots, int row, int col,
		    bool half)
{
	if (row < p->row || row - p->row >= p->lines || col < p->col)
		return -1;
	size_t r = (size_t)(row - p->row), c = (size_t)((col - p->col) / p->cell_cols);
	if (d == DENSITY_PACKED)
		r = 2 * r + half;
	if (c >= p->per_row)
		return -1;
	size_t slot = r * p->per_row + c;
	return slot < nr_slots ? (long)slot : -1;
}

/* ---- popup ---- */

/* Above or below the line, where there is more room. */
static struct rect popup_half(struct rect screen, int row, int rows, int cols)
{
	int above = row - screen.row, below = screen.row + screen.rows - row - 1;
	struct rect r = {.cols = min_int(cols, screen.cols)};
	if (below >= above) {
		r.rows = min_int(rows, below);
		r.row = screen.row + screen.rows - r.rows;
	} else {
		r.rows = min_int(rows, above);
		r.row = screen.row;
	}
	r.col = screen.col;
	return r;
}

struct rect layout_popup(struct rect screen, int row, int col, int cell_cols, int rows, int cols)
{
	int right = screen.col + screen.cols, bottom = screen.row + screen.rows;
	int after = col + cell_cols; /* first column behind the cell */
	if (screen.rows < 10 || screen.cols < 1)
		return (struct rect){0};
	if (screen.cols < 60)
		return popup_half(screen, row, rows, screen.cols);
	struct rect r = {.rows = min_int(rows, screen.rows), .cols = cols};
	if (after + cols <= right)
		r.col = after;
	else if (col - cols >= screen.col)
		r.col = col - cols;
	else
		return popup_half(screen, row, rows, cols);
	r.row = max_int(min_int(row, bottom - r.rows), screen.row);
	return r;
}
