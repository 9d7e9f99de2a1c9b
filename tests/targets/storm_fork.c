/* SPDX-License-Identifier: MIT */
/*
 * storm_fork [SECONDS [RATE [KIND]]]: RATE (100, at most 20000) children a second, each of which
 * ends at once; with KIND "threads" they are threads. What the machine does not manage in time is
 * not made up for.
 */
#include "target.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

#define RATE_MAX  20000
#define PERIOD_MS 10

/* vfork(2) copies no page tables: it is the fastest way to be born. */
static void child(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void *end(void *arg)
{
	return arg;
}

static void thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, end, NULL) == 0)
		pthread_join(t, NULL);
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned rate = target_arg(&t, 2, 100), debt = 0;
	bool threads = argc > 3 && strcmp(argv[3], "threads") == 0;
	uint64_t was = target_now();

	if (rate > RATE_MAX)
		rate = RATE_MAX;
	target_ready();
	do {
		uint64_t now = target_now(), ms = (now - was) / TARGET_NS_PER_MS;

		was += ms * TARGET_NS_PER_MS;
		for (debt += rate * (unsigned)(ms < 100 ? ms : 100); debt >= 1000; debt -= 1000)
			threads ? thread() : child();
	} while (target_sleep(&t, PERIOD_MS));
	return 0;
}
