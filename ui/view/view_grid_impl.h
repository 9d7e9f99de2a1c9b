/* SPDX-License-Identifier: MIT */
/*
 * view_grid: what the files of the grid share and nobody else includes. view_grid_fit.c decides how
 * the groups are laid out, view_grid_draw.c draws them, view_grid_label.c their labels,
 * view_grid_move.c leads from cell to cell, and view_grid.c is the table of functions.
 */
#ifndef VIEW_GRID_IMPL_H
#define VIEW_GRID_IMPL_H

#include "view.h"

/* A group as it stood in the last picture. */
struct grid_past {
	bool kernel, uid_known;
	uint32_t uid;
	int label_cols; /* kept, for a count that loses a digit would move the cells */
	int lines;
	bool shared;
};

struct view {
	unsigned columns; /* --columns */
	bool by_hand;
	enum density wanted; /* if by hand */
	bool stale;          /* a setting has changed: choose afresh */

	/* the last picture */
	bool drawn;
	struct rect area;
	struct pg_filter filter;
	bool can_pack;
	size_t form;    /* of layout_forms */
	int lines;      /* of the whole picture */
	int top, shown; /* the first line in sight; how many are */
	size_t nr, cap;
	struct layout_group *groups;
	struct layout_place *places;
	size_t *order; /* the groups as they are drawn, from the top left to the bottom right */
	struct grid_past *past; /* one for each of places */
	size_t nr_past;

	uint64_t cycle; /* of the last frame drawn */
	bool has_cycle;
	int fitting; /* frames in a row that would have fitted a roomier form */

	bool reveal;
	bool cursor_seen; /* it was in sight, and stays so until the wheel is turned */
	bool has_cursor_at;
	struct spot cursor_at; /* where it was, in case that its task goes */
};

static inline enum density grid_density(const struct view *v)
{
	return layout_forms[v->form].density;
}

/* Slots in one line of a group. */
static inline size_t grid_line_slots(const struct view *v, const struct layout_place *p)
{
	return grid_density(v) == DENSITY_PACKED ? 2 * p->per_row : p->per_row;
}

/* Columns of the label "user count", and the user's share of them. */
#define GRID_NAME_MAX 10
int grid_label_cols(const struct pg_cell_group *g, bool utf8);
/*
 * Into r, a column of the canvas as high as the group: the label, and what lived and died between
 * two samples without a cell: "×312 make" (or "×312 of 4711") in a line each, or, of a group of
 * one line, "×312" behind the label. The frame is for the names of the parents; it may be NULL.
 */
void grid_label_draw(struct canvas *c, struct rect r, const struct pg_cell_group *g,
		     const struct pg_frame *frame);

/* How a group of the model stood in the last picture; i: where it is likely to be found. */
const struct grid_past *grid_past_of(const struct view *v, const struct pg_cell_group *g, size_t i);

/* Beside the picture as it stands: leaves it alone. */
void grid_need(struct view *v, const struct view_input *in, struct layout_need *out);
void grid_fit(struct view *v, const struct view_input *in);
void grid_draw(struct view *v, const struct view_input *in, struct canvas *c);
bool grid_move(const struct view *v, const struct view_input *in, enum view_move move,
	       struct pg_key *key);

#endif
