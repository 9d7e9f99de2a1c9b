/* SPDX-License-Identifier: MIT */
/*
 * popup: what is known of one task, in words: as a box beside its cell, as a pin at the right, as a
 * page. Text is built from the frame and the inspector's details; pure, until it is drawn on a
 * canvas.
 */
#ifndef POPUP_H
#define POPUP_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas/canvas.h"
#include "canvas/layout.h"
#include "source/source.h"
#include "task/delta.h"

enum detail_state {
	DETAIL_PENDING,
	DETAIL_READY,
	DETAIL_NO_ANSWER,
	DETAIL_NOT_SENT, /* a stream from another host does not carry details */
	DETAIL_RECORDED, /* nobody is asked about what has been */
};

/* A task that has ended, as it was last seen, for as long as somebody wants to know. */
struct popup_end {
	struct pg_key key;
	struct pg_proc *proc; /* one reference */
	const struct pg_task *task;
	bool brief;
	int exit_code;
	int64_t wall_ns; /* of the frame in which it was gone */
};

struct popup_input {
	const struct pg_frame *frame;
	struct pg_key key;
	const char *host;               /* whose task it is; NULL: of the only one there is */
	const struct pg_detail *detail; /* if state is DETAIL_READY and it belongs to key */
	enum detail_state detail_state;
	const struct popup_end *end; /* what is remembered of it; NULL: nothing */
	bool io_any;                 /* which counters count as io */
	double min_cpu;
};

/* Lines of text, owned. The first is the title. Every line is safe to draw by canvas_text(). */
struct popup_line {
	char *text;
	size_t len;
	uint8_t role; /* ROLE_TIP, or the class's role for the line that says why */
};
struct popup_text {
	struct popup_line *lines;
	size_t nr, cap;
};

/*
 * full: the whole page, long values wrapped at width; else the short form, cut at width. Lines are
 * at most width columns wide, or POPUP_MIN_WIDTH if that is more.
 */
#define POPUP_MIN_WIDTH 13
void popup_build(struct popup_text *out, const struct popup_input *in, bool full, int width);
void popup_text_free(struct popup_text *t);
/* The one-line form for tiny screens. */
void popup_line(struct pg_buf *out, const struct popup_input *in);

/*
 * Draws a box with its text into r; lines below the box's end are cut. To show all of it a box
 * takes nr + 1 rows (the title stands in the border) and POPUP_EXTRA_COLS columns more than the
 * text's width.
 */
#define POPUP_EXTRA_COLS 4
void popup_draw(struct canvas *c, struct rect r, const struct popup_text *t, size_t first_line);
/*
 * The same over the whole canvas, with how much is out of sight in the lower border. *first_line is
 * cut to that of the last page. Hides the cursor.
 */
void popup_draw_page(struct canvas *c, const struct popup_text *t, size_t *first_line);

/* ---- words that others say as well ---- */

/* Why there is no answer of the inspector. */
const char *popup_no_detail(enum detail_state state);
/* "not permitted: run as root or as www-data". */
void popup_not_permitted(struct pg_buf *out, const struct pg_snapshot *s,
			 const struct pg_proc *proc);
/* Name of the owner, as it is; his number; or that he is not known. */
void popup_put_user(struct pg_buf *out, const struct pg_proc *proc);

#endif
