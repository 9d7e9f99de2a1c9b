/* SPDX-License-Identifier: MIT */
/*
 * theme: roles to colours and glyphs. Colours are 24-bit or "the terminal's own"; term maps them to
 * what the terminal has. Pure.
 */
#ifndef THEME_H
#define THEME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "canvas.h"
#include "model/model.h"

#define COLOR_OWN (-1) /* the terminal's default foreground or background */

struct rgb_pair {
	int32_t fg, bg; /* 0xRRGGBB or COLOR_OWN */
	uint8_t attrs;  /* added to the cell's own */
};

enum palette { PALETTE_DEFAULT, PALETTE_SAFE, PALETTE_MONO, NR_PALETTES };
extern const char *const palette_names[NR_PALETTES];

struct theme {
	enum palette palette;
	bool utf8;              /* glyphs beyond ASCII */
	bool by_class;          /* the glyph is the class (mono, NO_COLOR, key v), else the size */
	int32_t user[NR_ROLES]; /* colours set with --colors: foreground; COLOR_UNSET if not */
	int32_t user_tip, user_bg; /* backgrounds: of popups, of everything else */
};
#define COLOR_UNSET (-2)

void theme_init(struct theme *t, enum palette p, bool utf8);
/* The same colours for everything? */
bool theme_equal(const struct theme *a, const struct theme *b);
/* A CSS colour name, in any case, or #rrggbb or #rgb; false if it is neither. */
bool theme_parse_color(const char *s, size_t n, int32_t *rgb);
/* normal,cpu,io,cpuio,exited,tip,bg; empty keeps the default. -EINVAL with a message. */
int theme_parse_colors(struct theme *t, const char *list, struct pg_error *err);
bool theme_parse_palette(const char *name, enum palette *p);

/*
 * Colours of a style, for a terminal with that many colours (0: none; 8, 16, 256, 1 << 24). With
 * fewer than 256 shades become dim and bold, and all colours but the user's are entries of the ANSI
 * palette, so that theme_nearest() finds just the one that was meant.
 */
struct rgb_pair theme_colors(const struct theme *t, struct style st, int colors);
/*
 * Index of the nearest colour of the xterm palette with 256, 16 or 8 entries. Of 256 the first 16
 * are left out: many users have changed them.
 */
int theme_nearest(int32_t rgb, int colors);
/* WCAG 2 contrast ratio of two colours, 1…21. */
double theme_contrast(int32_t a, int32_t b);

/* How a cell is drawn: its character, its style (role, shade, bold). */
struct glyph {
	uint32_t ch;
	struct style style;
	uint32_t gap; /* character for the gap at its right: ' ', or '^' 'v' for a throb by class */
};
struct glyph theme_glyph(const struct theme *t, const struct pg_cell *cell);
enum role theme_class_role(enum pg_class cls);

#endif
