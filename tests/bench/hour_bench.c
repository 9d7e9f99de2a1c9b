/* SPDX-License-Identifier: MIT */
/*
 * An hour of a machine of 5,000 tasks, of which 1 % are active in each second, recorded without
 * sleeping and read again: bytes on disk, CPU time a frame, and what opening, jumping and playing
 * cost. Prints figures; asserts nothing.
 *
 *   hour_bench [FRAMES [PROCESSES [THREADS [ACTIVE [FILE]]]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/outlet.h"
#include "bench.h"
#include "past/past.h"
#include "stream/stream.h"
#include "synth.h"

#define JUMPS 101

static double cpu_ms(void)
{
	return (double)pg_clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e6;
}

static _Noreturn void give_up(const struct pg_error *err)
{
	fprintf(stderr, "hour_bench: %s\n", err->text);
	exit(1);
}

struct sums {
	double write, key_write, pack, key_pack;
	uint64_t frames, keys, bytes;
};

/* As cmd_record.c does. */
static void put(struct sums *sums, struct synth *s, struct pg_stream_writer *w, struct pg_outlet *o)
{
	static struct pg_buf buf;
	uint64_t n = s->frame - 1;
	bool key = n % PG_STREAM_KEY_EVERY == 0;
	double t0 = cpu_ms();
	pg_stream_put_frame(w, &s->cur, n, key, &buf);
	double t1 = cpu_ms();
	sums->bytes += buf.len;
	int err = o->ops->put(o, &buf, key);
	double t2 = cpu_ms();
	if (err) {
		fprintf(stderr, "hour_bench: cannot write: %s\n", strerror(-err));
		exit(1);
	}
	*(key ? &sums->key_write : &sums->write) += t1 - t0;
	*(key ? &sums->key_pack : &sums->pack) += t2 - t1;
	sums->frames++;
	sums->keys += key;
}

static uint64_t record(struct synth *s, const char *path, uint64_t frames)
{
	const struct pg_outlet_file_options options = {.path = path, .force = true};
	struct pg_stream_writer *w = pg_stream_writer_new(true);
	struct pg_stream_head head;
	struct pg_error err;
	struct sums sums = {0};
	struct pg_buf buf = {0};
	struct pg_outlet *o = pg_outlet_file(&options, &err);
	if (!o)
		give_up(&err);
	pg_stream_head_local(&head, "/proc");
	head.delay_ns = PG_NS_PER_SEC;
	pg_stream_put_head(w, &head, &buf);
	o->ops->put(o, &buf, false);
	while (sums.frames < frames) {
		synth_turn(s);
		put(&sums, s, w, o);
	}
	uint64_t bytes = o->bytes;
	o->ops->close(o);
	pg_stream_writer_free(w);
	pg_buf_free(&buf);
	double deltas = (double)(sums.frames - sums.keys), keys = (double)sums.keys;
	printf("lines      %8.1f MB, %.0f bytes a frame\n", (double)sums.bytes / 1e6,
	       (double)sums.bytes / (double)sums.frames);
	printf("a delta    %8.3f ms to write, %.3f ms to compress\n", sums.write / deltas,
	       sums.pack / deltas);
	printf("a key      %8.3f ms to write, %.3f ms to compress\n", sums.key_write / keys,
	       sums.key_pack / keys);
	printf("a frame    %8.3f ms of CPU, averaged over a key interval\n",
	       (sums.write + sums.pack + sums.key_write + sums.key_pack) / (double)sums.frames);
	return bytes;
}

static void jump(struct pg_past *p)
{
	static double took[JUMPS], back[JUMPS];
	uint64_t end = p->ops->end(p), seed = 1;
	struct pg_error err;
	for (int i = 0; i < JUMPS; i++) {
		struct pg_snapshot s = {0};
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint64_t to = (seed >> 33) % end;
		double t0 = cpu_ms();
		if (p->ops->get(p, to, &s, &err) < 0)
			give_up(&err);
		took[i] = cpu_ms() - t0;
		pg_snapshot_clear(&s);
		t0 = cpu_ms();
		if (p->ops->get(p, to ? to - 1 : 0, &s, &err) < 0)
			give_up(&err);
		back[i] = cpu_ms() - t0;
		pg_snapshot_free(&s);
	}
	double median = bench_median(took, JUMPS), most = took[JUMPS - 1];
	printf("a jump     %8.1f ms of CPU (median), %.1f (most); promised: at most 200  %s\n",
	       median, most, most <= 200 ? "met" : "MISSED");
	median = bench_median(back, JUMPS);
	printf("one back   %8.1f ms of CPU (median), %.1f (most)\n", median, back[JUMPS - 1]);
}

static void play(struct pg_past *p)
{
	struct pg_snapshot s = {0};
	struct pg_error err;
	uint64_t end = p->ops->end(p);
	double t0 = cpu_ms();
	for (uint64_t i = 0; i < end; i++) {
		pg_snapshot_clear(&s);
		if (p->ops->get(p, i, &s, &err) < 0)
			give_up(&err);
	}
	pg_snapshot_free(&s);
	printf("played     %8.0f frames a second of CPU, none of them drawn\n",
	       (double)end / (cpu_ms() - t0) * 1e3);
}

static size_t number(int argc, char **argv, int i, size_t fallback)
{
	return argc > i && atoi(argv[i]) > 0 ? (size_t)atoi(argv[i]) : fallback;
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/procgrid-hour.XXXXXX.zst";
	struct synth s = {.procs = number(argc, argv, 2, 1000),
			  .threads = number(argc, argv, 3, 5),
			  .active = number(argc, argv, 4, 50)};
	uint64_t frames = number(argc, argv, 1, 3600);
	const char *file = argc > 5 ? argv[5] : path;
	struct pg_error err, notice;
	bench_begin("hour_bench");
	int fd = mkstemps(path, 4);
	if (fd < 0)
		return 1;
	close(fd);
	double bytes = (double)record(&s, file, frames) / 1e6;
	printf("on disk    %8.1f MB for %llu frames of %u tasks; promised: at most 30 an hour  %s\n",
	       bytes, (unsigned long long)frames, s.cur.nr_tasks, bytes <= 30 ? "met" : "MISSED");
	double t0 = cpu_ms();
	struct pg_past *past = pg_recording_open(file, &notice, &err);
	if (!past)
		give_up(&err);
	printf("opened in  %8.1f ms of CPU\n", cpu_ms() - t0);
	jump(past);
	play(past);
	past->ops->close(past);
	synth_free(&s);
	unlink(path);
	return 0;
}
