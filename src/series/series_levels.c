/* SPDX-License-Identifier: MIT */
/*
 * Plateaus as fdprof finds them, value for value, in n log n instead of its n²:
 *
 * 1. A stretch goes on while the next value is within the tolerance of the mean of the last five of
 *    the stretch (of all, while there are fewer). A stretch of min_length is kept and the next one
 *    begins behind it; a shorter one is dropped and the next begins one sample later.
 *    From its fifth value on, what ends a stretch does not depend on where it began: so it is found
 *    for all samples at once, beforehand.
 * 2. From left to right a plateau takes in the next one while their levels are nearer than
 *    merge_threshold; then its level is the median of the values of both, without those between
 *    them. So the level drifts as it goes.
 *    The values stand in a Fenwick tree by their rank (P. Fenwick 1994, "A new data structure for
 *    cumulative frequency tables"), where one comes in, and a median is found, in log n steps. The
 *    variances are put together as by T. Chan, G. Golub and R. LeVeque 1979, "Updating formulae and
 *    a pairwise algorithm for computing sample variances".
 *
 * Jumps lie between neighbours; their size is cut towards zero, like fdprof's int().
 */
#include <math.h>
#include <stdlib.h>

#include "base/util.h"
#include "series.h"

#define RECENT 5 /* values whose mean the next one is compared with */

const struct pg_level_rule pg_level_rule_default = {
	.min_length = 5,
	.tolerance = 2,
	.merge_threshold = 5,
	.jump_threshold = 2,
};

/* ---- values by rank -------------------------------------------------------------------------- */

struct bag {
	int64_t *values; /* distinct ones, ascending */
	size_t nr_values;
	uint32_t *rank; /* of each sample */
	size_t *tree;   /* from 1 on */
	size_t top;     /* the largest power of two ≤ nr_values */
	size_t n;       /* values in it */
};

static int cmp_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static size_t rank_of(const struct bag *b, int64_t v)
{
	size_t lo = 0, hi = b->nr_values;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (b->values[mid] <= v)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static void bag_open(struct bag *b, const int64_t *v, size_t n)
{
	*b = (struct bag){.values = pg_alloc(n * sizeof(*v)), .rank = pg_calloc(n, 4)};
	memcpy(b->values, v, n * sizeof(*v));
	qsort(b->values, n, sizeof(*v), cmp_i64);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || b->values[i] != b->values[b->nr_values - 1])
			b->values[b->nr_values++] = b->values[i];
	for (size_t i = 0; i < n; i++)
		b->rank[i] = (uint32_t)rank_of(b, v[i]);
	b->tree = pg_calloc(b->nr_values + 1, sizeof(*b->tree));
	for (b->top = 1; b->top * 2 <= b->nr_values;)
		b->top *= 2;
}

static void bag_close(struct bag *b)
{
	free(b->values);
	free(b->rank);
	free(b->tree);
}

/* Samples first to last come in, or go out again. */
static void bag_put(struct bag *b, size_t first, size_t last, bool in)
{
	for (size_t i = first; i <= last; i++)
		for (size_t k = b->rank[i] + 1u; k <= b->nr_values; k += k & -k)
			b->tree[k] += in ? 1 : (size_t)-1;
	b->n += in ? last - first + 1 : first - last - 1;
}

/* The value that has nth others before it. */
static int64_t bag_nth(const struct bag *b, size_t nth)
{
	size_t at = 0;
	for (size_t step = b->top; step; step /= 2) {
		if (at + step <= b->nr_values && b->tree[at + step] <= nth) {
			at += step;
			nth -= b->tree[at];
		}
	}
	return b->values[at];
}

static double bag_median(const struct bag *b)
{
	double high = (double)bag_nth(b, b->n / 2);
	return b->n % 2 ? high : ((double)bag_nth(b, b->n / 2 - 1) + high) / 2;
}

/* ---- stretches ------------------------------------------------------------------------------- */

static double mean_of(const int64_t *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)v[i];
	return sum / (double)n;
}

/* Of each sample the first one, from it on, that is too far from the five before it; else n. */
static size_t *find_breaks(const struct pg_series *s, double tolerance)
{
	size_t *next = pg_alloc((s->n + 1) * sizeof(*next));
	next[s->n] = s->n;
	for (size_t i = s->n; i-- > 0;) {
		bool far =
			i >= RECENT &&
			!(fabs((double)s->v[i] - mean_of(&s->v[i - RECENT], RECENT)) <= tolerance);
		next[i] = far ? i : next[i + 1];
	}
	return next;
}

/* Where the stretch that begins at i has ended: the first sample that is not in it. */
static size_t stretch_end(const struct pg_series *s, const size_t *breaks, size_t i,
			  double tolerance)
{
	for (size_t j = i + 1; j < s->n && j < i + RECENT; j++)
		if (!(fabs((double)s->v[j] - mean_of(&s->v[i], j - i)) <= tolerance))
			return j;
	return i + RECENT < s->n ? breaks[i + RECENT] : s->n;
}

static void add_plateau(const struct pg_series *s, struct pg_levels *out, size_t first, size_t last)
{
	double mean = mean_of(&s->v[first], last - first + 1), sum = 0;
	for (size_t i = first; i <= last; i++)
		sum += ((double)s->v[i] - mean) * ((double)s->v[i] - mean);
	out->plateaus = pg_grow(out->plateaus, &out->cap_plateaus, out->nr_plateaus + 1,
				sizeof(*out->plateaus));
	out->plateaus[out->nr_plateaus++] = (struct pg_plateau){
		.first = first,
		.last = last,
		.start = s->t[first],
		.end = s->t[last],
		.variance = sum / (double)(last - first + 1),
	};
}

static void find_stretches(const struct pg_series *s, const struct pg_level_rule *rule,
			   struct pg_levels *out)
{
	size_t *breaks = find_breaks(s, rule->tolerance);
	for (size_t i = 0; i < s->n;) {
		size_t end = stretch_end(s, breaks, i, rule->tolerance);
		if (end - i >= rule->min_length) {
			add_plateau(s, out, i, end - 1);
			i = end;
		} else {
			i++;
		}
	}
	free(breaks);
}

/* ---- merging --------------------------------------------------------------------------------- */

/* What a plateau is made of while others join it: a number of values, and their mean. */
struct pool {
	double n, mean;
};

static struct pool pool_of(const struct pg_series *s, const struct pg_plateau *p)
{
	size_t n = p->last - p->first + 1;
	return (struct pool){.n = (double)n, .mean = mean_of(&s->v[p->first], n)};
}

static void join(struct pg_plateau *a, struct pool *pa, const struct pg_plateau *b, struct pool pb)
{
	double n = pa->n + pb.n, apart = pb.mean - pa->mean;
	a->variance = (a->variance * pa->n + b->variance * pb.n) / n +
		      apart * apart * (pa->n / n) * (pb.n / n);
	pa->mean += apart * (pb.n / n);
	pa->n = n;
	a->last = b->last;
	a->end = b->end;
}

static void merge(const struct pg_series *s, double threshold, struct bag *bag,
		  struct pg_levels *out)
{
	size_t to = 0, begin = 0; /* the plateau that grows; the first stretch of those in it */
	struct pg_plateau *p = out->plateaus, *stretch;
	stretch = pg_alloc(out->nr_plateaus * sizeof(*stretch));
	memcpy(stretch, p, out->nr_plateaus * sizeof(*stretch));
	struct pool pool = pool_of(s, &stretch[0]);
	bag_put(bag, stretch[0].first, stretch[0].last, true);
	for (size_t i = 1; i < out->nr_plateaus; i++) {
		if (fabs(p[to].level - stretch[i].level) < threshold) {
			join(&p[to], &pool, &stretch[i], pool_of(s, &stretch[i]));
			bag_put(bag, stretch[i].first, stretch[i].last, true);
			p[to].level = bag_median(bag);
			continue;
		}
		for (; begin < i; begin++)
			bag_put(bag, stretch[begin].first, stretch[begin].last, false);
		p[++to] = stretch[i];
		pool = pool_of(s, &stretch[i]);
		bag_put(bag, stretch[i].first, stretch[i].last, true);
	}
	out->nr_plateaus = to + 1;
	free(stretch);
}

static void find_levels(const struct pg_series *s, double threshold, struct pg_levels *out)
{
	struct bag bag;
	bag_open(&bag, s->v, s->n);
	for (size_t i = 0; i < out->nr_plateaus; i++) {
		struct pg_plateau *p = &out->plateaus[i];
		bag_put(&bag, p->first, p->last, true);
		p->level = bag_median(&bag);
		bag_put(&bag, p->first, p->last, false);
	}
	merge(s, threshold, &bag, out);
	bag_close(&bag);
}

/* ---- jumps ----------------------------------------------------------------------------------- */

static int64_t cut(double x)
{
	if (x >= 0x1p63)
		return INT64_MAX;
	return x <= -0x1p63 ? INT64_MIN : (int64_t)x;
}

static void find_jumps(double threshold, struct pg_levels *out)
{
	for (size_t i = 1; i < out->nr_plateaus; i++) {
		const struct pg_plateau *a = &out->plateaus[i - 1], *b = &out->plateaus[i];
		int64_t size = cut(b->level - a->level);
		if (fabs((double)size) < threshold)
			continue;
		out->jumps = pg_grow(out->jumps, &out->cap_jumps, out->nr_jumps + 1,
				     sizeof(*out->jumps));
		out->jumps[out->nr_jumps++] = (struct pg_jump){.time = (a->end + b->start) / 2,
							       .size = size,
							       .from = a->level,
							       .to = b->level};
	}
}

void pg_series_levels(const struct pg_series *s, const struct pg_level_rule *rule,
		      struct pg_levels *out)
{
	if (s->n == 0 || s->n < rule->min_length)
		return;
	find_stretches(s, rule, out);
	if (out->nr_plateaus == 0)
		return;
	find_levels(s, rule->merge_threshold, out);
	find_jumps(rule->jump_threshold, out);
}

void pg_levels_free(struct pg_levels *l)
{
	free(l->plateaus);
	free(l->jumps);
	*l = (struct pg_levels){0};
}
