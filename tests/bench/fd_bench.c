/* SPDX-License-Identifier: MIT */
/*
 * What `procgrid fd` is made of: how punctual the sampler is beside a bare loop of
 * clock_nanosleep(2), what sampling costs beside listing each fd directory, with a crowd of 200
 * descendants and in a storm of births, and how long a look at all links takes. Prints figures;
 * asserts nothing.
 *
 *   fd_bench [ROUNDS]     of 11 s
 */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "engine/engine_sampler.h"
#include "fd/fd_links.h"

#define MS         (PG_NS_PER_SEC / 1000)
#define CROWD      200
#define FILES      20 /* of each */
#define TICKS      2000
#define LATE_NS    (MS / 10)
#define ROUNDS_MAX 50

static double cpu(clockid_t clock)
{
	return (double)pg_clock_ns(clock) / 1e9;
}

/* ---- punctual ------------------------------------------------------------------------------- */

struct punctual {
	uint64_t ticks, late, skipped;
};

/* In percent of all beats. */
static double percent(uint64_t n, struct punctual p)
{
	return 100 * (double)n / (double)(p.ticks + p.skipped);
}

/* The beat of the sampler, and nothing done on it. */
static void *bare_loop(void *out)
{
	struct punctual *p = out;
	/* Half a beat off: both are to be alone when they wake. */
	uint64_t due = pg_clock_ns(CLOCK_MONOTONIC) + MS / 2;
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	for (; p->ticks + p->skipped < TICKS; due += MS) {
		struct timespec until = {(time_t)(due / PG_NS_PER_SEC),
					 (long)(due % PG_NS_PER_SEC)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		uint64_t woken = pg_clock_ns(CLOCK_MONOTONIC);
		p->ticks++;
		p->late += woken > due + LATE_NS;
		for (; woken > due + MS + LATE_NS; due += MS)
			p->skipped++;
	}
	return NULL;
}

static struct pg_sampler *start(pid_t pid, uint64_t interval)
{
	struct pg_error err = {""};
	struct pg_fd_tree_options o = {.proc_root = "/proc", .pid = pid, .children = true};
	struct pg_fd_tree *t = pg_fd_tree_open(&o, &err);
	struct pg_sampler *s = t ? pg_sampler_start(t, interval, 0) : NULL;
	if (!s) {
		fprintf(stderr, "fd_bench: %s\n", err.text);
		exit(1);
	}
	return s;
}

/* Takes what comes for that long. Returns the descriptors of the last sample. */
static int64_t run(struct pg_sampler *s, uint64_t ns)
{
	struct pg_fd_sample out = {0};
	struct pg_error err;
	struct pollfd p = {.fd = pg_sampler_fd(s), .events = POLLIN};
	uint64_t end = pg_clock_ns(CLOCK_MONOTONIC) + ns;
	int64_t fds = 0;
	int r = 0;
	while (r >= 0 && pg_clock_ns(CLOCK_MONOTONIC) < end) {
		poll(&p, 1, 100);
		while ((r = pg_sampler_take(s, &out, &err)) == 1)
			fds = out.open_fds;
	}
	pg_fd_sample_free(&out);
	return fds;
}

/* Both at the same time. */
static void race(pid_t pid, struct punctual *bare, struct punctual *ours)
{
	struct pg_sampler_stats st;
	pthread_t t;
	*bare = (struct punctual){0};
	struct pg_sampler *s = start(pid, MS);
	if (pthread_create(&t, NULL, bare_loop, bare)) {
		fprintf(stderr, "fd_bench: no thread\n");
		exit(1);
	}
	run(s, TICKS * MS);
	pg_sampler_stop(s);
	pg_sampler_stats(s, &st);
	pg_sampler_free(s);
	pthread_join(t, NULL);
	*ours = (struct punctual){st.ticks, st.late, st.skipped};
}

static void punctuality(pid_t pid, const char *what, int rounds)
{
	double bare_late[ROUNDS_MAX], bare_skipped[ROUNDS_MAX];
	double late[ROUNDS_MAX], skipped[ROUNDS_MAX], more[ROUNDS_MAX];
	for (int i = 0; i < rounds; i++) {
		struct punctual b, s;
		race(pid, &b, &s);
		bare_late[i] = percent(b.late, b);
		bare_skipped[i] = percent(b.skipped, b);
		late[i] = percent(s.late, s);
		skipped[i] = percent(s.skipped, s);
		more[i] = late[i] - bare_late[i];
	}
	size_t nr = (size_t)rounds;
	printf("1 ms, %s: late beats %.2f %% (skipped %.2f %%); bare loop %.2f %% (%.2f %%)\n",
	       what, bench_median(late, nr), bench_median(skipped, nr), bench_median(bare_late, nr),
	       bench_median(bare_skipped, nr));
	double m = bench_median(more, nr);
	printf("  late more than the bare loop: %.2f %% of beats (median of pairs); promised: at most "
	       "1  %s\n",
	       m, m <= 1 ? "met" : "MISSED");
}

/* ---- what it costs -------------------------------------------------------------------------- */

static long list_one(pid_t pid)
{
	char path[64];
	long n = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *d = opendir(path);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static size_t children_of(pid_t pid, pid_t *out, size_t max)
{
	char path[64];
	size_t nr = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	FILE *f = fopen(path, "r");
	while (f && nr < max && fscanf(f, "%d", &out[nr]) == 1)
		nr++;
	if (f)
		fclose(f);
	return nr;
}

/* Percent of one core, with each directory listed at each beat, who is in the tree being known. */
static double cost_of_lists(pid_t pid, uint64_t interval, int beats)
{
	pid_t pids[CROWD + 1];
	size_t nr = children_of(pid, pids, CROWD);
	volatile long files = 0;
	uint64_t due = pg_clock_ns(CLOCK_MONOTONIC), began = due;
	double used = cpu(CLOCK_THREAD_CPUTIME_ID);
	pids[nr++] = pid;
	for (int i = 0; i < beats; i++) {
		for (size_t k = 0; k < nr; k++)
			files += list_one(pids[k]);
		due += interval;
		struct timespec until = {(time_t)(due / PG_NS_PER_SEC),
					 (long)(due % PG_NS_PER_SEC)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	used = cpu(CLOCK_THREAD_CPUTIME_ID) - used;
	(void)files;
	return 100 * used / ((double)(pg_clock_ns(CLOCK_MONOTONIC) - began) / 1e9);
}

/* The same of sampler and taking. */
static double cost_of_sampler(pid_t pid, uint64_t interval, uint64_t ns, int64_t *fds)
{
	struct pg_sampler *s = start(pid, interval);
	run(s, PG_NS_PER_SEC); /* names and limits are read often at first */
	uint64_t began = pg_clock_ns(CLOCK_MONOTONIC);
	double used = cpu(CLOCK_PROCESS_CPUTIME_ID);
	*fds = run(s, ns);
	used = cpu(CLOCK_PROCESS_CPUTIME_ID) - used;
	double share = 100 * used / ((double)(pg_clock_ns(CLOCK_MONOTONIC) - began) / 1e9);
	pg_sampler_free(s);
	return share;
}

static void costs(pid_t pid, int rounds)
{
	double lists[ROUNDS_MAX], ours[ROUNDS_MAX];
	int64_t fds = 0;
	size_t nr = (size_t)rounds;
	for (int i = 0; i < rounds; i++) {
		lists[i] = cost_of_lists(pid, 100 * MS, 30);
		ours[i] = cost_of_sampler(pid, 100 * MS, 3 * PG_NS_PER_SEC, &fds);
	}
	double c = bench_median(ours, nr);
	printf("0.1 s, %d descendants, %lld descriptors: %.2f %% of a core; promised: at most 1  %s\n",
	       CROWD, (long long)fds, c, c <= 1 ? "met" : "MISSED");
	printf("  each directory listed: %.2f %%\n", bench_median(lists, nr));
	printf("1 ms, the same: %.1f %%\n", cost_of_sampler(pid, MS, 2 * PG_NS_PER_SEC, &fds));
}

static void storm(void)
{
	const char *const argv[] = {"storm_fork", "30", "2000", NULL};
	int64_t fds;
	pid_t pid = bench_target(argv);
	printf("1 ms, 2000 births a second in the tree: %.1f %%\n",
	       cost_of_sampler(pid, MS, 2 * PG_NS_PER_SEC, &fds));
	printf("0.1 s, the same: %.2f %%\n",
	       cost_of_sampler(pid, 100 * MS, 2 * PG_NS_PER_SEC, &fds));
	bench_end(pid);
}

/* ---- a look at all links -------------------------------------------------------------------- */

static double time_of_look(void)
{
	struct pg_fd_links l = {0};
	double ms[9];
	for (size_t i = 0; i < PG_ARRAY_LEN(ms); i++) {
		uint64_t began = pg_clock_ns(CLOCK_MONOTONIC);
		pg_fd_links_read("/proc", getpid(), 0, &l);
		ms[i] = (double)(pg_clock_ns(CLOCK_MONOTONIC) - began) / 1e6;
	}
	pg_fd_links_free(&l);
	return bench_median(ms, PG_ARRAY_LEN(ms));
}

static void look_at(int nr, bool sockets)
{
	int *fd = pg_calloc((size_t)nr, sizeof(*fd));
	for (int i = 0; i < nr; i++) {
		struct sockaddr_in a = {.sin_family = AF_INET};
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd[i] = sockets ? socket(AF_INET, SOCK_DGRAM, 0) : open("/proc/self/exe", O_RDONLY);
		if (sockets && fd[i] >= 0 && bind(fd[i], (struct sockaddr *)&a, sizeof(a)) < 0)
			perror("fd_bench: bind");
	}
	if (fd[nr - 1] < 0)
		printf("a look at %d descriptors: so many may not be opened here\n", nr);
	else
		printf("a look at %d %s: %.2f ms\n", nr, sockets ? "UDP sockets" : "files",
		       time_of_look());
	for (int i = 0; i < nr; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(fd);
}

int main(int argc, char **argv)
{
	const char *const crowd[] = {"crowd", "400", "200", "1", NULL};
	const char *const alone[] = {"sleeper", "400", NULL};
	int rounds = argc > 1 ? atoi(argv[1]) : 5, files[FILES];
	struct rlimit l;
	if (rounds < 1 || rounds > ROUNDS_MAX)
		rounds = 5;
	bench_begin("fd_bench");
	for (int i = 0; i < FILES; i++) /* for all of the crowd */
		files[i] = open("/dev/null", O_RDONLY);
	pid_t pid = bench_target(alone);
	punctuality(pid, "one process", rounds);
	bench_end(pid);
	pid = bench_target(crowd);
	for (int i = 0; i < FILES; i++)
		close(files[i]);
	punctuality(pid, "200 descendants", rounds);
	costs(pid, rounds);
	bench_end(pid);
	storm();
	getrlimit(RLIMIT_NOFILE, &l);
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
	look_at(1000, false);
	look_at(10000, false);
	look_at(1000, true);
	look_at(10000, true);
	return 0;
}
