/* SPDX-License-Identifier: MIT */
/*
 * Which form of the grid is drawn, so that cells move as seldom as possible. A form is kept while
 * it fits. If it does not, blanks are closed first, and then the next denser one is taken. Where
 * there is none, and the picture scrolls, blanks are closed as soon as that saves a line. A
 * roomier one is taken only after ten frames that would have fitted it. After a resize, or a change
 * of density or filter, all is chosen afresh.
 */
#include "view_grid_impl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_TO_GROW 10

static struct layout_options options_of(const struct view *v, const struct view_input *in)
{
	return (struct layout_options){.rows = in->area.rows,
				       .cols = in->area.cols,
				       .max_per_row = v->columns,
				       .can_pack = v->can_pack,
				       .share = true};
}

/* Groups as they are to be laid out; compact: as if their blanks were closed. */
static void fill_groups(const struct view *v, const struct view_input *in, bool compact,
			struct layout_group *groups)
{
	size_t nr = pg_model_nr_groups(in->model);
	for (size_t i = 0; i < nr; i++) {
		const struct pg_cell_group *g = pg_model_group(in->model, i);
		const struct grid_past *was = grid_past_of(v, g, i);
		int label = grid_label_cols(g, in->theme->utf8);
		groups[i] = (struct layout_group){
			.label_cols = was && was->label_cols > label ? was->label_cols : label,
			.slots = compact ? g->nr_used : g->nr_slots,
			.last = g->kernel,
		};
	}
}

static void take_groups(struct view *v, const struct view_input *in, bool compact)
{
	v->nr = pg_model_nr_groups(in->model);
	if (v->nr > v->cap) {
		v->cap = v->nr * 2;
		v->groups = pg_realloc(v->groups, v->cap, sizeof(*v->groups));
		v->places = pg_realloc(v->places, v->cap, sizeof(*v->places));
		v->order = pg_realloc(v->order, v->cap, sizeof(*v->order));
		v->past = pg_realloc(v->past, v->cap, sizeof(*v->past));
	}
	fill_groups(v, in, compact, v->groups);
}

/* Lays out as v->form says. True if that fits. */
static bool lay_out(struct view *v, const struct layout_options *o)
{
	v->lines = layout_groups_as(v->groups, v->nr, v->form, o, v->places);
	return layout_fits(v->form, o, v->places, v->nr, v->lines);
}

/* Forms that may be chosen: [from, end). */
struct range {
	size_t from, end;
};

static struct range range_of(const struct view *v)
{
	if (!v->by_hand)
		return (struct range){0, NR_LAYOUT_FORMS};
	enum density d = v->wanted;
	if (d == DENSITY_PACKED && !v->can_pack)
		d = DENSITY_TIGHT;
	struct range r = {0, NR_LAYOUT_FORMS};
	while (layout_forms[r.from].density != d)
		r.from++;
	for (r.end = r.from; r.end < NR_LAYOUT_FORMS && layout_forms[r.end].density == d; r.end++)
		;
	return r;
}

/* The first form of the range that fits, else the last possible one. */
static bool choose(struct view *v, const struct layout_options *o, struct range r)
{
	size_t last = r.from;
	for (size_t i = r.from; i < r.end; i++) {
		if (!layout_form_possible(i, o))
			continue;
		v->form = last = i;
		if (lay_out(v, o))
			return true;
	}
	v->form = last;
	return lay_out(v, o);
}

static void keep_past(struct view *v, const struct pg_model *m)
{
	for (size_t i = 0; i < v->nr; i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		v->past[i] = (struct grid_past){.kernel = g->kernel,
						.uid_known = g->uid_known,
						.uid = g->uid,
						.label_cols = v->groups[i].label_cols,
						.lines = v->places[i].lines,
						.shared = v->places[i].shared};
	}
	v->nr_past = v->nr;
}

/* Closes the blanks of groups that would need another row. True if there were any. */
static bool close_before_growing(struct view *v, const struct view_input *in)
{
	bool closed = false;
	for (size_t i = 0; i < v->nr; i++) {
		const struct pg_cell_group *g = pg_model_group(in->model, i);
		const struct grid_past *was = grid_past_of(v, g, i);
		const struct layout_place *now = &v->places[i];
		if (!was || g->nr_used == g->nr_slots)
			continue;
		if (now->lines > was->lines || (was->shared && !now->shared)) {
			pg_model_close_blanks(in->model, i);
			closed = true;
		}
	}
	return closed;
}

static bool has_blanks(const struct pg_model *m)
{
	for (size_t i = 0; i < pg_model_nr_groups(m); i++)
		if (pg_model_group(m, i)->nr_used < pg_model_group(m, i)->nr_slots)
			return true;
	return false;
}

static void close_all(struct view *v, const struct view_input *in)
{
	if (in->frame && has_blanks(in->model))
		pg_model_rebuild(in->model, in->frame);
	take_groups(v, in, false);
	v->fitting = 0;
}

static bool denser_exists(const struct view *v, const struct layout_options *o, struct range r)
{
	for (size_t i = v->form + 1; i < r.end; i++)
		if (layout_form_possible(i, o))
			return true;
	return false;
}

/*
 * After a frame: counts how long a roomier form (or, while scrolling, this one) would have fitted
 * with all blanks closed, and takes it in the end. Leaves the layout as it was if not.
 */
static void maybe_grow(struct view *v, const struct view_input *in, const struct layout_options *o,
		       bool fits)
{
	struct range r = range_of(v);
	size_t form = v->form;
	r.end = fits ? form : form + 1;
	take_groups(v, in, true);
	bool could = r.from < r.end && choose(v, o, r);
	v->fitting = could ? v->fitting + 1 : 0;
	if (could && v->fitting >= FRAMES_TO_GROW) {
		close_all(v, in);
	} else {
		v->form = form;
		take_groups(v, in, false);
	}
	lay_out(v, o);
}

/*
 * While the picture scrolls, blanks push tasks out of sight: they go as soon as that saves a line.
 * Cells keep their order. Returns whether the picture fits.
 */
static bool close_to_scroll_less(struct view *v, const struct view_input *in,
				 const struct layout_options *o)
{
	int lines = v->lines;
	if (!has_blanks(in->model))
		return false;
	take_groups(v, in, true);
	lay_out(v, o);
	if (v->lines < lines)
		for (size_t i = 0; i < v->nr; i++)
			pg_model_close_blanks(in->model, i);
	take_groups(v, in, false);
	return lay_out(v, o);
}

static bool same_filter(const struct pg_filter *a, const struct pg_filter *b)
{
	return a->threads == b->threads && a->hide_kernel == b->hide_kernel &&
	       a->by_user == b->by_user && a->uid == b->uid;
}

/* Without colour the halves of a packed character cannot be told apart. */
static bool can_pack_with(const struct view_input *in)
{
	return in->colors >= 16 && in->theme->utf8 && in->theme->palette != PALETTE_MONO;
}

static bool must_choose_afresh(struct view *v, const struct view_input *in)
{
	bool can_pack = can_pack_with(in);
	const struct pg_filter *filter = pg_model_filter(in->model);
	bool afresh = !v->drawn || v->stale || can_pack != v->can_pack ||
		      in->area.rows != v->area.rows || in->area.cols != v->area.cols ||
		      !same_filter(filter, &v->filter);
	v->can_pack = can_pack;
	v->filter = *filter;
	v->area = in->area;
	v->stale = false;
	return afresh;
}

static void keep_form(struct view *v, const struct view_input *in, const struct layout_options *o,
		      bool new_frame)
{
	struct range r = range_of(v);
	take_groups(v, in, false);
	bool fits = lay_out(v, o);
	if (close_before_growing(v, in)) {
		take_groups(v, in, false);
		fits = lay_out(v, o);
	}
	if (!fits && denser_exists(v, o, r)) {
		close_all(v, in);
		r.from = v->form;
		choose(v, o, r);
		return;
	}
	if (!fits)
		fits = close_to_scroll_less(v, in, o);
	if (new_frame)
		maybe_grow(v, in, o, fits);
}

static int cmp_places(const struct layout_place *a, const struct layout_place *b)
{
	return a->row != b->row ? a->row - b->row : a->col - b->col;
}

/* The groups come nearly in order: small ones that share lines stand behind the others. */
static void sort_order(struct view *v)
{
	for (size_t i = 0; i < v->nr; i++) {
		size_t k = i;
		for (; k > 0 && cmp_places(&v->places[v->order[k - 1]], &v->places[i]) > 0; k--)
			v->order[k] = v->order[k - 1];
		v->order[k] = i;
	}
}

/*
 * What the model must know of the layout for tasks that lived between two samples: they fill blanks
 * and last rows, and take another row only if that leaves the picture as dense as it is. On a line
 * that groups share there is room for one, so that the others need not move again and again.
 */
static void tell_rooms(const struct view *v, const struct view_input *in)
{
	int spare = in->area.rows - v->lines;
	size_t row = v->nr ? grid_line_slots(v, &v->places[0]) : PG_BRIEF_CELLS;
	for (size_t i = 0; i < v->nr; i++) {
		const struct layout_place *p = &v->places[i];
		size_t slots = pg_model_group(in->model, i)->nr_slots;
		struct pg_brief_room room = {.row = grid_line_slots(v, p)};
		room.end = (size_t)p->lines * room.row;
		if (p->shared)
			room = (struct pg_brief_room){.row = slots + 1 < LAYOUT_SMALL,
						      .end = slots + 1};
		else
			row = room.row;
		pg_model_set_brief_room(in->model, i, room);
	}
	pg_model_set_spare_rows(in->model, spare > 0 ? (size_t)spare : 0, row);
}

/* How much of the picture is in sight, and from where. */
static void set_window(struct view *v, const struct view_input *in)
{
	bool scrolls = v->lines > in->area.rows;
	/* The last line then says how much is out of sight. */
	v->shown = in->area.rows - (scrolls && in->area.rows >= 3);
	const struct pg_cell *cell = in->has_cursor ? pg_model_find(in->model, in->cursor) : NULL;
	if (cell && (v->reveal || v->cursor_seen)) {
		struct spot s = layout_spot(&v->places[cell->group], grid_density(v), cell->slot);
		if (s.row < v->top)
			v->top = s.row;
		else if (s.row >= v->top + v->shown)
			v->top = s.row - v->shown + 1;
	}
	v->reveal = false;
	int last = v->lines > v->shown ? v->lines - v->shown : 0;
	v->top = v->top > last ? last : v->top < 0 ? 0 : v->top;
}

void grid_fit(struct view *v, const struct view_input *in)
{
	bool afresh = must_choose_afresh(v, in);
	bool new_frame = in->frame && (!v->has_cycle || in->frame->cycle != v->cycle);
	struct layout_options o = options_of(v, in);
	if (in->frame) {
		v->cycle = in->frame->cycle;
		v->has_cycle = true;
	}
	if (afresh) {
		v->nr_past = 0;
		close_all(v, in);
		choose(v, &o, range_of(v));
	} else {
		keep_form(v, in, &o, new_frame);
	}
	keep_past(v, in->model);
	tell_rooms(v, in);
	sort_order(v);
	v->drawn = true;
	set_window(v, in);
}

/* Lines of a picture in a form; INT_MAX: it is too wide. */
static int lines_in(size_t form, const struct layout_group *groups, size_t nr,
		    const struct layout_options *o, struct layout_place *places)
{
	int lines = layout_groups_as(groups, nr, form, o, places);
	struct layout_options any = *o;
	any.rows = INT_MAX;
	return layout_fits(form, &any, places, nr, lines) ? lines : INT_MAX;
}

void grid_need(struct view *v, const struct view_input *in, struct layout_need *out)
{
	size_t nr = pg_model_nr_groups(in->model);
	*out = (struct layout_need){0};
	if (nr == 0)
		return;
	bool as_drawn = v->can_pack;
	v->can_pack = can_pack_with(in);
	struct layout_options o = options_of(v, in);
	struct layout_group *groups = pg_calloc(nr, sizeof(*groups));
	struct layout_place *places = pg_calloc(nr, sizeof(*places));
	struct range r = range_of(v);
	fill_groups(v, in, true, groups);
	for (size_t i = 0; i < NR_LAYOUT_FORMS; i++) {
		size_t form = i < r.from ? r.from : i >= r.end ? r.end - 1 : i;
		if (layout_form_possible(form, &o))
			out->lines[i] = lines_in(form, groups, nr, &o, places);
		else
			out->lines[i] = i > 0 ? out->lines[i - 1] : INT_MAX;
	}
	v->can_pack = as_drawn;
	free(groups);
	free(places);
}
