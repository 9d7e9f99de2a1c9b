/* SPDX-License-Identifier: MIT */
/* The numbers and messages are those of fdprof-demo, with a while of nothing before and after, so
 * that the first and the last step are jumps from and to something. */
#include "fd_demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

#define MOST_FILES 32

static const struct step {
	int files; /* opened; < 0: closed */
	unsigned ms;
	const char *message;
} steps[] = {
	{0, 800, "Demo started"},   {5, 1500, "Stage 1 complete"}, {8, 1200, "Stage 2 complete"},
	{6, 1000, "Peak reached"},  {-5, 800, "First drop"},       {-8, 600, "Second drop"},
	{-6, 800, "Demo complete"},
};

static int open_unnamed(void)
{
	const char *const dirs[] = {getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm"};
	for (size_t i = 0; i < PG_ARRAY_LEN(dirs); i++) {
		int fd = dirs[i] ? open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
		if (fd >= 0 || errno == EMFILE)
			return fd;
	}
	return memfd_create("demo", MFD_CLOEXEC); /* file systems that have no such files */
}

static int change(int *files, size_t *nr, int by)
{
	for (; by > 0; by--) {
		files[*nr] = open_unnamed();
		if (files[(*nr)++] < 0)
			return -errno;
	}
	for (; by < 0; by++)
		close(files[--*nr]);
	return 0;
}

/* In one write, so that no other output comes between. */
static void tell(const char *message)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	dprintf(STDOUT_FILENO, "EVENT: %lld.%06ld %s\n", (long long)now.tv_sec, now.tv_nsec / 1000,
		message);
}

static void wait_ms(unsigned ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

int pg_fd_demo(void)
{
	int files[MOST_FILES];
	size_t nr = 0;
	for (size_t i = 0; i < PG_ARRAY_LEN(steps); i++) {
		int e = change(files, &nr, steps[i].files);
		if (e < 0) {
			dprintf(STDERR_FILENO, "demo: cannot open a file: %s\n", strerror(-e));
			return 1;
		}
		tell(steps[i].message);
		wait_ms(steps[i].ms);
	}
	return 0;
}
