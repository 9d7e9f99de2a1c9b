/* SPDX-License-Identifier: MIT */
/*
 * How fast the output of a command passes: `cat FILE` by itself and run by `procgrid fd`, into a
 * pipe, a file, and a terminal, in turn. FILE is 100 MB of lines without events. The time is from
 * before the fork until the last byte has been read, or, into a file, until the program has ended.
 * Prints the median of the ratios of pairs beside what is promised; asserts nothing.
 *
 *   pass_bench [PAIRS [MEGABYTES]]
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "bench.h"

#define PAIRS_MAX 101
#define LINE      80 /* bytes, with the newline */
#define PROMISED  0.5
#define WAIT_MS   60000

struct place {
	const char *name;
	bool tty, file;
};

static char dir[PATH_MAX], in[PATH_MAX + 8], out[PATH_MAX + 8];

static void clean_up(void)
{
	unlink(in);
	unlink(out);
	rmdir(dir);
}

/* In memory where there is such a place, so that no disk is measured. */
static void make_files(size_t lines)
{
	char line[LINE + 1];
	snprintf(dir, sizeof(dir), "%s/pass_bench.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(1);
	}
	atexit(clean_up);
	snprintf(in, sizeof(in), "%s/in", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	FILE *f = fopen(in, "w");
	for (size_t i = 0; f && i < lines; i++) {
		snprintf(line, sizeof(line), "%079zu\n", i);
		fputs(line, f);
	}
	if (!f || fclose(f) != 0) {
		perror(in);
		exit(1);
	}
}

/* $1 is FILE, $2 where a copy goes, $3 procgrid. Descriptor 3 keeps our pipe open to the end; the
 * report is not wanted. */
static const char *const scripts[2][2] = {
	{"exec cat \"$1\"", "exec cat \"$1\" 3>&1 >\"$2\""},
	{"exec \"$3\" fd --no-log -- cat \"$1\" 2>/dev/null",
	 "exec \"$3\" fd --no-log -- cat \"$1\" 3>&1 >\"$2\" 2>/dev/null"},
};

/* Seconds; 0: not all of it came. */
static double run(const struct place *place, bool through, size_t bytes)
{
	const char *script = scripts[through][place->file];
	const char *const args[] = {"sh", "-c", script, "sh", in, out, bench_procgrid(), NULL};
	struct bench_run r;
	struct stat st;
	unlink(out);
	bench_open(&r, args, place->tty);
	while (!r.ended && (place->file || r.bytes < bytes))
		if (!bench_read(&r, WAIT_MS) && !r.ended)
			break;
	uint64_t end_ns = place->file ? pg_clock_ns(CLOCK_MONOTONIC) : r.last_ns;
	bench_close(&r);
	if (place->file)
		r.bytes = stat(out, &st) == 0 ? (uint64_t)st.st_size : 0;
	if (r.bytes < bytes)
		printf("only %llu bytes came: %s\n", (unsigned long long)r.bytes, r.said);
	return r.bytes < bytes ? 0 : (double)(end_ns - r.started_ns) / 1e9;
}

static void compare(const struct place *place, int pairs, size_t lines)
{
	double direct[PAIRS_MAX], through[PAIRS_MAX], ratio[PAIRS_MAX];
	/* A terminal puts a carriage return before each newline. */
	size_t bytes = lines * LINE + (place->tty ? lines : 0), nr = 0;
	for (int i = -1; i < pairs; i++) { /* the first pair warms up */
		double a = run(place, false, bytes), b = run(place, true, bytes);
		if (a == 0 || b == 0)
			return;
		if (i < 0)
			continue;
		direct[nr] = a * 1e3;
		through[nr] = b * 1e3;
		ratio[nr++] = a / b;
	}
	double r = bench_median(ratio, nr);
	printf("into a %-9s cat %7.1f ms, through procgrid %7.1f ms, speed %.2f (median of "
	       "pairs, %.2f to %.2f); promised: at least %.1f  %s\n",
	       place->name, bench_median(direct, nr), bench_median(through, nr), r, ratio[0],
	       ratio[nr - 1], PROMISED, r >= PROMISED ? "met" : "MISSED");
}

int main(int argc, char **argv)
{
	static const struct place places[] = {
		{"pipe:", false, false}, {"file:", false, true}, {"terminal:", true, false}};
	int pairs = argc > 1 ? atoi(argv[1]) : 9, mega = argc > 2 ? atoi(argv[2]) : 100;
	if (pairs < 1 || pairs > PAIRS_MAX || mega < 1 || mega > 1000)
		return 2;
	size_t lines = (size_t)mega * 1000000 / LINE;
	bench_begin("pass_bench");
	make_files(lines);
	for (size_t i = 0; i < PG_ARRAY_LEN(places); i++)
		compare(&places[i], pairs, lines);
	return 0;
}
