/* SPDX-License-Identifier: MIT */
/*
 * term_input: from bytes to keys and mouse reports, whatever the terminal sends and however it is
 * cut into pieces. Pure. Part of term, which takes off first what ncurses knows as a key.
 *
 * Sequences that nobody knows are swallowed whole, so that their letters do not count as keys.
 */
#ifndef TERM_INPUT_H
#define TERM_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "term.h"

enum input_state {
	INPUT_PLAIN,
	INPUT_ESC,  /* after ESC */
	INPUT_CSI,  /* after ESC [ */
	INPUT_SGR,  /* after ESC [ <: a mouse report */
	INPUT_X10,  /* after ESC [ M: an old one, three bytes */
	INPUT_SS3,  /* after ESC O */
	INPUT_UTF8, /* within a character */
};

/* Zeroed is ready. */
struct term_input {
	enum input_state state;
	bool again; /* the last byte ended a sequence without being part of it: give it again */
	char bytes[32];
	size_t len;
};

/* What ncurses took off was the beginning of that. */
void term_input_begin(struct term_input *in, enum input_state state);
/* Takes a byte. True if it completes an event. */
bool term_input_byte(struct term_input *in, unsigned char byte, struct term_event *ev);
/* There is no more for now: true if what is there is a key by itself, ESC. */
bool term_input_idle(struct term_input *in, struct term_event *ev);

#endif
