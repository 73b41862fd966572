/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/primitive.h"

#include <string.h>

enum section { IN_PARAMETERS, IN_OPERATION, IN_META, IN_UTILIZATION, IN_COLLECTIVE, IN_COLLECTIVE_META };

/* Words that begin a section. What tutorials of all ages write is understood. */
static const struct {
	const char *word;
	enum section section;
	const char *collective;
} keywords[] = {
	{"params", IN_PARAMETERS, NULL},
	{"op", IN_OPERATION, NULL},
	{"meta", IN_META, NULL},
	{"utilization", IN_UTILIZATION, NULL},
	{"clone", IN_COLLECTIVE, "clone"},
	{"promotable", IN_COLLECTIVE, "promotable"},
	{"master", IN_COLLECTIVE, "master"},
};

static bool has_value(const char *word)
{
	return strchr(word, '=') != NULL;
}

static enum exit_code take(struct verb *v, struct primitive_words *w, enum section *section, const char *word)
{
	GPtrArray *to[] = {[IN_PARAMETERS] = w->parameters,
			   [IN_META] = w->meta,
			   [IN_UTILIZATION] = w->utilization,
			   [IN_COLLECTIVE] = w->collective_meta,
			   [IN_COLLECTIVE_META] = w->collective_meta};
	if (*section == IN_OPERATION) {
		if (!has_value(word))
			g_ptr_array_add(w->operations, g_ptr_array_new());
		else if (w->operations->len == 0)
			return verb_fail(v, EXIT_USAGE, "op %s: name the operation first, as in op monitor %s", word,
					 word);
		g_ptr_array_add(g_ptr_array_index(w->operations, w->operations->len - 1), (gpointer)(uintptr_t)word);
		return EXIT_OK;
	}
	if (*section == IN_COLLECTIVE && !has_value(word) && w->collective_id == NULL) {
		w->collective_id = word;
		return EXIT_OK;
	}
	if (!has_value(word))
		return verb_fail(v, EXIT_USAGE,
				 "'%s' is no name=value and none of op, meta, clone, promotable, group, "
				 "before, after, bundle",
				 word);
	g_ptr_array_add(to[*section], (gpointer)(uintptr_t)word);
	return EXIT_OK;
}

/* "group G before R": true when word was one of these, with its value taken. */
static bool take_place(struct primitive_words *w, const char *word, const char *value)
{
	const struct {
		const char *word, **to;
	} places[] = {{"group", &w->group}, {"before", &w->before}, {"after", &w->after}, {"bundle", &w->bundle}};
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		if (strcmp(places[i].word, word) != 0 || value == NULL || has_value(value))
			continue;
		*places[i].to = value;
		return true;
	}
	return false;
}

static bool take_keyword(struct primitive_words *w, const char *word, enum section *section)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++) {
		if (strcmp(keywords[i].word, word) != 0)
			continue;
		if (keywords[i].section == IN_META && w->collective != NULL)
			*section = IN_COLLECTIVE_META;
		else
			*section = keywords[i].section;
		if (keywords[i].collective != NULL)
			w->collective = keywords[i].collective;
		return true;
	}
	return false;
}

enum exit_code primitive_words_read(struct verb *v, size_t from, struct primitive_words *ret)
{
	enum section section = IN_PARAMETERS;
	enum exit_code code = EXIT_OK;
	*ret = (struct primitive_words){
		.parameters = g_ptr_array_new(),
		.meta = g_ptr_array_new(),
		.utilization = g_ptr_array_new(),
		.operations = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref),
		.collective_meta = g_ptr_array_new(),
	};
	for (size_t i = from; i < verb_word_count(v) && code == EXIT_OK; i++) {
		const char *word = verb_word(v, i);
		if (take_keyword(ret, word, &section))
			continue;
		if (take_place(ret, word, verb_word(v, i + 1)))
			i++;
		else
			code = take(v, ret, &section, word);
	}
	return code;
}

void primitive_words_fini(struct primitive_words *w)
{
	g_ptr_array_unref(w->parameters);
	g_ptr_array_unref(w->meta);
	g_ptr_array_unref(w->utilization);
	g_ptr_array_unref(w->operations);
	g_ptr_array_unref(w->collective_meta);
}
