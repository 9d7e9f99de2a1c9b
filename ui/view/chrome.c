/* SPDX-License-Identifier: MIT */
#include "chrome.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "chrome_line.h"
#include "timeline.h"

/* ---- header --------------------------------------------------------------------------------- */

void chrome_filters(struct line *l, const struct chrome_input *in)
{
	const struct pg_filter *f = in->filter;
	if (in->frozen)
		strcpy(chrome_add(l, ROLE_ALERT, 2, 0)->text, "FROZEN");
	if (in->selection)
		snprintf(chrome_add(l, ROLE_ALERT, 2, 0)->text, PIECE_TEXT, "only %s",
			 in->selection);
	if (f->by_user)
		snprintf(chrome_add(l, ROLE_ALERT, 2, 0)->text, PIECE_TEXT, "user %s",
			 in->user ? in->user : "?");
	if (f->threads == PG_THREADS_BUSY)
		strcpy(chrome_add(l, ROLE_ALERT, 2, 1)->text, "busy threads");
	if (f->threads == PG_THREADS_NONE)
		strcpy(chrome_add(l, ROLE_ALERT, 2, 1)->text, "no threads");
	if (f->hide_kernel)
		strcpy(chrome_add(l, ROLE_ALERT, 2, 1)->text, "no kernel");
}

void chrome_tell_time(struct line *l, const struct chrome_when *w)
{
	char text[TIMELINE_TEXT];
	if (!w->word)
		return;
	strcpy(chrome_add(l, ROLE_ALERT, 0, 0)->text, w->word);
	snprintf(chrome_add(l, ROLE_ALERT, 1, 3)->text, PIECE_TEXT, "%.10s",
		 timeline_clock(text, w->wall_ns, true));
	strcpy(chrome_add(l, ROLE_ALERT, 1, 0)->text, timeline_clock(text, w->wall_ns, false));
	if (w->age_ns >= 0)
		snprintf(chrome_add(l, ROLE_TEXT, 1, 1)->text, PIECE_TEXT, "%s ago",
			 timeline_age(text, w->age_ns));
}

/* How often, and at what cost; of what has been, how long after the frame before. */
static void pace_pieces(struct line *l, const struct chrome_input *in)
{
	uint64_t ns = in->when.word ? in->frame->changes->interval_ns : in->delay_ns;
	if (ns == 0) /* there is none before it */
		return;
	struct piece *p = chrome_add(l, ROLE_TEXT, 2, 5);
	p->right = true;
	snprintf(p->text, PIECE_TEXT, "%.*fs", ns % (PG_NS_PER_SEC / 10) ? 2 : 1,
		 (double)ns / (double)PG_NS_PER_SEC);
	if (in->own_share < 0 || in->when.word)
		return;
	p = chrome_add(l, ROLE_DIM, 2, 3);
	p->right = true;
	snprintf(p->text, PIECE_TEXT, "own %.1f%%", in->own_share * 100);
}

static void first_line(struct line *l, const struct chrome_input *in, bool both_lines)
{
	const struct pg_host *h = &in->frame->snap->host;
	char n[PG_HUMAN_MAX];
	chrome_tell_time(l, &in->when);
	snprintf(chrome_add(l, ROLE_LABEL, 2, 0)->text, PIECE_TEXT, "%s",
		 h->name[0] ? h->name : "procgrid");
	if (in->when.kernel)
		snprintf(chrome_add(l, ROLE_DIM, 1, 4)->text, PIECE_TEXT, "%s", in->when.kernel);
	if (h->valid & PG_HOST_UPTIME)
		snprintf(chrome_add(l, ROLE_TEXT, both_lines ? 1 : 2, in->when.word ? 8 : 4)->text,
			 PIECE_TEXT, "up %s", pg_human_age(n, (uint64_t)h->uptime));
	snprintf(chrome_add(l, ROLE_TEXT, 2, 2)->text, PIECE_TEXT, "%u task%s", in->nr_tasks,
		 in->nr_tasks == 1 ? "" : "s");
	snprintf(chrome_add(l, ROLE_TEXT, 1, 6)->text, PIECE_TEXT, "%u proc%s", in->nr_procs,
		 in->nr_procs == 1 ? "" : "s");
	if (h->valid & PG_HOST_LOAD)
		snprintf(chrome_add(l, ROLE_TEXT, 2, 7)->text, PIECE_TEXT, "load %.2f %.2f %.2f",
			 h->load[0], h->load[1], h->load[2]);
	chrome_filters(l, in);
	if (in->frame->snap->told.missed > 0)
		snprintf(chrome_add(l, ROLE_ALERT, 2, 1)->text, PIECE_TEXT, "%llu missed",
			 (unsigned long long)in->frame->snap->told.missed);
	pace_pieces(l, in);
}

#define BAR_COLS 10

static void bar(struct line *l, const char *label, double share, int gap, int rank)
{
	struct piece *p = chrome_add(l, ROLE_TEXT, gap, rank);
	snprintf(p->text, PIECE_TEXT, "%s ", label);
	p = chrome_add(l, ROLE_BAR, 0, rank);
	if (share < 0 || share != share)
		share = 0;
	int full = (int)(share * BAR_COLS + 0.5);
	for (int i = 0; i < BAR_COLS; i++)
		strcat(p->text, i >= full ? " " : l->utf8 ? "█" : "#");
}

static void memory_pieces(struct line *l, const struct pg_host *h)
{
	const double gib = 1024.0 * 1024 * 1024, mib = 1024.0 * 1024;
	char n[PG_HUMAN_MAX];
	if (!(h->valid & PG_HOST_MEM) || !h->mem_total)
		return;
	uint64_t used = h->mem_total > h->mem_available ? h->mem_total - h->mem_available : 0;
	bar(l, "MEM", (double)used / (double)h->mem_total, 2, 3);
	bool big = (double)h->mem_total >= gib;
	snprintf(chrome_add(l, ROLE_TEXT, 1, 3)->text, PIECE_TEXT, "%.1f/%.1f %s",
		 (double)used / (big ? gib : mib), (double)h->mem_total / (big ? gib : mib),
		 big ? "GiB" : "MiB");
	snprintf(
		chrome_add(l, ROLE_TEXT, 2, 4)->text, PIECE_TEXT, "SWAP %s",
		pg_human_bytes(n, h->swap_total > h->swap_free ? h->swap_total - h->swap_free : 0));
}

static void second_line(struct line *l, const struct chrome_input *in)
{
	const struct pg_host *h = &in->frame->snap->host;
	bar(l, "CPU", in->cpu_share, 0, 1);
	if (in->cpu_share >= 0)
		snprintf(chrome_add(l, ROLE_TEXT, 1, 1)->text, PIECE_TEXT, "%3.0f%%",
			 in->cpu_share * 100);
	else
		strcpy(chrome_add(l, ROLE_DIM, 1, 1)->text, "  --");
	memory_pieces(l, h);
	const unsigned psi = PG_HOST_PSI_CPU | PG_HOST_PSI_IO | PG_HOST_PSI_MEM;
	if ((h->valid & psi) != psi)
		return;
	snprintf(chrome_add(l, ROLE_TEXT, 2, 5)->text, PIECE_TEXT, "PSI cpu %.0f io %.0f mem %.0f",
		 h->psi_cpu, h->psi_io, h->psi_mem);
	strcpy(chrome_add(l, ROLE_TEXT, 1, 6)->text, "%"); /* in 80 columns there is no room */
}

void chrome_header(struct canvas *c, struct rect r, const struct chrome_input *in)
{
	struct line one = {.utf8 = c->utf8}, two = {.utf8 = c->utf8};
	if (!in->frame) {
		strcpy(chrome_add(&one, ROLE_TEXT, 0, 0)->text, "procgrid: looking");
		chrome_draw_line(c, r, &one);
		return;
	}
	first_line(&one, in, r.rows > 1);
	chrome_draw_line(c, r, &one);
	if (r.rows > 1) {
		struct rect below = {.row = r.row + 1, .col = r.col, .rows = 1, .cols = r.cols};
		second_line(&two, in);
		chrome_draw_line(c, below, &two);
	}
}

/* ---- busy line ------------------------------------------------------------------------------ */

/* "901 java/G1-3 99 %": the process's name first, and the thread's if it differs. */
static void name_task(struct pg_buf *b, const struct pg_place *at)
{
	const struct pg_proc *p = at->proc;
	const struct pg_task *lead = &p->tasks[0];
	struct pg_str own = at->task->comm, process = lead->comm;
	pg_buf_printf(b, "%d ", at->task->tid);
	bool same = own.len == process.len &&
		    memcmp(pg_proc_str(p, own), pg_proc_str(p, process), own.len) == 0;
	/* Of threads chosen by number the leader may not be there. */
	if (at->task != lead && pg_task_is_leader(p, lead) && !same) {
		pg_text_safe(b, pg_proc_str(p, process), process.len, 15, true);
		pg_buf_putc(b, '/');
	}
	pg_text_safe(b, pg_proc_str(p, own), own.len, 15, true);
}

static void hot_piece(struct line *l, const struct pg_hot *hot, bool io_any, bool rate_wanted,
		      int rank)
{
	struct pg_buf b = {0};
	char n[PG_HUMAN_MAX];
	struct piece *p = chrome_add(l, ROLE_TEXT, rank == 0 ? 1 : 3, rank);
	const struct pg_change *ch = &hot->change;
	name_task(&b, &hot->at);
	uint64_t bytes = io_any ? ch->rchar + ch->wchar : ch->read_bytes + ch->write_bytes;
	if ((ch->cls == PG_DISK || rate_wanted) && ch->span_ns) {
		double rate = (double)bytes * (double)PG_NS_PER_SEC / (double)ch->span_ns;
		pg_buf_printf(&b, " %s", pg_human_rate(n, rate));
	} else if (ch->cpu_ns || ch->known & PG_KNOW_CPU) {
		pg_buf_printf(&b, " %s", pg_human_percent(n, (double)ch->share));
	} else {
		pg_buf_puts(&b, " running");
	}
	snprintf(p->text, PIECE_TEXT, "%s", pg_buf_cstr(&b));
	pg_buf_free(&b);
}

static void state_piece(struct line *l, char letter, uint32_t count, const struct pg_place *at,
			int rank)
{
	if (!count)
		return;
	struct pg_buf b = {0};
	pg_buf_printf(&b, "%c %u", letter, count);
	if (at->task) {
		pg_buf_puts(&b, ": ");
		name_task(&b, at);
	}
	snprintf(chrome_add(l, ROLE_TEXT, 3, rank)->text, PIECE_TEXT, "%s", pg_buf_cstr(&b));
	pg_buf_free(&b);
}

/*
 * "fds 97 %: 4711 nginx", "leaking: 4711 nginx +2/min", and how many more there are. Where there is
 * no room for all of it, the first word stays longest.
 */
void chrome_alarms(struct line *l, const struct chrome_input *in, int rank)
{
	const struct pg_fd_alarm *a = in->alarms;
	struct pg_buf b = {0};
	char n[PG_HUMAN_MAX];
	if (in->nr_alarms == 0)
		return;
	struct piece *word = chrome_add(l, ROLE_ALERT, 3, rank);
	if (a->sign == PG_FD_NEAR_LIMIT)
		snprintf(word->text, PIECE_TEXT, "fds %s",
			 pg_human_percent(n, (double)a->fds / (double)a->limit));
	else
		strcpy(word->text, "leaking");
	struct pg_key key = {.pid = a->pid, .tid = a->pid, .start = a->start};
	struct pg_place at = pg_snapshot_find(in->frame->snap, key);
	pg_buf_puts(&b, ": ");
	if (at.task)
		name_task(&b, &at);
	else
		pg_buf_printf(&b, "%d", a->pid);
	if (a->sign == PG_FD_LEAKING)
		pg_buf_printf(&b, " %s", pg_human_pace(n, a->per_second));
	if (in->nr_alarms > 1)
		pg_buf_printf(&b, ", %zu more", in->nr_alarms - 1);
	snprintf(chrome_add(l, ROLE_ALERT, 0, rank + 1)->text, PIECE_TEXT, "%s", pg_buf_cstr(&b));
	pg_buf_free(&b);
}

void chrome_busy(struct canvas *c, struct rect r, const struct chrome_input *in)
{
	struct line l = {.utf8 = c->utf8};
	if (!in->frame)
		return;
	const struct pg_busy *busy = in->busy;
	/* Worth less than the hottest: a line of this word alone would say that nothing is. */
	strcpy(chrome_add(&l, ROLE_LABEL, 0, 1)->text, "busy");
	for (size_t i = 0; i < busy->nr_hot; i++) {
		if (i > 0 && busy->hot[i].at.task == busy->io.at.task)
			continue;
		hot_piece(&l, &busy->hot[i], in->io_any, false, (int)(i == 0 ? 0 : i + 6));
	}
	/* The one with the most io is dropped after the lesser users of CPU. */
	if (busy->io.at.task && busy->io.at.task != busy->hot[0].at.task)
		hot_piece(&l, &busy->io, in->io_any, true, 2);
	if (busy->nr_hot == 0)
		strcpy(chrome_add(&l, ROLE_DIM, 1, in->nr_alarms ? 7 : 1)->text, "nothing");
	state_piece(&l, 'D', busy->nr_disk_sleep, &busy->disk_sleep, 3);
	state_piece(&l, 'Z', busy->nr_zombie, &busy->zombie, 4);
	chrome_alarms(&l, in, 5);
	chrome_draw_line(c, r, &l);
}

/* ---- legend --------------------------------------------------------------------------------- */

static void class_piece(struct line *l, const struct chrome_input *in, enum pg_class cls,
			const char *name, uint32_t count, int rank)
{
	/* Drawn by the theme itself, as a middling leader of that class. */
	struct pg_cell cell = {.cls = (uint8_t)cls, .leader = true, .size = 2, .share = 0.5F};
	if (cls == PG_EXITED)
		cell.sign = PG_SIGN_EXITED;
	struct glyph g = theme_glyph(in->theme, &cell);
	struct piece *p = chrome_add(l, ROLE_TEXT, 1, rank);
	/* In ASCII a size is a digit or a letter, and "0 idle" would read as a number. */
	bool swatch = cls != PG_EXITED && !in->theme->by_class && g.ch < 0x80;
	p->mark = swatch ? '#' : g.ch;
	p->mark_role = g.style.role;
	bool letter =
		p->mark < 0x80 && isalpha((int)p->mark); /* "C cpu", but a square stands close */
	snprintf(p->text, PIECE_TEXT, "%s%s %u", letter ? " " : "", name, count);
}

/* The sign itself and what it says: whoever sees a ? must not have to ask for help. */
static void unseen_piece(struct line *l, uint32_t count)
{
	struct piece *p = chrome_add(l, ROLE_IDLE, 1, 2);
	p->mark = '?';
	p->mark_role = ROLE_IDLE;
	p->role = ROLE_TEXT;
	snprintf(p->text, PIECE_TEXT, " not looked at %u", count);
}

static void key_piece(struct line *l, const char *key, const char *what, int rank)
{
	struct piece *p = chrome_add(l, ROLE_KEY, 2, rank);
	p->right = true;
	snprintf(p->text, PIECE_TEXT, "%s", key);
	p = chrome_add(l, ROLE_TEXT, 0, rank);
	p->right = true;
	snprintf(p->text, PIECE_TEXT, " %s", what);
}

void chrome_legend(struct canvas *c, struct rect r, const struct chrome_input *in)
{
	struct line l = {.utf8 = c->utf8};
	static const uint32_t none[PG_NR_CLASSES];
	const uint32_t *count = in->frame ? in->frame->changes->count : none;
	class_piece(&l, in, PG_IDLE, "idle", count[PG_IDLE], 2);
	class_piece(&l, in, PG_CPU, "cpu", count[PG_CPU], 1);
	class_piece(&l, in, PG_DISK, in->io_any ? "io" : "disk", count[PG_DISK], 1);
	if (in->frame && in->frame->snap->own_io_only)
		strcpy(chrome_add(&l, ROLE_DIM, 1, 7)->text, "(own tasks only)");
	class_piece(&l, in, PG_CPU_DISK, "cpu+io", count[PG_CPU_DISK], 3);
	struct piece *p = chrome_add(&l, ROLE_TEXT, 1, 5);
	p->mark = '+';
	p->mark_role = ROLE_TEXT;
	snprintf(p->text, PIECE_TEXT, "new %u", in->frame ? in->frame->changes->nr_born : 0);
	class_piece(&l, in, PG_EXITED, "exited", count[PG_EXITED], 4);
	if (in->frame && in->busy->nr_unseen)
		unseen_piece(&l, in->busy->nr_unseen);
	key_piece(&l, "Tab", "busy", 6);
	key_piece(&l, "?", "help", 0);
	key_piece(&l, "q", "quit", 0);
	chrome_draw_line(c, r, &l);
}
