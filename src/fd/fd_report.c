/* SPDX-License-Identifier: MIT */
/* What was found, for people. All that came from outside is made safe for a terminal here. */
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>

#include "base/human.h"
#include "base/text.h"
#include "fd_profile.h"

#define TEXT_COLUMNS 1000 /* of what came from outside */
#define CAUSES       4    /* told of a jump */

static bool is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void put_safe(struct pg_buf *b, const char *s)
{
	pg_text_safe(b, s, strlen(s), TEXT_COLUMNS, is_utf8());
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- what was run --------------------------------------------------------------------------- */

static void put_samples(const struct pg_fd_profile *p, struct pg_buf *b)
{
	size_t n = p->series.n + p->nr_unreadable;
	if (n == 0) {
		pg_buf_puts(b, "No sample: it ended before one could be taken\n");
		return;
	}
	pg_buf_printf(b, "Samples: %zu in %.2f s", n, p->ended);
	if (p->interval > 0)
		pg_buf_printf(b, ", one every %.10g s", p->interval);
	if (p->nr_unreadable == n)
		pg_buf_puts(b, "; none could be read");
	else if (p->nr_unreadable)
		pg_buf_printf(b, "; %zu could not be read", p->nr_unreadable);
	if (p->skipped)
		pg_buf_printf(b,
			      "; %" PRIu64 " skipped: we were stopped, or the machine was too busy",
			      p->skipped);
	pg_buf_putc(b, '\n');
}

static void put_run(const struct pg_fd_profile *p, struct pg_buf *b)
{
	if (p->what) {
		pg_buf_puts(b, p->is_command ? "Command: " : "Watched: ");
		put_safe(b, p->what);
		pg_buf_putc(b, '\n');
	}
	put_samples(p, b);
	if (p->has_status)
		pg_buf_printf(b, "Command completed with exit code: %d\n", p->status);
	else if (p->over && !p->is_command)
		pg_buf_puts(b, "It has ended\n");
}

static void put_events(const struct pg_fd_profile *p, struct pg_buf *b)
{
	pg_buf_printf(b, "Found %zu event%s", p->nr_events, plural(p->nr_events));
	if (p->events_left_out)
		pg_buf_printf(b, ", and %" PRIu64 " more, which are not kept", p->events_left_out);
	pg_buf_putc(b, '\n');
	if (p->nr_events)
		pg_buf_puts(b, "\nEvent Timeline:\n");
	for (size_t i = 0; i < p->nr_events; i++) {
		const struct pg_fd_event *e = &p->events[i];
		pg_buf_printf(b, "  %6.2fs: ", e->elapsed);
		put_safe(b, e->message);
		pg_buf_puts(b, e->outside ? " (not within the run)\n" : "\n");
	}
}

/* ---- levels --------------------------------------------------------------------------------- */

static void put_plateaus(const struct pg_levels *l, struct pg_buf *b)
{
	if (l->nr_plateaus == 0) {
		pg_buf_puts(b, "\nDetected no stable plateaus\n");
		return;
	}
	pg_buf_printf(b, "\nDetected %zu stable plateau%s:\n", l->nr_plateaus,
		      plural(l->nr_plateaus));
	for (size_t i = 0; i < l->nr_plateaus; i++) {
		const struct pg_plateau *p = &l->plateaus[i];
		pg_buf_printf(b, "  Plateau %zu: %.0f FDs from %.2fs to %.2fs\n", i + 1, p->level,
			      p->start, p->end);
	}
}

static void put_causes(const struct pg_fd_profile *p, const struct pg_levels *l,
		       const struct pg_jump *jump, struct pg_buf *b)
{
	struct pg_fd_parts parts = {0};
	struct pg_buf text = {0};
	pg_fd_profile_causes_of(p, l, jump, &parts);
	for (size_t i = 0; i < parts.nr; i++) {
		struct pg_fd_part *part = &parts.items[i];
		int32_t net = part->opened - part->closed;
		part->opened = net > 0 ? net : 0;
		part->closed = net < 0 ? -net : 0;
	}
	if (parts.nr) {
		pg_fd_parts_put(&parts, CAUSES, &text);
		pg_buf_puts(b, "           ");
		put_safe(b, pg_buf_cstr(&text));
		pg_buf_putc(b, '\n');
	}
	pg_buf_free(&text);
	pg_fd_parts_free(&parts);
}

static void put_jumps(const struct pg_fd_profile *p, const struct pg_levels *l, struct pg_buf *b)
{
	if (l->nr_jumps == 0)
		return;
	pg_buf_printf(b, "\nDetected %zu jump%s between plateaus:\n", l->nr_jumps,
		      plural(l->nr_jumps));
	for (size_t i = 0; i < l->nr_jumps; i++) {
		const struct pg_jump *j = &l->jumps[i];
		pg_buf_printf(b, "  %6.2fs: %+" PRId64 " FDs (%.0f %s %.0f)\n", j->time, j->size,
			      j->from, is_utf8() ? "→" : "->", j->to);
		put_causes(p, l, j, b);
	}
}

/* ---- the verdict ---------------------------------------------------------------------------- */

/* In the unit in which it is a number for eyes. */
static void put_slope(struct pg_buf *b, double per_second)
{
	if (per_second >= 0.995)
		pg_buf_printf(b, "%.3g FDs per second", per_second);
	else if (per_second * 60 >= 0.995)
		pg_buf_printf(b, "%.3g FDs per minute", per_second * 60);
	else
		pg_buf_printf(b, "%.3g FDs per hour", per_second * 3600);
}

static void put_span(struct pg_buf *b, double s)
{
	if (s < 120)
		pg_buf_printf(b, "%.0f s", s);
	else if (s < 7200)
		pg_buf_printf(b, "%.0f min", s / 60);
	else if (s < 48 * 3600)
		pg_buf_printf(b, "%.1f h", s / 3600);
	else
		pg_buf_printf(b, "%.0f days", s / 86400);
}

static void put_process(struct pg_buf *b, const struct pg_fd_worst *w)
{
	pg_buf_printf(b, "process %d", w->pid);
	if (!*w->comm)
		return;
	pg_buf_puts(b, " (");
	put_safe(b, w->comm);
	pg_buf_putc(b, ')');
}

static bool has_limit(const struct pg_fd_worst *w)
{
	return w->pid && w->limit > 0 && w->limit < UINT64_MAX;
}

static void put_growth(const struct pg_fd_profile *p, const struct pg_fd_findings *f,
		       struct pg_buf *b)
{
	put_slope(b, f->leak.per_second);
	if (f->leak_kind < PG_FD_NR_KINDS) {
		pg_buf_printf(b, ", mostly of kind %s",
			      pg_fd_kind_name((enum pg_fd_kind)f->leak_kind));
		if (f->leak_prefix && *f->leak_prefix) {
			pg_buf_puts(b, " in ");
			put_safe(b, f->leak_prefix);
		}
	}
	if (f->seconds_left >= 0 && has_limit(&p->worst)) {
		pg_buf_puts(b, "; at that pace ");
		put_process(b, &p->worst);
		pg_buf_printf(b, " is at its limit of %" PRIu64 " in ", p->worst.limit);
		put_span(b, f->seconds_left);
	}
}

static void put_verdict(const struct pg_fd_profile *p, const struct pg_fd_findings *f,
			struct pg_buf *b)
{
	char percent[PG_HUMAN_MAX];
	pg_buf_putc(b, '\n');
	switch (f->leak.verdict) {
	case PG_LEAK_LEAKING:
		pg_buf_puts(b, "Leaking: the least that is open grows by ");
		put_growth(p, f, b);
		break;
	case PG_LEAK_SUSPECTED:
		pg_buf_puts(b, "A leak is suspected: up to the end it grew by ");
		put_growth(p, f, b);
		break;
	case PG_LEAK_NONE:
		pg_buf_puts(b, "No leak was found");
		if (f->leak.confidence <= 0)
			pg_buf_puts(b, "; the samples are too few to tell");
		break;
	}
	if (f->leak.confidence > 0)
		pg_buf_printf(b, " (confidence %s)", pg_human_percent(percent, f->leak.confidence));
	pg_buf_putc(b, '\n');
}

static void put_worst(const struct pg_fd_worst *w, struct pg_buf *b)
{
	char percent[PG_HUMAN_MAX];
	if (!w->pid || w->fds < 0)
		return;
	if (has_limit(w))
		pg_buf_printf(b, "Limit: %" PRIu64 " FDs a process\n", w->limit);
	pg_buf_puts(b, has_limit(w) ? "Nearest to its limit: " : "Most of all: ");
	put_process(b, w);
	pg_buf_printf(b, " with %" PRId64 " FDs", w->fds);
	if (has_limit(w))
		pg_buf_printf(b, ", %s of it",
			      pg_human_percent(percent, (double)w->fds / (double)w->limit));
	pg_buf_putc(b, '\n');
}

static void put_kinds(const struct pg_fd_profile *p, struct pg_buf *b)
{
	const char *sep = "Kinds, when most were open: ";
	for (int i = 0; p->has_kinds && i < PG_FD_NR_KINDS; i++)
		if (p->kinds[i]) {
			pg_buf_printf(b, "%s%u %s", sep, p->kinds[i],
				      pg_fd_kind_name((enum pg_fd_kind)i));
			sep = ", ";
		}
	if (*sep == ',')
		pg_buf_puts(b, p->kinds_refused ? "; of some processes not permitted\n" : "\n");
	else if (p->kinds_refused)
		pg_buf_puts(b, "Kinds: not permitted; they are told to the user of the process and "
			       "to root\n");
}

void pg_fd_report(const struct pg_fd_profile *p, const struct pg_fd_findings *f, struct pg_buf *out)
{
	put_run(p, out);
	put_events(p, out);
	if (p->series.n == 0)
		return;
	put_plateaus(&f->levels, out);
	put_jumps(p, &f->levels, out);
	put_verdict(p, f, out);
	pg_buf_printf(out, "Peak: %" PRId64 " FDs at %.2fs", f->peak, f->peak_at);
	if (p->most_procs > 1)
		pg_buf_printf(out, "; at most %zu processes at one time", p->most_procs);
	pg_buf_putc(out, '\n');
	if (p->most_uncounted)
		pg_buf_printf(out,
			      "Not in these numbers: up to %" PRIu32
			      " process%s whose descriptors could not be counted\n",
			      p->most_uncounted, p->most_uncounted == 1 ? "" : "es");
	put_worst(&p->worst, out);
	put_kinds(p, out);
}
