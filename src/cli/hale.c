/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale - the command line; by the name it is called with also crm_diff and others (program.h). */
#include "cli/program.h"

#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	struct arena arena = {0};
	struct program_io io = {
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.environment = (const char *const *)environ,
		.now = {(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec},
		.arena = &arena,
	};
	int code = program_main(&io, argc, (const char *const *)argv);
	arena_fini(&arena);
	return code;
}
