/* SPDX-License-Identifier: MIT */
#include "csv.h"

#include <string.h>

#include "base/text.h"

/* Puts quotes around what stands in b from start on, and doubles those inside. */
static void quote_from(struct pg_buf *b, size_t start)
{
	size_t n = b->len - start, quotes = 0;
	for (size_t i = start; i < b->len; i++)
		quotes += b->data[i] == '"';
	for (size_t i = 0; i < quotes + 2; i++)
		pg_buf_putc(b, '"');
	char *from = b->data + start + n, *to = b->data + b->len - 1;
	while (from > b->data + start) {
		char c = *--from;
		*--to = c;
		if (c == '"')
			*--to = '"';
	}
	b->data[start] = '"';
}

/* Printable ASCII that stands for itself wherever it stands. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != '\\' && c != '=' && c != '+' &&
	       c != '-' && c != '@';
}

void pg_csv_text(struct pg_buf *b, const char *s, size_t n)
{
	size_t plain = 0;
	while (plain < n && is_plain((unsigned char)s[plain]))
		plain++;
	if (plain == n && n > 0) { /* nearly always */
		pg_buf_put(b, s, n);
		return;
	}
	size_t start = b->len;
	pg_text_escape(b, s, n);
	size_t len = b->len - start;
	if (len == 0 || memchr(b->data + start, ',', len) || memchr(b->data + start, '"', len))
		quote_from(b, start);
}

void pg_csv_number(struct pg_buf *b, const char *s, size_t n)
{
	size_t i = n > 1 && s[0] == '-';
	while (i < n && (unsigned)(s[i] - '0') < 10)
		i++;
	if (i == n && n > 0)
		pg_buf_put(b, s, n);
	else
		pg_csv_text(b, s, n);
}

static void put_time(struct pg_buf *b, int64_t wall_ns)
{
	char text[PG_HUMAN_MAX];
	pg_human_time(text, wall_ns);
	pg_buf_put(b, text, PG_HUMAN_TIME_LEN);
}

void pg_csv_value(struct pg_buf *b, const struct pg_value *v)
{
	switch (v->kind) {
	case PG_UNKNOWN:
		break;
	case PG_U64:
		pg_buf_u64(b, v->u);
		break;
	case PG_I64:
		pg_buf_i64(b, v->i);
		break;
	case PG_TEXT:
		pg_csv_text(b, v->text.s, v->text.n);
		break;
	case PG_TIME:
		put_time(b, v->i);
		break;
	}
}

bool pg_csv_is_quiet(const struct pg_change *c)
{
	const unsigned moved =
		PG_BORN | PG_RSS_UP | PG_RSS_DOWN | PG_FDS_UP | PG_FDS_DOWN | PG_MOVED;
	return c->cls == PG_IDLE && !(c->bits & moved);
}
