/* SPDX-License-Identifier: MIT */
/* Promise: whatever bytes come in, nothing that steers a terminal or breaks a table goes out. */
#include "base/text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static bool is_utf8(const char *s, size_t n)
{
	uint32_t cp = 0;
	for (size_t i = 0; i < n && cp != PG_INVALID;)
		i += pg_utf8_decode(s + i, n - i, &cp);
	return cp != PG_INVALID;
}

#define INV PG_INVALID

Test(text, decode)
{
	static const struct {
		const char *s;
		size_t n, len;
		uint32_t cp;
	} t[] = {
		{"a", 1, 1, 'a'},
		{"\0", 1, 1, 0},
		{"\x7f", 1, 1, 0x7f},
		{"\xc2\x80", 2, 2, 0x80},
		{"\xdf\xbf", 2, 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 3, 0x800},
		{"\xed\x9f\xbf", 3, 3, 0xd7ff},
		{"\xee\x80\x80", 3, 3, 0xe000},
		{"\xef\xbf\xbf", 3, 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
		{"\x80", 1, 1, INV},             /* continuation alone */
		{"\xc0\x80", 2, 1, INV},         /* overlong NUL */
		{"\xc1\xbf", 2, 1, INV},         /* overlong */
		{"\xe0\x9f\xbf", 3, 1, INV},     /* overlong */
		{"\xf0\x8f\xbf\xbf", 4, 1, INV}, /* overlong */
		{"\xed\xa0\x80", 3, 1, INV},     /* surrogate */
		{"\xf4\x90\x80\x80", 4, 1, INV}, /* beyond U+10FFFF */
		{"\xf5\x80\x80\x80", 4, 1, INV},
		{"\xff", 1, 1, INV},
		{"\xe2\x82", 2, 1, INV},     /* cut */
		{"\xe2\x82\xac", 2, 1, INV}, /* cut by n: the third byte is not ours */
		{"\xc3(", 2, 1, INV},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		uint32_t cp;
		size_t len = pg_utf8_decode(t[i].s, t[i].n, &cp);
		cr_assert(len == t[i].len && cp == t[i].cp, "case %zu: %zu bytes, U+%04X", i, len,
			  cp);
		cr_assert_eq(is_utf8(t[i].s, t[i].n), t[i].cp != INV, "case %zu", i);
	}
}

Test(text, encode_and_decode_are_inverse)
{
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char out[4];
		uint32_t back;
		if (cp == 0xd800)
			cp = 0xe000;
		size_t n = pg_utf8_encode(cp, out);
		if (pg_utf8_decode(out, n, &back) != n || back != cp)
			cr_assert_fail("U+%04X", cp);
	}
}

static void check_safe(const char *in, size_t n, bool utf8, int max, const char *want, int columns)
{
	struct pg_buf b = {0};
	int used = pg_text_safe(&b, in, n, max, utf8);
	cr_expect_str_eq(pg_buf_cstr(&b), want, "of %s: got %s", in, pg_buf_cstr(&b));
	cr_expect_eq(used, columns, "of %s: %d columns", in, used);
	pg_buf_free(&b);
}

static void all_of_safe(void)
{
	static const struct {
		const char *in, *utf8, *ascii;
		int wide, narrow; /* columns in UTF-8 and in ASCII */
	} t[] = {
		{"", "", "", 0, 0},
		{"nginx: w", "nginx: w", "nginx: w", 8, 8},
		{"a\nb", "a�b", "a?b", 3, 3},
		{"\x1b[31m", "�[31m", "?[31m", 5, 5},
		{"\x7f", "�", "?", 1, 1},
		{"\xc2\x9b"
		 "2J",
		 "�2J", "?2J", 3, 3}, /* C1: CSI */
		{"\xff\xfe", "��", "??", 2, 2},
		{"é", "é", "?", 1, 1},
		{"日本", "日本", "??", 4, 2},
		{"e\xcc\x81x", "ex", "e?x", 2, 3}, /* combining acute */
		{"a\xe2\x80\x8d"
		 "b",
		 "ab", "a?b", 2, 3}, /* ZWJ */
		{"a\xe2\x80\x8b"
		 "b",
		 "ab", "a?b", 2, 3},                           /* ZWSP */
		{"\xe2\x9d\xa4\xef\xb8\x8f", "❤", "??", 1, 2}, /* variation selector */
		{"\xc2\xad", "", "?", 0, 1},                   /* soft hyphen */
		{"\xe2\x80\x8e", "�", "?", 1, 1},              /* U+200E */
		{"\xe2\x80\xae"
		 "cod",
		 "�cod", "?cod", 4, 4},                         /* U+202E */
		{"\xe2\x81\xa6\xe2\x81\xa9", "��", "??", 2, 2}, /* U+2066, U+2069 */
		{"\xd8\x9c", "�", "?", 1, 1},                   /* U+061C */
		{"\xe2\x80\xa8\xe2\x80\xa9", "��", "??", 2, 2}, /* U+2028, U+2029 */
		{"\xef\xbf\xbf", "�", "?", 1, 1},               /* noncharacter */
		{"\xef\xb7\x90", "�", "?", 1, 1},               /* U+FDD0 */
		{"\xee\x80\x80", "�", "?", 1, 1},               /* private use */
		{"\xf3\xa0\x81\x81", "�", "?", 1, 1},           /* tag */
		{"\xf4\x8f\xbf\xbd", "�", "?", 1, 1},           /* private plane */
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "?", 2, 1},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		size_t n = strlen(t[i].in);
		check_safe(t[i].in, n, true, 100, t[i].utf8, t[i].wide);
		check_safe(t[i].in, n, false, 100, t[i].ascii, t[i].narrow);
		cr_expect_eq(pg_text_width(t[i].in, n, true), t[i].wide, "width of %s", t[i].in);
		cr_expect_eq(pg_text_width(t[i].in, n, false), t[i].narrow, "width of %s", t[i].in);
	}
	check_safe("a\0b", 3, true, 100, "a�b", 3);
}

Test(text, safe_in_the_posix_locale)
{
	setlocale(LC_ALL, "C");
	all_of_safe();
}

Test(text, safe_in_a_utf8_locale)
{
	if (!setlocale(LC_ALL, "C.UTF-8"))
		cr_skip_test("no C.UTF-8");
	all_of_safe();
}

Test(text, safe_is_cut_at_columns)
{
	check_safe("abcdef", 6, true, 3, "abc", 3);
	check_safe("abcdef", 6, true, 0, "", 0);
	check_safe("日本", 6, true, 3, "日", 2); /* half a character is not drawn */
	check_safe("日本", 6, true, 1, "", 0);
	check_safe("日本", 6, false, 1, "?", 1);
}

Test(text, escape)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{"", ""},
		{"nginx, \"x\"", "nginx, \"x\""},
		{"a\nb\tc\r", "a\\x0Ab\\x09c\\x0D"},
		{"a\\b", "a\\x5Cb"},
		{"=1+1", "\\x3D1+1"},
		{"+x", "\\x2Bx"},
		{"-x-", "\\x2Dx-"},
		{"@x@", "\\x40x@"},
		{"\x7f", "\\x7F"},
		{"é日", "é日"},
		{"\xff", "\\xFF"},
		{"\xe2\x82", "\\xE2\\x82"},
		{"\xc2\x85", "\\xC2\\x85"},
		{"\xe2\x80\xa8", "\\xE2\\x80\\xA8"},
		{"\xe2\x80\xa9", "\\xE2\\x80\\xA9"},
		{"\xed\xa0\x80", "\\xED\\xA0\\x80"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf b = {0};
		pg_text_escape(&b, t[i].in, strlen(t[i].in));
		cr_expect_str_eq(pg_buf_cstr(&b), t[i].want, "case %zu: %s", i, pg_buf_cstr(&b));
		pg_buf_free(&b);
	}
}

static size_t unescape(const char *s, size_t n, char *out)
{
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\\') {
			out[len++] = s[i];
			continue;
		}
		char hex[3] = {s[i + 2], s[i + 3], '\0'};
		cr_assert_eq(s[i + 1], 'x');
		out[len++] = (char)strtoul(hex, NULL, 16);
		i += 3;
	}
	return len;
}

Test(text, escape_is_reversible)
{
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		/* Bytes near the edges of UTF-8 come often, so that whole characters come up too.
		 */
		static const char common[] = "\\=x\n\x80\x85\xa8\xc2\xe2\xed\xf0\xf4\xff";
		char in[24], out[24 * 4];
		size_t n = (size_t)random() % sizeof(in);
		for (size_t i = 0; i < n; i++)
			in[i] = random() % 2 ? (char)random()
					     : common[(size_t)random() % (sizeof(common) - 1)];
		struct pg_buf b = {0};
		pg_text_escape(&b, in, n);
		cr_assert(is_utf8(b.data, b.len));
		for (size_t i = 0; i < b.len; i++)
			cr_assert((unsigned char)b.data[i] >= 0x20 && b.data[i] != 0x7f);
		cr_assert_eq(unescape(b.data, b.len, out), n);
		cr_assert(memcmp(in, out, n) == 0);
		pg_buf_free(&b);
	}
}
