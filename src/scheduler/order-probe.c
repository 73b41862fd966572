/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/instances.h"
#include "scheduler/order-private.h"

#include <glib.h>
#include <string.h>

/* --- "stop X, then Y" means "probe X, then Y" as well --- */

static bool side_is(const struct ordering_side *side, enum task task)
{
	return (side->action != NULL ? side->action->task : side->known) == task;
}

static bool implies_probe(const struct ordering *o)
{
	const struct resource *first = o->first.rsc, *then = o->then.rsc;
	if (o->flags == 0 || first == NULL || first == then || !side_is(&o->first, TASK_STOP))
		return false;
	/* What runs in a launcher that stops could only be probed when that is up again. */
	return !(then != NULL && first->launcher == then && side_is(&o->then, TASK_STOP));
}

/* A node is probed after its unfencing and before its own shutdown. */
static bool probe_precedes(const struct action *probe, const struct action *then)
{
	if (then->task == TASK_FENCE && probe->node != NULL && probe->node == then->node) {
		const char *op = table_get(then->meta, "stonith_action");
		if (op != NULL && g_ascii_strcasecmp(op, "on") == 0)
			return false;
	}
	return !(then->task == TASK_SHUTDOWN && probe->node != NULL && then->node != NULL && probe->node != then->node);
}

static void order_stop_as_probe(const struct ordering *o)
{
	struct cluster *c = o->first.rsc->cluster;
	uint32_t flags = RELATION_ORDERED | (o->flags & (RELATION_IF_FIRST_UNMIGRATABLE | RELATION_IF_ON_SAME_NODE));
	if (o->flags == RELATION_IF_REQUIRED_ON_SAME_NODE || o->flags == RELATION_IF_ON_SAME_NODE_OR_TARGET)
		flags = o->flags;
	struct action *probes = action_chain_task(o->first.rsc, TASK_MONITOR);
	if (probes == NULL)
		return;
	struct key_buffer b;
	struct action *then = o->then.action;
	if (then == NULL && o->then.rsc != NULL) {
		const char *key = o->then.key != NULL
					  ? o->then.key
					  : key_write(c, o->then.rsc->id, o->then.task, o->then.interval_ms, &b);
		then = action_chain(c, o->then.rsc, key);
	}
	for (; then != NULL; then = o->then.action != NULL ? NULL : then->next_same_key)
		for (struct action *probe = probes; probe != NULL; probe = probe->next_same_key)
			if (probe_precedes(probe, then))
				(void)relation_add(probe, then, flags);
}

/* --- what restarts because of what a probe may find --- */

/* A probe that cannot be done keeps the inactive instances of its clone from starting, not the active ones. */
static void order_starts_of_clone(struct action *probe, const struct relation *after)
{
	const struct action *start = after->action;
	if (start->rsc == NULL || start->rsc->kind <= RESOURCE_GROUP || action_is(probe, ACTION_RUNNABLE) ||
	    (after->made_with & RELATION_UNRUNNABLE_FIRST_BLOCKS) != 0 ||
	    resource_top(probe->rsc, false) != start->rsc || start->task != TASK_START)
		return;
	for (struct relation *r = start->after; r != NULL; r = r->next) {
		struct action *then = r->action;
		if (then->rsc != NULL && then->rsc->active.count == 0 && resource_top(then->rsc, false) == start->rsc &&
		    then->task == TASK_START)
			(void)relation_add(probe, then, RELATION_ORDERED | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	}
}

/* Should the probe find it active, X will restart: so what stops for that comes after the probe. */
static void order_before_down(struct action *probe, const struct action *up)
{
	if (up->rsc == NULL || up->rsc->kind != RESOURCE_PRIMITIVE || probe->rsc == up->rsc)
		return;
	struct action *down = NULL;
	if (up->task == TASK_START)
		down = action_chain_task(up->rsc, TASK_STOP);
	else if (up->task == TASK_PROMOTE)
		down = action_chain_task(up->rsc, TASK_DEMOTE);
	for (; down != NULL; down = down->next_same_key)
		if (!action_is(down, ACTION_PSEUDO))
			(void)relation_add(probe, down, RELATION_ORDERED);
}

/* How the walk goes on from an action: into the interleaved partner only, where there is one. */
struct crossing {
	bool interleave;
	const struct resource *partner;
};

static bool leads_on(const struct action *probe, const struct action *from, const struct relation *r,
		     const struct crossing *x)
{
	if ((r->made_with & RELATION_FIRST_IMPLIES_THEN) != 0)
		return true;
	const struct resource *whole = from->rsc, *part = r->action->rsc;
	if (whole == NULL || whole->kind < RESOURCE_GROUP || probe->rsc->parent == whole || part == NULL)
		return false;
	if (part->kind > RESOURCE_GROUP || whole != part->parent)
		return false;
	return !(whole->kind > RESOURCE_GROUP && x->interleave && x->partner != part);
}

static void walk_from(struct order_run *run, struct action *probe, struct action *start, uint32_t stamp)
{
	struct action_list *todo = &run->pending;
	struct arena *arena = &run->c->arena;
	action_list_add(arena, todo, start);
	while (todo->count > 0) {
		struct action *a = todo->items[--todo->count];
		if (a->stamp == stamp)
			continue;
		a->stamp = stamp;
		order_before_down(probe, a);
		struct crossing x = {0};
		if (a->rsc != NULL && a->rsc->kind > RESOURCE_GROUP) {
			x.interleave = resource_meta_bool(a->rsc, "interleave", false);
			if (x.interleave)
				x.partner = instance_find_compatible(probe->rsc, a->rsc, ROLE_UNKNOWN, false, NULL);
		}
		for (struct relation *r = a->after; r != NULL; r = r->next)
			if (r->action->stamp != stamp && leads_on(probe, a, r, &x))
				action_list_add(arena, todo, r->action);
	}
}

static void order_restarts(struct order_run *run, struct resource *r, bool anything_is_up)
{
	for_each_child_of(child, r) order_restarts(run, child, anything_is_up);
	if (r->kind != RESOURCE_PRIMITIVE)
		return;
	for (struct action *probe = action_chain_task(r, TASK_MONITOR); probe != NULL; probe = probe->next_same_key) {
		/* What is added on the way concerns what comes earlier in the list, or other lists. */
		for (struct relation *after = probe->after; after != NULL; after = after->next) {
			order_starts_of_clone(probe, after);
			if (anything_is_up && probe->task == TASK_MONITOR)
				walk_from(run, probe, after->action, action_walk_new(run->c));
		}
	}
}

/* Without stops and demotes of what is up there is nothing to find. */
static bool anything_goes_down(const struct cluster *c)
{
	for (const struct action *a = c->actions; a != NULL; a = a->next)
		if ((a->task == TASK_STOP || a->task == TASK_DEMOTE) && !action_is(a, ACTION_PSEUDO) &&
		    a->rsc != NULL && a->rsc->kind == RESOURCE_PRIMITIVE)
			return true;
	return false;
}

void probes_order(struct order_run *run)
{
	struct cluster *c = run->c;
	bool anything_is_up = anything_goes_down(c);
	for (uint32_t i = 0; i < c->resources.count; i++)
		order_restarts(run, c->resources.items[i], anything_is_up);
	/* Latest first is no part of the result, but placeholders must exist: so this comes last. */
	for (const struct ordering *o = c->first_ordering; o != NULL; o = o->next)
		if (implies_probe(o))
			order_stop_as_probe(o);
}
