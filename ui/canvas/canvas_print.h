/* SPDX-License-Identifier: MIT */
/*
 * canvas_print: a canvas as lines of text, with colours by SGR (ECMA-48 8.3.117) where they are
 * understood, for what is printed once and scrolls away. No terminal library: only sequences that
 * every terminal with colours has had for decades.
 */
#ifndef CANVAS_PRINT_H
#define CANVAS_PRINT_H

#include "base/util.h"
#include "canvas.h"
#include "theme.h"

/* What an open stream can show. */
struct canvas_stream {
	int rows; /* 0: not a terminal, or it does not say: as many as wanted */
	int cols;
	int colors; /* 0, 8, 16, 256 or 1 << 24, as theme_colors() takes it */
};
/*
 * Width: COLUMNS, else what the terminal says, else 80. Colours: none if it is no terminal, if
 * NO_COLOR is set, or if TERM is unset or "dumb"; as many as COLORTERM and TERM promise.
 */
void canvas_stream_look(int fd, struct canvas_stream *out);
/* Appends the rows, each with a newline; blanks at their ends are left out. */
void canvas_print(const struct canvas *c, const struct theme *t, int colors, struct pg_buf *out);

#endif
