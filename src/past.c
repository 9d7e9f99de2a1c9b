/* SPDX-License-Identifier: MIT */
#include "past.h"

uint64_t pg_past_at(const struct pg_past *p, int64_t wall_ns)
{
	uint64_t first = p->ops->first(p);
	uint64_t lo = first, hi = p->ops->end(p); /* what comes before lo is not later than that */
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		if (p->ops->wall_ns(p, mid) <= wall_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > first ? lo - 1 : first;
}
