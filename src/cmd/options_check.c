/* SPDX-License-Identifier: MIT */
/* What the options say together, judged when all are known, so that their order does not matter. */
#include <errno.h>

#include "options_impl.h"
#include "plot/plot.h"

#define MIN_DELAY    (PG_NS_PER_SEC / 20)
#define MIN_INTERVAL (PG_NS_PER_SEC / 1000) /* of fd */
#define FD_DELAY     (PG_NS_PER_SEC / 10)

static bool is_recording(const struct pg_options_parse *p)
{
	return p->command && p->command->mode == PG_MODE_RECORD;
}

static bool is_fd(const struct pg_options_parse *p)
{
	return p->command && p->command->mode == PG_MODE_FD;
}

static int refuse_shown(struct pg_options_parse *p, const struct pg_option *opt, unsigned shown)
{
	const char *name = opt->longs[0], *now = p->json ? "json" : "csv";
	bool csv = opt->uses & PG_USE_CSV, json = opt->uses & PG_USE_JSON;
	if (shown == PG_USE_JSON && csv)
		return pg_fail(p->err, -EINVAL,
			       "option --%s does not go with --json, which prints all counters as "
			       "they are: choose with jq, or give --csv",
			       name);
	if (csv || json)
		return pg_fail(p->err, -EINVAL, "option --%s is for %s: give %s as well", name,
			       csv ? "tables" : "lines of JSON",
			       csv && json ? "--csv or --json"
			       : csv       ? "--csv"
					   : "--json");
	return pg_fail(p->err, -EINVAL, "option --%s is for the grid: leave --%s out", name, now);
}

static bool has_hosts(const struct pg_options_parse *p)
{
	return p->o->nr_hosts > 0;
}

/* Tables of other hosts are made there: what to type instead. */
static int refuse_with_hosts(struct pg_options_parse *p)
{
	struct pg_buf b = {0};
	pg_options_quote(&b, p->o->hosts[0]);
	const char *host = pg_buf_cstr(&b);
	int ret;
	if (is_recording(p))
		ret = pg_fail(
			p->err, -EINVAL,
			"option --host does not go with record: on a host, run ssh %s procgrid "
			"record -o FILE",
			host);
	else if (p->command)
		ret = pg_fail(p->err, -EINVAL,
			      "option --host does not go with replay: give the one or the other");
	else if (p->csv || p->json)
		ret = pg_fail(
			p->err, -EINVAL,
			"option --host is for the grid: for a table, run ssh %s procgrid --%s",
			host, p->csv ? "csv" : "json");
	else
		ret = pg_fail(p->err, -EINVAL,
			      "PIDs do not go with --host: each host has its own numbers");
	pg_buf_free(&b);
	return ret;
}

/* The use that an option lacks is told by what would help. */
static int refuse(struct pg_options_parse *p, const struct pg_option *opt, unsigned shown)
{
	const char *name = opt->longs[0];
	if (is_recording(p))
		return pg_fail(p->err, -EINVAL,
			       "option --%s does not go with record: give it when you look at it",
			       name);
	if (is_fd(p))
		return pg_fail(p->err, -EINVAL,
			       "option --%s does not go with fd; see procgrid fd --help", name);
	if (opt->uses == PG_USE_FD)
		return pg_fail(p->err, -EINVAL,
			       "option --%s is for descriptors over time: procgrid fd --%s", name,
			       name);
	if (!(opt->uses & ~(PG_USE_RECORD | PG_USE_FD)))
		return pg_fail(p->err, -EINVAL,
			       "option --%s is for recordings: procgrid record -o FILE%s", name,
			       opt->uses & PG_USE_FD ? ", or procgrid fd" : "");
	if (!(opt->uses & shown))
		return refuse_shown(p, opt, shown);
	if (has_hosts(p))
		return pg_fail(p->err, -EINVAL, "option --%s does not go with --host", name);
	return pg_fail(p->err, -EINVAL,
		       "option --%s does not go with replay: there is only what was recorded",
		       name);
}

static int check_uses(struct pg_options_parse *p)
{
	unsigned shown = p->json ? PG_USE_JSON : p->csv ? PG_USE_CSV : PG_USE_GRID, uses = shown;
	if (has_hosts(p) && (p->command || p->csv || p->json || p->o->nr_pids))
		return refuse_with_hosts(p);
	if (has_hosts(p))
		uses |= PG_USE_HOSTS;
	if (is_recording(p))
		uses = PG_USE_RECORD;
	else if (is_fd(p))
		uses = PG_USE_FD;
	else if (p->command)
		uses |= PG_USE_REPLAY;
	for (size_t i = 0; i < p->nr_given; i++)
		if ((p->given[i]->uses & uses) != uses)
			return refuse(p, p->given[i], shown);
	return 0;
}

static int check_raw(struct pg_options_parse *p)
{
	const struct pg_option *raw = NULL, *other = NULL;
	for (size_t i = p->nr_given; i-- > 0;) {
		int id = p->given[i]->id;
		if (pg_options_raw_group(id))
			raw = p->given[i];
		if (id == PG_OPT_CHANGED || id == PG_OPT_FIELDS)
			other = p->given[i];
	}
	if (!raw || !other)
		return 0;
	return pg_fail(p->err, -EINVAL,
		       "option --%s does not go with --%s: raw fields are printed as they are",
		       other->longs[0], raw->longs[0]);
}

static int check_command(struct pg_options_parse *p)
{
	const struct pg_options *o = p->o;
	const bool no_name = o->output && !*o->output;
	if (no_name || (o->save_screen && !*o->save_screen))
		return pg_fail(
			p->err, -EINVAL,
			"option --%s: the name of the file is empty; give one, or - for stdout",
			no_name ? "output" : "save-screen");
	if (o->remote_command && !has_hosts(p))
		return pg_fail(p->err, -EINVAL,
			       "option --remote-command: of which host? give --host as well");
	if (is_recording(p) && !o->output)
		return pg_fail(p->err, -EINVAL, "record: into which file? give --output FILE");
	if (p->command && p->command->mode == PG_MODE_REPLAY && (!o->recording || !*o->recording))
		return pg_fail(p->err, -EINVAL,
			       "replay: of which file? give one, or - for what is piped in");
	return 0;
}

/* ---- procgrid fd ------------------------------------------------------------------------------
 */

/* The first of these that was given, if any, is one too many. */
static int refuse_given(struct pg_options_parse *p, const int *ids, size_t n, const char *with,
			const char *why)
{
	for (size_t i = 0; i < p->nr_given; i++)
		for (size_t k = 0; k < n; k++)
			if (p->given[i]->id == ids[k])
				return pg_fail(p->err, -EINVAL,
					       "option --%s does not go with %s: %s",
					       p->given[i]->longs[0], with, why);
	return 0;
}

static int check_watched(struct pg_options_parse *p)
{
	static const int of_runs[] = {'d',
				      'o',
				      PG_OPT_FORCE,
				      PG_OPT_DURATION,
				      PG_OPT_NO_CHILDREN,
				      PG_OPT_NO_CAPTURE,
				      PG_OPT_NO_LOG,
				      PG_OPT_WITHOUT};
	static const int of_commands[] = {PG_OPT_NO_CAPTURE};
	static const int of_text[] = {PG_OPT_PLOT};
	static const int of_logs[] = {'o', PG_OPT_FORCE};
	const struct pg_fd_options *fd = &p->o->fd;
	int what = (fd->command != NULL) + (fd->pid != 0) + (fd->analyze != NULL) + fd->demo, ret;
	if (what != 1)
		return pg_fail(p->err, -EINVAL,
			       "fd: %s a COMMAND, --pid PID, --analyze FILE or --demo",
			       what ? "one thing at a time:" : "of what? Give");
	if (fd->analyze && (ret = refuse_given(p, of_runs, PG_ARRAY_LEN(of_runs), "--analyze",
					       "a log is read as it is")) < 0)
		return ret;
	if (fd->pid && (ret = refuse_given(p, of_commands, PG_ARRAY_LEN(of_commands), "--pid",
					   "only a command's output is looked at")) < 0)
		return ret;
	if (fd->json && (ret = refuse_given(p, of_text, PG_ARRAY_LEN(of_text), "--json",
					    "it is drawn below a report for people")) < 0)
		return ret;
	if (!fd->log && (ret = refuse_given(p, of_logs, PG_ARRAY_LEN(of_logs), "--no-log",
					    "it is for the log")) < 0)
		return ret;
	return 0;
}

static int check_fd(struct pg_options_parse *p)
{
	struct pg_options *o = p->o;
	o->fd.json = p->json;
	if (!o->has_delay)
		o->delay_ns = FD_DELAY;
	p->used = p->delay_used;
	if (o->delay_ns < MIN_INTERVAL)
		return pg_options_bad_value(p, p->delay_arg,
					    "too short: give at least 0.001 (1ms)");
	p->used = "--save";
	if (o->fd.save && pg_plot_format_of(o->fd.save) == PG_PLOT_NO_FORMAT)
		return pg_options_bad_value(p, o->fd.save,
					    "of no known format: end it in .svg, .png or .pdf");
	if (o->output && strcmp(o->output, "-") == 0 && !o->fd.pid)
		return pg_fail(p->err, -EINVAL,
			       "option --output: stdout is the command's; give a file");
	return check_watched(p);
}

static int check_delay(struct pg_options_parse *p)
{
	if (p->csv || p->json || p->o->delay_ns >= MIN_DELAY)
		return 0;
	return pg_fail(p->err, -EINVAL, "option --delay: %s at least 0.05 (50ms) between samples",
		       is_recording(p) ? "a recording takes" : "the grid needs");
}

int pg_options_check(struct pg_options_parse *p)
{
	struct pg_options *o = p->o;
	int ret;

	o->mode = is_fd(p)     ? PG_MODE_FD
		  : p->json    ? PG_MODE_JSON
		  : p->csv     ? PG_MODE_CSV
		  : p->command ? p->command->mode
			       : PG_MODE_GRID;
	if (p->csv && p->json)
		return pg_fail(p->err, -EINVAL, "options --csv and --json: give one of them");
	if ((ret = check_uses(p)) < 0 || (ret = check_raw(p)) < 0 || (ret = check_command(p)) < 0)
		return ret;
	if (o->rows && !o->save_screen)
		return pg_fail(
			p->err, -EINVAL,
			"option --size: only --save-screen has a size to choose; give that too");
	if (is_fd(p))
		return check_fd(p);
	if ((p->csv || p->json) && (o->cycles || o->recording))
		o->repeat = true;
	return check_delay(p);
}
