/* SPDX-License-Identifier: MIT */
/*
 * This is read in every cycle, so that what is opened costs more than what is learnt: on the live
 * /proc small files stay open, and the kernel writes them anew for each pread(2) at 0. libproc2
 * does so with the two larger ones.
 */
#include "sysinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <libproc2/meminfo.h>
#include <libproc2/stat.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "task/procparse.h"

enum small { LOADAVG, UPTIME, PRESSURE_CPU, PRESSURE_IO, PRESSURE_MEM, NR_SMALL };
static const char *const small_paths[NR_SMALL] = {"loadavg", "uptime", "pressure/cpu",
						  "pressure/io", "pressure/memory"};

struct pg_sysinfo {
	bool live;
	struct stat_info *stat; /* NULL for another root */
	struct meminfo_info *meminfo;
	int kept[NR_SMALL]; /* descriptors, or -1 */
	char *text;         /* of the file that was read last, TEXT_MAX bytes */
};

/* /proc/stat has a line a CPU and one word an interrupt: it is the long one. */
#define TEXT_MAX (256 * 1024)

struct pg_sysinfo *pg_sysinfo_open(bool live)
{
	struct pg_sysinfo *si = pg_calloc(1, sizeof(*si));
	si->text = pg_alloc(TEXT_MAX);
	si->live = live;
	for (size_t i = 0; i < NR_SMALL; i++)
		si->kept[i] = -1;
	if (live) {
		/* What cannot be had stays NULL; the files are then read directly. */
		if (procps_stat_new(&si->stat) < 0)
			si->stat = NULL;
		if (procps_meminfo_new(&si->meminfo) < 0)
			si->meminfo = NULL;
	}
	return si;
}

void pg_sysinfo_close(struct pg_sysinfo *si)
{
	if (!si)
		return;
	if (si->stat)
		procps_stat_unref(&si->stat);
	if (si->meminfo)
		procps_meminfo_unref(&si->meminfo);
	for (size_t i = 0; i < NR_SMALL; i++)
		pg_close_fd(&si->kept[i]);
	free(si->text);
	free(si);
}

static size_t slurp(int rootfd, const char *path, char *text, size_t cap)
{
	pg_auto_close int fd = openat(rootfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n;
	while (fd >= 0 && len < cap && (n = read(fd, text + len, cap - len)) > 0)
		len += (size_t)n;
	return len;
}

/* Bytes of a small file, now in si->text. One that is absent is looked for again each time. */
static size_t read_small(struct pg_sysinfo *si, int rootfd, enum small file)
{
	if (!si->live)
		return slurp(rootfd, small_paths[file], si->text, TEXT_MAX);
	if (si->kept[file] < 0)
		si->kept[file] =
			openat(rootfd, small_paths[file], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = si->kept[file] < 0 ? 0 : pread(si->kept[file], si->text, TEXT_MAX, 0);
	return n > 0 ? (size_t)n : 0;
}

/* procps_stat_select() reads anew each time; procps_stat_get() would keep values for a second. */
static bool cpu_by_library(struct pg_sysinfo *si, struct pg_host *out)
{
	enum stat_item items[] = {STAT_TIC_SUM_TOTAL, STAT_TIC_SUM_BUSY, STAT_SYS_PROC_CREATED};
	struct stat_stack *s = si->stat ? procps_stat_select(si->stat, items, 3) : NULL;
	if (!s)
		return false;
	out->cpu_total = STAT_VAL(0, ull_int, s, si->stat);
	out->cpu_busy = STAT_VAL(1, ull_int, s, si->stat);
	out->forks = STAT_VAL(2, ul_int, s, si->stat);
	out->valid |= PG_HOST_CPU | PG_HOST_FORKS;
	return true;
}

static bool memory_by_library(struct pg_sysinfo *si, struct pg_host *out)
{
	enum meminfo_item items[] = {MEMINFO_MEM_TOTAL, MEMINFO_MEM_AVAILABLE, MEMINFO_SWAP_TOTAL,
				     MEMINFO_SWAP_FREE};
	struct meminfo_stack *s = si->meminfo ? procps_meminfo_select(si->meminfo, items, 4) : NULL;
	if (!s)
		return false;
	out->mem_total = MEMINFO_VAL(0, ul_int, s, si->meminfo) * UINT64_C(1024);
	out->mem_available = MEMINFO_VAL(1, ul_int, s, si->meminfo) * UINT64_C(1024);
	out->swap_total = MEMINFO_VAL(2, ul_int, s, si->meminfo) * UINT64_C(1024);
	out->swap_free = MEMINFO_VAL(3, ul_int, s, si->meminfo) * UINT64_C(1024);
	out->valid |= PG_HOST_MEM;
	return true;
}

static void cpu_by_file(int rootfd, char *text, struct pg_host *out)
{
	struct pg_kernel_stat k = {0};
	size_t n = slurp(rootfd, "stat", text, TEXT_MAX);
	if (!pg_parse_kernel_stat(text, n, &k))
		return;
	if (k.has_cpu) {
		out->cpu_total = k.cpu_total;
		out->cpu_busy = k.cpu_busy;
		out->valid |= PG_HOST_CPU;
	}
	if (k.has_forks) {
		out->forks = k.forks;
		out->valid |= PG_HOST_FORKS;
	}
}

static void memory_by_file(int rootfd, char *text, struct pg_host *out)
{
	struct pg_meminfo m;
	size_t n = slurp(rootfd, "meminfo", text, TEXT_MAX);
	if (!pg_parse_meminfo(text, n, &m))
		return;
	out->mem_total = m.total;
	out->mem_available = m.available;
	out->swap_total = m.swap_total;
	out->swap_free = m.swap_free;
	out->valid |= PG_HOST_MEM;
}

static void load_and_uptime(struct pg_sysinfo *si, int rootfd, struct pg_host *out)
{
	uint64_t ns;
	size_t n = read_small(si, rootfd, LOADAVG);
	if (pg_parse_loadavg(si->text, n, out->load, &out->last_pid))
		out->valid |= PG_HOST_LOAD;
	n = read_small(si, rootfd, UPTIME);
	if (pg_parse_uptime(si->text, n, &ns)) {
		out->uptime = (double)ns / (double)PG_NS_PER_SEC;
		out->valid |= PG_HOST_UPTIME;
	}
}

/* Absent with CONFIG_PSI=n or psi=0, and then not shown. */
static void pressure(struct pg_sysinfo *si, int rootfd, struct pg_host *out)
{
	const struct {
		enum small file;
		double *to;
		unsigned group;
	} files[] = {
		{PRESSURE_CPU, &out->psi_cpu, PG_HOST_PSI_CPU},
		{PRESSURE_IO, &out->psi_io, PG_HOST_PSI_IO},
		{PRESSURE_MEM, &out->psi_mem, PG_HOST_PSI_MEM},
	};
	for (size_t i = 0; i < PG_ARRAY_LEN(files); i++) {
		size_t n = read_small(si, rootfd, files[i].file);
		if (pg_parse_pressure(si->text, n, files[i].to))
			out->valid |= files[i].group;
	}
}

static void host_name(struct pg_sysinfo *si, int rootfd, struct pg_host *out)
{
	if (si->live) {
		if (gethostname(out->name, sizeof(out->name) - 1) < 0)
			out->name[0] = '\0';
		out->name[sizeof(out->name) - 1] = '\0';
		return;
	}
	size_t n = slurp(rootfd, "sys/kernel/hostname", out->name, sizeof(out->name) - 1);
	out->name[n] = '\0';
	out->name[strcspn(out->name, "\n")] = '\0';
}

void pg_sysinfo_read(struct pg_sysinfo *si, int rootfd, struct pg_host *out)
{
	char *text = si->text;
	*out = (struct pg_host){0};
	/* Forks before the number that was given out last (source_procfs_known.c). */
	if (!cpu_by_library(si, out))
		cpu_by_file(rootfd, text, out);
	if (!memory_by_library(si, out))
		memory_by_file(rootfd, text, out);
	load_and_uptime(si, rootfd, out);
	pressure(si, rootfd, out);
	host_name(si, rootfd, out);
}
