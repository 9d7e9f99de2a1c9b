/* SPDX-License-Identifier: MIT */
#include "plot_paint_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MARGIN      30.0
#define TITLE_SIZE  17.0
#define AXIS_SIZE   14.0
#define TICK_SIZE   12.0
#define NOTE_SIZE   11.0
#define TITLE_CHARS 110
#define AXIS_CHARS  60

#define TEXT_COLOR 0x202020
#define QUIET      0x707070
#define GRID_COLOR 0xebebeb
#define AXIS_COLOR 0x606060

#define EVENT_GAP 3 /* points between two dashed lines, at least */
#define ARROW_GAP 14

/* Coordinates of libcairo are 24.8 bits: what is out of sight stays just so. */
static double within(double v)
{
	return fmin(fmax(v, -10000), 10000);
}

double pg_page_x(const struct pg_page *g, double x)
{
	double share = (x - g->p->x_min) / (g->p->x_max - g->p->x_min);
	return within(g->left + share * (g->right - g->left));
}

double pg_page_y(const struct pg_page *g, double y)
{
	double share = (y - g->p->y_min) / (g->p->y_max - g->p->y_min);
	return within(g->bottom - share * (g->bottom - g->top));
}

void pg_page_color(const struct pg_page *g, uint32_t rgb)
{
	DO(g, set_source_rgb, (rgb >> 16) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0);
}

void pg_page_font(const struct pg_page *g, double size, bool bold)
{
	DO(g, select_font_face, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
	   bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	DO(g, set_font_size, size);
}

double pg_page_width(const struct pg_page *g, const char *text)
{
	cairo_text_extents_t e;

	DO(g, text_extents, text, &e);
	return e.x_advance;
}

void pg_page_text(const struct pg_page *g, double x, double y, double at, const char *text)
{
	if (at > 0)
		x -= at * pg_page_width(g, text);
	DO(g, move_to, x, y);
	DO(g, show_text, text);
}

void pg_page_segment(const struct pg_page *g, double x0, double y0, double x1, double y1)
{
	DO(g, move_to, x0, y0);
	DO(g, line_to, x1, y1);
	DO(g, stroke);
}

static void paint_outside_text(const struct pg_page *g, double x, double y, const char *text,
			       int max)
{
	struct pg_buf safe = {0};

	pg_plot_label(text, max, true, &safe);
	pg_page_text(g, x, y, 0.5, pg_buf_cstr(&safe));
	pg_buf_free(&safe);
}

static void paint_ticks_x(const struct pg_page *g)
{
	char label[PG_PLOT_TICK_LEN];

	for (size_t i = 0; i < g->x.nr; i++) {
		double x = pg_page_x(g, g->x.ticks[i]);
		pg_page_color(g, GRID_COLOR);
		pg_page_segment(g, x, g->top, x, g->bottom);
		pg_page_color(g, AXIS_COLOR);
		pg_page_segment(g, x, g->bottom, x, g->bottom + 5);
		pg_page_color(g, TEXT_COLOR);
		pg_page_text(g, x, g->bottom + 20, 0.5,
			     pg_plot_tick_label(&g->x, g->x.ticks[i], label));
	}
}

static void paint_ticks_y(const struct pg_page *g)
{
	char label[PG_PLOT_TICK_LEN];

	for (size_t i = 0; i < g->y.nr; i++) {
		double y = pg_page_y(g, g->y.ticks[i]);
		pg_page_color(g, GRID_COLOR);
		pg_page_segment(g, g->left, y, g->right, y);
		pg_page_color(g, AXIS_COLOR);
		pg_page_segment(g, g->left - 5, y, g->left, y);
		pg_page_color(g, TEXT_COLOR);
		pg_page_text(g, g->left - 9, y + 4, 1,
			     pg_plot_tick_label(&g->y, g->y.ticks[i], label));
	}
}

/* "time (min)"; of no unit only the title. */
static char *axis_title(const char *title, const struct pg_plot_axis *a)
{
	struct pg_buf b = {0};

	if (title)
		pg_buf_puts(&b, title);
	if (*a->unit)
		pg_buf_printf(&b, "%s(%s)", title ? " " : "", a->unit);
	char *s = pg_strdup(pg_buf_cstr(&b));
	pg_buf_free(&b);
	return s;
}

static void paint_titles(const struct pg_page *g)
{
	char *x = axis_title(g->p->x_title, &g->x), *y = axis_title(g->p->y_title, &g->y);

	pg_page_color(g, TEXT_COLOR);
	pg_page_font(g, TITLE_SIZE, true);
	paint_outside_text(g, PG_PLOT_PAGE_WIDTH / 2.0, MARGIN + 4, g->p->title, TITLE_CHARS);
	pg_page_font(g, AXIS_SIZE, false);
	paint_outside_text(g, (g->left + g->right) / 2, g->bottom + 44, x, AXIS_CHARS);
	DO(g, save);
	DO(g, translate, MARGIN, (g->top + g->bottom) / 2);
	DO(g, rotate, -M_PI / 2);
	paint_outside_text(g, 0, 0, y, AXIS_CHARS);
	DO(g, restore);
	free(x);
	free(y);
}

/* What there was no room for is at least counted. */
static void paint_note(const struct pg_page *g)
{
	struct pg_buf b = {0};

	if (g->nr_labels < g->all_events)
		pg_buf_printf(&b, "%zu of %zu events are named", g->nr_labels, g->all_events);
	if (g->nr_arrows < g->all_arrows)
		pg_buf_printf(&b, "%s%zu of %zu jumps are shown, the largest", b.len ? "; " : "",
			      g->nr_arrows, g->all_arrows);
	pg_page_font(g, NOTE_SIZE, false);
	pg_page_color(g, QUIET);
	pg_page_text(g, g->right, PG_PLOT_PAGE_HEIGHT - 10, 1, pg_buf_cstr(&b));
	pg_buf_free(&b);
}

static void paint_nothing(const struct pg_page *g)
{
	for (size_t i = 0; i < g->p->nr; i++)
		if (g->p->items[i].shape == PG_PLOT_LINE && g->p->items[i].n > 0)
			return;
	pg_page_font(g, TITLE_SIZE, false);
	pg_page_color(g, QUIET);
	pg_page_text(g, (g->left + g->right) / 2, (g->top + g->bottom) / 2, 0.5, "no samples");
}

static double widest_tick(const struct pg_page *g, const struct pg_plot_axis *a)
{
	char label[PG_PLOT_TICK_LEN];
	double widest = 0;

	for (size_t i = 0; i < a->nr; i++)
		widest = fmax(widest, pg_page_width(g, pg_plot_tick_label(a, a->ticks[i], label)));
	return widest;
}

/* What stands around the data says how much room there is for them. */
static void divide(struct pg_page *g)
{
	g->top = MARGIN + 20 + pg_page_choose_labels(g);
	g->bottom = PG_PLOT_PAGE_HEIGHT - 76;
	pg_page_font(g, TICK_SIZE, false);
	pg_plot_axis((enum pg_plot_unit)g->p->y_unit, g->p->y_min, g->p->y_max,
		     (size_t)((g->bottom - g->top) / 45) + 1, &g->y);
	g->left = MARGIN + 24 + widest_tick(g, &g->y);
	g->right = PG_PLOT_PAGE_WIDTH - MARGIN;
	g->right -= fmax(0, pg_page_place_labels(g));
	pg_page_place_labels(g);
	pg_plot_axis((enum pg_plot_unit)g->p->x_unit, g->p->x_min, g->p->x_max, 12, &g->x);
}

static size_t count(const struct pg_plot *p, enum pg_plot_shape shape)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr; i++)
		n += p->items[i].shape == shape;
	return n;
}

static void choose(struct pg_page *g)
{
	const struct pg_plot *p = g->p;
	size_t columns = PG_PLOT_PAGE_WIDTH - 150; /* nearly: it is not divided yet */

	g->events = pg_calloc(p->nr + 1, sizeof(*g->events));
	g->nr_events = pg_plot_pick(p, PG_PLOT_VLINE, columns, EVENT_GAP, g->events);
	g->all_events = count(p, PG_PLOT_VLINE);
	g->arrows = pg_calloc(p->nr + 1, sizeof(*g->arrows));
	g->nr_arrows = pg_plot_pick(p, PG_PLOT_ARROW, columns, ARROW_GAP, g->arrows);
	g->all_arrows = count(p, PG_PLOT_ARROW);
}

void pg_plot_paint(const struct pg_cairo *cairo, cairo_t *cr, const struct pg_plot *p)
{
	struct pg_page g = {.f = cairo, .cr = cr, .p = p};

	pg_page_color(&g, 0xffffff);
	DO(&g, paint);
	choose(&g);
	divide(&g);
	DO(&g, set_line_width, 1);
	paint_ticks_x(&g);
	paint_ticks_y(&g);
	paint_nothing(&g);
	pg_page_items(&g);
	pg_page_color(&g, AXIS_COLOR);
	DO(&g, set_line_width, 1);
	DO(&g, rectangle, g.left, g.top, g.right - g.left, g.bottom - g.top);
	DO(&g, stroke);
	pg_page_labels(&g);
	paint_titles(&g);
	paint_note(&g);
	pg_page_free_labels(&g);
	free(g.events);
	free(g.arrows);
}
