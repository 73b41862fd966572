/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale stonith level add, remove, clear, verify, config - which devices fence a node, in which order. */
#include "cli/primitive.h"

#include <stdlib.h>
#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};

static bool level_of(struct verb *v, int *ret)
{
	const char *word = verb_word(v, 0);
	*ret = word != NULL && word[0] >= '1' && word[0] <= '9' && word[1] == '\0' ? word[0] - '0' : 0;
	if (*ret == 0)
		(void)verb_usage(v, "name a level from 1 to 9");
	return *ret != 0;
}

/* "n1", "node%n1", "regexp%n[0-9]", "attrib%rack=1". */
static enum exit_code put_target(struct verb *v, struct element *level, const char *word)
{
	const char *text = strchr(word, '%');
	if (strncmp(word, "regexp%", strlen("regexp%")) == 0) {
		element_set(level, NAME_TARGET_PATTERN, text + 1);
		return EXIT_OK;
	}
	if (strncmp(word, "attrib%", strlen("attrib%")) == 0) {
		const char *equal = strchr(text, '=');
		if (equal == NULL)
			return verb_fail(v, EXIT_USAGE, "%s: it looks like attrib%%NAME=VALUE", word);
		element_set(level, NAME_TARGET_ATTRIBUTE,
			    arena_string_n(v->io->arena, text + 1, (size_t)(equal - text - 1)));
		element_set(level, NAME_TARGET_VALUE, equal + 1);
		return EXIT_OK;
	}
	const char *name = text != NULL ? text + 1 : word;
	v->code = EXIT_OK;
	if (verb_node(v, name) == NULL && v->code != EXIT_OK)
		return v->code;
	element_set(level, NAME_TARGET, name);
	return EXIT_OK;
}

static bool is_device(const struct verb *v, const char *id)
{
	const struct element *e = document_by_id(v->document, id);
	return e != NULL && strcmp(element_get_or(e, NAME_CLASS, ""), "stonith") == 0;
}

/* The watchdog is no resource. */
static bool may_fence(const struct verb *v, const char *id)
{
	return is_device(v, id) || strcmp(id, "watchdog") == 0;
}

static enum exit_code put_devices(struct verb *v, struct element *level, size_t from)
{
	GString *devices = g_string_new(NULL);
	for (size_t i = from; i < verb_word_count(v); i++) {
		if (strncmp(verb_word(v, i), "id=", 3) == 0 || strcmp(verb_word(v, i), "stonith") == 0)
			continue;
		g_string_append_printf(devices, "%s%s", devices->len > 0 ? "," : "", verb_word(v, i));
	}
	char **ids = g_strsplit(devices->str, ",", -1);
	v->code = EXIT_OK;
	for (char **id = ids; *id != NULL && v->code == EXIT_OK; id++)
		if (!may_fence(v, *id))
			(void)verb_object(v, EXIT_NO_SUCH, "there is no fence device '%s'", *id);
	g_strfreev(ids);
	element_set(level, NAME_DEVICES, devices->str);
	(void)g_string_free(devices, TRUE);
	return v->code;
}

static const char *target_of(const struct element *level, struct arena *a)
{
	const char *name = element_get(level, NAME_TARGET), *pattern = element_get(level, NAME_TARGET_PATTERN);
	if (name != NULL)
		return name;
	if (pattern != NULL)
		return arena_printf(a, "regexp%%%s", pattern);
	return arena_printf(a, "attrib%%%s=%s", element_get_or(level, NAME_TARGET_ATTRIBUTE, ""),
			    element_get_or(level, NAME_TARGET_VALUE, ""));
}

/* What of a target is in the level's id. */
static const char *target_word(const struct element *level)
{
	return element_get_or(
		level, NAME_TARGET,
		element_get_or(level, NAME_TARGET_PATTERN, element_get_or(level, NAME_TARGET_ATTRIBUTE, "")));
}

static enum exit_code put_id(struct verb *v, struct element *level, int index)
{
	const char *id = verb_named(v, "id");
	if (id != NULL && primitive_check_id(v, id) != EXIT_OK)
		return v->code;
	element_set(level, NAME_ID, id != NULL ? id : verb_free_id(v, "fl-%s-%d", target_word(level), index));
	for_each_named(other, document_section(v->document, NAME_FENCING_TOPOLOGY), NAME_FENCING_LEVEL)
	{
		if (atoi(element_get_or(other, NAME_INDEX, "0")) == index &&
		    strcmp(target_of(other, v->io->arena), target_of(level, v->io->arena)) == 0 &&
		    strcmp(element_get_or(other, NAME_DEVICES, ""), element_get_or(level, NAME_DEVICES, "")) == 0)
			return verb_fail(v, EXIT_EXISTS, "there is a level like this: %s", element_id(other));
	}
	return EXIT_OK;
}

static enum exit_code change_add(struct verb *v)
{
	int index;
	if (!level_of(v, &index))
		return v->code;
	if (verb_word_count(v) < 3)
		return verb_usage(v, "name the level, the node, and devices");
	struct element *level = element_new(v->document, NAME_FENCING_LEVEL);
	element_set(level, NAME_ID, "");
	if (put_target(v, level, verb_word(v, 1)) != EXIT_OK)
		return v->code;
	element_set_int(level, NAME_INDEX, index);
	if (put_devices(v, level, 2) != EXIT_OK || put_id(v, level, index) != EXIT_OK)
		return v->code;
	element_append(verb_section(v, NAME_FENCING_TOPOLOGY), level);
	return EXIT_OK;
}

const struct program program_hale_stonith_level_add = {
	.rules = {.name = "hale stonith level add",
		  .summary = "fence a node by these devices at this level; level 1 is tried first",
		  .words = "LEVEL NODE DEVICE… [id=ID]",
		  .details = "NODE may be regexp%PATTERN or attrib%NAME=VALUE. All devices of a level must succeed.",
		  .options = edit_options},
	.change = change_add,
};

/* "a,b" and "a b" are the same devices in the same order. */
static bool same_devices(const struct verb *v, const struct element *level, size_t from)
{
	GString *s = g_string_new(NULL);
	for (size_t i = from; i < verb_word_count(v); i++)
		g_string_append_printf(s, "%s%s", s->len > 0 ? "," : "", verb_word(v, i));
	bool same = strcmp(s->str, element_get_or(level, NAME_DEVICES, "")) == 0;
	(void)g_string_free(s, TRUE);
	return same;
}

static bool is_word(const struct verb *v, size_t at, const char *word)
{
	return verb_word(v, at) != NULL && strcmp(verb_word(v, at), word) == 0;
}

/* [target] TARGET, moving *at behind it; NULL: none is named. Before there were keywords, a first word that is no
 * device was a target. */
static const char *take_target(struct verb *v, size_t *at)
{
	bool has_word = is_word(v, *at, "target");
	if (has_word)
		(*at)++;
	if (verb_word(v, *at) == NULL || is_word(v, *at, "stonith") ||
	    (!has_word && (is_device(v, verb_word(v, *at)) || strchr(verb_word(v, *at), ',') != NULL)))
		return NULL;
	const char *target = verb_word(v, (*at)++);
	return strncmp(target, "node%", strlen("node%")) == 0 ? target + strlen("node%") : target;
}

/* [target] TARGET and [stonith] DEVICE…: whether a level is of that target and has those devices; words from `at` on.
 */
static bool is_meant(struct verb *v, const struct element *level, size_t at)
{
	const char *target = take_target(v, &at);
	if (is_word(v, at, "stonith"))
		at++;
	return (target == NULL || strcmp(target, target_of(level, v->io->arena)) == 0) &&
	       (at >= verb_word_count(v) || same_devices(v, level, at));
}

/* A keyword without what it is about would mean all levels. */
static enum exit_code check_keywords(struct verb *v, size_t from)
{
	size_t count = verb_word_count(v);
	if ((count == from + 1 && is_word(v, from, "target")) || (count > from && is_word(v, count - 1, "stonith")))
		return verb_usage(v, "after target name a node, after stonith devices");
	return EXIT_OK;
}

/* index 0: of any. */
static unsigned remove_levels(struct verb *v, int index, size_t from)
{
	unsigned count = 0;
	struct element *all = document_section(v->document, NAME_FENCING_TOPOLOGY);
	for (struct element *l = element_first_named(all, NAME_FENCING_LEVEL), *next; l != NULL; l = next) {
		next = element_next_named(l);
		if ((index != 0 && atoi(element_get_or(l, NAME_INDEX, "0")) != index) || !is_meant(v, l, from))
			continue;
		element_remove(l);
		count++;
	}
	return count;
}

static enum exit_code change_remove(struct verb *v)
{
	int index;
	if (!level_of(v, &index) || check_keywords(v, 1) != EXIT_OK)
		return v->code;
	return remove_levels(v, index, 1) > 0
		       ? EXIT_OK
		       : verb_fail(v, EXIT_NO_SUCH, "there is no such fencing level: hale stonith level shows them");
}

static enum exit_code change_clear(struct verb *v)
{
	if (check_keywords(v, 0) != EXIT_OK)
		return v->code;
	(void)remove_levels(v, 0, 0);
	return EXIT_OK;
}

const struct program program_hale_stonith_level_clear = {
	.rules = {.name = "hale stonith level clear",
		  .summary = "remove all fencing levels, or those of a node, or those of devices",
		  .words = "[target NODE | stonith DEVICE…]",
		  .options = edit_options},
	.change = change_clear,
};

static enum exit_code look_verify(struct verb *v)
{
	unsigned count = 0;
	for_each_named(l, document_section(v->document, NAME_FENCING_TOPOLOGY), NAME_FENCING_LEVEL)
	{
		const char *node = element_get(l, NAME_TARGET);
		char **devices = g_strsplit(element_get_or(l, NAME_DEVICES, ""), ",", -1);
		for (char **d = devices; *d != NULL; d++) {
			if (may_fence(v, *d))
				continue;
			count++;
			(void)verb_fail(v, EXIT_NO_SUCH, "level %s of %s: there is no fence device '%s'",
					element_get_or(l, NAME_INDEX, ""), target_of(l, v->io->arena), *d);
		}
		g_strfreev(devices);
		v->code = EXIT_OK;
		if (node != NULL && verb_node(v, node) == NULL)
			count++;
	}
	return v->code = count > 0 ? EXIT_NO_SUCH : EXIT_OK;
}

const struct program program_hale_stonith_level_verify = {
	.rules = {.name = "hale stonith level verify",
		  .summary = "check that the nodes and devices of all fencing levels are there",
		  .options = look_options},
	.look = look_verify,
};

const struct program program_hale_stonith_level_remove = {
	.rules = {.name = "hale stonith level remove",
		  .summary = "remove a fencing level, of one node or of all",
		  .words = "LEVEL [[target] NODE] [stonith DEVICE…]",
		  .options = edit_options},
	.change = change_remove,
};

static enum exit_code look_config(struct verb *v)
{
	json_t *all = json_array();
	const char *before = "";
	for_each_named(l, document_section(v->document, NAME_FENCING_TOPOLOGY), NAME_FENCING_LEVEL)
	{
		const char *target = target_of(l, v->io->arena);
		(void)json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s}", "id", element_id(l), "target",
							   target, "level", element_get_or(l, NAME_INDEX, ""),
							   "devices", element_get_or(l, NAME_DEVICES, "")));
		if (v->json)
			continue;
		if (strcmp(before, target) != 0)
			(void)fprintf(v->io->out, "Target: %s\n", target);
		before = target;
		(void)fprintf(v->io->out, "  Level %s - %s\n", element_get_or(l, NAME_INDEX, ""),
			      element_get_or(l, NAME_DEVICES, ""));
	}
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_stonith_level_config = {
	.rules = {.name = "hale stonith level config", .summary = "show fencing levels", .options = look_options},
	.look = look_config,
};
