/* SPDX-License-Identifier: MIT */
/*
 * fd_demo: something for `procgrid fd --demo` to look at: a program that opens 5, 8 and 6 files,
 * closes 5, 8 and 6 of them, tells of each step by an event, and takes about seven seconds. Run in
 * a child (struct pg_child_options). Its files have no names, so none is left behind however it
 * ends.
 */
#ifndef PG_FD_DEMO_H
#define PG_FD_DEMO_H

/* The exit status: 0, or 1 with a message on stderr. */
int pg_fd_demo(void);

#endif
