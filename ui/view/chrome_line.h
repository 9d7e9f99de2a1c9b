/* SPDX-License-Identifier: MIT */
/*
 * chrome_line: what the files of chrome share and nobody else includes. A line is a list of pieces,
 * each some text in a style. Pieces are placed from the left, those marked `right` at the right
 * edge; those that do not fit are dropped by rank.
 */
#ifndef CHROME_LINE_H
#define CHROME_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "canvas/canvas.h"
#include "canvas/layout.h"
#include "chrome.h"

#define PIECE_TEXT 160
#define PIECES     24

struct piece {
	char text[PIECE_TEXT];
	uint8_t role;
	uint32_t mark; /* a glyph in mark_role before the text; 0: none */
	uint8_t mark_role;
	int gap;  /* blanks before it */
	int rank; /* the highest is dropped first; 0: never */
	bool right, dropped;
};

struct line {
	struct piece pieces[PIECES];
	int nr;
	bool utf8;
};

/* A piece behind the others; beyond PIECES the last one is used again. */
struct piece *chrome_add(struct line *l, uint8_t role, int gap, int rank);
/* What is left out of the picture: frozen, selection, filter. */
void chrome_filters(struct line *l, const struct chrome_input *in);
/* What is wrong with descriptors, of this rank and the next. */
void chrome_alarms(struct line *l, const struct chrome_input *in, int rank);
/* What does not fit is left out whole, the highest rank first. */
void chrome_draw_line(struct canvas *c, struct rect r, struct line *l);

/*
 * "PAST 2026-11-21 14:03:12 2:16 ago"; nothing if it is now. It stands in front of all else: who
 * takes what has been for what is may do harm.
 */
void chrome_tell_time(struct line *l, const struct chrome_when *w);

#endif
