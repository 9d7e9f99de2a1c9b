/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <stddef.h>
#include <string.h>

#include "base/util.h"

const char *const diff_names[DIFF_CLASSES] = {
	[DIFF_STATE] = "state",          [DIFF_CPU] = "cpu",       [DIFF_SHORT] = "short run",
	[DIFF_SCHED] = "scheduling",     [DIFF_MEMORY] = "memory", [DIFF_PEAK] = "peak",
	[DIFF_FDS] = "descriptors",      [DIFF_NAME] = "name",     [DIFF_KEPT] = "kept",
	[DIFF_UNSEEN] = "not looked at", [DIFF_STATUS] = "status", [DIFF_PARENT] = "parent died",
	[DIFF_WRONG] = "wrong",
};

/* A number in a struct. */
struct number {
	const char *name;
	size_t offset, size;
	enum diff_class cls;
};
#define OF_TASK(field, cls)                                                                        \
	{                                                                                          \
#field, offsetof(struct pg_task, field), sizeof(((struct pg_task *)NULL)->field),  \
			cls                                                                        \
	}
#define OF_PROC(field, cls)                                                                        \
	{                                                                                          \
#field, offsetof(struct pg_proc, field), sizeof(((struct pg_proc *)NULL)->field),  \
			cls                                                                        \
	}

static const struct number of_task[] = {
	OF_TASK(start, DIFF_WRONG),
	OF_TASK(valid, DIFF_WRONG),
	OF_TASK(refused, DIFF_WRONG),
	OF_TASK(state, DIFF_STATE),
	OF_TASK(ppid, DIFF_PARENT),
	OF_TASK(processor, DIFF_CPU),
	OF_TASK(priority, DIFF_SCHED),
	OF_TASK(nice, DIFF_SCHED),
	OF_TASK(policy, DIFF_SCHED),
	OF_TASK(rt_priority, DIFF_SCHED),
	OF_TASK(flags, DIFF_WRONG),
	OF_TASK(utime, DIFF_WRONG),
	OF_TASK(stime, DIFF_WRONG),
	OF_TASK(minflt, DIFF_WRONG),
	OF_TASK(majflt, DIFF_WRONG),
	OF_TASK(uid, DIFF_WRONG),
	OF_TASK(euid, DIFF_WRONG),
	OF_TASK(voluntary_ctxt, DIFF_SHORT),
	OF_TASK(nonvoluntary_ctxt, DIFF_SHORT),
	OF_TASK(rchar, DIFF_WRONG),
	OF_TASK(wchar, DIFF_WRONG),
	OF_TASK(syscr, DIFF_WRONG),
	OF_TASK(syscw, DIFF_WRONG),
	OF_TASK(read_bytes, DIFF_WRONG),
	OF_TASK(write_bytes, DIFF_WRONG),
	OF_TASK(cancelled_write_bytes, DIFF_WRONG),
	OF_TASK(run_ns, DIFF_WRONG),
	OF_TASK(wait_ns, DIFF_STATE),
	OF_TASK(timeslices, DIFF_SHORT),
};

static const struct number of_proc[] = {
	OF_PROC(start, DIFF_WRONG),      OF_PROC(kthread, DIFF_WRONG),
	OF_PROC(valid, DIFF_WRONG),      OF_PROC(refused, DIFF_WRONG),
	OF_PROC(uid, DIFF_WRONG),        OF_PROC(cpu_clock_ns, DIFF_WRONG),
	OF_PROC(rss_bytes, DIFF_MEMORY), OF_PROC(vsize_bytes, DIFF_MEMORY),
	OF_PROC(peak_bytes, DIFF_PEAK),  OF_PROC(swap_bytes, DIFF_MEMORY),
	OF_PROC(fds, DIFF_FDS),          OF_PROC(threads, DIFF_WRONG),
	OF_PROC(fd_limit, DIFF_FDS),
};

static uint64_t number_in(const void *base, const struct number *n)
{
	uint64_t value = 0;
	memcpy(&value, (const char *)base + n->offset, n->size); /* little end first, or equal */
	return value;
}

struct comparison {
	const struct pg_proc *gate, *full;
	diff_fn *found;
	void *arg;
};

static void report(const struct comparison *c, struct pg_key key, enum diff_class cls,
		   const char *field, uint64_t gate, uint64_t full)
{
	const struct diff d = {.cls = cls, .key = key, .field = field, .gate = gate, .full = full};
	c->found(c->arg, &d);
}

static bool is_io(const struct number *n)
{
	return n->offset == offsetof(struct pg_task, valid) ||
	       n->offset == offsetof(struct pg_task, refused) ||
	       (n->offset >= offsetof(struct pg_task, rchar) &&
		n->offset <= offsetof(struct pg_task, cancelled_write_bytes));
}

/*
 * A state may change without running, but only to R (woken up, no CPU yet; whichever pass was the
 * later one says so) or D (a freezer), and only who waits for a CPU waits longer; but a task that
 * fell asleep in the queue may leave it much later, and then has waited in one go (sched/stats.h,
 * sched_info_dequeue(): run_delay grows, the count of runs does not).
 */
static enum diff_class judge_state(const struct number *n, const struct pg_task *gate,
				   const struct pg_task *full)
{
	bool is_state = n->offset == offsetof(struct pg_task, state);
	if (gate->state == 'R' || full->state == 'R' || (is_state && full->state == 'D'))
		return DIFF_STATE;
	if (is_state)
		return DIFF_WRONG;
	return gate->timeslices != full->timeslices ? DIFF_SHORT : DIFF_CPU;
}

/* What is missing of a row without status, and nothing else; a uid that was not read is 0. */
static bool is_status(const struct number *n, const struct pg_task *gate,
		      const struct pg_task *full)
{
	if (n->offset == offsetof(struct pg_task, valid))
		return (gate->valid ^ full->valid) == PG_STATUS;
	return n->offset >= offsetof(struct pg_task, uid) &&
	       n->offset <= offsetof(struct pg_task, nonvoluntary_ctxt);
}

#define SHORT_RUNS 3

static enum diff_class judge(const struct number *n, const struct pg_task *gate,
			     const struct pg_task *full)
{
	if (gate->seen_ns)
		return DIFF_UNSEEN;
	if (full->state == 'Z' && (full->refused & ~gate->refused) == PG_IO && is_io(n))
		return DIFF_KEPT;
	if ((full->valid & ~gate->valid & PG_STATUS) && is_status(n, gate, full))
		return DIFF_STATUS;
	if (n->cls == DIFF_STATE)
		return judge_state(n, gate, full);
	if (n->cls == DIFF_SHORT && number_in(full, n) - number_in(gate, n) > SHORT_RUNS)
		return DIFF_WRONG;
	return n->cls;
}

static void compare_rows(const struct comparison *c, const struct pg_task *g,
			 const struct pg_task *f)
{
	struct pg_key key = pg_task_key(c->full, f);
	for (size_t i = 0; i < PG_ARRAY_LEN(of_task); i++) {
		const struct number *n = &of_task[i];
		uint64_t gate = number_in(g, n), full = number_in(f, n);
		if (gate != full)
			report(c, key, judge(n, g, f), n->name, gate, full);
	}
	const char *gate = pg_proc_str(c->gate, g->comm), *full = pg_proc_str(c->full, f->comm);
	if (g->comm.len == f->comm.len && memcmp(gate, full, f->comm.len) == 0)
		return;
	enum diff_class cls = g->seen_ns               ? DIFF_UNSEEN
			      : f->tid != c->full->pid ? DIFF_NAME
						       : DIFF_WRONG;
	uint64_t hash = 5381;
	for (uint32_t i = 0; i < f->comm.len; i++)
		hash = hash * 33 + (unsigned char)full[i];
	report(c, key, cls, "comm", ~hash, hash);
}

static const struct pg_task *row_of(const struct pg_proc *p, int32_t tid)
{
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		if (p->tasks[i].tid == tid)
			return &p->tasks[i];
	return NULL;
}

static void compare_all_rows(const struct comparison *c)
{
	for (uint32_t i = 0; i < c->full->nr_tasks; i++) {
		const struct pg_task *f = &c->full->tasks[i], *g = row_of(c->gate, f->tid);
		if (g)
			compare_rows(c, g, f);
		else
			report(c, pg_task_key(c->full, f), DIFF_WRONG, "missing thread", 0, 1);
	}
	for (uint32_t i = 0; i < c->gate->nr_tasks; i++) {
		const struct pg_task *g = &c->gate->tasks[i];
		if (!row_of(c->full, g->tid))
			report(c, pg_task_key(c->gate, g), DIFF_WRONG, "dead thread", 1, 0);
	}
}

void compare_procs(const struct pg_proc *gate, const struct pg_proc *full, diff_fn *found,
		   void *arg)
{
	const struct comparison c = {.gate = gate, .full = full, .found = found, .arg = arg};
	if (!gate && !full)
		return;
	const struct pg_proc *any = full ? full : gate;
	struct pg_key key = {.pid = any->pid, .tid = any->pid, .start = any->start};
	if (!gate || !full) {
		report(&c, key, DIFF_WRONG, gate ? "dead process" : "missing process", gate != NULL,
		       full != NULL);
		return;
	}
	for (size_t i = 0; i < PG_ARRAY_LEN(of_proc); i++) {
		const struct number *n = &of_proc[i];
		uint64_t g = number_in(gate, n), f = number_in(full, n);
		if (g != f)
			report(&c, key, n->cls, n->name, g, f);
	}
	compare_all_rows(&c);
}
