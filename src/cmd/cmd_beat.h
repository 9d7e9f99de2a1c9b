/* SPDX-License-Identifier: MIT */
/*
 * cmd_beat: the beat of a command that needs no screen: it samples, writes, and sleeps until the
 * next beat of the monotonic clock, all in one thread. SIGINT, SIGTERM and SIGHUP are read from a
 * descriptor, so that they are noticed between frames and never inside one.
 */
#ifndef PG_CMD_BEAT_H
#define PG_CMD_BEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "source/witness.h"

/* So many samples in a row may fail; then they do not come back. */
#define PG_BEAT_MAX_MISSED 60

struct pg_beat {
	bool paced;                 /* false: the next frame is due at once */
	uint64_t delay_ns;          /* between two beats */
	uint64_t due;               /* when the next sample is taken, CLOCK_MONOTONIC */
	int stop_fd;                /* readable when the user wants to stop; -1: no such thing */
	int out_fd;                 /* an output whose reader may go away; -1: none */
	struct pg_witness *witness; /* drained meanwhile; or NULL */
	bool sampled;               /* a sample has succeeded */
	unsigned missed_in_row;
	uint64_t missed; /* beats without a sample, in all */
};

/* Blocks the signals, but for those that are ignored; the caller closes the descriptor. */
int pg_beat_stop_fd(void);
/* The first beat is now. */
void pg_beat_start(struct pg_beat *b);
/* The beat is kept: no drift, and after a late cycle no burst of the missed ones. */
void pg_beat_next(struct pg_beat *b);
/*
 * After each sample: what next() of the source returned, with its message. Whether the command goes
 * on: with a sample, or without one at this beat, if that may pass (-EMFILE of a paced source) and
 * some sample before was had. What fails is said: the first that is missed, and what ends it all.
 */
bool pg_beat_sampled(struct pg_beat *b, int result, const struct pg_error *err);
/* Says how many were missed, if any. */
void pg_beat_say_missed(const struct pg_beat *b);
/* Sleeps until the next beat. False if the user wants to stop, or nobody reads any more. */
bool pg_beat_wait(struct pg_beat *b);

#endif
