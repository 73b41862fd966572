/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/colocation-scores.h"

#include "rules/score.h"
#include "scheduler/assign.h"
#include "scheduler/colocation-values.h"
#include "scheduler/instances.h"
#include "scheduler/ledger.h"
#include "scheduler/node-order.h"
#include "scheduler/promotion.h"

#include <string.h>

/* --- the dependent's seats --- */

/* The seat's score once the primary's node has this value; has_node: it has a node at all. */
static int followed_score(const struct colocation *l, int score, bool has_node, bool same)
{
	if (!has_node)
		return score_add(-l->score, score);
	/* A mandatory colocation is no preference: it only forbids what does not match. */
	if (same)
		return l->score < SCORE_INFINITY ? score_add(l->score, score) : score;
	return l->score >= SCORE_INFINITY ? -SCORE_INFINITY : score;
}

static void apply_to_scores(struct resource *dependent, struct resource *primary, const struct colocation *l)
{
	struct cluster *c = dependent->cluster;
	struct node *where = primary->assigned;
	if (where == NULL && l->score < 0)
		return;
	const int32_t *values = colocation_values(c, l);
	int32_t value = where != NULL ? colocation_value(values, where, primary) : -1;
	struct seat *work = colocation_scratch(c);
	memcpy(work, dependent->allowed, c->node_count * sizeof(*work));
	for (uint32_t i = 0; i < c->node_count; i++)
		if (work[i].present)
			work[i].score =
				followed_score(l, work[i].score, where != NULL,
					       colocation_value(values, c->nodes_by_index[i], dependent) == value);
	/* A wish that would leave no place is given up. */
	if (colocation_is_mandatory(l) || seats_any_available(c, work))
		ledger_take(dependent, work, CAUSE_COLOCATION, l->id, primary);
}

/* --- the dependent's priority for promotion --- */

static int apply_to_priority(struct resource *dependent, struct resource *primary, const struct colocation *l)
{
	struct node *d = dependent->assigned, *p = primary->assigned;
	if (d == NULL)
		return 0;
	if (p != NULL && l->primary_role != ROLE_UNKNOWN && l->primary_role != colocation_role_of(primary))
		return 0;
	int delta = l->score;
	const int32_t *values = colocation_values(dependent->cluster, l);
	int32_t p_value = p != NULL ? colocation_value(values, p, primary) : -1;
	if (colocation_value(values, d, dependent) != p_value) {
		/* Only "promoted where the primary is" says something about other nodes. */
		if (l->score != SCORE_INFINITY || l->dependent_role != ROLE_PROMOTED)
			return 0;
		delta = -delta;
	} else if (l->dependent_role == ROLE_UNPROMOTED) {
		delta = -delta;
	}
	dependent->priority = score_add(delta, dependent->priority);
	return delta;
}

/* --- by the kind of the primary --- */

static int apply_to_primitive(struct resource *dependent, struct resource *primary, const struct colocation *l)
{
	switch (colocation_effect(dependent, primary, l, false)) {
	case COLOCATION_ON_ROLE:
		return apply_to_priority(dependent, primary, l);
	case COLOCATION_ON_LOCATION:
		apply_to_scores(dependent, primary, l);
		return 0;
	case COLOCATION_NOTHING:
		return 0;
	}
	return 0;
}

static int apply_with_group(struct resource *dependent, struct resource *group, const struct colocation *l)
{
	struct resource_list *members = &group->children;
	if (group->unassigned || members->count == 0)
		return 0;
	/* To be with the group for sure means to be with its last member. */
	if (group->group.colocated) {
		uint32_t speaker = l->score >= SCORE_INFINITY ? members->count - 1 : 0;
		return colocation_apply(dependent, members->items[speaker], l, false);
	}
	if (l->score >= SCORE_INFINITY) {
		cluster_complain(group->cluster, NULL, true,
				 "%s: Cannot perform mandatory colocation with non-colocated group %s", dependent->id,
				 group->id);
		return 0;
	}
	int delta = 0;
	for_each_child_of(member, group) delta = score_add(delta, colocation_apply(dependent, member, l, false));
	return delta;
}

/* Dependent and primary are both of many, and each of the one belongs to one of the other. */
static bool can_interleave(const struct colocation *l)
{
	if (l->dependent->kind <= RESOURCE_GROUP || !resource_meta_bool(l->dependent, "interleave", false))
		return false;
	if (resource_max_per_node(l->dependent) == resource_max_per_node(l->primary))
		return true;
	cluster_complain(l->primary->cluster, NULL, true,
			 "Cannot interleave %s and %s because they do not support the same number of instances per "
			 "node",
			 l->dependent->id, l->primary->id);
	return false;
}

static int apply_with_instance(struct resource *dependent, struct resource *instance, const struct colocation *l)
{
	if (instance != NULL)
		return colocation_apply(dependent, instance, l, true);
	if (l->score >= SCORE_INFINITY)
		(void)resource_place(dependent, NULL, 0, true, true);
	return 0;
}

static void table_mark(struct seat *table, const struct node *n)
{
	if (n != NULL)
		table[n->index].present = true;
}

static int apply_with_clone(struct resource *dependent, struct resource *clone, const struct colocation *l)
{
	if (clone->unassigned)
		return 0;
	if (clone->promotable && l->primary_role != ROLE_UNKNOWN) {
		if (dependent->unassigned) {
			promotion_apply_location(clone, dependent, l);
			return 0;
		}
		if (l->dependent_role == ROLE_PROMOTED)
			return promotion_apply_priority(clone, dependent, l);
	}
	if (can_interleave(l))
		return apply_with_instance(dependent,
					   instance_find_compatible(dependent, clone, ROLE_UNKNOWN, false, NULL), l);
	if (l->score >= SCORE_INFINITY) {
		struct seat *table = seats_new(clone->cluster);
		for_each_child_of(instance, clone) if (!resource_is_blocked_deep(instance))
			table_mark(table, resource_where(instance, WHERE_ASSIGNED, NULL));
		colocation_intersect(dependent, table, false, l);
		return 0;
	}
	int delta = 0;
	for_each_child_of(instance, clone) delta = score_add(delta, colocation_apply(dependent, instance, l, false));
	return delta;
}

static const struct node *container_host(const struct node *n)
{
	return n != NULL && node_is_bundle(n) ? resource_where(n->remote->launcher, WHERE_ASSIGNED, NULL) : n;
}

static struct resource *container_on(struct resource *bundle, const struct node *n)
{
	for (int i = 0; n != NULL && i < bundle->bundle.replica_count; i++)
		if (instance_matches(bundle->bundle.replicas[i].container, n, ROLE_UNKNOWN, false, NULL))
			return bundle->bundle.replicas[i].container;
	return NULL;
}

static struct resource *compatible_container(struct resource *dependent, struct resource *bundle)
{
	struct cluster *c = bundle->cluster;
	const struct node *host = container_host(resource_where(dependent, WHERE_ASSIGNED, NULL));
	if (host != NULL)
		return container_on(bundle, host);
	struct node **nodes = arena_array(&c->arena, struct node *, c->node_count);
	uint32_t count = node_order_sort(c, dependent->allowed, NULL, nodes);
	struct resource *found = NULL;
	for (uint32_t i = 0; i < count && found == NULL; i++)
		found = container_on(bundle, container_host(nodes[i]));
	return found;
}

/* Where a mandatory colocation with this replica leads to; NULL: nowhere. */
static const struct node *replica_host(const struct replica *replica, const struct colocation *l)
{
	const struct node *host = resource_where(replica->container, WHERE_ASSIGNED, NULL);
	if (host == NULL || resource_is_blocked_deep(replica->container))
		return NULL;
	if (l->primary_role >= ROLE_PROMOTED && (replica->child == NULL || replica->child->next_role < ROLE_PROMOTED))
		return NULL;
	return host;
}

static int apply_with_bundle(struct resource *dependent, struct resource *bundle, const struct colocation *l)
{
	if (bundle->unassigned)
		return 0;
	if (l->dependent->kind > RESOURCE_GROUP)
		return apply_with_instance(dependent, compatible_container(dependent, bundle), l);
	int delta = 0;
	struct seat *table = seats_new(bundle->cluster);
	for (int i = 0; i < bundle->bundle.replica_count; i++) {
		const struct replica *replica = &bundle->bundle.replicas[i];
		if (l->score < SCORE_INFINITY)
			delta = score_add(delta, colocation_apply(dependent, replica->container, l, false));
		else
			table_mark(table, replica_host(replica, l));
	}
	if (l->score >= SCORE_INFINITY)
		colocation_intersect(dependent, table, false, l);
	return delta;
}

/* --- by the kind of the dependent --- */

static int apply_group(struct resource *group, struct resource *primary, const struct colocation *l)
{
	int delta = 0;
	if (group->children.count == 0)
		return 0;
	if (group->group.colocated) {
		delta = colocation_apply(group->children.items[0], primary, l, true);
	} else if (l->score >= SCORE_INFINITY) {
		cluster_complain(group->cluster, NULL, true,
				 "%s: Cannot perform mandatory colocation between non-colocated group and %s",
				 group->id, primary->id);
		return 0;
	} else {
		for_each_child_of(member, group) delta = score_add(delta, apply_to_primitive(member, primary, l));
	}
	if (delta != 0)
		group->priority = score_add(delta, group->priority);
	return delta;
}

int colocation_apply(struct resource *dependent, struct resource *primary, const struct colocation *l,
		     bool for_dependent)
{
	if (for_dependent && dependent->kind == RESOURCE_GROUP)
		return apply_group(dependent, primary, l);
	switch (primary->kind) {
	case RESOURCE_PRIMITIVE:
		return apply_to_primitive(dependent, primary, l);
	case RESOURCE_GROUP:
		return apply_with_group(dependent, primary, l);
	case RESOURCE_CLONE:
		return apply_with_clone(dependent, primary, l);
	case RESOURCE_BUNDLE:
		return apply_with_bundle(dependent, primary, l);
	}
	return 0;
}

void colocation_intersect(struct resource *dependent, const struct seat *table, bool merge, const struct colocation *l)
{
	struct cluster *c = dependent->cluster;
	struct seat *work = colocation_scratch(c);
	memcpy(work, dependent->allowed, c->node_count * sizeof(*work));
	for (uint32_t i = 0; i < c->node_count; i++) {
		if (!work[i].present)
			continue;
		if (!table[i].present)
			work[i].score = -SCORE_INFINITY;
		else if (merge)
			work[i].score = score_add(work[i].score, table[i].score);
	}
	ledger_take(dependent, work, CAUSE_COLOCATION, l->id, l->primary);
}
