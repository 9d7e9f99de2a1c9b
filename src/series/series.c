/* SPDX-License-Identifier: MIT */
#include "series.h"

#include <stdlib.h>

#include "base/util.h"

void pg_series_add(struct pg_series *s, double t, int64_t v)
{
	size_t cap = s->cap;
	s->t = pg_grow(s->t, &cap, s->n + 1, sizeof(*s->t));
	s->v = pg_grow(s->v, &s->cap, s->n + 1, sizeof(*s->v));
	s->t[s->n] = t;
	s->v[s->n] = v;
	s->n++;
}

void pg_series_free(struct pg_series *s)
{
	free(s->t);
	free(s->v);
	*s = (struct pg_series){0};
}
