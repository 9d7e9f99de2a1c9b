/* SPDX-License-Identifier: MIT */
/* The grid on its canvas, as it was laid out: cells, halos, and how many tasks are out of sight. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "view_grid_impl.h"

/* What one draw needs everywhere. */
struct pen {
	const struct view *v;
	const struct view_input *in;
	struct canvas *c;
};

/* ---- cells ---- */

static bool is_cursor(const struct pen *p, const struct pg_cell *cell)
{
	return p->in->has_cursor && pg_key_cmp(&p->in->cursor, &cell->key) == 0;
}

static bool is_pin(const struct pen *p, const struct pg_cell *cell)
{
	for (size_t i = 0; i < p->in->nr_pins; i++)
		if (pg_key_cmp(&p->in->pins[i], &cell->key) == 0)
			return true;
	return false;
}

static int by_key(const void *a, const void *b)
{
	return pg_key_cmp(a, b);
}

static bool is_alarm(const struct pen *p, const struct pg_cell *cell)
{
	const struct view_input *in = p->in;
	return cell->leader && in->nr_alarms > 0 &&
	       bsearch(&cell->key, in->alarms, in->nr_alarms, sizeof(in->alarms[0]), by_key);
}

static bool has_halo(const struct pen *p, const struct pg_cell *cell)
{
	return is_pin(p, cell) || is_alarm(p, cell);
}

/* A character of the picture, at the canvas's row and the area's column. */
static void put(const struct pen *p, int row, int col, uint32_t ch, struct style st)
{
	if (col >= 0 && col < p->in->area.cols)
		canvas_put(p->c, row, p->in->area.col + col, ch, st);
}

/* Brackets in the gaps at both sides; gap: column of the one at the right. */
static void draw_halo(const struct pen *p, int row, int left, int gap, enum role role)
{
	struct style st = STYLE((uint8_t)role);
	st.attrs = ATTR_BOLD;
	put(p, row, left, '[', st);
	put(p, row, gap, ']', st);
}

static struct pg_place place_of(const struct pg_frame *f, struct pg_key key)
{
	struct pg_place at = {0};
	if (!f)
		return at;
	at = pg_snapshot_find(f->snap, key);
	const struct pg_gone *g = at.task ? NULL : pg_changes_gone(f->changes, key);
	if (g)
		at = (struct pg_place){.proc = g->proc, .task = g->task};
	return at;
}

/* " 41%", " 0.3%"; empty for those that did not use a CPU. */
static int share_text(const struct pg_cell *cell, char out[16])
{
	out[0] = '\0';
	if ((cell->cls != PG_CPU && cell->cls != PG_CPU_DISK) || !(cell->share > 0))
		return 0;
	double percent = 100.0 * (double)cell->share;
	return snprintf(out, 16, percent > 0 && percent < 0.95 ? " %.1f%%" : " %.0f%%", percent);
}

/* "nginx 8 41%" in at most room columns; the name gives way, then the share goes. */
static void draw_name(const struct pen *p, const struct pg_cell *cell, int row, int col, int room)
{
	char number[16], share[16];
	int number_len = snprintf(number, sizeof(number), " %d", cell->key.tid);
	int share_len = share_text(cell, share);
	struct style st = STYLE(ROLE_TEXT);
	struct pg_place at = place_of(p->in->frame, cell->key);
	if (room < number_len + share_len + 2)
		share_len = 0;
	int name = room - number_len - share_len, start = p->in->area.col + col;
	int used = 0;
	if (name > 0 && at.task)
		used = canvas_text(p->c, row, start, name, pg_proc_str(at.proc, at.task->comm),
				   at.task->comm.len, st);
	const char *n = number + (used == 0);
	used += canvas_text(p->c, row, start + used, room - used, n, strlen(n), st);
	st.role = (uint8_t)theme_class_role(cell->cls);
	if (share_len)
		canvas_text(p->c, row, start + used, room - used, share, strlen(share), st);
}

static void draw_cell(const struct pen *p, const struct pg_cell *cell, struct spot s, int cell_cols)
{
	struct glyph g = theme_glyph(p->in->theme, cell);
	int row = p->in->area.row + s.row - p->v->top;
	bool alarm = is_alarm(p, cell), halo = alarm || is_pin(p, cell);
	if (is_cursor(p, cell)) {
		g.style.attrs |= ATTR_REVERSE;
		p->c->cursor_row = row;
		p->c->cursor_col = p->in->area.col + s.col;
	}
	if (halo && cell_cols == 1)
		g.style.attrs |= ATTR_UNDERLINE;
	put(p, row, s.col, g.ch, g.style);
	if (cell_cols == 1)
		return;
	if (g.gap != ' ' && g.gap)
		put(p, row, s.col + 1, g.gap, STYLE(g.style.role));
	int gap = s.col + cell_cols - 1, room = p->in->area.cols - s.col - 2;
	if (cell_cols > 2)
		draw_name(p, cell, row, s.col + 2, room < cell_cols - 3 ? room : cell_cols - 3);
	if (halo)
		draw_halo(p, row, s.col - 1, gap, alarm ? ROLE_ALERT : ROLE_TEXT);
}

/* Two cells in one character: the upper half is its colour, the lower one its background. */
static void draw_pair(const struct pen *p, const struct pg_cell *up, const struct pg_cell *low,
		      struct spot s)
{
	const uint32_t upper_half = 0x2580, lower_half = 0x2584;
	const struct pg_cell *first = up ? up : low;
	int row = p->in->area.row + s.row - p->v->top;
	if (!first)
		return;
	struct style st = theme_glyph(p->in->theme, first).style;
	st.attrs = 0;
	if (up && low)
		st.back = theme_glyph(p->in->theme, low).style.role;
	if ((up && has_halo(p, up)) || (low && has_halo(p, low)))
		st.attrs |= ATTR_UNDERLINE;
	if ((up && is_cursor(p, up)) || (low && is_cursor(p, low))) {
		st.attrs |= ATTR_REVERSE;
		p->c->cursor_row = row;
		p->c->cursor_col = p->in->area.col + s.col;
	}
	put(p, row, s.col, up ? upper_half : lower_half, st);
}

static const struct pg_cell *cell_of(const struct pen *p, const struct pg_cell_group *g,
				     size_t slot)
{
	if (slot >= g->nr_slots || g->slots[slot] == PG_BLANK)
		return NULL;
	return pg_model_cell(p->in->model, g->slots[slot]);
}

/* One line of a group, from slot `first` on. */
static void draw_line(const struct pen *p, const struct pg_cell_group *g,
		      const struct layout_place *at, size_t first)
{
	const bool packed = grid_density(p->v) == DENSITY_PACKED;
	struct spot s = layout_spot(at, grid_density(p->v), first);
	for (size_t i = first; i < first + at->per_row && i < g->nr_slots; i++) {
		const struct pg_cell *cell = cell_of(p, g, i);
		if (packed)
			draw_pair(p, cell, cell_of(p, g, i + at->per_row), s);
		else if (cell)
			draw_cell(p, cell, s, at->cell_cols);
		s.col += at->cell_cols;
	}
}

static void draw_group(const struct pen *p, size_t i)
{
	const struct view *v = p->v;
	const struct pg_cell_group *g = pg_model_group(p->in->model, i);
	const struct layout_place *at = &v->places[i];
	int from = at->row > v->top ? at->row : v->top;
	int end = at->row + at->lines, bottom = v->top + v->shown;
	end = end < bottom ? end : bottom;
	if (from >= end)
		return;
	/* A group that began above keeps its label in sight. */
	struct rect label = at->label;
	label.row = p->in->area.row + from - v->top;
	label.col += p->in->area.col;
	label.rows = at->shared ? 1 : end - from;
	grid_label_draw(p->c, label, g, p->in->frame);
	for (int line = from; line < end; line++)
		draw_line(p, g, at, (size_t)(line - at->row) * grid_line_slots(v, at));
}

/* ---- the whole ---- */

/* Tasks of a group in lines before `line`; as in its label, those that have exited do not count. */
static size_t tasks_before(const struct pen *p, const struct pg_cell_group *g,
			   const struct layout_place *at, int line)
{
	size_t n = 0, slots = 0;
	if (line > at->row)
		slots = (size_t)(line - at->row) * grid_line_slots(p->v, at);
	slots = slots < g->nr_slots ? slots : g->nr_slots;
	for (size_t i = 0; i < slots; i++) {
		const struct pg_cell *cell = cell_of(p, g, i);
		n += cell && cell->cls != PG_EXITED;
	}
	return n;
}

/* "↑ 12 ↓ 340": tasks out of sight. */
static void draw_scroll(const struct pen *p)
{
	size_t above = 0, below = 0;
	char text[80];
	const struct view *v = p->v;
	struct rect area = p->in->area;
	if (v->lines <= v->shown || v->shown == area.rows)
		return;
	for (size_t i = 0; i < v->nr; i++) {
		const struct pg_cell_group *g = pg_model_group(p->in->model, i);
		above += tasks_before(p, g, &v->places[i], v->top);
		below += g->nr_cells - tasks_before(p, g, &v->places[i], v->top + v->shown);
	}
	bool utf8 = p->c->utf8;
	int n = snprintf(text, sizeof(text), "%s %zu %s %zu", utf8 ? "↑" : "^", above,
			 utf8 ? "↓" : "v", below);
	int cols = n - (utf8 ? 4 : 0); /* each arrow takes three bytes */
	int col = area.cols > cols ? area.cols - cols : 0;
	canvas_text(p->c, area.row + area.rows - 1, area.col + col, area.cols - col, text,
		    (size_t)n, STYLE(ROLE_DIM));
}

static void draw_empty(const struct pen *p)
{
	const char *text = "no tasks";
	struct rect area = p->in->area;
	if (!p->in->frame)
		text = "reading…";
	else if (p->in->frame->snap->nr_tasks)
		text = "no tasks match the filter";
	if (!p->c->utf8 && !p->in->frame)
		text = "reading...";
	canvas_text(p->c, area.row, area.col, area.cols, text, strlen(text), STYLE(ROLE_DIM));
}

void grid_draw(struct view *v, const struct view_input *in, struct canvas *c)
{
	struct pen p = {.v = v, .in = in, .c = c};
	if (in->area.rows < 1 || in->area.cols < 1)
		return;
	for (size_t i = 0; i < v->nr; i++)
		draw_group(&p, i);
	if (v->nr == 0)
		draw_empty(&p);
	draw_scroll(&p);
	const struct pg_cell *cell = in->has_cursor ? pg_model_find(in->model, in->cursor) : NULL;
	v->cursor_seen = false;
	if (cell) {
		struct spot s = layout_spot(&v->places[cell->group], grid_density(v), cell->slot);
		v->cursor_at = s;
		v->has_cursor_at = true;
		v->cursor_seen = s.row >= v->top && s.row < v->top + v->shown;
	}
}
