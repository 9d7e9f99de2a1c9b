/* SPDX-License-Identifier: MIT */
/*
 * zombie [SECONDS [N]]: N (1) children that have ended and are never waited for: with the exit
 * codes 0, 1, 2, …, but the third by SIGKILL; the fourth with 3 as well, by its second thread, when
 * its first had long ended with 77.
 */
#include "target.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void *outlive(void *leader)
{
	pthread_join(*(pthread_t *)leader, NULL);
	_exit(3);
}

static void end(unsigned i)
{
	static pthread_t first;
	pthread_t second;

	if (i == 2)
		raise(SIGKILL);
	if (i == 3) {
		first = pthread_self();
		if (pthread_create(&second, NULL, outlive, &first) == 0)
			syscall(SYS_exit, 77);
	}
	_exit((int)(i % 256));
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned n = target_arg(&t, 2, 1);

	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();
		siginfo_t info;

		if (pid == 0)
			end(i);
		if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
			target_fail("zombie");
	}
	target_ready();
	target_wait(&t);
	return 0;
}
