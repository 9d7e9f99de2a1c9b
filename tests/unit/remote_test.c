/* SPDX-License-Identifier: MIT */
/*
 * Another host, played by a shell script that is called ssh and comes first in PATH: one that
 * answers, refuses, says nothing, says too much, dies. What is awaited is a state, in poll() as the
 * grid does it.
 */
#include "engine/remote.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"
#include "stream/stream.h"

#define WAIT_NS (120 * PG_NS_PER_SEC) /* for a very busy machine; a pass takes none of it */
#define FRAMES  3

TestSuite(remote, .timeout = 300);

/* ---- the other end --------------------------------------------------------------------------- */

struct scene {
	char dir[64];
	struct pg_remote *r;
	struct pg_remote_options o;
	size_t frames, fresh;
	struct pg_snapshot *last;
};

static void write_file(const struct scene *s, const char *name, const struct pg_buf *b)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	FILE *f = fopen(path, "w");
	cr_assert(f);
	fwrite(b->data, 1, b->len, f);
	fclose(f);
	chmod(path, 0755);
}

/* What a host of some processes would send: a header and frames. */
static void write_stream(const struct scene *s)
{
	struct pg_buf b = {0};
	struct world w;
	struct pg_stream_head head = {.version = PG_STREAM_VERSION,
				      .compact = true,
				      .groups = 0xff,
				      .ticks_per_sec = 100,
				      .page_size = 4096,
				      .host = "far"};
	struct pg_stream_writer *writer = pg_stream_writer_new(true);
	world_init(&w);
	for (int pid = 1; pid <= 5; pid++)
		world_birth(&w, pid, (uint64_t)pid, 0, "root", "a");
	pg_stream_put_head(writer, &head, &b);
	for (uint64_t i = 0; i < FRAMES; i++) {
		world_burn(world_find(&w, 2), 0, 0.5);
		pg_stream_put_frame(writer, world_turn(&w)->snap, i, i == 0, &b);
	}
	write_file(s, "stream", &b);
	pg_stream_writer_free(writer);
	world_free(&w);
	pg_buf_free(&b);
}

/* script: what ssh does, with the directory in $dir. */
static void open_scene(struct scene *s, const char *script)
{
	struct pg_buf b = {0};
	*s = (struct scene){.o = {.delay_ns = PG_NS_PER_SEC, .every_frame = true}};
	snprintf(s->dir, sizeof(s->dir), "/tmp/remote_test.XXXXXX");
	cr_assert(mkdtemp(s->dir));
	pg_buf_printf(&b,
		      "#!/bin/sh\ndir=%s\nprintf '%%s\\n' \"$@\" >$dir/args\n"
		      "echo $$ >$dir/pid.new\nmv $dir/pid.new $dir/pid\n%s\n",
		      s->dir, script);
	write_file(s, "ssh", &b);
	write_stream(s);
	pg_buf_clear(&b);
	pg_buf_printf(&b, "%s:%s", s->dir, getenv("PATH"));
	setenv("PATH", pg_buf_cstr(&b), 1);
	unsetenv("SSH_ASKPASS");
	pg_buf_free(&b);
	s->r = pg_remote_open("user@far", &s->o);
}

static void drop_last(struct scene *s)
{
	if (s->last) {
		pg_snapshot_free(s->last);
		free(s->last);
	}
	s->last = NULL;
}

static void close_scene(struct scene *s)
{
	char command[128];
	pg_remote_close(s->r);
	drop_last(s);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	cr_assert_eq(system(command), 0);
}

static pid_t pid_of(const struct scene *s)
{
	char path[128];
	int pid = 0;
	snprintf(path, sizeof(path), "%s/pid", s->dir);
	FILE *f = fopen(path, "r");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void turn(struct scene *s)
{
	struct pollfd p[PG_REMOTE_FDS];
	struct pg_snapshot *snap;
	bool fresh;
	size_t nr = pg_remote_fds(s->r, true, p);
	int ms = pg_remote_timeout_ms(s->r);
	cr_assert(ms >= 0 && ms <= 3001, "%d", ms);
	poll(p, nr, ms);
	pg_remote_turn(s->r);
	while ((snap = pg_remote_take(s->r, &fresh))) {
		s->frames++;
		s->fresh += fresh;
		drop_last(s);
		s->last = snap;
	}
}

static struct pg_remote_status await(struct scene *s, enum pg_remote_state state, size_t frames)
{
	struct pg_remote_status st;
	uint64_t until = pg_clock_ns(CLOCK_MONOTONIC) + WAIT_NS;
	for (;;) {
		turn(s);
		pg_remote_status(s->r, &st);
		if (st.state == state && s->frames >= frames)
			return st;
		cr_assert(pg_clock_ns(CLOCK_MONOTONIC) < until, "state %d, %zu frames: %s",
			  st.state, s->frames, st.why);
	}
}

static void await_pid(struct scene *s)
{
	while (!pid_of(s))
		turn(s);
}

/* A second of it may be over when we get to ask. */
static void expect_pause(const struct pg_remote_status *st, unsigned seconds)
{
	cr_expect(st->seconds == seconds || st->seconds + 1 == seconds, "%u, not %u", st->seconds,
		  seconds);
}

static void expect_why(const struct pg_remote_status *st, const char *why)
{
	cr_expect(strstr(st->why, why), "%s: not in: %s", why, st->why);
}

/* ---- what is asked of it --------------------------------------------------------------------- */

Test(remote, the_command_is_safe_in_any_shell)
{
	static const struct {
		struct pg_remote_options o;
		const char *want;
	} rows[] = {
		{{.delay_ns = PG_NS_PER_SEC}, "procgrid --json --compact --repeat -d 1000ms"},
		{{.delay_ns = PG_NS_PER_SEC / 20, .processes = true},
		 "procgrid --json --compact --repeat -d 50ms -p"},
		{{.delay_ns = 60 * PG_NS_PER_SEC, .user = "www-data", .command = "sudo /opt/pg"},
		 "sudo /opt/pg --json --compact --repeat -d 60000ms -u 'www-data'"},
		{{.delay_ns = PG_NS_PER_SEC, .user = "a'b; $(reboot) `x` \"\n"},
		 "procgrid --json --compact --repeat -d 1000ms -u 'a'\\''b; $(reboot) `x` \"\n'"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct pg_buf b = {0};
		pg_remote_command(&rows[i].o, &b);
		cr_expect_str_eq(pg_buf_cstr(&b), rows[i].want);
		pg_buf_free(&b);
	}
}

static void expect_args(const struct scene *s, const char *want)
{
	char path[128], text[512] = "";
	snprintf(path, sizeof(path), "%s/args", s->dir);
	FILE *f = fopen(path, "r");
	cr_assert(f);
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	cr_expect_str_eq(text, want);
}

Test(remote, ssh_asks_nobody_unless_somebody_can_be_asked)
{
	struct scene s;
	open_scene(&s, "exit 255");
	await(&s, PG_REMOTE_REFUSED, 0);
	expect_args(&s, "-T\n-x\n-a\n-o\nClearAllForwardings=yes\n-o\nBatchMode=yes\n--\nuser@far\n"
			"procgrid --json --compact --repeat -d 1000ms\n");
	setenv("SSH_ASKPASS", "/bin/false", 1);
	pg_remote_retry(s.r);
	await(&s, PG_REMOTE_CONNECTING, 0);
	await(&s, PG_REMOTE_REFUSED, 0);
	expect_args(&s, "-T\n-x\n-a\n-o\nClearAllForwardings=yes\n--\nuser@far\n"
			"procgrid --json --compact --repeat -d 1000ms\n");
	close_scene(&s);
}

Test(remote, it_has_no_terminal_and_no_input_of_ours)
{
	struct scene s;
	open_scene(&s, "cat >$dir/input; (exec 3</dev/tty) 2>/dev/null && echo tty >&2\n"
		       "read -r pid name state parent group session rest </proc/$$/stat\n"
		       "[ $session = $$ ] && echo own session >&2; exit 255");
	struct pg_remote_status st = await(&s, PG_REMOTE_REFUSED, 0);
	cr_expect_str_eq(st.why, "own session");
	close_scene(&s);
}

/* ---- what it does ---------------------------------------------------------------------------- */

Test(remote, frames_come)
{
	struct scene s;
	open_scene(&s, "cat $dir/stream; exec sleep 1000");
	await(&s, PG_REMOTE_LIVE, FRAMES);
	cr_expect_eq(s.fresh, 1);
	cr_expect_eq(s.last->nr_procs, 5);
	cr_expect_str_eq(s.last->host.name, "far");
	close_scene(&s);
}

Test(remote, a_host_that_comes_back_begins_anew)
{
	struct scene s;
	open_scene(&s, "cat $dir/stream; exec sleep 1000");
	await(&s, PG_REMOTE_LIVE, FRAMES);
	kill(pid_of(&s), SIGKILL);
	struct pg_remote_status st = await(&s, PG_REMOTE_ENDED, FRAMES);
	expect_why(&st, "ssh was killed by signal 9");
	expect_pause(&st, 1);
	await(&s, PG_REMOTE_LIVE, 2 * FRAMES);
	cr_expect_eq(s.fresh, 2);
	close_scene(&s);
}

Test(remote, reasons_are_told_by_who_knows_best)
{
	static const struct {
		const char *script, *why;
		enum pg_remote_state state;
	} rows[] = {
		{"echo 'ssh: Connection refused' >&2; exit 255", "ssh: Connection refused",
		 PG_REMOTE_REFUSED},
		{"printf 'first\\nlast, without an end' >&2; exit 1", "last, without an end",
		 PG_REMOTE_REFUSED},
		{"printf 'banner\\r\\n\\r\\n' >&2; exit 255", "banner", PG_REMOTE_REFUSED},
		{"echo 'sh: procgrid: not found' >&2; exit 127", "there is no procgrid; install it",
		 PG_REMOTE_REFUSED},
		{"exit 3", "what it sends: nothing came", PG_REMOTE_REFUSED},
		{"exit 0", "what it sends: nothing came", PG_REMOTE_REFUSED},
		{"echo hello; exec sleep 1000", "not a stream of procgrid, but \"hello\"",
		 PG_REMOTE_REFUSED},
		{"echo '{\"procgrid\":99}'; exec sleep 1000", "99", PG_REMOTE_REFUSED},
		{"cat $dir/stream; exit 0", "", PG_REMOTE_ENDED},
		{"cat $dir/stream; echo 'Connection reset' >&2; exit 255", "Connection reset",
		 PG_REMOTE_ENDED},
		{"head -n 2 $dir/stream; tail -n 1 $dir/stream | head -c 30; "
		 "echo 'Connection reset' >&2; exit 255",
		 "Connection reset", PG_REMOTE_ENDED},
		{"head -n 2 $dir/stream; tail -n 1 $dir/stream | head -c 30; exit 0", "",
		 PG_REMOTE_ENDED},
		{"cat $dir/stream; echo nonsense; exec sleep 1000",
		 "what it sends: damaged after frame 2", PG_REMOTE_ENDED},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct scene s;
		open_scene(&s, rows[i].script);
		struct pg_remote_status st = await(&s, rows[i].state, 0);
		cr_expect(strstr(st.why, rows[i].why), "%s: %s, not %s", rows[i].script, st.why,
			  rows[i].why);
		close_scene(&s);
	}
}

Test(remote, without_ssh_it_says_so)
{
	struct scene s;
	open_scene(&s, "exit 0");
	setenv("PATH", "/nonexistent", 1);
	struct pg_remote_status st = await(&s, PG_REMOTE_REFUSED, 0);
	cr_expect_str_eq(st.why, "there is no program ssh; install it");
	setenv("PATH", "/usr/bin:/bin", 1);
	close_scene(&s);
}

Test(remote, pauses_grow)
{
	static const unsigned want[] = {1, 2, 4, 8, 16, 30, 30};
	struct scene s;
	open_scene(&s, "exit 255");
	for (size_t i = 0; i < PG_ARRAY_LEN(want); i++) {
		struct pg_remote_status st = await(&s, PG_REMOTE_REFUSED, 0);
		expect_pause(&st, want[i]);
		pg_remote_retry(s.r);
		await(&s, PG_REMOTE_CONNECTING, 0);
	}
	close_scene(&s);
}

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

Test(remote, one_that_hangs_is_ended_with_us)
{
	static const char *const scripts[] = {
		"exec sleep 1000",
		"trap '' TERM; while :; do sleep 1; done",
		"sleep 1000 & wait",
		/* Frames of zstd with nothing in them: the reader always has something to do. */
		"trap '' TERM PIPE; i=0; printf '\\050\\265\\057\\375\\040\\0\\1\\0\\0' >$dir/0\n"
		"while [ $i -lt 12 ]; do cat $dir/$i $dir/$i >$dir/$((i + 1)); i=$((i + 1)); done\n"
		"while :; do cat $dir/12; done",
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(scripts); i++) {
		struct scene s;
		open_scene(&s, scripts[i]);
		await_pid(&s);
		struct pg_remote_status st;
		pg_remote_status(s.r, &st);
		cr_expect_eq(st.state, PG_REMOTE_CONNECTING);
		pid_t pid = pid_of(&s);
		cr_assert(!is_gone(pid));
		close_scene(&s);
		cr_expect(is_gone(pid), "%s", scripts[i]);
	}
}

/* A program that cannot say good-bye takes its ssh along, whatever that ignores. */
Test(remote, one_that_hangs_ends_when_we_are_killed)
{
	struct scene s;
	open_scene(&s, "trap '' TERM HUP PIPE; exec sleep 1000");
	int p[2];
	cr_assert_eq(pipe(p), 0);
	pid_t us = fork();
	if (us == 0) {
		await_pid(&s);
		cr_assert_eq(write(p[1], "", 1), 1);
		pause();
		_exit(0);
	}
	char byte;
	cr_assert_eq(read(p[0], &byte, 1), 1);
	pid_t pid = pid_of(&s);
	cr_assert(!is_gone(pid));
	cr_assert_eq(kill(us, SIGKILL), 0);
	cr_assert_eq(waitpid(us, NULL, 0), us);
	uint64_t until = pg_clock_ns(CLOCK_MONOTONIC) + WAIT_NS;
	while (!is_gone(pid) && pg_clock_ns(CLOCK_MONOTONIC) < until)
		poll(NULL, 0, 1);
	cr_expect(is_gone(pid));
	if (!is_gone(pid))
		kill(pid, SIGKILL);
	close(p[0]);
	close(p[1]);
	close_scene(&s);
}

Test(remote, who_talks_without_end_is_not_listened_to_without_end)
{
	struct scene s;
	open_scene(&s, "yes '\033[2Jwhat a day' >&2; exit 255");
	await_pid(&s);
	/* Turns that had something to read, in all that it could have said meanwhile. */
	uint64_t from = pg_clock_ns(CLOCK_MONOTONIC), took = 0;
	size_t turns = 0;
	while (turns < 30) {
		turn(&s);
		turns++;
	}
	took = pg_clock_ns(CLOCK_MONOTONIC) - from;
	cr_expect(took > PG_NS_PER_SEC / 2, "%zu turns in %llu ns", turns,
		  (unsigned long long)took);
	close_scene(&s);
}

Test(remote, many_hosts_share_what_they_may_ask_for)
{
	static const struct {
		size_t hosts, line;
		uint32_t tasks;
	} t[] = {{0, 64u << 20, 1000000}, {1, 64u << 20, 1000000}, {4, 64u << 20, 1000000},
		 {5, 32u << 20, 500000},  {8, 32u << 20, 500000},  {9, 16u << 20, 250000},
		 {64, 4u << 20, 62500}};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_stream_limits limits = pg_remote_limits(t[i].hosts);
		cr_expect_eq(limits.line, t[i].line, "%zu", t[i].hosts);
		cr_expect_eq(limits.tasks, t[i].tasks, "%zu", t[i].hosts);
	}
}

/* The number of bytes that is said is that of its share. */
Test(remote, a_line_without_end_is_refused_sooner_of_many)
{
	struct scene s;
	open_scene(&s, "head -n 1 $dir/stream; exec tr '\\0' x </dev/zero");
	pg_remote_close(s.r);
	s.o.nr_hosts = 64;
	s.r = pg_remote_open("user@far", &s.o);
	struct pg_remote_status st = await(&s, PG_REMOTE_REFUSED, 0);
	expect_why(&st, "longer than 4194304 bytes");
	close_scene(&s);
}

Test(remote, a_line_without_end_is_refused)
{
	struct scene s;
	open_scene(&s, "head -n 1 $dir/stream; exec tr '\\0' x </dev/zero");
	struct pg_remote_status st = await(&s, PG_REMOTE_REFUSED, 0);
	expect_why(&st, "what it sends");
	close_scene(&s);
}
