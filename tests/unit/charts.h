/* SPDX-License-Identifier: MIT */
/* Profiles of descriptors made by hand, for whoever draws them. */
#ifndef TEST_CHARTS_H
#define TEST_CHARTS_H

#include "fd/fd_chart.h"

#include <stdio.h>
#include <stdlib.h>

struct chart {
	struct pg_fd_profile profile;
	struct pg_fd_findings found;
	struct pg_plot *plot;
};

static inline void chart_sample(struct chart *c, double t, int64_t v)
{
	struct pg_series *s = &c->profile.series;
	size_t cap = s->cap;

	s->t = pg_grow(s->t, &cap, s->n + 1, sizeof(*s->t));
	s->v = pg_grow(s->v, &s->cap, s->n + 1, sizeof(*s->v));
	s->t[s->n] = t;
	s->v[s->n++] = v;
}

static inline void chart_event(struct chart *c, double t, const char *message)
{
	struct pg_fd_profile *p = &c->profile;

	p->events = pg_grow(p->events, &p->cap_events, p->nr_events + 1, sizeof(*p->events));
	p->events[p->nr_events++] =
		(struct pg_fd_event){.elapsed = t, .message = pg_strdup(message)};
}

/* A plateau, and the jump from the one before. */
static inline void chart_level(struct chart *c, double start, double end, double level)
{
	struct pg_levels *l = &c->found.levels;

	l->plateaus =
		pg_grow(l->plateaus, &l->cap_plateaus, l->nr_plateaus + 1, sizeof(*l->plateaus));
	l->plateaus[l->nr_plateaus++] =
		(struct pg_plateau){.start = start, .end = end, .level = level};
	if (l->nr_plateaus < 2)
		return;
	const struct pg_plateau *from = &l->plateaus[l->nr_plateaus - 2];
	l->jumps = pg_grow(l->jumps, &l->cap_jumps, l->nr_jumps + 1, sizeof(*l->jumps));
	l->jumps[l->nr_jumps++] = (struct pg_jump){.time = (from->end + start) / 2,
						   .size = (int64_t)(level - from->level),
						   .from = from->level,
						   .to = level};
}

/* Up and down again in steps, as the demonstration does; 10 samples a second. */
static inline void chart_demo(struct chart *c)
{
	static const struct {
		double seconds;
		int level;
		const char *event;
	} steps[] = {
		{0.3, 3, "Demo started"},      {1.5, 8, "Stage 1 complete"},
		{1.2, 16, "Stage 2 complete"}, {1.0, 22, "Peak reached"},
		{0.8, 17, "First drop"},       {0.6, 9, "Second drop"},
		{0.3, 3, "Demo complete"},
	};
	int tick = 0;

	c->profile.what = pg_strdup("procgrid fd --demo");
	for (size_t i = 0; i < PG_ARRAY_LEN(steps); i++) {
		double start = tick / 10.0;
		chart_event(c, start, steps[i].event);
		for (int n = (int)(steps[i].seconds * 10 + 0.5); n > 0; n--)
			chart_sample(c, tick++ / 10.0, steps[i].level);
		if (steps[i].seconds > 0.5)
			chart_level(c, start, (tick - 1) / 10.0, steps[i].level);
	}
}

/* Five more each second, under saw teeth, with a limit in sight. */
static inline void chart_leak(struct chart *c)
{
	c->profile.what = pg_strdup("./server");
	for (int i = 0; i < 600; i++)
		chart_sample(c, i / 10.0, 20 + i / 2 + i % 7);
	c->profile.worst = (struct pg_fd_worst){.pid = 4711, .comm = "server", .limit = 400};
	c->found.leak = (struct pg_leak){.verdict = PG_LEAK_LEAKING, .per_second = 5};
}

static inline void chart_events(struct chart *c, int nr)
{
	char message[80];

	for (int i = 0; i < 600; i++)
		chart_sample(c, i / 10.0, 30 + i / 60 * (i / 60 % 2 ? 3 : -2));
	for (int i = 0; i < nr; i++) {
		snprintf(message, sizeof(message), "request %d was handled by worker %d", i, i % 4);
		chart_event(c, i * 59.0 / nr, message);
	}
}

static inline void chart_hostile(struct chart *c)
{
	c->profile.what = pg_strdup("\033]0;title\007 & <tag> \xff");
	for (int i = 0; i < 60; i++)
		chart_sample(c, i / 10.0, 5 + i / 20);
	chart_event(c, 1, "\033[31mred\a <b>&amp;\"'</b>]]>");
	chart_event(c, 2, "\xff\xfe\xc3( bad");
	chart_event(c, 3, "日本語のイベントの名前");
	chart_event(c, 4, "\u202eright to left");
	chart_event(c, 5, "");
}

static inline void chart_samples(struct chart *c, size_t n)
{
	unsigned seed = 3;

	for (size_t i = 0; i < n; i++)
		chart_sample(c, (double)i / 1000, 100 + rand_r(&seed) % 50);
}

static inline void chart_make(struct chart *c)
{
	c->plot = pg_fd_chart(&c->profile, &c->found);
}

static inline void chart_free(struct chart *c)
{
	pg_plot_free(c->plot);
	for (size_t i = 0; i < c->profile.nr_events; i++)
		free(c->profile.events[i].message);
	free(c->profile.events);
	free(c->profile.what);
	free(c->profile.series.t);
	free(c->profile.series.v);
	free(c->found.levels.plateaus);
	free(c->found.levels.jumps);
}

#endif
