/* SPDX-License-Identifier: MIT */
#include "outlet_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outlet.h"

#define MAX_LINKS 40 /* as the kernel, path_resolution(7) */

struct walk {
	const char *path; /* for messages */
	struct pg_error *err;
	unsigned links; /* followed so far */
};

static int step_to(struct walk *w, int dir, const char *path);

static int cannot(const struct walk *w, int err)
{
	return pg_fail(w->err, -err, "cannot write %s: %s", w->path, strerror(err));
}

static int is_no_way(const struct walk *w, const char *name, int err)
{
	if (err == ENOENT)
		return pg_fail(w->err, -err,
			       "cannot write %s: there is no directory %s; make it first", w->path,
			       name);
	if (err == ENOTDIR)
		return pg_fail(w->err, -err, "cannot write %s: %s on the way is not a directory",
			       w->path, name);
	return cannot(w, err);
}

static int refuse_link(const struct walk *w, const char *name, const char *why)
{
	return pg_fail(w->err, -ELOOP,
		       "%s: %s on the way is a symbolic link %s; name the directory it leads to",
		       w->path, name, why);
}

/* link: open as itself, in dir. Returns the directory that it leads to, or -errno. */
static int follow(struct walk *w, int dir, int link, const char *name)
{
	char target[PATH_MAX];
	struct stat in, st;
	if (fstat(dir, &in) < 0 || fstat(link, &st) < 0)
		return cannot(w, errno);
	if (in.st_mode & S_IWOTH)
		return refuse_link(w, name, "where anybody may write");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse_link(w, name, "of another user");
	if (++w->links > MAX_LINKS)
		return cannot(w, ELOOP);
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n < 0)
		return cannot(w, errno);
	target[n] = '\0';
	return step_to(w, dir, target);
}

/* The directory of that name in dir, or -errno. */
static int enter(struct walk *w, int dir, const char *name)
{
	struct stat st;
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = errno;
		pg_close_fd(&fd);
		return is_no_way(w, name, err);
	}
	if (S_ISDIR(st.st_mode))
		return fd;
	int found = S_ISLNK(st.st_mode) ? follow(w, dir, fd, name) : is_no_way(w, name, ENOTDIR);
	close(fd);
	return found;
}

/* The directory that a path leads to, seen from dir, which stays the caller's; or -errno. */
static int step_to(struct walk *w, int dir, const char *path)
{
	char name[NAME_MAX + 1];
	int at = openat(dir, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return cannot(w, errno);
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t n = strcspn(path, "/");
		if (n > NAME_MAX) {
			close(at);
			return cannot(w, ENAMETOOLONG);
		}
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		int next = enter(w, at, name);
		close(at);
		if (next < 0)
			return next;
		at = next;
	}
	return at;
}

int pg_outlet_place_open(struct pg_outlet_place *p, const char *path, struct pg_error *err)
{
	struct walk w = {.path = path, .err = err};
	const char *slash = strrchr(path, '/');
	*p = (struct pg_outlet_place){.dir = -1, .path = path, .name = slash ? slash + 1 : path};
	if (!*path)
		return pg_fail(err, -ENOENT, "cannot write to a file without a name");
	if (!*p->name || strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0)
		return pg_fail(err, -EISDIR, "%s is a directory: name a file in it", path);
	if (strlen(p->name) > NAME_MAX - 2) /* ".1" */
		return cannot(&w, ENAMETOOLONG);
	char *way = slash ? strndup(path, (size_t)(slash + 1 - path)) : pg_strdup("");
	if (!way)
		pg_out_of_memory();
	p->dir = step_to(&w, AT_FDCWD, way);
	free(way);
	return p->dir < 0 ? p->dir : 0;
}

void pg_outlet_place_close(struct pg_outlet_place *p)
{
	pg_close_fd(&p->dir);
	p->dir = -1;
}

/* Whether that is still the name of an open file: else another one has taken it. */
static bool has_name(const struct pg_outlet_place *p, const char *name, int fd)
{
	struct stat st, held;
	return fstat(fd, &held) == 0 && fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == held.st_dev && st.st_ino == held.st_ino;
}

int pg_outlet_place_create(const struct pg_outlet_place *p, const char *name)
{
	/* O_EXCL: what is there, a symbolic link too, is never opened. */
	int fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (pg_outlet_lock(fd) == 0 && has_name(p, name, fd))
		return fd;
	close(fd);
	return -EBUSY;
}

/*
 * Removes a regular file that is there. Only who holds the lock of a file may take its name away,
 * so it is ours for sure between the look at the name and unlinkat(). A file that we may not write
 * is nobody's recording, or another user's, who cannot be asked.
 */
static int replace(const struct pg_outlet_place *p, const char *name)
{
	int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	pg_auto_close int fd = openat(p->dir, name, flags);
	if (fd >= 0 && (pg_outlet_lock(fd) < 0 || !has_name(p, name, fd)))
		return -EBUSY;
	return unlinkat(p->dir, name, 0) < 0 ? -errno : 0;
}

int pg_outlet_place_clear(const struct pg_outlet_place *p, const char *name, bool allowed,
			  struct pg_error *err)
{
	struct stat st;
	int n = (int)(p->name - p->path);
	if (fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return pg_fail(err, -errno, "%.*s%s: %s", n, p->path, name, strerror(errno));
	}
	if (S_ISLNK(st.st_mode))
		return pg_fail(err, -ELOOP, "%.*s%s is a symbolic link: name the file itself", n,
			       p->path, name);
	if (S_ISDIR(st.st_mode))
		return pg_fail(err, -EISDIR, "%.*s%s is a directory: name a file in it", n, p->path,
			       name);
	if (!S_ISREG(st.st_mode))
		return pg_fail(err, -EEXIST, "%.*s%s is not a regular file", n, p->path, name);
	if (!allowed)
		return pg_fail(err, -EEXIST, "%.*s%s exists; --force overwrites it", n, p->path,
			       name);
	int ret = replace(p, name);
	if (ret == -EBUSY)
		return pg_fail(err, ret, "%.*s%s is being written by another procgrid", n, p->path,
			       name);
	if (ret < 0)
		return pg_fail(err, ret, "cannot replace %.*s%s: %s", n, p->path, name,
			       strerror(-ret));
	return 0;
}

int pg_outlet_place_rename(const struct pg_outlet_place *p, const char *from, const char *to,
			   bool replace)
{
	if (!replace && renameat2(p->dir, from, p->dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (!replace && errno != EINVAL && errno != ENOSYS) /* not every file system has it */
		return -errno;
	if (!replace && faccessat(p->dir, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(p->dir, from, p->dir, to) < 0 ? -errno : 0;
}
