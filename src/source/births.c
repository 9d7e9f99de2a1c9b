/* SPDX-License-Identifier: MIT */
/*
 * The kernel sends the events of a task in their order: a child runs only after its fork event has
 * been sent, and its exit is the last. Between tasks the order is that of arrival. A number that is
 * born again closes the life that it had before.
 */
#include "births.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "births_impl.h"

struct pg_births *pg_births_new(size_t max_listed, const struct pg_selection *select)
{
	struct pg_births *b = pg_calloc(1, sizeof(*b));
	b->max_listed = max_listed;
	b->scope = PG_SCOPE_THREADS;
	if (!select)
		return b;
	b->select = *select;
	if (select->nr_ids) {
		int32_t *ids = pg_realloc(NULL, select->nr_ids, sizeof(*ids));
		memcpy(ids, select->ids, select->nr_ids * sizeof(*ids));
		b->select.ids = ids;
	}
	return b;
}

void pg_births_free(struct pg_births *b)
{
	if (!b)
		return;
	if (b->select.nr_ids)
		free((int32_t *)b->select.ids);
	pg_keymap_free(&b->index);
	pg_keymap_free(&b->rest_index);
	free(b->lives);
	free(b->rest);
	pg_block_free(&b->block);
	free(b);
}

/* ---- lives ----------------------------------------------------------------------------------- */

static struct pg_key key_of(int32_t number)
{
	return (struct pg_key){.tid = number};
}

struct pg_life *pg_births_find(const struct pg_births *b, int32_t tid)
{
	uint32_t i = pg_keymap_get(&b->index, key_of(tid));
	return i == PG_NO_VALUE ? NULL : &b->lives[i];
}

#define SMALL_INDEX 1024 /* entries that are kept though there is little to find */

void pg_births_index(struct pg_births *b)
{
	/* What a storm made big is given back when it is over. */
	if (b->index.cap > SMALL_INDEX && b->index.cap / 16 > b->nr)
		pg_keymap_free(&b->index);
	pg_keymap_clear(&b->index);
	for (size_t i = 0; i < b->nr; i++)
		pg_keymap_put(&b->index, key_of(b->lives[i].tid), (uint32_t)i);
}

/*
 * The book is full. The older half of it is closed: who lived and died in it is counted, and who
 * did not stands in a snapshot by now, or will.
 */
static void make_room(struct pg_births *b)
{
	size_t half = b->nr / 2;
	const struct pg_brief_context c = {.b = b};
	for (size_t i = 0; i < half; i++) {
		const struct pg_life *l = &b->lives[i];
		bool brief = l->born_ns && l->exit_ns && !l->seen;
		if (brief && pg_brief_is_wanted(&c, l))
			pg_births_count(b, l);
	}
	b->nr -= half;
	memmove(b->lives, b->lives + half, b->nr * sizeof(*b->lives));
	pg_births_index(b);
}

static struct pg_life *add(struct pg_births *b, int32_t tid, int32_t tgid)
{
	if (b->nr == PG_BIRTHS_MAX)
		make_room(b);
	b->lives = pg_grow(b->lives, &b->cap, b->nr + 1, sizeof(*b->lives));
	struct pg_life *l = &b->lives[b->nr];
	*l = (struct pg_life){.tid = tid, .tgid = tgid, .root = tgid, .exit_code = -1};
	pg_keymap_put(&b->index, key_of(tid), (uint32_t)b->nr++);
	return l;
}

/* ---- events ---------------------------------------------------------------------------------- */

/*
 * Of whom it is born, if that one is in the book: by him alone we know what it is called. A thread
 * is called as its process, since its creator is not told.
 */
static const struct pg_life *origin_of(const struct pg_births *b, const struct pg_event *ev)
{
	const struct pg_life *l =
		pg_births_find(b, ev->tid == ev->tgid ? ev->parent_tid : ev->tgid);
	return l && l->born_ns ? l : NULL;
}

static void on_fork(struct pg_births *b, const struct pg_event *ev)
{
	struct pg_life *last = pg_births_find(b, ev->tid);
	if (last && !last->exit_ns) { /* its exit was lost */
		last->exit_ns = ev->mono_ns;
		last->exit_code = -1;
	}
	const struct pg_life *found = origin_of(b, ev);
	struct pg_life origin = found ? *found : (struct pg_life){0}; /* add() may move it */
	struct pg_life *l = add(b, ev->tid, ev->tgid);
	l->parent_tid = ev->parent_tid;
	l->parent_tgid = ev->parent_tgid;
	l->born_ns = ev->mono_ns ? ev->mono_ns : 1;
	l->root = found ? origin.root : pg_life_is_thread(l) ? l->tgid : l->parent_tgid;
	l->has_uid = origin.has_uid;
	l->uid = origin.uid;
	if (origin.name != PG_NAME_NONE) {
		l->name = PG_NAME_LENT;
		memcpy(l->comm, origin.comm, sizeof(l->comm));
	}
}

/*
 * A process whose leader ended first ends with the last of its threads, and with that one's code
 * (wait_task_zombie() of the kernel takes the group's, and that is what the last one left). A
 * leader who is not in the book may have ended before we listened: its state in the snapshots will
 * tell.
 */
static void pass_on_to_leader(struct pg_births *b, const struct pg_event *ev)
{
	if (ev->tid == ev->tgid)
		return;
	struct pg_life *leader = pg_births_find(b, ev->tgid);
	if (!leader)
		leader = add(b, ev->tgid, ev->tgid);
	if (leader->tid == leader->tgid && (leader->exit_ns || pg_life_is_guess(leader)))
		leader->exit_code = (int16_t)ev->exit_code;
}

static void on_exit_of(struct pg_births *b, const struct pg_event *ev)
{
	struct pg_life *l = pg_births_find(b, ev->tid);
	if (!l)
		l = add(b, ev->tid, ev->tgid);
	l->exit_ns = ev->mono_ns ? ev->mono_ns : 1;
	l->exit_code = (int16_t)ev->exit_code;
	pass_on_to_leader(b, ev);
}

/*
 * A thread that calls execve(2) ends all others and takes the leader's number (fs/exec.c,
 * de_thread()): then the exit of that one was told, and the process lives on.
 */
static void on_exec(struct pg_births *b, const struct pg_event *ev)
{
	struct pg_life *l = pg_births_find(b, ev->tid);
	if (!l || !l->exit_ns)
		return;
	l->exit_ns = 0;
	l->exit_code = -1;
}

void pg_births_event(struct pg_births *b, const struct pg_event *ev)
{
	struct pg_life *l;
	switch (ev->what) {
	case PG_EVENT_FORK:
		on_fork(b, ev);
		break;
	case PG_EVENT_EXIT:
		on_exit_of(b, ev);
		break;
	case PG_EVENT_COMM:
		pg_births_name(b, ev->tid, ev->comm, sizeof(ev->comm));
		break;
	case PG_EVENT_UID:
		l = pg_births_find(b, ev->tid);
		if (l && !l->exit_ns) {
			l->has_uid = true;
			l->uid = ev->uid;
		}
		break;
	case PG_EVENT_EXEC:
		on_exec(b, ev);
		break;
	case PG_EVENT_ACK:
	case PG_EVENT_OTHER:
		break;
	}
}

bool pg_births_wants_name(const struct pg_births *b, int32_t tid)
{
	const struct pg_life *l = pg_births_find(b, tid);
	return l && l->born_ns && !l->exit_ns;
}

void pg_births_name(struct pg_births *b, int32_t tid, const char *comm, size_t n)
{
	struct pg_life *l = pg_births_find(b, tid);
	if (!l || l->exit_ns)
		return;
	n = strnlen(comm, n < PG_COMM_MAX - 1 ? n : PG_COMM_MAX - 1);
	memset(l->comm, 0, sizeof(l->comm));
	memcpy(l->comm, comm, n);
	l->name = PG_NAME_OWN;
}

/* ---- those that are only counted ------------------------------------------------------------- */

void pg_births_count(struct pg_births *b, const struct pg_life *l)
{
	int32_t ppid = pg_life_is_thread(l) ? l->tgid : l->parent_tgid;
	uint32_t i = pg_keymap_get(&b->rest_index, key_of(ppid));
	if (i == PG_NO_VALUE && b->nr_rest >= PG_BIRTHS_REST) {
		ppid = 0;
		i = pg_keymap_get(&b->rest_index, key_of(0));
	}
	if (i == PG_NO_VALUE) {
		b->rest = pg_grow(b->rest, &b->rest_cap, b->nr_rest + 1, sizeof(*b->rest));
		i = (uint32_t)b->nr_rest++;
		b->rest[i] = (struct pg_brief_rest){.ppid = ppid};
		pg_keymap_put(&b->rest_index, key_of(ppid), i);
	}
	b->rest[i].nr++;
}

void pg_births_forget_rest(struct pg_births *b)
{
	b->nr_rest = 0;
	pg_keymap_clear(&b->rest_index);
}
