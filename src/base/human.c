/* SPDX-License-Identifier: MIT */
/*
 * Scaled numbers are integers in tenths, so that rounding is exact and one that rounds up to the
 * next unit is written in the next unit. A ".0" is left out, as is the tenth from 100 on.
 */
#include "human.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

/* "N" or "N.N" */
static void put_tenths(char *out, uint64_t tenths)
{
	if (tenths >= 1000)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64, (tenths + 5) / 10);
	else if (tenths % 10)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
	else
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64, tenths / 10);
}

static void append(char *out, const char *unit)
{
	size_t n = strlen(out);
	snprintf(out + n, PG_HUMAN_MAX - n, "%s", unit);
}

/* v / unit in tenths, rounded half up; whole units from 100 on. unit < 2^61. */
static uint64_t in_tenths(uint64_t v, uint64_t unit)
{
	uint64_t q = v / unit, rest = v % unit;
	if (q >= 100)
		return (q + (rest >= unit - unit / 2)) * 10;
	return q * 10 + (rest * 10 + unit / 2) / unit;
}

/* Writes v with the first of the units in which it is below step, each step times the one before.
 */
static char *scaled(char *out, uint64_t v, uint64_t step, const char *const *units, size_t nr)
{
	uint64_t unit = 1, tenths = in_tenths(v, unit);
	size_t i = 0;
	while (i + 1 < nr && (v / unit >= step || tenths >= step * 10)) {
		unit *= step;
		tenths = in_tenths(v, unit);
		i++;
	}
	put_tenths(out, tenths);
	append(out, units[i]);
	return out;
}

char *pg_human_bytes(char *out, uint64_t bytes)
{
	static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
	if (bytes == 0)
		return strcpy(out, "0");
	return scaled(out, bytes, 1024, units, PG_ARRAY_LEN(units));
}

char *pg_human_dbytes(char *out, int64_t bytes)
{
	char text[PG_HUMAN_MAX];
	uint64_t size = bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
	pg_human_bytes(text, size);
	snprintf(out, PG_HUMAN_MAX, "%s%.30s", bytes < 0 ? "-" : bytes > 0 ? "+" : "", text);
	return out;
}

char *pg_human_rate(char *out, double bytes_s)
{
	if (isnan(bytes_s))
		return strcpy(out, "?");
	if (bytes_s <= 0)
		return strcpy(out, "0 B/s");
	if (bytes_s < 0.5)
		return strcpy(out, "<1 B/s");
	pg_human_bytes(out, bytes_s >= 0x1p64 ? UINT64_MAX : (uint64_t)(bytes_s + 0.5));
	append(out, "/s");
	return out;
}

char *pg_human_ns(char *out, uint64_t ns)
{
	static const char *const units[] = {" ns", " µs", " ms"};
	if (ns == 0)
		return strcpy(out, "0");
	if (ns < 999500000)
		return scaled(out, ns, 1000, units, 3);

	uint64_t hundredths = (ns + 5000000 < ns ? ns : ns + 5000000) / 10000000;
	if (hundredths < 1000 && hundredths % 10) {
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 ".%02" PRIu64 " s", hundredths / 100,
			 hundredths % 100);
		return out;
	}
	if (ns < 59950000000) {
		put_tenths(out, in_tenths(ns, PG_NS_PER_SEC));
		append(out, " s");
		return out;
	}
	uint64_t s = ns / PG_NS_PER_SEC + (ns % PG_NS_PER_SEC >= PG_NS_PER_SEC / 2);
	if (s < 3600)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
	else
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600,
			 s / 60 % 60, s % 60);
	return out;
}

char *pg_human_age(char *out, uint64_t seconds)
{
	uint64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
	if (seconds < 60)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 "s", seconds);
	else if (hours == 0)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 "m", minutes);
	else if (days == 0)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 ":%02" PRIu64, hours, minutes % 60);
	else
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64 "d %" PRIu64 ":%02" PRIu64, days, hours % 24,
			 minutes % 60);
	return out;
}

char *pg_human_percent(char *out, double share)
{
	double tenths = share * 1000;
	if (isnan(share) || tenths > 1e15)
		return strcpy(out, "?");
	if (tenths <= 0)
		return strcpy(out, "0 %");
	if (tenths < 0.5)
		return strcpy(out, "<0.1 %");
	uint64_t t = (uint64_t)(tenths + 0.5);
	put_tenths(out, t < 100 ? t : (uint64_t)(tenths / 10 + 0.5) * 10);
	append(out, " %");
	return out;
}

char *pg_human_pace(char *out, double per_second)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = {{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "d"}};
	double size = fabs(per_second), rate = 0;
	size_t i = 0;
	if (!(size < 1e15))
		return strcpy(out, "?");
	for (;; i++) {
		rate = size * units[i].seconds;
		if (rate >= 0.95 || i + 1 == PG_ARRAY_LEN(units))
			break;
	}
	/* As many digits as the eye can use, and no ".0". */
	double tenths = floor(rate * 10 + 0.5);
	bool whole = rate >= 9.95 || fmod(tenths, 10) < 0.5;
	snprintf(out, PG_HUMAN_MAX, "%c%.*f/%s", per_second < 0 ? '-' : '+', whole ? 0 : 1, rate,
		 units[i].name);
	return out;
}

char *pg_human_count(char *out, uint64_t count)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
	if (count < 10000)
		snprintf(out, PG_HUMAN_MAX, "%" PRIu64, count);
	else
		scaled(out, count, 1000, units, PG_ARRAY_LEN(units));
	return out;
}

const char *pg_signal_name(int sig)
{
	static const char *const names[] = {
		[SIGHUP] = "HUP",   [SIGINT] = "INT",       [SIGQUIT] = "QUIT",
		[SIGILL] = "ILL",   [SIGTRAP] = "TRAP",     [SIGABRT] = "ABRT",
		[SIGBUS] = "BUS",   [SIGFPE] = "FPE",       [SIGKILL] = "KILL",
		[SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",
		[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM",     [SIGTERM] = "TERM",
		[SIGCHLD] = "CHLD", [SIGCONT] = "CONT",     [SIGSTOP] = "STOP",
		[SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN",     [SIGTTOU] = "TTOU",
		[SIGURG] = "URG",   [SIGXCPU] = "XCPU",     [SIGXFSZ] = "XFSZ",
		[SIGPROF] = "PROF", [SIGWINCH] = "WINCH",   [SIGIO] = "IO",
		[SIGPWR] = "PWR",   [SIGVTALRM] = "VTALRM", [SIGSYS] = "SYS",
	};
	return sig > 0 && (size_t)sig < PG_ARRAY_LEN(names) ? names[sig] : NULL;
}

/* The nr low digits of v, with leading zeros. */
static void put_digits(char *out, unsigned v, int nr)
{
	while (nr-- > 0) {
		out[nr] = (char)('0' + v % 10);
		v /= 10;
	}
}

#define DAYS_4   (4 * 365u + 1)
#define DAYS_100 (25 * DAYS_4 - 1)
#define DAYS_400 (4 * DAYS_100 + 1)

/*
 * "YYYY-MM-DD" of a day counted from 1 March 1600. When years begin in March the day that a leap
 * year has more is its last one, a leap year is the last of its four, and so is the one of the
 * centuries.
 */
static void put_date(char *out, unsigned day)
{
	static const unsigned short month_ends[] = {31,  61,  92,  122, 153, 184,
						    214, 245, 275, 306, 337, 366};
	unsigned year = 1600 + day / DAYS_400 * 400, m = 0;
	day %= DAYS_400;
	unsigned centuries = day / DAYS_100 - day / (4 * DAYS_100); /* the 146,097th day: 3 */
	day -= centuries * DAYS_100;
	unsigned fours = day / DAYS_4;
	day -= fours * DAYS_4;
	unsigned years = day / 365 - day / (4 * 365);
	day -= years * 365;
	while (day >= month_ends[m])
		m++;
	year += centuries * 100 + fours * 4 + years + (m >= 10);
	put_digits(out, year, 4);
	out[4] = '-';
	put_digits(out + 5, m >= 10 ? m - 9 : m + 3, 2);
	out[7] = '-';
	put_digits(out + 8, day - (m ? month_ends[m - 1] : 0) + 1, 2);
}

/* A table has two in each row; by the C library they are a third of all its cost. */
char *pg_human_time(char *out, int64_t wall_ns)
{
	/* From 1 March 1600 to the epoch: 64 bits of ns reach from 1677 to 2262. */
	const uint64_t epoch_days = 135080;
	uint64_t s = (uint64_t)(wall_ns / 1000000000 + (int64_t)epoch_days * 86400);
	int64_t rest = wall_ns % 1000000000;
	if (rest < 0) {
		rest += 1000000000;
		s--;
	}
	unsigned second = (unsigned)(s % 86400);
	put_date(out, (unsigned)(s / 86400));
	memcpy(out + 10, "T00:00:00.000", 14);
	put_digits(out + 11, second / 3600, 2);
	put_digits(out + 14, second / 60 % 60, 2);
	put_digits(out + 17, second % 60, 2);
	put_digits(out + 20, (unsigned)(rest / 1000000), 3);
	return out;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Reads "N", "N.N" or ".N" at *s as a whole number of 1/scale (a power of ten), cut off below that,
 * but never down to 0 if a digit was not 0. False without digits or beyond 64 bits.
 */
static bool take_decimal(const char **s, uint64_t scale, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;
	bool any = false, nonzero = false;

	for (; is_digit(*p); p++) {
		any = true;
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	}
	nonzero = v > 0;
	if (__builtin_mul_overflow(v, scale, &v))
		return false;
	if (*p == '.') {
		if (!is_digit(*++p))
			return false;
		for (; is_digit(*p); p++) {
			any = true;
			nonzero |= *p != '0';
			scale /= 10;
			if (__builtin_add_overflow(v, scale * (uint64_t)(*p - '0'), &v))
				return false;
		}
	}
	*out = v == 0 && nonzero ? 1 : v;
	*s = p;
	return any;
}

bool pg_parse_duration(const char *s, uint64_t *ns)
{
	/* Minutes and hours are read as seconds first. */
	static const struct {
		const char *name;
		uint64_t scale, factor;
	} units[] = {
		{"", PG_NS_PER_SEC, 1},          {"s", PG_NS_PER_SEC, 1},
		{"ms", PG_NS_PER_SEC / 1000, 1}, {"m", PG_NS_PER_SEC, 60},
		{"h", PG_NS_PER_SEC, 3600},
	};
	const char *name = s + strspn(s, "0123456789.");
	for (size_t i = 0; i < PG_ARRAY_LEN(units); i++) {
		uint64_t v;
		if (strcmp(name, units[i].name) != 0)
			continue;
		if (!take_decimal(&s, units[i].scale, &v) || s != name ||
		    __builtin_mul_overflow(v, units[i].factor, &v) || v > UINT64_C(1) << 63)
			return false;
		*ns = v;
		return true;
	}
	return false;
}

bool pg_parse_decimal(const char *s, double *out)
{
	uint64_t v;
	if (!take_decimal(&s, 1000000000, &v) || *s)
		return false;
	*out = (double)v / 1e9;
	return true;
}

bool pg_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	if (!*s)
		return false;
	for (; *s; s++)
		if (!is_digit(*s) || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool pg_parse_size(const char *s, uint64_t *bytes)
{
	static const char *const units[] = {"", "", "K", "k", "M", "m", "G", "g", "T", "t"};
	char number[24];
	size_t n = strspn(s, "0123456789");
	uint64_t v;
	if (n >= sizeof(number))
		return false;
	memcpy(number, s, n);
	number[n] = '\0';
	if (!pg_parse_u64(number, 0, UINT64_MAX, &v))
		return false;
	s += n;
	for (size_t i = 0; i < PG_ARRAY_LEN(units); i++) {
		const char *tail = s + strlen(units[i]);
		if (strncmp(s, units[i], strlen(units[i])) != 0)
			continue;
		if (*tail == '\0' || (*units[i] && (!strcmp(tail, "B") || !strcmp(tail, "iB"))))
			return !__builtin_mul_overflow(v, UINT64_C(1) << 10 * (i / 2), bytes);
	}
	return false;
}
