/* SPDX-License-Identifier: MIT */
/*
 * What engine and thread share is reference counted and has a mutex of its own: a thread that hangs
 * in the kernel keeps its own copy of the request and drops its answer when nobody waits for it any
 * more. The mutex is never held while something is read.
 */
#include "engine_inspector.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/util.h"
#include "engine_impl.h"

enum inspect_stage { INSPECT_IDLE, INSPECT_ASKED, INSPECT_RUNNING };

/* Shared by the thread and the engine; the last of the two frees it. */
struct pg_inspector {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct pg_source *source;
	int event_fd;
	int refs;
	bool stop;
	enum inspect_stage stage;
	struct pg_inquiry inquiry;
	bool answered;
	struct pg_detail answer;
};

void pg_inspector_unref(struct pg_inspector *in)
{
	pthread_mutex_lock(&in->lock);
	bool last = --in->refs == 0;
	pthread_mutex_unlock(&in->lock);
	if (!last)
		return;
	pg_detail_free(&in->answer);
	pthread_mutex_destroy(&in->lock);
	pthread_cond_destroy(&in->wake);
	free(in);
}

static void *inspector_main(void *arg)
{
	struct pg_inspector *in = arg;
	pthread_mutex_lock(&in->lock);
	while (!in->stop) {
		if (in->stage != INSPECT_ASKED) {
			pthread_cond_wait(&in->wake, &in->lock);
			continue;
		}
		in->stage = INSPECT_RUNNING;
		struct pg_inquiry q = in->inquiry;
		struct pg_source *source = in->source;
		pthread_mutex_unlock(&in->lock);
		struct pg_detail d = {0};
		source->ops->inspect(source, q, &d);
		pthread_mutex_lock(&in->lock);
		in->stage = INSPECT_IDLE;
		if (in->stop) {
			pg_detail_free(&d);
			break;
		}
		pg_detail_free(&in->answer);
		in->answer = d;
		in->answered = true;
		pg_engine_signal(in->event_fd);
	}
	pthread_mutex_unlock(&in->lock);
	pg_inspector_unref(in);
	return NULL;
}

struct pg_inspector *pg_inspector_start(struct pg_source *source, int event_fd)
{
	struct pg_inspector *in = pg_calloc(1, sizeof(*in));
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->wake, NULL);
	in->source = source;
	in->event_fd = event_fd;
	in->refs = 2;
	pthread_t t;
	if (pg_engine_start_thread(&t, inspector_main, in) != 0) {
		in->refs = 1;
		pg_inspector_unref(in);
		return NULL;
	}
	pthread_detach(t);
	return in;
}

void pg_inspector_ask(struct pg_inspector *in, struct pg_inquiry q)
{
	pthread_mutex_lock(&in->lock);
	in->inquiry = q;
	in->stage = INSPECT_ASKED;
	in->answered = false;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
}

bool pg_inspector_take(struct pg_inspector *in, struct pg_detail *out)
{
	pthread_mutex_lock(&in->lock);
	bool answered = in->answered;
	if (answered) {
		*out = in->answer;
		in->answer = (struct pg_detail){0};
		in->answered = false;
	}
	pthread_mutex_unlock(&in->lock);
	return answered;
}

bool pg_inspector_stop(struct pg_inspector *in)
{
	pthread_mutex_lock(&in->lock);
	in->stop = true;
	bool busy = in->stage == INSPECT_RUNNING;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
	return busy;
}

bool pg_inspector_reads(struct pg_inspector *in)
{
	pthread_mutex_lock(&in->lock);
	bool reads = in->stage == INSPECT_RUNNING;
	pthread_mutex_unlock(&in->lock);
	return reads;
}
