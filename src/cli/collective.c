/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/collective.h"

#include "cli/nvset.h"
#include "cli/primitive.h"

#include <string.h>

struct element *clone_make(struct verb *v, struct element *inner, const char *id, bool promotable)
{
	struct element *parent = inner->parent;
	if (inner->name != NAME_PRIMITIVE && inner->name != NAME_GROUP) {
		(void)verb_fail(v, EXIT_DATA, "%s is a <%s>: only primitives and groups can be cloned",
				element_id(inner), element_tag(inner));
		return NULL;
	}
	if (parent->name != NAME_RESOURCES) {
		(void)verb_fail(v, EXIT_DATA, "%s is in %s: clone that, or take it out first", element_id(inner),
				element_id(parent));
		return NULL;
	}
	if (strcmp(element_get_or(inner, NAME_CLASS, ""), "stonith") == 0 &&
	    verb_object(v, EXIT_DATA, "%s is a fence device: the cluster uses it from every node without a clone",
			element_id(inner)) != EXIT_OK)
		return NULL;
	if (id != NULL && primitive_check_id(v, id) != EXIT_OK)
		return NULL;
	struct element *clone = element_new(v->document, NAME_CLONE);
	element_set(clone, NAME_ID, id != NULL ? id : verb_free_id(v, "%s-clone", element_id(inner)));
	element_insert(parent, clone, inner);
	element_remove(inner);
	element_append(clone, inner);
	if (promotable)
		(void)nvset_put(v, clone, NAME_META_ATTRIBUTES, "promotable", "true");
	return clone;
}

enum exit_code clone_undo(struct verb *v, struct element *clone)
{
	struct element *inner = NULL;
	for_each_child(child, clone)
	{
		if (element_is_resource(child))
			inner = child;
	}
	if (inner == NULL)
		return verb_fail(v, EXIT_DATA, "there is nothing in %s", element_id(clone));
	element_remove(inner);
	element_insert(clone->parent, inner, clone);
	references_remove(v, element_id(clone));
	element_remove(clone);
	return EXIT_OK;
}

static struct element *group_find(struct verb *v, const char *id)
{
	struct element *group = document_by_id(v->document, id);
	if (group != NULL && group->name == NAME_GROUP)
		return group;
	if (group != NULL) {
		(void)verb_fail(v, EXIT_EXISTS, "'%s' is a <%s> and no group", id, element_tag(group));
		return NULL;
	}
	if (primitive_check_id(v, id) != EXIT_OK)
		return NULL;
	group = element_add(verb_section(v, NAME_RESOURCES), NAME_GROUP);
	element_set(group, NAME_ID, id);
	return group;
}

/* The member before which to stand; NULL: at the end, unless v->code says otherwise. */
static struct element *place_in(struct verb *v, const struct element *group, const char *before, const char *after)
{
	const char *by = before != NULL ? before : after;
	v->code = EXIT_OK;
	if (by == NULL)
		return NULL;
	struct element *member = element_child_by_id(group, NAME_PRIMITIVE, by);
	if (member == NULL)
		(void)verb_fail(v, EXIT_NO_SUCH, "there is no resource '%s' in group %s", by, element_id(group));
	return member != NULL && before == NULL ? element_next_named(member) : member;
}

enum exit_code group_take(struct verb *v, struct element *primitive, const char *id, const char *before,
			  const char *after)
{
	if (primitive->name != NAME_PRIMITIVE)
		return verb_fail(v, EXIT_DATA, "%s is a <%s>: a group has primitives alone", element_id(primitive),
				 element_tag(primitive));
	struct element *group = group_find(v, id);
	if (group == NULL)
		return v->code;
	if (primitive->parent != NULL && primitive->parent->name == NAME_CLONE)
		return verb_fail(v, EXIT_DATA, "%s is cloned: hale resource unclone %s first", element_id(primitive),
				 element_id(primitive->parent));
	struct element *next = place_in(v, group, before, after);
	if (v->code != EXIT_OK)
		return v->code;
	if (next == primitive)
		return EXIT_OK;
	struct element *old = primitive->parent;
	if (old != NULL)
		element_remove(primitive);
	if (next != NULL)
		element_insert(group, primitive, next);
	else
		element_append(group, primitive);
	if (old != NULL && old->name == NAME_GROUP && element_first_named(old, NAME_PRIMITIVE) == NULL) {
		references_remove(v, element_id(old));
		element_remove(old);
	}
	return EXIT_OK;
}

enum exit_code group_release(struct verb *v, struct element *member)
{
	struct element *group = member->parent, *outer = group;
	if (group == NULL || group->name != NAME_GROUP)
		return verb_fail(v, EXIT_DATA, "%s is in no group", element_id(member));
	while (outer->parent->name != NAME_RESOURCES)
		outer = outer->parent;
	element_remove(member);
	element_insert(outer->parent, member, outer->next);
	if (element_first_named(group, NAME_PRIMITIVE) != NULL)
		return EXIT_OK;
	for (struct element *e = group; e->parent != NULL && e->name != NAME_RESOURCES;) {
		struct element *parent = e->parent;
		references_remove(v, element_id(e));
		element_remove(e);
		if (parent->name != NAME_CLONE)
			break;
		e = parent;
	}
	return EXIT_OK;
}

/* ---- references ---- */

static void tell(struct verb *v, const struct element *e, const char *id)
{
	(void)fprintf(v->io->err, "%s: <%s id=\"%s\"> goes too: it is about %s\n", v->name, element_tag(e),
		      element_id(e) != NULL ? element_id(e) : "", id);
}

static bool names_it(const struct element *e, const char *id)
{
	static const cib_name names[] = {NAME_RSC, NAME_WITH_RSC, NAME_FIRST, NAME_THEN};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(element_get_or(e, names[i], ""), id) == 0)
			return true;
	return false;
}

static void remove_members(struct verb *v, struct element *constraint, const char *id)
{
	for (struct element *set = element_first_named(constraint, NAME_RESOURCE_SET), *next; set != NULL; set = next) {
		next = element_next_named(set);
		struct element *member = element_child_by_id(set, NAME_RESOURCE_REF, id);
		if (member != NULL)
			element_remove(member);
		if (element_first_named(set, NAME_RESOURCE_REF) == NULL && element_get(set, NAME_ID_REF) == NULL)
			element_remove(set);
	}
	(void)v;
}

static void remove_constraints(struct verb *v, const char *id)
{
	struct element *constraints = document_section(v->document, NAME_CONSTRAINTS);
	for (struct element *c = constraints != NULL ? element_first(constraints) : NULL, *next; c != NULL; c = next) {
		next = element_next(c);
		bool had_sets = element_first_named(c, NAME_RESOURCE_SET) != NULL;
		remove_members(v, c, id);
		if (!names_it(c, id) && (!had_sets || element_first_named(c, NAME_RESOURCE_SET) != NULL))
			continue;
		tell(v, c, id);
		element_remove(c);
	}
}

static void remove_tags(struct verb *v, const char *id)
{
	struct element *tags = document_section(v->document, NAME_TAGS);
	for (struct element *t = element_first_named(tags, NAME_TAG), *next; t != NULL; t = next) {
		next = element_next_named(t);
		struct element *ref = element_child_by_id(t, NAME_OBJ_REF, id);
		if (ref != NULL)
			element_remove(ref);
		if (element_first_named(t, NAME_OBJ_REF) != NULL)
			continue;
		tell(v, t, id);
		element_remove(t);
	}
}

/* Device lists: "a,b,c". */
static void remove_from_levels(struct verb *v, const char *id)
{
	struct element *levels = document_section(v->document, NAME_FENCING_TOPOLOGY);
	for (struct element *l = element_first_named(levels, NAME_FENCING_LEVEL), *next; l != NULL; l = next) {
		next = element_next_named(l);
		GString *left = g_string_new(NULL);
		char **devices = g_strsplit(element_get_or(l, NAME_DEVICES, ""), ",", -1);
		for (char **d = devices; *d != NULL; d++)
			if (strcmp(*d, id) != 0)
				g_string_append_printf(left, "%s%s", left->len > 0 ? "," : "", *d);
		g_strfreev(devices);
		if (left->len == 0) {
			tell(v, l, id);
			element_remove(l);
		} else if (strcmp(left->str, element_get_or(l, NAME_DEVICES, "")) != 0) {
			element_set(l, NAME_DEVICES, left->str);
		}
		(void)g_string_free(left, TRUE);
	}
}

static void remove_permissions(struct verb *v, const char *id)
{
	for_each_named(role, document_section(v->document, NAME_ACLS), NAME_ACL_ROLE)
	{
		for (struct element *p = element_first_named(role, NAME_ACL_PERMISSION), *next; p != NULL; p = next) {
			next = element_next_named(p);
			if (strcmp(element_get_or(p, NAME_REFERENCE, ""), id) != 0)
				continue;
			tell(v, p, id);
			element_remove(p);
		}
	}
}

void references_remove(struct verb *v, const char *id)
{
	remove_constraints(v, id);
	remove_tags(v, id);
	remove_from_levels(v, id);
	remove_permissions(v, id);
}
