/* SPDX-License-Identifier: GPL-2.0-or-later */
/* actions-private.h - what the modules of the phases act, order and graph share with each other.
 *
 * A kind of resource is told by r->kind; each verb below says what it does for
 * which kind. Nodes and actions are the cluster's own objects everywhere.
 */
#ifndef SCHEDULER_ACTIONS_PRIVATE_H
#define SCHEDULER_ACTIONS_PRIVATE_H

#include "scheduler/cluster.h"

/* --- internal orders and colocations (internal-constraints.c, internal-bundle.c) --- */
void resource_constrain(struct resource *r);
void bundle_constrain(struct resource *r);
void clone_constrain(struct resource *r);
/* Starts after stops, promotes after demotes, of a promotable clone or of its bundle. */
void promotable_order_restart(struct resource *r);

/* --- actions of each kind (actions-primitive.c, actions-collective.c) --- */
void resource_create_actions(struct resource *r);
void primitive_create_actions(struct resource *r);
/* The history of r on node is to be forgotten: after its stop, before its start. optional: only when it stops. */
void cleanup_schedule(struct resource *r, struct node *node, bool optional);

/* --- recurring operations (recurring.c) --- */
void recurring_create(struct resource *r);
struct action *cancel_action_new(struct resource *r, const char *task, int64_t interval_ms, struct node *node);
void cancel_schedule(struct resource *r, const char *call_id, const char *task, int64_t interval_ms, struct node *node);
void recurring_reschedule(struct resource *r, const char *task, int64_t interval_ms, struct node *node);
bool action_is_recurring(const struct action *a);

/* --- live migration (migration.c) --- */
bool migration_is_possible(const struct resource *r, const struct node *current);
void migration_create(struct resource *r, struct node *current);

/* --- probes (probes.c) --- */
void probes_schedule(struct cluster *c);

/* --- configuration against history (config-changes.c) --- */
/* True when something changed that makes old failures void. */
bool config_change_handle(struct resource *r, struct node *node, const struct element *entry);

/* --- fencing (fencing.c) --- */
void fencing_order(struct action *fencing);
/* a must wait for the unfencing of its node, when r or the cluster use unfencing. */
void unfencing_order(struct resource *r, struct node *node, struct action *a, uint32_t relation);
bool node_is_unfenced(const struct node *n);

/* --- remote nodes (remote-order.c) --- */
/* The connection to this remote node is lost and will not come back in this transition. */
bool remote_is_failed(const struct node *n);
/* Whether node is the guest that r launches. */
bool launches_node(const struct resource *r, const struct node *n);
/* The cluster node that talks to the action's remote node; NULL: none is needed. */
struct node *connection_host(const struct action *a);
/* The connection among what r launches, or NULL. */
struct resource *launched_connection(const struct resource *r);

/* --- where things are --- */
static inline struct node *current_node(const struct resource *r)
{
	return r == NULL ? NULL : resource_active_node(r, NULL, NULL);
}

#endif
