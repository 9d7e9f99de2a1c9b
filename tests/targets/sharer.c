/* SPDX-License-Identifier: MIT */
/*
 * sharer SECONDS files|memory: sleeps, while another process, which shares its table of descriptors
 * or its memory (clone(2) with CLONE_FILES, CLONE_VM), opens one or takes 256 KiB when it is told
 * +, and gives the last one back when it is told -.
 */
#include "target.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#define MAX   64
#define PIECE ((size_t)256 * 1024)

static bool of_files;
static char *memory;
static int fds[MAX];
static int used;
static char stack[64 * 1024] __attribute__((aligned(16)));

static bool obey(char order)
{
	if (order == '+' && used < MAX) {
		if (of_files)
			fds[used] = open("/dev/null", O_RDONLY);
		else
			memset(memory + PIECE * (size_t)used, 1, PIECE);
		used++;
		return !of_files || fds[used - 1] >= 0;
	}
	if (order != '-' || used == 0)
		return false;
	used--;
	return (of_files ? close(fds[used])
			 : madvise(memory + PIECE * (size_t)used, PIECE, MADV_DONTNEED)) == 0;
}

/* Uses nothing of libc that keeps state: it has no thread-local storage of its own. */
static int other(void *unused)
{
	char order;

	(void)unused;
	target_die_with_parent();
	while ((order = target_order()))
		target_answer(obey(order));
	kill(getppid(), SIGTERM);
	_exit(0);
}

int main(int argc, char **argv)
{
	target_begin(argc, argv);
	if (argc < 3) {
		fputs("usage: sharer SECONDS files|memory\n", stderr);
		return 2;
	}
	of_files = strcmp(argv[2], "files") == 0;
	memory =
		mmap(NULL, MAX * PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		target_fail("mmap");
	madvise(memory, MAX * PIECE, MADV_NOHUGEPAGE);
	if (clone(other, stack + sizeof(stack), (of_files ? CLONE_FILES : CLONE_VM) | SIGCHLD,
		  NULL) < 0)
		target_fail("clone");
	target_ready();
	for (;;)
		pause();
}
