/* SPDX-License-Identifier: MIT */
#include "view_grid_impl.h"

#include <stdlib.h>

static struct view *grid_open(void)
{
	return pg_calloc(1, sizeof(struct view));
}

static void grid_close(struct view *v)
{
	if (!v)
		return;
	free(v->groups);
	free(v->places);
	free(v->order);
	free(v->past);
	free(v);
}

static void draw(struct view *v, const struct view_input *in, struct canvas *c)
{
	grid_fit(v, in);
	grid_draw(v, in, c);
}

const struct grid_past *grid_past_of(const struct view *v, const struct pg_cell_group *g, size_t i)
{
	for (size_t k = 0; k < v->nr_past; k++) {
		/* it mostly stands where it stood */
		const struct grid_past *p = &v->past[(i + k) % v->nr_past];
		if (p->kernel == g->kernel && p->uid_known == g->uid_known && p->uid == g->uid)
			return p;
	}
	return NULL;
}

/* Where a group of the model stood when it was last drawn, maybe before the model's last change. */
static const struct layout_place *place_of(const struct view *v, const struct pg_model *m, size_t i)
{
	const struct grid_past *past = grid_past_of(v, pg_model_group(m, i), i);
	return past ? &v->places[past - v->past] : NULL;
}

static uint32_t cell_at(const struct view *v, const struct pg_cell_group *g,
			const struct layout_place *p, int row, int col)
{
	enum density d = grid_density(v);
	for (int half = 0; half < (d == DENSITY_PACKED ? 2 : 1); half++) {
		long slot = layout_slot_at(p, d, g->nr_slots, row, col, half);
		if (slot >= 0 && g->slots[slot] != PG_BLANK)
			return g->slots[slot];
	}
	return PG_BLANK;
}

static bool pick(const struct view *v, const struct pg_model *m, int row, int col,
		 struct pg_key *key)
{
	row -= v->area.row;
	col -= v->area.col;
	if (row < 0 || row >= v->shown || col < 0 || col >= v->area.cols)
		return false;
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct layout_place *p = place_of(v, m, i);
		uint32_t id = PG_BLANK;
		if (p)
			id = cell_at(v, pg_model_group(m, i), p, row + v->top, col);
		if (id != PG_BLANK) {
			*key = pg_model_cell(m, id)->key;
			return true;
		}
	}
	return false;
}

static bool find(const struct view *v, const struct pg_model *m, struct pg_key key, struct rect *at)
{
	const struct pg_cell *cell = pg_model_find(m, key);
	const struct layout_place *p = cell ? place_of(v, m, cell->group) : NULL;
	if (!p)
		return false;
	struct spot s = layout_spot(p, grid_density(v), cell->slot);
	if (s.row < v->top || s.row >= v->top + v->shown || s.row >= p->row + p->lines)
		return false;
	int room = v->area.cols - s.col;
	*at = (struct rect){.row = v->area.row + s.row - v->top,
			    .col = v->area.col + s.col,
			    .rows = 1,
			    .cols = p->cell_cols < room ? p->cell_cols : room};
	return true;
}

static void scroll(struct view *v, int lines)
{
	long last = v->lines > v->shown ? v->lines - v->shown : 0;
	long top = (long)v->top + lines;
	v->top = (int)(top < 0 ? 0 : top > last ? last : top);
	v->cursor_seen = false;
}

static void reveal(struct view *v)
{
	v->reveal = true;
}

enum density view_grid_density(const struct view *v)
{
	return grid_density(v);
}

void view_grid_change_density(struct view *v, int step)
{
	int most = v->can_pack ? DENSITY_PACKED : DENSITY_TIGHT;
	int d = (int)grid_density(v) + (step > 0) - (step < 0);
	view_grid_set_density(v, (enum density)(d < 0 ? 0 : d > most ? most : d));
}

void view_grid_set_density(struct view *v, enum density d)
{
	v->by_hand = true;
	v->wanted = d;
	v->stale = true;
}

void view_grid_set_columns(struct view *v, unsigned max_per_row)
{
	v->columns = max_per_row;
	v->stale = true;
}

const struct view_ops view_grid = {
	.name = "grid",
	.open = grid_open,
	.close = grid_close,
	.need = grid_need,
	.draw = draw,
	.pick = pick,
	.find = find,
	.move = grid_move,
	.scroll = scroll,
	.reveal = reveal,
};
