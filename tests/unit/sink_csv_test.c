/* SPDX-License-Identifier: MIT */
/* Promise: one titles line, then one line a task a cycle, in key order, the exited ones in between.
 */
#include "sink/sink.h"

#include <criterion/criterion.h>
#include <string.h>

#include "blocks.h"

#define TITLES                                                                                     \
	"time,cycle,interval_ns,pid,tid,ppid,user,comm,state,activity,new,cpu_ns,cpu_delta_ns,"    \
	"wait_delta_ns,read_bytes,write_bytes,io_delta_bytes,rss_bytes,rss_delta_bytes,"           \
	"vsize_bytes,fds,fds_delta,threads,nice,processor,started,exit_code"

static struct pg_proc *small_block(int32_t pid, uint32_t nr, const char *comm)
{
	struct pg_proc *p = block_new(pid, nr);
	p->valid = PG_STAT | PG_MEM | PG_FD | PG_UID;
	p->user = block_str(p, "root");
	p->rss_bytes = 4096;
	p->fds = 3;
	p->threads = nr;
	for (uint32_t i = 0; i < nr; i++) {
		p->tasks[i].valid = PG_STAT | PG_SCHED;
		p->tasks[i].comm = block_str(p, comm);
	}
	return p;
}

struct out {
	int fd;
	struct pg_sink *sink;
	char *text;
};

static struct out open_sink(struct pg_csv_options o)
{
	struct out out = {.fd = scratch_file()};
	o.fd = out.fd;
	o.warn_fd = -1;
	out.sink = pg_sink_csv_new(&o);
	cr_assert_eq(out.sink->ops->begin(out.sink), 0);
	return out;
}

static void put_frame(struct out *out, const struct pg_frame *f)
{
	cr_assert_eq(out->sink->ops->frame(out->sink, f), 0);
}

static void close_sink(struct out *out)
{
	cr_assert_eq(out->sink->ops->end(out->sink), 0);
	out->sink->ops->free(out->sink);
	out->text = scratch_text(out->fd);
	close(out->fd);
}

/* --fields pid,tid,activity */
static const struct pg_field **short_fields(size_t *n)
{
	static const struct pg_field *fields[3];
	fields[0] = pg_field_find("pid", 3);
	fields[1] = pg_field_find("tid", 3);
	fields[2] = pg_field_find("activity", 8);
	*n = 3;
	return fields;
}

Test(sink_csv, one_titles_line_a_stream)
{
	struct stage s = {0};
	stage_add(&s, 0, (struct pg_proc *[]){small_block(7, 1, "a"), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){small_block(7, 1, "a"), NULL});
	struct out out = open_sink((struct pg_csv_options){.titles = true});
	put_frame(&out, stage_frame(&s, 0));
	put_frame(&out, stage_frame(&s, 1));
	close_sink(&out);
	cr_expect_str_eq(nth_line(out.text, 0), TITLES);
	cr_expect_str_eq(nth_line(out.text, 1),
			 "2026-11-20T00:00:00.000,0,,7,7,0,root,a,S,,,0,,,,,,4096,,0,3,,1,0,0,"
			 "2026-11-19T23:43:21.000,");
	cr_expect_str_eq(nth_line(out.text, 2),
			 "2026-11-20T00:00:01.000,1,1000000000,7,7,0,root,a,S,idle,0,0,0,0,,,,4096,"
			 "0,0,3,0,1,0,0,2026-11-19T23:43:21.000,");
	cr_expect_eq(count_lines(out.text), 3);
	free(out.text);
	stage_free(&s);
}

Test(sink_csv, no_frame_still_has_titles_unless_they_are_off)
{
	struct out out = open_sink((struct pg_csv_options){.titles = true});
	close_sink(&out);
	cr_expect_str_eq(out.text, TITLES "\n");
	free(out.text);
	out = open_sink((struct pg_csv_options){.titles = false});
	close_sink(&out);
	cr_expect_str_eq(out.text, "");
	free(out.text);
}

Test(sink_csv, exited_rows_stand_where_they_used_to)
{
	struct stage s = {0};
	struct pg_proc *kept = small_block(20, 3, "kept"), *less = block_copy(kept);
	struct pg_csv_options o = {.titles = false};
	o.fields = short_fields(&o.nr_fields);
	less->tasks[1] = less->tasks[2]; /* 21 has exited */
	less->nr_tasks = 2;
	stage_add(&s, 0,
		  (struct pg_proc *[]){small_block(10, 2, "first"), kept,
				       small_block(30, 1, "middle"), small_block(40, 1, "stays"),
				       small_block(50, 1, "last"), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){less, small_block(40, 1, "stays"), NULL});
	struct out out = open_sink(o);
	put_frame(&out, stage_frame(&s, 1));
	close_sink(&out);
	cr_expect_str_eq(out.text, "10,10,exited\n10,11,exited\n20,20,idle\n20,21,exited\n"
				   "20,22,idle\n30,30,exited\n40,40,idle\n50,50,exited\n");
	free(out.text);
	stage_free(&s);
}

Test(sink_csv, one_that_lived_in_between_has_its_row)
{
	static const char *const names[] = {"pid",      "tid", "ppid",    "user",     "comm",
					    "activity", "new", "started", "exit_code"};
	const struct pg_field *fields[PG_ARRAY_LEN(names)];
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++)
		fields[i] = pg_field_find(names[i], strlen(names[i]));
	struct stage s = {0};
	struct pg_csv_options o = {.fields = fields, .nr_fields = PG_ARRAY_LEN(names)};
	struct pg_proc *brief = block_new(15, 1);
	struct pg_told *told = &s.snaps[1].told;
	brief->tasks[0].comm = block_str(brief, "(bash)");
	brief->tasks[0].ppid = 10;
	brief->user = block_str(brief, "alice");
	stage_add(&s, 0,
		  (struct pg_proc *[]){small_block(10, 1, "a"), small_block(20, 1, "b"), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){small_block(10, 1, "a"), NULL});
	told->brief = pg_calloc(1, sizeof(*told->brief));
	told->brief_codes = pg_calloc(1, sizeof(*told->brief_codes));
	told->brief[0] = brief;
	told->brief_codes[0] = PG_KILLED + 2;
	told->nr_brief = 1;
	struct out out = open_sink(o);
	put_frame(&out, stage_frame(&s, 1));
	close_sink(&out);
	cr_expect_str_eq(nth_line(out.text, 0), "10,10,0,root,a,idle,0,2026-11-19T23:43:21.000,");
	cr_expect_str_eq(nth_line(out.text, 1),
			 "15,15,10,alice,(bash),exited,1,2026-11-19T23:43:21.000,130");
	cr_expect_str_eq(nth_line(out.text, 2), "20,20,0,root,b,exited,0,2026-11-19T23:43:21.000,");
	cr_expect_eq(count_lines(out.text), 3);
	free(out.text);
	stage_free(&s);
}

Test(sink_csv, a_reused_number_is_two_rows)
{
	struct stage s = {0};
	struct pg_csv_options o = {.titles = false};
	struct pg_proc *other = small_block(9, 1, "other");
	o.fields = short_fields(&o.nr_fields);
	other->start = other->tasks[0].start = 500;
	stage_add(&s, 0, (struct pg_proc *[]){small_block(9, 1, "one"), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){other, NULL});
	struct out out = open_sink(o);
	put_frame(&out, stage_frame(&s, 1));
	close_sink(&out);
	cr_expect_str_eq(out.text, "9,9,exited\n9,9,idle\n");
	free(out.text);
	stage_free(&s);
}

Test(sink_csv, changed_leaves_out_what_did_not_move)
{
	struct stage s = {0};
	struct pg_csv_options o = {.titles = false, .changed_only = true};
	o.fields = short_fields(&o.nr_fields);
	struct pg_proc *shared = small_block(1, 2, "shared"), *b[8], *now[8];
	for (int i = 0; i < 7; i++) {
		b[i] = small_block(10 + i, 1, "moves");
		now[i] = block_copy(b[i]);
	}
	now[0]->rss_bytes += 4096;
	now[1]->fds--;
	now[2]->tasks[0].nice = 5;
	now[3]->tasks[0].state = 'D';
	now[4]->tasks[0].comm = block_str(now[4], "moved");
	now[5]->tasks[0].run_ns = 500000000;
	now[6]->tasks[0].run_ns = 10; /* it twitched: that is idle */
	stage_add(&s, 0,
		  (struct pg_proc *[]){pg_proc_ref(shared), b[0], b[1], b[2], b[3], b[4], b[5],
				       b[6], small_block(90, 1, "gone"), NULL});
	stage_add(&s, 1,
		  (struct pg_proc *[]){shared, now[0], now[1], now[2], now[3], now[4], now[5],
				       now[6], small_block(80, 1, "born"), NULL});
	struct out out = open_sink(o);
	put_frame(&out, stage_frame(&s, 1));
	close_sink(&out);
	cr_expect_str_eq(out.text, "10,10,idle\n11,11,idle\n12,12,idle\n13,13,idle\n14,14,idle\n"
				   "15,15,cpu\n80,80,idle\n90,90,exited\n");
	free(out.text);
	/* A first frame knows of nothing that it did not move. */
	out = open_sink(o);
	put_frame(&out, stage_frame(&s, 0));
	close_sink(&out);
	cr_expect_eq(count_lines(out.text), 10);
	free(out.text);
	stage_free(&s);
}

Test(sink_csv, a_name_cannot_break_the_table)
{
	static const char *const names[][2] = {
		{"a) b", "a) b"},
		{"x) R 9 9", "x) R 9 9"},
		{"=cmd()", "\\x3Dcmd()"},
		{"a,b\"c", "\"a,b\"\"c\""},
		{"new\nline", "new\\x0Aline"},
		{"\x1b[31m", "\\x1B[31m"},
		{"\xc3", "\\xC3"},
		{"", "\"\""},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		struct stage s = {0};
		const struct pg_field *comm = pg_field_find("comm", 4);
		stage_add(&s, 0, (struct pg_proc *[]){small_block(7, 1, names[i][0]), NULL});
		struct out out =
			open_sink((struct pg_csv_options){.fields = &comm, .nr_fields = 1});
		put_frame(&out, stage_frame(&s, 0));
		close_sink(&out);
		cr_expect_str_eq(nth_line(out.text, 0), names[i][1]);
		cr_expect_eq(count_lines(out.text), 1);
		free(out.text);
		stage_free(&s);
	}
}
