/* SPDX-License-Identifier: MIT */
/*
 * task: what one sample knows of a process and its threads. Raw counters only, as the kernel counts
 * them; what they mean is delta's business, how they look is the field table's.
 *
 * A process is one block: its process-wide values, a row for each thread (rows[0] is the leader
 * when it is there), and all their strings, in one allocation. A block never changes once it is
 * published and is shared by reference between snapshots, so "same pointer" means "nothing moved".
 * With scope PG_SCOPE_PROCESS there is one row, and its counters are the whole process's.
 *
 * Unknown is not zero: every value belongs to a group, and holds only if the group's bit is in
 * `valid`. `refused` has the bit when the kernel denied the file (anything but ENOENT and ESRCH).
 */
#ifndef PG_TASK_H
#define PG_TASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Groups of values that are read together and known together. */
enum pg_group {
	PG_STAT = 1 << 0,   /* task/TID/stat */
	PG_STATUS = 1 << 1, /* task/TID/status */
	PG_IO = 1 << 2,     /* task/TID/io: needs ptrace access to the process */
	PG_FD = 1 << 3,     /* number of open descriptors: st_size of PID/fd, else its entries */
	PG_SCHED = 1 << 4,  /* task/TID/schedstat: nanoseconds */
	PG_MEM = 1 << 5,    /* PID/statm */
	PG_CLOCK =
		1 << 6,  /* the process CPU clock, clock_getcpuclockid(3); in a fixture its ticks */
	PG_UID = 1 << 7, /* whose process it is */
};
#define PG_NR_RAW 3 /* files whose text can be kept: PG_STAT, PG_STATUS, PG_IO, in this order */

enum pg_scope {
	PG_SCOPE_THREADS, /* a row a thread, each with its own counters */
	PG_SCOPE_PROCESS, /* one row, summed over the process by the kernel */
};

/* Identity. The start time tells two tasks with a reused number apart. */
struct pg_key {
	int32_t pid;    /* thread group id (the kernel's tgid) */
	int32_t tid;    /* thread id; equals pid for the leader */
	uint64_t start; /* clock ticks after boot, field 22 of stat */
};

/* A string inside the block: bytes as the kernel gave them, not terminated, maybe not UTF-8. */
struct pg_str {
	uint32_t off, len;
};

struct pg_task {
	int32_t tid;
	uint8_t valid, refused; /* enum pg_group */
	char state;             /* field 3 of stat: R S D Z T t X I …; '\0' while unknown */
	uint8_t reserved;
	uint64_t start; /* ticks after boot; of the key */
	struct pg_str comm;

	/* PG_STAT */
	int32_t ppid; /* > 0 without PG_STAT: told by the process connector */
	int32_t processor;
	int32_t priority, nice;
	uint32_t policy, rt_priority;
	uint32_t flags; /* PF_*, see include/linux/sched.h */
	uint32_t ended; /* 1 + what wait(2) will tell of a zombie; 0: it lives, or not known */
	uint64_t utime, stime; /* ticks */
	uint64_t minflt, majflt;

	/* PG_STATUS */
	uint32_t uid, euid;
	uint64_t voluntary_ctxt, nonvoluntary_ctxt;

	/* PG_IO: bytes, but for the two counts of system calls */
	uint64_t rchar, wchar, syscr, syscw;
	uint64_t read_bytes, write_bytes, cancelled_write_bytes;

	/* PG_SCHED */
	uint64_t run_ns, wait_ns; /* on a CPU; runnable but waiting for one */
	uint64_t timeslices;

	struct pg_str raw[PG_NR_RAW]; /* whole files, only if the plan asked to keep them */

	/*
	 * 0: as it was in this snapshot, read or proven not to have run. Else it was not looked at,
	 * its counters are those of an earlier snapshot, and this is when that was taken (mono_ns).
	 */
	uint64_t seen_ns;
};

#define PG_PF_KTHREAD 0x00200000u

/*
 * How a task ended, in one int: its exit code, 0-255; or PG_KILLED + the signal that ended it; or
 * -1: unknown. A shell writes the second as 128 + signal, where exit(137) and SIGKILL are the same.
 */
#define PG_KILLED 256
/* The same of a status as wait(2) gives it. */
int pg_exit_code(uint32_t status);
/* The same of a task: of a zombie, as far as its stat told. */
static inline int pg_task_exit_code(const struct pg_task *t)
{
	return t->ended ? pg_exit_code(t->ended - 1) : -1;
}

struct pg_proc {
	atomic_uint refs;
	uint32_t size; /* bytes of the block: this, the rows, the strings */
	int32_t pid;
	uint32_t nr_tasks;
	uint64_t start; /* of the leader, ticks; 0 if its stat is unreadable */

	uint8_t scope;   /* enum pg_scope */
	uint8_t kthread; /* a kernel thread */
	uint8_t valid,
		refused;     /* PG_FD, PG_MEM, PG_CLOCK, PG_UID and, for peak and swap, PG_STATUS */
	uint32_t nr_running; /* rows in state R: they are busy even if no counter moved */
	uint32_t nr_disk_sleep, nr_zombie; /* rows in state D, Z */
	uint32_t nr_unseen;                /* rows with seen_ns */
	uint32_t uid;       /* real uid; before status was read, the owner of /proc/PID */
	struct pg_str user; /* name of uid; empty if it has none */

	uint64_t cpu_clock_ns; /* all threads, ended ones too */
	uint64_t unseen_ns;    /* CPU time, at most, of such rows since they were looked at */
	uint64_t rss_bytes;    /* statm */
	uint64_t vsize_bytes;  /* stat field 23 */
	uint64_t peak_bytes;   /* VmHWM */
	uint64_t swap_bytes;   /* VmSwap */
	uint64_t fds;          /* open descriptors */
	uint64_t fd_limit; /* how many there may be, soft RLIMIT_NOFILE; UINT64_MAX: any number; 0:
			      not known, whatever valid says */
	uint64_t threads;  /* stat field 20 */

	struct pg_task tasks[];
	/* strings follow the rows */
};

struct pg_proc *pg_proc_ref(struct pg_proc *p);
/* Drops a reference; the last one frees. NULL is allowed. Any thread may call it. */
void pg_proc_unref(struct pg_proc *p);

/* The bytes of a string of this block; not terminated. */
static inline const char *pg_proc_str(const struct pg_proc *p, struct pg_str s)
{
	return (const char *)p + s.off;
}

static inline bool pg_task_is_leader(const struct pg_proc *p, const struct pg_task *t)
{
	return t->tid == p->pid;
}

/* It has ended, and waits for its parent to ask how: it has no files and no memory any more. */
static inline bool pg_proc_is_zombie(const struct pg_proc *p)
{
	return p->nr_zombie > 0 && p->nr_zombie == p->nr_tasks && p->threads <= 1;
}

struct pg_key pg_task_key(const struct pg_proc *p, const struct pg_task *t);

/* Order of the rows of a process, and identity: the leader, then by tid, then by start. */
int pg_task_cmp(int32_t pid, const struct pg_task *a, const struct pg_task *b);
/* Order of the processes of a snapshot: by pid, then by start. */
int pg_proc_cmp(const struct pg_proc *a, const struct pg_proc *b);
int pg_key_cmp(const struct pg_key *a, const struct pg_key *b);

/* Row of a task in its process, or NULL. */
const struct pg_task *pg_proc_find(const struct pg_proc *p, int32_t tid, uint64_t start);

#endif
