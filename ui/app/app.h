/* SPDX-License-Identifier: MIT */
/*
 * app: the grid as a program without a terminal: state (cursor, pins, popup, filter, help), what
 * keys and the mouse do to it, and how the whole screen is drawn on a canvas. It is fed frames and
 * events and never waits; the loop that feeds it is in grid_loop.c. So everything a user can do can
 * be done by a test.
 */
#ifndef APP_H
#define APP_H

#include <stdbool.h>

#include "canvas/canvas.h"
#include "canvas/layout.h"
#include "canvas/theme.h"
#include "engine/engine.h"
#include "engine/remote.h"
#include "past/past.h"

struct app;

struct app_options {
	struct theme theme;
	int colors; /* of the terminal; 256 without one */
	uint64_t delay_ns;
	uint64_t history_ns; /* how much of the past is kept; 0: PG_HISTORY_NS */
	struct pg_thresholds limits;
	struct pg_filter filter;
	unsigned columns;
	bool has_density;
	enum density density;
	const char *const *hosts; /* a pane each, in this order; they outlive the app */
	size_t nr_hosts;          /* 0: this machine, in the only pane */
	const char *selection;    /* for the header: "user postgres", "3 PIDs"; NULL: all tasks */
	bool mouse;               /* whether help and legend speak of it */
	/* Why the kernel does not tell of births and deaths; NULL: it does, or did elsewhere. */
	const char *why_deaf;
	/*
	 * What is shown was recorded, in a file or at the other end of a pipe: no task of it can be
	 * asked or touched. kernel: of the machine where that was, or NULL.
	 */
	bool recorded;
	const char *kernel;
};

/* What app wants from its surroundings; the loop reads and clears it after each call. */
struct app_wishes {
	bool quit;
	bool redraw;     /* send the whole screen again */
	bool sample_now; /* with hosts: those that wait are tried again */
	bool set_freeze, frozen;
	bool set_delay;
	uint64_t delay_ns;
	bool set_scope;
	enum pg_scope scope; /* threads or whole processes */
	bool set_mouse, mouse;
	bool inspect; /* a task is asked about */
	struct pg_inquiry inquiry;
	bool set_focus; /* these tasks are looked at from now on, and no others */
	struct pg_focus focus[PG_FOCUS_MAX];
	size_t nr_focus;
};

struct app *app_new(const struct app_options *o);
void app_free(struct app *a);

/* A new frame of a pane, by its number from 0; it must stay valid until that pane's next one. */
void app_frame(struct app *a, size_t pane, const struct pg_frame *f);
/* What is known of a host (its pane); true if that changes what is to be seen. */
bool app_host_status(struct app *a, size_t pane, const struct pg_remote_status *s);
/*
 * The frames that a pane had, the last one of app_frame() among them; it stays the caller's. Of a
 * recording without frames that come, the first one is shown at once.
 */
void app_set_past(struct app *a, size_t pane, struct pg_past *past);
/*
 * The time, on a monotonic clock, before each round of events: what is played goes by it. True if
 * there is something new to draw. And how long until then: ms, -1 for ever.
 */
bool app_turn(struct app *a, uint64_t now_ns);
int app_timeout_ms(const struct app *a, uint64_t now_ns);
/* To a frame of the past, cut to what there is; and plays it from there. */
void app_go_to_frame(struct app *a, uint64_t frame);
void app_play(struct app *a);
void app_own_cost(struct app *a, double share); /* of one CPU, for the header */
void app_key(struct app *a, int code);
void app_hover(struct app *a, int row, int col);
void app_click(struct app *a, int row, int col, bool right);
void app_wheel(struct app *a, int lines);
/* The answer to an inquiry; takes the detail over. */
void app_detail(struct app *a, enum pg_detail_state state, struct pg_inquiry of,
		struct pg_detail *detail);
/* A line for the user, shown until the next key. */
void app_message(struct app *a, const char *text);

/* All of the canvas, whose size is the screen's, is drawn anew. */
void app_draw(struct app *a, struct canvas *c);
/* Keys change it: what the canvas is to be shown with. */
const struct theme *app_theme(const struct app *a);
struct app_wishes app_take_wishes(struct app *a);

#endif
