/* SPDX-License-Identifier: MIT */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "text.h"

static const uint64_t delays_ms[] = {50,   100,  200,   500,   1000, 2000,
				     3000, 5000, 10000, 30000, 60000};

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

static void set_cursor(struct app *a, struct pg_key key)
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
			set_cursor(a, key);
			return;
		}
	}
	a->has_cursor = false;
	in.has_cursor = false;
	if (a->ops->move(a->view, &in, MOVE_FIRST, &key))
		set_cursor(a, key);
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

struct app_wishes app_take_wishes(struct app *a)
{
	struct app_wishes w = a->wishes;
	a->wishes = (struct app_wishes){0};
	return w;
}

/* ---- what keys do ---------------------------------------------------------------------------- */

static void refilter(struct app *a, const struct pg_filter *f)
{
	pg_model_set_filter(a->model, f);
	if (a->has_frame)
		pg_model_rebuild(a->model, &a->frame);
	a->ops->reveal(a->view);
}

static void cycle_threads(struct app *a)
{
	struct pg_filter f = *pg_model_filter(a->model);
	f.threads = f.threads == PG_THREADS_ALL    ? PG_THREADS_BUSY
		    : f.threads == PG_THREADS_BUSY ? PG_THREADS_NONE
						   : PG_THREADS_ALL;
	refilter(a, &f);
	a->wishes.set_scope = true;
	a->wishes.scope = f.threads == PG_THREADS_NONE ? PG_SCOPE_PROCESS : PG_SCOPE_THREADS;
}

static void toggle_kernel(struct app *a)
{
	struct pg_filter f = *pg_model_filter(a->model);
	f.hide_kernel = !f.hide_kernel;
	refilter(a, &f);
}

static void clear_user(struct app *a)
{
	struct pg_filter f = *pg_model_filter(a->model);
	f.by_user = false;
	refilter(a, &f);
}

static void toggle_user(struct app *a)
{
	struct pg_filter f = *pg_model_filter(a->model);
	if (f.by_user) {
		clear_user(a);
		return;
	}
	struct pg_place at = {0};
	if (a->has_frame && a->has_cursor)
		at = pg_snapshot_find(a->frame.snap, a->cursor);
	if (!at.proc || !(at.proc->valid & PG_UID)) {
		app_message(a, "u: put the cursor on a task of the user first");
		return;
	}
	f.by_user = true;
	f.uid = at.proc->uid;
	free(a->filter_user);
	if (at.proc->user.len) {
		a->filter_user = pg_alloc(at.proc->user.len + 1);
		memcpy(a->filter_user, pg_proc_str(at.proc, at.proc->user), at.proc->user.len);
		a->filter_user[at.proc->user.len] = '\0';
	} else {
		char number[16];
		snprintf(number, sizeof(number), "%u", at.proc->uid);
		a->filter_user = pg_strdup(number);
	}
	refilter(a, &f);
}

static void change_delay(struct app *a, bool slower)
{
	uint64_t now = a->o.delay_ns, to = now;
	const size_t nr = PG_ARRAY_LEN(delays_ms);
	for (size_t i = 0; i < nr; i++) {
		uint64_t step = delays_ms[slower ? i : nr - 1 - i] * 1000000;
		if (slower ? step > now : step < now) {
			to = step;
			break;
		}
	}
	a->o.delay_ns = to;
	a->wishes.set_delay = true;
	a->wishes.delay_ns = to;
}

static void toggle_pin(struct app *a, struct pg_key key)
{
	for (size_t i = 0; i < a->nr_pins; i++) {
		if (same_key(a->pins[i], key)) {
			memmove(&a->pins[i], &a->pins[i + 1],
				(a->nr_pins - i - 1) * sizeof(a->pins[0]));
			a->nr_pins--;
			return;
		}
	}
	if (a->nr_pins == MAX_PINS)
		app_message(a,
			    "three pins are all there is room for: m on a pinned cell unpins it");
	else
		a->pins[a->nr_pins++] = key;
}

static void open_layer(struct app *a)
{
	if (!a->has_cursor)
		return;
	a->has_hover = false;
	a->layer = a->layer == LAYER_POPUP ? LAYER_PAGE : LAYER_POPUP;
	a->page_line = 0;
}

static void close_layer(struct app *a)
{
	a->page_line = 0;
	if (a->layer == LAYER_PAGE)
		a->layer = LAYER_POPUP;
	else if (a->layer != LAYER_GRID)
		a->layer = LAYER_GRID;
	else if (a->has_hover)
		a->has_hover = false;
	else if (pg_model_filter(a->model)->by_user)
		clear_user(a);
}

static void busiest(struct app *a)
{
	struct pg_busy busy;
	if (!a->has_frame)
		return;
	pg_model_busy(&a->frame, &busy);
	for (size_t i = 0; i < busy.nr_hot; i++) {
		struct pg_key key = pg_task_key(busy.hot[i].at.proc, busy.hot[i].at.task);
		if (pg_model_find(a->model, key)) {
			set_cursor(a, key);
			return;
		}
	}
	app_message(a, "nothing is busy");
}

static void next_palette(struct app *a)
{
	struct theme *t = &a->o.theme;
	struct theme fresh;
	theme_init(&fresh, (t->palette + 1) % NR_PALETTES, t->utf8);
	/* Colours the user set stay his; mono shows classes by glyph. */
	memcpy(fresh.user, t->user, sizeof(fresh.user));
	fresh.user_tip = t->user_tip;
	fresh.user_bg = t->user_bg;
	*t = fresh;
	char text[64];
	snprintf(text, sizeof(text), "palette: %s", palette_names[t->palette]);
	app_message(a, text);
}

/* Moves of the cursor; on a page or the help they scroll it. */
static bool move_of(enum action act, enum view_move *move)
{
	static const struct {
		enum action act;
		enum view_move move;
	} moves[] = {
		{ACT_LEFT, MOVE_LEFT},
		{ACT_RIGHT, MOVE_RIGHT},
		{ACT_UP, MOVE_UP},
		{ACT_DOWN, MOVE_DOWN},
		{ACT_FIRST, MOVE_FIRST},
		{ACT_LAST, MOVE_LAST},
		{ACT_PAGE_UP, MOVE_PAGE_UP},
		{ACT_PAGE_DOWN, MOVE_PAGE_DOWN},
		{ACT_HALF_UP, MOVE_HALF_UP},
		{ACT_HALF_DOWN, MOVE_HALF_DOWN},
		{ACT_PREV_GROUP, MOVE_PREV_GROUP},
		{ACT_NEXT_GROUP, MOVE_NEXT_GROUP},
		{ACT_PREV_BUSY, MOVE_PREV_BUSY},
		{ACT_NEXT_BUSY, MOVE_NEXT_BUSY},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(moves); i++) {
		if (moves[i].act == act) {
			*move = moves[i].move;
			return true;
		}
	}
	return false;
}

static void scroll_page(struct app *a, enum view_move move)
{
	long page = a->rows > 4 ? a->rows - 4 : 1, line = (long)a->page_line;
	switch (move) {
	case MOVE_UP:
		line--;
		break;
	case MOVE_DOWN:
		line++;
		break;
	case MOVE_PAGE_UP:
		line -= page;
		break;
	case MOVE_PAGE_DOWN:
		line += page;
		break;
	case MOVE_HALF_UP:
		line -= page / 2;
		break;
	case MOVE_HALF_DOWN:
		line += page / 2;
		break;
	case MOVE_FIRST:
		line = 0;
		break;
	case MOVE_LAST:
		line = 1000000;
		break; /* app_draw() cuts it to the last page */
	default:
		break;
	}
	a->page_line = line < 0 ? 0 : (size_t)line;
}

static void move_cursor(struct app *a, enum view_move move)
{
	struct view_input in = app_view_input(a);
	struct pg_key key;
	if (a->layer == LAYER_PAGE || a->layer == LAYER_HELP) {
		scroll_page(a, move);
		return;
	}
	a->has_hover = false;
	if (a->ops->move(a->view, &in, move, &key))
		set_cursor(a, key);
	else if (move == MOVE_NEXT_BUSY || move == MOVE_PREV_BUSY)
		app_message(a, "nothing is busy");
}

static void toggle_freeze(struct app *a)
{
	a->frozen = !a->frozen;
	a->wishes.set_freeze = true;
	a->wishes.frozen = a->frozen;
}

static void redraw_afresh(struct app *a)
{
	if (a->has_frame)
		pg_model_rebuild(a->model, &a->frame);
	a->wishes.redraw = true;
}

static void toggle_mouse(struct app *a)
{
	a->o.mouse = !a->o.mouse;
	a->has_hover = false;
	a->wishes.set_mouse = true;
	a->wishes.mouse = a->o.mouse;
	app_message(a, a->o.mouse ? "mouse on" : "mouse off: the terminal selects text again");
}

static void act(struct app *a, enum action action)
{
	enum view_move move;
	if (move_of(action, &move)) {
		move_cursor(a, move);
		return;
	}
	switch (action) {
	case ACT_BUSIEST:
		busiest(a);
		break;
	case ACT_OPEN:
		open_layer(a);
		break;
	case ACT_PIN:
		if (a->has_hover || a->has_cursor)
			toggle_pin(a, a->has_hover ? a->hover : a->cursor);
		break;
	case ACT_CLOSE:
		close_layer(a);
		break;
	case ACT_SAMPLE:
		a->wishes.sample_now = true;
		break;
	case ACT_FREEZE:
		toggle_freeze(a);
		break;
	case ACT_SLOWER:
		change_delay(a, true);
		break;
	case ACT_FASTER:
		change_delay(a, false);
		break;
	case ACT_DENSER:
		view_grid_change_density(a->view, 1);
		break;
	case ACT_ROOMIER:
		view_grid_change_density(a->view, -1);
		break;
	case ACT_GLYPH:
		a->o.theme.by_class = !a->o.theme.by_class;
		break;
	case ACT_PALETTE:
		next_palette(a);
		break;
	case ACT_THREADS:
		cycle_threads(a);
		break;
	case ACT_KERNEL:
		toggle_kernel(a);
		break;
	case ACT_USER:
		toggle_user(a);
		break;
	case ACT_MOUSE:
		toggle_mouse(a);
		break;
	case ACT_HELP:
		a->layer = a->layer == LAYER_HELP ? LAYER_GRID : LAYER_HELP;
		a->page_line = 0;
		break;
	case ACT_REDRAW:
		redraw_afresh(a);
		break;
	case ACT_QUIT:
		a->wishes.quit = true;
		break;
	default:
		break;
	}
}

void app_key(struct app *a, int code)
{
	enum action action = key_action(code);
	a->message[0] = '\0';
	/* In front of a page or the help, q closes it as users of pagers expect; C-c always quits.
	 */
	if (action == ACT_QUIT && code == 'q' && a->layer == LAYER_HELP) {
		close_layer(a);
		return;
	}
	app_settle(a);
	if (action != ACT_NONE)
		act(a, action);
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
		close_layer(a);
		return;
	}
	if (!a->ops->pick(a->view, a->model, row, col, &key))
		return;
	a->message[0] = '\0';
	set_cursor(a, key);
	if (right)
		toggle_pin(a, key);
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
