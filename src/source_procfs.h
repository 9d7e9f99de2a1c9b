/* SPDX-License-Identifier: MIT */
/*
 * The rooms of source_procfs, for its own files only:
 *   source_procfs.c         the source: opening, cycles, which processes a pass visits
 *   source_procfs_read.c    one process: its files into a block
 *   source_procfs_file.c    the text of a file, the numbers in a directory
 *   source_procfs_detail.c  one task on demand, for the inspector
 *   users.c                 names of uids
 * One pass goes down the list of pids, reads each process into a scratch block, and publishes
 * either a copy of it or, if nothing differs, the very block of the pass before.
 */
#ifndef PG_SOURCE_PROCFS_H
#define PG_SOURCE_PROCFS_H

#include <stdatomic.h>

#include "source.h"
#include "sysinfo.h"
#include "users.h"

/* What this kernel and this tree can do; probed once. */
struct pg_procfs_traits {
	bool is_procfs; /* not a directory that looks like one */
	bool own_ns;    /* it shows our own pid namespace: CPU clocks and NSS names are valid */
	bool fd_size;   /* st_size of PID/fd is the number of descriptors (Linux 6.2) */
	bool schedstat; /* schedstat counts (some kernels before 5.14 give 0 0 0) */
	uint64_t page_size;
};

/* Tasks to be read of one process in this pass. */
struct pg_visit {
	int32_t pid;
	const int32_t *only; /* these threads, in any order; NULL: all */
	size_t nr_only;
};

/* Grows to what the largest process needs, then costs no allocation. */
struct pg_scratch {
	struct pg_buf rows;    /* struct pg_proc and its rows */
	struct pg_buf strings; /* offsets are relative until the block is closed */
	struct pg_buf tids;    /* int32_t */
	char *file;            /* text of the file that was read last */
	size_t file_cap;
	char *dents;  /* for getdents64 */
	bool starved; /* an open failed for want of descriptors: the pass is worth nothing */
};
#define PG_DENTS_SIZE (64 * 1024)

struct pg_procfs {
	struct pg_source base;
	char *root;
	struct pg_procfs_traits traits;
	struct pg_selection select;
	int32_t *ids;       /* owned copy of select.ids */
	bool cycles;        /* root/0, root/1, … */
	_Atomic long cycle; /* the one that was read last; -1 before */
	int rootfd;         /* of the tree of this pass */
	struct pg_sysinfo *sysinfo;
	struct pg_users *users;
	int64_t boot_wall_ns;
	uint32_t hz;
	struct pg_scratch scratch;
	/* blocks of the pass before, by pid, each with a reference */
	struct pg_proc **last;
	size_t nr_last, last_cap;
};

/*
 * openat(2) with O_CLOEXEC, by which all of a pass is opened: EMFILE and ENFILE say nothing about
 * the task, which has neither vanished nor been refused, and are noted in sc->starved.
 */
int pg_procfs_openat(struct pg_scratch *sc, int dirfd, const char *path, int flags);
/* Reads a whole file into sc->file. Its length, or -errno. */
long pg_procfs_slurp(struct pg_scratch *sc, int dirfd, const char *path);
/* Task numbers of an open directory (dup'ed position 0), sorted, appended to tids. 0 or -errno. */
int pg_procfs_list(struct pg_scratch *sc, int dirfd, struct pg_buf *tids);
/* How many numbers an open directory holds. -errno. */
long pg_procfs_count(struct pg_scratch *sc, int dirfd);

/*
 * Reads one process. Returns a block with one reference: was itself if nothing differs. NULL if the
 * process vanished or is not selected.
 */
struct pg_proc *pg_procfs_read(struct pg_procfs *src, const struct pg_plan *plan,
			       const struct pg_visit *visit, struct pg_proc *was);

void pg_procfs_inspect(struct pg_source *base, struct pg_key key, struct pg_detail *out);

#endif
