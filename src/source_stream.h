/* SPDX-License-Identifier: MIT */
/*
 * source_stream: snapshots out of a stream as it comes: a pipe, or what another host sends. next()
 * waits for the next frame. Not to be sought in; a recording that can be is a past (past.h), and
 * pg_source_past_open() plays it from its beginning to its end.
 */
#ifndef PG_SOURCE_STREAM_H
#define PG_SOURCE_STREAM_H

#include "past.h"
#include "source.h"
#include "stream.h"

/*
 * fd is taken over. name is for messages ("host db1", "stdin"). stop_fd (or -1): when it becomes
 * readable next() gives up with PG_NEXT_END; it stays the caller's.
 */
struct pg_source *pg_source_stream_open(int fd, const char *name,
					const struct pg_stream_limits *limits, int stop_fd);
/* The past is taken over. Its frames as fast as they are asked for. */
struct pg_source *pg_source_past_open(struct pg_past *past);

#endif
