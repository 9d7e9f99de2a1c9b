/* SPDX-License-Identifier: MIT */
/*
 * popup_flow: lines of text out of labelled sections and items, which flow: as many in a line as
 * the width holds, the rest below, indented. Widths are columns of what canvas_text() will draw.
 */
#ifndef POPUP_FLOW_H
#define POPUP_FLOW_H

#include "base/util.h"
#include "popup.h"

#define POPUP_LABEL_COLS 7

struct popup_flow {
	struct popup_text *out;
	struct pg_buf line; /* the line that is being filled; col columns of it */
	int width, col;
	uint8_t role; /* of the lines of this section */
};

/* Ends a line, if one was begun. */
void popup_flush(struct popup_flow *f);
/* So many lines of nothing. */
void popup_blank(struct popup_flow *f, size_t lines);
/* Appends bytes to the line as they are. */
void popup_put(struct popup_flow *f, const char *s, size_t n);
/* Begins a section; its items follow. */
void popup_section(struct popup_flow *f, const char *label, uint8_t role);
/* One item, kept together if it can be, wrapped if it is wider than a line. */
void popup_item(struct popup_flow *f, const char *fmt, ...) PG_PRINTF(2, 3);
/* A long value, from outside maybe, wrapped; after max_lines lines (0: any number) cut with dots.
 */
void popup_wrap(struct popup_flow *f, const char *s, size_t n, int max_lines);
/*
 * Bytes of s that fit into cols columns: at least one character, so that a wrap goes on however
 * narrow the box; up to the last blank in the second half of the line, if words are to be kept.
 */
size_t popup_fitting(const char *s, size_t n, int cols, bool words);

#endif
