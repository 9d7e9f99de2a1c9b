/* SPDX-License-Identifier: MIT */
/*
 * Promise: the scanner takes what RFC 8259 allows and nothing else, exact to 64 bits, reads no byte
 * too far, and says where a line is wrong; what is put is valid, and any bytes come back.
 */
#include "base/json_scan.h"

#include <criterion/criterion.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_put.h"
#include "guard.h"

/* A text as a whole value, in front of a page that is not there. */
static bool takes(const char *text, size_t n)
{
	struct guard g = guard_copy(text, n);
	struct pg_json j;
	pg_json_init(&j, g.s, g.n);
	bool utf8 = pg_json_check_utf8(g.s, g.n) == n;
	bool taken = utf8 && pg_json_skip(&j) && pg_json_end(&j);
	cr_expect_eq(taken, utf8 && !j.problem);
	cr_expect(j.at >= g.s && j.at <= g.s + n);
	pg_json_free(&j);
	guard_free(&g);
	return taken;
}

Test(json, takes_json)
{
	static const char *const good[] = {
		"0",
		"-0",
		"10",
		"-1.5e+10",
		"1E5",
		"0.25",
		"123456789012345678901234567890",
		"\"\"",
		"\"a b\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\uDE00\"",
		"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"",
		"\"\xc3\xa4\xf0\x9f\x98\x80\x7f\"",
		"true",
		"false",
		"null",
		"[]",
		"{}",
		" [ 1 , 2 ] ",
		"[[],[[]],{}]",
		"{\"a\":1,\"a\":2}",
		"{\"\":{\"b\":[true,{\"c\":null}]}}",
		"\t\r\n{ \"a\" : [ ] } ",
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(good); i++)
		cr_expect(takes(good[i], strlen(good[i])), "%s", good[i]);
}

Test(json, refuses_what_is_none)
{
	static const char *const bad[] = {
		"",
		" ",
		"nul",
		"nulll",
		"True",
		"+1",
		"01",
		"-",
		"-a",
		"1.",
		".5",
		"1e",
		"1e+",
		"0x10",
		"NaN",
		"Infinity",
		"'a'",
		"\"a",
		"\"a\\",
		"\"\\x41\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\u0000\"",
		"\"\\uD83D\"",
		"\"\\uD83Dx\"",
		"\"\\uD83D\\u0041\"",
		"\"\\uDE00\"",
		"\"\t\"",
		"\"\n\"",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1,,2]",
		"]",
		"{",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{a:1}",
		"{1:1}",
		"{\"a\" 1}",
		"{\"a\":1 \"b\":2}",
		"[}",
		"{]",
		"1 2",
		"[] []",
		"//",
		"\"\xff\"",
		"\"\xc3\"",
		"\"\xed\xa0\x80\"",
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(bad); i++)
		cr_expect_not(takes(bad[i], strlen(bad[i])), "%s", bad[i]);
	cr_expect_not(takes("\0", 1));
	cr_expect_not(takes("\"a\0b\"", 5));
	cr_expect_not(takes("[1\0]", 4));
}

Test(json, depth_is_bounded)
{
	char text[2 * PG_JSON_DEPTH + 4];
	for (size_t depth = PG_JSON_DEPTH; depth <= PG_JSON_DEPTH + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		cr_expect_eq(takes(text, 2 * depth), depth == PG_JSON_DEPTH);
	}
	char *deep = pg_alloc(1000000);
	memset(deep, '[', 1000000);
	cr_expect_not(takes(deep, 1000000));
	free(deep);
}

struct whole_case {
	const char *text;
	bool good;
	uint64_t v;
};

Test(json, u64)
{
	static const struct whole_case cases[] = {
		{"0", true, 0},
		{"\"0\"", true, 0},
		{"9007199254740993", true, UINT64_C(9007199254740993)},
		{"18446744073709551615", true, UINT64_MAX},
		{"\"18446744073709551615\"", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"99999999999999999999", false, 0},
		{"100000000000000000000", false, 0},
		{"00", false, 0},
		{"\"00\"", false, 0},
		{"-1", false, 0},
		{"-0", false, 0},
		{"1.0", false, 0},
		{"1e3", false, 0},
		{"\"\"", false, 0},
		{"\"1", false, 0},
		{"\" 1\"", false, 0},
		{"\"1 \"", false, 0},
		{"\"1e3\"", false, 0},
		{"\"\\u0031\"", false, 0},
		{"null", false, 0},
		{"true", false, 0},
		{"[1]", false, 0},
		{"", false, 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct guard g = guard_copy(cases[i].text, strlen(cases[i].text));
		struct pg_json j;
		uint64_t v = 0;
		pg_json_init(&j, g.s, g.n);
		cr_expect_eq(pg_json_u64(&j, UINT64_MAX, &v) && pg_json_end(&j), cases[i].good,
			     "%s", cases[i].text);
		cr_expect(!cases[i].good || v == cases[i].v, "%s", cases[i].text);
		guard_free(&g);
	}
}

Test(json, bounds)
{
	struct pg_json j;
	uint64_t u;
	int64_t v;
	pg_json_init(&j, "256", 3);
	cr_expect_not(pg_json_u64(&j, 255, &u));
	pg_json_init(&j, "255", 3);
	cr_expect(pg_json_u64(&j, 255, &u));
	static const struct {
		const char *text;
		bool good;
		int64_t v;
	} cases[] = {
		{"-9223372036854775808", true, INT64_MIN},
		{"\"-9223372036854775808\"", true, INT64_MIN},
		{"-9223372036854775809", false, 0},
		{"9223372036854775807", true, INT64_MAX},
		{"9223372036854775808", false, 0},
		{"-0", true, 0},
		{"--1", false, 0},
		{"-", false, 0},
		{"\"-\"", false, 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		pg_json_init(&j, cases[i].text, strlen(cases[i].text));
		bool good = pg_json_i64(&j, INT64_MIN, INT64_MAX, &v) && pg_json_end(&j);
		cr_expect_eq(good, cases[i].good, "%s", cases[i].text);
		cr_expect(!good || v == cases[i].v, "%s", cases[i].text);
	}
	pg_json_init(&j, "-1", 2);
	cr_expect_not(pg_json_i64(&j, 0, 10, &v));
	pg_json_init(&j, "-2147483648", 11);
	cr_expect(pg_json_i64(&j, INT32_MIN, INT32_MAX, &v));
	pg_json_init(&j, "-2147483649", 11);
	cr_expect_not(pg_json_i64(&j, INT32_MIN, INT32_MAX, &v));
}

Test(json, doubles)
{
	static const struct {
		const char *text;
		bool good;
		double v;
	} cases[] = {
		{"0.42", true, 0.42},
		{"-1e-3", true, -0.001},
		{"1e308", true, 1e308},
		{"1e309", false, 0},
		{"\"1\"", false, 0},
		{"nan", false, 0},
		{"1.", false, 0},
		{"0.1000000000000000000000000000000000000000000000000000000000000000000", false, 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct guard g = guard_copy(cases[i].text, strlen(cases[i].text));
		struct pg_json j;
		double v = 0;
		pg_json_init(&j, g.s, g.n);
		bool good = pg_json_double(&j, &v);
		cr_expect_eq(good, cases[i].good, "%s", cases[i].text);
		cr_expect(!good || (v >= cases[i].v && v <= cases[i].v), "%s", cases[i].text);
		guard_free(&g);
	}
}

/* The first problem sticks, with its place. */
Test(json, problems_have_a_place)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {
		{"[1,2", 4}, {"[1 2]", 3}, {"{\"a\":tru}", 5}, {"[\"ab\\q\"]", 4}, {"[0,01]", 3},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_json j;
		pg_json_init(&j, cases[i].text, strlen(cases[i].text));
		cr_expect_not(pg_json_skip(&j) && pg_json_end(&j));
		cr_expect_eq((size_t)(j.at - j.begin), cases[i].at, "%s: %zu", cases[i].text,
			     (size_t)(j.at - j.begin));
		const char *problem = j.problem;
		pg_json_fail(&j, j.begin, "another");
		cr_expect_eq(j.problem, problem);
		cr_expect_not(pg_json_skip(&j));
		cr_expect_not(pg_json_item(&j));
		cr_expect_not(pg_json_object(&j));
		cr_expect_eq(pg_json_kind(&j), -1);
		pg_json_free(&j);
	}
}

Test(json, walks)
{
	static const char text[] = " {\"a\":[1,{},\"x\\ny\"],\"\\u0062\":null , \"c\":false}";
	struct pg_json j;
	const char *s;
	size_t n;
	uint64_t u;
	bool b = true;
	pg_json_init(&j, text, strlen(text));
	cr_assert(pg_json_object(&j) && pg_json_key(&j, &s, &n));
	cr_expect(n == 1 && *s == 'a');
	cr_assert(pg_json_array(&j) && pg_json_item(&j) && pg_json_u64(&j, 9, &u));
	cr_expect_eq(u, 1u);
	cr_assert(pg_json_item(&j) && pg_json_object(&j) && !pg_json_key(&j, &s, &n));
	cr_assert(pg_json_item(&j) && pg_json_string(&j, &s, &n));
	cr_expect(n == 3 && memcmp(s, "x\ny", 3) == 0);
	cr_assert(!pg_json_item(&j) && pg_json_key(&j, &s, &n));
	cr_expect(n == 1 && *s == 'b');
	cr_expect_eq(pg_json_kind(&j), 'n');
	cr_assert(pg_json_null(&j) && !pg_json_null(&j) && pg_json_key(&j, &s, &n));
	cr_assert(pg_json_bool(&j, &b) && !b);
	cr_expect_not(pg_json_key(&j, &s, &n));
	cr_expect(pg_json_end(&j));
	pg_json_free(&j);
}

Test(json, utf8_has_a_place)
{
	char text[40];
	for (size_t at = 0; at < 32; at++) {
		memset(text, 'a', sizeof(text));
		text[at] = (char)0xff;
		cr_expect_eq(pg_json_check_utf8(text, 32), at);
		memcpy(text + at, "\xc3\xa4", 2);
		cr_expect_eq(pg_json_check_utf8(text, 34), 34u);
		cr_expect_eq(pg_json_check_utf8(text, at + 1), at); /* cut */
	}
}

/* ---- putting ------------------------------------------------------------------------------ */

static const char *put_bytes(const char *s, size_t n)
{
	static struct pg_buf b;
	pg_buf_clear(&b);
	pg_json_put_bytes(&b, s, n);
	return pg_buf_cstr(&b);
}

Test(json, bytes_are_put)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{"", "\"\""},
		{"kworker/0:1", "\"kworker/0:1\""},
		{"=1+1", "\"=1+1\""},
		{"a\"b", "\"a\\\"b\""},
		{"a\\b", "\"a\\\\x5Cb\""},
		{"\\x41", "\"\\\\x5Cx41\""},
		{"\xff", "\"\\\\xFF\""},
		{"\xc3\xa4", "\"\xc3\xa4\""},
		{"\xc3", "\"\\\\xC3\""},
		{"\n\x1b\x7f", "\"\\u000a\\u001b\\u007f\""},
		{"\xc2\x9b", "\"\\u009b\""},
		{"\xe2\x80\xae", "\"\\u202e\""},
		{"\xf3\xa0\x80\x81", "\"\\udb40\\udc01\""},
		{"\xf0\x9f\x90\xa7", "\"\xf0\x9f\x90\xa7\""},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++)
		cr_expect_str_eq(put_bytes(cases[i].bytes, strlen(cases[i].bytes)), cases[i].text);
	cr_expect_str_eq(put_bytes("a\0b", 3), "\"a\\\\x00b\"");
}

/* Every two bytes, on their own and in front of what looks like an escape. */
Test(json, any_bytes_come_back)
{
	for (unsigned v = 0; v < 65536; v++) {
		const char bytes[] = {(char)v, (char)(v >> 8), 'x', '4', '1'};
		for (size_t n = 1; n <= sizeof(bytes); n++) {
			const char *text = put_bytes(bytes, n), *s;
			size_t len = strlen(text), got;
			struct pg_json j;
			pg_json_init(&j, text, len);
			cr_assert_eq(pg_json_check_utf8(text, len), len);
			cr_assert(pg_json_bytes(&j, &s, &got) && pg_json_end(&j), "%s", text);
			cr_assert(got == n && memcmp(s, bytes, n) == 0, "%s", text);
			pg_json_free(&j);
		}
	}
}

/* What others may write is taken as well. */
Test(json, escapes_of_others)
{
	static const struct {
		const char *text, *bytes;
	} cases[] = {
		{"\"\\\\xff\"", "\xff"},     {"\"\\\\xf\"", "\\xf"},      {"\"\\\\x\"", "\\x"},
		{"\"\\\\\"", "\\"},          {"\"\\\\x5Cx41\"", "\\x41"}, {"\"\\u005cx41\"", "A"},
		{"\"\\u00e4\"", "\xc3\xa4"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_json j;
		const char *s;
		size_t n;
		pg_json_init(&j, cases[i].text, strlen(cases[i].text));
		cr_assert(pg_json_bytes(&j, &s, &n), "%s", cases[i].text);
		cr_expect(n == strlen(cases[i].bytes) && memcmp(s, cases[i].bytes, n) == 0, "%s",
			  cases[i].text);
		pg_json_free(&j);
	}
}

Test(json, numbers_are_put)
{
	struct pg_buf b = {0};
	const uint64_t edge = (UINT64_C(1) << 53) - 1;
	pg_json_put_u64(&b, edge);
	pg_buf_putc(&b, ' ');
	pg_json_put_u64(&b, edge + 1);
	pg_buf_putc(&b, ' ');
	pg_json_put_u64(&b, UINT64_MAX);
	pg_buf_putc(&b, ' ');
	pg_json_put_i64(&b, -(int64_t)edge);
	pg_buf_putc(&b, ' ');
	pg_json_put_i64(&b, INT64_MIN);
	pg_buf_putc(&b, ' ');
	pg_json_put_i64(&b, INT32_MIN);
	cr_expect_str_eq(pg_buf_cstr(&b), "9007199254740991 \"9007199254740992\" "
					  "\"18446744073709551615\" -9007199254740991 "
					  "\"-9223372036854775808\" -2147483648");
	for (uint64_t v = 1; v < UINT64_MAX / 10; v = v * 10 + v % 7) {
		char want[24];
		uint64_t got;
		struct pg_json j;
		snprintf(want, sizeof(want), v > edge ? "\"%llu\"" : "%llu", (unsigned long long)v);
		pg_buf_clear(&b);
		pg_json_put_u64(&b, v);
		cr_expect_str_eq(pg_buf_cstr(&b), want);
		pg_json_init(&j, b.data, b.len);
		cr_expect(pg_json_u64(&j, UINT64_MAX, &got) && got == v);
	}
	pg_buf_free(&b);
}

Test(json, doubles_are_put)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = {
		{0, "0"},     {0.42, "0.42"},    {0.1 + 0.2, "0.3"},    {1234567.89, "1234567.89"},
		{100, "100"}, {1e300, "1e+300"}, {DBL_MAX * 2, "null"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_buf b = {0};
		pg_json_put_double(&b, cases[i].v);
		cr_expect_str_eq(pg_buf_cstr(&b), cases[i].text);
		pg_buf_free(&b);
	}
}
