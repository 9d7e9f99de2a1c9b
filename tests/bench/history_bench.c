/* SPDX-License-Identifier: MIT */
/*
 * What the last ten minutes take and cost (src/past/past.h): 600 frames of processes made by hand,
 * of which 50 run in each, 25 always the same ones and 25 others by turns. Prints bytes, what RSS
 * has grown by, and the CPU time to add a frame, to get one after the other, and to jump to one,
 * which with its neighbour is also a step back. Asserts nothing.
 *
 *   history_bench [PROCESSES [THREADS [ACTIVE]]]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "past/past.h"
#include "past/player.h"
#include "task/block.h"

#define FRAMES 660 /* at most so many are there: ten minutes and up to one key interval */
#define JUMPS  200

struct crowd {
	size_t procs, threads, active;
	struct pg_block block;
	struct pg_snapshot *cur, *prev; /* as a feed holds them */
	struct pg_snapshot snaps[2];
	uint64_t frame;
	uint64_t seed;
};

static uint64_t any(struct crowd *c)
{
	c->seed = c->seed * 6364136223846793005u + 1442695040888963407u;
	return c->seed >> 33;
}

static double now_ms(void)
{
	return (double)pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e6;
}

static double rss_mib(void)
{
	long size, rss = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f && fscanf(f, "%ld %ld", &size, &rss) != 2)
		rss = 0;
	if (f)
		fclose(f);
	return (double)(rss * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

static void run_for(struct crowd *c, struct pg_task *t)
{
	uint64_t ns = 2000000 + any(c) % 1000000;
	t->run_ns += ns;
	t->wait_ns += any(c) % 50000;
	t->timeslices += 1 + any(c) % 20;
	t->utime += any(c) % 2;
	t->voluntary_ctxt += any(c) % 20;
	t->nonvoluntary_ctxt += any(c) % 2;
	t->minflt += any(c) % 3;
	t->processor = (int32_t)(any(c) % 2);
}

/* A process of which one thread has run since `was`; or a new one. */
static struct pg_proc *next_block(struct crowd *c, size_t i, struct pg_proc *was)
{
	struct pg_block *b = &c->block;
	int32_t pid = (int32_t)(1000 + i * (c->threads + 1));
	char name[24];
	pg_block_begin(b, pid, PG_SCOPE_THREADS);
	struct pg_str user = pg_block_string(b, "www-data", 8);
	size_t busy = any(c) % c->threads;
	for (size_t k = 0; k < c->threads; k++) {
		struct pg_task t = {.tid = pid + (int32_t)k, .start = 1000 + i, .state = 'S'};
		t.valid = PG_STAT | PG_STATUS | PG_IO | PG_SCHED;
		if (was)
			t = was->tasks[k];
		else
			t.run_ns = any(c) * 1000, t.utime = any(c) % 10000, t.ppid = 1;
		int n = snprintf(name, sizeof(name), "worker-%zu", i % 100);
		t.comm = pg_block_string(b, name, (size_t)n);
		if (was && k == busy)
			run_for(c, &t);
		pg_block_put(b, &t);
	}
	struct pg_proc *p = pg_block_proc(b);
	p->user = user;
	p->valid = PG_MEM | PG_CLOCK | PG_UID | PG_FD;
	p->cpu_clock_ns = (was ? was->cpu_clock_ns : any(c) * 1000) + 2500000;
	p->rss_bytes = ((was ? was->rss_bytes >> 12 : 2000) + any(c) % 3) << 12;
	return pg_block_end(b, was);
}

static bool is_active(const struct crowd *c, size_t i)
{
	size_t half = c->active / 2, at = (size_t)(c->frame * half % c->procs);
	return i < half || (i + c->procs - at) % c->procs < c->active - half;
}

static void turn(struct crowd *c)
{
	struct pg_snapshot *next = c->prev;
	pg_snapshot_clear(next);
	next->mono_ns = (c->frame + 1) * PG_NS_PER_SEC + any(c) % 100000;
	next->wall_ns = (int64_t)(next->mono_ns + UINT64_C(1795132800000000000));
	next->ticks_per_sec = 100;
	next->host.valid = PG_HOST_CPU | PG_HOST_MEM | PG_HOST_LOAD;
	next->host.cpu_total = c->frame * 200;
	next->host.cpu_busy = c->frame * 20 + any(c) % 10;
	next->host.mem_available = (UINT64_C(5) << 30) + (any(c) % 1000 << 12);
	next->host.load[0] = (double)(any(c) % 100) / 100;
	for (size_t i = 0; i < c->procs; i++) {
		struct pg_proc *was = c->frame ? c->cur->procs[i] : NULL;
		pg_snapshot_add(next,
				was && !is_active(c, i) ? pg_proc_ref(was) : next_block(c, i, was));
	}
	c->prev = c->cur;
	c->cur = next;
	c->frame++;
}

static void print(const char *what, double *ms, size_t nr)
{
	double most = 0, all = 0;
	for (size_t i = 0; i < nr; i++) {
		most = ms[i] > most ? ms[i] : most;
		all += ms[i];
	}
	printf("  %-28s median %.3f, mean %.3f, most %.3f ms of CPU\n", what, bench_median(ms, nr),
	       all / (double)nr, most);
}

static void add_all(struct crowd *c, struct pg_past *p)
{
	static double ms[FRAMES];
	for (size_t i = 0; i < FRAMES; i++) {
		turn(c);
		double from = now_ms();
		pg_history_add(p, c->cur);
		ms[i] = now_ms() - from;
	}
	print("to add a frame", ms, FRAMES);
}

static void get_all(struct pg_past *p)
{
	static double ms[FRAMES];
	struct pg_snapshot s = {0};
	size_t nr = 0;
	for (uint64_t i = p->ops->first(p); i < p->ops->end(p); i++) {
		pg_snapshot_clear(&s);
		double from = now_ms();
		p->ops->get(p, i, &s, NULL);
		ms[nr++] = now_ms() - from;
	}
	print("to get one after the other", ms, nr);
	pg_snapshot_free(&s);
}

static void jump(struct crowd *c, struct pg_past *p)
{
	static double ms[JUMPS];
	const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	struct pg_player *player = pg_player_new(p, &limits);
	uint64_t first = p->ops->first(p), nr = p->ops->end(p) - first;
	for (int i = 0; i < JUMPS; i++) {
		double from = now_ms();
		pg_player_go(player, first + any(c) % nr, NULL);
		ms[i] = now_ms() - from;
	}
	print("to jump, with differences", ms, JUMPS);
	for (int i = 0; i < JUMPS; i++) {
		double from = now_ms();
		pg_player_step(player, -1, NULL);
		ms[i] = now_ms() - from;
	}
	print("to step back", ms, JUMPS);
	pg_player_free(player);
}

static size_t number(int argc, char **argv, int i, size_t fallback)
{
	size_t n = argc > i ? strtoul(argv[i], NULL, 10) : fallback;
	return n ? n : 1;
}

int main(int argc, char **argv)
{
	static struct crowd c = {.seed = 1};
	c.procs = number(argc, argv, 1, 1000);
	c.threads = number(argc, argv, 2, 5);
	c.active = number(argc, argv, 3, 50);
	c.cur = &c.snaps[0];
	c.prev = &c.snaps[1];
	turn(&c);
	turn(&c);
	double before = rss_mib();
	struct pg_past *p = pg_history_open(NULL);
	printf("%zu processes of %zu threads, %zu active, a frame a second\n", c.procs, c.threads,
	       c.active);
	add_all(&c, p);
	malloc_trim(0);
	printf("  %lu frames are kept in %.2f MiB; RSS has grown from %.1f by %.2f MiB\n",
	       (unsigned long)(p->ops->end(p) - p->ops->first(p)),
	       (double)pg_history_bytes(p) / (1 << 20), before, rss_mib() - before);
	get_all(p);
	jump(&c, p);
	printf("  RSS with all that was got: %.2f MiB more than without a history\n",
	       rss_mib() - before);
	p->ops->close(p);
	pg_snapshot_free(&c.snaps[0]);
	pg_snapshot_free(&c.snaps[1]);
	pg_block_free(&c.block);
	return 0;
}
