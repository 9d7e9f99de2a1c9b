/* SPDX-License-Identifier: MIT */
/* What the popup promises: it says why, it never shows 0 for what is not known, it stays in its
 * width. */
#include "view/popup.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "canvas/theme.h"
#include "view/popup_flow.h"

/* One process with a leader and a thread, in one snapshot, and its changes. */
struct scene {
	struct pg_proc *proc;
	struct pg_proc *procs[1];
	struct pg_snapshot snap;
	struct pg_change rows[2];
	uint32_t start[1];
	struct pg_gone gone[1];
	struct pg_changes changes;
	struct pg_frame frame;
	struct pg_detail detail;
	struct popup_input in;
};

static struct pg_str add_string(struct pg_proc *p, const char *s)
{
	struct pg_str at = {.off = p->size, .len = (uint32_t)strlen(s)};

	memcpy((char *)p + p->size, s, at.len);
	p->size += at.len;
	return at;
}

static void fill_task(struct pg_task *t, int32_t tid)
{
	t->tid = tid;
	t->start = 5000;
	t->valid = PG_STAT | PG_STATUS | PG_IO | PG_SCHED;
	t->state = 'S';
	t->ppid = 1;
	t->nice = 5;
	t->policy = 3;
	t->processor = 1;
	t->utime = 1200;
	t->stime = 300;
	t->voluntary_ctxt = 77;
	t->read_bytes = 4096;
	t->write_bytes = 12 << 20;
}

static void setup(struct scene *s, const char *comm)
{
	static char cmdline[] = "/usr/sbin/nginx -g daemon off;", cgroup[] = "/system.slice/nginx";
	size_t head = sizeof(struct pg_proc) + 2 * sizeof(struct pg_task);
	struct pg_proc *p = pg_calloc(1, head + 4096);

	*s = (struct scene){.proc = p, .procs = {p}};
	p->size = (uint32_t)head;
	p->pid = 4711;
	p->start = 5000;
	p->nr_tasks = 2;
	p->valid = PG_FD | PG_MEM | PG_CLOCK | PG_UID | PG_STATUS;
	p->uid = 33;
	p->rss_bytes = 8 << 20;
	p->fds = 256;
	p->fd_limit = 1024;
	p->threads = 2;
	fill_task(&p->tasks[0], 4711);
	fill_task(&p->tasks[1], 4712);
	p->user = add_string(p, "www-data");
	p->tasks[0].comm = p->tasks[1].comm = add_string(p, comm);
	s->snap = (struct pg_snapshot){.mono_ns = 60 * PG_NS_PER_SEC,
				       .wall_ns = 60 * (int64_t)PG_NS_PER_SEC,
				       .ticks_per_sec = 100,
				       .nr_tasks = 2,
				       .nr_procs = 1,
				       .procs = s->procs};
	for (int i = 0; i < 2; i++)
		s->rows[i] = (struct pg_change){.known = 0xff, .span_ns = PG_NS_PER_SEC};
	s->changes = (struct pg_changes){
		.interval_ns = PG_NS_PER_SEC, .start = s->start, .rows = s->rows, .nr_rows = 2};
	s->frame = (struct pg_frame){.snap = &s->snap, .changes = &s->changes};
	s->detail = (struct pg_detail){.cmdline = cmdline,
				       .cmdline_len = strlen(cmdline),
				       .cgroup = cgroup,
				       .cgroup_len = strlen(cgroup)};
	s->in = (struct popup_input){.frame = &s->frame,
				     .key = {.pid = 4711, .tid = 4711, .start = 5000},
				     .detail = &s->detail,
				     .detail_state = DETAIL_READY,
				     .min_cpu = 0.001};
}

static void teardown(struct scene *s)
{
	free(s->proc);
}

/* All lines, joined by newlines; the caller frees. */
static char *build(const struct scene *s, bool full, int width)
{
	struct popup_text t;
	struct pg_buf b = {0};
	char *all;

	popup_build(&t, &s->in, full, width);
	for (size_t i = 0; i < t.nr; i++) {
		pg_buf_put(&b, t.lines[i].text, t.lines[i].len);
		pg_buf_putc(&b, '\n');
	}
	popup_text_free(&t);
	all = pg_strdup(pg_buf_cstr(&b));
	pg_buf_free(&b);
	return all;
}

static void expect(const struct scene *s, const char *want)
{
	char *page = build(s, true, 300);

	cr_expect(strstr(page, want), "no \"%s\" in\n%s", want, page);
	free(page);
}

static void expect_not(const struct scene *s, const char *unwanted)
{
	char *page = build(s, true, 300);

	cr_expect(!strstr(page, unwanted), "\"%s\" in\n%s", unwanted, page);
	free(page);
}

Test(popup, has_every_value_in_box_and_page)
{
	static const char *const wants[] = {
		"nginx",
		"www-data",
		"pid 4711",
		"tid 4711",
		"ppid 1",
		"S sleeping",
		"/usr/sbin/nginx",
		"user 12",
		"system 3",
		"rss 8 MiB",
		"peak",
		"swap",
		"virtual",
		"read 4 KiB",
		"wrote 12 MiB",
		"256 open",

		"limit 1024 (25 %)",
		"threads 2",
		"nice 5",
		"SCHED_BATCH",
		"cpu 1",
		"77",
		"/system.slice/nginx",
		"1970-01-01T00:00:50",
		"age",
		"why    idle: nothing moved",
	};
	struct scene s;

	setup(&s, "nginx");
	for (int full = 0; full < 2; full++) {
		char *text = build(&s, full, full ? 78 : 46);

		for (size_t i = 0; i < PG_ARRAY_LEN(wants); i++)
			cr_expect(strstr(text, wants[i]), "no \"%s\" in\n%s", wants[i], text);
		free(text);
	}
	teardown(&s);
}

Test(popup, says_why)
{
	static const struct {
		struct pg_change change;
		char state;
		const char *want;
	} rows[] = {
		{{.cls = PG_IDLE, .known = 0xff}, 'S', "idle: nothing moved"},
		{{.cls = PG_IDLE, .known = 0xff, .bits = PG_STIRRED, .cpu_ns = 200000},
		 'S',
		 "idle, stirred: ran 200 µs, under 0.1 %"},
		{{.cls = PG_IDLE, .known = PG_KNOW_CPU}, 'S', "idle: did not run; io unknown"},
		{{.cls = PG_CPU, .known = 0xff, .cpu_ns = 412000000, .utime = 39, .stime = 2},
		 'S',
		 "cpu: ran 412 ms of 1 s (41 %), 390 ms user 20 ms system; no disk io"},
		{{.cls = PG_CPU, .known = 0xff, .wait_ns = 120000000, .bits = PG_WAITED},
		 'R',
		 "cpu: in state R, waiting for a CPU now (waited 120 ms); no disk io"},
		{{.cls = PG_CPU_DISK, .known = 0xff, .cpu_ns = 412000000, .write_bytes = 12 << 20},
		 'S',
		 "cpu+io: ran 412 ms of 1 s (41 %); read 0, wrote 12 MiB"},
		{{.cls = PG_DISK, .known = 0xff, .read_bytes = 4096, .cpu_ns = 50000},
		 'D',
		 "io: read 4 KiB, wrote 0; ran 50 µs of 1 s"},
		{{.cls = PG_IDLE, .known = 0xff, .bits = PG_BORN}, 'S', "new, idle: nothing moved"},
		{{.cls = PG_IDLE, .known = 0xff, .bits = PG_RSS_UP, .rss_bytes = 4096},
		 'S',
		 "idle: nothing moved; rss +4 KiB"},
		{{.cls = PG_IDLE, .known = 0xff, .bits = PG_FDS_DOWN, .fds = -3}, 'S', "; fds -3"},
	};
	struct scene s;

	setup(&s, "nginx");
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		s.rows[0] = rows[i].change;
		s.rows[0].span_ns = PG_NS_PER_SEC;
		s.proc->tasks[0].state = rows[i].state;
		expect(&s, rows[i].want);
	}
	teardown(&s);
}

Test(popup, first_look_knows_no_changes)
{
	struct scene s;

	setup(&s, "nginx");
	s.changes.first = true;
	s.changes.interval_ns = 0;
	memset(s.rows, 0, sizeof(s.rows));
	expect(&s, "not known yet: first look");
	expect(&s, "last cycle unknown");
	expect(&s, "change unknown");
	expect(&s, "read 4 KiB, rate unknown");
	teardown(&s);
}

Test(popup, unknown_is_not_zero)
{
	struct scene s;

	setup(&s, "nginx");
	memset(s.rows, 0, sizeof(s.rows));
	s.proc->valid = 0;
	s.proc->user.len = 0;
	s.proc->fds = s.proc->fd_limit = s.proc->rss_bytes = 0;
	memset(&s.proc->tasks[0].ppid, 0, sizeof(struct pg_task) - offsetof(struct pg_task, ppid));
	s.proc->tasks[0].valid = 0;
	s.proc->tasks[0].state = '\0';
	s.detail = (struct pg_detail){0};
	expect_not(&s, " 0 ");
	expect_not(&s, " 0\n");
	expect(&s, "user unknown");
	expect(&s, "ppid unknown");
	expect(&s, "state unknown");
	expect(&s, "rss unknown");
	expect(&s, "threads unknown");
	expect(&s, "fds    unknown");
	expect(&s, "limit unknown");
	expect(&s, "disk   unknown");
	expect(&s, "start  unknown");
	teardown(&s);
}

Test(popup, refused_io_says_what_would_help)
{
	struct scene s;

	setup(&s, "nginx");
	s.proc->tasks[0].valid &= (uint8_t)~PG_IO;
	s.proc->tasks[0].refused = PG_IO;
	s.rows[0] = (struct pg_change){.known = PG_KNOW_CPU, .bits = PG_IO_UNKNOWN};
	expect(&s, "not permitted, even to root"); /* nothing else is refused: we are root */
	expect(&s, "idle: did not run; io not permitted");
	s.snap.own_io_only = true;
	expect(&s, "not permitted: run as root or as www-data");
	s.proc->uid = 0;
	expect(&s, "not permitted: run as root");
	teardown(&s);
}

Test(popup, threads_show_memory_of_their_process)
{
	struct scene s;

	setup(&s, "nginx");
	s.in.key.tid = 4712;
	s.rows[0].rss_bytes = 8192;
	expect(&s, "tid 4712");
	expect(&s, "rss 8 MiB  change +8 KiB");
	teardown(&s);
}

Test(popup, pending_and_missing_details)
{
	struct scene s;

	setup(&s, "nginx");
	s.in.detail = NULL;
	s.in.detail_state = DETAIL_PENDING;
	expect(&s, "cmd    …");
	expect(&s, "cgroup …");
	s.in.detail_state = DETAIL_NO_ANSWER;
	expect(&s, "cmd    no answer");
	expect(&s, "cgroup no answer");
	teardown(&s);
}

Test(popup, exited_and_gone)
{
	struct scene s;

	setup(&s, "nginx");
	s.snap.nr_procs = 0;
	s.gone[0] = (struct pg_gone){.proc = s.proc, .task = &s.proc->tasks[0]};
	s.changes.gone = s.gone;
	s.changes.nr_gone = 1;
	expect(&s, "why    exited");
	expect(&s, "user 12 s");
	expect_not(&s, "S sleeping");
	s.changes.nr_gone = 0;
	expect(&s, "task 4711\n");
	expect(&s, "task is gone");
	s.in.frame = NULL;
	expect(&s, "no sample");
	teardown(&s);
}

Test(popup, exit_codes)
{
	static const struct {
		int code;
		const char *want;
	} rows[] = {
		{-1, "exited since the last cycle\n"},
		{0, "exited since the last cycle: exit code 0\n"},
		{3, "exited since the last cycle: exit code 3\n"},
		{128, ": exit code 128\n"},
		{137, ": exit code 137\n"},
		{PG_KILLED + 9, ": killed by signal 9 (KILL)\n"},
		{PG_KILLED + 11, ": killed by signal 11 (SEGV)\n"},
		{PG_KILLED + 34, ": killed by signal 34\n"},
		{255, ": exit code 255\n"},
	};
	struct scene s;

	setup(&s, "nginx");
	s.snap.nr_procs = 0;
	s.changes.gone = s.gone;
	s.changes.nr_gone = 1;
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		s.gone[0] = (struct pg_gone){
			.proc = s.proc, .task = s.proc->tasks, .exit_code = rows[i].code};
		expect(&s, rows[i].want);
	}
	teardown(&s);
}

Test(popup, a_zombie_says_how_it_ended)
{
	struct scene s;

	setup(&s, "nginx");
	s.proc->tasks[0].state = 'Z';
	expect(&s, "ppid 1  Z zombie\n");
	s.proc->tasks[0].ended = 1;
	expect(&s, "ppid 1  Z zombie: exit code 0\n");
	s.proc->tasks[0].ended = 1 + (3 << 8);
	expect(&s, "ppid 1  Z zombie: exit code 3\n");
	s.proc->tasks[0].ended = 1 + (11 | 0x80);
	expect(&s, "Z zombie: killed by signal 11 (SEGV)\n");
	teardown(&s);
}

Test(popup, one_that_lived_between_two_looks)
{
	struct scene s;
	struct pg_proc *brief = pg_calloc(1, sizeof(*brief) + sizeof(struct pg_task) + 64);

	setup(&s, "make");
	brief->pid = 5000;
	brief->nr_tasks = 1;
	brief->size = sizeof(*brief) + sizeof(struct pg_task);
	brief->tasks[0] = (struct pg_task){.tid = 5000, .ppid = 4711};
	brief->tasks[0].comm = add_string(brief, "cc1");
	s.gone[0] = (struct pg_gone){.proc = brief, .task = brief->tasks, .brief = true};
	s.changes.gone = s.gone;
	s.changes.nr_gone = 1;
	s.in.key = (struct pg_key){.pid = 5000, .tid = 5000};
	expect(&s, "cc1  user unknown\n");
	expect(&s, "parent 4711 make  exited\n");
	expect(&s, "why    lived and died between two looks: exit code 0\n");
	expect_not(&s, "rss");
	brief->tasks[0].ppid = 6000;
	expect(&s, "parent 6000  exited\n");
	free(brief);
	teardown(&s);
}

Test(popup, not_looked_at)
{
	struct scene s;

	setup(&s, "java");
	s.proc->unseen_ns = 12000000;
	expect(&s, "up to 12 ms by threads not looked at");
	s.proc->tasks[1].seen_ns = 48 * PG_NS_PER_SEC;
	s.rows[1] = (struct pg_change){.cls = PG_CPU, .known = 0xff, .cpu_ns = 70000000};
	s.rows[1].read_bytes = 999;
	s.in.key.tid = 4712;
	expect(&s, "not looked at for 12 s: what it did since is not known");
	expect(&s, "last cycle unknown  waited unknown");
	expect(&s, "read 4 KiB, rate unknown");
	expect(&s, "rss 8 MiB  change 0");
	expect_not(&s, "70 ms");
	/* When its turn comes, what it did was done since the last one. */
	s.proc->tasks[1].seen_ns = 0;
	s.rows[1].span_ns = 7 * PG_NS_PER_SEC;
	s.rows[1].read_bytes = 7 << 20;
	expect(&s, "ran 70 ms of 7 s (1 %)");
	expect(&s, "read 4 KiB, 1 MiB/s");
	teardown(&s);
}

Test(popup, another_start_time_is_another_task)
{
	struct scene s;

	setup(&s, "nginx");
	s.in.key.start = 4999;
	expect(&s, "task is gone");
	teardown(&s);
}

/* Whatever a name or a command line holds, every line stays within the width. */
Test(popup, hostile_text_stays_in_width)
{
	static const char *const names[] = {
		"",
		"a\nb\n\n\n",
		"\033[2J\033[31m",
		"\xff\xfe\x80",
		"日本語日本語",
		")))))))))))))))",
		"               ",
		"\xe2\x80\xaexyz",
		"👩‍💻👩‍💻",
	};
	static const int widths[] = {1, POPUP_MIN_WIDTH, 20, 46, 78};
	char cmdline[3000];
	struct scene s;

	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]), at = 0;

		setup(&s, names[i]);
		while (len && at + len < sizeof(cmdline)) {
			memcpy(cmdline + at, names[i], len);
			at += len;
		}
		s.detail.cmdline = cmdline;
		s.detail.cmdline_len = at;
		for (size_t w = 0; w < 2 * PG_ARRAY_LEN(widths); w++) {
			int width =
				widths[w / 2] < POPUP_MIN_WIDTH ? POPUP_MIN_WIDTH : widths[w / 2];
			struct popup_text t;

			popup_build(&t, &s.in, w % 2, widths[w / 2]);
			for (size_t l = 0; l < t.nr; l++)
				cr_expect_leq(pg_text_width(t.lines[l].text, t.lines[l].len, true),
					      width, "name %zu width %d line %zu: %s", i, width, l,
					      t.lines[l].text);
			popup_text_free(&t);
		}
		teardown(&s);
	}
}

/* A recording's clocks may say anything. */
Test(popup, age_beyond_the_range_of_times)
{
	struct scene s;
	setup(&s, "nginx");
	s.snap.boot_wall_ns = INT64_MIN;
	expect(&s, "age 106751d 23:47");
	s.snap.boot_wall_ns = INT64_MAX;
	s.snap.wall_ns = INT64_MIN;
	expect(&s, "age ");
	teardown(&s);
}

Test(popup, page_keeps_every_byte_of_a_long_value)
{
	struct scene s;
	struct popup_text t;
	size_t xs = 0;

	setup(&s, "nginx");
	s.detail.cmdline = pg_alloc(PG_DETAIL_TEXT);
	s.detail.cmdline_len = PG_DETAIL_TEXT;
	memset(s.detail.cmdline, 'X', PG_DETAIL_TEXT);
	popup_build(&t, &s.in, true, 78);
	for (size_t l = 0; l < t.nr; l++)
		for (size_t i = 0; i < t.lines[l].len; i++)
			xs += t.lines[l].text[i] == 'X';
	cr_expect_eq(xs, PG_DETAIL_TEXT);
	popup_text_free(&t);
	popup_build(&t, &s.in, false, 46);
	cr_expect_leq(t.nr, 20, "the box stays small: %zu lines", t.nr);
	popup_text_free(&t);
	free(s.detail.cmdline);
	teardown(&s);
}

Test(popup, why_has_the_colour_of_the_class)
{
	struct scene s;
	struct popup_text t;
	bool found = false;

	setup(&s, "nginx");
	s.rows[0] = (struct pg_change){.cls = PG_CPU, .known = 0xff, .cpu_ns = 5000000};
	popup_build(&t, &s.in, false, 46);
	for (size_t i = 0; i < t.nr; i++)
		if (strncmp(t.lines[i].text, "why", 3) == 0)
			found = t.lines[i].role == theme_class_role(PG_CPU);
	cr_expect(found);
	popup_text_free(&t);
	teardown(&s);
}

Test(popup, lines_end_between_words_and_not_within_a_quantity)
{
	static const struct {
		const char *text, *line;
		int cols;
	} t[] = {
		{"ran 72.8 ms of 1 s (7.3 %), 70 ms user", "ran 72.8 ms of 1 s", 24},
		{"ran 72.8 ms of 1 s (7.3 %), 70 ms user", "ran 72.8 ms of 1 s (7.3 %),", 30},
		{"in state R (waited 241 ms)", "in state R (waited", 23},
		{"1 2 3 4 5 6 7 8", "1 2 3 4 5", 10}, /* numbers only: better there than within */
		{"/a/long/path", "/a/lo", 5},
		{"fits", "fits", 4},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		size_t n = popup_fitting(t[i].text, strlen(t[i].text), t[i].cols, true);
		cr_expect(n == strlen(t[i].line) && memcmp(t[i].text, t[i].line, n) == 0,
			  "\"%.*s\" of \"%s\"", (int)n, t[i].text, t[i].text);
	}
}

Test(popup, an_item_wider_than_a_line_is_not_cut)
{
	struct popup_text t = {0};
	struct popup_flow f = {.out = &t, .width = 30};
	popup_section(&f, "sched", 0);
	popup_item(&f, "nice 0");
	popup_item(&f, "switches %d voluntary, %d not", 105, 137);
	popup_item(&f, "last");
	popup_flush(&f);
	static const char *const lines[] = {"sched  nice 0", "       switches 105 voluntary,",
					    "       137 not  last"};
	cr_assert_eq(t.nr, PG_ARRAY_LEN(lines));
	for (size_t i = 0; i < t.nr; i++)
		cr_expect_str_eq(t.lines[i].text, lines[i]);
	pg_buf_free(&f.line);
	popup_text_free(&t);
}

Test(popup, one_line_form)
{
	struct scene s;
	struct pg_buf b = {0};

	setup(&s, "nginx");
	popup_line(&b, &s.in);
	cr_expect_str_eq(pg_buf_cstr(&b), "4711 nginx  www-data  idle: nothing moved");
	pg_buf_free(&b);
	teardown(&s);
}

Test(popup, draws_inside_its_box)
{
	struct scene s;
	struct canvas c;
	struct popup_text t;

	setup(&s, "nginx");
	popup_build(&t, &s.in, false, 30);
	for (int rows = 0; rows < 12; rows++)
		for (int cols = 0; cols < 40; cols += 3) {
			struct rect r = {.row = 2, .col = 5, .rows = rows, .cols = cols};

			canvas_init(&c, 16, 60, rows % 2);
			popup_draw(&c, r, &t, (size_t)(rows % 3));
			for (int y = 0; y < 16; y++)
				for (int x = 0; x < 60; x++) {
					bool in = y >= 2 && y < 2 + rows && x >= 5 && x < 5 + cols;

					cr_assert(in || canvas_at(&c, y, x)->ch == ' ');
				}
			canvas_free(&c);
		}
	popup_text_free(&t);
	teardown(&s);
}

Test(popup, an_effective_user_of_its_own_is_told)
{
	struct scene s;
	setup(&s, "nginx");
	s.proc->tasks[0].uid = s.proc->tasks[0].euid = 33;
	expect_not(&s, "effective uid");
	s.proc->tasks[0].euid = 1000;
	expect(&s, "effective uid 1000");
	s.proc->tasks[0].valid &= (uint16_t)~PG_STATUS;
	expect_not(&s, "effective uid");
	teardown(&s);
}

Test(popup, what_is_not_known_of_the_cpu_is_said)
{
	struct scene s;
	setup(&s, "nginx");
	s.rows[0].cls = PG_DISK;
	s.rows[0].read_bytes = 4096;
	expect_not(&s, "cpu time unknown");
	s.rows[0].known = PG_KNOW_IO;
	expect(&s, "cpu time unknown");
	s.changes.first = true;
	expect(&s, "not known yet: first look");
	expect_not(&s, "in state R");
	s.proc->tasks[0].state = 'R';
	expect(&s, "cpu: in state R; what it used is not known yet: first look");
	teardown(&s);
}
