/* SPDX-License-Identifier: MIT */
/*
 * What the verdict on leaks is made of (series_leak.c), in three parts: windows of time, fits to a
 * few values, and seasons. Private to series*.c.
 */
#ifndef PG_SERIES_IMPL_H
#define PG_SERIES_IMPL_H

#include <stdbool.h>

#include "series.h"

#define PG_WINDOWS 40 /* at most; 12 at least, with 6 samples each if there are so many */

/* A series cut into equal pieces of time. */
struct pg_windows {
	size_t n;
	double t[PG_WINDOWS];     /* the middle of each, seconds */
	double low[PG_WINDOWS];   /* the 5 % quantile, of eight and more never the very least */
	double mid[PG_WINDOWS];   /* the median */
	double floor[PG_WINDOWS]; /* the least low from here to the end */
};

/* ---- series_fit.c: at most PG_WINDOWS values y ------------------------------------------------
 */

double pg_fit_median(double *y, size_t n); /* sorts */
/* One-sided p of the trend test: 1 if nothing rises. */
double pg_fit_mann_kendall(const double *y, size_t n);
double pg_fit_theil_sen(const double *t, const double *y, size_t n);

/* How well a straight line fits, and whether other shapes do better. */
struct pg_fit_line {
	double rise;      /* of the line, over all */
	double deviation; /* of the values from it */
	double echo;      /* how much a deviation is like the one before it: -1…1 */
	double falls;     /* share of values that are less than the one before */
	double stairs;    /* squares left by the best four steps, as a share of the line's */
	double hinge;     /* the same for a line that is flat from some point on */
};
void pg_fit_line(const double *y, size_t n, struct pg_fit_line *out);

/* ---- series_season.c --------------------------------------------------------------------------
 */

#define PG_CELLS 600 /* of a season, and of what is left when it is taken out */

struct pg_season {
	size_t n;
	double t[PG_CELLS], v[PG_CELLS]; /* means over one period each */
	double height;                   /* from top to bottom of one period */
	double floor_rise; /* from the least value of the first period to that of the last */
	size_t period;     /* cells */
};
/* False: nothing comes and goes at least 2.5 times, with a period that matters to windows. */
bool pg_season_find(const struct pg_series *s, struct pg_season *out);

#endif
