/* SPDX-License-Identifier: MIT */
/*
 * Cells of tasks that have ended: those that had one show it for a frame, and those that lived
 * between two samples get one for a frame. Of the latter there may be thousands, so their cells are
 * bounded, and the rest is counted by parent: in their own group, if it is on the screen, else in
 * their parent's, else in the first.
 */
#include "model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

void pg_model_drop_exited(struct pg_model *m)
{
	for (size_t i = 0; i < m->exited.nr; i++) {
		const struct pg_cell *c = &m->cells[m->exited.items[i]].pub;
		if (c->group != PG_BLANK && c->cls == PG_EXITED)
			pg_model_drop_cell(m, m->exited.items[i]);
	}
	m->exited.nr = 0;
}

void pg_model_mark_exited(struct pg_model *m, uint32_t id)
{
	struct pg_cell *c = &m->cells[id].pub;
	pg_model_count_dead(m, c);
	c->cls = PG_EXITED;
	c->sign = PG_SIGN_EXITED;
	c->throb = 0;
	c->share = 0;
	m->cells[id].stamp = m->stamp;
	pg_model_list_add(&m->exited, id);
}

void pg_model_mark_gone(struct pg_model *m, const struct pg_changes *ch)
{
	for (size_t i = 0; i < ch->nr_gone; i++) {
		if (ch->gone[i].brief)
			continue;
		struct pg_key key = pg_task_key(ch->gone[i].proc, ch->gone[i].task);
		uint32_t id = pg_keymap_get(&m->map, key);
		if (id != NO_CELL && m->cells[id].pub.cls != PG_EXITED)
			pg_model_mark_exited(m, id);
	}
}

/* ---- between two samples ---- */

void pg_model_set_brief_room(struct pg_model *m, size_t group, struct pg_brief_room room)
{
	m->groups[group].room = room;
}

void pg_model_set_spare_rows(struct pg_model *m, size_t rows, size_t row)
{
	m->spare_rows = rows;
	m->brief_row = row;
}

static void forget_brief(struct pg_model *m)
{
	m->nr_brief = 0;
	m->anchor.ppid = 0;
	for (size_t i = 0; i < m->nr_groups; i++) {
		m->groups[i].nr_brief = 0;
		m->groups[i].pub.nr_rest = 0;
	}
}

/* A thread belongs to its process as a process does to its parent. */
static int32_t parent_of(const struct pg_gone *g)
{
	return pg_task_is_leader(g->proc, g->task) ? g->task->ppid : g->proc->pid;
}

/* True if one cell more stays within the bounds; it may take the group's next row. */
static bool has_room(struct pg_model *m, struct pg_model_group *g)
{
	size_t row = g->room.row;
	if (m->nr_brief >= PG_BRIEF_CELLS || g->nr_brief >= row)
		return false;
	if (g->room.end == 0) /* a group that was not laid out yet: its last row may be filled */
		g->room.end = (g->pub.nr_slots + row - 1) / row * row;
	if (g->pub.nr_used < g->pub.nr_slots || g->pub.nr_slots < g->room.end)
		return true;
	if (m->spare_rows == 0)
		return false;
	m->spare_rows--;
	g->room.end += row;
	return true;
}

/* Children of one parent stand one after the other, from the parent on. */
static size_t behind_sibling(struct pg_model *m, const struct pg_snapshot *s, int32_t ppid,
			     uint32_t group)
{
	const struct pg_model_anchor *a = &m->anchor;
	if (ppid > 0 && a->ppid == ppid && a->group == group)
		return a->slot;
	return ppid > 0 ? pg_model_slot_of(m, s, ppid, group) : NO_SLOT;
}

static void add_cell(struct pg_model *m, const struct pg_snapshot *s, const struct pg_gone *gone,
		     uint32_t group)
{
	int32_t ppid = parent_of(gone);
	size_t behind = behind_sibling(m, s, ppid, group);
	uint32_t id = pg_model_new_cell(m, pg_task_key(gone->proc, gone->task));
	pg_model_enter_slot(m, id, group, behind);
	struct pg_cell *c = &m->cells[id].pub;
	c->leader = pg_task_is_leader(gone->proc, gone->task);
	c->kthread = gone->proc->kthread;
	pg_model_mark_exited(m, id);
	m->anchor = (struct pg_model_anchor){.ppid = ppid, .group = group, .slot = c->slot};
	m->nr_brief++;
	m->groups[group].nr_brief++;
}

static void count_rest(struct pg_model *m, size_t group, int32_t ppid, uint32_t nr)
{
	struct pg_model_group *g = &m->groups[group];
	size_t i = 0;
	while (i < g->pub.nr_rest && g->pub.rest[i].ppid != ppid)
		i++;
	if (i == g->pub.nr_rest && i >= PG_BRIEF_PARENTS && ppid != 0) {
		count_rest(m, group, 0, nr);
		return;
	}
	if (i == g->pub.nr_rest) {
		/* one more than that, for further parents */
		g->pub.rest = pg_grow(g->pub.rest, &g->cap_rest, PG_BRIEF_PARENTS + 1,
				      sizeof(*g->pub.rest));
		g->pub.rest[g->pub.nr_rest++] = (struct pg_brief_rest){.ppid = ppid};
	}
	g->pub.rest[i].nr += nr;
}

/* The block of a process that is there or has just ended; NULL if neither. */
static const struct pg_proc *find_proc(const struct pg_frame *f, int32_t pid)
{
	long i = pid > 0 ? pg_snapshot_find_pid(f->snap, pid) : -1;
	if (i >= 0)
		return f->snap->procs[i];
	const struct pg_gone *g = pid > 0 ? pg_changes_gone_pid(f->changes, pid) : NULL;
	return g ? g->proc : NULL;
}

/* Counts children of a parent. group: their own, if it has cells; else the parent's, or the first.
 */
static void count_children(struct pg_model *m, const struct pg_frame *f, int32_t ppid, uint32_t nr)
{
	const struct pg_proc *parent = find_proc(f, ppid);
	size_t group = 0;
	if (parent && !pg_model_shows_proc(&m->filter, parent))
		return;
	if (parent)
		group = pg_model_group_of(m, parent);
	else if (m->filter.by_user)
		return;
	if (group < m->nr_groups && m->groups[group].pub.nr_used == 0)
		group = 0;
	if (group < m->nr_groups)
		count_rest(m, group, ppid, nr);
}

static void take_one(struct pg_model *m, const struct pg_frame *f, const struct pg_gone *gone)
{
	bool thread = !pg_task_is_leader(gone->proc, gone->task);
	if (!pg_model_shows_proc(&m->filter, gone->proc))
		return;
	if (thread && (m->filter.threads != PG_THREADS_ALL || m->scope == PG_SCOPE_PROCESS))
		return;
	if (pg_keymap_get(&m->map, pg_task_key(gone->proc, gone->task)) != NO_CELL)
		return;
	uint32_t group = pg_model_group_of(m, gone->proc);
	if (has_room(m, &m->groups[group]))
		add_cell(m, f->snap, gone, group);
	else if (m->groups[group].pub.nr_used)
		count_rest(m, group, parent_of(gone), 1);
	else
		count_children(m, f, parent_of(gone), 1);
}

static int cmp_rest(const void *a, const void *b)
{
	const struct pg_brief_rest *x = a, *y = b;
	if (!x->ppid != !y->ppid) /* further parents stand last */
		return !x->ppid - !y->ppid;
	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return (x->ppid > y->ppid) - (x->ppid < y->ppid);
}

void pg_model_take_brief(struct pg_model *m, const struct pg_frame *f)
{
	const struct pg_changes *ch = f->changes;
	const struct pg_told *told = &f->snap->told;
	forget_brief(m);
	for (size_t i = 0; i < ch->nr_gone; i++)
		if (ch->gone[i].brief)
			take_one(m, f, &ch->gone[i]);
	for (size_t i = 0; i < told->nr_rest; i++)
		count_children(m, f, told->rest[i].ppid, told->rest[i].nr);
	for (size_t i = 0; i < m->nr_groups; i++) {
		struct pg_cell_group *g = &m->groups[i].pub;
		if (g->nr_rest > 1)
			qsort(g->rest, g->nr_rest, sizeof(*g->rest), cmp_rest);
	}
}
