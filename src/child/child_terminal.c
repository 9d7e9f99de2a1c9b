/* SPDX-License-Identifier: MIT */
/*
 * The terminal that a command has in place of ours. Its bytes go out through it; what is typed
 * comes from ours. A program may set the line by any of its streams, and curses does so by stdout:
 * so what it changes of the one is changed of ours. Packet mode (ioctl_tty(2)) tells of each
 * change while EXTPROC is set, see pty_set_termios() in drivers/tty/pty.c; but ahead of bytes that
 * wait to be read, so that what was printed right before may go out with the new settings.
 */
#include "child_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Through the master, so that another mount of /dev/pts does not matter (Linux 4.13). */
static int open_peer(int master)
{
	char name[64];
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && ptsname_r(master, name, sizeof(name)) == 0)
		fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return pg_child_high(fd);
}

/* Settings of ours, but nothing is made of what passes: our terminal does that once. Nothing comes
 * in here either, so nothing is echoed, and no byte is a signal. */
static void set_up(struct pg_child_stream *s)
{
	int on = 1;
	struct termios t;
	if (tcgetattr(s->out.fd, &t) < 0 && tcgetattr(s->theirs, &t) < 0)
		return;
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_lflag |= EXTPROC;
	tcsetattr(s->theirs, TCSANOW, &t);
	tcgetattr(s->theirs, &s->line);
	s->packets = ioctl(s->from, TIOCPKT, &on) == 0;
}

void pg_child_terminal_resize(const struct pg_child_stream *s)
{
	struct winsize size;
	if (s->pty && s->from >= 0 && ioctl(s->out.fd, TIOCGWINSZ, &size) == 0)
		ioctl(s->from, TIOCSWINSZ, &size);
}

int pg_child_terminal_open(struct pg_child_stream *s, struct pg_error *err)
{
	s->from = pg_child_high(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (s->from < 0 || unlockpt(s->from) < 0)
		return pg_fail(err, -1,
			       "cannot make a terminal for the command: %s "
			       "(--no-capture does without)",
			       strerror(errno));
	s->theirs = open_peer(s->from);
	if (s->theirs < 0)
		return pg_fail(err, -1,
			       "cannot open a terminal for the command: %s "
			       "(--no-capture does without)",
			       strerror(-s->theirs));
	s->pty = true;
	set_up(s);
	pg_child_terminal_resize(s);
	return 0;
}

/* A packet begins with a byte that says what it is; one that tells something has no more. */
ssize_t pg_child_terminal_read(struct pg_child_stream *s, char *to, size_t room)
{
	ssize_t n = read(s->from, to, s->packets ? room + 1 : room);
	if (!s->packets || n <= 0)
		return n;
	if (to[0] & TIOCPKT_IOCTL)
		s->set = true;
	if (n == 1) {
		errno = EINTR;
		return -1;
	}
	memmove(to, to + 1, (size_t)n - 1);
	return n - 1;
}

/* What differs between two settings; the rest stays as ours is. */
static tcflag_t follow_bits(tcflag_t ours, tcflag_t before, tcflag_t now)
{
	tcflag_t differs = before ^ now;
	return (ours & ~differs) | (now & differs);
}

static bool is_same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag &&
	       memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

/* Who makes settings from nothing loses EXTPROC with them, and with OPOST on lines would be made
 * lines twice. */
static void keep_apart(const struct pg_child_stream *s, struct termios *now)
{
	if ((now->c_lflag & EXTPROC) && !(now->c_oflag & OPOST))
		return;
	now->c_lflag |= EXTPROC;
	now->c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(s->from, TCSANOW, now);
}

void pg_child_terminal_follow(struct pg_child_stream *s)
{
	struct termios now, ours;
	s->set = false;
	if (!s->pty || s->from < 0 || tcgetattr(s->from, &now) < 0)
		return;
	keep_apart(s, &now);
	if (is_same(&now, &s->line) || tcgetattr(s->out.fd, &ours) < 0)
		return;
	ours.c_iflag = follow_bits(ours.c_iflag, s->line.c_iflag, now.c_iflag);
	ours.c_oflag = follow_bits(ours.c_oflag, s->line.c_oflag, now.c_oflag);
	ours.c_lflag = follow_bits(ours.c_lflag, s->line.c_lflag, now.c_lflag);
	for (size_t i = 0; i < PG_ARRAY_LEN(now.c_cc); i++)
		if (now.c_cc[i] != s->line.c_cc[i])
			ours.c_cc[i] = now.c_cc[i];
	s->line = now;
	tcsetattr(s->out.fd, TCSANOW, &ours);
}
