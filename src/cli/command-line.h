/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command-line.h - options as tables: parsing, help, manual and completion come from one.
 *
 *	enum { OPTION_FILE = 1, OPTION_FORCE };
 *	static const struct option options[] = {
 *		{.help = "Input:"},
 *		{OPTION_FILE, 'x', "xml-file", "FILE", "Read the configuration from FILE"},
 *		{OPTION_FORCE, 'f', "force", NULL, "Do it anyway"},
 *		{0},
 *	};
 *
 * Besides its own table every program knows --help (-?, and -h unless that is its own), --help-all, --version (-$),
 * --verbose (-V), and, if it says so, --output-as, --output-to and --quiet (-Q).
 *
 * Understood are -xVALUE, -x VALUE, clusters (-VVs), --name=VALUE, --name VALUE, and -- before words that begin with a
 * dash. Options and words may be mixed. The commands of hale understand, as pcs does, the begin of a long option that
 * only one has, and take -7 and -INFINITY for words where that is no option. Everything lives in the arena or in argv.
 */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* An option; or, with neither letter nor name, the heading of those that follow. All zero ends the table. */
struct option {
	int id;           /* what the program calls it, from 1 */
	char letter;      /* 0: none */
	const char *name; /* without dashes; NULL: none */
	const char
		*argument; /* what --help calls its value; NULL: takes none; "[X]": optional, only joined: --name=X */
	const char *help;
	bool hidden; /* understood, for old callers, and not spoken of */
};

enum output_form {
	FORM_TEXT,
	FORM_XML, /* Pacemaker's <pacemaker-result> */
	FORM_JSON,
	FORM_NONE,
	FORM_HTML,
	FORM_COUNT,
};

enum {
	FORMS_TEXT_XML = 1 << FORM_TEXT | 1 << FORM_XML | 1 << FORM_NONE,
	FORMS_ALL = FORMS_TEXT_XML | 1 << FORM_JSON,
};

/* What a command line may hold. */
struct line_rules {
	const char *name;    /* of the program, for messages */
	const char *summary; /* what it does, one line */
	const char *words;   /* "RSC [NODE]": what may follow the options; NULL: nothing may */
	const char *details; /* paragraphs for help and manual; may be NULL */
	const struct option *options;
	unsigned forms;  /* bits 1 << FORM_…; 0: text only, and --output-as is unknown */
	bool quiet;      /* knows --quiet */
	int output_code; /* with what it ends when --output-as or --output-to cannot be; 0: as other wrong options */
};

/* An option as given. */
struct given {
	int id;
	const char *value; /* NULL: none */
};

struct command_line {
	const struct given *given; /* in the order of the command line */
	size_t given_count;
	const char **words; /* what is no option; ends in NULL */
	size_t word_count;
	const char *const *arguments; /* all, unparsed, with the name that was called; end in NULL */
	unsigned verbosity;           /* how often -V was given */
	bool quiet;
	bool help, help_all, version;
	enum output_form form;
	const char *output_to; /* NULL: standard output */
};

/* argv[0] is the program's name, argv[argc] NULL. ERR_NOT_FOUND: there is no such form of output. */
enum err line_parse(const struct line_rules *rules, int argc, const char *const *argv, struct arena *a,
		    struct command_line *ret_line, struct error *reterr) MUST_CHECK;

/* The value of the last option with this id, or NULL. */
const char *line_value(const struct command_line *line, int id);
bool line_has(const struct command_line *line, int id);

/* What --help prints. */
void line_help(const struct line_rules *rules, FILE *out);
/* A page of the manual, section 8, as roff. */
void line_manual(const struct line_rules *rules, FILE *out);
/* The options that begin like this, one a line. */
void line_complete(const struct line_rules *rules, const char *begin, FILE *out);

#endif
