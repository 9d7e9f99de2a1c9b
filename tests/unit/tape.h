/* SPDX-License-Identifier: MIT */
/*
 * tape: a past in memory for tests of what goes to and fro in time: snapshots as they were, first …
 * end, whose blocks are shared with the world that made them.
 */
#ifndef TAPE_H
#define TAPE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "past/past.h"
#include "task/delta.h"

#define TAPE_FRAMES 512

struct tape {
	struct pg_past past;
	uint64_t first, end;
	struct pg_snapshot frames[TAPE_FRAMES];
	int64_t axis_ns[TAPE_FRAMES];
	struct pg_axis axis;
	bool broken; /* no frame can be had */
};

static inline void tape_copy(struct pg_snapshot *to, const struct pg_snapshot *s)
{
	pg_snapshot_copy_values(to, s);
	to->told = s->told;
	for (size_t i = 0; i < s->nr_procs; i++)
		pg_snapshot_add(to, pg_proc_ref(s->procs[i]));
	struct pg_told *told = &to->told;
	told->endings = pg_calloc(told->nr_endings + 1, sizeof(*told->endings));
	told->brief = pg_calloc(told->nr_brief + 1, sizeof(struct pg_proc *));
	told->brief_codes = pg_calloc(told->nr_brief + 1, sizeof(int));
	told->rest = pg_calloc(told->nr_rest + 1, sizeof(*told->rest));
	if (told->nr_endings)
		memcpy(told->endings, s->told.endings, told->nr_endings * sizeof(*told->endings));
	for (size_t i = 0; i < told->nr_brief; i++) {
		told->brief[i] = pg_proc_ref(s->told.brief[i]);
		told->brief_codes[i] = s->told.brief_codes[i];
	}
	if (told->nr_rest)
		memcpy(told->rest, s->told.rest, told->nr_rest * sizeof(*told->rest));
}

static inline uint64_t tape_first(const struct pg_past *p)
{
	return ((const struct tape *)(const void *)p)->first;
}

static inline uint64_t tape_end(const struct pg_past *p)
{
	return ((const struct tape *)(const void *)p)->end;
}

static inline int64_t tape_wall_ns(const struct pg_past *p, uint64_t frame)
{
	return ((const struct tape *)(const void *)p)->frames[frame].wall_ns;
}

static inline int64_t tape_axis_ns(const struct pg_past *p, uint64_t frame)
{
	return ((const struct tape *)(const void *)p)->axis_ns[frame];
}

static inline int tape_get(struct pg_past *p, uint64_t frame, struct pg_snapshot *out,
			   struct pg_error *err)
{
	struct tape *t = (struct tape *)(void *)p;
	if (t->broken || frame < t->first || frame >= t->end)
		return pg_fail(err, -ENOENT, "frame %llu cannot be had", (unsigned long long)frame);
	tape_copy(out, &t->frames[frame]);
	return 0;
}

/* Frames before that one are lost. */
static inline void tape_forget(struct tape *t, uint64_t first)
{
	for (; t->first < first; t->first++)
		pg_snapshot_free(&t->frames[t->first]);
}

static inline void tape_close(struct pg_past *p)
{
	struct tape *t = (struct tape *)(void *)p;
	tape_forget(t, t->end);
	free(t);
}

static inline struct tape *tape_new(void)
{
	static const struct pg_past_ops ops = {.first = tape_first,
					       .end = tape_end,
					       .wall_ns = tape_wall_ns,
					       .axis_ns = tape_axis_ns,
					       .get = tape_get,
					       .close = tape_close};
	struct tape *t = pg_calloc(1, sizeof(*t));
	t->past.ops = &ops;
	return t;
}

static inline void tape_add(struct tape *t, const struct pg_snapshot *s)
{
	t->axis_ns[t->end] = pg_axis_next(&t->axis, s->mono_ns, s->wall_ns);
	tape_copy(&t->frames[t->end++], s);
}

/* A frame of two neighbours of the tape. */
static inline struct pg_frame tape_frame(const struct tape *t, uint64_t frame,
					 struct pg_changes *changes)
{
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	pg_delta(frame > t->first ? &t->frames[frame - 1] : NULL, &t->frames[frame], &limits,
		 changes);
	return (struct pg_frame){.snap = &t->frames[frame], .changes = changes, .cycle = frame};
}

#endif
