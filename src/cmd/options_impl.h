/* SPDX-License-Identifier: MIT */
/*
 * What the files of options share: options.c walks through the arguments, options_value.c takes
 * each, options_check.c judges what they say together.
 */
#ifndef PG_OPTIONS_IMPL_H
#define PG_OPTIONS_IMPL_H

#include "options.h"

/* While the arguments are read. */
struct pg_options_parse {
	struct pg_options *o;
	struct pg_error *err;
	const char *used; /* the option at hand, as messages call it: "-d", "--delay" */
	bool csv, json;
	char delay_used[32]; /* -d as it was typed, for what is said of it later */
	const char *delay_arg;
	const struct pg_subcommand *command; /* NULL: none was given */
	const struct pg_option **given;      /* each once, in the order of the arguments */
	size_t nr_given;
};

/* Appends a word of the user's as it can be shown, in quotes. */
void pg_options_quote(struct pg_buf *b, const char *s);

/* "option --size: "7" is not a size; give …" */
int pg_options_bad_value(const struct pg_options_parse *p, const char *value, const char *what);

/* Takes an option and its argument. 0 or -EINVAL with a message. */
int pg_options_apply(struct pg_options_parse *p, const struct pg_option *opt, const char *arg);
/* -s, -S, -i, -f: one group of raw fields each; 0 if it is none of them. */
uint8_t pg_options_raw_group(int id);

/* Decides the mode when all was read. 0 or -EINVAL: what was given does not go together. */
int pg_options_check(struct pg_options_parse *p);

#endif
