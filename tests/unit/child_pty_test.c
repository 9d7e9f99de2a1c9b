/* SPDX-License-Identifier: MIT */
/* Commands on a terminal, with a shell of one job between, so that Ctrl-Z means something. */
#include "child_host.h"
#include "job_tty.h"

TestSuite(child_pty, .timeout = 300);

struct tty {
	struct job_tty on;
	int told; /* of the host */
};

/* Which streams of the host are the terminal; a stream that is not is /dev/null. */
enum { IN = 1, OUT = 2, ERR = 4, ALL = 7 };

struct wanted {
	int which;
	struct pg_child_options o;
	void (*set_up)(void); /* or NULL; the last that is done before */
	int told;
	bool leads; /* there is no shell */
};

static void run_host(const struct job_tty *t, const void *arg)
{
	const struct wanted *w = arg;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
	for (int fd = 0; fd < 3; fd++)
		dup2(w->which & (1 << fd) ? t->slave : null, fd);
	host_close_others(w->told, -1, -1);
	if (w->set_up)
		w->set_up();
	_exit(host_run(w->o, w->told));
}

static void start_wanted(struct tty *t, struct wanted w)
{
	int told[2];
	cr_assert_eq(pipe2(told, O_CLOEXEC), 0);
	w.told = told[1];
	w.o.capture = true;
	job_tty_start(&t->on, &(struct job_tty_options){.rows = 24,
							.cols = 80,
							.keep = told[1],
							.run = run_host,
							.arg = &w,
							.leads = w.leads});
	close(told[1]);
	t->told = told[0];
}

static void start(struct tty *t, int which, struct pg_child_options o, void (*set_up)(void))
{
	start_wanted(t, (struct wanted){.which = which, .o = o, .set_up = set_up});
}

static void expect_end(struct tty *t, int status)
{
	cr_expect_eq(exit_of(job_tty_report(&t->on)), status);
	job_tty_expect_restored(&t->on);
}

/* ---- what a program finds -------------------------------------------------------------------- */

Test(child_pty, lines_are_made_lines_once)
{
	struct tty t;
	start(&t, ALL, shell("printf 'a\\nb\\r\\n\\tc'; exit 3"), NULL);
	await(t.on.master, "a\r\nb\r\r\n\tc");
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
	await(t.on.master, "o1e1o2e2o3e3");
	expect_end(&t, 0);
}

Test(child_pty, what_is_typed_reaches_the_command)
{
	struct tty t;
	start(&t, ALL, shell("read x; echo got $x"), NULL);
	tell(t.on.master, "some words\n");
	await(t.on.master, "got some words\r\n");
	expect_end(&t, 0);
}

Test(child_pty, events_are_found_on_a_terminal)
{
	struct tty t;
	start(&t, ALL, shell("printf '50 %%\\r'; echo 'EVENT: 5 half'; read x"), NULL);
	await(t.told, "event 1 half\n");
	tell(t.on.master, "\n");
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
	await(t.on.master, "\r\n1500\r\n");
	await(t.on.master, "\r\n3000\r\n");
	expect_end(&t, 0);
	host_start(&h, (int[]){-1, t.on.slave, -1}, shell("seq 3000"), be_nobody);
	await(t.on.master, "\r\n1500\r\n");
	await(t.on.master, "\r\n3000\r\n");
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
	await(t.on.master, "first 24 80\r\n");
	for (int i = 0; i < 3; i++) {
		char want[32];
		struct winsize ws = {.ws_row = (unsigned short)(30 + i), .ws_col = 101};
		cr_assert_eq(ioctl(t.on.master, TIOCSWINSZ, &ws), 0);
		snprintf(want, sizeof(want), "now %d 101\r\n", 30 + i);
		await(t.on.master, want);
	}
	tell(t.on.master, "\n");
	expect_end(&t, 0);
}

/* ---- settings of the line -------------------------------------------------------------------- */

static void set_line(bool all_anew, tcflag_t local, tcflag_t output)
{
	struct termios t = {0};
	if (!all_anew)
		tcgetattr(STDOUT_FILENO, &t);
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_oflag &= ~(tcflag_t)ONLCR;
	t.c_lflag |= local;
	t.c_oflag |= output;
	t.c_cc[VMIN] = 1;
	tcsetattr(STDOUT_FILENO, TCSADRAIN, &t);
}

static bool is_key(char want)
{
	char c;
	return read(STDIN_FILENO, &c, 1) == 1 && c == want;
}

/* As curses does it: by stdout, though keys come from stdin. What follows has to be told, for
 * nothing else may come: a key, and no line, without an echo. */
static int set_by_stdout(void)
{
	struct termios before;
	tcgetattr(STDOUT_FILENO, &before);
	set_line(false, 0, 0);
	if (!is_key('k'))
		return 1;
	tcsetattr(STDOUT_FILENO, TCSADRAIN, &before);
	return is_key('l') && is_key('\n') ? 0 : 2;
}

static void await_line(const struct tty *t, tcflag_t local, bool on)
{
	struct termios now;
	do {
		poll(NULL, 0, 1);
		cr_assert_eq(tcgetattr(t->on.slave, &now), 0);
	} while (!(now.c_lflag & local) == on);
}

Test(child_pty, settings_made_by_stdout_are_made_of_our_terminal)
{
	struct tty t;
	start(&t, ALL, function(set_by_stdout), NULL);
	await_line(&t, ICANON, false);
	tell(t.on.master, "k");
	await_line(&t, ICANON, true);
	tell(t.on.master, "l\n");
	await(t.on.master, "l\r\n");
	expect_end(&t, 0);
}

static int set_and_end(void)
{
	set_line(true, ICANON | ECHO | ISIG, OPOST | ONLCR);
	if (!is_key('\n'))
		return 1;
	dprintf(STDOUT_FILENO, "a\n");
	if (!is_key('\n'))
		return 2;
	set_line(false, 0, 0);
	return is_key('k') ? 0 : 3;
}

/* Who makes all settings anew is followed on, and has its lines made lines once; who ends with
 * others leaves them. */
Test(child_pty, settings_stay_as_the_command_left_them)
{
	struct termios now;
	struct tty t;
	start(&t, ALL, function(set_and_end), NULL);
	await_line(&t, IEXTEN, false);
	tell(t.on.master, "\n");
	await(t.on.master, "\r\na\r\n");
	tell(t.on.master, "\n");
	await_line(&t, ICANON, false);
	tell(t.on.master, "k");
	cr_expect_eq(exit_of(job_tty_report(&t.on)), 0);
	cr_assert_eq(tcgetattr(t.on.slave, &now), 0);
	cr_expect_eq(now.c_lflag & (ICANON | ECHO | EXTPROC), 0U);
	cr_expect_eq(now.c_oflag & (OPOST | ONLCR), (tcflag_t)OPOST);
}

/* ---- keys that are signals ------------------------------------------------------------------- */

Test(child_pty, ctrl_c_ends_the_command_and_not_us)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; read x"), NULL);
	await(t.on.master, "ready");
	tell(t.on.master, "\003");
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
	tell(t->on.master, key);
	await(t->on.master, echo);
	await(t->on.master, said);
	kill(t->on.job, SIGRTMIN);
	cr_assert_eq(read(t->on.master, text, strlen(mark)), (ssize_t)strlen(mark));
	cr_expect_str_eq(text, mark, "%s came twice: %s", said, text);
}

/* From the terminal, and not from us as well; who sends to us alone is heard. */
Test(child_pty, keys_come_once)
{
	struct tty t;
	start(&t, ALL, function(say_signals), NULL);
	await(t.on.master, "ready");
	expect_once(&t, "\003", "<2>", "^C");
	expect_once(&t, "\034", "<3>", "^\\");
	expect_once(&t, "\032", "<20>", "^Z");
	tell(t.on.master, "\n");
	expect_end(&t, 0);
}

Test(child_pty, ctrl_z_stops_us_with_it)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; read x; echo $x"), NULL);
	await(t.on.master, "ready");
	for (int i = 0; i < 3; i++) {
		tell(t.on.master, "\032");
		int status = job_tty_report(&t.on);
		cr_assert(WIFSTOPPED(status), "%x", status);
		cr_expect_eq(WSTOPSIG(status), SIGTSTP);
		kill(-t.on.job, SIGCONT);
	}
	tell(t.on.master, "on\n");
	await(t.on.master, "on\r\n");
	expect_end(&t, 0);
}

static void stop_as_top_does(int sig)
{
	(void)sig;
	raise(SIGSTOP);
	dprintf(STDOUT_FILENO, "again");
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
	await(t.on.master, "ready");
	for (int i = 0; i < 2; i++) {
		tell(t.on.master, "\032");
		int status = job_tty_report(&t.on);
		cr_assert(WIFSTOPPED(status), "%x", status);
		kill(-t.on.job, SIGCONT);
		await(t.on.master, "again"); /* else a key meets one that is still going on */
	}
	tell(t.on.master, "\n");
	expect_end(&t, 0);
}

/* Somebody who asks us alone to stop stops the command; and to go on, the same. */
Test(child_pty, a_stop_from_elsewhere_is_forwarded)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; read x; echo $x"), NULL);
	await(t.on.master, "ready");
	kill(t.on.job, SIGTSTP);
	int status = job_tty_report(&t.on);
	cr_assert(WIFSTOPPED(status), "%x", status);
	kill(t.on.job, SIGCONT);
	tell(t.on.master, "on\n");
	await(t.on.master, "on\r\n");
	expect_end(&t, 0);
}

/* Nobody reads: the command is ended by the first signal, and what is left is given up by the next.
 */
static void flood(void (*set_up)(void))
{
	struct tty t;
	start(&t, OUT | ERR, shell("echo ready; exec yes"), set_up);
	await(t.on.master, "ready");
	struct pollfd p = {.fd = t.on.report, .events = POLLIN};
	while (poll(&p, 1, 10) == 0)
		kill(t.on.job, SIGTERM);
	expect_end(&t, 128 + SIGTERM);
}

Test(child_pty, a_terminal_that_takes_nothing_holds_nobody)
{
	flood(NULL);
	if (getuid() == 0)
		flood(be_nobody);
}

static void expect_end_with_terminal(struct tty *t)
{
	await(t->on.master, "ready");
	close(t->on.slave);
	close(t->on.master);
	await(t->told, "ends 1 0");
	char *rest = read_all(t->told, NULL); /* to its end */
	free(rest);
}

/* The kernel ends the shell, and with it its job: the command, which is all that ends us. */
Test(child_pty, a_terminal_that_goes_away)
{
	struct tty t;
	start(&t, ALL, shell("echo ready; while :; do sleep 100; done"), NULL);
	expect_end_with_terminal(&t);
}

/* Then the kernel tells us alone. */
Test(child_pty, a_terminal_that_goes_away_from_the_leader_of_its_session)
{
	struct tty t;
	start_wanted(&t, (struct wanted){.which = ALL,
					 .leads = true,
					 .o = shell("echo ready; exec sleep 1000")});
	expect_end_with_terminal(&t);
}
