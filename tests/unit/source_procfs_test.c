/* SPDX-License-Identifier: MIT */
/*
 * The source on the live /proc: this process is the target whose state is known. Trees of plain
 * files are tested by golden tables (tests/cli).
 */
#include "source/source.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

static struct pg_source *open_live(const int32_t *ids, size_t nr)
{
	struct pg_source_options o = {.root = "/proc", .select = {.ids = ids, .nr_ids = nr}};
	struct pg_error err = {""};
	struct pg_source *src = pg_source_procfs_open(&o, &err);
	cr_assert(src, "%s", err.text);
	return src;
}

static void sample(struct pg_source *src, struct pg_snapshot *s, bool glance)
{
	struct pg_plan plan = {
		.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS, .glance = glance};
	struct pg_error err = {""};
	pg_snapshot_clear(s);
	cr_assert_eq(src->ops->next(src, &plan, s, &err), PG_NEXT_OK, "%s", err.text);
}

static const struct pg_proc *only(const struct pg_snapshot *s)
{
	cr_assert_eq(s->nr_procs, 1);
	return s->procs[0];
}

Test(source_procfs, sees_this_process_as_it_is)
{
	int32_t me = getpid();
	struct pg_source *src = open_live(&me, 1);
	struct pg_snapshot s = {0};
	sample(src, &s, false);
	const struct pg_proc *p = only(&s);
	cr_expect_eq(p->pid, me);
	cr_expect_eq(p->tasks[0].tid, me);
	cr_expect_eq(p->tasks[0].ppid, getppid());
	cr_expect_eq(p->uid, getuid());
	cr_expect_eq(p->kthread, 0);
	cr_expect(p->valid & PG_CLOCK);
	cr_expect(p->valid & PG_MEM);
	cr_expect_gt(p->rss_bytes, 100000);
	cr_expect_gt(p->vsize_bytes, p->rss_bytes);
	cr_expect_geq(p->peak_bytes, p->rss_bytes / 2);
	cr_expect_gt(p->fds, 0);
	cr_expect_gt(p->fd_limit, p->fds);
	cr_expect(p->tasks[0].valid & PG_STATUS);
	cr_expect(p->tasks[0].valid & PG_IO);
	cr_expect_eq(p->threads, p->nr_tasks);
	pg_snapshot_free(&s);
	src->ops->close(src);
}

Test(source_procfs, counts_descriptors)
{
	int32_t me = getpid();
	struct pg_source *src = open_live(&me, 1);
	struct pg_snapshot s = {0};
	sample(src, &s, false);
	uint64_t before = only(&s)->fds;
	int fds[5];
	for (int i = 0; i < 5; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	sample(src, &s, false);
	cr_expect_eq(only(&s)->fds, before + 5);
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	pg_snapshot_free(&s);
	src->ops->close(src);
}

/* A stopped child cannot change: two passes share its block, and the second allocates none for it.
 */
Test(source_procfs, shares_the_block_of_what_did_not_change)
{
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		_exit(0);
	}
	int status;
	cr_assert_eq(waitpid(child, &status, WUNTRACED), child);
	int32_t id = child;
	struct pg_source *src = open_live(&id, 1);
	struct pg_snapshot a = {0}, b = {0};
	sample(src, &a, false);
	sample(src, &b, false);
	cr_expect_eq(only(&a), only(&b));
	cr_expect_eq(only(&a)->tasks[0].state, 'T');
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	sample(src, &b, false);
	cr_expect_eq(b.nr_procs, 0, "a vanished task is skipped, not an error");
	cr_expect_eq(only(&a)->tasks[0].state, 'T', "an older snapshot keeps its blocks");
	pg_snapshot_free(&a);
	pg_snapshot_free(&b);
	src->ops->close(src);
}

Test(source_procfs, a_glance_knows_stat_and_owner_only)
{
	int32_t me = getpid();
	struct pg_source *src = open_live(&me, 1);
	struct pg_snapshot s = {0};
	sample(src, &s, true);
	cr_expect(s.partial);
	cr_expect_eq(only(&s)->tasks[0].valid, PG_STAT);
	cr_expect(only(&s)->valid & PG_UID);
	cr_expect_not(only(&s)->valid & (PG_MEM | PG_FD));
	pg_snapshot_free(&s);
	src->ops->close(src);
}

struct thread {
	pthread_barrier_t begin, end;
	int32_t tid;
};

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	t->tid = (int32_t)syscall(SYS_gettid);
	pthread_barrier_wait(&t->begin);
	pthread_barrier_wait(&t->end);
	return NULL;
}

Test(source_procfs, a_thread_number_selects_that_thread)
{
	struct thread t;
	pthread_t id;
	pthread_barrier_init(&t.begin, NULL, 2);
	pthread_barrier_init(&t.end, NULL, 2);
	cr_assert_eq(pthread_create(&id, NULL, thread_main, &t), 0);
	pthread_barrier_wait(&t.begin);
	struct pg_source *src = open_live(&t.tid, 1);
	struct pg_snapshot s = {0};
	sample(src, &s, false);
	cr_expect_eq(only(&s)->pid, getpid());
	cr_expect_eq(only(&s)->nr_tasks, 1);
	cr_expect_eq(only(&s)->tasks[0].tid, t.tid);
	pthread_barrier_wait(&t.end);
	pthread_join(id, NULL);
	pg_snapshot_free(&s);
	src->ops->close(src);
}

static void *live_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Its memory and descriptors are those of the thread that lives on, whatever the rows are. */
Test(source_procfs, a_dead_leader_has_what_its_threads_have)
{
	pid_t child = fork();
	if (child == 0) {
		pthread_t thread;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_create(&thread, NULL, live_on, NULL);
		pthread_exit(NULL);
	}
	int32_t id = child;
	struct pg_source *src = open_live(&id, 1);
	struct pg_snapshot s = {0};
	do
		sample(src, &s, false);
	while (only(&s)->tasks[0].state != 'Z');
	struct pg_plan plan = {.scope = PG_SCOPE_PROCESS, .groups = PG_PLAN_ALL_GROUPS};
	uint64_t fds = only(&s)->fds;
	cr_expect_gt(fds, 0);
	cr_expect_gt(only(&s)->rss_bytes, 0);
	pg_snapshot_clear(&s);
	cr_assert_eq(src->ops->next(src, &plan, &s, NULL), PG_NEXT_OK);
	cr_expect_eq(only(&s)->fds, fds);
	cr_expect_gt(only(&s)->rss_bytes, 0);
	cr_expect_gt(only(&s)->vsize_bytes, 0);
	cr_expect_gt(only(&s)->peak_bytes, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	pg_snapshot_free(&s);
	src->ops->close(src);
}

Test(source_procfs, inspect_tells_the_task_from_another_with_its_number)
{
	int32_t me = getpid();
	struct pg_source *src = open_live(&me, 1);
	struct pg_snapshot s = {0};
	struct pg_detail d;
	sample(src, &s, false);
	struct pg_key key = pg_task_key(only(&s), &only(&s)->tasks[0]);
	src->ops->inspect(src, (struct pg_inquiry){key, PG_ASK_TEXTS}, &d);
	cr_expect_not(d.gone);
	cr_expect_gt(d.cmdline_len, 0);
	pg_detail_free(&d);
	key.start++;
	src->ops->inspect(src, (struct pg_inquiry){key, PG_ASK_TEXTS}, &d);
	cr_expect(d.gone);
	pg_detail_free(&d);
	pg_snapshot_free(&s);
	src->ops->close(src);
}

Test(source_procfs, no_procfs_is_a_message)
{
	struct pg_source_options o = {.root = "/nonexistent"};
	struct pg_error err = {""};
	cr_expect_null(pg_source_procfs_open(&o, &err));
	cr_expect(strstr(err.text, "/nonexistent") != NULL);
	cr_expect(pg_source_procfs_exists("/proc", getpid()));
	cr_expect_not(pg_source_procfs_exists("/proc", INT32_MAX));
}
