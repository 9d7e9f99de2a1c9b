/* SPDX-License-Identifier: MIT */
/* Promise: each number in a directory comes once, whatever else is there, however small the room.
 */
#include "task/procdir.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBERS 100

Test(procdir, numbers_and_nothing_else)
{
	static const char *const others[] = {"self", "12a", "01", "-1", "2147483648"};
	char path[] = "/tmp/procdir.XXXXXX", name[16];
	int seen[NUMBERS] = {0};
	cr_assert(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < NUMBERS; i++) {
		snprintf(name, sizeof(name), "%d", i);
		cr_assert_eq(mkdirat(fd, name, 0700), 0);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		cr_assert_eq(mkdirat(fd, others[i], 0700), 0);

	_Alignas(8) char bytes[320]; /* a few names at a time */
	struct pg_procdir dir = {.dirfd = fd, .bytes = bytes, .size = sizeof(bytes)};
	int32_t n;
	while (pg_procdir_next(&dir, &n)) {
		cr_assert(n >= 0 && n < NUMBERS, "%d", n);
		seen[n]++;
	}
	cr_expect_eq(dir.error, 0);
	for (int i = 0; i < NUMBERS; i++) {
		cr_expect_eq(seen[i], 1, "%d: %d times", i, seen[i]);
		snprintf(name, sizeof(name), "%d", i);
		unlinkat(fd, name, AT_REMOVEDIR);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		unlinkat(fd, others[i], AT_REMOVEDIR);
	rmdir(path);
	close(fd);
}

Test(procdir, an_error_is_no_end)
{
	_Alignas(8) char bytes[320];
	struct pg_procdir dir = {.dirfd = -1, .bytes = bytes, .size = sizeof(bytes)};
	int32_t n;
	cr_expect(!pg_procdir_next(&dir, &n));
	cr_expect_eq(dir.error, -EBADF);
}
