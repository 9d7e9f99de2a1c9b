/* SPDX-License-Identifier: MIT */
/*
 * Intervals of frames. The first frame of each is its key. Bytes lead from each frame to the one
 * after it (history_pack.h), and others from each key to the next one; so the way to any frame is:
 * the oldest key, over the keys, over the frames of an interval. Of the oldest key and of the
 * newest the snapshot itself is kept: the way begins at the one, and the other is what the next key
 * is compared with, and a short way to what has just been. Snapshots of all keys would cost several
 * times as much: in a minute most processes have run, once at least.
 *
 * What such a snapshot costs is what it alone holds: the blocks that the one which was added last
 * does not have any more.
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

#include "base/util.h"
#include "history_pack.h"
#include "past.h"

/* What malloc adds to each block, glibc, 64 bits. */
#define CHUNK 16

struct frame {
	int64_t wall_ns, axis_ns;
	size_t from; /* its bytes end where those of the next begin */
};

struct interval {
	uint64_t first;      /* number of its key */
	uint64_t clock_ns;   /* when that was added, on history's clock */
	struct pg_buf leap;  /* from the key before to this one; not of the oldest */
	struct pg_buf bytes; /* of the frames, from the one before each */
	uint32_t nr;
	struct frame frames[PG_HISTORY_KEY];
};

/* A key as a snapshot. */
struct key {
	struct pg_snapshot s;
	size_t alone; /* bytes of blocks that are not in the snapshot which was added last */
};

struct history {
	struct pg_past base;
	struct pg_history_options options;
	struct interval **intervals;
	size_t nr, cap;
	struct key oldest, newest; /* with one interval only the oldest */
	uint64_t end;
	/*
	 * What has passed between snapshots: their own clock begins anew when a host does, and ours
	 * only goes on.
	 */
	uint64_t clock_ns;
	struct pg_axis axis;
	struct pg_snapshot last; /* added last, without what it told */
	struct pg_pack pack;
	/* Got last: */
	struct pg_snapshot got, key; /* and the key that led there */
	uint64_t got_frame, key_frame;
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

static size_t key_bytes(const struct key *k)
{
	return k->alone + told_bytes(&k->s.told) + k->s.cap * sizeof(struct pg_proc *);
}

size_t pg_history_bytes(const struct pg_past *past)
{
	const struct history *h = history(past);
	size_t n = sizeof(*h) + h->pack.bytes.cap + h->pack.cap * sizeof(*h->pack.swaps) +
		   h->last.cap * sizeof(struct pg_proc *);
	for (size_t i = 0; i < h->nr; i++)
		n += sizeof(struct interval) + h->intervals[i]->leap.cap +
		     h->intervals[i]->bytes.cap;
	return n + key_bytes(&h->oldest) + key_bytes(&h->newest);
}

static bool holds(const struct pg_snapshot *s, const struct pg_proc *p)
{
	long at = pg_snapshot_find_pid(s, p->pid);
	for (size_t i = (size_t)at; at >= 0 && i < s->nr_procs && s->procs[i]->pid == p->pid; i++)
		if (s->procs[i] == p)
			return true;
	return false;
}

/* The blocks of a key that the snapshot which was added last has not. */
static void weigh(struct key *k, const struct pg_snapshot *last)
{
	k->alone = 0;
	for (size_t i = 0, j = 0; i < k->s.nr_procs; i++) {
		const struct pg_proc *p = k->s.procs[i];
		while (j < last->nr_procs && last->procs[j] != p &&
		       pg_proc_cmp(last->procs[j], p) < 0)
			j++;
		if (j == last->nr_procs || last->procs[j] != p)
			k->alone += p->size + CHUNK;
	}
}

/* ---- adding --------------------------------------------------------------------------------- */

static struct interval *last_interval(const struct history *h)
{
	return h->nr ? h->intervals[h->nr - 1] : NULL;
}

static struct key *newest_key(struct history *h)
{
	return h->nr > 1 ? &h->newest : &h->oldest;
}

static void free_key(struct key *k)
{
	pg_snapshot_free(&k->s);
	k->alone = 0;
}

static void free_interval(struct interval *in)
{
	pg_buf_free(&in->leap);
	pg_buf_free(&in->bytes);
	free(in);
}

static void drop_oldest(struct history *h)
{
	free_interval(h->intervals[0]);
	h->nr--;
	memmove(h->intervals, h->intervals + 1, h->nr * sizeof(struct interval *));
	if (h->nr > 1) {
		struct pg_buf *leap = &h->intervals[0]->leap;
		pg_unpack_frame(&h->unpack, leap->data, leap->len, &h->oldest.s);
		weigh(&h->oldest, &h->last);
	} else {
		free_key(&h->oldest);
		h->oldest = h->newest;
		h->newest = (struct key){0};
	}
	if (h->nr)
		pg_buf_free(&h->intervals[0]->leap);
	if (!h->has_got)
		pg_unpack_free(&h->unpack);
}

static void fit(struct pg_buf *b)
{
	b->data = pg_realloc(b->data, b->len, 1);
	b->cap = b->len;
}

/* From the newest key to another; that one takes its place. */
static struct pg_buf leap_to(struct history *h, const struct pg_snapshot *key)
{
	struct pg_pack pack = {0};
	pg_pack_frame(&pack, &newest_key(h)->s, key);
	struct pg_buf leap = pack.bytes;
	pack.bytes = (struct pg_buf){0};
	pg_pack_free(&pack);
	fit(&leap);
	return leap;
}

static struct interval *begin_interval(struct history *h, const struct pg_snapshot *key,
				       uint64_t first)
{
	struct interval *in = pg_calloc(1, sizeof(*in));
	in->first = first;
	in->clock_ns = h->clock_ns;
	if (h->nr) {
		fit(&last_interval(h)->bytes);
		in->leap = leap_to(h, key);
		weigh(&h->oldest, &h->last);
		free_key(&h->newest);
	}
	h->intervals = pg_grow(h->intervals, &h->cap, h->nr + 1, sizeof(struct interval *));
	h->intervals[h->nr++] = in;
	pg_snapshot_share(&newest_key(h)->s, key);
	return in;
}

/* The frame that the axis has reached. */
static void put_frame(struct interval *in, const struct pg_axis *a, const struct pg_buf *bytes)
{
	in->frames[in->nr++] =
		(struct frame){.wall_ns = a->wall_ns, .axis_ns = a->ns, .from = in->bytes.len};
	if (bytes)
		pg_buf_put(&in->bytes, bytes->data, bytes->len);
}

/* last becomes s, at the cost of what changed. */
static void follow(struct history *h, const struct pg_snapshot *s)
{
	struct key *newest = newest_key(h);
	for (size_t i = 0; i < h->pack.nr_swaps; i++) {
		struct pg_pack_swap w = h->pack.swaps[i];
		if (w.lost && holds(&newest->s, w.lost))
			newest->alone += w.lost->size + CHUNK;
		if (w.came)
			pg_proc_ref(w.came);
		pg_proc_unref(w.lost);
	}
	pg_snapshot_copy_values(&h->last, s);
	h->last.nr_procs = s->nr_procs;
	h->last.nr_tasks = s->nr_tasks;
	h->last.procs = pg_grow(h->last.procs, &h->last.cap, s->nr_procs, sizeof(struct pg_proc *));
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
	if (last_interval(h)->nr == 1 || !is_over(h))
		return;
	drop_oldest(h);
	pg_pack_free(&h->pack);
	pg_unpack_free(&h->unpack);
	put_frame(begin_interval(h, s, h->end - 1), &h->axis, NULL);
}

/* Who has gone back to now needs the unpacked blocks no more. */
static void forget_got(struct history *h)
{
	if (!h->has_got || ++h->idle <= PG_HISTORY_KEY)
		return;
	pg_snapshot_free(&h->got);
	pg_snapshot_free(&h->key);
	pg_unpack_free(&h->unpack);
	h->has_got = false;
}

void pg_history_add(struct pg_past *past, const struct pg_snapshot *s)
{
	struct history *h = history(past);
	size_t most = h->options.max_bytes / 8;
	struct interval *in = last_interval(h);
	pg_pack_frame(&h->pack, &h->last, s);
	const struct pg_buf *bytes = in && h->pack.bytes.len <= most ? &h->pack.bytes : NULL;
	if (in && s->mono_ns > h->last.mono_ns)
		h->clock_ns += s->mono_ns - h->last.mono_ns;
	follow(h, s);
	if (!bytes || in->nr == PG_HISTORY_KEY || in->bytes.len + bytes->len > most)
		in = begin_interval(h, s, h->end);
	h->end++;
	pg_axis_next(&h->axis, s->mono_ns, s->wall_ns);
	put_frame(in, &h->axis, bytes);
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

/* The number of the interval of a frame that is there. */
static size_t interval_of(const struct history *h, uint64_t frame)
{
	size_t lo = 0, hi = h->nr;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (h->intervals[mid]->first <= frame)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static bool has(const struct history *h, uint64_t frame)
{
	return frame >= first(&h->base) && frame < h->end;
}

/* All zeros of one that is not there. */
static struct frame frame_of(const struct history *h, uint64_t frame)
{
	if (!has(h, frame))
		return (struct frame){0};
	const struct interval *in = h->intervals[interval_of(h, frame)];
	return in->frames[frame - in->first];
}

static int64_t wall_ns(const struct pg_past *past, uint64_t frame)
{
	return frame_of(history(past), frame).wall_ns;
}

static int64_t axis_ns(const struct pg_past *past, uint64_t frame)
{
	return frame_of(history(past), frame).axis_ns;
}

static struct pg_buf bytes_of(const struct interval *in, uint64_t frame)
{
	size_t i = (size_t)(frame - in->first);
	size_t from = in->frames[i].from;
	size_t to = i + 1 < in->nr ? in->frames[i + 1].from : in->bytes.len;
	return (struct pg_buf){.data = in->bytes.data + from, .len = to - from};
}

static void apply(struct history *h, struct pg_buf bytes, struct pg_snapshot *s)
{
	pg_unpack_frame(&h->unpack, bytes.data, bytes.len, s);
}

static void start_at(struct history *h, const struct key *k, size_t interval)
{
	pg_snapshot_clear(&h->key);
	pg_snapshot_share(&h->key, &k->s);
	h->key_frame = h->intervals[interval]->first;
}

/* The key of an interval, from the nearest one before it that is a snapshot. */
static void reach_key(struct history *h, size_t interval)
{
	uint64_t to = h->intervals[interval]->first;
	if (!h->has_got || h->key_frame < h->intervals[0]->first || h->key_frame > to)
		start_at(h, &h->oldest, 0);
	if (h->key_frame < to && interval > 0 && interval == h->nr - 1)
		start_at(h, &h->newest, interval);
	for (size_t i = interval_of(h, h->key_frame); i < interval; i++)
		apply(h, h->intervals[i + 1]->leap, &h->key);
	h->key_frame = to;
}

/* To where the bytes lead to a frame soonest: it is there already, or the key. */
static void begin_at(struct history *h, size_t interval, uint64_t frame)
{
	const struct interval *in = h->intervals[interval];
	bool ahead = h->has_got && h->got_frame <= frame;
	if (ahead && h->got_frame >= in->first)
		return;
	if (ahead && h->got_frame + 1 == frame && bytes_of(in, frame).len)
		return;
	reach_key(h, interval);
	pg_snapshot_clear(&h->got);
	pg_snapshot_share(&h->got, &h->key);
	h->got_frame = in->first;
	h->has_got = true;
}

static int get(struct pg_past *past, uint64_t frame, struct pg_snapshot *out, struct pg_error *err)
{
	struct history *h = history(past);
	if (!has(h, frame))
		return pg_fail(err, -ENOENT, "frame %" PRIu64 " is not kept%s", frame,
			       frame < h->end ? " any more" : "");
	size_t interval = interval_of(h, frame);
	h->idle = 0;
	begin_at(h, interval, frame);
	while (h->got_frame < frame)
		apply(h, bytes_of(h->intervals[interval], ++h->got_frame), &h->got);
	pg_snapshot_share(out, &h->got);
	return 0;
}

static void close_history(struct pg_past *past)
{
	struct history *h = history(past);
	for (size_t i = 0; i < h->nr; i++)
		free_interval(h->intervals[i]);
	free(h->intervals);
	free_key(&h->oldest);
	free_key(&h->newest);
	pg_snapshot_free(&h->last);
	pg_snapshot_free(&h->got);
	pg_snapshot_free(&h->key);
	pg_pack_free(&h->pack);
	pg_unpack_free(&h->unpack);
	free(h);
}

struct pg_past *pg_history_open(const struct pg_history_options *o)
{
	static const struct pg_past_ops ops = {.first = first,
					       .end = end,
					       .wall_ns = wall_ns,
					       .axis_ns = axis_ns,
					       .get = get,
					       .close = close_history};
	struct history *h = pg_calloc(1, sizeof(*h));
	h->base.ops = &ops;
	h->options.max_ns = o && o->max_ns ? o->max_ns : PG_HISTORY_NS;
	h->options.max_bytes = o && o->max_bytes ? o->max_bytes : PG_HISTORY_BYTES;
	return &h->base;
}
