/* SPDX-License-Identifier: MIT */
/* Shared by writer and reader of streams (stream_*.c), and by nobody else. */
#ifndef PG_STREAM_IMPL_H
#define PG_STREAM_IMPL_H

#include "base/json_scan.h"
#include "stream.h"

/*
 * Totals of the host, as an object. Its name stands there only if it is not the one of the header;
 * the reader has that one in it already.
 */
void pg_stream_put_host(struct pg_buf *out, const struct pg_host *host, const char *name_in_head);
bool pg_stream_read_host(struct pg_json *j, struct pg_host *host);

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

/*
 * Which of the names (at most 32) a key is; nr: none of them, and its value is left out. One that
 * was there before is a problem.
 */
size_t pg_stream_member(struct pg_json *j, const char *key, size_t n, const char *const *names,
			size_t nr, uint32_t *seen);

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

/* Names of tasks and users, in bytes: the kernel's have 15 (63 of kernel threads), users' 32. */
#define PG_STREAM_TEXT_MAX 4096

/* One row of a task, as it stands in a line. Zeroed is empty; text is the caller's to free. */
struct pg_stream_row {
	struct pg_task task; /* strings: in text */
	struct pg_buf text;
	uint64_t has;        /* counters that were there, a bit each */
	int exit_code;       /* of a brief task, written as an object; -1: unknown */
	const char *at;      /* where it begins */
	struct pg_proc proc; /* pid, and the values of the process if this is its first row */
};
/* An object or an array. False: j says why. */
bool pg_stream_read_row(struct pg_json *j, const struct pg_stream_columns *columns,
			struct pg_stream_row *row);
struct pg_block;
/* Puts a row into a block, strings included; the first one with the values of its process. */
void pg_stream_put_row(struct pg_block *b, const struct pg_stream_row *row);

/* pid, tid, start_ticks, as an array or an object; key is one that a task can have. */
bool pg_stream_read_key(struct pg_json *j, struct pg_key *key);
/* What the connector told. False: j says why. */
struct pg_stream_tale {
	const struct pg_stream_columns *columns;
	uint8_t scope;
	uint32_t max;         /* of each list */
	struct pg_told *told; /* empty; filled also if there is a problem */
};
bool pg_stream_read_told(struct pg_json *j, const struct pg_stream_tale *tale);

#endif
