/* SPDX-License-Identifier: MIT */
/* Promise: the lines of a stream are those that doc/format.md tells of, to the byte. */
#include "stream/stream.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "task/block.h"
#include "task/counter.h"

static const struct pg_stream_head head = {
	.version = 1,
	.groups = PG_STAT | PG_IO,
	.scope = PG_SCOPE_PROCESS,
	.ticks_per_sec = 100,
	.page_size = 4096,
	.boot_wall_ns = 5,
	.host = "web01",
	.boot_id = "b",
	.kernel = "6.18.0",
	.program = "procgrid 9",
	.delay_ns = 1000000000,
};

/* A row with stat alone. */
static struct pg_task row(struct pg_block *b, int32_t tid, const char *comm)
{
	return (struct pg_task){.tid = tid,
				.start = (uint64_t)tid + 100,
				.valid = PG_STAT,
				.state = 'S',
				.utime = 3,
				.comm = pg_block_string(b, comm, strlen(comm))};
}

static struct pg_proc *process(int32_t pid, int nr, uint64_t utime_of_last)
{
	struct pg_block b = {0};
	pg_block_begin(&b, pid, PG_SCOPE_THREADS);
	for (int i = 0; i < nr; i++) {
		struct pg_task t = row(&b, pid + i, i ? "worker" : "main");
		t.utime = i + 1 == nr ? utime_of_last : 3;
		pg_block_put(&b, &t);
	}
	pg_block_proc(&b)->valid = PG_MEM;
	pg_block_proc(&b)->rss_bytes = 4096;
	struct pg_proc *p = pg_block_end(&b, NULL);
	pg_block_free(&b);
	return p;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

Test(stream_write, header)
{
	struct pg_buf b = {0};
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	pg_stream_put_head(w, &head, &b);
	const char *s = pg_buf_cstr(&b);
	const char *begin =
		"{\"procgrid\":1,\"program\":\"procgrid 9\",\"features\":[\"compact\"],"
		"\"host\":\"web01\",\"boot_id\":\"b\",\"kernel\":\"6.18.0\","
		"\"ticks_per_sec\":100,\"page_size\":4096,\"boot_wall_ns\":5,"
		"\"delay_ns\":1000000000,\"scope\":\"processes\",\"groups\":\"stat io\","
		"\"fields\":[{\"name\":\"pid\"},{\"name\":\"tid\"},"
		"{\"name\":\"start_ticks\",\"unit\":\"ticks\"},";
	cr_expect(begins(s, begin), "%s", s);
	cr_expect_eq(b.data[b.len - 1], '\n');
	size_t fields = 0;
	for (const char *p = s; (p = strstr(p, "{\"name\":")); p++)
		fields++;
	cr_expect_eq(fields, pg_nr_counters);
	pg_stream_writer_free(w);
	w = pg_stream_writer_new(false);
	pg_buf_clear(&b);
	pg_stream_put_head(w, &(struct pg_stream_head){0}, &b);
	begin = "{\"procgrid\":1,\"features\":[],\"boot_wall_ns\":0,\"scope\":\"threads\","
		"\"groups\":\"\",\"fields\":[";
	cr_expect(begins(pg_buf_cstr(&b), begin), "%s", pg_buf_cstr(&b));
	pg_stream_writer_free(w);
	pg_buf_free(&b);
}

Test(stream_write, full_frame)
{
	struct pg_buf b = {0};
	struct pg_stream_writer *w = pg_stream_writer_new(false);
	struct pg_snapshot s = {.mono_ns = 7, .wall_ns = -1, .groups = 0xff, .partial = true};
	s.host = (struct pg_host){.valid = PG_HOST_LOAD | PG_HOST_FORKS,
				  .name = "db",
				  .load = {0.5, 1, 1.25},
				  .forks = UINT64_MAX};
	pg_snapshot_add(&s, process(40, 2, 9));
	pg_stream_put_frame(w, &s, 3, false, &b);
	cr_expect_str_eq(
		pg_buf_cstr(&b),
		"{\"frame\":3,\"key\":true,\"mono_ns\":7,\"wall_ns\":-1,\"partial\":true,"
		"\"host\":{\"name\":\"db\",\"load\":[0.5,1,1.25],"
		"\"forks\":\"18446744073709551615\"},\"tasks\":["
		"{\"pid\":40,\"tid\":40,\"start_ticks\":140,\"comm\":\"main\",\"state\":\"S\","
		"\"ppid\":0,\"utime_ticks\":3,\"stime_ticks\":0,\"processor\":0,\"priority\":0,"
		"\"nice\":0,\"policy\":0,\"rt_priority\":0,\"flags\":0,\"minflt\":0,\"majflt\":0,"
		"\"rss_bytes\":4096},"
		"{\"pid\":40,\"tid\":41,\"start_ticks\":141,\"comm\":\"worker\",\"state\":\"S\","
		"\"ppid\":0,\"utime_ticks\":9,\"stime_ticks\":0,\"processor\":0,\"priority\":0,"
		"\"nice\":0,\"policy\":0,\"rt_priority\":0,\"flags\":0,\"minflt\":0,\"majflt\":0}"
		"]}\n");
	pg_snapshot_free(&s);
	pg_stream_writer_free(w);
	pg_buf_free(&b);
}

/* The members between wall_ns and the end of a compact line, after the host. */
static const char *rest_of(struct pg_buf *b)
{
	const char *s = strstr(pg_buf_cstr(b), "\"host\":{},");
	cr_assert(s, "%s", pg_buf_cstr(b));
	return s + strlen("\"host\":{},");
}

static void put(struct pg_stream_writer *w, const struct pg_snapshot *s, uint64_t number, bool key,
		struct pg_buf *b)
{
	pg_buf_clear(b);
	pg_stream_put_frame(w, s, number, key, b);
}

#define ROW(tid, comm, utime)                                                                      \
	"[40," #tid ",1" #tid ",\"" comm "\",\"S\",0," #utime ",0,null,null,null,0,0,0,0,0,0,0,0"

Test(stream_write, compact_frames)
{
	struct pg_buf b = {0};
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	struct pg_snapshot s = {.groups = 0xff};
	pg_snapshot_add(&s, process(40, 3, 9));
	put(w, &s, 0, false, &b);
	cr_expect(begins(pg_buf_cstr(&b), "{\"frame\":0,\"key\":true,\"mono_ns\":0,"));
	cr_expect(strstr(rest_of(&b), "\"tasks\":[" ROW(40, "main", 3)) == rest_of(&b), "%s",
		  rest_of(&b));
	cr_expect(strstr(pg_buf_cstr(&b),
			 "null,null,4096]," ROW(41, "worker", 3) "]," ROW(42, "worker", 9) "]]}\n"),
		  "%s", rest_of(&b));

	put(w, &s, 1, false, &b); /* the same blocks */
	cr_expect(begins(pg_buf_cstr(&b), "{\"frame\":1,\"mono_ns\":0,"));
	cr_expect_str_eq(rest_of(&b), "\"gone\":[],\"changed\":[]}\n");

	struct pg_proc *was = s.procs[0];
	s.procs[0] = process(40, 3, 9); /* others, with the same in them */
	pg_proc_unref(was);
	put(w, &s, 2, false, &b);
	cr_expect_str_eq(rest_of(&b), "\"gone\":[],\"changed\":[]}\n");

	pg_proc_unref(s.procs[0]);
	s.procs[0] = process(40, 2, 4); /* one changed, one gone */
	put(w, &s, 3, false, &b);
	cr_expect_str_eq(rest_of(&b),
			 "\"gone\":[[40,42,142]],\"changed\":[" ROW(41, "worker", 4) "]]}\n");

	s.procs[0]->rss_bytes = 1; /* the writer has the block as well: it looks at no bytes */
	put(w, &s, 4, false, &b);
	cr_expect_str_eq(rest_of(&b), "\"gone\":[],\"changed\":[]}\n");

	pg_snapshot_clear(&s);
	s.groups = 0xff;
	put(w, &s, 5, false, &b);
	cr_expect_str_eq(rest_of(&b), "\"gone\":[[40,40,140],[40,41,141]],\"changed\":[]}\n");
	put(w, &s, 6, true, &b);
	cr_expect_str_eq(rest_of(&b), "\"tasks\":[]}\n");
	s.scope = PG_SCOPE_PROCESS; /* then all is another */
	put(w, &s, 7, false, &b);
	cr_expect(strstr(pg_buf_cstr(&b), "\"key\":true"));
	cr_expect(strstr(pg_buf_cstr(&b), "\"scope\":\"processes\""));
	pg_stream_put_head(w, &head, &b); /* behind a header there is no frame before */
	put(w, &s, 8, false, &b);
	cr_expect(strstr(pg_buf_cstr(&b), "\"key\":true"));
	cr_expect_not(strstr(pg_buf_cstr(&b), "scope"));
	pg_snapshot_free(&s);
	pg_stream_writer_free(w);
	pg_buf_free(&b);
}

/* Values of the process stand in its first row, whichever that is. */
Test(stream_write, first_row_has_the_values)
{
	struct pg_buf b = {0};
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	struct pg_snapshot s = {.groups = 0xff};
	struct pg_block block = {0};
	pg_snapshot_add(&s, process(40, 2, 9));
	put(w, &s, 0, false, &b);
	pg_block_begin(&block, 40, PG_SCOPE_THREADS);
	struct pg_task t = row(&block, 41, "worker");
	t.utime = 9;
	pg_block_put(&block, &t); /* the leader is gone, his thread is as it was */
	pg_block_proc(&block)->start = 140;
	pg_block_proc(&block)->valid = PG_MEM; /* nor has anything changed of the process */
	pg_block_proc(&block)->rss_bytes = 4096;
	pg_proc_unref(s.procs[0]);
	s.procs[0] = pg_block_end(&block, NULL);
	put(w, &s, 1, false, &b);
	const char *begin = "\"gone\":[[40,40,140]],\"changed\":[" ROW(41, "worker", 9);
	cr_expect(begins(rest_of(&b), begin), "%s", rest_of(&b));
	cr_expect(strstr(rest_of(&b), ",4096,null,null,null,null,null,null,null,140]]}\n"), "%s",
		  rest_of(&b));
	pg_block_free(&block);
	pg_snapshot_free(&s);
	pg_stream_writer_free(w);
	pg_buf_free(&b);
}

Test(stream_write, what_was_told)
{
	struct pg_buf b = {0};
	struct pg_ending endings[] = {
		{.key = {1, 2, 3}, .exit_code = 0},
		{.key = {1, 3, 3}, .exit_code = PG_KILLED + 9},
		{.key = {1, 4, 3}, .exit_code = -1},
	};
	struct pg_proc *brief[] = {process(50, 1, 3)};
	struct pg_brief_rest rest[] = {{.ppid = 1, .nr = 7}};
	int codes[] = {PG_KILLED + 15};
	struct pg_snapshot s = {.groups = 0xff,
				.told = {.listening = true,
					 .events = 5,
					 .endings = endings,
					 .nr_endings = 3,
					 .brief = brief,
					 .brief_codes = codes,
					 .nr_brief = 1,
					 .rest = rest,
					 .nr_rest = 1}};
	for (int compact = 0; compact < 2; compact++) {
		struct pg_stream_writer *w = pg_stream_writer_new(compact);
		put(w, &s, 0, false, &b);
		const char *begin =
			compact ? "\"told\":{\"listening\":true,\"events\":5,\"missed\":0,"
				  "\"endings\":[[1,2,3,0],[1,3,3,null,9],[1,4,3]],"
				  "\"brief\":[[[50,50,150,\"main\""
				: "\"told\":{\"listening\":true,\"events\":5,\"missed\":0,"
				  "\"endings\":[{\"pid\":1,\"tid\":2,\"start_ticks\":3,"
				  "\"exit_code\":0},{\"pid\":1,\"tid\":3,\"start_ticks\":3,"
				  "\"signal\":9},{\"pid\":1,\"tid\":4,\"start_ticks\":3}],"
				  "\"brief\":[{\"pid\":50,\"tid\":50,\"start_ticks\":150,";
		const char *end = compact ? ",4096],null,15]],\"rest\":[[1,7]]},\"tasks\":[]}\n"
					  : ",\"rss_bytes\":4096,\"signal\":15}],"
					    "\"rest\":[{\"ppid\":1,\"tasks\":7}]},\"tasks\":[]}\n";
		cr_expect(begins(rest_of(&b), begin), "%s", rest_of(&b));
		cr_expect(strstr(rest_of(&b), end), "%s", rest_of(&b));
		pg_stream_writer_free(w);
	}
	pg_proc_unref(brief[0]);
	pg_buf_free(&b);
}
