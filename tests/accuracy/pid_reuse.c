/* SPDX-License-Identifier: MIT */
/*
 * pid_reuse: a number that another task gets between two passes. In a pid namespace of our own,
 * with its own /proc, the next number is chosen by /proc/sys/kernel/ns_last_pid. After each change
 * a gated pass must say what a full one says, and the difference to the last one must name one task
 * that has gone and one that was born. Exit 77 with a line where such a namespace is not permitted.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compare.h"
#include "engine/engine.h"
#include "source/source.h"
#include "task/delta.h"

#define NUMBER  300 /* the one that is used again and again */
#define SKIPPED 77

struct test {
	struct pg_source *gate, *full;
	struct pg_feed feed; /* of gated passes */
	struct pg_plan plan;
	const char *step;
	unsigned long checks, wrong;
};

static _Noreturn void failed(const char *what)
{
	fprintf(stderr, "pid_reuse: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- tasks with a number of our choice --------------------------------------------------------
 */

static void choose_next(int number)
{
	FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "w");
	if (!f || fprintf(f, "%d", number - 1) < 0 || fclose(f))
		failed("ns_last_pid");
}

/* Start times are told in ticks: those of two tasks must not be the same. */
static void await_next_tick(void)
{
	const uint64_t tick = PG_NS_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t now = pg_clock_ns(CLOCK_BOOTTIME) / tick;
	while (pg_clock_ns(CLOCK_BOOTTIME) / tick == now)
		sched_yield();
}

static void text_of(const char *name, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", NUMBER, name);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, size - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = '\0';
}

/* The task says that it is there before it sleeps: until it does, and its counters stand. */
static void await_rest(void)
{
	char stat[1024], before[128] = "", now[128];
	for (int quiet = 0; quiet < 20; quiet++) {
		text_of("stat", stat, sizeof(stat));
		text_of("schedstat", now, sizeof(now));
		const char *end = strrchr(stat, ')');
		if (!end || strncmp(end, ") S", 3) != 0 || strcmp(before, now) != 0)
			quiet = 0;
		strcpy(before, now);
		sched_yield();
	}
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static _Noreturn void work_and_sleep(const char *name, unsigned work, int ready)
{
	prctl(PR_SET_NAME, name);
	for (volatile unsigned i = 0; i < work; i++)
		;
	if (write(ready, "r", 1) == 1)
		for (;;)
			pause();
	_exit(1);
}

/* A number is free only some time after its task is gone from /proc. */
#define TRIES 10000

/* A process that has done some work and sleeps; it has got NUMBER. */
static pid_t be_born(const char *name, unsigned work)
{
	int ready[2];
	char c;
	if (pipe(ready))
		failed("pipe");
	for (int i = 0; i < TRIES; i++) {
		choose_next(NUMBER);
		pid_t pid = fork();
		if (pid == 0)
			work_and_sleep(name, work, ready[1]);
		if (pid < 0 || read(ready[0], &c, 1) != 1)
			failed("fork");
		if (pid == NUMBER) {
			close(ready[0]);
			close(ready[1]);
			await_rest();
			return pid;
		}
		end(pid);
	}
	failed("no process with the number");
}

/* A thread of ours, which sleeps until it is told to end; it has got NUMBER. */
struct thread {
	pthread_t id;
	sem_t born, end;
	pid_t tid;
	const char *name;
};

static void *live(void *arg)
{
	struct thread *t = arg;
	t->tid = gettid();
	prctl(PR_SET_NAME, t->name);
	sem_post(&t->born);
	while (sem_wait(&t->end))
		;
	return NULL;
}

/* It may be joined before its number is free. */
static void thread_end(struct thread *t)
{
	char path[64];
	struct stat st;
	sem_post(&t->end);
	pthread_join(t->id, NULL);
	snprintf(path, sizeof(path), "/proc/self/task/%d", t->tid);
	while (stat(path, &st) == 0)
		sched_yield();
}

static void thread_start(struct thread *t, const char *name)
{
	for (int i = 0; i < TRIES; i++) {
		*t = (struct thread){.name = name};
		sem_init(&t->born, 0, 0);
		sem_init(&t->end, 0, 0);
		choose_next(NUMBER);
		if (pthread_create(&t->id, NULL, live, t))
			failed("pthread_create");
		while (sem_wait(&t->born))
			;
		if (t->tid == NUMBER) {
			await_rest();
			return;
		}
		thread_end(t);
	}
	failed("no thread with the number");
}

/* ---- looking ------------------------------------------------------------------------------- */

static void found(void *arg, const struct diff *d)
{
	struct test *t = arg;
	if (d->cls == DIFF_CPU)
		return;
	t->wrong++;
	printf("%s: pid %d tid %d %s: %llu by the gate, %llu in full\n", t->step, d->key.pid,
	       d->key.tid, d->field, (unsigned long long)d->gate, (unsigned long long)d->full);
}

static const struct pg_proc *proc_in(const struct pg_snapshot *s, int32_t pid)
{
	long i = pg_snapshot_find_pid(s, pid);
	return i < 0 ? NULL : s->procs[i];
}

static void expect(struct test *t, bool holds, const char *what)
{
	t->checks++;
	if (holds)
		return;
	t->wrong++;
	printf("%s: %s\n", t->step, what);
}

static const struct pg_task *thread_in(const struct pg_snapshot *s)
{
	const struct pg_proc *p = proc_in(s, getpid());
	for (uint32_t i = 0; p && i < p->nr_tasks; i++)
		if (p->tasks[i].tid == NUMBER)
			return &p->tasks[i];
	return NULL;
}

/* This process runs, its thread does not. */
static void compare_thread(struct test *t, const struct pg_snapshot *full)
{
	const struct pg_task *g = thread_in(t->feed.cur), *f = thread_in(full);
	expect(t, !g == !f, "the thread is there for both or for none");
	if (g && f)
		expect(t, g->start == f->start && g->run_ns == f->run_ns && g->rchar == f->rchar,
		       "both read the same thread");
}

/* NUMBER as a gated pass has it against a full one. */
static void look(struct test *t, const char *step)
{
	struct pg_snapshot full = {0};
	struct pg_error err = {""};
	t->step = step;
	t->checks++;
	if (pg_feed_turn(&t->feed, t->gate, &t->plan, &err) != PG_NEXT_OK ||
	    t->full->ops->next(t->full, &t->plan, &full, &err) != PG_NEXT_OK) {
		fprintf(stderr, "pid_reuse: %s\n", err.text);
		exit(1);
	}
	compare_procs(proc_in(t->feed.cur, NUMBER), proc_in(&full, NUMBER), found, t);
	compare_thread(t, &full);
	pg_snapshot_free(&full);
}

/* Since the last look one task of this number has gone, and another was born. */
static void expect_another(struct test *t, const char *name, bool process)
{
	const struct pg_changes *c = &t->feed.changes;
	int32_t pid = process ? NUMBER : getpid();
	const struct pg_proc *p = proc_in(t->feed.cur, pid);
	const struct pg_task *row = NULL;
	unsigned gone = 0, born = 0;
	for (size_t i = 0; i < c->nr_gone; i++)
		gone += c->gone[i].task->tid == NUMBER;
	for (uint32_t i = 0; p && i < p->nr_tasks; i++)
		if (p->tasks[i].tid == NUMBER) {
			const struct pg_place at = {
				.proc = p,
				.task = &p->tasks[i],
				.proc_index = (size_t)pg_snapshot_find_pid(t->feed.cur, pid)};
			born += (pg_changes_of(c, &at).bits & PG_BORN) != 0;
			row = at.task;
		}
	expect(t, gone == 1, "one has gone");
	expect(t, born == 1, "one was born");
	expect(t,
	       row && row->comm.len == strlen(name) &&
		       memcmp(pg_proc_str(p, row->comm), name, row->comm.len) == 0,
	       "it has its own name");
}

/* ---- what may happen to a number ---------------------------------------------------------------
 */

static void process_after_process(struct test *t)
{
	look(t, "nobody");
	pid_t pid = be_born("one", 1000);
	look(t, "the first one");
	end(pid);
	await_next_tick();
	pid = be_born("two", 1000000);
	look(t, "a second one");
	expect_another(t, "two", true);
	end(pid);
	await_next_tick();
	pid = be_born("three", 1000); /* its clock has gone back */
	look(t, "a third one, which ran less");
	expect_another(t, "three", true);
	end(pid);
	look(t, "nobody again");
	expect(t, !proc_in(t->feed.cur, NUMBER), "it is gone");
}

static void many_in_between(struct test *t)
{
	for (int i = 0; i < 20; i++)
		end(be_born("brief", 1000));
	pid_t pid = be_born("stays", 1000);
	look(t, "the last of many");
	/* Its files are kept open by now, if any are. */
	for (int i = 0; i < 10; i++) {
		end(pid);
		await_next_tick();
		pid = be_born(i % 2 ? "odd" : "even", 1000u * (unsigned)(i + 1));
		look(t, "another one in each pass");
		expect_another(t, i % 2 ? "odd" : "even", true);
	}
	end(pid);
	look(t, "after them");
}

/* Nothing can tell two of the same tick apart by their keys; their values must not mix even so. */
static void of_one_tick(struct test *t)
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = be_born("former", 100000);
		look(t, "the former of one tick");
		end(pid);
		pid = be_born("latter", 1000);
		look(t, "the latter of one tick");
		end(pid);
	}
	look(t, "after both");
}

static void threads_and_processes(struct test *t)
{
	struct thread thread;
	pid_t pid;
	for (int i = 0; i < 5; i++) {
		pid = be_born("process", 100000);
		look(t, "a process");
		end(pid);
		await_next_tick();
		thread_start(&thread, "thread");
		look(t, "a thread after a process");
		expect_another(t, "thread", false);
		expect(t, !proc_in(t->feed.cur, NUMBER), "there is no such process");
		thread_end(&thread);
		await_next_tick();
		thread_start(&thread, "other");
		look(t, "a thread after a thread");
		expect_another(t, "other", false);
		thread_end(&thread);
		await_next_tick();
		pid = be_born("again", 1000);
		look(t, "a process after a thread");
		expect_another(t, "again", true);
		end(pid);
		look(t, "nobody");
	}
}

static struct pg_source *open_source(bool full)
{
	const struct pg_source_options o = {
		.root = "/proc", .full = full, .sweep_ns = 3600 * PG_NS_PER_SEC};
	struct pg_error err;
	struct pg_source *src = pg_source_procfs_open(&o, &err);
	if (!src)
		failed(err.text);
	return src;
}

static int run(void)
{
	const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	struct test t = {.plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS}};
	t.gate = open_source(false);
	t.full = open_source(true);
	pg_feed_init(&t.feed, &limits);
	process_after_process(&t);
	many_in_between(&t);
	of_one_tick(&t);
	threads_and_processes(&t);
	pg_feed_free(&t.feed);
	t.gate->ops->close(t.gate);
	t.full->ops->close(t.full);
	printf("%lu checks, %lu wrong\n", t.checks, t.wrong);
	return t.wrong ? 1 : 0;
}

static int in_namespace(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ||
	    access("/proc/sys/kernel/ns_last_pid", W_OK)) {
		printf("skipped: no /proc of our own: %s\n", strerror(errno));
		return SKIPPED;
	}
	return run();
}

int main(void)
{
	int status;
	if (unshare(CLONE_NEWPID | CLONE_NEWNS)) {
		printf("skipped: no pid namespace of our own: %s\n", strerror(errno));
		return SKIPPED;
	}
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		exit(in_namespace());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		failed("no process");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
