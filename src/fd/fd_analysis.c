/* SPDX-License-Identifier: MIT */
/*
 * What a run says: its levels, whether it leaks, what it is that grows, and how long the worst
 * process can go on.
 *
 * What grows is told by the causes: opened less closed, by kind, and in the kind by prefix. The
 * first eighth of the run does not count if anything grew later, since a program that starts opens
 * most of what it needs, and keeps it; nor does what is closed at its end, since that closes all.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "fd_profile.h"

/* fdprof counts the empty fd directory of a process that has ended and is not reaped yet. */
static void drop_zombie_tail(struct pg_fd_profile *p)
{
	size_t n = p->series.n;
	while (n > 0 && p->series.v[n - 1] == 0)
		n--;
	if (p->zombie_tail && n > 0)
		p->series.n = n;
}

static double end_of(const struct pg_fd_profile *p)
{
	double end = p->series.n ? p->series.t[p->series.n - 1] : 0;
	return p->ended > end ? p->ended : end;
}

/* A stamp without a fraction, as `date +%s` writes it, stands for the whole second. */
static void mark_outside(struct pg_fd_profile *p)
{
	double end = end_of(p);
	for (size_t i = 0; i < p->nr_events; i++) {
		struct pg_fd_event *e = &p->events[i];
		double length = floor(e->timestamp) < e->timestamp ? 0 : 1;
		e->outside = !(e->elapsed <= end && e->elapsed + length >= 0);
	}
}

static void find_peak(const struct pg_series *s, struct pg_fd_findings *out)
{
	for (size_t i = 0; i < s->n; i++) {
		if (i > 0 && s->v[i] <= out->peak)
			continue;
		out->peak = s->v[i];
		out->peak_at = s->t[i];
	}
}

/* ---- what grows ------------------------------------------------------------------------------ */

struct growth {
	uint8_t kind;
	const char *prefix; /* of the cause */
	int64_t net;
};
struct growths {
	struct growth *items;
	size_t nr, cap;
};

/* When it was last as high as a little before its end: what comes later is its end. */
static double time_of_last_height(const struct pg_series *s)
{
	int64_t floor = INT64_MAX;
	for (size_t i = s->n - s->n / 4; i < s->n - s->n / 8; i++)
		floor = s->v[i] < floor ? s->v[i] : floor;
	size_t last = s->n;
	while (last > 0 && s->v[last - 1] < floor)
		last--;
	/* What a look tells of was there by the next sample. */
	return last > 0 && last < s->n ? (s->t[last - 1] + s->t[last]) / 2 : HUGE_VAL;
}

static void gather(const struct pg_fd_profile *p, double since, struct growths *out)
{
	double until = time_of_last_height(&p->series);
	out->nr = 0;
	for (size_t i = 0; i < p->nr_causes; i++) {
		const struct pg_fd_cause *c = &p->causes[i];
		if (c->elapsed < since || c->elapsed > until)
			continue;
		out->items =
			pg_grow(out->items, &out->cap, out->nr + c->parts.nr, sizeof(*out->items));
		for (size_t k = 0; k < c->parts.nr; k++) {
			const struct pg_fd_part *part = &c->parts.items[k];
			if (part->kind < PG_FD_NR_KINDS)
				out->items[out->nr++] = (struct growth){
					.kind = part->kind,
					.prefix = part->prefix ? part->prefix : "",
					.net = (int64_t)part->opened - part->closed};
		}
	}
}

static int cmp_growth(const void *a, const void *b)
{
	const struct growth *x = a, *y = b;
	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind)
				  : strcmp(x->prefix, y->prefix);
}

/* Puts those of one kind and prefix together, sorted. */
static void sum_up(struct growths *g)
{
	size_t to = 0;
	if (g->nr == 0)
		return;
	qsort(g->items, g->nr, sizeof(*g->items), cmp_growth);
	for (size_t i = 1; i < g->nr; i++) {
		if (cmp_growth(&g->items[to], &g->items[i]) == 0)
			g->items[to].net += g->items[i].net;
		else
			g->items[++to] = g->items[i];
	}
	g->nr = to + 1;
}

/* The kind that grew most; PG_FD_NR_KINDS: none did. */
static uint8_t growing_kind(const struct growths *g, int64_t *net)
{
	int64_t by_kind[PG_FD_NR_KINDS] = {0};
	uint8_t best = PG_FD_NR_KINDS;
	for (size_t i = 0; i < g->nr; i++)
		by_kind[g->items[i].kind] += g->items[i].net;
	*net = 0;
	for (uint8_t kind = 0; kind < PG_FD_NR_KINDS; kind++) {
		if (by_kind[kind] <= *net)
			continue;
		best = kind;
		*net = by_kind[kind];
	}
	return best;
}

/* The prefix under which most of that kind stands; NULL if no single one has half of it. */
static const char *growing_prefix(const struct growths *g, uint8_t kind, int64_t net)
{
	const struct growth *best = NULL;
	for (size_t i = 0; i < g->nr; i++)
		if (g->items[i].kind == kind && (!best || g->items[i].net > best->net))
			best = &g->items[i];
	return best && best->prefix[0] && best->net * 2 >= net ? best->prefix : NULL;
}

static void find_growing(const struct pg_fd_profile *p, struct pg_fd_findings *out)
{
	struct growths g = {0};
	int64_t net = 0;
	gather(p, end_of(p) / 8, &g);
	sum_up(&g);
	out->leak_kind = growing_kind(&g, &net);
	if (out->leak_kind == PG_FD_NR_KINDS) {
		gather(p, -HUGE_VAL, &g);
		sum_up(&g);
		out->leak_kind = growing_kind(&g, &net);
	}
	if (out->leak_kind != PG_FD_NR_KINDS) {
		const char *prefix = growing_prefix(&g, out->leak_kind, net);
		out->leak_prefix = prefix ? pg_strdup(prefix) : NULL;
	}
	free(g.items);
}

/* ---- how long it can go on ------------------------------------------------------------------- */

/* Of a single process there may be no second series: the sum is its own. */
static double seconds_left(const struct pg_fd_profile *p, const struct pg_leak *all)
{
	const struct pg_fd_worst *w = &p->worst;
	struct pg_leak own = *all;
	if (w->limit == 0 || w->limit == UINT64_MAX)
		return -1;
	if (p->worst_series.n > 0)
		pg_series_leak(&p->worst_series, &own);
	else if (p->most_procs != 1)
		return -1;
	if (own.verdict == PG_LEAK_NONE || !(own.per_second > 0))
		return -1;
	double left = (double)w->limit - (double)w->now;
	return left > 0 ? left / own.per_second : 0;
}

void pg_fd_analyze(struct pg_fd_profile *p, const struct pg_level_rule *rule,
		   struct pg_fd_findings *out)
{
	*out = (struct pg_fd_findings){.leak_kind = PG_FD_NR_KINDS, .seconds_left = -1};
	mark_outside(p);
	drop_zombie_tail(p);
	pg_series_levels(&p->series, rule, &out->levels);
	pg_series_leak(&p->series, &out->leak);
	find_peak(&p->series, out);
	if (out->leak.verdict == PG_LEAK_NONE)
		return;
	find_growing(p, out);
	out->seconds_left = seconds_left(p, &out->leak);
}

void pg_fd_findings_free(struct pg_fd_findings *f)
{
	pg_levels_free(&f->levels);
	free(f->leak_prefix);
	*f = (struct pg_fd_findings){.leak_kind = PG_FD_NR_KINDS, .seconds_left = -1};
}
