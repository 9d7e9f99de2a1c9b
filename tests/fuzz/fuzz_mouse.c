/* SPDX-License-Identifier: MIT */
/* Any bytes as a mouse report, and as what a terminal sends: no event but those that are told of.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "canvas/keys.h"
#include "term/term_input.h"

static void check(const struct term_event *ev)
{
	if (ev->row < 0 || ev->col < 0 || ev->row > 65535 || ev->col > 65535)
		abort();
	if (ev->kind > TERM_WHEEL || (ev->kind == TERM_KEY && ev->code == KEY_NONE))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct term_input in = {0};
	struct term_event ev;
	char *copy = malloc(size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	if (term_parse_mouse(copy, size, &ev))
		check(&ev);
	for (size_t i = 0; i < size; i++) {
		int rounds = 0;
		do {
			if (++rounds > 2)
				abort(); /* a byte is given again once */
			if (term_input_byte(&in, data[i], &ev))
				check(&ev);
		} while (in.again);
		if (data[i] == 'i' && term_input_idle(&in, &ev))
			check(&ev);
	}
	free(copy);
	return 0;
}
