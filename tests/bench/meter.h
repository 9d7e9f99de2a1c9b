/* SPDX-License-Identifier: MIT */
/*
 * meter: what a running program costs from refresh to refresh.
 *
 * The cost is the difference of its process CPU clock (clock_getcpuclockid(3): all threads, ended
 * ones too), read while the program sleeps: a little after a burst of output, so that a reading
 * stands between two refreshes, whatever their beat. What reads the output is another process and
 * does not count.
 */
#ifndef METER_H
#define METER_H

#include "bench.h"

#define METER_MAX_CYCLES 60

struct cost {
	bool counts;             /* it drew in every cycle, and was alive at the end */
	char why[160];           /* if it does not count */
	int nr;                  /* refreshes measured */
	double median, min, max; /* CPU, ms a refresh */
	double mean;             /* the same over all of them */
	double seconds;          /* from refresh to refresh, median */
	double bytes_s;          /* written, a second */
	double rss, hwm;         /* MiB, at the end */
	double rest;             /* CPU of everything else meanwhile, in percent of one CPU */
	double children;         /* CPU of its children that have ended, ms a refresh */
	double forks_s;          /* births of the machine meanwhile, a second */
};

/* Several programs (at most 4) during the same seconds. Lets `skip` refreshes pass and measures the
 * next nr; the programs go on. */
void meter_together(struct bench_run *r, struct cost *out, size_t nr_runs, int skip, int nr);
/* Starts it, measures, ends it. */
struct cost meter_program(const char *const argv[], bool tty, int skip, int nr);

/* From the start to the last byte of the first and of the second screen, in ms. */
struct paint {
	bool counts;
	double first, second;
};
struct paint meter_paint(const char *const argv[]);

#endif
