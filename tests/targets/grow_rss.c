/* SPDX-License-Identifier: MIT */
/*
 * grow_rss [SECONDS [STEP_KIB [PERIOD_MS [MAX_KIB]]]]: touches STEP_KIB (256) more every PERIOD_MS
 * (50) up to MAX_KIB (65536), then gives them back in the same steps, and begins again. With a
 * PERIOD_MS of 0 it takes a step when it is told, whatever it is told.
 */
#include "target.h"

#include <string.h>
#include <sys/mman.h>

static size_t step, max, used;
static bool growing = true;

static void take_step(char *mem)
{
	if (growing) {
		memset(mem + used, 1, step);
		used += step;
	} else {
		used -= step;
		madvise(mem + used, step, MADV_DONTNEED);
	}
	if (used == max || used == 0)
		growing = used == 0;
}

int main(int argc, char **argv)
{
	struct target t = target_begin(argc, argv);
	unsigned period = target_arg(&t, 3, 50);
	char *mem;

	step = (size_t)target_arg(&t, 2, 256) * 1024;
	max = (size_t)target_arg(&t, 4, 65536) * 1024;
	if (step == 0 || max < step) {
		fputs("grow_rss: steps do not fit\n", stderr);
		return 2;
	}
	max -= max % step;
	mem = mmap(NULL, max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		target_fail("mmap");
	/* Huge pages would make steps of their own. */
	madvise(mem, max, MADV_NOHUGEPAGE);
	target_ready();
	while (period && target_sleep(&t, period))
		take_step(mem);
	while (!period && target_order()) {
		take_step(mem);
		target_answer(true);
	}
	return 0;
}
