/* SPDX-License-Identifier: MIT */
/*
 * player: where in a past one is, and how it goes on: stopped, or played at a pace. Pure but for
 * the past that it reads: time is given to it. It makes frames of two neighbours, as a feed does.
 */
#ifndef PG_PLAYER_H
#define PG_PLAYER_H

#include "delta.h"
#include "past.h"

struct pg_player;

/* The past stays the caller's. */
struct pg_player *pg_player_new(struct pg_past *past, const struct pg_thresholds *limits);
void pg_player_free(struct pg_player *p);

/* Goes to a frame (cut to what there is). 0, or -errno with a message and stays where it was. */
int pg_player_go(struct pg_player *p, uint64_t frame, struct pg_error *err);
/* By frames, or by time of the recording; < 0 is back. */
int pg_player_step(struct pg_player *p, int64_t frames, struct pg_error *err);
int pg_player_skip(struct pg_player *p, int64_t ns, struct pg_error *err);
uint64_t pg_player_at(const struct pg_player *p);
bool pg_player_is_last(const struct pg_player *p);

/* pace: 1 is as it was recorded. Playing is on the clock of now_ns (monotonic). */
void pg_player_play(struct pg_player *p, bool on, uint64_t now_ns);
bool pg_player_is_playing(const struct pg_player *p);
void pg_player_set_pace(struct pg_player *p, double pace, uint64_t now_ns);
double pg_player_pace(const struct pg_player *p);
/* Milliseconds until the next frame is due; -1: none is. */
int pg_player_timeout_ms(const struct pg_player *p, uint64_t now_ns);
/* Takes the next frame if it is due: 1 it did, 0 not yet; stops at the end. -errno. */
int pg_player_turn(struct pg_player *p, uint64_t now_ns, struct pg_error *err);

/* Valid until the next call that moves. */
struct pg_frame pg_player_frame(const struct pg_player *p);

#endif
