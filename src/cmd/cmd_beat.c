/* SPDX-License-Identifier: MIT */
#include "cmd_beat.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base/util.h"
#include "cmd.h"
#include "source/source.h"

int pg_beat_stop_fd(void)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < PG_ARRAY_LEN(signals); i++) {
		/* Whoever started us with a signal ignored (a script's "&", nohup) wants it so. */
		struct sigaction now;
		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

void pg_beat_start(struct pg_beat *b)
{
	b->due = pg_clock_ns(CLOCK_MONOTONIC);
}

void pg_beat_next(struct pg_beat *b)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	b->due += b->delay_ns;
	if (b->delay_ns > 0 && now > b->due)
		b->due += (now - b->due) / b->delay_ns * b->delay_ns;
}

bool pg_beat_sampled(struct pg_beat *b, int result, const struct pg_error *err)
{
	if (result >= 0) {
		b->sampled |= result == PG_NEXT_OK;
		b->missed_in_row = 0;
		return true;
	}
	if (result != -EMFILE || !b->paced || !b->sampled) {
		pg_cmd_say("%s", err->text);
		return false;
	}
	b->missed++;
	if (++b->missed_in_row >= PG_BEAT_MAX_MISSED) {
		pg_cmd_say("%s; it ends after %u missed frames in a row", err->text,
			   b->missed_in_row);
		return false;
	}
	if (b->missed == 1)
		pg_cmd_say("%s; frames are missed until then", err->text);
	return true;
}

void pg_beat_say_missed(const struct pg_beat *b)
{
	if (b->missed > 0)
		pg_cmd_say("%llu frame%s missed for want of open files",
			   (unsigned long long)b->missed, b->missed == 1 ? " was" : "s were");
}

static uint64_t until_beat(const struct pg_beat *b)
{
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	return b->paced && b->due > now ? b->due - now : 0;
}

bool pg_beat_wait(struct pg_beat *b)
{
	struct pollfd p[3] = {{.fd = b->stop_fd, .events = POLLIN}, {.fd = b->out_fd}, {.fd = -1}};
	for (;;) {
		uint64_t left = until_beat(b), nap = left;
		if (b->witness) {
			int ms = pg_witness_timeout_ms(b->witness);
			p[2] = (struct pollfd){.fd = pg_witness_fd(b->witness), .events = POLLIN};
			if (ms >= 0 && nap > (uint64_t)ms * 1000000)
				nap = (uint64_t)ms * 1000000;
		}
		struct timespec ts = {.tv_sec = (time_t)(nap / PG_NS_PER_SEC),
				      .tv_nsec = (long)(nap % PG_NS_PER_SEC)};
		if (ppoll(p, 3, &ts, NULL) > 0 && (p[0].revents || p[1].revents))
			return false;
		if (left == 0)
			return true;
		if (b->witness)
			pg_witness_drain(b->witness);
	}
}
