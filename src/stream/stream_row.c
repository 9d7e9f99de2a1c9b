/* SPDX-License-Identifier: MIT */
/*
 * Rows out of a line. An object's members come in any order, but nearly always in that of the
 * table: the one behind the last is tried first. A row's key must be there, and be one that a task
 * can have; whatever else is missing is unknown.
 */
#include "stream_impl.h"
#include "task/block.h"
#include "task/counter.h"

#define KEY_BITS ((UINT64_C(1) << PG_COUNTER_KEY) - 1)

static bool read_text(struct pg_json *j, struct pg_stream_row *row, struct pg_str *out)
{
	const char *s, *at = j->at;
	size_t n;
	if (!pg_json_bytes(j, &s, &n))
		return false;
	if (n > PG_STREAM_TEXT_MAX)
		return pg_json_fail(j, at, "a name of more than 4096 bytes");
	*out = (struct pg_str){.off = (uint32_t)row->text.len, .len = (uint32_t)n};
	pg_buf_put(&row->text, s, n);
	return true;
}

static bool read_state(struct pg_json *j, char *out)
{
	const char *s, *at = j->at;
	size_t n;
	if (!pg_json_bytes(j, &s, &n))
		return false;
	if (n != 1 || *s == '\0')
		return pg_json_fail(j, at, "not one letter");
	*out = *s;
	return true;
}

static bool read_i32(struct pg_json *j, int32_t *out)
{
	int64_t v;
	if (!pg_json_i64(j, INT32_MIN, INT32_MAX, &v))
		return false;
	*out = (int32_t)v;
	return true;
}

static bool read_u32(struct pg_json *j, uint32_t max, uint32_t *out)
{
	uint64_t v;
	if (!pg_json_u64(j, max, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* A status of wait(2) has 16 bits. */
static bool read_ended(struct pg_json *j, uint32_t *out)
{
	uint32_t v;
	if (!read_u32(j, UINT16_MAX, &v))
		return false;
	*out = v + 1;
	return true;
}

static bool read_flag(struct pg_json *j, uint8_t *out)
{
	uint32_t v;
	if (!read_u32(j, 1, &v))
		return false;
	*out = (uint8_t)v;
	return true;
}

static bool read_value(struct pg_json *j, const struct pg_counter *c, struct pg_stream_row *row)
{
	void *base = c->level == PG_COUNTER_TASK ? (void *)&row->task : &row->proc;
	void *to = (char *)base + c->offset;
	switch (c->type) {
	case PG_CT_U64:
		return pg_json_u64(j, UINT64_MAX, to);
	case PG_CT_U32:
		return read_u32(j, UINT32_MAX, to);
	case PG_CT_I32:
		return read_i32(j, to);
	case PG_CT_ENDED:
		return read_ended(j, to);
	case PG_CT_FLAG:
		return read_flag(j, to);
	case PG_CT_STATE:
		return read_state(j, to);
	case PG_CT_STRING:
		return read_text(j, row, to);
	case PG_CT_GROUPS:
		return pg_stream_read_groups(j, to);
	}
	return false;
}

/* A counter of the table, or null: unknown. */
static bool read_counter(struct pg_json *j, size_t i, struct pg_stream_row *row)
{
	const struct pg_counter *c = &pg_counters[i];
	const char *at = j->at;
	if (pg_json_null(j))
		return true;
	if (row->has & UINT64_C(1) << i)
		return pg_json_fail(j, at, "a value that was there before");
	row->has |= UINT64_C(1) << i;
	if (c->tells && c->level == PG_COUNTER_TASK)
		row->task.valid |= c->group;
	else if (c->tells)
		row->proc.valid |= c->group;
	return read_value(j, c, row);
}

/* How a brief task ended, which is no counter of it. False: it is something else. */
static bool read_end(struct pg_json *j, const char *key, size_t n, struct pg_stream_row *row)
{
	int32_t v = 0;
	bool code = pg_is_key(key, n, "exit_code");
	if (!code && !pg_is_key(key, n, "signal"))
		return false;
	const char *at = j->at;
	if (row->exit_code >= 0)
		pg_json_fail(j, at, "it has ended before");
	if (read_i32(j, &v) && (v < 0 || v > (code ? 255 : 127)))
		pg_json_fail(j, at, "no way to end");
	row->exit_code = code ? v : PG_KILLED + v;
	return true;
}

/* The place of a counter in the table; most stand behind the one before, at `next` or later. */
static size_t counter_named(const char *key, size_t n, size_t next)
{
	for (; next < pg_nr_counters; next++)
		if (pg_is_key(key, n, pg_counters[next].name))
			return next;
	const struct pg_counter *c = pg_counter_find(key, n);
	return c ? (size_t)(c - pg_counters) : pg_nr_counters;
}

static bool read_object(struct pg_json *j, struct pg_stream_row *row)
{
	const char *key;
	size_t n, next = 0;
	if (!pg_json_object(j))
		return false;
	while (pg_json_key(j, &key, &n)) {
		size_t i = counter_named(key, n, next);
		if (i == pg_nr_counters) {
			if (!read_end(j, key, n, row))
				pg_json_skip(j);
			next = 0;
			continue;
		}
		if (!read_counter(j, i, row))
			return false;
		next = i + 1;
	}
	return !j->problem;
}

static bool read_array(struct pg_json *j, const struct pg_stream_columns *columns,
		       struct pg_stream_row *row)
{
	if (!pg_json_array(j))
		return false;
	for (size_t i = 0; pg_json_item(j); i++) {
		if (i == columns->nr)
			return pg_json_fail(j, j->at, "more values than fields");
		int counter = columns->counter[i];
		if (counter < 0 ? !pg_json_skip(j) : !read_counter(j, (size_t)counter, row))
			return false;
	}
	return !j->problem;
}

bool pg_stream_read_row(struct pg_json *j, const struct pg_stream_columns *columns,
			struct pg_stream_row *row)
{
	row->task = (struct pg_task){0};
	row->proc = (struct pg_proc){0};
	row->has = 0;
	row->exit_code = -1;
	pg_buf_clear(&row->text);
	bool array = pg_json_kind(j) == '[';
	row->at = j->at;
	if (!(array ? read_array(j, columns, row) : read_object(j, row)))
		return false;
	if ((row->has & KEY_BITS) != KEY_BITS || row->proc.pid <= 0 || row->task.tid <= 0)
		return pg_json_fail(j, row->at, "a task without pid, tid and start_ticks");
	return true;
}

/* ---- into a block ------------------------------------------------------------------------- */

static struct pg_str move(struct pg_block *b, const struct pg_stream_row *row, struct pg_str s)
{
	return s.len ? pg_block_string(b, row->text.data + s.off, s.len) : s;
}

static void set_proc(struct pg_block *b, const struct pg_stream_row *row)
{
	struct pg_str user = move(b, row, row->proc.user);
	struct pg_proc *p = pg_block_proc(b);
	const struct pg_proc *v = &row->proc;
	p->start = row->task.tid == v->pid ? row->task.start : v->start;
	p->kthread |= v->kthread;
	p->valid = v->valid;
	p->refused = v->refused;
	p->uid = v->uid;
	p->user = user;
	p->cpu_clock_ns = v->cpu_clock_ns;
	p->unseen_ns = v->unseen_ns;
	p->rss_bytes = v->rss_bytes;
	p->vsize_bytes = v->vsize_bytes;
	p->peak_bytes = v->peak_bytes;
	p->swap_bytes = v->swap_bytes;
	p->fds = v->fds;
	p->fd_limit = v->fd_limit;
	p->threads = v->threads;
}

void pg_stream_put_row(struct pg_block *b, const struct pg_stream_row *row)
{
	struct pg_task t = row->task;
	bool first = pg_block_proc(b)->nr_tasks == 0;
	t.comm = move(b, row, t.comm);
	pg_block_put(b, &t);
	if (first)
		set_proc(b, row);
}
