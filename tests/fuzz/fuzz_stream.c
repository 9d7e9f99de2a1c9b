/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as lines of a stream, or as changes of good ones, behind a header and a frame that are
 * good: what is read has its order, is compared with the frame before, and can be written and read
 * again. The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/stream.h"
#include "task/delta.h"

static const char head[] =
	"{\"procgrid\":1,\"features\":[\"compact\"],\"ticks_per_sec\":100,\"fields\":["
	"{\"name\":\"pid\"},{\"name\":\"tid\"},{\"name\":\"start_ticks\"},{\"name\":\"comm\"},"
	"{\"name\":\"state\"},{\"name\":\"utime_ticks\"},{\"name\":\"run_ns\"},{\"name\":\"user\"},"
	"{\"name\":\"rss_bytes\"},{\"name\":\"x\"}]}";
static const char frame[] =
	"{\"frame\":0,\"key\":true,\"mono_ns\":5,\"wall_ns\":\"6\",\"tasks\":[[1,1,7,\"init\",\"S\",4,"
	"9,\"root\",4096],[1,2,8,\"a\"],[5,5,9,\"\\\\xFF\",\"R\",1,1,\"me\",1]]}";

static const char *const rich[] = {
	head,
	"{\"frame\":1,\"key\":true,\"mono_ns\":6,\"wall_ns\":7,\"groups\":\"stat io\",\"partial\":true,"
	"\"host\":{\"name\":\"a\\\\xFFb\",\"forks\":3,\"load\":[0.5,1e0,2]},\"told\":{\"listening\":true,"
	"\"events\":\"9007199254740993\",\"endings\":[[3,3,5,null,9]],\"brief\":[[[7,8,1,\"\\u00e4\"],0]],"
	"\"rest\":[[1,2]]},\"tasks\":[[1,1,7,\"a\\\"b\",\"S\",4],{\"pid\":1,\"tid\":2,\"start_ticks\":8,"
	"\"refused\":\"io fd\",\"seen_ns\":3},[5,5,9,\"x\",\"R\",1,1,\"me\",1,[{}]]]}",
	"{\"frame\":1,\"mono_ns\":6,\"wall_ns\":7,\"host\":{},\"gone\":[[1,2,8]],\"changed\":["
	"[1,1,7,\"c\",\"D\",5,10,\"root\",5],[4,4,\"3\"],[5,6,1]],\"later\":null}",
};

struct fuzz {
	struct pg_stream_reader *reader, *again;
	struct pg_snapshot last;
	struct pg_changes changes;
};

static void check_order(const struct pg_snapshot *s)
{
	uint32_t tasks = 0;
	for (size_t i = 0; i < s->nr_procs; i++) {
		const struct pg_proc *p = s->procs[i];
		if (i > 0 && pg_proc_cmp(s->procs[i - 1], p) >= 0)
			abort();
		if (p->nr_tasks == 0 || p->pid <= 0)
			abort();
		for (uint32_t k = 1; k < p->nr_tasks; k++)
			if (pg_task_cmp(p->pid, &p->tasks[k - 1], &p->tasks[k]) >= 0)
				abort();
		tasks += p->nr_tasks;
	}
	if (tasks != s->nr_tasks)
		abort();
}

/* Written and read again it is the same, in the same bytes. */
static void check_round(struct fuzz *f, const struct pg_snapshot *s)
{
	struct pg_stream_writer *w = pg_stream_writer_new(false);
	struct pg_buf one = {0}, two = {0};
	struct pg_snapshot back = {0};
	struct pg_error err;
	pg_stream_put_head(w, pg_stream_reader_head(f->reader), &one);
	if (pg_stream_read(f->again, one.data, one.len - 1, &back, &err) != PG_STREAM_HEAD)
		abort();
	pg_buf_clear(&one);
	pg_stream_put_frame(w, s, 0, true, &one);
	if (pg_stream_read(f->again, one.data, one.len - 1, &back, &err) != PG_STREAM_KEY)
		abort();
	pg_stream_put_frame(w, &back, 0, true, &two);
	if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
		abort();
	pg_snapshot_free(&back);
	pg_buf_free(&one);
	pg_buf_free(&two);
	pg_stream_writer_free(w);
}

static int give(struct fuzz *f, const char *line, size_t n)
{
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	struct pg_snapshot s = {0};
	struct pg_stream_mark mark;
	struct pg_error err = {""};
	char *copy = malloc(n ? n : 1); /* of its own: sanitizers see a read past its end */
	memcpy(copy, line, n);
	int kind = pg_stream_read(f->reader, copy, n, &s, &err);
	int peeked = pg_stream_peek(copy, n, &mark);
	if ((kind < 0) != (err.text[0] != '\0'))
		abort();
	if (kind >= 0 && peeked >= 0 && peeked != kind)
		abort();
	if (kind == PG_STREAM_KEY || kind == PG_STREAM_DELTA) {
		check_order(&s);
		check_round(f, &s);
		pg_delta(&f->last, &s, &limits, &f->changes);
		pg_snapshot_free(&f->last);
		f->last = s;
	} else {
		pg_snapshot_free(&s);
	}
	free(copy);
	return kind;
}

static void give_lines(struct fuzz *f, const char *s, const char *end)
{
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl : end) - s);
		give(f, s, n);
		s += n + (nl != NULL);
	}
}

/* A good line in which some bytes are others: three bytes each say where, and what. */
static void give_damaged(struct fuzz *f, const char *good, const uint8_t *s, const uint8_t *end)
{
	char line[1024];
	size_t n = strlen(good);
	memcpy(line, good, n + 1);
	bool damaged = end - s >= 3;
	for (; end - s >= 3; s += 3)
		line[(size_t)(s[0] << 8 | s[1]) % n] = (char)s[2];
	if (give(f, line, n) < 0 && !damaged)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pg_stream_limits limits = {.line = 1 << 20, .tasks = 10000};
	const size_t nr = PG_ARRAY_LEN(rich);
	if (size == 0)
		return 0;
	struct fuzz f = {.reader = pg_stream_reader_new(&limits),
			 .again = pg_stream_reader_new(&limits)};
	give(&f, head, strlen(head));
	give(&f, frame, strlen(frame));
	if (data[0] % 8 < nr)
		give_damaged(&f, rich[data[0] % 8], data + 1, data + size);
	else
		give_lines(&f, (const char *)data + 1, (const char *)data + size);
	pg_stream_reader_free(f.reader);
	pg_stream_reader_free(f.again);
	pg_snapshot_free(&f.last);
	pg_changes_free(&f.changes);
	return 0;
}
