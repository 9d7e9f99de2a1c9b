/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of one process: how many, since when, of how many it may have, whether it leaks,
 * of which kinds they are, and under which prefix they grew since the first look. Two looks are
 * kept, the first one and the last: what differs between them is what grew.
 */
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/util.h"
#include "canvas/theme.h"
#include "lens.h"
#include "plot/plot.h"
#include "plot_canvas.h"
#include "popup_flow.h"

#define MAX_GROWN 8 /* lines of what grew or shrank, and of where most of them are */
#define MAX_HELD  5
#define DAY_NS    (86400 * (int64_t)PG_NS_PER_SEC)

struct look {
	bool taken;
	int64_t wall_ns;
	struct pg_fd_links links;
};

struct lens {
	struct look first, last;
	bool refused;
};

static struct lens *fd_open(void)
{
	return pg_calloc(1, sizeof(struct lens));
}

static void fd_close(struct lens *l)
{
	pg_fd_links_free(&l->first.links);
	pg_fd_links_free(&l->last.links);
	free(l);
}

static void fd_answer(struct lens *l, int64_t wall_ns, struct pg_detail *d)
{
	l->refused = d->links.refused;
	if (d->gone || !pg_fd_links_known(&d->links))
		return;
	/* The first look stays; the last one is the first until there is another. */
	struct look *to = l->first.taken ? &l->last : &l->first;
	pg_fd_links_free(&to->links);
	*to = (struct look){.taken = true, .wall_ns = wall_ns, .links = d->links};
	d->links = (struct pg_fd_links){0};
}

static const struct look *newest(const struct lens *l)
{
	return l->last.taken ? &l->last : &l->first;
}

/* ---- in words -------------------------------------------------------------------------------- */

struct sheet {
	struct popup_flow flow;
	const struct lens *l;
	const struct lens_input *in;
};

static void add_title(struct sheet *s)
{
	const struct pg_proc *p = s->in->proc;
	struct pg_buf b = {0};
	const struct pg_task *lead = p->nr_tasks ? &p->tasks[0] : NULL;
	if (lead && lead->comm.len)
		pg_buf_put(&b, pg_proc_str(p, lead->comm), lead->comm.len);
	else
		pg_buf_puts(&b, "(name unknown)");
	pg_buf_printf(&b, " %d  ", p->pid);
	popup_put_user(&b, p);
	if (s->in->host)
		pg_buf_printf(&b, " on %s", s->in->host);
	s->flow.role = ROLE_TIP;
	popup_put(&s->flow, b.data, popup_fitting(b.data, b.len, s->flow.width, false));
	popup_flush(&s->flow);
	pg_buf_free(&b);
}

static bool is_limited(const struct pg_proc *p)
{
	return p->fd_limit && p->fd_limit != UINT64_MAX;
}

static void add_limit(struct sheet *s)
{
	const struct pg_proc *p = s->in->proc;
	char pct[PG_HUMAN_MAX];
	if (!p->fd_limit)
		popup_item(&s->flow, "limit unknown");
	else if (!is_limited(p))
		popup_item(&s->flow, "no limit");
	else
		popup_item(&s->flow, "limit %llu (%s)", (unsigned long long)p->fd_limit,
			   pg_human_percent(pct, (double)p->fds / (double)p->fd_limit));
}

static int64_t peak_of(const struct pg_series *fds)
{
	int64_t peak = 0;
	for (size_t i = 0; i < fds->n; i++)
		peak = fds->v[i] > peak ? fds->v[i] : peak;
	return peak;
}

static void add_count(struct sheet *s)
{
	const struct pg_proc *p = s->in->proc;
	popup_section(&s->flow, "fds", ROLE_TIP);
	if (p->valid & PG_FD) {
		popup_item(&s->flow, "%llu open", (unsigned long long)p->fds);
		if (s->in->fds->n > 0)
			popup_item(&s->flow, "peak %lld", (long long)peak_of(s->in->fds));
		add_limit(s);
	} else {
		popup_item(&s->flow, p->refused & PG_FD ? "not permitted" : "unknown");
	}
	if (s->in->ended_ns)
		popup_item(&s->flow, "as last seen: it has ended");
}

/* "full in 25m" */
static void add_time_left(struct sheet *s, double per_second)
{
	const struct pg_proc *p = s->in->proc;
	char age[PG_HUMAN_MAX];
	if (!is_limited(p) || p->fds >= p->fd_limit || !(per_second > 0) || s->in->ended_ns)
		return;
	double left = (double)(p->fd_limit - p->fds) / per_second;
	if (left < 100.0 * 365 * 86400) /* h:min would pass for min:s */
		popup_item(&s->flow, "full in %s%s", pg_human_age(age, (uint64_t)left),
			   left >= 3600 && left < 86400 ? " h" : "");
}

static void add_verdict(struct sheet *s)
{
	const struct pg_leak *leak = s->in->leak;
	char pace[PG_HUMAN_MAX], pct[PG_HUMAN_MAX];
	bool leaks = leak && leak->verdict == PG_LEAK_LEAKING;
	popup_section(&s->flow, "leak", leaks ? ROLE_ALERT : ROLE_TIP);
	if (!leak) {
		popup_item(&s->flow, s->in->is_now ? "too early to say" : "not judged of the past");
	} else if (leak->verdict == PG_LEAK_NONE) {
		popup_item(&s->flow, "none so far");
	} else {
		popup_item(&s->flow, "%s %s", pg_leak_name(leak->verdict),
			   pg_human_pace(pace, leak->per_second));
		popup_item(&s->flow, "confidence %s", pg_human_percent(pct, leak->confidence));
		add_time_left(s, leak->per_second);
	}
}

static uint64_t seconds_between(int64_t from_ns, int64_t to_ns)
{
	return to_ns > from_ns ? ((uint64_t)to_ns - (uint64_t)from_ns) / PG_NS_PER_SEC : 0;
}

/* Times of a recording may be anything. */
static int64_t time_after(int64_t from_ns, double s)
{
	int64_t ns = (int64_t)((s < 9e9 ? s : 9e9) * (double)PG_NS_PER_SEC), to;
	return __builtin_add_overflow(from_ns, ns, &to) ? from_ns : to;
}

/* "since 14:03:12 UTC  2m": as long as it is known. The date is told of another day. */
static void add_since(struct sheet *s)
{
	const struct pg_series *fds = s->in->fds;
	char time[PG_HUMAN_MAX], age[PG_HUMAN_MAX];
	popup_section(&s->flow, "seen", ROLE_TIP);
	if (fds->n == 0) {
		popup_item(&s->flow, "not yet");
		return;
	}
	int64_t from = time_after(s->in->since_ns, fds->t[0]);
	bool today = from / DAY_NS == s->in->frame->snap->wall_ns / DAY_NS;
	popup_item(&s->flow, "since %.*s UTC", today ? 8 : 19,
		   pg_human_time(time, from) + (today ? strlen("2026-11-21T") : 0));
	int64_t until = s->in->ended_ns ? s->in->ended_ns : s->in->frame->snap->wall_ns;
	popup_item(&s->flow, "%s", pg_human_age(age, seconds_between(from, until)));
}

/* ---- what they are --------------------------------------------------------------------------- */

/* False: nothing is known of what they are, and why was said. */
static bool add_missing(struct sheet *s)
{
	struct pg_buf b = {0};
	bool known = s->in->state == DETAIL_READY || s->in->state == DETAIL_PENDING;
	if (known && newest(s->l)->taken)
		return true;
	popup_section(&s->flow, "kinds", ROLE_TIP);
	if (pg_proc_is_zombie(s->in->proc)) {
		popup_item(&s->flow, "none: a zombie has no files");
	} else if (s->in->state == DETAIL_READY && s->l->refused) {
		popup_not_permitted(&b, s->in->frame->snap, s->in->proc);
		popup_wrap(&s->flow, b.data, b.len, 0);
		pg_buf_free(&b);
	} else {
		popup_item(&s->flow, "%s",
			   s->in->state == DETAIL_READY ? "unknown"
							: popup_no_detail(s->in->state));
	}
	return false;
}

static void add_kinds(struct sheet *s)
{
	const struct pg_fd_links *links = &newest(s->l)->links;
	uint32_t count[PG_FD_NR_KINDS] = {0};
	pg_fd_links_kinds(links, count);
	popup_section(&s->flow, "kinds", ROLE_TIP);
	for (;;) {
		int most = 0;
		for (int i = 1; i < PG_FD_NR_KINDS; i++)
			most = count[i] > count[most] ? i : most;
		if (count[most] == 0)
			break;
		popup_item(&s->flow, "%s %u", pg_fd_kind_name((enum pg_fd_kind)most), count[most]);
		count[most] = 0;
	}
	if (links->nr == 0)
		popup_item(&s->flow, "none");
	if (links->beyond)
		popup_item(&s->flow, "not looked at %zu", links->beyond);
}

static void add_part(struct sheet *s, const struct pg_fd_part *part, bool grown)
{
	struct pg_buf b = {0};
	int more = part->opened - part->closed;
	if (grown)
		pg_buf_printf(&b, more > 0 ? "%+d of %u " : "%+d, %u left: ", more, part->now);
	else
		pg_buf_printf(&b, "%u ", part->now);
	pg_buf_puts(&b, pg_fd_kind_name((enum pg_fd_kind)part->kind));
	if (part->prefix[0])
		pg_buf_printf(&b, " %s", part->prefix);
	popup_wrap(&s->flow, b.data, b.len, 1);
	popup_flush(&s->flow);
	pg_buf_free(&b);
}

/* Since the first look: what there is more of first, then what there is less of. */
static void add_grown(struct sheet *s)
{
	const struct lens *l = s->l;
	struct pg_fd_parts parts = {0};
	char age[PG_HUMAN_MAX];
	size_t shown = 0;
	popup_section(&s->flow, "grown", ROLE_TIP);
	if (!l->last.taken) {
		popup_item(&s->flow, "seen with the next look");
		return;
	}
	pg_fd_links_compare(&l->first.links, &l->last.links, MAX_GROWN, &parts);
	popup_item(&s->flow, "in %s, since the first look",
		   pg_human_age(age, seconds_between(l->first.wall_ns, l->last.wall_ns)));
	popup_flush(&s->flow);
	for (int sign = 1; sign >= -1; sign -= 2) {
		for (size_t i = 0; i < parts.nr && shown < MAX_GROWN; i++) {
			if ((parts.items[i].opened - parts.items[i].closed) * sign <= 0)
				continue;
			add_part(s, &parts.items[i], true);
			shown++;
		}
	}
	if (shown == 0)
		popup_item(&s->flow, "nothing");
	pg_fd_parts_free(&parts);
}

static void add_held(struct sheet *s)
{
	struct pg_fd_parts parts = {0};
	const struct look *look = newest(s->l);
	if (look->links.nr == 0)
		return;
	pg_fd_links_compare(NULL, &look->links, MAX_HELD, &parts);
	popup_section(&s->flow, "most", ROLE_TIP);
	for (size_t i = 0; i < parts.nr && i < MAX_HELD; i++)
		add_part(s, &parts.items[i], false);
	pg_fd_parts_free(&parts);
}

/* ---- the picture ----------------------------------------------------------------------------- */

#define PLOT_MIN_COLS 24
#define PLOT_MIN_ROWS 4
#define SMALL_ROWS    16 /* of a screen: below that words go first */

/* Lines of it in the text. */
static size_t plot_lines(const struct lens_input *in, const struct canvas *c)
{
	int lines = c->rows < SMALL_ROWS ? 6 : c->rows / 3 < 16 ? c->rows / 3 : 16;
	bool fits = c->cols >= PLOT_MIN_COLS && lines + 2 <= c->rows;
	return in->fds->n > 1 && fits ? (size_t)lines : 0;
}

/* A number holds until it is another: two points a change. */
static void steps_of(const struct pg_series *fds, struct pg_series *out)
{
	for (size_t i = 0; i < fds->n; i++) {
		double t = fds->t[i] - fds->t[0];
		if (i > 0 && fds->v[i] != fds->v[i - 1])
			pg_series_add(out, t, fds->v[i - 1]);
		pg_series_add(out, t, fds->v[i]);
	}
}

static void draw_plot(const struct lens_input *in, struct canvas *c, struct rect r)
{
	struct pg_series steps = {0};
	struct pg_plot *p = pg_plot_new(NULL, "since it was seen first", "descriptors");
	bool leaks = in->leak && in->leak->verdict == PG_LEAK_LEAKING;
	steps_of(in->fds, &steps);
	p->x_unit = PG_PLOT_SECONDS;
	pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_LINE,
					      .role = leaks ? PG_PLOT_ALERT : PG_PLOT_DATA,
					      .xs = steps.t,
					      .ys = steps.v,
					      .n = steps.n});
	if (is_limited(in->proc)) {
		double limit = (double)in->proc->fd_limit;
		pg_plot_add(p, &(struct pg_plot_item){.shape = PG_PLOT_HLINE,
						      .role = PG_PLOT_LIMIT,
						      .x1 = steps.t[steps.n - 1],
						      .y0 = limit,
						      .y1 = limit,
						      .label = "limit"});
	}
	pg_plot_fit(p);
	plot_canvas_draw(c, r, p);
	for (int row = r.row; row < r.row + r.rows; row++) {
		for (int col = r.col; col < r.col + r.cols; col++) {
			struct canvas_cell *cell = canvas_at(c, row, col);
			if (cell)
				cell->style.back = ROLE_TIP;
		}
	}
	pg_plot_free(p);
	pg_series_free(&steps);
}

/* Where the text left room for it, as far as that is in sight. */
static void draw_plot_at(const struct lens_input *in, struct canvas *c, size_t at, size_t lines,
			 size_t first_line)
{
	long top = (long)at - (long)first_line, bottom = top + (long)lines;
	top = top < 1 ? 1 : top;
	bottom = bottom > c->rows - 1 ? c->rows - 1 : bottom;
	struct rect r = {.row = (int)top,
			 .col = POPUP_EXTRA_COLS / 2,
			 .rows = (int)(bottom - top),
			 .cols = c->cols - POPUP_EXTRA_COLS};
	if (bottom - top >= PLOT_MIN_ROWS)
		draw_plot(in, c, r);
}

static void add_links(struct sheet *s)
{
	if (!add_missing(s))
		return;
	add_kinds(s);
	add_grown(s);
	add_held(s);
}

static void fd_draw(struct lens *l, const struct lens_input *in, struct canvas *c, size_t *line)
{
	struct popup_text text = {0};
	int width = c->cols - POPUP_EXTRA_COLS;
	size_t lines = plot_lines(in, c);
	struct sheet s = {.l = l, .in = in, .flow = {.out = &text}};
	s.flow.width = width > POPUP_MIN_WIDTH ? width : POPUP_MIN_WIDTH;
	add_title(&s);
	add_count(&s);
	if (in->fds->n > 0 || !pg_proc_is_zombie(in->proc)) {
		add_verdict(&s);
		add_since(&s);
	}
	if (c->rows < SMALL_ROWS)
		add_links(&s);
	popup_flush(&s.flow);
	size_t at = text.nr;
	popup_blank(&s.flow, lines);
	if (c->rows >= SMALL_ROWS)
		add_links(&s);
	popup_flush(&s.flow);
	pg_buf_free(&s.flow.line);
	popup_draw_page(c, &text, line);
	if (lines)
		draw_plot_at(in, c, at, lines, *line);
	popup_text_free(&text);
}

const struct lens_ops lens_fd = {
	.name = "descriptors",
	.action = ACT_FDS,
	.ask = PG_ASK_LINKS,
	.open = fd_open,
	.close = fd_close,
	.answer = fd_answer,
	.draw = fd_draw,
};
