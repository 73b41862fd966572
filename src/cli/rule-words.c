/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/rule-words.h"

#include "rules/moment.h"

#include <string.h>

/* ---- words ---- */

/* Blanks divide words and end at quotes; parentheses are words by themselves. */
static void split(struct arena *a, const char *text, GPtrArray *words)
{
	while (*text != '\0') {
		size_t length = strcspn(text, " \t\n()'\"");
		if (*text == '(' || *text == ')') {
			g_ptr_array_add(words, arena_string_n(a, text, 1));
			text++;
		} else if ((*text == '"' || *text == '\'') && strchr(text + 1, *text) != NULL) {
			const char *end = strchr(text + 1, *text);
			g_ptr_array_add(words, arena_string_n(a, text + 1, (size_t)(end - text - 1)));
			text = end + 1;
		} else if (length == 0) {
			text++;
		} else {
			g_ptr_array_add(words, arena_string_n(a, text, length));
			text += length;
		}
	}
}

/* ---- from words to a tree ---- */

enum { DEPTH_MAX = 50 };

struct term {
	const char *op;            /* "and", "or"; NULL: words from..to */
	struct term *first, *next; /* of op: its parts */
	size_t from, to;
};

struct reader {
	struct verb *v;
	GPtrArray *words;
	size_t at;
	int depth;
	enum rule_kind kind;
};

static const char *word(const struct reader *r, size_t i)
{
	return i < r->words->len ? g_ptr_array_index(r->words, i) : "";
}

static struct term *read_any(struct reader *r);

static struct term *read_one(struct reader *r)
{
	struct term *t = arena_array(r->v->io->arena, struct term, 1);
	if (strcmp(word(r, r->at), "(") == 0 && r->depth < DEPTH_MAX) {
		r->at++;
		r->depth++;
		t = read_any(r);
		r->depth--;
		if (t == NULL)
			return NULL;
		if (strcmp(word(r, r->at), ")") != 0) {
			(void)verb_fail(r->v, EXIT_USAGE, "a parenthesis of the rule is not closed");
			return NULL;
		}
		r->at++;
		return t;
	}
	t->from = r->at;
	while (r->at < r->words->len && strcmp(word(r, r->at), "and") != 0 && strcmp(word(r, r->at), "or") != 0 &&
	       strcmp(word(r, r->at), "(") != 0 && strcmp(word(r, r->at), ")") != 0)
		r->at++;
	t->to = r->at;
	if (t->from < t->to)
		return t;
	(void)verb_fail(r->v, EXIT_USAGE, "the rule wants an expression %s%s", r->at == 0 ? "at its begin" : "after ",
			r->at == 0 ? "" : word(r, r->at - 1));
	return NULL;
}

/* Parts with this word between them. */
static struct term *read_list(struct reader *r, const char *op, struct term *(*part)(struct reader *r))
{
	struct term *first = part(r), *last = first;
	if (first == NULL || strcmp(word(r, r->at), op) != 0)
		return first;
	while (strcmp(word(r, r->at), op) == 0) {
		r->at++;
		last->next = part(r);
		last = last->next;
		if (last == NULL)
			return NULL;
	}
	struct term *t = arena_array(r->v->io->arena, struct term, 1);
	t->op = op;
	t->first = first;
	return t;
}

static struct term *read_all(struct reader *r)
{
	return read_list(r, "and", read_one);
}

static struct term *read_any(struct reader *r)
{
	return read_list(r, "or", read_all);
}

/* ---- from the tree to elements ---- */

static const char *leaf_text(const struct reader *r, const struct term *t)
{
	GString *s = g_string_new(NULL);
	for (size_t i = t->from; i < t->to; i++)
		g_string_append_printf(s, "%s%s", i > t->from ? " " : "", word(r, i));
	const char *text = arena_string(r->v->io->arena, s->str);
	(void)g_string_free(s, TRUE);
	return text;
}

static bool is_one_of(const char *what, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(what, *list) == 0)
			return true;
	return false;
}

static struct element *add(struct reader *r, struct element *rule, cib_name name, const char *id)
{
	struct element *e = element_add(rule, name);
	element_set(e, NAME_ID, verb_free_id(r->v, "%s-%s", element_id(rule), id));
	return e;
}

static enum exit_code put_date(struct reader *r, struct element *e, cib_name name, const char *text)
{
	const struct moment_here here = {.now = (int64_t)(r->v->io->now.ns / 1000000000u)};
	struct error error = {0};
	struct moment when;
	if (moment_parse(text, &here, &when, &error) != ERR_OK)
		return verb_fail(r->v, EXIT_DATA, "'%s' is no date: it looks like 2026-01-31 or 2026-01-31T12:00:00Z",
				 text);
	element_set(e, name, text);
	return EXIT_OK;
}

/* Words name=value from `from` on, as attributes of an element within e. */
static enum exit_code put_parts(struct reader *r, struct element *e, cib_name name, const char *id, size_t from,
				size_t to)
{
	static const char *const known[] = {"hours",    "minutes",   "seconds", "monthdays", "weekdays",
					    "yeardays", "yearsdays", "days",    "months",    "weeks",
					    "years",    "weekyears", "moon",    NULL};
	struct element *part = add(r, e, name, id);
	if (from == to)
		return verb_fail(r->v, EXIT_USAGE, "a %s takes parts such as hours=9-16", id);
	for (size_t i = from; i < to; i++) {
		const char *equal = strchr(word(r, i), '=');
		const char *key =
			equal != NULL ? arena_string_n(r->v->io->arena, word(r, i), (size_t)(equal - word(r, i))) : "";
		if (!is_one_of(key, known) || equal[1] == '\0')
			return verb_fail(r->v, EXIT_USAGE, "'%s' is no part of a date such as hours=9-16", word(r, i));
		element_set(part, document_name(r->v->document, key), equal + 1);
	}
	return EXIT_OK;
}

/* date gt|lt D, date in_range [D] to D, date in_range D to duration PARTS */
static enum exit_code put_date_expression(struct reader *r, struct element *rule, const struct term *t)
{
	const char *op = word(r, t->from + 1);
	size_t count = t->to - t->from, to = t->from + 2;
	struct element *e = add(r, rule, NAME_DATE_EXPRESSION, "expr");
	element_set(e, NAME_OPERATION, op);
	if (count == 3 && strcmp(op, "gt") == 0)
		return put_date(r, e, NAME_START, word(r, t->from + 2));
	if (count == 3 && strcmp(op, "lt") == 0)
		return put_date(r, e, NAME_END, word(r, t->from + 2));
	while (to < t->to && strcmp(word(r, to), "to") != 0)
		to++;
	bool has_start = to == t->from + 3;
	if (strcmp(op, "in_range") != 0 || to > t->from + 3 || to + 1 >= t->to)
		return verb_fail(r->v, EXIT_USAGE,
				 "'%s': say date gt DATE, date lt DATE, date in_range DATE to DATE, or date in_range "
				 "DATE to duration hours=3",
				 leaf_text(r, t));
	if (has_start && put_date(r, e, NAME_START, word(r, t->from + 2)) != EXIT_OK)
		return r->v->code;
	if (strcmp(word(r, to + 1), "duration") == 0)
		return put_parts(r, e, NAME_DURATION, "duration", to + 2, t->to);
	return put_date(r, e, NAME_END, word(r, to + 1));
}

/* resource [CLASS]:[PROVIDER]:[TYPE] */
static enum exit_code put_resource(struct reader *r, struct element *rule, const char *text)
{
	static const cib_name names[] = {NAME_CLASS, NAME_PROVIDER, NAME_TYPE};
	char **parts = g_strsplit(text, ":", -1);
	guint count = g_strv_length(parts);
	GString *id = g_string_new("rsc");
	for (guint i = 0; i < count && count <= 3; i++)
		if (*parts[i] != '\0')
			g_string_append_printf(id, "-%s", parts[i]);
	struct element *e = add(r, rule, NAME_RSC_EXPRESSION, id->str);
	for (guint i = 0; i < count && count <= 3; i++)
		if (*parts[i] != '\0')
			element_set(e, count == 2 && i == 1 ? NAME_TYPE : names[i], parts[i]);
	bool wrong = count < 2 || count > 3 || strcmp(id->str, "rsc") == 0;
	(void)g_string_free(id, TRUE);
	g_strfreev(parts);
	return wrong ? verb_fail(r->v, EXIT_USAGE,
				 "resource %s: it looks like ocf:heartbeat:IPaddr2, systemd::nginx or ::IPaddr2", text)
		     : EXIT_OK;
}

static enum exit_code put_op(struct reader *r, struct element *rule, const struct term *t)
{
	const char *interval = t->to - t->from == 3 ? word(r, t->from + 2) : NULL;
	if (t->to - t->from > 3 || t->to - t->from < 2 ||
	    (interval != NULL && strncmp(interval, "interval=", strlen("interval=")) != 0))
		return verb_fail(r->v, EXIT_USAGE, "'%s': say op NAME [interval=TIME]", leaf_text(r, t));
	struct element *e =
		add(r, rule, NAME_OP_EXPRESSION, arena_printf(r->v->io->arena, "op-%s", word(r, t->from + 1)));
	element_set(e, NAME_NAME, word(r, t->from + 1));
	if (interval != NULL)
		element_set(e, NAME_INTERVAL, interval + strlen("interval="));
	return EXIT_OK;
}

/* ATTRIBUTE COMPARISON [TYPE] VALUE, [not_]defined ATTRIBUTE */
static enum exit_code put_attribute(struct reader *r, struct element *rule, const struct term *t)
{
	static const char *const comparisons[] = {"lt", "gt", "lte", "gte", "eq", "ne", NULL};
	static const char *const types[] = {"string", "integer", "number", "version", NULL};
	size_t count = t->to - t->from;
	const char *first = word(r, t->from), *second = word(r, t->from + 1), *third = word(r, t->from + 2);
	struct element *e = add(r, rule, NAME_EXPRESSION, "expr");
	if (count == 2 && (strcmp(first, "defined") == 0 || strcmp(first, "not_defined") == 0)) {
		element_set(e, NAME_ATTRIBUTE, second);
		element_set(e, NAME_OPERATION, first);
		return EXIT_OK;
	}
	if (!is_one_of(second, comparisons) || count < 3 || count > 4 || (count == 4 && !is_one_of(third, types)))
		return verb_fail(
			r->v, EXIT_USAGE,
			"'%s' is no expression: say defined ATTRIBUTE, ATTRIBUTE eq VALUE (or ne, lt, gt, lte, "
			"gte), date gt DATE, date-spec hours=9-16%s",
			leaf_text(r, t), r->kind != RULE_OF_LOCATION ? ", resource AGENT, op NAME" : "");
	element_set(e, NAME_ATTRIBUTE, first);
	element_set(e, NAME_OPERATION, second);
	if (count == 4)
		element_set(e, NAME_TYPE, third);
	element_set(e, NAME_VALUE, word(r, t->to - 1));
	return EXIT_OK;
}

static enum exit_code put_leaf(struct reader *r, struct element *rule, const struct term *t)
{
	const char *first = word(r, t->from);
	if (strcmp(first, "date") == 0)
		return put_date_expression(r, rule, t);
	if (strcmp(first, "date-spec") == 0) {
		struct element *e = add(r, rule, NAME_DATE_EXPRESSION, "expr");
		element_set(e, NAME_OPERATION, "date_spec");
		return put_parts(r, e, NAME_DATE_SPEC, "datespec", t->from + 1, t->to);
	}
	if (r->kind != RULE_OF_LOCATION && strcmp(first, "resource") == 0 && t->to - t->from == 2)
		return put_resource(r, rule, word(r, t->from + 1));
	if (r->kind == RULE_OF_OPERATIONS && strcmp(first, "op") == 0)
		return put_op(r, rule, t);
	return put_attribute(r, rule, t);
}

static enum exit_code put_term(struct reader *r, struct element *rule, const struct term *t)
{
	enum exit_code code = EXIT_OK;
	if (t->op == NULL)
		return put_leaf(r, rule, t);
	element_set(rule, NAME_BOOLEAN_OP, t->op);
	for (const struct term *part = t->first; part != NULL && code == EXIT_OK; part = part->next) {
		if (part->op == NULL) {
			code = put_leaf(r, rule, part);
			continue;
		}
		struct element *inner = add(r, rule, NAME_RULE, "rule");
		element_set(inner, NAME_SCORE, "0");
		code = put_term(r, inner, part);
	}
	return code;
}

struct element *rule_words_put(struct verb *v, struct element *owner, const char *id, enum rule_kind kind, size_t from)
{
	struct reader r = {.v = v, .words = g_ptr_array_new(), .kind = kind};
	struct element *rule = element_add(owner, NAME_RULE);
	element_set(rule, NAME_ID, id);
	if (kind != RULE_OF_LOCATION)
		element_set(rule, NAME_BOOLEAN_OP, "and");
	for (size_t i = from; i < verb_word_count(v); i++)
		split(v->io->arena, verb_word(v, i), r.words);
	const struct term *all = read_any(&r);
	enum exit_code code = all != NULL ? EXIT_OK : v->code;
	if (code == EXIT_OK && r.at < r.words->len)
		code = verb_fail(v, EXIT_USAGE, "'%s' is one too many in the rule; and, or stand between expressions",
				 word(&r, r.at));
	if (code == EXIT_OK)
		code = put_term(&r, rule, all);
	g_ptr_array_unref(r.words);
	return code == EXIT_OK ? rule : NULL;
}

/* ---- from elements to words ---- */

static void print_attributes(const struct element *e, GString *out)
{
	for (unsigned i = 0; i < e->attribute_count; i++)
		if (e->attributes[i].name != NAME_ID)
			g_string_append_printf(out, " %s=%s", document_name_text(e->document, e->attributes[i].name),
					       e->attributes[i].value);
}

static void print_date(const struct element *e, GString *out)
{
	const char *op = element_get_or(e, NAME_OPERATION, "in_range");
	const char *start = element_get(e, NAME_START), *end = element_get(e, NAME_END);
	if (strcmp(op, "gt") == 0 || strcmp(op, "lt") == 0)
		g_string_append_printf(out, "date %s %s", op, start != NULL ? start : end != NULL ? end : "");
	else
		g_string_append_printf(out, "date %s%s%s to %s", op, start != NULL ? " " : "",
				       start != NULL ? start : "", end != NULL ? end : "duration");
}

static void print_resource(const struct element *e, GString *out)
{
	g_string_append_printf(out, "resource %s:%s:%s", element_get_or(e, NAME_CLASS, ""),
			       element_get_or(e, NAME_PROVIDER, ""), element_get_or(e, NAME_TYPE, ""));
}

static void print_attribute(const struct element *e, GString *out)
{
	const char *op = element_get_or(e, NAME_OPERATION, ""), *type = element_get(e, NAME_TYPE);
	const char *attribute = element_get_or(e, NAME_ATTRIBUTE, "");
	if (element_get(e, NAME_VALUE) == NULL)
		g_string_append_printf(out, "%s %s", op, attribute);
	else
		g_string_append_printf(out, "%s %s %s%s%s", attribute, op, type != NULL ? type : "",
				       type != NULL ? " " : "", element_get(e, NAME_VALUE));
}

static void end_line(const struct element *e, bool ids, GString *out)
{
	if (ids && element_id(e) != NULL)
		g_string_append_printf(out, " (id: %s)", element_id(e));
	g_string_append_c(out, '\n');
}

static void print_expression(const struct element *e, bool ids, int depth, GString *out)
{
	const struct element *spec = element_first_named(e, NAME_DATE_SPEC);
	const struct element *duration = element_first_named(e, NAME_DURATION);
	const struct element *part = spec != NULL ? spec : duration;
	g_string_append_printf(out, "%*sExpression:", depth * 2, "");
	if (spec == NULL)
		g_string_append_c(out, ' ');
	if (e->name == NAME_DATE_EXPRESSION && spec == NULL)
		print_date(e, out);
	else if (e->name == NAME_RSC_EXPRESSION)
		print_resource(e, out);
	else if (e->name == NAME_OP_EXPRESSION)
		g_string_append_printf(out, "op %s%s%s", element_get_or(e, NAME_NAME, ""),
				       element_get(e, NAME_INTERVAL) != NULL ? " interval=" : "",
				       element_get_or(e, NAME_INTERVAL, ""));
	else if (spec == NULL)
		print_attribute(e, out);
	end_line(e, ids, out);
	if (part == NULL)
		return;
	g_string_append_printf(out, "%*s%s:", (depth + 1) * 2, "", spec != NULL ? "Date Spec" : "Duration");
	print_attributes(part, out);
	end_line(part, ids, out);
}

void rule_words_print(const struct element *rule, bool ids, int depth, GString *out)
{
	g_string_append_printf(out, "%*sRule:", depth * 2, "");
	print_attributes(rule, out);
	end_line(rule, ids, out);
	for_each_child(e, rule)
	{
		if (e->name == NAME_RULE)
			rule_words_print(e, ids, depth + 1, out);
		else
			print_expression(e, ids, depth + 1, out);
	}
}
