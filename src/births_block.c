/* SPDX-License-Identifier: MIT */
/*
 * A task that nobody sampled: its numbers, its parent, when it was born, maybe its name. The rest
 * is lent of those that were sampled, and marked as lent: a name in parentheses.
 */
#include <stdlib.h>
#include <string.h>

#include "births_impl.h"
#include "util.h"

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

static struct pg_str put(struct pg_proc *p, const char *s, size_t n)
{
	struct pg_str str = {.off = p->size, .len = (uint32_t)n};
	if (n > 0)
		memcpy((char *)p + p->size, s, n);
	p->size += (uint32_t)n;
	return str;
}

static struct pg_str put_name(struct pg_proc *p, const struct name *n)
{
	if (!n->lent)
		return put(p, n->s, n->n);
	struct pg_str str = put(p, "(", 1);
	put(p, n->s, n->n);
	put(p, ")", 1);
	str.len = (uint32_t)n->n + 2;
	return str;
}

struct pg_proc *pg_brief_block(const struct pg_brief_context *c, const struct pg_life *l)
{
	struct user user = find_user(c, l);
	struct name name = name_of(l, c);
	size_t rows = sizeof(struct pg_proc) + sizeof(struct pg_task);
	struct pg_proc *p = pg_calloc(1, rows + user.len + name.n + 2);
	p->refs = 1;
	p->size = (uint32_t)rows;
	p->pid = l->tgid;
	p->nr_tasks = 1;
	p->start = process_start(c, l);
	p->scope = c->cur->scope;
	p->valid = user.known ? PG_UID : 0;
	p->uid = user.uid;
	p->user = put(p, user.name, user.len);
	struct pg_task *t = &p->tasks[0];
	t->tid = l->tid;
	t->start = pg_brief_tick(c, l->born_ns);
	t->ppid = l->parent_tgid;
	t->comm = put_name(p, &name);
	return p;
}
