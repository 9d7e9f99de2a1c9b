/* SPDX-License-Identifier: MIT */
/* Which processes a pass is about: all that are listed, or those of the selected numbers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source_procfs_impl.h"

/* The process that a number belongs to: itself, or as a thread. 0 if there is none. */
int32_t pg_procfs_tgid_of(struct pg_procfs *src, int32_t id)
{
	char path[48];
	struct pg_task t;
	struct pg_status_extra x;
	snprintf(path, sizeof(path), "%d/status", id);
	long n = pg_procfs_slurp(&src->scratch, src->rootfd, path);
	if (n > 0 && pg_parse_status(src->scratch.file, (size_t)n, &t, &x) && x.tgid > 0)
		return x.tgid;
	/* Not faccessat(2): with hidepid=1 it is refused, though the process is seen. */
	struct stat st;
	snprintf(path, sizeof(path), "%d", id);
	return fstatat(src->rootfd, path, &st, 0) == 0 ? id : 0;
}

/* In a tree of plain files a thread has no directory of its own at the top. */
int32_t pg_procfs_tgid_by_search(struct pg_procfs *src, const struct pg_buf *pids, int32_t tid)
{
	const int32_t *p = (const int32_t *)(void *)pids->data;
	for (size_t i = 0; i < pids->len / sizeof(*p); i++) {
		char path[48];
		snprintf(path, sizeof(path), "%d/task/%d", p[i], tid);
		if (faccessat(src->rootfd, path, F_OK, 0) == 0)
			return p[i];
	}
	return 0;
}

static int cmp_visits(const void *a, const void *b)
{
	const struct pg_visit *x = a, *y = b;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Threads asked for one by one join in their process's visit; a process asked for takes all. */
static void merge_visits(struct pg_buf *visits)
{
	struct pg_visit *all = (struct pg_visit *)(void *)visits->data;
	size_t nr = visits->len / sizeof(*all), out = 0;
	if (nr < 2)
		return;
	qsort(all, nr, sizeof(*all), cmp_visits);
	for (size_t i = 0; i < nr; i++) {
		struct pg_visit one = all[i];
		for (; i + 1 < nr && all[i + 1].pid == one.pid; i++)
			if (!all[i + 1].only)
				one.only = NULL;
		all[out++] = one;
	}
	visits->len = out * sizeof(*all);
}

static void add_visit(struct pg_buf *visits, int32_t pid, const int32_t *only, size_t nr_only)
{
	struct pg_visit visit = {.pid = pid, .only = only, .nr_only = nr_only};
	pg_buf_put(visits, &visit, sizeof(visit));
}

/* A process that is known needs no file to be found; its death is noticed by its clock. */
static int32_t known_pid(const struct pg_procfs *src, int32_t id)
{
	for (size_t i = 0; i < src->nr_known; i++)
		if (src->known[i].pid == id)
			return id;
	return 0;
}

/* A number that is a thread's restricts its process to the numbers asked for (the whole list:
 * foreign numbers do not hurt). */
static void select_visits(struct pg_procfs *src, uint8_t scope, const struct pg_buf *pids,
			  struct pg_buf *visits)
{
	const struct pg_selection *s = &src->select;
	for (size_t i = 0; i < s->nr_ids; i++) {
		int32_t pid = src->gated ? known_pid(src, s->ids[i]) : 0;
		if (!pid)
			pid = pg_procfs_tgid_of(src, s->ids[i]);
		if (!pid)
			pid = pg_procfs_tgid_by_search(src, pids, s->ids[i]);
		bool whole = pid == s->ids[i] || scope == PG_SCOPE_PROCESS;
		if (pid)
			add_visit(visits, pid, whole ? NULL : s->ids, whole ? 0 : s->nr_ids);
	}
	merge_visits(visits);
}

int pg_procfs_visits(struct pg_procfs *src, uint8_t scope, struct pg_buf *visits)
{
	struct pg_buf pids = {0};
	bool all = !src->select.nr_ids;
	if (all || !src->traits.is_procfs) {
		int e = lseek(src->rootfd, 0, SEEK_SET) < 0
				? -errno
				: pg_procfs_list(&src->scratch, src->rootfd, &pids);
		if (e) {
			pg_buf_free(&pids);
			return e;
		}
	}
	const int32_t *p = (const int32_t *)(void *)pids.data;
	for (size_t i = 0; all && i < pids.len / sizeof(*p); i++)
		add_visit(visits, p[i], NULL, 0);
	if (!all)
		select_visits(src, scope, &pids, visits);
	pg_buf_free(&pids);
	return 0;
}
