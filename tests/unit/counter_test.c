/* SPDX-License-Identifier: MIT */
/*
 * Promise: the table of counters is in order, says of each group how it is told, and agrees with
 * the table of fields where both have a row.
 */
#include "task/counter.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/util.h"
#include "task/delta.h"

Test(counter, key_first_then_tasks_then_processes)
{
	cr_expect_str_eq(pg_counters[0].name, "pid");
	cr_expect_str_eq(pg_counters[1].name, "tid");
	cr_expect_str_eq(pg_counters[2].name, "start_ticks");
	for (size_t i = 1; i < pg_nr_counters; i++)
		cr_expect_eq(pg_counters[i].level == PG_COUNTER_TASK, i < pg_nr_task_counters, "%s",
			     pg_counters[i].name);
}

Test(counter, names_are_keys)
{
	for (size_t i = 0; i < pg_nr_counters; i++) {
		const struct pg_counter *c = &pg_counters[i];
		size_t n = strlen(c->name);
		cr_expect_eq(strspn(c->name, "abcdefghijklmnopqrstuvwxyz_"), n, "%s", c->name);
		cr_expect_lt(n, 32u, "%s", c->name);
		cr_expect_eq(pg_counter_find(c->name, n), c, "%s is there twice", c->name);
		cr_expect(c->help[0] && c->help[strlen(c->help) - 1] == '.', "%s", c->name);
	}
	cr_expect_null(pg_counter_find("pi", 2));
	cr_expect_null(pg_counter_find("pid_", 4));
	cr_expect_null(pg_counter_find("", 0));
}

/* Each group that a level has is told by one counter, which is never left out. */
Test(counter, groups_are_told)
{
	for (int level = PG_COUNTER_TASK; level <= PG_COUNTER_PROC; level++) {
		unsigned groups = 0, told = 0;
		for (size_t i = 0; i < pg_nr_counters; i++) {
			const struct pg_counter *c = &pg_counters[i];
			if ((int)c->level != level)
				continue;
			groups |= c->group;
			cr_expect(!c->tells || !(told & c->group), "%s tells again", c->name);
			cr_expect(!c->tells || !c->alone, "%s", c->name);
			told |= c->tells ? c->group : 0;
			cr_expect_eq(c->group & (c->group - 1), 0, "%s", c->name);
		}
		cr_expect_eq(told, groups);
	}
}

/* What the names of fields promise, those of counters keep. */
Test(counter, agrees_with_fields)
{
	size_t both = 0;
	for (size_t i = 0; i < pg_nr_counters; i++) {
		const struct pg_counter *c = &pg_counters[i];
		const struct pg_field *f = pg_field_find(c->name, strlen(c->name));
		if (!f)
			continue;
		both++;
		cr_expect_eq(c->unit, f->unit, "%s", c->name);
		cr_expect(!c->group || (f->groups & c->group), "%s", c->name);
	}
	cr_expect_geq(both, 30u);
}

/* The value that a field shows is the one that the counter of its name points to. */
Test(counter, shows_what_fields_show)
{
	struct pg_proc *p = pg_calloc(1, sizeof(*p) + sizeof(struct pg_task) + 64);
	struct pg_task *t = &p->tasks[0];
	struct pg_snapshot snap = {.ticks_per_sec = 100};
	const struct pg_changes changes = {0};
	const struct pg_change change = {0};
	const struct pg_frame frame = {.snap = &snap, .changes = &changes};
	*p = (struct pg_proc){.refs = 1, .pid = 5, .nr_tasks = 1, .valid = 0xff};
	t->tid = 5;
	t->valid = 0xff;
	for (size_t i = PG_COUNTER_KEY; i < pg_nr_counters; i++) {
		const struct pg_counter *c = &pg_counters[i];
		const struct pg_field *f = pg_field_find(c->name, strlen(c->name));
		char *at = (c->level == PG_COUNTER_TASK ? (char *)t : (char *)p) + c->offset;
		struct pg_row row = {.frame = &frame, .proc = p, .task = t, .change = &change};
		if (!f || c->type == PG_CT_STRING || c->type == PG_CT_STATE)
			continue;
		*at = 1; /* the lowest byte here, or not: the field has to have moved */
		struct pg_value v = f->get(&row);
		uint64_t u = v.kind == PG_I64 ? (uint64_t)v.i : v.u;
		cr_expect_neq(u, 0u, "%s", c->name);
		*at = 0;
		v = f->get(&row);
		cr_expect_eq(v.kind == PG_I64 ? (uint64_t)v.i : v.u, 0u, "%s", c->name);
	}
	free(p);
}

static size_t size_of(enum pg_counter_type type)
{
	static const size_t sizes[] = {
		[PG_CT_U64] = 8,    [PG_CT_U32] = 4,   [PG_CT_I32] = 4,
		[PG_CT_FLAG] = 1,   [PG_CT_STATE] = 1, [PG_CT_STRING] = sizeof(struct pg_str),
		[PG_CT_GROUPS] = 1, [PG_CT_ENDED] = 4,
	};
	return sizes[type];
}

/* A member that no counter carries, and that is not told otherwise, would be lost on the way. */
#define TOLD(type, member)                                                                         \
	memset(bytes + offsetof(struct type, member), 1, sizeof(((struct type *)0)->member))

Test(counter, carries_all_of_a_task)
{
	char bytes[sizeof(struct pg_task)] = {0};
	for (size_t i = 1; i < pg_nr_task_counters; i++)
		memset(bytes + pg_counters[i].offset, 1, size_of(pg_counters[i].type));
	TOLD(pg_task, valid); /* by the counters that tell */
	TOLD(pg_task, raw);   /* for tables of files alone */
	TOLD(pg_task, reserved);
	for (size_t i = 0; i < sizeof(bytes); i++)
		cr_expect(bytes[i], "byte %zu of struct pg_task is in no counter", i);
}

Test(counter, carries_all_of_a_process)
{
	char bytes[offsetof(struct pg_proc, tasks)] = {0};
	TOLD(pg_proc, pid);
	for (size_t i = pg_nr_task_counters; i < pg_nr_counters; i++)
		memset(bytes + pg_counters[i].offset, 1, size_of(pg_counters[i].type));
	TOLD(pg_proc, refs);
	TOLD(pg_proc, size);
	TOLD(pg_proc, valid);
	TOLD(pg_proc, scope); /* of the frame */
	TOLD(pg_proc, nr_tasks);
	TOLD(pg_proc, nr_running); /* counted again */
	TOLD(pg_proc, nr_disk_sleep);
	TOLD(pg_proc, nr_zombie);
	TOLD(pg_proc, nr_unseen);
	for (size_t i = 0; i < sizeof(bytes); i++)
		cr_expect(bytes[i], "byte %zu of struct pg_proc is in no counter", i);
}

Test(counter, known)
{
	const struct pg_counter *ppid = pg_counter_find("ppid", 4);
	const struct pg_counter *nice = pg_counter_find("nice", 4);
	const struct pg_counter *seen = pg_counter_find("seen_ns", 7);
	const struct pg_task zero = {0}, some = {.ppid = 1, .nice = 1, .seen_ns = 1};
	cr_expect_not(pg_counter_is_known(ppid, &zero, 0));
	cr_expect(pg_counter_is_known(ppid, &some, 0)); /* told by the connector */
	cr_expect(pg_counter_is_known(ppid, &zero, PG_STAT));
	cr_expect_not(pg_counter_is_known(nice, &some, 0));
	cr_expect_not(pg_counter_is_known(nice, &some, PG_STATUS));
	cr_expect(pg_counter_is_known(nice, &zero, PG_STAT));
	cr_expect_not(pg_counter_is_known(seen, &zero, 0xff));
	cr_expect(pg_counter_is_known(seen, &some, 0));
}

Test(counter, words)
{
	cr_expect_str_eq(pg_group_name(0), "stat");
	cr_expect_str_eq(pg_group_name(7), "uid");
	cr_expect_null(pg_group_name(8));
	cr_expect_str_eq(pg_unit_name(PG_UNIT_BYTES), "bytes");
	cr_expect_str_eq(pg_unit_name(PG_UNIT_TICKS), "ticks");
	cr_expect_null(pg_unit_name(PG_UNIT_NONE));
	for (unsigned bit = 0; bit < 8; bit++) /* of a list of words */
		cr_expect_null(strchr(pg_group_name(bit), ' '));
}
