/* SPDX-License-Identifier: MIT */
#include "cmd_grid.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "canvas/keys.h"
#include "configure.h"
#include "grid_impl.h"
#include "term/term_rescue.h"

#define HEADLESS_CYCLES 2 /* the least that shows colours */
#define HEADLESS_ROWS   24
#define HEADLESS_COLS   80
#define HEADLESS_COLORS 256
#define MAX_BRIEF       200 /* cells a cycle of tasks that lived and died in it */

static int bad_option(const struct pg_error *err)
{
	fprintf(stderr, "procgrid: %s\n", err->text);
	return 2;
}

static int write_screen(struct grid *g)
{
	struct pg_buf b = {0};
	const char *path = g->o->save_screen;
	canvas_save(&g->canvas, &b);
	bool to_stdout = strcmp(path, "-") == 0;
	int fd = to_stdout ? STDOUT_FILENO
			   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	int r = fd < 0 ? -errno : pg_buf_flush(&b, fd);
	if (fd >= 0 && !to_stdout && close(fd) < 0 && r == 0)
		r = -errno;
	pg_buf_free(&b);
	if (r < 0)
		fprintf(stderr, "procgrid: cannot write %s: %s\n", path, strerror(-r));
	return r < 0 ? 1 : 0;
}

static int parse_keys(struct grid *g)
{
	char bad[32];
	struct pg_error err;
	if (!g->o->keys || key_parse_list(g->o->keys, &g->keys, &g->nr_keys, bad))
		return 0;
	pg_fail(&err, 0, "--keys: no such key: %s (names are as in j Enter C-l S-Tab PgUp F1)",
		bad);
	return bad_option(&err);
}

static int open_terminal(struct grid *g)
{
	struct pg_error err;
	if (g->o->save_screen) {
		if (pg_cmd_is_recording(g->o, g->o->save_screen))
			return 1;
		g->rows = g->o->rows ? (int)g->o->rows : HEADLESS_ROWS;
		g->cols = g->o->cols ? (int)g->o->cols : HEADLESS_COLS;
		if (!g->max_cycles && !g->o->keys && g->paced)
			g->max_cycles = HEADLESS_CYCLES;
		if (!g->max_cycles && g->paced)
			g->max_cycles = g->nr_keys > HEADLESS_CYCLES ? g->nr_keys : HEADLESS_CYCLES;
		return 0;
	}
	if (!term_usable(&err))
		return bad_option(&err);
	g->term = term_open(g->app_options.mouse, &err);
	if (!g->term)
		return bad_option(&err);
	g->app_options.colors = term_colors(g->term);
	if (g->app_options.colors < 8)
		g->app_options.theme.by_class = true;
	return 0;
}

/* The terminal is the user's again: what is to be said after all. The exit status. */
static int last_words(struct grid *g, int status)
{
	if (status == 0 && g->o->save_screen && !g->failed)
		status = write_screen(g);
	if (g->failed) {
		fprintf(stderr, "procgrid: %s\n", g->error.text);
		status = 1;
	}
	struct pg_hearing hearing = pg_witness_hearing(g->witness);
	pg_tally_print(g->tally, &hearing, stderr);
	/* Ended from outside, as a shell tells it; C-c is the key that quits. */
	if (status == 0 && g->signal && g->signal != SIGINT)
		status = 128 + g->signal;
	return status;
}

static void show(struct grid *g)
{
	canvas_init(&g->canvas, g->rows, g->cols, g->app_options.theme.utf8);
	g->app = app_new(&g->app_options);
	g->tally = g->o->stats ? pg_tally_new() : NULL;
	if (g->recording)
		grid_show_recording(g);
	else
		grid_show_pasts(g);
	grid_loop(g);
}

static int end(struct grid *g, int status)
{
	term_close(g->term);
	status = last_words(g, status);
	pg_tally_free(g->tally);
	grid_close_feeds(g);
	app_free(g->app);
	canvas_free(&g->canvas);
	return status;
}

static int run_grid(struct grid *g, struct pg_source *source)
{
	g->paced = source->paced;
	g->plan = (struct pg_plan){.scope = g->o->processes ? PG_SCOPE_PROCESS : PG_SCOPE_THREADS,
				   .groups = PG_PLAN_ALL_GROUPS,
				   .lazy_status = true};
	int status = open_terminal(g); /* before any thread: it blocks signals */
	if (status) {
		source->ops->close(source);
		return status;
	}
	status = grid_open_feeds(g, source);
	if (status == 0)
		show(g);
	return end(g, status);
}

static int run_hosts(struct grid *g)
{
	g->app_options.hosts = g->o->hosts;
	g->app_options.nr_hosts = g->o->nr_hosts;
	int status = open_terminal(g);
	if (status)
		return status;
	grid_open_hosts(g);
	show(g);
	return end(g, 0);
}

/* A signal handler has no argument. */
static const struct pg_witness *to_be_silenced;

static void silence(void)
{
	pg_witness_silence(to_be_silenced);
}

static void watch_witness(const struct pg_witness *w)
{
	to_be_silenced = w;
	term_rescue_also(w ? silence : NULL);
}

static int run_here(struct grid *g)
{
	int status = 0;
	struct pg_cmd_watch watch = {.max_brief = MAX_BRIEF, .stop_fd = g->stop_fd};
	struct pg_source *source = pg_cmd_open_source(g->o, &watch, &status);
	g->witness = watch.witness;
	g->app_options.why_deaf = g->witness ? pg_witness_why_not(g->witness) : NULL;
	watch_witness(g->witness);
	if (source)
		status = run_grid(g, source);
	watch_witness(NULL);
	pg_witness_close(g->witness);
	return status;
}

static int run_replay(struct grid *g)
{
	int status = grid_open_recording(g);
	if (status == 0 && g->recording) {
		status = open_terminal(g);
		if (status == 0)
			show(g);
		status = end(g, status);
	} else if (status == 0) {
		g->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		status = run_here(g);
		pg_close_fd(&g->stop_fd);
	}
	grid_close_recording(g);
	return status;
}

/* What the command line leaves out must be seen on the screen. */
static void name_selection(struct grid *g)
{
	const struct pg_options *o = g->o;
	int n = 0;
	if (o->user)
		n = snprintf(g->selection, sizeof(g->selection), "user %.32s%s", o->user,
			     o->nr_pids ? ", " : "");
	if (o->nr_pids)
		snprintf(g->selection + n, sizeof(g->selection) - (size_t)n, "%zu PID%s",
			 o->nr_pids, o->nr_pids == 1 ? "" : "s");
	if (g->selection[0])
		g->app_options.selection = g->selection;
}

static int cmd_grid_run(const struct pg_options *o)
{
	struct grid g = {.o = o, .max_cycles = o->cycles};
	int status = configure_app(o, &g.app_options);
	if (status == 0)
		status = parse_keys(&g);
	name_selection(&g);
	if (status == 0)
		status = o->recording ? run_replay(&g) : o->nr_hosts ? run_hosts(&g) : run_here(&g);
	free(g.keys);
	return status;
}

const struct pg_cmd cmd_grid = {
	.mode = PG_MODE_GRID,
	.name = "grid",
	.help = "the live grid (without a command)",
	.run = cmd_grid_run,
};

const struct pg_cmd cmd_replay = {
	.mode = PG_MODE_REPLAY,
	.name = "replay",
	.help = "the grid over a recording",
	.run = cmd_grid_run,
};
