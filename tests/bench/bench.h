/* SPDX-License-Identifier: MIT */
/*
 * bench: what the benchmarks have in common: targets and whole programs as children, on a terminal
 * made of a pty or at the end of a pipe, and that nothing of it is left behind. All of them are
 * started in the build directory. A benchmark that is interrupted ends inside of the next call of
 * one of these functions, by exit().
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_ROWS 50
#define BENCH_COLS 200

/* First of all. Children get a home of their own, empty but for what bench_config() puts there. */
void bench_begin(const char *name);
/* Writes a file below the children's XDG_CONFIG_HOME, as "btop/btop.conf". */
void bench_config(const char *dir, const char *file, const char *text);
/* The name of a file in that home, which is removed at the end; valid until the next call. */
const char *bench_path(const char *file);
/* The program that is measured: PROCGRID of the environment, or the one just built. */
const char *bench_procgrid(void);
/* Whether PATH has it. */
bool bench_has(const char *name);
/* First line of what the program prints; empty if nothing. */
void bench_first_line(const char *const argv[], char *line, size_t size);

/* Starts a program of tests/targets by its name and waits until it is ready; else ends all. */
pid_t bench_target(const char *const argv[]);
/* SIGTERM, or SIGKILL if that does not help; waits for its end and for that of its children. pid <=
 * 0 is allowed. */
void bench_end(pid_t pid);

/* A program that runs, and the other end of what it writes to. */
struct bench_run {
	pid_t pid;
	int fd; /* the pty's master, or the reading end of a pipe */
	bool ended;
	uint64_t bytes;      /* read so far */
	uint64_t started_ns; /* CLOCK_MONOTONIC, just before it was made */
	uint64_t last_ns;    /* when something was read last */
	char said[121];      /* the first printable bytes, for the case that it ends at once */
};
/* argv[0] is looked up in PATH unless it has a slash. Without tty stdout is a pipe. */
void bench_open(struct bench_run *r, const char *const argv[], bool tty);
void bench_close(struct bench_run *r);
/* Reads once, waiting for at most that long. 0: nothing came, or it has ended. */
size_t bench_read(struct bench_run *r, int ms);
/* Reads until nothing has come for quiet_ms, for at most max_ms. All bytes that came. */
size_t bench_drain(struct bench_run *r, int quiet_ms, int max_ms);
void bench_sleep(int ms);

/* Sorts. nr > 0. */
double bench_median(double *v, size_t nr);
/* A number from the environment, at least min and at most max. */
int bench_env(const char *name, int fallback, int min, int max);

#endif
