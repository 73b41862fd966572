/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource utilization - what resources take of the capacities of nodes. */
#include "cli/nvset.h"

#include <string.h>

static const struct option options[] = {{.help = "General:"},
					VERB_OPTION_FILE,
					VERB_OPTION_FORCE,
					VERB_OPTION_WAIT,
					VERB_OPTION_SOCKET,
					VERB_OPTION_FORMAT,
					{0}};

static void print(struct verb *v, const struct element *e, json_t *all)
{
	json_t *pairs = json_object();
	for_each_named(set, e, NAME_UTILIZATION)
	{
		for_each_named(pair, set, NAME_NVPAIR)
		{
			(void)json_object_set_new(pairs, element_get_or(pair, NAME_NAME, ""),
						  json_string(element_get_or(pair, NAME_VALUE, "")));
		}
	}
	const char *name;
	json_t *value;
	if (!v->json && json_object_size(pairs) > 0) {
		(void)fprintf(v->io->out, " %s:", element_id(e));
		json_object_foreach (pairs, name, value)
			(void)fprintf(v->io->out, " %s=%s", name, json_string_value(value));
		(void)fputc('\n', v->io->out);
	}
	(void)json_object_set_new(all, element_id(e), pairs);
}

static void print_below(struct verb *v, const struct element *in, json_t *all)
{
	for_each_child(child, in)
	{
		if (child->name == NAME_PRIMITIVE)
			print(v, child, all);
		else if (element_is_resource(child))
			print_below(v, child, all);
	}
}

static enum exit_code change(struct verb *v)
{
	struct element *e = verb_word_count(v) > 0 ? verb_resource(v, verb_word(v, 0)) : NULL;
	if (verb_word_count(v) > 0 && e == NULL)
		return v->code;
	v->quiet = verb_word_count(v) < 2;
	if (!v->quiet && e->name != NAME_PRIMITIVE)
		return verb_fail(v, EXIT_DATA, "%s is a <%s>: what is in it has capacities", element_id(e),
				 element_tag(e));
	if (!v->quiet)
		return nvset_put_capacities(v, e, 1);
	json_t *all = json_object();
	if (!v->json)
		(void)fputs("Resource Utilization:\n", v->io->out);
	if (e != NULL)
		print(v, e, all);
	else
		print_below(v, document_section(v->document, NAME_RESOURCES), all);
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_resource_utilization = {
	.rules = {.name = "hale resource utilization",
		  .summary = "show or set what resources take of the capacities of nodes",
		  .words = "[ID [NAME=VALUE…]]",
		  .details = "It counts when the cluster option placement-strategy says so.\n\nExample: hale resource "
			     "utilization db memory=4096; hale node utilization n1 memory=16384; hale property set "
			     "placement-strategy=balanced",
		  .options = options},
	.change = change,
};
