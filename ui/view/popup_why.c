/* SPDX-License-Identifier: MIT */
#include "popup_why.h"

#include "base/human.h"

uint64_t popup_ticks_ns(const struct pg_snapshot *snap, uint64_t ticks)
{
	unsigned __int128 ns;

	if (snap->ticks_per_sec == 0)
		return 0;
	ns = (unsigned __int128)ticks * PG_NS_PER_SEC / snap->ticks_per_sec;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

/* A frame from before its end, which a look back may show, knows better. */
static void find_ended(struct popup_subject *s)
{
	const struct popup_end *e = s->in->end;

	if (!e || e->wall_ns > s->snap->wall_ns)
		return;
	s->proc = e->proc;
	s->task = e->task;
	s->exited = true;
	s->brief = e->brief;
	s->exit_code = e->exit_code;
	s->ended_ns = e->wall_ns;
	s->change = (struct pg_change){.cls = PG_EXITED};
}

static void find_gone(struct popup_subject *s, const struct pg_changes *changes)
{
	const struct pg_gone *g = pg_changes_gone(changes, s->in->key);

	if (!g) {
		find_ended(s);
		return;
	}
	s->proc = g->proc;
	s->task = g->task;
	s->exited = true;
	s->brief = g->brief;
	s->exit_code = g->exit_code;
	s->change = (struct pg_change){.cls = PG_EXITED};
}

struct popup_subject popup_find(const struct popup_input *in)
{
	struct popup_subject s = {.in = in};
	struct pg_place at;

	if (!in->frame || !in->frame->snap || !in->frame->changes)
		return s;
	s.snap = in->frame->snap;
	at = pg_snapshot_find(s.snap, in->key);
	if (!at.task) {
		find_gone(&s, in->frame->changes);
		return s;
	}
	s.proc = at.proc;
	s.task = at.task;
	s.change = pg_changes_of(in->frame->changes, &at);
	if (s.task->seen_ns) /* old counters: what they moved by says nothing of this cycle */
		s.change = (struct pg_change){
			.cls = PG_IDLE, .known = s.change.known & (PG_KNOW_RSS | PG_KNOW_FDS)};
	at.task = &at.proc->tasks[0];
	if (pg_task_is_leader(at.proc, at.task))
		s.leader = pg_changes_of(in->frame->changes, &at);
	return s;
}

static void put_cpu(struct pg_buf *out, const struct popup_subject *s)
{
	const struct pg_change *c = &s->change;
	uint64_t interval = c->span_ns;
	uint64_t user = popup_ticks_ns(s->snap, c->utime), sys = popup_ticks_ns(s->snap, c->stime);
	char a[PG_HUMAN_MAX], b[PG_HUMAN_MAX];

	pg_buf_printf(out, "ran %s", pg_human_ns(a, c->cpu_ns));
	if (interval > 0)
		pg_buf_printf(out, " of %s (%s)", pg_human_ns(a, interval),
			      pg_human_percent(b, (double)c->cpu_ns / (double)interval));
	/* Ticks are coarse: when none of them moved they have nothing to say. */
	if ((c->known & PG_KNOW_TICKS) && (user || sys))
		pg_buf_printf(out, ", %s user %s system", pg_human_ns(a, user),
			      pg_human_ns(b, sys));
}

static void put_io(struct pg_buf *out, const struct popup_subject *s)
{
	const struct pg_change *c = &s->change;
	uint64_t r = s->in->io_any ? c->rchar : c->read_bytes;
	uint64_t w = s->in->io_any ? c->wchar : c->write_bytes;
	char a[PG_HUMAN_MAX], b[PG_HUMAN_MAX];

	if (c->bits & PG_IO_UNKNOWN)
		pg_buf_puts(out, s->task->refused & PG_IO ? "io not permitted" : "io unknown");
	else if (!(c->known & PG_KNOW_IO))
		pg_buf_puts(out, "io unknown");
	else if (r == 0 && w == 0)
		pg_buf_puts(out, s->in->io_any ? "no io" : "no disk io");
	else
		pg_buf_printf(out, "read %s, wrote %s", pg_human_bytes(a, r), pg_human_bytes(b, w));
}

/* Why a task is red though its clock stood still, or has no clock: the scheduler's letter. */
static void put_running(struct pg_buf *out, const struct popup_subject *s)
{
	char a[PG_HUMAN_MAX];

	pg_buf_puts(out, "in state R");
	/* Runnable all the cycle, and never ran. */
	if ((s->change.known & PG_KNOW_CPU) && s->change.cpu_ns == 0)
		pg_buf_puts(out, ", waiting for a CPU now");
	if ((s->change.known & PG_KNOW_WAIT) && s->change.wait_ns > 0)
		pg_buf_printf(out, " (waited %s)", pg_human_ns(a, s->change.wait_ns));
}

static void put_cpu_class(struct pg_buf *out, const struct popup_subject *s)
{
	bool ran = (s->change.known & PG_KNOW_CPU) && s->change.cpu_ns > 0;

	if (ran)
		put_cpu(out, s);
	if (s->task->state == 'R') {
		pg_buf_puts(out, ran ? "; " : "");
		put_running(out, s);
	} else if (!ran) {
		pg_buf_puts(out, "cpu time unknown");
	}
}

static void put_idle_class(struct pg_buf *out, const struct popup_subject *s)
{
	const struct pg_change *c = &s->change;
	char a[PG_HUMAN_MAX], b[PG_HUMAN_MAX];

	if (c->bits & PG_STIRRED) {
		pg_buf_printf(out, "idle, stirred: ran %s, under %s", pg_human_ns(a, c->cpu_ns),
			      pg_human_percent(b, s->in->min_cpu));
	} else if (!(c->known & PG_KNOW_CPU)) {
		pg_buf_puts(out, "idle as far as known: cpu time unknown");
	} else if (c->known & PG_KNOW_IO) {
		pg_buf_puts(out, "idle: nothing moved");
		return;
	} else {
		pg_buf_puts(out, "idle: did not run");
	}
	if (!(c->known & PG_KNOW_IO)) {
		pg_buf_puts(out, "; ");
		put_io(out, s);
	}
}

/* What has no colour of its own, but a sign, a size or nothing at all. */
static void put_rest(struct pg_buf *out, const struct popup_subject *s)
{
	const struct pg_change *c = &s->change;
	char a[PG_HUMAN_MAX];

	if (c->bits & (PG_RSS_UP | PG_RSS_DOWN))
		pg_buf_printf(out, "; rss %s", pg_human_dbytes(a, c->rss_bytes));
	if (c->bits & (PG_FDS_UP | PG_FDS_DOWN))
		pg_buf_printf(out, "; fds %+lld", (long long)c->fds);
}

static void put_class(struct pg_buf *out, const struct popup_subject *s)
{
	switch (s->change.cls) {
	case PG_CPU:
	case PG_CPU_DISK:
		pg_buf_printf(out, "%s: ", pg_class_name(s->change.cls));
		put_cpu_class(out, s);
		pg_buf_puts(out, "; ");
		put_io(out, s);
		break;
	case PG_DISK:
		pg_buf_printf(out, "%s: ", pg_class_name(PG_DISK));
		put_io(out, s);
		pg_buf_puts(out, "; ");
		if (!(s->change.known & PG_KNOW_CPU))
			pg_buf_puts(out, "cpu time unknown");
		else
			put_cpu(out, s);
		break;
	default:
		put_idle_class(out, s);
		break;
	}
	put_rest(out, s);
}

void popup_put_ending(struct pg_buf *out, int exit_code)
{
	if (exit_code >= PG_KILLED) {
		const char *name = pg_signal_name(exit_code - PG_KILLED);
		pg_buf_printf(out, ": killed by signal %d", exit_code - PG_KILLED);
		if (name)
			pg_buf_printf(out, " (%s)", name);
	} else if (exit_code >= 0) {
		pg_buf_printf(out, ": exit code %d", exit_code);
	}
}

static void put_exited(struct pg_buf *out, const struct popup_subject *s)
{
	char time[PG_HUMAN_MAX];

	if (s->ended_ns)
		pg_buf_printf(out, "exited, gone at %s UTC", pg_human_time(time, s->ended_ns));
	else
		pg_buf_puts(out, s->brief ? "lived and died between two looks"
					  : "exited since the last cycle");
	popup_put_ending(out, s->exit_code);
}

static void put_unseen(struct pg_buf *out, const struct popup_subject *s)
{
	uint64_t now = s->snap->mono_ns, seen = s->task->seen_ns;

	pg_buf_printf(out, "not looked at for %llu s: what it did since is not known",
		      (unsigned long long)(now > seen ? (now - seen) / PG_NS_PER_SEC : 0));
	put_rest(out, s);
}

void popup_why(struct pg_buf *out, const struct popup_subject *s)
{
	if (!s->task) {
		pg_buf_puts(out, s->snap ? "task is gone" : "not known yet: no sample");
	} else if (s->exited) {
		put_exited(out, s);
	} else if (s->task->seen_ns) {
		put_unseen(out, s);
	} else if (s->in->frame->changes->first || !s->change.known) {
		pg_buf_puts(out, s->task->state == 'R' ? "cpu: in state R; what it used is " : "");
		pg_buf_puts(out, s->in->frame->changes->first ? "not known yet: first look"
							      : "not known for this cycle");
	} else {
		if (s->change.bits & PG_BORN)
			pg_buf_puts(out, "new, ");
		put_class(out, s);
	}
}
