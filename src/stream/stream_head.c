/* SPDX-License-Identifier: MIT */
/* The first line of a stream, and the words that other lines use as well. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json_put.h"
#include "stream_impl.h"
#include "task/counter.h"

/* ---- words -------------------------------------------------------------------------------- */

const char *pg_scope_name(unsigned scope)
{
	static const char *const names[] = {
		[PG_SCOPE_THREADS] = "threads",
		[PG_SCOPE_PROCESS] = "processes",
	};
	return scope < PG_ARRAY_LEN(names) ? names[scope] : NULL;
}

bool pg_stream_read_scope(struct pg_json *j, uint8_t *scope)
{
	const char *at = j->at, *s;
	size_t n;
	if (!pg_json_string(j, &s, &n))
		return false;
	for (uint8_t i = 0; pg_scope_name(i); i++)
		if (pg_is_key(s, n, pg_scope_name(i))) {
			*scope = i;
			return true;
		}
	return pg_json_fail(j, at, "neither \"threads\" nor \"processes\"");
}

void pg_stream_put_groups(struct pg_buf *b, uint8_t groups)
{
	const char *blank = "";
	pg_buf_putc(b, '"');
	for (unsigned bit = 0; pg_group_name(bit); bit++)
		if (groups & 1u << bit) {
			pg_buf_puts(b, blank);
			pg_buf_puts(b, pg_group_name(bit));
			blank = " ";
		}
	pg_buf_putc(b, '"');
}

bool pg_stream_read_groups(struct pg_json *j, uint8_t *groups)
{
	const char *s;
	size_t n;
	if (!pg_json_string(j, &s, &n))
		return false;
	*groups = 0;
	for (const char *end = s + n; s < end;) {
		const char *blank = memchr(s, ' ', (size_t)(end - s));
		size_t len = (size_t)((blank ? blank : end) - s);
		for (unsigned bit = 0; pg_group_name(bit); bit++)
			if (pg_is_key(s, len, pg_group_name(bit)))
				*groups |= (uint8_t)(1u << bit);
		s += len + (blank != NULL);
	}
	return true;
}

size_t pg_stream_member(struct pg_json *j, const char *key, size_t n, const char *const *names,
			size_t nr, uint32_t *seen)
{
	size_t m = 0;
	while (m < nr && !pg_is_key(key, n, names[m]))
		m++;
	if (m < nr && *seen & 1u << m)
		pg_json_fail(j, j->at, "this was there before");
	*seen |= m < nr ? 1u << m : 0;
	return m;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* The only line of a file of the tree; empty if there is none. */
static void read_line(const char *root, const char *name, char *out, size_t size)
{
	struct pg_buf path = {0};
	pg_buf_printf(&path, "%s/%s", root, name);
	pg_auto_close int fd =
		open(pg_buf_cstr(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	pg_buf_free(&path);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

void pg_stream_head_local(struct pg_stream_head *h, const char *proc_root)
{
	*h = (struct pg_stream_head){.version = PG_STREAM_VERSION,
				     .groups = 0xff,
				     .page_size = (uint32_t)sysconf(_SC_PAGESIZE)};
	read_line(proc_root, "sys/kernel/hostname", h->host, sizeof(h->host));
	read_line(proc_root, "sys/kernel/random/boot_id", h->boot_id, sizeof(h->boot_id));
	read_line(proc_root, "sys/kernel/osrelease", h->kernel, sizeof(h->kernel));
	snprintf(h->program, sizeof(h->program), "procgrid %s", PACKAGE_VERSION);
}

void pg_stream_head_complete(struct pg_stream_head *h, const struct pg_snapshot *first)
{
	if (!h->ticks_per_sec)
		h->ticks_per_sec = first->ticks_per_sec;
	if (!h->boot_wall_ns)
		h->boot_wall_ns = first->boot_wall_ns;
	if (!h->host[0])
		memcpy(h->host, first->host.name, sizeof(h->host));
}

static void put_string(struct pg_buf *out, const char *key, const char *s)
{
	if (!*s)
		return;
	pg_buf_printf(out, ",\"%s\":", key);
	pg_json_put_bytes(out, s, strlen(s));
}

static void put_u64(struct pg_buf *out, const char *key, uint64_t v)
{
	if (v == 0)
		return;
	pg_buf_printf(out, ",\"%s\":", key);
	pg_json_put_u64(out, v);
}

static void put_fields(struct pg_buf *out)
{
	pg_buf_puts(out, ",\"fields\":[");
	for (size_t i = 0; i < pg_nr_counters; i++) {
		const char *unit = pg_unit_name(pg_counters[i].unit);
		pg_buf_printf(out, "%s{\"name\":\"%s\"", i ? "," : "", pg_counters[i].name);
		if (unit)
			pg_buf_printf(out, ",\"unit\":\"%s\"", unit);
		pg_buf_putc(out, '}');
	}
	pg_buf_putc(out, ']');
}

/* Of the kind that the writer writes, whatever kind of stream the head is from. */
void pg_stream_write_head(bool compact, const struct pg_stream_head *h, struct pg_buf *out)
{
	pg_buf_printf(out, "{\"procgrid\":%d", PG_STREAM_VERSION);
	put_string(out, "program", h->program);
	pg_buf_printf(out, ",\"features\":[%s]", compact ? "\"compact\"" : "");
	put_string(out, "host", h->host);
	put_string(out, "boot_id", h->boot_id);
	put_string(out, "kernel", h->kernel);
	put_u64(out, "ticks_per_sec", h->ticks_per_sec);
	put_u64(out, "page_size", h->page_size);
	pg_buf_puts(out, ",\"boot_wall_ns\":");
	pg_json_put_i64(out, h->boot_wall_ns);
	put_u64(out, "delay_ns", h->delay_ns);
	put_string(out, "scope", pg_scope_name(h->scope));
	pg_buf_puts(out, ",\"groups\":");
	pg_stream_put_groups(out, h->groups);
	put_fields(out);
	pg_buf_puts(out, "}\n");
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Cut to what there is room for: it is for people. */
static bool read_string(struct pg_json *j, char *out, size_t size)
{
	const char *s;
	size_t n;
	if (!pg_json_bytes(j, &s, &n))
		return false;
	n = n < size ? n : size - 1;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

static bool read_u32(struct pg_json *j, uint32_t *out)
{
	uint64_t v;
	if (!pg_json_u64(j, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* What must be understood to read the frames. -EPROTO with a message, or 0. */
static int read_features(struct pg_json *j, struct pg_stream_head *h, struct pg_error *err)
{
	if (!pg_json_array(j))
		return 0;
	while (pg_json_item(j)) {
		const char *s;
		size_t n;
		if (!pg_json_string(j, &s, &n))
			return 0;
		if (!pg_is_key(s, n, "compact"))
			return pg_fail(err, -EPROTO,
				       "the stream needs \"%.*s\", which this procgrid does not "
				       "know: a newer one may read it",
				       (int)(n < 40 ? n : 40), s);
		h->compact = true;
	}
	return 0;
}

static int16_t find_counter(const char *s, size_t n)
{
	const struct pg_counter *c = pg_counter_find(s, n);
	return c ? (int16_t)(c - pg_counters) : -1;
}

static bool read_field(struct pg_json *j, int16_t *counter)
{
	const char *key, *s, *at = NULL;
	size_t n, len;
	if (!pg_json_object(j))
		return false;
	while (pg_json_key(j, &key, &n)) {
		bool name = pg_is_key(key, n, "name");
		if (name && at)
			return pg_json_fail(j, j->at, "two names of a field");
		if (!name) {
			pg_json_skip(j);
			continue;
		}
		at = j->at;
		if (pg_json_string(j, &s, &len))
			*counter = find_counter(s, len);
	}
	return at ? !j->problem : pg_json_fail(j, j->at, "a field without a name");
}

static bool read_fields(struct pg_json *j, struct pg_stream_columns *c)
{
	uint64_t seen = 0;
	c->nr = 0;
	if (!pg_json_array(j))
		return false;
	while (pg_json_item(j)) {
		const char *at = j->at;
		int16_t counter = -1;
		if (c->nr == PG_STREAM_COLUMNS)
			return pg_json_fail(j, at, "too many fields");
		if (!read_field(j, &counter))
			return false;
		if (counter >= 0 && (seen & UINT64_C(1) << counter))
			return pg_json_fail(j, at, "a field that was there before");
		seen |= counter >= 0 ? UINT64_C(1) << counter : 0;
		c->counter[c->nr++] = counter;
	}
	return !j->problem;
}

enum member {
	M_PROGRAM,
	M_HOST,
	M_BOOT_ID,
	M_KERNEL,
	M_TICKS,
	M_PAGE,
	M_BOOT_WALL,
	M_DELAY,
	M_SCOPE,
	M_GROUPS,
	M_FEATURES,
	M_FIELDS,
	M_NR
};
static const char *const member_names[M_NR] = {
	"program",      "host",     "boot_id", "kernel", "ticks_per_sec", "page_size",
	"boot_wall_ns", "delay_ns", "scope",   "groups", "features",      "fields",
};

/* -EPROTO with a message, or 0: what is wrong with it j says. */
static int read_member(struct pg_json *j, struct pg_stream_head *h,
		       struct pg_stream_columns *columns, enum member m, struct pg_error *err)
{
	switch (m) {
	case M_PROGRAM:
		read_string(j, h->program, sizeof(h->program));
		break;
	case M_HOST:
		read_string(j, h->host, sizeof(h->host));
		break;
	case M_BOOT_ID:
		read_string(j, h->boot_id, sizeof(h->boot_id));
		break;
	case M_KERNEL:
		read_string(j, h->kernel, sizeof(h->kernel));
		break;
	case M_TICKS:
		read_u32(j, &h->ticks_per_sec);
		break;
	case M_PAGE:
		read_u32(j, &h->page_size);
		break;
	case M_BOOT_WALL:
		pg_json_i64(j, INT64_MIN, INT64_MAX, &h->boot_wall_ns);
		break;
	case M_DELAY:
		pg_json_u64(j, UINT64_MAX, &h->delay_ns);
		break;
	case M_SCOPE:
		pg_stream_read_scope(j, &h->scope);
		break;
	case M_GROUPS:
		pg_stream_read_groups(j, &h->groups);
		break;
	case M_FEATURES:
		return read_features(j, h, err);
	case M_FIELDS:
		read_fields(j, columns);
		break;
	case M_NR:
		pg_json_skip(j);
	}
	return 0;
}

static int read_version(struct pg_json *j, struct pg_stream_head *h, struct pg_error *err)
{
	if (read_u32(j, &h->version) && (h->version == 0 || h->version > PG_STREAM_VERSION))
		return pg_fail(err, -EPROTO,
			       "the stream is of version %u, this procgrid reads version %d: a "
			       "newer one may read it",
			       h->version, PG_STREAM_VERSION);
	return 0;
}

int pg_stream_read_head(struct pg_json *j, struct pg_stream_head *h,
			struct pg_stream_columns *columns, struct pg_error *err)
{
	const char *key;
	size_t n;
	uint32_t seen = 0;
	*h = (struct pg_stream_head){.groups = 0xff};
	columns->nr = 0;
	int ret = read_version(j, h, err);
	while (ret == 0 && pg_json_key(j, &key, &n)) {
		size_t m = pg_stream_member(j, key, n, member_names, M_NR, &seen);
		ret = read_member(j, h, columns, (enum member)m, err);
	}
	if (ret == 0 && pg_json_end(j) && h->compact && columns->nr == 0)
		pg_json_fail(j, j->at, "compact, and no fields");
	return ret == 0 && j->problem ? -EBADMSG : ret;
}
