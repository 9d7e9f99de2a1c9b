/* SPDX-License-Identifier: MIT */
/*
 * The texts of links are those of fs/d_path.c (paths, " (deleted)"), fs/pipe.c, net/socket.c,
 * fs/anon_inodes.c ("anon_inode:[eventfd]"; inotify alone has no brackets) and mm/memfd.c. Whoever
 * may name a file may imitate a part of them, so what stat(2) says comes first.
 */
#include "fd_kind.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "task/procparse.h"

#define DELETED " (deleted)"

static const char *const names[PG_FD_NR_KINDS] = {
	[PG_FD_FILE] = "file",       [PG_FD_DIRECTORY] = "directory", [PG_FD_SOCKET] = "socket",
	[PG_FD_PIPE] = "pipe",       [PG_FD_EVENTFD] = "eventfd",     [PG_FD_EPOLL] = "epoll",
	[PG_FD_TIMERFD] = "timerfd", [PG_FD_SIGNALFD] = "signalfd",   [PG_FD_INOTIFY] = "inotify",
	[PG_FD_MEMFD] = "memfd",     [PG_FD_DEVICE] = "device",       [PG_FD_DELETED] = "deleted",
	[PG_FD_OTHER] = "other",
};

const char *pg_fd_kind_name(enum pg_fd_kind kind)
{
	return (unsigned)kind < PG_FD_NR_KINDS ? names[kind] : names[PG_FD_OTHER];
}

static bool is(struct pg_span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.s, word, s.n) == 0;
}

static bool begins(struct pg_span s, const char *with)
{
	size_t n = strlen(with);
	return s.n >= n && memcmp(s.s, with, n) == 0;
}

static bool ends(struct pg_span s, const char *with)
{
	size_t n = strlen(with);
	return s.n >= n && memcmp(s.s + s.n - n, with, n) == 0;
}

enum pg_fd_kind pg_fd_kind_by_name(const char *name, size_t n)
{
	int kind = 0;
	while (kind < PG_FD_NR_KINDS && !is((struct pg_span){name, n}, names[kind]))
		kind++;
	return (enum pg_fd_kind)kind;
}

/* Of "anon_inode:[io_uring]" and "anon_inode:inotify" the name, of "net:[4026531840]" "net". */
static struct pg_span object_name(struct pg_span s)
{
	static const char anon[] = "anon_inode:";
	if (begins(s, anon)) {
		s.s += sizeof(anon) - 1;
		s.n -= sizeof(anon) - 1;
		if (s.n >= 2 && s.s[0] == '[' && s.s[s.n - 1] == ']') {
			s.s++;
			s.n -= 2;
		}
		return s;
	}
	const char *colon = s.n ? memchr(s.s, ':', s.n) : NULL;
	return (struct pg_span){s.s, colon ? (size_t)(colon - s.s) : 0};
}

static enum pg_fd_kind kind_of_object(struct pg_span target)
{
	static const struct {
		const char *name;
		enum pg_fd_kind kind;
	} known[] = {
		{"socket", PG_FD_SOCKET},   {"pipe", PG_FD_PIPE},
		{"eventfd", PG_FD_EVENTFD}, {"eventpoll", PG_FD_EPOLL},
		{"timerfd", PG_FD_TIMERFD}, {"signalfd", PG_FD_SIGNALFD},
		{"inotify", PG_FD_INOTIFY},
	};
	struct pg_span name = object_name(target);
	for (size_t i = 0; i < PG_ARRAY_LEN(known); i++)
		if (is(name, known[i].name))
			return known[i].kind;
	return PG_FD_OTHER;
}

/* A path, or nothing: what kind of file it leads to. */
static enum pg_fd_kind kind_of_file(struct pg_span target, unsigned mode)
{
	bool deleted = !(mode & PG_FD_HAS_NAME) && ends(target, DELETED);
	switch (mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK:
		return PG_FD_DEVICE;
	case S_IFIFO:
		return PG_FD_PIPE;
	case S_IFSOCK: /* opened by its path, with O_PATH: nobody talks through it */
	case S_IFLNK:
		return PG_FD_OTHER;
	case 0:
		if (begins(target, "/dev/") && !begins(target, "/dev/shm/"))
			return PG_FD_DEVICE;
		break;
	default:
		break;
	}
	if (deleted && begins(target, "/memfd:"))
		return PG_FD_MEMFD;
	if (deleted)
		return PG_FD_DELETED;
	return S_ISDIR(mode & S_IFMT) ? PG_FD_DIRECTORY : PG_FD_FILE;
}

/* "(unreachable)/x" is a path as well: of a mount that its process does not see. */
static bool is_path(struct pg_span s)
{
	return begins(s, "/") || begins(s, "(unreachable)");
}

enum pg_fd_kind pg_fd_kind_of(const char *target, size_t n, unsigned mode)
{
	struct pg_span s = {target, n};
	return n == 0 || is_path(s) ? kind_of_file(s, mode) : kind_of_object(s);
}

/* Where it begins; s.n: nowhere. */
static size_t find(struct pg_span s, const char *what)
{
	for (size_t at = 0; at < s.n; at++)
		if (begins((struct pg_span){s.s + at, s.n - at}, what))
			return at;
	return s.n;
}

/* An accepted connection has another remote port each time: where it came in is what they share. */
static void socket_prefix(struct pg_span s, struct pg_buf *out)
{
	size_t accepted = find(s, PG_FD_ACCEPTED), outgoing = find(s, PG_FD_OUTGOING);
	const char *blank = s.n ? memchr(s.s, ' ', s.n) : NULL;
	if (find(s, ":[") < s.n && !blank) /* "socket:[4711]" */
		return;
	if (outgoing == s.n || accepted < outgoing || !blank) {
		pg_buf_put(out, s.s, accepted);
		return;
	}
	size_t remote = outgoing + sizeof(PG_FD_OUTGOING) - 1;
	pg_buf_put(out, s.s, (size_t)(blank - s.s) + 1);
	pg_buf_put(out, s.s + remote, s.n - remote);
}

void pg_fd_prefix(enum pg_fd_kind kind, const char *target, size_t n, struct pg_buf *out)
{
	struct pg_span s = {target, n};
	if (kind == PG_FD_SOCKET) {
		socket_prefix(s, out);
	} else if (kind != PG_FD_MEMFD && n > 0 && is_path(s)) {
		size_t most = n < PG_FD_PREFIX_MAX ? n : PG_FD_PREFIX_MAX;
		const char *slash = memrchr(target, '/', most);
		if (slash)
			pg_buf_put(out, target, (size_t)(slash - target) + 1);
	} else if (kind == PG_FD_OTHER) {
		struct pg_span name = object_name(s);
		pg_buf_put(out, name.s, name.n);
	}
}
