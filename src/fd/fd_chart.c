/* SPDX-License-Identifier: MIT */
#include "fd_chart.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/human.h"

static void add(struct pg_plot *plot, enum pg_plot_shape shape, enum pg_plot_role role, double x0,
		double y0, double x1, double y1, const char *label)
{
	struct pg_plot_item item = {.shape = (uint8_t)shape,
				    .role = (uint8_t)role,
				    .x0 = x0,
				    .y0 = y0,
				    .x1 = x1,
				    .y1 = y1,
				    .label = (char *)label};

	pg_plot_add(plot, &item);
}

static void add_plateaus(struct pg_plot *plot, const struct pg_levels *l)
{
	for (size_t i = 0; i < l->nr_plateaus; i++) {
		const struct pg_plateau *at = &l->plateaus[i];
		add(plot, PG_PLOT_HLINE, PG_PLOT_LEVEL, at->start, at->level, at->end, at->level,
		    NULL);
	}
}

static void add_events(struct pg_plot *plot, const struct pg_fd_profile *p)
{
	uint32_t series = 0;

	for (size_t i = 0; i < p->nr_events; i++) {
		const struct pg_fd_event *e = &p->events[i];
		if (e->outside)
			continue;
		struct pg_plot_item item = {.shape = PG_PLOT_VLINE,
					    .role = PG_PLOT_EVENT,
					    .series = series++,
					    .x0 = e->elapsed,
					    .label = e->message};
		pg_plot_add(plot, &item);
	}
}

/* It is the limit of one process, and the line is the sum of all: so it says whose it is. */
static void add_limit(struct pg_plot *plot, const struct pg_fd_worst *w)
{
	char label[160];

	if (w->limit == 0 || w->limit == UINT64_MAX)
		return;
	snprintf(label, sizeof(label), "limit %llu", (unsigned long long)w->limit);
	if (w->pid > 0) {
		size_t n = strlen(label);
		snprintf(label + n, sizeof(label) - n, " of %.63s (%d)", w->comm, (int)w->pid);
	}
	add(plot, PG_PLOT_HLINE, PG_PLOT_LIMIT, 0, (double)w->limit, 0, (double)w->limit, label);
}

static void add_samples(struct pg_plot *plot, const struct pg_series *s, bool leaking)
{
	struct pg_plot_item item = {.shape = PG_PLOT_LINE,
				    .role = leaking ? PG_PLOT_ALERT : PG_PLOT_DATA,
				    .xs = s->t,
				    .ys = s->v,
				    .n = s->n};

	pg_plot_add(plot, &item);
}

static void add_jumps(struct pg_plot *plot, const struct pg_levels *l)
{
	char label[32];

	for (size_t i = 0; i < l->nr_jumps; i++) {
		const struct pg_jump *j = &l->jumps[i];
		snprintf(label, sizeof(label), "%+lld", (long long)j->size);
		add(plot, PG_PLOT_ARROW, j->size < 0 ? PG_PLOT_DOWN : PG_PLOT_UP, j->time, j->from,
		    j->time, j->to, label);
	}
}

static char *title_of(const struct pg_fd_profile *p, const struct pg_leak *leak)
{
	struct pg_buf b = {0};
	char rate[PG_HUMAN_MAX];

	pg_buf_puts(&b, "Open descriptors");
	if (leak->verdict != PG_LEAK_NONE)
		pg_buf_printf(&b, " (%s, %s)",
			      leak->verdict == PG_LEAK_LEAKING ? "leaking" : "leak suspected",
			      pg_human_pace(rate, leak->per_second));
	if (p->what)
		pg_buf_printf(&b, ": %s", p->what);
	char *title = pg_strdup(pg_buf_cstr(&b));
	pg_buf_free(&b);
	return title;
}

struct pg_plot *pg_fd_chart(const struct pg_fd_profile *p, const struct pg_fd_findings *f)
{
	char *title = title_of(p, &f->leak);
	struct pg_plot *plot = pg_plot_new(title, "time", "open descriptors");

	plot->x_unit = PG_PLOT_SECONDS;
	add_plateaus(plot, &f->levels);
	add_events(plot, p);
	add_limit(plot, &p->worst);
	add_samples(plot, &p->series, f->leak.verdict == PG_LEAK_LEAKING);
	add_jumps(plot, &f->levels);
	pg_plot_fit(plot);
	free(title);
	return plot;
}
