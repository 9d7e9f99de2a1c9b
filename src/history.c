/* SPDX-License-Identifier: MIT */
/*
 * Intervals of frames. The first frame of each, the key, is a snapshot; each frame, but for the
 * very first, has the bytes that make it of the one before (history_pack.h). A key has both, so
 * that who goes on frame by frame keeps the blocks that did not change across it.
 *
 * What a key costs is what it alone holds: the blocks that the snapshot which was added last does
 * not have any more. Each block that is replaced or gone is counted for the newest key, if it is in
 * there; older keys may hold it too, but they go first.
 *
 * The oldest interval goes as a whole when it is too old or all together take too much. One
 * interval may not take more than an eighth for its packed bytes: then a new one begins early. If
 * even the newest interval alone is too much, as with hundreds of thousands of tasks of which all
 * run, history begins anew at the frame that was added last: few frames, but never beyond the
 * bound.
 *
 * Not among the bytes: the snapshot that was got last, whose unpacked blocks are given up some
 * frames after nobody asks any more.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "history_pack.h"
#include "past.h"
#include "util.h"

/* What malloc adds to each block, glibc, 64 bits. */
#define CHUNK 16

struct frame {
	int64_t wall_ns;
	size_t from; /* its bytes end where those of the next begin */
};

struct interval {
	uint64_t first;    /* number of its key */
	uint64_t clock_ns; /* when that was added, on history's clock */
	struct pg_snapshot key;
	size_t alone; /* bytes of blocks that only keys hold */
	struct pg_buf bytes;
	uint32_t nr;
	struct frame frames[PG_HISTORY_KEY];
};

struct history {
	struct pg_past base;
	struct pg_history_options options;
	struct interval **intervals;
	size_t nr, cap;
	uint64_t end;
	/*
	 * What has passed between snapshots: their own clock begins anew when a host does, and ours
	 * only goes on.
	 */
	uint64_t clock_ns;
	struct pg_snapshot last; /* added last, without what it told */
	struct pg_pack pack;
	/* Got last: */
	struct pg_snapshot got;
	uint64_t got_frame;
	bool has_got;
	unsigned idle; /* frames that were added since */
	struct pg_unpack unpack;
};

static struct history *history(const struct pg_past *p)
{
	return (struct history *)(void *)p;
}

/* ---- what it takes -------------------------------------------------------------------------- */

static size_t told_bytes(const struct pg_told *t)
{
	size_t n = t->nr_endings * sizeof(*t->endings) + t->nr_rest * sizeof(*t->rest);
	n += t->nr_brief * (sizeof(struct pg_proc *) + sizeof(*t->brief_codes));
	for (size_t i = 0; i < t->nr_brief; i++)
		n += t->brief[i]->size + CHUNK;
	return n;
}

static size_t interval_bytes(const struct interval *in)
{
	return sizeof(*in) + in->bytes.cap + in->alone + told_bytes(&in->key.told) +
	       in->key.cap * sizeof(struct pg_proc *);
}

size_t pg_history_bytes(const struct pg_past *past)
{
	const struct history *h = history(past);
	size_t n = sizeof(*h) + h->pack.bytes.cap + h->pack.cap * sizeof(*h->pack.swaps) +
		   h->last.cap * sizeof(struct pg_proc *);
	for (size_t i = 0; i < h->nr; i++)
		n += interval_bytes(h->intervals[i]);
	return n;
}

static bool holds(const struct pg_snapshot *s, const struct pg_proc *p)
{
	long at = pg_snapshot_find_pid(s, p->pid);
	for (size_t i = (size_t)at; at >= 0 && i < s->nr_procs && s->procs[i]->pid == p->pid; i++)
		if (s->procs[i] == p)
			return true;
	return false;
}

/* ---- adding --------------------------------------------------------------------------------- */

static void free_interval(struct interval *in)
{
	pg_snapshot_free(&in->key);
	pg_buf_free(&in->bytes);
	free(in);
}

static void drop_oldest(struct history *h)
{
	free_interval(h->intervals[0]);
	h->nr--;
	memmove(h->intervals, h->intervals + 1, h->nr * sizeof(struct interval *));
}

static struct interval *newest(const struct history *h)
{
	return h->nr ? h->intervals[h->nr - 1] : NULL;
}

static void fit(struct pg_buf *b)
{
	b->data = pg_realloc(b->data, b->len, 1);
	b->cap = b->len;
}

static struct interval *begin_interval(struct history *h, const struct pg_snapshot *key,
				       uint64_t first)
{
	struct interval *in = pg_calloc(1, sizeof(*in));
	if (h->nr)
		fit(&newest(h)->bytes);
	in->first = first;
	in->clock_ns = h->clock_ns;
	pg_snapshot_share(&in->key, key);
	h->intervals = pg_grow(h->intervals, &h->cap, h->nr + 1, sizeof(struct interval *));
	h->intervals[h->nr++] = in;
	return in;
}

static void put_frame(struct interval *in, int64_t wall_ns, const struct pg_buf *bytes)
{
	in->frames[in->nr++] = (struct frame){.wall_ns = wall_ns, .from = in->bytes.len};
	if (bytes)
		pg_buf_put(&in->bytes, bytes->data, bytes->len);
}

/* last becomes s, at the cost of what changed. */
static void follow(struct history *h, const struct pg_snapshot *s)
{
	struct interval *in = newest(h);
	for (size_t i = 0; i < h->pack.nr_swaps; i++) {
		struct pg_pack_swap w = h->pack.swaps[i];
		if (w.lost && in && holds(&in->key, w.lost))
			in->alone += w.lost->size + CHUNK;
		if (w.came)
			pg_proc_ref(w.came);
		pg_proc_unref(w.lost);
	}
	struct pg_snapshot was = h->last;
	h->last = *s;
	h->last.told = (struct pg_told){0};
	h->last.cap = was.cap;
	h->last.procs = pg_grow(was.procs, &h->last.cap, s->nr_procs, sizeof(struct pg_proc *));
	if (s->nr_procs)
		memcpy(h->last.procs, s->procs, s->nr_procs * sizeof(struct pg_proc *));
}

static bool is_over(const struct history *h)
{
	return pg_history_bytes(&h->base) > h->options.max_bytes;
}

static void trim(struct history *h, const struct pg_snapshot *s)
{
	while (h->nr > 1 &&
	       (h->clock_ns - h->intervals[1]->clock_ns > h->options.max_ns || is_over(h)))
		drop_oldest(h);
	if (newest(h)->nr == 1 || !is_over(h))
		return;
	pg_pack_free(&h->pack);
	put_frame(begin_interval(h, s, h->end - 1), s->wall_ns, NULL);
	drop_oldest(h);
}

/* Who has gone back to now needs the unpacked blocks no more. */
static void forget_got(struct history *h)
{
	if (!h->has_got || ++h->idle <= PG_HISTORY_KEY)
		return;
	pg_snapshot_free(&h->got);
	pg_unpack_free(&h->unpack);
	h->has_got = false;
}

void pg_history_add(struct pg_past *past, const struct pg_snapshot *s)
{
	struct history *h = history(past);
	size_t most = h->options.max_bytes / 8;
	struct interval *in = newest(h);
	pg_pack_frame(&h->pack, &h->last, s);
	const struct pg_buf *bytes = in && h->pack.bytes.len <= most ? &h->pack.bytes : NULL;
	if (in && s->mono_ns > h->last.mono_ns)
		h->clock_ns += s->mono_ns - h->last.mono_ns;
	follow(h, s);
	if (!bytes || in->nr == PG_HISTORY_KEY || in->bytes.len + bytes->len > most)
		in = begin_interval(h, s, h->end);
	h->end++;
	put_frame(in, s->wall_ns, bytes);
	if (!bytes)
		pg_pack_free(&h->pack); /* all that there was: rarely so much again */
	trim(h, s);
	forget_got(h);
}

/* ---- getting -------------------------------------------------------------------------------- */

static uint64_t first(const struct pg_past *past)
{
	const struct history *h = history(past);
	return h->nr ? h->intervals[0]->first : h->end;
}

static uint64_t end(const struct pg_past *past)
{
	return history(past)->end;
}

/* The interval of a frame that is there. */
static const struct interval *interval_of(const struct history *h, uint64_t frame)
{
	size_t lo = 0, hi = h->nr;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (h->intervals[mid]->first <= frame)
			lo = mid;
		else
			hi = mid;
	}
	return h->intervals[lo];
}

static bool has(const struct history *h, uint64_t frame)
{
	return frame >= first(&h->base) && frame < h->end;
}

static int64_t wall_ns(const struct pg_past *past, uint64_t frame)
{
	const struct history *h = history(past);
	if (!has(h, frame))
		return 0;
	const struct interval *in = interval_of(h, frame);
	return in->frames[frame - in->first].wall_ns;
}

static struct pg_buf bytes_of(const struct interval *in, uint64_t frame)
{
	size_t i = (size_t)(frame - in->first);
	size_t from = in->frames[i].from;
	size_t to = i + 1 < in->nr ? in->frames[i + 1].from : in->bytes.len;
	return (struct pg_buf){.data = in->bytes.data + from, .len = to - from};
}

/* From where the bytes lead to a frame soonest: what was got last, or the key. */
static void begin_at(struct history *h, const struct interval *in, uint64_t frame)
{
	bool ahead = h->has_got && h->got_frame <= frame;
	if (ahead && h->got_frame >= in->first)
		return;
	if (ahead && h->got_frame + 1 == frame && bytes_of(in, frame).len)
		return;
	pg_snapshot_clear(&h->got);
	pg_snapshot_share(&h->got, &in->key);
	h->got_frame = in->first;
	h->has_got = true;
}

static int get(struct pg_past *past, uint64_t frame, struct pg_snapshot *out, struct pg_error *err)
{
	struct history *h = history(past);
	if (!has(h, frame))
		return pg_fail(err, -ENOENT, "frame %" PRIu64 " is not kept%s", frame,
			       frame < h->end ? " any more" : "");
	const struct interval *in = interval_of(h, frame);
	h->idle = 0;
	begin_at(h, in, frame);
	while (h->got_frame < frame) {
		struct pg_buf b = bytes_of(in, ++h->got_frame);
		pg_unpack_frame(&h->unpack, b.data, b.len, &h->got);
	}
	pg_snapshot_share(out, &h->got);
	return 0;
}

static void close_history(struct pg_past *past)
{
	struct history *h = history(past);
	while (h->nr)
		drop_oldest(h);
	free(h->intervals);
	pg_snapshot_free(&h->last);
	pg_snapshot_free(&h->got);
	pg_pack_free(&h->pack);
	pg_unpack_free(&h->unpack);
	free(h);
}

struct pg_past *pg_history_open(const struct pg_history_options *o)
{
	static const struct pg_past_ops ops = {
		.first = first, .end = end, .wall_ns = wall_ns, .get = get, .close = close_history};
	struct history *h = pg_calloc(1, sizeof(*h));
	h->base.ops = &ops;
	h->options.max_ns = o && o->max_ns ? o->max_ns : PG_HISTORY_NS;
	h->options.max_bytes = o && o->max_bytes ? o->max_bytes : PG_HISTORY_BYTES;
	return &h->base;
}
