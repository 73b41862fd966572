/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale stonith level add, remove, config - which devices fence a node, in which order. */
#include "cli/verb.h"

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

static enum exit_code put_devices(struct verb *v, struct element *level, size_t from)
{
	GString *devices = g_string_new(NULL);
	for (size_t i = from; i < verb_word_count(v); i++) {
		const struct element *e = document_by_id(v->document, verb_word(v, i));
		bool is_device = e != NULL && strcmp(element_get_or(e, NAME_CLASS, ""), "stonith") == 0;
		if (!is_device && strcmp(verb_word(v, i), "watchdog") != 0 &&
		    verb_object(v, EXIT_NO_SUCH, "there is no fence device '%s'", verb_word(v, i)) != EXIT_OK) {
			(void)g_string_free(devices, TRUE);
			return v->code;
		}
		g_string_append_printf(devices, "%s%s", devices->len > 0 ? "," : "", verb_word(v, i));
	}
	element_set(level, NAME_DEVICES, devices->str);
	(void)g_string_free(devices, TRUE);
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
	element_set(level, NAME_ID, verb_free_id(v, "fl-%s-%d", verb_word(v, 1), index));
	if (put_target(v, level, verb_word(v, 1)) != EXIT_OK)
		return v->code;
	element_set_int(level, NAME_INDEX, index);
	if (put_devices(v, level, 2) != EXIT_OK)
		return v->code;
	element_append(verb_section(v, NAME_FENCING_TOPOLOGY), level);
	return EXIT_OK;
}

const struct program program_hale_stonith_level_add = {
	.rules = {.name = "hale stonith level add",
		  .summary = "fence a node by these devices at this level; level 1 is tried first",
		  .words = "LEVEL NODE DEVICE…",
		  .details = "NODE may be regexp%PATTERN or attrib%NAME=VALUE. All devices of a level must succeed.",
		  .options = edit_options},
	.change = change_add,
};

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

static enum exit_code change_remove(struct verb *v)
{
	int index;
	unsigned count = 0;
	if (!level_of(v, &index))
		return v->code;
	struct element *all = document_section(v->document, NAME_FENCING_TOPOLOGY);
	for (struct element *l = element_first_named(all, NAME_FENCING_LEVEL), *next; l != NULL; l = next) {
		next = element_next_named(l);
		bool fits = atoi(element_get_or(l, NAME_INDEX, "0")) == index;
		const char *target = target_of(l, v->io->arena);
		const char *name = verb_word(v, 1);
		if (name != NULL && strncmp(name, "node%", strlen("node%")) == 0)
			name += strlen("node%");
		if (!fits || (name != NULL && strcmp(name, target) != 0))
			continue;
		element_remove(l);
		count++;
	}
	return count > 0 ? EXIT_OK : verb_fail(v, EXIT_NO_SUCH, "there is no such fencing level");
}

const struct program program_hale_stonith_level_remove = {
	.rules = {.name = "hale stonith level remove",
		  .summary = "remove a fencing level, of one node or of all",
		  .words = "LEVEL [NODE]",
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
	if (v->json) {
		(void)json_dumpf(all, v->io->out, JSON_INDENT(2));
		(void)fputc('\n', v->io->out);
	}
	json_decref(all);
	return EXIT_OK;
}

const struct program program_hale_stonith_level_config = {
	.rules = {.name = "hale stonith level config", .summary = "show fencing levels", .options = look_options},
	.look = look_config,
};
