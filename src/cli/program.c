/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/program.h"

#include "cli/command-words.h"
#include "cli/verb.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define PROGRAM(variable, called) extern const struct program variable;
#include "cli/programs.def"
#undef PROGRAM

static const struct program *const programs[] = {
#define PROGRAM(variable, called) &variable,
#include "cli/programs.def"
#undef PROGRAM
	NULL,
};

const struct program *const *program_list(void)
{
	return programs;
}

const char *io_environment(const struct program_io *io, const char *name)
{
	size_t length = strlen(name);
	for (const char *const *e = io->environment; e != NULL && *e != NULL; e++)
		if (strncmp(*e, name, length) == 0 && (*e)[length] == '=' && (*e)[length + 1] != '\0')
			return *e + length + 1;
	return NULL;
}

int32_t io_zone_offset(int64_t when)
{
	time_t t = (time_t)when;
	struct tm local;
	return localtime_r(&t, &local) != NULL ? (int32_t)local.tm_gmtoff : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

const struct program *program_find(int argc, const char *const *argv, int *ret_words)
{
	const struct program *best = NULL;
	int best_words = 0;
	for (const struct program *const *p = programs; *p != NULL; p++) {
		int words = words_matched((*p)->rules.name, argc, argv);
		if (words > best_words) {
			best = *p;
			best_words = words;
		}
	}
	*ret_words = best_words;
	return best;
}

static void print_version(FILE *out)
{
	(void)fprintf(out,
		      "Pacemaker " PACEMAKER_RELEASE "\nHale " HALE_VERSION ", which does what this release does\n");
}

/* Those whose names begin with these words ("hale", "hale resource"), and how many; out NULL: only counts. */
static int print_programs(const char *group, FILE *out)
{
	size_t length = strlen(group);
	int count = 0;
	for (const struct program *const *p = programs; *p != NULL; p++) {
		const char *name = (*p)->rules.name;
		bool is_in = strncmp(name, group, length) == 0 && name[length] == ' ';
		if (!is_in && strcmp(group, "hale") != 0)
			continue;
		if (out != NULL)
			(void)fprintf(out, "  %-38s%s\n", name, (*p)->rules.summary);
		count++;
	}
	return count;
}

static void print_all(FILE *out)
{
	(void)fputs("Usage:\n  hale COMMAND [OPTION…] …\n\nCommands:\n", out);
	(void)print_programs("hale", out);
	(void)fputs(
		"\nCalled by one of the names without \"hale\", the program is that command. hale GROUP --help lists "
		"a group, hale COMMAND --help tells all of a command.\n",
		out);
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0 ||
	       strcmp(word, "help") == 0;
}

/* The first words that are none of a command, when a group of commands has their name: its commands. */
static int answer_group(const struct program_io *io, int argc, const char *const *argv)
{
	const char *group = "hale", *unknown = NULL;
	bool help = false, is_group = false;
	for (int i = 1; i < argc && unknown == NULL && !help; i++) {
		const char *longer = arena_printf(io->arena, "%s %s", group, argv[i]);
		bool fits = print_programs(longer, NULL) > 0;
		if (fits)
			group = longer;
		else if (asks_for_help(argv[i]))
			help = true;
		else
			unknown = argv[i];
		is_group = is_group || fits;
	}
	if (!is_group)
		return -1;
	if (unknown != NULL)
		(void)fprintf(io->err, "hale: there is no command \"%s %s\"; there are:\n", group + 5, unknown);
	else if (!help)
		(void)fprintf(io->err, "hale: say which of these:\n");
	(void)print_programs(group, help ? io->out : io->err);
	return help ? EXIT_OK : EXIT_USAGE;
}

/* hale itself, without a command that we know. */
static int answer_hale(struct program_io *io, int argc, const char *const *argv)
{
	const char *name = base_name(argv[0]);
	const char *first = argc > 1 ? argv[1] : "--help";
	if (strcmp(name, "hale") != 0) {
		(void)fprintf(io->err, "%s: Hale has no program of this name; see hale --help\n", name);
		return EXIT_USAGE;
	}
	if (strcmp(first, "--version") == 0 || strcmp(first, "-$") == 0) {
		print_version(io->out);
		return EXIT_OK;
	}
	if (asks_for_help(first)) {
		print_all(io->out);
		return argc > 1 ? EXIT_OK : EXIT_USAGE;
	}
	int code = answer_group(io, argc, argv);
	if (code >= 0)
		return code;
	(void)fprintf(io->err, "hale: there is no command \"%s\"; see hale --help\n", first);
	return EXIT_USAGE;
}

static int start(const struct program *program, struct program_io *io, const struct command_line *line)
{
	return program->run != NULL ? program->run(io, line) : verb_run(io, line, program);
}

/* --output-to: the program prints into a file instead. */
static int run_into_file(const struct program *program, const struct program_io *io, const struct command_line *line)
{
	struct program_io elsewhere = *io;
	elsewhere.out = fopen(line->output_to, "we");
	if (elsewhere.out == NULL) {
		(void)fprintf(io->err, "%s: %s: %s\n", program->rules.name, line->output_to, strerror(errno));
		return program->rules.output_code != 0 ? program->rules.output_code : EXIT_CANNOT_CREATE;
	}
	int code = start(program, &elsewhere, line);
	bool lost = ferror(elsewhere.out) != 0;
	if (fclose(elsewhere.out) != 0 || lost) {
		(void)fprintf(io->err, "%s: %s: %s\n", program->rules.name, line->output_to, strerror(errno));
		code = EXIT_IO;
	}
	return code;
}

static int run_program(const struct program *program, struct program_io *io, int argc, const char *const *argv)
{
	struct command_line line = {.arguments = argv};
	struct error error = {0};
	enum err e = program->raw ? ERR_OK : line_parse(&program->rules, argc, argv, io->arena, &line, &error);
	if (e != ERR_OK) {
		(void)fprintf(io->err, "%s: %s\n", program->rules.name, error.text);
		bool is_output = e == ERR_NOT_FOUND && program->rules.output_code != 0;
		return is_output ? program->rules.output_code : EXIT_USAGE;
	}
	if (line.help) {
		line_help(&program->rules, io->out);
		return EXIT_OK;
	}
	if (line.version) {
		print_version(io->out);
		return EXIT_OK;
	}
	return line.output_to == NULL ? start(program, io, &line) : run_into_file(program, io, &line);
}

/* A program may have flushed what it said before: then only the stream still knows that it was lost. */
static int check_written(const struct program_io *io, const char *name, int code)
{
	bool flushed = fflush(io->out) == 0;
	if (flushed && ferror(io->out) == 0)
		return code;
	(void)fprintf(io->err, "%s: standard output took not all that was to be said; is its disk full?\n", name);
	return code == EXIT_OK ? EXIT_IO : code;
}

int program_main(struct program_io *io, int argc, const char *const *argv)
{
	int words = 0;
	if (argc > 0)
		argv = words_resolve(argc, argv, io->arena, &argc);
	const struct program *program = argc > 0 ? program_find(argc, argv, &words) : NULL;
	int code = argc < 1          ? EXIT_USAGE
		   : program == NULL ? answer_hale(io, argc, argv)
				     : run_program(program, io, argc - words + 1, argv + words - 1);
	return check_written(io, argc < 1 ? "hale" : base_name(argv[0]), code);
}
