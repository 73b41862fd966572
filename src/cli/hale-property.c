/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale property set, unset, config, defaults, describe - the cluster's options. */
#include "cli/known-options.h"
#include "cli/nvset.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};

/* What is set under the older name, and is not to be there twice. */
static const char *other_name(const struct known_option *o, const char *name)
{
	return o == NULL || o->old_name == NULL ? NULL : strcmp(o->name, name) == 0 ? o->old_name : o->name;
}

static enum exit_code change_set(struct verb *v)
{
	struct element *owner = verb_section(v, NAME_CRM_CONFIG);
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name what to set, as in fencing-enabled=true");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		const char *name, *value;
		if (!pair_parse(v, verb_word(v, i), &name, &value))
			return v->code;
		const char *other = other_name(known_find(known_cluster_options, name), name);
		if (known_check(v, known_cluster_options, "cluster option", name, value) != EXIT_OK)
			return v->code;
		if (cluster_option_needless(name) != NULL && *value != '\0')
			verb_warn(v, "%s changes nothing here: %s", name, cluster_option_needless(name));
		if (other != NULL && *value != '\0')
			(void)nvset_put(v, owner, NAME_CLUSTER_PROPERTY_SET, other, NULL);
		(void)nvset_put(v, owner, NAME_CLUSTER_PROPERTY_SET, name, value);
	}
	return EXIT_OK;
}

const struct program program_hale_property_set = {
	.rules = {.name = "hale property set",
		  .summary = "set options of the cluster",
		  .words = "NAME=VALUE…",
		  .details = "NAME= without a value takes an option away, as hale property unset does. Names that the "
			     "cluster does not know and values that make no sense are refused. An option that is "
			     "set under its older name (stonith-enabled) gets the name given here.\n\n"
			     "Example: hale property set no-quorum-policy=freeze",
		  .options = edit_options},
	.change = change_set,
};

static enum exit_code change_unset(struct verb *v)
{
	struct element *owner = verb_section(v, NAME_CRM_CONFIG);
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name what to take away");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		const char *name = verb_word(v, i);
		const char *other = other_name(known_find(known_cluster_options, name), name);
		bool had = nvset_put(v, owner, NAME_CLUSTER_PROPERTY_SET, name, NULL);
		if (other != NULL)
			had = nvset_put(v, owner, NAME_CLUSTER_PROPERTY_SET, other, NULL) || had;
		if (!had && verb_object(v, EXIT_NO_SUCH, "'%s' is not set", name) != EXIT_OK)
			return v->code;
	}
	return EXIT_OK;
}

const struct program program_hale_property_unset = {
	.rules = {.name = "hale property unset",
		  .summary = "let options of the cluster be what they are by default",
		  .words = "NAME…",
		  .options = edit_options},
	.change = change_unset,
};

/* ---- list ---- */

enum { OPTION_ALL = 1, OPTION_DEFAULTS };

static const struct option list_options[] = {
	{OPTION_ALL, 0, "all", NULL, "Also what is not set, with what counts then"},
	{OPTION_DEFAULTS, 0, "defaults", NULL, "Only what counts when nothing is set"},
	VERB_OPTIONS_LOOK,
	{0},
};

static bool is_wanted(const struct verb *v, const char *name)
{
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (strcmp(verb_word(v, i), name) == 0)
			return true;
	return verb_word_count(v) == 0;
}

static void list_all(struct verb *v, json_t *values)
{
	const struct element *owner = document_section(v->document, NAME_CRM_CONFIG);
	for (const struct known_option *o = known_cluster_options; o->name != NULL; o++) {
		const char *set = nvset_get(owner, NAME_CLUSTER_PROPERTY_SET, o->name);
		if (set == NULL && o->old_name != NULL)
			set = nvset_get(owner, NAME_CLUSTER_PROPERTY_SET, o->old_name);
		if (verb_has(v, OPTION_DEFAULTS))
			set = NULL;
		if (!is_wanted(v, o->name))
			continue;
		if (v->json)
			(void)json_object_set_new(values, o->name, json_string(set != NULL ? set : o->otherwise));
		else
			(void)fprintf(v->io->out, "%s=%s%s\n", o->name, set != NULL ? set : o->otherwise,
				      set != NULL ? "" : " (default)");
	}
}

static void list_set(struct verb *v, json_t *values)
{
	for_each_named(set, document_section(v->document, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET)
	{
		bool titled = false;
		for_each_named(pair, set, NAME_NVPAIR)
		{
			const char *name = element_get_or(pair, NAME_NAME, "");
			const char *value = element_get_or(pair, NAME_VALUE, "");
			if (!is_wanted(v, name))
				continue;
			if (v->json)
				(void)json_object_set_new(values, name, json_string(value));
			else if (!titled)
				(void)fprintf(v->io->out, "Cluster Properties: %s\n",
					      element_id(set) != NULL ? element_id(set) : "");
			titled = true;
			if (!v->json)
				(void)fprintf(v->io->out, "  %s=%s\n", name, value);
		}
	}
}

static enum exit_code look_list(struct verb *v)
{
	json_t *values = json_object();
	if (verb_has(v, OPTION_ALL) || verb_has(v, OPTION_DEFAULTS))
		list_all(v, values);
	else
		list_set(v, values);
	verb_print_json(v, values);
	return EXIT_OK;
}

const struct program program_hale_property_config = {
	.rules = {.name = "hale property config",
		  .summary = "show options of the cluster",
		  .words = "[NAME…]",
		  .options = list_options},
	.look = look_list,
};

/* ---- what there is to set ---- */

enum { OPTION_FULL = 1 };

static const struct option known_options[] = {
	{OPTION_FULL, 0, "full", NULL, "Taken for the sake of scripts: everything is shown", .hidden = true},
	{.help = "General:"},
	VERB_OPTION_FILE,
	VERB_OPTION_FORMAT,
	{0},
};

static enum exit_code check_names(struct verb *v)
{
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (known_find(known_cluster_options, verb_word(v, i)) == NULL)
			return verb_fail(v, EXIT_NO_SUCH, "the cluster knows no option '%s'", verb_word(v, i));
	return EXIT_OK;
}

static bool is_meant(const struct verb *v, const struct known_option *o)
{
	return is_wanted(v, o->name) || (o->old_name != NULL && is_wanted(v, o->old_name));
}

static enum exit_code act_defaults(struct verb *v)
{
	json_t *all = json_object();
	if (check_names(v) != EXIT_OK) {
		json_decref(all);
		return v->code;
	}
	for (const struct known_option *o = known_cluster_options; o->name != NULL; o++) {
		if (!is_meant(v, o))
			continue;
		(void)json_object_set_new(all, o->name, json_string(o->otherwise));
		if (!v->json)
			(void)fprintf(v->io->out, "%s=%s\n", o->name, o->otherwise);
	}
	verb_print_json(v, all);
	return EXIT_OK;
}

static enum exit_code act_describe(struct verb *v)
{
	json_t *all = json_array();
	if (check_names(v) != EXIT_OK) {
		json_decref(all);
		return v->code;
	}
	for (const struct known_option *o = known_cluster_options; o->name != NULL; o++) {
		const char *type = known_type_words(o, v->io->arena);
		if (!is_meant(v, o))
			continue;
		(void)json_array_append_new(all, json_pack("{s:s, s:s?, s:s, s:s, s:s}", "name", o->name, "old_name",
							   o->old_name, "type", type, "default", o->otherwise, "text",
							   o->help));
		if (v->json)
			continue;
		(void)fprintf(v->io->out, "%s\n  Description: %s\n  Type: %s\n  Default: %s\n", o->name, o->help, type,
			      o->otherwise);
		if (o->old_name != NULL)
			(void)fprintf(v->io->out, "  Older name: %s\n", o->old_name);
	}
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_property_defaults = {
	.rules = {.name = "hale property defaults",
		  .summary = "show what counts when an option of the cluster is not set",
		  .words = "[NAME…]",
		  .options = known_options},
	.act = act_defaults,
};

const struct program program_hale_property_describe = {
	.rules = {.name = "hale property describe",
		  .summary = "explain options of the cluster",
		  .words = "[NAME…]",
		  .options = known_options},
	.act = act_describe,
};
