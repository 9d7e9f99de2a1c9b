/* SPDX-License-Identifier: MIT */
/*
 * block: how the block of a process (task.h) is made: its values, its rows and their strings are
 * put into a builder, which grows to what the largest process needs and then costs no allocation.
 * Used by whoever has tasks to tell of: source_procfs, the reader of a stream, history.
 *
 *   pg_block_begin → (pg_block_string, pg_block_put)* → pg_block_end
 */
#ifndef PG_BLOCK_H
#define PG_BLOCK_H

#include "base/util.h"
#include "task.h"

/* Zeroed is empty. */
struct pg_block {
	struct pg_buf rows;    /* struct pg_proc and its rows */
	struct pg_buf strings; /* offsets are relative to it until the block is ended */
};
void pg_block_free(struct pg_block *b);

/* An empty block of a process. */
void pg_block_begin(struct pg_block *b, int32_t pid, uint8_t scope);
/* What has been put so far, to be read and filled; it may move with the next put. */
static inline struct pg_proc *pg_block_proc(const struct pg_block *b)
{
	return (struct pg_proc *)(void *)b->rows.data;
}
/* Empty if the block is full (2 GiB of strings). */
struct pg_str pg_block_string(struct pg_block *b, const char *s, size_t n);
/*
 * Appends a row, whose strings are of pg_block_string(), and counts its state. The caller keeps the
 * order of pg_task_cmp(). The start of the leader's row becomes the process's. Full: dropped.
 */
void pg_block_put(struct pg_block *b, const struct pg_task *t);
/*
 * Ends the block. One reference: of `was` itself if not a byte differs (NULL is allowed), else of a
 * new one.
 */
struct pg_proc *pg_block_end(struct pg_block *b, struct pg_proc *was);

#endif
