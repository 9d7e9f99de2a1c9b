/* SPDX-License-Identifier: MIT */
#include "json_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

size_t pg_json_check_utf8(const char *s, size_t n)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	size_t i = 0;
	while (i < n) {
		uint64_t eight;
		if (n - i >= sizeof(eight)) {
			memcpy(&eight, s + i, sizeof(eight));
			if (!(eight & high)) {
				i += sizeof(eight);
				continue;
			}
		}
		uint32_t cp;
		size_t len = pg_utf8_decode(s + i, n - i, &cp);
		if (cp == PG_INVALID)
			return i;
		i += len;
	}
	return n;
}

void pg_json_init(struct pg_json *j, const char *s, size_t n)
{
	*j = (struct pg_json){.begin = s, .at = s, .end = s + n};
}

void pg_json_free(struct pg_json *j)
{
	pg_buf_free(&j->text);
}

bool pg_json_fail(struct pg_json *j, const char *at, const char *problem)
{
	if (!j->problem) {
		j->problem = problem;
		j->at = at;
	}
	return false;
}

/* Behind blanks: the next byte, or -1 at the end or after a problem. */
static int next(struct pg_json *j)
{
	if (j->problem)
		return -1;
	while (j->at < j->end &&
	       (*j->at == ' ' || *j->at == '\t' || *j->at == '\r' || *j->at == '\n'))
		j->at++;
	return j->at < j->end ? (unsigned char)*j->at : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

int pg_json_kind(struct pg_json *j)
{
	int c = next(j);
	return c == '-' || is_digit(c) ? 0 : c;
}

static bool open_with(struct pg_json *j, int c, const char *problem)
{
	if (next(j) != c)
		return pg_json_fail(j, j->at, problem);
	j->at++;
	j->fresh = true;
	return true;
}

bool pg_json_object(struct pg_json *j)
{
	return open_with(j, '{', "not an object");
}

bool pg_json_array(struct pg_json *j)
{
	return open_with(j, '[', "not an array");
}

/* Behind the comma, or false behind the closing one. */
static bool step(struct pg_json *j, int close)
{
	int c = next(j);
	bool fresh = j->fresh;
	j->fresh = false;
	if (c == close && !j->problem) {
		j->at++;
		return false;
	}
	if (!fresh) {
		if (c != ',')
			return pg_json_fail(j, j->at, c < 0 ? "it is cut off" : "no comma");
		j->at++;
	}
	return !j->problem;
}

bool pg_json_item(struct pg_json *j)
{
	return step(j, ']');
}

bool pg_json_key(struct pg_json *j, const char **key, size_t *n)
{
	if (!step(j, '}') || !pg_json_string(j, key, n))
		return false;
	if (next(j) != ':')
		return pg_json_fail(j, j->at, "no colon");
	j->at++;
	return true;
}

/* ---- numbers ------------------------------------------------------------------------------ */

/* Digits of a whole number from s on, at most max: how many bytes they are, 0 if they are none. */
static size_t scan_digits(const char *s, const char *end, uint64_t max, uint64_t *v)
{
	const char *p = s;
	uint64_t sum = 0;
	for (; p < end && is_digit(*p); p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (p - s >= 19 && (__builtin_mul_overflow(sum, 10, &sum) ||
				    __builtin_add_overflow(sum, digit, &sum)))
			return 0;
		if (p - s < 19)
			sum = sum * 10 + digit;
	}
	*v = sum;
	return sum > max || (p - s > 1 && *s == '0') ? 0 : (size_t)(p - s);
}

static const char bad_whole[] = "not a whole number of that size";

/* A whole number with its sign; max is of what stands behind a '-' if there is one. */
static bool whole(struct pg_json *j, uint64_t max, uint64_t below, bool *negative, uint64_t *v)
{
	bool quoted = next(j) == '"';
	const char *start = j->at, *s = start + quoted;
	*negative = below > 0 && s < j->end && *s == '-';
	s += *negative;
	size_t n = j->problem ? 0 : scan_digits(s, j->end, *negative ? below : max, v);
	s += n;
	bool good = n > 0 && !(*negative && *v == 0 && quoted);
	if (quoted)
		good = good && s < j->end && *s++ == '"';
	else
		good = good && (s == j->end || (*s != '.' && *s != 'e' && *s != 'E'));
	if (!good)
		return pg_json_fail(j, start, bad_whole);
	j->at = s;
	return true;
}

bool pg_json_u64(struct pg_json *j, uint64_t max, uint64_t *v)
{
	bool negative;
	return whole(j, max, 0, &negative, v);
}

bool pg_json_i64(struct pg_json *j, int64_t min, int64_t max, int64_t *v)
{
	bool negative;
	uint64_t u;
	const char *start = j->at;
	if (!whole(j, INT64_MAX, (uint64_t)INT64_MAX + 1, &negative, &u))
		return false;
	int64_t i = (int64_t)(negative ? 0 - u : u);
	if (i < min || i > max)
		return pg_json_fail(j, start, bad_whole);
	*v = i;
	return true;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* The end of a number by RFC 8259, or NULL. */
static const char *end_of_number(const char *p, const char *end)
{
	p += p < end && *p == '-';
	const char *first = p;
	p = skip_digits(p, end);
	if (p == first || (*first == '0' && p - first > 1))
		return NULL;
	if (p < end && *p == '.') {
		const char *q = ++p;
		p = skip_digits(p, end);
		if (p == q)
			return NULL;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '-' || *p == '+');
		const char *q = p;
		p = skip_digits(p, end);
		if (p == q)
			return NULL;
	}
	return p;
}

bool pg_json_double(struct pg_json *j, double *v)
{
	char text[64];
	const char *stop = next(j) < 0 ? NULL : end_of_number(j->at, j->end);
	if (!stop || (size_t)(stop - j->at) >= sizeof(text))
		return pg_json_fail(j, j->at, "not a number");
	memcpy(text, j->at, (size_t)(stop - j->at));
	text[stop - j->at] = '\0';
	*v = strtod(text, NULL);
	if (!isfinite(*v))
		return pg_json_fail(j, j->at, "too large a number");
	j->at = stop;
	return true;
}

/* ---- words -------------------------------------------------------------------------------- */

static bool word(struct pg_json *j, const char *text)
{
	size_t n = strlen(text);
	if ((size_t)(j->end - j->at) < n || memcmp(j->at, text, n) != 0)
		return false;
	j->at += n;
	return true;
}

bool pg_json_null(struct pg_json *j)
{
	return next(j) == 'n' && word(j, "null");
}

bool pg_json_bool(struct pg_json *j, bool *v)
{
	int c = next(j);
	if ((c == 't' && word(j, "true")) || (c == 'f' && word(j, "false"))) {
		*v = c == 't';
		return true;
	}
	return pg_json_fail(j, j->at, "neither true nor false");
}

/* ---- strings ------------------------------------------------------------------------------ */

static int hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four digits from p on; -1 if they are not there. */
static long hex4(const char *p, const char *end)
{
	long v = 0;
	for (int i = 0; i < 4; i++) {
		int d = p + i < end ? hex_digit((unsigned char)p[i]) : -1;
		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* The escape at p, which begins with a backslash. Behind it, or NULL: there is no such one. */
static const char *unescape(const char *p, const char *end, uint32_t *cp)
{
	static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *found = p + 1 < end && p[1] ? strchr(letters, p[1]) : NULL;
	if (found) {
		*cp = (unsigned char)means[found - letters];
		return p + 2;
	}
	if (p + 1 >= end || p[1] != 'u')
		return NULL;
	long v = hex4(p + 2, end);
	if (v <= 0 || (v >= 0xdc00 && v <= 0xdfff))
		return NULL;
	*cp = (uint32_t)v;
	if (v < 0xd800 || v > 0xdbff)
		return p + 6;
	long low = p + 7 < end && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, end) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return NULL;
	*cp = 0x10000 + (((uint32_t)v & 0x3ff) << 10 | ((uint32_t)low & 0x3ff));
	return p + 12;
}

/* Bytes from p on that stand for themselves in a string. */
static const char *skip_plain(const char *p, const char *end)
{
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/* Without escapes *s points into the line; else, if keep, into j->text. */
static bool string(struct pg_json *j, bool keep, const char **s, size_t *n)
{
	if (next(j) != '"')
		return pg_json_fail(j, j->at, "not a string");
	const char *from = j->at + 1, *p = skip_plain(from, j->end);
	if (p < j->end && *p == '"') {
		*s = from;
		*n = (size_t)(p - from);
		j->at = p + 1;
		return true;
	}
	pg_buf_clear(&j->text);
	while (p < j->end && *p != '"') {
		char utf8[4];
		uint32_t cp;
		if (keep)
			pg_buf_put(&j->text, from, (size_t)(p - from));
		if (*p != '\\')
			return pg_json_fail(j, p, "a control character in a string");
		from = unescape(p, j->end, &cp);
		if (!from)
			return pg_json_fail(j, p, "an escape that is not allowed");
		if (keep)
			pg_buf_put(&j->text, utf8, pg_utf8_encode(cp, utf8));
		p = skip_plain(from, j->end);
	}
	if (p >= j->end)
		return pg_json_fail(j, j->end, "it is cut off");
	if (keep)
		pg_buf_put(&j->text, from, (size_t)(p - from));
	*s = j->text.data;
	*n = j->text.len;
	j->at = p + 1;
	return true;
}

bool pg_json_string(struct pg_json *j, const char **s, size_t *n)
{
	return string(j, true, s, n);
}

bool pg_json_bytes(struct pg_json *j, const char **s, size_t *n)
{
	if (!string(j, true, s, n))
		return false;
	if (*n == 0 || *s != j->text.data) /* a backslash would have been escaped */
		return true;
	char *to = j->text.data;
	for (size_t i = 0; i < *n; i++) {
		const char *p = *s + i;
		int high = *n - i > 3 && p[0] == '\\' && p[1] == 'x' ? hex_digit(p[2]) : -1;
		int low = high >= 0 ? hex_digit(p[3]) : -1;
		*to++ = low >= 0 ? (char)(high << 4 | low) : *p;
		i += low >= 0 ? 3 : 0;
	}
	*n = (size_t)(to - j->text.data);
	return true;
}

/* ---- what nobody knows -------------------------------------------------------------------- */

/* A value that holds no others. */
static bool skip_scalar(struct pg_json *j, int c)
{
	const char *s;
	size_t n;
	bool b;
	if (c == '"')
		return string(j, false, &s, &n);
	if (c == 't' || c == 'f')
		return pg_json_bool(j, &b);
	if (c == 'n' && pg_json_null(j))
		return true;
	const char *stop = c == '-' || is_digit(c) ? end_of_number(j->at, j->end) : NULL;
	if (!stop)
		return pg_json_fail(j, j->at, c < 0 ? "it is cut off" : "not a value");
	j->at = stop;
	return true;
}

bool pg_json_skip(struct pg_json *j)
{
	uint64_t objects = 0; /* a bit a level: the innermost is the lowest */
	unsigned depth = 0;
	do {
		const char *key;
		size_t n;
		bool more =
			depth == 0 || (objects & 1 ? pg_json_key(j, &key, &n) : pg_json_item(j));
		if (j->problem)
			return false;
		int c = next(j);
		if (!more) {
			objects >>= 1;
			depth--;
		} else if (c == '{' || c == '[') {
			if (depth == PG_JSON_DEPTH)
				return pg_json_fail(j, j->at, "too deep");
			objects = objects << 1 | (c == '{');
			depth++;
			j->at++;
			j->fresh = true;
		} else if (!skip_scalar(j, c)) {
			return false;
		}
	} while (depth > 0);
	return true;
}

bool pg_json_end(struct pg_json *j)
{
	if (next(j) >= 0)
		return pg_json_fail(j, j->at, "more than one value");
	return !j->problem;
}
