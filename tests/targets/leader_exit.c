/* SPDX-License-Identifier: MIT */
/*
 * leader_exit [SECONDS [told]]: the first thread ends, another one lives on: the process shows Z,
 * and is not dead. With "told" it ends at the first order.
 */
#include "target.h"

#include <pthread.h>
#include <sys/types.h>

static struct target target;
static bool told;

/* The leader's state, by its stat: the field behind the last ')'. */
static char leader_state(void)
{
	char text[512], *at;
	FILE *f = fopen("/proc/self/stat", "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	for (at = text + n; at > text && *at != ')'; at--)
		;
	return at > text ? at[2] : '\0';
}

static void *live_on(void *unused)
{
	(void)unused;
	while (leader_state() != 'Z')
		usleep(1000);
	if (told)
		target_answer(true);
	else
		target_ready();
	target_wait(&target);
	exit(0);
}

int main(int argc, char **argv)
{
	pthread_t t;

	target = target_begin(argc, argv);
	told = argc > 2;
	if (told) {
		target_ready();
		if (!target_order())
			return 0;
	}
	if (pthread_create(&t, NULL, live_on, NULL))
		target_fail("pthread_create");
	pthread_exit(NULL);
}
