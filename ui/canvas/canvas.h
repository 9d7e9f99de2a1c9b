/* SPDX-License-Identifier: MIT */
/*
 * canvas: a rectangle of cells in memory, each a character and a style. Views, popup and header
 * draw here and nowhere else; term shows it, --save-screen writes it, tests compare it. Styles name
 * roles
 * ("cpu", "tip"), not colours: the theme turns one into the other.
 */
#ifndef CANVAS_H
#define CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

/* Roles, each with its letter in the attribute plane of a saved screen. */
enum role {
	ROLE_TEXT,   /* '.' plain text in the terminal's own colours */
	ROLE_IDLE,   /* 'n' */
	ROLE_CPU,    /* 'c' */
	ROLE_IO,     /* 'i' */
	ROLE_CPU_IO, /* 'b' */
	ROLE_EXITED, /* 'x' */
	ROLE_TIP,    /* 't' popup, pin, page */
	ROLE_LABEL,  /* 'l' user names and counts */
	ROLE_DIM,    /* 'd' things that may be overlooked */
	ROLE_KEY,    /* 'k' names of keys in the legend and help */
	ROLE_BAR,    /* 'a' filled part of a bar */
	ROLE_ALERT,  /* 'w' messages that want attention */
	ROLE_UP,     /* 'u' of a plot: what jumped up; a limit; what leaks */
	ROLE_DOWN,   /* 'v' of a plot: what jumped down */
	ROLE_EVENT,  /* 'e' of a plot: what a program said */
	NR_ROLES,
	ROLE_NONE = NR_ROLES, /* as background: none */
};

/*
 * Attributes. In the attribute plane a reversed cell is shown as its role's letter in capitals
 * (plain text: ':'); the other attributes do not show there.
 */
enum attr { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_REVERSE = 4, ATTR_UNDERLINE = 8 };

struct style {
	uint8_t role; /* of the character */
	uint8_t back; /* of the background: ROLE_NONE, ROLE_TIP, or a class in packed density */
	uint8_t attrs;
	uint8_t shade; /* 1…4 of ROLE_CPU, ROLE_IO, ROLE_CPU_IO: 4 = hottest; 0 = not shaded */
};
#define STYLE(r) ((struct style){.role = (r), .back = ROLE_NONE})

struct canvas_cell {
	uint32_t ch; /* code point; 0: right half of the wide character before it */
	struct style style;
};

struct canvas {
	int rows, cols;
	bool utf8;                  /* characters beyond ASCII may be drawn */
	int cursor_row, cursor_col; /* where the terminal's cursor stands; -1: hidden */
	struct canvas_cell *cells;  /* rows × cols */
};

void canvas_init(struct canvas *c, int rows, int cols, bool utf8);
void canvas_free(struct canvas *c);
/* Blank, ROLE_TEXT everywhere; the size may change. */
void canvas_reset(struct canvas *c, int rows, int cols);
/* The cell, or NULL outside. */
struct canvas_cell *canvas_at(struct canvas *c, int row, int col);
/*
 * One character of width 1. Outside is ignored. Control characters become blanks, and without utf8
 * whatever is not ASCII becomes '?'. Of a wide character that is half overwritten, here and by all
 * below, the other half becomes a blank.
 */
void canvas_put(struct canvas *c, int row, int col, uint32_t ch, struct style st);
/*
 * A string from anywhere, made safe (text.h), cut at max columns and at the right edge. Half of a
 * wide character that does not fit becomes a blank. Returns the columns used.
 */
int canvas_text(struct canvas *c, int row, int col, int max, const char *s, size_t n,
		struct style st);
int canvas_puts(struct canvas *c, int row, int col, const char *s, struct style st);
/* Fills a rectangle with blanks of that style. */
void canvas_fill(struct canvas *c, int row, int col, int rows, int cols, struct style st);

/*
 * The text, a blank line, the attribute plane: rows lines each, every line cols columns wide
 * (trailing blanks of the text are kept out, those of the plane not).
 */
void canvas_save(const struct canvas *c, struct pg_buf *out);

#endif
