/* SPDX-License-Identifier: MIT */
/*
 * tally: what a run cost, counted frame by frame, for --stats. Pure: the caller brings the clock.
 * The first pass, which reads everything (and the glance before it), is kept apart from the cycles
 * that follow: it would hide what one of them costs.
 */
#ifndef PG_TALLY_H
#define PG_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "delta.h"

/* The medians are over so many cycles, the last ones: a run of days needs no more memory. */
#define PG_TALLY_CYCLES 4096

struct pg_tally;

struct pg_tally *pg_tally_new(void);
/* In all of these NULL is a tally that nobody asked for. */
void pg_tally_free(struct pg_tally *t);
/*
 * Once for each frame, in order. process_ns is the CPU time of the whole program so far
 * (CLOCK_PROCESS_CPUTIME_ID): what it grew by since the frame before is counted for this one.
 */
void pg_tally_frame(struct pg_tally *t, const struct pg_frame *f, uint64_t process_ns);
/* Whether the counts of events and of missed ones are known; if not, why. */
struct pg_hearing {
	bool events, missed;
	const char *why_not; /* NULL: all is known */
};
/*
 * Lines of "name value", as the manual lists them; nothing if there was no frame. What is not known
 * has no line, and the last one says why (no_events).
 */
void pg_tally_print(const struct pg_tally *t, const struct pg_hearing *h, FILE *out);

#endif
