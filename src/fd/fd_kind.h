/* SPDX-License-Identifier: MIT */
/*
 * fd_kind: what a descriptor is, by what its link in /proc/PID/fd says (proc_pid_fd(5)), and the
 * prefix under which such links are counted together. Pure; links are bytes of any kind.
 */
#ifndef PG_FD_KIND_H
#define PG_FD_KIND_H

#include <stddef.h>

#include "base/util.h"

enum pg_fd_kind {
	PG_FD_FILE,
	PG_FD_DIRECTORY,
	PG_FD_SOCKET,
	PG_FD_PIPE, /* and named ones */
	PG_FD_EVENTFD,
	PG_FD_EPOLL,
	PG_FD_TIMERFD,
	PG_FD_SIGNALFD,
	PG_FD_INOTIFY,
	PG_FD_MEMFD,
	PG_FD_DEVICE,
	PG_FD_DELETED, /* a file without a name any more */
	PG_FD_OTHER,   /* io_uring, pidfd, bpf, perf, userfaultfd, … */
	PG_FD_NR_KINDS
};
const char *pg_fd_kind_name(enum pg_fd_kind kind);              /* "file", "eventfd" */
enum pg_fd_kind pg_fd_kind_by_name(const char *name, size_t n); /* PG_FD_NR_KINDS: none */

/*
 * mode is of stat(2) of the link itself followed (S_IFMT), 0 if not known: a path alone does not
 * tell a file from a directory or a device. Or'ed to it may be that the file has its name: then
 * " (deleted)" and "/memfd:" are part of that name.
 */
#define PG_FD_HAS_NAME 0x80000000u
enum pg_fd_kind pg_fd_kind_of(const char *target, size_t n, unsigned mode);

/*
 * What a target is counted under: of a path its directory ("/var/log/"), of a socket as fd_links
 * writes it its protocol and remote address ("tcp 10.0.0.1:5432"), or the local one if it has no
 * other or was accepted there; of PG_FD_OTHER what it is ("io_uring"); of all others nothing.
 * Of a path whose directory is longer than PG_FD_PREFIX_MAX it is one above that is not. Appended
 * to out.
 */
#define PG_FD_PREFIX_MAX 256 /* bytes: prefixes are kept for the whole of a run */
void pg_fd_prefix(enum pg_fd_kind kind, const char *target, size_t n, struct pg_buf *out);

/*
 * A socket in words: "tcp 10.0.0.9:40112 -> 10.0.0.1:5432", "<-" if it was accepted; "tcp
 * 0.0.0.0:80", "unix /run/x.sock", "netlink"; "socket:[INODE]" if nothing more is known.
 */
#define PG_FD_OUTGOING " -> "
#define PG_FD_ACCEPTED " <- "

#endif
