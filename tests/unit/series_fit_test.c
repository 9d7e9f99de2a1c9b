/* SPDX-License-Identifier: MIT */
/*
 * The numbers that the verdict on leaks is made of, on values few enough to be reckoned by hand or
 * by another program: medians, the trend test with its ties, lines, seasons.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "series/series_impl.h"

#define MAX 10

struct values {
	size_t n;
	double y[MAX];
};

static void expect_close(double is, double want, const char *what, size_t row)
{
	cr_expect(fabs(is - want) < 1e-5, "%s, row %zu: %.9g, not %.9g", what, row, is, want);
}

Test(series_fit, medians)
{
	static const struct {
		struct values v;
		double want;
	} rows[] = {
		{{1, {7}}, 7},
		{{2, {4, 1}}, 2.5},
		{{3, {3, 9, 1}}, 3},
		{{4, {9, 1, 3, 2}}, 2.5},
		{{6, {1, 8, 2, 9, 3, 7}}, 5},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct values v = rows[i].v;
		expect_close(pg_fit_median(v.y, v.n), rows[i].want, "median", i);
	}
}

/* With the variance that is right where values are the same: Kendall, Rank Correlation Methods. */
Test(series_fit, whether_it_rises)
{
	static const struct {
		struct values v;
		double p;
	} rows[] = {
		{{2, {1, 2}}, 0.5},
		{{4, {1, 2, 3, 4}}, 0.0447147},
		{{4, {1, 1, 2, 2}}, 0.1226391},
		{{5, {2, 1, 4, 3, 5}}, 0.1103357},
		{{6, {5, 5, 5, 5, 6, 7}}, 0.0356195},
		{{4, {4, 3, 2, 1}}, 1},
		{{3, {1, 1, 1}}, 1},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		expect_close(pg_fit_mann_kendall(rows[i].v.y, rows[i].v.n), rows[i].p, "p", i);
}

Test(series_fit, slopes)
{
	static const double t[] = {10, 12, 13, 17};
	static const struct {
		struct values y;
		double slope;
	} rows[] = {
		{{1, {5}}, 0},           {{2, {5, 8}}, 1.5},
		{{4, {0, 4, 6, 14}}, 2}, {{4, {0, 4, 6, 900}}, (2 + 900 / 7.0) / 2},
		{{3, {6, 2, 0}}, -2},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		expect_close(pg_fit_theil_sen(t, rows[i].y.y, rows[i].y.n), rows[i].slope, "slope",
			     i);
}

/* What other shapes leave, by trying all bends and all places of four steps. */
Test(series_fit, lines_stairs_and_hinges)
{
	static const struct {
		double y[MAX];
		struct pg_fit_line want; /* in the order of its members */
	} rows[] = {
		{{0, 3, 0, 3, 0, 3, 0, 3, 0, 3},
		 {0.818182, 1.651446, -0.9, 0.444444, 0.61875, 0.991587}},
		{{0, 0, 5, 5, 5, 9, 9, 12, 12, 20},
		 {17.181818, 1.981735, -0.352546, 0, 0, 2.025153}},
		{{0, 2, 4, 6, 8, 8, 8, 8, 8, 8}, {7.636364, 1.604917, 0.588235, 0, 0, 0}},
		{{3, 1, 4, 1, 5, 9, 2, 6, 5, 3},
		 {2.454545, 2.468897, -0.325802, 0.555556, 0.234123, 0.860667}},
		{{10, 9, 8, 8, 7, 1, 1, 0, 0, 0},
		 {-12, 1.570563, 0.187838, 0.555556, 0.025338, 0.723938}},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		const struct pg_fit_line *want = &rows[i].want;
		struct pg_fit_line is;
		pg_fit_line(rows[i].y, MAX, &is);
		expect_close(is.rise, want->rise, "rise", i);
		expect_close(is.deviation, want->deviation, "deviation", i);
		expect_close(is.echo, want->echo, "echo", i);
		expect_close(is.falls, want->falls, "falls", i);
		expect_close(is.stairs, want->stairs, "stairs", i);
		expect_close(is.hinge, want->hinge, "hinge", i);
	}
}

/* Teeth of 30 samples and 29 high, on a floor that rises by one in 10 samples. */
Test(series_fit, seasons)
{
	enum { NR = 300 };
	struct pg_series s = {0};
	struct pg_season season;
	for (int i = 0; i < NR; i++)
		pg_series_add(&s, 5 + i, 100 + i % 30 + i / 10);
	cr_assert(pg_season_find(&s, &season));
	cr_expect_eq(season.period, 30);
	cr_expect_eq(season.n, NR - 30 + 1);
	expect_close(season.floor_rise, 27, "floor", 0);
	cr_expect(season.height > 24 && season.height < 30, "%g", season.height);
	for (size_t i = 1; i < season.n; i++)
		cr_expect(season.v[i] >= season.v[i - 1], "without its teeth it only rises");
	expect_close(season.v[0], 115.5, "first mean", 0);
	expect_close(season.t[0], 5 + 14.5 * 299 / 300.0 + 0.5 * 299 / 300.0, "first time", 0);
	pg_series_free(&s);
}
