/* SPDX-License-Identifier: MIT */
/* The reader of a stream, as its files know it: stream_read.c the frame, stream_tasks.c its tasks.
 */
#ifndef PG_STREAM_READ_IMPL_H
#define PG_STREAM_READ_IMPL_H

#include "stream_impl.h"
#include "task/block.h"

struct pg_stream_reader {
	struct pg_stream_limits limits;
	bool has_head, has_last;
	struct pg_stream_head head;
	struct pg_stream_columns columns;
	struct pg_snapshot last; /* blocks of the frame before */
	uint64_t last_number;
	/* Kept for their memory. */
	struct pg_block block;
	struct pg_key *gone;
	size_t gone_cap;
	struct pg_stream_row row; /* the last member: that of it is one without an end */
};

/* While a frame is read. */
struct pg_stream_reading {
	struct pg_stream_reader *r;
	struct pg_json j;
	struct pg_snapshot *out;
	struct pg_stream_mark mark;
	uint32_t has; /* members that were there, enum member */
	bool key;
	size_t nr_gone, gone; /* how many keys, and which is next */
	size_t last;          /* next block of the frame before */
	bool more;            /* r->row is filled */
	struct pg_key at;     /* of the row before that */
};

/* The value of "tasks", of "gone", and of "changed", which comes behind it. False: j says why. */
bool pg_stream_read_tasks(struct pg_stream_reading *f);
bool pg_stream_read_gone(struct pg_stream_reading *f);
bool pg_stream_read_changed(struct pg_stream_reading *f);

#endif
