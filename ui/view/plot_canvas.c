/* SPDX-License-Identifier: MIT */
#include "plot_canvas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/outlet.h"
#include "base/text.h"
#include "canvas/canvas_print.h"
#include "plot_canvas_impl.h"

/* Rectangles of fewer rows go without. */
#define TITLE_FROM  10
#define EVENTS_FROM 10
#define LEGEND_FROM 12
#define LINE_FROM   8 /* the axis of time itself */
#define TIMES_FROM  4
#define GUTTER_FROM 14 /* columns */

#define PRINT_ROWS 24 /* of a picture on paper, as it were */

static const uint8_t roles[] = {
	[PG_PLOT_DATA] = ROLE_BAR,  [PG_PLOT_LEVEL] = ROLE_DIM, [PG_PLOT_UP] = ROLE_UP,
	[PG_PLOT_DOWN] = ROLE_DOWN, [PG_PLOT_LIMIT] = ROLE_UP,  [PG_PLOT_EVENT] = ROLE_EVENT,
	[PG_PLOT_ALERT] = ROLE_UP,
};

static uint8_t role_of(const struct pg_plot_item *item)
{
	return item->role < PG_ARRAY_LEN(roles) ? roles[item->role] : ROLE_BAR;
}

/* Far outside is outside: lines to there need not be walked. */
static int to_dot(double share, int dots)
{
	double at = round(share * (dots - 1));

	return !(at >= -1) ? -1 : at > dots ? dots : (int)at;
}

static int dot_x(const struct plot_frame *f, double x)
{
	return to_dot((x - f->p->x_min) / (f->p->x_max - f->p->x_min),
		      f->area.cols * (f->c->utf8 ? 2 : 1));
}

static int dot_y(const struct plot_frame *f, double y)
{
	return to_dot((f->p->y_max - y) / (f->p->y_max - f->p->y_min),
		      f->area.rows * (f->c->utf8 ? 4 : 3));
}

int plot_frame_col(const struct plot_frame *f, double x)
{
	return f->area.col + dot_x(f, x) / (f->c->utf8 ? 2 : 1);
}

static int row_of(const struct plot_frame *f, double y)
{
	return f->area.row + dot_y(f, y) / (f->c->utf8 ? 4 : 3);
}

int plot_frame_label(const struct plot_frame *f, int row, int col, int max, const char *label,
		     struct style st)
{
	struct pg_buf b = {0};

	pg_plot_label(label, max, f->c->utf8, &b);
	int used = canvas_text(f->c, row, col, max, b.data, b.len, st);
	pg_buf_free(&b);
	return used;
}

/* ---- dividing --------------------------------------------------------------------------------
 */

static int widest_tick(const struct pg_plot_axis *a)
{
	char label[PG_PLOT_TICK_LEN];
	int widest = 0;

	for (size_t i = 0; i < a->nr; i++) {
		int n = (int)strlen(pg_plot_tick_label(a, a->ticks[i], label));
		widest = n > widest ? n : widest;
	}
	return widest;
}

static void make_y_axis(struct plot_frame *f, int rows)
{
	size_t max = rows >= 6 ? (size_t)rows / 3 : 2;

	pg_plot_axis((enum pg_plot_unit)f->p->y_unit, f->p->y_min, f->p->y_max, max, &f->y);
}

/* Columns first: how many rows the events take depends on them, and the numbers of the other axis
 * on that. */
static void divide(struct plot_frame *f)
{
	struct rect w = f->where;

	f->title_rows = w.rows >= TITLE_FROM && f->p->title;
	f->axis_rows = w.rows >= LINE_FROM ? 2 : w.rows >= TIMES_FROM;
	make_y_axis(f, w.rows - f->title_rows - f->axis_rows);
	f->gutter = w.cols >= GUTTER_FROM ? widest_tick(&f->y) + 1 : 0;
	f->area = (struct rect){w.row, w.col + f->gutter, w.rows, w.cols - f->gutter};
	plot_events_find(f);
	plot_events_room(f, w.rows >= EVENTS_FROM ? 1 + (w.rows >= 16) + (w.rows >= 24) : 0,
			 w.rows >= LEGEND_FROM ? w.rows / 4 : 0);
	f->area.row = w.row + f->title_rows + f->event_rows;
	f->area.rows = w.rows - f->title_rows - f->event_rows - f->axis_rows - f->legend_rows;
	make_y_axis(f, f->area.rows);
	pg_plot_axis((enum pg_plot_unit)f->p->x_unit, f->p->x_min, f->p->x_max,
		     f->area.cols >= 20 ? (size_t)f->area.cols / 10 : 2, &f->x);
}

/* ---- axes ------------------------------------------------------------------------------------
 */

static void draw_y_axis(const struct plot_frame *f)
{
	char label[PG_PLOT_TICK_LEN];
	int line = f->area.col - 1;

	if (f->gutter == 0)
		return;
	for (int row = 0; row < f->area.rows; row++)
		canvas_put(f->c, f->area.row + row, line, f->c->utf8 ? 0x2502 : '|',
			   STYLE(ROLE_DIM)); /* │ */
	for (size_t i = 0; i < f->y.nr; i++) {
		int row = row_of(f, f->y.ticks[i]);
		int n = (int)strlen(pg_plot_tick_label(&f->y, f->y.ticks[i], label));
		canvas_puts(f->c, row, line - n, label, STYLE(ROLE_TEXT));
		canvas_put(f->c, row, line, f->c->utf8 ? 0x2524 : '+', STYLE(ROLE_DIM)); /* ┤ */
	}
}

static void draw_x_line(const struct plot_frame *f, int row)
{
	for (int i = 0; i < f->area.cols; i++)
		canvas_put(f->c, row, f->area.col + i, f->c->utf8 ? 0x2500 : '-',
			   STYLE(ROLE_DIM)); /* ─ */
	if (f->gutter)
		canvas_put(f->c, row, f->area.col - 1, f->c->utf8 ? 0x2514 : '+',
			   STYLE(ROLE_DIM)); /* └ */
	for (size_t i = 0; i < f->x.nr; i++)
		canvas_put(f->c, row, plot_frame_col(f, f->x.ticks[i]), f->c->utf8 ? 0x252c : '+',
			   STYLE(ROLE_DIM)); /* ┬ */
}

/* The last number that fits carries the unit. */
static void draw_x_numbers(const struct plot_frame *f, int row)
{
	int end = f->where.col, right = f->where.col + f->where.cols;
	char label[PG_PLOT_TICK_LEN + 8];

	for (size_t i = 0; i < f->x.nr; i++) {
		pg_plot_tick_label(&f->x, f->x.ticks[i], label);
		int n = (int)strlen(label);
		int at = plot_frame_col(f, f->x.ticks[i]) - n / 2;
		if (i + 1 == f->x.nr && *f->x.unit)
			n += snprintf(label + n, sizeof(label) - (size_t)n, " %s", f->x.unit);
		if (at + n > right)
			at = right - n;
		if (at < end && i == 0)
			at = end;
		if (at < end)
			continue;
		canvas_puts(f->c, row, at, label, STYLE(ROLE_TEXT));
		end = at + n + 1;
	}
}

static void draw_axes(const struct plot_frame *f)
{
	int below = f->area.row + f->area.rows;

	draw_y_axis(f);
	if (f->axis_rows == 2)
		draw_x_line(f, below);
	if (f->axis_rows > 0)
		draw_x_numbers(f, below + f->axis_rows - 1);
}

/* ---- data ------------------------------------------------------------------------------------
 */

static void dot_line(struct plot_frame *f, const struct pg_plot_item *item)
{
	size_t columns = (size_t)f->area.cols * (f->c->utf8 ? 2 : 1);
	struct pg_plot_point *pts = pg_calloc(PG_PLOT_REDUCED(columns), sizeof(*pts));
	size_t n = pg_plot_reduce(f->p, item, columns, pts);

	if (n == 1) { /* one dot is easily overlooked */
		int x = dot_x(f, pts[0].x), y = dot_y(f, pts[0].y);
		plot_dots_line(&f->dots, x, y - 1, x, y, role_of(item));
		plot_dots_line(&f->dots, x + 1, y - 1, x + 1, y, role_of(item));
	}
	for (size_t i = 0; i < n; i++) {
		size_t from = i ? i - 1 : 0;
		plot_dots_line(&f->dots, dot_x(f, pts[from].x), dot_y(f, pts[from].y),
			       dot_x(f, pts[i].x), dot_y(f, pts[i].y), role_of(item));
	}
	free(pts);
}

static void dot_level(struct plot_frame *f, const struct pg_plot_item *item)
{
	int x0 = dot_x(f, item->x0), x1 = dot_x(f, item->x1);

	if (item->role != PG_PLOT_LIMIT)
		plot_dots_level(&f->dots, x0, x1, dot_y(f, item->y0), role_of(item));
}

static void dot_items(struct plot_frame *f)
{
	for (size_t i = 0; i < f->p->nr; i++) {
		const struct pg_plot_item *item = &f->p->items[i];
		if (item->shape == PG_PLOT_LINE)
			dot_line(f, item);
		else if (item->shape == PG_PLOT_HLINE)
			dot_level(f, item);
	}
}

static void draw_limits(const struct plot_frame *f)
{
	for (size_t i = 0; i < f->p->nr; i++) {
		const struct pg_plot_item *item = &f->p->items[i];
		if (item->shape != PG_PLOT_HLINE || item->role != PG_PLOT_LIMIT ||
		    !(item->y0 >= f->p->y_min && item->y0 <= f->p->y_max))
			continue;
		int row = row_of(f, item->y0);
		for (int col = 0; col < f->area.cols; col++)
			canvas_put(f->c, row, f->area.col + col, f->c->utf8 ? 0x254c : '-',
				   STYLE(ROLE_UP)); /* ╌ */
		if (f->area.cols >= 20)
			plot_frame_label(f, row, f->area.col + 1, f->area.cols - 2, item->label,
					 STYLE(ROLE_UP));
	}
}

/* ---- jumps -----------------------------------------------------------------------------------
 */

static bool is_clear(const struct plot_frame *f, int row, int col, int cols)
{
	if (row < f->area.row || row >= f->area.row + f->area.rows || col < f->area.col ||
	    col + cols > f->area.col + f->area.cols)
		return false;
	for (int i = 0; i < cols; i++) {
		const struct canvas_cell *cell = canvas_at(f->c, row, col + i);
		if (!cell || (cell->ch != ' ' && cell->style.role != ROLE_EVENT))
			return false;
	}
	return true;
}

/* Whether two numbers would be read as one: "+10+10", "-8-8". */
static bool is_beside_another(const struct plot_frame *f, int row, int col, int cols)
{
	const struct canvas_cell *before = canvas_at(f->c, row, col - 1);
	const struct canvas_cell *behind = canvas_at(f->c, row, col + cols);

	return (before && before->ch >= '0' && before->ch <= '9') ||
	       (behind && (behind->ch == '+' || behind->ch == '-'));
}

static void label_arrow(const struct plot_frame *f, const struct pg_plot_item *item)
{
	static const int steps[] = {0, -1, 1, -2, 2};
	int col = plot_frame_col(f, item->x0), row = row_of(f, (item->y0 + item->y1) / 2);
	int width = item->label ? pg_text_width(item->label, strlen(item->label), false) : 0;

	for (size_t i = 0; width > 0 && i < 2 * PG_ARRAY_LEN(steps); i++) {
		int r = row + steps[i / 2], at = i % 2 ? col - width - 1 : col + 2;
		if (!is_clear(f, r, at, width) || is_beside_another(f, r, at, width))
			continue;
		plot_frame_label(f, r, at, width, item->label, STYLE(role_of(item)));
		return;
	}
}

/* Arrows stand above all else, but their labels only where nothing is. */
static void draw_with_arrows(struct plot_frame *f)
{
	size_t *arrows = pg_calloc(f->p->nr + 1, sizeof(*arrows));
	size_t n = pg_plot_pick(f->p, PG_PLOT_ARROW, (size_t)f->area.cols, 2, arrows);

	for (size_t i = n; i-- > 0;) {
		const struct pg_plot_item *item = &f->p->items[arrows[i]];
		int x = dot_x(f, item->x0);
		plot_dots_line(&f->dots, x, dot_y(f, item->y0), x, dot_y(f, item->y1),
			       role_of(item));
	}
	plot_dots_draw(&f->dots, f->c, f->area.row, f->area.col);
	plot_events_draw(f);
	for (size_t i = 0; i < n; i++)
		label_arrow(f, &f->p->items[arrows[i]]);
	free(arrows);
}

static bool has_samples(const struct pg_plot *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->items[i].shape == PG_PLOT_LINE && p->items[i].n > 0)
			return true;
	return false;
}

void plot_canvas_draw(struct canvas *c, struct rect where, const struct pg_plot *p)
{
	struct plot_frame f = {.c = c, .p = p, .where = where};

	canvas_fill(c, where.row, where.col, where.rows, where.cols, STYLE(ROLE_TEXT));
	if (where.rows < 1 || where.cols < 1)
		return;
	divide(&f);
	if (f.title_rows)
		plot_frame_label(&f, where.row, where.col, where.cols, p->title, STYLE(ROLE_LABEL));
	draw_axes(&f);
	draw_limits(&f);
	plot_dots_init(&f.dots, f.area.rows, f.area.cols, c->utf8);
	dot_items(&f);
	draw_with_arrows(&f);
	if (!has_samples(p))
		plot_frame_label(&f, f.area.row + f.area.rows / 2,
				 f.area.col + (f.area.cols > 10 ? (f.area.cols - 10) / 2 : 0),
				 f.area.cols, "no samples", STYLE(ROLE_DIM));
	plot_dots_free(&f.dots);
	free(f.events);
}

int plot_canvas_rows(const struct pg_plot *p, int rows, int cols)
{
	int wanted = PRINT_ROWS;
	size_t events = 0;

	for (size_t i = 0; i < p->nr; i++)
		events += p->items[i].shape == PG_PLOT_VLINE;
	/* A legend has about three names a line. */
	if (events > 4 && cols > 0)
		wanted += events > 60 ? 20 : (int)events / 3;
	if (rows > 0 && wanted > rows - 2)
		wanted = rows - 2;
	return wanted < 5 ? 5 : wanted;
}

int plot_canvas_print(const struct pg_plot *p, const struct theme *t, int fd)
{
	struct canvas_stream s;
	struct canvas c;
	struct pg_buf out = {0};

	canvas_stream_look(fd, &s);
	int rows = plot_canvas_rows(p, s.rows, s.cols);
	canvas_init(&c, rows, s.cols, t->utf8);
	plot_canvas_draw(&c, (struct rect){0, 0, rows, s.cols}, p);
	canvas_print(&c, t, s.colors, &out);
	int ret = pg_outlet_flush(&out, fd, 0); /* a child may have set O_NONBLOCK */
	pg_buf_free(&out);
	canvas_free(&c);
	return ret;
}
