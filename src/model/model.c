/* SPDX-License-Identifier: MIT */
/*
 * A frame's cost is that of what changed. A table leads from a task's key to its cell; processes
 * that delta skipped are not looked at. What a cell shows for one frame only (busy, new, throb)
 * must fade without its process being looked at again: such cells are on the list `warm`, and those
 * that ended are on the list `exited`. A cell that was written in this frame carries the frame's
 * stamp.
 */
#include "model_impl.h"

#include <stdlib.h>

#include "base/util.h"

#define LINGER 3
#define FAR    64 /* rows */

/* Of a task in a block that delta skipped. */
static const struct pg_change no_change = {.cls = PG_IDLE};

static bool is_busy(uint8_t cls)
{
	return cls == PG_CPU || cls == PG_DISK || cls == PG_CPU_DISK;
}

/* ---- what a cell shows ---- */

unsigned pg_model_size_step(uint64_t rss_bytes, uint64_t mem_total)
{
	if (!mem_total || rss_bytes < mem_total / 4096)
		return 0;
	return rss_bytes < mem_total / 512 ? 1 : rss_bytes < mem_total / 64 ? 2 : 3;
}

static uint8_t sign_of(const struct pg_task *t, bool born)
{
	switch (t->state) {
	case 'Z':
		return PG_SIGN_ZOMBIE;
	case 'D':
		return PG_SIGN_DISK_SLEEP;
	case 'T':
	case 't':
		return PG_SIGN_STOPPED;
	default:
		if (t->seen_ns)
			return PG_SIGN_UNSEEN;
		return born ? PG_SIGN_NEW : PG_SIGN_NONE;
	}
}

bool pg_model_shows_proc(const struct pg_filter *f, const struct pg_proc *p)
{
	if (f->hide_kernel && p->kthread)
		return false;
	return !f->by_user || ((p->valid & PG_UID) && p->uid == f->uid);
}

/* Frames that a thread with this class may still be shown when only busy ones are; < 0: it goes. */
static int linger_of(const struct pg_cell *before, uint8_t cls)
{
	if (is_busy(cls))
		return LINGER;
	return before ? before->linger - 1 : -1;
}

static bool shows_task(const struct pg_filter *f, bool leader, int linger)
{
	return leader || f->threads == PG_THREADS_ALL ||
	       (f->threads == PG_THREADS_BUSY && linger >= 0);
}

/* Nobody counts it down while all are shown. */
static uint8_t kept_linger(const struct pg_model *m, int linger)
{
	return (uint8_t)(linger < 0 || m->filter.threads != PG_THREADS_BUSY ? 0 : linger);
}

static void keep_warm(struct pg_model *m, uint32_t id)
{
	const struct pg_cell *c = &m->cells[id].pub;
	bool lingers = m->filter.threads == PG_THREADS_BUSY && !c->leader;
	if (lingers || c->cls != PG_IDLE || c->sign == PG_SIGN_NEW || c->throb || c->share != 0)
		pg_model_list_add(&m->warm, id);
}

static void describe(struct pg_model *m, uint32_t id, const struct pg_proc *p,
		     const struct pg_task *t, const struct pg_change *ch)
{
	struct pg_cell *c = &m->cells[id].pub;
	c->leader = pg_task_is_leader(p, t);
	c->kthread = p->kthread;
	/* What was not looked at did nothing that we know of. */
	c->cls = t->seen_ns ? PG_IDLE : ch->cls;
	c->sign = sign_of(t, ch->bits & PG_BORN);
	c->share = t->seen_ns ? 0 : ch->share;
	c->throb = (int8_t)(ch->bits & PG_RSS_UP ? 1 : ch->bits & PG_RSS_DOWN ? -1 : 0);
	c->size = 0;
	if (c->leader && (p->valid & PG_MEM))
		c->size = (uint8_t)pg_model_size_step(p->rss_bytes, m->mem_total);
	m->cells[id].stamp = m->stamp;
	keep_warm(m, id);
}

/* ---- one frame ---- */

/*
 * Slot behind which row k of a process belongs: that of the row before it, else of its parent, if
 * that is in the group; else where a fresh group would have it, at the end.
 */
static size_t anchor_of(const struct pg_model *m, const struct pg_snapshot *s,
			const struct pg_proc *p, uint32_t k, uint32_t group)
{
	for (uint32_t i = 1; i <= k; i++) {
		/* Where few threads are shown, the leader soon does. */
		const struct pg_task *t = &p->tasks[i < FAR ? k - i : 0];
		uint32_t id = pg_keymap_get(&m->map, pg_task_key(p, t));
		if (id != NO_CELL && m->cells[id].pub.group == group)
			return m->cells[id].pub.slot;
		if (i == FAR)
			break;
	}
	if (p->tasks[0].ppid <= 0)
		return NO_SLOT;
	return pg_model_slot_of(m, s, p->tasks[0].ppid, group);
}

/*
 * Whether rows that did not change (PG_SAME) need a look. They do not, as long as their process
 * stays where it is: then nothing of a thread's cell can differ, and one that was warm cools down.
 */
static bool needs_all(const struct pg_model *m, const struct pg_proc *p, uint32_t group, bool shown)
{
	uint32_t id = pg_keymap_get(&m->map, pg_task_key(p, &p->tasks[0]));
	if (!pg_task_is_leader(p, &p->tasks[0]))
		return true;
	if (id == NO_CELL)
		return shown;
	return !shown || m->cells[id].pub.group != group;
}

static bool is_same(const struct pg_proc *p, uint32_t k, const struct pg_change *rows)
{
	return rows && (rows[k].bits & PG_SAME) && rows[k].cls == PG_IDLE &&
	       !pg_task_is_leader(p, &p->tasks[k]);
}

static void update_task(struct pg_model *m, const struct pg_snapshot *s, const struct pg_proc *p,
			uint32_t k, const struct pg_change *ch, uint32_t group, bool shown)
{
	const struct pg_task *t = &p->tasks[k];
	uint32_t id = pg_keymap_get(&m->map, pg_task_key(p, t));
	const struct pg_cell *before = id == NO_CELL ? NULL : &m->cells[id].pub;
	int linger = linger_of(before, t->seen_ns ? PG_IDLE : ch->cls);
	if (!shown || !shows_task(&m->filter, pg_task_is_leader(p, t), linger)) {
		if (before)
			pg_model_drop_cell(m, id);
		return;
	}
	if (before && before->group != group) {
		pg_model_leave_slot(m, id);
	} else if (before && before->cls == PG_EXITED) {
		m->groups[group].pub.nr_cells++;
		m->nr_living++;
	}
	if (!before || before->group != group) {
		size_t behind = anchor_of(m, s, p, k, group);
		if (!before)
			id = pg_model_new_cell(m, pg_task_key(p, t));
		pg_model_enter_slot(m, id, group, behind);
	}
	m->cells[id].pub.linger = kept_linger(m, linger);
	describe(m, id, p, t, ch);
}

void pg_model_take_proc(struct pg_model *m, const struct pg_snapshot *s, const struct pg_proc *p,
			const struct pg_change *rows, bool all)
{
	bool shown = pg_model_shows_proc(&m->filter, p);
	if (!p->nr_tasks)
		return;
	uint32_t group = shown ? pg_model_group_of(m, p) : 0;
	all = all || needs_all(m, p, group, shown);
	for (uint32_t k = 0; k < p->nr_tasks; k++)
		if (all || !is_same(p, k, rows))
			update_task(m, s, p, k, rows ? &rows[k] : &no_change, group, shown);
}

void pg_model_take_gone(struct pg_model *m, const struct pg_snapshot *s, const struct pg_gone *g)
{
	const struct pg_proc *p = g->proc;
	struct pg_key key = pg_task_key(p, g->task);
	if (!pg_model_shows_proc(&m->filter, p) || pg_keymap_get(&m->map, key) != NO_CELL ||
	    !shows_task(&m->filter, pg_task_is_leader(p, g->task), -1))
		return;
	uint32_t group = pg_model_group_of(m, p);
	size_t behind = anchor_of(m, s, p, (uint32_t)(g->task - p->tasks), group);
	uint32_t id = pg_model_new_cell(m, key);
	pg_model_enter_slot(m, id, group, behind);
	describe(m, id, p, g->task, &no_change);
	pg_model_mark_exited(m, id);
}

/* What was warm in the last frame and was not written in this one did nothing since. */
static void cool_down(struct pg_model *m)
{
	for (size_t i = 0; i < m->cooling.nr; i++) {
		uint32_t id = m->cooling.items[i];
		struct pg_cell *c = &m->cells[id].pub;
		if (c->group == PG_BLANK || m->cells[id].stamp == m->stamp)
			continue;
		int linger = linger_of(c, PG_IDLE);
		if (!shows_task(&m->filter, c->leader, linger)) {
			pg_model_drop_cell(m, id);
			continue;
		}
		c->linger = kept_linger(m, linger);
		c->cls = PG_IDLE;
		c->throb = 0;
		c->share = 0;
		if (c->sign == PG_SIGN_NEW)
			c->sign = PG_SIGN_NONE;
		m->cells[id].stamp = m->stamp;
		keep_warm(m, id);
	}
	m->cooling.nr = 0;
}

bool pg_model_note_host(struct pg_model *m, const struct pg_snapshot *s)
{
	uint64_t was = m->mem_total;
	if (s->host.valid & PG_HOST_MEM)
		m->mem_total = s->host.mem_total;
	return m->mem_total != was;
}

void pg_model_update(struct pg_model *m, const struct pg_frame *f)
{
	const struct pg_snapshot *s = f->snap;
	const struct pg_changes *ch = f->changes;
	if (!m->built || ch->first || s->scope != m->scope) {
		pg_model_rebuild(m, f);
		return;
	}
	bool all = pg_model_note_host(m, s);
	m->stamp++;
	struct pg_model_list warm = m->warm;
	m->warm = m->cooling;
	m->cooling = warm;
	pg_model_drop_exited(m);
	pg_model_mark_gone(m, ch);
	for (size_t i = 0; i < s->nr_procs; i++) {
		bool same = ch->start[i] == PG_UNCHANGED;
		if (!same || all)
			pg_model_take_proc(m, s, s->procs[i], same ? NULL : &ch->rows[ch->start[i]],
					   false);
	}
	cool_down(m);
	pg_model_take_brief(m, f);
	if (m->regroup)
		pg_model_sort_groups(m);
}

/* ---- all afresh ---- */

struct entry {
	const struct pg_proc *proc;
	const struct pg_task *task;
	const struct pg_change *change; /* NULL: it has exited */
	uint8_t linger;
};

struct entries {
	struct entry *items;
	size_t nr, cap;
};

static int cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = cmp_u64(x->proc->start, y->proc->start);
	if (!c)
		c = (x->proc->pid > y->proc->pid) - (x->proc->pid < y->proc->pid);
	if (!c) /* the leader first, also if its thread got a smaller number in the same tick */
		c = pg_task_is_leader(y->proc, y->task) - pg_task_is_leader(x->proc, x->task);
	if (!c)
		c = cmp_u64(x->task->start, y->task->start);
	if (!c)
		c = (x->task->tid > y->task->tid) - (x->task->tid < y->task->tid);
	/* of a task that is there twice, the living one counts */
	return c ? c : !x->change - !y->change;
}

static void collect(const struct pg_model *m, struct entries *e, const struct pg_proc *p,
		    const struct pg_task *t, const struct pg_change *ch)
{
	uint32_t id = pg_keymap_get(&m->map, pg_task_key(p, t));
	int linger = ch ? linger_of(NULL, t->seen_ns ? PG_IDLE : ch->cls) : -1;
	if (linger < 0 && id != NO_CELL && m->cells[id].pub.linger) /* it goes on as before */
		linger = m->cells[id].pub.linger;
	if (!shows_task(&m->filter, pg_task_is_leader(p, t), linger))
		return;
	e->items = pg_grow(e->items, &e->cap, e->nr + 1, sizeof(*e->items));
	e->items[e->nr++] = (struct entry){p, t, ch, kept_linger(m, linger)};
}

static void collect_all(const struct pg_model *m, struct entries *e, const struct pg_frame *f)
{
	const struct pg_changes *ch = f->changes;
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		bool same = ch->start[i] == PG_UNCHANGED;
		if (!pg_model_shows_proc(&m->filter, p))
			continue;
		for (uint32_t k = 0; k < p->nr_tasks; k++)
			collect(m, e, p, &p->tasks[k],
				same ? &no_change : &ch->rows[ch->start[i] + k]);
	}
	for (size_t i = 0; i < ch->nr_gone; i++)
		if (!ch->gone[i].brief && pg_model_shows_proc(&m->filter, ch->gone[i].proc))
			collect(m, e, ch->gone[i].proc, ch->gone[i].task, NULL);
	if (e->nr)
		qsort(e->items, e->nr, sizeof(*e->items), cmp_entries);
}

static void forget_all(struct pg_model *m)
{
	for (size_t i = 0; i < m->nr_groups; i++)
		pg_model_free_group(&m->groups[i]);
	m->nr_groups = m->nr_cells = m->nr_living = 0;
	m->free.nr = m->warm.nr = m->cooling.nr = m->exited.nr = 0;
	pg_keymap_clear(&m->map);
}

void pg_model_rebuild(struct pg_model *m, const struct pg_frame *f)
{
	struct entries e = {0};
	collect_all(m, &e, f);
	forget_all(m);
	pg_model_note_host(m, f->snap);
	m->built = true;
	m->scope = f->snap->scope;
	m->stamp++;
	for (size_t i = 0; i < e.nr; i++) {
		const struct entry *it = &e.items[i];
		struct pg_key key = pg_task_key(it->proc, it->task);
		if (pg_keymap_get(&m->map, key) != NO_CELL)
			continue;
		uint32_t id = pg_model_new_cell(m, key);
		pg_model_enter_slot(m, id, pg_model_group_of(m, it->proc), NO_SLOT);
		m->cells[id].pub.linger = it->linger;
		describe(m, id, it->proc, it->task, it->change ? it->change : &no_change);
		if (!it->change)
			pg_model_mark_exited(m, id);
	}
	pg_model_take_brief(m, f);
	pg_model_sort_groups(m);
	free(e.items);
}

/* ---- the rest ---- */

struct pg_model *pg_model_new(void)
{
	struct pg_model *m = pg_calloc(1, sizeof(*m));
	pg_model_set_spare_rows(m, SIZE_MAX, PG_BRIEF_CELLS);
	return m;
}

void pg_model_free(struct pg_model *m)
{
	if (!m)
		return;
	forget_all(m);
	pg_keymap_free(&m->map);
	free(m->cells);
	free(m->groups);
	free(m->free.items);
	free(m->warm.items);
	free(m->cooling.items);
	free(m->exited.items);
	free(m);
}

void pg_model_set_filter(struct pg_model *m, const struct pg_filter *filter)
{
	m->filter = *filter;
}

const struct pg_filter *pg_model_filter(const struct pg_model *m)
{
	return &m->filter;
}

size_t pg_model_nr_groups(const struct pg_model *m)
{
	return m->nr_groups;
}

const struct pg_cell_group *pg_model_group(const struct pg_model *m, size_t i)
{
	return &m->groups[i].pub;
}

const struct pg_cell *pg_model_cell(const struct pg_model *m, uint32_t cell)
{
	return &m->cells[cell].pub;
}

const struct pg_cell *pg_model_find(const struct pg_model *m, struct pg_key key)
{
	uint32_t id = pg_keymap_get(&m->map, key);
	return id == NO_CELL ? NULL : &m->cells[id].pub;
}

size_t pg_model_nr_cells(const struct pg_model *m)
{
	return m->nr_living;
}
