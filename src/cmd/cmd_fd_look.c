/* SPDX-License-Identifier: MIT */
/*
 * A look costs about 5 us a descriptor, in the thread that passes the command's output on. So only
 * a process whose number changed is looked at, a look goes on from turn to turn, and all together
 * take at most a fiftieth of the time: after them nobody is looked at for 49 times as long as they
 * took.
 */
#include <stdlib.h>
#include <time.h>

#include "cmd_fd.h"

#define SHARE     50
#define TURN_NS   (2 * PG_NS_PER_SEC / 1000)  /* then the command's output has its turn */
#define STEPS     32                          /* of a look, between two views of the clock */
#define PAUSE_NS  (20 * PG_NS_PER_SEC / 1000) /* between two looks at one process */
#define PARTS     16                          /* of a cause */
#define KEPT_MAX  (UINT64_C(128) << 20) /* bytes of links in all; then nobody new is looked at */
#define PROCS_MAX 4096

struct looked {
	int32_t pid;
	uint64_t start;
	int64_t fds;      /* at the last sample */
	int64_t then;     /* at the last look; -1: there was none */
	uint64_t free_ns; /* not before */
	bool refused;
	bool initial; /* it was there at the beginning: what it has then is no cause */
	struct pg_fd_links links;
	uint32_t kinds[PG_FD_NR_KINDS];
};

struct pg_fd_looks {
	struct looked *items, *next; /* by pid */
	size_t nr, cap, cap_next;
	size_t turn;      /* where the next turn begins */
	uint64_t kept;    /* bytes of links of all */
	uint64_t free_ns; /* nobody before */
	bool begun;       /* there was a sample */
	bool is_new;      /* kinds were not asked for since */
	uint32_t kinds[PG_FD_NR_KINDS];
	struct looked *gone; /* of these it must still be told */
	size_t nr_gone, cap_gone;
	struct pg_fd_look *look; /* under way; NULL: none */
	int32_t pid;             /* of whom */
	uint64_t start;
	int64_t fds;              /* when it began */
	struct pg_fd_links links; /* it fills these; else they are to spare */
	uint64_t spent_ns;        /* on looks since the last pause */
};

struct pg_fd_looks *pg_fd_looks_new(void)
{
	return pg_calloc(1, sizeof(struct pg_fd_looks));
}

void pg_fd_looks_free(struct pg_fd_looks *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->nr; i++)
		pg_fd_links_free(&l->items[i].links);
	for (size_t i = 0; i < l->nr_gone; i++)
		pg_fd_links_free(&l->gone[i].links);
	pg_fd_look_end(l->look);
	pg_fd_links_free(&l->links);
	free(l->items);
	free(l->next);
	free(l->gone);
	free(l);
}

/* ---- who is there --------------------------------------------------------------------------- */

static uint64_t bytes_of(const struct pg_fd_links *links)
{
	return links->cap * sizeof(*links->items) + links->text.cap;
}

static void drop(struct pg_fd_looks *l, struct looked *p)
{
	l->kept -= bytes_of(&p->links);
	if (p->then < 0 || l->nr_gone == PROCS_MAX) {
		pg_fd_links_free(&p->links);
		return;
	}
	l->gone = pg_grow(l->gone, &l->cap_gone, l->nr_gone + 1, sizeof(*l->gone));
	l->gone[l->nr_gone++] = *p;
}

void pg_fd_looks_sample(struct pg_fd_looks *l, const struct pg_fd_sample *s)
{
	size_t was = 0, nr = 0;
	if (!s->changed)
		return;
	for (size_t i = 0; i < s->nr_procs; i++) {
		const struct pg_fd_count *now = &s->procs[i];
		while (was < l->nr && l->items[was].pid < now->pid)
			drop(l, &l->items[was++]);
		bool old = was < l->nr && l->items[was].pid == now->pid;
		if (old && l->items[was].start != now->start) {
			drop(l, &l->items[was++]);
			old = false;
		}
		if (!old && nr == PROCS_MAX)
			continue;
		l->next = pg_grow(l->next, &l->cap_next, nr + 1, sizeof(*l->next));
		l->next[nr] = old ? l->items[was++]
				  : (struct looked){.pid = now->pid,
						    .start = now->start,
						    .then = -1,
						    .initial = !l->begun};
		l->next[nr++].fds = now->fds;
	}
	while (was < l->nr)
		drop(l, &l->items[was++]);
	l->begun = true;
	struct looked *items = l->items;
	size_t cap = l->cap;
	l->items = l->next;
	l->cap = l->cap_next;
	l->nr = nr;
	l->next = items;
	l->cap_next = cap;
}

const uint32_t *pg_fd_looks_kinds(struct pg_fd_looks *l)
{
	bool is_new = l->is_new;
	l->is_new = false;
	return is_new ? l->kinds : NULL;
}

/* ---- looking -------------------------------------------------------------------------------- */

static void tell(const struct looked *p, const struct pg_fd_links *before,
		 const struct pg_fd_links *after, double elapsed, struct pg_fd_profile *profile,
		 struct pg_fd_log *log)
{
	struct pg_fd_cause c = {.elapsed = elapsed, .pid = p->pid};
	pg_fd_links_compare(before, after, PARTS, &c.parts);
	if (c.parts.nr == 0) {
		pg_fd_parts_free(&c.parts);
		return;
	}
	if (log)
		pg_fd_log_cause(log, &c);
	pg_fd_profile_cause(profile, &c);
}

static struct looked *find(const struct pg_fd_looks *l, int32_t pid, uint64_t start)
{
	size_t lo = 0, hi = l->nr;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (l->items[mid].pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	bool found = lo < l->nr && l->items[lo].pid == pid && l->items[lo].start == start;
	return found ? &l->items[lo] : NULL;
}

static void begin_look(struct pg_fd_looks *l, struct looked *p, uint64_t now)
{
	p->free_ns = now + PAUSE_NS;
	l->pid = p->pid;
	l->start = p->start;
	l->fds = p->fds;
	l->look = pg_fd_look_begin("/proc", p->pid, 0, &l->links);
}

/* The look is over. What changed since it began will make another one due. */
static bool take_look(struct pg_fd_looks *l, struct looked *p, double elapsed,
		      struct pg_fd_profile *profile, struct pg_fd_log *log)
{
	struct pg_fd_links now = l->links;
	if (now.refused) {
		p->refused = true;
		profile->kinds_refused = true;
	}
	if (!pg_fd_links_known(&now))
		return false;
	if (p->then >= 0 || !p->initial)
		tell(p, p->then < 0 ? NULL : &p->links, &now, elapsed, profile, log);
	p->then = l->fds;
	pg_fd_links_kinds(&now, p->kinds);
	l->kept += bytes_of(&now) - bytes_of(&p->links);
	l->links = p->links;
	p->links = now;
	return true;
}

static void sum_kinds(struct pg_fd_looks *l, struct pg_fd_profile *profile)
{
	bool any = false;
	memset(l->kinds, 0, sizeof(l->kinds));
	for (size_t i = 0; i < l->nr; i++) {
		any |= l->items[i].then >= 0;
		for (int k = 0; k < PG_FD_NR_KINDS; k++)
			l->kinds[k] += l->items[i].kinds[k];
	}
	if (any)
		pg_fd_profile_kinds(profile, l->kinds);
}

static void tell_gone(struct pg_fd_looks *l, double elapsed, struct pg_fd_profile *profile,
		      struct pg_fd_log *log)
{
	static const struct pg_fd_links nothing = {0};
	for (size_t i = 0; i < l->nr_gone; i++) {
		tell(&l->gone[i], &l->gone[i].links, &nothing, elapsed, profile, log);
		pg_fd_links_free(&l->gone[i].links);
	}
	l->nr_gone = 0;
}

static bool is_due(const struct pg_fd_looks *l, const struct looked *p)
{
	return !p->refused && p->fds >= 0 && p->fds != p->then &&
	       (p->then >= 0 || l->kept < KEPT_MAX);
}

/* The next one who is due, from where the last turn ended; NULL: nobody is. */
static struct looked *next_due(struct pg_fd_looks *l, uint64_t now)
{
	for (size_t i = 0; i < l->nr; i++) {
		struct looked *p = &l->items[l->turn++ % l->nr];
		if (is_due(l, p) && p->free_ns <= now)
			return p;
	}
	return NULL;
}

/* Goes on with the look under way, or begins the next. Whether anything was seen. */
static bool look_on(struct pg_fd_looks *l, uint64_t until, double elapsed,
		    struct pg_fd_profile *profile, struct pg_fd_log *log)
{
	struct looked *p = find(l, l->pid, l->start);
	bool over = !p;
	while (!over && pg_clock_ns(CLOCK_MONOTONIC) < until)
		over = pg_fd_look_go(l->look, STEPS);
	if (!over)
		return false;
	pg_fd_look_end(l->look);
	l->look = NULL;
	return p && take_look(l, p, elapsed, profile, log);
}

/*
 * For as long as a turn may take. Whether anything was seen. On a machine that is busy with other
 * things a look may take long and cost little: the pause is after what it cost.
 */
static bool look_around(struct pg_fd_looks *l, double elapsed, struct pg_fd_profile *profile,
			struct pg_fd_log *log)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC), until = now + TURN_NS;
	uint64_t cpu = pg_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	bool seen = false;
	for (; now < until; now = pg_clock_ns(CLOCK_MONOTONIC)) {
		struct looked *p = l->look || l->spent_ns >= TURN_NS ? NULL : next_due(l, now);
		if (p)
			begin_look(l, p, now);
		if (!l->look)
			break;
		seen |= look_on(l, until, elapsed, profile, log);
	}
	if (l->nr)
		l->turn %= l->nr;
	l->spent_ns += pg_clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (!l->look) {
		l->free_ns = now + l->spent_ns * (SHARE - 1);
		l->spent_ns = 0;
	}
	return seen;
}

/* When somebody may be looked at who is due; 0: nobody is. */
static uint64_t next_look(const struct pg_fd_looks *l)
{
	uint64_t next = 0;
	if (l->look)
		return 1;
	for (size_t i = 0; i < l->nr; i++)
		if (is_due(l, &l->items[i]) && (!next || l->items[i].free_ns < next))
			next = l->items[i].free_ns > l->free_ns ? l->items[i].free_ns : l->free_ns;
	return next;
}

int pg_fd_looks_turn(struct pg_fd_looks *l, double elapsed, struct pg_fd_profile *p,
		     struct pg_fd_log *log)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	bool changed = l->nr_gone > 0;
	tell_gone(l, elapsed, p, log);
	if (now >= l->free_ns)
		changed |= look_around(l, elapsed, p, log);
	if (changed)
		sum_kinds(l, p);
	l->is_new |= changed;
	uint64_t next = next_look(l);
	if (next == 0)
		return -1;
	now = pg_clock_ns(CLOCK_MONOTONIC);
	return next <= now ? 0 : (int)((next - now) / 1000000 + 1);
}
