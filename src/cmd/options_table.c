/* SPDX-License-Identifier: MIT */
/* The table of options, and --help, which is the table printed. */
#include "options.h"

#include <string.h>

#define HELP_COLUMN 30
#define HELP_WIDTH  79

/* Where an option is taken. */
#define ANY        (PG_USE_GRID | PG_USE_CSV | PG_USE_JSON)
#define LIVE       (ANY | PG_USE_RECORD)
#define SHOWN      (ANY | PG_USE_REPLAY | PG_USE_HOSTS)
#define EVERYWHERE (ANY | PG_USE_RECORD | PG_USE_REPLAY | PG_USE_HOSTS)
#define SCREEN     (PG_USE_GRID | PG_USE_REPLAY | PG_USE_HOSTS)
#define CSV        (PG_USE_CSV | PG_USE_REPLAY)
#define TABLES     (PG_USE_CSV | PG_USE_JSON | PG_USE_REPLAY)
#define JSON       (PG_USE_JSON | PG_USE_REPLAY)
#define CLASSED    (SCREEN | PG_USE_CSV) /* counters have no class */
#define RAW        PG_USE_CSV            /* a recording has no files */
#define FILES      (TABLES | PG_USE_RECORD)
#define RECORD     PG_USE_RECORD
#define HOSTS      (PG_USE_GRID | PG_USE_HOSTS)
#define HISTORY    (PG_USE_GRID | PG_USE_HOSTS)
#define FD         PG_USE_FD

/* clang-format off */
const struct pg_option pg_option_table[] = {
	{'h', {"help"}, "h", NULL, NULL, PG_OPT_GENERAL, EVERYWHERE | FD,
	 "print this help and exit"},
	{'V', {"version"}, "V", NULL, NULL, PG_OPT_GENERAL, EVERYWHERE | FD,
	 "print the version and exit"},
	{'d', {"delay", "sleep", "interval"}, "dw", "TIME", NULL, PG_OPT_GENERAL, EVERYWHERE | FD,
	 "time between samples: seconds, or a number with ms, s, m or h [1; with fd 0.1]; 0 with "
	 "--csv: a single instant, without deltas"},
	{'n', {"cycles"}, "n", "N", NULL, PG_OPT_GENERAL, EVERYWHERE,
	 "end after N cycles; with --csv or --json this implies --repeat"},

	{'u', {"user"}, "u", "USER", NULL, PG_OPT_WHAT, LIVE | PG_USE_HOSTS,
	 "only processes of this user (name or number)"},
	{'p', {"processes", "no-threads"}, "p", NULL, NULL, PG_OPT_WHAT, LIVE | PG_USE_HOSTS,
	 "whole processes, not their threads"},
	{PG_OPT_MIN_CPU, {"min-cpu"}, "", "PERCENT", NULL, PG_OPT_WHAT, CLASSED,
	 "a task counts as cpu from this share of one CPU on [0.1]"},
	{PG_OPT_IO_ANY, {"io-any"}, "", NULL, NULL, PG_OPT_WHAT, CLASSED,
	 "count all reads and writes as io (sockets, pipes, cache), not only those of the disks"},

	{PG_OPT_HOST, {"host"}, "", "HOST", NULL, PG_OPT_HOSTS, HOSTS,
	 "show HOST (or USER@HOST, or a name of ssh_config) instead of this machine, by ssh; may be "
	 "given up to 64 times"},
	{PG_OPT_REMOTE_COMMAND, {"remote-command"}, "", "COMMAND", NULL, PG_OPT_HOSTS, HOSTS,
	 "what a host's shell is to run there [procgrid]"},

	{'C', {"columns"}, "C", "N", NULL, PG_OPT_GRID, SHOWN,
	 "at most N cells in a row"},
	{PG_OPT_DENSITY, {"density"}, "", "NAME", "named|roomy|tight|packed", PG_OPT_GRID, SHOWN,
	 "size of the cells: named, roomy, tight, packed [the widest that fits]"},
	{'c', {"colors"}, "c", "LIST", NULL, PG_OPT_GRID, SHOWN,
	 "colours as normal,cpu,io,cpuio,exited,tip,bg: CSS names or #rrggbb; an empty place keeps "
	 "the default"},
	{PG_OPT_PALETTE, {"palette"}, "", "NAME", "default|safe|mono", PG_OPT_GRID, SHOWN | FD,
	 "default, safe (for colour-blind eyes) or mono"},
	{PG_OPT_ASCII, {"ascii"}, "", NULL, NULL, PG_OPT_GRID, SHOWN | FD,
	 "draw with ASCII characters only"},
	{PG_OPT_HISTORY, {"history"}, "", "TIME", NULL, PG_OPT_GRID, HISTORY,
	 "how far back the keys of time reach [10m]; at most 32 MiB are kept"},
	{PG_OPT_NO_MOUSE, {"no-mouse"}, "", NULL, NULL, PG_OPT_GRID, SHOWN,
	 "leave the mouse to the terminal"},

	{PG_OPT_CSV, {"csv"}, "", NULL, NULL, PG_OPT_TABLE, CSV,
	 "print a table instead of the grid: one row a task"},
	{PG_OPT_JSON, {"json"}, "", NULL, NULL, PG_OPT_TABLE, JSON | FD,
	 "print all counters as JSON Lines: a header, then one line a cycle"},
	{PG_OPT_COMPACT, {"compact"}, "", NULL, NULL, PG_OPT_TABLE, JSON,
	 "with --json: tasks as arrays, and after the first line only those that changed"},
	{'r', {"repeat"}, "r", NULL, NULL, PG_OPT_TABLE, TABLES,
	 "go on with a table each cycle, or a line with --json, until interrupted"},
	{'t', {"titles"}, "t", NULL, NULL, PG_OPT_TABLE, CSV,
	 "begin with a line of titles (default)"},
	{PG_OPT_NO_TITLES, {"no-titles"}, "", NULL, NULL, PG_OPT_TABLE, CSV,
	 "no line of titles"},
	{PG_OPT_CHANGED, {"changed"}, "", NULL, NULL, PG_OPT_TABLE, CSV,
	 "only rows of tasks that did or changed something"},
	{PG_OPT_FIELDS, {"fields"}, "", "LIST", NULL, PG_OPT_TABLE, CSV,
	 "columns to print, as a,b,c; the manual lists them"},
	{'s', {"stat"}, "s", NULL, NULL, PG_OPT_TABLE, RAW,
	 "raw fields of /proc/PID/stat instead"},
	{'S', {"status"}, "S", NULL, NULL, PG_OPT_TABLE, RAW,
	 "raw fields of /proc/PID/status instead"},
	{'i', {"io"}, "i", NULL, NULL, PG_OPT_TABLE, RAW,
	 "raw fields of /proc/PID/io instead"},
	{'f', {"fd"}, "f", NULL, NULL, PG_OPT_TABLE, RAW,
	 "number of open descriptors instead"},
	{'o', {"output"}, "o", "FILE", NULL, PG_OPT_TABLE, FILES | FD,
	 "write to FILE; a file that exists is refused"},
	{PG_OPT_FORCE, {"force"}, "", NULL, NULL, PG_OPT_TABLE, FILES | FD,
	 "with --output: overwrite a file that exists"},

	{PG_OPT_DURATION, {"duration"}, "", "TIME", NULL, PG_OPT_RECORD, RECORD | FD,
	 "end after this time, as in 90s, 15m, 8h"},
	{PG_OPT_MAX_SIZE, {"max-size"}, "", "SIZE", NULL, PG_OPT_RECORD, RECORD,
	 "take at most SIZE bytes on disk (or a number with K, M, G): FILE is renamed to FILE.1, and "
	 "begun again, when it has reached half of that"},

	{PG_OPT_PID, {"pid"}, "", "PID", NULL, PG_OPT_FDS, FD,
	 "watch a running process instead of a command, until it ends, --duration, or Control-C"},
	{PG_OPT_NO_CHILDREN, {"no-children"}, "", NULL, NULL, PG_OPT_FDS, FD,
	 "the process alone, without its descendants"},
	{PG_OPT_NO_CAPTURE, {"no-capture"}, "", NULL, NULL, PG_OPT_FDS, FD,
	 "leave the command's output alone, as an editor or a shell needs it; no events are found then"},
	{PG_OPT_NO_LOG, {"no-log"}, "", NULL, NULL, PG_OPT_FDS, FD,
	 "keep no log [procgrid-fd.jsonl, or the first free procgrid-fd.N.jsonl; --output names it]"},
	{PG_OPT_ANALYZE, {"analyze"}, "", "FILE", NULL, PG_OPT_FDS, FD,
	 "report on a log, of this program or of fdprof, instead; \"-\": what is piped in"},
	{PG_OPT_PLOT, {"plot"}, "", NULL, NULL, PG_OPT_FDS, FD,
	 "draw the picture below the report"},
	{PG_OPT_SAVE, {"save"}, "", "FILE", NULL, PG_OPT_FDS, FD,
	 "save the picture, as FILE ends: .svg, .png or .pdf"},
	{PG_OPT_DEMO, {"demo"}, "", NULL, NULL, PG_OPT_FDS, FD,
	 "watch a built-in program that opens and closes files, to see what this is"},
	{PG_OPT_MIN_LENGTH, {"min-length"}, "", "N", NULL, PG_OPT_FDS, FD,
	 "samples that make a plateau [5]"},
	{PG_OPT_TOLERANCE, {"tolerance"}, "", "FDS", NULL, PG_OPT_FDS, FD,
	 "how far samples of a plateau may lie from the mean of those before [2]"},
	{PG_OPT_MERGE_THRESHOLD, {"merge-threshold"}, "", "FDS", NULL, PG_OPT_FDS, FD,
	 "plateaus nearer to each other than this become one [5]"},
	{PG_OPT_JUMP_THRESHOLD, {"jump-threshold"}, "", "FDS", NULL, PG_OPT_FDS, FD,
	 "the least jump between plateaus that is told [2]"},

	{PG_OPT_PROC_ROOT, {"proc-root"}, "", "DIR", NULL, PG_OPT_TEST, LIVE,
	 "read DIR instead of /proc; DIR/0, DIR/1, ... are successive cycles"},
	{PG_OPT_SCAN, {"scan"}, "", "MODE", "gate|full", PG_OPT_TEST, LIVE,
	 "gate: read what has run; full: read every task in every cycle [gate]"},
	{PG_OPT_WITHOUT, {"without"}, "", "LIST", "connector|fdsize|schedstat|clock", PG_OPT_TEST, LIVE | FD,
	 "do without what this kernel gives: connector, fdsize, schedstat, clock"},
	{PG_OPT_STATS, {"stats"}, "", NULL, NULL, PG_OPT_TEST, EVERYWHERE,
	 "print at the end, to the standard error, what the run cost"},
	{PG_OPT_KEYS, {"keys"}, "", "KEYS", NULL, PG_OPT_TEST, SCREEN,
	 "type these keys, one a cycle, such as \"j Enter C-l\""},
	{PG_OPT_SAVE_SCREEN, {"save-screen"}, "", "FILE", NULL, PG_OPT_TEST, SCREEN,
	 "write the last screen to FILE; needs no terminal"},
	{PG_OPT_SIZE, {"size"}, "", "COLSxROWS", NULL, PG_OPT_TEST, SCREEN,
	 "size of the screen for --save-screen [80x24]"},
};
/* clang-format on */
const size_t pg_nr_options = PG_ARRAY_LEN(pg_option_table);

const struct pg_subcommand pg_subcommands[] = {
	{"record", PG_MODE_RECORD, "-o FILE [OPTION]... [PID]...",
	 "keep what happens in FILE; compressed if its name ends in .zst"},
	{"replay", PG_MODE_REPLAY, "FILE [OPTION]...",
	 "show a recording, or what is piped into FILE \"-\", as if it were now"},
	{"fd", PG_MODE_FD, "[OPTION]... [--] COMMAND [ARG]...",
	 "run COMMAND and watch how many descriptors it and its descendants have open: levels, "
	 "jumps, leaks; procgrid fd --help has more"},
};
const size_t pg_nr_subcommands = PG_ARRAY_LEN(pg_subcommands);

const char *pg_option_part_title(enum pg_option_part part)
{
	static const char *const titles[PG_OPT_NR] = {
		[PG_OPT_GENERAL] = "General",
		[PG_OPT_WHAT] = "What is looked at",
		[PG_OPT_HOSTS] = "Other hosts",
		[PG_OPT_GRID] = "The grid",
		[PG_OPT_TABLE] = "Tables",
		[PG_OPT_RECORD] = "Recordings",
		[PG_OPT_FDS] = "Descriptors over time (procgrid fd)",
		[PG_OPT_TEST] = "Scripts and tests",
	};
	return titles[part];
}

/* Prints text from column on, broken at blanks; the cursor stands there already. */
static void print_wrapped(FILE *out, const char *text, int column)
{
	int at = column;
	while (*text) {
		int n = (int)strcspn(text, " ");
		if (at > column && at + 1 + n > HELP_WIDTH) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		}
		at += fprintf(out, "%s%.*s", at > column ? " " : "", n, text);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* What an option means for fd, where that is not what it means elsewhere. */
static const struct {
	int id;
	const char *help;
} fd_words[] = {
	{'d', "time between samples, from 1ms on [0.1]"},
	{'o', "write the log to FILE; a file that exists is refused"},
	{PG_OPT_FORCE, "overwrite a log that exists"},
	{PG_OPT_DURATION, "stop watching after this time, as in 90s, 15m, 8h; a command goes on"},
	{PG_OPT_JSON, "print the report as one JSON object"},
	{PG_OPT_PALETTE, "colours of the picture: default, safe (for colour-blind eyes) or mono"},
	{PG_OPT_WITHOUT, "fdsize: count descriptors one by one, as before Linux 6.2"},
};

static const char *help_of(const struct pg_option *opt, const struct pg_subcommand *of)
{
	for (size_t i = 0; of && i < PG_ARRAY_LEN(fd_words); i++)
		if (of->mode == PG_MODE_FD && fd_words[i].id == opt->id)
			return fd_words[i].help;
	return opt->help;
}

static void print_option(FILE *out, const struct pg_option *opt, const struct pg_subcommand *of)
{
	struct pg_buf b = {0};

	for (const char *c = opt->shorts; *c; c++)
		pg_buf_printf(&b, "%s-%c", c == opt->shorts ? "  " : ", ", *c);
	if (!*opt->shorts)
		pg_buf_puts(&b, "    ");
	for (size_t i = 0; i < PG_ARRAY_LEN(opt->longs) && opt->longs[i]; i++)
		pg_buf_printf(&b, "%s--%s", i || *opt->shorts ? ", " : "  ", opt->longs[i]);
	if (opt->arg)
		pg_buf_printf(&b, " %s", opt->arg);
	if (b.len + 2 > HELP_COLUMN)
		fprintf(out, "%s\n%*s", pg_buf_cstr(&b), HELP_COLUMN, "");
	else
		fprintf(out, "%-*s", HELP_COLUMN, pg_buf_cstr(&b));
	print_wrapped(out, help_of(opt, of), HELP_COLUMN);
	pg_buf_free(&b);
}

static void print_usage(FILE *out)
{
	fputs("Usage: procgrid [OPTION]... [PID]...\n", out);
	for (size_t i = 0; i < pg_nr_subcommands; i++)
		fprintf(out, "       procgrid %s %s\n", pg_subcommands[i].name,
			pg_subcommands[i].args);
	fputs("Every process and thread of this machine, one cell each, coloured by what it\n"
	      "did in the last cycle. In the grid, ? shows the keys and q quits.\n\n",
	      out);
	for (size_t i = 0; i < pg_nr_subcommands; i++) {
		int column = fprintf(out, "  %s  ", pg_subcommands[i].name);
		print_wrapped(out, pg_subcommands[i].help, column);
	}
	fputs("\n"
	      "Examples:\n"
	      "  procgrid                      the grid, live\n"
	      "  procgrid -p -u postgres       only the processes of one user\n"
	      "  procgrid --host web01 --host db1\n"
	      "                                two other machines, by ssh\n"
	      "  procgrid --csv                one table, measured over one second\n"
	      "  procgrid --csv -r -d 5 1234   a table of process 1234 every 5 seconds\n"
	      "  procgrid --csv -n 60 --changed -o minute.csv\n"
	      "  procgrid --json | jq '.tasks[]?.comm'\n"
	      "  procgrid record -o night.zst --duration 8h --max-size 500M\n"
	      "  procgrid replay night.zst     the same screen over what was recorded\n",
	      out);
}

static void help_all(FILE *out)
{
	print_usage(out);
	for (int part = 0; part < PG_OPT_NR; part++) {
		fprintf(out, "\n%s:\n", pg_option_part_title((enum pg_option_part)part));
		for (size_t i = 0; i < pg_nr_options; i++)
			if ((int)pg_option_table[i].part == part)
				print_option(out, &pg_option_table[i], NULL);
	}
	fputs("\nPIDs name processes, with all their threads, or single threads.\n", out);
}

/* What is told of a command beside its options. */
static const struct {
	enum pg_mode mode;
	unsigned use;
	const char *text;
} command_texts[] = {
	{PG_MODE_RECORD, PG_USE_RECORD, NULL},
	{PG_MODE_REPLAY, PG_USE_REPLAY, NULL},
	{PG_MODE_FD, PG_USE_FD,
	 "       procgrid fd --pid PID [OPTION]...\n"
	 "       procgrid fd --analyze FILE [--json] [OPTION]...\n"
	 "       procgrid fd --demo\n"
	 "Samples how many descriptors a command and its descendants have open, whatever\n"
	 "it prints; what it prints passes through as it is. At its end: where the number\n"
	 "stood, where it jumped and by what, and whether it leaks. Lines\n"
	 "\"EVENT: SECONDS MESSAGE\" in the output stand in the same picture. The report\n"
	 "goes to the standard error; the exit status is the command's.\n\n"
	 "Examples:\n"
	 "  procgrid fd --demo --plot     see it work\n"
	 "  procgrid fd -- make test      a command with its descendants\n"
	 "  procgrid fd --pid 1234 --duration 10m\n"
	 "                                a running one\n"
	 "  procgrid fd --analyze procgrid-fd.jsonl --save picture.svg\n"},
};

static void help_command(FILE *out, const struct pg_subcommand *of)
{
	unsigned use = 0;
	fprintf(out, "Usage: procgrid %s %s\n", of->name, of->args);
	for (size_t i = 0; i < PG_ARRAY_LEN(command_texts); i++) {
		if (command_texts[i].mode != of->mode)
			continue;
		use = command_texts[i].use;
		if (command_texts[i].text)
			fputs(command_texts[i].text, out);
		else
			print_wrapped(out, of->help, 0);
	}
	fputs("\nOptions:\n", out);
	/* Its own ones first. */
	for (int own = 1; own >= 0; own--)
		for (size_t i = 0; i < pg_nr_options; i++)
			if ((pg_option_table[i].uses & use) &&
			    (pg_option_table[i].uses == use) == own)
				print_option(out, &pg_option_table[i], of);
}

void pg_options_help(FILE *out, const struct pg_subcommand *of)
{
	if (of)
		help_command(out, of);
	else
		help_all(out);
}
