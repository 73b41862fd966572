/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constraints on the way to 4.0: one rule a location, no lifetimes, no nodes of type ping. */
#include "cib/upgrade-private.h"

#include <string.h>

static unsigned count_named(const struct element *parent, cib_name name)
{
	unsigned n = 0;
	for_each_named(child, parent, name) n++;
	return n;
}

/* Puts what the original had into its place; in a later location they are copies. */
static void take_named(struct upgrade *u, struct element *to, struct element *from, cib_name name, bool copies)
{
	for (struct element *child = from->first, *next; child != NULL; child = next) {
		next = child->next;
		if (child->name != name)
			continue;
		struct element *taken = child;
		if (copies) {
			taken = element_copy(u->document, child);
			g_hash_table_add(u->copies, taken);
			for_each_child(below, taken) g_hash_table_add(u->copies, below);
		} else {
			element_remove(child);
		}
		element_append(to, taken);
	}
}

static struct element *bare_location(struct upgrade *u, struct element *like, unsigned number)
{
	struct element *e = element_new(u->document, NAME_RSC_LOCATION);
	e->line = like->line;
	for (unsigned i = 0; i < like->attribute_count; i++)
		element_set(e, like->attributes[i].name, like->attributes[i].value);
	element_set(e, NAME_ID, upgrade_text(u, UPGRADE_4_PREFIX "%s-%u", element_get_or(like, NAME_ID, ""), number));
	g_hash_table_add(u->copies, e);
	return e;
}

/* Several rules in one location are as many locations with one. The first has the originals of what all share, and is
 * filled last, when the others have their copies. */
static void split_location(struct upgrade *u, struct element *location)
{
	unsigned count = count_named(location, NAME_RULE);
	struct element *first = NULL;
	for (unsigned number = 1; number <= count; number++) {
		struct element *e = bare_location(u, location, number);
		element_insert(location->parent, e, location);
		if (number == 1)
			first = e;
		else
			take_named(u, e, location, NAME_RESOURCE_SET, true);
		struct element *rule = element_first_named(location, NAME_RULE);
		element_remove(rule);
		element_append(e, rule);
		if (number > 1)
			take_named(u, e, location, NAME_LIFETIME, true);
	}
	struct element *rule = element_first_named(first, NAME_RULE);
	element_remove(rule);
	take_named(u, first, location, NAME_RESOURCE_SET, false);
	element_append(first, rule);
	take_named(u, first, location, NAME_LIFETIME, false);
	element_remove(location);
	u->changed = true;
}

/* A permission for a location that is split is one for all its parts; a path says that. */
static void widen_permission(struct upgrade *u, struct element *permission, GHashTable *split)
{
	const char *id = element_get(permission, NAME_REFERENCE);
	unsigned count = id == NULL ? 0 : GPOINTER_TO_UINT(g_hash_table_lookup(split, id));
	if (count == 0)
		return;
	GString *path = g_string_new("//*[");
	for (unsigned number = 1; number <= count; number++)
		g_string_append_printf(path, "%s@id = '" UPGRADE_4_PREFIX "%s-%u'", number > 1 ? " or " : "", id,
				       number);
	g_string_append_c(path, ']');
	for (unsigned i = 0; i < permission->attribute_count; i++)
		if (permission->attributes[i].name == NAME_REFERENCE)
			permission->attributes[i] =
				(struct attribute){NAME_XPATH, arena_string(document_arena(u->document), path->str)};
	g_string_free(path, TRUE);
}

static void widen_permissions(struct upgrade *u, struct element *e, GHashTable *split)
{
	if (e->name == NAME_ACL_PERMISSION)
		widen_permission(u, e, split);
	for_each_child(child, e) widen_permissions(u, child, split);
}

static void split_locations(struct upgrade *u, struct element *constraints)
{
	GHashTable *split = g_hash_table_new(g_str_hash, g_str_equal);
	for (struct element *child = constraints->first, *next; child != NULL; child = next) {
		next = child->next;
		unsigned count = child->name == NAME_RSC_LOCATION ? count_named(child, NAME_RULE) : 0;
		if (count < 2)
			continue;
		g_hash_table_insert(split, (gpointer)(uintptr_t)element_get_or(child, NAME_ID, ""),
				    GUINT_TO_POINTER(count));
		split_location(u, child);
	}
	if (g_hash_table_size(split) > 0)
		widen_permissions(u, document_root(u->document), split);
	g_hash_table_destroy(split);
}

/* A node of type ping carried no resources; as a member it must be told so. */
static void ban_from(struct upgrade *u, struct element *node, struct element *constraints)
{
	const char *name = element_get_or(node, NAME_UNAME, "");
	element_set(node, NAME_TYPE, "member");
	u->changed = true;
	if (constraints == NULL)
		return;
	struct element *ban =
		upgrade_new(u, NAME_RSC_LOCATION, upgrade_text(u, UPGRADE_4_PREFIX "ping-node-ban-%s", name), node);
	element_set(ban, NAME_RSC_PATTERN, ".*");
	element_set(ban, NAME_NODE, name);
	element_set(ban, NAME_SCORE, "-INFINITY");
	element_set(ban, NAME_RESOURCE_DISCOVERY, "never");
	element_append(constraints, ban);
}

void upgrade_constraints(struct upgrade *u)
{
	struct element *constraints = document_section(u->document, NAME_CONSTRAINTS);
	if (constraints != NULL)
		split_locations(u, constraints);
	for_each_named(node, document_section(u->document, NAME_NODES),
		       NAME_NODE) if (upgrade_has(node, NAME_TYPE, "ping")) ban_from(u, node, constraints);
}

/* "On this node, with this score" as a rule. */
static struct element *rule_of_node(struct upgrade *u, const struct element *location)
{
	const char *id = upgrade_text(u, UPGRADE_4_PREFIX "%s-node-score-rule", element_get_or(location, NAME_ID, ""));
	struct element *rule = upgrade_new(u, NAME_RULE, id, location);
	element_set(rule, NAME_SCORE, element_get(location, NAME_SCORE));
	struct element *expression = upgrade_new(u, NAME_EXPRESSION, upgrade_text(u, "%s-expr", id), location);
	element_set(expression, NAME_ATTRIBUTE, "#uname");
	element_set(expression, NAME_OPERATION, "eq");
	element_set(expression, NAME_VALUE, element_get_or(location, NAME_NODE, ""));
	element_append(rule, expression);
	return rule;
}

/* Appends a lifetime's rule, or what says "one of them" when there are several. */
static void append_lifetime(struct upgrade *u, struct element *to, struct element *lifetime, const char *id)
{
	if (count_named(lifetime, NAME_RULE) > 1) {
		struct element *any = upgrade_new(
			u, NAME_RULE, upgrade_text(u, UPGRADE_4_PREFIX "%s-lifetime-or-rule", id), lifetime);
		element_set(any, NAME_BOOLEAN_OP, "or");
		element_append(to, any);
		to = any;
	}
	take_named(u, to, lifetime, NAME_RULE, false);
}

static void remove_all(struct element *parent)
{
	while (parent->first != NULL)
		element_remove(parent->first);
}

/* A location with a lifetime: its own rule, or its node, and the lifetime's. */
static void inline_lifetime(struct upgrade *u, struct element *location)
{
	const char *id = element_get_or(location, NAME_ID, "");
	struct element *both =
		upgrade_new(u, NAME_RULE, upgrade_text(u, UPGRADE_4_PREFIX "%s-lifetime-and-rule", id), location);
	element_set(both, NAME_BOOLEAN_OP, "and");
	if (element_first_named(location, NAME_RULE) != NULL)
		take_named(u, both, location, NAME_RULE, false);
	else
		element_append(both, rule_of_node(u, location));
	for_each_named(lifetime, location, NAME_LIFETIME) append_lifetime(u, both, lifetime, id);
	struct element *sets = element_new(u->document, NAME_RSC_LOCATION);
	take_named(u, sets, location, NAME_RESOURCE_SET, false);
	remove_all(location);
	take_named(u, location, sets, NAME_RESOURCE_SET, false);
	element_append(location, both);
	element_set(location, NAME_NODE, NULL);
	element_set(location, NAME_SCORE, NULL);
	u->changed = true;
}

static void know_rules(GHashTable *ids, const struct element *e)
{
	const char *id = element_id(e);
	if (e->name == NAME_RULE && id != NULL)
		g_hash_table_add(ids, (gpointer)(uintptr_t)id);
	for_each_child(child, e) know_rules(ids, child);
}

static bool is_dropped_lifetime(const struct element *e)
{
	return e->name == NAME_LIFETIME &&
	       (e->parent->name == NAME_RSC_COLOCATION || e->parent->name == NAME_RSC_ORDER);
}

/* Takes the lifetimes out of orders and colocations; the rules in them that were no copies go to `rules`. */
static void drop_lifetimes(struct upgrade *u, struct element *constraints, GPtrArray *rules)
{
	for_each_child(constraint, constraints)
	{
		for (struct element *child = constraint->first, *next; child != NULL; child = next) {
			next = child->next;
			if (!is_dropped_lifetime(child))
				continue;
			upgrade_note(u, constraint,
				     "lifetime dropped: orders and colocations apply at all times now, whatever the "
				     "rules in it say");
			for_each_named(rule, child, NAME_RULE) if (!g_hash_table_contains(u->copies, rule))
				g_ptr_array_add(rules, rule);
			upgrade_drop(u, child);
		}
	}
}

/* Rules from dropped lifetimes that are used elsewhere get a place: a location that no resource's name matches. */
static void keep_used_rules(struct upgrade *u, struct element *constraints, GPtrArray *rules)
{
	GHashTable *used = g_hash_table_new(g_str_hash, g_str_equal);
	know_rules(used, document_root(u->document));
	struct element *holder = NULL;
	for (guint i = 0; i < rules->len; i++) {
		struct element *rule = g_ptr_array_index(rules, i);
		if (element_id(rule) == NULL || !g_hash_table_contains(used, element_id(rule)))
			continue;
		if (holder == NULL) {
			struct element *location =
				upgrade_new(u, NAME_RSC_LOCATION, UPGRADE_4_PREFIX "coloc-order-lifetime-rules", rule);
			element_set(location, NAME_RSC_PATTERN, "a^");
			holder = upgrade_new(u, NAME_RULE, UPGRADE_4_PREFIX "coloc-order-lifetime-rules-rule", rule);
			element_set(holder, NAME_SCORE, "-INFINITY");
			element_append(location, holder);
			element_append(constraints, location);
		}
		element_remove(rule);
		element_append(holder, rule);
	}
	g_hash_table_destroy(used);
}

void upgrade_lifetimes(struct upgrade *u)
{
	struct element *constraints = document_section(u->document, NAME_CONSTRAINTS);
	if (constraints == NULL)
		return;
	GPtrArray *rules = g_ptr_array_new();
	drop_lifetimes(u, constraints, rules);
	if (rules->len > 0)
		keep_used_rules(u, constraints, rules);
	g_ptr_array_unref(rules);
	for_each_named(location, constraints, NAME_RSC_LOCATION) if (element_first_named(location, NAME_LIFETIME) !=
								     NULL) inline_lifetime(u, location);
}
