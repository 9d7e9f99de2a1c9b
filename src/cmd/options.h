/* SPDX-License-Identifier: MIT */
/*
 * options: the one table of options (short and long names, argument, help), and what a command line
 * says. --help, the manual and the completions are made from the table; pg_options_parse() is the
 * only reader of argv. The result is plain values; each command copies what it needs out of it.
 */
#ifndef PG_OPTIONS_H
#define PG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/util.h"

/* Which part of --help an option stands in. */
enum pg_option_part {
	PG_OPT_GENERAL,
	PG_OPT_WHAT,
	PG_OPT_HOSTS,
	PG_OPT_GRID,
	PG_OPT_TABLE,
	PG_OPT_RECORD,
	PG_OPT_FDS,
	PG_OPT_TEST,
	PG_OPT_NR
};

/* Ids of the options that have no short letter. */
enum pg_option_id {
	PG_OPT_NO_TITLES = 256,
	PG_OPT_CSV,
	PG_OPT_JSON,
	PG_OPT_COMPACT,
	PG_OPT_CHANGED,
	PG_OPT_FIELDS,
	PG_OPT_FORCE,
	PG_OPT_DENSITY,
	PG_OPT_PALETTE,
	PG_OPT_ASCII,
	PG_OPT_NO_MOUSE,
	PG_OPT_PROC_ROOT,
	PG_OPT_SCAN,
	PG_OPT_WITHOUT,
	PG_OPT_STATS,
	PG_OPT_IO_ANY,
	PG_OPT_MIN_CPU,
	PG_OPT_KEYS,
	PG_OPT_SIZE,
	PG_OPT_SAVE_SCREEN,
	PG_OPT_DURATION,
	PG_OPT_HISTORY,
	PG_OPT_MAX_SIZE,
	PG_OPT_HOST,
	PG_OPT_REMOTE_COMMAND,
	PG_OPT_PID,
	PG_OPT_NO_CHILDREN,
	PG_OPT_NO_CAPTURE,
	PG_OPT_NO_LOG,
	PG_OPT_ANALYZE,
	PG_OPT_PLOT,
	PG_OPT_SAVE,
	PG_OPT_DEMO,
	PG_OPT_MERGE_THRESHOLD,
	PG_OPT_MIN_LENGTH,
	PG_OPT_TOLERANCE,
	PG_OPT_JUMP_THRESHOLD,
};

/*
 * What a command line is for decides which options it takes: one of the first three for what is to
 * be seen, and PG_USE_REPLAY as well if it is to come out of a recording, or PG_USE_HOSTS if from
 * other hosts; or PG_USE_RECORD or PG_USE_FD alone.
 */
enum pg_option_use {
	PG_USE_GRID = 1 << 0,
	PG_USE_CSV = 1 << 1,
	PG_USE_JSON = 1 << 2,
	PG_USE_RECORD = 1 << 3,
	PG_USE_REPLAY = 1 << 4,
	PG_USE_HOSTS = 1 << 5,
	PG_USE_FD = 1 << 6,
};

struct pg_option {
	int id;               /* unique; the short letter where there is one */
	const char *longs[3]; /* long names, the first is the main one; NULL ends */
	const char *shorts;   /* short letters, the first is the main one; "" if none */
	const char *arg;      /* name of the argument, NULL if none */
	const char *values;   /* the words it takes, "a|b|c", or NULL; of a LIST any of them */
	enum pg_option_part part;
	uint8_t uses; /* enum pg_option_use */
	const char *help;
};
extern const struct pg_option pg_option_table[];
extern const size_t pg_nr_options;
/* Heading of a part in --help and manual. */
const char *pg_option_part_title(enum pg_option_part part);

#define PG_MAX_HOSTS 64 /* of --host */

enum pg_mode {
	PG_MODE_GRID,
	PG_MODE_CSV, /* of what is live, or of a recording */
	PG_MODE_JSON,
	PG_MODE_RECORD,
	PG_MODE_REPLAY, /* the grid over a recording */
	PG_MODE_FD,     /* descriptors over time */
	PG_MODE_HELP,
	PG_MODE_VERSION
};

/* A word that says what to do, in front of all other operands. */
struct pg_subcommand {
	const char *name;
	enum pg_mode mode;
	const char *args; /* for --help */
	const char *help;
};
extern const struct pg_subcommand pg_subcommands[];
extern const size_t pg_nr_subcommands;

/* Of `procgrid fd`; exactly one of the first four is given. */
struct pg_fd_options {
	char *const *command; /* [NULL] the rest of argv, NULL-terminated */
	int32_t pid;          /* [0] */
	const char *analyze;  /* [NULL] a log, "-": stdin */
	bool demo;

	bool children;          /* [true] */
	bool capture;           /* [true] */
	bool log;               /* [true] */
	bool json, plot;        /* the report as JSON; the picture below it */
	const char *save;       /* [NULL] the picture as a file */
	uint64_t min_length;    /* [5], and so on: struct pg_level_rule */
	double tolerance;       /* [2] */
	double merge_threshold; /* [5] */
	double jump_threshold;  /* [2] */
};

/* Strings point into argv. What was not given has the value in brackets. */
struct pg_options {
	enum pg_mode mode;
	uint64_t delay_ns; /* [1 s; of fd 0.1 s] */
	bool has_delay;
	uint64_t history_ns; /* [0: PG_HISTORY_NS] */
	uint64_t cycles;     /* [0: no end] */
	bool repeat;
	bool processes;
	const char *user; /* [NULL] */
	int32_t *pids;    /* [NULL]; freed by pg_options_free() */
	size_t nr_pids;

	const char **hosts; /* [NULL]; freed by pg_options_free() */
	size_t nr_hosts;
	const char *remote_command; /* [NULL: procgrid] */

	bool compact;
	bool titles; /* [true] */
	bool changed_only;
	const char *fields; /* [NULL: the default table] */
	uint8_t raw;        /* of PG_STAT | PG_STATUS | PG_IO | PG_FD [0] */
	const char *output; /* [NULL: stdout] */
	bool force;

	const char *recording; /* to be replayed, "-": stdin [NULL: what is live] */
	uint64_t duration_ns;  /* [0: no end] */
	uint64_t max_size;     /* bytes [0: no limit] */

	unsigned columns;             /* [0: automatic] most cells in a row of the grid */
	const char *density;          /* [NULL] */
	const char *colors, *palette; /* [NULL] */
	bool ascii, no_mouse;

	const char *proc_root; /* ["/proc"] */
	bool scan_full;        /* read every task in every cycle */
	uint8_t without;       /* enum pg_without [0] */
	bool stats;            /* print what the run cost at its end */
	bool io_any;
	double min_cpu;          /* [PG_MIN_CPU_DEFAULT] share, not percent */
	const char *keys;        /* [NULL] */
	const char *save_screen; /* [NULL] */
	unsigned rows, cols;     /* of --size [0, 0] */

	struct pg_fd_options fd;
	const struct pg_subcommand *help_of; /* of --help [NULL: the whole program] */
};

/* 0, or -EINVAL with a message that names the option. argv is not changed. */
int pg_options_parse(int argc, char *const argv[], struct pg_options *out, struct pg_error *err);
void pg_options_free(struct pg_options *o);
/* of: one command alone; NULL: all there is. */
void pg_options_help(FILE *out, const struct pg_subcommand *of);

#endif
