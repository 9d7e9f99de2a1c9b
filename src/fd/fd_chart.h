/* SPDX-License-Identifier: MIT */
/* fd_chart: descriptors over time as a picture: what a profile holds, and what was found in it. */
#ifndef PG_FD_CHART_H
#define PG_FD_CHART_H

#include "fd_profile.h"
#include "plot/plot.h"

/* Fitted, ready to be drawn. It borrows the samples: the profile must live as long. */
struct pg_plot *pg_fd_chart(const struct pg_fd_profile *p, const struct pg_fd_findings *f);

#endif
