/* SPDX-License-Identifier: MIT */
/*
 * term_tty: the terminal as the kernel sees it: descriptors, size, job control, whether it is still
 * there and takes output. Knows no sequences. Part of term.
 */
#ifndef TERM_TTY_H
#define TERM_TTY_H

#include <signal.h>
#include <stdbool.h>

#include "base/util.h"

#define TERM_TTY_SIGNALS 6
extern const int term_tty_signals[TERM_TTY_SIGNALS];

/* Blocks the signals in this thread. Returns the descriptor that reads them, or -1. */
int term_tty_block_signals(sigset_t *old_mask);
/* The next of them without waiting; 0 if there is none. */
int term_tty_read_signal(int fd);
bool term_tty_pending(int sig);
/* Stops the whole job, as the terminal's own Ctrl-Z does; returns when it goes on. */
void term_tty_stop_job(void);

/* All of s, however long it takes. */
void term_tty_write(int fd, const char *s);
/* 0 if it takes output, -EAGAIN if it did not for a moment, -EIO if it is lost. */
int term_tty_output(int fd);
/* After a read found nothing: whether there will never be anything again. */
bool term_tty_lost(int fd);
/* Rows and columns, at most as many as make sense; left as they are if unknown. */
void term_tty_size(int fd, int *rows, int *cols);

#endif
