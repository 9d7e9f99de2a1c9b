/* SPDX-License-Identifier: MIT */
/* The time line of the pane that leads, and the prompt for a time. */
#include "app_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas/keys.h"

/* ---- how busy it was ------------------------------------------------------------------------- */

static uint8_t level_of(double cpu_share)
{
	static const double steps[] = {0.05, 0.25, 0.7}; /* of all CPUs */
	uint8_t level = TIMELINE_CALM;
	if (cpu_share < 0)
		return TIMELINE_UNKNOWN;
	for (size_t i = 0; i < PG_ARRAY_LEN(steps); i++)
		level += cpu_share >= steps[i];
	return level;
}

/* Makes room for one frame; those that the past has forgotten give theirs up now and then. */
static void shift_levels(struct pane_levels *l, uint64_t first, uint64_t frame)
{
	if (l->nr == 0)
		l->first = frame;
	if (first > l->first && first - l->first > 4096 + l->nr / 2) {
		size_t lost = first - l->first < l->nr ? (size_t)(first - l->first) : l->nr;
		memmove(l->items, l->items + lost, l->nr - lost);
		l->nr -= lost;
		l->first = first;
	}
	if (frame < l->first) {
		size_t more = (size_t)(l->first - frame);
		l->items = pg_grow(l->items, &l->cap, l->nr + more, 1);
		memmove(l->items + more, l->items, l->nr);
		memset(l->items, TIMELINE_UNKNOWN, more);
		l->nr += more;
		l->first = frame;
	}
	if (frame - l->first >= l->nr) {
		size_t nr = (size_t)(frame - l->first) + 1;
		l->items = pg_grow(l->items, &l->cap, nr, 1);
		memset(l->items + l->nr, TIMELINE_UNKNOWN, nr - l->nr);
		l->nr = nr;
	}
}

void pane_note_level(struct pane *p, uint64_t frame, const struct pg_frame *f)
{
	struct pane_levels *l = &p->levels;
	if (!p->past || frame < p->past->ops->first(p->past) || frame >= p->past->ops->end(p->past))
		return;
	shift_levels(l, p->past->ops->first(p->past), frame);
	l->items[frame - l->first] = level_of(f->changes->cpu_share);
}

/* Frames that are further apart than so many times the usual leave a gap in the bar. */
#define GAP     2.5
#define SAMPLES 9

struct bar_input {
	const struct pane *pane;
	double gap_ns;
};

static int64_t wall_of(const struct pane *p, uint64_t frame)
{
	return p->past->ops->wall_ns(p->past, frame);
}

static int64_t axis_of(const struct pane *p, uint64_t frame)
{
	return p->past->ops->axis_ns(p->past, frame);
}

static double later_by(const struct pane *p, uint64_t frame)
{
	return (double)axis_of(p, frame + 1) - (double)axis_of(p, frame);
}

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int64_t pane_age_ns(const struct pane *p)
{
	uint64_t end = p->past->ops->end(p->past);
	int64_t ns;
	if (end == p->past->ops->first(p->past) || /* what comes over a wire may be anything */
	    __builtin_sub_overflow(axis_of(p, end - 1), pg_player_at_ns(p->player), &ns))
		return -1;
	return ns;
}

/* The median of some: one long pause must not hide the others. */
static double usual_ns(const struct pane *p)
{
	uint64_t first = p->past->ops->first(p->past), end = p->past->ops->end(p->past);
	double all[SAMPLES];
	if (end - first < 2)
		return 0;
	for (uint64_t i = 0; i < SAMPLES; i++)
		all[i] = later_by(p, first + i * (end - first - 2) / (SAMPLES - 1));
	qsort(all, SAMPLES, sizeof(all[0]), cmp_double);
	return all[SAMPLES / 2];
}

/* The busiest frame of the time; where frames are rarer than places, the one before. */
static enum timeline_level level_between(const void *arg, int64_t from_ns, int64_t to_ns)
{
	const struct bar_input *in = arg;
	const struct pane *p = in->pane;
	const struct pane_levels *l = &p->levels;
	uint64_t from = pg_past_at(p->past, from_ns), to = pg_past_at(p->past, to_ns);
	enum timeline_level level = TIMELINE_UNKNOWN;
	if ((double)from_ns - (double)axis_of(p, to) > in->gap_ns)
		return TIMELINE_NONE;
	if (from < to && axis_of(p, from) < from_ns)
		from++;
	if (from < to && axis_of(p, to) >= to_ns) /* the next place's */
		to--;
	for (uint64_t i = from; i <= to; i++)
		if (i >= l->first && i - l->first < l->nr && l->items[i - l->first] > level)
			level = l->items[i - l->first];
	return level;
}

/* ---- the line -------------------------------------------------------------------------------- */

bool app_has_own_line(const struct app *a)
{
	return a->o.recorded && a->in_past && !a->panes[a->leader].has_live;
}

void app_draw_timeline(struct app *a, struct canvas *c, struct rect r)
{
	const struct pane *p = &a->panes[a->leader];
	const struct pg_past_ops *ops = p->past->ops;
	uint64_t first = ops->first(p->past), end = ops->end(p->past);
	struct bar_input bar = {.pane = p, .gap_ns = GAP * usual_ns(p)};
	struct timeline_input in = {.first = first,
				    .end = end,
				    .at = pg_player_at(p->player),
				    .first_ns = axis_of(p, first),
				    .last_ns = axis_of(p, end - 1),
				    .at_ns = pg_player_at_ns(p->player),
				    .first_wall_ns = wall_of(p, first),
				    .last_wall_ns = wall_of(p, end - 1),
				    .playing = pg_player_is_playing(p->player),
				    .pace = pg_player_pace(p->player),
				    .live = p->has_live,
				    .level = level_between,
				    .arg = &bar};
	timeline_draw(c, r, &in, &a->bar);
}

bool app_click_timeline(struct app *a, int row, int col)
{
	int64_t axis_ns;
	if (!a->in_past || !timeline_pick(&a->bar, row, col, &axis_ns))
		return false;
	app_go_near(a, axis_ns);
	return true;
}

/* ---- the prompt ------------------------------------------------------------------------------ */

#define PROMPT "go to: "
#define FORMS  "14:03, 14:03:20, -90s, -5m, +1h"

void app_open_prompt(struct app *a)
{
	a->prompt.open = true;
	a->prompt.nr = 0;
	a->prompt.text[0] = '\0';
}

/* On the axis of the pane's past. */
static int64_t here_ns(const struct app *a, const struct pane *p)
{
	return a->in_past ? pg_player_at_ns(p->player) : axis_of(p, p->past->ops->end(p->past) - 1);
}

static void answer(struct app *a)
{
	char text[128];
	int64_t ns;
	const struct pane *p = a->in_past ? &a->panes[a->leader] : app_focus(a);
	a->prompt.open = false;
	if (!p->past || !p->has_frame || p->past->ops->first(p->past) == p->past->ops->end(p->past))
		return;
	bool far = timeline_is_span(a->prompt.text); /* so far from here */
	struct timeline_span span = {.at_ns = far ? here_ns(a, p) : p->frame.snap->wall_ns};
	pg_past_clocks(p->past, &span.first_ns, &span.last_ns);
	if (timeline_parse(a->prompt.text, &span, &ns)) {
		if (far)
			app_go_to(a, ns);
		else
			app_go_to_time(a, ns);
	} else if (a->prompt.nr) {
		snprintf(text, sizeof(text), "not a time: %s (as in %s)", a->prompt.text, FORMS);
		app_message(a, text);
	}
}

bool app_prompt_key(struct app *a, int code)
{
	struct prompt *p = &a->prompt;
	if (!p->open)
		return false;
	if (code == KEY_ENTER_) {
		answer(a);
	} else if (code == KEY_ESC) {
		p->open = false;
	} else if (code == KEY_BACKSPACE_) {
		p->nr -= p->nr > 0;
	} else if (code == KEY_C('u')) {
		p->nr = 0;
	} else if (code >= ' ' && code < 0x7f && p->nr + 1 < sizeof(p->text)) {
		p->text[p->nr++] = (char)code;
	} else if (code == KEY_C('c')) {
		return false;
	}
	p->text[p->nr] = '\0';
	return true;
}

void app_draw_prompt(const struct app *a, struct canvas *c, struct rect r)
{
	int col = r.col + canvas_puts(c, r.row, r.col, PROMPT, STYLE(ROLE_KEY));
	col += canvas_puts(c, r.row, col, a->prompt.text, STYLE(ROLE_TEXT));
	c->cursor_row = r.row;
	c->cursor_col = col < c->cols ? col : c->cols - 1;
	if (col + 2 + (int)strlen(FORMS) <= r.col + r.cols)
		canvas_puts(c, r.row, col + 2, FORMS, STYLE(ROLE_DIM));
}
