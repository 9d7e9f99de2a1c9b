/* SPDX-License-Identifier: MIT */
/*
 * churn_threads [SECONDS [RATE [IDLE]]]: RATE (100, at most 5000) threads a second, each of which
 * ends at once, beside IDLE (3) that do nothing.
 */
#include "target.h"

#include <limits.h>
#include <pthread.h>

#define PERIOD_MS 10

static void *end(void *unused)
{
	return unused;
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static pthread_t start(void *(*run)(void *))
{
	pthread_t id;
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN + 16384);
	if (pthread_create(&id, &small, run, NULL))
		target_fail("pthread_create");
	pthread_attr_destroy(&small);
	return id;
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned rate = target_arg(&t, 2, 100), nr_idle = target_arg(&t, 3, 3), debt = 0;

	if (rate > 5000)
		rate = 5000;
	for (unsigned i = 0; i < nr_idle; i++)
		start(idle);
	target_ready();
	do {
		for (debt += rate * PERIOD_MS; debt >= 1000; debt -= 1000)
			pthread_join(start(end), NULL);
	} while (target_sleep(&t, PERIOD_MS));
	return 0;
}
