/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/nvset.h"

#include <string.h>

bool pair_parse(struct verb *v, const char *word, const char **ret_name, const char **ret_value)
{
	const char *equal = strchr(word, '=');
	if (equal == NULL || equal == word) {
		(void)verb_fail(v, EXIT_USAGE, "'%s' is no name=value", word);
		return false;
	}
	*ret_name = arena_string_n(v->io->arena, word, (size_t)(equal - word));
	*ret_value = equal + 1;
	return true;
}

struct element *nvset_find(const struct element *owner, cib_name kind)
{
	for_each_named(set, owner, kind)
	{
		if (element_first_named(set, NAME_RULE) == NULL && element_get(set, NAME_ID_REF) == NULL)
			return set;
	}
	return NULL;
}

static struct element *pair_find(const struct element *set, const char *name)
{
	for_each_named(pair, set, NAME_NVPAIR)
	{
		if (strcmp(element_get_or(pair, NAME_NAME, ""), name) == 0)
			return pair;
	}
	return NULL;
}

const char *nvset_get(const struct element *owner, cib_name kind, const char *name)
{
	for_each_named(set, owner, kind)
	{
		const struct element *pair = pair_find(set, name);
		if (pair != NULL && element_first_named(set, NAME_RULE) == NULL)
			return element_get(pair, NAME_VALUE);
	}
	return NULL;
}

static struct element *nvset_make(struct verb *v, struct element *owner, cib_name kind)
{
	const char *id = element_id(owner);
	struct element *set = element_new(v->document, kind);
	if (kind == NAME_CLUSTER_PROPERTY_SET)
		element_set(set, NAME_ID, verb_free_id(v, "cib-bootstrap-options"));
	else if (owner->name == NAME_NODE && kind == NAME_INSTANCE_ATTRIBUTES)
		element_set(set, NAME_ID, verb_free_id(v, "nodes-%s", id));
	else if (owner->name == NAME_NODE) /* ids of nodes are numbers, and no ids of XML begin with one */
		element_set(set, NAME_ID, verb_free_id(v, "nodes-%s-%s", id, element_tag(set)));
	else
		element_set(set, NAME_ID,
			    verb_free_id(v, "%s-%s", id != NULL ? id : element_tag(owner), element_tag(set)));
	element_append(owner, set);
	return set;
}

bool nvset_put_in(struct verb *v, struct element *set, const char *name, const char *value)
{
	struct element *pair = pair_find(set, name);
	if (value == NULL || *value == '\0') {
		if (pair != NULL)
			element_remove(pair);
		return pair != NULL;
	}
	if (pair == NULL) {
		const char *id = verb_free_id(v, "%s-%s", element_id(set), name);
		pair = element_add(set, NAME_NVPAIR);
		element_set(pair, NAME_ID, id);
		element_set(pair, NAME_NAME, name);
	} else if (strcmp(element_get_or(pair, NAME_VALUE, ""), value) == 0) {
		return false;
	}
	element_set(pair, NAME_VALUE, value);
	return true;
}

bool nvset_put(struct verb *v, struct element *owner, cib_name kind, const char *name, const char *value)
{
	struct element *set = nvset_find(owner, kind);
	if (value == NULL || *value == '\0') {
		bool had = set != NULL && nvset_put_in(v, set, name, NULL);
		if (had && element_first(set) == NULL)
			element_remove(set);
		return had;
	}
	return nvset_put_in(v, set != NULL ? set : nvset_make(v, owner, kind), name, value);
}

enum exit_code nvset_put_words(struct verb *v, struct element *owner, cib_name kind, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const char *name, *value;
		if (!pair_parse(v, verb_word(v, i), &name, &value))
			return v->code;
		(void)nvset_put(v, owner, kind, name, value);
	}
	return EXIT_OK;
}

enum exit_code nvset_put_capacities(struct verb *v, struct element *owner, size_t from)
{
	for (size_t i = from; i < verb_word_count(v); i++) {
		const char *name, *value;
		if (!pair_parse(v, verb_word(v, i), &name, &value))
			return v->code;
		if (*value != '\0' && value[strspn(value, "0123456789")] != '\0' &&
		    verb_object(v, EXIT_DATA, "%s=%s: a capacity is a whole number", name, value) != EXIT_OK)
			return v->code;
	}
	return nvset_put_words(v, owner, NAME_UTILIZATION, from, verb_word_count(v));
}
