/* SPDX-License-Identifier: MIT */
/*
 * history_pack: a snapshot as the bytes that make it of the one before, for history.c alone. They
 * never leave the process, so they are neither portable nor checked.
 *
 *   frame  = snapshot told (op …)*           until the bytes end
 *   op     = KEEP n, DROP n, CHANGE, PATCH, NEW   a walk over the processes of the one before
 *   CHANGE = words rows
 *   PATCH  = the same, where rows and strings are those of before: a copy is changed in place
 *   NEW    = the same, of a process without values and rows
 *   rows   = (op …)* END                     a walk over the rows of the block before
 *   words  = mask value…                     one value for each bit: the word has changed
 *
 * Structs are compared in words of 8 bytes. A value is the difference, as the variable number of 7
 * bits a byte with its sign in the lowest bit; of a word that holds two fields of 32 bits there are
 * two; of a string its length and its bytes. Where in the block a string stands is not told: blocks
 * are made anew by block.h, which knows.
 */
#ifndef PG_HISTORY_PACK_H
#define PG_HISTORY_PACK_H

#include "base/util.h"
#include "task/block.h"
#include "task/snapshot.h"

/* A block of the snapshot before that is not in this one, and the one in its place; or NULL. */
struct pg_pack_swap {
	struct pg_proc *lost, *came;
};

/* Zeroed is empty; reusable. */
struct pg_pack {
	struct pg_buf bytes;
	struct pg_pack_swap *swaps; /* no references */
	size_t nr_swaps, cap;
};
void pg_pack_free(struct pg_pack *p);
/* Overwrites p. Blocks that both have are not looked into. */
void pg_pack_frame(struct pg_pack *p, const struct pg_snapshot *was, const struct pg_snapshot *now);

/* What is reused from frame to frame. Zeroed is empty. */
struct pg_unpack {
	struct pg_block block;
	struct pg_proc **procs;
	size_t cap;
};
void pg_unpack_free(struct pg_unpack *u);
/* Makes the snapshot that was packed of the one before it, in place; the rest stays shared. */
void pg_unpack_frame(struct pg_unpack *u, const char *bytes, size_t n, struct pg_snapshot *s);

#endif
