/* SPDX-License-Identifier: MIT */
/*
 * A file as a past. One pass over its lines, which looks at their beginnings only, finds out when
 * each frame was taken and where each key frame stands. A frame is had by going to the key frame
 * before it, and forward from there; or just forward, if one is already on that way.
 *
 * The index is bounded, whatever a file holds: 8 bytes a frame for MAX_FRAMES, 40 a key for
 * MAX_KEYS, 42 MiB in all. Of more keys some are forgotten, evenly, so that ways to a frame get
 * longer; frames beyond the bound are left out, and the notice says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inlet.h"
#include "past.h"
#include "stream/stream.h"

#define NOWHERE    UINT64_MAX
#define MAX_FRAMES (4u << 20)   /* 48 days at one a second */
#define MAX_KEYS   (256u << 10) /* each frame of 3 days of --json, which has nothing but keys */

static const struct pg_inlet_place no_head = {NOWHERE, NOWHERE};

struct key {
	uint64_t frame;
	struct pg_inlet_place place, head; /* its own; of the header that holds for it */
};

struct when {
	int64_t wall_ns, axis_ns;
};

struct recording {
	struct pg_past base;
	int fd;
	char *name; /* for messages */
	struct pg_inlet *in;
	struct pg_stream_reader *reader;
	struct pg_stream_head first_head;

	struct when *when; /* of each frame */
	size_t nr, cap;
	struct key *keys; /* in order; the first is of frame 0 */
	size_t nr_keys, keys_cap;
	uint64_t keys_apart; /* frames between two of them, at least */
	bool has_head;       /* there is a header in it */

	uint64_t next;              /* the frame that the next line of one gives, or NOWHERE */
	struct pg_inlet_place head; /* that the reader has; no_head: it is not known */
};

static struct recording *of(struct pg_past *p)
{
	return (struct recording *)p;
}

static const struct recording *of_const(const struct pg_past *p)
{
	return (const struct recording *)p;
}

/* Where a line stands, as a user can find it. */
static unsigned long long byte_of(struct pg_inlet_place place)
{
	return place.frame ? place.frame : place.offset;
}

/* ---- the index ------------------------------------------------------------------------------ */

/* While the file is looked through. */
struct indexing {
	struct recording *r;
	uint64_t number; /* of the last frame */
	struct pg_axis axis;
	bool chained;       /* a frame that only tells changes may follow */
	uint64_t zstd;      /* place of the zstd frame at hand */
	size_t zstd_begins; /* how many frames there were before it */
};

/* The first one, of frame 0, always stays. */
static void thin_out_keys(struct recording *r)
{
	while (r->nr_keys > MAX_KEYS / 2) {
		size_t kept = 1;
		r->keys_apart *= 2;
		for (size_t i = 1; i < r->nr_keys; i++)
			if (r->keys[i].frame - r->keys[kept - 1].frame >= r->keys_apart)
				r->keys[kept++] = r->keys[i];
		r->nr_keys = kept;
	}
}

static void add_key(struct recording *r, struct pg_inlet_place place)
{
	if (r->nr_keys > 0 && r->nr - r->keys[r->nr_keys - 1].frame < r->keys_apart)
		return;
	if (r->nr_keys == MAX_KEYS)
		thin_out_keys(r);
	r->keys = pg_grow(r->keys, &r->keys_cap, r->nr_keys + 1, sizeof(*r->keys));
	r->keys[r->nr_keys++] = (struct key){.frame = r->nr, .place = place, .head = r->head};
}

static int read_head(struct recording *r, const char *line, size_t n, struct pg_error *err)
{
	struct pg_snapshot none = {0}; /* the file may have changed: then it is a frame */
	int ret = pg_stream_read(r->reader, line, n, &none, err);
	pg_snapshot_free(&none);
	if (ret >= 0 && ret != PG_STREAM_HEAD)
		return pg_fail(err, -EBADMSG, "there was a header before");
	return ret < 0 ? ret : 0;
}

static int add_head(struct indexing *x, const char *line, size_t n, struct pg_error *err)
{
	struct recording *r = x->r;
	int ret = read_head(r, line, n, err);
	if (ret < 0)
		return ret;
	if (!r->has_head)
		r->first_head = *pg_stream_reader_head(r->reader);
	r->has_head = true;
	r->head = pg_inlet_tell(r->in);
	x->chained = false;
	return 0;
}

static int add_line(struct indexing *x, const char *line, size_t n, struct pg_error *err)
{
	struct recording *r = x->r;
	struct pg_stream_mark mark;
	int kind = pg_stream_peek(line, n, &mark);
	if (kind == PG_STREAM_HEAD)
		return add_head(x, line, n, err);
	if (kind < 0 || !r->has_head)
		return pg_fail(err, -EBADMSG, "this is not a line of a recording");
	if (kind == PG_STREAM_DELTA && (!x->chained || mark.number != x->number + 1))
		return pg_fail(err, -EBADMSG, "frames are missing before this one");
	if (r->nr == MAX_FRAMES)
		return pg_fail(err, -EFBIG,
			       "no more than %u frames can be sought in: the others "
			       "can be had from a pipe (replay -)",
			       MAX_FRAMES);
	if (kind == PG_STREAM_KEY)
		add_key(r, pg_inlet_tell(r->in));
	r->when = pg_grow(r->when, &r->cap, r->nr + 1, sizeof(*r->when));
	r->when[r->nr++] =
		(struct when){mark.wall_ns, pg_axis_next(&x->axis, mark.mono_ns, mark.wall_ns)};
	x->number = mark.number;
	x->chained = true;
	return 0;
}

/* Notes how many frames are lost if the checksum of this zstd frame turns out to be wrong: also one
 * that began before it. */
static void note_place(struct indexing *x)
{
	struct pg_inlet_place place = pg_inlet_tell(x->r->in);
	if (place.frame == x->zstd)
		return;
	x->zstd = place.frame;
	x->zstd_begins = x->r->nr - (place.offset > 0 && x->r->nr > 0);
}

static void drop_from(struct recording *r, size_t frame)
{
	r->nr = frame;
	while (r->nr_keys > 0 && r->keys[r->nr_keys - 1].frame >= frame)
		r->nr_keys--;
}

static int look_through(struct recording *r, struct pg_error *err)
{
	struct indexing x = {.r = r};
	const char *line;
	size_t n;
	for (;;) {
		struct pg_error why = {""};
		int ret = pg_inlet_line(r->in, &line, &n, &why);
		if (ret == PG_INLET_END || ret == PG_INLET_WAIT)
			return 0;
		if (ret < 0) {
			if (ret == -EILSEQ && pg_inlet_tell(r->in).frame == x.zstd)
				drop_from(r, x.zstd_begins);
			return pg_fail(err, ret, "%s", why.text);
		}
		note_place(&x);
		ret = add_line(&x, line, n, &why);
		if (ret == -EFBIG || (ret == -EPROTO && !r->has_head))
			return pg_fail(err, ret, "%s", why.text);
		if (ret < 0)
			return pg_fail(err, ret, "%s at byte %llu: %s",
				       ret == -EPROTO ? "another stream" : "damaged",
				       byte_of(pg_inlet_tell(r->in)), why.text);
	}
}

/* ---- frames --------------------------------------------------------------------------------- */

static uint64_t first(const struct pg_past *p)
{
	(void)p;
	return 0;
}

static uint64_t end(const struct pg_past *p)
{
	return of_const(p)->nr;
}

static int64_t wall_ns(const struct pg_past *p, uint64_t frame)
{
	return of_const(p)->when[frame].wall_ns;
}

static int64_t axis_ns(const struct pg_past *p, uint64_t frame)
{
	return of_const(p)->when[frame].axis_ns;
}

static const struct key *key_before(const struct recording *r, uint64_t frame)
{
	size_t lo = 0, hi = r->nr_keys;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (r->keys[mid].frame <= frame)
			lo = mid;
		else
			hi = mid;
	}
	return &r->keys[lo];
}

static int read_line(struct recording *r, const char **line, size_t *n, struct pg_error *err)
{
	int ret = pg_inlet_line(r->in, line, n, err);
	if (ret == PG_INLET_END || ret == PG_INLET_WAIT)
		return pg_fail(err, -EBADMSG, "the file has changed: it is shorter than it was");
	return ret < 0 ? ret : 0;
}

static int seek(struct recording *r, struct pg_inlet_place place, struct pg_error *err)
{
	int ret = pg_inlet_seek(r->in, place);
	if (ret == -EBADMSG)
		return pg_fail(err, ret, "the file has changed: byte %llu is not what it was",
			       byte_of(place));
	return ret < 0 ? pg_fail(err, ret, "%s", strerror(-ret)) : 0;
}

static int take_head(struct recording *r, struct pg_inlet_place head, struct pg_error *err)
{
	struct pg_error why = {""};
	const char *line;
	size_t n;
	int ret = seek(r, head, &why);
	if (ret == 0)
		ret = read_line(r, &line, &n, &why);
	if (ret == 0)
		ret = read_head(r, line, n, &why);
	if (ret < 0)
		return pg_fail(err, ret, "the header at byte %llu cannot be read again: %s",
			       byte_of(head), why.text);
	r->head = head;
	return 0;
}

static int go_to(struct recording *r, const struct key *key, struct pg_error *err)
{
	bool same = r->head.frame == key->head.frame && r->head.offset == key->head.offset;
	int ret = same ? 0 : take_head(r, key->head, err);
	if (ret < 0)
		return ret;
	pg_stream_reader_rewind(r->reader);
	r->next = key->frame;
	return seek(r, key->place, err);
}

/* The next frame of the file. */
static int read_frame(struct recording *r, struct pg_snapshot *out, struct pg_error *err)
{
	const char *line;
	size_t n;
	for (;;) {
		struct pg_error why = {""};
		int ret = read_line(r, &line, &n, err);
		if (ret < 0)
			return ret;
		ret = pg_stream_read(r->reader, line, n, out, &why);
		if (ret < 0)
			return pg_fail(err, ret, "damaged, in the line at byte %llu: %s",
				       byte_of(pg_inlet_tell(r->in)), why.text);
		if (ret != PG_STREAM_HEAD)
			return 0;
		r->head = pg_inlet_tell(r->in);
	}
}

static int read_until(struct recording *r, uint64_t frame, struct pg_snapshot *out,
		      struct pg_error *err)
{
	const struct key *key = key_before(r, frame);
	int ret = 0;
	if (r->next == NOWHERE || r->next < key->frame || r->next > frame)
		ret = go_to(r, key, err);
	while (ret == 0 && r->next <= frame) {
		pg_snapshot_clear(out);
		ret = read_frame(r, out, err);
		r->next++;
	}
	return ret;
}

static int get(struct pg_past *p, uint64_t frame, struct pg_snapshot *out, struct pg_error *err)
{
	struct recording *r = of(p);
	struct pg_error why = {""};
	if (frame >= r->nr)
		return pg_fail(err, -ENODATA, "%s: there is no frame %llu", r->name,
			       (unsigned long long)frame);
	int ret = read_until(r, frame, out, &why);
	if (ret < 0) {
		r->next = NOWHERE;
		r->head = no_head; /* it may have been in it that something was wrong */
		pg_snapshot_clear(out);
		return pg_fail(err, ret, "%s: frame %llu: %s", r->name, (unsigned long long)frame,
			       why.text);
	}
	return 0;
}

/* ---- opening -------------------------------------------------------------------------------- */

static void close_recording(struct pg_past *p)
{
	struct recording *r = of(p);
	pg_inlet_close(r->in);
	pg_stream_reader_free(r->reader);
	pg_close_fd(&r->fd);
	free(r->name);
	free(r->when);
	free(r->keys);
	free(r);
}

static const struct pg_past_ops recording_ops = {
	.first = first,
	.end = end,
	.wall_ns = wall_ns,
	.axis_ns = axis_ns,
	.get = get,
	.close = close_recording,
};

/* Whether it begins as a recording or something compressed does: then what is missing was cut off.
 */
static bool begins_well(int fd)
{
	static const char plain[] = "{\"procgrid\":", zstd[] = "\x28\xb5\x2f\xfd";
	char s[sizeof(plain) - 1];
	ssize_t n = pread(fd, s, sizeof(s), 0);
	return (n >= (ssize_t)sizeof(s) && memcmp(s, plain, sizeof(s)) == 0) ||
	       (n >= 4 && memcmp(s, zstd, 4) == 0);
}

/* What to say of a file in which no frame was found. */
static int nothing_found(const struct recording *r, int ret, const struct pg_error *why,
			 struct pg_error *err)
{
	struct stat st = {0};
	(void)fstat(r->fd, &st);
	if (ret == 0 && (r->has_head || begins_well(r->fd)))
		return pg_fail(err, -ENODATA,
			       "%s: there is no whole frame in it: it is cut off at byte %lld",
			       r->name, (long long)st.st_size);
	if (ret == 0 && st.st_size == 0)
		return pg_fail(err, -EBADMSG, "%s is not a recording: it is empty", r->name);
	if (ret == 0 || (!r->has_head && ret == -EBADMSG))
		return pg_fail(err, -EBADMSG, "%s is not a recording%s%s", r->name,
			       *why->text ? ": " : "", why->text);
	return pg_fail(err, ret, "%s: %s", r->name, why->text);
}

struct pg_past *pg_recording_open_fd(int fd, const char *name, struct pg_error *notice,
				     struct pg_error *err)
{
	const struct pg_stream_limits limits = PG_STREAM_LIMITS;
	struct recording *r = pg_calloc(1, sizeof(*r));
	struct pg_error why = {""};
	notice->text[0] = '\0';
	*r = (struct recording){
		.base.ops = &recording_ops, .fd = fd, .keys_apart = 1, .next = NOWHERE};
	r->head = no_head;
	r->name = pg_strdup(name);
	r->in = pg_inlet_open(fd, limits.line);
	r->reader = pg_stream_reader_new(&limits);
	int ret = look_through(r, &why);
	if (r->nr == 0) {
		nothing_found(r, ret, &why, err);
		close_recording(&r->base);
		return NULL;
	}
	if (ret < 0)
		pg_fail(notice, 0, "%s: %s; it ends after frame %zu", r->name, why.text, r->nr - 1);
	return &r->base;
}

struct pg_past *pg_recording_open(const char *path, struct pg_error *notice, struct pg_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		pg_fail(err, -errno, "cannot read %s: %s", path, strerror(errno));
		pg_close_fd(&fd);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		pg_fail(err, -EINVAL, "%s is not a file that can be sought in", path);
		close(fd);
		return NULL;
	}
	return pg_recording_open_fd(fd, path, notice, err);
}

const struct pg_stream_head *pg_recording_head(const struct pg_past *recording)
{
	return &of_const(recording)->first_head;
}
