/* SPDX-License-Identifier: MIT */
/*
 * Files and directories as procfs has them: small texts that come in one read, and lists of
 * numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "source_procfs_impl.h"
#include "task/procdir.h"

#define FILE_MAX (4 * 1024 * 1024)

int pg_procfs_openat(struct pg_scratch *sc, int dirfd, const char *path, int flags)
{
	int fd = openat(dirfd, path, flags | O_CLOEXEC);
	sc->opened++;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		sc->starved = true;
	return fd;
}

/* Whoever waits for something else gets a turn about once a millisecond. */
#define TEXTS_A_TURN 64

static void count_text(struct pg_scratch *sc)
{
	if (++sc->texts % TEXTS_A_TURN == 0 && sc->between)
		sc->between(sc->between_arg);
}

long pg_procfs_reread(struct pg_scratch *sc, int fd)
{
	size_t len = 0;
	count_text(sc);
	for (;;) {
		if (len == sc->file_cap) {
			if (len >= FILE_MAX)
				return (long)len;
			sc->file = pg_grow(sc->file, &sc->file_cap, len ? 2 * len : 16384, 1);
		}
		ssize_t n = pread(fd, sc->file + len, sc->file_cap - len, (off_t)len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		/* A read that did not fill the buffer was the last: procfs gives all it has. */
		if (n == 0 || len < sc->file_cap)
			return (long)len;
	}
}

long pg_procfs_slurp(struct pg_scratch *sc, int dirfd, const char *path)
{
	/* O_NONBLOCK: a FIFO in a foreign tree must not hold us; procfs does not care. */
	pg_auto_close int fd = pg_procfs_openat(sc, dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : pg_procfs_reread(sc, fd);
}

static int cmp_tids(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

static void sort_tids(struct pg_buf *tids)
{
	int32_t *t = (int32_t *)(void *)tids->data;
	size_t nr = tids->len / sizeof(*t);
	for (size_t i = 1; i < nr; i++) {
		if (t[i - 1] > t[i]) {
			qsort(t, nr, sizeof(*t), cmp_tids);
			return;
		}
	}
}

static struct pg_procdir walk(struct pg_scratch *sc, int dirfd)
{
	return (struct pg_procdir){.dirfd = dirfd, .bytes = sc->dents, .size = PG_DENTS_SIZE};
}

int pg_procfs_list(struct pg_scratch *sc, int dirfd, struct pg_buf *tids)
{
	struct pg_procdir dir = walk(sc, dirfd);
	int32_t tid;
	pg_buf_clear(tids);
	while (pg_procdir_next(&dir, &tid))
		if (tid > 0)
			pg_buf_put(tids, &tid, sizeof(tid));
	sort_tids(tids);
	return dir.error;
}

long pg_procfs_count(struct pg_scratch *sc, int dirfd)
{
	struct pg_procdir dir = walk(sc, dirfd);
	int32_t number;
	long count = 0;
	while (pg_procdir_next(&dir, &number))
		count++;
	return dir.error ? dir.error : count;
}
