/* SPDX-License-Identifier: MIT */
/* What the process connector told, out of a line. */
#include <stdlib.h>

#include "stream_impl.h"
#include "task/block.h"

static const char no_end[] = "no way to end";

static bool read_id(struct pg_json *j, int32_t *out)
{
	int64_t v;
	if (!pg_json_i64(j, 1, INT32_MAX, &v))
		return false;
	*out = (int32_t)v;
	return true;
}

/* A number that is not too large, or null: -1. */
static bool read_code(struct pg_json *j, uint64_t max, int *out)
{
	uint64_t v;
	if (pg_json_null(j)) {
		*out = -1;
		return true;
	}
	if (!pg_json_u64(j, max, &v))
		return false;
	*out = (int)v;
	return true;
}

/* exit code and signal, the last items of an array; either may be missing. */
static bool read_end_items(struct pg_json *j, int *code)
{
	int signal = -1;
	*code = -1;
	if (pg_json_item(j) && read_code(j, 255, code) && pg_json_item(j) &&
	    read_code(j, 127, &signal) && pg_json_item(j))
		return pg_json_fail(j, j->at, no_end);
	if (signal >= 0 && *code >= 0)
		return pg_json_fail(j, j->at, no_end);
	*code = signal >= 0 ? PG_KILLED + signal : *code;
	return !j->problem;
}

/* The items of a key, of an array that is open. */
static bool read_key_items(struct pg_json *j, struct pg_key *key)
{
	return (pg_json_item(j) && read_id(j, &key->pid) && pg_json_item(j) &&
		read_id(j, &key->tid) && pg_json_item(j) &&
		pg_json_u64(j, UINT64_MAX, &key->start)) ||
	       pg_json_fail(j, j->at, "not pid, tid and start_ticks");
}

bool pg_stream_read_key(struct pg_json *j, struct pg_key *key)
{
	if (!pg_json_array(j) || !read_key_items(j, key))
		return false;
	return pg_json_item(j) ? pg_json_fail(j, j->at, "more than pid, tid and start_ticks")
			       : !j->problem;
}

/* ---- endings ------------------------------------------------------------------------------ */

static bool read_ending(struct pg_json *j, const struct pg_stream_columns *columns,
			struct pg_stream_row *row, struct pg_ending *e)
{
	if (pg_json_kind(j) == '[')
		return pg_json_array(j) && read_key_items(j, &e->key) &&
		       read_end_items(j, &e->exit_code);
	if (!pg_stream_read_row(j, columns, row))
		return false;
	e->key = (struct pg_key){row->proc.pid, row->task.tid, row->task.start};
	e->exit_code = row->exit_code;
	return true;
}

static bool read_endings(struct pg_json *j, const struct pg_stream_tale *tale,
			 struct pg_stream_row *row)
{
	struct pg_told *told = tale->told;
	size_t cap = 0;
	if (!pg_json_array(j))
		return false;
	while (pg_json_item(j)) {
		struct pg_ending e = {.exit_code = -1};
		const char *at = j->at;
		size_t n = told->nr_endings;
		if (!read_ending(j, tale->columns, row, &e))
			return false;
		if (n > 0 && pg_key_cmp(&told->endings[n - 1].key, &e.key) > 0)
			return pg_json_fail(j, at, "endings out of order");
		if (n == tale->max)
			return pg_json_fail(j, at, "more endings than are allowed");
		told->endings = pg_grow(told->endings, &cap, n + 1, sizeof(e));
		told->endings[told->nr_endings++] = e;
	}
	return !j->problem;
}

/* ---- brief tasks -------------------------------------------------------------------------- */

static bool read_brief_row(struct pg_json *j, const struct pg_stream_columns *columns,
			   struct pg_stream_row *row)
{
	int code;
	if (pg_json_kind(j) == '{')
		return pg_stream_read_row(j, columns, row);
	if (!pg_json_array(j) || !pg_json_item(j))
		return pg_json_fail(j, j->at, "not a task");
	if (!pg_stream_read_row(j, columns, row) || !read_end_items(j, &code))
		return false;
	row->exit_code = code;
	return true;
}

static int cmp_brief(const struct pg_proc *a, const struct pg_proc *b)
{
	int order = pg_proc_cmp(a, b);
	return order ? order : pg_task_cmp(a->pid, &a->tasks[0], &b->tasks[0]);
}

static void add_brief(struct pg_told *told, size_t cap[2], struct pg_proc *p, int code)
{
	size_t n = told->nr_brief;
	told->brief = pg_grow(told->brief, &cap[0], n + 1, sizeof(struct pg_proc *));
	told->brief_codes = pg_grow(told->brief_codes, &cap[1], n + 1, sizeof(int));
	told->brief_codes[n] = code;
	told->brief[told->nr_brief++] = p;
}

static bool read_brief(struct pg_json *j, const struct pg_stream_tale *tale,
		       struct pg_stream_row *row)
{
	struct pg_told *told = tale->told;
	struct pg_block block = {0};
	size_t cap[2] = {0};
	if (!pg_json_array(j))
		return false;
	while (pg_json_item(j) && read_brief_row(j, tale->columns, row)) {
		size_t n = told->nr_brief;
		pg_block_begin(&block, row->proc.pid, tale->scope);
		pg_stream_put_row(&block, row);
		add_brief(told, cap, pg_block_end(&block, NULL), row->exit_code);
		if (n > 0 && cmp_brief(told->brief[n - 1], told->brief[n]) > 0)
			pg_json_fail(j, row->at, "brief tasks out of order");
		if (n == tale->max)
			pg_json_fail(j, row->at, "more brief tasks than are allowed");
	}
	pg_block_free(&block);
	return !j->problem;
}

/* ---- the rest ----------------------------------------------------------------------------- */

static bool read_rest_values(struct pg_json *j, int64_t *ppid, uint64_t *nr)
{
	const char *key;
	size_t n;
	if (pg_json_kind(j) == '[') {
		bool two = pg_json_array(j) && pg_json_item(j) &&
			   pg_json_i64(j, 0, INT32_MAX, ppid) && pg_json_item(j) &&
			   pg_json_u64(j, UINT32_MAX, nr);
		return two && !pg_json_item(j) ? !j->problem
					       : pg_json_fail(j, j->at, "not ppid and tasks");
	}
	if (!pg_json_object(j))
		return false;
	while (pg_json_key(j, &key, &n)) {
		if (pg_is_key(key, n, "ppid"))
			pg_json_i64(j, 0, INT32_MAX, ppid);
		else if (pg_is_key(key, n, "tasks"))
			pg_json_u64(j, UINT32_MAX, nr);
		else
			pg_json_skip(j);
	}
	return !j->problem;
}

static bool read_rest(struct pg_json *j, const struct pg_stream_tale *tale)
{
	struct pg_told *told = tale->told;
	size_t cap = 0;
	if (!pg_json_array(j))
		return false;
	while (pg_json_item(j)) {
		int64_t ppid = 0;
		uint64_t nr = 0;
		const char *at = j->at;
		if (!read_rest_values(j, &ppid, &nr))
			return false;
		if (told->nr_rest == tale->max)
			return pg_json_fail(j, at, "more parents than are allowed");
		told->rest = pg_grow(told->rest, &cap, told->nr_rest + 1, sizeof(*told->rest));
		told->rest[told->nr_rest++] =
			(struct pg_brief_rest){.ppid = (int32_t)ppid, .nr = (uint32_t)nr};
	}
	return !j->problem;
}

/* ---- all of it ---------------------------------------------------------------------------- */

enum member { M_LISTENING, M_EVENTS, M_MISSED, M_ENDINGS, M_BRIEF, M_REST, M_NR };
static const char *const member_names[M_NR] = {"listening", "events", "missed",
					       "endings",   "brief",  "rest"};

static void read_member(struct pg_json *j, const struct pg_stream_tale *tale,
			struct pg_stream_row *row, enum member m)
{
	switch (m) {
	case M_LISTENING:
		pg_json_bool(j, &tale->told->listening);
		break;
	case M_EVENTS:
		pg_json_u64(j, UINT64_MAX, &tale->told->events);
		break;
	case M_MISSED:
		pg_json_u64(j, UINT64_MAX, &tale->told->missed);
		break;
	case M_ENDINGS:
		read_endings(j, tale, row);
		break;
	case M_BRIEF:
		read_brief(j, tale, row);
		break;
	case M_REST:
		read_rest(j, tale);
		break;
	case M_NR:
		pg_json_skip(j);
	}
}

bool pg_stream_read_told(struct pg_json *j, const struct pg_stream_tale *tale)
{
	struct pg_stream_row row = {0};
	uint32_t seen = 0;
	const char *key;
	size_t n;
	if (!pg_json_object(j))
		return false;
	while (pg_json_key(j, &key, &n)) {
		size_t m = pg_stream_member(j, key, n, member_names, M_NR, &seen);
		read_member(j, tale, &row, (enum member)m);
	}
	pg_buf_free(&row.text);
	return !j->problem;
}
