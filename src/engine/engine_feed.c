/* SPDX-License-Identifier: MIT */
/* The feed: two snapshots and what happened between them. */
#include <stdlib.h>

#include "base/util.h"
#include "engine.h"
#include "engine_impl.h"

void pg_feed_init(struct pg_feed *f, const struct pg_thresholds *limits)
{
	*f = (struct pg_feed){.limits = *limits};
}

struct pg_snapshot *pg_feed_push(struct pg_feed *f, struct pg_snapshot *next)
{
	struct pg_snapshot *spare = f->prev;
	if (f->witness)
		pg_witness_settle(f->witness, f->cur, next);
	if (f->cur)
		f->cycle++;
	f->prev = f->cur;
	f->cur = next;
	pg_delta(f->prev, f->cur, &f->limits, &f->changes);
	return spare;
}

struct pg_frame pg_feed_frame(const struct pg_feed *f)
{
	return (struct pg_frame){.snap = f->cur, .changes = &f->changes, .cycle = f->cycle};
}

void pg_engine_free_snapshot(struct pg_snapshot *s)
{
	if (s)
		pg_snapshot_free(s);
	free(s);
}

void pg_feed_free(struct pg_feed *f)
{
	pg_engine_free_snapshot(f->prev);
	pg_engine_free_snapshot(f->cur);
	pg_changes_free(&f->changes);
	*f = (struct pg_feed){0};
}

int pg_feed_turn(struct pg_feed *f, struct pg_source *src, const struct pg_plan *plan,
		 struct pg_error *err)
{
	struct pg_snapshot *next = pg_calloc(1, sizeof(*next));
	int r = src->ops->next(src, plan, next, err);
	if (r == PG_NEXT_OK)
		next = pg_feed_push(f, next);
	pg_engine_free_snapshot(next);
	return r;
}
