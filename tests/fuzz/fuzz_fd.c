/* SPDX-License-Identifier: MIT */
/* Any bytes as a link of /proc/PID/fd, and as a line of each table of sockets. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fd/fd_kind.h"
#include "fd/fd_net.h"

static void as_link(const char *s, size_t n)
{
	struct pg_buf out = {0};
	for (unsigned mode = 0; mode < 16; mode++) {
		enum pg_fd_kind kind = pg_fd_kind_of(s, n, mode << 12);
		if (kind >= PG_FD_NR_KINDS)
			abort();
		pg_buf_clear(&out);
		pg_fd_prefix(kind, s, n, &out);
		if (out.len > n)
			abort();
	}
	pg_buf_clear(&out);
	pg_fd_prefix(PG_FD_SOCKET, s, n, &out);
	if (out.len > n)
		abort();
	pg_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pg_fd_net_row row;
	char *copy = malloc(size ? size : 1);
	if (size)
		memcpy(copy, data, size);
	as_link(copy, size);
	for (int t = 0; t < PG_FD_NR_TABLES; t++) {
		memset(&row, 'x', sizeof(row));
		if (pg_fd_net_line((enum pg_fd_table)t, copy, size, &row) &&
		    (strlen(row.local) >= sizeof(row.local) ||
		     strlen(row.remote) >= sizeof(row.remote)))
			abort();
	}
	free(copy);
	return 0;
}
