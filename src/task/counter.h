/* SPDX-License-Identifier: MIT */
/*
 * counter: the table of what a snapshot holds, as it was read: name, unit, where it stands in the
 * structs of task.h, and to which group it belongs. Streams are written and read by it, so that a
 * counter is added in one place. Fields (field.h) are what is shown of them; where both have a row
 * for the same thing it has the same name and unit (counter_test.c).
 *
 * A value is known if its group is valid; the one that `tells` is always there when the group is,
 * and so a reader learns from it that the group is valid.
 */
#ifndef PG_COUNTER_H
#define PG_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"
#include "task.h"

enum pg_counter_level {
	PG_COUNTER_TASK, /* of struct pg_task: in each row */
	PG_COUNTER_PROC, /* of struct pg_proc: in the first row of a process only */
};

enum pg_counter_type {
	PG_CT_U64,
	PG_CT_U32,
	PG_CT_I32,
	PG_CT_FLAG,   /* uint8_t, 0 or 1 */
	PG_CT_STATE,  /* char, a letter */
	PG_CT_STRING, /* struct pg_str */
	PG_CT_ENDED,  /* uint32_t, one more than what is written; 0: not known */
	PG_CT_GROUPS, /* uint8_t, enum pg_group: names joined by blanks, "io fd" */
};

struct pg_counter {
	const char *name; /* JSON key, field name in a header */
	enum pg_unit unit;
	enum pg_counter_level level;
	enum pg_counter_type type;
	uint16_t offset; /* in its struct */
	uint8_t group;   /* enum pg_group; 0: always known, and left out when it is 0 */
	bool tells;
	bool alone; /* holds without its group, too, if it is not 0: told by the process connector
		     */
	const char *help;
};

/*
 * In the order of compact rows: pid (which is of the process, but in each row), tid and start_ticks
 * first (the key), then tasks, then processes, so that rows of threads end early.
 */
#define PG_COUNTER_KEY  3
#define PG_COUNTERS_MAX 64
extern const struct pg_counter pg_counters[];
extern const size_t pg_nr_counters;      /* at most PG_COUNTERS_MAX */
extern const size_t pg_nr_task_counters; /* those of each row, the key included */

const struct pg_counter *pg_counter_find(const char *name, size_t n);

/* Whether a task has a value to write: at is its struct, valid the groups of that. */
bool pg_counter_is_known(const struct pg_counter *c, const void *at, uint8_t valid);

/* "stat", "status", "io", … of the group 1 << bit; NULL beyond them. */
const char *pg_group_name(unsigned bit);
/* "bytes", "ns", "ticks", NULL for what has no unit. */
const char *pg_unit_name(enum pg_unit unit);

#endif
