/* SPDX-License-Identifier: MIT */
#include "cmd_fd_plot.h"

#include <errno.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "canvas/theme.h"
#include "cmd/cmd_fd.h"
#include "view/plot_canvas.h"

/* It stands below the report, whose reader may have gone. */
static void draw(const struct pg_options *o, const struct pg_plot *plot, int fd)
{
	enum palette palette = PALETTE_DEFAULT;
	struct theme t;
	if (o->palette)
		theme_parse_palette(o->palette, &palette);
	theme_init(&t, palette, !o->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
	ssize_t unused = write(fd, "\n", 1);
	(void)unused;
	int err = plot_canvas_print(plot, &t, fd);
	if (err < 0 && err != -EPIPE)
		pg_cmd_say("cannot draw the picture: %s", strerror(-err));
}

static int run_fd(const struct pg_options *o)
{
	return pg_cmd_fd_run(o, draw);
}

const struct pg_cmd cmd_fd = {PG_MODE_FD, "fd", "descriptors over time", run_fd};
