/* SPDX-License-Identifier: MIT */
/*
 * The whole program beside its peers: the same crowd, the same terminal, the same beat of a second.
 *
 *   peer_bench [PART...]    all parts, or some of: quiet paint crowd table record idle storm
 *
 * BENCH_CYCLES (16) is the number of refreshes of each figure. At the end stands what was promised
 * beside what was reached. Nothing is asserted: a missed promise is no failure of the benchmark.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "meter.h"
#include "stream/stream.h"

#define SKIP        4 /* refreshes before the first that counts */
#define PAINTS      7
#define STORM_RATE  "20000"
#define MAX_RESULTS 32

enum { PROCGRID, FULL, HTOP, TOP, ATOP, BTOP, NR_PROGRAMS };

struct program {
	const char *name; /* of the binary, for PATH; NULL: procgrid */
	const char *argv[6];
	const char *version; /* the option that prints it */
};

static struct program programs[NR_PROGRAMS] = {
	[PROCGRID] = {NULL, {"procgrid", "-d", "1"}, "--version"},
	[FULL] = {NULL, {"procgrid", "-d", "1", "--scan", "full"}, NULL},
	[HTOP] = {"htop", {"htop", "-d", "10"}, "--version"},
	[TOP] = {"top", {"top", "-H", "-d", "1"}, "-V"},
	[ATOP] = {"atop", {"atop", "1"}, "-V"},
	[BTOP] = {"btop", {"btop"}, "--version"}, /* update_ms in its settings; shows no threads */
};

static int cycles;
static double most_rest;                  /* percent of a CPU that others used during a figure */
#define REST_MAX 60                       /* the crowd takes 10 to 15 */
static struct cost on_crowd[NR_PROGRAMS]; /* alone, or a peer beside procgrid */

/* ---- promised and reached ------------------------------------------------------------------- */

static struct result {
	char what[64], limit[24], reached[24];
	const char *verdict;
} results[MAX_RESULTS];
static size_t nr_results;

static struct result *new_result(const char *what)
{
	struct result *r = &results[nr_results < MAX_RESULTS - 1 ? nr_results++ : nr_results];
	snprintf(r->what, sizeof(r->what), "%s", what);
	strcpy(r->reached, "-");
	r->verdict = "not measured";
	return r;
}

/* ours is to be at most 1/divisor of theirs. */
static void promise_ratio(const char *what, const struct cost *ours, const struct cost *theirs,
			  double divisor)
{
	struct result *r = new_result(what);
	snprintf(r->limit, sizeof(r->limit), "1/%g", divisor);
	if (!ours->counts || !theirs->counts)
		return;
	snprintf(r->reached, sizeof(r->reached), "1/%.1f", theirs->median / ours->median);
	r->verdict = ours->median * divisor <= theirs->median ? "met" : "MISSED";
}

/* ours is to be at most so many times theirs, in the mean. */
static void promise_times(const char *what, const struct cost *ours, const struct cost *theirs,
			  double times)
{
	struct result *r = new_result(what);
	snprintf(r->limit, sizeof(r->limit), "%g x", times);
	if (!ours->counts || !theirs->counts)
		return;
	snprintf(r->reached, sizeof(r->reached), "%.2f x", ours->mean / theirs->mean);
	r->verdict = ours->mean <= times * theirs->mean ? "met" : "MISSED";
}

static void promise_most(const char *what, bool measured, double v, double limit, const char *unit)
{
	struct result *r = new_result(what);
	snprintf(r->limit, sizeof(r->limit), "%.4g %s", limit, unit);
	if (!measured)
		return;
	snprintf(r->reached, sizeof(r->reached), "%.4g %s", v, unit);
	if (v >= 0) /* a difference below that is noise */
		r->verdict = v <= limit ? "met" : "MISSED";
}

static void print_results(void)
{
	if (nr_results == 0)
		return;
	if (most_rest > REST_MAX)
		printf("\nThe machine was busy with other work (up to %.0f %% of a CPU): times are too "
		       "high,\nand differences of two of them mean little. Run it again when it is quiet.\n",
		       most_rest);
	printf("\n%-56s %12s %12s\n", "promised", "at most", "reached");
	for (size_t i = 0; i < nr_results; i++)
		printf("%-56s %12s %12s  %s\n", results[i].what, results[i].limit,
		       results[i].reached, results[i].verdict);
}

/* ---- tables --------------------------------------------------------------------------------- */

static void print_titles(const char *title, const char *ratio)
{
	printf("\n%s\n", title);
	printf("%-30s %26s %10s %6s %9s %7s %7s %6s %7s\n", "", "CPU a refresh, ms", ratio, "every",
	       "written", "RSS", "peak", "rest", "births");
	printf("%-30s %8s %8s %8s %10s %6s %9s %7s %7s %6s %7s\n", "", "median", "least", "most",
	       "", "s", "B/s", "MiB", "MiB", "CPU %", "1/s");
}

/* beside: what the ratio is to, or NULL. */
static void print_cost(const char *name, const struct cost *c, const struct cost *beside)
{
	char ratio[16] = "";
	most_rest = c->rest > most_rest ? c->rest : most_rest;
	if (c->nr == 0 || !c->counts) {
		printf("%-30s does not count: %s\n", name, c->why);
		if (c->nr == 0 || c->median == 0)
			return;
	}
	if (beside && beside != c && beside->counts)
		snprintf(ratio, sizeof(ratio), "%.1f x", c->median / beside->median);
	printf("%-30s %8.2f %8.2f %8.2f %10s %6.2f %9.0f %7.1f %7.1f %6.0f %7.0f", name, c->median,
	       c->min, c->max, ratio, c->seconds, c->bytes_s, c->rss, c->hwm, c->rest, c->forks_s);
	if (c->children > 0)
		printf("  + %.1f ms by its children", c->children);
	putchar('\n');
}

static const char *join(const char *const argv[])
{
	static char text[128];
	size_t len = 0;
	for (size_t i = 0; argv[i]; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					i                       ? argv[i]
					: strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1
								: argv[0]);
	return text;
}

/* Measures and prints a row. */
static struct cost measure(const char *const argv[], bool tty, const struct cost *beside)
{
	struct cost c = {0};
	if (bench_has(argv[0]))
		c = meter_program(argv, tty, SKIP, cycles);
	else
		strcpy(c.why, "it is not installed");
	print_cost(join(argv), &c, beside);
	return c;
}

/* ---- the machine ---------------------------------------------------------------------------- */

static void print_cpu_model(void)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "r");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
			printf("%s", strchr(line, ':') + 2);
			fclose(f);
			return;
		}
	if (f)
		fclose(f);
	puts("CPU of unknown model");
}

static void print_machine(void)
{
	struct utsname u;
	char date[32], line[128];
	time_t now = time(NULL);
	struct tm tm;
	double load[3] = {0};
	uname(&u);
	getloadavg(load, 3);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M", localtime_r(&now, &tm));
	printf("%s, %ld CPUs of the model ", date, sysconf(_SC_NPROCESSORS_ONLN));
	print_cpu_model();
	printf("%s %s, load %.2f, terminals of %dx%d, %d refreshes each\n", u.sysname, u.release,
	       load[0], BENCH_COLS, BENCH_ROWS, cycles);
	for (int i = 0; i < NR_PROGRAMS; i++) {
		const char *argv[] = {programs[i].argv[0], programs[i].version, NULL};
		if (!programs[i].version || !bench_has(argv[0]))
			continue;
		bench_first_line(argv, line, sizeof(line));
		printf("%s%s: %.40s", i ? "; " : "", argv[0], line);
	}
	putchar('\n');
}

/* ---- parts ---------------------------------------------------------------------------------- */

/*
 * procgrid and a peer at the same time, each on a terminal of its own: a shared machine is now fast
 * and now slow, and so both see the same one. c[0] is procgrid's, c[1] the peer's.
 */
static void measure_beside(int peer, struct cost c[2])
{
	struct bench_run r[2];
	const int which[2] = {PROCGRID, peer};
	size_t nr = bench_has(programs[peer].argv[0]) ? 2 : 1;
	for (size_t i = 0; i < nr; i++)
		bench_open(&r[i], programs[which[i]].argv, true);
	meter_together(r, c, nr, SKIP, cycles);
	for (size_t i = 0; i < nr; i++)
		bench_close(&r[i]);
	if (nr < 2)
		strcpy(c[1].why, "it is not installed");
	print_cost(join(programs[peer].argv), &c[1], &c[0]);
	print_cost("  procgrid beside it", &c[0], NULL);
}

/* Without any crowd. */
static void part_quiet(void)
{
	struct cost c[2] = {0};
	print_titles("A quiet machine, both at the same time", "of ours");
	measure_beside(HTOP, c);
	promise_most("quiet machine: bytes a second, of htop's", c[0].counts && c[1].counts,
		     c[0].bytes_s, c[1].bytes_s, "B/s");
}

static void paint_of(const struct program *p, double *first, double *second)
{
	double a[PAINTS], b[PAINTS];
	size_t nr = 0;
	*first = *second = 0;
	for (int i = 0; i < PAINTS && bench_has(p->argv[0]); i++) {
		struct paint t = meter_paint(p->argv);
		a[nr] = t.first;
		b[nr] = t.second;
		nr += t.counts;
	}
	if (nr == 0) {
		printf("%-30s painted nothing\n", join(p->argv));
		return;
	}
	*first = bench_median(a, nr);
	*second = bench_median(b, nr);
	printf("%-30s %8.0f %8.0f\n", join(p->argv), *first, *second);
}

static void part_paint(void)
{
	double first, second, unused[2];
	printf("\nFrom the start to the last byte of a screen, ms; medians of %d\n", PAINTS);
	printf("%-30s %8s %8s\n", "", "first", "second");
	paint_of(&programs[PROCGRID], &first, &second);
	paint_of(&programs[HTOP], &unused[0], &unused[1]);
	paint_of(&programs[TOP], &unused[0], &unused[1]);
	promise_most("crowd: first picture", first > 0, first, 150, "ms");
	promise_most("crowd: all of it, in colours", second > 0, second, 1000, "ms");
}

static void part_crowd(void)
{
	static const struct {
		int peer;
		const char *promise;
		double divisor;
	} peers[] = {
		{HTOP, "crowd: CPU a refresh, of htop's", 20},
		{TOP, "crowd: CPU a refresh, of top -H's", 20},
		{ATOP, "crowd: CPU a refresh, of atop's", 40},
		{BTOP, "crowd: CPU a refresh, of btop's (no threads)", 1},
	};
	struct cost *alone = on_crowd, pair[2];
	print_titles("Crowd: 1,000 processes of 5 threads, 50 of these active", "of ours");
	alone[PROCGRID] = measure(programs[PROCGRID].argv, true, NULL);
	alone[FULL] = measure(programs[FULL].argv, true, &alone[PROCGRID]);
	for (size_t i = 0; i < PG_ARRAY_LEN(peers); i++) {
		memset(pair, 0, sizeof(pair));
		measure_beside(peers[i].peer, pair);
		promise_ratio(peers[i].promise, &pair[0], &pair[1], peers[i].divisor);
		alone[peers[i].peer] = pair[1];
		if (peers[i].peer == HTOP)
			promise_most("crowd: resident memory, of htop's",
				     pair[0].counts && pair[1].counts, pair[0].rss, pair[1].rss,
				     "MiB");
	}
}

static void part_table(void)
{
	const char *const ours[] = {bench_procgrid(), "--csv", "--repeat", "-d", "1", NULL};
	const char *const theirs[] = {"top", "-b", "-H", "-d", "1", NULL};
	print_titles("Tables of all tasks into a pipe", "of ours");
	struct cost a = measure(ours, false, NULL);
	struct cost b = measure(theirs, false, &a);
	promise_ratio("table: CPU a cycle, of top -b -H's", &a, &b, 10);
}

/*
 * The grid and a recorder at the same time, for as many frames as lie between two key frames, so
 * that one of them is a key. The recorder has a terminal, too: the progress that it shows there
 * tells the meter when a frame is done.
 */
static void part_record(void)
{
	const char *const recorder[] = {bench_procgrid(),        "record", "-d", "1", "-o",
					bench_path("bench.zst"), NULL};
	struct bench_run r[2];
	struct cost c[2];
	struct stat st = {0};
	print_titles("A recording and the grid at the same time, from key to key", "of the grid's");
	bench_open(&r[0], programs[PROCGRID].argv, true);
	bench_open(&r[1], recorder, true);
	meter_together(r, c, 2, SKIP, PG_STREAM_KEY_EVERY);
	for (int i = 0; i < 2; i++)
		bench_close(&r[i]);
	print_cost("procgrid record -d 1", &c[1], &c[0]);
	print_cost("  procgrid beside it", &c[0], NULL);
	(void)stat(bench_path("bench.zst"), &st);
	printf("%-30s %8.2f and %.2f ms; %.0f KiB on disk\n", "  in the mean", c[1].mean, c[0].mean,
	       (double)st.st_size / 1024);
	promise_times("recording: CPU a frame with keys, of the grid's", &c[1], &c[0], 2);
}

/* One more process of 10,000 threads beside the crowd, `active` of them. */
static struct cost beside_large(int program, const char *active, const struct cost *without)
{
	const char *const large[] = {"crowd", "600", "1", "10000", active, NULL};
	pid_t pid = bench_target(large);
	struct cost c = meter_program(programs[program].argv, true, SKIP, cycles);
	char name[64];
	snprintf(name, sizeof(name), "%s, %s", program == HTOP ? "htop" : "procgrid",
		 active[0] == '0' ? "all idle" : active);
	print_cost(name, &c, NULL);
	if (c.counts && without->counts)
		printf("%-30s %8.2f\n", "  it adds", c.median - without->median);
	bench_end(pid);
	return c;
}

static double added(const struct cost *with, const struct cost *without)
{
	return with->median - without->median;
}

static void part_idle(void)
{
	const struct cost *ours = &on_crowd[PROCGRID], *theirs = &on_crowd[HTOP];
	if (!ours->nr) {
		print_titles("Without the large process", "");
		on_crowd[PROCGRID] = measure(programs[PROCGRID].argv, true, NULL);
		on_crowd[HTOP] = measure(programs[HTOP].argv, true, NULL);
	}
	print_titles("Crowd and one process of 10,000 threads: how many are active", "");
	struct cost idle = beside_large(PROCGRID, "0", ours);
	struct cost one = beside_large(PROCGRID, "1", ours);
	struct cost fifty = beside_large(PROCGRID, "50", ours);
	bool counts = ours->counts && idle.counts;
	promise_most("10,000 idle threads add", counts, added(&idle, ours), 3, "ms");
	if (bench_has("htop")) {
		struct cost htop = beside_large(HTOP, "0", theirs);
		struct cost us = {.counts = counts, .median = added(&idle, ours)};
		struct cost they = {.counts = theirs->counts && htop.counts,
				    .median = added(&htop, theirs)};
		us.counts &= us.median > 0;
		promise_ratio("10,000 idle threads add, of what they add to htop", &us, &they, 50);
	}
	promise_most("1 busy thread among 10,000 adds", ours->counts && one.counts,
		     added(&one, ours), 8, "ms");
	/* The budget of the ledger: 1,000 looks a pass, 5 us each (source_procfs_impl.h). */
	promise_most("50 busy ones: the same and 1,000 looks (budget)",
		     ours->counts && fifty.counts, added(&fifty, ours), 8 + 5, "ms");
}

static void part_storm(void)
{
	const char *const storm[] = {"storm_fork", "120", STORM_RATE, NULL};
	double before = most_rest;
	pid_t pid = bench_target(storm);
	print_titles("Children that end at once, no crowd", "");
	struct cost c = measure(programs[PROCGRID].argv, true, NULL);
	bench_end(pid);
	most_rest = before; /* it is meant to be busy */
	printf("%-30s %.0f a second (%s wanted)\n", "births of the machine", c.forks_s, STORM_RATE);
}

/* ---- main ----------------------------------------------------------------------------------- */

static const struct part {
	const char *name;
	bool crowd; /* it needs one */
	void (*run)(void);
} parts[] = {
	{"quiet", false, part_quiet}, {"storm", false, part_storm}, {"paint", true, part_paint},
	{"crowd", true, part_crowd},  {"table", true, part_table},  {"record", true, part_record},
	{"idle", true, part_idle},
};

static bool wanted(const char *name, char **argv)
{
	for (size_t i = 1; argv[i]; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return !argv[1];
}

int main(int argc, char **argv)
{
	const char *const crowd_argv[] = {"crowd", "1200", "1000", "5", "50", NULL};
	pid_t crowd = 0;
	(void)argc;
	bench_begin("peer_bench");
	bench_config("btop", "btop.conf", "#? Config file for btop v. 1.2.13\nupdate_ms = 1000\n");
	cycles = bench_env("BENCH_CYCLES", 16, 3, METER_MAX_CYCLES);
	for (int i = 0; i < NR_PROGRAMS; i++)
		if (!programs[i].name)
			programs[i].argv[0] = bench_procgrid();
	print_machine();
	for (size_t i = 0; i < PG_ARRAY_LEN(parts); i++) {
		if (!wanted(parts[i].name, argv))
			continue;
		if (parts[i].crowd && !crowd) {
			crowd = bench_target(crowd_argv);
			bench_sleep(2000);
		}
		parts[i].run();
	}
	print_results();
	return 0;
}
