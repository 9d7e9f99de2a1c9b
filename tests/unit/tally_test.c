/* SPDX-License-Identifier: MIT */
/* Promise: what --stats prints is the sum of all cycles, with the first pass apart. */
#include "task/tally.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define US UINT64_C(1000)

struct feed {
	struct pg_tally *tally;
	uint64_t process_ns;
};

/* A frame that cost so many us in all, half of it for reading. */
static void frame(struct feed *feed, uint64_t us, struct pg_snapshot s)
{
	struct pg_frame f = {.snap = &s};
	s.cost.cpu_ns = us * US / 2;
	feed->process_ns += us * US;
	pg_tally_frame(feed->tally, &f, feed->process_ns);
}

static void quick(struct feed *feed, uint64_t us)
{
	frame(feed, us, (struct pg_snapshot){0});
}

static char *printed(const struct pg_tally *t)
{
	const struct pg_hearing hearing = {.events = true, .missed = true};
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	pg_tally_print(t, &hearing, f);
	fclose(f);
	return text;
}

static void expect(struct feed *feed, const char *text)
{
	char *is = printed(feed->tally);
	cr_expect_str_eq(is, text);
	free(is);
	pg_tally_free(feed->tally);
}

/* The number behind a name; -1: the name is not there. */
static long long value(const struct pg_tally *t, const char *name)
{
	char *text = printed(t);
	long long v = -1;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ')
			v = atoll(line + strlen(name));
	free(text);
	return v;
}

Test(tally, sums_and_medians)
{
	struct feed feed = {.tally = pg_tally_new()};
	frame(&feed, 20000,
	      (struct pg_snapshot){.nr_tasks = 90,
				   .cost = {.tasks_read = 90, .opened = 400},
				   .told = {.events = 1, .missed = 10}});
	frame(&feed, 300,
	      (struct pg_snapshot){.nr_tasks = 91,
				   .cost = {.tasks_read = 2, .tasks_carried = 89, .opened = 9},
				   .told = {.events = 5}});
	frame(&feed, 100,
	      (struct pg_snapshot){.nr_tasks = 92,
				   .cost = {.tasks_read = 1, .tasks_carried = 91, .opened = 4},
				   .told = {.events = 7, .missed = 20}});
	frame(&feed, 900, (struct pg_snapshot){.nr_tasks = 88, .cost = {.tasks_carried = 88}});
	expect(&feed, "cycles 3\n"
		      "tasks 88\n"
		      "read 3\n"
		      "carried 268\n"
		      "opened 13\n"
		      "cpu_median_us 300\n"
		      "scan_median_us 150\n"
		      "first_read 90\n"
		      "first_carried 0\n"
		      "first_opened 400\n"
		      "first_cpu_us 20000\n"
		      "first_scan_us 10000\n"
		      "events 13\n"
		      "missed 30\n");
}

Test(tally, a_glance_belongs_to_the_first_pass)
{
	struct feed feed = {.tally = pg_tally_new()};
	frame(&feed, 1000,
	      (struct pg_snapshot){.nr_tasks = 5, .partial = true, .cost = {.opened = 5}});
	frame(&feed, 6000, (struct pg_snapshot){.nr_tasks = 5, .cost = {.opened = 20}});
	expect(&feed, "cycles 0\n"
		      "tasks 5\n"
		      "read 0\n"
		      "carried 0\n"
		      "opened 0\n"
		      "first_read 0\n"
		      "first_carried 0\n"
		      "first_opened 25\n"
		      "first_cpu_us 7000\n"
		      "first_scan_us 3500\n"
		      "events 0\n"
		      "missed 0\n");
}

/* What nobody told of is not 0. */
Test(tally, without_events_it_says_why)
{
	const struct pg_hearing deaf = {.why_not = "nobody speaks"};
	const struct pg_hearing counting = {.missed = true, .why_not = "nobody speaks"};
	struct feed feed = {.tally = pg_tally_new()};
	char *text = NULL;
	size_t n = 0;
	quick(&feed, 5);
	for (int i = 0; i < 2; i++) {
		FILE *f = open_memstream(&text, &n);
		pg_tally_print(feed.tally, i ? &counting : &deaf, f);
		fclose(f);
		cr_expect(strstr(text, "\nno_events nobody speaks\n"));
		cr_expect_null(strstr(text, "\nevents "));
		cr_expect_eq(strstr(text, "\nmissed 0\n") != NULL, i);
		free(text);
	}
	pg_tally_free(feed.tally);
}

Test(tally, nothing_to_tell)
{
	struct feed feed = {.tally = pg_tally_new()};
	expect(&feed, "");
	feed.tally = NULL;
	quick(&feed, 5);
	expect(&feed, "");
}

Test(tally, of_many_cycles_the_last_ones_have_the_median)
{
	struct feed feed = {.tally = pg_tally_new()};
	for (int i = 0; i < PG_TALLY_CYCLES + 11; i++)
		quick(&feed, 10);
	cr_expect_eq(value(feed.tally, "cpu_median_us"), 10);
	/* Half of the window and one more; all others are smaller. */
	for (int i = 0; i < PG_TALLY_CYCLES / 2 - 1; i++)
		quick(&feed, 70);
	cr_expect_eq(value(feed.tally, "cpu_median_us"), 10);
	quick(&feed, 70);
	cr_expect_eq(value(feed.tally, "cpu_median_us"), 70);
	cr_expect_eq(value(feed.tally, "cycles"), PG_TALLY_CYCLES * 3 / 2 + 10);
	pg_tally_free(feed.tally);
}
