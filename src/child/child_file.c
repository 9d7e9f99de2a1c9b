/* SPDX-License-Identifier: MIT */
/*
 * A regular file is not written to for the command: it has our very descriptor, so that it is as
 * fast, may seek, and sees a full disk, as without us. What it writes is read from the file a
 * little later: as far as the position of the open file description, which is ours as well, has
 * moved. That of O_APPEND moves with each write, too, and stands anywhere before the first. A timer
 * tells when to look; there is no event that would not wake us for each write.
 *
 * The position moves when a call ends, and one copy_file_range(2) of cat(1) may be 2 GiB. While the
 * position stands still and stood at the end of the file, what grows behind it is such a call under
 * way, and is read already.
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

struct place {
	off_t position, size;
	bool append;
};

/* Not by lseek(2), which waits for a write that is under way (fdget_pos() in fs/file.c). */
static bool find_place(const struct pg_child_stream *s, struct place *p)
{
	char text[128];
	long long position;
	unsigned flags;
	struct stat st;
	ssize_t n = pread(s->info, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "pos: %lld flags: %o", &position, &flags) != 2 ||
	    fstat(s->out.fd, &st) < 0)
		return false;
	*p = (struct place){.position = position, .size = st.st_size, .append = flags & O_APPEND};
	return true;
}

static void set_timer(struct pg_child_stream *s, long ns)
{
	struct itimerspec when = {.it_value.tv_nsec = ns};
	s->wait_ns = ns;
	timerfd_settime(s->from, 0, &when, NULL);
}

static int open_own(const char *form, int fd)
{
	char path[32];
	snprintf(path, sizeof(path), form, fd);
	return pg_child_high(open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC));
}

static bool open_all(struct pg_child_stream *s)
{
	struct place p;
	s->info = open_own("/proc/self/fdinfo/%d", s->out.fd);
	if (s->info < 0 || !find_place(s, &p))
		return false;
	s->position = p.position;
	s->looked = p.append ? p.size : p.position;
	s->at_end = p.position >= p.size;
	s->may_grow = true;
	s->file = open_own("/proc/self/fd/%d", s->out.fd);
	if (s->file < 0)
		return false; /* not ours to read: in copies then */
	s->from = pg_child_high(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	return s->from >= 0;
}

bool pg_child_file_open(struct pg_child_stream *s)
{
	if (open_all(s)) {
		set_timer(s, SOON_NS);
		return true;
	}
	pg_child_shut(&s->info);
	pg_child_shut(&s->file);
	return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

static size_t without_zeros_behind(const char *bytes, size_t n)
{
	while (n > 0 && bytes[n - 1] == '\0')
		n--;
	return n;
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

/* One chunk of what lies before `end`. -errno or 0: it was made shorter, or cannot be read here. */
static ssize_t read_some(struct pg_child_stream *s, off_t end)
{
	off_t left = end - s->looked;
	return pread(s->file, s->bytes, left < PG_CHILD_BYTES ? (size_t)left : PG_CHILD_BYTES,
		     s->looked);
}

static void show(struct pg_child *c, struct pg_child_stream *s, size_t n)
{
	s->looked += (off_t)n;
	if (c->seen && n > 0)
		c->seen(c->arg, s->number, s->bytes, n);
}

/* Up to the position. Whether it is a hole is asked where there is nothing but zeros: that waits
 * for a write that is under way. */
static void look(struct pg_child *c, struct pg_child_stream *s, size_t *chunks)
{
	while (*chunks > 0 && s->looked < s->position) {
		--*chunks;
		ssize_t got = read_some(s, s->position);
		if (got <= 0) {
			s->looked = s->position;
			break;
		}
		show(c, s, (size_t)got);
		if (without_zeros_behind(s->bytes, (size_t)got) == 0)
			pass_hole(s);
	}
}

/* Behind the position. Zeros may be room that was made before it is written to. */
static void look_ahead(struct pg_child *c, struct pg_child_stream *s, off_t end, size_t *chunks)
{
	while (*chunks > 0 && s->looked < end) {
		--*chunks;
		ssize_t got = read_some(s, end);
		size_t n = got > 0 ? without_zeros_behind(s->bytes, (size_t)got) : 0;
		show(c, s, n);
		if (got <= 0 || n < (size_t)got)
			break;
	}
}

/*
 * Where the command has got. One that goes back, or does not come as far as was read ahead (so
 * that others wrote there), is read again from there, and nothing is read ahead any more.
 */
static void find_position(struct pg_child_stream *s, struct place *now)
{
	*now = (struct place){.position = s->position};
	if (!find_place(s, now) || now->position == s->position)
		return;
	if (now->position < s->looked) {
		s->looked = now->position < s->position ? now->position : s->position;
		s->may_grow = false;
	}
	s->position = now->position;
	s->at_end = now->position >= now->size;
}

bool pg_child_file_pass(struct pg_child *c, struct pg_child_stream *s)
{
	off_t before = s->looked;
	size_t chunks = CHUNKS;
	struct place now = {0};
	if (!s->ending)
		find_position(s, &now);
	look(c, s, &chunks);
	if (!s->ending && s->may_grow && s->at_end && !now.append)
		look_ahead(c, s, now.size, &chunks);
	bool moved = s->looked != before;
	if (s->ending && s->looked >= s->position) {
		pg_child_stream_end(c, s);
		return true;
	}
	if (chunks == 0)
		set_timer(s, 1);
	else if (moved || s->wait_ns < SOON_NS)
		set_timer(s, SOON_NS);
	else
		set_timer(s, s->wait_ns < SELDOM_NS ? 2 * s->wait_ns : SELDOM_NS);
	return moved;
}

void pg_child_file_end(struct pg_child_stream *s)
{
	struct place now;
	find_position(s, &now);
	s->ending = true;
	set_timer(s, 1);
}
