/* SPDX-License-Identifier: GPL-2.0-or-later */
/* criteria.h - the phase that says, node by node, what holds before any resource is assigned.
 *
 * Shutdown locks, location constraints, stickiness, failure thresholds and exclusive
 * discovery, in this order; each changes the seats of resources through the ledger.
 *
 * Source of the rules: facts of the scheduler, section 4.
 */
#ifndef SCHEDULER_CRITERIA_H
#define SCHEDULER_CRITERIA_H

#include "scheduler/cluster.h"

void criteria_apply(struct cluster *c);

#endif
