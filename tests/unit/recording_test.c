/* SPDX-License-Identifier: MIT */
/*
 * Promise: every frame of a file can be had, from wherever one is, as it was written; of a file
 * that was cut off all whole frames are there, of one that was damaged those before it, with a
 * line that says where.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/outlet.h"
#include "past/past.h"
#include "streams.h"

#define MAX_FRAMES 64

/* What was recorded: the bytes of the file, and each frame as text. */
struct tape {
	struct pg_buf bytes;
	size_t ends[MAX_FRAMES]; /* of the file when the frame had been put */
	char *texts[MAX_FRAMES];
	unsigned nr;
	struct dice dice;
};

/* All that a snapshot says, as the line in full that would be written of it. */
static char *text_of(const struct pg_snapshot *s)
{
	struct pg_stream_writer *w = pg_stream_writer_new(false);
	struct pg_buf b = {0};
	pg_stream_put_frame(w, s, 0, true, &b);
	pg_stream_writer_free(w);
	pg_buf_cstr(&b);
	return b.data;
}

static void put_head(struct pg_stream_writer *w, const char *host, struct pg_buf *b)
{
	struct pg_stream_head h = {.version = PG_STREAM_VERSION,
				   .compact = true,
				   .groups = 0xff,
				   .ticks_per_sec = 100,
				   .page_size = 4096,
				   .boot_wall_ns = INT64_C(1795132800000000000),
				   .delay_ns = PG_NS_PER_SEC};
	strcpy(h.host, host);
	pg_stream_put_head(w, &h, b);
}

static void read_bytes(const char *path, struct pg_buf *b)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;
	cr_assert(fd >= 0);
	do {
		pg_buf_reserve(b, 65536);
		n = read(fd, b->data + b->len, 65536);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
}

/* Frames of a world of small processes, a key frame every `keys`. */
static void record(struct tape *t, bool zstd, bool compact, unsigned nr, unsigned keys)
{
	char dir[] = "/tmp/recording_test.XXXXXX", path[64];
	struct pg_stream_writer *w = pg_stream_writer_new(compact);
	struct pg_snapshot snaps[2] = {{0}};
	struct pg_buf b = {0};
	struct pg_error err = {""};
	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/r%s", dir, zstd ? ".zst" : "");
	const struct pg_outlet_file_options options = {.path = path};
	struct pg_outlet *o = pg_outlet_file(&options, &err);
	cr_assert(o, "%s", err.text);
	put_head(w, "web01", &b);
	for (unsigned i = 0; i < nr; i++) {
		struct pg_snapshot *s = &snaps[i % 2];
		pg_snapshot_clear(s);
		if (i == 0)
			roll_snapshot(&t->dice, s);
		else
			roll_following(&t->dice, &snaps[(i + 1) % 2], s);
		strcpy(s->host.name, "web01"); /* without one a reader takes the head's */
		pg_stream_put_frame(w, s, i, i % keys == 0, &b);
		cr_assert_eq(o->ops->put(o, &b, i % keys == 0), 0);
		t->ends[i] = (size_t)o->bytes;
		t->texts[i] = text_of(s);
	}
	t->nr = nr;
	cr_assert_eq(o->ops->close(o), 0);
	read_bytes(path, &t->bytes);
	unlink(path);
	rmdir(dir);
	pg_snapshot_free(&snaps[0]);
	pg_snapshot_free(&snaps[1]);
	pg_stream_writer_free(w);
	pg_buf_free(&b);
}

static void erase(struct tape *t)
{
	for (unsigned i = 0; i < t->nr; i++)
		free(t->texts[i]);
	pg_buf_free(&t->bytes);
	t->nr = 0;
}

static int file_of(const char *bytes, size_t n)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	cr_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static struct pg_past *open_bytes(const char *bytes, size_t n, struct pg_error *notice)
{
	struct pg_error err = {""};
	struct pg_past *p = pg_recording_open_fd(file_of(bytes, n), "F", notice, &err);
	cr_expect(p || err.text[0]);
	if (!p)
		pg_fail(notice, 0, "%s", err.text);
	return p;
}

/* Whether a frame can be had and is this text. */
static bool is_frame(struct pg_past *p, uint64_t frame, const char *text, struct pg_error *err)
{
	struct pg_snapshot s = {0};
	if (p->ops->get(p, frame, &s, err) < 0) {
		pg_snapshot_free(&s);
		return false;
	}
	char *got = text_of(&s);
	bool same = strcmp(got, text) == 0;
	if (!same)
		pg_fail(err, 0, "another frame");
	free(got);
	pg_snapshot_free(&s);
	return same;
}

static void expect_frame(struct pg_past *p, const struct tape *t, uint64_t frame)
{
	struct pg_error err = {""};
	cr_expect(is_frame(p, frame, t->texts[frame], &err), "frame %d: %s", (int)frame, err.text);
}

Test(recording, every_frame_from_everywhere)
{
	static const struct {
		bool zstd, compact;
		unsigned keys;
	} kinds[] = {{false, true, 7}, {true, true, 3}, {true, true, 60}, {false, false, 60}};
	for (size_t k = 0; k < PG_ARRAY_LEN(kinds); k++) {
		struct tape t = {.dice = {k + 1}};
		struct pg_error notice, err = {""};
		struct pg_snapshot s = {0};
		record(&t, kinds[k].zstd, kinds[k].compact, 40, kinds[k].keys);
		struct pg_past *p = open_bytes(t.bytes.data, t.bytes.len, &notice);
		cr_assert(p);
		cr_expect_str_empty(notice.text);
		cr_expect(p->ops->first(p) == 0 && p->ops->end(p) == 40);
		cr_expect_str_eq(pg_recording_head(p)->host, "web01");
		for (uint64_t i = 0; i < 40; i++)
			expect_frame(p, &t, i);
		for (uint64_t i = 40; i-- > 0;)
			expect_frame(p, &t, i);
		for (int i = 0; i < 300; i++)
			expect_frame(p, &t, roll_below(&t.dice, 40));
		for (int i = 0; i < 2; i++)
			expect_frame(p, &t, 20);
		cr_expect_eq(p->ops->get(p, 40, &s, &err), -ENODATA);
		cr_expect_str_eq(err.text, "F: there is no frame 40");
		pg_snapshot_free(&s);
		for (uint64_t i = 0; i < 40; i++) {
			char wall[40];
			snprintf(wall, sizeof(wall), "\"wall_ns\":");
			char *at = strstr(t.texts[i], wall);
			long long ns =
				strtoll(at + strlen(wall) + (at[strlen(wall)] == '"'), NULL, 10);
			cr_expect_eq(p->ops->wall_ns(p, i), ns);
		}
		p->ops->close(p);
		erase(&t);
	}
}

Test(recording, cut_anywhere)
{
	for (int zstd = 0; zstd < 2; zstd++) {
		struct tape t = {.dice = {42}};
		record(&t, zstd, true, 12, 4);
		for (size_t cut = t.ends[7]; cut <= t.bytes.len; cut++) {
			struct pg_error notice;
			unsigned want = 7;
			while (want < t.nr && t.ends[want] <= cut)
				want++;
			struct pg_past *p = open_bytes(t.bytes.data, cut, &notice);
			cr_assert(p, "cut at %zu", cut);
			cr_expect_str_empty(notice.text);
			cr_expect_eq(p->ops->end(p), want, "cut at %zu: %d of %u", cut,
				     (int)p->ops->end(p), want);
			if (cut % 16 == 0 || cut == t.ends[want - 1])
				expect_frame(p, &t, want - 1);
			p->ops->close(p);
		}
		erase(&t);
	}
}

/* Reads all there is; how many frames were as they had been. */
static unsigned read_all(struct pg_past *p, const struct tape *t)
{
	unsigned same = 0;
	for (uint64_t i = 0; i < p->ops->end(p); i++) {
		struct pg_error err = {""};
		if (is_frame(p, i, i < t->nr ? t->texts[i] : "", &err))
			same++;
		else
			cr_expect(strstr(err.text, "byte") || !strcmp(err.text, "another frame"),
				  "%s", err.text);
	}
	return same;
}

Test(recording, damaged_anyhow)
{
	for (unsigned round = 0; round < 3000; round++) {
		static struct tape t;
		bool zstd = round % 2;
		if (round < 2 || round % 500 < 2) {
			erase(&t);
			t = (struct tape){.dice = {round + 99}};
			record(&t, zstd, true, 20, 3);
		}
		if (round % 500 > 2 && round % 2 != round % 500 % 2)
			continue;
		struct pg_buf b = {0};
		struct pg_error notice = {""};
		pg_buf_put(&b, t.bytes.data, t.bytes.len);
		size_t at = 4 + roll_below(&t.dice, b.len - 4), n = 1 + roll_below(&t.dice, 8);
		for (size_t i = at; i < at + n && i < b.len; i++)
			b.data[i] = (char)roll(&t.dice);
		struct pg_past *p = open_bytes(b.data, b.len, &notice);
		if (p) {
			unsigned same = read_all(p, &t);
			cr_expect(!notice.text[0] || strstr(notice.text, "byte"), "%s",
				  notice.text);
			if (b.data[0] == '\x28' && p->ops->end(p) == t.nr && !notice.text[0])
				cr_expect_eq(same, t.nr, "%u: something else came out", round);
			p->ops->close(p);
		}
		pg_buf_free(&b);
	}
}

/* The recorded text ends with the line; at which byte it begins. */
static size_t line_at(const struct tape *t, unsigned nr)
{
	size_t at = 0;
	for (; nr > 0; nr--)
		at = (size_t)((char *)memchr(t->bytes.data + at, '\n', t->bytes.len - at) + 1 -
			      t->bytes.data);
	return at;
}

static void expect_notice(struct pg_buf *b, unsigned frames, const struct tape *t, const char *text)
{
	struct pg_error notice = {""};
	struct pg_past *p = open_bytes(b->data, b->len, &notice);
	cr_assert(p);
	cr_expect_str_eq(notice.text, text);
	cr_expect_eq(p->ops->end(p), frames, "%d frames", (int)p->ops->end(p));
	expect_frame(p, t, frames - 1);
	p->ops->close(p);
	pg_buf_clear(b);
}

Test(recording, damage_is_told)
{
	struct tape t = {.dice = {5}};
	struct pg_buf b = {0};
	char text[200];
	record(&t, false, true, 9, 3); /* lines: head, frames 0 … 8 */
	size_t at = line_at(&t, 5), after = line_at(&t, 6);
	pg_buf_put(&b, t.bytes.data, at);
	pg_buf_put(&b, t.bytes.data + after, t.bytes.len - after);
	snprintf(text, sizeof(text),
		 "F: damaged at byte %zu: frames are missing before this one; it ends after "
		 "frame 3",
		 at);
	expect_notice(&b, 4, &t, text);

	pg_buf_put(&b, t.bytes.data, at);
	pg_buf_puts(&b, "\n");
	snprintf(text, sizeof(text),
		 "F: damaged at byte %zu: this is not a line of a recording; it ends after frame 3",
		 at);
	expect_notice(&b, 4, &t, text);
	pg_buf_free(&b);
	erase(&t);
}

Test(recording, damage_within_a_line)
{
	struct tape t = {.dice = {6}};
	struct pg_error notice, err = {""};
	struct pg_snapshot s = {0};
	char text[100];
	record(&t, false, true, 9, 3);
	size_t at = line_at(&t, 5), after = line_at(&t, 6);
	t.bytes.data[after - 3] = '?'; /* frame 4, at the end of its rows */
	struct pg_past *p = open_bytes(t.bytes.data, t.bytes.len, &notice);
	cr_assert(p && p->ops->end(p) == 9);
	snprintf(text, sizeof(text), "damaged, in the line at byte %zu: ", at);
	cr_expect_eq(p->ops->get(p, 5, &s, &err), -EBADMSG);
	cr_expect(strncmp(err.text, "F: frame 5: ", 12) == 0 && strstr(err.text, text), "%s",
		  err.text);
	cr_expect_eq(s.nr_procs, 0);
	for (uint64_t i = 0; i < 9; i++)
		if (i < 4 || i > 5)
			expect_frame(p, &t, i);
	p->ops->close(p);
	pg_snapshot_free(&s);
	erase(&t);
}

/* Wrong numbers that only the checksum betrays: all frames that it is for are left out. */
Test(recording, a_wrong_checksum)
{
	struct tape t = {.dice = {7}};
	struct pg_error notice = {""};
	record(&t, true, true, 20, 2); /* zstd frames begin at frames 0 and 10 */
	t.bytes.data[t.bytes.len - 1] = (char)(t.bytes.data[t.bytes.len - 1] ^ 1);
	struct pg_past *p = open_bytes(t.bytes.data, t.bytes.len, &notice);
	cr_assert(p, "%s", notice.text);
	cr_expect(strstr(notice.text, "a checksum is wrong; it ends after frame 9"), "%s",
		  notice.text);
	cr_expect_eq(p->ops->end(p), 10);
	expect_frame(p, &t, 9);
	expect_frame(p, &t, 0);
	p->ops->close(p);
	erase(&t);
}

Test(recording, several_in_one_file)
{
	struct tape t = {.dice = {8}}, u = {.dice = {9}};
	struct pg_error notice;
	for (int zstd = 0; zstd < 2; zstd++) {
		record(&t, zstd, true, 10, 4);
		record(&u, zstd, true, 10, 4);
		pg_buf_put(&t.bytes, u.bytes.data, u.bytes.len);
		struct pg_past *p = open_bytes(t.bytes.data, t.bytes.len, &notice);
		cr_assert(p);
		cr_expect_str_empty(notice.text);
		cr_expect_eq(p->ops->end(p), 20);
		for (int i = 0; i < 200; i++) {
			struct pg_error err = {""};
			uint64_t f = i < 20 ? (uint64_t)i : roll_below(&t.dice, 20);
			cr_expect(is_frame(p, f, f < 10 ? t.texts[f] : u.texts[f - 10], &err),
				  "%d: %s", (int)f, err.text);
		}
		p->ops->close(p);
		erase(&t);
		erase(&u);
	}
}

/* Writes over a part of an open file. */
static void write_at(int fd, size_t at, const char *bytes, size_t n)
{
	cr_assert_eq(pwrite(fd, bytes, n, (off_t)at), (ssize_t)n);
}

/* A header that cannot be read again is an error of the frames behind it, and of no others. */
Test(recording, a_header_that_changes)
{
	static const char *const others[] = {"?", "{\"procgrid\":1,\"fields\":[\"pid\"]}\n",
					     "{\"frame\":0,\"mono_ns\":1}\n", "{\"procgrid\":9"};
	struct tape t = {.dice = {12}}, u = {.dice = {13}};
	struct pg_error notice, err;
	struct pg_snapshot s = {0};
	record(&t, false, true, 10, 4);
	record(&u, false, true, 10, 4);
	size_t at = t.bytes.len, head = line_at(&u, 1);
	pg_buf_put(&t.bytes, u.bytes.data, u.bytes.len);
	int fd = file_of(t.bytes.data, t.bytes.len);
	struct pg_past *p = pg_recording_open_fd(fd, "F", &notice, &err);
	cr_assert(p);
	for (size_t i = 0; i < PG_ARRAY_LEN(others); i++) {
		expect_frame(p, &t, 3);
		write_at(fd, at, others[i], strlen(others[i]));
		err.text[0] = '\0';
		if (p->ops->get(p, 15, &s, &err) < 0)
			cr_expect(strstr(err.text, "F: frame 15: "), "%s", err.text);
		else
			cr_expect_fail("%s", others[i]);
		pg_snapshot_clear(&s);
		expect_frame(p, &t, 3);
		expect_frame(p, &t, 4);
		write_at(fd, at, u.bytes.data, head);
		cr_expect(is_frame(p, 15, u.texts[5], &err), "%s", err.text);
	}
	pg_snapshot_free(&s);
	p->ops->close(p);
	erase(&t);
	erase(&u);
}

/* What stands in past.h; a zstd frame of tiny key frames takes next to nothing. */
#define MOST_FRAMES 4194304
#define TINY        65536

/* A file of more frames than can be sought in; their times repeat after TINY of them. */
static int file_of_tiny_frames(void)
{
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	struct pg_buf b = {0};
	int fd = memfd_create("recording", MFD_CLOEXEC);
	put_head(w, "web01", &b);
	for (int part = 0; part <= MOST_FRAMES / TINY; part++) {
		for (int i = 0; part < 2 && i < TINY; i++)
			pg_buf_printf(&b,
				      "{\"frame\":%d,\"key\":true,\"mono_ns\":1,"
				      "\"wall_ns\":%d,\"tasks\":[]}\n",
				      i, i);
		size_t bound = ZSTD_compressBound(b.len);
		char *packed = pg_alloc(bound);
		size_t n = ZSTD_compress(packed, bound, b.data, b.len, 1);
		cr_assert(!ZSTD_isError(n) && write(fd, packed, n) == (ssize_t)n);
		free(packed);
		if (part == 0)
			pg_buf_clear(&b); /* the header stands once */
	}
	pg_stream_writer_free(w);
	pg_buf_free(&b);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

Test(recording, more_frames_than_there_is_room_for)
{
	static const unsigned some[] = {0, 1, 15, 16, 17, 70000, 1234567, MOST_FRAMES - 1};
	struct pg_error notice, err = {""};
	struct pg_past *p = pg_recording_open_fd(file_of_tiny_frames(), "F", &notice, &err);
	cr_assert(p, "%s", err.text);
	cr_expect_eq(p->ops->end(p), MOST_FRAMES, "%d frames", (int)p->ops->end(p));
	cr_expect_str_eq(notice.text,
			 "F: no more than 4194304 frames can be sought in: the others can be had "
			 "from a pipe (replay -); it ends after frame 4194303");
	for (size_t i = 0; i < PG_ARRAY_LEN(some); i++) {
		struct pg_snapshot s = {0};
		cr_expect_eq(p->ops->get(p, some[i], &s, &err), 0, "%u: %s", some[i], err.text);
		cr_expect_eq(s.wall_ns, some[i] % TINY, "%u", some[i]);
		cr_expect_eq(p->ops->wall_ns(p, some[i]), some[i] % TINY);
		pg_snapshot_free(&s);
	}
	p->ops->close(p);
}

Test(recording, other_files)
{
	static const struct {
		const char *text, *why;
	} t[] = {
		{"", "F is not a recording: it is empty"},
		{"hello", "F is not a recording"},
		{"{\"procgrid\":1", "F: there is no whole frame in it: it is cut off at byte 13"},
		{"\x28\xb5\x2f\xfd\x04", "no whole frame in it: it is cut off at byte 5"},
		{"hello\n", "F is not a recording: damaged at byte 0: this is not a line"},
		{"\n", "F is not a recording: damaged at byte 0"},
		{"{\"a\":1}\n", "F is not a recording: damaged at byte 0"},
		{"\x28\xb5\x2f\xfd\x01\x02\x03\x04", "F is not a recording: damaged at or before"},
		{"{\"frame\":0,\"mono_ns\":1,\"wall_ns\":1,\"tasks\":[]}\n", "not a recording"},
		{"{\"procgrid\":99,\"fields\":[]}\n", "99"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_error notice, err = {""};
		struct pg_past *p = pg_recording_open_fd(file_of(t[i].text, strlen(t[i].text)), "F",
							 &notice, &err);
		cr_expect_null(p, "%s", t[i].text);
		cr_expect(strstr(err.text, t[i].why), "\"%s\" is not \"%s\"", err.text, t[i].why);
	}
	struct tape tape = {.dice = {3}};
	struct pg_error notice, err = {""};
	char text[100];
	record(&tape, false, true, 1, 1);
	cr_expect_null(pg_recording_open_fd(file_of(tape.bytes.data, line_at(&tape, 1) + 50), "F",
					    &notice, &err));
	snprintf(text, sizeof(text), "F: there is no whole frame in it: it is cut off at byte %zu",
		 line_at(&tape, 1) + 50);
	cr_expect_str_eq(err.text, text);
	cr_expect_null(pg_recording_open("/dev/null", &notice, &err));
	cr_expect_str_eq(err.text, "/dev/null is not a file that can be sought in");
	cr_expect_null(pg_recording_open("/none", &notice, &err));
	cr_expect_str_eq(err.text, "cannot read /none: No such file or directory");
	erase(&tape);
}

Test(recording, a_file_that_shrinks)
{
	for (int zstd = 0; zstd < 2; zstd++) {
		struct tape t = {.dice = {11}};
		struct pg_error notice, err = {""};
		struct pg_snapshot s = {0};
		record(&t, zstd, true, 40, 2);
		int fd = file_of(t.bytes.data, t.bytes.len);
		struct pg_past *p = pg_recording_open_fd(fd, "F", &notice, &err);
		cr_assert(p && ftruncate(fd, (off_t)t.ends[1]) == 0);
		cr_expect_eq(p->ops->get(p, 20, &s, &err), -EBADMSG);
		cr_expect(strstr(err.text, "the file has changed: "), "%s", err.text);
		cr_expect_eq(p->ops->get(p, 39, &s, &err), -EBADMSG);
		pg_snapshot_free(&s);
		expect_frame(p, &t, 1);
		p->ops->close(p);
		erase(&t);
	}
}
