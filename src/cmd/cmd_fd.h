/* SPDX-License-Identifier: MIT */
/*
 * cmd_fd: procgrid fd. A command, a process or a log in; a report, a log and a picture out.
 *
 *   cmd_fd.c       what all of these have in common: options in, report out
 *   cmd_fd_run.c   a command or a process is watched: the loop
 *   cmd_fd_look.c  what its processes have open, looked at when their numbers change
 */
#ifndef PG_CMD_FD_H
#define PG_CMD_FD_H

#include "fd/fd_log.h"
#include "fd/fd_profile.h"
#include "options.h"
#include "plot/plot.h"

/*
 * Returns the exit status. draw: how --plot draws, which needs a screen's cells
 * (ui/grid/cmd_fd_plot.c): on a descriptor, the report's.
 */
int pg_cmd_fd_run(const struct pg_options *o,
		  void (*draw)(const struct pg_options *o, const struct pg_plot *plot, int fd));

/* ---- within cmd_fd -------------------------------------------------------------------------- */

/*
 * Watches until the end and fills p, which is empty before. Returns the exit status; *report: there
 * is something to report on. *newline: what passed on our stderr did not end its line.
 */
int pg_cmd_fd_watch(const struct pg_options *o, struct pg_fd_profile *p, bool *report,
		    bool *newline);

struct pg_fd_looks;
struct pg_fd_looks *pg_fd_looks_new(void);
void pg_fd_looks_free(struct pg_fd_looks *l);
/* Each sample: notes whose numbers changed. */
void pg_fd_looks_sample(struct pg_fd_looks *l, const struct pg_fd_sample *s);
/*
 * Looks at those who are due, as far as there is time, and puts causes and kinds into the profile
 * and the log (or NULL). Returns in how many ms it wants to be called again; -1: not before the
 * next sample. `elapsed`: now.
 */
int pg_fd_looks_turn(struct pg_fd_looks *l, double elapsed, struct pg_fd_profile *p,
		     struct pg_fd_log *log);
/* What all have open, by kind, if that has changed since this was asked; else NULL. */
const uint32_t *pg_fd_looks_kinds(struct pg_fd_looks *l);

#endif
