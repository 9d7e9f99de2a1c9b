/* SPDX-License-Identifier: MIT */
/*
 * Promised: whatever a snapshot held in the life before, each of its blocks has one reference of
 * it, and what is left over loses its own.
 */
#include "task/snapshot.h"

#include "blocks.h"

#define BLOCKS 200

static void expect_refs(struct pg_proc *const blocks[], const struct pg_snapshot *snaps, size_t nr)
{
	for (int i = 0; i < BLOCKS; i++) {
		unsigned want = 1; /* the test's own */
		for (size_t k = 0; k < nr; k++)
			for (size_t j = 0; j < snaps[k].nr_procs; j++)
				want += snaps[k].procs[j] == blocks[i];
		cr_expect_eq(blocks[i]->refs, want, "block %d: %u for %u", i, blocks[i]->refs,
			     want);
	}
}

/* Lives of three snapshots in turn, each with most of the blocks that the one before had. */
Test(snapshot, references_pass_from_life_to_life)
{
	const int shares[] = {100, 97, 50, 0}; /* percent of the blocks that are in it */
	struct pg_proc *blocks[BLOCKS];
	struct pg_snapshot snaps[3] = {{0}};
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = block_new(10 + i, 1 + (uint32_t)i % 3);
	srand(7);
	for (int life = 0; life < 200; life++) {
		struct pg_snapshot *s = &snaps[life % 3];
		uint32_t tasks = 0;
		pg_snapshot_recycle(s);
		cr_assert_eq(s->nr_procs, 0);
		for (int i = 0; i < BLOCKS; i++) {
			if (rand() % 100 >= shares[life / 7 % 4])
				continue;
			pg_snapshot_share_proc(s, blocks[i], blocks[i]->nr_tasks, i % 2);
			tasks += blocks[i]->nr_tasks;
			cr_expect_eq(pg_snapshot_is_astir(s, s->nr_procs - 1), i % 2);
		}
		pg_snapshot_settle(s);
		cr_expect_eq(s->nr_tasks, tasks);
		expect_refs(blocks, snaps, 3);
	}
	pg_snapshot_recycle(&snaps[0]); /* and is never used again */
	pg_snapshot_clear(&snaps[1]);
	for (int k = 0; k < 3; k++)
		pg_snapshot_free(&snaps[k]);
	expect_refs(blocks, snaps, 0);
	for (int i = 0; i < BLOCKS; i++)
		pg_proc_unref(blocks[i]);
}

Test(snapshot, what_is_not_noted_is_looked_up)
{
	struct pg_snapshot s = {0};
	struct pg_proc *p = block_new(10, 2);
	pg_snapshot_add(&s, p);
	cr_expect_not(pg_snapshot_is_astir(&s, 0));
	uint32_t *const states[] = {&p->nr_running, &p->nr_disk_sleep, &p->nr_zombie,
				    &p->nr_unseen};
	for (size_t i = 0; i < PG_ARRAY_LEN(states); i++) {
		*states[i] = 1;
		cr_expect(pg_snapshot_is_astir(&s, 0), "state %zu", i);
		*states[i] = 0;
	}
	pg_snapshot_free(&s);
}
