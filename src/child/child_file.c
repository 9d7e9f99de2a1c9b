/* SPDX-License-Identifier: MIT */
/*
 * A regular file is not written to for the command: it has our very descriptor, so that it is as
 * fast, may seek, and sees a full disk, as without us. What it writes is read from the file a
 * little later: as far as the position of the open file description, which is ours as well, has
 * moved. That of O_APPEND moves with each write, too, and stands anywhere before the first. A timer
 * tells when to look; there is no event that would not wake us for each write.
 */
#include "child_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SOON_NS   4000000L
#define SELDOM_NS 64000000L
#define CHUNKS    64 /* in one go; then signals have their turn */

static off_t position(const struct pg_child_stream *s)
{
	return lseek(s->out.fd, 0, SEEK_CUR);
}

static bool set_position(struct pg_child_stream *s)
{
	struct stat st;
	int flags = fcntl(s->out.fd, F_GETFL);
	s->position = position(s);
	if (flags < 0 || s->position < 0 || fstat(s->out.fd, &st) < 0)
		return false;
	s->looked = flags & O_APPEND ? st.st_size : s->position;
	return true;
}

static void set_timer(struct pg_child_stream *s, long ns)
{
	struct itimerspec when = {.it_value.tv_nsec = ns};
	s->wait_ns = ns;
	timerfd_settime(s->from, 0, &when, NULL);
}

bool pg_child_file_open(struct pg_child_stream *s)
{
	char path[32];
	if (!set_position(s))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->out.fd);
	s->file = pg_child_high(open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC));
	if (s->file < 0)
		return false; /* not ours to read: in copies then */
	s->from = pg_child_high(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (s->from < 0) {
		pg_child_shut(&s->file);
		return false;
	}
	set_timer(s, SOON_NS);
	return true;
}

/* A hole may be larger than can ever be read; none of its bytes is shown. */
static void pass_hole(struct pg_child_stream *s)
{
	off_t data = lseek(s->file, s->looked, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		data = s->position; /* nothing but a hole to the end */
	if (data > s->looked)
		s->looked = data < s->position ? data : s->position;
}

/* Up to the position, in chunks, at most so many; true if there is more. */
static bool look(struct pg_child *c, struct pg_child_stream *s, size_t chunks)
{
	for (; s->looked < s->position && chunks > 0; chunks--) {
		pass_hole(s);
		off_t left = s->position - s->looked;
		size_t n = left < PG_CHILD_BYTES ? (size_t)left : PG_CHILD_BYTES;
		ssize_t got = pread(s->file, s->bytes, n, s->looked);
		if (got <= 0) { /* it was made shorter, or cannot be read here */
			s->looked = s->position;
			break;
		}
		s->looked += got;
		if (c->seen)
			c->seen(c->arg, s->number, s->bytes, (size_t)got);
	}
	return s->looked < s->position;
}

static void find_position(struct pg_child_stream *s)
{
	off_t now = position(s);
	if (now >= 0 && now != s->position) {
		s->position = now;
		s->looked = s->looked < now ? s->looked : now; /* it went back */
	}
}

bool pg_child_file_pass(struct pg_child *c, struct pg_child_stream *s)
{
	off_t before = s->looked;
	if (!s->ending)
		find_position(s);
	bool more = look(c, s, CHUNKS), moved = s->looked != before;
	if (!more && s->ending) {
		pg_child_stream_end(c, s);
		return true;
	}
	if (more)
		set_timer(s, 1);
	else if (moved || s->wait_ns < SOON_NS)
		set_timer(s, SOON_NS);
	else
		set_timer(s, s->wait_ns < SELDOM_NS ? 2 * s->wait_ns : SELDOM_NS);
	return moved;
}

void pg_child_file_end(struct pg_child_stream *s)
{
	find_position(s);
	s->ending = true;
	set_timer(s, 1);
}
