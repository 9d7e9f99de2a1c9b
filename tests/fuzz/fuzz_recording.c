/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file, plain or as the text of a zstd frame: it is looked through, and its frames
 * are had from both ends and the middle. The first byte chooses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/inlet.h"
#include "past/past.h"

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static void get(struct pg_past *p, uint64_t frame)
{
	struct pg_snapshot s = {0};
	struct pg_error err = {""};
	if (p->ops->get(p, frame, &s, &err) < 0 && (!err.text[0] || s.nr_procs > 0))
		abort();
	pg_snapshot_free(&s);
}

static void look(int fd)
{
	struct pg_error notice, err = {""};
	struct pg_past *p = pg_recording_open_fd(fd, "F", &notice, &err);
	if (!p && !err.text[0])
		abort();
	if (!p)
		return;
	uint64_t end = p->ops->end(p);
	if (end == 0)
		abort();
	get(p, end - 1);
	for (uint64_t i = 0; i < end && i < 20; i++)
		get(p, i);
	get(p, end / 2);
	for (uint64_t i = 1; i < end; i++)
		if (p->ops->axis_ns(p, i) < p->ops->axis_ns(p, i - 1))
			abort();
	uint64_t at = pg_past_at(p, p->ops->axis_ns(p, end / 2));
	if (p->ops->axis_ns(p, at) != p->ops->axis_ns(p, end / 2))
		abort();
	if (!pg_past_find(p, p->ops->wall_ns(p, end / 2), end / 2, &at) || at != end / 2)
		abort();
	p->ops->close(p);
}

/* Lines of at most so many bytes: each is found again where it was told to be. */
static void lines(int fd, size_t max)
{
	struct pg_inlet *in = pg_inlet_open(fd, max);
	struct pg_error err;
	const char *line;
	size_t n;
	while (pg_inlet_line(in, &line, &n, &err) == PG_INLET_LINE) {
		struct pg_inlet_place at = pg_inlet_tell(in);
		struct pg_buf was = {0};
		pg_buf_put(&was, line, n);
		if (n > max || pg_inlet_seek(in, at) < 0 ||
		    pg_inlet_line(in, &line, &n, &err) != PG_INLET_LINE || n != was.len ||
		    (n > 0 && memcmp(line, was.data, n) != 0))
			abort();
		pg_buf_free(&was);
	}
	pg_inlet_close(in);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	uint8_t how = *data++;
	size--;
	if (!(how & 1)) {
		look(file_of(data, size));
		lines(file_of(data, size), how);
		return 0;
	}
	size_t room = ZSTD_compressBound(size);
	uint8_t *packed = malloc(room);
	size_t n = ZSTD_compress(packed, room, data, size, 1);
	if (ZSTD_isError(n))
		abort();
	if (how & 2 && n > 0) /* and damaged */
		packed[how % n] ^= 0x41;
	look(file_of(packed, n));
	lines(file_of(packed, n), 1 + how);
	free(packed);
	return 0;
}
