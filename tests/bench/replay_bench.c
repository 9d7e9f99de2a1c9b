/* SPDX-License-Identifier: MIT */
/*
 * How fast a recording can be drawn, each frame on a terminal of 200×50, as fast as it goes; and
 * what a jump to any of its frames costs, to the screen. Prints figures; asserts nothing.
 *
 *   replay_bench [FILE]    without one: 600 frames of 1,000 processes × 5 threads, 50 of them
 * active
 */
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "base/outlet.h"
#include "bench.h"
#include "canvas/keys.h"
#include "stream/stream.h"
#include "synth.h"
#include "term/term.h"

#define FRAMES 600
#define JUMPS  41

struct screen {
	struct app *app;
	struct term *term;
	struct canvas canvas;
};

static double now_ms(void)
{
	return (double)pg_clock_ns(CLOCK_MONOTONIC) / 1e6;
}

static double cpu_ms(void)
{
	return (double)pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e6;
}

static void record(const char *path)
{
	const struct pg_outlet_file_options options = {.path = path, .force = true};
	struct synth s = {.procs = 1000, .threads = 5, .active = 50};
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	struct pg_stream_head head;
	struct pg_buf line = {0};
	struct pg_error err;
	struct pg_outlet *o = pg_outlet_file(&options, &err);
	if (!o) {
		fprintf(stderr, "replay_bench: %s\n", err.text);
		exit(1);
	}
	pg_stream_head_local(&head, "/proc");
	pg_stream_put_head(w, &head, &line);
	o->ops->put(o, &line, false);
	for (uint64_t i = 0; i < FRAMES; i++) {
		bool key = i % PG_STREAM_KEY_EVERY == 0;
		synth_turn(&s);
		pg_stream_put_frame(w, &s.cur, i, key, &line);
		o->ops->put(o, &line, key);
	}
	o->ops->close(o);
	pg_stream_writer_free(w);
	pg_buf_free(&line);
	synth_free(&s);
}

static void draw(struct screen *s)
{
	app_draw(s->app, &s->canvas);
	term_draw(s->term, &s->canvas, app_theme(s->app));
}

static void play(struct screen *s, uint64_t frames, FILE *out)
{
	app_go_to_frame(s->app, 0);
	draw(s);
	double from = cpu_ms();
	for (uint64_t i = 1; i < frames; i++) {
		app_key(s->app, '.');
		draw(s);
	}
	double rate = (double)(frames - 1) / (cpu_ms() - from) * 1e3;
	fprintf(out, "%llu frames: %.0f drawn a second of CPU; promised: at least 200  %s\n",
		(unsigned long long)frames, rate, rate >= 200 ? "met" : "MISSED");
}

static void jump(struct screen *s, uint64_t frames, FILE *out)
{
	double took[JUMPS];
	uint64_t seed = 1;
	for (int i = 0; i < JUMPS; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		double from = cpu_ms();
		app_go_to_frame(s->app, (seed >> 33) % frames);
		draw(s);
		took[i] = cpu_ms() - from;
	}
	double median = bench_median(took, JUMPS), most = took[JUMPS - 1];
	fprintf(out,
		"a jump, drawn: %.1f ms of CPU (median), %.1f (most); promised: at most 200  %s\n",
		median, most, most <= 200 ? "met" : "MISSED");
}

static void run(const char *path, FILE *out)
{
	struct pg_error err, notice;
	struct app_options o = {.colors = 256, .recorded = true};
	struct screen s = {.term = term_open(false, &err)};
	double from = now_ms();
	struct pg_past *past = s.term ? pg_recording_open(path, &notice, &err) : NULL;
	if (!past) {
		term_close(s.term);
		fprintf(out, "replay_bench: %s\n", err.text);
		return;
	}
	o.limits.min_cpu = PG_MIN_CPU_DEFAULT;
	theme_init(&o.theme, PALETTE_DEFAULT, true);
	s.app = app_new(&o);
	canvas_init(&s.canvas, BENCH_ROWS, BENCH_COLS, true);
	app_set_past(s.app, 0, past);
	draw(&s);
	double opened = now_ms() - from;
	uint64_t frames = past->ops->end(past);
	play(&s, frames, out);
	jump(&s, frames, out);
	term_close(s.term);
	fprintf(out, "opened, and its first frame drawn: %.1f ms\n", opened);
	app_free(s.app);
	canvas_free(&s.canvas);
	past->ops->close(past);
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/procgrid-replay.XXXXXX.zst";
	struct winsize ws = {.ws_row = BENCH_ROWS, .ws_col = BENCH_COLS};
	FILE *out = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "w");
	int master, fd = argc > 1 ? -1 : mkstemps(path, 4);
	if (!out || (argc < 2 && fd < 0))
		return 1;
	if (fd >= 0) {
		close(fd);
		record(path);
	}
	pid_t pid = forkpty(&master, NULL, NULL, &ws);
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setlocale(LC_ALL, "");
		run(argc > 1 ? argv[1] : path, out);
		fclose(out);
		_exit(0);
	}
	char bytes[65536];
	while (read(master, bytes, sizeof(bytes)) > 0)
		;
	waitpid(pid, NULL, 0);
	if (fd >= 0)
		unlink(path);
	fclose(out);
	return 0;
}
