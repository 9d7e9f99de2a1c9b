/* SPDX-License-Identifier: MIT */
/* Any bytes as a datagram of the process connector, and its events as a life in the book. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "source/births.h"
#include "source/connector.h"

static void settle(struct pg_births *book, const struct pg_snapshot *prev)
{
	struct pg_snapshot cur = {.mono_ns = UINT64_MAX / 2, .ticks_per_sec = 100};
	pg_births_settle(book, prev, &cur, (struct pg_births_time){.mono_ns = 1});
	for (size_t i = 0; i < cur.told.nr_brief; i++) {
		const struct pg_proc *p = cur.told.brief[i];
		if (p->nr_tasks != 1 || p->pid <= 0 || p->tasks[0].tid <= 0)
			abort();
	}
	pg_snapshot_free(&cur);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pg_births *book = pg_births_new(4, NULL);
	const struct pg_snapshot empty = {.ticks_per_sec = 100};
	struct pg_losses losses = {0};
	struct pg_event ev;
	char *copy = malloc(size ? size : 1);
	size_t at = 0, last = 0;

	if (size)
		memcpy(copy, data, size);
	while (pg_event_parse(copy, size, &at, &ev)) {
		if (at <= last || at > size)
			abort();
		last = at;
		if (ev.what > PG_EVENT_EXIT || ev.exit_code < 0 || ev.exit_code > PG_KILLED + 127)
			abort();
		pg_losses_see(&losses, ev.cpu, ev.seq);
		pg_births_event(book, &ev);
	}
	settle(book, NULL);
	settle(book, &empty);
	pg_losses_free(&losses);
	pg_births_free(book);
	free(copy);
	return 0;
}
