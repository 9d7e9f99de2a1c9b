/* SPDX-License-Identifier: MIT */
/* odd_name [SECONDS]: a thread for each name that has broken a reader of /proc, or a terminal,
 * before. */
#include "target.h"

#include <pthread.h>
#include <semaphore.h>

static const char *const names[] = {
	"(sd-pam)",
	"a) b",
	"x) R 9 9",
	"tmux: server",
	"",
	")))))))))))))))",
	"   ",
	"a\tb",
	"a\nb",
	"\n",
	"\033[31mred",
	"\033]0;title\a",
	"\xff\xfe\x80",
	"日本語",
	"👩‍💻",
	"\xe2\x80\xaetxt.exe",
	"=1+1",
	"+1",
	"-1",
	"@SUM(A1)",
	"a,b",
	"a\"b",
	"\\x41",
	"\x7f",
	"\x9b[31m",
	"a\rb",
	"\xe2\x80\xa8",
	"%s%n",
};
#define NR_NAMES (sizeof(names) / sizeof(names[0]))

static struct target target;
static sem_t named;

static void *bear(void *name)
{
	prctl(PR_SET_NAME, name);
	sem_post(&named);
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	target = target_begin(argc, argv);
	sem_init(&named, 0, 0);
	for (size_t i = 0; i < NR_NAMES; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, bear, (void *)(uintptr_t)names[i]))
			target_fail("pthread_create");
	}
	for (size_t i = 0; i < NR_NAMES; i++)
		while (sem_wait(&named))
			;
	prctl(PR_SET_NAME, "x) Z 1 2\n\033[7m");
	target_ready();
	target_wait(&target);
	return 0;
}
