/* SPDX-License-Identifier: MIT */
/*
 * Names of events stand aslant above the data, so that each takes little more than the height of a
 * line sideways. Where events are too near to each other their names are moved apart, and a bent
 * line leads from each to its event.
 */
#include <math.h>
#include <stdlib.h>

#include "plot_paint_impl.h"

#define LABEL_CHARS 40
#define LABEL_WIDTH 230.0 /* whatever the characters are */
#define LEADER_MIN  14.0  /* height of the bent lines */
#define LEADER_MAX  60.0
#define SLANT       (M_PI / 4)
#define GAP         (PG_PAGE_LABEL_SIZE * 1.5)
#define ROOM        1050.0 /* for labels, side by side: less than the data ever have */

uint32_t pg_page_event_color(uint32_t series)
{
	/* red, orange, purple, green, brown; dark enough to be read as text on white */
	static const uint32_t colors[] = {0xcc2222, 0xd06a00, 0x7d3fa5, 0x1f8a3b, 0x7f4a35};

	return colors[series % PG_ARRAY_LEN(colors)];
}

static void cut(const struct pg_page *g, const char *label, struct pg_page_label *out)
{
	struct pg_buf b = {0};

	for (int max = LABEL_CHARS; max > 0; max -= 4) {
		pg_buf_clear(&b);
		pg_plot_label(label, max, true, &b);
		out->width = pg_page_width(g, pg_buf_cstr(&b));
		if (out->width <= LABEL_WIDTH)
			break;
	}
	out->text = pg_strdup(pg_buf_cstr(&b));
	pg_buf_free(&b);
}

static int by_time(const void *a, const void *b)
{
	const struct pg_page_label *l = a, *m = b;

	if (l->x != m->x)
		return l->x < m->x ? -1 : 1;
	return l->series < m->series ? -1 : l->series > m->series;
}

double pg_page_place_labels(struct pg_page *g)
{
	double *at = pg_calloc(g->nr_labels + 1, sizeof(*at));
	double beyond = 0;

	for (size_t i = 0; i < g->nr_labels; i++)
		at[i] = pg_page_x(g, g->labels[i].x);
	pg_plot_spread(at, g->nr_labels, GAP, g->left, g->right);
	for (size_t i = 0; i < g->nr_labels; i++) {
		struct pg_page_label *l = &g->labels[i];
		l->at = at[i];
		beyond = fmax(beyond, l->at + l->width * cos(SLANT) + 12 - PG_PLOT_PAGE_WIDTH);
	}
	free(at);
	return beyond;
}

/* The farther a name is from its event, the more height the line needs not to be a flat one. */
static double leader_height(struct pg_page *g)
{
	double farthest = 0;

	g->left = (PG_PLOT_PAGE_WIDTH - ROOM) / 2; /* nearly: it is not divided yet */
	g->right = g->left + ROOM;
	pg_page_place_labels(g);
	for (size_t i = 0; i < g->nr_labels; i++)
		farthest = fmax(farthest, fabs(g->labels[i].at - pg_page_x(g, g->labels[i].x)));
	return fmin(LEADER_MAX, LEADER_MIN + 0.15 * farthest);
}

/* All that are in sight, if there are no more than that: then also those whose lines are too near
 * to another's to be drawn. Else of those that are drawn as many, evenly. Returns how many. */
static size_t which_to_name(const struct pg_page *g, size_t room, size_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < g->p->nr && n <= room; i++) {
		const struct pg_plot_item *item = &g->p->items[i];
		if (item->shape != PG_PLOT_VLINE || !item->label ||
		    !(item->x0 >= g->p->x_min && item->x0 <= g->p->x_max))
			continue;
		if (n < room)
			out[n] = i;
		n++;
	}
	if (n <= room)
		return n;
	n = g->nr_events < room ? g->nr_events : room;
	for (size_t i = 0; i < n; i++)
		out[i] = g->events[i * g->nr_events / n];
	return n;
}

double pg_page_choose_labels(struct pg_page *g)
{
	size_t room = (size_t)(ROOM / GAP), *named = pg_calloc(room, sizeof(*named));
	size_t n = which_to_name(g, room, named);
	double longest = 0;

	pg_page_font(g, PG_PAGE_LABEL_SIZE, false);
	g->labels = pg_calloc(n + 1, sizeof(*g->labels));
	for (size_t i = 0; i < n; i++) {
		const struct pg_plot_item *item = &g->p->items[named[i]];
		struct pg_page_label *l = &g->labels[g->nr_labels];
		if (!item->label)
			continue;
		cut(g, item->label, l);
		l->x = item->x0;
		l->series = item->series;
		longest = fmax(longest, l->width);
		g->nr_labels++;
	}
	free(named);
	qsort(g->labels, g->nr_labels, sizeof(*g->labels), by_time);
	if (g->nr_labels == 0)
		return 0;
	g->leader = leader_height(g);
	return g->leader + longest * sin(SLANT) + PG_PAGE_LABEL_SIZE;
}

void pg_page_labels(const struct pg_page *g)
{
	pg_page_font(g, PG_PAGE_LABEL_SIZE, false);
	DO(g, set_line_width, 0.8);
	for (size_t i = 0; i < g->nr_labels; i++) {
		const struct pg_page_label *l = &g->labels[i];
		pg_page_color(g, pg_page_event_color(l->series));
		pg_page_segment(g, pg_page_x(g, l->x), g->top, l->at, g->top - g->leader + 3);
		DO(g, save);
		DO(g, translate, l->at + 3, g->top - g->leader);
		DO(g, rotate, -SLANT);
		pg_page_text(g, 0, 0, 0, l->text);
		DO(g, restore);
	}
}

void pg_page_free_labels(struct pg_page *g)
{
	for (size_t i = 0; i < g->nr_labels; i++)
		free(g->labels[i].text);
	free(g->labels);
}
