/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules-check FILE NOW: what the rules and values of a configuration say at a moment, for test_rules.py to compare.
 *
 *	location RULE NODE yes|no	each rule of a location, for each node
 *	value RESOURCE NODE NAME=VALUE	each instance attribute of each primitive, for each node, sorted by name
 */
#include "cib/document.h"
#include "rules/moment.h"
#include "rules/values.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static const char *attribute_of(void *user, const char *name)
{
	return table_get(user, name);
}

/* As the scheduler gives them to a node: what it is first, then what it has. */
static struct table *attributes_of(const struct element *node)
{
	struct table *t = table_new(&arena);
	const char *uname = element_get_or(node, NAME_UNAME, "");
	table_set(t, "#uname", uname);
	table_set(t, "#id", element_id(node));
	table_set(t, "#kind", "cluster");
	table_set(t, "#is_dc", "false");
	table_set(t, "#site-name", uname);
	values_unpack(node, NAME_INSTANCE_ATTRIBUTES, &(struct rule_input){0}, NULL, t, NULL);
	return t;
}

static const struct element *find_primitive(const struct element *resources, const char *id)
{
	return id == NULL ? NULL : element_child_by_id(resources, NAME_PRIMITIVE, id);
}

static void print_locations(const struct document *d, const struct element *node, struct rule_input *in)
{
	const struct element *resources = document_section(d, NAME_RESOURCES);
	for_each_named(location, document_section(d, NAME_CONSTRAINTS), NAME_RSC_LOCATION)
	{
		const struct element *rule = element_first_named(location, NAME_RULE);
		const struct element *rsc = find_primitive(resources, element_get(location, NAME_RSC));
		if (rule == NULL || rsc == NULL)
			continue;
		struct table *parameters = table_new(&arena), *meta = table_new(&arena);
		struct rule_input plain = *in;
		values_unpack(rsc, NAME_INSTANCE_ATTRIBUTES, &plain, NULL, parameters, NULL);
		values_unpack(rsc, NAME_META_ATTRIBUTES, &plain, NULL, meta, NULL);
		in->parameters = parameters;
		in->meta = meta;
		printf("location %s %s %s\n", element_id(rsc), element_get(node, NAME_UNAME),
		       rule_test(rule, in, NULL) == RULE_YES ? "yes" : "no");
		in->parameters = in->meta = NULL;
	}
}

static void print_values(const struct document *d, const struct element *node, const struct rule_input *in)
{
	for_each_named(rsc, document_section(d, NAME_RESOURCES), NAME_PRIMITIVE)
	{
		struct table *t = table_new(&arena);
		values_unpack(rsc, NAME_INSTANCE_ATTRIBUTES, in, NULL, t, NULL);
		const struct table_entry *sorted = table_sorted(t);
		for (uint32_t i = 0; i < t->count; i++)
			printf("value %s %s %s=%s\n", element_id(rsc), element_get(node, NAME_UNAME), sorted[i].name,
			       sorted[i].value);
	}
}

static void print_problem(void *user, const struct element *at, const char *text)
{
	(void)user;
	fprintf(stderr, "line %u: %s\n", at->line, text);
}

int main(int argc, char **argv)
{
	struct moment_here here = {0};
	struct moment now;
	struct document *d;
	struct error error;
	gsize size;
	char *text;
	if (argc != 3 || moment_parse(argv[2], &here, &now, &error) != ERR_OK ||
	    !g_file_get_contents(argv[1], &text, &size, NULL)) {
		fprintf(stderr, "usage: rules-check FILE NOW\n");
		return 64;
	}
	if (document_parse(text, size, argv[1], &d, &error) != ERR_OK) {
		fprintf(stderr, "%s\n", error.text);
		return 65;
	}
	for_each_named(node, document_section(d, NAME_NODES), NAME_NODE)
	{
		struct rule_input in = {.now = moment_epoch(&now),
					.offset_s = now.offset_s,
					.node_attribute = attribute_of,
					.user = attributes_of(node),
					.problem = print_problem};
		print_locations(d, node, &in);
		print_values(d, node, &in);
	}
	document_free(d);
	g_free(text);
	arena_fini(&arena);
	return 0;
}
