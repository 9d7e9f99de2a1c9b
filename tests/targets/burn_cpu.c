/* SPDX-License-Identifier: MIT */
/* burn_cpu [SECONDS [THREADS [DUTY]]]: each thread runs DUTY percent (100) of the time. */
#include "target.h"

#include <pthread.h>

#define PERIOD_MS 20

static unsigned duty;
static struct target target;

static void *burn(void *unused)
{
	uint64_t busy = PERIOD_MS * TARGET_NS_PER_MS * duty / 100;

	(void)unused;
	for (;;) {
		target_burn(busy);
		usleep(PERIOD_MS * 10 * (100 - duty));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads;

	target = target_begin(argc, argv);
	threads = target_arg(&target, 2, 1);
	duty = target_arg(&target, 3, 100);
	if (duty > 100)
		duty = 100;
	/* The leader burns too, so that the process has THREADS busy tasks and no idle one. */
	for (unsigned i = 1; i < threads; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, burn, NULL))
			target_fail("pthread_create");
	}
	target_ready();
	do {
		target_burn(PERIOD_MS * TARGET_NS_PER_MS * duty / 100);
	} while (target_sleep(&target, PERIOD_MS * (100 - duty) / 100));
	return 0;
}
