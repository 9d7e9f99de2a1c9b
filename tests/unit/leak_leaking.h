/* SPDX-License-Identifier: MIT */
/* leak_leaking: families of series that leak (leak_families.h). */
#ifndef LEAK_LEAKING_H
#define LEAK_LEAKING_H

#include "leak_draw.h"

static inline void every_sample(struct draw *d)
{
	d->n = draw_int(d, 40, 400);
	add_ramp(d, (double)(d->n - 1), 0, 1);
}

static inline void every_two_samples(struct draw *d)
{
	d->n = draw_int(d, 40, 600);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += (double)(i / 2);
}

static inline void one_a_minute(struct draw *d)
{
	size_t phase = draw_int(d, 0, 59);
	d->n = 1800;
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += (double)((i + phase) / 60);
}

static inline void slow_leak(struct draw *d)
{
	size_t each = draw_int(d, 10, 300), phase = draw_int(d, 0, each - 1);
	d->n = each * draw_int(d, 10, 40);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += (double)((i + phase) / each);
}

static inline void leak_in_uniform_noise(struct draw *d)
{
	double width = draw_in(d, 1, 10);
	d->n = draw_int(d, 300, 3000);
	add_ramp(d, width * draw_in(d, 2, 8) + 5, 0, 1);
	add_uniform(d, width);
}

static inline void leak_in_normal_noise(struct draw *d)
{
	double deviation = draw_in(d, 0.5, 10);
	d->n = draw_int(d, 300, 3000);
	add_ramp(d, deviation * draw_in(d, 4, 12) + 4, 0, 1);
	add_normal(d, deviation);
}

static inline void leak_in_noise_briefly(struct draw *d)
{
	double width = draw_in(d, 1, 4);
	d->n = draw_int(d, 60, 200);
	add_ramp(d, width * draw_in(d, 5, 10) + 5, 0, 1);
	add_uniform(d, width);
}

static inline void leak_under_three_teeth(struct draw *d)
{
	double periods = draw_in(d, 3, 5), height = draw_in(d, 5, 60);
	d->n = draw_int(d, 200, 3000);
	add_sawtooth(d, height, periods, draw_unit(d));
	add_ramp(d, (height * draw_in(d, 0.1, 0.8) + 2) * periods, 0, 1);
}

static inline void leak_under_teeth(struct draw *d)
{
	double periods = draw_in(d, 5, 25), height = draw_in(d, 5, 60);
	d->n = draw_int(d, 400, 3000);
	add_sawtooth(d, height, periods, draw_unit(d));
	add_ramp(d, height * draw_in(d, 0.05, 0.5) * periods + 5, 0, 1);
}

static inline void leak_under_many_teeth(struct draw *d)
{
	double height = draw_in(d, 5, 100);
	d->n = draw_int(d, 1000, 6000);
	add_sawtooth(d, height, draw_in(d, 30, 200), draw_unit(d));
	add_ramp(d, height * draw_in(d, 0.2, 3) + 5, 0, 1);
}

static inline void leak_under_noisy_teeth(struct draw *d)
{
	double periods = draw_in(d, 3, 20), height = draw_in(d, 10, 60);
	d->n = draw_int(d, 600, 3000);
	add_sawtooth(d, height, periods, draw_unit(d));
	add_uniform(d, height * 0.1);
	add_ramp(d, (height * draw_in(d, 0.2, 1) + 2) * periods, 0, 1);
}

static inline void leak_under_wild_teeth(struct draw *d)
{
	int teeth = (int)draw_int(d, 6, 30);
	double height = draw_in(d, 5, 50);
	d->n = draw_int(d, 600, 3000);
	add_wild_teeth(d, height, teeth);
	add_ramp(d, height * draw_in(d, 1.5, 5) + 10, 0, 1);
}

static inline void leak_under_waves(struct draw *d)
{
	double periods = draw_in(d, 3, 12), height = draw_in(d, 3, 20);
	d->n = draw_int(d, 400, 3000);
	add_level(d, height);
	add_sine(d, height, periods, draw_unit(d));
	add_ramp(d, height * draw_in(d, 1, 5) + 5, 0, 1);
}

/* What a collector gives back comes in pieces: the rest stays, piece by piece. */
static inline void leak_in_pieces(struct draw *d)
{
	int pieces = (int)draw_int(d, 10, 30);
	double each = draw_in(d, 1, 8);
	d->n = draw_int(d, 300, 3000);
	for (int k = 0; k < pieces; k++)
		add_step(d, ceil(each * draw_in(d, 0.6, 1.4)), (k + draw_in(d, 0.1, 0.9)) / pieces);
}

static inline void leak_at_random(struct draw *d)
{
	double rate = draw_in(d, 30, 200);
	d->n = draw_int(d, 400, 4000);
	double x = 0;
	for (size_t i = 0; i < d->n; i++) {
		x += draw_unit(d) < rate / (double)d->n ? 1 : 0;
		d->x[i] += x;
	}
}

static inline void leak_with_bursts(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_ramp(d, draw_in(d, 20, 100), 0, 1);
	for (int k = 0; k < 5; k++) {
		double at = draw_in(d, 0, 0.9);
		add_burst(d, draw_in(d, 10, 100), at, at + draw_in(d, 0.01, 0.06));
	}
}

static inline void leak_with_spikes(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_ramp(d, draw_in(d, 10, 100), 0, 1);
	add_spikes(d, draw_in(d, 10, 300), draw_in(d, 0.01, 0.4));
}

static inline void leak_after_start(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_ramp(d, draw_in(d, 20, 300), 0, draw_in(d, 0.005, 0.08));
	add_ramp(d, draw_in(d, 15, 60), 0, 1);
}

static inline void leak_and_a_step(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_step(d, draw_in(d, 10, 200), draw_in(d, 0.1, 0.9));
	add_ramp(d, draw_in(d, 20, 60), 0, 1);
}

static inline void leak_in_a_queue(struct draw *d)
{
	double mean = draw_in(d, 5, 60);
	d->n = draw_int(d, 1000, 6000);
	add_queue(d, mean, draw_in(d, 0.001, 0.01), false);
	add_ramp(d, sqrt(mean) * draw_in(d, 5, 12), 0, 1);
}

static inline void leak_that_speeds_up(struct draw *d)
{
	double height = draw_in(d, 30, 300), power = draw_in(d, 1.1, 1.7);
	d->n = draw_int(d, 200, 2000);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += height * pow(u_of(d, i), power);
}

static inline void leak_seen_irregularly(struct draw *d)
{
	double each = draw_in(d, 20, 80);
	d->n = draw_int(d, 200, 2000);
	for (size_t i = 1; i < d->n; i++)
		d->t[i] = d->t[i - 1] + exp(draw_normal(d));
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += each * d->t[i] / d->t[d->n - 1];
}

/* Samples come ten times as often in one half of the time. */
static inline void leak_seen_in_two_paces(struct draw *d)
{
	bool first = draw_unit(d) < 0.5;
	d->n = draw_int(d, 400, 2000);
	for (size_t i = 1; i < d->n; i++)
		d->t[i] = d->t[i - 1] + ((i < d->n / 2) == first ? 0.1 : 1);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += 50 * d->t[i] / d->t[d->n - 1];
	add_uniform(d, 2);
}

static inline void fast_leak(struct draw *d)
{
	d->n = draw_int(d, 100, 1000);
	add_ramp(d, draw_in(d, 1e4, 1e6), 0, 1);
	add_normal(d, 30);
}

static inline void leak_seen_briefly(struct draw *d)
{
	d->n = draw_int(d, 24, 60);
	add_ramp(d, draw_in(d, 0.35, 4) * (double)d->n, 0, 1);
}

static inline void noisy_leak_after_start(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_ramp(d, draw_in(d, 20, 300), 0, draw_in(d, 0.005, 0.08));
	add_ramp(d, draw_in(d, 15, 60), 0, 1);
	add_uniform(d, draw_in(d, 0.5, 4));
}

static inline void noisy_leak_and_a_step(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_step(d, draw_in(d, 10, 200), draw_in(d, 0.1, 0.9));
	add_ramp(d, draw_in(d, 20, 60), 0, 1);
	add_uniform(d, draw_in(d, 0.5, 4));
}

/* Something is closed for a moment, now and then. */
static inline void leak_with_dips(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_ramp(d, draw_in(d, 20, 100), 0, 1);
	for (size_t k = draw_int(d, 1, 10); k > 0; k--)
		d->x[draw_int(d, 0, d->n - 1)] = draw_in(d, 0, 10);
}

static inline void leak_with_jobs(struct draw *d)
{
	double every = draw_in(d, 0.02, 0.15), length = every * draw_in(d, 0.1, 0.6);
	double height = draw_in(d, 5, 100);
	d->n = draw_int(d, 600, 3000);
	add_ramp(d, draw_in(d, 15, 100), 0, 1);
	for (double at = draw_unit(d) * every; at < 1; at += every)
		add_burst(d, height, at, at + length);
}

#endif
