/* SPDX-License-Identifier: MIT */
/*
 * A refresh is a burst of output. When nothing has come for QUIET_MS the program sleeps, and its
 * clock is read. Small bursts between two refreshes (a clock on the screen) belong to the refresh:
 * readings stand at least APART_MS from each other. Without any output for SILENT_MS it is not
 * refreshing at all: blocked, or its screen is not what is measured; then no figure counts.
 */
#include "meter.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

#define QUIET_MS  250
#define APART_MS  700
#define SILENT_MS 3000
#define NS_PER_MS 1000000.0

struct reading {
	uint64_t cpu_ns, mono_ns, bytes;
};

struct state {
	struct bench_run *run;
	struct reading at[METER_MAX_CYCLES + 2];
	int nr, skip, want; /* readings taken; thrown away first; wanted without those */
	int silent;
	uint64_t last_ns; /* of the last reading */
	uint64_t last_bytes;
	uint64_t ticks_before, ticks_after, forks_before, forks_after; /* of the machine */
	uint64_t children_before, children_after;
};

/* ---- /proc ---------------------------------------------------------------------------------- */

static size_t read_text(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, size - 1, f) : 0;
	text[n] = '\0';
	if (f)
		fclose(f);
	return n;
}

static void machine_counters(uint64_t *busy_ticks, uint64_t *forks)
{
	static char text[1 << 18];
	unsigned long long user = 0, nice = 0, sys = 0, idle = 0, wait = 0, irq = 0, soft = 0;
	read_text("/proc/stat", text, sizeof(text));
	sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &sys, &idle, &wait,
	       &irq, &soft);
	*busy_ticks = user + nice + sys + irq + soft;
	const char *s = strstr(text, "\nprocesses ");
	*forks = s ? strtoull(s + 11, NULL, 10) : 0;
}

/* CPU ticks of children that were waited for. */
static uint64_t children_ticks(pid_t pid)
{
	char path[64], text[1024];
	unsigned long long user = 0, sys = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	read_text(path, text, sizeof(text));
	const char *s = strrchr(text, ')');
	if (s)
		sscanf(s + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu",
		       &user, &sys);
	return user + sys;
}

static double status_mib(pid_t pid, const char *key)
{
	char path[64], text[8192];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	read_text(path, text, sizeof(text));
	const char *s = strstr(text, key);
	return s ? strtod(s + strlen(key), NULL) / 1024 : 0;
}

/* ---- readings ------------------------------------------------------------------------------- */

static void take_reading(struct state *s, uint64_t now)
{
	clockid_t clock;
	if (clock_getcpuclockid(s->run->pid, &clock) != 0) {
		s->run->ended = true;
		return;
	}
	bool measured = s->nr >= s->skip;
	if (s->nr == s->skip) {
		machine_counters(&s->ticks_before, &s->forks_before);
		s->children_before = children_ticks(s->run->pid);
	}
	if (s->nr > s->skip && s->run->bytes == s->last_bytes)
		s->silent++;
	if (measured)
		s->at[s->nr - s->skip] = (struct reading){
			.cpu_ns = pg_clock_ns(clock), .mono_ns = now, .bytes = s->run->bytes};
	s->nr++;
	s->last_ns = now;
	s->last_bytes = s->run->bytes;
	if (s->nr == s->skip + s->want + 1) {
		machine_counters(&s->ticks_after, &s->forks_after);
		s->children_after = children_ticks(s->run->pid);
	}
}

static bool is_done(const struct state *s)
{
	return s->run->ended || s->nr > s->skip + s->want;
}

/* When the next reading is due if nothing comes. */
static uint64_t due(const struct state *s)
{
	uint64_t silent = s->last_ns + SILENT_MS * UINT64_C(1000000);
	uint64_t quiet = s->run->last_ns + QUIET_MS * UINT64_C(1000000);
	uint64_t apart = s->last_ns + APART_MS * UINT64_C(1000000);
	if (s->run->bytes == s->last_bytes || quiet > silent)
		return silent;
	return quiet > apart ? quiet : apart;
}

static void wait_for_all(struct state *s, size_t nr)
{
	struct pollfd p[4];
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC), next = UINT64_MAX;
	for (size_t i = 0; i < nr; i++) {
		p[i] = (struct pollfd){.fd = is_done(&s[i]) ? -1 : s[i].run->fd, .events = POLLIN};
		if (!is_done(&s[i]) && due(&s[i]) < next)
			next = due(&s[i]);
	}
	poll(p, nr, next > now ? (int)((next - now) / 1000000) + 1 : 0);
	for (size_t i = 0; i < nr; i++) {
		if (p[i].fd >= 0 && p[i].revents)
			bench_read(s[i].run, 0);
		now = pg_clock_ns(CLOCK_MONOTONIC);
		if (!is_done(&s[i]) && now >= due(&s[i]))
			take_reading(&s[i], now);
	}
	bench_sleep(0);
}

/* ---- figures -------------------------------------------------------------------------------- */

static void say_why(const struct state *s, struct cost *c)
{
	if (s->run->ended)
		snprintf(c->why, sizeof(c->why), "ended: %s",
			 s->run->said[0] ? s->run->said : "without a word");
	else if (s->silent)
		snprintf(c->why, sizeof(c->why), "wrote nothing in %d of %d cycles", s->silent,
			 s->want);
	c->counts = !c->why[0];
}

static struct cost figures(const struct state *s)
{
	struct cost c = {.nr = s->nr - s->skip - 1};
	double cpu[METER_MAX_CYCLES], seconds[METER_MAX_CYCLES];
	say_why(s, &c);
	if (c.nr < s->want)
		return c;
	for (int i = 0; i < c.nr; i++) {
		cpu[i] = (double)(s->at[i + 1].cpu_ns - s->at[i].cpu_ns) / NS_PER_MS;
		seconds[i] = (double)(s->at[i + 1].mono_ns - s->at[i].mono_ns) / 1e9;
	}
	const struct reading *first = &s->at[0], *last = &s->at[c.nr];
	double all = (double)(last->mono_ns - first->mono_ns) / 1e9;
	double ticks = (double)sysconf(_SC_CLK_TCK);
	double own = (double)(last->cpu_ns - first->cpu_ns) / 1e9;
	c.median = bench_median(cpu, (size_t)c.nr);
	c.mean = own * 1000 / c.nr;
	c.min = cpu[0];
	c.max = cpu[c.nr - 1];
	c.seconds = bench_median(seconds, (size_t)c.nr);
	c.bytes_s = (double)(last->bytes - first->bytes) / all;
	c.rest = ((double)(s->ticks_after - s->ticks_before) / ticks - own) / all * 100;
	c.rest = c.rest > 0 ? c.rest : 0;
	c.forks_s = (double)(s->forks_after - s->forks_before) / all;
	c.children = (double)(s->children_after - s->children_before) / ticks * 1000 / c.nr;
	c.rss = status_mib(s->run->pid, "\nVmRSS:");
	c.hwm = status_mib(s->run->pid, "\nVmHWM:");
	return c;
}

void meter_together(struct bench_run *r, struct cost *out, size_t nr_runs, int skip, int nr)
{
	static struct state s[4];
	for (size_t i = 0; i < nr_runs; i++)
		s[i] = (struct state){.run = &r[i],
				      .skip = skip,
				      .want = nr < METER_MAX_CYCLES ? nr : METER_MAX_CYCLES,
				      .last_ns = pg_clock_ns(CLOCK_MONOTONIC),
				      .last_bytes = r[i].bytes};
	for (bool done = false; !done;) {
		wait_for_all(s, nr_runs);
		done = true;
		for (size_t i = 0; i < nr_runs; i++)
			done &= is_done(&s[i]);
	}
	for (size_t i = 0; i < nr_runs; i++)
		out[i] = figures(&s[i]);
}

struct cost meter_program(const char *const argv[], bool tty, int skip, int nr)
{
	struct bench_run r;
	struct cost c;
	bench_open(&r, argv, tty);
	meter_together(&r, &c, 1, skip, nr);
	bench_close(&r);
	return c;
}

/* ---- the first picture ---------------------------------------------------------------------- */

#define SCREEN_BYTES 2000 /* a full screen is more, what a program sends before it is less */
#define PAUSE_MS     30   /* between two screens */

struct paint meter_paint(const char *const argv[])
{
	struct bench_run r;
	struct paint p = {0};
	double *to = &p.first;
	size_t least = SCREEN_BYTES;
	bench_open(&r, argv, true);
	while (!r.ended && pg_clock_ns(CLOCK_MONOTONIC) - r.started_ns < 10 * PG_NS_PER_SEC) {
		if (bench_drain(&r, PAUSE_MS, 1000) < least)
			continue;
		*to = (double)(r.last_ns - r.started_ns) / NS_PER_MS;
		p.counts = to == &p.second;
		if (p.counts)
			break;
		to = &p.second;
		least = 1;
	}
	bench_close(&r);
	return p;
}
