/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

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

void pg_snapshot_copy_values(struct pg_snapshot *to, const struct pg_snapshot *from)
{
	struct pg_snapshot own = *to;
	*to = *from;
	to->told = (struct pg_told){0};
	to->nr_procs = to->nr_tasks = 0;
	to->procs = own.procs;
	to->cap = own.cap;
	to->astir = own.astir;
	to->left = own.left;
	to->cap_left = own.cap_left;
	to->nr_left = to->at_left = 0;
}

void pg_snapshot_share(struct pg_snapshot *to, const struct pg_snapshot *from)
{
	pg_snapshot_copy_values(to, from);
	to->procs = pg_grow(to->procs, &to->cap, from->nr_procs, sizeof(struct pg_proc *));
	to->nr_procs = from->nr_procs;
	to->nr_tasks = from->nr_tasks;
	for (size_t i = 0; i < from->nr_procs; i++)
		to->procs[i] = pg_proc_ref(from->procs[i]);
	to->told = share_told(&from->told);
}

void pg_snapshot_clear(struct pg_snapshot *s)
{
	pg_told_clear(&s->told);
	for (size_t i = 0; i < s->nr_procs; i++)
		pg_proc_unref(s->procs[i]);
	pg_snapshot_settle(s);
	pg_snapshot_copy_values(s, &(struct pg_snapshot){0});
	pg_buf_clear(&s->astir);
}

void pg_snapshot_settle(struct pg_snapshot *s)
{
	while (s->at_left < s->nr_left)
		pg_proc_unref(s->left[s->at_left++]);
	s->at_left = s->nr_left = 0;
}

void pg_snapshot_recycle(struct pg_snapshot *s)
{
	pg_snapshot_settle(s);
	pg_told_clear(&s->told);
	pg_buf_clear(&s->astir);
	*s = (struct pg_snapshot){
		.procs = s->left,
		.cap = s->cap_left,
		.astir = s->astir,
		.left = s->procs,
		.nr_left = s->nr_procs,
		.cap_left = s->cap,
	};
}

/* Both are in order, and few differ: what is not within a few steps is not there. */
#define LOOK_AHEAD 16

/* Whether the life before held a reference to p, which is taken over then. */
static bool retake(struct pg_snapshot *s, const struct pg_proc *p)
{
	for (size_t i = s->at_left; i < s->nr_left && i < s->at_left + LOOK_AHEAD; i++) {
		if (s->left[i] != p)
			continue;
		while (s->at_left < i)
			pg_proc_unref(s->left[s->at_left++]);
		s->at_left++;
		return true;
	}
	return false;
}

void pg_snapshot_share_proc(struct pg_snapshot *s, struct pg_proc *p, uint32_t nr_tasks,
			    bool is_astir)
{
	pg_buf_putc(&s->astir, (char)is_astir);
	s->procs = pg_grow(s->procs, &s->cap, s->nr_procs + 1, sizeof(struct pg_proc *));
	s->procs[s->nr_procs++] = retake(s, p) ? p : pg_proc_ref(p);
	s->nr_tasks += nr_tasks;
}

bool pg_proc_is_astir(const struct pg_proc *p)
{
	return p->nr_running || p->nr_disk_sleep || p->nr_zombie || p->nr_unseen;
}

bool pg_snapshot_is_astir(const struct pg_snapshot *s, size_t i)
{
	return i < s->astir.len ? s->astir.data[i] : pg_proc_is_astir(s->procs[i]);
}

void pg_snapshot_free(struct pg_snapshot *s)
{
	pg_snapshot_clear(s);
	free(s->procs);
	free(s->left);
	pg_buf_free(&s->astir);
	*s = (struct pg_snapshot){0};
}

void pg_snapshot_add(struct pg_snapshot *s, struct pg_proc *p)
{
	s->procs = pg_grow(s->procs, &s->cap, s->nr_procs + 1, sizeof(struct pg_proc *));
	s->procs[s->nr_procs++] = p;
	s->nr_tasks += p->nr_tasks;
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
