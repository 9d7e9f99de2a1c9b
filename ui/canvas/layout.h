/* SPDX-License-Identifier: MIT */
/*
 * layout: where things go on a screen of a given size. Pure: numbers in, rectangles out; no canvas,
 * no model pointers, no state but what the caller passes. Tested by properties: nothing overlaps,
 * nothing leaves the screen, every slot has one place.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct rect {
	int row, col, rows, cols;
};

/* Bands of the screen from top to bottom; rows 0 if there is no room for a band. */
struct bands {
	struct rect header; /* 0 to 2 lines */
	struct rect body;   /* the grid; at least 1 line if the screen has one */
	struct rect busy;   /* 0 or 1 */
	struct rect time;   /* 0; 1 if one was asked for, and there are at least 8 lines */
	struct rect legend; /* 0 or 1; also prompt, message, and the popup of tiny screens */
};
/* time: with a line of its own for the time line. */
struct bands layout_bands(int rows, int cols, bool time);

/* In packed density two slots share a character. */
enum density { DENSITY_NAMED, DENSITY_ROOMY, DENSITY_TIGHT, DENSITY_PACKED, NR_DENSITIES };
extern const char *const density_names[NR_DENSITIES];

/* Groups with fewer slots may share a line. */
#define LAYOUT_SMALL 8

struct layout_group {
	int label_cols; /* columns of "user count" */
	size_t slots;
	bool last; /* stays below all others, on lines of its own: the kernel's */
};

/* Where a group went. */
struct layout_place {
	struct rect label; /* one line */
	int row, col;      /* of its first cell, in lines of the whole (unscrolled) picture */
	size_t per_row; /* slots in a row of cells; in packed density a line holds two rows of cells
			 */
	int lines;      /* lines it takes; 1 for a group that shares its line */
	int cell_cols;  /* columns from one cell of a row to the next */
	bool shared;    /* small groups stand on this line, one after the other */
};

struct layout_options {
	int rows, cols;       /* of the body */
	unsigned max_per_row; /* --columns; 0: as many as fit */
	bool can_pack;        /* at least 16 colours and UTF-8 */
	bool share;           /* small groups may share a line if that is needed to fit */
};

/*
 * The ladder from the roomiest picture to the densest. Named cells are 20 columns wide, or 14 if
 * that is what it takes to fit; at each density, small groups share lines before the next one is
 * tried.
 */
struct layout_form {
	enum density density;
	int cell_cols;
	bool share;
};
#define NR_LAYOUT_FORMS 9
extern const struct layout_form layout_forms[NR_LAYOUT_FORMS];
/* Whether the form can be drawn at all on such a body. */
bool layout_form_possible(size_t form, const struct layout_options *o);
/*
 * Places all groups in one form. places has nr entries. Returns the lines of the whole picture,
 * which may be more than there are (then it scrolls).
 */
int layout_groups_as(const struct layout_group *groups, size_t nr, size_t form,
		     const struct layout_options *o, struct layout_place *places);
/* Whether what layout_groups_as() returned fits: in lines, and beside the labels. */
bool layout_fits(size_t form, const struct layout_options *o, const struct layout_place *places,
		 size_t nr, int lines);

/* Line and column (in the whole picture) of a slot; half: it is the lower one of a packed pair. */
struct spot {
	int row, col;
	bool half;
};
struct spot layout_spot(const struct layout_place *p, enum density d, size_t slot);
/* The slot at a line and column (half: lower part); -1 if there is none within nr_slots. */
long layout_slot_at(const struct layout_place *p, enum density d, size_t nr_slots, int row, int col,
		    bool half);

/*
 * Where a box of rows × cols goes so that it does not cover (row, col) .. +cell_cols on a screen:
 * beside it, right before left, as near as possible; below 60 columns the lower or upper half; rows
 * 0 if the screen is too small (below 10 rows: the status line takes it).
 */
struct rect layout_popup(struct rect screen, int row, int col, int cell_cols, int rows, int cols);

#endif
