/* SPDX-License-Identifier: MIT */
/*
 * settings: $XDG_CONFIG_HOME/procgrid/procgrid.json (else ~/.config/…), read with cJSON. Never from
 * the working directory: without an absolute XDG_CONFIG_HOME or HOME there are no settings. An
 * error is reported as file, line and key, and the program goes on with defaults for what could not
 * be used.
 */
#ifndef PG_SETTINGS_H
#define PG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg_settings {
	bool has_delay;
	uint64_t delay_ns;
	uint64_t history_ns;              /* 0 if not set */
	char *colors, *palette, *density; /* owned; NULL if not set; checked by who uses them */
	unsigned colors_line, palette_line, density_line; /* where they stand in the file */
	unsigned columns;                                 /* 0 if not set */
	bool has_ascii, ascii;
	bool has_mouse, mouse;
};

/* Called once for each problem with one line of text, without newline. */
typedef void pg_settings_warn(void *ctx, const char *line);

/* Path of the settings file, owned by the caller; NULL if there is no absolute home. */
char *pg_settings_path(void);
/*
 * Overwrites *out, which is to be freed in any case. A file that does not exist is no problem.
 * After ten problems one more line says that there are more.
 */
void pg_settings_load(const char *path, struct pg_settings *out, pg_settings_warn *warn, void *ctx);
/* The same from memory; name stands for the file in messages. */
void pg_settings_parse(const char *name, const char *text, size_t n, struct pg_settings *out,
		       pg_settings_warn *warn, void *ctx);
void pg_settings_free(struct pg_settings *s);

#endif
