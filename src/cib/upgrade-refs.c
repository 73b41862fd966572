/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An element may stand for another by its id-ref. A rewriting that looks at what an element contains wants to see
 * the content, so every reference becomes a copy first; afterwards the copies become references again. When what they
 * referred to has gone meanwhile, the first copy is the definition. */
#include "cib/document-private.h"
#include "cib/upgrade-private.h"

#include <string.h>

enum { COPIES_MAX = 100 * 1000 }; /* a reference to what contains it would have no end */

static void mark_copy(struct upgrade *u, struct element *e)
{
	g_hash_table_add(u->copies, e);
	for (struct element *child = e->first; child != NULL; child = child->next)
		mark_copy(u, child);
}

/* Of a pair that is given another name where it is used. */
static void rename_pair(struct upgrade *u, struct element *copy, const char *name)
{
	element_set(copy, NAME_ID, upgrade_text(u, UPGRADE_4_PREFIX "%s-%s", element_id(copy), name));
	element_set(copy, NAME_NAME, name);
}

static struct element *resolve_one(struct upgrade *u, struct element *e, const struct element *target)
{
	struct element *copy = element_copy(u->document, target);
	const char *name = element_get(e, NAME_NAME);
	copy->line = e->line;
	if (e->name == NAME_NVPAIR && name != NULL)
		rename_pair(u, copy, name);
	element_insert(e->parent, copy, e);
	mark_copy(u, copy);
	return copy;
}

/* Below e, which is not itself a reference. What a copy contains is resolved in turn: it comes next in the walk. */
static bool resolve_below(struct upgrade *u, GHashTable *ids, struct element *e, unsigned depth)
{
	if (depth > CIB_DEPTH_MAX || g_hash_table_size(u->copies) > COPIES_MAX)
		return false;
	for (struct element *child = e->first, *next; child != NULL; child = next) {
		next = child->next;
		const char *ref = element_get(child, NAME_ID_REF);
		struct element *target = ref == NULL ? NULL : g_hash_table_lookup(ids, ref);
		if (ref != NULL) {
			struct element *copy = target == NULL ? NULL : resolve_one(u, child, target);
			element_remove(child);
			if ((child = copy) == NULL)
				continue;
		}
		if (!resolve_below(u, ids, child, depth + 1))
			return false;
	}
	return true;
}

static bool has_references(const struct element *e)
{
	if (element_get(e, NAME_ID_REF) != NULL)
		return true;
	for (const struct element *child = e->first; child != NULL; child = child->next)
		if (has_references(child))
			return true;
	return false;
}

enum err upgrade_resolve(struct upgrade *u, struct error *reterr)
{
	struct element *root = document_root(u->document);
	if (!has_references(root))
		return ERR_OK;
	/* The document's own index does not survive a change of the tree, and need not: copies have the ids of elements
	 * that are there already. */
	GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);
	document_index_ids(ids, root);
	bool done = resolve_below(u, ids, root, 0);
	g_hash_table_destroy(ids);
	if (!done)
		return error_set(reterr, ERR_INVALID,
				 "an id-ref leads back to an element that contains it, or too many lead to each other; "
				 "write out what is referred to");
	return ERR_OK;
}

static void index_originals(const struct upgrade *u, GHashTable *ids, struct element *e)
{
	const char *id = element_id(e);
	if (id != NULL && !g_hash_table_contains(u->copies, e))
		g_hash_table_add(ids, (gpointer)(uintptr_t)id);
	for (struct element *child = e->first; child != NULL; child = child->next)
		index_originals(u, ids, child);
}

static void make_reference(struct element *e)
{
	const char *id = element_id(e);
	while (e->first != NULL)
		element_remove(e->first);
	e->attribute_count = 0;
	element_set(e, NAME_ID_REF, id);
}

/* Everything that was met counts as known, also below what becomes a reference. */
static void know_ids(GHashTable *ids, struct element *e)
{
	const char *id = element_id(e);
	if (id != NULL)
		g_hash_table_add(ids, (gpointer)(uintptr_t)id);
	for (struct element *child = e->first; child != NULL; child = child->next)
		know_ids(ids, child);
}

/* A resource_ref's id is the name of a resource, no id of its own. */
static void refer_below(const struct upgrade *u, GHashTable *ids, struct element *e)
{
	const char *id = e->name == NAME_RESOURCE_REF ? NULL : element_id(e);
	if (id != NULL && g_hash_table_contains(u->copies, e)) {
		if (g_hash_table_contains(ids, id)) {
			know_ids(ids, e);
			make_reference(e);
			return;
		}
		g_hash_table_add(ids, (gpointer)(uintptr_t)id);
	}
	for (struct element *child = e->first; child != NULL; child = child->next)
		refer_below(u, ids, child);
}

void upgrade_refer(struct upgrade *u)
{
	if (g_hash_table_size(u->copies) == 0)
		return;
	GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);
	index_originals(u, ids, document_root(u->document));
	refer_below(u, ids, document_root(u->document));
	g_hash_table_destroy(ids);
}
