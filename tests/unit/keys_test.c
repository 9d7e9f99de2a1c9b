/* SPDX-License-Identifier: MIT */
/* Promise: names of keys and what they do come from one table, and no key means two things. */
#include "canvas/keys.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

Test(keys, names)
{
	static const struct {
		const char *name;
		int code;
	} t[] = {
		{"j", 'j'},
		{"J", 'J'},
		{"-", '-'},
		{"é", 0xe9},
		{"日", 0x65e5},
		{"Space", ' '},
		{"Enter", KEY_ENTER_},
		{"enter", KEY_ENTER_},
		{"Esc", KEY_ESC},
		{"Escape", KEY_ESC},
		{"Tab", KEY_TAB},
		{"S-Tab", KEY_SHIFT_TAB},
		{"BTab", KEY_SHIFT_TAB},
		{"BSpace", KEY_BACKSPACE_},
		{"Up", KEY_UP_},
		{"PgUp", KEY_PGUP},
		{"PageUp", KEY_PGUP},
		{"PPage", KEY_PGUP},
		{"NPage", KEY_PGDN},
		{"DC", KEY_DELETE_},
		{"F1", KEY_F1_},
		{"F9", KEY_F1_ + 8},
		{"F12", KEY_F12_},
		{"C-l", KEY_C('l')},
		{"C-L", KEY_C('l')},
		{"C-i", KEY_TAB},
		{"C-m", KEY_ENTER_},
		{"C-[", KEY_ESC},
		{"", KEY_NONE},
		{"F0", KEY_NONE},
		{"F01", KEY_NONE},
		{"F13", KEY_NONE},
		{"F123", KEY_NONE},
		{"C-", KEY_NONE},
		{"C-1", KEY_NONE},
		{"C-ll", KEY_NONE},
		{"jj", KEY_NONE},
		{"Ente", KEY_NONE},
		{"Enterr", KEY_NONE},
		{"\x1b", KEY_NONE},
		{"\x7f", KEY_NONE},
		{"\xff", KEY_NONE},
		{"\xc2\x9b", KEY_NONE},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_eq(key_parse(t[i].name, strlen(t[i].name)), t[i].code, "\"%s\"",
			     t[i].name);
	cr_expect_eq(key_parse("Enterprise", 5), KEY_ENTER_, "n bounds the name");
}

Test(keys, lists)
{
	int *codes = NULL;
	size_t nr = 0;
	char bad[32] = "";
	cr_expect(key_parse_list("  j Enter\tC-l ", &codes, &nr, bad));
	cr_expect(key_parse_list("q", &codes, &nr, bad));
	cr_assert_eq(nr, 4);
	cr_expect(codes[0] == 'j' && codes[1] == KEY_ENTER_ && codes[2] == KEY_C('l') &&
		  codes[3] == 'q');
	cr_expect(key_parse_list("", &codes, &nr, bad) && nr == 4);

	cr_expect_not(key_parse_list("j Entr k", &codes, &nr, bad));
	cr_expect_str_eq(bad, "Entr");
	cr_expect_not(key_parse_list("\x1b[2J\xff", &codes, &nr, bad));
	cr_expect_str_eq(bad, "?[2J?");
	cr_expect_not(key_parse_list("abcdefghijklmnopqrstuvwxyz0123456789", &codes, &nr, bad));
	cr_expect_str_eq(bad, "abcdefghijklmnopqrstuvwxyz01234");
	free(codes);
}

Test(keys, names_of_codes)
{
	static const char *const t[] = {"j",   "Space", "Enter", "S-Tab", "PgUp", "F1",
					"F12", "C-l",   "{",     "ä",     "世",   "😀"};
	char name[KEY_NAME_MAX];
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		cr_expect(key_name_of(key_parse(t[i], strlen(t[i])), name), "%s", t[i]);
		cr_expect_str_eq(name, t[i]);
	}
	static const int none[] = {KEY_NONE, 0, 0x1b, 0x9b, 0xd800, 0x110000, KEY_C('['), KEY_C(1)};
	for (size_t i = 0; i < PG_ARRAY_LEN(none); i++)
		cr_expect_not(key_name_of(none[i], name), "%x is %s", none[i], name);
}

Test(keys, every_binding_is_reached_by_its_keys)
{
	for (int i = 0; i < NR_ACTIONS; i++) {
		const struct key_binding *b = &key_bindings[i];
		int *codes = NULL;
		size_t nr = 0;
		char bad[32];
		cr_expect_eq((int)b->action, i);
		cr_expect(b->help[0] && b->part[0]);
		cr_expect(key_parse_list(b->keys, &codes, &nr, bad), "%s", bad);
		cr_expect(nr > 0);
		for (size_t k = 0; k < nr; k++)
			cr_expect_eq((int)key_action(codes[k]), i, "%s means two things", b->keys);
		free(codes);
	}
	cr_expect_eq(key_action('q'), ACT_QUIT);
	cr_expect_eq(key_action(KEY_C('c')), ACT_QUIT);
	cr_expect_eq(key_action(' '), ACT_SAMPLE);
	cr_expect_eq(key_action('Q'), ACT_NONE);
	cr_expect_eq(key_action(KEY_NONE), ACT_NONE);
}
