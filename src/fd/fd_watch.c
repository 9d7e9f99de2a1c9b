/* SPDX-License-Identifier: MIT */
/*
 * One entry a process whose number has changed, or that is near its limit. An entry holds its
 * changes by cells of time: all are of one length, which is made longer when there are too many of
 * them. Of a cell the least value stays, and the last one, which holds until the next cell that
 * there is.
 *
 * A frame costs one comparison a process, and a look at those whose block is another one. A verdict
 * costs about 100 us: so only entries that could leak are judged, when something changed or they
 * have a sign that may have to go, each every JUDGE_S seconds or a sixteenth of its time, whichever
 * is longer, and a few a frame.
 */
#include "fd_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "task/keymap.h"

#define LEAST         3   /* descriptors more than before: fewer are no leak (series_leak.c) */
#define JUDGE_S       5.0 /* seconds between two verdicts on the same process, at least */
#define JUDGE_A_FRAME 4   /* entries, at most */
#define LOOK_A_FRAME  256 /* entries of which it is asked whether it is their turn */
#define SEEN_FRAMES   40  /* before that a process is only starting */
#define GRID          320 /* samples that a verdict is made from */
#define CELLS         (PG_FD_WATCH_POINTS / 2 - 1) /* each may become two points */

struct cell {
	double t, last_t;  /* of the first change in it, and of the last */
	int64_t low, last; /* the least value; the one that it ended with */
};

struct entry {
	struct pg_key key;
	int64_t fds;    /* now */
	uint64_t limit; /* 0: not known */
	double changed, judged;
	uint64_t since; /* frame in which it came in */
	double step;    /* seconds a cell; 0: each change has its own */
	struct cell *cells;
	size_t nr, cap;
	bool stirred; /* changed since it was judged */
	bool leaking;
	double per_second;
	enum pg_fd_sign sign;
};

struct pg_fd_watch {
	struct entry *entries;
	size_t nr, cap, nr_signs;
	struct pg_keymap index;
	bool begun;
	uint64_t began_ns, frame;
	double now;  /* seconds since the first frame */
	size_t turn; /* the entry to be asked next */
};

struct pg_fd_watch *pg_fd_watch_new(void)
{
	return pg_calloc(1, sizeof(struct pg_fd_watch));
}

void pg_fd_watch_free(struct pg_fd_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr; i++)
		free(w->entries[i].cells);
	free(w->entries);
	pg_keymap_free(&w->index);
	free(w);
}

/* ---- the series of one process --------------------------------------------------------------- */

static bool same_cell(const struct entry *e, double a, double b)
{
	return e->step > 0 && !(floor(a / e->step) < floor(b / e->step));
}

static void into_cell(struct cell *to, const struct cell *c)
{
	to->low = c->low < to->low ? c->low : to->low;
	to->last = c->last;
	to->last_t = c->last_t;
}

/* Cells so long that half of them do for the time until now. */
static void make_room(struct entry *e, double now)
{
	size_t to = 0;
	e->step = 2 * (now - e->cells[0].t) / CELLS;
	for (size_t i = 1; i < e->nr; i++) {
		if (same_cell(e, e->cells[to].t, e->cells[i].t))
			into_cell(&e->cells[to], &e->cells[i]);
		else
			e->cells[++to] = e->cells[i];
	}
	e->nr = to + 1;
}

static void add_change(struct entry *e, double t, int64_t fds)
{
	struct cell c = {.t = t, .last_t = t, .low = fds, .last = fds};
	if (e->nr > 0 && same_cell(e, e->cells[e->nr - 1].t, t)) {
		into_cell(&e->cells[e->nr - 1], &c);
		return;
	}
	if (e->nr == CELLS)
		make_room(e, t);
	if (e->nr == CELLS) /* all in one instant: hostile time stamps */
		e->nr--;
	e->cells = pg_grow(e->cells, &e->cap, e->nr + 1, sizeof(*e->cells));
	e->cells[e->nr++] = c;
}

static void copy_cells(const struct entry *e, double now, struct pg_series *out)
{
	for (size_t i = 0; i < e->nr; i++) {
		const struct cell *c = &e->cells[i];
		pg_series_add(out, c->t, c->low);
		if (c->last != c->low)
			pg_series_add(out, c->last_t, c->last);
	}
	if (out->n > 0 && out->t[out->n - 1] < now)
		pg_series_add(out, now, e->fds);
}

/* A value holds until the next change: evenly spaced samples, of each time the least value. */
static void spread(const struct entry *e, double now, struct pg_series *out)
{
	double begin = e->cells[0].t, step = (now - begin) / GRID;
	int64_t holds = e->cells[0].low;
	for (size_t g = 0, i = 0; g < GRID; g++) {
		int64_t low = holds;
		for (; i < e->nr && e->cells[i].t < begin + step * (double)(g + 1); i++) {
			low = e->cells[i].low < low ? e->cells[i].low : low;
			holds = e->cells[i].last;
		}
		pg_series_add(out, begin + step * ((double)g + 0.5), low);
	}
}

/* ---- entries --------------------------------------------------------------------------------- */

static const struct entry *find(const struct pg_fd_watch *w, struct pg_key key)
{
	uint32_t i = pg_keymap_get(&w->index, key);
	return i == PG_NO_VALUE ? NULL : &w->entries[i];
}

static bool near_limit(uint64_t fds, uint64_t limit)
{
	return limit != 0 && limit != UINT64_MAX && (double)fds >= PG_FD_WATCH_NEAR * (double)limit;
}

static void set_sign(struct pg_fd_watch *w, struct entry *e)
{
	enum pg_fd_sign sign = e->leaking ? PG_FD_LEAKING : PG_FD_FINE;
	if (near_limit((uint64_t)e->fds, e->limit))
		sign = PG_FD_NEAR_LIMIT;
	w->nr_signs += (sign != PG_FD_FINE) - (size_t)(e->sign != PG_FD_FINE);
	e->sign = sign;
}

static void drop(struct pg_fd_watch *w, size_t i)
{
	struct entry *e = &w->entries[i];
	w->nr_signs -= e->sign != PG_FD_FINE;
	pg_keymap_del(&w->index, e->key);
	free(e->cells);
	if (i != --w->nr) {
		*e = w->entries[w->nr];
		pg_keymap_put(&w->index, e->key, (uint32_t)i);
	}
}

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* An eighth goes at once, so that a crowd of newcomers does not cost a search each. */
static void drop_oldest(struct pg_fd_watch *w)
{
	double *changed = pg_alloc(w->nr * sizeof(*changed));
	for (size_t i = 0; i < w->nr; i++)
		changed[i] = w->entries[i].changed;
	qsort(changed, w->nr, sizeof(*changed), cmp_double);
	size_t left = w->nr / 8 + 1;
	double border = changed[left - 1];
	free(changed);
	for (int ties = 0; ties < 2; ties++) {
		for (size_t i = w->nr; i-- > 0 && left > 0;) {
			const struct entry *e = &w->entries[i];
			bool old = ties ? e->changed <= border : e->changed < border;
			if (!old || e->sign != PG_FD_FINE)
				continue;
			drop(w, i);
			left--;
		}
	}
}

/* NULL: there is no room, all have a sign. */
static struct entry *add_entry(struct pg_fd_watch *w, struct pg_key key)
{
	if (w->nr >= PG_FD_WATCH_PROCS)
		drop_oldest(w);
	if (w->nr >= PG_FD_WATCH_PROCS)
		return NULL;
	w->entries = pg_grow(w->entries, &w->cap, w->nr + 1, sizeof(*w->entries));
	pg_keymap_put(&w->index, key, (uint32_t)w->nr);
	w->entries[w->nr] = (struct entry){.key = key, .since = w->frame, .judged = w->now};
	return &w->entries[w->nr++];
}

/* ---- a frame --------------------------------------------------------------------------------- */

static const struct pg_change *change_of(const struct pg_frame *f, size_t i)
{
	uint32_t start = f->changes->start[i];
	return start == PG_UNCHANGED ? NULL : &f->changes->rows[start];
}

/* When it began to have what it had before its first change: with the watch, or when it was born.
 */
static double since_when(const struct pg_fd_watch *w, const struct pg_frame *f,
			 const struct pg_proc *p)
{
	int64_t age = f->snap->wall_ns - pg_snapshot_wall_of(f->snap, p->start);
	double t = w->now - (double)age / 1e9;
	return t > 0 && t < w->now ? t : 0;
}

/* One that changed for the first time, or is near its limit as it is; else NULL. */
static struct entry *newcomer(struct pg_fd_watch *w, const struct pg_frame *f, size_t i,
			      struct pg_key key)
{
	const struct pg_proc *p = f->snap->procs[i];
	const struct pg_change *c = change_of(f, i);
	bool moved = c && pg_task_is_leader(p, &p->tasks[0]) && (c->known & PG_KNOW_FDS) && c->fds;
	if (!moved && !near_limit(p->fds, p->fd_limit))
		return NULL;
	struct entry *e = add_entry(w, key);
	if (!e)
		return NULL;
	e->fds = (int64_t)p->fds - (moved ? c->fds : 0);
	e->changed = w->now;
	add_change(e, since_when(w, f, p), e->fds);
	return e;
}

static void look_at(struct pg_fd_watch *w, const struct pg_frame *f, size_t i)
{
	const struct pg_proc *p = f->snap->procs[i];
	struct pg_key key = {.pid = p->pid, .tid = p->pid, .start = p->start};
	uint32_t at = pg_keymap_get(&w->index, key);
	if (pg_proc_is_zombie(p)) { /* its 0 is the end, and not a number that it came down to */
		if (at != PG_NO_VALUE)
			drop(w, at);
		return;
	}
	if (!(p->valid & PG_FD) || p->nr_tasks == 0 || p->fds > INT64_MAX)
		return;
	struct entry *e = at == PG_NO_VALUE ? newcomer(w, f, i, key) : &w->entries[at];
	if (!e)
		return;
	e->limit = p->fd_limit;
	if (e->fds != (int64_t)p->fds) {
		e->fds = (int64_t)p->fds;
		e->changed = w->now;
		e->stirred = true;
		add_change(e, w->now, e->fds);
	}
	set_sign(w, e);
}

static void forget_gone(struct pg_fd_watch *w, const struct pg_changes *c)
{
	for (size_t i = 0; i < c->nr_gone && w->nr > 0; i++) {
		const struct pg_proc *p = c->gone[i].proc;
		if (!pg_task_is_leader(p, c->gone[i].task))
			continue;
		struct pg_key key = {.pid = p->pid, .tid = p->pid, .start = p->start};
		uint32_t at = pg_keymap_get(&w->index, key);
		if (at != PG_NO_VALUE)
			drop(w, at);
	}
}

/* The least number that it had between two times. */
static int64_t least_in(const struct entry *e, double from, double to)
{
	int64_t low = INT64_MAX, holds = e->cells[0].low;
	for (size_t i = 0; i < e->nr && e->cells[i].t < to; i++) {
		if (e->cells[i].t >= from)
			low = e->cells[i].low < low ? e->cells[i].low : low;
		else
			holds = e->cells[i].last;
	}
	return holds < low ? holds : low;
}

/* Most that move come and go: they need no verdict. */
static bool could_leak(const struct entry *e, double now)
{
	double begin = e->cells[0].t, quarter = (now - begin) / 4;
	int64_t late = least_in(e, now - quarter, HUGE_VAL);
	return late - least_in(e, begin, begin + quarter) >= LEAST;
}

static struct pg_leak verdict_on(const struct pg_fd_watch *w, const struct entry *e)
{
	struct pg_series s = {0};
	struct pg_leak leak = {.p = 1, .confidence = 1};
	if (could_leak(e, w->now)) {
		spread(e, w->now, &s);
		pg_series_leak(&s, &leak);
		pg_series_free(&s);
	}
	return leak;
}

static void judge(struct pg_fd_watch *w, struct entry *e)
{
	struct pg_leak leak = verdict_on(w, e);
	e->leaking = leak.verdict == PG_LEAK_LEAKING;
	e->per_second = e->leaking ? leak.per_second : 0;
	e->stirred = false;
	e->judged = w->now;
	set_sign(w, e);
}

static bool is_due(const struct pg_fd_watch *w, const struct entry *e)
{
	double wait = (w->now - e->cells[0].t) / 16;
	return (e->stirred || e->leaking) && w->frame - e->since >= SEEN_FRAMES &&
	       w->now - e->judged >= (wait > JUDGE_S ? wait : JUDGE_S);
}

static void judge_some(struct pg_fd_watch *w)
{
	size_t looks = w->nr < LOOK_A_FRAME ? w->nr : LOOK_A_FRAME, judged = 0;
	for (; looks > 0 && judged < JUDGE_A_FRAME; looks--) {
		w->turn = w->turn + 1 < w->nr ? w->turn + 1 : 0;
		struct entry *e = &w->entries[w->turn];
		if (!is_due(w, e))
			continue;
		judge(w, e);
		judged++;
	}
}

void pg_fd_watch_frame(struct pg_fd_watch *w, const struct pg_frame *f)
{
	if (!w->begun)
		w->began_ns = f->snap->mono_ns;
	w->begun = true;
	if (f->snap->mono_ns > w->began_ns)
		w->now = (double)(f->snap->mono_ns - w->began_ns) / 1e9;
	w->frame++;
	forget_gone(w, f->changes);
	for (size_t i = 0; i < f->snap->nr_procs; i++)
		if (f->changes->start[i] != PG_UNCHANGED)
			look_at(w, f, i);
	judge_some(w);
}

/* ---- what is asked --------------------------------------------------------------------------- */

void pg_fd_watch_series(const struct pg_fd_watch *w, int32_t pid, uint64_t start,
			struct pg_series *out)
{
	const struct entry *e = find(w, (struct pg_key){.pid = pid, .tid = pid, .start = start});
	*out = (struct pg_series){0};
	if (e)
		copy_cells(e, w->now, out);
}

bool pg_fd_watch_leak(const struct pg_fd_watch *w, int32_t pid, uint64_t start, struct pg_leak *out)
{
	const struct entry *e = find(w, (struct pg_key){.pid = pid, .tid = pid, .start = start});
	uint64_t seen = w->frame - (e ? e->since : 0);
	*out = (struct pg_leak){.p = 1};
	if (seen < SEEN_FRAMES)
		return false;
	if (e)
		*out = verdict_on(w, e);
	return true;
}

/* Near the limit goes before leaking; then the nearest, or the fastest. */
static bool worse(const struct pg_fd_alarm *a, const struct pg_fd_alarm *b)
{
	if (a->sign != b->sign)
		return a->sign > b->sign;
	if (a->sign == PG_FD_LEAKING)
		return a->per_second > b->per_second;
	return (double)a->fds * (double)b->limit > (double)b->fds * (double)a->limit;
}

size_t pg_fd_watch_alarms(const struct pg_fd_watch *w, struct pg_fd_alarm *out, size_t max)
{
	size_t nr = 0, i = 0;
	for (size_t left = w->nr_signs; left > 0 && i < w->nr; i++) {
		const struct entry *e = &w->entries[i];
		if (e->sign == PG_FD_FINE)
			continue;
		left--;
		struct pg_fd_alarm a = {.pid = e->key.pid,
					.start = e->key.start,
					.sign = e->sign,
					.fds = (uint64_t)e->fds,
					.limit = e->limit,
					.per_second = e->per_second};
		size_t k = nr < max ? nr++ : max;
		for (; k > 0 && worse(&a, &out[k - 1]); k--)
			if (k < max)
				out[k] = out[k - 1];
		if (k < max)
			out[k] = a;
	}
	return w->nr_signs;
}
