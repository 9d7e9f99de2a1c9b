/* SPDX-License-Identifier: MIT */
/*
 * fd_tree: how many descriptors a process and its descendants have open, sample by sample. For
 * engine_sampler's thread, which may ask every millisecond.
 *
 * fd_tree.c opens and samples, fd_tree_count.c looks at one process, fd_tree_births.c finds out who
 * belongs to the tree.
 *
 * Of each process an O_PATH descriptor of its fd directory is kept, and fstat gives the number
 * (st_size, Linux ≥ 6.2, of any user's process: 0.4 us; before, or without it, the directory is
 * counted, which takes permission). Who belongs to the tree is looked up only when something was
 * born on this machine: the last pid in /proc/loadavg moved (1 us a sample). Once in it, a process
 * stays, whoever becomes its parent; identity is pid and start time. A process that is exiting or a
 * zombie has no files: it is not counted, and when all are, the tree has ended: there is no sample,
 * not one of 0. If only the first thread has ended, another one is asked.
 *
 * Not seen: a child whose parent ended before we saw either, unless its orphans come to us (option
 * reaper).
 */
#ifndef PG_FD_TREE_H
#define PG_FD_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

/* Processes of one tree, at most; further ones count as unreadable. */
#define PG_FD_TREE_MAX 16384

struct pg_fd_tree;

struct pg_fd_tree_options {
	const char *proc_root; /* "/proc" */
	int32_t pid;           /* whose tree */
	bool children;         /* false: this process alone. We are never one, nor what we start */
	bool without_fdsize;   /* count directories, as before Linux 6.2 */
	/*
	 * We are the subreaper (prctl(2)) and have no children but pid from its start on: whoever
	 * becomes ours then is of the tree.
	 */
	bool reaper;
};

/* One process at one instant. */
struct pg_fd_count {
	int32_t pid;
	uint64_t start; /* ticks since boot */
	int64_t fds;    /* -1: could not be read */
	uint64_t limit; /* soft RLIMIT_NOFILE; UINT64_MAX: unlimited; 0: not known */
	char comm[64];  /* as the kernel gave it; NUL-terminated */
};
struct pg_fd_sample {
	uint64_t mono_ns; /* when it was taken, CLOCK_MONOTONIC */
	int64_t wall_ns;  /* CLOCK_REALTIME */
	uint64_t due_ns;  /* when it should have been; 0: at no certain time */
	int64_t open_fds; /* of all; -1: of none could it be read */
	uint32_t nr_unreadable;
	/* Counts, names, limits or processes differ from the sample before: procs is filled. */
	bool changed;
	struct pg_fd_count *procs; /* by pid */
	size_t nr_procs, cap_procs;
};
void pg_fd_sample_free(struct pg_fd_sample *s);

/* NULL with a message: there is no such process, no descriptors are left. A zombie is one. */
struct pg_fd_tree *pg_fd_tree_open(const struct pg_fd_tree_options *o, struct pg_error *err);
/* 1: a sample; 0: the tree has ended; or -errno with a message. out is reused from sample to
 * sample. */
int pg_fd_tree_sample(struct pg_fd_tree *t, struct pg_fd_sample *out, struct pg_error *err);
/* The next sample is filled, whether something changed or not: the last one was not taken. */
void pg_fd_tree_repeat(struct pg_fd_tree *t);
void pg_fd_tree_close(struct pg_fd_tree *t);

#endif
