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

/* Cut to r.cols columns; at least a letter and the mark of a cut. Columns used; 0: none. */
static int put_cut(struct canvas *c, struct rect r, const char *text, size_t len)
{
	struct style st = STYLE(ROLE_LABEL);
	bool whole = pg_text_width(text, len, c->utf8) <= r.cols;
	if (r.cols < 1 || (r.cols < 2 && !whole))
		return 0;
	int used = canvas_text(c, r.row, r.col, whole ? r.cols : r.cols - 1, text, len, st);
	if (!whole)
		canvas_put(c, r.row, r.col + used++, '+', st);
	return used;
}

static int put_name(struct canvas *c, struct rect r, const struct pg_cell_group *g, int room)
{
	r.cols = room < GRID_NAME_MAX ? room : GRID_NAME_MAX;
	return put_cut(c, r, g->name, strlen(g->name));
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

static uint64_t sum_of(const struct pg_cell_group *g)
{
	uint64_t n = 0;
	for (size_t i = 0; i < g->nr_rest; i++)
		n += g->rest[i].nr;
	return n;
}

/* All on one line: name, count, and how many more there were; the least wanted goes first. */
static void put_with_sum(struct canvas *c, struct rect r, const struct pg_cell_group *g)
{
	char count[24], times[32];
	int nr = count_text(g, count), cols = times_text(c, sum_of(g), r.cols, times);
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

/* Children of one parent, or of all parents of one name. */
struct brood {
	const char *name; /* NULL: not known */
	size_t len;
	int32_t ppid; /* of one of them; 0: of further parents */
	uint64_t nr;
};

static bool have_one_name(const struct brood *a, const struct brood *b)
{
	return a->name && b->name && a->len == b->len && memcmp(a->name, b->name, a->len) == 0;
}

/* The most first, those of further parents last. */
static bool goes_before(const struct brood *a, const struct brood *b)
{
	return b->ppid == 0 || (a->ppid != 0 && a->nr > b->nr);
}

static void add_brood(struct brood *all, size_t *nr, struct brood one)
{
	size_t i = 0;
	while (i < *nr && !have_one_name(&all[i], &one))
		i++;
	if (i < *nr)
		one.nr += all[i].nr;
	else
		++*nr;
	for (; i > 0 && goes_before(&one, &all[i - 1]); i--)
		all[i] = all[i - 1];
	all[i] = one;
}

/* all has room for each row of the group. */
static size_t gather(const struct pg_cell_group *g, const struct pg_frame *frame, struct brood *all)
{
	size_t nr = 0;
	for (size_t i = 0; i < g->nr_rest; i++) {
		struct brood one = {.ppid = g->rest[i].ppid, .nr = g->rest[i].nr};
		struct pg_place at = parent_of(frame, one.ppid);
		if (at.task && at.task->comm.len) {
			one.name = pg_proc_str(at.proc, at.task->comm);
			one.len = at.task->comm.len;
		}
		add_brood(all, &nr, one);
	}
	return nr;
}

/* Whose children they were; a parent whose name is not known is told by its number, uncut. */
static void put_parent(struct canvas *c, struct rect r, const struct brood *b)
{
	char number[24];
	int len = snprintf(number, sizeof(number), "of %d", (int)b->ppid);
	if (b->name)
		put_cut(c, r, b->name, b->len);
	else if (b->ppid > 0 && len <= r.cols)
		put_cut(c, r, number, (size_t)len);
	else
		put_cut(c, r, "more", 4);
}

/* "×312 make" */
static void put_brood(struct canvas *c, struct rect r, const struct brood *b)
{
	char times[32];
	int cols = times_text(c, b->nr, r.cols, times);
	canvas_text(c, r.row, r.col, r.cols, times, strlen(times), STYLE(ROLE_EXITED));
	r.col += cols + 1;
	r.cols -= cols + 1;
	if (r.cols > 0)
		put_parent(c, r, b);
}

/* A line each below the label; in the last one, if there are more than lines: "×57 more". */
static void put_rest(struct canvas *c, struct rect r, const struct pg_cell_group *g,
		     const struct pg_frame *frame)
{
	struct brood all[PG_BRIEF_PARENTS + 1];
	size_t nr = gather(g, frame, all), lines = (size_t)r.rows - 1;
	if (nr > lines) {
		struct brood more = {0};
		for (size_t i = lines - 1; i < nr; i++)
			more.nr += all[i].nr;
		all[lines - 1] = more;
		nr = lines;
	}
	for (size_t i = 0; i < nr; i++) {
		struct rect line = {.row = r.row + 1 + (int)i, .col = r.col, .cols = r.cols};
		put_brood(c, line, &all[i]);
	}
}

void grid_label_draw(struct canvas *c, struct rect r, const struct pg_cell_group *g,
		     const struct pg_frame *frame)
{
	if (g->nr_rest && r.rows < 2) {
		put_with_sum(c, r, g);
		return;
	}
	put_plain(c, r, g);
	if (g->nr_rest)
		put_rest(c, r, g, frame);
}
