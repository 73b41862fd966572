/* SPDX-License-Identifier: GPL-2.0-or-later */
/* References between sets on the way to 3.0, where a set means something else depending on what it belongs to: every
 * reference becomes a copy with ids of its own, and a reference again if copy and original came out alike. */
#include "cib/upgrade-private.h"

#include <string.h>

#define FOLDED "_cibtr-2_"

static bool is_set(const struct element *e)
{
	return e->name == NAME_CLUSTER_PROPERTY_SET || e->name == NAME_INSTANCE_ATTRIBUTES ||
	       e->name == NAME_META_ATTRIBUTES;
}

static void index_sets(GHashTable *ids, struct element *e)
{
	const char *id = is_set(e) ? element_id(e) : NULL;
	if (id != NULL && !g_hash_table_contains(ids, id))
		g_hash_table_insert(ids, (gpointer)(uintptr_t)id, e);
	for_each_child(child, e) index_sets(ids, child);
}

static void rename_below(struct upgrade *u, struct element *e, const char *id)
{
	for_each_child(child, e)
	{
		if (element_id(child) != NULL)
			element_set(child, NAME_ID, upgrade_text(u, "_" FOLDED "%s__%s", id, element_id(child)));
		rename_below(u, child, id);
	}
}

static bool unfold_below(struct upgrade *u, GHashTable *ids, struct element *e, struct error *reterr)
{
	for (struct element *child = e->first, *next; child != NULL; child = next) {
		next = child->next;
		const char *ref = is_set(child) ? element_get(child, NAME_ID_REF) : NULL;
		if (ref == NULL) {
			if (!unfold_below(u, ids, child, reterr))
				return false;
			continue;
		}
		const struct element *target = g_hash_table_lookup(ids, ref);
		if (target == NULL || target->name != child->name) {
			(void)error_set(reterr, ERR_INVALID,
					"line %u: <%s id-ref=\"%s\">: there is no <%s> with that id",
					(unsigned)child->line, element_tag(child), ref, element_tag(child));
			return false;
		}
		struct element *copy = element_copy(u->document, target);
		copy->line = child->line;
		element_set(copy, NAME_ID, upgrade_text(u, FOLDED "%s", ref));
		rename_below(u, copy, ref);
		element_insert(e, copy, child);
		element_remove(child);
	}
	return true;
}

enum err upgrade_unfold(struct upgrade *u, struct error *reterr)
{
	struct element *root = document_root(u->document);
	GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);
	index_sets(ids, root);
	bool done = unfold_below(u, ids, root, reterr);
	g_hash_table_destroy(ids);
	return done ? ERR_OK : ERR_INVALID;
}

/* Alike but for ids. */
static bool is_alike(const struct element *l, const struct element *r)
{
	if (l->name != r->name || (element_id(l) == NULL) != (element_id(r) == NULL) ||
	    l->attribute_count != r->attribute_count)
		return false;
	for (unsigned i = 0; i < l->attribute_count; i++) {
		const char *other = element_get(r, l->attributes[i].name);
		if (other == NULL || (l->attributes[i].name != NAME_ID && strcmp(other, l->attributes[i].value) != 0))
			return false;
	}
	const struct element *right = element_first(r);
	for (const struct element *left = element_first(l); left != NULL; left = element_next(left)) {
		if (right == NULL || !is_alike(left, right))
			return false;
		right = element_next(right);
	}
	return right == NULL;
}

static void fold_below(struct upgrade *u, GHashTable *ids, struct element *e)
{
	for_each_child(child, e)
	{
		const char *id = is_set(child) ? element_id(child) : NULL;
		if (id == NULL || strncmp(id, FOLDED, sizeof(FOLDED) - 1) != 0) {
			fold_below(u, ids, child);
			continue;
		}
		const char *ref = id + sizeof(FOLDED) - 1;
		const struct element *target = g_hash_table_lookup(ids, ref);
		if (target == NULL || target == child || !is_alike(child, target))
			continue;
		while (child->first != NULL)
			element_remove(child->first);
		child->attribute_count = 0;
		element_set(child, NAME_ID_REF, ref);
	}
}

void upgrade_fold(struct upgrade *u)
{
	struct element *root = document_root(u->document);
	GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);
	index_sets(ids, root);
	fold_below(u, ids, root);
	g_hash_table_destroy(ids);
}
