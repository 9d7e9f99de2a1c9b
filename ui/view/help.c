/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "canvas/keys.h"

static void put(struct popup_text *out, uint8_t role, const char *text)
{
	out->lines = pg_grow(out->lines, &out->cap, out->nr + 1, sizeof(*out->lines));
	out->lines[out->nr++] =
		(struct popup_line){.text = pg_strdup(text), .len = strlen(text), .role = role};
}

static void put_keys(struct popup_text *out, bool mouse)
{
	const char *part = NULL;
	char line[160];
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
		snprintf(line, sizeof(line), "  %-12s %s", b->keys, b->help);
		put(out, ROLE_TIP, line);
	}
}

/* One row of the legend: the glyph as the theme draws it, and what it says. */
static void put_glyph(struct popup_text *out, const struct theme *t, struct pg_cell cell,
		      const char *what)
{
	char line[160], mark[5] = {0};
	struct glyph g = theme_glyph(t, &cell);
	pg_utf8_encode(g.ch, mark);
	snprintf(line, sizeof(line), "  %s %s", mark, what);
	put(out, g.style.role == ROLE_IDLE ? ROLE_TIP : g.style.role, line);
}

static void put_signs(struct popup_text *out, const struct theme *t, bool io_any)
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

/* Without a connector only what is there at a look is seen: that must not pass for all there was.
 */
static void put_brief(struct popup_text *out, const struct theme *t, const char *why_deaf)
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

void help_build(struct popup_text *out, const struct theme *theme, bool io_any, bool mouse,
		const char *why_deaf)
{
	put(out, ROLE_TIP, "procgrid: keys, colours, signs");
	put_keys(out, mouse);
	put(out, ROLE_TIP, "");
	if (mouse) {
		put(out, ROLE_LABEL, "Mouse");
		put(out, ROLE_TIP, "  hover        popup for the cell under the pointer");
		put(out, ROLE_TIP, "  click        cursor to the cell; right click: pin");
		put(out, ROLE_TIP,
		    "  wheel        scroll; Shift-drag selects text in most terminals");
		put(out, ROLE_TIP, "");
	}
	put_signs(out, theme, io_any);
	put_brief(out, theme, why_deaf);
}
