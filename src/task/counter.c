/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <stddef.h>
#include <string.h>

#include "base/util.h"

#define TASK(name, unit, type, member, group, how, help)                                           \
	{                                                                                          \
		name, PG_UNIT_##unit, PG_COUNTER_TASK, PG_CT_##type,                               \
			offsetof(struct pg_task, member), group, (how) == TELLS, (how) == ALONE,   \
			help                                                                       \
	}
#define PROC(name, unit, type, member, group, how, help)                                           \
	{                                                                                          \
		name, PG_UNIT_##unit, PG_COUNTER_PROC, PG_CT_##type,                               \
			offsetof(struct pg_proc, member), group, (how) == TELLS, (how) == ALONE,   \
			help                                                                       \
	}
enum { PLAIN, TELLS, ALONE };

/* clang-format off */
const struct pg_counter pg_counters[] = {
	PROC("pid", NONE, I32, pid, 0, PLAIN, "The process (thread group)."),
	TASK("tid", NONE, I32, tid, 0, PLAIN, "The thread; the leader's is the pid."),
	TASK("start_ticks", TICKS, U64, start, 0, PLAIN, "When it was started, ticks after boot."),

	TASK("comm", NONE, STRING, comm, PG_STAT, ALONE, "Name of the thread."),
	TASK("state", NONE, STATE, state, 0, PLAIN,
	     "R running, S sleeping, D waiting for a disk, Z zombie, T stopped, t traced, I idle."),
	TASK("ppid", NONE, I32, ppid, PG_STAT, ALONE, "The parent process."),
	TASK("utime_ticks", TICKS, U64, utime, PG_STAT, TELLS, "CPU time in user mode so far."),
	TASK("stime_ticks", TICKS, U64, stime, PG_STAT, PLAIN, "CPU time in the kernel so far."),
	TASK("cpu_ns", NS, U64, run_ns, PG_SCHED, TELLS, "CPU time of the thread so far; of a whole process it is cpu_clock_ns."),
	TASK("wait_ns", NS, U64, wait_ns, PG_SCHED, PLAIN,
	     "Time so far when it could run but waited for a CPU."),
	TASK("timeslices", COUNT, U64, timeslices, PG_SCHED, PLAIN,
	     "Times that it was put on a CPU."),
	TASK("processor", NONE, I32, processor, PG_STAT, PLAIN, "The CPU it last ran on."),
	TASK("priority", NONE, I32, priority, PG_STAT, PLAIN,
	     "Priority as the kernel's scheduler shows it."),
	TASK("nice", NONE, I32, nice, PG_STAT, PLAIN, "Nice value, -20 (first) to 19 (last)."),
	TASK("policy", NONE, U32, policy, PG_STAT, PLAIN,
	     "Scheduling policy: 0 other, 1 fifo, 2 rr, 3 batch, 5 idle, 6 deadline."),
	TASK("rt_priority", NONE, U32, rt_priority, PG_STAT, PLAIN,
	     "Real-time priority, 1 to 99, or 0."),
	TASK("flags", NONE, U32, flags, PG_STAT, PLAIN,
	     "The kernel's PF_ flags of the task, as one number."),
	TASK("minflt", COUNT, U64, minflt, PG_STAT, PLAIN,
	     "Page faults so far that needed no disk."),
	TASK("majflt", COUNT, U64, majflt, PG_STAT, PLAIN, "Page faults so far that needed a disk."),
	TASK("read_bytes", BYTES, U64, read_bytes, PG_IO, TELLS,
	     "Bytes fetched from the block layer so far."),
	TASK("write_bytes", BYTES, U64, write_bytes, PG_IO, PLAIN,
	     "Bytes sent to the block layer so far."),
	TASK("cancelled_write_bytes", BYTES, U64, cancelled_write_bytes, PG_IO, PLAIN,
	     "Bytes written so far that never reached a disk, because they were cut off."),
	TASK("rchar", BYTES, U64, rchar, PG_IO, PLAIN,
	     "Bytes that system calls read so far, from anything."),
	TASK("wchar", BYTES, U64, wchar, PG_IO, PLAIN,
	     "Bytes that system calls wrote so far, to anything."),
	TASK("syscr", COUNT, U64, syscr, PG_IO, PLAIN, "System calls that read, so far."),
	TASK("syscw", COUNT, U64, syscw, PG_IO, PLAIN, "System calls that wrote, so far."),
	TASK("uid", NONE, U32, uid, PG_STATUS, TELLS, "Number of the real user of the thread."),
	TASK("euid", NONE, U32, euid, PG_STATUS, PLAIN, "Number of its effective user."),
	TASK("voluntary_ctxt", COUNT, U64, voluntary_ctxt, PG_STATUS, PLAIN,
	     "Times so far that it gave its CPU away to wait."),
	TASK("nonvoluntary_ctxt", COUNT, U64, nonvoluntary_ctxt, PG_STATUS, PLAIN,
	     "Times so far that its CPU was taken away."),
	TASK("wait_status", NONE, ENDED, ended, 0, PLAIN,
	     "How a zombie ended, as wait(2) gives it: 256 times the exit code, or the signal."),
	TASK("seen_ns", NS, U64, seen_ns, 0, PLAIN,
	     "It was not looked at in this frame: its values are of this time (as mono_ns)."),
	TASK("refused", NONE, GROUPS, refused, 0, PLAIN,
	     "Groups of its values that the kernel denied."),

	PROC("user", NONE, STRING, user, 0, PLAIN, "Name of the real user of the process."),
	PROC("process_uid", NONE, U32, uid, PG_UID, TELLS, "Number of the real user of the process."),
	PROC("kthread", NONE, FLAG, kthread, 0, PLAIN, "1 for a thread of the kernel."),
	PROC("cpu_clock_ns", NS, U64, cpu_clock_ns, PG_CLOCK, TELLS,
	     "CPU time of the whole process with its ended threads."),
	PROC("rss_bytes", BYTES, U64, rss_bytes, PG_MEM, TELLS, "Resident memory."),
	PROC("vsize_bytes", BYTES, U64, vsize_bytes, PG_STAT, PLAIN, "Virtual memory."),
	PROC("peak_bytes", BYTES, U64, peak_bytes, PG_STATUS, TELLS,
	     "Most resident memory it ever had."),
	PROC("swap_bytes", BYTES, U64, swap_bytes, PG_STATUS, PLAIN, "Memory in swap."),
	PROC("fds", COUNT, U64, fds, PG_FD, TELLS, "Open file descriptors."),
	PROC("fd_limit", COUNT, U64, fd_limit, 0, PLAIN, "How many it may have (soft limit)."),
	PROC("threads", COUNT, U64, threads, PG_STAT, TELLS, "Threads."),
	PROC("unseen_ns", NS, U64, unseen_ns, 0, PLAIN,
	     "CPU time, at most, that threads used which were not looked at."),
	PROC("leader_start_ticks", TICKS, U64, start, 0, PLAIN,
	     "When the leader was started, if he is not a row."),
	PROC("process_refused", NONE, GROUPS, refused, 0, PLAIN,
	     "Groups of the process's values that the kernel denied."),
};
/* clang-format on */
const size_t pg_nr_counters = PG_ARRAY_LEN(pg_counters);
const size_t pg_nr_task_counters = 33;

_Static_assert(PG_ARRAY_LEN(pg_counters) <= PG_COUNTERS_MAX, "a row's counters are bits of a word");

const struct pg_counter *pg_counter_find(const char *name, size_t n)
{
	for (size_t i = 0; i < pg_nr_counters; i++)
		if (strlen(pg_counters[i].name) == n && memcmp(pg_counters[i].name, name, n) == 0)
			return &pg_counters[i];
	return NULL;
}

static bool is_zero(const struct pg_counter *c, const char *value)
{
	switch (c->type) {
	case PG_CT_U64:
		return *(const uint64_t *)(const void *)value == 0;
	case PG_CT_U32:
	case PG_CT_I32:
	case PG_CT_ENDED:
		return *(const uint32_t *)(const void *)value == 0;
	case PG_CT_STRING:
		return ((const struct pg_str *)(const void *)value)->len == 0;
	case PG_CT_FLAG:
	case PG_CT_STATE:
	case PG_CT_GROUPS:
		break;
	}
	return *value == 0;
}

bool pg_counter_is_known(const struct pg_counter *c, const void *at, uint8_t valid)
{
	if (valid & c->group)
		return true;
	return (c->group == 0 || c->alone) && !is_zero(c, (const char *)at + c->offset);
}

const char *pg_group_name(unsigned bit)
{
	static const char *const names[] = {"stat",  "status", "io",    "fd",
					    "sched", "mem",    "clock", "uid"};
	return bit < PG_ARRAY_LEN(names) ? names[bit] : NULL;
}

const char *pg_unit_name(enum pg_unit unit)
{
	static const char *const names[] = {
		[PG_UNIT_COUNT] = "count", [PG_UNIT_BYTES] = "bytes", [PG_UNIT_NS] = "ns",
		[PG_UNIT_TICKS] = "ticks", [PG_UNIT_TIME] = "time",
	};
	return unit < PG_ARRAY_LEN(names) ? names[unit] : NULL;
}
