/* SPDX-License-Identifier: MIT */
/* Frames of other hosts, each at its own pace: none waits for another, nor the keys for any. */
#include <stdlib.h>
#include <time.h>

#include "grid_impl.h"

#define HEADLESS_CYCLES 2 /* of each host: the least that shows colours */
#define HEADLESS_NS     (10 * PG_NS_PER_SEC)
/* After a frame its host rests so many times what that cost: none takes more than a fifth of main.
 */
#define REST          4
#define COST_EVERY_NS (PG_NS_PER_SEC / 2)

void grid_open_hosts(struct grid *g)
{
	const struct pg_options *o = g->o;
	const struct pg_remote_options ro = {.command = o->remote_command,
					     .delay_ns = g->app_options.delay_ns,
					     .processes = o->processes,
					     .user = o->user,
					     .nr_hosts = o->nr_hosts,
					     .every_frame = g->term == NULL};
	/* What is kept of the past is bounded as it is for one machine, whatever the hosts. */
	const struct pg_history_options ho = {.max_ns = g->app_options.history_ns,
					      .max_bytes = PG_HISTORY_BYTES / o->nr_hosts};
	g->nr_feeds = o->nr_hosts;
	g->feeds = pg_calloc(g->nr_feeds, sizeof(g->feeds[0]));
	for (size_t i = 0; i < g->nr_feeds; i++) {
		pg_feed_init(&g->feeds[i].feed, &g->app_options.limits);
		g->feeds[i].history = pg_history_open(&ho);
		g->feeds[i].remote = pg_remote_open(o->hosts[i], &ro);
	}
	if (g->term)
		return;
	if (!g->max_cycles)
		g->max_cycles = HEADLESS_CYCLES;
	g->deadline_ns = pg_clock_ns(CLOCK_MONOTONIC) + HEADLESS_NS +
			 g->max_cycles * g->app_options.delay_ns;
}

static bool had_all(const struct grid *g, const struct grid_feed *feed)
{
	return g->max_cycles && feed->cycles >= g->max_cycles;
}

static bool wants_frames(const struct grid *g, const struct grid_feed *feed)
{
	return !had_all(g, feed) && pg_clock_ns(CLOCK_MONOTONIC) >= feed->rest_until_ns;
}

/* Headless, nothing more is waited for: the picture is taken of what it was then. */
static bool is_done(const struct grid *g, const struct grid_feed *feed)
{
	struct pg_remote_status s;
	pg_remote_status(feed->remote, &s);
	return !g->term &&
	       (had_all(g, feed) || s.state == PG_REMOTE_REFUSED || s.state == PG_REMOTE_ENDED);
}

size_t grid_poll_host(const struct grid *g, const struct grid_feed *feed, struct pollfd *p)
{
	return is_done(g, feed) ? 0 : pg_remote_fds(feed->remote, wants_frames(g, feed), p);
}

bool grid_hosts_enough(const struct grid *g)
{
	if (g->deadline_ns && pg_clock_ns(CLOCK_MONOTONIC) >= g->deadline_ns)
		return true;
	for (size_t i = 0; i < g->nr_feeds; i++)
		if (!is_done(g, &g->feeds[i]) && !had_all(g, &g->feeds[i]))
			return false;
	return true;
}

static void push(struct grid *g, size_t i, struct pg_snapshot *s)
{
	struct grid_feed *feed = &g->feeds[i];
	uint64_t from = pg_clock_ns(CLOCK_MONOTONIC);
	if (feed->fresh) {
		pg_feed_free(&feed->feed);
		pg_feed_init(&feed->feed, &g->app_options.limits);
		feed->fresh = false;
	}
	pg_remote_recycle(feed->remote, grid_push_frame(g, i, s));
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	feed->rest_until_ns = g->term ? now + REST * (now - from) : 0;
	if (g->term && now - g->cost_mono_ns >= COST_EVERY_NS)
		grid_measure_cost(g);
}

static bool take_host(struct grid *g, size_t i)
{
	struct grid_feed *feed = &g->feeds[i];
	struct pg_remote_status status;
	if (is_done(g, feed))
		return false;
	pg_remote_turn(feed->remote);
	struct pg_snapshot *s = NULL;
	bool fresh = false;
	if (wants_frames(g, feed))
		s = pg_remote_take(feed->remote, &fresh);
	feed->fresh |= fresh;
	/* While frozen they are read all the same, or the host would seem to be silent. */
	if (s && g->frozen)
		pg_remote_recycle(feed->remote, s);
	else if (s)
		push(g, i, s);
	pg_remote_status(feed->remote, &status);
	g->dirty |= app_host_status(g->app, i, &status);
	return s != NULL;
}

bool grid_take_hosts(struct grid *g)
{
	bool any = false;
	for (size_t i = 0; i < g->nr_feeds && !g->quit; i++)
		any |= take_host(g, i);
	return any;
}

static int ms_until(uint64_t at, uint64_t now)
{
	return at > now ? (int)((at - now) / 1000000 + 1) : 0;
}

int grid_hosts_timeout_ms(const struct grid *g)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	int ms = g->deadline_ns ? ms_until(g->deadline_ns, now) : -1;
	for (size_t i = 0; i < g->nr_feeds; i++) {
		const struct grid_feed *feed = &g->feeds[i];
		if (is_done(g, feed))
			continue;
		ms = grid_sooner(ms, pg_remote_timeout_ms(feed->remote));
		if (feed->rest_until_ns > now)
			ms = grid_sooner(ms, ms_until(feed->rest_until_ns, now));
	}
	return ms;
}

void grid_grant_hosts(struct grid *g, const struct app_wishes *w)
{
	if (w->set_freeze)
		g->frozen = w->frozen;
	for (size_t i = 0; i < g->nr_feeds && w->sample_now; i++)
		pg_remote_retry(g->feeds[i].remote);
}
