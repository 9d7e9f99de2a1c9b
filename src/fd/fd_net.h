/* SPDX-License-Identifier: MIT */
/*
 * fd_net: sockets in words: protocol, and local and remote address, of the network namespace of the
 * task that holds them. For fd_links, once a look.
 *
 * The protocol is an extended attribute of the link ("system.sockprotoname", net/socket.c); it says
 * which tables have to be read (/proc/PID/net/tcp and the like, proc_pid_net(5)), and it remains
 * where no table knows the socket, as with one that is not bound.
 */
#ifndef PG_FD_NET_H
#define PG_FD_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

struct pg_fd_socket {
	uint64_t inode;
	uint32_t tables;      /* bits by enum pg_fd_table that may know it */
	uint32_t target, len; /* in words, in text; len 0: nothing is known */
};

enum pg_fd_table {
	PG_FD_TCP,
	PG_FD_TCP6,
	PG_FD_UNIX,
	PG_FD_UDP,
	PG_FD_UDP6,
	PG_FD_NETLINK,
	PG_FD_RAW,
	PG_FD_RAW6,
	PG_FD_ICMP,
	PG_FD_ICMP6,
	PG_FD_PACKET,
	PG_FD_UDPLITE,
	PG_FD_UDPLITE6,
	PG_FD_NR_TABLES
};
#define PG_FD_ALL_TABLES ((1u << PG_FD_NR_TABLES) - 1)

/* Bytes of one table that are read, at most: about 200,000 connections. */
#define PG_FD_TABLE_MAX (32 * 1024 * 1024)

/* What the protocol name of a socket says of it; words are appended to text. NULL: not known. */
void pg_fd_net_protocol(const char *name, struct pg_fd_socket *s, struct pg_buf *text);
/*
 * Looks all of them up in the tables below dirfd/net, in pieces; what is found replaces their
 * words. dirfd is PID or PID/task/TID; the sockets are sorted by inode. All of them stay the
 * caller's.
 */
struct pg_fd_net_search;
struct pg_fd_net_search *pg_fd_net_begin(int dirfd, struct pg_fd_socket *s, size_t nr,
					 struct pg_buf *text);
/* Reads once, which is a page of a table, if any has to be. False: no more is to be found. */
bool pg_fd_net_step(struct pg_fd_net_search *f);
/* NULL is allowed. */
void pg_fd_net_end(struct pg_fd_net_search *f);

/* One line of a table, without newline. False: it is none. */
struct pg_fd_net_row {
	uint64_t inode;
	bool listens, connected;
	uint16_t port;                /* local */
	char local[128], remote[128]; /* "10.0.0.1:80", "[::1]:80", a path; "": none */
};
bool pg_fd_net_line(enum pg_fd_table table, const char *s, size_t n, struct pg_fd_net_row *row);

#endif
