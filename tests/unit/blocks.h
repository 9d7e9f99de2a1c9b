/* SPDX-License-Identifier: MIT */
/*
 * blocks: processes and frames made by hand, value by value, for tests of tables. A block has room
 * for its strings; a stage holds two snapshots and what happened between them.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "sink/sink.h"
#include "task/delta.h"

#define BLOCK_ROOM 65536

/* nr rows, the leader first, the others numbered on from it; all that is valid is set by the test.
 */
static inline struct pg_proc *block_new(int32_t pid, uint32_t nr)
{
	uint32_t rows = (uint32_t)(sizeof(struct pg_proc) + nr * sizeof(struct pg_task));
	struct pg_proc *p = pg_calloc(1, rows + BLOCK_ROOM);
	p->refs = 1;
	p->size = rows;
	p->pid = pid;
	p->start = 100;
	p->nr_tasks = nr;
	for (uint32_t i = 0; i < nr; i++) {
		p->tasks[i].tid = pid + (int32_t)i;
		p->tasks[i].start = 100 + i;
		p->tasks[i].state = 'S';
	}
	return p;
}

static inline struct pg_str block_bytes(struct pg_proc *p, const void *s, size_t n)
{
	struct pg_str str = {.off = p->size, .len = (uint32_t)n};
	memcpy((char *)p + p->size, s, n);
	p->size += (uint32_t)n;
	return str;
}

static inline struct pg_str block_str(struct pg_proc *p, const char *s)
{
	return block_bytes(p, s, strlen(s));
}

static inline struct pg_proc *block_copy(const struct pg_proc *from)
{
	struct pg_proc *p = pg_calloc(1, from->size + BLOCK_ROOM);
	memcpy(p, from, from->size);
	p->refs = 1;
	return p;
}

struct stage {
	struct pg_snapshot snaps[2];
	struct pg_changes changes;
	struct pg_frame frame;
};

/* 2026-11-20T00:00:00.000 is the first instant; the boot was 1000 s before. */
#define STAGE_WALL INT64_C(1795132800000000000)

static inline struct pg_snapshot *stage_begin(struct stage *s, int which)
{
	struct pg_snapshot *snap = &s->snaps[which];
	snap->mono_ns = UINT64_C(5000000000) + (uint64_t)which * PG_NS_PER_SEC;
	snap->wall_ns = STAGE_WALL + which * INT64_C(1000000000);
	snap->boot_wall_ns = STAGE_WALL - INT64_C(1000000000000);
	snap->ticks_per_sec = 100;
	return snap;
}

/* The blocks of one instant (NULL ends), whose references are taken over. */
static inline void stage_add(struct stage *s, int which, struct pg_proc *const *blocks)
{
	struct pg_snapshot *snap = stage_begin(s, which);
	for (; *blocks; blocks++) {
		snap->scope = (*blocks)->scope;
		pg_snapshot_add(snap, *blocks);
	}
}

/* The frame of instant 0 alone, or of 0 and 1. */
static inline const struct pg_frame *stage_frame(struct stage *s, int which)
{
	static const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	s->snaps[1].scope = s->snaps[0].scope;
	pg_delta(which ? &s->snaps[0] : NULL, &s->snaps[which], &limits, &s->changes);
	s->frame = (struct pg_frame){
		.snap = &s->snaps[which], .changes = &s->changes, .cycle = (uint64_t)which};
	return &s->frame;
}

static inline void stage_free(struct stage *s)
{
	pg_snapshot_free(&s->snaps[0]);
	pg_snapshot_free(&s->snaps[1]);
	pg_changes_free(&s->changes);
}

/* A file without a name, to be written by what is tested and read back. */
static inline int scratch_file(void)
{
	char path[] = "/tmp/procgrid-test-XXXXXX";
	int fd = mkstemp(path);
	cr_assert(fd >= 0, "no scratch file in /tmp");
	unlink(path);
	return fd;
}

/* All that was written, as a string of the caller's. */
static inline char *scratch_text(int fd)
{
	off_t n = lseek(fd, 0, SEEK_END);
	char *s = pg_alloc((size_t)n + 1);
	cr_assert_eq(pread(fd, s, (size_t)n, 0), n);
	s[n] = '\0';
	return s;
}

/* A line by number, without its end; valid until the next call. */
static inline const char *nth_line(const char *text, int n)
{
	static char line[32768];
	while (n-- > 0 && text) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	cr_assert(text && *text, "there is no such line");
	const char *end = strchr(text, '\n');
	cr_assert(end, "a line without an end");
	size_t len = (size_t)(end - text);
	cr_assert_lt(len, sizeof(line));
	memcpy(line, text, len);
	line[len] = '\0';
	return line;
}

static inline size_t count_lines(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

#endif
