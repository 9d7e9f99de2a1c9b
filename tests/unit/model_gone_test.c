/* SPDX-License-Identifier: MIT */
/* Promised: what lived between two samples has a cell for a frame, or is counted; never too many.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cells.h"
#include "frames.h"
#include "model/model.h"

Test(model_gone, the_brief_show_for_a_frame_behind_their_parent)
{
	struct world w;
	world_init(&w);
	for (int pid = 1; pid <= 5; pid++)
		world_birth(&w, pid, (uint64_t)pid, 0, "root", "a");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	world_death(&w, 4);
	pg_model_update(m, world_turn(&w));
	world_brief(&w, 9, 2, 0, "root");
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 4: 1 2 3 x9 5");
	cr_assert_eq(pg_model_nr_cells(m), 4);
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 4: 1 2 3 _ 5");

	/* The newly born choose first; of a brief thread the process is the parent. */
	world_birth(&w, 20, 9, 0, "root", "a")->ppid = 1;
	world_brief(&w, 3, 1, 0, "root")->tid = 30;
	world_brief(&w, 31, 77, 100, "www");
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 5: 1 2 3 20 5 x30; www 0: x31");
	pg_model_update(m, world_turn(&w));
	cr_assert_str_eq(picture(m), "root 5: 1 2 3 20 5 _");
	pg_model_free(m);
	world_free(&w);
}

/* "name: 5 of 1, 3 of 2; …" */
static const char *rests(const struct pg_model *m)
{
	static char text[4096];
	size_t n = 0;
	text[0] = '\0';
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		for (size_t k = 0; k < g->nr_rest; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%u of %d",
					      k ? ", " : g->name, k ? "" : ": ", g->rest[k].nr,
					      g->rest[k].ppid);
		if (g->nr_rest)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "; ");
	}
	return text;
}

Test(model_gone, the_brief_beyond_a_row_are_counted_by_parent)
{
	struct world w;
	world_init(&w);
	for (int pid = 1; pid <= 3; pid++)
		world_birth(&w, pid, (uint64_t)pid, 0, "root", "a");
	world_birth(&w, 4, 4, 100, "www", "a");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));

	/* A row of four: one is free in it, and there is no room for another. */
	pg_model_set_brief_room(m, 0, (struct pg_brief_room){.row = 4, .end = 4});
	pg_model_set_brief_room(m, 1, (struct pg_brief_room){.row = 4, .end = 4});
	pg_model_set_spare_rows(m, 0, 4);
	for (int i = 0; i < 6; i++)
		world_brief(&w, 10 + i, i < 2 ? 1 : 2, 0, "root");
	w.rest[w.nr_rest++] = (struct pg_brief_rest){.ppid = 4, .nr = 300};
	w.rest[w.nr_rest++] = (struct pg_brief_rest){.ppid = 999, .nr = 7}; /* nobody knows it */
	w.rest[w.nr_rest++] = (struct pg_brief_rest){.ppid = 2, .nr = 5};
	pg_model_update(m, world_turn(&w));
	cr_expect_str_eq(picture(m), "root 3: 1 2 3 x10; www 1: 4");
	cr_expect_str_eq(rests(m), "root: 9 of 2, 7 of 999, 1 of 1; www: 300 of 4; ");

	/* With a row to spare the first who needs it takes it, up to a row of cells. */
	pg_model_set_spare_rows(m, 1, 4);
	for (int i = 0; i < 6; i++)
		world_brief(&w, 20 + i, 1, 0, "root");
	for (int i = 0; i < 6; i++)
		world_brief(&w, 30 + i, 4, 100, "www");
	pg_model_update(m, world_turn(&w));
	cr_expect_str_eq(picture(m), "root 3: 1 2 3 x20 x21 x22 x23; www 1: 4 x30 x31 x32");
	cr_expect_str_eq(rests(m), "root: 2 of 1; www: 3 of 4; ");

	/* No cell for a user who has none and no row: his parent's group counts him. */
	pg_model_set_spare_rows(m, 0, 4);
	world_brief(&w, 50, 4, 200, "cron");
	pg_model_update(m, world_turn(&w));
	cr_expect_eq(pg_model_nr_groups(m), 2);
	cr_expect_str_eq(rests(m), "www: 1 of 4; ");
	pg_model_update(m, world_turn(&w));
	cr_expect_str_eq(rests(m), "");
	pg_model_free(m);
	world_free(&w);
}

Test(model_gone, the_brief_are_bounded_and_filtered)
{
	struct world w;
	world_init(&w);
	for (int pid = 1; pid <= 100; pid++)
		world_birth(&w, pid, (uint64_t)pid, 0, "root", "a");
	world_birth(&w, 101, 101, 100, "www", "a");
	struct pg_model *m = pg_model_new();
	pg_model_update(m, world_turn(&w));
	for (int i = 0; i < PG_BRIEF_CELLS + 1000; i++)
		world_brief(&w, 1000 + i, 1 + i % 100, 0, "root");
	pg_model_update(m, world_turn(&w));
	const struct pg_cell_group *g = pg_model_group(m, 0);
	uint64_t counted = 0;
	for (size_t i = 0; i < g->nr_rest; i++)
		counted += g->rest[i].nr;
	cr_expect_eq(g->nr_used - g->nr_cells, PG_BRIEF_CELLS);
	cr_expect_eq(counted, 1000);
	cr_expect_eq(g->nr_rest, PG_BRIEF_PARENTS + 1);
	cr_expect(g->rest[0].ppid != 0 && g->rest[PG_BRIEF_PARENTS].ppid == 0);

	struct pg_filter f = {.threads = PG_THREADS_BUSY, .by_user = true, .uid = 100};
	pg_model_set_filter(m, &f);
	pg_model_rebuild(m, &w.frame);
	cr_expect_str_eq(picture(m), "www 1: 101");
	world_brief(&w, 101, 1, 100, "www")->tid = 3000;
	world_brief(&w, 2000, 1, 0, "root");
	world_brief(&w, 2001, 101, 100, "www");
	w.rest[w.nr_rest++] = (struct pg_brief_rest){.ppid = 1, .nr = 9};
	pg_model_update(m, world_turn(&w));
	cr_expect_str_eq(picture(m), "www 1: 101 x2001");
	cr_expect_str_eq(rests(m), "");
	pg_model_free(m);
	world_free(&w);
}
