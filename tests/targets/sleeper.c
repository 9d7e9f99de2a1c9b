/* SPDX-License-Identifier: MIT */
/* sleeper [SECONDS]: does nothing at all. */
#include "target.h"

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);

	target_ready();
	target_wait(&t);
	return 0;
}
