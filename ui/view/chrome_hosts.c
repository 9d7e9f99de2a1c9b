/* SPDX-License-Identifier: MIT */
/* The lines that only a screen of several hosts has. */
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "chrome_line.h"

#define NAME_COLS   40 /* of a host */
#define SLOW_TO_SAY 3  /* seconds until "connecting" counts them */
#define END_COLS    18 /* "again in 30 s", and a gap */

static void delay_piece(struct line *l, uint64_t delay_ns)
{
	struct piece *p = chrome_add(l, ROLE_TEXT, 2, 5);
	p->right = true;
	snprintf(p->text, PIECE_TEXT, "%.*fs", delay_ns % (PG_NS_PER_SEC / 10) ? 2 : 1,
		 (double)delay_ns / (double)PG_NS_PER_SEC);
}

void chrome_hosts(struct canvas *c, struct rect r, const struct chrome_input *in, size_t hosts,
		  size_t answering)
{
	struct line l = {.utf8 = c->utf8};
	struct pg_filter shared = *in->filter;
	struct chrome_input all = *in;
	chrome_tell_time(&l, &in->when);
	struct piece *p = chrome_add(&l, ROLE_LABEL, 2, 0);
	snprintf(p->text, PIECE_TEXT, "%zu host%s", hosts, hosts == 1 ? "" : "s");
	p = chrome_add(&l, answering < hosts ? ROLE_ALERT : ROLE_TEXT, 2, 2);
	if (answering == 0)
		strcpy(p->text, "none answers");
	else if (answering < hosts)
		snprintf(p->text, PIECE_TEXT, "%zu answer%s", answering, answering == 1 ? "s" : "");
	else
		strcpy(p->text, hosts == 1 ? "answers" : "all answer");
	shared.by_user = false; /* of one host: it stands there */
	all.filter = &shared;
	chrome_filters(&l, &all);
	delay_piece(&l, in->delay_ns);
	if (in->own_share >= 0) {
		p = chrome_add(&l, ROLE_DIM, 2, 3);
		p->right = true;
		snprintf(p->text, PIECE_TEXT, "own %.1f%%", in->own_share * 100);
	}
	chrome_draw_line(c, r, &l);
}

static void name_piece(struct line *l, const struct chrome_host *host)
{
	struct pg_buf b = {0};
	struct piece *p = chrome_add(l, ROLE_LABEL, 0, 0);
	p->mark = !host->in_focus ? ' ' : l->utf8 ? 0x25b8 : '>';
	p->mark_role = ROLE_LABEL;
	pg_text_safe(&b, host->name, strlen(host->name), NAME_COLS, true);
	snprintf(p->text, PIECE_TEXT, "%s", pg_buf_cstr(&b));
	pg_buf_free(&b);
}

static void known_pieces(struct line *l, const struct chrome_input *in)
{
	const struct pg_host *h = &in->frame->snap->host;
	char n[PG_HUMAN_MAX];
	if (h->valid & PG_HOST_UPTIME)
		snprintf(chrome_add(l, ROLE_TEXT, 2, 4)->text, PIECE_TEXT, "up %s",
			 pg_human_age(n, (uint64_t)h->uptime));
	snprintf(chrome_add(l, ROLE_TEXT, 2, 2)->text, PIECE_TEXT, "%u task%s", in->nr_tasks,
		 in->nr_tasks == 1 ? "" : "s");
	snprintf(chrome_add(l, ROLE_TEXT, 1, 6)->text, PIECE_TEXT, "%u proc%s", in->nr_procs,
		 in->nr_procs == 1 ? "" : "s");
	if (in->cpu_share >= 0)
		snprintf(chrome_add(l, ROLE_TEXT, 2, 3)->text, PIECE_TEXT, "CPU %.0f%%",
			 in->cpu_share * 100);
	if (h->valid & PG_HOST_LOAD)
		snprintf(chrome_add(l, ROLE_TEXT, 2, 7)->text, PIECE_TEXT, "load %.2f %.2f %.2f",
			 h->load[0], h->load[1], h->load[2]);
	chrome_alarms(l, in, 5);
	if (in->filter->by_user)
		snprintf(chrome_add(l, ROLE_ALERT, 2, 0)->text, PIECE_TEXT, "user %s",
			 in->user ? in->user : "?");
	if (in->frame->snap->told.missed > 0)
		snprintf(chrome_add(l, ROLE_ALERT, 2, 1)->text, PIECE_TEXT, "%llu missed",
			 (unsigned long long)in->frame->snap->told.missed);
}

/* From colon to colon it tells more of the reason: without room for all, its end is worth most. */
static const char *reason(const char *why, int room)
{
	const char *colon;
	while (pg_text_width(why, strlen(why), true) > room && (colon = strstr(why, ": ")) &&
	       colon[2])
		why = colon + 2;
	return why;
}

/* "refused: Connection timed out", in at most room columns. */
static void end_pieces(struct line *l, const struct pg_remote_status *s, int room)
{
	struct pg_buf b = {0};
	struct piece *p = chrome_add(l, ROLE_ALERT, 2, 0);
	pg_buf_puts(&b, s->state == PG_REMOTE_REFUSED ? "refused" : "ended");
	if (s->why[0]) {
		pg_buf_puts(&b, ": ");
		room = room > (int)b.len ? room - (int)b.len : 0;
		const char *why = reason(s->why, room);
		pg_text_safe(&b, why, strlen(why), room, true);
	}
	snprintf(p->text, PIECE_TEXT, "%s", pg_buf_cstr(&b));
	pg_buf_free(&b);
	p = chrome_add(l, ROLE_TEXT, 2, 1);
	p->right = true;
	snprintf(p->text, PIECE_TEXT, "again in %u s", s->seconds);
}

static void connecting_piece(struct line *l, const struct pg_remote_status *s)
{
	struct piece *p = chrome_add(l, ROLE_DIM, 2, 0);
	if (s->seconds >= SLOW_TO_SAY)
		snprintf(p->text, PIECE_TEXT, "connecting, %u s", s->seconds);
	else
		strcpy(p->text, "connecting");
}

void chrome_host(struct canvas *c, struct rect r, const struct chrome_input *in,
		 const struct chrome_host *host)
{
	struct line l = {.utf8 = c->utf8};
	const struct pg_remote_status *s = host->status;
	name_piece(&l, host);
	int name = 1 + pg_text_width(l.pieces[0].text, strlen(l.pieces[0].text), l.utf8);
	switch (s->state) {
	case PG_REMOTE_LATE:
		snprintf(chrome_add(&l, ROLE_ALERT, 2, 0)->text, PIECE_TEXT, "no frame for %u s",
			 s->seconds);
		/* fall through */
	case PG_REMOTE_LIVE:
		if (in->frame)
			known_pieces(&l, in);
		delay_piece(&l, in->delay_ns);
		break;
	case PG_REMOTE_REFUSED:
	case PG_REMOTE_ENDED:
		end_pieces(&l, s, r.cols - name - END_COLS);
		break;
	case PG_REMOTE_CONNECTING:
		connecting_piece(&l, s);
		break;
	}
	chrome_draw_line(c, r, &l);
}
