/* SPDX-License-Identifier: MIT */
/* Promised: what was put is found until it is deleted, in any order of both. */
#include "task/keymap.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define KEYS 500

static struct pg_key nth(int i)
{
	/* one number with many starts, one process with many threads */
	return (struct pg_key){.pid = i % 7, .tid = i / 3, .start = (uint64_t)(i % 3)};
}

Test(keymap, any_order_of_puts_and_deletes)
{
	struct pg_keymap m = {0};
	uint32_t want[KEYS];
	size_t nr = 0;
	srand(5);
	for (int i = 0; i < KEYS; i++)
		want[i] = PG_NO_VALUE;
	pg_keymap_del(&m, nth(0));
	cr_assert_eq(pg_keymap_get(&m, nth(0)), PG_NO_VALUE);
	for (int turn = 0; turn < 20000; turn++) {
		int i = rand() % KEYS;
		if (rand() % 2) {
			nr += want[i] == PG_NO_VALUE;
			want[i] = (uint32_t)turn;
			pg_keymap_put(&m, nth(i), want[i]);
		} else {
			nr -= want[i] != PG_NO_VALUE;
			want[i] = PG_NO_VALUE;
			pg_keymap_del(&m, nth(i));
		}
		cr_assert_eq(m.nr, nr);
		for (int k = turn % 50; k < KEYS; k += 50)
			cr_assert_eq(pg_keymap_get(&m, nth(k)), want[k]);
	}
	pg_keymap_clear(&m);
	for (int k = 0; k < KEYS; k++)
		cr_assert_eq(pg_keymap_get(&m, nth(k)), PG_NO_VALUE);
	pg_keymap_free(&m);
}
