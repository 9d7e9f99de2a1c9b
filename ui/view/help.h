/* SPDX-License-Identifier: MIT */
/* help: the page of keys, colours and signs; keys from the one table (keys.def). */
#ifndef HELP_H
#define HELP_H

#include "canvas/theme.h"
#include "popup.h"

/*
 * Lines for a page, wrapped to width columns. The caller frees them with popup_text_free().
 * why_deaf: why the kernel does not tell of births and deaths (pg_told); NULL: it does.
 */
void help_build(struct popup_text *text, const struct theme *theme, bool io_any, bool mouse,
		const char *why_deaf, int width);

#endif
