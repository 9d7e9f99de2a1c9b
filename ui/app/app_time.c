/* SPDX-License-Identifier: MIT */
/*
 * To and fro in time. Each pane has a past; whoever leaves now gets a player on it, and what the
 * player stands on is shown, while the feed goes on. With several panes one leads, the one that was
 * in focus: it moves by its frames, the others stand on theirs of the same time.
 */
#include "app_impl.h"

#include <stdio.h>
#include <string.h>

#define SKIP_NS  (10 * (int64_t)PG_NS_PER_SEC)
#define MIN_PACE (1.0 / 8)
#define MAX_PACE 64.0
/* Frames that are taken without a look at each, if the clock is that far ahead. */
#define MAX_BEHIND 16
/* Not the number of a frame, nor of the one before. */
#define NO_FRAME (UINT64_MAX - 1)

static struct pane *leader(const struct app *a)
{
	return &a->panes[a->leader];
}

static uint64_t first_of(const struct pane *p)
{
	return p->past->ops->first(p->past);
}

static uint64_t end_of(const struct pane *p)
{
	return p->past->ops->end(p->past);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static bool has_now(const struct app *a)
{
	for (size_t i = 0; i < a->nr_panes; i++)
		if (a->panes[i].has_live)
			return true;
	return false;
}

/* The player's place comes on the screen. */
static void pane_show(struct pane *p, const struct app *a)
{
	struct pg_frame f = pg_player_frame(p->player);
	uint64_t at = pg_player_at(p->player), was = p->shown_at;
	p->frame = f;
	p->has_frame = true;
	p->shown_at = at;
	if (at == was + 1)
		pg_model_update(p->model, &f);
	else if (at != was)
		pg_model_jump(p->model, &f);
	pg_model_busy(&f, &p->busy);
	pane_note_level(p, at, &f);
	if (!p->has_live)
		pane_watch_shown(p, &a->o.limits);
}

static void pane_leave(struct pane *p)
{
	if (!p->player)
		return;
	p->frame = p->live;
	p->has_frame = p->has_live;
	pg_model_jump(p->model, &p->frame);
	pg_model_remember(p->model, false);
	pg_model_busy(&p->frame, &p->busy);
	pg_player_free(p->player);
	p->player = NULL;
}

static void to_now(struct app *a)
{
	for (size_t i = 0; i < a->nr_panes; i++)
		pane_leave(&a->panes[i]);
	a->in_past = false;
}

/* True if the pane now has a player. One whose feed has given nothing yet goes without. */
static bool pane_enter(struct pane *p, const struct app *a, struct pg_error *err)
{
	pg_fail(err, 0, "nothing is kept of the past");
	if (p->player || !p->past)
		return p->player != NULL;
	struct pg_player *player = pg_player_new(p->past, &a->o.limits);
	/* Where one is: at the newest frame of what is live, at the oldest of a recording. */
	if (pg_player_go(player, p->has_live ? UINT64_MAX : 0, err) < 0) {
		pg_player_free(player);
		return false;
	}
	p->player = player;
	p->shown_at = NO_FRAME;
	pg_model_remember(p->model, true);
	return true;
}

/* Leaves now, if that is where one is. */
static bool to_past(struct app *a)
{
	struct pg_error err;
	if (a->in_past)
		return true;
	a->leader = a->in_focus;
	if (!pane_enter(leader(a), a, &err)) {
		app_message(a, err.text);
		return false;
	}
	for (size_t i = 0; i < a->nr_panes; i++)
		if (i != a->leader)
			pane_enter(&a->panes[i], a, &err);
	a->in_past = true;
	a->has_hover = false;
	return true;
}

/* The frame of another pane at that time of one. */
static uint64_t same_time(const struct pane *p, int64_t axis_ns, const struct pane *other)
{
	return pg_past_at(other->past, pg_past_same(p->past, axis_ns, other->past));
}

/* The leader has moved, or could not: the others follow, and all is shown. */
static void moved(struct app *a, int result, const struct pg_error *err)
{
	if (result < 0) /* it stands where it stood */
		app_message(a, err->text);
	int64_t at_ns = pg_player_at_ns(leader(a)->player);
	for (size_t i = 0; i < a->nr_panes; i++) {
		struct pane *p = &a->panes[i];
		struct pg_error unused;
		if (!p->player)
			continue;
		if (i != a->leader &&
		    pg_player_go(p->player, same_time(leader(a), at_ns, p), &unused) < 0)
			continue;
		pane_show(p, a);
	}
}

/* ---- moves ----------------------------------------------------------------------------------- */

static void say_end(struct app *a, bool back)
{
	if (back)
		app_message(a, has_now(a) ? "this is the oldest frame that is kept"
					  : "this is the first frame");
	else
		app_message(a, "this is the last frame");
}

/* By frames or, if there are none, by time. On from the newest frame of what is live: now. */
static void move_by(struct app *a, int64_t frames, int64_t ns)
{
	struct pg_error err;
	bool back = frames + ns < 0;
	if ((!a->in_past && !back) || !to_past(a))
		return;
	struct pg_player *p = leader(a)->player;
	uint64_t was = pg_player_at(p);
	if (!back && pg_player_is_last(p) && has_now(a)) {
		to_now(a);
		return;
	}
	int r = frames ? pg_player_step(p, frames, &err) : pg_player_skip(p, ns, &err);
	if (r == 0 && pg_player_at(p) == was)
		say_end(a, back);
	moved(a, r, &err);
}

void app_go_to_frame(struct app *a, uint64_t frame)
{
	struct pg_error err;
	if (to_past(a))
		moved(a, pg_player_go(leader(a)->player, frame, &err), &err);
}

static const struct pane *traveller(const struct app *a)
{
	return a->in_past ? leader(a) : app_focus(a);
}

/* What was asked for is beyond it. */
static void say_edge(struct app *a, const char *which, int64_t wall_ns)
{
	char text[64], clock[TIMELINE_TEXT];
	if (a->message[0])
		return;
	snprintf(text, sizeof(text), "the %s frame is of %s", which,
		 timeline_clock(clock, wall_ns, false));
	app_message(a, text);
}

static void go_to_first(struct app *a)
{
	const struct pane *p = traveller(a);
	int64_t ns = p->past->ops->wall_ns(p->past, first_of(p));
	app_go_to_frame(a, first_of(p));
	say_edge(a, "first", ns);
}

/* At the end of the past: now, where there is one. */
static void go_to_last(struct app *a)
{
	const struct pane *p = traveller(a);
	if (p->has_live) {
		to_now(a);
		return;
	}
	app_go_to_frame(a, UINT64_MAX);
	say_edge(a, "last", p->past->ops->wall_ns(p->past, end_of(p) - 1));
}

/* Frames do not come to the nanosecond: the nearest is meant, as by the keys that go so far. */
static void skip_to(struct app *a, int64_t axis_ns)
{
	struct pg_error err;
	int64_t way;
	if (!to_past(a))
		return;
	struct pg_player *p = leader(a)->player;
	if (__builtin_sub_overflow(axis_ns, pg_player_at_ns(p), &way))
		way = axis_ns < 0 ? INT64_MIN : INT64_MAX;
	moved(a, pg_player_skip(p, way, &err), &err);
}

void app_go_to(struct app *a, int64_t axis_ns)
{
	const struct pane *p = traveller(a);
	const struct pg_past_ops *ops = p->past->ops;
	if (axis_ns < ops->axis_ns(p->past, first_of(p)))
		go_to_first(a);
	else if (axis_ns >= ops->axis_ns(p->past, end_of(p) - 1))
		go_to_last(a);
	else
		skip_to(a, axis_ns);
}

void app_go_to_time(struct app *a, int64_t wall_ns)
{
	const struct pane *p = traveller(a);
	uint64_t frame, last = end_of(p) - 1, here = a->in_past ? pg_player_at(p->player) : last;
	if (pg_past_find(p->past, wall_ns, here, &frame) && frame < last)
		app_go_to_frame(a, frame);
	else if (wall_ns < p->past->ops->wall_ns(p->past, first_of(p)))
		go_to_first(a);
	else
		go_to_last(a);
}

void app_go_near(struct app *a, int64_t axis_ns)
{
	const struct pane *p = leader(a);
	uint64_t at = pg_past_at(p->past, axis_ns);
	double before = (double)axis_ns - (double)p->past->ops->axis_ns(p->past, at);
	if (at + 1 < end_of(p) &&
	    (double)p->past->ops->axis_ns(p->past, at + 1) - (double)axis_ns < before)
		at++;
	app_go_to_frame(a, at);
}

static void change_pace(struct app *a, double by)
{
	struct pg_player *p = leader(a)->player;
	double to = pg_player_pace(p) * by;
	if (to >= MIN_PACE && to <= MAX_PACE)
		pg_player_set_pace(p, to, a->now_ns);
}

/* At the end of a recording it plays from its beginning. */
static void play_or_pause(struct app *a)
{
	struct pg_player *p = leader(a)->player;
	bool on = !pg_player_is_playing(p);
	if (on && pg_player_is_last(p) && !has_now(a))
		app_go_to_frame(a, 0);
	else if (on && pg_player_is_last(p)) {
		to_now(a);
		return;
	}
	pg_player_play(p, on, a->now_ns);
}

bool app_time_act(struct app *a, enum action action)
{
	bool past = a->in_past;
	switch (action) {
	case ACT_BACK:
		move_by(a, -1, 0);
		return true;
	case ACT_ON:
		move_by(a, 1, 0);
		return true;
	case ACT_SKIP_BACK:
		move_by(a, 0, -SKIP_NS);
		return true;
	case ACT_SKIP_ON:
		move_by(a, 0, SKIP_NS);
		return true;
	case ACT_START:
		app_go_to_frame(a, 0);
		return true;
	case ACT_SAMPLE:
		if (past)
			play_or_pause(a);
		return past;
	case ACT_FREEZE:
		/* What was recorded stands still by not being played. */
		if (past && !has_now(a))
			pg_player_play(leader(a)->player, false, a->now_ns);
		return past && !has_now(a);
	case ACT_SLOWER:
	case ACT_FASTER:
		if (past)
			change_pace(a, action == ACT_FASTER ? 2 : 0.5);
		return past;
	default:
		return false;
	}
}

bool app_close_past(struct app *a)
{
	if (!a->in_past || !has_now(a))
		return false;
	to_now(a);
	return true;
}

/* ---- the clock ------------------------------------------------------------------------------- */

int app_timeout_ms(const struct app *a, uint64_t now_ns)
{
	return a->in_past ? pg_player_timeout_ms(leader(a)->player, now_ns) : -1;
}

bool app_turn(struct app *a, uint64_t now_ns)
{
	struct pg_error err;
	a->now_ns = now_ns;
	if (!a->in_past || !pg_player_is_playing(leader(a)->player))
		return false;
	struct pg_player *p = leader(a)->player;
	int r = 0;
	bool any = false;
	for (int i = 0; i < MAX_BEHIND && (r = pg_player_turn(p, now_ns, &err)) == 1; i++) {
		moved(a, 0, &err);
		any = true;
	}
	if (r < 0)
		app_message(a, err.text);
	/* It has caught up with what is live. */
	if (r >= 0 && !pg_player_is_playing(p) && has_now(a))
		to_now(a);
	return any || r < 0;
}

/* ---- pasts ----------------------------------------------------------------------------------- */

void app_set_past(struct app *a, size_t pane, struct pg_past *past)
{
	struct pane *p = &a->panes[pane];
	p->past = past;
	if (a->o.recorded && !p->has_live && first_of(p) < end_of(p))
		app_go_to_frame(a, 0);
}

void app_play(struct app *a)
{
	if (a->in_past)
		pg_player_play(leader(a)->player, true, a->now_ns);
}
