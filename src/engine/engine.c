/* SPDX-License-Identifier: MIT */
/*
 * One mutex guards all that scanner and main share (upper part of struct pg_engine); it is held for
 * a few assignments, never while anything is read or computed. What the inspector shares is in
 * engine_inspector.c.
 */
#include "engine.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "engine_impl.h"
#include "engine_inspector.h"

/* After a first glance the full pass follows so soon that colours come at once. */
#define GLANCE_NS           (PG_NS_PER_SEC / 4)
#define INSPECT_DEADLINE_NS (PG_NS_PER_SEC / 2)
/* So many inspectors may hang at once; after that nothing more is asked. */
#define MAX_ABANDONED 8

/* ---- what threads share --------------------------------------------------------------------- */

struct pg_engine {
	struct pg_source *source;
	pthread_t scanner;
	int event_fd;

	pthread_mutex_t lock;
	pthread_cond_t wake; /* for the scanner: something below has changed */
	bool stop, frozen, now, replan;
	uint64_t delay_ns;
	struct pg_plan plan;
	struct pg_snapshot *ready; /* the queue of one */
	struct pg_snapshot *spare;
	bool ended, failed, troubled; /* troubled: error is news, and samples go on */
	struct pg_error error;

	bool glance_first; /* read by the scanner alone */
	/* Owned by main. */
	struct pg_inspector *inspector;
	bool waiting; /* for an answer about asked */
	bool queued;  /* a newer request waits for the inspector to be free */
	struct pg_inquiry asked, next;
	uint64_t deadline_ns;
	struct pg_inspector *abandoned[MAX_ABANDONED];
	size_t nr_abandoned;
};

void pg_engine_signal(int fd)
{
	uint64_t one = 1;
	ssize_t unused = write(fd, &one, sizeof(one));
	(void)unused;
}

int pg_engine_start_thread(pthread_t *t, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	sigfillset(&all);
	/* A crash is the crashing thread's own. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int e = pthread_create(t, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return e;
}

void pg_engine_init_cond(pthread_cond_t *c)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / PG_NS_PER_SEC),
				 .tv_nsec = (long)(ns % PG_NS_PER_SEC)};
}

/* ---- the scanner ---------------------------------------------------------------------------- */

/*
 * Waits until the next sample is due: delay after the last one was due, at once on request. A
 * sample that took longer than the delay is followed at once by the next, without a burst to catch
 * up. A source that is not paced waits until the last snapshot was taken instead, so that none is
 * lost. False if the engine stops. Called and left with the lock held.
 */
static bool wait_for_turn(struct pg_engine *e, uint64_t *due)
{
	for (;;) {
		if (e->stop)
			return false;
		if (!e->source->paced) {
			if (!e->ready && !e->frozen)
				return true;
			pthread_cond_wait(&e->wake, &e->lock);
			continue;
		}
		uint64_t clock = pg_clock_ns(CLOCK_MONOTONIC);
		if (e->now || (!e->frozen && clock >= *due)) {
			/* On time: the beat is kept. Asked for, or late: it starts anew here. */
			if (e->now || clock - *due > e->delay_ns)
				*due = clock;
			e->now = false;
			return true;
		}
		if (e->frozen) {
			pthread_cond_wait(&e->wake, &e->lock);
			continue;
		}
		/* A shorter delay set meanwhile takes effect now. */
		if (*due > clock + e->delay_ns)
			*due = clock + e->delay_ns;
		struct timespec until = timespec_of(*due);
		pthread_cond_timedwait(&e->wake, &e->lock, &until);
	}
}

static struct pg_snapshot *take_spare(struct pg_engine *e)
{
	struct pg_snapshot *s = e->spare;
	e->spare = NULL;
	return s;
}

/* Puts a finished snapshot into the queue; what main had not taken becomes the spare one. */
static void publish(struct pg_engine *e, struct pg_snapshot *s)
{
	struct pg_snapshot *old = e->ready;
	e->ready = s;
	if (old && e->spare)
		pg_engine_free_snapshot(old);
	else if (old)
		e->spare = old;
	pg_engine_signal(e->event_fd);
}

/* A sample that failed for a reason that may pass: the last one stays, and main is told. */
static void retreat(struct pg_engine *e, struct pg_snapshot *s, const struct pg_error *err)
{
	pg_snapshot_clear(s);
	if (e->spare)
		pg_engine_free_snapshot(s);
	else
		e->spare = s;
	e->troubled = true;
	e->error = *err;
	pg_engine_signal(e->event_fd);
}

static void finish(struct pg_engine *e, int result, const struct pg_error *err)
{
	e->ended = true;
	e->failed = result < 0;
	e->troubled &= !e->failed;
	if (e->failed)
		e->error = *err;
	pg_engine_signal(e->event_fd);
}

static uint64_t next_due(const struct pg_engine *e, uint64_t due, bool glance)
{
	if (glance || e->replan)
		return due + (GLANCE_NS < e->delay_ns ? GLANCE_NS : e->delay_ns);
	return due + e->delay_ns;
}

/*
 * What is free goes back to the kernel: after the first passes, each of which made all blocks anew,
 * and now and then, as after a storm of births.
 */
#define TRIM_FIRST 6
#define TRIM_EVERY 60

static void trim_memory(uint64_t passes)
{
#ifdef __GLIBC__
	if (passes == TRIM_FIRST || passes % TRIM_EVERY == 0)
		malloc_trim(0);
#else
	(void)passes;
#endif
}

static void *scanner_main(void *arg)
{
	struct pg_engine *e = arg;
	uint64_t due = pg_clock_ns(CLOCK_MONOTONIC);
	bool glance = e->glance_first && e->source->paced;
	uint64_t passes = 0;
	bool published = false;
	pthread_mutex_lock(&e->lock);
	while (wait_for_turn(e, &due)) {
		struct pg_plan plan = e->plan;
		plan.glance = glance;
		struct pg_snapshot *s = take_spare(e);
		due = next_due(e, due, glance);
		e->replan = false;
		pthread_mutex_unlock(&e->lock);

		struct pg_error err = {""};
		if (s)
			pg_snapshot_recycle(s);
		else
			s = pg_calloc(1, sizeof(*s));
		trim_memory(++passes);
		int r = e->source->ops->next(e->source, &plan, s, &err);
		pg_snapshot_settle(s);
		glance = false;

		pthread_mutex_lock(&e->lock);
		if (r == PG_NEXT_OK) {
			publish(e, s);
			published = true;
			continue;
		}
		if (r == -EMFILE && published && e->source->paced) {
			retreat(e, s, &err);
			continue;
		}
		pg_engine_free_snapshot(s);
		finish(e, r, &err);
		break;
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

enum pg_take pg_engine_take(struct pg_engine *e, struct pg_snapshot **out, struct pg_error *err)
{
	uint64_t unused;
	ssize_t n = read(e->event_fd, &unused, sizeof(unused));
	(void)n;
	enum pg_take take = PG_TAKE_NOTHING;
	pthread_mutex_lock(&e->lock);
	if (e->ready) {
		*out = e->ready;
		e->ready = NULL;
		take = PG_TAKE_SNAPSHOT;
		pthread_cond_signal(&e->wake);
		if (e->ended || e->troubled)
			pg_engine_signal(e->event_fd); /* that is still to be told */
	} else if (e->troubled) {
		take = PG_TAKE_AGAIN;
		e->troubled = false;
		if (err)
			*err = e->error;
		if (e->ended)
			pg_engine_signal(e->event_fd);
	} else if (e->ended) {
		take = e->failed ? PG_TAKE_ERROR : PG_TAKE_END;
		if (err)
			*err = e->error;
	}
	pthread_mutex_unlock(&e->lock);
	return take;
}

void pg_engine_recycle(struct pg_engine *e, struct pg_snapshot *spare)
{
	if (!spare)
		return;
	pthread_mutex_lock(&e->lock);
	if (!e->spare) {
		e->spare = spare;
		spare = NULL;
	}
	pthread_mutex_unlock(&e->lock);
	pg_engine_free_snapshot(spare);
}

/* Changes what the scanner looks at, and wakes it. */
#define WITH_SCANNER(e, ...)                                                                       \
	do {                                                                                       \
		pthread_mutex_lock(&(e)->lock);                                                    \
		__VA_ARGS__;                                                                       \
		pthread_cond_signal(&(e)->wake);                                                   \
		pthread_mutex_unlock(&(e)->lock);                                                  \
	} while (0)

void pg_engine_set_delay(struct pg_engine *e, uint64_t delay_ns)
{
	WITH_SCANNER(e, e->delay_ns = delay_ns);
}

void pg_engine_set_plan(struct pg_engine *e, const struct pg_plan *plan)
{
	/* One look at the new kind, and soon a second to compare it with. */
	pthread_mutex_lock(&e->lock);
	e->plan.scope = plan->scope;
	e->plan.groups = plan->groups;
	e->plan.raw = plan->raw;
	e->now = e->replan = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
}

void pg_engine_set_focus(struct pg_engine *e, const struct pg_focus *focus, size_t nr)
{
	nr = nr < PG_FOCUS_MAX ? nr : PG_FOCUS_MAX;
	pthread_mutex_lock(&e->lock);
	memcpy(e->plan.focus, focus, nr * sizeof(*focus));
	e->plan.nr_focus = (uint8_t)nr;
	pthread_mutex_unlock(&e->lock);
}

void pg_engine_freeze(struct pg_engine *e, bool frozen)
{
	WITH_SCANNER(e, e->frozen = frozen);
}

void pg_engine_sample_now(struct pg_engine *e)
{
	WITH_SCANNER(e, e->now = true);
}

/* ---- the inspector -------------------------------------------------------------------------- */

/* Lets go of the inspector; one in the middle of a read that may never end is kept in mind. */
static void release_inspector(struct pg_engine *e)
{
	struct pg_inspector *in = e->inspector;
	e->inspector = NULL;
	if (pg_inspector_stop(in))
		e->abandoned[e->nr_abandoned++] = in;
	else
		pg_inspector_unref(in);
}

/* Forgets those whose read has ended after all. */
static void sweep_abandoned(struct pg_engine *e)
{
	size_t kept = 0;
	for (size_t i = 0; i < e->nr_abandoned; i++) {
		struct pg_inspector *in = e->abandoned[i];
		if (pg_inspector_reads(in))
			e->abandoned[kept++] = in;
		else
			pg_inspector_unref(in);
	}
	e->nr_abandoned = kept;
}

static void ask_inspector(struct pg_engine *e, struct pg_inquiry q)
{
	e->waiting = true;
	e->asked = q;
	e->deadline_ns = 0; /* without an inspector the answer is "no answer", at once */
	sweep_abandoned(e);
	if (!e->inspector && e->nr_abandoned < MAX_ABANDONED)
		e->inspector = pg_inspector_start(e->source, e->event_fd);
	if (!e->inspector) {
		pg_engine_signal(e->event_fd);
		return;
	}
	e->deadline_ns = pg_clock_ns(CLOCK_MONOTONIC) + INSPECT_DEADLINE_NS;
	pg_inspector_ask(e->inspector, q);
}

int pg_engine_timeout_ms(const struct pg_engine *e)
{
	if (!e->waiting)
		return -1;
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	return now >= e->deadline_ns ? 0 : (int)((e->deadline_ns - now) / 1000000 + 1);
}

void pg_engine_inspect(struct pg_engine *e, struct pg_inquiry q)
{
	if (e->waiting) {
		e->queued = true;
		e->next = q;
		return;
	}
	ask_inspector(e, q);
}

static void ask_queued(struct pg_engine *e)
{
	if (e->queued) {
		e->queued = false;
		ask_inspector(e, e->next);
	}
}

enum pg_detail_state pg_engine_take_detail(struct pg_engine *e, struct pg_inquiry *of,
					   struct pg_detail *out)
{
	if (!e->waiting)
		return PG_DETAIL_NONE;
	bool answered = e->inspector && pg_inspector_take(e->inspector, out);
	if (!answered && pg_clock_ns(CLOCK_MONOTONIC) < e->deadline_ns)
		return PG_DETAIL_NONE;
	*of = e->asked;
	e->waiting = false;
	if (!answered && e->inspector)
		release_inspector(e);
	ask_queued(e);
	return answered ? PG_DETAIL_READY : PG_DETAIL_NO_ANSWER;
}

/* ---- opening and closing ------------------------------------------------------------------- */

struct pg_engine *pg_engine_open(const struct pg_engine_options *o, struct pg_error *err)
{
	struct pg_engine *e = pg_calloc(1, sizeof(*e));
	e->source = o->source;
	e->plan = o->plan;
	e->delay_ns = o->delay_ns;
	e->glance_first = o->glance_first;
	e->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&e->lock, NULL);
	pg_engine_init_cond(&e->wake);
	int failed = e->event_fd < 0 ? errno : pg_engine_start_thread(&e->scanner, scanner_main, e);
	if (failed) {
		if (failed == EMFILE)
			pg_fail_files(err);
		else
			pg_fail(err, -failed, "cannot start the scanner: %s", strerror(failed));
		if (e->event_fd >= 0)
			close(e->event_fd);
		e->source->ops->close(e->source);
		free(e);
		return NULL;
	}
	return e;
}

void pg_engine_close(struct pg_engine *e)
{
	if (!e)
		return;
	WITH_SCANNER(e, e->stop = true);
	pthread_join(e->scanner, NULL);
	if (e->inspector)
		release_inspector(e);
	sweep_abandoned(e);
	pg_engine_free_snapshot(e->ready);
	pg_engine_free_snapshot(e->spare);
	/* An inspector that hangs still looks at the source and may signal: both are left to
	 * exit(2). */
	if (e->nr_abandoned == 0) {
		e->source->ops->close(e->source);
		close(e->event_fd);
	}
	for (size_t i = 0; i < e->nr_abandoned; i++)
		pg_inspector_unref(e->abandoned[i]);
	pthread_mutex_destroy(&e->lock);
	pthread_cond_destroy(&e->wake);
	free(e);
}

bool pg_engine_is_ahead(struct pg_engine *e)
{
	pthread_mutex_lock(&e->lock);
	bool ahead = e->ready || e->ended;
	pthread_mutex_unlock(&e->lock);
	return ahead;
}

int pg_engine_fd(const struct pg_engine *e)
{
	return e->event_fd;
}
