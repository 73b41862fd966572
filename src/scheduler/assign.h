/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign.h - the phase that gives each resource a node and a role.
 *
 * Called once, after constraints and criteria, by scheduler_run(). Fills
 * resource->assigned, ->next_role and ->promotion_priority and tells the score
 * report (cluster.h) every table of scores at the moment at which it decides.
 *
 * Source of the rules: facts of the scheduler, section 5.
 */
#ifndef SCHEDULER_ASSIGN_H
#define SCHEDULER_ASSIGN_H

#include "scheduler/cluster.h"

/* Assigns all resources: connections of remote nodes first, then by priority. */
void assign_all(struct cluster *c);

#endif
