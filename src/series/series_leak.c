/* SPDX-License-Identifier: MIT */
/*
 * Whatever comes back, comes down to a floor; a leak is a floor that rises. The run is cut into
 * windows of time (not of samples: those may come irregularly); of each the 5 % quantile is taken,
 * and the floor is the least of all that follows. At the end nothing follows, so the last eighth of
 * the floor does not count for its shape. It leaks if
 *
 *   rise   it rises by 3 and by several times the noise, without its biggest step (a log file that
 *          was opened is no leak, nor does it hide one), and more than it ever came back by
 *   many   in at least 6 steps, as counted by (sum of steps)² / sum of (steps²): a staircase of few
 *          steps does not
 *   even   near the straight line from its beginning to its end, in each quarter: what settles, or
 *          began late, is not
 *   goes on  it still rises at the end: the time since the last step is not much longer than times
 *          between steps were (or, steps at random, than chance has it); and its last fifth is not
 *          poorer than chance has it
 *   trend  the windows rise by Mann and Kendall, p < 0.01
 *
 * Noise makes the floor a rough thing. So it leaks as well if the medians of the windows rise as a
 * straight line does: far more than they scatter, one deviation not like the next (a random walk is
 * not straight), and neither four steps nor a line that is flat from some point on explain much
 * more. And seasons of which there were few are taken out beforehand (series_season.c).
 *
 * A run may begin with something else: all this is asked of the whole, without its first tenth, and
 * without its first fifth. Suspected: it has risen at the end by more than ever came back, in
 * several steps, but too late, too unevenly, too lately ended, or too few samples say so.
 *
 * Of 2,000 series of each of 73 families (tests/unit/leak_families.h; series_bench counts them):
 * of those that leak, 29 families, 99.5 % are found, in the worst family (what is lost at the side
 * of short-lived connections) 97.3 %; of those that do not, 38 families, 0.02 % are called leaking
 * and 0.2 % suspected, at worst 0.4 % (a staircase of soft steps) and 1.7 % (a step under a
 * sawtooth). A random walk without bounds, which nothing tells from a leak for sure: 2.2 and 4.5 %.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "series_impl.h"

#define FEW_SAMPLES    16   /* with fewer, nothing is said */
#define ENOUGH_SAMPLES 24   /* with fewer, nothing is sure */
#define LEAST_SPAN     1e-6 /* seconds */
#define LEAST_RISE     3    /* descriptors */
#define LEAST_STEPS    6
#define CHANCE         2.33 /* standard deviations: 1 % on one side */
#define LEAST_WINDOWS  12
#define WINDOW_SAMPLES 6

const char *pg_leak_name(enum pg_leak_verdict v)
{
	static const char *const names[] = {"none", "suspected", "leaking"};
	return names[v];
}

/* ---- windows --------------------------------------------------------------------------------- */

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void take_window(double *v, size_t n, struct pg_windows *w)
{
	size_t low = n / 20;
	if (n >= 8 && low == 0)
		low = 1;
	qsort(v, n, sizeof(*v), cmp_double);
	w->low[w->n] = v[low];
	w->mid[w->n] = n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* n ≥ 2 values, t[0] < t[n - 1]; a window without samples has what the one before it has. */
static void cut_windows(const double *t, const double *v, size_t n, struct pg_windows *w)
{
	double begin = t[0], span = t[n - 1] - begin, *sorted = pg_alloc(n * sizeof(*sorted));
	size_t nr = n / WINDOW_SAMPLES;
	nr = nr < LEAST_WINDOWS ? LEAST_WINDOWS : nr > PG_WINDOWS ? PG_WINDOWS : nr;
	w->n = 0;
	for (size_t i = 0; w->n < nr; w->n++) {
		double end = begin + span * (double)(w->n + 1) / (double)nr;
		size_t first = i;
		for (; i < n && (t[i] < end || w->n + 1 == nr); i++)
			sorted[i - first] = v[i];
		w->t[w->n] = begin + span * ((double)w->n + 0.5) / (double)nr;
		if (i == first) {
			w->low[w->n] = w->n ? w->low[w->n - 1] : v[0];
			w->mid[w->n] = w->n ? w->mid[w->n - 1] : v[0];
		} else {
			take_window(sorted, i - first, w);
		}
	}
	free(sorted);
	for (size_t i = w->n; i-- > 0;)
		w->floor[i] = i + 1 < w->n ? fmin(w->low[i], w->floor[i + 1]) : w->low[i];
}

/* How much lows differ from one window to the next, beyond what they do on average. */
static double noise_of(const double *low, size_t n)
{
	double d[PG_WINDOWS];
	for (size_t i = 1; i < n; i++)
		d[i - 1] = low[i] - low[i - 1];
	double usual = pg_fit_median(d, n - 1);
	for (size_t i = 0; i + 1 < n; i++)
		d[i] = fabs(d[i] - usual);
	return 1.4826 * pg_fit_median(d, n - 1) / sqrt(2);
}

/* By how much it ever came down from where it was. What lasts two windows or less is a burst, and
 * left out. */
static double came_back(const double *low, size_t n)
{
	double top = -HUGE_VAL, most = 0;
	for (size_t i = 0; i < n; i++) {
		double five[5];
		size_t nr = 0;
		for (size_t k = i < 2 ? 0 : i - 2; k <= i + 2 && k < n; k++)
			five[nr++] = low[k];
		double v = pg_fit_median(five, nr);
		top = fmax(top, v);
		most = fmax(most, top - v);
	}
	return most;
}

/* ---- the floor ------------------------------------------------------------------------------- */

struct shape {
	double noise, back;
	double rise;   /* without the biggest step */
	double steps;  /* how many there are, as it were */
	double uneven; /* how far it gets from the straight line, as a share of the rise */
	bool quarters; /* it rises in each */
	double p;
	bool ended;       /* it rises no more */
	double ended_for; /* share of the time in which it did not rise, up to the end */
};

static double steps_of(double sum, double squares)
{
	return squares > 0 ? sum * sum / squares : 0;
}

/* It leads to the index that is returned. */
static size_t biggest_step(const double *f, size_t n)
{
	size_t biggest = 1;
	for (size_t i = 2; i < n; i++)
		if (f[i] - f[i - 1] > f[biggest] - f[biggest - 1])
			biggest = i;
	return biggest;
}

/* f: the floor without its end. */
static void measure_steps(const double *f, size_t n, struct shape *out)
{
	size_t skip = biggest_step(f, n);
	double sum = 0, squares = 0, biggest = f[skip] - f[skip - 1];
	unsigned quarters = 0;
	out->rise = f[n - 1] - f[0] - biggest;
	for (size_t i = 1; i < n; i++) {
		double step = i == skip ? 0 : f[i] - f[i - 1];
		double line = (double)i / (double)(n - 1);
		sum += step;
		squares += step * step;
		double off = out->rise > 0 ? sum / out->rise - line : 0;
		out->uneven = fmax(out->uneven, off > 0 ? off : -off * 3 / 4);
		if (step > out->rise / 50)
			quarters |= 1u << ((i - 1) * 4 / (n - 1));
	}
	out->steps = steps_of(sum, squares);
	out->quarters = quarters == 15;
}

/* ---- the floor in cells: windows are too coarse for its last steps ----------------------------
 */

struct fine {
	size_t n;
	double floor[PG_CELLS];
};

static void floor_of_samples(const struct pg_series *s, struct fine *out)
{
	double holds = (double)s->v[0], begin = s->t[0], span = s->t[s->n - 1] - begin;
	out->n = s->n < PG_CELLS ? s->n : PG_CELLS;
	for (size_t k = 0, i = 0; k < out->n; k++) {
		double end = begin + span * (double)(k + 1) / (double)out->n, low = holds;
		for (size_t j = i; i < s->n && (s->t[i] < end || k + 1 == out->n); i++) {
			holds = (double)s->v[i];
			low = i == j ? holds : fmin(low, holds);
		}
		out->floor[k] = low;
	}
	for (size_t k = out->n - 1; k-- > 0;)
		out->floor[k] = fmin(out->floor[k], out->floor[k + 1]);
}

static void floor_of_season(const struct pg_season *s, struct fine *out)
{
	out->n = s->n;
	for (size_t k = s->n; k-- > 0;)
		out->floor[k] = k + 1 < s->n ? fmin(s->v[k], out->floor[k + 1]) : s->v[k];
}

/* In how many steps, as it were, it rises in the later half. */
static double late_steps(const double *floor, size_t n)
{
	double sum = 0, squares = 0;
	for (size_t k = n / 2; k + 1 < n; k++) {
		double step = floor[k + 1] - floor[k];
		sum += step;
		squares += step * step;
	}
	return steps_of(sum, squares);
}

/*
 * Whether the last fifth, from a part of the run on, rises by less than three fifths of its share,
 * and not by chance. What chance does is seen in how neighbours of 20 pieces differ: those of an
 * even leak hardly do.
 */
static bool slows_down(const struct fine *f, double from)
{
	size_t first = (size_t)(from * (double)f->n), n = f->n - 1 - first;
	size_t pieces = n >= 60 ? 20 : 10;
	const double *v = f->floor + first;
	double before = 0, squares = 0;
	for (size_t k = 0; k < pieces; k++) {
		double step = v[n * (k + 1) / pieces] - v[n * k / pieces];
		if (k > 0)
			squares += (step - before) * (step - before);
		before = step;
	}
	double share = 0.2 * (v[n] - v[0]), last = v[n] - v[n * 4 / 5];
	double by_chance = sqrt(squares / 2 / (double)(pieces - 1) * (double)pieces / 5 * 0.8);
	return last < 0.6 * share && share - last > CHANCE * by_chance;
}

/* ---- its end ----------------------------------------------------------------------------------
 */

/* The longest time without a rise, from the first rise on. */
static size_t longest_rest(const double *f, size_t n, double noise)
{
	size_t from = 0, longest = 0;
	while (from < n && f[from] - f[0] <= noise)
		from++;
	for (size_t i = from; i < n; i++) {
		while (f[i] - f[from] > noise)
			from++;
		longest = i - from > longest ? i - from : longest;
	}
	return longest;
}

/* f: the floor up to the very end, in windows or, without noise, in cells. */
static void measure_end(const double *f, size_t n, struct shape *out)
{
	size_t last = n - 1, skip = biggest_step(f, n);
	double noise = 2 * out->noise;
	while (last > 0 && f[n - 1] - f[last - 1] <= noise)
		last--;
	size_t rest = n - 1 - last;
	out->ended_for = (double)rest / (double)n;
	if (last == 0)
		return;
	double before = f[last] - f[0] - (skip <= last ? f[skip] - f[skip - 1] : 0);
	double expected = before / (double)last * (double)rest, seen = f[n - 1] - f[last];
	double unit = out->steps > 0 ? out->rise / out->steps : 1;
	/* That of 4.5 steps none comes has a chance of 1 %. */
	bool by_chance = expected < 4.5 * unit || seen > 0.75 * unit;
	bool usual = rest <= 2 * longest_rest(f, last + 1, noise) + 1;
	out->ended = expected > 2 * noise && expected > 2 * seen && !(by_chance && usual);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

#define PASSED 1e6 /* by far */

/* 1 at the threshold, more if it is passed by more. */
static double passes(double is, double threshold)
{
	return threshold > 0 ? is / threshold : PASSED;
}

/* A share of how much the weakest criterion is passed, 1/2 where it just is. */
static double weakest(const double *by, size_t n)
{
	double least = by[0];
	for (size_t i = 1; i < n; i++)
		least = fmin(least, by[i]);
	return least > 0 ? least / (1 + least) : 0;
}

struct run {
	size_t samples;
	bool seasonal; /* windows and floor are those of what seasons stand on */
	struct pg_windows windows;
	struct fine fine;
};

/* Windows from `from` on. */
static void measure(const struct run *r, size_t from, struct shape *out)
{
	const struct pg_windows *w = &r->windows;
	size_t n = w->n - from, shaped = n - (r->seasonal ? 0 : w->n / 8);
	size_t cell = r->fine.n * from / w->n;
	*out = (struct shape){.noise = noise_of(w->low + from, n),
			      .back = came_back(w->low + from, n)};
	out->p = pg_fit_mann_kendall(w->low + from, shaped);
	measure_steps(w->floor + from, shaped, out);
	if (r->seasonal || out->noise > 0 || out->back > 0)
		measure_end(w->floor + from, n, out);
	else
		measure_end(r->fine.floor + cell, r->fine.n - cell, out);
}

static double floor_leaks(const struct shape *s)
{
	double even = 0.10 + 0.25 / sqrt(fmax(s->steps, 1));
	bool calm = s->steps >= 12 && s->uneven <= 0.16 && s->noise <= 0.05 * s->rise;
	const double by[] = {
		passes(s->rise, LEAST_RISE),
		passes(s->rise, 3 * s->noise),
		calm ? PASSED : passes(s->rise, 3 * s->back),
		passes(s->steps, LEAST_STEPS),
		passes(even, s->uneven),
		passes(0.01, s->p),
		s->quarters && !s->ended ? PASSED : 0,
	};
	return weakest(by, PG_ARRAY_LEN(by));
}

static double line_leaks(const struct pg_fit_line *l, double p)
{
	const double by[] = {
		passes(l->rise, LEAST_RISE),
		passes(l->rise, 3.5 * l->deviation),
		/* Around a line there is noise; without any it has to be far better than steps. */
		fmax(passes(l->falls, 0.08), passes(l->stairs, 3)),
		passes(0.001, p),
		passes(1 - l->echo, 0.6),
		passes(l->stairs, 0.5),
		passes(l->hinge, 0.9),
	};
	return weakest(by, PG_ARRAY_LEN(by));
}

/* Without noise cells tell steps of the very end apart; with it, only windows do. */
static bool rises_late(const struct shape *s, const struct run *r)
{
	const struct pg_windows *w = &r->windows;
	bool noisy = r->seasonal || s->noise > 0 || s->back > 0;
	return noisy ? late_steps(w->floor, w->n - (r->seasonal ? 0 : w->n / 8)) >= 3.5
		     : late_steps(r->fine.floor, r->fine.n) >= 5;
}

static bool is_suspect(const struct shape *s, const struct run *r)
{
	if (s->rise < LEAST_RISE || s->rise < 4 * s->noise || s->rise < 1.5 * s->back)
		return false;
	if (s->p >= 0.05 || !rises_late(s, r) || (r->seasonal && s->uneven >= 0.3))
		return false;
	return s->ended ? s->ended_for < 0.2 && s->uneven < 0.3 : s->ended_for <= 0.12;
}

/* What was before a part is not looked at; but if it was higher, the part only comes back. */
static bool was_lower(const struct pg_windows *w, size_t from, double rise)
{
	double before[PG_WINDOWS];
	memcpy(before, w->low, from * sizeof(*before));
	return from == 0 || pg_fit_median(before, from) <= w->floor[from] + rise / 10;
}

/* Windows from `from` on: how sure it is that they leak. Sets what is to be told of it. */
static double judge(const struct run *r, size_t from, struct pg_leak *out)
{
	const struct pg_windows *w = &r->windows;
	struct shape shape;
	struct pg_fit_line line;
	measure(r, from, &shape);
	pg_fit_line(w->mid + from, w->n - from, &line);
	double p = pg_fit_mann_kendall(w->mid + from, w->n - from);
	double by_floor = floor_leaks(&shape), by_line = r->seasonal ? 0 : line_leaks(&line, p);
	double sure = was_lower(w, from, shape.rise) ? fmax(by_floor, by_line) : 0;
	bool slower = !r->seasonal && slows_down(&r->fine, (double)from / (double)w->n);
	if (sure >= 0.5 && (slower || r->samples < ENOUGH_SAMPLES))
		out->verdict = PG_LEAK_SUSPECTED;
	else if (sure >= 0.5)
		out->verdict = PG_LEAK_LEAKING;
	else if (from == 0 && is_suspect(&shape, r))
		out->verdict = PG_LEAK_SUSPECTED;
	if (from == 0 || sure >= 0.5) {
		out->p = by_line > by_floor ? p : shape.p;
		out->rise = w->floor[w->n - 1] - w->floor[from];
		out->per_second = pg_fit_theil_sen(w->t + from, w->low + from, w->n - from);
	}
	return sure;
}

static void judge_parts(const struct run *r, struct pg_leak *out)
{
	double sure = 0;
	for (size_t tenth = 0; tenth < 3 && out->verdict != PG_LEAK_LEAKING; tenth++)
		sure = fmax(sure, judge(r, r->windows.n * tenth / 10, out));
	out->confidence = out->verdict == PG_LEAK_LEAKING     ? sure
			  : out->verdict == PG_LEAK_SUSPECTED ? 0.5
							      : 1 - fmin(sure, 0.5);
	if (out->verdict == PG_LEAK_NONE)
		out->per_second = 0;
}

/* A period is not a whole number of cells: by so much the means may rise by themselves. */
static bool season_rises(const struct pg_season *s)
{
	double rise = s->v[s->n - 1] - s->v[0];
	return s->floor_rise >= fmax(LEAST_RISE, 0.4 * rise) &&
	       rise >= 2 * s->height / (double)s->period;
}

static void judge_season(const struct pg_season *season, struct run *r, struct pg_leak *out)
{
	if (!season_rises(season))
		return;
	r->seasonal = true;
	cut_windows(season->t, season->v, season->n, &r->windows);
	floor_of_season(season, &r->fine);
	judge_parts(r, out);
}

static void judge_samples(const struct pg_series *s, struct run *r, struct pg_leak *out)
{
	double *v = pg_alloc(s->n * sizeof(*v));
	for (size_t i = 0; i < s->n; i++)
		v[i] = (double)s->v[i];
	cut_windows(s->t, v, s->n, &r->windows);
	free(v);
	floor_of_samples(s, &r->fine);
	judge_parts(r, out);
}

void pg_series_leak(const struct pg_series *s, struct pg_leak *out)
{
	struct pg_season season;
	struct run run = {.samples = s->n};
	*out = (struct pg_leak){.p = 1};
	if (s->n < FEW_SAMPLES || !(s->t[s->n - 1] - s->t[0] >= LEAST_SPAN))
		return;
	out->confidence = 1;
	if (pg_season_find(s, &season))
		judge_season(&season, &run, out);
	else
		judge_samples(s, &run, out);
}
