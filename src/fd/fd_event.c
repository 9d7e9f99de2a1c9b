/* SPDX-License-Identifier: MIT */
/*
 * Most bytes are in lines that are none of ours, so these are passed over, many at a time; only a
 * line that begins with "EVENT:" is gathered. A carriage return ends a
 * line as well, so that an event is found behind a progress bar, as it was by readers with
 * universal newlines.
 */
#include "fd_event.h"

#include <float.h>
#include <stdlib.h>

#define MARK     "EVENT:"
#define MARK_LEN (sizeof(MARK) - 1)

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Digits with at most one dot, by hand: strtod(3) takes more, and asks the locale for its dot. */
static bool parse_stamp(const char *s, size_t n, double *out)
{
	long double v = 0, scale = 1;
	bool digits = false, dot = false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && !dot) {
			dot = true;
			continue;
		}
		if (!is_digit(s[i]))
			return false;
		digits = true;
		if (dot && scale >= 1e18L)
			continue; /* finer than any clock */
		v = v * 10 + (s[i] - '0');
		scale = dot ? scale * 10 : scale;
		if (v > (long double)DBL_MAX)
			return false;
	}
	*out = (double)(v / scale);
	return digits;
}

static char *copy_message(const char *s, size_t n)
{
	char *message = pg_alloc(n + 1);
	size_t len = 0;
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\0')
			message[len++] = s[i];
	message[len] = '\0';
	if (len > 0)
		return message;
	free(message);
	return NULL;
}

bool pg_fd_event_parse(const char *line, size_t n, struct pg_fd_event *out)
{
	if (n < MARK_LEN || memcmp(line, MARK, MARK_LEN) != 0)
		return false;
	const char *s = line + MARK_LEN, *end = line + n;
	while (s < end && is_blank(*s))
		s++;
	while (end > s && is_blank(end[-1]))
		end--;
	const char *space = memchr(s, ' ', (size_t)(end - s));
	if (!space || !parse_stamp(s, (size_t)(space - s), &out->timestamp))
		return false;
	while (space < end && is_blank(*space))
		space++;
	out->message = copy_message(space, (size_t)(end - space));
	return out->message != NULL;
}

/* ---- lines in a stream ---------------------------------------------------------------------- */

/* Where the end of the line is, or n. */
static size_t line_end(const char *s, size_t n)
{
	const char *nl = memchr(s, '\n', n);
	size_t len = nl ? (size_t)(nl - s) : n;
	const char *cr = memchr(s, '\r', len);
	return cr ? (size_t)(cr - s) : len;
}

/*
 * Whether a line that may be an event begins behind one of the first BLOCK bytes of s, of which
 * there are MARK_LEN more. Only the last two letters of the mark are looked for, which are rare
 * together, sixteen places at a time, since of a program that prints a lot each byte comes by here;
 * gcc and clang make what the machine has of vectors.
 */
#define BLOCK 128
typedef unsigned char vector __attribute__((vector_size(16)));

static vector load(const char *s)
{
	vector v;
	memcpy(&v, s, sizeof(v));
	return v;
}

static bool any_beginning(const char *s)
{
	vector any = {0};
	uint64_t words[2];
#pragma GCC unroll 8
	for (size_t i = 0; i < BLOCK; i += sizeof(any))
		any |= (vector)((load(s + i + MARK_LEN - 1) == MARK[MARK_LEN - 2]) &
				(load(s + i + MARK_LEN) == MARK[MARK_LEN - 1]));
	memcpy(words, &any, sizeof(any));
	return (words[0] | words[1]) != 0;
}

/*
 * Amid a line that is none: to the beginning of the next one that may be an event, as far as is
 * known yet. Returns how many bytes were passed over; if skip is gone, a line begins there.
 */
static size_t pass_over(struct pg_fd_event_scan *scan, const char *s, size_t n)
{
	size_t i = 0;
	while (i < n) {
		if (n - i >= BLOCK + MARK_LEN && !any_beginning(s + i)) {
			i += BLOCK;
			continue;
		}
		size_t block_end = n - i >= BLOCK + MARK_LEN ? i + BLOCK : n;
		for (; i < block_end; i++) {
			size_t left = n - i - 1, len = left < MARK_LEN ? left : MARK_LEN;
			if (is_end(s[i]) && memcmp(s + i + 1, MARK, len) == 0) {
				scan->skip = false;
				return i + 1;
			}
		}
	}
	return n;
}

/* Takes what belongs to the line, without its end. Returns how many bytes that were. */
static size_t gather(struct pg_fd_event_scan *scan, const char *s, size_t n)
{
	size_t len = line_end(s, n), room = sizeof(scan->line) - scan->n;
	memcpy(scan->line + scan->n, s, len < room ? len : room);
	scan->n += len < room ? len : room;
	return len;
}

/* Whether what stands in the line so far rules out that it is an event. */
static bool is_none(const struct pg_fd_event_scan *scan)
{
	size_t n = scan->n < MARK_LEN ? scan->n : MARK_LEN;
	return memcmp(scan->line, MARK, n) != 0;
}

/* The line is known as far as it will be, and over. */
static bool finish(struct pg_fd_event_scan *scan, struct pg_fd_event *out)
{
	bool found = pg_fd_event_parse(scan->line, scan->n, out);
	scan->n = 0;
	return found;
}

size_t pg_fd_event_next(struct pg_fd_event_scan *scan, const char *bytes, size_t n, bool at_end,
			struct pg_fd_event *out)
{
	size_t done = 0;
	*out = (struct pg_fd_event){0};
	while (done < n) {
		if (scan->skip) {
			done += pass_over(scan, bytes + done, n - done);
			continue;
		}
		done += gather(scan, bytes + done, n - done);
		if (done == n && !is_none(scan))
			break; /* it may become one */
		if (!is_none(scan) && finish(scan, out))
			return done + 1;
		scan->n = 0;
		scan->skip = true; /* from its end on, where the next begins */
	}
	if (at_end && !scan->skip)
		finish(scan, out);
	return n;
}
