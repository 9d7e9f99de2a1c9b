/* SPDX-License-Identifier: MIT */
/*
 * The engine with sources made for it: one that counts, one whose inspect() hangs. What is awaited
 * is the engine's descriptor, with poll(); nothing sleeps.
 */
#include "engine/engine.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/util.h"

#define WAIT_MS 120000 /* for a machine that is very busy; a pass takes none of it */

struct fake {
	struct pg_source base;
	int left; /* snapshots until the end; < 0: no end */
	int error;
	int short_of_files; /* snapshots after the first that fail for want of descriptors */
	bool glances[4];
	int nr_taken;
	pthread_mutex_t hang; /* inspect() takes it */
	bool *closed;
};

static int fake_next(struct pg_source *base, const struct pg_plan *plan, struct pg_snapshot *out,
		     struct pg_error *err)
{
	struct fake *f = (struct fake *)base;
	if (f->error)
		return pg_fail(err, -f->error, "lost");
	if (f->nr_taken > 0 && f->short_of_files > 0) {
		f->short_of_files--;
		return pg_fail(err, -EMFILE, "no files");
	}
	if (f->left == 0)
		return PG_NEXT_END;
	f->left--;
	if (f->nr_taken < 4)
		f->glances[f->nr_taken] = plan->glance;
	out->mono_ns = (uint64_t)++f->nr_taken * PG_NS_PER_SEC;
	out->scope = plan->scope;
	return PG_NEXT_OK;
}

static void fake_inspect(struct pg_source *base, struct pg_inquiry q, struct pg_detail *out)
{
	struct fake *f = (struct fake *)base;
	if (q.key.pid == 666) {
		pthread_mutex_lock(&f->hang);
		pthread_mutex_unlock(&f->hang);
	}
	*out = (struct pg_detail){.of = q, .cmdline = pg_strdup("x"), .cmdline_len = 1};
}

static void fake_close(struct pg_source *base)
{
	struct fake *f = (struct fake *)base;
	if (f->closed)
		*f->closed = true;
}

static const struct pg_source_ops fake_ops = {
	.name = "fake", .next = fake_next, .inspect = fake_inspect, .close = fake_close};

static struct pg_engine *start(struct fake *f, bool paced, uint64_t delay_ns, bool glance)
{
	struct pg_error err;
	f->base.ops = &fake_ops;
	f->base.paced = paced;
	pthread_mutex_init(&f->hang, NULL);
	struct pg_engine_options o = {
		.source = &f->base, .delay_ns = delay_ns, .glance_first = glance};
	struct pg_engine *e = pg_engine_open(&o, &err);
	cr_assert(e);
	return e;
}

static void await(struct pg_engine *e)
{
	struct pollfd p = {.fd = pg_engine_fd(e), .events = POLLIN};
	cr_assert_eq(poll(&p, 1, WAIT_MS), 1, "nothing came");
}

static struct pg_snapshot *await_snapshot(struct pg_engine *e)
{
	struct pg_snapshot *s = NULL;
	struct pg_error err;
	enum pg_take t;
	do {
		await(e);
		t = pg_engine_take(e, &s, &err);
	} while (t == PG_TAKE_NOTHING);
	cr_assert_eq(t, PG_TAKE_SNAPSHOT);
	return s;
}

Test(engine, an_unpaced_source_loses_no_snapshot_and_then_ends)
{
	bool closed = false;
	struct fake f = {.left = 5, .closed = &closed};
	struct pg_engine *e = start(&f, false, 3600 * PG_NS_PER_SEC, false);
	for (uint64_t i = 1; i <= 5; i++) {
		struct pg_snapshot *s = await_snapshot(e);
		cr_expect_eq(s->mono_ns, i * PG_NS_PER_SEC);
		pg_engine_recycle(e, s);
	}
	struct pg_snapshot *s;
	struct pg_error err;
	enum pg_take t = PG_TAKE_NOTHING;
	while (t == PG_TAKE_NOTHING) {
		await(e);
		t = pg_engine_take(e, &s, &err);
	}
	cr_expect_eq(t, PG_TAKE_END);
	pg_engine_close(e);
	cr_expect(closed);
}

Test(engine, a_lost_source_says_why)
{
	struct fake f = {.left = -1, .error = 5};
	struct pg_engine *e = start(&f, true, PG_NS_PER_SEC, false);
	struct pg_snapshot *s;
	struct pg_error err = {""};
	enum pg_take t = PG_TAKE_NOTHING;
	while (t == PG_TAKE_NOTHING) {
		await(e);
		t = pg_engine_take(e, &s, &err);
	}
	cr_expect_eq(t, PG_TAKE_ERROR);
	cr_expect_str_eq(err.text, "lost");
	pg_engine_close(e);
}

/* The last snapshot stays, and others follow; but without a first one there is nothing to show. */
Test(engine, a_sample_without_descriptors_is_told_and_tried_again)
{
	struct fake f = {.left = -1, .short_of_files = 3};
	struct pg_engine *e = start(&f, true, PG_NS_PER_SEC / 1000, false);
	struct pg_snapshot *s = await_snapshot(e);
	cr_expect_eq(s->mono_ns, PG_NS_PER_SEC);
	pg_engine_recycle(e, s);
	struct pg_error err = {""};
	enum pg_take t = PG_TAKE_NOTHING;
	for (int told = 0; t != PG_TAKE_SNAPSHOT;) {
		await(e);
		t = pg_engine_take(e, &s, &err);
		told += t == PG_TAKE_AGAIN;
		cr_assert(t != PG_TAKE_ERROR && t != PG_TAKE_END);
		if (t == PG_TAKE_AGAIN)
			cr_expect_str_eq(err.text, "no files");
		cr_assert(t != PG_TAKE_SNAPSHOT || told > 0 || s->mono_ns > PG_NS_PER_SEC);
	}
	cr_expect_gt(s->mono_ns, PG_NS_PER_SEC);
	pg_engine_recycle(e, s);
	pg_engine_close(e);
	f = (struct fake){.left = -1, .error = EMFILE};
	e = start(&f, true, PG_NS_PER_SEC, false);
	do {
		await(e);
		t = pg_engine_take(e, &s, &err);
	} while (t == PG_TAKE_NOTHING);
	cr_expect_eq(t, PG_TAKE_ERROR);
	pg_engine_close(e);
}

/* With a delay of an hour only the glance's successor and a request bring more. */
Test(engine, a_glance_is_followed_at_once_and_a_request_is_answered)
{
	struct fake f = {.left = -1};
	struct pg_engine *e = start(&f, true, 3600 * PG_NS_PER_SEC, true);
	pg_engine_recycle(e, await_snapshot(e));
	pg_engine_recycle(e, await_snapshot(e));
	cr_expect(f.glances[0]);
	cr_expect_not(f.glances[1]);
	pg_engine_sample_now(e);
	pg_engine_recycle(e, await_snapshot(e));
	pg_engine_close(e);
}

Test(engine, another_plan_is_sampled_at_once_and_again_soon)
{
	struct fake f = {.left = -1};
	struct pg_engine *e = start(&f, true, 3600 * PG_NS_PER_SEC, false);
	pg_engine_recycle(e, await_snapshot(e));
	struct pg_plan plan = {.scope = PG_SCOPE_PROCESS};
	pg_engine_set_plan(e, &plan);
	for (int i = 0; i < 2; i++) {
		struct pg_snapshot *s = await_snapshot(e);
		cr_expect_eq(s->scope, PG_SCOPE_PROCESS);
		pg_engine_recycle(e, s);
	}
	pg_engine_close(e);
}

static enum pg_detail_state await_detail(struct pg_engine *e, struct pg_inquiry *of,
					 struct pg_detail *d)
{
	enum pg_detail_state st;
	while ((st = pg_engine_take_detail(e, of, d)) == PG_DETAIL_NONE) {
		struct pollfd p = {.fd = pg_engine_fd(e), .events = POLLIN};
		poll(&p, 1, pg_engine_timeout_ms(e));
		struct pg_snapshot *s = NULL;
		if (pg_engine_take(e, &s, NULL) == PG_TAKE_SNAPSHOT)
			pg_engine_recycle(e, s);
	}
	return st;
}

Test(engine, details_are_read_by_the_inspector)
{
	struct fake f = {.left = -1};
	struct pg_engine *e = start(&f, true, 3600 * PG_NS_PER_SEC, false);
	struct pg_inquiry of, asked = {.key = {.pid = 5, .tid = 5, .start = 1}};
	struct pg_detail d = {0};
	cr_expect_eq(pg_engine_take_detail(e, &of, &d), PG_DETAIL_NONE);
	cr_expect_eq(pg_engine_timeout_ms(e), -1);
	pg_engine_inspect(e, asked);
	cr_expect_eq(await_detail(e, &of, &d), PG_DETAIL_READY);
	cr_expect_eq(of.key.pid, 5);
	cr_expect_str_eq(d.cmdline, "x");
	pg_detail_free(&d);
	pg_engine_close(e);
}

Test(engine, an_inspector_that_hangs_is_left_behind)
{
	/* Static: the thread that is left behind looks at them for as long as the process lives. */
	static bool closed;
	static struct fake f = {.left = -1, .closed = &closed};
	struct pg_engine *e = start(&f, true, 3600 * PG_NS_PER_SEC, false);
	struct pg_inquiry of, hangs = {.key.pid = 666}, fine = {.key.pid = 7};
	struct pg_detail d = {0};
	pthread_mutex_lock(&f.hang);
	pg_engine_inspect(e, hangs);
	pg_engine_inspect(e, fine); /* waits behind it */
	cr_expect_eq(await_detail(e, &of, &d), PG_DETAIL_NO_ANSWER);
	cr_expect_eq(of.key.pid, 666);
	cr_expect_eq(await_detail(e, &of, &d), PG_DETAIL_READY);
	cr_expect_eq(of.key.pid, 7);
	pg_detail_free(&d);
	pg_engine_close(e);
	cr_expect_not(closed, "what the hanging thread looks at is not taken away");
	pthread_mutex_unlock(&f.hang);
}
