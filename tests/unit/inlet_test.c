/* SPDX-License-Identifier: MIT */
/*
 * Promise: what was written line by line comes out line by line, of a file that was cut off all
 * that is whole, of one that was damaged nothing that is wrong without an error; and every line can
 * be found again at the place that was told.
 */
#include "base/inlet.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#define MAX_LINE (1u << 20)
#define MAGIC    4 /* without it, it is another kind of file */

/* A file in memory, positioned at its beginning. */
static int file_of(const void *bytes, size_t n)
{
	int fd = memfd_create("inlet", MFD_CLOEXEC);
	cr_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Lines of various lengths that can be told from each other; some do not compress well. */
static void make_line(struct pg_buf *b, unsigned i)
{
	static const size_t lengths[] = {0, 1, 17, 300, 5000, 70000, 300000};
	size_t n = lengths[i % PG_ARRAY_LEN(lengths)];
	uint32_t noise = i * 2654435761u + 1;
	pg_buf_printf(b, "%u:", i);
	for (size_t k = 0; k < n; k++) {
		noise = noise * 1664525 + 1013904223;
		pg_buf_putc(b, k % 5 ? 'x' : (char)('a' + (noise >> 28)));
	}
}

static void put_lines(struct pg_buf *b, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		make_line(b, i);
		pg_buf_putc(b, '\n');
	}
}

static void pack(struct pg_buf *out, const char *s, size_t n)
{
	pg_buf_reserve(out, ZSTD_compressBound(n));
	size_t len = ZSTD_compress(out->data + out->len, out->cap - out->len, s, n, 1);
	cr_assert_not(ZSTD_isError(len));
	out->len += len;
}

/* Frames whose ends are in the middle of lines. */
static void pack_in_pieces(struct pg_buf *out, const struct pg_buf *text, size_t piece)
{
	for (size_t at = 0; at < text->len; at += piece)
		pack(out, text->data + at, text->len - at < piece ? text->len - at : piece);
}

static void expect_lines(int fd, unsigned nr, const char *what)
{
	struct pg_inlet *in = pg_inlet_open(fd, MAX_LINE);
	struct pg_inlet_place places[64];
	struct pg_buf want = {0};
	struct pg_error err = {""};
	const char *line;
	size_t n;
	for (unsigned i = 0; i < nr; i++) {
		pg_buf_clear(&want);
		make_line(&want, i);
		cr_assert_eq(pg_inlet_line(in, &line, &n, &err), PG_INLET_LINE, "%s: %u: %s", what,
			     i, err.text);
		cr_assert(n == want.len && memcmp(line, want.data, n) == 0, "%s: line %u", what, i);
		places[i] = pg_inlet_tell(in);
	}
	cr_assert_eq(pg_inlet_line(in, &line, &n, &err), PG_INLET_END, "%s", what);
	for (unsigned k = 0; k < 3 * nr; k++) { /* back and forth */
		unsigned i = (k * 7 + k / nr) % nr;
		pg_buf_clear(&want);
		make_line(&want, i);
		cr_assert_eq(pg_inlet_seek(in, places[i]), 0, "%s: seek %u", what, i);
		cr_assert_eq(pg_inlet_line(in, &line, &n, &err), PG_INLET_LINE, "%s", what);
		cr_assert(n == want.len && memcmp(line, want.data, n) == 0, "%s: again %u", what,
			  i);
	}
	pg_buf_free(&want);
	pg_inlet_close(in);
	close(fd);
}

Test(inlet, lines_and_places)
{
	struct pg_buf text = {0}, packed = {0};
	put_lines(&text, 0, 20);
	expect_lines(file_of(text.data, text.len), 20, "plain");

	pack(&packed, text.data, text.len);
	expect_lines(file_of(packed.data, packed.len), 20, "one frame");

	static const size_t pieces[] = {100000, 4096, 131072, 262144};
	for (size_t i = 0; i < PG_ARRAY_LEN(pieces); i++) {
		pg_buf_clear(&packed);
		pack_in_pieces(&packed, &text, pieces[i]);
		expect_lines(file_of(packed.data, packed.len), 20, "frames in the middle of lines");
	}
	pg_buf_free(&text);
	pg_buf_free(&packed);
}

Test(inlet, skippable_frames_are_skipped)
{
	static const char skip[] = "\x53\x2a\x4d\x18\x05\x00\x00\x00hello";
	struct pg_buf packed = {0};
	pg_buf_put(&packed, skip, sizeof(skip) - 1);
	for (unsigned i = 0; i < 3; i++) {
		struct pg_buf text = {0};
		put_lines(&text, i, i + 1);
		pack(&packed, text.data, text.len);
		pg_buf_put(&packed, skip, sizeof(skip) - 1);
		pg_buf_free(&text);
	}
	expect_lines(file_of(packed.data, packed.len), 3, "skippable");
	pg_buf_free(&packed);
}

/* All lines that come out, joined; the last return value. */
static int read_all(int fd, size_t max_line, struct pg_buf *out, struct pg_error *err)
{
	struct pg_inlet *in = pg_inlet_open(fd, max_line);
	const char *line;
	size_t n;
	int r;
	while ((r = pg_inlet_line(in, &line, &n, err)) == PG_INLET_LINE) {
		pg_buf_put(out, line, n);
		pg_buf_putc(out, '\n');
	}
	pg_inlet_close(in);
	close(fd);
	return r;
}

Test(inlet, short_and_odd_files)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *lines;
	} t[] = {
		{"", 0, ""},
		{"a", 1, ""},
		{"\n", 1, "\n"},
		{"ab\n", 3, "ab\n"},
		{"a\n\nb", 4, "a\n\n"},
		{"\x28\xb5\x2f\n", 4, "\x28\xb5\x2f\n"},
		{"\x28\xb5", 2, ""},
		{"\x28\xb5\x2f\xfd", 4, ""},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf out = {0};
		struct pg_error err = {""};
		cr_expect_eq(read_all(file_of(t[i].bytes, t[i].n), MAX_LINE, &out, &err),
			     PG_INLET_END, "%zu: %s", i, err.text);
		cr_expect_str_eq(pg_buf_cstr(&out), t[i].lines, "%zu", i);
		pg_buf_free(&out);
	}
}

Test(inlet, long_lines_are_refused)
{
	static const size_t lengths[] = {99, 100, 101, 300000, 3000000};
	for (size_t i = 0; i < 2 * PG_ARRAY_LEN(lengths); i++) {
		size_t n = lengths[i / 2];
		struct pg_buf text = {0}, packed = {0}, out = {0};
		struct pg_error err = {""};
		pg_buf_puts(&text, "first\n");
		for (size_t k = 0; k < n; k++)
			pg_buf_putc(&text, 'y');
		pg_buf_puts(&text, "\nlast\n");
		pack(&packed, text.data, text.len);
		const struct pg_buf *b = i % 2 ? &packed : &text;
		int r = read_all(file_of(b->data, b->len), 100, &out, &err);
		cr_expect_eq(r, n > 100 ? -EBADMSG : PG_INLET_END, "%zu", n);
		if (n > 100) {
			cr_expect_str_eq(pg_buf_cstr(&out), "first\n");
			cr_expect(strstr(err.text, i % 2 ? "at byte 0 " : "at byte 6 "), "%s",
				  err.text);
		}
		pg_buf_free(&text);
		pg_buf_free(&packed);
		pg_buf_free(&out);
	}
}

Test(inlet, a_pipe_is_never_waited_for)
{
	struct pg_buf text = {0}, packed = {0};
	struct pg_error err;
	int p[2];
	const char *line;
	size_t n;
	put_lines(&text, 0, 4);
	pack(&packed, text.data, text.len);
	for (int zstd = 0; zstd < 2; zstd++) {
		const struct pg_buf *b = zstd ? &packed : &text;
		unsigned lines = 0;
		cr_assert_eq(pipe(p), 0);
		struct pg_inlet *in = pg_inlet_open(p[0], MAX_LINE);
		cr_expect_eq(pg_inlet_line(in, &line, &n, &err), PG_INLET_WAIT);
		cr_expect_eq(pg_inlet_seek(in, (struct pg_inlet_place){0, 0}), -EINVAL);
		for (size_t i = 0; i < b->len; i++) {
			cr_assert_eq(write(p[1], b->data + i, 1), 1);
			int r;
			while ((r = pg_inlet_line(in, &line, &n, &err)) == PG_INLET_LINE)
				lines++;
			cr_assert_eq(r, PG_INLET_WAIT);
		}
		cr_expect_eq(lines, 4);
		cr_expect_eq(pg_inlet_seek(in, (struct pg_inlet_place){1 << 30, 1 << 30}), -ESPIPE);
		close(p[1]);
		cr_expect_eq(pg_inlet_line(in, &line, &n, &err), PG_INLET_END);
		pg_inlet_close(in);
		close(p[0]);
	}
	pg_buf_free(&text);
	pg_buf_free(&packed);
}

Test(inlet, what_cannot_be_read_is_said)
{
	struct pg_buf out = {0};
	struct pg_error err = {""};
	cr_expect_eq(read_all(open("/", O_RDONLY), 100, &out, &err), -EISDIR);
	cr_expect(strstr(err.text, "Is a directory"), "%s", err.text);
}

Test(inlet, what_others_have_packed_is_named)
{
	static const struct {
		const char *bytes, *name;
	} t[] = {
		{"\x1f\x8b\x08\x01", "gzip -dc"},
		{"\xfd"
		 "7zX",
		 "xz -dc"},
		{"BZh9", "bzip2 -dc"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_buf out = {0};
		struct pg_error err = {""};
		cr_expect_eq(read_all(file_of(t[i].bytes, MAGIC), MAX_LINE, &out, &err), -EBADMSG);
		cr_expect(strstr(err.text, t[i].name), "%s", err.text);
	}
}

/* As a recorder does: a flush for each line, a frame with a checksum for every third one. */
static void record(struct pg_buf *packed, size_t ends[], unsigned nr)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	for (unsigned i = 0; i < nr; i++) {
		char text[64];
		int n = snprintf(text, sizeof(text), "line %u, %u, %u\n", i, i * i, i % 3);
		ZSTD_inBuffer in = {text, (size_t)n, 0};
		pg_buf_reserve(packed, 4096);
		ZSTD_outBuffer o = {packed->data, packed->cap, packed->len};
		cr_assert_eq(ZSTD_compressStream2(c, &o, &in, ZSTD_e_flush), 0);
		ends[i] = o.pos;
		if (i % 3 == 2)
			cr_assert_eq(ZSTD_compressStream2(c, &o, &in, ZSTD_e_end), 0);
		packed->len = o.pos;
	}
	ZSTD_freeCCtx(c);
}

#define RECORDED 10

Test(inlet, cut_anywhere_the_whole_lines_remain)
{
	struct pg_buf packed = {0}, all = {0};
	struct pg_error err = {""};
	size_t ends[RECORDED];
	record(&packed, ends, RECORDED);
	cr_assert_eq(read_all(file_of(packed.data, packed.len), MAX_LINE, &all, &err),
		     PG_INLET_END);
	for (size_t cut = 0; cut <= packed.len; cut++) {
		struct pg_buf out = {0};
		unsigned want = 0, lines = 0;
		while (want < RECORDED && ends[want] <= cut)
			want++;
		cr_expect_eq(read_all(file_of(packed.data, cut), MAX_LINE, &out, &err),
			     PG_INLET_END, "cut at %zu: %s", cut, err.text);
		for (size_t i = 0; i < out.len; i++)
			lines += out.data[i] == '\n';
		cr_expect_eq(lines, want, "cut at %zu: %u lines", cut, lines);
		cr_expect(strncmp(pg_buf_cstr(&out), all.data, out.len) == 0, "cut at %zu", cut);
		pg_buf_free(&out);
	}
	pg_buf_free(&packed);
	pg_buf_free(&all);
}

/* Whether the last frame does not end: a length that was damaged can look like that. */
static bool looks_cut(const struct pg_buf *packed)
{
	static char text[1 << 20];
	ZSTD_DCtx *d = ZSTD_createDCtx();
	ZSTD_inBuffer in = {packed->data, packed->len, 0};
	ZSTD_outBuffer out = {text, sizeof(text), 0};
	size_t left = 1;
	while (in.pos < in.size && !ZSTD_isError(left))
		left = ZSTD_decompressStream(d, &out, &in);
	ZSTD_freeDCtx(d);
	return !ZSTD_isError(left) && left > 0;
}

Test(inlet, nothing_wrong_without_an_error)
{
	struct pg_buf packed = {0}, all = {0};
	struct pg_error err = {""};
	size_t ends[RECORDED];
	record(&packed, ends, RECORDED - 1); /* all frames are ended */
	cr_assert_eq(read_all(file_of(packed.data, packed.len), MAX_LINE, &all, &err),
		     PG_INLET_END);
	for (size_t i = MAGIC; i < packed.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct pg_buf out = {0};
			packed.data[i] = (char)(packed.data[i] ^ 1 << bit);
			int r = read_all(file_of(packed.data, packed.len), MAX_LINE, &out, &err);
			bool same = out.len <= all.len &&
				    strncmp(pg_buf_cstr(&out), all.data, out.len) == 0;
			cr_expect(same || r == -EBADMSG || r == -EILSEQ || looks_cut(&packed),
				  "byte %zu bit %d", i, bit);
			cr_expect(r >= 0 || strstr(err.text, "byte"), "%s", err.text);
			packed.data[i] = (char)(packed.data[i] ^ 1 << bit);
			pg_buf_free(&out);
		}
	pg_buf_free(&packed);
	pg_buf_free(&all);
}
