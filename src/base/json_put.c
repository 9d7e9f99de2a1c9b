/* SPDX-License-Identifier: MIT */
#include "json_put.h"

#include <math.h>
#include <stdio.h>

#include "text.h"

/* Decimal digits into the end of out[20]; returns where they begin. */
static size_t digits_of(uint64_t v, char out[20])
{
	static const char pairs[] = "0001020304050607080910111213141516171819"
				    "2021222324252627282930313233343536373839"
				    "4041424344454647484950515253545556575859"
				    "6061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";
	size_t i = 20;
	for (; v >= 100; v /= 100) {
		i -= 2;
		memcpy(out + i, pairs + v % 100 * 2, 2);
	}
	if (v >= 10) {
		i -= 2;
		memcpy(out + i, pairs + v * 2, 2);
	} else {
		out[--i] = (char)('0' + v);
	}
	return i;
}

void pg_json_put_u64(struct pg_buf *b, uint64_t v)
{
	char digits[20];
	if (v < 10) {
		pg_buf_putc(b, (char)('0' + v));
		return;
	}
	size_t i = digits_of(v, digits);
	if (v > PG_JSON_EXACT)
		pg_buf_putc(b, '"');
	pg_buf_put(b, digits + i, 20 - i);
	if (v > PG_JSON_EXACT)
		pg_buf_putc(b, '"');
}

void pg_json_put_i64(struct pg_buf *b, int64_t v)
{
	if (v >= 0) {
		pg_json_put_u64(b, (uint64_t)v);
		return;
	}
	char digits[20];
	uint64_t u = 0 - (uint64_t)v;
	size_t i = digits_of(u, digits);
	pg_buf_puts(b, u > PG_JSON_EXACT ? "\"-" : "-");
	pg_buf_put(b, digits + i, 20 - i);
	if (u > PG_JSON_EXACT)
		pg_buf_putc(b, '"');
}

void pg_json_put_double(struct pg_buf *b, double v)
{
	char text[40];
	if (!isfinite(v)) {
		pg_buf_puts(b, "null");
		return;
	}
	snprintf(text, sizeof(text), "%.15g", v);
	pg_buf_puts(b, text);
}

/* One character that is not printable ASCII, or has a meaning of its own. */
static void put_odd(struct pg_buf *b, const char *s, size_t len, uint32_t cp)
{
	if (cp == PG_INVALID || cp == '\\' || cp == 0)
		pg_buf_printf(b, "\\\\x%02X", (unsigned char)s[0]);
	else if (cp == '"')
		pg_buf_puts(b, "\\\"");
	else if (!pg_text_is_unsafe(cp))
		pg_buf_put(b, s, len);
	else if (cp < 0x10000)
		pg_buf_printf(b, "\\u%04x", (unsigned)cp);
	else
		pg_buf_printf(b, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)),
			      (unsigned)(0xdc00 + (cp & 0x3ff)));
}

void pg_json_put_bytes(struct pg_buf *b, const char *s, size_t n)
{
	pg_buf_putc(b, '"');
	while (n > 0) {
		size_t plain = 0;
		while (plain < n && s[plain] >= ' ' && s[plain] < 0x7f && s[plain] != '"' &&
		       s[plain] != '\\')
			plain++;
		pg_buf_put(b, s, plain);
		s += plain;
		n -= plain;
		if (n > 0) {
			uint32_t cp;
			size_t len = pg_utf8_decode(s, n, &cp);
			put_odd(b, s, len, cp);
			s += len;
			n -= len;
		}
	}
	pg_buf_putc(b, '"');
}
