/* SPDX-License-Identifier: MIT */
/*
 * A process that is known already: each row of its block is read in full, read in part, or taken
 * over, and a new block is made of them. Who ran is found out first. Then the leader's stat is
 * read, once: its start time says whether the number is still the same process's. What a sibling or
 * another process can change of a thread that did not run is found by the sweep.
 */
#include <string.h>

#include "source_procfs_impl.h"

#define COMM_MAX 256

struct update {
	struct pg_reading r;
	struct pg_known *e;
	const struct pg_proc *was;
	unsigned why; /* enum pg_why */
	uint64_t clock;
	struct pg_task leader; /* with its new stat; its comm is in the buffer below */
	char comm[COMM_MAX];
	size_t comm_len;
	bool relist;
	uint32_t
		living_row; /* the leader has exited: what is the process's is read there; else 0 */
	uint64_t kept_ns;   /* run_ns, as the ledger knows it, of the rows that are still there */
};

static bool is_restless(const struct pg_task *t)
{
	return t->state == 'R' || t->state == 'D';
}

/* ---- what has to be read ----------------------------------------------------------------- */

static void clear_marks(struct update *u)
{
	struct pg_scratch *sc = u->r.sc;
	size_t need = u->was->nr_tasks * sizeof(uint32_t);
	pg_buf_clear(&sc->looks);
	pg_buf_clear(&sc->leader);
	sc->marks.data = pg_grow(sc->marks.data, &sc->marks.cap, need, 1);
	memset(sc->marks.data, 0, need);
}

static void mark(struct update *u, uint32_t row, uint32_t bits)
{
	pg_marks(&u->r)[row] |= bits;
}

/* False: another process has the number by now, or its leader cannot be read. */
static bool read_leader(struct update *u)
{
	u->leader = u->was->tasks[0];
	if (!pg_row_stat(&u->r, &u->leader) || u->leader.comm.len > COMM_MAX)
		return false;
	u->comm_len = u->leader.comm.len;
	if (u->comm_len)
		memcpy(u->comm, u->r.sc->block.strings.data + u->leader.comm.off, u->comm_len);
	return true;
}

/* Memory and descriptors of a leader that has exited are another thread's: that one is read. */
static bool is_alive(const struct pg_task *t)
{
	return t->state != 'Z' && t->state != 'X';
}

static void mark_living(struct update *u)
{
	if (u->leader.state != 'Z')
		return;
	for (uint32_t i = 1; i < u->was->nr_tasks; i++) {
		/* It may have ended since, with the whole process or not. */
		struct pg_task t = u->was->tasks[i];
		if (!is_alive(&t) || !pg_row_stat(&u->r, &t) || !is_alive(&t))
			continue;
		mark(u, i, PG_MARK_STAT);
		u->living_row = i;
		u->r.living_tid = t.tid;
		return;
	}
}

static void mark_restless(struct update *u)
{
	for (uint32_t i = 1; i < u->was->nr_tasks; i++)
		if (is_restless(&u->was->tasks[i]))
			mark(u, i, PG_MARK_STAT);
}

static void mark_focus(struct update *u)
{
	const struct pg_plan *plan = u->r.plan;
	for (size_t k = 0; k < plan->nr_focus; k++)
		for (uint32_t i = 0; plan->focus[k].pid == u->was->pid && i < u->was->nr_tasks; i++)
			if (plan->focus[k].tid == u->was->tasks[i].tid)
				mark(u, i, PG_MARK_FULL);
}

/* It was not worth its cost when the task ran; a sweep reads it for all. */
static bool lacks_status(const struct update *u, uint32_t row)
{
	const struct pg_task *t = &u->was->tasks[row];
	return pg_reading_wants(&u->r, PG_STATUS) && !((t->valid | t->refused) & PG_STATUS);
}

/*
 * A sibling may have renamed a thread of a process that ran, or all were stopped from outside (a
 * freezer): stat tells. In a process of very many threads that would cost more than all else, so
 * these are taken SUSPECTS_A_PASS at a time, and the round takes longer than the sweep.
 */
#define SUSPECTS_A_PASS 64

static void mark_suspects(struct update *u, uint32_t due)
{
	uint32_t nr = u->was->nr_tasks;
	struct pg_known *e = u->e;
	for (uint32_t i = 0; i < due && i < SUSPECTS_A_PASS; i++) {
		uint32_t row = e->suspect_row % nr;
		mark(u, row, lacks_status(u, row) ? PG_MARK_FULL : PG_MARK_STAT);
		e->suspect_row = (row + 1) % nr;
		if (e->suspect_row == 0)
			e->ran = u->why & PG_WHY_RAN;
	}
	/* Peak and swap: another thread may have moved them and back. */
	mark(u, 0, PG_MARK_FULL);
	mark(u, u->living_row, PG_MARK_FULL);
}

/* The rows that are due: their scheduling can be changed from outside, which a system call tells.
 */
static void mark_swept(struct update *u)
{
	uint32_t nr = u->was->nr_tasks, due = pg_sweep_rows(u->r.src, u->e);
	for (uint32_t i = 0; i < due; i++) {
		uint32_t row = u->e->sweep_row % nr;
		if (row > 0 && pg_scheduling_differs(&u->was->tasks[row]))
			mark(u, row, PG_MARK_STAT);
		u->e->sweep_row = (row + 1) % nr;
	}
	if (u->e->ran || u->leader.state != u->was->tasks[0].state)
		mark_suspects(u, due);
	u->e->swept_ns = u->r.src->mono_ns;
}

static bool has_schedstat(const struct update *u)
{
	return u->r.src->traits.schedstat && (u->r.plan->groups & PG_SCHED);
}

/* Before any stat is read: what a thread does after its schedstat is read moves that again. */
static void find_runners(struct update *u)
{
	if ((u->why & (PG_WHY_RAN | PG_WHY_ROUND)) && has_schedstat(u))
		u->relist = pg_ledger_find(&u->r, u->e, u->clock);
}

static void mark_runners(struct update *u)
{
	/* num_threads is what st_nlink of PID/task is, less two (fs/proc/base.c, array.c). */
	u->relist |= u->r.stat.threads != u->was->nr_tasks;
	if (has_schedstat(u)) {
		/* A birth may hide behind the death of one that was not looked at. */
		u->relist = u->relist ||
			    (u->e->ledger.rest_ns && pg_known_has_newborn(u->r.src, u->r.taskfd));
		return;
	}
	/* All are read, and a birth that hides behind a death must be seen now: there is no ledger
	 * that would ask again. */
	u->relist = true;
	for (uint32_t i = 0; i < u->was->nr_tasks; i++)
		mark(u, i, PG_MARK_FULL);
}

/* What was in the block of the process itself, and was not read again. */
static void keep_shared(struct update *u)
{
	struct pg_proc *p = pg_reading_block(&u->r);
	const struct pg_proc *was = u->was;
	/* The clock of who is on a CPU moves at ticks: it may be a zombie now, and yet stand still.
	 */
	bool has_ended = u->leader.state == 'Z' && was->tasks[0].state != 'Z';
	if (!has_ended && !(u->why & (PG_WHY_RAN | PG_WHY_SWEEP | PG_WHY_FOCUS))) {
		p->rss_bytes = was->rss_bytes;
		p->fds = was->fds;
		p->fd_limit = was->fd_limit;
		p->valid |= was->valid & (PG_MEM | PG_FD);
		p->refused |= was->refused & (PG_MEM | PG_FD);
		return;
	}
	if (!(u->why & (PG_WHY_SWEEP | PG_WHY_FOCUS)))
		u->r.fd_limit = was->fd_limit;
	pg_reading_shared(&u->r);
	/* Peak and swap follow memory; they stand in the leader's status, if it has any. */
	if (p->rss_bytes != was->rss_bytes)
		mark(u, u->living_row, PG_MARK_FULL);
}

/* ---- the new block ----------------------------------------------------------------------- */

/* A row that did not run. The whole process has one parent (kernel/exit.c, reparent_leader()). */
static struct pg_task carried(struct update *u, const struct pg_task *was)
{
	struct pg_task t = *was;
	if (t.valid & PG_STAT)
		t.ppid = u->leader.ppid;
	t.comm = pg_reading_string(&u->r, pg_proc_str(u->was, was->comm), was->comm.len);
	return t;
}

static struct pg_task leaders_row(struct update *u)
{
	struct pg_task t = u->leader;
	t.comm = pg_reading_string(&u->r, u->comm, u->comm_len);
	return t;
}

/*
 * A young process may be a daemon on its way to another user: its status is read each time. One
 * whose leader has another name is another program now (execve(2), whichever thread called it), and
 * young again.
 */
static void note_age(struct update *u, const char *comm, size_t len)
{
	const struct pg_task *was = &u->was->tasks[0];
	if (len != was->comm.len || memcmp(comm, pg_proc_str(u->was, was->comm), len) != 0)
		u->e->young_until_ns = u->r.src->mono_ns + PG_YOUNG_NS;
}

static bool is_lazy(const struct update *u)
{
	return u->r.plan->lazy_status && u->r.src->mono_ns >= u->e->young_until_ns;
}

/* Of one that ran, or is to be read in full. False: it vanished. */
static bool read_row(struct update *u, uint32_t row, const struct pg_look *look, struct pg_task *t)
{
	const struct pg_reading *r = &u->r;
	int32_t tid = u->was->tasks[row].tid;
	bool lazy = !(pg_marks(r)[row] & PG_MARK_FULL) && is_lazy(u);
	u->r.skip_status = lazy;
	bool is_there = pg_row_read(&u->r, tid, look, t);
	u->r.skip_status = false;
	if (!is_there || !lazy || row > 0)
		return is_there;
	/* It may have become another program since its stat was read for the first time. */
	note_age(u, r->sc->block.strings.data + t->comm.off, t->comm.len);
	return is_lazy(u) || pg_row_read(&u->r, tid, look, t);
}

/* False: it vanished. */
static bool make_row(struct update *u, uint32_t row, struct pg_task *t)
{
	const struct pg_task *was = &u->was->tasks[row];
	uint32_t m = pg_marks(&u->r)[row];
	const struct pg_look *looks = (const struct pg_look *)(void *)u->r.sc->looks.data;
	const struct pg_look *look = m & PG_MARK_LOOK ? &looks[(m & PG_MARK_LOOK) - 1] : NULL;
	if (m & PG_MARK_GONE)
		return pg_row_read(&u->r, was->tid, NULL, t);
	if ((m & PG_MARK_FULL) || (look && look->ran))
		return read_row(u, row, look, t);
	if (row == 0) {
		*t = leaders_row(u);
	} else if (m & PG_MARK_STAT) {
		*t = *was;
		if (!pg_row_stat(&u->r, t))
			return pg_row_read(&u->r, was->tid, NULL, t);
	} else {
		*t = carried(u, was);
		u->r.sc->tasks_read += look != NULL;
	}
	const struct pg_ledger *l = &u->e->ledger;
	if (look || l->rest_ns == 0)
		t->seen_ns = 0;
	else if (l->restarted && !t->seen_ns)
		t->seen_ns = u->r.src->last_mono_ns;
	return true;
}

static void put_row(struct update *u, uint32_t row)
{
	struct pg_task t;
	uint32_t nr = pg_marks(&u->r)[row] & PG_MARK_LOOK;
	const struct pg_look *looks = (const struct pg_look *)(void *)u->r.sc->looks.data;
	const struct pg_task *was = &u->was->tasks[row];
	if (!make_row(u, row, &t))
		return;
	pg_row_put(&u->r, &t);
	if (t.start == was->start)
		u->kept_ns += nr ? looks[nr - 1].run_ns : was->run_ns;
}

/* The threads are others: those that were there keep their rows. */
static void put_relisted(struct update *u)
{
	const struct pg_proc *was = u->was;
	struct pg_scratch *sc = u->r.sc;
	uint32_t row = 1;
	if (pg_reading_tids(&u->r) < 0)
		return; /* it has no threads any more: no row */
	put_row(u, 0);
	for (size_t i = 0; i < sc->tids.len / sizeof(int32_t); i++) {
		int32_t tid = ((const int32_t *)(void *)sc->tids.data)[i];
		struct pg_task t;
		while (row < was->nr_tasks && was->tasks[row].tid < tid)
			row++;
		if (tid == was->pid)
			continue;
		if (row < was->nr_tasks && was->tasks[row].tid == tid)
			put_row(u, row);
		else if (pg_row_read(&u->r, tid, NULL, &t))
			pg_row_put(&u->r, &t);
	}
}

static void put_rows(struct update *u)
{
	if (u->relist) {
		put_relisted(u);
		return;
	}
	for (uint32_t i = 0; i < u->was->nr_tasks; i++)
		put_row(u, i);
}

static void put_process(struct update *u)
{
	struct pg_proc *p = pg_reading_block(&u->r);
	const struct pg_proc *was = u->was;
	bool fresh_status = u->r.status.tgid == p->pid;
	/* Of a leader that has exited it tells nothing of memory. */
	bool fresh_peak = fresh_status && (u->r.status.has_memory || !u->living_row);
	bool fresh_owner = fresh_status && (p->tasks[0].valid & PG_STATUS);
	p->valid |= PG_CLOCK | (was->valid & PG_STAT);
	p->cpu_clock_ns = u->clock;
	p->threads = u->r.stat.threads;
	p->vsize_bytes = u->r.stat.vsize_bytes;
	if (pg_reading_wants(&u->r, PG_STATUS) && (fresh_peak || (was->valid & PG_STATUS))) {
		p->peak_bytes = fresh_peak ? u->r.status.peak_bytes : was->peak_bytes;
		p->swap_bytes = fresh_peak ? u->r.status.swap_bytes : was->swap_bytes;
		p->valid |= PG_STATUS;
	}
	if (p->nr_unseen)
		p->unseen_ns = u->e->ledger.rest_ns;
	if (fresh_owner || !(was->valid & PG_UID)) {
		pg_reading_owner(&u->r);
		return;
	}
	p->uid = was->uid;
	p->valid |= PG_UID;
	p->user = pg_reading_string(&u->r, pg_proc_str(was, was->user), was->user.len);
}

/*
 * Memory and descriptors were asked of a thread that had them: the leader, or another one that was
 * alive before, and is so still. Else they were 0, or not to be had.
 */
static bool is_sound(const struct update *u, const struct pg_proc *p)
{
	if (p->tasks[0].state != 'Z') /* it may have ended between its stat and its memory */
		return p->rss_bytes || !u->was->rss_bytes || !(p->valid & PG_MEM);
	if (u->leader.state != 'Z') /* it ended meanwhile, maybe not without an heir */
		return false;
	if (p->nr_tasks == 1)
		return true;
	for (uint32_t i = 1; u->living_row && i < p->nr_tasks; i++)
		if (p->tasks[i].tid == u->r.living_tid)
			return is_alive(&p->tasks[i]);
	return false;
}

static struct pg_proc *make_block(struct update *u)
{
	pg_reading_begin(&u->r);
	clear_marks(u);
	if (u->r.taskfd < 0)
		return NULL;
	find_runners(u);
	if (!read_leader(u))
		return NULL;
	struct pg_stat_extra stat = u->r.stat;
	note_age(u, u->comm, u->comm_len);
	mark_living(u);
	keep_shared(u);
	if (u->why & PG_WHY_SWEEP)
		mark_swept(u);
	if (u->why & PG_WHY_RESTLESS)
		mark_restless(u);
	if (u->why & PG_WHY_FOCUS)
		mark_focus(u);
	if (u->why & (PG_WHY_RAN | PG_WHY_ROUND))
		mark_runners(u);
	pg_buf_clear(&u->r.sc->block.strings);
	u->r.stat = stat;
	put_rows(u);
	const struct pg_proc *p = pg_reading_block(&u->r);
	if (p->nr_tasks == 0 || !is_sound(u, p))
		return NULL;
	put_process(u);
	const struct pg_selection *s = &u->r.src->select;
	if (s->by_uid && p->uid != s->uid)
		return NULL; /* setuid(2): it may not be wanted any more */
	return pg_block_end(&u->r.sc->block, u->e->block);
}

bool pg_procfs_update(struct pg_procfs *src, const struct pg_plan *plan, struct pg_known *e,
		      uint64_t clock, unsigned why)
{
	const struct pg_visit visit = {.pid = e->pid};
	struct update u = {.r = {.src = src,
				 .sc = &src->scratch,
				 .plan = plan,
				 .visit = &visit,
				 .hot = e->hot,
				 .keep = pg_is_warm(e->heat)},
			   .e = e,
			   .was = e->block,
			   .why = why,
			   .clock = clock};
	if (!pg_reading_open(&u.r))
		return false;
	struct pg_proc *p = make_block(&u);
	pg_reading_close(&u.r);
	if (!p)
		return false;
	bool regrouped = u.relist || p->nr_tasks != e->block->nr_tasks;
	uint64_t dropped_ns = e->ledger.sum_ns - u.kept_ns;
	pg_proc_unref(e->block);
	e->block = p;
	if (has_schedstat(&u))
		pg_ledger_close(e, dropped_ns, regrouped, clock);
	return true;
}
