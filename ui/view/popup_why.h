/* SPDX-License-Identifier: MIT */
/*
 * popup_why: the one sentence that says why a cell has its colour: which counters moved by how much
 * in the last cycle. Shared by box, page and status line. Pure.
 */
#ifndef POPUP_WHY_H
#define POPUP_WHY_H

#include "base/util.h"
#include "popup.h"

/* A task as popup sees it; task is NULL if neither the frame nor its exited tasks have it. */
struct popup_subject {
	const struct popup_input *in;
	const struct pg_snapshot *snap;
	const struct pg_proc *proc;
	const struct pg_task *task;
	bool exited;             /* its values are those of the previous snapshot */
	bool brief;              /* it lived between two samples: little else is known */
	int exit_code;           /* if it has exited; -1: unknown */
	int64_t ended_ns;        /* wall time, if that was in a frame before; else 0 */
	struct pg_change change; /* its own */
	struct pg_change
		leader; /* that of its leader: rss and fds; nothing known if there is none */
};

struct popup_subject popup_find(const struct popup_input *in);

/* Facts are joined by "; ". */
void popup_why(struct pg_buf *out, const struct popup_subject *s);

/* ": exit code 3", ": killed by signal 9 (KILL)"; nothing if it is not known. */
void popup_put_ending(struct pg_buf *out, int exit_code);

/* Ticks in ns; what a hostile file may claim stops at UINT64_MAX. */
uint64_t popup_ticks_ns(const struct pg_snapshot *snap, uint64_t ticks);

#endif
