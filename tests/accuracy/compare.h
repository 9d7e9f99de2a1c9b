/* SPDX-License-Identifier: MIT */
/*
 * compare: what a gated pass made of a process that did not run, against what a full pass read of
 * it at the same moment. Every difference has a class: something that others can change of a task
 * that sleeps (doc/architecture.md, "The gate"), or an error.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "task/snapshot.h"

enum diff_class {
	DIFF_STATE, /* it waits for a CPU now, or was put to uninterruptible sleep */
	DIFF_CPU,   /* a sleeper that is still queued went to another CPU, or off the queue
		       (Linux 6.12) */
	DIFF_SHORT, /* it ran, but all of it counted as stolen from this machine: a switch or two */
	DIFF_SCHED, /* nice, policy: set by another process */
	DIFF_MEMORY, /* taken or given back by who shares it, or by the kernel */
	DIFF_PEAK,   /* the same between two looks: it is read again when memory has changed */
	DIFF_FDS,    /* opened or closed by who shares the table */
	DIFF_NAME,   /* of a thread, by a sibling */
	DIFF_KEPT,   /* io of a zombie: root's file, but it was open before (proc(5): no mm) */
	DIFF_UNSEEN, /* the row says itself that it was not looked at */
	DIFF_STATUS, /* a lazy plan: not read when it ran */
	DIFF_PARENT, /* allowed if the old one died between the two passes: gone the next time */
	DIFF_WRONG,  /* never allowed */
	DIFF_CLASSES,
};
extern const char *const diff_names[DIFF_CLASSES];

struct diff {
	enum diff_class cls;
	struct pg_key key;
	const char *field;
	uint64_t gate, full; /* values; of a name something that differs if the names do */
};

typedef void diff_fn(void *arg, const struct diff *d);
/* Calls found for each difference. Either may be NULL: it was not in that snapshot. */
void compare_procs(const struct pg_proc *gate, const struct pg_proc *full, diff_fn *found,
		   void *arg);

#endif
