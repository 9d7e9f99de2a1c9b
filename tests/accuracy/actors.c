/* SPDX-License-Identifier: MIT */
#include "actors.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void failed(const char *name, const char *what)
{
	fprintf(stderr, "%s: %s\n", name, what);
	exit(1);
}

static _Noreturn void become(const char *const argv[], int in, int out)
{
	const char *dir = getenv("targets_dir");
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "tests/targets", argv[0]);
	dup2(in, 0);
	dup2(out, 1);
	execv(path, (char *const *)argv);
	_exit(127);
}

static bool answers(struct actor *a, const char *what)
{
	char line[64] = "";
	return fgets(line, sizeof(line), a->from) && strcmp(line, what) == 0;
}

void actor_start(struct actor *a, const char *const argv[])
{
	int in[2], out[2];
	/* Nobody else may hold its stdin open: its end is the actor's end. */
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		failed(argv[0], "no pipes");
	/* What it leaves behind is ours: not every init waits for orphans soon. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	a->pid = fork();
	if (a->pid < 0)
		failed(argv[0], "no process");
	if (a->pid == 0)
		become(argv, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	a->to = in[1];
	a->from = fdopen(out[0], "r");
	if (!a->from || !answers(a, "ready\n"))
		failed(argv[0], "did not start");
}

bool actor_tell(struct actor *a, char order)
{
	return write(a->to, &order, 1) == 1 && answers(a, "done\n");
}

void actor_stop(struct actor *a)
{
	close(a->to);
	kill(a->pid, SIGTERM);
	waitpid(a->pid, NULL, 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	fclose(a->from);
}
