/* SPDX-License-Identifier: MIT */
/*
 * inlet: lines of bounded length out of a descriptor: a file, a pipe, a socket; plain, or
 * compressed with zstd, which its first bytes tell. What is cut off in the middle gives all that
 * is whole before it.
 */
#ifndef PG_INLET_H
#define PG_INLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

struct pg_inlet;

/* fd stays the caller's. max_line: bytes. */
struct pg_inlet *pg_inlet_open(int fd, size_t max_line);
void pg_inlet_close(struct pg_inlet *in);

enum pg_inlet_next { PG_INLET_LINE, PG_INLET_END, PG_INLET_WAIT };
/*
 * The next line without its newline, valid until the next call; a last line without a newline is
 * not one. PG_INLET_WAIT: a non-blocking descriptor has nothing more for now. -errno with a
 * message: -EBADMSG damaged or too long a line, else of read(2).
 */
int pg_inlet_line(struct pg_inlet *in, const char **line, size_t *n, struct pg_error *err);

/*
 * Where the line that was given last begins: byte of the zstd frame (of the file) that it is in,
 * and byte of what is in there; 0 and the byte of the file if it is not compressed.
 */
struct pg_inlet_place {
	uint64_t frame, offset;
};
struct pg_inlet_place pg_inlet_tell(const struct pg_inlet *in);
/* Goes on from there. 0 or -errno: the descriptor cannot be sought in. */
int pg_inlet_seek(struct pg_inlet *in, struct pg_inlet_place at);

#endif
