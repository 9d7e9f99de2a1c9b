/* SPDX-License-Identifier: MIT */
/*
 * connector: the kernel's process connector, which tells of every fork, exec, rename and exit of a
 * process or thread (netlink, CN_PROC; drivers/connector/cn_proc.c). Two files:
 *
 *   connector_wire.c  bytes into an event, and gaps in the numbering into losses: pure
 *   connector.c       the socket
 *
 * Linux 6.6 and later let anybody listen, earlier ones need CAP_NET_ADMIN; in a pid, user or
 * network namespace other than the first there is no answer. One thread owns a connector.
 */
#ifndef PG_CONNECTOR_H
#define PG_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "task/task.h"

/* ---- an event ------------------------------------------------------------------------------- */

enum pg_event_what {
	PG_EVENT_OTHER, /* nothing that anybody here asks for; it only has a number in the row */
	PG_EVENT_ACK,   /* an answer to somebody's request to listen */
	PG_EVENT_FORK,  /* a process or, if tid and tgid differ, a thread is born */
	PG_EVENT_EXEC,
	PG_EVENT_COMM, /* renamed by prctl(2) or through /proc; an exec is not told as one */
	PG_EVENT_UID,
	PG_EVENT_EXIT,
};

#define PG_COMM_MAX 16 /* TASK_COMM_LEN, with the NUL byte that need not be there */

struct pg_event {
	enum pg_event_what what;
	uint32_t cpu, seq; /* numbered by each CPU for itself, modulo 2^32 */
	uint64_t mono_ns;  /* CLOCK_MONOTONIC */
	int32_t tid, tgid; /* whom it happened to */
	/*
	 * FORK: the parent; for a thread the parent of its process, as the kernel sees it (its
	 * creator is not told). Both are > 0 where they are known.
	 */
	int32_t parent_tid, parent_tgid;
	int exit_code;          /* EXIT: 0-255, or PG_KILLED + signal (task.h) */
	uint32_t uid;           /* UID: the real one */
	char comm[PG_COMM_MAX]; /* COMM: padded with NUL bytes */
	uint32_t ack, error;    /* ACK: number of the request + 1; an errno, or 0 */
};

/*
 * Takes the next event out of a datagram: *at is where to begin (0 at first) and is moved on. False
 * when there is none left. Anything may be in there: what is cut short, of another connector or of
 * no known shape ends the datagram, and never is read beyond len.
 */
bool pg_event_parse(const void *datagram, size_t len, size_t *at, struct pg_event *out);

/*
 * How many events got lost: each CPU counts its own, so every gap is that many lost ones, exactly
 * (known when the next one of that CPU arrives). Zeroed, nothing has been seen. Numbers of CPUs
 * from PG_LOSS_CPUS on (of no machine there is) are not followed.
 */
#define PG_LOSS_CPUS 8192
struct pg_losses {
	struct {
		uint32_t next;
		bool seen;
	} * cpus;
	size_t nr, cap;
	uint64_t lost;
};
void pg_losses_see(struct pg_losses *l, uint32_t cpu, uint32_t seq);
void pg_losses_free(struct pg_losses *l);

/* ---- the socket ----------------------------------------------------------------------------- */

struct pg_connector;

/* Waits for the kernel's answer, some 10 ms at most. NULL: err says why there is no connector. */
struct pg_connector *pg_connector_open(struct pg_error *err);
/* Tells the kernel that we are gone (and all the same it would notice: see connector.c). */
void pg_connector_close(struct pg_connector *c);
/* The same and nothing else, in a signal handler; c is of no use afterwards. NULL is allowed. */
void pg_connector_silence(const struct pg_connector *c);

/*
 * For poll(): below about 200 events a second the descriptor, readable when there is something to
 * drain; above it -1 and a time of some ms, for waking up for each single one would cost too much.
 */
int pg_connector_fd(const struct pg_connector *c);
/* Milliseconds until it wants to be drained, or -1: when its descriptor is readable. */
int pg_connector_timeout_ms(const struct pg_connector *c);
/* Whether events are few, so that each one wakes us. */
bool pg_connector_is_calm(const struct pg_connector *c);

typedef void (*pg_event_fn)(void *arg, const struct pg_event *ev);
/*
 * Hands over what is waiting, in the order in which it was sent, for at most limit_ns. True if
 * there may be more.
 */
bool pg_connector_drain(struct pg_connector *c, uint64_t limit_ns, pg_event_fn fn, void *arg);

/* Since it was opened. */
uint64_t pg_connector_lost(const struct pg_connector *c);

#endif
