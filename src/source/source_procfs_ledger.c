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
 * Threads run on while they are looked at. So there are two rests: with the clock from before the
 * hot ones it is too small by what they ran meanwhile, with the one from after them too big, and
 * only if both clocks are equal it is exact. What proves that nobody ran takes the big one; what is
 * given to `ended`, and what a later rest is compared with, the small one.
 *
 * `ended` must not be too big, or it would hide the run of a thread. A large process is never quiet
 * for as long as a look at all of it takes: after that `ended` is taken from the hot ones alone,
 * and since that may be too big, a round of looks follows that mends it.
 */
#include <string.h>

#include "source_procfs_impl.h"

/* Below it all threads are looked at when the hot ones do not account for the clock. */
#define LARGE 64
/* The first look at all threads of a large process: those that run often are found at once. */
#define FIRST_LOOKS_MAX 20000
/* Even if the budget is spent by processes of lower numbers. */
#define LOOKS_LEAST 8
/* A round that only confirms takes its time. */
#define CONFIRMING_LOOKS 50
/* The hot ones are looked at again, to find them at rest, until so many looks were spent. */
#define RETRY_LOOKS  128
#define CLOCK_TRIES  3
#define SETTLE_TRIES 10

bool pg_ledger_is_large(uint32_t nr_tasks)
{
	return nr_tasks > LARGE;
}

struct finding {
	struct pg_reading *r;
	struct pg_known *e;
	const struct pg_proc *was;
	uint64_t sum_ns;        /* of all rows, with the looks of this pass */
	uint64_t before, after; /* clocks around the last look at the hot ones */
	uint32_t nr_looked;
	bool vanished;
};

/* What threads that were not looked at have used since they were, and ended ones, at most. */
static int64_t rest_at_most(const struct finding *f)
{
	return (int64_t)(f->after - f->e->ledger.ended_ns - f->sum_ns);
}

/* The same, at least: less what those that were looked at have used since f->before. */
static int64_t rest_at_least(const struct finding *f)
{
	return (int64_t)(f->before - f->e->ledger.ended_ns - f->sum_ns);
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

/* The hot ones between two clocks, which are equal if that can be had. f->after: read already. */
static void look_at_hot_at_rest(struct finding *f, size_t tries)
{
	for (size_t i = 0, looks = 0; i < tries && looks < RETRY_LOOKS; i++) {
		f->before = f->after;
		look_at_hot(f);
		looks += f->r->hot->nr;
		if (!pg_procfs_clock(f->was->pid, &f->after) || f->after == f->before)
			return;
	}
}

static void look_at_all(struct finding *f)
{
	for (uint32_t i = 0; i < f->was->nr_tasks; i++)
		if (!(pg_marks(f->r)[i] & PG_MARK_LOOK))
			look_at(f, i);
}

/* ---- few threads ------------------------------------------------------------------------- */

static void find_in_small(struct finding *f)
{
	struct pg_ledger *l = &f->e->ledger;
	bool proven = false;
	if (f->was->nr_tasks > 1 && f->r->hot->nr > 0) {
		look_at_hot_at_rest(f, CLOCK_TRIES);
		proven = f->before == f->after && rest_at_most(f) == 0;
	}
	if (!proven) {
		look_at_all(f);
		l->ended_ns = f->before - f->sum_ns;
	}
	l->rest_ns = 0;
}

/* ---- many -------------------------------------------------------------------------------- */

/* Goes on through the rows that were not looked at, until nothing is missing or `reads` are spent.
 */
static void rotate(struct finding *f, uint32_t reads, bool to_the_end)
{
	struct pg_ledger *l = &f->e->ledger;
	uint32_t nr = f->was->nr_tasks, *budget = &f->r->src->look_budget;
	for (uint32_t i = 0; i < nr && reads > 0 && l->round > 0; i++) {
		if (!to_the_end && rest_at_most(f) <= 0)
			break;
		uint32_t row = l->cursor++ % nr;
		l->round--;
		if (pg_marks(f->r)[row] & PG_MARK_LOOK)
			continue;
		look_at(f, row);
		reads--;
		*budget -= *budget > 0;
	}
	l->rotated |= l->cursor >= nr;
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
	if (share > src->look_budget)
		share = src->look_budget;
	return share > LOOKS_LEAST ? share : LOOKS_LEAST; /* all of them get on */
}

/* Takes `ended` from the hot ones; as it may then be too big a round has to confirm it. */
static void settle(struct finding *f)
{
	struct pg_ledger *l = &f->e->ledger;
	look_at_hot_at_rest(f, SETTLE_TRIES);
	l->ended_ns = f->before - f->sum_ns;
	l->round = f->was->nr_tasks;
}

/* The clock was read after all looks, so `ended` was too big if they say more than it. */
static void lower_ended(struct finding *f)
{
	struct pg_ledger *l = &f->e->ledger;
	if (rest_at_most(f) >= 0)
		return;
	l->ended_ns += (uint64_t)rest_at_most(f);
	l->round = f->was->nr_tasks; /* it may be too big yet */
}

/* Those that were found may have run on since the clock: what it says is then too little. */
static void look_again(struct finding *f)
{
	struct pg_ledger *l = &f->e->ledger;
	if (rest_at_most(f) >= 0)
		return;
	look_at_hot_at_rest(f, CLOCK_TRIES);
	lower_ended(f);
	l->restarted |= rest_at_most(f) > 0;
}

static void find_in_large(struct finding *f)
{
	struct pg_ledger *l = &f->e->ledger;
	uint32_t allowed = looks_allowed(f), nr = f->was->nr_tasks;
	bool first = !l->rotated;
	look_at_hot_at_rest(f, CLOCK_TRIES);
	lower_ended(f);
	l->restarted = rest_at_most(f) > 0 && rest_at_most(f) > l->least_ns;
	if (l->restarted) /* somebody may have run since: all are in question again */
		l->round = nr;
	if (rest_at_most(f) > 0)
		rotate(f, allowed, !l->rotated);
	else
		rotate(f, allowed < CONFIRMING_LOOKS ? allowed : CONFIRMING_LOOKS, true);
	if (first && f->nr_looked >= nr)
		settle(f);
	else
		look_again(f);
	if (l->round == 0 && rest_at_least(f) > 0)
		l->ended_ns += (uint64_t)rest_at_least(f); /* it is nobody's */
	l->least_ns = rest_at_least(f);
	l->rest_ns = rest_at_most(f) > 0 ? (uint64_t)rest_at_most(f) : 0;
}

/* ---- for pg_procfs_update() -------------------------------------------------------------- */

bool pg_ledger_find(struct pg_reading *r, struct pg_known *e, uint64_t clock)
{
	struct finding f = {.r = r,
			    .e = e,
			    .was = e->block,
			    .sum_ns = e->ledger.sum_ns,
			    .before = clock,
			    .after = clock};
	if (pg_ledger_is_large(f.was->nr_tasks))
		find_in_large(&f);
	else
		find_in_small(&f);
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
	if (regrouped && !pg_ledger_is_large(e->block->nr_tasks)) {
		pg_ledger_start(e, clock);
		return;
	}
	uint64_t sum = sum_of(e->block);
	l->ended_ns += dropped_ns;
	l->least_ns -= (int64_t)(sum + dropped_ns - l->sum_ns); /* of rows that were not there */
	l->sum_ns = sum;
	l->restarted = false;
	if (l->cursor >= e->block->nr_tasks)
		l->cursor = 0;
	if (l->round > e->block->nr_tasks)
		l->round = e->block->nr_tasks;
}
