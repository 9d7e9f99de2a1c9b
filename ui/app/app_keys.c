/* SPDX-License-Identifier: MIT */
/* What each key does: the actions of keys.def, one function each. */
#include "app_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas/keys.h"

static const uint64_t delays_ms[] = {50,   100,  200,   500,   1000, 2000,
				     3000, 5000, 10000, 30000, 60000};

static void refilter(struct app *a, struct pane *p, const struct pg_filter *f)
{
	pg_model_set_filter(p->model, f);
	if (p->has_frame)
		pg_model_rebuild(p->model, &p->frame);
	a->ops->reveal(p->view);
	a->dealt = (struct dealt){0};
}

static void cycle_threads(struct app *a)
{
	struct pane *p = app_focus(a);
	struct pg_filter f = *pg_model_filter(p->model);
	f.threads = f.threads == PG_THREADS_ALL    ? PG_THREADS_BUSY
		    : f.threads == PG_THREADS_BUSY ? PG_THREADS_NONE
						   : PG_THREADS_ALL;
	for (size_t i = 0; i < a->nr_panes; i++) {
		struct pg_filter own = *pg_model_filter(a->panes[i].model);
		own.threads = f.threads;
		refilter(a, &a->panes[i], &own);
	}
	a->wishes.set_scope = true;
	a->wishes.scope = f.threads == PG_THREADS_NONE ? PG_SCOPE_PROCESS : PG_SCOPE_THREADS;
}

static void toggle_kernel(struct app *a)
{
	struct pane *p = app_focus(a);
	struct pg_filter f = *pg_model_filter(p->model);
	f.hide_kernel = !f.hide_kernel;
	for (size_t i = 0; i < a->nr_panes; i++) {
		struct pg_filter own = *pg_model_filter(a->panes[i].model);
		own.hide_kernel = f.hide_kernel;
		refilter(a, &a->panes[i], &own);
	}
}

static void clear_user(struct app *a)
{
	struct pane *p = app_focus(a);
	struct pg_filter f = *pg_model_filter(p->model);
	f.by_user = false;
	refilter(a, p, &f);
}

static void toggle_user(struct app *a)
{
	struct pane *p = app_focus(a);
	struct pg_filter f = *pg_model_filter(p->model);
	if (f.by_user) {
		clear_user(a);
		return;
	}
	struct pg_place at = {0};
	if (p->has_frame && p->has_cursor)
		at = pg_snapshot_find(p->frame.snap, p->cursor);
	if (!at.proc || !(at.proc->valid & PG_UID)) {
		app_message(a, "u: put the cursor on a task of the user first");
		return;
	}
	f.by_user = true;
	f.uid = at.proc->uid;
	free(p->filter_user);
	if (at.proc->user.len) {
		p->filter_user = pg_alloc(at.proc->user.len + 1);
		memcpy(p->filter_user, pg_proc_str(at.proc, at.proc->user), at.proc->user.len);
		p->filter_user[at.proc->user.len] = '\0';
	} else {
		char number[16];
		snprintf(number, sizeof(number), "%u", at.proc->uid);
		p->filter_user = pg_strdup(number);
	}
	refilter(a, p, &f);
}

static void change_delay(struct app *a, bool slower)
{
	uint64_t now = a->o.delay_ns, to = now;
	if (app_has_hosts(a)) {
		app_message(a, "hosts keep the delay they were started with: option -d");
		return;
	}
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

static size_t count_pins(const struct app *a)
{
	size_t nr = 0;
	for (size_t i = 0; i < a->nr_panes; i++)
		nr += a->panes[i].nr_pins;
	return nr;
}

void app_toggle_pin(struct app *a, size_t pane, struct pg_key key)
{
	struct pane *p = &a->panes[pane];
	for (size_t i = 0; i < p->nr_pins; i++) {
		if (same_key(p->pins[i], key)) {
			memmove(&p->pins[i], &p->pins[i + 1],
				(p->nr_pins - i - 1) * sizeof(p->pins[0]));
			p->nr_pins--;
			return;
		}
	}
	if (count_pins(a) == MAX_PINS)
		app_message(a,
			    "three pins are all there is room for: m on a pinned cell unpins it");
	else
		p->pins[p->nr_pins++] = key;
}

static void toggle_pin(struct app *a)
{
	struct pane *p = app_focus(a);
	if (a->has_hover)
		app_toggle_pin(a, a->hover_pane, a->hover);
	else if (p->has_cursor)
		app_toggle_pin(a, a->in_focus, p->cursor);
}

static void open_layer(struct app *a)
{
	struct pane *p = app_focus(a);
	if (!p->has_cursor || a->lens)
		return;
	a->has_hover = false;
	a->layer = a->layer == LAYER_POPUP ? LAYER_PAGE : LAYER_POPUP;
	a->page_line = 0;
}

void app_close_layer(struct app *a)
{
	struct pane *p = app_focus(a);
	a->page_line = 0;
	if (app_lens_close(a))
		return;
	if (a->layer == LAYER_PAGE)
		a->layer = LAYER_POPUP;
	else if (a->layer != LAYER_GRID)
		a->layer = LAYER_GRID;
	else if (a->has_hover)
		a->has_hover = false;
	else if (pg_model_filter(p->model)->by_user)
		clear_user(a);
	else
		app_close_past(a);
}

static void busiest(struct app *a)
{
	struct pane *p = app_focus(a);
	if (!p->has_frame)
		return;
	for (size_t i = 0; i < p->busy.nr_hot; i++) {
		struct pg_key key = pg_task_key(p->busy.hot[i].at.proc, p->busy.hot[i].at.task);
		if (pg_model_find(p->model, key)) {
			pane_set_cursor(p, a, key);
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

static bool move_within(struct app *a, enum view_move move)
{
	struct pane *p = app_focus(a);
	struct view_input in = pane_view_input(p, a);
	struct pg_key key;
	if (!a->ops->move(p->view, &in, move, &key))
		return false;
	pane_set_cursor(p, a, key);
	return true;
}

static void move_cursor(struct app *a, enum view_move move)
{
	if (app_has_page(a)) {
		scroll_page(a, move);
		return;
	}
	a->has_hover = false;
	bool moved = app_has_hosts(a) ? panes_move(a, move) : move_within(a, move);
	if (!moved && (move == MOVE_NEXT_BUSY || move == MOVE_PREV_BUSY))
		app_message(a, "nothing is busy");
}

static void change_density(struct app *a, int step)
{
	for (size_t i = 0; i < a->nr_panes; i++)
		view_grid_change_density(a->panes[i].view, step);
	a->dealt = (struct dealt){0};
}

static void toggle_freeze(struct app *a)
{
	a->frozen = !a->frozen;
	a->wishes.set_freeze = true;
	a->wishes.frozen = a->frozen;
}

static void redraw_afresh(struct app *a)
{
	for (size_t i = 0; i < a->nr_panes; i++)
		if (a->panes[i].has_frame)
			pg_model_rebuild(a->panes[i].model, &a->panes[i].frame);
	a->dealt = (struct dealt){0};
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

static void toggle_glyph(struct app *a)
{
	a->o.theme.by_class = !a->o.theme.by_class;
}

static void toggle_help(struct app *a)
{
	a->layer = a->layer == LAYER_HELP ? LAYER_GRID : LAYER_HELP;
	a->page_line = 0;
}

static void sample_now(struct app *a)
{
	a->wishes.sample_now = true;
}

static void quit(struct app *a)
{
	a->wishes.quit = true;
}

static void slower(struct app *a)
{
	change_delay(a, true);
}

static void faster(struct app *a)
{
	change_delay(a, false);
}

static void denser(struct app *a)
{
	change_density(a, 1);
}

static void roomier(struct app *a)
{
	change_density(a, -1);
}

/* All that neither moves the cursor nor goes to another time. */
static void (*const deeds[])(struct app *a) = {
	[ACT_BUSIEST] = busiest,         [ACT_OPEN] = open_layer,
	[ACT_PIN] = toggle_pin,          [ACT_CLOSE] = app_close_layer,
	[ACT_SAMPLE] = sample_now,       [ACT_FREEZE] = toggle_freeze,
	[ACT_SLOWER] = slower,           [ACT_FASTER] = faster,
	[ACT_TO_TIME] = app_open_prompt, [ACT_DENSER] = denser,
	[ACT_ROOMIER] = roomier,         [ACT_GLYPH] = toggle_glyph,
	[ACT_PALETTE] = next_palette,    [ACT_THREADS] = cycle_threads,
	[ACT_KERNEL] = toggle_kernel,    [ACT_USER] = toggle_user,
	[ACT_MOUSE] = toggle_mouse,      [ACT_HELP] = toggle_help,
	[ACT_REDRAW] = redraw_afresh,    [ACT_QUIT] = quit,
};

static void act(struct app *a, enum action action)
{
	enum view_move move;
	if (move_of(action, &move))
		move_cursor(a, move);
	else if (!app_time_act(a, action) && !app_lens_act(a, action) &&
		 (size_t)action < PG_ARRAY_LEN(deeds) && deeds[action])
		deeds[action](a);
}

/* Whoever comes from another program tries its keys: silence would pass for a hang. */
static void say_unused(struct app *a, int code)
{
	char name[KEY_NAME_MAX], text[64];
	if (!key_name_of(code, name))
		return;
	snprintf(text, sizeof(text), "%s does nothing here: ? shows all keys", name);
	app_message(a, text);
}

void app_key(struct app *a, int code)
{
	enum action action = key_action(code);
	a->message[0] = '\0';
	if (app_prompt_key(a, code))
		return;
	/* On a page q goes back, as users of pagers expect; C-c always quits. */
	if (action == ACT_QUIT && code == 'q' && app_has_page(a)) {
		app_close_layer(a);
		return;
	}
	app_settle(a);
	if (action != ACT_NONE)
		act(a, action);
	else
		say_unused(a, code);
}
