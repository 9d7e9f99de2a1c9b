/* SPDX-License-Identifier: MIT */
#include "term_rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "term.h"

/*
 * All that end a process by default and are not read from a descriptor (term_tty.c). SIGALRM is the
 * timer's below.
 */
static const int crash_signals[] = {SIGSEGV,   SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGQUIT,
				    SIGTRAP,   SIGSYS,  SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ,
				    SIGVTALRM, SIGPROF, SIGPIPE, SIGIO,   SIGPWR,  SIGSTKFLT};
static const int quit_signals[] = {SIGTERM, SIGHUP, SIGINT};

/* Only one terminal a process, and handlers have no argument. */
static struct {
	volatile sig_atomic_t held;
	volatile sig_atomic_t quit_signal; /* 0: none */
	void (*also)(void);                /* to be done as well, or NULL */
	bool open, has_timer, has_stack;
	int fd;
	struct termios modes;
	char bytes[512];
	size_t len;
	struct sigaction old[PG_ARRAY_LEN(crash_signals)];
	struct sigaction old_alarm;
	timer_t timer;
	char stack[64 << 10];
} rescue;

/* The modes of a terminal that belongs to another job are not ours to change. */
static bool in_background(void)
{
	pid_t foreground = tcgetpgrp(rescue.fd);
	return foreground > 0 && foreground != getpgrp();
}

/*
 * What waits to be sent is dropped, or the bytes that matter would stand behind it; off and on
 * again undoes a Ctrl-S. The descriptor's flags are shared with the shell: they are put back.
 */
void term_emergency(void)
{
	int saved_errno = errno;

	if (rescue.also)
		rescue.also();
	rescue.also = NULL;
	if (rescue.held && !in_background()) {
		rescue.held = 0;
		tcflush(rescue.fd, TCOFLUSH);
		tcflow(rescue.fd, TCOOFF);
		tcflow(rescue.fd, TCOON);
		int flags = fcntl(rescue.fd, F_GETFL);
		if (flags >= 0)
			fcntl(rescue.fd, F_SETFL, flags | O_NONBLOCK);
		ssize_t unused = write(rescue.fd, rescue.bytes, rescue.len);
		(void)unused;
		if (flags >= 0)
			fcntl(rescue.fd, F_SETFL, flags);
		tcsetattr(rescue.fd, TCSANOW, &rescue.modes);
	}
	errno = saved_errno;
}

/* Returning from its handler runs into the fault again. */
static bool strikes_again(int sig, const siginfo_t *info)
{
	return info->si_code > 0 &&
	       (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL);
}

/*
 * Afterwards the handler that was there before has its turn (a sanitizer's report, or death by
 * default): a fault strikes again as soon as this returns, any other signal is sent again.
 */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	(void)context;
	term_emergency();
	for (size_t i = 0; i < PG_ARRAY_LEN(crash_signals); i++)
		if (crash_signals[i] == sig)
			sigaction(sig, &rescue.old[i], NULL);
	if (!strikes_again(sig, info))
		raise(sig);
}

static _Noreturn void die_of(int sig)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(sig, &by_default, NULL);
	raise(sig);
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + sig);
}

static int reason_to_quit(void)
{
	sigset_t pending;

	if (rescue.quit_signal)
		return rescue.quit_signal;
	if (sigpending(&pending) == 0)
		for (size_t i = 0; i < PG_ARRAY_LEN(quit_signals); i++)
			if (sigismember(&pending, quit_signals[i]) == 1)
				return quit_signals[i];
	return 0;
}

static void on_tick(int sig)
{
	int saved_errno = errno, why = reason_to_quit();

	(void)sig;
	if (why) {
		term_emergency();
		die_of(why);
	}
	errno = saved_errno;
}

static void set_timer(long ms)
{
	struct itimerspec its = {0};

	if (!rescue.has_timer)
		return;
	its.it_value.tv_sec = its.it_interval.tv_sec = ms / 1000;
	its.it_value.tv_nsec = its.it_interval.tv_nsec = ms % 1000 * 1000000;
	timer_settime(rescue.timer, 0, &its, NULL);
}

void term_rescue_begin(void)
{
	set_timer(700);
}

void term_rescue_end(void)
{
	set_timer(0);
}

void term_rescue_hold(bool on)
{
	rescue.held = on;
}

bool term_rescue_holds(void)
{
	return rescue.held;
}

void term_rescue_also(void (*fn)(void))
{
	rescue.also = fn;
}

void term_rescue_quitting(int sig)
{
	rescue.quit_signal = sig;
}

/* A signal of its own thread, so that no other thread's calls are interrupted by it. */
static void open_timer(void)
{
	struct sigaction sa = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
	struct sigevent ev = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, &rescue.old_alarm);
	ev._sigev_un._tid = gettid();
	rescue.has_timer = timer_create(CLOCK_MONOTONIC, &ev, &rescue.timer) == 0;
}

/* A stack that is there already (a sanitizer's) is as good. */
static void open_stack(void)
{
	stack_t stack = {.ss_sp = rescue.stack, .ss_size = sizeof(rescue.stack)}, old;

	rescue.has_stack = sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE) &&
			   sigaltstack(&stack, NULL) == 0;
}

void term_rescue_bytes(const char *s)
{
	while (s && *s && rescue.len < sizeof(rescue.bytes)) {
		if (s[0] == '$' && s[1] == '<') {
			s += strcspn(s, ">");
			s += *s == '>';
		} else {
			rescue.bytes[rescue.len++] = *s++;
		}
	}
}

void term_rescue_open(int fd)
{
	struct sigaction sa = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	rescue.len = 0;
	rescue.fd = fd;
	rescue.held = 0;
	rescue.quit_signal = 0;
	tcgetattr(fd, &rescue.modes);
	open_stack();
	open_timer();
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < PG_ARRAY_LEN(crash_signals); i++)
		if (sigaction(crash_signals[i], NULL, &rescue.old[i]) == 0 &&
		    rescue.old[i].sa_handler != SIG_IGN)
			sigaction(crash_signals[i], &sa, NULL);
	rescue.open = true;
}

void term_rescue_close(void)
{
	if (!rescue.open)
		return;
	rescue.open = false;
	rescue.held = 0;
	for (size_t i = 0; i < PG_ARRAY_LEN(crash_signals); i++)
		sigaction(crash_signals[i], &rescue.old[i], NULL);
	if (rescue.has_timer)
		timer_delete(rescue.timer);
	rescue.has_timer = false;
	sigaction(SIGALRM, &rescue.old_alarm, NULL);
	if (rescue.has_stack)
		sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
}
