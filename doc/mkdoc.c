/* SPDX-License-Identifier: MIT */
/*
 * mkdoc: what is known of options, keys and fields, as manual and as completions. Runs when the
 * program is built, and is linked with the same tables, so that none of them can be out of date:
 *
 *   mkdoc man <procgrid.1.in >procgrid.1   lines such as @OPTIONS@ become tables in mdoc(7)
 *   mkdoc bash | zsh | fish                completions for a shell
 *   mkdoc fields | counters                rows of the tables in format.md, for a test
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "task/counter.h"
#include "task/field.h"
#include "canvas/keys.h"
#include "cmd/options.h"

/* ---- mdoc(7) -------------------------------------------------------------------------------- */

/* Text that no macro and no escape can hide in; minus keeps a '-' that is to be typed. */
static void man_text(const char *s, bool minus)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-' && minus)
			fputs("\\-", stdout);
		else
			putchar(*s);
	}
}

/* A sentence for a list: begins large, unless with a word that is to be typed; ends with a stop. */
static void man_sentence(const char *s, const char *typed)
{
	size_t n = strlen(s), first = strcspn(s, " ,.;:|");
	bool word = first > 0 && !isupper((unsigned char)s[0]) && s[first] != '|';
	if (word && !(typed && strncmp(typed, s, first) == 0)) {
		putchar(toupper((unsigned char)*s));
		s++;
		n--;
	}
	man_text(s, false);
	puts(n > 0 && s[n - 1] == '.' ? "" : ".");
}

static void man_option(const struct pg_option *opt)
{
	const char *sep = "";
	fputs(".It", stdout);
	for (const char *c = opt->shorts; *c; c++, sep = " ,")
		printf("%s Fl %c", sep, *c);
	for (size_t i = 0; i < PG_ARRAY_LEN(opt->longs) && opt->longs[i]; i++, sep = " ,") {
		printf("%s Fl \\-", sep);
		man_text(opt->longs[i], true);
	}
	if (opt->arg)
		printf(" Ar %s", opt->arg);
	putchar('\n');
	man_sentence(opt->help, opt->values);
}

static void man_options(void)
{
	for (int part = 0; part < PG_OPT_NR; part++) {
		printf(".Ss %s\n.Bl -tag -width Ds\n",
		       pg_option_part_title((enum pg_option_part)part));
		for (size_t i = 0; i < pg_nr_options; i++)
			if ((int)pg_option_table[i].part == part)
				man_option(&pg_option_table[i]);
		puts(".El");
	}
}

/* Names of keys: a lone sign must not be taken for punctuation of the sentence. */
static void man_keys(void)
{
	const char *part = NULL;
	for (size_t i = 0; i < NR_ACTIONS; i++) {
		const struct key_binding *b = &key_bindings[i];
		if (!part || strcmp(part, b->part) != 0) {
			printf("%s.Ss %s\n.Bl -tag -width \"Right_l_x\" -compact\n",
			       part ? ".El\n" : "", b->part);
			part = b->part;
		}
		fputs(".It", stdout);
		const char *sep = "";
		for (const char *s = b->keys; *s;) {
			char name[32];
			size_t n = strcspn(s, " ");
			snprintf(name, sizeof(name), "%.*s", (int)n, s);
			printf("%s Ic \\&", sep);
			man_text(name, true);
			sep = " ,";
			s += n;
			s += strspn(s, " ");
		}
		putchar('\n');
		man_text(b->help, false);
		putchar('\n');
	}
	puts(".El");
}

static const char *unit_name(enum pg_unit unit)
{
	switch (unit) {
	case PG_UNIT_BYTES:
		return "bytes";
	case PG_UNIT_NS:
		return "ns";
	case PG_UNIT_TICKS:
		return "ticks";
	case PG_UNIT_TIME:
	case PG_UNIT_COUNT:
	case PG_UNIT_NONE:
		break;
	}
	return "";
}

static void man_fields(bool table)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < pg_nr_fields; i++) {
		const struct pg_field *f = &pg_fields[i];
		if (f->table != table)
			continue;
		printf(".It Va %s\n", f->name);
		man_text(f->help, false);
		printf("\n.Pq \"%s%s", unit_name(f->unit), *unit_name(f->unit) ? ", " : "");
		man_text(f->origin, false);
		puts("\"");
	}
	puts(".El");
}

static void man_table_fields(void)
{
	man_fields(true);
}

static void man_more_fields(void)
{
	man_fields(false);
}

static const struct {
	const char *line;
	void (*print)(void);
} parts[] = {
	{"@OPTIONS@\n", man_options},
	{"@KEYS@\n", man_keys},
	{"@TABLE_FIELDS@\n", man_table_fields},
	{"@MORE_FIELDS@\n", man_more_fields},
};

static int make_man(void)
{
	char line[4096];
	while (fgets(line, sizeof(line), stdin)) {
		size_t i = 0;
		while (i < PG_ARRAY_LEN(parts) && strcmp(line, parts[i].line) != 0)
			i++;
		char *at = strstr(line, "@VERSION@");
		if (i < PG_ARRAY_LEN(parts)) {
			parts[i].print();
		} else if (at) {
			printf("%.*s%s%s", (int)(at - line), line, PACKAGE_VERSION, at + 9);
		} else if (line[0] == '@') {
			fprintf(stderr, "mkdoc: the template has an unknown line: %s", line);
			return 1;
		} else {
			fputs(line, stdout);
		}
	}
	return ferror(stdin) ? 1 : 0;
}

/* ---- completions ---------------------------------------------------------------------------- */

enum argument { ARG_NONE, ARG_FREE, ARG_WORD, ARG_LIST, ARG_USER, ARG_HOST, ARG_PID, ARG_FILE, ARG_DIR };

/* What can be completed behind an option, by the name that its argument has in --help. */
static enum argument argument_of(const struct pg_option *opt)
{
	if (!opt->arg)
		return ARG_NONE;
	if (opt->id == PG_OPT_FIELDS)
		return ARG_LIST;
	if (opt->values)
		return strcmp(opt->arg, "LIST") == 0 ? ARG_LIST : ARG_WORD;
	if (strcmp(opt->arg, "USER") == 0)
		return ARG_USER;
	if (strcmp(opt->arg, "HOST") == 0)
		return ARG_HOST;
	if (strcmp(opt->arg, "FILE") == 0)
		return ARG_FILE;
	if (strcmp(opt->arg, "PID") == 0)
		return ARG_PID;
	return strcmp(opt->arg, "DIR") == 0 ? ARG_DIR : ARG_FREE;
}

/* All characters of s; those of special get a backslash, apostrophes and line ends a blank. */
static void shell_text(const char *s, const char *special)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\n') {
			putchar(' ');
			continue;
		}
		if (strchr(special, *s))
			putchar('\\');
		putchar(*s);
	}
}

/* The words an option takes, or takes a list of. */
static void words_of(const struct pg_option *opt)
{
	for (const char *s = opt->values; s && *s; s++)
		putchar(*s == '|' ? ' ' : *s);
	for (size_t i = 0; opt->id == PG_OPT_FIELDS && i < pg_nr_fields; i++)
		printf("%s%s", i ? " " : "", pg_fields[i].name);
}

/* "-d|-w|--delay|--sleep" */
static void names_of(const struct pg_option *opt, const char *sep)
{
	const char *before = "";
	for (const char *c = opt->shorts; *c; c++, before = sep)
		printf("%s-%c", before, *c);
	for (size_t i = 0; i < PG_ARRAY_LEN(opt->longs) && opt->longs[i]; i++, before = sep)
		printf("%s--%s", before, opt->longs[i]);
}

static void bash_case(const struct pg_option *opt)
{
	enum argument arg = argument_of(opt);
	if (arg == ARG_NONE)
		return;
	fputs("\t", stdout);
	names_of(opt, " | ");
	fputs(")\n\t\t", stdout);
	switch (arg) {
	case ARG_LIST:
		fputs("head=${cur%\"${cur##*,}\"}\n\t\t", stdout);
		/* fallthrough */
	case ARG_WORD:
		fputs("words='", stdout);
		words_of(opt);
		puts("'");
		break;
	case ARG_USER:
		puts("words=$(compgen -u)");
		break;
	case ARG_HOST:
		puts("words=$(_procgrid_hosts)");
		break;
	case ARG_PID:
		puts("words=$(cd /proc && printf '%s ' [0-9]*)");
		break;
	case ARG_FILE:
		puts("compopt -o filenames\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		     "\t\treturn");
		break;
	case ARG_DIR:
		puts("compopt -o filenames\n\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
		     "\t\treturn");
		break;
	default:
		puts("return");
	}
	puts("\t\t;;");
}

/* "record replay" */
static void commands(void)
{
	for (size_t i = 0; i < pg_nr_subcommands; i++)
		printf("%s%s", i ? " " : "", pg_subcommands[i].name);
}

/*
 * Names of ssh_config(5), and of known hosts that are not hashed. compgen -W expands what it is
 * given, so nothing comes through that a shell could take for more than a word.
 */
static void bash_hosts(void)
{
	puts("_procgrid_hosts() {\n"
	     "\t{\n"
	     "\t\tawk 'tolower($1) == \"host\" { $1 = \"\"; print }' \"${HOME:-/}/.ssh/config\"\n"
	     "\t\tawk '{ gsub(/,/, \" \", $1); print $1 }' \"${HOME:-/}/.ssh/known_hosts\"\n"
	     "\t} 2>/dev/null | tr -s ' ' '\\n' | grep -E '^[A-Za-z0-9][A-Za-z0-9._:-]*$'\n"
	     "}");
}

/* --name=value comes as three words, since '=' separates words there; user@host does as well. */
static int make_bash(void)
{
	puts("# bash completion for procgrid; made by doc/mkdoc.c");
	bash_hosts();
	puts("_procgrid() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}"
	     " head='' words=''\n"
	     "\tCOMPREPLY=()\n"
	     "\tif [[ $cur == = ]]; then\n"
	     "\t\tcur=''\n"
	     "\telif [[ $prev == = && $COMP_CWORD -gt 2 ]]; then\n"
	     "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	     "\telif [[ $prev == @ && $COMP_CWORD -gt 3 ]]; then\n"
	     "\t\tprev=${COMP_WORDS[COMP_CWORD - 3]}\n"
	     "\tfi\n"
	     "\tcase $prev in");
	for (size_t i = 0; i < pg_nr_options; i++)
		bash_case(&pg_option_table[i]);
	fputs("\t*)\n\t\tif [[ $cur == -* ]]; then\n\t\t\twords='", stdout);
	for (size_t i = 0; i < pg_nr_options; i++) {
		fputs(i ? " " : "", stdout);
		names_of(&pg_option_table[i], " ");
	}
	puts("'\n\t\telif [[ \" ${COMP_WORDS[*]:1:COMP_CWORD-1} \" == *' fd '* ]]; then\n"
	     "\t\t\tcompopt -o filenames\n"
	     "\t\t\tmapfile -t COMPREPLY < <(compgen -c -f -- \"$cur\")\n"
	     "\t\t\treturn");
	puts("\t\telif [[ \" ${COMP_WORDS[*]:1:COMP_CWORD-1} \" == *' replay '* ]]; then\n"
	     "\t\t\tcompopt -o filenames\n"
	     "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	     "\t\t\treturn\n"
	     "\t\telse\n"
	     "\t\t\twords=$(cd /proc && printf '%s ' [0-9]*)");
	fputs("\t\t\twords+='", stdout);
	commands();
	puts("'\n"
	     "\t\tfi\n\t\t;;\n\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -P \"$head\" -W \"$words\" -- \"${cur#\"$head\"}\")\n"
	     "\tif [[ -n $head ]]; then\n"
	     "\t\tcompopt -o nospace\n"
	     "\tfi\n"
	     "}\n"
	     "complete -F _procgrid procgrid");
	return 0;
}

static void zsh_argument(const struct pg_option *opt)
{
	enum argument arg = argument_of(opt);
	if (arg == ARG_NONE)
		return;
	printf(":%s:", opt->arg);
	switch (arg) {
	case ARG_WORD:
		putchar('(');
		words_of(opt);
		putchar(')');
		break;
	case ARG_LIST:
		printf("_values -s , %s ", opt->longs[0]);
		words_of(opt);
		break;
	case ARG_USER:
		fputs("_users", stdout);
		break;
	case ARG_HOST:
		fputs("_ssh_hosts", stdout);
		break;
	case ARG_PID:
		fputs("_pids", stdout);
		break;
	case ARG_FILE:
		fputs("_files", stdout);
		break;
	case ARG_DIR:
		fputs("_files -/", stdout);
		break;
	default:
		putchar(' ');
	}
}

static int make_zsh(void)
{
	puts("#compdef procgrid\n# zsh completion for procgrid; made by doc/mkdoc.c\n"
	     "_arguments -s -S : \\");
	for (size_t i = 0; i < pg_nr_options; i++) {
		const struct pg_option *opt = &pg_option_table[i];
		bool several = opt->longs[1] || opt->shorts[0];
		fputs("\t", stdout);
		if (several) {
			fputs("'(", stdout);
			names_of(opt, " ");
			fputs(")'{", stdout);
			names_of(opt, ",");
			fputs("}'", stdout);
		} else {
			putchar('\'');
			names_of(opt, "");
		}
		putchar('[');
		shell_text(opt->help, "[]:\\");
		putchar(']');
		zsh_argument(opt);
		puts("' \\");
	}
	fputs("\t'*: :_alternative \"commands:command:(", stdout);
	commands();
	puts(")\" \"pids:PID:_pids\" \"files:FILE:_files\" "
	     "\"executables:COMMAND:_command_names -e\"'");
	return 0;
}

static void fish_argument(const struct pg_option *opt)
{
	switch (argument_of(opt)) {
	case ARG_NONE:
		break;
	case ARG_WORD:
		fputs(" -x -a '", stdout);
		words_of(opt);
		putchar('\'');
		break;
	case ARG_LIST:
		fputs(" -x -a '(__fish_append , ", stdout);
		words_of(opt);
		fputs(")'", stdout);
		break;
	case ARG_USER:
		fputs(" -x -a '(__fish_complete_users)'", stdout);
		break;
	case ARG_HOST:
		fputs(" -x -a '(__fish_complete_user_at_hosts)'", stdout);
		break;
	case ARG_PID:
		fputs(" -x -a '(__fish_complete_pids)'", stdout);
		break;
	case ARG_FILE:
		fputs(" -r -F", stdout);
		break;
	case ARG_DIR:
		fputs(" -x -a '(__fish_complete_directories)'", stdout);
		break;
	case ARG_FREE:
		fputs(" -x", stdout);
	}
}

static int make_fish(void)
{
	puts("# fish completion for procgrid; made by doc/mkdoc.c\n"
	     "complete -c procgrid -f -a '(__fish_complete_pids)'\n"
	     "complete -c procgrid -n '__fish_seen_subcommand_from replay' -F\n"
	     "complete -c procgrid -n '__fish_seen_subcommand_from fd' -F -a "
	     "'(__fish_complete_command)'");
	for (size_t i = 0; i < pg_nr_subcommands; i++) {
		printf("complete -c procgrid -n __fish_use_subcommand -a %s -d '",
		       pg_subcommands[i].name);
		shell_text(pg_subcommands[i].help, "\\");
		puts("'");
	}
	for (size_t i = 0; i < pg_nr_options; i++) {
		const struct pg_option *opt = &pg_option_table[i];
		fputs("complete -c procgrid", stdout);
		for (const char *c = opt->shorts; *c; c++)
			printf(" -s %c", *c);
		for (size_t k = 0; k < PG_ARRAY_LEN(opt->longs) && opt->longs[k]; k++)
			printf(" -l %s", opt->longs[k]);
		fish_argument(opt);
		fputs(" -d '", stdout);
		shell_text(opt->help, "\\");
		puts("'");
	}
	return 0;
}

/* ---- markdown ------------------------------------------------------------------------------- */

static int make_fields(void)
{
	for (size_t i = 0; i < pg_nr_fields; i++) {
		const struct pg_field *f = &pg_fields[i];
		printf("| `%s` | %s | %s | %s |\n", f->name, unit_name(f->unit), f->origin,
		       f->help);
	}
	return 0;
}

static int make_counters(void)
{
	for (size_t i = 0; i < pg_nr_counters; i++) {
		const struct pg_counter *c = &pg_counters[i];
		const char *unit = pg_unit_name(c->unit), *group = "";
		for (unsigned bit = 0; pg_group_name(bit); bit++)
			if (c->group & 1u << bit)
				group = pg_group_name(bit);
		printf("| `%s` | %s | %s | %s |\n", c->name, unit ? unit : "", group, c->help);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		int (*make)(void);
	} kinds[] = {{"man", make_man},   {"bash", make_bash},     {"zsh", make_zsh},
		     {"fish", make_fish}, {"fields", make_fields}, {"counters", make_counters}};
	for (size_t i = 0; argc == 2 && i < PG_ARRAY_LEN(kinds); i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		int status = kinds[i].make();
		if (fflush(stdout) != 0 || ferror(stdout)) {
			perror("mkdoc: cannot write");
			status = 1;
		}
		return status;
	}
	fputs("usage: mkdoc man <TEMPLATE | mkdoc bash|zsh|fish|fields|counters\n", stderr);
	return 2;
}
