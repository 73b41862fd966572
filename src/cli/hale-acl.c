/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale acl - who may read and change which parts of the configuration. */
#include "cli/nvset.h"
#include "cli/primitive.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};

/* ---- on and off ---- */

static enum exit_code change_enable(struct verb *v)
{
	bool on = strcmp(v->name, "hale acl enable") == 0;
	if (verb_word_count(v) > 0)
		return verb_usage(v, "it takes no words");
	(void)nvset_put(v, verb_section(v, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET, "enable-acl",
			on ? "true" : "false");
	return EXIT_OK;
}

const struct program program_hale_acl_enable = {
	.rules = {.name = "hale acl enable",
		  .summary = "let users other than root do what their roles allow, and no more",
		  .options = edit_options},
	.change = change_enable,
};

const struct program program_hale_acl_disable = {
	.rules = {.name = "hale acl disable",
		  .summary = "let all of the group haclient do everything",
		  .options = edit_options},
	.change = change_enable,
};

/* ---- roles and permissions ---- */

static struct element *find(struct verb *v, cib_name kind, const char *what, const char *id)
{
	struct element *e = element_child_by_id(document_section(v->document, NAME_ACLS), kind, id);
	if (e == NULL)
		(void)verb_fail(v, EXIT_NO_SUCH, "there is no %s '%s'", what, id);
	return e;
}

static struct element *make(struct verb *v, cib_name kind, const char *id)
{
	if (primitive_check_id(v, id) != EXIT_OK)
		return NULL;
	struct element *e = element_add(verb_section(v, NAME_ACLS), kind);
	element_set(e, NAME_ID, id);
	return e;
}

/* read|write|deny xpath QUERY|id ID, as often as one likes, from the word `at` on. */
static enum exit_code take_permissions(struct verb *v, struct element *role, size_t at)
{
	for (; at < verb_word_count(v); at += 3) {
		const char *kind = verb_word(v, at), *by = verb_word(v, at + 1), *what = verb_word(v, at + 2);
		bool known = strcmp(kind, "read") == 0 || strcmp(kind, "write") == 0 || strcmp(kind, "deny") == 0;
		bool is_path = by != NULL && strcmp(by, "xpath") == 0;
		if (!known || what == NULL || (!is_path && strcmp(by, "id") != 0))
			return verb_fail(v, EXIT_USAGE,
					 "'%s': a permission is read|write|deny, then xpath QUERY or id ID", kind);
		if (!is_path && document_by_id(v->document, what) == NULL)
			return verb_fail(v, EXIT_NO_SUCH, "nothing in the configuration has the id '%s'", what);
		struct element *p = element_new(v->document, NAME_ACL_PERMISSION);
		element_set(p, NAME_ID, verb_free_id(v, "%s-%s", element_id(role), kind));
		element_set(p, NAME_KIND, kind);
		element_set(p, is_path ? NAME_XPATH : NAME_REFERENCE, what);
		element_append(role, p);
	}
	return EXIT_OK;
}

static enum exit_code change_role_create(struct verb *v)
{
	const char *text = verb_word(v, 1);
	bool described = text != NULL && strncmp(text, "description=", strlen("description=")) == 0;
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name the new role");
	struct element *role = make(v, NAME_ACL_ROLE, verb_word(v, 0));
	if (role == NULL)
		return v->code;
	if (described)
		element_set(role, NAME_DESCRIPTION, text + strlen("description="));
	return take_permissions(v, role, described ? 2 : 1);
}

/* From users and groups, too. */
static enum exit_code change_role_delete(struct verb *v)
{
	struct element *role = verb_word_count(v) == 1 ? find(v, NAME_ACL_ROLE, "role", verb_word(v, 0)) : NULL;
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one role");
	if (role == NULL)
		return v->code;
	for_each_child(who, document_section(v->document, NAME_ACLS))
	{
		struct element *ref = element_child_by_id(who, NAME_ROLE, element_id(role));
		if (ref != NULL)
			element_remove(ref);
	}
	element_remove(role);
	return EXIT_OK;
}

static enum exit_code change_permission_add(struct verb *v)
{
	if (verb_word_count(v) < 4)
		return verb_usage(v, "name the role and what is permitted");
	struct element *role =
		element_child_by_id(document_section(v->document, NAME_ACLS), NAME_ACL_ROLE, verb_word(v, 0));
	if (role == NULL)
		role = make(v, NAME_ACL_ROLE, verb_word(v, 0));
	return role != NULL ? take_permissions(v, role, 1) : v->code;
}

static enum exit_code change_permission_delete(struct verb *v)
{
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one permission: hale acl shows their ids");
	struct element *p = document_by_id(v->document, verb_word(v, 0));
	if (p == NULL || p->name != NAME_ACL_PERMISSION)
		return verb_fail(v, EXIT_NO_SUCH, "there is no permission '%s'", verb_word(v, 0));
	element_remove(p);
	return EXIT_OK;
}

const struct program program_hale_acl_role_create = {
	.rules = {.name = "hale acl role create",
		  .summary = "make a role, which users and groups can have",
		  .words = "ROLE [description=TEXT] [read|write|deny xpath QUERY|id ID]…",
		  .details = "Example: hale acl role create watcher read xpath /cib; hale acl user create joe watcher; "
			     "hale acl enable",
		  .options = edit_options},
	.change = change_role_create,
};

const struct program program_hale_acl_role_delete = {
	.rules = {.name = "hale acl role delete",
		  .summary = "delete a role, and take it from all who have it",
		  .words = "ROLE",
		  .options = edit_options},
	.change = change_role_delete,
};

const struct program program_hale_acl_permission_add = {
	.rules = {.name = "hale acl permission add",
		  .summary = "let a role read or write something, or not",
		  .words = "ROLE read|write|deny xpath QUERY|id ID…",
		  .options = edit_options},
	.change = change_permission_add,
};

const struct program program_hale_acl_permission_delete = {
	.rules = {.name = "hale acl permission delete",
		  .summary = "take a permission from its role",
		  .words = "PERMISSION",
		  .options = edit_options},
	.change = change_permission_delete,
};

/* ---- who has them ---- */

static enum exit_code give(struct verb *v, struct element *who, const char *id)
{
	if (find(v, NAME_ACL_ROLE, "role", id) == NULL)
		return v->code;
	if (element_child_by_id(who, NAME_ROLE, id) != NULL)
		return verb_fail(v, EXIT_EXISTS, "%s has the role %s already", element_id(who), id);
	element_set(element_add(who, NAME_ROLE), NAME_ID, id);
	return EXIT_OK;
}

/* ROLE [to|from] [user|group] NAME; NULL: there is nobody of this name. */
static struct element *take_who(struct verb *v, const char *preposition)
{
	const struct element *acls = document_section(v->document, NAME_ACLS);
	size_t at = 1;
	cib_name kind = NAME_NONE;
	if (verb_word(v, at) != NULL && strcmp(verb_word(v, at), preposition) == 0)
		at++;
	if (verb_word(v, at) != NULL && verb_word(v, at + 1) != NULL)
		kind = strcmp(verb_word(v, at), "user") == 0    ? NAME_ACL_TARGET
		       : strcmp(verb_word(v, at), "group") == 0 ? NAME_ACL_GROUP
								: NAME_NONE;
	if (kind != NAME_NONE)
		at++;
	const char *name = verb_word(v, at);
	if (name == NULL || verb_word(v, at + 1) != NULL) {
		(void)verb_usage(v, "name the role, then user NAME or group NAME");
		return NULL;
	}
	struct element *who = kind != NAME_ACL_GROUP ? element_child_by_id(acls, NAME_ACL_TARGET, name) : NULL;
	if (who == NULL && kind != NAME_ACL_TARGET)
		who = element_child_by_id(acls, NAME_ACL_GROUP, name);
	if (who == NULL)
		(void)verb_fail(v, EXIT_NO_SUCH, "there is no user or group '%s' in the configuration", name);
	return who;
}

static enum exit_code change_assign(struct verb *v)
{
	struct element *who = take_who(v, "to");
	return who != NULL ? give(v, who, verb_word(v, 0)) : v->code;
}

static enum exit_code change_unassign(struct verb *v)
{
	struct element *who = take_who(v, "from");
	if (who == NULL)
		return v->code;
	struct element *role = element_child_by_id(who, NAME_ROLE, verb_word(v, 0));
	if (role == NULL)
		return verb_fail(v, EXIT_NO_SUCH, "%s has no role '%s'", element_id(who), verb_word(v, 0));
	element_remove(role);
	return EXIT_OK;
}

static enum exit_code change_who_create(struct verb *v)
{
	bool group = strncmp(v->name, "hale acl group", strlen("hale acl group")) == 0;
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name who it is, and roles");
	struct element *who = make(v, group ? NAME_ACL_GROUP : NAME_ACL_TARGET, verb_word(v, 0));
	for (size_t i = 1; who != NULL && i < verb_word_count(v); i++)
		if (give(v, who, verb_word(v, i)) != EXIT_OK)
			return v->code;
	return who != NULL ? EXIT_OK : v->code;
}

static enum exit_code change_who_delete(struct verb *v)
{
	bool group = strncmp(v->name, "hale acl group", strlen("hale acl group")) == 0;
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one");
	struct element *who =
		find(v, group ? NAME_ACL_GROUP : NAME_ACL_TARGET, group ? "group" : "user", verb_word(v, 0));
	if (who == NULL)
		return v->code;
	element_remove(who);
	return EXIT_OK;
}

const struct program program_hale_acl_role_assign = {
	.rules = {.name = "hale acl role assign",
		  .summary = "give a role to a user or group",
		  .words = "ROLE [to] user|group NAME",
		  .options = edit_options},
	.change = change_assign,
};

const struct program program_hale_acl_role_unassign = {
	.rules = {.name = "hale acl role unassign",
		  .summary = "take a role from a user or group",
		  .words = "ROLE [from] user|group NAME",
		  .options = edit_options},
	.change = change_unassign,
};

const struct program program_hale_acl_user_create = {
	.rules = {.name = "hale acl user create",
		  .summary = "say which roles a user has",
		  .words = "NAME [ROLE…]",
		  .details = "The user must be in the group haclient on each node.",
		  .options = edit_options},
	.change = change_who_create,
};

const struct program program_hale_acl_group_create = {
	.rules = {.name = "hale acl group create",
		  .summary = "say which roles a group of users has",
		  .words = "NAME [ROLE…]",
		  .options = edit_options},
	.change = change_who_create,
};

const struct program program_hale_acl_user_delete = {
	.rules = {.name = "hale acl user delete",
		  .summary = "take all roles from a user",
		  .words = "NAME",
		  .options = edit_options},
	.change = change_who_delete,
};

const struct program program_hale_acl_group_delete = {
	.rules = {.name = "hale acl group delete",
		  .summary = "take all roles from a group",
		  .words = "NAME",
		  .options = edit_options},
	.change = change_who_delete,
};

/* ---- config ---- */

static json_t *print_who(struct verb *v, const struct element *who, const char *title)
{
	json_t *roles = json_array();
	if (!v->json)
		(void)fprintf(v->io->out, "%s: %s\n  Roles:", title, element_id(who));
	for_each_named(role, who, NAME_ROLE)
	{
		if (!v->json)
			(void)fprintf(v->io->out, " %s", element_id(role));
		(void)json_array_append_new(roles, json_string(element_id(role)));
	}
	if (!v->json)
		(void)fputc('\n', v->io->out);
	return json_pack("{s:s, s:o}", "id", element_id(who), "roles", roles);
}

static json_t *print_role(struct verb *v, const struct element *role)
{
	json_t *permissions = json_array();
	const char *description = element_get(role, NAME_DESCRIPTION);
	if (!v->json)
		(void)fprintf(v->io->out, "Role: %s\n", element_id(role));
	if (!v->json && description != NULL)
		(void)fprintf(v->io->out, "  Description: %s\n", description);
	for_each_named(p, role, NAME_ACL_PERMISSION)
	{
		const char *kind = element_get_or(p, NAME_KIND, ""), *xpath = element_get(p, NAME_XPATH);
		const char *reference = element_get_or(p, NAME_REFERENCE, "");
		if (!v->json)
			(void)fprintf(v->io->out, "  Permission: %s %s %s (%s)\n", kind, xpath != NULL ? "xpath" : "id",
				      xpath != NULL ? xpath : reference, element_id(p));
		(void)json_array_append_new(permissions, json_pack("{s:s, s:s, s:s, s:s}", "id", element_id(p), "kind",
								   kind, "by", xpath != NULL ? "xpath" : "id", "what",
								   xpath != NULL ? xpath : reference));
	}
	return json_pack("{s:s, s:s?, s:o}", "id", element_id(role), "description", description, "permissions",
			 permissions);
}

static enum exit_code look_config(struct verb *v)
{
	const struct element *acls = document_section(v->document, NAME_ACLS);
	const char *enabled =
		nvset_get(document_section(v->document, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET, "enable-acl");
	json_t *users = json_array(), *groups = json_array(), *roles = json_array();
	bool on = false;
	(void)(enabled != NULL && cib_parse_bool(enabled, &on));
	if (!v->json)
		(void)fprintf(v->io->out, "ACLs are %s\n\n",
			      on ? "enabled" : "disabled, run 'hale acl enable' to enable");
	for_each_named(who, acls, NAME_ACL_TARGET)(void) json_array_append_new(users, print_who(v, who, "User"));
	for_each_named(who, acls, NAME_ACL_GROUP)(void) json_array_append_new(groups, print_who(v, who, "Group"));
	for_each_named(role, acls, NAME_ACL_ROLE)(void) json_array_append_new(roles, print_role(v, role));
	json_t *all =
		json_pack("{s:b, s:o, s:o, s:o}", "enabled", on, "users", users, "groups", groups, "roles", roles);
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_acl_config = {
	.rules = {.name = "hale acl config", .summary = "show who may do what", .options = look_options},
	.look = look_config,
};
