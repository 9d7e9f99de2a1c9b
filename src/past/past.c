/* SPDX-License-Identifier: MIT */
#include "past.h"

static int64_t add_ns(int64_t a, int64_t b)
{
	int64_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t sub_ns(int64_t a, int64_t b)
{
	int64_t rest;
	if (__builtin_sub_overflow(a, b, &rest))
		return b > 0 ? INT64_MIN : INT64_MAX;
	return rest;
}

int64_t pg_axis_next(struct pg_axis *a, uint64_t mono_ns, int64_t wall_ns)
{
	int64_t way = 0;
	if (!a->begun)
		a->ns = wall_ns;
	else if (wall_ns >= a->wall_ns)
		way = sub_ns(wall_ns, a->wall_ns);
	else if (mono_ns > a->mono_ns && mono_ns - a->mono_ns <= INT64_MAX)
		way = (int64_t)(mono_ns - a->mono_ns);
	a->ns = add_ns(a->ns, way);
	a->begun = true;
	a->mono_ns = mono_ns;
	a->wall_ns = wall_ns;
	return a->ns;
}

uint64_t pg_past_at(const struct pg_past *p, int64_t axis_ns)
{
	uint64_t first = p->ops->first(p);
	uint64_t lo = first, hi = p->ops->end(p); /* what comes before lo is not later than that */
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		if (p->ops->axis_ns(p, mid) <= axis_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > first ? lo - 1 : first;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool pg_past_find(const struct pg_past *p, int64_t wall_ns, uint64_t here, uint64_t *frame)
{
	uint64_t end = p->ops->end(p);
	bool found = false;
	for (uint64_t i = p->ops->first(p); i < end; i++) {
		int64_t now = p->ops->wall_ns(p, i);
		bool between = i + 1 < end && now < wall_ns && p->ops->wall_ns(p, i + 1) > wall_ns;
		if ((now != wall_ns && !between) ||
		    (found && distance(*frame, here) < distance(i, here)))
			continue;
		*frame = i;
		found = true;
	}
	return found;
}

void pg_past_clocks(const struct pg_past *p, int64_t *least_ns, int64_t *most_ns)
{
	uint64_t end = p->ops->end(p);
	*least_ns = INT64_MAX;
	*most_ns = INT64_MIN;
	for (uint64_t i = p->ops->first(p); i < end; i++) {
		int64_t ns = p->ops->wall_ns(p, i);
		*least_ns = ns < *least_ns ? ns : *least_ns;
		*most_ns = ns > *most_ns ? ns : *most_ns;
	}
}

/* How far the axis is ahead of the clock at the end. */
static int64_t ahead_ns(const struct pg_past *p)
{
	uint64_t end = p->ops->end(p);
	if (p->ops->first(p) == end)
		return 0;
	return sub_ns(p->ops->axis_ns(p, end - 1), p->ops->wall_ns(p, end - 1));
}

int64_t pg_past_same(const struct pg_past *from, int64_t axis_ns, const struct pg_past *to)
{
	return add_ns(sub_ns(axis_ns, ahead_ns(from)), ahead_ns(to));
}
