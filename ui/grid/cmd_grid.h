/* SPDX-License-Identifier: MIT */
/*
 * cmd_grid: the live grid as a command: settings and options into a theme and an app, the engine
 * and the terminal (or none, with --save-screen) around it, and the one poll() in which main
 * sleeps.
 */
#ifndef CMD_GRID_H
#define CMD_GRID_H

#include "cmd/cmd.h"

extern const struct pg_cmd cmd_grid, cmd_replay;

#endif
