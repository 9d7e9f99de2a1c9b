/* SPDX-License-Identifier: MIT */
/*
 * keys: key codes, their names (tmux notation: "j", "Enter", "C-l", "S-Tab", "PgUp"), and the one
 * table of what keys do (keys.def), from which app's dispatch, the help page and the manual are
 * made.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key is a Unicode character (control characters are 'a' … 'z' | KEY_CTRL), or one of these. */
enum key_code {
	KEY_CTRL_BIT = 1 << 24,
	KEY_ENTER_ = 1 << 25,
	KEY_ESC,
	KEY_TAB,
	KEY_SHIFT_TAB,
	KEY_BACKSPACE_,
	KEY_UP_,
	KEY_DOWN_,
	KEY_LEFT_,
	KEY_RIGHT_,
	KEY_HOME_,
	KEY_END_,
	KEY_PGUP,
	KEY_PGDN,
	KEY_INSERT_,
	KEY_DELETE_,
	KEY_F1_,
	KEY_F12_ = KEY_F1_ + 11,
	KEY_NONE = -1,
};
#define KEY_C(ch) ((ch) | KEY_CTRL_BIT)

/* One name in tmux notation, n bytes; KEY_NONE if it is none. */
int key_parse(const char *s, size_t n);
/* "j Enter C-l": appends codes to an owned array. False, with the bad word, at an unknown name. */
bool key_parse_list(const char *s, int **codes, size_t *nr, char bad[32]);

enum action {
#define KEY(action, keys, part, help) action,
#include "keys.def"
#undef KEY
	NR_ACTIONS,
	ACT_NONE = NR_ACTIONS,
};

struct key_binding {
	enum action action;
	const char *keys; /* names, separated by blanks */
	const char *part; /* heading in help and manual */
	const char *help;
};
extern const struct key_binding key_bindings[NR_ACTIONS];

enum action key_action(int code);

#define KEY_NAME_MAX 12
/* The name that key_parse() takes. False: the code has none, and name is "". */
bool key_name_of(int code, char name[KEY_NAME_MAX]);

#endif
