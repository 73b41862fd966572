/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"
#include "scheduler/instances.h"

enum { RESULT_NOT_RUNNING_EXPECTED = 7, RESULT_PROMOTED_EXPECTED = 8 };

static bool resource_probe(struct resource *r, struct node *node);

static bool probe_all(const struct resource_list *l, struct node *node)
{
	bool any = false;
	for (uint32_t i = 0; i < l->count; i++)
		any |= resource_probe(l->items[i], node);
	return any;
}

/* Whether the guest that node is will go down in this transition; what will really happen is not known yet. */
static bool guest_will_stop(const struct node *node)
{
	const struct resource *guest = node->remote->launcher;
	if (node->remote_reset || node->unclean || guest->failed || guest->next_role == ROLE_STOPPED)
		return true;
	return guest->role > ROLE_STOPPED && guest->assigned != NULL && !node_set_has(&guest->active, guest->assigned);
}

static bool is_known(const struct resource *r, const struct node *n)
{
	return r->known != NULL && r->known[n->index].present;
}

/* What a remote node cannot run is not looked for there. */
static bool is_barred_from_remote(const struct resource *r, const struct node *node)
{
	return r->fence_device || (node_is_guest(node) && launched_connection(r) != NULL) || r->remote_connection;
}

static bool discovery_allows(const struct resource *r, const struct node *node)
{
	const struct seat *seat =
		r->allowed != NULL && r->allowed[node->index].present ? &r->allowed[node->index] : NULL;
	if (r->exclusive_probes || resource_top(r, false)->exclusive_probes)
		if (seat == NULL || seat->probe != PROBE_EXCLUSIVE)
			return false;
	return (seat == NULL ? node->base_probe : seat->probe) != PROBE_NEVER;
}

/* What could be active on a guest that is down is not; false when there is nothing to look for. */
static bool guest_is_worth_probing(struct resource *r, struct node *node)
{
	struct resource *guest = node->remote->launcher, *top = resource_top(r, false);
	if (guest->role == ROLE_STOPPED) {
		if (guest->assigned != NULL && !is_known(guest, guest->assigned))
			ordering_add_tasks(guest, "monitor", top, "start", RELATION_ORDERED);
		return false;
	}
	if (guest_will_stop(node)) {
		ordering_add_tasks(guest, "stop", top, "start", RELATION_ORDERED);
		return false;
	}
	return true;
}

static struct action *create_probe(struct resource *r, struct node *node)
{
	struct action *probe = action_request(r->cluster, r, NULL, "monitor", 0, node, false);
	action_clear(probe, ACTION_OPTIONAL);
	unfencing_order(r, node, probe, RELATION_ORDERED);
	if (!node_set_has(&r->active, node))
		action_expect(probe, RESULT_NOT_RUNNING_EXPECTED);
	else if (r->role == ROLE_PROMOTED)
		action_expect(probe, RESULT_PROMOTED_EXPECTED);
	return probe;
}

/* What cannot be probed must not start; but what is active somewhere need not stop for it. */
static void order_after_probe(struct resource *r, struct action *probe)
{
	struct cluster *c = r->cluster;
	struct resource *top = resource_top(r, false);
	if (top->kind != RESOURCE_CLONE)
		top = r;
	uint32_t relation = RELATION_ORDERED;
	if (!action_is(probe, ACTION_RUNNABLE) && top->active.count == 0)
		relation |= RELATION_UNRUNNABLE_FIRST_BLOCKS;
	ordering_add(c, r, NULL, probe, top, "start", NULL, relation);
	/* Reloads are planned before probes. */
	if (top == r && action_exists(r, TASK_RELOAD))
		ordering_add(c, r, NULL, probe, r, "reload-agent", NULL, RELATION_ORDERED);
}

static bool primitive_probe(struct resource *r, struct node *node)
{
	struct cluster *c = r->cluster;
	if (!c->options.startup_probes)
		return false;
	if (node_is_connection(node) && is_barred_from_remote(r, node))
		return false;
	if (r->children.count > 0)
		return probe_all(&r->children, node);
	if ((r->launcher != NULL && !r->remote_connection) || r->removed || is_known(r, node) ||
	    !discovery_allows(r, node))
		return false;
	if (node_is_guest(node) && !guest_is_worth_probing(r, node))
		return false;

	order_after_probe(r, create_probe(r, node));
	return true;
}

static bool is_known_deep(const struct resource *r, const struct node *node)
{
	for_each_child_of(child, r) if (is_known_deep(child, node)) return true;
	return r->children.count == 0 && is_known(r, node);
}

/* One instance of an anonymous clone speaks for all: the one that is known there, else the one that will be there. */
static bool anonymous_clone_probe(struct resource *r, struct node *node)
{
	if (r->children.count == 0)
		return false;
	struct resource *chosen = NULL;
	for_each_child_of(i, r) if (chosen == NULL && is_known_deep(i, node)) chosen = i;
	for (uint32_t i = 0; chosen == NULL && i < r->children.count; i++)
		if (resource_where(r->children.items[i], WHERE_ASSIGNED, NULL) == node)
			chosen = r->children.items[i];
	return resource_probe(chosen == NULL ? r->children.items[0] : chosen, node);
}

static bool clone_probe(struct resource *r, struct node *node)
{
	if (r->exclusive_probes && r->allowed != NULL) {
		struct seat *seat = &r->allowed[node->index];
		if (!seat->present || seat->probe != PROBE_EXCLUSIVE) {
			/* Notifications tell of the nodes where it can run at all. */
			seat->present = false;
			return false;
		}
	}
	instances_sort_by_number(r->cluster, &r->children);
	return r->unique ? probe_all(&r->children, node) : anonymous_clone_probe(r, node);
}

/* With one replica a host, none may start there before it is known that no other is running. */
static void order_after_container_probe(struct resource *bundle, const struct replica *probed)
{
	for (int i = 0; i < bundle->bundle.replica_count; i++) {
		const struct replica *p = &bundle->bundle.replicas[i];
		if (p != probed && p->container != NULL)
			ordering_add_tasks(probed->container, "monitor", p->container, "start",
					   RELATION_ORDERED | RELATION_IF_ON_SAME_NODE);
	}
}

static bool replica_probe(struct resource *bundle, struct replica *p, struct node *node)
{
	bool any = p->ip != NULL && resource_probe(p->ip, node);
	if (p->child != NULL && node == p->node && resource_probe(p->child, node))
		any = true;
	if (resource_probe(p->container, node)) {
		any = true;
		if (resource_max_per_node(bundle) == 1)
			order_after_container_probe(bundle, p);
	}
	if (p->connection != NULL && resource_probe(p->connection, node)) {
		/* Where a connection is can only be known when its container's place is. */
		struct action *probe = action_find_placed(p->connection, TASK_MONITOR, node);
		if (probe != NULL) {
			any = true;
			ordering_add(bundle->cluster, p->container, "start", NULL, p->connection, NULL, probe,
				     RELATION_NESTED_REMOTE_PROBE);
		}
	}
	return any;
}

static bool resource_probe(struct resource *r, struct node *node)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
	case RESOURCE_GROUP:
		return primitive_probe(r, node);
	case RESOURCE_CLONE:
		return clone_probe(r, node);
	case RESOURCE_BUNDLE: {
		bool any = false;
		for (int i = 0; i < r->bundle.replica_count; i++)
			any |= replica_probe(r, &r->bundle.replicas[i], node);
		return any;
	}
	}
	return false;
}

void probes_schedule(struct cluster *c)
{
	for_each_node(n, c)
	{
		if (!n->online) {
			if (remote_is_failed(n))
				node_must_be_fenced(c, n, "the connection is unrecoverable", false);
			continue;
		}
		if (!n->unclean && n->probes_allowed)
			(void)probe_all(&c->resources, n);
	}
}
