/* SPDX-License-Identifier: GPL-2.0-or-later */
/* assign-kinds.h - how each kind of resource is assigned; only assign.c calls these.
 *
 * Source of the rules: facts of the scheduler, 5.2 and 5.7.
 */
#ifndef SCHEDULER_ASSIGN_KINDS_H
#define SCHEDULER_ASSIGN_KINDS_H

#include "scheduler/cluster.h"

struct node *primitive_assign(struct resource *r, struct node *prefer, bool stop_if_fail);
struct node *group_assign(struct resource *r, struct node *prefer, bool stop_if_fail);
void clone_assign(struct resource *r, struct node *prefer, bool stop_if_fail);
void bundle_assign(struct resource *r, struct node *prefer, bool stop_if_fail);

/* The table of a resource and of all below it, as `phase` sees them, to the score report. */
void scores_report(const struct resource *r, const char *phase);
/* "web:0 promotion score on n1: 10" */
void promotion_report(const struct resource *instance);

#endif
