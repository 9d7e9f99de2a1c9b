/* SPDX-License-Identifier: MIT */
/*
 * Tables are read in pieces, line by line, and only as long as sockets of ours are missing: one of
 * a large host has a hundred thousand lines, of which a process has some. The name of a UNIX socket
 * may hold a newline and imitate a line; nothing but its own words depends on it, since other
 * protocols are looked up in other tables.
 */
#include "fd_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "fd_kind.h"
#include "task/procparse.h"

/* Where in a line the words are. */
enum form { FORM_INET, FORM_INET6, FORM_UNIX, FORM_NETLINK, FORM_PACKET };

static const struct {
	const char *file;     /* below net */
	const char *protocol; /* as sockprotoname has it; of a UNIX socket its begin */
	const char *word;
	enum form form;
} tables[PG_FD_NR_TABLES] = {
	[PG_FD_TCP] = {"tcp", "TCP", "tcp", FORM_INET},
	[PG_FD_TCP6] = {"tcp6", "TCPv6", "tcp", FORM_INET6},
	[PG_FD_UNIX] = {"unix", "UNIX", "unix", FORM_UNIX},
	[PG_FD_UDP] = {"udp", "UDP", "udp", FORM_INET},
	[PG_FD_UDP6] = {"udp6", "UDPv6", "udp", FORM_INET6},
	[PG_FD_NETLINK] = {"netlink", "NETLINK", "netlink", FORM_NETLINK},
	[PG_FD_RAW] = {"raw", "RAW", "raw", FORM_INET},
	[PG_FD_RAW6] = {"raw6", "RAWv6", "raw", FORM_INET6},
	[PG_FD_ICMP] = {"icmp", "PING", "icmp", FORM_INET},
	[PG_FD_ICMP6] = {"icmp6", "PINGv6", "icmp", FORM_INET6},
	[PG_FD_PACKET] = {"packet", "PACKET", "packet", FORM_PACKET},
	[PG_FD_UDPLITE] = {"udplite", "UDP-Lite", "udplite", FORM_INET},
	[PG_FD_UDPLITE6] = {"udplite6", "UDPLITEv6", "udplite", FORM_INET6},
};

static void put_words(struct pg_fd_socket *s, struct pg_buf *text, const char *word,
		      const struct pg_fd_net_row *row, bool accepted)
{
	size_t at = text->len;
	pg_buf_puts(text, word);
	if (row && row->local[0]) {
		pg_buf_putc(text, ' ');
		pg_buf_puts(text, row->local);
	}
	if (row && row->connected) {
		pg_buf_puts(text, accepted ? PG_FD_ACCEPTED : PG_FD_OUTGOING);
		pg_buf_puts(text, row->remote);
	}
	s->target = (uint32_t)at;
	s->len = (uint32_t)(text->len - at);
}

void pg_fd_net_protocol(const char *name, struct pg_fd_socket *s, struct pg_buf *text)
{
	char word[32];
	size_t n = 0;
	s->tables = name ? 0 : PG_FD_ALL_TABLES;
	if (!name || !name[0])
		return;
	for (int t = 0; t < PG_FD_NR_TABLES; t++) {
		bool is = t == PG_FD_UNIX ? strncmp(name, "UNIX", 4) == 0
					  : strcmp(name, tables[t].protocol) == 0;
		if (is) {
			s->tables = 1u << t;
			put_words(s, text, tables[t].word, NULL, false);
			return;
		}
	}
	/* "AF_VSOCK" and all that has no table of its own. */
	for (const char *c = strncmp(name, "AF_", 3) == 0 ? name + 3 : name;
	     *c && n + 1 < sizeof(word); c++)
		word[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	word[n] = '\0';
	put_words(s, text, word, NULL, false);
}

/* ---- lines ---------------------------------------------------------------------------------- */

#define WORDS_MAX 10

/* The first words of a line; *rest is what follows the last of them and one blank. */
static size_t split(const char *s, size_t n, size_t max, struct pg_span *words,
		    struct pg_span *rest)
{
	size_t nr = 0, i = 0;
	while (nr < max) {
		while (i < n && s[i] == ' ')
			i++;
		size_t begin = i;
		while (i < n && s[i] != ' ')
			i++;
		if (i == begin)
			break;
		words[nr++] = (struct pg_span){s + begin, i - begin};
	}
	i += i < n;
	*rest = (struct pg_span){s + i, n - i};
	return nr;
}

static bool number(struct pg_span w, unsigned base, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < w.n; i++) {
		char c = w.s[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
							: base;
		if (digit >= base || *out > (UINT64_MAX - digit) / base)
			return false;
		*out = *out * base + digit;
	}
	return w.n > 0;
}

/*
 * "0100007F:0016": words of 32 bits in the byte order of the host, then the port as a number
 * (net/ipv4/tcp_ipv4.c, get_tcp4_sock()). False: malformed.
 */
static bool address(struct pg_span w, size_t nr_words, char *out, size_t size, uint16_t *port)
{
	uint32_t a[4] = {0};
	uint64_t v;
	char ip[INET6_ADDRSTRLEN];
	if (w.n != nr_words * 8 + 5 || w.s[nr_words * 8] != ':')
		return false;
	for (size_t i = 0; i < nr_words; i++) {
		if (!number((struct pg_span){w.s + i * 8, 8}, 16, &v))
			return false;
		a[i] = (uint32_t)v;
	}
	if (!number((struct pg_span){w.s + nr_words * 8 + 1, 4}, 16, &v))
		return false;
	*port = (uint16_t)v;
	bool mapped = nr_words == 4 && a[0] == 0 && a[1] == 0 && a[2] == htonl(0xffff);
	bool four = nr_words == 1 || mapped;
	inet_ntop(four ? AF_INET : AF_INET6, mapped ? &a[3] : a, ip, sizeof(ip));
	snprintf(out, size, four ? "%s:%u" : "[%s]:%u", ip, (unsigned)*port);
	return true;
}

static bool inet_line(struct pg_span *w, size_t nr, size_t nr_words, struct pg_fd_net_row *row)
{
	uint16_t port;
	uint64_t state;
	if (nr < 10 || !number(w[9], 10, &row->inode) || !number(w[3], 16, &state) ||
	    !address(w[1], nr_words, row->local, sizeof(row->local), &row->port) ||
	    !address(w[2], nr_words, row->remote, sizeof(row->remote), &port))
		return false;
	row->listens = state == 10; /* TCP_LISTEN, include/net/tcp_states.h */
	row->connected = port != 0;
	return true;
}

static void copy(char *out, size_t size, struct pg_span s)
{
	size_t n = s.n < size ? s.n : size - 1;
	memcpy(out, s.s, n);
	out[n] = '\0';
}

static bool netlink_line(struct pg_span *w, size_t nr, struct pg_fd_net_row *row)
{
	/* include/uapi/linux/netlink.h */
	static const char *const names[] = {
		[0] = "route",      [4] = "sock_diag",   [6] = "xfrm",
		[9] = "audit",      [10] = "fib_lookup", [11] = "connector",
		[12] = "netfilter", [15] = "uevent",     [16] = "generic",
	};
	uint64_t protocol;
	if (nr < 10 || !number(w[9], 10, &row->inode) || !number(w[1], 10, &protocol))
		return false;
	if (protocol < PG_ARRAY_LEN(names) && names[protocol])
		copy(row->local, sizeof(row->local),
		     (struct pg_span){names[protocol], strlen(names[protocol])});
	else
		copy(row->local, sizeof(row->local), w[1]);
	return true;
}

bool pg_fd_net_line(enum pg_fd_table table, const char *s, size_t n, struct pg_fd_net_row *row)
{
	struct pg_span w[WORDS_MAX], rest;
	enum form form = tables[table].form;
	size_t nr = split(s, n, form == FORM_UNIX ? 7 : WORDS_MAX, w, &rest);
	*row = (struct pg_fd_net_row){0};
	switch (form) {
	case FORM_INET:
		return inet_line(w, nr, 1, row);
	case FORM_INET6:
		return inet_line(w, nr, 4, row);
	case FORM_UNIX:
		copy(row->local, sizeof(row->local), rest);
		return nr == 7 && number(w[6], 10, &row->inode);
	case FORM_NETLINK:
		return netlink_line(w, nr, row);
	case FORM_PACKET:
		if (nr < 9 || !number(w[8], 10, &row->inode) || w[4].n > 10)
			return false;
		snprintf(row->local, sizeof(row->local), "if%.*s", (int)w[4].n, w[4].s);
		return true;
	}
	return false;
}

/* ---- tables --------------------------------------------------------------------------------- */

struct pg_fd_net_search {
	int dirfd, fd;                /* fd: of the table; -1: none is open */
	int table;                    /* enum pg_fd_table */
	struct pg_fd_socket *sockets; /* by inode */
	size_t nr, missing;           /* missing: of those that the table may know */
	struct pg_buf *text;
	bool skip;                    /* the heading; what is left of a line that is too long */
	size_t n, all;                /* bytes of a line that is not whole yet; read of the table */
	uint8_t listening[65536 / 8]; /* ports; they come first in a table */
	char bytes[32768];
};

static struct pg_fd_socket *find(const struct pg_fd_net_search *f, uint64_t inode)
{
	size_t lo = 0, hi = f->nr;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (f->sockets[mid].inode < inode)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->nr && f->sockets[lo].inode == inode ? &f->sockets[lo] : NULL;
}

static void take_line(struct pg_fd_net_search *f, const char *s, size_t n)
{
	struct pg_fd_net_row row;
	if (!pg_fd_net_line((enum pg_fd_table)f->table, s, n, &row))
		return;
	if (row.listens)
		f->listening[row.port / 8] |= (uint8_t)(1 << row.port % 8);
	/* Those that are not open any more have none. */
	struct pg_fd_socket *hit = row.inode ? find(f, row.inode) : NULL;
	/* One that was passed on twice stands there more than once, side by side. */
	for (; hit && hit < f->sockets + f->nr && hit->inode == row.inode; hit++) {
		if (!(hit->tables & 1u << f->table))
			continue;
		put_words(hit, f->text, tables[f->table].word, &row,
			  f->listening[row.port / 8] >> row.port % 8 & 1);
		hit->tables = 0;
		f->missing--;
	}
}

static void take_lines(struct pg_fd_net_search *f)
{
	size_t at = 0;
	const char *nl;
	while (at < f->n && (nl = memchr(f->bytes + at, '\n', f->n - at))) {
		size_t len = (size_t)(nl - (f->bytes + at));
		if (!f->skip)
			take_line(f, f->bytes + at, len);
		f->skip = false;
		at += len + 1;
	}
	memmove(f->bytes, f->bytes + at, f->n - at);
	f->n -= at;
	if (f->n == sizeof(f->bytes)) {
		f->skip = true;
		f->n = 0;
	}
}

/* False: nothing more is wanted of this table, or can be had. */
static bool read_some(struct pg_fd_net_search *f)
{
	ssize_t got;
	if (f->missing == 0 || f->all >= PG_FD_TABLE_MAX)
		return false;
	do
		got = read(f->fd, f->bytes + f->n, sizeof(f->bytes) - f->n);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	f->all += (size_t)got;
	f->n += (size_t)got;
	take_lines(f);
	return true;
}

/* The next table that may know one that is missing. False: there is none. */
static bool open_table(struct pg_fd_net_search *f)
{
	char path[32];
	while (++f->table < PG_FD_NR_TABLES) {
		f->missing = 0;
		for (size_t i = 0; i < f->nr; i++)
			f->missing += f->sockets[i].tables >> f->table & 1;
		if (f->missing == 0)
			continue;
		snprintf(path, sizeof(path), "net/%s", tables[f->table].file);
		f->fd = openat(f->dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		f->n = f->all = 0;
		f->skip = true;
		memset(f->listening, 0, sizeof(f->listening));
		if (f->fd >= 0)
			return true;
	}
	return false;
}

bool pg_fd_net_step(struct pg_fd_net_search *f)
{
	if (f->fd < 0)
		return open_table(f);
	if (!read_some(f)) {
		pg_close_fd(&f->fd);
		f->fd = -1;
	}
	return true;
}

struct pg_fd_net_search *pg_fd_net_begin(int dirfd, struct pg_fd_socket *s, size_t nr,
					 struct pg_buf *text)
{
	struct pg_fd_net_search *f = pg_calloc(1, sizeof(*f));
	f->dirfd = dirfd;
	f->fd = f->table = -1;
	f->sockets = s;
	f->nr = nr;
	f->text = text;
	return f;
}

void pg_fd_net_end(struct pg_fd_net_search *f)
{
	if (f)
		pg_close_fd(&f->fd);
	free(f);
}
