/* SPDX-License-Identifier: MIT */
/* Promise: a fault costs the one key it is in, or the file, never the start; and its place is told.
 */
#include "cmd/settings.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

struct log {
	struct pg_buf text;
	int lines;
};

static void keep(void *ctx, const char *line)
{
	struct log *log = ctx;
	cr_expect_not(strpbrk(line, "\n\x1b"), "more than one line: %s", line);
	pg_buf_puts(&log->text, line);
	pg_buf_putc(&log->text, '\n');
	log->lines++;
}

static struct pg_settings parse(const char *text, size_t n, struct log *log)
{
	struct pg_settings s;
	pg_buf_clear(&log->text);
	log->lines = 0;
	pg_settings_parse("p.json", text, n, &s, keep, log);
	return s;
}

/* Exactly one problem, and a line that begins so. */
static void expect_one(const char *text, const char *begins)
{
	struct log log = {0};
	struct pg_settings s = parse(text, strlen(text), &log);
	const char *got = pg_buf_cstr(&log.text);
	cr_expect_eq(log.lines, 1, "%s: %d problems: %s", text, log.lines, got);
	cr_expect(strncmp(got, begins, strlen(begins)) == 0, "%s: %s", text, got);
	pg_settings_free(&s);
	pg_buf_free(&log.text);
}

Test(settings, all_keys)
{
	static const char text[] =
		"{ \"delay\": 0.5, \"colors\": \",red\", \"palette\": \"safe\",\n"
		"\"columns\": 80, \"density\": \"tight\", \"ascii\": true,\n"
		"\"mouse\": false }\n";
	struct log log = {0};
	struct pg_settings s = parse(text, strlen(text), &log);
	cr_expect_eq(log.lines, 0, "%s", pg_buf_cstr(&log.text));
	cr_expect(s.has_delay && s.delay_ns == 500000000);
	cr_expect_str_eq(s.colors, ",red");
	cr_expect_str_eq(s.palette, "safe");
	cr_expect_str_eq(s.density, "tight");
	cr_expect_eq(s.columns, 80);
	cr_expect(s.has_ascii && s.ascii && s.has_mouse && !s.mouse);
	pg_settings_free(&s);
	cr_expect_null(s.colors);
	pg_buf_free(&log.text);
}

Test(settings, nothing_set)
{
	struct log log = {0};
	struct pg_settings s = parse("{}", 2, &log);
	cr_expect_eq(log.lines, 0);
	cr_expect(!s.has_delay && !s.has_ascii && !s.has_mouse && !s.columns && !s.colors);
	pg_buf_free(&log.text);
}

Test(settings, delays)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} t[] = {
		{"{\"delay\":1}", PG_NS_PER_SEC},
		{"{\"delay\":0.05}", 50000000},
		{"{\"delay\":\"500ms\"}", 500000000},
		{"{\"delay\":\"2\"}", 2 * PG_NS_PER_SEC},
		{"{\"delay\":\"1m\"}", 60 * PG_NS_PER_SEC},
	};
	static const char *const bad[] = {"0",    "-1",       "0.049",   "1e300", "true", "null",
					  "\"\"", "\"49ms\"", "\"abc\"", "[1]",   "{}"};
	struct log log = {0};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_eq(parse(t[i].text, strlen(t[i].text), &log).delay_ns, t[i].ns, "%s",
			     t[i].text);
	for (size_t i = 0; i < PG_ARRAY_LEN(bad); i++) {
		char text[64];
		snprintf(text, sizeof(text), "{\n\"delay\": %s}", bad[i]);
		expect_one(text, "p.json:2: key \"delay\": must be");
	}
	pg_buf_free(&log.text);
}

Test(settings, history)
{
	struct log log = {0};
	cr_expect_eq(parse("{\"history\": \"2m\"}", 17, &log).history_ns, 120 * PG_NS_PER_SEC);
	cr_expect_eq(parse("{\"history\": 90}", 15, &log).history_ns, 90 * PG_NS_PER_SEC);
	cr_expect_eq(parse("{}", 2, &log).history_ns, 0);
	expect_one("{\"history\": 0.5}", "p.json:1: key \"history\": must be");
	pg_buf_free(&log.text);
}

Test(settings, one_bad_key_costs_that_key)
{
	static const char text[] = "{\n\"palette\": 3,\n\"columns\": 40,\n\n\"ascii\": \"no\",\n"
				   "\"delay\": 2 }";
	struct log log = {0};
	struct pg_settings s = parse(text, strlen(text), &log);
	cr_expect_str_eq(pg_buf_cstr(&log.text),
			 "p.json:2: key \"palette\": must be a text in quotes\n"
			 "p.json:5: key \"ascii\": must be true or false\n");
	cr_expect(s.columns == 40 && s.delay_ns == 2 * PG_NS_PER_SEC && !s.palette && !s.has_ascii);
	pg_settings_free(&s);
	pg_buf_free(&log.text);
}

Test(settings, keys_and_lines)
{
	expect_one("{\"colour\": 1}", "p.json:1: key \"colour\": not known");
	expect_one("{\"columns\": 0}", "p.json:1: key \"columns\": must be");
	expect_one("{\"columns\": 10001}", "p.json:1: key \"columns\": must be");
	expect_one("{\"columns\": 1.5}", "p.json:1: key \"columns\": must be");
	expect_one("{\"columns\": \"9\"}", "p.json:1: key \"columns\": must be");
	expect_one("{\"mouse\": 1}", "p.json:1: key \"mouse\": must be");
	/* Strings with quotes, braces and colons in them, and keys further in, do not count. */
	expect_one("{\"colors\": \"a\\\"\\\\:{[\",\n\"palette\": \"x:y\"\n,\n\"mouse\"\n:\n1}",
		   "p.json:4: key \"mouse\"");
	expect_one("\n\n{\"x\": {\"delay\":\n [{\"mouse\": 1}]}\n}",
		   "p.json:3: key \"x\": not known");
	expect_one("{\"a\\u001b[2J\\n\": 1}", "p.json:1: key \"a�[2J�\": not known");
}

Test(settings, syntax)
{
	expect_one("", "p.json:1: not valid JSON");
	expect_one("\n\n", "p.json:1: not valid JSON");
	expect_one("[]", "p.json:1: must hold an object");
	expect_one("3", "p.json:1: must hold an object");
	expect_one("{\n\"delay\": 2,\n\"palette\": safe\n}\n",
		   "p.json:3: not valid JSON near 'safe'");
	expect_one("{\n\"delay\": 2\n\"mouse\": true\n}\n", "p.json:3: not valid JSON");
	expect_one("{\n\"delay\": 2\n", "p.json:2: not valid JSON");
	expect_one("{}\n{}", "p.json:2: not valid JSON");
	expect_one("{\"delay\": 2} x\x1b[2J", "p.json:1: not valid JSON near 'x�[2J'");
	expect_one("{\"a\": \"\xff\"}", "p.json:1: not UTF-8");
}

Test(settings, refused_as_a_whole)
{
	struct log log = {0};
	size_t n = 1024 * 1024 + 1;
	char *big = malloc(n);
	memset(big, ' ', n);
	struct pg_settings s = parse(big, n, &log);
	cr_expect_str_eq(pg_buf_cstr(&log.text),
			 "p.json: larger than 1 MiB; the settings are not used\n");
	parse(big, n - 1, &log); /* blanks only: also quick */
	cr_expect_eq(log.lines, 1);
	memset(big, '[', n);
	parse(big, n - 1, &log);
	cr_expect(strstr(pg_buf_cstr(&log.text), "p.json:1: not valid JSON"));
	s = parse("{\"delay\":\n2\0}", 13, &log);
	cr_expect(strstr(pg_buf_cstr(&log.text), "p.json:2: not UTF-8 text"));
	cr_expect_not(s.has_delay);
	free(big);
	pg_buf_free(&log.text);
}

Test(settings, many_problems_do_not_flood)
{
	struct log log = {0};
	struct pg_buf b = {0};
	pg_buf_puts(&b, "{\"x\":0");
	for (int i = 0; i < 50000; i++)
		pg_buf_printf(&b, ",\n\"x%d\":0", i);
	pg_buf_puts(&b, "}");
	parse(b.data, b.len, &log);
	cr_expect_eq(log.lines, 11);
	pg_buf_free(&b);
	pg_buf_free(&log.text);
}

Test(settings, path)
{
	static const struct {
		const char *xdg, *home, *want;
	} t[] = {
		{"/x", "/h", "/x/procgrid/procgrid.json"},
		{"x", "/h", "/h/.config/procgrid/procgrid.json"},
		{"", "/h", "/h/.config/procgrid/procgrid.json"},
		{NULL, "/h", "/h/.config/procgrid/procgrid.json"},
		{NULL, "h", NULL},
		{"./x", "", NULL},
		{NULL, NULL, NULL},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		unsetenv("XDG_CONFIG_HOME");
		unsetenv("HOME");
		if (t[i].xdg)
			setenv("XDG_CONFIG_HOME", t[i].xdg, 1);
		if (t[i].home)
			setenv("HOME", t[i].home, 1);
		char *path = pg_settings_path();
		if (t[i].want)
			cr_expect(path && strcmp(path, t[i].want) == 0, "case %zu: %s", i, path);
		else
			cr_expect_null(path, "case %zu: %s", i, path);
		free(path);
	}
}

Test(settings, files)
{
	char dir[] = "/tmp/settings_test.XXXXXX", path[64];
	struct log log = {0};
	struct pg_settings s;
	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f", dir);

	pg_settings_load(path, &s, keep, &log);
	cr_expect_eq(log.lines, 0, "a missing file is no problem");

	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	cr_assert(fd >= 0 && write(fd, "{\"delay\":3}", 11) == 11);
	close(fd);
	pg_settings_load(path, &s, keep, &log);
	cr_expect(log.lines == 0 && s.delay_ns == 3 * PG_NS_PER_SEC);
	cr_assert_eq(truncate(path, 64 * 1024 * 1024), 0);
	pg_settings_load(path, &s, keep, &log);
	cr_expect(strstr(pg_buf_cstr(&log.text), "/f: larger than 1 MiB"));
	unlink(path);

	pg_buf_clear(&log.text);
	cr_assert_eq(mkfifo(path, 0600), 0);
	pg_settings_load(path, &s, keep, &log);
	cr_expect(strstr(pg_buf_cstr(&log.text), "/f: not a regular file"));
	unlink(path);

	pg_buf_clear(&log.text);
	pg_settings_load(dir, &s, keep, &log);
	cr_expect(strstr(pg_buf_cstr(&log.text), ": not a regular file"));

	pg_buf_clear(&log.text);
	cr_assert_eq(symlink("f", path), 0); /* to itself */
	pg_settings_load(path, &s, keep, &log);
	cr_expect_eq(strncmp(pg_buf_cstr(&log.text), path, strlen(path)), 0);
	cr_expect_not(s.has_delay);
	unlink(path);
	rmdir(dir);
	pg_buf_free(&log.text);
}
