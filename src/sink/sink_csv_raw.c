/* SPDX-License-Identifier: MIT */
/*
 * The table of files: the texts of stat, status and io as the kernel wrote them, cut into cells.
 * The columns are fixed when the sink is made: stat and io have their known fields, status a list
 * of all keys of all kernels in the order in which the kernel writes them, then the keys that only
 * this machine has. Files keep that order, so the next key is nearly always the next column: the
 * search begins there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/outlet.h"
#include "csv.h"
#include "sink.h"
#include "task/procparse.h"

static const char *const stat_names[PG_STAT_FIELDS] = {
	"pid",         "comm",        "state",
	"ppid",        "pgrp",        "session",
	"tty_nr",      "tpgid",       "flags",
	"minflt",      "cminflt",     "majflt",
	"cmajflt",     "utime",       "stime",
	"cutime",      "cstime",      "priority",
	"nice",        "num_threads", "itrealvalue",
	"starttime",   "vsize",       "rss",
	"rsslim",      "startcode",   "endcode",
	"startstack",  "kstkesp",     "kstkeip",
	"signal",      "blocked",     "sigignore",
	"sigcatch",    "wchan",       "nswap",
	"cnswap",      "exit_signal", "processor",
	"rt_priority", "policy",      "delayacct_blkio_ticks",
	"guest_time",  "cguest_time", "start_data",
	"end_data",    "start_brk",   "arg_start",
	"arg_end",     "env_start",   "env_end",
	"exit_code",
};

/* fs/proc/array.c, proc_pid_status(). A trailing blank marks a value in kB, a star four ids. */
/* clang-format off */
static const char *const status_names[] = {
	"Name", "Umask", "State", "Tgid", "Ngid", "Pid", "PPid", "TracerPid", "Uid*", "Gid*",
	"FDSize", "Groups", "NStgid", "NSpid", "NSpgid", "NSsid", "Kthread",
	"VmPeak ", "VmSize ", "VmLck ", "VmPin ", "VmHWM ", "VmRSS ", "RssAnon ", "RssFile ",
	"RssShmem ", "VmData ", "VmStk ", "VmExe ", "VmLib ", "VmPTE ", "VmPMD ", "VmSwap ",
	"HugetlbPages ", "CoreDumping", "THP_enabled", "untag_mask",
	"Threads", "SigQ", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt",
	"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
	"NoNewPrivs", "Seccomp", "Seccomp_filters", "Speculation_Store_Bypass",
	"SpeculationIndirectBranch", "Cpus_allowed", "Cpus_allowed_list", "Mems_allowed",
	"Mems_allowed_list", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches",
	"x86_Thread_features", "x86_Thread_features_locked",
};
/* clang-format on */

static const char *const io_names[] = {
	"rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes", "cancelled_write_bytes",
};

static const char *const id_parts[] = {"_real", "_effective", "_saved", "_fs"};
#define NR_IDS PG_ARRAY_LEN(id_parts)

/* More unknown keys than any kernel has: from then on they are dropped in silence. */
#define MAX_UNKNOWN 64

struct column {
	char *key;
	size_t len;
	bool kb;  /* a number of kB */
	bool ids; /* four cells: real, effective, saved, fs */
};

/* Columns of one file of "key: value" lines, and the values of the row at hand. */
struct keyed {
	const char *prefix;
	struct column *columns;
	struct pg_span *values; /* s is NULL for what the file does not have */
	size_t nr, columns_cap, values_cap;
};

struct sink_raw {
	struct pg_sink base;
	struct pg_csv_options o;
	struct keyed status, io;
	struct keyed unknown; /* keys of status that were named on warn_fd */
	const struct pg_field *head[6];
	struct pg_buf buf;
};

static void add_column(struct keyed *k, const char *key, size_t len, bool kb, bool ids)
{
	k->columns = pg_grow(k->columns, &k->columns_cap, k->nr + 1, sizeof(*k->columns));
	k->values = pg_grow(k->values, &k->values_cap, k->nr + 1, sizeof(*k->values));
	char *copy = pg_alloc(len + 1);
	memcpy(copy, key, len);
	copy[len] = '\0';
	k->columns[k->nr++] = (struct column){.key = copy, .len = len, .kb = kb, .ids = ids};
}

static void keyed_free(struct keyed *k)
{
	for (size_t i = 0; i < k->nr; i++)
		free(k->columns[i].key);
	free(k->columns);
	free(k->values);
}

/* Index of a key, looked for from hint on, all around; or nr. */
static size_t find_column(const struct keyed *k, const struct pg_span *key, size_t hint)
{
	for (size_t n = 0; n < k->nr; n++) {
		size_t i = hint + n < k->nr ? hint + n : hint + n - k->nr;
		if (k->columns[i].len == key->n && memcmp(k->columns[i].key, key->s, key->n) == 0)
			return i;
	}
	return k->nr;
}

/* A value without its " kB"; false if it is not a number of kB. */
static bool cut_kb(struct pg_span *v)
{
	if (v->n < 4 || memcmp(v->s + v->n - 3, " kB", 3) != 0)
		return false;
	v->n -= 3;
	return true;
}

static void trim(struct pg_span *v)
{
	while (v->n > 0 && (v->s[v->n - 1] == ' ' || v->s[v->n - 1] == '\t'))
		v->n--;
}

static void warn_unknown(struct sink_raw *r, const struct pg_span *key)
{
	if (r->o.warn_fd < 0 || r->unknown.nr >= MAX_UNKNOWN ||
	    find_column(&r->unknown, key, 0) < r->unknown.nr)
		return;
	add_column(&r->unknown, key->s, key->n, false, false);
	struct pg_buf line = {0};
	pg_buf_puts(&line, "procgrid: status has the key ");
	pg_csv_text(&line, key->s, key->n < 80 ? key->n : 80);
	pg_buf_puts(&line, ", which has no column\n");
	pg_buf_flush(&line, r->o.warn_fd);
	pg_buf_free(&line);
}

/* Sorts the lines of a file into the values of its columns. */
static void read_keyed(struct sink_raw *r, struct keyed *k, const char *s, size_t n)
{
	struct pg_span key, value;
	size_t hint = 0;
	memset(k->values, 0, k->nr * sizeof(*k->values));
	while (pg_next_line(&s, &n, &key, &value)) {
		size_t i = find_column(k, &key, hint < k->nr ? hint : 0);
		if (i == k->nr) {
			if (k == &r->status)
				warn_unknown(r, &key);
			continue;
		}
		trim(&value);
		if (!k->values[i].s)
			k->values[i] = value;
		hint = i + 1;
	}
}

static void put_ids(struct pg_buf *b, struct pg_span v)
{
	for (size_t i = 0; i < NR_IDS; i++) {
		size_t n = 0;
		while (n < v.n && v.s[n] != '\t' && v.s[n] != ' ')
			n++;
		pg_buf_putc(b, ',');
		if (n > 0)
			pg_csv_number(b, v.s, n);
		while (n < v.n && (v.s[n] == '\t' || v.s[n] == ' '))
			n++;
		v.s += n;
		v.n -= n;
	}
}

/* Lists (NSpid) have tabs between their numbers: a blank reads better than \x09. */
static void put_text(struct pg_buf *b, struct pg_span v)
{
	char blanks[256];
	if (v.n <= sizeof(blanks) && memchr(v.s, '\t', v.n)) {
		for (size_t i = 0; i < v.n; i++)
			blanks[i] = v.s[i] == '\t' ? ' ' : v.s[i];
		v.s = blanks;
	}
	pg_csv_number(b, v.s, v.n);
}

static void put_keyed(struct pg_buf *b, const struct keyed *k)
{
	for (size_t i = 0; i < k->nr; i++) {
		struct pg_span v = k->values[i];
		if (k->columns[i].ids) {
			put_ids(b, v);
			continue;
		}
		pg_buf_putc(b, ',');
		if (k->columns[i].kb)
			cut_kb(&v);
		if (v.s && v.n > 0)
			put_text(b, v);
	}
}

static void put_stat(struct pg_buf *b, const char *s, size_t n)
{
	struct pg_span fields[PG_STAT_FIELDS];
	size_t nr = n > 0 ? pg_split_stat(s, n, fields) : 0;
	for (size_t i = 0; i < PG_STAT_FIELDS; i++) {
		pg_buf_putc(b, ',');
		if (i >= nr)
			continue;
		if (i == 1) /* a name of digits or with a sign is still a name */
			pg_csv_text(b, fields[i].s, fields[i].n);
		else
			pg_csv_number(b, fields[i].s, fields[i].n);
	}
}

static void put_row(struct sink_raw *r, struct pg_row *row)
{
	const struct pg_proc *p = row->proc;
	const struct pg_str *raw = row->task->raw;
	for (size_t i = 0; i < PG_ARRAY_LEN(r->head); i++) {
		if (i > 0)
			pg_buf_putc(&r->buf, ',');
		struct pg_value v = r->head[i]->get(row);
		pg_csv_value(&r->buf, &v);
	}
	if (r->o.raw & PG_STAT)
		put_stat(&r->buf, pg_proc_str(p, raw[0]), raw[0].len);
	if (r->o.raw & PG_STATUS) {
		read_keyed(r, &r->status, pg_proc_str(p, raw[1]), raw[1].len);
		put_keyed(&r->buf, &r->status);
	}
	if (r->o.raw & PG_IO) {
		read_keyed(r, &r->io, pg_proc_str(p, raw[2]), raw[2].len);
		put_keyed(&r->buf, &r->io);
	}
	if (r->o.raw & PG_FD) {
		pg_buf_putc(&r->buf, ',');
		if (pg_task_is_leader(p, row->task) && (p->valid & PG_FD))
			pg_buf_u64(&r->buf, p->fds);
	}
	pg_buf_putc(&r->buf, '\n');
}

static int raw_frame(struct pg_sink *base, const struct pg_frame *f)
{
	struct sink_raw *r = (struct sink_raw *)base;
	bool changed_only = r->o.changed_only && !f->changes->first;
	for (size_t i = 0; i < f->snap->nr_procs; i++) {
		const struct pg_proc *p = f->snap->procs[i];
		for (uint32_t k = 0; k < p->nr_tasks; k++) {
			struct pg_place at = {.proc = p, .task = &p->tasks[k], .proc_index = i};
			struct pg_change change = pg_changes_of(f->changes, &at);
			if (changed_only && pg_csv_is_quiet(&change))
				continue;
			struct pg_row row = {
				.frame = f, .proc = p, .task = at.task, .change = &change};
			put_row(r, &row);
		}
	}
	return pg_outlet_flush(&r->buf, r->o.fd, r->o.stop_fd);
}

static void put_keyed_titles(struct pg_buf *b, const struct keyed *k)
{
	for (size_t i = 0; i < k->nr; i++) {
		struct pg_buf title = {0};
		pg_buf_puts(&title, k->prefix);
		pg_buf_put(&title, k->columns[i].key, k->columns[i].len);
		pg_buf_puts(&title, k->columns[i].kb ? "_kB" : "");
		for (size_t part = 0; part < (k->columns[i].ids ? NR_IDS : 1); part++) {
			size_t len = title.len;
			pg_buf_puts(&title, k->columns[i].ids ? id_parts[part] : "");
			pg_buf_putc(b, ',');
			pg_csv_text(b, title.data, title.len);
			title.len = len;
		}
		pg_buf_free(&title);
	}
}

static int raw_begin(struct pg_sink *base)
{
	struct sink_raw *r = (struct sink_raw *)base;
	struct pg_buf *b = &r->buf;
	if (!r->o.titles)
		return 0;
	for (size_t i = 0; i < PG_ARRAY_LEN(r->head); i++) {
		pg_buf_puts(b, i > 0 ? "," : "");
		pg_buf_puts(b, r->head[i]->name);
	}
	for (size_t i = 0; (r->o.raw & PG_STAT) && i < PG_STAT_FIELDS; i++) {
		pg_buf_puts(b, ",stat_");
		pg_buf_puts(b, stat_names[i]);
	}
	if (r->o.raw & PG_STATUS)
		put_keyed_titles(b, &r->status);
	if (r->o.raw & PG_IO)
		put_keyed_titles(b, &r->io);
	if (r->o.raw & PG_FD)
		pg_buf_puts(b, ",fd_count");
	pg_buf_putc(b, '\n');
	return 0; /* written with the first frame */
}

static int raw_end(struct pg_sink *base)
{
	struct sink_raw *r = (struct sink_raw *)base;
	return pg_outlet_flush(&r->buf, r->o.fd, r->o.stop_fd);
}

static void raw_free(struct pg_sink *base)
{
	struct sink_raw *r = (struct sink_raw *)base;
	keyed_free(&r->status);
	keyed_free(&r->io);
	keyed_free(&r->unknown);
	pg_buf_free(&r->buf);
	free(r);
}

static const struct pg_sink_ops raw_ops = {
	.name = "csv-raw",
	.begin = raw_begin,
	.frame = raw_frame,
	.end = raw_end,
	.free = raw_free,
};

static void make_status_columns(struct sink_raw *r, const char *s, size_t n)
{
	struct pg_span key, value;
	for (size_t i = 0; i < PG_ARRAY_LEN(status_names); i++) {
		size_t len = strlen(status_names[i]);
		char mark = status_names[i][len - 1];
		bool kb = mark == ' ', ids = mark == '*';
		add_column(&r->status, status_names[i], len - kb - ids, kb, ids);
	}
	while (s && pg_next_line(&s, &n, &key, &value))
		if (find_column(&r->status, &key, 0) == r->status.nr)
			add_column(&r->status, key.s, key.n, cut_kb(&value), false);
}

struct pg_sink *pg_sink_csv_raw_new(const struct pg_csv_options *o)
{
	static const char *const head[] = {"time", "cycle", "interval_ns", "pid", "tid", "user"};
	struct sink_raw *r = pg_calloc(1, sizeof(*r));
	r->base.ops = &raw_ops;
	r->o = *o;
	r->o.status_sample = NULL; /* the caller's text need not live on */
	r->status.prefix = "status_";
	r->io.prefix = "io_";
	for (size_t i = 0; i < PG_ARRAY_LEN(head); i++)
		r->head[i] = pg_field_find(head[i], strlen(head[i]));
	make_status_columns(r, o->status_sample, o->status_sample_len);
	for (size_t i = 0; i < PG_ARRAY_LEN(io_names); i++)
		add_column(&r->io, io_names[i], strlen(io_names[i]), false, false);
	return &r->base;
}
