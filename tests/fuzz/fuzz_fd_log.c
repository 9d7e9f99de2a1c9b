/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a log of procgrid fd: read, analysed, reported on. What is read keeps the promises
 * of its header: times go on, numbers are not negative; the report as JSON is JSON.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json_scan.h"
#include "fd/fd_log.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_report(struct pg_fd_profile *p)
{
	struct pg_fd_findings f = {0};
	struct pg_buf text = {0}, json = {0};
	struct pg_json j;
	pg_fd_analyze(p, &pg_level_rule_default, &f);
	pg_fd_report(p, &f, &text);
	for (size_t i = 0; i < text.len; i++)
		must((unsigned char)text.data[i] >= 0x20 || text.data[i] == '\n');
	pg_fd_report_json(p, &f, &json);
	must(pg_json_check_utf8(json.data, json.len) == json.len);
	pg_json_init(&j, json.data, json.len);
	must(pg_json_skip(&j) && pg_json_end(&j));
	pg_json_free(&j);
	pg_buf_free(&text);
	pg_buf_free(&json);
	pg_fd_findings_free(&f);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	setlocale(LC_ALL, "C.UTF-8");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pg_fd_profile p = {0};
	struct pg_error notice, err;
	char path[40];
	int fd = memfd_create("log", MFD_CLOEXEC);
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int ret = pg_fd_log_read(path, &p, &notice, &err);
	close(fd);
	must(ret >= 0 || *err.text);
	must(ret != 1 || *notice.text);
	for (size_t i = 0; i < p.series.n; i++)
		must(p.series.v[i] >= 0 && (i == 0 || p.series.t[i] >= p.series.t[i - 1]));
	if (ret >= 0)
		check_report(&p);
	pg_fd_profile_free(&p);
	return 0;
}
