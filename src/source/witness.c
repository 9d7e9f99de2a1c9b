/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "connector.h"

#define MS            UINT64_C(1000000)
#define DRAIN_NS      (3 * MS)   /* at a time: a key waits no longer for it */
#define SETTLE_NS     (100 * MS) /* before a snapshot is settled: then all has to be read */
#define BETWEEN_NS    (5 * MS)   /* within long work */
#define NAMES_RATE    200        /* names that are read a second, at most: 8 us each */
#define DEAF_CYCLES   2          /* births by the kernel's counter, and no event: ask again */
#define INITIAL_PIDNS 0xEFFFFFFC /* PROC_PID_INIT_INO, include/linux/proc_ns.h */

struct pg_witness {
	struct pg_connector *connector; /* NULL: there is none */
	struct pg_births *book;
	struct pg_error why_not;
	bool counts_forks; /* the kernel's counter of births is about what we see */
	uint64_t drained_ns;
	double names; /* that may be read now */
	uint64_t names_ns;
	uint64_t events, events_told;
	uint64_t lost, lost_told; /* lost: by connectors that have been closed */
	int64_t ahead; /* <= 0: births that were seen before the kernel's counter told of them */
	unsigned deaf;
	struct pg_witness_sums sums;
};

/* ---- opening --------------------------------------------------------------------------------- */

static bool in_initial_pidns(void)
{
	struct stat st;
	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INITIAL_PIDNS;
}

/* Another mount of the same procfs shows the same pids; a fixture, or another namespace's, not. */
static bool is_our_procfs(const char *root)
{
	struct statfs fs;
	struct stat ours, theirs;
	return statfs(root, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	       stat("/proc", &ours) == 0 && stat(root, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev;
}

static void listen_anew(struct pg_witness *w)
{
	if (w->connector)
		w->lost += pg_connector_lost(w->connector);
	pg_connector_close(w->connector);
	w->connector = pg_connector_open(&w->why_not);
	w->deaf = 0;
}

struct pg_witness *pg_witness_open(const struct pg_witness_options *o)
{
	struct pg_witness *w = pg_calloc(1, sizeof(*w));
	bool live = is_our_procfs(o->root);
	w->book = pg_births_new(o->max_listed, o->select);
	/* A part of the tasks says nothing about the births of all. */
	w->counts_forks = live && in_initial_pidns() &&
			  !(o->select && (o->select->by_uid || o->select->nr_ids));
	if (!live)
		pg_fail(&w->why_not, 0, "this is not the /proc of this machine");
	else if (!o->listen)
		pg_fail(&w->why_not, 0, "the process connector is turned off");
	else
		listen_anew(w);
	return w;
}

void pg_witness_close(struct pg_witness *w)
{
	if (!w)
		return;
	pg_connector_close(w->connector);
	pg_births_free(w->book);
	free(w);
}

bool pg_witness_is_listening(const struct pg_witness *w)
{
	return w->connector != NULL;
}

const char *pg_witness_why_not(const struct pg_witness *w)
{
	return w->connector ? NULL : w->why_not.text;
}

struct pg_hearing pg_witness_hearing(const struct pg_witness *w)
{
	if (!w)
		return (struct pg_hearing){.events = true, .missed = true};
	return (struct pg_hearing){.events = w->connector != NULL,
				   .missed = w->connector || w->counts_forks,
				   .why_not = pg_witness_why_not(w)};
}

void pg_witness_silence(const struct pg_witness *w)
{
	if (w)
		pg_connector_silence(w->connector);
}

/* ---- listening ------------------------------------------------------------------------------- */

/*
 * The name that a program has just given to a task; most live long enough for that, if they are
 * asked at once. A number that was given to another one meanwhile would have to be so within
 * microseconds.
 */
static void read_name(struct pg_witness *w, int32_t tid)
{
	char path[32], comm[64];
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	pg_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, comm, sizeof(comm)) : -1;
	if (n > 0 && comm[n - 1] == '\n')
		n--;
	if (n > 0)
		pg_births_name(w->book, tid, comm, (size_t)n);
}

/* A storm of programs gets names for some of them, those that live longer than others. */
static bool may_read_name(struct pg_witness *w)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	w->names += (double)(now - w->names_ns) * NAMES_RATE / 1e9;
	w->names = w->names < NAMES_RATE ? w->names : NAMES_RATE;
	w->names_ns = now;
	if (w->names < 1)
		return false;
	w->names -= 1;
	return true;
}

static void on_event(void *arg, const struct pg_event *ev)
{
	struct pg_witness *w = arg;
	w->events += ev->what != PG_EVENT_ACK;
	pg_births_event(w->book, ev);
	if (ev->what == PG_EVENT_EXEC && pg_births_wants_name(w->book, ev->tid) && may_read_name(w))
		read_name(w, ev->tid);
}

int pg_witness_fd(const struct pg_witness *w)
{
	return w && w->connector ? pg_connector_fd(w->connector) : -1;
}

int pg_witness_timeout_ms(const struct pg_witness *w)
{
	return w && w->connector ? pg_connector_timeout_ms(w->connector) : -1;
}

static void drain(struct pg_witness *w, uint64_t limit_ns)
{
	if (w->connector)
		pg_connector_drain(w->connector, limit_ns, on_event, w);
	w->drained_ns = pg_clock_ns(CLOCK_MONOTONIC);
}

void pg_witness_drain(struct pg_witness *w)
{
	if (w && w->connector &&
	    (pg_connector_is_calm(w->connector) || pg_connector_timeout_ms(w->connector) == 0))
		drain(w, DRAIN_NS);
}

void pg_witness_between(void *arg)
{
	struct pg_witness *w = arg;
	if (w->connector && pg_clock_ns(CLOCK_MONOTONIC) - w->drained_ns >= BETWEEN_NS)
		drain(w, DRAIN_NS);
}

/* ---- settling -------------------------------------------------------------------------------- */

static uint64_t lost(const struct pg_witness *w)
{
	return w->lost + (w->connector ? pg_connector_lost(w->connector) : 0);
}

/* The kernel may have been told by others that nobody listens any more. */
static void notice_deafness(struct pg_witness *w, const struct pg_snapshot *prev,
			    const struct pg_snapshot *next, uint64_t heard)
{
	bool known = prev && w->counts_forks && (prev->host.valid & PG_HOST_FORKS) &&
		     (next->host.valid & PG_HOST_FORKS);
	if (!w->connector || !known || heard > 0 || next->host.forks <= prev->host.forks)
		w->deaf = 0;
	else if (++w->deaf >= DEAF_CYCLES)
		listen_anew(w);
}

static uint64_t missed_by_count(struct pg_witness *w, const struct pg_snapshot *prev,
				const struct pg_snapshot *next)
{
	int64_t unseen = pg_births_unseen(prev, next) + w->ahead;
	w->ahead = unseen < 0 ? unseen : 0;
	return unseen > 0 ? (uint64_t)unseen : 0;
}

void pg_witness_settle(struct pg_witness *w, const struct pg_snapshot *prev,
		       struct pg_snapshot *next)
{
	struct pg_told *told = &next->told;
	drain(w, SETTLE_NS);
	struct pg_births_time when = {.mono_ns = w->drained_ns};
	uint64_t boot = pg_clock_ns(CLOCK_BOOTTIME);
	when.boot_offset_ns = boot > when.mono_ns ? boot - when.mono_ns : 0;
	pg_births_settle(w->book, prev, next, when);
	told->listening = w->connector != NULL;
	told->events = w->events - w->events_told;
	told->missed = lost(w) - w->lost_told;
	if (!prev) /* nobody was told yet, so nothing can be missed */
		told->missed = 0;
	if (!w->connector && w->counts_forks)
		told->missed = missed_by_count(w, prev, next);
	w->events_told = w->events;
	w->lost_told = lost(w);
	w->sums.events += told->events;
	w->sums.missed += told->missed;
	for (size_t i = 0; i < told->nr_rest; i++)
		w->sums.unlisted += told->rest[i].nr;
	notice_deafness(w, prev, next, told->events + told->missed);
}

struct pg_witness_sums pg_witness_sums(const struct pg_witness *w)
{
	return w->sums;
}
