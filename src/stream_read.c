/* SPDX-License-Identifier: MIT */
/*
 * Lines into snapshots. Tasks must come in the order of pg_proc_cmp() and pg_task_cmp(), each once:
 * so a frame is built in one go, block by block, and a delta is a merge of three sorted lists: the
 * blocks of the frame before, the keys that are gone, and the rows that changed. No memory is taken
 * for a number that is claimed, only for what is there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "block.h"
#include "counter.h"
#include "stream_impl.h"

struct pg_stream_reader {
	struct pg_stream_limits limits;
	bool has_head, has_last;
	struct pg_stream_head head;
	struct pg_stream_columns columns;
	struct pg_snapshot last; /* blocks of the frame before */
	uint64_t last_number;
	/* Kept for their memory. */
	struct pg_block block;
	struct pg_stream_row row;
	struct pg_key *gone;
	size_t gone_cap;
};

/* While a frame is read. */
struct reading {
	struct pg_stream_reader *r;
	struct pg_json j;
	struct pg_snapshot *out;
	struct pg_stream_mark mark;
	uint32_t has; /* members that were there, enum member */
	bool key;
	size_t nr_gone, gone; /* how many keys, and which is next */
	size_t last;          /* next block of the frame before */
	bool more;            /* r->row is filled */
	struct pg_key at;     /* of the row before that */
};

struct pg_stream_reader *pg_stream_reader_new(const struct pg_stream_limits *limits)
{
	struct pg_stream_reader *r = pg_calloc(1, sizeof(*r));
	r->limits = *limits;
	return r;
}

void pg_stream_reader_free(struct pg_stream_reader *r)
{
	if (!r)
		return;
	pg_snapshot_free(&r->last);
	pg_block_free(&r->block);
	pg_buf_free(&r->row.text);
	free(r->gone);
	free(r);
}

const struct pg_stream_head *pg_stream_reader_head(const struct pg_stream_reader *r)
{
	return r->has_head ? &r->head : NULL;
}

void pg_stream_reader_rewind(struct pg_stream_reader *r)
{
	pg_snapshot_clear(&r->last);
	r->has_last = false;
}

/* ---- rows, one ahead --------------------------------------------------------------------------
 */

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
static bool next_row(struct reading *f)
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
static struct pg_proc *last_of(struct reading *f, int32_t pid)
{
	const struct pg_snapshot *last = &f->r->last;
	while (f->last < last->nr_procs && last->procs[f->last]->pid < pid)
		f->last++;
	struct pg_proc *p = f->last < last->nr_procs ? last->procs[f->last] : NULL;
	return p && p->pid == pid ? p : NULL;
}

static bool add(struct reading *f, struct pg_proc *p)
{
	if (p->nr_tasks > f->r->limits.tasks - f->out->nr_tasks) {
		pg_proc_unref(p);
		return pg_json_fail(&f->j, f->j.at, "more tasks than are allowed");
	}
	pg_snapshot_add(f->out, p);
	return true;
}

/* ---- all tasks --------------------------------------------------------------------------------
 */

static bool read_tasks(struct reading *f)
{
	struct pg_block *b = &f->r->block;
	if (!pg_json_array(&f->j))
		return false;
	next_row(f);
	while (f->more) {
		int32_t pid = f->at.pid;
		uint32_t room = f->r->limits.tasks - f->out->nr_tasks;
		pg_stream_begin_block(b, &f->r->row, f->out->scope);
		do {
			pg_stream_put_row(b, &f->r->row);
		} while (next_row(f) && f->at.pid == pid && pg_block_proc(b)->nr_tasks <= room);
		if (!add(f, pg_block_end(b, last_of(f, pid))))
			return false;
	}
	return !f->j.problem;
}

/* ---- what changed -----------------------------------------------------------------------------
 */

/* Keys of tasks that are gone, sorted. */
static bool read_gone(struct reading *f)
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
		r->gone = pg_grow(r->gone, &r->gone_cap, f->nr_gone + 1, sizeof(*r->gone));
		r->gone[f->nr_gone++] = key;
	}
	return !f->j.problem;
}

/* The block of before is as it was until the next thing that happens. */
static bool take_over_until(struct reading *f, int32_t pid)
{
	const struct pg_snapshot *last = &f->r->last;
	while (f->last < last->nr_procs && last->procs[f->last]->pid < pid)
		if (!add(f, pg_proc_ref(last->procs[f->last++])))
			return false;
	return true;
}

/* Whether the next key that is gone is this one; then it is taken. */
static bool is_gone(struct reading *f, struct pg_key key)
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
static void merge(struct reading *f, int32_t pid, const struct pg_proc *was)
{
	struct pg_block *b = &f->r->block;
	uint32_t i = 0, nr = was ? was->nr_tasks : 0;
	for (;;) {
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
static bool read_process(struct reading *f, int32_t pid)
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

static bool read_changed(struct reading *f)
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

/* ---- the members of a frame -------------------------------------------------------------------
 */

static bool read_load(struct pg_json *j, double load[3])
{
	const char *at = j->at;
	size_t i = 0;
	if (!pg_json_array(j))
		return false;
	for (; pg_json_item(j) && i < 3; i++)
		pg_json_double(j, &load[i]);
	return i == 3 && !j->problem ? true : pg_json_fail(j, at, "not three numbers");
}

static bool read_host_value(struct pg_json *j, const struct pg_stream_host *h, struct pg_host *host)
{
	void *to = (char *)host + h->offset;
	if (pg_json_null(j))
		return true;
	host->valid |= h->group;
	switch (h->type) {
	case PG_SH_U64:
		return pg_json_u64(j, UINT64_MAX, to);
	case PG_SH_DOUBLE:
		return pg_json_double(j, to);
	case PG_SH_LOAD:
		return read_load(j, to);
	}
	return false;
}

static bool read_host(struct pg_json *j, struct pg_host *host)
{
	const char *key, *s;
	size_t n, len;
	if (!pg_json_object(j))
		return false;
	while (pg_json_key(j, &key, &n)) {
		size_t i = 0;
		while (i < pg_nr_stream_hosts && !pg_is_key(key, n, pg_stream_hosts[i].name))
			i++;
		if (i < pg_nr_stream_hosts) {
			read_host_value(j, &pg_stream_hosts[i], host);
		} else if (!pg_is_key(key, n, "name")) {
			pg_json_skip(j);
		} else if (pg_json_bytes(j, &s, &len)) {
			len = len < sizeof(host->name) ? len : sizeof(host->name) - 1;
			memcpy(host->name, s, len);
			host->name[len] = '\0';
		}
	}
	return !j->problem;
}

enum member {
	M_FRAME,
	M_KEY,
	M_MONO,
	M_WALL,
	M_SCOPE,
	M_GROUPS,
	M_PARTIAL,
	M_OWN_IO,
	M_HOST,
	M_TOLD,
	M_GONE,
	M_TASKS,
	M_CHANGED,
	M_NR
};

static enum member find_member(const char *key, size_t n)
{
	static const char *const names[M_NR] = {
		"frame",       "key",  "mono_ns", "wall_ns", "scope", "groups",  "partial",
		"own_io_only", "host", "told",    "gone",    "tasks", "changed",
	};
	enum member m = 0;
	while (m < M_NR && !pg_is_key(key, n, names[m]))
		m++;
	return m;
}

static bool has(const struct reading *f, enum member m)
{
	return f->has & 1u << m;
}

/* What the list of tasks needs to be read has come before it. */
static bool read_list(struct reading *f, enum member m)
{
	const struct pg_stream_reader *r = f->r;
	const char *at = f->j.at;
	if (has(f, M_TASKS) + has(f, M_CHANGED) > 1)
		return pg_json_fail(&f->j, at, "tasks and changed");
	if ((m == M_TASKS) != f->key)
		return pg_json_fail(&f->j, at,
				    f->key ? "a key frame without all tasks"
					   : "all tasks, but not a key frame");
	if (m == M_TASKS)
		return read_tasks(f);
	if (!r->has_last)
		return pg_json_fail(&f->j, at, "changes to a frame that is not there");
	if (f->mark.number != r->last_number + 1)
		return pg_json_fail(&f->j, at, "a frame is missing before this one");
	if (f->out->scope != r->last.scope)
		return pg_json_fail(&f->j, at, "another scope without a key frame");
	return read_changed(f);
}

static bool read_member(struct reading *f, enum member m)
{
	struct pg_json *j = &f->j;
	const char *at = j->at;
	if (has(f, M_TASKS) || has(f, M_CHANGED))
		return pg_json_fail(j, at, "this must come before the tasks");
	if (has(f, m))
		return pg_json_fail(j, at, "this was there before");
	f->has |= 1u << m;
	switch (m) {
	case M_FRAME:
		return pg_json_u64(j, UINT64_MAX, &f->mark.number);
	case M_KEY:
		return pg_json_bool(j, &f->key);
	case M_MONO:
		return pg_json_u64(j, UINT64_MAX, &f->mark.mono_ns);
	case M_WALL:
		return pg_json_i64(j, INT64_MIN, INT64_MAX, &f->mark.wall_ns);
	case M_SCOPE:
		return pg_stream_read_scope(j, &f->out->scope);
	case M_GROUPS:
		return pg_stream_read_groups(j, &f->out->groups);
	case M_PARTIAL:
		return pg_json_bool(j, &f->out->partial);
	case M_OWN_IO:
		return pg_json_bool(j, &f->out->own_io_only);
	case M_HOST:
		return read_host(j, &f->out->host);
	case M_TOLD:
		return pg_stream_read_told(j, &f->r->columns, f->out->scope, &f->out->told);
	case M_GONE:
		return read_gone(f);
	case M_TASKS:
	case M_CHANGED:
		return read_list(f, m);
	case M_NR:
		break;
	}
	return false;
}

static bool read_members(struct reading *f)
{
	const uint32_t needed = 1u << M_FRAME | 1u << M_MONO | 1u << M_WALL;
	const char *key;
	size_t n;
	do {
		enum member m = f->has ? find_member(key, n) : M_FRAME;
		if (m == M_NR)
			pg_json_skip(&f->j);
		else
			read_member(f, m);
	} while (pg_json_key(&f->j, &key, &n));
	if (!pg_json_end(&f->j))
		return false;
	if ((f->has & needed) != needed || !(has(f, M_TASKS) || has(f, M_CHANGED)))
		return pg_json_fail(&f->j, f->j.at, "no frame, mono_ns, wall_ns or tasks");
	return true;
}

static void begin_frame(struct reading *f)
{
	const struct pg_stream_head *h = &f->r->head;
	struct pg_snapshot *out = f->out;
	out->scope = h->scope;
	out->groups = h->groups;
	out->ticks_per_sec = h->ticks_per_sec;
	out->boot_wall_ns = h->boot_wall_ns;
	memcpy(out->host.name, h->host, sizeof(out->host.name));
}

/* The frame becomes the one before. */
static void end_frame(struct reading *f)
{
	struct pg_stream_reader *r = f->r;
	f->out->mono_ns = f->mark.mono_ns;
	f->out->wall_ns = f->mark.wall_ns;
	pg_snapshot_clear(&r->last);
	for (size_t i = 0; i < f->out->nr_procs; i++)
		pg_snapshot_add(&r->last, pg_proc_ref(f->out->procs[i]));
	r->last.scope = f->out->scope;
	r->last_number = f->mark.number;
	r->has_last = true;
}

/* ---- a line -----------------------------------------------------------------------------------
 */

static int read_frame(struct reading *f)
{
	if (!f->r->has_head) {
		pg_json_fail(&f->j, f->j.begin, "a frame before any header");
		return -EBADMSG;
	}
	begin_frame(f);
	if (!read_members(f))
		return -EBADMSG;
	end_frame(f);
	return f->key ? PG_STREAM_KEY : PG_STREAM_DELTA;
}

static int read_header(struct reading *f, struct pg_error *err)
{
	struct pg_stream_reader *r = f->r;
	r->has_head = false;
	pg_stream_reader_rewind(r);
	int ret = pg_stream_read_head(&f->j, &r->head, &r->columns, err);
	r->has_head = ret == 0;
	return ret == 0 ? PG_STREAM_HEAD : ret;
}

static int read_line(struct reading *f, struct pg_error *err)
{
	const char *key;
	size_t n;
	if (pg_json_object(&f->j) && pg_json_key(&f->j, &key, &n)) {
		if (pg_is_key(key, n, "procgrid"))
			return read_header(f, err);
		if (pg_is_key(key, n, "frame"))
			return read_frame(f);
	}
	pg_json_fail(&f->j, f->j.begin, "neither a header nor a frame of procgrid");
	return -EBADMSG;
}

int pg_stream_read(struct pg_stream_reader *r, const char *line, size_t n, struct pg_snapshot *out,
		   struct pg_error *err)
{
	struct reading f = {.r = r, .out = out};
	int ret = -EBADMSG;
	pg_json_init(&f.j, line, n);
	size_t valid = n > r->limits.line ? 0 : pg_json_check_utf8(line, n);
	if (n > r->limits.line)
		pg_json_fail(&f.j, line, "a longer line than is allowed");
	else if (valid < n)
		pg_json_fail(&f.j, line + valid, "not UTF-8");
	else
		ret = read_line(&f, err);
	if (ret == -EBADMSG)
		pg_fail(err, ret, "byte %zu: %s", (size_t)(f.j.at - line),
			f.j.problem ? f.j.problem : "it cannot be read");
	if (ret < 0) {
		pg_snapshot_clear(out);
		pg_stream_reader_rewind(r);
	}
	pg_json_free(&f.j);
	return ret;
}

/* ---- only looking -----------------------------------------------------------------------------
 */

#define PEEK_BYTES 512

static int peek_frame(struct pg_json *j, struct pg_stream_mark *mark)
{
	const char *key;
	size_t n;
	bool is_key = false;
	if (!pg_json_u64(j, UINT64_MAX, &mark->number) || !pg_json_key(j, &key, &n))
		return -EBADMSG;
	if (pg_is_key(key, n, "key") && !(pg_json_bool(j, &is_key) && pg_json_key(j, &key, &n)))
		return -EBADMSG;
	if (!pg_is_key(key, n, "mono_ns") || !pg_json_u64(j, UINT64_MAX, &mark->mono_ns) ||
	    !pg_json_key(j, &key, &n) || !pg_is_key(key, n, "wall_ns") ||
	    !pg_json_i64(j, INT64_MIN, INT64_MAX, &mark->wall_ns))
		return -EBADMSG;
	return is_key ? PG_STREAM_KEY : PG_STREAM_DELTA;
}

int pg_stream_peek(const char *line, size_t n, struct pg_stream_mark *mark)
{
	struct pg_json j;
	const char *key;
	size_t len;
	int ret = -EBADMSG;
	*mark = (struct pg_stream_mark){0};
	pg_json_init(&j, line, n < PEEK_BYTES ? n : PEEK_BYTES);
	if (pg_json_object(&j) && pg_json_key(&j, &key, &len)) {
		if (pg_is_key(key, len, "procgrid"))
			ret = PG_STREAM_HEAD;
		else if (pg_is_key(key, len, "frame"))
			ret = peek_frame(&j, mark);
	}
	pg_json_free(&j);
	return ret;
}
