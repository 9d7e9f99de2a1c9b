/* SPDX-License-Identifier: MIT */
/* Commands whose output is a regular file: it has the file itself, and we read beside it. */
#include "child_host.h"

#include <sys/mman.h>
#include <sys/stat.h>

TestSuite(child_file, .timeout = 300);

/* A file without a name, with this in it, at its end. */
static int file_with(const char *text)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("child_test", MFD_CLOEXEC);
	cr_assert_geq(fd, 0);
	tell(fd, text);
	return fd;
}

static void expect_text(int fd, const char *want)
{
	lseek(fd, 0, SEEK_SET);
	char *text = read_all(fd, NULL);
	cr_expect_str_eq(text, want);
	free(text);
}

/* What was found of it, and that it was all looked at. */
static void expect_report(struct host *h, int status, const char *want)
{
	char *report;
	cr_expect_eq(exit_of(host_end(h, &report)), status);
	char *from = strchr(report, '\n');
	cr_assert_not_null(from);
	cr_expect_str_eq(from + 1, want);
	free(report);
}

Test(child_file, it_is_the_same_file)
{
	struct host h;
	char want[64];
	struct stat st;
	int file = file_with("");
	fstat(file, &st);
	snprintf(want, sizeof(want), "%lu\n", (unsigned long)st.st_ino);
	host_start(&h, (int[]){-2, file, -1}, shell("stat -L -c %i /proc/self/fd/1"), NULL);
	exit_of(host_end(&h, NULL));
	expect_text(file, want);
}

Test(child_file, only_what_is_written_counts)
{
	struct host h;
	static const char before[] = "EVENT: 1 before\n";
	int file = file_with(before);
	host_start(&h, (int[]){-2, file, -1}, shell("echo EVENT: 2 now; printf 'EVENT: 3 end'"),
		   NULL);
	expect_report(&h, 0, "event 1 now\nevent 1 end\nbytes 25 0 ends 1 0 error 0\n");
	expect_text(file, "EVENT: 1 before\nEVENT: 2 now\nEVENT: 3 end");
}

Test(child_file, what_is_appended_counts)
{
	struct host h;
	int file = file_with("EVENT: 1 before\n");
	lseek(file, 0, SEEK_SET); /* as it stands after open(2) */
	fcntl(file, F_SETFL, O_APPEND);
	host_start(&h, (int[]){-2, file, -1}, shell(":"), NULL);
	expect_report(&h, 0, "bytes 0 0 ends 1 0 error 0\n");
	host_start(&h, (int[]){-2, file, -1}, shell("echo EVENT: 2 now"), NULL);
	expect_report(&h, 0, "event 1 now\nbytes 13 0 ends 1 0 error 0\n");
	host_start(&h, (int[]){-2, file, -1}, shell("echo EVENT: 3 then"), NULL);
	expect_report(&h, 0, "event 1 then\nbytes 14 0 ends 1 0 error 0\n");
	expect_text(file, "EVENT: 1 before\nEVENT: 2 now\nEVENT: 3 then\n");
}

/* 8 TiB take an hour, even if nothing of them is on a disk. */
static int write_far_away(void)
{
	static const char far[] = "\nEVENT: 2 far\n";
	tell(STDOUT_FILENO, "EVENT: 1 near\n");
	lseek(STDOUT_FILENO, INT64_C(8) << 40, SEEK_SET);
	return write(STDOUT_FILENO, far, sizeof(far) - 1) != sizeof(far) - 1;
}

/* How much of the hole is seen beside the data is the file system's business. */
Test(child_file, a_hole_is_passed_over)
{
	struct host h;
	char *report;
	int file = file_with("");
	host_start(&h, (int[]){-2, file, -1}, function(write_far_away), NULL);
	cr_expect_eq(exit_of(host_end(&h, &report)), 0);
	cr_expect(strstr(report, "\nevent 1 near\nevent 1 far\nbytes "), "%s", report);
	cr_expect(strstr(report, " ends 1 0 error 0\n"), "%s", report);
	free(report);
}

/* Only what is over is left to the end; the command waits until we have seen the first. */
Test(child_file, events_are_found_while_it_runs)
{
	struct host h;
	int in[2], file = file_with("");
	cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
	host_start(&h, (int[]){in[0], -2, file}, shell("echo EVENT: 1 a >&2; read x; exit 4"),
		   NULL);
	await(h.report, "event 2 a\n");
	tell(in[1], "\n");
	cr_expect_eq(exit_of(host_end(&h, NULL)), 4);
}

Test(child_file, a_command_may_seek_and_cut)
{
	struct host h;
	int file = file_with("");
	host_start(&h, (int[]){-2, file, -1},
		   shell("echo 'long line one'; truncate -s 0 /proc/self/fd/1;"
			 "printf 'XY' | dd conv=notrunc seek=3 bs=1 2>/dev/null; exit 2"),
		   NULL);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 2);
	struct stat st;
	fstat(file, &st);
	cr_expect_eq(st.st_size, 14 + 3 + 2, "as without us: it is %ld", (long)st.st_size);
}

/* As one long write(2) does it, from where the position stays until it ends: what it has written so
 * far is there, and nothing behind it. */
static int write_slowly(void)
{
	static const char a[] = "EVENT: 1 a\n", b[] = "\nEVENT: 2 b\n";
	char go;
	if (pwrite(STDOUT_FILENO, a, sizeof(a) - 1, 0) < 0 || read(STDIN_FILENO, &go, 1) != 1 ||
	    pwrite(STDOUT_FILENO, b, sizeof(b) - 1, sizeof(a) - 1) < 0)
		return 1;
	return lseek(STDOUT_FILENO, sizeof(a) + sizeof(b) - 2, SEEK_SET) < 0;
}

Test(child_file, what_a_long_write_has_written_is_found_before_it_ends)
{
	struct host h;
	int in[2], file = file_with("");
	cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
	host_start(&h, (int[]){in[0], file, -1}, function(write_slowly), NULL);
	await(h.report, "event 1 a\n");
	tell(in[1], "\n");
	char *report;
	cr_expect_eq(exit_of(host_end(&h, &report)), 0);
	cr_expect_str_eq(report, "event 1 b\nbytes 23 0 ends 1 0 error 0\n");
	free(report);
	close(in[0]);
	close(in[1]);
}

/* Longer than the longest pause between two looks: whether it was looked at meanwhile cannot be
 * seen from here, and it must not matter. */
static void be_looked_at(void)
{
	poll(NULL, 0, 100);
}

/* Room is made first, and bytes of others stand in it: all that is ours is found nevertheless. */
static int write_where_there_is_room(void)
{
	static const char other[] = "0123456789012345678901234567890123456789\n";
	if (ftruncate(STDOUT_FILENO, 100000) < 0)
		return 1;
	be_looked_at();
	tell(STDOUT_FILENO, "EVENT: 1 a\n");
	be_looked_at();
	tell(STDOUT_FILENO, "EVENT: 2 b\n");
	if (ftruncate(STDOUT_FILENO, 22) < 0)
		return 1;
	be_looked_at();
	if (pwrite(STDOUT_FILENO, other, sizeof(other) - 1, 22) < 0)
		return 1;
	be_looked_at();
	tell(STDOUT_FILENO, "EVENT: 3 c\n");
	be_looked_at();
	tell(STDOUT_FILENO, "EVENT: 4 d\n");
	return 0;
}

Test(child_file, room_that_is_made_before_is_not_read)
{
	struct host h;
	char *report;
	int file = file_with("");
	host_start(&h, (int[]){-2, file, -1}, function(write_where_there_is_room), NULL);
	cr_expect_eq(exit_of(host_end(&h, &report)), 0);
	cr_expect(strstr(report, "\nevent 1 a\nevent 1 b\nevent 1 c\nevent 1 d\nbytes "), "%s",
		  report);
	free(report);
}

/* Shorter than it was when we came: what is appended then is all of it. */
static int cut_and_append(void)
{
	if (ftruncate(STDOUT_FILENO, 0) < 0)
		return 1;
	tell(STDOUT_FILENO, "EVENT: 2 b\n");
	return 0;
}

Test(child_file, a_log_that_is_cut_before_it_is_appended_to)
{
	struct host h;
	int file = file_with("EVENT: 1 before, and a line that is longer than all that comes\n");
	lseek(file, 0, SEEK_SET);
	fcntl(file, F_SETFL, O_APPEND);
	host_start(&h, (int[]){-2, file, -1}, function(cut_and_append), NULL);
	expect_report(&h, 0, "event 1 b\nbytes 11 0 ends 1 0 error 0\n");
	expect_text(file, "EVENT: 2 b\n");
}

static void be_nobody(void)
{
	if (setuid(65534) != 0)
		abort();
}

/* It cannot be read by us, as after su(1): its bytes go through us then. */
Test(child_file, a_file_of_another_user)
{
	struct host h;
	if (getuid() != 0)
		cr_skip_test("only root can become somebody else");
	int file = file_with("");
	fchmod(file, 0600);
	host_start(&h, (int[]){-1, file, file},
		   shell("[ -p /proc/self/fd/1 ] && echo EVENT: 1 a; echo b >&2"), be_nobody);
	expect_report(&h, 0, "event 1 a\nbytes 13 0 ends 1 0 error 0\n");
	expect_text(file, "EVENT: 1 a\nb\n");
}

/* It ends with the host. */
static int leave_a_writer(void)
{
	pid_t command = getpid(), host = getppid();
	if (fork() == 0) {
		while (getppid() == command || getppid() == host) {
			dprintf(STDOUT_FILENO, "more\n");
			poll(NULL, 0, 1);
		}
		_exit(0);
	}
	return 0;
}

/* A daemon keeps the file, and nothing is to be waited for. */
Test(child_file, what_is_written_after_the_end_is_not_waited_for)
{
	struct host h;
	int file = file_with("");
	struct pg_child_options o = function(leave_a_writer);
	host_start(&h, (int[]){-1, file, -2}, o, NULL);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 0);
}
