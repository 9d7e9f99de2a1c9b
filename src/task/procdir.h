/* SPDX-License-Identifier: MIT */
/*
 * procdir: the numbers in a directory of /proc: processes, threads, descriptors. For source and fd.
 * By getdents64(2), since opendir(3) would allocate each time.
 */
#ifndef PG_PROCDIR_H
#define PG_PROCDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A walk from where dirfd stands to the end of the directory. The caller sets the first three. */
struct pg_procdir {
	int dirfd;    /* stays the caller's */
	char *bytes;  /* room for what the kernel gives at a time; aligned like malloc(3)'s */
	size_t size;  /* of it */
	long len, at; /* what is in it, and how far the walk is */
	int error;    /* 0, or the -errno that ended the walk */
};

/*
 * The next name that is a number, in the kernel's order; false: no more, or an error. 0 is one, of
 * a descriptor: who wants tasks leaves it out.
 */
bool pg_procdir_next(struct pg_procdir *d, int32_t *number);

#endif
