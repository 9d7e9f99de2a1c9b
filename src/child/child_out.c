/* SPDX-License-Identifier: MIT */
/*
 * O_NONBLOCK belongs to the open file description, which others have as well: the shell, the other
 * end of a pipeline. So it is never set on a stream of ours. A terminal is opened once more, for a
 * description of our own; where that is refused (another user's, and not ours to control), and of a
 * pipe, only pieces are written for which poll() said that there is room. A socket is asked not to
 * wait in each call.
 */
#include "child_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* What a terminal takes at least without waiting when poll() calls it writable is not promised; so
 * little of it is lost time at most. */
#define TERMINAL_PIECE 256

static enum pg_child_out_kind kind_of(int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return PG_OUT_NONE;
	if (S_ISFIFO(st.st_mode))
		return PG_OUT_PIPE;
	if (S_ISSOCK(st.st_mode))
		return PG_OUT_SOCKET;
	if (S_ISREG(st.st_mode))
		return PG_OUT_FILE;
	return S_ISCHR(st.st_mode) && isatty(fd) ? PG_OUT_TERMINAL : PG_OUT_DEVICE;
}

/* One of our own: what came over exec cannot have the flag, so the stream itself was closed. */
static bool is_closed(int fd)
{
	int flags = fcntl(fd, F_GETFD);
	return flags < 0 || (flags & FD_CLOEXEC);
}

static bool is_writable(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
}

/* Our controlling terminal anybody of us may open, whoever owns it: tcgetpgrp(3) knows only that.
 */
static int open_terminal(int fd)
{
	char path[32];
	int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int own = open(path, flags);
	if (own < 0 && tcgetpgrp(fd) >= 0)
		own = open("/dev/tty", flags);
	return pg_child_high(own);
}

void pg_child_out_look(struct pg_child_out *out, int fd)
{
	struct statfs fs;
	*out = (struct pg_child_out){.fd = fd, .closed = is_closed(fd)};
	if (out->closed || !is_writable(fd))
		return;
	out->kind = kind_of(fd);
	if (out->kind == PG_OUT_PIPE)
		out->anonymous = fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
}

void pg_child_out_open(struct pg_child_out *out)
{
	if (out->kind != PG_OUT_TERMINAL)
		return;
	int own = open_terminal(out->fd);
	out->own = own >= 0;
	out->fd = out->own ? own : out->fd;
}

void pg_child_out_close(struct pg_child_out *out)
{
	if (out->own)
		close(out->fd);
	*out = (struct pg_child_out){.fd = -1};
}

/*
 * Two descriptions of one regular file have a position each, and overwrite each other; then they
 * are two. Without kcmp(2), which a container may refuse, they are taken for one if both stand at
 * the same place.
 */
static bool same_file(int a, int b)
{
	long differs = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, a, b);
	if (differs >= 0)
		return differs == 0;
	return fcntl(a, F_GETFL) == fcntl(b, F_GETFL) &&
	       lseek(a, 0, SEEK_CUR) == lseek(b, 0, SEEK_CUR);
}

bool pg_child_out_same(const struct pg_child_out *a, const struct pg_child_out *b)
{
	struct stat sa, sb;
	if (a->kind == PG_OUT_NONE || a->kind != b->kind || fstat(STDOUT_FILENO, &sa) < 0 ||
	    fstat(STDERR_FILENO, &sb) < 0)
		return false;
	if (sa.st_dev != sb.st_dev || sa.st_ino != sb.st_ino)
		return false;
	return !S_ISREG(sa.st_mode) || same_file(STDOUT_FILENO, STDERR_FILENO);
}

/* A description that is not ours may have O_NONBLOCK or not: only a small piece is sure. */
static ssize_t write_piece(const struct pg_child_out *out, const char *bytes, size_t n)
{
	size_t most = out->kind == PG_OUT_PIPE ? PIPE_BUF : TERMINAL_PIECE;
	struct pollfd p = {.fd = out->fd, .events = POLLOUT};
	if (poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(out->fd, bytes, n < most ? n : most);
}

static ssize_t write_once(const struct pg_child_out *out, const char *bytes, size_t n)
{
	if (out->kind == PG_OUT_SOCKET)
		return send(out->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (out->kind == PG_OUT_FILE || out->kind == PG_OUT_DEVICE || out->own)
		return write(out->fd, bytes, n);
	return write_piece(out, bytes, n);
}

ssize_t pg_child_out_write(const struct pg_child_out *out, const char *bytes, size_t n)
{
	for (;;) {
		ssize_t done = write_once(out, bytes, n);
		if (done >= 0)
			return done;
		if (errno == EWOULDBLOCK)
			return -EAGAIN;
		if (errno != EINTR)
			return -errno;
	}
}
