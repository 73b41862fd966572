/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource group, clone, promotable, unclone - how resources stand together. */
#include "cli/collective.h"
#include "cli/known-options.h"
#include "cli/nvset.h"

#include <string.h>

enum { OPTION_BEFORE = 1, OPTION_AFTER };

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option add_options[] = {
	{OPTION_BEFORE, 0, "before", "RESOURCE", "Put them before this member"},
	{OPTION_AFTER, 0, "after", "RESOURCE", "Put them after this member"},
	VERB_OPTIONS_EDIT,
	{0},
};

static enum exit_code change_add(struct verb *v)
{
	const char *before = verb_value(v, OPTION_BEFORE), *after = verb_value(v, OPTION_AFTER);
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the group and its new members");
	if (before != NULL && after != NULL)
		return verb_usage(v, "--before and --after: only one of them");
	for (size_t i = 1; i < verb_word_count(v); i++) {
		struct element *e = verb_resource(v, verb_word(v, i));
		if (e == NULL || group_take(v, e, verb_word(v, 0), before, after) != EXIT_OK)
			return v->code;
		if (after != NULL)
			after = verb_word(v, i);
	}
	return EXIT_OK;
}

const struct program program_hale_resource_group_add = {
	.rules = {.name = "hale resource group add",
		  .summary = "put resources into a group, which is made if there is none",
		  .words = "GROUP ID…",
		  .options = add_options},
	.change = change_add,
};

static enum exit_code change_remove(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name the group");
	struct element *group = verb_resource(v, verb_word(v, 0));
	if (group == NULL)
		return v->code;
	if (group->name != NAME_GROUP)
		return verb_fail(v, EXIT_DATA, "%s is a <%s> and no group", verb_word(v, 0), element_tag(group));
	for (size_t i = 1; i < verb_word_count(v); i++) {
		struct element *member = element_child_by_id(group, NAME_PRIMITIVE, verb_word(v, i));
		if (member == NULL)
			return verb_fail(v, EXIT_NO_SUCH, "there is no resource '%s' in group %s", verb_word(v, i),
					 verb_word(v, 0));
		if (group_release(v, member) != EXIT_OK)
			return v->code;
	}
	while (verb_word_count(v) == 1 && element_first_named(group, NAME_PRIMITIVE) != NULL) {
		struct element *last = NULL;
		for_each_named(member, group, NAME_PRIMITIVE) last = member;
		if (group_release(v, last) != EXIT_OK)
			return v->code;
	}
	return EXIT_OK;
}

const struct program program_hale_resource_group_remove = {
	.rules = {.name = "hale resource group remove",
		  .summary = "take resources out of a group; without names all, and the group goes",
		  .words = "GROUP [ID…]",
		  .options = edit_options},
	.change = change_remove,
};

static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};

static void list_groups(struct verb *v, const struct element *in, json_t *all)
{
	for_each_child(e, in)
	{
		if (e->name == NAME_CLONE || e->name == NAME_MASTER)
			list_groups(v, e, all);
		if (e->name != NAME_GROUP)
			continue;
		json_t *members = json_array();
		if (!v->json)
			(void)fprintf(v->io->out, "%s:", element_id(e));
		for_each_named(member, e, NAME_PRIMITIVE)
		{
			(void)json_array_append_new(members, json_string(element_id(member)));
			if (!v->json)
				(void)fprintf(v->io->out, " %s", element_id(member));
		}
		if (!v->json)
			(void)fputc('\n', v->io->out);
		(void)json_object_set_new(all, element_id(e), members);
	}
}

static enum exit_code look_list(struct verb *v)
{
	json_t *all = json_object();
	list_groups(v, document_section(v->document, NAME_RESOURCES), all);
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_resource_group_list = {
	.rules = {.name = "hale resource group list",
		  .summary = "show groups and their members",
		  .options = look_options},
	.look = look_list,
};

/* ---- clones ---- */

static enum exit_code change_clone(struct verb *v)
{
	bool promotable = strcmp(v->name, "hale resource promotable") == 0;
	const char *second = verb_word(v, 1);
	bool has_id = second != NULL && strchr(second, '=') == NULL && strcmp(second, "meta") != 0;
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name what to clone");
	struct element *inner = verb_resource(v, verb_word(v, 0));
	struct element *clone = inner != NULL ? clone_make(v, inner, has_id ? second : NULL, promotable) : NULL;
	if (clone == NULL)
		return v->code;
	for (size_t i = has_id ? 2 : 1; i < verb_word_count(v); i++) {
		const char *name, *value;
		if (strcmp(verb_word(v, i), "meta") == 0)
			continue;
		if (!pair_parse(v, verb_word(v, i), &name, &value) ||
		    known_check(v, known_meta_attributes, "meta-attribute", name, value) != EXIT_OK)
			return v->code;
		(void)nvset_put(v, clone, NAME_META_ATTRIBUTES, name, value);
	}
	return EXIT_OK;
}

const struct program program_hale_resource_clone = {
	.rules = {.name = "hale resource clone",
		  .summary = "run a resource or group on several nodes",
		  .words = "ID [CLONE] [meta NAME=VALUE…]",
		  .options = edit_options},
	.change = change_clone,
};

const struct program program_hale_resource_promotable = {
	.rules = {.name = "hale resource promotable",
		  .summary = "run a resource or group on several nodes, and promote some of them",
		  .words = "ID [CLONE] [meta NAME=VALUE…]",
		  .options = edit_options},
	.change = change_clone,
};

static enum exit_code change_unclone(struct verb *v)
{
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one clone, or what is in it");
	struct element *e = verb_resource(v, verb_word(v, 0));
	while (e != NULL && e->name != NAME_CLONE && e->name != NAME_MASTER && element_is_resource(e->parent))
		e = e->parent;
	if (e == NULL)
		return v->code;
	if (e->name != NAME_CLONE && e->name != NAME_MASTER)
		return verb_fail(v, EXIT_DATA, "%s is no clone, and in none", verb_word(v, 0));
	return clone_undo(v, e);
}

const struct program program_hale_resource_unclone = {
	.rules = {.name = "hale resource unclone",
		  .summary = "run once what was cloned",
		  .words = "CLONE|ID",
		  .options = edit_options},
	.change = change_unclone,
};
