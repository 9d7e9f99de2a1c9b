/* SPDX-License-Identifier: MIT */
/* What a frame says of the whole machine: one table for writing and reading. */
#include "base/json_put.h"
#include "stream_impl.h"

#define SANE 1e12 /* more is no load, no percentage, and no uptime */

enum type { U64, DOUBLE, LOAD };

static const struct total {
	const char *name;
	uint32_t group; /* enum pg_host_group */
	enum type type;
	uint16_t offset; /* in struct pg_host */
} totals[] = {
#define HOST(name, group, type, member)                                                            \
	{                                                                                          \
		name, PG_HOST_##group, type, offsetof(struct pg_host, member)                      \
	}
	HOST("cpu_total_ticks", CPU, U64, cpu_total),
	HOST("cpu_busy_ticks", CPU, U64, cpu_busy),
	HOST("mem_total_bytes", MEM, U64, mem_total),
	HOST("mem_available_bytes", MEM, U64, mem_available),
	HOST("swap_total_bytes", MEM, U64, swap_total),
	HOST("swap_free_bytes", MEM, U64, swap_free),
	HOST("load", LOAD, LOAD, load),
	HOST("uptime_seconds", UPTIME, DOUBLE, uptime),
	HOST("psi_cpu_percent", PSI_CPU, DOUBLE, psi_cpu),
	HOST("psi_io_percent", PSI_IO, DOUBLE, psi_io),
	HOST("psi_mem_percent", PSI_MEM, DOUBLE, psi_mem),
	HOST("forks", FORKS, U64, forks),
#undef HOST
};
#define NR_TOTALS PG_ARRAY_LEN(totals)

/* ---- writing ------------------------------------------------------------------------------ */

static void put_value(struct pg_buf *out, const struct total *t, const struct pg_host *host)
{
	const void *v = (const char *)host + t->offset;
	const double *d = v;
	switch (t->type) {
	case U64:
		pg_json_put_u64(out, *(const uint64_t *)v);
		break;
	case DOUBLE:
		pg_json_put_double(out, *d);
		break;
	case LOAD:
		for (int i = 0; i < 3; i++) {
			pg_buf_putc(out, i ? ',' : '[');
			pg_json_put_double(out, d[i]);
		}
		pg_buf_putc(out, ']');
		break;
	}
}

void pg_stream_put_host(struct pg_buf *out, const struct pg_host *host, const char *name_in_head)
{
	const char *comma = "";
	pg_buf_putc(out, '{');
	if (host->name[0] && strcmp(host->name, name_in_head) != 0) {
		pg_buf_puts(out, "\"name\":");
		pg_json_put_bytes(out, host->name, strlen(host->name));
		comma = ",";
	}
	for (size_t i = 0; i < NR_TOTALS; i++) {
		if (!(host->valid & totals[i].group))
			continue;
		pg_buf_printf(out, "%s\"%s\":", comma, totals[i].name);
		put_value(out, &totals[i], host);
		comma = ",";
	}
	pg_buf_putc(out, '}');
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool read_double(struct pg_json *j, double *v)
{
	const char *at = j->at;
	if (!pg_json_double(j, v))
		return false;
	return (*v >= 0 && *v <= SANE) || pg_json_fail(j, at, "not a number of that size");
}

static bool read_load(struct pg_json *j, double load[3])
{
	const char *at = j->at;
	size_t i = 0;
	if (!pg_json_array(j))
		return false;
	for (; pg_json_item(j) && i < 3; i++)
		read_double(j, &load[i]);
	return (i == 3 && !j->problem) || pg_json_fail(j, at, "not three numbers");
}

static bool read_value(struct pg_json *j, const struct total *t, struct pg_host *host)
{
	void *to = (char *)host + t->offset;
	if (pg_json_null(j))
		return true;
	host->valid |= t->group;
	switch (t->type) {
	case U64:
		return pg_json_u64(j, UINT64_MAX, to);
	case DOUBLE:
		return read_double(j, to);
	case LOAD:
		return read_load(j, to);
	}
	return false;
}

static bool read_name(struct pg_json *j, struct pg_host *host)
{
	const char *s;
	size_t n;
	if (!pg_json_bytes(j, &s, &n))
		return false;
	n = n < sizeof(host->name) ? n : sizeof(host->name) - 1;
	memcpy(host->name, s, n);
	host->name[n] = '\0';
	return true;
}

bool pg_stream_read_host(struct pg_json *j, struct pg_host *host)
{
	const char *names[NR_TOTALS + 1];
	const char *key;
	size_t n;
	uint32_t seen = 0;
	for (size_t i = 0; i < NR_TOTALS; i++)
		names[i] = totals[i].name;
	names[NR_TOTALS] = "name";
	if (!pg_json_object(j))
		return false;
	while (pg_json_key(j, &key, &n)) {
		size_t m = pg_stream_member(j, key, n, names, NR_TOTALS + 1, &seen);
		if (m < NR_TOTALS)
			read_value(j, &totals[m], host);
		else if (m == NR_TOTALS)
			read_name(j, host);
		else
			pg_json_skip(j);
	}
	return !j->problem;
}
