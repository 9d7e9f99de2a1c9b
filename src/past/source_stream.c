/* SPDX-License-Identifier: MIT */
#include "source_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/inlet.h"
#include "base/text.h"

#define BEGINNING_COLS 40 /* of what is no stream, in a message */

/* There is nobody to ask. */
static void know_nothing(struct pg_source *src, struct pg_inquiry q, struct pg_detail *out)
{
	(void)src;
	*out = (struct pg_detail){.of = q};
}

/* ---- as it comes ---------------------------------------------------------------------------- */

struct stream {
	struct pg_source base;
	int fd, stop_fd;
	char *name;
	struct pg_inlet *in;
	struct pg_stream_reader *reader;
	uint64_t frames; /* so far */
};

static struct stream *stream_of(struct pg_source *src)
{
	return (struct stream *)src;
}

/* Who sends nothing but headers never lets us wait: the wish to stop is looked for then, too. */
static bool is_stopped(const struct stream *s)
{
	struct pollfd p = {.fd = s->stop_fd, .events = POLLIN};
	return poll(&p, 1, 0) > 0;
}

/* False: the user wants to stop. */
static bool wait_for_input(const struct stream *s)
{
	struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN},
			      {.fd = s->stop_fd, .events = POLLIN}};
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return !p[1].revents;
}

static int at_the_end(const struct stream *s, struct pg_error *err)
{
	if (s->frames > 0)
		return PG_NEXT_END;
	return pg_fail(err, -ENODATA, "%s: %s", s->name,
		       pg_stream_reader_head(s->reader) ? "it ended before its first frame"
							: "nothing came, not even one whole line");
}

/* A greeting, a prompt, another program's output: what was read says most. */
static int refuse_other(const struct stream *s, int code, const char *line, size_t n,
			struct pg_error *err)
{
	struct pg_buf b = {0};
	pg_text_safe(&b, line, n, BEGINNING_COLS, true);
	pg_fail(err, code, "%s: not a stream of procgrid, but \"%s\"", s->name, pg_buf_cstr(&b));
	pg_buf_free(&b);
	return code;
}

static int refuse_line(const struct stream *s, int code, const char *why, struct pg_error *err)
{
	struct pg_inlet_place place = pg_inlet_tell(s->in);
	if (code == -EPROTO)
		return pg_fail(err, code, "%s: %s", s->name, why);
	if (!pg_stream_reader_head(s->reader))
		return pg_fail(err, code, "%s is not a stream of procgrid: %s", s->name, why);
	unsigned long long byte = place.frame ? place.frame : place.offset;
	if (s->frames == 0)
		return pg_fail(err, code,
			       "%s: damaged before the first frame, in the line at byte %llu: %s",
			       s->name, byte, why);
	return pg_fail(err, code, "%s: damaged after frame %llu, in the line at byte %llu: %s",
		       s->name, (unsigned long long)s->frames - 1, byte, why);
}

static int cannot_read(const struct stream *s, int code, const char *why, struct pg_error *err)
{
	if (s->frames == 0)
		return pg_fail(err, code, "%s: %s", s->name, why);
	return pg_fail(err, code, "%s: after frame %llu: %s", s->name,
		       (unsigned long long)s->frames - 1, why);
}

static int stream_next(struct pg_source *src, const struct pg_plan *plan, struct pg_snapshot *out,
		       struct pg_error *err)
{
	struct stream *s = stream_of(src);
	const char *line;
	size_t n, heads = 0;
	(void)plan;
	for (;;) {
		struct pg_error why = {""};
		int r = pg_inlet_line(s->in, &line, &n, &why);
		if (r == PG_INLET_WAIT) {
			if (!wait_for_input(s))
				return PG_NEXT_END;
			continue;
		}
		if (r == PG_INLET_END)
			return at_the_end(s, err);
		if (r < 0)
			return cannot_read(s, r, why.text, err);
		r = pg_stream_read(s->reader, line, n, out, &why);
		if (r < 0 && n > 0 && line[0] != '{' && !pg_stream_reader_head(s->reader))
			return refuse_other(s, r, line, n, err);
		if (r < 0)
			return refuse_line(s, r, why.text, err);
		if (r != PG_STREAM_HEAD) {
			s->frames++;
			return PG_NEXT_OK;
		}
		if (++heads > 1 && is_stopped(s))
			return PG_NEXT_END;
	}
}

static void stream_close(struct pg_source *src)
{
	struct stream *s = stream_of(src);
	pg_inlet_close(s->in);
	pg_stream_reader_free(s->reader);
	close(s->fd);
	free(s->name);
	free(s);
}

static const struct pg_source_ops stream_ops = {
	.name = "stream",
	.next = stream_next,
	.inspect = know_nothing,
	.close = stream_close,
};

struct pg_source *pg_source_stream_open(int fd, const char *name,
					const struct pg_stream_limits *limits, int stop_fd)
{
	struct stream *s = pg_calloc(1, sizeof(*s));
	*s = (struct stream){.base.ops = &stream_ops, .fd = fd, .stop_fd = stop_fd};
	s->name = pg_strdup(name);
	s->in = pg_inlet_open(fd, limits->line);
	pg_inlet_stop_on(s->in, stop_fd);
	s->reader = pg_stream_reader_new(limits);
	return &s->base;
}

/* ---- out of a recording --------------------------------------------------------------------- */

struct replay {
	struct pg_source base;
	struct pg_past *past;
	uint64_t next;
	struct pg_error notice;
};

static struct replay *replay_of(struct pg_source *src)
{
	return (struct replay *)src;
}

static int replay_next(struct pg_source *src, const struct pg_plan *plan, struct pg_snapshot *out,
		       struct pg_error *err)
{
	struct replay *r = replay_of(src);
	(void)plan;
	if (r->next < r->past->ops->first(r->past))
		r->next = r->past->ops->first(r->past);
	if (r->next >= r->past->ops->end(r->past))
		return *r->notice.text ? pg_fail(err, -EBADMSG, "%s", r->notice.text) : PG_NEXT_END;
	int ret = r->past->ops->get(r->past, r->next, out, err);
	r->next++;
	return ret < 0 ? ret : PG_NEXT_OK;
}

static void replay_close(struct pg_source *src)
{
	struct replay *r = replay_of(src);
	r->past->ops->close(r->past);
	free(r);
}

static const struct pg_source_ops replay_ops = {
	.name = "recording",
	.next = replay_next,
	.inspect = know_nothing,
	.close = replay_close,
};

struct pg_source *pg_source_recording_open(struct pg_past *recording, const struct pg_error *notice)
{
	struct replay *r = pg_calloc(1, sizeof(*r));
	*r = (struct replay){.base.ops = &replay_ops, .past = recording, .notice = *notice};
	return &r->base;
}

const struct pg_stream_head *pg_source_stream_head(struct pg_source *src)
{
	if (src->ops == &stream_ops)
		return pg_stream_reader_head(stream_of(src)->reader);
	return src->ops == &replay_ops ? pg_recording_head(replay_of(src)->past) : NULL;
}
