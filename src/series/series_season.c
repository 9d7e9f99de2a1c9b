/* SPDX-License-Identifier: MIT */
/*
 * A season is what comes and goes with one period, as a collector makes it that runs when so much
 * is lying about. A few periods of it hide a leak: the floor has as many steps as there are
 * periods, and where they fall is chance. The mean over one period, from each moment on, does not
 * have it: what is left is what the seasons stand on.
 *
 * The period is where the series, without its straight line, is most like itself some time later
 * (autocorrelation). A staircase with even steps is that, too, but it never comes down: so there
 * has to be a fall in the average period, with the rise of the line put back.
 */
#include <math.h>
#include <string.h>

#include "base/util.h"
#include "series_impl.h"

#define ALIKE       0.6  /* autocorrelation, at least */
#define LEAST_FALL  0.25 /* of the height of a period */
#define LEAST_CELLS 3    /* a shorter one is no matter: windows are longer */

struct grid {
	size_t n;
	double t[PG_CELLS], v[PG_CELLS];
};

/* Means over equal times; without samples, what was last. */
static void make_grid(const struct pg_series *s, struct grid *g)
{
	double begin = s->t[0], span = s->t[s->n - 1] - begin, holds = (double)s->v[0];
	g->n = s->n < PG_CELLS ? s->n : PG_CELLS;
	for (size_t k = 0, i = 0; k < g->n; k++) {
		double end = begin + span * (double)(k + 1) / (double)g->n, sum = 0;
		size_t first = i;
		for (; i < s->n && (s->t[i] < end || k + 1 == g->n); i++)
			sum += (double)s->v[i];
		g->t[k] = begin + span * ((double)k + 0.5) / (double)g->n;
		g->v[k] = i > first ? sum / (double)(i - first) : holds;
		if (i > first)
			holds = (double)s->v[i - 1];
	}
}

static void without_line(const struct grid *g, double *x)
{
	double n = (double)g->n, middle = (n - 1) / 2, mean = 0, xx = 0, xy = 0;
	for (size_t i = 0; i < g->n; i++)
		mean += g->v[i] / n;
	for (size_t i = 0; i < g->n; i++) {
		xy += ((double)i - middle) * (g->v[i] - mean);
		xx += ((double)i - middle) * ((double)i - middle);
	}
	for (size_t i = 0; i < g->n; i++)
		x[i] = g->v[i] - mean - xy / xx * ((double)i - middle);
}

static double alike(const double *x, size_t n, size_t lag)
{
	double ab = 0, aa = 0, bb = 0;
	for (size_t i = 0; i + lag < n; i++) {
		ab += x[i] * x[i + lag];
		aa += x[i] * x[i];
		bb += x[i + lag] * x[i + lag];
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The first of the peaks that are about as high as the highest; 0: none is high enough. */
static size_t find_period(const double *x, size_t n)
{
	double r[PG_CELLS], highest = ALIKE;
	size_t most = n * 2 / 5, from = 0;
	for (size_t k = 1; k <= most; k++) {
		r[k] = alike(x, n, k);
		if (!from && r[k] < 0)
			from = k;
	}
	for (size_t turn = 0; turn < 2 && from; turn++) {
		for (size_t k = from; k < most; k++) {
			bool peak = k > 1 && r[k] >= r[k - 1] && r[k] >= r[k + 1];
			if (turn == 1 && peak && r[k] >= ALIKE && r[k] >= 0.9 * highest)
				return k;
			if (peak && r[k] > highest)
				highest = r[k];
		}
	}
	return 0;
}

static void mean_by_period(const struct grid *g, size_t period, struct pg_season *out)
{
	double first = HUGE_VAL, last = HUGE_VAL;
	out->n = g->n - period + 1;
	out->period = period;
	for (size_t i = 0; i < out->n; i++) {
		double sum = 0;
		for (size_t k = i; k < i + period; k++)
			sum += g->v[k];
		out->v[i] = sum / (double)period;
		out->t[i] = (g->t[i] + g->t[i + period - 1]) / 2;
	}
	for (size_t k = 0; k < period; k++) {
		first = fmin(first, g->v[k]);
		last = fmin(last, g->v[g->n - 1 - k]);
	}
	out->floor_rise = last - first;
}

/* The average of all periods, each without the rise of the line before it, somewhat smoothed. */
static double average_period(const struct grid *g, size_t period, double slope, double *wave)
{
	double mean[PG_CELLS], least = HUGE_VAL, most = -HUGE_VAL;
	for (size_t k = 0; k < period; k++) {
		double sum = 0, nr = 0;
		for (size_t i = k; i < g->n; i += period, nr++)
			sum += g->v[i] - slope * (double)i;
		mean[k] = sum / nr;
		least = fmin(least, mean[k]);
		most = fmax(most, mean[k]);
	}
	size_t width = 1 + period / 10;
	for (size_t k = 0; k < period; k++) {
		wave[k] = 0;
		for (size_t i = k; i < k + width; i++)
			wave[k] += mean[i % period] / (double)width;
	}
	return most - least;
}

static bool falls(const struct grid *g, double slope, struct pg_season *out)
{
	double wave[PG_CELLS], top = -HUGE_VAL, fall = 0;
	out->height = average_period(g, out->period, slope, wave);
	for (size_t k = 0; k < 2 * out->period; k++) {
		double v = wave[k % out->period] + slope * (double)k;
		top = fmax(top, v);
		fall = fmax(fall, top - v);
	}
	return fall >= LEAST_FALL * out->height;
}

bool pg_season_find(const struct pg_series *s, struct pg_season *out)
{
	struct grid g;
	double x[PG_CELLS];
	make_grid(s, &g);
	without_line(&g, x);
	size_t period = find_period(x, g.n);
	if (period < LEAST_CELLS || period * PG_WINDOWS * 3 < g.n * 2)
		return false;
	mean_by_period(&g, period, out);
	return falls(&g, (out->v[out->n - 1] - out->v[0]) / (double)(out->n - 1), out);
}
