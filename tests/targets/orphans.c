/* SPDX-License-Identifier: MIT */
/*
 * orphans [SECONDS [N]]: N (20) children with one child each, which sleeps in two threads. Told d,
 * the next child ends and is waited for; z, it ends and stays a zombie; u, orphans are not ours any
 * more but init's (before, they are: prctl(PR_SET_CHILD_SUBREAPER)).
 */
#include "target.h"

#include <pthread.h>
#include <sys/wait.h>

static int alive[2]; /* nobody writes: its end is our end */

static void *sleep_on(void *unused)
{
	char c;

	while (read(alive[0], &c, 1) > 0)
		;
	_exit(0);
	return unused;
}

static _Noreturn void grandchild(int born)
{
	pthread_t t;

	close(alive[1]);
	if (pthread_create(&t, NULL, sleep_on, NULL) || write(born, "b", 1) != 1)
		_exit(1);
	close(born);
	sleep_on(NULL);
	_exit(0);
}

static pid_t parent_of_one(int born)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	target_die_with_parent();
	pid = fork();
	if (pid == 0)
		grandchild(born);
	if (pid < 0)
		_exit(1);
	for (;;)
		pause();
}

static bool end(pid_t pid, bool wait)
{
	siginfo_t info;

	kill(pid, SIGKILL);
	return waitid(P_PID, (id_t)pid, &info, WEXITED | (wait ? 0 : WNOWAIT)) == 0;
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned n = target_arg(&t, 2, 20), next = 0;
	pid_t *parents = calloc(n ? n : 1, sizeof(*parents));
	int born[2];
	char c;

	if (!parents || pipe(alive) || pipe(born) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		target_fail("orphans");
	for (unsigned i = 0; i < n; i++) {
		parents[i] = parent_of_one(born[1]);
		if (parents[i] < 0 || read(born[0], &c, 1) != 1)
			target_fail("fork");
	}
	target_ready();
	while ((c = target_order())) {
		bool ends = (c == 'd' || c == 'z') && next < n;

		if (c == 'u')
			target_answer(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
		else
			target_answer(ends && end(parents[next++], c == 'd'));
	}
	return 0;
}
