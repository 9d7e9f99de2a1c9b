/* SPDX-License-Identifier: MIT */
/*
 * plot: a picture in data units: marks, lines, labels and two axes, without a word about pixels or
 * cells. Who knows the data makes one (fd_chart.c for descriptors), and a back end draws it:
 * plot_cairo.c into a file, ui/plot_canvas.c on a canvas. Items are drawn in the order in which
 * they were added.
 */
#ifndef PG_PLOT_H
#define PG_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

enum pg_plot_role {                /* colours are the back end's business */
		    PG_PLOT_DATA,  /* the line itself */
		    PG_PLOT_LEVEL, /* plateaus: quiet */
		    PG_PLOT_UP,
		    PG_PLOT_DOWN, /* jumps */
		    PG_PLOT_LIMIT,
		    PG_PLOT_EVENT, /* `series` numbers them: colours cycle */
		    PG_PLOT_ALERT, /* what leaks */
};
enum pg_plot_shape {
	PG_PLOT_LINE,  /* points joined, steps kept as they are; marks where there is room */
	PG_PLOT_HLINE, /* from (x0, y0) to (x1, y0) */
	PG_PLOT_VLINE, /* at x0 over the whole height, dashed, its label at the top, aslant; labels
			  do not overlap */
	PG_PLOT_ARROW, /* from (x0, y0) to (x0, y1), both ends pointed, its label in a box beside it
			*/
};
struct pg_plot_item {
	uint8_t shape, role;
	uint32_t series;
	double x0, y0, x1, y1;
	const double *xs; /* PG_PLOT_LINE: borrowed, n of them */
	const int64_t *ys;
	size_t n;
	char *label; /* owned; NULL: none; from anywhere, to be made safe by the back end */
};
struct pg_plot {
	char *title, *x_title, *y_title; /* owned */
	double x_min, x_max, y_min, y_max;
	struct pg_plot_item *items;
	size_t nr, cap;
};
struct pg_plot *pg_plot_new(const char *title, const char *x_title, const char *y_title);
void pg_plot_free(struct pg_plot *p);
/* Copies the item and its label; xs and ys stay the caller's and must live as long. */
void pg_plot_add(struct pg_plot *p, const struct pg_plot_item *item);
/* The range from all items but limits far above (more than twice the data), with room at the top.
 */
void pg_plot_fit(struct pg_plot *p);
/* Round ticks (1, 2, 5 times a power of ten), at most max; returns how many, and the step. */
size_t pg_plot_ticks(double min, double max, size_t max_ticks, double *ticks, double *step);

/* ---- plot_cairo.c: .svg, .png, .pdf; libcairo is loaded when it is wanted (see there) ----------
 */

enum pg_plot_format { PG_PLOT_SVG, PG_PLOT_PNG, PG_PLOT_PDF, PG_PLOT_NO_FORMAT };
enum pg_plot_format pg_plot_format_of(const char *path); /* by its ending */
/* Whether it can be done at all: before a long run. 0 or a negative number with a message. */
int pg_plot_can_save(enum pg_plot_format format, struct pg_error *err);
/* 0, or -errno with a message. An existing file is replaced, whole or not at all. */
int pg_plot_save(const struct pg_plot *p, const char *path, struct pg_error *err);

#endif
