/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/sets.h"

#include "scheduler/tags.h"

#include <string.h>

struct resource *constraint_resource(const struct cluster *c, const char *id)
{
	struct resource *found = id != NULL ? resource_find(c, id) : NULL;
	if (found != NULL && strcmp(found->id, id) != 0)
		return resource_top(found, false);
	return found;
}

bool constraint_role_parse(struct cluster *c, const char *id, const char *text, enum role *ret_role)
{
	enum role role = text != NULL ? role_parse(text) : ROLE_UNKNOWN;
	if (text != NULL && role == ROLE_UNKNOWN) {
		cluster_complain(c, NULL, true, "Ignoring constraint %s: Invalid role '%s'", id, text);
		return false;
	}
	*ret_role = role == ROLE_STARTED ? ROLE_UNKNOWN : role;
	return true;
}

static const struct tag *find_tag(struct cluster *c, const struct element *constraint, const char *id)
{
	const struct tag *tag = template_find(c, id);
	if (tag == NULL)
		tag = tag_find(c, id);
	if (tag == NULL)
		cluster_complain(c, constraint, false, "No resource, template, or tag named '%s'", id);
	else if (tag->count == 0)
		cluster_complain(c, constraint, false, "Nothing is made from template or has tag '%s'", id);
	return tag != NULL && tag->count > 0 ? tag : NULL;
}

static bool reference_find(struct cluster *c, const struct element *constraint, const char *id, struct reference *ret)
{
	*ret = (struct reference){.rsc = constraint_resource(c, id)};
	if (ret->rsc == NULL && id != NULL)
		ret->tag = find_tag(c, constraint, id);
	return ret->rsc != NULL || ret->tag != NULL;
}

bool reference_resolve(struct cluster *c, const struct element *constraint, const char *id,
		       struct reference *ret_reference)
{
	if (reference_find(c, constraint, id, ret_reference))
		return true;
	cluster_complain(c, constraint, true, "Ignoring constraint '%s' because '%s' is not a valid resource or tag",
			 element_id(constraint), id);
	return false;
}

struct constraint_set reference_set(struct cluster *c, const char *id, const struct reference *ref, const char *role,
				    const char *action)
{
	struct constraint_set set = {.id = id, .role = role, .action = action};
	if (ref->tag != NULL) {
		set.refs = ref->tag->refs;
		set.ref_count = ref->tag->count;
		set.sequential_given = true;
		return set;
	}
	set.refs = arena_array(&c->arena, const char *, 1);
	set.refs[0] = id;
	set.ref_count = 1;
	return set;
}

/* The set itself, or the one that it refers to by id-ref; NULL, with a complaint, when there is none. */
static const struct element *set_resolve(struct cluster *c, const struct element *set)
{
	const char *id = element_get(set, NAME_ID_REF);
	if (id == NULL)
		return set;
	const struct element *real = document_by_id(c->document, id);
	if (real != NULL && real->name == set->name)
		return real;
	cluster_complain(c, set, true, "There is no <resource_set> with the id '%s' that a set refers to", id);
	return NULL;
}

static void set_add_ref(struct arena *a, struct constraint_set *set, uint32_t *room, const char *id)
{
	set->refs = arena_room(a, set->refs, sizeof(char *), set->ref_count, room, 8);
	set->refs[set->ref_count++] = id;
}

/* expand: replace tags and templates by what they stand for. */
static struct constraint_set set_read(struct cluster *c, const struct element *e, bool expand)
{
	struct constraint_set set = {
		.id = element_id(e),
		.xml = e,
		.role = element_get(e, NAME_ROLE),
		.action = element_get(e, NAME_ACTION),
	};
	set.sequential_given = cib_parse_bool(element_get_or(e, NAME_SEQUENTIAL, ""), &set.sequential);
	uint32_t room = 0;
	for_each_named(ref, e, NAME_RESOURCE_REF)
	{
		const char *id = element_id(ref);
		struct reference what = {0};
		if (!expand || !reference_find(c, e, id, &what) || what.tag == NULL) {
			set_add_ref(&c->arena, &set, &room, id);
			continue;
		}
		for (uint32_t i = 0; i < what.tag->count; i++)
			set_add_ref(&c->arena, &set, &room, what.tag->refs[i]);
	}
	return set;
}

/* Every reference of the sets that stand in the constraint itself; one wrong one, and tags mean nothing. */
static bool references_are_valid(struct cluster *c, const struct element *constraint)
{
	for_each_named(set, constraint, NAME_RESOURCE_SET) for_each_named(ref, set, NAME_RESOURCE_REF)
	{
		struct reference what;
		if (reference_find(c, constraint, element_id(ref), &what))
			continue;
		cluster_complain(c, constraint, true,
				 "Ignoring resource sets for constraint '%s' because '%s' is not a valid "
				 "resource or tag",
				 element_id(constraint), element_get_or(ref, NAME_ID, ""));
		return false;
	}
	return true;
}

bool sets_read(struct cluster *c, const struct element *constraint, struct constraint_sets *ret_sets)
{
	uint32_t count = 0;
	for_each_named(set, constraint, NAME_RESOURCE_SET) count++;
	if (count == 0)
		return false;
	*ret_sets = (struct constraint_sets){.items = arena_array(&c->arena, struct constraint_set, count)};
	bool expand = references_are_valid(c, constraint);
	for_each_named(set, constraint, NAME_RESOURCE_SET)
	{
		const struct element *real = set_resolve(c, set);
		if (real == NULL) {
			ret_sets->cut = true;
			break;
		}
		ret_sets->items[ret_sets->count++] = set_read(c, real, expand && real == set);
	}
	return true;
}
