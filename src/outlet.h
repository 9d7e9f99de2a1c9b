/* SPDX-License-Identifier: MIT */
/*
 * outlet: where the lines of a stream go. One call hands over all lines of a frame; after it they
 * are with the kernel, so that a program that is killed leaves only whole frames behind it.
 *
 *   outlet.c         a descriptor, as they are (stdout)
 *   outlet_file.c    a recording: compressed if its name ends in .zst, rotated by size
 */
#ifndef PG_OUTLET_H
#define PG_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

struct pg_outlet;

struct pg_outlet_ops {
	/*
	 * Writes and empties b. key: it begins with a key frame (or a header and one). 0; 1: the
	 * next frame must be preceded by a header and be a key frame (a new file was begun); or
	 * -errno. -EINTR: the user wants to stop.
	 */
	int (*put)(struct pg_outlet *o, struct pg_buf *b, bool key);
	/* Ends and closes. 0 or -errno. */
	int (*close)(struct pg_outlet *o);
};

struct pg_outlet {
	const struct pg_outlet_ops *ops;
	uint64_t bytes; /* that went out so far, compressed */
};

/* fd stays the caller's. stop_fd as in csv.h. */
struct pg_outlet *pg_outlet_fd(int fd, int stop_fd);

struct pg_outlet_file_options {
	const char *path;
	bool force;        /* overwrite a file that exists */
	uint64_t max_size; /* 0: no limit; else of FILE and FILE.1 together, in bytes */
};
/*
 * Made with mode 0600. Refused: a file that exists (without force), a symlink in a directory that
 * others may write to. NULL with a message.
 */
struct pg_outlet *pg_outlet_file(const struct pg_outlet_file_options *o, struct pg_error *err);

#endif
