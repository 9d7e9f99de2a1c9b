/* SPDX-License-Identifier: MIT */
/* One feed on the screen: its model and view, its frames, its cursor. */
#include "app_impl.h"

#include <stdlib.h>

void pane_open(struct pane *p, const struct app *a)
{
	p->model = pg_model_new();
	pg_model_set_filter(p->model, &a->o.filter);
	p->view = a->ops->open();
	if (a->o.columns)
		view_grid_set_columns(p->view, a->o.columns);
	if (a->o.has_density)
		view_grid_set_density(p->view, a->o.density);
}

void pane_close(struct pane *p, const struct app *a)
{
	a->ops->close(p->view);
	pg_model_free(p->model);
	pg_player_free(p->player);
	pane_watch_close(p);
	free(p->levels.items);
	free(p->filter_user);
	for (size_t i = 0; i < p->nr_ends; i++)
		pg_proc_unref(p->ends[i].proc);
}

void pane_frame(struct pane *p, const struct pg_frame *f)
{
	/* A host that was connected anew begins anew; what is still there keeps its place. */
	bool again = p->has_live && f->cycle == 0;
	p->live = *f;
	p->has_live = true;
	if (again)
		pane_watch_close(p);
	pane_watch_live(p, f);
	if (p->past)
		pane_note_level(p, p->past->ops->end(p->past) - 1, f);
	if (p->player)
		return;
	p->frame = *f;
	p->has_frame = true;
	if (again)
		pg_model_jump(p->model, f);
	else
		pg_model_update(p->model, f);
	pg_model_busy(f, &p->busy);
}

struct view_input pane_view_input(const struct pane *p, const struct app *a)
{
	return (struct view_input){.model = p->model,
				   .alarms = p->watch.keys,
				   .nr_alarms = pane_is_watched(p) ? p->watch.nr : 0,
				   .frame = p->has_frame ? &p->frame : NULL,
				   .theme = &a->o.theme,
				   .colors = a->o.colors,
				   .cursor = p->cursor,
				   .has_cursor = p->has_cursor,
				   .pins = p->pins,
				   .nr_pins = p->nr_pins};
}

static void put_cursor(struct pane *p, const struct app *a, struct pg_key key)
{
	p->cursor = key;
	p->has_cursor = true;
	a->ops->reveal(p->view);
}

void pane_set_cursor(struct pane *p, const struct app *a, struct pg_key key)
{
	p->has_lost = false;
	put_cursor(p, a, key);
}

/* In the past a task that is not there may be there again: then the cursor is, too. */
static bool find_lost(struct pane *p, const struct app *a)
{
	if (p->has_lost && pg_model_find(p->model, p->lost)) {
		pane_set_cursor(p, a, p->lost);
		return true;
	}
	if (p->has_cursor && pg_model_find(p->model, p->cursor))
		return true;
	if (p->has_cursor && p->player && !p->has_lost) {
		p->lost = p->cursor;
		p->has_lost = true;
	}
	return false;
}

void pane_keep_cursor(struct pane *p, const struct app *a)
{
	struct view_input in = pane_view_input(p, a);
	struct pg_key key;
	if (find_lost(p, a))
		return;
	/* A popup says how its task ended until it is closed, or the cursor moved. */
	if ((a->layer == LAYER_POPUP || a->layer == LAYER_PAGE) && p->has_cursor && !p->player &&
	    pane_end_of(p, p->cursor))
		return;
	bool had = p->has_cursor;
	for (int col = p->cursor_col; had && col >= 0; col--) {
		if (a->ops->pick(p->view, p->model, p->cursor_row, col, &key)) {
			put_cursor(p, a, key);
			return;
		}
	}
	p->has_cursor = false;
	in.has_cursor = false;
	if (a->ops->move(p->view, &in, MOVE_FIRST, &key))
		put_cursor(p, a, key);
}
