/* SPDX-License-Identifier: MIT */
/*
 * A task that nobody sampled: its numbers, its parent, when it was born, maybe its name. The rest
 * is lent of those that were sampled, and marked as lent: a name in parentheses.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "births_impl.h"

uint64_t pg_brief_tick(const struct pg_brief_context *c, uint64_t mono_ns)
{
	uint64_t hz = c->cur->ticks_per_sec ? c->cur->ticks_per_sec : 100;
	uint64_t ns = mono_ns + c->boot_offset_ns;
	return ns / PG_NS_PER_SEC * hz + ns % PG_NS_PER_SEC * hz / PG_NS_PER_SEC;
}

/* A process as last seen. */
static const struct pg_proc *process(const struct pg_brief_context *c, int32_t pid)
{
	const struct pg_snapshot *const snaps[] = {c->cur, c->prev};
	for (size_t i = 0; i < PG_ARRAY_LEN(snaps); i++) {
		long at = snaps[i] ? pg_snapshot_find_pid(snaps[i], pid) : -1;
		if (at >= 0)
			return snaps[i]->procs[at];
	}
	return NULL;
}

struct user {
	bool known;
	uint32_t uid;
	const char *name; /* not terminated */
	uint32_t len;
};

static struct user user_of(const struct pg_proc *p)
{
	return (struct user){
		.known = true, .uid = p->uid, .name = pg_proc_str(p, p->user), .len = p->user.len};
}

/* Who has set his own uid: somebody else in the snapshot may have the same, and its name. */
static struct user user_by_uid(const struct pg_brief_context *c, uint32_t uid)
{
	for (size_t i = 0; c->cur && i < c->cur->nr_procs; i++) {
		const struct pg_proc *p = c->cur->procs[i];
		if ((p->valid & PG_UID) && p->uid == uid)
			return user_of(p);
	}
	return (struct user){.known = true, .uid = uid};
}

static struct user find_user(const struct pg_brief_context *c, const struct pg_life *l)
{
	const struct pg_proc *root = process(c, l->root);
	bool known = root && (root->valid & PG_UID);
	if (known && (!l->has_uid || root->uid == l->uid))
		return user_of(root);
	return l->has_uid ? user_by_uid(c, l->uid) : (struct user){0};
}

bool pg_brief_is_wanted(const struct pg_brief_context *c, const struct pg_life *l)
{
	const struct pg_selection *s = &c->b->select;
	if (pg_life_is_thread(l) && (c->cur ? c->cur->scope : c->b->scope) == PG_SCOPE_PROCESS)
		return false;
	if (s->by_uid) {
		struct user u = find_user(c, l);
		if (!u.known || u.uid != s->uid)
			return false;
	}
	for (size_t i = 0; i < s->nr_ids; i++)
		if (s->ids[i] == l->tgid)
			return true;
	return s->nr_ids == 0;
}

/* ---- the name -------------------------------------------------------------------------------- */

struct name {
	const char *s;
	size_t n;
	bool lent;
};

/* A row by number alone; the leader's if there is none. */
static const struct pg_task *row(const struct pg_proc *p, int32_t tid)
{
	for (uint32_t i = 0; tid != p->pid && i < p->nr_tasks; i++)
		if (p->tasks[i].tid == tid)
			return &p->tasks[i];
	return p->nr_tasks ? &p->tasks[0] : NULL;
}

static struct name name_of(const struct pg_life *l, const struct pg_brief_context *c)
{
	if (l->name != PG_NAME_NONE)
		return (struct name){.s = l->comm,
				     .n = strnlen(l->comm, sizeof(l->comm)),
				     .lent = l->name == PG_NAME_LENT};
	const struct pg_proc *p = process(c, l->root);
	const struct pg_task *t = p ? row(p, l->root == l->tgid ? l->tgid : l->parent_tid) : NULL;
	if (!t || t->comm.len == 0)
		return (struct name){0};
	return (struct name){.s = pg_proc_str(p, t->comm), .n = t->comm.len, .lent = true};
}

/* ---- the block ------------------------------------------------------------------------------- */

/* The start of its process, with which a thread stands in the order of tasks. */
static uint64_t process_start(const struct pg_brief_context *c, const struct pg_life *l)
{
	if (!pg_life_is_thread(l))
		return pg_brief_tick(c, l->born_ns);
	const struct pg_proc *p = process(c, l->tgid);
	if (p)
		return p->start;
	const struct pg_life *leader = pg_births_find(c->b, l->tgid);
	return leader && leader->born_ns ? pg_brief_tick(c, leader->born_ns) : 0;
}

static struct pg_str put_name(struct pg_block *b, const struct name *n)
{
	if (!n->lent)
		return pg_block_string(b, n->s, n->n);
	struct pg_str str = pg_block_string(b, "(", 1);
	str.len += pg_block_string(b, n->s, n->n).len;
	str.len += pg_block_string(b, ")", 1).len;
	return str;
}

struct pg_proc *pg_brief_block(const struct pg_brief_context *c, const struct pg_life *l)
{
	struct user user = find_user(c, l);
	struct name name = name_of(l, c);
	struct pg_block *b = c->block;
	struct pg_task t = {.tid = l->tid, .ppid = l->parent_tgid};
	t.start = pg_brief_tick(c, l->born_ns);
	pg_block_begin(b, l->tgid, c->cur->scope);
	t.comm = put_name(b, &name);
	pg_block_put(b, &t);
	struct pg_proc *p = pg_block_proc(b);
	p->start = process_start(c, l);
	p->valid = user.known ? PG_UID : 0;
	p->uid = user.uid;
	p->user = pg_block_string(b, user.name, user.len);
	return pg_block_end(b, NULL);
}
