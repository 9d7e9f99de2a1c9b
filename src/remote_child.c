/* SPDX-License-Identifier: MIT */
#include "remote_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_BYTES 4096
/* A pipe holds no more (pipe(7)), so that is all that one who has ended can have left. */
#define LAST_BYTES 65536

extern char **environ;

/* Signals as a program expects them, not blocked or ignored as ours are; a session of its own. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, plain;
	sigemptyset(&none);
	sigemptyset(&plain);
	sigaddset(&plain, SIGPIPE);
	sigaddset(&plain, SIGTERM);
	sigaddset(&plain, SIGINT);
	sigaddset(&plain, SIGQUIT);
	int e = posix_spawnattr_setsigmask(attr, &none);
	e = e ? e : posix_spawnattr_setsigdefault(attr, &plain);
	return e ? e
		 : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							  POSIX_SPAWN_SETSID);
}

static int set_descriptors(posix_spawn_file_actions_t *act, int out, int err)
{
	int e = posix_spawn_file_actions_addopen(act, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	e = e ? e : posix_spawn_file_actions_adddup2(act, out, STDOUT_FILENO);
	return e ? e : posix_spawn_file_actions_adddup2(act, err, STDERR_FILENO);
}

/* 0 or an errno. */
static int spawn(pid_t *pid, char *const argv[], int out, int err)
{
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t act;
	int e = posix_spawnattr_init(&attr);
	if (e)
		return e;
	e = posix_spawn_file_actions_init(&act);
	if (!e) {
		e = set_attributes(&attr);
		e = e ? e : set_descriptors(&act, out, err);
		e = e ? e : posix_spawnp(pid, argv[0], &act, &attr, argv, environ);
		posix_spawn_file_actions_destroy(&act);
	}
	posix_spawnattr_destroy(&attr);
	return e;
}

static int no_start(const char *program, int e, struct pg_error *err)
{
	if (e == ENOENT)
		return pg_fail(err, -e, "there is no program %s: install it", program);
	return pg_fail(err, -e, "cannot start %s: %s", program, strerror(e));
}

int pg_remote_child_start(struct pg_remote_child *c, char *const argv[], int *out_fd,
			  struct pg_error *err)
{
	int out[2], errs[2];
	*c = PG_REMOTE_CHILD_NONE;
	if (pipe2(out, O_CLOEXEC) < 0)
		return no_start(argv[0], errno, err);
	if (pipe2(errs, O_CLOEXEC) < 0) {
		int e = errno;
		close(out[0]);
		close(out[1]);
		return no_start(argv[0], e, err);
	}
	int e = spawn(&c->pid, argv, out[1], errs[1]);
	close(out[1]);
	close(errs[1]);
	if (e) {
		close(out[0]);
		close(errs[0]);
		c->pid = 0;
		return no_start(argv[0], e, err);
	}
	fcntl(errs[0], F_SETFL, O_NONBLOCK);
	c->err_fd = errs[0];
	*out_fd = out[0];
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
