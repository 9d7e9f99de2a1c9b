/* SPDX-License-Identifier: MIT */
/*
 * procparse: the text of /proc files into numbers. Pure functions over (bytes, length): no file, no
 * allocation, no locale, nothing read past the end; every byte is treated as hostile. source_procfs
 * calls them once a file; the fuzzers call them with anything.
 *
 * Formats: proc(5); fs/proc/array.c (stat, status), fs/proc/base.c (io, schedstat, limits).
 * All return false if the text is not what the kernel writes (cut off, empty); out may then be half
 * filled and must not be used. Numbers that overflow 64 bits count as malformed.
 */
#ifndef PG_PROCPARSE_H
#define PG_PROCPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task.h"

/* A piece of the text that was parsed. */
struct pg_span {
	const char *s;
	size_t n;
};

/*
 * stat: fills the PG_STAT values, tid, start and state of t, and what is process-wide. comm is all
 * between the first '(' and the last ')' of the file, whatever it holds.
 */
struct pg_stat_extra {
	struct pg_span comm;
	uint64_t threads, vsize_bytes;
};
bool pg_parse_stat(const char *s, size_t n, struct pg_task *t, struct pg_stat_extra *x);

/*
 * What wait(2) will tell of a zombie, of PID/stat: field 52. The kernel shows it to who may trace
 * the task, and 0 to everybody else; but then field 35 is 0 as well, which is 1 for a zombie
 * (fs/proc/array.c, do_task_stat(): both are behind the same check; Linux 5.16, before that 35 is
 * 0 for all zombies). So other numbers than 0 are known, and 0 where 35 is not 0. Nobody knows yet
 * how a process ends whose leader has exited before its threads. (task/TID/stat has the exit of the
 * thread alone, which for such a leader is another one.) False: not known.
 */
bool pg_parse_ending(const char *s, size_t n, uint32_t *status);

/* The 52 fields of a stat file as spans, for tables of raw values. Returns how many there are. */
#define PG_STAT_FIELDS 52
size_t pg_split_stat(const char *s, size_t n, struct pg_span fields[PG_STAT_FIELDS]);

/* status: uids, context switches; peak and swap of the process (absent for kernel threads: 0). */
struct pg_status_extra {
	int32_t tgid;
	uint64_t peak_bytes, swap_bytes;
	bool has_memory;
};
bool pg_parse_status(const char *s, size_t n, struct pg_task *t, struct pg_status_extra *x);

/* "Key:<blanks>value" lines, split at the first colon. False at the end. *s and *n move on. */
bool pg_next_line(const char **s, size_t *n, struct pg_span *key, struct pg_span *value);

bool pg_parse_io(const char *s, size_t n, struct pg_task *t);
bool pg_parse_schedstat(const char *s, size_t n, struct pg_task *t);
/* statm: all pages and resident ones, fields 1 and 2. */
bool pg_parse_statm(const char *s, size_t n, uint64_t *size_pages, uint64_t *rss_pages);
/* limits: soft "Max open files"; UINT64_MAX = unlimited. */
bool pg_parse_limits_nofile(const char *s, size_t n, uint64_t *soft);
/* loadavg: three loads and the last pid given out. */
bool pg_parse_loadavg(const char *s, size_t n, double load[3], int32_t *last_pid);
/* uptime: seconds since boot, as nanoseconds. */
bool pg_parse_uptime(const char *s, size_t n, uint64_t *ns);
/* pressure/cpu and the like: avg10 of the "some" line, percent. */
bool pg_parse_pressure(const char *s, size_t n, double *avg10);
/* /proc/stat: totals of the cpu line, btime, processes (forks). What is missing stays untouched. */
struct pg_kernel_stat {
	uint64_t cpu_total, cpu_busy, btime, forks;
	bool has_cpu, has_btime, has_forks;
};
bool pg_parse_kernel_stat(const char *s, size_t n, struct pg_kernel_stat *k);
/* /proc/meminfo, bytes. */
struct pg_meminfo {
	uint64_t total, available, swap_total, swap_free;
};
bool pg_parse_meminfo(const char *s, size_t n, struct pg_meminfo *m);
/* A directory name of /proc that is a task number: digits only, 1 … 2^31 - 1. */
bool pg_parse_tid(const char *name, int32_t *tid);

#endif
