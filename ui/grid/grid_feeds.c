/* SPDX-License-Identifier: MIT */
/* Where the frames of the grid come from: engines, and what is asked of them. */
#include "grid_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

int grid_sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

bool grid_enough(const struct grid *g)
{
	if (grid_has_hosts(g))
		return grid_hosts_enough(g);
	return g->max_cycles && g->cycles >= g->max_cycles;
}

void grid_measure_cost(struct grid *g)
{
	uint64_t cpu = pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t mono = pg_clock_ns(CLOCK_MONOTONIC);
	if (g->cost_mono_ns && mono > g->cost_mono_ns)
		app_own_cost(g->app,
			     (double)(cpu - g->cost_cpu_ns) / (double)(mono - g->cost_mono_ns));
	g->cost_cpu_ns = cpu;
	g->cost_mono_ns = mono;
}

struct pg_snapshot *grid_push_frame(struct grid *g, size_t i, struct pg_snapshot *s)
{
	struct grid_feed *feed = &g->feeds[i];
	struct pg_snapshot *spare = pg_feed_push(&feed->feed, s);
	struct pg_frame f = pg_feed_frame(&feed->feed);
	if (!f.snap->partial) /* a glance: the whole of it follows at once */
		pg_history_add(feed->history, f.snap);
	pg_tally_frame(g->tally, &f, pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID));
	app_frame(g->app, i, &f);
	feed->cycles++;
	g->dirty = true;
	return spare;
}

static void take_frame(struct grid *g, size_t i, struct pg_snapshot *s)
{
	pg_engine_recycle(g->feeds[i].engine, grid_push_frame(g, i, s));
	if (g->paced)
		grid_measure_cost(g);
	g->cycles++;
	grid_next_key(g);
}

/* At most one frame: between two there is time for keys. True if there was one. */
static bool take_snapshot(struct grid *g, size_t i)
{
	struct pg_snapshot *s;
	if (g->quit || g->ended || grid_enough(g))
		return false;
	enum pg_take t = pg_engine_take(g->feeds[i].engine, &s, &g->error);
	if (t == PG_TAKE_SNAPSHOT)
		take_frame(g, i, s);
	if (t == PG_TAKE_AGAIN || (t == PG_TAKE_SNAPSHOT && g->feeds[i].troubled)) {
		g->feeds[i].troubled = t == PG_TAKE_AGAIN;
		app_message(g->app, g->feeds[i].troubled ? g->error.text : "");
		g->dirty = true;
	}
	g->failed = t == PG_TAKE_ERROR;
	g->ended = t == PG_TAKE_END || t == PG_TAKE_ERROR;
	if (g->ended && g->o->recording) {
		app_message(g->app, g->failed ? g->error.text : "this is the end of the stream");
		g->dirty = true;
	}
	return t == PG_TAKE_SNAPSHOT;
}

bool grid_take_frames(struct grid *g)
{
	bool any = false;
	if (grid_has_hosts(g))
		return grid_take_hosts(g);
	for (size_t i = 0; i < g->nr_feeds; i++)
		any |= take_snapshot(g, i);
	return any;
}

/* Details are this machine's alone: of the first feed. */
void grid_take_details(struct grid *g)
{
	struct pg_inquiry of;
	struct pg_detail d = {0};
	if (g->nr_feeds == 0 || !g->feeds[0].engine)
		return;
	enum pg_detail_state state = pg_engine_take_detail(g->feeds[0].engine, &of, &d);
	if (state == PG_DETAIL_NONE)
		return;
	app_detail(g->app, state, of, &d);
	grid_grant(g);
	g->dirty = true;
}

void grid_poll_feeds(const struct grid *g, struct pollfd *p, nfds_t *nr)
{
	for (size_t i = 0; !g->ended && i < g->nr_feeds; i++) {
		const struct grid_feed *feed = &g->feeds[i];
		if (feed->remote)
			*nr += grid_poll_host(g, feed, &p[*nr]);
		else
			p[(*nr)++] =
				(struct pollfd){.fd = pg_engine_fd(feed->engine), .events = POLLIN};
	}
}

int grid_feeds_timeout_ms(const struct grid *g)
{
	int ms = -1;
	if (grid_has_hosts(g))
		return grid_hosts_timeout_ms(g);
	for (size_t i = 0; i < g->nr_feeds; i++)
		ms = grid_sooner(ms, pg_engine_timeout_ms(g->feeds[i].engine));
	return ms;
}

/*
 * The inspector looks into a tree of cycles where the scanner is. A picture without a terminal must
 * not depend on whether that is on its way to the next cycle or has come there.
 */
static void await_scanner(const struct grid *g, struct pg_engine *e)
{
	struct pollfd p = {.fd = pg_engine_fd(e), .events = POLLIN};
	if (g->term || g->paced || g->ended || g->frozen)
		return;
	while (!pg_engine_is_ahead(e) && (poll(&p, 1, -1) >= 0 || errno == EINTR))
		;
}

void grid_grant_feeds(struct grid *g, const struct app_wishes *w)
{
	if (g->nr_feeds == 0)
		return;
	struct pg_engine *e = g->feeds[0].engine;
	if (grid_has_hosts(g)) {
		grid_grant_hosts(g, w);
		return;
	}
	if (w->set_delay)
		pg_engine_set_delay(e, w->delay_ns);
	if (w->set_freeze) {
		g->frozen = w->frozen;
		pg_engine_freeze(e, w->frozen);
	}
	if (w->sample_now)
		pg_engine_sample_now(e);
	if (w->set_scope && g->plan.scope != w->scope) {
		g->plan.scope = (uint8_t)w->scope;
		pg_engine_set_plan(e, &g->plan);
	}
	if (w->inspect) {
		await_scanner(g, e);
		pg_engine_inspect(e, w->inquiry);
	}
	if (w->set_focus)
		pg_engine_set_focus(e, w->focus, w->nr_focus);
}

static int open_feed(struct grid *g, struct grid_feed *feed, struct pg_source *source)
{
	struct pg_error err;
	struct pg_engine_options eo = {.source = source,
				       .plan = g->plan,
				       .delay_ns = g->app_options.delay_ns,
				       .glance_first = g->term != NULL};
	pg_feed_init(&feed->feed, &g->app_options.limits);
	feed->history =
		pg_history_open(&(struct pg_history_options){.max_ns = g->app_options.history_ns});
	feed->engine = pg_engine_open(&eo, &err);
	if (feed->engine)
		return 0;
	fprintf(stderr, "procgrid: %s\n", err.text);
	return 1;
}

int grid_open_feeds(struct grid *g, struct pg_source *source)
{
	g->nr_feeds = 1;
	g->feeds = pg_calloc(g->nr_feeds, sizeof(g->feeds[0]));
	int status = open_feed(g, &g->feeds[0], source);
	g->feeds[0].feed.witness = g->witness;
	return status;
}

void grid_show_pasts(struct grid *g)
{
	for (size_t i = 0; i < g->nr_feeds; i++)
		app_set_past(g->app, i, g->feeds[i].history);
}

void grid_close_feeds(struct grid *g)
{
	if (g->stop_fd > 0)
		eventfd_write(g->stop_fd, 1);
	for (size_t i = 0; i < g->nr_feeds; i++)
		pg_remote_stop(g->feeds[i].remote);
	for (size_t i = 0; i < g->nr_feeds; i++) {
		pg_engine_close(g->feeds[i].engine);
		pg_remote_close(g->feeds[i].remote);
		pg_feed_free(&g->feeds[i].feed);
		if (g->feeds[i].history)
			g->feeds[i].history->ops->close(g->feeds[i].history);
	}
	free(g->feeds);
}
