/* SPDX-License-Identifier: MIT */
/*
 * Promise: a recording is made where it was asked for and nowhere else, nobody else can read it, it
 * keeps to its bound, and whatever goes wrong, what was put before can be read.
 */
#include "base/outlet.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inlet.h"

static char dir[64];

static void make_dir(void)
{
	strcpy(dir, "/tmp/outlet_test.XXXXXX");
	cr_assert(mkdtemp(dir) && chdir(dir) == 0);
	umask(0);
}

static void remove_dir(void)
{
	char command[100];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_expect_eq(system(command), 0);
}

TestSuite(outlet, .init = make_dir, .fini = remove_dir);

static struct pg_outlet *open_file(const char *path, bool force, uint64_t max, const char *why)
{
	const struct pg_outlet_file_options o = {.path = path, .force = force, .max_size = max};
	struct pg_error err = {""};
	struct pg_outlet *out = pg_outlet_file(&o, &err);
	cr_expect_eq(out != NULL, why == NULL, "%s: %s", path, err.text);
	cr_expect(!why || strstr(err.text, why), "%s: \"%s\" does not say %s", path, err.text, why);
	return out;
}

static void refused(const char *path, bool force, const char *why)
{
	struct pg_outlet *o = open_file(path, force, 0, why);
	if (o)
		o->ops->close(o);
}

static int put(struct pg_outlet *o, const char *text, bool key)
{
	struct pg_buf b = {0};
	pg_buf_puts(&b, text);
	int r = o->ops->put(o, &b, key);
	cr_expect_eq(b.len, 0);
	pg_buf_free(&b);
	return r;
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* All lines of a file; its text is the caller's. */
static char *text_of(const char *path, bool *damaged)
{
	struct pg_error err = {""};
	struct pg_buf b = {0};
	const char *line;
	size_t n;
	int fd = open(path, O_RDONLY), r;
	cr_assert(fd >= 0, "%s", path);
	struct pg_inlet *in = pg_inlet_open(fd, 1 << 20);
	while ((r = pg_inlet_line(in, &line, &n, &err)) == PG_INLET_LINE) {
		pg_buf_put(&b, line, n);
		pg_buf_putc(&b, '\n');
	}
	if (damaged)
		*damaged = r < 0;
	else
		cr_expect_eq(r, PG_INLET_END, "%s: %s", path, err.text);
	pg_inlet_close(in);
	close(fd);
	pg_buf_cstr(&b);
	return b.data;
}

static void expect_text(const char *path, const char *want)
{
	char *text = text_of(path, NULL);
	cr_expect_str_eq(text, want, "%s", path);
	free(text);
}

static off_t size_of(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 ? st.st_size : 0;
}

Test(outlet, a_file_of_our_own)
{
	static const char *const names[] = {"plain", "packed.zst", "./sub/x.zst", "sub//../sub/y"};
	struct stat st;
	cr_assert_eq(mkdir("sub", 0755), 0);
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		struct pg_outlet *o = open_file(names[i], false, 0, NULL);
		cr_assert_eq(put(o, "head\nkey\n", true), 0);
		char *now = text_of(names[i], NULL); /* at once, not only at the end */
		cr_expect_str_eq(now, "head\nkey\n", "%s", names[i]);
		free(now);
		cr_assert_eq(put(o, "delta\n", false), 0);
		cr_expect_eq(o->ops->close(o), 0);
		expect_text(names[i], "head\nkey\ndelta\n");
		cr_assert_eq(lstat(names[i], &st), 0);
		cr_expect_eq(st.st_mode & 07777, 0600, "%s: %o", names[i], st.st_mode);
		refused(names[i], false, "exists; --force overwrites it");
		expect_text(names[i], "head\nkey\ndelta\n");
	}
}

Test(outlet, force_makes_a_new_file)
{
	write_text("old", "precious\n");
	cr_assert_eq(link("old", "also"), 0);
	cr_assert_eq(chmod("old", 0644), 0);
	struct pg_outlet *o = open_file("old", true, 0, NULL);
	put(o, "new\n", true);
	o->ops->close(o);
	struct stat st;
	cr_expect(lstat("old", &st) == 0 && (st.st_mode & 07777) == 0600);
	expect_text("old", "new\n");
	expect_text("also", "precious\n");
}

Test(outlet, other_things_are_refused)
{
	cr_assert(mkdir("dir", 0755) == 0 && mkfifo("pipe", 0600) == 0);
	write_text("file", "x\n");
	cr_assert(symlink("file", "link") == 0 && symlink("nowhere", "dangling") == 0);
	for (int force = 0; force < 2; force++) {
		refused("dir", force, "dir is a directory: name a file in it");
		refused("pipe", force, "not a regular file");
		refused("link", force, "is a symbolic link");
		refused("dangling", force, "is a symbolic link");
		refused("/dev/null", force, "not a regular file");
		refused("dir/", force, "dir/ is a directory: name a file in it");
		refused("dir/..", force, "dir/.. is a directory: name a file in it");
		refused("", force, "a file without a name");
		refused("file/x", force, "cannot write file/x: file on the way is not a directory");
		refused("none/x", force, "cannot write none/x: there is no directory none; make");
		refused("dir/none/x", force, "cannot write dir/none/x: there is no directory none");
	}
	expect_text("file", "x\n");
	cr_expect_lt(access("nowhere", F_OK), 0);
	char name[300];
	memset(name, 'n', 254);
	name[254] = '\0';
	refused(name, false, "name too long");
}

Test(outlet, links_on_the_way)
{
	cr_assert(mkdir("mine", 0755) == 0 && mkdir("open", 0777) == 0);
	cr_assert(symlink("../mine", "open/trap") == 0 && symlink("mine", "way") == 0);
	cr_assert(symlink("open/trap", "via") == 0 && symlink("loop", "loop") == 0);
	struct pg_outlet *o = open_file("way/a", false, 0, NULL);
	o->ops->close(o);
	cr_expect_eq(access("mine/a", F_OK), 0);
	refused("open/trap/b", false, "trap on the way is a symbolic link where anybody may write");
	refused("via/b", false, "trap on the way is a symbolic link where anybody may write");
	refused("loop/b", false, "Too many levels");
	cr_expect_lt(access("mine/b", F_OK), 0);
	cr_assert_eq(symlink("../mine/b", "open/file"), 0);
	refused("open/file", true, "is a symbolic link");

	o = open_file("open/../mine/../open/c", false, 0, NULL);
	o->ops->close(o);
	if (geteuid() == 0) {
		cr_assert_eq(lchown("way", 1, 1), 0);
		refused("way/b", false, "way on the way is a symbolic link of another user");
	}
}

/* As a recorder does: what would not fit comes again, behind a header. */
static int record(struct pg_outlet *o, unsigned i, size_t noise)
{
	static uint32_t seed = 1;
	for (int again = 0; again < 3; again++) {
		struct pg_buf b = {0};
		bool key = again || i % 7 == 0;
		if (again)
			pg_buf_puts(&b, "head\n");
		pg_buf_printf(&b, "%u %s ", i, key ? "key" : "delta");
		for (size_t n = key ? 3 * noise : noise; n > 0; n--) {
			seed = seed * 1664525 + 1013904223;
			pg_buf_putc(&b, (char)('0' + (seed >> 24) % 64));
		}
		pg_buf_putc(&b, '\n');
		int r = o->ops->put(o, &b, key);
		pg_buf_free(&b);
		if (r <= 0)
			return r;
	}
	return -1;
}

/* Numbers of the frames in a file, which must follow each other. */
static void frames_of(const char *path, int *first, int *last)
{
	char *text = text_of(path, NULL);
	*first = *last = -1;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		int i;
		if (sscanf(line, "%d", &i) != 1)
			continue;
		cr_expect(*last < 0 || i == *last + 1, "%s: %d after %d", path, i, *last);
		*first = *first < 0 ? i : *first;
		*last = i;
	}
	free(text);
}

Test(outlet, the_bound_is_kept)
{
	static const char *const names[][2] = {{"d/p", "d/p.1"}, {"z.zst", "z.zst.1"}};
	cr_assert_eq(mkdir("d", 0700), 0);
	for (size_t k = 0; k < 2 * PG_ARRAY_LEN(names); k++) {
		const char *name = names[k / 2][0], *old = names[k / 2][1];
		size_t noise = k % 2 ? 20 : 1500;
		uint64_t max = 65536;
		int first, last, first_old, last_old, rotations = 0;
		struct pg_outlet *o = open_file(name, true, max, NULL);
		for (unsigned i = 0; i < 6000000 / 50 / noise; i++) {
			off_t before = size_of(name);
			cr_assert_eq(record(o, i, noise), 0, "%s: %u", name, i);
			off_t both = size_of(name) + size_of(old);
			cr_assert(both <= (off_t)max, "%s: %lld bytes", name, (long long)both);
			rotations += size_of(name) < before;
		}
		cr_expect_eq(o->ops->close(o), 0);
		cr_expect(rotations > 0, "%s", name);
		cr_expect(size_of(name) + size_of(old) <= (off_t)max, "%s: the end", name);
		cr_expect(size_of(old) > (off_t)max / 4, "%s: only %lld bytes", old,
			  (long long)size_of(old));
		frames_of(old, &first_old, &last_old);
		frames_of(name, &first, &last);
		cr_expect_eq(first, last_old + 1, "%s", name);
		struct stat st;
		cr_expect(lstat(name, &st) == 0 && (st.st_mode & 07777) == 0600);
	}
}

Test(outlet, both_names_must_be_free)
{
	write_text("r.1", "precious\n");
	struct pg_outlet *o = open_file("r", false, 65536, "r.1 exists; --force overwrites it");
	cr_expect_null(o);
	cr_expect_lt(access("r", F_OK), 0);
	o = open_file("r", false, 0, NULL);
	o->ops->close(o);
	o = open_file("r", true, 65536, NULL);
	cr_expect_lt(access("r.1", F_OK), 0, "it counts from the beginning");
	write_text("r.1", "of another program\n"); /* it came later */
	int r = 0;
	for (unsigned i = 0; r == 0 && i < 1000; i++)
		r = record(o, i, 1000);
	cr_expect_eq(r, -EEXIST);
	o->ops->close(o);
	expect_text("r.1", "of another program\n");
}

Test(outlet, who_writes_is_not_replaced)
{
	static const char busy[] = "is being written by another procgrid";
	static const char *const names[] = {"b", "b.zst"};
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		char old[16];
		off_t before = 0;
		snprintf(old, sizeof(old), "%s.1", names[i]);
		struct pg_outlet *o = open_file(names[i], false, 65536, NULL);
		unsigned n = 0;
		for (int rotations = 0; rotations < 3;) {
			cr_expect_eq(record(o, n++, 1000), 0);
			rotations += size_of(names[i]) < before;
			before = size_of(names[i]);
			cr_expect_null(open_file(names[i], true, 0, busy));
			cr_expect_null(open_file(names[i], true, 65536, busy));
			if (rotations > 0)
				cr_expect_null(open_file(old, true, 0, busy));
		}
		cr_expect_eq(o->ops->close(o), 0);
		int first, last, first_old, last_old;
		frames_of(old, &first_old, &last_old);
		frames_of(names[i], &first, &last);
		cr_expect(first == last_old + 1 && last == (int)n - 1, "%s", names[i]);
		o = open_file(names[i], true, 65536,
			      NULL); /* it is free again, and so is the other */
		cr_expect_eq(o->ops->close(o), 0);
		cr_expect_eq(size_of(old), 0);
	}
}

/* One that may not be written cannot be anybody's who is at it; its name can be taken. */
Test(outlet, a_file_without_write_permission_is_replaced)
{
	write_text("read-only", "x\n");
	cr_assert_eq(chmod("read-only", 0400), 0);
	struct pg_outlet *o = open_file("read-only", true, 0, NULL);
	cr_expect_eq(put(o, "new\n", true), 0);
	cr_expect_eq(o->ops->close(o), 0);
	expect_text("read-only", "new\n");
}

Test(outlet, too_large_for_the_bound)
{
	static const char *const names[] = {"a", "a.zst"};
	for (size_t i = 0; i < PG_ARRAY_LEN(names); i++) {
		struct pg_outlet *o = open_file(names[i], false, 65536, NULL);
		cr_expect_eq(record(o, 0, 100000), -EMSGSIZE);
		cr_expect_eq(put(o, "x\n", true), -EIO, "nothing more is written");
		cr_expect_eq(o->ops->close(o), 0);
		cr_expect_eq(size_of(names[i]), 0);
	}
}

/* A limit of the file's size is like a disk that is full. */
Test(outlet, full)
{
	static const char *const names[] = {"f", "f.zst"};
	signal(SIGXFSZ, SIG_IGN);
	for (size_t k = 0; k < PG_ARRAY_LEN(names); k++)
		for (rlim_t limit = 20000; limit < 20100; limit += 9) {
			struct rlimit rl = {limit, RLIM_INFINITY};
			int r = 0, first, last;
			unsigned i = 0;
			struct pg_outlet *o = open_file(names[k], true, 0, NULL);
			setrlimit(RLIMIT_FSIZE, &rl);
			for (; r == 0 && i < 1000; i++)
				r = record(o, i, 300);
			cr_expect_eq(r, -EFBIG);
			cr_expect_eq(record(o, i, 300), -EIO);
			cr_expect_eq(o->ops->close(o), 0);
			rl.rlim_cur = RLIM_INFINITY;
			setrlimit(RLIMIT_FSIZE, &rl);
			frames_of(names[k], &first, &last);
			cr_expect(first == 0 && last == (int)i - 2, "%s: %d of %u", names[k], last,
				  i);
		}
}

Test(outlet, a_descriptor_and_who_stops_it)
{
	int p[2], stop[2];
	char got[200000];
	cr_assert(pipe(p) == 0 && pipe(stop) == 0);
	struct pg_outlet *o = pg_outlet_fd(p[1], stop[0]);
	cr_expect_eq(put(o, "a\nb\n", true), 0);
	cr_expect_eq(o->bytes, 4);
	cr_expect(read(p[0], got, sizeof(got)) == 4 && memcmp(got, "a\nb\n", 4) == 0);

	/* Nobody reads a line that is longer than the pipe, and the user wants to stop. */
	struct pg_buf b = {0};
	for (int i = 0; i < 150000; i++)
		pg_buf_putc(&b, 'x');
	pg_buf_putc(&b, '\n');
	cr_assert_eq(write(stop[1], "", 1), 1);
	cr_expect_eq(o->ops->put(o, &b, false), -EINTR);
	pg_buf_free(&b);
	cr_expect_eq(o->ops->close(o), 0);
	cr_expect_eq(fcntl(p[1], F_GETFD), 0, "it stays ours");
}
