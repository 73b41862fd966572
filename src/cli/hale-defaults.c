/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource defaults, resource op defaults - meta-attributes of all resources, options of all operations; in sets,
 * which may have rules. */
#include "cli/constraint-words.h"
#include "cli/known-options.h"
#include "cli/nvset.h"
#include "cli/rule-words.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};

static bool of_operations(const struct verb *v)
{
	return strncmp(v->name, "hale resource op ", strlen("hale resource op ")) == 0;
}

static cib_name section(const struct verb *v)
{
	return of_operations(v) ? NAME_OP_DEFAULTS : NAME_RSC_DEFAULTS;
}

static enum exit_code put(struct verb *v, struct element *set, const char *word)
{
	const char *name, *value;
	if (!pair_parse(v, word, &name, &value))
		return v->code;
	const struct known_option *known = of_operations(v) ? known_operation_options : known_meta_attributes;
	if (known_check(v, known, of_operations(v) ? "option of an operation" : "meta-attribute", name, value) !=
	    EXIT_OK)
		return v->code;
	(void)nvset_put_in(v, set, name, value);
	return EXIT_OK;
}

/* ---- update, and name=value without a word before it ---- */

static struct element *first_set(struct verb *v)
{
	struct element *owner = verb_section(v, section(v));
	struct element *set = nvset_find(owner, NAME_META_ATTRIBUTES);
	if (set != NULL)
		return set;
	set = element_new(v->document, NAME_META_ATTRIBUTES);
	element_set(set, NAME_ID, verb_free_id(v, "%s-meta_attributes", element_tag(owner)));
	element_append(owner, set);
	return set;
}

static enum exit_code change_update(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name what to set, as in resource-stickiness=100");
	struct element *set = first_set(v);
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (put(v, set, verb_word(v, i)) != EXIT_OK)
			return v->code;
	if (element_first(set) == NULL)
		element_remove(set);
	return EXIT_OK;
}

const struct program program_hale_resource_defaults_update = {
	.rules = {.name = "hale resource defaults update",
		  .summary = "set meta-attributes of all resources that do not set them themselves",
		  .words = "NAME=VALUE…",
		  .details = "NAME= without a value takes one away.\n\nExample: hale resource defaults update "
			     "resource-stickiness=100 migration-threshold=3",
		  .options = edit_options},
	.change = change_update,
};

const struct program program_hale_resource_op_defaults_update = {
	.rules = {.name = "hale resource op defaults update",
		  .summary = "set options of all operations that do not set them themselves",
		  .words = "NAME=VALUE…",
		  .details = "Example: hale resource op defaults update timeout=60s",
		  .options = edit_options},
	.change = change_update,
};

/* ---- sets ---- */

/* [id=ID] [score=SCORE] */
static enum exit_code take_head(struct verb *v, struct element *set, size_t *at)
{
	static const char *const names[] = {"id", "score", NULL};
	for (; verb_word(v, *at) != NULL && strchr(verb_word(v, *at), '=') != NULL; (*at)++)
		if (constraint_words_option(v, set, verb_word(v, *at), names) != EXIT_OK)
			return v->code;
	return EXIT_OK;
}

static enum exit_code take_meta(struct verb *v, struct element *set, size_t *at)
{
	if (verb_word(v, *at) == NULL || strcmp(verb_word(v, *at), "meta") != 0)
		return EXIT_OK;
	for ((*at)++; verb_word(v, *at) != NULL && strcmp(verb_word(v, *at), "rule") != 0; (*at)++)
		if (put(v, set, verb_word(v, *at)) != EXIT_OK)
			return v->code;
	return EXIT_OK;
}

static enum exit_code change_create(struct verb *v)
{
	struct element *owner = verb_section(v, section(v));
	const char *id = verb_free_id(v, "%s-meta_attributes", element_tag(owner));
	struct element *set = element_new(v->document, NAME_META_ATTRIBUTES);
	size_t at = 0, rule_at = 0;
	element_set(set, NAME_ID, id);
	if (take_head(v, set, &at) != EXIT_OK)
		return v->code;
	element_append(owner, set);
	if (take_meta(v, set, &at) != EXIT_OK)
		return v->code;
	if (verb_word(v, at) != NULL && strcmp(verb_word(v, at), "rule") == 0)
		rule_at = at + 1;
	else if (verb_word(v, at) != NULL)
		return verb_fail(v, EXIT_USAGE, "'%s': after id= and score= stand meta NAME=VALUE… and rule EXPRESSION",
				 verb_word(v, at));
	if (rule_at == 0)
		return EXIT_OK;
	struct element *rule = rule_words_put(v, set, verb_free_id(v, "%s-rule", element_id(set)),
					      of_operations(v) ? RULE_OF_OPERATIONS : RULE_OF_DEFAULTS, rule_at);
	if (rule == NULL)
		return v->code;
	element_set(rule, NAME_SCORE, "INFINITY");
	struct element *first = element_first(set);
	if (first != rule) {
		element_remove(rule);
		element_insert(set, rule, first);
	}
	return EXIT_OK;
}

static struct element *find_set(struct verb *v, const char *id)
{
	struct element *set =
		id != NULL ? element_child_by_id(document_section(v->document, section(v)), NAME_META_ATTRIBUTES, id)
			   : NULL;
	if (set == NULL)
		(void)verb_fail(v, id == NULL ? EXIT_USAGE : EXIT_NO_SUCH,
				id == NULL ? "name the set" : "there is no set '%s' of defaults", id);
	return set;
}

/* SET meta NAME=VALUE… */
static enum exit_code change_set_update(struct verb *v)
{
	struct element *set = find_set(v, verb_word(v, 0));
	size_t at = 1;
	if (set == NULL)
		return v->code;
	if (verb_word(v, at) == NULL || strcmp(verb_word(v, at), "meta") != 0)
		return verb_usage(v, "say what to set: meta NAME=VALUE…");
	return take_meta(v, set, &at);
}

static enum exit_code change_set_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name sets: hale resource defaults shows them");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		struct element *set = find_set(v, verb_word(v, i));
		if (set == NULL)
			return v->code;
		element_remove(set);
	}
	return EXIT_OK;
}

#define CREATE_WORDS "[id=ID] [score=SCORE] [meta NAME=VALUE…] [rule EXPRESSION]"

const struct program program_hale_resource_defaults_set_create = {
	.rules =
		{.name = "hale resource defaults set create",
		 .summary = "make a set of meta-attributes, for all resources that a rule fits",
		 .words = CREATE_WORDS,
		 .details =
			 "Of several sets that have a value the one with the highest score counts. EXPRESSION is as in "
			 "hale constraint location --help, and resource [CLASS]:[PROVIDER]:[TYPE].\n\nExample: hale "
			 "resource defaults set create id=night meta resource-stickiness=0 rule date-spec "
			 "hours=1-5",
		 .options = edit_options},
	.change = change_create,
};

const struct program program_hale_resource_op_defaults_set_create = {
	.rules = {.name = "hale resource op defaults set create",
		  .summary = "make a set of options, for all operations that a rule fits",
		  .words = CREATE_WORDS,
		  .details = "EXPRESSION is as in hale resource defaults set create --help, and op NAME "
			     "[interval=TIME].\n\nExample: hale resource op defaults set create meta timeout=90s rule "
			     "resource ocf:heartbeat:pgsql and op start",
		  .options = edit_options},
	.change = change_create,
};

const struct program program_hale_resource_defaults_set_update = {
	.rules = {.name = "hale resource defaults set update",
		  .summary = "change a set of meta-attributes of all resources",
		  .words = "SET meta NAME=VALUE…",
		  .options = edit_options},
	.change = change_set_update,
};

const struct program program_hale_resource_op_defaults_set_update = {
	.rules = {.name = "hale resource op defaults set update",
		  .summary = "change a set of options of all operations",
		  .words = "SET meta NAME=VALUE…",
		  .options = edit_options},
	.change = change_set_update,
};

const struct program program_hale_resource_defaults_set_delete = {
	.rules = {.name = "hale resource defaults set delete",
		  .summary = "delete sets of meta-attributes of all resources",
		  .words = "SET…",
		  .options = edit_options},
	.change = change_set_delete,
};

const struct program program_hale_resource_op_defaults_set_delete = {
	.rules = {.name = "hale resource op defaults set delete",
		  .summary = "delete sets of options of all operations",
		  .words = "SET…",
		  .options = edit_options},
	.change = change_set_delete,
};

/* ---- config ---- */

enum { OPTION_FULL = 1, OPTION_ALL, OPTION_NO_CHECK };

static const struct option look_options[] = {
	{OPTION_FULL, 0, "full", NULL, "Also ids of rules and expressions"},
	{OPTION_ALL, 0, "all", NULL, "Taken for the sake of scripts: what has expired is always shown", .hidden = true},
	{OPTION_NO_CHECK, 0, "no-expire-check", NULL, "As --all", .hidden = true},
	VERB_OPTIONS_LOOK,
	{0},
};

static void print_set(const struct element *set, bool ids, GString *text)
{
	const char *score = element_get(set, NAME_SCORE);
	g_string_append_printf(text, "Meta Attrs: %s%s%s\n", element_id(set) != NULL ? element_id(set) : "",
			       score != NULL ? " score=" : "", score != NULL ? score : "");
	for_each_named(pair, set, NAME_NVPAIR)
	{
		g_string_append_printf(text, "  %s=%s\n", element_get_or(pair, NAME_NAME, ""),
				       element_get_or(pair, NAME_VALUE, ""));
	}
	for_each_named(rule, set, NAME_RULE) rule_words_print(rule, ids, 1, text);
}

static json_t *set_json(const struct element *set)
{
	json_t *pairs = json_object();
	GString *rules = g_string_new(NULL);
	for_each_named(pair, set, NAME_NVPAIR)
	{
		(void)json_object_set_new(pairs, element_get_or(pair, NAME_NAME, ""),
					  json_string(element_get_or(pair, NAME_VALUE, "")));
	}
	for_each_named(rule, set, NAME_RULE) rule_words_print(rule, false, 0, rules);
	json_t *o =
		json_pack("{s:s, s:s?, s:s?, s:o}", "id", element_id(set) != NULL ? element_id(set) : "", "score",
			  element_get(set, NAME_SCORE), "rule", rules->len > 0 ? rules->str : NULL, "values", pairs);
	(void)g_string_free(rules, TRUE);
	return o;
}

static enum exit_code print_defaults(struct verb *v)
{
	GString *text = g_string_new(NULL);
	json_t *all = json_array();
	for_each_named(set, document_section(v->document, section(v)), NAME_META_ATTRIBUTES)
	{
		print_set(set, verb_has(v, OPTION_FULL), text);
		(void)json_array_append_new(all, set_json(set));
	}
	verb_print_json(v, all);
	if (!v->json)
		(void)fputs(text->len == 0 ? "No defaults set\n" : text->str, v->io->out);
	(void)g_string_free(text, TRUE);
	return EXIT_OK;
}

/* "resource defaults NAME=VALUE", as older tutorials have it, sets. */
static enum exit_code change_or_print(struct verb *v)
{
	v->quiet = verb_word_count(v) == 0;
	return v->quiet ? print_defaults(v) : change_update(v);
}

const struct program program_hale_resource_defaults = {
	.rules = {.name = "hale resource defaults",
		  .summary = "show meta-attributes of all resources, or set them",
		  .words = "[NAME=VALUE…]",
		  .options = look_options},
	.change = change_or_print,
};

const struct program program_hale_resource_op_defaults = {
	.rules = {.name = "hale resource op defaults",
		  .summary = "show options of all operations, or set them",
		  .words = "[NAME=VALUE…]",
		  .options = look_options},
	.change = change_or_print,
};
