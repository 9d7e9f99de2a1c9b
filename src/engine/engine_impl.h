/* SPDX-License-Identifier: MIT */
/* What the files of engine share; they alone include it. Both are in engine.c. */
#ifndef PG_ENGINE_IMPL_H
#define PG_ENGINE_IMPL_H

#include <pthread.h>

/* Threads take no signals: those are main's. 0, or an errno, as pthreads have it. */
int pg_engine_start_thread(pthread_t *t, void *(*run)(void *), void *arg);

/* Makes an eventfd readable; any thread. */
void pg_engine_signal(int fd);

/* Its deadlines are of CLOCK_MONOTONIC. */
void pg_engine_init_cond(pthread_cond_t *c);

struct pg_snapshot;
/* One of the heap; NULL is allowed. */
void pg_engine_free_snapshot(struct pg_snapshot *s);

#endif
