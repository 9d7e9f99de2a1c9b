/* SPDX-License-Identifier: MIT */
/*
 * outlet: where lines go, in whole lines, even if the reader is slow, goes away, or the user wants
 * to stop. One call hands over all lines of a frame; after it they are with the kernel, so that a
 * program that is killed leaves only whole frames behind it.
 *
 *   outlet.c         a descriptor, as they are (stdout)
 *   outlet_file.c    a recording: compressed if its name ends in .zst, rotated by size
 *   outlet_place.c   where its file may be made
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
	 * Writes and empties b. key: it begins with a key frame (or a header and one). 0; 1:
	 * nothing was written, but a new file was begun: the same frame must be put again, as a key
	 * frame behind a header; or -errno. -EINTR: the user wants to stop. -EMSGSIZE: this frame
	 * alone takes more than half of max_size.
	 */
	int (*put)(struct pg_outlet *o, struct pg_buf *b, bool key);
	/* Ends and closes. 0 or -errno. */
	int (*close)(struct pg_outlet *o);
};

struct pg_outlet {
	const struct pg_outlet_ops *ops;
	uint64_t bytes; /* that went out so far, compressed */
};

/*
 * Writes all of b, which ends with a whole line, and empties it. 0, or -errno. Non-blocking
 * descriptors are waited for. If stop_fd (> 0) becomes readable meanwhile, it stops behind a whole
 * line: -EINTR; inside of one only if nobody has read for a second.
 */
int pg_outlet_flush(struct pg_buf *b, int fd, int stop_fd);

/*
 * Marks a file as being written by us until it is closed, for other procgrids only (flock(2), not
 * waited for). 0, or -EBUSY: another one holds it. Where locks are not known all is well.
 */
int pg_outlet_lock(int fd);

/* fd stays the caller's. stop_fd as above. */
struct pg_outlet *pg_outlet_fd(int fd, int stop_fd);

struct pg_outlet_file_options {
	const char *path;
	bool force;        /* overwrite a file that exists */
	uint64_t max_size; /* 0: no limit; else of FILE and FILE.1 together, in bytes */
};
/*
 * Made with mode 0600. A file that exists is refused, or with force replaced by a new one (that is:
 * unlinked), if it is a regular file; so is FILE.1 if there is a max_size; but neither while
 * another procgrid writes it. Symbolic links on the
 * way are followed only if we or root made them, and not where anybody may write; FILE itself must
 * not be one. NULL with a message.
 */
struct pg_outlet *pg_outlet_file(const struct pg_outlet_file_options *o, struct pg_error *err);

#endif
