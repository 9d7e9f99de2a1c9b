/* SPDX-License-Identifier: MIT */
/* storm_fork [SECONDS [RATE]]: RATE (100, at most 5000) children a second, each of which ends at
 * once. */
#include "target.h"

#include <sys/wait.h>

#define PERIOD_MS 10

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned rate = target_arg(&t, 2, 100), debt = 0;

	if (rate > 5000)
		rate = 5000;
	target_ready();
	do {
		for (debt += rate * PERIOD_MS; debt >= 1000; debt -= 1000) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			if (pid > 0)
				waitpid(pid, NULL, 0);
		}
	} while (target_sleep(&t, PERIOD_MS));
	return 0;
}
