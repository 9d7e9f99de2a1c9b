/* SPDX-License-Identifier: MIT */
/* Ranges, ticks, what is left of long lines, where labels go: no pixels, no cells. */
#include "plot/plot.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void set_locale(void)
{
	setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(plot, .init = set_locale);

Test(plot, ticks_are_round)
{
	static const struct {
		double min, max;
		size_t most;
		double step, first;
		size_t nr;
	} t[] = {
		{0, 10, 11, 1, 0, 11},
		{0, 10, 10, 2, 0, 6},
		{0, 10, 5, 5, 0, 3},
		{0, 10, 2, 10, 0, 2},
		{0, 10, 1, 20, 0, 1},
		{0, 24.2, 6, 5, 0, 5},
		{3, 17, 4, 5, 5, 3},
		{-7, 7, 5, 5, -5, 3},
		{0, 0.35, 8, 0.05, 0, 8},
		{0.3, 0.9, 7, 0.1, 0.3, 7},
		{0, 9.2e18, 6, 2e18, 0, 5},
		{1e18, 1e18 + 4096, 4, 2000, 1e18, 3},
		{0, 1e-12, 3, 5e-13, 0, 3},
		/* Nothing to divide. */
		{4, 4, 5, 0, 4, 1},
		{0, 10, 0, 0, 0, 0},
		{10, 0, 5, 0, 0, 0},
		{0, INFINITY, 5, 0, 0, 0},
		{NAN, 1, 5, 0, 0, 0},
		{-1e308, 1e308, 5, 0, -1e308, 1},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		double ticks[16], step;
		size_t nr = pg_plot_ticks(t[i].min, t[i].max, t[i].most, ticks, &step);
		cr_assert_eq(nr, t[i].nr, "row %zu: %zu ticks", i, nr);
		cr_expect_float_eq(step, t[i].step, fabs(t[i].step) * 1e-12, "row %zu: %g", i,
				   step);
		if (nr > 0)
			cr_expect_float_eq(ticks[0], t[i].first, fabs(t[i].first) * 1e-12,
					   "row %zu: from %g on", i, ticks[0]);
	}
}

/* Never more than was asked for, all of them within, ascending. */
Test(plot, ticks_of_any_range)
{
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		double a = ldexp(rand_r(&seed) - RAND_MAX / 2, rand_r(&seed) % 80 - 60);
		double b = a + ldexp(rand_r(&seed) + 1.0, rand_r(&seed) % 80 - 60);
		size_t most = (size_t)(1 + rand_r(&seed) % 20);
		double ticks[20], step;
		size_t nr = pg_plot_ticks(a, b, most, ticks, &step);
		cr_assert_leq(nr, most);
		cr_assert(step >= 0 && isfinite(step));
		double hair = 1e-6 * (b - a) + 1e-9 * fabs(a);
		for (size_t k = 0; k < nr; k++) {
			cr_assert(ticks[k] >= a - hair && ticks[k] <= b + hair);
			cr_assert(k == 0 || ticks[k] >= ticks[k - 1]);
		}
	}
}

static const char *labels(enum pg_plot_unit unit, double min, double max, size_t most, char *out)
{
	struct pg_plot_axis a;
	char one[PG_PLOT_TICK_LEN];

	pg_plot_axis(unit, min, max, most, &a);
	*out = '\0';
	for (size_t i = 0; i < a.nr; i++)
		sprintf(out + strlen(out), "%s ", pg_plot_tick_label(&a, a.ticks[i], one));
	strcat(out, a.unit);
	return out;
}

Test(plot, labels_of_an_axis)
{
	static const struct {
		enum pg_plot_unit unit;
		double min, max;
		size_t most;
		const char *text;
	} t[] = {
		{PG_PLOT_SECONDS, 0, 5.6, 6, "0 1 2 3 4 5 s"},
		{PG_PLOT_SECONDS, 0, 0.1, 3, "0.00 0.05 0.10 s"},
		{PG_PLOT_SECONDS, 0, 299, 4, "0 100 200 s"},
		{PG_PLOT_SECONDS, 0, 300, 4, "0 2 4 min"},
		{PG_PLOT_SECONDS, 0, 4 * 3600., 5, "0 1 2 3 4 h"},
		{PG_PLOT_SECONDS, 0, 4 * 86400., 5, "0 1 2 3 4 d"},
		{PG_PLOT_SECONDS, 0, 6000, 11, "0 10 20 30 40 50 60 70 80 90 100 min"},
		{PG_PLOT_SECONDS, 0, 15000, 9, "0.0 0.5 1.0 1.5 2.0 2.5 3.0 3.5 4.0 h"},
		/* Where a larger unit would need decimals, a smaller one has none. */
		{PG_PLOT_SECONDS, 36000, 36010, 3, "36000 36005 36010 s"},
		{PG_PLOT_NUMBER, 0, 1, 9, "0 1 "},
		{PG_PLOT_NUMBER, 0, 24, 6, "0 5 10 15 20 "},
		{PG_PLOT_NUMBER, 9999, 10005, 4, "10000 10002 10004 "},
		{PG_PLOT_NUMBER, 0, 65536, 4, "0 20k 40k 60k "},
		{PG_PLOT_NUMBER, 0, 12e6, 3, "0 5M 10M "},
		{PG_PLOT_NUMBER, 0, 9.2e18, 3, "0 5000P "},
		{PG_PLOT_NUMBER, -20, 20, 3, "-20 0 20 "},
		{PG_PLOT_NUMBER, 0, 2e30, 2, "0 2e+30 "},
		{PG_PLOT_NUMBER, 5, 5, 3, "5 "},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		char got[PG_PLOT_MAX_TICKS * PG_PLOT_TICK_LEN];
		cr_expect_str_eq(labels(t[i].unit, t[i].min, t[i].max, t[i].most, got), t[i].text,
				 "row %zu: %s", i, got);
	}
}

static void expect_range(const struct pg_plot *p, double x0, double x1, double y0, double y1)
{
	cr_expect(p->x_min == x0 && p->x_max == x1, "x %g … %g", p->x_min, p->x_max);
	cr_expect_float_eq(p->y_min, y0, 1e-9, "y from %g", p->y_min);
	cr_expect_float_eq(p->y_max, y1, 1e-9, "y to %g", p->y_max);
}

Test(plot, range_of_samples)
{
	static const struct {
		double xs[3];
		int64_t ys[3];
		size_t n;
		double x0, x1, y0, y1;
	} t[] = {
		{{0}, {0}, 0, 0, 1, 0, 2},
		{{0}, {0}, 1, 0, 1, 0, 1},
		{{0}, {7}, 1, 0, 1, 0, 8},
		{{5}, {7}, 1, 5, 6, 0, 8},
		{{0, 1, 2}, {25, 25, 25}, 3, 0, 2, 0, 27.5},
		{{0, 1, 2}, {100, 200, 120}, 3, 0, 2, 0, 220},
		{{0, 1, 2}, {5, 7, 6}, 3, 0, 2, 0, 8},                      /* few: from 0 on */
		{{0, 1, 2}, {10000, 10020, 10010}, 3, 0, 2, 9998, 10022.2}, /* zoomed in */
		{{0.01, 1, 2}, {1, 1, 1}, 3, 0, 2, 0, 2},
		{{100, 101, 102}, {1, 1, 1}, 3, 100, 102, 0, 2},
		{{-1, 0, 1}, {-5, 0, 5}, 3, -1, 1, -6, 6.1},
		{{NAN, INFINITY, 3}, {1, 2, 3}, 3, 3, 4, 0, 4},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_plot *p = pg_plot_new("t", NULL, NULL);
		pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_LINE,
						      .xs = t[i].xs,
						      .ys = t[i].ys,
						      .n = t[i].n});
		pg_plot_fit(p);
		expect_range(p, t[i].x0, t[i].x1, t[i].y0, t[i].y1);
		pg_plot_free(p);
	}
}

static void add_limit(struct pg_plot *p, double y)
{
	pg_plot_add(p, &(struct pg_plot_item){
			       .shape = PG_PLOT_HLINE, .role = PG_PLOT_LIMIT, .y0 = y, .x1 = 1e9});
}

/* A limit is within sight if it is no more than twice the data; it says nothing about time. */
Test(plot, range_with_limits)
{
	static const double xs[] = {0, 10};
	static const int64_t ys[] = {10, 100};
	struct pg_plot *p = pg_plot_new(NULL, NULL, NULL);

	pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_LINE, .xs = xs, .ys = ys, .n = 2});
	add_limit(p, 201);
	pg_plot_fit(p);
	expect_range(p, 0, 10, 0, 110);
	add_limit(p, 200);
	add_limit(p, 150);
	pg_plot_fit(p);
	expect_range(p, 0, 10, 0, 220);
	pg_plot_free(p);
}

Test(plot, range_with_all_shapes)
{
	struct pg_plot *p = pg_plot_new(NULL, NULL, NULL);

	pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_VLINE, .x0 = 40});
	pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_HLINE, .x0 = 2, .x1 = 30, .y0 = 50});
	pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_ARROW, .x0 = 9, .y0 = 60, .y1 = 4});
	pg_plot_fit(p);
	expect_range(p, 0, 40, 0, 66);
	pg_plot_free(p);
}

Test(plot, items_are_copies)
{
	char label[] = "one";
	struct pg_plot *p = pg_plot_new("title", "x", NULL);

	for (int i = 0; i < 100; i++)
		pg_plot_add(p, &(struct pg_plot_item){.label = label});
	label[0] = 'x';
	cr_expect_eq(p->nr, 100);
	cr_expect_str_eq(p->items[99].label, "one");
	cr_expect_str_eq(p->title, "title");
	cr_expect_null(p->y_title);
	pg_plot_free(p);
	pg_plot_free(NULL);
}

/* ---- reducing --------------------------------------------------------------------------------
 */

struct many {
	double *xs;
	int64_t *ys;
	struct pg_plot plot;
	struct pg_plot_item line;
	struct pg_plot_point *out;
};

static void many_open(struct many *m, size_t n, size_t columns)
{
	*m = (struct many){.xs = pg_calloc(n + 1, sizeof(double)),
			   .ys = pg_calloc(n + 1, sizeof(int64_t)),
			   .out = pg_calloc(PG_PLOT_REDUCED(columns), sizeof(*m->out))};
	m->plot = (struct pg_plot){.x_min = 0, .x_max = (double)(n - 1), .y_max = 1};
	m->line = (struct pg_plot_item){.shape = PG_PLOT_LINE, .xs = m->xs, .ys = m->ys, .n = n};
}

static void many_close(struct many *m)
{
	free(m->xs);
	free(m->ys);
	free(m->out);
}

/* Of each column the first, the last, the highest and the lowest are there; nothing is invented. */
Test(plot, a_million_samples)
{
	const size_t n = 1000000, columns = 1000;
	struct many m;
	unsigned seed = 7;

	many_open(&m, n, columns);
	for (size_t i = 0; i < n; i++) {
		m.xs[i] = (double)i;
		m.ys[i] = rand_r(&seed) % 1000;
	}
	m.ys[123456] = 5000;
	m.ys[654321] = -5000;
	size_t nr = pg_plot_reduce(&m.plot, &m.line, columns, m.out);
	cr_assert_leq(nr, 4 * columns);
	bool high = false, low = false;
	for (size_t i = 0; i < nr; i++) {
		cr_assert_eq(m.out[i].y, (double)m.ys[(size_t)m.out[i].x]);
		cr_assert(i == 0 || m.out[i].x > m.out[i - 1].x);
		high |= m.out[i].y == 5000;
		low |= m.out[i].y == -5000;
	}
	cr_expect(high && low);
	cr_expect_eq(m.out[0].x, 0);
	cr_expect_eq(m.out[nr - 1].x, (double)(n - 1));
	many_close(&m);
}

Test(plot, few_samples_stay_as_they_are)
{
	struct many m;

	many_open(&m, 5, 100);
	for (size_t i = 0; i < 5; i++) {
		m.xs[i] = (double)i;
		m.ys[i] = (int64_t)(i % 2);
	}
	cr_assert_eq(pg_plot_reduce(&m.plot, &m.line, 100, m.out), 5);
	for (size_t i = 0; i < 5; i++)
		cr_expect(m.out[i].x == m.xs[i] && m.out[i].y == (double)m.ys[i]);
	many_close(&m);
}

/* A log may hold anything: what goes back in time, or is no time at all, is left out. */
Test(plot, samples_out_of_order)
{
	static const double xs[] = {0, NAN, 2, 1, INFINITY, 2, -3, 3};
	static const double want[] = {0, 2, 2, 3};
	struct many m;

	many_open(&m, 8, 10);
	memcpy(m.xs, xs, sizeof(xs));
	for (size_t i = 0; i < 8; i++)
		m.ys[i] = (int64_t)i;
	m.plot.x_max = 3;
	size_t nr = pg_plot_reduce(&m.plot, &m.line, 10, m.out);
	cr_assert_eq(nr, 4);
	for (size_t i = 0; i < nr; i++)
		cr_expect_eq(m.out[i].x, want[i]);
	m.line.n = 0;
	cr_expect_eq(pg_plot_reduce(&m.plot, &m.line, 10, m.out), 0);
	many_close(&m);
}

/* What is left and right of the picture is two columns more. */
Test(plot, samples_out_of_sight)
{
	struct many m;

	many_open(&m, 1000, 10);
	for (size_t i = 0; i < 1000; i++) {
		m.xs[i] = (double)i;
		m.ys[i] = (int64_t)(i % 10);
	}
	m.plot.x_min = 400;
	m.plot.x_max = 600;
	size_t nr = pg_plot_reduce(&m.plot, &m.line, 10, m.out);
	cr_expect_leq(nr, PG_PLOT_REDUCED(10));
	cr_expect_eq(m.out[0].x, 0);
	cr_expect_eq(m.out[nr - 1].x, 999);
	many_close(&m);
}

/* ---- placing ---------------------------------------------------------------------------------
 */

Test(plot, labels_move_apart)
{
	static const struct {
		double at[5];
		size_t n;
		double want[5];
	} t[] = {
		{{0}, 0, {0}},
		{{50}, 1, {50}},
		{{-5}, 1, {0}},
		{{105}, 1, {100}},
		{{10, 50, 90}, 3, {10, 50, 90}},
		{{50, 50}, 2, {45, 55}},
		{{49, 52}, 2, {45.5, 55.5}},
		{{10, 50, 50, 50, 90}, 5, {10, 40, 50, 60, 90}},
		{{1, 2, 3}, 3, {0, 10, 20}},
		{{99, 99, 99}, 3, {80, 90, 100}},
		{{40, 45, 60, 61}, 4, {36.5, 46.5, 56.5, 66.5}},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		double at[5];
		memcpy(at, t[i].at, sizeof(at));
		pg_plot_spread(at, t[i].n, 10, 0, 100);
		for (size_t k = 0; k < t[i].n; k++)
			cr_expect_float_eq(at[k], t[i].want[k], 1e-9, "row %zu: [%zu] at %g", i, k,
					   at[k]);
	}
	double crowd[21] = {0};
	pg_plot_spread(crowd, 21, 10, 0, 100);
	for (size_t k = 0; k < 21; k++)
		cr_expect_float_eq(crowd[k], 5.0 * (double)k, 1e-9);
}

Test(plot, the_longest_arrows_win)
{
	struct pg_plot *p = pg_plot_new(NULL, NULL, NULL);
	size_t out[1000];

	for (int i = 0; i < 1000; i++)
		pg_plot_add(p,
			    &(struct pg_plot_item){.shape = PG_PLOT_ARROW,
						   .x0 = i,
						   .y0 = 0,
						   .y1 = i == 333 || i == 337 ? -50 : 1 + i % 2});
	pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_VLINE, .x0 = 5});
	p->x_max = 999;
	size_t n = pg_plot_pick(p, PG_PLOT_ARROW, 100, 10, out);
	cr_expect_eq(out[0], 333); /* the other one is too near */
	cr_expect(n > 5 && n <= 11, "%zu", n);
	cr_expect_eq(pg_plot_pick(p, PG_PLOT_VLINE, 100, 10, out), 1);
	cr_expect_eq(out[0], 1000);
	cr_expect_eq(pg_plot_pick(p, PG_PLOT_ARROW, 0, 1, out), 0);
	p->x_max = 100;
	cr_expect_eq(pg_plot_pick(p, PG_PLOT_ARROW, 1000, 1, out), 101);
	pg_plot_free(p);
}

Test(plot, labels_are_cut_and_safe)
{
	static const struct {
		const char *label;
		int max;
		bool utf8;
		const char *text;
	} t[] = {
		{"short", 5, true, "short"},
		{"shorter", 5, true, "shor…"},
		{"shorter", 5, false, "shor~"},
		{"a\033[1mb", 9, true, "a\ufffd[1mb"},
		{"\xff\xfe", 9, false, "??"},
		{"日本語", 5, true, "日本…"},
		{NULL, 5, true, ""},
		{"x", 0, true, ""},
		{"", 5, true, ""},
		{"two\nlines", 20, true, "two\ufffdlines"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf b = {0};
		pg_plot_label(t[i].label, t[i].max, t[i].utf8, &b);
		cr_expect_str_eq(pg_buf_cstr(&b), t[i].text, "row %zu: %s", i, pg_buf_cstr(&b));
		pg_buf_free(&b);
	}
}
