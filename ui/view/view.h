/* SPDX-License-Identifier: MIT */
/*
 * view: one picture of the model on a canvas. Views are const tables of functions, listed in one
 * array (view.c); a view sees the model, the theme and a rectangle of the canvas, never /proc, a
 * terminal or keys.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas/canvas.h"
#include "canvas/layout.h"
#include "canvas/layout_panes.h"
#include "canvas/theme.h"
#include "model/model.h"

struct view; /* private state of a view: sizes, scroll position, density */

struct view_input {
	struct pg_model *model; /* a view may close blanks of a group that would need another row */
	const struct pg_frame *frame; /* for names; NULL if there is none yet */
	const struct theme *theme;
	struct rect area;
	int colors;           /* of the terminal */
	struct pg_key cursor; /* the task under the cursor */
	bool has_cursor;
	const struct pg_key *pins; /* shown with a halo */
	size_t nr_pins;
	const struct pg_key *alarms; /* the same, as a warning; in the order of pg_key_cmp() */
	size_t nr_alarms;
	bool stop_at_end; /* moves to busy cells do not go round: another pane follows */
};

enum view_move {
	MOVE_LEFT,
	MOVE_RIGHT,
	MOVE_UP,
	MOVE_DOWN,
	MOVE_FIRST,
	MOVE_LAST,
	MOVE_ROW_START,
	MOVE_ROW_END,
	MOVE_PAGE_UP,
	MOVE_PAGE_DOWN,
	MOVE_HALF_UP,
	MOVE_HALF_DOWN,
	MOVE_PREV_GROUP,
	MOVE_NEXT_GROUP,
	MOVE_PREV_BUSY,
	MOVE_NEXT_BUSY,
};

struct view_ops {
	const char *name;
	struct view *(*open)(void);
	void (*close)(struct view *v);
	/* Lines that the picture would take in each form, as wide as in->area. */
	void (*need)(struct view *v, const struct view_input *in, struct layout_need *out);
	/* Draws into in->area. Called after each frame, key and resize. */
	void (*draw)(struct view *v, const struct view_input *in, struct canvas *c);
	/* The task at a place of the canvas as it was last drawn; false if there is none. */
	bool (*pick)(const struct view *v, const struct pg_model *m, int row, int col,
		     struct pg_key *key);
	/* Where a task was last drawn; false if it is not on the screen. */
	bool (*find)(const struct view *v, const struct pg_model *m, struct pg_key key,
		     struct rect *at);
	/* The task that a move leads to, from the cursor (or from the first, without one). */
	bool (*move)(const struct view *v, const struct view_input *in, enum view_move move,
		     struct pg_key *key);
	/* Turns the wheel: lines > 0 is down. */
	void (*scroll)(struct view *v, int lines);
	/* The cursor's next draw brings it into sight. */
	void (*reveal)(struct view *v);
};

extern const struct view_ops view_grid;
extern const struct view_ops *const views[];
extern const size_t nr_views;

/* Settings of the grid that keys and options change. */
enum density view_grid_density(const struct view *v);
/* step > 0: denser, < 0: roomier; from then on by hand. */
void view_grid_change_density(struct view *v, int step);
void view_grid_set_density(struct view *v, enum density d);
void view_grid_set_columns(struct view *v, unsigned max_per_row);

#endif
