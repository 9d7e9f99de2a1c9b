/* SPDX-License-Identifier: MIT */
/*
 * json_scan: JSON of unknown origin, taken from left to right without a tree: who calls asks for
 * what he expects, and what he does not know he skips. Strict (RFC 8259), bounded in depth, numbers
 * exact to 64 bits; it allocates for strings with escapes only.
 *
 *   init → object → (key → value)* ;  array → (item → value)* ;  end
 *
 * The first problem sticks: from then on every call says false and nothing moves, so that a caller
 * may look once, at the end. `at` is where it was met.
 */
#ifndef PG_JSON_SCAN_H
#define PG_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

#define PG_JSON_DEPTH 64 /* of what is skipped */

struct pg_json {
	const char *begin, *at, *end;
	const char *problem; /* "not a number"; NULL: none so far */
	bool fresh;          /* behind the opening of an object or array */
	struct pg_buf text;  /* of the last string with escapes */
};

/*
 * Byte at which UTF-8 ends to be valid; n if all of it is. To be asked before anything else: what
 * follows takes bytes beyond ASCII as they are.
 */
size_t pg_json_check_utf8(const char *s, size_t n);

/* The text stays the caller's. */
void pg_json_init(struct pg_json *j, const char *s, size_t n);
void pg_json_free(struct pg_json *j);
/* Notes a problem at the byte `at`, if it is the first. False. */
bool pg_json_fail(struct pg_json *j, const char *at, const char *problem);

/* What comes next: { [ " t f n, 0 for a number (as they begin with many), -1 for the end. */
int pg_json_kind(struct pg_json *j);

bool pg_json_object(struct pg_json *j);
/* The next member of the object, or false behind its end. The key is valid until the next string.
 */
bool pg_json_key(struct pg_json *j, const char **key, size_t *n);
bool pg_json_array(struct pg_json *j);
/* Whether there is another item; false behind the end of the array. */
bool pg_json_item(struct pg_json *j);

/* Whole numbers, in digits or as a string of digits. */
bool pg_json_u64(struct pg_json *j, uint64_t max, uint64_t *v);
bool pg_json_i64(struct pg_json *j, int64_t min, int64_t max, int64_t *v);
bool pg_json_double(struct pg_json *j, double *v); /* finite */
bool pg_json_bool(struct pg_json *j, bool *v);
/* Takes a null if one is there; that it is none is no problem. */
bool pg_json_null(struct pg_json *j);
/* Valid until the next string. \u0000 is a problem. */
bool pg_json_string(struct pg_json *j, const char **s, size_t *n);
/* The same for bytes as pg_json_put_bytes() writes them: \xHH in the text is that byte. */
bool pg_json_bytes(struct pg_json *j, const char **s, size_t *n);
/* Any value. */
bool pg_json_skip(struct pg_json *j);
/* Nothing but blanks is left. */
bool pg_json_end(struct pg_json *j);

#endif
