/* SPDX-License-Identifier: MIT */
#include "source_procfs_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/human.h"
#include "task/procparse.h"

static struct pg_procfs *self_of(struct pg_source *base)
{
	return (struct pg_procfs *)base;
}

/*
 * What was read before the descriptors ran out is worth nothing, and those that are kept open may
 * be what is missing: the next pass begins from nothing.
 */
static int start_over(struct pg_procfs *src, struct pg_error *err)
{
	pg_procfs_forget_all(src);
	pg_keep_fit(&src->keep);
	src->passes = 0;
	return pg_fail_files(err);
}

/* ---- probing ------------------------------------------------------------------------------- */

/* NSpid of our own status: one number, ours, means that pids here are the pids we may ask about. */
static bool shows_own_namespace(struct pg_procfs *src)
{
	long n = pg_procfs_slurp(&src->scratch, src->rootfd, "self/status");
	if (n <= 0)
		return false;
	const char *s = src->scratch.file;
	size_t left = (size_t)n;
	struct pg_span k, v;
	bool own = false;
	while (pg_next_line(&s, &left, &k, &v)) {
		/* Before Linux 4.1 there is no NSpid; Pid is then all there is to compare. */
		bool pid = k.n == 3 && memcmp(k.s, "Pid", 3) == 0;
		bool nspid = k.n == 5 && memcmp(k.s, "NSpid", 5) == 0;
		char number[16];
		if (!pid && !nspid)
			continue;
		int len = snprintf(number, sizeof(number), "%d", (int)getpid());
		own = v.n == (size_t)len && memcmp(v.s, number, v.n) == 0;
	}
	return own;
}

static bool schedstat_counts(struct pg_procfs *src)
{
	long n = pg_procfs_slurp(&src->scratch, src->rootfd, "self/schedstat");
	struct pg_task t;
	return n > 0 && pg_parse_schedstat(src->scratch.file, (size_t)n, &t) &&
	       (t.run_ns || t.wait_ns || t.timeslices);
}

static void probe(struct pg_procfs *src, const struct pg_source_options *o)
{
	struct pg_procfs_traits *t = &src->traits;
	struct statfs fs;
	struct stat st;
	t->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	t->is_procfs = fstatfs(src->rootfd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	t->schedstat = !(o->without & PG_WITHOUT_SCHEDSTAT);
	if (!t->is_procfs)
		return;
	t->own_ns = shows_own_namespace(src);
	t->clock = t->own_ns && !(o->without & PG_WITHOUT_CLOCK);
	t->fd_size = !(o->without & PG_WITHOUT_FDSIZE) &&
		     fstatat(src->rootfd, "self/fd", &st, 0) == 0 && st.st_size > 0;
	t->schedstat = t->schedstat && schedstat_counts(src);
}

/* ---- time ---------------------------------------------------------------------------------- */

static bool foreign_btime(struct pg_procfs *src, uint64_t *btime)
{
	struct pg_kernel_stat k = {0};
	long n = pg_procfs_slurp(&src->scratch, src->rootfd, "stat");
	if (n <= 0 || !pg_parse_kernel_stat(src->scratch.file, (size_t)n, &k) || !k.has_btime)
		return false;
	*btime = k.btime;
	return true;
}

static void stamp(struct pg_procfs *src, struct pg_snapshot *out)
{
	uint64_t uptime = 0, btime = 0;
	if (src->traits.is_procfs) {
		out->mono_ns = pg_clock_ns(CLOCK_MONOTONIC);
		out->wall_ns = (int64_t)pg_clock_ns(CLOCK_REALTIME);
		if (!src->boot_wall_ns) /* once: start times must not jitter */
			src->boot_wall_ns = out->wall_ns - (int64_t)pg_clock_ns(CLOCK_BOOTTIME);
	} else {
		long n = pg_procfs_slurp(&src->scratch, src->rootfd, "uptime");
		if (n > 0)
			pg_parse_uptime(src->scratch.file, (size_t)n, &uptime);
		if (uptime > INT64_MAX / 2) /* together with btime it must stay a time */
			uptime = 0;
		if (foreign_btime(src, &btime) && btime < INT64_MAX / PG_NS_PER_SEC / 2)
			src->boot_wall_ns = (int64_t)(btime * PG_NS_PER_SEC);
		out->mono_ns = uptime;
		out->wall_ns = src->boot_wall_ns + (int64_t)uptime;
	}
	out->boot_wall_ns = src->boot_wall_ns;
	out->ticks_per_sec = src->hz;
}

/* ---- a pass -------------------------------------------------------------------------------- */

/* Goes to the directory of the next cycle. An enum pg_next, or -errno. */
static int next_cycle(struct pg_procfs *src, struct pg_error *err)
{
	if (!src->cycles)
		return PG_NEXT_OK;
	char path[PATH_MAX];
	long cycle = atomic_load(&src->cycle) + 1;
	snprintf(path, sizeof(path), "%s/%ld", src->root, cycle);
	int fd = pg_procfs_openat(&src->scratch, AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && errno == ENOENT)
		return PG_NEXT_END;
	if (fd < 0 && src->scratch.starved)
		return pg_fail_files(err);
	if (fd < 0)
		return pg_fail(err, -errno, "cannot read %s: %s", path, strerror(errno));
	if (src->rootfd >= 0)
		close(src->rootfd);
	src->rootfd = fd;
	atomic_store(&src->cycle, cycle);
	return PG_NEXT_OK;
}

static uint64_t thread_ns(void)
{
	return pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void note_cost(const struct pg_procfs *src, struct pg_snapshot *out)
{
	const struct pg_scratch *sc = &src->scratch;
	uint32_t read = sc->tasks_read < out->nr_tasks ? sc->tasks_read : out->nr_tasks;
	out->cost.tasks_read = read;
	out->cost.tasks_carried = out->nr_tasks - read;
	out->cost.opened = sc->opened;
}

static int procfs_next(struct pg_source *base, const struct pg_plan *plan, struct pg_snapshot *out,
		       struct pg_error *err)
{
	struct pg_procfs *src = self_of(base);
	uint64_t began_ns = thread_ns();
	src->scratch.starved = false;
	src->scratch.opened = src->scratch.texts = src->scratch.tasks_read = 0;
	int r = next_cycle(src, err);
	if (r != PG_NEXT_OK)
		return r;
	stamp(src, out);
	src->last_mono_ns = src->passes ? src->mono_ns : out->mono_ns;
	src->mono_ns = out->mono_ns;
	out->scope = plan->scope;
	out->groups = plan->glance ? PG_STAT : plan->groups;
	out->partial = plan->glance;
	/* Before the list of processes: who is born after it is seen by the next pass. */
	pg_sysinfo_read(src->sysinfo, src->rootfd, &out->host);
	r = pg_procfs_pass(src, plan, out);
	note_cost(src, out);
	if (src->scratch.starved)
		return start_over(src, err);
	if (r < 0)
		return pg_fail(err, r, "cannot list %s: %s", src->root, strerror(-r));
	out->cost.cpu_ns = thread_ns() - began_ns;
	return PG_NEXT_OK;
}

static void procfs_close(struct pg_source *base)
{
	struct pg_procfs *src = self_of(base);
	pg_procfs_forget_all(src);
	pg_keep_close(&src->keep);
	pg_buf_free(&src->scratch.marks);
	pg_buf_free(&src->scratch.looks);
	pg_buf_free(&src->scratch.leader);
	pg_block_free(&src->scratch.block);
	pg_buf_free(&src->scratch.tids);
	free(src->scratch.file);
	free(src->scratch.dents);
	if (src->rootfd >= 0)
		close(src->rootfd);
	pg_sysinfo_close(src->sysinfo);
	pg_users_close(src->users);
	free(src->root);
	free(src->ids);
	free(src);
}

static const struct pg_source_ops procfs_ops = {
	.name = "procfs",
	.next = procfs_next,
	.inspect = pg_procfs_inspect,
	.close = procfs_close,
};

/* ---- opening ------------------------------------------------------------------------------- */

/* A tree of successive cycles has a directory root/0; a task 0 there never is. */
static bool has_cycles(const char *root)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/0", root);
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Something of procfs must be there: uptime, or at least one task. */
static bool looks_like_procfs(struct pg_procfs *src)
{
	if (faccessat(src->rootfd, "uptime", F_OK, 0) == 0 ||
	    faccessat(src->rootfd, "stat", F_OK, 0) == 0)
		return true;
	struct pg_buf pids = {0};
	bool any = pg_procfs_list(&src->scratch, src->rootfd, &pids) == 0 && pids.len > 0;
	pg_buf_free(&pids);
	return any;
}

static int open_root(struct pg_procfs *src, struct pg_error *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s%s", src->root, src->cycles ? "/0" : "");
	src->rootfd = pg_procfs_openat(&src->scratch, AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	if (src->rootfd < 0 && src->scratch.starved)
		return pg_fail_files(err);
	if (src->rootfd < 0)
		return pg_fail(err, -errno, "no procfs at %s: %s", src->root, strerror(errno));
	if (!looks_like_procfs(src))
		return pg_fail(err, -ENOENT,
			       "no procfs at %s: mount it (mount -t proc proc %s), or "
			       "name another tree with --proc-root",
			       src->root, src->root);
	return 0;
}

static void copy_selection(struct pg_procfs *src, const struct pg_selection *s)
{
	src->select = *s;
	if (s->nr_ids) {
		src->ids = pg_realloc(NULL, s->nr_ids, sizeof(*src->ids));
		memcpy(src->ids, s->ids, s->nr_ids * sizeof(*src->ids));
		src->select.ids = src->ids;
	}
}

struct pg_source *pg_source_procfs_open(const struct pg_source_options *o, struct pg_error *err)
{
	struct pg_procfs *src = pg_calloc(1, sizeof(*src));
	src->base.ops = &procfs_ops;
	src->root = pg_strdup(o->root);
	src->rootfd = -1;
	src->scratch.dents = pg_alloc(PG_DENTS_SIZE);
	src->hz = (uint32_t)sysconf(_SC_CLK_TCK);
	src->cycles = has_cycles(o->root);
	src->base.paced = !src->cycles;
	atomic_init(&src->cycle, -1);
	copy_selection(src, &o->select);
	if (open_root(src, err) < 0) {
		procfs_close(&src->base);
		return NULL;
	}
	probe(src, o);
	src->gated = src->traits.clock && !o->full && !src->cycles;
	src->is_root = geteuid() == 0;
	src->sweep_ns = o->sweep_ns ? o->sweep_ns : PG_SWEEP_NS;
	src->scratch.between = o->between;
	src->scratch.between_arg = o->between_arg;
	if (src->gated)
		pg_keep_open(&src->keep);
	if (src->scratch.starved) { /* it would be taken for an older kernel */
		pg_fail_files(err);
		procfs_close(&src->base);
		return NULL;
	}
	char passwd[PATH_MAX];
	snprintf(passwd, sizeof(passwd), "%s/passwd", o->root);
	src->users = pg_users_open(src->traits.own_ns ? NULL : passwd);
	src->sysinfo = pg_sysinfo_open(src->traits.own_ns);
	return &src->base;
}

bool pg_source_procfs_exists(const char *root, int32_t id)
{
	struct pg_procfs src = {.root = (char *)root, .rootfd = -1, .cycles = has_cycles(root)};
	struct pg_error err;
	struct pg_buf pids = {0};
	struct statfs fs;
	int32_t pid = 0;
	src.scratch.dents = pg_alloc(PG_DENTS_SIZE);
	if (open_root(&src, &err) == 0) {
		bool procfs = fstatfs(src.rootfd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
		pid = pg_procfs_tgid_of(&src, id);
		/* open_root() may have read the listing to its end. */
		if (!pid && !procfs && lseek(src.rootfd, 0, SEEK_SET) == 0 &&
		    pg_procfs_list(&src.scratch, src.rootfd, &pids) == 0)
			pid = pg_procfs_tgid_by_search(&src, &pids, id);
	}
	if (src.rootfd >= 0)
		close(src.rootfd);
	pg_buf_free(&pids);
	free(src.scratch.file);
	free(src.scratch.dents);
	return pid != 0;
}

bool pg_source_procfs_uid(const char *root, const char *name, uint32_t *uid)
{
	uint64_t number;
	if (pg_parse_u64(name, 0, UINT32_MAX - 1, &number)) {
		*uid = (uint32_t)number;
		return true;
	}
	struct statfs fs;
	char passwd[PATH_MAX];
	bool live = statfs(root, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	snprintf(passwd, sizeof(passwd), "%s/passwd", root);
	struct pg_users *users = pg_users_open(live ? NULL : passwd);
	bool found = pg_users_uid(users, name, uid);
	pg_users_close(users);
	return found;
}
