/* SPDX-License-Identifier: MIT */
/* ping_pong [SECONDS [ROUNDS]]: two processes send a byte to and fro, ROUNDS (20) times each 10 ms.
 */
#include "target.h"

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned rounds = target_arg(&t, 2, 20);
	int to[2], fro[2];
	char c = 'p';

	if (pipe(to) || pipe(fro))
		target_fail("pipe");
	pid_t pid = fork();
	if (pid < 0)
		target_fail("fork");
	if (pid == 0) {
		target_die_with_parent();
		while (read(to[0], &c, 1) == 1 && write(fro[1], &c, 1) == 1)
			;
		_exit(0);
	}
	target_ready();
	do {
		for (unsigned i = 0; i < rounds; i++)
			if (write(to[1], &c, 1) != 1 || read(fro[0], &c, 1) != 1)
				target_fail("ping_pong");
	} while (target_sleep(&t, 10));
	return 0;
}
