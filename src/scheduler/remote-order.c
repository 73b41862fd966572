/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions-private.h"
#include "scheduler/actions.h"

#include <glib.h>
#include <string.h>

enum connection_state {
	CONNECTION_UNKNOWN, /* perhaps it can be had again */
	CONNECTION_ALIVE,
	CONNECTION_RESTING, /* it must come up elsewhere first */
	CONNECTION_FAILED,  /* it is lost and will not come back */
	CONNECTION_STOPPED,
};

static bool shutdown_requested(const struct node *n)
{
	const char *when = node_attribute(n, "shutdown");
	return when != NULL && strcmp(when, "0") != 0;
}

/* The connection will run nowhere. */
static enum connection_state state_when_down(const struct node *n, const struct node *host)
{
	const struct resource *r = n->remote;
	if (host != NULL && host->unclean)
		return CONNECTION_FAILED;
	if (!r->failed)
		return CONNECTION_STOPPED;
	/* It will be tried again when its interval is over; until then nobody knows. */
	if (r->next_role == ROLE_STOPPED && r->reconnect_ms > 0 && n->remote_fenced && !shutdown_requested(n))
		return CONNECTION_UNKNOWN;
	return CONNECTION_FAILED;
}

static enum connection_state connection_state(const struct node *n)
{
	const struct resource *r = n->remote;
	const struct node *host = current_node(r);
	if (r->next_role == ROLE_STOPPED || r->assigned == NULL)
		return state_when_down(n, host);
	if (host == NULL)
		return CONNECTION_UNKNOWN;
	if (host->unclean || !host->online)
		return CONNECTION_RESTING;
	if (r->active.count > 1 && r->migration_source != NULL && r->migration_target != NULL)
		return CONNECTION_RESTING;
	return CONNECTION_ALIVE;
}

bool remote_is_failed(const struct node *n)
{
	return node_is_remote(n) && n->remote != NULL && connection_state(n) == CONNECTION_FAILED;
}

bool launches_node(const struct resource *r, const struct node *n)
{
	return r != NULL && r->launched.count > 0 && n != NULL && n->remote != NULL && n->remote->launcher == r;
}

/* What follows from the connection itself may order a guest and what runs in it: users must not. */
static void order_start_then(struct resource *first, struct action *then, uint32_t more)
{
	ordering_add(first->cluster, first, "start", NULL, then->rsc, NULL, then,
		     RELATION_GUEST_ALLOWED | RELATION_UNRUNNABLE_FIRST_BLOCKS | more);
}

static void order_then_stop(struct action *first, struct resource *then, uint32_t more)
{
	ordering_add(then->cluster, first->rsc, NULL, first, then, "stop", NULL, RELATION_GUEST_ALLOWED | more);
}

/* Migrations are ordered as the stop that they are for the source. */
static enum task task_of(const struct action *a)
{
	return a->task == TASK_MIGRATE_TO || a->task == TASK_MIGRATE_FROM ? TASK_STOP : a->task;
}

static void order_stop_behind(struct action *a, struct resource *connection, enum connection_state state)
{
	if (state == CONNECTION_ALIVE)
		order_then_stop(a, connection, RELATION_THEN_IMPLIES_FIRST);
	else if (state == CONNECTION_FAILED)
		node_must_be_fenced(a->cluster, a->node, "resources are active but connection is unrecoverable", false);
	else if (connection->next_role == ROLE_STOPPED)
		order_then_stop(a, connection, RELATION_THEN_IMPLIES_FIRST);
	else
		order_start_then(connection, a, 0);
}

static void order_other_behind(struct action *a, struct resource *connection, enum connection_state state)
{
	if (action_is_recurring(a)) {
		order_start_then(connection, a, RELATION_FIRST_IMPLIES_THEN);
		return;
	}
	if (a->task == TASK_MONITOR && state == CONNECTION_FAILED)
		node_must_be_fenced(a->cluster, a->node,
				    "resources are in unknown state and connection is unrecoverable", false);
	/* What the connection is still up for must be known before it closes for good. */
	if (current_node(connection) != NULL && state == CONNECTION_STOPPED)
		order_then_stop(a, connection, RELATION_UNRUNNABLE_FIRST_BLOCKS);
	else
		order_start_then(connection, a, 0);
}

static void order_behind_remote(struct action *a)
{
	struct resource *connection = a->node->remote;
	enum connection_state state = connection_state(a->node);
	enum task task = task_of(a);
	if (task == TASK_START || task == TASK_PROMOTE) {
		order_start_then(connection, a, state == CONNECTION_FAILED ? RELATION_FIRST_IMPLIES_THEN : 0);
	} else if (task == TASK_STOP) {
		order_stop_behind(a, connection, state);
	} else if (task == TASK_DEMOTE) {
		/* Otherwise the order of the stop is enough. */
		if (state == CONNECTION_RESTING || state == CONNECTION_UNKNOWN)
			order_start_then(connection, a, 0);
	} else {
		order_other_behind(a, connection, state);
	}
}

/* The tasks that a recurring operation may have and still be restarted with the connection. */
static bool is_known_task(enum task task)
{
	return task >= TASK_MONITOR && task <= TASK_DEMOTED;
}

static void order_behind_guest(struct action *a)
{
	struct resource *connection = a->node->remote, *launcher = connection->launcher;
	enum task task = task_of(a);
	if (launcher->failed)
		node_must_be_fenced(a->cluster, a->node, "container failed", false);
	if (task == TASK_START || task == TASK_PROMOTE) {
		order_start_then(launcher, a, RELATION_FIRST_IMPLIES_THEN);
		order_start_then(connection, a, 0);
	} else if (task == TASK_STOP || task == TASK_DEMOTE) {
		/* The end of a failed launcher ends all in it. */
		if (!launcher->failed)
			order_then_stop(a, connection, 0);
	} else if (!action_is_recurring(a)) {
		order_start_then(connection, a, 0);
	} else if (is_known_task(task)) {
		order_start_then(connection, a, RELATION_FIRST_IMPLIES_THEN);
	}
}

/* What moves to a remote node stops elsewhere only when the connection is up. */
static void order_moves(struct action *start)
{
	struct resource *connection = start->node->remote;
	for (struct action *a = start->rsc->actions; a != NULL; a = a->next_of_resource)
		if (a->node != start->node && a->task == TASK_STOP)
			ordering_add(start->cluster, connection, "start", NULL, start->rsc, NULL, a, RELATION_ORDERED);
}

static void order_action(struct action *a)
{
	struct resource *r = a->rsc;
	if (r == NULL)
		return;
	if (r->remote_connection && a->task == TASK_CLEAR_FAILCOUNT) {
		ordering_add(a->cluster, r, NULL, a, r, "start", NULL, RELATION_ORDERED);
		return;
	}
	if (a->node == NULL || !node_is_connection(a->node) || action_is(a, ACTION_PSEUDO) || a->node->remote == NULL)
		return;
	if (a->task == TASK_START)
		order_moves(a);
	if (a->node->remote->launcher != NULL)
		order_behind_guest(a);
	else
		order_behind_remote(a);
}

void remote_order_actions(struct cluster *c)
{
	if (!c->have_remote_nodes)
		return;
	for (struct action *a = c->actions; a != NULL; a = a->next)
		order_action(a);
}

struct node *connection_host(const struct action *a)
{
	if (a->task == TASK_FENCE || !node_is_connection(a->node) || a->node->remote == NULL)
		return NULL;
	const struct resource *connection = a->node->remote;
	struct node *before = current_node(connection), *after = connection->assigned;
	if (before == NULL || after == NULL || before == after)
		return before == NULL ? after : before;

	/* It moves: what must be done before goes through the old host, all else through the new one. */
	const char *task = a->task == TASK_NOTIFY ? table_get(a->meta, "notify_operation") : a->task_name;
	static const char *const before_move[] = {"cancel", "stop", "demote", "migrate_from", "migrate_to"};
	bool half_moved = connection->launcher == NULL && connection->migration_target != NULL;
	for (unsigned i = 0; task != NULL && !half_moved && i < sizeof(before_move) / sizeof(before_move[0]); i++)
		if (g_ascii_strcasecmp(task, before_move[i]) == 0)
			return before;
	return after;
}
