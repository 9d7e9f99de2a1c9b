/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that stay open. pread(2) on an open file of procfs costs a third of open, read,
 * close, but each holds kernel memory (inode, dentry, seq_file: measured 4.4 KB), so they are for
 * tasks that ran lately, within a budget. A kept descriptor belongs to the task that it was opened
 * for: if that ends, reads give ESRCH, even if another got its number.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source_procfs_impl.h"

/* Left to the rest of the program: files of a pass, terminal, sockets, output. */
#define OTHER_FILES 256

#define BUDGET ((rlim_t)(PG_KEEP_BYTES / PG_KEEP_BYTES_EACH))

void pg_keep_fit(struct pg_keep *k)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		l.rlim_cur = 0;
	rlim_t room = l.rlim_cur > OTHER_FILES ? l.rlim_cur - OTHER_FILES : 0;
	k->max = (uint32_t)(room < BUDGET ? room : BUDGET);
}

void pg_keep_open(struct pg_keep *k)
{
	struct rlimit l;
	*k = (struct pg_keep){0};
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	k->before = l;
	if (l.rlim_cur < BUDGET + OTHER_FILES && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = l.rlim_max < BUDGET + OTHER_FILES ? l.rlim_max : BUDGET + OTHER_FILES;
		k->raised = setrlimit(RLIMIT_NOFILE, &l) == 0;
	}
	pg_keep_fit(k);
}

void pg_keep_close(struct pg_keep *k)
{
	if (k->raised)
		setrlimit(RLIMIT_NOFILE, &k->before);
	k->raised = false;
	k->max = 0;
}

bool pg_keep_slot(struct pg_keep *k, struct pg_scratch *sc, int *slot, int dirfd, const char *path,
		  int flags)
{
	if (*slot >= 0)
		return true;
	if (k->nr >= k->max)
		return false;
	*slot = pg_procfs_openat(sc, dirfd, path, flags);
	k->nr += *slot >= 0;
	return *slot >= 0;
}

void pg_keep_drop(struct pg_keep *k, int *slot)
{
	if (*slot < 0)
		return;
	close(*slot);
	*slot = -1;
	k->nr--;
}

bool pg_is_warm(uint8_t heat)
{
	return (heat & (heat - 1)) != 0; /* two bits at least */
}

/* ---- the tasks of a process ---------------------------------------------------------------------
 */

struct pg_hot *pg_hot_new(void)
{
	struct pg_hot *h = pg_calloc(1, sizeof(*h));
	h->pidfd = h->taskfd = h->fdfd = h->statm = h->leader_stat = -1;
	return h;
}

static void drop_task(struct pg_keep *k, struct pg_hot_task *t)
{
	for (int i = 0; i < PG_NR_TASK_FILES; i++)
		pg_keep_drop(k, &t->fd[i]);
}

void pg_hot_free(struct pg_keep *k, struct pg_hot *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->nr; i++)
		drop_task(k, &h->tasks[i]);
	pg_keep_drop(k, &h->pidfd);
	pg_keep_drop(k, &h->taskfd);
	pg_keep_drop(k, &h->fdfd);
	pg_keep_drop(k, &h->statm);
	pg_keep_drop(k, &h->leader_stat);
	free(h->tasks);
	free(h);
}

/* Where it stands, or would. */
static size_t index_of(const struct pg_hot *h, int32_t tid)
{
	size_t lo = 0, hi = h->nr;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (h->tasks[mid].tid < tid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct pg_hot_task *pg_hot_find(struct pg_hot *h, int32_t tid)
{
	size_t i = index_of(h, tid);
	return i < h->nr && h->tasks[i].tid == tid ? &h->tasks[i] : NULL;
}

struct pg_hot_task *pg_hot_heat(struct pg_hot *h, int32_t tid)
{
	size_t i = index_of(h, tid);
	if (i == h->nr || h->tasks[i].tid != tid) {
		h->tasks = pg_grow(h->tasks, &h->cap, h->nr + 1, sizeof(*h->tasks));
		memmove(&h->tasks[i + 1], &h->tasks[i], (h->nr - i) * sizeof(*h->tasks));
		h->nr++;
		h->tasks[i] = (struct pg_hot_task){.tid = tid, .fd = {-1, -1, -1, -1}};
	}
	h->tasks[i].heat |= 1;
	return &h->tasks[i];
}

void pg_hot_cool(struct pg_keep *k, struct pg_hot *h)
{
	size_t kept = 0;
	for (size_t i = 0; i < h->nr; i++) {
		struct pg_hot_task *t = &h->tasks[i];
		t->heat = (uint8_t)(t->heat << 1);
		if (t->heat)
			h->tasks[kept++] = *t;
		else
			drop_task(k, t);
	}
	h->nr = kept;
}

void pg_hot_forget(struct pg_keep *k, struct pg_hot *h, int32_t tid)
{
	struct pg_hot_task *t = pg_hot_find(h, tid);
	if (!t)
		return;
	drop_task(k, t);
	size_t i = (size_t)(t - h->tasks);
	memmove(t, t + 1, (h->nr - i - 1) * sizeof(*t));
	h->nr--;
}
