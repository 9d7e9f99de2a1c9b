/* SPDX-License-Identifier: MIT */
/* rename_sibling [SECONDS]: told anything, the leader gives its other thread, which sleeps, a new
 * name. */
#include "target.h"

#include <pthread.h>
#include <semaphore.h>

static sem_t born;
static pid_t sibling;

static void *sleep_on(void *unused)
{
	sibling = gettid();
	sem_post(&born);
	for (;;)
		pause();
	return unused;
}

static bool give_name(unsigned number)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", sibling);
	FILE *f = fopen(path, "w");
	return f && fprintf(f, "name %u", number) > 0 && fclose(f) == 0;
}

int main(int argc, char **argv)
{
	unsigned number = 0;
	pthread_t t;

	target_begin(argc, argv);
	sem_init(&born, 0, 0);
	if (pthread_create(&t, NULL, sleep_on, NULL))
		target_fail("pthread_create");
	while (sem_wait(&born))
		;
	target_ready();
	while (target_order())
		target_answer(give_name(++number));
	return 0;
}
