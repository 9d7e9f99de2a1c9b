/* SPDX-License-Identifier: MIT */
/*
 * lens: one process over time, on the whole screen. Lenses are const tables of functions, listed in
 * one array (lens.c); a lens sees what was kept of the process, what the inspector answers, and a
 * canvas, never /proc or the terminal. app_lens.c opens and closes them.
 *
 *   open → (answer | draw)* → close
 */
#ifndef LENS_H
#define LENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "canvas/canvas.h"
#include "canvas/keys.h"
#include "popup.h"
#include "series/series.h"
#include "source/source.h"
#include "task/delta.h"

struct lens; /* what a lens remembers of its process: the first look at it, the last one */

/* What there is to be drawn, for this one drawing. */
struct lens_input {
	const struct pg_frame *frame; /* that is shown */
	const char *host;             /* whose process it is; NULL: of the only one there is */
	const struct pg_proc *proc;   /* as it is in the frame, or was last seen */
	int64_t ended_ns;             /* wall time since which it is not there; 0: it is */
	/*
	 * Its descriptors, as far as they were watched; the last point is of the frame, or of the
	 * last one that had it. Empty: not known. Time 0 was at since_ns of the wall clock.
	 */
	const struct pg_series *fds;
	int64_t since_ns;
	bool is_now; /* the frame is the newest that was watched */
	/* The verdict as of now, or when it was seen last; NULL: not now, or too early. */
	const struct pg_leak *leak;
	enum detail_state state; /* of the inspector's answers */
};

struct lens_ops {
	const char *name;   /* for messages */
	enum action action; /* of the key that opens and closes it */
	enum pg_ask ask;    /* what the inspector is asked, again and again while it is open */
	struct lens *(*open)(void);
	void (*close)(struct lens *l);
	/* An answer of that time; takes over what it wants of the detail. */
	void (*answer)(struct lens *l, int64_t wall_ns, struct pg_detail *d);
	/* All of the canvas. line: the first one in sight, cut to what there is. */
	void (*draw)(struct lens *l, const struct lens_input *in, struct canvas *c, size_t *line);
};

extern const struct lens_ops lens_fd; /* lens_fd.c */
extern const struct lens_ops *const lenses[];
extern const size_t nr_lenses;

#endif
