/* SPDX-License-Identifier: MIT */
/*
 * child: a command that is run for the user, as if procgrid were not there: its streams pass
 * through, each on its own, byte for byte and at once; signals are forwarded; it ends as it ends.
 *
 * A stream of ours that is a terminal gets a pty for the command, output processing off, with the
 * size of ours, so that programs behave as usual; of a regular file it has the very descriptor, and
 * what it wrote is read from there; else it gets a pipe. Where stdout and stderr are one and the
 * same, so they are for the command: what it writes to them stays in its order. stdin is the
 * command's own. A stream that is closed or cannot be written to is left so. Without capture the
 * command has our streams themselves. We are made the subreaper (prctl(2)), so that daemons of the
 * command stay descendants.
 *
 * From start to free all signals that can be forwarded are blocked and SIGPIPE is ignored: start
 * before any thread is made. The command gets mask and dispositions as they were.
 */
#ifndef PG_CHILD_H
#define PG_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

struct pg_child;

struct pg_child_options {
	char *const *argv; /* NULL-terminated; found in PATH */
	int (*function)(
		void); /* instead of argv: run in the child, which exits with what it returns */
	bool capture;  /* false: our streams are left alone */
	/* Bytes that passed, of stream 1 or 2, in their order; called by pg_child_pump(). n 0: its
	 * end. Where both streams are the same, all of it is of stream 1. */
	void (*seen)(void *arg, int stream, const char *bytes, size_t n);
	void *arg;
};

/*
 * Returns when the command runs (its exec was done, or it was not found). NULL with a message and
 * *status: 127 not found, 126 not executable, 125 anything else, as env(1) and timeout(1) have it.
 * A python that would hold back what it prints into a pipe is told not to: PYTHONUNBUFFERED is set
 * unless it was.
 */
struct pg_child *pg_child_start(const struct pg_child_options *o, int *status,
				struct pg_error *err);
int32_t pg_child_pid(const struct pg_child *c);
/* What is to be polled; at most PG_CHILD_FDS. Returns how many. */
#define PG_CHILD_FDS 6
size_t pg_child_fds(const struct pg_child *c, struct pollfd *fds);
/*
 * After a poll of what pg_child_fds() named, nothing else of c being called between: passes bytes
 * on, forwards signals and sizes, reaps all children of ours. Never blocks on a slow reader. Stops
 * us when the user stopped the command (Ctrl-Z), and returns when we go on.
 */
void pg_child_pump(struct pg_child *c, const struct pollfd *fds, size_t nr);
/*
 * Whether the command has ended and its streams have been passed on as far as they will be: a
 * descendant that keeps them open is not waited for beyond 200 ms of silence, and a signal that
 * asks us to end is obeyed. *status: as a shell has it, 0–255.
 */
bool pg_child_done(const struct pg_child *c, int *status);
/* Whether the command itself has ended. */
bool pg_child_ended(const struct pg_child *c);
/* Whether somebody still held a stream when it was done: what he writes from then on is lost. */
bool pg_child_is_held(const struct pg_child *c);
/*
 * The first error of our writing to a stream of ours, as errno; 0: none (errors of a file are the
 * command's own). EPIPE: the reader has gone.
 * Of stdout the command loses its stream then, so that it gets SIGPIPE or an error as well; of
 * stderr only if the reader has gone, else what could not be written is left out.
 */
int pg_child_write_error(const struct pg_child *c);
/* Puts signals back as they were; those that came late are dropped. A command that still runs is
 * left to itself. */
void pg_child_free(struct pg_child *c);

#endif
