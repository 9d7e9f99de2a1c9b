/* SPDX-License-Identifier: MIT */
/*
 * json_put: values as JSON, appended to a buffer. What an IEEE double cannot hold is written as a
 * string, since many readers know no other number; json_scan takes either.
 */
#ifndef PG_JSON_PUT_H
#define PG_JSON_PUT_H

#include <stddef.h>
#include <stdint.h>

#include "util.h"

#define PG_JSON_EXACT ((UINT64_C(1) << 53) - 1) /* so far integers are exact in a double */

void pg_json_put_u64(struct pg_buf *b, uint64_t v);
void pg_json_put_i64(struct pg_buf *b, int64_t v);
/* 15 digits: what was read as a decimal is written as that again. null if it is not finite. */
void pg_json_put_double(struct pg_buf *b, double v);
/*
 * Bytes of anything, as a string in quotes. Reversible (pg_json_bytes()): NUL, bytes that are not
 * UTF-8 and the backslash become \xHH in the text, one for each byte. What could steer a terminal
 * is written with JSON's own escapes, so that a line can be looked at.
 */
void pg_json_put_bytes(struct pg_buf *b, const char *s, size_t n);

#endif
