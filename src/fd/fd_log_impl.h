/* SPDX-License-Identifier: MIT */
/* One line of a log: fd_log_record.c reads it, fd_log_read.c puts it where it belongs. */
#ifndef PG_FD_LOG_IMPL_H
#define PG_FD_LOG_IMPL_H

#include "base/json_scan.h"
#include "fd_profile.h"

struct pg_fd_record {
	struct pg_json j;
	char type[16]; /* "": a sample */
	bool has_elapsed, has_timestamp, has_fds, has_kinds, kinds_refused, has_status, over,
		has_command;
	double elapsed, timestamp, interval;
	int64_t status, pid;
	uint64_t stream, ticks, late, skipped, left_out;
	char *text; /* message of an event, what a header is of; owned */
	uint32_t kinds[PG_FD_NR_KINDS];
	struct pg_fd_parts parts;
	struct pg_fd_sample sample;
};
/* Zeroed is ready, and reused from line to line. NULL, or what is wrong with the line. */
const char *pg_fd_record_read(struct pg_fd_record *r, const char *s, size_t n);
void pg_fd_record_free(struct pg_fd_record *r); /* what it holds */

#endif
