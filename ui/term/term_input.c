/* SPDX-License-Identifier: MIT */
#include "term_input.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "canvas/keys.h"

static bool key_event(struct term_event *ev, int code)
{
	*ev = (struct term_event){.kind = TERM_KEY, .code = code};
	return code != KEY_NONE;
}

void term_input_begin(struct term_input *in, enum input_state state)
{
	in->state = state;
	in->len = 0;
}

static void keep(struct term_input *in, unsigned char byte)
{
	/* Too long to mean anything: only its end is waited for. */
	if (in->len < sizeof(in->bytes))
		in->bytes[in->len++] = (char)byte;
}

static bool plain_byte(struct term_input *in, unsigned char byte, struct term_event *ev)
{
	term_input_begin(in, INPUT_PLAIN);
	if (byte >= 0x80) {
		in->state = byte >= 0xc2 && byte <= 0xf4 ? INPUT_UTF8 : INPUT_PLAIN;
		keep(in, byte);
		return false;
	}
	switch (byte) {
	case 0x1b:
		in->state = INPUT_ESC;
		return false;
	case '\r':
		return key_event(ev, KEY_ENTER_);
	case '\t':
		return key_event(ev, KEY_TAB);
	case 0x08:
	case 0x7f:
		return key_event(ev, KEY_BACKSPACE_);
	}
	if (byte >= 0x20)
		return key_event(ev, byte);
	return key_event(ev, byte >= 1 && byte <= 26 ? KEY_C('a' + byte - 1) : KEY_NONE);
}

/* Gives up what was begun; the byte counts by itself. */
static bool drop(struct term_input *in)
{
	in->state = INPUT_PLAIN;
	in->again = true;
	return false;
}

static bool utf8_byte(struct term_input *in, unsigned char byte, struct term_event *ev)
{
	uint32_t cp;

	if ((byte & 0xc0) != 0x80)
		return drop(in);
	keep(in, byte);
	unsigned char lead = (unsigned char)in->bytes[0];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (in->len < need)
		return false;
	in->state = INPUT_PLAIN;
	bool valid = pg_utf8_decode(in->bytes, in->len, &cp) == need && cp >= 0xa0;
	return valid && key_event(ev, (int)cp);
}

/* ESC alone is a key; before anything but a sequence it is one, too. */
static bool esc_byte(struct term_input *in, unsigned char byte, struct term_event *ev)
{
	if (byte == '[' || byte == 'O') {
		term_input_begin(in, byte == '[' ? INPUT_CSI : INPUT_SS3);
		return false;
	}
	drop(in);
	return key_event(ev, KEY_ESC);
}

/* What follows ESC [ or ESC O, for the keys that terminals agree upon; without Shift and the like.
 */
static int sequence_key(const char *s, size_t n, bool ss3)
{
	static const struct {
		const char *csi, *ss3;
		int code;
	} keys[] = {
		{"A", "A", KEY_UP_},       {"B", "B", KEY_DOWN_},     {"C", "C", KEY_RIGHT_},
		{"D", "D", KEY_LEFT_},     {"H", "H", KEY_HOME_},     {"F", "F", KEY_END_},
		{"1~", "", KEY_HOME_},     {"7~", "", KEY_HOME_},     {"4~", "", KEY_END_},
		{"8~", "", KEY_END_},      {"2~", "", KEY_INSERT_},   {"3~", "", KEY_DELETE_},
		{"5~", "", KEY_PGUP},      {"6~", "", KEY_PGDN},      {"Z", "", KEY_SHIFT_TAB},
		{"11~", "P", KEY_F1_},     {"12~", "Q", KEY_F1_ + 1}, {"13~", "R", KEY_F1_ + 2},
		{"14~", "S", KEY_F1_ + 3}, {"[A", "", KEY_F1_},       {"[B", "", KEY_F1_ + 1},
		{"[C", "", KEY_F1_ + 2},   {"[D", "", KEY_F1_ + 3},   {"[E", "", KEY_F1_ + 4},
		{"15~", "", KEY_F1_ + 4},  {"17~", "", KEY_F1_ + 5},  {"18~", "", KEY_F1_ + 6},
		{"19~", "", KEY_F1_ + 7},  {"20~", "", KEY_F1_ + 8},  {"21~", "", KEY_F1_ + 9},
		{"23~", "", KEY_F1_ + 10}, {"24~", "", KEY_F12_},     {"", "M", KEY_ENTER_},
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(keys); i++) {
		const char *name = ss3 ? keys[i].ss3 : keys[i].csi;
		if (strlen(name) == n && memcmp(name, s, n) == 0)
			return keys[i].code;
	}
	return KEY_NONE;
}

static bool csi_byte(struct term_input *in, unsigned char byte, struct term_event *ev)
{
	bool mouse = in->state == INPUT_SGR;

	if (byte < 0x20 || byte > 0x7e)
		return drop(in);
	if (!mouse && in->len == 0 && (byte == '<' || byte == 'M')) {
		term_input_begin(in, byte == '<' ? INPUT_SGR : INPUT_X10);
		return false;
	}
	keep(in, byte);
	if (byte < 0x40 || (byte == '[' && in->len == 1))
		return false;
	in->state = INPUT_PLAIN;
	if (!mouse)
		return key_event(ev, sequence_key(in->bytes, in->len, false));
	return term_parse_mouse(in->bytes, in->len, ev) && ev->kind != TERM_NOTHING;
}

/* The same three numbers, each plus 32 in a byte. */
static bool x10_byte(struct term_input *in, unsigned char byte, struct term_event *ev)
{
	char report[32];

	keep(in, byte);
	if (in->len < 3)
		return false;
	in->state = INPUT_PLAIN;
	const unsigned char *b = (const unsigned char *)in->bytes;
	int n = snprintf(report, sizeof(report), "%d;%d;%dM", b[0] - 32, b[1] - 32, b[2] - 32);
	return term_parse_mouse(report, (size_t)n, ev) && ev->kind != TERM_NOTHING;
}

bool term_input_byte(struct term_input *in, unsigned char byte, struct term_event *ev)
{
	in->again = false;
	switch (in->state) {
	case INPUT_PLAIN:
		break;
	case INPUT_ESC:
		return esc_byte(in, byte, ev);
	case INPUT_CSI:
	case INPUT_SGR:
		return csi_byte(in, byte, ev);
	case INPUT_X10:
		return x10_byte(in, byte, ev);
	case INPUT_SS3:
		in->state = INPUT_PLAIN;
		if (byte < 0x20)
			return drop(in);
		return key_event(ev, sequence_key((const char *)&byte, 1, true));
	case INPUT_UTF8:
		return utf8_byte(in, byte, ev);
	}
	return plain_byte(in, byte, ev);
}

bool term_input_idle(struct term_input *in, struct term_event *ev)
{
	if (in->state != INPUT_ESC)
		return false;
	in->state = INPUT_PLAIN;
	return key_event(ev, KEY_ESC);
}

enum { MOTION = 32, WHEEL = 64, EXTRA = 128, BUTTONS = 3, WHEEL_LINES = 3, LARGEST = 65535 };

/* Decimal digits up to the end character, which is taken too. */
static bool number(const char **s, const char *end, char stop, int *out)
{
	const char *start = *s;
	int v = 0;

	while (*s < end && **s >= '0' && **s <= '9') {
		v = v * 10 + (**s - '0');
		if (v > LARGEST)
			return false;
		(*s)++;
	}
	if (*s == start || *s == end || **s != stop)
		return false;
	(*s)++;
	*out = v;
	return true;
}

static enum term_event_kind kind_of(int button, bool press, int *lines)
{
	if (button & EXTRA)
		return TERM_NOTHING;
	if (button & WHEEL) {
		if (!press || (button & BUTTONS) > 1)
			return TERM_NOTHING;
		*lines = button & 1 ? WHEEL_LINES : -WHEEL_LINES;
		return TERM_WHEEL;
	}
	if (button & MOTION)
		return TERM_HOVER;
	if (press && (button & BUTTONS) == 0)
		return TERM_CLICK;
	if (press && (button & BUTTONS) == 2)
		return TERM_RIGHT_CLICK;
	return TERM_NOTHING;
}

bool term_parse_mouse(const char *s, size_t n, struct term_event *ev)
{
	int button, col, row;
	const char *end = s + n;

	if (n == 0 || (end[-1] != 'M' && end[-1] != 'm'))
		return false;
	if (!number(&s, end, ';', &button) || !number(&s, end, ';', &col) ||
	    !number(&s, end, end[-1], &row) || s != end || col < 1 || row < 1)
		return false;
	*ev = (struct term_event){.row = row - 1, .col = col - 1};
	ev->kind = kind_of(button, end[-1] == 'M', &ev->lines);
	return true;
}
