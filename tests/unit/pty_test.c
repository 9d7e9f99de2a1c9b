/* SPDX-License-Identifier: MIT */
/*
 * The whole program on a real terminal: a pty whose other end is this test. Every way out must
 * leave the terminal as it was found: the settings of the line, the screen, the mouse. What is
 * awaited is output or an exit, never a time.
 */
#include "job_tty.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A program that goes on talking, but never says what is awaited, is ended by this. */
TestSuite(pty, .timeout = 300);

struct tty {
	struct job_tty on;
	char *text; /* all that the program wrote so far */
	size_t len, cap, seen;
};

static void run_program(const struct job_tty *t, const void *arg)
{
	char *const *argv = arg;
	for (int fd = 0; fd < 3; fd++)
		dup2(t->slave, fd);
	close(t->slave);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("NO_COLOR");
	setenv("HOME", "/nonexistent", 1);
	execv(argv[0], argv);
}

static void start_at(struct tty *t, int rows, int cols, const char *program,
		     const char *const *args)
{
	const char *argv[16] = {program};
	for (int i = 0; args && args[i]; i++)
		argv[i + 1] = args[i];
	*t = (struct tty){0};
	job_tty_start(&t->on, &(struct job_tty_options){.rows = rows,
							.cols = cols,
							.outlives = true,
							.run = run_program,
							.arg = argv});
}

static void start(struct tty *t, int rows, int cols, const char *const *args)
{
	const char *program = getenv("PROCGRID");
	if (!program)
		cr_skip_test("PROCGRID does not name the program");
	start_at(t, rows, cols, program, args);
}

/* Reads once, waiting if there is nothing. False when nothing more can come. */
static bool read_some(struct tty *t)
{
	struct pollfd p = {.fd = t->on.master, .events = POLLIN};
	cr_assert_eq(poll(&p, 1, JOB_TTY_WAIT_MS), 1, "the program says nothing");
	if (t->len + 65536 > t->cap) {
		t->cap = 2 * t->cap + 131072;
		t->text = realloc(t->text, t->cap);
	}
	ssize_t n = read(t->on.master, t->text + t->len, 65536);
	if (n <= 0)
		return false;
	t->len += (size_t)n;
	return true;
}

/* Until this stands in the output behind what was awaited before. */
static void await(struct tty *t, const char *what)
{
	for (;;) {
		char *at = t->len > t->seen
				   ? memmem(t->text + t->seen, t->len - t->seen, what, strlen(what))
				   : NULL;
		if (at) {
			t->seen = (size_t)(at - t->text) + strlen(what);
			return;
		}
		cr_assert(read_some(t), "%s never came", what);
	}
}

static void type(struct tty *t, const char *keys)
{
	cr_assert_eq(write(t->on.master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

/* Drains what it writes until it has ended, and gives the status. */
static int await_end(struct tty *t)
{
	for (;;) {
		struct pollfd p[] = {{.fd = t->on.report, .events = POLLIN},
				     {.fd = t->on.master, .events = POLLIN}};
		cr_assert_gt(poll(p, 2, JOB_TTY_WAIT_MS), 0, "it does not end");
		if (p[1].revents & POLLIN)
			read_some(t);
		else if (p[0].revents)
			return job_tty_report(&t->on);
	}
}

static bool wrote(const struct tty *t, const char *what)
{
	return memmem(t->text, t->len, what, strlen(what)) != NULL;
}

static void is_restored(struct tty *t)
{
	job_tty_expect_restored(&t->on);
	cr_expect(wrote(t, "\033[?1049l"), "the first screen is back");
	if (wrote(t, "\033[?1003h"))
		cr_expect(wrote(t, "\033[?1003l"), "the mouse is off");
	free(t->text);
}

Test(pty, q_quits_and_restores)
{
	struct tty t;
	start(&t, 24, 80, NULL);
	await(&t, "\033[?1049h");
	await(&t, "tasks");
	type(&t, "q");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	is_restored(&t);
}

Test(pty, statistics_come_when_the_first_screen_is_back)
{
	static const char *const args[] = {"--stats", NULL};
	struct tty t;
	start(&t, 24, 80, args);
	await(&t, "tasks");
	type(&t, "q");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	await(&t, "\033[?1049l");
	await(&t, "first_cpu_us ");
	await(&t, "missed ");
	is_restored(&t);
}

Test(pty, ctrl_c_quits_and_restores)
{
	struct tty t;
	start(&t, 24, 80, NULL);
	await(&t, "tasks");
	type(&t, "\003");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status));
	is_restored(&t);
}

Test(pty, a_resize_is_drawn)
{
	struct tty t;
	struct winsize ws = {.ws_row = 30, .ws_col = 120};
	start(&t, 24, 80, NULL);
	await(&t, "tasks");
	cr_assert_eq(ioctl(t.on.master, TIOCSWINSZ, &ws), 0);
	await(&t, "tasks"); /* the legend again, at its new place */
	type(&t, "q");
	await_end(&t);
	is_restored(&t);
}

Test(pty, keys_open_a_page_and_help)
{
	struct tty t;
	start(&t, 24, 80, NULL);
	await(&t, "tasks");
	type(&t, "?");
	await(&t, "colours, signs");
	type(&t, "?");
	await(&t, "tasks");
	type(&t, "q");
	await_end(&t);
	is_restored(&t);
}

static void ends_by(int sig)
{
	struct tty t;
	start(&t, 24, 80, NULL);
	await(&t, "tasks");
	kill(t.on.job, sig);
	int status = await_end(&t);
	if (sig != SIGTERM && sig != SIGHUP)
		cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == sig, "%s", strsignal(sig));
	is_restored(&t);
}

Test(pty, sigterm_restores)
{
	ends_by(SIGTERM);
}

Test(pty, sighup_restores)
{
	ends_by(SIGHUP);
}

Test(pty, a_crash_restores)
{
	/* In a sanitizer build this crash is ours and must not be reported as one of the program's.
	 */
	setenv("ASAN_OPTIONS", "handle_segv=0", 1);
	ends_by(SIGSEGV);
}

Test(pty, signals_that_nobody_sends_restore)
{
	static const int signals[] = {SIGUSR1, SIGUSR2, SIGXCPU,   SIGXFSZ, SIGSYS,
				      SIGTRAP, SIGPROF, SIGVTALRM, SIGIO};
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ends_by(signals[i]);
}

Test(pty, a_stop_restores_and_going_on_draws_again)
{
	struct tty t;
	int status;
	start(&t, 24, 80, NULL);
	await(&t, "tasks");
	kill(t.on.job, SIGTSTP);
	await(&t, "\033[?1049l");
	status = job_tty_report(&t.on);
	cr_assert(WIFSTOPPED(status));
	kill(t.on.job, SIGCONT);
	await(&t, "tasks");
	type(&t, "q");
	await_end(&t);
	is_restored(&t);
}

/* The other end goes away: the program ends by itself, and does not spin. */
Test(pty, a_lost_terminal_ends_the_program)
{
	struct tty t;
	start(&t, 24, 80, NULL);
	await(&t, "tasks");
	close(t.on.slave);
	close(t.on.master);
	job_tty_report(&t.on);
	free(t.text);
}

Test(pty, the_mouse_shows_a_popup)
{
	struct tty t;
	start(&t, 24, 80, (const char *[]){"--density", "roomy", NULL});
	await(&t, "\033[?1003h");
	await(&t, "tasks");
	/* The first cell stands behind the label of the first group, on the third line. */
	for (int col = 1; col < 40; col++) {
		char report[32];
		snprintf(report, sizeof(report), "\033[<35;%d;3M", col);
		type(&t, report);
	}
	await(&t, "why");
	type(&t, "q");
	await_end(&t);
	is_restored(&t);
}

/* A script that plays ssh comes first in PATH; in it $2 is the host, $dir the directory. */
static void play_ssh(char dir[32], const char *script)
{
	char path[4096];
	snprintf(dir, 32, "/tmp/pty_test.XXXXXX");
	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/ssh", dir);
	FILE *f = fopen(path, "w");
	cr_assert(f);
	fprintf(f, "#!/bin/sh\ndir=%s\nwhile [ \"$1\" != -- ]; do shift; done\n%s\n", dir, script);
	fchmod(fileno(f), 0700);
	fclose(f);
	snprintf(path, sizeof(path), "%s:%s", dir, getenv("PATH"));
	setenv("PATH", path, 1);
}

static void remove_ssh(const char *dir)
{
	char command[64];
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	cr_expect_eq(system(command), 0);
}

Test(pty, no_host_holds_the_keys)
{
	static const char *const args[] = {"--host",  "silent", "--host",  "endless", "--host",
					   "chatter", "--host", "rubbish", NULL};
	char dir[32];
	struct tty t;
	play_ssh(dir, "case $2 in\n"
		      "silent) exec sleep 1000 ;;\n"
		      "endless) exec tr '\\0' x </dev/zero ;;\n"
		      "chatter) yes what a day >&2 ;;\n"
		      "rubbish) exec yes ;;\n"
		      "esac");
	start(&t, 24, 80, args);
	await(&t, "4 hosts");
	await(&t, "refused"); /* both of those that send something */
	type(&t, "?");
	await(&t, "Moving");
	type(&t, "?");
	await(&t, "connecting");
	type(&t, "q");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	is_restored(&t);
	remove_ssh(dir);
}

Test(pty, a_host_comes_back_when_it_is_asked_to)
{
	static const char *const args[] = {"--host", "far", NULL};
	char dir[32];
	struct tty t;
	if (!getenv("PROCGRID"))
		cr_skip_test("PROCGRID does not name the program");
	play_ssh(dir, "\"$PROCGRID\" --json --compact -n 1\n"
		      "[ -e $dir/again ] || { touch $dir/again; echo gone home >&2; exit 255; }\n"
		      "exec sleep 1000");
	start(&t, 24, 80, args);
	await(&t, "gone home");
	await(&t, "again in");
	type(&t, " ");
	await(&t, "answers");
	type(&t, "q");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	is_restored(&t);
	remove_ssh(dir);
}

Test(pty, without_a_terminal_it_says_what_to_do)
{
	const char *program = getenv("PROCGRID");
	char text[1024] = "";
	int fds[2];
	if (!program)
		cr_skip_test("PROCGRID does not name the program");
	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		dup2(fds[1], 2);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	ssize_t n, len = 0;
	while ((n = read(fds[0], text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), 2);
	cr_expect(strstr(text, "--csv") != NULL, "%s", text);
}

/* The header tells its own cost from the second frame on; the first one is but a glance. */
Test(pty, the_past_is_there_and_so_is_the_way_back)
{
	struct tty t;
	start(&t, 24, 80, (const char *[]){"--delay", "0.05", NULL});
	await(&t, "own");
	for (int i = 0; i < 20; i++) /* a past of some frames: each is a few pieces of output */
		cr_assert(read_some(&t), "nothing is drawn any more");
	type(&t, ",");
	await(&t, "PAST");
	type(&t, "b-5");
	await(&t, "go to");
	type(&t, "m\r");
	await(&t, "first");
	type(&t, "<<< "); /* slowly, for the past may be of few frames */
	await(&t, "playing");
	type(&t, "\033");
	await(&t, "idle");
	type(&t, "q");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	is_restored(&t);
}

Test(pty, a_recording_plays_by_itself)
{
	const char *dir = getenv("tests_dir");
	char path[4096];
	struct tty t;
	if (!dir)
		cr_skip_test("tests_dir does not name the directory of the tests");
	snprintf(path, sizeof(path), "%s/recordings/build.jsonl", dir);
	start(&t, 24, 80, (const char *[]){"replay", path, NULL});
	await(&t, "REPLAY");
	await(&t, "playing");
	type(&t, ">>>>>>");
	await(&t, "aused"); /* at its end; the p stands there already */
	type(&t, "q");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	is_restored(&t);
}

/* On the screen of whoever reads its pipe it would stand in the middle of that. */
Test(pty, a_recorder_tells_how_far_it_is_but_not_beside_a_pipe)
{
	static const char script[] =
		"dir=$(mktemp -d) && \"$PROCGRID\" record -o \"$dir/r\" -n 2 -d 0.05 &&"
		" rm -r \"$dir\" && echo to a pipe &&"
		" \"$PROCGRID\" record -o - -n 2 -d 0.05 | tail -n 1 | cut -c -11";
	struct tty t;
	if (!getenv("PROCGRID"))
		cr_skip_test("PROCGRID does not name the program");
	start_at(&t, 24, 80, "/bin/sh", (const char *[]){"-c", script, NULL});
	await(&t, "0:00:0");
	await(&t, "  1 frame  ");
	await(&t, "  2 frames  ");
	await(&t, "B ");
	await(&t, "to a pipe\r\n{\"frame\":1,");
	int status = await_end(&t);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	free(t.text);
}
