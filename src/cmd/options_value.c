/* SPDX-License-Identifier: MIT */
/* What the argument of an option means. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "options_impl.h"
#include "source/source.h"
#include "task/task.h"

#define MAX_COLUMNS  10000
#define MAX_SCREEN   1000
#define MIN_MAX_SIZE 65536

int pg_options_bad_value(const struct pg_options_parse *p, const char *value, const char *what)
{
	struct pg_buf b = {0};
	pg_options_quote(&b, value);
	int ret = pg_fail(p->err, -EINVAL, "option %s: %s is %s", p->used, pg_buf_cstr(&b), what);
	pg_buf_free(&b);
	return ret;
}

static int parse_number(struct pg_options_parse *p, const char *s, uint64_t max, uint64_t *out)
{
	if (pg_parse_u64(s, 1, max, out))
		return 0;
	char what[80];
	snprintf(what, sizeof(what), "not a whole number from 1 to %llu", (unsigned long long)max);
	return pg_options_bad_value(p, s, what);
}

static int parse_size(struct pg_options_parse *p, const char *s)
{
	uint64_t cols, rows;
	const char *x = strchr(s, 'x');
	char left[8] = "";
	if (x && x - s < (long)sizeof(left)) {
		memcpy(left, s, (size_t)(x - s));
		if (pg_parse_u64(left, 1, MAX_SCREEN, &cols) &&
		    pg_parse_u64(x + 1, 1, MAX_SCREEN, &rows)) {
			p->o->cols = (unsigned)cols;
			p->o->rows = (unsigned)rows;
			return 0;
		}
	}
	return pg_options_bad_value(p, s, "not a size; give columns and rows, as in 80x24");
}

static int parse_columns(struct pg_options_parse *p, const char *s)
{
	uint64_t n;
	if (parse_number(p, s, MAX_COLUMNS, &n) < 0)
		return -EINVAL;
	p->o->columns = (unsigned)n;
	return 0;
}

static int parse_percent(struct pg_options_parse *p, const char *s)
{
	double percent;
	if (!pg_parse_decimal(s, &percent) || percent > 100)
		return pg_options_bad_value(
			p, s, "not a percentage; give a number from 0 to 100, such as 0.1");
	p->o->min_cpu = percent / 100;
	return 0;
}

static int parse_time(struct pg_options_parse *p, const char *s, uint64_t *ns)
{
	if (!pg_parse_duration(s, ns))
		return pg_options_bad_value(
			p, s, "not a time; give seconds such as 1 or 0.5, or 250ms, 2s, 1m, 3h");
	return 0;
}

static int parse_duration(struct pg_options_parse *p, const char *s)
{
	int ret = parse_time(p, s, &p->o->duration_ns);
	return ret == 0 && p->o->duration_ns == 0 ? pg_options_bad_value(p, s, "no time at all")
						  : ret;
}

static int parse_history(struct pg_options_parse *p, const char *s)
{
	int ret = parse_time(p, s, &p->o->history_ns);
	return ret == 0 && p->o->history_ns < PG_NS_PER_SEC
		       ? pg_options_bad_value(p, s, "too short: give at least 1s")
		       : ret;
}

static int parse_max_size(struct pg_options_parse *p, const char *s)
{
	if (!pg_parse_size(s, &p->o->max_size))
		return pg_options_bad_value(
			p, s, "not a size; give bytes, or a number with K, M or G, as in 500M");
	if (p->o->max_size < MIN_MAX_SIZE)
		return pg_options_bad_value(p, s, "too small: the least is 64K");
	return 0;
}

static int parse_fds(struct pg_options_parse *p, const char *s, double *out)
{
	if (pg_parse_decimal(s, out))
		return 0;
	return pg_options_bad_value(p, s,
				    "not a number of descriptors; give 0 or more, as in 2 or 0.5");
}

static int parse_watched(struct pg_options_parse *p, const char *s)
{
	uint64_t pid;
	if (!pg_parse_u64(s, 1, INT32_MAX, &pid))
		return pg_options_bad_value(p, s, "not a PID; give a number such as 1234");
	p->o->fd.pid = (int32_t)pid;
	return 0;
}

/* Place of a word of n bytes in the table's list for this option; -1: it is not there. */
static int find_word(const struct pg_option *opt, const char *s, size_t n)
{
	int place = 0;
	for (const char *v = opt->values; v; v = strchr(v, '|') ? strchr(v, '|') + 1 : NULL) {
		if (strcspn(v, "|") == n && memcmp(v, s, n) == 0)
			return place;
		place++;
	}
	return -1;
}

static int unknown_word(struct pg_options_parse *p, const struct pg_option *opt, const char *s)
{
	char what[80] = "none of ";
	size_t len = strlen(what);
	for (const char *v = opt->values; *v && len + 3 < sizeof(what); v++) {
		what[len++] = *v == '|' ? ',' : *v;
		if (*v == '|')
			what[len++] = ' ';
	}
	what[len] = '\0';
	return pg_options_bad_value(p, s, what);
}

/* A "-" in front would be an option of ssh. */
static int parse_host(struct pg_options_parse *p, const char *s)
{
	if (*s == '\0' || *s == '-')
		return pg_options_bad_value(p, s, "not the name of a host; give HOST or USER@HOST");
	if (p->o->nr_hosts == PG_MAX_HOSTS)
		return pg_options_bad_value(p, s, "one too many: 64 hosts are all that is shown");
	p->o->hosts[p->o->nr_hosts++] = s;
	return 0;
}

/* parse_words() numbers the words of --without as they stand in the table. */
_Static_assert(PG_WITHOUT_CONNECTOR == 1 && PG_WITHOUT_FDSIZE == 2 && PG_WITHOUT_SCHEDSTAT == 4 &&
		       PG_WITHOUT_CLOCK == 8,
	       "the words of --without and enum pg_without have one order");

/* Words joined by commas; their bits stand in the order of the table's list. */
static int parse_words(struct pg_options_parse *p, const struct pg_option *opt, const char *s,
		       uint8_t *bits)
{
	for (;; s++) {
		size_t n = strcspn(s, ",");
		int place = find_word(opt, s, n);
		if (place < 0) {
			char *word = strndup(s, n);
			int ret = unknown_word(p, opt, word ? word : s);
			free(word);
			return ret;
		}
		*bits |= (uint8_t)(1U << place);
		s += n;
		if (*s == '\0')
			return 0;
	}
}

/* Where an option goes that needs no thought: a flag is raised or lowered, a word kept as it is. */
enum plain_kind { SETS, CLEARS, WORD };

static const struct plain {
	int id;
	enum plain_kind kind;
	size_t at; /* in struct pg_options: bool or const char * */
} plain_table[] = {
#define AT(member) offsetof(struct pg_options, member)
	{'u', WORD, AT(user)},
	{'p', SETS, AT(processes)},
	{'c', WORD, AT(colors)},
	{'r', SETS, AT(repeat)},
	{'t', SETS, AT(titles)},
	{'o', WORD, AT(output)},
	{PG_OPT_NO_TITLES, CLEARS, AT(titles)},
	{PG_OPT_COMPACT, SETS, AT(compact)},
	{PG_OPT_CHANGED, SETS, AT(changed_only)},
	{PG_OPT_FIELDS, WORD, AT(fields)},
	{PG_OPT_FORCE, SETS, AT(force)},
	{PG_OPT_IO_ANY, SETS, AT(io_any)},
	{PG_OPT_DENSITY, WORD, AT(density)},
	{PG_OPT_PALETTE, WORD, AT(palette)},
	{PG_OPT_ASCII, SETS, AT(ascii)},
	{PG_OPT_NO_MOUSE, SETS, AT(no_mouse)},
	{PG_OPT_PROC_ROOT, WORD, AT(proc_root)},
	{PG_OPT_STATS, SETS, AT(stats)},
	{PG_OPT_KEYS, WORD, AT(keys)},
	{PG_OPT_SAVE_SCREEN, WORD, AT(save_screen)},
	{PG_OPT_REMOTE_COMMAND, WORD, AT(remote_command)},
	{PG_OPT_NO_CHILDREN, CLEARS, AT(fd.children)},
	{PG_OPT_NO_CAPTURE, CLEARS, AT(fd.capture)},
	{PG_OPT_NO_LOG, CLEARS, AT(fd.log)},
	{PG_OPT_ANALYZE, WORD, AT(fd.analyze)},
	{PG_OPT_PLOT, SETS, AT(fd.plot)},
	{PG_OPT_SAVE, WORD, AT(fd.save)},
	{PG_OPT_DEMO, SETS, AT(fd.demo)},
#undef AT
};

static void apply_plain(struct pg_options *o, int id, const char *arg)
{
	for (size_t i = 0; i < PG_ARRAY_LEN(plain_table); i++) {
		const struct plain *plain = &plain_table[i];
		char *at = (char *)o + plain->at;
		if (plain->id != id)
			continue;
		if (plain->kind == WORD)
			*(const char **)(void *)at = arg;
		else
			*(bool *)(void *)at = plain->kind == SETS;
	}
}

uint8_t pg_options_raw_group(int id)
{
	switch (id) {
	case 's':
		return PG_STAT;
	case 'S':
		return PG_STATUS;
	case 'i':
		return PG_IO;
	case 'f':
		return PG_FD;
	}
	return 0;
}

/* Judged later, when it is known what is sampled. */
static int parse_delay(struct pg_options_parse *p, const char *s)
{
	p->o->has_delay = true;
	p->delay_arg = s;
	snprintf(p->delay_used, sizeof(p->delay_used), "%s", p->used);
	return parse_time(p, s, &p->o->delay_ns);
}

/* Of procgrid fd. 1: it is none of these. */
static int apply_fd(struct pg_options_parse *p, int id, const char *arg)
{
	struct pg_fd_options *fd = &p->o->fd;
	switch (id) {
	case PG_OPT_PID:
		return parse_watched(p, arg);
	case PG_OPT_MIN_LENGTH:
		return parse_number(p, arg, INT32_MAX, &fd->min_length);
	case PG_OPT_TOLERANCE:
		return parse_fds(p, arg, &fd->tolerance);
	case PG_OPT_MERGE_THRESHOLD:
		return parse_fds(p, arg, &fd->merge_threshold);
	case PG_OPT_JUMP_THRESHOLD:
		return parse_fds(p, arg, &fd->jump_threshold);
	}
	return 1;
}

int pg_options_apply(struct pg_options_parse *p, const struct pg_option *opt, const char *arg)
{
	struct pg_options *o = p->o;

	switch (opt->id) {
	case 'd':
		return parse_delay(p, arg);
	case PG_OPT_HISTORY:
		return parse_history(p, arg);
	case PG_OPT_DURATION:
		return parse_duration(p, arg);
	case PG_OPT_MAX_SIZE:
		return parse_max_size(p, arg);
	case 'n':
		return parse_number(p, arg, INT64_MAX, &o->cycles);
	case PG_OPT_MIN_CPU:
		return parse_percent(p, arg);
	case PG_OPT_SIZE:
		return parse_size(p, arg);
	case 'C':
		return parse_columns(p, arg);
	case PG_OPT_WITHOUT:
		return parse_words(p, opt, arg, &o->without);
	case PG_OPT_HOST:
		return parse_host(p, arg);
	case PG_OPT_CSV:
		p->csv = true;
		return 0;
	case PG_OPT_JSON:
		p->json = true;
		return 0;
	}
	int ret = apply_fd(p, opt->id, arg);
	if (ret <= 0)
		return ret;
	if (opt->values && find_word(opt, arg, strlen(arg)) < 0)
		return unknown_word(p, opt, arg);
	if (opt->id == PG_OPT_SCAN)
		o->scan_full = strcmp(arg, "full") == 0;
	o->raw |= pg_options_raw_group(opt->id);
	apply_plain(o, opt->id, arg);
	return 0;
}
