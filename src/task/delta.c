/* SPDX-License-Identifier: MIT */
#include "delta.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

const char *pg_class_name(enum pg_class c)
{
	static const char *const names[PG_NR_CLASSES] = {"idle", "cpu", "io", "cpu+io", "exited"};
	return names[c];
}

/* What a pair of rows is compared under; was is NULL for a task that is born. */
struct pair {
	const struct pg_proc *proc, *proc_was;
	const struct pg_task *now, *was;
	uint64_t interval_ns;
	uint64_t mono_ns; /* of cur */
	uint32_t hz;
	bool comparable; /* false: the scopes differ, or there is no earlier snapshot */
	const struct pg_thresholds *limits;
};

/* A counter that ran backwards was reset by something we do not know: it moved by nothing. */
static uint64_t grown(uint64_t now, uint64_t was)
{
	return now > was ? now - was : 0;
}

/* Known now, and before too, unless there was no before. */
static bool both(const struct pair *p, unsigned group)
{
	return (p->now->valid & group) && (!p->was || (p->was->valid & group));
}

static bool both_proc(const struct pair *p, unsigned group)
{
	return (p->proc->valid & group) && (!p->proc_was || (p->proc_was->valid & group));
}

static uint64_t ticks_ns(const struct pair *p, uint64_t ticks)
{
	return ticks * (PG_NS_PER_SEC / (p->hz ? p->hz : 100));
}

/* The time that a difference stands for: longer if the row was not looked at for a while. */
static uint64_t span_of(const struct pair *p)
{
	return p->was && p->was->seen_ns ? grown(p->mono_ns, p->was->seen_ns) : p->interval_ns;
}

static void diff_cpu(const struct pair *p, struct pg_change *c)
{
	static const struct pg_task zero;
	const struct pg_task *now = p->now, *was = p->was ? p->was : &zero;
	if (both(p, PG_STAT)) {
		c->known |= PG_KNOW_TICKS;
		c->utime = grown(now->utime, was->utime);
		c->stime = grown(now->stime, was->stime);
	}
	if (p->proc->scope == PG_SCOPE_PROCESS && both_proc(p, PG_CLOCK)) {
		c->known |= PG_KNOW_CPU;
		c->cpu_ns =
			grown(p->proc->cpu_clock_ns, p->proc_was ? p->proc_was->cpu_clock_ns : 0);
	} else if (p->proc->scope == PG_SCOPE_THREADS && both(p, PG_SCHED)) {
		c->known |= PG_KNOW_CPU | PG_KNOW_WAIT;
		c->cpu_ns = grown(now->run_ns, was->run_ns);
		c->wait_ns = grown(now->wait_ns, was->wait_ns);
	} else if (c->known & PG_KNOW_TICKS) {
		c->known |= PG_KNOW_CPU;
		c->cpu_ns = ticks_ns(p, c->utime + c->stime);
	}
	c->span_ns = span_of(p);
	if (c->span_ns)
		c->share = (float)((double)c->cpu_ns / (double)c->span_ns);
}

static void diff_rest(const struct pair *p, struct pg_change *c)
{
	static const struct pg_task zero;
	const struct pg_task *now = p->now, *was = p->was ? p->was : &zero;
	if (both(p, PG_IO)) {
		c->known |= PG_KNOW_IO;
		c->read_bytes = grown(now->read_bytes, was->read_bytes);
		c->write_bytes = grown(now->write_bytes, was->write_bytes);
		c->rchar = grown(now->rchar, was->rchar);
		c->wchar = grown(now->wchar, was->wchar);
	}
	if (both(p, PG_STATUS)) {
		c->known |= PG_KNOW_CTXT;
		c->ctxt = grown(now->voluntary_ctxt + now->nonvoluntary_ctxt,
				was->voluntary_ctxt + was->nonvoluntary_ctxt);
	}
}

/* rss and fds belong to the process and stand with its leader. */
static void diff_process(const struct pair *p, struct pg_change *c)
{
	const struct pg_proc *now = p->proc, *was = p->proc_was;
	if (!was || !pg_task_is_leader(now, p->now))
		return;
	if (both_proc(p, PG_MEM)) {
		c->known |= PG_KNOW_RSS;
		c->rss_bytes = (int64_t)(now->rss_bytes - was->rss_bytes);
		c->bits |= c->rss_bytes > 0 ? PG_RSS_UP : c->rss_bytes < 0 ? PG_RSS_DOWN : 0;
	}
	if (both_proc(p, PG_FD)) {
		c->known |= PG_KNOW_FDS;
		c->fds = (int64_t)(now->fds - was->fds);
		c->bits |= c->fds > 0 ? PG_FDS_UP : c->fds < 0 ? PG_FDS_DOWN : 0;
	}
}

static bool comm_differs(const struct pair *p)
{
	struct pg_str a = p->now->comm, b = p->was->comm;
	return a.len != b.len ||
	       memcmp(pg_proc_str(p->proc, a), pg_proc_str(p->proc_was, b), a.len) != 0;
}

static bool moved(const struct pair *p)
{
	return p->was &&
	       (p->now->state != p->was->state || p->now->nice != p->was->nice || comm_differs(p));
}

/* Byte for byte, but for where in the block its strings stand. */
static bool same_row(const struct pg_task *a, const struct pg_task *b)
{
	const size_t comm = offsetof(struct pg_task, comm), ppid = offsetof(struct pg_task, ppid),
		     raw = offsetof(struct pg_task, raw);
	if (memcmp(a, b, comm) != 0 || a->seen_ns != b->seen_ns ||
	    memcmp((const char *)a + ppid, (const char *)b + ppid, raw - ppid) != 0)
		return false;
	for (int i = 0; i < PG_NR_RAW; i++)
		if (a->raw[i].len || b->raw[i].len)
			return false; /* texts that are not looked into here */
	return true;
}

/* Most rows of a process of many threads are such, and need no more than that. */
static bool stands(const struct pair *p)
{
	return p->now == p->was || (p->was && same_row(p->now, p->was) && !comm_differs(p));
}

/* What is known of a row that stands: that nothing moved. */
static uint8_t known_of_standing(const struct pair *p)
{
	unsigned valid = p->now->valid, known = 0;
	known |= valid & PG_STAT ? PG_KNOW_TICKS | PG_KNOW_CPU : 0;
	known |= valid & PG_SCHED ? PG_KNOW_CPU | PG_KNOW_WAIT : 0;
	known |= valid & PG_IO ? PG_KNOW_IO : 0;
	known |= valid & PG_STATUS ? PG_KNOW_CTXT : 0;
	return (uint8_t)known;
}

/* Of a leader the values of the process count as well. */
static bool same_process(const struct pair *p)
{
	const struct pg_proc *now = p->proc, *was = p->proc_was;
	return !pg_task_is_leader(now, p->now) ||
	       (now->rss_bytes == was->rss_bytes && now->fds == was->fds && now->uid == was->uid &&
		now->valid == was->valid);
}

static void classify(const struct pair *p, struct pg_change *c)
{
	bool io = p->limits->io_any ? c->rchar || c->wchar : c->read_bytes || c->write_bytes;
	bool ran = c->cpu_ns > 0;
	bool cpu = p->now->state == 'R' || (ran && (double)c->share >= p->limits->min_cpu);
	c->cls = (uint8_t)(cpu ? (io ? PG_CPU_DISK : PG_CPU) : (io ? PG_DISK : PG_IDLE));
	if (ran && !cpu)
		c->bits |= PG_STIRRED;
	if (c->wait_ns)
		c->bits |= PG_WAITED;
	if (!(p->now->valid & PG_IO) && (p->now->refused & PG_IO))
		c->bits |= PG_IO_UNKNOWN;
	if (moved(p))
		c->bits |= PG_MOVED;
}

static struct pg_change compare(const struct pair *p)
{
	struct pg_change c = {0};
	if (p->comparable && p->now->seen_ns) {
		/* Its numbers are those of an earlier snapshot. */
		c.bits |= (uint16_t)(PG_UNSEEN | (stands(p) && same_process(p) ? PG_SAME : 0));
		return c;
	}
	bool same = p->comparable && stands(p);
	if (same && p->proc->scope == PG_SCOPE_THREADS) {
		c.known = known_of_standing(p);
		c.span_ns = span_of(p);
	} else if (p->comparable) {
		diff_cpu(p, &c);
		diff_rest(p, &c);
	}
	if (p->comparable) {
		diff_process(p, &c);
		if (!p->was)
			c.bits |= PG_BORN;
	}
	classify(p, &c);
	if (same && c.cls == PG_IDLE && same_process(p))
		c.bits |= PG_SAME;
	return c;
}

/* State of the merge. */
struct merge {
	const struct pg_snapshot *prev, *cur;
	struct pg_changes *out;
	struct pair pair;
	bool same_scope;
};

static void put_row(struct merge *m, const struct pg_proc *now, const struct pg_proc *was,
		    const struct pg_task *t, const struct pg_task *t_was)
{
	struct pg_changes *out = m->out;
	m->pair.proc = now;
	m->pair.proc_was = was;
	m->pair.now = t;
	m->pair.was = t_was;
	struct pg_change c = compare(&m->pair);
	out->count[c.cls]++;
	out->nr_born += (c.bits & PG_BORN) != 0;
	out->rows[out->nr_rows++] = c;
}

static int cmp_endings(const void *a, const void *b)
{
	return pg_key_cmp(&((const struct pg_ending *)a)->key, &((const struct pg_ending *)b)->key);
}

/* The ending of this task, else one that was told without a start. NULL: not told. */
static const struct pg_ending *find_ending(const struct pg_told *told, struct pg_key key)
{
	if (!told->nr_endings)
		return NULL;
	const struct pg_ending want = {.key = key};
	const struct pg_ending *e = bsearch(&want, told->endings, told->nr_endings,
					    sizeof(*told->endings), cmp_endings);
	if (e || key.start == 0)
		return e;
	key.start = 0;
	return find_ending(told, key);
}

static int exit_code_of(const struct merge *m, const struct pg_proc *was, const struct pg_task *t)
{
	/* What a zombie's stat told is final, and no event that was lost can make it wrong. */
	if (t->ended)
		return pg_task_exit_code(t);
	const struct pg_ending *e = find_ending(&m->cur->told, pg_task_key(was, t));
	return e ? e->exit_code : -1;
}

static void put_gone(struct merge *m, const struct pg_proc *was, const struct pg_task *t)
{
	struct pg_changes *out = m->out;
	if (!m->same_scope && !pg_task_is_leader(was, t))
		return; /* its thread is not gone, it is only not read any more */
	out->gone = pg_grow(out->gone, &out->gone_cap, out->nr_gone + 1, sizeof(*out->gone));
	out->gone[out->nr_gone++] =
		(struct pg_gone){.proc = was, .task = t, .exit_code = exit_code_of(m, was, t)};
	out->count[PG_EXITED]++;
}

/* Rows of a process that is in cur, and maybe was in prev (was). */
static void merge_rows(struct merge *m, const struct pg_proc *now, const struct pg_proc *was)
{
	struct pg_changes *out = m->out;
	out->rows = pg_grow(out->rows, &out->rows_cap, out->nr_rows + now->nr_tasks,
			    sizeof(*out->rows));
	uint32_t i = 0, j = 0;
	while (i < now->nr_tasks || (was && j < was->nr_tasks)) {
		int order;
		if (!was || j == was->nr_tasks)
			order = -1;
		else if (i == now->nr_tasks)
			order = 1;
		else
			order = pg_task_cmp(now->pid, &now->tasks[i], &was->tasks[j]);
		if (order < 0) {
			put_row(m, now, was, &now->tasks[i++], NULL);
		} else if (order > 0) {
			put_gone(m, was, &was->tasks[j++]);
		} else {
			put_row(m, now, was, &now->tasks[i++], &was->tasks[j++]);
		}
	}
}

/* Of a block that is skipped nothing is looked at: there are many, and none is in a cache. */
static bool skippable(const struct merge *m, size_t i, const struct pg_proc *was)
{
	return m->cur->procs[i] == was && m->pair.comparable &&
	       (!pg_snapshot_is_astir(m->cur, i) || was->nr_running == 0);
}

static void merge_procs(struct merge *m)
{
	const struct pg_snapshot *cur = m->cur, *prev = m->prev;
	size_t i = 0, j = 0, nr_prev = prev ? prev->nr_procs : 0;
	while (i < cur->nr_procs || j < nr_prev) {
		const struct pg_proc *now = i < cur->nr_procs ? cur->procs[i] : NULL;
		const struct pg_proc *was = j < nr_prev ? prev->procs[j] : NULL;
		int order = !now ? 1 : !was ? -1 : now == was ? 0 : pg_proc_cmp(now, was);
		if (order > 0) {
			for (uint32_t k = 0; k < was->nr_tasks; k++)
				put_gone(m, was, &was->tasks[k]);
			j++;
			continue;
		}
		if (order == 0 && skippable(m, i, was)) {
			m->out->start[i] = PG_UNCHANGED;
		} else {
			m->out->start[i] = (uint32_t)m->out->nr_rows;
			merge_rows(m, now, order == 0 ? was : NULL);
		}
		i++;
		j += order == 0;
	}
	m->out->count[PG_IDLE] += cur->nr_tasks - (uint32_t)m->out->nr_rows;
}

static int cmp_gone(const struct pg_gone *a, const struct pg_gone *b)
{
	int order = pg_proc_cmp(a->proc, b->proc);
	return order ? order : pg_task_cmp(a->proc->pid, a->task, b->task);
}

/* Those that were in no snapshot take their places among the gone; from the back, in place. */
static void merge_brief(const struct pg_told *told, struct pg_changes *out)
{
	size_t i = out->nr_gone, j = told->nr_brief, at = i + j;
	out->gone = pg_grow(out->gone, &out->gone_cap, at, sizeof(*out->gone));
	out->nr_gone = at;
	while (j > 0) {
		const struct pg_proc *p = told->brief[j - 1];
		struct pg_gone g = {.proc = p,
				    .task = &p->tasks[0],
				    .brief = true,
				    .exit_code = told->brief_codes[j - 1]};
		bool old = i > 0 && cmp_gone(&out->gone[i - 1], &g) > 0;
		out->gone[--at] = old ? out->gone[--i] : g;
		j -= !old;
	}
	out->nr_brief = told->nr_brief;
	for (size_t k = 0; k < told->nr_rest; k++)
		out->nr_brief += told->rest[k].nr;
	out->count[PG_EXITED] += (uint32_t)out->nr_brief;
}

/* The first frames have a row a task; after that a hundredth of them may do for hours. */
static void shrink_rows(struct pg_changes *out)
{
	out->roomy = out->rows_cap / 16 > out->nr_rows + 64 ? out->roomy + 1 : 0;
	if (out->roomy < 5)
		return;
	free(out->rows);
	out->rows = NULL;
	out->rows_cap = out->roomy = 0;
}

/* A kernel may take idle time back, so that busy grows by more than all. */
static double cpu_share(const struct pg_snapshot *prev, const struct pg_snapshot *cur)
{
	if (!prev || !(prev->host.valid & cur->host.valid & PG_HOST_CPU))
		return -1;
	uint64_t total = grown(cur->host.cpu_total, prev->host.cpu_total);
	uint64_t busy = grown(cur->host.cpu_busy, prev->host.cpu_busy);
	return total && busy <= total ? (double)busy / (double)total : -1;
}

void pg_delta(const struct pg_snapshot *prev, const struct pg_snapshot *cur,
	      const struct pg_thresholds *limits, struct pg_changes *out)
{
	bool same_scope = prev && prev->scope == cur->scope;
	struct merge m = {.prev = prev, .cur = cur, .out = out, .same_scope = same_scope};
	out->first = !prev;
	out->interval_ns = prev ? grown(cur->mono_ns, prev->mono_ns) : 0;
	out->cpu_share = cpu_share(prev, cur);
	memset(out->count, 0, sizeof(out->count));
	out->nr_born = 0;
	shrink_rows(out);
	out->nr_rows = out->nr_gone = 0;
	out->start = pg_grow(out->start, &out->start_cap, cur->nr_procs, sizeof(*out->start));
	m.pair.interval_ns = out->interval_ns;
	m.pair.mono_ns = cur->mono_ns;
	m.pair.hz = cur->ticks_per_sec;
	m.pair.comparable = same_scope;
	m.pair.limits = limits;
	merge_procs(&m);
	merge_brief(&cur->told, out);
}

void pg_changes_free(struct pg_changes *c)
{
	free(c->start);
	free(c->rows);
	free(c->gone);
	*c = (struct pg_changes){0};
}

struct pg_change pg_changes_of(const struct pg_changes *c, const struct pg_place *at)
{
	uint32_t start = c->start[at->proc_index];
	if (start != PG_UNCHANGED)
		return c->rows[start + (size_t)(at->task - at->proc->tasks)];
	/* A skipped block compared with itself: what is readable is known to be unmoved. */
	const struct pg_thresholds none = {.min_cpu = 1};
	struct pair p = {.proc = at->proc,
			 .proc_was = at->proc,
			 .now = at->task,
			 .was = at->task,
			 .interval_ns = c->interval_ns,
			 .comparable = true,
			 .limits = &none};
	return compare(&p);
}

/* The first of those that have gone with that pid, or with a greater one. */
static size_t first_gone(const struct pg_changes *c, int32_t pid)
{
	size_t lo = 0, hi = c->nr_gone;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (c->gone[mid].proc->pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct pg_gone *pg_changes_gone(const struct pg_changes *c, struct pg_key key)
{
	for (size_t i = first_gone(c, key.pid); i < c->nr_gone; i++) {
		const struct pg_gone *g = &c->gone[i];
		struct pg_key k = pg_task_key(g->proc, g->task);
		if (k.pid != key.pid)
			break;
		if (pg_key_cmp(&k, &key) == 0)
			return g;
	}
	return NULL;
}

const struct pg_gone *pg_changes_gone_pid(const struct pg_changes *c, int32_t pid)
{
	size_t i = first_gone(c, pid);
	return i < c->nr_gone && c->gone[i].proc->pid == pid ? &c->gone[i] : NULL;
}
