/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource enable, disable, manage, unmanage - meta-attributes that have commands of their own. */
#include "cli/nvset.h"

#include <string.h>

enum { OPTION_MONITOR = 1 };

static const struct option options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option manage_options[] = {
	{OPTION_MONITOR, 0, "monitor", NULL, "Also begin, or end, to watch them"},
	VERB_OPTIONS_EDIT,
	{0},
};

static enum exit_code each(struct verb *v, enum exit_code (*fn)(struct verb *v, struct element *e))
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name resources or tags");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		const char *id = verb_word(v, i);
		const struct element *tag = element_child_by_id(document_section(v->document, NAME_TAGS), NAME_TAG, id);
		struct element *e = tag == NULL ? verb_resource(v, id) : NULL;
		if (tag == NULL && (e == NULL || fn(v, e) != EXIT_OK))
			return v->code;
		for_each_named(ref, tag, NAME_OBJ_REF)
		{
			e = verb_resource(v, element_id(ref));
			if (e == NULL || fn(v, e) != EXIT_OK)
				return v->code;
		}
	}
	return EXIT_OK;
}

static bool is_stopped(const struct element *e)
{
	const char *role = nvset_get(e, NAME_META_ATTRIBUTES, "target-role");
	return role != NULL && g_ascii_strcasecmp(role, "Stopped") == 0;
}

/* What it stands in may be disabled too, and then it stays stopped. */
static enum exit_code enable(struct verb *v, struct element *e)
{
	(void)nvset_put(v, e, NAME_META_ATTRIBUTES, "target-role", NULL);
	for_each_child(child, e)
	{
		if ((e->name == NAME_CLONE || e->name == NAME_BUNDLE) && element_is_resource(child) &&
		    is_stopped(child))
			(void)nvset_put(v, child, NAME_META_ATTRIBUTES, "target-role", NULL);
	}
	for (const struct element *p = e->parent; p != NULL && element_is_resource(p); p = p->parent)
		if (is_stopped(p))
			verb_warn(v, "%s is disabled too, and %s stays stopped until: hale resource enable %s",
				  element_id(p), element_id(e), element_id(p));
	return EXIT_OK;
}

static enum exit_code disable(struct verb *v, struct element *e)
{
	(void)nvset_put(v, e, NAME_META_ATTRIBUTES, "target-role", "Stopped");
	const char *managed = nvset_get(e, NAME_META_ATTRIBUTES, "is-managed");
	bool truth = true;
	if (managed != NULL && cib_parse_bool(managed, &truth) && !truth)
		verb_warn(v, "%s is not managed: nobody will stop it", element_id(e));
	return EXIT_OK;
}

/* A monitor is taken out of the cluster's hands, or given back. */
static void watch(const struct element *primitive, bool on)
{
	for_each_named(op, element_first_named(primitive, NAME_OPERATIONS), NAME_OP)
	{
		if (strcmp(element_get_or(op, NAME_NAME, ""), "monitor") == 0)
			element_set(op, NAME_ENABLED, on ? NULL : "false");
	}
}

static bool is_watched(const struct element *primitive)
{
	bool any = false, enabled = true;
	for_each_named(op, element_first_named(primitive, NAME_OPERATIONS), NAME_OP)
	{
		if (strcmp(element_get_or(op, NAME_NAME, ""), "monitor") != 0)
			continue;
		enabled = true;
		(void)cib_parse_bool(element_get_or(op, NAME_ENABLED, "true"), &enabled);
		any = any || enabled;
	}
	return any;
}

/* What a resource stands in decides for it too. */
static void manage_around(struct verb *v, struct element *e)
{
	for (; e != NULL && element_is_resource(e); e = e->parent)
		(void)nvset_put(v, e, NAME_META_ATTRIBUTES, "is-managed", NULL);
}

static enum exit_code manage(struct verb *v, struct element *e)
{
	manage_around(v, e);
	if (e->name == NAME_PRIMITIVE && verb_has(v, OPTION_MONITOR))
		watch(e, true);
	else if (e->name == NAME_PRIMITIVE && !is_watched(e))
		verb_warn(v, "%s is not watched: hale resource manage --monitor %s begins that", element_id(e),
			  element_id(e));
	for_each_child(child, e)
	{
		if (element_is_resource(child))
			(void)manage(v, child);
	}
	return EXIT_OK;
}

/* Of what has resources in it, these. */
static enum exit_code unmanage(struct verb *v, struct element *e)
{
	if (e->name == NAME_PRIMITIVE) {
		(void)nvset_put(v, e, NAME_META_ATTRIBUTES, "is-managed", "false");
		if (verb_has(v, OPTION_MONITOR))
			watch(e, false);
	}
	for_each_child(child, e)
	{
		if (element_is_resource(child))
			(void)unmanage(v, child);
	}
	return EXIT_OK;
}

static enum exit_code change_enable(struct verb *v)
{
	return each(v, enable);
}

static enum exit_code change_disable(struct verb *v)
{
	return each(v, disable);
}

static enum exit_code change_manage(struct verb *v)
{
	return each(v, manage);
}

static enum exit_code change_unmanage(struct verb *v)
{
	return each(v, unmanage);
}

const struct program program_hale_resource_enable = {
	.rules = {.name = "hale resource enable",
		  .summary = "let the cluster start resources",
		  .words = "ID|TAG…",
		  .options = options},
	.change = change_enable,
};

const struct program program_hale_resource_disable = {
	.rules = {.name = "hale resource disable",
		  .summary = "stop resources, and keep them stopped",
		  .words = "ID|TAG…",
		  .options = options},
	.change = change_disable,
};

const struct program program_hale_resource_manage = {
	.rules = {.name = "hale resource manage",
		  .summary = "let the cluster start, stop and recover resources again",
		  .words = "ID|TAG…",
		  .options = manage_options},
	.change = change_manage,
};

const struct program program_hale_resource_unmanage = {
	.rules = {.name = "hale resource unmanage",
		  .summary = "keep the cluster from starting, stopping and recovering resources",
		  .words = "ID|TAG…",
		  .details = "They go on as they are, and are watched.",
		  .options = manage_options},
	.change = change_unmanage,
};
