/* SPDX-License-Identifier: MIT */
/*
 * A regular file takes everything at once. For the rest (pipe, terminal, socket) a write may wait
 * for the reader for ever, so poll() waits instead, which also sees the wish to stop; when it says
 * "writable", a pipe has room for PIPE_BUF bytes. Pieces of that size that end with a line are
 * therefore either written whole or not at all. A frame of a stream is a longer line.
 */
#include "outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define GRACE_MS 1000 /* for the reader of half a line, when the user wants to stop */

/* Bytes of the next piece: as many whole lines as fit in PIPE_BUF; of a longer line that many
 * bytes. */
static size_t next_piece(const char *s, size_t n)
{
	if (n <= PIPE_BUF)
		return n;
	const char *nl = memrchr(s, '\n', PIPE_BUF);
	return nl ? (size_t)(nl - s) + 1 : PIPE_BUF;
}

/* Until fd can take a piece; -EINTR if stop_fd says so first. */
static int wait_writable(int fd, int stop_fd, bool whole)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLOUT},
			      {.fd = stop_fd > 0 ? stop_fd : -1, .events = POLLIN}};
	int timeout = -1;
	for (;;) {
		int n = poll(p, 2, timeout);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EINTR;
		if (n > 0 && p[1].revents && whole)
			return -EINTR;
		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0) {
			p[1].fd = -1;
			timeout = GRACE_MS;
		}
	}
}

static int flush_polled(struct pg_buf *b, int fd, int stop_fd)
{
	size_t done = 0;
	while (done < b->len) {
		bool whole = done == 0 || b->data[done - 1] == '\n';
		int err = wait_writable(fd, stop_fd, whole);
		if (err < 0)
			return err;
		ssize_t n = write(fd, b->data + done, next_piece(b->data + done, b->len - done));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	b->len = 0;
	return 0;
}

int pg_outlet_flush(struct pg_buf *b, int fd, int stop_fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		return pg_buf_flush(b, fd);
	return flush_polled(b, fd, stop_fd);
}

int pg_outlet_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK ? -EBUSY : 0;
}

struct plain {
	struct pg_outlet base;
	int fd, stop_fd;
};

static int plain_put(struct pg_outlet *o, struct pg_buf *b, bool key)
{
	struct plain *p = (struct plain *)o;
	size_t n = b->len;
	int err = pg_outlet_flush(b, p->fd, p->stop_fd);
	(void)key;
	if (err == 0)
		p->base.bytes += n;
	return err;
}

static int plain_close(struct pg_outlet *o)
{
	free(o);
	return 0;
}

struct pg_outlet *pg_outlet_fd(int fd, int stop_fd)
{
	static const struct pg_outlet_ops ops = {plain_put, plain_close};
	struct plain *p = pg_calloc(1, sizeof(*p));
	*p = (struct plain){.base.ops = &ops, .fd = fd, .stop_fd = stop_fd};
	return &p->base;
}
