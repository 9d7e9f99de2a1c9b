/* SPDX-License-Identifier: MIT */
/* Promise: the report says what was found in plain sentences, and nothing in it steers a terminal.
 */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "fd/fd_profile.h"

static void be_utf8(void)
{
	setlocale(LC_ALL, "C.UTF-8");
}

TestSuite(fd_report, .init = be_utf8);

struct run {
	struct pg_fd_profile p;
	struct pg_fd_findings f;
	struct pg_buf out;
};

/* A run with one sample, and nothing found. */
static struct run *new_run(void)
{
	struct run *r = pg_calloc(1, sizeof(*r));
	r->p.what = pg_strdup("app --x");
	r->p.is_command = true;
	r->p.ended = 5;
	pg_series_add(&r->p.series, 0, 7);
	r->f = (struct pg_fd_findings){
		.leak = {.p = 1}, .leak_kind = PG_FD_NR_KINDS, .seconds_left = -1, .peak = 7};
	return r;
}

static const char *text(struct run *r)
{
	pg_buf_clear(&r->out);
	pg_fd_report(&r->p, &r->f, &r->out);
	return pg_buf_cstr(&r->out);
}

static const char *json(struct run *r)
{
	pg_buf_clear(&r->out);
	pg_fd_report_json(&r->p, &r->f, &r->out);
	struct pg_json j;
	pg_json_init(&j, r->out.data, r->out.len);
	cr_expect(pg_json_skip(&j) && pg_json_end(&j), "%s", pg_buf_cstr(&r->out));
	pg_json_free(&j);
	return pg_buf_cstr(&r->out);
}

static void free_run(struct run *r)
{
	pg_fd_profile_free(&r->p);
	pg_fd_findings_free(&r->f);
	pg_buf_free(&r->out);
	free(r);
}

#define has(s, part)   cr_expect(strstr(s, part), "no \"%s\" in:\n%s", part, s)
#define hasnt(s, part) cr_expect_not(strstr(s, part), "\"%s\" in:\n%s", part, s)

static void add_event(struct run *r, double elapsed, const char *message, bool outside)
{
	struct pg_fd_event e = {.elapsed = elapsed,
				.timestamp = 1000 + elapsed,
				.outside = outside,
				.message = pg_strdup(message)};
	pg_fd_profile_event(&r->p, &e);
}

/* ---- levels and events ---------------------------------------------------------------------- */

Test(fd_report, times_of_events)
{
	struct run *r = new_run();
	has(text(r), "Found 0 events\n");
	hasnt(text(r), "Event Timeline");
	add_event(r, 0.123456, "one", false);
	has(text(r), "Found 1 event\n\nEvent Timeline:\n    0.12s: one\n");
	add_event(r, 10, "two", false);
	add_event(r, 123.789, "three", false);
	add_event(r, -95217748.07, "wrong clock", true);
	has(text(r), "Found 4 events\n\nEvent Timeline:\n    0.12s: one\n   10.00s: two\n"
		     "  123.79s: three\n  -95217748.07s: wrong clock (not within the run)\n");
	has(json(r), "{\"elapsed\":10,\"message\":\"two\",\"timestamp\":1010.000000}");
	has(json(r),
	    "\"message\":\"wrong clock\",\"timestamp\":-95216748.070000,\"outside\":true}");
	r->p.events_left_out = 3;
	has(text(r), "Found 4 events, and 3 more, which are not kept\n");
	free_run(r);
}

static void add_levels(struct run *r)
{
	static const struct pg_plateau plateaus[] = {
		{0, 9, 0, 0.9, 10.4, 0.25}, {10, 19, 1, 1.9, 50, 0}, {20, 29, 2, 2.9, 20, 0}};
	static const struct pg_jump jumps[] = {{0.95, 40, 10.4, 50}, {1.95, -30, 50, 20}};
	struct pg_levels *l = &r->f.levels;
	l->nr_plateaus = l->cap_plateaus = 3;
	l->plateaus = pg_alloc(sizeof(plateaus));
	memcpy(l->plateaus, plateaus, sizeof(plateaus));
	l->nr_jumps = l->cap_jumps = 2;
	l->jumps = pg_alloc(sizeof(jumps));
	memcpy(l->jumps, jumps, sizeof(jumps));
}

static void add_cause(struct run *r, double t, enum pg_fd_kind kind, int opened, int closed,
		      const char *prefix)
{
	struct pg_fd_cause c = {.elapsed = t, .pid = 5};
	c.parts.items = pg_calloc(1, sizeof(*c.parts.items));
	c.parts.nr = c.parts.cap = 1;
	c.parts.items[0] = (struct pg_fd_part){.kind = (uint8_t)kind,
					       .opened = opened,
					       .closed = closed,
					       .prefix = pg_strdup(prefix)};
	pg_fd_profile_cause(&r->p, &c);
}

Test(fd_report, levels_and_causes)
{
	struct run *r = new_run();
	has(text(r), "\nDetected no stable plateaus\n");
	hasnt(text(r), "jump");
	add_levels(r);
	add_cause(r, 0.5, PG_FD_FILE, 99, 0, "/before/");
	add_cause(r, 0.99, PG_FD_FILE, 38, 1, "/x/");
	add_cause(r, 1.05, PG_FD_SOCKET, 3, 0, "tcp 10.0.0.1:80");
	add_cause(r, 1.5, PG_FD_FILE, 77, 0, "/between/");
	add_cause(r, 2.1, PG_FD_FILE, 0, 30, "/x/");
	has(text(r), "\nDetected 3 stable plateaus:\n"
		     "  Plateau 1: 10 FDs from 0.00s to 0.90s\n"
		     "  Plateau 2: 50 FDs from 1.00s to 1.90s\n"
		     "  Plateau 3: 20 FDs from 2.00s to 2.90s\n"
		     "\nDetected 2 jumps between plateaus:\n"
		     "    0.95s: +40 FDs (10 → 50)\n"
		     "           +37 file /x/, +3 socket tcp 10.0.0.1:80\n"
		     "    1.95s: -30 FDs (50 → 20)\n"
		     "           -30 file /x/\n");
	has(json(r), "\"plateaus\":[{\"start\":0,\"end\":0.9,\"first\":0,\"last\":9,\"level\":10.4,"
		     "\"variance\":0.25},");
	has(json(r),
	    "\"jumps\":[{\"time\":0.95,\"size\":40,\"from\":10.4,\"to\":50,\"causes\":["
	    "{\"kind\":\"file\",\"prefix\":\"/x/\",\"opened\":38,\"closed\":1},"
	    "{\"kind\":\"socket\",\"prefix\":\"tcp 10.0.0.1:80\",\"opened\":3,\"closed\":0}]},");
	free_run(r);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

Test(fd_report, verdicts)
{
	static const struct {
		struct pg_leak leak;
		uint8_t kind;
		const char *prefix;
		double left;
		const char *says;
	} rows[] = {
		{{PG_LEAK_NONE, 0, 1, 0, 0},
		 PG_FD_NR_KINDS,
		 NULL,
		 -1,
		 "\nNo leak was found; the samples are too few to tell\n"},
		{{PG_LEAK_NONE, 0, 1, 0.99, 0},
		 PG_FD_NR_KINDS,
		 NULL,
		 -1,
		 "\nNo leak was found (confidence 99 %)\n"},
		{{PG_LEAK_LEAKING, 10.04, 1e-9, 0.999, 100},
		 PG_FD_FILE,
		 "/tmp/x/",
		 101,
		 "\nLeaking: the least that is open grows by 10 FDs per second, mostly of kind file in "
		 "/tmp/x/; at that pace process 9 (srv) is at its limit of 1024 in 101 s (confidence "},
		{{PG_LEAK_LEAKING, 0.5, 0, 0.9, 100},
		 PG_FD_PIPE,
		 "",
		 600,
		 " grows by 30 FDs per minute, mostly of kind pipe; at that pace process 9 (srv) is at "
		 "its limit of 1024 in 10 min (confidence 90 %)\n"},
		{{PG_LEAK_SUSPECTED, 0.001, 0, 0.5, 100},
		 PG_FD_NR_KINDS,
		 NULL,
		 36000,
		 "\nA leak is suspected: up to the end it grew by 3.6 FDs per hour; at that pace process "
		 "9 (srv) is at its limit of 1024 in 10.0 h (confidence 50 %)\n"},
		{{PG_LEAK_LEAKING, 1, 0, 0, 100},
		 PG_FD_NR_KINDS,
		 NULL,
		 -1,
		 "\nLeaking: the least that is open grows by 1 FDs per second\n"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct run *r = new_run();
		r->f.leak = rows[i].leak;
		r->f.leak_kind = rows[i].kind;
		r->f.leak_prefix = rows[i].prefix ? pg_strdup(rows[i].prefix) : NULL;
		r->f.seconds_left = rows[i].left;
		r->p.worst =
			(struct pg_fd_worst){.pid = 9, .comm = "srv", .fds = 512, .limit = 1024};
		has(text(r), rows[i].says);
		has(text(r), "\nLimit: 1024 FDs a process\n"
			     "Nearest to its limit: process 9 (srv) with 512 FDs, 50 % of it\n");
		has(json(r),
		    "\"worst\":{\"pid\":9,\"comm\":\"srv\",\"fds\":512,\"now\":0,\"limit\":1024}");
		free_run(r);
	}
}

Test(fd_report, who_has_no_limit)
{
	struct run *r = new_run();
	r->p.worst = (struct pg_fd_worst){.pid = 9, .comm = "srv", .fds = 5, .limit = UINT64_MAX};
	has(text(r), "\nMost of all: process 9 (srv) with 5 FDs\n");
	hasnt(text(r), "imit");
	free_run(r);
}

/* ---- what was run --------------------------------------------------------------------------- */

Test(fd_report, what_was_run)
{
	struct run *r = new_run();
	r->p.interval = 0.1;
	r->p.has_status = true;
	r->p.status = 42;
	has(text(r), "Command: app --x\nSamples: 1 in 5.00 s, one every 0.1 s\n"
		     "Command completed with exit code: 42\n");
	r->p.skipped = 2;
	r->p.nr_unreadable = 3;
	has(text(r), "Samples: 4 in 5.00 s, one every 0.1 s; 3 could not be read; 2 skipped: "
		     "we were stopped, or the machine was too busy\n");
	has(json(r), "{\"samples\":1,\"unreadable\":3,\"command\":\"app --x\",\"exit_code\":42,");
	r->p.nr_unreadable = 0;
	r->p.has_status = r->p.is_command = false;
	r->p.over = true;
	has(text(r), "Watched: app --x\n");
	has(text(r), "\nIt has ended\n");
	free_run(r);
}

Test(fd_report, no_sample)
{
	struct run *r = new_run();
	r->p.series.n = 0;
	has(text(r), "No sample: it ended before one could be taken\nFound 0 events\n");
	hasnt(text(r), "leak");
	has(json(r), "{\"samples\":0,");
	r->p.nr_unreadable = 2;
	has(text(r), "Samples: 2 in 5.00 s; none could be read\nFound 0 events\n");
	free_run(r);
}

/* Of some of the tree the number is not known: then it is not the number of the tree. */
Test(fd_report, not_all_were_counted)
{
	struct run *r = new_run();
	hasnt(text(r), "Not in these numbers");
	hasnt(json(r), "uncounted");
	r->p.most_uncounted = 1;
	has(text(r), "\nNot in these numbers: up to 1 process whose descriptors could not be "
		     "counted\n");
	r->p.most_uncounted = 1069;
	has(text(r), "up to 1069 processes whose");
	has(json(r), ",\"uncounted\":1069");
	free_run(r);
}

Test(fd_report, kinds)
{
	struct run *r = new_run();
	r->p.has_kinds = true;
	r->p.kinds[PG_FD_FILE] = 3;
	r->p.kinds[PG_FD_EPOLL] = 1;
	has(text(r), "\nKinds, when most were open: 3 file, 1 epoll\n");
	has(json(r), "\"kinds\":{\"file\":3,\"epoll\":1}}");
	r->p.kinds_refused = true;
	has(text(r), "3 file, 1 epoll; of some processes not permitted\n");
	r->p.has_kinds = false;
	has(text(r), "\nKinds: not permitted;");
	has(json(r), "\"kinds_refused\":true}");
	free_run(r);
}

/* ---- hostile bytes -------------------------------------------------------------------------- */

Test(fd_report, nothing_steers_a_terminal)
{
	static const char evil[] = "a\x1b]0;x\x07\xff\xc2\x9b"
				   "31m\r\n\xe2\x80\xaeq";
	struct run *r = new_run();
	free(r->p.what);
	r->p.what = pg_strdup(evil);
	add_event(r, 1, evil, false);
	add_levels(r);
	add_cause(r, 0.95, PG_FD_FILE, 3, 0, evil);
	r->f.leak.verdict = PG_LEAK_LEAKING;
	r->f.leak_kind = PG_FD_FILE;
	r->f.leak_prefix = pg_strdup(evil);
	r->p.worst = (struct pg_fd_worst){.pid = 9, .fds = 512, .limit = 1024};
	strcpy(r->p.worst.comm, evil);
	size_t lines = 0, plain = 0;
	for (const char *c = text(r); *c; c++) {
		cr_assert((unsigned char)*c >= 0x20 || *c == '\n', "byte %d", *c);
		lines += *c == '\n';
	}
	hasnt(text(r), "\xc2\x9b");
	hasnt(text(r), "\xe2\x80\xae");
	json(r);
	free(r->p.what);
	r->p.what = pg_strdup("x");
	free(r->p.events[0].message);
	r->p.events[0].message = pg_strdup("x");
	for (const char *c = text(r); *c; c++)
		plain += *c == '\n';
	cr_expect_eq(lines, plain); /* no line more than there would be */
	free_run(r);
}

Test(fd_report, plain_ascii)
{
	struct run *r = new_run();
	setlocale(LC_ALL, "C");
	add_event(r, 1, "é", false);
	add_levels(r);
	for (const char *c = text(r); *c; c++)
		cr_assert((unsigned char)*c < 0x7f);
	has(text(r), "(10 -> 50)");
	free_run(r);
}
