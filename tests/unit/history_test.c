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

#include "any_world.h"
#include "past/past.h"
#include "past/player.h"

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
		bool away = i >= 100 && i < 170; /* so long that what was got is given up */
		if (i % 3 == 0 && !away)
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

/* ---- what a player makes of it --------------------------------------------------------------- */

static bool same_change(const struct pg_change *a, const struct pg_change *b)
{
	return a->cls == b->cls && a->known == b->known && a->bits == b->bits &&
	       a->share == b->share && a->span_ns == b->span_ns && a->cpu_ns == b->cpu_ns &&
	       a->wait_ns == b->wait_ns && a->utime == b->utime && a->stime == b->stime &&
	       a->read_bytes == b->read_bytes && a->write_bytes == b->write_bytes &&
	       a->rchar == b->rchar && a->wchar == b->wchar && a->ctxt == b->ctxt &&
	       a->rss_bytes == b->rss_bytes && a->fds == b->fds;
}

static void expect_same_changes(const struct pg_frame *f, const struct pg_snapshot *live,
				const struct pg_changes *c)
{
	cr_assert_eq(f->changes->first, c->first);
	cr_assert_eq(f->changes->interval_ns, c->interval_ns);
	cr_assert_eq(memcmp(f->changes->count, c->count, sizeof(c->count)), 0);
	cr_assert_eq(f->changes->nr_born, c->nr_born);
	cr_assert_eq(f->changes->nr_brief, c->nr_brief);
	cr_assert_eq(f->changes->nr_gone, c->nr_gone);
	for (size_t i = 0; i < c->nr_gone; i++) {
		const struct pg_gone *a = &f->changes->gone[i], *b = &c->gone[i];
		struct pg_key x = pg_task_key(a->proc, a->task), y = pg_task_key(b->proc, b->task);
		cr_assert_eq(pg_key_cmp(&x, &y), 0);
		cr_assert_eq(a->exit_code, b->exit_code);
		cr_assert_eq(a->brief, b->brief);
	}
	for (size_t i = 0; i < live->nr_procs; i++) {
		for (uint32_t k = 0; k < live->procs[i]->nr_tasks; k++) {
			struct pg_place a = {live->procs[i], &live->procs[i]->tasks[k], i};
			struct pg_place b = {f->snap->procs[i], &f->snap->procs[i]->tasks[k], i};
			struct pg_change x = pg_changes_of(c, &a);
			struct pg_change y = pg_changes_of(f->changes, &b);
			cr_assert(same_change(&x, &y), "process %d", live->procs[i]->pid);
		}
	}
}

/* What happened in each frame is what had happened, on whatever way one came to it. */
Test(history, a_player_tells_what_had_happened)
{
	const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	struct pg_changes live = {0};
	struct world w;
	world_begin(&w, 2718);
	struct pg_past *p = past_of(&w, 200, NULL);
	struct pg_player *player = pg_player_new(p, &limits);
	for (int i = 0; i < 600; i++) {
		uint64_t frame = i < 200   ? (uint64_t)i
				 : i < 400 ? 399 - (uint64_t)i
					   : any(&w) % 200;
		cr_assert_eq(pg_player_go(player, frame, NULL), 0);
		struct pg_frame f = pg_player_frame(player);
		expect_same(f.snap, &w.frames[frame]);
		pg_delta(frame ? &w.frames[frame - 1] : NULL, &w.frames[frame], &limits, &live);
		expect_same_changes(&f, &w.frames[frame], &live);
	}
	pg_player_free(player);
	pg_changes_free(&live);
	p->ops->close(p);
	world_end(&w);
}

/* ---- little --------------------------------------------------------------------------------- */

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

/* What the second key held as well is the oldest's alone when that one is packed. */
Test(history, counts_blocks_that_the_oldest_key_alone_holds)
{
	struct crowd c = {.procs = 4, .rows = 1000};
	struct pg_past *p = pg_history_open(NULL);
	for (int i = 0; i <= 2 * PG_HISTORY_KEY; i++) {
		crowd_turn(&c, i == PG_HISTORY_KEY + 5 ? 4000 : 0);
		pg_history_add(p, &c.s);
	}
	cr_assert_gt(pg_history_bytes(p), 4 * c.s.procs[0]->size);
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
	for (int i = 0; i < 90; i++, s.mono_ns += PG_NS_PER_SEC)
		pg_history_add(p, &s);
	s.mono_ns = 0;
	pg_history_add(p, &s);
	cr_assert_eq(p->ops->first(p), 0, "nothing is old yet");
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

Test(history, a_clock_that_was_put_back)
{
	const int64_t sec = (int64_t)PG_NS_PER_SEC;
	/* Room for a few frames only: history begins anew, its axis does not. */
	const struct pg_history_options rows[] = {{.max_ns = 0}, {.max_bytes = 1}};
	for (size_t k = 0; k < PG_ARRAY_LEN(rows); k++) {
		struct pg_past *p = pg_history_open(&rows[k]);
		struct pg_snapshot s = {0};
		for (int i = 0; i < 150; i++) {
			s.mono_ns += PG_NS_PER_SEC;
			s.wall_ns = (10000 + i - (i >= 75 ? 3600 : 0)) * sec;
			pg_history_add(p, &s);
		}
		cr_assert_eq(p->ops->first(p), k == 0 ? 0 : 149);
		for (uint64_t i = p->ops->first(p); i < 150; i++) {
			int64_t axis = (10000 + (int64_t)i) * sec;
			cr_assert_eq(p->ops->axis_ns(p, i), axis);
			cr_assert_eq(p->ops->wall_ns(p, i), axis - (i >= 75 ? 3600 : 0) * sec);
			cr_assert_eq(pg_past_at(p, axis + 1), i);
		}
		cr_assert_eq(p->ops->axis_ns(p, 150), 0);
		p->ops->close(p);
	}
}
