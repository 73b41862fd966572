/* SPDX-License-Identifier: GPL-2.0-or-later */
/* actions.h - the phase that makes the actions which lead from what is to what was decided.
 *
 * The entry points are called by scheduler_run() in this order; between the first
 * two and the third resources are assigned (assign.h). Ids of actions count their
 * creation, and transitions show them, so the order in which things are made here is
 * part of the result: facts of the scheduler, 6.2.
 *
 * Source of the rules: facts of the scheduler, section 6.
 */
#ifndef SCHEDULER_ACTIONS_H
#define SCHEDULER_ACTIONS_H

#include "scheduler/cluster.h"

/* The crm-debug-origin of an entry that stands for what an action under way has not ended yet, as the leader writes it
 * into what it decides on: without a digest it is a definition that changed, and is restarted, but no failure is
 * forgotten for that. */
#define ENTRY_UNDER_WAY "under_way"

/* Orders and colocations that nobody configures, because they follow from the kind of a resource. */
void constraints_internal(struct cluster *c);
/* Compares the history with the configuration: restarts, reloads, cancels and cleans up what changed. */
void config_changes_handle(struct cluster *c);
/* Probes, and what each resource needs to reach its node and role. */
void actions_create(struct cluster *c);
/* Orders actions on remote nodes around those of the connections to them. */
void remote_order_actions(struct cluster *c);
/* Fencing and shutdown of nodes. */
void fencing_and_shutdown(struct cluster *c);

#endif
