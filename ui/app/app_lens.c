/* SPDX-License-Identifier: MIT */
/*
 * Which lens is open, on which process, and what it is given. A closed one is kept for a while: its
 * first look is what a later one is compared with. For the same reason a process that leaks gets a
 * look before anybody opens a lens on it, if there is room.
 */
#include "app_impl.h"

#include <stdlib.h>

#define ASK_NS (3 * PG_NS_PER_SEC) /* from one look of the inspector to the next */

void app_lens_free(struct app *a, struct lens_slot *s)
{
	if (a->lens == s)
		a->lens = NULL;
	if (s->ops)
		s->ops->close(s->lens);
	pg_proc_unref(s->proc);
	pg_proc_unref(s->newest);
	pg_series_free(&s->fds);
	*s = (struct lens_slot){0};
}

/* ---- the process ----------------------------------------------------------------------------- */

static struct pg_proc *find_proc(const struct pg_frame *f, struct pg_key key)
{
	long i = pg_snapshot_find_pid(f->snap, key.pid);
	return i >= 0 && f->snap->procs[i]->start == key.start ? f->snap->procs[i] : NULL;
}

/* It may be gone by the frame that is shown, and be back in another one. What is left of it as a
 * zombie says less than what it was before. */
static void note(struct lens_slot *s, const struct pg_frame *f)
{
	struct pg_proc *now = find_proc(f, s->key);
	if (!now || (s->proc && pg_proc_is_zombie(now) && !pg_proc_is_zombie(s->proc))) {
		if (!s->ended_ns)
			s->ended_ns = f->snap->wall_ns;
		return;
	}
	s->ended_ns = 0;
	pg_proc_ref(now);
	pg_proc_unref(s->proc);
	s->proc = now;
}

/* A leader that has exited has no descriptors to be seen: another thread has. */
static struct pg_key living_thread(const struct pg_proc *p)
{
	for (uint32_t i = 0; i < p->nr_tasks; i++)
		if (p->tasks[i].state != 'Z' && p->tasks[i].state != 'X')
			return pg_task_key(p, &p->tasks[i]);
	return pg_task_key(p, &p->tasks[0]);
}

/* What the watch has of it, which forgets who has ended. */
static void remember(struct lens_slot *s, const struct pane *p)
{
	if (s->ended_ns || !pane_is_watched(p))
		return;
	pg_proc_ref(s->proc);
	pg_proc_unref(s->newest);
	s->newest = s->proc;
	pg_series_free(&s->fds);
	pane_fd_series(p, s->proc, &s->fds);
	s->judged = pg_fd_watch_leak(p->watch.fds, s->key.pid, s->key.start, &s->leak);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static enum detail_state state_of(const struct app *a, const struct lens_slot *s)
{
	if (a->panes[s->pane].host)
		return DETAIL_NOT_SENT;
	return app_is_recorded(a) ? DETAIL_RECORDED : s->state;
}

static void want(struct app *a, struct lens_slot *s, uint64_t now_ns)
{
	enum detail_state state = state_of(a, s);
	if (state == DETAIL_NOT_SENT || state == DETAIL_RECORDED || s->ended_ns)
		return;
	s->wanted = true;
	s->wanted_ns = now_ns;
	app_ask_next(a);
}

static struct lens_slot *next_wanted(struct app *a)
{
	if (a->lens && a->lens->wanted)
		return a->lens;
	for (size_t i = 0; i < MAX_LENSES; i++)
		if (a->lenses[i].wanted)
			return &a->lenses[i];
	return NULL;
}

bool app_lens_inquiry(struct app *a, struct pg_inquiry *q)
{
	struct lens_slot *s = next_wanted(a);
	if (!s || s->proc->nr_tasks == 0)
		return false;
	s->wanted = false;
	s->asked = living_thread(s->proc);
	*q = (struct pg_inquiry){.key = s->asked, .ask = (uint8_t)s->ops->ask};
	return true;
}

void app_lens_answer(struct app *a, enum pg_detail_state state, struct pg_inquiry of,
		     struct pg_detail *d)
{
	for (size_t i = 0; i < MAX_LENSES; i++) {
		struct lens_slot *s = &a->lenses[i];
		if (!s->ops || s->ops->ask != of.ask || !same_key(s->asked, of.key))
			continue;
		if (state == PG_DETAIL_READY) {
			s->ops->answer(s->lens, a->panes[s->pane].frame.snap->wall_ns, d);
			s->state = DETAIL_READY;
		} else if (s->state == DETAIL_PENDING) {
			s->state = DETAIL_NO_ANSWER;
		}
		return; /* a process has one, and what was answered is its own by now */
	}
}

/* ---- slots ----------------------------------------------------------------------------------- */

/* That of the process, else the one to be used next: a free one, or the oldest. */
static struct lens_slot *slot_for(struct app *a, const struct lens_ops *ops, size_t pane,
				  struct pg_key key)
{
	struct lens_slot *oldest = &a->lenses[0];
	for (size_t i = 0; i < MAX_LENSES; i++) {
		struct lens_slot *s = &a->lenses[i];
		if (s->ops == ops && s->pane == pane && same_key(s->key, key))
			return s;
		if (s->stamp < oldest->stamp)
			oldest = s;
	}
	return oldest;
}

static void fill_slot(struct app *a, struct lens_slot *s, const struct lens_ops *ops, size_t pane,
		      struct pg_key key)
{
	app_lens_free(a, s);
	*s = (struct lens_slot){.ops = ops, .pane = pane, .key = key, .stamp = ++a->lens_clock};
	s->lens = ops->open();
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* A first look at what leaks, as long as there are free slots. */
static void look_ahead(struct app *a, size_t pane)
{
	const struct pane *p = &a->panes[pane];
	for (size_t i = 0; i < p->watch.nr; i++) {
		struct pg_key key = {.pid = p->watch.alarms[i].pid,
				     .tid = p->watch.alarms[i].pid,
				     .start = p->watch.alarms[i].start};
		struct lens_slot *s = slot_for(a, &lens_fd, pane, key);
		if (s->ops || !find_proc(&p->live, key))
			continue;
		fill_slot(a, s, &lens_fd, pane, key);
		note(s, &p->live);
		want(a, s, p->live.snap->mono_ns);
	}
}

static void forget_ended(struct app *a, size_t pane)
{
	for (size_t i = 0; i < MAX_LENSES; i++) {
		struct lens_slot *s = &a->lenses[i];
		if (s->ops && s != a->lens && s->pane == pane &&
		    !find_proc(&a->panes[pane].live, s->key))
			app_lens_free(a, s);
	}
}

void app_lens_frame(struct app *a, size_t pane)
{
	struct lens_slot *s = a->lens;
	uint64_t now_ns = a->panes[pane].live.snap->mono_ns;
	if (app_is_recorded(a) || a->panes[pane].host)
		return;
	forget_ended(a, pane);
	look_ahead(a, pane);
	if (!s || s->pane != pane)
		return;
	note(s, &a->panes[pane].live);
	if (now_ns - s->wanted_ns >= ASK_NS)
		want(a, s, now_ns);
}

/* ---- opening and closing --------------------------------------------------------------------- */

/* The process of the task under the cursor; NULL: there is none. */
static struct pg_proc *proc_under_cursor(const struct pane *p)
{
	if (!p->has_cursor || !p->has_frame)
		return NULL;
	struct pg_place at = pg_snapshot_find(p->frame.snap, p->cursor);
	return (struct pg_proc *)at.proc;
}

static void open_lens(struct app *a, const struct lens_ops *ops)
{
	struct pane *p = app_focus(a);
	struct pg_proc *proc = proc_under_cursor(p);
	if (!proc) {
		app_message(a, "put the cursor on a task that is there first");
		return;
	}
	struct pg_key key = {.pid = proc->pid, .tid = proc->pid, .start = proc->start};
	struct lens_slot *s = slot_for(a, ops, a->in_focus, key);
	if (s->ops != ops || s->pane != a->in_focus || !same_key(s->key, key))
		fill_slot(a, s, ops, a->in_focus, key);
	note(s, &p->frame);
	remember(s, p);
	s->stamp = ++a->lens_clock;
	a->lens = s;
	a->has_hover = false;
	a->page_line = 0;
	want(a, s, p->frame.snap->mono_ns);
}

bool app_lens_close(struct app *a)
{
	if (!a->lens || a->layer == LAYER_HELP)
		return false;
	a->lens = NULL;
	return true;
}

bool app_lens_act(struct app *a, enum action action)
{
	for (size_t i = 0; i < nr_lenses; i++) {
		if (lenses[i]->action != action)
			continue;
		a->page_line = 0;
		if (!app_lens_close(a))
			open_lens(a, lenses[i]);
		return true;
	}
	return false;
}

/* ---- drawing --------------------------------------------------------------------------------- */

void app_draw_lens(struct app *a, struct canvas *c)
{
	struct lens_slot *s = a->lens;
	const struct pane *p = &a->panes[s->pane];
	struct pg_series fds = {0};
	note(s, &p->frame);
	remember(s, p);
	if (!pane_watch_has(p, s->key))
		pane_fd_recalled(p, s->ended_ns ? NULL : s->proc, &s->fds, &fds);
	else if (!s->ended_ns)
		pane_fd_series(p, s->proc, &fds);
	bool over = s->ended_ns && s->newest && fds.n > 0 && fds.n == s->fds.n;
	struct lens_input in = {.frame = &p->frame,
				.host = p->host,
				.proc = over ? s->newest : s->proc,
				.ended_ns = s->ended_ns,
				.fds = &fds,
				.since_ns = p->watch.began_wall_ns,
				.is_now = pane_is_watched(p),
				.leak = pane_is_watched(p) && s->judged ? &s->leak : NULL,
				.state = state_of(a, s)};
	s->ops->draw(s->lens, &in, c, &a->page_line);
	pg_series_free(&fds);
}
