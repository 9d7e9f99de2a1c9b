/* SPDX-License-Identifier: MIT */
#include "cmd_fd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/outlet.h"
#include "cmd.h"
#include "fd/fd_chart.h"

struct report {
	const struct pg_options *o;
	struct pg_fd_profile p;
	struct pg_fd_findings f;
	int fd; /* where it goes */
	void (*draw)(const struct pg_options *o, const struct pg_plot *plot, int fd);
};

/* Before a long run it is known whether the picture can be saved at its end. */
static int check_save(const struct pg_options *o)
{
	struct pg_error err = {""};
	if (!o->fd.save || (pg_plot_can_save(pg_plot_format_of(o->fd.save), &err) == 0 &&
			    pg_plot_can_write(o->fd.save, &err) >= 0))
		return 0;
	pg_cmd_say("%s", err.text);
	return 1;
}

/* The exit status: what was asked for and failed is a failure, unless the command's says more. */
static int put_report(struct report *r, bool newline)
{
	struct pg_buf b = {0};
	if (newline)
		pg_buf_putc(&b, '\n');
	if (r->o->fd.json)
		pg_fd_report_json(&r->p, &r->f, &b);
	else
		pg_fd_report(&r->p, &r->f, &b);
	int err = pg_outlet_flush(&b, r->fd, 0);
	pg_buf_free(&b);
	/* Who runs a command with stderr closed does not want one. */
	if (err == 0 || err == -EPIPE || (err == -EBADF && !r->o->fd.analyze))
		return 0;
	pg_cmd_say("cannot write the report: %s", strerror(-err));
	return 1;
}

static int put_picture(struct report *r)
{
	struct pg_error err = {""};
	int status = 0;
	if (!r->o->fd.plot && !r->o->fd.save)
		return 0; /* else it is made, even if it says "no samples" */
	struct pg_plot *plot = pg_fd_chart(&r->p, &r->f);
	if (r->o->fd.plot)
		r->draw(r->o, plot, r->fd);
	if (r->o->fd.save && pg_plot_save(plot, r->o->fd.save, &err) < 0) {
		pg_cmd_say("%s", err.text);
		status = 1;
	} else if (r->o->fd.save) {
		pg_cmd_say("plot saved to %s", r->o->fd.save);
	}
	pg_plot_free(plot);
	return status;
}

static int conclude(struct report *r, bool newline)
{
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is told as EFBIG; the command had it plain */
	const struct pg_level_rule rule = {.min_length = r->o->fd.min_length,
					   .tolerance = r->o->fd.tolerance,
					   .merge_threshold = r->o->fd.merge_threshold,
					   .jump_threshold = r->o->fd.jump_threshold};
	pg_fd_analyze(&r->p, &rule, &r->f);
	int status = put_report(r, newline), picture = put_picture(r);
	pg_fd_findings_free(&r->f);
	return status ? status : picture;
}

static int analyze_log(struct report *r)
{
	struct pg_error notice = {""}, err = {""};
	int ret = pg_fd_log_read(r->o->fd.analyze, &r->p, &notice, &err);
	if (ret < 0) {
		pg_cmd_say("%s", err.text);
		return 1;
	}
	int status = conclude(r, false);
	if (*notice.text)
		pg_cmd_say("%s", notice.text);
	return ret ? 1 : status;
}

static int run_and_report(struct report *r)
{
	bool report, newline;
	int status = pg_cmd_fd_watch(r->o, &r->p, &report, &newline), failed = 0;
	if (report)
		failed = conclude(r, newline);
	return status ? status : failed;
}

int pg_cmd_fd_run(const struct pg_options *o,
		  void (*draw)(const struct pg_options *o, const struct pg_plot *plot, int fd))
{
	struct report r = {
		.o = o, .fd = o->fd.analyze ? STDOUT_FILENO : STDERR_FILENO, .draw = draw};
	int status = check_save(o);
	if (status)
		return status;
	status = o->fd.analyze ? analyze_log(&r) : run_and_report(&r);
	pg_fd_profile_free(&r.p);
	return status;
}
