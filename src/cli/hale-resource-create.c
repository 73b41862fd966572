/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource create - a new resource, with its operations, and where it stands. */
#include "cli/collective.h"
#include "cli/nvset.h"
#include "cli/primitive.h"

#include <string.h>

enum {
	OPTION_DISABLED = 1,
	OPTION_NO_DEFAULT_OPS,
	OPTION_GROUP,
	OPTION_BEFORE,
	OPTION_AFTER,
	OPTION_CLONE,
	OPTION_MASTER
};

static const struct option options[] = {
	{OPTION_DISABLED, 0, "disabled", NULL, "Do not start it (target-role=Stopped)"},
	{OPTION_NO_DEFAULT_OPS, 0, "no-default-ops", NULL, "Of the operations that the agent recommends, only monitor"},
	{OPTION_GROUP, 0, "group", "GROUP", "As: group GROUP", .hidden = true},
	{OPTION_BEFORE, 0, "before", "RESOURCE", "As: before RESOURCE", .hidden = true},
	{OPTION_AFTER, 0, "after", "RESOURCE", "As: after RESOURCE", .hidden = true},
	{OPTION_CLONE, 0, "clone", NULL, "As: clone", .hidden = true},
	{OPTION_MASTER, 0, "master", NULL, "As: promotable", .hidden = true},
	VERB_OPTIONS_EDIT,
	{0},
};

static void take_old_options(const struct verb *v, struct primitive_words *w)
{
	if (verb_has(v, OPTION_GROUP))
		w->group = verb_value(v, OPTION_GROUP);
	if (verb_has(v, OPTION_BEFORE))
		w->before = verb_value(v, OPTION_BEFORE);
	if (verb_has(v, OPTION_AFTER))
		w->after = verb_value(v, OPTION_AFTER);
	if (verb_has(v, OPTION_CLONE))
		w->collective = "clone";
	if (verb_has(v, OPTION_MASTER))
		w->collective = "master";
}

static enum exit_code check_words(struct verb *v, const struct primitive_words *w)
{
	int places = (w->collective != NULL) + (w->group != NULL) + (w->bundle != NULL);
	if (places > 1)
		return verb_fail(v, EXIT_USAGE, "clone or promotable, group and bundle: only one of them");
	if ((w->before != NULL || w->after != NULL) && w->group == NULL)
		return verb_fail(v, EXIT_USAGE, "before and after say where in a group: name it with group GROUP");
	if (w->before != NULL && w->after != NULL)
		return verb_fail(v, EXIT_USAGE, "before and after: only one of them");
	return EXIT_OK;
}

static enum exit_code put_clone(struct verb *v, struct element *primitive, const struct primitive_words *w)
{
	bool is_clone = strcmp(w->collective, "clone") == 0;
	const char *id = w->collective_id;
	if (id == NULL && strcmp(w->collective, "master") == 0)
		id = verb_free_id(v, "%s-master", element_id(primitive)); /* what old constraints refer to */
	struct element *clone = clone_make(v, primitive, id, !is_clone);
	const char *name, *value;
	for (guint i = 0; clone != NULL && i < w->collective_meta->len; i++) {
		if (!pair_parse(v, g_ptr_array_index(w->collective_meta, i), &name, &value))
			return v->code;
		(void)nvset_put(v, clone, NAME_META_ATTRIBUTES, name, value);
	}
	return clone != NULL ? EXIT_OK : v->code;
}

static enum exit_code put_bundle(struct verb *v, struct element *primitive, const char *id)
{
	struct element *bundle = document_by_id(v->document, id);
	if (bundle == NULL || bundle->name != NAME_BUNDLE)
		return verb_fail(v, EXIT_NO_SUCH, "there is no bundle '%s'", id);
	if (element_first_named(bundle, NAME_PRIMITIVE) != NULL)
		return verb_fail(v, EXIT_EXISTS, "bundle %s has a resource already", id);
	element_remove(primitive);
	element_append(bundle, primitive);
	return EXIT_OK;
}

static enum exit_code put_in_place(struct verb *v, struct element *primitive, const struct primitive_words *w)
{
	if (w->collective != NULL)
		return put_clone(v, primitive, w);
	if (w->group != NULL)
		return group_take(v, primitive, w->group, w->before, w->after);
	return w->bundle != NULL ? put_bundle(v, primitive, w->bundle) : EXIT_OK;
}

static enum exit_code make(struct verb *v, const struct primitive_words *w, const struct agent_name *agent)
{
	struct agent_info info = {.agent = *agent};
	agent_infos_read(v, &info, 1);
	struct element *primitive = element_add(verb_section(v, NAME_RESOURCES), NAME_PRIMITIVE);
	element_set(primitive, NAME_ID, verb_word(v, 0));
	element_set(primitive, NAME_CLASS, agent->class_);
	if (agent->provider != NULL)
		element_set(primitive, NAME_PROVIDER, agent->provider);
	element_set(primitive, NAME_TYPE, agent->type);
	enum exit_code code = primitive_fill(v, primitive, w, &info);
	if (code == EXIT_OK)
		code = primitive_check(v, primitive, &info);
	if (code != EXIT_OK)
		return code;
	primitive_default_operations(v, primitive, &info, verb_has(v, OPTION_NO_DEFAULT_OPS));
	if (verb_has(v, OPTION_DISABLED))
		(void)nvset_put(v, primitive, NAME_META_ATTRIBUTES, "target-role", "Stopped");
	return put_in_place(v, primitive, w);
}

static enum exit_code change(struct verb *v)
{
	struct primitive_words w;
	struct agent_name agent;
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the new resource and its agent");
	enum exit_code code = primitive_words_read(v, 2, &w);
	take_old_options(v, &w);
	if (code == EXIT_OK)
		code = check_words(v, &w);
	if (code == EXIT_OK)
		code = primitive_check_id(v, verb_word(v, 0));
	if (code == EXIT_OK && !agent_name_find(v, verb_word(v, 1), &agent))
		code = v->code;
	if (code == EXIT_OK && strcmp(agent.class_, "stonith") == 0)
		code = verb_fail(v, EXIT_USAGE, "a fence device is made by hale stonith create %s %s", verb_word(v, 0),
				 agent.type);
	if (code == EXIT_OK)
		code = make(v, &w, &agent);
	primitive_words_fini(&w);
	return code;
}

const struct program program_hale_resource_create = {
	.rules = {.name = "hale resource create",
		  .summary = "create a resource",
		  .words = "ID AGENT [NAME=VALUE…] [op ACTION NAME=VALUE…]… [meta NAME=VALUE…] [clone|promotable [ID] "
			   "[meta NAME=VALUE…] | group ID [before|after ID] | bundle ID]",
		  .details = "AGENT is ocf:heartbeat:IPaddr2, systemd:nginx, or a type alone that one provider has. "
			     "Parameters are checked against what the agent says of itself. The operations that it "
			     "recommends are put into the configuration; what is given with op goes before them.\n\n"
			     "Examples: hale resource create vip IPaddr2 ip=192.0.2.7 op monitor interval=5s; "
			     "hale resource create web systemd:nginx group shop after vip; "
			     "hale resource create db ocf:heartbeat:pgsql promotable meta notify=true",
		  .options = options},
	.change = change,
};
