/* SPDX-License-Identifier: MIT */
/*
 * Tasks that somebody looks at, and that ended meanwhile: how and when, until he looks away. Blocks
 * never change, so a reference to the last one is all that is to be kept.
 */
#include "app_impl.h"

const struct popup_end *pane_end_of(const struct pane *p, struct pg_key key)
{
	for (size_t i = 0; i < p->nr_ends; i++)
		if (same_key(p->ends[i].key, key))
			return &p->ends[i];
	return NULL;
}

static bool is_wanted(const struct pane *p, struct pg_key key, bool with_cursor)
{
	for (size_t i = 0; i < p->nr_pins; i++)
		if (same_key(p->pins[i], key))
			return true;
	return with_cursor && p->has_cursor && same_key(p->cursor, key);
}

static void forget_unwanted(struct pane *p, bool with_cursor)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->nr_ends; i++) {
		if (is_wanted(p, p->ends[i].key, with_cursor))
			p->ends[kept++] = p->ends[i];
		else
			pg_proc_unref(p->ends[i].proc);
	}
	p->nr_ends = kept;
}

/* Each is wanted, and noted once: there is room. */
static void note(struct pane *p, struct pg_key key)
{
	const struct pg_gone *g = pg_changes_gone(p->live.changes, key);
	if (!g || pane_end_of(p, key))
		return;
	p->ends[p->nr_ends++] = (struct popup_end){.key = key,
						   .proc = pg_proc_ref((struct pg_proc *)g->proc),
						   .task = g->task,
						   .brief = g->brief,
						   .exit_code = g->exit_code,
						   .wall_ns = p->live.snap->wall_ns};
}

void pane_note_ends(struct pane *p, bool with_cursor)
{
	forget_unwanted(p, with_cursor);
	for (size_t i = 0; i < p->nr_pins; i++)
		note(p, p->pins[i]);
	if (with_cursor && p->has_cursor)
		note(p, p->cursor);
}
