/* SPDX-License-Identifier: MIT */
/*
 * Files and directories as procfs has them: small texts that come in one read, and lists of numbers
 * (by getdents64 itself, since opendir(3) would allocate for each).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "source_procfs.h"
#include "task/procparse.h"

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

struct linux_dirent {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

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

int pg_procfs_list(struct pg_scratch *sc, int dirfd, struct pg_buf *tids)
{
	pg_buf_clear(tids);
	for (;;) {
		long n = syscall(SYS_getdents64, dirfd, sc->dents, PG_DENTS_SIZE);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		for (long at = 0; at < n;) {
			const struct linux_dirent *d = (const void *)(sc->dents + at);
			int32_t tid;
			if (pg_parse_tid(d->name, &tid))
				pg_buf_put(tids, &tid, sizeof(tid));
			at += d->reclen;
		}
	}
	sort_tids(tids);
	return 0;
}

long pg_procfs_count(struct pg_scratch *sc, int dirfd)
{
	long count = 0, n;
	while ((n = syscall(SYS_getdents64, dirfd, sc->dents, PG_DENTS_SIZE)) > 0)
		for (long at = 0; at < n;) {
			const struct linux_dirent *d = (const void *)(sc->dents + at);
			count += d->name[0] >= '0' && d->name[0] <= '9';
			at += d->reclen;
		}
	return n < 0 ? -errno : count;
}
