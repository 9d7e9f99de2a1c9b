/* SPDX-License-Identifier: MIT */
/*
 * One look: the numbers in the fd directory, the link of each, and for paths what they lead to;
 * then the tables of its sockets. A process that ends meanwhile shows fewer and fewer links: it is
 * then gone, and has not closed them.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fd_links.h"
#include "fd_net.h"
#include "fd_proc.h"
#include "task/procdir.h"

#define DENTS_SIZE 16384

struct pg_fd_look {
	struct pg_fd_links *out;
	bool over;
	char dir[PATH_MAX]; /* path of task */
	int task;           /* PID/task/TID, or PID */
	int fds;            /* its fd directory */
	struct pg_procdir walk;
	bool lost; /* a link was no more */
	struct socket {
		struct pg_fd_socket s;
		size_t link; /* in out->items */
	} * sockets;
	size_t nr_sockets, cap_sockets;
	struct pg_fd_socket *wanted;     /* of sockets; by inode */
	struct pg_fd_net_search *search; /* NULL: the walk is not at its end */
	_Alignas(max_align_t) char dents[DENTS_SIZE];
};

/*
 * Whether " (deleted)" is part of the name. Without a link left it is not; else the file may have
 * another name, so that there has to be one that reads like this.
 */
static bool has_name(const struct pg_fd_look *l, const char *target, const struct statx *x)
{
	char path[PATH_MAX + 8];
	struct stat st;
	if (x->stx_nlink == 0 || target[0] != '/')
		return false;
	snprintf(path, sizeof(path), "root%s", target);
	return fstatat(l->task, path, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
	       st.st_ino == x->stx_ino && major(st.st_dev) == x->stx_dev_major &&
	       minor(st.st_dev) == x->stx_dev_minor;
}

/* For pg_fd_kind_of(); target is NUL-terminated. */
static unsigned mode_of(const struct pg_fd_look *l, const char *name, const char *target, size_t n)
{
	static const char mark[] = " (deleted)";
	struct statx x;
	if (n > 0 && target[0] != '/' && target[0] != '(')
		return 0;
	if (statx(l->fds, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_NLINK | STATX_INO, &x) < 0)
		return 0;
	bool marked = n >= sizeof(mark) && strcmp(target + n - (sizeof(mark) - 1), mark) == 0;
	return x.stx_mode | (!marked || has_name(l, target, &x) ? PG_FD_HAS_NAME : 0);
}

/* "socket:[4711]". 0: it has none. */
static uint64_t inode_of(const char *target)
{
	const char *at = strchr(target, '[');
	return at ? strtoull(at + 1, NULL, 10) : 0;
}

static void note_socket(struct pg_fd_look *l, const char *name, uint64_t inode)
{
	char path[PATH_MAX], protocol[64];
	l->sockets = pg_grow(l->sockets, &l->cap_sockets, l->nr_sockets + 1, sizeof(*l->sockets));
	struct socket *s = &l->sockets[l->nr_sockets++];
	*s = (struct socket){.s.inode = inode, .link = l->out->nr - 1};
	int len = snprintf(path, sizeof(path), "%s/fd/%s", l->dir, name);
	ssize_t n = -1;
	if (len > 0 && (size_t)len < sizeof(path))
		n = getxattr(path, "system.sockprotoname", protocol, sizeof(protocol) - 1);
	if (n >= 0)
		protocol[n] = '\0';
	pg_fd_net_protocol(n > 0 ? protocol : NULL, &s->s, &l->out->text);
}

/* False: not permitted. */
static bool look_at(struct pg_fd_look *l, int32_t fd)
{
	char name[16], target[PATH_MAX + 1];
	struct pg_fd_links *out = l->out;
	snprintf(name, sizeof(name), "%d", fd);
	ssize_t n = readlinkat(l->fds, name, target, PATH_MAX);
	if (n < 0 && (errno == EACCES || errno == EPERM))
		return false;
	if (n < 0 && pg_fd_gone(-errno)) {
		l->lost = true;
		return true;
	}
	n = n < 0 ? 0 : n; /* too long a path, or a plain file in a tree that is not procfs */
	target[n] = '\0';
	unsigned mode = mode_of(l, name, target, (size_t)n);
	out->items = pg_grow(out->items, &out->cap, out->nr + 1, sizeof(*out->items));
	struct pg_fd_link *item = &out->items[out->nr++];
	*item = (struct pg_fd_link){
		.fd = fd,
		.kind = (uint8_t)pg_fd_kind_of(target, (size_t)n, mode),
		.target = (uint32_t)out->text.len,
		.len = (uint32_t)n,
	};
	pg_buf_put(&out->text, target, (size_t)n);
	bool object = n > 0 && target[0] != '/' && target[0] != '(';
	if (object && (item->kind == PG_FD_SOCKET || item->kind == PG_FD_PIPE))
		item->inode = inode_of(target);
	if (item->inode && item->kind == PG_FD_SOCKET)
		note_socket(l, name, item->inode);
	return true;
}

static int by_inode(const void *a, const void *b)
{
	uint64_t x = ((const struct socket *)a)->s.inode, y = ((const struct socket *)b)->s.inode;
	return (x > y) - (x < y);
}

/* Their names are put over what the links say of them. */
static void name_sockets(struct pg_fd_look *l)
{
	for (size_t i = 0; i < l->nr_sockets; i++) {
		struct pg_fd_link *item = &l->out->items[l->sockets[i].link];
		if (l->wanted[i].len > 0) {
			item->target = l->wanted[i].target;
			item->len = l->wanted[i].len;
		}
	}
}

static void begin_search(struct pg_fd_look *l)
{
	if (l->nr_sockets > 0)
		qsort(l->sockets, l->nr_sockets, sizeof(*l->sockets), by_inode);
	l->wanted = pg_calloc(l->nr_sockets + 1, sizeof(*l->wanted));
	for (size_t i = 0; i < l->nr_sockets; i++)
		l->wanted[i] = l->sockets[i].s;
	l->search = pg_fd_net_begin(l->task, l->wanted, l->nr_sockets, &l->out->text);
}

static int by_fd(const void *a, const void *b)
{
	int32_t x = ((const struct pg_fd_link *)a)->fd, y = ((const struct pg_fd_link *)b)->fd;
	return (x > y) - (x < y);
}

/* As the kernel lists them; a tree of files may have any order. */
static void sort(struct pg_fd_links *out)
{
	for (size_t i = 1; i < out->nr; i++)
		if (out->items[i - 1].fd > out->items[i].fd) {
			qsort(out->items, out->nr, sizeof(*out->items), by_fd);
			break;
		}
}

static void forget(struct pg_fd_links *out)
{
	out->nr = out->beyond = 0;
	pg_buf_clear(&out->text);
}

static bool is_ending(const struct pg_fd_look *l)
{
	struct pg_fd_proc p;
	int e = pg_fd_proc_read(l->task, "stat", &p);
	return pg_fd_gone(e) || (e == 0 && pg_fd_proc_ending(&p));
}

static bool is_refusal(long e)
{
	return e == -EACCES || e == -EPERM;
}

/*
 * The look is over, by an error or at its end. Of one that ends the fd directory is root's as soon
 * as its memory is gone, which is before its files are (fs/proc/base.c, task_dump_owner()).
 */
static void judge(struct pg_fd_look *l, long e)
{
	struct pg_fd_links *out = l->out;
	bool is_suspect = e == 0 ? out->nr == 0 || l->lost : is_refusal(e) && l->task >= 0;
	out->gone = pg_fd_gone(e) || (is_suspect && is_ending(l));
	out->refused = is_refusal(e) && !out->gone;
	out->failed = e < 0 && !out->gone && !out->refused;
	if (!pg_fd_links_known(out))
		forget(out);
	l->over = true;
}

/* One descriptor more. */
static void walk_on(struct pg_fd_look *l)
{
	struct pg_fd_links *out = l->out;
	int32_t fd;
	if (!pg_procdir_next(&l->walk, &fd)) {
		if (l->walk.error)
			judge(l, l->walk.error);
		else
			begin_search(l);
	} else if (out->nr >= PG_FD_LINKS_MAX || out->text.len >= PG_FD_LINKS_TEXT) {
		out->beyond++;
	} else if (!look_at(l, fd)) {
		judge(l, -EACCES);
	}
}

static void search_on(struct pg_fd_look *l)
{
	if (pg_fd_net_step(l->search))
		return;
	name_sockets(l);
	sort(l->out);
	judge(l, 0);
}

/* The first thread, or another if that one has ended and they live on. */
static int32_t thread_of(const char *root, int32_t pid)
{
	char path[32];
	struct pg_fd_proc p;
	pg_auto_close int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%d/stat", pid);
	if (fd < 0 || pg_fd_proc_read(fd, path, &p) < 0 || !pg_fd_proc_ending(&p))
		return pid;
	int32_t tid = pg_fd_living_thread(fd, pid);
	return tid ? tid : pid;
}

/* O_PATH of the task, whose path goes to dir. -errno. */
static int open_task(const char *root, int32_t pid, int32_t tid, char *dir, size_t size)
{
	if (tid == 0)
		tid = thread_of(root, pid);
	/* The process's own directory is its first thread's; a tree may have no other. */
	int n = tid == pid ? snprintf(dir, size, "%s/%d", root, pid)
			   : snprintf(dir, size, "%s/%d/task/%d", root, pid, tid);
	if (n >= (int)size)
		return -ENAMETOOLONG;
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct pg_fd_look *pg_fd_look_begin(const char *proc_root, int32_t pid, int32_t tid,
				    struct pg_fd_links *out)
{
	struct pg_fd_look *l = pg_alloc(sizeof(*l));
	memset(l, 0, offsetof(struct pg_fd_look, dents));
	l->out = out;
	forget(out);
	out->refused = out->gone = out->failed = false;
	l->fds = -1;
	l->task = open_task(proc_root, pid, tid, l->dir, sizeof(l->dir));
	if (l->task >= 0)
		l->fds = openat(l->task, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->fds < 0)
		judge(l, l->task < 0 ? l->task : -errno);
	l->walk = (struct pg_procdir){.dirfd = l->fds, .bytes = l->dents, .size = DENTS_SIZE};
	return l;
}

bool pg_fd_look_go(struct pg_fd_look *l, size_t steps)
{
	size_t done = 0;
	while (done < steps && !l->over) {
		if (l->search)
			search_on(l);
		else
			walk_on(l);
		done += l->search ? PG_FD_LOOK_TABLE : 1;
	}
	return l->over;
}

void pg_fd_look_end(struct pg_fd_look *l)
{
	if (!l)
		return;
	if (!l->over) {
		l->out->failed = true;
		forget(l->out);
	}
	pg_fd_net_end(l->search);
	pg_close_fd(&l->task);
	pg_close_fd(&l->fds);
	free(l->sockets);
	free(l->wanted);
	free(l);
}

void pg_fd_links_read(const char *proc_root, int32_t pid, int32_t tid, struct pg_fd_links *out)
{
	struct pg_fd_look *l = pg_fd_look_begin(proc_root, pid, tid, out);
	pg_fd_look_go(l, SIZE_MAX);
	pg_fd_look_end(l);
}
