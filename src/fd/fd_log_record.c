/* SPDX-License-Identifier: MIT */
/*
 * A line is read member by member, in any order and whatever its type is; what is not known is
 * skipped, since later versions may have more.
 */
#include "fd_log_impl.h"

#include <math.h>
#include <stdlib.h>

#define MAX_TIME  1e11 /* seconds: 3,000 years; of an event any, since a command may say any */
#define PARTS_MAX 256

static void clear_record(struct pg_fd_record *r)
{
	struct pg_fd_count *procs = r->sample.procs;
	size_t cap = r->sample.cap_procs;
	struct pg_buf text = r->j.text;
	pg_fd_parts_free(&r->parts);
	free(r->text);
	*r = (struct pg_fd_record){.j.text = text, .sample = {.procs = procs, .cap_procs = cap}};
}

static bool read_time(struct pg_fd_record *r, double *to)
{
	return pg_json_double(&r->j, to);
}

static bool are_times_sane(const struct pg_fd_record *r)
{
	return strcmp(r->type, "event") == 0 ||
	       (fabs(r->elapsed) <= MAX_TIME && fabs(r->timestamp) <= MAX_TIME &&
		fabs(r->interval) <= MAX_TIME);
}

static bool read_type(struct pg_fd_record *r)
{
	const char *s;
	size_t n;
	if (!pg_json_string(&r->j, &s, &n))
		return false;
	n = n < sizeof(r->type) ? n : sizeof(r->type) - 1;
	memcpy(r->type, n ? s : "?", n ? n : 1);
	return true;
}

static bool read_elapsed(struct pg_fd_record *r)
{
	r->has_elapsed = true;
	return read_time(r, &r->elapsed);
}

static bool read_timestamp(struct pg_fd_record *r)
{
	r->has_timestamp = true;
	return read_time(r, &r->timestamp);
}

static bool read_interval(struct pg_fd_record *r)
{
	return read_time(r, &r->interval);
}

static bool read_fds(struct pg_fd_record *r)
{
	r->has_fds = true;
	return pg_json_i64(&r->j, -1, INT64_C(1) << 53, &r->sample.open_fds);
}

static bool read_unreadable(struct pg_fd_record *r)
{
	uint64_t n;
	if (!pg_json_u64(&r->j, UINT32_MAX, &n))
		return false;
	r->sample.nr_unreadable = (uint32_t)n;
	return true;
}

/* A member for people: of another kind than text it is as good as none. */
static bool read_text(struct pg_fd_record *r)
{
	const char *s;
	size_t n;
	if (pg_json_kind(&r->j) != '"')
		return pg_json_skip(&r->j);
	if (!pg_json_bytes(&r->j, &s, &n))
		return false;
	free(r->text);
	r->text = pg_alloc(n + 1);
	if (n)
		memcpy(r->text, s, n);
	r->text[n] = '\0';
	return true;
}

/* `what` says it for people. */
static bool read_command(struct pg_fd_record *r)
{
	r->has_command = true;
	return pg_json_skip(&r->j);
}

static bool read_pid(struct pg_fd_record *r)
{
	return pg_json_i64(&r->j, 0, INT32_MAX, &r->pid);
}

static bool read_stream(struct pg_fd_record *r)
{
	return pg_json_u64(&r->j, 2, &r->stream);
}

static bool read_status(struct pg_fd_record *r)
{
	r->has_status = true;
	return pg_json_i64(&r->j, 0, 255, &r->status);
}

static bool read_over(struct pg_fd_record *r)
{
	return pg_json_bool(&r->j, &r->over);
}

static bool read_refused(struct pg_fd_record *r)
{
	return pg_json_bool(&r->j, &r->kinds_refused);
}

static bool read_ticks(struct pg_fd_record *r)
{
	return pg_json_u64(&r->j, UINT64_MAX, &r->ticks);
}

static bool read_late(struct pg_fd_record *r)
{
	return pg_json_u64(&r->j, UINT64_MAX, &r->late);
}

static bool read_left_out(struct pg_fd_record *r)
{
	return pg_json_u64(&r->j, UINT64_MAX, &r->left_out);
}

static bool read_skipped(struct pg_fd_record *r)
{
	return pg_json_u64(&r->j, UINT64_MAX, &r->skipped);
}

/* A kind of a later version is one of the others. */
static enum pg_fd_kind kind_of(const char *s, size_t n)
{
	enum pg_fd_kind kind = pg_fd_kind_by_name(s, n);
	return kind == PG_FD_NR_KINDS ? PG_FD_OTHER : kind;
}

static bool read_kinds(struct pg_fd_record *r)
{
	const char *s;
	size_t n;
	if (!pg_json_object(&r->j))
		return false;
	memset(r->kinds, 0, sizeof(r->kinds));
	r->has_kinds = true;
	while (pg_json_key(&r->j, &s, &n)) {
		enum pg_fd_kind kind = kind_of(s, n);
		uint64_t v;
		if (!pg_json_u64(&r->j, INT32_MAX, &v))
			return false;
		r->kinds[kind] += (uint32_t)v; /* of others there may be several */
	}
	return !r->j.problem;
}

static bool read_part_member(struct pg_json *j, struct pg_fd_part *part, const char *key, size_t n)
{
	int64_t v = 0;
	const char *s;
	if (n == 4 && memcmp(key, "kind", n) == 0) {
		if (!pg_json_string(j, &s, &n))
			return false;
		part->kind = (uint8_t)kind_of(s, n);
		return true;
	}
	if (n == 6 && memcmp(key, "prefix", n) == 0) {
		if (!pg_json_bytes(j, &s, &n))
			return false;
		free(part->prefix);
		part->prefix = pg_alloc(n + 1);
		memcpy(part->prefix, n ? s : "", n);
		part->prefix[n] = '\0';
		return true;
	}
	bool opened = n == 6 && memcmp(key, "opened", n) == 0;
	bool closed = n == 6 && memcmp(key, "closed", n) == 0;
	if (!opened && !closed && !(n == 3 && memcmp(key, "now", n) == 0))
		return pg_json_skip(j);
	if (!pg_json_i64(j, 0, INT32_MAX / 2, &v))
		return false;
	if (opened)
		part->opened = (int32_t)v;
	else if (closed)
		part->closed = (int32_t)v;
	else
		part->now = (uint32_t)v;
	return true;
}

static bool read_part(struct pg_fd_record *r)
{
	struct pg_fd_part part = {.kind = PG_FD_OTHER, .prefix = pg_strdup("")};
	const char *key;
	size_t n;
	pg_json_object(&r->j);
	while (pg_json_key(&r->j, &key, &n))
		read_part_member(&r->j, &part, key, n);
	if (r->j.problem || r->parts.nr == PARTS_MAX) {
		free(part.prefix);
		return !r->j.problem;
	}
	r->parts.items =
		pg_grow(r->parts.items, &r->parts.cap, r->parts.nr + 1, sizeof(*r->parts.items));
	r->parts.items[r->parts.nr++] = part;
	return true;
}

static bool read_parts(struct pg_fd_record *r)
{
	pg_fd_parts_free(&r->parts);
	pg_json_array(&r->j);
	while (pg_json_item(&r->j))
		if (!read_part(r))
			return false;
	return !r->j.problem;
}

/* ---- processes of a sample ------------------------------------------------------------------ */

static bool read_limit(struct pg_json *j, uint64_t *limit)
{
	const char *s;
	size_t n;
	*limit = UINT64_MAX;
	return pg_json_kind(j) == '"' ? pg_json_string(j, &s, &n)
				      : pg_json_u64(j, UINT64_MAX, limit);
}

static bool read_proc_member(struct pg_json *j, struct pg_fd_count *c, const char *key, size_t n)
{
	int64_t v;
	const char *s;
	if (n == 3 && memcmp(key, "pid", n) == 0) {
		if (!pg_json_i64(j, 1, INT32_MAX, &v))
			return false;
		c->pid = (int32_t)v;
		return true;
	}
	if (n == 3 && memcmp(key, "fds", n) == 0)
		return pg_json_i64(j, -1, INT64_C(1) << 53, &c->fds);
	if (n == 11 && memcmp(key, "start_ticks", n) == 0)
		return pg_json_u64(j, UINT64_MAX, &c->start);
	if (n == 5 && memcmp(key, "limit", n) == 0)
		return read_limit(j, &c->limit);
	if (n != 4 || memcmp(key, "comm", n) != 0)
		return pg_json_skip(j);
	if (!pg_json_bytes(j, &s, &n))
		return false;
	n = n < sizeof(c->comm) ? n : sizeof(c->comm) - 1;
	memset(c->comm, 0, sizeof(c->comm));
	memcpy(c->comm, n ? s : "", n);
	return true;
}

static int by_pid(const void *a, const void *b)
{
	const struct pg_fd_count *x = a, *y = b;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static bool read_procs(struct pg_fd_record *r)
{
	struct pg_fd_sample *s = &r->sample;
	s->nr_procs = 0;
	s->changed = true;
	pg_json_array(&r->j);
	while (pg_json_item(&r->j)) {
		struct pg_fd_count c = {.fds = -1};
		const char *key;
		size_t n;
		pg_json_object(&r->j);
		while (pg_json_key(&r->j, &key, &n))
			read_proc_member(&r->j, &c, key, n);
		if (r->j.problem || !c.pid)
			return pg_json_fail(&r->j, r->j.at, "a process without a pid");
		s->procs = pg_grow(s->procs, &s->cap_procs, s->nr_procs + 1, sizeof(*s->procs));
		s->procs[s->nr_procs++] = c;
	}
	if (s->nr_procs > 1)
		qsort(s->procs, s->nr_procs, sizeof(*s->procs), by_pid);
	size_t n = s->nr_procs ? 1 : 0;
	for (size_t i = 1; i < s->nr_procs; i++)
		if (s->procs[i].pid != s->procs[n - 1].pid)
			s->procs[n++] = s->procs[i];
	s->nr_procs = n;
	return !r->j.problem;
}

/* ---- lines into records --------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*read)(struct pg_fd_record *r);
} members[] = {
	{"timestamp", read_timestamp},
	{"elapsed", read_elapsed},
	{"open_fds", read_fds},
	{"unreadable", read_unreadable},
	{"procs", read_procs},
	{"kinds", read_kinds},
	{"type", read_type},
	{"message", read_text},
	{"what", read_text},
	{"command", read_command},
	{"parts", read_parts},
	{"pid", read_pid},
	{"stream", read_stream},
	{"interval", read_interval},
	{"exit_code", read_status},
	{"over", read_over},
	{"ticks", read_ticks},
	{"late", read_late},
	{"skipped", read_skipped},
	{"events_left_out", read_left_out},
	{"kinds_refused", read_refused},
};

static void read_member(struct pg_fd_record *r, const char *key, size_t n)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(members); i++)
		if (strlen(members[i].name) == n && memcmp(members[i].name, key, n) == 0) {
			members[i].read(r);
			return;
		}
	pg_json_skip(&r->j);
}

const char *pg_fd_record_read(struct pg_fd_record *r, const char *s, size_t n)
{
	const char *key;
	size_t len;
	clear_record(r);
	struct pg_buf text = r->j.text;
	pg_json_init(&r->j, s, n);
	r->j.text = text;
	if (pg_json_check_utf8(s, n) < n)
		return "it is not UTF-8";
	pg_json_object(&r->j);
	while (pg_json_key(&r->j, &key, &len))
		read_member(r, key, len);
	pg_json_end(&r->j);
	if (r->j.problem)
		return r->j.problem;
	if (!are_times_sane(r))
		return "too large a time";
	if (!*r->type && (!r->has_fds || (!r->has_elapsed && !r->has_timestamp)))
		return "it has no open_fds, or no time";
	return NULL;
}

void pg_fd_record_free(struct pg_fd_record *r)
{
	clear_record(r);
	pg_fd_sample_free(&r->sample);
	pg_json_free(&r->j);
}
