/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: a resource that refers to one has the template's content besides its own. The configuration is only read,
 * so the sum is a new element whose children are flat copies: they share attributes and everything below with what they
 * were copied from. */
#include "scheduler/index.h"
#include "scheduler/remote-private.h"
#include "scheduler/unpack-private.h"

#include <string.h>

static void link_copies(struct cluster *c, struct element *to, const struct element *from)
{
	for_each_child(child, from) made_append(to, made_copy(c, child));
}

static struct element *empty_copy(struct cluster *c, const struct element *e)
{
	struct element *copy = made_copy(c, e);
	copy->first = copy->last = NULL;
	return copy;
}

/* Operations are the same when name and role are; no role, Started and Unpromoted count as one. */
static const char *role_of(const struct element *op)
{
	const char *role = element_get(op, NAME_ROLE);
	if (role == NULL || strcasecmp(role, "Started") == 0 || strcasecmp(role, "Unpromoted") == 0 ||
	    strcasecmp(role, "Slave") == 0)
		return "Unknown";
	return role;
}

static bool has_operation(const struct element *operations, const struct element *wanted)
{
	const char *name = element_get_or(wanted, NAME_NAME, "");
	for_each_child(op, operations) if (strcmp(element_get_or(op, NAME_NAME, ""), name) == 0 &&
					   strcmp(role_of(op), role_of(wanted)) == 0) return true;
	return false;
}

/* The resource's operations, then those of the template that it does not replace. */
static struct element *merge_operations(struct cluster *c, const struct element *own, const struct element *template)
{
	struct element *merged = empty_copy(c, own);
	link_copies(c, merged, own);
	for_each_child(op, template) if (!has_operation(own, op)) made_append(merged, made_copy(c, op));
	return merged;
}

/* The template's attributes, but the resource's id; named as the resource. */
static struct element *begin_from(struct cluster *c, const struct element *template, const struct element *own)
{
	struct element *e = empty_copy(c, template);
	e->name = own->name;
	e->line = own->line;
	e->attributes = arena_array(&c->arena, struct attribute, template->attribute_count);
	e->attribute_count = e->attribute_room = template->attribute_count;
	for (unsigned i = 0; i < template->attribute_count; i++) {
		e->attributes[i] = template->attributes[i];
		if (e->attributes[i].name == NAME_ID) /* there is one: by it the template was found */
			e->attributes[i].value = element_id(own);
	}
	return e;
}

static const struct element *find_template(struct cluster *c, const struct element *xml, const char *ref)
{
	const struct element *found = id_index_get(c->template_elements, ref);
	if (found == NULL)
		cluster_complain(c, xml, true, "resource '%s' refers to template '%s', which does not exist",
				 element_id(xml), ref);
	return found;
}

const struct element *template_apply(struct cluster *c, const struct element *xml)
{
	const char *ref = element_get(xml, NAME_TEMPLATE);
	if (ref == NULL)
		return xml;
	if (strcmp(ref, element_id(xml)) == 0) {
		cluster_complain(c, xml, true, "resource '%s' is its own template", ref);
		return NULL;
	}
	const struct element *template = find_template(c, xml, ref);
	if (template == NULL)
		return NULL;
	const struct element *own = element_first_named(xml, NAME_OPERATIONS);
	const struct element *inherited = element_first_named(template, NAME_OPERATIONS);
	struct element *sum = begin_from(c, template, xml);
	for_each_child(child, template) if (child != inherited || own == NULL) made_append(sum, made_copy(c, child));
	for_each_child(child, xml)
	{
		bool merge = child == own && inherited != NULL;
		made_append(sum, merge ? merge_operations(c, own, inherited) : made_copy(c, child));
	}
	return sum;
}
