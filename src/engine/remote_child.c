/* SPDX-License-Identifier: MIT */
#include "remote_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_BYTES 4096
/* A pipe holds no more (pipe(7)), so that is all that one who has ended can have left. */
#define LAST_BYTES 65536

struct start {
	char *const *argv;
	int in, out, err;
	pid_t parent;
	volatile int error; /* of the child, which tells it by the memory that both have */
};

/*
 * What the child does before it is another program. Until then it has our memory: so it changes
 * nothing there but the one errno. Signals become what a program expects, not blocked or ignored as
 * ours are. SIGKILL is the kernel's business when the thread that made it ends: that is main, so
 * when we do, and be it by SIGKILL.
 */
static int become(const struct start *s)
{
	static const int plain[] = {SIGPIPE, SIGTERM, SIGINT, SIGQUIT};
	sigset_t none;
	for (size_t i = 0; i < PG_ARRAY_LEN(plain); i++)
		signal(plain[i], SIG_DFL);
	sigemptyset(&none);
	setsid();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return errno;
	if (getppid() != s->parent) /* we ended before that */
		return ESRCH;
	if (dup2(s->in, STDIN_FILENO) < 0 || dup2(s->out, STDOUT_FILENO) < 0 ||
	    dup2(s->err, STDERR_FILENO) < 0)
		return errno;
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	execvp(s->argv[0], s->argv);
	return errno;
}

/*
 * 0 or an errno. posix_spawn(3), which has no word for the signal, does it the same way: a copy of
 * our memory would cost more, the more we keep of the past. We stand still until the child is
 * another program, and no handler of ours runs in it.
 */
static int spawn(pid_t *pid, struct start *s)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	*pid = vfork();
	if (*pid == 0) {
		s->error = become(s);
		_exit(127);
	}
	int e = *pid < 0 ? errno : s->error;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (*pid > 0 && e)
		waitpid(*pid, NULL, 0);
	return e;
}

static int no_start(const char *program, int e, struct pg_error *err)
{
	if (e == ENOENT)
		return pg_fail(err, -e, "there is no program %s; install it", program);
	return pg_fail(err, -e, "cannot start %s: %s", program, strerror(e));
}

/* The caller's ends of the pipes, or an errno. */
static int start_with_pipes(struct pg_remote_child *c, char *const argv[], int *out_fd)
{
	int out[2], errs[2], e;
	pg_auto_close int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || pipe2(out, O_CLOEXEC) < 0)
		return errno;
	if (pipe2(errs, O_CLOEXEC) < 0) {
		e = errno;
	} else {
		struct start s = {argv, in, out[1], errs[1], getpid(), 0};
		e = spawn(&c->pid, &s);
		close(errs[1]);
		if (e)
			close(errs[0]);
	}
	close(out[1]);
	if (e) {
		close(out[0]);
		return e;
	}
	fcntl(errs[0], F_SETFL, O_NONBLOCK);
	c->err_fd = errs[0];
	*out_fd = out[0];
	return 0;
}

int pg_remote_child_start(struct pg_remote_child *c, char *const argv[], int *out_fd,
			  struct pg_error *err)
{
	*c = PG_REMOTE_CHILD_NONE;
	int e = start_with_pipes(c, argv, out_fd);
	if (e) {
		c->pid = 0;
		return no_start(argv[0], e, err);
	}
	return 0;
}

/* A line is cut where it is too long; one that holds nothing is not worth the last one. */
static void take_bytes(struct pg_remote_child *c, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\n' && s[i] != '\r') {
			if (c->part_len + 1 < sizeof(c->part) && s[i] != '\0')
				c->part[c->part_len++] = s[i];
			continue;
		}
		c->part[c->part_len] = '\0';
		if (c->part_len > 0)
			memcpy(c->line, c->part, c->part_len + 1);
		c->part_len = 0;
	}
}

static bool listen_for(struct pg_remote_child *c, size_t most)
{
	char bytes[LISTEN_BYTES];
	size_t got = 0;
	while (c->err_fd >= 0 && got < most) {
		ssize_t n = read(c->err_fd, bytes, sizeof(bytes));
		if (n < 0)
			break; /* nothing more for now */
		if (n == 0) {
			close(c->err_fd);
			c->err_fd = -1;
			break;
		}
		take_bytes(c, bytes, (size_t)n);
		got += (size_t)n;
	}
	return got > 0;
}

bool pg_remote_child_listen(struct pg_remote_child *c)
{
	return listen_for(c, LISTEN_BYTES);
}

bool pg_remote_child_reap(struct pg_remote_child *c, int *status)
{
	if (c->pid <= 0 || waitpid(c->pid, status, WNOHANG) == 0)
		return false;
	listen_for(c, LAST_BYTES);
	take_bytes(c, "\n", 1); /* a last line without its end is one, too */
	if (c->err_fd >= 0)
		close(c->err_fd); /* a child of its may still hold it */
	c->err_fd = -1;
	c->pid = 0;
	return true;
}

void pg_remote_child_signal(const struct pg_remote_child *c, int sig)
{
	if (c->pid > 0)
		kill(-c->pid, sig);
}
