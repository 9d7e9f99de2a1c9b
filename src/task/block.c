/* SPDX-License-Identifier: MIT */
#include "block.h"

#include <stddef.h>
#include <string.h>

/* Rows and strings stay below 2 GiB each, so that an offset of 32 bits reaches all of the block. */
#define HALF_MAX ((size_t)INT32_MAX)

void pg_block_free(struct pg_block *b)
{
	pg_buf_free(&b->rows);
	pg_buf_free(&b->strings);
}

void pg_block_begin(struct pg_block *b, int32_t pid, uint8_t scope)
{
	struct pg_proc empty = {.pid = pid, .scope = scope};
	pg_buf_clear(&b->rows);
	pg_buf_clear(&b->strings);
	pg_buf_put(&b->rows, &empty, sizeof(empty));
}

struct pg_str pg_block_string(struct pg_block *b, const char *s, size_t n)
{
	if (n > HALF_MAX - b->strings.len)
		n = 0;
	struct pg_str str = {.off = (uint32_t)b->strings.len, .len = (uint32_t)n};
	pg_buf_put(&b->strings, s, n);
	return str;
}

void pg_block_put(struct pg_block *b, const struct pg_task *t)
{
	if (b->rows.len > HALF_MAX - sizeof(*t))
		return;
	struct pg_proc *p = pg_block_proc(b);
	p->nr_running += t->state == 'R';
	p->nr_disk_sleep += t->state == 'D';
	p->nr_zombie += t->state == 'Z';
	p->nr_unseen += t->seen_ns != 0;
	p->nr_tasks++;
	if ((t->valid & PG_STAT) && t->tid == p->pid)
		p->start = t->start;
	if (t->flags & PG_PF_KTHREAD)
		p->kthread = true;
	pg_buf_put(&b->rows, t, sizeof(*t));
}

/* Empty ones stay at 0, also in rows that come from the block before: it can then be the same. */
static void move_string(struct pg_str *s, uint32_t base)
{
	s->off = s->len ? s->off + base : 0;
}

/* Strings move behind the rows; offsets become those of the block. */
static void close_block(struct pg_block *b)
{
	uint32_t base = (uint32_t)b->rows.len;
	pg_buf_put(&b->rows, b->strings.data, b->strings.len);
	struct pg_proc *p = pg_block_proc(b);
	p->size = (uint32_t)b->rows.len;
	move_string(&p->user, base);
	for (uint32_t i = 0; i < p->nr_tasks; i++) {
		move_string(&p->tasks[i].comm, base);
		for (int k = 0; k < PG_NR_RAW; k++)
			move_string(&p->tasks[i].raw[k], base);
	}
}

struct pg_proc *pg_block_end(struct pg_block *b, struct pg_proc *was)
{
	const size_t skip = offsetof(struct pg_proc, size); /* the count of references */
	close_block(b);
	const struct pg_proc *p = pg_block_proc(b);
	if (was && was->size == p->size &&
	    memcmp((const char *)was + skip, (const char *)p + skip, p->size - skip) == 0)
		return pg_proc_ref(was);
	struct pg_proc *copy = pg_alloc(p->size);
	memcpy(copy, p, p->size);
	atomic_init(&copy->refs, 1);
	return copy;
}
