/* SPDX-License-Identifier: MIT */
/*
 * chrome: the lines around the grid: header, busy line, legend. Pure: a frame and a few numbers in,
 * text on a canvas out. What does not fit is left out whole, the least wanted first.
 */
#ifndef CHROME_H
#define CHROME_H

#include <stdbool.h>
#include <stdint.h>

#include "canvas.h"
#include "delta.h"
#include "layout.h"
#include "model.h"
#include "theme.h"

struct chrome_input {
	const struct pg_frame *frame; /* NULL: nothing was sampled yet */
	const struct pg_busy *busy;   /* of that frame */
	const struct theme *theme;
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

#endif
