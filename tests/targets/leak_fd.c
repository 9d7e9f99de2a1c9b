/* SPDX-License-Identifier: MIT */
/*
 * leak_fd [SECONDS [PERIOD_MS [MAX [PATH]]]]: opens PATH (/dev/null) once more every PERIOD_MS
 * (50), MAX (500) times, or until it has no descriptor left.
 */
#include "target.h"

#include <fcntl.h>

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned period = target_arg(&t, 2, 50), max = target_arg(&t, 3, 500);
	const char *path = argc > 4 ? argv[4] : "/dev/null";
	bool limit = false;

	target_ready();
	for (unsigned n = 0; target_sleep(&t, period); n++)
		if (!limit && n < max)
			limit = open(path, O_RDONLY) < 0;
	return 0;
}
