/* SPDX-License-Identifier: MIT */
/*
 * Linear probing at a load of at most one half. Deleting shifts the followers back, so that no
 * tombstones pile up in a table that lives for days.
 */
#include "keymap.h"

#include <stdlib.h>

#include "base/util.h"

static size_t home_of(const struct pg_keymap *m, struct pg_key key)
{
	uint64_t x = (uint64_t)(uint32_t)key.pid << 32 | (uint32_t)key.tid;
	x = (x ^ key.start * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return (size_t)(x >> 32) & (m->cap - 1);
}

/* The entry of the key, or the free one where it would go. The table is never full. */
static struct pg_keymap_entry *probe(const struct pg_keymap *m, struct pg_key key)
{
	size_t i = home_of(m, key);
	while (m->entries[i].value != PG_NO_VALUE && pg_key_cmp(&m->entries[i].key, &key) != 0)
		i = (i + 1) & (m->cap - 1);
	return &m->entries[i];
}

void pg_keymap_free(struct pg_keymap *m)
{
	free(m->entries);
	*m = (struct pg_keymap){0};
}

void pg_keymap_clear(struct pg_keymap *m)
{
	for (size_t i = 0; i < m->cap; i++)
		m->entries[i].value = PG_NO_VALUE;
	m->nr = 0;
}

uint32_t pg_keymap_get(const struct pg_keymap *m, struct pg_key key)
{
	return m->cap ? probe(m, key)->value : PG_NO_VALUE;
}

static void grow(struct pg_keymap *m)
{
	struct pg_keymap bigger = {.cap = m->cap ? m->cap * 2 : 64};
	bigger.entries = pg_calloc(bigger.cap, sizeof(*bigger.entries));
	pg_keymap_clear(&bigger);
	for (size_t i = 0; i < m->cap; i++)
		if (m->entries[i].value != PG_NO_VALUE)
			*probe(&bigger, m->entries[i].key) = m->entries[i];
	bigger.nr = m->nr;
	free(m->entries);
	*m = bigger;
}

void pg_keymap_put(struct pg_keymap *m, struct pg_key key, uint32_t value)
{
	if (2 * (m->nr + 1) > m->cap)
		grow(m);
	struct pg_keymap_entry *e = probe(m, key);
	m->nr += e->value == PG_NO_VALUE;
	e->key = key;
	e->value = value;
}

void pg_keymap_del(struct pg_keymap *m, struct pg_key key)
{
	if (!m->cap)
		return;
	struct pg_keymap_entry *e = probe(m, key);
	if (e->value == PG_NO_VALUE)
		return;
	m->nr--;
	size_t mask = m->cap - 1, hole = (size_t)(e - m->entries), i = hole;
	for (;;) {
		i = (i + 1) & mask;
		if (m->entries[i].value == PG_NO_VALUE)
			break;
		/* A follower may fill the hole unless its home lies behind the hole. */
		size_t home = home_of(m, m->entries[i].key);
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->entries[hole] = m->entries[i];
			hole = i;
		}
	}
	m->entries[hole].value = PG_NO_VALUE;
}
