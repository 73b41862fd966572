/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/program.h"

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

/* How many arguments spell this name; 0: they do not. */
static int words_matched(const char *name, int argc, const char *const *argv)
{
	for (int words = 0; words < argc; words++) {
		const char *word = words == 0 ? base_name(argv[0]) : argv[words];
		size_t length = strlen(word);
		if (strncmp(name, word, length) != 0)
			return 0;
		if (name[length] == '\0')
			return words + 1;
		if (name[length] != ' ')
			return 0;
		name += length + 1;
	}
	return 0;
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

static void print_programs(FILE *out)
{
	(void)fputs("Usage:\n  hale COMMAND [OPTION…] …\n\nCommands:\n", out);
	for (const struct program *const *p = programs; *p != NULL; p++)
		(void)fprintf(out, "  %-24s%s\n", (*p)->rules.name, (*p)->rules.summary);
	(void)fputs("\nCalled by one of the names without \"hale\", the program is that command.\n", out);
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
	if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "-?") == 0) {
		print_programs(io->out);
		return argc > 1 ? EXIT_OK : EXIT_USAGE;
	}
	(void)fprintf(io->err, "hale: there is no command \"%s\"; see hale --help\n", first);
	return EXIT_USAGE;
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
	int code = program->run(&elsewhere, line);
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
	return line.output_to == NULL ? program->run(io, &line) : run_into_file(program, io, &line);
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
	const struct program *program = argc > 0 ? program_find(argc, argv, &words) : NULL;
	int code = argc < 1          ? EXIT_USAGE
		   : program == NULL ? answer_hale(io, argc, argv)
				     : run_program(program, io, argc - words + 1, argv + words - 1);
	return check_written(io, argc < 1 ? "hale" : base_name(argv[0]), code);
}
