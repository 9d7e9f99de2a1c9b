/* SPDX-License-Identifier: MIT */
#include "fd_proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "task/procdir.h"
#include "task/procparse.h"

/* include/linux/sched.h; set before a task drops its files (kernel/exit.c, do_exit()). */
#define PF_EXITING 0x4

long pg_fd_text(int dirfd, const char *path, char *text, size_t size)
{
	/* O_NONBLOCK: a FIFO in a foreign tree must not hold us. */
	pg_auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ssize_t n;
	do
		n = read(fd, text, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

bool pg_fd_gone(long e)
{
	return e == -ENOENT || e == -ESRCH;
}

static bool number(struct pg_span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	if (s.n == 0 || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.s[i] - '0');
		if (digit > 9 || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

enum { COMM = 1, STATE = 2, PPID = 3, FLAGS = 8, THREADS = 19, START = 21 };

int pg_fd_proc_read(int dirfd, const char *path, struct pg_fd_proc *out)
{
	char text[1024];
	struct pg_span f[PG_STAT_FIELDS];
	uint64_t ppid, flags;
	long n = pg_fd_text(dirfd, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	if (pg_split_stat(text, (size_t)n, f) <= START || f[STATE].n != 1 ||
	    !number(f[PPID], INT32_MAX, &ppid) || !number(f[FLAGS], UINT32_MAX, &flags) ||
	    !number(f[THREADS], UINT64_MAX, &out->threads) ||
	    !number(f[START], UINT64_MAX, &out->start))
		return -EIO;
	out->ppid = (int32_t)ppid;
	out->flags = (uint32_t)flags;
	out->state = f[STATE].s[0];
	size_t len = f[COMM].n < sizeof(out->comm) ? f[COMM].n : sizeof(out->comm) - 1;
	memset(out->comm, 0, sizeof(out->comm));
	memcpy(out->comm, f[COMM].s, len);
	return 0;
}

bool pg_fd_proc_ending(const struct pg_fd_proc *p)
{
	return (p->flags & PF_EXITING) || p->state == 'Z' || p->state == 'X' || p->state == 'x';
}

long pg_fd_numbers(int dirfd, struct pg_buf *numbers, size_t max)
{
	_Alignas(struct dirent64) char bytes[16384];
	struct pg_procdir dir = {.dirfd = dirfd, .bytes = bytes, .size = sizeof(bytes)};
	int32_t n;
	long count = 0;
	if (lseek(dirfd, 0, SEEK_SET) < 0)
		return -errno;
	for (; pg_procdir_next(&dir, &n); count++)
		if (numbers && numbers->len / sizeof(n) < max)
			pg_buf_put(numbers, &n, sizeof(n));
	return dir.error ? dir.error : count;
}

int32_t pg_fd_living_thread(int rootfd, int32_t pid)
{
	char path[48];
	struct pg_buf tids = {0};
	struct pg_fd_proc p;
	int32_t found = 0, tid;
	snprintf(path, sizeof(path), "%d/task", pid);
	pg_auto_close int fd = openat(rootfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || pg_fd_numbers(fd, &tids, SIZE_MAX) < 0)
		tids.len = 0;
	for (size_t at = 0; at < tids.len && !found; at += sizeof(tid)) {
		memcpy(&tid, tids.data + at, sizeof(tid));
		snprintf(path, sizeof(path), "%d/stat", tid);
		if (pg_fd_proc_read(fd, path, &p) == 0 && !pg_fd_proc_ending(&p))
			found = tid;
	}
	pg_buf_free(&tids);
	return found;
}

int32_t pg_fd_tgid(int rootfd, int32_t tid)
{
	char path[32], text[4096];
	const char *s = text;
	struct pg_span key, value;
	uint64_t tgid;
	snprintf(path, sizeof(path), "%d/status", tid);
	long n = pg_fd_text(rootfd, path, text, sizeof(text));
	size_t len = n > 0 ? (size_t)n : 0;
	while (pg_next_line(&s, &len, &key, &value))
		if (key.n == 4 && memcmp(key.s, "Tgid", 4) == 0)
			return number(value, INT32_MAX, &tgid) ? (int32_t)tgid : 0;
	return 0;
}
