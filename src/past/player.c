/* SPDX-License-Identifier: MIT */
#include "player.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/util.h"

/* No frame is shown for longer: a hundred years, far from where sums of such would wrap. */
#define LONGEST_NS (INT64_C(3155760000) * (int64_t)PG_NS_PER_SEC)

struct pg_player {
	struct pg_past *past;
	struct pg_thresholds limits;
	/* The frame, the one before it, and two that the next ones are read into. */
	struct pg_snapshot *cur, *prev, *next, *next_prev;
	struct pg_snapshot snaps[4];
	bool stands;
	uint64_t at;
	int64_t at_ns; /* on the past's axis */
	struct pg_changes changes;

	bool playing;
	double pace;
	bool beats;       /* since_ns holds */
	int64_t since_ns; /* when the frame was due; may be before the clock began */
};

struct pg_player *pg_player_new(struct pg_past *past, const struct pg_thresholds *limits)
{
	struct pg_player *p = pg_calloc(1, sizeof(*p));
	p->past = past;
	p->limits = *limits;
	p->cur = &p->snaps[0];
	p->prev = &p->snaps[1];
	p->next = &p->snaps[2];
	p->next_prev = &p->snaps[3];
	p->pace = 1;
	return p;
}

void pg_player_free(struct pg_player *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < PG_ARRAY_LEN(p->snaps); i++)
		pg_snapshot_free(&p->snaps[i]);
	pg_changes_free(&p->changes);
	free(p);
}

/* ---- moving --------------------------------------------------------------------------------- */

static uint64_t first(const struct pg_player *p)
{
	return p->past->ops->first(p->past);
}

static uint64_t end(const struct pg_player *p)
{
	return p->past->ops->end(p->past);
}

static void swap(struct pg_snapshot **a, struct pg_snapshot **b)
{
	struct pg_snapshot *was = *a;
	*a = *b;
	*b = was;
}

/* Reads a frame and its neighbour; in order, which is cheap. What one stands on is not touched. */
static int read_pair(struct pg_player *p, uint64_t frame, bool has_prev, struct pg_error *err)
{
	int r = 0;
	if (has_prev)
		r = p->past->ops->get(p->past, frame - 1, p->next_prev, err);
	if (r == 0)
		r = p->past->ops->get(p->past, frame, p->next, err);
	return r;
}

static int stand_on(struct pg_player *p, uint64_t frame, struct pg_error *err)
{
	bool follows = p->stands && frame == p->at + 1; /* the neighbour is there already */
	bool has_prev = follows || frame > first(p);
	int r = read_pair(p, frame, has_prev && !follows, err);
	if (r == 0) {
		swap(follows ? &p->cur : &p->next_prev, &p->prev);
		swap(&p->cur, &p->next);
		p->stands = true;
		p->at = frame;
		p->at_ns = p->past->ops->axis_ns(p->past, frame);
		pg_delta(has_prev ? p->prev : NULL, p->cur, &p->limits, &p->changes);
	}
	pg_snapshot_clear(p->next);
	pg_snapshot_clear(p->next_prev);
	return r;
}

static uint64_t cut(const struct pg_player *p, uint64_t frame)
{
	uint64_t last = end(p) - 1;
	return frame < first(p) ? first(p) : frame > last ? last : frame;
}

int pg_player_go(struct pg_player *p, uint64_t frame, struct pg_error *err)
{
	if (first(p) == end(p))
		return pg_fail(err, -ENODATA, "there is no frame yet");
	frame = cut(p, frame);
	if (p->stands && frame == p->at)
		return 0;
	p->beats = false;
	int r = stand_on(p, frame, err);
	if (r == 0 && pg_player_is_last(p))
		p->playing = false;
	return r;
}

/* To a frame that lies ahead, or back; one that was asked to go back never goes on. */
static int go_towards(struct pg_player *p, uint64_t frame, bool back, struct pg_error *err)
{
	if (p->stands && first(p) < end(p)) {
		frame = cut(p, frame);
		if (back ? frame >= p->at : frame <= p->at)
			return 0;
	}
	return pg_player_go(p, frame, err);
}

int pg_player_step(struct pg_player *p, int64_t frames, struct pg_error *err)
{
	uint64_t way = frames < 0 ? 0 - (uint64_t)frames : (uint64_t)frames, to;
	if (frames < 0)
		to = way < p->at ? p->at - way : 0;
	else if (__builtin_add_overflow(p->at, way, &to))
		to = UINT64_MAX;
	return go_towards(p, to, frames < 0, err);
}

/* The frame nearest to a time so far from here. */
static uint64_t nearest(const struct pg_player *p, int64_t ns)
{
	int64_t to;
	if (__builtin_add_overflow(p->at_ns, ns, &to))
		to = ns < 0 ? INT64_MIN : INT64_MAX;
	uint64_t at = pg_past_at(p->past, to), next = at + 1 < end(p) ? at + 1 : at;
	int64_t before = p->past->ops->axis_ns(p->past, at);
	int64_t after = p->past->ops->axis_ns(p->past, next);
	if (before > to) /* all are later */
		return at;
	return (uint64_t)after - (uint64_t)to < (uint64_t)to - (uint64_t)before ? next : at;
}

int pg_player_skip(struct pg_player *p, int64_t ns, struct pg_error *err)
{
	if (!p->stands || first(p) == end(p))
		return pg_player_go(p, p->at, err);
	uint64_t to = nearest(p, ns);
	if (ns < 0 && to >= p->at)
		to = p->at ? p->at - 1 : 0;
	else if (ns > 0 && to <= p->at)
		to = p->at + 1;
	return go_towards(p, to, ns < 0, err);
}

uint64_t pg_player_at(const struct pg_player *p)
{
	return p->at;
}

int64_t pg_player_at_ns(const struct pg_player *p)
{
	return p->at_ns;
}

bool pg_player_is_last(const struct pg_player *p)
{
	return p->stands && p->at + 1 >= end(p);
}

struct pg_frame pg_player_frame(const struct pg_player *p)
{
	return (struct pg_frame){
		.snap = p->stands ? p->cur : NULL, .changes = &p->changes, .cycle = p->at};
}

/* ---- playing -------------------------------------------------------------------------------- */

/* What comes after the frame on which one stands, which may itself have fallen out. */
static uint64_t follower(const struct pg_player *p)
{
	return p->at + 1 < first(p) ? first(p) : p->at + 1;
}

/* How long the frame is shown, of the clock. */
static int64_t shown_ns(const struct pg_player *p)
{
	int64_t next = p->past->ops->axis_ns(p->past, follower(p));
	if (next <= p->at_ns)
		return 0;
	double ns = (double)((uint64_t)next - (uint64_t)p->at_ns) / p->pace;
	return ns < (double)LONGEST_NS ? (int64_t)ns : LONGEST_NS;
}

void pg_player_play(struct pg_player *p, bool on, uint64_t now_ns)
{
	if (on && !p->playing) {
		p->since_ns = (int64_t)now_ns;
		p->beats = true;
	}
	p->playing = on && p->stands && !pg_player_is_last(p);
}

bool pg_player_is_playing(const struct pg_player *p)
{
	return p->playing;
}

void pg_player_set_pace(struct pg_player *p, double pace, uint64_t now_ns)
{
	double was = p->pace;
	p->pace = pace > 0 ? pace : 1;
	if (!p->playing || !p->beats)
		return;
	/* What has been shown of the frame counts, at the pace at which it was. */
	double shown = (double)((int64_t)now_ns - p->since_ns) * was / p->pace;
	shown = shown < (double)LONGEST_NS ? shown : 0; /* from or to INFINITY */
	p->since_ns = (int64_t)now_ns - (int64_t)shown;
}

double pg_player_pace(const struct pg_player *p)
{
	return p->pace;
}

int pg_player_timeout_ms(const struct pg_player *p, uint64_t now_ns)
{
	if (!p->playing)
		return -1;
	int64_t left = p->since_ns + shown_ns(p) - (int64_t)now_ns;
	if (!p->beats || left <= 0)
		return 0;
	int64_t ms = (left + 999999) / 1000000;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

int pg_player_turn(struct pg_player *p, uint64_t now_ns, struct pg_error *err)
{
	if (!p->playing)
		return 0;
	if (!p->beats) {
		p->since_ns = (int64_t)now_ns;
		p->beats = true;
	}
	int64_t shown = shown_ns(p), due = p->since_ns + shown, now = (int64_t)now_ns;
	if (now < due)
		return 0;
	int r = pg_player_go(p, follower(p), err);
	if (r < 0) {
		p->playing = false;
		return r;
	}
	/* On time: the beat is kept. Late: it starts anew here. */
	p->since_ns = now - due > shown ? now : due;
	p->beats = true;
	return 1;
}
