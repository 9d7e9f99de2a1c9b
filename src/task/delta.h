/* SPDX-License-Identifier: MIT */
/*
 * delta: two snapshots in, what happened between them out. Pure: no clock, no file, no globals.
 *
 * A merge of two sorted arrays that skips what both share: the same block in both means that
 * nothing moved, and costs one pointer compare (unless a row of it is in state R, which is busy by
 * itself).
 *
 * Classes, after the truth table of plot_grid with ns clocks:
 *   exited  the task was in prev and is not in cur; for this frame only
 *   cpu     it used at least min_cpu of the interval, or is in state R
 *   io      read_bytes + write_bytes moved (with io_any: rchar + wchar)
 *   cpu+io  both
 *   idle    else; with PG_STIRRED if it ran, but for less than min_cpu
 * A task that is not in prev (PG_BORN) is compared with zero: what it used, it used now. The first
 * frame of a run (prev == NULL) has no deltas, and nothing in it is born.
 */
#ifndef PG_DELTA_H
#define PG_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"

enum pg_class { PG_IDLE, PG_CPU, PG_DISK, PG_CPU_DISK, PG_EXITED, PG_NR_CLASSES };

/* "idle", "cpu", "io", "cpu+io", "exited". */
const char *pg_class_name(enum pg_class c);

enum pg_change_bit {
	PG_BORN = 1 << 0,
	PG_STIRRED = 1 << 1,
	PG_RSS_UP = 1 << 2, /* leader's row only, as all of rss and fds */
	PG_RSS_DOWN = 1 << 3,
	PG_FDS_UP = 1 << 4,
	PG_FDS_DOWN = 1 << 5,
	PG_WAITED = 1 << 6,     /* it waited for a CPU */
	PG_IO_UNKNOWN = 1 << 7, /* its io cannot be read: the class is by CPU alone */
	PG_MOVED = 1 << 8,      /* state, nice or comm differ from prev */
	PG_UNSEEN = 1 << 9, /* not looked at (task.h: seen_ns): nothing is known of this cycle */
	PG_SAME = 1 << 10,  /* the row is, byte for byte, that of prev */
};

/* Which of the differences below are known. */
enum pg_known {
	PG_KNOW_CPU = 1 << 0,
	PG_KNOW_WAIT = 1 << 1,
	PG_KNOW_IO = 1 << 2,
	PG_KNOW_RSS = 1 << 3,
	PG_KNOW_FDS = 1 << 4,
	PG_KNOW_TICKS = 1 << 5, /* user and system time */
	PG_KNOW_CTXT = 1 << 6,
};

struct pg_change {
	uint8_t cls;      /* enum pg_class */
	uint8_t known;    /* enum pg_known */
	uint16_t bits;    /* enum pg_change_bit */
	float share;      /* of one CPU, in span_ns: 1.0 = 100 %; 0 if unknown */
	uint64_t span_ns; /* what moved did so in this time: the interval, or longer if it was not
			     looked at in between */
	uint64_t cpu_ns;
	uint64_t wait_ns;
	uint64_t utime, stime; /* ticks */
	uint64_t read_bytes, write_bytes, rchar, wchar;
	uint64_t ctxt; /* context switches, voluntary or not */
	int64_t rss_bytes, fds;
};

struct pg_gone {
	const struct pg_proc *proc; /* a block of prev, or of cur->told.brief */
	const struct pg_task *task;
	bool brief;    /* born since prev as well: it was in no snapshot */
	int exit_code; /* 0-255, or PG_KILLED + signal; -1: unknown */
};

struct pg_thresholds {
	double min_cpu; /* share of the interval; 0.001 is the default */
	bool io_any;
};
#define PG_MIN_CPU_DEFAULT 0.001

#define PG_UNCHANGED UINT32_MAX

/* Result; reusable: pg_delta() overwrites it and keeps its memory. Zeroed is empty. */
struct pg_changes {
	uint64_t interval_ns; /* 0 in the first frame */
	bool first;
	double cpu_share;              /* of all CPUs of the machine; < 0: not known */
	uint32_t count[PG_NR_CLASSES]; /* tasks by class; exited ones are not in cur */
	uint32_t nr_born;
	uint64_t nr_brief; /* born and died in between, listed in gone or not */
	uint32_t *start;   /* for each process of cur: its first row in rows, or PG_UNCHANGED */
	struct pg_change *rows; /* dense, one a task, for the processes that are not PG_UNCHANGED */
	size_t nr_rows;
	/* In key order; points into prev and cur, which must outlive the frame. */
	struct pg_gone *gone;
	size_t nr_gone;
	size_t start_cap, rows_cap, gone_cap;
	unsigned roomy; /* frames in a row for which rows was much too large */
};

/*
 * prev may be NULL. If the two were read with different scopes (threads on or off), only processes
 * are compared, by presence alone, and no difference is known for this one frame.
 */
void pg_delta(const struct pg_snapshot *prev, const struct pg_snapshot *cur,
	      const struct pg_thresholds *limits, struct pg_changes *out);
void pg_changes_free(struct pg_changes *c);

/* The change of a task of cur. What was skipped is idle, its readable counters known to be unmoved.
 */
struct pg_change pg_changes_of(const struct pg_changes *c, const struct pg_place *at);

/*
 * A task that has gone, by its key; the leader of one of that number, or one of its threads. NULL
 * if there is none. By halving: there may be thousands.
 */
const struct pg_gone *pg_changes_gone(const struct pg_changes *c, struct pg_key key);
const struct pg_gone *pg_changes_gone_pid(const struct pg_changes *c, int32_t pid);

/* What sinks and screens get. */
struct pg_frame {
	const struct pg_snapshot *snap;
	const struct pg_changes *changes;
	uint64_t cycle; /* number of the snapshot, from 0 */
};

#endif
