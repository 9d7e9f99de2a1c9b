/* SPDX-License-Identifier: MIT */
/*
 * fd_log: the log of `procgrid fd`, JSON Lines (doc/format.md): a header, samples, events, causes,
 * and an end. A sample has the members that fdprof writes, so that either's logs are read by what
 * reads the other's; all other records have a `type`, and no `open_fds`.
 *
 *   fd_log.c        made and written
 *   fd_log_read.c   read again, fdprof's own logs as well
 */
#ifndef PG_FD_LOG_H
#define PG_FD_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "fd_profile.h"

#define PG_FD_LOG_NAME "procgrid-fd.jsonl" /* else procgrid-fd.1.jsonl, .2, … */

struct pg_fd_log;

struct pg_fd_log_options {
	const char *path; /* NULL: the default, in the working directory; "-": stdout */
	bool force;       /* a regular file that is there is replaced */
};
/*
 * Makes a file of mode 0600 where pg_outlet_place_open() lets one be made; a link is never
 * followed. NULL with a message.
 */
struct pg_fd_log *pg_fd_log_create(const struct pg_fd_log_options *o, struct pg_error *err);
const char *pg_fd_log_path(const struct pg_fd_log *l);

/* What follows is kept until pg_fd_log_flush(). */
struct pg_fd_log_head {
	char *const *argv; /* of a command; NULL: none */
	int32_t pid;
	bool children;
	const struct pg_fd_profile *p; /* what, began, interval */
};
void pg_fd_log_head(struct pg_fd_log *l, const struct pg_fd_log_head *h);
/* Processes are written when they changed. kinds: of the last look; NULL: there was none since. */
void pg_fd_log_sample(struct pg_fd_log *l, double elapsed, const struct pg_fd_sample *s,
		      const uint32_t *kinds);
void pg_fd_log_event(struct pg_fd_log *l, const struct pg_fd_event *e);
void pg_fd_log_cause(struct pg_fd_log *l, const struct pg_fd_cause *c);
/* With what the profile says of its end. */
void pg_fd_log_end(struct pg_fd_log *l, const struct pg_fd_profile *p);
/*
 * Whole lines are with the kernel when it returns. 0, or -errno, once: then what was written
 * before stays whole, and nothing more is.
 */
int pg_fd_log_flush(struct pg_fd_log *l);
/* Frees it. remove: the file that was made as well. 0 or -errno. */
int pg_fd_log_close(struct pg_fd_log *l, bool remove);

/*
 * Reads a log into p, which is empty before; path "-" is stdin. 0: all of it; a notice says if its
 * last line was cut off. 1: lines were damaged and left out, the notice names the first. Or -errno
 * with a message: nothing in it can be analysed. A text is empty where there is nothing to say.
 */
int pg_fd_log_read(const char *path, struct pg_fd_profile *p, struct pg_error *notice,
		   struct pg_error *err);

#endif
