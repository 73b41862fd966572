/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale constraint location, order, colocation, delete, list. */
#include "cli/verb.h"
#include "rules/score.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};

static enum exit_code check_score(struct verb *v, const char *score)
{
	int number;
	return score_parse(score, 0, &number)
		       ? EXIT_OK
		       : verb_fail(v, EXIT_DATA, "score %s: it must be a whole number, INFINITY or -INFINITY", score);
}

static struct element *add(struct verb *v, cib_name kind, const char *id)
{
	struct element *c = element_new(v->document, kind);
	element_set(c, NAME_ID, id);
	return c;
}

static void put(struct verb *v, struct element *c)
{
	element_append(verb_section(v, NAME_CONSTRAINTS), c);
}

/* "resource%web", "%web" and "web" are one. */
static const char *resource_id(struct verb *v, const char *word)
{
	const char *percent = strchr(word, '%');
	const char *id = percent != NULL ? percent + 1 : word;
	return verb_resource(v, id) != NULL ? id : NULL;
}

/* ---- location ---- */

static enum exit_code prefer(struct verb *v, const char *rsc, const char *word, bool avoid)
{
	const char *equal = strchr(word, '='), *score = equal != NULL ? equal + 1 : "INFINITY";
	const char *node = equal != NULL ? arena_string_n(v->io->arena, word, (size_t)(equal - word)) : word;
	v->code = EXIT_OK;
	if (check_score(v, score) != EXIT_OK || (verb_node(v, node) == NULL && v->code != EXIT_OK))
		return v->code;
	if (avoid)
		score = score[0] == '-' ? score + 1
					: arena_printf(v->io->arena, "-%s", score[0] == '+' ? score + 1 : score);
	/* One opinion of a resource about a node. */
	for_each_named(c, document_section(v->document, NAME_CONSTRAINTS), NAME_RSC_LOCATION)
	{
		if (strcmp(element_get_or(c, NAME_RSC, ""), rsc) != 0 ||
		    strcmp(element_get_or(c, NAME_NODE, ""), node) != 0 || strncmp(element_id(c), "cli-", 4) == 0 ||
		    element_get(c, NAME_ROLE) != NULL)
			continue;
		element_set(c, NAME_SCORE, score);
		return EXIT_OK;
	}
	struct element *c = add(v, NAME_RSC_LOCATION, verb_free_id(v, "location-%s-%s-%s", rsc, node, score));
	element_set(c, NAME_RSC, rsc);
	element_set(c, NAME_NODE, node);
	element_set(c, NAME_SCORE, score);
	put(v, c);
	return EXIT_OK;
}

/* location add ID RESOURCE NODE [score=S] [resource-discovery=D] */
static enum exit_code add_location(struct verb *v)
{
	if (verb_word_count(v) < 4)
		return verb_usage(v, "location add takes an id, a resource and a node");
	const char *rsc = resource_id(v, verb_word(v, 2)), *score = verb_named(v, "score");
	const char *discovery = verb_named(v, "resource-discovery");
	if (rsc == NULL || check_score(v, score != NULL ? score : "INFINITY") != EXIT_OK)
		return v->code;
	v->code = EXIT_OK;
	if (verb_node(v, verb_word(v, 3)) == NULL && v->code != EXIT_OK)
		return v->code;
	if (document_by_id(v->document, verb_word(v, 1)) != NULL)
		return verb_fail(v, EXIT_EXISTS, "the id '%s' is taken", verb_word(v, 1));
	struct element *c = add(v, NAME_RSC_LOCATION, verb_word(v, 1));
	element_set(c, NAME_RSC, rsc);
	element_set(c, NAME_NODE, verb_word(v, 3));
	element_set(c, NAME_SCORE, score != NULL ? score : "INFINITY");
	if (discovery != NULL)
		element_set(c, NAME_RESOURCE_DISCOVERY, discovery);
	put(v, c);
	return EXIT_OK;
}

static enum exit_code change_location(struct verb *v)
{
	const char *how = verb_word(v, 1);
	if (verb_word(v, 0) != NULL && strcmp(verb_word(v, 0), "add") == 0)
		return add_location(v);
	bool avoid = how != NULL && strcmp(how, "avoids") == 0;
	if (verb_word_count(v) < 3 || (!avoid && strcmp(how, "prefers") != 0))
		return verb_usage(v, "say RESOURCE prefers NODE or RESOURCE avoids NODE");
	const char *rsc = resource_id(v, verb_word(v, 0));
	for (size_t i = 2; rsc != NULL && i < verb_word_count(v); i++)
		if (prefer(v, rsc, verb_word(v, i), avoid) != EXIT_OK)
			return v->code;
	return rsc != NULL ? EXIT_OK : v->code;
}

const struct program program_hale_constraint_location = {
	.rules = {.name = "hale constraint location",
		  .summary = "say on which nodes a resource likes to be, or not",
		  .words = "RESOURCE prefers|avoids NODE[=SCORE]… | add ID RESOURCE NODE [score=SCORE]",
		  .details = "Without a score it is INFINITY: there, if that is possible at all; or never there.",
		  .options = edit_options},
	.change = change_location,
};

/* ---- order ---- */

static bool is_action(const char *word)
{
	return word != NULL && (strcmp(word, "start") == 0 || strcmp(word, "stop") == 0 ||
				strcmp(word, "promote") == 0 || strcmp(word, "demote") == 0);
}

/* [ACTION] RESOURCE from *at on. */
static const char *take_ordered(struct verb *v, size_t *at, const char **ret_action)
{
	*ret_action = is_action(verb_word(v, *at)) ? verb_word(v, (*at)++) : NULL;
	const char *word = verb_word(v, *at);
	if (word == NULL || strchr(word, '=') != NULL) {
		(void)verb_usage(v, "say [ACTION] RESOURCE then [ACTION] RESOURCE");
		return NULL;
	}
	(*at)++;
	return resource_id(v, word);
}

/* Words name=value that are attributes of the constraint; *id: what was given as id. */
static enum exit_code take_options(struct verb *v, struct element *c, size_t from, const char *const *names)
{
	for (size_t i = from; i < verb_word_count(v); i++) {
		const char *word = verb_word(v, i), *equal = strchr(word, '=');
		bool known = false;
		for (const char *const *n = names; *n != NULL && equal != NULL; n++)
			known = known || (strlen(*n) == (size_t)(equal - word) && strncmp(*n, word, strlen(*n)) == 0);
		if (!known)
			return verb_fail(v, EXIT_USAGE, "'%s' is not understood here", word);
		const char *name = arena_string_n(v->io->arena, word, (size_t)(equal - word));
		if (strcmp(name, "score") == 0 && check_score(v, equal + 1) != EXIT_OK)
			return v->code;
		if (strcmp(name, "id") == 0 && document_by_id(v->document, equal + 1) != NULL)
			return verb_fail(v, EXIT_EXISTS, "the id '%s' is taken", equal + 1);
		element_set(c, document_name(v->document, name), equal + 1);
	}
	return EXIT_OK;
}

static enum exit_code change_order(struct verb *v)
{
	static const char *const names[] = {"kind", "symmetrical", "require-all", "id", "score", NULL};
	const char *first_action, *then_action;
	size_t at = 0;
	const char *first = take_ordered(v, &at, &first_action);
	if (first == NULL)
		return v->code;
	if (verb_word(v, at) == NULL || strcmp(verb_word(v, at), "then") != 0)
		return verb_usage(v, "say [ACTION] RESOURCE then [ACTION] RESOURCE");
	at++;
	const char *then = take_ordered(v, &at, &then_action);
	if (then == NULL)
		return v->code;
	if (strcmp(first, then) == 0)
		return verb_fail(v, EXIT_DATA, "%s cannot wait for itself", first);
	struct element *c = add(v, NAME_RSC_ORDER, verb_free_id(v, "order-%s-%s-mandatory", first, then));
	element_set(c, NAME_FIRST, first);
	if (first_action != NULL)
		element_set(c, NAME_FIRST_ACTION, first_action);
	element_set(c, NAME_THEN, then);
	if (then_action != NULL)
		element_set(c, NAME_THEN_ACTION, then_action);
	if (take_options(v, c, at, names) != EXIT_OK)
		return v->code;
	put(v, c);
	return EXIT_OK;
}

const struct program program_hale_constraint_order = {
	.rules = {.name = "hale constraint order",
		  .summary = "say what waits for what",
		  .words = "[ACTION] RESOURCE then [ACTION] RESOURCE [kind=Mandatory|Optional|Serialize] "
			   "[symmetrical=false] [require-all=false] [id=ID]",
		  .options = edit_options},
	.change = change_order,
};

/* ---- colocation ---- */

static const char *role_of(const char *word)
{
	static const char *const roles[][2] = {{"Started", "Started"},       {"Stopped", "Stopped"},
					       {"Promoted", "Promoted"},     {"Master", "Promoted"},
					       {"Unpromoted", "Unpromoted"}, {"Slave", "Unpromoted"}};
	for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(roles); i++)
		if (g_ascii_strcasecmp(word, roles[i][0]) == 0)
			return roles[i][1];
	return NULL;
}

static const char *take_colocated(struct verb *v, size_t *at, const char **ret_role)
{
	*ret_role = role_of(verb_word(v, *at));
	if (*ret_role != NULL)
		(*at)++;
	const char *word = verb_word(v, *at);
	if (word == NULL || strchr(word, '=') != NULL) {
		(void)verb_usage(v, "say add [ROLE] RESOURCE with [ROLE] RESOURCE");
		return NULL;
	}
	(*at)++;
	return resource_id(v, word);
}

/* A score alone, as tutorials have it: INFINITY, -100. */
static bool is_score(const char *word)
{
	int number;
	return word != NULL && strchr(word, '=') == NULL && score_parse(word, 0, &number);
}

static enum exit_code change_colocation(struct verb *v)
{
	static const char *const names[] = {"score", "influence", "node-attribute", "id", NULL};
	const char *role, *with_role, *score = "INFINITY";
	size_t at = 0;
	if (verb_word(v, 0) != NULL && strcmp(verb_word(v, 0), "add") == 0)
		at++;
	const char *rsc = take_colocated(v, &at, &role);
	if (rsc == NULL)
		return v->code;
	if (verb_word(v, at) != NULL && strcmp(verb_word(v, at), "with") == 0)
		at++;
	const char *with = take_colocated(v, &at, &with_role);
	if (with == NULL)
		return v->code;
	if (strcmp(rsc, with) == 0)
		return verb_fail(v, EXIT_DATA, "%s is with itself anyway", rsc);
	if (is_score(verb_word(v, at)))
		score = verb_word(v, at++);
	const char *named = verb_named(v, "score");
	struct element *c = add(v, NAME_RSC_COLOCATION,
				verb_free_id(v, "colocation-%s-%s-%s", rsc, with, named != NULL ? named : score));
	element_set(c, NAME_RSC, rsc);
	element_set(c, NAME_WITH_RSC, with);
	element_set(c, NAME_SCORE, score);
	if (role != NULL)
		element_set(c, NAME_RSC_ROLE, role);
	if (with_role != NULL)
		element_set(c, NAME_WITH_RSC_ROLE, with_role);
	if (take_options(v, c, at, names) != EXIT_OK)
		return v->code;
	put(v, c);
	return EXIT_OK;
}

const struct program program_hale_constraint_colocation = {
	.rules = {.name = "hale constraint colocation",
		  .summary = "say what is on the same node as what, or never",
		  .words = "add [ROLE] RESOURCE with [ROLE] RESOURCE [score=SCORE] [id=ID]",
		  .details = "The first goes where the second is. score=-INFINITY keeps them apart.",
		  .options = edit_options},
	.change = change_colocation,
};

/* ---- delete, list ---- */

static enum exit_code change_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name constraints by id: hale constraint list shows them");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		struct element *c = document_by_id(v->document, verb_word(v, i));
		bool is_rule = c != NULL && c->name == NAME_RULE;
		if (is_rule)
			c = c->parent;
		if (c == NULL || c->parent == NULL || c->parent->name != NAME_CONSTRAINTS)
			return verb_fail(v, EXIT_NO_SUCH, "there is no constraint '%s'", verb_word(v, i));
		element_remove(c);
	}
	return EXIT_OK;
}

const struct program program_hale_constraint_delete = {
	.rules = {.name = "hale constraint delete",
		  .summary = "delete constraints",
		  .words = "ID…",
		  .options = edit_options},
	.change = change_delete,
};

static void print_words(GString *s, const struct element *c)
{
	const char *score = element_get_or(c, NAME_SCORE, "INFINITY");
	bool never = score[0] == '-';
	if (element_first_named(c, NAME_RESOURCE_SET) != NULL)
		g_string_append(s, "sets of resources");
	else if (c->name == NAME_RSC_LOCATION && element_get(c, NAME_NODE) != NULL)
		g_string_append_printf(s, "resource '%s' %s node '%s' with score %s", element_get_or(c, NAME_RSC, "?"),
				       never ? "avoids" : "prefers", element_get(c, NAME_NODE),
				       never ? score + 1 : score);
	else if (c->name == NAME_RSC_LOCATION)
		g_string_append_printf(s, "resource '%s' by a rule", element_get_or(c, NAME_RSC, "?"));
	else if (c->name == NAME_RSC_COLOCATION)
		g_string_append_printf(s, "%s resource '%s' with %s resource '%s' score=%s",
				       element_get_or(c, NAME_RSC_ROLE, "Started"), element_get_or(c, NAME_RSC, "?"),
				       element_get_or(c, NAME_WITH_RSC_ROLE, "Started"),
				       element_get_or(c, NAME_WITH_RSC, "?"), score);
	else if (c->name == NAME_RSC_ORDER)
		g_string_append_printf(
			s, "%s resource '%s' then %s resource '%s'%s%s", element_get_or(c, NAME_FIRST_ACTION, "start"),
			element_get_or(c, NAME_FIRST, "?"), element_get_or(c, NAME_THEN_ACTION, "start"),
			element_get_or(c, NAME_THEN, "?"), element_get(c, NAME_KIND) != NULL ? " kind=" : "",
			element_get_or(c, NAME_KIND, ""));
	else
		g_string_append_printf(s, "resource '%s' needs ticket '%s'", element_get_or(c, NAME_RSC, "?"),
				       element_get_or(c, NAME_TICKET, "?"));
}

static enum exit_code look_list(struct verb *v)
{
	static const struct {
		cib_name kind;
		const char *heading;
	} kinds[] = {{NAME_RSC_LOCATION, "Location Constraints:"},
		     {NAME_RSC_COLOCATION, "Colocation Constraints:"},
		     {NAME_RSC_ORDER, "Order Constraints:"},
		     {NAME_RSC_TICKET, "Ticket Constraints:"}};
	json_t *all = json_array();
	GString *text = g_string_new(NULL), *words = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		bool titled = false;
		for_each_named(c, document_section(v->document, NAME_CONSTRAINTS), kinds[i].kind)
		{
			g_string_truncate(words, 0);
			print_words(words, c);
			(void)json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "id", element_id(c), "kind",
								   element_tag(c), "text", words->str));
			g_string_append_printf(text, "%s%s  %s (id: %s)\n", titled ? "" : kinds[i].heading,
					       titled ? "" : "\n", words->str, element_id(c));
			titled = true;
		}
	}
	if (v->json)
		(void)json_dumpf(all, v->io->out, JSON_INDENT(2));
	(void)fputs(v->json ? "\n" : text->str, v->io->out);
	(void)g_string_free(words, TRUE);
	(void)g_string_free(text, TRUE);
	json_decref(all);
	return EXIT_OK;
}

const struct program program_hale_constraint_list = {
	.rules = {.name = "hale constraint list",
		  .summary = "show constraints with their ids",
		  .options = look_options},
	.look = look_list,
};
