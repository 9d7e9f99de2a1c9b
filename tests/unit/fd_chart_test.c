/* SPDX-License-Identifier: MIT */
/* What of a profile and its findings is in the picture. */
#include "fd/fd_chart.h"

#include <criterion/criterion.h>

#include "charts.h"

static size_t count(const struct pg_plot *p, enum pg_plot_shape shape, enum pg_plot_role role)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr; i++)
		n += p->items[i].shape == shape && p->items[i].role == role;
	return n;
}

static const struct pg_plot_item *find(const struct pg_plot *p, enum pg_plot_shape shape,
				       enum pg_plot_role role, size_t nth)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->items[i].shape == shape && p->items[i].role == role && nth-- == 0)
			return &p->items[i];
	return NULL;
}

Test(fd_chart, demonstration)
{
	struct chart c = {0};

	chart_demo(&c);
	c.profile.events[3].outside = true;
	chart_make(&c);
	const struct pg_plot *p = c.plot;
	cr_expect_str_eq(p->title, "Open descriptors: procgrid fd --demo");
	cr_expect_eq(p->x_unit, PG_PLOT_SECONDS);
	cr_expect_eq(count(p, PG_PLOT_LINE, PG_PLOT_DATA), 1);
	cr_expect_eq(count(p, PG_PLOT_HLINE, PG_PLOT_LEVEL), 5);
	cr_expect_eq(count(p, PG_PLOT_ARROW, PG_PLOT_UP), 2);
	cr_expect_eq(count(p, PG_PLOT_ARROW, PG_PLOT_DOWN), 2);
	cr_expect_eq(count(p, PG_PLOT_VLINE, PG_PLOT_EVENT), 6, "what is outside is not drawn");
	cr_expect_eq(count(p, PG_PLOT_HLINE, PG_PLOT_LIMIT), 0);
	cr_expect_str_eq(find(p, PG_PLOT_ARROW, PG_PLOT_UP, 0)->label, "+8");
	cr_expect_str_eq(find(p, PG_PLOT_ARROW, PG_PLOT_DOWN, 1)->label, "-8");
	cr_expect_str_eq(find(p, PG_PLOT_VLINE, PG_PLOT_EVENT, 3)->label, "First drop");
	cr_expect_eq(find(p, PG_PLOT_VLINE, PG_PLOT_EVENT, 3)->series, 3);
	cr_expect(p->x_min == 0 && p->y_min == 0 && p->y_max > 22);
	chart_free(&c);
}

Test(fd_chart, verdict_and_limit)
{
	static const struct {
		enum pg_leak_verdict verdict;
		uint64_t limit;
		int32_t pid;
		enum pg_plot_role line;
		const char *title, *label;
	} t[] = {
		{PG_LEAK_NONE, 0, 7, PG_PLOT_DATA, "Open descriptors", NULL},
		{PG_LEAK_NONE, UINT64_MAX, 7, PG_PLOT_DATA, "Open descriptors", NULL},
		{PG_LEAK_SUSPECTED, 1024, 0, PG_PLOT_DATA,
		 "Open descriptors (leak suspected, +2/s)", "limit 1024"},
		{PG_LEAK_LEAKING, 1024, 7, PG_PLOT_ALERT, "Open descriptors (leaking, +2/s)",
		 "limit 1024 of nginx (7)"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct chart c = {0};
		chart_sample(&c, 0, 5);
		c.profile.worst =
			(struct pg_fd_worst){.pid = t[i].pid, .comm = "nginx", .limit = t[i].limit};
		c.found.leak = (struct pg_leak){.verdict = t[i].verdict, .per_second = 2};
		chart_make(&c);
		const struct pg_plot_item *limit = find(c.plot, PG_PLOT_HLINE, PG_PLOT_LIMIT, 0);
		cr_expect_str_eq(c.plot->title, t[i].title);
		cr_expect_eq(count(c.plot, PG_PLOT_LINE, t[i].line), 1);
		cr_expect_eq(limit != NULL, t[i].label != NULL);
		if (limit && t[i].label)
			cr_expect_str_eq(limit->label, t[i].label);
		chart_free(&c);
	}
}

Test(fd_chart, nothing_is_known)
{
	struct chart c = {0};

	chart_make(&c);
	cr_expect_str_eq(c.plot->title, "Open descriptors");
	cr_expect_eq(count(c.plot, PG_PLOT_LINE, PG_PLOT_DATA), 1);
	cr_expect(c.plot->x_min < c.plot->x_max && c.plot->y_min < c.plot->y_max);
	chart_free(&c);
}
