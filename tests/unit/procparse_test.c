/* SPDX-License-Identifier: MIT */
/*
 * Texts as kernels write them give their numbers; every prefix of them, and every hostile variant,
 * gives "malformed" or numbers, and never a read past the end (guard.h).
 */
#include "task/procparse.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "guard.h"

#define STAT_TAIL                                                                                  \
	" S 1 4242 4242 0 -1 4194560 1234 0 7 0 31 17 0 0 20 -5 3 0 123456 11264000 802 "          \
	"18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 5 2 1 0 0 0 0 0 0 0 0 0 0 0\n"

static bool stat_of(const char *s, size_t n, struct pg_task *t, struct pg_stat_extra *x)
{
	struct guard g = guard_copy(s, n);
	bool ok = pg_parse_stat(g.s, g.n, t, x);
	guard_free(&g);
	return ok;
}

Test(procparse, stat_gives_the_fields_of_proc5)
{
	static const char text[] = "4242 (sleep)" STAT_TAIL;
	struct pg_task t = {0};
	struct pg_stat_extra x;
	cr_assert(pg_parse_stat(text, sizeof(text) - 1, &t, &x));
	cr_expect_eq(t.tid, 4242);
	cr_expect_eq(t.state, 'S');
	cr_expect_eq(t.ppid, 1);
	cr_expect_eq(t.flags, 4194560);
	cr_expect_eq(t.minflt, 1234);
	cr_expect_eq(t.majflt, 7);
	cr_expect_eq(t.utime, 31);
	cr_expect_eq(t.stime, 17);
	cr_expect_eq(t.priority, 20);
	cr_expect_eq(t.nice, -5);
	cr_expect_eq(t.start, 123456);
	cr_expect_eq(t.processor, 5);
	cr_expect_eq(t.rt_priority, 2);
	cr_expect_eq(t.policy, 1);
	cr_expect_eq(x.threads, 3);
	cr_expect_eq(x.vsize_bytes, 11264000);
	cr_expect_eq(x.comm.n, 5);
}

/* The name may hold anything, a ")" and what looks like the fields behind it, too. */
Test(procparse, comm_ends_at_the_last_parenthesis)
{
	static const char *const names[] = {
		"(sd-pam)", "a) b", "x) R 9 9", "tmux: server", "",         ")))))))))))))))",
		"   ",      "\t",   "a\nb",     "\033[31m",     "\xff\xfe", "日本語",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[512];
		struct pg_task t = {0};
		struct pg_stat_extra x;
		int n = snprintf(text, sizeof(text), "7 (%s)%s", names[i], STAT_TAIL);
		cr_assert(pg_parse_stat(text, (size_t)n, &t, &x), "name %zu", i);
		cr_expect_eq(x.comm.n, strlen(names[i]), "name %zu", i);
		cr_expect_eq(memcmp(x.comm.s, names[i], x.comm.n), 0, "name %zu", i);
		cr_expect_eq(t.state, 'S', "name %zu", i);
		cr_expect_eq(t.ppid, 1, "name %zu", i);
	}
}

Test(procparse, every_prefix_of_stat_is_refused_until_the_policy_is_there)
{
	static const char text[] = "4242 (a) b)" STAT_TAIL;
	const char *policy = strstr(text, " 5 2 1 ") + 6;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct pg_task t = {0};
		struct pg_stat_extra x;
		bool ok = stat_of(text, n, &t, &x);
		if (text + n < policy)
			cr_expect_not(ok, "%zu bytes", n);
		else
			cr_expect(ok, "%zu bytes", n);
	}
}

Test(procparse, stat_refuses_what_no_kernel_writes)
{
	static const char *const bad[] = {
		"",
		"(",
		"()",
		")(",
		"x (a)" STAT_TAIL,
		"-5 (a)" STAT_TAIL,
		"99999999999 (a)" STAT_TAIL,
		"1 (a) S x 2 3",
		"1 (a) S 1 1 1 0 -1 0 99999999999999999999999 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pg_task t = {0};
		struct pg_stat_extra x;
		cr_expect_not(stat_of(bad[i], strlen(bad[i]), &t, &x), "text %zu", i);
	}
}

Test(procparse, a_zombie_tells_how_it_ended)
{
	static const struct {
		char state;
		unsigned threads, wchan;
		const char *code;
		int want; /* -1: not known */
	} rows[] = {
		{'Z', 1, 1, " 0", 0},      {'Z', 1, 1, " 768", 768},
		{'Z', 1, 1, " 9", 9},      {'Z', 1, 1, " 139\n", 139}, /* SIGSEGV, with a core */
		{'Z', 1, 0, " 0", -1},                                 /* to who may not trace it */
		{'Z', 1, 0, " 768", 768},                              /* before Linux 5.16 */
		{'Z', 2, 0, " 1024", -1},                              /* other threads live on */
		{'Z', 0, 1, " 0", -1},     {'X', 1, 1, " 768", -1},
		{'S', 1, 1, " 0", -1},     {'T', 1, 1, " 19", -1}, /* what stopped it */
		{'Z', 1, 1, "", -1},       {'Z', 1, 1, " x", -1},
		{'Z', 1, 1, " -1", -1},    {'Z', 1, 1, " 65535", 65535},
		{'Z', 1, 1, " 65536", -1}, {'Z', 1, 1, " 99999999999999999999999", -1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];
		uint32_t status = 7;
		int n = snprintf(
			text, sizeof(text),
			"7 (a) Z 1) %c 1 7 7 0 -1 4228356 0 0 0 0 0 0 0 0 20 0 %u 0 99 0 0 "
			"18446744073709551615 0 0 0 0 0 0 0 0 0 %u 0 0 17 1 0 0 0 0 0 0 0 0 "
			"0 0 0 0%s",
			rows[i].state, rows[i].threads, rows[i].wchan, rows[i].code);
		bool known = pg_parse_ending(text, (size_t)n, &status);
		cr_expect_eq(known ? (int)status : -1, rows[i].want, "row %zu: %d", i,
			     known ? (int)status : -1);
	}
}

Test(procparse, split_stat_gives_52_pieces)
{
	static const char text[] = "4242 (a) b)" STAT_TAIL;
	struct pg_span f[PG_STAT_FIELDS];
	cr_assert_eq(pg_split_stat(text, sizeof(text) - 1, f), 52);
	cr_expect_eq(f[0].n, 4);
	cr_expect_eq(memcmp(f[1].s, "a) b", 4), 0);
	cr_expect_eq(f[2].s[0], 'S');
	cr_expect_eq(memcmp(f[21].s, "123456", f[21].n), 0);
	cr_expect_eq(pg_split_stat("nothing", 7, f), 0);
}

#define STATUS                                                                                     \
	"Name:\ttmux: server\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t77\nNgid:\t0\nPid:\t78\n" \
	"Uid:\t1000\t0\t1000\t1000\nGid:\t5\t5\t5\t5\nVmPeak:\t  5000 kB\nVmHWM:\t  1204 kB\n"     \
	"VmRSS:\t 1000 kB\nVmSwap:\t       8 kB\nThreads:\t1\n"                                    \
	"voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n"

Test(procparse, status_gives_uids_memory_and_switches)
{
	struct pg_task t = {0};
	struct pg_status_extra x;
	cr_assert(pg_parse_status(STATUS, sizeof(STATUS) - 1, &t, &x));
	cr_expect_eq(t.uid, 1000);
	cr_expect_eq(t.euid, 0);
	cr_expect_eq(t.voluntary_ctxt, 150);
	cr_expect_eq(t.nonvoluntary_ctxt, 545);
	cr_expect_eq(x.tgid, 77);
	cr_expect(x.has_memory);
	cr_expect_eq(x.peak_bytes, 1204 * 1024);
	cr_expect_eq(x.swap_bytes, 8 * 1024);
}

Test(procparse, every_prefix_of_status_is_refused_but_the_last_line)
{
	const size_t whole = sizeof(STATUS) - 1;
	for (size_t n = 0; n <= whole; n++) {
		struct pg_task t = {0};
		struct pg_status_extra x;
		struct guard g = guard_copy(STATUS, n);
		bool ok = pg_parse_status(g.s, g.n, &t, &x);
		guard_free(&g);
		if (n < whole - 4) /* "545\n": cut behind a digit it is still a number */
			cr_expect_not(ok, "%zu bytes", n);
	}
}

Test(procparse, io_needs_its_seven_keys)
{
	static const char text[] = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\n"
				   "write_bytes: 6\ncancelled_write_bytes: 18446744073709551615\n";
	struct pg_task t = {0};
	cr_assert(pg_parse_io(text, sizeof(text) - 1, &t));
	cr_expect_eq(t.rchar, 1);
	cr_expect_eq(t.wchar, 2);
	cr_expect_eq(t.syscr, 3);
	cr_expect_eq(t.syscw, 4);
	cr_expect_eq(t.read_bytes, 5);
	cr_expect_eq(t.write_bytes, 6);
	cr_expect_eq(t.cancelled_write_bytes, UINT64_MAX);
	cr_expect_not(pg_parse_io(text, 30, &t));
	cr_expect_not(pg_parse_io("", 0, &t));
}

Test(procparse, numbers_stop_at_64_bits)
{
	struct pg_task t = {0};
	static const char most[] = "18446744073709551615 0 0\n";
	static const char over[] = "18446744073709551616 0 0\n";
	cr_expect(pg_parse_schedstat(most, sizeof(most) - 1, &t));
	cr_expect_eq(t.run_ns, UINT64_MAX);
	cr_expect_not(pg_parse_schedstat(over, sizeof(over) - 1, &t));
	cr_expect_not(pg_parse_schedstat("1 2", 3, &t));
}

Test(procparse, small_files)
{
	uint64_t u, size;
	double d, load[3];
	int32_t pid;
	cr_expect(pg_parse_statm("2000 802 500 1 0 100 0\n", 23, &size, &u));
	cr_expect_eq(size, 2000);
	cr_expect_eq(u, 802);
	cr_expect(pg_parse_uptime("123.45 99.00\n", 13, &u));
	cr_expect_eq(u, UINT64_C(123450000000));
	cr_expect_not(pg_parse_uptime("x", 1, &u));
	static const char loadavg[] = "0.42 0.31 0.20 2/397 4711\n";
	cr_expect(pg_parse_loadavg(loadavg, sizeof(loadavg) - 1, load, &pid));
	cr_expect_float_eq(load[0], 0.42, 1e-9);
	cr_expect_eq(pid, 4711);
	static const char psi[] = "some avg10=1.50 avg60=0.00 avg300=0.00 total=5\nfull avg10=0\n";
	cr_expect(pg_parse_pressure(psi, sizeof(psi) - 1, &d));
	cr_expect_float_eq(d, 1.5, 1e-9);
	cr_expect_not(pg_parse_pressure("full avg10=1", 12, &d));
}

Test(procparse, limits_gives_the_soft_one)
{
	static const char head[] = "Limit                     Soft Limit\n";
	char text[256];
	uint64_t soft;
	snprintf(text, sizeof(text), "%sMax open files            1024                 4096\n",
		 head);
	cr_expect(pg_parse_limits_nofile(text, strlen(text), &soft));
	cr_expect_eq(soft, 1024);
	snprintf(text, sizeof(text), "%sMax open files            unlimited            4096\n",
		 head);
	cr_expect(pg_parse_limits_nofile(text, strlen(text), &soft));
	cr_expect_eq(soft, UINT64_MAX);
	cr_expect_not(pg_parse_limits_nofile(head, strlen(head), &soft));
}

Test(procparse, kernel_stat_counts_guest_time_once)
{
	static const char text[] = "cpu  100 5 50 800 40 1 2 2 30 0\ncpu0 1 2 3 4 5\nintr 9\n"
				   "btime 1700000000\nprocesses 12345\n";
	struct pg_kernel_stat k = {0};
	cr_assert(pg_parse_kernel_stat(text, sizeof(text) - 1, &k));
	cr_expect_eq(k.cpu_total, 1000);
	cr_expect_eq(k.cpu_busy, 160);
	cr_expect_eq(k.btime, 1700000000);
	cr_expect_eq(k.forks, 12345);
}

Test(procparse, meminfo_is_in_bytes)
{
	static const char text[] = "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: 600 kB\n"
				   "SwapTotal: 10 kB\nSwapFree: 4 kB\n";
	struct pg_meminfo m;
	cr_assert(pg_parse_meminfo(text, sizeof(text) - 1, &m));
	cr_expect_eq(m.total, 1024000);
	cr_expect_eq(m.available, 614400);
	cr_expect_eq(m.swap_total, 10240);
	cr_expect_eq(m.swap_free, 4096);
}

Test(procparse, task_numbers)
{
	static const struct {
		const char *name;
		int32_t tid; /* 0: none */
	} rows[] = {{"1", 1},          {"2147483647", INT32_MAX},
		    {"2147483648", 0}, {"0", 0},
		    {"01", 0},         {"", 0},
		    {"self", 0},       {"12a", 0},
		    {"-1", 0},         {"+1", 0}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int32_t tid = 0;
		bool ok = pg_parse_tid(rows[i].name, &tid);
		cr_expect_eq(ok, rows[i].tid != 0, "%s", rows[i].name);
		if (ok)
			cr_expect_eq(tid, rows[i].tid, "%s", rows[i].name);
	}
}
