/* SPDX-License-Identifier: MIT */
/*
 * write_io SECONDS FILE [KIB]: writes KIB (64) and syncs, every 20 ms. FILE must be on a disk:
 * memory file systems count no write_bytes. Its name is removed at once.
 */
#include "target.h"

#include <fcntl.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	size_t size = (size_t)target_arg(&t, 3, 64) * 1024;
	char *data = malloc(size ? size : 1);
	int fd;

	if (argc < 3 || !data) {
		fputs("usage: write_io SECONDS FILE [KIB]\n", stderr);
		return 2;
	}
	memset(data, 'w', size);
	fd = open(argv[2], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		target_fail(argv[2]);
	unlink(argv[2]);
	target_ready();
	do {
		if (pwrite(fd, data, size, 0) < 0 || fdatasync(fd) < 0)
			target_fail("write");
	} while (target_sleep(&t, 20));
	return 0;
}
