/* SPDX-License-Identifier: MIT */
/*
 * series: one value over time, and what can be said of it: where it stood (plateaus), where it
 * stepped (jumps), whether it leaks. Pure; used by `procgrid fd`, by the analysis of a log and by
 * the grid, for descriptors, and fit for any other count that should come back.
 */
#ifndef PG_SERIES_H
#define PG_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct pg_series {
	double *t;  /* seconds since the beginning, ascending */
	int64_t *v; /* not negative; what could not be read is not in here */
	size_t n, cap;
};
void pg_series_add(struct pg_series *s, double t, int64_t v);
void pg_series_free(struct pg_series *s); /* what it holds */

/* ---- series_levels.c: plateaus and jumps ------------------------------------------------------
 */

struct pg_level_rule {
	size_t min_length;      /* [5] samples of a plateau, at least */
	double tolerance;       /* [2] from the mean of the last 5, inclusive */
	double merge_threshold; /* [5] neighbours nearer than this become one */
	double jump_threshold;  /* [2] smaller jumps are not told */
};
extern const struct pg_level_rule pg_level_rule_default;

struct pg_plateau {
	size_t first, last; /* indices, inclusive */
	double start, end;  /* seconds */
	double level;       /* the median */
	double variance;    /* of the population */
};
struct pg_jump {
	double time; /* seconds; the middle between both plateaus */
	int64_t size;
	double from, to;
};
struct pg_levels {
	struct pg_plateau *plateaus;
	size_t nr_plateaus, cap_plateaus;
	struct pg_jump *jumps;
	size_t nr_jumps, cap_jumps;
};
/* Of any length, 0 and 1 too; out is empty before. */
void pg_series_levels(const struct pg_series *s, const struct pg_level_rule *rule,
		      struct pg_levels *out);
void pg_levels_free(struct pg_levels *l);

/* ---- series_leak.c: does it come back, or does its floor rise? ------------------------------- */

enum pg_leak_verdict { PG_LEAK_NONE, PG_LEAK_SUSPECTED, PG_LEAK_LEAKING };
struct pg_leak {
	enum pg_leak_verdict verdict;
	double per_second; /* slope of the floor; 0 for none */
	double p;          /* of the trend test, one-sided; 1: nothing to test */
	double confidence; /* 0…1, of the verdict: see series_leak.c; 0: too few samples to tell */
	double rise;       /* of the floor, from the first to the last window */
};
void pg_series_leak(const struct pg_series *s, struct pg_leak *out);
const char *pg_leak_name(enum pg_leak_verdict v); /* "none", "suspected", "leaking" */

#endif
