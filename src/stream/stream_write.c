/* SPDX-License-Identifier: MIT */
/*
 * Frames into lines. The first row of a process carries the process's values as well. What changed
 * since the frame before is asked of the values that are written, never of bytes in memory: so a
 * replay, which has these values and no others, writes the same lines again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_put.h"
#include "stream_impl.h"
#include "task/counter.h"

struct name {
	char text[40]; /* ,"name": */
	size_t len;
};

struct pg_stream_writer {
	bool compact, first;
	struct pg_stream_head head;
	struct name names[PG_COUNTERS_MAX];
	struct pg_snapshot last; /* its blocks alone */
};

struct pg_stream_writer *pg_stream_writer_new(bool compact)
{
	struct pg_stream_writer *w = pg_calloc(1, sizeof(*w));
	w->compact = compact;
	w->first = true;
	w->head.groups = 0xff;
	for (size_t i = 0; i < pg_nr_counters; i++) {
		struct name *n = &w->names[i];
		int len = snprintf(n->text, sizeof(n->text), ",\"%s\":", pg_counters[i].name);
		n->len = (size_t)len;
	}
	return w;
}

void pg_stream_writer_free(struct pg_stream_writer *w)
{
	if (w)
		pg_snapshot_free(&w->last);
	free(w);
}

void pg_stream_put_head(struct pg_stream_writer *w, const struct pg_stream_head *h,
			struct pg_buf *out)
{
	w->head = *h;
	w->first = true;
	pg_stream_write_head(w->compact, h, out);
}

/* ---- one row ------------------------------------------------------------------------------ */

/* Where a counter of a row is to be found, and whether it is known. */
struct where {
	const void *at; /* of its struct */
	bool known;
};

/* Of a row: the key, its own counters and, if first, those of its process. */
static struct where locate(const struct pg_counter *c, size_t i, const struct pg_proc *p,
			   const struct pg_task *t)
{
	if (i < PG_COUNTER_KEY)
		return (struct where){c->level == PG_COUNTER_TASK ? (const void *)t : p, true};
	if (c->level == PG_COUNTER_TASK)
		return (struct where){t, pg_counter_is_known(c, t, t->valid)};
	/* What the leader's own row says already is not said twice. */
	if (c->offset == offsetof(struct pg_proc, start) && pg_task_is_leader(p, t))
		return (struct where){p, false};
	return (struct where){p, pg_counter_is_known(c, p, p->valid)};
}

static void put_value(struct pg_buf *out, const struct pg_counter *c, const struct pg_proc *p,
		      const void *at)
{
	const void *v = (const char *)at + c->offset;
	switch (c->type) {
	case PG_CT_U64:
		pg_json_put_u64(out, *(const uint64_t *)v);
		break;
	case PG_CT_U32:
		pg_json_put_u64(out, *(const uint32_t *)v);
		break;
	case PG_CT_I32:
		pg_json_put_i64(out, *(const int32_t *)v);
		break;
	case PG_CT_ENDED:
		pg_json_put_u64(out, *(const uint32_t *)v - 1);
		break;
	case PG_CT_FLAG:
		pg_buf_putc(out, '1');
		break;
	case PG_CT_STATE:
		pg_json_put_bytes(out, v, 1);
		break;
	case PG_CT_STRING: {
		struct pg_str s = *(const struct pg_str *)v;
		pg_json_put_bytes(out, pg_proc_str(p, s), s.len);
		break;
	}
	case PG_CT_GROUPS:
		pg_stream_put_groups(out, *(const uint8_t *)v);
		break;
	}
}

static size_t nr_counters_of(bool first)
{
	return first ? pg_nr_counters : pg_nr_task_counters;
}

/* {"pid":1,… without its end. */
static void put_object(struct pg_stream_writer *w, const struct pg_proc *p, const struct pg_task *t,
		       bool first, struct pg_buf *out)
{
	pg_buf_putc(out, '{');
	for (size_t i = 0, n = nr_counters_of(first); i < n; i++) {
		const struct pg_counter *c = &pg_counters[i];
		struct where where = locate(c, i, p, t);
		if (!where.known)
			continue;
		const struct name *name = &w->names[i];
		size_t comma = i == 0;
		pg_buf_put(out, name->text + comma, name->len - comma);
		put_value(out, c, p, where.at);
	}
}

static void put_array(const struct pg_proc *p, const struct pg_task *t, bool first,
		      struct pg_buf *out)
{
	size_t known = 0; /* bytes up to the last value that is known */
	pg_buf_putc(out, '[');
	for (size_t i = 0, n = nr_counters_of(first); i < n; i++) {
		const struct pg_counter *c = &pg_counters[i];
		struct where where = locate(c, i, p, t);
		if (i > 0)
			pg_buf_putc(out, ',');
		if (!where.known) {
			pg_buf_put(out, "null", 4);
			continue;
		}
		put_value(out, c, p, where.at);
		known = out->len;
	}
	out->len = known;
	pg_buf_putc(out, ']');
}

static void put_row(struct pg_stream_writer *w, const struct pg_proc *p, uint32_t row,
		    struct pg_buf *out)
{
	const struct pg_task *t = &p->tasks[row];
	if (w->compact) {
		put_array(p, t, row == 0, out);
		return;
	}
	put_object(w, p, t, row == 0, out);
	pg_buf_putc(out, '}');
}

/* ---- what changed ------------------------------------------------------------------------- */

static bool same_string(const struct pg_proc *p, struct pg_str a, const struct pg_proc *q,
			struct pg_str b)
{
	return a.len == b.len && memcmp(pg_proc_str(p, a), pg_proc_str(q, b), a.len) == 0;
}

static bool same_value(const struct pg_counter *c, const struct pg_proc *p, const void *a,
		       const struct pg_proc *q, const void *b)
{
	const void *x = (const char *)a + c->offset, *y = (const char *)b + c->offset;
	switch (c->type) {
	case PG_CT_U64:
		return *(const uint64_t *)x == *(const uint64_t *)y;
	case PG_CT_U32:
	case PG_CT_I32:
	case PG_CT_ENDED:
		return *(const uint32_t *)x == *(const uint32_t *)y;
	case PG_CT_STRING:
		return same_string(p, *(const struct pg_str *)x, q, *(const struct pg_str *)y);
	case PG_CT_FLAG:
	case PG_CT_STATE:
	case PG_CT_GROUPS:
		break;
	}
	return *(const char *)x == *(const char *)y;
}

/* Most rows of a process that ran did not: their bytes are the same but for where strings stand. */
static bool same_bytes(const struct pg_proc *p, const struct pg_task *t, const struct pg_proc *q,
		       const struct pg_task *u)
{
	struct pg_task a = *t, b = *u;
	a.comm = b.comm = (struct pg_str){0};
	memset(a.raw, 0, sizeof(a.raw));
	memset(b.raw, 0, sizeof(b.raw));
	return memcmp(&a, &b, sizeof(a)) == 0 && same_string(p, t->comm, q, u->comm);
}

/* Whether two rows of one task are written alike. */
static bool same_row(const struct pg_proc *p, uint32_t i, const struct pg_proc *q, uint32_t k)
{
	const struct pg_task *t = &p->tasks[i], *u = &q->tasks[k];
	bool first = i == 0;
	if (first != (k == 0))
		return false;
	bool skip = same_bytes(p, t, q, u);
	if (skip && !first)
		return true;
	for (size_t c = skip ? pg_nr_task_counters : PG_COUNTER_KEY; c < nr_counters_of(first);
	     c++) {
		struct where a = locate(&pg_counters[c], c, p, t);
		struct where b = locate(&pg_counters[c], c, q, u);
		if (a.known != b.known ||
		    (a.known && !same_value(&pg_counters[c], p, a.at, q, b.at)))
			return false;
	}
	return true;
}

/* The rows of now that are not as they were; was may be NULL. */
static void put_changed_rows(struct pg_stream_writer *w, const struct pg_proc *now,
			     const struct pg_proc *was, struct pg_buf *out)
{
	for (uint32_t i = 0, k = 0; i < now->nr_tasks; i++) {
		int order = 1;
		while (was && k < was->nr_tasks &&
		       (order = pg_task_cmp(now->pid, &now->tasks[i], &was->tasks[k])) > 0)
			k++;
		if (order == 0 && was && k < was->nr_tasks && same_row(now, i, was, k))
			continue;
		put_row(w, now, i, out);
		pg_buf_putc(out, ',');
	}
}

/* The keys of the rows that were and are not; now may be NULL. */
static void put_gone_rows(const struct pg_proc *was, const struct pg_proc *now, struct pg_buf *out)
{
	for (uint32_t i = 0, k = 0; i < was->nr_tasks; i++) {
		const struct pg_task *t = &was->tasks[i];
		int order = 1;
		while (now && k < now->nr_tasks &&
		       (order = pg_task_cmp(was->pid, t, &now->tasks[k])) > 0)
			k++;
		if (order == 0 && now && k < now->nr_tasks)
			continue;
		pg_buf_putc(out, '[');
		pg_json_put_i64(out, was->pid);
		pg_buf_putc(out, ',');
		pg_json_put_i64(out, t->tid);
		pg_buf_putc(out, ',');
		pg_json_put_u64(out, t->start);
		pg_buf_puts(out, "],");
	}
}

/* Ends a list whose items are followed by commas. */
static void end_list(struct pg_buf *out)
{
	if (out->data[out->len - 1] == ',')
		out->len--;
	pg_buf_putc(out, ']');
}

/* The processes of two snapshots, side by side by pid: either may be NULL. */
struct pairs {
	const struct pg_snapshot *was, *now;
	size_t i, k;
	const struct pg_proc *p, *q; /* of was, of now */
};

static bool next_pair(struct pairs *m)
{
	const struct pg_proc *p = m->i < m->was->nr_procs ? m->was->procs[m->i] : NULL;
	const struct pg_proc *q = m->k < m->now->nr_procs ? m->now->procs[m->k] : NULL;
	m->p = p && (!q || p->pid <= q->pid) ? p : NULL;
	m->q = q && (!p || q->pid <= p->pid) ? q : NULL;
	m->i += m->p != NULL;
	m->k += m->q != NULL;
	return m->p || m->q;
}

static void put_changes(struct pg_stream_writer *w, const struct pg_snapshot *s, struct pg_buf *out)
{
	struct pairs gone = {.was = &w->last, .now = s}, changed = gone;
	pg_buf_puts(out, ",\"gone\":[");
	while (next_pair(&gone))
		if (gone.p && gone.p != gone.q)
			put_gone_rows(gone.p, gone.q, out);
	end_list(out);
	pg_buf_puts(out, ",\"changed\":[");
	while (next_pair(&changed))
		if (changed.q && changed.p != changed.q)
			put_changed_rows(w, changed.q, changed.p, out);
	end_list(out);
}

static void put_tasks(struct pg_stream_writer *w, const struct pg_snapshot *s, struct pg_buf *out)
{
	pg_buf_puts(out, ",\"tasks\":[");
	for (size_t i = 0; i < s->nr_procs; i++)
		for (uint32_t k = 0; k < s->procs[i]->nr_tasks; k++) {
			put_row(w, s->procs[i], k, out);
			pg_buf_putc(out, ',');
		}
	end_list(out);
}

/* ---- what the connector told -------------------------------------------------------------- */

/* How a task ended, as the last two members of an object that is open. */
static void put_end_members(int code, struct pg_buf *out)
{
	if (code >= PG_KILLED)
		pg_buf_printf(out, ",\"signal\":%d", code - PG_KILLED);
	else if (code >= 0)
		pg_buf_printf(out, ",\"exit_code\":%d", code);
	pg_buf_putc(out, '}');
}

/* The same as the last two items of an array. */
static void put_end_items(int code, struct pg_buf *out)
{
	if (code >= PG_KILLED)
		pg_buf_printf(out, ",null,%d", code - PG_KILLED);
	else if (code >= 0)
		pg_buf_printf(out, ",%d", code);
	pg_buf_putc(out, ']');
}

static void put_ending(struct pg_stream_writer *w, const struct pg_ending *e, struct pg_buf *out)
{
	const char *const *f =
		w->compact ? (const char *const[]){"[", ",", ","}
			   : (const char *const[]){"{\"pid\":", ",\"tid\":", ",\"start_ticks\":"};
	pg_buf_puts(out, f[0]);
	pg_json_put_i64(out, e->key.pid);
	pg_buf_puts(out, f[1]);
	pg_json_put_i64(out, e->key.tid);
	pg_buf_puts(out, f[2]);
	pg_json_put_u64(out, e->key.start);
	(w->compact ? put_end_items : put_end_members)(e->exit_code, out);
}

static void put_brief(struct pg_stream_writer *w, const struct pg_proc *p, int code,
		      struct pg_buf *out)
{
	if (p->nr_tasks == 0)
		return;
	if (w->compact) {
		pg_buf_putc(out, '[');
		put_array(p, &p->tasks[0], true, out);
		put_end_items(code, out);
	} else {
		put_object(w, p, &p->tasks[0], true, out);
		put_end_members(code, out);
	}
	pg_buf_putc(out, ',');
}

static void put_rest(struct pg_stream_writer *w, const struct pg_brief_rest *r, struct pg_buf *out)
{
	pg_buf_puts(out, w->compact ? "[" : "{\"ppid\":");
	pg_json_put_i64(out, r->ppid);
	pg_buf_puts(out, w->compact ? "," : ",\"tasks\":");
	pg_json_put_u64(out, r->nr);
	pg_buf_puts(out, w->compact ? "]" : "}");
}

static void put_told(struct pg_stream_writer *w, const struct pg_told *t, struct pg_buf *out)
{
	if (!t->listening && !t->events && !t->missed && !t->nr_endings && !t->nr_brief &&
	    !t->nr_rest)
		return;
	pg_buf_printf(out,
		      ",\"told\":{\"listening\":%s,\"events\":", t->listening ? "true" : "false");
	pg_json_put_u64(out, t->events);
	pg_buf_puts(out, ",\"missed\":");
	pg_json_put_u64(out, t->missed);
	pg_buf_puts(out, ",\"endings\":[");
	for (size_t i = 0; i < t->nr_endings; i++) {
		put_ending(w, &t->endings[i], out);
		pg_buf_putc(out, ',');
	}
	end_list(out);
	pg_buf_puts(out, ",\"brief\":[");
	for (size_t i = 0; i < t->nr_brief; i++)
		put_brief(w, t->brief[i], t->brief_codes[i], out);
	end_list(out);
	pg_buf_puts(out, ",\"rest\":[");
	for (size_t i = 0; i < t->nr_rest; i++) {
		put_rest(w, &t->rest[i], out);
		pg_buf_putc(out, ',');
	}
	end_list(out);
	pg_buf_putc(out, '}');
}

/* ---- a frame ------------------------------------------------------------------------------ */

static void put_marks(struct pg_stream_writer *w, const struct pg_snapshot *s, uint64_t number,
		      bool key, struct pg_buf *out)
{
	pg_buf_puts(out, "{\"frame\":");
	pg_json_put_u64(out, number);
	pg_buf_puts(out, key ? ",\"key\":true,\"mono_ns\":" : ",\"mono_ns\":");
	pg_json_put_u64(out, s->mono_ns);
	pg_buf_puts(out, ",\"wall_ns\":");
	pg_json_put_i64(out, s->wall_ns);
	if (s->scope != w->head.scope)
		pg_buf_printf(out, ",\"scope\":\"%s\"", pg_scope_name(s->scope));
	if (s->groups != w->head.groups) {
		pg_buf_puts(out, ",\"groups\":");
		pg_stream_put_groups(out, s->groups);
	}
	pg_buf_puts(out, s->partial ? ",\"partial\":true" : "");
	pg_buf_puts(out, s->own_io_only ? ",\"own_io_only\":true" : "");
}

/* The blocks that the next frame is compared with. */
static void remember(struct pg_stream_writer *w, const struct pg_snapshot *s)
{
	pg_snapshot_clear(&w->last);
	w->last.scope = s->scope;
	for (size_t i = 0; i < s->nr_procs; i++)
		pg_snapshot_add(&w->last, pg_proc_ref(s->procs[i]));
}

void pg_stream_put_frame(struct pg_stream_writer *w, const struct pg_snapshot *s, uint64_t number,
			 bool key, struct pg_buf *out)
{
	/* With another scope every block is another one, even if no value is. */
	key = key || w->first || !w->compact || s->scope != w->last.scope;
	put_marks(w, s, number, key, out);
	pg_buf_puts(out, ",\"host\":");
	pg_stream_put_host(out, &s->host, w->head.host);
	put_told(w, &s->told, out);
	if (key)
		put_tasks(w, s, out);
	else
		put_changes(w, s, out);
	pg_buf_puts(out, "}\n");
	w->first = false;
	if (w->compact)
		remember(w, s);
}
