/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"
#include "scheduler/graph-private.h"
#include "scheduler/order-private.h"

#include <string.h>

/* Of what is not managed only monitors are done, and ended. */
static bool is_left_alone(const struct action *a)
{
	if (a->rsc == NULL || a->rsc->managed || a->task == TASK_MONITOR)
		return false;
	const char *interval = table_get(a->meta, "interval");
	return interval == NULL || strcmp(interval, "0") == 0;
}

bool graph_wants_action(const struct action *a)
{
	if (!action_is(a, ACTION_RUNNABLE) ||
	    (action_is(a, ACTION_OPTIONAL) && !action_is(a, ACTION_ALWAYS_IN_GRAPH)) || is_left_alone(a))
		return false;
	if (action_is(a, ACTION_PSEUDO) || a->task == TASK_FENCE || a->task == TASK_SHUTDOWN)
		return true;
	const struct node *n = a->node;
	if (n == NULL)
		return false;
	if (action_is(a, ACTION_ON_DC) || (node_is_guest(n) && !n->remote_reset))
		return true;
	return n->online && !n->unclean;
}

static bool is_stop_key(const struct action *a)
{
	return a->interval_ms == 0 && (a->task == TASK_STOP || a->notified_task == TASK_STOP);
}

static bool forget(struct relation *input)
{
	input->flags = 0;
	return false;
}

/* Relations that only matter on one node, now that it is known where things happen. */
static bool same_node_matters(const struct action *then, struct relation *input)
{
	const struct action *first = input->action;
	if (input->flags == RELATION_IF_ON_SAME_NODE_OR_TARGET) {
		if (then->rsc != NULL && then->task == TASK_MIGRATE_TO)
			return first->node != NULL && first->node == then->rsc->assigned ? true : forget(input);
		if (first->node == NULL || first->node != then->node || action_is(first, ACTION_OPTIONAL))
			return forget(input);
		return true;
	}
	if ((first->node != NULL && then->node != NULL && first->node != then->node) ||
	    action_is(first, ACTION_OPTIONAL))
		return forget(input);
	return true;
}

/* What cannot be done is waited for only where that makes a difference to `then`. */
static bool is_idle_wait(const struct relation *input)
{
	uint32_t harmless =
		RELATION_THEN_IMPLIES_FIRST_GRAPHED | RELATION_FIRST_IMPLIES_THEN_GRAPHED | RELATION_ORDERED;
	return !action_is(input->action, ACTION_RUNNABLE) &&
	       ((input->flags & ~harmless) == 0 ||
		(input->flags & (RELATION_MIN_RUNNABLE | RELATION_UNMIGRATABLE_THEN_BLOCKS)) != 0);
}

/* What moves live need not be waited for in these cases. */
static bool is_waived_by_migration(const struct relation *input)
{
	return action_is(input->action, ACTION_MIGRATABLE) &&
	       ((input->flags & RELATION_IF_FIRST_UNMIGRATABLE) != 0 ||
		(input->flags == RELATION_ORDERED && is_stop_key(input->action)));
}

/* What failed and is not managed cannot keep a clone from stopping. */
static bool is_lost_stop(const struct action *then, const struct action *first)
{
	return first->rsc != NULL && first->rsc != then->rsc && first->rsc->failed && !first->rsc->managed &&
	       is_stop_key(first) && then->rsc != NULL && then->rsc->kind == RESOURCE_CLONE;
}

bool graph_wants_input(const struct action *then, struct relation *input)
{
	const struct action *first = input->action;
	if (input->graphed)
		return true;
	if (input->flags == 0 || is_idle_wait(input) || is_waived_by_migration(input))
		return false;
	if (input->flags == RELATION_IF_ON_SAME_NODE_OR_TARGET || input->flags == RELATION_IF_REQUIRED_ON_SAME_NODE)
		return same_node_matters(then, input);
	if (is_lost_stop(then, first))
		return false;
	return !action_is(first, ACTION_OPTIONAL) || (first->flags & (ACTION_ALWAYS_IN_GRAPH | ACTION_IN_GRAPH)) != 0 ||
	       graph_wants_action(first);
}

bool graph_has_loop(struct action *then, struct relation *input)
{
	if (!graph_wants_input(then, input))
		return false;
	struct cluster *c = then->cluster;
	struct action_list todo = {0};
	uint32_t stamp = action_walk_new(c);
	action_list_add(&c->arena, &todo, input->action);
	while (todo.count > 0) {
		struct action *a = todo.items[--todo.count];
		if (a == then)
			return true;
		if (a->stamp == stamp)
			continue;
		a->stamp = stamp;
		for (struct relation *r = a->before; r != NULL; r = r->next)
			if (r->action->stamp != stamp && graph_wants_input(a, r))
				action_list_add(&c->arena, &todo, r->action);
	}
	return false;
}
