/* SPDX-License-Identifier: MIT */
/*
 * sysinfo: totals of the machine for the host line. On the live /proc CPU and memory through
 * libproc2 (procps-ng), which has no root parameter: for another root its files are read and parsed
 * here. Load, uptime and pressure are small files that are parsed here in any case. Called by the
 * source once a pass.
 */
#ifndef PG_SYSINFO_H
#define PG_SYSINFO_H

#include <stdbool.h>

#include "task/snapshot.h"

struct pg_sysinfo;

/* live: root is this machine's /proc. */
struct pg_sysinfo *pg_sysinfo_open(bool live);
/* rootfd is a directory descriptor of the proc tree. What cannot be read is not valid in out. */
void pg_sysinfo_read(struct pg_sysinfo *si, int rootfd, struct pg_host *out);
void pg_sysinfo_close(struct pg_sysinfo *si);

#endif
