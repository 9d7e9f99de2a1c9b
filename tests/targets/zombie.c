/* SPDX-License-Identifier: MIT */
/* zombie [SECONDS [N]]: N (1) children that have ended and are never waited for. */
#include "target.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned n = target_arg(&t, 2, 1);

	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();
		siginfo_t info;

		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
			target_fail("zombie");
	}
	target_ready();
	target_wait(&t);
	return 0;
}
