/* SPDX-License-Identifier: MIT */
/*
 * fd_event: lines by which a program says what it does, on stdout or stderr:
 *
 *   EVENT: <epoch seconds> <message>
 *
 * Blanks after the colon are optional; the stamp is digits with at most one dot ("123.", ".5"), no
 * sign, no exponent; a message is required. Bytes pass by as they come, in any pieces.
 */
#ifndef PG_FD_EVENT_H
#define PG_FD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

#define PG_FD_EVENT_MAX                                                                            \
	4096 /* bytes of a line that are looked at; the rest of the message is cut */

struct pg_fd_event {
	double timestamp; /* epoch seconds, as the line says */
	double elapsed;   /* since the beginning; may lie outside of the run */
	bool outside;     /* of the run: told, not drawn */
	uint8_t stream;   /* 1: stdout, 2: stderr; 0: not known */
	char *message;    /* owned; bytes as they came, trimmed, NUL bytes left out */
};

/* One line, without its newline. False: no event. out->timestamp and message are set. */
bool pg_fd_event_parse(const char *line, size_t n, struct pg_fd_event *out);

/* Finds lines in a stream. Zeroed is ready. */
struct pg_fd_event_scan {
	char line[PG_FD_EVENT_MAX];
	size_t n;
	bool skip; /* this line is none: wait for its end */
};
/*
 * Goes on to the end of the next event in the bytes; returns how many were consumed. With
 * out->message set there is one, else all n were. at_end: a last line without a newline counts as
 * well.
 */
size_t pg_fd_event_next(struct pg_fd_event_scan *scan, const char *bytes, size_t n, bool at_end,
			struct pg_fd_event *out);

#endif
