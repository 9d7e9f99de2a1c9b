/* SPDX-License-Identifier: MIT */
/*
 * job_tty: a terminal with a job on it. A pty whose other end is the test, and a shell of that one
 * job in its session: without it the job would be in an orphaned process group, which the kernel
 * does not stop. For pty_test and child_pty_test.
 */
#ifndef JOB_TTY_H
#define JOB_TTY_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define JOB_TTY_WAIT_MS 120000 /* for a machine that is very busy; a pass takes none of it */

struct job_tty {
	int master, slave;     /* the slave is kept open, so that its settings can be read */
	struct termios before; /* these, at the beginning */
	int report;            /* of the shell: the job's pid, then each wait status of it */
	pid_t shell, job;
};

struct job_tty_options {
	int rows, cols;
	bool outlives; /* the shell stays when the terminal goes; else that ends it, and its job */
	bool leads;    /* there is no shell: the job leads the session, as `xterm -e` has it */
	int keep;      /* a descriptor that the job has as well; or 0 */
	/* Becomes the job: in its process group, in the foreground, with no stream set up yet. */
	void (*run)(const struct job_tty *t, const void *arg);
	const void *arg;
};

/* What a test that failed leaves running must not hold the pipes of the test's runner open. */
static inline void job_tty_close_others(int a, int b, int c)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fd != a && fd != b && fd != c)
			close(fd);
}

static inline void job_tty_be_job(const struct job_tty *t, const struct job_tty_options *o)
{
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(t->slave, getpid());
	signal(SIGTTOU, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	o->run(t, o->arg);
	_exit(127);
}

static inline void job_tty_be_shell(const struct job_tty *t, const struct job_tty_options *o,
				    int report)
{
	int status = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	job_tty_close_others(t->slave, report, o->keep);
	setsid();
	ioctl(t->slave, TIOCSCTTY, 0);
	signal(SIGHUP, o->outlives ? SIG_IGN : SIG_DFL);
	pid_t pid = o->leads ? getpid() : fork();
	if (o->leads && write(report, &pid, sizeof(pid)) == (ssize_t)sizeof(pid))
		o->run(t, o->arg);
	if (pid == 0) {
		close(report);
		job_tty_be_job(t, o);
	}
	close(t->slave);
	if (o->keep)
		close(o->keep);
	ssize_t n = write(report, &pid, sizeof(pid));
	while (n > 0 && waitpid(pid, &status, WUNTRACED) == pid) {
		n = write(report, &status, sizeof(status));
		if (!WIFSTOPPED(status))
			break;
	}
	_exit(0);
}

static inline int job_tty_report(const struct job_tty *t)
{
	int value;
	struct pollfd p = {.fd = t->report, .events = POLLIN};
	cr_assert_eq(poll(&p, 1, JOB_TTY_WAIT_MS), 1, "nothing happens");
	cr_assert_eq(read(t->report, &value, sizeof(value)), (ssize_t)sizeof(value));
	return value;
}

static inline void job_tty_start(struct job_tty *t, const struct job_tty_options *o)
{
	struct winsize ws = {.ws_row = (unsigned short)o->rows, .ws_col = (unsigned short)o->cols};
	int fds[2];
	*t = (struct job_tty){0};
	cr_assert_eq(openpty(&t->master, &t->slave, NULL, NULL, &ws), 0);
	cr_assert_eq(tcgetattr(t->slave, &t->before), 0);
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	t->shell = fork();
	if (t->shell == 0)
		job_tty_be_shell(t, o, fds[1]);
	close(fds[1]);
	t->report = fds[0];
	t->job = job_tty_report(t);
}

/* The settings of the line are as they were. */
static inline void job_tty_expect_restored(const struct job_tty *t)
{
	struct termios after;
	cr_assert_eq(tcgetattr(t->slave, &after), 0);
	cr_expect_eq(after.c_lflag, t->before.c_lflag, "local flags");
	cr_expect_eq(after.c_iflag, t->before.c_iflag, "input flags");
	cr_expect_eq(after.c_oflag, t->before.c_oflag, "output flags");
}

#endif
