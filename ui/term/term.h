/* SPDX-License-Identifier: MIT */
/*
 * term: the terminal, and the only file that includes <curses.h>. It shows canvases, and turns
 * bytes into keys and mouse events. The terminal is put back by term_close(), while suspended, and
 * by a handler when the program crashes or must end at once.
 *
 * One terminal a process. The crash handler needs what it writes in static memory; nothing else
 * here is global.
 */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>

#include "base/util.h"
#include "canvas/canvas.h"
#include "canvas/theme.h"

struct term;

/* Whether a grid can be shown here: stdout is a terminal and TERM is usable. Else err says why not.
 */
bool term_usable(struct pg_error *err);

/* NULL with a message. Unknown TERM: tried as xterm-256color. stdin not a terminal: reads /dev/tty.
 */
struct term *term_open(bool mouse, struct pg_error *err);
void term_close(struct term *t);

void term_size(const struct term *t, int *rows, int *cols);
int term_colors(const struct term *t); /* 0 without colour, or with NO_COLOR in the environment */
void term_set_mouse(struct term *t, bool on);

/*
 * Shows the canvas: only what differs from the last one is sent. -EIO if the terminal is lost. A
 * terminal that takes no more output (Ctrl-S, a slow line) is not waited for: it is left behind,
 * and the next draw sends what is missing.
 */
int term_draw(struct term *t, const struct canvas *c, const struct theme *theme);
/* The last draw was left out: draw again soon, even if nothing changes. */
bool term_behind(const struct term *t);
/* Sends everything again at the next draw. */
void term_redraw(struct term *t);

/*
 * Descriptors to poll for POLLIN: keys, and signals (SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP,
 * SIGCONT, which term_open() blocks in this thread: open it before any thread is made).
 */
int term_input_fd(const struct term *t);
int term_signal_fd(const struct term *t);

enum term_event_kind {
	TERM_NOTHING, /* no more for now */
	TERM_KEY,
	TERM_HOVER, /* the pointer moved to row, col */
	TERM_CLICK, /* left button */
	TERM_RIGHT_CLICK,
	TERM_WHEEL,  /* lines: > 0 down */
	TERM_RESIZE, /* term_size() has the new one */
	TERM_QUIT,   /* SIGINT, SIGTERM, SIGHUP: number in code */
	TERM_LOST,   /* end of file or error on the terminal */
};
struct term_event {
	enum term_event_kind kind;
	int code; /* key (keys.h), or signal */
	int row, col, lines;
};
/* Next event without waiting. Suspends and resumes by itself on SIGTSTP (then: TERM_RESIZE). */
struct term_event term_next(struct term *t);

/*
 * Puts the terminal back at once, with what is at hand, and without waiting; for a program that
 * cannot go on (out of memory). Async-signal-safe; does nothing if no terminal is open.
 */
void term_emergency(void);

/*
 * Decodes what follows "ESC [ <" of an SGR mouse report ("35;10;5M"), n bytes; false if it is none.
 * TERM_NOTHING for a report that has no meaning here (a button let go, the middle one). Pure.
 */
bool term_parse_mouse(const char *s, size_t n, struct term_event *ev);

#endif
