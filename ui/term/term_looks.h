/* SPDX-License-Identifier: MIT */
/*
 * term_looks: what a style of a canvas is on a terminal: a pair of colours that it has, and
 * attributes. term.c asks for each cell that it draws; what was worked out once is kept until the
 * theme changes. Terminals number their pairs, and have only so many: who is to make one is told by
 * a function, so that nothing here knows curses.
 */
#ifndef TERM_LOOKS_H
#define TERM_LOOKS_H

#include <stdbool.h>

#include "canvas/canvas.h"
#include "canvas/theme.h"

#define TERM_MAX_PAIRS 1024

struct term_look {
	bool known;
	short pair;     /* 0: the terminal's own colours */
	unsigned attrs; /* enum of canvas.h */
};

/* Makes pair number nr of two colours: their index or, beyond 256 colours, RGB; -1: the own one. */
typedef bool (*term_pair_fn)(int nr, int fg, int bg);

struct term_looks {
	/* Set by the owner before the first call; else zeroed. */
	int colors;          /* that the terminal has; 0: none are used */
	bool default_colors; /* it knows "the own one" */
	int limit;           /* of numbers of pairs */
	term_pair_fn make;

	struct theme theme;
	struct term_look looks[NR_ROLES][NR_ROLES + 1][5];
	int fg[TERM_MAX_PAIRS], bg[TERM_MAX_PAIRS], nr_pairs; /* from 1 on */
};

/* True if the theme is another one than before: then everything is to be drawn again. */
bool term_looks_set_theme(struct term_looks *l, const struct theme *theme);
/* Valid until the theme changes. A pair that cannot be made is 0. */
const struct term_look *term_look_of(struct term_looks *l, struct style st);

#endif
