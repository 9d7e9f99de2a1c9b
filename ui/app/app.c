/* SPDX-License-Identifier: MIT */
#include "app_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct app *app_new(const struct app_options *o)
{
	struct app *a = pg_calloc(1, sizeof(*a));
	a->o = *o;
	a->own_share = -1;
	a->ops = views[0];
	a->nr_panes = o->nr_hosts ? o->nr_hosts : 1;
	a->panes = pg_calloc(a->nr_panes, sizeof(a->panes[0]));
	for (size_t i = 0; i < a->nr_panes; i++)
		pane_open(&a->panes[i], a);
	for (size_t i = 0; i < o->nr_hosts; i++)
		a->panes[i].host = o->hosts[i];
	return a;
}

void app_free(struct app *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < MAX_DETAILS; i++)
		pg_detail_free(&a->details[i].detail);
	for (size_t i = 0; i < MAX_LENSES; i++)
		app_lens_free(a, &a->lenses[i]);
	for (size_t i = 0; i < a->nr_panes; i++)
		pane_close(&a->panes[i], a);
	free(a->panes);
	free(a);
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

static bool next_inquiry(struct app *a, struct pg_inquiry *q)
{
	if (app_lens_inquiry(a, q))
		return true;
	for (size_t i = 0; i < MAX_DETAILS; i++) {
		struct detail_slot *s = &a->details[i];
		if (!s->used || !s->wanted)
			continue;
		s->wanted = false;
		*q = (struct pg_inquiry){.key = s->key, .ask = PG_ASK_TEXTS};
		return true;
	}
	return false;
}

/* One request at a time: the next is sent when the answer to the last is there. */
void app_ask_next(struct app *a)
{
	if (a->asking || !next_inquiry(a, &a->wishes.inquiry))
		return;
	a->asking = true;
	a->wishes.inspect = true;
}

const struct detail_slot *app_detail_of(struct app *a, struct pg_key key)
{
	static const struct detail_slot recorded = {.used = true, .state = DETAIL_RECORDED};
	if (app_is_recorded(a))
		return &recorded;
	struct detail_slot *s = find_detail(a, key);
	if (!s) {
		s = oldest_detail(a);
		pg_detail_free(&s->detail);
		*s = (struct detail_slot){
			.used = true, .wanted = true, .key = key, .state = DETAIL_PENDING};
		app_ask_next(a);
	}
	s->stamp = ++a->detail_clock;
	return s;
}

static void fill_detail(struct app *a, enum pg_detail_state state, struct pg_key key,
			struct pg_detail *detail)
{
	struct detail_slot *s = find_detail(a, key);
	if (s && state == PG_DETAIL_READY) {
		pg_detail_free(&s->detail);
		s->detail = *detail;
		s->state = DETAIL_READY;
		*detail = (struct pg_detail){0};
	} else if (s && state == PG_DETAIL_NO_ANSWER) {
		s->state = DETAIL_NO_ANSWER;
	}
}

void app_detail(struct app *a, enum pg_detail_state state, struct pg_inquiry of,
		struct pg_detail *detail)
{
	a->asking = false;
	if (of.ask == PG_ASK_TEXTS)
		fill_detail(a, state, of.key, detail);
	else
		app_lens_answer(a, state, of, detail);
	if (detail)
		pg_detail_free(detail);
	app_ask_next(a);
}

/* ---- frames ---------------------------------------------------------------------------------- */

void app_settle(struct app *a)
{
	if (app_focus(a)->has_frame)
		pane_keep_cursor(app_focus(a), a);
	if (a->has_hover && !pg_model_find(a->panes[a->hover_pane].model, a->hover))
		a->has_hover = false;
}

void app_frame(struct app *a, size_t pane, const struct pg_frame *f)
{
	struct pane *p = &a->panes[pane];
	pane_frame(p, f);
	pane_note_ends(p, p == app_focus(a) && (a->layer == LAYER_POPUP || a->layer == LAYER_PAGE));
	app_lens_frame(a, pane);
	a->dealt.frames++;
	/* What is on the page is kept fresh: a process may change its command line. */
	if (p == app_focus(a) && a->layer == LAYER_PAGE && p->has_cursor && !app_is_recorded(a)) {
		struct detail_slot *s = find_detail(a, p->cursor);
		if (s && s->state == DETAIL_READY)
			s->wanted = true;
		app_ask_next(a);
	}
}

bool app_host_status(struct app *a, size_t pane, const struct pg_remote_status *s)
{
	struct pg_remote_status *was = &a->panes[pane].status;
	bool same = was->state == s->state && strcmp(was->why, s->why) == 0 &&
		    (s->state == PG_REMOTE_LIVE || was->seconds == s->seconds);
	*was = *s;
	return !same;
}

void app_own_cost(struct app *a, double share)
{
	a->own_share = share;
}

void app_message(struct app *a, const char *text)
{
	snprintf(a->message, sizeof(a->message), "%s", text);
}

/* The tasks that somebody looks at: cursor, with popup and page, pointer, lens, pins. */
static size_t looked_at(const struct app *a, struct pg_focus *out)
{
	struct pane *p = app_focus(a);
	size_t nr = 0;
	if (app_is_recorded(a))
		return 0;
	if (p->has_cursor)
		out[nr++] = (struct pg_focus){.pid = p->cursor.pid, .tid = p->cursor.tid};
	if (a->has_hover)
		out[nr++] = (struct pg_focus){.pid = a->hover.pid, .tid = a->hover.tid};
	if (a->lens && a->lens->pane == a->in_focus)
		out[nr++] = (struct pg_focus){.pid = a->lens->key.pid, .tid = a->lens->key.tid};
	for (size_t i = 0; i < p->nr_pins; i++)
		out[nr++] = (struct pg_focus){.pid = p->pins[i].pid, .tid = p->pins[i].tid};
	return nr;
}
_Static_assert(3 + MAX_PINS <= PG_FOCUS_MAX, "there is a focus for each");

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
	if (app_has_page(a))
		return;
	a->has_hover = panes_pick(a, row, col, &a->hover_pane, &a->hover);
}

void app_click(struct app *a, int row, int col, bool right)
{
	struct pg_key key;
	size_t pane;
	if (app_has_page(a)) {
		app_close_layer(a);
		return;
	}
	a->message[0] = '\0';
	if (app_click_timeline(a, row, col) || !panes_at(a, row, col, &pane))
		return;
	a->in_focus = pane;
	if (!panes_pick(a, row, col, &pane, &key))
		return;
	pane_set_cursor(app_focus(a), a, key);
	if (right)
		app_toggle_pin(a, pane, key);
}

void app_wheel(struct app *a, int lines)
{
	struct pane *p = app_focus(a);
	if (app_has_page(a)) {
		long line = (long)a->page_line + lines;
		a->page_line = line < 0 ? 0 : (size_t)line;
	} else {
		a->has_hover = false;
		a->ops->scroll(p->view, lines);
	}
}
