/* SPDX-License-Identifier: MIT */
/*
 * cJSON checks and reads the text, but forgets where things stood. For the line of a key the text,
 * known to be good by then, is walked once more beside the tree: the n-th string at depth 1 that is
 * followed by a colon is the name of the n-th child.
 */
#include "settings.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/human.h"
#include "base/text.h"
#include "base/util.h"

#define MAX_FILE     (1024 * 1024)
#define MAX_WARNINGS 10
#define MIN_DELAY    (PG_NS_PER_SEC / 20)
#define MAX_COLUMNS  10000

struct report {
	const char *name; /* of the file */
	pg_settings_warn *warn;
	void *ctx;
	int count;
};

static void put_safe(struct pg_buf *b, const char *s, int columns)
{
	pg_text_safe(b, s, strlen(s), columns, true);
}

/* One line: "FILE:LINE: text", or "FILE: text" if line is 0; takes what over. */
static void say(struct report *r, unsigned line, struct pg_buf *what)
{
	struct pg_buf b = {0};
	put_safe(&b, r->name, 4096);
	if (line)
		pg_buf_printf(&b, ":%u", line);
	pg_buf_printf(&b, ": %s", pg_buf_cstr(what));
	if (r->count++ < MAX_WARNINGS)
		r->warn(r->ctx, pg_buf_cstr(&b));
	else if (r->count == MAX_WARNINGS + 1)
		r->warn(r->ctx, "more problems in the settings are not listed");
	pg_buf_free(&b);
	pg_buf_free(what);
}

static void say_plain(struct report *r, unsigned line, const char *text)
{
	struct pg_buf b = {0};
	pg_buf_puts(&b, text);
	say(r, line, &b);
}

static void say_key(struct report *r, unsigned line, const char *key, const char *text)
{
	struct pg_buf b = {0};
	pg_buf_puts(&b, "key \"");
	put_safe(&b, key, 60);
	pg_buf_printf(&b, "\": %s", text);
	say(r, line, &b);
}

static unsigned line_at(const char *text, const char *at)
{
	unsigned line = 1;
	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* A place in well-formed JSON. */
struct walk {
	const char *at, *end;
	unsigned line;
	int depth;
};

static void skip_string(struct walk *w)
{
	for (w->at++; w->at < w->end && *w->at != '"'; w->at++) {
		w->line += *w->at == '\n';
		if (*w->at == '\\' && w->at + 1 < w->end)
			w->at++;
	}
}

/* Goes behind the colon of the next key of the outermost object; its line. */
static unsigned next_key(struct walk *w)
{
	unsigned line = w->line;
	for (; w->at < w->end; w->at++) {
		switch (*w->at) {
		case '\n':
			w->line++;
			break;
		case '"':
			line = w->line;
			skip_string(w);
			break;
		case '{':
		case '[':
			w->depth++;
			break;
		case '}':
		case ']':
			w->depth--;
			break;
		case ':':
			if (w->depth == 1) {
				w->at++;
				return line;
			}
		}
	}
	return line;
}

/* Each setter returns NULL, or what the value would have to be. */
static const char *set_string(char **to, unsigned *to_line, unsigned line, const cJSON *v)
{
	if (!cJSON_IsString(v))
		return "must be a text in quotes";
	*to_line = line;
	free(*to);
	*to = pg_strdup(v->valuestring);
	return NULL;
}

static const char *set_bool(bool *has, bool *to, const cJSON *v)
{
	if (!cJSON_IsBool(v))
		return "must be true or false";
	*has = true;
	*to = cJSON_IsTrue(v);
	return NULL;
}

static const char *set_columns(struct pg_settings *s, const cJSON *v)
{
	double d = cJSON_IsNumber(v) ? v->valuedouble : 0;
	if (!(d >= 1 && d <= MAX_COLUMNS) || d != floor(d))
		return "must be a whole number from 1 to 10000";
	s->columns = (unsigned)d;
	return NULL;
}

/* 0: it is no time. */
static uint64_t time_of(const cJSON *v)
{
	uint64_t ns = 0;
	if (cJSON_IsNumber(v) && v->valuedouble > 0 && v->valuedouble < 9e9)
		ns = (uint64_t)llround(v->valuedouble * 1e9);
	else if (cJSON_IsString(v) && !pg_parse_duration(v->valuestring, &ns))
		ns = 0;
	return ns;
}

static const char *set_history(struct pg_settings *s, const cJSON *v)
{
	uint64_t ns = time_of(v);
	if (ns < PG_NS_PER_SEC)
		return "must be a number of seconds, or a text such as \"10m\"; at least 1";
	s->history_ns = ns;
	return NULL;
}

static const char *set_delay(struct pg_settings *s, const cJSON *v)
{
	uint64_t ns = time_of(v);
	if (ns < MIN_DELAY)
		return "must be a number of seconds, or a text such as \"500ms\"; at least 0.05";
	s->has_delay = true;
	s->delay_ns = ns;
	return NULL;
}

static const char *set(struct pg_settings *s, const char *key, unsigned line, const cJSON *v)
{
	if (strcmp(key, "delay") == 0)
		return set_delay(s, v);
	if (strcmp(key, "history") == 0)
		return set_history(s, v);
	if (strcmp(key, "colors") == 0)
		return set_string(&s->colors, &s->colors_line, line, v);
	if (strcmp(key, "palette") == 0)
		return set_string(&s->palette, &s->palette_line, line, v);
	if (strcmp(key, "density") == 0)
		return set_string(&s->density, &s->density_line, line, v);
	if (strcmp(key, "columns") == 0)
		return set_columns(s, v);
	if (strcmp(key, "ascii") == 0)
		return set_bool(&s->has_ascii, &s->ascii, v);
	if (strcmp(key, "mouse") == 0)
		return set_bool(&s->has_mouse, &s->mouse, v);
	return "not known; there are delay, history, colors, palette, columns, density, ascii, mouse";
}

static void say_syntax(struct report *r, const char *text, size_t n, const char *at)
{
	/* An end that came too early is a matter of the last line that holds something. */
	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		n--;
	const char *last = n > 0 ? text + n - 1 : text;
	if (!at || at < text || at > last)
		at = last;
	struct pg_buf b = {0};
	pg_buf_puts(&b, "not valid JSON near '");
	pg_text_safe(&b, at, strcspn(at, "\r\n"), 30, true);
	pg_buf_puts(&b, "'; the settings are not used");
	say(r, line_at(text, at), &b);
}

/* text is followed by a NUL: cJSON 1.7.15 reads one byte too far in a text that is not. */
static void parse_terminated(struct report *r, const char *text, size_t n, struct pg_settings *out)
{
	const char *end = NULL;
	cJSON *root = cJSON_ParseWithLengthOpts(text, n + 1, &end, true);
	if (!root) {
		say_syntax(r, text, n, end);
		return;
	}
	if (cJSON_IsObject(root)) {
		struct walk w = {.at = text, .end = text + n, .line = 1};
		for (const cJSON *v = root->child; v; v = v->next) {
			unsigned line = next_key(&w);
			const char *wrong = set(out, v->string, line, v);
			if (wrong)
				say_key(r, line, v->string, wrong);
		}
	} else {
		say_plain(r, 1, "must hold an object, such as { \"delay\": 2 }");
	}
	cJSON_Delete(root);
}

/* Where UTF-8 or a text in general ends; NULL if all is well. */
static const char *first_bad_byte(const char *text, size_t n)
{
	for (const char *end = text + n; text < end;) {
		uint32_t cp;
		size_t len = pg_utf8_decode(text, (size_t)(end - text), &cp);
		if (cp == 0 || cp == PG_INVALID)
			return text;
		text += len;
	}
	return NULL;
}

void pg_settings_parse(const char *name, const char *text, size_t n, struct pg_settings *out,
		       pg_settings_warn *warn, void *ctx)
{
	struct report r = {.name = name, .warn = warn, .ctx = ctx};

	*out = (struct pg_settings){0};
	if (n > MAX_FILE) {
		say_plain(&r, 0, "larger than 1 MiB; the settings are not used");
		return;
	}
	const char *bad = first_bad_byte(text, n);
	if (bad) {
		say_plain(&r, line_at(text, bad), "not UTF-8 text; the settings are not used");
		return;
	}
	char *copy = pg_alloc(n + 1);
	memcpy(copy, text, n);
	copy[n] = '\0';
	parse_terminated(&r, copy, n, out);
	free(copy);
}

/* Reads until the end, or just beyond the most that is taken. 0 or -errno. */
static int read_all(int fd, struct pg_buf *b)
{
	char chunk[8192];
	while (b->len <= MAX_FILE) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		pg_buf_put(b, chunk, (size_t)n);
	}
	return 0;
}

void pg_settings_load(const char *path, struct pg_settings *out, pg_settings_warn *warn, void *ctx)
{
	struct report r = {.name = path, .warn = warn, .ctx = ctx};
	struct pg_buf b = {0};
	struct stat st;

	*out = (struct pg_settings){0};
	/* Not blocking: a FIFO there must not hang the start. */
	pg_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return;
	int err = fd < 0 || fstat(fd, &st) < 0 ? errno : 0;
	if (err == 0 && !S_ISREG(st.st_mode)) {
		say_plain(&r, 0, "not a regular file; the settings are not used");
		return;
	}
	if (err == 0)
		err = -read_all(fd, &b);
	if (err == 0) {
		pg_settings_parse(path, pg_buf_cstr(&b), b.len, out, warn, ctx);
	} else {
		struct pg_buf what = {0};
		pg_buf_printf(&what, "%s; the settings are not used", strerror(err));
		say(&r, 0, &what);
	}
	pg_buf_free(&b);
}

char *pg_settings_path(void)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *below = "";
	struct pg_buf b = {0};

	if (!base || base[0] != '/') {
		base = getenv("HOME");
		below = "/.config";
		if (!base || base[0] != '/')
			return NULL;
	}
	pg_buf_printf(&b, "%s%s/procgrid/procgrid.json", base, below);
	pg_buf_cstr(&b);
	return b.data;
}

void pg_settings_free(struct pg_settings *s)
{
	free(s->colors);
	free(s->palette);
	free(s->density);
	*s = (struct pg_settings){0};
}
