/* SPDX-License-Identifier: MIT */
#include "popup_flow.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define GAP      2 /* columns between items */
#define MIN_COLS 8 /* that an item is wrapped into */

void popup_flush(struct popup_flow *f)
{
	struct popup_text *t = f->out;
	struct popup_line *l;

	if (f->col == 0)
		return;
	t->lines = pg_grow(t->lines, &t->cap, t->nr + 1, sizeof(*t->lines));
	l = &t->lines[t->nr++];
	l->text = pg_alloc(f->line.len + 1);
	memcpy(l->text, f->line.data, f->line.len);
	l->text[f->line.len] = '\0';
	l->len = f->line.len;
	l->role = f->role;
	pg_buf_clear(&f->line);
	f->col = 0;
}

void popup_blank(struct popup_flow *f, size_t lines)
{
	popup_flush(f);
	while (lines-- > 0) {
		f->col = 1; /* a line was begun, and nothing is in it */
		popup_flush(f);
	}
}

void popup_put(struct popup_flow *f, const char *s, size_t n)
{
	pg_buf_put(&f->line, s, n);
	f->col += pg_text_width(s, n, true);
}

static void indent(struct popup_flow *f)
{
	popup_put(f, "       ", POPUP_LABEL_COLS);
}

void popup_section(struct popup_flow *f, const char *label, uint8_t role)
{
	popup_flush(f);
	f->role = role;
	pg_buf_printf(&f->line, "%-*s", POPUP_LABEL_COLS, label);
	f->col = POPUP_LABEL_COLS;
}

void popup_item(struct popup_flow *f, const char *fmt, ...)
{
	struct pg_buf b = {0};
	char text[256];
	va_list ap;
	int width;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	width = pg_text_width(text, strlen(text), true);
	if (f->col > POPUP_LABEL_COLS && f->col + GAP + width > f->width)
		popup_flush(f);
	if (f->col == 0)
		indent(f);
	else if (f->col > POPUP_LABEL_COLS)
		popup_put(f, "  ", GAP);
	if (f->col + width > f->width && f->width - f->col >= MIN_COLS) {
		pg_text_safe(&b, text, strlen(text), width, true);
		popup_wrap(f, b.data, b.len, 0);
	} else {
		pg_text_safe(&b, text, strlen(text), f->width - f->col, true);
		popup_put(f, b.data, b.len);
	}
	pg_buf_free(&b);
}

/* A blank behind a number is followed by its unit. */
static bool is_within_quantity(const char *s, const char *blank)
{
	return blank > s && blank[-1] >= '0' && blank[-1] <= '9';
}

size_t popup_fitting(const char *s, size_t n, int cols, bool words)
{
	const char *at = s, *blank = NULL; /* the last one, if possible not within a quantity */
	size_t left = n;
	int used = 0, width;
	bool good = false;

	while (left > 0) {
		const char *before = at;

		pg_text_next(&at, &left, true, &width);
		used += width;
		if (*before == ' ' && used > cols / 2) {
			bool better = !is_within_quantity(s, before);
			blank = good && !better ? blank : before;
			good |= better;
		}
		if (used > cols && before > s)
			return words && blank ? (size_t)(blank - s) : (size_t)(before - s);
	}
	return n;
}

void popup_wrap(struct popup_flow *f, const char *s, size_t n, int max_lines)
{
	static const char dots[] = "...";

	for (int line = 1; n > 0; line++) {
		int room = f->width - POPUP_LABEL_COLS;
		size_t take = popup_fitting(s, n, room, true);

		if (f->col == 0)
			indent(f);
		if (take < n && line == max_lines) {
			popup_put(f, s, popup_fitting(s, n, room - (int)strlen(dots), false));
			popup_put(f, dots, strlen(dots));
			return;
		}
		popup_put(f, s, take);
		s += take;
		n -= take;
		while (n > 0 && *s == ' ') {
			s++;
			n--;
		}
		if (n > 0)
			popup_flush(f);
	}
}
