/* SPDX-License-Identifier: MIT */
/* leak_calm: families of series that do not leak, or cannot be told (leak_families.h). */
#ifndef LEAK_CALM_H
#define LEAK_CALM_H

#include "leak_draw.h"

static inline void flat(struct draw *d)
{
	d->n = draw_int(d, 1, 3000);
}

static inline void flicker(struct draw *d)
{
	double share = draw_in(d, 0.01, 0.99);
	d->n = draw_int(d, 20, 3000);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += draw_unit(d) < share;
}

static inline void uniform_noise(struct draw *d)
{
	d->n = draw_int(d, 20, 3000);
	add_uniform(d, draw_in(d, 1, 40));
}

static inline void normal_noise(struct draw *d)
{
	d->n = draw_int(d, 20, 3000);
	add_normal(d, draw_in(d, 0.5, 20));
}

static inline void three_teeth(struct draw *d)
{
	d->n = draw_int(d, 60, 3000);
	add_sawtooth(d, draw_in(d, 4, 100), draw_in(d, 3, 6), draw_unit(d));
}

static inline void two_teeth(struct draw *d)
{
	d->n = draw_int(d, 60, 3000);
	add_sawtooth(d, draw_in(d, 4, 100), draw_in(d, 2, 3), draw_unit(d));
}

static inline void teeth(struct draw *d)
{
	d->n = draw_int(d, 200, 3000);
	add_sawtooth(d, draw_in(d, 4, 100), draw_in(d, 6, 60), draw_unit(d));
	add_uniform(d, draw_in(d, 0, 3));
}

static inline void wild_teeth(struct draw *d)
{
	d->n = draw_int(d, 100, 3000);
	add_wild_teeth(d, draw_in(d, 5, 100), (int)draw_int(d, 2, 40));
}

static inline void waves(struct draw *d)
{
	double height = draw_in(d, 3, 50);
	d->n = draw_int(d, 60, 3000);
	add_level(d, height);
	add_sine(d, height, draw_in(d, 1, 20), draw_unit(d));
}

/* A day, of which three quarters or more were seen. */
static inline void part_of_a_day(struct draw *d)
{
	double height = draw_in(d, 10, 50);
	d->n = draw_int(d, 200, 3000);
	add_level(d, height);
	add_sine(d, height, draw_in(d, 0.75, 2.5), draw_unit(d));
	add_normal(d, height * draw_in(d, 0, 0.1));
}

static inline void ramp_that_ends(struct draw *d)
{
	d->n = draw_int(d, 60, 3000);
	add_ramp(d, draw_in(d, 5, 300), 0, draw_in(d, 0.02, 0.8));
}

static inline void noisy_ramp_that_ends(struct draw *d)
{
	double height = draw_in(d, 10, 300);
	d->n = draw_int(d, 200, 3000);
	add_ramp(d, height, 0, draw_in(d, 0.05, 0.75));
	add_uniform(d, height * draw_in(d, 0.01, 0.15));
}

static inline void ramp_in_the_middle(struct draw *d)
{
	double a = draw_in(d, 0.05, 0.5);
	d->n = draw_int(d, 100, 3000);
	add_ramp(d, draw_in(d, 5, 300), a, draw_in(d, a + 0.05, 0.8));
}

static inline void start_that_settles(struct draw *d)
{
	double tau = draw_in(d, 0.02, 0.15), height = draw_in(d, 10, 300);
	d->n = draw_int(d, 100, 3000);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += height * (1 - exp(-u_of(d, i) / tau));
}

static inline void queue_that_fills(struct draw *d)
{
	d->n = draw_int(d, 400, 3000);
	add_queue(d, draw_in(d, 10, 200), draw_in(d, 0.01, 0.1), true);
}

static inline void queue(struct draw *d)
{
	d->n = draw_int(d, 100, 3000);
	add_queue(d, draw_in(d, 3, 100), draw_in(d, 0.002, 0.1), false);
}

static inline void single_step(struct draw *d)
{
	d->n = draw_int(d, 20, 3000);
	add_step(d, draw_in(d, 3, 300), draw_in(d, 0.02, 0.98));
}

static inline void noisy_step(struct draw *d)
{
	double height = draw_in(d, 5, 100);
	d->n = draw_int(d, 60, 3000);
	add_step(d, height, draw_in(d, 0.02, 0.98));
	add_uniform(d, height * draw_in(d, 0.01, 0.5));
}

static inline void staircase(struct draw *d)
{
	int steps = (int)draw_int(d, 2, 4);
	bool regular = draw_unit(d) < 0.5;
	d->n = draw_int(d, 60, 3000);
	for (int k = 1; k <= steps; k++)
		add_step(d, draw_in(d, 5, 20),
			 regular ? (double)k / (steps + 1) : draw_in(d, 0.02, 0.98));
}

static inline void noisy_staircase(struct draw *d)
{
	double noise = draw_in(d, 0.5, 4);
	int steps = (int)draw_int(d, 2, 4);
	d->n = draw_int(d, 200, 3000);
	for (int k = 1; k <= steps; k++)
		add_step(d, 20, (double)k / (steps + 1));
	add_uniform(d, noise);
}

/* Stairs that are not steep: each step takes a while. */
static inline void soft_staircase(struct draw *d)
{
	int steps = (int)draw_int(d, 2, 3);
	d->n = draw_int(d, 200, 3000);
	for (int k = 1; k <= steps; k++) {
		double at = (double)k / (steps + 1);
		add_ramp(d, draw_in(d, 5, 30), at, at + draw_in(d, 0.01, 0.06));
	}
}

/* A pool that doubles whenever it is full. */
static inline void doubling_pool(struct draw *d)
{
	double at = draw_in(d, 0.01, 0.05), size = (double)draw_int(d, 4, 16);
	d->n = draw_int(d, 100, 3000);
	for (; at < 1; at *= 2, size *= 2)
		add_step(d, size, at);
}

static inline void burst(struct draw *d)
{
	double a = draw_in(d, 0.05, 0.9);
	d->n = draw_int(d, 40, 3000);
	add_burst(d, draw_in(d, 5, 300), a, draw_in(d, a, 0.97));
}

static inline void bursts(struct draw *d)
{
	d->n = draw_int(d, 100, 3000);
	for (size_t k = draw_int(d, 2, 8); k > 0; k--) {
		double a = draw_in(d, 0.02, 0.9);
		add_burst(d, draw_in(d, 5, 100), a, a + draw_in(d, 0.005, 0.09));
	}
}

static inline void hill(struct draw *d)
{
	double top = draw_in(d, 0.2, 0.6), height = draw_in(d, 10, 300);
	d->n = draw_int(d, 60, 3000);
	add_ramp(d, height, 0, top);
	add_ramp(d, -height, top, draw_in(d, top + 0.05, 1));
}

static inline void decreasing(struct draw *d)
{
	d->n = draw_int(d, 20, 3000);
	add_level(d, 500);
	add_ramp(d, -draw_in(d, 5, 500), draw_in(d, 0, 0.5), 1);
	add_uniform(d, draw_in(d, 0, 4));
}

static inline void valley(struct draw *d)
{
	double bottom = draw_in(d, 0.2, 0.8), height = draw_in(d, 10, 300);
	d->n = draw_int(d, 60, 3000);
	add_level(d, height);
	add_ramp(d, -height, 0, bottom);
	add_ramp(d, height * draw_in(d, 0.2, 1), bottom, 1);
}

/* Between two bounds, from one of which to the other and back it goes several times. */
static inline void bounded_walk(struct draw *d)
{
	double bound = draw_in(d, 5, 15), x = draw_in(d, 0, bound);
	d->n = draw_int(d, 2000, 6000);
	for (size_t i = 0; i < d->n; i++) {
		x += draw_normal(d) * 0.7;
		x = fabs(x);
		x = x > bound ? 2 * bound - x : x;
		d->x[i] += x;
	}
}

static inline void two_states(struct draw *d)
{
	double height = draw_in(d, 5, 100), rate = draw_in(d, 4, 40);
	bool up = draw_unit(d) < 0.5;
	d->n = draw_int(d, 200, 3000);
	for (size_t i = 0; i < d->n; i++) {
		up ^= draw_unit(d) < rate / (double)d->n;
		d->x[i] += up ? height : 0;
	}
}

static inline void step_under_teeth(struct draw *d)
{
	double height = draw_in(d, 5, 60);
	d->n = draw_int(d, 400, 3000);
	add_sawtooth(d, height, draw_in(d, 4, 40), draw_unit(d));
	add_step(d, height * draw_in(d, 0.3, 2), draw_in(d, 0.1, 0.9));
}

static inline void ramp_that_ends_under_teeth(struct draw *d)
{
	double height = draw_in(d, 5, 60);
	d->n = draw_int(d, 400, 3000);
	add_sawtooth(d, height, draw_in(d, 4, 40), draw_unit(d));
	add_ramp(d, height * draw_in(d, 0.3, 3), 0, draw_in(d, 0.05, 0.5));
}

static inline void few_samples(struct draw *d)
{
	d->n = draw_int(d, 2, 12);
	add_ramp(d, draw_in(d, 0, 100), 0, 1);
}

static inline void small_rise(struct draw *d)
{
	d->n = draw_int(d, 20, 3000);
	add_ramp(d, 2, 0, 1);
}

static inline void noise_briefly(struct draw *d)
{
	d->n = draw_int(d, 16, 60);
	add_normal(d, draw_in(d, 0.5, 20));
}

static inline void teeth_briefly(struct draw *d)
{
	d->n = draw_int(d, 20, 60);
	add_sawtooth(d, draw_in(d, 4, 100), draw_in(d, 2.2, 10), draw_unit(d));
}

static inline void step_briefly(struct draw *d)
{
	d->n = draw_int(d, 16, 60);
	add_step(d, draw_in(d, 3, 100), draw_in(d, 0.05, 0.95));
	add_uniform(d, draw_in(d, 0, 2));
}

static inline void ramp_that_ends_briefly(struct draw *d)
{
	d->n = draw_int(d, 20, 60);
	add_ramp(d, draw_in(d, 5, 100), 0, draw_in(d, 0.1, 0.7));
}

static inline void jobs(struct draw *d)
{
	double every = draw_in(d, 0.02, 0.4), length = every * draw_in(d, 0.1, 0.6);
	double height = draw_in(d, 5, 100);
	d->n = draw_int(d, 200, 3000);
	for (double at = draw_unit(d) * every; at < 1; at += every)
		add_burst(d, height, at, at + length);
}

/* As much work as there are hours: it goes up and down in steps, each a level of its own. */
static inline void levels_at_random(struct draw *d)
{
	size_t steps = draw_int(d, 5, 30);
	double height = draw_in(d, 10, 100);
	d->n = draw_int(d, 200, 3000);
	for (size_t k = 0; k < steps; k++)
		add_burst(d, height * draw_unit(d), (double)k / (double)steps,
			  (double)(k + 1) / (double)steps);
}

/* ---- it cannot be told ------------------------------------------------------------------------
 */

static inline void late_ramp(struct draw *d)
{
	d->n = draw_int(d, 100, 3000);
	add_ramp(d, draw_in(d, 15, 300), draw_in(d, 0.35, 0.75), 1);
}

static inline void start_that_goes_on(struct draw *d)
{
	double tau = draw_in(d, 0.4, 0.7), height = draw_in(d, 60, 300);
	d->n = draw_int(d, 200, 3000);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += height * (1 - exp(-u_of(d, i) / tau));
}

/* From the trough of a day to its peak. */
static inline void half_a_day(struct draw *d)
{
	double height = draw_in(d, 20, 200);
	d->n = draw_int(d, 200, 3000);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += height * (1 - cos(M_PI * u_of(d, i)));
}

static inline void ramp_that_has_just_ended(struct draw *d)
{
	d->n = draw_int(d, 200, 3000);
	add_ramp(d, draw_in(d, 30, 300), 0, draw_in(d, 0.8, 0.92));
}

/* Comes back only if one waits long enough. */
static inline void free_walk(struct draw *d)
{
	double x = 0;
	d->n = draw_int(d, 400, 3000);
	add_level(d, 200);
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += x += draw_normal(d);
}

#endif
