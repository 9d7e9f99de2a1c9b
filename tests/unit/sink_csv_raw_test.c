/* SPDX-License-Identifier: MIT */
/* Promise: the columns of the files are the same in every row, whatever the files hold. */
#include "sink/sink.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "blocks.h"

#define HEAD "time,cycle,interval_ns,pid,tid,user"
#define ROW7 "2026-11-20T00:00:00.000,0,,7,7,root"

static struct pg_proc *raw_block(const char *stat, const char *status, const char *io)
{
	const char *const files[PG_NR_RAW] = {stat, status, io};
	struct pg_proc *p = block_new(7, 2);
	p->valid = PG_UID | PG_FD;
	p->user = block_str(p, "root");
	p->fds = 12;
	for (int i = 0; i < PG_NR_RAW; i++)
		if (files[i])
			p->tasks[0].raw[i] = block_str(p, files[i]);
	return p;
}

struct result {
	char *text, *warnings;
};

/* Titles and the rows of one frame. */
static struct result run(struct pg_proc *p, struct pg_csv_options o)
{
	struct stage s = {0};
	struct result r;
	stage_add(&s, 0, (struct pg_proc *[]){p, NULL});
	o.fd = scratch_file();
	o.warn_fd = scratch_file();
	o.titles = true;
	struct pg_sink *sink = pg_sink_csv_raw_new(&o);
	cr_assert_eq(sink->ops->begin(sink), 0);
	cr_assert_eq(sink->ops->frame(sink, stage_frame(&s, 0)), 0);
	cr_assert_eq(sink->ops->end(sink), 0);
	sink->ops->free(sink);
	r.text = scratch_text(o.fd);
	r.warnings = scratch_text(o.warn_fd);
	close(o.fd);
	close(o.warn_fd);
	stage_free(&s);
	return r;
}

static void result_free(struct result *r)
{
	free(r->text);
	free(r->warnings);
}

/* The cell under a title; quotes are kept. */
static const char *cell(const char *text, int line, const char *title)
{
	static char out[4096];
	char titles[16384];
	snprintf(titles, sizeof(titles), "%s", nth_line(text, 0));
	int column = 0;
	for (char *t = strtok(titles, ","); t && strcmp(t, title) != 0; t = strtok(NULL, ","))
		column++;
	const char *s = nth_line(text, line);
	bool quoted = false;
	size_t n = 0;
	for (; *s && (column > 0 || quoted || *s != ','); s++) {
		quoted ^= *s == '"';
		if (column == 0)
			out[n++] = *s;
		else if (*s == ',' && !quoted)
			column--;
	}
	out[n] = '\0';
	cr_assert_eq(column, 0, "%s: the row is too short", title);
	return out;
}

static size_t count_cells(const char *line)
{
	size_t n = 1;
	bool quoted = false;
	for (; *line; line++) {
		quoted ^= *line == '"';
		n += *line == ',' && !quoted;
	}
	return n;
}

Test(sink_csv_raw, stat_has_the_names_of_the_manual)
{
	char stat[512] = "7 (a) b,c) S";
	for (int i = 4; i <= 52; i++)
		snprintf(stat + strlen(stat), sizeof(stat) - strlen(stat), " %d", i == 8 ? -1 : i);
	strcat(stat, "\n");
	struct result r = run(raw_block(stat, NULL, NULL), (struct pg_csv_options){.raw = PG_STAT});
	cr_expect_str_eq(
		nth_line(r.text, 0),
		HEAD ",stat_pid,stat_comm,stat_state,stat_ppid,stat_pgrp,stat_session,stat_tty_nr,"
		     "stat_tpgid,stat_flags,stat_minflt,stat_cminflt,stat_majflt,stat_cmajflt,"
		     "stat_utime,stat_stime,stat_cutime,stat_cstime,stat_priority,stat_nice,"
		     "stat_num_threads,stat_itrealvalue,stat_starttime,stat_vsize,stat_rss,"
		     "stat_rsslim,stat_startcode,stat_endcode,stat_startstack,stat_kstkesp,"
		     "stat_kstkeip,stat_signal,stat_blocked,stat_sigignore,stat_sigcatch,"
		     "stat_wchan,stat_nswap,stat_cnswap,stat_exit_signal,stat_processor,"
		     "stat_rt_priority,stat_policy,stat_delayacct_blkio_ticks,stat_guest_time,"
		     "stat_cguest_time,stat_start_data,stat_end_data,stat_start_brk,"
		     "stat_arg_start,stat_arg_end,stat_env_start,stat_env_end,stat_exit_code");
	cr_expect_str_eq(nth_line(r.text, 1),
			 ROW7 ",7,\"a) b,c\",S,4,5,6,7,-1,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"
			      "23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,"
			      "45,46,47,48,49,50,51,52");
	result_free(&r);
}

Test(sink_csv_raw, short_and_missing_files_are_empty_cells)
{
	struct result r = run(raw_block("7 (x) R 1 2\n", NULL, "rchar: 5\nwchar: 6\n"),
			      (struct pg_csv_options){.raw = PG_STAT | PG_STATUS | PG_IO | PG_FD});
	size_t columns = count_cells(nth_line(r.text, 0));
	cr_expect_eq(count_cells(nth_line(r.text, 1)), columns);
	cr_expect_eq(count_cells(nth_line(r.text, 2)), columns);
	cr_expect_str_eq(cell(r.text, 1, "stat_pgrp"), "2");
	cr_expect_str_eq(cell(r.text, 1, "stat_session"), "");
	cr_expect_str_eq(cell(r.text, 1, "status_Name"), "");
	cr_expect_str_eq(cell(r.text, 1, "status_Uid_fs"), "");
	cr_expect_str_eq(cell(r.text, 1, "io_wchar"), "6");
	cr_expect_str_eq(cell(r.text, 1, "io_syscr"), "");
	cr_expect_str_eq(cell(r.text, 1, "fd_count"), "12");
	cr_expect_str_eq(cell(r.text, 2, "fd_count"), "", "it belongs to the process");
	result_free(&r);
}

Test(sink_csv_raw, a_name_in_stat_is_never_a_number)
{
	struct result r =
		run(raw_block("7 (-5) R 1\n", NULL, NULL), (struct pg_csv_options){.raw = PG_STAT});
	cr_expect_str_eq(cell(r.text, 1, "stat_comm"), "\\x2D5");
	result_free(&r);
}

Test(sink_csv_raw, status_is_cut_into_numbers_with_units)
{
	static const char status[] =
		"Name:\ttmux: server\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nNgid:\t0\n"
		"Pid:\t7\nPPid:\t1\nTracerPid:\t0\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"
		"FDSize:\t64\nGroups:\t4 24 27 \nNSpid:\t7\t1\nVmPeak:\t  123456 kB\n"
		"VmRSS:\t      12 kB\nThreads:\t2\nSigQ:\t0/31\nMems_allowed:\t00,01\n"
		"nonvoluntary_ctxt_switches:\t9\n";
	static const char *const expected[][2] = {
		{"status_Name", "tmux: server"},
		{"status_State", "S (sleeping)"},
		{"status_Umask", "0022"},
		{"status_Uid_real", "1"},
		{"status_Uid_effective", "2"},
		{"status_Uid_saved", "3"},
		{"status_Uid_fs", "4"},
		{"status_Gid_real", "5"},
		{"status_Gid_fs", "8"},
		{"status_Groups", "4 24 27"},
		{"status_NSpid", "7 1"},
		{"status_VmPeak_kB", "123456"},
		{"status_VmRSS_kB", "12"},
		{"status_VmSwap_kB", ""},
		{"status_SigQ", "0/31"},
		{"status_Mems_allowed", "\"00,01\""},
		{"status_voluntary_ctxt_switches", ""},
		{"status_nonvoluntary_ctxt_switches", "9"},
	};
	struct result r =
		run(raw_block(NULL, status, NULL), (struct pg_csv_options){.raw = PG_STATUS});
	for (size_t i = 0; i < PG_ARRAY_LEN(expected); i++)
		cr_expect_str_eq(cell(r.text, 1, expected[i][0]), expected[i][1], "%s",
				 expected[i][0]);
	cr_expect_str_eq(r.warnings, "");
	result_free(&r);
}

Test(sink_csv_raw, the_order_of_lines_does_not_matter)
{
	struct result r = run(raw_block(NULL, "Pid:\t3\nName:\tx\nPid:\t4\nTgid:\t2\n", NULL),
			      (struct pg_csv_options){.raw = PG_STATUS});
	cr_expect_str_eq(cell(r.text, 1, "status_Name"), "x");
	cr_expect_str_eq(cell(r.text, 1, "status_Tgid"), "2");
	cr_expect_str_eq(cell(r.text, 1, "status_Pid"), "3", "the first one counts");
	result_free(&r);
}

Test(sink_csv_raw, keys_of_this_machine_have_columns_at_the_end)
{
	static const char sample[] = "Name:\tx\nVmNew:\t 5 kB\nPid:\t1\nShiny:\tyes\nShiny:\t2\n";
	struct pg_csv_options o = {.raw = PG_STATUS | PG_IO,
				   .status_sample = sample,
				   .status_sample_len = strlen(sample)};
	struct result r = run(raw_block(NULL, "Name:\ty\nVmNew:\t 6 kB\nShiny:\t-1\n", NULL), o);
	cr_expect_not_null(strstr(nth_line(r.text, 0), ",status_VmNew_kB,status_Shiny,io_rchar,"));
	cr_expect_str_eq(cell(r.text, 1, "status_VmNew_kB"), "6");
	cr_expect_str_eq(cell(r.text, 1, "status_Shiny"), "-1");
	cr_expect_str_eq(r.warnings, "");
	result_free(&r);
}

Test(sink_csv_raw, a_key_without_a_column_is_named_once)
{
	struct pg_proc *p = raw_block(NULL, "Name:\ty\nLater:\t1\nLater:\t2\nE\x1bil:\t3\n", NULL);
	p->tasks[1].raw[1] = p->tasks[0].raw[1];
	struct result r = run(p, (struct pg_csv_options){.raw = PG_STATUS});
	cr_expect_eq(count_lines(r.warnings), 2);
	cr_expect_not_null(strstr(r.warnings, " Later,"));
	cr_expect_not_null(strstr(r.warnings, " E\\x1Bil,"));
	cr_expect_eq(count_cells(nth_line(r.text, 1)), count_cells(nth_line(r.text, 0)));
	result_free(&r);
}

Test(sink_csv_raw, a_file_of_nothing_but_unknown_keys_ends_soon, .timeout = 10)
{
	struct pg_buf status = {0};
	for (int i = 0; status.len < BLOCK_ROOM / 2; i++)
		pg_buf_printf(&status, "k%d:%d\n", i, i);
	struct result r = run(raw_block(NULL, pg_buf_cstr(&status), NULL),
			      (struct pg_csv_options){.raw = PG_STATUS});
	cr_expect_leq(count_lines(r.warnings), 64);
	cr_expect_eq(count_lines(r.text), 3);
	result_free(&r);
	pg_buf_free(&status);
}

Test(sink_csv_raw, io_and_fds_have_their_columns)
{
	static const char io[] = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n"
				 "write_bytes: 6\ncancelled_write_bytes: 7\n";
	struct result r =
		run(raw_block(NULL, NULL, io), (struct pg_csv_options){.raw = PG_IO | PG_FD});
	cr_expect_str_eq(nth_line(r.text, 0),
			 HEAD ",io_rchar,io_wchar,io_syscr,io_syscw,io_read_bytes,io_write_bytes,"
			      "io_cancelled_write_bytes,fd_count");
	cr_expect_str_eq(nth_line(r.text, 1), ROW7 ",1,2,3,4,5,6,7,12");
	cr_expect_str_eq(nth_line(r.text, 2), "2026-11-20T00:00:00.000,0,,7,8,root,,,,,,,,");
	result_free(&r);
}
