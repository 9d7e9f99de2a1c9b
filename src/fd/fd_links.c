/* SPDX-License-Identifier: MIT */
/*
 * Parts are looked up in a hash table of (kind, prefix) that lives as long as one comparison; both
 * looks are sorted by number, so what came and went is found in one walk.
 */
#include "fd_links.h"

#include <stdlib.h>

#include "base/text.h"

void pg_fd_links_free(struct pg_fd_links *l)
{
	free(l->items);
	pg_buf_free(&l->text);
	*l = (struct pg_fd_links){0};
}

bool pg_fd_links_known(const struct pg_fd_links *l)
{
	return !l->refused && !l->gone && !l->failed;
}

void pg_fd_links_kinds(const struct pg_fd_links *l, uint32_t count[PG_FD_NR_KINDS])
{
	memset(count, 0, PG_FD_NR_KINDS * sizeof(*count));
	for (size_t i = 0; i < l->nr; i++)
		count[l->items[i].kind]++;
}

/* ---- parts ---------------------------------------------------------------------------------- */

struct part {
	uint8_t kind;
	uint32_t at, len; /* prefix, in text */
	int32_t opened, closed;
	uint32_t now;
};
struct tally {
	struct part *items;
	size_t nr, cap;
	uint32_t *slots; /* number in items, and 1; a power of two of them */
	size_t nr_slots;
	struct pg_buf text;
};

/* FNV-1a. */
static uint32_t hash(uint8_t kind, const char *s, size_t n)
{
	uint32_t h = (2166136261u ^ kind) * 16777619u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

static bool same(const struct tally *t, const struct part *p, uint8_t kind, uint32_t at, size_t n)
{
	return p->kind == kind && p->len == n &&
	       (n == 0 || memcmp(t->text.data + p->at, t->text.data + at, n) == 0);
}

/* The part that a link belongs to. Valid until the next call. */
static struct part *part_of(struct tally *t, const struct pg_fd_links *l,
			    const struct pg_fd_link *item)
{
	uint32_t at = (uint32_t)t->text.len;
	pg_fd_prefix((enum pg_fd_kind)item->kind, l->text.data + item->target, item->len, &t->text);
	size_t n = t->text.len - at;
	size_t slot = hash(item->kind, n ? t->text.data + at : "", n) & (t->nr_slots - 1);
	for (; t->slots[slot]; slot = (slot + 1) & (t->nr_slots - 1)) {
		struct part *p = &t->items[t->slots[slot] - 1];
		if (same(t, p, item->kind, at, n)) {
			t->text.len = at;
			return p;
		}
	}
	t->items = pg_grow(t->items, &t->cap, t->nr + 1, sizeof(*t->items));
	t->items[t->nr] = (struct part){.kind = item->kind, .at = at, .len = (uint32_t)n};
	t->slots[slot] = (uint32_t)++t->nr;
	return &t->items[t->nr - 1];
}

static bool same_link(const struct pg_fd_links *a, const struct pg_fd_link *x,
		      const struct pg_fd_links *b, const struct pg_fd_link *y)
{
	return x->kind == y->kind && x->inode == y->inode && x->len == y->len &&
	       (x->len == 0 ||
		memcmp(a->text.data + x->target, b->text.data + y->target, x->len) == 0);
}

static void walk(struct tally *t, const struct pg_fd_links *before, const struct pg_fd_links *after)
{
	size_t i = 0, k = 0;
	while (i < before->nr || k < after->nr) {
		const struct pg_fd_link *old = i < before->nr ? &before->items[i] : NULL;
		const struct pg_fd_link *new = k < after->nr ? &after->items[k] : NULL;
		bool has_old = old && (!new || old->fd <= new->fd);
		bool has_new = new && (!old || new->fd <= old->fd);
		bool stayed = has_old && has_new && same_link(before, old, after, new);
		if (has_old && !stayed)
			part_of(t, before, old)->closed++;
		if (has_new) {
			struct part *p = part_of(t, after, new);
			p->opened += !stayed;
			p->now++;
		}
		i += has_old;
		k += has_new;
	}
}

static int sign(int64_t v)
{
	return (v > 0) - (v < 0);
}

/* By net change, then by all change, then in an order that is always the same. */
static int by_weight(const void *x, const void *y, void *arg)
{
	const struct part *a = x, *b = y;
	const struct tally *t = arg;
	int64_t net_a = llabs((int64_t)a->opened - a->closed);
	int64_t net_b = llabs((int64_t)b->opened - b->closed);
	int order = sign(net_b - net_a);
	if (!order)
		order = sign((int64_t)b->opened + b->closed - a->opened - a->closed);
	if (!order)
		order = a->kind - b->kind;
	size_t n = a->len < b->len ? a->len : b->len;
	if (!order && n > 0)
		order = memcmp(t->text.data + a->at, t->text.data + b->at, n);
	return order ? order : sign((int64_t)a->len - b->len);
}

/* A prefix comes from a link, and so has no NUL. */
static void hand_over(const struct tally *t, const struct part *p, struct pg_fd_parts *out)
{
	out->items = pg_grow(out->items, &out->cap, out->nr + 1, sizeof(*out->items));
	char *prefix = pg_alloc(p->len + 1u);
	if (p->len > 0)
		memcpy(prefix, t->text.data + p->at, p->len);
	prefix[p->len] = '\0';
	out->items[out->nr++] = (struct pg_fd_part){
		.kind = p->kind,
		.opened = p->opened,
		.closed = p->closed,
		.now = p->now,
		.prefix = prefix,
	};
}

/* The first max as they are; the others together, one a kind. */
static void hand_over_all(struct tally *t, size_t max, struct pg_fd_parts *out)
{
	struct part rest[PG_FD_NR_KINDS] = {0};
	size_t changed = 0;
	for (size_t i = 0; i < t->nr; i++)
		if (t->items[i].opened || t->items[i].closed)
			t->items[changed++] = t->items[i];
	if (changed > 0)
		qsort_r(t->items, changed, sizeof(*t->items), by_weight, t);
	for (size_t i = 0; i < changed; i++) {
		const struct part *p = &t->items[i];
		if (i < max) {
			hand_over(t, p, out);
			continue;
		}
		rest[p->kind].kind = p->kind;
		rest[p->kind].opened += p->opened;
		rest[p->kind].closed += p->closed;
		rest[p->kind].now += p->now;
	}
	for (int k = 0; k < PG_FD_NR_KINDS; k++)
		if (rest[k].opened || rest[k].closed)
			hand_over(t, &rest[k], out);
}

void pg_fd_links_compare(const struct pg_fd_links *before, const struct pg_fd_links *after,
			 size_t max, struct pg_fd_parts *out)
{
	const struct pg_fd_links none = {0};
	struct tally t = {.nr_slots = 64};
	pg_fd_parts_free(out);
	before = before ? before : &none;
	if (!pg_fd_links_known(before) || !pg_fd_links_known(after))
		return;
	while (t.nr_slots < 2 * (before->nr + after->nr))
		t.nr_slots *= 2;
	t.slots = pg_calloc(t.nr_slots, sizeof(*t.slots));
	walk(&t, before, after);
	hand_over_all(&t, max, out);
	free(t.slots);
	free(t.items);
	pg_buf_free(&t.text);
}

void pg_fd_parts_free(struct pg_fd_parts *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->items[i].prefix);
	free(p->items);
	*p = (struct pg_fd_parts){0};
}

/* Columns of a prefix; a longer one is cut. */
#define PREFIX_COLUMNS 60

static void put_count(struct pg_buf *out, const struct pg_fd_part *p, char sign_, int32_t count,
		      const char *between)
{
	if (count == 0)
		return;
	pg_buf_printf(out, "%s%c%d %s", between, sign_, (int)count,
		      pg_fd_kind_name((enum pg_fd_kind)p->kind));
	if (!p->prefix[0])
		return;
	pg_buf_putc(out, ' ');
	size_t n = strlen(p->prefix);
	if (pg_text_width(p->prefix, n, true) <= PREFIX_COLUMNS) {
		pg_text_safe(out, p->prefix, n, PREFIX_COLUMNS, true);
		return;
	}
	pg_text_safe(out, p->prefix, n, PREFIX_COLUMNS - 1, true);
	pg_buf_puts(out, "…");
}

void pg_fd_parts_put(const struct pg_fd_parts *p, size_t max, struct pg_buf *out)
{
	size_t begin = out->len;
	for (size_t i = 0; i < p->nr && i < max; i++) {
		put_count(out, &p->items[i], '+', p->items[i].opened, out->len > begin ? ", " : "");
		put_count(out, &p->items[i], '-', p->items[i].closed, out->len > begin ? ", " : "");
	}
	if (p->nr > max)
		pg_buf_puts(out, max ? ", …" : "…");
}
