/* SPDX-License-Identifier: MIT */
/*
 * keymap: task keys to numbers. A hash table with open addressing; one lookup costs one or two
 * cache lines, and nothing is allocated a task.
 */
#ifndef PG_KEYMAP_H
#define PG_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

#include "task.h"

#define PG_NO_VALUE UINT32_MAX

struct pg_keymap_entry {
	struct pg_key key;
	uint32_t value; /* PG_NO_VALUE: the entry is free */
};

/* Zeroed is empty. */
struct pg_keymap {
	struct pg_keymap_entry *entries;
	size_t cap; /* a power of two, or 0 */
	size_t nr;
};

void pg_keymap_free(struct pg_keymap *m);
/* Forgets all keys, keeps the memory. */
void pg_keymap_clear(struct pg_keymap *m);
/* The number of a key, or PG_NO_VALUE. */
uint32_t pg_keymap_get(const struct pg_keymap *m, struct pg_key key);
/* Sets it, whether the key was there or not. */
void pg_keymap_put(struct pg_keymap *m, struct pg_key key, uint32_t value);
/* Forgets a key; nothing happens if it is not there. */
void pg_keymap_del(struct pg_keymap *m, struct pg_key key);

#endif
