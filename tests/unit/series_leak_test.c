/* SPDX-License-Identifier: MIT */
/*
 * Promise: what leaks is found and what does not leak is not called so, for every family of series
 * there is (leak_families.h), whatever its length, phase and noise.
 */
#include "series/series.h"

#include <criterion/criterion.h>
#include <math.h>

#include "base/util.h"
#include "leak_families.h"

#define SEEDS 40

/* One in that many is always allowed: numbers are not rounded alike everywhere. */
static unsigned allowed(const struct family *f)
{
	return f->wrong ? 1 + SEEDS * f->wrong / 100 : 0;
}

static void expect_family(const struct family *f)
{
	unsigned wrong = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct pg_series s = draw_series(f, seed);
		struct pg_leak leak;
		pg_series_leak(&s, &leak);
		wrong += !is_right(f->must, leak.verdict);
		if (!is_right(f->must, leak.verdict) && f->wrong == 0)
			cr_log_error("%s, seed %llu, %zu samples: %s", f->name,
				     (unsigned long long)seed, s.n, pg_leak_name(leak.verdict));
		pg_series_free(&s);
	}
	cr_expect_leq(wrong, allowed(f), "%s: %u of %u are wrong", f->name, wrong, SEEDS);
}

Test(series_leak, families)
{
	for (size_t i = 0; i < NR_FAMILIES; i++)
		expect_family(&families[i]);
}

Test(series_leak, there_are_at_least_28_families)
{
	cr_expect_geq(NR_FAMILIES, 28);
}

/* Nothing that must be none may be called leaking but once in a hundred. */
Test(series_leak, false_alarms)
{
	unsigned alarms = 0, all = 0;
	for (size_t i = 0; i < NR_FAMILIES; i++) {
		for (uint64_t seed = 1000; seed < 1020; seed++) {
			if (families[i].must != MUST_BE_NONE)
				continue;
			struct pg_series s = draw_series(&families[i], seed);
			struct pg_leak leak;
			pg_series_leak(&s, &leak);
			alarms += leak.verdict == PG_LEAK_LEAKING;
			all++;
			pg_series_free(&s);
		}
	}
	cr_expect_lt(alarms * 100, all, "%u of %u", alarms, all);
}

/* ---- what is told of it -----------------------------------------------------------------------
 */

static struct pg_series line(size_t n, double interval, double per_sample)
{
	struct pg_series s = {0};
	for (size_t i = 0; i < n; i++)
		pg_series_add(&s, (double)i * interval, 10 + (int64_t)((double)i * per_sample));
	return s;
}

Test(series_leak, slope_and_rise)
{
	static const struct {
		size_t n;
		double interval, per_sample;
	} rows[] = {{40, 0.1, 0.5},
		    {40, 0.1, 1},
		    {1800, 1, 1 / 60.},
		    {100000, 0.001, 0.01},
		    {1000, 3600, 7}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct pg_series s = line(rows[i].n, rows[i].interval, rows[i].per_sample);
		double slope = rows[i].per_sample / rows[i].interval;
		struct pg_leak leak;
		pg_series_leak(&s, &leak);
		cr_expect_eq(leak.verdict, PG_LEAK_LEAKING, "row %zu", i);
		cr_expect_float_eq(leak.per_second, slope, slope * 0.1, "row %zu: %g", i,
				   leak.per_second);
		double rise = rows[i].per_sample * (double)rows[i].n;
		cr_expect_float_eq(leak.rise, rise, rise * 0.1 + 1, "row %zu: %g", i, leak.rise);
		cr_expect_lt(leak.p, 0.01, "row %zu", i);
		cr_expect_gt(leak.confidence, 0.6, "row %zu: %g", i, leak.confidence);
		cr_expect_leq(leak.confidence, 1, "row %zu", i);
		pg_series_free(&s);
	}
}

/* A straight line is surer than the same rise in few steps, or in noise. */
Test(series_leak, confidence)
{
	struct pg_series s = line(600, 1, 0.1), steps = {0}, noise = {0};
	for (size_t i = 0; i < 600; i++) {
		pg_series_add(&steps, (double)i, (int64_t)(i / 60 * 6));
		pg_series_add(&noise, (double)i,
			      (int64_t)(20 + i / 10 + (i * 2654435761u >> 7) % 31));
	}
	struct pg_leak straight, in_steps, in_noise;
	pg_series_leak(&s, &straight);
	pg_series_leak(&steps, &in_steps);
	pg_series_leak(&noise, &in_noise);
	cr_expect_eq(in_steps.verdict, PG_LEAK_LEAKING);
	cr_expect_eq(in_noise.verdict, PG_LEAK_LEAKING);
	cr_expect_lt(in_steps.confidence, straight.confidence);
	cr_expect_lt(in_noise.confidence, straight.confidence);
	cr_expect_geq(in_steps.confidence, 0.5);
	cr_expect_geq(in_noise.confidence, 0.5);
	pg_series_free(&s);
	pg_series_free(&steps);
	pg_series_free(&noise);
}

/* The slope is that of the floor, whatever stands on it. */
Test(series_leak, slope_under_teeth)
{
	struct pg_series s = {0};
	for (size_t i = 0; i < 1200; i++)
		pg_series_add(&s, (double)i, (int64_t)(5 + i / 20 + i % 300 / 5));
	struct pg_leak leak;
	pg_series_leak(&s, &leak);
	cr_expect_eq(leak.verdict, PG_LEAK_LEAKING);
	cr_expect_float_eq(leak.per_second, 0.05, 0.005, "%g", leak.per_second);
	pg_series_free(&s);
}

Test(series_leak, none_has_no_slope)
{
	struct pg_series s = line(300, 1, 0);
	struct pg_leak leak;
	pg_series_leak(&s, &leak);
	cr_expect_eq(leak.verdict, PG_LEAK_NONE);
	cr_expect_float_eq(leak.per_second, 0, 1e-12);
	cr_expect_float_eq(leak.p, 1, 1e-12);
	cr_expect_float_eq(leak.confidence, 1, 1e-12);
	pg_series_free(&s);
}

Test(series_leak, names)
{
	cr_expect_str_eq(pg_leak_name(PG_LEAK_NONE), "none");
	cr_expect_str_eq(pg_leak_name(PG_LEAK_SUSPECTED), "suspected");
	cr_expect_str_eq(pg_leak_name(PG_LEAK_LEAKING), "leaking");
}

/* ---- odd input --------------------------------------------------------------------------------
 */

Test(series_leak, few_samples_say_nothing)
{
	for (size_t n = 0; n < 16; n++) {
		struct pg_series s = line(n, 1, 5);
		struct pg_leak leak;
		pg_series_leak(&s, &leak);
		cr_expect_eq(leak.verdict, PG_LEAK_NONE, "%zu samples", n);
		cr_expect_float_eq(leak.confidence, 0, 1e-12, "%zu samples", n);
		pg_series_free(&s);
	}
}

Test(series_leak, time_that_stands_still)
{
	struct pg_series s = line(500, 0, 1);
	struct pg_leak leak;
	pg_series_leak(&s, &leak);
	cr_expect_eq(leak.verdict, PG_LEAK_NONE);
	pg_series_free(&s);
}

/* Half of the samples in a thousandth of the time, a hole, then the rest. */
Test(series_leak, time_with_holes)
{
	struct pg_series s = {0};
	for (size_t i = 0; i < 400; i++)
		pg_series_add(&s, i < 200 ? (double)i / 1000 : 500 + (double)i, 10);
	struct pg_leak leak;
	pg_series_leak(&s, &leak);
	cr_expect_eq(leak.verdict, PG_LEAK_NONE);
	pg_series_free(&s);
}

Test(series_leak, the_largest_numbers)
{
	struct pg_series s = {0};
	for (size_t i = 0; i < 400; i++)
		pg_series_add(&s, (double)i, INT64_MAX / 400 * (int64_t)i);
	struct pg_leak leak;
	pg_series_leak(&s, &leak);
	cr_expect_eq(leak.verdict, PG_LEAK_LEAKING);
	cr_expect(isfinite(leak.per_second) && isfinite(leak.confidence));
	pg_series_free(&s);
}
