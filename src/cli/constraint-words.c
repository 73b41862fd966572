/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/constraint-words.h"

#include "rules/score.h"

#include <string.h>

enum exit_code constraint_words_check_score(struct verb *v, const char *score)
{
	int number;
	return score_parse(score, 0, &number)
		       ? EXIT_OK
		       : verb_fail(v, EXIT_DATA, "score %s: it must be a whole number, INFINITY or -INFINITY", score);
}

bool constraint_words_is_score(const char *word)
{
	int number;
	return word != NULL && strchr(word, '=') == NULL && score_parse(word, 0, &number);
}

struct element *constraint_words_new(struct verb *v, cib_name kind, const char *id)
{
	struct element *c = element_new(v->document, kind);
	element_set(c, NAME_ID, id);
	return c;
}

static bool same_value(const struct element *a, const struct element *b, cib_name name, const char *otherwise)
{
	return strcmp(element_get_or(a, name, otherwise), element_get_or(b, name, otherwise)) == 0;
}

static bool same_sets(const struct element *a, const struct element *b)
{
	const struct element *x = element_first_named(a, NAME_RESOURCE_SET);
	const struct element *y = element_first_named(b, NAME_RESOURCE_SET);
	for (; x != NULL && y != NULL; x = element_next_named(x), y = element_next_named(y)) {
		const struct element *p = element_first_named(x, NAME_RESOURCE_REF);
		const struct element *q = element_first_named(y, NAME_RESOURCE_REF);
		for (; p != NULL && q != NULL && strcmp(element_id(p), element_id(q)) == 0;
		     p = element_next_named(p), q = element_next_named(q))
			;
		if (p != NULL || q != NULL)
			return false;
	}
	return x == NULL && y == NULL;
}

/* About the same resources in the same way; locations may be as many as people like. */
static bool is_like(const struct element *a, const struct element *b)
{
	static const struct {
		cib_name name;
		const char *otherwise;
	} same[] = {
		{NAME_RSC, ""},   {NAME_WITH_RSC, ""}, {NAME_RSC_ROLE, "Started"},   {NAME_WITH_RSC_ROLE, "Started"},
		{NAME_FIRST, ""}, {NAME_THEN, ""},     {NAME_FIRST_ACTION, "start"}, {NAME_THEN_ACTION, "start"},
		{NAME_TICKET, ""}};
	if (a->name != b->name || a->name == NAME_RSC_LOCATION)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
		if (!same_value(a, b, same[i].name, same[i].otherwise))
			return false;
	return same_sets(a, b);
}

enum exit_code constraint_words_put(struct verb *v, struct element *c)
{
	struct element *all = verb_section(v, NAME_CONSTRAINTS);
	for_each_child(other, all)
	{
		if (is_like(other, c) &&
		    verb_object(v, EXIT_EXISTS, "there is a constraint like this: %s", element_id(other)) != EXIT_OK)
			return v->code;
	}
	element_append(all, c);
	return EXIT_OK;
}

const char *constraint_words_resource(struct verb *v, const char *word)
{
	const char *percent = strchr(word, '%');
	const char *id = percent != NULL ? percent + 1 : word;
	return verb_resource(v, id) != NULL ? id : NULL;
}

const char *constraint_words_role(const char *word)
{
	static const char *const roles[][2] = {{"Started", "Started"},       {"Stopped", "Stopped"},
					       {"Promoted", "Promoted"},     {"Master", "Promoted"},
					       {"Unpromoted", "Unpromoted"}, {"Slave", "Unpromoted"}};
	for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(roles); i++)
		if (g_ascii_strcasecmp(word, roles[i][0]) == 0)
			return roles[i][1];
	return NULL;
}

/* What the schema takes for an attribute; NULL: it takes what is given, and v->code says whether that will do. */
static const char *option_value(struct verb *v, const char *name, const char *value)
{
	static const struct {
		const char *name, *words;
	} known[] = {{"kind", "Optional|Mandatory|Serialize"},
		     {"symmetrical", "true|false"},
		     {"require-all", "true|false"},
		     {"sequential", "true|false"},
		     {"influence", "true|false"},
		     {"action", "start|promote|demote|stop"},
		     {"loss-policy", "stop|demote|fence|freeze"},
		     {"resource-discovery", "always|never|exclusive"}};
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		char **words = g_strsplit(known[i].words, "|", -1);
		const char *found = NULL;
		for (char **w = words; *w != NULL && found == NULL; w++)
			if (g_ascii_strcasecmp(*w, value) == 0)
				found = arena_string(v->io->arena, *w);
		char *list = g_strjoinv(", ", words);
		if (found == NULL)
			(void)verb_fail(v, EXIT_DATA, "%s=%s: there are %s", name, value, list);
		g_free(list);
		g_strfreev(words);
		return found;
	}
	if (strcmp(name, "score") == 0 && constraint_words_check_score(v, value) != EXIT_OK)
		return NULL;
	if (strcmp(name, "id") == 0 && document_by_id(v->document, value) != NULL) {
		(void)verb_fail(v, EXIT_EXISTS, "the id '%s' is taken", value);
		return NULL;
	}
	if (strstr(name, "role") != NULL && constraint_words_role(value) == NULL) {
		(void)verb_fail(v, EXIT_DATA, "%s=%s: there are Started, Stopped, Promoted, Unpromoted", name, value);
		return NULL;
	}
	return strstr(name, "role") != NULL ? constraint_words_role(value) : value;
}

enum exit_code constraint_words_option(struct verb *v, struct element *c, const char *word, const char *const *names)
{
	const char *equal = strchr(word, '=');
	bool known = false;
	for (const char *const *n = names; *n != NULL && equal != NULL; n++)
		known = known || (strlen(*n) == (size_t)(equal - word) && strncmp(*n, word, strlen(*n)) == 0);
	if (!known) {
		char *list = g_strjoinv("=, ", (char **)(uintptr_t)names);
		(void)verb_fail(v, EXIT_USAGE, "'%s' is not understood here; there are %s=", word, list);
		g_free(list);
		return v->code;
	}
	const char *name = arena_string_n(v->io->arena, word, (size_t)(equal - word));
	const char *value = option_value(v, name, equal + 1);
	if (value == NULL)
		return v->code;
	element_set(c, document_name(v->document, name), value);
	return EXIT_OK;
}

enum exit_code constraint_words_options(struct verb *v, struct element *c, size_t from, const char *const *names)
{
	for (size_t i = from; i < verb_word_count(v); i++)
		if (constraint_words_option(v, c, verb_word(v, i), names) != EXIT_OK)
			return v->code;
	return EXIT_OK;
}

bool constraint_words_is_about(const struct element *c, const char *id)
{
	static const cib_name names[] = {NAME_RSC, NAME_WITH_RSC, NAME_FIRST, NAME_THEN};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(element_get_or(c, names[i], ""), id) == 0)
			return true;
	for_each_named(set, c, NAME_RESOURCE_SET)
	{
		if (element_child_by_id(set, NAME_RESOURCE_REF, id) != NULL)
			return true;
	}
	return false;
}
