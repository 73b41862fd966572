/* SPDX-License-Identifier: GPL-2.0-or-later */
/* constraints.h - the phase that reads <constraints>: locations, colocations, orders, tickets, in document order.
 *
 * Constraints that follow from the health of nodes come first. What makes no sense is
 * left out with a complaint that names its id; nothing here fails.
 *
 * Source of the rules: facts of the scheduler, section 3.10.
 */
#ifndef SCHEDULER_CONSTRAINTS_H
#define SCHEDULER_CONSTRAINTS_H

#include "scheduler/cluster.h"

void constraints_unpack(struct cluster *c);

#endif
