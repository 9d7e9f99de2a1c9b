/* SPDX-License-Identifier: MIT */
/*
 * A wide character is two cells, the right one with ch 0. Every write first frees the half it would
 * leave behind, so that no cell is ever half of nothing.
 */
#include "canvas.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char role_letters[NR_ROLES] = {
	[ROLE_TEXT] = '.',   [ROLE_IDLE] = 'n',   [ROLE_CPU] = 'c',   [ROLE_IO] = 'i',
	[ROLE_CPU_IO] = 'b', [ROLE_EXITED] = 'x', [ROLE_TIP] = 't',   [ROLE_LABEL] = 'l',
	[ROLE_DIM] = 'd',    [ROLE_KEY] = 'k',    [ROLE_BAR] = 'a',   [ROLE_ALERT] = 'w',
	[ROLE_UP] = 'u',     [ROLE_DOWN] = 'v',   [ROLE_EVENT] = 'e',
};

void canvas_init(struct canvas *c, int rows, int cols, bool utf8)
{
	*c = (struct canvas){.utf8 = utf8};
	canvas_reset(c, rows, cols);
}

void canvas_free(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){0};
}

void canvas_reset(struct canvas *c, int rows, int cols)
{
	rows = rows > 0 ? rows : 0;
	cols = cols > 0 ? cols : 0;
	size_t nr = (size_t)rows * (size_t)cols;
	if (!c->cells || rows != c->rows || cols != c->cols)
		c->cells = pg_realloc(c->cells, nr, sizeof(*c->cells));
	c->rows = rows;
	c->cols = cols;
	c->cursor_row = c->cursor_col = -1;
	for (size_t i = 0; i < nr; i++)
		c->cells[i] = (struct canvas_cell){' ', STYLE(ROLE_TEXT)};
}

struct canvas_cell *canvas_at(struct canvas *c, int row, int col)
{
	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return NULL;
	return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

/* Before it is overwritten, what remains of a wide character at its sides becomes a blank. */
static void set_cell(struct canvas *c, int row, int col, uint32_t ch, struct style st)
{
	struct canvas_cell *cell = canvas_at(c, row, col);
	if (!cell)
		return;
	if (cell->ch == 0 && col > 0)
		cell[-1].ch = ' ';
	if (col + 1 < c->cols && cell[1].ch == 0)
		cell[1].ch = ' ';
	*cell = (struct canvas_cell){ch, st};
}

/* Views give characters of their own choice, but nothing that could steer a terminal gets in. */
void canvas_put(struct canvas *c, int row, int col, uint32_t ch, struct style st)
{
	if (ch < 0x20 || (ch >= 0x7f && ch < 0xa0))
		ch = ' ';
	if (ch >= 0x7f && !c->utf8)
		ch = '?';
	set_cell(c, row, col, ch, st);
}

/* A character of that width, of which only the columns from left to right - 1 may be touched. */
static void put_clipped(struct canvas *c, int row, int col, int right, uint32_t ch, int width,
			struct style st)
{
	if (width == 2 && (col < 0 || col + 1 >= right)) {
		ch = ' ';
		if (col < 0)
			col++;
		width = 1;
	}
	if (col >= right)
		return;
	set_cell(c, row, col, ch, st);
	if (width == 2) {
		set_cell(c, row, col + 1, ' ', st);
		canvas_at(c, row, col + 1)->ch = 0;
	}
}

int canvas_text(struct canvas *c, int row, int col, int max, const char *s, size_t n,
		struct style st)
{
	if (row < 0 || row >= c->rows || col >= c->cols || max <= 0)
		return 0;
	int64_t end = (int64_t)col + max;
	int right = end < c->cols ? (int)end : c->cols;
	int at = col;
	while (n > 0 && at < right) {
		int width;
		uint32_t ch = pg_text_next(&s, &n, c->utf8, &width);
		if (width == 0)
			continue;
		if (at + width > 0)
			put_clipped(c, row, at, right, ch, width, st);
		at += width;
	}
	return (at < right ? at : right) - col;
}

int canvas_puts(struct canvas *c, int row, int col, const char *s, struct style st)
{
	return canvas_text(c, row, col, INT_MAX, s, strlen(s), st);
}

static int clamp(int64_t v, int max)
{
	return v < 0 ? 0 : v > max ? max : (int)v;
}

void canvas_fill(struct canvas *c, int row, int col, int rows, int cols, struct style st)
{
	int bottom = clamp((int64_t)row + rows, c->rows),
	    right = clamp((int64_t)col + cols, c->cols);

	for (int r = clamp(row, c->rows); r < bottom; r++)
		for (int i = clamp(col, c->cols); i < right; i++)
			set_cell(c, r, i, ' ', st);
}

static void save_text(const struct canvas *c, int row, struct pg_buf *out)
{
	const struct canvas_cell *cells = c->cells + (size_t)row * (size_t)c->cols;
	int end = c->cols;

	while (end > 0 && cells[end - 1].ch == ' ')
		end--;
	for (int i = 0; i < end; i++) {
		char bytes[4];
		if (cells[i].ch)
			pg_buf_put(out, bytes, pg_utf8_encode(cells[i].ch, bytes));
	}
	pg_buf_putc(out, '\n');
}

static char plane_letter(struct style st)
{
	char letter = st.role < NR_ROLES ? role_letters[st.role] : '.';

	if (!(st.attrs & ATTR_REVERSE))
		return letter;
	return letter == '.' ? ':' : (char)toupper((unsigned char)letter);
}

void canvas_save(const struct canvas *c, struct pg_buf *out)
{
	for (int row = 0; row < c->rows; row++)
		save_text(c, row, out);
	pg_buf_putc(out, '\n');
	for (int row = 0; row < c->rows; row++) {
		for (int col = 0; col < c->cols; col++)
			pg_buf_putc(
				out,
				plane_letter(c->cells[(size_t)row * (size_t)c->cols + (size_t)col]
						     .style));
		pg_buf_putc(out, '\n');
	}
}
