/* SPDX-License-Identifier: MIT */
/*
 * Commands on a terminal: a pty whose other end is this test, as in pty_test.c, with a shell of one
 * job between, so that Ctrl-Z means something.
 */
#include "child_host.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

TestSuite(child_pty, .timeout = 60);

struct tty {
	int master, slave; /* the slave is kept open, so that its settings can be read */
	struct termios before;
	int report; /* of the shell: the host's pid, then each wait status */
	int told;   /* of the host */
	pid_t shell, host;
};

/* Which streams of the host are the terminal; a stream that is not is /dev/null. */
enum { IN = 1, OUT = 2, ERR = 4, ALL = 7 };

/* ---- on the other side ----------------------------------------------------------------------- */

static void be_host(const struct tty *t, int which, struct pg_child_options o, void (*set_up)(void),
		    int told)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(t->slave, getpid());
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
	for (int fd = 0; fd < 3; fd++)
		dup2(which & (1 << fd) ? t->slave : null, fd);
	host_close_others(told, -1, -1);
	if (set_up)
		set_up();
	_exit(host_run(o, told));
}

/* A session whose terminal is the pty, with one job in the foreground. */
static void be_shell(struct tty *t, int which, struct pg_child_options o, void (*set_up)(void),
		     int report, int told)
{
	int status = 0;
	host_close_others(t->slave, report, told);
	setsid();
	ioctl(t->slave, TIOCSCTTY, 0);
	signal(SIGHUP, SIG_DFL);
	t->host = fork();
	if (t->host == 0)
		be_host(t, which, o, set_up, told);
	close(t->slave);
	close(told);
	ssize_t n = write(report, &t->host, sizeof(t->host));
	while (n > 0 && waitpid(t->host, &status, WUNTRACED) == t->host) {
		n = write(report, &status, sizeof(status));
		if (!WIFSTOPPED(status))
			break;
	}
	_exit(0);
}

/* ---- in the test ----------------------------------------------------------------------------- */

static int next_report(const struct tty *t)
{
	int value;
	struct pollfd p = {.fd = t->report, .events = POLLIN};
	cr_assert_eq(poll(&p, 1, WAIT_MS), 1, "nothing happens");
	cr_assert_eq(read(t->report, &value, sizeof(value)), (ssize_t)sizeof(value));
	return value;
}

static void start(struct tty *t, int which, struct pg_child_options o, void (*set_up)(void))
{
	struct winsize ws = {.ws_row = 24, .ws_col = 80};
	int report[2], told[2];
	*t = (struct tty){0};
	cr_assert_eq(openpty(&t->master, &t->slave, NULL, NULL, &ws), 0);
	cr_assert_eq(tcgetattr(t->slave, &t->before), 0);
	cr_assert(pipe2(report, O_CLOEXEC) == 0 && pipe2(told, O_CLOEXEC) == 0);
	o.capture = true;
	t->shell = fork();
	if (t->shell == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_shell(t, which, o, set_up, report[1], told[1]);
	}
	close(report[1]);
	close(told[1]);
	t->report = report[0];
	t->told = told[0];
	t->host = next_report(t);
}

/* The terminal itself is as it was. */
static void expect_end(struct tty *t, int status)
{
	struct termios after;
	cr_expect_eq(exit_of(next_report(t)), status);
	cr_assert_eq(tcgetattr(t->slave, &after), 0);
	cr_expect_eq(after.c_lflag, t->before.c_lflag, "local flags");
	cr_expect_eq(after.c_iflag, t->before.c_iflag, "input flags");
	cr_expect_eq(after.c_oflag, t->before.c_oflag, "output flags");
}

/* ---- what a program finds -------------------------------------------------------------------- */

Test(child_pty, lines_are_made_lines_once)
{
	struct tty t;
	start(&t, ALL, shell("printf 'a\\nb\\r\\n\\tc'; exit 3"), NULL);
	await(t.master, "a\r\nb\r\r\n\tc");
	expect_end(&t, 3);
}

Test(child_pty, streams_are_terminals_where_ours_are)
{
	static const char script[] = "s=0; for i in 0 1 2; do [ -t $i ] && s=$((s + (1 << i))); "
				     "done; exit $s";
	for (int which = 0; which <= ALL; which++) {
		struct tty t;
		start(&t, which, shell(script), NULL);
		expect_end(&t, which);
	}
}

Test(child_pty, stdout_and_stderr_are_the_same_and_keep_their_order)
{
	struct tty t;
	start(&t, ALL,
	      shell("[ /proc/self/fd/1 -ef /proc/self/fd/2 ] || exit 1; "
		    "for i in 1 2 3; do printf o$i; printf e$i >&2; done"),
	      NULL);
	await(t.master, "o1e1o2e2o3e3");
	expect_end(&t, 0);
}

Test(child_pty, what_is_typed_reaches_the_command)
{
	struct tty t;
	start(&t, ALL, shell("read x; echo got $x"), NULL);
	tell(t.master, "some words\n");
	await(t.master, "got some words\r\n");
	expect_end(&t, 0);
}

Test(child_pty, events_are_found_on_a_terminal)
{
	struct tty t;
	start(&t, ALL, shell("printf '50 %%\\r'; echo 'EVENT: 5 half'; read x"), NULL);
	await(t.told, "event 1 half\n");
	tell(t.master, "\n");
	expect_end(&t, 0);
}

static void be_nobody(void)
{
	if (setuid(65534) != 0)
		abort();
}

/* As after su(1); and, where it is not even our controlling terminal, little by little. */
Test(child_pty, a_terminal_of_another_user)
{
	struct tty t;
	struct host h;
	if (getuid() != 0)
		cr_skip_test("only root can become somebody else");
	start(&t, OUT, shell("seq 3000"), be_nobody);
	await(t.master, "\r\n1500\r\n");
	await(t.master, "\r\n3000\r\n");
	expect_end(&t, 0);
	host_start(&h, (int[]){-1, t.slave, -1}, shell("seq 3000"), be_nobody);
	await(t.master, "\r\n1500\r\n");
	await(t.master, "\r\n3000\r\n");
	cr_expect_eq(exit_of(host_end(&h, NULL)), 0);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void say_size(int sig)
{
	struct winsize ws = {0};
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	dprintf(STDOUT_FILENO, "%s %d %d\n", sig ? "now" : "first", ws.ws_row, ws.ws_col);
}

static int follow_size(void)
{
	struct sigaction sa = {.sa_handler = say_size, .sa_flags = SA_RESTART};
	char c;
	sigaction(SIGWINCH, &sa, NULL);
	say_size(0);
	return read(STDIN_FILENO, &c, 1) == 1 ? 0 : 1;
}

Test(child_pty, the_size_is_ours_and_follows)
{
	struct tty t;
	start(&t, ALL, function(follow_size), NULL);
	await(t.master, "first 24 80\r\n");
	for (int i = 0; i < 3; i++) {
		char want[32];
		struct winsize ws = {.ws_row = (unsigned short)(30 + i), .ws_col = 101};
		cr_assert_eq(ioctl(t.master, TIOCSWINSZ, &ws), 0);
		snprintf(want, sizeof(want), "now %d 101\r\n", 30 + i);
		await(t.master, want);
	}
	tell(t.master, "\n");
	expect_end(&t, 0);
}

/* ---- keys that are signals ------------------------------------------------------------------- */

Test(child_pty, ctrl_c_ends_the_command_and_not_us)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; read x"), NULL);
	await(t.master, "ready");
	tell(t.master, "\003");
	expect_end(&t, 128 + SIGINT);
}

static void say_signal(int sig)
{
	dprintf(STDOUT_FILENO, "<%d>", sig);
}

static int say_signals(void)
{
	struct sigaction sa = {.sa_handler = say_signal, .sa_flags = SA_RESTART};
	char c;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGQUIT, &sa, NULL);
	sigaction(SIGTSTP, &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	dprintf(STDOUT_FILENO, "ready");
	return read(STDIN_FILENO, &c, 1) == 1 ? 0 : 1;
}

/* Of what has come, SIGRTMIN is taken last by the host and by the command: nothing is under way
 * any more when it is said. */
static void expect_once(struct tty *t, const char *key, const char *said, const char *echo)
{
	char text[64] = "", mark[16];
	snprintf(mark, sizeof(mark), "<%d>", SIGRTMIN);
	tell(t->master, key);
	await(t->master, echo);
	await(t->master, said);
	kill(t->host, SIGRTMIN);
	cr_assert_eq(read(t->master, text, strlen(mark)), (ssize_t)strlen(mark));
	cr_expect_str_eq(text, mark, "%s came twice: %s", said, text);
}

/* From the terminal, and not from us as well; who sends to us alone is heard. */
Test(child_pty, keys_come_once)
{
	struct tty t;
	start(&t, ALL, function(say_signals), NULL);
	await(t.master, "ready");
	expect_once(&t, "\003", "<2>", "^C");
	expect_once(&t, "\034", "<3>", "^\\");
	expect_once(&t, "\032", "<20>", "^Z");
	tell(t.master, "\n");
	expect_end(&t, 0);
}

Test(child_pty, ctrl_z_stops_us_with_it)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; read x; echo $x"), NULL);
	await(t.master, "ready");
	for (int i = 0; i < 3; i++) {
		tell(t.master, "\032");
		int status = next_report(&t);
		cr_assert(WIFSTOPPED(status), "%x", status);
		cr_expect_eq(WSTOPSIG(status), SIGTSTP);
		kill(-t.host, SIGCONT);
	}
	tell(t.master, "on\n");
	await(t.master, "on\r\n");
	expect_end(&t, 0);
}

static void stop_as_top_does(int sig)
{
	(void)sig;
	raise(SIGSTOP);
}

static int on_a_whole_screen(void)
{
	struct sigaction sa = {.sa_handler = stop_as_top_does, .sa_flags = SA_RESTART};
	char c;
	sigaction(SIGTSTP, &sa, NULL);
	dprintf(STDOUT_FILENO, "ready");
	return read(STDIN_FILENO, &c, 1) == 1 ? 0 : 1;
}

/* Else the shell would never get the terminal back. */
Test(child_pty, ctrl_z_stops_us_with_one_that_stops_itself)
{
	struct tty t;
	start(&t, ALL, function(on_a_whole_screen), NULL);
	await(t.master, "ready");
	for (int i = 0; i < 2; i++) {
		tell(t.master, "\032");
		int status = next_report(&t);
		cr_assert(WIFSTOPPED(status), "%x", status);
		kill(-t.host, SIGCONT);
	}
	tell(t.master, "\n");
	expect_end(&t, 0);
}

/* Somebody who asks us alone to stop stops the command; and to go on, the same. */
Test(child_pty, a_stop_from_elsewhere_is_forwarded)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; read x; echo $x"), NULL);
	await(t.master, "ready");
	kill(t.host, SIGTSTP);
	int status = next_report(&t);
	cr_assert(WIFSTOPPED(status), "%x", status);
	kill(t.host, SIGCONT);
	tell(t.master, "on\n");
	await(t.master, "on\r\n");
	expect_end(&t, 0);
}

/* Nobody reads: the command is ended by the first signal, and what is left is given up by the next.
 */
static void flood(void (*set_up)(void))
{
	struct tty t;
	start(&t, OUT | ERR, shell("echo ready; exec yes"), set_up);
	await(t.master, "ready");
	struct pollfd p = {.fd = t.report, .events = POLLIN};
	while (poll(&p, 1, 10) == 0)
		kill(t.host, SIGTERM);
	expect_end(&t, 128 + SIGTERM);
}

Test(child_pty, a_terminal_that_takes_nothing_holds_nobody)
{
	flood(NULL);
	if (getuid() == 0)
		flood(be_nobody);
}

/* The kernel ends the shell, and with it its job: the command, which is all that ends us. */
Test(child_pty, a_terminal_that_goes_away)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; while :; do sleep 100; done"), NULL);
	await(t.master, "ready");
	close(t.slave);
	close(t.master);
	await(t.told, "ends 1 0");
	char *rest = read_all(t.told, NULL); /* to its end */
	free(rest);
}
