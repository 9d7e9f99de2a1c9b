/* SPDX-License-Identifier: MIT */
/*
 * Pictures as files: what is in them, as far as it does not depend on fonts or on the version of
 * libcairo, and how they come to be.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "charts.h"
#include "plot/plot.h"

static void set_up(void)
{
	char dir[] = "/tmp/procgrid-plot-XXXXXX";

	setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
	umask(022);
	cr_assert(mkdtemp(dir) && chdir(dir) == 0);
}

static size_t files_here(bool remove_them)
{
	DIR *d = opendir(".");
	struct dirent *e;
	size_t n = 0;

	cr_assert(d);
	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		if (remove_them)
			remove(e->d_name);
	}
	closedir(d);
	return n;
}

static void tear_down(void)
{
	char dir[4096];

	files_here(true);
	if (getcwd(dir, sizeof(dir)))
		rmdir(dir);
}

TestSuite(plot_save, .init = set_up, .fini = tear_down);

static void slurp(const char *path, struct pg_buf *out)
{
	FILE *f = fopen(path, "r");
	int c;

	cr_assert(f, "%s: %s", path, strerror(errno));
	pg_buf_clear(out);
	while ((c = getc(f)) != EOF)
		pg_buf_putc(out, (char)c);
	fclose(f);
}

static void put(const char *path, const char *text)
{
	pg_auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static bool holds(const char *path, const char *text)
{
	struct pg_buf b = {0};

	slurp(path, &b);
	bool same = strcmp(pg_buf_cstr(&b), text) == 0;
	pg_buf_free(&b);
	return same;
}

static int save(const struct pg_plot *p, const char *path)
{
	struct pg_error err = {""};
	int ret = pg_plot_save(p, path, &err);

	cr_expect_eq(ret < 0, err.text[0] != '\0', "%s: %d, '%s'", path, ret, err.text);
	return ret;
}

Test(plot_save, the_ending_says_what_it_is)
{
	static const struct {
		const char *path;
		enum pg_plot_format format;
	} t[] = {
		{"a.svg", PG_PLOT_SVG},          {"/x.y/a.b.PNG", PG_PLOT_PNG},
		{"a.Pdf", PG_PLOT_PDF},          {"a.jpg", PG_PLOT_NO_FORMAT},
		{"svg", PG_PLOT_NO_FORMAT},      {".svg", PG_PLOT_NO_FORMAT},
		{"a.svg.gz", PG_PLOT_NO_FORMAT}, {"", PG_PLOT_NO_FORMAT},
		{"a.svg/", PG_PLOT_NO_FORMAT},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++)
		cr_expect_eq(pg_plot_format_of(t[i].path), t[i].format, "%s", t[i].path);
	struct pg_plot *p = pg_plot_new(NULL, NULL, NULL);
	cr_expect_eq(save(p, "a.jpg"), -EINVAL);
	struct pg_error err;
	cr_expect_eq(pg_plot_can_save(PG_PLOT_NO_FORMAT, &err), -EINVAL);
	cr_expect_eq(pg_plot_can_save(PG_PLOT_SVG, &err), 0);
	cr_expect_eq(files_here(false), 0);
	pg_plot_free(p);
}

/* Elements are closed in the order in which they were opened, and there is one root. */
static void expect_xml(const char *s)
{
	char open[64][32];
	size_t depth = 0, roots = 0;

	for (const char *tag = strchr(s, '<'); tag; tag = strchr(tag + 1, '<')) {
		const char *end = strchr(tag, '>');
		char name[32];
		cr_assert(end, "a tag without end: %.40s", tag);
		cr_assert(!memchr(tag + 1, '<', (size_t)(end - tag - 1)), "%.40s", tag);
		if (tag[1] == '?' || tag[1] == '!')
			continue;
		cr_assert_eq(sscanf(tag + 1 + (tag[1] == '/'), "%31[A-Za-z0-9]", name), 1);
		if (tag[1] == '/') {
			cr_assert(depth > 0 && strcmp(open[--depth], name) == 0, "</%s>", name);
			continue;
		}
		roots += depth == 0;
		if (end[-1] != '/') {
			cr_assert_lt(depth, PG_ARRAY_LEN(open));
			strcpy(open[depth++], name);
		}
	}
	cr_expect(depth == 0 && roots == 1);
}

static size_t count(const char *s, const char *word)
{
	size_t n = 0;

	for (s = strstr(s, word); s; s = strstr(s + 1, word))
		n++;
	return n;
}

Test(plot_save, svg_of_the_demonstration)
{
	struct pg_buf b = {0};
	struct chart c = {0};

	chart_demo(&c);
	chart_make(&c);
	cr_assert_eq(save(c.plot, "a.svg"), 0);
	slurp("a.svg", &b);
	const char *s = pg_buf_cstr(&b);
	expect_xml(s);
	cr_expect_eq(count(s, "stroke-dasharray"), 7, "a dashed line for each event");
	cr_expect_eq(count(s, "<svg"), 1);
	cr_expect_null(strstr(s, "procgrid fd --demo"), "text is drawn, not written");
	pg_buf_free(&b);
	chart_free(&c);
}

/* Of two at the same time one line is drawn, but there is room for both names, in two colours. */
Test(plot_save, events_at_the_same_time_are_named)
{
	const char *orange = "81.56"; /* percent of red in the colour of the second */
	struct pg_buf b = {0};

	for (int nr = 1; nr <= 2; nr++) {
		struct chart c = {0};
		chart_sample(&c, 0, 3);
		chart_sample(&c, 9, 3);
		for (int i = 0; i < nr; i++)
			chart_event(&c, 4.5, i ? "loaded" : "begun");
		chart_make(&c);
		cr_assert_eq(save(c.plot, "a.svg"), 0);
		slurp("a.svg", &b);
		cr_expect_eq(count(pg_buf_cstr(&b), "stroke-dasharray"), 1);
		cr_expect_eq(strstr(pg_buf_cstr(&b), orange) != NULL, nr == 2, "%d", nr);
		chart_free(&c);
	}
	pg_buf_free(&b);
}

/* Names from outside are pixels and curves: none of their bytes gets into a file. */
Test(plot_save, svg_of_hostile_names)
{
	struct pg_buf b = {0};
	struct chart c = {0};

	chart_hostile(&c);
	chart_make(&c);
	cr_assert_eq(save(c.plot, "a.svg"), 0);
	slurp("a.svg", &b);
	expect_xml(pg_buf_cstr(&b));
	for (size_t i = 0; i < b.len; i++)
		cr_assert(isprint((unsigned char)b.data[i]) || b.data[i] == '\n');
	cr_expect_eq(save(c.plot, "a.pdf"), 0);
	cr_expect_eq(save(c.plot, "a.png"), 0);
	pg_buf_free(&b);
	chart_free(&c);
}

Test(plot_save, what_a_file_begins_and_ends_with)
{
	static const struct {
		const char *path, *head, *tail;
		size_t nr_tail;
	} t[] = {
		{"a.svg", "<?xml ", "</svg>\n", 7},
		{"a.png", "\x89PNG\r\n\x1a\n", "IEND\xae\x42\x60\x82", 8},
		{"a.pdf", "%PDF-1.", "%%EOF\n", 6},
	};
	struct pg_buf b = {0};
	struct chart c = {0};

	chart_leak(&c);
	chart_make(&c);
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		cr_assert_eq(save(c.plot, t[i].path), 0);
		slurp(t[i].path, &b);
		cr_assert_gt(b.len, 1000);
		cr_expect_eq(memcmp(b.data, t[i].head, strlen(t[i].head)), 0, "%s", t[i].path);
		cr_expect_eq(memcmp(b.data + b.len - t[i].nr_tail, t[i].tail, t[i].nr_tail), 0,
			     "%s", t[i].path);
	}
	pg_buf_free(&b);
	chart_free(&c);
}

/* Nothing of a clock is in a file. Two within a second could be the same all the same, so the names
 * of dates are looked for as well. */
Test(plot_save, the_same_bytes_each_time)
{
	static const char *const paths[][2] = {
		{"a.svg", "b.svg"}, {"a.png", "b.png"}, {"a.pdf", "b.pdf"}};
	struct pg_buf a = {0}, b = {0};
	struct chart c = {0};

	chart_demo(&c);
	chart_make(&c);
	for (size_t i = 0; i < PG_ARRAY_LEN(paths); i++) {
		cr_assert_eq(save(c.plot, paths[i][0]), 0);
		cr_assert_eq(save(c.plot, paths[i][1]), 0);
		slurp(paths[i][0], &a);
		slurp(paths[i][1], &b);
		/* In an SVG surfaces are numbered, from the start of the process on. */
		if (i > 0)
			cr_expect(a.len == b.len && memcmp(a.data, b.data, a.len) == 0, "%s",
				  paths[i][0]);
		cr_expect_null(memmem(a.data, a.len, "CreationDate", 12));
		cr_expect_null(memmem(a.data, a.len, "tIME", 4));
	}
	pg_buf_free(&a);
	pg_buf_free(&b);
	chart_free(&c);
}

/* Whatever there is to draw: a file has an end. */
Test(plot_save, size_is_bounded)
{
	struct chart c = {0};
	struct stat st;

	chart_samples(&c, 1000000);
	for (int i = 0; i < 20000; i++) {
		chart_level(&c, i * 0.05, i * 0.05 + 0.04, i % 2 ? 110 : 140);
		chart_event(&c, i * 0.05, "an event of many, with a name");
	}
	chart_make(&c);
	cr_assert_eq(save(c.plot, "a.svg"), 0);
	cr_assert_eq(stat("a.svg", &st), 0);
	cr_expect_lt(st.st_size, 1 << 20, "%ld bytes", (long)st.st_size);
	cr_assert_eq(save(c.plot, "a.pdf"), 0);
	chart_free(&c);
}

Test(plot_save, next_to_nothing_to_draw)
{
	for (int n = 0; n < 3; n++) {
		struct chart c = {0};
		for (int i = 0; i < n; i++)
			chart_sample(&c, i, INT64_MAX);
		chart_make(&c);
		cr_expect_eq(save(c.plot, "a.svg"), 0);
		cr_expect_eq(save(c.plot, "a.png"), 0);
		cr_expect_eq(save(c.plot, "a.pdf"), 0);
		chart_free(&c);
	}
}

/* ---- files -----------------------------------------------------------------------------------
 */

static struct pg_plot *small(void)
{
	return pg_plot_new("small", "x", "y");
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	cr_assert_eq(lstat(path, &st), 0);
	return st.st_mode;
}

Test(plot_save, a_file_is_replaced)
{
	struct pg_plot *p = small();

	put("a.svg", "old");
	cr_expect_eq(link("a.svg", "other"), 0);
	cr_expect_eq(save(p, "a.svg"), 0);
	cr_expect_eq(mode_of("a.svg"), S_IFREG | 0644);
	cr_expect(!holds("a.svg", "old"));
	cr_expect(holds("other", "old"), "the old file itself is left alone");
	cr_expect_eq(files_here(false), 2);
	pg_plot_free(p);
}

Test(plot_save, a_link_is_replaced_not_followed)
{
	struct pg_plot *p = small();

	put("target", "old");
	cr_expect_eq(symlink("target", "a.svg"), 0);
	cr_expect_eq(symlink("nowhere", "b.svg"), 0);
	cr_expect_eq(save(p, "a.svg"), 0);
	cr_expect_eq(save(p, "b.svg"), 0);
	cr_expect(holds("target", "old"));
	cr_expect(S_ISREG(mode_of("a.svg")) && S_ISREG(mode_of("b.svg")));
	cr_expect_eq(files_here(false), 3);
	pg_plot_free(p);
}

/* A full disk, as a limit on the size of files plays it. */
Test(plot_save, whole_or_not_at_all)
{
	struct rlimit few = {1000, 1000};
	struct pg_plot *p = small();

	put("a.svg", "old");
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	cr_expect_eq(save(p, "a.svg"), -EFBIG);
	cr_expect(holds("a.svg", "old"));
	cr_expect_eq(files_here(false), 1);
	pg_plot_free(p);
}

Test(plot_save, pipes_and_devices_are_filled)
{
	struct pg_plot *p = small();
	struct pg_error err;
	char head[6] = "";

	cr_assert_eq(mkfifo("a.svg", 0600), 0);
	pg_auto_close int fd = open("a.svg", O_RDWR); /* a reader, and room for 64 KiB */
	pid_t child = fork();
	if (child == 0)
		_exit(pg_plot_save(p, "a.svg", &err) < 0);
	cr_expect_eq(read(fd, head, 5), 5);
	cr_expect_str_eq(head, "<?xml");
	kill(child, SIGKILL);
	cr_expect(S_ISFIFO(mode_of("a.svg")));
	cr_assert_eq(symlink("/dev/full", "b.svg"), 0);
	cr_expect_eq(save(p, "b.svg"), -ENOSPC);
	cr_assert_eq(symlink("/dev/null", "c.svg"), 0);
	cr_expect_eq(save(p, "c.svg"), 0);
	cr_expect(S_ISLNK(mode_of("c.svg")));
	pg_plot_free(p);
}

Test(plot_save, where_no_file_can_be)
{
	struct pg_plot *p = small();
	struct pg_error err;

	cr_assert_eq(mkdir("dir.svg", 0755), 0);
	static const struct {
		const char *path;
		int ret;
	} t[] = {
		{"dir.svg", -EISDIR}, {"missing/a.svg", -ENOENT}, {"/dev/null/a.svg", -ENOTDIR},
		{"a.svg", 0},         {"dir.svg/a.svg", 0},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(t); i++) {
		cr_expect_eq(pg_plot_can_write(t[i].path, &err), t[i].ret, "%s", t[i].path);
		cr_expect_eq(save(p, t[i].path), t[i].ret, "%s", t[i].path);
	}
	remove("dir.svg/a.svg");
	pg_plot_free(p);
}

Test(plot_save, where_nobody_may_write)
{
	struct pg_plot *p = small();
	struct pg_error err;

	put("a.svg", "old");
	cr_assert_eq(chmod(".", 0555), 0);
	if (geteuid() == 0 && seteuid(65534) < 0)
		cr_skip_test("cannot become a normal user");
	cr_expect_eq(pg_plot_can_write("b.svg", &err), -EACCES);
	cr_expect_eq(save(p, "b.svg"), -EACCES);
	cr_expect_eq(save(p, "a.svg"), -EACCES);
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(chmod(".", 0755), 0);
	cr_expect(holds("a.svg", "old"));
	pg_plot_free(p);
}
