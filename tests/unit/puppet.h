/* SPDX-License-Identifier: MIT */
/*
 * puppet: a child of a test whose every step is known: its threads do one thing for each byte they
 * get and then sleep. An eye is a source that looks at such a child alone.
 */
#ifndef PUPPET_H
#define PUPPET_H

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "source/source.h"
#include "source/source_procfs_impl.h"

#define THREADS_MAX 400

/* ---- the puppet ----------------------------------------------------------------------------- */

struct puppet {
	pid_t pid;
	int nr;
	int orders[THREADS_MAX][2]; /* a pipe for each thread */
	int answers[2];             /* the number of the thread that is done */
	int born[2];                /* inside the puppet: tids, in the order of birth */
	int32_t tids[THREADS_MAX];
};

struct limb {
	struct puppet *p;
	int index;
};

static inline void burn(void)
{
	struct timespec now;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while (now.tv_nsec % 1000000 < 900000);
}

/*
 * 'b' burns some CPU time, 't' next to none, 's' all from now on; 'n' renames thread 1, 'N' the
 * thread itself, 'u' gives up root, 'U' does so in part; 'v' puts the thread into state D, 'c'
 * makes another one that sleeps, 'x' makes the process another program, 'e' ends the thread.
 */
static inline void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* What need no more than a call. */
static inline void obey(char c)
{
	pthread_t t;
	if (c == 'u' && setuid(65534))
		_exit(1);
	/* The owner of /proc/PID is then not the real user. */
	if (c == 'U' && (setresuid(0, 65534, 0) || prctl(PR_SET_DUMPABLE, 1)))
		_exit(1);
	if (c == 'N')
		prctl(PR_SET_NAME, "other");
	if (c == 'c' && pthread_create(&t, NULL, sleep_on, NULL))
		_exit(1);
	if (c == 'x') {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* each thread has its own */
		execlp("sleep", "sleep", "1000", NULL);
	}
}

static inline void *live(void *arg)
{
	struct limb *l = arg;
	char c;
	int32_t tid = gettid();
	if (l->index > 0 && write(l->p->born[1], &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	while (read(l->p->orders[l->index][0], &c, 1) == 1 && c != 'e') {
		obey(c);
		if (c == 'v' && vfork() == 0) { /* the thread is in state D as long as this lives */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (c == 'b')
			burn();
		if (c == 'n') {
			char path[64];
			snprintf(path, sizeof(path), "/proc/self/task/%d/comm", l->p->tids[1]);
			FILE *f = fopen(path, "w");
			fputs("renamed", f);
			fclose(f);
		}
		if (write(l->p->answers[1], &l->index, sizeof(l->index)) != sizeof(l->index))
			_exit(1);
		while (c ==
		       's') /* the call brings its CPU time up to date: no clock stands still */
			burn();
	}
	return NULL;
}

static inline void child(struct puppet *p)
{
	static struct limb limbs[THREADS_MAX];
	pthread_attr_t small;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (int i = 0; i < p->nr; i++) {
		pthread_t t;
		limbs[i] = (struct limb){.p = p, .index = i};
		if (i > 0 && pthread_create(&t, &small, live, &limbs[i]))
			_exit(1);
		/* One after the other, so that thread i is the i-th to answer. */
		if (i > 0 && read(p->born[0], &p->tids[i], sizeof(int32_t)) != sizeof(int32_t))
			_exit(1);
	}
	p->tids[0] = getpid();
	if (write(p->answers[1], p->tids, sizeof(p->tids)) != sizeof(p->tids))
		_exit(1);
	live(&limbs[0]);
	pthread_exit(NULL);
}

static inline bool at_rest(const struct puppet *p)
{
	uint64_t one, two;
	char path[64], stat[512], *end;
	snprintf(path, sizeof(path), "/proc/%d/stat", p->pid);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(stat, 1, sizeof(stat) - 1, f) : 0;
	if (f)
		fclose(f);
	stat[n] = '\0';
	end = strrchr(stat, ')');
	bool asleep = end && (end[2] == 'S' || end[2] == 'Z');
	pg_procfs_clock(p->pid, &one);
	sched_yield();
	pg_procfs_clock(p->pid, &two);
	return asleep && one == two;
}

static inline void await_rest(const struct puppet *p)
{
	int quiet = 0;
	for (; quiet < 50; quiet++)
		if (!at_rest(p))
			quiet = 0;
}

static inline struct puppet *puppet_new(int threads)
{
	struct puppet *p = pg_calloc(1, sizeof(*p));
	p->nr = threads;
	for (int i = 0; i < threads; i++)
		cr_assert_eq(pipe(p->orders[i]), 0);
	cr_assert_eq(pipe(p->answers), 0);
	cr_assert_eq(pipe(p->born), 0);
	p->pid = fork();
	if (p->pid == 0)
		child(p);
	cr_assert_gt(p->pid, 0);
	cr_assert_eq(read(p->answers[0], p->tids, sizeof(p->tids)), sizeof(p->tids));
	await_rest(p);
	return p;
}

static inline void tell_and_leave(struct puppet *p, int thread, char what)
{
	int done;
	cr_assert_eq(write(p->orders[thread][1], &what, 1), 1);
	if (what == 'e' || what == 'v' || what == 'x')
		return;
	cr_assert_eq(read(p->answers[0], &done, sizeof(done)), sizeof(done));
	cr_assert_eq(done, thread);
}

static inline void tell(struct puppet *p, int thread, char what)
{
	tell_and_leave(p, thread, what);
	if (what != 'e' && what != 'x')
		await_rest(p);
}

static inline void puppet_free(struct puppet *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	for (int i = 0; i < p->nr; i++) {
		close(p->orders[i][0]);
		close(p->orders[i][1]);
	}
	for (int i = 0; i < 2; i++) {
		close(p->answers[i]);
		close(p->born[i]);
	}
	free(p);
}

/* A nice value that a task of ours does not have; whoever runs the tests may be nice, too. */
static inline int nicer(int by)
{
	int own = getpriority(PRIO_PROCESS, 0);
	return own + by < 19 ? own + by : 19;
}

/* ---- looking at it -------------------------------------------------------------------------- */

struct eye {
	struct pg_source *src;
	struct pg_plan plan;
	struct pg_snapshot last, now;
};

/* pid: the only process that it looks at; NULL: all of them. Without sweep_ns nothing is swept. */
static inline void eye_open(struct eye *e, const int32_t *pid, struct pg_source_options o)
{
	struct pg_error err = {""};
	*e = (struct eye){.plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS}};
	o.root = "/proc";
	o.select = (struct pg_selection){.ids = pid, .nr_ids = pid ? 1 : 0};
	if (!o.sweep_ns)
		o.sweep_ns = 3600 * PG_NS_PER_SEC;
	e->src = pg_source_procfs_open(&o, &err);
	cr_assert(e->src, "%s", err.text);
}

/* The next pass. */
static inline void turn(struct eye *e)
{
	struct pg_error err = {""};
	pg_snapshot_free(&e->last);
	e->last = e->now;
	e->now = (struct pg_snapshot){0};
	cr_assert_eq(e->src->ops->next(e->src, &e->plan, &e->now, &err), PG_NEXT_OK);
}

static inline const struct pg_proc *look(struct eye *e)
{
	turn(e);
	cr_assert_eq(e->now.nr_procs, 1);
	return e->now.procs[0];
}

static inline void eye_close(struct eye *e)
{
	pg_snapshot_free(&e->last);
	pg_snapshot_free(&e->now);
	e->src->ops->close(e->src);
}

static inline uint64_t run_ns_of(int32_t pid, int32_t tid)
{
	char path[64];
	unsigned long long ns = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, tid);
	FILE *f = fopen(path, "r");
	cr_assert(f && fscanf(f, "%llu", &ns) == 1);
	fclose(f);
	return ns;
}

static inline char state_of(int32_t pid, int32_t tid)
{
	char path[64], state = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	FILE *f = fopen(path, "r");
	cr_assert(f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1);
	fclose(f);
	return state;
}

static inline const struct pg_task *row_of(const struct pg_proc *p, int32_t tid)
{
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		if (p->tasks[i].tid == tid)
			return &p->tasks[i];
	return NULL;
}

#endif
