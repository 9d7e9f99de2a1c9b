/* SPDX-License-Identifier: MIT */
/*
 * The tasks of a frame out of its line. They must come in the order of pg_proc_cmp() and
 * pg_task_cmp(), each once: so a frame is built in one go, block by block, and a delta is a merge
 * of three sorted lists: the blocks of the frame before, the keys that are gone, the rows that
 * changed.
 */
#include "stream_read_impl.h"
#include "task/block.h"

/* ---- rows, one ahead ---------------------------------------------------------------------- */

/* Order of tasks in a line: pid, then as in a block. */
static int cmp_keys(const struct pg_key *a, const struct pg_key *b)
{
	const struct pg_task x = {.tid = a->tid, .start = a->start};
	const struct pg_task y = {.tid = b->tid, .start = b->start};
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return pg_task_cmp(a->pid, &x, &y);
}

static struct pg_key key_of(const struct pg_stream_row *row)
{
	return (struct pg_key){row->proc.pid, row->task.tid, row->task.start};
}

/* Reads the next row of the array. False at its end, and with a problem. */
static bool next_row(struct pg_stream_reading *f)
{
	struct pg_stream_row *row = &f->r->row;
	f->more = pg_json_item(&f->j) && pg_stream_read_row(&f->j, &f->r->columns, row);
	if (!f->more)
		return false;
	struct pg_key key = key_of(row);
	if (cmp_keys(&f->at, &key) >= 0) /* none is below the first: its pid is 0 */
		f->more = pg_json_fail(&f->j, row->at, "tasks out of order, or one twice");
	f->at = key;
	return f->more;
}

/* The block of the frame before for this pid, if there is one. */
static struct pg_proc *last_of(struct pg_stream_reading *f, int32_t pid)
{
	const struct pg_snapshot *last = &f->r->last;
	while (f->last < last->nr_procs && last->procs[f->last]->pid < pid)
		f->last++;
	struct pg_proc *p = f->last < last->nr_procs ? last->procs[f->last] : NULL;
	return p && p->pid == pid ? p : NULL;
}

static bool add(struct pg_stream_reading *f, struct pg_proc *p)
{
	if (p->nr_tasks > f->r->limits.tasks - f->out->nr_tasks) {
		pg_proc_unref(p);
		return pg_json_fail(&f->j, f->j.at, "more tasks than are allowed");
	}
	pg_snapshot_add(f->out, p);
	return true;
}

/* ---- all tasks ---------------------------------------------------------------------------- */

bool pg_stream_read_tasks(struct pg_stream_reading *f)
{
	struct pg_block *b = &f->r->block;
	if (!pg_json_array(&f->j))
		return false;
	next_row(f);
	while (f->more) {
		int32_t pid = f->at.pid;
		uint32_t room = f->r->limits.tasks - f->out->nr_tasks;
		pg_block_begin(b, pid, f->out->scope);
		do {
			pg_stream_put_row(b, &f->r->row);
		} while (next_row(f) && f->at.pid == pid && pg_block_proc(b)->nr_tasks <= room);
		if (!add(f, pg_block_end(b, last_of(f, pid))))
			return false;
	}
	return !f->j.problem;
}

/* ---- what changed ------------------------------------------------------------------------- */

/* Keys of tasks that are gone, sorted. */
bool pg_stream_read_gone(struct pg_stream_reading *f)
{
	struct pg_stream_reader *r = f->r;
	if (!pg_json_array(&f->j))
		return false;
	while (pg_json_item(&f->j)) {
		struct pg_key key;
		const char *at = f->j.at;
		if (!pg_stream_read_key(&f->j, &key))
			return false;
		if (f->nr_gone > 0 && cmp_keys(&r->gone[f->nr_gone - 1], &key) >= 0)
			return pg_json_fail(&f->j, at, "gone tasks out of order");
		if (f->nr_gone == r->limits.tasks)
			return pg_json_fail(&f->j, at, "more gone tasks than are allowed");
		r->gone = pg_grow(r->gone, &r->gone_cap, f->nr_gone + 1, sizeof(*r->gone));
		r->gone[f->nr_gone++] = key;
	}
	return !f->j.problem;
}

/* The block of before is as it was until the next thing that happens. */
static bool take_over_until(struct pg_stream_reading *f, int32_t pid)
{
	const struct pg_snapshot *last = &f->r->last;
	while (f->last < last->nr_procs && last->procs[f->last]->pid < pid)
		if (!add(f, pg_proc_ref(last->procs[f->last++])))
			return false;
	return true;
}

/* Whether the next key that is gone is this one; then it is taken. */
static bool is_gone(struct pg_stream_reading *f, struct pg_key key)
{
	bool gone = f->gone < f->nr_gone && cmp_keys(&f->r->gone[f->gone], &key) == 0;
	f->gone += gone;
	return gone;
}

/* Puts a row of before again; the first one with the values of its process. */
static void put_old_row(struct pg_block *b, const struct pg_proc *was, const struct pg_task *row)
{
	struct pg_task t = *row;
	bool first = pg_block_proc(b)->nr_tasks == 0;
	t.comm = pg_block_string(b, pg_proc_str(was, t.comm), t.comm.len);
	pg_block_put(b, &t);
	if (!first)
		return;
	struct pg_str user = pg_block_string(b, pg_proc_str(was, was->user), was->user.len);
	struct pg_proc *p = pg_block_proc(b), head = *was;
	head.nr_tasks = p->nr_tasks;
	head.nr_running = p->nr_running;
	head.nr_disk_sleep = p->nr_disk_sleep;
	head.nr_zombie = p->nr_zombie;
	head.nr_unseen = p->nr_unseen;
	head.user = user;
	memcpy(p, &head, sizeof(head));
}

/* All rows of a process that changed, of before and of now. */
static void merge(struct pg_stream_reading *f, int32_t pid, const struct pg_proc *was)
{
	struct pg_block *b = &f->r->block;
	uint32_t i = 0, nr = was ? was->nr_tasks : 0, max = f->r->limits.tasks;
	while (pg_block_proc(b)->nr_tasks <= max) { /* beyond it, add() says so */
		bool changed = f->more && f->at.pid == pid;
		struct pg_key old = i < nr ? pg_task_key(was, &was->tasks[i]) : (struct pg_key){0};
		int order = !changed ? 1 : i == nr ? -1 : cmp_keys(&f->at, &old);
		if (!changed && i == nr)
			return;
		if (order <= 0) {
			pg_stream_put_row(b, &f->r->row);
			next_row(f);
		} else if (!is_gone(f, old)) {
			put_old_row(b, was, &was->tasks[i]);
		}
		i += order >= 0;
	}
}

/* One process of which something changed or is gone. */
static bool read_process(struct pg_stream_reading *f, int32_t pid)
{
	struct pg_block *b = &f->r->block;
	struct pg_proc *was = last_of(f, pid);
	pg_block_begin(b, pid, f->out->scope);
	merge(f, pid, was);
	f->last += was != NULL;
	if (f->gone < f->nr_gone && f->r->gone[f->gone].pid == pid)
		return pg_json_fail(&f->j, f->j.at, "a task is gone that was not there");
	return pg_block_proc(b)->nr_tasks == 0 || add(f, pg_block_end(b, was));
}

bool pg_stream_read_changed(struct pg_stream_reading *f)
{
	if (!pg_json_array(&f->j))
		return false;
	next_row(f);
	while (!f->j.problem) {
		int32_t pid = INT32_MAX;
		bool gone = f->gone < f->nr_gone;
		if (f->more)
			pid = f->at.pid;
		if (gone && f->r->gone[f->gone].pid < pid)
			pid = f->r->gone[f->gone].pid;
		if (!f->more && !gone)
			break;
		if (take_over_until(f, pid))
			read_process(f, pid);
	}
	for (size_t n = f->r->last.nr_procs; !f->j.problem && f->last < n;)
		add(f, pg_proc_ref(f->r->last.procs[f->last++]));
	return !f->j.problem;
}
