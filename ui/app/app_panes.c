/* SPDX-License-Identifier: MIT */
/* Several hosts on one screen: who gets which lines, and the way from one to the next. */
#include <stdlib.h>

#include "app_impl.h"

/* A roomier form that would have fitted so many frames of each host is taken. */
#define FRAMES_TO_GROW 10

/* ---- lines ----------------------------------------------------------------------------------- */

static void measure(struct app *a, struct rect body, struct layout_need *need)
{
	for (size_t i = 0; i < a->nr_panes; i++) {
		struct pane *p = &a->panes[i];
		struct view_input in = pane_view_input(p, a);
		in.area = body;
		need[i] = (struct layout_need){0};
		if (p->has_frame)
			a->ops->need(p->view, &in, &need[i]);
	}
}

/* Whether there has long been room for a roomier form than that of the last picture. */
static bool may_grow(struct app *a, size_t form)
{
	if (form >= a->dealt.form) {
		a->dealt.frames = 0;
		return false;
	}
	return a->dealt.frames >= FRAMES_TO_GROW * a->nr_panes;
}

static void deal(struct app *a, struct rect body)
{
	size_t nr = a->nr_panes;
	struct layout_need *need = pg_calloc(nr, sizeof(*need));
	struct layout_share *fresh = pg_calloc(nr, sizeof(*fresh));
	struct layout_share *old = pg_calloc(nr, sizeof(*old));
	for (size_t i = 0; i < nr; i++)
		old[i] = a->panes[i].share;
	measure(a, body, need);
	size_t form = layout_panes(need, nr, body.rows, a->in_focus, fresh);
	bool hold = a->dealt.lines == body.rows && a->dealt.cols == body.cols &&
		    layout_panes_hold(need, nr, a->dealt.form, old, fresh) && !may_grow(a, form);
	for (size_t i = 0; i < nr && !hold; i++)
		a->panes[i].share = fresh[i];
	if (!hold)
		a->dealt = (struct dealt){.lines = body.rows, .cols = body.cols, .form = form};
	free(need);
	free(fresh);
	free(old);
}

void panes_deal(struct app *a, struct rect body)
{
	deal(a, body);
	int row = body.row;
	for (size_t i = 0; i < a->nr_panes; i++) {
		struct pane *p = &a->panes[i];
		p->head = (struct rect){row, body.col, p->share.header, body.cols};
		row += p->head.rows;
		p->area = (struct rect){row, body.col, p->share.body, body.cols};
		row += p->area.rows;
	}
}

static bool holds(struct rect r, int row, int col)
{
	return row >= r.row && row < r.row + r.rows && col >= r.col && col < r.col + r.cols;
}

bool panes_at(const struct app *a, int row, int col, size_t *pane)
{
	for (size_t i = 0; i < a->nr_panes; i++) {
		if (holds(a->panes[i].area, row, col) || holds(a->panes[i].head, row, col)) {
			*pane = i;
			return true;
		}
	}
	return false;
}

bool panes_pick(const struct app *a, int row, int col, size_t *pane, struct pg_key *key)
{
	if (!panes_at(a, row, col, pane))
		return false;
	const struct pane *p = &a->panes[*pane];
	return holds(p->area, row, col) && a->ops->pick(p->view, p->model, row, col, key);
}

/* ---- from host to host ----------------------------------------------------------------------- */

/* The cell of a line of the pane that is nearest to a column. */
static bool near_col(const struct app *a, const struct pane *p, int row, int col,
		     struct pg_key *key)
{
	for (int away = 0; away < p->area.cols; away++)
		if (a->ops->pick(p->view, p->model, row, col - away, key) ||
		    a->ops->pick(p->view, p->model, row, col + away, key))
			return true;
	return false;
}

/* Into a pane from above or from below, as straight as can be. */
static void enter_line(struct app *a, size_t to, bool from_above, int col)
{
	struct pane *p = &a->panes[to];
	struct view_input in = pane_view_input(p, a);
	struct pg_key key;
	a->in_focus = to;
	for (int i = 0; i < p->area.rows; i++) {
		int row = p->area.row + (from_above ? i : p->area.rows - 1 - i);
		if (near_col(a, p, row, col, &key)) {
			pane_set_cursor(p, a, key);
			return;
		}
	}
	in.has_cursor = false;
	if (a->ops->move(p->view, &in, from_above ? MOVE_FIRST : MOVE_LAST, &key))
		pane_set_cursor(p, a, key);
}

static void enter_end(struct app *a, size_t to, bool last)
{
	struct pane *p = &a->panes[to];
	struct view_input in = pane_view_input(p, a);
	struct pg_key key;
	a->in_focus = to;
	in.has_cursor = false;
	if (a->ops->move(p->view, &in, last ? MOVE_LAST : MOVE_FIRST, &key))
		pane_set_cursor(p, a, key);
}

static bool is_busy(const struct pane *p, struct pg_key key)
{
	const struct pg_cell *c = pg_model_find(p->model, key);
	return c && (c->cls == PG_CPU || c->cls == PG_DISK || c->cls == PG_CPU_DISK);
}

/* Round all hosts, back to where it began. */
static bool enter_busy(struct app *a, bool next)
{
	size_t nr = a->nr_panes;
	for (size_t n = 1; n <= nr; n++) {
		size_t i = (a->in_focus + (next ? n : nr - n)) % nr;
		struct pane *p = &a->panes[i];
		struct view_input in = pane_view_input(p, a);
		struct pg_key key;
		in.has_cursor = false;
		if (a->ops->move(p->view, &in, next ? MOVE_NEXT_BUSY : MOVE_PREV_BUSY, &key) &&
		    is_busy(p, key)) {
			a->in_focus = i;
			pane_set_cursor(p, a, key);
			return true;
		}
	}
	return false;
}

/* Ends of the grid as a whole: the first or last host that has a cell. */
static void go_end(struct app *a, bool last)
{
	for (size_t n = 0; n < a->nr_panes; n++) {
		size_t i = last ? a->nr_panes - 1 - n : n;
		if (pg_model_nr_cells(a->panes[i].model) > 0) {
			enter_end(a, i, last);
			return;
		}
	}
}

static void leave(struct app *a, enum view_move move)
{
	bool down = move == MOVE_DOWN || move == MOVE_PAGE_DOWN || move == MOVE_HALF_DOWN;
	bool next = down || move == MOVE_RIGHT || move == MOVE_NEXT_GROUP;
	int col = app_focus(a)->cursor_col;
	if (next ? a->in_focus + 1 >= a->nr_panes : a->in_focus == 0)
		return;
	size_t to = next ? a->in_focus + 1 : a->in_focus - 1;
	if (move == MOVE_RIGHT || move == MOVE_LEFT || move == MOVE_NEXT_GROUP ||
	    move == MOVE_PREV_GROUP)
		enter_end(a, to, !next);
	else
		enter_line(a, to, next, col);
}

bool panes_move(struct app *a, enum view_move move)
{
	struct pane *p = app_focus(a);
	struct view_input in = pane_view_input(p, a);
	struct pg_key key;
	bool busy = move == MOVE_NEXT_BUSY || move == MOVE_PREV_BUSY;
	if (move == MOVE_FIRST || move == MOVE_LAST) {
		go_end(a, move == MOVE_LAST);
		return true;
	}
	in.stop_at_end = true;
	bool moved = a->ops->move(p->view, &in, move, &key) &&
		     !(p->has_cursor && same_key(key, p->cursor)) && (!busy || is_busy(p, key));
	if (moved)
		pane_set_cursor(p, a, key);
	else if (busy)
		return enter_busy(a, move == MOVE_NEXT_BUSY);
	else
		leave(a, move);
	return true;
}
