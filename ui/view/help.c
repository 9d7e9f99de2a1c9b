/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "canvas/keys.h"
#include "popup_flow.h"

#define KEY_COLS  13 /* keys, and a blank behind them */
#define TEXT_COLS 20 /* the least that stands beside a column of keys */
#define INDENT    4  /* of what goes on in a next line, where there is no such column */

static const char title[] = "procgrid: keys, colours, signs";

/* A page as wide as the screen; a line that does not fit goes on in the next one. */
struct page {
	struct popup_text *out;
	int width;
};

static void put_line(struct page *p, uint8_t role, const char *text, size_t len)
{
	struct popup_text *out = p->out;
	out->lines = pg_grow(out->lines, &out->cap, out->nr + 1, sizeof(*out->lines));
	struct popup_line *l = &out->lines[out->nr++];
	*l = (struct popup_line){.text = pg_alloc(len + 1), .len = len, .role = role};
	if (len) /* of an empty line there may be no text */
		memcpy(l->text, text, len);
	l->text[len] = '\0';
}

/* The lead stands in front of the first line, blanks as far as indent in front of the others. */
static void put_behind(struct page *p, uint8_t role, const char *lead, int indent, const char *text)
{
	struct pg_buf b = {0};
	size_t n = strlen(text);
	pg_buf_puts(&b, lead);
	int room = p->width - pg_text_width(lead, strlen(lead), true);
	do {
		size_t take = popup_fitting(text, n, room, true);
		pg_buf_put(&b, text, take);
		put_line(p, role, pg_buf_cstr(&b), b.len);
		text += take;
		n -= take;
		for (; n > 0 && *text == ' '; text++)
			n--;
		pg_buf_clear(&b);
		pg_buf_printf(&b, "%*s", indent, "");
		room = p->width - indent;
	} while (n > 0);
	pg_buf_free(&b);
}

static void put(struct page *p, uint8_t role, const char *text)
{
	put_behind(p, role, "", INDENT, text);
}

/* In two columns, or, on a screen too narrow for them, one behind the other. */
static void put_pair(struct page *p, const char *left, const char *right)
{
	char lead[64];
	bool columns = p->width >= 2 + KEY_COLS + TEXT_COLS;
	snprintf(lead, sizeof(lead), "  %-*s%s", columns ? KEY_COLS : 0, left, columns ? "" : "  ");
	put_behind(p, ROLE_TIP, lead, columns ? 2 + KEY_COLS : INDENT, right);
}

static void put_keys(struct page *out, bool mouse)
{
	const char *part = NULL;
	for (int i = 0; i < NR_ACTIONS; i++) {
		const struct key_binding *b = &key_bindings[i];
		if (b->action == ACT_MOUSE && !mouse)
			continue;
		if (!part || strcmp(part, b->part) != 0) {
			if (part)
				put(out, ROLE_TIP, "");
			part = b->part;
			put(out, ROLE_LABEL, part);
		}
		put_pair(out, b->keys, b->help);
	}
}

/* One row of the legend: the glyph as the theme draws it, and what it says. */
static void put_glyph(struct page *out, const struct theme *t, struct pg_cell cell,
		      const char *what)
{
	char line[160], mark[5] = {0};
	struct glyph g = theme_glyph(t, &cell);
	pg_utf8_encode(g.ch, mark);
	snprintf(line, sizeof(line), "  %s %s", mark, what);
	put(out, g.style.role == ROLE_IDLE ? ROLE_TIP : g.style.role, line);
}

static void put_signs(struct page *out, const struct theme *t, bool io_any)
{
	static const struct {
		enum pg_sign sign;
		const char *what;
	} signs[] = {
		{PG_SIGN_EXITED, "exited in the last cycle"},
		{PG_SIGN_ZOMBIE, "zombie (Z): ended, its parent has not asked"},
		{PG_SIGN_DISK_SLEEP, "uninterruptible (D): waits for a device"},
		{PG_SIGN_STOPPED, "stopped (T)"},
		{PG_SIGN_UNSEEN, "not looked at: one of a great many threads, read by turns"},
		{PG_SIGN_NEW, "new in the last cycle"},
	};
	static const char *const sizes[] = {"under 1/4096 of memory", "under 1/512", "under 1/64",
					    "more"};
	put(out, ROLE_LABEL, "Colours: what a task did in the last cycle");
	struct pg_cell cell = {.leader = true, .size = 2, .share = 0.5F};
	put_glyph(out, t, cell, "idle");
	cell.cls = PG_CPU;
	put_glyph(out, t, cell, "cpu: ran for at least 0.1 % of the cycle, or runs now");
	cell.cls = PG_DISK;
	put_glyph(out, t, cell,
		  io_any ? "io: read or wrote bytes, cached, piped or sent"
			 : "disk: read or wrote bytes that reached a block device");
	cell.cls = PG_CPU_DISK;
	put_glyph(out, t, cell, "both");
	put(out, ROLE_TIP, "");
	put(out, ROLE_LABEL, "Signs");
	for (size_t i = 0; i < PG_ARRAY_LEN(signs); i++) {
		struct pg_cell c = {.leader = true, .sign = (uint8_t)signs[i].sign};
		put_glyph(out, t, c, signs[i].what);
	}
	put(out, ROLE_TIP,
	    "  [ ] pinned; as a warning: 90 % of its descriptors, or it leaks them (d)");
	put(out, ROLE_TIP, "");
	put(out, ROLE_LABEL, "Size: resident memory of a process");
	for (uint8_t i = 0; i < 4; i++) {
		struct pg_cell c = {.leader = true, .size = i};
		put_glyph(out, t, c, sizes[i]);
	}
	struct pg_cell thread = {.leader = false};
	put_glyph(out, t, thread, "a thread: its memory is its process's");
}

static void put_header(struct page *out)
{
	put(out, ROLE_TIP, "");
	put(out, ROLE_LABEL, "Header");
	put_pair(out, "PSI", "% of the last 10 s in which tasks waited for cpu, io, memory");
	put_pair(out, "own", "what procgrid itself uses of one CPU");
	put_pair(out, "missed", "births and deaths of the last cycle that are not shown");
}

/* Without a connector only what is there at a look is seen: that must not pass for all there was.
 */
static void put_brief(struct page *out, const struct theme *t, const char *why_deaf)
{
	char line[160];
	put(out, ROLE_TIP, "");
	put(out, ROLE_LABEL, "Tasks that live and die between two looks");
	if (why_deaf) {
		put(out, ROLE_TIP, "  cannot be shown here:");
		snprintf(line, sizeof(line), "  %s", why_deaf);
		put(out, ROLE_TIP, line);
		return;
	}
	snprintf(line, sizeof(line),
		 "  are shown as exited for a cycle; %sn in a label: n more of a parent",
		 t->utf8 ? "×" : "x");
	put(out, ROLE_TIP, line);
}

void help_build(struct popup_text *text, const struct theme *theme, bool io_any, bool mouse,
		const char *why_deaf, int width)
{
	struct page page = {.out = text, .width = width}, *out = &page;
	const char *name = (int)strlen(title) <= width ? title : "help";
	put_line(out, ROLE_TIP, name, strlen(name));
	put_keys(out, mouse);
	put(out, ROLE_TIP, "");
	if (mouse) {
		put(out, ROLE_LABEL, "Mouse");
		put_pair(out, "hover", "popup for the cell under the pointer");
		put_pair(out, "click", "cursor to the cell; right click: pin");
		put_pair(out, "wheel", "scroll; Shift-drag selects text in most terminals");
		put(out, ROLE_TIP, "");
	}
	put_signs(out, theme, io_any);
	put_header(out);
	put_brief(out, theme, why_deaf);
}
