/* SPDX-License-Identifier: MIT */
/*
 * A recording. Compressed, each put() is flushed (ZSTD_e_flush), so that what is in the file
 * decodes up to its last frame at any time; and after every KEYS_A_FRAME key frames a zstd frame
 * ends and another one begins: there a reader can jump to, and a later key frame still finds much
 * of itself in those before it. One zstd frame a key frame would take twice the space, 5 take about
 * 10 % more than a single one would.
 *
 * The bound of the size: what a put() takes is known only when it was compressed, and then it is in
 * the encoder's state. So where it might not fit, it gets a zstd frame of its own, which can be
 * thrown away.
 */
#include "outlet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "outlet_place.h"

#define KEYS_A_FRAME 5
#define LEVEL        4
#define WINDOW_LOG   23 /* 8 MiB: a key frame of 5,000 tasks and some minutes behind it */
#define END_BYTES    16 /* the end of a zstd frame takes 7: an empty block and a checksum */

struct file {
	struct pg_outlet base;
	struct pg_outlet_place place;
	char *path, *rotated; /* FILE; the last component of FILE.1 */
	int fd, old_fd;       /* FILE; FILE.1, held for its lock; or -1 */
	uint64_t size, max;   /* of FILE, bytes; 0: no limit */
	bool has_rotated;
	bool broken; /* what follows could not be read: nothing more is written */

	ZSTD_CCtx *zstd; /* NULL: plain */
	bool in_frame;   /* a zstd frame is open, in the encoder and in the file */
	unsigned keys;   /* in it */
	struct pg_buf packed;
};

/* ---- bytes ---------------------------------------------------------------------------------- */

/* All of b or nothing, as far as that can be had. */
static int write_out(struct file *f, struct pg_buf *b)
{
	size_t n = b->len;
	int err = pg_buf_flush(b, f->fd);
	if (err < 0) {
		f->broken = true;
		/* Best effort: a reader would leave out half a frame by itself. */
		(void)!ftruncate(f->fd, (off_t)f->size);
		return err;
	}
	f->size += n;
	f->base.bytes += n;
	return 0;
}

/* Appends what becomes of n bytes to packed. */
static int pack(struct file *f, const char *data, size_t n, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {data, n, 0};
	size_t left;
	do {
		pg_buf_reserve(&f->packed, ZSTD_CStreamOutSize());
		ZSTD_outBuffer out = {f->packed.data, f->packed.cap, f->packed.len};
		left = ZSTD_compressStream2(f->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? -ENOMEM
										       : -EIO;
		f->packed.len = out.pos;
	} while (left > 0 || in.pos < in.size);
	return 0;
}

static int end_zstd_frame(struct file *f)
{
	if (!f->in_frame)
		return 0;
	f->in_frame = false;
	f->keys = 0;
	pg_buf_clear(&f->packed);
	int err = pack(f, "", 0, ZSTD_e_end);
	return err < 0 ? err : write_out(f, &f->packed);
}

/* ---- rotation ------------------------------------------------------------------------------- */

static bool fits(const struct file *f, size_t n)
{
	return f->max == 0 || f->size + n + END_BYTES <= f->max / 2;
}

/* FILE becomes FILE.1, and is begun again. 1 or -errno. */
static int rotate(struct file *f)
{
	if (f->size == 0)
		return -EMSGSIZE;
	int err = pg_outlet_place_rename(&f->place, f->place.name, f->rotated, f->has_rotated);
	if (err < 0)
		return err;
	int fd = pg_outlet_place_create(&f->place, f->place.name);
	if (fd < 0)
		return fd;
	err = f->old_fd >= 0 && close(f->old_fd) < 0 ? -errno : 1;
	f->old_fd = f->fd;
	f->fd = fd;
	f->size = 0;
	f->has_rotated = true;
	return err;
}

static int put_plain(struct file *f, struct pg_buf *b)
{
	return fits(f, b->len) ? write_out(f, b) : rotate(f);
}

static int put_packed(struct file *f, struct pg_buf *b, bool key)
{
	bool surely = fits(f, ZSTD_compressBound(b->len));
	int err = 0;
	if (!surely || (key && f->keys == KEYS_A_FRAME))
		err = end_zstd_frame(f);
	pg_buf_clear(&f->packed);
	if (err == 0)
		err = pack(f, b->data, b->len, ZSTD_e_flush);
	if (err < 0)
		return err;
	if (!surely && !fits(f, f->packed.len)) {
		ZSTD_CCtx_reset(f->zstd, ZSTD_reset_session_only);
		return rotate(f);
	}
	f->in_frame = true;
	f->keys += key;
	return write_out(f, &f->packed);
}

static int file_put(struct pg_outlet *o, struct pg_buf *b, bool key)
{
	struct file *f = (struct file *)o;
	int ret = -EIO;
	if (!f->broken)
		ret = f->zstd ? put_packed(f, b, key) : put_plain(f, b);
	f->broken = ret < 0;
	pg_buf_clear(b);
	return ret;
}

static int file_close(struct pg_outlet *o)
{
	struct file *f = (struct file *)o;
	int err = f->broken ? 0 : end_zstd_frame(f);
	for (int i = 0; i < 2; i++) {
		int fd = i ? f->fd : f->old_fd;
		if (fd >= 0 && close(fd) < 0 && err == 0)
			err = -errno;
	}
	pg_outlet_place_close(&f->place);
	ZSTD_freeCCtx(f->zstd);
	pg_buf_free(&f->packed);
	free(f->path);
	free(f->rotated);
	free(f);
	return err;
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n > m && strcmp(s + n - m, end) == 0;
}

static void make_encoder(struct file *f)
{
	f->zstd = ZSTD_createCCtx();
	if (!f->zstd)
		pg_out_of_memory();
	ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_checksumFlag, 1);
}

static int cannot_make(const struct file *f, int err, struct pg_error *out)
{
	if (err == -EBUSY)
		return pg_fail(out, err, "%s is being written by another procgrid", f->path);
	if (err == -EACCES || err == -EPERM || err == -EROFS)
		return pg_fail(
			out, err,
			"cannot make %s: %s; name a file in a directory that you may write to",
			f->path, strerror(-err));
	return pg_fail(out, err, "cannot make %s: %s", f->path, strerror(-err));
}

static int open_file(struct file *f, const struct pg_outlet_file_options *o, struct pg_error *err)
{
	int ret = pg_outlet_place_open(&f->place, f->path, err);
	if (ret == 0)
		ret = pg_outlet_place_clear(&f->place, f->place.name, o->force, err);
	if (ret == 0 && o->max_size)
		ret = pg_outlet_place_clear(&f->place, f->rotated, o->force, err);
	if (ret < 0)
		return ret;
	f->fd = pg_outlet_place_create(&f->place, f->place.name);
	if (f->fd < 0)
		return cannot_make(f, f->fd, err);
	if (ends_with(f->path, ".zst"))
		make_encoder(f);
	return 0;
}

struct pg_outlet *pg_outlet_file(const struct pg_outlet_file_options *o, struct pg_error *err)
{
	static const struct pg_outlet_ops ops = {file_put, file_close};
	struct file *f = pg_calloc(1, sizeof(*f));
	const char *slash = strrchr(o->path, '/');
	struct pg_buf name = {0};
	*f = (struct file){
		.base.ops = &ops, .place.dir = -1, .fd = -1, .old_fd = -1, .max = o->max_size};
	f->path = pg_strdup(o->path);
	pg_buf_printf(&name, "%s.1", slash ? slash + 1 : o->path);
	f->rotated = pg_strdup(pg_buf_cstr(&name));
	pg_buf_free(&name);
	if (open_file(f, o, err) < 0) {
		file_close(&f->base);
		return NULL;
	}
	return &f->base;
}
