/* SPDX-License-Identifier: MIT */
/*
 * Getters follow three rules: a value holds only if its group was read; values of the whole process
 * stand with its leader only, so that a sum over a table is right; a difference is there only if
 * delta says that it is known, and never in a first frame or for a task that has exited.
 */
#include "field.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

static const struct pg_value unknown;

static struct pg_value u64(uint64_t u)
{
	return (struct pg_value){.kind = PG_U64, .u = u};
}

static struct pg_value i64(int64_t i)
{
	return (struct pg_value){.kind = PG_I64, .i = i};
}

static struct pg_value u64_if(bool known, uint64_t u)
{
	return known ? u64(u) : unknown;
}

static struct pg_value text(const char *s, size_t n)
{
	return (struct pg_value){.kind = PG_TEXT, .text = {.s = s, .n = n}};
}

static struct pg_value wall(int64_t ns)
{
	return (struct pg_value){.kind = PG_TIME, .i = ns};
}

/* A row that was not looked at has the counters of an earlier time: they are not shown as fresh. */
static bool has(const struct pg_row *r, unsigned group)
{
	return (r->task->valid & group) && !r->task->seen_ns;
}

/* A value of the process: known, and this is the row where it stands. */
static bool lead_has(const struct pg_row *r, unsigned group)
{
	return pg_task_is_leader(r->proc, r->task) && (r->proc->valid & group);
}

static bool exited(const struct pg_row *r)
{
	return r->change->cls == PG_EXITED;
}

static bool knows(const struct pg_row *r, unsigned what)
{
	return !r->frame->changes->first && !exited(r) && (r->change->known & what);
}

static uint64_t ns_of_ticks(const struct pg_row *r, uint64_t ticks)
{
	uint64_t hz = r->frame->snap->ticks_per_sec ? r->frame->snap->ticks_per_sec : 100;
	return ticks / hz * PG_NS_PER_SEC + ticks % hz * PG_NS_PER_SEC / hz;
}

static struct pg_value get_time(struct pg_row *r)
{
	return wall(r->frame->snap->wall_ns);
}

static struct pg_value get_cycle(struct pg_row *r)
{
	return u64(r->frame->cycle);
}

static struct pg_value get_interval(struct pg_row *r)
{
	return u64_if(!r->frame->changes->first, r->frame->changes->interval_ns);
}

static struct pg_value get_pid(struct pg_row *r)
{
	return i64(r->proc->pid);
}

static struct pg_value get_tid(struct pg_row *r)
{
	return i64(r->task->tid);
}

static struct pg_value get_ppid(struct pg_row *r)
{
	return has(r, PG_STAT) || r->task->ppid > 0 ? i64(r->task->ppid) : unknown;
}

static struct pg_value get_uid(struct pg_row *r)
{
	if (has(r, PG_STATUS))
		return u64(r->task->uid);
	return u64_if(r->proc->valid & PG_UID, r->proc->uid);
}

static struct pg_value get_user(struct pg_row *r)
{
	if (r->proc->user.len > 0)
		return text(pg_proc_str(r->proc, r->proc->user), r->proc->user.len);
	struct pg_value uid = r->proc->valid & PG_UID ? u64(r->proc->uid) : get_uid(r);
	if (uid.kind != PG_U64)
		return unknown;
	int n = snprintf(r->scratch, sizeof(r->scratch), "%llu", (unsigned long long)uid.u);
	return text(r->scratch, (size_t)n);
}

static struct pg_value get_comm(struct pg_row *r)
{
	if (!has(r, PG_STAT) && r->task->comm.len == 0)
		return unknown;
	return text(pg_proc_str(r->proc, r->task->comm), r->task->comm.len);
}

static struct pg_value get_state(struct pg_row *r)
{
	if (exited(r) || r->task->seen_ns || r->task->state == '\0')
		return unknown;
	r->scratch[0] = r->task->state;
	return text(r->scratch, 1);
}

static struct pg_value get_activity(struct pg_row *r)
{
	if (r->frame->changes->first || (r->change->bits & PG_UNSEEN))
		return unknown;
	const char *name = pg_class_name(r->change->cls);
	return text(name, strlen(name));
}

static struct pg_value get_new(struct pg_row *r)
{
	bool brief = r->gone && r->gone->brief;
	return u64_if(!r->frame->changes->first,
		      brief || (!exited(r) && (r->change->bits & PG_BORN)));
}

static struct pg_value get_exit_code(struct pg_row *r)
{
	int code = r->gone ? r->gone->exit_code : pg_task_exit_code(r->task);
	if (code < 0)
		return unknown;
	/* As a shell writes it. */
	return u64((uint64_t)(code >= PG_KILLED ? code - PG_KILLED + 128 : code));
}

static struct pg_value get_cpu(struct pg_row *r)
{
	if (r->proc->scope == PG_SCOPE_PROCESS && (r->proc->valid & PG_CLOCK))
		return u64(r->proc->cpu_clock_ns);
	if (r->proc->scope == PG_SCOPE_THREADS && has(r, PG_SCHED))
		return u64(r->task->run_ns);
	return u64_if(has(r, PG_STAT), ns_of_ticks(r, r->task->utime + r->task->stime));
}

static struct pg_value get_cpu_delta(struct pg_row *r)
{
	return u64_if(knows(r, PG_KNOW_CPU), r->change->cpu_ns);
}

/* schedstat of a process is its leader's alone, so there is no wait of a whole process. */
static struct pg_value get_wait_delta(struct pg_row *r)
{
	bool known = r->proc->scope == PG_SCOPE_THREADS && knows(r, PG_KNOW_WAIT);
	return u64_if(known, r->change->wait_ns);
}

static struct pg_value get_wait(struct pg_row *r)
{
	return u64_if(r->proc->scope == PG_SCOPE_THREADS && has(r, PG_SCHED), r->task->wait_ns);
}

static struct pg_value get_timeslices(struct pg_row *r)
{
	return u64_if(r->proc->scope == PG_SCOPE_THREADS && has(r, PG_SCHED), r->task->timeslices);
}

static struct pg_value get_io_delta(struct pg_row *r)
{
	return u64_if(knows(r, PG_KNOW_IO), r->change->read_bytes + r->change->write_bytes);
}

static struct pg_value get_rss(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_MEM), r->proc->rss_bytes);
}

static struct pg_value get_rss_delta(struct pg_row *r)
{
	return knows(r, PG_KNOW_RSS) ? i64(r->change->rss_bytes) : unknown;
}

static struct pg_value get_vsize(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_STAT), r->proc->vsize_bytes);
}

static struct pg_value get_fds(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_FD), r->proc->fds);
}

static struct pg_value get_fds_delta(struct pg_row *r)
{
	return knows(r, PG_KNOW_FDS) ? i64(r->change->fds) : unknown;
}

static struct pg_value get_threads(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_STAT), r->proc->threads);
}

static struct pg_value get_nice(struct pg_row *r)
{
	return has(r, PG_STAT) ? i64(r->task->nice) : unknown;
}

static struct pg_value get_processor(struct pg_row *r)
{
	return has(r, PG_STAT) ? i64(r->task->processor) : unknown;
}

/* The start of a task is part of its identity, but 0 means that its stat could not be read. */
static struct pg_value get_started(struct pg_row *r)
{
	if (!has(r, PG_STAT) && r->task->start == 0)
		return unknown;
	return wall(pg_snapshot_wall_of(r->frame->snap, r->task->start));
}

static struct pg_value get_age(struct pg_row *r)
{
	struct pg_value started = get_started(r);
	int64_t age;
	if (started.kind != PG_TIME ||
	    __builtin_sub_overflow(r->frame->snap->wall_ns, started.i, &age))
		return unknown;
	return u64(age > 0 ? (uint64_t)age : 0);
}

static struct pg_value get_euid(struct pg_row *r)
{
	return u64_if(has(r, PG_STATUS), r->task->euid);
}

static struct pg_value get_kthread(struct pg_row *r)
{
	return u64(r->proc->kthread != 0);
}

static struct pg_value get_utime(struct pg_row *r)
{
	return u64_if(has(r, PG_STAT), ns_of_ticks(r, r->task->utime));
}

static struct pg_value get_stime(struct pg_row *r)
{
	return u64_if(has(r, PG_STAT), ns_of_ticks(r, r->task->stime));
}

static struct pg_value get_utime_delta(struct pg_row *r)
{
	return u64_if(knows(r, PG_KNOW_TICKS), ns_of_ticks(r, r->change->utime));
}

static struct pg_value get_stime_delta(struct pg_row *r)
{
	return u64_if(knows(r, PG_KNOW_TICKS), ns_of_ticks(r, r->change->stime));
}

static struct pg_value get_cpu_clock(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_CLOCK), r->proc->cpu_clock_ns);
}

static struct pg_value get_priority(struct pg_row *r)
{
	return has(r, PG_STAT) ? i64(r->task->priority) : unknown;
}

static struct pg_value get_peak(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_STATUS), r->proc->peak_bytes);
}

static struct pg_value get_swap(struct pg_row *r)
{
	return u64_if(lead_has(r, PG_STATUS), r->proc->swap_bytes);
}

static struct pg_value get_fd_limit(struct pg_row *r)
{
	return u64_if(pg_task_is_leader(r->proc, r->task) && r->proc->fd_limit, r->proc->fd_limit);
}

/* Counters that are what they are called, known with their group. */
#define COUNTER(member, group)                                                                     \
	static struct pg_value get_##member(struct pg_row *r)                                      \
	{                                                                                          \
		return u64_if(has(r, group), r->task->member);                                     \
	}
COUNTER(policy, PG_STAT)
COUNTER(rt_priority, PG_STAT)
COUNTER(flags, PG_STAT)
COUNTER(minflt, PG_STAT)
COUNTER(majflt, PG_STAT)
COUNTER(voluntary_ctxt, PG_STATUS)
COUNTER(nonvoluntary_ctxt, PG_STATUS)
COUNTER(read_bytes, PG_IO)
COUNTER(write_bytes, PG_IO)
COUNTER(cancelled_write_bytes, PG_IO)
COUNTER(rchar, PG_IO)
COUNTER(wchar, PG_IO)
COUNTER(syscr, PG_IO)
COUNTER(syscw, PG_IO)

#define DIFFERENCE(name, member, what)                                                             \
	static struct pg_value get_##name(struct pg_row *r)                                        \
	{                                                                                          \
		return u64_if(knows(r, what), r->change->member);                                  \
	}
DIFFERENCE(read_delta, read_bytes, PG_KNOW_IO)
DIFFERENCE(write_delta, write_bytes, PG_KNOW_IO)
DIFFERENCE(rchar_delta, rchar, PG_KNOW_IO)
DIFFERENCE(wchar_delta, wchar, PG_KNOW_IO)
DIFFERENCE(ctxt_delta, ctxt, PG_KNOW_CTXT)

#define CPU_GROUPS   (PG_STAT | PG_SCHED | PG_CLOCK)
#define CLASS_GROUPS (CPU_GROUPS | PG_IO)
#define USER_GROUPS  (PG_UID | PG_STATUS)
/* clang-format off */
#define T true
#define F false
#define ROW(name, label, unit, table, groups, get, origin, help) \
	{name, label, PG_UNIT_##unit, origin, groups, table, get_##get, help}

const struct pg_field pg_fields[] = {
	/* The default table, in its order. */
	ROW("time", "time", TIME, T, 0, time, "clock",
	    "When the cycle was sampled, UTC."),
	ROW("cycle", "cycle", COUNT, T, 0, cycle, "counted",
	    "Number of the cycle; the silent baseline is 0."),
	ROW("interval_ns", "interval", NS, T, 0, interval, "monotonic clock",
	    "Time since the previous cycle."),
	ROW("pid", "pid", NONE, T, 0, pid, "/proc/PID",
	    "The process (thread group)."),
	ROW("tid", "tid", NONE, T, 0, tid, "task/TID",
	    "The thread; the leader's is the pid."),
	ROW("ppid", "ppid", NONE, T, PG_STAT, ppid, "stat 4 ppid",
	    "The parent process."),
	ROW("user", "user", NONE, T, USER_GROUPS, user, "status Uid (real)",
	    "Name of the real user of the process, or its number."),
	ROW("comm", "comm", NONE, T, PG_STAT, comm, "stat 2 comm",
	    "Name of the thread, at most 15 bytes."),
	ROW("state", "state", NONE, T, PG_STAT, state, "stat 3 state",
	    "R running, S sleeping, D waiting for a disk, Z zombie, T stopped, t traced, I idle."),
	ROW("activity", "activity", NONE, T, CLASS_GROUPS, activity, "computed",
	    "What it did in the cycle: idle, cpu, io, cpu+io or exited."),
	ROW("new", "new", NONE, T, PG_STAT, new, "computed",
	    "1 in the first cycle of a task that was not there before, else 0."),
	ROW("cpu_ns", "cpu", NS, T, CPU_GROUPS, cpu, "schedstat 1; process: its CPU clock; else stat 14 + 15",
	    "CPU time used so far by the thread, or by the whole process without threads."),
	ROW("cpu_delta_ns", "cpu/cycle", NS, T, CPU_GROUPS, cpu_delta, "computed from cpu_ns",
	    "CPU time used in the cycle."),
	ROW("wait_delta_ns", "wait/cycle", NS, T, PG_SCHED, wait_delta, "computed from schedstat 2",
	    "Time in the cycle when it could run but waited for a CPU."),
	ROW("read_bytes", "read", BYTES, T, PG_IO, read_bytes, "io read_bytes",
	    "Bytes fetched from the block layer so far."),
	ROW("write_bytes", "written", BYTES, T, PG_IO, write_bytes, "io write_bytes",
	    "Bytes sent to the block layer so far."),
	ROW("io_delta_bytes", "io/cycle", BYTES, T, PG_IO, io_delta, "computed from read_bytes + write_bytes",
	    "Bytes to and from the block layer in the cycle."),
	ROW("rss_bytes", "rss", BYTES, T, PG_MEM, rss, "statm 2 resident",
	    "Resident memory of the process, in the leader's row."),
	ROW("rss_delta_bytes", "rss +-", BYTES, T, PG_MEM, rss_delta, "computed from rss_bytes",
	    "Change of the resident memory in the cycle."),
	ROW("vsize_bytes", "virtual", BYTES, T, PG_STAT, vsize, "stat 23 vsize",
	    "Virtual memory of the process, in the leader's row."),
	ROW("fds", "fds", COUNT, T, PG_FD, fds, "entries of /proc/PID/fd",
	    "Open file descriptors of the process, in the leader's row."),
	ROW("fds_delta", "fds +-", COUNT, T, PG_FD, fds_delta, "computed from fds",
	    "Change of the open file descriptors in the cycle."),
	ROW("threads", "threads", COUNT, T, PG_STAT, threads, "stat 20 num_threads",
	    "Threads of the process, in the leader's row."),
	ROW("nice", "nice", NONE, T, PG_STAT, nice, "stat 19 nice",
	    "Nice value, -20 (first) to 19 (last)."),
	ROW("processor", "cpu#", NONE, T, PG_STAT, processor, "stat 39 processor",
	    "The CPU it last ran on."),
	ROW("started", "started", TIME, T, PG_STAT, started, "stat 22 starttime + boot time",
	    "When the task was started, UTC."),
	ROW("exit_code", "exit code", NONE, T, PG_STAT, exit_code, "process connector; stat 52 exit_code",
	    "How an exited task or a zombie ended, as a shell tells it: 0 to 255, or 128 + signal."),

	/* On request. */
	ROW("age_ns", "age", NS, F, PG_STAT, age, "computed from started",
	    "Time since the task was started."),
	ROW("uid", "uid", NONE, F, USER_GROUPS, uid, "status Uid (real)",
	    "Number of the real user."),
	ROW("euid", "euid", NONE, F, PG_STATUS, euid, "status Uid (effective)",
	    "Number of the effective user."),
	ROW("kthread", "kernel", NONE, F, PG_STAT, kthread, "stat 9 flags & PF_KTHREAD",
	    "1 for a thread of the kernel, else 0."),
	ROW("utime_ns", "user", NS, F, PG_STAT, utime, "stat 14 utime",
	    "CPU time in user mode so far, in steps of a clock tick."),
	ROW("stime_ns", "system", NS, F, PG_STAT, stime, "stat 15 stime",
	    "CPU time in the kernel so far, in steps of a clock tick."),
	ROW("utime_delta_ns", "user/cycle", NS, F, PG_STAT, utime_delta, "computed from utime_ns",
	    "CPU time in user mode in the cycle, in steps of a clock tick."),
	ROW("stime_delta_ns", "sys/cycle", NS, F, PG_STAT, stime_delta, "computed from stime_ns",
	    "CPU time in the kernel in the cycle, in steps of a clock tick."),
	ROW("cpu_clock_ns", "clock", NS, F, PG_CLOCK, cpu_clock, "clock_getcpuclockid(3)",
	    "CPU time of the whole process with its ended threads, in the leader's row."),
	ROW("wait_ns", "wait", NS, F, PG_SCHED, wait, "schedstat 2",
	    "Time so far when the thread could run but waited for a CPU."),
	ROW("timeslices", "slices", COUNT, F, PG_SCHED, timeslices, "schedstat 3",
	    "Times that the thread was put on a CPU."),
	ROW("priority", "priority", NONE, F, PG_STAT, priority, "stat 18 priority",
	    "Priority as the kernel's scheduler shows it."),
	ROW("policy", "policy", NONE, F, PG_STAT, policy, "stat 41 policy",
	    "Scheduling policy: 0 other, 1 fifo, 2 rr, 3 batch, 5 idle, 6 deadline."),
	ROW("rt_priority", "rt", NONE, F, PG_STAT, rt_priority, "stat 40 rt_priority",
	    "Real-time priority, 1 to 99, or 0."),
	ROW("flags", "flags", NONE, F, PG_STAT, flags, "stat 9 flags",
	    "The kernel's PF_ flags of the task, as one number."),
	ROW("minflt", "minflt", COUNT, F, PG_STAT, minflt, "stat 10 minflt",
	    "Page faults so far that needed no disk."),
	ROW("majflt", "majflt", COUNT, F, PG_STAT, majflt, "stat 12 majflt",
	    "Page faults so far that needed a disk."),
	ROW("voluntary_ctxt", "voluntary", COUNT, F, PG_STATUS, voluntary_ctxt, "status voluntary_ctxt_switches",
	    "Times so far that it gave its CPU away to wait."),
	ROW("nonvoluntary_ctxt", "preempted", COUNT, F, PG_STATUS, nonvoluntary_ctxt, "status nonvoluntary_ctxt_switches",
	    "Times so far that its CPU was taken away."),
	ROW("ctxt_delta", "ctxt/cycle", COUNT, F, PG_STATUS, ctxt_delta, "computed from the two above",
	    "Context switches in the cycle, of both kinds."),
	ROW("rchar", "rchar", BYTES, F, PG_IO, rchar, "io rchar",
	    "Bytes that system calls read so far, from anything: cache, pipe, socket, disk."),
	ROW("wchar", "wchar", BYTES, F, PG_IO, wchar, "io wchar",
	    "Bytes that system calls wrote so far, to anything."),
	ROW("syscr", "reads", COUNT, F, PG_IO, syscr, "io syscr",
	    "System calls that read, so far."),
	ROW("syscw", "writes", COUNT, F, PG_IO, syscw, "io syscw",
	    "System calls that wrote, so far."),
	ROW("cancelled_write_bytes", "cancelled", BYTES, F, PG_IO, cancelled_write_bytes, "io cancelled_write_bytes",
	    "Bytes written so far that never reached a disk, because they were cut off."),
	ROW("read_delta_bytes", "read/cycle", BYTES, F, PG_IO, read_delta, "computed from read_bytes",
	    "Bytes fetched from the block layer in the cycle."),
	ROW("write_delta_bytes", "write/cycle", BYTES, F, PG_IO, write_delta, "computed from write_bytes",
	    "Bytes sent to the block layer in the cycle."),
	ROW("rchar_delta", "rchar/cycle", BYTES, F, PG_IO, rchar_delta, "computed from rchar",
	    "Bytes that system calls read in the cycle."),
	ROW("wchar_delta", "wchar/cycle", BYTES, F, PG_IO, wchar_delta, "computed from wchar",
	    "Bytes that system calls wrote in the cycle."),
	ROW("peak_bytes", "peak", BYTES, F, PG_STATUS, peak, "status VmHWM",
	    "Most resident memory the process ever had, in the leader's row."),
	ROW("swap_bytes", "swap", BYTES, F, PG_STATUS, swap, "status VmSwap",
	    "Memory of the process in swap, in the leader's row."),
	ROW("fd_limit", "fd limit", COUNT, F, PG_FD, fd_limit, "prlimit(2), else limits",
	    "Open file descriptors that the process may have (soft limit), in the leader's row."),
};
/* clang-format on */
const size_t pg_nr_fields = PG_ARRAY_LEN(pg_fields);

const struct pg_field *pg_field_find(const char *name, size_t n)
{
	for (size_t i = 0; i < pg_nr_fields; i++)
		if (strlen(pg_fields[i].name) == n && memcmp(pg_fields[i].name, name, n) == 0)
			return &pg_fields[i];
	return NULL;
}
