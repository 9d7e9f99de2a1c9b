/* SPDX-License-Identifier: MIT */
/*
 * Promise: plateaus and jumps are those that fdprof finds, on its own examples and on thousands of
 * random series, compared with its algorithm written down plainly.
 */
#include "series/series.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* "25x8 30x10": 25 eight times, then 30 ten times; "10..49": one after the other, "..49x2" each
 * twice. One a tenth of a second. */
static struct pg_series series(const char *text)
{
	struct pg_series s = {0};
	while (*text) {
		char *end;
		long v = strtol(text, &end, 10), to = v, times = 1;
		if (end[0] == '.')
			to = strtol(end + 2, &end, 10);
		if (*end == 'x')
			times = strtol(end + 1, &end, 10);
		for (; v <= to; v++)
			for (long i = 0; i < times; i++)
				pg_series_add(&s, (double)s.n / 10, v);
		text = end + strspn(end, " ");
	}
	return s;
}

/* "(0,7,25)(8,17,30)" and "5 8 -5". */
static void print_levels(const struct pg_levels *l, char *plateaus, char *jumps, size_t size)
{
	size_t n = 0, m = 0;
	plateaus[0] = jumps[0] = '\0';
	for (size_t i = 0; i < l->nr_plateaus; i++) {
		const struct pg_plateau *p = &l->plateaus[i];
		n += (size_t)snprintf(plateaus + n, size - n, "(%zu,%zu,%g)", p->first, p->last,
				      p->level);
	}
	for (size_t i = 0; i < l->nr_jumps; i++)
		m += (size_t)snprintf(jumps + m, size - m, "%s%lld", i ? " " : "",
				      (long long)l->jumps[i].size);
}

struct row {
	const char *name, *values;
	double tolerance, merge;
	const char *plateaus, *jumps;
	double variance; /* of the first plateau; -1: not compared */
};

#define ODD "100 105 95 100 105 95 100 105 95 100 105 95 100 105 95 100 105 95 100 105"

static const struct row rows[] = {
	{"V1", "25x8 30x10 38x10 44x8 39x6 31x5 25x5", 2, 5,
	 "(0,7,25)(8,17,30)(18,27,38)(28,35,44)(36,41,39)(42,46,31)(47,51,25)", "5 8 6 -5 -8 -6",
	 0},
	{"V2", "10x8 50x12", 1, 0, "(0,7,10)(8,19,50)", "40", 0},
	{"V3", "100x10 110x10 105x10", 1, 0, "(0,9,100)(10,19,110)(20,29,105)", "10 -5", 0},
	{"V3m", "100x10 110x10 105x10", 1, 20, "(0,29,105)", "", 16.666667},
	{"V4", "10x10 100x10 20x10", 2, 5, "(0,9,10)(10,19,100)(20,29,20)", "90 -80", 0},
	{"V5, strict", ODD, 1, 5, "", "", -1},
	{"V5", ODD, 10, 15, "(0,19,100)", "", 16.1875},
	{"V6", "100 101 99 100 101 100 99 100 101 100", 2, 5, "(0,9,100)", "", 0.49},
	{"V7", "10..49", 2, 5, "", "", -1},
	{"V7b", "10..29x2", 2, 5, "(0,39,19.5)", "", 33.25},
	{"nothing", "", 2, 5, "", "", -1},
	{"one", "7", 2, 5, "", "", -1},
	{"too few", "7x4", 2, 5, "", "", -1},
	{"just enough", "7x5", 2, 5, "(0,4,7)", "", 0},
	{"demo", "8x15 16x12 22x10 17x8 9x6", 2, 5,
	 "(0,14,8)(15,26,16)(27,36,22)(37,44,17)(45,50,9)", "8 6 -5 -8", 0},
	/* Levels 0, 3, 6: 0 and 3 become one of level 1.5 (both medians), and 6 is 4.5 from it. */
	{"drift", "0x6 3x6 6x6", 2, 5, "(0,17,3)", "", 6},
	{"a threshold is not inclusive", "0x6 5x6", 2, 5, "(0,5,0)(6,11,5)", "5", 0},
	{"the tolerance is", "0x5 2 2 2 2", 2, 5, "(0,8,0)", "", 0.987654},
	{"values between two are in neither", "0x6 50 90 20 4x6", 2, 5, "(0,14,2)", "", 4},
	{"a size is cut, not rounded", "0x6 10x5 11x5 10 11", 2, 5, "(0,5,0)(6,17,10.5)", "10", 0},
};

Test(series_levels, vectors)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct pg_level_rule rule = pg_level_rule_default;
		rule.tolerance = r->tolerance;
		rule.merge_threshold = r->merge;
		struct pg_series s = series(r->values);
		struct pg_levels l = {0};
		char plateaus[512], jumps[128];
		pg_series_levels(&s, &rule, &l);
		print_levels(&l, plateaus, jumps, sizeof(jumps));
		cr_expect_str_eq(plateaus, r->plateaus, "%s: %s", r->name, plateaus);
		cr_expect_str_eq(jumps, r->jumps, "%s: %s", r->name, jumps);
		if (r->variance >= 0)
			cr_expect_float_eq(l.plateaus[0].variance, r->variance, 1e-6, "%s: %f",
					   r->name, l.plateaus[0].variance);
		pg_levels_free(&l);
		pg_series_free(&s);
	}
}

Test(series_levels, times_are_those_of_the_samples)
{
	struct pg_series s = series("10x8 50x12");
	struct pg_levels l = {0};
	pg_series_levels(&s, &pg_level_rule_default, &l);
	cr_assert_eq(l.nr_plateaus, 2);
	cr_expect_float_eq(l.plateaus[0].start, 0, 1e-9);
	cr_expect_float_eq(l.plateaus[0].end, 0.7, 1e-9);
	cr_expect_float_eq(l.plateaus[1].start, 0.8, 1e-9);
	cr_expect_float_eq(l.plateaus[1].end, 1.9, 1e-9);
	cr_assert_eq(l.nr_jumps, 1);
	cr_expect_float_eq(l.jumps[0].time, 0.75, 1e-9);
	cr_expect_float_eq(l.jumps[0].from, 10, 1e-9);
	cr_expect_float_eq(l.jumps[0].to, 50, 1e-9);
	pg_levels_free(&l);
	pg_series_free(&s);
}

Test(series_levels, small_jumps_are_not_told)
{
	struct pg_level_rule rule = {
		.min_length = 5, .tolerance = 0, .merge_threshold = 0, .jump_threshold = 3};
	static const struct {
		double threshold;
		const char *jumps;
	} tells[] = {{0, "1 2 -4"}, {2, "2 -4"}, {3, "-4"}, {4, "-4"}, {4.5, ""}};
	struct pg_series s = series("10x5 11x5 13x5 9x5");
	for (size_t i = 0; i < PG_ARRAY_LEN(tells); i++) {
		struct pg_levels l = {0};
		char plateaus[512], jumps[128];
		rule.jump_threshold = tells[i].threshold;
		pg_series_levels(&s, &rule, &l);
		print_levels(&l, plateaus, jumps, sizeof(jumps));
		cr_expect_str_eq(jumps, tells[i].jumps, "%g: %s", tells[i].threshold, jumps);
		pg_levels_free(&l);
	}
	pg_series_free(&s);
}

/* ---- the plain algorithm --------------------------------------------------------------------- */

struct plain {
	size_t first, last, n;
	int64_t *values;
	double level;
};

static int cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double plain_median(const struct plain *p)
{
	int64_t *v = pg_alloc(p->n * sizeof(*v));
	memcpy(v, p->values, p->n * sizeof(*v));
	qsort(v, p->n, sizeof(*v), cmp);
	double m = p->n % 2 ? (double)v[p->n / 2]
			    : ((double)v[p->n / 2 - 1] + (double)v[p->n / 2]) / 2;
	free(v);
	return m;
}

static double plain_variance(const struct plain *p)
{
	long double sum = 0, squares = 0;
	for (size_t i = 0; i < p->n; i++)
		sum += p->values[i];
	sum /= p->n;
	for (size_t i = 0; i < p->n; i++)
		squares += (p->values[i] - sum) * (p->values[i] - sum);
	return (double)(squares / p->n);
}

static size_t plain_end(const struct pg_series *s, size_t i, double tolerance)
{
	size_t j = i + 1;
	for (; j < s->n; j++) {
		size_t n = j - i < 5 ? j - i : 5;
		double sum = 0;
		for (size_t k = j - n; k < j; k++)
			sum += (double)s->v[k];
		if (!(fabs((double)s->v[j] - sum / (double)n) <= tolerance))
			break;
	}
	return j;
}

static size_t plain_levels(const struct pg_series *s, const struct pg_level_rule *rule,
			   struct plain *out)
{
	size_t n = 0, to = 0;
	for (size_t i = 0; i < s->n;) {
		size_t j = plain_end(s, i, rule->tolerance);
		if (j - i < rule->min_length) {
			i++;
			continue;
		}
		out[n] = (struct plain){.first = i, .last = j - 1, .n = j - i};
		out[n].values = pg_alloc(s->n * sizeof(int64_t));
		memcpy(out[n].values, &s->v[i], (j - i) * sizeof(int64_t));
		out[n].level = plain_median(&out[n]);
		n++;
		i = j;
	}
	for (size_t i = 1; i < n; i++) {
		struct plain *a = &out[to], *b = &out[i];
		if (fabs(a->level - b->level) < rule->merge_threshold) {
			memcpy(a->values + a->n, b->values, b->n * sizeof(int64_t));
			a->n += b->n;
			a->last = b->last;
			a->level = plain_median(a);
			free(b->values);
		} else {
			out[++to] = *b;
		}
	}
	return n ? to + 1 : 0;
}

/* Walks, steps, noise and rests by turns, with large values and small ones. */
static struct pg_series random_series(unsigned seed)
{
	struct pg_series s = {0};
	srand(seed);
	size_t n = (size_t)(rand() % 300);
	int64_t v = rand() % 50, scale = rand() % 8 ? 1 : 1 + rand();
	int noise = rand() % 4, restless = 1 + rand() % 20;
	for (size_t i = 0; i < n; i++) {
		if (rand() % restless == 0)
			v += rand() % 13 - 6;
		v = v < 0 ? 0 : v;
		pg_series_add(&s, (double)i, (v + rand() % (noise + 1)) * scale);
	}
	return s;
}

static void compare_random(unsigned seed)
{
	struct pg_series s = random_series(seed);
	double scale = s.n && s.v[0] > 100000 ? (double)s.v[0] / 10 : 1;
	struct pg_level_rule rule = {.min_length = (size_t)(1 + rand() % 9),
				     .tolerance = rand() % 7 / 2.0 * scale,
				     .merge_threshold = rand() % 9 * scale};
	struct plain *plain = pg_calloc(s.n + 1, sizeof(*plain));
	size_t n = plain_levels(&s, &rule, plain);
	struct pg_levels l = {0};
	pg_series_levels(&s, &rule, &l);
	cr_assert_eq(l.nr_plateaus, n, "seed %u: %zu plateaus, not %zu", seed, l.nr_plateaus, n);
	for (size_t i = 0; i < n; i++) {
		const struct pg_plateau *p = &l.plateaus[i];
		double variance = plain_variance(&plain[i]);
		cr_assert_eq(p->first, plain[i].first, "seed %u", seed);
		cr_assert_eq(p->last, plain[i].last, "seed %u", seed);
		cr_assert_eq(p->level, plain[i].level, "seed %u", seed);
		cr_assert_float_eq(p->variance, variance, 1e-9 * (1 + variance), "seed %u", seed);
		free(plain[i].values);
	}
	free(plain);
	pg_levels_free(&l);
	pg_series_free(&s);
}

Test(series_levels, as_the_plain_algorithm)
{
	for (unsigned seed = 1; seed <= 10000; seed++)
		compare_random(seed);
}

/* ---- long series ----------------------------------------------------------------------------- */

/*
 * That each of these takes 10 to 40 ms, not minutes, is what bench/series_bench tells; here the
 * timeout of a test stands guard against n². Levels are compared where they are plain.
 */
#define LONG 100000

Test(series_levels, plateaus_that_merge_one_by_one, .timeout = 60)
{
	struct pg_series s = {0};
	struct pg_levels l = {0};
	for (size_t i = 0; i < LONG; i++)
		pg_series_add(&s, (double)i, i / 5 % 2 ? 14 : 10);
	pg_series_levels(&s, &pg_level_rule_default, &l);
	cr_assert_eq(l.nr_plateaus, 1);
	cr_expect_eq(l.plateaus[0].last, LONG - 1);
	cr_expect_float_eq(l.plateaus[0].level, 12, 1e-9);
	cr_expect_float_eq(l.plateaus[0].variance, 4, 1e-9);
	pg_levels_free(&l);
	pg_series_free(&s);
}

Test(series_levels, far_values_that_merge, .timeout = 60)
{
	struct pg_level_rule rule = {.min_length = 5, .tolerance = 0, .merge_threshold = 1e10};
	struct pg_series s = {0};
	struct pg_levels l = {0};
	for (size_t i = 0; i < LONG; i++)
		pg_series_add(&s, (double)i, (int64_t)(i / 5) * 104729 % (INT64_C(1) << 31));
	pg_series_levels(&s, &rule, &l);
	cr_assert_eq(l.nr_plateaus, 1);
	cr_expect_eq(l.plateaus[0].last, LONG - 1);
	pg_levels_free(&l);
	pg_series_free(&s);
}

/* Each stretch is one sample shorter than the rule wants: every beginning is tried. */
Test(series_levels, stretches_that_are_too_short, .timeout = 60)
{
	struct pg_level_rule rule = {.min_length = LONG / 4, .tolerance = 2, .merge_threshold = 5};
	struct pg_series s = {0};
	struct pg_levels l = {0};
	for (size_t i = 0; i < LONG; i++)
		pg_series_add(&s, (double)i, i / (LONG / 4 - 1) % 2 ? 1000 : 10);
	pg_series_levels(&s, &rule, &l);
	cr_expect_eq(l.nr_plateaus, 0);
	pg_levels_free(&l);
	pg_series_free(&s);
}

Test(series_levels, the_largest_numbers)
{
	struct pg_level_rule rule = {.min_length = 2, .tolerance = 0};
	struct pg_series s = {0};
	struct pg_levels l = {0};
	for (size_t i = 0; i < 8; i++)
		pg_series_add(&s, (double)i, i / 2 % 2 ? INT64_MAX : 0);
	pg_series_levels(&s, &rule, &l);
	cr_assert_eq(l.nr_jumps, 3);
	cr_expect_eq(l.jumps[0].size, INT64_MAX);
	cr_expect_eq(l.jumps[1].size, INT64_MIN);
	pg_levels_free(&l);
	pg_series_free(&s);
}
