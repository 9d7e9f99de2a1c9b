/* SPDX-License-Identifier: MIT */
/*
 * Promised: after a jump the cells are those of the frame, as if it had come live; what is in both
 * frames does not move, and what comes back stands where it stood.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"
#include "model/model.h"
#include "tape.h"

/* "name: tid tid* _ +tid x12; …": * busy, + new, x exited, _ a blank; blanks at the end left out.
 */
static const char *picture(const struct pg_model *m)
{
	static char text[4096];
	size_t n = 0, end = 0;
	text[0] = '\0';
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		n = end + (size_t)snprintf(text + end, sizeof(text) - end, "%s%s:", i ? "; " : "",
					   g->name);
		end = n;
		for (size_t k = 0; k < g->nr_slots; k++) {
			if (g->slots[k] == PG_BLANK) {
				n += (size_t)snprintf(text + n, sizeof(text) - n, " _");
				continue;
			}
			const struct pg_cell *c = pg_model_cell(m, g->slots[k]);
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s%d%s",
					      c->sign == PG_SIGN_NEW ? "+"
					      : c->cls == PG_EXITED  ? "x"
								     : "",
					      c->key.tid, c->cls == PG_CPU ? "*" : "");
			end = n;
		}
		text[end] = '\0';
	}
	return text;
}

struct scene {
	struct world w;
	struct tape *tape;
	struct pg_model *m;
	struct pg_changes changes;
};

static void turn(struct scene *s)
{
	pg_model_update(s->m, world_turn(&s->w));
	tape_add(s->tape, s->w.frame.snap);
}

static const char *jump(struct scene *s, uint64_t frame)
{
	struct pg_frame f = tape_frame(s->tape, frame, &s->changes);
	pg_model_jump(s->m, &f);
	return picture(s->m);
}

static void scene_init(struct scene *s)
{
	*s = (struct scene){.tape = tape_new(), .m = pg_model_new()};
	world_init(&s->w);
}

static void scene_free(struct scene *s)
{
	pg_changes_free(&s->changes);
	pg_model_free(s->m);
	s->tape->past.ops->close(&s->tape->past);
	world_free(&s->w);
}

/*
 * 0: 1 to 4 and www's 50. 1: 2 has exited, 1 is busy. 2: 5, a child of 1, is born and takes the
 * blank of 2. 3: 6, a child of 4, and www's thread 51. 4: 3 and 50 are gone.
 */
static void scene_play(struct scene *s)
{
	struct world *w = &s->w;
	scene_init(s);
	for (int pid = 1; pid <= 4; pid++)
		world_birth(w, pid, (uint64_t)pid, 0, "root", "a");
	world_birth(w, 50, 50, 100, "www", "n");
	turn(s);
	world_death(w, 2);
	world_burn(world_find(w, 1), 0, 0.5);
	turn(s);
	world_birth(w, 5, 9, 0, "root", "b")->ppid = 1;
	turn(s);
	world_birth(w, 6, 9, 0, "root", "b")->ppid = 4;
	world_thread(world_find(w, 50), 51, 51, "t");
	turn(s);
	world_death(w, 3);
	world_death(w, 50);
	turn(s);
}

Test(model_jump, to_and_fro_nobody_moves)
{
	static const struct {
		uint64_t to;
		const char *text;
	} t[] = {
		{4, "root: 1 5 x3 4 6; www: x50 x51"},
		/* 2 was there before anybody kept its place in mind: it takes the nearest blank. */
		{0, "root: 1 2 3 4; www: 50"},
		{1, "root: 1* x2 3 4; www: 50"},
		{0, "root: 1 2 3 4; www: 50"},
		{4, "root: 1 5 x3 4 6; www: x50 x51"},
		{2, "root: 1 +5 3 4; www: 50"},
		{3, "root: 1 5 3 4 +6; www: 50 +51"},
		{3, "root: 1 5 3 4 +6; www: 50 +51"},
		{1, "root: 1* x2 3 4; www: 50"},
		{4, "root: 1 5 x3 4 6; www: x50 x51"},
		{1, "root: 1* x2 3 4; www: 50"},
	};
	struct scene s;
	scene_play(&s);
	cr_assert_str_eq(picture(s.m), t[0].text);
	pg_model_remember(s.m, true);
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_str_eq(jump(&s, t[i].to), t[i].text, "row %zu: %s, not %s", i,
				 picture(s.m), t[i].text);
	/* The next frame of the feed goes on from where the last jump led. */
	pg_model_remember(s.m, false);
	jump(&s, 4);
	turn(&s);
	cr_expect_str_eq(picture(s.m), "root: 1 5 _ 4 6");
	scene_free(&s);
}

Test(model_jump, a_place_is_kept_from_others)
{
	struct scene s;
	scene_init(&s);
	for (int pid = 1; pid <= 4; pid++)
		world_birth(&s.w, pid, (uint64_t)pid, 0, "root", "a");
	turn(&s);
	world_death(&s.w, 2);
	world_death(&s.w, 3);
	turn(&s);
	turn(&s);
	/* Of two blanks the second one is taken first, by a child of 4's former neighbour. */
	world_birth(&s.w, 7, 9, 0, "root", "b")->ppid = 4;
	world_birth(&s.w, 8, 9, 0, "root", "b")->ppid = 4;
	turn(&s);
	pg_model_remember(s.m, true);
	cr_expect_str_eq(picture(s.m), "root: 1 +8 +7 4");
	cr_expect_str_eq(jump(&s, 2), "root: 1 _ _ 4");
	cr_expect_str_eq(jump(&s, 3), "root: 1 +8 +7 4");
	/* Closing the blanks moves cells, so that no place is what it was. */
	jump(&s, 2);
	pg_model_close_blanks(s.m, 0);
	cr_expect_str_eq(jump(&s, 3), "root: 1 4 +7 +8");
	/* Nothing is kept when nobody asks for it. */
	pg_model_remember(s.m, false);
	jump(&s, 2);
	pg_model_remember(s.m, true);
	cr_expect_str_eq(jump(&s, 3), "root: 1 4 +7 +8");
	scene_free(&s);
}

Test(model_jump, the_first_frame_has_no_changes_and_a_new_scope_builds_anew)
{
	struct scene s;
	scene_play(&s);
	s.w.scope = PG_SCOPE_PROCESS;
	turn(&s);
	cr_expect_str_eq(jump(&s, 3), "root: 1 3 4 5 +6; www: 50 +51");
	cr_expect_str_eq(jump(&s, 5), "root: 1 4 5 6");
	cr_expect_str_eq(jump(&s, 0), "root: 1 2 3 4; www: 50");
	struct pg_model *fresh = pg_model_new();
	struct pg_frame f = tape_frame(s.tape, 3, &s.changes);
	pg_model_jump(fresh, &f);
	cr_expect_str_eq(picture(fresh), "root: 1 3 4 5 +6; www: 50 +51");
	pg_model_free(fresh);
	scene_free(&s);
}

Test(model_jump, what_is_filtered_out_stays_out)
{
	struct scene s;
	scene_play(&s);
	struct pg_filter f = {.threads = PG_THREADS_NONE, .by_user = true, .uid = 100};
	pg_model_set_filter(s.m, &f);
	pg_model_rebuild(s.m, &s.w.frame);
	cr_expect_str_eq(jump(&s, 3), "www: 50");
	cr_expect_str_eq(jump(&s, 4), "www: x50");
	cr_expect_str_eq(jump(&s, 0), "www: 50");

	/* A thread that was busy shows in that frame, and is kept in no other. */
	f = (struct pg_filter){.threads = PG_THREADS_BUSY};
	pg_model_set_filter(s.m, &f);
	world_thread(world_birth(&s.w, 60, 60, 100, "www", "n"), 61, 60, "t");
	turn(&s);
	world_burn(world_find(&s.w, 60), 1, 0.5);
	turn(&s);
	turn(&s);
	cr_expect_str_eq(jump(&s, 6), "root: 1 4 5 6; www: _ 60 61*");
	cr_expect_str_eq(jump(&s, 7), "root: 1 4 5 6; www: _ 60");
	cr_expect_str_eq(jump(&s, 6), "root: 1 4 5 6; www: _ 60 61*");
	cr_expect_str_eq(jump(&s, 5), "root: 1 4 5 6; www: _ +60");
	scene_free(&s);
}

Test(model_jump, the_brief_and_the_uncounted_show_as_live)
{
	struct scene s;
	scene_init(&s);
	for (int pid = 1; pid <= 3; pid++)
		world_birth(&s.w, pid, (uint64_t)pid, 0, "root", "a");
	turn(&s);
	world_brief(&s.w, 9, 2, 0, "root");
	s.w.rest[s.w.nr_rest++] = (struct pg_brief_rest){.ppid = 2, .nr = 5};
	turn(&s);
	turn(&s);
	for (int i = 0; i < 2; i++) {
		cr_expect_str_eq(jump(&s, 1), "root: 1 2 3 x9");
		cr_assert_eq(pg_model_group(s.m, 0)->nr_rest, 1);
		cr_expect_eq(pg_model_group(s.m, 0)->rest[0].nr, 5);
		cr_expect_str_eq(jump(&s, 2), "root: 1 2 3");
		cr_expect_eq(pg_model_group(s.m, 0)->nr_rest, 0);
	}
	scene_free(&s);
}

/* ---- any frames, in any order ---- */

static int any(int n)
{
	return rand() % n;
}

static const char *const users[] = {"root", "ann", "bob"};

static void random_births(struct world *w, int *next, int nr)
{
	for (; nr > 0 && w->nr < WORLD_PROCS; nr--) {
		uint32_t uid = (uint32_t)any(3);
		int32_t pid = (*next)++;
		struct world_proc *p = world_birth(w, pid, (uint64_t)pid, uid, users[uid], "a");
		p->ppid = w->procs[any((int)w->nr)].pid;
		for (int i = any(4); i > 0; i--, (*next)++)
			world_thread(p, *next, (uint64_t)*next, "t");
	}
}

/* The first three, one of each user, live on: so no group comes and goes. */
static void random_turn(struct scene *s, int *next)
{
	for (int i = any(12); i > 0 && s->w.nr > 4; i--)
		world_death(&s->w, s->w.procs[3 + any((int)s->w.nr - 3)].pid);
	for (int i = any(12); i > 0; i--) {
		struct world_proc *p = &s->w.procs[any((int)s->w.nr)];
		world_burn(p, any(p->nr), 0.2);
		if (p->nr > 1 && any(2))
			world_thread_death(p, 1 + any(p->nr - 1));
	}
	random_births(&s->w, next, any(12));
	if (any(3) == 0)
		world_brief(&s->w, (*next)++, 1, 0, "root");
	turn(s);
}

struct spot {
	struct pg_key key;
	uint32_t group, slot;
	uint8_t cls, sign;
};

struct spots {
	struct spot items[4096];
	size_t nr;
};

static void note(const struct pg_model *m, struct spots *s)
{
	s->nr = 0;
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		for (size_t k = 0; k < g->nr_slots; k++) {
			if (g->slots[k] == PG_BLANK)
				continue;
			const struct pg_cell *c = pg_model_cell(m, g->slots[k]);
			cr_assert(c->group == i && c->slot == k && s->nr < 4096);
			s->items[s->nr++] =
				(struct spot){c->key, (uint32_t)i, (uint32_t)k, c->cls, c->sign};
		}
	}
}

/* Whoever is in the model now as well stands where he stood; all: everybody is, and as he was. */
static void check_spots(const struct pg_model *m, const struct spots *s, bool all)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct spot *was = &s->items[i];
		const struct pg_cell *c = pg_model_find(m, was->key);
		if (!all && !c)
			continue;
		cr_assert_not_null(c, "%d is missing", was->key.tid);
		cr_assert(c->group == was->group && c->slot == was->slot, "%d moved", was->key.tid);
		cr_assert(!all || (c->cls == was->cls && c->sign == was->sign), "%d changed",
			  was->key.tid);
	}
}

/* The cells are those that a fresh model has of the frame. */
static void check_cells(struct scene *s, const struct pg_frame *f, struct spots *spots)
{
	struct pg_model *fresh = pg_model_new();
	pg_model_update(fresh, f);
	note(fresh, spots);
	for (size_t i = 0; i < spots->nr; i++) {
		const struct pg_cell *c = pg_model_find(s->m, spots->items[i].key);
		cr_assert_not_null(c, "%d is missing", spots->items[i].key.tid);
		cr_assert(c->cls == spots->items[i].cls && c->sign == spots->items[i].sign);
	}
	size_t nr = spots->nr;
	note(s->m, spots);
	cr_assert_eq(spots->nr, nr);
	cr_assert_eq(pg_model_nr_cells(s->m), pg_model_nr_cells(fresh));
	pg_model_free(fresh);
}

Test(model_jump, any_frames_in_any_order)
{
	static struct spots here, there, other;
	for (unsigned seed = 1; seed <= 6; seed++) {
		struct scene s;
		int next = 1;
		srand(seed);
		scene_init(&s);
		for (int pid = 1; pid <= 3; pid++, next++)
			world_birth(&s.w, pid, 1, (uint32_t)pid - 1, users[pid - 1], "a");
		random_births(&s.w, &next, 40);
		for (int i = 0; i < 40; i++)
			random_turn(&s, &next);
		pg_model_remember(s.m, true);
		for (int i = 0; i < 60; i++) {
			uint64_t a = (uint64_t)any(40), b = (uint64_t)any(40);
			note(s.m, &other);
			jump(&s, a);
			check_spots(s.m, &other, false);
			struct pg_frame f = tape_frame(s.tape, a, &s.changes);
			check_cells(&s, &f, &other);
			note(s.m, &here);
			jump(&s, b);
			check_spots(s.m, &here, false);
			note(s.m, &there);
			jump(&s, a);
			check_spots(s.m, &here, true);
			if (a + 1 < 40) { /* on from a jump, as live */
				f = tape_frame(s.tape, a + 1, &s.changes);
				pg_model_update(s.m, &f);
				check_cells(&s, &f, &other);
			}
		}
		scene_free(&s);
	}
}
