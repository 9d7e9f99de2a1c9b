/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: clang -g -fsanitize=fuzzer,address,undefined -Isrc tests/fuzz/fuzz_settings.c
 * src/cmd/settings.c src/base/human.c src/base/text.c src/base/util.c -lcjson -lm. Any bytes as a
 * settings file: values in their ranges, and messages of one line each.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cmd/settings.h"

static void check_line(void *ctx, const char *line)
{
	(void)ctx;
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pg_settings s;
	pg_settings_parse("f", (const char *)data, n, &s, check_line, NULL);
	if (s.columns > 10000 || (s.has_delay && s.delay_ns < PG_NS_PER_SEC / 20))
		abort();
	pg_settings_free(&s);
	return 0;
}
