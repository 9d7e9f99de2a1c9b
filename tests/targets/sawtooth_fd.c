/* SPDX-License-Identifier: MIT */
/* sawtooth_fd [SECONDS [PERIOD_MS [MAX]]]: opens one more descriptor every PERIOD_MS (10), and
 * closes them all when there are MAX (20); so over and over. */
#include <fcntl.h>

#include "target.h"

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned period = target_arg(&t, 2, 10), max = target_arg(&t, 3, 20);
	int fds[1000];
	unsigned n = 0;

	if (max > 1000)
		max = 1000;
	target_ready();
	while (target_sleep(&t, period)) {
		if (n == max)
			while (n > 0)
				close(fds[--n]);
		else if ((fds[n] = open("/dev/null", O_RDONLY)) >= 0)
			n++;
	}
	return 0;
}
