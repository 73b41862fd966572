/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/assign-kinds.h"
#include "scheduler/assign.h"
#include "scheduler/colocation-scores.h"
#include "scheduler/criteria.h"
#include "scheduler/instances.h"
#include "scheduler/ledger.h"
#include "scheduler/promotion.h"
#include "scheduler/sort.h"

/* --- groups --- */

struct node *group_assign(struct resource *r, struct node *prefer, bool stop_if_fail)
{
	struct node *first_node = NULL;
	if (!r->unassigned)
		return r->assigned;
	if (r->assigning)
		return NULL;
	if (r->children.count == 0) {
		r->unassigned = false;
		return NULL;
	}
	const struct resource *first = r->children.items[0];
	r->assigning = true;
	r->role = first->role;
	scores_report(r, "pcmk__group_assign");
	for_each_child_of(member, r)
	{
		struct node *n = resource_assign(member, prefer, stop_if_fail);
		if (first_node == NULL)
			first_node = n;
	}
	r->next_role = first->next_role;
	r->assigning = r->unassigned = false;
	return r->group.colocated ? first_node : NULL;
}

/* --- clones --- */

void clone_assign(struct resource *r, struct node *prefer, bool stop_if_fail)
{
	if (!r->unassigned || r->assigning)
		return;
	r->assigning = true;
	if (r->promotable)
		promotion_scores_add(r);
	struct colocation_list list = colocations_this_with(r);
	for (uint32_t i = 0; i < list.count; i++)
		(void)resource_assign(list.items[i]->primary, prefer, stop_if_fail);
	list = colocations_with_this(r);
	for (uint32_t i = 0; i < list.count; i++)
		colocation_add_dependent(list.items[i], r);
	scores_report(r, "pcmk__clone_assign");
	pointers_sort(&r->cluster->arena, (void **)r->children.items, r->children.count, instance_compare);
	instances_assign(r, r->children, r->clone.max, r->clone.node_max);
	if (r->promotable)
		promotion_choose(r);
	r->unassigned = r->assigning = false;
}

/* --- bundles --- */

/* What runs in a container runs on the node that its connection makes, and nowhere else. */
static void confine_child(const struct replica *replica)
{
	struct resource *child = replica->child;
	struct cluster *c = child->cluster;
	for (uint32_t i = 0; i < c->node_count; i++) {
		struct node *n = c->nodes_by_index[i];
		if (!child->allowed[i].present)
			continue;
		if (n != replica->node)
			ledger_set(child, n, -SCORE_INFINITY, CAUSE_BUNDLE, NULL, NULL);
		else if (threshold_bans(child, n) == NULL)
			ledger_set(child, n, SCORE_INFINITY, CAUSE_BUNDLE, NULL, NULL);
	}
}

static void assign_replica(struct replica *replica, struct node *prefer, bool stop_if_fail)
{
	struct resource *connection = replica->connection, *child = replica->child;
	if (replica->ip != NULL)
		(void)resource_assign(replica->ip, prefer, stop_if_fail);
	const struct node *host = replica->container->assigned;
	if (connection != NULL) {
		/* A connection through another one must be where that one is. */
		if (host != NULL && host->kind == NODE_REMOTE)
			colocation_add(connection->cluster, "#replica-remote-with-host-remote", NULL, SCORE_INFINITY,
				       connection, host->remote, NULL, NULL, COLOCATION_INFLUENCE);
		(void)resource_assign(connection, prefer, stop_if_fail);
	}
	if (child == NULL)
		return;
	confine_child(replica);
	child->parent->assigning = true;
	(void)resource_assign(child, replica->node, stop_if_fail);
	child->parent->assigning = false;
}

static bool is_node_of(const struct resource *bundle, const struct node *n)
{
	for (int i = 0; i < bundle->bundle.replica_count; i++)
		if (bundle->bundle.replicas[i].node == n)
			return true;
	return false;
}

static void assign_inner(struct resource *bundle, struct node *prefer, bool stop_if_fail)
{
	struct resource *inner = bundle->bundle.child;
	struct cluster *c = bundle->cluster;
	for (uint32_t i = 0; i < c->node_count; i++)
		if (inner->allowed[i].present)
			ledger_set(inner, c->nodes_by_index[i],
				   is_node_of(bundle, c->nodes_by_index[i]) ? 0 : -SCORE_INFINITY, CAUSE_BUNDLE, NULL,
				   NULL);
	(void)resource_assign(inner, prefer, stop_if_fail);
}

void bundle_assign(struct resource *r, struct node *prefer, bool stop_if_fail)
{
	r->assigning = true;
	scores_report(r, "pcmk__bundle_assign");
	struct resource_list containers = instances_of(r);
	pointers_sort(&r->cluster->arena, (void **)containers.items, containers.count, instance_compare);
	instances_assign(r, containers, r->bundle.replica_count, resource_max_per_node(r));
	for (int i = 0; i < r->bundle.replica_count; i++)
		assign_replica(&r->bundle.replicas[i], prefer, stop_if_fail);
	if (r->bundle.child != NULL)
		assign_inner(r, prefer, stop_if_fail);
	r->assigning = r->unassigned = false;
}
