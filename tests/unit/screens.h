/* SPDX-License-Identifier: MIT */
/*
 * screens: an app on a canvas, for tests of what a user sees: as text, as often as one asks. A test
 * has it in its own stage, beside the frames that it feeds to the app.
 */
#ifndef SCREENS_H
#define SCREENS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "canvas/keys.h"

struct screen {
	struct app *a;
	struct canvas c;
	struct pg_buf text;
};

/* What all of these tests start with: a terminal of 256 colours, a frame a second. */
static inline struct app_options screen_options(bool utf8)
{
	struct app_options o = {.colors = 256, .delay_ns = PG_NS_PER_SEC, .mouse = true};
	theme_init(&o.theme, PALETTE_DEFAULT, utf8);
	o.limits.min_cpu = PG_MIN_CPU_DEFAULT;
	return o;
}

static inline void screen_open(struct screen *s, const struct app_options *o, int rows, int cols)
{
	*s = (struct screen){.a = app_new(o)};
	canvas_init(&s->c, rows, cols, o->theme.utf8);
}

static inline void screen_close(struct screen *s)
{
	pg_buf_free(&s->text);
	canvas_free(&s->c);
	app_free(s->a);
}

/* Keys as --keys takes them. Moves go by what is on the screen, so it is drawn behind each. */
static inline void press(struct screen *s, const char *keys)
{
	int *codes = NULL;
	size_t nr = 0;
	char bad[32];
	cr_assert(key_parse_list(keys, &codes, &nr, bad), "%s", bad);
	app_draw(s->a, &s->c);
	for (size_t i = 0; i < nr; i++) {
		app_key(s->a, codes[i]);
		app_draw(s->a, &s->c);
	}
	free(codes);
}

static inline const char *shown(struct screen *s)
{
	app_draw(s->a, &s->c);
	pg_buf_clear(&s->text);
	canvas_save(&s->c, &s->text);
	return pg_buf_cstr(&s->text);
}

static inline void expect(struct screen *s, const char *want)
{
	cr_expect(strstr(shown(s), want), "no \"%s\" in\n%s", want, shown(s));
}

static inline void expect_not(struct screen *s, const char *unwanted)
{
	cr_expect(!strstr(shown(s), unwanted), "\"%s\" in\n%s", unwanted, shown(s));
}

#endif
