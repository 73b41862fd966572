/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From 3.x to 4.0: options, names and values; constraints are in upgrade-constraints.c, what is gone in
 * upgrade-gone.c. */
#include "cib/upgrade-private.h"

#include <stdlib.h>
#include <string.h>

static bool is_nvset(const struct element *e)
{
	return e->name == NAME_CLUSTER_PROPERTY_SET || e->name == NAME_INSTANCE_ATTRIBUTES ||
	       e->name == NAME_META_ATTRIBUTES || e->name == NAME_UTILIZATION;
}

/* Where a set of pairs stands among its like: sets of a higher score decide first. */
struct place {
	int rank; /* lower is earlier */
	int64_t score;
	unsigned position; /* in the document, when all else is equal */
	struct element *set;
};

enum { RANK_FIRST, RANK_INFINITY, RANK_POSITIVE, RANK_ZERO, RANK_NEGATIVE, RANK_MINUS_INFINITY, RANK_OTHER };

static int rank_of(const struct element *set, int64_t *ret_score)
{
	*ret_score = 0;
	const char *score = element_get(set, NAME_SCORE);
	if (set->name == NAME_CLUSTER_PROPERTY_SET && upgrade_has(set, NAME_ID, "cib-bootstrap-options"))
		return RANK_FIRST;
	if (score == NULL)
		return RANK_ZERO;
	if (strcmp(score, "INFINITY") == 0 || strcmp(score, "+INFINITY") == 0)
		return RANK_INFINITY;
	if (strcmp(score, "-INFINITY") == 0)
		return RANK_MINUS_INFINITY;
	char *end;
	int64_t value = strtoll(score, &end, 10);
	if (end == score || *end != '\0')
		return RANK_OTHER;
	*ret_score = value;
	return value > 0 ? RANK_POSITIVE : value < 0 ? RANK_NEGATIVE : RANK_ZERO;
}

static int compare_places(const void *left, const void *right)
{
	const struct place *l = left, *r = right;
	if (l->rank != r->rank)
		return l->rank < r->rank ? -1 : 1;
	if (l->score != r->score)
		return l->score > r->score ? -1 : 1;
	return l->position < r->position ? -1 : 1;
}

/* Sets of pairs come after their siblings, in the order in which they decide. */
static void sort_sets(struct upgrade *u, struct element *e)
{
	unsigned count = 0;
	for (struct element *child = e->first; child != NULL; child = child->next)
		count += is_nvset(child);
	if (count == 0)
		return;
	struct place *places = arena_array(document_arena(u->document), struct place, count);
	unsigned n = 0;
	for (struct element *child = e->first, *next; child != NULL; child = next) {
		next = child->next;
		if (!is_nvset(child))
			continue;
		places[n] = (struct place){.position = n, .set = child};
		places[n].rank = rank_of(child, &places[n].score);
		n++;
		element_remove(child);
	}
	qsort(places, count, sizeof(*places), compare_places);
	for (unsigned i = 0; i < count; i++)
		element_append(e, places[i].set);
}

static void rename_property(struct upgrade *u, struct element *pair)
{
	static const char *const renamed[][2] = {{"crmd-finalization-timeout", "join-finalization-timeout"},
						 {"crmd-integration-timeout", "join-integration-timeout"},
						 {"crmd-transition-delay", "transition-delay"}};
	for (size_t i = 0; i < G_N_ELEMENTS(renamed); i++) {
		if (upgrade_has(pair, NAME_NAME, renamed[i][0])) {
			element_set(pair, NAME_NAME, renamed[i][1]);
			u->changed = true;
			return;
		}
	}
	if (upgrade_has(pair, NAME_NAME, "stonith-action") && upgrade_has(pair, NAME_VALUE, "poweroff")) {
		element_set(pair, NAME_VALUE, "off");
		u->changed = true;
	} else if (upgrade_has(pair, NAME_NAME, "remove-after-stop")) {
		upgrade_note(u, pair, "dropped: there is no option remove-after-stop any more");
		upgrade_drop(u, pair);
	}
}

static void clean_values(struct upgrade *u, struct element *e)
{
	if (e->name == NAME_NVPAIR) {
		if (element_get(e, NAME_VALUE) == NULL)
			upgrade_drop(u, e);
		else if (e->parent != NULL && e->parent->name == NAME_CLUSTER_PROPERTY_SET)
			rename_property(u, e);
		return;
	}
	if (e->name == NAME_DATE_SPEC && element_get(e, NAME_MOON) != NULL) {
		upgrade_note(u, e, "moon dropped: phases of the moon are no longer known; the rest applies as before");
		element_set(e, NAME_MOON, NULL);
		u->changed = true;
	} else if (e->name == NAME_FENCING_LEVEL && strtol(element_get_or(e, NAME_INDEX, "0"), NULL, 10) > 9) {
		upgrade_note(u, e, "dropped: levels of fencing go up to 9");
		upgrade_drop(u, e);
	}
	sort_sets(u, e);
}

/* Of pairs with one name the first counts, and "#default" undoes those before it: all others are without effect. */
static void drop_repeated_pairs(struct upgrade *u, struct element *e)
{
	if (e->first == NULL || e->first == e->last || element_first_named(e, NAME_NVPAIR) == NULL)
		return;
	GHashTable *kept = g_hash_table_new(g_str_hash, g_str_equal);
	for_each_named(pair, e, NAME_NVPAIR)
	{
		const char *name = element_get(pair, NAME_NAME);
		const struct element *before = name == NULL ? NULL : g_hash_table_lookup(kept, name);
		if (name != NULL && (before == NULL || upgrade_has(pair, NAME_VALUE, "#default") ||
				     upgrade_has(before, NAME_VALUE, "#default")))
			g_hash_table_replace(kept, (gpointer)(uintptr_t)name, pair);
	}
	for (struct element *pair = e->first, *next; pair != NULL; pair = next) {
		next = pair->next;
		const char *name = pair->name == NAME_NVPAIR ? element_get(pair, NAME_NAME) : NULL;
		if (name != NULL && g_hash_table_lookup(kept, name) != pair)
			upgrade_drop(u, pair);
	}
	g_hash_table_destroy(kept);
}

/* A master is a clone whose meta-attribute promotable says so, above all that is configured. */
static void promote_clone(struct upgrade *u, struct element *e)
{
	const char *id = upgrade_text(u, UPGRADE_4_PREFIX "promotable-legacy-%s-meta_attributes",
				      element_get_or(e, NAME_ID, ""));
	struct element *set = upgrade_new(u, NAME_META_ATTRIBUTES, id, e);
	element_set(set, NAME_SCORE, "INFINITY");
	struct element *pair = upgrade_new(u, NAME_NVPAIR, upgrade_text(u, "%s-promotable", id), e);
	element_set(pair, NAME_NAME, "promotable");
	element_set(pair, NAME_VALUE, "true");
	element_append(set, pair);
	element_insert(e, set, e->first);
	e->name = NAME_CLONE;
	u->changed = true;
}

static void rename_masters(struct upgrade *u, struct element *e)
{
	for (unsigned i = 0; i < e->attribute_count; i++) {
		if (e->attributes[i].name != NAME_MASTERS)
			continue;
		const char *value = e->attributes[i].value;
		if (element_get(e, NAME_PROMOTED_MAX) != NULL)
			element_set(e, NAME_MASTERS, NULL), element_set(e, NAME_PROMOTED_MAX, value);
		else
			e->attributes[i].name = NAME_PROMOTED_MAX;
		u->changed = true;
		return;
	}
}

static void renew_kinds(struct upgrade *u, struct element *e)
{
	drop_repeated_pairs(u, e);
	rename_masters(u, e);
	if (e->name == NAME_MASTER)
		promote_clone(u, e);
}

/* A permission for an element that is no longer there matches nothing; it stays, since its own id may be used. */
static void blunt_permission(struct upgrade *u, struct element *e)
{
	const char *id = e->name == NAME_ACL_PERMISSION ? element_get(e, NAME_REFERENCE) : NULL;
	if (id == NULL || document_by_id(u->document, id) != NULL)
		return;
	for (unsigned i = 0; i < e->attribute_count; i++)
		if (e->attributes[i].name == NAME_REFERENCE)
			e->attributes[i] = (struct attribute){NAME_XPATH, "/*[false()]"};
}

static void warn_of_xpaths(struct upgrade *u, struct element *e)
{
	if (u->changed && e->name == NAME_ACL_PERMISSION && element_get(e, NAME_XPATH) != NULL) {
		upgrade_note(u, e,
			     "the upgrade changed elements, so this path may select others than before: compare the "
			     "upgraded configuration with what is meant");
		u->changed = false; /* one such note is enough */
	}
}

enum err upgrade_to_4(struct upgrade *u, struct error *reterr)
{
	struct element *root = document_root(u->document);
	enum err e = upgrade_resolve(u, reterr);
	if (e != ERR_OK)
		return e;
	upgrade_each(u, root, clean_values);
	upgrade_each(u, root, renew_kinds);
	upgrade_constraints(u);
	upgrade_lifetimes(u);
	upgrade_gone(u);
	upgrade_refer(u);
	upgrade_each(u, root, blunt_permission);
	upgrade_each(u, root, warn_of_xpaths);
	return ERR_OK;
}
