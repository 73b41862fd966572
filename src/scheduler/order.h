/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order.h - the phase in which orders meet actions: what must wait for what, what becomes necessary or impossible.
 *
 * Orders (constraint.h) become relations between actions; then the flags of actions
 * are updated along the relations until nothing changes any more.
 *
 * Source of the rules: facts of the scheduler, section 7.
 */
#ifndef SCHEDULER_ORDER_H
#define SCHEDULER_ORDER_H

#include "scheduler/cluster.h"

void orderings_apply(struct cluster *c);

#endif
