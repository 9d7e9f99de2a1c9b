/* SPDX-License-Identifier: MIT */
/*
 * Lines as dots, 2 × 4 of them in a cell of braille, or 1 × 3 without UTF-8. A cell has one colour:
 * that of the last line through it.
 */
#include <stdlib.h>

#include "plot_canvas_impl.h"

#define BRAILLE 0x2800

void plot_dots_init(struct plot_dots *d, int rows, int cols, bool utf8)
{
	*d = (struct plot_dots){.rows = rows > 0 ? rows : 0,
				.cols = cols > 0 ? cols : 0,
				.dots_x = utf8 ? 2 : 1,
				.dots_y = utf8 ? 4 : 3,
				.utf8 = utf8};
	d->cells = pg_calloc((size_t)d->rows * (size_t)d->cols + 1, sizeof(*d->cells));
}

void plot_dots_free(struct plot_dots *d)
{
	free(d->cells);
}

static struct plot_dot *set(struct plot_dots *d, int x, int y, uint8_t role)
{
	int row = y / d->dots_y, col = x / d->dots_x;

	if (x < 0 || y < 0 || row >= d->rows || col >= d->cols)
		return NULL;
	struct plot_dot *cell = &d->cells[row * d->cols + col];
	cell->bits |= (uint8_t)(1 << (y % d->dots_y * d->dots_x + x % d->dots_x));
	cell->role = role;
	return cell;
}

/* Bresenham's: each step goes on along the longer side, and aside when the error says so. */
void plot_dots_line(struct plot_dots *d, int x0, int y0, int x1, int y1, uint8_t role)
{
	int dx = abs(x1 - x0), dy = abs(y1 - y0);
	int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1, err = dx - dy;

	set(d, x0, y0, role);
	while (x0 != x1 || y0 != y1) {
		int twice = 2 * err;
		if (twice > -dy) {
			err -= dy;
			x0 += step_x;
		}
		if (twice < dx) {
			err += dx;
			y0 += step_y;
		}
		set(d, x0, y0, role);
	}
}

void plot_dots_level(struct plot_dots *d, int x0, int x1, int y, uint8_t role)
{
	int below = y + 1 < d->rows * d->dots_y ? y + 1 : y - 1;

	for (int x = x0; x <= x1; x++) {
		struct plot_dot *cell = set(d, x, y, role);
		if (cell)
			cell->level = true;
		if (d->utf8)
			set(d, x, below, role);
	}
}

/* Unicode numbers the dots of a cell down the left side, then down the right, and the lowest two
 * last (The Unicode Standard, 22.3 Braille). */
static uint32_t braille(uint8_t bits)
{
	static const uint8_t dot[] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
	uint32_t ch = BRAILLE;

	for (int i = 0; i < 8; i++)
		if (bits & 1 << i)
			ch |= dot[i];
	return ch;
}

/* Of three dots above each other: one says how high the line is, more are a line upwards. */
static uint32_t ascii(const struct plot_dot *cell)
{
	static const char of[] = {' ', '\'', '-', '\'', '.', '|', '.', '|'};
	bool one = (cell->bits & (cell->bits - 1)) == 0;

	return cell->level && one ? '=' : (unsigned char)of[cell->bits & 7];
}

void plot_dots_draw(const struct plot_dots *d, struct canvas *c, int row, int col)
{
	for (int r = 0; r < d->rows; r++)
		for (int i = 0; i < d->cols; i++) {
			const struct plot_dot *cell = &d->cells[r * d->cols + i];
			if (cell->bits)
				canvas_put(c, row + r, col + i,
					   d->utf8 ? braille(cell->bits) : ascii(cell),
					   STYLE(cell->role));
		}
}
