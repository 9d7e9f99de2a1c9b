/* SPDX-License-Identifier: MIT */
/*
 * Between fork and exec only async-signal-safe calls are made (signal-safety(7)); all that needs
 * memory is made before. posix_spawn(3) can neither restore a signal that was ignored nor say which
 * of its steps failed.
 */
#include "child_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define STATUS_OURS      125
#define STATUS_NOT_RUN   126
#define STATUS_NOT_FOUND 127

extern char **environ;

/* environ, and the variable in front; NULL: environ as it is. The caller frees it. */
static char **unbuffered_environ(void)
{
	static const char name[] = "PYTHONUNBUFFERED";
	size_t n = 0;
	if (getenv(name))
		return NULL;
	while (environ && environ[n])
		n++;
	char **env = pg_calloc(n + 2, sizeof(*env));
	env[0] = (char *)"PYTHONUNBUFFERED=1";
	memcpy(env + 1, environ, n * sizeof(*env));
	return env;
}

/* ---- in the child ---------------------------------------------------------------------------- */

static void set_streams(const struct pg_child *c)
{
	const struct pg_child_stream *one = &c->stream[0], *two = &c->stream[1];
	if (one->out.closed)
		close(STDOUT_FILENO);
	if (two->out.closed)
		close(STDERR_FILENO);
	if (one->theirs >= 0)
		dup2(one->theirs, STDOUT_FILENO);
	if (c->together && one->theirs >= 0)
		dup2(one->theirs, STDERR_FILENO);
	else if (two->theirs >= 0)
		dup2(two->theirs, STDERR_FILENO);
}

static _Noreturn void be_function(const struct pg_child_options *o, int report)
{
	close(report);
	close_range(STDERR_FILENO + 1, ~0U, 0); /* as an exec would have done */
	_exit(o->function());
}

static _Noreturn void be_command(const struct pg_child *c, const struct pg_child_options *o,
				 char **env, int report)
{
	set_streams(c);
	pg_child_signals_restore(&c->signals);
	if (o->function)
		be_function(o, report);
	execvpe(o->argv[0], o->argv, env ? env : environ);
	int e = errno;
	ssize_t n = write(report, &e, sizeof(e));
	_exit(n < 0 ? STATUS_OURS : STATUS_NOT_RUN);
}

/* ---- in the parent --------------------------------------------------------------------------- */

/* The errno of an exec that failed; 0: the descriptor was closed by one that did not. */
static int read_report(int fd)
{
	int e = 0;
	ssize_t n;
	do
		n = read(fd, &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(e) ? e : 0;
}

static int not_run(const char *name, int e, struct pg_error *err)
{
	if (e == ENOENT && strchr(name, '/') && access(name, F_OK) == 0)
		pg_fail(err, 0, "%s: the interpreter of its first line does not exist", name);
	else if (e == ENOENT && !strchr(name, '/'))
		pg_fail(err, 0, "%s: command not found", *name ? name : "\"\"");
	else
		pg_fail(err, 0, "%s: %s", name, strerror(e));
	return e == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

static void close_theirs(struct pg_child *c)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(c->stream); i++)
		if (!c->stream[i].pty)
			pg_child_shut(&c->stream[i].theirs);
}

static int fork_it(struct pg_child *c, const struct pg_child_options *o, char **env,
		   struct pg_error *err)
{
	int report[2] = {-1, -1};
	if (pipe2(report, O_CLOEXEC) < 0)
		return pg_fail(err, STATUS_OURS, "cannot make a pipe: %s", strerror(errno));
	report[0] = pg_child_high(report[0]);
	report[1] = pg_child_high(report[1]);
	c->pid = fork();
	int e = errno;
	if (c->pid == 0)
		be_command(c, o, env, report[1]);
	pg_child_shut(&report[1]);
	if (c->pid > 0)
		e = read_report(report[0]);
	pg_child_shut(&report[0]);
	if (c->pid < 0)
		return pg_fail(err, STATUS_OURS, "cannot start a process: %s", strerror(e));
	close_theirs(c);
	return e ? not_run(o->argv[0], e, err) : 0;
}

int pg_child_spawn(struct pg_child *c, const struct pg_child_options *o, struct pg_error *err)
{
	bool held_back = o->argv && c->stream[0].from >= 0 && !c->stream[0].pty;
	char **env = held_back ? unbuffered_environ() : NULL;
	int status = fork_it(c, o, env, err);
	free(env);
	return status;
}
