/* SPDX-License-Identifier: MIT */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct app *app_new(const struct app_options *o)
{
	struct app *a = pg_calloc(1, sizeof(*a));
	a->o = *o;
	a->own_share = a->cpu_share = -1;
	a->model = pg_model_new();
	pg_model_set_filter(a->model, &o->filter);
	a->ops = views[0];
	a->view = a->ops->open();
	if (o->columns)
		view_grid_set_columns(a->view, o->columns);
	if (o->has_density)
		view_grid_set_density(a->view, o->density, false);
	return a;
}

void app_free(struct app *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < MAX_DETAILS; i++)
		pg_detail_free(&a->details[i].detail);
	a->ops->close(a->view);
	pg_model_free(a->model);
	free(a->filter_user);
	free(a);
}

struct view_input app_view_input(struct app *a)
{
	return (struct view_input){.model = a->model,
				   .frame = a->has_frame ? &a->frame : NULL,
				   .theme = &a->o.theme,
				   .colors = a->o.colors,
				   .cursor = a->cursor,
				   .has_cursor = a->has_cursor,
				   .pins = a->pins,
				   .nr_pins = a->nr_pins};
}

const struct theme *app_theme(const struct app *a)
{
	return &a->o.theme;
}

/* ---- details --------------------------------------------------------------------------------- */

static struct detail_slot *find_detail(struct app *a, struct pg_key key)
{
	for (size_t i = 0; i < MAX_DETAILS; i++)
		if (a->details[i].used && same_key(a->details[i].key, key))
			return &a->details[i];
	return NULL;
}

static struct detail_slot *oldest_detail(struct app *a)
{
	struct detail_slot *oldest = &a->details[0];
	for (size_t i = 1; i < MAX_DETAILS; i++)
		if (!a->details[i].used || (oldest->used && a->details[i].stamp < oldest->stamp))
			oldest = &a->details[i];
	return oldest;
}

/* One request at a time: the next is sent when the answer to the last is there. */
static void ask_next(struct app *a)
{
	for (size_t i = 0; i < MAX_DETAILS && !a->asking; i++) {
		struct detail_slot *s = &a->details[i];
		if (!s->used || !s->wanted)
			continue;
		s->wanted = false;
		a->asking = true;
		a->wishes.inspect = true;
		a->wishes.inspect_key = s->key;
	}
}

const struct detail_slot *app_detail_of(struct app *a, struct pg_key key)
{
	struct detail_slot *s = find_detail(a, key);
	if (!s) {
		s = oldest_detail(a);
		pg_detail_free(&s->detail);
		*s = (struct detail_slot){
			.used = true, .wanted = true, .key = key, .state = DETAIL_PENDING};
		ask_next(a);
	}
	s->stamp = ++a->detail_clock;
	return s;
}

void app_detail(struct app *a, enum pg_detail_state state, struct pg_key key,
		struct pg_detail *detail)
{
	struct detail_slot *s = find_detail(a, key);
	a->asking = false;
	if (s && state == PG_DETAIL_READY) {
		pg_detail_free(&s->detail);
		s->detail = *detail;
		s->state = DETAIL_READY;
		*detail = (struct pg_detail){0};
	} else if (s && state == PG_DETAIL_NO_ANSWER) {
		s->state = DETAIL_NO_ANSWER;
	}
	if (detail)
		pg_detail_free(detail);
	ask_next(a);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void measure_cpu(struct app *a)
{
	const struct pg_host *h = &a->frame.snap->host;
	uint64_t total = h->cpu_total - a->prev_cpu_total;
	uint64_t busy = h->cpu_busy - a->prev_cpu_busy;
	bool known = (h->valid & PG_HOST_CPU) && a->prev_cpu_total &&
		     h->cpu_total > a->prev_cpu_total && busy <= total;
	a->cpu_share = known ? (double)busy / (double)total : -1;
	a->prev_cpu_total = h->cpu_total;
	a->prev_cpu_busy = h->cpu_busy;
}

void app_set_cursor(struct app *a, struct pg_key key)
{
	a->cursor = key;
	a->has_cursor = true;
	a->ops->reveal(a->view);
}

/* The cursor holds its task; when that is gone for good, what now stands at its place takes it. */
static void keep_cursor(struct app *a)
{
	struct view_input in = app_view_input(a);
	struct pg_key key;
	if (a->has_cursor && pg_model_find(a->model, a->cursor))
		return;
	bool had = a->has_cursor;
	for (int col = a->cursor_col; had && col >= 0; col--) {
		if (a->ops->pick(a->view, a->model, a->cursor_row, col, &key)) {
			app_set_cursor(a, key);
			return;
		}
	}
	a->has_cursor = false;
	in.has_cursor = false;
	if (a->ops->move(a->view, &in, MOVE_FIRST, &key))
		app_set_cursor(a, key);
}

void app_settle(struct app *a)
{
	if (a->has_frame)
		keep_cursor(a);
	if (a->has_hover && !pg_model_find(a->model, a->hover))
		a->has_hover = false;
}

void app_frame(struct app *a, const struct pg_frame *f)
{
	a->frame = *f;
	a->has_frame = true;
	pg_model_update(a->model, f);
	pg_model_busy(f, &a->busy);
	measure_cpu(a);
	/* What is on the page is kept fresh: a process may change its command line. */
	if (a->layer == LAYER_PAGE && a->has_cursor) {
		struct detail_slot *s = find_detail(a, a->cursor);
		if (s && s->state == DETAIL_READY)
			s->wanted = true;
		ask_next(a);
	}
}

void app_own_cost(struct app *a, double share)
{
	a->own_share = share;
}

void app_message(struct app *a, const char *text)
{
	snprintf(a->message, sizeof(a->message), "%s", text);
}

/* The tasks that somebody looks at: cursor, with popup and page, pointer, pins. */
static size_t looked_at(const struct app *a, struct pg_focus *out)
{
	size_t nr = 0;
	if (a->has_cursor)
		out[nr++] = (struct pg_focus){.pid = a->cursor.pid, .tid = a->cursor.tid};
	if (a->has_hover)
		out[nr++] = (struct pg_focus){.pid = a->hover.pid, .tid = a->hover.tid};
	for (size_t i = 0; i < a->nr_pins; i++)
		out[nr++] = (struct pg_focus){.pid = a->pins[i].pid, .tid = a->pins[i].tid};
	return nr;
}
_Static_assert(2 + MAX_PINS <= PG_FOCUS_MAX, "there is a focus for each");

static void wish_focus(struct app *a)
{
	struct pg_focus now[PG_FOCUS_MAX] = {0};
	size_t nr = looked_at(a, now);
	bool same = nr == a->nr_focus;
	for (size_t i = 0; same && i < nr; i++)
		same = now[i].pid == a->focus[i].pid && now[i].tid == a->focus[i].tid;
	if (same)
		return;
	memcpy(a->focus, now, sizeof(now));
	a->nr_focus = nr;
	a->wishes.set_focus = true;
	memcpy(a->wishes.focus, now, sizeof(now));
	a->wishes.nr_focus = nr;
}

struct app_wishes app_take_wishes(struct app *a)
{
	wish_focus(a);
	struct app_wishes w = a->wishes;
	a->wishes = (struct app_wishes){0};
	return w;
}

/* ---- mouse ----------------------------------------------------------------------------------- */

void app_hover(struct app *a, int row, int col)
{
	if (a->layer == LAYER_PAGE || a->layer == LAYER_HELP)
		return;
	a->has_hover = a->ops->pick(a->view, a->model, row, col, &a->hover);
}

void app_click(struct app *a, int row, int col, bool right)
{
	struct pg_key key;
	if (a->layer == LAYER_PAGE || a->layer == LAYER_HELP) {
		app_close_layer(a);
		return;
	}
	if (!a->ops->pick(a->view, a->model, row, col, &key))
		return;
	a->message[0] = '\0';
	app_set_cursor(a, key);
	if (right)
		app_toggle_pin(a, key);
}

void app_wheel(struct app *a, int lines)
{
	if (a->layer == LAYER_PAGE || a->layer == LAYER_HELP) {
		long line = (long)a->page_line + lines;
		a->page_line = line < 0 ? 0 : (size_t)line;
	} else {
		a->has_hover = false;
		a->ops->scroll(a->view, lines);
	}
}
