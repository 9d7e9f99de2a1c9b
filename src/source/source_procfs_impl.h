/* SPDX-License-Identifier: MIT */
/*
 * source_procfs: what its files share, and nobody else includes:
 *
 *   source_procfs.c         the source: opening, probing, cycles, time stamps
 *   source_procfs_visits.c  which processes a pass is about (all, or those selected)
 *   source_procfs_known.c   the table of known processes, and who is new in it
 *   source_procfs_gate.c    what a pass does with each of them
 *   source_procfs_read.c    one process in full: its files into a block
 *   source_procfs_update.c  one known process: what may have changed of it, the rest as it was
 *   source_procfs_sweep.c   what changes of a process that does not run
 *   source_procfs_ledger.c  which threads of a process ran, and the proof that no other did
 *   source_procfs_row.c     one task: its files into a row
 *   source_procfs_hot.c     descriptors of busy tasks that stay open
 *   source_procfs_file.c    the text of a file, the numbers in a directory
 *   source_procfs_detail.c  one task on demand, for the inspector
 *
 * One pass asks the CPU clock of each known process. A clock that stands still means that no thread
 * of it ran, so its block is taken over; else the process is updated, and the threads that did not
 * run keep their rows. What can change without running is found by the sweep.
 */
#ifndef PG_SOURCE_PROCFS_IMPL_H
#define PG_SOURCE_PROCFS_IMPL_H

#include <stdatomic.h>
#include <sys/resource.h>

#include "base/users.h"
#include "source.h"
#include "sysinfo.h"
#include "task/block.h"
#include "task/procparse.h"

/* What this kernel and this tree can do; probed once. */
struct pg_procfs_traits {
	bool is_procfs; /* not a directory that looks like one */
	bool own_ns;    /* it shows our own pid namespace: CPU clocks and NSS names are valid */
	bool clock;     /* process CPU clocks may be asked */
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
	struct pg_block block; /* of the process at hand */
	struct pg_buf tids;    /* int32_t */
	struct pg_buf marks;   /* uint32_t a row of the block before, see pg_marks */
	struct pg_buf looks;   /* struct pg_look */
	struct pg_buf leader;  /* text of the leader's stat, read after the looks of this update */
	char *file;            /* text of the file that was read last */
	size_t file_cap;
	char *dents;         /* for getdents64 */
	bool starved;        /* an open failed for want of descriptors: the pass is worth nothing */
	uint32_t opened;     /* files and directories, in this pass */
	uint32_t texts;      /* files read, in this pass */
	uint32_t tasks_read; /* rows of which a file was read, in this pass */
	void (*between)(void *arg); /* pg_source_options */
	void *between_arg;
};
#define PG_DENTS_SIZE (64 * 1024)

/* ---- descriptors that stay open (source_procfs_hot.c) -------------------------------------- */

enum pg_task_file { PG_FILE_STAT, PG_FILE_STATUS, PG_FILE_IO, PG_FILE_SCHED, PG_NR_TASK_FILES };

/* A thread that ran lately. Heat has a bit for each of the last 8 looks: 1 if it had run. */
struct pg_hot_task {
	int32_t tid;
	uint8_t heat;
	int fd[PG_NR_TASK_FILES]; /* -1: not open */
};

/* A process that ran lately. */
struct pg_hot {
	int pidfd, taskfd, fdfd; /* O_PATH: PID, PID/task, PID/fd */
	int statm;
	int leader_stat;           /* it is read whoever ran */
	struct pg_hot_task *tasks; /* sorted by tid */
	size_t nr, cap;
};

/* All descriptors of hot tasks together; each costs the kernel about 4.4 KB. */
struct pg_keep {
	uint32_t nr, max;
	struct rlimit before; /* RLIMIT_NOFILE as it was found */
	bool raised;
};
#define PG_KEEP_BYTES_EACH 4400
#define PG_KEEP_BYTES      (16 * 1024 * 1024)

/* Raises RLIMIT_NOFILE as far as the budget needs it, and sets keep->max. */
void pg_keep_open(struct pg_keep *k);
/* RLIMIT_NOFILE may be another by now (prlimit(1)): sets keep->max to what is left. */
void pg_keep_fit(struct pg_keep *k);
/* Puts RLIMIT_NOFILE back. Also to be called by a child of ours before exec(2). */
void pg_keep_close(struct pg_keep *k);
/* Ran at least twice in the last 8 looks: its descriptors are worth keeping. */
bool pg_is_warm(uint8_t heat);

struct pg_hot *pg_hot_new(void);
void pg_hot_free(struct pg_keep *k, struct pg_hot *h); /* NULL is allowed */
struct pg_hot_task *pg_hot_find(struct pg_hot *h, int32_t tid);
/* The entry of a thread that has just run, made if there is none. Moves the others. */
struct pg_hot_task *pg_hot_heat(struct pg_hot *h, int32_t tid);
/* One look is over: those that did not run in it cool, and go when they are cold. */
void pg_hot_cool(struct pg_keep *k, struct pg_hot *h);
void pg_hot_forget(struct pg_keep *k, struct pg_hot *h, int32_t tid);
/* Opens path at *slot if it is not open yet and there is room. False: it is not open. */
bool pg_keep_slot(struct pg_keep *k, struct pg_scratch *sc, int *slot, int dirfd, const char *path,
		  int flags);
void pg_keep_drop(struct pg_keep *k, int *slot);

/* ---- which threads ran (source_procfs_ledger.c) --------------------------------------------- */

/*
 * The process clock is the sum of run_ns of its threads plus what the ended ones had used. If the
 * threads that were hot account for all of its motion, nobody else ran.
 */
struct pg_ledger {
	uint64_t ended_ns; /* clock minus the rows: at most what ended threads had used */
	uint64_t sum_ns;   /* run_ns of all rows of the block */
	uint64_t rest_ns;  /* at most what threads used since they were looked at */
	int64_t least_ns; /* the same, at least: a later rest above it says that one may have run */
	uint32_t cursor;  /* row with which the rotation goes on */
	uint32_t round;   /* rows still to be looked at until rest_ns is known to be nobody's */
	bool rotated;     /* all rows were looked at once */
	bool restarted;   /* in this pass: rows that were not looked at since are in question */
};
/* Looks a pass at threads of large processes that were not hot, about 5 us each. */
#define PG_LOOK_BUDGET 1000

/* ---- known processes (source_procfs_known.c) ------------------------------------------------ */

struct pg_known {
	int32_t pid, ppid;
	uint8_t heat;    /* a bit a pass, as of pg_hot_task */
	bool unselected; /* it was read, and is not wanted */
	bool ran;        /* since it was swept */
	bool dead;       /* vanished in this pass */
	bool looked_at;  /* in this pass, by more than its clock */
	/* Of its block, which need not be touched for them. */
	bool kthread, io_refused; /* the first row's io */
	bool astir;               /* pg_proc_is_astir() */
	uint32_t nr_tasks, nr_restless;
	uint64_t clock_ns; /* taken before its block was read */
	uint64_t swept_ns; /* mono_ns */
	uint64_t young_until_ns;
	struct pg_proc *block; /* one reference; NULL: none yet */
	struct pg_hot *hot;    /* NULL: it did not run lately */
	struct pg_ledger ledger;
	uint32_t sweep_row, suspect_row; /* with which the next sweep goes on */
	uint8_t sweeps;                  /* in which it stood */
	const int32_t *only;             /* of its visit */
	size_t nr_only;
};

/* What nobody tells of is found within this time. */
#define PG_SWEEP_NS (30 * PG_NS_PER_SEC)
/* With a lazy plan, status is read each time that a process ran until it is so old. */
#define PG_YOUNG_NS (30 * PG_NS_PER_SEC)

/* What the machine said of births when it was last asked who they were. */
struct pg_births_seen {
	uint64_t forks;
	int32_t last_pid, before_pid; /* given out last; the same of the time before */
	int32_t since_pid;            /* who is new in this pass has a number beyond it */
};

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

	bool is_root;
	bool gated; /* clocks decide what is read; else everything is */
	uint64_t sweep_ns;
	struct pg_keep keep;
	struct pg_known *known; /* by pid */
	size_t nr_known, cap_known;
	struct pg_plan plan; /* of the pass before */
	uint64_t passes;
	uint64_t mono_ns, last_mono_ns; /* of this snapshot, of the one before */
	struct pg_births_seen births;
	bool lost_one;        /* a process could not be read in the pass before */
	uint32_t look_budget; /* left in this pass, for large processes */
	uint32_t nr_large;    /* large processes that ran in the pass before */
	uint32_t restless_seen,
		restless_last; /* tasks in R or D: in this pass, in the one before */
};

/*
 * openat(2) with O_CLOEXEC, by which all of a pass is opened: EMFILE and ENFILE say nothing about
 * the task, which has neither vanished nor been refused, and are noted in sc->starved.
 */
int pg_procfs_openat(struct pg_scratch *sc, int dirfd, const char *path, int flags);
/* Reads a whole file into sc->file. Its length, or -errno. */
long pg_procfs_slurp(struct pg_scratch *sc, int dirfd, const char *path);
/* The same of an open file, from its start. */
long pg_procfs_reread(struct pg_scratch *sc, int fd);
/* The task numbers of a directory that was just opened, sorted. 0 or -errno. */
int pg_procfs_list(struct pg_scratch *sc, int dirfd, struct pg_buf *tids);
/* How many numbers a directory that was just opened holds, or -errno. */
long pg_procfs_count(struct pg_scratch *sc, int dirfd);

static inline bool pg_vanished(long e)
{
	return e == -2 /* ENOENT */ || e == -3 /* ESRCH */;
}

/* clock_getcpuclockid(3) of a process: any process, any user, no file
 * (kernel/time/posix-cpu-timers.c). False: there is no such process. */
bool pg_procfs_clock(int32_t pid, uint64_t *ns);

/* Soft RLIMIT_NOFILE of a process of our own user, or of any to root. False: not permitted, or
 * gone. */
bool pg_procfs_fd_limit(int32_t pid, uint64_t *limit);

/* ---- selection ------------------------------------------------------------------------------ */

/* The visits of a pass, sorted by pid, into visits (struct pg_visit). 0 or -errno. */
int pg_procfs_visits(struct pg_procfs *src, uint8_t scope, struct pg_buf *visits);
/* The process that a number belongs to: itself, or as a thread. 0 if there is none. */
int32_t pg_procfs_tgid_of(struct pg_procfs *src, int32_t id);
/* The same in a tree of plain files, where a thread has no directory of its own at the top. */
int32_t pg_procfs_tgid_by_search(struct pg_procfs *src, const struct pg_buf *pids, int32_t tid);

/* ---- one process while it is read ------------------------------------------------------------ */

struct pg_reading {
	struct pg_procfs *src;
	struct pg_scratch *sc;
	const struct pg_plan *plan;
	const struct pg_visit *visit;
	struct pg_hot *hot; /* NULL: nothing is kept open */
	bool keep;          /* the process is warm */
	int pidfd, taskfd;  /* O_PATH; borrowed from hot, or our own */
	bool own_pidfd, own_taskfd;
	bool skip_status;  /* of the next row: its status is not worth reading */
	uint64_t fd_limit; /* as it was; 0: not known, or to be found at any cost */
	struct pg_status_extra status;
	struct pg_stat_extra stat; /* of the row that was read last */
	int32_t living_tid; /* a thread that still has memory and descriptors; 0: none seen */
};

static inline struct pg_proc *pg_reading_block(const struct pg_reading *r)
{
	return pg_block_proc(&r->sc->block);
}

static inline bool pg_reading_wants(const struct pg_reading *r, unsigned group)
{
	return (r->plan->groups & group) && !r->plan->glance;
}

/* Opens PID, and with threads PID/task. False: it vanished. */
bool pg_reading_open(struct pg_reading *r);
void pg_reading_close(struct pg_reading *r);
/* Numbers of its threads into sc->tids, sorted. 0 or -errno. */
int pg_reading_tids(struct pg_reading *r);
/* Begins an empty block of the visit's process. */
void pg_reading_begin(struct pg_reading *r);
/* Memory and descriptors, through a thread that has them, into the block. */
void pg_reading_shared(struct pg_reading *r);
/* uid and name of the user, into the block. */
void pg_reading_owner(struct pg_reading *r);
struct pg_str pg_reading_string(struct pg_reading *r, const char *s, size_t n);

/* What a look at a thread's schedstat gave. */
struct pg_look {
	uint32_t row; /* of the block before */
	bool ran;
	uint64_t run_ns, wait_ns, timeslices;
};

/*
 * Reads a row in full. look: its schedstat, already read, or NULL; of the leader, stat is then what
 * sc->leader holds, if it does. False: it vanished, or its stat is malformed. A stat that is
 * refused leaves a row with nothing but its number. schedstat comes first: what the thread does
 * after that moves it again, and is read the next time.
 */
bool pg_row_read(struct pg_reading *r, int32_t tid, const struct pg_look *look,
		 struct pg_task *out);
/*
 * Reads stat alone into t, which holds the row as it was. False: it is not that task any more. The
 * leader's is kept in sc->leader until the next one, for pg_row_read().
 */
bool pg_row_stat(struct pg_reading *r, struct pg_task *t);
/* schedstat alone. 1 ran since `was`, 0 did not, -1 cannot be read. */
int pg_row_look(struct pg_reading *r, const struct pg_task *was, struct pg_look *out);
/* Appends a row, and counts its state in the block. */
void pg_row_put(struct pg_reading *r, const struct pg_task *t);
/* The path of a task's file relative to taskfd: digits of tid and a slash; its length. */
size_t pg_row_prefix(char *out, int32_t tid);

/*
 * Reads one process in full. Returns a block with one reference: was itself if nothing differs.
 * NULL if the process vanished or is not selected. hot may be NULL.
 */
struct pg_proc *pg_procfs_read(struct pg_procfs *src, const struct pg_plan *plan,
			       const struct pg_visit *visit, struct pg_proc *was,
			       struct pg_hot *hot, bool keep);

/* ---- updating -------------------------------------------------------------------------------- */

/* Why a known process is looked at. */
enum pg_why {
	PG_WHY_RAN = 1 << 0,      /* its clock moved */
	PG_WHY_SWEEP = 1 << 1,    /* it is due */
	PG_WHY_RESTLESS = 1 << 2, /* tasks in state R or D */
	PG_WHY_FOCUS = 1 << 3,    /* somebody looks at it */
	PG_WHY_ORPHAN = 1 << 4,   /* its parent died */
	PG_WHY_ROUND = 1 << 5,    /* rows wait to be looked at */
};

/*
 * What of each row of the block before is to be done: bits of the upper byte; below them the number
 * of its look, counted from 1.
 */
enum pg_mark {
	PG_MARK_STAT = 1 << 24, /* read stat again */
	PG_MARK_FULL = 1 << 25, /* read all again */
	PG_MARK_GONE = 1 << 26, /* it vanished, or its number is another's by now */
};
#define PG_MARK_LOOK 0xffffffu

static inline uint32_t *pg_marks(const struct pg_reading *r)
{
	return (uint32_t *)(void *)r->sc->marks.data;
}

/*
 * Brings a known process and its ledger up to date; e->block is replaced unless nothing differs.
 * why: enum pg_why. clock: as read before. False if it has to be read in full: another task has its
 * number, or it vanished.
 */
bool pg_procfs_update(struct pg_procfs *src, const struct pg_plan *plan, struct pg_known *e,
		      uint64_t clock, unsigned why);

/* ---- the sweep (source_procfs_sweep.c) ------------------------------------------------------- */

/* Rows of a large process, at least, each time that it is looked at for them. */
#define PG_SWEEP_ROWS 64
/* How many rows of e->block are to be swept in this pass; 0: it is not due. */
uint32_t pg_sweep_rows(const struct pg_procfs *src, const struct pg_known *e);
/*
 * For a process that is due, and about which there is nothing else to ask. True: nothing differs,
 * and it counts as swept. False: something may, and an update is needed to tell what.
 */
bool pg_sweep_stands(struct pg_procfs *src, struct pg_known *e);
/* Whether policy, nice value or priority are others by now: sched_getattr(2), which asks any task
 * of any user and opens nothing. */
bool pg_scheduling_differs(const struct pg_task *t);

/* e->block was read in full: the ledger starts anew. clock: as it was before that. */
void pg_ledger_start(struct pg_known *e, uint64_t clock);
/*
 * e->block was updated. dropped_ns: what rows that are gone had used when they were last looked at;
 * regrouped: threads came or went.
 */
void pg_ledger_close(struct pg_known *e, uint64_t dropped_ns, bool regrouped, uint64_t clock);
/*
 * Looks at the rows of e->block that may have run, marks them and fills sc->looks; what nobody
 * accounts for is then in e->ledger.rest_ns. r->hot is there. true: a thread has vanished, so the
 * list of threads is another.
 */
bool pg_ledger_find(struct pg_reading *r, struct pg_known *e, uint64_t clock);
/* Too many threads to look at all of them in each pass. */
bool pg_ledger_is_large(uint32_t nr_tasks);

/*
 * Who was born has an entry, and whose death is found by that goes to dead (int32_t). gated: what
 * is known may be relied on. 0 or -errno.
 */
int pg_known_update(struct pg_procfs *src, bool gated, uint8_t scope, const struct pg_host *host,
		    struct pg_buf *dead);
/*
 * Whether a thread that may be new in this pass is in PID/task, which is taskfd. False as well if
 * more numbers were given out than are worth looking for.
 */
bool pg_known_has_newborn(const struct pg_procfs *src, int taskfd);
/* Gives back all that an entry holds; or what it keeps open. */
void pg_known_drop(struct pg_procfs *src, struct pg_known *e);
void pg_known_cool(struct pg_procfs *src, struct pg_known *e);

/* Fills the snapshot. 0 or -errno. */
int pg_procfs_pass(struct pg_procfs *src, const struct pg_plan *plan, struct pg_snapshot *out);
void pg_procfs_forget_all(struct pg_procfs *src);

void pg_procfs_inspect(struct pg_source *base, struct pg_inquiry q, struct pg_detail *out);

#endif
