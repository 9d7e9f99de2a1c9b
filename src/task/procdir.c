/* SPDX-License-Identifier: MIT */
#include "procdir.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "procparse.h"

/* False: it is at its end, or cannot be read. */
static bool read_more(struct pg_procdir *d)
{
	ssize_t n = getdents64(d->dirfd, d->bytes, d->size);
	d->error = n < 0 ? -errno : 0;
	d->len = n > 0 ? n : 0;
	d->at = 0;
	return n > 0;
}

bool pg_procdir_next(struct pg_procdir *d, int32_t *number)
{
	while (d->at < d->len || read_more(d)) {
		const struct dirent64 *e = (const void *)(d->bytes + d->at);
		d->at += e->d_reclen;
		if (pg_parse_tid(e->d_name, number))
			return true;
		if (strcmp(e->d_name, "0") == 0) {
			*number = 0;
			return true;
		}
	}
	return false;
}
