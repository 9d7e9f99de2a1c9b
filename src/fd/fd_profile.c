/* SPDX-License-Identifier: MIT */
#include "fd_profile.h"

#include <math.h>
#include <stdlib.h>

#include "fd_crowd.h"

#define EVENT_BYTES_MAX (64 << 20)
#define PARTS_MAX       64   /* of a cause that was summed up */
#define LATE            0.25 /* s: so long after a jump it is still looked for what caused it */

void pg_fd_profile_sample(struct pg_fd_profile *p, double elapsed, const struct pg_fd_sample *s)
{
	if (elapsed < p->ended)
		elapsed = p->ended; /* a log's clock was put back */
	p->ended = elapsed;
	if (!p->procs)
		p->procs = pg_fd_crowd_new();
	pg_fd_crowd_sample(p->procs, elapsed, s);
	if (s->changed && s->nr_procs > p->most_procs)
		p->most_procs = s->nr_procs;
	if (s->open_fds >= 0) {
		if (s->nr_unreadable > p->most_uncounted)
			p->most_uncounted = s->nr_unreadable;
		pg_series_add(&p->series, elapsed, s->open_fds);
		return;
	}
	p->unreadable =
		pg_grow(p->unreadable, &p->cap_unreadable, p->nr_unreadable + 1, sizeof(double));
	p->unreadable[p->nr_unreadable++] = elapsed;
}

const struct pg_fd_event *pg_fd_profile_event(struct pg_fd_profile *p, struct pg_fd_event *e)
{
	size_t bytes = strlen(e->message);
	if (p->nr_events == PG_FD_EVENTS_MAX || p->event_bytes + bytes > EVENT_BYTES_MAX) {
		p->events_left_out++;
		free(e->message);
		return NULL;
	}
	p->events = pg_grow(p->events, &p->cap_events, p->nr_events + 1, sizeof(*p->events));
	p->events[p->nr_events] = *e;
	p->event_bytes += bytes;
	return &p->events[p->nr_events++];
}

void pg_fd_profile_kinds(struct pg_fd_profile *p, const uint32_t kinds[PG_FD_NR_KINDS])
{
	uint64_t was = 0, now = 0;
	for (int i = 0; i < PG_FD_NR_KINDS; i++) {
		was += p->kinds[i];
		now += kinds[i];
	}
	if (!p->has_kinds || now > was)
		memcpy(p->kinds, kinds, sizeof(p->kinds));
	p->has_kinds = true;
}

/* ---- causes --------------------------------------------------------------------------------- */

/* Of a kind and prefix that `into` has already; else, if it is full, of those without a prefix. */
static struct pg_fd_part *part_for(struct pg_fd_parts *into, const struct pg_fd_part *part)
{
	for (size_t i = 0; i < into->nr; i++)
		if (into->items[i].kind == part->kind &&
		    strcmp(into->items[i].prefix, part->prefix) == 0)
			return &into->items[i];
	if (into->nr >= PARTS_MAX && *part->prefix) {
		const struct pg_fd_part rest = {.kind = part->kind, .prefix = (char[]){""}};
		return part_for(into, &rest);
	}
	into->items = pg_grow(into->items, &into->cap, into->nr + 1, sizeof(*into->items));
	struct pg_fd_part *new = &into->items[into->nr++];
	*new = (struct pg_fd_part){.kind = part->kind, .prefix = pg_strdup(part->prefix)};
	return new;
}

/* Numbers out of a log may be any. */
static int32_t sum(int32_t a, int32_t b)
{
	return a > INT32_MAX - b ? INT32_MAX : a + b;
}

static void sum_up(struct pg_fd_parts *into, const struct pg_fd_parts *parts)
{
	for (size_t i = 0; i < parts->nr; i++) {
		const struct pg_fd_part *part = &parts->items[i];
		struct pg_fd_part *to = part_for(into, part);
		to->opened = sum(to->opened, part->opened);
		to->closed = sum(to->closed, part->closed);
		to->now = part->now;
	}
}

static void join(struct pg_fd_cause *into, struct pg_fd_cause *c)
{
	sum_up(&into->parts, &c->parts);
	into->elapsed = c->elapsed;
	pg_fd_parts_free(&c->parts);
}

/* Each with the next one of its process, if they are neighbours; twice as far apart next time. */
static void thin_out(struct pg_fd_profile *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->nr_causes; i++) {
		p->causes[n] = p->causes[i];
		if (i + 1 < p->nr_causes && p->causes[i + 1].pid == p->causes[i].pid)
			join(&p->causes[n], &p->causes[++i]);
		n++;
	}
	/* Of many processes by turns: what was longest ago is let go. */
	if (n > PG_FD_CAUSES_MAX / 4 * 3) {
		size_t gone = n / 2;
		for (size_t i = 0; i < gone; i++)
			pg_fd_parts_free(&p->causes[i].parts);
		memmove(p->causes, p->causes + gone, (n - gone) * sizeof(*p->causes));
		n -= gone;
	}
	p->nr_causes = n;
}

void pg_fd_profile_cause(struct pg_fd_profile *p, struct pg_fd_cause *c)
{
	if (p->nr_causes == PG_FD_CAUSES_MAX)
		thin_out(p);
	p->causes = pg_grow(p->causes, &p->cap_causes, p->nr_causes + 1, sizeof(*p->causes));
	p->causes[p->nr_causes++] = *c;
}

static int64_t net_of(const struct pg_fd_part *part)
{
	return (int64_t)part->opened - part->closed;
}

static int by_difference(const void *a, const void *b)
{
	const struct pg_fd_part *x = a, *y = b;
	int64_t dx = llabs(net_of(x)), dy = llabs(net_of(y));
	if (dx != dy)
		return dx > dy ? -1 : 1;
	return x->kind != y->kind ? x->kind - y->kind : strcmp(x->prefix, y->prefix);
}

void pg_fd_profile_changes(const struct pg_fd_profile *p, double after, double until,
			   struct pg_fd_parts *out)
{
	size_t n = 0;
	for (size_t i = 0; i < p->nr_causes; i++)
		if (p->causes[i].elapsed > after && p->causes[i].elapsed <= until)
			sum_up(out, &p->causes[i].parts);
	for (size_t i = 0; i < out->nr; i++) {
		if (net_of(&out->items[i]) != 0)
			out->items[n++] = out->items[i];
		else
			free(out->items[i].prefix);
	}
	out->nr = n;
	if (n > 1)
		qsort(out->items, n, sizeof(*out->items), by_difference);
}

/* The first pair of neighbours whose middle is not before that time; there may be very many. */
static size_t pair_at(const struct pg_levels *l, double time)
{
	size_t lo = 0, hi = l->nr_plateaus - 1;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if ((l->plateaus[mid].end + l->plateaus[mid + 1].start) / 2 < time)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void pg_fd_profile_causes_of(const struct pg_fd_profile *p, const struct pg_levels *l,
			     const struct pg_jump *jump, struct pg_fd_parts *out)
{
	size_t i = l->nr_plateaus ? pair_at(l, jump->time) : 0;
	if (i + 1 >= l->nr_plateaus)
		return;
	const struct pg_plateau *from = &l->plateaus[i], *to = from + 1;
	double until = to->start + fmax(LATE, 2 * p->interval);
	pg_fd_profile_changes(p, from->end, fmin(until, fmax(to->end, to->start)), out);
}

/* ---- its end -------------------------------------------------------------------------------- */

void pg_fd_profile_finish(struct pg_fd_profile *p, double ended)
{
	if (ended > p->ended)
		p->ended = ended;
	if (p->procs)
		pg_fd_crowd_worst(p->procs, &p->worst, &p->worst_series);
	pg_fd_crowd_free(p->procs);
	p->procs = NULL;
}

void pg_fd_profile_free(struct pg_fd_profile *p)
{
	pg_fd_crowd_free(p->procs);
	pg_series_free(&p->series);
	pg_series_free(&p->worst_series);
	for (size_t i = 0; i < p->nr_events; i++)
		free(p->events[i].message);
	for (size_t i = 0; i < p->nr_causes; i++)
		pg_fd_parts_free(&p->causes[i].parts);
	free(p->what);
	free(p->unreadable);
	free(p->events);
	free(p->causes);
	*p = (struct pg_fd_profile){0};
}
