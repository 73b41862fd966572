/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program.h - one program with many names.
 *
 * `hale` looks at the name it is called with. As crm_diff it is crm_diff; as hale it takes the longest sequence of its
 * first words that names a program ("hale explain"). Each of them is a const struct in a file of its own, listed in
 * programs.def; from its rules come parsing, --help, completion and its page of the manual.
 *
 *	static int run(struct program_io *io, const struct command_line *line)
 *	{
 *		const char *file = line_value(line, OPTION_FILE);
 *		...
 *		return EXIT_OK;
 *	}
 *	const struct program program_crm_thing = {
 *		.rules = {.name = "crm_thing", .summary = "do the thing", .options = options},
 *		.run = run,
 *	};
 *
 * A run sees the outside only through its program_io, so that tests run programs in their own process. All that it
 * builds may live in io->arena, which goes when it ends.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/time.h"
#include "cli/command-line.h"
#include "cli/exit.h"

/* The Pacemaker release for whose programs ours stand in: what --version says first, because agents compare it. */
#define PACEMAKER_RELEASE "3.0.2"
/* api-version of XML output. */
#define PACEMAKER_API_VERSION "2.42"

struct program_io {
	FILE *in, *out, *err;
	const char *const *environment; /* "NAME=value", …, NULL */
	wall_time now;                  /* when the program was started */
	struct arena *arena;
};

struct verb;

struct program {
	struct line_rules rules;
	bool raw; /* parses its command line itself: gets only line->arguments, and words after its name */
	/* Returns with what to end. --help and --version are answered before. */
	int (*run)(struct program_io *io, const struct command_line *line);
	/* Instead of run, of a command that changes the configuration, that looks at it, or that reads none: because
	 * it speaks to the running cluster (it has --socket), or to nobody (verb.h). */
	enum exit_code (*change)(struct verb *v);
	/* After a change of the running cluster's: with what came of it read anew, to be changed once more. May be
	 * NULL. */
	enum exit_code (*finish)(struct verb *v);
	enum exit_code (*look)(struct verb *v);
	enum exit_code (*act)(struct verb *v);
};

/* The value of an environment variable, or NULL when it is not set or empty. */
const char *io_environment(const struct program_io *io, const char *name);

/* What the local zone is ahead of UTC at that time (epoch seconds), in seconds. */
int32_t io_zone_offset(int64_t when);

/* All programs, sorted by name; ends in NULL. */
const struct program *const *program_list(void);
/* The program that these arguments name; ret_words: how many of them are its name. NULL when none does. */
const struct program *program_find(int argc, const char *const *argv, int *ret_words);
/* Finds and runs a program: main() but for its io. */
int program_main(struct program_io *io, int argc, const char *const *argv);

#endif
