/* SPDX-License-Identifier: MIT */
/* Promise: short, exact to the last digit shown, never "1024.0 KiB"; and only plain numbers are
 * read. */
#include "base/human.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/util.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static void expect(const char *got, const char *want)
{
	cr_expect_str_eq(got, want, "got \"%s\", want \"%s\"", got, want);
}

Test(human, bytes)
{
	static const struct {
		uint64_t v;
		const char *want;
	} t[] = {
		{0, "0"},
		{1, "1 B"},
		{1023, "1023 B"},
		{1024, "1 KiB"},
		{1536, "1.5 KiB"},
		{1075, "1 KiB"},
		{1076, "1.1 KiB"},
		{100 * KIB - 1, "100 KiB"},
		{512 * KIB + 511, "512 KiB"},
		{512 * KIB + 512, "513 KiB"},
		{MIB - 1, "1 MiB"},
		{MIB - 41, "1 MiB"}, /* 1023.96 KiB */
		{MIB - 513, "1023 KiB"},
		{MIB - 512, "1 MiB"},
		{MIB, "1 MiB"},
		{GIB * 71 / 10, "7.1 GiB"},
		{GIB * 234 / 10, "23.4 GiB"},
		{UINT64_C(1) << 40, "1 TiB"},
		{UINT64_C(1) << 60, "1 EiB"},
		{UINT64_MAX, "16 EiB"},
	};
	char out[PG_HUMAN_MAX];
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		expect(pg_human_bytes(out, t[i].v), t[i].want);
	expect(pg_human_dbytes(out, 0), "0");
	expect(pg_human_dbytes(out, 1536), "+1.5 KiB");
	expect(pg_human_dbytes(out, -4096), "-4 KiB");
	expect(pg_human_dbytes(out, INT64_MIN), "-8 EiB");
	expect(pg_human_dbytes(out, INT64_MAX), "+8 EiB");
}

Test(human, rate)
{
	char out[PG_HUMAN_MAX];
	expect(pg_human_rate(out, 0), "0 B/s");
	expect(pg_human_rate(out, -1), "0 B/s");
	expect(pg_human_rate(out, 0.2), "<1 B/s");
	expect(pg_human_rate(out, 0.5), "1 B/s");
	expect(pg_human_rate(out, 12.0 * 1024 * 1024), "12 MiB/s");
	expect(pg_human_rate(out, 1e300), "16 EiB/s");
	expect(pg_human_rate(out, INFINITY), "16 EiB/s");
	expect(pg_human_rate(out, NAN), "?");
}

Test(human, ns)
{
	static const struct {
		uint64_t v;
		const char *want;
	} t[] = {
		{0, "0"},
		{850, "850 ns"},
		{999, "999 ns"},
		{1000, "1 µs"},
		{12000, "12 µs"},
		{3400000, "3.4 ms"},
		{999499, "999 µs"},
		{999500, "1 ms"},
		{999499999, "999 ms"},
		{999500000, "1 s"},
		{1000000000, "1 s"},
		{1200000000, "1.2 s"},
		{1250000000, "1.25 s"},
		{1255000000, "1.26 s"},
		{9994999999, "9.99 s"},
		{9995000000, "10 s"},
		{12340000000, "12.3 s"},
		{59949999999, "59.9 s"},
		{59950000000, "1:00"},
		{60000000000, "1:00"},
		{184000000000, "3:04"},
		{3599499999999, "59:59"},
		{3599500000000, "1:00:00"},
		{3784000000000, "1:03:04"},
		{UINT64_MAX, "5124095:34:34"},
	};
	char out[PG_HUMAN_MAX];
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		expect(pg_human_ns(out, t[i].v), t[i].want);
}

Test(human, age)
{
	char out[PG_HUMAN_MAX];
	expect(pg_human_age(out, 0), "0s");
	expect(pg_human_age(out, 42), "42s");
	expect(pg_human_age(out, 60), "1m");
	expect(pg_human_age(out, 3599), "59m");
	expect(pg_human_age(out, 3600), "1:00");
	expect(pg_human_age(out, 3 * 3600 + 4 * 60 + 59), "3:04");
	expect(pg_human_age(out, 86399), "23:59");
	expect(pg_human_age(out, 12 * 86400 + 3 * 3600 + 4 * 60), "12d 3:04");
	expect(pg_human_age(out, UINT64_MAX), "213503982334601d 7:00");
}

Test(human, pace)
{
	char out[PG_HUMAN_MAX];
	expect(pg_human_pace(out, 20), "+20/s");
	expect(pg_human_pace(out, 1), "+1/s");
	expect(pg_human_pace(out, 0.96), "+1/s");
	expect(pg_human_pace(out, 1.26), "+1.3/s");
	expect(pg_human_pace(out, 9.96), "+10/s");
	expect(pg_human_pace(out, 0.5), "+30/min");
	expect(pg_human_pace(out, 2.0 / 60), "+2/min");
	expect(pg_human_pace(out, -1.5 / 3600), "-1.5/h");
	expect(pg_human_pace(out, 3.0 / 86400), "+3/d");
	expect(pg_human_pace(out, 0.04 / 86400), "+0/d");
	expect(pg_human_pace(out, 0), "+0/d");
	expect(pg_human_pace(out, 1e14), "+100000000000000/s");
	expect(pg_human_pace(out, (double)NAN), "?");
	expect(pg_human_pace(out, (double)-INFINITY), "?");
}

Test(human, percent)
{
	char out[PG_HUMAN_MAX];
	expect(pg_human_percent(out, 0), "0 %");
	expect(pg_human_percent(out, 1e-5), "<0.1 %");
	expect(pg_human_percent(out, 0.004), "0.4 %");
	expect(pg_human_percent(out, 0.05), "5 %");
	expect(pg_human_percent(out, 0.0994), "9.9 %");
	expect(pg_human_percent(out, 0.0996), "10 %");
	expect(pg_human_percent(out, 0.93), "93 %");
	expect(pg_human_percent(out, 0.9951), "100 %");
	expect(pg_human_percent(out, 16), "1600 %");
	expect(pg_human_percent(out, -1), "0 %");
	expect(pg_human_percent(out, NAN), "?");
	expect(pg_human_percent(out, INFINITY), "?");
}

Test(human, count)
{
	char out[PG_HUMAN_MAX];
	expect(pg_human_count(out, 0), "0");
	expect(pg_human_count(out, 1234), "1234");
	expect(pg_human_count(out, 9999), "9999");
	expect(pg_human_count(out, 10000), "10k");
	expect(pg_human_count(out, 12345), "12.3k");
	expect(pg_human_count(out, 999499), "999k");
	expect(pg_human_count(out, 999500), "1M");
	expect(pg_human_count(out, 1234567), "1.2M");
	expect(pg_human_count(out, UINT64_MAX), "18.4E");
}

Test(human, time)
{
	char out[PG_HUMAN_MAX];
	expect(pg_human_time(out, 0), "1970-01-01T00:00:00.000");
	expect(pg_human_time(out, INT64_C(1795132800123999999)), "2026-11-20T00:00:00.123");
	expect(pg_human_time(out, -1), "1969-12-31T23:59:59.999");
	expect(pg_human_time(out, INT64_MAX), "2262-04-11T23:47:16.854");
	expect(pg_human_time(out, INT64_MIN), "1677-09-21T00:12:43.145");
}

/* Every day that 64 bits of ns reach, each at another time of the day. */
Test(human, each_day_is_that_of_the_c_library)
{
	char out[PG_HUMAN_MAX], want[PG_HUMAN_MAX];
	for (int64_t day = -106750; day <= 106750; day++) {
		time_t t = (time_t)(day * 86400 + (day + 106750) * 7 % 86400);
		struct tm tm;
		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000", &tm);
		pg_human_time(out, (int64_t)t * 1000000000);
		cr_assert_str_eq(out, want);
	}
}

Test(human, parse_duration)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = {
		{"1", 1000000000},     {"0", 0},
		{"0.5", 500000000},    {".5", 500000000},
		{"0.05", 50000000},    {"250ms", 250000000},
		{"0.5ms", 500000},     {"2s", 2000000000},
		{"1m", 60000000000},   {"3h", 10800000000000},
		{"1.5m", 90000000000}, {"0.1234567899", 123456789},
		{"0.0000000001", 1}, /* not 0, which means something else */
		{"007", 7000000000},   {"9223372036.854775808", UINT64_C(1) << 63},
	};
	static const char *const bad[] = {
		"",
		" ",
		"1 ",
		" 1",
		"-1",
		"+1",
		"1.",
		".",
		"s",
		"ms",
		"1d",
		"1sec",
		"0x10",
		"inf",
		"nan",
		"1e3",
		"1,5",
		"1S",
		"1..5",
		"1.5.",
		"1ms2",
		"1s ",
		"99999999999999999999",
		"18446744073",
		"9223372036.854775809",
		"1.2.3ms",
		"153722868m",
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(good); i++) {
		uint64_t ns = 77;
		cr_expect(pg_parse_duration(good[i].s, &ns), "%s", good[i].s);
		cr_expect_eq(ns, good[i].ns, "%s: %llu", good[i].s, (unsigned long long)ns);
	}
	for (size_t i = 0; i < PG_ARRAY_LEN(bad); i++) {
		uint64_t ns = 77;
		cr_expect_not(pg_parse_duration(bad[i], &ns), "\"%s\"", bad[i]);
		cr_expect_eq(ns, 77);
	}
}

Test(human, parse_numbers)
{
	static const char *const bad[] = {"",   "-1",  "+1",  " 1",
					  "1 ", "0x1", "1.0", "18446744073709551616"};
	uint64_t v = 77;
	double d = 7;
	for (size_t i = 0; i < PG_ARRAY_LEN(bad); i++)
		cr_expect_not(pg_parse_u64(bad[i], 0, UINT64_MAX, &v), "\"%s\"", bad[i]);
	cr_expect_not(pg_parse_u64("0", 1, 9, &v));
	cr_expect_not(pg_parse_u64("10", 1, 9, &v));
	cr_expect_eq(v, 77);
	cr_expect(pg_parse_u64("9", 1, 9, &v) && v == 9);
	cr_expect(pg_parse_u64("18446744073709551615", 0, UINT64_MAX, &v) && v == UINT64_MAX);
	cr_expect(pg_parse_decimal("0.1", &d) && fabs(d - 0.1) < 1e-12);
	cr_expect(pg_parse_decimal("50", &d) && d == 50);
	cr_expect_not(pg_parse_decimal("1e3", &d));
	cr_expect_not(pg_parse_decimal("-1", &d));
	cr_expect_not(pg_parse_decimal("", &d));
	cr_expect_not(pg_parse_decimal("1%", &d));
}

Test(human, parse_size)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"0", 0},
		    {"65536", 65536},
		    {"64K", 65536},
		    {"64k", 65536},
		    {"3KB", 3072},
		    {"3kiB", 3072},
		    {"20M", 20u << 20},
		    {"1GiB", 1u << 30},
		    {"2T", UINT64_C(2) << 40},
		    {"18446744073709551615", UINT64_MAX}};
	static const char *const bad[] = {"",
					  "K",
					  "-1",
					  "1.5M",
					  "1 K",
					  "1K ",
					  "64B",
					  "1KiBB",
					  "1Ki",
					  "0x1",
					  "1KK",
					  "1E",
					  "16777216T",
					  "18446744073709551616",
					  "000000000000000000000001"};
	uint64_t v;
	for (size_t i = 0; i < PG_ARRAY_LEN(good); i++) {
		cr_expect(pg_parse_size(good[i].text, &v), "%s", good[i].text);
		cr_expect_eq(v, good[i].bytes, "%s", good[i].text);
	}
	for (size_t i = 0; i < PG_ARRAY_LEN(bad); i++)
		cr_expect_not(pg_parse_size(bad[i], &v), "%s", bad[i]);
}
