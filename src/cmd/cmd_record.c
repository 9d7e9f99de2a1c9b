/* SPDX-License-Identifier: MIT */
/*
 * procgrid record: samples into a file, as a compact stream. Everything happens in this thread
 * (cmd_beat.h). Counters are written, not what became of them, so nothing is compared here but what
 * the writer compares.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/human.h"
#include "base/outlet.h"
#include "cmd.h"
#include "cmd_beat.h"
#include "stream/stream.h"
#include "task/tally.h"

#define MAX_BRIEF   10000 /* tasks a frame that lived and died before it */
#define KEY_NS      (60 * PG_NS_PER_SEC)
#define PROGRESS_NS (PG_NS_PER_SEC / 5)

struct record {
	const struct pg_options *o;
	struct pg_source *source;
	struct pg_plan plan;
	struct pg_snapshot last, next;
	struct pg_stream_writer *writer;
	struct pg_outlet *outlet;
	struct pg_tally *tally; /* NULL without --stats */
	struct pg_beat beat;
	struct pg_buf buf;
	uint64_t frames;             /* written */
	uint64_t key_frame, key_ns;  /* the last key frame: its number and time */
	uint64_t started_ns, end_ns; /* CLOCK_MONOTONIC; end_ns 0: none */
	uint64_t shown_ns;           /* when progress was shown */
	bool progress;
};

static bool to_stdout(const struct record *r)
{
	return strcmp(r->o->output, "-") == 0;
}

/* ---- progress ------------------------------------------------------------------------------- */

static void show_progress(struct record *r, bool last)
{
	char size[PG_HUMAN_MAX];
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC), s = (now - r->started_ns) / PG_NS_PER_SEC;
	if (!r->progress || (!last && now - r->shown_ns < PROGRESS_NS))
		return;
	r->shown_ns = now;
	/* Blanks behind it: the size may have been longer. A message takes its place. */
	fprintf(stderr, "%llu:%02llu:%02llu  %llu frame%s  %s    %c",
		(unsigned long long)(s / 3600), (unsigned long long)(s / 60 % 60),
		(unsigned long long)(s % 60), (unsigned long long)r->frames,
		r->frames == 1 ? "" : "s", pg_human_bytes(size, r->outlet->bytes),
		last ? '\n' : '\r');
}

/* ---- frames --------------------------------------------------------------------------------- */

static void put_head(struct record *r)
{
	struct pg_stream_head head;
	pg_stream_head_local(&head, r->o->proc_root);
	head.compact = true;
	head.groups = r->plan.groups;
	head.scope = r->plan.scope;
	head.delay_ns = r->o->delay_ns;
	pg_stream_head_complete(&head, &r->last);
	pg_stream_put_head(r->writer, &head, &r->buf);
}

/* A key frame a minute, but not more than every 60th frame. */
static bool is_key_due(const struct record *r)
{
	return r->frames == 0 || (r->frames - r->key_frame >= PG_STREAM_KEY_EVERY &&
				  r->last.mono_ns - r->key_ns >= KEY_NS);
}

/* 0 or -errno. */
static int write_frame(struct record *r)
{
	bool head = r->frames == 0, key = is_key_due(r);
	int ret;
	do {
		pg_buf_clear(&r->buf);
		if (head)
			put_head(r);
		pg_stream_put_frame(r->writer, &r->last, r->frames, key || head, &r->buf);
		ret = r->outlet->ops->put(r->outlet, &r->buf, key || head);
		head = key = key || ret == 1;
	} while (ret == 1); /* a new file */
	if (ret < 0)
		return ret;
	if (key) {
		r->key_frame = r->frames;
		r->key_ns = r->last.mono_ns;
	}
	r->frames++;
	return 0;
}

static int cannot_write(const struct record *r, int err)
{
	const char *name = to_stdout(r) ? "stdout" : r->o->output;
	if (r->progress)
		fputc('\n', stderr);
	if (err == -EMSGSIZE)
		pg_cmd_say("%s: --max-size is too small: one frame takes more than half of it",
			   name);
	else
		pg_cmd_say("cannot write to %s: %s; %llu frames were written", name,
			   err == -EBUSY ? "another procgrid writes it" : strerror(-err),
			   (unsigned long long)r->frames);
	return 1;
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* What a turn comes to; errors have been reported. MISSED: this beat has no frame. */
enum turn { TURN_ON, TURN_MISSED, TURN_DONE, TURN_FAILED };

static enum turn sample(struct record *r)
{
	struct pg_error err = {""};
	int ret = r->source->ops->next(r->source, &r->plan, &r->next, &err);
	if (ret < 0)
		pg_snapshot_clear(&r->next);
	if (!pg_beat_sampled(&r->beat, ret, &err))
		return TURN_FAILED;
	if (ret != PG_NEXT_OK)
		return ret < 0 ? TURN_MISSED : TURN_DONE;
	if (r->beat.witness)
		pg_witness_settle(r->beat.witness, r->frames ? &r->last : NULL, &r->next);
	struct pg_snapshot was = r->last;
	r->last = r->next;
	r->next = was;
	pg_snapshot_clear(&r->next);
	return TURN_ON;
}

static bool is_over(const struct record *r)
{
	return r->frames == r->o->cycles || (r->o->nr_pids > 0 && r->last.nr_procs == 0) ||
	       (r->end_ns && r->beat.due > r->end_ns);
}

static enum turn record_frame(struct record *r)
{
	if (r->frames == 0 && r->o->nr_pids > 0 && r->last.nr_procs == 0) {
		pg_cmd_say("none of the given processes is there");
		return TURN_FAILED;
	}
	int err = write_frame(r);
	if (err == -EPIPE || err == -EINTR)
		return TURN_DONE;
	if (err < 0)
		return cannot_write(r, err), TURN_FAILED;
	struct pg_frame frame = {.snap = &r->last};
	pg_tally_frame(r->tally, &frame, pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID));
	return TURN_ON;
}

static enum turn turn(struct record *r)
{
	enum turn now = sample(r);
	if (now == TURN_ON)
		now = record_frame(r);
	if (now != TURN_ON && now != TURN_MISSED)
		return now;
	show_progress(r, false);
	pg_beat_next(&r->beat);
	return is_over(r) || !pg_beat_wait(&r->beat) ? TURN_DONE : TURN_ON;
}

static int run_record(struct record *r)
{
	enum turn now;
	pg_beat_start(&r->beat);
	r->started_ns = r->beat.due;
	if (r->o->duration_ns)
		r->end_ns = r->started_ns + r->o->duration_ns;
	do
		now = turn(r);
	while (now == TURN_ON);
	if (now == TURN_DONE)
		show_progress(r, true);
	pg_beat_say_missed(&r->beat);
	return now == TURN_FAILED ? 1 : 0;
}

/* ---- from here to there --------------------------------------------------------------------- */

static int open_outlet(struct record *r)
{
	const struct pg_outlet_file_options file = {
		.path = r->o->output, .force = r->o->force, .max_size = r->o->max_size};
	struct pg_error err = {""};
	if (!to_stdout(r)) {
		r->outlet = pg_outlet_file(&file, &err);
	} else if (isatty(STDOUT_FILENO)) {
		pg_fail(&err, 0, "record: stdout is a terminal; give --output FILE, or pipe it");
	} else if (r->o->max_size) {
		pg_fail(&err, 0, "record: --max-size needs a file");
	} else {
		r->outlet = pg_outlet_fd(STDOUT_FILENO, r->beat.stop_fd);
	}
	if (!r->outlet)
		pg_cmd_say("%s", err.text);
	return r->outlet ? 0 : 1;
}

static int open_and_run(struct record *r)
{
	int status = 0;
	struct pg_cmd_watch watch = {.max_brief = MAX_BRIEF, .in_scan = true};
	r->source = pg_cmd_open_source(r->o, &watch, &status);
	if (!r->source)
		return status;
	r->beat = (struct pg_beat){
		.paced = r->source->paced,
		.delay_ns = r->o->delay_ns,
		.stop_fd = pg_beat_stop_fd(),
		.out_fd = to_stdout(r) ? STDOUT_FILENO : -1,
		.witness = watch.witness,
	};
	status = open_outlet(r);
	if (status)
		return status;
	/* Whoever reads the pipe may have that terminal: procgrid replay does. */
	r->progress = isatty(STDERR_FILENO) && !to_stdout(r);
	return run_record(r);
}

static int close_outlet(struct record *r, int status)
{
	int err = r->outlet ? r->outlet->ops->close(r->outlet) : 0;
	return err < 0 && status == 0 ? cannot_write(r, err) : status;
}

static int record_run(const struct pg_options *o)
{
	struct record r = {.o = o, .beat.stop_fd = -1};
	r.plan = (struct pg_plan){.scope = o->processes ? PG_SCOPE_PROCESS : PG_SCOPE_THREADS,
				  .groups = PG_PLAN_ALL_GROUPS};
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is told as EFBIG */
	r.writer = pg_stream_writer_new(true);
	r.tally = o->stats ? pg_tally_new() : NULL;
	int status = close_outlet(&r, open_and_run(&r));
	struct pg_hearing hearing = pg_witness_hearing(r.beat.witness);
	pg_tally_print(r.tally, &hearing, stderr);
	pg_tally_free(r.tally);
	pg_stream_writer_free(r.writer);
	pg_snapshot_free(&r.last);
	pg_snapshot_free(&r.next);
	pg_buf_free(&r.buf);
	if (r.source)
		r.source->ops->close(r.source);
	pg_witness_close(r.beat.witness);
	if (r.beat.stop_fd >= 0)
		close(r.beat.stop_fd);
	return status;
}

const struct pg_cmd pg_cmd_record = {
	.mode = PG_MODE_RECORD,
	.name = "record",
	.help = "frames into a file",
	.run = record_run,
};
