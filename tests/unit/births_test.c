/* SPDX-License-Identifier: MIT */
/*
 * Who lived and died between two snapshots, from events and snapshots made by hand. Time is in
 * hundredths of a second, which are ticks as well: a boot at 0, snapshots at 100, 200, 300.
 */
#include "source/births.h"

#include <stdio.h>

#include "blocks.h"

#define TICK UINT64_C(10000000)

static uint64_t at(unsigned hundredths)
{
	return hundredths * TICK;
}

struct play {
	struct pg_births *book;
	struct pg_snapshot snaps[4];
	int nr;
};

static struct play play_with(size_t max, const struct pg_selection *select)
{
	return (struct play){.book = pg_births_new(max, select)};
}

static struct play play_new(void)
{
	return play_with(100, NULL);
}

static void play_end(struct play *p)
{
	for (int i = 0; i < p->nr; i++)
		pg_snapshot_free(&p->snaps[i]);
	pg_births_free(p->book);
}

static void born_of(struct play *p, int32_t tid, int32_t tgid, int32_t parent, unsigned when)
{
	struct pg_event ev = {.what = PG_EVENT_FORK,
			      .mono_ns = at(when),
			      .tid = tid,
			      .tgid = tgid,
			      .parent_tid = parent,
			      .parent_tgid = parent};
	pg_births_event(p->book, &ev);
}

static void exits(struct play *p, int32_t tid, int32_t tgid, unsigned when, int code)
{
	struct pg_event ev = {.what = PG_EVENT_EXIT,
			      .mono_ns = at(when),
			      .tid = tid,
			      .tgid = tgid,
			      .exit_code = code};
	pg_births_event(p->book, &ev);
}

/* A process of 7, the shell. */
static void lives(struct play *p, int32_t pid, unsigned from, unsigned to, int code)
{
	born_of(p, pid, pid, 7, from);
	exits(p, pid, pid, to, code);
}

static struct pg_proc *process(int32_t pid, uint64_t start, const char *comm)
{
	struct pg_proc *p = block_new(pid, 1);
	p->start = p->tasks[0].start = start;
	p->tasks[0].comm = block_str(p, comm);
	p->valid = PG_UID;
	p->uid = 1000;
	p->user = block_str(p, "alice");
	return p;
}

static struct pg_proc *shell(void)
{
	return process(7, 5, "bash");
}

/* The next snapshot, at 100, 200, …; it takes the blocks over. */
static const struct pg_told *turn(struct play *p, struct pg_proc *const *blocks)
{
	struct pg_snapshot *cur = &p->snaps[p->nr], *prev = p->nr ? cur - 1 : NULL;
	*cur = (struct pg_snapshot){.mono_ns = at(100 * (unsigned)(p->nr + 1)),
				    .ticks_per_sec = 100};
	for (; *blocks; blocks++) {
		cur->scope = (*blocks)->scope;
		pg_snapshot_add(cur, *blocks);
	}
	struct pg_births_time when = {.mono_ns = cur->mono_ns + at(2)};
	pg_births_settle(p->book, prev, cur, when);
	p->nr++;
	return &cur->told;
}

#define TURN(p, ...) turn(p, (struct pg_proc *[]){__VA_ARGS__, NULL})

static const char *comm_of(const struct pg_told *t, size_t i)
{
	static char text[64];
	const struct pg_proc *p = t->brief[i];
	snprintf(text, sizeof(text), "%.*s", (int)p->tasks[0].comm.len,
		 pg_proc_str(p, p->tasks[0].comm));
	return text;
}

static const char *user_of(const struct pg_told *t, size_t i)
{
	static char text[64];
	snprintf(text, sizeof(text), "%.*s", (int)t->brief[i]->user.len,
		 pg_proc_str(t->brief[i], t->brief[i]->user));
	return text;
}

/* ---- brief or not ---------------------------------------------------------------------------- */

Test(births, one_that_lived_in_between_is_told_with_all_that_is_known)
{
	struct play p = play_new();
	TURN(&p, shell());
	lives(&p, 50, 120, 130, 3);
	const struct pg_told *t = TURN(&p, shell());
	cr_assert_eq(t->nr_brief, 1);
	const struct pg_proc *b = t->brief[0];
	cr_expect_eq(b->refs, 1);
	cr_expect_eq(b->nr_tasks, 1);
	cr_expect_eq(b->pid, 50);
	cr_expect_eq(b->start, 120);
	cr_expect_eq(b->tasks[0].tid, 50);
	cr_expect_eq(b->tasks[0].start, 120);
	cr_expect_eq(b->tasks[0].ppid, 7);
	cr_expect_eq(b->tasks[0].valid, 0);
	cr_expect_eq(b->valid, PG_UID);
	cr_expect_eq(b->uid, 1000);
	cr_expect_str_eq(user_of(t, 0), "alice");
	cr_expect_str_eq(comm_of(t, 0), "(bash)");
	cr_expect_eq(t->brief_codes[0], 3);
	cr_expect_eq(t->nr_rest, 0);
	cr_expect_eq(t->nr_endings, 0);
	cr_expect_eq(TURN(&p, shell())->nr_brief, 0, "it is told once");
	play_end(&p);
}

Test(births, who_is_brief)
{
	static const struct {
		unsigned born, exits;     /* 0: not */
		uint64_t in_prev, in_cur; /* start of a row of its number; 0: none */
		size_t brief, next;       /* told at 200, at 300 (when it stands in neither) */
	} rows[] = {
		{120, 130, 0, 0, 1, 0},   {120, 200, 0, 0, 1, 0}, /* at the stamp itself */
		{120, 201, 0, 0, 0, 1}, /* while cur was read: next time */
		{201, 201, 0, 0, 0, 1},   {201, 0, 0, 0, 0, 0},   {120, 0, 0, 0, 0, 0},
		{0, 130, 0, 0, 0, 0},     /* a death without a birth is nobody new */
		{120, 130, 0, 120, 0, 0}, /* it stands in cur, as a zombie, and is gone later */
		{120, 130, 0, 119, 0, 0}, /* its start was stamped a tick earlier */
		{120, 130, 0, 118, 1, 0}, /* that is somebody else */
		{120, 130, 0, 121, 1, 0}, {99, 130, 99, 0, 0, 0}, /* it stood in prev: gone, not
								     brief */
		{100, 130, 99, 0, 0, 0},  {100, 103, 0, 0, 1, 0}, /* missed by prev, since it died
								     while that was read */
		{100, 130, 0, 0, 0, 0}, /* hidden: it outlived all of prev without being there */
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct play p = play_new();
		if (rows[i].born && rows[i].born <= 102)
			born_of(&p, 50, 50, 7, rows[i].born);
		TURN(&p, shell(), rows[i].in_prev ? process(50, rows[i].in_prev, "x") : NULL);
		if (rows[i].born > 102)
			born_of(&p, 50, 50, 7, rows[i].born);
		if (rows[i].exits)
			exits(&p, 50, 50, rows[i].exits, 0);
		const struct pg_told *t =
			TURN(&p, shell(), rows[i].in_cur ? process(50, rows[i].in_cur, "x") : NULL);
		cr_expect_eq(t->nr_brief, rows[i].brief, "row %zu: %zu", i, t->nr_brief);
		t = TURN(&p, shell());
		cr_expect_eq(t->nr_brief, rows[i].next, "row %zu, later: %zu", i, t->nr_brief);
		play_end(&p);
	}
}

Test(births, an_exit_that_is_told_late_is_settled_with_the_next_snapshot)
{
	struct play p = play_new();
	TURN(&p, shell());
	born_of(&p, 50, 50, 7, 199);
	cr_expect_eq(TURN(&p, shell())->nr_brief, 0);
	exits(&p, 50, 50, 203, 1);
	cr_expect_eq(TURN(&p, shell())->nr_brief, 1);
	play_end(&p);
}

Test(births, the_first_snapshot_and_a_glance_tell_nothing)
{
	struct play p = play_new();
	lives(&p, 50, 90, 95, 0);
	const struct pg_told *t = TURN(&p, shell());
	cr_expect_eq(t->nr_brief + t->nr_rest + t->nr_endings, 0);
	lives(&p, 51, 110, 120, 0);
	struct pg_snapshot glance = {.mono_ns = at(200), .ticks_per_sec = 100, .partial = true};
	pg_births_settle(p.book, &p.snaps[0], &glance, (struct pg_births_time){at(202), 0});
	cr_expect_eq(glance.told.nr_brief + glance.told.nr_rest, 0);
	play_end(&p);
}

/* ---- endings --------------------------------------------------------------------------------- */

Test(births, the_end_of_a_task_of_prev_is_told_with_its_start)
{
	struct play p = play_new();
	TURN(&p, shell(), process(60, 30, "old"));
	exits(&p, 60, 60, 150, 137);
	const struct pg_told *t = TURN(&p, shell());
	cr_assert_eq(t->nr_endings, 1);
	cr_expect_eq(t->endings[0].key.pid, 60);
	cr_expect_eq(t->endings[0].key.tid, 60);
	cr_expect_eq(t->endings[0].key.start, 30);
	cr_expect_eq(t->endings[0].exit_code, 137);
	cr_expect_eq(t->nr_brief, 0);
	play_end(&p);
}

Test(births, a_zombie_is_kept_in_mind_until_it_is_reaped)
{
	struct play p = play_new();
	TURN(&p, shell(), process(60, 30, "zombie"));
	exits(&p, 60, 60, 150, 0);
	lives(&p, 61, 160, 170, 5); /* born and dead, but not reaped */
	const struct pg_told *t =
		TURN(&p, shell(), process(60, 30, "zombie"), process(61, 160, "z"));
	cr_expect_eq(t->nr_endings + t->nr_brief, 0);
	t = TURN(&p, shell());
	cr_expect_eq(t->nr_brief, 0);
	cr_assert_eq(t->nr_endings, 2);
	cr_expect_eq(t->endings[0].exit_code, 0);
	cr_expect_eq(t->endings[1].exit_code, 5);
	play_end(&p);
}

Test(births, two_lives_of_one_number_do_not_mix)
{
	struct play p = play_new();
	TURN(&p, shell(), process(60, 30, "old"));
	exits(&p, 60, 60, 110, 1);
	lives(&p, 60, 120, 130, 2);
	lives(&p, 60, 140, 150, 3);
	born_of(&p, 60, 60, 7, 160);
	const struct pg_told *t = TURN(&p, shell(), process(60, 160, "new"));
	cr_assert_eq(t->nr_endings, 1);
	cr_expect_eq(t->endings[0].key.start, 30);
	cr_expect_eq(t->endings[0].exit_code, 1);
	cr_assert_eq(t->nr_brief, 2);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(t->brief[i]->start, (uint64_t)(120 + 20 * i));
		cr_expect_eq(t->brief_codes[i], 2 + i);
	}
	play_end(&p);
}

Test(births, a_birth_ends_the_life_whose_exit_was_lost)
{
	struct play p = play_new();
	TURN(&p, shell());
	born_of(&p, 50, 50, 7, 120);
	lives(&p, 50, 140, 150, 3);
	const struct pg_told *t = TURN(&p, shell());
	cr_assert_eq(t->nr_brief, 2);
	cr_expect_eq(t->brief_codes[0], -1, "how it ended nobody knows");
	cr_expect_eq(t->brief_codes[1], 3);
	play_end(&p);
}

Test(births, a_process_ends_with_the_code_of_its_last_thread)
{
	struct play p = play_new();
	struct pg_proc *two = block_new(60, 2), *again = block_new(60, 2);
	TURN(&p, two);
	exits(&p, 60, 60, 120, 0);
	TURN(&p, again);
	exits(&p, 61, 60, 220, 9);
	const struct pg_told *t = TURN(&p, shell());
	cr_assert_eq(t->nr_endings, 2);
	cr_expect_eq(t->endings[0].exit_code, 9);
	cr_expect_eq(t->endings[1].exit_code, 9);
	play_end(&p);
}

static struct pg_proc *with_zombie_leader(int32_t pid, uint32_t nr)
{
	struct pg_proc *p = block_new(pid, nr);
	p->tasks[0].state = 'Z';
	return p;
}

Test(births, a_leader_that_ended_before_we_listened_ends_as_his_last_thread)
{
	struct play p = play_new();
	TURN(&p, with_zombie_leader(60, 3), block_new(70, 3));
	exits(&p, 61, 60, 120, 1);
	exits(&p, 62, 60, 130, 9);
	exits(&p, 72, 70, 120, 2); /* the leader of 70 lives */
	const struct pg_told *t = TURN(&p, with_zombie_leader(60, 1), block_new(70, 2));
	cr_expect_eq(t->nr_endings, 3);
	exits(&p, 71, 70, 220, 3); /* it is not told how he ended */
	t = TURN(&p, shell());
	cr_assert_eq(t->nr_endings, 2);
	cr_expect_eq(t->endings[0].key.tid, 60);
	cr_expect_eq(t->endings[0].exit_code, 9);
	cr_expect_eq(t->endings[1].key.tid, 71);
	play_end(&p);
}

static void execs(struct play *p, int32_t pid, unsigned when)
{
	struct pg_event ev = {.what = PG_EVENT_EXEC, .mono_ns = at(when), .tid = pid, .tgid = pid};
	pg_births_event(p->book, &ev);
}

Test(births, a_thread_that_execs_takes_the_leaders_number_and_the_process_lives_on)
{
	struct play p = play_new();
	TURN(&p, shell(), block_new(60, 2));
	born_of(&p, 50, 50, 7, 110);
	born_of(&p, 51, 50, 7, 115);
	exits(&p, 50, 50, 120, 0);
	exits(&p, 60, 60, 120, 0);
	execs(&p, 50, 121);
	execs(&p, 60, 121);
	cr_expect(pg_births_wants_name(p.book, 50));
	pg_births_name(p.book, 50, "sh", 2);
	exits(&p, 50, 50, 150, 13);
	const struct pg_told *t = TURN(&p, shell(), block_new(60, 1));
	cr_assert_eq(t->nr_brief, 1, "%zu", t->nr_brief);
	cr_expect_str_eq(comm_of(t, 0), "sh");
	cr_expect_eq(t->brief_codes[0], 13);
	cr_expect_eq(t->nr_endings, 0);
	t = TURN(&p, shell()); /* its own exit was lost */
	cr_expect_eq(t->nr_endings + t->nr_brief, 0);
	play_end(&p);
}

/* ---- threads --------------------------------------------------------------------------------- */

Test(births, a_thread_stands_behind_its_process)
{
	struct play p = play_new();
	TURN(&p, shell(), process(60, 30, "server"));
	born_of(&p, 61, 60, 7, 110); /* the kernel tells the parent of the process */
	exits(&p, 61, 60, 120, 0);
	born_of(&p, 70, 70, 7, 110); /* a process and a thread of it, both brief */
	born_of(&p, 71, 70, 7, 111);
	exits(&p, 71, 70, 120, 0);
	exits(&p, 70, 70, 121, 0);
	const struct pg_told *t = TURN(&p, shell(), process(60, 30, "server"));
	cr_assert_eq(t->nr_brief, 3);
	cr_expect_eq(t->brief[0]->pid, 60);
	cr_expect_eq(t->brief[0]->start, 30, "of the process");
	cr_expect_eq(t->brief[0]->tasks[0].tid, 61);
	cr_expect_eq(t->brief[0]->tasks[0].start, 110);
	cr_expect_eq(t->brief[0]->tasks[0].ppid, 7);
	cr_expect_str_eq(comm_of(t, 0), "(server)");
	cr_expect_eq(t->brief[1]->tasks[0].tid, 70);
	cr_expect_eq(t->brief[2]->tasks[0].tid, 71);
	cr_expect_eq(t->brief[2]->start, t->brief[1]->start);
	play_end(&p);
}

Test(births, threads_are_not_told_where_rows_are_processes)
{
	struct play p = play_new();
	struct pg_proc *a = shell(), *b = shell();
	a->scope = b->scope = PG_SCOPE_PROCESS;
	TURN(&p, a);
	born_of(&p, 8, 7, 1, 110);
	exits(&p, 8, 7, 120, 0);
	lives(&p, 50, 110, 120, 0);
	const struct pg_told *t = TURN(&p, b);
	cr_assert_eq(t->nr_brief, 1);
	cr_expect_eq(t->brief[0]->pid, 50);
	cr_expect_eq(t->brief[0]->scope, PG_SCOPE_PROCESS);
	play_end(&p);
}

/* ---- names and users ------------------------------------------------------------------------- */

Test(births, names)
{
	struct play p = play_new();
	struct pg_event comm = {.what = PG_EVENT_COMM, .tid = 51, .tgid = 51, .comm = "renamed"};
	TURN(&p, shell());
	born_of(&p, 50, 50, 7, 110);
	cr_expect(pg_births_wants_name(p.book, 50));
	pg_births_name(p.book, 50, "ls", 2);
	born_of(&p, 51, 51, 7, 110);
	pg_births_event(p.book, &comm);
	born_of(&p, 52, 52, 51, 111); /* of a brief one that has a name */
	born_of(&p, 53, 53, 52, 112); /* of one that has lent it */
	born_of(&p, 54, 54, 7, 113);
	born_of(&p, 55, 55, 54, 114); /* of a nameless one: the next one up */
	pg_births_name(p.book, 54, "far too long a name for a task", 30);
	born_of(&p, 56, 56, 999, 115); /* of one that nobody knows */
	for (int32_t pid = 50; pid <= 56; pid++)
		exits(&p, pid, pid, 120, 0);
	cr_expect_not(pg_births_wants_name(p.book, 50));
	pg_births_name(p.book, 50, "late", 4);
	const struct pg_told *t = TURN(&p, shell());
	static const char *const want[] = {
		"ls", "renamed", "(renamed)", "(renamed)", "far too long a ", "(bash)", ""};
	cr_assert_eq(t->nr_brief, PG_ARRAY_LEN(want));
	for (size_t i = 0; i < PG_ARRAY_LEN(want); i++)
		cr_expect_str_eq(comm_of(t, i), want[i]);
	cr_expect_eq(t->brief[6]->valid, 0, "nor is its user known");
	play_end(&p);
}

/* A thread may have a name of its own, which is what its children are called at first. */
Test(births, a_name_is_lent_by_the_thread)
{
	struct play p = play_new();
	struct pg_proc *blocks[2];
	for (int i = 0; i < 2; i++) {
		blocks[i] = block_new(7, 3);
		for (int k = 0; k < 3; k++)
			blocks[i]->tasks[k].comm = block_str(blocks[i], k == 0   ? "leader"
									: k == 1 ? "worker"
										 : "other");
	}
	TURN(&p, blocks[0]);
	for (int32_t i = 0; i < 4; i++) {
		struct pg_event ev = {.what = PG_EVENT_FORK,
				      .mono_ns = at(110),
				      .tid = 50 + i,
				      .tgid = 50 + i,
				      .parent_tid = 7 + i, /* the last one has gone */
				      .parent_tgid = 7};
		pg_births_event(p.book, &ev);
		exits(&p, 50 + i, 50 + i, 120, 0);
	}
	const struct pg_told *t = TURN(&p, blocks[1]);
	static const char *const want[] = {"(leader)", "(worker)", "(other)", "(leader)"};
	cr_assert_eq(t->nr_brief, PG_ARRAY_LEN(want));
	for (size_t i = 0; i < PG_ARRAY_LEN(want); i++)
		cr_expect_str_eq(comm_of(t, i), want[i]);
	play_end(&p);
}

Test(births, a_user_is_the_parents_unless_it_was_changed)
{
	struct play p = play_new();
	struct pg_proc *other = process(9, 6, "cron");
	other->uid = 33;
	other->user = block_str(other, "www-data");
	TURN(&p, shell());
	static const uint32_t uids[] = {33, 4242};
	for (int i = 0; i < 2; i++) {
		struct pg_event uid = {.what = PG_EVENT_UID, .tid = 50 + i, .uid = uids[i]};
		born_of(&p, 50 + i, 50 + i, 7, 110);
		pg_births_event(p.book, &uid);
		born_of(&p, 60 + i, 60 + i, 50 + i, 111);
		exits(&p, 60 + i, 60 + i, 112, 0);
		exits(&p, 50 + i, 50 + i, 113, 0);
	}
	const struct pg_told *t = TURN(&p, shell(), other);
	cr_assert_eq(t->nr_brief, 4);
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(t->brief[i]->uid, uids[i % 2]);
		cr_expect_eq(t->brief[i]->valid, PG_UID);
		cr_expect_str_eq(user_of(t, (size_t)i), i % 2 ? "" : "www-data");
	}
	play_end(&p);
}

Test(births, a_selection_holds_for_the_brief_too)
{
	static const int32_t ids[] = {60};
	const struct pg_selection of_alice = {.by_uid = true, .uid = 1000},
				  of_bob = {.by_uid = true, .uid = 1001},
				  of_60 = {.ids = ids, .nr_ids = 1};
	const struct {
		const struct pg_selection *select;
		size_t brief;
	} rows[] = {{NULL, 2}, {&of_alice, 2}, {&of_bob, 0}, {&of_60, 1}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct play p = play_with(1, rows[i].select);
		TURN(&p, shell(), process(60, 30, "server"));
		lives(&p, 50, 110, 120, 0);
		born_of(&p, 61, 60, 7, 110);
		exits(&p, 61, 60, 120, 0);
		const struct pg_told *t = TURN(&p, shell(), process(60, 30, "server"));
		size_t nr = t->nr_brief;
		for (size_t k = 0; k < t->nr_rest; k++)
			nr += t->rest[k].nr;
		cr_expect_eq(nr, rows[i].brief, "row %zu", i);
		play_end(&p);
	}
}

/* ---- bounds ---------------------------------------------------------------------------------- */

Test(births, beyond_the_bound_they_are_counted_by_parent)
{
	struct play p = play_with(3, NULL);
	TURN(&p, shell(), process(60, 30, "server"));
	for (int32_t i = 0; i < 10; i++) {
		int32_t tid = 100 + i;
		if (i % 2) {
			lives(&p, tid, 110, 120, 0);
		} else {
			born_of(&p, tid, 60, 7, 110);
			exits(&p, tid, 60, 120, 0);
		}
	}
	const struct pg_told *t = TURN(&p, shell(), process(60, 30, "server"));
	cr_expect_eq(t->nr_brief, 3);
	cr_assert_eq(t->nr_rest, 2);
	for (size_t i = 0; i < 2; i++)
		cr_expect_eq(t->rest[i].nr, t->rest[i].ppid == 7 ? 4 : 3,
			     "a thread counts under its process");
	cr_expect_eq(TURN(&p, shell())->nr_rest, 0);
	play_end(&p);
}

Test(births, a_storm_is_counted_to_the_last_one)
{
	enum { STORM = 300000, PARENTS = 10000 };
	struct play p = play_with(5, NULL);
	lives(&p, 61, 90, 95, 0); /* a zombie in the first snapshot, reaped in the storm */
	TURN(&p, shell(), process(60, 30, "old"), process(61, 90, "zombie"));
	exits(&p, 60, 60, 101, 2);
	born_of(&p, 8, 7, 1, 102); /* lives on, and must not be counted */
	for (int32_t i = 0; i < STORM; i++) {
		born_of(&p, 1000 + i, 1000 + i, 1 + i % PARENTS, 110);
		exits(&p, 1000 + i, 1000 + i, 120, 0);
	}
	const struct pg_told *t = TURN(&p, shell());
	uint64_t nr = t->nr_brief;
	for (size_t i = 0; i < t->nr_rest; i++)
		nr += t->rest[i].nr;
	cr_expect_eq(nr, STORM);
	cr_expect_eq(t->nr_brief, 5);
	cr_expect_leq(t->nr_rest, PG_BIRTHS_REST + 1);
	play_end(&p);
}

/* ---- without a connector --------------------------------------------------------------------- */

Test(births, what_nobody_saw)
{
	static const struct {
		uint64_t forks;
		bool same_valid, partial, processes;
		int64_t want;
	} rows[] = {
		{10, true, false, false, 8}, /* two new rows: a process, a thread */
		{2, true, false, false, 0},  {1, true, false, false, -1},
		{0, true, false, false, -2}, {10, false, false, false, 0},
		{10, true, true, false, 0},  {10, true, false, true, 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct stage s = {0};
		struct pg_proc *same = process(7, 5, "same");
		stage_add(&s, 0, (struct pg_proc *[]){pg_proc_ref(same), block_new(20, 2), NULL});
		stage_add(
			&s, 1,
			(struct pg_proc *[]){same, block_new(20, 3), process(30, 9, "new"), NULL});
		s.snaps[0].host.forks = 1000;
		s.snaps[1].host.forks = 1000 + rows[i].forks;
		s.snaps[0].host.valid = PG_HOST_FORKS;
		s.snaps[1].host.valid = rows[i].same_valid ? PG_HOST_FORKS : 0;
		s.snaps[1].partial = rows[i].partial;
		s.snaps[1].scope = rows[i].processes ? PG_SCOPE_PROCESS : PG_SCOPE_THREADS;
		cr_expect_eq(pg_births_unseen(&s.snaps[0], &s.snaps[1]), rows[i].want, "row %zu",
			     i);
		stage_free(&s);
	}
	struct pg_snapshot first = {.host = {.valid = PG_HOST_FORKS, .forks = 5}};
	cr_expect_eq(pg_births_unseen(NULL, &first), 0);
}
