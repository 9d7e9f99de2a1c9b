/* SPDX-License-Identifier: MIT */
/*
 * fd_links: all that one process has open, one by one: kind and target of every descriptor, sockets
 * with their addresses; and what was opened and closed between two looks. Needs ptrace access to
 * the process, as /proc/PID/fd does; without it there is nothing, and `refused` says so.
 *
 * fd_links_read.c looks, fd_links.c counts and compares.
 *
 * A look takes about 5 us a descriptor (3 of them readlink and stat), 8 us a socket, and what it
 * takes to read the tables of the sockets' namespace (fd_net): ten thousand UDP sockets, half a
 * second. It asks for no more of a file than what the kernel has at hand (AT_STATX_DONT_SYNC).
 */
#ifndef PG_FD_LINKS_H
#define PG_FD_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "fd_kind.h"

#define PG_FD_LINKS_MAX                                                                            \
	65536 /* descriptors looked at; of what is beyond only the number is known */
#define PG_FD_LINKS_TEXT                                                                           \
	(16 * 1024 * 1024) /* bytes of targets; descriptors after it are beyond                    \
			    */

struct pg_fd_link {
	int32_t fd;
	uint8_t kind;         /* enum pg_fd_kind */
	uint32_t target, len; /* in text: bytes of any kind; of sockets see fd_kind.h */
	uint64_t inode;       /* of sockets and pipes: which one; 0: not known */
};
struct pg_fd_links {
	struct pg_fd_link *items; /* by fd */
	size_t nr, cap;
	size_t beyond; /* further ones, not looked at */
	bool refused;  /* not permitted: nothing is known */
	bool gone;     /* it has ended, or is ending: nothing is known */
	bool failed;   /* something else (no descriptor left for it): nothing is known */
	struct pg_buf text;
};
/* Replaces what out holds. proc_root is "/proc" or another tree; tid a living thread of the
 * process; 0: any. */
void pg_fd_links_read(const char *proc_root, int32_t pid, int32_t tid, struct pg_fd_links *out);
/*
 * The same in pieces, for who has other things to do as well. out belongs to the look from its
 * begin to its end, and holds it when it is over; what opens or closes meanwhile is in it or not.
 * Of one that is ended before nothing is known (`failed`). A step is one descriptor, 2 to 8 us; to
 * read a piece of a table of sockets counts as PG_FD_LOOK_TABLE of them.
 */
#define PG_FD_LOOK_TABLE 32
struct pg_fd_look;
struct pg_fd_look *pg_fd_look_begin(const char *proc_root, int32_t pid, int32_t tid,
				    struct pg_fd_links *out);
/* At most so many steps. True: it is over. */
bool pg_fd_look_go(struct pg_fd_look *l, size_t steps);
/* NULL is allowed. */
void pg_fd_look_end(struct pg_fd_look *l);
void pg_fd_links_free(struct pg_fd_links *l);
/* Whether there is anything to count or compare. */
bool pg_fd_links_known(const struct pg_fd_links *l);
/* How many there are of each kind. */
void pg_fd_links_kinds(const struct pg_fd_links *l, uint32_t count[PG_FD_NR_KINDS]);

/* Descriptors of one kind under one prefix, and how many more or fewer there are. */
struct pg_fd_part {
	uint8_t kind;
	int32_t opened, closed; /* both ≥ 0, not both 0 */
	uint32_t now;           /* there are, after it */
	char *prefix;           /* owned; "" if it has none */
};
struct pg_fd_parts {
	struct pg_fd_part *items; /* the largest |opened - closed| first */
	size_t nr, cap;
};
/*
 * From one look to the next; NULL for before: all are new. A descriptor with the same number and
 * target counts as the same. At most max parts; further ones are put together as one without prefix
 * a kind, behind them. If either is not known, there are none.
 */
void pg_fd_links_compare(const struct pg_fd_links *before, const struct pg_fd_links *after,
			 size_t max, struct pg_fd_parts *out);
void pg_fd_parts_free(struct pg_fd_parts *p);
/* "+5 file /tmp/x/, -1 socket tcp 10.0.0.1:80"; the first few. Fit for a terminal. */
void pg_fd_parts_put(const struct pg_fd_parts *p, size_t max, struct pg_buf *out);

#endif
