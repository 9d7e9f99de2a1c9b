/* SPDX-License-Identifier: MIT */
/*
 * What the busy line tells. The hottest tasks are among the rows of changes; a task in state D or Z
 * may sit in a block that nobody touched, so the states of all rows are looked at: this is the only
 * full pass over the tasks of a frame, one byte a task.
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

static void count_state(struct pg_busy *out, struct pg_place at)
{
	if (at.task->state == 'D' && out->nr_disk_sleep++ == 0)
		out->disk_sleep = at;
	else if (at.task->state == 'Z' && out->nr_zombie++ == 0)
		out->zombie = at;
}

void pg_model_busy(const struct pg_frame *f, struct pg_busy *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		uint32_t start = f->changes->start[i];
		const struct pg_change *rows =
			start == PG_UNCHANGED ? NULL : &f->changes->rows[start];
		for (uint32_t k = 0; k < p->nr_tasks; k++) {
			struct pg_place at = {.proc = p, .task = &p->tasks[k], .proc_index = i};
			count_state(out, at);
			if (rows && rows[k].cls != PG_IDLE) {
				offer(out, at, &rows[k]);
				offer_io(out, at, &rows[k]);
			}
		}
	}
}
