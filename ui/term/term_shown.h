/* SPDX-License-Identifier: MIT */
/*
 * term_shown: what the terminal was last given, and so what of the next canvas must be sent. Pure.
 * Part of term.
 */
#ifndef TERM_SHOWN_H
#define TERM_SHOWN_H

#include "canvas/canvas.h"

struct term_shown {
	struct canvas last; /* as it was shown: blanks in the style of what stands before them */
	struct canvas raw;  /* as it came */
};

/* A character of that width, 1 or 2 columns, is to be drawn. */
typedef void term_shown_put(void *arg, int row, int col, const struct canvas_cell *cell, int width);

void term_shown_free(struct term_shown *s);
/* The terminal shows blanks of no known style: everything of a canvas of that size is to be drawn.
 */
void term_shown_reset(struct term_shown *s, int rows, int cols);
/* put() is called for what differs from the canvas before, of the first rows and cols. */
void term_shown_update(struct term_shown *s, const struct canvas *c, int rows, int cols,
		       term_shown_put *put, void *arg);

#endif
