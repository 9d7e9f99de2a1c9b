/* SPDX-License-Identifier: MIT */
/* Promised: nothing overlaps, nothing leaves the screen, every slot has one place and is found
 * there. */
#include "canvas/layout.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define MAX_GROUPS 12
#define MAX_LINES  4096

static bool inside(struct rect r, int rows, int cols)
{
	return r.row >= 0 && r.col >= 0 && r.rows >= 0 && r.cols >= 0 && r.row + r.rows <= rows &&
	       r.col + r.cols <= cols;
}

Test(layout, bands_fill_any_screen)
{
	for (int rows = 0; rows <= 100; rows++) {
		for (int cols = 0; cols <= 300; cols += 7) {
			struct bands b = layout_bands(rows, cols, cols % 2);
			struct rect all[] = {b.header, b.body, b.busy, b.time, b.legend};
			int line = 0;
			for (size_t i = 0; i < PG_ARRAY_LEN(all); i++) {
				cr_assert(inside(all[i], rows, cols));
				cr_assert_eq(all[i].row, line);
				line += all[i].rows;
			}
			cr_assert_eq(line, rows);
			cr_assert(rows == 0 || b.body.rows >= 1);
		}
	}
}

Test(layout, bands_shrink_sensibly)
{
	static const struct {
		int rows, header, body, busy, legend;
	} t[] = {{24, 2, 20, 1, 1}, {8, 2, 4, 1, 1}, {7, 1, 4, 1, 1}, {5, 1, 2, 1, 1},
		 {4, 1, 2, 0, 1},   {3, 0, 2, 0, 1}, {2, 0, 1, 0, 1}, {1, 0, 1, 0, 0}};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct bands b = layout_bands(t[i].rows, 80, false);
		cr_expect(b.header.rows == t[i].header && b.body.rows == t[i].body &&
				  b.busy.rows == t[i].busy && b.legend.rows == t[i].legend,
			  "%d rows", t[i].rows);
	}
}

Test(layout, the_time_line_takes_a_line_where_there_are_some)
{
	for (int rows = 0; rows <= 30; rows++) {
		struct bands b = layout_bands(rows, 80, true), was = layout_bands(rows, 80, false);
		cr_expect_eq(b.time.rows, rows >= 8, "%d rows", rows);
		cr_expect_eq(b.body.rows + b.time.rows, was.body.rows, "%d rows", rows);
		cr_expect(b.legend.row == was.legend.row && b.legend.rows == was.legend.rows);
	}
}

static size_t random_groups(struct layout_group *g)
{
	size_t nr = 1 + (size_t)(rand() % MAX_GROUPS);
	for (size_t i = 0; i < nr; i++)
		g[i] = (struct layout_group){
			.label_cols = 3 + rand() % 16,
			.slots = (size_t)(rand() % (rand() % 3 ? 9 : 400)),
			.last = i + 1 == nr && rand() % 2,
		};
	return nr;
}

/* What stands where: 0 nothing, 1 a label, 2 a cell, 3 a lower and an upper half. */
struct raster {
	char *at;
	int rows, cols;
};

static void mark(struct raster *r, int row, int col, int cols, bool half)
{
	for (int i = col; i < col + cols; i++) {
		cr_assert(row >= 0 && row < r->rows && i >= 0 && i < r->cols, "%d,%d leaves %d×%d",
			  row, i, r->rows, r->cols);
		char *c = &r->at[row * r->cols + i];
		cr_assert(!(*c & (half ? 2 : 1)), "%d,%d is taken", row, i);
		*c |= half ? 2 : 1;
	}
}

static void check(const struct layout_group *g, size_t nr, size_t form,
		  const struct layout_options *o)
{
	struct layout_place p[MAX_GROUPS];
	const struct layout_form *f = &layout_forms[form];
	int lines = layout_groups_as(g, nr, form, o, p);
	struct raster r = {pg_calloc((size_t)lines * (size_t)o->cols, 1), lines, o->cols};
	for (size_t i = 0; i < nr; i++) {
		cr_assert(inside(p[i].label, lines, o->cols));
		mark(&r, p[i].label.row, p[i].label.col, p[i].label.cols, false);
		mark(&r, p[i].label.row, p[i].label.col, p[i].label.cols, true);
		cr_assert(!p[i].shared || (p[i].lines == 1 && f->share && !g[i].last));
		cr_assert(!o->max_per_row || p[i].per_row <= o->max_per_row ||
			  (f->density == DENSITY_PACKED && p[i].shared));
		for (size_t s = 0; s < g[i].slots; s++) {
			struct spot at = layout_spot(&p[i], f->density, s);
			int room = o->cols - at.col;
			int cols = f->cell_cols > 1 ? f->cell_cols - 1 : 1;
			mark(&r, at.row, at.col, s % p[i].per_row == 0 && room < cols ? room : cols,
			     at.half);
			cr_assert_eq(layout_slot_at(&p[i], f->density, g[i].slots, at.row, at.col,
						    at.half),
				     (long)s);
		}
	}
	free(r.at);
}

Test(layout, nothing_overlaps_and_every_slot_is_found)
{
	struct layout_group g[MAX_GROUPS];
	srand(7);
	for (int turn = 0; turn < 1500; turn++) {
		size_t nr = random_groups(g);
		struct layout_options o = {.rows = 1 + rand() % 100,
					   .cols = 1 + rand() % (turn % 2 ? 300 : 40),
					   .max_per_row =
						   rand() % 4 ? 0 : 1 + (unsigned)rand() % 50,
					   .can_pack = true,
					   .share = true};
		check(g, nr, (size_t)(turn % NR_LAYOUT_FORMS), &o);
	}
}

/* The first form that fits; else the last possible one. */
static size_t first_that_fits(const struct layout_group *g, const struct layout_options *o,
			      int *lines)
{
	size_t chosen = 0;
	for (size_t form = 0; form < NR_LAYOUT_FORMS; form++) {
		struct layout_place p;
		if (!layout_form_possible(form, o))
			continue;
		chosen = form;
		*lines = layout_groups_as(g, 1, form, o, &p);
		if (layout_fits(form, o, &p, 1, *lines))
			break;
	}
	return chosen;
}

Test(layout, the_forms_make_a_ladder)
{
	static const struct {
		size_t slots;
		bool can_pack;
		enum density density;
		int lines;
	} t[] = {{3, true, DENSITY_NAMED, 1},      {60, true, DENSITY_NAMED, 20},
		 {61, true, DENSITY_NAMED, 13},    {100, true, DENSITY_NAMED, 20},
		 {101, true, DENSITY_ROOMY, 3},    {700, true, DENSITY_ROOMY, 20},
		 {701, true, DENSITY_TIGHT, 11},   {1400, true, DENSITY_TIGHT, 20},
		 {1401, true, DENSITY_PACKED, 11}, {1401, false, DENSITY_TIGHT, 21}};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct layout_group g = {.label_cols = 9, .slots = t[i].slots};
		struct layout_options o = {.rows = 20, .cols = 80, .can_pack = t[i].can_pack};
		int lines;
		enum density d = layout_forms[first_that_fits(&g, &o, &lines)].density;
		cr_expect(d == t[i].density && lines == t[i].lines, "%zu slots: %s, %d lines",
			  t[i].slots, density_names[d], lines);
	}
}

Test(layout, small_groups_share_a_line_only_to_fit)
{
	static const struct layout_group g[] = {
		{.label_cols = 9, .slots = 2},
		{.label_cols = 7, .slots = 60},
		{.label_cols = 11, .slots = 7},
		{.label_cols = 12, .slots = 30, .last = true},
	};
	const size_t roomy = 3, shared = 4;
	struct layout_options o = {.rows = 5, .cols = 80, .share = true};
	struct layout_place p[4];
	cr_assert(layout_forms[roomy].density == DENSITY_ROOMY && !layout_forms[roomy].share);
	cr_assert(layout_forms[shared].density == DENSITY_ROOMY && layout_forms[shared].share);
	cr_assert_eq(layout_groups_as(g, 4, roomy, &o, p), 5);
	cr_assert(layout_fits(roomy, &o, p, 4, 5));
	cr_assert(!p[0].shared && p[0].row == 0 && p[1].row == 1 && p[3].row == 4);
	o.rows = 4;
	cr_assert(!layout_fits(roomy, &o, p, 4, 5));
	cr_assert_eq(layout_groups_as(g, 4, shared, &o, p), 4);
	cr_assert(layout_fits(shared, &o, p, 4, 4));
	cr_assert(p[1].row == 0 && p[1].lines == 2 && p[1].col == 13);
	cr_assert(p[0].shared && p[0].row == 2 && p[0].label.col == 0 && p[0].col == 10);
	/* "_chrony 2 • •   polkitd …": three blanks behind the last cell */
	cr_assert(p[2].shared && p[2].row == 2 && p[2].label.col == 16);
	cr_assert(p[3].row == 3 && !p[3].shared);
	o.share = false;
	cr_assert(layout_form_possible(roomy, &o) && !layout_form_possible(shared, &o));
}

Test(layout, popups_never_cover_their_cell)
{
	srand(3);
	for (int turn = 0; turn < 20000; turn++) {
		struct rect screen = {rand() % 3, rand() % 3, 1 + rand() % 60, 1 + rand() % 200};
		int row = screen.row + rand() % screen.rows,
		    col = screen.col + rand() % screen.cols;
		int cell = rand() % 2 ? 1 : 2;
		int rows = 1 + rand() % 20, cols = 1 + rand() % 60;
		struct rect r = layout_popup(screen, row, col, cell, rows, cols);
		if (screen.rows < 10) {
			cr_assert_eq(r.rows, 0);
			continue;
		}
		cr_assert(r.rows >= 1 && r.cols >= 1 && r.rows <= rows);
		cr_assert(r.row >= screen.row && r.row + r.rows <= screen.row + screen.rows);
		cr_assert(r.col >= screen.col && r.col + r.cols <= screen.col + screen.cols);
		bool on_row = row >= r.row && row < r.row + r.rows;
		cr_assert(!on_row || col >= r.col + r.cols || col + cell <= r.col);
	}
}

Test(layout, popups_stand_beside_their_cell)
{
	struct rect screen = {0, 0, 24, 80};
	struct rect r = layout_popup(screen, 5, 10, 2, 8, 40);
	cr_assert(r.row == 5 && r.col == 12 && r.rows == 8 && r.cols == 40);
	r = layout_popup(screen, 22, 70, 2, 8, 40);
	cr_assert(r.row == 16 && r.col == 30);
	r = layout_popup((struct rect){0, 0, 24, 50}, 3, 10, 2, 8, 40);
	cr_assert(r.row == 16 && r.col == 0 && r.cols == 50);
}
