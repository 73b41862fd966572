/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/actions-private.h"
#include "scheduler/actions.h"
#include "scheduler/notify.h"

#include <string.h>

/* --- unfencing --- */

bool node_is_unfenced(const struct node *n)
{
	const char *when = node_attribute(n, "#node-unfenced");
	return when != NULL && strcmp(when, "0") != 0;
}

void unfencing_order(struct resource *r, struct node *node, struct action *a, uint32_t relation)
{
	struct cluster *c = r->cluster;
	if (!(r->fence_device && c->enable_unfencing) && !r->needs_unfencing)
		return;
	/* Optional at first: else each new resource would restart everything on the node. */
	struct action *unfence = action_fence(node, "on", true, NULL, false);
	(void)relation_add(unfence, a, relation);
	if (!node_is_unfenced(node))
		action_unfence(c, NULL, node,
			       texts_join(&c->arena, (const char *[]){"required by ", r->id, " ", a->task_name}, 4),
			       NULL);
}

/* --- what fencing means to resources --- */

/* The parent of an instance is enough, but no more than it: a cloned group may be known in parts only. */
static bool is_known_on(const struct resource *r, const struct node *node)
{
	if (r->known != NULL && r->known[node->index].present)
		return true;
	const struct resource *parent = r->parent;
	return r->kind == RESOURCE_PRIMITIVE && parent != NULL && resource_is_anonymous_clone(parent) &&
	       parent->known != NULL && parent->known[node->index].present;
}

static void order_starts_after(struct resource *r, struct action *fencing)
{
	struct node *target = fencing->node;
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource) {
		switch (a->needs) {
		case NEEDS_NOTHING:
			break;
		case NEEDS_FENCING:
			(void)relation_add(fencing, a, RELATION_ORDERED);
			break;
		case NEEDS_QUORUM:
			/* It may be active where nobody knows anything about it. */
			if (a->task == TASK_START && r->allowed != NULL && r->allowed[target->index].present &&
			    !is_known_on(r, target))
				(void)relation_add(fencing, a, RELATION_ORDERED | RELATION_UNRUNNABLE_FIRST_BLOCKS);
			break;
		}
	}
}

static struct action *first_with_task(const struct resource *r, enum task task)
{
	for (struct action *a = r->actions; a != NULL; a = a->next_of_resource)
		if (a->task == task)
			return a;
	return NULL;
}

/* A stop on the target needs no agent any more; fencing does it. */
static void imply_stop(struct resource *r, struct action *stop, struct action *fencing, bool after_fencing)
{
	action_set(stop, ACTION_PSEUDO | ACTION_RUNNABLE);
	if (after_fencing) {
		/* In a bundle the bundle's stop comes between: else there would be a loop. */
		if (!resource_is_bundled(r))
			(void)relation_add(fencing, stop, RELATION_GUEST_ALLOWED);
		(void)relation_add(fencing, first_with_task(resource_top(r, false), TASK_STOP), RELATION_GUEST_ALLOWED);
	}
	if (r->notify)
		notices_order_after_fencing(stop, r, fencing);
}

static void imply_demote(struct resource *r, struct action *demote, struct action *fencing, bool after_fencing)
{
	const struct node *n = demote->node;
	if (n->online && !n->unclean && !r->failed)
		return;
	action_set(demote, ACTION_PSEUDO | ACTION_RUNNABLE);
	if (!resource_is_bundled(r) && after_fencing)
		(void)relation_add(fencing, demote, RELATION_GUEST_ALLOWED | RELATION_ORDERED);
}

static void imply_stops(struct resource *r, struct action *fencing)
{
	/* "Fencing" a guest is a stop, which must be waited for in any case. */
	bool after_fencing = r->needs_fencing || node_is_guest(fencing->node);
	struct action *stop = action_find_task(r, TASK_STOP, fencing->node);
	if (stop != NULL)
		imply_stop(r, stop, fencing, after_fencing);
	struct action *demote = action_find_task(r, TASK_DEMOTE, fencing->node);
	if (demote != NULL)
		imply_demote(r, demote, fencing, after_fencing);
}

static void order_resource(struct resource *r, struct action *fencing)
{
	for_each_child_of(child, r) order_resource(child, fencing);
	if (r->children.count == 0 && r->managed) {
		order_starts_after(r, fencing);
		imply_stops(r, fencing);
	}
}

void fencing_order(struct action *fencing)
{
	struct cluster *c = fencing->cluster;
	for (uint32_t i = 0; i < c->resources.count; i++)
		order_resource(c->resources.items[i], fencing);
}

/* --- guests: fenced by the recovery of what launches them, which a pseudo-action stands for --- */

static void guest_fence(struct node *node)
{
	struct resource *launcher = node->remote->launcher;
	struct action *stop = NULL;
	const char *op = "off";
	if (launcher != NULL) {
		stop = first_with_task(launcher, TASK_STOP);
		if (first_with_task(launcher, TASK_START) != NULL)
			op = "reboot";
	}
	struct action *fencing = action_fence(node, op, false, "guest is unclean", false);
	action_set(fencing, ACTION_PSEUDO | ACTION_RUNNABLE);

	uint32_t implied = RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_FIRST_IMPLIES_THEN;
	if (stop != NULL && action_is(stop, ACTION_PSEUDO) && stop->node != NULL) {
		struct action *host = action_fence(stop->node, NULL, false, NULL, false);
		(void)relation_add(host, fencing, implied);
	} else if (stop != NULL) {
		(void)relation_add(stop, fencing, implied);
	} else {
		/* Perhaps only its history is gone: then whatever ends the connection comes first. */
		(void)relation_add(first_with_task(node->remote, TASK_STOP), fencing, RELATION_ORDERED);
	}
	fencing_order(fencing);
}

/* --- which nodes go down --- */

static bool is_managed_deep(const struct resource *r)
{
	if (r->managed)
		return true;
	for_each_child_of(child, r) if (is_managed_deep(child)) return true;
	return false;
}

static bool any_is_managed(const struct cluster *c)
{
	for (uint32_t i = 0; i < c->resources.count; i++)
		if (is_managed_deep(c->resources.items[i]))
			return true;
	return false;
}

struct downs {
	struct action *dc;
	struct action **fencings, **shutdowns; /* of other nodes, in order of nodes */
	uint32_t fencing_count, shutdown_count;
	bool integrity_lost;
};

static void fence_node(struct node *n, struct downs *d)
{
	struct cluster *c = n->cluster;
	struct action *fencing = action_fence(n, NULL, false, "node is unclean", false);
	c->processing_warning = true;
	fencing_order(fencing);
	if (n == c->dc) {
		d->dc = fencing;
		return;
	}
	if (!c->options.concurrent_fencing && d->fencing_count > 0)
		(void)relation_add(d->fencings[d->fencing_count - 1], fencing, RELATION_ORDERED);
	d->fencings[d->fencing_count++] = fencing;
}

static void bring_down(struct node *n, bool any_managed, struct downs *d)
{
	struct cluster *c = n->cluster;
	if (node_is_guest(n)) {
		if (n->remote_reset && any_managed && node_can_be_fenced(c, n))
			guest_fence(n);
		return;
	}
	if (any_managed && n->unclean && node_can_be_fenced(c, n)) {
		fence_node(n, d);
		return;
	}
	if (!node_is_connection(n) && n->online && n->shutdown) {
		struct action *shutdown = action_shutdown(n);
		if (n == c->dc)
			d->dc = shutdown;
		else
			d->shutdowns[d->shutdown_count++] = shutdown;
	}
	if (n->unclean) {
		d->integrity_lost = true;
		cluster_complain(c, NULL, false, "node %s is unclean but cannot be fenced", node_name(n));
	}
}

/* The DC goes last: else there would be one election after the other. Its fencing does not wait for shutdowns, which
 * may wait for stops that wait for it. */
static void order_dc_last(const struct cluster *c, const struct downs *d)
{
	for (uint32_t i = d->shutdown_count; d->dc->task == TASK_SHUTDOWN && i-- > 0;)
		(void)relation_add(d->shutdowns[i], d->dc, RELATION_ORDERED);
	if (c->options.concurrent_fencing) {
		for (uint32_t i = d->fencing_count; i-- > 0;)
			(void)relation_add(d->fencings[i], d->dc, RELATION_ORDERED);
	} else if (d->fencing_count > 0) {
		(void)relation_add(d->fencings[d->fencing_count - 1], d->dc, RELATION_ORDERED);
	}
}

void fencing_and_shutdown(struct cluster *c)
{
	bool any_managed = any_is_managed(c);
	struct downs d = {
		.fencings = arena_array(&c->arena, struct action *, c->node_count),
		.shutdowns = arena_array(&c->arena, struct action *, c->node_count),
	};
	for_each_node(n, c) bring_down(n, any_managed, &d);
	if (d.integrity_lost && !c->options.fencing_enabled)
		cluster_complain(c, NULL, false,
				 "resources and data are at risk: configure, enable and test fencing to correct this");
	if (d.dc != NULL)
		order_dc_last(c, &d);
}
