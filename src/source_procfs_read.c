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

#include "procparse.h"
#include "source_procfs.h"

/* One process while it is read. */
struct reading {
	struct pg_procfs *src;
	struct pg_scratch *sc;
	const struct pg_plan *plan;
	const struct pg_visit *visit;
	int pidfd, taskfd;
	struct pg_status_extra status;
	struct pg_stat_extra stat; /* of the row that was read last */
	int32_t living_tid; /* a thread that still has memory and descriptors; 0: none seen */
};

static struct pg_proc *block(const struct reading *r)
{
	return (struct pg_proc *)(void *)r->sc->rows.data;
}

static bool vanished(long e)
{
	return e == -ENOENT || e == -ESRCH;
}

/* Rows and strings stay below 2 GiB each, so that an offset of 32 bits reaches all of the block. */
#define BLOCK_HALF_MAX ((size_t)INT32_MAX)

static struct pg_str keep(struct reading *r, const char *s, size_t n)
{
	if (n > BLOCK_HALF_MAX - r->sc->strings.len)
		n = 0;
	struct pg_str str = {.off = (uint32_t)r->sc->strings.len, .len = (uint32_t)n};
	pg_buf_put(&r->sc->strings, s, n);
	return str;
}

/*
 * One file of a task. Its length; what went wrong is noted in *refused if the kernel denied it, and
 * negative is returned.
 */
static long task_file(struct reading *r, int dirfd, const char *path, unsigned group,
		      uint8_t *refused)
{
	long n = pg_procfs_slurp(r->sc, dirfd, path);
	if (n < 0 && !vanished(n))
		*refused |= (uint8_t)group;
	return n;
}

static void keep_raw(struct reading *r, struct pg_task *t, unsigned group, int index, long n)
{
	if ((r->plan->raw & group) && n > 0)
		t->raw[index] = keep(r, r->sc->file, (size_t)n);
}

static bool wants(const struct reading *r, unsigned group)
{
	return (r->plan->groups & group) && !r->plan->glance;
}

/* "" for files of the process itself, "TID/" for those of a thread. */
struct task_path {
	char text[32];
	size_t prefix;
};

/* Digits of a task's number (> 0), not terminated: no stdio in the hot path. */
static size_t put_number(char *out, int32_t number)
{
	char digits[10];
	size_t n = 0;
	for (uint32_t v = (uint32_t)number; v; v /= 10)
		digits[n++] = (char)('0' + v % 10);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

/* "TID/"; its length. */
static size_t put_prefix(char *out, int32_t tid)
{
	size_t n = put_number(out, tid);
	out[n] = '/';
	return n + 1;
}

static const char *path_to(struct task_path *p, const char *name)
{
	strcpy(p->text + p->prefix, name); /* names are our own and short */
	return p->text;
}

static void read_status(struct reading *r, int dirfd, struct task_path *path, struct pg_task *t)
{
	long n = task_file(r, dirfd, path_to(path, "status"), PG_STATUS, &t->refused);
	struct pg_status_extra x;
	if (n <= 0 || !pg_parse_status(r->sc->file, (size_t)n, t, &x))
		return;
	t->valid |= PG_STATUS;
	keep_raw(r, t, PG_STATUS, 1, n);
	if (t->tid == r->visit->pid || !r->status.has_memory)
		r->status = x;
}

static void read_counters(struct reading *r, int dirfd, struct task_path *path, struct pg_task *t)
{
	if (wants(r, PG_STATUS))
		read_status(r, dirfd, path, t);
	if (wants(r, PG_IO)) {
		long n = task_file(r, dirfd, path_to(path, "io"), PG_IO, &t->refused);
		if (n > 0 && pg_parse_io(r->sc->file, (size_t)n, t)) {
			t->valid |= PG_IO;
			keep_raw(r, t, PG_IO, 2, n);
		}
	}
	if (wants(r, PG_SCHED) && r->src->traits.schedstat && r->plan->scope == PG_SCOPE_THREADS) {
		long n = task_file(r, dirfd, path_to(path, "schedstat"), PG_SCHED, &t->refused);
		if (n > 0 && pg_parse_schedstat(r->sc->file, (size_t)n, t))
			t->valid |= PG_SCHED;
	}
}

/*
 * Appends a row for a task. False if it has vanished. A stat that is refused leaves a row with
 * nothing but its number; one that is malformed counts as vanished half way.
 */
static bool read_task(struct reading *r, int dirfd, int32_t tid, bool thread)
{
	struct task_path path = {.prefix = 0};
	if (r->sc->rows.len > BLOCK_HALF_MAX - sizeof(struct pg_task))
		return false;
	if (thread)
		path.prefix = put_prefix(path.text, tid);
	struct pg_task t = {0};
	struct pg_stat_extra x = {0};
	long n = task_file(r, dirfd, path_to(&path, "stat"), PG_STAT, &t.refused);
	if (n >= 0 && pg_parse_stat(r->sc->file, (size_t)n, &t, &x)) {
		t.valid |= PG_STAT;
		t.comm = keep(r, x.comm.s, x.comm.n);
		keep_raw(r, &t, PG_STAT, 0, n);
	} else if (n >= 0 || vanished(n)) {
		return false;
	}
	t.tid = tid;
	bool living = t.state != 'Z' && t.state != 'X';
	if (living && !r->living_tid)
		r->living_tid = tid;
	if ((t.valid & PG_STAT) && (living || block(r)->nr_tasks == 0))
		r->stat = x; /* what is the process's own is 0 in a thread that has exited */
	read_counters(r, dirfd, &path, &t);
	struct pg_proc *p = block(r);
	p->nr_running += t.state == 'R';
	p->nr_disk_sleep += t.state == 'D';
	p->nr_zombie += t.state == 'Z';
	p->nr_tasks++;
	if ((t.valid & PG_STAT) && tid == p->pid)
		p->start = t.start;
	if (t.flags & PG_PF_KTHREAD)
		p->kthread = true;
	pg_buf_put(&r->sc->rows, &t, sizeof(t));
	return true;
}

static bool is_wanted_tid(const struct pg_visit *v, int32_t tid)
{
	if (!v->only)
		return true;
	for (size_t i = 0; i < v->nr_only; i++)
		if (v->only[i] == tid)
			return true;
	return false;
}

/* The leader's row first, then the others by number, as pg_task_cmp() has them. */
static void read_threads(struct reading *r)
{
	const int32_t pid = r->visit->pid;
	int e = pg_procfs_list(r->sc, r->taskfd, &r->sc->tids);
	const int32_t *tids = (const int32_t *)(void *)r->sc->tids.data;
	size_t nr = e ? 0 : r->sc->tids.len / sizeof(*tids);
	if (is_wanted_tid(r->visit, pid))
		read_task(r, r->taskfd, pid, true);
	for (size_t i = 0; i < nr; i++)
		if (tids[i] != pid && is_wanted_tid(r->visit, tids[i]))
			read_task(r, r->taskfd, tids[i], true);
}

static bool read_rows(struct reading *r)
{
	bool threads = r->plan->scope == PG_SCOPE_THREADS;
	r->taskfd =
		threads ? pg_procfs_openat(r->sc, r->pidfd, "task", O_RDONLY | O_DIRECTORY) : -1;
	if (r->taskfd >= 0)
		read_threads(r);
	else /* no list of threads to be had: the process by its own files */
		read_task(r, r->pidfd, r->visit->pid, false);
	return block(r)->nr_tasks > 0;
}

/* The kernel's count is in st_size since Linux 6.2; else the entries are counted. -errno. */
static long count_fds(struct reading *r, int dirfd, const char *path)
{
	struct stat st;
	if (r->src->traits.fd_size) {
		if (fstatat(dirfd, path, &st, 0) < 0)
			return -errno;
		return (long)st.st_size;
	}
	pg_auto_close int fd = pg_procfs_openat(r->sc, dirfd, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -errno;
	return pg_procfs_count(r->sc, fd);
}

/* With one row a process nobody has looked at the threads yet: the first one that is not dead. */
static void find_living(struct reading *r)
{
	struct pg_proc *p = block(r);
	const struct pg_task *t = (const struct pg_task *)(p + 1);
	if (p->scope != PG_SCOPE_PROCESS || t->state != 'Z' || r->stat.threads < 2)
		return;
	r->taskfd = pg_procfs_openat(r->sc, r->pidfd, "task", O_RDONLY | O_DIRECTORY);
	if (r->taskfd < 0 || pg_procfs_list(r->sc, r->taskfd, &r->sc->tids) < 0)
		return;
	const int32_t *tids = (const int32_t *)(void *)r->sc->tids.data;
	for (size_t i = 0; i < r->sc->tids.len / sizeof(*tids) && !r->living_tid; i++) {
		struct task_path path;
		struct pg_task living;
		struct pg_stat_extra x;
		struct pg_status_extra status;
		path.prefix = put_prefix(path.text, tids[i]);
		long n = pg_procfs_slurp(r->sc, r->taskfd, path_to(&path, "stat"));
		if (n <= 0 || !pg_parse_stat(r->sc->file, (size_t)n, &living, &x) ||
		    living.state == 'Z' || living.state == 'X')
			continue;
		r->living_tid = tids[i];
		r->stat = x;
		if (!wants(r, PG_STATUS))
			break;
		n = pg_procfs_slurp(r->sc, r->taskfd, path_to(&path, "status"));
		if (n > 0 && pg_parse_status(r->sc->file, (size_t)n, &living, &status))
			r->status = status;
	}
}

/*
 * Memory and descriptors. A leader that has exited while threads live on has neither: they are read
 * through a living thread.
 */
static void read_shared(struct reading *r)
{
	struct pg_proc *p = block(r);
	struct task_path path = {.prefix = 0};
	int dirfd = r->pidfd;
	if (r->taskfd >= 0 && r->living_tid && r->living_tid != p->pid) {
		dirfd = r->taskfd;
		path.prefix = put_prefix(path.text, r->living_tid);
	}
	uint64_t pages;
	if (wants(r, PG_MEM)) {
		long n = task_file(r, dirfd, path_to(&path, "statm"), PG_MEM, &p->refused);
		if (n > 0 && pg_parse_statm(r->sc->file, (size_t)n, &pages)) {
			p->rss_bytes = pages * r->src->traits.page_size;
			p->valid |= PG_MEM;
		}
	}
	if (wants(r, PG_FD)) {
		long n = count_fds(r, dirfd, path_to(&path, "fd"));
		if (n >= 0) {
			p->fds = (uint64_t)n;
			p->valid |= PG_FD;
		} else if (!vanished(n)) {
			p->refused |= PG_FD;
		}
	}
}

/* clock_getcpuclockid(3) of a process: any process, any user, no file
 * (kernel/time/posix-cpu-timers.c). */
static void read_clock(struct reading *r)
{
	struct pg_proc *p = block(r);
	if (r->src->traits.own_ns) {
		struct timespec ts;
		clockid_t id = (clockid_t)((~(unsigned)p->pid << 3) | 2);
		if (clock_gettime(id, &ts) == 0) {
			p->cpu_clock_ns =
				(uint64_t)ts.tv_sec * PG_NS_PER_SEC + (uint64_t)ts.tv_nsec;
			p->valid |= PG_CLOCK;
		}
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
static void find_owner(struct reading *r)
{
	struct pg_proc *p = block(r);
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
		p->user = keep(r, name, strlen(name));
	}
}

static void fill_process(struct reading *r)
{
	struct pg_proc *p = block(r);
	find_living(r);
	p->threads = r->stat.threads;
	p->vsize_bytes = r->stat.vsize_bytes;
	const struct pg_task *t = (const struct pg_task *)(p + 1);
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		p->valid |= t[i].valid & PG_STAT;
	if (wants(r, PG_STATUS) && (t->valid & PG_STATUS)) {
		p->peak_bytes = r->status.peak_bytes;
		p->swap_bytes = r->status.swap_bytes;
		p->valid |= PG_STATUS;
	}
	read_shared(r);
	find_owner(r);
}

/* Strings move behind the rows; offsets become those of the block. */
static void close_block(struct reading *r)
{
	struct pg_buf *rows = &r->sc->rows;
	uint32_t base = (uint32_t)rows->len;
	pg_buf_put(rows, r->sc->strings.data, r->sc->strings.len);
	struct pg_proc *p = block(r);
	p->size = (uint32_t)rows->len;
	p->user.off += base;
	for (uint32_t i = 0; i < p->nr_tasks; i++) {
		p->tasks[i].comm.off += base;
		for (int k = 0; k < PG_NR_RAW; k++)
			p->tasks[i].raw[k].off += base;
	}
}

/* The block of the pass before, if not a byte differs; else a copy of the scratch. */
static struct pg_proc *publish(struct reading *r, struct pg_proc *was)
{
	const size_t skip = offsetof(struct pg_proc, size); /* the count of references */
	const struct pg_proc *p = block(r);
	if (was && was->size == p->size &&
	    memcmp((const char *)was + skip, (const char *)p + skip, p->size - skip) == 0)
		return pg_proc_ref(was);
	struct pg_proc *copy = pg_alloc(p->size);
	memcpy(copy, p, p->size);
	atomic_init(&copy->refs, 1);
	return copy;
}

static bool selected_by_uid(struct reading *r)
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
	return n < 0 && !vanished(n) && r->src->traits.is_procfs && fstat(r->pidfd, &st) == 0 &&
	       st.st_uid == s->uid;
}

struct pg_proc *pg_procfs_read(struct pg_procfs *src, const struct pg_plan *plan,
			       const struct pg_visit *visit, struct pg_proc *was)
{
	struct pg_scratch *sc = &src->scratch;
	struct reading r = {.src = src, .sc = sc, .plan = plan, .visit = visit, .taskfd = -1};
	char name[16];
	name[put_number(name, visit->pid)] = '\0';
	r.pidfd = pg_procfs_openat(sc, src->rootfd, name, O_PATH | O_DIRECTORY);
	if (r.pidfd < 0)
		return NULL;
	struct pg_proc *done = NULL;
	if (selected_by_uid(&r)) {
		struct pg_proc empty = {.pid = visit->pid, .scope = plan->scope};
		pg_buf_clear(&sc->rows);
		pg_buf_clear(&sc->strings);
		pg_buf_put(&sc->rows, &empty, sizeof(empty));
		read_clock(&r);
		if (read_rows(&r)) {
			fill_process(&r);
			close_block(&r);
			done = publish(&r, was);
		}
	}
	if (r.taskfd >= 0)
		close(r.taskfd);
	close(r.pidfd);
	return done;
}
