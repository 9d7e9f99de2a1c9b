/* SPDX-License-Identifier: MIT */
/*
 * Lines into snapshots: what is not a task. Memory is taken for what is there, never for a number
 * that is claimed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "stream_read_impl.h"

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

/* ---- the members of a frame --------------------------------------------------------------- */

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

static const char *const member_names[M_NR] = {
	"frame",       "key",  "mono_ns", "wall_ns", "scope", "groups",  "partial",
	"own_io_only", "host", "told",    "gone",    "tasks", "changed",
};

static bool has(const struct pg_stream_reading *f, enum member m)
{
	return f->has & 1u << m;
}

/* What the list of tasks needs to be read has come before it. */
static bool read_list(struct pg_stream_reading *f, enum member m)
{
	const struct pg_stream_reader *r = f->r;
	const char *at = f->j.at;
	if ((m == M_TASKS) != f->key)
		return pg_json_fail(&f->j, at,
				    f->key ? "a key frame without all tasks"
					   : "all tasks, but not a key frame");
	if (m == M_TASKS)
		return pg_stream_read_tasks(f);
	if (!r->has_last)
		return pg_json_fail(&f->j, at, "changes to a frame that is not there");
	if (f->mark.number != r->last_number + 1)
		return pg_json_fail(&f->j, at, "a frame is missing before this one");
	if (f->out->scope != r->last.scope)
		return pg_json_fail(&f->j, at, "another scope without a key frame");
	return pg_stream_read_changed(f);
}

static bool read_member(struct pg_stream_reading *f, enum member m)
{
	struct pg_json *j = &f->j;
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
		return pg_stream_read_host(j, &f->out->host);
	case M_TOLD:
		return pg_stream_read_told(j, &(struct pg_stream_tale){
						      .columns = &f->r->columns,
						      .scope = f->out->scope,
						      .max = f->r->limits.tasks,
						      .told = &f->out->told,
					      });
	case M_GONE:
		return pg_stream_read_gone(f);
	case M_TASKS:
	case M_CHANGED:
		return read_list(f, m);
	case M_NR:
		break;
	}
	return pg_json_skip(j);
}

static bool read_members(struct pg_stream_reading *f)
{
	const uint32_t needed = 1u << M_MONO | 1u << M_WALL;
	const char *key;
	size_t n;
	f->has = 1u << M_FRAME;
	read_member(f, M_FRAME);
	while (pg_json_key(&f->j, &key, &n)) {
		bool late = has(f, M_TASKS) || has(f, M_CHANGED);
		size_t m = pg_stream_member(&f->j, key, n, member_names, M_NR, &f->has);
		if (late && m < M_NR)
			pg_json_fail(&f->j, f->j.at, "this must come before the tasks");
		read_member(f, (enum member)m);
	}
	if (!pg_json_end(&f->j))
		return false;
	if ((f->has & needed) != needed || !(has(f, M_TASKS) || has(f, M_CHANGED)))
		return pg_json_fail(&f->j, f->j.at, "no mono_ns, no wall_ns or no tasks");
	return true;
}

static void begin_frame(struct pg_stream_reading *f)
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
static void end_frame(struct pg_stream_reading *f)
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

/* ---- a line ------------------------------------------------------------------------------- */

static int read_frame(struct pg_stream_reading *f)
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

static int read_header(struct pg_stream_reading *f, struct pg_error *err)
{
	struct pg_stream_reader *r = f->r;
	r->has_head = false;
	pg_stream_reader_rewind(r);
	int ret = pg_stream_read_head(&f->j, &r->head, &r->columns, err);
	r->has_head = ret == 0;
	return ret == 0 ? PG_STREAM_HEAD : ret;
}

static int read_line(struct pg_stream_reading *f, struct pg_error *err)
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
	struct pg_stream_reading f = {.r = r, .out = out};
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

/* ---- only looking ------------------------------------------------------------------------- */

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
