/* SPDX-License-Identifier: MIT */
/*
 * The lists that getopt_long() wants are built from the table at each call, so that no option can
 * be known to the parser and not to --help, or the other way round. Nothing is permuted ('-' as the
 * first short option): operands come in order, between options, and argv stays as it was.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "delta.h"
#include "human.h"
#include "source.h"
#include "task.h"
#include "text.h"

#define NS_PER_MS      (PG_NS_PER_SEC / 1000)
#define GRID_MIN_DELAY (50 * NS_PER_MS)
#define MAX_COLUMNS    10000
#define MAX_SCREEN     1000
#define QUOTE_COLUMNS  60

/* While the arguments are read; the last four are the first option of their kind, or NULL. */
struct parse {
	struct pg_options *o;
	struct pg_error *err;
	const char *used; /* the option at hand, as messages call it: "-d", "--delay" */
	bool csv;
	const struct pg_option *table_only, *screen_only, *not_raw, *raw;
};

static const struct pg_option *by_id(int id)
{
	for (size_t i = 0; i < pg_nr_options; i++)
		if (pg_option_table[i].id == id)
			return &pg_option_table[i];
	return NULL;
}

static const struct pg_option *by_letter(int c)
{
	for (size_t i = 0; c > 0 && c < 256 && i < pg_nr_options; i++)
		if (strchr(pg_option_table[i].shorts, c))
			return &pg_option_table[i];
	return NULL;
}

static void put_quoted(struct pg_buf *b, const char *s)
{
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	pg_buf_putc(b, '"');
	pg_text_safe(b, s, strlen(s), QUOTE_COLUMNS, utf8);
	pg_buf_putc(b, '"');
}

/* "option --size: "7" is not a size; give …" */
static int bad_value(const struct parse *p, const char *value, const char *what)
{
	struct pg_buf b = {0};
	put_quoted(&b, value);
	int ret = pg_fail(p->err, -EINVAL, "option %s: %s is %s", p->used, pg_buf_cstr(&b), what);
	pg_buf_free(&b);
	return ret;
}

static int parse_pid(struct parse *p, const char *s)
{
	uint64_t pid;
	if (!pg_parse_u64(s, 1, INT32_MAX, &pid)) {
		struct pg_buf b = {0};
		put_quoted(&b, s);
		pg_fail(p->err, -EINVAL,
			"%s is not a PID: give numbers such as 1234, or \"procgrid --help\"",
			pg_buf_cstr(&b));
		pg_buf_free(&b);
		return -EINVAL;
	}
	/* argc bounds the number: memory for all was made before. */
	p->o->pids[p->o->nr_pids++] = (int32_t)pid;
	return 0;
}

static int parse_number(struct parse *p, const char *s, uint64_t max, uint64_t *out)
{
	if (pg_parse_u64(s, 1, max, out))
		return 0;
	char what[80];
	snprintf(what, sizeof(what), "not a whole number from 1 to %llu", (unsigned long long)max);
	return bad_value(p, s, what);
}

static int parse_size(struct parse *p, const char *s)
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
	return bad_value(p, s, "not a size; give columns and rows, as in 80x24");
}

static int parse_percent(struct parse *p, const char *s)
{
	double percent;
	if (!pg_parse_decimal(s, &percent) || percent > 100)
		return bad_value(p, s,
				 "not a percentage; give a number from 0 to 100, such as 0.1");
	p->o->min_cpu = percent / 100;
	return 0;
}

static int parse_delay(struct parse *p, const char *s)
{
	if (!pg_parse_duration(s, &p->o->delay_ns))
		return bad_value(p, s,
				 "not a time; give seconds such as 1 or 0.5, or 250ms, 2s, 1m");
	p->o->has_delay = true;
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

static int unknown_word(struct parse *p, const struct pg_option *opt, const char *s)
{
	char what[80] = "none of ";
	size_t len = strlen(what);
	for (const char *v = opt->values; *v && len + 3 < sizeof(what); v++) {
		what[len++] = *v == '|' ? ',' : *v;
		if (*v == '|')
			what[len++] = ' ';
	}
	what[len] = '\0';
	return bad_value(p, s, what);
}

/* parse_words() numbers the words of --without as they stand in the table. */
_Static_assert(PG_WITHOUT_CONNECTOR == 1 && PG_WITHOUT_FDSIZE == 2 && PG_WITHOUT_SCHEDSTAT == 4 &&
		       PG_WITHOUT_CLOCK == 8,
	       "the words of --without and enum pg_without have one order");

/* Words joined by commas; their bits stand in the order of the table's list. */
static int parse_words(struct parse *p, const struct pg_option *opt, const char *s, uint8_t *bits)
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

/* -s, -S, -i, -f: one group of raw fields each; 0 if it is none of them. */
static uint8_t raw_group(int id)
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

static int apply(struct parse *p, const struct pg_option *opt, const char *arg)
{
	struct pg_options *o = p->o;
	uint64_t n;

	switch (opt->id) {
	case 'd':
		return parse_delay(p, arg);
	case 'n':
		return parse_number(p, arg, INT64_MAX, &o->cycles);
	case PG_OPT_MIN_CPU:
		return parse_percent(p, arg);
	case PG_OPT_SIZE:
		return parse_size(p, arg);
	case 'C':
		if (parse_number(p, arg, MAX_COLUMNS, &n) < 0)
			return -EINVAL;
		o->columns = (unsigned)n;
		return 0;
	case PG_OPT_WITHOUT:
		return parse_words(p, opt, arg, &o->without);
	case PG_OPT_CSV:
		p->csv = true;
		return 0;
	}
	if (opt->values && find_word(opt, arg, strlen(arg)) < 0)
		return unknown_word(p, opt, arg);
	if (opt->id == PG_OPT_SCAN)
		o->scan_full = strcmp(arg, "full") == 0;
	o->raw |= raw_group(opt->id);
	apply_plain(o, opt->id, arg);
	return 0;
}

static void remember(const struct pg_option **first, const struct pg_option *opt)
{
	if (!*first)
		*first = opt;
}

/* Notes what the option rules out; conflicts are judged at the end, whatever the order. */
static void note(struct parse *p, const struct pg_option *opt)
{
	if (opt->part == PG_OPT_TABLE && opt->id != PG_OPT_CSV)
		remember(&p->table_only, opt);
	if (opt->id == PG_OPT_KEYS || opt->id == PG_OPT_SAVE_SCREEN || opt->id == PG_OPT_SIZE)
		remember(&p->screen_only, opt);
	if (opt->id == PG_OPT_CHANGED || opt->id == PG_OPT_FIELDS)
		remember(&p->not_raw, opt);
	if (raw_group(opt->id))
		remember(&p->raw, opt);
}

static int check_whole(struct parse *p)
{
	struct pg_options *o = p->o;

	o->mode = p->csv ? PG_MODE_CSV : PG_MODE_GRID;
	if (!p->csv && p->table_only)
		return pg_fail(p->err, -EINVAL, "option --%s is for tables: give --csv as well",
			       p->table_only->longs[0]);
	if (p->csv && p->screen_only)
		return pg_fail(p->err, -EINVAL, "option --%s is for the grid: leave --csv out",
			       p->screen_only->longs[0]);
	if (p->raw && p->not_raw)
		return pg_fail(
			p->err, -EINVAL,
			"option --%s does not go with --%s: raw fields are printed as they are",
			p->not_raw->longs[0], p->raw->longs[0]);
	if (o->rows && !o->save_screen)
		return pg_fail(
			p->err, -EINVAL,
			"option --size: only --save-screen has a size to choose; give that too");
	if (!p->csv && o->delay_ns < GRID_MIN_DELAY)
		return pg_fail(
			p->err, -EINVAL,
			"option --delay: the grid needs at least 0.05 (50ms) between samples");
	if (p->csv && o->cycles)
		o->repeat = true;
	return 0;
}

/* The lists for getopt_long(): longs ends with a zeroed entry, shorts has 3 characters a letter. */
static void make_lists(struct option *longs, char *shorts)
{
	*shorts++ = '-';
	*shorts++ = ':';
	for (size_t i = 0; i < pg_nr_options; i++) {
		const struct pg_option *opt = &pg_option_table[i];
		for (size_t k = 0; k < PG_ARRAY_LEN(opt->longs) && opt->longs[k]; k++)
			*longs++ = (struct option){.name = opt->longs[k],
						   .has_arg = opt->arg ? required_argument
								       : no_argument,
						   .val = opt->id};
		for (const char *c = opt->shorts; *c; c++) {
			*shorts++ = *c;
			if (opt->arg)
				*shorts++ = ':';
		}
	}
	*longs = (struct option){0};
	*shorts = '\0';
}

static bool is_ambiguous(const char *word)
{
	size_t n = strcspn(word, "="), found = 0;
	for (size_t i = 0; n > 2 && i < pg_nr_options; i++)
		for (size_t k = 0; k < 3 && pg_option_table[i].longs[k]; k++)
			found += strncmp(pg_option_table[i].longs[k], word + 2, n - 2) == 0;
	return found > 1;
}

/* What getopt_long() refused; word is the argument it was reading. */
static int refuse(struct parse *p, int c, const char *word)
{
	const struct pg_option *opt = by_id(optopt);
	bool is_long = strncmp(word, "--", 2) == 0;
	struct pg_buf name = {0};

	if (!opt && optopt > 0 && optopt < 256)
		opt = by_letter(optopt);
	if (c == ':' && opt) {
		if (is_long)
			pg_buf_printf(&name, "--%s", opt->longs[0]);
		else
			pg_buf_printf(&name, "-%c", optopt);
		pg_fail(p->err, -EINVAL, "option %s needs an argument: %s", pg_buf_cstr(&name),
			opt->arg);
	} else if (opt && is_long) {
		pg_fail(p->err, -EINVAL, "option --%s takes no argument", opt->longs[0]);
	} else {
		char letter[3] = {'-', (char)optopt, '\0'};
		put_quoted(&name, optopt ? letter : word);
		pg_fail(p->err, -EINVAL, "option %s is %s; see procgrid --help", pg_buf_cstr(&name),
			!optopt && is_ambiguous(word) ? "short for more than one" : "unknown");
	}
	pg_buf_free(&name);
	return -EINVAL;
}

static int read_arguments(struct parse *p, int argc, char *const argv[])
{
	struct option longs[pg_nr_options * 3 + 1];
	char shorts[pg_nr_options * 6 + 3];
	int c, index, ret = 0;

	make_lists(longs, shorts);
	optind = 0; /* also resets what getopt keeps inside */
	opterr = 0;
	while (ret == 0) {
		char used[32];
		index = -1;
		c = getopt_long(argc, argv, shorts, longs, &index);
		if (c == -1)
			break;
		if (c == 1) {
			ret = parse_pid(p, optarg);
			continue;
		}
		if (c == '?' || c == ':')
			return refuse(p, c, argv[optind - 1]);
		if (c == 'h' || c == 'V') {
			p->o->mode = c == 'h' ? PG_MODE_HELP : PG_MODE_VERSION;
			return 1;
		}
		const struct pg_option *opt = index < 0 ? by_letter(c) : by_id(c);
		if (index < 0)
			snprintf(used, sizeof(used), "-%c", c);
		else
			snprintf(used, sizeof(used), "--%s", longs[index].name);
		p->used = used;
		note(p, opt);
		ret = apply(p, opt, optarg);
	}
	for (int i = optind; ret == 0 && i < argc; i++)
		ret = parse_pid(p, argv[i]);
	return ret;
}

int pg_options_parse(int argc, char *const argv[], struct pg_options *out, struct pg_error *err)
{
	struct parse p = {.o = out, .err = err};

	*out = (struct pg_options){
		.delay_ns = PG_NS_PER_SEC,
		.titles = true,
		.proc_root = "/proc",
		.min_cpu = PG_MIN_CPU_DEFAULT,
		.pids = pg_calloc((size_t)argc + 1, sizeof(*out->pids)),
	};
	int ret = read_arguments(&p, argc, argv);
	if (ret == 0)
		ret = check_whole(&p);
	if (ret < 0 || out->nr_pids == 0)
		pg_options_free(out);
	return ret < 0 ? ret : 0;
}

void pg_options_free(struct pg_options *o)
{
	free(o->pids);
	o->pids = NULL;
	o->nr_pids = 0;
}
