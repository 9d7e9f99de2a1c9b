/* SPDX-License-Identifier: MIT */
/*
 * field: the one table of what is known of a task. A row a field: name, unit, where it comes from,
 * how to get it, and a sentence of help. CSV titles, --fields, popup values and the manual all come
 * from it; the rows marked "table" are the default CSV table, in their order.
 */
#ifndef PG_FIELD_H
#define PG_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"

enum pg_unit {
	PG_UNIT_NONE, /* names, letters, ids */
	PG_UNIT_COUNT,
	PG_UNIT_BYTES,
	PG_UNIT_NS,
	PG_UNIT_TICKS,
	PG_UNIT_TIME, /* wall ns since the epoch */
};

enum pg_value_kind { PG_UNKNOWN, PG_U64, PG_I64, PG_TEXT, PG_TIME };

struct pg_value {
	enum pg_value_kind kind;
	union {
		uint64_t u;
		int64_t i; /* PG_I64, PG_TIME: wall ns since the epoch */
		struct {
			const char *s; /* from outside, raw bytes: escape it */
			size_t n;
		} text;
	};
};

/* One row to get fields from. change is never NULL; exited rows come from the previous snapshot. */
struct pg_row {
	const struct pg_frame *frame;
	const struct pg_proc *proc;
	const struct pg_task *task;
	const struct pg_change *change;
	const struct pg_gone *gone; /* of an exited row; NULL else */
	char scratch[24];           /* for getters that must print their text */
};

struct pg_field {
	const char *name;  /* CSV title, --fields, JSON key */
	const char *label; /* short form for the screen */
	enum pg_unit unit;
	const char *origin; /* file and field, or how it is computed */
	uint8_t groups;     /* enum pg_group: what must be read for it */
	bool table;         /* stands in the default CSV table */
	struct pg_value (*get)(struct pg_row *row);
	const char *help;
};

extern const struct pg_field pg_fields[];
extern const size_t pg_nr_fields;

const struct pg_field *pg_field_find(const char *name, size_t n);

#endif
