/* SPDX-License-Identifier: MIT */
/*
 * fd_proc: what the other files for descriptors ask of /proc: the numbers in a directory, and the
 * few fields of stat that say who a process is and whether it is ending. For fd_links and fd_tree.
 */
#ifndef PG_FD_PROC_H
#define PG_FD_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

/* Of PID/stat or PID/task/TID/stat (proc_pid_stat(5)). */
struct pg_fd_proc {
	int32_t ppid;
	char state;
	uint32_t flags; /* PF_… of include/linux/sched.h */
	uint64_t threads;
	uint64_t start; /* ticks since boot */
	char comm[64];  /* bytes as the kernel gave them */
};
/* 0, or -errno; -EIO: it is not what the kernel writes. */
int pg_fd_proc_read(int dirfd, const char *path, struct pg_fd_proc *out);
/* Whether the task gives up its files, or has: it shows none then, and has not closed them. */
bool pg_fd_proc_ending(const struct pg_fd_proc *p);
/* A thread of PID below rootfd that still has its files; 0: there is none. */
int32_t pg_fd_living_thread(int rootfd, int32_t pid);
/* The process that a number belongs to, itself or as a thread, by status. 0: it vanished. */
int32_t pg_fd_tgid(int rootfd, int32_t tid);
/* Whether the process or a part of it is no more: ENOENT and ESRCH of /proc. */
bool pg_fd_gone(long e);

/*
 * The names in an open directory that are numbers, from its start, appended to numbers (int32_t; in
 * the kernel's order; NULL: they are only counted) until it holds max. Returns how many there are,
 * further ones too, or -errno.
 */
long pg_fd_numbers(int dirfd, struct pg_buf *numbers, size_t max);
/* Reads the begin of a file into text; its length, or -errno. */
long pg_fd_text(int dirfd, const char *path, char *text, size_t size);

#endif
