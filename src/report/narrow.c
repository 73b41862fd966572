/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/narrow.h"

#include "report/status.h"
#include "scheduler/constraint.h"
#include "scheduler/history.h"
#include "scheduler/tags.h"

#include <glib.h>
#include <string.h>

static bool is_tagged(const struct cluster *c, const char *tag, const char *id)
{
	const struct tag *t = tag_find(c, tag);
	for (uint32_t i = 0; t != NULL && i < t->count; i++)
		if (g_ascii_strcasecmp(t->refs[i], id) == 0)
			return true;
	return false;
}

bool narrow_means_node(const struct cluster *c, const char *wanted, const char *name)
{
	return wanted == NULL || g_ascii_strcasecmp(wanted, name) == 0 || is_tagged(c, wanted, name);
}

/* --- resources --- */

struct narrowing {
	struct cluster *c;
	const char *node, *resource; /* NULL: all */
	bool running;
};

static bool is_named(const struct narrowing *n, const char *id)
{
	return id != NULL && (strcmp(id, n->resource) == 0 || is_tagged(n->c, n->resource, id));
}

/* By its own names, or by those of what it is in. */
static bool is_wanted(const struct narrowing *n, const struct resource *r)
{
	if (n->resource == NULL)
		return true;
	for (; r != NULL; r = r->parent)
		if (is_named(n, r->id) || is_named(n, r->history_id) || is_named(n, status_resource_name(r)))
			return true;
	return false;
}

static bool narrow_active(const struct narrowing *n, struct resource *r)
{
	uint32_t kept = 0;
	bool was_active = r->active.count > 0;
	for (uint32_t i = 0; i < r->active.count; i++)
		if (narrow_means_node(n->c, n->node, r->active.items[i]->name))
			r->active.items[kept++] = r->active.items[i];
	r->active.count = kept;
	return !was_active || kept > 0;
}

static void narrow_list(const struct narrowing *n, struct resource_list *list);

/* A replica stays whole, for any of its parts. */
static bool replica_stays(const struct narrowing *n, bool all, const struct replica *p)
{
	const struct resource *const parts[] = {p->container, p->ip, p->connection, p->child};
	bool is_meant = all;
	for (size_t i = 0; i < G_N_ELEMENTS(parts) && !is_meant; i++)
		is_meant = parts[i] != NULL && is_wanted(n, parts[i]);
	bool is_here = p->container->active.count == 0;
	for (uint32_t i = 0; i < p->container->active.count && !is_here; i++)
		is_here = narrow_means_node(n->c, n->node, p->container->active.items[i]->name);
	return is_meant && is_here;
}

static bool narrow_bundle(const struct narrowing *n, struct resource *r)
{
	int kept = 0;
	bool all = is_wanted(n, r);
	for (int i = 0; i < r->bundle.replica_count; i++)
		if (replica_stays(n, all, &r->bundle.replicas[i]))
			r->bundle.replicas[kept++] = r->bundle.replicas[i];
	r->bundle.replica_count = kept;
	return kept > 0;
}

/* A collective stays for what is left in it. */
static bool stays(const struct narrowing *n, struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		return is_wanted(n, r) && narrow_active(n, r);
	case RESOURCE_BUNDLE:
		return narrow_bundle(n, r);
	case RESOURCE_GROUP:
	case RESOURCE_CLONE:
		break;
	}
	narrow_list(n, &r->children);
	return r->children.count > 0;
}

static void narrow_list(const struct narrowing *n, struct resource_list *list)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < list->count; i++)
		if (stays(n, list->items[i]))
			list->items[kept++] = list->items[i];
	list->count = kept;
}

/* --- what else tells of them --- */

static void narrow_nodes(const struct narrowing *n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n->c->node_count; i++) {
		struct node *node = n->c->nodes[i];
		if (!narrow_means_node(n->c, n->node, node->name))
			continue;
		n->c->nodes[kept++] = node;
		if (!n->running)
			continue;
		uint32_t running = 0;
		for (uint32_t k = 0; k < node->running->count; k++)
			if (is_wanted(n, node->running->items[k]))
				node->running->items[running++] = node->running->items[k];
		node->running->count = running;
	}
	n->c->node_count = kept;
}

static void narrow_failures(const struct narrowing *n)
{
	struct failed_operation **at = &n->c->failed_operations;
	while (*at != NULL) {
		const struct failed_operation *f = *at;
		bool kept = narrow_means_node(n->c, n->node, f->node->name) &&
			    (n->resource == NULL || (f->rsc != NULL && is_wanted(n, f->rsc)));
		if (kept)
			at = &(*at)->next;
		else
			*at = f->next;
	}
}

static void narrow_locations(const struct narrowing *n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n->c->location_count; i++) {
		struct location *l = n->c->locations[i];
		uint32_t nodes = 0;
		for (uint32_t k = 0; k < l->node_count; k++)
			if (narrow_means_node(n->c, n->node, l->nodes[k].node->name))
				l->nodes[nodes++] = l->nodes[k];
		l->node_count = nodes;
		if (is_wanted(n, l->rsc))
			n->c->locations[kept++] = l;
	}
	n->c->location_count = kept;
}

/* Instances share one id in histories. */
static bool history_is_wanted(const struct narrowing *n, const struct element *history)
{
	const char *id = element_get_or(history, NAME_ID, "");
	bool wanted = n->resource == NULL || is_named(n, id);
	for (uint32_t i = 0; i < n->c->resource_serial && !wanted; i++) {
		const struct resource *r = n->c->all[i];
		const char *own = r == NULL ? "" : r->history_id != NULL ? r->history_id : r->id;
		wanted = r != NULL && strcmp(own, id) == 0 && is_wanted(n, r);
	}
	return wanted;
}

static void narrow_histories(const struct narrowing *n)
{
	for_each_named(state, document_section(n->c->document, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *lrm = element_first_named(state, NAME_LRM);
		const struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
		const char *name = element_get(state, NAME_UNAME);
		bool is_here = name == NULL || narrow_means_node(n->c, n->node, name);
		for (struct element *h = element_first_named(all, NAME_LRM_RESOURCE), *next; h != NULL; h = next) {
			next = element_next_named(h);
			if (!is_here || !history_is_wanted(n, h))
				element_remove(h);
		}
	}
}

void cluster_narrow(struct cluster *c, const char *node, const char *resource, bool running)
{
	const struct narrowing n = {.c = c, .node = node, .resource = resource, .running = running};
	if (node == NULL && resource == NULL)
		return;
	narrow_histories(&n);
	narrow_failures(&n);
	narrow_locations(&n);
	narrow_nodes(&n);
	narrow_list(&n, &c->resources);
}
