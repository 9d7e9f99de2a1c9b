/* SPDX-License-Identifier: MIT */
/*
 * many_threads [SECONDS [N [EVERY_MS]]]: N (100) idle threads beside the leader. With EVERY_MS one
 * of them ends that often, the oldest first, and a new one is born.
 */
#include "target.h"

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>

static struct thread {
	pthread_t id;
	sem_t end;
} * threads;

static void *idle(void *arg)
{
	struct thread *self = arg;

	while (sem_wait(&self->end))
		;
	return NULL;
}

static void start(struct thread *t)
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN + 16384);
	sem_init(&t->end, 0, 0);
	if (pthread_create(&t->id, &small, idle, t))
		target_fail("pthread_create");
	pthread_attr_destroy(&small);
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned n = target_arg(&t, 2, 100), every = target_arg(&t, 3, 0);

	threads = calloc(n ? n : 1, sizeof(*threads));
	if (!threads)
		target_fail("calloc");
	for (unsigned i = 0; i < n; i++)
		start(&threads[i]);
	target_ready();
	if (!every || !n) {
		target_wait(&t);
		return 0;
	}
	for (unsigned i = 0; target_sleep(&t, every); i = (i + 1) % n) {
		sem_post(&threads[i].end);
		pthread_join(threads[i].id, NULL);
		start(&threads[i]);
	}
	return 0;
}
