/* SPDX-License-Identifier: MIT */
/*
 * Every child is in one list until it was waited for, and leads a group of its own. Ways out:
 * exit() ends all in the list, a signal leads to exit(), and if we are killed the kernel kills the
 * children (PR_SET_PDEATHSIG). Children of children come to us when theirs has ended, so that the
 * last one of a crowd is gone when bench_end() returns, and does not disturb what comes next.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

#define MAX_CHILDREN 16
#define END_MS       3000 /* after SIGTERM */

static const char *self = "bench";
static char home[64];
static pid_t children[MAX_CHILDREN];
static volatile sig_atomic_t interrupted;

/* ---- ways out ------------------------------------------------------------------------------- */

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", self, what, why);
	exit(1);
}

static void on_signal(int sig)
{
	interrupted = sig;
}

static void stop_if_interrupted(void)
{
	if (interrupted) {
		fprintf(stderr, "%s: interrupted\n", self);
		interrupted = 0;
		exit(1);
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void clean_up(void)
{
	for (size_t i = 0; i < MAX_CHILDREN; i++)
		bench_end(children[i]);
	if (home[0])
		nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void remember(pid_t pid)
{
	for (size_t i = 0; i < MAX_CHILDREN; i++)
		if (children[i] == 0) {
			children[i] = pid;
			return;
		}
	kill(pid, SIGKILL);
	fail("children", "too many at once");
}

static void forget(pid_t pid)
{
	for (size_t i = 0; i < MAX_CHILDREN; i++)
		if (children[i] == pid)
			children[i] = 0;
}

void bench_begin(const char *name)
{
	struct sigaction sa = {.sa_handler = on_signal};
	self = name;
	setvbuf(stdout, NULL, _IOLBF, 0);
	strcpy(home, "/tmp/procgrid-bench.XXXXXX");
	if (!mkdtemp(home)) {
		home[0] = '\0';
		fail("a directory in /tmp", strerror(errno));
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	atexit(clean_up);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- what children find --------------------------------------------------------------------- */

void bench_config(const char *dir, const char *file, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", home, dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", home, dir, file);
	FILE *f = fopen(path, "w");
	if (!f || fputs(text, f) == EOF || fclose(f) == EOF)
		fail(path, strerror(errno));
}

const char *bench_path(const char *file)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", home, file);
	return path;
}

/* The same for everybody: no user's settings, a locale with UTF-8 that is always there. atop would
 * turn on the accounting of the whole machine: not with an empty ATOPACCT. */
static void set_environment(void)
{
	static const char *const away[] = {"COLUMNS", "LINES", "HTOPRC", "NO_COLOR", "COLORTERM"};
	for (size_t i = 0; i < PG_ARRAY_LEN(away); i++)
		unsetenv(away[i]);
	setenv("HOME", home, 1);
	setenv("XDG_CONFIG_HOME", home, 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("ATOPACCT", "", 1);
}

static _Noreturn void become(const char *const argv[])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	set_environment();
	execvp(argv[0], (char **)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

const char *bench_procgrid(void)
{
	const char *program = getenv("PROCGRID");
	return program ? program : "./procgrid";
}

bool bench_has(const char *name)
{
	char path[4096];
	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	for (const char *s = getenv("PATH"); s && *s;) {
		size_t n = strcspn(s, ":");
		snprintf(path, sizeof(path), "%.*s/%s", (int)n, s, name);
		if (access(path, X_OK) == 0)
			return true;
		s += n + (s[n] == ':');
	}
	return false;
}

/* ---- children ------------------------------------------------------------------------------- */

static pid_t start_piped(const char *const argv[], int *out)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		fail("pipe", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		fail("fork", strerror(errno));
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);
		dup2(null, STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		setpgid(0, 0);
		become(argv);
	}
	setpgid(pid, pid); /* whoever comes first */
	close(fds[1]);
	*out = fds[0];
	remember(pid);
	return pid;
}

static pid_t start_on_terminal(const char *const argv[], int *master)
{
	struct winsize ws = {.ws_row = BENCH_ROWS, .ws_col = BENCH_COLS};
	pid_t pid = forkpty(master, NULL, NULL, &ws);
	if (pid < 0)
		fail("forkpty", strerror(errno));
	if (pid == 0)
		become(argv);
	fcntl(*master, F_SETFD, FD_CLOEXEC);
	remember(pid);
	return pid;
}

void bench_open(struct bench_run *r, const char *const argv[], bool tty)
{
	stop_if_interrupted();
	*r = (struct bench_run){.started_ns = pg_clock_ns(CLOCK_MONOTONIC)};
	r->pid = tty ? start_on_terminal(argv, &r->fd) : start_piped(argv, &r->fd);
}

static void keep_said(struct bench_run *r, const char *bytes, size_t n)
{
	size_t len = strlen(r->said);
	for (size_t i = 0; i < n && len < sizeof(r->said) - 1; i++)
		if (bytes[i] >= ' ' && bytes[i] < 0x7f)
			r->said[len++] = bytes[i];
}

size_t bench_read(struct bench_run *r, int ms)
{
	static char bytes[1 << 18];
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	stop_if_interrupted();
	if (r->ended || poll(&p, 1, ms) != 1) {
		stop_if_interrupted();
		return 0;
	}
	ssize_t n = read(r->fd, bytes, sizeof(bytes));
	if (n <= 0) {
		r->ended = n == 0 || errno != EINTR;
		return 0;
	}
	if (r->bytes < sizeof(r->said))
		keep_said(r, bytes, (size_t)n);
	r->last_ns = pg_clock_ns(CLOCK_MONOTONIC);
	r->bytes += (size_t)n;
	return (size_t)n;
}

size_t bench_drain(struct bench_run *r, int quiet_ms, int max_ms)
{
	uint64_t until = pg_clock_ns(CLOCK_MONOTONIC) + (uint64_t)max_ms * 1000000,
		 before = r->bytes;
	while (pg_clock_ns(CLOCK_MONOTONIC) < until && bench_read(r, quiet_ms))
		;
	return (size_t)(r->bytes - before);
}

/* A program that ends writes to its terminal, and must not wait for us in doing so. */
void bench_close(struct bench_run *r)
{
	kill(r->pid, SIGTERM);
	bench_drain(r, END_MS, END_MS);
	bench_end(r->pid);
	close(r->fd);
}

static bool has_ended(pid_t pid, int ms)
{
	for (; ms >= 0; ms -= 10) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

void bench_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	if (!has_ended(pid, END_MS)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	forget(pid);
	kill(-pid, SIGKILL);
	while (waitpid(-pid, NULL, 0) > 0)
		;
}

pid_t bench_target(const char *const argv[])
{
	const char *dir = getenv("targets_dir"), *args[8] = {NULL};
	char path[4096], line[16];
	int out;
	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "tests/targets", argv[0]);
	args[0] = path;
	for (size_t i = 1; i < PG_ARRAY_LEN(args) - 1 && argv[i]; i++)
		args[i] = argv[i];
	if (access(path, X_OK) < 0)
		fail(path, "not there; start it in the build directory, by make bench");
	pid_t pid = start_piped(args, &out);
	struct pollfd p = {.fd = out, .events = POLLIN};
	bool ready = poll(&p, 1, 60000) == 1 && read(out, line, sizeof(line)) > 0;
	close(out);
	stop_if_interrupted();
	if (!ready)
		fail(path, "it did not get ready");
	return pid;
}

void bench_first_line(const char *const argv[], char *line, size_t size)
{
	size_t len = 0;
	int out;
	pid_t pid = start_piped(argv, &out);
	struct pollfd p = {.fd = out, .events = POLLIN};
	while (len < size - 1 && poll(&p, 1, 5000) == 1) {
		ssize_t n = read(out, line + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	close(out);
	bench_end(pid);
}

void bench_sleep(int ms)
{
	stop_if_interrupted();
	poll(NULL, 0, ms);
	stop_if_interrupted();
}

/* ---- numbers -------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double bench_median(double *v, size_t nr)
{
	qsort(v, nr, sizeof(*v), by_value);
	return nr % 2 ? v[nr / 2] : (v[nr / 2 - 1] + v[nr / 2]) / 2;
}

int bench_env(const char *name, int fallback, int min, int max)
{
	const char *s = getenv(name);
	int v = s && *s ? atoi(s) : fallback;
	return v < min ? min : v > max ? max : v;
}
