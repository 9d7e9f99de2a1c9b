/* SPDX-License-Identifier: MIT */
/*
 * What can change of a process that did not run, looked at in turn: the sweep. In most cases
 * nothing has, and finding that out must be cheap, for on a quiet machine it is most of what a pass
 * does: memory and descriptors by their paths, no directory opened, and a system call a thread.
 *
 * stat would tell no more of it, and costs as much as all of these: what others can change of a
 * thread that sleeps is how it is scheduled, and its memory, whose size statm has as well (both are
 * total_vm of the mm: fs/proc/task_mmu.c). What is left is the priority lent by who waits for a
 * lock of it, and the CPU that it would run on if that one was taken away: so stat is read as well,
 * but in each fourth sweep only.
 */
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "source_procfs_impl.h"

/* As in linux/sched/types.h, whose name for it clashes with newer headers of libc. */
struct sched_attr_v0 {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

bool pg_scheduling_differs(const struct pg_task *t)
{
	struct sched_attr_v0 a = {.size = sizeof(a)};
	if (syscall(SYS_sched_getattr, t->tid, &a, sizeof(a), 0) < 0)
		return true; /* stat will tell */
	bool real_time = a.policy == SCHED_FIFO || a.policy == SCHED_RR;
	return a.policy != t->policy ||
	       (real_time ? a.priority != t->rt_priority : a.nice != t->nice);
}

uint32_t pg_sweep_rows(const struct pg_procfs *src, const struct pg_known *e)
{
	uint64_t elapsed = src->mono_ns - e->swept_ns, step = src->mono_ns - src->last_mono_ns;
	uint32_t nr = e->nr_tasks;
	if (!pg_ledger_is_large(nr)) /* if the next pass would be too late */
		return elapsed + step >= src->sweep_ns ? nr : 0;
	/* Of a large process some at a time, so that all have had their turn in nine tenths. */
	double rows = (double)nr * (double)elapsed / ((double)src->sweep_ns * 0.9);
	return rows < PG_SWEEP_ROWS ? 0 : rows < nr ? (uint32_t)rows : nr;
}

#define STAT_EVERY 4 /* sweeps */

static bool memory_stands(struct pg_procfs *src, const struct pg_proc *p, const char *statm)
{
	uint64_t size, resident;
	long n = pg_procfs_slurp(&src->scratch, src->rootfd, statm);
	src->scratch.tasks_read++;
	return n > 0 && pg_parse_statm(src->scratch.file, (size_t)n, &size, &resident) &&
	       resident * src->traits.page_size == p->rss_bytes &&
	       size * src->traits.page_size == p->vsize_bytes;
}

static bool descriptors_stand(const struct pg_procfs *src, const struct pg_proc *p, const char *fd)
{
	struct stat st;
	return fstatat(src->rootfd, fd, &st, 0) == 0 && (uint64_t)st.st_size == p->fds;
}

/* Whose limit may not be asked for is found to have another one when it runs. */
static bool limit_stands(const struct pg_proc *p)
{
	uint64_t limit;
	return !pg_procfs_fd_limit(p->pid, &limit) || limit == p->fd_limit;
}

static bool leader_stands(struct pg_procfs *src, const struct pg_proc *p, const char *stat)
{
	const struct pg_task *was = &p->tasks[0];
	struct pg_task now = *was;
	struct pg_stat_extra x = {0};
	long n = pg_procfs_slurp(&src->scratch, src->rootfd, stat);
	return n > 0 && pg_parse_stat(src->scratch.file, (size_t)n, &now, &x) &&
	       memcmp(&now, was, sizeof(now)) == 0 && x.comm.n == was->comm.len &&
	       memcmp(x.comm.s, pg_proc_str(p, was->comm), x.comm.n) == 0 &&
	       x.threads == p->threads && x.vsize_bytes == p->vsize_bytes;
}

static bool files_stand(struct pg_procfs *src, const struct pg_proc *p, bool with_stat)
{
	char path[64];
	size_t pid = pg_row_prefix(path, p->pid);
	strcpy(path + pid, "statm");
	if (!memory_stands(src, p, path))
		return false;
	strcpy(path + pid, "fd");
	if (!descriptors_stand(src, p, path) || !limit_stands(p))
		return false;
	if (!with_stat)
		return true;
	/* PID/stat would sum all threads, and compare with the leader's row it does not. */
	strcpy(path + pid, "task/");
	size_t tid = pid + strlen("task/") + pg_row_prefix(path + pid + strlen("task/"), p->pid);
	strcpy(path + tid, "stat");
	return leader_stands(src, p, path);
}

bool pg_sweep_stands(struct pg_procfs *src, struct pg_known *e)
{
	const unsigned shared = PG_MEM | PG_FD;
	const struct pg_proc *p = e->block;
	uint32_t due = pg_sweep_rows(src, e);
	/* Where descriptors have to be counted the update does so. */
	if (e->ran || p->nr_unseen || (p->valid & shared) != shared || p->tasks[0].state == 'Z' ||
	    !src->traits.fd_size)
		return false;
	if (pg_scheduling_differs(&p->tasks[0]))
		return false;
	for (uint32_t i = 0, row = e->sweep_row % p->nr_tasks; i < due; i++) {
		if (row > 0 && pg_scheduling_differs(&p->tasks[row]))
			return false;
		row = row + 1 < p->nr_tasks ? row + 1 : 0;
	}
	/* Not in the same pass for all that were found at once. */
	if (!files_stand(src, p, (e->sweeps + (uint32_t)e->pid) % STAT_EVERY == 0))
		return false;
	e->sweeps++;
	e->sweep_row = (e->sweep_row % p->nr_tasks + due) % p->nr_tasks;
	e->swept_ns = src->mono_ns;
	return true;
}
