/* SPDX-License-Identifier: MIT */
/*
 * snapshot: one instant of one host: time stamps, host totals, and the processes sorted by
 * pg_proc_cmp(), each a shared block. A source fills it, engine passes it on, everybody else reads.
 */
#ifndef PG_SNAPSHOT_H
#define PG_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "task.h"

/* Counters and levels of the whole machine. A group holds only if its bit is in valid. */
enum pg_host_group {
	PG_HOST_CPU = 1 << 0,
	PG_HOST_MEM = 1 << 1,
	PG_HOST_LOAD = 1 << 2,
	PG_HOST_UPTIME = 1 << 3,
	PG_HOST_PSI_CPU = 1 << 4,
	PG_HOST_PSI_IO = 1 << 5,
	PG_HOST_PSI_MEM = 1 << 6,
	PG_HOST_FORKS = 1 << 7,
};

struct pg_host {
	uint32_t valid; /* enum pg_host_group */
	char name[65];  /* host name (as dirty as any other string) */
	uint64_t cpu_total,
		cpu_busy; /* ticks of all CPUs since boot; busy = not idle, not iowait */
	uint64_t mem_total, mem_available; /* bytes */
	uint64_t swap_total, swap_free;    /* bytes */
	double load[3];                    /* 1, 5, 15 minutes */
	double uptime;                     /* seconds */
	double psi_cpu, psi_io, psi_mem;   /* "some" avg10, percent */
	uint64_t forks;                    /* since boot */
	/* The number given out last, which is no older than forks; 0: not known. Not recorded. */
	int32_t last_pid;
};

/* What a pass cost. */
struct pg_scan_cost {
	uint32_t tasks_read, tasks_carried; /* rows read anew, at least one file; taken over */
	uint32_t opened;                    /* files and directories opened, host totals too */
	uint64_t cpu_ns;                    /* of the thread that read */
};

/*
 * What the process connector told (births.h), attached before the snapshot becomes a frame's.
 *
 * ending: a task of this or the last snapshot that has ended, and how (task.h: PG_KILLED).
 * Sorted by pid, tid, start; start is 0 for one that was born before we
 * listened.
 */
struct pg_ending {
	struct pg_key key;
	int exit_code;
};
/* Children of one parent that lived and died between the last snapshot and this one, not listed. */
struct pg_brief_rest {
	int32_t ppid;
	uint32_t nr;
};
struct pg_told {
	bool listening;  /* there is a connector: what is not listed below did not happen */
	uint64_t events; /* since the last snapshot */
	uint64_t missed; /* events that were lost; without a connector, births that nobody saw */
	struct pg_ending *endings;
	size_t nr_endings;
	/*
	 * Tasks that were born and died between two snapshots: blocks of one row, each with one
	 * reference, sorted by pg_proc_cmp() and tid, with what is known of them: identity, ppid,
	 * comm (of the parent, in parentheses, if its own is not known), uid and user.
	 */
	struct pg_proc **brief;
	int *brief_codes; /* exit codes of brief[], -1: unknown */
	size_t nr_brief;
	struct pg_brief_rest *rest; /* those beyond the bound, by parent */
	size_t nr_rest;
};

struct pg_snapshot {
	uint64_t mono_ns;       /* when it was taken; rates use this one */
	int64_t wall_ns;        /* the same moment, since the epoch */
	int64_t boot_wall_ns;   /* wall time of tick 0, fixed for the run of a source */
	uint32_t ticks_per_sec; /* of utime, stime and start */
	uint32_t nr_tasks;      /* rows of all processes */
	uint8_t groups;         /* enum pg_group: what this pass tried to read */
	uint8_t scope;          /* enum pg_scope */
	bool partial;           /* a first glance (stat only): the full pass follows at once */
	bool own_io_only;       /* some io files were refused */
	struct pg_host host;
	struct pg_scan_cost cost;
	struct pg_told told;
	size_t nr_procs, cap;
	struct pg_proc **procs; /* each holds one reference */
	/* A byte for each of procs, see pg_snapshot_is_astir(); empty: not known. */
	struct pg_buf astir;
	/* What it held in the life before, from at_left on: see pg_snapshot_recycle(). */
	size_t nr_left, cap_left, at_left;
	struct pg_proc **left;
};

/* Drops all processes; keeps the array. */
void pg_snapshot_clear(struct pg_snapshot *s);
/*
 * The same, but the references stay within reach of pg_snapshot_share_proc(), until
 * pg_snapshot_settle(): most blocks of a snapshot stand in the one before the last as well, and to
 * give one reference back and take another costs two cache misses a block, as much as its clock.
 */
void pg_snapshot_recycle(struct pg_snapshot *s);
/* Appends p with a reference of its own; the rest is p's as well, but p is not touched for it. */
void pg_snapshot_share_proc(struct pg_snapshot *s, struct pg_proc *p, uint32_t nr_tasks,
			    bool is_astir);
/* Drops what is left of the life before. */
void pg_snapshot_settle(struct pg_snapshot *s);
/* Clears and frees what it holds, not s itself. */
void pg_snapshot_free(struct pg_snapshot *s);
/*
 * Whether the block says more than that it is the one of the snapshot before: it has rows in state
 * R, D or Z, or not looked at. All that goes over all processes asks this first.
 */
bool pg_snapshot_is_astir(const struct pg_snapshot *s, size_t i);
bool pg_proc_is_astir(const struct pg_proc *p);
/* The plain values of another into an empty snapshot; it has processes for nobody yet. */
void pg_snapshot_copy_values(struct pg_snapshot *to, const struct pg_snapshot *from);
/* Fills an empty snapshot with all that is in another; the blocks are shared. */
void pg_snapshot_share(struct pg_snapshot *to, const struct pg_snapshot *from);
/* Drops what was told and leaves it empty. */
void pg_told_clear(struct pg_told *t);
/* Appends p and takes over the caller's reference. The caller keeps pg_proc_cmp() order. */
void pg_snapshot_add(struct pg_snapshot *s, struct pg_proc *p);
/*
 * Looks a process up by number alone; of several with the same pid (a reused number cannot be in
 * one snapshot twice, a foreign file may claim so) the first. Index in procs, or -1.
 */
long pg_snapshot_find_pid(const struct pg_snapshot *s, int32_t pid);

/* Where a task stands in a snapshot; task is NULL if it is not there. */
struct pg_place {
	const struct pg_proc *proc;
	const struct pg_task *task;
	size_t proc_index;
};
struct pg_place pg_snapshot_find(const struct pg_snapshot *s, struct pg_key key);

/* Wall time, in ns since the epoch, of a start time in ticks. */
int64_t pg_snapshot_wall_of(const struct pg_snapshot *s, uint64_t ticks);

#endif
