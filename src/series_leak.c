/* SPDX-License-Identifier: MIT */
/*
 * A leak is a floor that rises: whatever comes back, comes down to it. The series is cut into
 * windows of time; of each the 5 % quantile is taken, and the floor is the least of all that
 * follows. It leaks if the floor rises all over the run, and not in one step.
 *
 * Trend: H. B. Mann 1945, "Nonparametric tests against trend", and M. G. Kendall, "Rank correlation
 * methods". Slope: H. Theil 1950, P. K. Sen 1968, "Estimates of the regression coefficient based on
 * Kendall's tau".
 */
#include <math.h>
#include <stdlib.h>

#include "series.h"
#include "util.h"

#define WINDOWS     40
#define FEW_SAMPLES 16

static const char *const names[] = {"none", "suspected", "leaking"};

const char *pg_leak_name(enum pg_leak_verdict v)
{
	return names[v];
}

struct windows {
	size_t n;
	double t[WINDOWS], low[WINDOWS], floor[WINDOWS];
};

static int cmp_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void cut_windows(const struct pg_series *s, struct windows *w)
{
	double begin = s->t[0], span = s->t[s->n - 1] - begin;
	int64_t *sorted = pg_alloc(s->n * sizeof(*sorted));
	for (size_t i = 0, k = 0; k < WINDOWS; k++) {
		double end = begin + span * (double)(k + 1) / WINDOWS;
		size_t n = 0;
		while (i < s->n && (s->t[i] < end || k == WINDOWS - 1))
			sorted[n++] = s->v[i++];
		if (n == 0)
			continue;
		qsort(sorted, n, sizeof(*sorted), cmp_i64);
		w->t[w->n] = begin + span * ((double)k + 0.5) / WINDOWS;
		w->low[w->n++] = (double)sorted[n / 20];
	}
	free(sorted);
	for (size_t i = w->n; i-- > 0;) {
		w->floor[i] = w->low[i];
		if (i + 1 < w->n && w->floor[i + 1] < w->floor[i])
			w->floor[i] = w->floor[i + 1];
	}
	w->n -= w->n / 8;
}

static double mann_kendall(const double *x, size_t n)
{
	double s = 0, var = (double)n * (double)(n - 1) * (2 * (double)n + 5);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			s += (x[j] > x[i]) - (x[j] < x[i]);
	return s <= 0 ? 1 : 0.5 * erfc((s - 1) / sqrt(var / 18) / sqrt(2));
}

static double theil_sen(const struct windows *w)
{
	double slopes[WINDOWS * WINDOWS / 2];
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++)
		for (size_t j = i + 1; j < w->n; j++)
			slopes[n++] = (w->floor[j] - w->floor[i]) / (w->t[j] - w->t[i]);
	qsort(slopes, n, sizeof(*slopes), cmp_double);
	return n ? slopes[n / 2] : 0;
}

void pg_series_leak(const struct pg_series *s, struct pg_leak *out)
{
	*out = (struct pg_leak){.p = 1};
	if (s->n < FEW_SAMPLES || !(s->t[s->n - 1] > s->t[0]))
		return;
	struct windows w = {0};
	cut_windows(s, &w);
	if (w.n < 8)
		return;
	const double *f = w.floor;
	double rise = f[w.n - 1] - f[0], step = 0;
	unsigned quarters = 0;
	for (size_t i = 1; i < w.n; i++) {
		if (f[i] - f[i - 1] > step)
			step = f[i] - f[i - 1];
		if (f[i] > f[i - 1])
			quarters |= 1u << (i * 4 / w.n);
	}
	out->p = mann_kendall(w.floor, w.n);
	out->rise = rise;
	bool ends = f[w.n - 1] - f[w.n - 1 - w.n / 5] < rise / 20;
	if (rise < 3 || out->p > 0.01 || step > rise / 2 || ends)
		return;
	out->verdict = quarters == 15 ? PG_LEAK_LEAKING : PG_LEAK_SUSPECTED;
	out->per_second = theil_sen(&w);
	out->confidence = quarters == 15 ? 1 - out->p : 0.5;
}
