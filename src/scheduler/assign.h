/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign.h - the phase that gives each resource a node and a role.
 *
 * assign_all() is called once, after constraints and criteria, by scheduler_run(). It
 * fills resource->assigned, ->next_role and ->promotion_priority and tells the score
 * report (cluster.h) every table of scores at the moment at which it decides.
 *
 * Assigning a resource assigns first what it depends on: its parent, and the primaries
 * of its colocations. Loops are cut by resource->assigning.
 *
 * Source of the rules: facts of the scheduler, section 5.
 */
#ifndef SCHEDULER_ASSIGN_H
#define SCHEDULER_ASSIGN_H

#include "scheduler/cluster.h"

/* Assigns all resources: connections of remote nodes first, then by priority. */
void assign_all(struct cluster *c);

/* Assigns one, with all that it depends on. prefer (may be NULL): taken when no other node is better. stop_if_fail:
 * a resource without a node shall stop; else it stays as it was and may be tried again. Returns its node, NULL for
 * none and for collective resources. */
struct node *resource_assign(struct resource *r, struct node *prefer, bool stop_if_fail);
/* Puts r (all below it) on node, or nowhere. score: node's in r's eyes. force: even where it may not run. True when
 * that is a change. */
bool resource_place(struct resource *r, struct node *node, int score, bool force, bool stop_if_fail);
/* Takes that back; r is to be assigned again. */
void resource_unassign(struct resource *r);

#endif
