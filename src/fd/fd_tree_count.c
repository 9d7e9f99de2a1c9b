/* SPDX-License-Identifier: MIT */
/*
 * One process of the tree. fstat of its fd directory is all that a sample costs, as long as the
 * number is not 0; then its stat tells who has closed all from who is ending (fs/proc/fd.c: a task
 * without files, as any is from do_exit() on, shows 0).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd_tree_impl.h"
#include "task/procparse.h"

/* Name and limit: often at first, since exec(2) and setrlimit(2) come early, then seldom. */
#define INFO_FIRST_NS (10 * 1000 * 1000)
#define INFO_LAST_NS  (8 * PG_NS_PER_SEC)
#define INFO_NEAR_NS  (PG_NS_PER_SEC / 10) /* when the limit is near */

static int open_files(const struct pg_fd_tree *t, int32_t pid, int32_t via)
{
	char path[48];
	int how = t->fd_size ? O_PATH : O_RDONLY;
	if (via == pid)
		snprintf(path, sizeof(path), "%d/fd", pid);
	else
		snprintf(path, sizeof(path), "%d/task/%d/fd", pid, via);
	int fd = openat(t->rootfd, path, how | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_stat(const struct pg_fd_tree *t, const struct pg_fd_member *m, struct pg_fd_proc *p)
{
	char path[32];
	snprintf(path, sizeof(path), "%d/stat", m->pid);
	int e = pg_fd_proc_read(t->rootfd, path, p);
	return e == 0 && p->start != m->start ? -ESRCH : e;
}

static int64_t count(const struct pg_fd_tree *t, int fd)
{
	struct stat st;
	if (!t->fd_size)
		return pg_fd_numbers(fd, NULL, 0);
	return fstat(fd, &st) < 0 ? -errno : (int64_t)st.st_size;
}

/* The directory of the thread m->via, kept open if there is room. */
static void keep(struct pg_fd_tree *t, struct pg_fd_member *m)
{
	pg_fd_member_close(t, m);
	if (!t->procfs || t->nr_kept >= t->max_kept)
		return;
	m->fd = open_files(t, m->pid, m->via);
	if (m->fd >= 0)
		t->nr_kept++;
	else
		m->fd = -1;
}

void pg_fd_member_close(struct pg_fd_tree *t, struct pg_fd_member *m)
{
	if (m->fd < 0)
		return;
	close(m->fd);
	m->fd = -1;
	t->nr_kept--;
}

/* How many files are seen through m->via, or -errno. */
static int64_t count_now(const struct pg_fd_tree *t, const struct pg_fd_member *m)
{
	struct pg_fd_proc p;
	if (m->fd >= 0)
		return count(t, m->fd);
	int e = read_stat(t, m, &p); /* the number may be another's by now */
	if (e < 0)
		return e;
	if (m->via == m->pid && pg_fd_proc_ending(&p))
		return 0;
	pg_auto_close int fd = open_files(t, m->pid, m->via);
	return fd < 0 ? fd : count(t, fd);
}

static void set(struct pg_fd_tree *t, struct pg_fd_member *m, int64_t fds, bool ended)
{
	if (fds < 0)
		fds = -1;
	t->dirty |= m->fds != fds || m->ended != ended;
	m->fds = fds;
	m->ended = ended;
}

static void set_gone(struct pg_fd_tree *t, struct pg_fd_member *m)
{
	t->dirty |= !m->ended;
	m->gone = true;
}

static void look_through(struct pg_fd_tree *t, struct pg_fd_member *m, int32_t via)
{
	if (m->via != via || m->fd < 0) {
		m->via = via;
		keep(t, m);
	}
	int64_t n = count_now(t, m);
	/* Gone at this very moment: the next look finds another, or the end. */
	set(t, m, pg_fd_gone(n) ? 0 : n, pg_fd_gone(n));
}

/* It shows no files, or the thread that showed them is no more. */
static void ask_why(struct pg_fd_tree *t, struct pg_fd_member *m)
{
	struct pg_fd_proc p;
	int e = read_stat(t, m, &p);
	if (pg_fd_gone(e)) {
		set_gone(t, m);
	} else if (e < 0) {
		set(t, m, -1, false);
	} else if (!pg_fd_proc_ending(&p)) {
		/* It has closed all; or another thread did exec(2) and is now the first. */
		look_through(t, m, m->pid);
	} else {
		int32_t tid = pg_fd_living_thread(t->rootfd, m->pid);
		if (tid) {
			look_through(t, m, tid);
			return;
		}
		set(t, m, 0, true);
		m->final = p.state == 'Z' && p.threads <= 1;
	}
}

void pg_fd_member_look(struct pg_fd_tree *t, struct pg_fd_member *m)
{
	int64_t n = count_now(t, m);
	if (n > 0 || (n < 0 && !pg_fd_gone(n)))
		set(t, m, n, false);
	else if (n < 0 && m->via == m->pid)
		set_gone(t, m);
	else if (!m->final)
		ask_why(t, m);
}

bool pg_fd_member_add(struct pg_fd_tree *t, int32_t pid, uint64_t start)
{
	size_t at = 0;
	struct pg_fd_proc p;
	struct pg_fd_member new = {.pid = pid, .via = pid, .start = start, .fd = -1};
	struct pg_fd_member *old = pg_fd_member_find(t, pid);
	if (old && old->start == start)
		return true;
	if (!old && t->nr >= PG_FD_TREE_MAX) {
		t->overflow++;
		return false;
	}
	keep(t, &new);
	/* Read after it was opened: both are of the process that was meant. */
	if (read_stat(t, &new, &p) < 0) {
		pg_fd_member_close(t, &new);
		return false;
	}
	memcpy(new.comm, p.comm, sizeof(new.comm));
	t->dirty = true;
	if (old) {
		pg_fd_member_close(t, old);
		*old = new;
		return true;
	}
	t->members = pg_grow(t->members, &t->cap, t->nr + 1, sizeof(*t->members));
	while (at < t->nr && t->members[t->nr - 1 - at].pid > pid)
		at++;
	struct pg_fd_member *place = &t->members[t->nr - at];
	memmove(place + 1, place, at * sizeof(*place));
	*place = new;
	t->nr++;
	return true;
}

static uint64_t read_limit(const struct pg_fd_tree *t, int32_t pid)
{
	struct rlimit l;
	char path[32], text[4096];
	uint64_t soft;
	if (t->own_ns && prlimit(pid, RLIMIT_NOFILE, NULL, &l) == 0)
		return l.rlim_cur == RLIM_INFINITY ? UINT64_MAX : l.rlim_cur;
	snprintf(path, sizeof(path), "%d/limits", pid); /* anybody may read it */
	long n = pg_fd_text(t->rootfd, path, text, sizeof(text));
	return n > 0 && pg_parse_limits_nofile(text, (size_t)n, &soft) ? soft : 0;
}

static bool is_near(const struct pg_fd_member *m)
{
	return m->limit > 0 && m->fds > 0 && (uint64_t)m->fds >= m->limit - m->limit / 5;
}

void pg_fd_member_info(struct pg_fd_tree *t, struct pg_fd_member *m, uint64_t now)
{
	struct pg_fd_proc p;
	uint64_t wait = m->info_wait_ns;
	if (is_near(m) && wait > INFO_NEAR_NS)
		wait = INFO_NEAR_NS;
	if (m->ended || (m->info_ns && now < m->info_ns + wait))
		return;
	m->info_ns = now;
	m->info_wait_ns = m->info_wait_ns ? 2 * m->info_wait_ns : INFO_FIRST_NS;
	if (m->info_wait_ns > INFO_LAST_NS)
		m->info_wait_ns = INFO_LAST_NS;
	if (read_stat(t, m, &p) < 0)
		return;
	uint64_t limit = read_limit(t, m->pid);
	t->dirty |= limit != m->limit || memcmp(p.comm, m->comm, sizeof(m->comm)) != 0;
	m->limit = limit;
	memcpy(m->comm, p.comm, sizeof(m->comm));
}
