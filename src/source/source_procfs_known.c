/* SPDX-License-Identifier: MIT */
/*
 * The table of known processes, and who is new in it.
 *
 * The kernel counts all forks (proc(5), "processes" in /proc/stat), threads and other namespaces
 * included, and gives numbers out in turn (kernel/pid.c, alloc_pid()). So nobody was born if the
 * count stands still, and else all of them have numbers up to the last one in /proc/loadavg: if
 * these are few, each is asked for its clock (0.4 us), which only a process has, and /proc need not
 * be listed (1 to 1.6 us a process).
 *
 * A number is given out before its process can be seen, and counted after it can. So the numbers of
 * the time before are asked once more, and the count must be older than the last number: who comes
 * in between is counted the next time. If more was counted than numbers were given out, somebody
 * chose a number (clone3(2), set_tid), or was born where its number is none of ours; then /proc is
 * listed, and now and then in any case.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "source_procfs_impl.h"

#define LIST_EVERY  10  /* passes, whatever is known */
#define NEWBORN_MAX 256 /* numbers that are looked for in a process of many threads */

/* ---- entries ----------------------------------------------------------------------------- */

void pg_known_cool(struct pg_procfs *src, struct pg_known *e)
{
	pg_hot_free(&src->keep, e->hot);
	e->hot = NULL;
}

void pg_known_drop(struct pg_procfs *src, struct pg_known *e)
{
	pg_proc_unref(e->block);
	e->block = NULL;
	pg_known_cool(src, e);
}

void pg_procfs_forget_all(struct pg_procfs *src)
{
	for (size_t i = 0; i < src->nr_known; i++)
		pg_known_drop(src, &src->known[i]);
	free(src->known);
	src->known = NULL;
	src->nr_known = src->cap_known = 0;
}

/* An entry for a process that has none; it is mostly the last. */
static void add_known(struct pg_procfs *src, int32_t pid)
{
	size_t at = src->nr_known;
	while (at > 0 && src->known[at - 1].pid > pid)
		at--;
	if (at > 0 && src->known[at - 1].pid == pid)
		return;
	src->known = pg_grow(src->known, &src->cap_known, src->nr_known + 1, sizeof(*src->known));
	memmove(&src->known[at + 1], &src->known[at], (src->nr_known - at) * sizeof(*src->known));
	src->known[at] = (struct pg_known){.pid = pid};
	src->nr_known++;
}

/* ---- by a list --------------------------------------------------------------------------- */

static void lose(struct pg_procfs *src, struct pg_known *e, struct pg_buf *dead)
{
	pg_buf_put(dead, &e->pid, sizeof(e->pid));
	pg_known_drop(src, e);
}

/* Both are sorted by pid: what is not visited any more is forgotten, what is new gets an entry. */
static void sync_known(struct pg_procfs *src, const struct pg_buf *list, struct pg_buf *dead)
{
	const struct pg_visit *v = (const struct pg_visit *)(const void *)list->data;
	size_t nr = list->len / sizeof(*v), old = 0;
	struct pg_known *was = src->known, *now = pg_calloc(nr ? nr : 1, sizeof(*now));
	for (size_t i = 0; i < nr; i++) {
		for (; old < src->nr_known && was[old].pid < v[i].pid; old++)
			lose(src, &was[old], dead);
		if (old < src->nr_known && was[old].pid == v[i].pid)
			now[i] = was[old++];
		else
			now[i].pid = v[i].pid;
		now[i].only = v[i].only;
		now[i].nr_only = v[i].nr_only;
	}
	for (; old < src->nr_known; old++)
		lose(src, &was[old], dead);
	free(was);
	src->known = now;
	src->nr_known = nr;
	src->cap_known = nr ? nr : 1;
}

static int list_all(struct pg_procfs *src, uint8_t scope, struct pg_buf *dead)
{
	struct pg_buf visits = {0};
	int e = pg_procfs_visits(src, scope, &visits);
	if (e == 0)
		sync_known(src, &visits, dead);
	pg_buf_free(&visits);
	return e;
}

/* ---- by their numbers -------------------------------------------------------------------- */

/* Whether all who were counted since have numbers between the last ones, which are worth asking. */
static bool are_numbered(const struct pg_procfs *src, const struct pg_host *host)
{
	const struct pg_births_seen *b = &src->births;
	int64_t given = (int64_t)host->last_pid - b->last_pid;
	return b->before_pid > 0 && host->last_pid >= b->last_pid && b->last_pid >= b->before_pid &&
	       host->forks - b->forks <= (uint64_t)given &&
	       (uint64_t)(host->last_pid - b->before_pid) <= src->nr_known && !src->select.nr_ids;
}

static void ask_numbers(struct pg_procfs *src, const struct pg_host *host)
{
	uint64_t unused;
	for (int32_t pid = src->births.before_pid; pid++ < host->last_pid;)
		if (pg_procfs_clock(pid, &unused))
			add_known(src, pid);
}

bool pg_known_has_newborn(const struct pg_procfs *src, int taskfd)
{
	const struct pg_births_seen *b = &src->births;
	char path[16];
	struct stat st;
	if (b->since_pid <= 0 || b->last_pid - b->since_pid > NEWBORN_MAX)
		return false;
	for (int32_t tid = b->since_pid; tid++ < b->last_pid;) {
		path[pg_row_prefix(path, tid) - 1] = '\0';
		if (fstatat(taskfd, path, &st, 0) == 0)
			return true;
	}
	return false;
}

/* ---- both -------------------------------------------------------------------------------- */

int pg_known_update(struct pg_procfs *src, bool gated, uint8_t scope, const struct pg_host *host,
		    struct pg_buf *dead)
{
	struct pg_births_seen *b = &src->births;
	/* A kernel that only looks like Linux may not count: it says 0. */
	bool counted = (host->valid & PG_HOST_FORKS) && host->forks > 0;
	bool certain = gated && counted && !src->lost_one && src->passes % LIST_EVERY != 0;
	int e = 0;
	b->since_pid = b->last_pid;
	if (certain && host->forks == b->forks)
		return 0;
	b->since_pid = b->before_pid;
	if (certain && are_numbered(src, host))
		ask_numbers(src, host);
	else
		e = list_all(src, scope, dead);
	if (e < 0)
		return e; /* they are still to be found */
	b->before_pid = b->last_pid;
	b->last_pid = host->last_pid;
	b->forks = host->forks;
	return e;
}
