/* SPDX-License-Identifier: MIT */
/*
 * How long a key takes while the scanner works: the live grid on a pty, with a crowd of threads;
 * from the byte of a key that moves the cursor to the first byte of the answer. Prints the median
 * and the worst of 60 keys, spread over the cycle; asserts nothing.
 *
 *   key_bench [PROCESSES [THREADS]]
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "bench.h"

#define KEYS 60

static void measure(struct bench_run *r)
{
	double ms[KEYS];
	size_t nr = 0;
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	for (int i = 0; i < KEYS; i++) {
		bench_drain(r, 20 + i * 7 % 60, 5000);
		uint64_t t0 = pg_clock_ns(CLOCK_MONOTONIC);
		ssize_t n = write(r->fd, i % 2 ? "h" : "l", 1);
		if (n != 1 || poll(&p, 1, 5000) != 1)
			break;
		ms[nr++] = (double)(pg_clock_ns(CLOCK_MONOTONIC) - t0) / 1e6;
	}
	if (nr < KEYS)
		printf("key %zu was not answered in 5 s\n", nr);
	if (nr == 0)
		return;
	double median = bench_median(ms, nr);
	printf("key to answer: median %.2f ms, 95 %% %.2f ms, worst %.2f ms of %zu keys\n", median,
	       ms[nr * 95 / 100], ms[nr - 1], nr);
}

int main(int argc, char **argv)
{
	const char *procs = argc > 1 ? argv[1] : "1000", *threads = argc > 2 ? argv[2] : "15";
	const char *const crowd[] = {"crowd", "120", procs, threads, "0", NULL};
	const char *const grid[] = {bench_procgrid(), NULL};
	struct bench_run r;
	bench_begin("key_bench");
	bench_target(crowd);
	printf("crowd: %s processes of %s threads\n", procs, threads);
	bench_open(&r, grid, true);
	if (bench_read(&r, 20000)) {
		bench_drain(&r, 300, 20000);
		measure(&r);
	}
	bench_close(&r);
	return 0;
}
