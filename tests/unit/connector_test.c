/* SPDX-License-Identifier: MIT */
/*
 * Datagrams as the kernel sends them, and as it never would, into events; numbers into losses. What
 * is promised: nothing is read beyond the datagram (each stands in memory of just its size, which a
 * sanitizer watches), and nothing is believed that is not whole.
 */
#include "source/connector.h"

#include <criterion/criterion.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS (sizeof(struct nlmsghdr) + sizeof(struct cn_msg))
#define WHOLE   (HEADERS + sizeof(struct proc_event))

/* A message of n bytes of event; appended at bytes, its size is returned. */
static size_t put(char *bytes, const struct proc_event *e, size_t n, uint32_t seq)
{
	struct nlmsghdr h = {.nlmsg_len = (uint32_t)(HEADERS + n), .nlmsg_type = NLMSG_DONE};
	struct cn_msg m = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .seq = seq, .len = (uint16_t)n};
	m.ack = 77;
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), &m, sizeof(m));
	memcpy(bytes + HEADERS, e, n);
	return HEADERS + n;
}

static struct proc_event event_of(uint32_t what)
{
	struct proc_event e = {.cpu = 3, .timestamp_ns = 123456789012345};
	memcpy(&e.what, &what, sizeof(what));
	return e;
}

/* Parses a copy of n bytes that has no byte more. */
static bool parse(const char *bytes, size_t n, struct pg_event *out)
{
	char *copy = malloc(n ? n : 1);
	size_t at = 0;
	memcpy(copy, bytes, n);
	bool ok = pg_event_parse(copy, n, &at, out);
	cr_expect_leq(at, n);
	free(copy);
	return ok;
}

static struct pg_event parsed(const struct proc_event *e)
{
	char bytes[WHOLE];
	struct pg_event ev;
	cr_assert(parse(bytes, put(bytes, e, sizeof(*e), 41), &ev));
	cr_expect_eq(ev.cpu, 3);
	cr_expect_eq(ev.seq, 41);
	cr_expect_eq(ev.mono_ns, 123456789012345);
	return ev;
}

Test(connector, events)
{
	struct proc_event e = event_of(PROC_EVENT_FORK);
	e.event_data.fork.parent_pid = 11;
	e.event_data.fork.parent_tgid = 10;
	e.event_data.fork.child_pid = 21;
	e.event_data.fork.child_tgid = 20;
	struct pg_event ev = parsed(&e);
	cr_expect_eq(ev.what, PG_EVENT_FORK);
	cr_expect(ev.tid == 21 && ev.tgid == 20 && ev.parent_tid == 11 && ev.parent_tgid == 10);

	e = event_of(PROC_EVENT_EXEC);
	e.event_data.exec.process_pid = 21;
	e.event_data.exec.process_tgid = 20;
	ev = parsed(&e);
	cr_expect(ev.what == PG_EVENT_EXEC && ev.tid == 21 && ev.tgid == 20);

	e = event_of(PROC_EVENT_COMM);
	e.event_data.comm.process_pid = 21;
	e.event_data.comm.process_tgid = 20;
	memcpy(e.event_data.comm.comm, "sixteen bytes!!!", 16);
	ev = parsed(&e);
	cr_expect(ev.what == PG_EVENT_COMM && ev.tid == 21);
	cr_expect_arr_eq(ev.comm, "sixteen bytes!!!", 16);

	e = event_of(PROC_EVENT_UID);
	e.event_data.id.process_pid = 21;
	e.event_data.id.process_tgid = 20;
	e.event_data.id.r.ruid = 1000;
	e.event_data.id.e.euid = 0;
	ev = parsed(&e);
	cr_expect(ev.what == PG_EVENT_UID && ev.tid == 21 && ev.uid == 1000);

	e = event_of(PROC_EVENT_NONE);
	e.event_data.ack.err = 1;
	ev = parsed(&e);
	cr_expect(ev.what == PG_EVENT_ACK && ev.ack == 77 && ev.error == 1);

	static const uint32_t others[] = {PROC_EVENT_GID,      PROC_EVENT_SID, PROC_EVENT_PTRACE,
					  PROC_EVENT_COREDUMP, 0x1000,         0x80000001};
	for (size_t i = 0; i < PG_ARRAY_LEN(others); i++) {
		e = event_of(others[i]);
		cr_expect_eq(parsed(&e).what, PG_EVENT_OTHER, "%#x", others[i]);
	}
}

Test(connector, how_it_ended)
{
	static const struct {
		uint32_t status;
		int code;
	} rows[] = {{0, 0},
		    {0x100, 1},
		    {0xff00, 255},
		    {9, PG_KILLED + 9},
		    {0x80 | 6, PG_KILLED + 6},
		    {0x7f, PG_KILLED + 127},
		    {0xffffff00, 255},
		    {0x1ff00, 255}};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct proc_event e = event_of((uint32_t)PROC_EVENT_EXIT);
		e.event_data.exit.process_pid = 21;
		e.event_data.exit.process_tgid = 20;
		e.event_data.exit.exit_code = rows[i].status;
		struct pg_event ev = parsed(&e);
		cr_expect_eq(ev.what, PG_EVENT_EXIT);
		cr_expect_eq(ev.exit_code, rows[i].code, "%#x: %d", rows[i].status, ev.exit_code);
	}
}

/* Kernels before 4.18 do not tell the parent at the exit, and none sends more than it has. */
Test(connector, an_event_may_be_shorter_than_ours_but_not_than_what_it_tells)
{
	static const struct {
		uint32_t what;
		size_t words; /* of the event's own part */
		enum pg_event_what want;
	} rows[] = {
		{PROC_EVENT_FORK, 4, PG_EVENT_FORK}, {PROC_EVENT_FORK, 3, PG_EVENT_OTHER},
		{PROC_EVENT_EXEC, 2, PG_EVENT_EXEC}, {PROC_EVENT_EXEC, 1, PG_EVENT_OTHER},
		{PROC_EVENT_UID, 3, PG_EVENT_UID},   {PROC_EVENT_UID, 2, PG_EVENT_OTHER},
		{PROC_EVENT_COMM, 6, PG_EVENT_COMM}, {PROC_EVENT_COMM, 5, PG_EVENT_OTHER},
		{0x80000000, 3, PG_EVENT_EXIT},      {0x80000000, 2, PG_EVENT_OTHER},
		{PROC_EVENT_NONE, 1, PG_EVENT_ACK},  {PROC_EVENT_NONE, 0, PG_EVENT_OTHER},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		char bytes[WHOLE];
		struct pg_event ev;
		struct proc_event e = event_of(rows[i].what);
		e.event_data.fork.parent_pid = e.event_data.fork.parent_tgid = 5;
		e.event_data.fork.child_pid = e.event_data.fork.child_tgid = 6;
		size_t n = offsetof(struct proc_event, event_data) + 4 * rows[i].words;
		cr_expect(parse(bytes, put(bytes, &e, n, 1), &ev));
		cr_expect_eq(ev.what, rows[i].want, "row %zu: %d", i, ev.what);
	}
}

Test(connector, numbers_that_no_task_has)
{
	struct proc_event e = event_of(PROC_EVENT_EXEC);
	static const int32_t bad[][2] = {{0, 5}, {5, 0}, {-1, 5}, {5, INT32_MIN}};
	for (size_t i = 0; i < PG_ARRAY_LEN(bad); i++) {
		e.event_data.exec.process_pid = bad[i][0];
		e.event_data.exec.process_tgid = bad[i][1];
		cr_expect_eq(parsed(&e).what, PG_EVENT_OTHER);
	}
}

Test(connector, what_is_cut_is_nothing)
{
	char bytes[WHOLE];
	struct pg_event ev;
	struct proc_event e = event_of(PROC_EVENT_EXEC);
	size_t n = put(bytes, &e, sizeof(e), 1);
	for (size_t i = 0; i < n; i++)
		cr_expect_not(parse(bytes, i, &ev), "%zu of %zu bytes", i, n);
	cr_expect(parse(bytes, n, &ev));
}

Test(connector, what_contradicts_itself_is_nothing)
{
	static const struct {
		size_t at;
		uint32_t word;
	} rows[] = {
		{0, 0},       {0, 15},          {0, 0xffffffff}, {0, WHOLE + 1}, {0, HEADERS},
		{0, 20},      {0, HEADERS - 1}, {4, NLMSG_NOOP}, {4, 0x1234}, /* type */
		{16, 2},      {20, 2},                    /* another connector */
		{32, 0xffff}, {32, 0},          {32, 15}, /* length of the event */
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		char bytes[WHOLE];
		struct pg_event ev;
		struct proc_event e = event_of(PROC_EVENT_EXEC);
		size_t n = put(bytes, &e, sizeof(e), 1);
		memcpy(bytes + rows[i].at, &rows[i].word, sizeof(rows[i].word));
		cr_expect_not(parse(bytes, n, &ev), "row %zu", i);
	}
}

Test(connector, several_in_one_datagram)
{
	char bytes[3 * WHOLE];
	struct proc_event e = event_of(PROC_EVENT_SID);
	struct pg_event ev;
	size_t n = 0, at = 0;
	for (uint32_t i = 0; i < 3; i++)
		n += put(bytes + n, &e, sizeof(e), i);
	for (uint32_t i = 0; i < 3; i++) {
		cr_assert(pg_event_parse(bytes, n, &at, &ev));
		cr_expect_eq(ev.seq, i);
	}
	cr_expect_not(pg_event_parse(bytes, n, &at, &ev));
	cr_expect_eq(at, n);
}

Test(connector, losses_are_the_gaps_of_each_cpu)
{
	static const struct {
		uint32_t cpu, seq;
		uint64_t lost; /* in all, after it */
	} rows[] = {
		{0, 100, 0},
		{1, 7, 0},
		{0, 101, 0},
		{0, 105, 3},
		{1, 8, 3},
		{1, 10, 4},
		{300, 5, 4},
		{300, 6, 4},
		{2, UINT32_MAX - 1, 4},
		{2, UINT32_MAX, 4},
		{2, 0, 4}, /* the counter is 32 bits wide */
		{2, 2, 5},
		{3, UINT32_MAX, 5},
		{3, 3, 8},
		{0, 104, 8}, /* back: cannot be, is no loss */
		{UINT32_MAX, 1, 8},
		{UINT32_MAX, 9, 8},
		{PG_LOSS_CPUS, 1, 8}, /* not followed */
		{PG_LOSS_CPUS - 1, 1, 8},
		{PG_LOSS_CPUS - 1, 3, 9},
	};
	struct pg_losses l = {0};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		pg_losses_see(&l, rows[i].cpu, rows[i].seq);
		cr_expect_eq(l.lost, rows[i].lost, "row %zu: %llu", i, (unsigned long long)l.lost);
	}
	pg_losses_free(&l);
}
