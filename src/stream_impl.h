/* SPDX-License-Identifier: MIT */
/* Shared by writer and reader of streams (stream_*.c), and by nobody else. */
#ifndef PG_STREAM_IMPL_H
#define PG_STREAM_IMPL_H

#include "json_scan.h"
#include "stream.h"

/* Names of the host's values, in the order of the line; both sides go by this table. */
enum pg_stream_host_type { PG_SH_U64, PG_SH_DOUBLE, PG_SH_LOAD };
struct pg_stream_host {
	const char *name;
	uint32_t group; /* enum pg_host_group */
	enum pg_stream_host_type type;
	uint16_t offset; /* in struct pg_host */
};
extern const struct pg_stream_host pg_stream_hosts[];
extern const size_t pg_nr_stream_hosts;

/* "threads", "processes"; NULL beyond them. */
const char *pg_scope_name(unsigned scope);

/* The header line, compact or not, whatever the stream was that h came from. */
void pg_stream_write_head(bool compact, const struct pg_stream_head *h, struct pg_buf *out);

/* Groups as names joined by blanks, in quotes. */
void pg_stream_put_groups(struct pg_buf *b, uint8_t groups);
/* The way back; names that are not known are left out. */
bool pg_stream_read_groups(struct pg_json *j, uint8_t *groups);
bool pg_stream_read_scope(struct pg_json *j, uint8_t *scope);

static inline bool pg_is_key(const char *key, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(key, name, n) == 0;
}

/* Which counter stands in which place of a row; -1: one that is not known. */
#define PG_STREAM_COLUMNS 1024
struct pg_stream_columns {
	int16_t counter[PG_STREAM_COLUMNS];
	size_t nr;
};

/*
 * The header, behind its first key "procgrid". 0, -EPROTO with a message, or -EBADMSG: j says why.
 */
int pg_stream_read_head(struct pg_json *j, struct pg_stream_head *h,
			struct pg_stream_columns *columns, struct pg_error *err);

/* One row of a task, as it stands in a line. Zeroed is empty; text is the caller's to free. */
struct pg_stream_row {
	struct pg_task task; /* strings: in text */
	struct pg_proc proc; /* pid, and the values of the process if this is its first row */
	struct pg_buf text;
	uint64_t has;   /* counters that were there, a bit each */
	int exit_code;  /* of a brief task, written as an object; -1: unknown */
	const char *at; /* where it begins */
};
/* An object or an array. False: j says why. */
bool pg_stream_read_row(struct pg_json *j, const struct pg_stream_columns *columns,
			struct pg_stream_row *row);
/* Begins a block for the process of a row. */
struct pg_block;
void pg_stream_begin_block(struct pg_block *b, const struct pg_stream_row *row, uint8_t scope);
/* Puts a row into a block, strings included; the first one with the values of its process. */
void pg_stream_put_row(struct pg_block *b, const struct pg_stream_row *row);

/* pid, tid, start_ticks, as an array or an object; key is one that a task can have. */
bool pg_stream_read_key(struct pg_json *j, struct pg_key *key);
/* What the connector told; fills told, which is empty. False: j says why. */
bool pg_stream_read_told(struct pg_json *j, const struct pg_stream_columns *columns, uint8_t scope,
			 struct pg_told *told);

#endif
