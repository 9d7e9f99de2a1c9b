/* SPDX-License-Identifier: MIT */
/*
 * renice_child [SECONDS]: a child sleeps, and its scheduling is changed by its parent when that is
 * told: n nicer by one, p another policy (batch, normal), t real time (back with p). The child does
 * not run for it.
 */
#include "target.h"

#include <sched.h>
#include <sys/resource.h>

static int nice_value, policy = SCHED_OTHER;

static bool obey(pid_t child, char order)
{
	struct sched_param none = {0}, low = {.sched_priority = 1};

	switch (order) {
	case 'n':
		nice_value = nice_value < 19 ? nice_value + 1 : 19;
		return setpriority(PRIO_PROCESS, (id_t)child, nice_value) == 0;
	case 'p':
		policy = policy == SCHED_OTHER ? SCHED_BATCH : SCHED_OTHER;
		return sched_setscheduler(child, policy, &none) == 0;
	case 't':
		if (sched_setscheduler(child, SCHED_RR, &low))
			return false;
		policy = SCHED_RR;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	char order;

	target_begin(argc, argv);
	pid_t child = fork();
	if (child < 0)
		target_fail("fork");
	if (child == 0) {
		target_die_with_parent();
		for (;;)
			pause();
	}
	nice_value = getpriority(PRIO_PROCESS, 0);
	target_ready();
	while ((order = target_order()))
		target_answer(obey(child, order));
	return 0;
}
