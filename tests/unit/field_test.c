/* SPDX-License-Identifier: MIT */
/* Promise: a field says what is known, where it belongs, and nothing else. */
#include "task/field.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "blocks.h"

#define ALL 0xff

/* A process of two threads with a value in every group. */
static struct pg_proc *full_block(void)
{
	struct pg_proc *p = block_new(40, 2);
	p->valid = ALL;
	p->uid = 1000;
	p->user = block_str(p, "alice");
	p->cpu_clock_ns = 9000000000;
	p->rss_bytes = 4096;
	p->vsize_bytes = 8192;
	p->peak_bytes = 16384;
	p->swap_bytes = 512;
	p->fds = 7;
	p->fd_limit = 1024;
	p->threads = 2;
	for (int i = 0; i < 2; i++) {
		struct pg_task *t = &p->tasks[i];
		t->valid = ALL;
		t->comm = block_str(p, i ? "worker" : "main");
		t->ppid = 1;
		t->processor = 3;
		t->priority = 20;
		t->nice = -5;
		t->utime = 150;
		t->stime = 50;
		t->uid = 1000;
		t->euid = 0;
		t->read_bytes = 1000;
		t->write_bytes = 200;
		t->run_ns = 2000000000;
		t->wait_ns = 10;
		t->timeslices = 3;
	}
	return p;
}

static struct pg_value get(const char *name, struct pg_row *row)
{
	const struct pg_field *f = pg_field_find(name, strlen(name));
	cr_assert(f, "no field %s", name);
	return f->get(row);
}

/* A value as text; "?" if it is unknown. */
static const char *show(const char *name, struct pg_row *row)
{
	static char out[64];
	struct pg_value v = get(name, row);
	switch (v.kind) {
	case PG_UNKNOWN:
		return "?";
	case PG_U64:
		snprintf(out, sizeof(out), "%llu", (unsigned long long)v.u);
		break;
	case PG_TEXT:
		snprintf(out, sizeof(out), "%.*s", (int)v.text.n, v.text.s);
		break;
	default:
		snprintf(out, sizeof(out), "%lld", (long long)v.i);
	}
	return out;
}

struct expected {
	const char *name, *text;
};

static void expect_all(struct pg_row *row, const struct expected *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_expect_str_eq(show(e[i].name, row), e[i].text, "%s is %s, not %s", e[i].name,
				 show(e[i].name, row), e[i].text);
}
#define EXPECT(row, ...)                                                                           \
	do {                                                                                       \
		static const struct expected e_[] = {__VA_ARGS__};                                 \
		expect_all(row, e_, PG_ARRAY_LEN(e_));                                             \
	} while (0)

/* The row of task number i of the first process of a frame. */
static struct pg_row row_of(const struct pg_frame *f, uint32_t i, struct pg_change *change)
{
	const struct pg_proc *p = f->snap->procs[0];
	struct pg_place at = {.proc = p, .task = &p->tasks[i]};
	*change = pg_changes_of(f->changes, &at);
	return (struct pg_row){.frame = f, .proc = p, .task = at.task, .change = change};
}

Test(field, the_default_table_is_the_one_that_was_promised)
{
	static const char promised[] =
		"time,cycle,interval_ns,pid,tid,ppid,user,comm,state,activity,new,cpu_ns,"
		"cpu_delta_ns,wait_delta_ns,read_bytes,write_bytes,io_delta_bytes,rss_bytes,"
		"rss_delta_bytes,vsize_bytes,fds,fds_delta,threads,nice,processor,started,exit_code";
	struct pg_buf b = {0};
	for (size_t i = 0; i < pg_nr_fields; i++) {
		if (!pg_fields[i].table)
			continue;
		pg_buf_puts(&b, b.len ? "," : "");
		pg_buf_puts(&b, pg_fields[i].name);
	}
	cr_expect_str_eq(pg_buf_cstr(&b), promised);
	pg_buf_free(&b);
}

Test(field, every_row_of_the_table_is_whole)
{
	for (size_t i = 0; i < pg_nr_fields; i++) {
		const struct pg_field *f = &pg_fields[i];
		cr_expect(f->name && f->label && f->origin && f->help && f->get, "row %zu", i);
		cr_expect_eq(f->help[strlen(f->help) - 1], '.', "%s: help is a sentence", f->name);
		cr_expect_eq(pg_field_find(f->name, strlen(f->name)), f, "%s is there twice",
			     f->name);
		cr_expect_eq(strspn(f->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(f->name));
	}
	cr_expect_null(pg_field_find("pi", 2));
	cr_expect_null(pg_field_find("pids", 4));
	cr_expect_null(pg_field_find("", 0));
	cr_expect_not_null(pg_field_find("pid,tid", 3));
}

Test(field, a_first_frame_has_totals_but_no_deltas)
{
	struct stage s = {0};
	struct pg_change c;
	stage_add(&s, 0, (struct pg_proc *[]){full_block(), NULL});
	struct pg_row row = row_of(stage_frame(&s, 0), 0, &c);
	EXPECT(&row, {"time", "1795132800000000000"}, {"cycle", "0"}, {"interval_ns", "?"},
	       {"pid", "40"}, {"tid", "40"}, {"ppid", "1"}, {"user", "alice"}, {"comm", "main"},
	       {"state", "S"}, {"activity", "?"}, {"new", "?"}, {"cpu_ns", "2000000000"},
	       {"cpu_delta_ns", "?"}, {"wait_delta_ns", "?"}, {"io_delta_bytes", "?"},
	       {"read_bytes", "1000"}, {"rss_bytes", "4096"}, {"rss_delta_bytes", "?"},
	       {"vsize_bytes", "8192"}, {"fds", "7"}, {"fds_delta", "?"}, {"threads", "2"},
	       {"nice", "-5"}, {"processor", "3"}, {"started", "1795131801000000000"},
	       {"age_ns", "999000000000"}, {"uid", "1000"}, {"euid", "0"},
	       {"utime_ns", "1500000000"}, {"stime_ns", "500000000"}, {"ctxt_delta", "?"},
	       {"cpu_clock_ns", "9000000000"}, {"peak_bytes", "16384"}, {"swap_bytes", "512"},
	       {"fd_limit", "1024"});
	stage_free(&s);
}

Test(field, values_of_the_process_stand_with_the_leader_only)
{
	struct stage s = {0};
	struct pg_change c;
	struct pg_proc *now = full_block(), *was = full_block();
	now->rss_bytes += 4096;
	now->fds -= 2;
	stage_add(&s, 0, (struct pg_proc *[]){was, NULL});
	stage_add(&s, 1, (struct pg_proc *[]){now, NULL});
	struct pg_row row = row_of(stage_frame(&s, 1), 1, &c);
	EXPECT(&row, {"pid", "40"}, {"tid", "41"}, {"comm", "worker"}, {"cpu_ns", "2000000000"},
	       {"rss_bytes", "?"}, {"rss_delta_bytes", "?"}, {"vsize_bytes", "?"}, {"fds", "?"},
	       {"fds_delta", "?"}, {"threads", "?"}, {"peak_bytes", "?"}, {"swap_bytes", "?"},
	       {"cpu_clock_ns", "?"}, {"read_bytes", "1000"}, {"nice", "-5"});
	row = row_of(&s.frame, 0, &c);
	EXPECT(&row, {"rss_delta_bytes", "4096"}, {"fds_delta", "-2"},
	       {"interval_ns", "1000000000"}, {"cycle", "1"}, {"new", "0"}, {"activity", "idle"});
	stage_free(&s);
}

Test(field, deltas_are_of_this_cycle)
{
	struct stage s = {0};
	struct pg_change c;
	struct pg_proc *now = full_block();
	now->tasks[0].run_ns += 500000000;
	now->tasks[0].wait_ns += 77;
	now->tasks[0].utime += 40;
	now->tasks[0].stime += 10;
	now->tasks[0].read_bytes += 10;
	now->tasks[0].write_bytes += 5;
	now->tasks[0].voluntary_ctxt += 6;
	stage_add(&s, 0, (struct pg_proc *[]){full_block(), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){now, NULL});
	struct pg_row row = row_of(stage_frame(&s, 1), 0, &c);
	EXPECT(&row, {"cpu_delta_ns", "500000000"}, {"wait_delta_ns", "77"},
	       {"io_delta_bytes", "15"}, {"read_delta_bytes", "10"}, {"write_delta_bytes", "5"},
	       {"activity", "cpu+io"}, {"utime_delta_ns", "400000000"},
	       {"stime_delta_ns", "100000000"}, {"ctxt_delta", "6"}, {"wait_ns", "87"});
	stage_free(&s);
}

Test(field, a_process_row_has_the_clock_of_the_process_and_no_wait)
{
	struct stage s = {0};
	struct pg_change c;
	struct pg_proc *was = full_block(), *now = full_block();
	was->scope = now->scope = PG_SCOPE_PROCESS;
	was->nr_tasks = now->nr_tasks = 1;
	now->cpu_clock_ns += 123;
	stage_add(&s, 0, (struct pg_proc *[]){was, NULL});
	stage_add(&s, 1, (struct pg_proc *[]){now, NULL});
	struct pg_row row = row_of(stage_frame(&s, 1), 0, &c);
	EXPECT(&row, {"pid", "40"}, {"tid", "40"}, {"cpu_ns", "9000000123"},
	       {"cpu_delta_ns", "123"}, {"wait_delta_ns", "?"}, {"wait_ns", "?"},
	       {"timeslices", "?"});
	now->valid &= (uint8_t)~PG_CLOCK;
	EXPECT(&row, {"cpu_ns", "2000000000"}); /* the ticks */
	stage_free(&s);
}

Test(field, without_schedstat_ticks_have_to_do)
{
	struct stage s = {0};
	struct pg_change c;
	struct pg_proc *p = full_block();
	p->tasks[0].valid &= (uint8_t)~PG_SCHED;
	p->tasks[0].utime = 123;
	stage_add(&s, 0, (struct pg_proc *[]){p, NULL});
	struct pg_row row = row_of(stage_frame(&s, 0), 0, &c);
	EXPECT(&row, {"cpu_ns", "1730000000"}, {"wait_ns", "?"});
	stage_free(&s);
}

Test(field, what_was_not_read_is_unknown)
{
	struct stage s = {0};
	struct pg_change c;
	struct pg_proc *was = full_block(), *now = full_block();
	was->valid = now->valid = 0;
	was->fd_limit = now->fd_limit = 0;
	was->user.len = now->user.len = 0;
	was->tasks[0] = now->tasks[0] = (struct pg_task){.tid = 40, .start = 0};
	stage_add(&s, 0, (struct pg_proc *[]){was, NULL});
	stage_add(&s, 1, (struct pg_proc *[]){now, NULL});
	struct pg_row row = row_of(stage_frame(&s, 1), 0, &c);
	for (size_t i = 0; i < pg_nr_fields; i++) {
		static const char known[] = " time cycle interval_ns pid tid activity new kthread ";
		char name[64];
		snprintf(name, sizeof(name), " %s ", pg_fields[i].name);
		bool is_known = pg_fields[i].get(&row).kind != PG_UNKNOWN;
		cr_expect_eq(is_known, strstr(known, name) != NULL, "%s", pg_fields[i].name);
	}
	stage_free(&s);
}

Test(field, a_user_without_a_name_is_a_number)
{
	struct stage s = {0};
	struct pg_change c;
	struct pg_proc *p = full_block();
	p->user.len = 0;
	stage_add(&s, 0, (struct pg_proc *[]){p, NULL});
	struct pg_row row = row_of(stage_frame(&s, 0), 0, &c);
	EXPECT(&row, {"user", "1000"});
	p->valid &= (uint8_t)~PG_UID;
	p->tasks[0].uid = UINT32_MAX;
	EXPECT(&row, {"user", "4294967295"}); /* of status */
	p->tasks[0].valid &= (uint8_t)~PG_STATUS;
	EXPECT(&row, {"user", "?"});
	stage_free(&s);
}

Test(field, an_exited_row_keeps_identity_and_totals)
{
	struct stage s = {0};
	stage_add(&s, 0, (struct pg_proc *[]){full_block(), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){NULL});
	const struct pg_frame *f = stage_frame(&s, 1);
	cr_assert_eq(f->changes->nr_gone, 2);
	const struct pg_gone *g = &f->changes->gone[0];
	/* Even if a difference were claimed to be known. */
	const struct pg_change c = {.cls = PG_EXITED, .known = 0xff, .bits = PG_BORN};
	struct pg_row row = {.frame = f, .proc = g->proc, .task = g->task, .change = &c};
	EXPECT(&row, {"time", "1795132801000000000"}, {"cycle", "1"}, {"pid", "40"}, {"tid", "40"},
	       {"ppid", "1"}, {"user", "alice"}, {"comm", "main"}, {"state", "?"},
	       {"activity", "exited"}, {"new", "0"}, {"cpu_ns", "2000000000"},
	       {"cpu_delta_ns", "?"}, {"wait_delta_ns", "?"}, {"read_bytes", "1000"},
	       {"write_bytes", "200"}, {"io_delta_bytes", "?"}, {"rss_bytes", "4096"},
	       {"rss_delta_bytes", "?"}, {"vsize_bytes", "8192"}, {"fds", "7"}, {"fds_delta", "?"},
	       {"threads", "2"}, {"nice", "-5"}, {"started", "1795131801000000000"});
	stage_free(&s);
}

Test(field, a_task_that_was_not_there_is_new)
{
	struct stage s = {0};
	struct pg_change c;
	stage_add(&s, 0, (struct pg_proc *[]){NULL});
	stage_add(&s, 1, (struct pg_proc *[]){full_block(), NULL});
	struct pg_row row = row_of(stage_frame(&s, 1), 0, &c);
	EXPECT(&row, {"new", "1"}, {"activity", "cpu+io"}, {"cpu_delta_ns", "2000000000"},
	       {"io_delta_bytes", "1200"});
	stage_free(&s);
}
