/* SPDX-License-Identifier: MIT */
/*
 * plot: a picture in data units: marks, lines, labels and two axes, without a word about pixels or
 * cells. Who knows the data makes one (fd_chart.c for descriptors), and a back end draws it:
 * plot_cairo.c into a file, ui/view/plot_canvas.c on a canvas. Items are drawn in the order in
 * which they were added, but arrows above all.
 */
#ifndef PG_PLOT_H
#define PG_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

/* Colours are the back end's business. */
enum pg_plot_role {
	PG_PLOT_DATA,  /* the line itself */
	PG_PLOT_LEVEL, /* plateaus: quiet */
	PG_PLOT_UP,    /* jumps */
	PG_PLOT_DOWN,
	PG_PLOT_LIMIT,
	PG_PLOT_EVENT, /* `series` numbers them: colours cycle */
	PG_PLOT_ALERT, /* what leaks */
};
enum pg_plot_shape {
	/* Points joined, x ascending (what goes back is left out); marks where there is room. */
	PG_PLOT_LINE,
	/* From (x0, y0) to (x1, y0). Of role LIMIT: over the whole width, if it is within sight. */
	PG_PLOT_HLINE,
	/* At x0 over the whole height, dashed, its label above; labels do not overlap. */
	PG_PLOT_VLINE,
	/* From (x0, y0) to (x0, y1), both ends pointed, its label beside it; above all others. */
	PG_PLOT_ARROW,
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
/* What an axis counts, which decides its ticks: times have s, min, h, d; numbers k, M, G. */
enum pg_plot_unit { PG_PLOT_NUMBER, PG_PLOT_SECONDS };
struct pg_plot {
	char *title, *x_title, *y_title; /* owned; from anywhere, as labels; NULL: none */
	uint8_t x_unit, y_unit;          /* [PG_PLOT_NUMBER] to be set after pg_plot_new() */
	double x_min, x_max, y_min, y_max;
	struct pg_plot_item *items;
	size_t nr, cap;
};
struct pg_plot *pg_plot_new(const char *title, const char *x_title, const char *y_title);
void pg_plot_free(struct pg_plot *p);
/* Copies the item and its label; xs and ys stay the caller's and must live as long. */
void pg_plot_add(struct pg_plot *p, const struct pg_plot_item *item);
/*
 * The range from all items but limits far above (more than twice the data), with room at the top.
 * Zero is in it unless the data lie far from it: what is a tenth of the whole is seen as a tenth,
 * and 10,000 ± 5 is still seen. What is not finite does not count.
 */
void pg_plot_fit(struct pg_plot *p);

/* ---- plot_axis.c -----------------------------------------------------------------------------
 */

/* Round ticks (1, 2, 5 times a power of ten), at most max; returns how many, and the step. */
size_t pg_plot_ticks(double min, double max, size_t max_ticks, double *ticks, double *step);

#define PG_PLOT_MAX_TICKS 32
struct pg_plot_axis {
	double ticks[PG_PLOT_MAX_TICKS]; /* in data units, ascending */
	size_t nr;
	double step;
	double scale;       /* data units in one unit of the labels: 60 for minutes, 1000 for k */
	int decimals;       /* of the labels */
	const char *unit;   /* for the title of the axis: "s", "min", "h", "d"; "" for numbers */
	const char *suffix; /* of each label: "", "k", "M", … */
};
/* As pg_plot_ticks, round in the unit that suits the range. Numbers are whole. */
void pg_plot_axis(enum pg_plot_unit unit, double min, double max, size_t max_ticks,
		  struct pg_plot_axis *out);
#define PG_PLOT_TICK_LEN 32
char *pg_plot_tick_label(const struct pg_plot_axis *a, double value, char *out); /* of that size */

/* ---- plot_reduce.c: what is too much for the pixels or cells there are -------------------------
 */

struct pg_plot_point {
	double x, y;
};
/*
 * Of the points of a line those that make a difference when it is drawn over that many columns:
 * first, lowest, highest and last of each, in their order. At most PG_PLOT_REDUCED(columns), which
 * out has to hold.
 */
#define PG_PLOT_REDUCED(columns) (4 * ((size_t)(columns) + 2))
size_t pg_plot_reduce(const struct pg_plot *p, const struct pg_plot_item *line, size_t columns,
		      struct pg_plot_point *out);
/*
 * Moves positions (ascending) apart, as little as possible, so that neighbours are gap apart and
 * all stay within [min, max]. If there is no room for that they are spread evenly.
 */
void pg_plot_spread(double *at, size_t n, double gap, double min, double max);
/*
 * The items of one shape that are within sight, at least gap columns apart, at most
 * columns / gap + 1 of them: of arrows the longer ones win, of all else the earlier added ones.
 * Their indices, in that order; out has room for p->nr.
 */
size_t pg_plot_pick(const struct pg_plot *p, enum pg_plot_shape shape, size_t columns, size_t gap,
		    size_t *out);
/* The label, safe to be drawn, at most max columns; a cut one ends with "…" (utf8) or "~". */
void pg_plot_label(const char *label, int max, bool utf8, struct pg_buf *out);

/* ---- plot_file.c -------------------------------------------------------------------------------
 */

enum pg_plot_format { PG_PLOT_SVG, PG_PLOT_PNG, PG_PLOT_PDF, PG_PLOT_NO_FORMAT };
enum pg_plot_format pg_plot_format_of(const char *path); /* by its ending, in any case */
/*
 * Whether a file could be made there: asked before a long run. 0, or -errno with a message that
 * names the path. Nothing is made, nothing is opened.
 */
int pg_plot_can_write(const char *path, struct pg_error *err);

/* ---- plot_cairo.c: .svg, .png, .pdf; libcairo is loaded when it is wanted (see there) ----------
 */

/* Whether it can be done at all: before a long run. 0 or a negative number with a message. */
int pg_plot_can_save(enum pg_plot_format format, struct pg_error *err);
/* 0, or -errno with a message. An existing file is replaced, whole or not at all. */
int pg_plot_save(const struct pg_plot *p, const char *path, struct pg_error *err);

#endif
