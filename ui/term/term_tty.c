/* SPDX-License-Identifier: MIT */
#include "term_tty.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "term.h"

enum { MAX_ROWS = 1000, MAX_COLS = 4000, PATIENCE_MS = 20 };

const int term_tty_signals[TERM_TTY_SIGNALS] = {SIGWINCH, SIGINT,  SIGTERM,
						SIGHUP,   SIGTSTP, SIGCONT};

bool term_usable(struct pg_error *err)
{
	const char *type = getenv("TERM");

	if (!isatty(STDOUT_FILENO)) {
		pg_fail(err, 0,
			"the grid needs a terminal on standard output; --csv writes a table");
		return false;
	}
	if (!type || !*type || strcmp(type, "dumb") == 0) {
		pg_fail(err, 0, "the grid needs a terminal, but TERM is %s; --csv writes a table",
			type && *type ? "dumb" : "not set");
		return false;
	}
	return true;
}

int term_tty_block_signals(sigset_t *old_mask)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < TERM_TTY_SIGNALS; i++)
		sigaddset(&set, term_tty_signals[i]);
	pthread_sigmask(SIG_BLOCK, &set, old_mask);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int term_tty_read_signal(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

bool term_tty_pending(int sig)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, sig) == 1;
}

void term_tty_stop_job(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	kill(0, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* The signal that woke us up says nothing new. */
	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	sigtimedwait(&set, NULL, &(struct timespec){0});
}

void term_tty_write(int fd, const char *s)
{
	size_t n = strlen(s);

	while (n > 0) {
		ssize_t done = write(fd, s, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		s += done;
		n -= (size_t)done;
	}
}

int term_tty_output(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int n = poll(&p, 1, PATIENCE_MS);

	if (n > 0 && (p.revents & (POLLERR | POLLHUP | POLLNVAL)))
		return -EIO;
	return n > 0 ? 0 : -EAGAIN;
}

bool term_tty_lost(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int bytes = 0;

	if (poll(&p, 1, 0) <= 0)
		return false;
	if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
		return true;
	return (p.revents & POLLIN) && (ioctl(fd, FIONREAD, &bytes) < 0 || bytes == 0);
}

void term_tty_size(int fd, int *rows, int *cols)
{
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) < 0 || ws.ws_row == 0 || ws.ws_col == 0)
		return;
	*rows = ws.ws_row < MAX_ROWS ? ws.ws_row : MAX_ROWS;
	*cols = ws.ws_col < MAX_COLS ? ws.ws_col : MAX_COLS;
}
