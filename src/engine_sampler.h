/* SPDX-License-Identifier: MIT */
/*
 * engine_sampler: the thread of `procgrid fd`: samples a tree (fd_tree) on the beat of the
 * monotonic clock, whatever the command prints and whatever main does, and hands the samples over
 * through a bounded queue. A beat that is missed is not made up for; it is counted.
 */
#ifndef PG_ENGINE_SAMPLER_H
#define PG_ENGINE_SAMPLER_H

#include "fd_tree.h"

struct pg_sampler;

struct pg_sampler_stats {
	uint64_t ticks, late, skipped; /* late: woken more than 10 % of the interval (at least 50
					  us) after it was due */
	uint64_t dropped;              /* samples for which the queue had no room */
};

/*
 * Starts at once; the first sample is due at start_ns (CLOCK_MONOTONIC; 0: now). Takes the tree
 * over. interval_ns ≥ 1 ms.
 */
struct pg_sampler *pg_sampler_start(struct pg_fd_tree *tree, uint64_t interval_ns,
				    uint64_t start_ns);
/* Readable when there are samples, or the tree has ended; within 50 ms of the first. */
int pg_sampler_fd(const struct pg_sampler *s);
/*
 * The oldest sample in the queue: 1. 0: none now; the tree has ended and all were taken: -ESRCH;
 * else -errno with a message. What out held is recycled.
 */
int pg_sampler_take(struct pg_sampler *s, struct pg_fd_sample *out, struct pg_error *err);
void pg_sampler_stats(const struct pg_sampler *s, struct pg_sampler_stats *out);
/* Ends the thread and closes the tree; what is queued can still be taken before. */
void pg_sampler_stop(struct pg_sampler *s);
void pg_sampler_free(struct pg_sampler *s);

#endif
