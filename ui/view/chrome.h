/* SPDX-License-Identifier: MIT */
/*
 * chrome: the lines around the grid: header, busy line, legend. Pure: a frame and a few numbers in,
 * text on a canvas out. What does not fit is left out whole, the least wanted first.
 */
#ifndef CHROME_H
#define CHROME_H

#include <stdbool.h>
#include <stdint.h>

#include "canvas/canvas.h"
#include "canvas/layout.h"
#include "canvas/theme.h"
#include "engine/remote.h"
#include "fd/fd_watch.h"
#include "model/model.h"
#include "task/delta.h"

/* When it was what is shown, if that is not now. */
struct chrome_when {
	const char *word;   /* "PAST", "REPLAY"; NULL: now */
	int64_t wall_ns;    /* of the frame */
	int64_t age_ns;     /* < 0: there is no now */
	const char *kernel; /* of the machine that was recorded; NULL: not known, or this one */
};

struct chrome_input {
	const struct pg_frame *frame;     /* NULL: nothing was sampled yet */
	const struct pg_busy *busy;       /* of that frame */
	const struct pg_fd_alarm *alarms; /* of that frame, the worst first */
	size_t nr_alarms;                 /* in all, listed or not */
	const struct theme *theme;
	struct chrome_when when;
	uint64_t delay_ns;
	double own_share; /* of one CPU used by this program; < 0: not known */
	double cpu_share; /* of all CPUs in the last cycle; < 0: not known */
	bool frozen, io_any;
	const struct pg_filter *filter;
	const char *selection; /* what the command line restricts the grid to; NULL: nothing */
	const char *user;      /* name of the filter's user, as it came */
	uint32_t nr_tasks, nr_procs; /* of the whole machine */
};

void chrome_header(struct canvas *c, struct rect r, const struct chrome_input *in);
void chrome_busy(struct canvas *c, struct rect r, const struct chrome_input *in);
void chrome_legend(struct canvas *c, struct rect r, const struct chrome_input *in);

/* ---- several hosts: chrome_hosts.c ---- */

/* The screen's header: how many hosts, how many of them answer. */
void chrome_hosts(struct canvas *c, struct rect r, const struct chrome_input *in, size_t hosts,
		  size_t answering);
/* The header line of one host, as the user called it, with what is known of it or its state. */
struct chrome_host {
	const char *name;
	const struct pg_remote_status *status;
	bool in_focus;
};
void chrome_host(struct canvas *c, struct rect r, const struct chrome_input *in,
		 const struct chrome_host *host);

#endif
