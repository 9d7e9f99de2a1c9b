/* SPDX-License-Identifier: MIT */
/*
 * timeline: where in time one is, as one line: playing or paused, a bar from the first frame to the
 * last with the place in it, its number. Pure: numbers in, cells of a canvas out; and the other way
 * round, which time a click or a typed text means. Times of the clock, in ns since the epoch, are
 * told, and understood, as local time.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "canvas/canvas.h"
#include "canvas/layout.h"

/* How busy the machine was at a place of the bar. */
enum timeline_level {
	TIMELINE_NONE = -1, /* there is no frame: the feed was frozen, or away */
	TIMELINE_UNKNOWN,
	TIMELINE_CALM,
	TIMELINE_SOME,
	TIMELINE_BUSY,
	TIMELINE_FULL,
};

struct timeline_input {
	uint64_t first, end, at;             /* frames; at < first: it can no longer be had */
	int64_t first_ns, last_ns, at_ns;    /* where these stand on the axis of time (past.h) */
	int64_t first_wall_ns, last_wall_ns; /* what the clock said there */
	bool playing;
	bool live; /* now goes on: Esc leads there */
	double pace;
	/* The level of [from_ns, to_ns), asked for each place of the bar. NULL: not known. */
	enum timeline_level (*level)(const void *arg, int64_t from_ns, int64_t to_ns);
	const void *arg;
};

/* The bar as it was drawn; cols 0: there was no room for one. */
struct timeline_bar {
	int row, col, cols;
	int64_t first_ns, last_ns;
};

/* Draws the first row of r. What does not fit is left out whole, the least wanted first. */
void timeline_draw(struct canvas *c, struct rect r, const struct timeline_input *in,
		   struct timeline_bar *bar);
/* What is drawn at a place of the canvas; false if that is not on the bar. */
bool timeline_pick(const struct timeline_bar *bar, int row, int col, int64_t *axis_ns);

/*
 * A time that was typed: HH:MM, HH:MM:SS (on the day that fits), YYYY-MM-DD and one of these, or a
 * span as in -90s, -5m, +1h, which counts from at_ns. False if it is none of them.
 */
struct timeline_span {
	int64_t first_ns, last_ns, at_ns;
};
bool timeline_parse(const char *s, const struct timeline_span *span, int64_t *wall_ns);
/* Whether such a text is a span: then it may be counted on the axis, with at_ns of there. */
bool timeline_is_span(const char *s);

#define TIMELINE_TEXT 32
/* "14:03:12", or with its date "2026-11-21 14:03:12"; out has TIMELINE_TEXT bytes. */
char *timeline_clock(char *out, int64_t wall_ns, bool date);
/* How far back, never to be read as h:mm: "5s", "2m16s", "1:03:04", "3d 1:03:04". */
char *timeline_age(char *out, int64_t ns);
/* "1/8x", "1x", "64x" */
char *timeline_pace(char *out, double pace);

#endif
