/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/actions-private.h"
#include "scheduler/actions.h"
#include "scheduler/instances.h"
#include "scheduler/ledger.h"

#include "rules/score.h"

/* --- primitives --- */

static bool is_allowed(const struct resource *r, const struct node *n)
{
	return r->allowed != NULL && r->allowed[n->index].present;
}

/* On no remote node. */
static void avoid_remote_nodes(struct resource *r)
{
	for_each_node(n, r->cluster) if (is_allowed(r, n) && n->remote != NULL)
		ledger_set(r, n, -SCORE_INFINITY, CAUSE_REMOTE, NULL, n->remote);
}

/* On the node that this connection makes, and nowhere else. */
static void confine_to(struct resource *r, const struct resource *connection)
{
	for_each_node(n, r->cluster) if (is_allowed(r, n) && n->remote != connection)
		ledger_set(r, n, -SCORE_INFINITY, CAUSE_REMOTE, NULL, connection);
}

static struct action *load_stopped_of(struct node *node)
{
	struct cluster *c = node->cluster;
	struct action *a = action_pseudo(c, texts_join(&c->arena, (const char *[]){"load_stopped_", node->name}, 2));
	if (a->node == NULL) {
		a->node = node;
		action_clear(a, ACTION_OPTIONAL);
	}
	return a;
}

/* Capacity is free on a node when all that leaves it has stopped there. */
static void constrain_utilization(struct resource *r)
{
	struct cluster *c = r->cluster;
	for (uint32_t i = 0; i < r->active.count; i++)
		ordering_add(c, r, "stop", NULL, NULL, NULL, load_stopped_of(r->active.items[i]),
			     RELATION_IF_ON_SAME_NODE_OR_TARGET);
	for_each_node(n, c)
	{
		if (!is_allowed(r, n))
			continue;
		struct action *stopped = load_stopped_of(n);
		ordering_add(c, NULL, NULL, stopped, r, "start", NULL, RELATION_IF_ON_SAME_NODE_OR_TARGET);
		ordering_add(c, NULL, NULL, stopped, r, "migrate_to", NULL, RELATION_IF_ON_SAME_NODE_OR_TARGET);
	}
}

static void constrain_unfencing(struct resource *r)
{
	struct cluster *c = r->cluster;
	for_each_node(n, c)
	{
		if (!is_allowed(r, n))
			continue;
		struct action *unfence = action_fence(n, "on", true, NULL, false);
		ordering_add(c, r, "stop", NULL, NULL, NULL, unfence, RELATION_ORDERED | RELATION_IF_ON_SAME_NODE);
		ordering_add(c, NULL, NULL, unfence, r, "start", NULL,
			     RELATION_FIRST_IMPLIES_SAME_NODE_THEN | RELATION_IF_ON_SAME_NODE);
	}
}

struct resource *launched_connection(const struct resource *r)
{
	for (uint32_t i = 0; r->cluster->have_remote_nodes && i < r->launched.count; i++)
		if (r->launched.items[i]->remote_connection)
			return r->launched.items[i];
	return NULL;
}

/* What a container launches is on its host; what is meant to run inside of a guest or remote node is on that node. */
static void constrain_launched(struct resource *r)
{
	struct resource *launcher = r->launcher, *connection = NULL;
	if (r->remote_connection) {
		/* Remote nodes are not nested, unless a bundle does so. */
		if (!r->remote_nesting_allowed)
			avoid_remote_nodes(launcher);
		ordering_add_tasks(launcher, "monitor", r, "stop", RELATION_ORDERED);
	} else if (launcher->remote_connection) {
		connection = launcher;
	} else {
		connection = launched_connection(launcher);
	}
	if (connection != NULL) {
		confine_to(r, connection);
		return;
	}
	ordering_add_tasks(launcher, "start", r, "start",
			   RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	ordering_add_tasks(r, "stop", launcher, "stop", RELATION_THEN_IMPLIES_FIRST);
	/* A bundle's connection may be elsewhere than its container. */
	colocation_add(r->cluster, "#resource-with-container", NULL, r->remote_nesting_allowed ? 10000 : SCORE_INFINITY,
		       r, launcher, NULL, NULL, COLOCATION_INFLUENCE);
}

static void primitive_constrain(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (!r->managed)
		return;
	bool unfencing = !r->fence_device && c->enable_unfencing && r->needs_unfencing;
	bool utilization =
		r->utilization != NULL && r->utilization->count > 0 && c->options.placement != PLACEMENT_DEFAULT;

	ordering_add_tasks(r, "stop", r, "start",
			   RELATION_ORDERED | RELATION_FIRST_IMPLIES_THEN | RELATION_INTERMEDIATE_STOP);
	if (resource_top(r, false)->promotable || r->role > ROLE_UNPROMOTED) {
		ordering_add_tasks(r, "demote", r, "stop", RELATION_PROMOTED_THEN_IMPLIES_FIRST);
		ordering_add_tasks(r, "start", r, "promote", RELATION_UNRUNNABLE_FIRST_BLOCKS);
	}
	/* A history is not forgotten where a probe is about to write it. */
	ordering_add_tasks(r, "lrm_delete", r, "monitor", RELATION_IF_ON_SAME_NODE | RELATION_THEN_CANCELS_FIRST);
	if (unfencing)
		constrain_unfencing(r);
	if (utilization)
		constrain_utilization(r);
	if (r->launcher != NULL)
		constrain_launched(r);
	if (r->remote_connection || r->fence_device)
		avoid_remote_nodes(r);
}

/* --- groups --- */

struct group_walk {
	struct resource *group, *previous, *last_active;
	bool ordered, colocated, promotable;
};

static void order_member_roles(const struct group_walk *w, struct resource *m, uint32_t down, uint32_t after_down)
{
	struct resource *g = w->group;
	uint32_t done =
		RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_FIRST_IMPLIES_THEN | RELATION_FIRST_IMPLIES_THEN_GRAPHED;
	if (w->promotable) {
		ordering_add_tasks(g, "demote", m, "demote", down);
		ordering_add_tasks(m, "demote", g, "demoted", after_down);
		ordering_add_tasks(m, "promote", g, "promoted", done);
		ordering_add_tasks(g, "promote", m, "promote", RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	}
	ordering_add_tasks(g, "stop", m, "stop", down);
	ordering_add_tasks(m, "stop", g, "stopped", after_down);
	ordering_add_tasks(g, "start", m, "start", RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	ordering_add_tasks(m, "start", g, "running", done);
}

/* A member that is active while the one before it is not must stop before that one starts: a member may have been
 * added in the middle. */
static bool is_active_after_inactive(const struct resource *m, const struct resource *previous)
{
	return m->active.count > 0 && previous->active.count == 0;
}

static void order_member_sequence(const struct group_walk *w, struct resource *m)
{
	struct resource *previous = w->previous;
	uint32_t implied = RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS;
	ordering_add_tasks(previous, "start", m, "start", implied);
	ordering_add_tasks(m, "stop", previous, "stop", RELATION_ORDERED | RELATION_INTERMEDIATE_STOP);
	if (is_active_after_inactive(m, previous))
		ordering_add_tasks(m, "stop", previous, "start",
				   RELATION_THEN_IMPLIES_FIRST | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	if (w->promotable) {
		ordering_add_tasks(previous, "promote", m, "promote", implied);
		ordering_add_tasks(m, "demote", previous, "demote", RELATION_ORDERED);
	}
}

/* Without an order all members wait for the group alone. */
static void order_member_loosely(const struct group_walk *w, struct resource *m)
{
	uint32_t relation =
		RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_THEN_IMPLIES_FIRST_GRAPHED;
	ordering_add_tasks(w->group, "start", m, "start", relation);
	if (w->promotable)
		ordering_add_tasks(w->group, "promote", m, "promote", relation);
}

static void member_constrain(struct group_walk *w, struct resource *m)
{
	uint32_t down = RELATION_THEN_IMPLIES_FIRST_GRAPHED, after_down = RELATION_FIRST_IMPLIES_THEN_GRAPHED;
	resource_constrain(m);
	if (w->previous == NULL) {
		if (w->ordered) {
			down |= RELATION_ORDERED;
			after_down = RELATION_FIRST_IMPLIES_THEN;
		}
	} else if (w->colocated) {
		colocation_add(m->cluster, "#group-members", NULL, SCORE_INFINITY, m, w->previous, NULL, NULL,
			       m->critical ? COLOCATION_INFLUENCE : 0);
	}
	order_member_roles(w, m, down, after_down);
	if (!w->ordered)
		order_member_loosely(w, m);
	else if (w->previous != NULL)
		order_member_sequence(w, m);

	/* Groups with holes stop in sequence as well. */
	if (m->active.count > 0) {
		if (w->ordered && w->previous != NULL && w->previous->active.count == 0 && w->last_active != NULL &&
		    w->last_active->active.count > 0)
			order_stops(m, w->last_active, RELATION_ORDERED);
		w->last_active = m;
	}
	w->previous = m;
}

static void group_constrain(struct resource *r)
{
	ordering_add_tasks(r, "stop", r, "stopped", RELATION_UNRUNNABLE_FIRST_BLOCKS);
	ordering_add_tasks(r, "stopped", r, "start", RELATION_ORDERED);
	ordering_add_tasks(r, "start", r, "running", RELATION_UNRUNNABLE_FIRST_BLOCKS);
	struct group_walk w = {
		.group = r,
		.ordered = r->group.ordered,
		.colocated = r->group.colocated,
		.promotable = resource_top(r, false)->promotable,
	};
	for_each_child_of(m, r) member_constrain(&w, m);
}

/* --- clones --- */

void promotable_order_restart(struct resource *r)
{
	ordering_add_tasks(r, "stopped", r, "start", RELATION_ORDERED);
	ordering_add_tasks(r, "stopped", r, "promote", RELATION_ORDERED);
	ordering_add_tasks(r, "demoted", r, "stop", RELATION_ORDERED);
	ordering_add_tasks(r, "demoted", r, "start", RELATION_ORDERED);
	ordering_add_tasks(r, "demoted", r, "promote", RELATION_ORDERED);
	ordering_add_tasks(r, "running", r, "promote", RELATION_ORDERED);
	ordering_add_tasks(r, "demote", r, "demoted", RELATION_ORDERED);
}

static void promotable_constrain(struct resource *r)
{
	struct resource *previous = NULL;
	promotable_order_restart(r);
	for_each_child_of(i, r)
	{
		ordering_add_tasks(i, "demote", i, "promote", RELATION_ORDERED);
		ordering_add_tasks(r, "promote", i, "promote", RELATION_ORDERED);
		ordering_add_tasks(i, "promote", r, "promoted", RELATION_ORDERED);
		if (previous != NULL && r->clone.ordered)
			ordering_add_tasks(previous, "promote", i, "promote", RELATION_ORDERED);
		ordering_add_tasks(r, "demote", i, "demote", RELATION_THEN_IMPLIES_FIRST_GRAPHED);
		ordering_add_tasks(i, "demote", r, "demoted", RELATION_FIRST_IMPLIES_THEN_GRAPHED);
		if (previous != NULL && r->clone.ordered)
			ordering_add_tasks(i, "demote", previous, "demote", RELATION_ORDERED);
		previous = i;
	}
}

static void instance_constrain(struct resource *r, uint32_t at)
{
	struct resource *i = r->children.items[at];
	resource_constrain(i);
	order_starts(r, i, RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	ordering_add_tasks(i, "start", r, "running", RELATION_FIRST_IMPLIES_THEN_GRAPHED);
	order_stops(r, i, RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	ordering_add_tasks(i, "stop", r, "stopped", RELATION_FIRST_IMPLIES_THEN_GRAPHED);
	/* Only some of them may have to start or stop, so each is ordered against all that follow. */
	for (uint32_t later = at + 1; r->clone.ordered && later < r->children.count; later++) {
		order_starts(i, r->children.items[later], RELATION_ORDERED);
		order_stops(r->children.items[later], i, RELATION_ORDERED);
	}
}

void clone_constrain(struct resource *r)
{
	ordering_add_tasks(r, "stopped", r, "start", RELATION_ORDERED);
	ordering_add_tasks(r, "start", r, "running", RELATION_UNRUNNABLE_FIRST_BLOCKS);
	ordering_add_tasks(r, "stop", r, "stopped", RELATION_UNRUNNABLE_FIRST_BLOCKS);
	if (r->promotable) {
		ordering_add_tasks(r, "demoted", r, "stop", RELATION_ORDERED);
		ordering_add_tasks(r, "running", r, "promote", RELATION_UNRUNNABLE_FIRST_BLOCKS);
	}
	if (r->clone.ordered)
		instances_sort_by_number(r->cluster, &r->children);
	for (uint32_t i = 0; i < r->children.count; i++)
		instance_constrain(r, i);
	if (r->promotable)
		promotable_constrain(r);
}

void resource_constrain(struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		primitive_constrain(r);
		break;
	case RESOURCE_GROUP:
		group_constrain(r);
		break;
	case RESOURCE_CLONE:
		clone_constrain(r);
		break;
	case RESOURCE_BUNDLE:
		bundle_constrain(r);
		break;
	}
}

void constraints_internal(struct cluster *c)
{
	for (uint32_t i = 0; i < c->resources.count; i++)
		resource_constrain(c->resources.items[i]);
}
