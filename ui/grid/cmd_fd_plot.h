/* SPDX-License-Identifier: MIT */
/* cmd_fd_plot: procgrid fd (cmd_fd.h) as a command, with what of it needs a canvas. */
#ifndef CMD_FD_PLOT_H
#define CMD_FD_PLOT_H

#include "cmd/cmd.h"

extern const struct pg_cmd cmd_fd;

#endif
