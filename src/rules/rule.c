/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/rule.h"

#include "cib/document.h"
#include "rules/interval.h"
#include "rules/rule-private.h"

#include <glib.h>
#include <stdarg.h>
#include <string.h>

enum rule_result rule_complain(const struct rule_input *in, const struct element *at, const char *format, ...)
{
	if (in == NULL || in->problem == NULL)
		return RULE_INVALID;
	const char *id = element_id(at);
	GString *text = g_string_new(NULL);
	g_string_printf(text, id != NULL ? "<%s id=\"%s\">: " : "<%s>, which has no id: ", element_tag(at), id);
	va_list args;
	va_start(args, format);
	g_string_append_vprintf(text, format, args);
	va_end(args);
	in->problem(in->problem_user, at, text->str);
	g_string_free(text, TRUE);
	return RULE_INVALID;
}

const struct element *reference_follow(const struct element *e, const struct rule_input *in)
{
	const char *reference = element_get(e, NAME_ID_REF);
	if (reference == NULL)
		return e;
	const struct element *target = document_by_id(e->document, reference);
	if (target != NULL && target->name == e->name)
		return target;
	(void)rule_complain(in, e, "ignored, because id-ref=\"%s\" names no other <%s>", reference, element_tag(e));
	return NULL;
}

static enum rule_result compare_text(const char *wanted, const char *actual)
{
	if (wanted == NULL)
		return RULE_YES;
	return actual != NULL && strcmp(wanted, actual) == 0 ? RULE_YES : RULE_NO;
}

static enum rule_result test_resource(const struct element *expression, const struct rule_input *in)
{
	if (compare_text(element_get(expression, NAME_CLASS), in->class_) != RULE_YES ||
	    compare_text(element_get(expression, NAME_PROVIDER), in->provider) != RULE_YES)
		return RULE_NO;
	return compare_text(element_get(expression, NAME_TYPE), in->type);
}

static enum rule_result test_operation(const struct element *expression, const struct rule_input *in)
{
	const char *name = element_get(expression, NAME_NAME);
	if (name == NULL)
		return rule_complain(in, expression, "does not pass, because it has no name");
	const char *interval = element_get(expression, NAME_INTERVAL);
	int64_t interval_ms;
	if (!interval_parse_ms(interval, &interval_ms))
		return rule_complain(in, expression,
				     "does not pass, because its interval \"%s\" is no length of time such as 10s",
				     interval);
	if (interval != NULL && interval_ms != in->op_interval_ms)
		return RULE_NO;
	return compare_text(name, in->op_name);
}

static bool has_id(const struct element *e)
{
	const char *id = element_id(e);
	return id != NULL && id[0] != '\0';
}

static enum rule_result test_rule(const struct element *rule, struct rule_walk *walk);

/* Once, though such rules come back to it very often. */
static enum rule_result complain_of_circle(const struct element *condition, struct rule_walk *walk)
{
	if (!walk->told_of_circle)
		(void)rule_complain(walk->in, condition,
				    "does not pass, because rules refer to each other in a circle or too often");
	walk->told_of_circle = true;
	return RULE_INVALID;
}

static enum rule_result test_condition(const struct element *condition, struct rule_walk *walk)
{
	const struct rule_input *in = walk->in;
	if (walk->conditions++ >= RULE_CONDITIONS_MAX || walk->depth >= RULE_DEPTH_MAX)
		return complain_of_circle(condition, walk);
	if (condition->name == NAME_RULE)
		return test_rule(condition, walk);
	if (!has_id(condition))
		return rule_complain(in, condition, "does not pass, because it has no id");
	switch (condition->name) {
	case NAME_EXPRESSION:
		return rule_test_attribute(condition, in);
	case NAME_DATE_EXPRESSION:
		return rule_test_date(condition, in, walk->next_change);
	case NAME_RSC_EXPRESSION:
		return test_resource(condition, in);
	case NAME_OP_EXPRESSION:
		return test_operation(condition, in);
	}
	return rule_complain(in, condition, "does not pass, because it is no condition that a rule can have");
}

/* False when the word is neither; without one, all conditions must pass. */
static bool parse_combination(const char *text, bool *ret_any)
{
	*ret_any = text != NULL && g_ascii_strcasecmp(text, "or") == 0;
	return *ret_any || text == NULL || g_ascii_strcasecmp(text, "and") == 0;
}

/* The conditions after the one that decides are not looked at, and so do not lower next_change. */
static enum rule_result test_conditions(const struct element *rule, bool any, struct rule_walk *walk)
{
	for_each_child(condition, rule)
	{
		bool passes = test_condition(condition, walk) == RULE_YES;
		if (passes == any)
			return any ? RULE_YES : RULE_NO;
	}
	return any ? RULE_NO : RULE_YES;
}

static enum rule_result test_rule(const struct element *rule, struct rule_walk *walk)
{
	const struct rule_input *in = walk->in;
	rule = reference_follow(rule, in);
	if (rule == NULL)
		return RULE_INVALID;
	if (!has_id(rule))
		return rule_complain(in, rule, "does not hold, because it has no id");
	const char *combination = element_get(rule, NAME_BOOLEAN_OP);
	bool any;
	if (!parse_combination(combination, &any))
		return rule_complain(in, rule, "does not hold, because boolean-op=\"%s\" is neither and nor or",
				     combination);
	if (element_first(rule) == NULL) {
		(void)rule_complain(in, rule, "holds, because it has no conditions");
		return RULE_YES;
	}
	walk->depth++;
	enum rule_result result = test_conditions(rule, any, walk);
	walk->depth--;
	return result;
}

enum rule_result rule_test(const struct element *rule, const struct rule_input *in, int64_t *next_change)
{
	struct rule_walk walk = {.in = in, .next_change = next_change};
	return test_rule(rule, &walk);
}

enum rule_result rule_test_condition(const struct element *condition, const struct rule_input *in, int64_t *next_change)
{
	struct rule_walk walk = {.in = in, .next_change = next_change};
	return test_condition(condition, &walk);
}
