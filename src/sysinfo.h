/* SPDX-License-Identifier: MIT */
/*
 * sysinfo: totals of the machine for the host line. On the live /proc through libproc2 (procps-ng),
 * pressure from /proc/pressure; for another root the same files are read there and parsed here,
 * since libproc2 has no root parameter. Called by the source once a pass.
 */
#ifndef PG_SYSINFO_H
#define PG_SYSINFO_H

#include <stdbool.h>

#include "snapshot.h"

struct pg_sysinfo;

/* live: root is this machine's /proc. */
struct pg_sysinfo *pg_sysinfo_open(bool live);
/* rootfd is a directory descriptor of the proc tree. What cannot be read is not valid in out. */
void pg_sysinfo_read(struct pg_sysinfo *si, int rootfd, struct pg_host *out);
void pg_sysinfo_close(struct pg_sysinfo *si);

#endif
