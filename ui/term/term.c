/* SPDX-License-Identifier: MIT */
/*
 * ncurses knows the terminal: its sequences, the keys, the least output for a change. What it would
 * do by itself is done here instead: signals come by a descriptor, the mouse is asked for and read
 * by hand (terminfo often knows the old protocol only), UTF-8 is put together from bytes in any
 * locale, and a terminal that takes no output is never waited for without a way out
 * (term_rescue.h).
 */
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include "term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "canvas/keys.h"
#include "term_input.h"
#include "term_looks.h"
#include "term_rescue.h"
#include "term_shown.h"
#include "term_tty.h"

#define MOUSE_ON  "\033[?1000h\033[?1003h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1003l\033[?1000l"

/* Of ncurses' own <term.h>, which our header's name hides; a TERMINAL is only passed on here. */
int setupterm(const char *type, int fd, int *error);
void *set_curterm(void *terminal);
int del_curterm(void *terminal);

/* Codes of ours for the beginnings of mouse reports; ncurses gives its own from KEY_MAX upwards. */
enum { KEY_SGR_MOUSE = 0x7f01, KEY_X10_MOUSE };

struct term {
	SCREEN *screen;
	WINDOW *keys; /* a pad: reading from it never draws */
	FILE *tty;    /* opened here, or NULL: stdin */
	int in, out, signals;
	sigset_t old_mask;
	int rows, cols;
	bool utf8;
	bool can_mouse, mouse;
	bool lost, behind;

	struct term_shown shown;
	bool stale; /* shown is not what ncurses has */
	int cursor; /* its visibility; -1: unknown */
	struct term_looks looks;

	struct term_input input;
	int pushed; /* code to read again; ERR: none */
};

static const char *terminfo(const char *name)
{
	const char *s = tigetstr(name);
	return s == (const char *)-1 ? NULL : s;
}

/* newterm() with the dispositions of signals as they were. */
static SCREEN *new_screen(struct term *t, const char *type)
{
	struct sigaction old[TERM_TTY_SIGNALS];

	/* A newterm() that fails would leak. */
	if (setupterm(type, t->out, &(int){0}) == ERR)
		return NULL;
	del_curterm(set_curterm(NULL));
	for (size_t i = 0; i < TERM_TTY_SIGNALS; i++)
		sigaction(term_tty_signals[i], NULL, &old[i]);
	SCREEN *screen = newterm(type, stdout, t->tty ? t->tty : stdin);
	for (size_t i = 0; i < TERM_TTY_SIGNALS; i++)
		sigaction(term_tty_signals[i], &old[i], NULL);
	return screen;
}

static void prepare_rescue(void)
{
	static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx"};

	term_rescue_bytes(MOUSE_OFF);
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++)
		term_rescue_bytes(terminfo(names[i]));
	term_rescue_bytes(terminfo("rmcup") ? terminfo("rmcup") : "\r\n");
}

static bool make_pair(int nr, int fg, int bg)
{
	return init_extended_pair(nr, fg, bg) != ERR;
}

static void open_colors(struct term *t)
{
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && *no_color) || !has_colors() || start_color() == ERR)
		return;
	t->looks.make = make_pair;
	t->looks.limit = COLOR_PAIRS;
	t->looks.default_colors = use_default_colors() == OK;
	t->looks.colors = COLORS >= 1 << 24 ? 1 << 24
			  : COLORS >= 256   ? 256
			  : COLORS >= 16    ? 16
			  : COLORS >= 8     ? 8
					    : 0;
}

static void open_keys(struct term *t)
{
	const char *kmous = terminfo("kmous");

	t->keys = newpad(1, 1);
	keypad(t->keys, TRUE);
	nodelay(t->keys, TRUE);
	define_key("\033[<", KEY_SGR_MOUSE);
	if ((kmous && strcmp(kmous, "\033[M") == 0) || key_defined("\033[M") == 0)
		define_key("\033[M", KEY_X10_MOUSE);
	t->can_mouse = kmous && strncmp(termname(), "linux", 5) != 0;
	t->pushed = ERR;
}

static bool fit_size(struct term *t)
{
	int rows = LINES, cols = COLS;

	term_tty_size(t->out, &rows, &cols);
	if (rows != LINES || cols != COLS)
		resizeterm(rows, cols);
	if (t->rows == LINES && t->cols == COLS)
		return false;
	t->rows = LINES;
	t->cols = COLS;
	return t->stale = true;
}

static void enter_screen(struct term *t)
{
	term_rescue_hold(true);
	term_rescue_begin();
	clearok(curscr, TRUE);
	wnoutrefresh(stdscr);
	doupdate();
	if (t->mouse)
		term_tty_write(t->out, MOUSE_ON);
	term_rescue_end();
	t->cursor = -1;
}

static void leave_screen(struct term *t)
{
	term_rescue_begin();
	if (t->mouse)
		term_tty_write(t->out, MOUSE_OFF);
	endwin();
	term_rescue_end();
	term_rescue_hold(false);
}

static void setup_screen(struct term *t, bool mouse)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	if (!getenv("ESCDELAY"))
		set_escdelay(25);
	open_keys(t);
	open_colors(t);
	prepare_rescue();
	fit_size(t);
	t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	t->mouse = mouse && t->can_mouse;
	enter_screen(t);
}

static void release(struct term *t)
{
	term_rescue_close();
	close(t->signals);
	pthread_sigmask(SIG_SETMASK, &t->old_mask, NULL);
	if (t->tty)
		fclose(t->tty);
	term_shown_free(&t->shown);
	free(t);
}

/* Why a terminal cannot be opened is not told by curses. */
static bool no_files_left(void)
{
	pg_auto_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fd < 0 && errno == EMFILE;
}

struct term *term_open(bool mouse, struct pg_error *err)
{
	if (!term_usable(err))
		return NULL;
	struct term *t = pg_calloc(1, sizeof(*t));
	t->out = STDOUT_FILENO;
	if (!isatty(STDIN_FILENO))
		t->tty = fopen("/dev/tty", "re");
	t->in = t->tty ? fileno(t->tty) : STDIN_FILENO;
	fflush(stdout);
	t->signals = term_tty_block_signals(&t->old_mask);
	term_rescue_open(t->out);
	for (int i = 0; i < 2 && !t->screen && t->signals >= 0 && isatty(t->in); i++)
		t->screen = new_screen(t, i == 0 ? NULL : "xterm-256color");
	if (t->screen && terminfo("cup")) {
		setup_screen(t, mouse);
		return t;
	}
	if (t->screen)
		endwin();
	if (no_files_left())
		pg_fail_files(err);
	else if (!isatty(t->in))
		pg_fail(err, 0, "the grid needs a terminal for its keys; --csv writes a table");
	else
		pg_fail(err, 0,
			"cannot draw on a terminal of type %.40s: is terminfo installed? "
			"--csv writes a table",
			getenv("TERM"));
	release(t);
	return NULL;
}

void term_close(struct term *t)
{
	if (!t)
		return;
	if (term_rescue_holds())
		leave_screen(t);
	delwin(t->keys);
	delscreen(t->screen);
	release(t);
}

void term_size(const struct term *t, int *rows, int *cols)
{
	*rows = t->rows;
	*cols = t->cols;
}

int term_colors(const struct term *t)
{
	return t->looks.colors;
}

void term_set_mouse(struct term *t, bool on)
{
	on = on && t->can_mouse;
	term_rescue_begin();
	if (on != t->mouse)
		term_tty_write(t->out, on ? MOUSE_ON : MOUSE_OFF);
	term_rescue_end();
	t->mouse = on;
}

static attr_t curses_attrs(unsigned attrs)
{
	return (attrs & ATTR_BOLD ? A_BOLD : 0) | (attrs & ATTR_DIM ? A_DIM : 0) |
	       (attrs & ATTR_REVERSE ? A_REVERSE : 0) | (attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0);
}

/* ncurses believes wcwidth(): a character for which it says something else would shift the line. */
static wchar_t safe_char(const struct term *t, uint32_t ch, int width)
{
	if (ch >= 0x20 && ch < 0x7f)
		return (wchar_t)ch;
	return t->utf8 && wcwidth((wchar_t)ch) == width ? (wchar_t)ch : L'?';
}

static void draw_cell(void *arg, int row, int col, const struct canvas_cell *cell, int width)
{
	struct term *t = arg;
	const struct term_look *look = term_look_of(&t->looks, cell->style);
	attr_t attrs = curses_attrs(look->attrs | cell->style.attrs);
	wchar_t text[2] = {safe_char(t, cell->ch, width), L'\0'};
	cchar_t cc;

	setcchar(&cc, text, attrs, look->pair, NULL);
	mvwadd_wch(stdscr, row, col, &cc);
	if (width == 2 && text[0] == L'?')
		mvwadd_wch(stdscr, row, col + 1, &cc);
}

static void draw_cursor(struct term *t, const struct canvas *c)
{
	bool visible = c->cursor_row >= 0 && c->cursor_row < t->rows && c->cursor_col >= 0 &&
		       c->cursor_col < t->cols;

	if (visible)
		wmove(stdscr, c->cursor_row, c->cursor_col);
	if (t->cursor != visible)
		curs_set(visible);
	t->cursor = visible;
}

int term_draw(struct term *t, const struct canvas *c, const struct theme *theme)
{
	bool repaint = t->stale || c->rows != t->shown.last.rows || c->cols != t->shown.last.cols;
	int bad = t->lost ? -EIO : term_tty_output(t->out);

	t->lost = bad == -EIO;
	/* ncurses ignores SIGTSTP while it draws, and one that is pending would be forgotten. */
	t->behind = bad == -EAGAIN || term_tty_pending(SIGTSTP);
	if (bad || t->behind || !term_rescue_holds())
		return t->lost ? -EIO : 0;
	if (term_looks_set_theme(&t->looks, theme) || repaint) {
		term_shown_reset(&t->shown, c->rows, c->cols);
		werase(stdscr);
		t->stale = false;
	}
	term_shown_update(&t->shown, c, t->rows, t->cols, draw_cell, t);
	term_rescue_begin();
	draw_cursor(t, c);
	wnoutrefresh(stdscr);
	doupdate();
	term_rescue_end();
	return 0;
}

bool term_behind(const struct term *t)
{
	return t->behind;
}

void term_redraw(struct term *t)
{
	(void)t;
	clearok(curscr, TRUE);
}

int term_input_fd(const struct term *t)
{
	return t->in;
}

int term_signal_fd(const struct term *t)
{
	return t->signals;
}

static struct term_event on_signal(struct term *t, int sig)
{
	struct term_event ev = {.kind = TERM_RESIZE, .code = sig};

	switch (sig) {
	case SIGWINCH:
		ev.kind = fit_size(t) ? TERM_RESIZE : TERM_NOTHING;
		break;
	case SIGTSTP:
	case SIGCONT: /* somebody stopped us without asking; who knows what the terminal is like */
		leave_screen(t);
		if (sig == SIGTSTP)
			term_tty_stop_job();
		enter_screen(t);
		fit_size(t);
		break;
	default:
		ev.kind = TERM_QUIT;
		term_rescue_quitting(sig);
	}
	return ev;
}

static int key_of_curses(int code)
{
	static const struct {
		int curses, key;
	} keys[] = {{KEY_UP, KEY_UP_},
		    {KEY_DOWN, KEY_DOWN_},
		    {KEY_LEFT, KEY_LEFT_},
		    {KEY_RIGHT, KEY_RIGHT_},
		    {KEY_HOME, KEY_HOME_},
		    {KEY_END, KEY_END_},
		    {KEY_PPAGE, KEY_PGUP},
		    {KEY_NPAGE, KEY_PGDN},
		    {KEY_IC, KEY_INSERT_},
		    {KEY_DC, KEY_DELETE_},
		    {KEY_BTAB, KEY_SHIFT_TAB},
		    {KEY_ENTER, KEY_ENTER_},
		    {KEY_BACKSPACE, KEY_BACKSPACE_},
		    {KEY_A1, KEY_HOME_},
		    {KEY_A3, KEY_PGUP},
		    {KEY_C1, KEY_END_},
		    {KEY_C3, KEY_PGDN}};

	for (size_t i = 0; i < PG_ARRAY_LEN(keys); i++)
		if (keys[i].curses == code)
			return keys[i].key;
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return KEY_F1_ + code - KEY_F(1);
	return KEY_NONE;
}

/* One code of ncurses, or byte. True if it completes an event. */
static bool take_code(struct term *t, int code, struct term_event *ev)
{
	if (code >= 0 && code < 256) {
		bool complete = term_input_byte(&t->input, (unsigned char)code, ev);
		if (t->input.again)
			t->pushed = code;
		return complete &&
		       (t->utf8 || ev->kind != TERM_KEY || ev->code < 0x80 || ev->code > 0x10ffff);
	}
	if (term_input_idle(&t->input, ev)) {
		t->pushed = code;
		return true;
	}
	if (code == KEY_SGR_MOUSE || code == KEY_X10_MOUSE) {
		term_input_begin(&t->input, code == KEY_SGR_MOUSE ? INPUT_SGR : INPUT_X10);
		return false;
	}
	if (code == KEY_RESIZE)
		return false;
	term_input_begin(&t->input, INPUT_PLAIN);
	*ev = (struct term_event){.kind = TERM_KEY, .code = key_of_curses(code)};
	return ev->code != KEY_NONE;
}

struct term_event term_next(struct term *t)
{
	struct term_event ev = {.kind = TERM_NOTHING};
	int sig;

	while (!t->lost && (sig = term_tty_read_signal(t->signals)) != 0) {
		ev = on_signal(t, sig);
		if (ev.kind != TERM_NOTHING)
			return ev;
	}
	while (!t->lost) {
		int code = t->pushed != ERR ? t->pushed : wgetch(t->keys);
		t->pushed = ERR;
		if (code == ERR) {
			if (term_input_idle(&t->input, &ev))
				return ev;
			t->lost = term_tty_lost(t->in);
			break;
		}
		if (take_code(t, code, &ev))
			return ev;
	}
	return (struct term_event){.kind = t->lost ? TERM_LOST : TERM_NOTHING};
}
