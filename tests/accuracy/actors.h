/* SPDX-License-Identifier: MIT */
/* actors: programs of tests/targets that a test starts, and tells what to do (target.h). */
#ifndef ACTORS_H
#define ACTORS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct actor {
	pid_t pid;
	int to; /* its stdin */
	FILE *from;
};

/* argv[0] is its name in the directory $targets_dir. Returns when it is set up; ends the program
 * with a message if that fails. */
void actor_start(struct actor *a, const char *const argv[]);
/* An order, and the answer: false means refused. */
bool actor_tell(struct actor *a, char order);
void actor_stop(struct actor *a);

#endif
