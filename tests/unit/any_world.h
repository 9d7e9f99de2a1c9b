/* SPDX-License-Identifier: MIT */
/*
 * any_world: snapshots at random, in which all that can change does: processes and threads come and
 * go, strings change their length, counters jump, wrap and run backwards. From the same seed always
 * the same. They stay, to be compared with what somebody made of them; blocks that did not change
 * are shared, as a source would share them.
 */
#ifndef ANY_WORLD_H
#define ANY_WORLD_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "task/block.h"
#include "task/snapshot.h"

#define MAX_PROCS  48
#define MAX_ROWS   24
#define MAX_FRAMES 1500
#define NR_VALUES  ((sizeof(struct pg_proc) - offsetof(struct pg_proc, cpu_clock_ns)) / 8)

struct row {
	struct pg_task t;
	char comm[16], raw[3][80];
	unsigned comm_len, raw_len[3];
};

struct life {
	int32_t pid;
	uint8_t valid;
	uint32_t uid;
	uint64_t values[NR_VALUES]; /* those of the process, in their order */
	char user[20];
	unsigned user_len, nr;
	struct row rows[MAX_ROWS];
	bool dirty;
};

/* A host of which all is random, and what it was like at each instant. */
struct world {
	uint64_t seed;
	struct life *lives;
	unsigned nr;
	int32_t next_pid;
	uint8_t scope;
	bool raw;
	struct pg_block block;
	struct pg_snapshot *frames;
	size_t nr_frames;
};

static inline uint64_t any(struct world *w)
{
	/* Marsaglia's xorshift64 */
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed;
}

static inline bool one_in(struct world *w, unsigned n)
{
	return any(w) % n == 0;
}

static inline uint64_t any_counter(struct world *w, uint64_t was)
{
	switch (any(w) % 8) {
	case 0:
		return UINT64_MAX - any(w) % 3;
	case 1:
		return was - any(w) % 100000; /* backwards, round the corner too */
	case 2:
		return any(w);
	default:
		return was + any(w) % 10000000;
	}
}

static inline unsigned any_text(struct world *w, char *to, unsigned room)
{
	unsigned n = (unsigned)(any(w) % (room + 1));
	for (unsigned i = 0; i < n; i++)
		to[i] = (char)any(w);
	return n;
}

/* Some words of the row become something else; those that say where it belongs stay. */
static inline void stir_row(struct world *w, struct row *r)
{
	struct pg_task *t = &r->t;
	uint64_t *const counters[] = {&t->utime,  &t->stime,       &t->minflt,
				      &t->rchar,  &t->read_bytes,  &t->voluntary_ctxt,
				      &t->run_ns, &t->wait_ns,     &t->timeslices,
				      &t->syscw,  &t->write_bytes, &t->cancelled_write_bytes};
	for (size_t n = any(w) % 6; n > 0; n--) {
		uint64_t *c = counters[any(w) % PG_ARRAY_LEN(counters)];
		*c = any_counter(w, *c);
	}
	t->valid = one_in(w, 9) ? (uint8_t)any(w) : t->valid;
	t->refused = one_in(w, 9) ? (uint8_t)any(w) : t->refused;
	t->state = "RSDZTtXI"[any(w) % 8];
	t->processor = (int32_t)(any(w) % 4);
	t->ppid = one_in(w, 9) ? (int32_t)any(w) : t->ppid;
	t->nice = one_in(w, 9) ? (int32_t)(any(w) % 40) - 20 : t->nice;
	t->policy = one_in(w, 9) ? (uint32_t)any(w) : t->policy;
	t->flags = one_in(w, 9) ? (uint32_t)any(w) : t->flags;
	t->euid = one_in(w, 9) ? (uint32_t)any(w) : t->euid;
	t->seen_ns = one_in(w, 3) ? any(w) : 0;
	if (one_in(w, 7))
		r->comm_len = any_text(w, r->comm, sizeof(r->comm));
	for (int i = 0; w->raw && i < 3; i++)
		r->raw_len[i] = any_text(w, r->raw[i], sizeof(r->raw[i]));
}

static inline void stir(struct world *w, struct life *l)
{
	for (size_t n = any(w) % 4; n > 0; n--) {
		uint64_t *v = &l->values[any(w) % NR_VALUES];
		*v = any_counter(w, *v);
	}
	l->valid = one_in(w, 5) ? (uint8_t)any(w) : l->valid;
	l->uid = one_in(w, 5) ? (uint32_t)any(w) : l->uid;
	if (one_in(w, 9))
		l->user_len = any_text(w, l->user, sizeof(l->user));
	for (unsigned i = 0; i < l->nr; i++)
		if (one_in(w, 3))
			stir_row(w, &l->rows[i]);
	l->dirty = true;
}

static inline void add_row(struct world *w, struct life *l)
{
	if (l->nr == MAX_ROWS)
		return;
	struct row *r = &l->rows[l->nr];
	*r = (struct row){.t = {.start = any(w) % 100000}};
	r->t.tid = l->nr ? l->rows[l->nr - 1].t.tid + (int32_t)(any(w) % 3) + 1 : l->pid;
	r->comm_len = any_text(w, r->comm, sizeof(r->comm));
	l->nr++;
	stir_row(w, r);
	l->dirty = true;
}

static inline void remove_row(struct world *w, struct life *l)
{
	if (l->nr == 0)
		return;
	unsigned i = (unsigned)(any(w) % l->nr);
	memmove(&l->rows[i], &l->rows[i + 1], (l->nr - i - 1) * sizeof(l->rows[0]));
	l->nr--;
	l->dirty = true;
}

static inline void be_born(struct world *w)
{
	if (w->nr == MAX_PROCS)
		return;
	struct life *l = &w->lives[w->nr++];
	*l = (struct life){.pid = w->next_pid};
	w->next_pid += (int32_t)(any(w) % 100) + MAX_ROWS * 3;
	for (uint64_t n = any(w) % 6 + 1; n > 0; n--)
		add_row(w, l);
	stir(w, l);
}

static inline void die(struct world *w)
{
	if (w->nr == 0)
		return;
	unsigned i = (unsigned)(any(w) % w->nr);
	memmove(&w->lives[i], &w->lives[i + 1], (w->nr - i - 1) * sizeof(w->lives[0]));
	w->nr--;
}

static inline void live_on(struct world *w)
{
	if (one_in(w, 3))
		be_born(w);
	if (one_in(w, 4))
		die(w);
	for (unsigned i = 0; i < w->nr; i++) {
		if (one_in(w, 6))
			stir(w, &w->lives[i]);
		if (one_in(w, 12))
			add_row(w, &w->lives[i]);
		if (one_in(w, 12))
			remove_row(w, &w->lives[i]);
	}
}

static inline struct pg_proc *block_of(struct world *w, struct life *l, struct pg_proc *was)
{
	struct pg_block *b = &w->block;
	pg_block_begin(b, l->pid, w->scope);
	struct pg_str user = pg_block_string(b, l->user, l->user_len);
	unsigned nr = w->scope == PG_SCOPE_THREADS || l->nr == 0 ? l->nr : 1;
	for (unsigned i = 0; i < nr; i++) {
		struct row *r = &l->rows[i];
		struct pg_task t = r->t;
		t.comm = pg_block_string(b, r->comm, r->comm_len);
		for (int k = 0; k < 3; k++)
			t.raw[k] = pg_block_string(b, r->raw[k], r->raw_len[k]);
		pg_block_put(b, &t);
	}
	struct pg_proc *p = pg_block_proc(b);
	p->user = user;
	p->valid = l->valid;
	p->uid = l->uid;
	memcpy(&p->cpu_clock_ns, l->values, sizeof(l->values));
	return pg_block_end(b, was);
}

static inline struct pg_proc *was_of(const struct pg_snapshot *s, int32_t pid)
{
	long i = s ? pg_snapshot_find_pid(s, pid) : -1;
	return i >= 0 ? s->procs[i] : NULL;
}

static inline void tell(struct world *w, struct pg_told *t)
{
	t->listening = one_in(w, 2);
	t->events = any_counter(w, 100);
	t->missed = any(w) % 3;
	t->nr_endings = any(w) % 4;
	t->endings = pg_calloc(t->nr_endings, sizeof(*t->endings));
	for (size_t i = 0; i < t->nr_endings; i++)
		t->endings[i] = (struct pg_ending){
			.key = {.pid = (int32_t)any(w), .tid = (int32_t)any(w), .start = any(w)},
			.exit_code = (int)(any(w) % 400) - 1};
	t->nr_brief = any(w) % 3;
	t->brief = pg_calloc(t->nr_brief, sizeof(struct pg_proc *));
	t->brief_codes = pg_calloc(t->nr_brief, sizeof(*t->brief_codes));
	for (size_t i = 0; i < t->nr_brief; i++) {
		struct life l = {.pid = (int32_t)(any(w) % 4000000)};
		add_row(w, &l);
		t->brief[i] = block_of(w, &l, NULL);
		t->brief_codes[i] = (int)(any(w) % 400) - 1;
	}
	t->nr_rest = any(w) % 3;
	t->rest = pg_calloc(t->nr_rest, sizeof(*t->rest));
	for (size_t i = 0; i < t->nr_rest; i++)
		t->rest[i] = (struct pg_brief_rest){(int32_t)any(w), (uint32_t)any(w)};
}

static inline void stamp(struct world *w, struct pg_snapshot *s)
{
	s->mono_ns = (w->nr_frames + 1) * PG_NS_PER_SEC + any(w) % 1000;
	s->wall_ns = (int64_t)(w->nr_frames * PG_NS_PER_SEC) + INT64_C(1795132800000000000);
	s->boot_wall_ns = -5;
	s->ticks_per_sec = 100;
	s->groups = (uint8_t)any(w);
	s->scope = w->scope;
	s->partial = w->nr_frames == 0;
	s->own_io_only = one_in(w, 2);
	s->host.valid = (uint32_t)any(w);
	any_text(w, s->host.name, sizeof(s->host.name));
	s->host.cpu_total = any_counter(w, 1000 * w->nr_frames);
	s->host.mem_available = any(w);
	s->host.load[1] = (double)(any(w) % 1000) / 7;
	s->host.psi_io = one_in(w, 2) ? -1.0 / 3 : 0;
	s->host.forks = any(w) % 100;
	s->cost = (struct pg_scan_cost){(uint32_t)any(w), 3, (uint32_t)any(w), any(w)};
}

/* The next frame; it stays the world's. */
static inline const struct pg_snapshot *turn(struct world *w)
{
	struct pg_snapshot *s = &w->frames[w->nr_frames];
	const struct pg_snapshot *was = w->nr_frames ? s - 1 : NULL;
	stamp(w, s);
	for (unsigned i = 0; i < w->nr; i++) {
		struct life *l = &w->lives[i];
		struct pg_proc *old = was_of(was, l->pid);
		bool same = old && !l->dirty && old->scope == w->scope;
		pg_snapshot_add(s, same ? pg_proc_ref(old) : block_of(w, l, old));
		l->dirty = false;
	}
	tell(w, &s->told);
	w->nr_frames++;
	return s;
}

static inline void world_begin(struct world *w, uint64_t seed)
{
	*w = (struct world){.seed = seed, .next_pid = 1};
	w->lives = pg_calloc(MAX_PROCS, sizeof(*w->lives));
	w->frames = pg_calloc(MAX_FRAMES, sizeof(*w->frames));
	for (int i = 0; i < 20; i++)
		be_born(w);
}

static inline void world_end(struct world *w)
{
	for (size_t i = 0; i < w->nr_frames; i++)
		pg_snapshot_free(&w->frames[i]);
	pg_block_free(&w->block);
	free(w->frames);
	free(w->lives);
}

#endif
