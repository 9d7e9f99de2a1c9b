/* SPDX-License-Identifier: MIT */
/*
 * The gate: a process whose CPU clock stands where it stood before its block was read has not run
 * since, so that its own counters cannot have changed, and its block is taken over. What can change
 * without running:
 *
 *   ppid, when the parent dies       a parent's death is seen here: its children are read again
 *   nice, policy, memory, descrip-   the sweep: every process is looked at within sweep_ns (30 s)
 *   tors, by others; names, by a
 *   sibling thread
 *   states R and D                   tasks last seen in them are read again, within a budget
 *   a thread on a CPU right now      its clock moves at ticks: seen one cycle late at most
 *
 * The clock that is kept is the one from before the files: what moved meanwhile is read again. The
 * comparison is for difference, not order: another process with the number may have used less. 0 is
 * not taken for standing still: a number that was reused may stand there as well. Some threads of
 * the kernel have stood there since boot, and are told from such a one by being that.
 *
 * What a pass asks of each process is kept in struct pg_known: of those that stand still the block
 * is not touched, which would cost a cache miss each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source_procfs_impl.h"

#define RESTLESS_BUDGET 500 /* tasks a pass that are read for a state alone */

/* ---- one pass ---------------------------------------------------------------------------- */

struct pass {
	struct pg_procfs *src;
	const struct pg_plan *plan;
	bool gated;         /* what is known may be taken over */
	bool lost_one;      /* who seemed to be there was not */
	struct pg_buf dead; /* int32_t: processes that are gone, or are zombies now */
	uint32_t nr_large;
	uint32_t stride; /* of the restless ones each stride-th is read */
};

/* A pass in which nobody's death is missed knows it by the sorted numbers of the dead. */
static void note_dead(struct pass *ps, const struct pg_known *e)
{
	pg_buf_put(&ps->dead, &e->pid, sizeof(e->pid));
}

static bool same_plan(const struct pg_plan *a, const struct pg_plan *b)
{
	return a->scope == b->scope && a->groups == b->groups && a->raw == b->raw &&
	       a->glance == b->glance && a->lazy_status == b->lazy_status;
}

static bool is_zombie(const struct pg_proc *p)
{
	return p && p->nr_tasks == 1 && p->nr_zombie == 1;
}

/* How much earlier than others a process is swept: up to 7/8 of the time, by its number. */
static uint64_t sweep_lead(const struct pg_procfs *src, int32_t pid)
{
	uint32_t hash = (uint32_t)pid * 2654435761u; /* close numbers lie far apart */
	return src->sweep_ns / 8 * 7 / 65536 * (hash >> 16);
}

static void read_in_full(struct pass *ps, struct pg_known *e)
{
	struct pg_procfs *src = ps->src;
	bool was_known = e->block;
	uint64_t start = was_known ? e->block->start : 0;
	struct pg_visit v = {.pid = e->pid, .only = e->only, .nr_only = e->nr_only};
	struct pg_proc *p =
		pg_procfs_read(src, ps->plan, &v, e->block, e->hot, pg_is_warm(e->heat));
	/* What there is at first may be of any age; who has a used number is a new one. */
	if (p && src->passes && (!was_known || p->start != start))
		e->young_until_ns = src->mono_ns + PG_YOUNG_NS;
	e->swept_ns = src->mono_ns;
	if (!ps->gated || !was_known) /* all at once: spread over the time of a sweep */
		e->swept_ns -= sweep_lead(src, e->pid);
	pg_proc_unref(e->block);
	e->block = p;
	if (p && (p->valid & PG_CLOCK))
		pg_ledger_start(e, p->cpu_clock_ns);
}

/* Its block cannot be kept: it is read as if it had never been seen. */
static void read_anew(struct pass *ps, struct pg_known *e, uint64_t clock)
{
	pg_known_cool(ps->src, e);
	read_in_full(ps, e);
	e->clock_ns = e->block ? e->block->cpu_clock_ns : clock;
	/* Gone, or not wanted: only the selection by user leaves an entry without a block. */
	e->unselected = !e->block && ps->src->select.by_uid;
	e->dead = !e->block && !e->unselected;
	ps->lost_one |= e->dead;
}

/* One block a process can be brought up to date; all else is read in full. */
static bool is_updatable(const struct pg_known *e)
{
	const struct pg_proc *p = e->block;
	return p && !e->only && p->scope == PG_SCOPE_THREADS && (p->valid & PG_CLOCK) &&
	       p->tasks[0].tid == e->pid && (p->tasks[0].valid & PG_STAT);
}

static void update(struct pass *ps, struct pg_known *e, uint64_t clock, unsigned why)
{
	struct pg_procfs *src = ps->src;
	if (why & (PG_WHY_RAN | PG_WHY_ROUND)) {
		if (!e->hot)
			e->hot = pg_hot_new();
		pg_hot_cool(&src->keep, e->hot);
		if (e->block && e->block->scope == PG_SCOPE_PROCESS)
			pg_hot_heat(e->hot, e->pid); /* its files are the process's */
		ps->nr_large += pg_ledger_is_large(e->nr_tasks);
	}
	if (is_updatable(e) && pg_procfs_update(src, ps->plan, e, clock, why)) {
		e->clock_ns = clock;
	} else if (e->block && e->block->scope == PG_SCOPE_PROCESS && !e->only) {
		read_in_full(ps, e); /* by the descriptors that were kept */
		if (e->block)
			e->clock_ns = e->block->cpu_clock_ns;
		else
			read_anew(ps, e, clock);
	} else {
		read_anew(ps, e, clock);
	}
}

/* What a later pass asks of it. */
static void note_block(struct pg_known *e)
{
	const struct pg_proc *p = e->block;
	e->looked_at = true;
	e->nr_tasks = p ? p->nr_tasks : 0;
	e->nr_restless = p ? p->nr_running + p->nr_disk_sleep : 0;
	e->astir = p && pg_proc_is_astir(p);
	e->kthread = p && p->kthread;
	e->io_refused = p && (p->tasks[0].refused & PG_IO);
}

/* why: enum pg_why; 0: it is read as if it had never been seen. */
static void look_at(struct pass *ps, struct pg_known *e, uint64_t clock, unsigned why)
{
	bool was_zombie = is_zombie(e->block);
	if (why)
		update(ps, e, clock, why);
	else
		read_anew(ps, e, clock);
	note_block(e);
	if (!was_zombie && is_zombie(e->block))
		note_dead(ps, e);
}

static bool is_restless(struct pass *ps, const struct pg_known *e)
{
	uint32_t before = ps->src->restless_seen;
	ps->src->restless_seen += e->nr_restless;
	return e->nr_restless && before % ps->stride == ps->src->passes % ps->stride;
}

static bool has_focus(const struct pg_plan *plan, int32_t pid)
{
	for (size_t i = 0; i < plan->nr_focus; i++)
		if (plan->focus[i].pid == pid)
			return true;
	return false;
}

static unsigned why_update(const struct pg_known *e, uint64_t clock)
{
	if (clock != e->clock_ns || (clock == 0 && !e->kthread))
		return PG_WHY_RAN;
	return e->block && e->ledger.rest_ns ? PG_WHY_ROUND : 0;
}

static unsigned why_besides(struct pass *ps, const struct pg_known *e)
{
	if (!e->block)
		return 0;
	return (pg_sweep_rows(ps->src, e) ? PG_WHY_SWEEP : 0) |
	       (is_restless(ps, e) ? PG_WHY_RESTLESS : 0) |
	       (has_focus(ps->plan, e->pid) ? PG_WHY_FOCUS : 0);
}

static void visit(struct pass *ps, struct pg_known *e)
{
	struct pg_procfs *src = ps->src;
	uint64_t clock = 0;
	e->looked_at = false;
	if (!ps->gated || (!e->block && !e->unselected)) {
		look_at(ps, e, 0, 0);
		return;
	}
	if (!pg_procfs_clock(e->pid, &clock)) {
		e->dead = true;
		return;
	}
	unsigned why = why_update(e, clock);
	e->heat = (uint8_t)(e->heat << 1 | (why & PG_WHY_RAN));
	e->ran |= why & PG_WHY_RAN;
	why |= why_besides(ps, e);
	if (!e->heat)
		pg_known_cool(src, e);
	if (why == PG_WHY_SWEEP && is_updatable(e) && pg_sweep_stands(src, e))
		return;
	if (why)
		look_at(ps, e, clock, why);
}

/* ---- what follows from a death ----------------------------------------------------------- */

static int cmp_pids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

/* With a selection the parent may be nobody that we know: its clock tells whether it is there. */
static bool lost_parent(const struct pass *ps, const struct pg_known *e)
{
	uint64_t unused;
	if (ps->dead.len && bsearch(&e->ppid, ps->dead.data, ps->dead.len / sizeof(int32_t),
				    sizeof(int32_t), cmp_pids))
		return true;
	return ps->src->select.nr_ids && e->ppid > 0 && !pg_procfs_clock(e->ppid, &unused);
}

static void note_parents(struct pg_procfs *src)
{
	for (size_t i = 0; i < src->nr_known; i++) {
		struct pg_known *e = &src->known[i];
		if (e->looked_at && e->block)
			e->ppid = e->block->tasks[0].ppid;
	}
}

/* A child gets another parent when its own exits (kernel/exit.c, forget_original_parent()). */
static void revisit_children(struct pass *ps)
{
	struct pg_procfs *src = ps->src;
	if (!ps->gated || (!ps->dead.len && !src->select.nr_ids))
		return;
	if (ps->dead.len)
		qsort(ps->dead.data, ps->dead.len / sizeof(int32_t), sizeof(int32_t), cmp_pids);
	for (size_t i = 0; i < src->nr_known; i++) {
		struct pg_known *e = &src->known[i];
		uint64_t clock;
		if (e->dead || !e->block || e->block->tasks[0].ppid != e->ppid ||
		    !lost_parent(ps, e))
			continue;
		if (pg_procfs_clock(e->pid, &clock) && clock == e->clock_ns)
			look_at(ps, e, clock, PG_WHY_ORPHAN);
	}
}

static void bury(struct pg_procfs *src)
{
	size_t kept = 0;
	for (size_t i = 0; i < src->nr_known; i++) {
		if (src->known[i].dead)
			pg_known_drop(src, &src->known[i]);
		else if (kept++ < i)
			src->known[kept - 1] = src->known[i];
	}
	src->nr_known = kept;
}

/* ---- the whole --------------------------------------------------------------------------- */

/* In the order of snapshots, as the table is by pid. Blocks that stand are not touched. */
static void collect(struct pass *ps, struct pg_snapshot *out)
{
	struct pg_procfs *src = ps->src;
	for (size_t i = 0; i < src->nr_known; i++) {
		const struct pg_known *e = &src->known[i];
		if (!e->block)
			continue;
		/* Root is refused now and then, too, but then for a task, not for a rule. */
		out->own_io_only |= e->io_refused && !src->is_root;
		pg_snapshot_share_proc(out, e->block, e->nr_tasks, e->astir);
	}
}

int pg_procfs_pass(struct pg_procfs *src, const struct pg_plan *plan, struct pg_snapshot *out)
{
	struct pass ps = {.src = src, .plan = plan};
	ps.gated = src->gated && src->passes > 0 && !plan->raw && !plan->glance &&
		   same_plan(plan, &src->plan);
	ps.stride = src->restless_last / RESTLESS_BUDGET + 1;
	src->restless_seen = 0;
	src->look_budget = PG_LOOK_BUDGET;
	int e = pg_known_update(src, ps.gated, plan->scope, &out->host, &ps.dead);
	if (e < 0) {
		pg_buf_free(&ps.dead);
		return e;
	}
	for (size_t i = 0; i < src->nr_known && !src->scratch.starved; i++) {
		visit(&ps, &src->known[i]);
		if (src->known[i].dead)
			note_dead(&ps, &src->known[i]);
	}
	revisit_children(&ps);
	pg_buf_free(&ps.dead);
	bury(src);
	src->lost_one = ps.lost_one;
	note_parents(src);
	collect(&ps, out);
	src->plan = *plan;
	src->passes++;
	src->nr_large = ps.nr_large;
	src->restless_last = src->restless_seen;
	return 0;
}
