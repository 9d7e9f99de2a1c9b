/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

static char *copy(const char *s)
{
	return s ? pg_strdup(s) : NULL;
}

struct pg_plot *pg_plot_new(const char *title, const char *x_title, const char *y_title)
{
	struct pg_plot *p = pg_calloc(1, sizeof(*p));

	p->title = copy(title);
	p->x_title = copy(x_title);
	p->y_title = copy(y_title);
	p->x_max = p->y_max = 1;
	return p;
}

void pg_plot_free(struct pg_plot *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nr; i++)
		free(p->items[i].label);
	free(p->items);
	free(p->title);
	free(p->x_title);
	free(p->y_title);
	free(p);
}

void pg_plot_add(struct pg_plot *p, const struct pg_plot_item *item)
{
	p->items = pg_grow(p->items, &p->cap, p->nr + 1, sizeof(*p->items));
	p->items[p->nr] = *item;
	p->items[p->nr++].label = copy(item->label);
}

struct range {
	double min, max; /* min > max: empty */
};
#define EMPTY ((struct range){INFINITY, -INFINITY})

static void reach(struct range *r, double v)
{
	if (!isfinite(v))
		return;
	r->min = fmin(r->min, v);
	r->max = fmax(r->max, v);
}

static void reach_item(const struct pg_plot_item *item, struct range *x, struct range *y)
{
	switch ((enum pg_plot_shape)item->shape) {
	case PG_PLOT_LINE:
		for (size_t i = 0; i < item->n; i++) {
			reach(x, item->xs[i]);
			reach(y, (double)item->ys[i]);
		}
		break;
	case PG_PLOT_HLINE:
		if (item->role == PG_PLOT_LIMIT)
			break;
		reach(x, item->x0);
		reach(x, item->x1);
		reach(y, item->y0);
		break;
	case PG_PLOT_VLINE:
		reach(x, item->x0);
		break;
	case PG_PLOT_ARROW:
		reach(x, item->x0);
		reach(y, item->y0);
		reach(y, item->y1);
		break;
	}
}

static void reach_limits(const struct pg_plot *p, struct range *y)
{
	double most = y->max;

	for (size_t i = 0; i < p->nr; i++)
		if (p->items[i].shape == PG_PLOT_HLINE && p->items[i].role == PG_PLOT_LIMIT &&
		    p->items[i].y0 <= 2 * most)
			reach(y, p->items[i].y0);
}

#define FEW 30 /* of so few, each one is seen anyway */

/* Whether values that do not touch zero are near enough to it to begin there. */
static bool begins_at_zero(struct range r)
{
	return r.min >= 0 && (r.min == r.max || r.max >= 1.5 * r.min || r.max <= FEW);
}

void pg_plot_fit(struct pg_plot *p)
{
	struct range x = EMPTY, y = EMPTY;

	for (size_t i = 0; i < p->nr; i++)
		reach_item(&p->items[i], &x, &y);
	reach_limits(p, &y);
	if (x.min > x.max)
		x = (struct range){0, 1};
	if (y.min > y.max)
		y = (struct range){0, 1};
	p->x_min = x.min >= 0 && x.min <= 0.1 * x.max ? 0 : x.min;
	p->x_max = x.max > p->x_min ? x.max : p->x_min + 1;
	double pad = fmax(0.1 * (y.max - y.min), 1);
	p->y_min = begins_at_zero(y) ? 0 : y.min >= 0 ? fmax(0, y.min - pad) : y.min - pad;
	p->y_max = y.max + fmax(0.1 * (y.max - p->y_min), 1);
}
