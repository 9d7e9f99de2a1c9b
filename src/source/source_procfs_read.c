/* SPDX-License-Identifier: MIT */
/*
 * One process into one block. The directories PID and PID/task are opened first and all files
 * relative to them, so a number that is reused meanwhile cannot mix two processes: the descriptors
 * stay with the old one and its files then give ESRCH.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "source_procfs_impl.h"

/* ---- opening --------------------------------------------------------------------------------- */

#define DIR_FLAGS (O_PATH | O_DIRECTORY)

/* A directory by its kept descriptor, or by one of our own. */
static int open_dir(struct pg_reading *r, int *slot, int dirfd, const char *path, bool *own)
{
	if (slot && (*slot >= 0 || r->keep) &&
	    pg_keep_slot(&r->src->keep, r->sc, slot, dirfd, path, DIR_FLAGS))
		return *slot;
	int fd = pg_procfs_openat(r->sc, dirfd, path, DIR_FLAGS);
	*own = fd >= 0;
	return fd;
}

bool pg_reading_open(struct pg_reading *r)
{
	char name[16];
	name[pg_row_prefix(name, r->visit->pid) - 1] = '\0';
	r->taskfd = -1;
	r->pidfd = open_dir(r, r->hot ? &r->hot->pidfd : NULL, r->src->rootfd, name, &r->own_pidfd);
	if (r->pidfd < 0)
		return false;
	/* Where no list of threads is to be had, the process's own files are all there is. */
	if (r->plan->scope == PG_SCOPE_THREADS)
		r->taskfd = open_dir(r, r->hot ? &r->hot->taskfd : NULL, r->pidfd, "task",
				     &r->own_taskfd);
	return true;
}

void pg_reading_close(struct pg_reading *r)
{
	if (r->own_taskfd)
		close(r->taskfd);
	if (r->own_pidfd)
		close(r->pidfd);
}

void pg_reading_begin(struct pg_reading *r)
{
	pg_block_begin(&r->sc->block, r->visit->pid, r->plan->scope);
}

/* ---- its threads ----------------------------------------------------------------------------- */

static bool is_wanted_tid(const struct pg_visit *v, int32_t tid)
{
	if (!v->only)
		return true;
	for (size_t i = 0; i < v->nr_only; i++)
		if (v->only[i] == tid)
			return true;
	return false;
}

static void read_row(struct pg_reading *r, int32_t tid)
{
	struct pg_task t;
	if (is_wanted_tid(r->visit, tid) && pg_row_read(r, tid, NULL, &t))
		pg_row_put(r, &t);
}

int pg_reading_tids(struct pg_reading *r)
{
	pg_buf_clear(&r->sc->tids);
	pg_auto_close int fd = pg_procfs_openat(r->sc, r->taskfd, ".", O_RDONLY | O_DIRECTORY);
	return fd < 0 ? -errno : pg_procfs_list(r->sc, fd, &r->sc->tids);
}

/* The leader's row first, then the others by number, as pg_task_cmp() has them. */
static void read_threads(struct pg_reading *r)
{
	const int32_t pid = r->visit->pid;
	read_row(r, pid);
	const int32_t *tids = (const int32_t *)(void *)r->sc->tids.data;
	size_t nr = r->sc->tids.len / sizeof(*tids);
	for (size_t i = 0; i < nr; i++)
		if (tids[i] != pid)
			read_row(r, tids[i]);
}

/* Nothing goes by way of PID/task from here on. */
static void close_taskfd(struct pg_reading *r)
{
	if (r->own_taskfd)
		close(r->taskfd);
	r->own_taskfd = false;
	r->taskfd = -1;
}

static bool read_rows(struct pg_reading *r)
{
	if (r->taskfd >= 0 && pg_reading_tids(r) == 0) {
		read_threads(r);
	} else {
		close_taskfd(r);
		read_row(r, r->visit->pid);
	}
	return pg_reading_block(r)->nr_tasks > 0;
}

/* A leader that made its first thread after they were listed, and ended: that one has it all. */
static bool lacks_heir(const struct pg_reading *r)
{
	const struct pg_proc *p = pg_reading_block(r);
	return p->scope == PG_SCOPE_THREADS && !r->visit->only && p->nr_tasks == 1 &&
	       p->tasks[0].state == 'Z' && r->stat.threads > 1;
}

/* ---- what belongs to the process ---------------------------------------------------------------
 */

/* With one row a process nobody has looked at the threads yet: the first one that is not dead. */
static void find_living(struct pg_reading *r)
{
	struct pg_proc *p = pg_reading_block(r);
	const struct pg_task *t = (const struct pg_task *)(p + 1);
	if (p->scope != PG_SCOPE_PROCESS || t->state != 'Z' || r->stat.threads < 2)
		return;
	r->taskfd = pg_procfs_openat(r->sc, r->pidfd, "task", DIR_FLAGS);
	r->own_taskfd = r->taskfd >= 0;
	if (r->taskfd < 0 || pg_reading_tids(r) < 0)
		return;
	const int32_t *tids = (const int32_t *)(void *)r->sc->tids.data;
	for (size_t i = 0; i < r->sc->tids.len / sizeof(*tids) && !r->living_tid; i++) {
		char path[32];
		struct pg_task living;
		struct pg_stat_extra x;
		struct pg_status_extra status;
		size_t prefix = pg_row_prefix(path, tids[i]);
		strcpy(path + prefix, "stat");
		long n = pg_procfs_slurp(r->sc, r->taskfd, path);
		if (n <= 0 || !pg_parse_stat(r->sc->file, (size_t)n, &living, &x) ||
		    living.state == 'Z' || living.state == 'X')
			continue;
		r->living_tid = tids[i];
		r->stat = x;
		if (!pg_reading_wants(r, PG_STATUS))
			break;
		strcpy(path + prefix, "status");
		n = pg_procfs_slurp(r->sc, r->taskfd, path);
		if (n > 0 && pg_parse_status(r->sc->file, (size_t)n, &living, &status))
			r->status = status;
	}
}

/* The kernel's count is in st_size since Linux 6.2; else the entries are counted. -errno. */
static long count_fds(struct pg_reading *r, int *slot, int dirfd, const char *path)
{
	struct stat st;
	if (r->src->traits.fd_size) {
		bool kept = slot && (*slot >= 0 || r->keep) &&
			    pg_keep_slot(&r->src->keep, r->sc, slot, dirfd, path, DIR_FLAGS);
		int e = kept ? fstat(*slot, &st) : fstatat(dirfd, path, &st, 0);
		return e < 0 ? -errno : (long)st.st_size;
	}
	pg_auto_close int fd = pg_procfs_openat(r->sc, dirfd, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -errno;
	return pg_procfs_count(r->sc, fd);
}

bool pg_procfs_fd_limit(int32_t pid, uint64_t *limit)
{
	struct rlimit l;
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &l) < 0)
		return false;
	*limit = l.rlim_cur == RLIM_INFINITY ? UINT64_MAX : l.rlim_cur;
	return true;
}

/*
 * The system call takes 0.3 us and is refused for others' processes; the file takes 10 us and is
 * for everybody, so it is left alone while the limit is known. What is counted after it tells
 * whether the number was still that process's.
 */
static void read_fd_limit(struct pg_reading *r)
{
	struct pg_proc *p = pg_reading_block(r);
	if (r->src->traits.own_ns && pg_procfs_fd_limit(p->pid, &p->fd_limit))
		return;
	p->fd_limit = r->fd_limit;
	if (p->fd_limit)
		return;
	long n = pg_procfs_slurp(r->sc, r->pidfd, "limits");
	if (n <= 0 || !pg_parse_limits_nofile(r->sc->file, (size_t)n, &p->fd_limit))
		p->fd_limit = 0;
}

static long statm_text(struct pg_reading *r, int *slot, int dirfd, const char *path)
{
	bool kept = slot && (*slot >= 0 || r->keep) &&
		    pg_keep_slot(&r->src->keep, r->sc, slot, dirfd, path,
				 O_RDONLY | O_NONBLOCK | O_NOCTTY);
	return kept ? pg_procfs_reread(r->sc, *slot) : pg_procfs_slurp(r->sc, dirfd, path);
}

/*
 * A leader that has exited while threads live on has neither memory nor descriptors: they are read
 * through a living thread, and nothing is kept open then.
 */
void pg_reading_shared(struct pg_reading *r)
{
	struct pg_proc *p = pg_reading_block(r);
	char path[32];
	size_t prefix = 0;
	int dirfd = r->pidfd;
	int *statm = r->hot ? &r->hot->statm : NULL, *fds = r->hot ? &r->hot->fdfd : NULL;
	if (r->taskfd >= 0 && r->living_tid && r->living_tid != p->pid) {
		dirfd = r->taskfd;
		prefix = pg_row_prefix(path, r->living_tid);
		statm = fds = NULL;
	}
	uint64_t size, pages;
	if (pg_reading_wants(r, PG_MEM)) {
		strcpy(path + prefix, "statm");
		long n = statm_text(r, statm, dirfd, path);
		if (n > 0 && pg_parse_statm(r->sc->file, (size_t)n, &size, &pages)) {
			p->rss_bytes = pages * r->src->traits.page_size;
			p->valid |= PG_MEM;
		} else if (n < 0 && !pg_vanished(n)) {
			p->refused |= PG_MEM;
		}
	}
	if (pg_reading_wants(r, PG_FD)) {
		read_fd_limit(r);
		strcpy(path + prefix, "fd");
		long n = count_fds(r, fds, dirfd, path);
		if (n >= 0) {
			p->fds = (uint64_t)n;
			p->valid |= PG_FD;
		} else if (!pg_vanished(n)) {
			p->refused |= PG_FD;
		} else {
			p->fd_limit = 0;
		}
	}
}

bool pg_procfs_clock(int32_t pid, uint64_t *ns)
{
	struct timespec ts;
	clockid_t id = (clockid_t)((~(unsigned)pid << 3) | 2);
	if (clock_gettime(id, &ts) < 0)
		return false;
	*ns = (uint64_t)ts.tv_sec * PG_NS_PER_SEC + (uint64_t)ts.tv_nsec;
	return true;
}

static void read_clock(struct pg_reading *r)
{
	struct pg_proc *p = pg_reading_block(r);
	if (r->src->traits.clock) {
		if (pg_procfs_clock(p->pid, &p->cpu_clock_ns))
			p->valid |= PG_CLOCK;
		return;
	}
	/* Elsewhere the ticks of the process's own stat are its clock. */
	long n = pg_procfs_slurp(r->sc, r->pidfd, "stat");
	struct pg_task t;
	struct pg_stat_extra x;
	if (n > 0 && pg_parse_stat(r->sc->file, (size_t)n, &t, &x)) {
		p->cpu_clock_ns = (t.utime + t.stime) * (PG_NS_PER_SEC / r->src->hz);
		p->valid |= PG_CLOCK;
	}
}

/*
 * Whose it is: the real uid of status. Where status was not read, the owner of the directory, but
 * for root's: the kernel gives what is not dumpable to root, so the leader's status has to say. In
 * a tree of files the owner says nothing, and status is asked for at once as well: a cell must not
 * stand with unknown users after the first glance and move when the full pass follows.
 */
void pg_reading_owner(struct pg_reading *r)
{
	struct pg_proc *p = pg_reading_block(r);
	struct stat st;
	const struct pg_task *t = (const struct pg_task *)(p + 1);
	if (t->valid & PG_STATUS) {
		p->uid = t->uid;
		p->valid |= PG_UID;
	} else {
		bool by_dir = r->src->traits.is_procfs && fstat(r->pidfd, &st) == 0;
		bool sure = by_dir && (st.st_uid || p->kthread);
		struct pg_task own = {0};
		struct pg_status_extra x;
		long n = sure ? 0 : pg_procfs_slurp(r->sc, r->pidfd, "status");
		bool by_status = n > 0 && pg_parse_status(r->sc->file, (size_t)n, &own, &x);
		p->uid = by_status ? own.uid : by_dir ? st.st_uid : 0;
		p->valid |= by_status || by_dir ? PG_UID : 0;
	}
	if (p->valid & PG_UID) {
		const char *name = pg_users_name(r->src->users, p->uid);
		p->user = pg_reading_string(r, name, strlen(name));
	}
}

static void fill_process(struct pg_reading *r)
{
	struct pg_proc *p = pg_reading_block(r);
	find_living(r);
	p->threads = r->stat.threads;
	p->vsize_bytes = r->stat.vsize_bytes;
	const struct pg_task *t = (const struct pg_task *)(p + 1);
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		p->valid |= t[i].valid & PG_STAT;
	if (pg_reading_wants(r, PG_STATUS) && (t->valid & PG_STATUS)) {
		p->peak_bytes = r->status.peak_bytes;
		p->swap_bytes = r->status.swap_bytes;
		p->valid |= PG_STATUS;
	}
	pg_reading_shared(r);
	pg_reading_owner(r);
}

/* ---- the block ------------------------------------------------------------------------------ */

static bool selected_by_uid(struct pg_reading *r)
{
	const struct pg_selection *s = &r->src->select;
	if (!s->by_uid)
		return true;
	struct pg_task t;
	struct pg_status_extra x;
	struct stat st;
	long n = pg_procfs_slurp(r->sc, r->pidfd, "status");
	if (n > 0 && pg_parse_status(r->sc->file, (size_t)n, &t, &x))
		return t.uid == s->uid;
	/* Refused (hidepid=1): the owner of the directory, as in find_owner(). */
	return n < 0 && !pg_vanished(n) && r->src->traits.is_procfs && fstat(r->pidfd, &st) == 0 &&
	       st.st_uid == s->uid;
}

/* The clock comes first: what moves meanwhile is read again. */
static bool begin_and_read(struct pg_reading *r)
{
	pg_reading_begin(r);
	read_clock(r);
	return read_rows(r);
}

struct pg_proc *pg_procfs_read(struct pg_procfs *src, const struct pg_plan *plan,
			       const struct pg_visit *visit, struct pg_proc *was,
			       struct pg_hot *hot, bool keep)
{
	struct pg_reading r = {.src = src,
			       .sc = &src->scratch,
			       .plan = plan,
			       .visit = visit,
			       .hot = hot,
			       .keep = keep};
	struct pg_proc *done = NULL;
	if (!pg_reading_open(&r))
		return NULL;
	if (selected_by_uid(&r)) {
		bool there = begin_and_read(&r);
		if (there && lacks_heir(&r))
			there = begin_and_read(&r);
		if (there) {
			fill_process(&r);
			done = pg_block_end(&r.sc->block, was);
		}
	}
	pg_reading_close(&r);
	return done;
}
