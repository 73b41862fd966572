/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/access.h"

#include "cib/difference.h"
#include "cib/xpath.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum mark { MARK_READ = 1, MARK_WRITE = 2, MARK_DENY = 4 };

struct access {
	const struct document *in;
	GHashTable *marks;   /* element -> enum mark, several of them or-ed */
	struct xpath *xpath; /* NULL until it is needed */
};

/* ---- whether at all ---- */

static bool takes_option(const struct element *set, bool *ret)
{
	bool found = false;
	for_each_named(pair, set, NAME_NVPAIR)
	{
		const char *name = element_get(pair, NAME_NAME);
		if (name == NULL || strcmp(name, "enable-acl") != 0)
			continue;
		*ret = element_get_bool(pair, NAME_VALUE, false);
		found = true;
	}
	return found;
}

/* Of several sets cib-bootstrap-options comes first, the others by score. */
static long rank_of(const struct element *set)
{
	const char *id = element_get_or(set, NAME_ID, ""), *score = element_get_or(set, NAME_SCORE, "0");
	if (strcmp(id, "cib-bootstrap-options") == 0)
		return LONG_MAX;
	if (strstr(score, "INFINITY") != NULL)
		return score[0] == '-' ? -1000000 : 1000000;
	return strtol(score, NULL, 10);
}

static bool is_enabled(const struct document *d)
{
	bool enabled = false, found = false;
	long best = 0;
	for_each_named(set, document_section(d, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET)
	{
		bool value = false;
		if ((!found || rank_of(set) > best) && takes_option(set, &value)) {
			enabled = value;
			best = rank_of(set);
			found = true;
		}
	}
	return enabled;
}

bool access_is_needed(const struct document *d, const char *user_name)
{
	if (user_name == NULL || user_name[0] == '\0')
		return false;
	if (strcmp(user_name, "root") == 0 || strcmp(user_name, "hacluster") == 0)
		return false;
	return is_enabled(d);
}

/* ---- marks ---- */

static void mark(struct access *a, const struct element *e, enum mark kind)
{
	gpointer key = (gpointer)(uintptr_t)e;
	unsigned marks = GPOINTER_TO_UINT(g_hash_table_lookup(a->marks, key)) | kind;
	(void)g_hash_table_insert(a->marks, key, GUINT_TO_POINTER(marks));
}

static unsigned marks_of(const struct access *a, const struct element *e)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(a->marks, e));
}

static bool mark_by_xpath(struct access *a, const char *expression, enum mark kind)
{
	if (a->xpath == NULL)
		a->xpath = xpath_new(a->in);
	GPtrArray *found = g_ptr_array_new();
	enum err e = xpath_select(a->xpath, expression, found, NULL);
	for (guint i = 0; i < found->len; i++)
		mark(a, g_ptr_array_index(found, i), kind);
	g_ptr_array_unref(found);
	return e == ERR_OK;
}

/* What a permission without an expression selects; NULL: any. */
struct selection {
	const char *type, *id, *attribute;
};

static bool is_selected(const struct element *e, const struct selection *s)
{
	const char *id = element_id(e);
	if (s->type != NULL && strcmp(s->type, "*") != 0 && strcmp(element_tag(e), s->type) != 0)
		return false;
	if (s->id != NULL && (id == NULL || strcmp(id, s->id) != 0))
		return false;
	return s->attribute == NULL || element_get(e, document_known_name(e->document, s->attribute)) != NULL;
}

static void mark_selected(struct access *a, const struct element *e, const struct selection *s, enum mark kind)
{
	if (is_selected(e, s))
		mark(a, e, kind);
	for_each_child(child, e) mark_selected(a, child, s, kind);
}

static enum mark kind_of(const struct element *permission)
{
	static const struct {
		const char *word;
		enum mark mark;
	} kinds[] = {{"read", MARK_READ}, {"write", MARK_WRITE}, {"deny", MARK_DENY}};
	const char *kind = element_get_or(permission, NAME_KIND, "");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].word) == 0)
			return kinds[i].mark;
	return 0;
}

/* A permission that lacks a kind or selects by nothing says nothing; the schema does not let it pass. */
static void apply_permission(struct access *a, const struct element *permission)
{
	enum mark kind = kind_of(permission);
	const char *expression = element_get(permission, NAME_XPATH);
	struct selection s = {element_get(permission, NAME_OBJECT_TYPE), element_get(permission, NAME_REFERENCE),
			      element_get(permission, NAME_ATTRIBUTE)};
	if (kind == 0)
		return;
	if (expression != NULL && !mark_by_xpath(a, expression, kind) && kind == MARK_DENY)
		mark_selected(a, document_root(a->in), &(struct selection){0}, kind);
	if (expression == NULL && (s.type != NULL || s.id != NULL))
		mark_selected(a, document_root(a->in), &s, kind);
}

static void apply_permissions(struct access *a, const struct element *of)
{
	for_each_named(permission, of, NAME_ACL_PERMISSION) apply_permission(a, permission);
}

/* Roles are named; permissions directly below are a habit of old configurations. */
static void apply_holder(struct access *a, const struct element *acls, const struct element *holder)
{
	for_each_child(child, holder)
	{
		const char *id = element_id(child);
		if (child->name == NAME_ACL_PERMISSION)
			apply_permission(a, child);
		if (child->name == NAME_ROLE && id != NULL)
			apply_permissions(a, element_child_by_id(acls, NAME_ACL_ROLE, id));
	}
}

static bool has_group(const struct access_user *user, const char *name)
{
	for (const char *const *g = user->groups; g != NULL && *g != NULL; g++)
		if (strcmp(*g, name) == 0)
			return true;
	return false;
}

struct access *access_new(const struct document *rules, const struct document *in, const struct access_user *user)
{
	struct access *a = g_new0(struct access, 1);
	a->in = in;
	a->marks = g_hash_table_new(NULL, NULL);
	const struct element *acls = document_section(rules, NAME_ACLS);
	for_each_child(holder, acls)
	{
		const char *name = element_get_or(holder, NAME_NAME, element_id(holder));
		if (name == NULL)
			continue;
		if (holder->name == NAME_ACL_TARGET && strcmp(name, user->name) == 0)
			apply_holder(a, acls, holder);
		if (holder->name == NAME_ACL_GROUP && has_group(user, name))
			apply_holder(a, acls, holder);
	}
	xpath_free(a->xpath);
	a->xpath = NULL;
	return a;
}

void access_free(struct access *a)
{
	if (a == NULL)
		return;
	g_hash_table_destroy(a->marks);
	g_free(a);
}

/* ---- questions ---- */

/* The nearest element at or above that has one of these marks says it; deny wins. */
static bool is_allowed(const struct access *a, const struct element *e, unsigned allowing)
{
	for (; e != NULL; e = e->parent) {
		unsigned marks = marks_of(a, e) & (allowing | MARK_DENY);
		if (marks != 0)
			return (marks & MARK_DENY) == 0;
	}
	return false;
}

bool access_may_read(const struct access *a, const struct element *e)
{
	return is_allowed(a, e, MARK_READ | MARK_WRITE);
}

bool access_may_write(const struct access *a, const struct element *e)
{
	return is_allowed(a, e, MARK_WRITE);
}

/* readable: what the marks above say. NULL when nothing of it may be read. */
static struct element *filtered(const struct access *a, struct document *to, const struct element *e, bool readable)
{
	unsigned marks = marks_of(a, e);
	if (marks != 0)
		readable = (marks & MARK_DENY) == 0;
	struct element *copy = element_new(to, document_name(to, element_tag(e)));
	for (unsigned i = 0; i < e->attribute_count; i++) {
		const char *name = document_name_text(e->document, e->attributes[i].name);
		if (readable || e->attributes[i].name == NAME_ID)
			element_set(copy, document_name(to, name), e->attributes[i].value);
	}
	for (const struct element *child = e->first; child != NULL; child = child->next) {
		struct element *kept = NULL;
		if (child->name != NAME_COMMENT)
			kept = filtered(a, to, child, readable);
		else if (readable)
			kept = element_copy(to, child);
		if (kept != NULL)
			element_append(copy, kept);
	}
	return readable || copy->first != NULL ? copy : NULL;
}

struct document *access_filter(const struct access *a)
{
	struct document *d = document_new(NAME_NONE);
	struct element *root = filtered(a, d, document_root(a->in), false);
	if (root == NULL) {
		document_free(d);
		return NULL;
	}
	document_set_root(d, root);
	return d;
}

/* ---- changes ---- */

struct checking {
	const struct access_user *user;
	struct access *before, *after; /* the same rules in the old and in the new document */
	GHashTable *reordered;         /* parents whose children's order was looked at */
	struct error *reterr;
	enum err result;
};

static void deny(struct checking *c, const struct element *e, const char *what)
{
	if (c->result != ERR_OK)
		return;
	GString *path = g_string_new(NULL);
	element_path(e, path);
	c->result = error_set(c->reterr, ERR_ACCESS, "user \"%s\" may not %s %s", c->user->name, what, path->str);
	g_string_free(path, TRUE);
}

static void check_deleted(void *arg, const struct element *old, int position)
{
	(void)position;
	struct checking *c = arg;
	if (!access_may_write(c->before, old))
		deny(c, old, "delete");
}

static void check_modified(void *arg, const struct element *old, const struct element *now)
{
	(void)now;
	struct checking *c = arg;
	if (!access_may_write(c->before, old))
		deny(c, old, "change attributes of");
}

static bool is_scaffolding(const struct element *e)
{
	if (e->attribute_count > 1 || (e->attribute_count == 1 && e->attributes[0].name != NAME_ID))
		return false;
	for (const struct element *above = e->parent; above != NULL; above = above->parent)
		if (above->name == NAME_ACLS)
			return false;
	return true;
}

static void check_created(void *arg, const struct element *now, int position)
{
	(void)position;
	struct checking *c = arg;
	if (now->name == NAME_COMMENT && !access_may_write(c->after, now->parent))
		deny(c, now, "create");
	if (now->name != NAME_COMMENT && !is_scaffolding(now) && !access_may_write(c->after, now))
		deny(c, now, "create");
	for_each_child(child, now) check_created(c, child, 0);
}

static char *key_of(const struct element *e)
{
	return g_strdup_printf("%s %s", element_tag(e), element_get_or(e, NAME_ID, ""));
}

/* Children that may not be written come in the same order as before. Pacemaker does not ask; but a group's order, say,
 * is as much its meaning as its members. */
static void check_order(struct checking *c, const struct element *old, const struct element *now)
{
	GHashTable *places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	unsigned count = 0, last = 0;
	for_each_child(child, old) if (!access_may_write(c->before, child))(void)
		g_hash_table_insert(places, key_of(child), GUINT_TO_POINTER(++count));
	for_each_child(child, now)
	{
		char *key = key_of(child);
		unsigned place = GPOINTER_TO_UINT(g_hash_table_lookup(places, key));
		g_free(key);
		if (place == 0)
			continue;
		if (place < last)
			deny(c, child, "move");
		last = place;
	}
	g_hash_table_destroy(places);
}

static void check_moved(void *arg, const struct element *old, const struct element *now, int position)
{
	(void)position;
	struct checking *c = arg;
	bool first = g_hash_table_add(c->reordered, now->parent);
	if (first && !access_may_write(c->before, old->parent))
		check_order(c, old->parent, now->parent);
}

enum err access_check_change(const struct document *old, const struct document *now, const struct access_user *user,
			     struct error *reterr)
{
	static const struct difference_visitor checker = {check_deleted, check_created, check_modified, check_moved};
	struct checking c = {.user = user, .reterr = reterr};
	c.before = access_new(old, old, user);
	c.after = access_new(old, now, user);
	c.reordered = g_hash_table_new(NULL, NULL);
	enum err e = difference_walk(old, now, 0, &checker, &c, reterr);
	g_hash_table_destroy(c.reordered);
	access_free(c.before);
	access_free(c.after);
	return e != ERR_OK ? e : c.result;
}
