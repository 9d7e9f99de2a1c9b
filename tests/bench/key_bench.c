/* SPDX-License-Identifier: MIT */
/*
 * How long a key takes while the scanner works: the live grid on a pty of 200×50, with a crowd of
 * threads; from the byte of a key that moves the cursor to the first byte of the answer. Prints the
 * median and the worst of 60 keys, spread over the cycle; asserts nothing. Start it in the build
 * directory.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define KEYS 60

static pid_t start_crowd(const char *procs, const char *threads)
{
	int fds[2];
	char line[16];
	if (pipe(fds) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execl("tests/targets/crowd", "crowd", "120", procs, threads, "0", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	ssize_t n = read(fds[0], line, sizeof(line)); /* "ready" */
	return n > 0 ? pid : -1;
}

/* All that comes until nothing has come for a while (milliseconds). */
static size_t drain(int fd, int quiet_ms)
{
	char bytes[65536];
	size_t all = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (poll(&p, 1, quiet_ms) == 1) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		all += (size_t)n;
	}
	return all;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void measure(int master)
{
	double ms[KEYS];
	int nr = 0;
	struct pollfd p = {.fd = master, .events = POLLIN};
	for (int i = 0; i < KEYS; i++) {
		drain(master, 20 + i * 7 % 60);
		uint64_t t0 = pg_clock_ns(CLOCK_MONOTONIC);
		ssize_t n = write(master, i % 2 ? "h" : "l", 1);
		if (n != 1 || poll(&p, 1, 5000) != 1)
			break;
		ms[nr++] = (double)(pg_clock_ns(CLOCK_MONOTONIC) - t0) / 1e6;
	}
	if (nr < KEYS)
		printf("key %d was not answered in 5 s\n", nr);
	if (nr == 0)
		return;
	qsort(ms, (size_t)nr, sizeof(ms[0]), by_value);
	printf("key to answer: median %.2f ms, 95 %% %.2f ms, worst %.2f ms of %d keys\n",
	       ms[nr / 2], ms[nr * 95 / 100], ms[nr - 1], nr);
}

int main(int argc, char **argv)
{
	const char *procs = argc > 1 ? argv[1] : "1000", *threads = argc > 2 ? argv[2] : "15";
	const char *program = getenv("PROCGRID");
	struct winsize ws = {.ws_row = 50, .ws_col = 200};
	int master;
	pid_t crowd = start_crowd(procs, threads);
	if (crowd < 0) {
		fputs("key_bench: start it in the build directory, after make check\n", stderr);
		return 1;
	}
	pid_t pid = forkpty(&master, NULL, NULL, &ws);
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		execl(program ? program : "./procgrid", "procgrid", (char *)NULL);
		_exit(127);
	}
	printf("crowd: %s processes of %s threads\n", procs, threads);
	struct pollfd p = {.fd = master, .events = POLLIN};
	if (poll(&p, 1, 20000) == 1) {
		drain(master, 300);
		measure(master);
	}
	kill(pid, SIGTERM);
	kill(crowd, SIGTERM);
	waitpid(pid, NULL, 0);
	waitpid(crowd, NULL, 0);
	return 0;
}
