/* SPDX-License-Identifier: MIT */
/*
 * configure: settings file, options and environment into what app and theme start with. An option
 * outranks the file; what is wrong in the file is named on stderr and left out, what is wrong in an
 * option ends the program.
 */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "app/app.h"
#include "cmd/options.h"

/* 0, or the exit status 2 after one line on stderr. out is then not to be used. */
int configure_app(const struct pg_options *o, struct app_options *out);

#endif
