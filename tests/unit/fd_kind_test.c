/* SPDX-License-Identifier: MIT */
/*
 * Links into kinds and prefixes, each read from memory of just its size. Names that imitate the
 * kernel's words are among them: what stat(2) said comes first.
 */
#include "fd/fd_kind.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "guard.h"

static const struct {
	const char *target;
	unsigned mode;
	enum pg_fd_kind kind;
	const char *prefix;
} rows[] = {
	{"/var/log/a.log", S_IFREG, PG_FD_FILE, "/var/log/"},
	{"/var/log/a.log", 0, PG_FD_FILE, "/var/log/"},
	{"/a", S_IFREG, PG_FD_FILE, "/"},
	{"/", S_IFDIR, PG_FD_DIRECTORY, "/"},
	{"/var/log", S_IFDIR, PG_FD_DIRECTORY, "/var/"},
	{"", S_IFREG, PG_FD_FILE, ""},
	{"", 0, PG_FD_FILE, ""},
	{"(unreachable)/x/y", S_IFREG, PG_FD_FILE, "(unreachable)/x/"},
	{"/dev/null", S_IFCHR, PG_FD_DEVICE, "/dev/"},
	{"/dev/null", 0, PG_FD_DEVICE, "/dev/"},
	{"/dev/shm/x", 0, PG_FD_FILE, "/dev/shm/"},
	{"/dev/shm/x", S_IFREG, PG_FD_FILE, "/dev/shm/"},
	{"/dev/pts/3 (deleted)", S_IFCHR, PG_FD_DEVICE, "/dev/pts/"},
	{"/tmp/fifo", S_IFIFO, PG_FD_PIPE, "/tmp/"},
	{"/run/x.sock", S_IFSOCK, PG_FD_OTHER, "/run/"},
	{"/tmp/x (deleted)", S_IFREG, PG_FD_DELETED, "/tmp/"},
	{"/tmp/x (deleted)", 0, PG_FD_DELETED, "/tmp/"},
	{"/tmp/d (deleted)", S_IFDIR, PG_FD_DELETED, "/tmp/"},
	{"/tmp/#4711 (deleted)", S_IFREG, PG_FD_DELETED, "/tmp/"},
	{"/tmp/x (deleted)", S_IFREG | PG_FD_HAS_NAME, PG_FD_FILE, "/tmp/"},
	{"/tmp/d (deleted)", S_IFDIR | PG_FD_HAS_NAME, PG_FD_DIRECTORY, "/tmp/"},
	{"/memfd:a b (deleted)", S_IFREG, PG_FD_MEMFD, ""},
	{"/memfd:/etc/passwd (deleted)", S_IFREG, PG_FD_MEMFD, ""},
	{"/memfd:x (deleted)", S_IFREG | PG_FD_HAS_NAME, PG_FD_FILE, "/"},
	{"/memfd:x", S_IFREG | PG_FD_HAS_NAME, PG_FD_FILE, "/"},
	{"/tmp/socket:[1]", S_IFREG, PG_FD_FILE, "/tmp/"},
	{"/tmp/a\n\033[31mb/c", S_IFREG, PG_FD_FILE, "/tmp/a\n\033[31mb/"},
	{"pipe:[4711]", 0, PG_FD_PIPE, ""},
	{"socket:[4711]", 0, PG_FD_SOCKET, ""},
	{"anon_inode:[eventfd]", 0, PG_FD_EVENTFD, ""},
	{"anon_inode:[eventpoll]", 0, PG_FD_EPOLL, ""},
	{"anon_inode:[timerfd]", 0, PG_FD_TIMERFD, ""},
	{"anon_inode:[signalfd]", 0, PG_FD_SIGNALFD, ""},
	{"anon_inode:inotify", 0, PG_FD_INOTIFY, ""},
	{"anon_inode:[io_uring]", 0, PG_FD_OTHER, "io_uring"},
	{"anon_inode:bpf-map", 0, PG_FD_OTHER, "bpf-map"},
	{"anon_inode:[", 0, PG_FD_OTHER, "["},
	{"anon_inode:", 0, PG_FD_OTHER, ""},
	{"pidfd:[4711]", 0, PG_FD_OTHER, "pidfd"},
	{"net:[4026531840]", 0, PG_FD_OTHER, "net"},
	{"nonsense", 0, PG_FD_OTHER, ""},
};

static void check_prefix(enum pg_fd_kind kind, const char *target, const char *prefix)
{
	struct guard g = guard_copy(target, strlen(target));
	struct pg_buf b = {0};
	pg_fd_prefix(kind, g.s, g.n, &b);
	cr_expect_str_eq(pg_buf_cstr(&b), prefix, "prefix of %s", target);
	pg_buf_free(&b);
	guard_free(&g);
}

Test(fd_kind, a_deep_directory_is_counted_under_one_above_it)
{
	char path[4096], want[4096];
	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 100 == 0 ? '/' : 'd';
	path[sizeof(path) - 1] = '\0';
	memcpy(want, path, 201);
	want[201] = '\0';
	check_prefix(PG_FD_FILE, path, want);
}

Test(fd_kind, links_by_their_text_and_mode)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct guard g = guard_copy(rows[i].target, strlen(rows[i].target));
		enum pg_fd_kind kind = pg_fd_kind_of(g.s, g.n, rows[i].mode);
		cr_expect_eq(kind, rows[i].kind, "%s: %s", rows[i].target, pg_fd_kind_name(kind));
		check_prefix(kind, rows[i].target, rows[i].prefix);
		guard_free(&g);
	}
}

Test(fd_kind, sockets_are_counted_by_where_they_lead)
{
	static const struct {
		const char *target, *prefix;
	} sockets[] = {
		{"tcp 10.0.0.9:40112 -> 10.0.0.1:5432", "tcp 10.0.0.1:5432"},
		{"tcp 10.0.0.9:80 <- 10.0.0.1:40112", "tcp 10.0.0.9:80"},
		{"tcp [::1]:4 -> [::1]:80", "tcp [::1]:80"},
		{"tcp 0.0.0.0:80", "tcp 0.0.0.0:80"},
		{"tcp", "tcp"},
		{"unix /run/x.sock", "unix /run/x.sock"},
		{"unix /run/[:[x", "unix /run/[:[x"},
		{"socket:[4711]", ""},
		{"", ""},
		{" -> ", " "},
		{" <- ", ""},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(sockets); i++)
		check_prefix(PG_FD_SOCKET, sockets[i].target, sockets[i].prefix);
}

Test(fd_kind, names_lead_back_to_kinds)
{
	for (int k = 0; k < PG_FD_NR_KINDS; k++) {
		const char *name = pg_fd_kind_name((enum pg_fd_kind)k);
		cr_expect_eq((int)pg_fd_kind_by_name(name, strlen(name)), k);
	}
	cr_expect_eq(pg_fd_kind_by_name("file", 3), PG_FD_NR_KINDS);
	cr_expect_eq(pg_fd_kind_by_name("files", 5), PG_FD_NR_KINDS);
	cr_expect_eq(pg_fd_kind_by_name("", 0), PG_FD_NR_KINDS);
}
