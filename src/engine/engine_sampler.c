/* SPDX-License-Identifier: MIT */
/*
 * One producer, one consumer, a ring between them: the producer alone moves head, the consumer
 * tail, and a slot is whose turn it is. No lock, so that main can never hold up a beat. The mutex
 * is for the end alone, which must not wait for a beat.
 *
 * The sampler wakes main no more than every 50 ms: main would else run as often as it does.
 */
#include "engine_sampler.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "engine_impl.h"

#define WAKE_NS     (PG_NS_PER_SEC / 20) /* main, after a sample, at the latest */
#define LATE_MIN_NS 50000

struct pg_sampler {
	struct pg_fd_tree *tree; /* the thread's, as long as it runs */
	uint64_t interval_ns, start_ns, slack_ns;
	pthread_t thread;
	bool joined;
	int event_fd;       /* to main: samples, or the end */
	_Atomic bool ended; /* result and error stand fast from then on */
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	bool stop; /* under lock */
	int result;
	struct pg_error error;

	struct pg_fd_sample now;  /* the thread's own, into which it samples */
	uint64_t first_untold_ns; /* the oldest sample that main was not told of; 0: none */
	_Atomic uint64_t ticks, late, skipped, dropped;

	_Atomic uint32_t head, tail;   /* run on, modulo the size of the ring */
	_Atomic uint32_t queued_procs; /* in all slots */
	struct pg_fd_sample ring[PG_SAMPLER_QUEUE];
};
_Static_assert((PG_SAMPLER_QUEUE & (PG_SAMPLER_QUEUE - 1)) == 0, "head and tail wrap");

static void count(_Atomic uint64_t *n, uint64_t more)
{
	atomic_fetch_add_explicit(n, more, memory_order_relaxed);
}

/* ---- the queue ------------------------------------------------------------------------------ */

/* A copy of what a sample says of single processes. False: there are too many of them waiting. */
static bool copy_procs(struct pg_sampler *s, struct pg_fd_sample *slot)
{
	size_t nr = s->now.nr_procs;
	uint32_t queued = atomic_load_explicit(&s->queued_procs, memory_order_relaxed);
	/* An empty queue takes any sample. */
	if (queued > 0 && queued + nr > PG_SAMPLER_PROCS)
		return false;
	slot->procs = pg_alloc(nr * sizeof(*slot->procs));
	slot->nr_procs = slot->cap_procs = nr;
	if (nr > 0)
		memcpy(slot->procs, s->now.procs, nr * sizeof(*slot->procs));
	atomic_fetch_add_explicit(&s->queued_procs, (uint32_t)nr, memory_order_relaxed);
	return true;
}

/* By the thread. What main is not told of single processes now, it is told with a later sample. */
static void push(struct pg_sampler *s)
{
	uint32_t head = atomic_load_explicit(&s->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&s->tail, memory_order_acquire);
	if (head - tail == PG_SAMPLER_QUEUE) {
		count(&s->dropped, 1);
		if (s->now.changed)
			pg_fd_tree_repeat(s->tree);
		return;
	}
	struct pg_fd_sample *slot = &s->ring[head % PG_SAMPLER_QUEUE];
	*slot = s->now;
	slot->procs = NULL;
	slot->nr_procs = slot->cap_procs = 0;
	if (s->now.changed && !copy_procs(s, slot)) {
		slot->changed = false;
		pg_fd_tree_repeat(s->tree);
	}
	atomic_store_explicit(&s->head, head + 1, memory_order_release);
}

/* By main. */
static bool pop(struct pg_sampler *s, struct pg_fd_sample *out)
{
	uint32_t tail = atomic_load_explicit(&s->tail, memory_order_relaxed);
	if (tail == atomic_load_explicit(&s->head, memory_order_acquire))
		return false;
	free(out->procs);
	*out = s->ring[tail % PG_SAMPLER_QUEUE];
	atomic_fetch_sub_explicit(&s->queued_procs, (uint32_t)out->nr_procs, memory_order_relaxed);
	atomic_store_explicit(&s->tail, tail + 1, memory_order_release);
	return true;
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* As punctual as clock_nanosleep(2): both are one timer with the thread's slack. False: stop. */
static bool sleep_until(struct pg_sampler *s, uint64_t due)
{
	const struct timespec until = {.tv_sec = (time_t)(due / PG_NS_PER_SEC),
				       .tv_nsec = (long)(due % PG_NS_PER_SEC)};
	int ret = 0;
	pthread_mutex_lock(&s->lock);
	while (!s->stop && ret == 0)
		ret = pthread_cond_timedwait(&s->stopped, &s->lock, &until);
	bool stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

/* How many beats after this one are over. Less than what counts as late is still to be had. */
static uint64_t missed_after(const struct pg_sampler *s, uint64_t due)
{
	uint64_t next = due + s->interval_ns, now = pg_clock_ns(CLOCK_MONOTONIC);
	return now <= next + s->slack_ns ? 0 : (now - s->slack_ns - next) / s->interval_ns + 1;
}

static void tell(struct pg_sampler *s, uint64_t now)
{
	if (!s->first_untold_ns)
		s->first_untold_ns = now;
	if (now + s->interval_ns < s->first_untold_ns + WAKE_NS)
		return;
	s->first_untold_ns = 0;
	pg_engine_signal(s->event_fd);
}

static void finish(struct pg_sampler *s, int result)
{
	s->result = result < 0 ? result : -ESRCH;
	atomic_store_explicit(&s->ended, true, memory_order_release);
	pg_engine_signal(s->event_fd);
}

static void *sampler_main(void *arg)
{
	struct pg_sampler *s = arg;
	uint64_t missed = 0;
	int result = 0;
	/* Timers of a thread may be 50 us late by default, to save wakeups (prctl(2)); 1 ns. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	for (uint64_t due = s->start_ns; sleep_until(s, due);
	     due += (missed + 1) * s->interval_ns) {
		uint64_t woken = pg_clock_ns(CLOCK_MONOTONIC);
		count(&s->skipped, missed); /* since the last tick */
		count(&s->ticks, 1);
		count(&s->late, woken > due + s->slack_ns);
		result = pg_fd_tree_sample(s->tree, &s->now, &s->error);
		if (result <= 0)
			break;
		s->now.due_ns = due;
		push(s);
		tell(s, woken);
		missed = missed_after(s, due);
	}
	finish(s, result);
	return NULL;
}

/* ---- main's side ---------------------------------------------------------------------------- */

struct pg_sampler *pg_sampler_start(struct pg_fd_tree *tree, uint64_t interval_ns,
				    uint64_t start_ns)
{
	struct pg_sampler *s = pg_calloc(1, sizeof(*s));
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	s->tree = tree;
	s->interval_ns = interval_ns < PG_SAMPLER_MIN_NS ? PG_SAMPLER_MIN_NS : interval_ns;
	s->slack_ns = s->interval_ns / 10 > LATE_MIN_NS ? s->interval_ns / 10 : LATE_MIN_NS;
	s->start_ns = start_ns > now ? start_ns : now;
	s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->lock, NULL);
	pg_engine_init_cond(&s->stopped);
	s->joined = s->event_fd < 0 || pg_engine_start_thread(&s->thread, sampler_main, s) != 0;
	if (!s->joined)
		return s;
	pg_sampler_free(s);
	return NULL;
}

int pg_sampler_fd(const struct pg_sampler *s)
{
	return s->event_fd;
}

int pg_sampler_take(struct pg_sampler *s, struct pg_fd_sample *out, struct pg_error *err)
{
	uint64_t told;
	if (pop(s, out))
		return 1;
	/* Once it has ended the descriptor stays readable. What was pushed before counts first. */
	if (atomic_load_explicit(&s->ended, memory_order_acquire)) {
		if (pop(s, out))
			return 1;
		return s->result == -ESRCH ? -ESRCH : pg_fail(err, s->result, "%s", s->error.text);
	}
	/* A signal that comes after this is of a sample that is looked for after it. */
	ssize_t unused = read(s->event_fd, &told, sizeof(told));
	(void)unused;
	if (atomic_load_explicit(&s->ended, memory_order_acquire))
		pg_engine_signal(s->event_fd); /* its last one may be what was read */
	return pop(s, out);
}

void pg_sampler_stats(const struct pg_sampler *s, struct pg_sampler_stats *out)
{
	out->ticks = atomic_load_explicit(&s->ticks, memory_order_relaxed);
	out->late = atomic_load_explicit(&s->late, memory_order_relaxed);
	out->skipped = atomic_load_explicit(&s->skipped, memory_order_relaxed);
	out->dropped = atomic_load_explicit(&s->dropped, memory_order_relaxed);
}

void pg_sampler_stop(struct pg_sampler *s)
{
	if (!s->joined) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->stopped);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
		s->joined = true;
	}
	pg_fd_tree_close(s->tree);
	s->tree = NULL;
}

void pg_sampler_free(struct pg_sampler *s)
{
	struct pg_fd_sample left = {0};
	if (!s)
		return;
	pg_sampler_stop(s);
	while (pop(s, &left))
		;
	pg_fd_sample_free(&left);
	pg_fd_sample_free(&s->now);
	pg_close_fd(&s->event_fd);
	pthread_cond_destroy(&s->stopped);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
