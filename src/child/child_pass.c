/* SPDX-License-Identifier: MIT */
/*
 * One chunk of a stream is on its way at any time: the next is read when it has gone, so that a
 * slow reader slows the command as it would without us, and nothing piles up. Ends that are ours
 * alone are non-blocking.
 */
#include "child_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20) /* the most that any user may ask for, see pipe(7) */
/* Chunks of a stream in one go; then signals have their turn. */
#define ROUNDS 16

int pg_child_high(int fd)
{
	if (fd < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int e = errno;
	close(fd);
	return high < 0 ? -e : high;
}

/* ---- pipes ----------------------------------------------------------------------------------- */

static int open_pipe(struct pg_child_stream *s, struct pg_error *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno == EMFILE
			       ? pg_fail_files(err)
			       : pg_fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	s->from = pg_child_high(ends[0]);
	s->theirs = pg_child_high(ends[1]);
	if (s->from < 0 || s->theirs < 0)
		return pg_fail_files(err);
	fcntl(s->from, F_SETPIPE_SZ, PIPE_BYTES); /* refused: it stays as it is */
	return 0;
}

int pg_child_stream_open(struct pg_child_stream *s, struct pg_error *err)
{
	int e = 0;
	pg_child_out_open(&s->out);
	if (s->out.kind == PG_OUT_TERMINAL)
		e = pg_child_terminal_open(s, err);
	else if (s->out.kind != PG_OUT_FILE || !pg_child_file_open(s))
		e = open_pipe(s, err);
	if (e < 0)
		return e;
	fcntl(s->from, F_SETFL, O_NONBLOCK);
	s->bytes = pg_alloc(PG_CHILD_BYTES + 1);
	s->hand_on = s->out.kind == PG_OUT_PIPE;
	return 0;
}

void pg_child_stream_close(struct pg_child_stream *s)
{
	pg_child_shut(&s->from);
	pg_child_shut(&s->theirs);
	pg_child_shut(&s->file);
	pg_child_shut(&s->info);
	s->at = s->len = 0;
	s->waits = false;
	free(s->bytes);
	s->bytes = NULL;
}

/* ---- the way of the bytes -------------------------------------------------------------------- */

void pg_child_stream_end(struct pg_child *c, struct pg_child_stream *s)
{
	if (s->from < 0)
		return;
	pg_child_stream_close(s);
	if (c->seen)
		c->seen(c->arg, s->number, NULL, 0);
}

/*
 * A command must not go on into nothing, so it loses its stream, as it would have found out by
 * itself. But programs do not mind errors of stderr, and a signal would end them: what cannot be
 * written there is left out.
 */
static void failed(struct pg_child *c, struct pg_child_stream *s, int e)
{
	if (c->write_error == 0)
		c->write_error = e;
	if (s->number == 2 && e != EPIPE && e != EIO)
		s->at = s->len = 0;
	else
		pg_child_stream_end(c, s);
}

/* Less than all means that there is no room: poll() will tell when there is. */
static bool put(struct pg_child *c, struct pg_child_stream *s)
{
	s->waits = false;
	if (s->at == s->len)
		return false;
	ssize_t n = pg_child_out_write(&s->out, s->bytes + s->at, s->len - s->at);
	if (n >= 0)
		s->at += (size_t)n;
	else if (n != -EAGAIN)
		failed(c, s, (int)-n);
	s->waits = s->at < s->len;
	return n != -EAGAIN;
}

/* A terminal gives 4 KiB a read: as many as there are, up to a chunk. */
static void get(struct pg_child *c, struct pg_child_stream *s)
{
	s->at = s->len = 0;
	while (s->len < PG_CHILD_BYTES) {
		char *to = s->bytes + s->len;
		size_t room = PG_CHILD_BYTES - s->len;
		ssize_t n = s->pty ? pg_child_terminal_read(s, to, room) : read(s->from, to, room);
		if (n < 0 && s->set)
			break; /* what was read before goes out before */
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0 && s->len > 0)
			break; /* its end is found again */
		if (n <= 0) {
			pg_child_stream_end(c, s); /* of a pty: EIO */
			return;
		}
		s->len += (size_t)n;
		if (!s->pty)
			break;
	}
	if (s->len > 0 && c->seen)
		c->seen(c->arg, s->number, s->bytes, s->len);
}

/* ---- from pipe to pipe ----------------------------------------------------------------------- */

/* Takes out what has gone on by tee(2), to be looked at. */
static void take_out(struct pg_child *c, struct pg_child_stream *s, size_t n)
{
	while (n > 0) {
		ssize_t got = read(s->from, s->bytes, n < PG_CHILD_BYTES ? n : PG_CHILD_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break; /* cannot be: nobody else reads there */
		n -= (size_t)got;
		if (c->seen)
			c->seen(c->arg, s->number, s->bytes, (size_t)got);
	}
}

/*
 * The pages are handed on, and only looked at here: a copy less. It does not wait, whatever flags
 * the description has. What is left then had no room. 1: something moved; 0: nothing now; -1: it
 * cannot be done with these two.
 */
static int hand_on(struct pg_child *c, struct pg_child_stream *s)
{
	int left = 0;
	ssize_t n = tee(s->from, s->out.fd, PIPE_BYTES, SPLICE_F_NONBLOCK);
	int e = errno;
	if (n > 0)
		take_out(c, s, (size_t)n);
	else if (n == 0)
		pg_child_stream_end(c, s);
	else if (e == EPIPE)
		failed(c, s, EPIPE);
	else if (e != EAGAIN && e != EINTR)
		return -1;
	s->waits = s->from >= 0 && ioctl(s->from, FIONREAD, &left) == 0 && left > 0;
	return n >= 0;
}

/* ---------------------------------------------------------------------------------------------- */

static bool copy(struct pg_child *c, struct pg_child_stream *s)
{
	bool any = put(c, s);
	if (s->from < 0 || s->waits)
		return any;
	if (s->set)
		pg_child_terminal_follow(s);
	get(c, s);
	if (s->from < 0 || s->len == 0)
		return any || s->set;
	put(c, s);
	return true;
}

static bool copy_some(struct pg_child *c, struct pg_child_stream *s)
{
	bool any = false;
	for (int i = 0; (i < ROUNDS || s->set) && s->from >= 0; i++) {
		bool moved = copy(c, s);
		any = any || moved;
		if (!moved || s->waits)
			break;
	}
	return any;
}

bool pg_child_stream_pass(struct pg_child *c, struct pg_child_stream *s)
{
	if (s->file >= 0)
		return pg_child_file_pass(c, s);
	int moved = s->hand_on ? hand_on(c, s) : -1;
	if (moved >= 0)
		return moved > 0;
	s->hand_on = false;
	return copy_some(c, s);
}
