/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-config.h"
#include "scheduler/action-key.h"
#include "scheduler/actions-private.h"

#include <string.h>

enum { RESULT_NOT_RUNNING_EXPECTED = 7, RESULT_PROMOTED_EXPECTED = 8 };

/* One recurring <op> of a resource. */
struct recurring {
	const struct element *operation;
	const char *name, *key;
	int64_t interval_ms;
	enum role role; /* ROLE_UNKNOWN: none is given */
};

static bool cannot_recur(const char *name)
{
	static const char *const names[] = {"stop",         "start",      "demote",      "promote",
					    "reload-agent", "migrate_to", "migrate_from"};
	for (unsigned i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The first of several with the same name and interval is used by all: the configuration is wrong then, and none of
 * them is. */
static bool is_duplicate(const struct resource *r, const struct recurring *op)
{
	struct same_operations same = action_config_find_same(r, op->name, op->interval_ms);
	if (same.second == NULL)
		return false;
	cluster_complain(r->cluster, same.second, true, "operation %s has the name and interval of %s: neither is done",
			 element_id(same.second), element_id(same.first));
	return true;
}

static bool read_recurring(struct resource *r, const struct element *e, struct recurring *op)
{
	*op = (struct recurring){.operation = e, .interval_ms = action_config_interval_ms(e)};
	if (op->interval_ms == 0 || element_id(e) == NULL || element_id(e)[0] == '\0')
		return false;
	op->name = element_get(e, NAME_NAME);
	if (op->name == NULL)
		return false;
	if (cannot_recur(op->name)) {
		cluster_complain(r->cluster, e, true, "operation %s is left out: %s cannot recur", element_id(e),
				 op->name);
		return false;
	}
	if (is_duplicate(r, op))
		return false;
	const char *role = element_get(e, NAME_ROLE);
	if (role != NULL && (op->role = role_parse(role)) == ROLE_UNKNOWN) {
		cluster_complain(r->cluster, e, true, "operation %s is left out: there is no role '%s'", element_id(e),
				 role);
		return false;
	}
	if (action_config_find(r, op->name, op->interval_ms, false) == NULL)
		return false;
	op->key = action_key(r->cluster, r->id, op->name, op->interval_ms);
	return true;
}

/* The history found it running there: then it is an action already. */
static struct action *running_on(const struct resource *r, const char *key, const struct node *node)
{
	struct action *found = NULL;
	for (struct action *a = action_chain(r->cluster, r, key); a != NULL; a = a->next_same_key)
		if (node != NULL && a->node == node)
			found = a;
	return found;
}

static bool goes_on(const struct resource *r, const struct recurring *op, const struct node *node,
		    const struct action *start)
{
	if (node == NULL || !action_is(start, ACTION_OPTIONAL))
		return false;
	const struct action *running = running_on(r, op->key, node);
	return running != NULL && !action_is(running, ACTION_RESCHEDULE);
}

bool action_is_recurring(const struct action *a)
{
	const char *interval = table_get(a->meta, "interval");
	return interval != NULL && strcmp(interval, "0") != 0;
}

struct action *cancel_action_new(struct resource *r, const char *task, int64_t interval_ms, struct node *node)
{
	struct cluster *c = r->cluster;
	const char *key = action_key(c, r->id, task, interval_ms);
	struct action *a = action_request(c, r, key, "cancel", interval_ms, node, false);
	action_set_task(a, TASK_CANCEL);
	a->cancelled_task = arena_string(&c->arena, task);
	action_set_meta(a, "operation", a->cancelled_task);
	action_set_meta(a, "interval", number_text(c, interval_ms));
	return a;
}

void cancel_schedule(struct resource *r, const char *call_id, const char *task, int64_t interval_ms, struct node *node)
{
	struct action *cancel = cancel_action_new(r, task, interval_ms, node);
	if (call_id != NULL)
		action_set_meta(cancel, "call-id", call_id);
	ordering_add(r->cluster, r, "stop", NULL, r, NULL, cancel, RELATION_ORDERED);
}

void recurring_reschedule(struct resource *r, const char *task, int64_t interval_ms, struct node *node)
{
	action_unfence(r->cluster, r, node, "Device parameters changed (reschedule)", NULL);
	action_set(action_request(r->cluster, r, NULL, task, interval_ms, node, true), ACTION_RESCHEDULE);
}

/* It runs but is meant for another role than the next. */
static void cancel_for_role(struct resource *r, const struct recurring *op, struct node *node)
{
	struct action *cancel = cancel_action_new(r, op->name, op->interval_ms, node);
	const char *before = NULL;
	if (r->role == ROLE_PROMOTED)
		before = "demote";
	else if (r->role == ROLE_STARTED || r->role == ROLE_UNPROMOTED)
		before = r->next_role == ROLE_PROMOTED ? "promote" : r->next_role == ROLE_STOPPED ? "stop" : NULL;
	if (before != NULL)
		ordering_add(r->cluster, r, NULL, cancel, r, before, NULL, RELATION_UNRUNNABLE_FIRST_BLOCKS);
}

static void order_active(struct resource *r, struct action *monitor)
{
	struct cluster *c = r->cluster;
	uint32_t implied = RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS;
	uint32_t ordered = RELATION_ORDERED | RELATION_UNRUNNABLE_FIRST_BLOCKS;
	ordering_add(c, r, "start", NULL, NULL, NULL, monitor, implied);
	ordering_add(c, r, "reload-agent", NULL, NULL, NULL, monitor, implied);
	if (r->next_role == ROLE_PROMOTED)
		ordering_add(c, r, "promote", NULL, r, NULL, monitor, ordered);
	else if (r->role == ROLE_PROMOTED)
		ordering_add(c, r, "demote", NULL, r, NULL, monitor, ordered);
}

static void create_active(struct resource *r, struct action *start, struct node *node, const struct recurring *op)
{
	if (op->role == ROLE_STOPPED)
		return;
	bool optional = goes_on(r, op, node, start);
	bool matches = op->role == ROLE_UNKNOWN ? r->next_role != ROLE_PROMOTED : r->next_role == op->role;
	if (!matches) {
		if (optional)
			cancel_for_role(r, op, node);
		return;
	}
	struct action *monitor = action_request(r->cluster, r, op->key, op->name, op->interval_ms, node, optional);
	if (!action_is(start, ACTION_RUNNABLE) || node == NULL || !node->online || node->unclean)
		action_clear(monitor, ACTION_RUNNABLE);
	if (r->next_role == ROLE_PROMOTED)
		action_expect(monitor, RESULT_PROMOTED_EXPECTED);
	if (node == NULL || r->managed)
		order_active(r, monitor);
}

static void cancel_where_active(struct resource *r, const struct recurring *op, struct node *node)
{
	if (running_on(r, op->key, node) == NULL)
		return;
	struct action *cancel = cancel_action_new(r, op->name, op->interval_ms, node);
	if (r->next_role == ROLE_STARTED || r->next_role == ROLE_UNPROMOTED)
		ordering_add(r->cluster, r, NULL, cancel, r, "start", NULL, RELATION_UNRUNNABLE_FIRST_BLOCKS);
}

/* Oldest first, as all lists of actions that are searched by key. */
static void order_after_probes(struct resource *r, struct node *node, struct action *monitor)
{
	(void)action_find_task(r, TASK_MONITOR, node);
	for (struct action *a = action_chain_task(r, TASK_MONITOR); a != NULL; a = a->next_same_key)
		if (a->node == node)
			(void)relation_add(a, monitor, RELATION_UNRUNNABLE_FIRST_BLOCKS);
}

static void order_after_stops(struct resource *r, struct node *node, struct action *monitor)
{
	for (struct action *stop = action_chain_task(r, TASK_STOP); stop != NULL; stop = stop->next_same_key) {
		if (stop->node != node)
			continue;
		if (!action_is(stop, ACTION_OPTIONAL) && !action_is(monitor, ACTION_OPTIONAL) && !r->managed)
			action_set(monitor, ACTION_OPTIONAL);
		if (!action_is(stop, ACTION_RUNNABLE))
			action_clear(monitor, ACTION_RUNNABLE);
		if (r->managed)
			ordering_add(r->cluster, r, NULL, stop, NULL, NULL, monitor,
				     RELATION_FIRST_IMPLIES_THEN | RELATION_UNRUNNABLE_FIRST_BLOCKS);
	}
}

/* Operations of role Stopped look on all other nodes whether the resource is really not there. */
static void create_inactive(struct resource *r, struct node *node, const struct recurring *op)
{
	if (op->role != ROLE_STOPPED || !r->unique)
		return;
	for_each_node(other, r->cluster)
	{
		if (other == node) {
			cancel_where_active(r, op, node);
			continue;
		}
		bool optional = running_on(r, op->key, other) != NULL;
		struct action *monitor =
			action_request(r->cluster, r, op->key, op->name, op->interval_ms, other, optional);
		action_expect(monitor, RESULT_NOT_RUNNING_EXPECTED);
		if (r->managed)
			order_after_probes(r, other, monitor);
		order_after_stops(r, other, monitor);
		if (!other->online || other->unclean)
			action_clear(monitor, ACTION_RUNNABLE);
	}
}

void recurring_create(struct resource *r)
{
	if (r->blocked || r->maintenance)
		return;
	struct action *start = NULL;
	if (r->assigned != NULL && !r->assigned->maintenance && (r->next_role != ROLE_STOPPED || !r->managed))
		start = action_start(r, r->assigned, true);
	for_each_named(e, r->operations, NAME_OP)
	{
		struct recurring op;
		if (!read_recurring(r, e, &op))
			continue;
		if (start != NULL)
			create_active(r, start, r->assigned, &op);
		create_inactive(r, r->assigned, &op);
	}
}
