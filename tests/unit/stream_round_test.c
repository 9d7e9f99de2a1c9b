/* SPDX-License-Identifier: MIT */
/*
 * Promise: what goes into a stream comes out of it, in full and compact, whatever the tasks are
 * called and count, and other readers of JSON see the same.
 */
#include "stream/stream.h"

#include <cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "streams.h"

#define ROUNDS 150
#define FRAMES 8

static const struct pg_stream_head head = {
	.version = 1,
	.groups = 0xff,
	.ticks_per_sec = 100,
	.page_size = 4096,
	.boot_wall_ns = INT64_C(1795132800000000000),
	.host = "web\xff"
		"01",
	.boot_id = "a-b-c",
	.kernel = "6.18.0",
	.program = "procgrid 0",
	.delay_ns = 1000000000,
};

/* Two ways to write, and a reader: what it reads is written again both ways. */
struct loop {
	struct pg_stream_writer *compact, *full, *compact_again, *full_again;
	struct pg_stream_reader *reader, *full_reader;
	struct pg_buf a, b;
};

static void loop_init(struct loop *l)
{
	const struct pg_stream_limits limits = PG_STREAM_LIMITS;
	struct pg_snapshot none = {0};
	*l = (struct loop){
		.compact = pg_stream_writer_new(true),
		.full = pg_stream_writer_new(false),
		.compact_again = pg_stream_writer_new(true),
		.full_again = pg_stream_writer_new(false),
		.reader = pg_stream_reader_new(&limits),
		.full_reader = pg_stream_reader_new(&limits),
	};
	pg_stream_put_head(l->compact, &head, &l->a);
	cr_assert_eq(must_read(l->reader, l->a.data, l->a.len, &none), PG_STREAM_HEAD);
	pg_stream_put_head(l->compact_again, pg_stream_reader_head(l->reader), &l->b);
	cr_assert(l->a.len == l->b.len && memcmp(l->a.data, l->b.data, l->a.len) == 0);
	pg_buf_clear(&l->a);
	pg_stream_put_head(l->full, &head, &l->a);
	cr_assert_eq(must_read(l->full_reader, l->a.data, l->a.len, &none), PG_STREAM_HEAD);
	pg_stream_put_head(l->full_again, pg_stream_reader_head(l->full_reader), &l->b);
}

static void loop_free(struct loop *l)
{
	pg_stream_writer_free(l->compact);
	pg_stream_writer_free(l->full);
	pg_stream_writer_free(l->compact_again);
	pg_stream_writer_free(l->full_again);
	pg_stream_reader_free(l->reader);
	pg_stream_reader_free(l->full_reader);
	pg_buf_free(&l->a);
	pg_buf_free(&l->b);
}

static void must_be_equal(const struct loop *l, const char *what)
{
	size_t at = 0;
	while (at < l->a.len && at < l->b.len && l->a.data[at] == l->b.data[at])
		at++;
	cr_assert(at == l->a.len && at == l->b.len, "%s differ at %zu:\n%.*s\n%.*s", what, at,
		  (int)(l->a.len - at > 200 ? 200 : l->a.len - at), l->a.data + at,
		  (int)(l->b.len - at > 200 ? 200 : l->b.len - at), l->b.data + at);
}

/* One frame, through all of it. */
static void turn(struct loop *l, const struct pg_snapshot *s, uint64_t number, bool key)
{
	struct pg_snapshot read = {0}, read_full = {0};
	struct pg_stream_mark mark;

	pg_buf_clear(&l->a);
	pg_stream_put_frame(l->compact, s, number, key, &l->a);
	int kind = pg_stream_peek(l->a.data, l->a.len - 1, &mark);
	cr_expect_eq(kind, key || number == 0 ? PG_STREAM_KEY : PG_STREAM_DELTA);
	cr_expect_eq(mark.number, number);
	cr_expect_eq(mark.mono_ns, s->mono_ns);
	cr_expect_eq(mark.wall_ns, s->wall_ns);
	cr_expect_eq((int)must_read(l->reader, l->a.data, l->a.len, &read), kind);
	cr_expect_eq(read.nr_tasks, s->nr_tasks);
	pg_buf_clear(&l->b);
	pg_stream_put_frame(l->compact_again, &read, number, key, &l->b);
	must_be_equal(l, "compact lines");

	pg_buf_clear(&l->a);
	pg_stream_put_frame(l->full, s, number, false, &l->a);
	pg_buf_clear(&l->b);
	pg_stream_put_frame(l->full_again, &read, number, false, &l->b);
	must_be_equal(l, "full lines");
	cr_expect_eq(must_read(l->full_reader, l->a.data, l->a.len, &read_full), PG_STREAM_KEY);
	pg_buf_clear(&l->b);
	pg_stream_put_frame(l->full_again, &read_full, number, false, &l->b);
	must_be_equal(l, "full lines");
	pg_snapshot_free(&read);
	pg_snapshot_free(&read_full);
}

Test(stream_round, any_snapshots)
{
	struct dice d = {UINT64_C(0x9e3779b97f4a7c15)};
	for (int round = 0; round < ROUNDS; round++) {
		struct pg_snapshot s[2] = {0};
		struct loop l;
		loop_init(&l);
		roll_snapshot(&d, &s[0]);
		for (uint64_t i = 0; i < FRAMES; i++) {
			turn(&l, &s[i % 2], i, i == 5);
			pg_snapshot_clear(&s[(i + 1) % 2]);
			roll_following(&d, &s[i % 2], &s[(i + 1) % 2]);
		}
		loop_free(&l);
		pg_snapshot_free(&s[0]);
		pg_snapshot_free(&s[1]);
	}
}

/* What is read shares what did not change with the frame before. */
Test(stream_round, blocks_are_shared)
{
	struct dice d = {7};
	struct pg_snapshot s = {0}, one = {0}, two = {0};
	struct loop l;
	loop_init(&l);
	roll_marks(&d, &s);
	for (int32_t pid = 1; pid <= 3; pid++)
		pg_snapshot_add(&s, roll_block(&d, pid * 10));
	pg_buf_clear(&l.a);
	pg_stream_put_frame(l.compact, &s, 0, true, &l.a);
	must_read(l.reader, l.a.data, l.a.len, &one);
	struct pg_proc *was = s.procs[1];
	s.procs[1] = roll_next(&d, was, ROW);
	for (int key = 0; key < 2; key++) {
		pg_buf_clear(&l.a);
		pg_stream_put_frame(l.compact, &s, 1 + (uint64_t)key, key, &l.a);
		must_read(l.reader, l.a.data, l.a.len, &two);
		cr_expect_eq(two.procs[0], one.procs[0]);
		cr_expect_neq(two.procs[1], one.procs[1]);
		cr_expect_eq(two.procs[2], one.procs[2]);
		pg_snapshot_clear(&two);
	}
	pg_proc_unref(was);
	pg_snapshot_free(&s);
	pg_snapshot_free(&one);
	pg_snapshot_free(&two);
	loop_free(&l);
}

/* ---- other readers --------------------------------------------------------------------------- */

/* The bytes of a name, from what a reader of JSON makes of it. Not our own code. */
static size_t unescape(const char *s, char *out)
{
	size_t n = 0;
	while (*s) {
		unsigned byte;
		if (sscanf(s, "\\x%2X", &byte) == 1) {
			out[n++] = (char)byte;
			s += 4;
		} else {
			out[n++] = *s++;
		}
	}
	return n;
}

static bool number_is(const cJSON *v, uint64_t u, bool negative)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%s%llu", negative ? "-" : "", (unsigned long long)u);
	if (cJSON_IsString(v))
		return u > (UINT64_C(1) << 53) - 1 && strcmp(v->valuestring, digits) == 0;
	double d = negative ? -(double)u : (double)u;
	return u <= (UINT64_C(1) << 53) - 1 && cJSON_IsNumber(v) && v->valuedouble == d;
}

static bool value_is(const cJSON *v, const struct pg_counter *c, const struct pg_proc *p,
		     const void *at)
{
	char bytes[1024];
	const char *from = (const char *)at + c->offset;
	uint64_t u = 0;
	int32_t i;
	struct pg_str s;
	switch (c->type) {
	case PG_CT_U64:
		memcpy(&u, from, sizeof(u));
		return number_is(v, u, false);
	case PG_CT_U32:
		memcpy(&u, from, sizeof(uint32_t)); /* little endian or not, see below */
		u = *(const uint32_t *)(const void *)from;
		return number_is(v, u, false);
	case PG_CT_ENDED:
		memcpy(&i, from, sizeof(i));
		return number_is(v, (uint64_t)i - 1, false);
	case PG_CT_I32:
		memcpy(&i, from, sizeof(i));
		return number_is(v, (uint64_t)(i < 0 ? -(int64_t)i : i), i < 0);
	case PG_CT_FLAG:
		return number_is(v, 1, false);
	case PG_CT_STRING:
		memcpy(&s, from, sizeof(s));
		return cJSON_IsString(v) && unescape(v->valuestring, bytes) == s.len &&
		       memcmp(bytes, pg_proc_str(p, s), s.len) == 0;
	case PG_CT_STATE:
		return cJSON_IsString(v) && unescape(v->valuestring, bytes) == 1 &&
		       bytes[0] == *from;
	case PG_CT_GROUPS:
		return cJSON_IsString(v);
	}
	return false;
}

static void check_row(const cJSON *row, const struct pg_proc *p, uint32_t i)
{
	const struct pg_task *t = &p->tasks[i];
	cr_expect(number_is(cJSON_GetObjectItemCaseSensitive(row, "pid"), (uint64_t)p->pid, false));
	for (size_t k = 1; k < pg_nr_counters; k++) {
		const struct pg_counter *c = &pg_counters[k];
		bool task = c->level == PG_COUNTER_TASK;
		const void *at = task ? (const void *)t : p;
		const cJSON *v = cJSON_GetObjectItemCaseSensitive(row, c->name);
		bool known = k < PG_COUNTER_KEY ||
			     pg_counter_is_known(c, at, task ? t->valid : p->valid);
		if (!task && i > 0)
			known = false;
		if (strcmp(c->name, "leader_start_ticks") == 0 && t->tid == p->pid)
			known = false;
		cr_assert_eq(v != NULL, known, "%s of %d", c->name, p->pid);
		cr_assert(!v || value_is(v, c, p, at), "%s of %d", c->name, p->pid);
	}
}

/* The whole line, and nothing behind it. */
static cJSON *parse(const char *line, size_t n)
{
	const char *end = NULL;
	cJSON *j = cJSON_ParseWithLengthOpts(line, n, &end, false);
	cr_assert(j && end == line + n - 1, "%.*s", (int)n, line);
	return j;
}

Test(stream_round, cjson_reads_the_same)
{
	struct dice d = {99};
	struct pg_buf line = {0};
	for (int round = 0; round < ROUNDS; round++) {
		struct pg_stream_writer *w = pg_stream_writer_new(false);
		struct pg_snapshot s = {0};
		roll_snapshot(&d, &s);
		pg_buf_clear(&line);
		pg_stream_put_frame(w, &s, 3, false, &line);
		cJSON *j = parse(line.data, line.len);
		const cJSON *tasks = cJSON_GetObjectItemCaseSensitive(j, "tasks"), *row;
		cr_assert_eq(cJSON_GetArraySize(tasks), (int)s.nr_tasks);
		row = tasks->child;
		for (size_t i = 0; i < s.nr_procs; i++)
			for (uint32_t k = 0; k < s.procs[i]->nr_tasks; k++, row = row->next)
				check_row(row, s.procs[i], k);
		cJSON_Delete(j);
		pg_snapshot_free(&s);
		pg_stream_writer_free(w);
	}
	pg_buf_free(&line);
}

/* All kinds of lines of a stream, one behind the other. */
static void write_stream(struct dice *d, bool compact, struct pg_buf *out)
{
	struct pg_stream_writer *w = pg_stream_writer_new(compact);
	struct pg_snapshot s[2] = {0};
	pg_stream_put_head(w, &head, out);
	roll_snapshot(d, &s[0]);
	for (uint64_t i = 0; i < 20; i++) {
		pg_stream_put_frame(w, &s[i % 2], i, false, out);
		pg_snapshot_clear(&s[(i + 1) % 2]);
		roll_following(d, &s[i % 2], &s[(i + 1) % 2]);
	}
	pg_snapshot_free(&s[0]);
	pg_snapshot_free(&s[1]);
	pg_stream_writer_free(w);
}

/* Reads lines and writes them again. */
static void rewrite(FILE *in, bool compact, struct pg_buf *out)
{
	const struct pg_stream_limits limits = PG_STREAM_LIMITS;
	struct pg_stream_reader *r = pg_stream_reader_new(&limits);
	struct pg_stream_writer *w = pg_stream_writer_new(compact);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	uint64_t number = 0;
	while ((n = getline(&line, &cap, in)) > 0) {
		struct pg_snapshot s = {0};
		if (must_read(r, line, (size_t)n, &s) == PG_STREAM_HEAD)
			pg_stream_put_head(w, pg_stream_reader_head(r), out);
		else
			pg_stream_put_frame(w, &s, number++, false, out);
		pg_snapshot_free(&s);
	}
	free(line);
	pg_stream_reader_free(r);
	pg_stream_writer_free(w);
}

Test(stream_round, jq_reads_the_same)
{
	struct dice d = {1234567};
	if (system("command -v jq >/dev/null") != 0)
		cr_skip("no jq");
	for (int compact = 0; compact < 2; compact++) {
		struct pg_buf text = {0}, again = {0};
		char path[] = "/tmp/procgrid-test-XXXXXX", command[80];
		int fd = mkstemp(path);
		cr_assert(fd >= 0);
		write_stream(&d, compact, &text);
		size_t n = text.len;
		char *copy = pg_alloc(n);
		memcpy(copy, text.data, n);
		cr_assert_eq(pg_buf_flush(&text, fd), 0);
		snprintf(command, sizeof(command), "jq -c . %s", path);
		FILE *jq = popen(command, "r");
		rewrite(jq, compact, &again);
		cr_expect_eq(pclose(jq), 0);
		cr_expect(again.len == n && memcmp(again.data, copy, n) == 0,
			  "jq changed what is read");
		unlink(path);
		close(fd);
		free(copy);
		pg_buf_free(&text);
		pg_buf_free(&again);
	}
}

Test(stream_round, cjson_reads_all_lines)
{
	struct dice d = {31337};
	for (int compact = 0; compact < 2; compact++) {
		struct pg_buf text = {0};
		write_stream(&d, compact, &text);
		for (const char *line = text.data, *end; line < text.data + text.len; line = end) {
			end = memchr(line, '\n', (size_t)(text.data + text.len - line)) + 1;
			cJSON_Delete(parse(line, (size_t)(end - line)));
		}
		pg_buf_free(&text);
	}
}
