/* SPDX-License-Identifier: MIT */
/* Promise: of procgrid fd, what is ours and what is the command's is never mixed up. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "series/series.h"
#include "source/source.h"

#define MAX_ARGS 32

struct line {
	char text[512];
	char *argv[MAX_ARGS + 1];
	int argc;
};

static int parse(struct line *l, const char *s, struct pg_options *o, struct pg_error *err)
{
	*l = (struct line){.argv = {"procgrid", "fd"}, .argc = 2};
	snprintf(l->text, sizeof(l->text), "%s", s);
	for (char *w = strtok(l->text, " "); w; w = strtok(NULL, " "))
		l->argv[l->argc++] = w;
	*err->text = '\0';
	return pg_options_parse(l->argc, l->argv, o, err);
}

static struct pg_options good(struct line *l, const char *s)
{
	struct pg_options o;
	struct pg_error err;
	cr_assert_eq(parse(l, s, &o, &err), 0, "%s: %s", s, err.text);
	return o;
}

/* The words that are the command's, joined. */
static const char *command(struct line *l, const char *s)
{
	static char joined[512];
	struct pg_options o = good(l, s);
	cr_assert_eq(o.mode, PG_MODE_FD, "%s", s);
	*joined = '\0';
	for (size_t i = 0; o.fd.command && o.fd.command[i]; i++) {
		strcat(joined, i ? " " : "");
		strcat(joined, o.fd.command[i]);
	}
	pg_options_free(&o);
	return joined;
}

Test(options_fd, options_end_at_the_command)
{
	static const struct {
		const char *line, *command;
	} rows[] = {
		{"ls", "ls"},
		{"ls -l --json -d", "ls -l --json -d"},
		{"-d 1 ls -d 2", "ls -d 2"},
		{"--interval=0.5 ls", "ls"},
		{"--interval 0.5 -- ls", "ls"},
		{"-- --odd -x", "--odd -x"},
		{"ls -- -l", "ls -- -l"},
		{"record -o x", "record -o x"},
		{"fd fd", "fd fd"},
		{"12", "12"},
		{"--no-log --plot python3 a.py --help", "python3 a.py --help"},
		{"-- ls --", "ls --"},
		{"--demo", ""},
		{"--pid 12", ""},
	};
	struct line l;
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++)
		cr_expect_str_eq(command(&l, rows[i].line), rows[i].command, "%s", rows[i].line);
}

Test(options_fd, the_word_may_stand_behind_options)
{
	struct line l = {.argv = {"procgrid", "--delay=2", "fd", "ls", "-d"}, .argc = 5};
	struct pg_options o;
	struct pg_error err;
	cr_assert_eq(pg_options_parse(l.argc, l.argv, &o, &err), 0, "%s", err.text);
	cr_expect_eq(o.mode, PG_MODE_FD);
	cr_expect_eq(o.delay_ns, 2 * PG_NS_PER_SEC);
	cr_expect_str_eq(o.fd.command[1], "-d");
	pg_options_free(&o);
}

Test(options_fd, defaults)
{
	struct line l;
	struct pg_options o = good(&l, "ls");
	cr_expect_eq(o.delay_ns, PG_NS_PER_SEC / 10);
	cr_expect(o.fd.children && o.fd.capture && o.fd.log);
	cr_expect(!o.fd.json && !o.fd.plot && !o.fd.demo && !o.fd.save && !o.fd.analyze);
	cr_expect_eq(o.fd.pid, 0);
	cr_expect_eq(o.fd.min_length, pg_level_rule_default.min_length);
	cr_expect_eq(o.fd.tolerance, pg_level_rule_default.tolerance);
	cr_expect_eq(o.fd.merge_threshold, pg_level_rule_default.merge_threshold);
	cr_expect_eq(o.fd.jump_threshold, pg_level_rule_default.jump_threshold);
	pg_options_free(&o);
}

Test(options_fd, all_of_them)
{
	struct line l;
	struct pg_options o = good(
		&l, "--pid 77 --duration 10m --no-children --no-log --json -d 1ms --min-length 9 "
		    "--tolerance 0 --merge-threshold=7.5 --jump-threshold .5 --save a.svg");
	cr_expect_eq(o.fd.pid, 77);
	cr_expect_eq(o.duration_ns, 600 * PG_NS_PER_SEC);
	cr_expect(!o.fd.children && !o.fd.log && o.fd.json);
	cr_expect_eq(o.delay_ns, PG_NS_PER_SEC / 1000);
	cr_expect_eq(o.fd.min_length, 9);
	cr_expect_eq(o.fd.tolerance, 0);
	cr_expect_eq(o.fd.merge_threshold, 7.5);
	cr_expect_eq(o.fd.jump_threshold, 0.5);
	cr_expect_str_eq(o.fd.save, "a.svg");
	pg_options_free(&o);
	o = good(&l, "--analyze - --plot --ascii --palette safe");
	cr_expect_str_eq(o.fd.analyze, "-");
	cr_expect(o.fd.plot && o.ascii && strcmp(o.palette, "safe") == 0);
	pg_options_free(&o);
	o = good(&l, "--without fdsize -o f --force --no-capture vi");
	cr_expect(o.without == PG_WITHOUT_FDSIZE && !o.fd.capture && o.force);
	cr_expect_str_eq(o.output, "f");
	pg_options_free(&o);
	o = good(&l, "--pid 1 -o -");
	cr_expect_str_eq(o.output, "-");
	pg_options_free(&o);
}

Test(options_fd, what_is_refused_is_named)
{
	static const struct {
		const char *line, *named;
	} rows[] = {
		{"", "of what? Give a COMMAND"},
		{"--pid 1 ls", "one thing at a time"},
		{"--demo ls", "one thing at a time"},
		{"--demo --analyze x", "one thing at a time"},
		{"--interval 0 ls", "--interval: \"0\""},
		{"-d 0.0009 ls", "-d: \"0.0009\""},
		{"--interval -1 ls", "--interval: \"-1\""},
		{"--interval ten ls", "--interval: \"ten\""},
		{"--interval= ls", "--interval: \"\""},
		{"--min-length 0 ls", "--min-length: \"0\""},
		{"--min-length 2.5 ls", "--min-length: \"2.5\""},
		{"--min-length -3 ls", "--min-length: \"-3\""},
		{"--tolerance -1 ls", "--tolerance: \"-1\""},
		{"--tolerance nan ls", "--tolerance: \"nan\""},
		{"--merge-threshold x ls", "--merge-threshold: \"x\""},
		{"--merge-threshold 1e3 ls", "--merge-threshold: \"1e3\""},
		{"--jump-threshold -0.1 ls", "--jump-threshold: \"-0.1\""},
		{"--duration 0 ls", "--duration: \"0\""},
		{"--pid 0", "--pid: \"0\""},
		{"--pid -4", "--pid: \"-4\""},
		{"--pid 12x", "--pid: \"12x\""},
		{"--save x.gif ls", "--save: \"x.gif\""},
		{"--save x ls", "--save: \"x\""},
		{"--save .svg ls", "--save: \".svg\""},
		{"-o - ls", "--output"},
		{"--no-log -o x ls", "--output does not go with --no-log"},
		{"--no-log --force ls", "--force does not go with --no-log"},
		{"--pid 1 --no-capture", "--no-capture does not go with --pid"},
		{"--analyze x -d 1", "--delay does not go with --analyze"},
		{"--analyze x -o y", "--output does not go with --analyze"},
		{"--analyze x --duration 3", "--duration does not go with --analyze"},
		{"--analyze x --no-children", "--no-children does not go with --analyze"},
		{"--json --plot ls", "--plot does not go with --json"},
		{"--plot --size 80x24 ls", "--size does not go with fd"},
		{"-u root ls", "--user does not go with fd"},
		{"--csv ls", "--csv does not go with fd"},
		{"--min ls", "short for more than one"},
		{"--odd ls", "\"--odd\" is unknown"},
		{"--pid", "--pid needs an argument"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct line l;
		struct pg_options o;
		struct pg_error err;
		cr_expect_eq(parse(&l, rows[i].line, &o, &err), -EINVAL, "%s", rows[i].line);
		cr_expect(strstr(err.text, rows[i].named), "%s: %s", rows[i].line, err.text);
	}
}

Test(options_fd, belongs_to_fd_alone)
{
	static const char *const rows[] = {"--no-children", "--analyze x", "--demo",
					   "--pid 1",       "--plot",      "--save x.svg"};
	for (size_t i = 0; i < PG_ARRAY_LEN(rows); i++) {
		struct line l = {.argv = {"procgrid"}, .argc = 1};
		struct pg_options o;
		struct pg_error err;
		snprintf(l.text, sizeof(l.text), "%s", rows[i]);
		for (char *w = strtok(l.text, " "); w; w = strtok(NULL, " "))
			l.argv[l.argc++] = w;
		cr_expect_eq(pg_options_parse(l.argc, l.argv, &o, &err), -EINVAL, "%s", rows[i]);
		cr_expect(strstr(err.text, "procgrid fd"), "%s", err.text);
	}
}

Test(options_fd, help_is_its_own)
{
	struct line l;
	struct pg_options o = good(&l, "--help");
	char *text = NULL;
	size_t n = 0;
	cr_assert_eq(o.mode, PG_MODE_HELP);
	FILE *f = open_memstream(&text, &n);
	pg_options_help(f, o.help_of);
	fclose(f);
	cr_expect(strncmp(text, "Usage: procgrid fd ", 19) == 0, "%s", text);
	cr_expect(strstr(text, "--interval") && strstr(text, "--demo") && strstr(text, "[0.1]"));
	cr_expect_not(strstr(text, "--density"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_expect(strlen(line) <= 80, "%zu columns: %s", strlen(line), line);
	free(text);
	cr_expect_eq(good(&l, "ls --help").mode, PG_MODE_FD);
}
