/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What refers to what: rules about the whole document that a schema cannot say. */
#include "cib/schema.h"

#include <string.h>

enum target {
	TO_RESOURCE = 1, /* primitive, group, clone, bundle */
	TO_TEMPLATE = 2,
	TO_TAG = 4,
	TO_ROLE = 8, /* of the ACLs */
	TO_ANY = 16,
	TO_SAME = 32,       /* an element of the same name */
	TO_OPERATIONS = 64, /* operations, or a resource that has them */
	TO_CONSTRAINABLE = TO_RESOURCE | TO_TEMPLATE | TO_TAG,
};

/* Which attribute of which element refers to what. */
static const struct reference {
	cib_name element, attribute; /* element NAME_NONE: any */
	unsigned target;
} references[] = {
	{NAME_PRIMITIVE, NAME_TEMPLATE, TO_TEMPLATE},
	{NAME_RSC_LOCATION, NAME_RSC, TO_CONSTRAINABLE},
	{NAME_RSC_COLOCATION, NAME_RSC, TO_CONSTRAINABLE},
	{NAME_RSC_COLOCATION, NAME_WITH_RSC, TO_CONSTRAINABLE},
	{NAME_RSC_ORDER, NAME_FIRST, TO_CONSTRAINABLE},
	{NAME_RSC_ORDER, NAME_THEN, TO_CONSTRAINABLE},
	{NAME_RSC_TICKET, NAME_RSC, TO_CONSTRAINABLE},
	{NAME_RESOURCE_REF, NAME_ID, TO_CONSTRAINABLE},
	{NAME_ROLE, NAME_ID, TO_ROLE},
	{NAME_ACL_PERMISSION, NAME_REFERENCE, TO_ANY},
	{NAME_OBJ_REF, NAME_ID, TO_ANY},
	{NAME_OPERATIONS, NAME_ID_REF, TO_OPERATIONS},
	{NAME_NONE, NAME_ID_REF, TO_SAME},
};

struct check {
	GHashTable *ids; /* id -> the first element that has it as its own */
	GPtrArray *problems;
	bool fine;
};

/* These name something by `id` and have none of their own. */
static bool names_another(cib_name name)
{
	return name == NAME_RESOURCE_REF || name == NAME_OBJ_REF || name == NAME_ROLE;
}

static void index_ids(GHashTable *ids, struct element *e)
{
	const char *id = names_another(e->name) ? NULL : element_id(e);
	if (id != NULL && !g_hash_table_contains(ids, id))
		g_hash_table_insert(ids, (gpointer)(uintptr_t)id, e);
	for_each_child(child, e) index_ids(ids, child);
}

static unsigned targets_of(const struct element *e)
{
	switch (e->name) {
	case NAME_PRIMITIVE:
		return TO_RESOURCE | TO_OPERATIONS;
	case NAME_GROUP:
	case NAME_CLONE:
	case NAME_BUNDLE:
	case NAME_MASTER:
		return TO_RESOURCE;
	case NAME_TEMPLATE:
		return TO_TEMPLATE | TO_OPERATIONS;
	case NAME_TAG:
		return TO_TAG;
	case NAME_ACL_ROLE:
		return TO_ROLE;
	case NAME_OPERATIONS:
		return TO_OPERATIONS;
	default:
		return 0;
	}
}

static const char *words_for(unsigned target)
{
	switch (target) {
	case TO_TEMPLATE:
		return "template";
	case TO_ROLE:
		return "acl_role";
	case TO_OPERATIONS:
		return "operations";
	case TO_CONSTRAINABLE:
		return "resource, template or tag";
	default:
		return "element";
	}
}

/* What a misspelt reference might mean: the same letters in another case. */
static char *nearest_id(const struct check *c, const char *id)
{
	GHashTableIter iter;
	gpointer other;
	g_hash_table_iter_init(&iter, c->ids);
	const char *found = NULL; /* the first by strcmp, so that the order of the table means nothing */
	while (g_hash_table_iter_next(&iter, &other, NULL))
		if (g_ascii_strcasecmp(other, id) == 0 && (found == NULL || strcmp(other, found) < 0))
			found = other;
	return found == NULL ? NULL : g_strdup_printf("did you mean %s?", found);
}

static void add_problem(struct check *c, const struct element *e, char *text, const char *missing)
{
	c->fine = false;
	if (c->problems != NULL && c->problems->len < CIB_PROBLEMS_MAX)
		problems_add(c->problems, e, text, missing == NULL ? NULL : nearest_id(c, missing));
	else
		g_free(text);
}

static void check_reference(struct check *c, const struct element *e, const struct reference *r, const char *id)
{
	const struct element *found = g_hash_table_lookup(c->ids, id);
	const char *attribute = document_name_text(e->document, r->attribute);
	if (found == NULL) {
		if (r->target == TO_SAME)
			add_problem(c, e,
				    g_strdup_printf("%s=\"%s\": there is no <%s> with that id", attribute, id,
						    element_tag(e)),
				    id);
		else
			add_problem(c, e,
				    g_strdup_printf("%s=\"%s\": there is no %s with that id", attribute, id,
						    words_for(r->target)),
				    id);
		return;
	}
	bool right = r->target == TO_ANY ||
		     (r->target == TO_SAME ? found->name == e->name : (targets_of(found) & r->target) != 0);
	if (!right)
		add_problem(c, e,
			    g_strdup_printf("%s=\"%s\" is a <%s> (line %u), not %s %s", attribute, id,
					    element_tag(found), (unsigned)found->line,
					    r->target == TO_SAME ? "another" : "a",
					    r->target == TO_SAME ? element_tag(e) : words_for(r->target)),
			    NULL);
}

static void check_below(struct check *c, const struct element *e)
{
	if (!c->fine && (c->problems == NULL || c->problems->len >= CIB_PROBLEMS_MAX))
		return;
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		const struct reference *r = &references[i];
		bool is_mine = r->element == e->name || (r->element == NAME_NONE && e->name != NAME_OPERATIONS);
		const char *id = is_mine ? element_get(e, r->attribute) : NULL;
		if (id != NULL)
			check_reference(c, e, r, id);
	}
	for_each_child(child, e) check_below(c, child);
}

bool cib_check_references(const struct document *d, GPtrArray *problems)
{
	struct element *configuration = document_configuration(d);
	struct check c = {g_hash_table_new(g_str_hash, g_str_equal), problems, true};
	if (configuration != NULL) {
		index_ids(c.ids, configuration);
		check_below(&c, configuration);
	}
	g_hash_table_destroy(c.ids);
	return c.fine;
}
