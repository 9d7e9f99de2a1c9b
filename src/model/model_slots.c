/* SPDX-License-Identifier: MIT */
/*
 * Where cells stand: groups and their order, slots and blanks, and the places that are kept for
 * those who may return when one goes to and fro in time.
 */
#include "model_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

void pg_model_list_add(struct pg_model_list *l, uint32_t item)
{
	l->items = pg_grow(l->items, &l->cap, l->nr + 1, sizeof(*l->items));
	l->items[l->nr++] = item;
}

static void name_group(struct pg_model_group *g, const struct pg_proc *p)
{
	char number[16];
	free(g->pub.name);
	g->named = true;
	if (g->pub.kernel) {
		g->pub.name = pg_strdup("[kernel]");
	} else if (!g->pub.uid_known) {
		g->pub.name = pg_strdup("?");
	} else if (p->user.len) {
		g->pub.name = pg_alloc(p->user.len + 1);
		memcpy(g->pub.name, pg_proc_str(p, p->user), p->user.len);
		g->pub.name[p->user.len] = '\0';
	} else {
		snprintf(number, sizeof(number), "%u", p->uid);
		g->pub.name = pg_strdup(number);
		g->named = false;
	}
}

static bool belongs(const struct pg_cell_group *g, bool kernel, bool known, uint32_t uid)
{
	return g->kernel == kernel && (kernel || (g->uid_known == known && g->uid == uid));
}

uint32_t pg_model_group_of(struct pg_model *m, const struct pg_proc *p)
{
	bool kernel = p->kthread, known = !kernel && (p->valid & PG_UID);
	uint32_t uid = known ? p->uid : 0;
	size_t i = m->last_group;
	if (i >= m->nr_groups || !belongs(&m->groups[i].pub, kernel, known, uid))
		for (i = 0; i < m->nr_groups; i++)
			if (belongs(&m->groups[i].pub, kernel, known, uid))
				break;
	if (i == m->nr_groups) {
		m->groups = pg_grow(m->groups, &m->cap_groups, i + 1, sizeof(*m->groups));
		m->groups[i] = (struct pg_model_group){
			.pub = {.kernel = kernel, .uid = uid, .uid_known = known},
			.room = {.row = m->brief_row}};
		m->nr_groups++;
		m->regroup = true;
		name_group(&m->groups[i], p);
	} else if (!m->groups[i].named && p->user.len) {
		name_group(&m->groups[i], p);
		m->regroup = true;
	}
	m->last_group = i;
	return (uint32_t)i;
}

static int cmp_groups(const void *a, const void *b)
{
	const struct pg_cell_group *x = &((const struct pg_model_group *)a)->pub;
	const struct pg_cell_group *y = &((const struct pg_model_group *)b)->pub;
	if (x->kernel != y->kernel)
		return x->kernel ? 1 : -1;
	bool root_x = x->uid_known && x->uid == 0, root_y = y->uid_known && y->uid == 0;
	if (root_x != root_y)
		return root_x ? -1 : 1;
	int c = strcmp(x->name, y->name);
	return c ? c : (x->uid > y->uid) - (x->uid < y->uid);
}

void pg_model_free_group(struct pg_model_group *g)
{
	free(g->pub.name);
	free(g->pub.slots);
	free(g->pub.rest);
	pg_keymap_free(&g->places);
}

void pg_model_sort_groups(struct pg_model *m)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->nr_groups; i++) {
		if (m->groups[i].pub.nr_used)
			m->groups[kept++] = m->groups[i];
		else
			pg_model_free_group(&m->groups[i]);
	}
	m->nr_groups = kept;
	if (kept)
		qsort(m->groups, kept, sizeof(*m->groups), cmp_groups);
	for (size_t i = 0; i < kept; i++) {
		const struct pg_cell_group *g = &m->groups[i].pub;
		for (size_t k = 0; k < g->nr_slots; k++)
			if (g->slots[k] != PG_BLANK)
				m->cells[g->slots[k]].pub.group = (uint32_t)i;
	}
	m->last_group = 0;
	m->regroup = false;
}

/* ---- cells and their slots ---- */

uint32_t pg_model_new_cell(struct pg_model *m, struct pg_key key)
{
	uint32_t id;
	if (m->free.nr) {
		id = m->free.items[--m->free.nr];
	} else {
		m->cells = pg_grow(m->cells, &m->cap_cells, m->nr_cells + 1, sizeof(*m->cells));
		id = (uint32_t)m->nr_cells++;
	}
	m->cells[id] = (struct pg_model_cell){.pub = {.key = key, .group = PG_BLANK}};
	pg_keymap_put(&m->map, key, id);
	return id;
}

/* The nearest blank behind slot `after`, else the nearest before it, else the end of the group. */
static size_t find_slot(struct pg_cell_group *g, size_t after)
{
	if (g->nr_used < g->nr_slots) {
		size_t from = after < g->nr_slots ? after : g->nr_slots;
		for (size_t i = from; i < g->nr_slots; i++)
			if (g->slots[i] == PG_BLANK)
				return i;
		while (from-- > 0)
			if (g->slots[from] == PG_BLANK)
				return from;
	}
	g->slots = pg_grow(g->slots, &g->cap, g->nr_slots + 1, sizeof(*g->slots));
	return g->nr_slots++;
}

/* ---- places of those that left ---- */

#define MAX_PLACES (1 << 16) /* of a group; beyond that it begins anew */

static void remember_place(struct pg_model_group *g, const struct pg_cell *c)
{
	if (g->places.nr >= MAX_PLACES)
		pg_keymap_clear(&g->places);
	pg_keymap_put(&g->places, c->key, c->slot);
}

/* The slot that a task had, if nobody took it; else NO_SLOT. */
static size_t place_of(const struct pg_model_group *g, struct pg_key key)
{
	uint32_t slot = pg_keymap_get(&g->places, key);
	bool is_free = slot < g->pub.nr_slots && g->pub.slots[slot] == PG_BLANK;
	return is_free ? slot : NO_SLOT;
}

void pg_model_remember(struct pg_model *m, bool on)
{
	m->remember = on;
	for (size_t i = 0; !on && i < m->nr_groups; i++)
		pg_keymap_free(&m->groups[i].places);
}

void pg_model_return(struct pg_model *m, const struct pg_proc *p, const struct pg_task *t)
{
	struct pg_key key = pg_task_key(p, t);
	if (pg_keymap_get(&m->map, key) != NO_CELL)
		return;
	uint32_t group = pg_model_group_of(m, p);
	if (place_of(&m->groups[group], key) != NO_SLOT)
		pg_model_enter_slot(m, pg_model_new_cell(m, key), group, NO_SLOT);
}

void pg_model_enter_slot(struct pg_model *m, uint32_t id, uint32_t group, size_t after)
{
	struct pg_cell_group *g = &m->groups[group].pub;
	size_t slot = m->remember ? place_of(&m->groups[group], m->cells[id].pub.key) : NO_SLOT;
	if (slot == NO_SLOT)
		slot = find_slot(g, after);
	g->slots[slot] = id;
	g->nr_used++;
	g->nr_cells++;
	m->nr_living++;
	m->cells[id].pub.group = group;
	m->cells[id].pub.slot = (uint32_t)slot;
}

size_t pg_model_slot_of(const struct pg_model *m, const struct pg_snapshot *s, int32_t pid,
			uint32_t group)
{
	long i = pg_snapshot_find_pid(s, pid);
	if (i < 0 || !s->procs[i]->nr_tasks)
		return NO_SLOT;
	uint32_t id = pg_keymap_get(&m->map, pg_task_key(s->procs[i], &s->procs[i]->tasks[0]));
	if (id == NO_CELL || m->cells[id].pub.group != group)
		return NO_SLOT;
	return m->cells[id].pub.slot;
}

void pg_model_count_dead(struct pg_model *m, const struct pg_cell *c)
{
	m->groups[c->group].pub.nr_cells--;
	m->nr_living--;
}

void pg_model_leave_slot(struct pg_model *m, uint32_t id)
{
	struct pg_cell *c = &m->cells[id].pub;
	struct pg_cell_group *g = &m->groups[c->group].pub;
	if (c->cls != PG_EXITED)
		pg_model_count_dead(m, c);
	if (m->remember)
		remember_place(&m->groups[c->group], c);
	g->slots[c->slot] = PG_BLANK;
	if (--g->nr_used == 0)
		m->regroup = true;
}

void pg_model_drop_cell(struct pg_model *m, uint32_t id)
{
	struct pg_cell *c = &m->cells[id].pub;
	pg_model_leave_slot(m, id);
	pg_keymap_del(&m->map, c->key);
	c->group = PG_BLANK;
	pg_model_list_add(&m->free, id);
}

void pg_model_close_blanks(struct pg_model *m, size_t group)
{
	struct pg_cell_group *g = &m->groups[group].pub;
	size_t n = 0;
	for (size_t i = 0; i < g->nr_slots; i++) {
		if (g->slots[i] == PG_BLANK)
			continue;
		m->cells[g->slots[i]].pub.slot = (uint32_t)n;
		g->slots[n++] = g->slots[i];
	}
	g->nr_slots = n;
	pg_keymap_clear(&m->groups[group].places);
}
