/* SPDX-License-Identifier: MIT */
/*
 * Commands on pipes and files. child_pty_test.c has those on terminals. What is awaited is output
 * or an end, never a time.
 */
#include "child_host.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

TestSuite(child, .timeout = 300);

/* ---- the way of the bytes -------------------------------------------------------------------- */

Test(child, each_stream_is_its_own)
{
	struct piped p;
	start_piped(&p, shell("echo out; echo err >&2; printf 'no newline'; exit 7"), NULL);
	char *out = read_all(p.out, NULL), *err = read_all(p.err, NULL);
	cr_expect_str_eq(out, "out\nno newline");
	cr_expect_str_eq(err, "err\n");
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 7);
	free(out);
	free(err);
}

#define PATTERN_BYTES 100000000
#define PERIOD        1048573 /* bytes; a prime */

static unsigned char *make_pattern(void)
{
	unsigned char *bytes = malloc(PERIOD);
	for (size_t i = 0; i < PERIOD; i++)
		bytes[i] = (unsigned char)(i * 2654435761u >> 13);
	return bytes;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* In pieces of all kinds of sizes. */
static int write_pattern(void)
{
	unsigned char *bytes = make_pattern();
	for (size_t at = 0, piece = 1; at < PATTERN_BYTES; piece = piece * 7 % 524287) {
		size_t in = at % PERIOD, n = least(least(piece, PERIOD - in), PATTERN_BYTES - at);
		ssize_t done = write(STDOUT_FILENO, bytes + in, n);
		if (done <= 0)
			return 1;
		at += (size_t)done;
	}
	return 0;
}

static void expect_pattern(int fd)
{
	static unsigned char bytes[1 << 16];
	unsigned char *want = make_pattern();
	size_t at = 0;
	ssize_t n;
	while ((n = read(fd, bytes, least(sizeof(bytes), PERIOD - at % PERIOD))) > 0) {
		cr_assert_eq(memcmp(bytes, want + at % PERIOD, (size_t)n), 0, "near byte %zu", at);
		at += (size_t)n;
	}
	cr_expect_eq(at, PATTERN_BYTES);
	free(want);
}

Test(child, a_hundred_megabytes_into_a_pipe)
{
	struct piped p;
	start_piped(&p, function(write_pattern), NULL);
	expect_pattern(p.out);
	char *report;
	cr_expect_eq(exit_of(host_end(&p.h, &report)), 0);
	cr_expect(strstr(report, "bytes 100000000 0 ends 1 1 error 0"), "%s", report);
	free(report);
}

static int temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("child_test", MFD_CLOEXEC);
	cr_assert_geq(fd, 0);
	return fd;
}

Test(child, a_hundred_megabytes_into_a_file)
{
	struct host h;
	int file = temporary();
	host_start(&h, (int[]){-1, file, -2}, function(write_pattern), NULL);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 0);
	lseek(file, 0, SEEK_SET);
	expect_pattern(file);
}

Test(child, a_hundred_megabytes_into_a_socket)
{
	struct host h;
	int ends[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	host_start(&h, (int[]){-1, ends[1], -2}, function(write_pattern), NULL);
	close(ends[1]);
	expect_pattern(ends[0]);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 0);
}

/* O_NONBLOCK of the others is neither minded nor changed. */
Test(child, a_pipe_that_is_non_blocking)
{
	struct host h;
	int ends[2];
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	host_start(&h, (int[]){-1, ends[1], -2}, function(write_pattern), NULL);
	int mine = fcntl(ends[1], F_DUPFD_CLOEXEC, 0);
	close(ends[1]);
	await(h.report, "pid ");
	cr_expect(fcntl(mine, F_GETFL) & O_NONBLOCK);
	close(mine);
	expect_pattern(ends[0]);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 0);
}

Test(child, a_pipe_that_is_blocking_stays_so)
{
	struct piped p;
	int ends[2];
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	host_start(&p.h, (int[]){-1, ends[1], -2}, shell("echo; read x"), NULL);
	await(ends[0], "\n");
	cr_expect_not(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 1, "stdin was closed");
}

/* As where tee(2) is not permitted. */
static void without_tee(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tee, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = PG_ARRAY_LEN(code), .filter = code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		abort();
}

Test(child, a_pipe_to_which_no_page_can_be_handed)
{
	struct piped p;
	if (prctl(PR_GET_SECCOMP) < 0)
		cr_skip_test("no seccomp");
	start_piped(&p, function(write_pattern), without_tee);
	expect_pattern(p.out);
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 0);
}

Test(child, bytes_come_at_once)
{
	struct piped p;
	start_piped(&p,
		    shell("printf a; read x; printf b >&2; read x; echo; echo EVENT: 1 c; read x"),
		    NULL);
	await(p.out, "a");
	tell(p.in, "\n");
	await(p.err, "b");
	tell(p.in, "\n");
	await(p.out, "\nEVENT: 1 c\n");
	await(p.h.report, "event 1 c\n");
	tell(p.in, "\n");
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 0);
}

Test(child, events_of_both_streams_and_without_an_end)
{
	struct piped p;
	char *report;
	start_piped(&p, shell("echo 'EVENT: 1 one'; echo 'EVENT: 2 two' >&2; printf 'EVENT: 3 x'"),
		    NULL);
	exit_of(host_end(&p.h, &report));
	cr_expect(strstr(report, "event 1 one\n"));
	cr_expect(strstr(report, "event 2 two\n"));
	cr_expect(strstr(report, "event 1 x\n"));
	free(report);
}

static const char in_turn[] = "for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done";
static const char in_turn_out[] = "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\no6\ne6\no7\ne7\no8\ne8\n"
				  "o9\ne9\n";

Test(child, two_streams_that_are_one_keep_their_order)
{
	struct host h;
	int ends[2], file = temporary();
	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	host_start(&h, (int[]){-1, ends[1], ends[1]}, shell(in_turn), NULL);
	close(ends[1]);
	char *text = read_all(ends[0], NULL), *report;
	cr_expect_str_eq(text, in_turn_out);
	exit_of(host_end(&h, &report));
	cr_expect(strstr(report, "bytes 54 0 ends 1 0"), "%s", report);
	host_start(&h, (int[]){-1, file, file}, shell(in_turn), NULL);
	exit_of(host_end(&h, NULL));
	lseek(file, 0, SEEK_SET);
	free(text);
	text = read_all(file, NULL);
	cr_expect_str_eq(text, in_turn_out);
	free(text);
	free(report);
}

/* Opened twice, the streams overwrite each other, and so they do through us. */
Test(child, a_file_that_was_opened_twice_is_two)
{
	struct host h;
	char path[64], *report;
	int one = temporary();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", one);
	int two = open(path, O_WRONLY | O_CLOEXEC);
	host_start(&h, (int[]){-1, one, two}, shell("echo long; echo e >&2"), NULL);
	exit_of(host_end(&h, &report));
	cr_expect(strstr(report, "bytes 5 2 "), "%s", report);
	struct stat st;
	fstat(one, &st);
	cr_expect_eq(st.st_size, 5);
	free(report);
}

/* ---- streams that cannot be written to ------------------------------------------------------- */

/* Its exit status says which are there; and if only one is, its bytes still come. */
Test(child, closed_streams_stay_closed)
{
	static const char script[] = "s=0; for i in 0 1 2; do"
				     "  [ -e /proc/$$/fd/$i ] && s=$((s + (1 << i))); done;"
				     "echo out; echo err >&2; exit $s";
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int there = 0; there < 8; there++) {
		struct host h;
		int ends[2];
		cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
		int streams[3] = {there & 1 ? null : -1, there & 2 ? ends[1] : -1,
				  there & 4 ? ends[1] : -1};
		host_start(&h, streams, shell(script), NULL);
		close(ends[1]);
		char *text = read_all(ends[0], NULL);
		cr_expect_eq(exit_of(host_end(&h, NULL)), there);
		cr_expect_eq(strstr(text, "out\n") != NULL, (there & 2) != 0, "%d: %s", there,
			     text);
		cr_expect_eq(strstr(text, "err\n") != NULL, (there & 4) != 0, "%d: %s", there,
			     text);
		free(text);
		close(ends[0]);
	}
}

/* As a log of ours that was opened before: it is not the command's. */
static void open_something(void)
{
	if (open("/dev/null", O_RDWR | O_CLOEXEC) != STDOUT_FILENO)
		abort();
}

Test(child, what_took_the_place_of_a_closed_stream_is_not_one)
{
	struct host h;
	host_start(&h, (int[]){-2, -1, -1}, shell("[ -e /proc/$$/fd/1 ]"), open_something);
	cr_expect_eq(exit_of(host_end(&h, NULL)), 1);
}

Test(child, what_cannot_be_written_to_is_left_alone)
{
	struct host h;
	char *report;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	host_start(&h, (int[]){-2, null, null}, shell("[ /dev/null -ef /proc/self/fd/1 ]"), NULL);
	cr_expect_eq(exit_of(host_end(&h, &report)), 0);
	cr_expect(strstr(report, "bytes 0 0 ends 0 0 error 0"), "%s", report);
	free(report);
}

Test(child, a_full_disk_takes_stdout_from_the_command)
{
	struct host h;
	char *report;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	host_start(&h, (int[]){-1, full, -2}, shell("while :; do echo x; done"), NULL);
	cr_expect_eq(exit_of(host_end(&h, &report)), 128 + SIGPIPE);
	char want[32];
	snprintf(want, sizeof(want), "error %d", ENOSPC);
	cr_expect(strstr(report, want), "%s", report);
	free(report);
}

Test(child, a_full_disk_behind_stderr_is_the_loss_of_its_words_only)
{
	struct host h;
	char *report;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	host_start(&h, (int[]){-1, -2, full},
		   shell("for i in 1 2 3; do echo EVENT: 1 x$i; done >&2; exit 5"), NULL);
	cr_expect_eq(exit_of(host_end(&h, &report)), 5);
	cr_expect(strstr(report, "event 2 x3"), "%s", report);
	free(report);
}

/* It writes nothing: that there is no reader it learns all the same. */
static int await_no_reader(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO};
	return poll(&p, 1, -1) == 1 && p.revents & POLLERR ? 9 : 1;
}

static int write_until_refused(void)
{
	signal(SIGPIPE, SIG_IGN);
	while (write(STDOUT_FILENO, "x", 1) == 1)
		;
	return errno == EPIPE ? 9 : 1;
}

Test(child, a_reader_that_has_gone)
{
	struct piped p;
	char *report, want[32];
	snprintf(want, sizeof(want), "error %d", EPIPE);
	start_piped(&p, function(await_no_reader), NULL);
	close(p.out);
	cr_expect_eq(exit_of(host_end(&p.h, &report)), 9);
	cr_expect(strstr(report, want), "%s", report);
	free(report);
	start_piped(&p, function(write_until_refused), NULL);
	await(p.out, "x");
	close(p.out);
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 9);
	start_piped(&p, shell("yes"), NULL);
	await(p.out, "y");
	close(p.out);
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 128 + SIGPIPE);
}

/* ---- a slow reader --------------------------------------------------------------------------- */

static void on_usr1(int sig)
{
	(void)sig;
	ssize_t n = write(STDERR_FILENO, "signal\n", 7);
	(void)n;
}

/* Writes until nothing is taken for a while, and says how much that was. */
static int fill(void)
{
	static char bytes[65536];
	unsigned long long sum = 0;
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
	struct sigaction sa = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
	sigaction(SIGUSR1, &sa, NULL);
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	while (poll(&p, 1, 300) == 1) {
		ssize_t n = write(STDOUT_FILENO, bytes, sizeof(bytes));
		sum += n > 0 ? (unsigned long long)n : 0;
	}
	dprintf(STDERR_FILENO, "filled %llu\n", sum);
	char c;
	return read(STDIN_FILENO, &c, 1) == 1 ? 3 : 4;
}

static void with_a_slow_reader(void (*set_up)(void))
{
	struct piped p;
	char number[32] = "";
	size_t n;
	start_piped(&p, function(fill), set_up);
	await(p.err, "filled ");
	for (size_t i = 0; i < sizeof(number) - 1 && read(p.err, number + i, 1) == 1; i++)
		if (number[i] == '\n')
			break;
	cr_expect_leq(atoll(number), 3 << 20, "%s bytes are on their way", number);
	kill(p.h.pid, SIGUSR1);
	await(p.err, "signal\n");
	tell(p.in, "x");
	char *text = read_all(p.out, &n);
	cr_expect_eq(n, (size_t)atoll(number));
	cr_expect_eq(exit_of(host_end(&p.h, NULL)), 3);
	free(text);
}

Test(child, a_slow_reader_slows_the_command_and_nothing_else)
{
	with_a_slow_reader(NULL);
}

Test(child, a_slow_reader_of_a_copy)
{
	if (prctl(PR_GET_SECCOMP) < 0)
		cr_skip_test("no seccomp");
	with_a_slow_reader(without_tee);
}
