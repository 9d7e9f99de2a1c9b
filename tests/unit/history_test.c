/* SPDX-License-Identifier: MIT */
/*
 * What comes out of a history is what went in, whatever it was: snapshots at random, in which
 * everything that can change does. And the bounds hold after each frame.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "past.h"

#define MAX_PROCS  48
#define MAX_ROWS   24
#define MAX_FRAMES 1500

struct row {
	struct pg_task t;
	char comm[16], raw[3][80];
	unsigned comm_len, raw_len[3];
};

struct life {
	struct pg_proc values;
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

static uint64_t any(struct world *w)
{
	/* Marsaglia's xorshift64 */
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed;
}

static bool one_in(struct world *w, unsigned n)
{
	return any(w) % n == 0;
}

static uint64_t any_counter(struct world *w, uint64_t was)
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

static unsigned any_text(struct world *w, char *to, unsigned room)
{
	unsigned n = (unsigned)(any(w) % (room + 1));
	for (unsigned i = 0; i < n; i++)
		to[i] = (char)any(w);
	return n;
}

/* Some words of the row become something else; those that say where it belongs stay. */
static void stir_row(struct world *w, struct row *r)
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

static void stir(struct world *w, struct life *l)
{
	struct pg_proc *p = &l->values;
	uint64_t *const values[] = {&p->cpu_clock_ns, &p->unseen_ns,  &p->rss_bytes,
				    &p->vsize_bytes,  &p->peak_bytes, &p->swap_bytes,
				    &p->fds,          &p->threads};
	for (size_t n = any(w) % 4; n > 0; n--) {
		uint64_t *v = values[any(w) % PG_ARRAY_LEN(values)];
		*v = any_counter(w, *v);
	}
	p->valid = one_in(w, 5) ? (uint8_t)any(w) : p->valid;
	p->uid = one_in(w, 5) ? (uint32_t)any(w) : p->uid;
	if (one_in(w, 9))
		l->user_len = any_text(w, l->user, sizeof(l->user));
	for (unsigned i = 0; i < l->nr; i++)
		if (one_in(w, 3))
			stir_row(w, &l->rows[i]);
	l->dirty = true;
}

static void add_row(struct world *w, struct life *l)
{
	if (l->nr == MAX_ROWS)
		return;
	struct row *r = &l->rows[l->nr];
	*r = (struct row){.t = {.start = any(w) % 100000}};
	r->t.tid = l->nr ? l->rows[l->nr - 1].t.tid + (int32_t)(any(w) % 3) + 1 : l->values.pid;
	r->comm_len = any_text(w, r->comm, sizeof(r->comm));
	l->nr++;
	stir_row(w, r);
	l->dirty = true;
}

static void remove_row(struct world *w, struct life *l)
{
	if (l->nr == 0)
		return;
	unsigned i = (unsigned)(any(w) % l->nr);
	memmove(&l->rows[i], &l->rows[i + 1], (l->nr - i - 1) * sizeof(l->rows[0]));
	l->nr--;
	l->dirty = true;
}

static void be_born(struct world *w)
{
	if (w->nr == MAX_PROCS)
		return;
	struct life *l = &w->lives[w->nr++];
	*l = (struct life){.values = {.pid = w->next_pid}};
	w->next_pid += (int32_t)(any(w) % 100) + MAX_ROWS * 3;
	for (uint64_t n = any(w) % 6 + 1; n > 0; n--)
		add_row(w, l);
	stir(w, l);
}

static void die(struct world *w)
{
	if (w->nr == 0)
		return;
	unsigned i = (unsigned)(any(w) % w->nr);
	memmove(&w->lives[i], &w->lives[i + 1], (w->nr - i - 1) * sizeof(w->lives[0]));
	w->nr--;
}

static void live_on(struct world *w)
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

static struct pg_proc *block_of(struct world *w, struct life *l, struct pg_proc *was)
{
	struct pg_block *b = &w->block;
	pg_block_begin(b, l->values.pid, w->scope);
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
	p->valid = l->values.valid;
	p->uid = l->values.uid;
	p->cpu_clock_ns = l->values.cpu_clock_ns;
	p->unseen_ns = l->values.unseen_ns;
	p->rss_bytes = l->values.rss_bytes;
	p->vsize_bytes = l->values.vsize_bytes;
	p->peak_bytes = l->values.peak_bytes;
	p->swap_bytes = l->values.swap_bytes;
	p->fds = l->values.fds;
	p->threads = l->values.threads;
	return pg_block_end(b, was);
}

static struct pg_proc *was_of(const struct pg_snapshot *s, int32_t pid)
{
	long i = s ? pg_snapshot_find_pid(s, pid) : -1;
	return i >= 0 ? s->procs[i] : NULL;
}

static void tell(struct world *w, struct pg_told *t)
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
		struct life l = {.values = {.pid = (int32_t)(any(w) % 4000000)}};
		add_row(w, &l);
		t->brief[i] = block_of(w, &l, NULL);
		t->brief_codes[i] = (int)(any(w) % 400) - 1;
	}
	t->nr_rest = any(w) % 3;
	t->rest = pg_calloc(t->nr_rest, sizeof(*t->rest));
	for (size_t i = 0; i < t->nr_rest; i++)
		t->rest[i] = (struct pg_brief_rest){(int32_t)any(w), (uint32_t)any(w)};
}

static void stamp(struct world *w, struct pg_snapshot *s)
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
static const struct pg_snapshot *turn(struct world *w)
{
	struct pg_snapshot *s = &w->frames[w->nr_frames];
	const struct pg_snapshot *was = w->nr_frames ? s - 1 : NULL;
	stamp(w, s);
	for (unsigned i = 0; i < w->nr; i++) {
		struct life *l = &w->lives[i];
		struct pg_proc *old = was_of(was, l->values.pid);
		bool same = old && !l->dirty && old->scope == w->scope;
		pg_snapshot_add(s, same ? pg_proc_ref(old) : block_of(w, l, old));
		l->dirty = false;
	}
	tell(w, &s->told);
	w->nr_frames++;
	return s;
}

static void world_begin(struct world *w, uint64_t seed)
{
	*w = (struct world){.seed = seed, .next_pid = 1};
	w->lives = pg_calloc(MAX_PROCS, sizeof(*w->lives));
	w->frames = pg_calloc(MAX_FRAMES, sizeof(*w->frames));
	for (int i = 0; i < 20; i++)
		be_born(w);
}

static void world_end(struct world *w)
{
	for (size_t i = 0; i < w->nr_frames; i++)
		pg_snapshot_free(&w->frames[i]);
	pg_block_free(&w->block);
	free(w->frames);
	free(w->lives);
}

/* ---- equality ------------------------------------------------------------------------------- */

static bool same_block(const struct pg_proc *a, const struct pg_proc *b)
{
	size_t skip = offsetof(struct pg_proc, size);
	return a == b ||
	       (a->size == b->size &&
		memcmp((const char *)a + skip, (const char *)b + skip, a->size - skip) == 0);
}

static void expect_same_told(const struct pg_told *a, const struct pg_told *b)
{
	cr_assert_eq(a->listening, b->listening);
	cr_assert_eq(a->events, b->events);
	cr_assert_eq(a->missed, b->missed);
	cr_assert_eq(a->nr_endings, b->nr_endings);
	for (size_t i = 0; i < a->nr_endings; i++) {
		cr_assert_eq(pg_key_cmp(&a->endings[i].key, &b->endings[i].key), 0);
		cr_assert_eq(a->endings[i].exit_code, b->endings[i].exit_code);
	}
	cr_assert_eq(a->nr_brief, b->nr_brief);
	for (size_t i = 0; i < a->nr_brief; i++) {
		cr_assert(same_block(a->brief[i], b->brief[i]));
		cr_assert_eq(a->brief_codes[i], b->brief_codes[i]);
	}
	cr_assert_eq(a->nr_rest, b->nr_rest);
	for (size_t i = 0; i < a->nr_rest; i++) {
		cr_assert_eq(a->rest[i].ppid, b->rest[i].ppid);
		cr_assert_eq(a->rest[i].nr, b->rest[i].nr);
	}
}

static void expect_same(const struct pg_snapshot *a, const struct pg_snapshot *b)
{
	cr_assert_eq(memcmp(a, b, offsetof(struct pg_snapshot, told)), 0, "its own values");
	expect_same_told(&a->told, &b->told);
	cr_assert_eq(a->nr_procs, b->nr_procs);
	for (size_t i = 0; i < a->nr_procs; i++)
		cr_assert(same_block(a->procs[i], b->procs[i]), "process %d", a->procs[i]->pid);
}

static void expect_frame(struct pg_past *p, const struct world *w, uint64_t frame)
{
	struct pg_snapshot s = {0};
	struct pg_error err = {""};
	cr_assert_eq(p->ops->get(p, frame, &s, &err), 0, "%s", err.text);
	cr_assert_eq(p->ops->wall_ns(p, frame), w->frames[frame].wall_ns);
	expect_same(&s, &w->frames[frame]);
	pg_snapshot_free(&s);
}

/* ---- what comes out ------------------------------------------------------------------------- */

static struct pg_past *past_of(struct world *w, size_t frames, const struct pg_history_options *o)
{
	struct pg_past *p = pg_history_open(o);
	for (size_t i = 0; i < frames; i++) {
		if (i % 97 == 50)
			w->scope = !w->scope;
		pg_history_add(p, turn(w));
		live_on(w);
	}
	return p;
}

static void check_all(uint64_t seed, bool raw)
{
	struct world w;
	world_begin(&w, seed);
	w.raw = raw;
	struct pg_past *p = past_of(&w, 200, NULL);
	cr_assert_eq(p->ops->first(p), 0);
	cr_assert_eq(p->ops->end(p), 200);
	for (uint64_t i = 0; i < 200; i++)
		expect_frame(p, &w, i);
	for (uint64_t i = 200; i-- > 0;)
		expect_frame(p, &w, i);
	for (int i = 0; i < 100; i++)
		expect_frame(p, &w, any(&w) % 200);
	p->ops->close(p);
	world_end(&w);
}

Test(history, gives_what_it_got)
{
	for (uint64_t seed = 1; seed <= 8; seed++)
		check_all(seed * 7919, false);
}

Test(history, gives_back_texts_that_were_kept)
{
	check_all(31337, true);
}

Test(history, gives_while_it_grows)
{
	struct world w;
	world_begin(&w, 4711);
	struct pg_past *p = pg_history_open(NULL);
	for (uint64_t i = 0; i < 300; i++) {
		pg_history_add(p, turn(&w));
		live_on(&w);
		if (i % 3 == 0)
			expect_frame(p, &w, any(&w) % (i + 1));
		if (i % 100 > 70)
			expect_frame(p, &w, i);
	}
	p->ops->close(p);
	world_end(&w);
}

/* What makes a frame cheap for those who compare: also across a key. */
Test(history, neighbours_share_what_did_not_change)
{
	struct world w;
	world_begin(&w, 99);
	struct pg_past *p = pg_history_open(NULL);
	for (int i = 0; i < 3 * PG_HISTORY_KEY; i++) {
		pg_history_add(p, turn(&w));
		live_on(&w);
	}
	struct pg_snapshot s[2] = {{0}};
	size_t shared = 0;
	p->ops->get(p, 20, &s[0], NULL);
	for (uint64_t i = 21; i < 3 * PG_HISTORY_KEY; i++) {
		struct pg_snapshot *now = &s[i % 2 == 1], *before = &s[i % 2 == 0];
		pg_snapshot_clear(now);
		p->ops->get(p, i, now, NULL);
		for (size_t k = 0; k < now->nr_procs; k++) {
			int32_t pid = now->procs[k]->pid;
			bool same = was_of(&w.frames[i], pid) == was_of(&w.frames[i - 1], pid);
			cr_assert_eq(was_of(now, pid) == was_of(before, pid), same,
				     "process %d of frame %lu", pid, (unsigned long)i);
			shared += same;
		}
	}
	cr_assert_gt(shared, 1000);
	pg_snapshot_free(&s[0]);
	pg_snapshot_free(&s[1]);
	p->ops->close(p);
	world_end(&w);
}

Test(history, an_empty_one)
{
	struct pg_past *p = pg_history_open(NULL);
	struct pg_snapshot s = {0};
	struct pg_error err = {""};
	cr_assert_eq(p->ops->first(p), 0);
	cr_assert_eq(p->ops->end(p), 0);
	cr_assert_eq(p->ops->get(p, 0, &s, &err), -ENOENT);
	cr_assert_str_eq(err.text, "frame 0 is not kept");
	cr_assert_eq(pg_past_at(p, 0), 0);
	p->ops->close(p);
}

Test(history, a_snapshot_without_processes)
{
	struct pg_past *p = pg_history_open(NULL);
	struct pg_snapshot none = {.mono_ns = 5}, s = {0};
	pg_history_add(p, &none);
	none.mono_ns = 6;
	pg_history_add(p, &none);
	cr_assert_eq(p->ops->get(p, 1, &s, NULL), 0);
	expect_same(&s, &none);
	pg_snapshot_free(&s);
	p->ops->close(p);
}

/* ---- what it takes -------------------------------------------------------------------------- */

/* Processes of many threads; of all rows some, counted from `from`, have run since the snapshot
 * before. */
struct crowd {
	struct pg_block block;
	unsigned procs, rows, from;
	struct pg_snapshot s;
};

static void crowd_turn(struct crowd *c, unsigned moved)
{
	struct pg_snapshot next = {.mono_ns = c->s.mono_ns + PG_NS_PER_SEC,
				   .wall_ns = c->s.wall_ns + (int64_t)PG_NS_PER_SEC};
	unsigned row = 0;
	for (unsigned i = 0; i < c->procs; i++) {
		struct pg_proc *was = c->s.nr_procs ? c->s.procs[i] : NULL;
		pg_block_begin(&c->block, (int32_t)(1 + i * (c->rows + 1)), PG_SCOPE_THREADS);
		for (unsigned k = 0; k < c->rows; k++, row++) {
			struct pg_task t = {.tid = (int32_t)(1 + i * (c->rows + 1) + k)};
			t.run_ns =
				was ? was->tasks[k].run_ns + (row - c->from < moved ? 1000000 : 0)
				    : row;
			t.comm = pg_block_string(&c->block, "worker", 6);
			pg_block_put(&c->block, &t);
		}
		pg_snapshot_add(&next, pg_block_end(&c->block, was));
	}
	pg_snapshot_free(&c->s);
	c->s = next;
}

static void crowd_end(struct crowd *c)
{
	pg_snapshot_free(&c->s);
	pg_block_free(&c->block);
}

Test(history, of_ten_thousand_threads_only_those_that_ran_cost)
{
	struct crowd c = {.procs = 1, .rows = 10000};
	struct pg_past *p = pg_history_open(NULL);
	crowd_turn(&c, 0);
	pg_history_add(p, &c.s);
	crowd_turn(&c, 3);
	pg_history_add(p, &c.s); /* now the key alone holds its block */
	size_t before = pg_history_bytes(p);
	for (int i = 2; i < PG_HISTORY_KEY; i++) {
		crowd_turn(&c, 3);
		pg_history_add(p, &c.s);
	}
	cr_assert_lt(pg_history_bytes(p) - before, PG_HISTORY_KEY * 100);
	struct pg_snapshot s = {0};
	p->ops->get(p, PG_HISTORY_KEY - 1, &s, NULL);
	expect_same(&s, &c.s);
	pg_snapshot_free(&s);
	p->ops->close(p);
	crowd_end(&c);
}

Test(history, counts_blocks_that_a_key_alone_holds)
{
	struct crowd c = {.procs = 4, .rows = 1000};
	struct pg_past *p = pg_history_open(NULL);
	crowd_turn(&c, 0);
	pg_history_add(p, &c.s);
	size_t all = 4 * c.s.procs[0]->size;
	cr_assert_lt(pg_history_bytes(p), all / 4, "all are in the feed as well");
	crowd_turn(&c, 1001); /* two of four */
	pg_history_add(p, &c.s);
	cr_assert_gt(pg_history_bytes(p), all / 2);
	cr_assert_lt(pg_history_bytes(p), all * 3 / 4);
	p->ops->close(p);
	crowd_end(&c);
}

Test(history, keeps_ten_minutes)
{
	struct world w;
	world_begin(&w, 5);
	struct pg_past *p = past_of(&w, 1300, NULL);
	uint64_t kept = p->ops->end(p) - p->ops->first(p);
	cr_assert_geq(kept, 600);
	cr_assert_leq(kept, 600 + PG_HISTORY_KEY);
	struct pg_error err = {""};
	struct pg_snapshot s = {0};
	cr_assert_eq(p->ops->get(p, p->ops->first(p) - 1, &s, &err), -ENOENT);
	cr_assert(strstr(err.text, "is not kept any more"), "%s", err.text);
	for (uint64_t i = p->ops->first(p); i < p->ops->end(p); i += 7)
		expect_frame(p, &w, i);
	for (int i = 0; i < 50; i++)
		expect_frame(p, &w, p->ops->first(p) + any(&w) % kept);
	p->ops->close(p);
	world_end(&w);
}

/* In a minute each of them has run: that is not to cost a snapshot a minute. */
Test(history, keys_share_the_room_of_two_snapshots)
{
	struct crowd c = {.procs = 60, .rows = 20};
	struct pg_past *p = pg_history_open(NULL);
	struct pg_snapshot s = {0};
	size_t all = 0;
	for (unsigned i = 0; i < 600; i++) {
		c.from = i % c.procs * c.rows;
		crowd_turn(&c, 1);
		pg_history_add(p, &c.s);
	}
	for (size_t i = 0; i < c.s.nr_procs; i++)
		all += c.s.procs[i]->size;
	cr_assert_lt(pg_history_bytes(p), all * 5 / 2 + 600 * 100);
	p->ops->get(p, 599, &s, NULL);
	expect_same(&s, &c.s);
	pg_snapshot_free(&s);
	p->ops->close(p);
	crowd_end(&c);
}

/* A remote host that starts again: its clock begins anew, and its frames still grow old. */
Test(history, a_clock_that_begins_anew)
{
	const struct pg_history_options o = {.max_ns = 100 * PG_NS_PER_SEC};
	struct pg_past *p = pg_history_open(&o);
	struct pg_snapshot s = {.mono_ns = UINT64_C(1) << 60};
	for (int i = 0; i < 50; i++, s.mono_ns += PG_NS_PER_SEC)
		pg_history_add(p, &s);
	s.mono_ns = 0;
	for (int i = 0; i < 300; i++, s.mono_ns += PG_NS_PER_SEC)
		pg_history_add(p, &s);
	cr_assert_leq(p->ops->end(p) - p->ops->first(p), 100 + PG_HISTORY_KEY);
	cr_assert_geq(p->ops->end(p) - p->ops->first(p), 100);
	p->ops->close(p);
}

Test(history, the_bound_holds_after_each_frame)
{
	const struct pg_history_options o = {.max_bytes = 1 << 20};
	struct crowd c = {.procs = 10, .rows = 100};
	struct pg_past *p = pg_history_open(&o);
	struct pg_snapshot s = {0};
	for (int i = 0; i < 1000; i++) {
		crowd_turn(&c, i % 300 < 150 ? 1000 : 20);
		pg_history_add(p, &c.s);
		cr_assert_leq(pg_history_bytes(p), o.max_bytes, "frame %d", i);
		cr_assert_geq(p->ops->end(p) - p->ops->first(p), i < 20 ? (uint64_t)i + 1 : 20);
		pg_snapshot_clear(&s);
		cr_assert_eq(p->ops->get(p, p->ops->first(p), &s, NULL), 0);
	}
	pg_snapshot_clear(&s);
	p->ops->get(p, 999, &s, NULL);
	expect_same(&s, &c.s);
	pg_snapshot_free(&s);
	p->ops->close(p);
	crowd_end(&c);
}

/* A key takes more than there is room for, and is given up with all that depends on it. */
Test(history, the_bound_holds_for_a_host_that_is_too_large)
{
	const struct pg_history_options o = {.max_bytes = 1 << 20};
	struct crowd c = {.procs = 10, .rows = 1000};
	struct pg_past *p = pg_history_open(&o);
	struct pg_snapshot s = {0};
	for (int i = 0; i < 100; i++) {
		crowd_turn(&c, 10000);
		pg_history_add(p, &c.s);
		cr_assert_leq(pg_history_bytes(p), o.max_bytes, "frame %d", i);
		cr_assert_gt(p->ops->end(p), p->ops->first(p));
		pg_snapshot_clear(&s);
		p->ops->get(p, p->ops->end(p) - 1, &s, NULL);
		expect_same(&s, &c.s);
	}
	pg_snapshot_free(&s);
	p->ops->close(p);
	crowd_end(&c);
}

/* ---- by time -------------------------------------------------------------------------------- */

Test(history, a_frame_by_its_time)
{
	const struct pg_history_options o = {.max_ns = 60 * PG_NS_PER_SEC};
	struct pg_past *p = pg_history_open(&o);
	struct pg_snapshot s = {0};
	for (int i = 0; i < 200; i++) {
		s.mono_ns += PG_NS_PER_SEC;
		s.wall_ns = 1000 + 10 * i;
		pg_history_add(p, &s);
	}
	uint64_t first = p->ops->first(p);
	cr_assert_gt(first, 0);
	const struct {
		int64_t wall_ns;
		uint64_t frame;
	} rows[] = {{0, first},
		    {INT64_MIN, first},
		    {1000, first},
		    {2990, 199},
		    {2989, 198},
		    {2985, 198},
		    {2980, 198},
		    {2979, 197},
		    {99999, 199},
		    {INT64_MAX, 199},
		    {1000 + 10 * 150, 150},
		    {1001 + 10 * 150, 150},
		    {1009 + 10 * 150, 150}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		cr_assert_eq(pg_past_at(p, rows[i].wall_ns), rows[i].frame, "row %zu", i);
	p->ops->close(p);
}
