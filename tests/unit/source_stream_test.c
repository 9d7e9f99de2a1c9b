/* SPDX-License-Identifier: MIT */
/*
 * Promise: a stream is given frame by frame as it comes, waiting can be ended, and whatever ends it
 * is told with its name and place; a past is given from its beginning to its end.
 */
#include "past/source_stream.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "streams.h"

static const struct pg_stream_limits limits = {.line = 1 << 20, .tasks = 1000};
static const struct pg_plan plan = {.groups = PG_PLAN_ALL_GROUPS};

/* A header and frames, each of one process with as many threads as its number says. */
static void put_stream(struct pg_buf *b, unsigned nr)
{
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	struct pg_stream_head head = {.version = 1, .compact = true, .ticks_per_sec = 100};
	strcpy(head.host, "db1");
	pg_stream_put_head(w, &head, b);
	for (unsigned i = 0; i < nr; i++) {
		struct pg_snapshot s = {.mono_ns = i + 1, .ticks_per_sec = 100};
		struct pg_block block = {0};
		pg_block_begin(&block, 10, PG_SCOPE_THREADS);
		for (unsigned k = 0; k <= i; k++) {
			struct pg_task t = {.tid = 10 + (int32_t)k, .start = 5, .state = 'S'};
			pg_block_put(&block, &t);
		}
		pg_snapshot_add(&s, pg_block_end(&block, NULL));
		pg_stream_put_frame(w, &s, i, i == 0, b);
		pg_snapshot_free(&s);
		pg_block_free(&block);
	}
	pg_stream_writer_free(w);
}

/* The number of tasks of the next frame; else what next() said. */
static int next(struct pg_source *src, struct pg_error *err)
{
	struct pg_snapshot s = {0};
	int r = src->ops->next(src, &plan, &s, err);
	if (r == PG_NEXT_OK)
		r = 100 + (int)s.nr_tasks;
	pg_snapshot_free(&s);
	return r;
}

static void write_all(int fd, const char *bytes, size_t n)
{
	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
}

Test(source_stream, frames_as_they_come)
{
	struct pg_buf b = {0};
	struct pg_error err = {""};
	int p[2];
	put_stream(&b, 3);
	cr_assert_eq(pipe(p), 0);
	struct pg_source *src = pg_source_stream_open(p[0], "host db1", &limits, -1);
	cr_expect_not(src->paced);
	cr_expect_null(pg_source_stream_head(src));
	write_all(p[1], b.data, b.len - 1); /* the last frame is not whole */
	cr_expect_eq(next(src, &err), 101, "%s", err.text);
	cr_expect_str_eq(pg_source_stream_head(src)->host, "db1");
	cr_expect_eq(next(src, &err), 102, "%s", err.text);
	close(p[1]);
	cr_expect_eq(next(src, &err), PG_NEXT_END);
	cr_expect_eq(next(src, &err), PG_NEXT_END);

	struct pg_detail d;
	src->ops->inspect(src, (struct pg_inquiry){.key = {10, 10, 5}}, &d);
	cr_expect(!d.gone && !d.cmdline && !d.exe && d.of.key.pid == 10);
	src->ops->close(src);
	cr_expect_eq(fcntl(p[0], F_GETFD), -1, "the descriptor was its own");
	pg_buf_free(&b);
}

Test(source_stream, waiting_can_be_ended)
{
	struct pg_buf b = {0};
	struct pg_error err = {""};
	int p[2], stop[2];
	put_stream(&b, 2);
	cr_assert(pipe(p) == 0 && pipe(stop) == 0);
	struct pg_source *src = pg_source_stream_open(p[0], "stdin", &limits, stop[0]);
	write_all(p[1], b.data, b.len - 10);
	write_all(stop[1], "", 1);
	cr_expect_eq(next(src, &err), 101, "what is there is given: %s", err.text);
	cr_expect_eq(next(src, &err), PG_NEXT_END);
	src->ops->close(src);
	cr_expect_geq(fcntl(stop[0], F_GETFD), 0, "it is the caller's");
	close(p[1]);
	pg_buf_free(&b);
}

Test(source_stream, who_sends_headers_only_can_be_ended)
{
	struct pg_buf b = {0};
	struct pg_error err = {""};
	int p[2], stop[2];
	put_stream(&b, 0);
	put_stream(&b, 1);
	cr_assert(pipe(p) == 0 && pipe(stop) == 0);
	struct pg_source *src = pg_source_stream_open(p[0], "stdin", &limits, stop[0]);
	write_all(p[1], b.data, b.len);
	write_all(stop[1], "", 1);
	cr_expect_eq(next(src, &err), PG_NEXT_END, "no frame is waited for behind two headers");
	src->ops->close(src);
	close(p[1]);
	pg_buf_free(&b);
}

/* Frames of zstd with nothing in them, for ever: there is always something to read. */
Test(source_stream, who_sends_nothing_without_end_can_be_ended, .timeout = 60)
{
	static const char nothing[] = "\x28\xb5\x2f\xfd\x20\x00\x01\x00";
	char many[512 * sizeof(nothing)];
	struct pg_error err = {""};
	int p[2], stop[2];
	for (size_t i = 0; i < sizeof(many); i += sizeof(nothing))
		memcpy(many + i, nothing, sizeof(nothing)); /* with the 0 at its end */
	cr_assert(pipe(p) == 0 && pipe(stop) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(p[0]);
		while (write(p[1], many, sizeof(many)) > 0)
			;
		_exit(0);
	}
	close(p[1]);
	struct pg_source *src = pg_source_stream_open(p[0], "stdin", &limits, stop[0]);
	write_all(stop[1], "", 1);
	cr_expect_eq(next(src, &err), PG_NEXT_END, "%s", err.text);
	src->ops->close(src);
	cr_expect_eq(waitpid(pid, NULL, 0), pid, "it ends by SIGPIPE");
}

Test(source_stream, what_is_wrong_is_told)
{
	static const struct {
		const char *add; /* behind so many frames, or else alone */
		int frames, code;
		const char *says;
	} t[] = {
		{"", -1, -ENODATA, "host a: nothing came"},
		{"Permission denied (publickey).\n", -1, -EBADMSG,
		 "host a: not a stream of procgrid, but \"Permission denied (pu"},
		{"", 0, -ENODATA, "host a: it ended before its first frame"},
		{"{\"procgrid\":77,\"fields\":[]}\n", -1, -EPROTO, "77"},
		{"hello\n", 0, -EBADMSG,
		 "host a: damaged before the first frame, in the line at byte "},
		{"{\"frame\":7,\"mono_ns\":1,\"wall_ns\":1,\"changed\":[]}\n", 2, -EBADMSG,
		 "host a: damaged after frame 1, in the line at byte "},
		{"hello\n", 2, -EBADMSG, "host a: damaged after frame 1, in the line at byte "},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf b = {0};
		struct pg_error err = {""};
		int p[2];
		cr_assert_eq(pipe(p), 0);
		if (t[i].frames >= 0)
			put_stream(&b, (unsigned)t[i].frames);
		pg_buf_puts(&b, t[i].add);
		write_all(p[1], b.data, b.len);
		close(p[1]);
		struct pg_source *src = pg_source_stream_open(p[0], "host a", &limits, -1);
		for (int k = 0; k < t[i].frames; k++)
			cr_expect_eq(next(src, &err), 101 + k);
		cr_expect_eq(next(src, &err), t[i].code, "%s", err.text);
		cr_expect(strstr(err.text, t[i].says), "\"%s\" is not \"%s\"", err.text, t[i].says);
		src->ops->close(src);
		pg_buf_free(&b);
	}
}

Test(source_stream, a_recording_to_its_end)
{
	struct pg_buf b = {0};
	struct pg_error err = {""}, notice;
	FILE *f = tmpfile();
	put_stream(&b, 5);
	pg_buf_puts(&b, "damage\n");
	cr_assert(f && fwrite(b.data, 1, b.len, f) == b.len && fflush(f) == 0);
	int fd = dup(fileno(f));
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	struct pg_past *past = pg_recording_open_fd(fd, "F", &notice, &err);
	cr_assert(past, "%s", err.text);
	struct pg_source *src = pg_source_recording_open(past, &notice);
	cr_expect_str_eq(pg_source_stream_head(src)->host, "db1");
	for (int i = 0; i < 5; i++)
		cr_expect_eq(next(src, &err), 101 + i);
	cr_expect_eq(next(src, &err), -EBADMSG);
	cr_expect_str_eq(err.text, notice.text);
	src->ops->close(src);

	fd = dup(fileno(f));
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	src = pg_source_recording_open(pg_recording_open_fd(fd, "F", &notice, &err),
				       &(struct pg_error){""});
	for (int i = 0; i < 5; i++)
		cr_expect_eq(next(src, &err), 101 + i);
	cr_expect_eq(next(src, &err), PG_NEXT_END);
	src->ops->close(src);
	fclose(f);
	pg_buf_free(&b);
}
