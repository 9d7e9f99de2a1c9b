/* SPDX-License-Identifier: MIT */
/*
 * guard: a copy of some bytes that ends where the next page is not mapped, so that a parser which
 * reads one byte too far crashes instead of passing (the idea of strace's tail_alloc).
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard {
	char *map;
	size_t size;
	const char *s;
	size_t n;
};

static inline struct guard guard_copy(const char *s, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (n + page) / page * page;
	struct guard g = {.size = room + page, .n = n};
	g.map = mmap(NULL, g.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect(g.map + room, page, PROT_NONE) != 0)
		abort();
	memcpy(g.map + room - n, s, n);
	g.s = g.map + room - n;
	return g;
}

static inline void guard_free(struct guard *g)
{
	munmap(g->map, g->size);
}

#endif
