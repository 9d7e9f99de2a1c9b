/* SPDX-License-Identifier: MIT */
/*
 * outlet_place: where a file may be made: recordings, logs, pictures. Whoever may write to a
 * directory on the way could put a symbolic link there, and have us (root, maybe) write to a file
 * of his choice: so the path is walked by hand, and the directory is held by a descriptor from then
 * on.
 */
#ifndef PG_OUTLET_PLACE_H
#define PG_OUTLET_PLACE_H

#include <stdbool.h>

#include "util.h"

struct pg_outlet_place {
	int dir;          /* of the file, O_PATH; -1: not open */
	const char *path; /* as the user gave it, for messages */
	const char *name; /* its last component; within path */
};
/* 0, or -errno with a message. path must outlive the place. */
int pg_outlet_place_open(struct pg_outlet_place *p, const char *path, struct pg_error *err);
void pg_outlet_place_close(struct pg_outlet_place *p);

/*
 * Makes a file of this name, which must not be there, with mode 0600. A descriptor for writing,
 * locked (pg_outlet_lock()) as long as it is open, or -errno: -EBUSY if another procgrid was about
 * to replace it.
 */
int pg_outlet_place_create(const struct pg_outlet_place *p, const char *name);
/*
 * Sees to it that there is no such name: a regular file is removed if that is allowed and nobody
 * holds its lock. 0, or -errno with a message.
 */
int pg_outlet_place_clear(const struct pg_outlet_place *p, const char *name, bool allowed,
			  struct pg_error *err);
/* Gives a file another name. replace: one that has that name is removed by it; else -EEXIST. */
int pg_outlet_place_rename(const struct pg_outlet_place *p, const char *from, const char *to,
			   bool replace);

#endif
