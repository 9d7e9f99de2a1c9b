/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: clang -g -fsanitize=fuzzer,address,undefined -Isrc tests/fuzz/fuzz_text.c
 * src/base/text.c src/base/util.c. Any bytes: what comes out for a terminal holds no control
 * character and is as wide as told; what comes out for a table is UTF-8 on one line.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"

static void require(bool ok)
{
	if (!ok)
		abort();
}

static bool is_utf8(const char *s, size_t n)
{
	uint32_t cp = 0;
	for (size_t i = 0; i < n && cp != PG_INVALID;)
		i += pg_utf8_decode(s + i, n - i, &cp);
	return cp != PG_INVALID;
}

static void check_plain(const struct pg_buf *b)
{
	require(is_utf8(b->data, b->len));
	for (size_t i = 0; i < b->len; i++)
		require((unsigned char)b->data[i] >= 0x20 && b->data[i] != 0x7f);
}

static void check_safe(const char *s, size_t n, int max, bool utf8)
{
	struct pg_buf b = {0};
	int used = pg_text_safe(&b, s, n, max, utf8);
	check_plain(&b);
	require(used >= 0 && used <= max);
	require(used <= pg_text_width(s, n, utf8));
	require(pg_text_width(b.data, b.len, utf8) == used);
	pg_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data;
	struct pg_buf b = {0};

	for (int max = 0; max < 100; max = max * 3 + 1) {
		check_safe(s, n, max, true);
		check_safe(s, n, max, false);
	}
	pg_text_escape(&b, s, n);
	check_plain(&b);
	require(b.len >= n && b.len <= 4 * n);
	pg_buf_free(&b);
	return 0;
}
