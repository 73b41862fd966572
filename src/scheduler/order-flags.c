/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/assign.h"
#include "scheduler/bundle.h"
#include "scheduler/instances.h"
#include "scheduler/order-private.h"

/* What is known of a whole resource's action as seen on one node, or anywhere. It is good for as long as no action of
 * the resource or of its parts changes: each number is what action_changes of the resource was; 0: never. */
struct action_view {
	uint32_t flags, flags_at; /* as its parts make them */
	uint32_t required_at;     /* parts were told that something before the action is necessary, without effect… */
	uint32_t blocked_at;      /* …or cannot be done, likewise */
	uint32_t needed, runnable; /* which instance was not optional, and which runnable, when they were asked last */
};

static struct action_view *view_of(struct action *a, const struct node *node)
{
	struct cluster *c = a->cluster;
	if (a->views == NULL)
		a->views = arena_array(&c->arena, struct action_view, c->node_count + 1);
	return &a->views[node == NULL ? 0 : node->index + 1];
}

/* --- flags of collective resources --- */

/* Only these tasks of a whole have a meaning for its parts. */
static bool is_task_of_parts(enum task task)
{
	return (task >= TASK_MONITOR && task <= TASK_DEMOTED) || task == TASK_SHUTDOWN || task == TASK_FENCE;
}

/* What a part does when the whole does this: of a primitive the completion of a task is the task itself. */
static enum task task_of_part(const struct resource *part, enum task task)
{
	if (!is_task_of_parts(task))
		return TASK_OTHER;
	bool is_completion =
		task == TASK_STOPPED || task == TASK_RUNNING || task == TASK_PROMOTED || task == TASK_DEMOTED;
	/* Each completion follows its task. */
	return part->kind == RESOURCE_PRIMITIVE && is_completion ? task - 1 : task;
}

/* No part of r has an action of this task. */
static bool is_without(const struct resource *r, enum task task)
{
	return (r->task_bits >> task & 1) == 0;
}

static uint32_t group_flags(struct action *a, const struct node *node)
{
	uint32_t flags = ACTION_OPTIONAL | ACTION_RUNNABLE | ACTION_PSEUDO;
	for_each_child_of(m, a->rsc)
	{
		enum task task = task_of_part(m, a->task);
		struct action *of_member = action_with_task(m, task, node);
		if (of_member == NULL) {
			/* Up means all of them, down means those that are up. */
			if (task != TASK_STOP && task != TASK_DEMOTE)
				flags &= ~(uint32_t)ACTION_RUNNABLE;
			continue;
		}
		uint32_t member = action_flags_seen(of_member, node);
		if ((flags & ACTION_OPTIONAL) != 0 && (member & ACTION_OPTIONAL) == 0) {
			flags &= ~(uint32_t)ACTION_OPTIONAL;
			action_clear(a, ACTION_OPTIONAL);
		}
		if (task != a->task && (flags & ACTION_RUNNABLE) != 0 && (member & ACTION_RUNNABLE) == 0) {
			flags &= ~(uint32_t)ACTION_RUNNABLE;
			action_clear(a, ACTION_RUNNABLE);
		}
	}
	return flags;
}

/* What the instances of a collective resource do when this action of it is done. */
static enum task task_of_instances(const struct action *a)
{
	if (a->rsc->children.count == 0)
		return TASK_OTHER;
	bool notifies = a->task == TASK_NOTIFY || a->task == TASK_NOTIFIED;
	return task_of_part(a->rsc->children.items[0], notifies ? a->notified_task : a->task);
}

/* Whether the instances that told the most the last time still do: thousands need not be asked for each change of one.
 */
static bool instances_as_before(const struct resource_list *instances, const struct action_view *view, enum task task,
				const struct node *node)
{
	const struct resource *needed = instances->items[view->needed], *runnable = instances->items[view->runnable];
	if (needed->kind != RESOURCE_PRIMITIVE || runnable->kind != RESOURCE_PRIMITIVE)
		return false;
	const struct action *a = action_with_task(needed, task, node), *b = action_with_task(runnable, task, node);
	return a != NULL && !action_is(a, ACTION_OPTIONAL) && b != NULL && action_is(b, ACTION_RUNNABLE);
}

static uint32_t instances_flags(struct action *a, const struct resource_list *instances, const struct node *node)
{
	uint32_t flags = ACTION_OPTIONAL | ACTION_RUNNABLE | ACTION_PSEUDO;
	enum task task = task_of_instances(a);
	bool any_runnable = false;
	uint32_t count = is_without(a->rsc, task) ? 0 : instances->count;
	struct action_view *view = view_of(a, node);
	if (count > 0 && instances_as_before(instances, view, task, node)) {
		action_clear(a, ACTION_OPTIONAL);
		return ACTION_RUNNABLE | ACTION_PSEUDO;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct resource *r = instances->items[i];
		struct action *of_instance = action_with_task(r, task, r->kind == RESOURCE_PRIMITIVE ? node : NULL);
		if (of_instance == NULL)
			continue;
		uint32_t instance = action_flags_seen(of_instance, node);
		if ((flags & ACTION_OPTIONAL) != 0 && (instance & ACTION_OPTIONAL) == 0) {
			flags &= ~(uint32_t)ACTION_OPTIONAL;
			action_clear(a, ACTION_OPTIONAL);
			view->needed = i;
		}
		if (!any_runnable && (instance & ACTION_RUNNABLE) != 0) {
			any_runnable = true;
			view->runnable = i;
		}
	}
	if (!any_runnable) {
		flags &= ~(uint32_t)ACTION_RUNNABLE;
		if (node == NULL)
			action_clear(a, ACTION_RUNNABLE);
	}
	return flags;
}

/* Starts and stops are the containers', all else is done by what runs in them. */
static uint32_t bundle_flags(struct action *a, const struct node *node)
{
	const struct resource *child = a->rsc->bundle.child;
	bool of_containers = a->task == TASK_START || a->task == TASK_RUNNING || a->task == TASK_STOP ||
			     a->task == TASK_STOPPED || a->task == TASK_MONITOR || a->task == TASK_SHUTDOWN ||
			     a->task == TASK_FENCE;
	if (child != NULL && !of_containers)
		return instances_flags(a, &child->children, node);
	struct resource_list containers = instances_of(a->rsc);
	return instances_flags(a, &containers, node);
}

static uint32_t flags_of_parts(struct action *a, const struct node *node)
{
	switch (a->rsc->kind) {
	case RESOURCE_PRIMITIVE:
		break;
	case RESOURCE_GROUP:
		return group_flags(a, node);
	case RESOURCE_CLONE:
		return instances_flags(a, &a->rsc->children, node);
	case RESOURCE_BUNDLE:
		return bundle_flags(a, node);
	}
	return a->flags;
}

uint32_t action_flags_seen(struct action *a, const struct node *node)
{
	if (a->rsc->kind == RESOURCE_PRIMITIVE)
		return a->flags;
	struct action_view *view = view_of(a, node);
	if (view->flags_at != a->rsc->action_changes) {
		uint32_t changes = a->rsc->action_changes;
		view->flags = flags_of_parts(a, node);
		view->flags_at = changes;
	}
	return view->flags;
}

/* --- two actions --- */

static void apply_asymmetric(const struct action *first, struct action *then)
{
	if (then->rsc == NULL || action_is(first, ACTION_RUNNABLE))
		return;
	if (action_is(then, ACTION_OPTIONAL)) {
		/* What is as it shall be already needs nothing. */
		enum role role = resource_role(then->rsc, true);
		if (role == ROLE_STOPPED && then->task == TASK_STOP)
			return;
		const struct node_set *active = &then->rsc->active;
		if (role >= ROLE_STARTED && then->task == TASK_START && active->count == 1 &&
		    active->items[0] == then->node)
			return;
	}
	action_clear_because(then, ACTION_OPTIONAL, first);
	action_clear_because(then, ACTION_RUNNABLE, first);
}

static void apply_restart(struct action *first, struct action *then, uint32_t filter)
{
	if (first->rsc == NULL || then->rsc == NULL || first->rsc->kind != RESOURCE_PRIMITIVE ||
	    then->rsc->kind != RESOURCE_PRIMITIVE)
		return;
	bool restart = (filter & ACTION_OPTIONAL) != 0 && !action_is(then, ACTION_OPTIONAL);
	/* What should restart but cannot start again stops all the same. */
	bool stop = (filter & ACTION_RUNNABLE) != 0 && !action_is(then, ACTION_RUNNABLE) && then->rsc->managed &&
		    first->rsc == then->rsc;
	if (!restart && !stop)
		return;
	if (action_is(first, ACTION_RUNNABLE) || !action_is(then, ACTION_OPTIONAL))
		action_clear_because(first, ACTION_OPTIONAL, then);
	if (!action_is(then, ACTION_MIGRATABLE))
		action_clear_because(first, ACTION_MIGRATABLE, then);
	if (!action_is(first, ACTION_OPTIONAL) && !action_is(first, ACTION_RUNNABLE))
		action_clear_because(then, ACTION_RUNNABLE, first);
}

static void apply_then_implies_first(struct action *first, struct action *then, uint32_t flags, uint32_t filter,
				     uint32_t first_flags)
{
	if ((filter & ACTION_OPTIONAL) != 0 && (flags & ACTION_OPTIONAL) == 0 && (first_flags & ACTION_OPTIONAL) != 0)
		action_clear_because(first, ACTION_OPTIONAL, then);
	if ((flags & ACTION_MIGRATABLE) != 0 && !action_is(then, ACTION_MIGRATABLE))
		action_clear_because(first, ACTION_MIGRATABLE, then);
}

static void apply_promoted_then_implies_first(struct action *first, struct action *then, uint32_t filter)
{
	if (then->rsc == NULL || then->rsc->role != ROLE_PROMOTED || (filter & ACTION_OPTIONAL) == 0 ||
	    action_is(then, ACTION_OPTIONAL))
		return;
	action_clear_because(first, ACTION_OPTIONAL, then);
	if (action_is(first, ACTION_MIGRATABLE) && !action_is(then, ACTION_MIGRATABLE))
		action_clear_because(first, ACTION_MIGRATABLE, then);
}

static void apply_unmigratable_then_blocks(struct action *first, struct action *then)
{
	if (!action_is(then, ACTION_MIGRATABLE | ACTION_RUNNABLE))
		action_clear_because(first, ACTION_RUNNABLE, then);
	if (!action_is(then, ACTION_OPTIONAL))
		action_clear_because(first, ACTION_OPTIONAL, then);
}

/* The kinds of relation that ask for first being optional, or runnable. flags: of first, as seen from outside. */
static void apply_on_then(struct action *first, struct action *then, uint32_t flags, uint32_t filter, uint32_t type)
{
	if ((type & RELATION_FIRST_ELSE_THEN) != 0 && (filter & ACTION_OPTIONAL) != 0 &&
	    !action_is(first, ACTION_RUNNABLE)) {
		action_clear_because(then, ACTION_MIGRATABLE, first);
		action_clear(then, ACTION_PSEUDO);
	}
	if ((type & RELATION_UNRUNNABLE_FIRST_BLOCKS) != 0 && (filter & ACTION_RUNNABLE) != 0 &&
	    action_is(then, ACTION_RUNNABLE) && (flags & ACTION_RUNNABLE) == 0) {
		action_clear_because(then, ACTION_RUNNABLE, first);
		action_clear_because(then, ACTION_MIGRATABLE, first);
	}
	if ((type & RELATION_FIRST_IMPLIES_THEN) != 0 && (filter & ACTION_OPTIONAL) != 0 &&
	    action_is(then, ACTION_OPTIONAL) && (flags & ACTION_OPTIONAL) == 0 && !action_is(first, ACTION_MIGRATABLE))
		action_clear_because(then, ACTION_OPTIONAL, first);
}

static uint32_t apply_pair(struct order_run *run, struct action *first, struct action *then, uint32_t flags,
			   uint32_t filter, uint32_t type)
{
	uint32_t then_flags = then->flags, first_flags = first->flags, updated = 0;
	if ((type & RELATION_ASYMMETRIC) != 0)
		apply_asymmetric(first, then);
	if ((type & RELATION_THEN_IMPLIES_FIRST) != 0 && (then_flags & ACTION_OPTIONAL) == 0)
		apply_then_implies_first(first, then, flags, filter, first_flags);
	if ((type & RELATION_PROMOTED_THEN_IMPLIES_FIRST) != 0)
		apply_promoted_then_implies_first(first, then, filter);
	if ((type & RELATION_UNMIGRATABLE_THEN_BLOCKS) != 0 && (filter & ACTION_OPTIONAL) != 0)
		apply_unmigratable_then_blocks(first, then);
	apply_on_then(first, then, flags, filter, type);
	if ((type & RELATION_INTERMEDIATE_STOP) != 0)
		apply_restart(first, then, filter);

	if (then_flags != then->flags) {
		updated |= UPDATED_THEN;
		/* Restarts within cloned groups need it at once. */
		if (then->rsc != NULL && then->rsc->parent != NULL)
			order_update_now(run, then);
	}
	if (first_flags != first->flags)
		updated |= UPDATED_FIRST;
	return updated;
}

/* Whether what apply_pair() asks of first could be so that it changes then. */
static bool may_change_then(const struct action *first, uint32_t flags, uint32_t filter, uint32_t type)
{
	uint32_t lost = filter & ~flags;
	bool blocked = !action_is(first, ACTION_RUNNABLE);
	if ((type & RELATION_ASYMMETRIC) != 0)
		return blocked;
	if ((type & RELATION_FIRST_ELSE_THEN) != 0)
		return blocked && (filter & ACTION_OPTIONAL) != 0;
	if ((type & RELATION_UNRUNNABLE_FIRST_BLOCKS) != 0)
		return (lost & ACTION_RUNNABLE) != 0;
	return (type & RELATION_FIRST_IMPLIES_THEN) != 0 && (lost & ACTION_OPTIONAL) != 0 &&
	       !action_is(first, ACTION_MIGRATABLE);
}

/* Whether apply_pair() could do anything, whatever the flags of then are, for one type of relation. All parts of a
 * large resource would be asked again for each of its relations otherwise. */
static bool pair_may_matter(const struct action *first, uint32_t flags, uint32_t filter, uint32_t type)
{
	uint32_t lost = filter & ~flags;
	if ((type & RELATION_THEN_IMPLIES_FIRST) != 0)
		return (flags & ACTION_MIGRATABLE) != 0 ||
		       ((lost & ACTION_OPTIONAL) != 0 && action_is(first, ACTION_OPTIONAL));
	if ((type & (RELATION_PROMOTED_THEN_IMPLIES_FIRST | RELATION_UNMIGRATABLE_THEN_BLOCKS)) != 0)
		return (filter & ACTION_OPTIONAL) != 0;
	if ((type & RELATION_INTERMEDIATE_STOP) != 0)
		return first->rsc != NULL && first->rsc->kind == RESOURCE_PRIMITIVE;
	return may_change_then(first, flags, filter, type);
}

/* --- the same for collective resources --- */

/* Where it stands when this type of relation, applied to all parts of then, changed nothing the last time; these types
 * do the same whatever comes before. NULL: another type. */
static uint32_t *settled_at(struct action *then, const struct node *node, uint32_t type)
{
	if (type == RELATION_FIRST_IMPLIES_THEN)
		return &view_of(then, node)->required_at;
	return type == RELATION_UNRUNNABLE_FIRST_BLOCKS ? &view_of(then, node)->blocked_at : NULL;
}

static bool is_settled(const struct action *then, const uint32_t *settled)
{
	return settled != NULL && *settled == then->rsc->action_changes;
}

static uint32_t apply_to_group(struct order_run *run, struct action *first, struct action *then, struct node *node,
			       uint32_t flags, uint32_t filter, uint32_t type)
{
	uint32_t updated = apply_pair(run, first, then, flags, filter, type);
	if (then->rsc == NULL || is_without(then->rsc, then->task) || !pair_may_matter(first, flags, filter, type))
		return updated;
	uint32_t *settled = settled_at(then, node, type), changes = then->rsc->action_changes;
	if (is_settled(then, settled))
		return updated;
	for_each_child_of(m, then->rsc)
	{
		struct action *of_member = action_with_task(m, then->task, node);
		if (of_member != NULL)
			updated |= relation_apply(run, m, first, of_member, node, flags, filter, type);
	}
	if (settled != NULL)
		*settled = changes;
	return updated;
}

/* It is one of these tasks, or a notification of one. */
static bool tells_of(const struct action *a, enum task one, enum task other)
{
	return a->task == one || a->task == other || a->notified_task == one || a->notified_task == other;
}

/* Whether instances of two collective resources belong together, one by one. */
static bool can_interleave(const struct action *first, const struct action *then)
{
	if (first->rsc == NULL || first->rsc == then->rsc || first->rsc->kind < RESOURCE_CLONE ||
	    then->rsc->kind < RESOURCE_CLONE)
		return false;
	const struct resource *decides = tells_of(then, TASK_STOP, TASK_DEMOTE) ? first->rsc : then->rsc;
	return resource_meta_bool(decides, "interleave", false);
}

/* Of a bundle, others wait for what runs in the container, but for its stop; and the container itself waits for
 * others, but for promote and demote. */
static struct action *instance_action(const struct action *whole, struct resource *instance, enum task task,
				      const struct node *node, bool for_first)
{
	bool is_stop = whole->task == TASK_STOP || whole->task == TASK_STOPPED;
	bool is_role = whole->task >= TASK_PROMOTE && whole->task <= TASK_DEMOTED;
	const struct replica *p = NULL;
	if (for_first ? !is_stop : is_role)
		p = replica_of(instance);
	if (p != NULL && p->container == instance && p->child != NULL)
		return action_with_task(p->child, task, NULL);
	return action_with_task(instance, task, node);
}

static uint32_t apply_interleaved(struct order_run *run, struct action *first, struct action *then, struct node *node,
				  uint32_t filter, uint32_t type)
{
	uint32_t updated = 0;
	enum task first_task = task_of_instances(first);
	/* What goes down does so where it is. */
	bool current = tells_of(first, TASK_STOPPED, TASK_DEMOTED);
	struct resource_list instances = instances_of(then->rsc);
	for (uint32_t i = 0; i < instances.count; i++) {
		struct resource *then_instance = instances.items[i];
		struct resource *first_instance =
			instance_find_compatible(then_instance, first->rsc, ROLE_UNKNOWN, current, NULL);
		if (first_instance == NULL) {
			/* Without a partner that it needs, it must not come up. */
			bool needs = (type & (RELATION_UNRUNNABLE_FIRST_BLOCKS | RELATION_FIRST_IMPLIES_THEN)) != 0;
			if (!current && needs && resource_place(then_instance, NULL, 0, true, true))
				updated |= UPDATED_THEN;
			continue;
		}
		struct action *before = instance_action(first, first_instance, first_task, node, true);
		struct action *after = instance_action(then, then_instance, then->task, node, false);
		if (before == NULL || after == NULL)
			continue;
		if (relation_add(before, after, type))
			updated |= UPDATED_FIRST | UPDATED_THEN;
		updated |= relation_apply(run, then_instance, before, after, node, action_flags_seen(before, node),
					  filter, type);
	}
	return updated;
}

static uint32_t apply_to_instance(struct order_run *run, struct resource *instance, struct action *first,
				  const struct action *then, struct node *node, uint32_t flags, uint32_t filter,
				  uint32_t type)
{
	struct action *of_instance = action_with_task(instance, then->task, node);
	if (of_instance == NULL || (action_flags_seen(of_instance, node) & ACTION_RUNNABLE) == 0)
		return 0;
	uint32_t updated = relation_apply(run, instance, first, of_instance, node, flags, filter, type);
	if ((updated & UPDATED_THEN) != 0)
		for (struct relation *after = of_instance->after; after != NULL; after = after->next)
			order_update_now(run, after->action);
	return updated;
}

static uint32_t apply_to_instances(struct order_run *run, struct action *first, struct action *then, struct node *node,
				   uint32_t flags, uint32_t filter, uint32_t type)
{
	if (then->rsc == NULL)
		return 0;
	if (can_interleave(first, then))
		return apply_interleaved(run, first, then, node, filter, type);
	uint32_t updated = apply_pair(run, first, then, flags, filter, type);
	struct resource_list instances = instances_of(then->rsc);
	/* Asking groups for their flags may change these. */
	bool plain = instances.count > 0 && instances.items[0]->kind == RESOURCE_PRIMITIVE;
	uint32_t *settled = plain ? settled_at(then, node, type) : NULL, changes = then->rsc->action_changes;
	if (plain && (!pair_may_matter(first, flags, filter, type) || is_settled(then, settled)))
		return updated;
	for (uint32_t i = 0; i < instances.count; i++)
		updated |= apply_to_instance(run, instances.items[i], first, then, node, flags, filter, type);
	if (settled != NULL)
		*settled = changes;
	return updated;
}

uint32_t relation_apply(struct order_run *run, const struct resource *r, struct action *first, struct action *then,
			struct node *node, uint32_t flags, uint32_t filter, uint32_t type)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		break;
	case RESOURCE_GROUP:
		return apply_to_group(run, first, then, node, flags, filter, type);
	case RESOURCE_CLONE:
	case RESOURCE_BUNDLE:
		return apply_to_instances(run, first, then, node, flags, filter, type);
	}
	return apply_pair(run, first, then, flags, filter, type);
}
