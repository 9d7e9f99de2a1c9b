/* SPDX-License-Identifier: MIT */
/* What the files of fd_tree share; they alone include it. */
#ifndef PG_FD_TREE_IMPL_H
#define PG_FD_TREE_IMPL_H

#include <sys/resource.h>

#include "fd_proc.h"
#include "fd_tree.h"

/* One process of the tree, until it is reaped: a zombie may still be somebody's parent. */
struct pg_fd_member {
	int32_t pid;
	int32_t via; /* the thread through which its files are seen: pid itself, if it lives */
	uint64_t start;
	int fd;     /* of via's fd directory, kept open; -1: it is opened each time */
	bool ended; /* it has no files any more */
	bool final; /* and its last thread is a zombie: nothing will change but that it goes */
	bool gone;
	bool looked;
	int64_t fds; /* of the last look; -1: could not be read */
	uint64_t limit;
	char comm[64];
	uint64_t info_ns, info_wait_ns; /* when comm and limit were read; how long they will do */
};

/* Numbers that were given out and led nowhere yet. */
#define PG_FD_PENDING_MAX 256
struct pg_fd_pending {
	int32_t pid;
	uint8_t tries;
};

struct pg_fd_tree {
	char *root;
	int rootfd, loadavg; /* loadavg -1: it does not tell of births here */
	int32_t pid;
	uint64_t start;
	bool children, reaper;
	bool procfs;  /* not a directory that looks like it */
	bool own_ns;  /* its numbers are ours: prlimit(2) may be asked */
	bool fd_size; /* fstat gives the number */

	struct pg_fd_member *members; /* by pid */
	size_t nr, cap;
	bool dirty;        /* something in them changed since the last sample */
	uint32_t overflow; /* processes for which there was no room, at the last listing */
	uint32_t nr_kept, max_kept;
	struct rlimit nofile; /* as it was found */
	bool raised;

	/* fd_tree_births.c */
	bool is_new;             /* a command's, and births were not looked for yet */
	int32_t last_pid;        /* given out on this machine, at the last lookup */
	int32_t listed_last_pid; /* at the last listing */
	bool wrapped;            /* since then numbers began anew */
	uint64_t listed_ns, next_listing_ns, next_lookup_ns; /* CLOCK_MONOTONIC */
	struct pg_buf known;                                 /* int32_t, sorted: listed then */
	struct pg_buf list;
	struct pg_buf found; /* struct candidate */
	struct pg_fd_pending pending[PG_FD_PENDING_MAX];
	size_t nr_pending;
};

/* Looks for new members. At once and everywhere: also when nothing seems to have happened. */
void pg_fd_births_look(struct pg_fd_tree *t, bool everywhere);

/* NULL: it is none. Valid until one is added. */
struct pg_fd_member *pg_fd_member_find(const struct pg_fd_tree *t, int32_t pid);
/* False: it vanished, or there is no room. A member of this number that started at another time is
 * replaced. */
bool pg_fd_member_add(struct pg_fd_tree *t, int32_t pid, uint64_t start);
void pg_fd_member_close(struct pg_fd_tree *t, struct pg_fd_member *m);
/* Counts its files; sets ended or gone. */
void pg_fd_member_look(struct pg_fd_tree *t, struct pg_fd_member *m);
/* Name and limit, if they are due. */
void pg_fd_member_info(struct pg_fd_tree *t, struct pg_fd_member *m, uint64_t now);

#endif
