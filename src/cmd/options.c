/* SPDX-License-Identifier: MIT */
/*
 * The lists that getopt_long() wants are built from the table at each call, so that no option can
 * be known to the parser and not to --help, or the other way round. Nothing is permuted ('-' as the
 * first short option): operands come in order, between options, and argv stays as it was.
 */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "options_impl.h"
#include "series/series.h"
#include "task/delta.h"

#define QUOTE_COLUMNS 60

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

void pg_options_quote(struct pg_buf *b, const char *s)
{
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	pg_buf_putc(b, '"');
	pg_text_safe(b, s, strlen(s), QUOTE_COLUMNS, utf8);
	pg_buf_putc(b, '"');
}

static int parse_pid(struct pg_options_parse *p, const char *s)
{
	uint64_t pid;
	if (!pg_parse_u64(s, 1, INT32_MAX, &pid)) {
		struct pg_buf b = {0};
		pg_options_quote(&b, s);
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

/* What getopt_long() refused; word is the argument it was reading: of a long option that is known
 * it is told as it was typed, one of several names maybe. */
static int refuse(struct pg_options_parse *p, int c, const char *word)
{
	const struct pg_option *opt = by_id(optopt);
	bool is_long = strncmp(word, "--", 2) == 0;
	int typed = (int)strcspn(word, "=");
	struct pg_buf name = {0};

	if (!opt && optopt > 0 && optopt < 256)
		opt = by_letter(optopt);
	if (c == ':' && opt) {
		if (is_long)
			pg_buf_printf(&name, "%.*s", typed, word);
		else
			pg_buf_printf(&name, "-%c", optopt);
		pg_fail(p->err, -EINVAL, "option %s needs an argument: %s", pg_buf_cstr(&name),
			opt->arg);
	} else if (opt && is_long) {
		pg_fail(p->err, -EINVAL, "option %.*s takes no argument", typed, word);
	} else {
		char letter[3] = {'-', (char)optopt, '\0'};
		pg_options_quote(&name, optopt ? letter : word);
		pg_fail(p->err, -EINVAL, "option %s is %s; see procgrid --help", pg_buf_cstr(&name),
			!optopt && is_ambiguous(word) ? "short for more than one" : "unknown");
	}
	pg_buf_free(&name);
	return -EINVAL;
}

static void note(struct pg_options_parse *p, const struct pg_option *opt)
{
	for (size_t i = 0; i < p->nr_given; i++)
		if (p->given[i] == opt)
			return;
	p->given[p->nr_given++] = opt;
}

static int one_file_only(struct pg_options_parse *p, const char *word)
{
	struct pg_buf b = {0};
	pg_options_quote(&b, word);
	pg_fail(p->err, -EINVAL, "replay takes one FILE: %s is too many", pg_buf_cstr(&b));
	pg_buf_free(&b);
	return -EINVAL;
}

/*
 * The first operand may be a command; then what operands are is the command's. Of fd all that
 * follows is another program's: 1, nothing more is to be read.
 */
static int parse_operand(struct pg_options_parse *p, char *const *rest)
{
	const char *word = *rest;
	for (size_t i = 0; !p->command && p->o->nr_pids == 0 && i < pg_nr_subcommands; i++)
		if (strcmp(word, pg_subcommands[i].name) == 0) {
			p->command = &pg_subcommands[i];
			return 0;
		}
	if (!p->command || p->command->mode == PG_MODE_RECORD)
		return parse_pid(p, word);
	if (p->command->mode == PG_MODE_FD) {
		p->o->fd.command = rest;
		return 1;
	}
	if (p->o->recording)
		return one_file_only(p, word);
	p->o->recording = word;
	return 0;
}

static int read_arguments(struct pg_options_parse *p, int argc, char *const argv[])
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
			ret = parse_operand(p, argv + optind - 1);
			continue;
		}
		if (c == '?' || c == ':')
			return refuse(p, c, argv[optind - 1]);
		if (c == 'h' || c == 'V') {
			p->o->mode = c == 'h' ? PG_MODE_HELP : PG_MODE_VERSION;
			p->o->help_of = p->command;
			return 1;
		}
		const struct pg_option *opt = index < 0 ? by_letter(c) : by_id(c);
		if (index < 0)
			snprintf(used, sizeof(used), "-%c", c);
		else
			snprintf(used, sizeof(used), "--%s", longs[index].name);
		p->used = used;
		note(p, opt);
		ret = pg_options_apply(p, opt, optarg);
	}
	for (int i = optind; ret == 0 && i < argc; i++)
		ret = parse_operand(p, argv + i);
	return ret < 0 ? ret : 0;
}

/* Lists without an entry are none. */
static void drop_empty(struct pg_options *o)
{
	if (o->nr_pids == 0) {
		free(o->pids);
		o->pids = NULL;
	}
	if (o->nr_hosts == 0) {
		free(o->hosts);
		o->hosts = NULL;
	}
}

int pg_options_parse(int argc, char *const argv[], struct pg_options *out, struct pg_error *err)
{
	const struct pg_option *given[pg_nr_options];
	struct pg_options_parse p = {.o = out, .err = err, .given = given};

	*out = (struct pg_options){
		.delay_ns = PG_NS_PER_SEC,
		.titles = true,
		.proc_root = "/proc",
		.min_cpu = PG_MIN_CPU_DEFAULT,
		.fd = {.children = true,
		       .capture = true,
		       .log = true,
		       .min_length = pg_level_rule_default.min_length,
		       .tolerance = pg_level_rule_default.tolerance,
		       .merge_threshold = pg_level_rule_default.merge_threshold,
		       .jump_threshold = pg_level_rule_default.jump_threshold},
		.pids = pg_calloc((size_t)argc + 1, sizeof(*out->pids)),
		.hosts = pg_calloc(PG_MAX_HOSTS, sizeof(*out->hosts)),
	};
	int ret = read_arguments(&p, argc, argv);
	if (ret == 0)
		ret = pg_options_check(&p);
	if (ret < 0)
		pg_options_free(out);
	drop_empty(out);
	return ret < 0 ? ret : 0;
}

void pg_options_free(struct pg_options *o)
{
	free(o->pids);
	free(o->hosts);
	o->hosts = NULL;
	o->nr_hosts = 0;
	o->pids = NULL;
	o->nr_pids = 0;
}
