/* SPDX-License-Identifier: MIT */
/*
 * Each line is read into a record, which is put into the profile by its type. A line that cannot be
 * read is left out and the rest goes on: of a log that was damaged in one place all the rest is
 * still worth something.
 */
#include "fd_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fd_log_impl.h"

#define CHUNK      65536
#define LINE_BYTES (16u << 20)

/* ---- lines ---------------------------------------------------------------------------------- */

struct lines {
	int fd;
	struct pg_buf buf;
	size_t at; /* in buf: the next line */
	bool eof;
	uint64_t number; /* of the line that was given last */
};

enum line { LINE_WHOLE, LINE_CUT, LINE_TOO_LONG, LINE_NONE };

/* More bytes behind those that were not given yet, which move to the front. 0 or -errno. */
static int read_more(struct lines *l)
{
	if (l->at) {
		memmove(l->buf.data, l->buf.data + l->at, l->buf.len - l->at);
		l->buf.len -= l->at;
		l->at = 0;
	}
	pg_buf_reserve(&l->buf, CHUNK);
	ssize_t n;
	do
		n = read(l->fd, l->buf.data + l->buf.len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->eof = n == 0;
	l->buf.len += (size_t)n;
	return 0;
}

/* enum line, or -errno. The text is valid until the next call. */
static int next_line(struct lines *l, const char **s, size_t *n)
{
	bool too_long = false;
	size_t seen = 0; /* bytes of the line that have no newline */
	for (;;) {
		size_t left = l->buf.len - l->at;
		const char *from = left ? l->buf.data + l->at : NULL;
		const char *nl = left > seen ? memchr(from + seen, '\n', left - seen) : NULL;
		if (!nl && l->eof && !left && !too_long)
			return LINE_NONE;
		if (nl || l->eof) {
			*s = from ? from : "";
			*n = nl ? (size_t)(nl - from) : left;
			l->at += *n + (nl != NULL);
			l->number++;
			return too_long ? LINE_TOO_LONG : nl ? LINE_WHOLE : LINE_CUT;
		}
		seen = left;
		if (seen > LINE_BYTES) {
			too_long = true;
			seen = l->buf.len = l->at = 0;
		}
		int ret = read_more(l);
		if (ret < 0)
			return ret;
	}
}

/* ---- records into the profile --------------------------------------------------------------- */

struct reading {
	struct pg_fd_profile *p;
	bool has_head;
	bool another; /* a second header was met */
};

static void take_sample(struct reading *g, struct pg_fd_record *r)
{
	struct pg_fd_profile *p = g->p;
	bool first = p->series.n + p->nr_unreadable == 0;
	if (first)
		p->zombie_tail = !g->has_head;
	if (first && !p->began && r->has_timestamp)
		p->began = r->timestamp - r->elapsed;
	pg_fd_profile_sample(p, r->has_elapsed ? r->elapsed : r->timestamp - p->began, &r->sample);
}

static void take_event(struct reading *g, struct pg_fd_record *r)
{
	struct pg_fd_event e = {.timestamp = r->timestamp,
				.elapsed = r->elapsed,
				.stream = (uint8_t)r->stream,
				.message = r->text};
	if (!r->has_elapsed && r->has_timestamp)
		e.elapsed = r->timestamp - g->p->began;
	if (!r->text)
		return;
	r->text = NULL;
	pg_fd_profile_event(g->p, &e);
}

static void take_cause(struct reading *g, struct pg_fd_record *r)
{
	struct pg_fd_cause c = {.elapsed = r->elapsed, .pid = (int32_t)r->pid, .parts = r->parts};
	r->parts = (struct pg_fd_parts){0};
	pg_fd_profile_cause(g->p, &c);
}

static void take_head(struct reading *g, struct pg_fd_record *r)
{
	if (g->has_head || g->p->series.n) {
		g->another = true;
		return;
	}
	g->has_head = true;
	g->p->began = r->timestamp;
	g->p->interval = r->interval > 0 ? r->interval : 0;
	g->p->is_command = r->has_command;
	free(g->p->what);
	g->p->what = r->text;
	r->text = NULL;
}

static void take_end(struct reading *g, struct pg_fd_record *r)
{
	struct pg_fd_profile *p = g->p;
	p->has_status = r->has_status;
	p->status = (int)r->status;
	p->over = r->over;
	p->ticks = r->ticks;
	p->late = r->late;
	p->skipped = r->skipped;
	p->events_left_out += r->left_out;
	p->ended = r->elapsed > p->ended ? r->elapsed : p->ended;
}

/* A type that is not known is a later version's. */
static void take(struct reading *g, struct pg_fd_record *r)
{
	if (!*r->type)
		take_sample(g, r);
	else if (strcmp(r->type, "event") == 0)
		take_event(g, r);
	else if (strcmp(r->type, "cause") == 0)
		take_cause(g, r);
	else if (strcmp(r->type, "header") == 0)
		take_head(g, r);
	else if (strcmp(r->type, "end") == 0)
		take_end(g, r);
	if (r->has_kinds)
		pg_fd_profile_kinds(g->p, r->kinds);
	g->p->kinds_refused |= r->kinds_refused;
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* What was left out: the first line with what is wrong there, and how many more there are. */
struct left_out {
	uint64_t lines, first;
	const char *why;
	uint64_t cut; /* number of the last line, if it is cut off; 0 */
};

static int read_lines(struct lines *l, struct reading *g, struct left_out *out)
{
	struct pg_fd_record r = {0};
	const char *s;
	size_t n;
	int line;
	while ((line = next_line(l, &s, &n)) >= 0 && line != LINE_NONE) {
		const char *why =
			line == LINE_TOO_LONG ? "too long a line" : pg_fd_record_read(&r, s, n);
		if (!why) {
			take(g, &r);
			if (g->another)
				why = "another log begins here: give it alone";
		}
		if (!why)
			continue;
		if (line == LINE_CUT) {
			out->cut = l->number;
			continue;
		}
		if (out->lines++ == 0) {
			out->first = l->number;
			out->why = why;
		}
		if (g->another)
			break;
	}
	pg_fd_record_free(&r);
	return line < 0 ? line : 0;
}

/* What remains to be said of it; 0, 1 or -errno as the header has it. */
static int conclude(const char *name, const struct lines *l, const struct reading *g,
		    const struct left_out *out, struct pg_error *notice, struct pg_error *err)
{
	const struct pg_fd_profile *p = g->p;
	if (p->series.n + p->nr_unreadable == 0) {
		if (out->lines)
			return pg_fail(err, -EBADMSG,
				       "%s:%llu: %s; this is no log of procgrid fd or fdprof", name,
				       (unsigned long long)out->first, out->why);
		return pg_fail(err, -ENODATA, "%s: %s", name,
			       l->number ? "there is no sample in it" : "it is empty");
	}
	if (out->lines > 1)
		pg_fail(notice, 0, "%s:%llu: %s; %llu lines were left out", name,
			(unsigned long long)out->first, out->why, (unsigned long long)out->lines);
	else if (out->lines)
		pg_fail(notice, 0, "%s:%llu: %s; the line was left out", name,
			(unsigned long long)out->first, out->why);
	else if (out->cut)
		pg_fail(notice, 0, "%s:%llu: the last line is cut off, and left out", name,
			(unsigned long long)out->cut);
	return out->lines ? 1 : 0;
}

int pg_fd_log_read(const char *path, struct pg_fd_profile *p, struct pg_error *notice,
		   struct pg_error *err)
{
	bool piped = strcmp(path, "-") == 0;
	const char *name = piped ? "stdin" : path;
	struct lines l = {.fd = STDIN_FILENO};
	struct reading g = {.p = p};
	struct left_out out = {0};
	*notice->text = *err->text = '\0';
	if (!piped)
		l.fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (l.fd < 0)
		return pg_fail(err, -errno, "cannot read %s: %s", path, strerror(errno));
	int ret = read_lines(&l, &g, &out);
	pg_buf_free(&l.buf);
	if (!piped)
		close(l.fd);
	if (ret < 0)
		return pg_fail(err, ret, "cannot read %s: %s", name, strerror(-ret));
	pg_fd_profile_finish(p, p->ended);
	return conclude(name, &l, &g, &out, notice, err);
}
