/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: clang -g -fsanitize=fuzzer,address,undefined -Isrc tests/fuzz/fuzz_fd_event.c
 * src/fd/fd_event.c src/base/util.c. Any bytes as the output of a command, in pieces of any sizes:
 * the same events are found as line by line.
 */
#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fd/fd_event.h"

static void note(struct pg_buf *found, const struct pg_fd_event *ev)
{
	size_t n = strlen(ev->message);
	if (n == 0 || n > PG_FD_EVENT_MAX || !(ev->timestamp >= 0) || ev->timestamp > DBL_MAX)
		abort();
	pg_buf_put(found, &ev->timestamp, sizeof(ev->timestamp));
	pg_buf_put(found, ev->message, n + 1);
	free(ev->message);
}

static void by_lines(const char *s, size_t n, struct pg_buf *found)
{
	for (size_t from = 0, to; from <= n; from = to + 1) {
		struct pg_fd_event ev = {0};
		for (to = from; to < n && s[to] != '\n' && s[to] != '\r'; to++)
			;
		size_t len = to - from;
		if (pg_fd_event_parse(s + from, len < PG_FD_EVENT_MAX ? len : PG_FD_EVENT_MAX, &ev))
			note(found, &ev);
		else if (ev.message)
			abort();
	}
}

/* A copy, so that a byte read beyond is seen. */
static void piece(struct pg_fd_event_scan *scan, const char *s, size_t n, bool at_end,
		  struct pg_buf *found)
{
	char *copy = malloc(n ? n : 1);
	struct pg_fd_event ev;
	size_t at = 0;
	if (n)
		memcpy(copy, s, n);
	do {
		at += pg_fd_event_next(scan, copy + at, n - at, at_end, &ev);
		if (at > n || (!ev.message && at != n))
			abort();
		if (ev.message)
			note(found, &ev);
	} while (ev.message);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pg_fd_event_scan scan;
	struct pg_buf lines = {0}, pieces = {0};
	const char *s = (const char *)data;
	uint32_t seed = size > 0 ? 1 + data[0] : 1;
	scan.n = 0;
	scan.skip = false;
	by_lines(s, size, &lines);
	for (size_t at = 0; at < size;) {
		seed = seed * 1664525 + 1013904223;
		size_t n = 1 + (seed >> 16) % (data[0] & 1 ? 5 : 200);
		n = n < size - at ? n : size - at;
		piece(&scan, s + at, n, false, &pieces);
		at += n;
	}
	piece(&scan, "", 0, true, &pieces);
	if (lines.len != pieces.len ||
	    (lines.len && memcmp(lines.data, pieces.data, lines.len) != 0))
		abort();
	pg_buf_free(&lines);
	pg_buf_free(&pieces);
	return 0;
}
