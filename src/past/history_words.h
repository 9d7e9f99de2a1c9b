/* SPDX-License-Identifier: MIT */
/*
 * history_words: the smallest parts of a packed frame (history_pack.h): variable numbers, and
 * structs as words that differ from those before.
 */
#ifndef PG_HISTORY_WORDS_H
#define PG_HISTORY_WORDS_H

#include "base/util.h"
#include "task/block.h"
#include "task/snapshot.h"

/* A place in packed bytes. */
struct pg_unpack_at {
	const unsigned char *p, *end;
};

static inline uint64_t pg_zigzag(uint64_t v)
{
	return v << 1 ^ (0 - (v >> 63));
}
static inline uint64_t pg_unzigzag(uint64_t v)
{
	return v >> 1 ^ (0 - (v & 1));
}

void pg_pack_varint(struct pg_buf *out, uint64_t v);
static inline uint64_t pg_unpack_varint(struct pg_unpack_at *at)
{
	uint64_t v = 0;
	unsigned char c;
	unsigned shift = 0;
	do {
		c = *at->p++;
		v |= (uint64_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	return v;
}

/* Which words of a struct are what; bit i is word i. All others are one number. */
struct pg_shape {
	unsigned nr;      /* words, at most 64 */
	uint64_t pairs;   /* two of 32 bits each */
	uint64_t strings; /* struct pg_str */
};
extern const struct pg_shape pg_shape_snapshot; /* struct pg_snapshot up to told */
extern const struct pg_shape pg_shape_proc;     /* struct pg_proc from pid on, without rows */
extern const struct pg_shape pg_shape_task;

/* The words of a struct, and the block that its strings are in. */
struct pg_words {
	const void *at;
	const struct pg_proc *proc;
};
/* The words that differ, a bit each; strings by their bytes. */
uint64_t pg_words_differ(const struct pg_shape *shape, struct pg_words was, struct pg_words now);
/* Appends mask, and a value for each bit of it. */
void pg_words_pack(struct pg_buf *out, const struct pg_shape *shape, uint64_t mask,
		   struct pg_words was, struct pg_words now);
/* Changes what is in mask, which has no strings, in place. */
void pg_words_patch(struct pg_unpack_at *at, const struct pg_shape *shape, uint64_t mask, void *to);
/* Fills `to`, whose strings go into the block; what is not in mask is as it was. */
void pg_words_unpack(struct pg_unpack_at *at, const struct pg_shape *shape, uint64_t mask,
		     struct pg_words was, void *to, struct pg_block *block);

#endif
