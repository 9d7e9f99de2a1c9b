/* SPDX-License-Identifier: MIT */
/*
 * Promised: the cells are the tasks of the frame (and the exited ones, for one frame), each in one
 * slot of its own, and none moves unless blanks were closed.
 */
#include "model/model.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cells.h"
#include "frames.h"

Test(model, root_stands_first_then_users_by_name_then_the_kernel)
{
	struct world w;
	world_init(&w);
	world_birth(&w, 2, 1, 0, "root", "kthreadd")->kthread = true;
	world_birth(&w, 1, 1, 0, "root", "init");
	world_birth(&w, 50, 9, 100, "www", "nginx");
	world_birth(&w, 60, 5, 100, "www", "nginx");
	world_thread(world_find(&w, 60), 61, 30, "t");
	world_thread(world_find(&w, 60), 62, 20, "t");
	world_birth(&w, 70, 7, 4711, "", "nobody's");
	world_birth(&w, 71, 7, 0, NULL, "odd")->uid_known = false;
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 1; 4711 1: 70; ? 1: 71; www 4: 60 62 61 50; "
				     "[kernel] 1: 2");
	cr_assert_eq(pg_model_nr_cells(m), 8);
	pg_model_free(m);
	world_free(&w);
}

Test(model, the_exited_leave_blanks_for_the_new)
{
	struct world w;
	world_init(&w);
	for (int pid = 1; pid <= 6; pid++)
		world_birth(&w, pid, (uint64_t)pid, 0, "root", "a");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	world_death(&w, 2);
	world_death(&w, 5);
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 4: 1 x2 3 4 x5 6");
	cr_assert_eq(pg_model_find(m, key_of(2, 2, 2))->sign, PG_SIGN_EXITED);
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 4: 1 _ 3 4 _ 6");
	cr_assert_null(pg_model_find(m, key_of(2, 2, 2)));

	/* A thread of 3 goes behind 3, a child of 1 behind 1, an orphan to the end. */
	world_thread(world_find(&w, 3), 30, 9, "t");
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 5: 1 _ 3 4 30 6");
	cr_assert_eq(pg_model_find(m, key_of(3, 30, 9))->sign, PG_SIGN_NEW);
	world_birth(&w, 40, 10, 0, "root", "b")->ppid = 1;
	world_birth(&w, 41, 10, 0, "root", "b")->ppid = 999;
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 7: 1 40 3 4 30 6 41");
	cr_assert_eq(pg_model_find(m, key_of(3, 30, 9))->sign, PG_SIGN_NONE);
	pg_model_rebuild(m, &w.frame);
	cr_assert_str_eq(picture(m), "root 7: 1 3 30 4 6 40 41");
	pg_model_free(m);
	world_free(&w);
}

Test(model, blanks_close_when_told)
{
	struct world w;
	world_init(&w);
	for (int pid = 1; pid <= 4; pid++)
		world_birth(&w, pid, (uint64_t)pid, 0, "root", "a");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	world_death(&w, 2);
	pg_model_update(m, world_turn(&w));
	pg_model_update(m, world_turn(&w));
	pg_model_close_blanks(m, 0);
	cr_assert_str_eq(picture(m), "root 3: 1 3 4");
	cr_assert_eq(pg_model_find(m, key_of(4, 4, 4))->slot, 2);
	pg_model_free(m);
	world_free(&w);
}

Test(model, a_group_goes_with_its_last_task_and_a_task_moves_with_its_uid)
{
	struct world w;
	world_init(&w);
	world_birth(&w, 1, 1, 0, "root", "init");
	world_thread(world_birth(&w, 5, 5, 7, "ann", "a"), 6, 6, "t");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	struct world_proc *p = world_find(&w, 5);
	p->uid = 8;
	p->user = "bob";
	p->dirty = true;
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 1; bob 2: 5 6");
	cr_assert_eq(pg_model_find(m, key_of(5, 6, 6))->group, 1);
	world_death(&w, 5);
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 1; bob 0: x5 x6");
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 1");
	pg_model_free(m);
	world_free(&w);
}

Test(model, signs_sizes_and_throb)
{
	static const struct {
		char state;
		uint8_t sign;
	} signs[] = {{'S', PG_SIGN_NEW},     {'Z', PG_SIGN_ZOMBIE},  {'D', PG_SIGN_DISK_SLEEP},
		     {'T', PG_SIGN_STOPPED}, {'t', PG_SIGN_STOPPED}, {'R', PG_SIGN_NEW}};
	struct world w;
	world_init(&w);
	world_birth(&w, 1, 1, 0, "root", "init");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	for (int i = 0; i < (int)PG_ARRAY_LEN(signs); i++)
		world_birth(&w, 10 + i, 1, 0, "root", "a")->tasks[0].state = signs[i].state;
	pg_model_update(m, world_turn(&w));
	for (int i = 0; i < (int)PG_ARRAY_LEN(signs); i++)
		cr_expect_eq(pg_model_find(m, key_of(10 + i, 10 + i, 1))->sign, signs[i].sign,
			     "state %c", signs[i].state);
	cr_expect_eq(pg_model_find(m, key_of(15, 15, 1))->cls, PG_CPU);

	const struct pg_cell *init = pg_model_find(m, key_of(1, 1, 1));
	struct world_proc *p = world_find(&w, 1);
	p->rss = WORLD_MEM / 100;
	p->dirty = true;
	pg_model_update(m, world_turn(&w));
	init = pg_model_find(m, key_of(1, 1, 1));
	cr_expect(init->size == 2 && init->throb == 1);
	pg_model_update(m, world_turn(&w));
	cr_expect(init->size == 2 && init->throb == 0);
	w.mem = WORLD_MEM / 8; /* no block changed, and yet all shares did */
	pg_model_update(m, world_turn(&w));
	cr_expect_eq(pg_model_find(m, key_of(1, 1, 1))->size, 3);
	pg_model_free(m);
	world_free(&w);
}

Test(model, size_steps_are_shares_of_memory)
{
	static const struct {
		uint64_t rss, mem;
		unsigned step;
	} t[] = {{0, 0, 0},       {1 << 20, 0, 0},    {0, 4096, 0},  {1, 4096, 1},
		 {7, 4096, 1},    {8, 4096, 2},       {63, 4096, 2}, {64, 4096, 3},
		 {5000, 4096, 3}, {UINT64_MAX, 64, 3}};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_eq(pg_model_size_step(t[i].rss, t[i].mem), t[i].step, "row %zu", i);
}

Test(model, busy_threads_linger_three_frames)
{
	struct world w;
	world_init(&w);
	world_thread(world_birth(&w, 1, 1, 0, "root", "init"), 2, 2, "t");
	world_thread(world_find(&w, 1), 3, 2, "t");
	struct pg_model *m = pg_model_new();
	pg_model_set_filter(m, &(struct pg_filter){.threads = PG_THREADS_BUSY});
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 1");
	world_burn(world_find(&w, 1), 2, 0.5);
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 2: 1 3");
	for (int i = 0; i < 3; i++) {
		pg_model_update(m, world_turn(&w));
		cr_assert_str_eq(picture(m), "root 2: 1 3", "frame %d", i);
		pg_model_rebuild(m,
				 &w.frame); /* what is shown stays, as far as it has frames left */
	}
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 1");
	pg_model_free(m);
	world_free(&w);
}

Test(model, filters_and_scope)
{
	struct world w;
	world_init(&w);
	world_birth(&w, 2, 1, 0, "root", "kthreadd")->kthread = true;
	world_thread(world_birth(&w, 3, 1, 0, "root", "a"), 4, 1, "t");
	world_birth(&w, 5, 1, 9, "ann", "b");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	static const struct {
		struct pg_filter filter;
		const char *text;
	} t[] = {
		{{.threads = PG_THREADS_ALL}, "root 2: 3 4; ann 1: 5; [kernel] 1: 2"},
		{{.threads = PG_THREADS_NONE}, "root 1: 3; ann 1: 5; [kernel] 1: 2"},
		{{.hide_kernel = true}, "root 2: 3 4; ann 1: 5"},
		{{.by_user = true, .uid = 9}, "ann 1: 5"},
		{{.by_user = true, .uid = 1234}, ""},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		pg_model_set_filter(m, &t[i].filter);
		pg_model_rebuild(m, &w.frame);
		cr_expect_str_eq(picture(m), t[i].text);
	}
	pg_model_set_filter(m, &t[0].filter);
	pg_model_rebuild(m, &w.frame);
	w.scope = PG_SCOPE_PROCESS;
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 1: 3; ann 1: 5; [kernel] 1: 2");
	w.scope = PG_SCOPE_THREADS;
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), t[0].text);
	pg_model_free(m);
	world_free(&w);
}

Test(model, a_reused_number_is_another_task)
{
	struct world w;
	world_init(&w);
	world_birth(&w, 1, 1, 0, "root", "init");
	world_birth(&w, 7, 10, 0, "root", "old");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	world_death(&w, 7);
	world_birth(&w, 7, 20, 0, "root", "new");
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 2: 1 x7 7");
	pg_model_free(m);
	world_free(&w);
}

/* ---- any sequence of frames ---- */

struct seen {
	struct pg_key key;
	uint32_t uid;
	bool kernel;
	uint32_t slot;
};

struct seens {
	struct seen items[8192];
	size_t nr;
};

static bool passes(const struct pg_filter *f, const struct pg_proc *p, const struct pg_task *t)
{
	return !(f->hide_kernel && p->kthread) && (!f->by_user || p->uid == f->uid) &&
	       (f->threads == PG_THREADS_ALL || pg_task_is_leader(p, t));
}

static void check_cell(const struct pg_model *m, const struct pg_frame *f, struct pg_place at)
{
	struct pg_key key = pg_task_key(at.proc, at.task);
	const struct pg_cell *c = pg_model_find(m, key);
	cr_assert_not_null(c, "no cell of %d/%d", key.pid, key.tid);
	struct pg_change ch = pg_changes_of(f->changes, &at);
	cr_assert_eq(c->cls, ch.cls, "%d/%d is %d, not %d", key.pid, key.tid, c->cls, ch.cls);
	cr_assert_eq(c->sign == PG_SIGN_NEW, (ch.bits & PG_BORN) && at.task->state == 'S');
	cr_assert_eq(c->throb, ch.bits & PG_RSS_UP ? 1 : ch.bits & PG_RSS_DOWN ? -1 : 0);
	const struct pg_cell_group *g = pg_model_group(m, c->group);
	cr_assert(g->kernel == at.proc->kthread && (g->kernel || g->uid == at.proc->uid));
}

/* All cells of the model are tasks of the frame, and all tasks of the frame have cells. */
static void check_same(const struct pg_model *m, const struct pg_frame *f)
{
	size_t living = 0, gone = 0, cells = 0, slots_used = 0;
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		for (uint32_t k = 0; k < p->nr_tasks; k++) {
			struct pg_place at = {p, &p->tasks[k], i};
			if (!passes(pg_model_filter(m), p, at.task))
				continue;
			check_cell(m, f, at);
			living++;
		}
	}
	for (size_t i = 0; i < f->changes->nr_gone; i++) {
		const struct pg_gone *g = &f->changes->gone[i];
		const struct pg_cell *c = pg_model_find(m, pg_task_key(g->proc, g->task));
		if (!passes(pg_model_filter(m), g->proc, g->task))
			continue;
		cr_assert(c && c->cls == PG_EXITED);
		gone++;
	}
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		size_t used = 0;
		for (size_t k = 0; k < g->nr_slots; k++) {
			if (g->slots[k] == PG_BLANK)
				continue;
			const struct pg_cell *c = pg_model_cell(m, g->slots[k]);
			cr_assert(c->group == i && c->slot == k);
			cr_assert_eq(pg_model_find(m, c->key), c);
			used++;
		}
		cr_assert(used > 0 && used == g->nr_used);
		cells += g->nr_cells;
		slots_used += used;
	}
	cr_assert_eq(cells, living);
	cr_assert_eq(pg_model_nr_cells(m), living);
	cr_assert_eq(slots_used, living + gone);
}

static void note_slots(const struct pg_model *m, struct seens *s)
{
	s->nr = 0;
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		for (size_t k = 0; k < g->nr_slots; k++)
			if (g->slots[k] != PG_BLANK)
				s->items[s->nr++] =
					(struct seen){pg_model_cell(m, g->slots[k])->key, g->uid,
						      g->kernel, (uint32_t)k};
	}
}

static void check_nobody_moved(const struct pg_model *m, const struct seens *before)
{
	for (size_t i = 0; i < before->nr; i++) {
		const struct seen *s = &before->items[i];
		const struct pg_cell *c = pg_model_find(m, s->key);
		if (!c)
			continue;
		const struct pg_cell_group *g = pg_model_group(m, c->group);
		if (g->kernel == s->kernel && g->uid == s->uid)
			cr_assert_eq(c->slot, s->slot, "%d/%d moved", s->key.pid, s->key.tid);
	}
}

static const char *const users[] = {"root", "ann", "bob", NULL};

static int any(int n)
{
	return rand() % n;
}

static void random_birth(struct world *w, int *next)
{
	uint32_t uid = (uint32_t)any(4);
	int32_t pid = (*next)++;
	struct world_proc *p = world_birth(w, pid, (uint64_t)(pid / 3), uid, users[uid], "a");
	p->kthread = any(8) == 0;
	p->ppid = w->procs[any((int)w->nr)].pid;
	for (int i = any(6); i > 0; i--, (*next)++)
		world_thread(p, *next, (uint64_t)(*next / 3), "t");
}

static void random_change(struct world *w, struct world_proc *p, int *next)
{
	switch (any(7)) {
	case 0:
		if (p->nr < WORLD_THREADS) {
			world_thread(p, *next, (uint64_t)(*next / 3), "t");
			++*next;
		}
		break;
	case 1:
		if (p->nr > 1)
			world_thread_death(p, 1 + any(p->nr - 1));
		break;
	case 2:
		p->uid = (uint32_t)any(4);
		p->user = users[p->uid];
		p->dirty = true;
		break;
	case 3:
		p->tasks[any(p->nr)].state = "SRDZ"[any(4)];
		p->dirty = true;
		break;
	case 4:
		p->rss = (uint64_t)any(1 << 30);
		p->dirty = true;
		break;
	case 5:
		world_burn(p, any(p->nr), 0.2);
		break;
	default:
		if (w->nr > 3)
			world_death(w, p->pid);
	}
}

Test(model, any_sequence_of_frames)
{
	static struct seens before;
	for (unsigned seed = 1; seed <= 12; seed++) {
		struct world w;
		int next = 1;
		srand(seed);
		world_init(&w);
		struct pg_model *m = pg_model_new();
		for (int i = 0; i < 60; i++)
			random_birth(&w, &next);
		pg_model_update(m, world_turn(&w));
		for (int turn = 0; turn < 60; turn++) {
			note_slots(m, &before);
			for (int i = any(30); i > 0; i--)
				random_change(&w, &w.procs[any((int)w.nr)], &next);
			for (int i = any(8); i > 0 && w.nr < WORLD_PROCS; i--)
				random_birth(&w, &next);
			bool rescope = any(15) == 0;
			if (rescope)
				w.scope = !w.scope;
			pg_model_update(m, world_turn(&w));
			if (!rescope)
				check_nobody_moved(m, &before);
			if (any(10) == 0) {
				struct pg_filter f = {.threads = any(2) ? PG_THREADS_ALL
									: PG_THREADS_NONE,
						      .hide_kernel = any(2),
						      .by_user = any(4) == 0,
						      .uid = (uint32_t)any(4)};
				pg_model_set_filter(m, &f);
				pg_model_rebuild(m, &w.frame);
			}
			if (pg_model_nr_groups(m) && any(10) == 0)
				pg_model_close_blanks(m, (size_t)any((int)pg_model_nr_groups(m)));
			check_same(m, &w.frame);
		}
		pg_model_free(m);
		world_free(&w);
	}
}

/* ---- what was not looked at ---- */

Test(model, what_was_not_looked_at_is_idle_and_says_so)
{
	struct world w;
	struct pg_busy b;
	world_init(&w);
	world_birth(&w, 1, 1, 0, "root", "a");
	for (int i = 0; i < 4; i++)
		world_thread(world_find(&w, 1), 2 + i, 2, "t");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	world_burn(world_find(&w, 1), 1, 0.5);
	world_burn(world_find(&w, 1), 2, 0.5);
	pg_model_update(m, world_turn(&w));
	cr_expect_eq(pg_model_find(m, key_of(1, 2, 2))->cls, PG_CPU);

	/* Of three that are not looked at one still says R, one Z: the older look wins. */
	struct world_proc *p = world_find(&w, 1);
	for (int i = 1; i <= 3; i++)
		p->tasks[i].seen_ns = w.now_ns;
	p->tasks[2].state = 'R';
	p->tasks[3].state = 'Z';
	world_burn(p, 4, 0.25);
	pg_model_update(m, world_turn(&w));
	pg_model_busy(&w.frame, &b);
	cr_expect_eq(b.nr_unseen, 3);
	cr_expect(b.nr_hot == 1 && b.hot[0].at.task->tid == 5);
	for (int rebuilt = 0; rebuilt < 2; rebuilt++) {
		for (int tid = 2; tid <= 3; tid++) {
			const struct pg_cell *c = pg_model_find(m, key_of(1, tid, 2));
			cr_expect_eq(c->sign, PG_SIGN_UNSEEN);
			cr_expect(c->cls == PG_IDLE && !(c->share > 0));
		}
		cr_expect_eq(pg_model_find(m, key_of(1, 4, 2))->sign, PG_SIGN_ZOMBIE);
		cr_expect_eq(pg_model_find(m, key_of(1, 5, 2))->sign, PG_SIGN_NONE);
		pg_model_rebuild(m, &w.frame);
	}
	p->tasks[1].seen_ns = 0;
	p->dirty = true;
	pg_model_update(m, world_turn(&w));
	cr_expect_eq(pg_model_find(m, key_of(1, 2, 2))->sign, PG_SIGN_NONE);
	cr_expect_eq(pg_model_find(m, key_of(1, 3, 2))->sign, PG_SIGN_UNSEEN);
	pg_model_free(m);
	world_free(&w);
}

Test(model, a_row_that_is_the_same_cools_down_and_moves_with_its_process)
{
	struct world w;
	world_init(&w);
	world_birth(&w, 1, 1, 0, "root", "a");
	for (int i = 0; i < 4; i++)
		world_thread(world_find(&w, 1), 2 + i, 2, "t");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	world_burn(world_find(&w, 1), 1, 0.5);
	pg_model_update(m, world_turn(&w));
	cr_expect_eq(pg_model_find(m, key_of(1, 2, 2))->cls, PG_CPU);
	world_burn(world_find(&w, 1), 2, 0.5);
	pg_model_update(m, world_turn(&w));
	cr_expect(w.changes.rows[1].bits & PG_SAME);
	cr_expect_eq(pg_model_find(m, key_of(1, 2, 2))->cls, PG_IDLE);

	/* A thread that is born stands behind one whose row is the same. */
	world_birth(&w, 9, 9, 0, "root", "b");
	pg_model_update(m, world_turn(&w));
	world_death(&w, 9);
	pg_model_update(m, world_turn(&w));
	pg_model_update(m, world_turn(&w));
	world_thread(world_find(&w, 1), 6, 3, "t");
	pg_model_update(m, world_turn(&w));
	cr_expect_str_eq(picture(m), "root 6: 1 2 3 4 5 6");

	world_find(&w, 1)->uid = 100;
	world_find(&w, 1)->user = "www";
	world_find(&w, 1)->dirty = true;
	pg_model_update(m, world_turn(&w));
	cr_expect(w.changes.rows[1].bits & PG_SAME);
	cr_expect_str_eq(picture(m), "www 6: 1 2 3 4 5 6");
	pg_model_free(m);
	world_free(&w);
}

/* ---- the busy line ---- */

Test(model, busy_names_the_hottest_and_counts_states)
{
	struct world w;
	struct pg_busy b;
	world_init(&w);
	for (int pid = 1; pid <= 20; pid++)
		world_birth(&w, pid, 1, 0, "root", "a");
	world_find(&w, 4)->tasks[0].state = 'D';
	world_find(&w, 5)->tasks[0].state = 'Z';
	world_find(&w, 6)->tasks[0].state = 'D';
	pg_model_busy(world_turn(&w), &b);
	cr_assert(b.nr_hot == 0 && b.nr_disk_sleep == 2 && b.nr_zombie == 1);
	cr_expect_null(b.io.at.task);
	for (int pid = 7; pid <= 16; pid++)
		world_burn(world_find(&w, pid), 0, pid * 0.01);
	world_find(&w, 1)->tasks[0].read_bytes = 100;
	world_find(&w, 1)->dirty = true;
	pg_model_busy(world_turn(&w), &b);
	cr_assert_eq(b.nr_hot, PG_HOT_MAX);
	for (int i = 0; i < PG_HOT_MAX; i++)
		cr_expect_eq(b.hot[i].at.task->tid, 16 - i);
	cr_assert(b.disk_sleep.task->tid == 4 && b.zombie.task->tid == 5);
	cr_expect_eq(b.io.at.task->tid, 1);

	world_find(&w, 2)->tasks[0].read_bytes = 100;
	world_find(&w, 3)->tasks[0].read_bytes = 900;
	world_burn(world_find(&w, 9), 0, 0.5);
	world_find(&w, 2)->dirty = world_find(&w, 3)->dirty = true;
	pg_model_busy(world_turn(&w), &b);
	cr_assert_eq(b.nr_hot, 3);
	cr_expect_eq(b.hot[0].at.task->tid, 9);
	cr_expect_eq(b.hot[1].at.task->tid, 3);
	cr_expect_eq(b.hot[2].at.task->tid, 2);
	cr_expect_eq(b.io.at.task->tid, 3);

	for (int pid = 7; pid <= 20; pid++) /* the hottest come first, and the last is hotter */
		world_burn(world_find(&w, pid), 0, pid < 20 ? 0.4 - pid * 0.01 : 0.305);
	pg_model_busy(world_turn(&w), &b);
	cr_assert_eq(b.nr_hot, PG_HOT_MAX);
	for (int i = 0; i < PG_HOT_MAX; i++)
		cr_expect_eq(b.hot[i].at.task->tid, i < 3 ? 7 + i : i == 3 ? 20 : 6 + i, "%d", i);
	cr_expect_null(b.io.at.task, "no disk");
	world_free(&w);
}
