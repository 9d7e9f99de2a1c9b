/* SPDX-License-Identifier: MIT */
/*
 * sink: where frames go when they do not go to the screen. begin once, frame a cycle, end once.
 * Frames belong to the caller and are valid during the call only. A sink writes to a descriptor
 * that the caller opened and closes; it buffers, and hands over whole lines only: a reader that
 * goes away or an interrupt between frames never leaves half a line.
 */
#ifndef PG_SINK_H
#define PG_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "task/delta.h"
#include "task/field.h"

struct pg_sink;

struct pg_sink_ops {
	const char *name;
	/* All return 0 or -errno of the write. */
	int (*begin)(struct pg_sink *s);
	int (*frame)(struct pg_sink *s, const struct pg_frame *f);
	int (*end)(struct pg_sink *s);
	void (*free)(struct pg_sink *s);
};

struct pg_sink {
	const struct pg_sink_ops *ops;
};

struct pg_csv_options {
	int fd;
	bool titles;
	bool changed_only;                    /* idle rows that did not move are left out */
	const struct pg_field *const *fields; /* NULL: the default table */
	size_t nr_fields;
	uint8_t raw; /* of PG_STAT | PG_STATUS | PG_IO | PG_FD: raw columns instead of fields */
	/* Raw status columns: text of a status file of this machine, whose unknown keys are added.
	 */
	const char *status_sample;
	size_t status_sample_len;
	int warn_fd; /* a status key met later is named here, once; -1: nowhere */
	int stop_fd; /* readable: stop behind a whole line (frame says -EINTR); 0 or less: none */
};

struct pg_stream_head;

struct pg_json_options {
	int fd;
	int stop_fd;  /* as above */
	bool compact; /* into a file, with a key frame now and then; else only the first is one */
	/* What the first line says; what is 0 or empty in it is taken of the first frame. */
	const struct pg_stream_head *head;
};

struct pg_sink *pg_sink_csv_new(const struct pg_csv_options *o);     /* sink_csv.c: fields */
struct pg_sink *pg_sink_csv_raw_new(const struct pg_csv_options *o); /* sink_csv_raw.c: files */
struct pg_sink *pg_sink_json_new(const struct pg_json_options *o);   /* sink_json.c: counters */

#endif
