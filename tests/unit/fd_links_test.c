/* SPDX-License-Identifier: MIT */
/*
 * Our own descriptors, one of each kind, as the kernel shows them; names of files that imitate its
 * words; and looks made by hand, compared.
 */
#include "fd/fd_links.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void look(struct pg_fd_links *l)
{
	pg_fd_links_read("/proc", getpid(), 0, l);
	cr_assert(pg_fd_links_known(l));
}

static const struct pg_fd_link *link_of(const struct pg_fd_links *l, int fd)
{
	for (size_t i = 0; i < l->nr; i++)
		if (l->items[i].fd == fd)
			return &l->items[i];
	cr_assert_fail("%d is not among them", fd);
	return NULL;
}

/* target NULL: any. */
static void expect_link(int fd, enum pg_fd_kind kind, const char *target)
{
	struct pg_fd_links l = {0};
	cr_assert_geq(fd, 0);
	look(&l);
	const struct pg_fd_link *item = link_of(&l, fd);
	char text[4200];
	snprintf(text, sizeof(text), "%.*s", (int)item->len, l.text.data + item->target);
	cr_expect_eq(item->kind, kind, "%s is a %s", text,
		     pg_fd_kind_name((enum pg_fd_kind)item->kind));
	if (target)
		cr_expect_str_eq(text, target);
	pg_fd_links_free(&l);
	close(fd);
}

/* Our work directory, which has to be removed by the caller. */
static void go_to_a_new_directory(char *dir)
{
	cr_assert(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

Test(fd_links, one_of_each_kind)
{
	sigset_t none;
	int ends[2];
	sigemptyset(&none);
	expect_link(eventfd(0, 0), PG_FD_EVENTFD, NULL);
	expect_link(epoll_create1(0), PG_FD_EPOLL, NULL);
	expect_link(timerfd_create(CLOCK_MONOTONIC, 0), PG_FD_TIMERFD, NULL);
	expect_link(signalfd(-1, &none, 0), PG_FD_SIGNALFD, NULL);
	expect_link(inotify_init(), PG_FD_INOTIFY, NULL);
	expect_link(memfd_create("a name", 0), PG_FD_MEMFD, "/memfd:a name (deleted)");
	expect_link(open("/dev/null", O_RDONLY), PG_FD_DEVICE, "/dev/null");
	expect_link(open("/proc", O_RDONLY), PG_FD_DIRECTORY, "/proc");
	expect_link(open("/proc/self/ns/net", O_RDONLY), PG_FD_OTHER, NULL);
	cr_assert_eq(pipe(ends), 0);
	expect_link(ends[0], PG_FD_PIPE, NULL);
	close(ends[1]);
}

Test(fd_links, names_of_files)
{
	char dir[] = "/tmp/fd_links_test.XXXXXX", path[128];
	static const char *const odd[] = {
		"plain",      "new\nline", "\033[2J", "x (deleted)", "memfd:x (deleted)",
		"socket:[1]", "\xff\xfe",
	};
	go_to_a_new_directory(dir);
	for (size_t i = 0; i < PG_ARRAY_LEN(odd); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, odd[i]);
		expect_link(open(path, O_CREAT | O_RDWR, 0600), PG_FD_FILE, path);
		unlink(path);
	}
	int fd = open("gone", O_CREAT | O_RDWR, 0600);
	unlink("gone");
	snprintf(path, sizeof(path), "%s/gone (deleted)", dir);
	expect_link(fd, PG_FD_DELETED, path);
	/* Its other name is left. */
	fd = open("first", O_CREAT | O_RDWR, 0600);
	cr_assert_eq(link("first", "second"), 0);
	unlink("first");
	expect_link(fd, PG_FD_DELETED, NULL);
	/* A name like the kernel's, which another file has. */
	fd = open("first", O_CREAT | O_RDWR, 0600);
	cr_assert_eq(link("first", "third"), 0);
	unlink("first");
	close(open("first (deleted)", O_CREAT | O_RDWR, 0600));
	expect_link(fd, PG_FD_DELETED, NULL);
	fd = open(dir, O_TMPFILE | O_RDWR, 0600);
	if (fd >= 0) /* not every file system has it */
		expect_link(fd, PG_FD_DELETED, NULL);
	cr_assert_eq(mkfifo("fifo", 0600), 0);
	expect_link(open("fifo", O_RDWR), PG_FD_PIPE, NULL);
	cr_assert_eq(mkdir("d", 0700), 0);
	fd = open("d", O_RDONLY);
	rmdir("d");
	expect_link(fd, PG_FD_DELETED, NULL);
	cr_assert_eq(chdir("/"), 0);
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	cr_assert_eq(system(path), 0);
}

/* ---- sockets -------------------------------------------------------------------------------- */

static socklen_t loopback(int family, struct sockaddr_storage *a)
{
	memset(a, 0, sizeof(*a));
	if (family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)a;
		*in = (struct sockaddr_in){.sin_family = AF_INET};
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)a;
	*in = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	return sizeof(*in);
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	return ntohs(((struct sockaddr_in *)&a)->sin_port); /* at the same place in both */
}

static void talk(int family, const char *ip)
{
	struct sockaddr_storage a;
	char text[128];
	socklen_t n = loopback(family, &a);
	int server = socket(family, SOCK_STREAM, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&a, n) < 0)
		return; /* no IPv6 here */
	cr_assert_eq(listen(server, 1), 0);
	n = sizeof(a);
	getsockname(server, (struct sockaddr *)&a, &n);
	int client = socket(family, SOCK_STREAM, 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&a, n), 0);
	int accepted = accept(server, NULL, NULL);
	unsigned there = port_of(server), here = port_of(client);
	snprintf(text, sizeof(text), "tcp %s:%u -> %s:%u", ip, here, ip, there);
	expect_link(dup(client), PG_FD_SOCKET, text);
	snprintf(text, sizeof(text), "tcp %s:%u <- %s:%u", ip, there, ip, here);
	expect_link(accepted, PG_FD_SOCKET, text);
	close(client);
	snprintf(text, sizeof(text), "tcp %s:%u", ip, there);
	expect_link(server, PG_FD_SOCKET, text);
}

Test(fd_links, connections)
{
	talk(AF_INET, "127.0.0.1");
	talk(AF_INET6, "[::1]");
}

Test(fd_links, other_sockets)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
	char path[] = "/tmp/fd_links_test.XXXXXX", text[128];
	struct sockaddr_storage in;
	int pair[2];
	expect_link(socket(AF_INET, SOCK_STREAM, 0), PG_FD_SOCKET, "tcp");
	expect_link(socket(AF_NETLINK, SOCK_RAW, 0), PG_FD_SOCKET, "netlink");
	int fd = socket(AF_NETLINK, SOCK_RAW, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&nl, sizeof(nl)), 0);
	expect_link(fd, PG_FD_SOCKET, "netlink route");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	expect_link(pair[0], PG_FD_SOCKET, "unix");
	close(pair[1]);
	close(mkstemp(path));
	unlink(path);
	memcpy(a.sun_path, path, sizeof(path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	unlink(path);
	snprintf(text, sizeof(text), "unix %s", path);
	expect_link(fd, PG_FD_SOCKET, text);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&in, loopback(AF_INET, &in)), 0);
	snprintf(text, sizeof(text), "udp 127.0.0.1:%u", port_of(fd));
	expect_link(fd, PG_FD_SOCKET, text);
}

/* ---- who can be looked at ------------------------------------------------------------------- */

Test(fd_links, who_has_gone)
{
	struct pg_fd_links l = {0};
	siginfo_t info;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	pg_fd_links_read("/proc", pid, 0, &l);
	cr_expect(l.gone, "a zombie");
	cr_expect_not(pg_fd_links_known(&l));
	waitpid(pid, NULL, 0);
	pg_fd_links_read("/proc", pid, pid, &l);
	cr_expect(l.gone);
	cr_expect_not(l.refused);
	look(&l); /* the same memory again */
	cr_expect_gt(l.nr, 0);
	pg_fd_links_free(&l);
}

/* Not refused: nobody but root may look into what has no memory any more. */
Test(fd_links, who_has_gone_and_was_not_roots)
{
	struct pg_fd_links l = {0};
	siginfo_t info;
	if (geteuid() == 0)
		cr_assert_eq(setgid(65534) | setuid(65534), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	pg_fd_links_read("/proc", pid, 0, &l);
	waitpid(pid, NULL, 0);
	cr_expect(l.gone);
	cr_expect_not(l.refused);
	pg_fd_links_free(&l);
}

Test(fd_links, who_may_not_look)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	pid_t me = getpid(), pid = fork();
	int status;
	if (pid == 0) {
		struct pg_fd_links l = {0};
		if (setgid(65534) || setuid(65534))
			_exit(1);
		pg_fd_links_read("/proc", me, 0, &l);
		_exit(l.refused && !l.gone && l.nr == 0 ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0);
}

Test(fd_links, no_descriptor_left)
{
	struct pg_fd_links l = {0};
	struct rlimit was, low = {0};
	getrlimit(RLIMIT_NOFILE, &was);
	low.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_NOFILE, &low);
	pg_fd_links_read("/proc", getpid(), 0, &l);
	setrlimit(RLIMIT_NOFILE, &was);
	cr_expect(l.failed);
	cr_expect_not(l.gone);
	cr_expect_not(l.refused);
	pg_fd_links_free(&l);
}

Test(fd_links, very_many)
{
	struct rlimit l = {PG_FD_LINKS_MAX + 100, PG_FD_LINKS_MAX + 100};
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		cr_skip_test("not so many here");
	struct pg_fd_links links = {0};
	size_t nr = 0;
	look(&links);
	size_t before = links.nr;
	while (open("/dev/null", O_RDONLY) >= 0)
		nr++;
	for (int fd = PG_FD_LINKS_MAX; fd < PG_FD_LINKS_MAX + 10; fd++, nr--)
		close(fd); /* room for the look */
	look(&links);
	cr_expect_eq(links.nr, PG_FD_LINKS_MAX);
	/* The look has a few of its own open. */
	cr_expect_geq(links.nr + links.beyond, before + nr - 2);
	cr_expect_leq(links.nr + links.beyond, before + nr + 2);
	uint32_t kinds[PG_FD_NR_KINDS];
	pg_fd_links_kinds(&links, kinds);
	cr_expect_gt(kinds[PG_FD_DEVICE], PG_FD_LINKS_MAX - 100);
	pg_fd_links_free(&links);
}

/* ---- a look in pieces ----------------------------------------------------------------------- */

static int socket_at(in_port_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* One step at a time; each of them may be the last before the process changes. */
Test(fd_links, a_look_in_pieces)
{
	struct pg_fd_links l = {0};
	in_port_t port;
	char text[64];
	int first = open("/dev/null", O_RDONLY), udp = socket_at(&port);
	int last = fcntl(first, F_DUPFD, 200);
	cr_assert_geq(last, 200);
	struct pg_fd_look *look = pg_fd_look_begin("/proc", getpid(), 0, &l);
	while (l.nr == 0 || l.items[l.nr - 1].fd < udp)
		cr_assert_not(pg_fd_look_go(look, 1));
	close(first);
	close(last);
	while (!pg_fd_look_go(look, 1))
		;
	cr_expect(pg_fd_look_go(look, 1), "it stays over");
	pg_fd_look_end(look);
	cr_assert(pg_fd_links_known(&l));
	cr_expect_eq(link_of(&l, first)->kind, PG_FD_DEVICE, "it was there");
	for (size_t i = 0; i < l.nr; i++)
		cr_expect_neq(l.items[i].fd, last, "it was gone before");
	const struct pg_fd_link *item = link_of(&l, udp);
	size_t n = (size_t)snprintf(text, sizeof(text), "udp 127.0.0.1:%u", port);
	cr_assert_eq(item->len, n);
	cr_expect_eq(memcmp(l.text.data + item->target, text, item->len), 0);
	pg_fd_links_free(&l);
	close(udp);
}

Test(fd_links, a_look_that_is_given_up)
{
	struct pg_fd_links l = {0};
	struct pg_fd_look *look = pg_fd_look_begin("/proc", getpid(), 0, &l);
	cr_assert_not(pg_fd_look_go(look, 2));
	cr_assert_eq(l.nr, 2);
	pg_fd_look_end(look);
	cr_expect_not(pg_fd_links_known(&l));
	cr_expect_eq(l.nr, 0);
	pg_fd_look_end(NULL);
	pg_fd_links_free(&l);
}

Test(fd_links, one_that_ends_while_it_is_looked_at)
{
	struct pg_fd_links l = {0};
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		for (;;)
			pause();
	struct pg_fd_look *look = pg_fd_look_begin("/proc", pid, 0, &l);
	cr_assert_not(pg_fd_look_go(look, 1));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (!pg_fd_look_go(look, 1))
		;
	pg_fd_look_end(look);
	cr_expect(l.gone, "it has not closed them");
	cr_expect_not(pg_fd_links_known(&l));
	pg_fd_links_free(&l);
}

/* ---- two looks ------------------------------------------------------------------------------ */

static void add(struct pg_fd_links *l, int fd, enum pg_fd_kind kind, const char *target,
		uint64_t inode)
{
	l->items = pg_grow(l->items, &l->cap, l->nr + 1, sizeof(*l->items));
	l->items[l->nr++] = (struct pg_fd_link){
		.fd = fd,
		.kind = (uint8_t)kind,
		.target = (uint32_t)l->text.len,
		.len = (uint32_t)strlen(target),
		.inode = inode,
	};
	pg_buf_puts(&l->text, target);
}

static void expect_parts(const struct pg_fd_links *a, const struct pg_fd_links *b, size_t max,
			 size_t words, const char *text)
{
	struct pg_fd_parts parts = {0};
	struct pg_buf out = {0};
	pg_fd_links_compare(a, b, max, &parts);
	pg_fd_parts_put(&parts, words, &out);
	cr_expect_str_eq(pg_buf_cstr(&out), text);
	pg_buf_free(&out);
	pg_fd_parts_free(&parts);
}

Test(fd_links, what_came_and_went)
{
	struct pg_fd_links a = {0}, b = {0};
	add(&a, 0, PG_FD_DEVICE, "/dev/null", 0);
	add(&a, 3, PG_FD_FILE, "/tmp/x/1", 0);
	add(&a, 4, PG_FD_SOCKET, "tcp 10.0.0.9:4 -> 10.0.0.1:80", 11);
	add(&a, 5, PG_FD_SOCKET, "unix", 12);
	add(&a, 9, PG_FD_PIPE, "pipe:[7]", 7);
	add(&b, 0, PG_FD_DEVICE, "/dev/null", 0);
	add(&b, 3, PG_FD_FILE, "/tmp/x/2", 0);
	add(&b, 5, PG_FD_SOCKET, "unix", 13); /* another one in its place */
	for (int fd = 6; fd < 9; fd++)
		add(&b, fd, PG_FD_FILE, "/tmp/x/3", 0);
	add(&b, 9, PG_FD_PIPE, "pipe:[7]", 7);
	add(&b, 10, PG_FD_FILE, "/srv/a\nb/c", 0);
	expect_parts(&a, &a, 9, 9, "");
	expect_parts(&a, &b, 9, 9,
		     "+4 file /tmp/x/, -1 file /tmp/x/, +1 file /srv/a\xef\xbf\xbd"
		     "b/, -1 socket tcp 10.0.0.1:80, +1 socket unix, -1 socket unix");
	expect_parts(&a, &b, 9, 1, "+4 file /tmp/x/, -1 file /tmp/x/, …");
	expect_parts(&a, &b, 1, 9,
		     "+4 file /tmp/x/, -1 file /tmp/x/, +1 file, +1 socket, -2 socket");
	expect_parts(&b, &a, 9, 1, "+1 file /tmp/x/, -4 file /tmp/x/, …");
	expect_parts(NULL, &a, 0, 9, "+1 file, +2 socket, +1 pipe, +1 device");
	struct pg_fd_parts parts = {0};
	pg_fd_links_compare(&a, &b, 9, &parts);
	cr_expect_eq(parts.items[0].now, 4);
	cr_expect_eq(parts.items[1].now, 1);
	a.refused = true;
	pg_fd_links_compare(&a, &b, 9, &parts);
	cr_expect_eq(parts.nr, 0, "what is not known is not closed");
	pg_fd_parts_free(&parts);
	pg_fd_links_free(&a);
	pg_fd_links_free(&b);
}

Test(fd_links, very_many_prefixes)
{
	enum { NR = 20000 };
	struct pg_fd_links a = {0}, b = {0};
	struct pg_fd_parts parts = {0};
	char path[32];
	for (int i = 0; i < NR; i++) {
		snprintf(path, sizeof(path), "/%d/x", i);
		add(&a, i, PG_FD_FILE, path, 0);
	}
	pg_fd_links_compare(&a, &b, 3, &parts);
	cr_assert_eq(parts.nr, 4);
	cr_expect_eq(parts.items[0].closed, 1);
	cr_expect_eq(parts.items[3].closed, NR - 3);
	cr_expect_str_eq(parts.items[3].prefix, "");
	pg_fd_parts_free(&parts);
	pg_fd_links_free(&a);
}
