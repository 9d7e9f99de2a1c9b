/* SPDX-License-Identifier: MIT */
/* Who is found to be born, by a list or by number, and whether one can do without either. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>

#include "puppet.h"

static pid_t sleeper_new(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	cr_assert_gt(pid, 0);
	return pid;
}

static void sleeper_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool is_known(const struct pg_procfs *src, pid_t pid)
{
	for (size_t i = 0; i < src->nr_known; i++)
		if (src->known[i].pid == pid)
			return true;
	return false;
}

/*
 * One birth, and what the machine says of it. Numbers are relative to that of the newborn: the last
 * one given out of the time before the last, of the last time, and now.
 */
struct saying {
	const char *what;
	int counted; /* more than the last time */
	int before, last, now;
	bool found;
	bool not_gated, lost_one, not_counted;
	int pass;
};
#define UNKNOWN INT_MIN

static const struct saying sayings[] = {
	{"nobody was counted", 0, -2, -1, 0, false, .pass = 1},
	{"one in turn", 1, -2, -1, 0, true, .pass = 1},
	{"one whose number was given out earlier", 1, -1, 0, 1, true, .pass = 1},
	{"another one in turn", 1, 1, 2, 3, false, .pass = 1},
	{"two, but one number", 2, 1, 2, 3, true, .pass = 1},
	{"one, but no number", 1, 1, 2, 2, true, .pass = 1},
	{"more numbers than are worth asking", 1, 1, 2, 10000000, true, .pass = 1},
	{"numbers have begun anew", 1, 1, 3, 2, true, .pass = 1},
	{"they did the last time", 1, 1, -1, 2, true, .pass = 1},
	{"numbers are not known", 1, 1, 2, UNKNOWN, true, .pass = 1},
	{"the last one was not known", 1, UNKNOWN, 1, 2, true, .pass = 1},
	{"the tenth pass", 0, 1, 2, 2, true, .pass = 10},
	{"what is known does not hold", 0, 1, 2, 2, true, .not_gated = true, .pass = 1},
	{"somebody could not be read", 0, 1, 2, 2, true, .lost_one = true, .pass = 1},
	{"nobody counts", 0, 1, 2, 2, true, .not_counted = true, .pass = 1},
};

static int32_t number(pid_t pid, int relative)
{
	return relative == UNKNOWN ? 0 : pid + relative;
}

static void check_saying(struct pg_procfs *src, const struct saying *s)
{
	struct pg_host host = {.valid = PG_HOST_FORKS, .forks = 1000};
	struct pg_buf dead = {0};
	cr_assert_eq(pg_known_update(src, false, PG_SCOPE_THREADS, &host, &dead), 0);
	pid_t pid = sleeper_new();
	cr_assert(!is_known(src, pid));
	src->births.before_pid = number(pid, s->before);
	src->births.last_pid = number(pid, s->last);
	src->lost_one = s->lost_one;
	src->passes = (uint64_t)s->pass;
	host.valid = s->not_counted ? 0 : PG_HOST_FORKS;
	host.forks += (uint64_t)s->counted;
	host.last_pid = number(pid, s->now);
	cr_expect_eq(pg_known_update(src, !s->not_gated, PG_SCOPE_THREADS, &host, &dead), 0);
	cr_expect_eq(is_known(src, pid), s->found, "%s", s->what);
	for (size_t i = 1; i < src->nr_known; i++)
		cr_expect_lt(src->known[i - 1].pid, src->known[i].pid, "%s", s->what);
	sleeper_end(pid);
	pg_buf_free(&dead);
}

Test(source_known, a_birth_is_found_as_the_machine_tells_of_it)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(sayings); i++) {
		struct eye e;
		eye_open(&e, NULL, (struct pg_source_options){0});
		check_saying((struct pg_procfs *)e.src, &sayings[i]);
		eye_close(&e);
	}
}

/* It says 0 for ever, and numbers that may be anything. */
Test(source_known, a_machine_that_does_not_count_is_listed)
{
	struct eye e;
	eye_open(&e, NULL, (struct pg_source_options){0});
	struct pg_procfs *src = (struct pg_procfs *)e.src;
	struct pg_host host = {.valid = PG_HOST_FORKS};
	struct pg_buf dead = {0};
	cr_assert_eq(pg_known_update(src, false, PG_SCOPE_THREADS, &host, &dead), 0);
	pid_t pid = sleeper_new();
	src->passes = 1;
	cr_expect_eq(pg_known_update(src, true, PG_SCOPE_THREADS, &host, &dead), 0);
	cr_expect(is_known(src, pid));
	sleeper_end(pid);
	pg_buf_free(&dead);
	eye_close(&e);
}

/* What could not be listed is listed the next time, though nobody was counted since. */
Test(source_known, a_list_that_failed_is_made_good)
{
	struct eye e;
	eye_open(&e, NULL, (struct pg_source_options){0});
	struct pg_procfs *src = (struct pg_procfs *)e.src;
	struct pg_host host = {.valid = PG_HOST_FORKS, .forks = 1000};
	struct pg_buf dead = {0};
	int proc = src->rootfd;
	cr_assert_eq(pg_known_update(src, false, PG_SCOPE_THREADS, &host, &dead), 0);
	pid_t pid = sleeper_new();
	src->passes = 1;
	host.forks++;
	src->rootfd = open("/dev/null", O_RDONLY);
	cr_expect_lt(pg_known_update(src, true, PG_SCOPE_THREADS, &host, &dead), 0);
	close(src->rootfd);
	src->rootfd = proc;
	cr_expect_eq(pg_known_update(src, true, PG_SCOPE_THREADS, &host, &dead), 0);
	cr_expect(is_known(src, pid));
	sleeper_end(pid);
	pg_buf_free(&dead);
	eye_close(&e);
}

/* A thread has a number as well, but no entry. */
Test(source_known, threads_are_no_processes)
{
	struct puppet *p = puppet_new(3);
	struct eye e;
	eye_open(&e, NULL, (struct pg_source_options){0});
	struct pg_procfs *src = (struct pg_procfs *)e.src;
	struct pg_host host = {.valid = PG_HOST_FORKS, .last_pid = p->tids[2]};
	struct pg_buf dead = {0};
	cr_assert_eq(pg_known_update(src, false, PG_SCOPE_THREADS, &host, &dead), 0);
	src->births = (struct pg_births_seen){.before_pid = p->pid - 1, .last_pid = p->pid};
	src->passes = 1;
	host.forks = 2;
	cr_expect_eq(pg_known_update(src, true, PG_SCOPE_THREADS, &host, &dead), 0);
	cr_expect(is_known(src, p->pid));
	cr_expect(!is_known(src, p->tids[1]) && !is_known(src, p->tids[2]));
	pg_buf_free(&dead);
	eye_close(&e);
	puppet_free(p);
}

/* As many threads as before, but others: a number tells. */
Test(source_known, a_thread_that_is_new_is_found_by_its_number)
{
	struct puppet *p = puppet_new(5);
	struct eye e;
	char path[32];
	eye_open(&e, NULL, (struct pg_source_options){0});
	struct pg_procfs *src = (struct pg_procfs *)e.src;
	snprintf(path, sizeof(path), "/proc/%d/task", p->pid);
	int fd = open(path, O_PATH | O_DIRECTORY), newest = p->tids[4];
	const struct {
		const char *what;
		int since, last;
		bool found;
	} rows[] = {
		{"it is the last", newest - 1, newest, true},
		{"others were born as well", newest - 1, newest + 200, true},
		{"nobody was", newest, newest, false},
		{"others were", newest, newest + 3, false},
		{"numbers have begun anew", newest + 1, newest, false},
		{"numbers are not known", 0, newest, false},
		{"too many were", newest - 1, newest + 1000000, false},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		src->births.since_pid = rows[i].since;
		src->births.last_pid = rows[i].last;
		cr_expect_eq(pg_known_has_newborn(src, fd), rows[i].found, "%s", rows[i].what);
	}
	close(fd);
	eye_close(&e);
	puppet_free(p);
}

Test(source_known, who_is_born_between_two_passes_is_in_the_next)
{
	struct eye e;
	eye_open(&e, NULL, (struct pg_source_options){0});
	for (int i = 0; i < 12; i++) {
		turn(&e);
		pid_t pid = sleeper_new();
		turn(&e);
		long at = pg_snapshot_find_pid(&e.now, pid);
		cr_expect_geq(at, 0, "pass %d", 2 * i + 2);
		cr_expect(at >= 0 && e.now.procs[at]->tasks[0].ppid == getpid());
		sleeper_end(pid);
	}
	turn(&e);
	cr_expect_geq(pg_snapshot_find_pid(&e.now, getpid()), 0);
	eye_close(&e);
}
