/* SPDX-License-Identifier: MIT */
/*
 * A label keeps its width whatever comes and goes, since cells stand behind it: what lived between
 * two samples is told in the lines below it, or, where there is one line only, in columns that are
 * free or that the name gives up.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "view_grid_impl.h"

static int count_text(const struct pg_cell_group *g, char out[24])
{
	return snprintf(out, 24, " %zu", g->nr_cells);
}

int grid_label_cols(const struct pg_cell_group *g, bool utf8)
{
	char count[24];
	int name = pg_text_width(g->name, strlen(g->name), utf8);
	return (name < GRID_NAME_MAX ? name : GRID_NAME_MAX) + count_text(g, count);
}

/* The name, cut to room columns; at least a letter and the mark of a cut. Columns used; 0: none. */
static int put_name(struct canvas *c, struct rect r, const struct pg_cell_group *g, int room)
{
	struct style st = STYLE(ROLE_LABEL);
	size_t len = strlen(g->name);
	room = room < GRID_NAME_MAX ? room : GRID_NAME_MAX;
	bool whole = pg_text_width(g->name, len, c->utf8) <= room;
	if (room < 1 || (room < 2 && !whole))
		return 0;
	int used = canvas_text(c, r.row, r.col, whole ? room : room - 1, g->name, len, st);
	if (!whole)
		canvas_put(c, r.row, r.col + used++, '+', st);
	return used;
}

static void put_plain(struct canvas *c, struct rect r, const struct pg_cell_group *g)
{
	char count[24];
	int used = put_name(c, r, g, r.cols - count_text(g, count));
	if (used)
		canvas_puts(c, r.row, r.col + used, count, STYLE(ROLE_LABEL));
	else /* too narrow for both */
		canvas_text(c, r.row, r.col, r.cols, g->name, strlen(g->name), STYLE(ROLE_LABEL));
}

/* "×312", in at most cols columns: "×20k", "×+" if there is room for no more. Its columns. */
static int times_text(const struct canvas *c, uint64_t n, int cols, char out[32])
{
	static const struct {
		uint64_t unit;
		const char *letter;
	} units[] = {{1, ""}, {1000, "k"}, {1000000, "M"}};
	const char *sign = c->utf8 ? "×" : "x";
	int extra = (int)strlen(sign) - 1;
	for (size_t i = 0; i < PG_ARRAY_LEN(units); i++) {
		int len = snprintf(out, 32, "%s%llu%s", sign,
				   (unsigned long long)(n / units[i].unit), units[i].letter);
		if (len - extra <= cols && n >= units[i].unit)
			return len - extra;
	}
	return snprintf(out, 32, "%s+", sign) - extra;
}

static uint64_t sum_from(const struct pg_cell_group *g, size_t i)
{
	uint64_t n = 0;
	for (; i < g->nr_rest; i++)
		n += g->rest[i].nr;
	return n;
}

/* All on one line: name, count, and how many more there were; the least wanted goes first. */
static void put_with_sum(struct canvas *c, struct rect r, const struct pg_cell_group *g)
{
	char count[24], times[32];
	int nr = count_text(g, count), cols = times_text(c, sum_from(g, 0), r.cols, times);
	int used = put_name(c, r, g, r.cols - nr - 1 - cols);
	if (used)
		canvas_puts(c, r.row, r.col + used, count, STYLE(ROLE_LABEL));
	else
		nr = 0, used = put_name(c, r, g, r.cols - 1 - cols);
	int col = used ? used + nr + 1 : 0;
	canvas_text(c, r.row, r.col + col, r.cols - col, times, strlen(times), STYLE(ROLE_EXITED));
}

/* Name of a parent that is there or has just ended. */
static struct pg_place parent_of(const struct pg_frame *f, int32_t pid)
{
	struct pg_place at = {0};
	long i = f ? pg_snapshot_find_pid(f->snap, pid) : -1;
	const struct pg_gone *g = f && i < 0 ? pg_changes_gone_pid(f->changes, pid) : NULL;
	if (i >= 0 && f->snap->procs[i]->nr_tasks)
		at = (struct pg_place){.proc = f->snap->procs[i], .task = f->snap->procs[i]->tasks};
	else if (g)
		at = (struct pg_place){.proc = g->proc, .task = g->task};
	return at;
}

/* Whose children they were; a parent whose name is not known is told by its number, uncut. */
static void put_parent(struct canvas *c, struct rect r, int32_t pid, const struct pg_frame *frame)
{
	char number[24];
	int len = snprintf(number, sizeof(number), "of %d", (int)pid);
	struct style st = STYLE(ROLE_LABEL);
	struct pg_place at = parent_of(frame, pid);
	if (at.task)
		canvas_text(c, r.row, r.col, r.cols, pg_proc_str(at.proc, at.task->comm),
			    at.task->comm.len, st);
	else if (pid > 0 && len <= r.cols)
		canvas_text(c, r.row, r.col, r.cols, number, (size_t)len, st);
	else
		canvas_text(c, r.row, r.col, r.cols, "more", 4, st);
}

/* "×312 make"; of the last line, if there are more parents than lines: "×57 more". */
static void put_rest(struct canvas *c, struct rect r, const struct pg_cell_group *g, size_t i,
		     bool last, const struct pg_frame *frame)
{
	char times[32];
	bool sum = last && i + 1 < g->nr_rest;
	int cols = times_text(c, sum ? sum_from(g, i) : g->rest[i].nr, r.cols, times);
	canvas_text(c, r.row, r.col, r.cols, times, strlen(times), STYLE(ROLE_EXITED));
	struct rect behind = {.row = r.row, .col = r.col + cols + 1, .cols = r.cols - cols - 1};
	if (behind.cols > 0)
		put_parent(c, behind, sum ? 0 : g->rest[i].ppid, frame);
}

void grid_label_draw(struct canvas *c, struct rect r, const struct pg_cell_group *g,
		     const struct pg_frame *frame)
{
	if (g->nr_rest && r.rows < 2) {
		put_with_sum(c, r, g);
		return;
	}
	put_plain(c, r, g);
	for (size_t i = 0; i < g->nr_rest && (int)i + 1 < r.rows; i++) {
		struct rect line = {.row = r.row + 1 + (int)i, .col = r.col, .cols = r.cols};
		put_rest(c, line, g, i, (int)i + 2 == r.rows, frame);
	}
}
