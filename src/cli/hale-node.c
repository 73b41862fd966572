/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale node standby, unstandby, maintenance, unmaintenance, attribute, utilization. */
#include "cli/nvset.h"

#include <string.h>
#include <unistd.h>

enum { OPTION_ALL = 1 };

static const struct option options[] = {
	{OPTION_ALL, 0, "all", NULL, "All nodes"},
	{.help = "General:"},
	VERB_OPTION_FILE,
	VERB_OPTION_WAIT,
	VERB_OPTION_SOCKET,
	{0},
};

/* Nodes named, or all, or (live) this one. */
static enum exit_code each(struct verb *v, const char *name, const char *value)
{
	char here[256] = "";
	if (verb_has(v, OPTION_ALL)) {
		if (verb_word_count(v) > 0)
			return verb_usage(v, "name nodes or say --all");
		for_each_named(n, document_section(v->document, NAME_NODES), NAME_NODE)
		{
			(void)nvset_put(v, n, NAME_INSTANCE_ATTRIBUTES, name, value);
		}
		return EXIT_OK;
	}
	if (verb_word_count(v) == 0 && v->file != NULL)
		return verb_usage(v, "name the nodes");
	size_t count = verb_word_count(v) > 0 ? verb_word_count(v) : 1;
	for (size_t i = 0; i < count; i++) {
		if (verb_word_count(v) == 0 && gethostname(here, sizeof(here) - 1) != 0)
			return verb_usage(v, "name the nodes");
		struct element *n = verb_node(v, verb_word_count(v) > 0 ? verb_word(v, i) : here);
		if (n == NULL)
			return v->code;
		(void)nvset_put(v, n, NAME_INSTANCE_ATTRIBUTES, name, value);
	}
	return EXIT_OK;
}

static enum exit_code change_standby(struct verb *v)
{
	return each(v, "standby", "on");
}

static enum exit_code change_unstandby(struct verb *v)
{
	return each(v, "standby", NULL);
}

static enum exit_code change_maintenance(struct verb *v)
{
	return each(v, "maintenance", "on");
}

static enum exit_code change_unmaintenance(struct verb *v)
{
	return each(v, "maintenance", NULL);
}

const struct program program_hale_node_standby = {
	.rules = {.name = "hale node standby",
		  .summary = "move everything away from nodes, and keep it away",
		  .words = "[NODE…]",
		  .details = "Without names this node.",
		  .options = options},
	.change = change_standby,
};

const struct program program_hale_node_unstandby = {
	.rules = {.name = "hale node unstandby",
		  .summary = "let nodes run resources again",
		  .words = "[NODE…]",
		  .options = options},
	.change = change_unstandby,
};

const struct program program_hale_node_maintenance = {
	.rules = {.name = "hale node maintenance",
		  .summary = "keep hands off everything on nodes",
		  .words = "[NODE…]",
		  .details = "What runs there goes on running, unwatched.",
		  .options = options},
	.change = change_maintenance,
};

const struct program program_hale_node_unmaintenance = {
	.rules = {.name = "hale node unmaintenance",
		  .summary = "take care of nodes again",
		  .words = "[NODE…]",
		  .options = options},
	.change = change_unmaintenance,
};

/* ---- attributes ---- */

enum { OPTION_NAME = 1 };

static const struct option edit_options[] = {
	{OPTION_NAME, 0, "name", "NAME", "Show only what has this name"},
	{.help = "General:"},
	VERB_OPTION_FILE,
	VERB_OPTION_FORCE,
	VERB_OPTION_WAIT,
	VERB_OPTION_SOCKET,
	VERB_OPTION_FORMAT,
	{0},
};

static void print_pairs(struct verb *v, const struct element *node, cib_name kind, json_t *all)
{
	const char *only = verb_value(v, OPTION_NAME);
	json_t *pairs = json_object();
	GString *text = g_string_new(NULL);
	for_each_named(set, node, kind)
	{
		for_each_named(pair, set, NAME_NVPAIR)
		{
			const char *name = element_get_or(pair, NAME_NAME, ""),
				   *value = element_get_or(pair, NAME_VALUE, "");
			if (only != NULL && strcmp(only, name) != 0)
				continue;
			(void)json_object_set_new(pairs, name, json_string(value));
			g_string_append_printf(text, " %s=%s", name, value);
		}
	}
	if (!v->json && text->len > 0)
		(void)fprintf(v->io->out, " %s:%s\n", element_get_or(node, NAME_UNAME, ""), text->str);
	(void)json_object_set_new(all, element_get_or(node, NAME_UNAME, ""), pairs);
	(void)g_string_free(text, TRUE);
}

static enum exit_code print_all(struct verb *v, cib_name kind)
{
	json_t *all = json_object();
	if (!v->json)
		(void)fprintf(v->io->out, "%s\n", kind == NAME_UTILIZATION ? "Node Utilization:" : "Node Attributes:");
	for_each_named(n, document_section(v->document, NAME_NODES), NAME_NODE)
	{
		if (verb_word_count(v) == 0 || strcmp(verb_word(v, 0), element_get_or(n, NAME_UNAME, "")) == 0)
			print_pairs(v, n, kind, all);
	}
	verb_print_json(v, all);
	return EXIT_OK;
}

static enum exit_code change_pairs(struct verb *v)
{
	cib_name kind = strcmp(v->name, "hale node utilization") == 0 ? NAME_UTILIZATION : NAME_INSTANCE_ATTRIBUTES;
	struct element *n = verb_word_count(v) > 0 ? verb_node(v, verb_word(v, 0)) : NULL;
	if (verb_word_count(v) > 0 && n == NULL)
		return v->code;
	v->quiet = verb_word_count(v) < 2;
	if (v->quiet)
		return print_all(v, kind);
	return kind == NAME_UTILIZATION ? nvset_put_capacities(v, n, 1)
					: nvset_put_words(v, n, kind, 1, verb_word_count(v));
}

const struct program program_hale_node_attribute = {
	.rules = {.name = "hale node attribute",
		  .summary = "show or set permanent attributes of nodes",
		  .words = "[NODE [NAME=VALUE…]]",
		  .options = edit_options},
	.change = change_pairs,
};

const struct program program_hale_node_utilization = {
	.rules = {.name = "hale node utilization",
		  .summary = "show or set capacities of nodes",
		  .words = "[NODE [NAME=VALUE…]]",
		  .options = edit_options},
	.change = change_pairs,
};
