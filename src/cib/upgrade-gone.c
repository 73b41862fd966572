/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What 4.0 has no more: agents of the classes nagios and upstart, bundles of rkt, and some meta-attributes. With a
 * resource goes what would be empty without it, and every constraint that speaks of it alone. */
#include "cib/upgrade-private.h"

#include <string.h>

struct gone {
	struct upgrade *u;
	GHashTable *templates; /* ids */
	GHashTable *resources; /* ids */
};

static bool is_gone_class(const char *class)
{
	return class != NULL && (g_ascii_strcasecmp(class, "nagios") == 0 || g_ascii_strcasecmp(class, "upstart") == 0);
}

static bool knows(GHashTable *ids, const char *id)
{
	return id != NULL && g_hash_table_contains(ids, id);
}

static void remember(GHashTable *ids, const char *id)
{
	if (id != NULL)
		g_hash_table_add(ids, (gpointer)(uintptr_t)id);
}

static void find_templates(struct gone *g, struct element *resources)
{
	for_each_named(template, resources, NAME_TEMPLATE) if (is_gone_class(element_get(template, NAME_CLASS)))
		remember(g->templates, element_id(template));
}

static bool is_gone_primitive(const struct gone *g, const struct element *e)
{
	return is_gone_class(element_get(e, NAME_CLASS)) || knows(g->templates, element_get(e, NAME_TEMPLATE));
}

/* All primitives below e are gone; also when there are none. */
static bool is_hollow(const struct gone *g, const struct element *e)
{
	for_each_child(child, e)
	{
		if (child->name == NAME_PRIMITIVE && !is_gone_primitive(g, child))
			return false;
		if (child->name == NAME_GROUP && !is_hollow(g, child))
			return false;
	}
	return true;
}

static const char *why_gone(const struct gone *g, const struct element *e)
{
	if (e->name == NAME_TEMPLATE)
		return is_gone_class(element_get(e, NAME_CLASS)) ? "agents of its class are no longer supported" : NULL;
	if (e->name == NAME_PRIMITIVE)
		return is_gone_primitive(g, e) ? "agents of its class are no longer supported" : NULL;
	if (e->name == NAME_GROUP || e->name == NAME_CLONE)
		return is_hollow(g, e) ? "nothing in it is left" : NULL;
	if (e->name == NAME_BUNDLE && element_first_named(e, NAME_RKT) != NULL)
		return "containers of rkt are no longer supported";
	return NULL;
}

static void remember_below(const struct gone *g, const struct element *e)
{
	if (e->name == NAME_PRIMITIVE || e->name == NAME_GROUP)
		if (why_gone(g, e) != NULL)
			remember(g->resources, element_id(e));
	for_each_child(child, e) remember_below(g, child);
}

static void drop_resources(struct gone *g, struct element *parent)
{
	for (struct element *child = parent->first, *next; child != NULL; child = next) {
		next = child->next;
		const char *why = why_gone(g, child);
		if (why == NULL) {
			if (child->name == NAME_GROUP || child->name == NAME_CLONE || child->name == NAME_BUNDLE)
				drop_resources(g, child);
			continue;
		}
		if (child->name != NAME_TEMPLATE)
			remember(g->resources, element_id(child));
		remember_below(g, child);
		upgrade_note(g->u, child, "dropped: %s", why);
		upgrade_drop(g->u, child);
	}
}

/* true when a set was dropped. */
static bool drop_refs(struct gone *g, struct element *set)
{
	bool left = false;
	for (struct element *ref = set->first, *next; ref != NULL; ref = next) {
		next = ref->next;
		if (ref->name != NAME_RESOURCE_REF)
			continue;
		if (knows(g->resources, element_id(ref)))
			upgrade_drop(g->u, ref);
		else
			left = true;
	}
	return !left;
}

/* A constraint whose sets are all gone is gone. */
static bool drop_sets(struct gone *g, struct element *constraint)
{
	bool had = false, left = false;
	for (struct element *set = constraint->first, *next; set != NULL; set = next) {
		next = set->next;
		if (set->name != NAME_RESOURCE_SET)
			continue;
		had = true;
		if (drop_refs(g, set))
			upgrade_drop(g->u, set);
		else
			left = true;
	}
	return had && !left;
}

static void drop_constraints(struct gone *g, struct element *constraints)
{
	for (struct element *c = constraints->first, *next; c != NULL; c = next) {
		next = c->next;
		bool names_gone = false;
		if (c->name == NAME_RSC_LOCATION || c->name == NAME_RSC_TICKET || c->name == NAME_RSC_COLOCATION)
			names_gone = knows(g->resources, element_get(c, NAME_RSC));
		if (c->name == NAME_RSC_COLOCATION)
			names_gone |= knows(g->resources, element_get(c, NAME_WITH_RSC));
		if (c->name == NAME_RSC_ORDER)
			names_gone = knows(g->resources, element_get(c, NAME_FIRST)) ||
				     knows(g->resources, element_get(c, NAME_THEN));
		if (names_gone || drop_sets(g, c))
			upgrade_drop(g->u, c);
	}
}

static bool is_resource_or_default(cib_name name)
{
	return name == NAME_TEMPLATE || name == NAME_PRIMITIVE || name == NAME_GROUP || name == NAME_CLONE ||
	       name == NAME_BUNDLE || name == NAME_RSC_DEFAULTS;
}

static void drop_meta(struct upgrade *u, struct element *e)
{
	const struct element *set = e->name == NAME_NVPAIR ? e->parent : NULL;
	if (set == NULL || set->name != NAME_META_ATTRIBUTES || set->parent == NULL)
		return;
	cib_name owner = set->parent->name;
	if (is_resource_or_default(owner) && upgrade_has(e, NAME_NAME, "restart-type")) {
		upgrade_note(u, e, "restart-type dropped: the kind of an order says what follows what");
		upgrade_drop(u, e);
	} else if ((owner == NAME_OP || owner == NAME_OP_DEFAULTS) &&
		   (upgrade_has(e, NAME_NAME, "can_fail") || upgrade_has(e, NAME_NAME, "role_after_failure"))) {
		upgrade_note(u, e, "%s dropped: on-fail of the operation says what a failure leads to",
			     element_get(e, NAME_NAME));
		upgrade_drop(u, e);
	}
}

void upgrade_gone(struct upgrade *u)
{
	struct gone g = {u, g_hash_table_new(g_str_hash, g_str_equal), g_hash_table_new(g_str_hash, g_str_equal)};
	struct element *resources = document_section(u->document, NAME_RESOURCES);
	struct element *constraints = document_section(u->document, NAME_CONSTRAINTS);
	if (resources != NULL) {
		find_templates(&g, resources);
		drop_resources(&g, resources);
		upgrade_each(u, resources, drop_meta);
	}
	if (constraints != NULL)
		drop_constraints(&g, constraints);
	for_each_named(defaults, document_configuration(u->document), NAME_RSC_DEFAULTS)
		upgrade_each(u, defaults, drop_meta);
	for_each_named(defaults, document_configuration(u->document), NAME_OP_DEFAULTS)
		upgrade_each(u, defaults, drop_meta);
	g_hash_table_destroy(g.templates);
	g_hash_table_destroy(g.resources);
}
