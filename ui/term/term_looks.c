/* SPDX-License-Identifier: MIT */
#include "term_looks.h"

#include <string.h>

/* The first and the last of the eight colours that every terminal with colours has. */
enum { ANSI_BLACK = 0, ANSI_WHITE = 7 };

static int color_index(const struct term_looks *l, int32_t rgb, bool back)
{
	if (rgb == COLOR_OWN)
		return l->default_colors ? -1 : back ? ANSI_BLACK : ANSI_WHITE;
	if (l->colors > 256)
		return rgb < 8 ? 8 : rgb; /* there 0 to 7 are the ANSI colours */
	return theme_nearest(rgb, l->colors);
}

static short pair_of(struct term_looks *l, int fg, int bg)
{
	int limit = l->limit < TERM_MAX_PAIRS ? l->limit : TERM_MAX_PAIRS;

	if (fg < 0 && bg < 0)
		return 0;
	for (int i = 1; i <= l->nr_pairs; i++)
		if (l->fg[i] == fg && l->bg[i] == bg)
			return (short)i;
	if (l->nr_pairs + 1 >= limit || !l->make(l->nr_pairs + 1, fg, bg))
		return 0;
	l->nr_pairs++;
	l->fg[l->nr_pairs] = fg;
	l->bg[l->nr_pairs] = bg;
	return (short)l->nr_pairs;
}

bool term_looks_set_theme(struct term_looks *l, const struct theme *theme)
{
	if (theme_equal(&l->theme, theme))
		return false;
	l->theme = *theme;
	memset(l->looks, 0, sizeof(l->looks));
	l->nr_pairs = 0;
	return true;
}

const struct term_look *term_look_of(struct term_looks *l, struct style st)
{
	int role = st.role < NR_ROLES ? st.role : ROLE_TEXT;
	int back = st.back < NR_ROLES ? st.back : ROLE_NONE;
	int shade = st.shade <= 4 ? st.shade : 0;
	struct term_look *look = &l->looks[role][back][shade];

	if (look->known)
		return look;
	struct rgb_pair p = theme_colors(&l->theme, st, l->colors);
	look->known = true;
	look->attrs = p.attrs;
	if (l->colors)
		look->pair = pair_of(l, color_index(l, p.fg, false), color_index(l, p.bg, true));
	return look;
}
