/* SPDX-License-Identifier: MIT */
/*
 * Writing: a regular file takes everything at once. For the rest (pipe, terminal, socket) a write
 * may wait for the reader for ever, so poll() waits instead, which also sees the wish to stop; when
 * it says "writable", a pipe has room for PIPE_BUF bytes. Pieces of that size that end with a line
 * are therefore either written whole or not at all.
 */
#include "csv.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

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

/* Bytes of the next piece: as many whole lines as fit in PIPE_BUF; of a longer line that many
 * bytes. */
static size_t next_piece(const char *s, size_t n)
{
	if (n <= PIPE_BUF)
		return n;
	const char *nl = memrchr(s, '\n', PIPE_BUF);
	return nl ? (size_t)(nl - s) + 1 : PIPE_BUF;
}

/* Until fd can take a piece; -EINTR if stop_fd says so first and may_stop. */
static int wait_writable(int fd, int stop_fd, bool may_stop)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLOUT},
			      {.fd = may_stop && stop_fd > 0 ? stop_fd : -1, .events = POLLIN}};
	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (p[1].revents)
			return -EINTR;
		if (p[0].revents)
			return 0;
	}
}

static int flush_polled(struct pg_buf *b, int fd, int stop_fd)
{
	size_t done = 0;
	while (done < b->len) {
		bool whole = done == 0 || b->data[done - 1] == '\n';
		int err = wait_writable(fd, stop_fd, whole);
		if (err < 0)
			return err;
		ssize_t n = write(fd, b->data + done, next_piece(b->data + done, b->len - done));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	b->len = 0;
	return 0;
}

int pg_csv_flush(struct pg_buf *b, int fd, int stop_fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		return pg_buf_flush(b, fd);
	return flush_polled(b, fd, stop_fd);
}
