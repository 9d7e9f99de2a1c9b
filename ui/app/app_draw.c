/* SPDX-License-Identifier: MIT */
/* The screen, from back to front: chrome, grid, pins, popup or page. */
#include "app_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "view/chrome.h"
#include "view/help.h"

#define POPUP_TEXT_COLS 44
/* Below this the popup is a band, below that a line (design, section 5). */
#define POPUP_MIN_COLS 60
#define POPUP_MIN_ROWS 10
#define PIN_MIN_COLS   72
/* A popup of the usual length and its own cell's line. */
#define POPUP_BODY_ROWS 18

static struct popup_input popup_input(struct app *a, const struct pane *p, struct pg_key key)
{
	struct popup_input in = {.frame = &p->frame,
				 .key = key,
				 .host = p->host,
				 .end = pane_end_of(p, key),
				 .detail_state = DETAIL_NOT_SENT,
				 .io_any = a->o.limits.io_any,
				 .min_cpu = a->o.limits.min_cpu};
	if (!p->host) {
		const struct detail_slot *d = app_detail_of(a, key);
		in.detail = &d->detail;
		in.detail_state = d->state;
	}
	return in;
}

static int text_cols(const struct popup_text *t, bool utf8)
{
	int cols = 0;
	for (size_t i = 0; i < t->nr; i++) {
		int w = pg_text_width(t->lines[i].text, t->lines[i].len, utf8);
		cols = w > cols ? w : cols;
	}
	return cols;
}

static void draw_popup(struct app *a, struct canvas *c, const struct pane *p, struct pg_key key,
		       struct rect area)
{
	struct rect cell;
	struct popup_input in = popup_input(a, p, key);
	struct popup_text text = {0};
	if (!p->area.rows)
		return;
	if (!a->ops->find(p->view, p->model, key, &cell)) {
		if (!in.end || !same_key(key, p->cursor))
			return;
		cell = (struct rect){
			.row = p->cursor_row, .col = p->cursor_col, .rows = 1, .cols = 1};
	}
	int width = c->cols < POPUP_MIN_COLS ? c->cols - POPUP_EXTRA_COLS : POPUP_TEXT_COLS;
	popup_build(&text, &in, false, width);
	int cols = text_cols(&text, c->utf8) + POPUP_EXTRA_COLS;
	struct rect r = layout_popup(area, cell.row, cell.col, cell.cols, (int)text.nr + 1, cols);
	if (r.rows > 0)
		popup_draw(c, r, &text, 0);
	popup_text_free(&text);
}

static void draw_popup_line(struct app *a, struct canvas *c, const struct pane *p,
			    struct pg_key key, struct rect r)
{
	struct popup_input in = popup_input(a, p, key);
	struct pg_buf b = {0};
	struct style st = {.role = ROLE_TIP, .back = ROLE_TIP};
	popup_line(&b, &in);
	canvas_fill(c, r.row, r.col, 1, r.cols, st);
	canvas_text(c, r.row, r.col, r.cols, b.data, b.len, st);
	pg_buf_free(&b);
}

/* Returns the first line below it. */
static int draw_pin(struct app *a, struct canvas *c, const struct pane *p, struct pg_key key,
		    struct rect r)
{
	struct popup_input in = popup_input(a, p, key);
	struct popup_text text = {0};
	popup_build(&text, &in, false, r.cols - POPUP_EXTRA_COLS);
	if ((int)text.nr + 1 < r.rows)
		r.rows = (int)text.nr + 1;
	popup_draw(c, r, &text, 0);
	popup_text_free(&text);
	return r.row + r.rows;
}

static size_t count_pins(const struct app *a)
{
	size_t nr = 0;
	for (size_t i = 0; i < a->nr_panes; i++)
		if (a->panes[i].has_frame)
			nr += a->panes[i].nr_pins;
	return nr;
}

static void draw_pins(struct app *a, struct canvas *c, struct rect r)
{
	r.rows /= (int)count_pins(a);
	for (size_t i = 0; i < a->nr_panes; i++) {
		const struct pane *p = &a->panes[i];
		for (size_t k = 0; k < p->nr_pins && p->has_frame; k++)
			r.row = draw_pin(a, c, p, p->pins[k], r);
	}
}

static void draw_page(struct app *a, struct canvas *c)
{
	struct pane *p = app_focus(a);
	struct popup_text text = {0};
	int width = c->cols - POPUP_EXTRA_COLS > 8 ? c->cols - POPUP_EXTRA_COLS : 8;
	if (a->layer == LAYER_HELP) {
		bool listening = p->has_frame && p->frame.snap->told.listening;
		const char *why = a->o.why_deaf ? a->o.why_deaf
						: "who took these samples was not told of them";
		help_build(&text, &a->o.theme, a->o.limits.io_any, a->o.mouse,
			   listening ? NULL : why, width);
	} else {
		struct popup_input in = popup_input(a, p, p->cursor);
		popup_build(&text, &in, true, width);
	}
	popup_draw_page(c, &text, &a->page_line);
	popup_text_free(&text);
}

static struct chrome_when when_of(const struct app *a, const struct pane *p)
{
	struct chrome_when w = {.age_ns = -1};
	if (!p->has_frame || !(a->in_past || a->o.recorded))
		return w;
	w.word = a->o.recorded ? "REPLAY" : "PAST";
	w.wall_ns = p->frame.snap->wall_ns;
	w.kernel = a->o.kernel;
	if (p->player && p->has_live)
		w.age_ns = pane_age_ns(p);
	return w;
}

static struct chrome_input chrome_input(const struct app *a, const struct pane *p)
{
	const struct pg_snapshot *s = p->has_frame ? p->frame.snap : NULL;
	return (struct chrome_input){.frame = p->has_frame ? &p->frame : NULL,
				     .busy = &p->busy,
				     .alarms = p->watch.alarms,
				     .nr_alarms = pane_is_watched(p) ? p->watch.nr_all : 0,
				     .theme = &a->o.theme,
				     .when = when_of(a, p),
				     .delay_ns = a->o.delay_ns,
				     .own_share = a->own_share,
				     .cpu_share = s ? p->frame.changes->cpu_share : -1,
				     .frozen = a->frozen,
				     .io_any = a->o.limits.io_any,
				     .filter = pg_model_filter(p->model),
				     .user = p->filter_user,
				     .selection = a->o.selection,
				     .nr_tasks = s ? s->nr_tasks : 0,
				     .nr_procs = s ? (uint32_t)s->nr_procs : 0};
}

static void draw_header(struct app *a, struct canvas *c, struct rect r)
{
	struct chrome_input in = chrome_input(a, app_focus(a));
	size_t answering = 0;
	if (!app_has_hosts(a)) {
		chrome_header(c, r, &in);
		return;
	}
	for (size_t i = 0; i < a->nr_panes; i++)
		answering += a->panes[i].status.state == PG_REMOTE_LIVE;
	chrome_hosts(c, r, &in, a->nr_panes, answering);
}

/* The lowest line: what the user is asked or told, else where in time he is, else the legend. */
static void draw_legend(struct app *a, struct canvas *c, const struct bands *b,
			const struct chrome_input *in)
{
	if (a->prompt.open)
		app_draw_prompt(a, c, b->legend);
	else if (a->message[0])
		canvas_puts(c, b->legend.row, b->legend.col, a->message, STYLE(ROLE_ALERT));
	else if (a->in_past && !b->time.rows)
		app_draw_timeline(a, c, b->legend);
	else
		chrome_legend(c, b->legend, in);
}

static void draw_chrome(struct app *a, struct canvas *c, const struct bands *b)
{
	struct chrome_input in = chrome_input(a, app_focus(a));
	if (b->header.rows)
		draw_header(a, c, b->header);
	if (b->busy.rows)
		chrome_busy(c, b->busy, &in);
	if (b->time.rows)
		app_draw_timeline(a, c, b->time);
	if (b->legend.rows)
		draw_legend(a, c, b, &in);
}

/* Pins take their columns from the grid, so that they hide no cell. */
static struct rect split_pins(const struct app *a, struct rect *body)
{
	struct rect r = {0};
	if (!count_pins(a) || body->cols < PIN_MIN_COLS || body->rows < 4)
		return r;
	int cols = body->cols * 2 / 5;
	r = *body;
	r.cols = cols < POPUP_TEXT_COLS ? cols : POPUP_TEXT_COLS;
	r.col = body->col + body->cols - r.cols;
	body->cols -= r.cols + 1;
	return r;
}

/* Header, busy line and legend stay in sight where there is room for a popup besides. */
static struct rect popup_area(const struct canvas *c, const struct bands *b)
{
	struct rect all = {.rows = c->rows, .cols = c->cols};
	return b->body.rows >= POPUP_BODY_ROWS ? b->body : all;
}

static void draw_cells(struct app *a, struct canvas *c, struct pane *p)
{
	struct view_input in = pane_view_input(p, a);
	struct rect at;
	in.area = p->area;
	in.has_cursor = p->has_cursor && p == app_focus(a);
	a->ops->draw(p->view, &in, c);
	if (in.has_cursor && a->ops->find(p->view, p->model, p->cursor, &at)) {
		p->cursor_row = at.row;
		p->cursor_col = at.col;
	}
}

/* What was, and is not known to be any more. */
static void dim(struct canvas *c, struct rect r)
{
	for (int row = r.row; row < r.row + r.rows; row++) {
		for (int col = r.col; col < r.col + r.cols; col++) {
			struct canvas_cell *cell = canvas_at(c, row, col);
			uint8_t reverse = cell ? cell->style.attrs & ATTR_REVERSE : 0;
			if (!cell)
				continue;
			cell->style = STYLE(ROLE_DIM);
			cell->style.attrs = reverse;
		}
	}
}

static void draw_hosts(struct app *a, struct canvas *c, struct rect body)
{
	panes_deal(a, body);
	for (size_t i = 0; i < a->nr_panes; i++) {
		struct pane *p = &a->panes[i];
		struct chrome_input in = chrome_input(a, p);
		struct chrome_host host = {
			.name = p->host, .status = &p->status, .in_focus = i == a->in_focus};
		if (p->head.rows)
			chrome_host(c, p->head, &in, &host);
		if (p->area.rows && p->has_frame)
			draw_cells(a, c, p);
		if (p->status.state != PG_REMOTE_LIVE && p->status.state != PG_REMOTE_LATE)
			dim(c, p->area);
	}
}

static void draw_grid(struct app *a, struct canvas *c, struct rect body)
{
	if (app_has_hosts(a)) {
		draw_hosts(a, c, body);
		return;
	}
	app_focus(a)->area = body;
	draw_cells(a, c, app_focus(a));
}

/* One line says all that the header of several hosts has to say: the other is the grid's. */
static struct bands bands_of(const struct app *a, const struct canvas *c)
{
	struct bands b = layout_bands(c->rows, c->cols, app_has_own_line(a));
	if (app_has_hosts(a) && b.header.rows > 1) {
		b.header.rows--;
		b.body.row--;
		b.body.rows++;
	}
	return b;
}

static void draw_popups(struct app *a, struct canvas *c, const struct bands *b, bool beside_pins)
{
	const struct pane *p = a->has_hover ? &a->panes[a->hover_pane] : app_focus(a);
	struct pg_key key = a->has_hover ? a->hover : p->cursor;
	bool open = a->has_hover || (a->layer == LAYER_POPUP && p->has_cursor);
	if (!open || !p->has_frame)
		return;
	if (c->rows >= POPUP_MIN_ROWS)
		draw_popup(a, c, p, key, beside_pins ? b->body : popup_area(c, b));
	else if (b->legend.rows)
		draw_popup_line(a, c, p, key, b->legend);
}

void app_draw(struct app *a, struct canvas *c)
{
	struct pane *p = app_focus(a);
	struct bands b = bands_of(a, c);
	canvas_reset(c, c->rows, c->cols);
	a->rows = c->rows;
	a->bar.cols = 0;
	app_settle(a);
	if (a->lens && a->layer != LAYER_HELP && a->panes[a->lens->pane].has_frame) {
		app_draw_lens(a, c);
		return;
	}
	if ((a->layer == LAYER_PAGE && p->has_cursor && p->has_frame) || a->layer == LAYER_HELP) {
		draw_page(a, c);
		return;
	}
	draw_chrome(a, c, &b);
	struct rect pins = split_pins(a, &b.body);
	draw_grid(a, c, b.body);
	if (pins.rows)
		draw_pins(a, c, pins);
	draw_popups(a, c, &b, pins.rows > 0);
}
