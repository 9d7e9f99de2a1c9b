/* SPDX-License-Identifier: MIT */
/*
 * Names of events stand above the data, each beginning at its event, as long as all of them fit.
 * Else each event has a number there, and the names follow below the picture.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "plot_canvas_impl.h"

#define LABEL_COLS 24 /* of a name above the data */
/* Of a name in the legend: three stand side by side, unless there are so few that each has a line.
 */
#define ENTRY_MIN   12
#define ENTRY_MAX   40
#define ENTRY_ALONE 72
/* Columns for each event, below which lines would be all that is seen. */
#define COLS_FOR_LINE 3
#define MAX_ABOVE     3

static int by_time(const void *a, const void *b)
{
	const struct plot_event *e = a, *f = b;

	if (e->col != f->col)
		return e->col < f->col ? -1 : 1;
	return e->number < f->number ? -1 : e->number > f->number;
}

static int label_width(const struct plot_frame *f, const struct plot_event *e, int max)
{
	const char *label = f->p->items[e->item].label;
	int width = label ? pg_text_width(label, strlen(label), f->c->utf8) : 0;

	return width < max ? width : max;
}

void plot_events_find(struct plot_frame *f)
{
	f->events = pg_calloc(f->p->nr + 1, sizeof(*f->events));
	for (size_t i = 0; i < f->p->nr; i++) {
		const struct pg_plot_item *item = &f->p->items[i];
		if (item->shape != PG_PLOT_VLINE ||
		    !(item->x0 >= f->p->x_min && item->x0 <= f->p->x_max))
			continue;
		f->events[f->nr_events++] =
			(struct plot_event){.item = i, .number = item->series + 1};
	}
}

/* The first row with room for a label, to the right of its event or, at the end, to its left. */
static bool place(const struct plot_frame *f, struct plot_event *e, int *ends, int rows)
{
	int right = f->where.col + f->where.cols;
	int at = e->col + e->width <= right ? e->col : e->col - e->width + 1;

	for (int r = 0; r < rows; r++)
		if (at >= ends[r]) {
			e->row = r;
			e->at = at;
			ends[r] = at + e->width + 1;
			return true;
		}
	return false;
}

static bool place_all(struct plot_frame *f, int rows)
{
	int ends[MAX_ABOVE];

	for (int r = 0; r < MAX_ABOVE; r++)
		ends[r] = f->where.col;
	for (size_t i = 0; i < f->nr_events; i++)
		if (!place(f, &f->events[i], ends, rows))
			return false;
	return true;
}

static int clamp(int v, int min, int max)
{
	return v < min ? min : v > max ? max : v;
}

static int entry_text(const struct plot_frame *f, const struct plot_event *e, bool alone,
		      struct pg_buf *out)
{
	int cols = alone ? clamp(f->where.cols - 4, ENTRY_MIN, ENTRY_ALONE)
			 : clamp(f->where.cols / 3 - 4, ENTRY_MIN, ENTRY_MAX);

	pg_buf_clear(out);
	pg_buf_printf(out, "%u ", e->number);
	int used = (int)out->len;
	pg_plot_label(f->p->items[e->item].label, cols, f->c->utf8, out);
	return used + label_width(f, e, cols);
}

/*
 * The legend flows through rows of the rectangle, at most rows of them, drawn from first on unless
 * that is negative. Returns how many rows were used. The last place says how many are left.
 */
static int flow(const struct plot_frame *f, int first, int rows)
{
	struct pg_buf text = {0};
	int row = 0, col = 0;

	for (size_t i = 0; i < f->nr_events; i++) {
		int width = entry_text(f, &f->events[i], f->nr_events <= (size_t)rows, &text);
		bool last_row = row == rows - 1, more = i + 1 < f->nr_events;
		int room = f->where.cols - (last_row && more ? 12 : 0); /* "+1000 more" */
		if (col > 0 && col + width > room && !last_row) {
			row++;
			col = 0;
			i--;
			continue;
		}
		if (col > 0 && col + width > room) {
			pg_buf_clear(&text);
			pg_buf_printf(&text, "+%zu more", f->nr_events - i);
			i = f->nr_events; /* that is all */
		}
		if (first >= 0)
			canvas_text(f->c, first + row, f->where.col + col, f->where.cols - col,
				    text.data, text.len, STYLE(ROLE_EVENT));
		col += width + 2;
	}
	pg_buf_free(&text);
	return f->nr_events ? row + 1 : 0;
}

void plot_events_room(struct plot_frame *f, int above, int below)
{
	f->event_rows = f->legend_rows = 0;
	f->numbered = false;
	for (size_t i = 0; i < f->nr_events; i++) {
		struct plot_event *e = &f->events[i];
		e->col = plot_frame_col(f, f->p->items[e->item].x0);
		e->width = label_width(f, e, LABEL_COLS);
	}
	qsort(f->events, f->nr_events, sizeof(*f->events), by_time);
	if (f->nr_events == 0 || above <= 0)
		return;
	if (above > MAX_ABOVE)
		above = MAX_ABOVE;
	for (int rows = 1; rows <= above; rows++)
		if (place_all(f, rows)) {
			f->event_rows = rows;
			return;
		}
	if (below <= 0)
		return;
	f->numbered = true;
	f->event_rows = 1;
	f->legend_rows = flow(f, -1, below);
}

static void draw_numbers(const struct plot_frame *f, int row)
{
	int end = f->where.col, right = f->where.col + f->where.cols;
	char number[16];

	for (size_t i = 0; i < f->nr_events; i++) {
		const struct plot_event *e = &f->events[i];
		int width = snprintf(number, sizeof(number), "%u", e->number);
		if (e->col < end || e->col + width > right)
			continue;
		canvas_puts(f->c, row, e->col, number, STYLE(ROLE_EVENT));
		end = e->col + width + 1;
	}
}

/* The blank of a name is no place for the line of another event. */
static bool is_named(const struct plot_frame *f, int row, int col)
{
	for (size_t i = 0; i < f->nr_events; i++)
		if (f->events[i].row == row && col >= f->events[i].at &&
		    col < f->events[i].at + f->events[i].width)
			return true;
	return false;
}

/* The line is drawn where nothing else is, from the row below its label on; of too many lines only
 * the beginnings. */
static void draw_line(const struct plot_frame *f, const struct plot_event *e, bool named)
{
	uint32_t ch = f->c->utf8 ? 0x250a : ':'; /* ┊ */
	int top = f->area.row - f->event_rows;
	int row = named ? top + e->row + 1 : f->area.row;
	bool dense = f->nr_events > (size_t)f->area.cols / COLS_FOR_LINE;

	for (; row < f->area.row + (dense ? 1 : f->area.rows); row++) {
		const struct canvas_cell *cell = canvas_at(f->c, row, e->col);
		if (cell && cell->ch == ' ' &&
		    (row >= f->area.row || !is_named(f, row - top, e->col)))
			canvas_put(f->c, row, e->col, ch, STYLE(ROLE_EVENT));
	}
}

void plot_events_draw(const struct plot_frame *f)
{
	int top = f->area.row - f->event_rows;
	bool named = f->event_rows > 0 && !f->numbered;

	for (size_t i = 0; named && i < f->nr_events; i++) {
		const struct plot_event *e = &f->events[i];
		plot_frame_label(f, top + e->row, e->at, e->width, f->p->items[e->item].label,
				 STYLE(ROLE_EVENT));
	}
	for (size_t i = 0; i < f->nr_events; i++)
		draw_line(f, &f->events[i], named);
	if (!f->numbered)
		return;
	draw_numbers(f, top);
	flow(f, f->where.row + f->where.rows - f->legend_rows, f->legend_rows);
}
