/* SPDX-License-Identifier: MIT */
/*
 * births: the book of births and deaths between two snapshots. Events of the connector and names go
 * in; when a snapshot is complete, out come the tasks that lived and died since the last one, and
 * the exit codes of those that have gone (struct pg_told). Pure: no descriptor, no clock, no /proc.
 * witness feeds it.
 *
 * A task is brief if it was born and has exited, both seen, the exit not after cur->mono_ns, and if
 * it stands neither in prev nor in cur. Snapshots are not taken in an instant: who exits after
 * cur->mono_ns is settled with the next snapshot, and a zombie is kept in mind until it is reaped.
 *
 * A task of a snapshot and a birth are the same if their numbers are and the task's start is the
 * tick of the birth or the one before it: the kernel stamps the start first, the event after it.
 *
 * Memory is bounded whatever happens: of more lives than PG_BIRTHS_MAX at a time the oldest deaths
 * are settled at once, counted under their parent but not listed.
 */
#ifndef PG_BIRTHS_H
#define PG_BIRTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connector.h"
#include "source.h"
#include "task/snapshot.h"

#define PG_BIRTHS_MAX  65535 /* lives in the book: 3 seconds of 20,000 births each; 4 MB */
#define PG_BIRTHS_REST 4096  /* parents with a count of their own; what is beyond has ppid 0 */

struct pg_births;

/*
 * max_listed: brief tasks a snapshot, the others are counted by parent. select (may be NULL, is
 * copied): with a user only tasks of that uid, with PIDs only threads of these processes, are brief
 * tasks. Never NULL.
 */
struct pg_births *pg_births_new(size_t max_listed, const struct pg_selection *select);
void pg_births_free(struct pg_births *b);

/* In the order of arrival. Costs a lookup or two in a hash table. */
void pg_births_event(struct pg_births *b, const struct pg_event *ev);

/* Whether a name of this task would be of use: it is in the book, alive. */
bool pg_births_wants_name(const struct pg_births *b, int32_t tid);
/* Its comm as read at an exec; n bytes of anything, cut to what the kernel allows. */
void pg_births_name(struct pg_births *b, int32_t tid, const char *comm, size_t n);

/* When a snapshot is settled: after all events that were there have been given to the book. */
struct pg_births_time {
	uint64_t mono_ns;        /* now: after the snapshot's last file was read */
	uint64_t boot_offset_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC: ticks count from boot */
};
/*
 * Fills endings, brief and rest of cur->told, which are empty. Nothing is told if prev is NULL or
 * cur is partial. Threads are no brief tasks if cur's scope is PG_SCOPE_PROCESS. In rest a
 * thread counts under its own process, a process under its parent.
 */
void pg_births_settle(struct pg_births *b, const struct pg_snapshot *prev, struct pg_snapshot *cur,
		      struct pg_births_time when);

/*
 * Without a connector: by how much more the machine's fork counter grew from prev to cur than there
 * are new rows in cur. The counter is read before the rows: who is born in between is a row of this
 * snapshot and a count of the next, so it may be below 0, which the caller carries over. 0 if it
 * cannot be known (threads are not rows, the counter is not there).
 */
int64_t pg_births_unseen(const struct pg_snapshot *prev, const struct pg_snapshot *cur);

#endif
