/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print-options - docs/options.md: every option of corosync.conf that the engine knows, from the parser's own table. */
#include "conf/options.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
	"# Options of corosync.conf\n"
	"\n"
	"Every option that `hale-engine` knows, with an example and what it is for. `hale-engine -t` checks a\n"
	"file and says what is wrong with it. The page is written by `make pages` from the table by which the\n"
	"parser works (`src/conf/options.c`); edit that.\n";

static void print_words(const struct word *words)
{
	(void)printf(" One of");
	for (const struct word *w = words; w->word != NULL; w++) {
		(void)printf("%s `%s`", w == words ? "" : ",", w->word);
		if (w->help != NULL && strcmp(w->help, w->word) != 0)
			(void)printf(" (%s)", w->help);
	}
	(void)printf(".");
}

int main(void)
{
	const char *section = NULL;
	const struct option *o;

	(void)fputs(head, stdout);
	for (size_t i = 0; (o = option_at(i)) != NULL; i++) {
		if (section == NULL || strcmp(section, o->section) != 0)
			(void)printf("\n## %s\n\n", o->section);
		section = o->section;
		(void)printf("- `%s: %s` — %s.", o->key, o->example, o->help);
		if (o->words != NULL)
			print_words(o->words);
		(void)printf("\n");
	}
	return 0;
}
