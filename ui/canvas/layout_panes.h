/* SPDX-License-Identifier: MIT */
/*
 * layout_panes: how the lines of a screen are shared out among hosts that stand one below the
 * other, each with a header line of its own. Pure, like layout.h.
 */
#ifndef LAYOUT_PANES_H
#define LAYOUT_PANES_H

#include "layout.h"

/* What a host needs: the lines that its picture takes in each form; 0: it has nothing to draw. */
struct layout_need {
	int lines[NR_LAYOUT_FORMS];
};

/* What it gets. */
struct layout_share {
	bool header; /* false: out of sight, body is 0 then */
	int body;    /* lines below the header */
};

/*
 * - One form for all: the roomiest in which all pictures fit. Each gets a line more than it needs
 *   if there is one, so that it may grow a little before anything moves; the rest stays free.
 * - If no form is dense enough: each gets what it needs in the densest one, or an equal share.
 * - If there is no line of cells for each: the headers, and what is left for the one in focus.
 * - If there is no room for the headers either: one line for the host in focus, and headers around
 *   it.
 * The sum of all lines is never more than `lines`. Returns the form, or NR_LAYOUT_FORMS if none
 * fits.
 */
size_t layout_panes(const struct layout_need *need, size_t nr, int lines, size_t focus,
		    struct layout_share *out);

/*
 * Whether shares of the last frame may stay, so that nothing moves without need: they were made for
 * the same number of lines and hosts, and whoever needs more than he has in that form would get no
 * more from `fresh`.
 */
bool layout_panes_hold(const struct layout_need *need, size_t nr, size_t form,
		       const struct layout_share *old, const struct layout_share *fresh);

#endif
