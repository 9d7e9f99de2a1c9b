/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of a pane's processes, watched over all of its frames in the order of time. What
 * is live comes in that order. Of a recording the frames that are shown are watched as far as they
 * go on; who goes back sees the history up to there, and who jumps on leaves a gap in it.
 */
#include "app_impl.h"

#include <stdlib.h>

void pane_watch_close(struct pane *p)
{
	struct pane_watch *w = &p->watch;
	pg_fd_watch_free(w->fds);
	pg_snapshot_free(&w->last);
	pg_changes_free(&w->changes);
	*w = (struct pane_watch){0};
}

static int by_key(const void *a, const void *b)
{
	return pg_key_cmp(a, b);
}

static void watch(struct pane_watch *w, const struct pg_frame *f)
{
	if (!w->fds) {
		w->fds = pg_fd_watch_new();
		w->began_ns = f->snap->mono_ns;
		w->began_wall_ns = f->snap->wall_ns;
	}
	pg_fd_watch_frame(w->fds, f);
	w->nr_all = pg_fd_watch_alarms(w->fds, w->alarms, MAX_ALARMS);
	w->nr = w->nr_all < MAX_ALARMS ? w->nr_all : MAX_ALARMS;
	for (size_t i = 0; i < w->nr; i++)
		w->keys[i] = (struct pg_key){.pid = w->alarms[i].pid,
					     .tid = w->alarms[i].pid,
					     .start = w->alarms[i].start};
	qsort(w->keys, w->nr, sizeof(w->keys[0]), by_key);
}

void pane_watch_live(struct pane *p, const struct pg_frame *f)
{
	watch(&p->watch, f);
}

/* Changes of a frame are those since the one before it, which may not have been shown. */
void pane_watch_shown(struct pane *p, const struct pg_thresholds *limits)
{
	struct pane_watch *w = &p->watch;
	if (w->fds && p->shown_at <= w->newest)
		return;
	const struct pg_snapshot *before = w->fds ? &w->last : NULL;
	struct pg_frame f = {.snap = p->frame.snap, .changes = &w->changes, .cycle = p->shown_at};
	pg_delta(before, f.snap, limits, &w->changes);
	watch(w, &f);
	w->newest = p->shown_at;
	pg_snapshot_clear(&w->last);
	pg_snapshot_share(&w->last, f.snap);
}

bool pane_is_watched(const struct pane *p)
{
	return p->watch.fds &&
	       (p->player ? !p->has_live && p->shown_at == p->watch.newest : p->has_live);
}

/* Seconds of the watch at the frame that is shown; negative before it began. */
static double shown_s(const struct pane *p)
{
	uint64_t began = p->watch.began_ns, shown = p->frame.snap->mono_ns;
	double ns = shown < began ? -(double)(began - shown) : (double)(shown - began);
	return ns / (double)PG_NS_PER_SEC;
}

/* A process that never changed has no series: it has what it has since it was there. */
static void add_standing(const struct pane *p, const struct pg_proc *proc, struct pg_series *out)
{
	int64_t born_ns = pg_snapshot_wall_of(p->frame.snap, proc->start);
	double t = 0;
	if (born_ns > p->watch.began_wall_ns)
		t = ((double)born_ns - (double)p->watch.began_wall_ns) / (double)PG_NS_PER_SEC;
	if (t < shown_s(p))
		pg_series_add(out, t, (int64_t)proc->fds);
}

void pane_fd_series(const struct pane *p, const struct pg_proc *proc, struct pg_series *out)
{
	*out = (struct pg_series){0};
	double now = p->watch.fds ? shown_s(p) : -1;
	if (now < 0 || !(proc->valid & PG_FD) || proc->fds > INT64_MAX || pg_proc_is_zombie(proc))
		return;
	pg_fd_watch_series(p->watch.fds, proc->pid, proc->start, out);
	if (out->n == 0)
		add_standing(p, proc, out);
	while (out->n > 0 && out->t[out->n - 1] >= now)
		out->n--;
	pg_series_add(out, now, (int64_t)proc->fds);
}

bool pane_watch_has(const struct pane *p, struct pg_key key)
{
	const struct pg_snapshot *newest = p->has_live ? p->live.snap : &p->watch.last;
	long i = pg_snapshot_find_pid(newest, key.pid);
	return i >= 0 && newest->procs[i]->start == key.start &&
	       !pg_proc_is_zombie(newest->procs[i]);
}

void pane_fd_recalled(const struct pane *p, const struct pg_proc *proc,
		      const struct pg_series *known, struct pg_series *out)
{
	double now = shown_s(p);
	*out = (struct pg_series){0};
	for (size_t i = 0; i < known->n && known->t[i] <= now; i++)
		pg_series_add(out, known->t[i], known->v[i]);
	if (!proc || !(proc->valid & PG_FD) || proc->fds > INT64_MAX || out->n == 0)
		return;
	if (out->t[out->n - 1] >= now)
		out->n--;
	pg_series_add(out, now, (int64_t)proc->fds);
}
