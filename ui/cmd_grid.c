/* SPDX-License-Identifier: MIT */
#include "cmd_grid.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "configure.h"
#include "engine.h"
#include "keys.h"
#include "tally.h"
#include "term.h"
#include "term_rescue.h"

#define HEADLESS_CYCLES 2 /* the least that shows colours */
#define HEADLESS_ROWS   24
#define HEADLESS_COLS   80
#define HEADLESS_COLORS 256
#define MAX_BRIEF       200 /* cells a cycle of tasks that lived and died in it */

/* The running grid. */
struct grid {
	const struct pg_options *o;
	struct pg_engine *engine;
	struct pg_feed feed;
	struct pg_witness *witness;
	struct pg_tally *tally; /* NULL without --stats */
	struct app *app;
	struct term *term; /* NULL: headless */
	struct canvas canvas;
	int rows, cols; /* of the screen */
	struct app_options app_options;
	struct pg_plan plan;
	bool paced;

	int *keys; /* of --keys */
	size_t nr_keys, next_key;
	uint64_t cycles, max_cycles; /* seen; 0: no end */
	bool quit, ended, dirty, frozen;
	bool more_input; /* read, or to be read, but not yet looked at */
	int signal;      /* that ended us, or 0 */
	uint64_t cost_cpu_ns, cost_mono_ns;
	struct pg_error error;
	bool failed;
	char selection[80];
};

static int bad_option(const struct pg_error *err)
{
	fprintf(stderr, "procgrid: %s\n", err->text);
	return 2;
}

/* ---- one turn ----------------------------------------------------------------------------------
 */

static void measure_own_cost(struct grid *g)
{
	uint64_t cpu = pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t mono = pg_clock_ns(CLOCK_MONOTONIC);
	if (g->cost_mono_ns && mono > g->cost_mono_ns)
		app_own_cost(g->app,
			     (double)(cpu - g->cost_cpu_ns) / (double)(mono - g->cost_mono_ns));
	g->cost_cpu_ns = cpu;
	g->cost_mono_ns = mono;
}

static void grant(struct grid *g)
{
	struct app_wishes w = app_take_wishes(g->app);
	if (w.quit)
		g->quit = true;
	if (w.set_delay)
		pg_engine_set_delay(g->engine, w.delay_ns);
	if (w.set_freeze) {
		g->frozen = w.frozen;
		pg_engine_freeze(g->engine, w.frozen);
	}
	if (w.sample_now)
		pg_engine_sample_now(g->engine);
	if (w.set_scope && g->plan.scope != w.scope) {
		g->plan.scope = (uint8_t)w.scope;
		pg_engine_set_plan(g->engine, &g->plan);
	}
	if (w.set_mouse && g->term)
		term_set_mouse(g->term, w.mouse);
	if (w.redraw && g->term)
		term_redraw(g->term);
	if (w.inspect)
		pg_engine_inspect(g->engine, w.inspect_key);
	if (w.set_focus)
		pg_engine_set_focus(g->engine, w.focus, w.nr_focus);
}

static void press(struct grid *g, int code)
{
	app_key(g->app, code);
	grant(g);
	g->dirty = true;
}

static void draw(struct grid *g)
{
	g->dirty = false;
	if (g->term)
		term_size(g->term, &g->rows, &g->cols);
	if (g->rows != g->canvas.rows || g->cols != g->canvas.cols)
		canvas_reset(&g->canvas, g->rows, g->cols);
	app_draw(g->app, &g->canvas);
	grant(g); /* drawing a popup asks for its details */
	if (g->term && term_draw(g->term, &g->canvas, app_theme(g->app)) < 0)
		g->quit = true;
}

static void take_detail(struct grid *g)
{
	struct pg_key key;
	struct pg_detail d = {0};
	enum pg_detail_state state = pg_engine_take_detail(g->engine, &key, &d);
	if (state == PG_DETAIL_NONE)
		return;
	app_detail(g->app, state, key, &d);
	grant(g);
	g->dirty = true;
}

/* Without a terminal nobody can wait for a popup to fill: the picture waits. */
static void settle_details(struct grid *g)
{
	draw(g);
	while (pg_engine_timeout_ms(g->engine) >= 0) {
		struct pollfd p = {.fd = pg_engine_fd(g->engine), .events = POLLIN};
		poll(&p, 1, pg_engine_timeout_ms(g->engine));
		uint64_t unused;
		ssize_t n = read(p.fd, &unused, sizeof(unused));
		(void)n;
		take_detail(g);
		draw(g);
	}
}

static void type_next_key(struct grid *g)
{
	if (g->dirty)
		draw(g); /* moves go by what is on the screen */
	press(g, g->keys[g->next_key++]);
}

/* One key a cycle; while frozen there are no cycles to wait for. */
static void next_scripted_key(struct grid *g)
{
	if (g->next_key < g->nr_keys)
		type_next_key(g);
	while (g->frozen && !g->quit && g->next_key < g->nr_keys)
		type_next_key(g);
}

static bool enough(const struct grid *g)
{
	return g->max_cycles && g->cycles >= g->max_cycles;
}

static void take_frame(struct grid *g, struct pg_snapshot *s)
{
	pg_engine_recycle(g->engine, pg_feed_push(&g->feed, s));
	struct pg_frame f = pg_feed_frame(&g->feed);
	pg_tally_frame(g->tally, &f, pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID));
	if (g->paced)
		measure_own_cost(g);
	app_frame(g->app, 0, &f);
	g->dirty = true;
	g->cycles++;
	next_scripted_key(g);
}

static void take_snapshots(struct grid *g)
{
	struct pg_snapshot *s;
	while (!g->quit && !g->ended && !enough(g)) {
		enum pg_take t = pg_engine_take(g->engine, &s, &g->error);
		if (t == PG_TAKE_SNAPSHOT) {
			take_frame(g, s);
			continue;
		}
		g->failed = t == PG_TAKE_ERROR;
		g->ended = t == PG_TAKE_END || t == PG_TAKE_ERROR;
		break;
	}
}

/* ---- with a terminal ---------------------------------------------------------------------------
 */

/* One event; false if there is none for now, or the program is to end. */
static bool take_event(struct grid *g, struct term_event ev)
{
	switch (ev.kind) {
	case TERM_NOTHING:
		return false;
	case TERM_KEY:
		press(g, ev.code);
		break;
	case TERM_HOVER:
		app_hover(g->app, ev.row, ev.col);
		break;
	case TERM_CLICK:
		app_click(g->app, ev.row, ev.col, false);
		break;
	case TERM_RIGHT_CLICK:
		app_click(g->app, ev.row, ev.col, true);
		break;
	case TERM_WHEEL:
		app_wheel(g->app, ev.lines);
		break;
	case TERM_RESIZE:
		break;
	case TERM_QUIT:
		g->signal = ev.code;
		g->quit = true;
		break;
	case TERM_LOST:
		g->quit = true;
		break;
	}
	g->dirty = true;
	return !g->quit;
}

/* A flood of input must not hold the picture: after so long the screen is drawn in between. */
#define INPUT_NS (PG_NS_PER_SEC / 50)

/* True if there may be more. */
static bool take_input(struct grid *g)
{
	uint64_t until = pg_clock_ns(CLOCK_MONOTONIC) + INPUT_NS;
	struct term_event hover = {.kind = TERM_NOTHING};
	bool more = true;
	while (more && pg_clock_ns(CLOCK_MONOTONIC) < until) {
		struct term_event ev = term_next(g->term);
		/* Of a run of motions only the last one counts. */
		if (ev.kind == TERM_HOVER) {
			hover = ev;
			continue;
		}
		take_event(g, hover);
		hover.kind = TERM_NOTHING;
		more = take_event(g, ev);
	}
	take_event(g, hover);
	grant(g);
	return more && !g->quit;
}

#define BEHIND_MS 100 /* a terminal that did not take the last screen is asked again so often */

static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int poll_timeout(const struct grid *g)
{
	if (g->more_input)
		return 0;
	int ms = sooner(pg_engine_timeout_ms(g->engine), pg_witness_timeout_ms(g->witness));
	return term_behind(g->term) ? sooner(ms, BEHIND_MS) : ms;
}

static void loop_with_terminal(struct grid *g)
{
	while (!g->quit) {
		if (g->dirty)
			draw(g);
		struct pollfd p[] = {
			{.fd = term_input_fd(g->term), .events = POLLIN},
			{.fd = term_signal_fd(g->term), .events = POLLIN},
			{.fd = pg_engine_fd(g->engine), .events = POLLIN},
			{.fd = pg_witness_fd(g->witness), .events = POLLIN},
		};
		if (g->quit || (poll(p, 4, poll_timeout(g)) < 0 && errno != EINTR))
			break;
		if (term_behind(g->term))
			g->dirty = true;
		/* Keys first: a screen that answers late is worse than one that is late. */
		if (p[0].revents || p[1].revents || g->more_input)
			g->more_input = take_input(g);
		pg_witness_drain(g->witness);
		if (p[2].revents)
			take_snapshots(g);
		take_detail(g);
		if (g->failed || g->ended || enough(g))
			break;
	}
}

/* ---- without -----------------------------------------------------------------------------------
 */

static void loop_headless(struct grid *g)
{
	/* Frozen with no key left to thaw it, nothing more will come. */
	while (!g->quit && !g->ended && !enough(g) && !g->frozen) {
		struct pg_snapshot *s;
		enum pg_take t = pg_engine_take(g->engine, &s, &g->error);
		if (t == PG_TAKE_SNAPSHOT) {
			take_frame(g, s);
			settle_details(g);
		} else if (t != PG_TAKE_NOTHING) {
			g->failed = t == PG_TAKE_ERROR;
			g->ended = true;
		} else {
			struct pollfd p[] = {
				{.fd = pg_engine_fd(g->engine), .events = POLLIN},
				{.fd = pg_witness_fd(g->witness), .events = POLLIN},
			};
			if (poll(p, 2, pg_witness_timeout_ms(g->witness)) < 0 && errno != EINTR)
				break;
			pg_witness_drain(g->witness);
		}
	}
	/* A tree of few cycles still takes all the keys. */
	while (!g->quit && !g->failed && !enough(g) && g->next_key < g->nr_keys) {
		next_scripted_key(g);
		settle_details(g);
	}
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

/* ---- starting and ending -----------------------------------------------------------------------
 */

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

static int start_engine(struct grid *g, struct pg_source *source)
{
	struct pg_error err;
	struct pg_engine_options eo = {.source = source,
				       .plan = g->plan,
				       .delay_ns = g->app_options.delay_ns,
				       .glance_first = g->term != NULL};
	g->engine = pg_engine_open(&eo, &err);
	if (g->engine)
		return 0;
	fprintf(stderr, "procgrid: %s\n", err.text);
	return 1;
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
	pg_tally_print(g->tally, stderr);
	/* Ended from outside, as a shell tells it; C-c is the key that quits. */
	if (status == 0 && g->signal && g->signal != SIGINT)
		status = 128 + g->signal;
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
	status = start_engine(g, source);
	if (status == 0) {
		canvas_init(&g->canvas, g->rows, g->cols, g->app_options.theme.utf8);
		g->app = app_new(&g->app_options);
		pg_feed_init(&g->feed, &g->app_options.limits);
		g->feed.witness = g->witness;
		g->tally = g->o->stats ? pg_tally_new() : NULL;
		g->dirty = true;
		if (g->term)
			loop_with_terminal(g);
		else
			loop_headless(g);
	}
	term_close(g->term);
	status = last_words(g, status);
	pg_tally_free(g->tally);
	pg_engine_close(g->engine);
	app_free(g->app);
	pg_feed_free(&g->feed);
	canvas_free(&g->canvas);
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

static int cmd_grid_run(const struct pg_options *o)
{
	struct grid g = {.o = o, .max_cycles = o->cycles};
	int status = configure_app(o, &g.app_options);
	if (status == 0)
		status = parse_keys(&g);
	name_selection(&g);
	if (status == 0) {
		struct pg_cmd_watch watch = {.max_brief = MAX_BRIEF};
		struct pg_source *source = pg_cmd_open_source(o, &watch, &status);
		g.witness = watch.witness;
		watch_witness(g.witness);
		if (source)
			status = run_grid(&g, source);
		watch_witness(NULL);
		pg_witness_close(g.witness);
	}
	free(g.keys);
	return status;
}

const struct pg_cmd cmd_grid = {
	.mode = PG_MODE_GRID,
	.name = "grid",
	.help = "the live grid (without a command)",
	.run = cmd_grid_run,
};
