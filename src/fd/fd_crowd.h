/* SPDX-License-Identifier: MIT */
/*
 * fd_crowd: what each process of a tree had over time, as far as it is needed to say at the end
 * which of them came nearest to its limit, and how it came there. Used by fd_profile.c only.
 *
 * All series share one axis of at most SLOTS points. When it is full, neighbours are put together,
 * and the smaller value stays, since a leak shows in the floor; so up to SLOTS samples are exact.
 * A process whose number stands still costs nothing. Of those that have ended only the worst stays.
 */
#ifndef PG_FD_CROWD_H
#define PG_FD_CROWD_H

#include "fd_profile.h"

#define PG_FD_CROWD_SLOTS 1024
#define PG_FD_CROWD_MAX   4096 /* alive at one time; of further ones nothing is known */

struct pg_fd_crowd *pg_fd_crowd_new(void);
void pg_fd_crowd_free(struct pg_fd_crowd *p);
/* Each sample; its processes by pid, each once. */
void pg_fd_crowd_sample(struct pg_fd_crowd *p, double elapsed, const struct pg_fd_sample *s);
/* out->pid 0: there was none. series is empty before. */
void pg_fd_crowd_worst(struct pg_fd_crowd *p, struct pg_fd_worst *out, struct pg_series *series);

#endif
