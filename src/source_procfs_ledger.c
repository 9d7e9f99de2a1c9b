/* SPDX-License-Identifier: MIT */
/*
 * Which threads of a process ran.
 *
 * The process CPU clock is the sum of the threads' run_ns (first field of schedstat) plus what the
 * ended ones had used (kernel/sched/cputime.c, thread_group_cputime()), to the nanosecond. So with
 *
 *     rest = clock - ended - sum of the rows
 *
 * a rest of 0 after the threads that were hot have been looked at proves that no other ran since
 * `ended` was taken: nothing else need be opened. A rest above 0 sends us through the others: all
 * of them in a process of few threads, else in rotation, within a budget a pass. What is then left
 * was used by threads that were not looked at, or by some that have ended meanwhile; the rows that
 * may be meant carry the time when they were last looked at. Once every row was looked at while the
 * rest stood still it is nobody's, and goes to `ended`.
 *
 * `ended` must not be too big, or it would hide the run of a thread; so it is taken from a clock
 * that was read before the rows. A large process is never quiet for as long as a look at all of it
 * takes: there the hot ones are looked at again between two equal clocks, and since that may be too
 * big, a round of looks follows that mends it.
 */
#include <string.h>

#include "source_procfs.h"

/* Below it all threads are looked at when the hot ones do not account for the clock. */
#define LARGE 64
/* The first look at all threads of a large process: those that run often are found at once. */
#define FIRST_LOOKS_MAX 20000
/* A round that only confirms takes its time. */
#define CONFIRMING_LOOKS 200
#define CLOCK_TRIES      3

bool pg_ledger_is_large(const struct pg_proc *p)
{
	return p->nr_tasks > LARGE;
}

struct finding {
	struct pg_reading *r;
	struct pg_known *e;
	const struct pg_proc *was;
	uint64_t sum_ns; /* of all rows, with the looks of this pass */
	uint32_t nr_looked;
	bool vanished;
};

static int64_t rest_of(const struct finding *f, uint64_t clock)
{
	return (int64_t)(clock - f->e->ledger.ended_ns - f->sum_ns);
}

static struct pg_look *look_of(const struct pg_reading *r, uint32_t row)
{
	uint32_t n = pg_marks(r)[row] & PG_MARK_LOOK;
	struct pg_look *looks = (struct pg_look *)(void *)r->sc->looks.data;
	return n ? &looks[n - 1] : NULL;
}

/* A first look at a row in this pass, or another one. */
static void look_at(struct finding *f, uint32_t row)
{
	struct pg_reading *r = f->r;
	uint32_t *mark = &pg_marks(r)[row];
	const struct pg_task *was = &f->was->tasks[row];
	struct pg_look now = {.row = row}, *earlier = look_of(r, row);
	if (*mark & PG_MARK_GONE)
		return;
	int ran = pg_row_look(r, was, &now);
	if (ran < 0) {
		*mark |= PG_MARK_GONE;
		f->vanished = true;
		pg_hot_forget(&r->src->keep, r->hot, was->tid);
		return;
	}
	f->sum_ns += now.run_ns - (earlier ? earlier->run_ns : was->run_ns);
	if (earlier) {
		*earlier = now;
	} else {
		pg_buf_put(&r->sc->looks, &now, sizeof(now));
		*mark |= (uint32_t)(r->sc->looks.len / sizeof(now));
		f->nr_looked++;
	}
	if (ran)
		pg_hot_heat(r->hot, was->tid);
}

/* Row of a thread; the leader stands first, the others by number. NO_ROW: it is not there. */
#define NO_ROW UINT32_MAX
static uint32_t row_of(const struct pg_proc *p, int32_t tid)
{
	uint32_t lo = 1, hi = p->nr_tasks;
	if (p->tasks[0].tid == tid)
		return 0;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (p->tasks[mid].tid < tid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->nr_tasks && p->tasks[lo].tid == tid ? lo : NO_ROW;
}

static void look_at_hot(struct finding *f)
{
	/* Looking may forget an entry, and never adds one that is not hot already. */
	struct pg_hot *h = f->r->hot;
	for (size_t i = 0; i < h->nr;) {
		int32_t tid = h->tasks[i].tid;
		uint32_t row = row_of(f->was, tid);
		if (row == NO_ROW)
			pg_hot_forget(&f->r->src->keep, h, tid);
		else
			look_at(f, row);
		i += i < h->nr && h->tasks[i].tid == tid;
	}
}

/*
 * The hot ones between two equal clocks, if they can be had. *clock: read before them; becomes the
 * last one that was. True if it was still the same after them.
 */
static bool look_at_hot_at_rest(struct finding *f, uint64_t *clock)
{
	for (int i = 0; i < CLOCK_TRIES; i++) {
		uint64_t after;
		look_at_hot(f);
		if (!pg_procfs_clock(f->was->pid, &after))
			return false;
		if (after == *clock)
			return true;
		*clock = after;
	}
	return false;
}

static void look_at_all(struct finding *f)
{
	for (uint32_t i = 0; i < f->was->nr_tasks; i++)
		if (!(pg_marks(f->r)[i] & PG_MARK_LOOK))
			look_at(f, i);
}

/* ---- few threads -------------------------------------------------------------------------------
 */

static void find_in_small(struct finding *f, uint64_t clock)
{
	struct pg_ledger *l = &f->e->ledger;
	bool proven = false;
	if (f->was->nr_tasks > 1 && f->r->hot->nr > 0)
		proven = look_at_hot_at_rest(f, &clock) && rest_of(f, clock) == 0;
	if (!proven) {
		look_at_all(f);
		l->ended_ns = clock - f->sum_ns;
	}
	l->rest_ns = 0;
}

/* ---- many
 * ---------------------------------------------------------------------------------------- */

/* Goes on through the rows that were not looked at, until nothing is missing or `reads` are spent.
 */
static void rotate(struct finding *f, uint64_t clock, uint32_t reads, bool to_the_end)
{
	struct pg_ledger *l = &f->e->ledger;
	uint32_t nr = f->was->nr_tasks, *budget = &f->r->src->look_budget;
	for (uint32_t i = 0; i < nr && reads > 0 && l->round > 0; i++) {
		if (!to_the_end && rest_of(f, clock) <= 0)
			break;
		uint32_t row = l->cursor++ % nr;
		l->round--;
		if (pg_marks(f->r)[row] & PG_MARK_LOOK)
			continue;
		look_at(f, row);
		reads--;
		*budget -= *budget > 0;
	}
	l->cursor %= nr;
}

static uint32_t looks_allowed(const struct finding *f)
{
	const struct pg_procfs *src = f->r->src;
	uint32_t share = src->nr_large > 1 ? PG_LOOK_BUDGET / src->nr_large : PG_LOOK_BUDGET;
	if (!f->e->ledger.rotated)
		return FIRST_LOOKS_MAX;
	if (share < LARGE)
		share = LARGE;
	return share < src->look_budget ? share : src->look_budget;
}

/* Takes `ended` from the hot ones at rest, as it may then be too big a round has to confirm it. */
static void settle(struct finding *f)
{
	struct pg_ledger *l = &f->e->ledger;
	uint64_t clock;
	if (!pg_procfs_clock(f->was->pid, &clock))
		return;
	look_at_hot_at_rest(f, &clock);
	l->ended_ns = clock - f->sum_ns;
	l->rest_ns = 0;
	l->round = f->was->nr_tasks;
}

static void find_in_large(struct finding *f, uint64_t clock)
{
	struct pg_ledger *l = &f->e->ledger;
	uint32_t allowed = looks_allowed(f);
	bool still = look_at_hot_at_rest(f, &clock);
	int64_t rest = rest_of(f, clock);
	if (rest < 0 && !still)
		return; /* the clock never stood: the next pass sees what is left */
	if (rest < 0) {
		l->ended_ns += (uint64_t)rest; /* it was too big */
		rest = 0;
	}
	l->restarted = (uint64_t)rest > l->rest_ns;
	if (l->restarted) /* somebody ran since: all are in question again */
		l->round = f->was->nr_tasks;
	if (rest > 0)
		rotate(f, clock, allowed, !l->rotated);
	else
		rotate(f, clock, allowed < CONFIRMING_LOOKS ? allowed : CONFIRMING_LOOKS, true);
	if (!l->rotated && f->nr_looked >= f->was->nr_tasks) {
		settle(f);
		l->rotated = true;
		return;
	}
	/* What was found may have run on after the clock was read: below 0 says nothing here. */
	rest = rest_of(f, clock);
	if (rest > 0 && l->round == 0) {
		l->ended_ns += (uint64_t)rest; /* it is nobody's */
		rest = 0;
	}
	l->rest_ns = rest > 0 ? (uint64_t)rest : 0;
	l->rotated |= l->round == 0;
}

/* ---- for pg_procfs_update()
 * ---------------------------------------------------------------------- */

bool pg_ledger_find(struct pg_reading *r, struct pg_known *e, uint64_t clock)
{
	struct finding f = {.r = r, .e = e, .was = e->block, .sum_ns = e->ledger.sum_ns};
	e->ledger.restarted = false;
	if (pg_ledger_is_large(f.was))
		find_in_large(&f, clock);
	else
		find_in_small(&f, clock);
	e->ledger.sum_ns = f.sum_ns;
	return f.vanished;
}

static uint64_t sum_of(const struct pg_proc *p)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		sum += p->tasks[i].run_ns;
	return sum;
}

void pg_ledger_start(struct pg_known *e, uint64_t clock)
{
	uint64_t sum = sum_of(e->block);
	e->ledger = (struct pg_ledger){
		.sum_ns = sum, .ended_ns = clock - sum, .round = e->block->nr_tasks};
}

void pg_ledger_close(struct pg_known *e, uint64_t dropped_ns, bool regrouped, uint64_t clock)
{
	struct pg_ledger *l = &e->ledger;
	if (regrouped && !pg_ledger_is_large(e->block)) {
		pg_ledger_start(e, clock);
		return;
	}
	l->ended_ns += dropped_ns;
	l->sum_ns = sum_of(e->block);
	if (l->cursor >= e->block->nr_tasks)
		l->cursor = 0;
	if (l->round > e->block->nr_tasks)
		l->round = e->block->nr_tasks;
}
