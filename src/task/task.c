/* SPDX-License-Identifier: MIT */
#include "task.h"

#include <stdlib.h>

struct pg_proc *pg_proc_ref(struct pg_proc *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void pg_proc_unref(struct pg_proc *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
		free(p);
}

int pg_exit_code(uint32_t status)
{
	uint32_t signal = status & 0x7f;
	return (int)(signal ? PG_KILLED + signal : (status >> 8) & 0xff);
}

struct pg_key pg_task_key(const struct pg_proc *p, const struct pg_task *t)
{
	return (struct pg_key){.pid = p->pid, .tid = t->tid, .start = t->start};
}

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_i32(int32_t a, int32_t b)
{
	return (a > b) - (a < b);
}

int pg_task_cmp(int32_t pid, const struct pg_task *a, const struct pg_task *b)
{
	bool lead_a = a->tid == pid, lead_b = b->tid == pid;
	if (lead_a != lead_b)
		return lead_a ? -1 : 1;
	int c = cmp_i32(a->tid, b->tid);
	return c ? c : cmp_u64(a->start, b->start);
}

int pg_proc_cmp(const struct pg_proc *a, const struct pg_proc *b)
{
	int c = cmp_i32(a->pid, b->pid);
	return c ? c : cmp_u64(a->start, b->start);
}

int pg_key_cmp(const struct pg_key *a, const struct pg_key *b)
{
	int c = cmp_i32(a->pid, b->pid);
	if (c == 0)
		c = cmp_i32(a->tid, b->tid);
	return c ? c : cmp_u64(a->start, b->start);
}

const struct pg_task *pg_proc_find(const struct pg_proc *p, int32_t tid, uint64_t start)
{
	const struct pg_task want = {.tid = tid, .start = start};
	size_t lo = 0, hi = p->nr_tasks;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = pg_task_cmp(p->pid, &p->tasks[mid], &want);
		if (c == 0)
			return &p->tasks[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
