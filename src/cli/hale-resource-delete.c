/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource delete - takes resources out of the configuration; the cluster stops what is gone. */
#include "cli/collective.h"
#include "cli/nvset.h"

#include <string.h>

static const struct option options[] = {VERB_OPTIONS_EDIT, {0}};

/* With all that is in it. */
static void forget(struct verb *v, struct element *e)
{
	for_each_child(child, e)
	{
		if (element_is_resource(child))
			forget(v, child);
	}
	references_remove(v, element_id(e));
}

/* What would be empty without it. */
static struct element *outermost_left_empty(struct element *e)
{
	while (e->parent->name == NAME_CLONE || e->parent->name == NAME_MASTER ||
	       (e->parent->name == NAME_GROUP && element_first_named(e->parent, NAME_PRIMITIVE) == e &&
		element_next_named(e) == NULL))
		e = e->parent;
	return e;
}

static enum exit_code delete_one(struct verb *v, const char *id)
{
	struct element *e = verb_resource(v, id);
	if (e == NULL)
		return v->code;
	const char *class_ = element_get_or(e, NAME_CLASS, "");
	if (strcmp(v->name, "hale stonith delete") == 0 && strcmp(class_, "stonith") != 0)
		return verb_fail(v, EXIT_DATA, "%s is no fence device: hale resource delete %s", id, id);
	if (nvset_get(e, NAME_META_ATTRIBUTES, "remote-node") != NULL ||
	    strcmp(element_get_or(e, NAME_TYPE, ""), "remote") == 0)
		if (verb_object(v, EXIT_UNSAFE, "%s is the connection to a node, which would be lost", id) != EXIT_OK)
			return v->code;
	e = outermost_left_empty(e);
	forget(v, e);
	element_remove(e);
	return EXIT_OK;
}

static enum exit_code change(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name what to delete");
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (delete_one(v, verb_word(v, i)) != EXIT_OK)
			return v->code;
	return EXIT_OK;
}

const struct program program_hale_resource_delete = {
	.rules = {.name = "hale resource delete",
		  .summary = "delete resources, with what is in them and what is about them",
		  .words = "ID…",
		  .details =
			  "Constraints, memberships in sets and tags, fencing levels and permissions that name what is "
			  "deleted go with it, and are told. The cluster stops what runs of it. All or nothing: "
			  "when one of several cannot be deleted, none is.",
		  .options = options},
	.change = change,
};

const struct program program_hale_stonith_delete = {
	.rules = {.name = "hale stonith delete",
		  .summary = "delete fence devices, with their fencing levels",
		  .words = "ID…",
		  .options = options},
	.change = change,
};
