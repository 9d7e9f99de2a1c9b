/* SPDX-License-Identifier: MIT */
/*
 * synth: a machine made by hand, frame by frame, without sleeping: processes of some threads, of
 * which a few have run in each frame, half of them always the same ones and half others by turns.
 * Counters are as large as after days, and move by what a working thread moves them.
 */
#ifndef SYNTH_H
#define SYNTH_H

#include "task/block.h"
#include "task/snapshot.h"

struct synth {
	size_t procs, threads, active; /* active: tasks a frame */
	uint64_t frame, seed;
	struct pg_block block;
	struct pg_snapshot cur, prev;
};

/* The next frame is in cur, one second after the one before; unchanged processes are shared. */
void synth_turn(struct synth *s);
void synth_free(struct synth *s);

#endif
