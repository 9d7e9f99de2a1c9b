/* SPDX-License-Identifier: MIT */
/*
 * player: where in a past one is, and how it goes on: stopped, or played at a pace. Pure but for
 * the past that it reads: time is given to it. It makes frames of two neighbours, as a feed does.
 *
 * The past may go on meanwhile: its end is asked for anew each time. The frame on which one stands
 * stays, with the one before it, also when it has fallen out of the past; from there on is then the
 * first that there is.
 */
#ifndef PG_PLAYER_H
#define PG_PLAYER_H

#include "past.h"
#include "task/delta.h"

struct pg_player;

/* The past stays the caller's. It stands nowhere before the first pg_player_go(). */
struct pg_player *pg_player_new(struct pg_past *past, const struct pg_thresholds *limits);
void pg_player_free(struct pg_player *p);

/*
 * Goes to a frame (cut to what there is). 0, or -errno with a message and stays where it was:
 * -ENODATA if there is none at all. A frame without one before it is a first one (delta.h).
 */
int pg_player_go(struct pg_player *p, uint64_t frame, struct pg_error *err);
/*
 * By frames, or to the frame nearest in time of the recording, but at least by one; < 0 is back.
 * Stays where it is, which is no error, if there is nothing more on that side. Time is that of the
 * past's axis (past.h), here and where it is played.
 */
int pg_player_step(struct pg_player *p, int64_t frames, struct pg_error *err);
int pg_player_skip(struct pg_player *p, int64_t ns, struct pg_error *err);
uint64_t pg_player_at(const struct pg_player *p);
/* Its place on the past's axis; stays when the frame has fallen out. */
int64_t pg_player_at_ns(const struct pg_player *p);
bool pg_player_is_last(const struct pg_player *p);

/*
 * pace: 1 is as it was recorded, INFINITY as fast as can be; what is not > 0 is 1. Playing is on
 * the clock of now_ns (monotonic). At the last frame it does not play. After a move to elsewhere
 * the beat begins anew with the next pg_player_turn().
 */
void pg_player_play(struct pg_player *p, bool on, uint64_t now_ns);
bool pg_player_is_playing(const struct pg_player *p);
void pg_player_set_pace(struct pg_player *p, double pace, uint64_t now_ns);
double pg_player_pace(const struct pg_player *p);
/* Milliseconds until pg_player_turn() has something to do; -1: nothing. */
int pg_player_timeout_ms(const struct pg_player *p, uint64_t now_ns);
/*
 * Takes the next frame if it is due: 1 it did, 0 not yet. Never more than one, and who comes late
 * gets no burst of them. Stops on the last frame, and at an error: -errno.
 */
int pg_player_turn(struct pg_player *p, uint64_t now_ns, struct pg_error *err);

/* Valid until the next call that moves; snap is NULL while it stands nowhere. */
struct pg_frame pg_player_frame(const struct pg_player *p);

#endif
