/* SPDX-License-Identifier: MIT */
/*
 * A file gets its name when it is complete: until then an older one stands there undisturbed, and a
 * full disk leaves nothing behind. A symbolic link of that name is replaced, not followed; but one
 * that leads to a pipe or a terminal (/dev/stdout) is written to, as is the pipe itself: such
 * things can only be filled as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outlet_place.h"
#include "plot.h"
#include "plot_impl.h"

#define TRIES 100

enum pg_plot_format pg_plot_format_of(const char *path)
{
	static const char *const endings[] = {
		[PG_PLOT_SVG] = ".svg", [PG_PLOT_PNG] = ".png", [PG_PLOT_PDF] = ".pdf"};
	size_t n = strlen(path);

	for (int i = 0; i < PG_PLOT_NO_FORMAT; i++)
		if (n > 4 && strcasecmp(path + n - 4, endings[i]) == 0)
			return (enum pg_plot_format)i;
	return PG_PLOT_NO_FORMAT;
}

static int cannot(const char *path, int code, struct pg_error *err)
{
	return pg_fail(err, -code, "cannot write %s: %s", path, strerror(code));
}

/* What is there already: 0 a name to be taken or replaced, 1 something to be filled, or -errno. */
static int look(const struct pg_outlet_place *place, struct pg_error *err)
{
	struct stat st;

	if (fstatat(place->dir, place->name, &st, 0) < 0 || S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return cannot(place->path, EISDIR, err);
	if (S_ISBLK(st.st_mode))
		return pg_fail(err, -EINVAL, "cannot write %s: it is a block device", place->path);
	return 1;
}

static int may(const struct pg_outlet_place *place, const char *name, struct pg_error *err)
{
	if (faccessat(place->dir, name, W_OK, AT_EACCESS) < 0)
		return cannot(place->path, errno, err);
	return 0;
}

int pg_plot_can_write(const char *path, struct pg_error *err)
{
	struct pg_outlet_place place;
	int ret = pg_outlet_place_open(&place, path, err);

	if (ret < 0)
		return ret;
	ret = look(&place, err);
	if (ret >= 0)
		ret = may(&place, ret ? place.name : ".", err);
	pg_outlet_place_close(&place);
	return ret;
}

/* A new file beside the one that is meant; its name goes to name. */
static int create(const struct pg_outlet_place *place, char *name, size_t size)
{
	for (int i = 0; i < TRIES; i++) {
		snprintf(name, size, ".procgrid-plot.%ld.%d", (long)getpid(), i);
		int fd = openat(place->dir, name,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

/* Some file systems say only at the end that there is no room. */
static int finish(int fd, int ret)
{
	if (close(fd) < 0 && ret == 0)
		return -errno;
	return ret;
}

static int replace(const struct pg_outlet_place *place, struct pg_buf *bytes)
{
	char name[64];
	int fd = create(place, name, sizeof(name));

	if (fd < 0)
		return fd;
	int ret = finish(fd, pg_buf_flush(bytes, fd));
	if (ret == 0)
		ret = pg_outlet_place_rename(place, name, place->name, true);
	if (ret < 0)
		unlinkat(place->dir, name, 0);
	return ret;
}

static int fill(const struct pg_outlet_place *place, struct pg_buf *bytes)
{
	struct stat st;
	int fd = openat(place->dir, place->name, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* It was looked at before: in between it may have become somebody's file. */
	bool other = fstat(fd, &st) < 0 || S_ISREG(st.st_mode) || S_ISBLK(st.st_mode);
	return finish(fd, other ? -EBUSY : pg_buf_flush(bytes, fd));
}

int pg_plot_write_file(const char *path, struct pg_buf *bytes, struct pg_error *err)
{
	struct pg_outlet_place place;
	int ret = pg_outlet_place_open(&place, path, err);

	if (ret < 0)
		return ret;
	int kind = look(&place, err);
	if (kind >= 0)
		ret = kind ? fill(&place, bytes) : replace(&place, bytes);
	pg_outlet_place_close(&place);
	if (kind < 0)
		return kind;
	return ret < 0 ? cannot(path, -ret, err) : 0;
}
