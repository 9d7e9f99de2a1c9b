/* SPDX-License-Identifier: MIT */
/*
 * util: memory that never returns NULL, growable byte buffers, messages that travel up as values.
 *
 * Every room of the house may include this one; it includes none of them. Out of memory has one
 * exit, pg_out_of_memory(): the library's own version (weak) prints a line and ends the process;
 * a program that holds a terminal defines its own and puts the terminal back first.
 */
#ifndef PG_UTIL_H
#define PG_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PG_ARRAY_LEN(a)     (sizeof(a) / sizeof((a)[0]))
#define PG_PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))
#define PG_NS_PER_SEC       UINT64_C(1000000000)

_Noreturn void pg_out_of_memory(void);

/* Never NULL. Sizes that would overflow count as out of memory. The caller frees with free(). */
void *pg_alloc(size_t size);
void *pg_calloc(size_t count, size_t size);
void *pg_realloc(void *old, size_t count, size_t size);
char *pg_strdup(const char *s);
/* Doubles *cap until it holds want items of size; the items stay. */
void *pg_grow(void *items, size_t *cap, size_t want, size_t size);

/* One message for the user: names the thing and what to do about it; no newline at its end. */
struct pg_error {
	char text[512];
};
/* Sets the text (cut to fit) and returns code, so that "return pg_fail(err, -EINVAL, …)" reads. */
int pg_fail(struct pg_error *err, int code, const char *fmt, ...) PG_PRINTF(3, 4);
/* -EMFILE with a message that names the limit, and how it is raised. */
int pg_fail_files(struct pg_error *err);

/* Bytes that grow. Zeroed is empty; data is not NUL-terminated unless pg_buf_cstr() was asked. */
struct pg_buf {
	char *data;
	size_t len, cap;
};
void pg_buf_free(struct pg_buf *b);
void pg_buf_clear(struct pg_buf *b); /* keeps the memory */
/* Makes room for n bytes more. */
void pg_buf_reserve(struct pg_buf *b, size_t n);
void pg_buf_puts(struct pg_buf *b, const char *s);
void pg_buf_u64(struct pg_buf *b, uint64_t v);
void pg_buf_i64(struct pg_buf *b, int64_t v);
void pg_buf_printf(struct pg_buf *b, const char *fmt, ...) PG_PRINTF(2, 3);
/* The bytes as a C string; valid until the buffer changes. */
const char *pg_buf_cstr(struct pg_buf *b);
/* Writes all of it to fd (EINTR is retried). 0, or -errno. */
int pg_buf_flush(struct pg_buf *b, int fd);

/* A table is some hundred thousand calls of these a cycle. */
static inline void pg_buf_put(struct pg_buf *b, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	if (b->cap - b->len < n)
		pg_buf_reserve(b, n);
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
}

static inline void pg_buf_putc(struct pg_buf *b, char c)
{
	if (b->cap == b->len)
		pg_buf_reserve(b, 1);
	b->data[b->len++] = c;
}

/* "pg_auto_close int fd = open(…)": closed on every way out of the scope, if >= 0. */
void pg_close_fd(int *fd);
#define pg_auto_close __attribute__((cleanup(pg_close_fd)))

/* Nanoseconds of the given clock (clock_gettime; CLOCK_MONOTONIC cannot fail on Linux). */
uint64_t pg_clock_ns(int clock_id);

#endif
