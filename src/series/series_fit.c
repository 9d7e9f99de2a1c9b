/* SPDX-License-Identifier: MIT */
/*
 * Trend: H. B. Mann 1945, "Nonparametric tests against trend", and M. G. Kendall 1948, "Rank
 * Correlation Methods" (whose variance is the one for ties). Slope: H. Theil 1950, "A
 * rank-invariant method of linear and polynomial regression analysis", and P. K. Sen 1968,
 * "Estimates of the regression coefficient based on Kendall's tau". Steps: the best ones there are,
 * by dynamic programming as in W. D. Fisher 1958, "On grouping for maximum homogeneity".
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "series_impl.h"

#define STEPS 4

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double pg_fit_median(double *y, size_t n)
{
	qsort(y, n, sizeof(*y), cmp_double);
	return n % 2 ? y[n / 2] : (y[n / 2 - 1] + y[n / 2]) / 2;
}

double pg_fit_mann_kendall(const double *y, size_t n)
{
	double sorted[PG_WINDOWS], s = 0, m = (double)n, var = m * (m - 1) * (2 * m + 5);
	memcpy(sorted, y, n * sizeof(*y));
	qsort(sorted, n, sizeof(*sorted), cmp_double);
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && !(sorted[i + same] > sorted[i]);)
			same++;
		double k = (double)same;
		var -= k * (k - 1) * (2 * k + 5);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			s += (y[j] > y[i]) - (y[j] < y[i]);
	return s <= 0 || var <= 0 ? 1 : erfc((s - 1) / sqrt(var / 18) / sqrt(2)) / 2;
}

double pg_fit_theil_sen(const double *t, const double *y, size_t n)
{
	double slopes[PG_WINDOWS * (PG_WINDOWS - 1) / 2];
	size_t nr = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[nr++] = (y[j] - y[i]) / (t[j] - t[i]);
	return nr ? pg_fit_median(slopes, nr) : 0;
}

/* Least squares of y on x: the slope, and what is left. */
static double regress(const double *x, const double *y, size_t n, double *slope)
{
	double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
	for (size_t i = 0; i < n; i++) {
		mx += x[i] / (double)n;
		my += y[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mx) * (x[i] - mx);
		xy += (x[i] - mx) * (y[i] - my);
		yy += (y[i] - my) * (y[i] - my);
	}
	*slope = xx > 0 ? xy / xx : 0;
	double left = yy - *slope * xy;
	return left > 0 ? left : 0;
}

static double best_hinge(const double *y, size_t n)
{
	double best = HUGE_VAL, x[PG_WINDOWS], slope;
	for (size_t bend = n / 5; bend + 2 < n; bend++) {
		for (size_t i = 0; i < n; i++)
			x[i] = (double)(i < bend ? i : bend);
		double left = regress(x, y, n, &slope);
		best = left < best ? left : best;
	}
	return best;
}

/* What n values leave with one more level at their end, where best[i] is what i of them leave. */
static double one_more_level(const double *y, size_t n, const double *best)
{
	double least = HUGE_VAL, sum = 0, squares = 0;
	for (size_t i = n; i-- > 0;) {
		sum += y[i] - y[0];
		squares += (y[i] - y[0]) * (y[i] - y[0]);
		double left = squares - sum * sum / (double)(n - i);
		left = (left > 0 ? left : 0) + best[i];
		least = left < least ? left : least;
	}
	return least;
}

/* best[j]: what the first j values leave, with at most so many levels as there were turns. */
static double best_stairs(const double *y, size_t n)
{
	double best[PG_WINDOWS + 1] = {0}, next[PG_WINDOWS + 1] = {0};
	for (size_t j = 1; j <= n; j++)
		best[j] = HUGE_VAL;
	for (size_t level = 0; level <= STEPS; level++) {
		for (size_t j = 1; j <= n; j++)
			next[j] = one_more_level(y, j, best);
		memcpy(best, next, sizeof(best));
	}
	return best[n];
}

void pg_fit_line(const double *y, size_t n, struct pg_fit_line *out)
{
	double x[PG_WINDOWS] = {0}, slope, before = 0, echo = 0, middle = 0, falls = 0;
	for (size_t i = 0; i < n; i++) {
		x[i] = (double)i;
		middle += y[i] / (double)n;
	}
	double left = regress(x, y, n, &slope);
	for (size_t i = 0; i < n; i++) {
		double off = y[i] - middle - slope * (x[i] - (double)(n - 1) / 2);
		echo += off * before;
		before = off;
		falls += i > 0 && y[i] < y[i - 1];
	}
	double tiny = 1e-9 * (1 + middle * middle);
	*out = (struct pg_fit_line){
		.rise = slope * (double)(n - 1),
		.deviation = sqrt(left / (double)(n - 2)),
		.falls = falls / (double)(n - 1),
		.echo = left > tiny ? echo / left : 0,
		.stairs = (best_stairs(y, n) + tiny) / (left + tiny),
		.hinge = (best_hinge(y, n) + tiny) / (left + tiny),
	};
}
