/* SPDX-License-Identifier: MIT */
/*
 * users: names of uids, looked up once each and kept: by NSS on the live system (which may be slow:
 * the scanner's thread waits, never the screen), or from a passwd file for another tree.
 */
#ifndef PG_USERS_H
#define PG_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg_users;

/* passwd: path of a file in passwd(5) form that is read now; NULL: NSS. */
struct pg_users *pg_users_open(const char *passwd);
void pg_users_close(struct pg_users *u);
/* The name of a uid; empty if it has none. Valid until close. */
const char *pg_users_name(struct pg_users *u, uint32_t uid);
/* The uid of a name. */
bool pg_users_uid(struct pg_users *u, const char *name, uint32_t *uid);

#endif
