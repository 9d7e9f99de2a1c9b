/* SPDX-License-Identifier: MIT */
/*
 * Three stages, each with a buffer of its own: bytes as they are read; a piece of text, which is
 * all of one zstd frame; and the line at hand, if it does not lie in one piece. No buffer grows
 * because of what a stream claims: a line by what was read of it, and the decoder's window is
 * bounded by the library (128 MiB).
 */
#include "inlet.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#define READ_BYTES  (128u << 10)
#define PIECE_BYTES (256u << 10)
#define MAGIC_BYTES 4
/* After so many reads for one line the wish to stop counts. */
#define PATIENCE 16
/* So much at once: what is decoded together with damage is lost. */
#define DECODE_BYTES 512u

struct pg_inlet {
	int fd, stop_fd;
	unsigned reads; /* for the line at hand */
	size_t max_line;
	bool known;        /* whether it is compressed: the first bytes were seen */
	bool end;          /* of the descriptor */
	ZSTD_DCtx *zstd;   /* NULL: plain */
	uint64_t raw_base; /* byte of the file that stands first in raw */
	size_t raw_at, raw_len;

	/* The piece: from at on it is still to be given. */
	char *piece;
	size_t at, len;
	struct pg_inlet_place place; /* of its first byte */
	bool frame_ended;            /* the next bytes begin a zstd frame */

	struct pg_buf line; /* the beginning of one that goes on in the next piece */
	struct pg_inlet_place line_place;
	struct pg_inlet_place told;
	char raw[READ_BYTES];
};

struct pg_inlet *pg_inlet_open(int fd, size_t max_line)
{
	struct pg_inlet *in = pg_alloc(sizeof(*in));
	memset(in, 0, offsetof(struct pg_inlet, raw));
	in->fd = fd;
	in->stop_fd = -1;
	in->max_line = max_line;
	return in;
}

void pg_inlet_stop_on(struct pg_inlet *in, int stop_fd)
{
	in->stop_fd = stop_fd;
}

void pg_inlet_close(struct pg_inlet *in)
{
	if (!in)
		return;
	ZSTD_freeDCtx(in->zstd);
	free(in->piece);
	pg_buf_free(&in->line);
	free(in);
}

struct pg_inlet_place pg_inlet_tell(const struct pg_inlet *in)
{
	return in->told;
}

static uint64_t raw_place(const struct pg_inlet *in)
{
	return in->raw_base + in->raw_at;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Reads once, behind what is still there. PG_INLET_LINE: there may be more. */
static int read_raw(struct pg_inlet *in, struct pg_error *err)
{
	struct pollfd p[] = {{.fd = in->fd, .events = POLLIN},
			     {.fd = in->stop_fd, .events = POLLIN}};
	memmove(in->raw, in->raw + in->raw_at, in->raw_len - in->raw_at);
	in->raw_base += in->raw_at;
	in->raw_len -= in->raw_at;
	in->raw_at = 0;
	if (poll(p, PG_ARRAY_LEN(p), 0) <= 0 || !p[0].revents ||
	    (p[1].revents && in->reads >= PATIENCE))
		return PG_INLET_WAIT;
	ssize_t n = read(in->fd, in->raw + in->raw_len, sizeof(in->raw) - in->raw_len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return PG_INLET_WAIT;
	if (n < 0)
		return pg_fail(err, -errno, "cannot read at byte %llu: %s",
			       (unsigned long long)(in->raw_base + in->raw_len), strerror(errno));
	in->reads++;
	in->raw_len += (size_t)n;
	in->end = n == 0;
	return n == 0 ? PG_INLET_END : PG_INLET_LINE;
}

/* RFC 8878: a frame, or one that is to be skipped. */
static bool is_zstd(const unsigned char *s)
{
	static const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd}, skip[] = {0x2a, 0x4d, 0x18};
	return memcmp(s, frame, 4) == 0 || ((s[0] & 0xf0) == 0x50 && memcmp(s + 1, skip, 3) == 0);
}

/* By what the first bytes say. NULL: nothing that is known. */
static const char *other_packer(const unsigned char *s)
{
	static const struct {
		const char *name;
		unsigned char magic[MAGIC_BYTES];
		size_t n;
	} packers[] = {
		{"gzip", {0x1f, 0x8b}, 2},
		{"xz", {0xfd, '7', 'z', 'X'}, 4},
		{"bzip2", {'B', 'Z', 'h'}, 3},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(packers); i++)
		if (memcmp(s, packers[i].magic, packers[i].n) == 0)
			return packers[i].name;
	return NULL;
}

/* Reads until it is clear what it is. */
static int find_out(struct pg_inlet *in, struct pg_error *err)
{
	while (!in->end && in->raw_len < MAGIC_BYTES) {
		int r = read_raw(in, err);
		if (r != PG_INLET_LINE && r != PG_INLET_END)
			return r;
	}
	const char *packer =
		in->raw_len < MAGIC_BYTES ? NULL : other_packer((const unsigned char *)in->raw);
	if (packer)
		return pg_fail(err, -EBADMSG,
			       "it is compressed with %s; give what %s -dc makes of it", packer,
			       packer);
	in->known = true;
	in->frame_ended = true;
	if (in->raw_len >= MAGIC_BYTES && is_zstd((const unsigned char *)in->raw)) {
		in->zstd = ZSTD_createDCtx();
		if (!in->zstd)
			pg_out_of_memory();
	}
	in->piece = pg_alloc(PIECE_BYTES);
	return PG_INLET_LINE;
}

/* ---- pieces --------------------------------------------------------------------------------- */

static int take_plain(struct pg_inlet *in)
{
	size_t n = in->raw_len - in->raw_at;
	in->place = (struct pg_inlet_place){0, raw_place(in)};
	if (n > PIECE_BYTES)
		n = PIECE_BYTES;
	memcpy(in->piece, in->raw + in->raw_at, n);
	in->raw_at += n;
	in->at = 0;
	in->len = n;
	return PG_INLET_LINE;
}

static int damaged(struct pg_inlet *in, size_t code, struct pg_error *err)
{
	ZSTD_ErrorCode why = ZSTD_getErrorCode(code);
	unsigned long long frame = in->place.frame;
	if (why == ZSTD_error_memory_allocation)
		pg_out_of_memory();
	in->told = (struct pg_inlet_place){in->place.frame, 0};
	if (why == ZSTD_error_checksum_wrong)
		return pg_fail(err, -EILSEQ,
			       "damaged between byte %llu and byte %llu: a checksum is wrong",
			       frame, (unsigned long long)raw_place(in));
	return pg_fail(err, -EBADMSG, "damaged at or before byte %llu: %s",
		       (unsigned long long)raw_place(in), ZSTD_getErrorName(code));
}

/* Decodes what was read until something comes out. A piece never goes on in the next frame. */
static int take_zstd(struct pg_inlet *in, struct pg_error *err)
{
	if (in->frame_ended)
		in->place = (struct pg_inlet_place){raw_place(in), 0};
	else
		in->place.offset += in->len;
	in->frame_ended = false;
	in->at = in->len = 0;
	size_t left_raw = in->raw_len - in->raw_at;
	size_t step = left_raw < DECODE_BYTES ? left_raw : DECODE_BYTES;
	ZSTD_inBuffer raw = {in->raw, in->raw_at + step, in->raw_at};
	ZSTD_outBuffer out = {in->piece, PIECE_BYTES, 0};
	size_t left = ZSTD_decompressStream(in->zstd, &out, &raw);
	in->raw_at = raw.pos;
	if (ZSTD_isError(left))
		return damaged(in, left, err);
	in->len = out.pos;
	in->frame_ended = left == 0;
	return PG_INLET_LINE;
}

/* Whether the decoder may still hold text back: it filled the whole piece. */
static bool has_more(const struct pg_inlet *in)
{
	return in->zstd && in->len == PIECE_BYTES && !in->frame_ended;
}

/* The next piece, which may be empty. */
static int next_piece(struct pg_inlet *in, struct pg_error *err)
{
	int r = in->known ? PG_INLET_LINE : find_out(in, err);
	if (r == PG_INLET_LINE && in->raw_at == in->raw_len && !has_more(in))
		r = in->end ? PG_INLET_END : read_raw(in, err);
	if (r != PG_INLET_LINE)
		return r;
	return in->zstd ? take_zstd(in, err) : take_plain(in);
}

/* ---- lines ---------------------------------------------------------------------------------- */

static struct pg_inlet_place here(const struct pg_inlet *in)
{
	return (struct pg_inlet_place){in->place.frame, in->place.offset + in->at};
}

static int too_long(const struct pg_inlet *in, struct pg_error *err)
{
	struct pg_inlet_place p = in->line.len ? in->line_place : here(in);
	return pg_fail(err, -EBADMSG, "the line at byte %llu is longer than %zu bytes",
		       (unsigned long long)(in->zstd ? p.frame : p.offset), in->max_line);
}

/* Keeps the rest of the piece as the beginning of a line. */
static int keep(struct pg_inlet *in, struct pg_error *err)
{
	size_t n = in->len - in->at;
	if (n == 0)
		return PG_INLET_LINE;
	if (n > in->max_line - in->line.len)
		return too_long(in, err);
	if (in->line.len == 0)
		in->line_place = here(in);
	pg_buf_put(&in->line, in->piece + in->at, n);
	in->at = in->len;
	return PG_INLET_LINE;
}

static int give(struct pg_inlet *in, const char *end, const char **line, size_t *n,
		struct pg_error *err)
{
	const char *begin = in->piece + in->at;
	*n = (size_t)(end - begin);
	if (*n > in->max_line - in->line.len)
		return too_long(in, err);
	in->told = in->line.len ? in->line_place : here(in);
	in->at += *n + 1;
	*line = begin;
	if (in->line.len) {
		pg_buf_put(&in->line, begin, *n);
		*line = in->line.data;
		*n = in->line.len;
		pg_buf_clear(&in->line); /* its bytes stay until the next call */
	}
	return PG_INLET_LINE;
}

int pg_inlet_line(struct pg_inlet *in, const char **line, size_t *n, struct pg_error *err)
{
	in->reads = 0;
	for (;;) {
		const char *end = in->len > in->at
					  ? memchr(in->piece + in->at, '\n', in->len - in->at)
					  : NULL;
		if (end)
			return give(in, end, line, n, err);
		int r = keep(in, err);
		if (r == PG_INLET_LINE)
			r = next_piece(in, err);
		if (r != PG_INLET_LINE)
			return r;
	}
}

/* ---- seeking -------------------------------------------------------------------------------- */

static int jump(struct pg_inlet *in, uint64_t byte)
{
	if (lseek(in->fd, (off_t)byte, SEEK_SET) < 0)
		return -errno;
	if (in->zstd)
		ZSTD_DCtx_reset(in->zstd, ZSTD_reset_session_only);
	in->raw_base = byte;
	in->raw_at = in->raw_len = in->at = in->len = 0;
	in->end = false;
	in->frame_ended = true;
	pg_buf_clear(&in->line);
	return 0;
}

/* Whether a place can be reached without going back: it is in the piece, or in what follows. */
static bool is_near(const struct pg_inlet *in, struct pg_inlet_place at)
{
	return in->zstd && in->len > 0 && at.frame == in->place.frame &&
	       at.offset >= in->place.offset &&
	       (!in->frame_ended || at.offset < in->place.offset + in->len);
}

int pg_inlet_seek(struct pg_inlet *in, struct pg_inlet_place at)
{
	struct pg_error err;
	if (!in->known)
		return -EINVAL;
	if (!is_near(in, at)) {
		int r = jump(in, in->zstd ? at.frame : at.offset);
		if (r < 0 || !in->zstd)
			return r;
	}
	pg_buf_clear(&in->line);
	for (;;) {
		uint64_t end = in->place.offset + in->len;
		bool same = in->len > 0 && in->place.frame == at.frame;
		if (same && at.offset <= end) {
			in->at = (size_t)(at.offset - in->place.offset);
			return 0;
		}
		int r = next_piece(in, &err);
		if (r != PG_INLET_LINE)
			return r < 0 ? r : -EBADMSG;
	}
}
