/* SPDX-License-Identifier: MIT */
/*
 * csv: cells of a table after RFC 4180. Used by the csv sinks.
 */
#ifndef PG_CSV_H
#define PG_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/human.h"
#include "base/util.h"
#include "task/delta.h"
#include "task/field.h"

/*
 * Appends a text of unknown origin as one cell: escaped to one line of valid UTF-8, then quoted if
 * it must be. A known but empty text is "", which readers can tell from an unknown one.
 */
void pg_csv_text(struct pg_buf *b, const char *s, size_t n);
/* The same for a value that is usually a decimal number, which stays as it is, sign included. */
void pg_csv_number(struct pg_buf *b, const char *s, size_t n);

void pg_csv_value(struct pg_buf *b, const struct pg_value *v);

/* Whether --changed leaves a task out: idle, and nothing of it moved. */
bool pg_csv_is_quiet(const struct pg_change *c);

#endif
