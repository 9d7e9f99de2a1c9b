/* SPDX-License-Identifier: MIT */
/* Round ticks on an axis, and what stands at them: numbers or times, in one unit each. */
#include <math.h>
#include <stdio.h>

#include "plot.h"

/* A round number, kept as m · 10^e so that 3 steps of 0.1 are 0.3 and not 0.30000000000000004. */
struct round {
	int m, e;
};

static double times(struct round r, double i)
{
	double v = i * r.m;
	return r.e < 0 ? v / pow(10, -r.e) : v * pow(10, r.e);
}

static struct round next_round(struct round r)
{
	if (r.m == 5)
		return (struct round){1, r.e + 1};
	return (struct round){r.m == 1 ? 2 : 5, r.e};
}

/* The first and the last multiple within [min, max]; a hair outside is inside. */
static void multiples(struct round r, double min, double max, double *first, double *last)
{
	double step = times(r, 1);

	*first = ceil(min / step - 1e-9);
	*last = floor(max / step + 1e-9);
}

static size_t put_ticks(struct round r, double min, double max, size_t max_ticks, double *ticks,
			double *step)
{
	double first, last;

	for (;; r = next_round(r)) {
		multiples(r, min, max, &first, &last);
		if (last - first < (double)max_ticks)
			break;
	}
	size_t n = 0;
	*step = times(r, 1);
	for (double i = first; i <= last && n < max_ticks; i++)
		ticks[n++] = times(r, i) + 0.0; /* no -0 */
	return n;
}

static size_t ticks_from(struct round r, double min, double max, size_t max_ticks, double *ticks,
			 double *step)
{
	*step = 0;
	if (max_ticks == 0 || !isfinite(min) || !isfinite(max) || min > max)
		return 0;
	if (!(max - min > 0) || !isfinite(max - min)) {
		ticks[0] = min;
		return 1;
	}
	return put_ticks(r, min, max, max_ticks, ticks, step);
}

/* Where the search begins: a step that is too small, or just right. */
static struct round too_small(double span, size_t max_ticks)
{
	return (struct round){1, (int)floor(log10(span / (double)(max_ticks + 1)))};
}

size_t pg_plot_ticks(double min, double max, size_t max_ticks, double *ticks, double *step)
{
	struct round r = {1, 0};

	if (max > min && isfinite(max - min))
		r = too_small(max - min, max_ticks);
	return ticks_from(r, min, max, max_ticks, ticks, step);
}

struct scale {
	double from; /* used if the range reaches that far */
	double scale;
	const char *name;
};
static const struct scale times_of[] = {
	{0, 1, "s"}, {300, 60, "min"}, {4 * 3600., 3600, "h"}, {4 * 86400., 86400, "d"}};
static const struct scale numbers_of[] = {{0, 1, ""},       {1e4, 1e3, "k"},   {1e7, 1e6, "M"},
					  {1e10, 1e9, "G"}, {1e13, 1e12, "T"}, {1e16, 1e15, "P"}};

/* The largest that the range reaches. */
static const struct scale *scale_for(enum pg_plot_unit unit, double min, double max)
{
	const struct scale *all = unit == PG_PLOT_SECONDS ? times_of : numbers_of;
	size_t i = unit == PG_PLOT_SECONDS ? PG_ARRAY_LEN(times_of) : PG_ARRAY_LEN(numbers_of);
	double most = fmax(fabs(min), fabs(max));

	while (--i > 0)
		if (most >= all[i].from)
			break;
	return &all[i];
}

static int decimals_of(double step)
{
	return step > 0 && step < 1 ? (int)fmin(9, ceil(-log10(step) - 1e-9)) : 0;
}

static void axis_in(const struct scale *s, enum pg_plot_unit unit, double min, double max,
		    size_t max_ticks, struct pg_plot_axis *out)
{
	bool seconds = unit == PG_PLOT_SECONDS;
	struct round r = {1, 0};

	*out = (struct pg_plot_axis){.scale = s->scale,
				     .unit = seconds ? s->name : "",
				     .suffix = seconds ? "" : s->name};
	min /= s->scale;
	max /= s->scale;
	if (max > min && isfinite(max - min))
		r = too_small(max - min, max_ticks);
	if (!seconds && s->scale == 1 && r.e < 0)
		r = (struct round){1, 0};
	out->nr = ticks_from(r, min, max, max_ticks, out->ticks, &out->step);
	out->decimals = decimals_of(out->step);
	for (size_t i = 0; i < out->nr; i++)
		out->ticks[i] *= s->scale;
	out->step *= s->scale;
}

void pg_plot_axis(enum pg_plot_unit unit, double min, double max, size_t max_ticks,
		  struct pg_plot_axis *out)
{
	const struct scale *s = scale_for(unit, min, max);

	if (max_ticks > PG_PLOT_MAX_TICKS)
		max_ticks = PG_PLOT_MAX_TICKS;
	axis_in(s, unit, min, max, max_ticks, out);
	/* Ten seconds after ten hours: 36002 s says more than 10.0006 h. */
	while (out->step < 0.19 * s->scale && s->from > 0)
		axis_in(--s, unit, min, max, max_ticks, out);
}

char *pg_plot_tick_label(const struct pg_plot_axis *a, double value, char *out)
{
	double v = value / a->scale + 0.0;

	if (fabs(v) < 1e15)
		snprintf(out, PG_PLOT_TICK_LEN, "%.*f%s", a->decimals, v, v == 0 ? "" : a->suffix);
	else
		snprintf(out, PG_PLOT_TICK_LEN, "%.3g", value);
	return out;
}
