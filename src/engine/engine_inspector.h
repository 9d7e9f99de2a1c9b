/* SPDX-License-Identifier: MIT */
/*
 * engine_inspector: one thread for the reads that may hang on a target's locks. For engine.c alone,
 * which calls all of this from main and knows what a deadline is; here nothing waits.
 *
 *   start → (ask → take)* → stop → unref
 *
 * The inspector belongs to engine and thread together: each has a reference, and the last to give
 * up its own frees it. source and event_fd are borrowed and must outlive the thread's reads: as
 * long as a stopped inspector reads, engine closes neither of them.
 */
#ifndef PG_ENGINE_INSPECTOR_H
#define PG_ENGINE_INSPECTOR_H

#include <stdbool.h>

#include "source/source.h"

struct pg_inspector;

/* event_fd becomes readable with every answer. NULL if no thread can be made. */
struct pg_inspector *pg_inspector_start(struct pg_source *source, int event_fd);
/* Only when the last answer was taken: one request at a time. */
void pg_inspector_ask(struct pg_inspector *in, struct pg_inquiry q);
/* True if there is an answer; *out is then the caller's, who frees what it holds. */
bool pg_inspector_take(struct pg_inspector *in, struct pg_detail *out);
/* Ends the thread after the read it is in, the answer of which is dropped. True: it is in one. */
bool pg_inspector_stop(struct pg_inspector *in);
/* Whether the thread is in the middle of a read. */
bool pg_inspector_reads(struct pg_inspector *in);
/* Gives up engine's reference, after stop. */
void pg_inspector_unref(struct pg_inspector *in);

#endif
