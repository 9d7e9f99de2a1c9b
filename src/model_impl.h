/* SPDX-License-Identifier: MIT */
/*
 * model_impl: what the files of the model share (model.c: what is shown; model_slots.c: where it
 * stands) and nobody else includes.
 *
 * Groups keep their indices during an update. If one came, went or got its name, `regroup` is set:
 * all are sorted and their cells renumbered at its end.
 */
#ifndef PG_MODEL_IMPL_H
#define PG_MODEL_IMPL_H

#include "keymap.h"
#include "model.h"

#define NO_CELL PG_BLANK /* the same number as PG_NO_VALUE */
#define NO_SLOT SIZE_MAX

struct pg_model_cell {
	struct pg_cell pub; /* group PG_BLANK: the cell is free */
	uint32_t stamp;
};

struct pg_model_group {
	struct pg_cell_group pub;
	bool named; /* by user name, not by number */
};

struct pg_model_list {
	uint32_t *items;
	size_t nr, cap;
};

struct pg_model {
	struct pg_filter filter;
	bool built;
	bool regroup; /* the groups must be sorted when the update is done */
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
};

void pg_model_list_add(struct pg_model_list *l, uint32_t item);

/* The group of a process, made if there is none. */
uint32_t pg_model_group_of(struct pg_model *m, const struct pg_proc *p);
/* Drops empty groups, brings the rest in drawing order, tells their cells. */
void pg_model_sort_groups(struct pg_model *m);
void pg_model_free_group(struct pg_model_group *g);

/* A cell without a place yet. Pointers to other cells may move. */
uint32_t pg_model_new_cell(struct pg_model *m, struct pg_key key);
/* Gives a cell the nearest blank behind slot `after`, else before it, else the group's end. */
void pg_model_enter_slot(struct pg_model *m, uint32_t id, uint32_t group, size_t after);
void pg_model_leave_slot(struct pg_model *m, uint32_t id);
/* Leaves its slot and is forgotten. */
void pg_model_drop_cell(struct pg_model *m, uint32_t id);
/* One living cell less in the counts; its slot stays. */
void pg_model_count_dead(struct pg_model *m, const struct pg_cell *c);

#endif
