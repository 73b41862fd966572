/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"

#include "rules/score.h"

static void replica_constrain(struct resource *bundle, struct replica *p)
{
	struct resource *container = p->container;
	resource_constrain(container);
	order_starts(bundle, container, RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	if (p->child != NULL)
		order_stops(bundle, p->child, RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	order_stops(bundle, container, RELATION_THEN_IMPLIES_FIRST_GRAPHED);
	ordering_add_tasks(container, "start", bundle, "running", RELATION_FIRST_IMPLIES_THEN_GRAPHED);
	ordering_add_tasks(container, "stop", bundle, "stopped", RELATION_FIRST_IMPLIES_THEN_GRAPHED);
	if (p->ip != NULL) {
		resource_constrain(p->ip);
		order_starts(p->ip, container, RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_GUEST_ALLOWED);
		order_stops(container, p->ip, RELATION_THEN_IMPLIES_FIRST | RELATION_GUEST_ALLOWED);
		colocation_add(bundle->cluster, "#ip-with-container", NULL, SCORE_INFINITY, p->ip, container, NULL,
			       NULL, COLOCATION_INFLUENCE);
	}
	/* The connection is ordered and colocated with its container as whatever a container launches. */
	if (p->connection != NULL)
		resource_constrain(p->connection);
}

void bundle_constrain(struct resource *r)
{
	for (int i = 0; i < r->bundle.replica_count; i++)
		replica_constrain(r, &r->bundle.replicas[i]);
	struct resource *child = r->bundle.child;
	if (child == NULL)
		return;
	uint32_t down = RELATION_THEN_IMPLIES_FIRST_GRAPHED, done = RELATION_FIRST_IMPLIES_THEN_GRAPHED;
	ordering_add_tasks(r, "start", child, "start", down);
	ordering_add_tasks(child, "running", r, "running", done);
	ordering_add_tasks(r, "stop", child, "stop", down);
	ordering_add_tasks(child, "stopped", r, "stopped", done);
	resource_constrain(child);
	if (!child->promotable)
		return;
	promotable_order_restart(r);
	ordering_add_tasks(r, "demote", child, "demote", down);
	ordering_add_tasks(child, "demoted", r, "demoted", done);
	ordering_add_tasks(r, "promote", child, "promote", down);
	ordering_add_tasks(child, "promoted", r, "promoted", done);
}
