/* SPDX-License-Identifier: MIT */
/*
 * inlet: lines of bounded length out of a descriptor: a file, a pipe, a socket; plain, or
 * compressed with zstd, which its first bytes tell; what others have packed is named and refused.
 * What is cut off in the middle gives all that is whole before it.
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
/*
 * While stop_fd, which stays the caller's, is readable, a line that takes many reads is not waited
 * for: pg_inlet_line() says PG_INLET_WAIT. Else one who sends always something, but never a line,
 * would keep it for ever.
 */
void pg_inlet_stop_on(struct pg_inlet *in, int stop_fd);

enum pg_inlet_next { PG_INLET_LINE, PG_INLET_END, PG_INLET_WAIT };
/*
 * The next line without its newline, valid until the next call; a last line without a newline is
 * not one. It never waits: PG_INLET_WAIT says that there is nothing more for now, and that poll(2)
 * will tell when there is. -errno with a message that says at which byte: -EBADMSG damaged or too
 * long a line; -EILSEQ the checksum of a zstd frame is wrong: something in what was given of it is,
 * too, and pg_inlet_tell() says which frame; else of read(2). After an error only a seek helps.
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
/* Goes on from there, which must be a place that was told. 0 or -errno, as read. */
int pg_inlet_seek(struct pg_inlet *in, struct pg_inlet_place at);

#endif
