/* SPDX-License-Identifier: MIT */
/*
 * streams: snapshots of any content, and what may become of one until the next, for tests of what
 * carries them from here to there. Values are those at which something could break, names are any
 * bytes, and what is not valid is not zero.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "stream/stream.h"
#include "task/block.h"
#include "task/counter.h"
#include "task/snapshot.h"

/* xorshift: the same on every machine. */
struct dice {
	uint64_t state;
};

static inline uint64_t roll(struct dice *d)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return d->state;
}

static inline uint64_t roll_below(struct dice *d, uint64_t n)
{
	return roll(d) % n;
}

static inline bool roll_one_of(struct dice *d, uint64_t n)
{
	return roll_below(d, n) == 0;
}

static inline uint64_t roll_u64(struct dice *d)
{
	static const uint64_t edges[] = {
		0,
		1,
		9,
		10,
		99,
		100,
		(UINT64_C(1) << 53) - 2,
		(UINT64_C(1) << 53) - 1,
		UINT64_C(1) << 53,
		(UINT64_C(1) << 53) + 1,
		INT64_MAX,
		UINT64_MAX - 1,
		UINT64_MAX,
	};
	if (roll_one_of(d, 3))
		return edges[roll_below(d, PG_ARRAY_LEN(edges))];
	return roll(d) >> roll_below(d, 64);
}

static inline int32_t roll_i32(struct dice *d)
{
	static const int32_t edges[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX};
	if (roll_one_of(d, 3))
		return edges[roll_below(d, PG_ARRAY_LEN(edges))];
	return (int32_t)roll(d);
}

static inline size_t roll_name(struct dice *d, char out[32])
{
	static const char *const names[] = {
		"sh",
		"",
		"\\x41",
		"a\\b\"c",
		"\xff\xfe",
		"\xc3\xa4\xc3",     /* cut */
		"\xed\xa0\x80",     /* a surrogate */
		"\xf4\x90\x80\x80", /* beyond Unicode */
		"\xe2\x80\xaelive", /* right to left */
		"\x1b[2J\x07\x7f",
		"\xf0\x9f\x90\xa7\xc2\x9b",
		"\xf3\xa0\x81\x81tag",
		"null",
		"=1+1",
		"\\",
		"\\x",
		"\\\\x00",
		"[1,{\"a\":2}]\n",
	};
	size_t n;
	if (roll_one_of(d, 3)) {
		n = roll_below(d, 16);
		for (size_t i = 0; i < n; i++)
			out[i] = (char)roll(d);
		return n;
	}
	const char *name = names[roll_below(d, PG_ARRAY_LEN(names))];
	n = strlen(name);
	memcpy(out, name, n);
	return n;
}

static inline struct pg_str roll_string(struct dice *d, struct pg_block *b)
{
	char name[32];
	size_t n = roll_name(d, name);
	return pg_block_string(b, name, n);
}

/* A value of any type in its place. */
static inline void roll_counter(struct dice *d, const struct pg_counter *c, void *base,
				struct pg_block *b)
{
	char *to = (char *)base + c->offset;
	uint64_t u = roll_u64(d);
	uint32_t u32 = (uint32_t)roll_i32(d);
	struct pg_str s;
	switch (c->type) {
	case PG_CT_U64:
		memcpy(to, &u, sizeof(u));
		return;
	case PG_CT_U32:
	case PG_CT_I32:
		memcpy(to, &u32, sizeof(u32));
		return;
	case PG_CT_ENDED:
		u32 = (uint32_t)roll_below(d, 1 + 0x10000);
		memcpy(to, &u32, sizeof(u32));
		return;
	case PG_CT_STRING:
		s = roll_string(d, b);
		memcpy(to, &s, sizeof(s));
		return;
	case PG_CT_FLAG:
		*to = (char)(u & 1);
		return;
	case PG_CT_STATE:
		*to = roll_one_of(d, 8) ? (char)u : "RSDZTtXI"[u % 8];
		return;
	case PG_CT_GROUPS:
		*to = roll_one_of(d, 4) ? (char)u : 0;
		return;
	}
}

/* A row with this key; what it holds is anything. */
static inline struct pg_task roll_task(struct dice *d, struct pg_block *b, int32_t tid,
				       uint64_t start)
{
	struct pg_task t = {.valid = (uint8_t)(roll(d) & (PG_STAT | PG_STATUS | PG_IO | PG_SCHED))};
	for (size_t i = PG_COUNTER_KEY; i < pg_nr_task_counters; i++)
		roll_counter(d, &pg_counters[i], &t, b);
	if (!roll_one_of(d, 4))
		t.seen_ns = 0;
	t.tid = tid;
	t.start = start;
	return t;
}

static inline void roll_proc(struct dice *d, struct pg_block *b)
{
	struct pg_proc *p = pg_block_proc(b), v = *p;
	v.valid = (uint8_t)roll(d);
	for (size_t i = pg_nr_task_counters; i < pg_nr_counters; i++)
		roll_counter(d, &pg_counters[i], &v, b);
	v.kthread |= p->kthread;
	if (p->tasks[0].tid == p->pid)
		v.start = p->tasks[0].start;
	memcpy(pg_block_proc(b), &v, sizeof(v));
}

/* A process of anything: its leader may be missing, and a number may stand there twice. */
static inline struct pg_proc *roll_block(struct dice *d, int32_t pid)
{
	struct pg_block b = {0};
	uint32_t nr = 1 + (uint32_t)roll_below(d, roll_one_of(d, 10) ? 40 : 4);
	bool leader = !roll_one_of(d, 8);
	int32_t tid = pid;
	uint64_t start = roll_u64(d);
	pg_block_begin(&b, pid, PG_SCOPE_THREADS);
	for (uint32_t i = 0; i < nr; i++) {
		if (i > 0 || !leader) {
			bool again = i > 0 && start < UINT64_MAX && roll_one_of(d, 10);
			tid += again && tid != pid ? 0 : 1 + (int32_t)roll_below(d, 3);
			start = again ? start + 1 : roll_u64(d);
		}
		struct pg_task t = roll_task(d, &b, tid, start);
		pg_block_put(&b, &t);
	}
	roll_proc(d, &b);
	struct pg_proc *p = pg_block_end(&b, NULL);
	pg_block_free(&b);
	return p;
}

/* Puts a row of another block again. */
static inline void keep_task(struct pg_block *b, const struct pg_proc *p,
			     const struct pg_task *from)
{
	struct pg_task t = *from;
	t.comm = pg_block_string(b, pg_proc_str(p, t.comm), t.comm.len);
	memset(t.raw, 0, sizeof(t.raw));
	pg_block_put(b, &t);
}

enum fate {
	STAYS,  /* the same block */
	EQUAL,  /* another block of the same bytes */
	ROW,    /* one row has another value */
	VALUES, /* the process has other values, its rows are as they were */
	LEAVES, /* a row is gone */
	JOINS,  /* one more row, in front or behind */
	REBORN, /* a row has another start */
	NR_FATES
};

/* What a process may be in the next frame; its rows stay in order. NULL: no row is left. */
static inline struct pg_proc *roll_next(struct dice *d, struct pg_proc *p, enum fate fate)
{
	struct pg_block b = {0};
	uint32_t which = (uint32_t)roll_below(d, p->nr_tasks);
	if (fate == STAYS)
		return pg_proc_ref(p);
	pg_block_begin(&b, p->pid, p->scope);
	if (fate == JOINS && p->tasks[0].tid != p->pid && roll_one_of(d, 2)) {
		struct pg_task t = roll_task(d, &b, p->pid, roll_u64(d));
		pg_block_put(&b, &t);
	}
	for (uint32_t i = 0; i < p->nr_tasks; i++) {
		const struct pg_task *t = &p->tasks[i];
		bool last = i + 1 == p->nr_tasks;
		uint64_t start = t->start;
		if (i == which && fate == LEAVES)
			continue;
		if (i == which && fate == REBORN && start < UINT64_MAX &&
		    (last || p->tasks[i + 1].tid != t->tid))
			start++;
		if (i == which && (fate == ROW || start != t->start)) {
			struct pg_task other = roll_task(d, &b, t->tid, start);
			pg_block_put(&b, &other);
		} else {
			keep_task(&b, p, t);
		}
		if (last && fate == JOINS) {
			struct pg_task more = roll_task(d, &b, t->tid + 1, 7);
			pg_block_put(&b, &more);
		}
	}
	struct pg_proc *next = NULL, *h = pg_block_proc(&b);
	if (h->nr_tasks > 0) {
		struct pg_str user = pg_block_string(&b, pg_proc_str(p, p->user), p->user.len);
		struct pg_proc v = *p;
		h = pg_block_proc(&b);
		v.nr_tasks = h->nr_tasks;
		v.kthread |= h->kthread;
		v.user = user;
		memcpy(h, &v, sizeof(v));
		if (h->tasks[0].tid == h->pid)
			h->start = h->tasks[0].start;
		if (fate == VALUES || roll_one_of(d, 4))
			roll_proc(d, &b);
		next = pg_block_end(&b, NULL);
	}
	pg_block_free(&b);
	return next;
}

/* ---- what the connector told ------------------------------------------------------------- */

static inline int roll_code(struct dice *d)
{
	static const int codes[] = {-1, 0, 1, 255, PG_KILLED, PG_KILLED + 9, PG_KILLED + 127};
	return codes[roll_below(d, PG_ARRAY_LEN(codes))];
}

static inline struct pg_proc *roll_brief_block(struct dice *d, int32_t pid)
{
	struct pg_block b = {0};
	bool thread = roll_one_of(d, 2);
	pg_block_begin(&b, pid, PG_SCOPE_THREADS);
	struct pg_task t = {.tid = pid + thread, .start = roll_u64(d), .ppid = roll_i32(d)};
	t.comm = roll_string(d, &b);
	pg_block_put(&b, &t);
	struct pg_str user = roll_string(d, &b);
	struct pg_proc *h = pg_block_proc(&b);
	h->start = thread ? roll_u64(d) : t.start;
	h->valid = roll_one_of(d, 2) ? PG_UID : 0;
	h->uid = (uint32_t)roll_i32(d);
	h->user = user;
	struct pg_proc *p = pg_block_end(&b, NULL);
	pg_block_free(&b);
	return p;
}

static inline void roll_told(struct dice *d, struct pg_told *t)
{
	t->listening = roll_one_of(d, 2);
	t->events = roll_u64(d);
	t->missed = roll_one_of(d, 2) ? roll_u64(d) : 0;
	t->nr_endings = roll_below(d, 4);
	t->nr_brief = roll_below(d, 4);
	t->nr_rest = roll_below(d, 3);
	t->endings = pg_calloc(t->nr_endings + 1, sizeof(*t->endings));
	t->brief = pg_calloc(t->nr_brief + 1, sizeof(*t->brief));
	t->brief_codes = pg_calloc(t->nr_brief + 1, sizeof(*t->brief_codes));
	t->rest = pg_calloc(t->nr_rest + 1, sizeof(*t->rest));
	for (size_t i = 0; i < t->nr_endings; i++)
		t->endings[i] = (struct pg_ending){
			.key = {.pid = 10 + (int32_t)i, .tid = 11, .start = roll_u64(d)},
			.exit_code = roll_code(d),
		};
	for (size_t i = 0; i < t->nr_brief; i++) {
		t->brief[i] = roll_brief_block(d, 100000 + (int32_t)i * 10);
		t->brief_codes[i] = roll_code(d);
	}
	for (size_t i = 0; i < t->nr_rest; i++)
		t->rest[i] = (struct pg_brief_rest){.ppid = (int32_t)i, .nr = (uint32_t)roll(d)};
}

/* ---- snapshots --------------------------------------------------------------------------- */

static inline void roll_host(struct dice *d, struct pg_host *h)
{
	h->valid = (uint32_t)roll(d) & 0xff;
	h->cpu_total = roll_u64(d);
	h->cpu_busy = roll_u64(d);
	h->mem_total = roll_u64(d);
	h->mem_available = roll_u64(d);
	h->swap_total = roll_u64(d);
	h->swap_free = roll_u64(d);
	for (int i = 0; i < 3; i++)
		h->load[i] = (double)roll_below(d, 100000) / 100;
	h->uptime = (double)roll_below(d, 1000000000) / 100;
	h->psi_cpu = (double)roll_below(d, 10000) / 100;
	h->psi_io = (double)roll_below(d, 10000) / 100;
	h->psi_mem = 0;
	h->forks = roll_u64(d);
	if (roll_one_of(d, 2)) {
		char name[32];
		size_t n = roll_name(d, name);
		memcpy(h->name, name, n);
		h->name[n] = '\0';
	}
}

static inline void roll_marks(struct dice *d, struct pg_snapshot *s)
{
	s->mono_ns = roll_u64(d);
	s->wall_ns = (int64_t)roll_u64(d);
	s->boot_wall_ns = INT64_C(1795132800000000000);
	s->ticks_per_sec = 100;
	s->scope = PG_SCOPE_THREADS;
	s->groups = roll_one_of(d, 4) ? (uint8_t)roll(d) : 0xff;
	s->partial = roll_one_of(d, 4);
	s->own_io_only = roll_one_of(d, 4);
	roll_host(d, &s->host);
	if (!roll_one_of(d, 4))
		roll_told(d, &s->told);
}

static inline void roll_snapshot(struct dice *d, struct pg_snapshot *s)
{
	int32_t pid = 0;
	size_t nr = roll_below(d, 12);
	roll_marks(d, s);
	for (size_t i = 0; i < nr; i++) {
		pid += 1 + (int32_t)roll_below(d, 100);
		pg_snapshot_add(s, roll_block(d, pid));
	}
}

static inline int cmp_procs(const void *a, const void *b)
{
	return pg_proc_cmp(*(struct pg_proc *const *)a, *(struct pg_proc *const *)b);
}

/* What follows: most processes are as they were, some go, one may come anywhere. */
static inline void roll_following(struct dice *d, const struct pg_snapshot *was,
				  struct pg_snapshot *s)
{
	int32_t born = 1 + (int32_t)roll_below(d, 1000);
	roll_marks(d, s);
	if (roll_one_of(d, 2) && pg_snapshot_find_pid(was, born) < 0)
		pg_snapshot_add(s, roll_block(d, born));
	for (size_t i = 0; i < was->nr_procs; i++) {
		enum fate fate = roll_one_of(d, 2) ? STAYS : roll_below(d, NR_FATES);
		struct pg_proc *p = NULL;
		if (roll_one_of(d, 10)) /* its number may be given again at once */
			p = roll_one_of(d, 2) ? roll_block(d, was->procs[i]->pid) : NULL;
		else
			p = roll_next(d, was->procs[i], fate);
		if (p)
			pg_snapshot_add(s, p);
	}
	if (s->nr_procs > 0)
		qsort(s->procs, s->nr_procs, sizeof(*s->procs), cmp_procs);
}

/* ---- lines ------------------------------------------------------------------------------- */

/* Reads a line that must be one, without its newline. */
static inline enum pg_stream_line must_read(struct pg_stream_reader *r, const char *line, size_t n,
					    struct pg_snapshot *out)
{
	struct pg_error err = {""};
	cr_assert(n > 0 && line[n - 1] == '\n', "a line ends with a newline");
	int kind = pg_stream_read(r, line, n - 1, out, &err);
	cr_assert_geq(kind, 0, "%s: %.*s", err.text, (int)(n < 2000 ? n : 2000), line);
	return (enum pg_stream_line)kind;
}

#endif
