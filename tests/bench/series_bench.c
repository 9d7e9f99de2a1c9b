/* SPDX-License-Identifier: MIT */
/*
 * What it takes to analyse 100,000 samples (series.h), also such as are meant to be slow, what a
 * watched grid takes a frame (fd_watch.h), and how often the verdict on leaks is wrong, by families
 * of series (tests/unit/leak_families.h). Prints CPU times and per cents, asserts nothing.
 *
 *   series_bench [SEEDS [FAMILY]]      100 series of each family
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/leak_families.h"
#include "bench.h"
#include "fd/fd_watch.h"
#include "series/series.h"
#include "task/block.h"

#define SAMPLES 100000

static double now_ms(void)
{
	return (double)pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e6;
}

/* ---- long series ------------------------------------------------------------------------------
 */

static int64_t flat_value(size_t i)
{
	return 100 + (i % 97 == 0);
}

static int64_t merging_value(size_t i)
{
	return i / 5 % 2 ? 14 : 10;
}

static int64_t saw_value(size_t i)
{
	return (int64_t)(i % 1000);
}

static int64_t rising_value(size_t i)
{
	return (int64_t)(i / 5) * 4;
}

static int64_t large_value(size_t i)
{
	return (int64_t)(i / 7 * 2654435761u % 2147483648u);
}

static int64_t noise_value(size_t i)
{
	return (int64_t)((i * 2654435761u >> 7) % 50);
}

static void time_series(const char *name, int64_t (*value)(size_t i))
{
	struct pg_series s = {0};
	struct pg_levels levels = {0};
	struct pg_leak leak;
	for (size_t i = 0; i < SAMPLES; i++)
		pg_series_add(&s, (double)i / 10, value(i));
	double begin = now_ms();
	pg_series_levels(&s, &pg_level_rule_default, &levels);
	double middle = now_ms();
	pg_series_leak(&s, &leak);
	double end = now_ms();
	printf("%-26s levels %7.1f ms  %6zu plateaus   leak %6.1f ms  %s\n", name, middle - begin,
	       levels.nr_plateaus, end - middle, pg_leak_name(leak.verdict));
	pg_levels_free(&levels);
	pg_series_free(&s);
}

/* ---- a grid that is watched --------------------------------------------------------------------
 */

struct crowd {
	size_t nr, moving;
	struct pg_block block;
	struct pg_snapshot snaps[2];
	struct pg_changes changes;
	uint64_t frame;
};

static struct pg_proc *one(struct crowd *c, size_t i)
{
	int32_t pid = (int32_t)(1000 + i);
	pg_block_begin(&c->block, pid, PG_SCOPE_PROCESS);
	struct pg_task t = {.tid = pid, .start = 1000 + i, .state = 'S', .valid = PG_STAT};
	pg_block_put(&c->block, &t);
	struct pg_proc *p = pg_block_proc(&c->block);
	p->valid = PG_FD;
	p->fds = 20 + (i < c->moving ? c->frame * (i % 25 == 0) + c->frame % (2 + i % 7) : 0);
	p->fd_limit = 1048576;
	return pg_block_end(&c->block, NULL);
}

/* Of nr processes some open and close files in each frame, and one in 25 of them leaks; all others
 * are shared. */
static double time_watch(size_t nr, size_t moving, size_t frames)
{
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	struct crowd c = {.nr = nr, .moving = moving};
	struct pg_fd_watch *w = pg_fd_watch_new();
	double spent = 0;
	for (; c.frame < frames; c.frame++) {
		struct pg_snapshot *cur = &c.snaps[c.frame % 2],
				   *prev = &c.snaps[(c.frame + 1) % 2];
		pg_snapshot_clear(cur);
		cur->mono_ns = (c.frame + 1) * PG_NS_PER_SEC;
		cur->ticks_per_sec = 100;
		cur->scope = PG_SCOPE_PROCESS;
		for (size_t i = 0; i < nr; i++)
			pg_snapshot_add(cur, c.frame == 0 || i < moving
						     ? one(&c, i)
						     : pg_proc_ref(prev->procs[i]));
		pg_delta(c.frame ? prev : NULL, cur, &limits, &c.changes);
		struct pg_frame f = {.snap = cur, .changes = &c.changes, .cycle = c.frame};
		double begin = now_ms();
		pg_fd_watch_frame(w, &f);
		spent += now_ms() - begin;
	}
	pg_fd_watch_free(w);
	pg_snapshot_free(&c.snaps[0]);
	pg_snapshot_free(&c.snaps[1]);
	pg_changes_free(&c.changes);
	pg_block_free(&c.block);
	return spent / (double)frames * 1000;
}

/* ---- how often the verdict is wrong ------------------------------------------------------------
 */

static void rate(const struct family *f, int seeds)
{
	static const char *const wants[] = {"leaking", "some", "suspected", "not leaking", "none"};
	int count[3] = {0}, wrong = 0;
	for (int seed = 1; seed <= seeds; seed++) {
		struct pg_series s = draw_series(f, (uint64_t)seed);
		struct pg_leak leak;
		pg_series_leak(&s, &leak);
		count[leak.verdict]++;
		wrong += !is_right(f->must, leak.verdict);
		pg_series_free(&s);
	}
	printf("%-28s %-12s %6.1f %6.1f %6.1f   wrong %5.1f %%\n", f->name, wants[f->must],
	       100.0 * count[PG_LEAK_LEAKING] / seeds, 100.0 * count[PG_LEAK_SUSPECTED] / seeds,
	       100.0 * count[PG_LEAK_NONE] / seeds, 100.0 * wrong / seeds);
}

static void time_all(void)
{
	printf("CPU time for %d samples; promised: 1000 ms\n", SAMPLES);
	time_series("flat", flat_value);
	time_series("noise", noise_value);
	time_series("sawtooth", saw_value);
	time_series("merging one by one", merging_value);
	time_series("rising in steps of 4", rising_value);
	time_series("values up to 2^31", large_value);
	printf("\nus of a frame of a watched grid\n");
	printf("5000 processes, none moves  %7.1f\n", time_watch(5000, 0, 300));
	printf("5000 processes, 50 move     %7.1f\n", time_watch(5000, 50, 300));
	printf("5000 processes, 5000 move   %7.1f\n", time_watch(5000, 5000, 100));
}

int main(int argc, char **argv)
{
	int seeds = argc > 1 ? atoi(argv[1]) : 100;
	bench_begin("series_bench");
	if (argc < 3)
		time_all();
	printf("\nof %d series of each family, per cent: leaking, suspected, none\n", seeds);
	for (size_t i = 0; i < NR_FAMILIES; i++)
		if (argc < 3 || strstr(families[i].name, argv[2]))
			rate(&families[i], seeds);
	return 0;
}
