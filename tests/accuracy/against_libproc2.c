/* SPDX-License-Identifier: MIT */
/*
 * A second opinion: what libproc2 (procps-ng, the library of ps and top) reads of every thread of
 * this machine against what our scanner reads. libproc2 reads between two of our passes; a process
 * that is the same block in both did not change in between, so every value must be equal. Prints
 * one line a difference; exit 1 if there is any, or if nothing could be compared.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <libproc2/pids.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/source.h"

#ifdef HAVE_PIDS_VAL_4
#define VAL(item, type, stack, info) PIDS_VAL(item, type, stack, info)
#else
#define VAL(item, type, stack, info) PIDS_VAL(item, type, stack)
#endif

enum { TGID, TID, PPID, STATE, COMM, RUID, NICE, NLWP, UTIME, STIME, START, RES, VIRT, MINFLT, NR };
static enum pids_item items[NR] = {
	PIDS_ID_TGID,    PIDS_ID_TID,      PIDS_ID_PPID,  PIDS_STATE,     PIDS_CMD,
	PIDS_ID_RUID,    PIDS_NICE,        PIDS_NLWP,     PIDS_TICS_USER, PIDS_TICS_SYSTEM,
	PIDS_TICS_BEGAN, PIDS_MEM_RES_PGS, PIDS_MEM_VIRT, PIDS_FLT_MIN,
};

static unsigned long compared, different;

static void same(int tid, const char *name, uint64_t ours, uint64_t theirs)
{
	compared++;
	if (ours == theirs)
		return;
	different++;
	printf("tid %d %s: %llu here, %llu in libproc2\n", tid, name, (unsigned long long)ours,
	       (unsigned long long)theirs);
}

/* Its names are escaped in its own way; only plain ones can be compared. */
static bool is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~' || s[i] == '?')
			return false;
	return true;
}

static void compare_row(const struct pg_proc *p, const struct pg_task *t, struct pids_stack *s,
			struct pids_info *info)
{
	(void)info;
	int tid = t->tid;
	const char *comm = VAL(COMM, str, s, info);
	same(tid, "ppid", (uint64_t)t->ppid, (uint64_t)VAL(PPID, s_int, s, info));
	/*
	 * R without running is the one state that a task may have in between: woken up, it has no
	 * CPU yet, and its clock moves only after our second pass (as in compare.c).
	 */
	char state = VAL(STATE, s_ch, s, info);
	if (state != 'R')
		same(tid, "state", (uint64_t)t->state, (uint64_t)state);
	same(tid, "uid", t->uid, VAL(RUID, u_int, s, info));
	same(tid, "nice", (uint64_t)(int64_t)t->nice, (uint64_t)(int64_t)VAL(NICE, s_int, s, info));
	same(tid, "start", t->start, VAL(START, ull_int, s, info));
	if (comm && is_plain(pg_proc_str(p, t->comm), t->comm.len))
		same(tid, "comm", 0,
		     strlen(comm) != t->comm.len ||
			     memcmp(comm, pg_proc_str(p, t->comm), t->comm.len) != 0);
	if (!pg_task_is_leader(p, t)) {
		/* For a leader it gives the sums of the process, ours are the thread's own. */
		same(tid, "utime", t->utime, VAL(UTIME, ull_int, s, info));
		same(tid, "stime", t->stime, VAL(STIME, ull_int, s, info));
		same(tid, "minflt", t->minflt, VAL(MINFLT, ul_int, s, info));
		return;
	}
	same(tid, "threads", p->threads, (uint64_t)VAL(NLWP, s_int, s, info));
	same(tid, "rss", p->rss_bytes / (uint64_t)sysconf(_SC_PAGESIZE), VAL(RES, ul_int, s, info));
	same(tid, "vsize", p->vsize_bytes / 1024, VAL(VIRT, ul_int, s, info));
}

static bool shared(const struct pg_snapshot *a, const struct pg_snapshot *b, int32_t pid,
		   const struct pg_proc **p)
{
	long i = pg_snapshot_find_pid(a, pid), j = pg_snapshot_find_pid(b, pid);
	if (i < 0 || j < 0 || a->procs[i] != b->procs[j])
		return false;
	*p = a->procs[i];
	return true;
}

static const struct pg_task *row_of(const struct pg_proc *p, int32_t tid)
{
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		if (p->tasks[i].tid == tid)
			return &p->tasks[i];
	return NULL;
}

static bool pass(struct pg_source *src, struct pg_snapshot *s)
{
	struct pg_plan plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS};
	struct pg_error err;
	if (src->ops->next(src, &plan, s, &err) == PG_NEXT_OK)
		return true;
	fprintf(stderr, "against_libproc2: %s\n", err.text);
	return false;
}

int main(void)
{
	struct pg_source_options o = {.root = "/proc"};
	struct pg_error err;
	struct pg_source *src = pg_source_procfs_open(&o, &err);
	struct pids_info *info = NULL;
	struct pg_snapshot a = {0}, b = {0};
	if (!src || procps_pids_new(&info, items, NR) < 0)
		return 1;
	if (!pass(src, &a))
		return 1;
	struct pids_fetch *f = procps_pids_reap(info, PIDS_FETCH_THREADS_TOO);
	if (!f || !pass(src, &b))
		return 1;
	for (int i = 0; i < f->counts->total; i++) {
		const struct pg_proc *p;
		const struct pg_task *t = NULL;
		if (shared(&a, &b, VAL(TGID, s_int, f->stacks[i], info), &p))
			t = row_of(p, VAL(TID, s_int, f->stacks[i], info));
		if (t)
			compare_row(p, t, f->stacks[i], info);
	}
	printf("%lu values compared, %lu different\n", compared, different);
	pg_snapshot_free(&a);
	pg_snapshot_free(&b);
	procps_pids_unref(&info);
	src->ops->close(src);
	return different || !compared;
}
