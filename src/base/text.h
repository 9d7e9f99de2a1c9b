/* SPDX-License-Identifier: MIT */
/*
 * text: strings from outside (names, command lines, cgroups) made safe, one way per output.
 *
 * Any local user chooses his process names: prctl(PR_SET_NAME) takes 15 bytes of anything, argv[0]
 * takes kilobytes. So every string that came from /proc, a file or a wire passes through here on
 * its way to a terminal or a table; the raw bytes are kept in memory as they were read.
 */
#ifndef PG_TEXT_H
#define PG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/*
 * Decodes one UTF-8 character of s (n > 0 bytes). Returns the bytes it takes (1 to 4) and its code
 * point; for an invalid, overlong, surrogate or cut sequence 1 and PG_INVALID (RFC 3629).
 */
#define PG_INVALID UINT32_MAX
size_t pg_utf8_decode(const char *s, size_t n, uint32_t *cp);
/* Writes cp (a valid one) to out[4]; returns its bytes. */
size_t pg_utf8_encode(uint32_t cp, char out[4]);

/*
 * For a terminal. Takes one character off *s (*n bytes left, > 0) and returns what to draw for it
 * and its width in columns: 1 or 2, or 0 for a mark that is dropped. Whatever could steer a
 * terminal or reorder a line (C0, C1, DEL, bidi controls, line separators, invalid bytes) is drawn
 * as U+FFFD, or as '?' if utf8 is false, as is then every character beyond ASCII.
 */
uint32_t pg_text_next(const char **s, size_t *n, bool utf8, int *width);
/* What could steer a terminal, reorder a line, or look like nothing while it carries data. */
bool pg_text_is_unsafe(uint32_t cp);
/* Columns that the string takes when drawn by pg_text_next(). */
int pg_text_width(const char *s, size_t n, bool utf8);
/* Appends the safe form to b as UTF-8, at most max columns. Returns the columns used. */
int pg_text_safe(struct pg_buf *b, const char *s, size_t n, int max, bool utf8);

/*
 * For a table: valid UTF-8 on one line, reversible. Control bytes, invalid bytes, the backslash,
 * and at the start of the string = + - @ are written \xHH, one for each byte, so no spreadsheet
 * evaluates a name. Line separators (U+0085, U+2028, U+2029) count as control characters.
 */
void pg_text_escape(struct pg_buf *b, const char *s, size_t n);

#endif
