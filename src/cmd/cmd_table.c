/* SPDX-License-Identifier: MIT */
/*
 * procgrid --csv and --json: one frame, or with --repeat one a cycle. A table of fields needs a
 * cycle to compare with, so a silent baseline comes first; a table of files, and a line of
 * counters, do not. Everything happens in this thread (cmd_beat.h); in --repeat signals end it
 * between lines and never inside one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/outlet.h"
#include "cmd.h"
#include "cmd_beat.h"
#include "engine/engine.h"
#include "past/source_stream.h"
#include "sink/sink.h"
#include "task/field.h"
#include "task/tally.h"

#define MAX_BRIEF 10000 /* tasks a cycle that lived and died in it */

struct table {
	const struct pg_options *o;
	bool json, at_once; /* at_once: the first frame is printed, it needs none before it */
	struct pg_source *source;
	struct pg_witness *witness; /* NULL for tables of files */
	struct pg_sink *sink;
	struct pg_feed feed;
	struct pg_tally *tally; /* NULL without --stats */
	struct pg_plan plan;
	const struct pg_field **fields; /* of --fields */
	size_t nr_fields;
	const char *name; /* of the output, for messages */
	int fd;           /* the output */
	struct pg_beat beat;
	uint64_t printed; /* frames */
};

/* What a turn of the loop comes to; errors have been reported. MISSED: this beat has no frame. */
enum turn { TURN_ON, TURN_MISSED, TURN_DONE, TURN_FAILED };

/* ---- which fields --------------------------------------------------------------------------- */

static void say_unknown_field(const char *name, size_t n)
{
	struct pg_buf list = {0};
	bool close = false;
	for (int pass = 0; pass < 2 && !close; pass++)
		for (size_t i = 0; i < pg_nr_fields; i++) {
			const char *f = pg_fields[i].name;
			/* First those that have a part in common, else all. */
			bool like = n > 0 && (memmem(f, strlen(f), name, n) ||
					      strncmp(f, name, n < 3 ? n : 3) == 0);
			if (pass == 0 && !like)
				continue;
			close |= pass == 0;
			pg_buf_putc(&list, ' ');
			pg_buf_puts(&list, f);
		}
	pg_cmd_say("--fields: unknown field '%.*s'; %s:%s", (int)(n < 80 ? n : 80), name,
		   close ? "close to it" : "there are", pg_buf_cstr(&list));
	pg_buf_free(&list);
}

static bool parse_fields(struct table *t, const char *list)
{
	size_t cap = 0;
	for (const char *s = list;; s++) {
		size_t n = strcspn(s, ",");
		const struct pg_field *f = pg_field_find(s, n);
		if (!f) {
			say_unknown_field(s, n);
			return false;
		}
		t->fields = pg_grow(t->fields, &cap, t->nr_fields + 1, sizeof(*t->fields));
		t->fields[t->nr_fields++] = f;
		s += n;
		if (*s == '\0')
			return true;
	}
}

/* Reads what the columns need, and no more. */
static void make_plan(struct table *t)
{
	const struct pg_options *o = t->o;
	unsigned groups = t->json ? PG_PLAN_ALL_GROUPS : PG_STAT;
	for (size_t i = 0; i < t->nr_fields; i++)
		groups |= t->fields[i]->groups;
	for (size_t i = 0; !o->fields && !o->raw && i < pg_nr_fields; i++)
		groups |= pg_fields[i].table ? pg_fields[i].groups : 0;
	if (o->raw)
		groups |= o->raw | PG_UID | PG_STATUS; /* the user stands in every row */
	if (o->changed_only)
		groups |= PG_IO | PG_FD | PG_MEM | PG_SCHED | PG_CLOCK;
	t->plan.groups = (uint8_t)groups;
	t->plan.raw = o->raw & (PG_STAT | PG_STATUS | PG_IO);
	t->plan.scope = o->processes ? PG_SCOPE_PROCESS : PG_SCOPE_THREADS;
}

/* ---- the output ----------------------------------------------------------------------------- */

static int cannot_write(const struct table *t, int err)
{
	pg_cmd_say("cannot write to %s: %s", t->name, strerror(-err));
	return 1;
}

/* By another name (/dev/stdout, /proc/self/fd/1): a directory holds the place of a closed one. */
static bool names_closed_fd(const char *path)
{
	struct stat st, held;
	bool is_alias = strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
	for (int fd = STDIN_FILENO; is_alias && fd <= STDERR_FILENO; fd++) {
		int flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && (flags & O_PATH) && fstat(fd, &held) == 0 &&
		    stat(path, &st) == 0 && st.st_dev == held.st_dev && st.st_ino == held.st_ino)
			return true;
	}
	return false;
}

/*
 * A file that does not exist is made; one that exists is overwritten only with --force. What is not
 * a regular file (a pipe, a device) is written to as it is. 0, -errno, or 1: it exists.
 */
static int open_file(struct table *t)
{
	const char *path = t->o->output;
	struct stat st;
	t->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0666);
	if (t->fd >= 0)
		return pg_outlet_lock(t->fd);
	if (errno != EEXIST)
		return -errno;
	if (!t->o->force && stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return 1;
	t->fd = open(path, O_WRONLY | (t->o->force ? O_CREAT : 0) | O_NOCTTY | O_CLOEXEC, 0666);
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (!t->o->force) /* it took the place of something else meanwhile */
		return 1;
	int err = pg_outlet_lock(t->fd);
	return err == 0 && ftruncate(t->fd, 0) < 0 ? -errno : err;
}

/* A file that could not be opened. */
static int cannot_open(const struct table *t, int err)
{
	struct stat st;
	if (err == -EBUSY)
		pg_cmd_say("%s is being written by another procgrid", t->name);
	else if (err == -EISDIR)
		pg_cmd_say("%s is a directory: name a file in it", t->name);
	else if (err == -ENOENT && lstat(t->name, &st) == 0)
		pg_cmd_say("%s is a symbolic link to nothing; --force makes that file", t->name);
	else if (err == -ENOENT)
		pg_cmd_say("cannot write to %s: there is no such directory; make it first",
			   t->name);
	else
		cannot_write(t, err);
	return 1;
}

static int open_output(struct table *t)
{
	if (!t->o->output || strcmp(t->o->output, "-") == 0) {
		t->fd = STDOUT_FILENO;
		int flags = fcntl(t->fd, F_GETFL);
		/* O_PATH: main() holds the place of one that was closed */
		return flags < 0 || (flags & O_PATH) ? cannot_write(t, -EBADF) : 0;
	}
	if (pg_cmd_is_recording(t->o, t->o->output))
		return 1;
	int err = open_file(t);
	if (err == -EISDIR && names_closed_fd(t->o->output))
		err = -EBADF;
	if (err < 0)
		return cannot_open(t, err);
	if (err > 0)
		pg_cmd_say("%s exists; --force overwrites it", t->name);
	return err;
}

static int close_output(struct table *t, int status)
{
	if (t->fd <= STDERR_FILENO)
		return status;
	return close(t->fd) < 0 && status == 0 ? cannot_write(t, -errno) : status;
}

/* A status file of this machine, for keys that the built-in list does not have. */
static size_t read_status_sample(const char *root, char *out, size_t size)
{
	struct pg_buf path = {0};
	pg_buf_printf(&path, "%s/self/status", root);
	pg_auto_close int fd =
		open(pg_buf_cstr(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	pg_buf_free(&path);
	size_t len = 0;
	ssize_t n;
	while (fd >= 0 && len < size && (n = read(fd, out + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

static void make_json_sink(struct table *t)
{
	const struct pg_stream_head *recorded = pg_source_stream_head(t->source);
	struct pg_stream_head head;
	if (recorded) {
		head = *recorded;
	} else {
		pg_stream_head_local(&head, t->o->proc_root);
		head.groups = t->plan.groups;
		head.scope = t->plan.scope;
		head.delay_ns = t->o->repeat ? t->o->delay_ns : 0;
	}
	const struct pg_json_options j = {
		.fd = t->fd,
		.stop_fd = t->beat.stop_fd,
		.compact = t->o->compact,
		.head = &head,
	};
	t->sink = pg_sink_json_new(&j);
}

static void make_csv_sink(struct table *t)
{
	const struct pg_options *o = t->o;
	char sample[8192];
	struct pg_csv_options c = {
		.fd = t->fd,
		.titles = o->titles,
		.changed_only = o->changed_only,
		.fields = t->fields,
		.nr_fields = t->nr_fields,
		.raw = o->raw,
		.warn_fd = STDERR_FILENO,
		.stop_fd = t->beat.stop_fd,
	};
	if (o->raw & PG_STATUS) {
		c.status_sample = sample;
		c.status_sample_len = read_status_sample(o->proc_root, sample, sizeof(sample));
	}
	t->sink = o->raw ? pg_sink_csv_raw_new(&c) : pg_sink_csv_new(&c);
}

/* ---- the loop ------------------------------------------------------------------------------- */

static enum turn written(struct table *t, int err)
{
	if (err == 0)
		return TURN_ON;
	if (err == -EPIPE || err == -EINTR)
		return TURN_DONE;
	cannot_write(t, err);
	return TURN_FAILED;
}

static enum turn print_frame(struct table *t)
{
	struct pg_frame frame = pg_feed_frame(&t->feed);
	enum turn turn = written(t, t->sink->ops->frame(t->sink, &frame));
	t->printed++;
	uint64_t wanted = t->o->repeat ? t->o->cycles : 1;
	bool last = t->o->nr_pids > 0 && t->feed.cur->nr_procs == 0;
	return turn == TURN_ON && (last || t->printed == wanted) ? TURN_DONE : turn;
}

static enum turn sample(struct table *t)
{
	struct pg_error err = {""};
	int r = pg_feed_turn(&t->feed, t->source, &t->plan, &err);
	if (!pg_beat_sampled(&t->beat, r, &err))
		return TURN_FAILED;
	if (r == PG_NEXT_OK) {
		struct pg_frame frame = pg_feed_frame(&t->feed);
		pg_tally_frame(t->tally, &frame, pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID));
	}
	return r < 0 ? TURN_MISSED : r == PG_NEXT_END ? TURN_DONE : TURN_ON;
}

static enum turn first_turn(struct table *t)
{
	pg_beat_start(&t->beat);
	enum turn turn = sample(t);
	if (turn != TURN_ON)
		return turn;
	if (t->o->nr_pids > 0 && t->feed.cur->nr_procs == 0) {
		pg_cmd_say("none of the given processes is there");
		return TURN_FAILED;
	}
	(t->json ? make_json_sink : make_csv_sink)(t);
	t->sink->ops->begin(t->sink);
	return t->at_once ? print_frame(t) : TURN_ON;
}

static enum turn next_turn(struct table *t)
{
	pg_beat_next(&t->beat);
	if (!pg_beat_wait(&t->beat))
		return TURN_DONE;
	enum turn turn = sample(t);
	if (turn == TURN_ON)
		return print_frame(t);
	/* A tree of a single instant has nothing to compare: it is shown as it is. */
	if (turn == TURN_DONE && t->printed == 0)
		return print_frame(t) == TURN_FAILED ? TURN_FAILED : TURN_DONE;
	return turn;
}

static int run_table(struct table *t)
{
	enum turn turn = first_turn(t);
	while (turn == TURN_ON || turn == TURN_MISSED)
		turn = next_turn(t);
	if (turn == TURN_DONE && t->sink)
		turn = written(t, t->sink->ops->end(t->sink));
	return turn == TURN_FAILED ? 1 : 0;
}

/* What is not in the table is said once, at the end. */
static void say_what_is_missing(const struct table *t)
{
	pg_beat_say_missed(&t->beat);
	if (!t->witness || !pg_witness_is_listening(t->witness))
		return;
	struct pg_witness_sums sums = pg_witness_sums(t->witness);
	if (sums.unlisted || sums.missed)
		pg_cmd_say("not in the table: %llu tasks that lived and died between two cycles "
			   "(beyond %d a cycle); %llu events missed",
			   (unsigned long long)sums.unlisted, MAX_BRIEF,
			   (unsigned long long)sums.missed);
}

static int open_and_run(struct table *t)
{
	int status = 0;
	/* Rows of files have none for tasks that have gone, and an instant has no such tasks. */
	bool watched = !t->o->raw && (!t->json || t->o->repeat);
	struct pg_cmd_watch watch = {.max_brief = watched ? MAX_BRIEF : 0, .in_scan = true};
	if (t->o->fields && !parse_fields(t, t->o->fields))
		return 2;
	if (t->o->repeat)
		watch.stop_fd = t->beat.stop_fd = pg_beat_stop_fd();
	t->source = pg_cmd_open_source(t->o, &watch, &status);
	if (!t->source)
		return status;
	t->witness = t->feed.witness = watch.witness;
	status = open_output(t);
	if (status != 0)
		return status;
	t->beat = (struct pg_beat){
		.paced = t->source->paced,
		.delay_ns = t->o->delay_ns,
		.stop_fd = t->beat.stop_fd,
		.out_fd = t->fd,
		.witness = t->witness,
	};
	make_plan(t);
	status = run_table(t);
	say_what_is_missing(t);
	return status;
}

static int table_run(const struct pg_options *o)
{
	const struct pg_thresholds limits = {.min_cpu = o->min_cpu, .io_any = o->io_any};
	bool to_file = o->output && strcmp(o->output, "-") != 0;
	struct table t = {.o = o,
			  .json = o->mode == PG_MODE_JSON,
			  .fd = -1,
			  .beat.stop_fd = -1,
			  .name = to_file ? o->output : "stdout"};
	t.at_once = t.json || o->raw || o->delay_ns == 0;
	signal(SIGPIPE, SIG_IGN);
	pg_feed_init(&t.feed, &limits);
	t.tally = o->stats ? pg_tally_new() : NULL;
	int status = open_and_run(&t);
	struct pg_hearing hearing = pg_witness_hearing(t.witness);
	pg_tally_print(t.tally, &hearing, stderr);
	pg_tally_free(t.tally);
	if (t.sink)
		t.sink->ops->free(t.sink);
	if (t.source)
		t.source->ops->close(t.source);
	pg_witness_close(t.witness);
	pg_feed_free(&t.feed);
	free(t.fields);
	if (t.beat.stop_fd >= 0)
		close(t.beat.stop_fd);
	return close_output(&t, status);
}

const struct pg_cmd pg_cmd_csv = {
	.mode = PG_MODE_CSV,
	.name = "csv",
	.help = "rows for spreadsheets",
	.run = table_run,
};

const struct pg_cmd pg_cmd_json = {
	.mode = PG_MODE_JSON,
	.name = "json",
	.help = "lines for programs",
	.run = table_run,
};
