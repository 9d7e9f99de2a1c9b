/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "past/source_stream.h"

void pg_cmd_say(const char *fmt, ...)
{
	/* One text from the start: a "-" is escaped as a formula's where a text begins with it. */
	char text[4096] = "procgrid: ";
	size_t prefix = strlen(text);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text + prefix, sizeof(text) - prefix, fmt, ap);
	va_end(ap);
	struct pg_buf line = {0};
	pg_text_escape(&line, text, strlen(text));
	pg_buf_putc(&line, '\n');
	pg_buf_flush(&line, STDERR_FILENO); /* no place is left to complain to */
	pg_buf_free(&line);
}

/* The PIDs that exist, in a new array; the others stand behind them, the last one first. */
static int32_t *sort_out_pids(const struct pg_options *o, size_t *existing)
{
	int32_t *ids = pg_calloc(o->nr_pids, sizeof(*ids));
	size_t front = 0, back = o->nr_pids;
	for (size_t i = 0; i < o->nr_pids; i++) {
		if (pg_source_procfs_exists(o->proc_root, o->pids[i]))
			ids[front++] = o->pids[i];
		else
			ids[--back] = o->pids[i];
	}
	*existing = front;
	return ids;
}

static int refuse(const struct pg_options *o, bool user_known, const int32_t *ids, size_t existing)
{
	if (!user_known) {
		pg_cmd_say("unknown user: %s", o->user);
		return 2;
	}
	for (size_t i = o->nr_pids; i > existing; i--)
		pg_cmd_say("no process or thread %d", ids[i - 1]);
	return o->nr_pids > 0 && existing == 0 ? 1 : 0;
}

static void open_witness(const struct pg_options *o, struct pg_source_options *so,
			 struct pg_cmd_watch *watch)
{
	if (!watch->max_brief)
		return;
	const struct pg_witness_options wo = {
		.root = o->proc_root,
		.listen = !(o->without & PG_WITHOUT_CONNECTOR),
		.max_listed = watch->max_brief,
		.select = &so->select,
	};
	watch->witness = pg_witness_open(&wo);
	if (watch->in_scan) {
		so->between = pg_witness_between;
		so->between_arg = watch->witness;
	}
}

/* A file is looked through first, to the end; whatever else it is, it is taken as it comes. */
static struct pg_source *open_recording(const char *path, int stop_fd, struct pg_error *err)
{
	const struct pg_stream_limits limits = PG_STREAM_LIMITS;
	bool piped = strcmp(path, "-") == 0;
	struct stat st;
	int fd = piped ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
		       : open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		pg_fail(err, -errno, "cannot read %s: %s", piped ? "stdin" : path, strerror(errno));
		pg_close_fd(&fd);
		return NULL;
	}
	if (S_ISDIR(st.st_mode)) {
		pg_fail(err, -EISDIR, "%s is a directory, not a recording", piped ? "stdin" : path);
		close(fd);
		return NULL;
	}
	if (piped || !S_ISREG(st.st_mode))
		return pg_source_stream_open(fd, piped ? "stdin" : path, &limits,
					     stop_fd > 0 ? stop_fd : -1);
	struct pg_error notice;
	struct pg_past *past = pg_recording_open_fd(fd, path, &notice, err);
	return past ? pg_source_recording_open(past, &notice) : NULL;
}

static struct pg_source *open_replay(const struct pg_options *o, struct pg_cmd_watch *watch,
				     int *status)
{
	struct pg_error err = {""};
	struct pg_source *src = open_recording(o->recording, watch->stop_fd, &err);
	watch->witness = NULL;
	if (!src) {
		pg_cmd_say("%s", err.text);
		*status = 1;
	}
	return src;
}

struct pg_source *pg_cmd_open_source(const struct pg_options *o, struct pg_cmd_watch *watch,
				     int *status)
{
	if (o->recording)
		return open_replay(o, watch, status);
	struct pg_source_options so = {
		.root = o->proc_root, .full = o->scan_full, .without = o->without};
	struct pg_error err = {""};
	size_t existing = 0;
	int32_t *ids = sort_out_pids(o, &existing);
	bool user_known = !o->user || pg_source_procfs_uid(o->proc_root, o->user, &so.select.uid);
	so.select.by_uid = o->user != NULL;
	so.select.ids = existing ? ids : NULL;
	so.select.nr_ids = existing;
	open_witness(o, &so, watch);
	/* Without a procfs neither users nor PIDs are known: that is the message then. */
	struct pg_source *src = pg_source_procfs_open(&so, &err);
	if (src) {
		*status = refuse(o, user_known, ids, existing);
		if (*status != 0) {
			src->ops->close(src);
			src = NULL;
		}
	} else {
		pg_cmd_say("%s", err.text);
		*status = 1;
	}
	if (!src) {
		pg_witness_close(watch->witness);
		watch->witness = NULL;
	}
	free(ids);
	return src;
}

bool pg_cmd_is_recording(const struct pg_options *o, const char *path)
{
	const char *in = o->recording;
	struct stat st, out;
	if (!in || stat(path, &out) < 0 || !S_ISREG(out.st_mode))
		return false;
	if ((strcmp(in, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(in, &st)) < 0)
		return false;
	if (st.st_dev != out.st_dev || st.st_ino != out.st_ino)
		return false;
	pg_cmd_say("%s is the recording itself: give another name", path);
	return true;
}
