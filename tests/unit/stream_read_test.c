/* SPDX-License-Identifier: MIT */
/*
 * Promise: whatever a line holds, the reader takes it for what it is or says at which byte it is
 * wrong; what it does not know it leaves out, and nothing in it makes it crash or take much memory.
 */
#include "stream/stream.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "streams.h"

#define HEAD                                                                                       \
	"{\"procgrid\":1,\"features\":[\"compact\"],\"ticks_per_sec\":100,\"fields\":["            \
	"{\"name\":\"pid\"},{\"name\":\"tid\"},{\"name\":\"start_ticks\"},{\"name\":\"later\"},"   \
	"{\"name\":\"comm\"},{\"name\":\"utime_ticks\"},{\"name\":\"rss_bytes\"}]}"
#define MARKS(n) "{\"frame\":" #n ",\"key\":true,\"mono_ns\":5,\"wall_ns\":\"6\""
#define DELTA(n) "{\"frame\":" #n ",\"mono_ns\":5,\"wall_ns\":6"
#define KEY      MARKS(0) ",\"tasks\":[[1,1,7,0,\"init\",4,9],[1,2,8,{},\"a\"],[5,5,9]]}"

struct kit {
	struct pg_stream_reader *r;
	struct pg_snapshot s;
	struct pg_error err;
};

static int give(struct kit *k, const char *line, size_t n)
{
	struct guard g = guard_copy(line, n);
	pg_snapshot_clear(&k->s);
	k->err.text[0] = '\0';
	int kind = pg_stream_read(k->r, g.s, g.n, &k->s, &k->err);
	cr_expect_eq(kind < 0, k->err.text[0] != '\0', "%s", line);
	cr_expect(kind >= 0 || (k->s.nr_procs == 0 && k->s.told.nr_brief == 0));
	guard_free(&g);
	return kind;
}

static int line(struct kit *k, const char *text)
{
	return give(k, text, strlen(text));
}

/* A reader that has had these lines (NULL ends). */
static struct kit kit(const char *const *lines)
{
	const struct pg_stream_limits limits = {.line = 100000, .tasks = 1000};
	struct kit k = {.r = pg_stream_reader_new(&limits)};
	for (; lines && *lines; lines++)
		cr_assert_geq(line(&k, *lines), 0, "%s: %s", k.err.text, *lines);
	return k;
}

static void kit_free(struct kit *k)
{
	pg_snapshot_free(&k->s);
	pg_stream_reader_free(k->r);
}

static const char *const head_only[] = {HEAD, NULL};
static const char *const head_and_key[] = {HEAD, KEY, NULL};

Test(stream_read, head)
{
	struct kit k = kit(NULL);
	cr_expect_null(pg_stream_reader_head(k.r));
	cr_expect_eq(line(&k,
			  " { \"procgrid\" : 1 , \"host\":\"a\\\\xFFb\",\"kernel\":\"6\",\"new\":"
			  "{\"x\":[1,2]},\"boot_wall_ns\":1795132800000000001,\"scope\":"
			  "\"processes\",\"groups\":\"io later fd\",\"fields\":[{\"unit\":3,"
			  "\"name\":\"pid\"}],\"delay_ns\":\"5\",\"page_size\":16384,"
			  "\"program\":\"0123456789012345678901234567890123456789\"} "),
		     PG_STREAM_HEAD, "%s", k.err.text);
	const struct pg_stream_head *h = pg_stream_reader_head(k.r);
	cr_assert_not_null(h);
	cr_expect_str_eq(h->host, "a\xff"
				  "b");
	cr_expect_str_eq(h->kernel, "6");
	cr_expect_str_eq(h->program, "0123456789012345678901234567890");
	cr_expect_str_eq(h->boot_id, "");
	cr_expect_eq(h->boot_wall_ns, INT64_C(1795132800000000001));
	cr_expect_eq(h->scope, PG_SCOPE_PROCESS);
	cr_expect_eq(h->groups, PG_IO | PG_FD);
	cr_expect_eq(h->page_size, 16384u);
	cr_expect_eq(h->delay_ns, 5u);
	cr_expect_not(h->compact);
	kit_free(&k);
}

Test(stream_read, versions)
{
	static const struct {
		const char *line;
		int error;
		const char *says;
	} cases[] = {
		{"{\"procgrid\":2,\"all\":\"is new\"}", -EPROTO, "version 2"},
		{"{\"procgrid\":4294967295}", -EPROTO, "version 4294967295"},
		{"{\"procgrid\":0}", -EPROTO, "version 0"},
		{"{\"procgrid\":1,\"features\":[\"compact\",\"packed\"]}", -EPROTO, "\"packed\""},
		{"{\"procgrid\":\"one\"}", -EBADMSG, "byte 12"},
		{"{\"procgrid\":1", -EBADMSG, "cut off"},
		{"{\"procgrid\":1}x", -EBADMSG, "byte 14"},
		{"{\"procgrid\":1,\"host\":\"a\",\"host\":\"b\"}", -EBADMSG, "before"},
		{"{\"procgrid\":1,\"features\":[\"compact\"]}", -EBADMSG, "no fields"},
		{"{\"procgrid\":1,\"fields\":[{\"name\":\"pid\"},{\"name\":\"pid\"}]}", -EBADMSG,
		 "before"},
		{"{\"procgrid\":1,\"fields\":[{\"unit\":\"pid\"}]}", -EBADMSG, "without a name"},
		{"{\"procgrid\":1,\"fields\":[\"pid\"]}", -EBADMSG, "not an object"},
		{"{\"frames\":1}", -EBADMSG, "neither a header nor a frame"},
		{"[]", -EBADMSG, "byte 0"},
		{"", -EBADMSG, "byte 0"},
		{"pid,tid,comm", -EBADMSG, "byte 0"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct kit k = kit(NULL);
		cr_expect_eq(line(&k, cases[i].line), cases[i].error, "%s", cases[i].line);
		cr_expect(strstr(k.err.text, cases[i].says), "%s: %s", cases[i].line, k.err.text);
		cr_expect_null(pg_stream_reader_head(k.r));
		kit_free(&k);
	}
}

Test(stream_read, many_fields)
{
	struct pg_buf b = {0};
	pg_buf_puts(&b, "{\"procgrid\":1,\"fields\":[{\"name\":\"pid\"}");
	for (int i = 0; i < 2000; i++)
		pg_buf_printf(&b, ",{\"name\":\"f%d\"}", i);
	pg_buf_puts(&b, "]}");
	struct kit k = kit(NULL);
	cr_expect_eq(give(&k, b.data, b.len), -EBADMSG);
	cr_expect(strstr(k.err.text, "too many fields"));
	kit_free(&k);
	pg_buf_free(&b);
}

Test(stream_read, key_and_delta)
{
	struct kit k = kit(head_only);
	cr_expect_eq(line(&k, KEY), PG_STREAM_KEY, "%s", k.err.text);
	cr_expect_eq(k.s.mono_ns, 5u);
	cr_expect_eq(k.s.wall_ns, 6);
	cr_expect_eq(k.s.ticks_per_sec, 100u);
	cr_assert_eq(k.s.nr_procs, 2u);
	const struct pg_proc *p = k.s.procs[0];
	cr_assert_eq(p->nr_tasks, 2u);
	cr_expect_eq(p->start, 7u);
	cr_expect_eq(p->valid, PG_MEM);
	cr_expect_eq(p->rss_bytes, 9u);
	cr_expect_eq(p->tasks[0].valid, PG_STAT);
	cr_expect_eq(p->tasks[0].utime, 4u);
	cr_expect(p->tasks[0].comm.len == 4 &&
		  memcmp(pg_proc_str(p, p->tasks[0].comm), "init", 4) == 0);
	cr_expect_eq(p->tasks[1].valid, 0);
	cr_expect_eq(p->tasks[1].comm.len, 1u);

	cr_expect_eq(
		line(&k, DELTA(1) ",\"gone\":[[5,5,9]],\"changed\":[[1,2,8,0,\"b\",6],[3,4,1]]}"),
		PG_STREAM_DELTA, "%s", k.err.text);
	cr_assert_eq(k.s.nr_procs, 2u);
	p = k.s.procs[0];
	cr_assert_eq(p->nr_tasks, 2u);
	cr_expect_eq(p->rss_bytes, 9u); /* of the first row, which did not change */
	cr_expect_eq(p->tasks[0].utime, 4u);
	cr_expect_eq(p->tasks[1].utime, 6u);
	cr_expect_eq(k.s.procs[1]->pid, 3);
	cr_expect_eq(k.s.procs[1]->start, 0u);

	/* The first row without values: they are not known any more. */
	cr_expect_eq(line(&k, DELTA(2) ",\"changed\":[[1,1,7]]}"), PG_STREAM_DELTA, "%s",
		     k.err.text);
	cr_expect_eq(k.s.procs[0]->valid, 0);
	cr_expect_eq(k.s.procs[0]->rss_bytes, 0u);
	kit_free(&k);
}

/* What the next version may add is left out. */
Test(stream_read, unknown_members)
{
	struct kit k = kit(head_only);
	cr_expect_eq(line(&k,
			  MARKS(0) ",\"moon\":[{\"a\":[null]}],\"host\":{\"forks\":null,\"cpus\":8,"
				   "\"load\":[1,2,3]},\"told\":{\"rumours\":[1],\"events\":3},"
				   "\"tasks\":[],\"after\":true}"),
		     PG_STREAM_KEY, "%s", k.err.text);
	cr_expect_eq(k.s.host.valid, PG_HOST_LOAD);
	cr_expect_eq(k.s.told.events, 3u);
	cr_expect_eq(line(&k, MARKS(1) ",\"tasks\":[{\"later\":{\"x\":1},\"start_ticks\":3,"
				       "\"comm\":null,\"tid\":1,\"pid\":1,\"nice\":-5,"
				       "\"utime_ticks\":2,\"refused\":\"io later\"}]}"),
		     PG_STREAM_KEY, "%s", k.err.text); /* members in any order */
	const struct pg_task *t = &k.s.procs[0]->tasks[0];
	cr_expect_eq(t->nice, -5);
	cr_expect_eq(t->valid, PG_STAT);
	cr_expect_eq(t->refused, PG_IO);
	kit_free(&k);
}

struct bad {
	const char *line, *says;
};

static void must_refuse(const char *const *before, const struct bad *bad, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct kit k = kit(before);
		cr_expect_eq(line(&k, bad[i].line), -EBADMSG, "%s", bad[i].line);
		cr_expect(strstr(k.err.text, bad[i].says), "%s: %s", bad[i].line, k.err.text);
		cr_expect(strncmp(k.err.text, "byte ", 5) == 0, "%s", k.err.text);
		/* What changed to a frame that failed is of no use. */
		cr_expect_lt(line(&k, DELTA(1) ",\"gone\":[],\"changed\":[]}"), 0);
		cr_expect_eq(line(&k, KEY), PG_STREAM_KEY, "%s", k.err.text);
		kit_free(&k);
	}
}

Test(stream_read, bad_key_frames)
{
	static const struct bad bad[] = {
		{MARKS(0) "}", "no tasks"},
		{MARKS(0) ",\"tasks\":[]", "cut off"},
		{MARKS(0) ",\"tasks\":[]}}", "more than one value"},
		{MARKS(0) ",\"tasks\":{}}", "not an array"},
		{MARKS(0) ",\"tasks\":[],\"tasks\":[]}", "before"},
		{MARKS(0) ",\"tasks\":[],\"host\":{}}", "before"},
		{MARKS(0) ",\"changed\":[]}", "a key frame without all tasks"},
		{DELTA(0) ",\"tasks\":[]}", "not a key frame"},
		{MARKS(0) ",\"frame\":0,\"tasks\":[]}", "before"},
		{MARKS(-1) ",\"tasks\":[]}", "byte 9: not a whole number"},
		{MARKS(1.5) ",\"tasks\":[]}", "not a whole number"},
		{MARKS(99999999999999999999999) ",\"tasks\":[]}", "not a whole number"},
		{"{\"frame\":0,\"key\":true,\"mono_ns\":5,\"tasks\":[]}", "no wall_ns"},
		{"{\"frame\":0,\"key\":1,\"mono_ns\":5,\"wall_ns\":6,\"tasks\":[]}",
		 "true nor false"},
		{MARKS(0) ",\"scope\":\"both\",\"tasks\":[]}", "neither"},
		{MARKS(0) ",\"tasks\":[1]}", "not an object"},
		{MARKS(0) ",\"tasks\":[[]]}", "without pid"},
		{MARKS(0) ",\"tasks\":[[1,1]]}", "without pid"},
		{MARKS(0) ",\"tasks\":[[1,null,1]]}", "without pid"},
		{MARKS(0) ",\"tasks\":[[0,1,1]]}", "without pid"},
		{MARKS(0) ",\"tasks\":[[1,-1,1]]}", "without pid"},
		{MARKS(0) ",\"tasks\":[[2147483648,1,1]]}", "not a whole number"},
		{MARKS(0) ",\"tasks\":[[1,1,-1]]}", "not a whole number"},
		{MARKS(0) ",\"tasks\":[[1,1,1,0,5]]}", "not a string"},
		{MARKS(0) ",\"tasks\":[[1,1,1,0,\"a\",\"b\"]]}", "not a whole number"},
		{MARKS(0) ",\"tasks\":[[1,1,1,0,\"a\",1,1,1]]}", "more values than fields"},
		{MARKS(0) ",\"tasks\":[[1,1,1],[1,1,1]]}", "one twice"},
		{MARKS(0) ",\"tasks\":[[2,2,1],[1,1,1]]}", "out of order"},
		{MARKS(0) ",\"tasks\":[[1,2,1],[1,1,1]]}", "out of order"},
		{MARKS(0) ",\"tasks\":[[1,3,1],[1,2,1]]}", "out of order"},
		{MARKS(0) ",\"tasks\":[{\"pid\":1,\"pid\":1,\"tid\":1,\"start_ticks\":1}]}",
		 "before"},
		{MARKS(0) ",\"tasks\":[{\"tid\":1,\"start_ticks\":1}]}", "without pid"},
		{MARKS(0) ",\"tasks\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"state\":\"RS\"}]}",
		 "one letter"},
		{MARKS(0) ",\"tasks\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"state\":\"\"}]}",
		 "one letter"},
		{MARKS(0) ",\"tasks\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"state\":\"\\\\x00\"}]}",
		 "one letter"},
		{MARKS(0) ",\"tasks\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"kthread\":2}]}",
		 "not a whole number"},
		{MARKS(0) ",\"tasks\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"comm\":\"\\u0000\"}]}",
		 "escape"},
		{MARKS(0) ",\"x\":\"\xff\",\"tasks\":[]}", "not UTF-8"},
		{MARKS(0) ",\"host\":{\"load\":[1,2]},\"tasks\":[]}", "three numbers"},
		{MARKS(0) ",\"host\":{\"load\":[1,2,3,4]},\"tasks\":[]}", "no"},
		{MARKS(0) ",\"host\":{\"load\":[1,2,1e300]},\"tasks\":[]}", "of that size"},
		{MARKS(0) ",\"host\":{\"uptime_seconds\":-1},\"tasks\":[]}", "of that size"},
		{MARKS(0) ",\"host\":{\"forks\":1,\"forks\":2},\"tasks\":[]}", "before"},
	};
	must_refuse(head_only, bad, PG_ARRAY_LEN(bad));
}

Test(stream_read, bad_deltas)
{
	static const struct bad bad[] = {
		{DELTA(2) ",\"gone\":[],\"changed\":[]}", "a frame is missing"},
		{DELTA(0) ",\"gone\":[],\"changed\":[]}", "a frame is missing"},
		{DELTA(1) ",\"gone\":[]}", "no tasks"},
		{DELTA(1) ",\"changed\":[],\"gone\":[]}", "before the tasks"},
		{DELTA(1) ",\"scope\":\"processes\",\"changed\":[]}", "another scope"},
		{DELTA(1) ",\"gone\":[[9,9,9]],\"changed\":[]}", "not there"},
		{DELTA(1) ",\"gone\":[[1,1,8]],\"changed\":[]}", "not there"},
		{DELTA(1) ",\"gone\":[[5,5,9],[5,5,9]],\"changed\":[]}", "out of order"},
		{DELTA(1) ",\"gone\":[[5,5,9],[1,1,7]],\"changed\":[]}", "out of order"},
		{DELTA(1) ",\"gone\":[[5,5,9]],\"changed\":[[5,5,9]]}", "not there"},
		{DELTA(1) ",\"gone\":[[5,5]],\"changed\":[]}", "no"},
		{DELTA(1) ",\"gone\":[[5,5,9,1]],\"changed\":[]}", "more than"},
		{DELTA(1) ",\"gone\":[{}],\"changed\":[]}", "not an array"},
		{DELTA(1) ",\"changed\":[[5,5,9],[1,1,7]]}", "out of order"},
		{DELTA(1) ",\"changed\":[[1,1,7],[1,1,7]]}", "one twice"},
	};
	must_refuse(head_and_key, bad, PG_ARRAY_LEN(bad));
}

Test(stream_read, told)
{
	static const char *const fulls[] = {
		MARKS(0) ",\"told\":{\"listening\":true,\"events\":4,\"missed\":1,\"endings\":[[1,1,5,3],"
			 "[1,2,5,null,9],[2,2,0]],\"brief\":[[[7,7,1,0,\"x\"],null,15],[[8,9,1]]],"
			 "\"rest\":[[1,20],[0,4]]},\"tasks\":[]}",
		MARKS(0) ",\"told\":{\"rest\":[{\"tasks\":20,\"ppid\":1,\"x\":0},{\"tasks\":4}],"
			 "\"brief\":[{\"signal\":15,\"pid\":7,\"tid\":7,\"start_ticks\":1,\"comm\":\"x\"},"
			 "{\"pid\":8,\"tid\":9,\"start_ticks\":1}],"
			 "\"endings\":[{\"pid\":1,\"tid\":1,\"start_ticks\":5,\"exit_code\":3},"
			 "{\"pid\":1,\"tid\":2,\"start_ticks\":5,\"signal\":9},"
			 "{\"pid\":2,\"tid\":2,\"start_ticks\":0}],"
			 "\"missed\":1,\"events\":\"4\",\"listening\":true},\"tasks\":[]}",
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(fulls); i++) {
		struct kit k = kit(head_only);
		cr_assert_eq(line(&k, fulls[i]), PG_STREAM_KEY, "%s", k.err.text);
		const struct pg_told *t = &k.s.told;
		cr_expect(t->listening && t->events == 4 && t->missed == 1);
		cr_assert(t->nr_endings == 3 && t->nr_brief == 2 && t->nr_rest == 2);
		cr_expect_eq(t->endings[0].exit_code, 3);
		cr_expect_eq(t->endings[1].exit_code, PG_KILLED + 9);
		cr_expect_eq(t->endings[1].key.tid, 2);
		cr_expect_eq(t->endings[2].exit_code, -1);
		cr_expect_eq(t->brief_codes[0], PG_KILLED + 15);
		cr_expect_eq(t->brief[0]->tasks[0].comm.len, 1u);
		cr_expect_eq(t->brief_codes[1], -1);
		cr_expect_eq(t->brief[1]->tasks[0].tid, 9);
		cr_expect(t->rest[0].ppid == 1 && t->rest[0].nr == 20 && t->rest[1].nr == 4);
		kit_free(&k);
	}
}

#define TOLD(text) MARKS(0) ",\"told\":{" text "},\"tasks\":[]}"

Test(stream_read, bad_told)
{
	static const struct bad bad[] = {
		{TOLD("\"endings\":[[1,1,5],[1,1,4]]"), "out of order"},
		{TOLD("\"endings\":[],\"endings\":[]"), "before"},
		{TOLD("\"endings\":[[1,1]]"), "not pid, tid"},
		{TOLD("\"endings\":[[0,1,1]]"), "not a whole number"},
		{TOLD("\"endings\":[[1,1,1,256]]"), "not a whole number"},
		{TOLD("\"endings\":[[1,1,1,0,9]]"), "no way to end"},
		{TOLD("\"endings\":[[1,1,1,0,null,1]]"), "no way to end"},
		{TOLD("\"endings\":[[1,1,1,null,128]]"), "not a whole number"},
		{TOLD("\"endings\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"exit_code\":-1}]"),
		 "no way to end"},
		{TOLD("\"endings\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"exit_code\":256}]"),
		 "no way to end"},
		{TOLD("\"endings\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"signal\":128}]"),
		 "no way to end"},
		{TOLD("\"endings\":[{\"pid\":1,\"tid\":1,\"start_ticks\":1,\"exit_code\":0,\"signal\":1}]"),
		 "before"},
		{TOLD("\"brief\":[[]]"), "not a task"},
		{TOLD("\"brief\":[[[1,1]]]"), "without pid"},
		{TOLD("\"brief\":[[[2,2,1]],[[1,1,1]]]"), "out of order"},
		{TOLD("\"rest\":[[1]]"), "not ppid"},
		{TOLD("\"rest\":[[1,2,3]]"), "not ppid"},
		{TOLD("\"rest\":[[-1,2]]"), "not a whole number"},
		{TOLD("\"rest\":[[1,4294967296]]"), "not a whole number"},
		{TOLD("\"listening\":1"), "true nor false"},
	};
	must_refuse(head_only, bad, PG_ARRAY_LEN(bad));
}

Test(stream_read, order_of_lines)
{
	struct kit k = kit(NULL);
	cr_expect_eq(line(&k, KEY), -EBADMSG);
	cr_expect(strstr(k.err.text, "before any header"));
	cr_expect_eq(line(&k, HEAD), PG_STREAM_HEAD);
	cr_expect_eq(line(&k, DELTA(0) ",\"changed\":[]}"), -EBADMSG);
	cr_expect_eq(line(&k, KEY), PG_STREAM_KEY);
	cr_expect_eq(line(&k, DELTA(1) ",\"changed\":[]}"), PG_STREAM_DELTA);
	cr_expect_eq(line(&k, HEAD), PG_STREAM_HEAD); /* another stream begins */
	cr_expect_eq(line(&k, DELTA(2) ",\"changed\":[]}"), -EBADMSG);
	cr_expect_eq(line(&k, KEY), PG_STREAM_KEY);
	pg_stream_reader_rewind(k.r);
	cr_expect_eq(line(&k, DELTA(1) ",\"changed\":[]}"), -EBADMSG);
	cr_expect_eq(line(&k, "{\"procgrid\":3}"), -EPROTO);
	cr_expect_eq(line(&k, KEY), -EBADMSG);
	kit_free(&k);
}

Test(stream_read, bounds)
{
	const struct pg_stream_limits limits = {.line = 400, .tasks = 3};
	struct kit k = {.r = pg_stream_reader_new(&limits)};
	cr_assert_eq(line(&k, HEAD), PG_STREAM_HEAD);
	cr_expect_eq(line(&k, MARKS(0) ",\"tasks\":[[1,1,1],[1,2,1],[2,2,1]]}"), PG_STREAM_KEY);
	cr_expect_eq(line(&k, DELTA(1) ",\"changed\":[[3,3,1]]}"), -EBADMSG);
	cr_expect(strstr(k.err.text, "more tasks than are allowed"), "%s", k.err.text);
	static const char *const too_many[] = {
		"[1,1,1],[1,2,1],[1,3,1],[1,4,1]",
		"[1,1,1],[2,2,1],[3,3,1],[4,4,1]",
		"[1,1,1],[2,2,1],[3,3,1],[3,4,1],[3,5,1]",
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(too_many); i++) {
		char text[400];
		snprintf(text, sizeof(text), MARKS(0) ",\"tasks\":[%s]}", too_many[i]);
		cr_expect_eq(line(&k, text), -EBADMSG);
		cr_expect(strstr(k.err.text, "more tasks than are allowed"), "%s", k.err.text);
	}
	cr_expect_eq(line(&k, MARKS(0) ",\"tasks\":[[1,1,1]]}"), PG_STREAM_KEY);
	cr_expect_eq(line(&k, DELTA(1) ",\"changed\":[[1,2,1],[1,3,1],[1,4,1]]}"), -EBADMSG);
	cr_expect(strstr(k.err.text, "more tasks than are allowed"), "%s", k.err.text);
	cr_expect_eq(line(&k, TOLD("\"brief\":[[[1,1,1]],[[2,2,1]],[[3,3,1]],[[4,4,1]]]")),
		     -EBADMSG);
	cr_expect(strstr(k.err.text, "more brief tasks than are allowed"), "%s", k.err.text);
	cr_expect_eq(line(&k, TOLD("\"endings\":[[1,1,1,0],[2,2,1,0],[3,3,1,0],[4,4,1,0]]")),
		     -EBADMSG);
	cr_expect(strstr(k.err.text, "more endings than are allowed"), "%s", k.err.text);
	cr_expect_eq(line(&k, TOLD("\"rest\":[[1,1],[2,1],[3,1],[4,1]]")), -EBADMSG);
	cr_expect(strstr(k.err.text, "more parents than are allowed"), "%s", k.err.text);
	cr_expect_eq(line(&k, MARKS(0) ",\"tasks\":[[1,1,1]]}"), PG_STREAM_KEY);
	cr_expect_eq(
		line(&k, DELTA(1) ",\"gone\":[[1,1,1],[2,2,1],[3,3,1],[4,4,1]],\"changed\":[]}"),
		-EBADMSG);
	cr_expect(strstr(k.err.text, "more gone tasks than are allowed"), "%s", k.err.text);
	char text[402];
	memset(text, ' ', sizeof(text));
	memcpy(text, MARKS(0) ",\"tasks\":[]}", strlen(MARKS(0) ",\"tasks\":[]}"));
	cr_expect_eq(give(&k, text, 400), PG_STREAM_KEY);
	cr_expect_eq(give(&k, text, 401), -EBADMSG);
	cr_expect(strstr(k.err.text, "longer line"));
	kit_free(&k);
}

Test(stream_read, names_are_short)
{
	struct kit k = kit(head_only);
	char name[4100], text[4200];
	memset(name, 'a', sizeof(name));
	for (int n = 4096; n <= 4097; n++) {
		snprintf(text, sizeof(text), MARKS(0) ",\"tasks\":[[1,1,1,0,\"%.*s\"]]}", n, name);
		cr_expect_eq(line(&k, text), n == 4096 ? PG_STREAM_KEY : -EBADMSG);
	}
	cr_expect(strstr(k.err.text, "more than 4096 bytes"), "%s", k.err.text);
	kit_free(&k);
}

/* ---- damage ------------------------------------------------------------------------------- */

#define RICH                                                                                       \
	MARKS(0)                                                                                   \
	",\"groups\":\"stat io\",\"partial\":true,\"host\":{\"name\":\"a\\\\xFFb\",\"forks\":3,"   \
	"\"load\":[0.5,1e0,2]},\"told\":{\"listening\":true,\"events\":\"9007199254740993\","      \
	"\"endings\":[[3,3,5,null,9]],\"brief\":[[[7,8,1,null,\"\\u00e4\"],0]],\"rest\":[[1,2]]}," \
	"\"tasks\":[[1,1,7,0,\"a\\\"b\",4,9],[1,2,8],[5,5,9,[]]]}"
#define RICH_DELTA                                                                                 \
	DELTA(1) ",\"gone\":[[1,2,8]],\"changed\":[[1,1,7,0,\"c\",5,10],[4,4,\"3\"],[5,6,1]]}"

/* A line that is cut anywhere is none. */
Test(stream_read, cut_lines)
{
	static const char *const rich[] = {HEAD, RICH, RICH_DELTA};
	for (size_t i = 0; i < PG_ARRAY_LEN(rich); i++) {
		const char *const before[] = {i > 0 ? HEAD : NULL, i > 1 ? RICH : NULL, NULL};
		for (size_t n = 0; n < strlen(rich[i]); n++) {
			struct kit k = kit(before);
			int ret = give(&k, rich[i], n);
			cr_expect_eq(ret, -EBADMSG, "%.*s", (int)n, rich[i]);
			kit_free(&k);
		}
		struct kit k = kit(before);
		cr_expect_eq(line(&k, rich[i]), (int)i, "%s", k.err.text);
		kit_free(&k);
	}
}

/*
 * One byte is any other: the line is refused with a place in it, or it is one that can be written
 * and read again.
 */
static void damage(const char *const *before, const char *good)
{
	static const char bytes[] =
		"\0\t\n\r \"'+,-./01589:;@AEZ[\\]_aefnux{}~\x7f\x80\xa4\xc3\xff";
	size_t n = strlen(good), refused = 0;
	char *text = pg_alloc(n);
	for (size_t at = 0; at < n; at++)
		for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
			struct kit k = kit(before);
			struct pg_buf b = {0};
			memcpy(text, good, n);
			text[at] = bytes[i];
			int kind = give(&k, text, n);
			refused += kind < 0;
			if (kind == PG_STREAM_KEY || kind == PG_STREAM_DELTA) {
				struct pg_stream_writer *w = pg_stream_writer_new(false);
				pg_stream_put_frame(w, &k.s, 0, true, &b);
				cr_expect_eq(give(&k, b.data, b.len - 1), PG_STREAM_KEY, "%s",
					     k.err.text);
				pg_stream_writer_free(w);
			}
			pg_buf_free(&b);
			kit_free(&k);
		}
	free(text);
	cr_expect_gt(refused, n * 10);
}

Test(stream_read, damaged_header)
{
	damage(NULL, HEAD);
}

Test(stream_read, damaged_key_frame)
{
	damage(head_only, RICH);
}

Test(stream_read, damaged_delta)
{
	static const char *const before[] = {HEAD, RICH, NULL};
	damage(before, RICH_DELTA);
}

Test(stream_read, peek)
{
	struct pg_stream_mark m;
	cr_expect_eq(pg_stream_peek(HEAD, strlen(HEAD), &m), PG_STREAM_HEAD);
	cr_expect_eq(pg_stream_peek(KEY, strlen(KEY), &m), PG_STREAM_KEY);
	cr_expect_eq(m.number, 0u);
	cr_expect_eq(m.mono_ns, 5u);
	cr_expect_eq(m.wall_ns, 6);
	static const char delta[] =
		"{\"frame\":\"18446744073709551615\",\"mono_ns\":"
		"\"18446744073709551615\",\"wall_ns\":\"-9223372036854775808\",";
	struct guard g = guard_copy(delta, strlen(delta));
	cr_expect_eq(pg_stream_peek(g.s, g.n, &m), PG_STREAM_DELTA);
	cr_expect_eq(m.number, UINT64_MAX);
	cr_expect_eq(m.wall_ns, INT64_MIN);
	guard_free(&g);
	for (size_t n = 0; n < strlen(delta) - 1; n++) {
		g = guard_copy(delta, n);
		cr_expect_eq(pg_stream_peek(g.s, g.n, &m), -EBADMSG);
		guard_free(&g);
	}
	cr_expect_eq(pg_stream_peek("{\"frame\":1,\"wall_ns\":1}", 23, &m), -EBADMSG);
	cr_expect_eq(pg_stream_peek("a,b", 3, &m), -EBADMSG);
}
