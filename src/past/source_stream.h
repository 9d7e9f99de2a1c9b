/* SPDX-License-Identifier: MIT */
/*
 * source_stream: snapshots out of a stream as it comes: a pipe, or what another host sends. next()
 * waits for the next frame. Not to be sought in; a recording that can be is a past (past.h), which
 * is played here from its beginning to its end.
 */
#ifndef PG_SOURCE_STREAM_H
#define PG_SOURCE_STREAM_H

#include "past.h"
#include "source/source.h"
#include "stream/stream.h"

/*
 * fd is taken over. name is for messages ("host db1", "stdin"). stop_fd (or -1): when it becomes
 * readable next() gives up with PG_NEXT_END; it stays the caller's.
 */
struct pg_source *pg_source_stream_open(int fd, const char *name,
					const struct pg_stream_limits *limits, int stop_fd);
/*
 * The recording is taken over. Its frames as fast as they are asked for; then its notice is told as
 * an error, unless it is empty.
 */
struct pg_source *pg_source_recording_open(struct pg_past *recording,
					   const struct pg_error *notice);
/*
 * What the stream or recording says of itself; NULL of another source, and before the first frame.
 * Valid until the next call of next().
 */
const struct pg_stream_head *pg_source_stream_head(struct pg_source *src);

#endif
