/* SPDX-License-Identifier: MIT */
/*
 * The table of fields. The rows of a frame stand in key order, the exited ones at the place where
 * they used to stand. A frame is written to the descriptor in one go when all its rows are there.
 */
#include <stdlib.h>

#include "base/outlet.h"
#include "csv.h"
#include "sink.h"

struct sink_csv {
	struct pg_sink base;
	struct pg_csv_options o;
	const struct pg_field **fields;
	size_t nr_fields;
	struct pg_buf buf;
};

static void put_row(struct sink_csv *s, struct pg_row *row)
{
	for (size_t i = 0; i < s->nr_fields; i++) {
		if (i > 0)
			pg_buf_putc(&s->buf, ',');
		struct pg_value v = s->fields[i]->get(row);
		pg_csv_value(&s->buf, &v);
	}
	pg_buf_putc(&s->buf, '\n');
}

static void put_gone(struct sink_csv *s, const struct pg_frame *f, const struct pg_gone *g)
{
	const struct pg_change change = {.cls = PG_EXITED};
	struct pg_row row = {
		.frame = f, .proc = g->proc, .task = g->task, .change = &change, .gone = g};
	put_row(s, &row);
}

/* Whether an exited task stood before this one. */
static bool gone_before(const struct pg_gone *g, const struct pg_proc *p, const struct pg_task *t)
{
	int order = pg_proc_cmp(g->proc, p);
	return order ? order < 0 : pg_task_cmp(p->pid, g->task, t) < 0;
}

static int csv_frame(struct pg_sink *base, const struct pg_frame *f)
{
	struct sink_csv *s = (struct sink_csv *)base;
	const struct pg_changes *c = f->changes;
	/* In a first frame nothing is known to be quiet. */
	bool changed_only = s->o.changed_only && !c->first;
	size_t gone = 0;
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		if (changed_only && c->start[i] == PG_UNCHANGED)
			continue;
		for (uint32_t k = 0; k < p->nr_tasks; k++) {
			const struct pg_task *t = &p->tasks[k];
			while (gone < c->nr_gone && gone_before(&c->gone[gone], p, t))
				put_gone(s, f, &c->gone[gone++]);
			struct pg_place at = {.proc = p, .task = t, .proc_index = i};
			struct pg_change change = pg_changes_of(c, &at);
			if (changed_only && pg_csv_is_quiet(&change))
				continue;
			struct pg_row row = {.frame = f, .proc = p, .task = t, .change = &change};
			put_row(s, &row);
		}
	}
	while (gone < c->nr_gone)
		put_gone(s, f, &c->gone[gone++]);
	return pg_outlet_flush(&s->buf, s->o.fd, s->o.stop_fd);
}

static int csv_begin(struct pg_sink *base)
{
	struct sink_csv *s = (struct sink_csv *)base;
	for (size_t i = 0; s->o.titles && i < s->nr_fields; i++) {
		if (i > 0)
			pg_buf_putc(&s->buf, ',');
		pg_buf_puts(&s->buf, s->fields[i]->name);
	}
	if (s->o.titles)
		pg_buf_putc(&s->buf, '\n');
	return 0; /* written with the first frame */
}

static int csv_end(struct pg_sink *base)
{
	struct sink_csv *s = (struct sink_csv *)base;
	return pg_outlet_flush(&s->buf, s->o.fd, s->o.stop_fd);
}

static void csv_free(struct pg_sink *base)
{
	struct sink_csv *s = (struct sink_csv *)base;
	free(s->fields);
	pg_buf_free(&s->buf);
	free(s);
}

static const struct pg_sink_ops csv_ops = {
	.name = "csv",
	.begin = csv_begin,
	.frame = csv_frame,
	.end = csv_end,
	.free = csv_free,
};

struct pg_sink *pg_sink_csv_new(const struct pg_csv_options *o)
{
	struct sink_csv *s = pg_calloc(1, sizeof(*s));
	s->base.ops = &csv_ops;
	s->o = *o;
	s->o.fields = NULL; /* the caller's array need not live on */
	s->fields = pg_calloc(o->fields ? o->nr_fields : pg_nr_fields, sizeof(*s->fields));
	for (size_t i = 0; o->fields && i < o->nr_fields; i++)
		s->fields[s->nr_fields++] = o->fields[i];
	for (size_t i = 0; !o->fields && i < pg_nr_fields; i++)
		if (pg_fields[i].table)
			s->fields[s->nr_fields++] = &pg_fields[i];
	return &s->base;
}
