/* SPDX-License-Identifier: MIT */
#include "configure.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/settings.h"

#define DELAY_DEFAULT_NS PG_NS_PER_SEC
#define HEADLESS_COLORS  256

static void warn_settings(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "procgrid: %s\n", line);
}

static int bad_option(const struct pg_error *err)
{
	fprintf(stderr, "procgrid: %s\n", err->text);
	return 2;
}

static bool locale_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool parse_density(const char *name, struct app_options *out)
{
	for (int i = 0; i < NR_DENSITIES; i++) {
		if (strcmp(name, density_names[i]) == 0) {
			out->density = (enum density)i;
			out->has_density = true;
			return true;
		}
	}
	return false;
}

static bool no_color(void)
{
	const char *v = getenv("NO_COLOR");
	return v && *v;
}

static void bad_setting(const char *path, unsigned line, const char *key, const char *what)
{
	fprintf(stderr, "procgrid: %s:%u: key \"%s\": %s\n", path, line, key, what);
}

/* What the settings file says, where it can be used; what cannot is named and left out. */
static void apply_settings(const char *path, struct pg_settings *s, struct app_options *out,
			   enum palette *pal)
{
	struct pg_error err;
	struct theme scratch;
	theme_init(&scratch, PALETTE_DEFAULT, false);
	if (s->palette && !theme_parse_palette(s->palette, pal))
		bad_setting(path, s->palette_line, "palette", "must be default, safe or mono");
	if (s->density && !parse_density(s->density, out))
		bad_setting(path, s->density_line, "density",
			    "must be named, roomy, tight or packed");
	if (s->colors && theme_parse_colors(&scratch, s->colors, &err) < 0) {
		bad_setting(path, s->colors_line, "colors", err.text);
		free(s->colors);
		s->colors = NULL;
	}
	if (s->columns)
		out->columns = s->columns;
	if (s->has_delay)
		out->delay_ns = s->delay_ns;
	out->history_ns = s->history_ns;
	if (s->has_mouse)
		out->mouse = s->mouse;
}

int configure_app(const struct pg_options *o, struct app_options *out)
{
	struct pg_settings s = {0};
	struct pg_error err;
	enum palette pal = PALETTE_DEFAULT;
	*out = (struct app_options){.delay_ns = DELAY_DEFAULT_NS, .mouse = true};
	char *path = pg_settings_path();
	if (path) {
		pg_settings_load(path, &s, warn_settings, NULL);
		apply_settings(path, &s, out, &pal);
	}
	free(path);
	if (o->has_delay)
		out->delay_ns = o->delay_ns;
	if (o->history_ns)
		out->history_ns = o->history_ns;
	if (o->columns)
		out->columns = o->columns;
	if (o->no_mouse)
		out->mouse = false;
	out->limits = (struct pg_thresholds){.min_cpu = o->min_cpu, .io_any = o->io_any};
	out->filter.threads = o->processes ? PG_THREADS_NONE : PG_THREADS_ALL;
	out->colors = HEADLESS_COLORS;
	if (o->density)
		parse_density(o->density, out); /* checked by the options */
	if (o->palette)
		theme_parse_palette(o->palette, &pal); /* checked by the options */
	bool ascii = o->ascii || (s.has_ascii && s.ascii);
	theme_init(&out->theme, pal, locale_is_utf8() && !ascii);
	if (no_color())
		out->theme.by_class = true;
	if (s.colors)
		theme_parse_colors(&out->theme, s.colors, NULL);
	pg_settings_free(&s);
	if (o->colors && theme_parse_colors(&out->theme, o->colors, &err) < 0)
		return bad_option(&err);
	return 0;
}
