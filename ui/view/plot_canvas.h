/* SPDX-License-Identifier: MIT */
/*
 * plot_canvas: a picture (plot.h) in a rectangle of a canvas, for lenses of the grid and for
 * `--plot`. Lines are drawn with braille dots, 2 × 4 a cell; without UTF-8 with . - ' and |.
 * Whatever there is no room for is left out, first the legend and the title, then the axes: 40 × 8
 * has both axes, 20 × 5 still has numbers, 10 × 2 is a line alone.
 */
#ifndef PLOT_CANVAS_H
#define PLOT_CANVAS_H

#include "canvas/canvas.h"
#include "canvas/layout.h"
#include "canvas/theme.h"
#include "plot/plot.h"

/* Blanks the rectangle, which may reach beyond the canvas, and draws. p is fitted. */
void plot_canvas_draw(struct canvas *c, struct rect where, const struct pg_plot *p);
/* How many lines of a screen of that size a picture should take when it is printed. */
int plot_canvas_rows(const struct pg_plot *p, int rows, int cols);
/*
 * Prints it to fd, as wide as the terminal there, else 80 columns (canvas_print.h), in colours
 * where there are some. 0, or -errno.
 */
int plot_canvas_print(const struct pg_plot *p, const struct theme *t, int fd);

#endif
