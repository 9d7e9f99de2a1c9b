/* SPDX-License-Identifier: MIT */
/*
 * The truth table of what a task did, row by row, and the life of a cell: born for one frame,
 * exited for one frame, nothing in the first. All blocks are made by hand.
 */
#include "task/delta.h"

#include "blocks.h"

#define MS UINT64_C(1000000)

static struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};

static struct pg_proc *one(int32_t pid, uint64_t run_ns, uint64_t read_bytes, char state)
{
	struct pg_proc *p = block_new(pid, 1);
	struct pg_task *t = &p->tasks[0];
	p->valid = PG_STAT | PG_MEM | PG_FD;
	t->valid = PG_STAT | PG_SCHED | PG_IO | PG_STATUS;
	t->run_ns = run_ns;
	t->read_bytes = read_bytes;
	t->state = state;
	p->nr_running = state == 'R';
	return p;
}

/* Two instants, one second apart, of at most one process each (NULL: not there). */
struct two {
	struct stage stage;
	struct pg_changes *c;
};

static void compare(struct two *t, struct pg_proc *was, struct pg_proc *now)
{
	*t = (struct two){0};
	stage_add(&t->stage, 0, (struct pg_proc *[]){was, NULL});
	stage_add(&t->stage, 1, (struct pg_proc *[]){now, NULL});
	pg_delta(&t->stage.snaps[0], &t->stage.snaps[1], &limits, &t->stage.changes);
	t->c = &t->stage.changes;
}

static struct pg_change only_row(const struct two *t)
{
	struct pg_place at = {.proc = t->stage.snaps[1].procs[0], .proc_index = 0};
	at.task = &at.proc->tasks[0];
	return pg_changes_of(t->c, &at);
}

Test(delta, what_was_not_looked_at_is_not_known)
{
	struct two t;
	struct pg_proc *was = one(5, 7 * MS, 0, 'S'), *now = one(5, 7 * MS, 0, 'R');
	now->tasks[0].seen_ns = 1;
	compare(&t, was, now);
	struct pg_change c = only_row(&t);
	cr_assert_eq(c.cls, PG_IDLE);
	cr_assert_eq(c.bits, PG_UNSEEN);
	cr_assert_eq(c.known, 0);
	stage_free(&t.stage);
}

/* 30 ms of CPU, but since three seconds ago. */
Test(delta, a_share_is_of_the_time_since_the_last_look)
{
	struct two t;
	struct pg_proc *was = one(5, 0, 0, 'S'), *now = one(5, 30 * MS, 0, 'S');
	compare(&t, was, now);
	uint64_t mono_ns = t.stage.snaps[1].mono_ns;
	cr_assert_float_eq(only_row(&t).share, 0.03f, 1e-6);
	stage_free(&t.stage);
	was = one(5, 0, 0, 'S');
	now = one(5, 30 * MS, 0, 'S');
	was->tasks[0].seen_ns = mono_ns - 3 * PG_NS_PER_SEC;
	compare(&t, was, now);
	cr_assert_float_eq(only_row(&t).share, 0.01f, 1e-6);
	cr_assert_eq(only_row(&t).span_ns, 3 * PG_NS_PER_SEC);
	stage_free(&t.stage);
}

/* Rows that a screen need not look at again. */
Test(delta, same_rows)
{
	static const struct {
		uint64_t run_ns, fds;
		char state;
		const char *comm;
		bool same;
	} rows[] = {
		{0, 0, 'S', "aa", true},  {1, 0, 'S', "aa", false}, {0, 1, 'S', "aa", false},
		{0, 0, 'T', "aa", false}, {0, 0, 'S', "ab", false},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct two t;
		struct pg_proc *was = one(5, 0, 0, 'S'),
			       *now = one(5, rows[i].run_ns, 0, rows[i].state);
		was->tasks[0].comm = block_str(was, "aa");
		now->tasks[0].comm = block_str(now, rows[i].comm);
		now->fds = rows[i].fds;
		compare(&t, was, now);
		cr_assert_eq((only_row(&t).bits & PG_SAME) != 0, rows[i].same, "row %zu", i);
		stage_free(&t.stage);
	}
	struct two t;
	compare(&t, one(5, 0, 0, 'R'), one(5, 0, 0, 'R'));
	cr_assert_not(only_row(&t).bits & PG_SAME, "it is busy by its state");
	stage_free(&t.stage);
}

/* Rows that are the same take a shorter way to the same knowledge. */
Test(delta, what_is_known_of_a_same_row_is_known_of_any)
{
	static const uint8_t groups[] = {PG_STAT, PG_SCHED, PG_IO, PG_STATUS};
	for (unsigned set = 0; set < 16; set++) {
		struct pg_change c[2];
		for (int differs = 0; differs < 2; differs++) {
			struct two t;
			struct pg_proc *was = one(5, 7 * MS, 9, 'S'), *now = one(5, 7 * MS, 9, 'S');
			was->tasks[0].valid = 0;
			for (unsigned g = 0; g < 4; g++)
				was->tasks[0].valid |= set & 1u << g ? groups[g] : 0;
			now->tasks[0].valid = was->tasks[0].valid;
			now->tasks[0].processor += differs;
			compare(&t, was, now);
			c[differs] = only_row(&t);
			stage_free(&t.stage);
		}
		cr_expect_eq(c[0].bits, PG_SAME);
		c[0].bits = 0;
		cr_expect_eq(memcmp(&c[0], &c[1], sizeof(c[0])), 0, "groups %x", set);
	}
}

Test(delta, the_truth_table)
{
	static const struct {
		uint64_t ran, read;
		char state;
		int cls;
		bool stirred;
	} rows[] = {
		{0, 0, 'S', PG_IDLE, false},
		{1 * MS, 0, 'S', PG_CPU, false}, /* 0.1 % of a second: the limit itself counts */
		{1 * MS - 1, 0, 'S', PG_IDLE, true},
		{1, 0, 'S', PG_IDLE, true},
		{0, 0, 'R', PG_CPU, false}, /* it waits for a CPU */
		{1, 0, 'R', PG_CPU, false},
		{0, 1, 'S', PG_DISK, false},
		{1, 4096, 'S', PG_DISK, true},
		{500 * MS, 4096, 'D', PG_CPU_DISK, false},
		{0, 4096, 'R', PG_CPU_DISK, false},
		{0, 0, 'D', PG_IDLE, false},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct two t;
		compare(&t, one(10, 7 * MS, 100, 'S'),
			one(10, 7 * MS + rows[i].ran, 100 + rows[i].read, rows[i].state));
		struct pg_change c = only_row(&t);
		cr_expect_eq(c.cls, rows[i].cls, "row %zu: %s", i, pg_class_name(c.cls));
		cr_expect_eq((c.bits & PG_STIRRED) != 0, rows[i].stirred, "row %zu", i);
		cr_expect_eq(c.cpu_ns, rows[i].ran, "row %zu", i);
		cr_expect_eq(t.c->count[rows[i].cls], 1, "row %zu", i);
		stage_free(&t.stage);
	}
}

Test(delta, io_any_counts_what_never_reached_a_disk)
{
	struct pg_thresholds any = {.min_cpu = PG_MIN_CPU_DEFAULT, .io_any = true};
	struct two t;
	struct pg_proc *was = one(10, 0, 0, 'S'), *now = one(10, 0, 0, 'S');
	now->tasks[0].wchar = 5;
	compare(&t, was, now);
	cr_expect_eq(only_row(&t).cls, PG_IDLE);
	pg_delta(&t.stage.snaps[0], &t.stage.snaps[1], &any, t.c);
	cr_expect_eq(only_row(&t).cls, PG_DISK);
	stage_free(&t.stage);
}

Test(delta, io_counters_that_add_up_to_nothing_moved_all_the_same)
{
	struct two t;
	struct pg_proc *was = one(10, 0, 0, 'S'), *now = one(10, 0, 0, 'S');
	now->tasks[0].read_bytes = now->tasks[0].write_bytes = UINT64_C(1) << 63;
	compare(&t, was, now);
	cr_expect_eq(only_row(&t).cls, PG_DISK);
	stage_free(&t.stage);
}

Test(delta, unknown_io_is_not_no_io)
{
	struct two t;
	struct pg_proc *was = one(10, 0, 0, 'S'), *now = one(10, 5 * MS, 0, 'S');
	was->tasks[0].valid = now->tasks[0].valid = PG_STAT | PG_SCHED;
	was->tasks[0].refused = now->tasks[0].refused = PG_IO;
	compare(&t, was, now);
	struct pg_change c = only_row(&t);
	cr_expect_eq(c.cls, PG_CPU);
	cr_expect(c.bits & PG_IO_UNKNOWN);
	cr_expect_not(c.known & PG_KNOW_IO);
	stage_free(&t.stage);
}

Test(delta, the_first_frame_knows_no_difference_and_marks_none_new)
{
	struct stage s = {0};
	stage_add(&s, 0, (struct pg_proc *[]){one(10, 5 * MS, 100, 'S'), one(11, 5, 0, 'R'), NULL});
	pg_delta(NULL, &s.snaps[0], &limits, &s.changes);
	cr_expect(s.changes.first);
	cr_expect_eq(s.changes.nr_born, 0);
	cr_expect_eq(s.changes.interval_ns, 0);
	cr_expect_eq(s.changes.count[PG_IDLE], 1);
	cr_expect_eq(s.changes.count[PG_CPU], 1); /* state R is seen at once */
	struct pg_place at = {.proc = s.snaps[0].procs[0], .task = s.snaps[0].procs[0]->tasks};
	cr_expect_eq(pg_changes_of(&s.changes, &at).known, 0);
	stage_free(&s);
}

Test(delta, a_born_task_is_compared_with_zero)
{
	struct two t;
	compare(&t, NULL, one(10, 3 * MS, 4096, 'S'));
	struct pg_change c = only_row(&t);
	cr_expect(c.bits & PG_BORN);
	cr_expect_eq(c.cls, PG_CPU_DISK);
	cr_expect_eq(c.cpu_ns, 3 * MS);
	cr_expect_eq(t.c->nr_born, 1);
	stage_free(&t.stage);
}

Test(delta, an_exited_task_shows_once_with_its_last_values)
{
	struct two t;
	compare(&t, one(10, 3 * MS, 0, 'S'), NULL);
	cr_assert_eq(t.c->nr_gone, 1);
	cr_expect_eq(t.c->gone[0].task->run_ns, 3 * MS);
	cr_expect_eq(t.c->count[PG_EXITED], 1);
	pg_delta(&t.stage.snaps[1], &t.stage.snaps[1], &limits, t.c);
	cr_expect_eq(t.c->nr_gone, 0);
	stage_free(&t.stage);
}

Test(delta, a_reused_pid_is_one_exited_and_one_born)
{
	struct two t;
	struct pg_proc *now = one(10, 1 * MS, 0, 'S');
	now->start = now->tasks[0].start = 5000;
	compare(&t, one(10, 900 * MS, 0, 'S'), now);
	cr_expect_eq(t.c->nr_gone, 1);
	cr_expect_eq(t.c->nr_born, 1);
	cr_expect_eq(only_row(&t).cpu_ns, 1 * MS);
	stage_free(&t.stage);
}

Test(delta, threads_come_and_go_within_a_process)
{
	struct two t;
	struct pg_proc *was = block_new(10, 3), *now = block_new(10, 3);
	now->tasks[1].tid = 12; /* 11 went, 13 came */
	now->tasks[1].start = was->tasks[2].start;
	now->tasks[2].tid = 13;
	compare(&t, was, now);
	cr_expect_eq(t.c->nr_gone, 1);
	cr_expect_eq(t.c->gone[0].task->tid, 11);
	cr_expect_eq(t.c->nr_born, 1);
	stage_free(&t.stage);
}

Test(delta, rss_and_fds_stand_with_the_leader_for_one_frame)
{
	struct two t;
	struct pg_proc *was = block_new(10, 2), *now = block_new(10, 2);
	was->valid = now->valid = PG_MEM | PG_FD;
	was->rss_bytes = 8192;
	now->rss_bytes = 4096;
	now->fds = 3;
	compare(&t, was, now);
	struct pg_change c = only_row(&t);
	cr_expect_eq(c.rss_bytes, -4096);
	cr_expect_eq(c.fds, 3);
	cr_expect_eq(c.bits & (PG_RSS_UP | PG_RSS_DOWN | PG_FDS_UP | PG_FDS_DOWN),
		     PG_RSS_DOWN | PG_FDS_UP);
	struct pg_place at = {.proc = now, .task = &now->tasks[1], .proc_index = 0};
	cr_expect_not(pg_changes_of(t.c, &at).known & (PG_KNOW_RSS | PG_KNOW_FDS));
	pg_delta(&t.stage.snaps[1], &t.stage.snaps[1], &limits, t.c);
	cr_expect_eq(only_row(&t).bits & (PG_RSS_UP | PG_RSS_DOWN), 0, "one frame only");
	stage_free(&t.stage);
}

Test(delta, what_is_known_of_a_process_was_known_before)
{
	static const struct {
		unsigned was, now, known;
	} rows[] = {
		{PG_MEM | PG_FD, PG_MEM | PG_FD, PG_KNOW_RSS | PG_KNOW_FDS},
		{PG_MEM | PG_FD, PG_MEM, PG_KNOW_RSS},
		{PG_FD, PG_MEM | PG_FD, PG_KNOW_FDS},
		{PG_MEM, PG_FD, 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct two t;
		struct pg_proc *was = one(5, 0, 0, 'S'), *now = one(5, 1, 0, 'S');
		was->valid = (uint16_t)rows[i].was;
		now->valid = (uint16_t)rows[i].now;
		compare(&t, was, now);
		cr_expect_eq(only_row(&t).known & (PG_KNOW_RSS | PG_KNOW_FDS), rows[i].known,
			     "row %zu", i);
		stage_free(&t.stage);
	}
}

/* The same block is not looked at, and says: idle, and known to be so. */
Test(delta, a_shared_block_is_skipped)
{
	struct stage s = {0};
	struct pg_proc *p = one(10, 5 * MS, 0, 'S');
	stage_add(&s, 0, (struct pg_proc *[]){p, NULL});
	stage_add(&s, 1, (struct pg_proc *[]){pg_proc_ref(p), NULL});
	pg_delta(&s.snaps[0], &s.snaps[1], &limits, &s.changes);
	cr_expect_eq(s.changes.start[0], PG_UNCHANGED);
	cr_expect_eq(s.changes.nr_rows, 0);
	cr_expect_eq(s.changes.count[PG_IDLE], 1);
	struct pg_place at = {.proc = p, .task = p->tasks, .proc_index = 0};
	struct pg_change c = pg_changes_of(&s.changes, &at);
	cr_expect_eq(c.cls, PG_IDLE);
	cr_expect_eq(c.bits, PG_SAME);
	cr_expect(c.known & PG_KNOW_CPU);
	stage_free(&s);
}

Test(delta, room_for_all_rows_is_given_back_when_few_change)
{
	struct stage s = {0};
	struct pg_proc *p = block_new(10, 5000);
	stage_add(&s, 0, (struct pg_proc *[]){p, NULL});
	stage_add(&s, 1, (struct pg_proc *[]){pg_proc_ref(p), NULL});
	pg_delta(NULL, &s.snaps[0], &limits, &s.changes);
	cr_assert_eq(s.changes.nr_rows, 5000);
	for (int i = 0; i < 10; i++)
		pg_delta(&s.snaps[0], &s.snaps[1], &limits, &s.changes);
	cr_expect_lt(s.changes.rows_cap, 500);
	pg_delta(NULL, &s.snaps[0], &limits, &s.changes);
	cr_assert_eq(s.changes.nr_rows, 5000);
	cr_expect_eq(s.changes.rows[4999].cls, PG_IDLE);
	stage_free(&s);
}

Test(delta, a_shared_block_that_runs_is_busy)
{
	struct stage s = {0};
	struct pg_proc *p = one(10, 5 * MS, 0, 'R');
	stage_add(&s, 0, (struct pg_proc *[]){p, NULL});
	stage_add(&s, 1, (struct pg_proc *[]){pg_proc_ref(p), NULL});
	pg_delta(&s.snaps[0], &s.snaps[1], &limits, &s.changes);
	cr_expect_eq(s.changes.count[PG_CPU], 1);
	stage_free(&s);
}

Test(delta, another_scope_compares_presence_only)
{
	struct two t;
	struct pg_proc *was = block_new(10, 3), *now = one(10, 900 * MS, 0, 'S');
	compare(&t, was, now);
	t.stage.snaps[1].scope = PG_SCOPE_PROCESS;
	now->scope = PG_SCOPE_PROCESS;
	pg_delta(&t.stage.snaps[0], &t.stage.snaps[1], &limits, t.c);
	cr_expect_eq(t.c->nr_gone, 0, "its threads are not gone, only not read");
	cr_expect_eq(t.c->nr_born, 0);
	cr_expect_eq(only_row(&t).cpu_ns, 0);
	cr_expect_eq(only_row(&t).known, 0);
	stage_free(&t.stage);
}

/* After a first glance (stat alone) the clocks are not of one kind: ticks are compared with ticks.
 */
Test(delta, ticks_stand_in_where_one_side_has_no_nanoseconds)
{
	struct two t;
	struct pg_proc *was = one(10, 0, 0, 'S'), *now = one(10, 900 * MS, 4096, 'S');
	was->tasks[0].valid = PG_STAT;
	was->tasks[0].utime = 10;
	now->tasks[0].utime = 12;
	compare(&t, was, now);
	struct pg_change c = only_row(&t);
	cr_expect_eq(c.cpu_ns, 20 * MS);
	cr_expect_not(c.known & PG_KNOW_IO);
	cr_expect_eq(c.cls, PG_CPU);
	stage_free(&t.stage);
}

Test(delta, a_counter_that_runs_backwards_did_not_move)
{
	struct two t;
	compare(&t, one(10, 900 * MS, 500, 'S'), one(10, 5 * MS, 100, 'S'));
	struct pg_change c = only_row(&t);
	cr_expect_eq(c.cpu_ns, 0);
	cr_expect_eq(c.read_bytes, 0);
	cr_expect_eq(c.cls, PG_IDLE);
	stage_free(&t.stage);
}

Test(delta, what_a_process_does_is_told_by_its_clock)
{
	struct two t;
	struct pg_proc *was = one(10, 0, 0, 'S'), *now = one(10, 0, 0, 'S');
	was->scope = now->scope = PG_SCOPE_PROCESS;
	was->valid = now->valid = PG_CLOCK;
	was->cpu_clock_ns = 100 * MS;
	now->cpu_clock_ns = 350 * MS;
	compare(&t, was, now);
	struct pg_change c = only_row(&t);
	cr_expect_eq(c.cpu_ns, 250 * MS);
	cr_expect_not(c.known & PG_KNOW_WAIT);
	cr_expect_eq(c.cls, PG_CPU);
	stage_free(&t.stage);
}

/* What births.c would have told: brief tasks 10/12 and 30, one not listed, and how 20 ended. */
static void tell(struct pg_snapshot *cur)
{
	static const int32_t numbers[][2] = {{10, 12}, {30, 30}};
	struct pg_told *told = &cur->told;
	told->brief = pg_calloc(2, sizeof(*told->brief));
	told->brief_codes = pg_calloc(2, sizeof(*told->brief_codes));
	told->endings = pg_calloc(2, sizeof(*told->endings));
	told->rest = pg_calloc(1, sizeof(*told->rest));
	for (int i = 0; i < 2; i++) {
		struct pg_proc *p = block_new(numbers[i][0], 1);
		p->tasks[0].tid = numbers[i][1];
		told->brief[i] = p;
		told->brief_codes[i] = i ? -1 : 7;
	}
	told->endings[0] = (struct pg_ending){{11, 11, 0}, 1}; /* without a start */
	told->endings[1] = (struct pg_ending){{20, 20, 100}, 137};
	told->rest[0] = (struct pg_brief_rest){.ppid = 1, .nr = 5};
	told->nr_brief = told->nr_endings = 2;
	told->nr_rest = 1;
}

Test(delta, who_lived_in_between_stands_among_the_gone)
{
	static const struct {
		int32_t tid;
		bool brief;
		int code;
	} want[] = {{11, false, -1},  {12, true, 7},  {13, false, -1},
		    {20, false, 137}, {30, true, -1}, {40, false, -1}};
	struct stage s = {0};
	struct pg_proc *was = block_new(10, 4), *now = block_new(10, 1);
	was->tasks[2] = was->tasks[3]; /* 12 is no thread of it yet */
	was->nr_tasks = 3;
	stage_add(&s, 0, (struct pg_proc *[]){was, block_new(20, 1), block_new(40, 1), NULL});
	stage_add(&s, 1, (struct pg_proc *[]){now, NULL});
	tell(&s.snaps[1]);
	pg_delta(&s.snaps[0], &s.snaps[1], &limits, &s.changes);
	cr_assert_eq(s.changes.nr_gone, PG_ARRAY_LEN(want));
	for (size_t i = 0; i < PG_ARRAY_LEN(want); i++) {
		const struct pg_gone *g = &s.changes.gone[i];
		cr_expect_eq(g->task->tid, want[i].tid, "%zu: %d", i, g->task->tid);
		cr_expect_eq(g->brief, want[i].brief, "%zu", i);
		cr_expect_eq(g->exit_code, want[i].code, "%zu: %d", i, g->exit_code);
	}
	cr_expect_eq(s.changes.nr_brief, 7);
	cr_expect_eq(s.changes.count[PG_EXITED], 11);
	/* Each is found again: by its own name, and the first of a process by that. */
	for (size_t i = 0; i < PG_ARRAY_LEN(want); i++) {
		const struct pg_gone *g = &s.changes.gone[i];
		struct pg_key key = pg_task_key(g->proc, g->task);
		cr_expect_eq(pg_changes_gone(&s.changes, key), g, "%zu", i);
		key.start++;
		cr_expect_null(pg_changes_gone(&s.changes, key), "%zu: another", i);
		g = pg_changes_gone_pid(&s.changes, key.pid);
		cr_assert_not_null(g);
		cr_expect_eq(g->task->tid, key.pid == 10 ? 11 : key.pid);
	}
	for (int32_t pid = 5; pid <= 45; pid += 10)
		cr_expect_null(pg_changes_gone_pid(&s.changes, pid), "%d", pid);
	stage_free(&s);
}

Test(delta, a_zombie_has_told_itself_how_it_ends)
{
	struct two t;
	struct pg_proc *was = one(11, 0, 0, 'Z');
	was->tasks[0].ended = 1 + (5 << 8);
	compare(&t, was, NULL);
	pg_delta(&t.stage.snaps[0], &t.stage.snaps[1], &limits, t.c);
	cr_assert_eq(t.c->nr_gone, 1);
	cr_expect_eq(t.c->gone[0].exit_code, 5);
	tell(&t.stage.snaps[1]); /* that of a thread, say, when its last one's was lost */
	pg_delta(&t.stage.snaps[0], &t.stage.snaps[1], &limits, t.c);
	cr_assert_eq(t.c->nr_gone, 3);
	cr_expect_eq(t.c->gone[1].task->tid, 11);
	cr_expect_eq(t.c->gone[1].exit_code, 5);
	stage_free(&t.stage);
}

Test(delta, an_ending_may_have_no_start)
{
	struct two t;
	compare(&t, one(11, 0, 0, 'S'), NULL);
	tell(&t.stage.snaps[1]);
	pg_delta(&t.stage.snaps[0], &t.stage.snaps[1], &limits, t.c);
	cr_assert_eq(t.c->nr_gone, 3);
	cr_expect_eq(t.c->gone[1].task->tid, 11);
	cr_expect_eq(t.c->gone[1].exit_code, 1);
	stage_free(&t.stage);
}

Test(delta, the_share_of_all_cpus_is_known_from_the_second_frame_on)
{
	static const struct {
		uint64_t total, busy;
		double share;
	} t[] = {{1000, 100, -1}, {1200, 150, 0.25}, {1400, 350, 1}, {1400, 350, -1},
		 {1600, 600, -1}, {1800, 590, 0},    {900, 100, -1}};
	struct pg_changes ch = {0};
	struct pg_snapshot s[2] = {{.host.valid = PG_HOST_CPU}, {.host.valid = PG_HOST_CPU}};
	const struct pg_thresholds limits = {.min_cpu = PG_MIN_CPU_DEFAULT};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		s[i % 2].host.cpu_total = t[i].total;
		s[i % 2].host.cpu_busy = t[i].busy;
		pg_delta(i ? &s[(i + 1) % 2] : NULL, &s[i % 2], &limits, &ch);
		cr_expect_float_eq(ch.cpu_share, t[i].share, 1e-9, "row %zu", i);
	}
	s[1].host.valid = 0;
	pg_delta(&s[0], &s[1], &limits, &ch);
	cr_expect_float_eq(ch.cpu_share, -1, 1e-9);
	pg_changes_free(&ch);
}
