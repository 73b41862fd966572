/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale constraint config, ref; location, order, colocation, ticket config - which constraints there are. */
#include "cli/constraint-words.h"
#include "cli/rule-words.h"

#include <string.h>

enum { OPTION_FULL = 1, OPTION_ALL };

static const struct option look_options[] = {
	{OPTION_FULL, 0, "full", NULL, "Also ids of rules and expressions"},
	{OPTION_ALL, 0, "all", NULL, "Taken for the sake of scripts: what has expired is always shown", .hidden = true},
	VERB_OPTIONS_LOOK,
	{0},
};

static void print_options(const struct element *e, const cib_name *without, size_t count, GString *s)
{
	for (unsigned i = 0; i < e->attribute_count; i++) {
		bool skip = e->attributes[i].name == NAME_ID;
		for (size_t k = 0; k < count; k++)
			skip = skip || e->attributes[i].name == without[k];
		if (!skip)
			g_string_append_printf(s, " %s=%s", document_name_text(e->document, e->attributes[i].name),
					       e->attributes[i].value);
	}
}

static void print_location(const struct element *c, GString *s)
{
	static const cib_name told[] = {NAME_RSC, NAME_RSC_PATTERN, NAME_NODE, NAME_SCORE};
	const char *score = element_get_or(c, NAME_SCORE, "INFINITY"), *pattern = element_get(c, NAME_RSC_PATTERN);
	bool never = score[0] == '-';
	g_string_append_printf(s, "resource%s '%s' ", pattern != NULL ? " pattern" : "",
			       pattern != NULL ? pattern : element_get_or(c, NAME_RSC, "?"));
	if (element_get(c, NAME_NODE) != NULL)
		g_string_append_printf(s, "%s node '%s' with score %s", never ? "avoids" : "prefers",
				       element_get(c, NAME_NODE), never ? score + 1 : score);
	else
		g_string_append(s, "by a rule");
	print_options(c, told, G_N_ELEMENTS(told), s);
}

static void print_colocation(const struct element *c, GString *s)
{
	static const cib_name told[] = {NAME_RSC, NAME_WITH_RSC, NAME_RSC_ROLE, NAME_WITH_RSC_ROLE};
	g_string_append_printf(s, "%s resource '%s' with %s resource '%s'", element_get_or(c, NAME_RSC_ROLE, "Started"),
			       element_get_or(c, NAME_RSC, "?"), element_get_or(c, NAME_WITH_RSC_ROLE, "Started"),
			       element_get_or(c, NAME_WITH_RSC, "?"));
	print_options(c, told, G_N_ELEMENTS(told), s);
}

static void print_order(const struct element *c, GString *s)
{
	static const cib_name told[] = {NAME_FIRST, NAME_FIRST_ACTION, NAME_THEN, NAME_THEN_ACTION};
	g_string_append_printf(s, "%s resource '%s' then %s resource '%s'",
			       element_get_or(c, NAME_FIRST_ACTION, "start"), element_get_or(c, NAME_FIRST, "?"),
			       element_get_or(c, NAME_THEN_ACTION, "start"), element_get_or(c, NAME_THEN, "?"));
	print_options(c, told, G_N_ELEMENTS(told), s);
}

static void print_ticket(const struct element *c, GString *s)
{
	static const cib_name told[] = {NAME_RSC, NAME_RSC_ROLE, NAME_TICKET};
	g_string_append_printf(s, "%s%sresource '%s' depends on ticket '%s'", element_get_or(c, NAME_RSC_ROLE, ""),
			       element_get(c, NAME_RSC_ROLE) != NULL ? " " : "", element_get_or(c, NAME_RSC, "?"),
			       element_get_or(c, NAME_TICKET, "?"));
	print_options(c, told, G_N_ELEMENTS(told), s);
}

static void print_sets(const struct element *c, GString *s)
{
	g_string_append(s, "sets of resources");
	print_options(c, NULL, 0, s);
}

/* What it says, in one line. */
static void print_words(const struct element *c, GString *s)
{
	if (element_first_named(c, NAME_RESOURCE_SET) != NULL)
		print_sets(c, s);
	else if (c->name == NAME_RSC_LOCATION)
		print_location(c, s);
	else if (c->name == NAME_RSC_COLOCATION)
		print_colocation(c, s);
	else if (c->name == NAME_RSC_ORDER)
		print_order(c, s);
	else
		print_ticket(c, s);
}

static void print_parts(const struct element *c, bool ids, GString *s)
{
	for_each_named(set, c, NAME_RESOURCE_SET)
	{
		unsigned count = 0;
		g_string_append(s, "    Resources:");
		for_each_named(ref, set, NAME_RESOURCE_REF)
			g_string_append_printf(s, "%s '%s'", count++ > 0 ? "," : "", element_id(ref));
		print_options(set, NULL, 0, s);
		g_string_append_printf(s, " (id: %s)\n", element_id(set) != NULL ? element_id(set) : "");
	}
	if (element_first_named(c, NAME_RULE) != NULL)
		g_string_append(s, "    Rules:\n");
	for_each_named(rule, c, NAME_RULE) rule_words_print(rule, ids, 3, s);
}

static json_t *constraint_json(const struct element *c, const char *words)
{
	json_t *attributes = json_object(), *sets = json_array();
	for (unsigned i = 0; i < c->attribute_count; i++)
		(void)json_object_set_new(attributes, document_name_text(c->document, c->attributes[i].name),
					  json_string(c->attributes[i].value));
	for_each_named(set, c, NAME_RESOURCE_SET)
	{
		json_t *members = json_array();
		for_each_named(ref, set, NAME_RESOURCE_REF)
		{
			(void)json_array_append_new(members, json_string(element_id(ref)));
		}
		(void)json_array_append_new(sets, members);
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", element_id(c), "kind", element_tag(c), "text", words,
			 "attributes", attributes, "sets", sets);
}

static const struct {
	const char *word; /* in the name of the command that shows them alone */
	cib_name kind;
	bool sets;
	const char *heading;
} kinds[] = {{"location", NAME_RSC_LOCATION, false, "Location Constraints:"},
	     {"location", NAME_RSC_LOCATION, true, "Location Set Constraints:"},
	     {"colocation", NAME_RSC_COLOCATION, false, "Colocation Constraints:"},
	     {"colocation", NAME_RSC_COLOCATION, true, "Colocation Set Constraints:"},
	     {"order", NAME_RSC_ORDER, false, "Order Constraints:"},
	     {"order", NAME_RSC_ORDER, true, "Order Set Constraints:"},
	     {"ticket", NAME_RSC_TICKET, false, "Ticket Constraints:"},
	     {"ticket", NAME_RSC_TICKET, true, "Ticket Set Constraints:"}};

/* Named by a word: a resource, or a node of a location. */
static bool is_wanted(const struct verb *v, const struct element *c)
{
	size_t from = verb_word(v, 0) != NULL &&
		      (strcmp(verb_word(v, 0), "resources") == 0 || strcmp(verb_word(v, 0), "nodes") == 0);
	for (size_t i = from; i < verb_word_count(v); i++)
		if (constraint_words_is_about(c, verb_word(v, i)) ||
		    strcmp(element_get_or(c, NAME_NODE, ""), verb_word(v, i)) == 0)
			return true;
	return from >= verb_word_count(v);
}

static enum exit_code look(struct verb *v)
{
	json_t *all = json_array();
	GString *text = g_string_new(NULL), *words = g_string_new(NULL);
	const char *only = v->name + strlen("hale constraint ");
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		bool titled = false;
		if (strcmp(only, "config") != 0 && strncmp(only, kinds[i].word, strlen(kinds[i].word)) != 0)
			continue;
		for_each_named(c, document_section(v->document, NAME_CONSTRAINTS), kinds[i].kind)
		{
			if ((element_first_named(c, NAME_RESOURCE_SET) != NULL) != kinds[i].sets || !is_wanted(v, c))
				continue;
			g_string_truncate(words, 0);
			print_words(c, words);
			(void)json_array_append_new(all, constraint_json(c, words->str));
			g_string_append_printf(text, "%s%s  %s (id: %s)\n", titled ? "" : kinds[i].heading,
					       titled ? "" : "\n", words->str, element_id(c));
			print_parts(c, verb_has(v, OPTION_FULL), text);
			titled = true;
		}
	}
	verb_print_json(v, all);
	(void)fputs(v->json ? "" : text->str, v->io->out);
	(void)g_string_free(words, TRUE);
	(void)g_string_free(text, TRUE);
	return EXIT_OK;
}

const struct program program_hale_constraint_config = {
	.rules = {.name = "hale constraint config",
		  .summary = "show constraints with their ids",
		  .words = "[RESOURCE…]",
		  .options = look_options},
	.look = look,
};

const struct program program_hale_constraint_location_config = {
	.rules = {.name = "hale constraint location config",
		  .summary = "show on which nodes resources like to be",
		  .words = "[resources [RESOURCE…] | nodes [NODE…]]",
		  .options = look_options},
	.look = look,
};

const struct program program_hale_constraint_order_config = {
	.rules = {.name = "hale constraint order config",
		  .summary = "show what waits for what",
		  .words = "[RESOURCE…]",
		  .options = look_options},
	.look = look,
};

const struct program program_hale_constraint_colocation_config = {
	.rules = {.name = "hale constraint colocation config",
		  .summary = "show what is together with what",
		  .words = "[RESOURCE…]",
		  .options = look_options},
	.look = look,
};

const struct program program_hale_constraint_ticket_config = {
	.rules = {.name = "hale constraint ticket config",
		  .summary = "show what needs tickets",
		  .words = "[RESOURCE…]",
		  .options = look_options},
	.look = look,
};

/* ---- ref ---- */

static const struct option ref_options[] = {VERB_OPTIONS_LOOK, {0}};

static enum exit_code look_ref(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name resources");
	json_t *all = json_object();
	for (size_t i = 0; i < verb_word_count(v); i++) {
		if (verb_resource(v, verb_word(v, i)) == NULL) {
			json_decref(all);
			return v->code;
		}
		json_t *ids = json_array();
		if (!v->json)
			(void)fprintf(v->io->out, "Resource: %s\n", verb_word(v, i));
		for_each_child(c, document_section(v->document, NAME_CONSTRAINTS))
		{
			if (!constraint_words_is_about(c, verb_word(v, i)))
				continue;
			if (!v->json)
				(void)fprintf(v->io->out, "  %s\n", element_id(c));
			(void)json_array_append_new(ids, json_string(element_id(c)));
		}
		if (!v->json && json_array_size(ids) == 0)
			(void)fputs("  No Matches.\n", v->io->out);
		(void)json_object_set_new(all, verb_word(v, i), ids);
	}
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_constraint_ref = {
	.rules = {.name = "hale constraint ref",
		  .summary = "show the ids of the constraints that are about resources",
		  .words = "RESOURCE…",
		  .options = ref_options},
	.look = look_ref,
};
