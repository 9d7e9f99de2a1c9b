/* SPDX-License-Identifier: MIT */
/* leak_fd [SECONDS [PERIOD_MS [MAX]]]: opens one more descriptor every PERIOD_MS (50), MAX (500) in
 * all. */
#include "target.h"

#include <fcntl.h>

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned period = target_arg(&t, 2, 50), max = target_arg(&t, 3, 500);
	bool limit = false;

	target_ready();
	for (unsigned n = 0; target_sleep(&t, period); n++)
		if (!limit && n < max)
			limit = open("/dev/null", O_RDONLY) < 0;
	return 0;
}
