/* SPDX-License-Identifier: MIT */
/*
 * What the files of plot_canvas share. plot_canvas.c divides the rectangle and draws axes,
 * plot_canvas_dots.c turns lines into cells, plot_canvas_events.c names events.
 */
#ifndef PLOT_CANVAS_IMPL_H
#define PLOT_CANVAS_IMPL_H

#include "plot_canvas.h"

/* Dots of a rectangle of cells, each cell in the role of what was drawn on it last. */
struct plot_dots {
	int rows, cols;     /* cells */
	int dots_x, dots_y; /* in a cell: 2 × 4 with UTF-8, else 1 × 3 */
	bool utf8;
	struct plot_dot {
		uint8_t bits; /* 1 << (y * dots_x + x) */
		uint8_t role;
		bool level; /* on a plateau */
	} * cells;
};
void plot_dots_init(struct plot_dots *d, int rows, int cols, bool utf8);
void plot_dots_free(struct plot_dots *d);
/* A line from dot to dot, both ends included; what is outside is left out. */
void plot_dots_line(struct plot_dots *d, int x0, int y0, int x1, int y1, uint8_t role);
/* A line along a row, thick. */
void plot_dots_level(struct plot_dots *d, int x0, int x1, int y, uint8_t role);
/* Cells with a dot get their character, all others stay. */
void plot_dots_draw(const struct plot_dots *d, struct canvas *c, int row, int col);

struct plot_event {
	size_t item;
	uint32_t number; /* from 1 on */
	int col;         /* of the canvas */
	int row, at; /* where its label is, if labels are shown; row of label 0 is the topmost */
	int width;   /* of the label */
};
struct plot_frame {
	struct canvas *c;
	const struct pg_plot *p;
	struct rect where, area; /* all of it; the data */
	struct plot_dots dots;
	struct pg_plot_axis x, y;
	int gutter;     /* columns of numbers at the left */
	int title_rows; /* 0 or 1 */
	int axis_rows;  /* below the data: the numbers, and the axis itself */
	int event_rows; /* above the data */
	int legend_rows;
	struct plot_event *events; /* by time */
	size_t nr_events;
	bool numbered; /* events have numbers, and names in the legend */
};

/* Column of the canvas in which a value stands. */
int plot_frame_col(const struct plot_frame *f, double x);
/* A label from anywhere, cut with "…" at max columns. Returns the columns used. */
int plot_frame_label(const struct plot_frame *f, int row, int col, int max, const char *label,
		     struct style st);

/* plot_canvas_events.c. Finding: the events within sight. Room: how many rows above and below the
 * data they would like, at most that many; needs f->area's columns. */
void plot_events_find(struct plot_frame *f);
void plot_events_room(struct plot_frame *f, int above, int below);
void plot_events_draw(const struct plot_frame *f);

#endif
