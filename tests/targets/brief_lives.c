/* SPDX-License-Identifier: MIT */
/*
 * brief_lives [SECONDS [KIND [N]]]: on SIGUSR1 N (100) lives that end as they have begun, then
 * "done". KIND: exits (children, exit codes 0 to 99 in turn), killed (by SIGKILL), named (children
 * that call themselves "brief kid" and exit with 5), runs (sh, which exits with 6), threads.
 */
#include "target.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

static void exits(unsigned i)
{
	_exit((int)(i % 100));
}

static void killed(unsigned i)
{
	(void)i;
	raise(SIGKILL);
}

static void named(unsigned i)
{
	(void)i;
	prctl(PR_SET_NAME, "brief kid");
	_exit(5);
}

/* Waits for a moment, so that there is time to ask for its name. */
static void runs(unsigned i)
{
	(void)i;
	execl("/bin/sh", "sh", "-c", "sleep 0.1; exit 6", (char *)NULL);
	_exit(127);
}

static void *thread(void *arg)
{
	return arg;
}

static const struct {
	const char *name;
	void (*child)(unsigned i); /* NULL: a thread */
} kinds[] = {
	{"exits", exits}, {"killed", killed}, {"named", named}, {"runs", runs}, {"threads", NULL}};

/* vfork is the fastest way to be born; a child that goes on to other programs takes fork. */
static void live(size_t kind, unsigned i)
{
	pthread_t t;

	if (!kinds[kind].child) {
		if (pthread_create(&t, NULL, thread, NULL) || pthread_join(t, NULL))
			target_fail("brief_lives: thread");
		return;
	}
	pid_t pid = kinds[kind].child == exits ? vfork() : fork();

	if (pid == 0)
		kinds[kind].child(i);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		target_fail("brief_lives: child");
}

int main(int argc, char **argv)
{
	sigset_t set;
	int sig;
	size_t kind = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct target t = target_begin(argc, argv);

	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[2], kinds[i].name) == 0)
			kind = i;
	target_ready();
	sigwait(&set, &sig);
	for (unsigned i = 0; i < target_arg(&t, 3, 100); i++)
		live(kind, i);
	puts("done");
	fflush(stdout);
	target_wait(&t);
	return 0;
}
