/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli-world.h - a program run within the test: its words in, what it printed and its exit code out. */
#ifndef TEST_CLI_WORLD_H
#define TEST_CLI_WORLD_H

#include "cli/program.h"

#include <stdlib.h>
#include <string.h>

enum { WORLD_ARGUMENTS_MAX = 32 };

struct cli_world {
	struct arena arena;
	char *out, *err; /* what was printed */
	wall_time now;   /* when the program is started; 1970, if nobody sets it */
	int code;
};

/* Runs a command line, words separated by one blank; input is its standard input, environment may be NULL. */
static inline void world_run(struct cli_world *w, const char *command, const char *input,
			     const char *const *environment)
{
	char *words = arena_string(&w->arena, command);
	const char *argv[WORLD_ARGUMENTS_MAX + 1] = {NULL};
	int argc = 0;
	for (char *word = strtok(words, " "); word != NULL && argc < WORLD_ARGUMENTS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	free(w->out);
	free(w->err);
	size_t out_size, err_size;
	size_t input_size = input != NULL ? strlen(input) : 0;
	struct program_io io = {
		.in = input_size > 0 ? fmemopen(arena_string(&w->arena, input), input_size, "r")
				     : fopen("/dev/null", "r"),
		.out = open_memstream(&w->out, &out_size),
		.err = open_memstream(&w->err, &err_size),
		.environment = environment,
		.now = w->now,
		.arena = &w->arena,
	};
	w->code = program_main(&io, argc, argv);
	(void)fclose(io.in);
	(void)fclose(io.out);
	(void)fclose(io.err);
}

static inline void world_fini(struct cli_world *w)
{
	free(w->out);
	free(w->err);
	arena_fini(&w->arena);
}

#endif
