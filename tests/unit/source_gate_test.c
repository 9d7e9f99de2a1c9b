/* SPDX-License-Identifier: MIT */
/* What the gate reads of a process whose every step is known (puppet.h). */
#include <errno.h>

#include "puppet.h"

TestSuite(source_gate, .timeout = 300); /* of a puppet that never rests */

Test(source_gate, an_idle_process_opens_nothing_and_keeps_its_block)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	const struct pg_proc *first = look(&e);
	cr_expect_eq(e.now.cost.tasks_read, 5);
	for (int i = 0; i < 25; i++) { /* passes that list /proc anew among them */
		cr_expect_eq(look(&e), first);
		cr_expect_eq(e.now.cost.opened, 0);
		cr_expect_eq(e.now.cost.tasks_carried, 5);
	}
	eye_close(&e);
	puppet_free(p);
}

/* Few threads, and so many that only some are looked at in a pass. */
Test(source_gate, an_idle_process_that_is_looked_at_keeps_its_block)
{
	for (int nr = 5; nr <= THREADS_MAX; nr += THREADS_MAX - 5) {
		struct puppet *p = puppet_new(nr);
		struct eye e;
		eye_open(&e, &p->pid, (struct pg_source_options){.sweep_ns = 1});
		const struct pg_proc *first = look(&e);
		for (int i = 0; i < 5; i++) {
			cr_expect_eq(look(&e), first);
			cr_expect_gt(e.now.cost.opened, 0, "it was looked at");
		}
		eye_close(&e);
		puppet_free(p);
	}
}

Test(source_gate, rows_that_did_not_run_are_the_same_bytes)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	look(&e);
	for (int i = 0; i < 5; i++) {
		tell(p, 2, 'b');
		const struct pg_proc *now = look(&e);
		for (int k = 1; k < 5; k++) {
			const struct pg_task *t = row_of(now, p->tids[k]);
			const struct pg_task *was = row_of(e.last.procs[0], p->tids[k]);
			cr_expect_eq(memcmp(t, was, sizeof(*t)) == 0, k != 2, "thread %d", k);
		}
	}
	eye_close(&e);
	puppet_free(p);
}

Test(source_gate, full_reads_what_is_idle)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){.full = true});
	look(&e);
	look(&e);
	cr_expect_eq(e.now.cost.tasks_read, 5);
	cr_expect_gt(e.now.cost.opened, 20);
	eye_close(&e);
	puppet_free(p);
}

static void expect_true_rows(struct eye *e, const struct puppet *p)
{
	const struct pg_proc *now = look(e);
	for (int i = 0; i < p->nr; i++) {
		const struct pg_task *t = row_of(now, p->tids[i]);
		cr_assert(t, "thread %d is not there", i);
		cr_expect_eq(t->run_ns, run_ns_of(p->pid, t->tid), "thread %d", i);
		cr_expect_eq(t->seen_ns, 0, "thread %d", i);
	}
	cr_expect_eq(now->nr_unseen, 0);
}

static void check_runners(int threads)
{
	struct puppet *p = puppet_new(threads);
	struct eye e;
	const int order[] = {3, 3, 3, 0, threads - 1, 3, 1, threads - 1, 0, 0, 2};
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	look(&e);
	for (size_t i = 0; i < PG_ARRAY_LEN(order); i++) {
		tell(p, order[i], 'b');
		expect_true_rows(&e, p);
	}
	eye_close(&e);
	puppet_free(p);
}

Test(source_gate, finds_who_ran_among_few)
{
	check_runners(5);
}

Test(source_gate, finds_who_ran_among_many)
{
	check_runners(THREADS_MAX);
}

/* While some run all the time, no clock proves that the others did not. */
Test(source_gate, what_ran_beside_restless_threads_is_not_taken_for_idle)
{
	struct puppet *p = puppet_new(THREADS_MAX);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	look(&e);
	tell_and_leave(p, 1, 's');
	tell_and_leave(p, 2, 's');
	for (int i = 0; i < 150; i++) {
		int32_t tid = p->tids[10 + i * 7 % 380];
		tell_and_leave(p, 10 + i * 7 % 380, 't');
		uint64_t ran = run_ns_of(p->pid, tid);
		const struct pg_task *t = row_of(look(&e), tid);
		cr_assert(t->seen_ns || t->run_ns >= ran, "pass %d", i);
	}
	eye_close(&e);
	puppet_free(p);
}

Test(source_gate, a_hot_thread_costs_few_reads_among_many)
{
	struct puppet *p = puppet_new(THREADS_MAX);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	look(&e);
	for (int i = 0; i < 12; i++) { /* found, and the ledger confirmed by a round */
		tell(p, 7, 'b');
		look(&e);
	}
	tell(p, 7, 'b');
	look(&e);
	cr_expect_leq(e.now.cost.tasks_read, 3);
	cr_expect_eq(e.now.cost.opened, 0, "its files are kept open");
	eye_close(&e);
	puppet_free(p);
}

Test(source_gate, threads_come_and_go)
{
	struct puppet *p = puppet_new(6);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	cr_expect_eq(look(&e)->nr_tasks, 6);
	tell(p, 4, 'e');
	while (run_ns_of(p->pid, p->pid) && look(&e)->nr_tasks == 6)
		sched_yield();
	cr_expect_eq(e.now.nr_tasks, 5);
	cr_expect_null(row_of(e.now.procs[0], p->tids[4]));
	tell(p, 5, 'b');
	const struct pg_proc *now = look(&e);
	cr_expect_eq(row_of(now, p->tids[5])->run_ns, run_ns_of(p->pid, p->tids[5]));
	eye_close(&e);
	puppet_free(p);
}

static bool has_thread(const struct puppet *p, int32_t tid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task/%d", p->pid, tid);
	return access(path, F_OK) == 0;
}

/* As many threads as before, but others: with the ledger, and where all are read. */
Test(source_gate, a_birth_that_hides_behind_a_death_is_seen)
{
	const uint8_t without[] = {0, PG_WITHOUT_SCHEDSTAT};
	for (size_t i = 0; i < PG_ARRAY_LEN(without); i++) {
		struct puppet *p = puppet_new(6);
		struct eye e;
		eye_open(&e, &p->pid, (struct pg_source_options){.without = without[i]});
		look(&e);
		tell(p, 4, 'e');
		while (has_thread(p, p->tids[4]))
			sched_yield();
		tell(p, 1, 'c');
		const struct pg_proc *now = look(&e);
		cr_expect_eq(now->nr_tasks, 6);
		cr_expect_eq(now->threads, 6);
		cr_expect_null(row_of(now, p->tids[4]));
		eye_close(&e);
		puppet_free(p);
	}
}

/* What belongs to the process is read through a thread that lives on, and idle ones stay idle. */
Test(source_gate, a_leader_that_ended_leaves_a_process_that_is_updated)
{
	struct puppet *p = puppet_new(20);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	for (int lazy = 0; lazy < 2; lazy++) {
		e.plan.lazy_status = lazy;
		const struct pg_proc *now = look(&e);
		uint64_t fds = now->fds, peak = now->peak_bytes;
		cr_expect(fds > 0 && peak > 0);
		if (!lazy)
			tell(p, 0, 'e');
		while (state_of(p->pid, p->pid) != 'Z')
			sched_yield();
		await_rest(p);
		look(&e);
		for (int i = 0; i < 4; i++) {
			tell(p, 2 + i, 'b');
			now = look(&e);
			cr_expect_lt(e.now.cost.opened, 50, "schedstat, not all of it");
			cr_expect_eq(now->tasks[0].state, 'Z');
			cr_expect_eq(row_of(now, p->tids[2 + i])->run_ns,
				     run_ns_of(p->pid, p->tids[2 + i]));
			cr_expect_eq(now->nr_tasks, 20);
			cr_expect_eq(now->fds, fds);
			cr_expect_gt(now->rss_bytes, 0);
			cr_expect_geq(now->peak_bytes, peak);
			cr_expect(now->valid & PG_STATUS);
		}
		now = look(&e);
		cr_expect_eq(e.last.procs[0], now);
		cr_expect_eq(e.now.cost.opened, 0);
	}
	eye_close(&e);
	puppet_free(p);
}

/* The thread takes the leader's number and start over; all others end (fs/exec.c, de_thread()). */
Test(source_gate, a_thread_makes_the_process_another_program)
{
	struct puppet *p = puppet_new(5);
	struct eye e, fresh;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	e.plan.lazy_status = true;
	for (int i = 0; i < 4; i++) { /* descriptors of the leader are kept */
		tell(p, 0, 'b');
		look(&e);
	}
	uint64_t start = e.now.procs[0]->start;
	tell(p, 3, 'x');
	do
		turn(&e); /* at some moment it may seem to be gone */
	while (e.now.nr_procs == 0 || e.now.procs[0]->nr_tasks > 1 ||
	       e.now.procs[0]->tasks[0].comm.len != 5);
	await_rest(p);
	look(&e);
	eye_open(&fresh, &p->pid, (struct pg_source_options){.full = true});
	const struct pg_proc *now = e.now.procs[0], *other = look(&fresh);
	cr_expect_eq(now->start, start);
	cr_expect_eq(now->tasks[0].valid, other->tasks[0].valid, "it is young again");
	cr_expect_eq(now->tasks[0].run_ns, other->tasks[0].run_ns);
	cr_expect_eq(now->rss_bytes, other->rss_bytes);
	cr_expect_eq(now->peak_bytes, other->peak_bytes);
	cr_expect_eq(now->fds, other->fds);
	cr_expect_eq(memcmp(pg_proc_str(now, now->tasks[0].comm), "sleep", 5), 0);
	eye_close(&e);
	eye_close(&fresh);
	puppet_free(p);
}

Test(source_gate, a_process_that_gave_up_its_user_is_not_selected_any_more)
{
	if (geteuid() != 0)
		cr_skip_test("only root can give it up");
	struct puppet *p = puppet_new(3);
	struct pg_source_options o = {
		.root = "/proc",
		.select = {.ids = &p->pid, .nr_ids = 1, .by_uid = true, .uid = 0},
	};
	struct pg_error err = {""};
	struct eye e = {.plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS}};
	e.src = pg_source_procfs_open(&o, &err);
	cr_assert(e.src, "%s", err.text);
	look(&e);
	tell(p, 0, 'u');
	pg_snapshot_free(&e.now);
	cr_assert_eq(e.src->ops->next(e.src, &e.plan, &e.now, &err), PG_NEXT_OK);
	cr_expect_eq(e.now.nr_procs, 0);
	eye_close(&e);
	puppet_free(p);
}

/* A rest in each of so many large processes that the budget of looks is spent by the first ones. */
Test(source_gate, the_last_of_many_large_processes_is_looked_at_too)
{
	enum { NR = 40, THREADS = 66 };
	struct puppet *p[NR];
	int32_t pids[NR];
	struct pg_error err = {""};
	struct pg_plan plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS};
	struct pg_source_options o = {.root = "/proc", .select = {.ids = pids, .nr_ids = NR}};
	for (int i = 0; i < NR; i++) {
		p[i] = puppet_new(THREADS);
		pids[i] = p[i]->pid;
	}
	struct pg_source *src = pg_source_procfs_open(&o, &err);
	cr_assert(src, "%s", err.text);
	uint32_t nr_unseen = THREADS;
	for (int pass = 0; pass < 3; pass++) {
		struct pg_snapshot s = {0};
		for (int i = 0; i < NR && pass > 0; i++) /* new ones in each pass */
			tell(p[i], THREADS - 5 * pass, 't');
		cr_assert_eq(src->ops->next(src, &plan, &s, &err), PG_NEXT_OK);
		nr_unseen = s.procs[NR - 1]->nr_unseen;
		pg_snapshot_free(&s);
	}
	for (int pass = 0; nr_unseen > 0; pass++) { /* it does not run any more */
		struct pg_snapshot s = {0};
		cr_assert_lt(pass, 2 * THREADS);
		for (int i = 0; i < NR - 1; i++)
			tell(p[i], THREADS - 12 - pass % 50, 't');
		cr_assert_eq(src->ops->next(src, &plan, &s, &err), PG_NEXT_OK);
		nr_unseen = s.procs[NR - 1]->nr_unseen;
		pg_snapshot_free(&s);
	}
	src->ops->close(src);
	for (int i = 0; i < NR; i++)
		puppet_free(p[i]);
}

/* ---- what changes without running ----------------------------------------------------------- */

/* A process that sleeps until the test is over; its parent, *parent, ends at the first order. */
static pid_t child_of_another(pid_t *parent, int order[2], int life[2])
{
	int born[2];
	char c;
	pid_t child = 0;
	cr_assert(pipe(order) == 0 && pipe(life) == 0 && pipe(born) == 0);
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	*parent = fork();
	if (*parent == 0) {
		close(life[1]);
		child = fork();
		if (child == 0)
			_exit(read(life[0], &c, 1) != 0);
		if (write(born[1], &child, sizeof(child)) == sizeof(child))
			(void)!read(order[0], &c, 1);
		_exit(0);
	}
	cr_assert_eq(read(born[0], &child, sizeof(child)), sizeof(child));
	await_rest(&(struct puppet){.pid = child});
	return child;
}

/* It did not run, but it is another's now: among all, and where its parent is not looked at. */
Test(source_gate, a_child_whose_parent_has_ended_is_read_again)
{
	int order[2], life[2];
	pid_t parent, child = child_of_another(&parent, order, life);
	struct eye all, alone;
	eye_open(&all, NULL, (struct pg_source_options){0});
	eye_open(&alone, &child, (struct pg_source_options){0});
	turn(&all);
	cr_expect_eq(look(&alone)->tasks[0].ppid, parent);
	cr_assert_eq(write(order[1], "e", 1), 1);
	cr_assert_eq(waitpid(parent, NULL, 0), parent);
	cr_expect_eq(look(&alone)->tasks[0].ppid, getpid());
	turn(&all);
	long at = pg_snapshot_find_pid(&all.now, child);
	cr_assert_geq(at, 0);
	cr_expect_eq(all.now.procs[at]->tasks[0].ppid, getpid());
	eye_close(&all);
	eye_close(&alone);
	close(life[1]);
	waitpid(child, NULL, 0);
}

Test(source_gate, focus_is_read_though_it_is_idle)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	look(&e);
	e.plan.nr_focus = 1;
	e.plan.focus[0] = (struct pg_focus){.pid = p->pid, .tid = p->tids[2]};
	cr_assert_eq(setpriority(PRIO_PROCESS, (id_t)p->tids[2], nicer(5)), 0);
	cr_assert_eq(setpriority(PRIO_PROCESS, (id_t)p->pid, nicer(6)), 0);
	const struct pg_proc *now = look(&e);
	cr_expect_eq(row_of(now, p->tids[2])->nice, nicer(5));
	cr_expect_eq(now->tasks[0].nice, nicer(6));
	cr_expect_eq(e.now.cost.tasks_read, 2);
	eye_close(&e);
	puppet_free(p);
}

/* Whether it runs or not: those of its threads that sleep in D are read when it is their turn. */
Test(source_gate, states_are_read_again_within_a_budget)
{
	enum { NR = 70, NR_D = 40 };
	struct puppet *p = puppet_new(NR);
	struct eye e;
	for (int i = 1; i <= NR_D; i++) {
		tell_and_leave(p, i, 'v');
		while (state_of(p->pid, p->tids[i]) != 'D')
			sched_yield();
	}
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	struct pg_procfs *src = (struct pg_procfs *)e.src;
	look(&e);
	look(&e);
	cr_expect_eq(src->restless_last, NR_D);
	cr_expect_gt(src->scratch.texts, NR_D, "there is room for them");
	for (int i = 0; i < 9; i++) {
		tell(p, NR - 1, 'b');
		src->restless_last = 1000000;
		look(&e);
	}
	cr_expect_lt(src->scratch.texts, NR_D, "it was not their turn");
	eye_close(&e);
	puppet_free(p);
}

/* ---- descriptors ---------------------------------------------------------------------------- */

Test(source_gate, heat_cools)
{
	struct pg_keep k = {.max = 100};
	struct pg_hot *h = pg_hot_new();
	const int32_t tids[] = {50, 20, 90, 20, 70};
	for (size_t i = 0; i < PG_ARRAY_LEN(tids); i++)
		pg_hot_heat(h, tids[i]);
	cr_assert_eq(h->nr, 4);
	for (size_t i = 1; i < h->nr; i++)
		cr_expect_lt(h->tasks[i - 1].tid, h->tasks[i].tid);
	cr_expect_not(pg_is_warm(pg_hot_find(h, 20)->heat));
	pg_hot_cool(&k, h);
	pg_hot_heat(h, 20);
	cr_expect(pg_is_warm(pg_hot_find(h, 20)->heat));
	pg_hot_forget(&k, h, 70);
	cr_expect_null(pg_hot_find(h, 70));
	for (int i = 0; i < 7; i++)
		pg_hot_cool(&k, h);
	cr_expect_eq(h->nr, 1, "the others are cold");
	pg_hot_cool(&k, h);
	cr_expect_eq(h->nr, 0);
	pg_hot_free(&k, h);
}

/* Large processes are swept in nearly every pass, which does not keep them warm. */
Test(source_gate, what_is_only_swept_keeps_no_descriptors)
{
	struct puppet *p = puppet_new(THREADS_MAX);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){.sweep_ns = 1});
	const struct pg_procfs *src = (const struct pg_procfs *)e.src;
	look(&e);
	for (int i = 0; i < 4; i++) {
		tell(p, 7, 'b');
		look(&e);
	}
	cr_expect_gt(src->keep.nr, 0);
	for (int i = 0; i < 10; i++) {
		look(&e);
		cr_expect_gt(e.now.cost.tasks_read, 0, "it was swept");
	}
	cr_expect_eq(src->keep.nr, 0);
	eye_close(&e);
	puppet_free(p);
}

Test(source_gate, kept_descriptors_are_bounded)
{
	struct pg_keep k = {.max = 2};
	struct pg_scratch sc = {0};
	int slots[3] = {-1, -1, -1};
	for (int i = 0; i < 3; i++)
		cr_expect_eq(pg_keep_slot(&k, &sc, &slots[i], -100 /* AT_FDCWD */, "/dev/null", 0),
			     i < 2);
	cr_expect_eq(k.nr, 2);
	cr_expect_eq(slots[2], -1);
	for (int i = 0; i < 3; i++)
		pg_keep_drop(&k, &slots[i]);
	cr_expect_eq(k.nr, 0);
}

Test(source_gate, the_limit_of_descriptors_is_put_back)
{
	struct rlimit low = {.rlim_cur = 300}, now;
	int32_t me = getpid();
	struct eye e;
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
	low.rlim_max = now.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	eye_open(&e, &me, (struct pg_source_options){0});
	getrlimit(RLIMIT_NOFILE, &now);
	cr_expect(now.rlim_cur > 300 || low.rlim_max <= 300);
	eye_close(&e);
	getrlimit(RLIMIT_NOFILE, &now);
	cr_expect_eq(now.rlim_cur, 300);
}

/* Descriptors that are kept are given up, and the limit of then is what counts. */
Test(source_gate, a_pass_without_descriptors_is_followed_by_better_ones)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	struct rlimit before, low;
	struct pg_error err = {""};
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	const struct pg_procfs *src = (const struct pg_procfs *)e.src;
	for (int i = 0; i < 4; i++) {
		tell(p, 2, 'b');
		look(&e);
	}
	cr_expect_gt(src->keep.nr, 0);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
	tell(p, 3, 'b');
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	struct pg_snapshot s = {0};
	cr_expect_eq(e.src->ops->next(e.src, &e.plan, &s, &err), -EMFILE);
	cr_expect(strstr(err.text, "the limit is 3,"), "%s", err.text);
	cr_expect_eq(src->keep.nr, 0);
	cr_expect_eq(src->keep.max, 0);
	pg_snapshot_free(&s);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect_true_rows(&e, p);
	cr_expect_eq(look(&e), e.last.procs[0], "the gate is there again");
	eye_close(&e);
	puppet_free(p);
}
