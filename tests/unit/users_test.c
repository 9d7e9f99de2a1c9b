/* SPDX-License-Identifier: MIT */
/* Names of uids: out of a passwd file, in which anything may stand, and of this machine. */
#include "base/users.h"

#include <criterion/criterion.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

static struct pg_users *users_of(const char *passwd)
{
	char path[] = "/tmp/users_test.XXXXXX";
	int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(dprintf(fd, "%s", passwd), (int)strlen(passwd));
	close(fd);
	struct pg_users *u = pg_users_open(path);
	unlink(path);
	return u;
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "alice::1000:1000::/:\n"
			     "also_alice:x:1000:1000::/:\n"
			     "bob:x:33\n"
			     "no_uid:x\n"
			     "nothing\n"
			     ":x:7:7::/:\n"
			     "bad:x:12a:12::/:\n"
			     "none:x::12::/:\n"
			     "negative:x:-5:5::/:\n"
			     "most:x:4294967295:1::/:\n"
			     "too_much:x:4294967301:1::/:\n"
			     "\n"
			     "last:x:6:6::/:";

Test(users, names_of_a_file)
{
	static const struct {
		uint32_t uid;
		const char *name;
	} rows[] = {
		{1000, "alice"},      {33, "bob"}, {7, ""},     {0, "root"}, {12, ""},
		{4294967295, "most"}, {5, ""},     {6, "last"}, {999, ""},   {1001, ""},
	};
	struct pg_users *u = users_of(passwd);
	for (int turn = 0; turn < 2; turn++) /* unknown ones are kept, too */
		for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
			cr_expect_str_eq(pg_users_name(u, rows[i].uid), rows[i].name, "%u",
					 rows[i].uid);
	pg_users_close(u);
}

Test(users, uids_of_a_file)
{
	static const struct {
		const char *name;
		bool known;
		uint32_t uid;
	} rows[] = {
		{"root", true, 0},      {"alice", true, 1000},      {"bob", true, 33},
		{"last", true, 6},      {"most", true, 4294967295}, {"bad", false, 0},
		{"none", false, 0},     {"no_uid", false, 0},       {"too_much", false, 0},
		{"negative", false, 0}, {"roo", false, 0},
	};
	struct pg_users *u = users_of(passwd);
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		uint32_t uid = 4711;
		cr_expect_eq(pg_users_uid(u, rows[i].name, &uid), rows[i].known, "%s",
			     rows[i].name);
		cr_expect_eq(uid, rows[i].known ? rows[i].uid : 4711, "%s", rows[i].name);
	}
	pg_users_close(u);
}

Test(users, no_file_knows_nobody)
{
	struct pg_users *u = pg_users_open("/nonexistent/passwd");
	uint32_t uid;
	cr_expect_str_eq(pg_users_name(u, 0), "");
	cr_expect_not(pg_users_uid(u, "root", &uid));
	pg_users_close(u);
	pg_users_close(NULL);
}

/* What the C library says of who runs the test, who may have no name. */
Test(users, of_this_machine)
{
	struct passwd *pw = getpwuid(getuid());
	char *name = pg_strdup(pw ? pw->pw_name : "");
	uint32_t uid = 4711;
	struct pg_users *u = pg_users_open(NULL);
	for (int turn = 0; turn < 2; turn++)
		cr_expect_str_eq(pg_users_name(u, getuid()), name);
	if (pw) {
		cr_expect(pg_users_uid(u, name, &uid));
		cr_expect_eq(uid, getuid());
	}
	cr_expect_not(pg_users_uid(u, "no such user: here", &uid));
	pg_users_close(u);
	free(name);
}
