/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with an element, found by what would make it right.
 *
 * The tables say only that an element does not fit. So the least changes to its
 * attributes after which it does fit are searched: add one, remove one, give one
 * another value. They say what is missing ("lacks template, or class and type") and
 * what excludes what ("has both rsc and rsc-pattern; give one").
 */
#include "cib/schema-private.h"

#include <string.h>

enum { REPAIRS_MAX = 6, COST_MAX = 5 };

struct repair {
	uint8_t columns[SCHEMA_ATTRIBUTES_MAX];
	unsigned cost, adds, drops; /* cost - adds - drops: other values */
	const struct schema_content *content;
};

struct search {
	const struct schema_view *view;
	bool with_children; /* the children must fit too */
	unsigned limit;
	uint8_t fits[256]; /* by last state: 0 not known, 1 no, 2 yes */
	struct repair at;
	struct repair found[REPAIRS_MAX];
	unsigned count;
};

static const char *attribute_name(const struct schema_view *v, unsigned i)
{
	return document_name_text(v->element->document, schema_attributes[v->definition->attributes + i].name);
}

static bool accepts(struct search *s, uint8_t state)
{
	const struct schema_definition *d = s->view->definition;
	s->at.content = &schema_contents[schema_content_of[d->contents + state]];
	if (!s->with_children)
		return true;
	if (s->fits[state] == 0)
		s->fits[state] = schema_children_fit(s->at.content, s->view->element) ? 2 : 1;
	return s->fits[state] == 2;
}

/* Whether one that was found does the same with less. */
static bool is_needless(const struct search *s)
{
	for (unsigned f = 0; f < s->count; f++) {
		bool within = true;
		for (unsigned i = 0; i < s->view->definition->attribute_count && within; i++) {
			uint8_t own = s->view->columns[i], less = s->found[f].columns[i], more = s->at.columns[i];
			within = less == own || less == more || (own == 0 && less != 0 && more != 0);
		}
		if (within)
			return true;
	}
	return false;
}

static void try_from(struct search *s, unsigned i, uint8_t state);

static void try_column(struct search *s, unsigned i, uint8_t state, uint8_t column)
{
	const struct schema_view *v = s->view;
	uint8_t next = schema_step(&schema_attributes[v->definition->attributes + i], state, column);
	uint8_t own = v->columns[i];
	if (next == SCHEMA_FAIL || s->at.cost + (column != own) > s->limit)
		return;
	unsigned add = column != own && own == 0, drop = column != own && column == 0;
	s->at.columns[i] = column;
	s->at.cost += column != own;
	s->at.adds += add;
	s->at.drops += drop;
	try_from(s, i + 1, next);
	s->at.cost -= column != own;
	s->at.adds -= add;
	s->at.drops -= drop;
}

static void try_from(struct search *s, unsigned i, uint8_t state)
{
	const struct schema_view *v = s->view;
	if (s->count == REPAIRS_MAX)
		return;
	if (i == v->definition->attribute_count) {
		if (accepts(s, state) && !is_needless(s))
			s->found[s->count++] = s->at;
		return;
	}
	uint8_t own = v->columns[i];
	try_column(s, i, state, own);
	if (s->at.cost == s->limit)
		return;
	if (own != 0)
		try_column(s, i, state, 0);
	unsigned types = schema_attributes[v->definition->attributes + i].type_count;
	for (unsigned t = 0; t < types; t++)
		if ((own & (1u << t)) == 0)
			try_column(s, i, state, (uint8_t)(1u << t));
}

/* All least repairs, and those that only add one attribute more. */
static void search_repairs(struct search *s)
{
	for (s->limit = 0; s->limit <= COST_MAX && s->count == 0; s->limit++)
		try_from(s, 0, 0);
	if (s->count == 0 || s->found[0].cost == 0 || s->found[0].adds != s->found[0].cost || s->limit > COST_MAX)
		return;
	unsigned least = s->count;
	try_from(s, 0, 0);
	unsigned kept = least;
	for (unsigned i = least; i < s->count; i++)
		if (s->found[i].adds == s->found[i].cost)
			s->found[kept++] = s->found[i];
	s->count = kept;
}

/* When something can be added, that is what is missing; when something can be dropped, it is too much. */
static void prefer(struct search *s)
{
	unsigned adding = 0, dropping = 0, kept = 0;
	for (unsigned i = 0; i < s->count; i++) {
		adding += s->found[i].adds == s->found[i].cost;
		dropping += s->found[i].drops == s->found[i].cost;
	}
	for (unsigned i = 0; i < s->count; i++) {
		const struct repair *r = &s->found[i];
		if (adding > 0 ? r->adds == r->cost : dropping == 0 || r->drops == r->cost)
			s->found[kept++] = *r;
	}
	s->count = kept;
}

/* "class and type" of the attributes that a repair adds, or drops. */
static void append_changed(const struct search *s, const struct repair *r, GString *out)
{
	const char *between = "";
	for (unsigned i = 0; i < s->view->definition->attribute_count; i++) {
		if (r->columns[i] == s->view->columns[i])
			continue;
		g_string_append_printf(out, "%s%s", between, attribute_name(s->view, i));
		between = " and ";
	}
}

/* "class and type, or template" of all repairs. */
static void append_repairs(const struct search *s, GString *out)
{
	for (unsigned i = 0; i < s->count; i++) {
		if (i > 0)
			g_string_append(out, s->found[i].cost > 1 || s->found[i - 1].cost > 1 ? ", or " : " or ");
		append_changed(s, &s->found[i], out);
	}
}

static void append_words_of(const struct schema_type *t, GString *out)
{
	for (const char *const *w = t->words; *w != NULL; w++)
		g_string_append_printf(out, "%s%s", w == t->words ? "" : ", ", *w);
}

/* "add start", "remove end", "operation=lt" */
static void append_repair(const struct search *s, const struct repair *r, GString *out)
{
	const char *between = "";
	for (unsigned i = 0; i < s->view->definition->attribute_count; i++) {
		const struct schema_attribute *a = &schema_attributes[s->view->definition->attributes + i];
		uint8_t own = s->view->columns[i], column = r->columns[i];
		if (own == column)
			continue;
		g_string_append(out, between);
		between = " and ";
		g_string_append_printf(out, "%s%s",
				       own == 0      ? "add "
				       : column == 0 ? "remove "
						     : "",
				       attribute_name(s->view, i));
		if (own == 0 || column == 0)
			continue;
		g_string_append_c(out, '=');
		append_words_of(&schema_types[a->type + (unsigned)__builtin_ctz(column)], out);
	}
}

static char *hint_of(const struct search *s)
{
	GString *out = g_string_new(NULL);
	for (unsigned i = 0; i < s->count; i++) {
		g_string_append(out, i == 0 ? "" : ", or ");
		append_repair(s, &s->found[i], out);
	}
	return g_string_free(out, FALSE);
}

static bool all_single_drops(const struct search *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->found[i].cost != 1 || s->found[i].drops != 1)
			return false;
	return s->count > 1;
}

/* "rsc and rsc-pattern": each of them is what one repair drops. */
static void append_drops(const struct search *s, GString *out)
{
	unsigned said = 0;
	for (unsigned i = 0; i < s->view->definition->attribute_count; i++) {
		bool dropped = false;
		for (unsigned f = 0; f < s->count; f++)
			dropped |= s->view->columns[i] != 0 && s->found[f].columns[i] == 0;
		if (!dropped)
			continue;
		said++;
		g_string_append_printf(out, "%s%s",
				       said == 1          ? ""
				       : said == s->count ? " and "
							  : ", ",
				       attribute_name(s->view, i));
	}
}

static void explain_attributes(struct search *s, GPtrArray *problems)
{
	GString *text = g_string_new(NULL);
	char *hint = NULL;
	prefer(s);
	if (s->found[0].adds == s->found[0].cost) {
		g_string_append(text, "lacks ");
		append_repairs(s, text);
	} else if (all_single_drops(s)) {
		g_string_append(text, s->count == 2 ? "has both " : "has ");
		append_drops(s, text);
		g_string_append(text, "; give one");
	} else {
		g_string_append(text, "its attributes do not go together");
		hint = hint_of(s);
	}
	problems_add(problems, s->view->element, g_string_free(text, FALSE), hint);
}

/* Attributes that the definition has not, and values of no type. */
static void explain_each(const struct schema_view *v, GPtrArray *problems)
{
	const struct element *e = v->element;
	const char *names[SCHEMA_ATTRIBUTES_MAX + 1] = {NULL};
	for (unsigned i = 0, n = 0; i < v->definition->attribute_count; i++)
		if (v->columns[i] == 0)
			names[n++] = attribute_name(v, i);
	for (unsigned i = 0; i < e->attribute_count; i++) {
		const struct attribute *a = &e->attributes[i];
		const char *name = document_name_text(e->document, a->name);
		int at = schema_attribute_index(v->definition, a->name);
		char *hint = NULL;
		if (at < 0) {
			const char *nearest = schema_nearest(name, names);
			if (nearest != NULL)
				hint = g_strdup_printf("did you mean %s?", nearest);
			problems_add(problems, e, g_strdup_printf("unknown attribute \"%s\"", name), hint);
		} else if (v->bad[at]) {
			const struct schema_attribute *known = &schema_attributes[v->definition->attributes + at];
			char *text = schema_describe_value(known, name, a->value, &hint);
			problems_add(problems, e, text, hint);
		}
	}
}

/* "<nvpair>, <rule>" of what may come in a state of a factor; of all children when factor is negative. */
static char *names_of(const struct schema_view *v, const struct schema_content *c, int factor, uint8_t state)
{
	GString *out = g_string_new(NULL);
	const struct schema_child *children = &schema_children[c->children];
	for (unsigned i = 0; i < c->child_count; i++) {
		if (factor >= 0 && (children[i].factor != factor || schema_move(c, &children[i], state) == SCHEMA_FAIL))
			continue;
		g_string_append_printf(out, "%s<%s>",
				       out->len == 0 ? ""
				       : factor >= 0 ? " or "
						     : ", ",
				       document_name_text(v->element->document, children[i].name));
	}
	return g_string_free(out, FALSE);
}

static void explain_unknown_child(const struct schema_view *v, const struct schema_content *c,
				  const struct element *child, char *other, GPtrArray *problems)
{
	const char *names[64] = {NULL};
	for (unsigned i = 0; i < c->child_count && i < G_N_ELEMENTS(names) - 1; i++)
		names[i] = document_name_text(v->element->document, schema_children[c->children + i].name);
	const char *nearest = schema_nearest(element_tag(child), names);
	char *allowed = names_of(v, c, -1, 0), *hint = NULL;
	if (nearest != NULL)
		hint = g_strdup_printf("did you mean <%s>?", nearest);
	else if (other != NULL)
		hint = g_strdup(other);
	else if (*allowed != '\0')
		hint = g_strdup_printf("allowed are %s", allowed);
	problems_add(problems, child, g_strdup_printf("does not belong in <%s>", element_tag(v->element)), hint);
	g_free(allowed);
}

static bool came_before(const struct element *child)
{
	for (const struct element *e = child->previous; e != NULL; e = e->previous)
		if (e->name == child->name)
			return true;
	return false;
}

/* A child that is known, but not after what came before it. */
static void explain_misplaced(const struct schema_view *v, const struct schema_content *c, const struct element *child,
			      const struct schema_child *known, uint8_t state, GPtrArray *problems)
{
	char *next = names_of(v, c, known->factor, state);
	if (came_before(child))
		problems_add(problems, child, g_strdup_printf("is one too many in <%s>", element_tag(v->element)),
			     NULL);
	else if (*next != '\0')
		problems_add(problems, child, g_strdup_printf("comes too early in <%s>", element_tag(v->element)),
			     g_strdup_printf("expected %s first", next));
	else
		problems_add(problems, child,
			     g_strdup_printf("does not go with what is before it in <%s>", element_tag(v->element)),
			     g_strdup("remove one or put it first"));
	g_free(next);
}

/* other: what else would make the element right, or NULL. */
static void explain_children(const struct schema_view *v, const struct schema_content *c, char *other,
			     GPtrArray *problems)
{
	uint8_t states[SCHEMA_FACTORS_MAX] = {0};
	bool wrong = false;
	for_each_child(child, v->element)
	{
		const struct schema_child *known = schema_child_of(c, child->name);
		uint8_t next = known == NULL ? SCHEMA_FAIL : schema_move(c, known, states[known->factor]);
		if (known == NULL)
			explain_unknown_child(v, c, child, other, problems);
		else if (next == SCHEMA_FAIL)
			explain_misplaced(v, c, child, known, states[known->factor], problems);
		else
			states[known->factor] = next;
		wrong |= next == SCHEMA_FAIL;
	}
	for (unsigned i = 0; i < c->factor_count; i++) {
		if (schema_rests[schema_factors[c->factors + i].rests + states[i]])
			continue;
		char *missing = names_of(v, c, (int)i, states[i]);
		char *hint = wrong || other == NULL ? NULL : g_strdup_printf("or %s", other);
		problems_add(problems, v->element, g_strdup_printf("lacks %s", missing), hint);
		g_free(missing);
	}
}

const struct schema_content *schema_explain(const struct schema_view *v, GPtrArray *problems)
{
	explain_each(v, problems);
	struct search whole = {.view = v, .with_children = true}, own = {.view = v};
	search_repairs(&whole);
	if (whole.count > 0 && whole.found[0].cost == 0)
		return whole.found[0].content;
	search_repairs(&own);
	bool attributes_fit = own.count > 0 && own.found[0].cost == 0;
	if (!attributes_fit && whole.count > 0 && (own.count == 0 || whole.found[0].cost <= own.found[0].cost)) {
		explain_attributes(&whole, problems);
		return whole.found[0].content;
	}
	if (own.count == 0) {
		problems_add(problems, v->element, g_strdup("its attributes do not go together"), NULL);
		return &schema_contents[schema_content_of[v->definition->contents]];
	}
	if (!attributes_fit)
		explain_attributes(&own, problems);
	char *other = attributes_fit && whole.count > 0 ? hint_of(&whole) : NULL;
	explain_children(v, own.found[0].content, other, problems);
	g_free(other);
	return own.found[0].content;
}
