/* SPDX-License-Identifier: MIT */
/*
 * Promise: what a run put into its log comes out of it again; fdprof's logs are read as well; of a
 * damaged one all that can be read is, and the first line that cannot be is named.
 */
#include "fd/fd_log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/fd_log_test.XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

static void leave(void)
{
	char command[80];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_expect_eq(system(command), 0);
}

TestSuite(fd_log, .init = enter, .fini = leave);

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

struct result {
	struct pg_fd_profile p;
	struct pg_error notice, err;
	int ret;
};

static struct result read_file(const char *name)
{
	struct result r = {0};
	r.ret = pg_fd_log_read(name, &r.p, &r.notice, &r.err);
	return r;
}

static struct result read_text(const char *text)
{
	write_file("text.jsonl", text);
	return read_file("text.jsonl");
}

static struct pg_fd_log *create(const char *path, bool force)
{
	const struct pg_fd_log_options o = {.path = path, .force = force};
	struct pg_error err = {""};
	struct pg_fd_log *l = pg_fd_log_create(&o, &err);
	cr_assert_not_null(l, "%s", err.text);
	return l;
}

static void refused(const char *path, const char *named)
{
	const struct pg_fd_log_options o = {.path = path};
	struct pg_error err = {""};
	cr_expect_null(pg_fd_log_create(&o, &err), "%s", path);
	cr_expect(strstr(err.text, named), "%s: %s", path, err.text);
}

/* ---- round and round ------------------------------------------------------------------------ */

static const char odd[] = "od\xff\\d \x1b[31m\"é\n";

static void put_samples(struct pg_fd_log *l)
{
	struct pg_fd_count procs[] = {
		{.pid = 10, .start = 5, .fds = 7, .limit = 1024, .comm = "sh"},
		{.pid = 12,
		 .start = UINT64_MAX,
		 .fds = -1,
		 .limit = UINT64_MAX,
		 .comm = "a\xff\"b"},
	};
	const uint32_t kinds[PG_FD_NR_KINDS] = {[PG_FD_FILE] = 3, [PG_FD_SOCKET] = 4};
	struct pg_fd_sample s = {.wall_ns = INT64_C(1700000000123456789),
				 .open_fds = 7,
				 .nr_unreadable = 1,
				 .changed = true,
				 .procs = procs,
				 .nr_procs = 2};
	pg_fd_log_sample(l, 0, &s, NULL);
	s.changed = false;
	s.open_fds = 8;
	pg_fd_log_sample(l, 0.1, &s, kinds);
	s.open_fds = -1;
	pg_fd_log_sample(l, 0.200001, &s, NULL);
	s.open_fds = 9;
	s.changed = true;
	procs[0].fds = 9;
	pg_fd_log_sample(l, 0.3, &s, NULL);
}

static void put_rest(struct pg_fd_log *l, struct pg_fd_profile *p)
{
	char message[] = "half\x1b[0m done é \xfe", prefix[] = "/tmp/\xff/";
	const struct pg_fd_event e = {
		.timestamp = 1700000000.25, .elapsed = 0.25, .stream = 2, .message = message};
	struct pg_fd_part part = {
		.kind = PG_FD_FILE, .opened = 5, .closed = 2, .now = 9, .prefix = prefix};
	const struct pg_fd_cause c = {
		.elapsed = 0.15, .pid = 10, .parts = {.items = &part, .nr = 1}};
	pg_fd_log_event(l, &e);
	pg_fd_log_cause(l, &c);
	p->ended = 0.5;
	p->has_status = p->over = true;
	p->status = 42;
	p->ticks = 4;
	p->late = 2;
	p->skipped = 1;
	p->events_left_out = 3;
	p->kinds_refused = true;
	pg_fd_log_end(l, p);
}

static void check_round(const struct pg_fd_profile *p)
{
	cr_expect_str_eq(p->what, odd);
	cr_expect(p->is_command && !p->zombie_tail);
	cr_expect_float_eq(p->began, 1700000000.1, 1e-5);
	cr_expect_eq(p->interval, 0.1);
	cr_assert_eq(p->series.n, 3);
	cr_expect(p->series.v[0] == 7 && p->series.v[1] == 8 && p->series.v[2] == 9);
	cr_expect_float_eq(p->series.t[2], 0.3, 1e-9);
	cr_assert_eq(p->nr_unreadable, 1);
	cr_expect_float_eq(p->unreadable[0], 0.200001, 1e-9);
	cr_expect_eq(p->most_procs, 2);
	cr_expect_eq(p->most_uncounted, 1);
	cr_assert_eq(p->nr_events, 1);
	cr_expect_str_eq(p->events[0].message, "half\x1b[0m done é \xfe");
	cr_expect_eq(p->events[0].elapsed, 0.25);
	cr_expect_eq(p->events[0].stream, 2);
	cr_assert_eq(p->nr_causes, 1);
	cr_expect_eq(p->causes[0].pid, 10);
	cr_assert_eq(p->causes[0].parts.nr, 1);
	cr_expect_str_eq(p->causes[0].parts.items[0].prefix, "/tmp/\xff/");
	cr_expect_eq(p->causes[0].parts.items[0].opened, 5);
	cr_expect(p->has_kinds && p->kinds[PG_FD_SOCKET] == 4 && p->kinds[PG_FD_FILE] == 3);
	cr_expect(p->has_status && p->status == 42 && p->over);
	cr_expect(p->ticks == 4 && p->late == 2 && p->skipped == 1);
	cr_expect(p->events_left_out == 3 && p->kinds_refused);
	cr_expect_eq(p->ended, 0.5);
	cr_expect_eq(p->worst.pid, 10);
	cr_expect(p->worst.fds == 9 && p->worst.limit == 1024);
	cr_expect_eq(p->worst_series.n, 4);
}

Test(fd_log, what_goes_in_comes_out)
{
	char *argv[] = {(char[]){"od d"}, (char[]){""}, NULL};
	struct pg_fd_profile p = {.began = 1700000000.1, .interval = 0.1};
	p.what = pg_strdup(odd);
	struct pg_fd_log *l = create("a.jsonl", false);
	const struct pg_fd_log_head head = {.argv = argv, .pid = 10, .children = true, .p = &p};
	pg_fd_log_head(l, &head);
	put_samples(l);
	put_rest(l, &p);
	cr_expect_eq(pg_fd_log_flush(l), 0);
	cr_expect_eq(pg_fd_log_close(l, false), 0);
	pg_fd_profile_free(&p);

	struct result r = read_file("a.jsonl");
	cr_assert_eq(r.ret, 0, "%s%s", r.err.text, r.notice.text);
	cr_expect_str_empty(r.notice.text);
	check_round(&r.p);
	pg_fd_profile_free(&r.p);
}

/* Milliseconds where seconds are meant, and worse: what was reported at first is so again. */
Test(fd_log, a_stamp_of_an_event_may_be_any)
{
	const double stamps[] = {1763740000000, 1e25, 1.5e308, 0};
	struct pg_fd_profile p = {.began = 1700000000};
	struct pg_fd_log *l = create("a.jsonl", false);
	const struct pg_fd_log_head head = {.p = &p};
	pg_fd_log_head(l, &head);
	put_samples(l);
	for (size_t i = 0; i < PG_ARRAY_LEN(stamps); i++) {
		char message[] = "x";
		const struct pg_fd_event e = {
			.timestamp = stamps[i], .elapsed = stamps[i] - p.began, .message = message};
		pg_fd_log_event(l, &e);
	}
	cr_expect_eq(pg_fd_log_flush(l), 0);
	pg_fd_log_close(l, false);
	struct result r = read_file("a.jsonl");
	cr_expect_eq(r.ret, 0, "%s", r.notice.text);
	cr_assert_eq(r.p.nr_events, PG_ARRAY_LEN(stamps));
	for (size_t i = 0; i < PG_ARRAY_LEN(stamps); i++)
		cr_expect_eq(r.p.events[i].timestamp, stamps[i]);
	pg_fd_profile_free(&r.p);
}

Test(fd_log, lines_have_what_fdprof_writes)
{
	struct pg_fd_log *l = create("a.jsonl", false);
	char line[300];
	put_samples(l);
	cr_expect_eq(pg_fd_log_flush(l), 0);
	pg_fd_log_close(l, false);
	FILE *f = fopen("a.jsonl", "r");
	cr_assert_not_null(f);
	cr_assert_not_null(fgets(line, sizeof(line), f));
	cr_expect_str_eq(line,
			 "{\"timestamp\":1700000000.123456,\"elapsed\":0.000000,\"open_fds\":7,"
			 "\"unreadable\":1,\"processes\":2,\"limit\":1024,\"procs\":["
			 "{\"pid\":10,\"start_ticks\":5,\"fds\":7,\"limit\":1024,\"comm\":\"sh\"},"
			 "{\"pid\":12,\"start_ticks\":\"18446744073709551615\",\"fds\":-1,"
			 "\"limit\":\"unlimited\",\"comm\":\"a\\\\xFF\\\"b\"}]}\n");
	cr_assert_not_null(fgets(line, sizeof(line), f));
	cr_expect_str_eq(line,
			 "{\"timestamp\":1700000000.123456,\"elapsed\":0.100000,\"open_fds\":8,"
			 "\"unreadable\":1,\"kinds\":{\"file\":3,\"socket\":4}}\n");
	fclose(f);
}

/* ---- where ---------------------------------------------------------------------------------- */

Test(fd_log, the_first_free_name)
{
	struct stat st;
	static const char *const names[] = {"procgrid-fd.jsonl", "procgrid-fd.1.jsonl",
					    "procgrid-fd.3.jsonl"};
	write_file("procgrid-fd.2.jsonl", "");
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		struct pg_fd_log *l = create(NULL, false);
		cr_expect_str_eq(pg_fd_log_path(l), names[i]);
		cr_expect(stat(names[i], &st) == 0 && (st.st_mode & 0777) == 0600);
		pg_fd_log_close(l, false);
	}
	struct pg_fd_log *l = create(NULL, true);
	cr_expect_str_eq(pg_fd_log_path(l), names[0]);
	struct pg_fd_log *other = create(NULL, true); /* the first is being written */
	cr_expect_str_eq(pg_fd_log_path(other), "procgrid-fd.4.jsonl");
	pg_fd_log_close(other, true);
	cr_expect_neq(access("procgrid-fd.4.jsonl", F_OK), 0);
	pg_fd_log_close(l, false);
}

Test(fd_log, a_link_is_never_followed)
{
	write_file("victim", "mine");
	cr_assert_eq(symlink("victim", "procgrid-fd.jsonl"), 0);
	cr_assert_eq(symlink("nowhere", "procgrid-fd.1.jsonl"), 0);
	struct pg_fd_log *l = create(NULL, true);
	cr_expect_str_eq(pg_fd_log_path(l), "procgrid-fd.2.jsonl");
	pg_fd_log_close(l, false);
	refused("procgrid-fd.jsonl", "symbolic link");
	cr_expect_neq(access("nowhere", F_OK), 0);
}

Test(fd_log, what_cannot_be_is_refused)
{
	write_file("there", "");
	refused("there", "exists; --force overwrites it");
	refused("none/x", "none");
	refused(".", "directory");
	refused("", "name");
	struct pg_fd_log *l = create("there", true);
	refused("there", "exists");
	pg_fd_log_close(l, false);
}

/* A size limit stands for a full disk. */
Test(fd_log, full_in_the_middle)
{
	const struct rlimit small = {300, RLIM_INFINITY};
	struct pg_fd_sample s = {.wall_ns = 1, .open_fds = 3};
	signal(SIGXFSZ, SIG_IGN);
	struct pg_fd_log *l = create("full.jsonl", false);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	int ret = 0, told = 0;
	for (int i = 0; i < 20; i++) {
		pg_fd_log_sample(l, i, &s, NULL);
		if ((ret = pg_fd_log_flush(l)) < 0) {
			cr_expect_eq(ret, -EFBIG);
			told++;
		}
	}
	cr_expect_eq(told, 1);
	pg_fd_log_close(l, false);
	struct result r = read_file("full.jsonl");
	cr_expect_eq(r.ret, 0);
	cr_expect_str_empty(r.notice.text);
	cr_expect(r.p.series.n >= 3 && r.p.series.n < 20, "%zu", r.p.series.n);
	pg_fd_profile_free(&r.p);
}

/* ---- what others wrote ---------------------------------------------------------------------- */

Test(fd_log, fdprof)
{
	struct result r =
		read_text("{\"timestamp\": 1700000000.5, \"elapsed\": 9.5e-07, \"open_fds\": 3}\n"
			  "{\"timestamp\": 1700000000.6, \"elapsed\": 0.1, \"open_fds\": -1}\n"
			  "{\"timestamp\": 1700000000.7, \"elapsed\": 0.2, \"open_fds\": 5}\n");
	cr_assert_eq(r.ret, 0, "%s", r.err.text);
	cr_assert_eq(r.p.series.n, 2);
	cr_expect(r.p.series.v[1] == 5 && r.p.series.t[1] == 0.2);
	cr_assert_eq(r.p.nr_unreadable, 1);
	cr_expect_eq(r.p.unreadable[0], 0.1);
	cr_expect_float_eq(r.p.began, 1700000000.5, 1e-3);
	cr_expect_null(r.p.what);
	cr_expect(r.p.zombie_tail && !r.p.has_status && !r.p.has_kinds && r.p.worst.pid == 0);
	pg_fd_profile_free(&r.p);
}

Test(fd_log, times_that_go_back_stand_still)
{
	struct result r =
		read_text("{\"elapsed\":5,\"open_fds\":1}\n{\"elapsed\":-3,\"open_fds\":2}\n"
			  "{\"elapsed\":6,\"open_fds\":3}\n");
	cr_assert_eq(r.p.series.n, 3);
	cr_expect(r.p.series.t[0] == 5 && r.p.series.t[1] == 5 && r.p.series.t[2] == 6);
	pg_fd_profile_free(&r.p);
	r = read_text("{\"timestamp\":100,\"open_fds\":1}\n{\"timestamp\":101.5,\"open_fds\":2}\n");
	cr_assert_eq(r.p.series.n, 2);
	cr_expect(r.p.series.t[0] == 0 && r.p.series.t[1] == 1.5);
	pg_fd_profile_free(&r.p);
}

#define GOOD "{\"timestamp\":1,\"elapsed\":1,\"open_fds\":1}\n"

Test(fd_log, damage_is_named_and_the_rest_is_read)
{
	static const struct {
		const char *text;
		int ret;
		size_t samples;
		const char *says; /* notice or error; "": none */
	} rows[] = {
		{"", -ENODATA, 0, "text.jsonl: it is empty"},
		{"\n", -EBADMSG, 0, "text.jsonl:1: not an object"},
		{"hello\n", -EBADMSG, 0, "text.jsonl:1: not an object; this is no log"},
		{"{\"elapsed\":1}\n", -EBADMSG, 0, "text.jsonl:1: it has no open_fds, or no time"},
		{"{\"type\":\"header\"}\n", -ENODATA, 0, "text.jsonl: there is no sample in it"},
		{"{\"type\":\"later\",\"x\":[{}]}\n" GOOD, 0, 1, ""},
		{GOOD, 0, 1, ""},
		{"{\"timestamp\":1,\"elapsed\":1,\"open_fds\":1}", 0, 1, ""},
		{GOOD "{\"timest", 0, 1, "text.jsonl:2: the last line is cut off"},
		{"{\"timest", -ENODATA, 0, "text.jsonl: there is no sample in it"},
		{GOOD "{\"timest\n" GOOD, 1, 2, "text.jsonl:2: "},
		{GOOD "x\ny\n" GOOD "{", 1, 2,
		 "text.jsonl:2: not an object; 2 lines were left out"},
		{GOOD "{\"elapsed\":1,\"open_fds\":\"many\"}\n", 1, 1, "text.jsonl:2: "},
		{GOOD "{\"elapsed\":1,\"open_fds\":1.5}\n", 1, 1, "text.jsonl:2: "},
		{GOOD "{\"elapsed\":1,\"open_fds\":-2}\n", 1, 1, "text.jsonl:2: "},
		{GOOD "{\"elapsed\":1e300,\"open_fds\":2}\n", 1, 1, "too large a time"},
		{GOOD "{\"elapsed\":1,\"open_fds\":2}}\n", 1, 1, "text.jsonl:2: "},
		{GOOD "\xff\n", 1, 1, "text.jsonl:2: it is not UTF-8"},
		{GOOD "{\"elapsed\":1,\"open_fds\":2,\"procs\":[{}]}\n", 1, 1, "without a pid"},
		{GOOD "{\"type\":\"header\"}\n" GOOD, 1, 1,
		 "text.jsonl:2: another log begins here"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct result r = read_text(rows[i].text);
		cr_expect_eq(r.ret, rows[i].ret, "%s: %d", rows[i].text, r.ret);
		cr_expect_eq(r.p.series.n, rows[i].samples, "%s", rows[i].text);
		const char *said = r.ret < 0 ? r.err.text : r.notice.text;
		cr_expect(*rows[i].says ? strstr(said, rows[i].says) != NULL : !*said, "%s: \"%s\"",
			  rows[i].text, said);
		pg_fd_profile_free(&r.p);
	}
}

Test(fd_log, a_line_without_end)
{
	FILE *f = fopen("long", "w");
	cr_assert_not_null(f);
	fputs(GOOD, f);
	for (int i = 0; i < 20 << 20; i++)
		putc('x', f);
	fputs("\n" GOOD, f);
	fclose(f);
	struct result r = read_file("long");
	cr_expect_eq(r.ret, 1);
	cr_expect_eq(r.p.series.n, 2);
	cr_expect_str_eq(r.notice.text, "long:2: too long a line; the line was left out");
	pg_fd_profile_free(&r.p);
}

Test(fd_log, processes_may_stand_in_any_order)
{
	struct result r =
		read_text("{\"elapsed\":0,\"open_fds\":9,\"procs\":[{\"pid\":7,\"fds\":4},"
			  "{\"pid\":3,\"fds\":5,\"limit\":10},{\"pid\":7,\"fds\":2}]}\n");
	cr_assert_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_eq(r.p.most_procs, 2);
	cr_expect_eq(r.p.worst.pid, 3);
	pg_fd_profile_free(&r.p);
}
