/* SPDX-License-Identifier: MIT */
/* Promise: any bytes become one cell of one line; a descriptor gets whole lines or says why not. */
#include "sink/csv.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/outlet.h"
#include "blocks.h"

Test(csv, a_text_is_escaped_and_quoted_where_it_must_be)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"bash", "bash"},
		{"", "\"\""},
		{"a b", "a b"},
		{"a,b", "\"a,b\""},
		{"say \"hi\"", "\"say \"\"hi\"\"\""},
		{"\"", "\"\"\"\""},
		{"\"\"", "\"\"\"\"\"\""},
		{",\"", "\",\"\"\""},
		{"=1+1", "\\x3D1+1"},
		{"-5", "\\x2D5"},
		{"two\nlines\r", "two\\x0Alines\\x0D"},
		{"back\\slash", "back\\x5Cslash"},
		{"\xff,", "\"\\xFF,\""},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_buf b = {0};
		pg_buf_puts(&b, "x,"); /* what stood before stays */
		pg_csv_text(&b, cases[i].in, strlen(cases[i].in));
		cr_expect_str_eq(pg_buf_cstr(&b) + 2, cases[i].out);
		cr_expect(memcmp(b.data, "x,", 2) == 0);
		pg_buf_free(&b);
	}
}

Test(csv, a_number_keeps_its_sign_and_anything_else_is_a_text)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"0", "0"},
		{"-1", "-1"},
		{"18446744073709551615", "18446744073709551615"},
		{"-", "\\x2D"},
		{"-1x", "\\x2D1x"},
		{"--1", "\\x2D-1"},
		{"+1", "\\x2B1"},
		{"0-3,7", "\"0-3,7\""},
		{"=1", "\\x3D1"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_buf b = {0};
		pg_csv_number(&b, cases[i].in, strlen(cases[i].in));
		cr_expect_str_eq(pg_buf_cstr(&b), cases[i].out);
		pg_buf_free(&b);
	}
}

Test(csv, values_are_plain_and_the_unknown_is_empty)
{
	const struct {
		struct pg_value v;
		const char *out;
	} cases[] = {
		{{.kind = PG_UNKNOWN}, ""},
		{{.kind = PG_U64, .u = UINT64_MAX}, "18446744073709551615"},
		{{.kind = PG_I64, .i = INT64_MIN}, "-9223372036854775808"},
		{{.kind = PG_TEXT, .text = {"a,b", 3}}, "\"a,b\""},
		{{.kind = PG_TIME, .i = STAGE_WALL + 123000000}, "2026-11-20T00:00:00.123"},
		{{.kind = PG_TIME, .i = STAGE_WALL + 123000000}, "2026-11-20T00:00:00.123"},
		{{.kind = PG_TIME, .i = STAGE_WALL}, "2026-11-20T00:00:00.000"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_buf b = {0};
		pg_csv_value(&b, &cases[i].v);
		cr_expect_str_eq(pg_buf_cstr(&b), cases[i].out);
		pg_buf_free(&b);
	}
}

/* Lines of odd lengths, more than a pipe holds; one of them longer than PIPE_BUF. */
static void put_lines(struct pg_buf *b)
{
	for (int i = 0; i < 2000; i++) {
		int width = i == 1000 ? 9000 : 20 + i % 117;
		for (int k = 0; k < width; k++)
			pg_buf_putc(b, (char)('a' + i % 26));
		pg_buf_putc(b, '\n');
	}
}

struct reader {
	int fd;
	size_t limit; /* bytes after which it goes away */
	struct pg_buf got;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	char piece[1000];
	ssize_t n;
	while (r->got.len < r->limit && (n = read(r->fd, piece, sizeof(piece))) > 0)
		pg_buf_put(&r->got, piece, (size_t)n);
	close(r->fd);
	return NULL;
}

Test(csv, a_slow_reader_gets_every_byte, .timeout = 20)
{
	for (int nonblock = 0; nonblock < 2; nonblock++) {
		int p[2];
		pthread_t t;
		cr_assert_eq(pipe(p), 0);
		if (nonblock)
			fcntl(p[1], F_SETFL, O_NONBLOCK);
		struct reader r = {.fd = p[0], .limit = SIZE_MAX};
		pthread_create(&t, NULL, read_all, &r);
		struct pg_buf b = {0}, copy = {0};
		put_lines(&b);
		put_lines(&copy);
		cr_expect_eq(pg_outlet_flush(&b, p[1], -1), 0);
		cr_expect_eq(b.len, 0);
		close(p[1]);
		pthread_join(t, NULL);
		cr_assert_eq(r.got.len, copy.len);
		cr_expect(memcmp(r.got.data, copy.data, copy.len) == 0);
		pg_buf_free(&r.got);
		pg_buf_free(&copy);
		pg_buf_free(&b);
	}
}

Test(csv, a_reader_that_goes_away_is_told_apart, .timeout = 20)
{
	int p[2];
	pthread_t t;
	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(p), 0);
	struct reader r = {.fd = p[0], .limit = 5000};
	pthread_create(&t, NULL, read_all, &r);
	struct pg_buf b = {0};
	put_lines(&b);
	cr_expect_eq(pg_outlet_flush(&b, p[1], -1), -EPIPE);
	pthread_join(t, NULL);
	close(p[1]);
	pg_buf_free(&r.got);
	pg_buf_free(&b);
}

Test(csv, a_wish_to_stop_ends_behind_a_whole_line, .timeout = 120)
{
	int p[2], stop = eventfd(1, 0);
	struct pg_buf b = {0};
	char got[65536];
	cr_assert_eq(pipe(p), 0);
	put_lines(&b);
	cr_expect_eq(pg_outlet_flush(&b, p[1], stop), -EINTR, "before the first line");
	close(stop);
	/* Nobody reads: the wish comes when the pipe takes no more. */
	stop = eventfd(0, 0);
	fcntl(p[1], F_SETPIPE_SZ, 16384);
	pid_t child = fork();
	if (child == 0) {
		uint64_t one = 1;
		struct pollfd room = {.fd = p[1], .events = POLLOUT};
		while (poll(&room, 1, 0) == 1)
			sched_yield();
		_exit(write(stop, &one, sizeof(one)) != sizeof(one));
	}
	cr_expect_eq(pg_outlet_flush(&b, p[1], stop), -EINTR, "while it waits");
	close(p[1]);
	ssize_t n = read(p[0], got, sizeof(got));
	cr_assert(n > 0);
	cr_expect_eq(got[n - 1], '\n');
	cr_expect(memcmp(got, b.data, (size_t)n) == 0);
	pg_buf_free(&b);
}

Test(csv, a_full_disk_and_a_closed_descriptor_are_errors)
{
	struct pg_buf b = {0};
	int full = open("/dev/full", O_WRONLY);
	if (full >= 0) {
		pg_buf_puts(&b, "line\n");
		cr_expect_eq(pg_outlet_flush(&b, full, -1), -ENOSPC);
		close(full);
	}
	cr_expect_eq(pg_outlet_flush(&b, 999, -1), -EBADF);
	pg_buf_free(&b);
}

Test(csv, what_counts_as_quiet)
{
	static const struct {
		struct pg_change c;
		bool quiet;
	} cases[] = {
		{{.cls = PG_IDLE}, true},
		{{.cls = PG_IDLE, .bits = PG_STIRRED | PG_WAITED | PG_IO_UNKNOWN}, true},
		{{.cls = PG_IDLE, .bits = PG_RSS_UP}, false},
		{{.cls = PG_IDLE, .bits = PG_RSS_DOWN}, false},
		{{.cls = PG_IDLE, .bits = PG_FDS_UP}, false},
		{{.cls = PG_IDLE, .bits = PG_FDS_DOWN}, false},
		{{.cls = PG_IDLE, .bits = PG_MOVED}, false},
		{{.cls = PG_IDLE, .bits = PG_BORN}, false},
		{{.cls = PG_CPU}, false},
		{{.cls = PG_DISK}, false},
		{{.cls = PG_EXITED}, false},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++)
		cr_expect_eq(pg_csv_is_quiet(&cases[i].c), cases[i].quiet, "case %zu", i);
}
