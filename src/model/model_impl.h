/* SPDX-License-Identifier: MIT */
/*
 * model_impl: what the files of the model share (model.c: what is shown; model_slots.c: where it
 * stands; model_gone.c: what has ended; model_jump.c: from one time to another) and nobody else
 * includes.
 *
 * Groups keep their indices during an update. If one came, went or got its name, `regroup` is set:
 * all are sorted and their cells renumbered at its end.
 */
#ifndef PG_MODEL_IMPL_H
#define PG_MODEL_IMPL_H

#include "model.h"
#include "task/keymap.h"

#define NO_CELL PG_BLANK /* the same number as PG_NO_VALUE */
#define NO_SLOT SIZE_MAX

struct pg_model_cell {
	struct pg_cell pub; /* group PG_BLANK: the cell is free */
	uint32_t stamp;
};

struct pg_model_group {
	struct pg_cell_group pub;
	bool named; /* by user name, not by number */
	size_t cap_rest;
	struct pg_brief_room room;
	size_t nr_brief;         /* cells in this frame of tasks that lived between two samples */
	struct pg_keymap places; /* slots of tasks that left, while they are remembered */
};

struct pg_model_list {
	uint32_t *items;
	size_t nr, cap;
};

struct pg_model {
	struct pg_filter filter;
	bool built;
	bool regroup; /* the groups must be sorted when the update is done */
	bool remember;
	uint8_t scope;
	uint64_t mem_total;
	uint32_t stamp;
	size_t nr_living;
	size_t nr_cells, cap_cells; /* free ones too */
	struct pg_model_cell *cells;
	struct pg_model_list free, warm, cooling, exited;
	struct pg_keymap map;
	size_t nr_groups, cap_groups;
	struct pg_model_group *groups;
	size_t last_group; /* where the last process belonged */

	/* tasks that lived between two samples */
	size_t nr_brief;              /* cells of this frame */
	size_t spare_rows, brief_row; /* pg_model_set_spare_rows() */
	struct pg_model_anchor {
		int32_t ppid;
		uint32_t group;
		size_t slot; /* where the last child of ppid went */
	} anchor;
};

void pg_model_list_add(struct pg_model_list *l, uint32_t item);

/* The group of a process, made if there is none. */
uint32_t pg_model_group_of(struct pg_model *m, const struct pg_proc *p);
/* Drops empty groups, brings the rest in drawing order, tells their cells. */
void pg_model_sort_groups(struct pg_model *m);
void pg_model_free_group(struct pg_model_group *g);

/* A cell without a place yet. Pointers to other cells may move. */
uint32_t pg_model_new_cell(struct pg_model *m, struct pg_key key);
/*
 * Gives a cell the place it had, if that is remembered and free; else the nearest blank behind slot
 * `after`, else before it, else the group's end.
 */
void pg_model_enter_slot(struct pg_model *m, uint32_t id, uint32_t group, size_t after);
void pg_model_leave_slot(struct pg_model *m, uint32_t id);
/* Slot of the leader of that process, if it is in the group; else NO_SLOT. */
size_t pg_model_slot_of(const struct pg_model *m, const struct pg_snapshot *s, int32_t pid,
			uint32_t group);
/* Leaves its slot and is forgotten. */
void pg_model_drop_cell(struct pg_model *m, uint32_t id);
/* A task without a cell gets one at the place that is remembered for it, if that is free. */
void pg_model_return(struct pg_model *m, const struct pg_proc *p, const struct pg_task *t);
/* One living cell less in the counts; its slot stays. */
void pg_model_count_dead(struct pg_model *m, const struct pg_cell *c);

/* Whether the filter lets a process through, and a task of one. */
bool pg_model_shows_proc(const struct pg_filter *f, const struct pg_proc *p);

/* Takes over what concerns the machine. True if its memory is another: then all sizes are. */
bool pg_model_note_host(struct pg_model *m, const struct pg_snapshot *s);
/* The cells of a process. rows: its changes, NULL if none. all: also of rows that stood still. */
void pg_model_take_proc(struct pg_model *m, const struct pg_snapshot *s, const struct pg_proc *p,
			const struct pg_change *rows, bool all);
/* The cell of a task that has ended and had none. */
void pg_model_take_gone(struct pg_model *m, const struct pg_snapshot *s, const struct pg_gone *g);

/* What ended in the last frame goes. */
void pg_model_drop_exited(struct pg_model *m);
/* What ended in this one shows it. */
void pg_model_mark_exited(struct pg_model *m, uint32_t id);
void pg_model_mark_gone(struct pg_model *m, const struct pg_changes *ch);
/* Cells and counts for what lived in between; after all others, who choose their slots first. */
void pg_model_take_brief(struct pg_model *m, const struct pg_frame *f);

#endif
