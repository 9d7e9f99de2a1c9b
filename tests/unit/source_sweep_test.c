/* SPDX-License-Identifier: MIT */
/*
 * What can change of a process that did not run, and how it is found; and what a lazy plan leaves
 * to that (puppet.h).
 */
#include <sys/mman.h>

#include "puppet.h"

TestSuite(source_sweep, .timeout = 300); /* of a puppet that never rests */

Test(source_sweep, the_sweep_finds_what_others_changed)
{
	struct puppet *p = puppet_new(5);
	struct eye slow, swift;
	eye_open(&slow, &p->pid, (struct pg_source_options){0});
	eye_open(&swift, &p->pid, (struct pg_source_options){.sweep_ns = 1});
	look(&slow);
	look(&swift);
	cr_assert_eq(setpriority(PRIO_PROCESS, (id_t)p->tids[2], nicer(5)), 0);
	cr_expect_eq(row_of(look(&slow), p->tids[2])->nice, nicer(0), "it did not run");
	cr_expect_eq(row_of(look(&swift), p->tids[2])->nice, nicer(5));
	eye_close(&slow);
	eye_close(&swift);
	puppet_free(p);
}

/* In the first pass all are read, and when the plan is another, after the glance above all. */
Test(source_sweep, sweeps_are_spread_over_their_time)
{
	enum { NR = 16 };
	struct puppet *p[NR];
	int32_t pids[NR];
	struct pg_error err = {""};
	struct pg_plan plan = {.groups = PG_PLAN_ALL_GROUPS, .glance = true};
	struct pg_source_options o = {.root = "/proc", .select = {.ids = pids, .nr_ids = NR}};
	for (int i = 0; i < NR; i++) {
		p[i] = puppet_new(1);
		pids[i] = p[i]->pid;
	}
	struct pg_source *src = pg_source_procfs_open(&o, &err);
	const struct pg_procfs *procfs = (const struct pg_procfs *)src;
	cr_assert(src, "%s", err.text);
	for (int pass = 0; pass < 2; pass++) {
		struct pg_snapshot s = {0};
		cr_assert_eq(src->ops->next(src, &plan, &s, &err), PG_NEXT_OK);
		cr_assert_eq(procfs->nr_known, NR);
		uint64_t least = UINT64_MAX, most = 0;
		for (int i = 0; i < NR; i++) {
			uint64_t lead = procfs->mono_ns - procfs->known[i].swept_ns;
			least = lead < least ? lead : least;
			most = lead > most ? lead : most;
		}
		cr_expect_gt(most - least, PG_SWEEP_NS / 4, "pass %d", pass);
		cr_expect_leq(most, PG_SWEEP_NS / 8 * 7);
		pg_snapshot_free(&s);
		plan.glance = false;
	}
	src->ops->close(src);
	for (int i = 0; i < NR; i++)
		puppet_free(p[i]);
}

Test(source_sweep, the_sweep_finds_a_name_given_by_a_sibling)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){.sweep_ns = 1});
	look(&e);
	tell(p, 3, 'n');
	tell(p, 3, 'b'); /* so much is seen even if the machine has its time stolen */
	const struct pg_proc *now = look(&e);
	const struct pg_task *t = row_of(now, p->tids[1]);
	cr_expect_eq(t->comm.len, 7);
	cr_expect_eq(memcmp(pg_proc_str(now, t->comm), "renamed", 7), 0);
	eye_close(&e);
	puppet_free(p);
}

/* ---- the quick look ------------------------------------------------------------------------ */

/* A process that sleeps, and another one that shares its memory or its descriptors. */
struct twins {
	pid_t pid; /* of the sleeper */
	int to[2], from[2];
	int flags;
	char *memory;
};
#define TWIN_BYTES ((size_t)8 << 20)
#define TWIN_FILES 8

/* Runs without thread-local storage of its own. */
static int live_beside(void *arg)
{
	struct twins *t = arg;
	char c;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(t->to[0], &c, 1) == 1) {
		if (t->flags & CLONE_VM)
			memset(t->memory, 1, TWIN_BYTES);
		for (int i = 0; i < TWIN_FILES && (t->flags & CLONE_FILES); i++)
			dup(t->to[0]);
		if (write(t->from[1], &c, 1) != 1)
			break;
	}
	_exit(0);
}

static void twins_start(struct twins *t, int flags)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	char c = 0;
	t->flags = flags;
	cr_assert(pipe(t->to) == 0 && pipe(t->from) == 0);
	t->pid = fork();
	if (t->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		t->memory = mmap(NULL, TWIN_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (clone(live_beside, stack + sizeof(stack), flags | SIGCHLD, t) < 0 ||
		    write(t->from[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	cr_assert_eq(read(t->from[0], &c, 1), 1);
	await_rest(&(struct puppet){.pid = t->pid});
}

static void twins_act(struct twins *t)
{
	char c = '+';
	cr_assert_eq(write(t->to[1], &c, 1), 1);
	cr_assert_eq(read(t->from[0], &c, 1), 1);
}

static void twins_stop(struct twins *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(t->to[i]);
		close(t->from[i]);
	}
}

/*
 * The sweep of what stands still: statm, where descriptors need no file, and in each fourth the
 * leader's stat.
 */
static void expect_quick_look(struct eye *e)
{
	const struct pg_proc *was = e->now.procs[0];
	unsigned opened = 0;
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(look(e), was);
		cr_expect_eq(e->now.cost.tasks_read, 1);
		opened += e->now.cost.opened;
	}
	if (((const struct pg_procfs *)e->src)->traits.fd_size)
		cr_expect_eq(opened, 4 + 1);
}

Test(source_sweep, a_quick_look_finds_that_others_took_memory_or_opened_files)
{
	const int kinds[] = {CLONE_VM, CLONE_FILES};
	for (size_t i = 0; i < PG_ARRAY_LEN(kinds); i++) {
		struct twins t;
		struct eye e;
		twins_start(&t, kinds[i]);
		eye_open(&e, &t.pid, (struct pg_source_options){.sweep_ns = 1});
		look(&e);
		expect_quick_look(&e);
		twins_act(&t);
		const struct pg_proc *was = e.now.procs[0], *now = look(&e);
		cr_expect_eq(now->cpu_clock_ns, was->cpu_clock_ns, "it did not run");
		if (kinds[i] == CLONE_VM) {
			cr_expect_geq(now->rss_bytes, was->rss_bytes + TWIN_BYTES / 2);
			cr_expect_geq(now->peak_bytes, now->rss_bytes / 2, "read with it");
		} else {
			cr_expect_eq(now->fds, was->fds + TWIN_FILES);
		}
		expect_quick_look(&e);
		eye_close(&e);
		twins_stop(&t);
	}
}

/* Without a file: of the leader in each look, of the others when it is their turn. */
Test(source_sweep, a_quick_look_finds_another_nice_value)
{
	for (int nr = 5; nr <= THREADS_MAX; nr += THREADS_MAX - 5) {
		struct puppet *p = puppet_new(nr);
		struct eye e;
		eye_open(&e, &p->pid, (struct pg_source_options){.sweep_ns = 1});
		look(&e);
		expect_quick_look(&e);
		for (int i = 0; i < nr; i += nr - 1) {
			int32_t tid = p->tids[i];
			cr_assert_eq(setpriority(PRIO_PROCESS, (id_t)tid, nicer(5)), 0);
			cr_expect_eq(row_of(look(&e), tid)->nice, nicer(5), "thread %d of %d", i,
				     nr);
			expect_quick_look(&e);
		}
		eye_close(&e);
		puppet_free(p);
	}
}

/* prlimit(1) may give it more while it sleeps. */
Test(source_sweep, a_quick_look_finds_another_limit_of_descriptors)
{
	struct puppet *p = puppet_new(3);
	struct eye e;
	struct rlimit l;
	cr_assert_eq(prlimit(p->pid, RLIMIT_NOFILE, NULL, &l), 0);
	eye_open(&e, &p->pid, (struct pg_source_options){.sweep_ns = 1});
	cr_expect_eq(look(&e)->fd_limit, l.rlim_cur);
	expect_quick_look(&e);
	l.rlim_cur -= 3;
	cr_assert_eq(prlimit(p->pid, RLIMIT_NOFILE, &l, NULL), 0);
	cr_expect_eq(look(&e)->fd_limit, l.rlim_cur);
	expect_quick_look(&e);
	eye_close(&e);
	puppet_free(p);
}

/* ---- a lazy plan --------------------------------------------------------------------------- */

static bool has_status(const struct pg_proc *p, int32_t tid)
{
	return row_of(p, tid)->valid & PG_STATUS;
}

/* What a thread runs first takes memory, and then the peak is read, with all of status. */
static void warm_up(struct puppet *p, struct eye *e)
{
	for (int i = 0; i < p->nr; i++)
		tell(p, i, 'b');
	look(e);
}

Test(source_lazy, what_ran_keeps_what_status_told_of_its_process)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	e.plan.lazy_status = true;
	for (int i = 0; i < 5; i++)
		cr_expect(has_status(i ? e.now.procs[0] : look(&e), p->tids[i]));
	look(&e);
	cr_expect_eq(e.now.cost.opened, 0, "idle is idle");
	warm_up(p, &e);
	for (int i = 0; i < 3; i += 2) { /* the leader too */
		tell(p, i, 'b');
		const struct pg_proc *now = look(&e), *was = e.last.procs[0];
		cr_expect_gt(row_of(now, p->tids[i])->run_ns, row_of(was, p->tids[i])->run_ns);
		cr_expect_not(has_status(now, p->tids[i]), "thread %d", i);
		cr_expect_eq(now->valid, was->valid);
		cr_expect(now->valid & PG_STATUS);
		cr_expect_eq(now->peak_bytes, was->peak_bytes);
		cr_expect_gt(now->peak_bytes, 0);
		cr_expect_eq(now->uid, geteuid());
		cr_expect_gt(now->user.len, 0);
		cr_expect_eq(now->user.len, was->user.len);
	}
	eye_close(&e);
	puppet_free(p);
}

Test(source_lazy, what_somebody_looks_at_is_read)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	e.plan.lazy_status = true;
	e.plan.nr_focus = 1;
	e.plan.focus[0] = (struct pg_focus){.pid = p->pid, .tid = p->tids[3]};
	look(&e);
	for (int i = 0; i < 5; i++) {
		tell(p, 2, 'b');
		tell(p, 3, 'b');
		const struct pg_proc *now = look(&e);
		cr_expect_not(has_status(now, p->tids[2]));
		cr_expect(has_status(now, p->tids[3]));
		const struct pg_task *t = row_of(now, p->tids[3]);
		cr_expect_gt(t->voluntary_ctxt, row_of(e.last.procs[0], t->tid)->voluntary_ctxt);
	}
	eye_close(&e);
	puppet_free(p);
}

Test(source_lazy, the_sweep_reads_status_again)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	struct pg_procfs *src = (struct pg_procfs *)e.src;
	e.plan.lazy_status = true;
	look(&e);
	warm_up(p, &e);
	for (int i = 0; i < 4; i += 2) {
		tell(p, i, 'b');
		cr_expect_not(has_status(look(&e), p->tids[i]), "thread %d", i);
	}
	src->sweep_ns = 1;
	look(&e);
	for (int i = 0; i < 5; i++)
		cr_expect(has_status(e.now.procs[0], p->tids[i]), "thread %d", i);
	eye_close(&e);
	puppet_free(p);
}

static const struct pg_proc *look_for(struct eye *e, int32_t pid)
{
	turn(e);
	long at = pg_snapshot_find_pid(&e->now, pid);
	cr_assert_geq(at, 0);
	return e->now.procs[at];
}

static struct pg_known *known(struct eye *e, int32_t pid)
{
	struct pg_procfs *src = (struct pg_procfs *)e->src;
	for (size_t i = 0; i < src->nr_known; i++)
		if (src->known[i].pid == pid)
			return &src->known[i];
	cr_assert(false, "%d is not known", pid);
	abort();
}

/* A daemon gives up root soon after it was started. */
Test(source_lazy, a_young_process_is_read)
{
	struct eye e;
	eye_open(&e, NULL, (struct pg_source_options){0});
	e.plan.lazy_status = true;
	turn(&e);
	struct puppet *p = puppet_new(5);
	look_for(&e, p->pid);
	tell(p, 2, 'b');
	cr_expect(has_status(look_for(&e, p->pid), p->tids[2]));
	if (geteuid() == 0) {
		tell(p, 0, 'u');
		cr_expect_eq(look_for(&e, p->pid)->uid, 65534);
	}
	cr_expect_gt(known(&e, p->pid)->young_until_ns, e.now.mono_ns);
	known(&e, p->pid)->young_until_ns = e.now.mono_ns; /* time passes */
	tell(p, 2, 'b');
	cr_expect_not(has_status(look_for(&e, p->pid), p->tids[2]));
	eye_close(&e);
	puppet_free(p);
}

Test(source_lazy, who_gets_another_name_is_young_again)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	e.plan.lazy_status = true;
	look(&e);
	warm_up(p, &e);
	tell(p, 2, 'N');
	cr_expect_not(has_status(look(&e), p->tids[2]), "a thread's name says nothing");
	tell(p, 0, 'N');
	cr_expect(has_status(look(&e), p->pid));
	tell(p, 2, 'b');
	cr_expect(has_status(look(&e), p->tids[2]));
	eye_close(&e);
	puppet_free(p);
}

/* The leader's status was not read, and the owner of its directory is somebody else. */
Test(source_lazy, the_user_is_the_real_one_whoever_is_looked_at)
{
	if (geteuid() != 0)
		cr_skip_test("only root can be another user in part");
	struct puppet *p = puppet_new(5);
	struct eye e;
	tell(p, 0, 'U');
	eye_open(&e, &p->pid, (struct pg_source_options){0});
	e.plan.lazy_status = true;
	cr_expect_eq(look(&e)->uid, 0);
	warm_up(p, &e);
	e.plan.nr_focus = 1;
	e.plan.focus[0] = (struct pg_focus){.pid = p->pid, .tid = p->tids[3]};
	tell(p, 0, 'b');
	tell(p, 3, 'b');
	const struct pg_proc *now = look(&e);
	cr_expect_not(has_status(now, p->pid));
	cr_expect(has_status(now, p->tids[3]));
	cr_expect_eq(now->uid, 0);
	eye_close(&e);
	puppet_free(p);
}
