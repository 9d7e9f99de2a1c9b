/* SPDX-License-Identifier: MIT */
/*
 * The command is in our session and process group, so what the terminal sends (Ctrl-C, Ctrl-Z, a
 * hang-up, a new size) has reached it as well. What a process sent was meant for us alone, and is
 * forwarded. si_code tells them apart: ≤ 0 is from a process, see sigaction(2).
 */
#include "child_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* What can be forwarded. Not here: what tells of an error of ours, SIGTTIN and SIGTTOU, which stop
 * us beside the command, and what is not for anyone but us. */
static const int forwarded[] = {
	SIGHUP,  SIGINT, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2,   SIGALRM,  SIGTERM, SIGCONT,
	SIGTSTP, SIGIO,  SIGPWR,  SIGURG,  SIGPROF, SIGVTALRM, SIGWINCH, SIGCHLD,
};

static void fill_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < PG_ARRAY_LEN(forwarded); i++)
		sigaddset(set, forwarded[i]);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		sigaddset(set, sig);
}

int pg_child_signals_open(struct pg_child_signals *s, struct pg_error *err)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, plain = {.sa_handler = SIG_DFL};
	sigset_t set;
	fill_set(&set);
	s->fd = pg_child_high(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	if (s->fd < 0)
		return pg_fail(err, s->fd, "cannot wait for signals: %s", strerror(-s->fd));
	sigprocmask(SIG_BLOCK, &set, &s->before);
	sigaction(SIGPIPE, &ignore, &s->pipe);
	sigaction(SIGXFSZ, &ignore, &s->xfsz);
	/* Who ignores it has no children to wait for; the command may have got it so. */
	sigaction(SIGCHLD, &plain, &s->chld);
	return 0;
}

void pg_child_signals_restore(const struct pg_child_signals *s)
{
	sigaction(SIGPIPE, &s->pipe, NULL);
	sigaction(SIGXFSZ, &s->xfsz, NULL);
	sigaction(SIGCHLD, &s->chld, NULL);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

void pg_child_signals_close(struct pg_child_signals *s)
{
	struct signalfd_siginfo info;
	if (s->fd < 0)
		return;
	while (read(s->fd, &info, sizeof(info)) > 0)
		;
	pg_child_signals_restore(s);
	pg_child_shut(&s->fd);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void forward(const struct pg_child *c, const struct signalfd_siginfo *info)
{
	union sigval value = {.sival_ptr = (void *)(uintptr_t)info->ssi_ptr};
	if (info->ssi_code == SI_QUEUE)
		sigqueue(c->pid, (int)info->ssi_signo, value);
	else
		kill(c->pid, (int)info->ssi_signo);
}

/* An alarm that was set before our exec is ours still, but was meant for the command. */
static bool is_alarm(int sig)
{
	return sig == SIGALRM || sig == SIGVTALRM || sig == SIGPROF;
}

/* A terminal that goes away tells the leader of its session alone, and not its group: see
 * tty_signal_session_leader() in drivers/tty/tty_jobctrl.c. */
static bool is_of_leader(int sig)
{
	return (sig == SIGHUP || sig == SIGCONT) && getsid(0) == getpid();
}

/* Our own, and what the command sent to its whole group, must not come back to it. */
static bool is_for_command(const struct pg_child *c, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;
	if (info->ssi_code > 0)
		return is_alarm(sig) || is_of_leader(sig);
	return (pid_t)info->ssi_pid != getpid() && (pid_t)info->ssi_pid != c->pid;
}

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void reap(struct pg_child *c)
{
	pid_t pid;
	int status;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		if (pid != c->pid)
			continue; /* an orphan of the command */
		if (WIFSTOPPED(status))
			c->stop = WSTOPSIG(status);
		else if (WIFCONTINUED(status))
			c->stop = 0;
		else {
			c->ended = true;
			c->status = shell_status(status);
		}
	}
}

/* The terminal told the command before its own terminal had the size: once more. */
static void resize(const struct pg_child *c, const struct signalfd_siginfo *info)
{
	bool any = false;
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++) {
		pg_child_terminal_resize(&c->stream[i]);
		any = any || c->stream[i].pty;
	}
	if (!c->ended && (any || is_for_command(c, info)) && (pid_t)info->ssi_pid != getpid())
		kill(c->pid, SIGWINCH);
}

static bool asks_to_end(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

/*
 * A shell lets the whole group go on. Then the command does so already, and one SIGCONT more would
 * undo a Ctrl-Z that came right after.
 */
static bool went_on(struct pg_child *c)
{
	bool stopped = c->we_stopped;
	c->asked_to_stop = c->we_stopped = false;
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++)
		pg_child_terminal_resize(&c->stream[i]);
	reap(c);
	return stopped && c->stop == 0;
}

static void take(struct pg_child *c, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;
	if (sig == SIGCHLD) {
		reap(c);
		return;
	}
	if (sig == SIGWINCH) {
		resize(c, info);
		return;
	}
	if (sig == SIGTSTP)
		c->asked_to_stop = true;
	if (sig == SIGCONT && went_on(c))
		return;
	if (c->ended)
		c->done = c->done || asks_to_end(sig);
	else if (is_for_command(c, info))
		forward(c, info);
}

/*
 * As the shell that waits for us wants it. Who draws on a whole screen puts the terminal back first
 * and then stops itself, mostly with SIGSTOP. One that somebody stopped though we were not asked is
 * waited for; who did so will go on with it, not with us.
 */
static void stop_with_it(struct pg_child *c)
{
	sigset_t stop, before;
	c->asked_to_stop = false;
	c->we_stopped = true;
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++)
		pg_child_terminal_follow(&c->stream[i]);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	kill(getpid(), SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, &before); /* here we stand */
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool is_stop_asked_for(int sig)
{
	return sig == SIGTSTP || sig == SIGSTOP;
}

void pg_child_signals_take(struct pg_child *c)
{
	struct signalfd_siginfo info;
	while (read(c->signals.fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		take(c, &info);
	if (c->asked_to_stop && is_stop_asked_for(c->stop) && !c->ended)
		stop_with_it(c);
}
