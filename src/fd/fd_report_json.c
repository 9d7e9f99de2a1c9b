/* SPDX-License-Identifier: MIT */
/* What was found, as one JSON object on one line: doc/format.md. What is not known is left out. */
#include <inttypes.h>
#include <math.h>

#include "base/json_put.h"
#include "fd_profile.h"

static void put_number(struct pg_buf *b, const char *name, double v)
{
	pg_buf_printf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", name);
	pg_json_put_double(b, v);
}

/* Seconds since the epoch: more digits than a short form of a double has. */
static void put_epoch(struct pg_buf *b, const char *name, double v)
{
	pg_buf_printf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", name);
	pg_buf_printf(b, fabs(v) < 1e15 ? "%.6f" : "%.17g", v);
}

static void put_integer(struct pg_buf *b, const char *name, int64_t v)
{
	pg_buf_printf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", name);
	pg_json_put_i64(b, v);
}

static void put_text(struct pg_buf *b, const char *name, const char *s)
{
	pg_buf_printf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", name);
	pg_json_put_bytes(b, s, strlen(s));
}

/* A list is opened by its name, items are objects. */
static void put_item(struct pg_buf *b)
{
	pg_buf_puts(b, b->data[b->len - 1] == '[' ? "{" : ",{");
}

static void put_run(const struct pg_fd_profile *p, struct pg_buf *b)
{
	if (p->what)
		put_text(b, p->is_command ? "command" : "watched", p->what);
	if (p->has_status)
		put_integer(b, "exit_code", p->status);
	if (p->began > 0)
		put_epoch(b, "began", p->began);
	put_number(b, "seconds", p->ended);
	if (p->interval > 0)
		put_number(b, "interval", p->interval);
	if (p->ticks) {
		put_integer(b, "ticks", (int64_t)p->ticks);
		put_integer(b, "late", (int64_t)p->late);
		put_integer(b, "skipped", (int64_t)p->skipped);
	}
}

static void put_plateaus(const struct pg_levels *l, struct pg_buf *b)
{
	pg_buf_puts(b, ",\"plateaus\":[");
	for (size_t i = 0; i < l->nr_plateaus; i++) {
		const struct pg_plateau *p = &l->plateaus[i];
		put_item(b);
		put_number(b, "start", p->start);
		put_number(b, "end", p->end);
		put_integer(b, "first", (int64_t)p->first);
		put_integer(b, "last", (int64_t)p->last);
		put_number(b, "level", p->level);
		put_number(b, "variance", p->variance);
		pg_buf_putc(b, '}');
	}
	pg_buf_putc(b, ']');
}

static void put_causes(const struct pg_fd_parts *parts, struct pg_buf *b)
{
	pg_buf_puts(b, ",\"causes\":[");
	for (size_t i = 0; i < parts->nr; i++) {
		const struct pg_fd_part *part = &parts->items[i];
		put_item(b);
		put_text(b, "kind", pg_fd_kind_name((enum pg_fd_kind)part->kind));
		if (*part->prefix)
			put_text(b, "prefix", part->prefix);
		put_integer(b, "opened", part->opened);
		put_integer(b, "closed", part->closed);
		pg_buf_putc(b, '}');
	}
	pg_buf_putc(b, ']');
}

static void put_jumps(const struct pg_fd_profile *p, const struct pg_levels *l, struct pg_buf *b)
{
	pg_buf_puts(b, ",\"jumps\":[");
	for (size_t i = 0; i < l->nr_jumps; i++) {
		const struct pg_jump *j = &l->jumps[i];
		struct pg_fd_parts parts = {0};
		pg_fd_profile_causes_of(p, l, j, &parts);
		put_item(b);
		put_number(b, "time", j->time);
		put_integer(b, "size", j->size);
		put_number(b, "from", j->from);
		put_number(b, "to", j->to);
		if (parts.nr)
			put_causes(&parts, b);
		pg_buf_putc(b, '}');
		pg_fd_parts_free(&parts);
	}
	pg_buf_putc(b, ']');
}

static void put_events(const struct pg_fd_profile *p, struct pg_buf *b)
{
	pg_buf_puts(b, ",\"events\":[");
	for (size_t i = 0; i < p->nr_events; i++) {
		const struct pg_fd_event *e = &p->events[i];
		put_item(b);
		put_number(b, "elapsed", e->elapsed);
		put_text(b, "message", e->message);
		put_epoch(b, "timestamp", e->timestamp);
		if (e->stream)
			put_integer(b, "stream", e->stream);
		if (e->outside)
			pg_buf_puts(b, ",\"outside\":true");
		pg_buf_putc(b, '}');
	}
	pg_buf_putc(b, ']');
	if (p->events_left_out)
		put_integer(b, "events_left_out", (int64_t)p->events_left_out);
}

static void put_leak(const struct pg_fd_findings *f, struct pg_buf *b)
{
	pg_buf_puts(b, ",\"leak\":{");
	put_text(b, "verdict", pg_leak_name(f->leak.verdict));
	put_number(b, "per_second", f->leak.per_second);
	put_number(b, "confidence", f->leak.confidence);
	put_number(b, "p", f->leak.p);
	put_number(b, "rise", f->leak.rise);
	if (f->leak_kind < PG_FD_NR_KINDS)
		put_text(b, "kind", pg_fd_kind_name((enum pg_fd_kind)f->leak_kind));
	if (f->leak_prefix && *f->leak_prefix)
		put_text(b, "prefix", f->leak_prefix);
	if (f->seconds_left >= 0)
		put_number(b, "seconds_left", f->seconds_left);
	pg_buf_putc(b, '}');
}

static void put_worst(const struct pg_fd_worst *w, struct pg_buf *b)
{
	if (!w->pid)
		return;
	pg_buf_puts(b, ",\"worst\":{");
	put_integer(b, "pid", w->pid);
	put_text(b, "comm", w->comm);
	if (w->fds >= 0)
		put_integer(b, "fds", w->fds);
	if (w->now >= 0)
		put_integer(b, "now", w->now);
	if (w->limit && w->limit < UINT64_MAX)
		put_integer(b, "limit", (int64_t)w->limit);
	pg_buf_putc(b, '}');
}

static void put_kinds(const struct pg_fd_profile *p, struct pg_buf *b)
{
	if (p->has_kinds) {
		pg_buf_puts(b, ",\"kinds\":{");
		for (int i = 0; i < PG_FD_NR_KINDS; i++)
			if (p->kinds[i])
				put_integer(b, pg_fd_kind_name((enum pg_fd_kind)i), p->kinds[i]);
		pg_buf_putc(b, '}');
	}
	if (p->kinds_refused)
		pg_buf_puts(b, ",\"kinds_refused\":true");
}

void pg_fd_report_json(const struct pg_fd_profile *p, const struct pg_fd_findings *f,
		       struct pg_buf *out)
{
	pg_buf_putc(out, '{');
	put_integer(out, "samples", (int64_t)p->series.n);
	if (p->nr_unreadable)
		put_integer(out, "unreadable", (int64_t)p->nr_unreadable);
	put_run(p, out);
	put_plateaus(&f->levels, out);
	put_jumps(p, &f->levels, out);
	put_events(p, out);
	put_leak(f, out);
	if (p->series.n) {
		pg_buf_puts(out, ",\"peak\":{");
		put_integer(out, "open_fds", f->peak);
		put_number(out, "time", f->peak_at);
		pg_buf_putc(out, '}');
	}
	if (p->most_procs)
		put_integer(out, "processes", (int64_t)p->most_procs);
	if (p->most_uncounted)
		put_integer(out, "uncounted", p->most_uncounted);
	put_worst(&p->worst, out);
	put_kinds(p, out);
	pg_buf_puts(out, "}\n");
}
