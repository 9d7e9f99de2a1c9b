/* SPDX-License-Identifier: MIT */
/*
 * The data on the page, in the order in which one covers the other. Labels of jumps stand in boxes
 * beside their arrows, where there is room for them.
 */
#include <math.h>
#include <stdlib.h>

#include "plot_paint_impl.h"

#define UP_COLOR    0xc81e1e
#define DOWN_COLOR  0x1e46c8
#define DATA_COLOR  0x1f77b4
#define ALERT_COLOR 0xd00000
#define LEVEL_COLOR 0xd4d4d4
#define LIMIT_COLOR 0xa00030

#define BOX_SIZE    11.0 /* of the text */
#define BOX_HEIGHT  17.0
#define LABEL_CHARS 40
#define MANY_EVENTS 60
#define BLEED       5.0 /* dots at the edge are whole */
#define DOT_ROOM    6.0 /* points of the page for each sample that gets a dot */

struct box {
	double x, y, w, h;
};
struct boxes {
	struct box *items;
	size_t nr, cap;
};

static uint32_t color_of(const struct pg_plot_item *item)
{
	static const uint32_t colors[] = {
		[PG_PLOT_DATA] = DATA_COLOR,   [PG_PLOT_LEVEL] = LEVEL_COLOR,
		[PG_PLOT_UP] = UP_COLOR,       [PG_PLOT_DOWN] = DOWN_COLOR,
		[PG_PLOT_LIMIT] = LIMIT_COLOR, [PG_PLOT_ALERT] = ALERT_COLOR};

	if (item->role == PG_PLOT_EVENT)
		return pg_page_event_color(item->series);
	return item->role < PG_ARRAY_LEN(colors) ? colors[item->role] : DATA_COLOR;
}

static void dash(const struct pg_page *g, double on, double off)
{
	double dashes[] = {on, off};

	DO(g, set_dash, dashes, on > 0 ? 2 : 0, 0);
}

static void paint_dots(const struct pg_page *g, const struct pg_plot_point *pts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		DO(g, new_sub_path);
		DO(g, arc, pg_page_x(g, pts[i].x), pg_page_y(g, pts[i].y), n == 1 ? 4 : 2.6, 0,
		   2 * M_PI);
	}
	DO(g, fill);
}

static void paint_line(const struct pg_page *g, const struct pg_plot_item *item)
{
	size_t columns = (size_t)(g->right - g->left);
	struct pg_plot_point *pts = pg_calloc(PG_PLOT_REDUCED(columns), sizeof(*pts));
	size_t n = pg_plot_reduce(g->p, item, columns, pts);

	pg_page_color(g, color_of(item));
	DO(g, set_line_width, 1.7);
	DO(g, set_line_join, CAIRO_LINE_JOIN_ROUND);
	DO(g, new_path);
	for (size_t i = 0; i < n; i++)
		DO(g, line_to, pg_page_x(g, pts[i].x), pg_page_y(g, pts[i].y));
	DO(g, stroke);
	if ((double)n * DOT_ROOM <= (double)columns)
		paint_dots(g, pts, n);
	free(pts);
}

static void paint_limit(const struct pg_page *g, const struct pg_plot_item *item)
{
	struct pg_buf b = {0};
	double y = pg_page_y(g, item->y0);

	if (!(item->y0 >= g->p->y_min && item->y0 <= g->p->y_max))
		return;
	pg_page_color(g, color_of(item));
	DO(g, set_line_width, 1.5);
	dash(g, 9, 5);
	pg_page_segment(g, g->left, y, g->right, y);
	dash(g, 0, 0);
	pg_page_font(g, BOX_SIZE, false);
	pg_plot_label(item->label, LABEL_CHARS, true, &b);
	pg_page_text(g, g->left + 6, y - 5 > g->top + 12 ? y - 5 : y + 14, 0, pg_buf_cstr(&b));
	pg_buf_free(&b);
}

static void paint_level(const struct pg_page *g, const struct pg_plot_item *item)
{
	double x0 = pg_page_x(g, item->x0), x1 = pg_page_x(g, item->x1);
	double y = pg_page_y(g, item->y0);

	if (item->role == PG_PLOT_LIMIT) {
		paint_limit(g, item);
		return;
	}
	if (x1 - x0 < 1) /* less than the line itself */
		return;
	pg_page_color(g, color_of(item));
	DO(g, set_line_width, item->role == PG_PLOT_LEVEL ? 9 : 2);
	pg_page_segment(g, x0, y, x1, y);
}

/* The tip of an arrow at (x, y), that comes from below if size > 0. */
static void paint_tip(const struct pg_page *g, double x, double y, double size)
{
	DO(g, move_to, x, y);
	DO(g, line_to, x - fabs(size) * 0.55, y + size);
	DO(g, line_to, x + fabs(size) * 0.55, y + size);
	DO(g, close_path);
	DO(g, fill);
}

static void paint_arrow(const struct pg_page *g, const struct pg_plot_item *item)
{
	double x = pg_page_x(g, item->x0);
	double high = pg_page_y(g, fmax(item->y0, item->y1));
	double low = pg_page_y(g, fmin(item->y0, item->y1));
	double tip = fmin(9, (low - high) / 2.5);

	pg_page_color(g, color_of(item));
	DO(g, set_line_width, 1.6);
	pg_page_segment(g, x, high + tip * 0.8, x, low - tip * 0.8);
	paint_tip(g, x, high, tip);
	paint_tip(g, x, low, -tip);
}

static bool overlaps(const struct box *a, const struct box *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static bool fits(const struct pg_page *g, const struct boxes *boxes, const struct box *b)
{
	if (b->x < g->left + 1 || b->x + b->w > g->right - 1 || b->y < g->top + 1 ||
	    b->y + b->h > g->bottom - 1)
		return false;
	for (size_t i = 0; i < boxes->nr; i++)
		if (overlaps(&boxes->items[i], b))
			return false;
	return true;
}

/* Beside the arrow, right or left, at its middle or up to two boxes above or below that. */
static bool find_room(const struct pg_page *g, const struct boxes *boxes,
		      const struct pg_plot_item *item, struct box *b)
{
	static const double steps[] = {0, -1.1, 1.1, -2.2, 2.2};
	double x = pg_page_x(g, item->x0);
	double y = (pg_page_y(g, item->y0) + pg_page_y(g, item->y1) - b->h) / 2;

	for (size_t i = 0; i < 2 * PG_ARRAY_LEN(steps); i++) {
		b->x = i % 2 ? x - 8 - b->w : x + 8;
		b->y = y + steps[i / 2] * b->h;
		if (fits(g, boxes, b))
			return true;
	}
	return false;
}

static void paint_box(const struct pg_page *g, const struct pg_plot_item *item, struct boxes *boxes)
{
	struct pg_buf label = {0};

	pg_plot_label(item->label, LABEL_CHARS, true, &label);
	struct box b = {.w = pg_page_width(g, pg_buf_cstr(&label)) + 8, .h = BOX_HEIGHT};
	if (label.len > 1 && find_room(g, boxes, item, &b)) {
		DO(g, rectangle, b.x, b.y, b.w, b.h);
		DO(g, set_source_rgba, 1, 1, 1, 0.9);
		DO(g, fill_preserve);
		pg_page_color(g, color_of(item));
		DO(g, set_line_width, 0.8);
		DO(g, stroke);
		pg_page_text(g, b.x + 4, b.y + BOX_HEIGHT - 5, 0, pg_buf_cstr(&label));
		boxes->items = pg_grow(boxes->items, &boxes->cap, boxes->nr + 1, sizeof(b));
		boxes->items[boxes->nr++] = b;
	}
	pg_buf_free(&label);
}

/* Many of them are not to hide the data. */
static void paint_event(const struct pg_page *g, const struct pg_plot_item *item)
{
	double x = pg_page_x(g, item->x0);
	uint32_t rgb = color_of(item);

	DO(g, set_source_rgba, (rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0,
	   g->nr_events > MANY_EVENTS ? 0.35 : 1);
	DO(g, set_line_width, 1);
	dash(g, 5, 4);
	pg_page_segment(g, x, g->bottom, x, g->top);
	dash(g, 0, 0);
}

static void paint_item(const struct pg_page *g, size_t index, size_t *event)
{
	const struct pg_plot_item *item = &g->p->items[index];

	switch ((enum pg_plot_shape)item->shape) {
	case PG_PLOT_LINE:
		paint_line(g, item);
		break;
	case PG_PLOT_HLINE:
		paint_level(g, item);
		break;
	case PG_PLOT_VLINE:
		if (*event < g->nr_events && g->events[*event] == index) {
			paint_event(g, item);
			(*event)++;
		}
		break;
	case PG_PLOT_ARROW: /* after all others: the chosen ones are by size */
		break;
	}
}

/* The larger a jump, the earlier its box may choose. */
static void paint_arrows(const struct pg_page *g)
{
	struct boxes boxes = {0};

	for (size_t i = g->nr_arrows; i-- > 0;)
		paint_arrow(g, &g->p->items[g->arrows[i]]);
	pg_page_font(g, BOX_SIZE, false);
	for (size_t i = 0; i < g->nr_arrows; i++)
		paint_box(g, &g->p->items[g->arrows[i]], &boxes);
	free(boxes.items);
}

void pg_page_items(const struct pg_page *g)
{
	size_t event = 0;

	DO(g, save);
	DO(g, rectangle, g->left - BLEED, g->top - BLEED, g->right - g->left + 2 * BLEED,
	   g->bottom - g->top + 2 * BLEED);
	DO(g, clip);
	for (size_t i = 0; i < g->p->nr; i++)
		paint_item(g, i, &event);
	paint_arrows(g);
	DO(g, restore);
}
