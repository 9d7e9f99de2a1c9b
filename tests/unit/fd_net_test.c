/* SPDX-License-Identifier: MIT */
/*
 * Lines of /proc/net tables, each in memory of just its size; and whole tables in a directory of
 * our own. The numbers are those of a little endian machine, as the kernel writes them there.
 */
#include "fd/fd_net.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"

#define INET(local, remote, state, inode)                                                          \
	"   0: " local " " remote " " state                                                        \
	" 00000000:00000000 00:00000000 00000000     0        0 " inode                            \
	" 1 0000000000000000 100 0 0 10 0"
#define LO6 "00000000000000000000000001000000"
#define V4  "0000000000000000FFFF00000100007F"

static const struct {
	enum pg_fd_table table;
	const char *line;
	bool ok;
	uint64_t inode;
	const char *local, *remote; /* remote NULL: not connected */
} rows[] = {
	{PG_FD_TCP, INET("0100007F:1F90", "00000000:0000", "0A", "4711"), true, 4711,
	 "127.0.0.1:8080", NULL},
	{PG_FD_TCP, INET("0100007F:1F90", "0200000A:01BB", "01", "4712"), true, 4712,
	 "127.0.0.1:8080", "10.0.0.2:443"},
	{PG_FD_TCP6, INET(LO6 ":0050", LO6 ":C000", "01", "1"), true, 1, "[::1]:80", "[::1]:49152"},
	{PG_FD_TCP6, INET(V4 ":0050", V4 ":C000", "01", "1"), true, 1, "127.0.0.1:80",
	 "127.0.0.1:49152"},
	{PG_FD_TCP, INET(LO6 ":0050", LO6 ":C000", "01", "1"), false, 0, "", NULL},
	{PG_FD_TCP, INET("0100007F:1F9", "00000000:0000", "0A", "4711"), false, 0, "", NULL},
	{PG_FD_TCP, INET("0100007G:1F90", "00000000:0000", "0A", "4711"), false, 0, "", NULL},
	{PG_FD_TCP, INET("0100007F 1F90", "00000000:0000", "0A", "4711"), false, 0, "", NULL},
	{PG_FD_TCP, INET("0100007F:1F90", "00000000:0000", "0A", "-1"), false, 0, "", NULL},
	{PG_FD_TCP, INET("0100007F:1F90", "00000000:0000", "0A", "18446744073709551616"), false, 0,
	 "", NULL},
	{PG_FD_TCP, "   0: 0100007F:1F90 00000000:0000 0A", false, 0, "", NULL},
	{PG_FD_TCP, "", false, 0, "", NULL},
	{PG_FD_UNIX, "0000: 00000002 00000000 00010000 0001 01 77 /run/a b", true, 77, "/run/a b",
	 NULL},
	{PG_FD_UNIX, "0000: 00000002 00000000 00010000 0001 01    77", true, 77, "", NULL},
	{PG_FD_UNIX, "0000: 00000002 00000000 00010000 0001 01 77 @abstract", true, 77, "@abstract",
	 NULL},
	{PG_FD_UNIX, "0000: 00000002 00000000 00010000 0001 01", false, 0, "", NULL},
	{PG_FD_NETLINK, "0000 0 1 2 3 4 5 6 7 99", true, 99, "route", NULL},
	{PG_FD_NETLINK, "0000 21 1 2 3 4 5 6 7 99", true, 99, "21", NULL},
	{PG_FD_NETLINK, "0000 1 1 2 3 4 5 6 7 99", true, 99, "1", NULL},
	{PG_FD_NETLINK, "0000 x 1 2 3 4 5 6 7 99", false, 0, "", NULL},
	{PG_FD_PACKET, "0000 3 3 0003 2 1 0 0 55", true, 55, "if2", NULL},
	{PG_FD_PACKET, "0000 3 3 0003 2 1 0 0", false, 0, "", NULL},
};

Test(fd_net, lines)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct guard g = guard_copy(rows[i].line, strlen(rows[i].line));
		struct pg_fd_net_row row;
		bool ok = pg_fd_net_line(rows[i].table, g.s, g.n, &row);
		cr_expect_eq(ok, rows[i].ok, "%s", rows[i].line);
		if (ok && rows[i].ok) {
			cr_expect_eq(row.inode, rows[i].inode, "%s", rows[i].line);
			cr_expect_str_eq(row.local, rows[i].local);
			cr_expect_eq(row.connected, rows[i].remote != NULL);
			if (rows[i].remote)
				cr_expect_str_eq(row.remote, rows[i].remote);
		}
		guard_free(&g);
	}
}

Test(fd_net, a_name_of_any_length)
{
	char line[2048] = "0000: 00000002 00000000 00010000 0001 01 77 ";
	struct pg_fd_net_row row;
	size_t n = strlen(line);
	memset(line + n, 'x', sizeof(line) - n);
	cr_assert(pg_fd_net_line(PG_FD_UNIX, line, sizeof(line), &row));
	cr_expect_eq(strlen(row.local), sizeof(row.local) - 1);
}

Test(fd_net, protocols)
{
	static const struct {
		const char *name;
		uint32_t tables;
		const char *words;
	} names[] = {
		{"TCP", 1u << PG_FD_TCP, "tcp"},
		{"TCPv6", 1u << PG_FD_TCP6, "tcp"},
		{"UNIX-STREAM", 1u << PG_FD_UNIX, "unix"},
		{"PING", 1u << PG_FD_ICMP, "icmp"},
		{"AF_VSOCK", 0, "vsock"},
		{"MPTCP", 0, "mptcp"},
		{NULL, PG_FD_ALL_TABLES, ""},
		{"", 0, ""},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		struct pg_fd_socket s = {.inode = 1};
		struct pg_buf text = {0};
		pg_fd_net_protocol(names[i].name, &s, &text);
		cr_expect_eq(s.tables, names[i].tables);
		cr_expect_str_eq(pg_buf_cstr(&text), names[i].words);
		cr_expect_eq(s.len, strlen(names[i].words));
		pg_buf_free(&text);
	}
}

static void put(int dir, const char *file, const char *text)
{
	int fd = openat(dir, file, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void expect_words(const struct pg_fd_socket *s, const struct pg_buf *text, const char *words)
{
	cr_expect_eq(s->len, strlen(words), "%.*s", (int)s->len, text->data + s->target);
	cr_expect_eq(memcmp(text->data + s->target, words, s->len), 0, "%.*s", (int)s->len,
		     text->data + s->target);
}

/* A line longer than any buffer, an inode that two descriptors have, a name that imitates a line.
 */
Test(fd_net, tables)
{
	char root[] = "/tmp/fd_net_test.XXXXXX", path[64];
	struct pg_buf text = {0}, table = {0};
	struct pg_fd_socket s[] = {
		{.inode = 10, .tables = PG_FD_ALL_TABLES},
		{.inode = 11, .tables = 1u << PG_FD_TCP},
		{.inode = 11, .tables = 1u << PG_FD_TCP},
		{.inode = 12, .tables = 1u << PG_FD_UNIX},
		{.inode = 13, .tables = 1u << PG_FD_TCP},
	};
	cr_assert(mkdtemp(root));
	int dir = open(root, O_RDONLY | O_DIRECTORY);
	cr_assert_eq(mkdirat(dir, "net", 0700), 0);
	put(dir, "net/tcp",
	    "heading\n" INET("0100007F:0050", "00000000:0000", "0A", "10") "\n" INET(
		    "0100007F:0050", "0200000A:01BB", "01",
		    "11") "\n" INET("0100007F:0051", "0200000A:01BB", "06", "0") "\n");
	pg_buf_puts(&table, "heading\n");
	for (int i = 0; i < 100000; i++)
		pg_buf_putc(&table, 'x');
	pg_buf_puts(&table, "\n0: 2 0 0 1 1 99 \n0: 2 0 0 1 1 13 /imitated\n"
			    "0: 2 0 0 1 1 12 /run/x\n0: 2 0 0 1 1 12 /second\n");
	put(dir, "net/unix", pg_buf_cstr(&table));
	struct pg_fd_net_search *f = pg_fd_net_begin(dir, s, PG_ARRAY_LEN(s), &text);
	while (pg_fd_net_step(f))
		;
	pg_fd_net_end(f);
	expect_words(&s[0], &text, "tcp 127.0.0.1:80");
	expect_words(&s[1], &text, "tcp 127.0.0.1:80 <- 10.0.0.2:443");
	expect_words(&s[2], &text, "tcp 127.0.0.1:80 <- 10.0.0.2:443");
	expect_words(&s[3], &text, "unix /run/x");
	expect_words(&s[4], &text, "");
	snprintf(path, sizeof(path), "rm -rf %s", root);
	cr_assert_eq(system(path), 0);
	pg_buf_free(&text);
	pg_buf_free(&table);
	close(dir);
}
