/* SPDX-License-Identifier: MIT */
/* cells: a model as a line of text, for tests of where its cells stand. */
#ifndef CELLS_H
#define CELLS_H

#include <stdio.h>

#include "model/model.h"

static inline struct pg_key key_of(int32_t pid, int32_t tid, uint64_t start)
{
	return (struct pg_key){.pid = pid, .tid = tid, .start = start};
}

/* "name: tid tid _ tid x12; …" with _ for blanks and x before exited ones. */
static inline const char *picture(const struct pg_model *m)
{
	static char text[4096];
	size_t n = 0;
	text[0] = '\0';
	for (size_t i = 0; i < pg_model_nr_groups(m); i++) {
		const struct pg_cell_group *g = pg_model_group(m, i);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %zu:", i ? "; " : "",
				      g->name, g->nr_cells);
		for (size_t k = 0; k < g->nr_slots; k++) {
			if (g->slots[k] == PG_BLANK) {
				n += (size_t)snprintf(text + n, sizeof(text) - n, " _");
				continue;
			}
			const struct pg_cell *c = pg_model_cell(m, g->slots[k]);
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s%d",
					      c->cls == PG_EXITED ? "x" : "", c->key.tid);
		}
	}
	return text;
}

#endif
