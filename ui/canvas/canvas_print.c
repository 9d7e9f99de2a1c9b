/* SPDX-License-Identifier: MIT */
#include "canvas_print.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/human.h"
#include "base/text.h"

#define DEFAULT_COLS 80
#define MAX_COLS     1000
#define MAX_ROWS     1000

static const char *env(const char *name)
{
	const char *v = getenv(name);
	return v ? v : "";
}

static int colors_of(int fd)
{
	const char *term = env("TERM"), *more = env("COLORTERM");

	if (!isatty(fd) || *env("NO_COLOR") || !*term || strcmp(term, "dumb") == 0)
		return 0;
	if (strcmp(more, "truecolor") == 0 || strcmp(more, "24bit") == 0 || strstr(term, "direct"))
		return 1 << 24;
	return strstr(term, "256color") ? 256 : 8;
}

void canvas_stream_look(int fd, struct canvas_stream *out)
{
	struct winsize size = {0};
	uint64_t cols = 0;

	*out = (struct canvas_stream){.cols = DEFAULT_COLS, .colors = colors_of(fd)};
	if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
		out->rows = size.ws_row <= MAX_ROWS ? size.ws_row : MAX_ROWS;
		if (size.ws_col > 0)
			out->cols = size.ws_col <= MAX_COLS ? size.ws_col : MAX_COLS;
	}
	if (pg_parse_u64(env("COLUMNS"), 1, MAX_COLS, &cols))
		out->cols = (int)cols;
}

static bool same_look(struct rgb_pair a, struct rgb_pair b)
{
	return a.fg == b.fg && a.bg == b.bg && a.attrs == b.attrs;
}

/* base 30: the characters; 40: what is behind them. */
static void put_color(struct pg_buf *out, int base, int32_t rgb, int colors)
{
	if (rgb == COLOR_OWN)
		return;
	if (colors >= 1 << 24) {
		pg_buf_printf(out, ";%d;2;%d;%d;%d", base + 8, rgb >> 16, rgb >> 8 & 0xff,
			      rgb & 0xff);
		return;
	}
	int index = theme_nearest(rgb, colors);
	if (colors >= 256)
		pg_buf_printf(out, ";%d;5;%d", base + 8, index);
	else
		pg_buf_printf(out, ";%d", base + index % 8 + (index >= 8 ? 60 : 0));
}

/* From nothing on each time: what was set before does not matter then. */
static void put_look(struct pg_buf *out, struct rgb_pair look, int colors)
{
	static const struct {
		uint8_t attr;
		const char *sgr;
	} attrs[] = {
		{ATTR_BOLD, ";1"}, {ATTR_DIM, ";2"}, {ATTR_UNDERLINE, ";4"}, {ATTR_REVERSE, ";7"}};

	pg_buf_puts(out, "\033[0");
	for (size_t i = 0; i < PG_ARRAY_LEN(attrs); i++)
		if (look.attrs & attrs[i].attr)
			pg_buf_puts(out, attrs[i].sgr);
	put_color(out, 30, look.fg, colors);
	put_color(out, 40, look.bg, colors);
	pg_buf_putc(out, 'm');
}

static void put_char(struct pg_buf *out, uint32_t ch)
{
	char bytes[4];

	if (ch)
		pg_buf_put(out, bytes, pg_utf8_encode(ch, bytes));
}

static void print_row(const struct canvas *c, const struct canvas_cell *cells,
		      const struct theme *t, int colors, struct pg_buf *out)
{
	static const struct rgb_pair plain = {COLOR_OWN, COLOR_OWN, 0};
	struct rgb_pair now = plain;
	int end = c->cols;

	while (end > 0 && cells[end - 1].ch == ' ' && cells[end - 1].style.back == ROLE_NONE)
		end--;
	for (int i = 0; i < end; i++) {
		struct rgb_pair look = plain;
		if (colors > 0) {
			look = theme_colors(t, cells[i].style, colors);
			look.attrs |= cells[i].style.attrs;
		}
		/* A blank shows no colour but that behind it. */
		if (cells[i].ch != ' ' || cells[i].style.back != ROLE_NONE)
			if (!same_look(look, now)) {
				put_look(out, look, colors);
				now = look;
			}
		put_char(out, cells[i].ch);
	}
	if (!same_look(now, plain))
		pg_buf_puts(out, "\033[0m");
	pg_buf_putc(out, '\n');
}

void canvas_print(const struct canvas *c, const struct theme *t, int colors, struct pg_buf *out)
{
	for (int row = 0; row < c->rows; row++)
		print_row(c, c->cells + (size_t)row * (size_t)c->cols, t, colors, out);
}
