/* SPDX-License-Identifier: MIT */
#include "fd_crowd.h"

#include <stdlib.h>

struct proc {
	struct pg_fd_count last; /* fds: the last that could be read, -1: never */
	int64_t most;
	size_t first; /* slot of v[0] */
	int64_t *v;   /* the least of each slot; NULL: has none */
	size_t n;
	size_t upto; /* samples that are in v */
};

struct pg_fd_crowd {
	double t[PG_FD_CROWD_SLOTS]; /* of the first sample of a slot */
	size_t stride, samples;
	struct proc *alive, *next; /* by pid */
	size_t nr, cap, cap_next;
	struct proc ended; /* the worst of those; last.pid 0: none */
};

struct pg_fd_crowd *pg_fd_crowd_new(void)
{
	struct pg_fd_crowd *p = pg_calloc(1, sizeof(*p));
	p->stride = 1;
	return p;
}

void pg_fd_crowd_free(struct pg_fd_crowd *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nr; i++)
		free(p->alive[i].v);
	free(p->ended.v);
	free(p->alive);
	free(p->next);
	free(p);
}

/* ---- series --------------------------------------------------------------------------------- */

/* Its value holds for all samples before `upto`. */
static void fill(const struct pg_fd_crowd *p, struct proc *proc, size_t upto)
{
	int64_t value = proc->last.fds;
	for (size_t at = proc->upto; at < upto && value >= 0;) {
		size_t slot = at / p->stride, i = slot - proc->first;
		if (!proc->v) {
			proc->v = pg_alloc(PG_FD_CROWD_SLOTS * sizeof(*proc->v));
			proc->first = slot;
			i = 0;
		}
		if (i == proc->n)
			proc->v[proc->n++] = value;
		else if (proc->v[i] > value)
			proc->v[i] = value;
		at = (slot + 1) * p->stride;
	}
	proc->upto = upto;
}

static void halve(struct proc *proc)
{
	size_t first = proc->first / 2, n = 0;
	for (size_t i = 0; i < proc->n; i++) {
		size_t to = (proc->first + i) / 2 - first;
		if (to == n)
			proc->v[n++] = proc->v[i];
		else if (proc->v[to] > proc->v[i])
			proc->v[to] = proc->v[i];
	}
	proc->first = first;
	proc->n = n;
}

/* Makes room on the axis for one sample more. */
static void step(struct pg_fd_crowd *p, double elapsed)
{
	if (p->samples / p->stride == PG_FD_CROWD_SLOTS) {
		for (size_t i = 0; i < p->nr; i++) {
			fill(p, &p->alive[i], p->samples);
			halve(&p->alive[i]);
		}
		halve(&p->ended);
		for (size_t i = 0; i < PG_FD_CROWD_SLOTS / 2; i++)
			p->t[i] = p->t[i * 2];
		p->stride *= 2;
	}
	if (p->samples % p->stride == 0)
		p->t[p->samples / p->stride] = elapsed;
	p->samples++;
}

/* ---- who is there --------------------------------------------------------------------------- */

static bool has_limit(const struct proc *a)
{
	return a->last.limit > 0 && a->last.limit < UINT64_MAX;
}

/* By share of the limit, by number where there is none. Of two alike the one that was there first:
 * a child begins with all that its parent has, and often ends at once. */
static bool is_worse(const struct proc *a, const struct proc *b)
{
	if (!b->last.pid || b->most < 0)
		return a->last.pid != 0;
	if (has_limit(a) != has_limit(b))
		return has_limit(a);
	double share_a = (double)a->most, share_b = (double)b->most;
	if (has_limit(a)) {
		share_a /= (double)a->last.limit;
		share_b /= (double)b->last.limit;
	}
	if (share_a != share_b || a->most != b->most)
		return share_a > share_b || (share_a == share_b && a->most > b->most);
	return a->n > 0 && b->n > 0 && a->first < b->first;
}

static void bury(struct pg_fd_crowd *p, struct proc *proc)
{
	fill(p, proc, p->samples - 1);
	if (is_worse(proc, &p->ended)) {
		free(p->ended.v);
		p->ended = *proc;
	} else {
		free(proc->v);
	}
}

static void count(struct pg_fd_crowd *p, struct proc *proc, const struct pg_fd_count *now)
{
	int64_t fds = now->fds >= 0 ? now->fds : proc->last.fds;
	if (fds != proc->last.fds)
		fill(p, proc, p->samples - 1);
	proc->last = *now;
	proc->last.fds = fds;
	if (fds > proc->most)
		proc->most = fds;
}

static bool is_same(const struct pg_fd_count *a, const struct pg_fd_count *b)
{
	return a->pid == b->pid && a->start == b->start;
}

/* A merge of those that were there with those that are. */
static void merge(struct pg_fd_crowd *p, const struct pg_fd_sample *s)
{
	size_t was = 0, nr = 0;
	for (size_t i = 0; i < s->nr_procs; i++) {
		const struct pg_fd_count *now = &s->procs[i];
		while (was < p->nr && p->alive[was].last.pid <= now->pid &&
		       !is_same(&p->alive[was].last, now))
			bury(p, &p->alive[was++]);
		bool old = was < p->nr && is_same(&p->alive[was].last, now);
		if (!old && nr == PG_FD_CROWD_MAX)
			continue;
		p->next = pg_grow(p->next, &p->cap_next, nr + 1, sizeof(*p->next));
		p->next[nr] = old ? p->alive[was++]
				  : (struct proc){.last = {.fds = -1},
						  .most = -1,
						  .upto = p->samples - 1};
		count(p, &p->next[nr++], now);
	}
	while (was < p->nr)
		bury(p, &p->alive[was++]);
	struct proc *items = p->alive;
	size_t cap = p->cap;
	p->alive = p->next;
	p->cap = p->cap_next;
	p->nr = nr;
	p->next = items;
	p->cap_next = cap;
}

void pg_fd_crowd_sample(struct pg_fd_crowd *p, double elapsed, const struct pg_fd_sample *s)
{
	step(p, elapsed);
	if (s->changed)
		merge(p, s);
}

void pg_fd_crowd_worst(struct pg_fd_crowd *p, struct pg_fd_worst *out, struct pg_series *series)
{
	const struct proc *worst = &p->ended;
	*out = (struct pg_fd_worst){0};
	for (size_t i = 0; i < p->nr; i++) {
		fill(p, &p->alive[i], p->samples);
		if (is_worse(&p->alive[i], worst))
			worst = &p->alive[i];
	}
	if (!worst->last.pid)
		return;
	*out = (struct pg_fd_worst){.pid = worst->last.pid,
				    .fds = worst->most,
				    .now = worst->last.fds,
				    .limit = worst->last.limit};
	memcpy(out->comm, worst->last.comm, sizeof(out->comm));
	for (size_t i = 0; i < worst->n; i++)
		pg_series_add(series, p->t[worst->first + i], worst->v[i]);
}
