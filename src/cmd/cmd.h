/* SPDX-License-Identifier: MIT */
/*
 * cmd: what the program can be started as. One command a file, cmd_*.c, here or, if it needs a
 * screen, in ui/grid; each gets the parsed options and returns the exit
 * status: 0 done, 1 failed while running, 2 wrong use.
 */
#ifndef PG_CMD_H
#define PG_CMD_H

#include "base/util.h"
#include "options.h"
#include "source/source.h"
#include "source/witness.h"

struct pg_cmd {
	enum pg_mode mode;
	const char *name;
	const char *help;
	int (*run)(const struct pg_options *o);
};

extern const struct pg_cmd pg_cmd_csv, pg_cmd_json; /* cmd_table.c */
extern const struct pg_cmd pg_cmd_record;           /* cmd_record.c */

/* How births and deaths between two samples are to be watched. */
struct pg_cmd_watch {
	size_t max_brief; /* tasks a cycle that lived and died in it; 0: nobody watches */
	bool in_scan;     /* the source is used in this thread: events are taken within a pass */
	int stop_fd;      /* readable: a pipe is not waited for any more; 0 or less: none */
	struct pg_witness *witness; /* out: the caller's, to be closed after the source; or NULL */
};

/*
 * What all commands that look at tasks do first: turns -u and PIDs into a selection, names on
 * stderr every PID that does not exist, and opens the source and whom watch asks for. Of a replay
 * the source is the recording, and nobody watches. NULL: *status is the exit status, and the
 * message was printed.
 */
struct pg_source *pg_cmd_open_source(const struct pg_options *o, struct pg_cmd_watch *watch,
				     int *status);

/*
 * Whether path is the recording that is to be replayed, by this or another name; then it has been
 * said: overwriting what is being read would lose it.
 */
bool pg_cmd_is_recording(const struct pg_options *o, const char *path);

/* One line on stderr, "procgrid: …"; whatever is in it, it stays one line of valid UTF-8. */
void pg_cmd_say(const char *fmt, ...) PG_PRINTF(1, 2);

#endif
