/* SPDX-License-Identifier: MIT */
/*
 * leak_families: kinds of series of which it is known whether they leak, each drawn anew from a
 * seed: length, heights, phases and noise differ. For the test of the verdict, and for the
 * benchmark that counts how often it is wrong.
 */
#ifndef LEAK_FAMILIES_H
#define LEAK_FAMILIES_H

#include "leak_calm.h"
#include "leak_leaking.h"
#include "series/series.h"

enum must {
	MUST_LEAK,    /* leaking */
	MUST_RISE,    /* suspected or leaking: it cannot be told */
	MUST_SUSPECT, /* suspected */
	MUST_NOT,     /* suspected or none */
	MUST_BE_NONE, /* none */
};

struct family {
	const char *name;
	enum must must;
	unsigned wrong; /* per cent of wrong verdicts that are allowed */
	void (*make)(struct draw *d);
};

/* clang-format off */
#define FAMILY(must, wrong, name) {#name, must, wrong, name}
/* clang-format on */
static const struct family families[] = {
	FAMILY(MUST_LEAK, 0, every_sample),
	FAMILY(MUST_LEAK, 0, every_two_samples),
	FAMILY(MUST_LEAK, 0, one_a_minute),
	FAMILY(MUST_LEAK, 0, slow_leak),
	FAMILY(MUST_LEAK, 2, leak_in_uniform_noise),
	FAMILY(MUST_LEAK, 3, leak_in_normal_noise),
	FAMILY(MUST_LEAK, 5, leak_in_noise_briefly),
	FAMILY(MUST_LEAK, 0, leak_under_three_teeth),
	FAMILY(MUST_LEAK, 0, leak_under_teeth),
	FAMILY(MUST_LEAK, 0, leak_under_many_teeth),
	FAMILY(MUST_LEAK, 0, leak_under_noisy_teeth),
	FAMILY(MUST_LEAK, 0, leak_under_wild_teeth),
	FAMILY(MUST_LEAK, 0, leak_under_waves),
	FAMILY(MUST_LEAK, 3, leak_in_pieces),
	FAMILY(MUST_LEAK, 6, leak_at_random),
	FAMILY(MUST_LEAK, 6, leak_with_bursts),
	FAMILY(MUST_LEAK, 0, leak_with_spikes),
	FAMILY(MUST_LEAK, 0, leak_after_start),
	FAMILY(MUST_LEAK, 0, leak_and_a_step),
	FAMILY(MUST_LEAK, 8, leak_in_a_queue),
	FAMILY(MUST_LEAK, 0, leak_that_speeds_up),
	FAMILY(MUST_LEAK, 0, leak_seen_irregularly),
	FAMILY(MUST_LEAK, 0, leak_seen_in_two_paces),
	FAMILY(MUST_LEAK, 0, fast_leak),
	FAMILY(MUST_LEAK, 0, leak_seen_briefly),
	FAMILY(MUST_LEAK, 0, noisy_leak_after_start),
	FAMILY(MUST_LEAK, 0, noisy_leak_and_a_step),
	FAMILY(MUST_LEAK, 7, leak_with_dips),
	FAMILY(MUST_LEAK, 3, leak_with_jobs),
	FAMILY(MUST_BE_NONE, 0, flat),
	FAMILY(MUST_BE_NONE, 0, flicker),
	FAMILY(MUST_BE_NONE, 0, uniform_noise),
	FAMILY(MUST_BE_NONE, 0, normal_noise),
	FAMILY(MUST_BE_NONE, 0, three_teeth),
	FAMILY(MUST_BE_NONE, 0, two_teeth),
	FAMILY(MUST_BE_NONE, 0, teeth),
	FAMILY(MUST_BE_NONE, 0, wild_teeth),
	FAMILY(MUST_BE_NONE, 0, waves),
	FAMILY(MUST_NOT, 0, part_of_a_day),
	FAMILY(MUST_BE_NONE, 3, ramp_that_ends),
	FAMILY(MUST_BE_NONE, 3, noisy_ramp_that_ends),
	FAMILY(MUST_BE_NONE, 3, ramp_in_the_middle),
	FAMILY(MUST_BE_NONE, 0, start_that_settles),
	FAMILY(MUST_BE_NONE, 3, queue_that_fills),
	FAMILY(MUST_BE_NONE, 2, queue),
	FAMILY(MUST_BE_NONE, 0, single_step),
	FAMILY(MUST_BE_NONE, 0, noisy_step),
	FAMILY(MUST_BE_NONE, 0, staircase),
	FAMILY(MUST_BE_NONE, 0, noisy_staircase),
	FAMILY(MUST_BE_NONE, 2, soft_staircase),
	FAMILY(MUST_BE_NONE, 0, doubling_pool),
	FAMILY(MUST_BE_NONE, 0, burst),
	FAMILY(MUST_BE_NONE, 0, bursts),
	FAMILY(MUST_BE_NONE, 0, hill),
	FAMILY(MUST_BE_NONE, 0, decreasing),
	FAMILY(MUST_BE_NONE, 2, valley),
	FAMILY(MUST_BE_NONE, 0, bounded_walk),
	FAMILY(MUST_BE_NONE, 0, two_states),
	FAMILY(MUST_BE_NONE, 5, step_under_teeth),
	FAMILY(MUST_BE_NONE, 3, ramp_that_ends_under_teeth),
	FAMILY(MUST_BE_NONE, 0, few_samples),
	FAMILY(MUST_BE_NONE, 0, small_rise),
	FAMILY(MUST_BE_NONE, 0, noise_briefly),
	FAMILY(MUST_BE_NONE, 2, teeth_briefly),
	FAMILY(MUST_BE_NONE, 0, step_briefly),
	FAMILY(MUST_BE_NONE, 3, ramp_that_ends_briefly),
	FAMILY(MUST_BE_NONE, 0, jobs),
	FAMILY(MUST_BE_NONE, 2, levels_at_random),
	FAMILY(MUST_SUSPECT, 0, late_ramp),
	FAMILY(MUST_RISE, 3, start_that_goes_on),
	FAMILY(MUST_SUSPECT, 0, half_a_day),
	FAMILY(MUST_NOT, 2, ramp_that_has_just_ended),
	FAMILY(MUST_NOT, 5, free_walk),
};
#define NR_FAMILIES (sizeof(families) / sizeof(families[0]))
#define DRAW_MAX    6001 * 2

/* One series; the caller frees it. */
static inline struct pg_series draw_series(const struct family *f, uint64_t seed)
{
	static double x[DRAW_MAX], t[DRAW_MAX];
	struct draw d = {.seed = seed * 1000003 + (uint64_t)(f - families), .x = x, .t = t};
	struct pg_series s = {0};
	double level = floor(draw_in(&d, 3, 60));
	for (size_t i = 0; i < DRAW_MAX; i++) {
		x[i] = level;
		t[i] = (double)i;
	}
	f->make(&d);
	for (size_t i = 0; i < d.n; i++)
		pg_series_add(&s, t[i], x[i] > 0 ? (int64_t)floor(x[i] + 0.5) : 0);
	return s;
}

static inline bool is_right(enum must must, enum pg_leak_verdict v)
{
	switch (must) {
	case MUST_LEAK:
		return v == PG_LEAK_LEAKING;
	case MUST_RISE:
		return v != PG_LEAK_NONE;
	case MUST_SUSPECT:
		return v == PG_LEAK_SUSPECTED;
	case MUST_NOT:
		return v != PG_LEAK_LEAKING;
	default:
		return v == PG_LEAK_NONE;
	}
}

#endif
