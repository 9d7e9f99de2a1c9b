/* SPDX-License-Identifier: MIT */
/*
 * gate_against_full [-p] [-l] [SECONDS]: gated passes and full ones side by side, on all that runs
 * here.
 *
 * Each round reads the CPU clock of each process, takes a gated pass (of two sources, with a slow
 * and with a swift sweep) and a full one, in turns, and reads the clocks again. Processes whose
 * clock stood still meanwhile are compared, field by field, thread by thread (compare.h). A
 * difference must be one of those that are documented, and with the swift sweep it must be gone
 * after a sweep. Beside what runs anyhow, actors do what is known to be difficult. -p: whole
 * processes instead of threads. -l: a lazy plan, with which the status of what ran may be missing
 * until the next sweep. Counts are printed; exit 1 if anything is wrong.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "actors.h"
#include "compare.h"
#include "source/source.h"

#define NS_PER_MS UINT64_C(1000000)
/* The clock of what is on a CPU moves at ticks, which are 10 ms apart at most. */
#define TICKS_MS       25
#define SWIFT_SWEEP_NS (600 * NS_PER_MS)
#define SLOW_SWEEP_NS  (3600 * PG_NS_PER_SEC)
#define TOLD           20 /* differences that are printed */

/* ---- the three sources --------------------------------------------------------------------- */

/* A difference that was seen in the last round, and may not last. */
struct pending {
	struct diff d;
	uint64_t since_ns; /* when the full pass first had this value */
	uint64_t round;    /* when it was seen last */
};

struct watch {
	const char *name;
	struct pg_source *src;
	uint64_t sweep_ns;
	struct pg_snapshot last, now;
	uint64_t step_ns; /* from last to now */
	struct pending *pending;
	size_t nr_pending, cap_pending;
	unsigned long counts[DIFF_CLASSES];
	unsigned long carried, carried_of_others;
};

struct test {
	struct pg_plan plan;
	struct watch full, slow, swift;
	struct watch *judged; /* of slow and swift */
	uint64_t round;
	unsigned long procs, rows, orders, refused;
	unsigned told;
};

static _Noreturn void failed(const char *what)
{
	fprintf(stderr, "gate_against_full: %s\n", what);
	exit(1);
}

static void watch_open(struct watch *w, const char *name, bool full, uint64_t sweep_ns)
{
	const struct pg_source_options o = {.root = "/proc", .full = full, .sweep_ns = sweep_ns};
	struct pg_error err = {""};
	*w = (struct watch){.name = name, .sweep_ns = sweep_ns};
	w->src = pg_source_procfs_open(&o, &err);
	if (!w->src)
		failed(err.text);
}

static void watch_pass(struct test *t, struct watch *w)
{
	struct pg_error err = {""};
	struct pg_snapshot spare = w->last;
	w->last = w->now;
	w->now = spare;
	pg_snapshot_clear(&w->now);
	if (w->src->ops->next(w->src, &t->plan, &w->now, &err) != PG_NEXT_OK)
		failed(err.text);
	w->step_ns = w->last.mono_ns ? w->now.mono_ns - w->last.mono_ns : 0;
}

static void watch_close(struct watch *w)
{
	pg_snapshot_free(&w->last);
	pg_snapshot_free(&w->now);
	w->src->ops->close(w->src);
	free(w->pending);
}

static const struct pg_proc *proc_in(const struct pg_snapshot *s, int32_t pid)
{
	long i = pg_snapshot_find_pid(s, pid);
	return i < 0 ? NULL : s->procs[i];
}

/* ---- what may differ ----------------------------------------------------------------------- */

static char state_in(const struct pg_snapshot *s, struct pg_key key)
{
	struct pg_place at = pg_snapshot_find(s, key);
	return at.task && at.task->state ? at.task->state : '-';
}

static void tell(struct test *t, const struct diff *d, const char *why)
{
	const struct watch *w = t->judged;
	const struct pg_proc *p = proc_in(&t->full.now, d->key.pid);
	const struct pg_proc *gate = proc_in(&w->now, d->key.pid);
	if (t->told++ >= TOLD)
		return;
	printf("round %llu, %s sweep (%s, %s than full): %s: %.*s pid %d tid %d (%c, full %c): %s "
	       "is %llu, full %llu\n",
	       (unsigned long long)t->round, w->name,
	       gate && gate == proc_in(&w->last, d->key.pid) ? "carried" : "read",
	       w->now.mono_ns > t->full.now.mono_ns ? "later" : "earlier", why,
	       p ? (int)p->tasks[0].comm.len : 0, p ? pg_proc_str(p, p->tasks[0].comm) : "",
	       d->key.pid, d->key.tid, state_in(&w->now, d->key), state_in(&t->full.now, d->key),
	       d->field, (unsigned long long)d->gate, (unsigned long long)d->full);
}

static struct pending *pending_of(struct watch *w, const struct diff *d)
{
	for (size_t i = 0; i < w->nr_pending; i++) {
		struct pending *p = &w->pending[i];
		if (pg_key_cmp(&p->d.key, &d->key) == 0 && p->d.field == d->field)
			return p;
	}
	w->pending = pg_grow(w->pending, &w->cap_pending, w->nr_pending + 1, sizeof(*w->pending));
	struct pending *p = &w->pending[w->nr_pending++];
	*p = (struct pending){.d = *d};
	return p;
}

/* How long the very same difference may be there. The sweep is not for what nobody misses. */
static uint64_t allowed_ns(const struct watch *w, const struct diff *d)
{
	switch (d->cls) {
	case DIFF_PARENT: /* in no later round */
		return 0;
	case DIFF_CPU:
	case DIFF_SHORT:
	case DIFF_PEAK:
	case DIFF_KEPT:
		return UINT64_MAX;
	default:
		return w->sweep_ns + w->step_ns;
	}
}

static void found(void *arg, const struct diff *d)
{
	struct test *t = arg;
	struct watch *w = t->judged;
	if (d->cls == DIFF_WRONG || (d->cls == DIFF_STATUS && !t->plan.lazy_status)) {
		w->counts[DIFF_WRONG]++;
		tell(t, d, "wrong");
		return;
	}
	struct pending *p = pending_of(w, d);
	bool lasts = p->round + 1 == t->round && p->d.full == d->full;
	if (!lasts)
		p->since_ns = w->now.mono_ns;
	p->d = *d;
	p->round = t->round;
	if (lasts && w->now.mono_ns - p->since_ns > allowed_ns(w, d)) {
		w->counts[DIFF_WRONG]++;
		tell(t, d, "not found in time");
		return;
	}
	w->counts[d->cls] += !lasts;
}

static void forget_old(struct watch *w, uint64_t round)
{
	size_t kept = 0;
	for (size_t i = 0; i < w->nr_pending; i++)
		if (w->pending[i].round == round)
			w->pending[kept++] = w->pending[i];
	w->nr_pending = kept;
}

/* ---- the clocks ---------------------------------------------------------------------------- */

struct candidate {
	int32_t pid;
	bool still;
	uint64_t clock_ns;
};

struct candidates {
	struct candidate *all;
	size_t nr, cap;
};

/* clock_getcpuclockid(3), written out: it is what the gate goes by, but not by its code. */
static bool cpu_clock(int32_t pid, uint64_t *ns)
{
	struct timespec ts;
	if (clock_gettime((clockid_t)((~(unsigned)pid << 3) | 2), &ts) < 0)
		return false;
	*ns = (uint64_t)ts.tv_sec * PG_NS_PER_SEC + (uint64_t)ts.tv_nsec;
	return true;
}

static void list_candidates(struct candidates *c)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	c->nr = 0;
	while (dir && (e = readdir(dir))) {
		struct candidate one = {.pid = atoi(e->d_name), .still = true};
		if (one.pid <= 0 || one.pid == getpid() || !cpu_clock(one.pid, &one.clock_ns))
			continue;
		c->all = pg_grow(c->all, &c->cap, c->nr + 1, sizeof(*c->all));
		c->all[c->nr++] = one;
	}
	if (dir)
		closedir(dir);
}

static void drop_moved(struct candidates *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		uint64_t now;
		struct candidate *one = &c->all[i];
		one->still &= cpu_clock(one->pid, &now) && now == one->clock_ns;
	}
}

/* ---- a round ------------------------------------------------------------------------------- */

static void compare_all(struct test *t, struct watch *w, const struct candidates *c)
{
	t->judged = w;
	for (size_t i = 0; i < c->nr; i++) {
		int32_t pid = c->all[i].pid;
		if (!c->all[i].still)
			continue;
		const struct pg_proc *full = proc_in(&t->full.now, pid);
		const struct pg_proc *gate = proc_in(&w->now, pid);
		compare_procs(gate, full, found, t);
		t->procs++;
		t->rows += full ? full->nr_tasks : 0;
		if (gate && gate == proc_in(&w->last, pid)) {
			w->carried++;
			w->carried_of_others += gate->uid != geteuid();
		}
	}
	forget_old(w, t->round);
}

static void one_round(struct test *t, struct candidates *c)
{
	struct watch *order[] = {&t->full, &t->slow, &t->swift};
	const struct timespec ticks = {.tv_nsec = (long)(TICKS_MS * NS_PER_MS)};
	t->round++;
	list_candidates(c);
	for (size_t i = 0; i < 3; i++)
		watch_pass(t, order[(t->round + i) % 3]);
	drop_moved(c);
	/* What was on a CPU all the while has moved by the next tick, and is nothing to compare. */
	nanosleep(&ticks, NULL);
	drop_moved(c);
	compare_all(t, &t->slow, c);
	compare_all(t, &t->swift, c);
}

/* ---- the actors ---------------------------------------------------------------------------- */

/* What each does, one order a round; '.' is none; at the end it is another of its kind. */
static struct role {
	const char *argv[5];
	const char *orders;
	struct actor actor;
	size_t next;
} roles[] = {
	{.argv = {"grow_rss", "120", "256", "0"}, .orders = "+++++++++++++++"},
	{.argv = {"renice_child", "120"}, .orders = "npntnp..npn....tp"},
	{.argv = {"rename_sibling", "120"}, .orders = "nn...nn.n...."},
	{.argv = {"orphans", "120", "8"}, .orders = "d.z.ddzu.dz.."},
	{.argv = {"sharer", "120", "files"}, .orders = "++-.+-++......---"},
	{.argv = {"sharer", "120", "memory"}, .orders = "+++-.-.-+.+....."},
	{.argv = {"leader_exit", "120", "told"}, .orders = "...e.."},
};

static void tell_actors(struct test *t)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(roles); i++) {
		struct role *r = &roles[i];
		char order = r->orders[r->next++];
		if (order == '\0') {
			actor_stop(&r->actor);
			actor_start(&r->actor, r->argv);
			r->next = 0;
		} else if (order != '.') {
			bool done = actor_tell(&r->actor, order);
			t->orders += done;
			t->refused += !done;
		}
	}
}

/* ---- the verdict --------------------------------------------------------------------------- */

static bool judge(const struct watch *w)
{
	printf("%s sweep: %lu blocks taken over (%lu of other users); differences:", w->name,
	       w->carried, w->carried_of_others);
	for (int i = 0; i < DIFF_CLASSES; i++)
		printf(" %s %lu%s", diff_names[i], w->counts[i], i + 1 < DIFF_CLASSES ? "," : "\n");
	if (w->counts[DIFF_WRONG])
		return false;
	if (w->carried == 0 || (geteuid() != 0 && w->carried_of_others == 0)) {
		puts("nothing was taken over: is there no gate?");
		return false;
	}
	return true;
}

/* So many rounds with orders, then some without, in which what they changed must be found. */
#define BURST 8

static void quiet_rounds(struct test *t, struct candidates *c)
{
	uint64_t since_ns = t->swift.now.mono_ns;
	/* One more after the time is up: who is found late is told by it. */
	for (int late = 0; late<2; late += t->swift.now.mono_ns - since_ns> t->swift.sweep_ns +
			   2 * t->swift.step_ns)
		one_round(t, c);
}

static void run(struct test *t, unsigned seconds)
{
	struct candidates c = {0};
	uint64_t end = pg_clock_ns(CLOCK_MONOTONIC) + seconds * PG_NS_PER_SEC;
	for (size_t i = 0; i < PG_ARRAY_LEN(roles); i++)
		actor_start(&roles[i].actor, roles[i].argv);
	do {
		for (int i = 0; i < BURST; i++) {
			one_round(t, &c);
			tell_actors(t);
		}
		quiet_rounds(t, &c);
	} while (pg_clock_ns(CLOCK_MONOTONIC) < end);
	for (size_t i = 0; i < PG_ARRAY_LEN(roles); i++)
		actor_stop(&roles[i].actor);
	free(c.all);
}

int main(int argc, char *argv[])
{
	struct test t = {.plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS}};
	unsigned seconds = 10;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-p") == 0)
			t.plan.scope = PG_SCOPE_PROCESS;
		else if (strcmp(argv[i], "-l") == 0)
			t.plan.lazy_status = true;
		else
			seconds = (unsigned)atoi(argv[i]);
	}
	watch_open(&t.full, "no", true, 0);
	watch_open(&t.slow, "slow", false, SLOW_SWEEP_NS);
	watch_open(&t.swift, "swift", false, SWIFT_SWEEP_NS);
	run(&t, seconds);
	printf("%llu rounds, %lu processes, %lu rows compared; %lu orders obeyed, %lu refused\n",
	       (unsigned long long)t.round, t.procs, t.rows, t.orders, t.refused);
	bool well = judge(&t.slow);
	well &= judge(&t.swift);
	well &= t.orders > 0;
	well &= t.plan.lazy_status == (t.slow.counts[DIFF_STATUS] > 0);
	watch_close(&t.full);
	watch_close(&t.slow);
	watch_close(&t.swift);
	return well ? 0 : 1;
}
