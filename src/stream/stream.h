/* SPDX-License-Identifier: MIT */
/*
 * stream: frames as JSON Lines, the one format for scripts, for recordings and between hosts
 * (doc/format.md). A header line, then a line a frame. Nothing here opens a file: lines go into a
 * buffer and come out of one.
 *
 *   writer: frame → line       sink_json.c, cmd_record.c
 *   reader: line → snapshot    source_stream.c, recording.c
 *
 * Written in full, a frame has an object a task. Compact, a frame has an array a task, in the order
 * of the header's fields, and between key frames only tasks that changed, and the keys of those
 * that are gone.
 */
#ifndef PG_STREAM_H
#define PG_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "task/snapshot.h"

#define PG_STREAM_VERSION   1
#define PG_STREAM_KEY_EVERY 60 /* frames from a key frame to the next, in compact files */

/* What the header says; fixed for a stream. Strings are raw bytes, terminated, of either side. */
struct pg_stream_head {
	uint32_t version;
	bool compact;
	uint8_t scope, groups; /* enum pg_scope; enum pg_group that the writer reads */
	uint32_t ticks_per_sec, page_size;
	int64_t boot_wall_ns;
	char host[65], boot_id[40], kernel[65], program[32]; /* program: "procgrid 0.1.0" */
	uint64_t delay_ns;                                   /* between frames; 0: unknown */
};
/*
 * Of this machine, or of a tree that looks like its /proc: host, boot id, kernel, page size,
 * program; empty what cannot be read.
 */
void pg_stream_head_local(struct pg_stream_head *h, const char *proc_root);
/* What of it is known with the first frame only. */
void pg_stream_head_complete(struct pg_stream_head *h, const struct pg_snapshot *first);

/* ---- writing -------------------------------------------------------------------------------- */

struct pg_stream_writer; /* keeps references to what it wrote last */
struct pg_stream_writer *pg_stream_writer_new(bool compact);
void pg_stream_writer_free(struct pg_stream_writer *w);
/* Appends the header line. */
void pg_stream_put_head(struct pg_stream_writer *w, const struct pg_stream_head *h,
			struct pg_buf *out);
/*
 * Appends the line of a frame. key: all tasks (always so when not compact, and for the first frame
 * after a header). number: of the frame, from 0, one more each time: a reader notices a gap.
 */
void pg_stream_put_frame(struct pg_stream_writer *w, const struct pg_snapshot *s, uint64_t number,
			 bool key, struct pg_buf *out);

/* ---- reading -------------------------------------------------------------------------------- */

/* What a foreign stream may ask of us. */
struct pg_stream_limits {
	size_t line;    /* bytes */
	uint32_t tasks; /* in a snapshot */
};
#define PG_STREAM_LIMITS ((struct pg_stream_limits){.line = 256u << 20, .tasks = 5000000})

enum pg_stream_line {
	PG_STREAM_HEAD,
	PG_STREAM_KEY,   /* a frame that needs none before it */
	PG_STREAM_DELTA, /* a frame that changes the one before it */
};

/* What is known of a frame without reading its tasks. */
struct pg_stream_mark {
	uint64_t number;
	uint64_t mono_ns;
	int64_t wall_ns;
};

struct pg_stream_reader;
struct pg_stream_reader *pg_stream_reader_new(const struct pg_stream_limits *limits);
void pg_stream_reader_free(struct pg_stream_reader *r);
/* The head that was read last; NULL before one. Valid until the next. */
const struct pg_stream_head *pg_stream_reader_head(const struct pg_stream_reader *r);
/*
 * Takes one line, without its newline. A frame fills the empty snapshot out, which shares the
 * blocks of processes that did not change with the frame before. enum pg_stream_line, or -EBADMSG
 * with a message that says what is wrong at which byte of the line, and -EPROTO for a version that
 * cannot be read. After an error the next frame must be a key frame.
 */
int pg_stream_read(struct pg_stream_reader *r, const char *line, size_t n, struct pg_snapshot *out,
		   struct pg_error *err);
/* Only what kind of line it is, and its mark: looks at the first few hundred bytes. -EBADMSG. */
int pg_stream_peek(const char *line, size_t n, struct pg_stream_mark *mark);
/* Forgets the frame before: a jump to a key frame follows. */
void pg_stream_reader_rewind(struct pg_stream_reader *r);

#endif
