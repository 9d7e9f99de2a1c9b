/* SPDX-License-Identifier: MIT */
/* The screen, from back to front: chrome, grid, pins, popup or page. */
#include "app_private.h"

#include <stdio.h>
#include <string.h>

#include "chrome.h"
#include "help.h"
#include "text.h"

#define POPUP_TEXT_COLS 44
/* Below this the popup is a band, below that a line (design, section 5). */
#define POPUP_MIN_COLS 60
#define POPUP_MIN_ROWS 10
#define PIN_MIN_COLS   72
/* A popup of the usual length and its own cell's line. */
#define POPUP_BODY_ROWS 18

static struct popup_input popup_input(struct app *a, struct pg_key key)
{
	struct pane *p = app_focus(a);
	const struct detail_slot *d = app_detail_of(a, key);
	return (struct popup_input){.frame = &p->frame,
				    .key = key,
				    .detail = &d->detail,
				    .detail_state = d->state,
				    .io_any = a->o.limits.io_any,
				    .min_cpu = a->o.limits.min_cpu};
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

static void draw_popup(struct app *a, struct canvas *c, struct pg_key key, struct rect area)
{
	struct pane *p = app_focus(a);
	struct rect cell;
	struct popup_input in = popup_input(a, key);
	struct popup_text text = {0};
	if (!a->ops->find(p->view, p->model, key, &cell))
		return;
	int width = c->cols < POPUP_MIN_COLS ? c->cols - POPUP_EXTRA_COLS : POPUP_TEXT_COLS;
	popup_build(&text, &in, false, width);
	int cols = text_cols(&text, c->utf8) + POPUP_EXTRA_COLS;
	struct rect r = layout_popup(area, cell.row, cell.col, cell.cols, (int)text.nr + 1, cols);
	if (r.rows > 0)
		popup_draw(c, r, &text, 0);
	popup_text_free(&text);
}

/* How much of a page is out of sight, in its lower border. */
static void draw_more(struct canvas *c, size_t above, size_t below)
{
	char text[64];
	struct style st = {.role = ROLE_TIP, .back = ROLE_TIP};
	const char *up = c->utf8 ? "↑" : "^", *down = c->utf8 ? "↓" : "v";
	int n = 0;
	if (above)
		n += snprintf(text, sizeof(text), " %s %zu", up, above);
	if (below)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %s %zu", down, below);
	if (n == 0)
		return;
	snprintf(text + n, sizeof(text) - (size_t)n, " ");
	int cols = pg_text_width(text, strlen(text), c->utf8);
	if (cols + 4 < c->cols)
		canvas_puts(c, c->rows - 1, c->cols - 2 - cols, text, st);
}

static void draw_popup_line(struct app *a, struct canvas *c, struct pg_key key, struct rect r)
{
	struct popup_input in = popup_input(a, key);
	struct pg_buf b = {0};
	struct style st = {.role = ROLE_TIP, .back = ROLE_TIP};
	popup_line(&b, &in);
	canvas_fill(c, r.row, r.col, 1, r.cols, st);
	canvas_text(c, r.row, r.col, r.cols, b.data, b.len, st);
	pg_buf_free(&b);
}

static void draw_pins(struct app *a, struct canvas *c, struct rect r)
{
	struct pane *p = app_focus(a);
	int each = r.rows / (int)p->nr_pins, row = r.row;
	for (size_t i = 0; i < p->nr_pins; i++) {
		struct popup_input in = popup_input(a, p->pins[i]);
		struct popup_text text = {0};
		popup_build(&text, &in, false, r.cols - POPUP_EXTRA_COLS);
		int rows = (int)text.nr + 1 < each ? (int)text.nr + 1 : each;
		struct rect box = {.row = row, .col = r.col, .rows = rows, .cols = r.cols};
		popup_draw(c, box, &text, 0);
		popup_text_free(&text);
		row += rows;
	}
}

static void draw_page(struct app *a, struct canvas *c)
{
	struct pane *p = app_focus(a);
	struct popup_text text = {0};
	struct rect all = {.rows = c->rows, .cols = c->cols};
	int width = c->cols - POPUP_EXTRA_COLS > 8 ? c->cols - POPUP_EXTRA_COLS : 8;
	if (a->layer == LAYER_HELP) {
		bool listening = p->has_frame && p->frame.snap->told.listening;
		help_build(&text, &a->o.theme, a->o.limits.io_any, a->o.mouse, listening);
	} else {
		struct popup_input in = popup_input(a, p->cursor);
		popup_build(&text, &in, true, width);
	}
	size_t room = c->rows > 2 ? (size_t)c->rows - 2 : 1;
	size_t last = text.nr > room + 1 ? text.nr - room - 1 : 0;
	if (a->page_line > last)
		a->page_line = last;
	popup_draw(c, all, &text, a->page_line);
	if (text.nr > room + 1)
		draw_more(c, a->page_line, last - a->page_line);
	popup_text_free(&text);
	c->cursor_row = c->cursor_col = -1;
}

static void draw_chrome(struct app *a, struct canvas *c, const struct bands *b)
{
	struct pane *p = app_focus(a);
	const struct pg_snapshot *s = p->has_frame ? p->frame.snap : NULL;
	struct chrome_input in = {.frame = p->has_frame ? &p->frame : NULL,
				  .busy = &p->busy,
				  .theme = &a->o.theme,
				  .delay_ns = a->o.delay_ns,
				  .own_share = a->own_share,
				  .cpu_share = p->has_frame ? p->frame.changes->cpu_share : -1,
				  .frozen = a->frozen,
				  .io_any = a->o.limits.io_any,
				  .filter = pg_model_filter(p->model),
				  .user = p->filter_user,
				  .selection = a->o.selection,
				  .nr_tasks = s ? s->nr_tasks : 0,
				  .nr_procs = s ? (uint32_t)s->nr_procs : 0};
	if (b->header.rows)
		chrome_header(c, b->header, &in);
	if (b->busy.rows)
		chrome_busy(c, b->busy, &in);
	if (!b->legend.rows)
		return;
	if (a->message[0])
		canvas_puts(c, b->legend.row, b->legend.col, a->message, STYLE(ROLE_ALERT));
	else
		chrome_legend(c, b->legend, &in);
}

/* Pins take their columns from the grid, so that they hide no cell. */
static struct rect split_pins(const struct app *a, struct rect *body)
{
	struct pane *p = app_focus(a);
	struct rect r = {0};
	if (!p->nr_pins || body->cols < PIN_MIN_COLS || body->rows < 4)
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

static void draw_grid(struct app *a, struct canvas *c, struct rect body)
{
	struct pane *p = app_focus(a);
	struct view_input in = pane_view_input(p, a);
	struct rect at;
	in.area = body;
	a->ops->draw(p->view, &in, c);
	if (p->has_cursor && a->ops->find(p->view, p->model, p->cursor, &at)) {
		p->cursor_row = at.row;
		p->cursor_col = at.col;
	}
}

void app_draw(struct app *a, struct canvas *c)
{
	struct pane *p = app_focus(a);
	struct bands b = layout_bands(c->rows, c->cols);
	canvas_reset(c, c->rows, c->cols);
	a->rows = c->rows;
	app_settle(a);
	if ((a->layer == LAYER_PAGE && p->has_cursor && p->has_frame) || a->layer == LAYER_HELP) {
		draw_page(a, c);
		return;
	}
	draw_chrome(a, c, &b);
	struct rect pins = split_pins(a, &b.body);
	draw_grid(a, c, b.body);
	if (!p->has_frame)
		return;
	if (pins.rows)
		draw_pins(a, c, pins);
	bool open = a->has_hover || (a->layer == LAYER_POPUP && p->has_cursor);
	if (!open)
		return;
	struct pg_key key = a->has_hover ? a->hover : p->cursor;
	if (c->rows < POPUP_MIN_ROWS) {
		if (b.legend.rows)
			draw_popup_line(a, c, key, b.legend);
	} else {
		draw_popup(a, c, key, pins.rows ? b.body : popup_area(c, &b));
	}
}
