/* SPDX-License-Identifier: MIT */
/*
 * remote: another host as a feed. Starts the user's own ssh with procgrid at its other end, reads
 * its stream in an engine (engine.h), and starts it again, with growing pauses, whenever it ends:
 *
 *   open → (poll → turn → take*)* → close
 *
 * All of it belongs to main's thread but what the engine does in its own; no call waits for the
 * host. What comes over the wire is untrusted: lines and tasks are bounded, the stream is checked
 * by its reader (stream.h), and texts are raw bytes, to be made safe by whoever shows them.
 *
 * ssh gets no terminal to ask on: its standard input is /dev/null and it is in a session of its
 * own, so that neither a prompt nor a Ctrl-C of our terminal reaches it. Whoever wants to be asked
 * sets SSH_ASKPASS; without it BatchMode is on, and ssh refuses at once instead.
 */
#ifndef PG_REMOTE_H
#define PG_REMOTE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "engine.h"
#include "stream/stream.h"

/*
 * What a foreign stream may ask of us. A task takes about 100 bytes of a complete frame, so a line
 * of 64 MiB tells of more than half a million. All hosts together may ask for no more than
 * PG_REMOTE_FULL of them: for lines that have no end yet that is 256 MiB. Of more hosts each may
 * have a half, a quarter …: of 64 still 4 MiB, and 62,500 tasks.
 */
#define PG_REMOTE_LINE  (64u << 20)
#define PG_REMOTE_TASKS 1000000u
#define PG_REMOTE_FULL  4u
struct pg_stream_limits pg_remote_limits(size_t nr_hosts);

/* The same for all hosts; strings stay the caller's and must outlive the remote. */
struct pg_remote_options {
	const char *command; /* of the other end, as its shell reads it; NULL: "procgrid" */
	uint64_t delay_ns;
	bool processes;   /* -p */
	const char *user; /* -u; or NULL */
	size_t nr_hosts;  /* that share what they may ask of us; 0: this one alone */
	bool every_frame; /* none is lost to a newer one: for tests, where nobody waits */
};

/* Appends what the other end's shell is given: "procgrid --json --compact …", words quoted. */
void pg_remote_command(const struct pg_remote_options *o, struct pg_buf *out);

struct pg_remote;

/*
 * The host stays the caller's; it does not begin with "-" (options.h sees to that, and ssh is
 * told). Never NULL; ssh is started by the first turn.
 */
struct pg_remote *pg_remote_open(const char *host, const struct pg_remote_options *o);
/* Of many, all are stopped before the first is closed: none is waited for alone. */
void pg_remote_stop(struct pg_remote *r); /* NULL, here and below, is allowed */
/* Ends ssh and waits for it, for a second at most. */
void pg_remote_close(struct pg_remote *r);

/*
 * For poll(): descriptors (up to PG_REMOTE_FDS, returns how many; frames: those are to be taken),
 * and milliseconds or -1.
 */
#define PG_REMOTE_FDS 2
size_t pg_remote_fds(const struct pg_remote *r, bool frames, struct pollfd p[PG_REMOTE_FDS]);
int pg_remote_timeout_ms(const struct pg_remote *r);
/* After each poll(): starts, ends, reaps ssh and reads what it says. True: its status has changed.
 */
bool pg_remote_turn(struct pg_remote *r);
/*
 * The newest frame that has come; *fresh: the first since the host was connected, to be compared
 * with none before it. NULL if there is none. It is then the caller's, to be given back by
 * pg_remote_recycle().
 */
struct pg_snapshot *pg_remote_take(struct pg_remote *r, bool *fresh);
void pg_remote_recycle(struct pg_remote *r, struct pg_snapshot *spare);
/* One that waits is tried again by the next turn. */
void pg_remote_retry(struct pg_remote *r);

enum pg_remote_state {
	PG_REMOTE_CONNECTING, /* no frame has come yet */
	PG_REMOTE_LIVE,
	PG_REMOTE_LATE,    /* the next frame should have come */
	PG_REMOTE_REFUSED, /* ended without a frame; is tried again */
	PG_REMOTE_ENDED,   /* ended after one; is tried again */
};
struct pg_remote_status {
	enum pg_remote_state state;
	/* CONNECTING: since the start; LIVE, LATE: since the last frame; else: until the next try.
	 */
	unsigned seconds;
	char why[256]; /* REFUSED, ENDED: what ssh or the stream said, raw; may be empty */
};
void pg_remote_status(const struct pg_remote *r, struct pg_remote_status *out);

#endif
