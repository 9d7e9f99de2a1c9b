/* SPDX-License-Identifier: MIT */
/*
 * A million samples on a thousand pixels: of each column of pixels only the first, the lowest, the
 * highest and the last point can be seen, since the line between any others stays within the same
 * column (Jugel and others, "M4: a visualization-oriented time series data aggregation", PVLDB 7,
 * 2014). So a picture has a bounded size whatever the length of the run.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "plot.h"

struct column {
	struct pg_plot_point first, low, high, last;
	bool low_is_later;
};

static long column_of(const struct pg_plot *p, double x, size_t columns)
{
	double at = floor((x - p->x_min) / (p->x_max - p->x_min) * (double)columns);

	if (x == p->x_max)
		return (long)columns - 1;
	return !(at >= 0) ? -1 : at >= (double)columns ? (long)columns : (long)at;
}

static void begin(struct column *c, struct pg_plot_point pt)
{
	*c = (struct column){pt, pt, pt, pt, false};
}

static void extend(struct column *c, struct pg_plot_point pt)
{
	if (pt.y < c->low.y) {
		c->low = pt;
		c->low_is_later = true;
	}
	if (pt.y > c->high.y) {
		c->high = pt;
		c->low_is_later = false;
	}
	c->last = pt;
}

static size_t put(struct pg_plot_point *out, size_t n, struct pg_plot_point pt)
{
	if (n > 0 && out[n - 1].x == pt.x && out[n - 1].y == pt.y)
		return n;
	out[n] = pt;
	return n + 1;
}

static size_t flush(const struct column *c, struct pg_plot_point *out, size_t n)
{
	n = put(out, n, c->first);
	n = put(out, n, c->low_is_later ? c->high : c->low);
	n = put(out, n, c->low_is_later ? c->low : c->high);
	return put(out, n, c->last);
}

size_t pg_plot_reduce(const struct pg_plot *p, const struct pg_plot_item *line, size_t columns,
		      struct pg_plot_point *out)
{
	struct column c;
	size_t n = 0;
	long at = -2; /* none yet */

	for (size_t i = 0; i < line->n; i++) {
		struct pg_plot_point pt = {line->xs[i], (double)line->ys[i]};
		if (!isfinite(pt.x) || (at != -2 && pt.x < c.last.x))
			continue;
		long to = column_of(p, pt.x, columns);
		if (to == at) {
			extend(&c, pt);
			continue;
		}
		if (at != -2)
			n = flush(&c, out, n);
		begin(&c, pt);
		at = to;
	}
	return at == -2 ? 0 : flush(&c, out, n);
}

/* A run of labels that touch: where its first one would like to be, on average. */
struct block {
	double sum;
	size_t n;
};

/*
 * With gap · i taken off each position they only need to ascend: the least squares answer to that
 * is found by pooling neighbours that are out of order (isotonic regression), and cut at both ends.
 */
void pg_plot_spread(double *at, size_t n, double gap, double min, double max)
{
	if (n == 0)
		return;
	if (n > 1 && gap * (double)(n - 1) > max - min)
		gap = (max - min) / (double)(n - 1);
	struct block *blocks = pg_calloc(n, sizeof(*blocks));
	size_t nr = 0;
	for (size_t i = 0; i < n; i++) {
		blocks[nr++] = (struct block){at[i] - gap * (double)i, 1};
		while (nr > 1 && blocks[nr - 2].sum / (double)blocks[nr - 2].n >=
					 blocks[nr - 1].sum / (double)blocks[nr - 1].n) {
			blocks[nr - 2].sum += blocks[nr - 1].sum;
			blocks[nr - 2].n += blocks[nr - 1].n;
			nr--;
		}
	}
	double last = max - gap * (double)(n - 1);
	size_t i = 0;
	for (size_t b = 0; b < nr; b++) {
		double first = fmin(fmax(blocks[b].sum / (double)blocks[b].n, min), last);
		for (size_t end = i + blocks[b].n; i < end; i++)
			at[i] = first + gap * (double)i;
	}
	free(blocks);
}

struct candidate {
	double length;
	size_t index;
	long column;
};

static int longer_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->length != y->length)
		return x->length > y->length ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool is_free(const bool *taken, size_t columns, long column, size_t gap)
{
	size_t at = (size_t)column, from = at >= gap ? at - gap + 1 : 0;

	for (size_t i = from; i < at + gap && i < columns; i++)
		if (taken[i])
			return false;
	return true;
}

size_t pg_plot_pick(const struct pg_plot *p, enum pg_plot_shape shape, size_t columns, size_t gap,
		    size_t *out)
{
	struct candidate *all = pg_calloc(p->nr + 1, sizeof(*all));
	bool *taken = pg_calloc(columns + 1, sizeof(*taken));
	size_t nr = 0, n = 0;

	for (size_t i = 0; i < p->nr; i++) {
		const struct pg_plot_item *item = &p->items[i];
		if (item->shape != shape || !(item->x0 >= p->x_min && item->x0 <= p->x_max))
			continue;
		double length = shape == PG_PLOT_ARROW ? fabs(item->y1 - item->y0) : 0;
		all[nr++] = (struct candidate){length, i, column_of(p, item->x0, columns)};
	}
	qsort(all, nr, sizeof(*all), longer_first);
	for (size_t i = 0; i < nr; i++)
		if ((size_t)all[i].column < columns &&
		    is_free(taken, columns, all[i].column, gap > 0 ? gap : 1)) {
			taken[all[i].column] = true;
			out[n++] = all[i].index;
		}
	free(all);
	free(taken);
	return n;
}

void pg_plot_label(const char *label, int max, bool utf8, struct pg_buf *out)
{
	size_t n = label ? strlen(label) : 0;

	if (max <= 0)
		return;
	if (pg_text_width(label ? label : "", n, utf8) <= max) {
		pg_text_safe(out, label ? label : "", n, max, utf8);
		return;
	}
	pg_text_safe(out, label, n, max - 1, utf8);
	pg_buf_puts(out, utf8 ? "…" : "~");
}
