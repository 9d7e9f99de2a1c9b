/* SPDX-License-Identifier: MIT */
/*
 * Promise: a header, then a line a frame, each whole; key frames come at their distance in a file,
 * and only once into a pipe.
 */
#include "sink/sink.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "blocks.h"
#include "stream/stream.h"

#define KEY "\"key\":true"

static struct pg_sink *open_sink(int fd, int stop_fd, bool compact, const struct pg_stream_head *h)
{
	const struct pg_json_options o = {
		.fd = fd, .stop_fd = stop_fd, .compact = compact, .head = h};
	struct pg_sink *s = pg_sink_json_new(&o);
	cr_expect_eq(s->ops->begin(s), 0);
	return s;
}

static struct stage *one_process(void)
{
	struct stage *s = pg_calloc(1, sizeof(*s));
	struct pg_proc *const blocks[] = {block_new(40, 2), NULL};
	stage_add(s, 0, blocks);
	stage_frame(s, 0);
	return s;
}

static void free_stage(struct stage *s)
{
	stage_free(s);
	free(s);
}

Test(sink_json, header_and_frames)
{
	const struct pg_stream_head head = {.groups = 0xff, .program = "p"};
	struct stage *s = one_process();
	int fd = scratch_file();
	struct pg_sink *sink = open_sink(fd, -1, false, &head);
	strcpy(s->snaps[0].host.name, "here");
	for (int i = 0; i < 3; i++)
		cr_expect_eq(sink->ops->frame(sink, &s->frame), 0);
	cr_expect_eq(sink->ops->end(sink), 0);
	char *text = scratch_text(fd);
	cr_expect_eq(count_lines(text), 4u);
	/* What only the first frame knows is taken from it. */
	cr_expect(strstr(nth_line(text, 0), "\"host\":\"here\",\"ticks_per_sec\":100,"
					    "\"boot_wall_ns\":\"1795131800000000000\""),
		  "%s", text);
	for (int i = 1; i < 4; i++) {
		char begin[32];
		snprintf(begin, sizeof(begin), "{\"frame\":%d," KEY, i - 1);
		cr_expect_eq(strncmp(nth_line(text, i), begin, strlen(begin)), 0, "%s", text);
		cr_expect(strstr(nth_line(text, i), "\"tasks\":[{\"pid\":40,\"tid\":40,"));
	}
	free(text);
	sink->ops->free(sink);
	close(fd);
	free_stage(s);
}

Test(sink_json, key_frames_have_a_distance)
{
	const struct pg_stream_head head = {
		.ticks_per_sec = 250, .boot_wall_ns = 7, .host = "there"};
	struct stage *s = one_process();
	int fd = scratch_file();
	struct pg_sink *sink = open_sink(fd, -1, true, &head);
	for (int i = 0; i < 2 * PG_STREAM_KEY_EVERY + 1; i++)
		cr_expect_eq(sink->ops->frame(sink, &s->frame), 0);
	char *text = scratch_text(fd);
	cr_expect(strstr(nth_line(text, 0), "\"host\":\"there\",\"ticks_per_sec\":250,"
					    "\"boot_wall_ns\":7,"),
		  "%s", nth_line(text, 0)); /* a recording keeps its own */
	for (int i = 0; i < 2 * PG_STREAM_KEY_EVERY + 1; i++) {
		const char *line = nth_line(text, i + 1);
		cr_expect_eq(strstr(line, KEY) != NULL, i % PG_STREAM_KEY_EVERY == 0, "%d", i);
		cr_expect(
			strstr(line, i % PG_STREAM_KEY_EVERY ? "\"changed\":[]}" : "\"tasks\":[["));
	}
	free(text);
	sink->ops->free(sink);
	close(fd);
	free_stage(s);
}

/* Read as fast as it is written, or it would stand still: lines of a tiny process are short. */
Test(sink_json, who_reads_a_pipe_gets_one_key_frame)
{
	const struct pg_stream_head head = {.host = "there"};
	struct stage *s = one_process();
	struct pg_buf text = {0};
	char bytes[4096];
	int p[2];
	cr_assert_eq(pipe(p), 0);
	struct pg_sink *sink = open_sink(p[1], -1, true, &head);
	for (int i = 0; i < 2 * PG_STREAM_KEY_EVERY + 1; i++) {
		cr_expect_eq(sink->ops->frame(sink, &s->frame), 0);
		ssize_t n = read(p[0], bytes, sizeof(bytes));
		cr_assert_gt(n, 0);
		pg_buf_put(&text, bytes, (size_t)n);
	}
	const char *line = strchr(pg_buf_cstr(&text), '\n') + 1;
	cr_expect_eq(strncmp(line, "{\"frame\":0," KEY, strlen("{\"frame\":0," KEY)), 0, "%s",
		     line);
	cr_expect_null(strstr(strchr(line, '\n'), KEY));
	cr_expect(strstr(line, "{\"frame\":120,"));
	pg_buf_free(&text);
	sink->ops->free(sink);
	close(p[0]);
	close(p[1]);
	free_stage(s);
}

Test(sink_json, errors_of_the_write)
{
	const struct pg_stream_head head = {0};
	struct stage *s = one_process();
	int pipe_fd[2], stop = eventfd(1, 0);
	cr_assert_eq(pipe(pipe_fd), 0);
	struct pg_sink *sink = open_sink(pipe_fd[1], stop, true, &head);
	cr_expect_eq(sink->ops->frame(sink, &s->frame), -EINTR); /* the user wants to stop */
	char byte;
	close(pipe_fd[1]);
	cr_expect_eq(read(pipe_fd[0], &byte, 1), 0); /* and nothing of it was written */
	sink->ops->free(sink);
	sink = open_sink(pipe_fd[0], -1, true, &head);
	cr_expect_lt(sink->ops->frame(sink, &s->frame), 0);
	sink->ops->free(sink);
	close(pipe_fd[0]);
	close(stop);
	free_stage(s);
}
