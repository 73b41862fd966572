/* SPDX-License-Identifier: GPL-2.0-or-later */
/* <expression>: an attribute of the node compared with a text, a parameter or a meta attribute. */
#include "rules/compare.h"
#include "rules/rule-private.h"

#include <glib.h>
#include <string.h>

enum operation { IS_DEFINED, IS_NOT_DEFINED, EQUAL, NOT_EQUAL, LESS, AT_MOST, GREATER, AT_LEAST };

/* The number of a word in a list that ends in NULL, in any case of letters; -1 for any other and for NULL. */
static int find_word(const char *const *words, const char *text)
{
	for (int i = 0; text != NULL && words[i] != NULL; i++)
		if (g_ascii_strcasecmp(words[i], text) == 0)
			return i;
	return -1;
}

static bool parse_operation(const struct element *e, const struct rule_input *in, enum operation *ret)
{
	static const char *const words[] = {"defined", "not_defined", "eq", "ne", "lt", "lte", "gt", "gte", NULL};
	const char *text = element_get(e, NAME_OPERATION);
	int found = find_word(words, text);
	if (found < 0) {
		(void)rule_complain(in, e,
				    "does not pass, because its operation \"%s\" is none of defined, not_defined, eq, "
				    "ne, lt, lte, gt, gte",
				    text == NULL ? "" : text);
		return false;
	}
	*ret = (enum operation)found;
	return true;
}

/* What the attribute is compared with; NULL when the parameter or meta attribute is not set. */
static bool find_reference(const struct element *e, const struct rule_input *in, bool is_compared, const char **ret)
{
	static const char *const words[] = {"literal", "param", "meta", NULL};
	const char *value = element_get(e, NAME_VALUE), *source = element_get(e, NAME_VALUE_SOURCE);
	int found = source == NULL ? 0 : find_word(words, source);
	*ret = value;
	if (found < 0)
		(void)rule_complain(in, e, "does not pass, because value-source=\"%s\" is none of literal, param, meta",
				    source);
	else if (is_compared && value == NULL)
		(void)rule_complain(in, e, "does not pass, because it has no value to compare with");
	else if (!is_compared && value != NULL)
		(void)rule_complain(in, e, "does not pass, because this operation has no value");
	else if (found == 0 || !is_compared)
		return true;
	else {
		*ret = table_get(found == 1 ? in->parameters : in->meta, value);
		return true;
	}
	return false;
}

static bool has_point(const char *text)
{
	return text != NULL && strchr(text, '.') != NULL;
}

static bool find_type(const struct element *e, const struct rule_input *in, enum operation operation,
		      const char *actual, const char *reference, enum value_type *ret)
{
	static const char *const words[] = {[VALUE_STRING] = "string",
					    [VALUE_INTEGER] = "integer",
					    [VALUE_NUMBER] = "number",
					    [VALUE_VERSION] = "version",
					    NULL};
	const char *text = element_get(e, NAME_TYPE);
	if (text == NULL) {
		bool is_ordered = operation >= LESS;
		bool is_number = is_ordered && (has_point(actual) || has_point(reference));
		*ret = is_number ? VALUE_NUMBER : is_ordered ? VALUE_INTEGER : VALUE_STRING;
		return true;
	}
	int found = find_word(words, text);
	if (found < 0)
		(void)rule_complain(
			in, e, "does not pass, because its type \"%s\" is none of string, integer, number, version",
			text);
	else
		*ret = (enum value_type)found;
	return found >= 0;
}

/* What it means to be less, equal, greater (order -1, 0, 1) for each operation that asks. */
static enum rule_result judge(int order, enum operation operation)
{
	static const enum rule_result answers[][3] = {
		[EQUAL] = {RULE_NO, RULE_YES, RULE_NO},
		[NOT_EQUAL] = {RULE_YES, RULE_NO, RULE_YES},
		[LESS] = {RULE_YES, RULE_EXPIRED, RULE_EXPIRED},
		[AT_MOST] = {RULE_YES, RULE_YES, RULE_EXPIRED},
		[GREATER] = {RULE_NOT_YET, RULE_NOT_YET, RULE_YES},
		[AT_LEAST] = {RULE_NOT_YET, RULE_YES, RULE_YES},
	};
	return answers[operation][order + 1];
}

static enum rule_result compare(const char *actual, const char *reference, enum value_type type,
				enum operation operation)
{
	if (operation == IS_DEFINED || operation == IS_NOT_DEFINED)
		return (actual != NULL) == (operation == IS_DEFINED) ? RULE_YES : RULE_NO;
	if (operation >= LESS && (actual == NULL || reference == NULL))
		return RULE_NO;
	int order = value_compare(actual, reference, type);
	return judge((order > 0) - (order < 0), operation);
}

/* The value of the attribute whose name may hold %0 to %9. */
static const char *find_actual(const char *name, const struct rule_input *in)
{
	if (in->node_attribute == NULL)
		return NULL;
	if (in->submatches == NULL || strchr(name, '%') == NULL)
		return in->node_attribute(in->user, name);
	GString *expanded = g_string_new(NULL);
	for (const char *at = name; *at != '\0'; at++) {
		if (at[0] != '%' || !g_ascii_isdigit(at[1])) {
			g_string_append_c(expanded, *at);
			continue;
		}
		unsigned which = (unsigned)(*++at - '0');
		if (which < in->submatch_count && in->submatches[which] != NULL)
			g_string_append(expanded, in->submatches[which]);
	}
	const char *value = in->node_attribute(in->user, expanded->str);
	g_string_free(expanded, TRUE);
	return value;
}

enum rule_result rule_test_attribute(const struct element *expression, const struct rule_input *in)
{
	const char *attribute = element_get(expression, NAME_ATTRIBUTE);
	if (attribute == NULL)
		return rule_complain(in, expression, "does not pass, because it names no attribute");
	enum operation operation;
	if (!parse_operation(expression, in, &operation))
		return RULE_INVALID;
	const char *reference;
	if (!find_reference(expression, in, operation > IS_NOT_DEFINED, &reference))
		return RULE_INVALID;
	const char *actual = find_actual(attribute, in);
	enum value_type type;
	if (!find_type(expression, in, operation, actual, reference, &type))
		return RULE_INVALID;
	return compare(actual, reference, type, operation);
}
