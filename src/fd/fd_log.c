/* SPDX-License-Identifier: MIT */
#include "fd_log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json_put.h"
#include "base/outlet.h"
#include "base/outlet_place.h"

#define MAX_NAMES 10000

struct pg_fd_log {
	char *path;
	int fd;
	bool is_stdout, broken;
	off_t size; /* whole lines that are in the file */
	struct pg_outlet_place place;
	struct pg_buf buf;
};

/* ---- where ---------------------------------------------------------------------------------- */

static int create_here(struct pg_fd_log *l, const char *path, bool force, struct pg_error *err)
{
	free(l->path);
	l->path = pg_strdup(path);
	int ret = pg_outlet_place_open(&l->place, l->path, err);
	if (ret == 0)
		ret = pg_outlet_place_clear(&l->place, l->place.name, force, err);
	if (ret < 0)
		return ret;
	l->fd = pg_outlet_place_create(&l->place, l->place.name);
	if (l->fd == -EBUSY)
		return pg_fail(err, l->fd, "%s is being written by another procgrid", l->path);
	if (l->fd < 0)
		return pg_fail(err, l->fd, "cannot write %s: %s", l->path, strerror(-l->fd));
	return 0;
}

/* Whatever has the name, a directory too, it is not free. */
static bool is_taken(int ret)
{
	return ret == -EEXIST || ret == -ELOOP || ret == -EBUSY || ret == -EISDIR;
}

/* The first name that is free; somebody may take it just before us. */
static int create_default(struct pg_fd_log *l, bool force, struct pg_error *err)
{
	char name[40] = PG_FD_LOG_NAME;
	int ret = create_here(l, name, force, err);
	for (unsigned i = 1; i < MAX_NAMES && is_taken(ret); i++) {
		pg_outlet_place_close(&l->place);
		snprintf(name, sizeof(name), "procgrid-fd.%u.jsonl", i);
		ret = create_here(l, name, false, err);
	}
	return ret;
}

struct pg_fd_log *pg_fd_log_create(const struct pg_fd_log_options *o, struct pg_error *err)
{
	struct pg_fd_log *l = pg_calloc(1, sizeof(*l));
	int ret = 0;
	l->fd = l->place.dir = -1;
	if (!o->path) {
		ret = create_default(l, o->force, err);
	} else if (strcmp(o->path, "-") == 0) {
		l->path = pg_strdup("stdout");
		l->fd = STDOUT_FILENO;
		l->is_stdout = true;
	} else {
		ret = create_here(l, o->path, o->force, err);
	}
	if (ret == 0)
		return l;
	pg_fd_log_close(l, false);
	return NULL;
}

const char *pg_fd_log_path(const struct pg_fd_log *l)
{
	return l->path;
}

int pg_fd_log_close(struct pg_fd_log *l, bool remove)
{
	int ret = 0;
	if (!l)
		return 0;
	/* We hold its lock, so the name is still that of our file, among procgrids. */
	if (remove && l->fd >= 0 && !l->is_stdout)
		(void)unlinkat(l->place.dir, l->place.name, 0);
	if (l->fd >= 0 && !l->is_stdout && close(l->fd) < 0 && !l->broken)
		ret = -errno;
	pg_outlet_place_close(&l->place);
	pg_buf_free(&l->buf);
	free(l->path);
	free(l);
	return ret;
}

int pg_fd_log_flush(struct pg_fd_log *l)
{
	size_t n = l->buf.len;
	if (l->broken || n == 0) {
		pg_buf_clear(&l->buf);
		return 0;
	}
	int ret = pg_outlet_flush(&l->buf, l->fd, 0);
	pg_buf_clear(&l->buf);
	if (ret == 0) {
		l->size += (off_t)n;
		return 0;
	}
	l->broken = true;
	if (!l->is_stdout)
		(void)!ftruncate(l->fd, l->size); /* a reader would leave out half a line, too */
	return ret;
}

/* ---- records -------------------------------------------------------------------------------- */

/*
 * Seconds with microseconds: of today's stamps a double's 15 digits hold no more. What an event
 * says may be of any size, and stays a number of few digits.
 */
static void put_time(struct pg_buf *b, double seconds)
{
	pg_buf_printf(b, fabs(seconds) < 1e15 ? "%.6f" : "%.17g", isfinite(seconds) ? seconds : 0);
}

static void put_ns(struct pg_buf *b, int64_t ns)
{
	const int64_t s = ns / (int64_t)PG_NS_PER_SEC;
	if (ns < 0) { /* before 1970 */
		put_time(b, (double)ns / 1e9);
		return;
	}
	pg_buf_printf(b, "%" PRId64 ".%06" PRId64, s, ns % (int64_t)PG_NS_PER_SEC / 1000);
}

static void put_text(struct pg_buf *b, const char *name, const char *s)
{
	pg_buf_printf(b, ",\"%s\":", name);
	pg_json_put_bytes(b, s, strlen(s));
}

static void put_kinds(struct pg_buf *b, const uint32_t *kinds)
{
	char sep = '{';
	pg_buf_puts(b, ",\"kinds\":");
	for (int i = 0; i < PG_FD_NR_KINDS; i++)
		if (kinds[i]) {
			pg_buf_printf(b, "%c\"%s\":%u", sep, pg_fd_kind_name((enum pg_fd_kind)i),
				      kinds[i]);
			sep = ',';
		}
	pg_buf_puts(b, sep == '{' ? "{}" : "}");
}

void pg_fd_log_head(struct pg_fd_log *l, const struct pg_fd_log_head *h)
{
	struct pg_buf *b = &l->buf;
	pg_buf_puts(b,
		    "{\"type\":\"header\",\"procgrid_fd\":1,\"program\":\"procgrid " PACKAGE_VERSION
		    "\",\"timestamp\":");
	put_time(b, h->p->began);
	put_text(b, "what", h->p->what ? h->p->what : "");
	if (h->argv) {
		pg_buf_puts(b, ",\"command\":");
		for (size_t i = 0; h->argv[i]; i++) {
			pg_buf_putc(b, i ? ',' : '[');
			pg_json_put_bytes(b, h->argv[i], strlen(h->argv[i]));
		}
		pg_buf_putc(b, ']');
	}
	pg_buf_printf(b, ",\"pid\":%d,\"children\":%s,\"interval\":", h->pid,
		      h->children ? "true" : "false");
	pg_json_put_double(b, h->p->interval);
	pg_buf_puts(b, "}\n");
}

static void put_proc(struct pg_buf *b, const struct pg_fd_count *c)
{
	pg_buf_printf(b, "{\"pid\":%d,\"start_ticks\":", c->pid);
	pg_json_put_u64(b, c->start);
	pg_buf_printf(b, ",\"fds\":%" PRId64, c->fds);
	if (c->limit == UINT64_MAX) {
		pg_buf_puts(b, ",\"limit\":\"unlimited\"");
	} else if (c->limit) {
		pg_buf_puts(b, ",\"limit\":");
		pg_json_put_u64(b, c->limit);
	}
	put_text(b, "comm", c->comm);
	pg_buf_putc(b, '}');
}

/* The lowest of all. */
static void put_limit(struct pg_buf *b, const struct pg_fd_sample *s)
{
	uint64_t limit = UINT64_MAX;
	for (size_t i = 0; i < s->nr_procs; i++)
		if (s->procs[i].limit && s->procs[i].limit < limit)
			limit = s->procs[i].limit;
	if (limit == UINT64_MAX)
		return;
	pg_buf_puts(b, ",\"limit\":");
	pg_json_put_u64(b, limit);
}

void pg_fd_log_sample(struct pg_fd_log *l, double elapsed, const struct pg_fd_sample *s,
		      const uint32_t *kinds)
{
	struct pg_buf *b = &l->buf;
	pg_buf_puts(b, "{\"timestamp\":");
	put_ns(b, s->wall_ns);
	pg_buf_puts(b, ",\"elapsed\":");
	put_time(b, elapsed);
	pg_buf_printf(b, ",\"open_fds\":%" PRId64, s->open_fds);
	if (s->nr_unreadable)
		pg_buf_printf(b, ",\"unreadable\":%u", s->nr_unreadable);
	if (s->changed) {
		pg_buf_printf(b, ",\"processes\":%zu", s->nr_procs);
		put_limit(b, s);
		pg_buf_puts(b, ",\"procs\":[");
		for (size_t i = 0; i < s->nr_procs; i++) {
			if (i)
				pg_buf_putc(b, ',');
			put_proc(b, &s->procs[i]);
		}
		pg_buf_putc(b, ']');
	}
	if (kinds)
		put_kinds(b, kinds);
	pg_buf_puts(b, "}\n");
}

void pg_fd_log_event(struct pg_fd_log *l, const struct pg_fd_event *e)
{
	struct pg_buf *b = &l->buf;
	pg_buf_puts(b, "{\"type\":\"event\",\"elapsed\":");
	put_time(b, e->elapsed);
	pg_buf_puts(b, ",\"timestamp\":");
	put_time(b, e->timestamp);
	if (e->stream)
		pg_buf_printf(b, ",\"stream\":%d", e->stream);
	put_text(b, "message", e->message);
	pg_buf_puts(b, "}\n");
}

void pg_fd_log_cause(struct pg_fd_log *l, const struct pg_fd_cause *c)
{
	struct pg_buf *b = &l->buf;
	pg_buf_puts(b, "{\"type\":\"cause\",\"elapsed\":");
	put_time(b, c->elapsed);
	pg_buf_printf(b, ",\"pid\":%d,\"parts\":[", c->pid);
	for (size_t i = 0; i < c->parts.nr; i++) {
		const struct pg_fd_part *part = &c->parts.items[i];
		pg_buf_printf(b, "%s{\"kind\":\"%s\",\"opened\":%d,\"closed\":%d,\"now\":%u",
			      i ? "," : "", pg_fd_kind_name((enum pg_fd_kind)part->kind),
			      part->opened, part->closed, part->now);
		if (*part->prefix)
			put_text(b, "prefix", part->prefix);
		pg_buf_putc(b, '}');
	}
	pg_buf_puts(b, "]}\n");
}

void pg_fd_log_end(struct pg_fd_log *l, const struct pg_fd_profile *p)
{
	struct pg_buf *b = &l->buf;
	pg_buf_puts(b, "{\"type\":\"end\",\"elapsed\":");
	put_time(b, p->ended);
	if (p->has_status)
		pg_buf_printf(b, ",\"exit_code\":%d", p->status);
	pg_buf_printf(
		b, ",\"over\":%s,\"ticks\":%" PRIu64 ",\"late\":%" PRIu64 ",\"skipped\":%" PRIu64,
		p->over ? "true" : "false", p->ticks, p->late, p->skipped);
	if (p->events_left_out)
		pg_buf_printf(b, ",\"events_left_out\":%" PRIu64, p->events_left_out);
	if (p->has_kinds)
		put_kinds(b, p->kinds);
	if (p->kinds_refused)
		pg_buf_puts(b, ",\"kinds_refused\":true");
	pg_buf_puts(b, "}\n");
}
