/* SPDX-License-Identifier: MIT */
/* Promise: a command line means one thing, or one line says what is wrong with it. */
#include "cmd/options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/source.h"
#include "task/delta.h"
#include "task/task.h"

#define MAX_ARGS 32

/* Splits a line at blanks; '_' stands for a blank inside an argument. */
struct line {
	char text[512];
	char *argv[MAX_ARGS];
	int argc;
};

static void split(struct line *l, const char *s)
{
	*l = (struct line){.argv = {"procgrid"}, .argc = 1};
	snprintf(l->text, sizeof(l->text), "%s", s);
	for (char *w = strtok(l->text, " "); w; w = strtok(NULL, " ")) {
		for (char *c = w; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		l->argv[l->argc++] = w;
	}
}

/* The line must outlive the options: their strings point into it. */
static struct pg_options good(struct line *l, const char *s)
{
	struct pg_options o;
	struct pg_error err = {""};
	split(l, s);
	char *before[MAX_ARGS];
	memcpy(before, l->argv, sizeof(before));
	cr_assert_eq(pg_options_parse(l->argc, l->argv, &o, &err), 0, "%s: %s", s, err.text);
	cr_assert(memcmp(before, l->argv, sizeof(before)) == 0, "%s: argv was changed", s);
	return o;
}

static void bad(const char *s, const char *named)
{
	struct line l;
	struct pg_options o;
	struct pg_error err = {""};
	split(&l, s);
	cr_expect_eq(pg_options_parse(l.argc, l.argv, &o, &err), -EINVAL, "%s", s);
	cr_expect(strstr(err.text, named), "%s: \"%s\" does not name %s", s, err.text, named);
	cr_expect_not(strpbrk(err.text, "\n\x1b"), "%s: more than one line", s);
	pg_options_free(&o);
}

Test(options, json)
{
	struct line l;
	struct pg_options o = good(&l, "--json");
	cr_expect_eq(o.mode, PG_MODE_JSON);
	cr_expect_not(o.repeat);
	cr_expect_not(o.compact);
	pg_options_free(&o);
	o = good(&l, "--compact -n 3 --json -d 0 -p -u root -o f --force 12");
	cr_expect_eq(o.mode, PG_MODE_JSON);
	cr_expect(o.repeat && o.compact && o.processes && o.force);
	cr_expect_eq(o.cycles, 3u);
	cr_expect_eq(o.nr_pids, 1u);
	pg_options_free(&o);
	o = good(&l, "replay a --json --compact");
	cr_expect_eq(o.mode, PG_MODE_JSON);
	cr_expect(o.repeat);
	pg_options_free(&o);
}

Test(options, defaults)
{
	struct line l;
	struct pg_options o = good(&l, "");
	cr_expect_eq(o.mode, PG_MODE_GRID);
	cr_expect_eq(o.delay_ns, PG_NS_PER_SEC);
	cr_expect_not(o.has_delay);
	cr_expect(o.titles);
	cr_expect_eq(o.cycles, 0);
	cr_expect_eq(o.raw, 0);
	cr_expect_null(o.pids);
	cr_expect_str_eq(o.proc_root, "/proc");
	cr_expect_float_eq(o.min_cpu, PG_MIN_CPU_DEFAULT, 1e-12);
	cr_expect(!o.scan_full && o.without == 0 && !o.stats);
	pg_options_free(&o);
}

Test(options, table)
{
	struct line l;
	struct pg_options o =
		good(&l, "--csv -rp -d 250ms 12 -u bob 13 --no-titles -o out.csv --force");
	cr_expect_eq(o.mode, PG_MODE_CSV);
	cr_expect(o.repeat && o.processes && o.has_delay && o.force);
	cr_expect_not(o.titles);
	cr_expect_eq(o.delay_ns, 250000000);
	cr_expect_str_eq(o.user, "bob");
	cr_expect_str_eq(o.output, "out.csv");
	cr_assert_eq(o.nr_pids, 2);
	cr_expect(o.pids[0] == 12 && o.pids[1] == 13);
	pg_options_free(&o);

	o = good(&l, "-sSif --csv");
	cr_expect_eq(o.raw, PG_STAT | PG_STATUS | PG_IO | PG_FD);
	o = good(&l, "--csv -n 3");
	cr_expect(o.repeat && o.cycles == 3);
	o = good(&l, "--csv -d 0");
	cr_expect(o.has_delay && o.delay_ns == 0);
	o = good(&l, "--csv --changed --fields=pid,comm");
	cr_expect(o.changed_only);
	cr_expect_str_eq(o.fields, "pid,comm");
	o = good(&l, "--csv --no-titles -t");
	cr_expect(o.titles);
}

Test(options, grid)
{
	struct line l;
	struct pg_options o =
		good(&l, "--density=tight -C 40 -c ,red --palette safe --ascii --no-mouse "
			 "--io-any --min-cpu 5 -n 2 -d 0.05");
	cr_expect_eq(o.mode, PG_MODE_GRID);
	cr_expect_str_eq(o.density, "tight");
	cr_expect_eq(o.columns, 40);
	cr_expect_str_eq(o.colors, ",red");
	cr_expect_str_eq(o.palette, "safe");
	cr_expect(o.ascii && o.no_mouse && o.io_any && !o.repeat);
	cr_expect_float_eq(o.min_cpu, 0.05, 1e-12);
	cr_expect_eq(o.cycles, 2);
	cr_expect_eq(o.delay_ns, 50000000);

	o = good(&l, "--keys j_Enter --save-screen s.txt --size 132x43 --proc-root /tmp/p");
	cr_expect_str_eq(o.keys, "j Enter");
	cr_expect_str_eq(o.save_screen, "s.txt");
	cr_expect(o.cols == 132 && o.rows == 43);
	cr_expect_str_eq(o.proc_root, "/tmp/p");
}

Test(options, how_to_scan)
{
	static const struct {
		const char *line;
		bool full;
		uint8_t without;
	} t[] = {
		{"--scan full", true, 0},
		{"--csv --scan=full --scan gate", false, 0},
		{"--without connector", false, PG_WITHOUT_CONNECTOR},
		{"--without fdsize", false, PG_WITHOUT_FDSIZE},
		{"--without schedstat", false, PG_WITHOUT_SCHEDSTAT},
		{"--csv --without clock", false, PG_WITHOUT_CLOCK},
		{"--without clock,fdsize", false, PG_WITHOUT_CLOCK | PG_WITHOUT_FDSIZE},
		{"--without fdsize,fdsize", false, PG_WITHOUT_FDSIZE},
		{"--without connector --scan full --without=schedstat,clock", true,
		 PG_WITHOUT_CONNECTOR | PG_WITHOUT_SCHEDSTAT | PG_WITHOUT_CLOCK},
	};
	struct line l;
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		struct pg_options o = good(&l, t[i].line);
		cr_expect_eq(o.scan_full, t[i].full, "%s", t[i].line);
		cr_expect_eq(o.without, t[i].without, "%s", t[i].line);
	}
	cr_expect(good(&l, "--stats").stats);
	/* One letter less is an older option. */
	struct pg_options o = good(&l, "--csv --stat");
	cr_expect(!o.stats && o.raw == PG_STAT);
}

Test(options, same_by_other_names)
{
	static const char *const delays[] = {"-d2",       "-d 2",      "-w 2s",
					     "--delay 2", "--sleep=2", "--del 2"};
	struct line l;
	for (size_t i = 0; i < PG_ARRAY_LEN(delays); i++)
		cr_expect_eq(good(&l, delays[i]).delay_ns, 2 * PG_NS_PER_SEC, "%s", delays[i]);
	cr_expect(good(&l, "--no-threads").processes);
	cr_expect(good(&l, "--processes").processes);
	cr_expect_eq(good(&l, "-d 1 -d 3").delay_ns, 3 * PG_NS_PER_SEC);
}

Test(options, help_and_version_end_the_reading)
{
	struct line l;
	cr_expect_eq(good(&l, "-h").mode, PG_MODE_HELP);
	cr_expect_eq(good(&l, "--csv --help --nonsense x").mode, PG_MODE_HELP);
	cr_expect_eq(good(&l, "-V").mode, PG_MODE_VERSION);
	cr_expect_eq(good(&l, "--version").mode, PG_MODE_VERSION);
}

Test(options, pids)
{
	struct line l;
	struct pg_options o = good(&l, "1 -p 2147483647 -- 3");
	cr_assert_eq(o.nr_pids, 3);
	cr_expect(o.pids[0] == 1 && o.pids[1] == INT32_MAX && o.pids[2] == 3);
	pg_options_free(&o);
	bad("abc", "\"abc\"");
	bad("12 0", "\"0\"");
	bad("2147483648", "\"2147483648\"");
	bad("12x", "\"12x\"");
	bad("-- -5", "\"-5\"");
	bad("1 -- --csv", "\"--csv\"");
}

Test(options, record)
{
	struct line l;
	struct pg_options o =
		good(&l, "record -o f.zst -d 2 --duration 3h --max-size 20M -p 7 -u me");
	cr_expect_eq(o.mode, PG_MODE_RECORD);
	cr_expect_str_eq(o.output, "f.zst");
	cr_expect_eq(o.duration_ns, 3 * 3600 * PG_NS_PER_SEC);
	cr_expect_eq(o.max_size, 20u << 20);
	cr_expect(o.processes && o.nr_pids == 1 && o.pids[0] == 7 && !o.repeat);
	cr_expect_null(o.recording);
	pg_options_free(&o);
	o = good(&l, "-n 5 -of record --scan full --without clock --stats --force");
	cr_expect(o.mode == PG_MODE_RECORD && o.cycles == 5 && o.force && o.max_size == 0);
}

Test(options, replay)
{
	struct line l;
	struct pg_options o = good(&l, "replay f -d 2 --ascii --keys j --min-cpu 1 -n 4");
	cr_expect_eq(o.mode, PG_MODE_REPLAY);
	cr_expect_str_eq(o.recording, "f");
	cr_expect_not(o.repeat);
	o = good(&l, "replay --csv - --changed -o out");
	cr_expect_eq(o.mode, PG_MODE_CSV);
	cr_expect_str_eq(o.recording, "-");
	cr_expect_str_eq(o.output, "out");
	cr_expect(o.repeat, "all of it");
	o = good(&l, "replay -- --csv");
	cr_expect_eq(o.mode, PG_MODE_REPLAY);
	cr_expect_str_eq(o.recording, "--csv");
	cr_expect_str_eq(good(&l, "replay replay").recording, "replay");
	cr_expect_str_eq(good(&l, "replay 12").recording, "12");
}

Test(options, refused)
{
	static const struct {
		const char *line, *named;
	} t[] = {
		{"--nonsense", "\"--nonsense\" is unknown"},
		{"-z", "\"-z\" is unknown"},
		{"--csv -rz", "\"-z\" is unknown"},
		{"--csv -z1", "\"-z\" is unknown"},
		{"-5", "\"-5\" is unknown"},
		{"--co 1", "\"--co\" is short for more than one"},
		{"--csv=yes", "--csv takes no argument"},
		{"-d", "-d needs an argument"},
		{"--delay", "--delay needs an argument"},
		{"--interval", "--interval needs an argument"},
		{"--repeat=3", "--repeat takes no argument"},
		{"-pd", "-d needs an argument"},
		{"-d abc", "-d: \"abc\""},
		{"--sleep -1", "--sleep: \"-1\""},
		{"-w 0", "--delay"},
		{"-d 0.049", "--delay"},
		{"-n 0", "-n: \"0\""},
		{"--cycles x", "--cycles: \"x\""},
		{"-C 0", "-C: \"0\""},
		{"-C 10001", "-C: \"10001\""},
		{"--density huge", "named, roomy, tight, packed"},
		{"--density tigh", "--density: \"tigh\""},
		{"--density=", "--density: \"\""},
		{"--density tight|packed", "--density"},
		{"--palette x", "default, safe, mono"},
		{"--min-cpu x", "--min-cpu: \"x\""},
		{"--min-cpu 101", "--min-cpu: \"101\""},
		{"--save-screen f --size 80", "--size: \"80\""},
		{"--save-screen f --size x24", "--size"},
		{"--save-screen f --size 80x", "--size"},
		{"--save-screen f --size 0x24", "--size"},
		{"--save-screen f --size 80x24x", "--size"},
		{"--save-screen f --size 80x1001", "--size"},
		{"--save-screen f --size 00000000080x24", "--size"},
		{"--size 80x24", "--save-screen"},
		{"--scan half", "--scan: \"half\" is none of gate, full"},
		{"--scan", "--scan needs an argument"},
		{"--without x", "--without: \"x\" is none of connector, fdsize, schedstat, clock"},
		{"--without clock,fdsiz", "\"fdsiz\""},
		{"--without clocks", "\"clocks\""},
		{"--without clock|fdsize", "\"clock|fdsize\""},
		{"--without clock,", "\"\""},
		{"--without=", "\"\""},
		{"--stats=yes", "--stats takes no argument"},
		{"record", "record: into which file? give --output FILE"},
		{"record -o f -d 0", "--delay: a recording"},
		{"record -o f --csv", "--csv does not go with record"},
		{"record -o f --ascii", "--ascii does not go with record"},
		{"--keys j record -o f", "--keys does not go with record"},
		{"record -o f -r", "--repeat does not go with record"},
		{"record -o f replay", "\"replay\" is not a PID"},
		{"12 record -o f", "\"record\" is not a PID"},
		{"record -o f --duration 0", "--duration: \"0\" is no time"},
		{"record -o f --duration 1y", "--duration: \"1y\""},
		{"record -o f --max-size 63K", "the least is 64K"},
		{"record -o f --max-size 1X", "--max-size: \"1X\""},
		{"--duration 5", "--duration is for recordings: procgrid record"},
		{"--csv --max-size 1M", "--max-size is for recordings"},
		{"replay", "replay: of which file?"},
		{"replay a b", "\"b\" is too many"},
		{"replay a -- b", "\"b\" is too many"},
		{"replay a -p", "--processes does not go with replay"},
		{"replay a -u bob", "--user does not go with replay"},
		{"replay a --proc-root d", "--proc-root does not go with replay"},
		{"replay a --without clock", "--without does not go with replay"},
		{"replay a --csv -s", "--stat does not go with replay"},
		{"replay a --duration 5", "--duration is for recordings"},
		{"replay a -o f", "--output is for tables"},
		{"replay a -d 0", "--delay: the grid"},
		{"-r", "--repeat is for tables: give --csv or --json as well"},
		{"--titles", "--titles is for tables: give --csv as well"},
		{"--compact", "--compact is for lines of JSON: give --json as well"},
		{"--csv --compact", "--compact is for lines of JSON: give --json as well"},
		{"--json --csv", "--csv and --json"},
		{"--json --fields pid", "--fields does not go with --json"},
		{"--json --changed", "--changed does not go with --json"},
		{"--json -f", "--fd does not go with --json"},
		{"--json --no-titles", "--no-titles does not go with --json"},
		{"--json --min-cpu 1", "--min-cpu does not go with --json"},
		{"--json --keys q", "--keys is for the grid: leave --json out"},
		{"replay a --json -i", "--io does not go with --json"},
		{"replay a --json -u root", "--user does not go with replay"},
		{"record -o f --json", "--json does not go with record"},
		{"-s", "--stat"},
		{"-S", "--status"},
		{"-i", "--io"},
		{"-f", "--fd"},
		{"-t", "--titles"},
		{"--no-titles", "--no-titles"},
		{"--changed", "--changed"},
		{"--fields pid", "--fields"},
		{"-o f", "--output"},
		{"--force", "--force"},
		{"--csv --changed -s", "--changed does not go with --stat"},
		{"-f --csv --fields pid", "--fields does not go with --fd"},
		{"--csv --keys j", "--keys is for the grid"},
		{"--csv --save-screen f", "--save-screen is for the grid"},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		bad(t[i].line, t[i].named);
}

Test(options, messages_are_safe)
{
	struct line l;
	struct pg_options o;
	struct pg_error err;
	char *argv[] = {"procgrid", "\x1b]0;x\n\xff", NULL};
	char *letter[] = {"procgrid", "-\xff", NULL};
	bad("--a\nb\x1b[2J", "\"--a?b?[2J\"");
	bad("-d \x1b[2J", "\"?[2J\"");
	cr_expect_eq(pg_options_parse(2, argv, &o, &err), -EINVAL);
	cr_expect(strstr(err.text, "\"?]0;x??\""), "%s", err.text);
	cr_expect_eq(pg_options_parse(2, letter, &o, &err), -EINVAL);
	cr_expect(strstr(err.text, "\"-?\""), "%s", err.text);

	char many[400];
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	split(&l, many);
	cr_expect_eq(pg_options_parse(l.argc, l.argv, &o, &err), -EINVAL);
	cr_expect(strstr(err.text, "is not a PID"), "%s", err.text);
}

Test(options, table_is_consistent)
{
	for (size_t i = 0; i < pg_nr_options; i++) {
		const struct pg_option *a = &pg_option_table[i];
		cr_expect(a->longs[0] && a->help[0]);
		cr_expect(a->shorts[0] ? a->id == a->shorts[0] : a->id >= 256, "%s", a->longs[0]);
		cr_expect(!a->values || a->arg, "%s", a->longs[0]);
		cr_expect(i == 0 || a[-1].part <= a->part, "%s", a->longs[0]);
		for (size_t k = 0; k < i; k++) {
			const struct pg_option *b = &pg_option_table[k];
			cr_expect(a->id != b->id && strcmp(a->longs[0], b->longs[0]) != 0);
			cr_expect(!a->shorts[0] || !strpbrk(a->shorts, b->shorts), "%s",
				  a->longs[0]);
		}
	}
}

Test(options, help_names_all_and_fits)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	pg_options_help(f, NULL);
	fclose(f);
	cr_expect(strncmp(text, "Usage: procgrid ", 16) == 0);
	for (size_t i = 0; i < pg_nr_options; i++)
		for (size_t k = 0; k < 3 && pg_option_table[i].longs[k]; k++) {
			char name[40];
			snprintf(name, sizeof(name), "--%s", pg_option_table[i].longs[k]);
			cr_expect(strstr(text, name), "%s", name);
		}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		cr_expect(strlen(line) <= 80, "%zu columns: %s", strlen(line), line);
	free(text);
}
