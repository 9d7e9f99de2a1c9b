/* SPDX-License-Identifier: MIT */
/*
 * grid: the running grid, for its own files: cmd_grid.c (starts and ends it), grid_loop.c (the one
 * poll() in which main sleeps), grid_feeds.c (where its frames come from), grid_hosts.c (the same
 * of other hosts), grid_replay.c (the same of a recording). All of it belongs to main's thread.
 */
#ifndef GRID_IMPL_H
#define GRID_IMPL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "canvas/canvas.h"
#include "cmd/options.h"
#include "engine/engine.h"
#include "engine/remote.h"
#include "past/past.h"
#include "source/witness.h"
#include "task/tally.h"
#include "term/term.h"

/*
 * Where the frames of one pane of the app come from, an engine or a remote; its place in the array
 * is the pane's number.
 */
struct grid_feed {
	struct pg_engine *engine; /* owned; NULL: a host */
	struct pg_remote *remote; /* owned; NULL: this machine */
	bool fresh;             /* the host was connected anew: the next frame has none before it */
	bool troubled;          /* the last sample failed, and the app says why */
	uint64_t cycles;        /* frames that came */
	uint64_t rest_until_ns; /* no frame of it is taken before: the last one was dear */
	struct pg_feed feed;
	struct pg_past *history; /* owned; its last frames */
};

struct grid {
	const struct pg_options *o;
	struct grid_feed *feeds; /* owned; as many as the app has panes */
	size_t nr_feeds;
	struct pg_past *recording; /* owned; a file that is replayed: then there are no feeds */
	struct pg_error notice;    /* what is wrong with it */
	int stop_fd;               /* owned; readable: a pipe is not waited for. 0: there is none */
	struct pg_witness *witness; /* of this machine; or NULL */
	struct pg_tally *tally;     /* NULL without --stats */
	struct app *app;
	struct term *term; /* NULL: headless */
	struct canvas canvas;
	int rows, cols; /* of the screen */
	struct app_options app_options;
	struct pg_plan plan;
	bool paced;

	int *keys; /* of --keys */
	size_t nr_keys, next_key;
	uint64_t cycles, max_cycles; /* seen; 0: no end. Of hosts: of each */
	uint64_t deadline_ns;        /* for hosts, headless; else 0 */
	bool quit, ended, dirty, frozen;
	bool more_input;   /* read, or to be read, but not yet looked at */
	int signal;        /* that ended us, or 0 */
	uint64_t typed_ns; /* headless: the clock, a second a key */
	uint64_t cost_cpu_ns, cost_mono_ns;
	struct pg_error error;
	bool failed;
	char selection[80];
};

/* ---- grid_loop.c ---- */

/* Until the user, a signal, the feeds or the number of cycles end it. */
void grid_loop(struct grid *g);
/* A frame was taken: one scripted key a cycle. */
void grid_next_key(struct grid *g);
/* What the app wished for in the last call. */
void grid_grant(struct grid *g);

/* ---- grid_replay.c ---- */

/*
 * Opens the file that is to be replayed; what cannot be sought in is left to be a feed. 0, or an
 * exit status; the message was printed.
 */
int grid_open_recording(struct grid *g);
void grid_close_recording(struct grid *g);
/* Tells the app of it. */
void grid_show_recording(struct grid *g);

/* ---- grid_feeds.c ---- */

/* Makes the feed of this machine, or of a tree like its /proc. Takes source over. An exit status.
 */
int grid_open_feeds(struct grid *g, struct pg_source *source);
void grid_close_feeds(struct grid *g);
/* Tells the app of the histories. */
void grid_show_pasts(struct grid *g);
/* For poll(): appends what is waited for to p, and counts it in *nr; milliseconds or -1. */
#define GRID_FEED_FDS  PG_REMOTE_FDS /* at most so many a feed */
#define GRID_MAX_FEEDS PG_MAX_HOSTS
void grid_poll_feeds(const struct grid *g, struct pollfd *p, nfds_t *nr);
int grid_feeds_timeout_ms(const struct grid *g);
/* Takes what is there, at most one frame a feed, and tells the app. False if there was none. */
bool grid_take_frames(struct grid *g);
void grid_take_details(struct grid *g);
/* The part of the wishes that is the feeds'. */
void grid_grant_feeds(struct grid *g, const struct app_wishes *w);
bool grid_enough(const struct grid *g); /* cycles */
/* The feed compares it with its last one, and the app shows it. Returns one to be recycled. */
void grid_measure_cost(struct grid *g); /* since the last call, for the header */
struct pg_snapshot *grid_push_frame(struct grid *g, size_t feed, struct pg_snapshot *s);
/* The earlier of two timeouts; -1: never. */
int grid_sooner(int a, int b);

/* ---- grid_hosts.c: the same for the hosts of --host ---- */

static inline bool grid_has_hosts(const struct grid *g)
{
	return g->o->nr_hosts > 0;
}
void grid_open_hosts(struct grid *g);
/* How many descriptors were put into p. */
size_t grid_poll_host(const struct grid *g, const struct grid_feed *feed, struct pollfd *p);
bool grid_take_hosts(struct grid *g);
int grid_hosts_timeout_ms(const struct grid *g);
void grid_grant_hosts(struct grid *g, const struct app_wishes *w);
/*
 * Each host has given its frames; headless, also if it was refused, or the time for that is over.
 */
bool grid_hosts_enough(const struct grid *g);

#endif
