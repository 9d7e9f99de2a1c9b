/* SPDX-License-Identifier: MIT */
/*
 * past: frames that have been, by number. A live grid keeps its last minutes (history.c), a file
 * has all of them (recording.c); who goes back and forth in time need not know which.
 */
#ifndef PG_PAST_H
#define PG_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "task/snapshot.h"

struct pg_past;

struct pg_past_ops {
	/* Frames first … end - 1 can be had. Both only grow. */
	uint64_t (*first)(const struct pg_past *p);
	uint64_t (*end)(const struct pg_past *p);
	/* When a frame was taken, as its machine's clock said: to be shown. */
	int64_t (*wall_ns)(const struct pg_past *p, uint64_t frame);
	/* Where it stands on the axis of time (struct pg_axis): to be searched and measured by. */
	int64_t (*axis_ns)(const struct pg_past *p, uint64_t frame);
	/*
	 * Fills an empty snapshot. Cheap for the frame after the one that was asked for last; any
	 * other takes some ms. 0, or -errno with a message: that frame cannot be had.
	 */
	int (*get)(struct pg_past *p, uint64_t frame, struct pg_snapshot *out,
		   struct pg_error *err);
	void (*close)(struct pg_past *p);
};

/* Base of each: the first member of its private struct. */
struct pg_past {
	const struct pg_past_ops *ops;
};

/*
 * An axis of time that never goes back: the clock of the frames, as long as that goes on. Where it
 * was put back, the axis goes on by what passed on the monotonic clock, or stands still if that is
 * no better; so from there on it is ahead of the clock. Only ever appended to: what was said of a
 * frame stays.
 */
struct pg_axis {
	bool begun;
	uint64_t mono_ns; /* of the last frame, as the rest */
	int64_t wall_ns, ns;
};
/* The place of the next frame. Times of a file may be anything. */
int64_t pg_axis_next(struct pg_axis *a, uint64_t mono_ns, int64_t wall_ns);

/* The last frame at or before a place on the axis; the first one if there is none. */
uint64_t pg_past_at(const struct pg_past *p, int64_t axis_ns);
/*
 * The frame at which the clock said that time: of all at or before it that the next one is behind
 * of, the one nearest to here. The clock may have said it more than once, if it was put back. False
 * if it said so between no two frames. Looks at all frames.
 */
bool pg_past_find(const struct pg_past *p, int64_t wall_ns, uint64_t here, uint64_t *frame);
/* The least and the greatest that the clock said; of a past that has a frame. Looks at all. */
void pg_past_clocks(const struct pg_past *p, int64_t *least_ns, int64_t *most_ns);
/*
 * A place on the axis of one past as one on the axis of another, where both are of different
 * machines. What the clocks say now is taken for the same: one that was put back is right since.
 */
int64_t pg_past_same(const struct pg_past *from, int64_t axis_ns, const struct pg_past *to);

/* ---- history.c ------------------------------------------------------------------------------ */

/*
 * The last frames of a feed, packed: of each what changed since the one before, and of every
 * PG_HISTORY_KEY-th, or sooner if much changes, what changed since the last such. At least max_ns
 * of them stay, unless all together would take more than max_bytes; that holds after each
 * pg_history_add(), whatever is added. The oldest go, as many at once as lie between two keys.
 * Beside it stands the snapshot that was got last, for as long as somebody asks.
 */
struct pg_history_options {
	uint64_t max_ns;  /* 0: PG_HISTORY_NS */
	size_t max_bytes; /* 0: PG_HISTORY_BYTES */
};
#define PG_HISTORY_NS    (600 * PG_NS_PER_SEC)
#define PG_HISTORY_BYTES ((size_t)32 << 20)
#define PG_HISTORY_KEY   60

struct pg_past *pg_history_open(const struct pg_history_options *o);
/* Adds the current snapshot of a feed, which stays the feed's; its blocks are shared. */
void pg_history_add(struct pg_past *history, const struct pg_snapshot *s);
/* What it takes: packed bytes, and blocks that nobody else may hold. */
size_t pg_history_bytes(const struct pg_past *history);

/* ---- recording.c ---------------------------------------------------------------------------- */

struct pg_stream_head;

/*
 * A file that was recorded, compressed or not, whole or cut off; also what `procgrid --json` wrote.
 * All of it is looked through once, for an index of its frames. A file that ends in the middle of a
 * frame ends before that frame; one that is damaged further up ends before the damage, and notice
 * says where (at which byte, after which frame), empty else. So does one of more than 4,194,304
 * frames end there: the index of them takes no more than 42 MiB. NULL with a message if there is
 * not even one frame.
 */
struct pg_past *pg_recording_open(const char *path, struct pg_error *notice, struct pg_error *err);
/* The same of an open file that can be sought in; the descriptor is taken over. */
struct pg_past *pg_recording_open_fd(int fd, const char *name, struct pg_error *notice,
				     struct pg_error *err);
const struct pg_stream_head *pg_recording_head(const struct pg_past *recording);

#endif
