/* SPDX-License-Identifier: MIT */
/*
 * Who belongs to the tree. Numbers are given out in turn (kernel/pid.c, alloc_pid()), so all that
 * was born between two samples has a number between the two last ones in /proc/loadavg: if they are
 * few, each is asked for its parent (5 us; 1.5 us if it has gone already), however large the
 * machine is. If they are many, /proc is listed (0.5 to 1 us a process) and those not seen before
 * are asked. (PID/task/TID/children would be 3 us for each thread of the tree, and says nothing of
 * orphans.)
 *
 * A number is given out before its process can be seen, so those that led nowhere are tried again;
 * and whatever slipped through, as one whose number was chosen (clone3(2), set_tid), is found by a
 * listing now and then. Lookups take a tenth of one core at most: after each there is a pause of
 * nine times as long.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fd_tree_impl.h"
#include "task/procparse.h"

#define PAUSE     9 /* lengths of a lookup until the next */
#define PAUSE_MAX (PG_NS_PER_SEC / 20)

#define PROBES_MAX 64 /* numbers asked one by one */
#define TRIES_MAX  3
#define LATEST     8 /* numbers looked after when all was listed */

#define LISTING_NS  PG_NS_PER_SEC /* at least between two, if there was a birth */
#define LISTING_MAX (5 * PG_NS_PER_SEC)
/* So many lengths of one until the next: half a percent of one core. */
#define LISTING_SHARE 200

struct candidate {
	int32_t pid, ppid;
	uint64_t start;
	bool probed; /* it may be a thread: not taken from a list */
	bool done;
};

static struct candidate *candidates(const struct pg_fd_tree *t, size_t *nr)
{
	*nr = t->found.len / sizeof(struct candidate);
	return (struct candidate *)(void *)t->found.data;
}

/* ---- who is one ----------------------------------------------------------------------------- */

struct pg_fd_member *pg_fd_member_find(const struct pg_fd_tree *t, int32_t pid)
{
	size_t lo = 0, hi = t->nr;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (t->members[mid].pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->nr && t->members[lo].pid == pid ? &t->members[lo] : NULL;
}

static bool is_ours(const struct pg_fd_tree *t, const struct candidate *c)
{
	const struct pg_fd_member *parent = pg_fd_member_find(t, c->ppid);
	if (c->pid == getpid() && t->own_ns)
		return false; /* who watches the shell that he was started from */
	if (parent && !parent->gone && parent->start <= c->start)
		return true;
	return t->reaper && c->ppid == getpid() && c->start >= t->start;
}

/* Parents come before their children. */
static int by_age(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static bool admit_once(struct pg_fd_tree *t)
{
	size_t nr;
	struct candidate *c = candidates(t, &nr);
	bool any = false;
	for (size_t i = 0; i < nr; i++) {
		if (c[i].done || !is_ours(t, &c[i]))
			continue;
		c[i].done = true;
		if (!c[i].probed || pg_fd_tgid(t->rootfd, c[i].pid) == c[i].pid)
			any |= pg_fd_member_add(t, c[i].pid, c[i].start);
	}
	return any;
}

static void admit(struct pg_fd_tree *t)
{
	size_t nr;
	struct candidate *c = candidates(t, &nr);
	if (nr > 1)
		qsort(c, nr, sizeof(*c), by_age);
	/* Born in the same tick, numbers begun anew: a child may stand before its parent. */
	while (nr > 0 && admit_once(t))
		;
}

/* ---- whom to ask ---------------------------------------------------------------------------- */

static void pend(struct pg_fd_tree *t, int32_t pid, uint8_t tries)
{
	if (tries < TRIES_MAX && t->nr_pending < PG_FD_PENDING_MAX)
		t->pending[t->nr_pending++] = (struct pg_fd_pending){pid, tries};
}

static bool is_pending(const struct pg_fd_tree *t, int32_t pid)
{
	for (size_t i = 0; i < t->nr_pending; i++)
		if (t->pending[i].pid == pid)
			return true;
	return false;
}

/* False: it cannot be seen (any more, or yet). */
static bool ask(struct pg_fd_tree *t, int32_t pid, bool probed)
{
	char path[32];
	struct pg_fd_proc p;
	snprintf(path, sizeof(path), "%d/stat", pid);
	if (pg_fd_proc_read(t->rootfd, path, &p) < 0)
		return false;
	struct candidate c = {.pid = pid, .ppid = p.ppid, .start = p.start, .probed = probed};
	pg_buf_put(&t->found, &c, sizeof(c));
	return true;
}

static void ask_pending(struct pg_fd_tree *t)
{
	struct pg_fd_pending old[PG_FD_PENDING_MAX];
	size_t nr = t->nr_pending;
	memcpy(old, t->pending, nr * sizeof(*old));
	t->nr_pending = 0;
	for (size_t i = 0; i < nr; i++)
		if (!ask(t, old[i].pid, true))
			pend(t, old[i].pid, old[i].tries + 1);
}

/* Those whose parent is still to be found are asked again with it. */
static void pend_children(struct pg_fd_tree *t)
{
	size_t nr;
	const struct candidate *c = candidates(t, &nr);
	for (size_t i = 0; i < nr; i++)
		if (!c[i].done && is_pending(t, c[i].ppid))
			pend(t, c[i].pid, 1);
}

/* Whether the number was given out after `from` and not after `to`. */
static bool is_between(int32_t from, int32_t n, int32_t to)
{
	return from <= to ? from < n && n <= to : n > from || n <= to;
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

/* All numbers that are there, sorted. False: they cannot be read, and out is empty. */
static bool read_numbers(const struct pg_fd_tree *t, struct pg_buf *out)
{
	pg_buf_clear(out);
	if (pg_fd_numbers(t->rootfd, out, SIZE_MAX) < 0) {
		pg_buf_clear(out);
		return false;
	}
	if (out->len > 0)
		qsort(out->data, out->len / sizeof(int32_t), sizeof(int32_t), by_number);
	return true;
}

static void list(struct pg_fd_tree *t, int32_t last, bool all)
{
	if (!read_numbers(t, &t->list))
		return;
	size_t nr = t->list.len / sizeof(int32_t), nr_known = t->known.len / sizeof(int32_t), k = 0;
	const int32_t *pid = (const int32_t *)(void *)t->list.data;
	const int32_t *known = (const int32_t *)(void *)t->known.data;
	t->overflow = 0;
	for (size_t i = 0; i < nr; i++) {
		while (k < nr_known && known[k] < pid[i])
			k++;
		bool seen = k < nr_known && known[k] == pid[i];
		if (all || !seen || is_between(t->listed_last_pid, pid[i], last))
			ask(t, pid[i], false);
	}
	struct pg_buf swap = t->known;
	t->known = t->list;
	t->list = swap;
	t->listed_last_pid = last;
}

/* Of a tree that is born under our eyes: who is there already is none of it, unless he is younger
 * than its first process. */
static void begin(struct pg_fd_tree *t, uint64_t now)
{
	t->is_new = false;
	if (!read_numbers(t, &t->known))
		return;
	t->last_pid = t->listed_last_pid = t->pid;
	t->listed_ns = now;
	t->next_listing_ns = now + LISTING_NS;
}

/* What has its number and could not be listed yet. */
static void pend_latest(struct pg_fd_tree *t, int32_t last)
{
	size_t nr = t->known.len / sizeof(int32_t);
	t->nr_pending = 0;
	for (int32_t n = last; n > last - LATEST && n > 0; n--)
		if (nr == 0 || !bsearch(&n, t->known.data, nr, sizeof(n), by_number))
			pend(t, n, 0);
}

/* ---- when ----------------------------------------------------------------------------------- */

/* 0: not known. */
static int32_t last_pid(const struct pg_fd_tree *t)
{
	char text[128];
	double load[3];
	int32_t last;
	ssize_t n = t->loadavg < 0 ? -1 : pread(t->loadavg, text, sizeof(text), 0);
	return n > 0 && pg_parse_loadavg(text, (size_t)n, load, &last) && last > 0 ? last : 0;
}

/* All numbers anew, if those that were given out since may be any. */
static void list_now(struct pg_fd_tree *t, int32_t last, uint64_t now)
{
	bool all = !last || t->wrapped || t->overflow || now - t->listed_ns > LISTING_MAX;
	uint64_t began = pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	list(t, last, all);
	pend_latest(t, last);
	t->wrapped = false;
	t->listed_ns = now;
	uint64_t wait = LISTING_SHARE * (pg_clock_ns(CLOCK_THREAD_CPUTIME_ID) - began);
	t->next_listing_ns = now + (wait < LISTING_NS ? LISTING_NS : wait);
}

static void look(struct pg_fd_tree *t, int32_t last, bool everywhere, uint64_t now)
{
	bool few = last >= t->last_pid && last - t->last_pid <= PROBES_MAX;
	pg_buf_clear(&t->found);
	t->wrapped |= last < t->last_pid;
	if (everywhere || !last || !few || now >= t->next_listing_ns) {
		list_now(t, last, now);
	} else {
		ask_pending(t);
		for (int32_t n = t->last_pid; n++ < last;)
			if (!ask(t, n, true))
				pend(t, n, 0);
	}
	admit(t);
	pend_children(t);
	t->last_pid = last;
}

/* Whether something may have been born that was not looked for. */
static bool is_due(const struct pg_fd_tree *t, int32_t last, uint64_t now)
{
	if (last && (last != t->last_pid || t->nr_pending > 0))
		return true;
	return now >= t->next_listing_ns &&
	       (last != t->listed_last_pid || !last || now - t->listed_ns >= LISTING_MAX);
}

void pg_fd_births_look(struct pg_fd_tree *t, bool everywhere)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	if (!everywhere && now < t->next_lookup_ns)
		return;
	if (t->is_new)
		begin(t, now);
	int32_t last = last_pid(t);
	if (!everywhere && !is_due(t, last, now))
		return;
	uint64_t began = pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	look(t, last, everywhere, now);
	uint64_t pause = PAUSE * (pg_clock_ns(CLOCK_THREAD_CPUTIME_ID) - began);
	/* One that was asked for does not hold up the next: it was the first, or is the last. */
	t->next_lookup_ns = everywhere ? 0 : now + (pause < PAUSE_MAX ? pause : PAUSE_MAX);
}
