/* SPDX-License-Identifier: MIT */
/*
 * A sample: who was born, how many files each has, and what differs from the sample before.
 */
#include "fd_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "fd_tree_impl.h"

/* Descriptors of ours that are left to others. */
#define LEAVE 64
/* Kept at most: the kernel has about 4.4 KB for each. */
#define KEEP_MAX 4096

void pg_fd_sample_free(struct pg_fd_sample *s)
{
	free(s->procs);
	*s = (struct pg_fd_sample){0};
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Before Linux 6.2 it is 0 for all, and we have files for certain. */
static bool has_fd_size(const struct pg_fd_tree *t)
{
	struct stat st;
	return t->procfs && fstatat(t->rootfd, "self/fd", &st, 0) == 0 && st.st_size > 0;
}

static void learn_traits(struct pg_fd_tree *t, const struct pg_fd_tree_options *o)
{
	struct statfs fs;
	char self[16];
	t->procfs = fstatfs(t->rootfd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	ssize_t n = readlinkat(t->rootfd, "self", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	t->own_ns = t->procfs && atoi(self) == getpid();
	t->fd_size = !o->without_fdsize && has_fd_size(t);
	/* In another namespace of numbers births are told of those that are given out in ours. */
	t->loadavg = -1;
	if (t->own_ns || !t->procfs)
		t->loadavg = openat(t->rootfd, "loadavg", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static void make_room(struct pg_fd_tree *t)
{
	if (getrlimit(RLIMIT_NOFILE, &t->nofile) < 0)
		return;
	struct rlimit l = t->nofile;
	rlim_t want = KEEP_MAX + LEAVE;
	if (l.rlim_cur < want) {
		l.rlim_cur = l.rlim_max < want ? l.rlim_max : want;
		t->raised = setrlimit(RLIMIT_NOFILE, &l) == 0;
		if (!t->raised)
			l = t->nofile;
	}
	rlim_t room = l.rlim_cur > LEAVE ? l.rlim_cur - LEAVE : 0;
	t->max_kept = room < KEEP_MAX ? (uint32_t)room : KEEP_MAX;
}

/* -errno with a message. */
static int find_first(struct pg_fd_tree *t, struct pg_error *err)
{
	char path[48];
	struct pg_fd_proc p;
	snprintf(path, sizeof(path), "%d/stat", t->pid);
	int e = pg_fd_proc_read(t->rootfd, path, &p);
	if (e == -EMFILE)
		return pg_fail_files(err);
	if (pg_fd_gone(e))
		return pg_fail(err, -ESRCH, "there is no process %d", t->pid);
	if (e < 0)
		return pg_fail(err, e, "process %d: %s/%s: %s", t->pid, t->root, path,
			       strerror(-e));
	int32_t tgid = pg_fd_tgid(t->rootfd, t->pid);
	if (tgid && tgid != t->pid)
		return pg_fail(err, -ESRCH, "%d is a thread; its process is %d", t->pid, tgid);
	t->start = p.start;
	if (!pg_fd_member_add(t, t->pid, p.start))
		return pg_fail(err, -ESRCH, "there is no process %d any more", t->pid);
	return 0;
}

static int open_root(struct pg_fd_tree *t, struct pg_error *err)
{
	t->rootfd = open(t->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->rootfd >= 0)
		return 0;
	if (errno == EMFILE)
		return pg_fail_files(err);
	return pg_fail(err, -errno, "%s: %s", t->root, strerror(errno));
}

struct pg_fd_tree *pg_fd_tree_open(const struct pg_fd_tree_options *o, struct pg_error *err)
{
	struct pg_fd_tree *t = pg_calloc(1, sizeof(*t));
	t->root = pg_strdup(o->proc_root);
	t->pid = o->pid;
	t->children = o->children;
	t->reaper = o->reaper;
	t->loadavg = -1;
	if (open_root(t, err) < 0) {
		pg_fd_tree_close(t);
		return NULL;
	}
	learn_traits(t, o);
	make_room(t);
	if (find_first(t, err) < 0) {
		pg_fd_tree_close(t);
		return NULL;
	}
	t->is_new = t->reaper && t->own_ns;
	return t;
}

void pg_fd_tree_close(struct pg_fd_tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nr; i++)
		pg_fd_member_close(t, &t->members[i]);
	if (t->raised)
		setrlimit(RLIMIT_NOFILE, &t->nofile);
	pg_close_fd(&t->rootfd);
	pg_close_fd(&t->loadavg);
	pg_buf_free(&t->known);
	pg_buf_free(&t->list);
	pg_buf_free(&t->found);
	free(t->members);
	free(t->root);
	free(t);
}

/* ---- a sample ------------------------------------------------------------------------------- */

/* Returns how many have files, or might. new_ones: only they are looked at. */
static size_t look_at_all(struct pg_fd_tree *t, uint64_t now, bool new_ones)
{
	size_t kept = 0, alive = 0;
	for (size_t i = 0; i < t->nr; i++) {
		struct pg_fd_member *m = &t->members[i];
		if (!new_ones || !m->looked)
			pg_fd_member_look(t, m);
		if (m->gone) {
			pg_fd_member_close(t, m);
			continue;
		}
		if (!new_ones || !m->looked)
			pg_fd_member_info(t, m, now);
		m->looked = true;
		alive += !m->ended;
		t->members[kept++] = *m;
	}
	t->nr = kept;
	return alive;
}

static void fill_procs(const struct pg_fd_tree *t, struct pg_fd_sample *out)
{
	out->procs = pg_grow(out->procs, &out->cap_procs, t->nr, sizeof(*out->procs));
	for (size_t i = 0; i < t->nr; i++) {
		const struct pg_fd_member *m = &t->members[i];
		if (m->ended)
			continue;
		struct pg_fd_count *c = &out->procs[out->nr_procs++];
		*c = (struct pg_fd_count){
			.pid = m->pid, .start = m->start, .fds = m->fds, .limit = m->limit};
		memcpy(c->comm, m->comm, sizeof(c->comm));
	}
}

static void fill(struct pg_fd_tree *t, struct pg_fd_sample *out)
{
	bool any = false;
	out->open_fds = 0;
	out->nr_unreadable = t->overflow;
	for (size_t i = 0; i < t->nr; i++) {
		const struct pg_fd_member *m = &t->members[i];
		if (m->ended)
			continue;
		if (m->fds < 0) {
			out->nr_unreadable++;
		} else {
			out->open_fds += m->fds;
			any = true;
		}
	}
	if (!any)
		out->open_fds = -1;
	out->changed = t->dirty;
	if (t->dirty)
		fill_procs(t, out);
	t->dirty = false;
}

int pg_fd_tree_sample(struct pg_fd_tree *t, struct pg_fd_sample *out, struct pg_error *err)
{
	(void)err;
	out->mono_ns = pg_clock_ns(CLOCK_MONOTONIC);
	out->wall_ns = (int64_t)pg_clock_ns(CLOCK_REALTIME);
	out->due_ns = 0;
	out->nr_procs = 0;
	out->changed = false;
	/* Who is known first: to find the others may take longer than the life of a command. */
	size_t alive = look_at_all(t, out->mono_ns, false);
	if (t->children) {
		pg_fd_births_look(t, false);
		alive = look_at_all(t, out->mono_ns, true);
	}
	/* The last may have left orphans as it went, or have become another thread's (execve(2)).
	 */
	if (alive == 0) {
		if (t->children)
			pg_fd_births_look(t, true);
		alive = look_at_all(t, out->mono_ns, false);
	}
	if (alive == 0)
		return 0;
	fill(t, out);
	return 1;
}

void pg_fd_tree_repeat(struct pg_fd_tree *t)
{
	t->dirty = true;
}
