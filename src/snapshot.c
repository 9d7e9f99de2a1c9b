/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void pg_told_clear(struct pg_told *t)
{
	for (size_t i = 0; i < t->nr_brief; i++)
		pg_proc_unref(t->brief[i]);
	free(t->endings);
	free(t->brief);
	free(t->brief_codes);
	free(t->rest);
	*t = (struct pg_told){0};
}

static void *copy_of(const void *items, size_t count, size_t size)
{
	return count ? memcpy(pg_realloc(NULL, count, size), items, count * size) : NULL;
}

static struct pg_told share_told(const struct pg_told *from)
{
	struct pg_told t = *from;
	t.endings = copy_of(from->endings, from->nr_endings, sizeof(*t.endings));
	t.brief = copy_of(from->brief, from->nr_brief, sizeof(struct pg_proc *));
	t.brief_codes = copy_of(from->brief_codes, from->nr_brief, sizeof(*t.brief_codes));
	t.rest = copy_of(from->rest, from->nr_rest, sizeof(*t.rest));
	for (size_t i = 0; i < t.nr_brief; i++)
		pg_proc_ref(t.brief[i]);
	return t;
}

void pg_snapshot_share(struct pg_snapshot *to, const struct pg_snapshot *from)
{
	struct pg_snapshot empty = *to;
	*to = *from;
	to->cap = empty.cap;
	to->procs = pg_grow(empty.procs, &to->cap, from->nr_procs, sizeof(struct pg_proc *));
	for (size_t i = 0; i < from->nr_procs; i++)
		to->procs[i] = pg_proc_ref(from->procs[i]);
	to->told = share_told(&from->told);
}

void pg_snapshot_clear(struct pg_snapshot *s)
{
	pg_told_clear(&s->told);
	for (size_t i = 0; i < s->nr_procs; i++)
		pg_proc_unref(s->procs[i]);
	struct pg_proc **procs = s->procs;
	size_t cap = s->cap;
	*s = (struct pg_snapshot){.procs = procs, .cap = cap};
}

void pg_snapshot_free(struct pg_snapshot *s)
{
	pg_snapshot_clear(s);
	free(s->procs);
	*s = (struct pg_snapshot){0};
}

void pg_snapshot_add(struct pg_snapshot *s, struct pg_proc *p)
{
	s->procs = pg_grow(s->procs, &s->cap, s->nr_procs + 1, sizeof(struct pg_proc *));
	s->procs[s->nr_procs++] = p;
	s->nr_tasks += p->nr_tasks;
}

static int cmp_procs(const void *a, const void *b)
{
	return pg_proc_cmp(*(struct pg_proc *const *)a, *(struct pg_proc *const *)b);
}

void pg_snapshot_sort(struct pg_snapshot *s)
{
	for (size_t i = 1; i < s->nr_procs; i++) {
		if (pg_proc_cmp(s->procs[i - 1], s->procs[i]) > 0) {
			qsort(s->procs, s->nr_procs, sizeof(struct pg_proc *), cmp_procs);
			return;
		}
	}
}

long pg_snapshot_find_pid(const struct pg_snapshot *s, int32_t pid)
{
	size_t lo = 0, hi = s->nr_procs;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->procs[mid]->pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->nr_procs && s->procs[lo]->pid == pid ? (long)lo : -1;
}

struct pg_place pg_snapshot_find(const struct pg_snapshot *s, struct pg_key key)
{
	struct pg_place at = {0};
	long i = pg_snapshot_find_pid(s, key.pid);
	for (; i >= 0 && (size_t)i < s->nr_procs && s->procs[i]->pid == key.pid; i++) {
		const struct pg_task *t = pg_proc_find(s->procs[i], key.tid, key.start);
		if (t) {
			at.proc = s->procs[i];
			at.task = t;
			at.proc_index = (size_t)i;
			break;
		}
	}
	return at;
}

int64_t pg_snapshot_wall_of(const struct pg_snapshot *s, uint64_t ticks)
{
	uint64_t hz = s->ticks_per_sec ? s->ticks_per_sec : 100;
	uint64_t ns = ticks / hz * PG_NS_PER_SEC + ticks % hz * PG_NS_PER_SEC / hz;
	return (int64_t)((uint64_t)s->boot_wall_ns + ns);
}
