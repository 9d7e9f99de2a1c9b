/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define NS_PER_US 1000

/* Sums over snapshots, and CPU time. */
struct sums {
	uint64_t read, carried, opened, cpu_ns, scan_ns;
};

struct pg_tally {
	bool any, full; /* a frame has come; one that was not a glance */
	uint64_t cycles, tasks;
	struct sums first, rest; /* up to the first full pass, and after it */
	uint64_t events, missed; /* of all of them */
	uint64_t process_ns;     /* as it was at the last frame */
	/* Of each cycle; cycle n stands at n % PG_TALLY_CYCLES. */
	uint64_t cpu_ns[PG_TALLY_CYCLES], scan_ns[PG_TALLY_CYCLES];
};

struct pg_tally *pg_tally_new(void)
{
	return pg_calloc(1, sizeof(struct pg_tally));
}

void pg_tally_free(struct pg_tally *t)
{
	free(t);
}

static void add(struct sums *s, const struct pg_scan_cost *c, uint64_t cpu_ns)
{
	s->read += c->tasks_read;
	s->carried += c->tasks_carried;
	s->opened += c->opened;
	s->scan_ns += c->cpu_ns;
	s->cpu_ns += cpu_ns;
}

void pg_tally_frame(struct pg_tally *t, const struct pg_frame *f, uint64_t process_ns)
{
	if (!t)
		return;
	const struct pg_snapshot *s = f->snap;
	uint64_t cpu_ns = process_ns > t->process_ns ? process_ns - t->process_ns : 0;
	t->process_ns = process_ns;
	t->any = true;
	t->tasks = s->nr_tasks;
	t->events += s->told.events;
	t->missed += s->told.missed;
	if (!t->full) {
		add(&t->first, &s->cost, cpu_ns);
		t->full = !s->partial;
		return;
	}
	t->cpu_ns[t->cycles % PG_TALLY_CYCLES] = cpu_ns;
	t->scan_ns[t->cycles % PG_TALLY_CYCLES] = s->cost.cpu_ns;
	t->cycles++;
	add(&t->rest, &s->cost, cpu_ns);
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* In us; the upper one of two in the middle. 0 without any cycle. */
static uint64_t median_us(const struct pg_tally *t, const uint64_t *ns)
{
	size_t n = t->cycles < PG_TALLY_CYCLES ? (size_t)t->cycles : PG_TALLY_CYCLES;
	if (n == 0)
		return 0;
	uint64_t *sorted = pg_alloc(n * sizeof(*sorted));
	memcpy(sorted, ns, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), cmp_u64);
	uint64_t median = sorted[n / 2] / NS_PER_US;
	free(sorted);
	return median;
}

static void print_sums(const char *prefix, const struct sums *s, FILE *out)
{
	fprintf(out, "%sread %" PRIu64 "\n", prefix, s->read);
	fprintf(out, "%scarried %" PRIu64 "\n", prefix, s->carried);
	fprintf(out, "%sopened %" PRIu64 "\n", prefix, s->opened);
}

static void print_hearing(const struct pg_tally *t, const struct pg_hearing *h, FILE *out)
{
	if (h->events || t->events)
		fprintf(out, "events %" PRIu64 "\n", t->events);
	if (h->missed || t->missed)
		fprintf(out, "missed %" PRIu64 "\n", t->missed);
	if (h->why_not)
		fprintf(out, "no_events %s\n", h->why_not);
}

void pg_tally_print(const struct pg_tally *t, const struct pg_hearing *h, FILE *out)
{
	if (!t || !t->any)
		return;
	fprintf(out, "cycles %" PRIu64 "\n", t->cycles);
	fprintf(out, "tasks %" PRIu64 "\n", t->tasks);
	print_sums("", &t->rest, out);
	if (t->cycles > 0) { /* unknown is not zero */
		fprintf(out, "cpu_median_us %" PRIu64 "\n", median_us(t, t->cpu_ns));
		fprintf(out, "scan_median_us %" PRIu64 "\n", median_us(t, t->scan_ns));
	}
	print_sums("first_", &t->first, out);
	fprintf(out, "first_cpu_us %" PRIu64 "\n", t->first.cpu_ns / NS_PER_US);
	fprintf(out, "first_scan_us %" PRIu64 "\n", t->first.scan_ns / NS_PER_US);
	print_hearing(t, h, out);
	fflush(out);
}
