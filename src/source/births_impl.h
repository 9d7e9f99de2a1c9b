/* SPDX-License-Identifier: MIT */
/*
 * births_impl: what the files of births share:
 *   births.c         the book: what events say of lives, and its bounds
 *   births_settle.c  the book against two snapshots
 *   births_block.c   one brief task as a block: what is known of it, and of whom the rest is lent
 */
#ifndef PG_BIRTHS_IMPL_H
#define PG_BIRTHS_IMPL_H

#include "births.h"
#include "task/block.h"
#include "task/keymap.h"

enum pg_life_name {
	PG_NAME_NONE,
	PG_NAME_OWN,
	PG_NAME_LENT, /* of whoever it was born of, at that time */
};

/*
 * A life, or the end of one whose beginning was not seen. Lives stand in the order of their first
 * event; several may have one number, of which the index knows the last.
 */
struct pg_life {
	int32_t tid, tgid;
	int32_t parent_tid, parent_tgid;
	/*
	 * The process that the name and the user of a nameless one are taken of: the nearest
	 * ancestor (of a thread: its own process) that is not itself in the book, and so ought to
	 * stand in a snapshot.
	 */
	int32_t root;
	uint32_t uid;
	uint64_t born_ns;  /* CLOCK_MONOTONIC; 0: before we listened */
	uint64_t exit_ns;  /* 0: not yet */
	int16_t exit_code; /* -1: unknown */
	uint8_t name;      /* enum pg_life_name */
	bool has_uid;
	bool seen;   /* it stands in a snapshot */
	bool waited; /* for its exit, one snapshot long */
	bool over;   /* to be taken out */
	char comm[PG_COMM_MAX];
};

struct pg_births {
	size_t max_listed;
	struct pg_selection select; /* its ids are ours */
	struct pg_life *lives;
	size_t nr, cap;
	struct pg_keymap index; /* of the newest life by tid */
	struct pg_brief_rest *rest;
	size_t nr_rest, rest_cap;
	struct pg_keymap rest_index; /* by ppid */
	struct pg_block block;       /* of the brief task at hand */
	uint8_t scope;               /* of the last snapshot */
	uint64_t settled_ns;         /* when that was settled */
};

/* The newest life of a number, or NULL. */
struct pg_life *pg_births_find(const struct pg_births *b, int32_t tid);
/* Brings the index up to date after lives have been taken out. */
void pg_births_index(struct pg_births *b);
/* Counts a brief task that is not listed. */
void pg_births_count(struct pg_births *b, const struct pg_life *l);
void pg_births_forget_rest(struct pg_births *b);

static inline bool pg_life_is_thread(const struct pg_life *l)
{
	return l->tid != l->tgid;
}

/*
 * A leader of whom no event was seen, but how a thread of his ended. If he is a zombie he will end
 * with that, or with what the next one tells.
 */
static inline bool pg_life_is_guess(const struct pg_life *l)
{
	return !l->born_ns && !l->exit_ns;
}

/* What a brief task is made of and looked up in. */
struct pg_brief_context {
	const struct pg_births *b;
	struct pg_block *block; /* in which pg_brief_block() makes its own */
	const struct pg_snapshot *prev, *cur;
	uint64_t boot_offset_ns;
};
/* The start of a task that was born then, in ticks. */
uint64_t pg_brief_tick(const struct pg_brief_context *c, uint64_t mono_ns);
/* Whether the selection wants it. */
bool pg_brief_is_wanted(const struct pg_brief_context *c, const struct pg_life *l);
/* A block of one row and one reference. */
struct pg_proc *pg_brief_block(const struct pg_brief_context *c, const struct pg_life *l);

#endif
