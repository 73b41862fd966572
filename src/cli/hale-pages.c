/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale manual, hale complete: what people and shells want to know of the programs, out of the tables they work by. */
#include "cli/program.h"

#include <glib.h>
#include <string.h>

/* The program that the words name, as on a command line; complains when there is none. */
static const struct program *named(struct program_io *io, const struct command_line *line)
{
	int words = 0;
	const struct program *p =
		line->word_count == 0 ? NULL : program_find((int)line->word_count, line->words, &words);
	if (p == NULL && line->word_count > 0)
		(void)fprintf(io->err, "hale manual: there is no program \"%s\"; see hale --help\n", line->words[0]);
	else if (p == NULL)
		(void)fputs("hale manual: name a program, as in: hale manual crm_diff\n", io->err);
	return p;
}

static int run_manual(struct program_io *io, const struct command_line *line)
{
	const struct program *p = named(io, line);
	if (p == NULL)
		return EXIT_USAGE;
	line_manual(&p->rules, io->out);
	return EXIT_OK;
}

const struct program program_hale_manual = {
	.rules = {.name = "hale manual",
		  .summary = "Print a program's page of the manual",
		  .words = "PROGRAM",
		  .details = "Reads well with:  hale manual crm_diff | man -l -"},
	.run = run_manual,
};

/* The commands of hale that begin like the words given: the word that they have where the last of these is. */
static void complete_commands(const struct command_line *line, FILE *out)
{
	GString *begin = g_string_new("hale ");
	const char *before = "";
	for (size_t i = 1; i < line->word_count; i++)
		g_string_append_printf(begin, "%s%s", line->words[i], i + 1 < line->word_count ? " " : "");
	size_t skip = begin->len - (line->word_count > 1 ? strlen(line->words[line->word_count - 1]) : 0);
	for (const struct program *const *p = program_list(); *p != NULL; p++) {
		const char *name = (*p)->rules.name;
		if (strncmp(name, begin->str, begin->len) != 0)
			continue;
		const char *word = name + skip;
		size_t length = strcspn(word, " ");
		if (strlen(before) < length || strncmp(before, word, length) != 0 ||
		    (before[length] != '\0' && before[length] != ' '))
			(void)fprintf(out, "%.*s\n", (int)length, word);
		before = word;
	}
	(void)g_string_free(begin, TRUE);
}

/* Words: the command line so far, its last word being the one to complete; it may be empty. */
static int run_complete(struct program_io *io, const struct command_line *line)
{
	if (line->word_count == 0) {
		(void)fputs("hale complete: give the command line so far, as in: hale complete -- hale man\n", io->err);
		return EXIT_USAGE;
	}
	int words = 0;
	const struct program *p = program_find((int)line->word_count - 1, line->words, &words);
	if (p != NULL)
		line_complete(&p->rules, line->words[line->word_count - 1], io->out);
	complete_commands(line,
			  io->out); /* a command may be the begin of others: constraint order, constraint order set */
	return EXIT_OK;
}

const struct program program_hale_complete = {
	.rules = {.name = "hale complete",
		  .summary = "Print what may complete the last of the words, for shells",
		  .words = "-- WORD…",
		  .details = "In bash:\n\n"
			     "\t_hale() { COMPREPLY=($(hale complete -- \"${COMP_WORDS[@]:0:COMP_CWORD+1}\")); }\n"
			     "\tcomplete -o default -o nospace -F _hale hale crm_diff crm_rule crm_simulate crm_verify "
			     "iso8601"},
	.run = run_complete,
};
