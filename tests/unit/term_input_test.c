/* SPDX-License-Identifier: MIT */
/* What the input promises: keys and mouse reports however they are cut, and nothing out of garbage.
 */
#include "term/term_input.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/util.h"
#include "canvas/keys.h"

#define MAX_EVENTS 32

struct events {
	struct term_event list[MAX_EVENTS];
	size_t nr;
};

static void take(struct events *e, struct term_event ev)
{
	if (e->nr < MAX_EVENTS)
		e->list[e->nr++] = ev;
}

/* The bytes; no more for a moment before each one if slow, and at the end. */
static struct events feed(const char *s, size_t n, bool slow)
{
	struct term_input in = {0};
	struct events e = {0};
	struct term_event ev;

	for (size_t i = 0; i < n; i++) {
		if (slow && in.state != INPUT_ESC && term_input_idle(&in, &ev))
			take(&e, ev);
		do {
			if (term_input_byte(&in, (unsigned char)s[i], &ev))
				take(&e, ev);
		} while (in.again);
	}
	if (term_input_idle(&in, &ev))
		take(&e, ev);
	return e;
}

Test(term_input, keys)
{
	static const struct {
		const char *bytes;
		int codes[4]; /* 0: no more */
	} cases[] = {
		{"q", {'q'}},
		{" ", {' '}},
		{"äq", {0xe4, 'q'}},
		{"漢\xf0\x9f\x98\x80", {0x6f22, 0x1f600}},
		{"\r\t\x7f\x08", {KEY_ENTER_, KEY_TAB, KEY_BACKSPACE_, KEY_BACKSPACE_}},
		{"\x01\x0c\x1a", {KEY_C('a'), KEY_C('l'), KEY_C('z')}},
		{"\033", {KEY_ESC}},
		{"\033\033", {KEY_ESC, KEY_ESC}},
		{"\033q", {KEY_ESC, 'q'}},
		{"\033[A\033OB", {KEY_UP_, KEY_DOWN_}},
		{"\033[H\033[1~\033[7~\033OH", {KEY_HOME_, KEY_HOME_, KEY_HOME_, KEY_HOME_}},
		{"\033[F\033[4~\033[8~\033OF", {KEY_END_, KEY_END_, KEY_END_, KEY_END_}},
		{"\033[5~\033[6~\033[Z", {KEY_PGUP, KEY_PGDN, KEY_SHIFT_TAB}},
		{"\033OP\033[11~\033[[A", {KEY_F1_, KEY_F1_, KEY_F1_}},
		{"\033[21~\033[24~", {KEY_F1_ + 9, KEY_F12_}},
		/* unknown sequences are swallowed whole */
		{"\033[1;5Aq", {'q'}},
		{"\033[?1;2cq", {'q'}},
		{"\033[Iq", {'q'}},
		{"\033[97;3uq", {'q'}},
		{"\033Ojq", {'q'}},
		{"\033[200~q", {'q'}},
		/* cut short by another one */
		{"\033[1\033[Bq", {KEY_DOWN_, 'q'}},
		{"\033[<35;1\rq", {KEY_ENTER_, 'q'}},
		/* invalid UTF-8 costs itself and no more */
		{"\xffq", {'q'}},
		{"\xe6\xbcq", {'q'}},
		{"\xc3\xc3\xa4q", {0xe4, 'q'}},
		{"\xed\xa0\x80q", {'q'}},
		{"\xc2\x9bq", {'q'}},
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++)
		for (int slow = 0; slow < 2; slow++) {
			struct events e = feed(cases[i].bytes, strlen(cases[i].bytes), slow);
			size_t want = 0;
			while (want < 4 && cases[i].codes[want])
				want++;
			cr_expect_eq(e.nr, want, "case %zu: %zu events", i, e.nr);
			for (size_t k = 0; k < want && k < e.nr; k++) {
				cr_expect_eq(e.list[k].kind, TERM_KEY);
				cr_expect_eq(e.list[k].code, cases[i].codes[k], "case %zu: %#x", i,
					     (unsigned)e.list[k].code);
			}
		}
}

Test(term_input, a_long_sequence_is_waited_for_to_its_end)
{
	char s[300] = "\033[<";

	memset(s + 3, '1', 290);
	s[293] = 'M';
	s[294] = 'q';
	struct events e = feed(s, 295, false);
	cr_assert_eq(e.nr, 1);
	cr_expect_eq(e.list[0].code, 'q');
}

Test(term_input, mouse_between_keys)
{
	static const char s[] = "j\033[<35;10;5M\033[<0;3;4M\033[<0;3;4mk\033[M #$l";
	static const enum term_event_kind want[] = {TERM_KEY, TERM_HOVER, TERM_CLICK,
						    TERM_KEY, TERM_CLICK, TERM_KEY};
	struct events e = feed(s, sizeof(s) - 1, true);

	cr_assert_eq(e.nr, PG_ARRAY_LEN(want), "%zu", e.nr);
	for (size_t i = 0; i < e.nr; i++)
		cr_expect_eq(e.list[i].kind, want[i], "event %zu", i);
	cr_expect(e.list[1].row == 4 && e.list[1].col == 9);
	cr_expect(e.list[4].row == 3 && e.list[4].col == 2, "the old protocol");
}

Test(term_input, mouse_reports)
{
	static const struct {
		const char *s;
		bool ok;
		struct term_event ev;
	} cases[] = {
		{"35;10;5M", true, {.kind = TERM_HOVER, .row = 4, .col = 9}},
		{"32;10;5M", true, {.kind = TERM_HOVER, .row = 4, .col = 9}},
		{"51;10;5M", true, {.kind = TERM_HOVER, .row = 4, .col = 9}},
		{"0;1;1M", true, {.kind = TERM_CLICK}},
		{"0;1;1m", true, {.kind = TERM_NOTHING}},
		{"4;2;1M", true, {.kind = TERM_CLICK, .col = 1}},
		{"2;300;200M", true, {.kind = TERM_RIGHT_CLICK, .row = 199, .col = 299}},
		{"1;1;1M", true, {.kind = TERM_NOTHING}},
		{"64;1;1M", true, {.kind = TERM_WHEEL, .lines = -3}},
		{"65;1;1M", true, {.kind = TERM_WHEEL, .lines = 3}},
		{"81;1;1M", true, {.kind = TERM_WHEEL, .lines = 3}},
		{"66;1;1M", true, {.kind = TERM_NOTHING}},
		{"128;1;1M", true, {.kind = TERM_NOTHING}},
		{"0;65535;65535M", true, {.kind = TERM_CLICK, .row = 65534, .col = 65534}},
		{"0;65536;1M", false, {0}},
		{"0;99999999999999999999;1M", false, {0}},
		{"0;0;1M", false, {0}},
		{"0;1;0M", false, {0}},
		{"0;1;1", false, {0}},
		{"0;1;1X", false, {0}},
		{"0;1M", false, {0}},
		{"0;1;1;1M", false, {0}},
		{";1;1M", false, {0}},
		{"0;;1M", false, {0}},
		{"-1;1;1M", false, {0}},
		{"0; 1;1M", false, {0}},
		{"M", false, {0}},
		{"", false, {0}},
		{"0;1;1MM", false, {0}},
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct term_event ev = {0};
		bool ok = term_parse_mouse(cases[i].s, strlen(cases[i].s), &ev);
		cr_expect_eq(ok, cases[i].ok, "%s", cases[i].s);
		if (!ok || !cases[i].ok)
			continue;
		cr_expect_eq(ev.kind, cases[i].ev.kind, "%s: kind %d", cases[i].s, ev.kind);
		cr_expect(ev.row == cases[i].ev.row && ev.lines == cases[i].ev.lines, "%s",
			  cases[i].s);
	}
}
