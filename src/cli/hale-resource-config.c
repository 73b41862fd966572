/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource config, stonith config - what is configured, as pcs shows it. */
#include "cli/verb.h"

#include <string.h>

static const struct option options[] = {VERB_OPTIONS_LOOK, {0}};

static void indent(GString *s, int depth)
{
	for (int i = 0; i < depth; i++)
		g_string_append(s, "  ");
}

static void print_sets(GString *s, const struct element *e, cib_name kind, const char *heading, int depth)
{
	for_each_named(set, e, kind)
	{
		indent(s, depth);
		g_string_append_printf(s, "%s: %s\n", heading, element_id(set) != NULL ? element_id(set) : "");
		for_each_named(pair, set, NAME_NVPAIR)
		{
			indent(s, depth + 1);
			g_string_append_printf(s, "%s=%s\n", element_get_or(pair, NAME_NAME, ""),
					       element_get_or(pair, NAME_VALUE, ""));
		}
	}
}

static void print_operations(GString *s, const struct element *e, int depth)
{
	const struct element *operations = element_first_named(e, NAME_OPERATIONS);
	if (element_first_named(operations, NAME_OP) == NULL)
		return;
	indent(s, depth);
	g_string_append(s, "Operations:\n");
	for_each_named(op, operations, NAME_OP)
	{
		indent(s, depth + 1);
		g_string_append_printf(s, "%s: %s\n", element_get_or(op, NAME_NAME, ""), element_id(op));
		indent(s, depth + 1);
		for (unsigned i = 0; i < op->attribute_count; i++) {
			const struct attribute *a = &op->attributes[i];
			if (a->name != NAME_ID && a->name != NAME_NAME)
				g_string_append_printf(s, " %s=%s", document_name_text(op->document, a->name),
						       a->value);
		}
		for_each_named(set, op, NAME_INSTANCE_ATTRIBUTES)
		{
			for_each_named(pair, set, NAME_NVPAIR) g_string_append_printf(
				s, " %s=%s", element_get_or(pair, NAME_NAME, ""), element_get_or(pair, NAME_VALUE, ""));
		}
		g_string_append_c(s, '\n');
	}
}

static const char *kind_word(const struct element *e)
{
	return e->name == NAME_GROUP      ? "Group"
	       : e->name == NAME_CLONE    ? "Clone"
	       : e->name == NAME_MASTER   ? "Clone"
	       : e->name == NAME_BUNDLE   ? "Bundle"
	       : e->name == NAME_TEMPLATE ? "Template"
					  : "Resource";
}

static void print_resource(GString *s, const struct element *e, int depth)
{
	const char *provider = element_get(e, NAME_PROVIDER), *template = element_get(e, NAME_TEMPLATE);
	indent(s, depth);
	g_string_append_printf(s, "%s: %s", kind_word(e), element_id(e));
	if (element_get(e, NAME_CLASS) != NULL)
		g_string_append_printf(s, " (class=%s%s%s type=%s)", element_get(e, NAME_CLASS),
				       provider != NULL ? " provider=" : "", provider != NULL ? provider : "",
				       element_get_or(e, NAME_TYPE, ""));
	if (template != NULL)
		g_string_append_printf(s, " (template=%s)", template);
	g_string_append_c(s, '\n');
	if (element_get(e, NAME_DESCRIPTION) != NULL) {
		indent(s, depth + 1);
		g_string_append_printf(s, "Description: %s\n", element_get(e, NAME_DESCRIPTION));
	}
	print_sets(s, e, NAME_INSTANCE_ATTRIBUTES, "Attributes", depth + 1);
	print_sets(s, e, NAME_META_ATTRIBUTES, "Meta Attributes", depth + 1);
	print_sets(s, e, NAME_UTILIZATION, "Utilization", depth + 1);
	print_operations(s, e, depth + 1);
	for_each_child(child, e)
	{
		if (element_is_resource(child))
			print_resource(s, child, depth + 1);
	}
}

static json_t *pairs_json(const struct element *e, cib_name kind)
{
	json_t *o = json_object();
	for_each_named(set, e, kind)
	{
		for_each_named(pair, set, NAME_NVPAIR)
		{
			(void)json_object_set_new(o, element_get_or(pair, NAME_NAME, ""),
						  json_string(element_get_or(pair, NAME_VALUE, "")));
		}
	}
	return o;
}

static json_t *operations_json(const struct element *e)
{
	json_t *list = json_array();
	for_each_named(op, element_first_named(e, NAME_OPERATIONS), NAME_OP)
	{
		json_t *o = json_object();
		for (unsigned i = 0; i < op->attribute_count; i++)
			(void)json_object_set_new(o, document_name_text(op->document, op->attributes[i].name),
						  json_string(op->attributes[i].value));
		(void)json_object_set_new(o, "parameters", pairs_json(op, NAME_INSTANCE_ATTRIBUTES));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *resource_json(const struct element *e)
{
	json_t *inner = json_array();
	for_each_child(child, e)
	{
		if (element_is_resource(child))
			(void)json_array_append_new(inner, resource_json(child));
	}
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o}", "id", element_id(e), "kind",
			 element_tag(e), "class", element_get(e, NAME_CLASS), "provider", element_get(e, NAME_PROVIDER),
			 "type", element_get(e, NAME_TYPE), "parameters", pairs_json(e, NAME_INSTANCE_ATTRIBUTES),
			 "meta", pairs_json(e, NAME_META_ATTRIBUTES), "utilization", pairs_json(e, NAME_UTILIZATION),
			 "operations", operations_json(e), "resources", inner);
}

static enum exit_code look(struct verb *v)
{
	bool fence = strcmp(v->name, "hale stonith config") == 0;
	GString *text = g_string_new(NULL);
	json_t *all = json_array();
	enum exit_code code = EXIT_OK;
	for (size_t i = 0; i < verb_word_count(v) && code == EXIT_OK; i++) {
		const struct element *e = verb_resource(v, verb_word(v, i));
		code = e != NULL ? EXIT_OK : v->code;
		if (e == NULL)
			continue;
		print_resource(text, e, 0);
		(void)json_array_append_new(all, resource_json(e));
	}
	for_each_child(e, document_section(v->document, NAME_RESOURCES))
	{
		bool is_fence = strcmp(element_get_or(e, NAME_CLASS, ""), "stonith") == 0;
		if (verb_word_count(v) > 0 || is_fence != fence)
			continue;
		print_resource(text, e, 0);
		(void)json_array_append_new(all, resource_json(e));
	}
	if (code == EXIT_OK && !v->json)
		(void)fputs(text->str, v->io->out);
	(void)g_string_free(text, TRUE);
	if (code == EXIT_OK)
		verb_print_json(v, all);
	else
		json_decref(all);
	return code;
}

const struct program program_hale_resource_config = {
	.rules = {.name = "hale resource config",
		  .summary = "show how resources are configured",
		  .words = "[ID…]",
		  .options = options},
	.look = look,
};

const struct program program_hale_stonith_config = {
	.rules = {.name = "hale stonith config",
		  .summary = "show how fence devices are configured",
		  .words = "[ID…]",
		  .options = options},
	.look = look,
};
