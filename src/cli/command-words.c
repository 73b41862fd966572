/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command-words.h"

#include "cli/program.h"

#include <string.h>

struct meaning {
	const char *typed, *meant;
};

static const struct meaning aliases[] = {
#define ALIAS(typed, meant) {typed, meant},
#include "cli/aliases.def"
#undef ALIAS
};

static const struct meaning defaults[] = {
#define DEFAULT(group, command) {group, command},
#include "cli/defaults.def"
#undef DEFAULT
};

enum { ALIASES = sizeof(aliases) / sizeof(aliases[0]), DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

bool words_alias(int i, const char **ret_typed, const char **ret_meant)
{
	if (i >= ALIASES)
		return false;
	*ret_typed = aliases[i].typed;
	*ret_meant = aliases[i].meant;
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

int words_matched(const char *name, int argc, const char *const *argv)
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

/* ---- a line that is rebuilt ---- */

struct line {
	const char **argv; /* ends in NULL */
	int argc;
	struct arena *arena;
};

static void append(struct line *l, const char *const *words, int count)
{
	const char **longer = arena_array(l->arena, const char *, (size_t)(l->argc + count + 1));
	for (int i = 0; i < l->argc; i++)
		longer[i] = l->argv[i];
	for (int i = 0; i < count; i++)
		longer[l->argc + i] = words[i];
	l->argc += count;
	longer[l->argc] = NULL;
	l->argv = longer;
}

/* Puts other words in the place of the first `count`. */
static void replace(struct line *l, int count, const char *words)
{
	struct line now = {.arena = l->arena};
	for (char *rest = arena_string(l->arena, words), *word; (word = strsep(&rest, " ")) != NULL;) {
		const char *as_const = word;
		append(&now, &as_const, 1);
	}
	now.argv[0] = l->argv[0];
	append(&now, l->argv + count, l->argc - count);
	*l = now;
}

static const struct meaning *longest(const struct meaning *table, int count, const struct line *l, int *ret_words)
{
	const struct meaning *best = NULL;
	*ret_words = 0;
	for (int i = 0; i < count; i++) {
		int words = words_matched(table[i].typed, l->argc, l->argv);
		if (words > *ret_words) {
			*ret_words = words;
			best = &table[i];
		}
	}
	return best;
}

/* ---- options before the command ---- */

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Those that many commands have and whose value may be the next word. */
static bool takes_next(const char *word)
{
	static const char *const names[] = {"-f", "--file", "--socket", "--output-format"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

/* How many arguments after the first are options with their values. */
static int options_before(const struct line *l)
{
	int n = 1;
	while (n < l->argc && is_option(l->argv[n]))
		n += takes_next(l->argv[n]) ? 2 : 1;
	return n < l->argc ? n - 1 : 0;
}

static void put_behind(struct line *l, int options, const char *const *given)
{
	int words = 0;
	(void)program_find(l->argc, l->argv, &words);
	if (words == 0) /* it will be refused; options would hide why */
		return;
	struct line now = {.arena = l->arena};
	append(&now, l->argv, words);
	append(&now, given, options);
	append(&now, l->argv + words, l->argc - words);
	*l = now;
}

/* ---- all of it ---- */

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0;
}

static void resolve(struct line *l)
{
	int words, program_words = 0;
	const struct meaning *m = longest(aliases, ALIASES, l, &words);
	(void)program_find(l->argc, l->argv, &program_words);
	if (m != NULL && words > program_words)
		replace(l, words, m->meant);
	(void)program_find(l->argc, l->argv, &program_words);
	m = longest(defaults, DEFAULTS, l, &words);
	bool alone = m != NULL && (words == l->argc || (is_option(l->argv[words]) && !asks_for_help(l->argv[words])));
	if (alone && words >= program_words)
		replace(l, words, m->meant);
}

const char *const *words_resolve(int argc, const char *const *argv, struct arena *a, int *ret_argc)
{
	struct line l = {.arena = a};
	if (argc < 2 || strcmp(base_name(argv[0]), "hale") != 0) {
		*ret_argc = argc;
		return argv;
	}
	append(&l, argv, argc);
	int options = options_before(&l);
	const char *const *given = argv + 1;
	if (options > 0) {
		l.argc = 1;
		append(&l, argv + 1 + options, argc - 1 - options);
	}
	resolve(&l);
	if (options > 0)
		put_behind(&l, options, given);
	*ret_argc = l.argc;
	return l.argv;
}
