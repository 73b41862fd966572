/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where resources are and in which role: the part of resource.h that reads what history wrote. */
#include "scheduler/cluster.h"
#include "scheduler/resource.h"

/* --- active --- */

static bool primitive_is_active(const struct resource *r)
{
	for (uint32_t i = 0; i < r->active.count; i++) {
		const struct node *n = r->active.items[i];
		if (n->unclean || n->online || !r->managed)
			return true;
	}
	return false;
}

/* The parts of a bundle in this order; the first that decides does. */
static bool bundle_is_active(const struct resource *r, bool all)
{
	for (int i = 0; i < r->bundle.replica_count; i++) {
		const struct replica *replica = &r->bundle.replicas[i];
		const struct resource *parts[] = {replica->ip, replica->child, replica->container, replica->connection};
		for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++)
			if (parts[part] != NULL && resource_is_active(parts[part], all) != all)
				return !all;
	}
	return all;
}

bool resource_is_active(const struct resource *r, bool all)
{
	if (r->kind == RESOURCE_PRIMITIVE)
		return primitive_is_active(r);
	if (r->kind == RESOURCE_BUNDLE)
		return bundle_is_active(r, all);
	for_each_child_of(child, r) if (resource_is_active(child, all) != all) return !all;
	return all;
}

enum role resource_role(const struct resource *r, bool current)
{
	if (r->kind == RESOURCE_PRIMITIVE)
		return current ? r->role : r->next_role;
	enum role highest = ROLE_UNKNOWN;
	if (r->kind == RESOURCE_BUNDLE)
		return highest;
	for_each_child_of(child, r)
	{
		enum role role = resource_role(child, current);
		if (role > highest)
			highest = role;
	}
	return highest;
}

bool resource_is_failed_deep(const struct resource *r)
{
	if (r->failed)
		return true;
	for_each_child_of(child, r) if (resource_is_failed_deep(child)) return true;
	return false;
}

void resource_unmanage(struct resource *r)
{
	r->managed = false;
	if (r->parent != NULL && r->parent->kind == RESOURCE_GROUP)
		r->parent->group.has_unmanaged = true;
}

/* --- where --- */

/* How many different nodes were found, and the first of them; all of them go to list. */
struct places {
	const struct resource *of;
	struct node *first;
	bool several;
	struct node_set *list;
};

static void add_place(struct places *places, struct node *n)
{
	if (places->first == NULL)
		places->first = n;
	else if (places->first != n)
		places->several = true;
	if (places->list != NULL && !node_set_has(places->list, n))
		node_set_add(&places->of->cluster->arena, places->list, n);
}

static void add_places(struct places *places, const struct resource *r, unsigned which)
{
	if (r->children.count > 0) {
		for_each_child_of(child, r) add_places(places, child, which);
		return;
	}
	for (uint32_t i = 0; (which & WHERE_CURRENT) != 0 && i < r->active.count; i++)
		add_place(places, r->active.items[i]);
	if ((which & WHERE_PENDING) != 0 && r->pending_node != NULL)
		add_place(places, r->pending_node);
	if ((which & WHERE_ASSIGNED) != 0 && r->assigned != NULL)
		add_place(places, r->assigned);
}

/* Asked for very often of large groups: the answer stays until something below r is assigned anew (assign.c). */
static struct node *where_parts_are(struct resource *r)
{
	if (!r->parts_assigned_known) {
		struct places places = {.of = r};
		add_places(&places, r, WHERE_ASSIGNED);
		r->parts_assigned = places.several ? NULL : places.first;
		r->parts_assigned_known = true;
	}
	return r->parts_assigned;
}

struct node *resource_where(const struct resource *r, unsigned which, struct node_set *ret_list)
{
	if (which == WHERE_ASSIGNED && ret_list == NULL && r->children.count > 0)
		return where_parts_are((struct resource *)(uintptr_t)r);
	struct places places = {.of = r, .list = ret_list};
	add_places(&places, r, which);
	return places.several ? NULL : places.first;
}

/* --- the one node that counts --- */

struct active_search {
	const struct resource *of;
	struct node *found;
	unsigned all, clean;
};

static bool is_clean(const struct node *n)
{
	return n->online && !n->unclean;
}

static void consider_active(struct active_search *search, struct node *n)
{
	const struct resource *r = search->of;
	search->all++;
	search->clean += is_clean(n);
	if (r->migration_source != NULL) {
		if (n == r->migration_source)
			search->found = n;
	} else if (!r->needs_fencing) {
		if (is_clean(n) && (search->found == NULL || !is_clean(search->found)))
			search->found = n;
	}
	if (search->found == NULL)
		search->found = n;
}

static void consider_all(struct active_search *search, const struct node_set *nodes)
{
	for (uint32_t i = 0; i < nodes->count; i++)
		consider_active(search, nodes->items[i]);
}

/* Several containers: each node counts once. */
static void consider_containers(struct active_search *search, const struct resource *bundle)
{
	struct node_set nodes = {0};
	unsigned containers = 0;
	const struct resource *last = NULL;
	for (int i = 0; i < bundle->bundle.replica_count; i++) {
		const struct resource *container = bundle->bundle.replicas[i].container;
		if (container->active.count == 0)
			continue;
		containers++;
		last = container;
		for (uint32_t at = 0; at < container->active.count; at++)
			if (!node_set_has(&nodes, container->active.items[at]))
				node_set_add(&bundle->cluster->arena, &nodes, container->active.items[at]);
	}
	if (containers == 1) {
		search->of = last;
		consider_all(search, &last->active);
	} else {
		consider_all(search, &nodes);
	}
}

struct node *resource_active_node(const struct resource *r, unsigned *ret_all, unsigned *ret_clean)
{
	struct active_search search = {.of = r};
	if (r->kind == RESOURCE_BUNDLE)
		consider_containers(&search, r);
	else
		consider_all(&search, &r->active);
	if (ret_all != NULL)
		*ret_all = search.all;
	if (ret_clean != NULL)
		*ret_clean = search.clean;
	return search.found;
}

bool resource_is_known_on(const struct resource *r, const struct node *n)
{
	return r->known != NULL && r->known[n->index].present;
}

bool resource_is_active_on(const struct resource *r, const struct node *n)
{
	return node_set_has(&r->active, n);
}

int resource_max_per_node(const struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_CLONE:
		return r->clone.node_max;
	case RESOURCE_BUNDLE:
		return r->bundle.per_host;
	case RESOURCE_PRIMITIVE:
	case RESOURCE_GROUP:
		break;
	}
	return 1;
}
