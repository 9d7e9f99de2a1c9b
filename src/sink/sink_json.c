/* SPDX-License-Identifier: MIT */
/* Lines of a stream (stream.h) on a descriptor: the header, and a line a frame. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/outlet.h"
#include "sink.h"
#include "stream/stream.h"

struct sink_json {
	struct pg_sink base;
	int fd, stop_fd;
	uint64_t key_every; /* 0: the first is the only one */
	struct pg_stream_head head;
	struct pg_stream_writer *writer;
	uint64_t frames;
	struct pg_buf buf;
};

static int json_frame(struct pg_sink *base, const struct pg_frame *f)
{
	struct sink_json *s = (struct sink_json *)base;
	if (s->frames == 0) {
		pg_stream_head_complete(&s->head, f->snap);
		pg_stream_put_head(s->writer, &s->head, &s->buf);
	}
	bool key = s->frames == 0 || (s->key_every && s->frames % s->key_every == 0);
	pg_stream_put_frame(s->writer, f->snap, s->frames, key, &s->buf);
	s->frames++;
	return pg_outlet_flush(&s->buf, s->fd, s->stop_fd);
}

static int json_begin(struct pg_sink *base)
{
	(void)base; /* the header is written with the first frame */
	return 0;
}

static int json_end(struct pg_sink *base)
{
	struct sink_json *s = (struct sink_json *)base;
	return pg_outlet_flush(&s->buf, s->fd, s->stop_fd);
}

static void json_free(struct pg_sink *base)
{
	struct sink_json *s = (struct sink_json *)base;
	pg_stream_writer_free(s->writer);
	pg_buf_free(&s->buf);
	free(s);
}

static const struct pg_sink_ops json_ops = {
	.name = "json",
	.begin = json_begin,
	.frame = json_frame,
	.end = json_end,
	.free = json_free,
};

/*
 * Key frames are for who jumps into the middle: in a file. Who reads a pipe or a socket has read
 * the first, and each further one would be as long as many of the others.
 */
static uint64_t key_distance(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? PG_STREAM_KEY_EVERY : 0;
}

struct pg_sink *pg_sink_json_new(const struct pg_json_options *o)
{
	struct sink_json *s = pg_calloc(1, sizeof(*s));
	s->base.ops = &json_ops;
	s->fd = o->fd;
	s->stop_fd = o->stop_fd;
	s->key_every = key_distance(o->fd);
	s->head = *o->head;
	s->writer = pg_stream_writer_new(o->compact);
	return &s->base;
}
