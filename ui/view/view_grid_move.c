/* SPDX-License-Identifier: MIT */
/*
 * From cell to cell. Drawing order is line after line, group after group on a shared line; a row is
 * a row of cells, of which packed density draws two on one line.
 */
#include <limits.h>
#include <stdlib.h>

#include "view_grid_impl.h"

/* A place in drawing order. */
struct at {
	size_t nth; /* group, in order */
	size_t slot;
};

struct walk {
	const struct view *v;
	const struct pg_model *m;
	bool stop_at_end;
};

static const struct pg_cell_group *group_at(const struct walk *w, size_t nth)
{
	return pg_model_group(w->m, w->v->order[nth]);
}

static const struct pg_cell *cell_at(const struct walk *w, struct at at)
{
	const struct pg_cell_group *g = group_at(w, at.nth);
	if (at.slot >= g->nr_slots || g->slots[at.slot] == PG_BLANK)
		return NULL;
	return pg_model_cell(w->m, g->slots[at.slot]);
}

static bool any_cell(const struct pg_cell *c)
{
	return c != NULL;
}

static bool busy_cell(const struct pg_cell *c)
{
	return c && (c->cls == PG_CPU || c->cls == PG_DISK || c->cls == PG_CPU_DISK);
}

static bool next_slot(const struct walk *w, struct at *at)
{
	at->slot++;
	while (at->slot >= group_at(w, at->nth)->nr_slots) {
		if (++at->nth >= w->v->nr)
			return false;
		at->slot = 0;
	}
	return true;
}

static bool slot_before(const struct walk *w, struct at *at)
{
	while (at->slot == 0) {
		if (at->nth-- == 0)
			return false;
		at->slot = group_at(w, at->nth)->nr_slots;
	}
	at->slot--;
	return true;
}

/* The next cell that is wanted, behind or before *at; false, with *at as it was, if there is none.
 */
static bool step(const struct walk *w, struct at *at, bool forward,
		 bool (*wanted)(const struct pg_cell *))
{
	struct at i = *at;
	while (forward ? next_slot(w, &i) : slot_before(w, &i)) {
		if (wanted(cell_at(w, i))) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* The first or the last cell that is wanted; false, with *at as it was, if there is none. */
static bool end_cell(const struct walk *w, struct at *at, bool last,
		     bool (*wanted)(const struct pg_cell *))
{
	struct at i = {0};
	if (w->v->nr == 0)
		return false;
	if (last) {
		i.nth = w->v->nr - 1;
		i.slot = group_at(w, i.nth)->nr_slots;
		if (!step(w, &i, false, wanted))
			return false;
	} else if (!wanted(cell_at(w, i)) && !step(w, &i, true, wanted)) {
		return false;
	}
	*at = i;
	return true;
}

/* ---- rows ---- */

static int rows_per_line(const struct walk *w)
{
	return grid_density(w->v) == DENSITY_PACKED ? 2 : 1;
}

static int row_of(const struct walk *w, struct spot s)
{
	return s.row * rows_per_line(w) + s.half;
}

static struct spot spot_at(const struct walk *w, struct at at)
{
	return layout_spot(&w->v->places[w->v->order[at.nth]], grid_density(w->v), at.slot);
}

/* The cell of a row nearest to a column. */
static bool nearest(const struct walk *w, int row, int col, struct at *found)
{
	int best = INT_MAX, line = row / rows_per_line(w);
	for (size_t nth = 0; nth < w->v->nr; nth++) {
		const struct layout_place *p = &w->v->places[w->v->order[nth]];
		if (line < p->row || line >= p->row + p->lines)
			continue;
		size_t in_group = (size_t)(row - p->row * rows_per_line(w));
		for (size_t i = 0; i < p->per_row; i++) {
			struct at at = {nth, in_group * p->per_row + i};
			if (!cell_at(w, at))
				continue;
			int away = abs(spot_at(w, at).col - col);
			if (away < best) {
				best = away;
				*found = at;
			}
		}
	}
	return best < INT_MAX;
}

/* Goes `rows` rows down (up, if < 0), over rows without cells; less far if the picture ends there.
 */
static bool go_rows(const struct walk *w, struct spot from, int rows, struct at *found)
{
	int start = row_of(w, from), end = w->v->lines * rows_per_line(w) - 1;
	int way = rows < 0 ? -1 : 1;
	int target = start + rows;
	target = target < 0 ? 0 : target > end ? end : target;
	for (int row = target; row >= 0 && row <= end; row += way)
		if (nearest(w, row, from.col, found))
			return true;
	for (int row = target - way; row != start && row >= 0 && row <= end; row -= way)
		if (nearest(w, row, from.col, found))
			return true;
	return false;
}

/* The nearest cell to a place that lost its own. */
static bool near_spot(const struct walk *w, struct spot s, struct at *found)
{
	int row = row_of(w, s), end = w->v->lines * rows_per_line(w) - 1;
	for (int away = 0; row - away >= 0 || row + away <= end; away++)
		if ((row - away >= 0 && nearest(w, row - away, s.col, found)) ||
		    (row + away <= end && nearest(w, row + away, s.col, found)))
			return true;
	return false;
}

/* First or last cell of the row of *at. */
static void go_row_end(const struct walk *w, struct at *at, bool last)
{
	struct spot s = spot_at(w, *at);
	nearest(w, row_of(w, s), last ? w->v->area.cols : 0, at);
}

static void go_group(const struct walk *w, struct at *at, bool next)
{
	struct at to = *at;
	if (next) {
		to.slot = group_at(w, to.nth)->nr_slots - 1;
		if (step(w, &to, true, any_cell))
			*at = to;
		return;
	}
	/* To the first cell of this group, or, from there, of the one before. */
	if (!step(w, &to, false, any_cell))
		return;
	to.slot = 0;
	if (!any_cell(cell_at(w, to)))
		step(w, &to, true, any_cell);
	*at = to;
}

static void go_busy(const struct walk *w, struct at *at, bool next)
{
	struct at to = *at;
	if (step(w, &to, next, busy_cell) ||
	    (!w->stop_at_end && end_cell(w, &to, !next, busy_cell)))
		*at = to;
}

/* ---- moves ---- */

static void go_lines(const struct walk *w, struct at *at, int lines)
{
	struct at to;
	if (go_rows(w, spot_at(w, *at), lines, &to))
		*at = to;
}

static void make_move(const struct walk *w, enum view_move move, struct at *at)
{
	int page = w->v->shown > 2 ? (w->v->shown - 1) * rows_per_line(w) : 1;
	int half = page > 2 ? page / 2 : 1;
	switch (move) {
	case MOVE_LEFT:
	case MOVE_RIGHT:
		step(w, at, move == MOVE_RIGHT, any_cell);
		break;
	case MOVE_UP:
	case MOVE_DOWN:
		go_lines(w, at, move == MOVE_UP ? -1 : 1);
		break;
	case MOVE_PAGE_UP:
	case MOVE_PAGE_DOWN:
		go_lines(w, at, move == MOVE_PAGE_UP ? -page : page);
		break;
	case MOVE_HALF_UP:
	case MOVE_HALF_DOWN:
		go_lines(w, at, move == MOVE_HALF_UP ? -half : half);
		break;
	case MOVE_FIRST:
	case MOVE_LAST:
		end_cell(w, at, move == MOVE_LAST, any_cell);
		break;
	case MOVE_ROW_START:
	case MOVE_ROW_END:
		go_row_end(w, at, move == MOVE_ROW_END);
		break;
	case MOVE_PREV_GROUP:
	case MOVE_NEXT_GROUP:
		go_group(w, at, move == MOVE_NEXT_GROUP);
		break;
	case MOVE_PREV_BUSY:
	case MOVE_NEXT_BUSY:
		go_busy(w, at, move == MOVE_NEXT_BUSY);
		break;
	}
}

/* Where the cursor's task stands in drawing order. */
static bool cursor_at(const struct walk *w, const struct view_input *in, struct at *at)
{
	const struct pg_cell *c = in->has_cursor ? pg_model_find(w->m, in->cursor) : NULL;
	if (!c)
		return false;
	for (at->nth = 0; w->v->order[at->nth] != c->group; at->nth++)
		;
	at->slot = c->slot;
	return true;
}

static bool is_one_step(enum view_move move)
{
	return move == MOVE_LEFT || move == MOVE_RIGHT || move == MOVE_UP || move == MOVE_DOWN;
}

/* Before the groups were drawn there is no way to go: the cursor stays, or stands on the first
 * cell. */
static bool stay(const struct view_input *in, struct pg_key *key)
{
	if (in->has_cursor && pg_model_find(in->model, in->cursor)) {
		*key = in->cursor;
		return true;
	}
	if (pg_model_nr_groups(in->model) == 0)
		return false;
	const struct pg_cell_group *g = pg_model_group(in->model, 0);
	size_t i = 0;
	while (g->slots[i] == PG_BLANK)
		i++;
	*key = pg_model_cell(in->model, g->slots[i])->key;
	return true;
}

bool grid_move(const struct view *v, const struct view_input *in, enum view_move move,
	       struct pg_key *key)
{
	struct walk w = {.v = v, .m = in->model, .stop_at_end = in->stop_at_end};
	struct at at = {0};
	if (!v->drawn || v->nr != pg_model_nr_groups(in->model))
		return stay(in, key);
	if (cursor_at(&w, in, &at)) {
		make_move(&w, move, &at);
	} else if (in->has_cursor && v->has_cursor_at && near_spot(&w, v->cursor_at, &at)) {
		/* Its task is gone: one step leads to what stands there now. */
		if (!is_one_step(move))
			make_move(&w, move, &at);
	} else if (!end_cell(&w, &at, false, any_cell)) {
		return false;
	} else if (move == MOVE_NEXT_BUSY) {
		end_cell(&w, &at, false, busy_cell);
	} else if (!is_one_step(move)) {
		make_move(&w, move, &at);
	}
	const struct pg_cell *c = cell_at(&w, at);
	if (c)
		*key = c->key;
	return c != NULL;
}
