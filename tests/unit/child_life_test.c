/* SPDX-License-Identifier: MIT */
/* How commands begin and end, and what they leave behind. */
#include "child_host.h"

#include <sys/stat.h>

#include "fd/fd_demo.h"

TestSuite(child_life, .timeout = 300);

/* ---- beginning and end ----------------------------------------------------------------------- */

Test(child_life, exit_statuses)
{
	static const struct {
		const char *script;
		int status;
	} rows[] = {{"exit 0", 0},
		    {"exit 42", 42},
		    {"exit 255", 255},
		    {"kill -9 $$", 137},
		    {"kill -TERM $$", 143}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct host h;
		host_start(&h, (int[]){-2, -2, -2}, shell(rows[i].script), NULL);
		cr_expect_eq(exit_of(host_end(&h, NULL)), rows[i].status, "%s", rows[i].script);
	}
}

static void expect_failure(const char *program, int status, const char *words)
{
	struct host h;
	char *argv[] = {(char *)program, NULL}, *report;
	struct pg_child_options o = {.argv = argv, .capture = true};
	host_start(&h, (int[]){-2, -2, -2}, o, NULL);
	cr_expect_eq(exit_of(host_end(&h, &report)), status, "%s", program);
	cr_expect(strstr(report, words), "%s: %s", program, report);
	free(report);
}

Test(child_life, what_cannot_be_run)
{
	char path[] = "/tmp/child_test.XXXXXX";
	int fd = mkstemp(path);
	cr_assert_eq(write(fd, "#!/nonexistent/interpreter\n", 27), 27);
	fchmod(fd, 0600);
	expect_failure("no-such-command-anywhere", 127, "command not found");
	expect_failure("/nonexistent/program", 127, "No such file");
	expect_failure("", 127, "not found");
	expect_failure("/tmp", 126, "Permission denied");
	expect_failure(path, 126, "Permission denied");
	fchmod(fd, 0700);
	close(fd);
	expect_failure(path, 127, "interpreter");
	unlink(path);
}

static int leave_a_daemon(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	dprintf(STDOUT_FILENO, "daemon %d\n", pid);
	return 6;
}

/* The host ends although the pipe is still open, and the daemon lives. */
Test(child_life, a_daemon_that_holds_the_streams_is_not_waited_for)
{
	struct piped p;
	start_piped(&p, function(leave_a_daemon), NULL);
	char *text = read_all(p.out, NULL);
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 6);
	cr_assert(strncmp(text, "daemon ", 7) == 0, "%s", text);
	cr_expect_eq(kill(atoi(text + 7), SIGKILL), 0, "it is still there");
	free(text);
}

/* A child of a child that died, which ends when stdin does. */
static int leave_an_orphan(void)
{
	if (fork() == 0) {
		char c;
		pid_t parent = getpid();
		if (fork() == 0) {
			while (getppid() == parent)
				poll(NULL, 0, 1);
			dprintf(STDOUT_FILENO, "parent %d\n", getppid());
			_exit(0);
		}
		_exit(read(STDIN_FILENO, &c, 1) == 1);
	}
	wait(NULL);
	return poll(NULL, 0, 0);
}

Test(child_life, orphans_come_to_us)
{
	struct piped p;
	char want[32];
	start_piped(&p, function(leave_an_orphan), NULL);
	snprintf(want, sizeof(want), "parent %d\n", p.h.pid);
	tell(p.in, "x");
	await(p.out, want);
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 0);
}

Test(child_life, the_demonstration)
{
	static const int levels[] = {3, 8, 16, 22, 17, 9, 3};
	static const char *const messages[] = {
		"Demo started", "Stage 1 complete", "Stage 2 complete", "Peak reached",
		"First drop",   "Second drop",      "Demo complete"};
	struct piped p;
	char line[64], path[64];
	start_piped(&p, function(pg_fd_demo), NULL);
	await(p.h.report, "pid ");
	size_t n = 0;
	while (n < sizeof(line) - 1 && read(p.h.report, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/fd", atoi(line));
	for (size_t i = 0; i < PG_ARRAY_LEN(levels); i++) {
		struct stat st;
		snprintf(line, sizeof(line), "event 1 %s\n", messages[i]);
		await(p.h.report, line);
		cr_assert_eq(stat(path, &st), 0);
		if (st.st_size > 0) /* Linux 6.2 */
			cr_expect_eq(st.st_size, levels[i], "%s: %ld", messages[i],
				     (long)st.st_size);
	}
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 0);
}
