/* SPDX-License-Identifier: MIT */
/*
 * engine: one turn of the crank, and the only maker of threads.
 *
 * scanner    owns the source and the spare snapshot. It samples every delay, and hands each
 * finished snapshot over through a queue of one: if main has not taken the last one, the newer one
 *            takes its place.
 * inspector  does the reads that may hang on a target's locks. One that misses its deadline is left
 *            behind and replaced; the answer then is "no answer".
 * main       is whoever calls these functions: it sleeps in poll() on pg_engine_fd() among others.
 *
 * Tables need no threads: pg_feed_turn() does the same in the caller's thread.
 */
#ifndef PG_ENGINE_H
#define PG_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"
#include "source/witness.h"
#include "task/delta.h"

/* One host's previous and current snapshot, and what happened in between. */
struct pg_feed {
	struct pg_snapshot *prev, *cur;
	struct pg_changes changes;
	uint64_t cycle;
	struct pg_thresholds limits;
	struct pg_witness *witness; /* the caller's; settles each snapshot. NULL after init */
};
void pg_feed_init(struct pg_feed *f, const struct pg_thresholds *limits);
/*
 * Takes over next, computes the changes, and gives back a snapshot that is not used any more (NULL
 * in the beginning), for reuse. The frame points into the feed and is valid until the next call.
 */
struct pg_snapshot *pg_feed_push(struct pg_feed *f, struct pg_snapshot *next);
struct pg_frame pg_feed_frame(const struct pg_feed *f);
void pg_feed_free(struct pg_feed *f);
/* One sample in this thread. An enum pg_next, or -errno with a message. */
int pg_feed_turn(struct pg_feed *f, struct pg_source *src, const struct pg_plan *plan,
		 struct pg_error *err);

struct pg_engine;

struct pg_engine_options {
	struct pg_source *source; /* taken over: pg_engine_close() closes it */
	struct pg_plan plan;
	uint64_t delay_ns;
	bool glance_first; /* the first snapshot from stat alone, the second 250 ms after it */
};

/* NULL with a message if no thread can be made. */
struct pg_engine *pg_engine_open(const struct pg_engine_options *o, struct pg_error *err);
/* Ends the threads (an inspector that hangs is left behind) and closes the source. */
void pg_engine_close(struct pg_engine *e);

/* Readable when a snapshot, a detail or an end is waiting. */
int pg_engine_fd(const struct pg_engine *e);

/*
 * Whether a snapshot waits to be taken, or there will be none: of a source that is not paced,
 * whether its scanner has come to rest.
 */
bool pg_engine_is_ahead(struct pg_engine *e);

enum pg_take {
	PG_TAKE_NOTHING,
	PG_TAKE_SNAPSHOT,
	PG_TAKE_END,   /* the source has ended */
	PG_TAKE_ERROR, /* the source is lost: err says why */
	PG_TAKE_AGAIN, /* a sample failed (err says why), and will be tried again */
};
/* Never blocks. *out is then the caller's, to be given back by pg_engine_recycle(). */
enum pg_take pg_engine_take(struct pg_engine *e, struct pg_snapshot **out, struct pg_error *err);
void pg_engine_recycle(struct pg_engine *e, struct pg_snapshot *spare);

void pg_engine_set_delay(struct pg_engine *e, uint64_t delay_ns);
/* Scope, groups and raw of the plan; a sample is taken at once, and another soon after it. */
void pg_engine_set_plan(struct pg_engine *e, const struct pg_plan *plan);
/* Who is looked at from the next sample on (pg_plan.focus); at most PG_FOCUS_MAX. Takes none. */
void pg_engine_set_focus(struct pg_engine *e, const struct pg_focus *focus, size_t nr);
void pg_engine_freeze(struct pg_engine *e, bool frozen); /* no samples while frozen */
void pg_engine_sample_now(struct pg_engine *e);

/* Asks about a task; a newer request replaces one that was not started. */
void pg_engine_inspect(struct pg_engine *e, struct pg_inquiry q);
/* For poll(): milliseconds until a request has missed its deadline, or -1 if none is under way. */
int pg_engine_timeout_ms(const struct pg_engine *e);
enum pg_detail_state { PG_DETAIL_NONE, PG_DETAIL_READY, PG_DETAIL_NO_ANSWER };
/* Takes a finished answer (the caller frees it), or learns that there is none to *of. */
enum pg_detail_state pg_engine_take_detail(struct pg_engine *e, struct pg_inquiry *of,
					   struct pg_detail *out);

#endif
