/* SPDX-License-Identifier: MIT */
#include "synth.h"

#include <stdio.h>
#include <string.h>

#define START_NS UINT64_C(864000000000000) /* ten days after boot */
#define WALL_NS  INT64_C(1795132800000000000)

static uint64_t any(struct synth *s, uint64_t below)
{
	s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
	return (s->seed >> 33) % below;
}

static void be_born(struct synth *s, struct pg_task *t, size_t i)
{
	t->valid = PG_STAT | PG_STATUS | PG_IO | PG_SCHED;
	t->state = 'S';
	t->ppid = 1 + (int32_t)any(s, 900);
	t->processor = (int32_t)any(s, 8);
	t->priority = 20;
	t->flags = 0x400040;
	t->start = 1000 + 37 * i;
	t->uid = t->euid = 1000;
	t->utime = any(s, 100000);
	t->stime = any(s, 30000);
	t->minflt = any(s, 1000000);
	t->majflt = any(s, 100);
	t->voluntary_ctxt = any(s, 10000000);
	t->nonvoluntary_ctxt = any(s, 1000000);
	t->rchar = any(s, UINT64_C(1) << 31) * 7;
	t->wchar = any(s, UINT64_C(1) << 31);
	t->syscr = any(s, 1000000);
	t->syscw = any(s, 1000000);
	t->read_bytes = any(s, 1 << 19) << 12;
	t->write_bytes = any(s, 1 << 19) << 12;
	t->run_ns = any(s, UINT64_C(1) << 31) * 500;
	t->wait_ns = any(s, UINT64_C(1) << 31);
	t->timeslices = any(s, 10000000);
}

static void run(struct synth *s, struct pg_task *t)
{
	bool io = any(s, 4) == 0;
	t->run_ns += 200000 + any(s, 20000000);
	t->wait_ns += any(s, 500000);
	t->timeslices += 1 + any(s, 50);
	t->utime += any(s, 3);
	t->stime += any(s, 2);
	t->voluntary_ctxt += 1 + any(s, 40);
	t->nonvoluntary_ctxt += any(s, 3);
	t->minflt += any(s, 20);
	t->rchar += any(s, 100000);
	t->wchar += any(s, 20000);
	t->syscr += any(s, 30);
	t->syscw += any(s, 10);
	t->read_bytes += io ? any(s, 100) << 12 : 0;
	t->write_bytes += io ? any(s, 100) << 12 : 0;
	t->processor = (int32_t)any(s, 8);
}

/* A process of which some threads have run since `was`; or a new one. */
static struct pg_proc *next_block(struct synth *s, size_t i, struct pg_proc *was, size_t busy)
{
	struct pg_block *b = &s->block;
	int32_t pid = (int32_t)(1000 + i * (s->threads + 1));
	char name[24];
	pg_block_begin(b, pid, PG_SCOPE_THREADS);
	struct pg_str user = pg_block_string(b, "www-data", 8);
	size_t first = any(s, s->threads);
	for (size_t k = 0; k < s->threads; k++) {
		struct pg_task t = {.tid = pid + (int32_t)k};
		if (was)
			t = was->tasks[k];
		else
			be_born(s, &t, i);
		int n = snprintf(name, sizeof(name), "worker-%zu", i % 100);
		t.comm = pg_block_string(b, name, (size_t)n);
		if (was && (k + s->threads - first) % s->threads < busy)
			run(s, &t);
		pg_block_put(b, &t);
	}
	struct pg_proc *p = pg_block_proc(b);
	p->user = user;
	p->uid = 1000;
	p->valid = PG_STATUS | PG_MEM | PG_CLOCK | PG_UID | PG_FD;
	p->cpu_clock_ns = (was ? was->cpu_clock_ns : any(s, 1 << 30) * 2000) + any(s, 20000000);
	p->rss_bytes = ((was ? was->rss_bytes >> 12 : 2000) + any(s, 3)) << 12;
	p->vsize_bytes = was ? was->vsize_bytes : any(s, 1 << 20) << 12;
	p->peak_bytes = p->rss_bytes + (50 << 12);
	p->fds = was ? was->fds + any(s, 3) - (was->fds > 20) : any(s, 40);
	p->threads = s->threads;
	return pg_block_end(b, was);
}

static void fill_host(struct synth *s, struct pg_snapshot *next)
{
	next->mono_ns = START_NS + s->frame * PG_NS_PER_SEC + any(s, 300000);
	next->wall_ns = WALL_NS + (int64_t)(next->mono_ns - START_NS);
	next->boot_wall_ns = WALL_NS - (int64_t)START_NS;
	next->ticks_per_sec = 100;
	next->groups = 0xff;
	snprintf(next->host.name, sizeof(next->host.name), "web01");
	next->host.valid = PG_HOST_CPU | PG_HOST_MEM | PG_HOST_LOAD | PG_HOST_UPTIME |
			   PG_HOST_PSI_CPU | PG_HOST_FORKS;
	next->host.cpu_total = s->frame * 800;
	next->host.cpu_busy = s->frame * 60 + any(s, 30);
	next->host.mem_total = UINT64_C(32) << 30;
	next->host.mem_available = (UINT64_C(9) << 30) + (any(s, 10000) << 12);
	next->host.load[0] = (double)any(s, 100) / 100;
	next->host.uptime = (double)(next->mono_ns / 10000000) / 100;
	next->host.psi_cpu = (double)any(s, 100) / 100;
	next->host.forks = 100000 + s->frame;
}

/* How many threads of a process have run: one of each of the busy processes. */
static size_t busy_in(const struct synth *s, size_t i)
{
	size_t half = s->active / 2, at = (size_t)(s->frame * half % s->procs);
	return i < half || (i + s->procs - at) % s->procs < s->active - half;
}

void synth_turn(struct synth *s)
{
	struct pg_snapshot next = s->prev;
	pg_snapshot_clear(&next);
	fill_host(s, &next);
	for (size_t i = 0; i < s->procs; i++) {
		struct pg_proc *was = s->frame ? s->cur.procs[i] : NULL;
		size_t busy = busy_in(s, i);
		pg_snapshot_add(&next,
				was && !busy ? pg_proc_ref(was) : next_block(s, i, was, busy));
	}
	s->prev = s->cur;
	s->cur = next;
	s->frame++;
}

void synth_free(struct synth *s)
{
	pg_snapshot_free(&s->cur);
	pg_snapshot_free(&s->prev);
	pg_block_free(&s->block);
}
