/* SPDX-License-Identifier: MIT */
/*
 * crowd [SECONDS [PROCESSES [THREADS [ACTIVE]]]]: PROCESSES (100) children of THREADS (5) tasks
 * each; ACTIVE (0) of them all, spread evenly, run for 2 ms a second, the rest never.
 */
#include "target.h"

#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>

#define RUN_MS 2

static unsigned processes, threads, active;

/* Of k = 0 … all - 1 exactly `active` are so, evenly spread. */
static bool is_active(unsigned k)
{
	uint64_t all = (uint64_t)processes * threads;

	return (uint64_t)k * active / all != ((uint64_t)k + 1) * active / all;
}

static void *live(void *arg)
{
	unsigned k = (unsigned)(uintptr_t)arg;

	if (!is_active(k))
		for (;;)
			pause();
	usleep(k * 7919 % 1000 * 1000); /* not all at the same moment */
	for (;;) {
		target_burn(RUN_MS * TARGET_NS_PER_MS);
		usleep(1000 * (1000 - RUN_MS));
	}
	return NULL;
}

static _Noreturn void child(unsigned p, int ready)
{
	pthread_attr_t small;

	target_die_with_parent();
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN + 16384);
	for (unsigned i = 1; i < threads; i++) {
		pthread_t t;

		if (pthread_create(&t, &small, live, (void *)(uintptr_t)(p * threads + i)))
			target_fail("crowd: pthread_create");
	}
	if (write(ready, "r", 1) != 1)
		_exit(1);
	close(ready);
	live((void *)(uintptr_t)(p * threads));
	_exit(0);
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	int ready[2];
	char c;

	processes = target_arg(&t, 2, 100);
	threads = target_arg(&t, 3, 5);
	active = target_arg(&t, 4, 0);
	if (!processes || !threads || pipe(ready))
		target_fail("crowd");
	for (unsigned p = 0; p < processes; p++) {
		pid_t pid = fork();

		if (pid == 0)
			child(p, ready[1]);
		if (pid < 0)
			target_fail("crowd: fork");
	}
	close(ready[1]);
	for (unsigned p = 0; p < processes; p++)
		if (read(ready[0], &c, 1) != 1)
			target_fail("crowd: a child died");
	target_ready();
	target_wait(&t);
	return 0; /* the children die with it */
}
