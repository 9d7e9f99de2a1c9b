/* SPDX-License-Identifier: MIT */
/*
 * human: numbers with units, as short as the eye wants them, for the screen and messages; and the
 * numbers a user types. Pure; no locale. Tables never use these forms: they carry plain integers.
 */
#ifndef PG_HUMAN_H
#define PG_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PG_HUMAN_MAX 32
/* Each writes to out (PG_HUMAN_MAX bytes, always terminated) and returns out. */
char *pg_human_bytes(char *out, uint64_t bytes); /* "0", "512 B", "1.5 KiB", "7.1 GiB" */
char *pg_human_dbytes(char *out, int64_t bytes); /* the same with a sign: "+1.5 KiB", "-4 KiB" */
char *pg_human_rate(char *out, double bytes_s);  /* "12 MiB/s" */
/* "0", "850 ns", "12 µs", "3.4 ms", "1.25 s", then min:s "3:04" and h:min:s "1:03:04" */
char *pg_human_ns(char *out, uint64_t ns);
/* Uptime style: "42s", "7m", then h:min "3:04" and "12d 3:04" */
char *pg_human_age(char *out, uint64_t seconds);
char *pg_human_percent(char *out, double share); /* 0.004: "0.4 %"; 0.93: "93 %"; 1e-5: "<0.1 %" */
char *pg_human_count(char *out, uint64_t count); /* "1234", then "12.3k", "1.2M" */

/* Something a second, in the unit in which it is at least 1: "+20/s", "+2/min", "-1.5/h", "+3/d".
 */
char *pg_human_pace(char *out, double per_second);

/* "KILL", "TERM"; NULL for a number without a name of its own. */
const char *pg_signal_name(int sig);

/* UTC, ISO 8601 without zone: "2026-11-20T00:00:00.123" (24 bytes with the NUL). */
#define PG_HUMAN_TIME_LEN 23
char *pg_human_time(char *out, int64_t wall_ns);

/*
 * "1", "0.5", "250ms", "2s", "1m", "3h" to nanoseconds; a bare number is seconds. False for
 * anything else: empty, signs, hex, inf, trailing text, more than 2^63 ns.
 */
bool pg_parse_duration(const char *s, uint64_t *ns);
/* "65536", "64K", "20M", "1G", "1T" to bytes (K is 1024; k, KB and KiB mean the same). */
bool pg_parse_size(const char *s, uint64_t *bytes);
/* "3", "0.25", ".5": nine decimals count, no signs, no exponent, up to 10^10. */
bool pg_parse_decimal(const char *s, double *out);
/* A decimal integer in [min, max] and nothing else. */
bool pg_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);

#endif
