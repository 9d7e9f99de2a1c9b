/* SPDX-License-Identifier: MIT */
/* Lines of text as a box beside a cell, or as a page of their own. */
#include "popup.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct style tip = {.role = ROLE_TIP, .back = ROLE_TIP};

static struct style line_style(const struct popup_line *l)
{
	struct style st = tip;

	st.role = l->role;
	return st;
}

static void draw_row(struct canvas *c, struct rect r, int row, const char *const ch[3])
{
	for (int i = 0; i < r.cols; i++) {
		const char *s = ch[i == 0 ? 0 : i == r.cols - 1 ? 2 : 1];

		canvas_text(c, row, r.col + i, 1, s, strlen(s), tip);
	}
}

static void draw_border(struct canvas *c, struct rect r)
{
	static const char *const lines[2][3][3] = {
		{{"+", "-", "+"}, {"|", " ", "|"}, {"+", "-", "+"}},
		{{"┌", "─", "┐"}, {"│", " ", "│"}, {"└", "─", "┘"}},
	};

	for (int i = 0; i < r.rows; i++)
		draw_row(c, r, r.row + i, lines[c->utf8][i == 0 ? 0 : i == r.rows - 1 ? 2 : 1]);
}

/* The title stands in the border, or, in a rectangle too small for one, in the first line. */
void popup_draw(struct canvas *c, struct rect r, const struct popup_text *t, size_t first_line)
{
	bool border = r.rows >= 3 && r.cols >= 8;
	int inset = border ? 1 : 0;
	struct style title = tip;

	if (r.rows <= 0 || r.cols <= 0)
		return;
	title.attrs = ATTR_BOLD;
	canvas_fill(c, r.row, r.col, r.rows, r.cols, tip);
	if (border)
		draw_border(c, r);
	if (t->nr == 0)
		return;
	if (border) {
		int used = canvas_text(c, r.row, r.col + 2, r.cols - 4, t->lines[0].text,
				       t->lines[0].len, title);

		canvas_put(c, r.row, r.col + 1, ' ', tip);
		canvas_put(c, r.row, r.col + 2 + used, ' ', tip);
	} else {
		canvas_text(c, r.row, r.col, r.cols, t->lines[0].text, t->lines[0].len, title);
	}
	for (int row = 1; row < r.rows - inset; row++) {
		size_t i = first_line + (size_t)row;

		if (i >= t->nr)
			break;
		canvas_text(c, r.row + row, r.col + 2 * inset, r.cols - 4 * inset, t->lines[i].text,
			    t->lines[i].len, line_style(&t->lines[i]));
	}
}

/* In the lower border, where nothing else would say it. Its columns. */
static int draw_way_back(struct canvas *c)
{
	static const char back[] = " Esc back ";
	int cols = (int)strlen(back);

	if (c->rows < 3 || cols + 4 > c->cols)
		return 0;
	canvas_puts(c, c->rows - 1, 1, back, tip);
	return cols;
}

/* How much of a page is out of sight, in its lower border behind taken columns. */
static void draw_more(struct canvas *c, int taken, size_t above, size_t below)
{
	char text[64];
	const char *up = c->utf8 ? "↑" : "^", *down = c->utf8 ? "↓" : "v";
	int n = 0;

	if (above)
		n += snprintf(text, sizeof(text), " %s %zu", up, above);
	if (below)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %s %zu", down, below);
	if (n == 0)
		return;
	snprintf(text + n, sizeof(text) - (size_t)n, " ");
	int cols = pg_text_width(text, strlen(text), c->utf8);
	if (taken + cols + 3 < c->cols)
		canvas_puts(c, c->rows - 1, c->cols - 2 - cols, text, tip);
}

void popup_draw_page(struct canvas *c, const struct popup_text *t, size_t *first_line)
{
	struct rect all = {.rows = c->rows, .cols = c->cols};
	size_t room = c->rows > 2 ? (size_t)c->rows - 2 : 1;
	size_t last = t->nr > room + 1 ? t->nr - room - 1 : 0;

	if (*first_line > last)
		*first_line = last;
	popup_draw(c, all, t, *first_line);
	int taken = draw_way_back(c);
	if (last > 0)
		draw_more(c, taken, *first_line, last - *first_line);
	c->cursor_row = c->cursor_col = -1;
}
