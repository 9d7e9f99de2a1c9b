/* SPDX-License-Identifier: MIT */
/* Where two names of a key are usual (PgUp, PageUp), both are taken; the case of names is free. */
#include "keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/util.h"

#define BLANKS " \t\r\n"

static const struct {
	const char *name;
	int code;
} names[] = {
	{"Space", ' '},          {"Enter", KEY_ENTER_},      {"Esc", KEY_ESC},
	{"Escape", KEY_ESC},     {"Tab", KEY_TAB},           {"S-Tab", KEY_SHIFT_TAB},
	{"BTab", KEY_SHIFT_TAB}, {"BSpace", KEY_BACKSPACE_}, {"Backspace", KEY_BACKSPACE_},
	{"Up", KEY_UP_},         {"Down", KEY_DOWN_},        {"Left", KEY_LEFT_},
	{"Right", KEY_RIGHT_},   {"Home", KEY_HOME_},        {"End", KEY_END_},
	{"PgUp", KEY_PGUP},      {"PageUp", KEY_PGUP},       {"PPage", KEY_PGUP},
	{"PgDn", KEY_PGDN},      {"PageDown", KEY_PGDN},     {"NPage", KEY_PGDN},
	{"Insert", KEY_INSERT_}, {"IC", KEY_INSERT_},        {"Delete", KEY_DELETE_},
	{"DC", KEY_DELETE_},
};

const struct key_binding key_bindings[NR_ACTIONS] = {
#define KEY(action, keys, part, help) {action, keys, part, help},
#include "keys.def"
#undef KEY
};

/* "C-x" is what a terminal sends for it: some letters have keys of their own there. */
static int parse_control(char c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (c == 'i')
		return KEY_TAB;
	if (c == 'm')
		return KEY_ENTER_;
	if (c == '[')
		return KEY_ESC;
	return c >= 'a' && c <= 'z' ? KEY_C(c) : KEY_NONE;
}

/* "F1" to "F12" */
static int parse_function(const char *s, size_t n)
{
	int number = 0;
	if (n < 2 || n > 3 || (s[0] != 'F' && s[0] != 'f') || s[1] == '0')
		return KEY_NONE;
	for (size_t i = 1; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return KEY_NONE;
		number = number * 10 + (s[i] - '0');
	}
	return number <= 12 ? KEY_F1_ + number - 1 : KEY_NONE;
}

int key_parse(const char *s, size_t n)
{
	uint32_t cp;

	if (n == 0)
		return KEY_NONE;
	if (pg_utf8_decode(s, n, &cp) == n) {
		bool control = cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
		return cp == PG_INVALID || control ? KEY_NONE : (int)cp;
	}
	if (n == 3 && s[0] == 'C' && s[1] == '-')
		return parse_control(s[2]);
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++)
		if (strlen(names[i].name) == n && strncasecmp(names[i].name, s, n) == 0)
			return names[i].code;
	return parse_function(s, n);
}

/* ASCII only: a byte a column, so that it can be cut anywhere. */
static void copy_bad(char bad[32], const char *s, size_t n)
{
	struct pg_buf b = {0};
	pg_text_safe(&b, s, n, 31, false);
	memcpy(bad, pg_buf_cstr(&b), b.len + 1);
	pg_buf_free(&b);
}

bool key_parse_list(const char *s, int **codes, size_t *nr, char bad[32])
{
	size_t cap = *nr, n;
	for (s += strspn(s, BLANKS); *s; s += n, s += strspn(s, BLANKS)) {
		n = strcspn(s, BLANKS);
		int code = key_parse(s, n);
		if (code == KEY_NONE) {
			copy_bad(bad, s, n);
			return false;
		}
		*codes = pg_grow(*codes, &cap, *nr + 1, sizeof(**codes));
		(*codes)[(*nr)++] = code;
	}
	return true;
}

bool key_name_of(int code, char name[KEY_NAME_MAX])
{
	memset(name, 0, KEY_NAME_MAX);
	for (size_t i = 0; i < PG_ARRAY_LEN(names) && !name[0]; i++)
		if (names[i].code == code)
			snprintf(name, KEY_NAME_MAX, "%s", names[i].name);
	if (name[0])
		return true;
	if (code >= KEY_F1_ && code <= KEY_F12_)
		snprintf(name, KEY_NAME_MAX, "F%d", code - KEY_F1_ + 1);
	else if (code > KEY_CTRL_BIT && code < KEY_ENTER_)
		snprintf(name, KEY_NAME_MAX, "C-%c", code & 0x7f);
	else if (code > ' ' && code <= 0x10ffff)
		pg_utf8_encode((uint32_t)code, name);
	return name[0] && key_parse(name, strlen(name)) == code;
}

enum action key_action(int code)
{
	for (size_t i = 0; i < NR_ACTIONS; i++) {
		const char *s = key_bindings[i].keys;
		while (*s) {
			size_t n = strcspn(s, " ");
			if (key_parse(s, n) == code && code != KEY_NONE)
				return key_bindings[i].action;
			s += n;
			s += strspn(s, " ");
		}
	}
	return ACT_NONE;
}
