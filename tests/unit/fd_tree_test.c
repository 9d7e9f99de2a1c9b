/* SPDX-License-Identifier: MIT */
/* Trees of real processes, and trees of files, where numbers can be chosen. */
#include "fd/fd_tree.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fd_actor.h"

TestSuite(fd_tree, .timeout = 300); /* of a loop that waits for what never comes */

/* ---- looking -------------------------------------------------------------------------------- */

static struct pg_fd_tree *tree_of(pid_t pid, struct pg_fd_tree_options o)
{
	struct pg_error err = {""};
	o.proc_root = o.proc_root ? o.proc_root : "/proc";
	o.pid = pid;
	struct pg_fd_tree *t = pg_fd_tree_open(&o, &err);
	cr_assert(t, "%s", err.text);
	return t;
}

static struct pg_fd_sample sample(struct pg_fd_tree *t)
{
	struct pg_fd_sample s = {0};
	struct pg_error err = {""};
	cr_assert_eq(pg_fd_tree_sample(t, &s, &err), 1, "%s", err.text);
	return s;
}

/* Samples until the sum is as wanted: a birth is found when the machine lets us look. */
static void expect_sum(struct pg_fd_tree *t, int64_t sum, size_t procs)
{
	struct pg_fd_sample s = {0};
	struct pg_error err;
	uint64_t end = pg_clock_ns(CLOCK_MONOTONIC) + 120 * PG_NS_PER_SEC;
	do {
		pg_fd_tree_repeat(t);
		if (pg_fd_tree_sample(t, &s, &err) != 1)
			break;
	} while ((s.open_fds != sum || s.nr_procs != procs) && pg_clock_ns(CLOCK_MONOTONIC) < end);
	cr_expect_eq(s.open_fds, sum, "%d", (int)s.open_fds);
	cr_expect_eq(s.nr_procs, procs, "%zu", s.nr_procs);
	pg_fd_sample_free(&s);
}

static void expect_end(struct pg_fd_tree *t)
{
	struct pg_fd_sample s = {0};
	struct pg_error err;
	int r;
	/* SIGKILL takes a moment to arrive; no sample may say 0 meanwhile. */
	while ((r = pg_fd_tree_sample(t, &s, &err)) == 1)
		cr_assert_gt(s.open_fds, 0);
	cr_expect_eq(r, 0);
	pg_fd_sample_free(&s);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void count_one(struct pg_fd_tree_options o)
{
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t = tree_of(a.pid, o);
	struct pg_fd_sample s = sample(t);
	cr_expect_eq(s.open_fds, AT_FIRST, "%d", (int)s.open_fds);
	cr_assert(s.changed);
	cr_assert_eq(s.nr_procs, 1);
	cr_expect_eq(s.procs[0].pid, a.pid);
	cr_expect_gt(s.procs[0].start, 0);
	cr_expect_eq(s.procs[0].fds, AT_FIRST);
	cr_expect_gt(s.procs[0].limit, 0);
	cr_expect_str_eq(s.procs[0].comm, "an actor");
	cr_expect_gt(s.mono_ns, 0);
	cr_expect_gt(s.wall_ns, 0);
	pg_fd_sample_free(&s);
	tell(&a, 'o');
	tell(&a, 'o');
	s = sample(t);
	cr_expect_eq(s.open_fds, AT_FIRST + 2);
	cr_expect(s.changed);
	pg_fd_sample_free(&s);
	tell(&a, 'c');
	s = sample(t);
	cr_expect_eq(s.open_fds, AT_FIRST + 1);
	pg_fd_sample_free(&s);
	actor_end(&a);
	expect_end(t);
	pg_fd_tree_close(t);
}

Test(fd_tree, one_process)
{
	count_one((struct pg_fd_tree_options){0});
}

Test(fd_tree, one_process_with_its_directory_counted)
{
	count_one((struct pg_fd_tree_options){.without_fdsize = true});
}

Test(fd_tree, nothing_is_handed_over_when_nothing_changed)
{
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){0});
	struct pg_fd_sample s = sample(t);
	cr_expect(s.changed);
	pg_fd_sample_free(&s);
	s = sample(t);
	cr_expect_not(s.changed);
	cr_expect_eq(s.nr_procs, 0);
	cr_expect_eq(s.open_fds, AT_FIRST);
	pg_fd_sample_free(&s);
	pg_fd_tree_repeat(t);
	s = sample(t);
	cr_expect(s.changed);
	cr_expect_eq(s.nr_procs, 1);
	pg_fd_sample_free(&s);
	actor_end(&a);
	pg_fd_tree_close(t);
}

Test(fd_tree, children_and_theirs_are_found_as_they_are_born)
{
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){.children = true});
	struct pg_fd_tree *alone = tree_of(a.pid, (struct pg_fd_tree_options){0});
	expect_sum(t, AT_FIRST, 1);
	tell(&a, 'f');
	expect_sum(t, 2 * AT_FIRST, 2);
	tell(&a, 'f');
	tell(&a, 'o');
	expect_sum(t, 3 * AT_FIRST + 1, 3);
	expect_sum(alone, AT_FIRST, 1);
	/* Those who were there before it was opened. */
	struct pg_fd_tree *late = tree_of(a.pid, (struct pg_fd_tree_options){.children = true});
	expect_sum(late, 3 * AT_FIRST + 1, 3);
	/* The first one ends: what it has borne stays. */
	kill(a.pid, SIGKILL);
	waitpid(a.pid, NULL, 0);
	expect_sum(t, 2 * AT_FIRST + 1, 2);
	expect_end(alone);
	actor_end(&a);
	pg_fd_tree_close(late);
	pg_fd_tree_close(alone);
	pg_fd_tree_close(t);
}

Test(fd_tree, threads_are_no_children)
{
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){.children = true});
	tell(&a, 'f');
	expect_sum(t, 2 * AT_FIRST, 2);
	tell(&a, 'T');
	tell(&a, 'T');
	for (int i = 0; i < 100; i++)
		expect_sum(t, 2 * AT_FIRST, 2);
	actor_end(&a);
	pg_fd_tree_close(t);
}

/* Between two samples, so that the one in between is never seen. */
Test(fd_tree, an_orphan_that_comes_to_us_is_of_the_tree)
{
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t =
		tree_of(a.pid, (struct pg_fd_tree_options){.children = true, .reaper = true});
	struct pg_fd_tree *strict = tree_of(a.pid, (struct pg_fd_tree_options){.children = true});
	expect_sum(t, AT_FIRST, 1);
	tell(&a, 'd');
	expect_sum(t, 2 * AT_FIRST, 2);
	expect_sum(strict, AT_FIRST, 1);
	/* Also when it is all that is left. */
	kill(a.pid, SIGKILL);
	waitpid(a.pid, NULL, 0);
	expect_sum(t, AT_FIRST, 1);
	expect_end(strict);
	actor_end(&a);
	expect_end(t);
	pg_fd_tree_close(strict);
	pg_fd_tree_close(t);
}

Test(fd_tree, an_orphan_that_was_born_in_the_last_moment)
{
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t =
		tree_of(a.pid, (struct pg_fd_tree_options){.children = true, .reaper = true});
	tell(&a, 'd');
	kill(a.pid, SIGKILL);
	waitpid(a.pid, NULL, 0);
	struct pg_fd_sample s = sample(t); /* not the end */
	cr_expect_eq(s.open_fds, AT_FIRST, "%d", (int)s.open_fds);
	pg_fd_sample_free(&s);
	actor_end(&a);
	pg_fd_tree_close(t);
}

/* A child of ours with a number below that one. -1: we may not, or none is free. */
static pid_t child_below(pid_t number)
{
	pid_t me = getpid(), child = -1;
	while (child < 0 && --number > 1) {
		struct clone_args args = {
			.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
		child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
		if (child < 0 && errno != EEXIST)
			return -1;
	}
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == me)
			pause();
		_exit(0);
	}
	return child;
}

/* clone3(2) with set_tid, as who restores processes does it: it is all that is left. */
Test(fd_tree, an_orphan_whose_number_was_chosen)
{
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t =
		tree_of(a.pid, (struct pg_fd_tree_options){.children = true, .reaper = true});
	expect_sum(t, AT_FIRST, 1);
	pid_t pid = child_below(a.pid);
	actor_end(&a);
	if (pid < 0) {
		pg_fd_tree_close(t);
		cr_skip_test("no number can be chosen");
	}
	struct pg_fd_sample s = sample(t);
	cr_assert_eq(s.nr_procs, 1);
	cr_expect_eq(s.procs[0].pid, pid);
	pg_fd_sample_free(&s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	expect_end(t);
	pg_fd_tree_close(t);
}

Test(fd_tree, who_has_closed_all_is_not_who_has_ended)
{
	struct actor a = actor_new();
	tell(&a, 'C');
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){0});
	struct pg_fd_sample s = sample(t);
	cr_expect_eq(s.open_fds, 2);
	pg_fd_sample_free(&s);
	actor_end(&a);
	/* One that closes its orders as well. */
	int gate[2];
	char c;
	cr_assert_eq(pipe(gate), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close_all_but(-1, -1);
		sleep_on(NULL);
	}
	close(gate[1]);
	cr_assert_eq(read(gate[0], &c, 1), 0); /* closed by both */
	pg_fd_tree_close(t);
	t = tree_of(pid, (struct pg_fd_tree_options){0});
	for (;;) { /* the others below 256 follow at once */
		s = sample(t);
		int64_t fds = s.open_fds;
		pg_fd_sample_free(&s);
		cr_assert_geq(fds, 0);
		if (fds == 0)
			break;
	}
	kill(pid, SIGKILL);
	struct pg_error err;
	int r;
	while ((r = pg_fd_tree_sample(t, &s, &err)) == 1)
		cr_expect_eq(s.open_fds, 0);
	cr_expect_eq(r, 0, "a zombie has ended");
	waitpid(pid, NULL, 0);
	pg_fd_sample_free(&s);
	pg_fd_tree_close(t);
}

Test(fd_tree, a_zombie_can_be_opened_and_has_ended)
{
	struct actor a = actor_new();
	siginfo_t info;
	kill(a.pid, SIGKILL);
	cr_assert_eq(waitid(P_PID, (id_t)a.pid, &info, WEXITED | WNOWAIT), 0);
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){.children = true});
	struct pg_fd_sample s = {0};
	struct pg_error err;
	cr_expect_eq(pg_fd_tree_sample(t, &s, &err), 0);
	actor_end(&a);
	cr_expect_eq(pg_fd_tree_sample(t, &s, &err), 0);
	pg_fd_sample_free(&s);
	pg_fd_tree_close(t);
}

static void first_thread_ends(struct pg_fd_tree_options o)
{
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t = tree_of(a.pid, o);
	expect_sum(t, AT_FIRST, 1);
	tell(&a, 't');
	expect_sum(t, AT_FIRST, 1);
	tell(&a, 'o');
	expect_sum(t, AT_FIRST + 1, 1);
	struct pg_fd_tree *late = tree_of(a.pid, o);
	expect_sum(late, AT_FIRST + 1, 1);
	/* The thread becomes another program, and the process its own first thread again. */
	cr_assert_eq(write(a.order, "x", 1), 1);
	cr_assert_eq(write(a.order, "!", 1), 1);
	char c;
	cr_assert_eq(read(a.answer, &c, 1), 1); /* cat's */
	expect_sum(t, 2, 1);                    /* stdin and stdout; it has no more */
	expect_sum(late, 2, 1);
	actor_end(&a);
	expect_end(t);
	pg_fd_tree_close(late);
	pg_fd_tree_close(t);
}

Test(fd_tree, a_process_whose_first_thread_has_ended)
{
	first_thread_ends((struct pg_fd_tree_options){0});
	first_thread_ends((struct pg_fd_tree_options){.without_fdsize = true});
}

Test(fd_tree, a_limit_and_a_name_that_change)
{
	struct actor a = actor_new();
	tell(&a, '-');
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){0});
	struct pg_fd_sample s = sample(t);
	uint64_t limit = s.procs[0].limit;
	cr_expect_neq(limit, 77);
	pg_fd_sample_free(&s);
	tell(&a, 'l');
	while (limit != 77) { /* read again now and then */
		s = sample(t);
		if (s.changed)
			limit = s.procs[0].limit;
		pg_fd_sample_free(&s);
	}
	cr_assert_eq(write(a.order, "x", 1), 1);
	for (bool cat = false; !cat; pg_fd_sample_free(&s)) {
		s = sample(t);
		cat = s.changed && strcmp(s.procs[0].comm, "cat") == 0;
	}
	actor_end(&a);
	pg_fd_tree_close(t);
}

Test(fd_tree, another_users_process)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	struct actor a = actor_new();
	tell(&a, '-');
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct pg_error err;
		struct pg_fd_tree_options o = {.proc_root = "/proc", .pid = a.pid};
		struct pg_fd_sample s = {0};
		if (setgid(65534) || setuid(65534))
			_exit(1);
		struct pg_fd_tree *t = pg_fd_tree_open(&o, &err);
		if (!t || pg_fd_tree_sample(t, &s, &err) != 1)
			_exit(2);
		if (s.open_fds != AT_FIRST || s.nr_unreadable || s.procs[0].limit == 0)
			_exit(3);
		pg_fd_tree_close(t);
		o.without_fdsize = true;
		t = pg_fd_tree_open(&o, &err);
		if (!t || pg_fd_tree_sample(t, &s, &err) != 1)
			_exit(4);
		if (s.open_fds != -1 || s.nr_unreadable != 1 || s.procs[0].fds != -1)
			_exit(5);
		pg_fd_tree_close(t);
		pg_fd_sample_free(&s);
		_exit(0);
	}
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0, "%d", WEXITSTATUS(status));
	actor_end(&a);
}

static void *wait_for_word(void *arg)
{
	char c;
	return read(*(int *)arg, &c, 1) == 1 ? arg : NULL;
}

Test(fd_tree, who_is_none)
{
	struct pg_error err = {""};
	struct pg_fd_tree_options o = {.proc_root = "/proc", .pid = 2147483647, .children = true};
	cr_expect_null(pg_fd_tree_open(&o, &err));
	cr_expect(strstr(err.text, "2147483647"), "%s", err.text);
	o.proc_root = "/nonexistent";
	cr_expect_null(pg_fd_tree_open(&o, &err));
	cr_expect(strstr(err.text, "/nonexistent"), "%s", err.text);
	/* A thread is named with its process. */
	int gate[2];
	pthread_t thread;
	char path[64], name[32];
	cr_assert_eq(pipe(gate), 0);
	cr_assert_eq(pthread_create(&thread, NULL, wait_for_word, &gate[0]), 0);
	o.proc_root = "/proc";
	for (o.pid = getpid() + 1;; o.pid++) {
		snprintf(path, sizeof(path), "/proc/self/task/%d", o.pid);
		if (access(path, F_OK) == 0)
			break;
	}
	cr_expect_null(pg_fd_tree_open(&o, &err));
	snprintf(name, sizeof(name), "process is %d", getpid());
	cr_expect(strstr(err.text, name), "%s", err.text);
	cr_assert_eq(write(gate[1], "!", 1), 1);
	pthread_join(thread, NULL);
}

/* With no descriptors to keep, each is opened when it is looked at. */
Test(fd_tree, with_few_descriptors)
{
	struct rlimit was, low;
	struct actor a = actor_new();
	tell(&a, '-');
	tell(&a, 'f');
	getrlimit(RLIMIT_NOFILE, &was);
	low = (struct rlimit){.rlim_cur = 40, .rlim_max = 40};
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	struct pg_fd_tree *t = tree_of(a.pid, (struct pg_fd_tree_options){.children = true});
	expect_sum(t, 2 * AT_FIRST, 2);
	tell(&a, 'o');
	expect_sum(t, 2 * AT_FIRST + 1, 2);
	actor_end(&a);
	expect_end(t);
	pg_fd_tree_close(t);
}

Test(fd_tree, our_own_limit_is_put_back)
{
	struct rlimit was = {64, 4096}, now;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	struct pg_fd_tree *t = tree_of(getpid(), (struct pg_fd_tree_options){0});
	getrlimit(RLIMIT_NOFILE, &now);
	cr_expect_eq(now.rlim_cur, 4096);
	pg_fd_tree_close(t);
	getrlimit(RLIMIT_NOFILE, &now);
	cr_expect_eq(now.rlim_cur, 64);
}

/* ---- trees of files ------------------------------------------------------------------------- */

struct fake {
	char root[64];
};

static void put(const char *root, int pid, const char *file, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), pid ? "%s/%d" : "%s", root, pid);
	mkdir(path, 0700);
	size_t n = strlen(path);
	snprintf(path + n, sizeof(path) - n, "/%s", file);
	FILE *f = fopen(path, "w");
	cr_assert(f);
	fputs(text, f);
	fclose(f);
}

static void put_process(const char *root, int pid, int ppid, int start, char state, int fds)
{
	char text[256], path[256];
	snprintf(text, sizeof(text),
		 "%d (a) b) %c %d 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n", pid, state,
		 ppid, start);
	put(root, pid, "stat", text);
	put(root, pid, "limits",
	    "Limit                     Soft Limit           Hard Limit           Units\n"
	    "Max open files            123                  4096                 files\n");
	snprintf(path, sizeof(path), "%s/%d/fd", root, pid);
	mkdir(path, 0700);
	for (int i = 0; i < fds; i++) {
		snprintf(path, sizeof(path), "fd/%d", i);
		put(root, pid, path, "");
	}
}

static void put_last(const char *root, int last)
{
	char text[64];
	snprintf(text, sizeof(text), "0.00 0.00 0.00 1/2 %d\n", last);
	put(root, 0, "loadavg", text);
}

static void remove_tree(const char *root)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", root, NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void remove_process(const char *root, int pid)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%d", root, pid);
	remove_tree(path);
}

Test(fd_tree, numbers_that_begin_anew)
{
	char root[] = "/tmp/fd_tree_test.XXXXXX";
	cr_assert(mkdtemp(root));
	put_process(root, 32000, 1, 100, 'S', 3);
	put_process(root, 400, 1, 50, 'S', 7); /* a stranger, of a low number */
	put_last(root, 32000);
	struct pg_fd_tree *t =
		tree_of(32000, (struct pg_fd_tree_options){.proc_root = root, .children = true});
	expect_sum(t, 3, 1);
	put_process(root, 32500, 32000, 200, 'S', 4);
	put_last(root, 32500);
	expect_sum(t, 7, 2);
	/* The stranger's number, and one whose parent has a higher one. */
	remove_process(root, 400);
	put_process(root, 400, 401, 300, 'S', 10);
	put_process(root, 401, 32500, 300, 'S', 20);
	put_last(root, 401);
	expect_sum(t, 37, 4);
	/* A number of ours that is a stranger's now. */
	remove_process(root, 401);
	put_process(root, 401, 1, 400, 'S', 50);
	put_last(root, 402);
	expect_sum(t, 17, 3);
	/* And one of ours that is ours again, as another. */
	remove_process(root, 400);
	put_process(root, 400, 32000, 500, 'S', 30);
	put_last(root, 403);
	expect_sum(t, 37, 3);
	/* A child that is older than its parent is none. */
	put_process(root, 500, 400, 450, 'S', 99);
	put_last(root, 500);
	expect_sum(t, 37, 3);
	pg_fd_tree_close(t);
	remove_tree(root);
}

Test(fd_tree, a_storm_of_births)
{
	enum { NR = 1000 };
	char root[] = "/tmp/fd_tree_test.XXXXXX";
	cr_assert(mkdtemp(root));
	put_process(root, 1000, 1, 100, 'S', 1);
	put_last(root, 1000);
	struct pg_fd_tree *t =
		tree_of(1000, (struct pg_fd_tree_options){.proc_root = root, .children = true});
	expect_sum(t, 1, 1);
	for (int i = 1; i <= NR; i++)
		put_process(root, 1000 + i, i % 2 ? 1000 : 1, 200, 'S', 1);
	put_last(root, 1000 + NR);
	expect_sum(t, 1 + NR / 2, 1 + NR / 2);
	/* A number that is given out before it can be seen. */
	put_last(root, 1001 + NR);
	expect_sum(t, 1 + NR / 2, 1 + NR / 2);
	put_process(root, 1001 + NR, 1000, 300, 'S', 5);
	expect_sum(t, 6 + NR / 2, 2 + NR / 2);
	pg_fd_tree_close(t);
	remove_tree(root);
}

Test(fd_tree, what_is_no_text_of_the_kernel)
{
	char root[] = "/tmp/fd_tree_test.XXXXXX";
	struct pg_error err = {""};
	struct pg_fd_sample s = {0};
	cr_assert(mkdtemp(root));
	put_process(root, 10, 1, 100, 'S', 2);
	put_last(root, 10);
	struct pg_fd_tree *t =
		tree_of(10, (struct pg_fd_tree_options){.proc_root = root, .children = true});
	s = sample(t);
	cr_expect_str_eq(s.procs[0].comm, "a) b");
	cr_expect_eq(s.procs[0].limit, 123);
	pg_fd_sample_free(&s);
	put(root, 11, "stat", "11 (x");
	put(root, 12, "stat", "");
	put(root, 13, "stat", "13 (x) S 99999999999999999999 1");
	put(root, 0, "loadavg", "rubbish");
	expect_sum(t, 2, 1);
	put(root, 10, "stat", "10 (");
	s = sample(t);
	cr_expect_eq(s.open_fds, -1, "unknown is not 0");
	cr_expect_eq(s.nr_unreadable, 1);
	pg_fd_sample_free(&s);
	pg_fd_tree_close(t);
	struct pg_fd_tree_options o = {.proc_root = root, .pid = 10};
	cr_expect_null(pg_fd_tree_open(&o, &err));
	cr_expect(strstr(err.text, "process 10"), "%s", err.text);
	remove_tree(root);
}
