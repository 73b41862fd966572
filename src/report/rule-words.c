/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a <rule> asks, as a sentence. */
#include "report/contribution.h"

#include <string.h>

enum { DEPTH_MAX = 8 };

/* "eq" -> "is". */
static const char *operation_words(const char *operation)
{
	static const char *const words[][2] = {
		{"eq", "is"},          {"ne", "is not"},       {"lt", "is less than"}, {"gt", "is greater than"},
		{"lte", "is at most"}, {"gte", "is at least"}, {"defined", "is set"},  {"not_defined", "is not set"},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], operation) == 0)
			return words[i][1];
	return operation;
}

static void append_attributes(GString *out, const struct element *e)
{
	for (unsigned i = 0; i < e->attribute_count; i++)
		if (e->attributes[i].name != NAME_ID && e->attributes[i].name != NAME_OPERATION)
			g_string_append_printf(out, " %s=%s", document_name_text(e->document, e->attributes[i].name),
					       e->attributes[i].value);
}

static void append_date(GString *out, const struct element *e)
{
	const char *operation = element_get_or(e, NAME_OPERATION, "in_range");
	const char *start = element_get(e, NAME_START), *end = element_get(e, NAME_END);
	if (strcmp(operation, "gt") == 0)
		g_string_append_printf(out, "the date is after %s", start == NULL ? "?" : start);
	else if (strcmp(operation, "lt") == 0)
		g_string_append_printf(out, "the date is before %s", end == NULL ? "?" : end);
	else if (start != NULL && end != NULL)
		g_string_append_printf(out, "the date is from %s to %s", start, end);
	else if (start != NULL || end != NULL)
		g_string_append_printf(out, "the date is %s %s", start != NULL ? "from" : "until",
				       start != NULL ? start : end);
	else
		g_string_append(out, "the date fits");
	for_each_child(spec, e) append_attributes(out, spec);
}

static void append_condition(GString *out, const struct element *e, int depth)
{
	if (e->name == NAME_EXPRESSION) {
		const char *value = element_get(e, NAME_VALUE);
		g_string_append_printf(out, "%s %s", element_get_or(e, NAME_ATTRIBUTE, "?"),
				       operation_words(element_get_or(e, NAME_OPERATION, "")));
		if (value != NULL)
			g_string_append_printf(out, " %s", value);
		return;
	}
	if (e->name == NAME_DATE_EXPRESSION) {
		append_date(out, e);
		return;
	}
	if (e->name != NAME_RULE) {
		g_string_append(out, element_tag(e));
		append_attributes(out, e);
		return;
	}
	if (depth >= DEPTH_MAX) {
		g_string_append(out, "…");
		return;
	}
	const char *between = strcmp(element_get_or(e, NAME_BOOLEAN_OP, "and"), "or") == 0 ? " or " : " and ";
	size_t start = out->len;
	for_each_child(child, e)
	{
		if (out->len > start)
			g_string_append(out, between);
		if (child->name == NAME_RULE)
			g_string_append_c(out, '(');
		append_condition(out, child, depth + 1);
		if (child->name == NAME_RULE)
			g_string_append_c(out, ')');
	}
}

const char *rule_words(struct cluster *c, const struct element *rule)
{
	GString *out = g_string_new(NULL);
	append_condition(out, rule, 0);
	const char *words = arena_string(&c->arena, out->str);
	(void)g_string_free(out, TRUE);
	return words;
}
