/* SPDX-License-Identifier: MIT */
/* A sorted array of what was asked so far: a machine has tens of users, not thousands. */
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "human.h"
#include "util.h"

struct entry {
	uint32_t uid;
	char *name;
};

struct pg_users {
	bool nss;
	struct entry *entries;
	size_t nr, cap;
};

#define PASSWD_MAX (1024 * 1024)

static size_t lower_bound(const struct pg_users *u, uint32_t uid)
{
	size_t lo = 0, hi = u->nr;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (u->entries[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The first name of a uid wins, as in getpwuid(3). */
static const char *add(struct pg_users *u, uint32_t uid, const char *name)
{
	size_t at = lower_bound(u, uid);
	if (at < u->nr && u->entries[at].uid == uid)
		return u->entries[at].name;
	u->entries = pg_grow(u->entries, &u->cap, u->nr + 1, sizeof(*u->entries));
	memmove(&u->entries[at + 1], &u->entries[at], (u->nr - at) * sizeof(*u->entries));
	u->entries[at] = (struct entry){.uid = uid, .name = pg_strdup(name)};
	u->nr++;
	return u->entries[at].name;
}

/* "name:x:uid:…" */
static void add_line(struct pg_users *u, char *line)
{
	/* Not strtok_r(3): a field may be empty. */
	char *name = strsep(&line, ":");
	char *pass = strsep(&line, ":");
	char *uid = strsep(&line, ":");
	uint64_t number;
	if (*name && pass && uid && pg_parse_u64(uid, 0, UINT32_MAX, &number))
		add(u, (uint32_t)number, name);
}

static void load(struct pg_users *u, const char *path)
{
	pg_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	char *text = pg_alloc(PASSWD_MAX + 1);
	size_t n = 0;
	ssize_t got;
	while (n < PASSWD_MAX && (got = read(fd, text + n, PASSWD_MAX - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	char *save = NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_line(u, line);
	free(text);
}

struct pg_users *pg_users_open(const char *passwd)
{
	struct pg_users *u = pg_calloc(1, sizeof(*u));
	u->nss = !passwd;
	if (passwd)
		load(u, passwd);
	return u;
}

void pg_users_close(struct pg_users *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->nr; i++)
		free(u->entries[i].name);
	free(u->entries);
	free(u);
}

/* getpwuid_r, with a buffer that grows on ERANGE. */
static const char *ask_nss(struct pg_users *u, uint32_t uid)
{
	for (size_t size = 1024; size <= PASSWD_MAX; size *= 4) {
		char *buf = pg_alloc(size);
		struct passwd pw, *found = NULL;
		int e = getpwuid_r(uid, &pw, buf, size, &found);
		const char *name = e == ERANGE ? NULL : add(u, uid, found ? found->pw_name : "");
		free(buf);
		if (name)
			return name;
	}
	return add(u, uid, "");
}

const char *pg_users_name(struct pg_users *u, uint32_t uid)
{
	size_t at = lower_bound(u, uid);
	if (at < u->nr && u->entries[at].uid == uid)
		return u->entries[at].name;
	return u->nss ? ask_nss(u, uid) : add(u, uid, "");
}

static bool uid_by_nss(const char *name, uint32_t *uid)
{
	for (size_t size = 1024; size <= PASSWD_MAX; size *= 4) {
		char *buf = pg_alloc(size);
		struct passwd pw, *found = NULL;
		int e = getpwnam_r(name, &pw, buf, size, &found);
		if (found)
			*uid = found->pw_uid;
		free(buf);
		if (e != ERANGE)
			return found != NULL;
	}
	return false;
}

bool pg_users_uid(struct pg_users *u, const char *name, uint32_t *uid)
{
	if (u->nss)
		return uid_by_nss(name, uid);
	for (size_t i = 0; i < u->nr; i++) {
		if (strcmp(u->entries[i].name, name) == 0) {
			*uid = u->entries[i].uid;
			return true;
		}
	}
	return false;
}
