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

/* What r's failures on n ban from there, when they have reached its migration-threshold: r, or its whole anonymous
 * clone. NULL: nothing. */
struct resource *threshold_bans(struct resource *r, struct node *n);

#endif
