/* SPDX-License-Identifier: MIT */
/*
 * fd_watch: the descriptors of every process of a feed, over time, for the grid: at the cost of
 * what changed. A process whose number never changed costs nothing. Of the others a bounded series
 * is kept from the beginning of the grid on: when it is full, neighbours are put together, and of
 * them the smaller value stays, since a leak shows in the floor.
 */
#ifndef PG_FD_WATCH_H
#define PG_FD_WATCH_H

#include "series/series.h"
#include "task/delta.h"

#define PG_FD_WATCH_POINTS 256 /* of a process, at most */
#define PG_FD_WATCH_PROCS                                                                          \
	4096 /* with a series, at most; then those that changed longest ago are dropped */
#define PG_FD_WATCH_NEAR 0.9 /* share of the limit from which on a process is near it */

enum pg_fd_sign { PG_FD_FINE, PG_FD_LEAKING, PG_FD_NEAR_LIMIT };

struct pg_fd_watch;
struct pg_fd_watch *pg_fd_watch_new(void);
void pg_fd_watch_free(struct pg_fd_watch *w);
/* Once a frame of the live feed. */
void pg_fd_watch_frame(struct pg_fd_watch *w, const struct pg_frame *f);
/*
 * Of a process, in seconds since the first frame; a value holds until the next point, and the last
 * point is now. Empty: the number has not changed since the first frame, or since it was born; what
 * the snapshot has is all that there is to tell. The caller frees it.
 */
void pg_fd_watch_series(const struct pg_fd_watch *w, int32_t pid, uint64_t start,
			struct pg_series *out);
/* The verdict on a process, by its series as of now. False: too early, it was seen too seldom. */
bool pg_fd_watch_leak(const struct pg_fd_watch *w, int32_t pid, uint64_t start,
		      struct pg_leak *out);
/* A process that is not fine. */
struct pg_fd_alarm {
	int32_t pid;
	uint64_t start;
	enum pg_fd_sign sign;
	uint64_t fds, limit; /* limit 0: not known, UINT64_MAX: none */
	double per_second;   /* 0: does not leak */
};
/* The worst of them, the worst first, at most max; returns how many there are in all. */
size_t pg_fd_watch_alarms(const struct pg_fd_watch *w, struct pg_fd_alarm *out, size_t max);

#endif
