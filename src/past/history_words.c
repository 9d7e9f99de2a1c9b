/* SPDX-License-Identifier: MIT */
#include "history_words.h"

#include <stddef.h>
#include <string.h>

#define WORD              sizeof(uint64_t)
#define MAX_WORDS         64
#define BIT(type, member) (UINT64_C(1) << offsetof(type, member) / WORD)
#define PROC_BIT(member)                                                                           \
	(UINT64_C(1) << (offsetof(struct pg_proc, member) - offsetof(struct pg_proc, pid)) / WORD)

const struct pg_shape pg_shape_snapshot = {
	.nr = offsetof(struct pg_snapshot, told) / WORD,
	.pairs = BIT(struct pg_snapshot, ticks_per_sec) | BIT(struct pg_snapshot, cost.tasks_read),
};

const struct pg_shape pg_shape_proc = {
	.nr = (sizeof(struct pg_proc) - offsetof(struct pg_proc, pid)) / WORD,
	.pairs = PROC_BIT(pid) | PROC_BIT(scope) | PROC_BIT(nr_disk_sleep) | PROC_BIT(nr_unseen),
	.strings = PROC_BIT(user),
};

const struct pg_shape pg_shape_task = {
	.nr = sizeof(struct pg_task) / WORD,
	.pairs = BIT(struct pg_task, tid) | BIT(struct pg_task, ppid) |
		 BIT(struct pg_task, priority) | BIT(struct pg_task, policy) |
		 BIT(struct pg_task, flags) | BIT(struct pg_task, uid),
	.strings = BIT(struct pg_task, comm) | BIT(struct pg_task, raw[0]) |
		   BIT(struct pg_task, raw[1]) | BIT(struct pg_task, raw[2]),
};

_Static_assert(offsetof(struct pg_snapshot, told) % WORD == 0 &&
		       offsetof(struct pg_snapshot, told) / WORD <= MAX_WORDS,
	       "a mask has a bit for each word");
_Static_assert(sizeof(struct pg_proc) % WORD == 0 && offsetof(struct pg_proc, pid) % WORD == 0 &&
		       offsetof(struct pg_proc, user) % WORD == 0,
	       "words from pid on");
_Static_assert(sizeof(struct pg_task) % WORD == 0 && sizeof(struct pg_task) / WORD <= MAX_WORDS &&
		       offsetof(struct pg_task, comm) % WORD == 0 &&
		       offsetof(struct pg_task, raw) % WORD == 0 && sizeof(struct pg_str) == WORD &&
		       PG_NR_RAW == 3,
	       "each string is a word");

void pg_pack_varint(struct pg_buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		pg_buf_putc(out, (char)(v | 0x80));
	pg_buf_putc(out, (char)v);
}

static uint64_t word(const void *at, unsigned i)
{
	uint64_t v;
	memcpy(&v, (const char *)at + i * WORD, WORD);
	return v;
}

static struct pg_str string(const void *at, unsigned i)
{
	struct pg_str s;
	memcpy(&s, (const char *)at + i * WORD, WORD);
	return s;
}

static bool same_string(struct pg_words a, struct pg_words b, unsigned i)
{
	struct pg_str x = string(a.at, i), y = string(b.at, i);
	return x.len == y.len &&
	       (x.len == 0 || memcmp(pg_proc_str(a.proc, x), pg_proc_str(b.proc, y), x.len) == 0);
}

uint64_t pg_words_differ(const struct pg_shape *shape, struct pg_words was, struct pg_words now)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < shape->nr; i++)
		mask |= (uint64_t)(word(was.at, i) != word(now.at, i)) << i;
	mask &= ~shape->strings;
	for (uint64_t left = shape->strings; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		if (!same_string(was, now, i))
			mask |= UINT64_C(1) << i;
	}
	return mask;
}

/* Low and high half each for itself: a change of one does not make the other a large number. */
static void put_pair(struct pg_buf *out, uint64_t was, uint64_t now)
{
	int32_t low = (int32_t)((uint32_t)now - (uint32_t)was);
	int32_t high = (int32_t)((uint32_t)(now >> 32) - (uint32_t)(was >> 32));
	pg_pack_varint(out, pg_zigzag((uint64_t)(int64_t)low));
	pg_pack_varint(out, pg_zigzag((uint64_t)(int64_t)high));
}

static uint64_t take_pair(struct pg_unpack_at *at, uint64_t was)
{
	uint32_t low = (uint32_t)was + (uint32_t)pg_unzigzag(pg_unpack_varint(at));
	uint32_t high = (uint32_t)(was >> 32) + (uint32_t)pg_unzigzag(pg_unpack_varint(at));
	return (uint64_t)high << 32 | low;
}

void pg_words_pack(struct pg_buf *out, const struct pg_shape *shape, uint64_t mask,
		   struct pg_words was, struct pg_words now)
{
	pg_pack_varint(out, mask);
	for (uint64_t left = mask; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		if (shape->strings >> i & 1) {
			struct pg_str s = string(now.at, i);
			pg_pack_varint(out, s.len);
			pg_buf_put(out, pg_proc_str(now.proc, s), s.len);
		} else if (shape->pairs >> i & 1) {
			put_pair(out, word(was.at, i), word(now.at, i));
		} else {
			pg_pack_varint(out, pg_zigzag(word(now.at, i) - word(was.at, i)));
		}
	}
}

void pg_words_patch(struct pg_unpack_at *at, const struct pg_shape *shape, uint64_t mask, void *to)
{
	for (uint64_t left = mask; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		uint64_t v = word(to, i);
		v = shape->pairs >> i & 1 ? take_pair(at, v)
					  : v + pg_unzigzag(pg_unpack_varint(at));
		memcpy((char *)to + i * WORD, &v, WORD);
	}
}

static struct pg_str take_string(struct pg_unpack_at *at, struct pg_block *block)
{
	size_t n = pg_unpack_varint(at);
	struct pg_str s = pg_block_string(block, (const char *)at->p, n);
	at->p += n;
	return s;
}

void pg_words_unpack(struct pg_unpack_at *at, const struct pg_shape *shape, uint64_t mask,
		     struct pg_words was, void *to, struct pg_block *block)
{
	memcpy(to, was.at, shape->nr * WORD);
	for (uint64_t left = mask | shape->strings; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		if (!(shape->strings >> i & 1)) {
			pg_words_patch(at, shape, UINT64_C(1) << i, to);
			continue;
		}
		struct pg_str s = string(was.at, i);
		s = mask >> i & 1 ? take_string(at, block)
				  : pg_block_string(block, pg_proc_str(was.proc, s), s.len);
		memcpy((char *)to + i * WORD, &s, WORD);
	}
}
