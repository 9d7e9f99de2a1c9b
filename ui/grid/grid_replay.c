/* SPDX-License-Identifier: MIT */
/*
 * A recording on the screen. One that can be sought in needs no feed: its past is all there is. A
 * pipe is a feed like others (grid_feeds.c), with the frames that it has given behind it.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "cmd/cmd.h"
#include "grid_impl.h"
#include "stream/stream.h"

static bool can_seek(const char *path)
{
	struct stat st;
	bool piped = path[0] == '-' && path[1] == '\0';
	return !piped && (stat(path, &st) < 0 || S_ISREG(st.st_mode));
}

int grid_open_recording(struct grid *g)
{
	struct pg_error err;
	const char *path = g->o->recording;
	g->app_options.recorded = true;
	if (!can_seek(path))
		return 0;
	g->recording = pg_recording_open(path, &g->notice, &err);
	if (!g->recording) {
		pg_cmd_say("%s", err.text);
		return 1;
	}
	const struct pg_stream_head *head = pg_recording_head(g->recording);
	g->app_options.kernel = head->kernel[0] ? head->kernel : NULL;
	return 0;
}

void grid_close_recording(struct grid *g)
{
	if (!g->recording)
		return;
	/* It was on the screen, and is gone with it. */
	if (g->notice.text[0])
		pg_cmd_say("%s", g->notice.text);
	g->recording->ops->close(g->recording);
}

/* Who watches sees it play; a screen to be saved is that of its end, or after -n frames. */
void grid_show_recording(struct grid *g)
{
	uint64_t n = g->max_cycles;
	app_set_past(g->app, 0, g->recording);
	if (n || !g->term)
		app_go_to_frame(g->app, n ? n - 1 : UINT64_MAX);
	app_turn(g->app, pg_clock_ns(CLOCK_MONOTONIC));
	if (g->term && !n)
		app_play(g->app);
	if (g->notice.text[0])
		app_message(g->app, g->notice.text);
	g->max_cycles = 0;
	g->ended = true; /* no frame comes by itself */
}
