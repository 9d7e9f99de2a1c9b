/* SPDX-License-Identifier: MIT */
/*
 * remote_child: a program as a child of ours whose output is read by somebody else, for remote.c
 * alone. It runs in a session of its own with /dev/null as standard input; what it says on standard
 * error is kept as far as its last line. No call waits. Whatever ends us, the kernel kills it then;
 * children of its are told by their pipes.
 */
#ifndef PG_REMOTE_CHILD_H
#define PG_REMOTE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/util.h"

#define PG_CHILD_LINE 256 /* bytes of a line that are kept, with the terminator */

struct pg_remote_child {
	pid_t pid; /* and its process group; 0: none */
	int err_fd;
	char line[PG_CHILD_LINE]; /* the last that was not empty, as it came */
	char part[PG_CHILD_LINE]; /* what has come of the next */
	size_t part_len;
};
/* Before the first start. */
#define PG_REMOTE_CHILD_NONE ((struct pg_remote_child){.err_fd = -1})

/*
 * To be called by a thread that lives as long as the program: the child ends with it. Standard
 * descriptors of ours are open. argv[0] is looked up in PATH. *out_fd: what it prints, the
 * caller's. 0, or -errno with a message; all is as before then. Descriptors of ours that are not
 * close-on-exec would be its own as well: there are none, nor is RLIMIT_NOFILE raised where there
 * is no procfs to be read.
 */
int pg_remote_child_start(struct pg_remote_child *c, char *const argv[], int *out_fd,
			  struct pg_error *err);
/* Takes what it said, some kilobytes a call. True if it said anything. */
bool pg_remote_child_listen(struct pg_remote_child *c);
/* True if it has ended (then there is none any more): *status as of waitpid(2). */
bool pg_remote_child_reap(struct pg_remote_child *c, int *status);
/* A signal to all of its process group. */
void pg_remote_child_signal(const struct pg_remote_child *c, int sig);

#endif
