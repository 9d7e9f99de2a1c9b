/* SPDX-License-Identifier: MIT */
/*
 * fd_actor: a process that obeys. It does one thing for each byte it gets and answers, so that
 * nothing is waited for by the clock:
 *
 * 'o' opens one more, 'c' closes one, 'f' makes a child that obeys instead (its parent sleeps), 'd'
 * the same through a child in between that ends at once, 'C' closes all but its orders, 't' goes on
 * in a second thread, the first ends; 'x' becomes cat, with its orders as input; 'T' makes a thread
 * that sleeps; 'l' lowers its limit to 77.
 */
#ifndef FD_ACTOR_H
#define FD_ACTOR_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct actor {
	pid_t pid;
	int order, answer;
};

struct seat {
	int order, answer; /* inside of it */
};

static inline void serve(int order, int answer);

static inline void *serve_on(void *arg)
{
	struct seat *s = arg;
	char path[64], text[512];
	/* Until the first thread is a zombie: only then does its directory stay empty. */
	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		close(fd);
		const char *end = strrchr(text, ')');
		if (end && end[1] && end[2] == 'Z')
			break;
	}
	if (write(s->answer, "t", 1) != 1)
		_exit(1);
	serve(s->order, s->answer);
	_exit(0);
}

static inline void close_all_but(int a, int b)
{
	for (int fd = 0; fd < 256; fd++)
		if (fd != a && fd != b)
			close(fd);
}

static inline void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Until nobody reads the answers any more: the test is over, and nobody may be left behind. */
static inline _Noreturn void sleep_to_the_end(int answer)
{
	struct pollfd p = {.fd = answer};
	while (!(p.revents & POLLERR))
		poll(&p, 1, -1);
	_exit(0);
}

static inline void bear(int answer, bool twice)
{
	pid_t child = fork();
	if (child == 0 && twice) {
		pid_t between = getpid();
		if (fork() != 0)
			_exit(0);
		while (getppid() == between)
			sched_yield();
	}
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		if (write(answer, "b", 1) != 1)
			_exit(1);
		return; /* goes on with the orders */
	}
	if (twice)
		waitpid(child, NULL, 0);
	sleep_to_the_end(answer);
}

static inline void obey(char c, int order, int answer)
{
	static struct seat seat;
	static int last = -1;
	struct rlimit low = {77, 77};
	pthread_t t;
	switch (c) {
	case 'o':
		last = open("/dev/null", O_RDONLY);
		break;
	case 'c':
		close(last--);
		break;
	case 'C':
		close_all_but(order, answer);
		break;
	case 'l':
		setrlimit(RLIMIT_NOFILE, &low);
		break;
	case 'T':
		pthread_create(&t, NULL, sleep_on, NULL);
		break;
	case 't':
		seat = (struct seat){order, answer};
		if (pthread_create(&t, NULL, serve_on, &seat))
			_exit(1);
		pthread_exit(NULL);
	case 'x':
		dup2(order, 0);
		dup2(answer, 1);
		for (int fd = 2; fd < 256; fd++)
			close(fd);
		execlp("cat", "cat", NULL);
		_exit(1);
	default:
		break;
	}
}

static inline void serve(int order, int answer)
{
	char c;
	while (read(order, &c, 1) == 1) {
		if (c == 'f' || c == 'd') {
			bear(answer, c == 'd');
			continue;
		}
		obey(c, order, answer);
		if (write(answer, &c, 1) != 1)
			break;
	}
}

static inline struct actor actor_new(void)
{
	struct actor a;
	int down[2], up[2];
	cr_assert_eq(pipe(down) | pipe(up), 0);
	a.pid = fork();
	cr_assert_geq(a.pid, 0);
	if (a.pid == 0) {
		/* At 200 and 201, below which it can open and close as it likes. */
		dup2(down[0], 200);
		dup2(up[1], 201);
		close_all_but(200, 201);
		open("/dev/null", O_RDWR);
		open("/dev/null", O_RDWR);
		open("/dev/null", O_RDWR);
		prctl(PR_SET_NAME, "an actor");
		serve(200, 201);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	a.order = down[1];
	a.answer = up[0];
	return a;
}

/* 5 files: 0, 1, 2, and two pipes. */
#define AT_FIRST 5

static inline void tell(struct actor *a, char c)
{
	char got;
	cr_assert_eq(write(a->order, &c, 1), 1);
	cr_assert_eq(read(a->answer, &got, 1), 1, "order %c", c);
}

static inline void actor_end(struct actor *a)
{
	kill(a->pid, SIGKILL);
	close(a->order); /* those who sit behind it end, too */
	close(a->answer);
	waitpid(a->pid, NULL, 0);
}

#endif
