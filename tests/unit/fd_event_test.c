/* SPDX-License-Identifier: MIT */
#include "fd/fd_event.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "guard.h"

/* ---- one line ------------------------------------------------------------------------------- */

struct line {
	const char *text;
	double stamp;
	const char *message; /* NULL: no event */
};

static const struct line lines[] = {
	{"EVENT: 1001.5 Database connected", 1001.5, "Database connected"},
	{"EVENT: 1001.123456789 High precision event", 1001.123456789, "High precision event"},
	{"EVENT: 1700000000.123456 now", 1700000000.123456, "now"},
	{"EVENT: 1234567890 whole", 1234567890, "whole"},
	{"EVENT: 123456. dot behind", 123456, "dot behind"},
	{"EVENT: .123456 dot in front", .123456, "dot in front"},
	{"EVENT: 0 zero", 0, "zero"},
	{"EVENT:1001.5 no blank", 1001.5, "no blank"},
	{"EVENT: \t 1001.5 many blanks  \t\r", 1001.5, "many blanks"},
	{"EVENT: 1001.5   behind the stamp", 1001.5, "behind the stamp"},
	{"EVENT: 1001.5 two  in  between", 1001.5, "two  in  between"},
	{"EVENT: 1 EVENT: 2 x", 1, "EVENT: 2 x"},
	{"EVENT: 1 \033[31m\xff\xfe", 1, "\033[31m\xff\xfe"},
	{"EVENT: 1.00000000000000000000000000000000000000001 fine", 1, "fine"},
	{"EVENT: 1001.5", 0, NULL},
	{"EVENT: 1001.5   ", 0, NULL},
	{"EVENT:", 0, NULL},
	{"EVENT", 0, NULL},
	{"", 0, NULL},
	{"EVENT: message", 0, NULL},
	{"EVENT: invalid_timestamp Some event", 0, NULL},
	{"EVENT: 123.456.789 x", 0, NULL},
	{"EVENT: 123abc456 x", 0, NULL},
	{"EVENT: . x", 0, NULL},
	{"EVENT: -1 x", 0, NULL},
	{"EVENT: +1 x", 0, NULL},
	{"EVENT: 1e3 x", 0, NULL},
	{"EVENT: 0x10 x", 0, NULL},
	{"EVENT: inf x", 0, NULL},
	{"EVENT: 1,5 x", 0, NULL},
	{"EVENT: 1001.5\ttab", 0, NULL},
	{" EVENT: 1001.5 in front", 0, NULL},
	{"Event: 1001.5 case", 0, NULL},
	{"an EVENT: 1001.5 in the middle", 0, NULL},
};

static bool parse(const char *s, size_t n, struct pg_fd_event *out)
{
	struct guard g = guard_copy(s, n);
	*out = (struct pg_fd_event){0};
	bool found = pg_fd_event_parse(g.s, n, out);
	guard_free(&g);
	return found;
}

Test(fd_event, lines)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(lines); i++) {
		const struct line *l = &lines[i];
		struct pg_fd_event ev;
		bool found = parse(l->text, strlen(l->text), &ev);
		cr_expect_eq(found, l->message != NULL, "%s", l->text);
		if (!found || !l->message)
			continue;
		cr_expect_str_eq(ev.message, l->message, "%s", l->text);
		cr_expect_float_eq(ev.timestamp, l->stamp, 1e-12 * l->stamp, "%s: %.12f", l->text,
				   ev.timestamp);
		free(ev.message);
	}
}

Test(fd_event, a_stamp_that_is_no_number_any_more_is_none)
{
	char line[1000] = "EVENT: ";
	struct pg_fd_event ev;
	memset(line + 7, '9', 400);
	memcpy(line + 407, " x", 3);
	cr_expect_not(parse(line, strlen(line), &ev), "beyond a double");
	memset(line + 7, '0', 400);
	line[406] = '7';
	cr_assert(parse(line, strlen(line), &ev), "leading zeros");
	cr_expect_eq(ev.timestamp, 7);
	free(ev.message);
}

Test(fd_event, nul_bytes_are_left_out)
{
	struct pg_fd_event ev;
	cr_assert(parse("EVENT: 5 a\0b\0", 12, &ev));
	cr_expect_str_eq(ev.message, "ab");
	free(ev.message);
	cr_expect_not(parse("EVENT: 5 \0\0", 11, &ev), "nothing else");
	cr_expect_not(parse("EVENT: 5\0 a", 11, &ev), "in the stamp");
}

/* ---- lines in a stream ---------------------------------------------------------------------- */

static void put_event(struct pg_buf *found, struct pg_fd_event *ev)
{
	pg_buf_printf(found, "%g %s|", ev->timestamp, ev->message);
	free(ev->message);
}

/* One piece; what it holds is found at an end that is not mapped further. */
static void feed(struct pg_fd_event_scan *scan, const char *s, size_t n, bool at_end,
		 struct pg_buf *found)
{
	struct guard g = guard_copy(s, n);
	struct pg_fd_event ev;
	size_t done = 0;
	do {
		size_t used = pg_fd_event_next(scan, g.s + done, n - done, at_end, &ev);
		cr_assert_leq(used, n - done);
		done += used;
		if (!ev.message)
			cr_assert_eq(done, n);
		else
			put_event(found, &ev);
	} while (ev.message);
	guard_free(&g);
}

static const char text[] = "first line\n"
			   "EVENT: 1 one\n"
			   "\n"
			   "EVENT: 2 two\r\n"
			   " EVENT: 9 indented\n"
			   "xEVENT: 9 amid\n"
			   "E\nEV\nEVE\nEVEN\nEVENT\nEVENT:\nEVENT: \nEVENT: 9\n"
			   "EVENT: 9x no stamp\n"
			   "EVEVENT: 9 twice begun\n"
			   " 50 %\r100 %\rEVENT: 3 behind a bar\n"
			   "\n\nEVENT: 4 EVENT: 9 in a message\n"
			   "a longer line, longer than what is looked at at once, that ends with "
			   "EVENT: 9 far from its beginning\n"
			   "EVENT: 5 the last, without an end";
#define FOUND "1 one|2 two|3 behind a bar|4 EVENT: 9 in a message|5 the last, without an end|"

Test(fd_event, a_stream_may_be_cut_at_any_two_bytes)
{
	size_t n = sizeof(text) - 1;
	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b += 1 + (b - a) / 4) {
			struct pg_fd_event_scan scan = {0};
			struct pg_buf found = {0};
			feed(&scan, text, a, false, &found);
			feed(&scan, text + a, b - a, false, &found);
			feed(&scan, text + b, n - b, false, &found);
			feed(&scan, "", 0, true, &found);
			cr_assert_str_eq(pg_buf_cstr(&found), FOUND, "cut at %zu and %zu: %s", a, b,
					 pg_buf_cstr(&found));
			pg_buf_free(&found);
		}
	}
}

Test(fd_event, byte_by_byte)
{
	struct pg_fd_event_scan scan = {0};
	struct pg_buf found = {0};
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		feed(&scan, text + i, 1, i + 2 == sizeof(text), &found);
	cr_expect_str_eq(pg_buf_cstr(&found), FOUND);
	pg_buf_free(&found);
}

/* Wherever it stands in what is looked at at once, and behind lines of any length. */
Test(fd_event, at_any_place_of_a_chunk)
{
	char bytes[512];
	for (size_t at = 0; at < 300; at++) {
		for (size_t behind = 0; behind < 150; behind += 7) {
			static const char line[] = "EVENT: 6 here\n";
			struct pg_fd_event_scan scan = {0};
			struct pg_buf found = {0};
			memset(bytes, 'E', sizeof(bytes));
			if (at > 0)
				bytes[at - 1] = at % 2 ? '\n' : '\r';
			memcpy(bytes + at, line, sizeof(line) - 1);
			feed(&scan, bytes, at + sizeof(line) - 1 + behind, true, &found);
			cr_assert_str_eq(pg_buf_cstr(&found), "6 here|", "at %zu", at);
			pg_buf_free(&found);
		}
	}
}

Test(fd_event, an_endless_line_is_cut)
{
	size_t n = 3 * PG_FD_EVENT_MAX;
	char *bytes = malloc(n);
	struct pg_fd_event_scan scan = {0};
	struct pg_fd_event ev;
	memset(bytes, 'm', n);
	memcpy(bytes, "EVENT: 7 ", 9);
	for (size_t i = 0; i < n; i += 1000) {
		size_t piece = n - i < 1000 ? n - i : 1000;
		cr_assert_eq(pg_fd_event_next(&scan, bytes + i, piece, false, &ev), piece);
		cr_assert_null(ev.message);
	}
	cr_assert_eq(pg_fd_event_next(&scan, "\nEVENT: 8 x\n", 12, false, &ev), 1);
	cr_assert_not_null(ev.message);
	cr_expect_eq(strlen(ev.message), PG_FD_EVENT_MAX - 9);
	free(ev.message);
	cr_assert_eq(pg_fd_event_next(&scan, "EVENT: 8 x\n", 11, false, &ev), 11);
	cr_assert_str_eq(ev.message, "x");
	free(ev.message);
	free(bytes);
}

Test(fd_event, the_end_of_a_stream_comes_once)
{
	struct pg_fd_event_scan scan = {0};
	struct pg_buf found = {0};
	feed(&scan, "EVENT: 1 a\nEVENT: 2 b", 21, true, &found);
	feed(&scan, "", 0, true, &found);
	cr_expect_str_eq(pg_buf_cstr(&found), "1 a|2 b|");
	pg_buf_free(&found);
}
