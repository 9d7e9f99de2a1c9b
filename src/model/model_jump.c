/* SPDX-License-Identifier: MIT */
/*
 * From one frame of a feed to any other. What is not in the new frame leaves first, so that there
 * are blanks; then those return that have a place kept for them, so that nobody else takes it; then
 * come the others. What the changes of the frame do not name is at rest: it is looked at all the
 * same, for it may have been busy in the frame that was shown before.
 */
#include "model_impl.h"

static void mark(struct pg_model *m, struct pg_key key)
{
	uint32_t id = pg_keymap_get(&m->map, key);
	if (id != NO_CELL)
		m->cells[id].stamp = m->stamp;
}

/* A cell that showed an end: its task lives in the new frame, or ends in it again. */
static void revive(struct pg_model *m, struct pg_cell *c)
{
	c->cls = PG_IDLE;
	m->groups[c->group].pub.nr_cells++;
	m->nr_living++;
}

/* Cells of tasks that are not in the frame go; those that exit in it stay. */
static void drop_absent(struct pg_model *m, const struct pg_frame *f)
{
	const struct pg_changes *ch = f->changes;
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		for (uint32_t k = 0; k < p->nr_tasks; k++)
			mark(m, pg_task_key(p, &p->tasks[k]));
	}
	for (size_t i = 0; i < ch->nr_gone; i++)
		if (!ch->gone[i].brief)
			mark(m, pg_task_key(ch->gone[i].proc, ch->gone[i].task));
	for (uint32_t id = 0; id < m->nr_cells; id++) {
		struct pg_model_cell *c = &m->cells[id];
		/* How lately a thread was busy is a matter of the frames just before. */
		c->pub.linger = 0;
		if (c->pub.group == PG_BLANK)
			continue;
		if (c->stamp != m->stamp)
			pg_model_drop_cell(m, id);
		else if (c->pub.cls == PG_EXITED)
			revive(m, &c->pub);
	}
}

static void let_return(struct pg_model *m, const struct pg_frame *f)
{
	const struct pg_changes *ch = f->changes;
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		bool shown = p->nr_tasks && pg_model_shows_proc(&m->filter, p);
		for (uint32_t k = 0; shown && k < p->nr_tasks; k++)
			pg_model_return(m, p, &p->tasks[k]);
	}
	for (size_t i = 0; i < ch->nr_gone; i++)
		if (!ch->gone[i].brief)
			pg_model_take_gone(m, f->snap, &ch->gone[i]);
}

void pg_model_jump(struct pg_model *m, const struct pg_frame *f)
{
	const struct pg_snapshot *s = f->snap;
	const struct pg_changes *ch = f->changes;
	if (!m->built || s->scope != m->scope) {
		pg_model_rebuild(m, f);
		return;
	}
	pg_model_note_host(m, s);
	m->stamp++;
	m->warm.nr = m->cooling.nr = m->exited.nr = 0;
	drop_absent(m, f);
	let_return(m, f);
	pg_model_mark_gone(m, ch);
	for (size_t i = 0; i < s->nr_procs; i++) {
		bool same = ch->start[i] == PG_UNCHANGED;
		pg_model_take_proc(m, s, s->procs[i], same ? NULL : &ch->rows[ch->start[i]], true);
	}
	pg_model_take_brief(m, f);
	if (m->regroup)
		pg_model_sort_groups(m);
}
