/* SPDX-License-Identifier: MIT */
/*
 * witness: who watches births and deaths while nobody samples: connector and book together, for the
 * loops of grid and table alike. Each polls it beside its other descriptors, lets it drain, and
 * gives it to the feed, which has every snapshot settled before it becomes a frame's:
 *
 *   open → (poll → drain)* with pg_feed_push() in between → close
 *
 * Without a connector it still tells how many births nobody saw, where the kernel's counter does.
 * All of it belongs to one thread.
 */
#ifndef PG_WITNESS_H
#define PG_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "births.h"
#include "source.h"
#include "task/snapshot.h"
#include "task/tally.h"

struct pg_witness;

/*
 * root: the tree that is sampled; a connector is opened only if it is the live /proc of this
 * machine and of this process's own pid namespace. listen: false turns the connector off. Never
 * NULL.
 */
struct pg_witness_options {
	const char *root;
	bool listen;
	size_t max_listed; /* brief tasks a snapshot (births.h) */
	const struct pg_selection *select;
};
struct pg_witness *pg_witness_open(const struct pg_witness_options *o);
void pg_witness_close(struct pg_witness *w); /* NULL is allowed */

bool pg_witness_is_listening(const struct pg_witness *w);
/* Why there is no connector; NULL: there is one. */
const char *pg_witness_why_not(const struct pg_witness *w);
/* The same for the end of a run; NULL: what is told was recorded, and is all there is. */
struct pg_hearing pg_witness_hearing(const struct pg_witness *w);

/* For poll(): a descriptor or -1; milliseconds or -1. NULL, here and below: nobody watches. */
int pg_witness_fd(const struct pg_witness *w);
int pg_witness_timeout_ms(const struct pg_witness *w);
/* After each poll(), and now and then in long work: takes what is due, for some ms at most. */
void pg_witness_drain(struct pg_witness *w);
/* The same as pg_source_options.between; arg is the witness. */
void pg_witness_between(void *arg);

/* Fills next->told; prev may be NULL. pg_feed_push() calls it. */
void pg_witness_settle(struct pg_witness *w, const struct pg_snapshot *prev,
		       struct pg_snapshot *next);

/* Since it was opened: events, events lost, brief tasks that were not listed. */
struct pg_witness_sums {
	uint64_t events, missed, unlisted;
};
struct pg_witness_sums pg_witness_sums(const struct pg_witness *w);

/* In a signal handler, when the program is about to die. */
void pg_witness_silence(const struct pg_witness *w);

#endif
