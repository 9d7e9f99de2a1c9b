/* SPDX-License-Identifier: MIT */
/* The one poll() in which main sleeps: keys, signals, feeds, births and deaths. */
#include "grid_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void grid_grant(struct grid *g)
{
	struct app_wishes w = app_take_wishes(g->app);
	if (w.quit)
		g->quit = true;
	grid_grant_feeds(g, &w);
	if (w.set_mouse && g->term)
		term_set_mouse(g->term, w.mouse);
	if (w.redraw && g->term)
		term_redraw(g->term);
}

static void press(struct grid *g, int code)
{
	app_key(g->app, code);
	grid_grant(g);
	g->dirty = true;
}

static void draw(struct grid *g)
{
	g->dirty = false;
	if (g->term)
		term_size(g->term, &g->rows, &g->cols);
	if (g->rows != g->canvas.rows || g->cols != g->canvas.cols)
		canvas_reset(&g->canvas, g->rows, g->cols);
	app_draw(g->app, &g->canvas);
	grid_grant(g); /* drawing a popup asks for its details */
	if (g->term && term_draw(g->term, &g->canvas, app_theme(g->app)) < 0)
		g->quit = true;
}

/* Without a terminal nobody can wait for a popup to fill: the picture waits. */
static void settle_details(struct grid *g)
{
	draw(g);
	if (g->nr_feeds == 0)
		return;
	struct pg_engine *e = g->feeds[0].engine;
	while (e && pg_engine_timeout_ms(e) >= 0) {
		struct pollfd p = {.fd = pg_engine_fd(e), .events = POLLIN};
		poll(&p, 1, pg_engine_timeout_ms(e));
		uint64_t unused;
		ssize_t n = read(p.fd, &unused, sizeof(unused));
		(void)n;
		grid_take_details(g);
		draw(g);
	}
}

static void type_next_key(struct grid *g)
{
	if (g->dirty)
		draw(g); /* moves go by what is on the screen */
	app_turn(g->app, g->typed_ns += PG_NS_PER_SEC);
	press(g, g->keys[g->next_key++]);
}

/* While frozen there are no cycles to wait for. */
void grid_next_key(struct grid *g)
{
	if (g->next_key < g->nr_keys)
		type_next_key(g);
	while (g->frozen && !g->quit && g->next_key < g->nr_keys)
		type_next_key(g);
}

/* ---- with a terminal ---------------------------------------------------------------------------
 */

/* One event; false if there is none for now, or the program is to end. */
static bool take_event(struct grid *g, struct term_event ev)
{
	switch (ev.kind) {
	case TERM_NOTHING:
		return false;
	case TERM_KEY:
		press(g, ev.code);
		break;
	case TERM_HOVER:
		app_hover(g->app, ev.row, ev.col);
		break;
	case TERM_CLICK:
		app_click(g->app, ev.row, ev.col, false);
		break;
	case TERM_RIGHT_CLICK:
		app_click(g->app, ev.row, ev.col, true);
		break;
	case TERM_WHEEL:
		app_wheel(g->app, ev.lines);
		break;
	case TERM_RESIZE:
		break;
	case TERM_QUIT:
		g->signal = ev.code;
		g->quit = true;
		break;
	case TERM_LOST:
		g->quit = true;
		break;
	}
	g->dirty = true;
	return !g->quit;
}

/* A flood of input must not hold the picture: after so long the screen is drawn in between. */
#define INPUT_NS (PG_NS_PER_SEC / 50)

/* True if there may be more. */
static bool take_input(struct grid *g)
{
	uint64_t until = pg_clock_ns(CLOCK_MONOTONIC) + INPUT_NS;
	struct term_event hover = {.kind = TERM_NOTHING};
	bool more = true;
	while (more && pg_clock_ns(CLOCK_MONOTONIC) < until) {
		struct term_event ev = term_next(g->term);
		/* Of a run of motions only the last one counts. */
		if (ev.kind == TERM_HOVER) {
			hover = ev;
			continue;
		}
		take_event(g, hover);
		hover.kind = TERM_NOTHING;
		more = take_event(g, ev);
	}
	take_event(g, hover);
	grid_grant(g);
	return more && !g->quit;
}

#define BEHIND_MS 100 /* a terminal that did not take the last screen is asked again so often */

static int poll_timeout(const struct grid *g)
{
	if (g->more_input)
		return 0;
	int ms = grid_sooner(grid_feeds_timeout_ms(g), pg_witness_timeout_ms(g->witness));
	ms = grid_sooner(ms, app_timeout_ms(g->app, pg_clock_ns(CLOCK_MONOTONIC)));
	return term_behind(g->term) ? grid_sooner(ms, BEHIND_MS) : ms;
}

/* Beside the feeds: keys, signals, births and deaths. */
#define MAX_POLLED (3 + GRID_FEED_FDS * GRID_MAX_FEEDS)

/* What was recorded stays on the screen, and behind it what had come before. */
static bool has_ended(const struct grid *g)
{
	bool stays = g->recording || (g->o->recording && g->cycles);
	return (g->failed || g->ended) && !stays;
}

static void loop_with_terminal(struct grid *g)
{
	while (!g->quit) {
		if (g->dirty)
			draw(g);
		struct pollfd p[MAX_POLLED] = {
			{.fd = term_input_fd(g->term), .events = POLLIN},
			{.fd = term_signal_fd(g->term), .events = POLLIN},
			{.fd = pg_witness_fd(g->witness), .events = POLLIN},
		};
		nfds_t nr = 3;
		grid_poll_feeds(g, p, &nr);
		if (g->quit || (poll(p, nr, poll_timeout(g)) < 0 && errno != EINTR))
			break;
		if (app_turn(g->app, pg_clock_ns(CLOCK_MONOTONIC)) || term_behind(g->term))
			g->dirty = true;
		/* Keys first: a screen that answers late is worse than one that is late. */
		if (p[0].revents || p[1].revents || g->more_input)
			g->more_input = take_input(g);
		pg_witness_drain(g->witness);
		grid_take_frames(g);
		grid_take_details(g);
		if (has_ended(g) || grid_enough(g))
			break;
	}
}

/* ---- without -----------------------------------------------------------------------------------
 */

/* False if that failed. */
static bool wait_for_frames(struct grid *g)
{
	struct pollfd p[MAX_POLLED] = {{.fd = pg_witness_fd(g->witness), .events = POLLIN}};
	nfds_t nr = 1;
	grid_poll_feeds(g, p, &nr);
	int ms = grid_sooner(grid_feeds_timeout_ms(g), pg_witness_timeout_ms(g->witness));
	if (poll(p, nr, ms) < 0 && errno != EINTR)
		return false;
	pg_witness_drain(g->witness);
	return true;
}

static void loop_headless(struct grid *g)
{
	if (g->recording)
		draw(g);
	/* Frozen with no key left to thaw it, nothing more will come. */
	while (!g->quit && !g->ended && !grid_enough(g) && !g->frozen) {
		if (grid_take_frames(g))
			settle_details(g);
		else if (!g->ended && !grid_enough(g) && !wait_for_frames(g))
			break; /* enough: a host that gave nothing may have been the last */
	}
	/* A tree of few cycles still takes all the keys; hosts have no cycle in common. */
	while (!g->quit && !g->failed && (grid_has_hosts(g) || !grid_enough(g)) &&
	       g->next_key < g->nr_keys) {
		grid_next_key(g);
		settle_details(g);
	}
	if (g->dirty) /* a host's state is news, too */
		draw(g);
}

void grid_loop(struct grid *g)
{
	g->dirty = true;
	if (g->term)
		loop_with_terminal(g);
	else
		loop_headless(g);
}
