/* SPDX-License-Identifier: MIT */
/* One task's files into a row, by descriptors that were kept or by path. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "source_procfs_impl.h"

struct pg_str pg_reading_string(struct pg_reading *r, const char *s, size_t n)
{
	return pg_block_string(&r->sc->block, s, n);
}

/* ---- where its files are ----------------------------------------------------------------------
 */

/* Files of the process itself, relative to pidfd, or "TID/…", relative to taskfd. */
struct place {
	int dirfd;
	char text[32];
	size_t prefix;
	bool is_leader;
	struct pg_hot_task *hot;
};

/* Digits of a task's number (> 0), not terminated: no stdio in the hot path. */
static size_t put_number(char *out, int32_t number)
{
	char digits[10];
	size_t n = 0;
	for (uint32_t v = (uint32_t)number; v; v /= 10)
		digits[n++] = (char)('0' + v % 10);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

size_t pg_row_prefix(char *out, int32_t tid)
{
	size_t n = put_number(out, tid);
	out[n] = '/';
	return n + 1;
}

static struct place place_of(struct pg_reading *r, int32_t tid)
{
	struct place p = {.dirfd = r->pidfd, .is_leader = tid == r->visit->pid};
	if (r->taskfd >= 0) {
		p.dirfd = r->taskfd;
		p.prefix = pg_row_prefix(p.text, tid);
	}
	if (r->hot)
		p.hot = pg_hot_find(r->hot, tid);
	return p;
}

static const char *path_of(struct place *p, enum pg_task_file which)
{
	static const char *const names[] = {"stat", "status", "io", "schedstat"};
	strcpy(p->text + p->prefix, names[which]);
	return p->text;
}

static long text_of(struct pg_reading *r, struct place *p, enum pg_task_file which)
{
	struct pg_hot_task *hot = p->hot;
	bool leaders = r->hot && p->is_leader && which == PG_FILE_STAT;
	int *slot = leaders ? &r->hot->leader_stat : hot ? &hot->fd[which] : NULL;
	bool wanted = slot && (*slot >= 0 || (r->keep && (leaders || pg_is_warm(hot->heat))));
	if (!wanted || !pg_keep_slot(&r->src->keep, r->sc, slot, p->dirfd, path_of(p, which),
				     O_RDONLY | O_NONBLOCK | O_NOCTTY))
		return pg_procfs_slurp(r->sc, p->dirfd, path_of(p, which));
	long n = pg_procfs_reread(r->sc, *slot);
	if (n < 0)
		pg_keep_drop(&r->src->keep, slot);
	return n;
}

/*
 * One file of a task. Its length; what went wrong is noted in *refused if the kernel denied it, and
 * negative is returned.
 */
static long task_text(struct pg_reading *r, struct place *p, enum pg_task_file which,
		      unsigned group, uint8_t *refused)
{
	long n = text_of(r, p, which);
	if (n < 0 && !pg_vanished(n))
		*refused |= (uint8_t)group;
	return n;
}

/* ---- its rows
 * ------------------------------------------------------------------------------------
 */

static void keep_raw(struct pg_reading *r, struct pg_task *t, unsigned group, int index, long n)
{
	if ((r->plan->raw & group) && n > 0)
		t->raw[index] = pg_reading_string(r, r->sc->file, (size_t)n);
}

static void read_status(struct pg_reading *r, struct place *p, struct pg_task *t)
{
	long n = task_text(r, p, PG_FILE_STATUS, PG_STATUS, &t->refused);
	struct pg_status_extra x;
	if (n <= 0 || !pg_parse_status(r->sc->file, (size_t)n, t, &x))
		return;
	t->valid |= PG_STATUS;
	keep_raw(r, t, PG_STATUS, 1, n);
	if (t->tid == r->visit->pid || !r->status.has_memory)
		r->status = x;
}

static void read_io(struct pg_reading *r, struct place *p, struct pg_task *t)
{
	long n = task_text(r, p, PG_FILE_IO, PG_IO, &t->refused);
	if (n > 0 && pg_parse_io(r->sc->file, (size_t)n, t)) {
		t->valid |= PG_IO;
		keep_raw(r, t, PG_IO, 2, n);
	}
}

static void read_sched(struct pg_reading *r, struct place *p, struct pg_task *t)
{
	long n = task_text(r, p, PG_FILE_SCHED, PG_SCHED, &t->refused);
	if (n > 0 && pg_parse_schedstat(r->sc->file, (size_t)n, t))
		t->valid |= PG_SCHED;
}

static void take_look(struct pg_task *t, const struct pg_look *look)
{
	t->run_ns = look->run_ns;
	t->wait_ns = look->wait_ns;
	t->timeslices = look->timeslices;
	t->valid |= PG_SCHED;
}

static bool wants_sched(const struct pg_reading *r)
{
	return pg_reading_wants(r, PG_SCHED) && r->src->traits.schedstat &&
	       r->plan->scope == PG_SCOPE_THREADS;
}

/* The text of stat into t; what it says of the process goes to r->stat. 0 or -errno. */
static long take_stat(struct pg_reading *r, const char *text, size_t n, struct pg_task *t)
{
	struct pg_stat_extra x = {0};
	if (!pg_parse_stat(text, n, t, &x))
		return -ESRCH;
	t->valid |= PG_STAT;
	t->comm = pg_reading_string(r, x.comm.s, x.comm.n);
	bool living = t->state != 'Z' && t->state != 'X';
	/* What is the process's own is 0 in a thread that has exited. */
	if (living || pg_reading_block(r)->nr_tasks == 0)
		r->stat = x;
	return (long)n;
}

/* The length of the file, or -errno. */
static long read_stat(struct pg_reading *r, struct place *p, struct pg_task *t)
{
	long n = task_text(r, p, PG_FILE_STAT, PG_STAT, &t->refused);
	return n < 0 ? n : take_stat(r, r->sc->file, (size_t)n, t);
}

/* How a process has ended that is a zombie: its own stat tells, task/TID/stat does not. */
static void read_ending(struct pg_reading *r, struct pg_task *t)
{
	uint32_t status;
	t->ended = 0;
	if (t->state != 'Z' || t->tid != r->visit->pid)
		return;
	long n = pg_procfs_slurp(r->sc, r->pidfd, "stat");
	if (n > 0 && pg_parse_ending(r->sc->file, (size_t)n, &status))
		t->ended = status + 1;
}

bool pg_row_read(struct pg_reading *r, int32_t tid, const struct pg_look *look, struct pg_task *out)
{
	struct place p = place_of(r, tid);
	struct pg_task t = {0};
	if (look)
		take_look(&t, look);
	else if (wants_sched(r))
		read_sched(r, &p, &t);
	const struct pg_buf *leader = &r->sc->leader;
	long n = look && p.is_leader && leader->len ? take_stat(r, leader->data, leader->len, &t)
						    : read_stat(r, &p, &t);
	if (pg_vanished(n))
		return false;
	t.tid = tid;
	if (n > 0)
		keep_raw(r, &t, PG_STAT, 0, n);
	read_ending(r, &t);
	if (pg_reading_wants(r, PG_STATUS) && !r->skip_status)
		read_status(r, &p, &t);
	if (pg_reading_wants(r, PG_IO))
		read_io(r, &p, &t);
	r->sc->tasks_read++;
	*out = t;
	return true;
}

bool pg_row_stat(struct pg_reading *r, struct pg_task *t)
{
	struct place p = place_of(r, t->tid);
	const uint64_t start = t->start;
	const int32_t tid = t->tid;
	long n = read_stat(r, &p, t);
	if (n > 0 && p.is_leader) {
		pg_buf_clear(&r->sc->leader);
		pg_buf_put(&r->sc->leader, r->sc->file, (size_t)n);
	}
	t->tid = tid;
	read_ending(r, t);
	r->sc->tasks_read++;
	return n > 0 && t->start == start;
}

int pg_row_look(struct pg_reading *r, const struct pg_task *was, struct pg_look *out)
{
	struct place p = place_of(r, was->tid);
	struct pg_task t;
	long n = text_of(r, &p, PG_FILE_SCHED);
	if (n <= 0 || !pg_parse_schedstat(r->sc->file, (size_t)n, &t))
		return -1;
	out->run_ns = t.run_ns;
	out->wait_ns = t.wait_ns;
	out->timeslices = t.timeslices;
	out->ran = t.run_ns != was->run_ns || t.wait_ns != was->wait_ns ||
		   t.timeslices != was->timeslices;
	return out->ran;
}

void pg_row_put(struct pg_reading *r, const struct pg_task *t)
{
	if (t->state != 'Z' && t->state != 'X' && !r->living_tid)
		r->living_tid = t->tid;
	pg_block_put(&r->sc->block, t);
}
