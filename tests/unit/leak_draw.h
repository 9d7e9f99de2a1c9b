/* SPDX-License-Identifier: MIT */
/*
 * leak_draw: what series of leak_families.h are made of: chance from a seed, and pieces to be added
 * up.
 */
#ifndef LEAK_DRAW_H
#define LEAK_DRAW_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t seed;
	size_t n;
	double *x; /* what the series is before it is rounded */
	double *t;
};

static inline uint64_t draw_bits(struct draw *d)
{
	d->seed += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = d->seed;
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline double draw_unit(struct draw *d)
{
	return (double)(draw_bits(d) >> 11) / 0x1p53;
}

static inline double draw_in(struct draw *d, double a, double b)
{
	return a + (b - a) * draw_unit(d);
}

static inline size_t draw_int(struct draw *d, size_t a, size_t b)
{
	return a + (size_t)(draw_bits(d) % (b - a + 1));
}

static inline double draw_normal(struct draw *d)
{
	return sqrt(-2 * log(1 - draw_unit(d))) * cos(2 * M_PI * draw_unit(d));
}

/* ---- pieces; u goes from 0 to 1 over the run --------------------------------------------------
 */

static inline void add_level(struct draw *d, double level)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += level;
}

static inline double u_of(const struct draw *d, size_t i)
{
	return (double)i / (double)(d->n - 1);
}

/* From 0 to height between a and b, flat before and behind. */
static inline void add_ramp(struct draw *d, double height, double a, double b)
{
	for (size_t i = 0; i < d->n; i++) {
		double u = (u_of(d, i) - a) / (b - a);
		d->x[i] += height * (u < 0 ? 0 : u > 1 ? 1 : u);
	}
}

static inline void add_step(struct draw *d, double height, double at)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += u_of(d, i) >= at ? height : 0;
}

static inline void add_uniform(struct draw *d, double width)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += draw_in(d, -width, width);
}

static inline void add_normal(struct draw *d, double deviation)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += deviation * draw_normal(d);
}

/* Rises and falls at once; 0…height. */
static inline void add_sawtooth(struct draw *d, double height, double periods, double phase)
{
	for (size_t i = 0; i < d->n; i++) {
		double u = u_of(d, i) * periods + phase;
		d->x[i] += height * (u - floor(u));
	}
}

static inline void add_sine(struct draw *d, double height, double periods, double phase)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += height * sin(2 * M_PI * (u_of(d, i) * periods + phase));
}

static inline void add_burst(struct draw *d, double height, double a, double b)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += u_of(d, i) >= a && u_of(d, i) < b ? height : 0;
}

/* Connections that come and go: so many there are on average, each stays for so long of the run. */
static inline void add_queue(struct draw *d, double mean, double stay, bool empty)
{
	double x = empty ? 0 : floor(mean + sqrt(mean) * draw_normal(d) + 0.5);
	double step = 1 / (stay * (double)d->n);
	for (size_t i = 0; i < d->n; i++) {
		double rate = step * (mean + x);
		int tries = (int)ceil(rate * 4) + 1;
		for (int k = 0; k < tries; k++) {
			double u = draw_unit(d) * tries;
			if (u < step * mean)
				x += 1;
			else if (u < step * (mean + x))
				x -= 1;
		}
		d->x[i] += x;
	}
}

/* As many teeth, each of its own height and length. */
static inline void add_wild_teeth(struct draw *d, double height, int teeth)
{
	double at = -draw_unit(d) / teeth;
	while (at < 1) {
		double length = draw_in(d, 0.6, 1.4) / teeth, h = height * draw_in(d, 0.7, 1.3);
		for (size_t i = 0; i < d->n; i++) {
			double u = (u_of(d, i) - at) / length;
			d->x[i] += u >= 0 && u < 1 ? h * u : 0;
		}
		at += length;
	}
}

static inline void add_spikes(struct draw *d, double height, double share)
{
	for (size_t i = 0; i < d->n; i++)
		d->x[i] += draw_unit(d) < share ? height * draw_unit(d) : 0;
}

#endif
