/* SPDX-License-Identifier: MIT */
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

__attribute__((weak)) _Noreturn void pg_out_of_memory(void)
{
	static const char text[] = "procgrid: out of memory\n";
	ssize_t unused = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)unused;
	_exit(1);
}

void *pg_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		pg_out_of_memory();
	return p;
}

void *pg_calloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);
	if (!p)
		pg_out_of_memory();
	return p;
}

void *pg_realloc(void *old, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		pg_out_of_memory();
	void *p = realloc(old, bytes ? bytes : 1);
	if (!p)
		pg_out_of_memory();
	return p;
}

char *pg_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	return memcpy(pg_alloc(n), s, n);
}

void *pg_grow(void *items, size_t *cap, size_t want, size_t size)
{
	if (want <= *cap)
		return items;
	size_t n = *cap ? *cap : 16;
	while (n < want)
		if (__builtin_mul_overflow(n, (size_t)2, &n))
			pg_out_of_memory();
	items = pg_realloc(items, n, size);
	*cap = n;
	return items;
}

int pg_fail(struct pg_error *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return code;
}

int pg_fail_files(struct pg_error *err)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return pg_fail(err, -EMFILE, "too many open files");
	return pg_fail(err, -EMFILE,
		       "too many open files: the limit is %llu, raise it (ulimit -n 1024)",
		       (unsigned long long)l.rlim_cur);
}

void pg_buf_free(struct pg_buf *b)
{
	free(b->data);
	*b = (struct pg_buf){0};
}

void pg_buf_clear(struct pg_buf *b)
{
	b->len = 0;
}

void pg_buf_reserve(struct pg_buf *b, size_t n)
{
	size_t want;
	if (__builtin_add_overflow(b->len, n, &want))
		pg_out_of_memory();
	b->data = pg_grow(b->data, &b->cap, want, 1);
}

void pg_buf_puts(struct pg_buf *b, const char *s)
{
	pg_buf_put(b, s, strlen(s));
}

void pg_buf_u64(struct pg_buf *b, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);
	for (; v >= 10; v /= 10)
		digits[--i] = (char)('0' + v % 10);
	if (i == sizeof(digits)) { /* most numbers of a table are 0 */
		pg_buf_putc(b, (char)('0' + v));
		return;
	}
	digits[--i] = (char)('0' + v);
	pg_buf_put(b, digits + i, sizeof(digits) - i);
}

void pg_buf_i64(struct pg_buf *b, int64_t v)
{
	if (v < 0)
		pg_buf_putc(b, '-');
	pg_buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void pg_buf_printf(struct pg_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		pg_buf_reserve(b, (size_t)n + 1);
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

const char *pg_buf_cstr(struct pg_buf *b)
{
	pg_buf_reserve(b, 1);
	b->data[b->len] = '\0';
	return b->data;
}

int pg_buf_flush(struct pg_buf *b, int fd)
{
	size_t done = 0;
	while (done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	b->len = 0;
	return 0;
}

void pg_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

uint64_t pg_clock_ns(int clock_id)
{
	struct timespec ts;
	clock_gettime((clockid_t)clock_id, &ts);
	return (uint64_t)ts.tv_sec * PG_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}
