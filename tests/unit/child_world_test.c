/* SPDX-License-Identifier: MIT */
/* What a command finds: signals, descriptors, limits, environment; and which signals reach it. */
#include "child_host.h"

#include <sys/resource.h>
#include <sys/stat.h>

TestSuite(child_world, .timeout = 300);

static struct pg_child_options run(char *const *argv)
{
	return (struct pg_child_options){.capture = true, .argv = argv};
}

/* What it prints; stderr comes, too. */
static char *output(struct pg_child_options o, void (*set_up)(void))
{
	struct host h;
	int ends[2];
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	host_start(&h, (int[]){-2, ends[1], ends[1]}, o, set_up);
	close(ends[1]);
	char *text = read_all(ends[0], NULL);
	exit_of(host_end(&h, NULL));
	close(ends[0]);
	return text;
}

/* ---- descriptors and limits ------------------------------------------------------------------ */

static void open_a_ninth(void)
{
	cr_assert_eq(dup2(STDIN_FILENO, 9), 9);
}

Test(child_world, descriptors_are_those_that_we_got)
{
	char *const argv[] = {(char *)"ls", (char *)"/proc/self/fd", NULL};
	struct pg_child_options o = run(argv);
	for (int capture = 0; capture < 2; capture++) {
		o.capture = capture;
		char *text = output(o, open_a_ninth);
		cr_expect_str_eq(text, "0\n1\n2\n3\n9\n"); /* 3 is the directory */
		free(text);
	}
}

static void set_limit(void)
{
	struct rlimit l = {50, 60};
	setrlimit(RLIMIT_NOFILE, &l);
}

Test(child_world, the_limit_of_files_is_ours)
{
	char *text = output(shell("ulimit -Sn; ulimit -Hn"), set_limit);
	cr_expect_str_eq(text, "50\n60\n");
	free(text);
}

Test(child_world, without_capture_the_streams_are_ours)
{
	struct host h;
	int ends[2];
	struct stat st;
	char want[64];
	struct pg_child_options o = shell("readlink /proc/self/fd/2 >&2; exit 4");
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	fstat(ends[0], &st);
	snprintf(want, sizeof(want), "pipe:[%lu]\n", (unsigned long)st.st_ino);
	for (int capture = 0; capture < 2; capture++) {
		o.capture = capture;
		host_start(&h, (int[]){-2, -2, ends[1]}, o, NULL);
		cr_expect_eq(exit_of(host_end(&h, NULL)), 4);
		char text[64] = "";
		cr_assert_gt(read(ends[0], text, sizeof(text) - 1), 0);
		cr_expect_eq(strcmp(text, want) == 0, !capture, "%s", text);
	}
}

/* ---- environment ----------------------------------------------------------------------------- */

static void no_unbuffered(void)
{
	unsetenv("PYTHONUNBUFFERED");
}

static void empty_unbuffered(void)
{
	setenv("PYTHONUNBUFFERED", "", 1);
}

Test(child_world, python_does_not_hold_back_what_is_captured)
{
	struct pg_child_options o = shell("echo \"${PYTHONUNBUFFERED-unset}\" $HOME");
	setenv("HOME", "/as/it/was", 1);
	char *text = output(o, no_unbuffered);
	cr_expect_str_eq(text, "1 /as/it/was\n");
	free(text);
	text = output(o, empty_unbuffered);
	cr_expect_str_eq(text, " /as/it/was\n", "what the user says holds");
	free(text);
	o.capture = false;
	text = output(o, no_unbuffered);
	cr_expect_str_eq(text, "unset /as/it/was\n");
	free(text);
}

/* ---- signals that it finds ------------------------------------------------------------------- */

static void as_nohup(void)
{
	sigset_t set;
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* our own child is waited for all the same */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static unsigned long long bits(int sig)
{
	return 1ULL << (sig - 1);
}

static void expect_signals(void (*set_up)(void), unsigned long long blocked,
			   unsigned long long ignored)
{
	char *const argv[] = {(char *)"grep", (char *)"Sig[BI]", (char *)"/proc/self/status", NULL};
	char *text = output(run(argv), set_up);
	/* Two are the C library's own (nptl(7)): what they are is not for us to set or to ask. */
	unsigned long long blk = 0, ign = 0, nptl = bits(32) | bits(33);
	cr_expect_eq(sscanf(text, "SigBlk: %llx SigIgn: %llx", &blk, &ign), 2, "%s", text);
	cr_expect_eq(blk & ~nptl, blocked, "%llx", blk);
	cr_expect_eq(ign & ~nptl, ignored, "%llx", ign);
	free(text);
}

static void as_usual(void)
{
	sigset_t none;
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void as_nohup_only(void)
{
	as_usual();
	as_nohup();
}

Test(child_world, signals_are_as_we_got_them)
{
	expect_signals(as_usual, 0, 0);
	expect_signals(as_nohup_only, bits(SIGUSR2), bits(SIGHUP) | bits(SIGCHLD));
}

/* ---- signals that reach it ------------------------------------------------------------------- */

static void say_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	dprintf(STDOUT_FILENO, "%d %s %d\n", sig, info->si_code == SI_QUEUE ? "queued" : "sent",
		info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
}

/* Says each signal that comes, until stdin ends. */
static int listen_for_signals(void)
{
	char c;
	struct sigaction sa = {.sa_sigaction = say_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sig != SIGCHLD)
			sigaction(sig, &sa, NULL); /* of some refused */
	dprintf(STDOUT_FILENO, "ready\n");
	return read(STDIN_FILENO, &c, 1) == 0 ? 11 : 1;
}

static void start_listening(struct host *h, int *in, int *out)
{
	int a[2], b[2];
	struct pg_child_options o = function(listen_for_signals);
	cr_assert(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0);
	host_start(h, (int[]){a[0], b[1], -2}, o, as_usual);
	close(a[0]);
	close(b[1]);
	*in = a[1];
	*out = b[0];
	await(*out, "ready\n");
}

Test(child_world, signals_are_forwarded_once)
{
	static const int signals[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGABRT, SIGUSR1, SIGUSR2,
				      SIGALRM, SIGTERM, SIGCONT,   SIGTSTP, SIGIO,   SIGPWR,
				      SIGURG,  SIGPROF, SIGVTALRM, SIGWINCH};
	struct host h;
	int in, out;
	char want[32];
	start_listening(&h, &in, &out);
	for (size_t i = 0; i < PG_ARRAY_LEN(signals); i++) {
		kill(h.pid, signals[i]);
		snprintf(want, sizeof(want), "%d sent 0\n", signals[i]);
		await(out, want);
	}
	sigqueue(h.pid, SIGRTMIN + 3, (union sigval){.sival_int = 4711});
	snprintf(want, sizeof(want), "%d queued 4711\n", SIGRTMIN + 3);
	await(out, want);
	close(in);
	char *rest = read_all(out, NULL);
	cr_expect_str_eq(rest, "", "and nothing else: %s", rest);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 11);
	free(rest);
}

static void with_an_alarm(void)
{
	as_usual();
	alarm(3); /* not before the command is there, on a busy machine */
}

/* As `perl -e 'alarm 60; exec …'` does: alarms outlive an exec, but are not inherited by a child.
 */
Test(child_world, an_alarm_that_was_set_before_is_the_commands)
{
	struct host h;
	host_start(&h, (int[]){-2, -2, -2}, shell("while :; do sleep 9; done"), with_an_alarm);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 128 + SIGALRM);
}

/* A command that signals its whole group, or its parent, must not get that back from us. */
static int signal_the_parent(void)
{
	struct sigaction sa = {.sa_sigaction = say_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	char c;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	kill(getppid(), SIGUSR1);
	dprintf(STDOUT_FILENO, "done\n");
	return read(STDIN_FILENO, &c, 1) == 0 ? 0 : 1;
}

Test(child_world, what_the_command_sends_does_not_come_back)
{
	struct host h;
	int a[2], b[2];
	char want[32];
	struct pg_child_options o = function(signal_the_parent);
	cr_assert(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0);
	host_start(&h, (int[]){a[0], b[1], -2}, o, as_usual);
	close(a[0]);
	close(b[1]);
	await(b[0], "done\n");
	kill(h.pid, SIGUSR2); /* comes later, is forwarded */
	snprintf(want, sizeof(want), "%d sent 0\n", SIGUSR2);
	char text[64] = "";
	cr_assert_eq(read(b[0], text, strlen(want)), (ssize_t)strlen(want));
	cr_expect_str_eq(text, want);
	close(a[1]);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 0);
}

static int leave_a_talker(void)
{
	if (fork() == 0) {
		for (;;)
			dprintf(STDOUT_FILENO, "%s", "still here\n");
	}
	return 5;
}

/* The host, when all is over: until then it blocks the signal, and sees it. */
static void ignore_term(void)
{
	as_usual();
	signal(SIGTERM, SIG_IGN);
}

/* The command has ended, but somebody goes on writing: who asks us to end is obeyed. */
Test(child_world, after_its_end_we_can_be_ended)
{
	struct host h;
	int ends[2];
	struct pg_child_options o = function(leave_a_talker);
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	host_start(&h, (int[]){-2, ends[1], -2}, o, ignore_term);
	close(ends[1]);
	await(ends[0], "still here\n");
	char bytes[4096];
	int status;
	while (waitpid(h.pid, &status, WNOHANG) == 0) {
		kill(h.pid, SIGTERM);
		for (int i = 0; i < 100; i++)
			if (read(ends[0], bytes, sizeof(bytes)) <= 0)
				break;
	}
	cr_expect_eq(exit_of(status), 5);
}
