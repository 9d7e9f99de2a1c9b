/* SPDX-License-Identifier: MIT */
/*
 * Details of one task on demand. Runs in the inspector's thread and may hang there: cmdline waits
 * for the target's mmap lock. It therefore shares nothing with a pass but constants and the cycle's
 * number.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source_procfs_impl.h"
#include "task/procparse.h"

void pg_detail_free(struct pg_detail *d)
{
	free(d->cmdline);
	free(d->cgroup);
	free(d->exe);
	pg_fd_links_free(&d->links);
	*d = (struct pg_detail){0};
}

static char *copy(const char *s, size_t n)
{
	char *p = pg_alloc(n + 1);
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

/* Arguments are separated and ended by NUL; a process may have overwritten them with anything. */
static void take_cmdline(struct pg_detail *d, const char *s, size_t n)
{
	while (n > 0 && s[n - 1] == '\0')
		n--;
	d->cmdline_cut = n > PG_DETAIL_TEXT;
	if (d->cmdline_cut)
		n = PG_DETAIL_TEXT;
	d->cmdline = copy(s, n);
	d->cmdline_len = n;
	for (size_t i = 0; i < n; i++)
		if (d->cmdline[i] == '\0')
			d->cmdline[i] = ' ';
}

/* "0::/path" is the unified hierarchy (cgroups(7)); before it there were only others. */
static void take_cgroup(struct pg_detail *d, const char *s, size_t n)
{
	const char *path = NULL;
	size_t len = 0;
	while (n > 0) {
		const char *nl = memchr(s, '\n', n);
		size_t line = nl ? (size_t)(nl - s) : n;
		const char *first = memchr(s, ':', line);
		const char *second =
			first ? memchr(first + 1, ':', (size_t)(s + line - first - 1)) : NULL;
		bool unified = line > 3 && memcmp(s, "0::", 3) == 0;
		if (second && (unified || !path)) {
			path = second + 1;
			len = (size_t)(s + line - path);
		}
		s += nl ? line + 1 : line;
		n -= nl ? line + 1 : line;
	}
	if (path) {
		d->cgroup = copy(path, len);
		d->cgroup_len = len;
	}
}

static bool same_task(struct pg_scratch *sc, int dirfd, struct pg_key key)
{
	char path[48];
	struct pg_task t;
	struct pg_stat_extra x;
	snprintf(path, sizeof(path), "task/%d/stat", key.tid);
	long n = pg_procfs_slurp(sc, dirfd, path);
	if (n < 0 && key.tid == key.pid) /* a tree without a list of threads */
		n = pg_procfs_slurp(sc, dirfd, "stat");
	return n > 0 && pg_parse_stat(sc->file, (size_t)n, &t, &x) && t.start == key.start;
}

static void take_texts(struct pg_scratch *sc, int dirfd, struct pg_detail *d)
{
	long n = pg_procfs_slurp(sc, dirfd, "cgroup");
	if (n > 0)
		take_cgroup(d, sc->file, (size_t)n);
	char exe[PATH_MAX];
	ssize_t len = readlinkat(dirfd, "exe", exe, sizeof(exe));
	if (len > 0) {
		d->exe = copy(exe, (size_t)len);
		d->exe_len = (size_t)len;
	}
	n = pg_procfs_slurp(sc, dirfd, "cmdline");
	if (n >= 0)
		take_cmdline(d, sc->file, (size_t)n);
}

/* The tree that the last pass read. */
static void tree_of(struct pg_procfs *src, char out[PATH_MAX])
{
	if (src->cycles)
		snprintf(out, PATH_MAX, "%s/%ld", src->root, atomic_load(&src->cycle));
	else
		snprintf(out, PATH_MAX, "%s", src->root);
}

void pg_procfs_inspect(struct pg_source *base, struct pg_inquiry q, struct pg_detail *out)
{
	struct pg_scratch sc = {0};
	char tree[PATH_MAX], path[PATH_MAX + 16];
	*out = (struct pg_detail){.of = q, .gone = true};
	tree_of((struct pg_procfs *)base, tree);
	snprintf(path, sizeof(path), "%s/%d", tree, q.key.pid);
	pg_auto_close int dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd >= 0 && same_task(&sc, dirfd, q.key)) {
		out->gone = false;
		if (q.ask == PG_ASK_TEXTS) {
			take_texts(&sc, dirfd, out);
		} else {
			pg_fd_links_read(tree, q.key.pid, q.key.tid, &out->links);
			/* By its number: it has to be the same task still. */
			out->gone = !same_task(&sc, dirfd, q.key);
		}
	}
	free(sc.file);
}
