/* SPDX-License-Identifier: MIT */
/*
 * frames: a small world of processes for tests of what is shown. Change it, turn it, and there is
 * the next frame, with blocks that did not change shared as a source would share them.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "task/delta.h"

#define WORLD_PROCS   512
#define WORLD_THREADS 64
#define WORLD_MEM     (UINT64_C(4096) << 20)

struct world_task {
	int32_t tid;
	uint64_t start, run_ns, read_bytes;
	char state;
	char comm[16];
	uint64_t seen_ns;
};

struct world_proc {
	int32_t pid, ppid;
	uint32_t uid;
	bool uid_known, kthread;
	const char *user;
	uint64_t rss;
	bool has_fds;
	uint64_t fds, fd_limit;
	int nr;
	struct world_task tasks[WORLD_THREADS]; /* the leader first, then by tid */
	bool dirty;                             /* its block must be made anew */
	uint64_t unseen_ns;
};

/* One that lives and dies before the next frame. */
struct world_brief {
	int32_t pid, tid, ppid;
	uint32_t uid;
	const char *user, *comm;
	int exit_code;
};

struct world {
	struct world_proc *procs; /* by pid */
	size_t nr;
	enum pg_scope scope;
	uint64_t now_ns, mem;
	int64_t put_ns;             /* by how much the clock was put on or back */
	struct world_brief *briefs; /* of the next frame, by pid */
	size_t nr_briefs, cap_briefs;
	struct pg_brief_rest rest[8]; /* of the next frame */
	size_t nr_rest;
	struct pg_ending endings[4]; /* of the next frame, by pid */
	size_t nr_endings;
	uint64_t missed;
	bool listening;
	struct pg_snapshot snaps[2];
	int which;
	bool turned;
	struct pg_changes changes;
	struct pg_frame frame;
};

static inline void world_init(struct world *w)
{
	*w = (struct world){.mem = WORLD_MEM};
	w->procs = pg_calloc(WORLD_PROCS, sizeof(*w->procs));
}

static inline void world_free(struct world *w)
{
	pg_snapshot_free(&w->snaps[0]);
	pg_snapshot_free(&w->snaps[1]);
	pg_changes_free(&w->changes);
	free(w->procs);
	free(w->briefs);
}

static inline struct world_task *world_thread(struct world_proc *p, int32_t tid, uint64_t start,
					      const char *comm)
{
	int i = p->nr++;
	while (i > 1 && p->tasks[i - 1].tid > tid) {
		p->tasks[i] = p->tasks[i - 1];
		i--;
	}
	p->tasks[i] = (struct world_task){.tid = tid, .start = start, .state = 'S'};
	snprintf(p->tasks[i].comm, sizeof(p->tasks[i].comm), "%s", comm);
	p->dirty = true;
	return &p->tasks[i];
}

/* A process with its leader; the pointer holds until the next birth or death. */
static inline struct world_proc *world_birth(struct world *w, int32_t pid, uint64_t start,
					     uint32_t uid, const char *user, const char *comm)
{
	size_t i = w->nr++;
	while (i > 0 && w->procs[i - 1].pid > pid) {
		w->procs[i] = w->procs[i - 1];
		i--;
	}
	w->procs[i] = (struct world_proc){
		.pid = pid, .ppid = 1, .uid = uid, .uid_known = true, .user = user};
	world_thread(&w->procs[i], pid, start, comm);
	return &w->procs[i];
}

static inline struct world_proc *world_find(struct world *w, int32_t pid)
{
	for (size_t i = 0; i < w->nr; i++)
		if (w->procs[i].pid == pid)
			return &w->procs[i];
	return NULL;
}

static inline void world_death(struct world *w, int32_t pid)
{
	size_t i = (size_t)(world_find(w, pid) - w->procs);
	memmove(&w->procs[i], &w->procs[i + 1], (w->nr - i - 1) * sizeof(*w->procs));
	w->nr--;
}

static inline void world_thread_death(struct world_proc *p, int i)
{
	memmove(&p->tasks[i], &p->tasks[i + 1], (size_t)(p->nr - i - 1) * sizeof(*p->tasks));
	p->nr--;
	p->dirty = true;
}

static inline void world_burn(struct world_proc *p, int i, double share)
{
	p->tasks[i].run_ns += (uint64_t)(share * 1e9);
	p->dirty = true;
}

static inline void world_fds(struct world_proc *p, uint64_t fds, uint64_t limit)
{
	p->has_fds = true;
	p->fds = fds;
	p->fd_limit = limit;
	p->dirty = true;
}

static inline struct world_brief *world_brief(struct world *w, int32_t pid, int32_t ppid,
					      uint32_t uid, const char *user)
{
	w->briefs = pg_grow(w->briefs, &w->cap_briefs, w->nr_briefs + 1, sizeof(*w->briefs));
	size_t i = w->nr_briefs++;
	while (i > 0 && w->briefs[i - 1].pid > pid) {
		w->briefs[i] = w->briefs[i - 1];
		i--;
	}
	w->briefs[i] = (struct world_brief){.pid = pid,
					    .tid = pid,
					    .ppid = ppid,
					    .uid = uid,
					    .user = user,
					    .comm = "brief",
					    .exit_code = -1};
	return &w->briefs[i];
}

static inline struct pg_str world_put(struct pg_proc *p, const char *s, uint32_t *at)
{
	struct pg_str str = {.off = *at, .len = (uint32_t)strlen(s)};
	memcpy((char *)p + *at, s, str.len);
	*at += str.len;
	return str;
}

static inline struct pg_proc *world_block(const struct world *w, const struct world_proc *from)
{
	int nr = w->scope == PG_SCOPE_THREADS ? from->nr : 1;
	uint32_t at = (uint32_t)(sizeof(struct pg_proc) + (size_t)nr * sizeof(struct pg_task));
	uint32_t size = at + 64 + 16 * (uint32_t)nr;
	struct pg_proc *p = pg_calloc(1, size);
	p->refs = 1;
	p->size = size;
	p->pid = from->pid;
	p->start = from->tasks[0].start;
	p->nr_tasks = (uint32_t)nr;
	p->scope = (uint8_t)w->scope;
	p->kthread = from->kthread;
	p->valid = PG_MEM | PG_CLOCK | (from->uid_known ? PG_UID : 0);
	p->valid |= from->has_fds ? PG_FD : 0;
	p->fds = from->fds;
	p->fd_limit = from->fd_limit;
	p->uid = from->uid;
	p->rss_bytes = from->rss;
	p->unseen_ns = from->unseen_ns;
	if (from->user)
		p->user = world_put(p, from->user, &at);
	for (int i = 0; i < from->nr; i++)
		p->cpu_clock_ns += from->tasks[i].run_ns;
	for (int i = 0; i < nr; i++) {
		const struct world_task *t = &from->tasks[i];
		p->tasks[i] = (struct pg_task){.tid = t->tid,
					       .start = t->start,
					       .state = t->state,
					       .ppid = from->ppid,
					       .run_ns = t->run_ns,
					       .read_bytes = t->read_bytes,
					       .seen_ns = t->seen_ns,
					       .valid = PG_STAT | PG_IO | PG_SCHED};
		p->tasks[i].comm = world_put(p, t->comm, &at);
		p->nr_running += t->state == 'R';
		p->nr_disk_sleep += t->state == 'D';
		p->nr_zombie += t->state == 'Z';
		p->nr_unseen += t->seen_ns != 0;
	}
	return p;
}

/* What the process connector would have told since the last frame. */
static inline void world_tell(struct world *w, struct pg_told *told)
{
	told->listening = w->listening;
	told->missed = w->missed;
	told->nr_brief = w->nr_briefs;
	told->brief = pg_calloc(w->nr_briefs + 1, sizeof(*told->brief));
	told->brief_codes = pg_calloc(w->nr_briefs + 1, sizeof(*told->brief_codes));
	for (size_t i = 0; i < w->nr_briefs; i++) {
		const struct world_brief *b = &w->briefs[i];
		struct world_proc p = {.pid = b->pid, .ppid = b->ppid, .uid = b->uid};
		p.uid_known = true;
		p.user = b->user;
		world_thread(&p, b->tid, w->now_ns / 10000000, b->comm);
		struct pg_proc *block = world_block(w, &p);
		block->valid = PG_UID;
		block->tasks[0].valid = 0;
		block->tasks[0].state = '\0';
		told->brief[i] = block;
		told->brief_codes[i] = b->exit_code;
	}
	told->endings = pg_calloc(w->nr_endings + 1, sizeof(*told->endings));
	memcpy(told->endings, w->endings, w->nr_endings * sizeof(*told->endings));
	told->nr_endings = w->nr_endings;
	w->nr_endings = 0;
	told->rest = pg_calloc(w->nr_rest + 1, sizeof(*told->rest));
	memcpy(told->rest, w->rest, w->nr_rest * sizeof(*told->rest));
	told->nr_rest = w->nr_rest;
	w->nr_briefs = w->nr_rest = 0;
	w->missed = 0;
}

/* The next frame, one second later. */
static inline const struct pg_frame *world_turn(struct world *w)
{
	const struct pg_snapshot *prev = w->turned ? &w->snaps[w->which] : NULL;
	w->which = !w->which;
	struct pg_snapshot *cur = &w->snaps[w->which];
	pg_snapshot_clear(cur);
	cur->mono_ns = w->now_ns += PG_NS_PER_SEC;
	cur->wall_ns = (int64_t)w->now_ns + w->put_ns; /* from the epoch on */
	cur->ticks_per_sec = 100;
	cur->scope = (uint8_t)w->scope;
	cur->host.valid = PG_HOST_MEM;
	cur->host.mem_total = w->mem;
	for (size_t i = 0, j = 0; i < w->nr; i++) {
		struct world_proc *p = &w->procs[i];
		while (prev && j < prev->nr_procs && prev->procs[j]->pid < p->pid)
			j++;
		struct pg_proc *was = prev && j < prev->nr_procs ? prev->procs[j] : NULL;
		bool same = was && was->pid == p->pid && was->start == p->tasks[0].start;
		same = same && !p->dirty && was->scope == (uint8_t)w->scope;
		pg_snapshot_add(cur, same ? pg_proc_ref(was) : world_block(w, p));
		p->dirty = false;
	}
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	world_tell(w, &cur->told);
	pg_delta(prev, cur, &limits, &w->changes);
	w->frame = (struct pg_frame){
		.snap = cur, .changes = &w->changes, .cycle = w->turned ? w->frame.cycle + 1 : 0};
	w->turned = true;
	return &w->frame;
}

#endif
