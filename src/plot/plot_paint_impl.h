/* SPDX-License-Identifier: MIT */
/*
 * The page while it is painted. plot_paint.c measures it, divides it and paints what stands around
 * the data, plot_paint_items.c the data, plot_paint_events.c the labels above.
 */
#ifndef PG_PLOT_PAINT_IMPL_H
#define PG_PLOT_PAINT_IMPL_H

#include "plot_impl.h"

/* DO(page, move_to, x, y): one call of libcairo on the page. */
#define DO(page, name, ...) ((page)->f->cairo_##name((page)->cr, ##__VA_ARGS__))

struct pg_page_label {
	char *text; /* owned; safe, cut */
	double width;
	double x;  /* of the event, in data units */
	double at; /* where the label begins, on the page */
	uint32_t series;
};
struct pg_page {
	const struct pg_cairo *f;
	cairo_t *cr;
	const struct pg_plot *p;
	double left, top, right, bottom; /* of the data */
	struct pg_plot_axis x, y;
	size_t *events; /* those that are drawn, as indices of items */
	size_t nr_events, all_events;
	size_t *arrows; /* likewise */
	size_t nr_arrows, all_arrows;
	struct pg_page_label *labels; /* of all events, or of some that are drawn; by time */
	size_t nr_labels;
	double leader; /* height of the lines from labels to events */
};

double pg_page_x(const struct pg_page *g, double x);
double pg_page_y(const struct pg_page *g, double y);
void pg_page_color(const struct pg_page *g, uint32_t rgb);
uint32_t pg_page_event_color(uint32_t series);
void pg_page_font(const struct pg_page *g, double size, bool bold);
/* Width of a text that is safe already, in the font that is set. */
double pg_page_width(const struct pg_page *g, const char *text);
/* at: 0 begins at x, 0.5 has its middle there, 1 ends there. */
void pg_page_text(const struct pg_page *g, double x, double y, double at, const char *text);
void pg_page_segment(const struct pg_page *g, double x0, double y0, double x1, double y1);

/* plot_paint_events.c */
#define PG_PAGE_LABEL_SIZE 11.0
/* Which events are named; returns the height that their labels take. */
double pg_page_choose_labels(struct pg_page *g);
/* Where the labels go within [left, right]; returns how far the widest reaches beyond the page. */
double pg_page_place_labels(struct pg_page *g);
void pg_page_labels(const struct pg_page *g);
void pg_page_free_labels(struct pg_page *g);

/* plot_paint_items.c */
void pg_page_items(const struct pg_page *g);

#endif
