/* SPDX-License-Identifier: MIT */
/*
 * source: where snapshots come from. A source decides alone which files to read when; it is used by
 * one thread at a time (engine's scanner), but for inspect(), which has its own thread and must not
 * touch what next() uses.
 *
 *   open → (plan → next)* → close;  inspect at any time between open and close
 */
#ifndef PG_SOURCE_H
#define PG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "fd/fd_links.h"
#include "task/snapshot.h"

/* A task that somebody looks at: it is read in full each pass, whatever its clock says. */
struct pg_focus {
	int32_t pid, tid;
};
#define PG_FOCUS_MAX 8

/* What is wanted of the next passes. Plain values: a plan is copied, never shared. */
struct pg_plan {
	uint8_t scope;  /* enum pg_scope */
	uint8_t groups; /* enum pg_group to read */
	uint8_t raw;    /* of PG_STAT | PG_STATUS | PG_IO: keep the whole text for raw tables */
	bool glance;    /* read stat alone, for the first picture */
	/*
	 * Of tasks that ran, status is read only where somebody looks, in the first half minute of
	 * a process, and by the sweep: else PG_STATUS is not valid in their rows. It is the dearest
	 * file, and a screen of cells shows nothing of it.
	 */
	bool lazy_status;
	uint8_t nr_focus;
	struct pg_focus focus[PG_FOCUS_MAX];
};
#define PG_PLAN_ALL_GROUPS 0xff

/* Which tasks are wanted; fixed for the life of the source. Empty: all of them. */
struct pg_selection {
	const int32_t *ids; /* processes or threads, by number; NULL: no restriction */
	size_t nr_ids;
	bool by_uid;
	uint32_t uid;
};

/* Sources of knowledge that can be turned off, to see what is left without them (--without). */
enum pg_without {
	PG_WITHOUT_CONNECTOR = 1 << 0, /* births and deaths told by the kernel */
	PG_WITHOUT_FDSIZE = 1 << 1,    /* st_size of PID/fd: descriptors are counted instead */
	PG_WITHOUT_SCHEDSTAT = 1 << 2, /* CPU time of threads in ns: ticks instead */
	PG_WITHOUT_CLOCK = 1 << 3,     /* process CPU clocks, and with them the gate */
};

struct pg_source_options {
	const char *root; /* "/proc", or another tree */
	struct pg_selection select;
	bool full;         /* read every task in every pass (--scan full) */
	uint64_t sweep_ns; /* what nobody told of is found within this time; 0: 30 s */
	uint8_t without;   /* enum pg_without */
	/* Called now and then within next(), in its thread, at least every few ms; may be NULL. */
	void (*between)(void *arg);
	void *between_arg;
};

/* A question about one task. */
enum pg_ask {
	PG_ASK_TEXTS, /* for popup and page: command line and the like */
	PG_ASK_LINKS, /* what it has open, one by one */
};
struct pg_inquiry {
	struct pg_key key;
	uint8_t ask; /* enum pg_ask */
};

/* The answer, as far as it was asked for. Strings are owned, NULL if unknown. */
struct pg_detail {
	struct pg_inquiry of;
	bool gone; /* the task is not there any more (or another one has its number) */
	struct pg_fd_links links; /* PG_ASK_LINKS */

	/* PG_ASK_TEXTS */
	char *cmdline; /* arguments, NUL bytes turned to blanks; at most PG_DETAIL_TEXT */
	size_t cmdline_len;
	bool cmdline_cut;
	char *cgroup; /* path in the unified hierarchy, else of the first one */
	size_t cgroup_len;
	char *exe; /* target of the exe link; NULL if not permitted */
	size_t exe_len;
};
#define PG_DETAIL_TEXT 65536
void pg_detail_free(struct pg_detail *d); /* what it holds, not d itself */

enum pg_next {
	PG_NEXT_OK,
	PG_NEXT_END, /* no further snapshot will come (fixture, recording) */
};

struct pg_source;

struct pg_source_ops {
	const char *name;
	/*
	 * Fills an empty snapshot. An enum pg_next, or -errno with a message: the source is lost,
	 * but for -EMFILE, which may pass: it can be asked again. What it made of out is to be
	 * cleared then.
	 */
	int (*next)(struct pg_source *src, const struct pg_plan *plan, struct pg_snapshot *out,
		    struct pg_error *err);
	/* May block on the target's locks: engine calls it in a thread that may be abandoned. */
	void (*inspect)(struct pg_source *src, struct pg_inquiry q, struct pg_detail *out);
	void (*close)(struct pg_source *src);
};

/* Base of every source: the first member of its private struct. */
struct pg_source {
	const struct pg_source_ops *ops;
	bool paced; /* false: cycles follow without waiting (fixture, recording) */
};

/*
 * source_procfs: a live /proc, or a tree that looks like one. ROOT/0, ROOT/1, … (if ROOT/0 is a
 * directory) are successive cycles. NULL with a message if there is no procfs there.
 */
struct pg_source *pg_source_procfs_open(const struct pg_source_options *o, struct pg_error *err);

/* Whether a process or thread of this number exists now at root (used to refuse unknown PIDs). */
bool pg_source_procfs_exists(const char *root, int32_t id);

/* uid of a user name or a decimal uid, looked up in root/passwd for a foreign tree, else by NSS. */
bool pg_source_procfs_uid(const char *root, const char *name, uint32_t *uid);

#endif
