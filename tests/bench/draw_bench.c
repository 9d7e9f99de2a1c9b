/* SPDX-License-Identifier: MIT */
/*
 * What a frame costs on its way from two snapshots to the terminal, on a pty of 200×50: processes
 * made by hand, of which 50 ran since the last frame. Prints the median CPU time of each step and
 * the bytes that reached the terminal; asserts nothing.
 */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "base/util.h"
#include "term/term.h"

#define FRAMES   60
#define PAUSE_NS 5000000 /* between frames */
#define ACTIVE   50

enum step { DELTA, FRAME, DRAW, TERM, NR_STEPS };
static const char *const step_names[NR_STEPS] = {"delta", "model", "draw", "terminal"};

struct crowd {
	size_t nr_procs;
	uint32_t nr_threads;
	struct pg_feed feed;
	uint64_t cycle;
};

static struct pg_str put_name(struct pg_proc *p, const char *name)
{
	struct pg_str s = {.off = p->size, .len = (uint32_t)strlen(name)};
	memcpy((char *)p + p->size, name, s.len);
	p->size += s.len;
	return s;
}

static struct pg_proc *new_proc(const struct crowd *c, size_t i)
{
	char name[32];
	uint32_t rows = (uint32_t)(sizeof(struct pg_proc) + c->nr_threads * sizeof(struct pg_task));
	struct pg_proc *p = pg_calloc(1, rows + 64);
	p->refs = 1;
	p->size = rows;
	p->pid = (int32_t)(1 + i * (c->nr_threads + 1));
	p->start = i;
	p->nr_tasks = c->nr_threads;
	p->valid = PG_MEM | PG_CLOCK | PG_UID;
	p->uid = (uint32_t)(i % 7 * 100);
	p->rss_bytes = (uint64_t)(i % 64) << 20;
	snprintf(name, sizeof(name), "user%zu", i % 7);
	p->user = put_name(p, name);
	snprintf(name, sizeof(name), "worker-%zu", i);
	struct pg_str comm = put_name(p, name);
	for (uint32_t k = 0; k < c->nr_threads; k++)
		p->tasks[k] = (struct pg_task){.tid = p->pid + (int32_t)k,
					       .start = i,
					       .comm = comm,
					       .state = 'S',
					       .valid = PG_STAT | PG_STATUS | PG_IO | PG_SCHED};
	return p;
}

/* The same block, or a copy in which one thread ran. */
static struct pg_proc *next_proc(const struct crowd *c, struct pg_proc *was, size_t i)
{
	size_t stride = c->nr_procs > ACTIVE ? c->nr_procs / ACTIVE : 1;
	if (i % stride)
		return pg_proc_ref(was);
	struct pg_proc *p = pg_alloc(was->size);
	memcpy(p, was, was->size);
	p->refs = 1;
	uint64_t ran = 5000000 + (i * 7919 + c->cycle * 104729) % 100 * 1000000;
	p->tasks[p->nr_tasks - 1].run_ns += ran;
	p->cpu_clock_ns += ran;
	return p;
}

static void fill(const struct crowd *c, struct pg_snapshot *s)
{
	const struct pg_snapshot *was = c->feed.cur;
	s->mono_ns = (c->cycle + 1) * PG_NS_PER_SEC;
	s->ticks_per_sec = 100;
	s->host = (struct pg_host){.valid = PG_HOST_MEM | PG_HOST_CPU | PG_HOST_LOAD,
				   .name = "bench",
				   .cpu_total = 100 * (c->cycle + 1),
				   .cpu_busy = 40 * (c->cycle + 1),
				   .mem_total = UINT64_C(8) << 30,
				   .mem_available = UINT64_C(5) << 30};
	for (size_t i = 0; i < c->nr_procs; i++)
		pg_snapshot_add(s, was ? next_proc(c, was->procs[i], i) : new_proc(c, i));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print(FILE *out, double ms[NR_STEPS][FRAMES])
{
	double all = 0;
	for (int i = 0; i < NR_STEPS; i++) {
		qsort(ms[i], FRAMES, sizeof(double), by_value);
		fprintf(out, "%s %.3f ms, ", step_names[i], ms[i][FRAMES / 2]);
		all += ms[i][FRAMES / 2];
	}
	fprintf(out, "in all %.3f ms of CPU a frame\n", all);
}

static double lap(uint64_t *from)
{
	uint64_t now = pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID), was = *from;
	*from = now;
	return (double)(now - was) / 1e6;
}

static void run(struct crowd *c, FILE *out)
{
	static double ms[NR_STEPS][FRAMES];
	struct pg_error err;
	struct canvas canvas;
	struct term *t = term_open(false, &err);
	if (!t) {
		fprintf(out, "draw_bench: %s\n", err.text);
		return;
	}
	struct app_options o = {.colors = term_colors(t), .delay_ns = PG_NS_PER_SEC};
	o.limits.min_cpu = PG_MIN_CPU_DEFAULT;
	theme_init(&o.theme, PALETTE_DEFAULT, true);
	struct app *a = app_new(&o);
	canvas_init(&canvas, 50, 200, true);
	pg_feed_init(&c->feed, &o.limits);
	struct pg_snapshot *spare = NULL;
	for (int i = -5; i < FRAMES; i++) {
		struct pg_snapshot *s = spare ? spare : pg_calloc(1, sizeof(*s));
		fill(c, s);
		double took[NR_STEPS];
		uint64_t from = pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		spare = pg_feed_push(&c->feed, s);
		took[DELTA] = lap(&from);
		struct pg_frame f = pg_feed_frame(&c->feed);
		app_frame(a, 0, &f);
		took[FRAME] = lap(&from);
		app_draw(a, &canvas);
		took[DRAW] = lap(&from);
		term_draw(t, &canvas, app_theme(a));
		took[TERM] = lap(&from);
		for (int k = 0; k < NR_STEPS && i >= 0; k++)
			ms[k][i] = took[k];
		if (spare)
			pg_snapshot_clear(spare);
		c->cycle++;
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
	term_close(t);
	print(out, ms);
	app_free(a);
	pg_feed_free(&c->feed);
	canvas_free(&canvas);
	if (spare)
		pg_snapshot_free(spare);
	free(spare);
}

int main(int argc, char **argv)
{
	struct crowd c = {.nr_procs = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000,
			  .nr_threads = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 5};
	struct winsize ws = {.ws_row = 50, .ws_col = 200};
	FILE *out = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "w");
	int master;
	if (!out || !c.nr_procs || !c.nr_threads)
		return 1;
	pid_t pid = forkpty(&master, NULL, NULL, &ws);
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setlocale(LC_ALL, "");
		run(&c, out);
		fclose(out);
		_exit(0);
	}
	char bytes[65536];
	size_t all = 0;
	for (ssize_t n; (n = read(master, bytes, sizeof(bytes))) > 0;)
		all += (size_t)n;
	waitpid(pid, NULL, 0);
	fprintf(out, "%zu processes of %u threads, %d active: %zu bytes a frame\n", c.nr_procs,
		c.nr_threads, ACTIVE, all / (FRAMES + 5));
	fclose(out);
	return 0;
}
