/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/order.h"

#include "scheduler/action-key.h"
#include "scheduler/graph-private.h"
#include "scheduler/order-private.h"

#include <string.h>

void action_list_add(struct arena *a, struct action_list *l, struct action *action)
{
	l->items = arena_room(a, l->items, sizeof(*l->items), l->count, &l->room, 16);
	l->items[l->count++] = action;
}

uint32_t action_walk_new(struct cluster *c)
{
	return ++c->action_stamp;
}

/* --- orders become relations --- */

/* All actions that a side means: the latest, the others by next_same_key. A key that names another resource (a parent)
 * stands for the same task of this one. */
static struct action *actions_of(const struct ordering_side *side, struct resource *r)
{
	struct cluster *c = r->cluster;
	struct action *found = NULL;
	if (side->key != NULL)
		found = action_chain(c, r, side->key);
	if (found == NULL && side->task != NULL) {
		if (side->known != TASK_OTHER)
			return action_chain_task(r, side->known);
		struct key_buffer b;
		found = action_chain(c, r, key_write(c, r->id, side->task, side->interval_ms, &b));
	}
	return found;
}

static void relate(struct action *first, struct action *then, uint32_t flags, const struct ordering *o)
{
	if (relation_add(first, then, flags))
		then->before->id = first->after->id = o->id;
}

static void relate_to_then(struct action *first, struct resource *r, const struct ordering *o)
{
	uint32_t flags = o->flags;
	struct action *then = o->then.action != NULL ? o->then.action : actions_of(&o->then, r);
	if (first != NULL && first->rsc == r && action_is(first, ACTION_MIGRATION_ABORT))
		flags &= ~(uint32_t)RELATION_FIRST_IMPLIES_THEN;
	if (first == NULL && (flags & RELATION_FIRST_IMPLIES_THEN) == 0)
		return;
	for (; then != NULL; then = o->then.action != NULL ? NULL : then->next_same_key) {
		if (first != NULL)
			relate(first, then, flags, o);
		else
			action_clear(then, ACTION_RUNNABLE);
	}
}

/* What is ordered after something that nobody planned waits for it nevertheless, should it become necessary. */
static struct action *placeholder(const struct ordering *o)
{
	struct resource *r = o->first.rsc;
	if (r == o->then.rsc || o->first.task == NULL)
		return NULL;
	enum role role = resource_role(r, true);
	if ((role == ROLE_STOPPED && strcmp(o->first.task, "stop") == 0) ||
	    (role == ROLE_UNPROMOTED && strcmp(o->first.task, "demote") == 0))
		return NULL;
	return action_request(r->cluster, r, NULL, o->first.task, o->first.interval_ms, NULL, true);
}

static void relate_from_first(const struct ordering *o)
{
	struct action *first = o->first.action;
	if (first == NULL)
		first = actions_of(&o->first, o->first.rsc);
	if (first == NULL)
		first = placeholder(o);
	struct resource *then_rsc = o->then.rsc;
	if (then_rsc == NULL && o->then.action == NULL)
		return;
	for (; first != NULL; first = o->first.action != NULL ? NULL : first->next_same_key) {
		if (then_rsc == NULL)
			relate(first, o->then.action, o->flags, o);
		else
			relate_to_then(first, then_rsc, o);
	}
}

static void relate_all(struct cluster *c)
{
	/* In order of creation: placeholders that one makes are found by the next. */
	for (const struct ordering *o = c->first_ordering; o != NULL; o = o->next) {
		if (o->first.rsc != NULL)
			relate_from_first(o);
		else if (o->then.rsc != NULL)
			relate_to_then(o->first.action, o->then.rsc, o);
		else
			relate(o->first.action, o->then.action, o->flags, o);
	}
}

/* --- relations that make no sense --- */

static bool is_invalid(struct action *then, struct relation *input)
{
	/* Users must not order what runs in a guest against what launches it. */
	if ((input->flags & RELATION_GUEST_ALLOWED) == 0 && input->action->rsc != NULL &&
	    launches_node(then->rsc, input->action->node)) {
		cluster_complain(then->cluster, NULL, false, "%s cannot be ordered before %s, in which it runs",
				 input->action->rsc->id, then->rsc->id);
		return true;
	}
	/* Two resources that change places would wait for each other's capacity. */
	return input->flags == RELATION_IF_ON_SAME_NODE_OR_TARGET && then->rsc != NULL &&
	       then->task == TASK_MIGRATE_TO && graph_has_loop(then, input);
}

static void drop_invalid(struct cluster *c)
{
	for (struct action *a = c->actions; a != NULL; a = a->next)
		for (struct relation *input = a->before; input != NULL; input = input->next)
			if (is_invalid(a, input))
				input->flags = 0;
}

void orderings_apply(struct cluster *c)
{
	struct order_run run = {.c = c};
	relate_all(c);
	for (struct action *a = c->actions; a != NULL; a = a->next)
		order_block_dependents(&run, a);
	probes_order(&run);
	order_update_all(&run);
	drop_invalid(c);
}
