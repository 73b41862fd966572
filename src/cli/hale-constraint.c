/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale constraint location, order, colocation: of one resource, or of two. */
#include "cli/constraint-words.h"
#include "cli/rule-words.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};

/* ---- location ---- */

/* "web", or "regexp%^web" for all whose ids are like that: the attribute, with its value. */
static cib_name take_located(struct verb *v, const char *word, const char **ret_value)
{
	bool is_pattern = strncmp(word, "regexp%", strlen("regexp%")) == 0;
	*ret_value = is_pattern ? word + strlen("regexp%") : constraint_words_resource(v, word);
	return *ret_value == NULL ? NAME_NONE : is_pattern ? NAME_RSC_PATTERN : NAME_RSC;
}

/* One opinion of a resource about a node: an older one goes. */
static void forget_opinion(struct verb *v, cib_name what, const char *rsc, const char *node)
{
	struct element *all = document_section(v->document, NAME_CONSTRAINTS);
	for (struct element *c = element_first_named(all, NAME_RSC_LOCATION), *next; c != NULL; c = next) {
		next = element_next_named(c);
		if (strcmp(element_get_or(c, what, ""), rsc) == 0 &&
		    strcmp(element_get_or(c, NAME_NODE, ""), node) == 0 && strncmp(element_id(c), "cli-", 4) != 0 &&
		    element_get(c, NAME_ROLE) == NULL)
			element_remove(c);
	}
}

static enum exit_code prefer(struct verb *v, cib_name what, const char *rsc, const char *word, bool avoid)
{
	const char *equal = strchr(word, '='), *score = equal != NULL ? equal + 1 : "INFINITY";
	const char *node = equal != NULL ? arena_string_n(v->io->arena, word, (size_t)(equal - word)) : word;
	v->code = EXIT_OK;
	if (constraint_words_check_score(v, score) != EXIT_OK || (verb_node(v, node) == NULL && v->code != EXIT_OK))
		return v->code;
	if (avoid)
		score = score[0] == '-' ? score + 1
					: arena_printf(v->io->arena, "-%s", score[0] == '+' ? score + 1 : score);
	forget_opinion(v, what, rsc, node);
	struct element *c =
		constraint_words_new(v, NAME_RSC_LOCATION, verb_free_id(v, "location-%s-%s-%s", rsc, node, score));
	element_set(c, what, rsc);
	element_set(c, NAME_NODE, node);
	element_set(c, NAME_SCORE, score);
	return constraint_words_put(v, c);
}

/* location add ID RESOURCE NODE [SCORE] [score=S] [resource-discovery=D] */
static enum exit_code add_location(struct verb *v)
{
	static const char *const names[] = {"score", "resource-discovery", NULL};
	const char *rsc, *word = verb_word(v, 4);
	if (verb_word_count(v) < 4)
		return verb_usage(v, "location add takes an id, a resource and a node");
	cib_name what = take_located(v, verb_word(v, 2), &rsc);
	if (what == NAME_NONE)
		return v->code;
	v->code = EXIT_OK;
	if (verb_node(v, verb_word(v, 3)) == NULL && v->code != EXIT_OK)
		return v->code;
	if (document_by_id(v->document, verb_word(v, 1)) != NULL)
		return verb_fail(v, EXIT_EXISTS, "the id '%s' is taken", verb_word(v, 1));
	struct element *c = constraint_words_new(v, NAME_RSC_LOCATION, verb_word(v, 1));
	bool bare = constraint_words_is_score(word);
	element_set(c, what, rsc);
	element_set(c, NAME_NODE, verb_word(v, 3));
	element_set(c, NAME_SCORE, bare ? word : "INFINITY");
	enum exit_code code = constraint_words_options(v, c, bare ? 5 : 4, names);
	return code == EXIT_OK ? constraint_words_put(v, c) : code;
}

enum rule_option { RULE_ID, RULE_CONSTRAINT, RULE_DISCOVERY, RULE_ROLE, RULE_SCORE, RULE_ATTRIBUTE, RULE_OPTIONS };

/* Which of its options a word is; RULE_OPTIONS: none, the expression begins. */
static enum rule_option rule_option_of(const char *word)
{
	static const char *const names[] = {[RULE_ID] = "id",
					    [RULE_CONSTRAINT] = "constraint-id",
					    [RULE_DISCOVERY] = "resource-discovery",
					    [RULE_ROLE] = "role",
					    [RULE_SCORE] = "score",
					    [RULE_ATTRIBUTE] = "score-attribute"};
	size_t length = strcspn(word, "="), i = 0;
	if (word[length] == '\0' || strchr(word, ' ') != NULL)
		return RULE_OPTIONS;
	while (i < RULE_OPTIONS && (strlen(names[i]) != length || strncmp(names[i], word, length) != 0))
		i++;
	return (enum rule_option)i;
}

static enum exit_code check_rule_options(struct verb *v, const char *const *given)
{
	if (given[RULE_SCORE] != NULL && constraint_words_check_score(v, given[RULE_SCORE]) != EXIT_OK)
		return v->code;
	if (given[RULE_SCORE] != NULL && given[RULE_ATTRIBUTE] != NULL)
		return verb_usage(v, "score and score-attribute: only one of them");
	if (given[RULE_ROLE] != NULL && constraint_words_role(given[RULE_ROLE]) == NULL)
		return verb_fail(v, EXIT_DATA, "role=%s: a rule is about Promoted or Unpromoted", given[RULE_ROLE]);
	for (size_t i = RULE_ID; i <= RULE_CONSTRAINT; i++)
		if (given[i] != NULL && document_by_id(v->document, given[i]) != NULL)
			return verb_fail(v, EXIT_EXISTS, "the id '%s' is taken", given[i]);
	return EXIT_OK;
}

static const char *or_else(const char *value, const char *otherwise)
{
	return value != NULL ? value : otherwise;
}

/* RESOURCE rule [id=] [constraint-id=] [resource-discovery=] [role=] [score=|score-attribute=] EXPRESSION */
static enum exit_code add_rule(struct verb *v)
{
	const char *given[RULE_OPTIONS + 1] = {NULL}, *rsc;
	size_t at = 2;
	for (enum rule_option o = RULE_ID; at < verb_word_count(v) && o != RULE_OPTIONS; at += o != RULE_OPTIONS) {
		o = rule_option_of(verb_word(v, at));
		given[o] = strchr(verb_word(v, at), '=') != NULL ? strchr(verb_word(v, at), '=') + 1 : NULL;
	}
	cib_name what = take_located(v, verb_word(v, 0), &rsc);
	if (what == NAME_NONE || check_rule_options(v, given) != EXIT_OK)
		return v->code;
	struct element *c = constraint_words_new(v, NAME_RSC_LOCATION,
						 or_else(given[RULE_CONSTRAINT], verb_free_id(v, "location-%s", rsc)));
	element_set(c, what, rsc);
	element_set(c, NAME_RESOURCE_DISCOVERY, given[RULE_DISCOVERY]);
	if (constraint_words_put(v, c) != EXIT_OK)
		return v->code;
	struct element *rule = rule_words_put(v, c, or_else(given[RULE_ID], verb_free_id(v, "%s-rule", element_id(c))),
					      RULE_OF_LOCATION, at);
	if (rule == NULL)
		return v->code;
	element_set(rule, NAME_ROLE, constraint_words_role(given[RULE_ROLE]));
	if (given[RULE_ATTRIBUTE] != NULL)
		element_set(rule, NAME_SCORE_ATTRIBUTE, given[RULE_ATTRIBUTE]);
	else
		element_set(rule, NAME_SCORE, or_else(given[RULE_SCORE], "INFINITY"));
	return EXIT_OK;
}

static enum exit_code change_location(struct verb *v)
{
	const char *how = verb_word(v, 1), *rsc;
	if (verb_word(v, 0) != NULL && strcmp(verb_word(v, 0), "add") == 0)
		return add_location(v);
	if (how != NULL && strcmp(how, "rule") == 0 && verb_word_count(v) > 2)
		return add_rule(v);
	bool avoid = how != NULL && strcmp(how, "avoids") == 0;
	if (verb_word_count(v) < 3 || (!avoid && strcmp(how, "prefers") != 0))
		return verb_usage(v, "say RESOURCE prefers NODE, RESOURCE avoids NODE, or RESOURCE rule EXPRESSION");
	cib_name what = take_located(v, verb_word(v, 0), &rsc);
	for (size_t i = 2; what != NAME_NONE && i < verb_word_count(v); i++)
		if (prefer(v, what, rsc, verb_word(v, i), avoid) != EXIT_OK)
			return v->code;
	return what != NAME_NONE ? EXIT_OK : v->code;
}

const struct program program_hale_constraint_location = {
	.rules = {.name = "hale constraint location",
		  .summary = "say on which nodes a resource likes to be, or not",
		  .words = "RESOURCE prefers|avoids NODE[=SCORE]… | add ID RESOURCE NODE [score=SCORE] "
			   "[resource-discovery=always|never|exclusive] | RESOURCE rule [id=ID] [constraint-id=ID] "
			   "[role=ROLE] [score=SCORE|score-attribute=NAME] EXPRESSION",
		  .details =
			  "Without a score it is INFINITY: there, if that is possible at all; or never there. RESOURCE "
			  "may be regexp%PATTERN.\n\nAn EXPRESSION is one of: defined NAME, not_defined NAME, NAME "
			  "eq|ne|lt|gt|lte|gte [string|integer|number|version] VALUE, date gt|lt DATE, date in_range "
			  "DATE to DATE, date in_range DATE to duration hours=3, date-spec hours=9-16 weekdays=1-5; "
			  "with and, or and parentheses between them. #uname is a node's name.\n\nExamples: hale "
			  "constraint location web prefers n1=50; hale constraint location web rule score=-INFINITY "
			  "'pingd lt integer 1 or not_defined pingd'",
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
	*ret_action = is_action(verb_word(v, *at)) ? verb_word(v, (*at)++) : "start";
	const char *word = verb_word(v, *at);
	if (word == NULL || strchr(word, '=') != NULL) {
		(void)verb_usage(v, "say [ACTION] RESOURCE then [ACTION] RESOURCE");
		return NULL;
	}
	(*at)++;
	return constraint_words_resource(v, word);
}

static enum exit_code change_order(struct verb *v)
{
	static const char *const names[] = {"kind", "symmetrical", "require-all", "id", "score", NULL};
	const char *first_action, *then_action, *kind = verb_named(v, "kind");
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
	struct element *c = constraint_words_new(
		v, NAME_RSC_ORDER, verb_free_id(v, "order-%s-%s-%s", first, then, kind != NULL ? kind : "mandatory"));
	element_set(c, NAME_FIRST, first);
	element_set(c, NAME_FIRST_ACTION, first_action);
	element_set(c, NAME_THEN, then);
	element_set(c, NAME_THEN_ACTION, then_action);
	if (constraint_words_options(v, c, at, names) != EXIT_OK)
		return v->code;
	return constraint_words_put(v, c);
}

const struct program program_hale_constraint_order = {
	.rules = {.name = "hale constraint order",
		  .summary = "say what waits for what",
		  .words = "[ACTION] RESOURCE then [ACTION] RESOURCE [kind=Mandatory|Optional|Serialize] "
			   "[symmetrical=false] [require-all=false] [id=ID]",
		  .details = "ACTION is start, stop, promote or demote. More than two: hale constraint order set.",
		  .options = edit_options},
	.change = change_order,
};

/* ---- colocation ---- */

static const char *take_colocated(struct verb *v, size_t *at, const char **ret_role)
{
	*ret_role = constraint_words_role(verb_word(v, *at));
	if (*ret_role != NULL)
		(*at)++;
	const char *word = verb_word(v, *at);
	if (word == NULL || strchr(word, '=') != NULL) {
		(void)verb_usage(v, "say add [ROLE] RESOURCE with [ROLE] RESOURCE");
		return NULL;
	}
	(*at)++;
	return constraint_words_resource(v, word);
}

struct together {
	const char *rsc, *role, *with, *with_role, *score;
};

/* [add] [ROLE] RESOURCE [with] [ROLE] RESOURCE [SCORE], up to *at. */
static enum exit_code take_together(struct verb *v, struct together *t, size_t *at)
{
	const char *first = verb_word(v, 0);
	*at = first != NULL && strcmp(first, "add") == 0;
	t->rsc = take_colocated(v, at, &t->role);
	if (t->rsc == NULL)
		return v->code;
	if (verb_word(v, *at) != NULL && strcmp(verb_word(v, *at), "with") == 0)
		(*at)++;
	t->with = take_colocated(v, at, &t->with_role);
	if (t->with == NULL)
		return v->code;
	if (strcmp(t->rsc, t->with) == 0)
		return verb_fail(v, EXIT_DATA, "%s is with itself anyway", t->rsc);
	t->score = "INFINITY";
	if (constraint_words_is_score(verb_word(v, *at)))
		t->score = verb_word(v, (*at)++);
	return EXIT_OK;
}

static enum exit_code change_colocation(struct verb *v)
{
	static const char *const names[] = {"score", "influence", "node-attribute", "id", NULL};
	struct together t;
	size_t at;
	if (take_together(v, &t, &at) != EXIT_OK)
		return v->code;
	struct element *c = constraint_words_new(v, NAME_RSC_COLOCATION,
						 verb_free_id(v, "colocation-%s-%s-%s", t.rsc, t.with, t.score));
	element_set(c, NAME_RSC, t.rsc);
	element_set(c, NAME_WITH_RSC, t.with);
	element_set(c, NAME_SCORE, t.score);
	if (t.role != NULL || t.with_role != NULL) {
		element_set(c, NAME_RSC_ROLE, or_else(t.role, "Started"));
		element_set(c, NAME_WITH_RSC_ROLE, or_else(t.with_role, "Started"));
	}
	if (constraint_words_options(v, c, at, names) != EXIT_OK)
		return v->code;
	return constraint_words_put(v, c);
}

const struct program program_hale_constraint_colocation = {
	.rules = {.name = "hale constraint colocation",
		  .summary = "say what is on the same node as what, or never",
		  .words = "add [ROLE] RESOURCE with [ROLE] RESOURCE [score=SCORE] [influence=false] "
			   "[node-attribute=NAME] [id=ID]",
		  .details =
			  "The first goes where the second is. score=-INFINITY keeps them apart. More than two: hale "
			  "constraint colocation set.",
		  .options = edit_options},
	.change = change_colocation,
};
