/* SPDX-License-Identifier: MIT */
/*
 * The book against two snapshots. Each life meets one of four fates:
 *
 *   in cur             its exit, if there was one, is kept until it has gone: a zombie
 *   in prev, not cur   it has gone: its exit code is told
 *   in neither         brief, if it was born and has exited in time; kept if its exit is still to
 *                      come, or came after cur's stamp
 *   none of these      forgotten
 *
 * Who is in neither may also be one that the snapshots leave out (hidepid, a selection). It has
 * outlived a snapshot, from its stamp to its end, without standing in it, and so is told from one
 * that was born, or died, while the snapshot was taken.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "births_impl.h"

/* An exit is told shortly after the task has left /proc, and we read events shortly after that. */
#define LATE_NS (50 * UINT64_C(1000000))

enum fate { FORGET, KEEP, GONE, BRIEF };

struct settle {
	struct pg_brief_context c;
	struct pg_births *b;
	struct pg_told *told;
	bool report;
	size_t endings_cap, brief_cap, codes_cap;
};

/* ---- life and row ---------------------------------------------------------------------------- */

static bool same_life(const struct pg_brief_context *c, const struct pg_life *l,
		      const struct pg_task *t)
{
	if (pg_life_is_guess(l))
		return t->state == 'Z';
	if (t->start == 0) /* unreadable */
		return true;
	if (!l->born_ns)
		return t->start <= pg_brief_tick(c, l->exit_ns);
	uint64_t tick = pg_brief_tick(c, l->born_ns);
	return t->start == tick || t->start + 1 == tick;
}

/* Its row in a snapshot, or NULL. */
static const struct pg_task *row_of(const struct pg_brief_context *c, const struct pg_snapshot *s,
				    const struct pg_life *l)
{
	long at = s ? pg_snapshot_find_pid(s, l->tgid) : -1;
	if (at < 0)
		return NULL;
	const struct pg_proc *p = s->procs[at];
	/* Rows are sorted, but for the leader, who stands first if he is there. */
	size_t lo = p->nr_tasks > 0 && p->tasks[0].tid == p->pid, hi = p->nr_tasks;
	if (l->tid == p->pid)
		return lo && same_life(c, l, &p->tasks[0]) ? &p->tasks[0] : NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (p->tasks[mid].tid < l->tid)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->nr_tasks && p->tasks[lo].tid == l->tid; lo++)
		if (same_life(c, l, &p->tasks[lo]))
			return &p->tasks[lo];
	return NULL;
}

/* It lived through the whole of prev without standing in it. */
static bool is_hidden(const struct settle *s, const struct pg_life *l)
{
	return s->c.prev && l->born_ns <= s->c.prev->mono_ns &&
	       l->exit_ns > s->b->settled_ns + LATE_NS;
}

static enum fate fate_in_neither(const struct settle *s, struct pg_life *l)
{
	uint64_t stamp = s->c.cur->mono_ns;
	if (!l->born_ns)
		return FORGET;
	if (l->exit_ns > stamp || (!l->exit_ns && l->born_ns > stamp))
		return KEEP;
	if (l->exit_ns)
		return s->report && !is_hidden(s, l) && pg_brief_is_wanted(&s->c, l) ? BRIEF
										     : FORGET;
	if (l->waited)
		return FORGET;
	l->waited = true;
	return KEEP;
}

static enum fate fate_of(const struct settle *s, struct pg_life *l, const struct pg_task **was)
{
	if (row_of(&s->c, s->c.cur, l)) {
		l->seen = true;
		bool is_over = l->exit_ns || pg_life_is_guess(l);
		return is_over || l->born_ns > s->c.cur->mono_ns ? KEEP : FORGET;
	}
	*was = row_of(&s->c, s->c.prev, l);
	if (*was)
		return l->exit_ns || pg_life_is_guess(l) ? GONE : FORGET;
	return fate_in_neither(s, l);
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void tell_ending(struct settle *s, const struct pg_life *l, const struct pg_task *was)
{
	struct pg_told *t = s->told;
	if (l->exit_code < 0)
		return;
	t->endings = pg_grow(t->endings, &s->endings_cap, t->nr_endings + 1, sizeof(*t->endings));
	t->endings[t->nr_endings++] = (struct pg_ending){
		.key = {.pid = l->tgid, .tid = l->tid, .start = was->start},
		.exit_code = l->exit_code,
	};
}

static void tell_brief(struct settle *s, const struct pg_life *l)
{
	struct pg_told *t = s->told;
	if (t->nr_brief >= s->b->max_listed) {
		pg_births_count(s->b, l);
		return;
	}
	t->brief = pg_grow(t->brief, &s->brief_cap, t->nr_brief + 1, sizeof(struct pg_proc *));
	t->brief_codes =
		pg_grow(t->brief_codes, &s->codes_cap, t->nr_brief + 1, sizeof(*t->brief_codes));
	t->brief_codes[t->nr_brief] = l->exit_code;
	t->brief[t->nr_brief++] = pg_brief_block(&s->c, l);
}

static int cmp_endings(const void *a, const void *b)
{
	return pg_key_cmp(&((const struct pg_ending *)a)->key, &((const struct pg_ending *)b)->key);
}

struct brief {
	struct pg_proc *proc;
	int code;
};

static int cmp_brief(const void *a, const void *b)
{
	const struct pg_proc *x = ((const struct brief *)a)->proc;
	const struct pg_proc *y = ((const struct brief *)b)->proc;
	int order = pg_proc_cmp(x, y);
	return order ? order : pg_task_cmp(x->pid, &x->tasks[0], &y->tasks[0]);
}

static void sort_told(struct pg_told *t)
{
	if (t->nr_endings)
		qsort(t->endings, t->nr_endings, sizeof(*t->endings), cmp_endings);
	struct brief *all = pg_calloc(t->nr_brief + 1, sizeof(*all));
	for (size_t i = 0; i < t->nr_brief; i++)
		all[i] = (struct brief){.proc = t->brief[i], .code = t->brief_codes[i]};
	qsort(all, t->nr_brief, sizeof(*all), cmp_brief);
	for (size_t i = 0; i < t->nr_brief; i++) {
		t->brief[i] = all[i].proc;
		t->brief_codes[i] = all[i].code;
	}
	free(all);
}

static void tell_rest(struct settle *s)
{
	struct pg_births *b = s->b;
	if (s->report && b->nr_rest) {
		s->told->rest = pg_realloc(NULL, b->nr_rest, sizeof(*b->rest));
		memcpy(s->told->rest, b->rest, b->nr_rest * sizeof(*b->rest));
		s->told->nr_rest = b->nr_rest;
	}
	pg_births_forget_rest(b);
}

/* Only now: while the others were settled they might have asked for these. */
static void take_out(struct pg_births *b)
{
	size_t kept = 0;
	for (size_t i = 0; i < b->nr; i++)
		if (!b->lives[i].over)
			b->lives[kept++] = b->lives[i];
	b->nr = kept;
	pg_births_index(b);
}

/* ---- all of it ------------------------------------------------------------------------------- */

void pg_births_settle(struct pg_births *b, const struct pg_snapshot *prev, struct pg_snapshot *cur,
		      struct pg_births_time when)
{
	struct settle s = {
		.c = {.b = b,
		      .block = &b->block,
		      .prev = prev,
		      .cur = cur,
		      .boot_offset_ns = when.boot_offset_ns},
		.b = b,
		.told = &cur->told,
		.report = prev && !cur->partial,
	};
	for (size_t i = 0; i < b->nr; i++) {
		const struct pg_task *was = NULL;
		enum fate fate = fate_of(&s, &b->lives[i], &was);
		if (fate == GONE)
			tell_ending(&s, &b->lives[i], was);
		else if (fate == BRIEF)
			tell_brief(&s, &b->lives[i]);
		b->lives[i].over = fate != KEEP;
	}
	take_out(b);
	sort_told(s.told);
	tell_rest(&s);
	b->scope = cur->scope;
	b->settled_ns = when.mono_ns;
}

/* ---- without a connector --------------------------------------------------------------------- */

/* Rows of now that are not in was (NULL: all of them). */
static uint64_t new_rows(const struct pg_proc *now, const struct pg_proc *was)
{
	uint64_t nr = 0;
	for (uint32_t i = 0, j = 0; i < now->nr_tasks; i++) {
		int order = 1;
		while (was && j < was->nr_tasks &&
		       (order = pg_task_cmp(now->pid, &now->tasks[i], &was->tasks[j])) > 0)
			j++;
		nr += order != 0;
	}
	return nr;
}

static uint64_t count_born(const struct pg_snapshot *prev, const struct pg_snapshot *cur)
{
	uint64_t nr = 0;
	size_t j = 0;
	for (size_t i = 0; i < cur->nr_procs; i++) {
		const struct pg_proc *now = cur->procs[i];
		while (j < prev->nr_procs && pg_proc_cmp(prev->procs[j], now) < 0)
			j++;
		const struct pg_proc *was = j < prev->nr_procs ? prev->procs[j] : NULL;
		if (now != was)
			nr += new_rows(now, was && pg_proc_cmp(was, now) == 0 ? was : NULL);
	}
	return nr;
}

int64_t pg_births_unseen(const struct pg_snapshot *prev, const struct pg_snapshot *cur)
{
	if (!prev || cur->partial || cur->scope != PG_SCOPE_THREADS ||
	    prev->scope != PG_SCOPE_THREADS || !(prev->host.valid & PG_HOST_FORKS) ||
	    !(cur->host.valid & PG_HOST_FORKS) || cur->host.forks < prev->host.forks)
		return 0;
	uint64_t grown = cur->host.forks - prev->host.forks;
	return (int64_t)(grown - count_born(prev, cur));
}
