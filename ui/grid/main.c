/* SPDX-License-Identifier: MIT */
/* The program: options in, one command out. */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "canvas/theme.h"
#include "cmd/cmd.h"
#include "cmd_fd_plot.h"
#include "cmd_grid.h"
#include "term/term.h"

/* Ends cleanly in one place: the terminal first, then a line that can be read. */
_Noreturn void pg_out_of_memory(void)
{
	static const char text[] = "procgrid: out of memory\n";
	term_emergency();
	ssize_t unused = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)unused;
	_exit(1);
}

/* Text for stdout that could not be written is a failure, too: a full disk, a closed descriptor. */
static int finish_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	perror("procgrid: cannot write to stdout");
	return 1;
}

static int show_help(const struct pg_options *o)
{
	pg_options_help(stdout, o->help_of);
	return finish_stdout();
}

static int show_version(const struct pg_options *o)
{
	(void)o;
	puts("procgrid " PACKAGE_VERSION);
	return finish_stdout();
}

static const struct pg_cmd cmd_help = {PG_MODE_HELP, "help", "this text", show_help};
static const struct pg_cmd cmd_version = {PG_MODE_VERSION, "version", "the version", show_version};

static const struct pg_cmd *const commands[] = {&cmd_grid,    &cmd_replay,    &pg_cmd_csv,
						&pg_cmd_json, &pg_cmd_record, &cmd_fd,
						&cmd_help,    &cmd_version};

/* A wrong colour is wrong with --csv, too: the options are read without knowing of colours. */
static bool colors_are_fine(const char *colors)
{
	struct theme t;
	struct pg_error err;
	theme_init(&t, PALETTE_DEFAULT, false);
	if (theme_parse_colors(&t, colors, &err) == 0)
		return true;
	fprintf(stderr, "procgrid: %s\n", err.text);
	return false;
}

/*
 * A standard descriptor that was closed would be given to the next file that is opened, the socket
 * of the connector for one, and a screen or a message would be written there. Its place is taken by
 * one with which all that can be done is to hold a place: it stays EBADF.
 */
static void guard_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/", O_PATH | O_CLOEXEC);
}

int main(int argc, char *argv[])
{
	struct pg_options o;
	struct pg_error err;
	int status = 2;
	guard_standard_fds();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers in tables and on the screen are for machines, too */
	if (pg_options_parse(argc, argv, &o, &err) < 0) {
		fprintf(stderr, "procgrid: %s\n", err.text);
		return 2;
	}
	if (o.colors && !colors_are_fine(o.colors))
		return 2;
	for (size_t i = 0; i < PG_ARRAY_LEN(commands); i++)
		if (commands[i]->mode == o.mode)
			status = commands[i]->run(&o);
	pg_options_free(&o);
	return status;
}
