/* SPDX-License-Identifier: MIT */
#include "history_pack.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "history_words.h"

/* The lowest bits of the number that begins an op; KEEP and DROP have a count above them. */
enum { KEEP, DROP, CHANGE, PATCH, NEW, OP_BITS = 3, OP_MASK = 7 };
/* Ends the rows of a block: nothing else keeps none. */
#define END KEEP

/* What a new process and a new row are compared with. */
static const struct pg_proc nobody;
static const struct pg_task nothing;

/* Behind references and size. */
static void *values_of(struct pg_proc *p)
{
	return (char *)p + offsetof(struct pg_proc, pid);
}

static struct pg_words words_of_proc(const struct pg_proc *p)
{
	return (struct pg_words){.at = (const char *)p + offsetof(struct pg_proc, pid), .proc = p};
}

static struct pg_words words_of_task(const struct pg_proc *p, const struct pg_task *t)
{
	return (struct pg_words){.at = t, .proc = p};
}

/* ---- packing -------------------------------------------------------------------------------- */

void pg_pack_free(struct pg_pack *p)
{
	pg_buf_free(&p->bytes);
	free(p->swaps);
	*p = (struct pg_pack){0};
}

/* Equal neighbours are one op: how many have been met since the last one, and of which kind. */
struct run {
	struct pg_buf *out;
	uint64_t op, nr;
};

static void end_run(struct run *r)
{
	if (r->nr)
		pg_pack_varint(r->out, r->nr << OP_BITS | r->op);
	r->nr = 0;
}

static void count(struct run *r, uint64_t op)
{
	if (r->op != op)
		end_run(r);
	r->op = op;
	r->nr++;
}

static void begin_op(struct run *r, uint64_t op)
{
	end_run(r);
	pg_pack_varint(r->out, op);
}

/* True if a string has changed. */
static bool pack_row(struct run *r, struct pg_words was, struct pg_words now)
{
	uint64_t mask = pg_words_differ(&pg_shape_task, was, now);
	if (!mask && was.at != &nothing) {
		count(r, KEEP);
		return false;
	}
	begin_op(r, was.at == &nothing ? NEW : CHANGE);
	pg_words_pack(r->out, &pg_shape_task, mask, was, now);
	return mask & pg_shape_task.strings;
}

/* True if rows came or went. */
static bool pack_rows(struct run *r, const struct pg_proc *was, const struct pg_proc *now)
{
	bool moved = false;
	uint32_t i = 0, j = 0;
	while (i < now->nr_tasks || j < was->nr_tasks) {
		int order = i == now->nr_tasks ? 1 : -1;
		if (i < now->nr_tasks && j < was->nr_tasks)
			order = now->pid == was->pid
					? pg_task_cmp(now->pid, &now->tasks[i], &was->tasks[j])
					: 0; /* another process: by place */
		moved |= order != 0;
		if (order > 0) {
			count(r, DROP);
			j++;
			continue;
		}
		moved |= pack_row(r, words_of_task(was, order ? &nothing : &was->tasks[j]),
				  words_of_task(now, &now->tasks[i]));
		i++;
		j += order == 0;
	}
	begin_op(r, END);
	return moved;
}

/* True if it is not the block of before with other numbers: rows or strings have moved. */
static bool pack_block(struct pg_buf *out, const struct pg_proc *was, const struct pg_proc *now)
{
	struct pg_words from = words_of_proc(was), to = words_of_proc(now);
	uint64_t mask = pg_words_differ(&pg_shape_proc, from, to);
	struct run r = {.out = out};
	pg_words_pack(out, &pg_shape_proc, mask, from, to);
	return pack_rows(&r, was, now) || (mask & pg_shape_proc.strings);
}

static void pack_told(struct pg_buf *out, const struct pg_told *t)
{
	pg_pack_varint(out, t->listening);
	pg_pack_varint(out, t->events);
	pg_pack_varint(out, t->missed);
	pg_pack_varint(out, t->nr_endings);
	for (size_t i = 0; i < t->nr_endings; i++) {
		const struct pg_ending *e = &t->endings[i];
		pg_pack_varint(out, (uint32_t)e->key.pid);
		pg_pack_varint(out, (uint32_t)e->key.tid);
		pg_pack_varint(out, e->key.start);
		pg_pack_varint(out, (uint32_t)e->exit_code);
	}
	pg_pack_varint(out, t->nr_brief);
	for (size_t i = 0; i < t->nr_brief; i++) {
		pg_pack_varint(out, (uint32_t)t->brief_codes[i]);
		/* Much alike: in a storm of births there are thousands, of few names. */
		pack_block(out, i ? t->brief[i - 1] : &nobody, t->brief[i]);
	}
	pg_pack_varint(out, t->nr_rest);
	for (size_t i = 0; i < t->nr_rest; i++) {
		pg_pack_varint(out, (uint32_t)t->rest[i].ppid);
		pg_pack_varint(out, t->rest[i].nr);
	}
}

static void swap(struct pg_pack *p, struct pg_proc *lost, struct pg_proc *came)
{
	p->swaps = pg_grow(p->swaps, &p->cap, p->nr_swaps + 1, sizeof(*p->swaps));
	p->swaps[p->nr_swaps++] = (struct pg_pack_swap){.lost = lost, .came = came};
}

static void pack_procs(struct pg_pack *p, const struct pg_snapshot *was,
		       const struct pg_snapshot *now)
{
	struct run r = {.out = &p->bytes};
	size_t i = 0, j = 0;
	while (i < now->nr_procs || j < was->nr_procs) {
		struct pg_proc *is = i < now->nr_procs ? now->procs[i] : NULL;
		struct pg_proc *old = j < was->nr_procs ? was->procs[j] : NULL;
		int order = is == old ? 0 : !is ? 1 : !old ? -1 : pg_proc_cmp(is, old);
		if (order > 0) {
			count(&r, DROP);
			swap(p, old, NULL);
		} else if (is == old) {
			count(&r, KEEP);
		} else {
			begin_op(&r, order ? NEW : PATCH);
			size_t op = p->bytes.len - 1;
			if (pack_block(&p->bytes, order ? &nobody : old, is) && !order)
				p->bytes.data[op] = CHANGE;
			swap(p, order ? NULL : old, is);
		}
		i += order <= 0;
		j += order >= 0;
	}
	end_run(&r);
}

void pg_pack_frame(struct pg_pack *p, const struct pg_snapshot *was, const struct pg_snapshot *now)
{
	struct pg_words from = {.at = was}, to = {.at = now};
	pg_buf_clear(&p->bytes);
	p->nr_swaps = 0;
	pg_words_pack(&p->bytes, &pg_shape_snapshot, pg_words_differ(&pg_shape_snapshot, from, to),
		      from, to);
	pack_told(&p->bytes, &now->told);
	pack_procs(p, was, now);
}

/* ---- unpacking ------------------------------------------------------------------------------ */

void pg_unpack_free(struct pg_unpack *u)
{
	pg_block_free(&u->block);
	free(u->procs);
	*u = (struct pg_unpack){0};
}

static void unpack_row(struct pg_unpack_at *at, uint64_t mask, const struct pg_proc *was,
		       const struct pg_task *t_was, struct pg_block *b)
{
	struct pg_task t;
	pg_words_unpack(at, &pg_shape_task, mask, words_of_task(was, t_was), &t, b);
	pg_block_put(b, &t);
}

static void unpack_rows(struct pg_unpack_at *at, const struct pg_proc *was, struct pg_block *b)
{
	const struct pg_task *from = was->tasks;
	for (;;) {
		uint64_t op = pg_unpack_varint(at), nr = op >> OP_BITS;
		switch (op & OP_MASK) {
		case KEEP:
			if (nr == 0)
				return;
			for (; nr > 0; nr--)
				unpack_row(at, 0, was, from++, b);
			break;
		case DROP:
			from += nr;
			break;
		case CHANGE:
			unpack_row(at, pg_unpack_varint(at), was, from++, b);
			break;
		default:
			unpack_row(at, pg_unpack_varint(at), &nobody, &nothing, b);
		}
	}
}

static struct pg_proc *unpack_block(struct pg_unpack *u, struct pg_unpack_at *at,
				    const struct pg_proc *was)
{
	struct pg_block *b = &u->block;
	struct pg_proc values = {.size = 0};
	pg_block_begin(b, was->pid, was->scope);
	pg_words_unpack(at, &pg_shape_proc, pg_unpack_varint(at), words_of_proc(was),
			values_of(&values), b);
	unpack_rows(at, was, b);
	/* What the builder counted is among them. */
	memcpy(values_of(pg_block_proc(b)), values_of(&values),
	       pg_shape_proc.nr * sizeof(uint64_t));
	return pg_block_end(b, NULL);
}

static struct pg_proc *unpack_patch(struct pg_unpack_at *at, const struct pg_proc *was)
{
	struct pg_proc *p = pg_alloc(was->size);
	memcpy(p, was, was->size);
	atomic_init(&p->refs, 1);
	pg_words_patch(at, &pg_shape_proc, pg_unpack_varint(at), values_of(p));
	for (struct pg_task *t = p->tasks;;) {
		uint64_t op = pg_unpack_varint(at);
		if (op == END)
			return p;
		if (op == CHANGE)
			pg_words_patch(at, &pg_shape_task, pg_unpack_varint(at), t++);
		else
			t += op >> OP_BITS;
	}
}

static void unpack_brief(struct pg_unpack *u, struct pg_unpack_at *at, struct pg_told *t)
{
	t->nr_brief = pg_unpack_varint(at);
	if (!t->nr_brief)
		return;
	t->brief = pg_calloc(t->nr_brief, sizeof(struct pg_proc *));
	t->brief_codes = pg_calloc(t->nr_brief, sizeof(*t->brief_codes));
	for (size_t i = 0; i < t->nr_brief; i++) {
		t->brief_codes[i] = (int32_t)pg_unpack_varint(at);
		t->brief[i] = unpack_block(u, at, i ? t->brief[i - 1] : &nobody);
	}
}

static void unpack_told(struct pg_unpack *u, struct pg_unpack_at *at, struct pg_told *t)
{
	*t = (struct pg_told){.listening = pg_unpack_varint(at) != 0};
	t->events = pg_unpack_varint(at);
	t->missed = pg_unpack_varint(at);
	t->nr_endings = pg_unpack_varint(at);
	t->endings = t->nr_endings ? pg_calloc(t->nr_endings, sizeof(*t->endings)) : NULL;
	for (size_t i = 0; i < t->nr_endings; i++) {
		struct pg_ending *e = &t->endings[i];
		e->key.pid = (int32_t)pg_unpack_varint(at);
		e->key.tid = (int32_t)pg_unpack_varint(at);
		e->key.start = pg_unpack_varint(at);
		e->exit_code = (int32_t)pg_unpack_varint(at);
	}
	unpack_brief(u, at, t);
	t->nr_rest = pg_unpack_varint(at);
	t->rest = t->nr_rest ? pg_calloc(t->nr_rest, sizeof(*t->rest)) : NULL;
	for (size_t i = 0; i < t->nr_rest; i++) {
		t->rest[i].ppid = (int32_t)pg_unpack_varint(at);
		t->rest[i].nr = (uint32_t)pg_unpack_varint(at);
	}
}

/* References of what is kept move from one array to the other. */
struct walk {
	struct pg_unpack *u;
	struct pg_proc **from;
	size_t nr;
};

static void keep(struct walk *w, size_t n)
{
	w->u->procs = pg_grow(w->u->procs, &w->u->cap, w->nr + n, sizeof(struct pg_proc *));
	memcpy(w->u->procs + w->nr, w->from, n * sizeof(struct pg_proc *));
	w->nr += n;
	w->from += n;
}

static void put(struct walk *w, struct pg_proc *p)
{
	w->u->procs = pg_grow(w->u->procs, &w->u->cap, w->nr + 1, sizeof(struct pg_proc *));
	w->u->procs[w->nr++] = p;
}

static void drop(struct walk *w, size_t n)
{
	for (; n > 0; n--)
		pg_proc_unref(*w->from++);
}

static void unpack_procs(struct pg_unpack *u, struct pg_unpack_at *at, struct pg_snapshot *s)
{
	struct walk w = {.u = u, .from = s->procs};
	while (at->p < at->end) {
		uint64_t op = pg_unpack_varint(at);
		switch (op & OP_MASK) {
		case KEEP:
			keep(&w, op >> OP_BITS);
			break;
		case DROP:
			drop(&w, op >> OP_BITS);
			break;
		case CHANGE:
			put(&w, unpack_block(u, at, *w.from));
			drop(&w, 1);
			break;
		case PATCH:
			put(&w, unpack_patch(at, *w.from));
			drop(&w, 1);
			break;
		default:
			put(&w, unpack_block(u, at, &nobody));
		}
	}
	struct pg_proc **spare = s->procs;
	size_t cap = s->cap;
	s->procs = u->procs;
	s->nr_procs = w.nr;
	s->cap = u->cap;
	u->procs = spare;
	u->cap = cap;
}

void pg_unpack_frame(struct pg_unpack *u, const char *bytes, size_t n, struct pg_snapshot *s)
{
	const unsigned char *p = (const unsigned char *)bytes;
	struct pg_unpack_at at = {.p = p, .end = p + n};
	pg_told_clear(&s->told);
	pg_words_unpack(&at, &pg_shape_snapshot, pg_unpack_varint(&at), (struct pg_words){.at = s},
			s, NULL);
	unpack_told(u, &at, &s->told);
	unpack_procs(u, &at, s);
}
