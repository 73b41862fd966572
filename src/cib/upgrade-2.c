/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From 1.x to 2.0: users of the access control become targets with roles, rights become permissions. */
#include "cib/upgrade-private.h"

#include <string.h>

static bool is_right(const struct element *e)
{
	return e->name == NAME_READ || e->name == NAME_WRITE || e->name == NAME_DENY;
}

/* A right over an attribute is wider now where it went by tag, and void of the attribute where it went by reference. */
static void renew_right(struct upgrade *u, struct element *e)
{
	const char *attribute = element_get(e, NAME_ATTRIBUTE), *ref = element_get(e, NAME_REF);
	const char *tag = element_get(e, NAME_TAG), *xpath = element_get(e, NAME_XPATH), *id = element_id(e);
	const char *kind = element_tag(e);
	if (attribute != NULL)
		upgrade_note(u, e, "attribute=\"%s\" cannot be kept as it is: the permission may cover more now",
			     attribute);
	e->attribute_count = 0;
	element_set(e, NAME_ID, id);
	element_set(e, NAME_KIND, kind);
	if (ref != NULL) {
		element_set(e, NAME_REFERENCE, ref);
	} else if (tag != NULL) {
		element_set(e, NAME_OBJECT_TYPE, tag);
		element_set(e, NAME_ATTRIBUTE, attribute);
	} else if (attribute != NULL) {
		element_set(e, NAME_XPATH, upgrade_text(u, "%s[@%s]", xpath == NULL ? "" : xpath, attribute));
	} else {
		element_set(e, NAME_XPATH, xpath);
	}
	e->name = NAME_ACL_PERMISSION;
}

/* Rights of a user's own go to a role of its own. */
static void split_user(struct upgrade *u, struct element *user)
{
	struct element *own = NULL;
	for (struct element *child = user->first, *next; child != NULL; child = next) {
		next = child->next;
		if (!is_right(child))
			continue;
		if (own == NULL)
			own = upgrade_new(u, NAME_ACL_ROLE,
					  upgrade_text(u, "auto-%s", element_get_or(user, NAME_ID, "")), user);
		element_remove(child);
		element_append(own, child);
	}
	if (own == NULL)
		return;
	struct element *role = upgrade_new(u, NAME_ROLE, element_id(own), user);
	element_append(user, role);
	element_insert(user->parent, own, user->next);
}

static void renew_acl(struct upgrade *u, struct element *acls)
{
	for (struct element *e = acls->first, *next; e != NULL; e = next) {
		next = e->next;
		if (e->name == NAME_ACL_USER) {
			if (element_first_named(e, NAME_ROLE_REF) == NULL)
				split_user(u, e);
			e->name = NAME_ACL_TARGET;
		}
	}
}

static void rename_element(struct upgrade *u, struct element *e)
{
	if (e->name == NAME_ROLE_REF)
		e->name = NAME_ROLE;
	else if (is_right(e))
		renew_right(u, e);
}

void upgrade_to_2(struct upgrade *u)
{
	struct element *acls = document_section(u->document, NAME_ACLS);
	if (acls == NULL)
		return;
	renew_acl(u, acls);
	upgrade_each(u, acls, rename_element);
}
