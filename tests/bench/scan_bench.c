/* SPDX-License-Identifier: MIT */
/*
 * A full pass of the scanner (--scan full) against a bare loop that opens, reads and closes the
 * same files and throws the bytes away, beside a crowd of 1,000 processes of 5 threads. Both in
 * turn, CPU time of this thread, medians. Prints figures; asserts nothing.
 *
 *   scan_bench [ROUNDS]
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "source/source.h"
#include "task/procparse.h"

#define ROUNDS_MAX 101
static char bytes[64 * 1024];
static char dents[64 * 1024];

static void read_away(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t unused = read(fd, bytes, sizeof(bytes));
	(void)unused;
	close(fd);
}

struct dirent64_ {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static size_t list(int fd, int32_t *tids, size_t max)
{
	size_t nr = 0;
	long n;
	while ((n = syscall(SYS_getdents64, fd, dents, sizeof(dents))) > 0)
		for (long at = 0; at < n;) {
			const struct dirent64_ *d = (const void *)(dents + at);
			if (nr < max && pg_parse_tid(d->name, &tids[nr]))
				nr++;
			at += d->reclen;
		}
	return nr;
}

static size_t bare_process(int rootfd, int32_t pid)
{
	static const char *const files[] = {"stat", "status", "io", "schedstat"};
	static int32_t tids[1 << 20];
	char path[64];
	struct stat st;
	snprintf(path, sizeof(path), "%d", pid);
	int dirfd = openat(rootfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int taskfd = openat(dirfd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t nr = taskfd >= 0 ? list(taskfd, tids, 1 << 20) : 0;
	for (size_t i = 0; i < nr; i++)
		for (size_t f = 0; f < 4; f++) {
			snprintf(path, sizeof(path), "%d/%s", tids[i], files[f]);
			read_away(taskfd, path);
		}
	read_away(dirfd, "statm");
	fstatat(dirfd, "fd", &st, 0);
	close(taskfd);
	close(dirfd);
	return nr;
}

static size_t bare_pass(void)
{
	static int32_t pids[1 << 20];
	int rootfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t nr = list(rootfd, pids, 1 << 20), tasks = 0;
	for (size_t i = 0; i < nr; i++)
		tasks += bare_process(rootfd, pids[i]);
	close(rootfd);
	return tasks;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 21;
	if (rounds < 1 || rounds > ROUNDS_MAX)
		rounds = 21;
	const char *const crowd[] = {"crowd", "120", "1000", "5", "50", NULL};
	double full[ROUNDS_MAX], bare[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct pg_source_options o = {.root = "/proc", .full = true};
	struct pg_plan plan = {.scope = PG_SCOPE_THREADS, .groups = PG_PLAN_ALL_GROUPS};
	struct pg_error err;
	bench_begin("scan_bench");
	bench_target(crowd);
	struct pg_source *src = pg_source_procfs_open(&o, &err);
	if (!src) {
		fprintf(stderr, "scan_bench: %s\n", err.text);
		return 1;
	}
	struct pg_snapshot s = {0};
	size_t tasks = 0;
	for (int i = -1; i < rounds; i++) { /* the first round warms up */
		uint64_t t0 = pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
		tasks = bare_pass();
		uint64_t t1 = pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
		pg_snapshot_clear(&s);
		if (src->ops->next(src, &plan, &s, &err) < 0)
			return 1;
		uint64_t t2 = pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
		if (i < 0)
			continue;
		bare[i] = (double)(t1 - t0) / 1e6;
		full[i] = (double)(t2 - t1) / 1e6;
		ratio[i] = full[i] / bare[i];
	}
	printf("tasks %zu processes %zu rounds %d\n", tasks, s.nr_procs, rounds);
	printf("bare loop  %8.2f ms a pass (median)\n", bench_median(bare, (size_t)rounds));
	printf("full pass  %8.2f ms a pass (median)\n", bench_median(full, (size_t)rounds));
	double r = bench_median(ratio, (size_t)rounds);
	printf("ratio      %8.2f (median of pairs); promised: at most 1.3  %s\n", r,
	       r <= 1.3 ? "met" : "MISSED");
	pg_snapshot_free(&s);
	src->ops->close(src);
	return 0;
}
