/* SPDX-License-Identifier: MIT */
/* Every parser of /proc text, with anything. The first byte chooses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "task/procparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pg_task t = {0};
	struct pg_stat_extra sx;
	struct pg_status_extra x;
	struct pg_span f[PG_STAT_FIELDS];
	struct pg_kernel_stat k = {0};
	struct pg_meminfo m;
	double d, load[3];
	uint64_t u;
	int32_t pid;
	uint32_t status;
	if (size < 1)
		return 0;
	/* A copy of its own: sanitizers see a read past its end. */
	size_t n = size - 1;
	char *s = malloc(n ? n : 1);
	memcpy(s, data + 1, n);
	switch (data[0] % 12) {
	case 0:
		pg_parse_stat(s, n, &t, &sx);
		break;
	case 1:
		pg_split_stat(s, n, f);
		pg_parse_ending(s, n, &status);
		break;
	case 2:
		pg_parse_status(s, n, &t, &x);
		break;
	case 3:
		pg_parse_io(s, n, &t);
		break;
	case 4:
		pg_parse_schedstat(s, n, &t);
		break;
	case 5:
		pg_parse_statm(s, n, &u, &u);
		break;
	case 6:
		pg_parse_limits_nofile(s, n, &u);
		break;
	case 7:
		pg_parse_loadavg(s, n, load, &pid);
		break;
	case 8:
		pg_parse_uptime(s, n, &u);
		break;
	case 9:
		pg_parse_pressure(s, n, &d);
		break;
	case 10:
		pg_parse_kernel_stat(s, n, &k);
		break;
	case 11:
		pg_parse_meminfo(s, n, &m);
		break;
	}
	free(s);
	return 0;
}
