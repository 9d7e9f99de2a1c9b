/* SPDX-License-Identifier: MIT */
/*
 * engine_sampler: the thread of `procgrid fd`: samples a tree (fd_tree) on the beat of the
 * monotonic clock, whatever the command prints and whatever main does, and hands the samples over
 * through a bounded queue. A beat that is missed is not made up for; it is counted.
 *
 *   start → (poll → take*)* → stop → take* → free, all from one thread
 */
#ifndef PG_ENGINE_SAMPLER_H
#define PG_ENGINE_SAMPLER_H

#include "fd/fd_tree.h"

struct pg_sampler;

struct pg_sampler_stats {
	uint64_t ticks, late, skipped; /* late: woken more than 10 % of the interval (at least 50
					  us) after it was due */
	uint64_t dropped;              /* samples for which the queue had no room */
};

#define PG_SAMPLER_MIN_NS (PG_NS_PER_SEC / 1000)
/*
 * The queue: samples not yet taken, 8 s of them at 1 ms. Of what they say of single processes there
 * is at most so much; beyond it a sample says `changed` later.
 */
#define PG_SAMPLER_QUEUE 8192
#define PG_SAMPLER_PROCS (256 * 1024)

/*
 * Starts at once; the first sample is due at start_ns (CLOCK_MONOTONIC; 0: now). Takes the tree
 * over. interval_ns ≥ 1 ms. NULL: there is no thread or no descriptor left; the tree is closed.
 */
struct pg_sampler *pg_sampler_start(struct pg_fd_tree *tree, uint64_t interval_ns,
				    uint64_t start_ns);
/* Readable when there are samples, or the tree has ended; within 50 ms of the first. */
int pg_sampler_fd(const struct pg_sampler *s);
/*
 * The oldest sample in the queue: 1. 0: none now; the tree has ended, or the sampler was stopped,
 * and all were taken: -ESRCH; else -errno with a message. What out held is freed.
 */
int pg_sampler_take(struct pg_sampler *s, struct pg_fd_sample *out, struct pg_error *err);
void pg_sampler_stats(const struct pg_sampler *s, struct pg_sampler_stats *out);
/* Ends the thread, in the middle of a beat or after its sample, and closes the tree; what is queued
 * can still be taken. */
void pg_sampler_stop(struct pg_sampler *s);
/* Stops it, too. NULL is allowed. */
void pg_sampler_free(struct pg_sampler *s);

#endif
