/* SPDX-License-Identifier: MIT */
/*
 * model: what is to be shown, without knowing of screens: groups of cells in slots that do not
 * move.
 *
 * One cell a task, grouped by user ([kernel] is a group of its own, drawn last). A group is an
 * array of slots, each a cell or a blank; a screen lays the slots out in rows. Rules:
 *  - in a fresh group cells stand by process start, pid, thread start, tid;
 *  - an exited cell shows for one frame and then is a blank;
 *  - a new task takes the nearest blank behind its process (a new process: behind its parent), else
 *    the nearest in its group, else the group's end;
 *  - blanks close only when the owner says so: pg_model_close_blanks() for one group (cells keep
 * their order), pg_model_rebuild() for all (cells are sorted afresh);
 *  - a task that was born and died between two samples gets an exited cell as well, within bounds
 *    (below); those beyond them are counted, by parent, in their group;
 *  - when a change of scope makes cells of threads come or go all at once, the model rebuilds
 * itself. The cost of a frame is that of its changed processes, not of all.
 */
#ifndef PG_MODEL_H
#define PG_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/delta.h"

enum pg_threads_shown { PG_THREADS_ALL, PG_THREADS_BUSY, PG_THREADS_NONE };

struct pg_filter {
	enum pg_threads_shown threads; /* busy: leaders, and threads that are busy or were lately */
	bool hide_kernel;
	bool by_user;
	uint32_t uid;
};

/* Signs that win over size; in order of precedence (design, section 5). */
enum pg_sign {
	PG_SIGN_NONE,
	PG_SIGN_EXITED,
	PG_SIGN_ZOMBIE,     /* Z */
	PG_SIGN_DISK_SLEEP, /* D */
	PG_SIGN_STOPPED,    /* T, t */
	PG_SIGN_UNSEEN,     /* not looked at (task.h: seen_ns): drawn as idle, whatever it did */
	PG_SIGN_NEW,
};

/* One task as it is to be drawn. */
struct pg_cell {
	struct pg_key key;
	uint32_t group, slot; /* where it stands */
	uint8_t cls;          /* enum pg_class */
	uint8_t sign;         /* enum pg_sign */
	uint8_t size; /* 0…3: RSS as a share of MemTotal: < 1/4096, < 1/512, < 1/64, more */
	int8_t throb; /* +1 RSS grew in this cycle, -1 it shrank */
	bool leader;
	bool kthread;
	uint8_t linger; /* frames that an idle thread stays while only busy ones are shown */
	float share;    /* of one CPU in this cycle */
};

#define PG_BLANK UINT32_MAX

struct pg_cell_group {
	bool kernel;
	uint32_t uid;
	bool uid_known;
	char *name;      /* user name or number, as dirty as it came; "[kernel]" */
	uint32_t *slots; /* index of a cell, or PG_BLANK */
	size_t nr_slots, cap;
	size_t nr_cells; /* slots that are not blank, without exited ones: the count of the label */
	size_t nr_used;  /* slots that are not blank */
	/*
	 * Tasks that lived between the last two samples and have no cell, by parent: the most
	 * first; ppid 0: of further parents.
	 */
	struct pg_brief_rest *rest;
	size_t nr_rest;
};

struct pg_model; /* opaque */

struct pg_model *pg_model_new(void);
void pg_model_free(struct pg_model *m);

/*
 * Brings the cells up to date with the next frame of the feed, once a frame. The first call builds.
 * Pointers to groups and cells hold until the next call that changes the model.
 */
void pg_model_update(struct pg_model *m, const struct pg_frame *f);
/*
 * The same for any frame of the feed, before or after the one that is shown: tasks that are in both
 * stay where they are. What its changes tell (born, exited, busy) shows as if it had been live; a
 * task that has exited and had no cell gets one. The cost is that of all tasks.
 */
void pg_model_jump(struct pg_model *m, const struct pg_frame *f);
/*
 * Whether the places of tasks that leave are kept in mind, and given back to them if they return
 * and the place is free: for going to and fro in time. Closing the blanks of a group forgets its
 * places, and so do rebuild, and off.
 */
void pg_model_remember(struct pg_model *m, bool on);
/* All afresh, sorted, without blanks: after a change of filter, and on request. */
void pg_model_rebuild(struct pg_model *m, const struct pg_frame *f);
void pg_model_set_filter(struct pg_model *m, const struct pg_filter *filter); /* then rebuild */
const struct pg_filter *pg_model_filter(const struct pg_model *m);
/* Closes the blanks of one group. */
void pg_model_close_blanks(struct pg_model *m, size_t group);

/*
 * Bounds for tasks that lived between two samples: PG_BRIEF_CELLS cells a frame in all, and in each
 * group one row, which only the screen knows: it says so after each layout. Until it does, a row is
 * as long as there are cells.
 */
#define PG_BRIEF_CELLS   200
#define PG_BRIEF_PARENTS 32 /* that a group counts one by one */
struct pg_brief_room {
	size_t row; /* cells in a row of the group: so many in a frame */
	size_t end; /* slots that the group may have without taking another row */
};
void pg_model_set_brief_room(struct pg_model *m, size_t group, struct pg_brief_room room);
/* How many rows more there is room for, and cells in the row of a group that is new. */
void pg_model_set_spare_rows(struct pg_model *m, size_t rows, size_t row);

/* Groups in drawing order: uid 0, the others by user name, then the kernel's. Empty groups are not
 * listed. */
size_t pg_model_nr_groups(const struct pg_model *m);
const struct pg_cell_group *pg_model_group(const struct pg_model *m, size_t i);
const struct pg_cell *pg_model_cell(const struct pg_model *m, uint32_t cell);
/* The cell of a task, or NULL (filtered out, gone). */
const struct pg_cell *pg_model_find(const struct pg_model *m, struct pg_key key);
/* Cells in all groups. */
size_t pg_model_nr_cells(const struct pg_model *m);

/* The size step (0…3) of an RSS on a machine with that much memory. */
unsigned pg_model_size_step(uint64_t rss_bytes, uint64_t mem_total);

/* The hottest tasks, for the busy line and for B: by CPU share first, then by io rate. */
struct pg_hot {
	struct pg_place at;
	struct pg_change change;
};
#define PG_HOT_MAX 8
struct pg_busy {
	struct pg_hot hot[PG_HOT_MAX];
	size_t nr_hot;
	struct pg_hot io; /* the one with the most io, in hot as well or not; task NULL if none */
	uint32_t nr_disk_sleep, nr_zombie;
	uint32_t nr_unseen;                 /* not looked at */
	struct pg_place disk_sleep, zombie; /* one example of each; task NULL if none */
};
void pg_model_busy(const struct pg_frame *f, struct pg_busy *out);

#endif
