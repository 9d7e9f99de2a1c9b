/* SPDX-License-Identifier: MIT */
/*
 * What the busy line tells. The hottest tasks are among the rows of changes; a task in state D or Z
 * may sit in a block that nobody touched, but the block says how many of them it has. So the cost
 * is that of the processes, and of the tasks of those that changed.
 */
#include "model.h"

#include <string.h>

/* One of both kinds of io counters moved nothing for the class; then the other kind is what
 * counted. */
static uint64_t io_of(const struct pg_change *c)
{
	uint64_t disk = c->read_bytes + c->write_bytes;
	return disk ? disk : c->rchar + c->wchar;
}

static bool hotter(const struct pg_change *a, const struct pg_change *b)
{
	if (a->share > b->share || a->share < b->share)
		return a->share > b->share;
	return io_of(a) > io_of(b);
}

static void offer(struct pg_busy *out, struct pg_place at, const struct pg_change *c)
{
	size_t i = out->nr_hot;
	if (i == PG_HOT_MAX) {
		if (!hotter(c, &out->hot[i - 1].change))
			return;
		i--;
	} else {
		out->nr_hot++;
	}
	for (; i > 0 && hotter(c, &out->hot[i - 1].change); i--)
		out->hot[i] = out->hot[i - 1];
	out->hot[i] = (struct pg_hot){.at = at, .change = *c};
}

/* The busiest at io keeps a place of its own: CPUs have more candidates than disks. */
static void offer_io(struct pg_busy *out, struct pg_place at, const struct pg_change *c)
{
	bool better = !out->io.at.task || io_of(c) > io_of(&out->io.change);
	if ((c->cls == PG_DISK || c->cls == PG_CPU_DISK) && better)
		out->io = (struct pg_hot){.at = at, .change = *c};
}

static void find_examples(struct pg_busy *out, const struct pg_proc *p, size_t i)
{
	for (uint32_t k = 0; k < p->nr_tasks; k++) {
		struct pg_place at = {.proc = p, .task = &p->tasks[k], .proc_index = i};
		if (at.task->state == 'D' && !out->disk_sleep.task)
			out->disk_sleep = at;
		else if (at.task->state == 'Z' && !out->zombie.task)
			out->zombie = at;
	}
}

static bool wants_example(const struct pg_busy *out, const struct pg_proc *p)
{
	return (p->nr_disk_sleep && !out->disk_sleep.task) || (p->nr_zombie && !out->zombie.task);
}

static void offer_rows(struct pg_busy *out, const struct pg_proc *p, size_t i,
		       const struct pg_change *rows)
{
	for (uint32_t k = 0; k < p->nr_tasks; k++) {
		if (rows[k].cls == PG_IDLE || p->tasks[k].seen_ns)
			continue;
		struct pg_place at = {.proc = p, .task = &p->tasks[k], .proc_index = i};
		offer(out, at, &rows[k]);
		offer_io(out, at, &rows[k]);
	}
}

void pg_model_busy(const struct pg_frame *f, struct pg_busy *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		uint32_t start = f->changes->start[i];
		if (start == PG_UNCHANGED && !pg_snapshot_is_astir(f->snap, i))
			continue;
		out->nr_disk_sleep += p->nr_disk_sleep;
		out->nr_zombie += p->nr_zombie;
		out->nr_unseen += p->nr_unseen;
		if (wants_example(out, p))
			find_examples(out, p, i);
		if (start != PG_UNCHANGED)
			offer_rows(out, p, i, &f->changes->rows[start]);
	}
}
