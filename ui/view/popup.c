/* SPDX-License-Identifier: MIT */
/*
 * Box and page have the same sections in the same order, made of items that flow into lines
 * (popup_flow.h), so one text fits 46 columns and 200. A long value (command line, cgroup) is
 * wrapped on the page and cut in the box; the page has a few items more.
 */
#include "popup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "canvas/theme.h"
#include "popup_flow.h"
#include "popup_why.h"

struct page {
	struct popup_flow flow;
	const struct popup_subject *s;
	bool full;
};

static const char *bytes_or_unknown(char *buf, bool known, uint64_t v)
{
	return known ? pg_human_bytes(buf, v) : "unknown";
}

static const char *ns_or_unknown(char *buf, bool known, uint64_t v)
{
	return known ? pg_human_ns(buf, v) : "unknown";
}

static const char *state_word(char state)
{
	switch (state) {
	case 'R':
		return "R running";
	case 'S':
		return "S sleeping";
	case 'D':
		return "D disk sleep";
	case 'Z':
		return "Z zombie";
	case 'T':
		return "T stopped";
	case 't':
		return "t traced";
	case 'X':
	case 'x':
		return "X dead";
	case 'I':
		return "I idle";
	case 'W':
		return "W waking";
	case 'P':
		return "P parked";
	default:
		return state ? "another state" : "state unknown";
	}
}

static const char *policy_name(char *buf, uint32_t policy)
{
	static const char *const names[] = {
		"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",       "SCHED_BATCH",
		"SCHED_ISO",   "SCHED_IDLE", "SCHED_DEADLINE", "SCHED_EXT",
	};

	if (policy < PG_ARRAY_LEN(names))
		return names[policy];
	snprintf(buf, PG_HUMAN_MAX, "policy %u", policy);
	return buf;
}

void popup_put_user(struct pg_buf *b, const struct pg_proc *proc)
{
	if (proc->user.len)
		pg_buf_put(b, pg_proc_str(proc, proc->user), proc->user.len);
	else if (proc->valid & PG_UID)
		pg_buf_printf(b, "uid %u", proc->uid);
	else
		pg_buf_puts(b, "user unknown");
}

static void put_title(struct pg_buf *b, const struct popup_subject *s)
{
	if (!s->task) {
		pg_buf_printf(b, "task %d", s->in->key.tid);
		return;
	}
	if (s->task->comm.len)
		pg_buf_put(b, pg_proc_str(s->proc, s->task->comm), s->task->comm.len);
	else
		pg_buf_puts(b, s->task->valid & PG_STAT ? "(no name)" : "(name unknown)");
	pg_buf_puts(b, "  ");
	popup_put_user(b, s->proc);
	if (s->in->host)
		pg_buf_printf(b, " on %s", s->in->host);
}

static void add_title(struct page *p)
{
	struct pg_buf b = {0};
	size_t take;

	put_title(&b, p->s);
	p->flow.role = ROLE_TIP;
	take = popup_fitting(b.data, b.len, p->flow.width, false);
	popup_put(&p->flow, b.data, take);
	popup_flush(&p->flow);
	pg_buf_free(&b);
}

/* "parent 812 make": of a task that nobody saw, its parent is the best clue. */
static void add_parent(struct page *p)
{
	const struct popup_subject *s = p->s;
	int32_t ppid = s->task->ppid;
	long i = ppid > 0 ? pg_snapshot_find_pid(s->snap, ppid) : -1;
	const struct pg_gone *gone = NULL;
	const struct pg_proc *parent = NULL;

	if (i >= 0)
		parent = s->snap->procs[i];
	else if (ppid > 0 && (gone = pg_changes_gone_pid(s->in->frame->changes, ppid)))
		parent = gone->proc;
	if (ppid <= 0)
		popup_item(&p->flow, "parent unknown");
	else if (parent && parent->nr_tasks)
		popup_item(&p->flow, "parent %d %.*s", ppid, (int)parent->tasks[0].comm.len,
			   pg_proc_str(parent, parent->tasks[0].comm));
	else
		popup_item(&p->flow, "parent %d", ppid);
}

static void add_state(struct page *p)
{
	struct pg_buf ending = {0};

	popup_put_ending(&ending, pg_task_exit_code(p->s->task));
	popup_item(&p->flow, "%s%s", state_word(p->s->task->state), pg_buf_cstr(&ending));
	pg_buf_free(&ending);
}

static void add_identity(struct page *p)
{
	const struct popup_subject *s = p->s;

	popup_section(&p->flow, "task", ROLE_TIP);
	popup_item(&p->flow, "pid %d", s->in->key.pid);
	popup_item(&p->flow, "tid %d", s->in->key.tid);
	if (!s->task)
		return;
	if (s->brief)
		add_parent(p);
	else if ((s->task->valid & PG_STAT) || s->task->ppid > 0)
		popup_item(&p->flow, "ppid %d", s->task->ppid);
	else
		popup_item(&p->flow, "ppid unknown");
	if (s->exited)
		popup_item(&p->flow, "exited");
	else
		add_state(p);
	if (p->full && (s->task->valid & PG_STATUS) && s->task->euid != s->task->uid)
		popup_item(&p->flow, "effective uid %u", s->task->euid);
}

const char *popup_no_detail(enum detail_state state)
{
	switch (state) {
	case DETAIL_PENDING:
		return "…";
	case DETAIL_NOT_SENT:
		return "not sent by another host";
	case DETAIL_RECORDED:
		return "not recorded";
	default:
		return "no answer";
	}
}

/* A value of the inspector, or why there is none. */
static void add_detail(struct page *p, const char *label, const char *s, size_t n)
{
	const struct popup_input *in = p->s->in;

	popup_section(&p->flow, label, ROLE_TIP);
	if (in->detail_state == DETAIL_READY && in->detail && s && n > 0)
		popup_wrap(&p->flow, s, n, p->full ? 0 : 1);
	else if (in->detail_state == DETAIL_READY && in->detail && s)
		popup_item(&p->flow, p->s->proc->kthread ? "none: a kernel thread" : "empty");
	else if (p->s->exited || in->detail_state == DETAIL_READY)
		popup_item(&p->flow, "unknown");
	else
		popup_item(&p->flow, "%s", popup_no_detail(in->detail_state));
}

static void add_cmdline(struct page *p)
{
	const struct pg_detail *d = p->s->in->detail;

	add_detail(p, "cmd", d ? d->cmdline : NULL, d ? d->cmdline_len : 0);
	if (p->full && d && d->cmdline && d->cmdline_cut)
		popup_item(&p->flow, "(cut: it is longer)");
	if (p->full)
		add_detail(p, "exe", d ? d->exe : NULL, d ? d->exe_len : 0);
}

static void add_why(struct page *p)
{
	struct pg_buf b = {0};

	popup_why(&b, p->s);
	popup_section(&p->flow, "why",
		      (uint8_t)(p->s->task ? theme_class_role(p->s->change.cls) : ROLE_TIP));
	popup_wrap(&p->flow, b.data, b.len, p->full ? 0 : 4);
	pg_buf_free(&b);
}

static void add_cpu(struct page *p)
{
	const struct popup_subject *s = p->s;
	bool ticks = s->task->valid & PG_STAT;
	char a[PG_HUMAN_MAX];

	popup_section(&p->flow, "cpu", ROLE_TIP);
	popup_item(&p->flow, "user %s",
		   ns_or_unknown(a, ticks, popup_ticks_ns(s->snap, s->task->utime)));
	popup_item(&p->flow, "system %s",
		   ns_or_unknown(a, ticks, popup_ticks_ns(s->snap, s->task->stime)));
	if (!s->exited) {
		popup_item(&p->flow, "last cycle %s",
			   ns_or_unknown(a, s->change.known & PG_KNOW_CPU, s->change.cpu_ns));
		popup_item(&p->flow, "waited %s",
			   ns_or_unknown(a, s->change.known & PG_KNOW_WAIT, s->change.wait_ns));
		if (s->proc->unseen_ns && (p->full || pg_task_is_leader(s->proc, s->task)))
			popup_item(&p->flow, "up to %s by threads not looked at",
				   pg_human_ns(a, s->proc->unseen_ns));
	}
	if (p->full && s->proc->scope == PG_SCOPE_THREADS) {
		popup_item(&p->flow, "on a CPU %s",
			   ns_or_unknown(a, s->task->valid & PG_SCHED, s->task->run_ns));
		popup_item(&p->flow, "waited in all %s",
			   ns_or_unknown(a, s->task->valid & PG_SCHED, s->task->wait_ns));
		popup_item(&p->flow, "all threads %s",
			   ns_or_unknown(a, s->proc->valid & PG_CLOCK, s->proc->cpu_clock_ns));
	}
}

static bool has_stat(const struct pg_proc *proc)
{
	return (proc->valid | proc->tasks[0].valid) & PG_STAT;
}

static void add_memory(struct page *p)
{
	const struct popup_subject *s = p->s;
	const struct pg_proc *proc = s->proc;
	char a[PG_HUMAN_MAX];

	popup_section(&p->flow, "memory", ROLE_TIP);
	popup_item(&p->flow, "rss %s", bytes_or_unknown(a, proc->valid & PG_MEM, proc->rss_bytes));
	if (!s->exited)
		popup_item(&p->flow, "change %s",
			   s->leader.known & PG_KNOW_RSS ? pg_human_dbytes(a, s->leader.rss_bytes)
							 : "unknown");
	popup_item(&p->flow, "peak %s",
		   bytes_or_unknown(a, proc->valid & PG_STATUS, proc->peak_bytes));
	popup_item(&p->flow, "swap %s",
		   bytes_or_unknown(a, proc->valid & PG_STATUS, proc->swap_bytes));
	popup_item(&p->flow, "virtual %s", bytes_or_unknown(a, has_stat(proc), proc->vsize_bytes));
}

/* "read 1.2 GiB, 3 MiB/s" */
static void add_flow(struct page *p, const char *verb, uint64_t total, uint64_t moved)
{
	const struct popup_subject *s = p->s;
	double seconds = (double)s->change.span_ns / (double)PG_NS_PER_SEC;
	char a[PG_HUMAN_MAX], b[PG_HUMAN_MAX];

	/* The box saves the place of a rate that is known to be 0. */
	if (s->exited || (!p->full && (s->change.known & PG_KNOW_IO) && moved == 0))
		popup_item(&p->flow, "%s %s", verb, pg_human_bytes(a, total));
	else
		popup_item(&p->flow, "%s %s, %s", verb, pg_human_bytes(a, total),
			   (s->change.known & PG_KNOW_IO) && seconds > 0
				   ? pg_human_rate(b, (double)moved / seconds)
				   : "rate unknown");
}

void popup_not_permitted(struct pg_buf *out, const struct pg_snapshot *snap,
			 const struct pg_proc *proc)
{
	/* Where only some are refused, we are root already, and the kernel guards this one. */
	bool others = snap->own_io_only;

	pg_buf_puts(out, others ? "not permitted: run as root" : "not permitted, even to root");
	if (others && (proc->valid & PG_UID) && proc->uid != 0) {
		pg_buf_puts(out, " or as ");
		popup_put_user(out, proc);
	}
}

static void add_no_io(struct page *p)
{
	struct pg_buf help = {0};

	if (!(p->s->task->refused & PG_IO)) {
		popup_item(&p->flow, "unknown");
		return;
	}
	popup_not_permitted(&help, p->s->in->frame->snap, p->s->proc);
	popup_wrap(&p->flow, help.data, help.len, 2);
	pg_buf_free(&help);
}

static void add_io(struct page *p)
{
	const struct popup_subject *s = p->s;
	const struct pg_task *t = s->task;
	bool known = t->valid & PG_IO;
	char a[PG_HUMAN_MAX];

	popup_section(&p->flow, s->in->io_any && !p->full ? "io" : "disk", ROLE_TIP);
	if (!known) {
		add_no_io(p);
		return;
	}
	if (p->full || !s->in->io_any) {
		add_flow(p, "read", t->read_bytes, s->change.read_bytes);
		add_flow(p, "wrote", t->write_bytes, s->change.write_bytes);
	}
	if (p->full) {
		popup_item(&p->flow, "never written %s",
			   pg_human_bytes(a, t->cancelled_write_bytes));
		popup_section(&p->flow, "io", ROLE_TIP);
	}
	if (p->full || s->in->io_any) {
		add_flow(p, "read", t->rchar, s->change.rchar);
		add_flow(p, "wrote", t->wchar, s->change.wchar);
	}
	if (p->full)
		popup_item(&p->flow, "%llu reads, %llu writes", (unsigned long long)t->syscr,
			   (unsigned long long)t->syscw);
}

/* "1024 (1 %)" */
static const char *fd_limit(char *out, size_t size, const struct popup_subject *s)
{
	uint64_t limit = s->proc->fd_limit;
	char pct[PG_HUMAN_MAX];

	if (!limit)
		return "unknown";
	if (limit == UINT64_MAX)
		return "none";
	if (!(s->proc->valid & PG_FD))
		snprintf(out, size, "%llu", (unsigned long long)limit);
	else
		snprintf(out, size, "%llu (%s)", (unsigned long long)limit,
			 pg_human_percent(pct, (double)s->proc->fds / (double)limit));
	return out;
}

static void add_fds(struct page *p)
{
	const struct popup_subject *s = p->s;
	char a[80];

	popup_section(&p->flow, "fds", ROLE_TIP);
	if (s->proc->valid & PG_FD)
		popup_item(&p->flow, "%llu open", (unsigned long long)s->proc->fds);
	else
		popup_item(&p->flow, s->proc->refused & PG_FD ? "not permitted" : "unknown");
	if (!s->exited && (s->leader.known & PG_KNOW_FDS))
		popup_item(&p->flow, "change %s%lld", s->leader.fds > 0 ? "+" : "",
			   (long long)s->leader.fds);
	else if (!s->exited)
		popup_item(&p->flow, "change unknown");
	popup_item(&p->flow, "limit %s", fd_limit(a, sizeof(a), s));
}

static void add_sched(struct page *p)
{
	const struct popup_subject *s = p->s;
	const struct pg_task *t = s->task;
	char a[PG_HUMAN_MAX], b[PG_HUMAN_MAX];

	popup_section(&p->flow, "sched", ROLE_TIP);
	if (has_stat(s->proc))
		popup_item(&p->flow, "threads %llu", (unsigned long long)s->proc->threads);
	else
		popup_item(&p->flow, "threads unknown");
	if (t->valid & PG_STAT) {
		popup_item(&p->flow, "nice %d", t->nice);
		popup_item(&p->flow, "%s", policy_name(a, t->policy));
		popup_item(&p->flow, "cpu %d", t->processor);
		if (p->full || t->rt_priority)
			popup_item(&p->flow, "rt priority %u", t->rt_priority);
	} else {
		popup_item(&p->flow, "nice, policy, processor unknown");
	}
	if (t->valid & PG_STATUS)
		popup_item(&p->flow, "switches %s voluntary, %s not",
			   pg_human_count(a, t->voluntary_ctxt),
			   pg_human_count(b, t->nonvoluntary_ctxt));
	else
		popup_item(&p->flow, "switches unknown");
	if (p->full && (s->change.known & PG_KNOW_CTXT))
		popup_item(&p->flow, "%s in the last cycle", pg_human_count(a, s->change.ctxt));
	if (p->full && (t->valid & PG_STAT))
		popup_item(&p->flow, "page faults %s minor, %s major", pg_human_count(a, t->minflt),
			   pg_human_count(b, t->majflt));
}

static void add_place(struct page *p)
{
	const struct pg_detail *d = p->s->in->detail;

	add_detail(p, "cgroup", d ? d->cgroup : NULL, d ? d->cgroup_len : 0);
}

static void add_start(struct page *p)
{
	const struct popup_subject *s = p->s;
	char a[PG_HUMAN_MAX];

	popup_section(&p->flow, "start", ROLE_TIP);
	if (!(s->task->valid & PG_STAT)) {
		popup_item(&p->flow, "unknown");
		return;
	}
	int64_t wall = pg_snapshot_wall_of(s->snap, s->task->start);
	int64_t until = s->ended_ns ? s->ended_ns : s->snap->wall_ns;
	/* Of a recording both may be anything. */
	uint64_t age = until > wall ? (uint64_t)until - (uint64_t)wall : 0;
	popup_item(&p->flow, "%s UTC", pg_human_time(a, wall));
	popup_item(&p->flow, "age %s", pg_human_age(a, age / PG_NS_PER_SEC));
}

void popup_build(struct popup_text *out, const struct popup_input *in, bool full, int width)
{
	struct popup_subject s = popup_find(in);
	struct page p = {.s = &s, .full = full, .flow = {.out = out, .width = width}};

	*out = (struct popup_text){0};
	if (p.flow.width < POPUP_MIN_WIDTH)
		p.flow.width = POPUP_MIN_WIDTH;
	add_title(&p);
	add_identity(&p);
	if (!s.task) {
		add_why(&p);
	} else if (s.brief) { /* its files were never read */
		add_why(&p);
		add_start(&p);
	} else {
		add_cmdline(&p);
		add_why(&p);
		add_cpu(&p);
		add_memory(&p);
		add_io(&p);
		add_fds(&p);
		add_sched(&p);
		add_place(&p);
		add_start(&p);
	}
	popup_flush(&p.flow);
	pg_buf_free(&p.flow.line);
}

void popup_text_free(struct popup_text *t)
{
	for (size_t i = 0; i < t->nr; i++)
		free(t->lines[i].text);
	free(t->lines);
	*t = (struct popup_text){0};
}

void popup_line(struct pg_buf *out, const struct popup_input *in)
{
	struct popup_subject s = popup_find(in);

	pg_buf_printf(out, "%d ", in->key.tid);
	put_title(out, &s);
	pg_buf_puts(out, "  ");
	popup_why(out, &s);
}
