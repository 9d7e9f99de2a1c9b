/* SPDX-License-Identifier: MIT */
/*
 * term_rescue: puts the terminal back when the program cannot do it in good order: it crashed, or
 * must end while the terminal takes no output (stopped by Ctrl-S, a dead connection). Part of term.
 *
 * All of it runs in signal handlers, so what it needs lies ready in static memory, and nothing here
 * waits for the terminal. term_emergency() of term.h does the work.
 */
#ifndef TERM_RESCUE_H
#define TERM_RESCUE_H

#include <stdbool.h>

/*
 * Keeps the modes that the terminal fd has now. Handlers for crashes are put before those that were
 * there, which are called afterwards.
 */
void term_rescue_open(int fd);
void term_rescue_close(void);
/* Appends to what puts the terminal's picture back; delays ("$<5>") are left out. NULL: nothing. */
void term_rescue_bytes(const char *s);
/* Whether the terminal is in our hands: not so while suspended, nor after a rescue. */
void term_rescue_hold(bool on);
bool term_rescue_holds(void);
/*
 * Around all that writes to the terminal and may wait for it. If it waits, and SIGTERM, SIGHUP or
 * SIGINT is pending or was the reason to close, the program puts back what it can and ends by that
 * signal, within two seconds.
 */
void term_rescue_begin(void);
void term_rescue_end(void);
/*
 * What else is to be done, once, when the program dies; in a signal handler, so it may call little.
 * NULL: nothing any more.
 */
void term_rescue_also(void (*fn)(void));
/* The program ends because of that signal. */
void term_rescue_quitting(int sig);
#endif
